"""How the months of a book are summed up: by a trigger when its summary is raised, and by nothing else."""

from django.db import migrations

# As the owner of the tables, because the application's role may not write the flows. Whoever raises the summary of a book
# waits for whoever does it at the moment; what is asked for and already done changes nothing. A journal is seen whole, and
# none below the book's sequence is missing: postings of a book follow one another under its lock.
SUMMED = """
CREATE FUNCTION ledger_summed_up() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.book_id <> OLD.book_id OR NEW.sequence > (SELECT sequence FROM funds_book WHERE id = OLD.book_id) THEN
        PERFORM ledger_refuse('booksummary_follows_its_book', 'A summary reaches no further than its book');
    END IF;
    IF NEW.sequence <= OLD.sequence THEN
        RETURN NULL;
    END IF;
    INSERT INTO funds_monthflow (book_id, source_id, target_id, month, amount, transfers)
    SELECT journal.book_id, transfer.source_id, transfer.target_id, date_trunc('month', journal.posted_on)::date,
        sum(transfer.amount), count(*)
    FROM funds_journal AS journal JOIN funds_transfer AS transfer ON transfer.journal_id = journal.id
    WHERE journal.book_id = OLD.book_id AND journal.sequence > OLD.sequence AND journal.sequence <= NEW.sequence
    GROUP BY 1, 2, 3, 4
    ON CONFLICT (book_id, source_id, target_id, month) DO UPDATE
    SET amount = funds_monthflow.amount + excluded.amount, transfers = funds_monthflow.transfers + excluded.transfers;
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION ledger_summed_up() FROM PUBLIC;
CREATE TRIGGER ledger_summed_up BEFORE UPDATE ON funds_booksummary
    FOR EACH ROW EXECUTE FUNCTION ledger_summed_up();

CREATE FUNCTION ledger_summary_begins() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO funds_booksummary (book_id, sequence) VALUES (NEW.id, 0);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ledger_summary_begins() FROM PUBLIC;
CREATE TRIGGER ledger_summary_begins AFTER INSERT ON funds_book
    FOR EACH ROW EXECUTE FUNCTION ledger_summary_begins();

-- Only what runs as the owner of the table, out of one of the two triggers above: a trigger of one's own does not.
CREATE FUNCTION ledger_sums_kept() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF pg_trigger_depth() > 1
        AND current_user = (SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = TG_RELID)
    THEN
        RETURN coalesce(NEW, OLD);
    END IF;
    PERFORM ledger_refuse(TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;
CREATE TRIGGER ledger_summary_kept BEFORE INSERT OR DELETE ON funds_booksummary
    FOR EACH ROW
    EXECUTE FUNCTION ledger_sums_kept('booksummary_stands_with_its_book', 'A summary stands as long as its book');
CREATE TRIGGER ledger_flow_kept BEFORE INSERT OR UPDATE OR DELETE ON funds_monthflow
    FOR EACH ROW
    EXECUTE FUNCTION ledger_sums_kept('monthflow_follows_its_transfers', 'Only summing up changes a flow');
"""

NOT_SUMMED = """
DROP TRIGGER ledger_flow_kept ON funds_monthflow;
DROP TRIGGER ledger_summary_kept ON funds_booksummary;
DROP FUNCTION ledger_sums_kept();
DROP TRIGGER ledger_summary_begins ON funds_book;
DROP FUNCTION ledger_summary_begins();
DROP TRIGGER ledger_summed_up ON funds_booksummary;
DROP FUNCTION ledger_summed_up();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0008_statements_walls")]

    operations = [migrations.RunSQL(SUMMED, NOT_SUMMED)]
