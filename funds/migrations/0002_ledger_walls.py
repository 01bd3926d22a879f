"""What no statement can do to the ledger, by whatever role: keys over (book, …) and triggers without a way round.

Written by hand rather than with django-pgtrigger, whose triggers a session may switch off by a setting. Every function
that names a table fixes its search path with `pg_temp` last: a session's own temporary table of the same name would
otherwise be asked, or filled, in its place.
"""

from django.db import migrations

KEYS = """
ALTER TABLE funds_journal ADD CONSTRAINT journal_reverses_in_its_book
    FOREIGN KEY (book_id, reverses_id) REFERENCES funds_journal (book_id, id);
ALTER TABLE funds_transfer
    ADD CONSTRAINT transfer_journal_in_its_book
        FOREIGN KEY (book_id, journal_id) REFERENCES funds_journal (book_id, id),
    ADD CONSTRAINT transfer_source_in_its_book
        FOREIGN KEY (book_id, source_id) REFERENCES funds_account (book_id, id),
    ADD CONSTRAINT transfer_target_in_its_book
        FOREIGN KEY (book_id, target_id) REFERENCES funds_account (book_id, id);
"""

NO_KEYS = """
ALTER TABLE funds_transfer
    DROP CONSTRAINT transfer_journal_in_its_book,
    DROP CONSTRAINT transfer_source_in_its_book,
    DROP CONSTRAINT transfer_target_in_its_book;
ALTER TABLE funds_journal DROP CONSTRAINT journal_reverses_in_its_book;
"""

# A refusal looks like that of a CHECK constraint of this name, so that the operation can tell them apart.
REFUSE = """
CREATE FUNCTION ledger_refuse(wall text, explanation text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%', explanation USING ERRCODE = 'check_violation', CONSTRAINT = wall;
END $$;
"""

# One field of the canonical form of a journal (funds.ledger.policy.canonical), for the nightly proof.
FIELD = """
CREATE FUNCTION ledger_field(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN octet_length(normalize(value, NFC)) || ':' || normalize(value, NFC) || ',';
"""

# A journal continues its book: right number, right hash before it, book open, date allowed, lines present. It moves the
# head, in one statement that waits for whoever holds the book; why it could not is asked only then. One row at a time
# and in order, so that several journals of a statement continue one another. This function and that of the transfers act
# as the owner of the tables, because the application's role may change neither heads nor balances; nobody else may hang
# them on a table, where they would take made-up rows for journals.
JOURNAL = """
CREATE FUNCTION ledger_journal_added() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    is_closed boolean;
    has_transfers boolean;
BEGIN
    UPDATE funds_book SET
        sequence = NEW.sequence,
        head_hash = NEW.hash,
        voucher_number = CASE WHEN NEW.year >= voucher_year THEN NEW.voucher_number ELSE voucher_number END,
        voucher_year = greatest(voucher_year, NEW.year)
    WHERE id = NEW.book_id
        AND status = 'OPEN'
        AND opened_on <= NEW.posted_on
        AND sequence = NEW.sequence - 1
        AND head_hash = NEW.previous_hash
        AND NEW.year = extract(year FROM NEW.posted_on)
        AND NEW.voucher_number = CASE
            WHEN voucher_year = NEW.year THEN voucher_number + 1
            ELSE (
                SELECT coalesce(max(earlier.voucher_number), 0) + 1 FROM funds_journal AS earlier
                WHERE earlier.book_id = NEW.book_id AND earlier.year = NEW.year AND earlier.id <> NEW.id
            )
        END;
    IF NOT FOUND THEN
        PERFORM ledger_refuse_journal(NEW);
    END IF;
    -- Asked only now: while it waited for the book, somebody may have closed the period.
    SELECT
        EXISTS (
            SELECT FROM funds_period
            WHERE book_id = NEW.book_id AND year = NEW.year AND month = extract(month FROM NEW.posted_on)
                AND closed_at IS NOT NULL
        ),
        EXISTS (SELECT FROM funds_transfer WHERE journal_id = NEW.id)
    INTO is_closed, has_transfers;
    IF is_closed THEN
        PERFORM ledger_refuse('journal_period_is_open', 'The period is closed');
    END IF;
    IF NOT has_transfers THEN
        PERFORM ledger_refuse('journal_has_transfers', 'A journal and its transfers are written by one statement');
    END IF;
    RETURN NULL;
END $$;

CREATE FUNCTION ledger_refuse_journal(added funds_journal) RETURNS void LANGUAGE plpgsql
    SET search_path = public, pg_temp AS $$
DECLARE
    head funds_book%ROWTYPE;
BEGIN
    SELECT * INTO head FROM funds_book WHERE id = added.book_id;
    IF head.status <> 'OPEN' THEN
        PERFORM ledger_refuse('journal_book_is_open', 'The book takes no posting');
    END IF;
    IF added.posted_on < head.opened_on THEN
        PERFORM ledger_refuse('journal_not_before_its_book', 'The date lies before the opening of the book');
    END IF;
    IF added.year <> extract(year FROM added.posted_on) THEN
        PERFORM ledger_refuse('journal_year_is_that_of_its_date', 'The year is not that of the date');
    END IF;
    IF added.sequence <> head.sequence + 1 OR added.previous_hash <> head.head_hash THEN
        PERFORM ledger_refuse('journal_continues_the_chain', 'The journal does not continue the chain of its book');
    END IF;
    PERFORM ledger_refuse('journal_voucher_is_the_next', 'The voucher number is not the next one of its year');
END $$;

REVOKE ALL ON FUNCTION ledger_journal_added() FROM PUBLIC;
CREATE TRIGGER ledger_journal_added AFTER INSERT ON funds_journal
    FOR EACH ROW EXECUTE FUNCTION ledger_journal_added();
"""

NO_JOURNAL = """
DROP TRIGGER ledger_journal_added ON funds_journal;
DROP FUNCTION ledger_journal_added();
DROP FUNCTION ledger_refuse_journal(funds_journal);
"""

# The transfers of a journal come whole (lines from 1 without gaps, together its total), so that none can be added
# later, and move the balances. Per statement: bulk postings pay once, not per row.
TRANSFERS = """
CREATE FUNCTION ledger_transfers_added() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    missing bigint;
    broken bigint;
BEGIN
    WITH whole AS (
        SELECT journal_id, sum(amount) AS amount, min(line) AS first, max(line) AS last, count(*) AS lines
        FROM added GROUP BY journal_id
    ), moved AS (
        SELECT account_id, sum(received) AS received, sum(given) AS given
        FROM (
            SELECT target_id AS account_id, amount AS received, 0 AS given FROM added
            UNION ALL
            SELECT source_id, 0, amount FROM added
        ) AS legs
        GROUP BY account_id
    ), kept AS (
        UPDATE funds_balance AS balance
        SET received = balance.received + moved.received, given = balance.given + moved.given
        FROM moved WHERE balance.account_id = moved.account_id
        RETURNING 1
    )
    SELECT
        (SELECT count(*) FROM moved) - (SELECT count(*) FROM kept),
        (
            SELECT count(*) FROM whole JOIN funds_journal AS journal ON journal.id = whole.journal_id
            WHERE whole.amount <> journal.total OR whole.first <> 1 OR whole.last <> whole.lines
        )
    INTO missing, broken;
    IF broken <> 0 THEN
        PERFORM ledger_refuse('journal_total_is_its_transfers', 'The transfers are not the whole of their journal');
    END IF;
    IF missing <> 0 THEN
        PERFORM ledger_refuse('transfer_account_has_a_balance', 'An account has no balance row');
    END IF;
    RETURN NULL;
END $$;

REVOKE ALL ON FUNCTION ledger_transfers_added() FROM PUBLIC;
CREATE TRIGGER ledger_transfers_added AFTER INSERT ON funds_transfer
    REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION ledger_transfers_added();
"""

# The posting itself, called by funds.ledger.posting: one statement, so that no time passes between client and server
# while the book is locked, with plans that a session keeps. What it may not do, the walls above refuse. `rest` is what
# funds.ledger.policy.canonical_rest has written; the audit entry is that of governance.audit.operations.record. It acts
# with the rights of who calls it, so that it opens nothing that an INSERT by hand would not.
POST = """
CREATE FUNCTION ledger_post(
    book bigint, kind text, key text, posted_on date, posted_at timestamptz, posted_by bigint, memo text, total numeric,
    reverses bigint, rest text, sources bigint[], targets bigint[], amounts numeric[], after jsonb,
    OUT journal_id bigint, OUT sequence bigint, OUT voucher_number integer, OUT previous_hash text, OUT hash text
) LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
#variable_conflict use_variable
DECLARE
    head funds_book%ROWTYPE;
    in_year integer := extract(year FROM posted_on);
BEGIN
    SELECT * INTO head FROM funds_book WHERE id = book FOR NO KEY UPDATE;
    sequence := head.sequence + 1;
    previous_hash := head.head_hash;
    IF in_year = head.voucher_year THEN
        voucher_number := head.voucher_number + 1;
    ELSE
        SELECT coalesce(max(journal.voucher_number), 0) + 1 INTO voucher_number FROM funds_journal AS journal
        WHERE journal.book_id = book AND journal.year = in_year;
    END IF;
    hash := encode(sha256(convert_to(
        previous_hash || '9:journal/1,' || octet_length(head.code) || ':' || head.code || ','
        || octet_length(head.unit) || ':' || head.unit || ',' || length(sequence::text) || ':' || sequence || ','
        || length(in_year::text) || ':' || in_year || ',' || length(voucher_number::text) || ':' || voucher_number || ',' || rest,
        'UTF8'
    )), 'hex');
    WITH journal AS (
        INSERT INTO funds_journal (
            book_id, sequence, year, voucher_number, kind, posted_on, posted_at, posted_by_id, key, memo, total,
            reverses_id, previous_hash, hash
        ) VALUES (
            book, sequence, in_year, voucher_number, kind, posted_on, posted_at, posted_by, key, memo, total,
            reverses, previous_hash, hash
        ) RETURNING id
    ), transfers AS (
        INSERT INTO funds_transfer (journal_id, book_id, line, source_id, target_id, amount)
        SELECT journal.id, book, line.number, line.source_id, line.target_id, line.amount
        FROM journal, unnest(sources, targets, amounts) WITH ORDINALITY AS line (source_id, target_id, amount, number)
    ), audit AS (
        INSERT INTO audit_auditentry
            (at, actor_id, verb, object_label, object_key, object_name, before, after, reason, basis)
        SELECT posted_at, posted_by, 'funds.journal.posted', 'funds.Journal', journal.id::text,
            in_year || '-' || lpad(voucher_number::text, greatest(5, length(voucher_number::text)), '0'),
            '{}', after, '', ''
        FROM journal
    )
    SELECT journal.id INTO journal_id FROM journal;
END $$;
"""

NO_POST = """
DROP FUNCTION ledger_post(
    bigint, text, text, date, timestamptz, bigint, text, numeric, bigint, text, bigint[], bigint[], numeric[], jsonb
);
"""

# Balances and heads move only inside the two triggers above. The application's role has no right to change them
# (`moved_by_triggers` of the models); for the owner's, a statement from outside has trigger depth 0.
KEPT = """
CREATE FUNCTION ledger_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM ledger_refuse(TG_ARGV[0], TG_ARGV[1]);
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_balance_kept BEFORE UPDATE ON funds_balance
    FOR EACH ROW WHEN (pg_trigger_depth() = 0)
    EXECUTE FUNCTION ledger_refuse_change('balance_follows_its_transfers', 'Only transfers change a balance');
CREATE TRIGGER ledger_balance_never_deleted BEFORE DELETE ON funds_balance
    FOR EACH ROW
    EXECUTE FUNCTION ledger_refuse_change('balance_is_never_deleted', 'A balance is never deleted');

CREATE FUNCTION ledger_balance_begins() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.received <> 0 OR NEW.given <> 0 THEN
        PERFORM ledger_refuse('balance_begins_at_zero', 'A balance begins at zero');
    END IF;
    IF NOT EXISTS (SELECT FROM funds_account WHERE id = NEW.account_id AND kind = NEW.kind) THEN
        PERFORM ledger_refuse('balance_kind_is_that_of_its_account', 'The kind is not that of the account');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_balance_begins BEFORE INSERT ON funds_balance
    FOR EACH ROW EXECUTE FUNCTION ledger_balance_begins();

CREATE TRIGGER ledger_account_fixed BEFORE UPDATE ON funds_account
    FOR EACH ROW WHEN ((OLD.book_id, OLD.code, OLD.kind) IS DISTINCT FROM (NEW.book_id, NEW.code, NEW.kind))
    EXECUTE FUNCTION ledger_refuse_change('account_identity_is_fixed', 'Book, code and kind of an account are fixed');

CREATE TRIGGER ledger_book_fixed BEFORE UPDATE ON funds_book
    FOR EACH ROW WHEN ((OLD.code, OLD.unit) IS DISTINCT FROM (NEW.code, NEW.unit))
    EXECUTE FUNCTION ledger_refuse_change('book_identity_is_fixed', 'Code and unit of a book are fixed');
CREATE TRIGGER ledger_book_head_kept BEFORE UPDATE ON funds_book
    FOR EACH ROW WHEN (
        pg_trigger_depth() = 0
        AND (OLD.sequence, OLD.head_hash, OLD.voucher_year, OLD.voucher_number)
            IS DISTINCT FROM (NEW.sequence, NEW.head_hash, NEW.voucher_year, NEW.voucher_number)
    )
    EXECUTE FUNCTION ledger_refuse_change('book_head_follows_its_journals', 'Only journals move the head of a book');
CREATE TRIGGER ledger_book_begins BEFORE INSERT ON funds_book
    FOR EACH ROW WHEN (
        NEW.sequence <> 0 OR NEW.voucher_year <> 0 OR NEW.voucher_number <> 0 OR NEW.head_hash <> repeat('0', 64)
    )
    EXECUTE FUNCTION ledger_refuse_change('book_begins_at_zero', 'A book begins without journals');

CREATE TRIGGER ledger_period_kept BEFORE UPDATE ON funds_period
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION ledger_refuse_change('period_stays_closed', 'A closed period stays as it is');
CREATE TRIGGER ledger_period_never_deleted BEFORE DELETE ON funds_period
    FOR EACH ROW WHEN (OLD.closed_at IS NOT NULL)
    EXECUTE FUNCTION ledger_refuse_change('period_stays_closed', 'A closed period stays as it is');
"""

NOTHING_LEFT = """
DROP TRIGGER ledger_period_never_deleted ON funds_period;
DROP TRIGGER ledger_period_kept ON funds_period;
DROP TRIGGER ledger_book_begins ON funds_book;
DROP TRIGGER ledger_book_head_kept ON funds_book;
DROP TRIGGER ledger_book_fixed ON funds_book;
DROP TRIGGER ledger_account_fixed ON funds_account;
DROP TRIGGER ledger_balance_begins ON funds_balance;
DROP TRIGGER ledger_balance_never_deleted ON funds_balance;
DROP TRIGGER ledger_balance_kept ON funds_balance;
DROP FUNCTION ledger_balance_begins();
DROP FUNCTION ledger_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0001_initial"), ("audit", "0001_initial")]

    operations = [
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(REFUSE, "DROP FUNCTION ledger_refuse(text, text);"),
        migrations.RunSQL(FIELD, "DROP FUNCTION ledger_field(text);"),
        migrations.RunSQL(JOURNAL, NO_JOURNAL),
        migrations.RunSQL(
            TRANSFERS, "DROP TRIGGER ledger_transfers_added ON funds_transfer; DROP FUNCTION ledger_transfers_added();"
        ),
        migrations.RunSQL(POST, NO_POST),
        migrations.RunSQL(KEPT, NOTHING_LEFT),
    ]
