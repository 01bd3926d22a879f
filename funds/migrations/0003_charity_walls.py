"""What no path can forget: suspensions of a book's money, the end of a fund's intake, supervisors apart from members."""

from django.db import migrations

# The stops of a book follow its suspensions. As the owner of the tables, because the application's role may not change
# them; nobody else may hang this function on a table.
STOPS = """
CREATE FUNCTION ledger_suspension_changed() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE funds_book SET
        is_intake_stopped = EXISTS (
            SELECT FROM funds_suspension WHERE book_id = NEW.book_id AND status = 'IMPOSED' AND flow = 'INTAKE'
        ),
        is_outgo_stopped = EXISTS (
            SELECT FROM funds_suspension WHERE book_id = NEW.book_id AND status = 'IMPOSED' AND flow = 'OUTGO'
        )
    WHERE id = NEW.book_id;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_suspension_changed() FROM PUBLIC;
CREATE TRIGGER ledger_suspension_changed AFTER INSERT OR UPDATE ON funds_suspension
    FOR EACH ROW EXECUTE FUNCTION ledger_suspension_changed();
CREATE TRIGGER ledger_suspension_never_deleted BEFORE DELETE ON funds_suspension
    FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_change('suspension_is_never_deleted', 'A suspension is lifted, never deleted');
CREATE TRIGGER ledger_book_stops_kept BEFORE UPDATE ON funds_book
    FOR EACH ROW WHEN (
        pg_trigger_depth() = 0
        AND (OLD.is_intake_stopped, OLD.is_outgo_stopped)
            IS DISTINCT FROM (NEW.is_intake_stopped, NEW.is_outgo_stopped)
    )
    EXECUTE FUNCTION ledger_refuse_change('book_stops_follow_its_suspensions', 'Only suspensions stop a book');
"""

NO_STOPS = """
DROP TRIGGER ledger_book_stops_kept ON funds_book;
DROP TRIGGER ledger_suspension_never_deleted ON funds_suspension;
DROP TRIGGER ledger_suspension_changed ON funds_suspension;
DROP FUNCTION ledger_suspension_changed();
"""

# Asked when the journal's first trigger has locked the book: whoever suspends it now waits, or was before us. In comes
# what leaves a source; out goes what reaches a use, returns to a source, or moves from a pool to a hold. Money that comes
# back from a use, and a hold that is released, are neither.
OBEYED = """
CREATE FUNCTION ledger_journal_stopped() RETURNS trigger LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    intake_stopped boolean;
    outgo_stopped boolean;
    is_ending boolean;
    comes_in boolean;
    goes_out boolean;
BEGIN
    SELECT book.is_intake_stopped, book.is_outgo_stopped, coalesce(fund.status IN ('CLOSING', 'CLOSED'), false)
    INTO intake_stopped, outgo_stopped, is_ending
    FROM funds_book AS book LEFT JOIN funds_communityfund AS fund ON fund.book_id = book.id
    WHERE book.id = NEW.book_id;
    IF NOT (intake_stopped OR outgo_stopped OR is_ending) THEN
        RETURN NULL;
    END IF;
    SELECT
        bool_or(source.kind = 'SOURCE'),
        bool_or(target.kind IN ('SINK', 'SOURCE') OR (source.kind = 'POOL' AND target.kind = 'HOLD'))
    INTO comes_in, goes_out
    FROM funds_transfer AS transfer
    JOIN funds_account AS source ON source.id = transfer.source_id
    JOIN funds_account AS target ON target.id = transfer.target_id
    WHERE transfer.journal_id = NEW.id;
    IF comes_in AND intake_stopped THEN
        PERFORM ledger_refuse('journal_intake_is_not_suspended', 'What comes into the book is suspended');
    END IF;
    IF comes_in AND is_ending THEN
        PERFORM ledger_refuse('journal_fund_is_not_ending', 'A fund that ends takes no money');
    END IF;
    IF goes_out AND outgo_stopped THEN
        PERFORM ledger_refuse('journal_outgo_is_not_suspended', 'What goes out of the book is suspended');
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_journal_stopped AFTER INSERT ON funds_journal
    FOR EACH ROW EXECUTE FUNCTION ledger_journal_stopped();
"""

NOT_OBEYED = """
DROP TRIGGER ledger_journal_stopped ON funds_journal;
DROP FUNCTION ledger_journal_stopped();
"""

# Nobody both votes and supervises in one fund committee at the same time: the same log-in, or the same name where one of
# the two has none.
APART = """
CREATE FUNCTION fund_seat_apart() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM communities_bodymembership AS other
        JOIN communities_body AS body ON body.id = other.body_id AND body.kind = 'FUND_COMMITTEE'
        WHERE other.body_id = NEW.body_id AND other.id IS DISTINCT FROM NEW.id
            AND (other.seat = 'SUPERVISOR') <> (NEW.seat = 'SUPERVISOR')
            AND (other.user_id = NEW.user_id OR (
                other.name = NEW.name AND (other.user_id IS NULL OR NEW.user_id IS NULL)
            ))
            AND daterange(other.valid_from, other.valid_to) && daterange(NEW.valid_from, NEW.valid_to)
    ) THEN
        PERFORM ledger_refuse('bodymembership_member_or_supervisor', 'Nobody is both member and supervisor of a fund');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fund_seat_apart BEFORE INSERT OR UPDATE ON communities_bodymembership
    FOR EACH ROW EXECUTE FUNCTION fund_seat_apart();
"""

NOT_APART = """
DROP TRIGGER fund_seat_apart ON communities_bodymembership;
DROP FUNCTION fund_seat_apart();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0002_ledger_walls")]

    operations = [
        migrations.RunSQL(STOPS, NO_STOPS),
        migrations.RunSQL(OBEYED, NOT_OBEYED),
        migrations.RunSQL(APART, NOT_APART),
    ]
