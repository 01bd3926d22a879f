"""Extensions that constraints and searches of every floor rest on."""

from django.contrib.postgres.operations import BtreeGistExtension, TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Exclusion over equality and ranges (btree_gist), trigrams of names (pg_trgm)."""

    initial = True
    dependencies = []
    operations = [BtreeGistExtension(), TrigramExtension()]
