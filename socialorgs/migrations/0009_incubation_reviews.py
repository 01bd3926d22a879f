"""When a body in an incubator is reviewed next."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("socialorgs", "0008_organizations_rest")]

    operations = [
        migrations.AddField(
            model_name="incubationstay",
            name="review_due_on",
            field=models.DateField(blank=True, editable=False, null=True, verbose_name="next review due"),
        ),
    ]
