"""What no statement can do to the parts of bank lines: triggers without a way round.

A part locks its line, then its journal, and only then adds up what stands: forty parts at once come one after the other.
"""

from django.db import migrations

PARTS = """
CREATE FUNCTION banking_part_added() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    line funds_bankline%ROWTYPE;
    posted funds_journal%ROWTYPE;
    brought numeric;
    standing numeric;
BEGIN
    SELECT * INTO line FROM funds_bankline WHERE id = NEW.line_id FOR NO KEY UPDATE;
    SELECT * INTO posted FROM funds_journal WHERE id = NEW.journal_id FOR NO KEY UPDATE;
    IF NEW.reverses_id IS NOT NULL THEN
        IF NOT EXISTS (
            SELECT FROM funds_bankallocation AS taken
            WHERE taken.id = NEW.reverses_id AND taken.reverses_id IS NULL
                AND (taken.line_id, taken.journal_id, taken.amount) = (NEW.line_id, NEW.journal_id, NEW.amount)
        ) THEN
            PERFORM ledger_refuse('bankallocation_taken_back_whole', 'A part is taken back as it was written');
        END IF;
    ELSE
        IF line.imported_by_id = NEW.made_by_id THEN
            PERFORM ledger_refuse('bankallocation_made_by_another', 'Imported and matched by the same person');
        END IF;
        IF line.status = 'SET_ASIDE' THEN
            PERFORM ledger_refuse('bankallocation_line_is_in_use', 'The line was set aside');
        END IF;
        IF NOT EXISTS (
            SELECT FROM funds_communityfund WHERE book_id = posted.book_id AND charity_id = line.charity_id
        ) THEN
            PERFORM ledger_refuse('bankallocation_within_its_charity', 'Line and journal are of two charities');
        END IF;
        IF posted.kind = 'REVERSAL' OR EXISTS (SELECT FROM funds_journal WHERE reverses_id = NEW.journal_id) THEN
            PERFORM ledger_refuse('bankallocation_journal_stands', 'The journal was reversed');
        END IF;
        SELECT coalesce(sum(transfer.amount), 0) INTO brought
        FROM funds_transfer AS transfer JOIN funds_account AS source ON source.id = transfer.source_id
        WHERE transfer.journal_id = NEW.journal_id AND source.kind = 'SOURCE';
        SELECT coalesce(sum(CASE WHEN reverses_id IS NULL THEN amount ELSE -amount END), 0) INTO standing
        FROM funds_bankallocation WHERE journal_id = NEW.journal_id;
        IF standing > brought THEN
            PERFORM ledger_refuse('bankallocation_journal_not_above_its_own', 'More than the journal brought in');
        END IF;
    END IF;
    SELECT coalesce(sum(CASE WHEN reverses_id IS NULL THEN amount ELSE -amount END), 0) INTO standing
    FROM funds_bankallocation WHERE line_id = NEW.line_id;
    UPDATE funds_bankline SET
        matched = standing,
        status = CASE WHEN standing = 0 THEN 'UNMATCHED' WHEN standing < amount THEN 'PARTLY' ELSE 'MATCHED' END
    WHERE id = NEW.line_id;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION banking_part_added() FROM PUBLIC;
CREATE TRIGGER banking_part_added AFTER INSERT ON funds_bankallocation
    FOR EACH ROW EXECUTE FUNCTION banking_part_added();
CREATE TRIGGER banking_matched_kept BEFORE UPDATE ON funds_bankline
    FOR EACH ROW WHEN (pg_trigger_depth() = 0 AND OLD.matched IS DISTINCT FROM NEW.matched)
    EXECUTE FUNCTION ledger_refuse_change('bankline_matched_follows_its_parts', 'Only parts change what is matched');
CREATE TRIGGER banking_line_begins BEFORE INSERT ON funds_bankline
    FOR EACH ROW WHEN (NEW.matched <> 0)
    EXECUTE FUNCTION ledger_refuse_change('bankline_begins_unmatched', 'A line begins unmatched');
"""

NO_PARTS = """
DROP TRIGGER banking_line_begins ON funds_bankline;
DROP TRIGGER banking_matched_kept ON funds_bankline;
DROP TRIGGER banking_part_added ON funds_bankallocation;
DROP FUNCTION banking_part_added();
"""

class Migration(migrations.Migration):
    dependencies = [("funds", "0006_reinvestment_walls")]

    operations = [
        migrations.RunSQL(PARTS, NO_PARTS),
    ]
