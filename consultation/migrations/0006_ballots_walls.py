"""What no statement can do to a ballot: the secret box, batches whose totals must agree, keys over (ballot, row).

Written by hand. The box of a secret ballot is a table of its own that the application's role cannot read: made by the
owner's trigger when the ballot opens, filled by the trigger that takes the marks off a vote, copied in random order and
dropped by the trigger when the ballot closes. `gen_random_uuid()` draws from the strong source; `random()` does not.
"""

from django.db import migrations

MARKS = """
CREATE FUNCTION consultation_marks_fit(
    ballot bigint, method text, most smallint, budget numeric, choices smallint[]
) RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp AS $$
    SELECT cardinality(choices) BETWEEN 1 AND most
        AND NOT EXISTS (
            SELECT FROM unnest(choices) AS marked WHERE NOT EXISTS (
                SELECT FROM consultation_ballotoption WHERE ballot_id = ballot AND number = marked
            )
        )
        AND (method = 'POINTS' OR (SELECT count(DISTINCT marked) FROM unnest(choices) AS marked) = cardinality(choices))
        AND (method = 'RANKED' OR choices = (SELECT array_agg(marked ORDER BY marked) FROM unnest(choices) AS marked))
        AND (method <> 'KNAPSACK' OR budget >= (
            SELECT sum(cost) FROM consultation_ballotoption WHERE ballot_id = ballot AND number = ANY(choices)
        ))
$$;
"""
NO_MARKS = "DROP FUNCTION consultation_marks_fit(bigint, text, smallint, numeric, smallint[]);"

INTO_THE_BOX = """
CREATE FUNCTION ballot_paper_into_the_box() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF to_regclass('consultation_box_' || NEW.ballot_id) IS NULL THEN
        RAISE EXCEPTION 'The box of this ballot is missing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_box_is_there';
    END IF;
    IF cardinality(NEW.choices) > 0 THEN
        EXECUTE format('INSERT INTO consultation_box_%s (choices) VALUES ($1)', NEW.ballot_id) USING NEW.choices;
        NEW.choices := '{}';
    END IF;
    NEW.cast_at := greatest(
        (SELECT opens_at FROM consultation_ballot WHERE id = NEW.ballot_id),
        date_trunc('day', NEW.cast_at, 'Asia/Shanghai')
    );
    RETURN NEW;
END $$;
REVOKE ALL ON FUNCTION ballot_paper_into_the_box() FROM PUBLIC;
CREATE TRIGGER vote_into_the_box BEFORE INSERT ON consultation_vote
    FOR EACH ROW WHEN (NEW.in_box) EXECUTE FUNCTION ballot_paper_into_the_box();
"""
NOT_INTO_THE_BOX = """
DROP TRIGGER vote_into_the_box ON consultation_vote;
DROP FUNCTION ballot_paper_into_the_box();
"""

BOX = """
CREATE FUNCTION ballot_box() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    papers bigint;
BEGIN
    IF NEW.status = 'OPEN' THEN
        EXECUTE format('DROP TABLE IF EXISTS consultation_box_%s', NEW.id);
        EXECUTE format('CREATE TABLE consultation_box_%s (choices smallint[] NOT NULL)', NEW.id);
        RETURN NULL;
    END IF;
    IF to_regclass('consultation_box_' || NEW.id) IS NULL THEN
        RAISE EXCEPTION 'The box of this ballot is missing'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_box_is_there';
    END IF;
    EXECUTE format('SELECT count(*) FROM consultation_box_%s', NEW.id) INTO papers;
    IF papers <> (SELECT count(*) FROM consultation_vote WHERE ballot_id = NEW.id) THEN
        RAISE EXCEPTION 'The box holds % papers, the roll has another number of strokes', papers
            USING ERRCODE = 'check_violation', CONSTRAINT = 'ballot_box_agrees_with_the_roll';
    END IF;
    EXECUTE format(
        'INSERT INTO consultation_ballotpaper (ballot_id, number, choices)
         SELECT $1, row_number() OVER (ORDER BY chance), choices
         FROM (SELECT choices, gen_random_uuid() AS chance FROM consultation_box_%s) AS drawn ORDER BY chance',
        NEW.id
    ) USING NEW.id;
    EXECUTE format('DROP TABLE consultation_box_%s', NEW.id);
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION ballot_box() FROM PUBLIC;
CREATE TRIGGER ballot_box AFTER UPDATE OF status ON consultation_ballot FOR EACH ROW
    WHEN (NEW.is_secret AND NEW.status IN ('OPEN', 'CLOSED') AND NEW.status <> OLD.status)
    EXECUTE FUNCTION ballot_box();
"""
NO_BOX = """
DROP TRIGGER ballot_box ON consultation_ballot;
DROP FUNCTION ballot_box();
"""

TOTALS = """
CREATE FUNCTION paper_batch_totals() RETURNS trigger LANGUAGE plpgsql
    SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    secret boolean;
    papers bigint;
    names bigint;
    unchecked bigint;
BEGIN
    SELECT is_secret INTO secret FROM consultation_ballot WHERE id = NEW.ballot_id FOR KEY SHARE;
    IF secret THEN
        SELECT count(*), count(*) FILTER (WHERE checked_by_id IS NULL) INTO papers, unchecked
        FROM consultation_batchsheet WHERE batch_id = NEW.id AND void_reason = '';
        SELECT count(*) INTO names FROM consultation_batchsignature WHERE batch_id = NEW.id;
    ELSE
        SELECT count(*), count(*) FILTER (WHERE checked_at IS NULL) INTO papers, unchecked
        FROM consultation_papervote WHERE batch_id = NEW.id AND voided_at IS NULL;
        names := papers;
    END IF;
    IF papers <> NEW.signed OR names <> NEW.signed OR unchecked > 0 THEN
        RAISE EXCEPTION '% sheets, % names entered, % names signed, % sheets unchecked',
            papers, names, NEW.signed, unchecked
            USING ERRCODE = 'check_violation', CONSTRAINT = 'paperbatch_totals_agree';
    END IF;
    IF secret THEN
        EXECUTE format(
            'INSERT INTO consultation_box_%s (choices) SELECT choices FROM consultation_batchsheet
             WHERE batch_id = $1 AND void_reason = $2 ORDER BY gen_random_uuid()', NEW.ballot_id
        ) USING NEW.id, '';
        DELETE FROM consultation_batchsheet WHERE batch_id = NEW.id;
    END IF;
    RETURN NULL;
END $$;
REVOKE ALL ON FUNCTION paper_batch_totals() FROM PUBLIC;
CREATE TRIGGER paper_batch_totals AFTER UPDATE OF status ON consultation_paperbatch FOR EACH ROW
    WHEN (NEW.status = 'ACCEPTED' AND OLD.status = 'OPEN') EXECUTE FUNCTION paper_batch_totals();
"""
NO_TOTALS = """
DROP TRIGGER paper_batch_totals ON consultation_paperbatch;
DROP FUNCTION paper_batch_totals();
"""

KEYS = """
ALTER TABLE consultation_batchsignature ADD CONSTRAINT batchsignature_entry_of_its_ballot
    FOREIGN KEY (ballot_id, entry_id) REFERENCES consultation_rollentry (ballot_id, id);
ALTER TABLE consultation_batchsignature ADD CONSTRAINT batchsignature_batch_of_its_ballot
    FOREIGN KEY (ballot_id, batch_id) REFERENCES consultation_paperbatch (ballot_id, id);
ALTER TABLE consultation_papervote ADD CONSTRAINT papervote_batch_of_its_ballot
    FOREIGN KEY (ballot_id, batch_id) REFERENCES consultation_paperbatch (ballot_id, id);
ALTER TABLE consultation_proxy ADD CONSTRAINT proxy_principal_of_its_ballot
    FOREIGN KEY (ballot_id, principal_id) REFERENCES consultation_rollentry (ballot_id, id);
ALTER TABLE consultation_proxy ADD CONSTRAINT proxy_holder_of_its_ballot
    FOREIGN KEY (ballot_id, holder_id) REFERENCES consultation_rollentry (ballot_id, id);
ALTER TABLE consultation_codeslip ADD CONSTRAINT codeslip_entry_of_its_ballot
    FOREIGN KEY (ballot_id, entry_id) REFERENCES consultation_rollentry (ballot_id, id);
"""
NO_KEYS = """
ALTER TABLE consultation_codeslip DROP CONSTRAINT codeslip_entry_of_its_ballot;
ALTER TABLE consultation_proxy DROP CONSTRAINT proxy_holder_of_its_ballot;
ALTER TABLE consultation_proxy DROP CONSTRAINT proxy_principal_of_its_ballot;
ALTER TABLE consultation_papervote DROP CONSTRAINT papervote_batch_of_its_ballot;
ALTER TABLE consultation_batchsignature DROP CONSTRAINT batchsignature_batch_of_its_ballot;
ALTER TABLE consultation_batchsignature DROP CONSTRAINT batchsignature_entry_of_its_ballot;
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0005_matters_handling_walls")]

    operations = [
        migrations.RunSQL(MARKS, NO_MARKS),
        migrations.RunSQL(INTO_THE_BOX, NOT_INTO_THE_BOX),
        migrations.RunSQL(BOX, NO_BOX),
        migrations.RunSQL(TOTALS, NO_TOTALS),
        migrations.RunSQL(KEYS, NO_KEYS),
    ]
