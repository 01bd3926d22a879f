import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '__first__'),
        ('communities', '0002_initial'),
    ]

    operations = [
        migrations.CreateModel(
            name='ClaimedFigure',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('source', models.CharField(max_length=120, verbose_name='source')),
                ('reference', models.CharField(max_length=40, verbose_name='place in the source')),
                ('indicator', models.CharField(max_length=60, verbose_name='indicator')),
                ('meaning', models.CharField(max_length=200, verbose_name='meaning')),
                ('printed', models.CharField(max_length=60, verbose_name='as printed')),
                ('value', models.DecimalField(blank=True, decimal_places=4, max_digits=20, null=True, verbose_name='value')),
                ('places', models.PositiveSmallIntegerField(default=0, verbose_name='decimals printed')),
                ('qualifier', models.CharField(choices=[('EXACT', 'exactly'), ('AT_LEAST', 'at least'), ('ABOUT', 'about')], default='EXACT', max_length=10, verbose_name='meant')),
                ('unit', models.CharField(blank=True, max_length=30, verbose_name='unit')),
                ('numerator', models.DecimalField(blank=True, decimal_places=2, max_digits=20, null=True, verbose_name='numerator by the source')),
                ('denominator', models.DecimalField(blank=True, decimal_places=2, max_digits=20, null=True, verbose_name='denominator by the source')),
                ('note', models.TextField(blank=True, verbose_name='note')),
                ('entered_at', models.DateTimeField(editable=False, verbose_name='entered at')),
                ('division', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='claimed_figures', to='communities.division', verbose_name='division')),
                ('entered_by', models.ForeignKey(editable=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='entered by')),
            ],
            options={
                'verbose_name': 'claimed figure',
                'verbose_name_plural': 'claimed figures',
                'constraints': [models.UniqueConstraint(fields=('source', 'reference'), name='claimedfigure_stands_once'), models.CheckConstraint(condition=models.Q(('qualifier__in', ['EXACT', 'AT_LEAST', 'ABOUT'])), name='claimedfigure_qualifier_is_known'), models.CheckConstraint(condition=models.Q(('denominator', None), models.Q(('denominator', 0), _negated=True), _connector='OR'), name='claimedfigure_divides_by_something')],
            },
        ),
        migrations.CreateModel(
            name='IndicatorValue',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('indicator', models.CharField(max_length=60, verbose_name='indicator')),
                ('day', models.DateField(verbose_name='day')),
                ('numerator', models.DecimalField(decimal_places=2, max_digits=20, verbose_name='numerator')),
                ('denominator', models.DecimalField(decimal_places=2, max_digits=20, null=True, verbose_name='denominator')),
                ('details', models.JSONField(blank=True, default=list, verbose_name='rows to look at')),
                ('computed_at', models.DateTimeField(verbose_name='computed at')),
                ('division', models.ForeignKey(db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='indicator_values', to='communities.division', verbose_name='division')),
            ],
            options={
                'verbose_name': 'indicator value',
                'verbose_name_plural': 'indicator values',
                'indexes': [models.Index(fields=['-day', 'division', 'indicator'], name='indicatorvalue_newest')],
                'constraints': [models.UniqueConstraint(fields=('division', 'indicator', 'day'), name='indicatorvalue_once_a_day_in_each_place')],
            },
        ),
    ]
