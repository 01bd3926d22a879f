
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('socialorgs', '0013_venues_walls'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='assessment',
            name='notified_by',
            field=models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='notification written down by'),
        ),
        migrations.AddField(
            model_name='assessment',
            name='notified_on',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='result notified on'),
        ),
        migrations.AddField(
            model_name='assessment',
            name='notify_by',
            field=models.DateField(blank=True, editable=False, null=True, verbose_name='result to be notified by'),
        ),
        migrations.AddConstraint(
            model_name='assessment',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('notified_by', None), ('notified_on', None)), models.Q(('notified_by__isnull', False), ('notified_on__isnull', False), ('notify_by__isnull', False), models.Q(('voted_on', None), ('notified_on__gte', models.F('voted_on')), _connector='OR')), _connector='OR'), name='assessment_notified_after_its_vote'),
        ),
    ]
