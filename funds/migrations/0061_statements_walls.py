"""What no statement can do to a closed month: it closes where the chain stands then, and says so.

Months that were closed before remember the last journal that was posted up to then. Written by hand like the other
walls of the ledger: no setting of a session switches them off.
"""

from django.db import migrations, models

REMEMBERED = """
ALTER TABLE funds_period DISABLE TRIGGER ledger_period_kept;
UPDATE funds_period AS period SET
    sequence = coalesce(last.sequence, 0), head_hash = coalesce(last.hash, repeat('0', 64))
FROM funds_period AS closed
LEFT JOIN LATERAL (
    SELECT sequence, hash FROM funds_journal
    WHERE book_id = closed.book_id AND posted_at <= closed.closed_at
    ORDER BY sequence DESC LIMIT 1
) AS last ON true
WHERE closed.id = period.id AND period.closed_at IS NOT NULL;
ALTER TABLE funds_period ENABLE TRIGGER ledger_period_kept;
"""

CLOSES = """
CREATE FUNCTION ledger_period_closes() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM funds_book WHERE id = NEW.book_id AND sequence = NEW.sequence AND head_hash = NEW.head_hash
    ) THEN
        PERFORM ledger_refuse('period_closes_at_the_head', 'A month closes where the chain of its book stands');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_period_closes BEFORE UPDATE ON funds_period
    FOR EACH ROW WHEN (OLD.closed_at IS NULL AND NEW.closed_at IS NOT NULL)
    EXECUTE FUNCTION ledger_period_closes();
"""

OPEN = """
DROP TRIGGER ledger_period_closes ON funds_period;
DROP FUNCTION ledger_period_closes();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0060_statements")]

    operations = [
        migrations.RunSQL(REMEMBERED, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="period",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("closed_at", None),
                    models.Q(
                        ("closed_by__isnull", False),
                        ("sequence__isnull", False),
                        models.Q(("head_hash", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="period_closed_at_a_journal",
            ),
        ),
        migrations.RunSQL(CLOSES, OPEN),
    ]
