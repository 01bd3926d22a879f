"""Bodies that are in an incubator are reviewed next three months after their latest review, or after they came in."""

from django.db import migrations

DATED = """
UPDATE socialorgs_incubationstay stay
SET review_due_on = (
    GREATEST(stay.admitted_on, (SELECT max(held_on) FROM socialorgs_stayreview WHERE stay_id = stay.id))
    + interval '3 months'
)::date
WHERE stay.status IN ('ENTERING', 'NURTURING', 'EXITING') AND stay.review_due_on IS NULL
"""
UNDATED = "UPDATE socialorgs_incubationstay SET review_due_on = NULL"


class Migration(migrations.Migration):
    """A data step; taken back, the column is empty again."""

    dependencies = [("socialorgs", "0009_incubation_reviews")]

    operations = [migrations.RunSQL(DATED, UNDATED)]
