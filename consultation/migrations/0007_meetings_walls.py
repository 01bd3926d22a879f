"""What is hashed is what was hashed: minutes, the seed and the list of a lot; and the lot falls where it must."""

from django.db import migrations

HASHES = """
ALTER TABLE consultation_stewardselection ADD CONSTRAINT stewardselection_seed_is_the_committed CHECK (
    seed = '' OR encode(sha256(convert_to(seed, 'UTF8')), 'hex') = seed_sha256
);
ALTER TABLE consultation_stewardselection ADD CONSTRAINT stewardselection_list_is_hashed CHECK (
    (list_text = '' AND list_sha256 = '')
    OR encode(sha256(convert_to(list_text, 'UTF8')), 'hex') = list_sha256
);
"""
NO_HASHES = """
ALTER TABLE consultation_stewardselection DROP CONSTRAINT stewardselection_list_is_hashed;
ALTER TABLE consultation_stewardselection DROP CONSTRAINT stewardselection_seed_is_the_committed;
"""

# The hash that is signed is that of the last version of the minutes.
MINUTES = """
CREATE FUNCTION meeting_hash_of_minutes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.minutes_sha256 <> '' AND NEW.minutes_sha256 IS DISTINCT FROM (
        SELECT encode(sha256(convert_to(text, 'UTF8')), 'hex') FROM consultation_minutes
        WHERE meeting_id = NEW.id ORDER BY version DESC LIMIT 1
    ) THEN
        RAISE EXCEPTION 'The hash is not that of the minutes'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'meeting_hash_is_of_its_minutes';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER meeting_hash_of_minutes BEFORE INSERT OR UPDATE OF minutes_sha256 ON consultation_meeting
    FOR EACH ROW EXECUTE FUNCTION meeting_hash_of_minutes();
"""
NO_MINUTES = """
DROP TRIGGER meeting_hash_of_minutes ON consultation_meeting;
DROP FUNCTION meeting_hash_of_minutes();
"""

# As many are chosen as there are seats, and by lot those with the smallest tickets.
LOT = """
CREATE FUNCTION stewardselection_lot() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status <> 'CHOSEN' OR OLD.status = 'CHOSEN' THEN
        RETURN NEW;
    END IF;
    IF NEW.seats <> (SELECT count(*) FROM consultation_stewardcandidate WHERE selection_id = NEW.id AND is_chosen) THEN
        RAISE EXCEPTION 'As many are chosen as there are seats'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stewardselection_fills_its_seats';
    END IF;
    IF NEW.way = 'LOT' AND (NEW.seed = '' OR EXISTS (
        SELECT 1 FROM (
            SELECT is_chosen, row_number() OVER (ORDER BY encode(sha256(convert_to(concat_ws(
                E'\\n', 'lot/1', NEW.seed, NEW.word, NEW.list_sha256, number::text
            ), 'UTF8')), 'hex'), number) AS place
            FROM consultation_stewardcandidate WHERE selection_id = NEW.id
        ) AS drawn WHERE is_chosen <> (place <= NEW.seats)
    )) THEN
        RAISE EXCEPTION 'The lot falls on others'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'stewardselection_as_the_lot_fell';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stewardselection_lot BEFORE UPDATE OF status ON consultation_stewardselection
    FOR EACH ROW EXECUTE FUNCTION stewardselection_lot();
"""
NO_LOT = """
DROP TRIGGER stewardselection_lot ON consultation_stewardselection;
DROP FUNCTION stewardselection_lot();
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0006_ballots_walls")]

    operations = [
        migrations.RunSQL(HASHES, NO_HASHES),
        migrations.RunSQL(MINUTES, NO_MINUTES),
        migrations.RunSQL(LOT, NO_LOT),
    ]
