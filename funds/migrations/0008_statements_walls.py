"""What no statement can do to a closed month: it closes where the chain stands then, and says so.

Written by hand like the other walls of the ledger: no setting of a session switches them off.
"""

from django.db import migrations

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
    dependencies = [("funds", "0007_banking_walls")]

    operations = [
        migrations.RunSQL(CLOSES, OPEN),
    ]
