"""Every operation of a venue names it."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('communities', '0005_venues'),
        ('projects', '0012_market_rest'),
    ]

    operations = [
        migrations.AlterField(
            model_name='venueoperation',
            name='venue',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='operations', to='communities.venue', verbose_name='venue'),
        ),
    ]
