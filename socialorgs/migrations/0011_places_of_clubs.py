"""Where a club meets, in words, is its place: the venue is a row of its own from the next migration on."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("socialorgs", "0010_incubation_reviews_dated")]

    operations = [migrations.RenameField("club", "venue", "place")]
