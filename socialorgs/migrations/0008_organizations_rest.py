"""Search the directory by pairs of characters: Chinese words have two, of which trigrams know nothing."""

from django.contrib.postgres.indexes import GinIndex
from django.db import migrations

from socialorgs.register.models import Pairs

PAIRS = """
CREATE FUNCTION socialorgs_pairs(name text, number text) RETURNS text[]
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(DISTINCT substr(said, place, 2))
    FROM unnest(ARRAY[upper(name), upper(number)]) AS said, generate_series(1, length(said) - 1) AS place
$$
"""


class Migration(migrations.Migration):
    dependencies = [("socialorgs", "0007_register_rest_walls")]

    operations = [
        migrations.RunSQL(PAIRS, "DROP FUNCTION socialorgs_pairs(text, text)"),
        migrations.RemoveIndex(model_name="socialorganization", name="organization_name_search"),
        migrations.RemoveIndex(model_name="socialorganization", name="organization_filing_search"),
        migrations.AddIndex(
            model_name="socialorganization",
            index=GinIndex(Pairs("name", "filing_number"), fastupdate=False, name="organization_search"),
        ),
    ]
