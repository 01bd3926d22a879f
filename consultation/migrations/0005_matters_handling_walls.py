"""What no statement can do to a matter in hand: walls over more than one table.

A mediation does not end as agreed while a household opposes; the clock rests only for a rest that somebody granted; a
petition has its row. Written by hand: they ask other tables.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION consultation_matter_walls() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status IN ('ANSWERED', 'CLOSED') AND NEW.kind = 'MEDIATION' AND NEW.outcome IN ('FIXED', 'PLANNED') AND EXISTS (
        SELECT 1 FROM (
            SELECT DISTINCT ON (household) stance FROM consultation_householdconsent
            WHERE matter_id = NEW.id ORDER BY household, id DESC
        ) AS latest WHERE latest.stance <> 'AGREES'
    ) THEN
        RAISE EXCEPTION 'A household opposes' USING ERRCODE = 'check_violation', CONSTRAINT = 'matter_agreed_by_all_households';
    END IF;
    IF NEW.paused_at IS NOT NULL AND OLD.paused_at IS NULL AND NOT EXISTS (
        SELECT 1 FROM consultation_timerequest WHERE matter_id = NEW.id AND kind = 'PAUSE' AND status = 'GRANTED'
    ) THEN
        RAISE EXCEPTION 'Nobody has granted a rest' USING ERRCODE = 'check_violation', CONSTRAINT = 'matter_rests_with_leave';
    END IF;
    IF NEW.status = 'PETITION' AND OLD.status <> 'PETITION' AND NOT EXISTS (
        SELECT 1 FROM consultation_petition WHERE matter_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'There is no petition' USING ERRCODE = 'check_violation', CONSTRAINT = 'matter_petition_has_its_row';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER matter_walls BEFORE UPDATE OF status, outcome, kind, paused_at ON consultation_matter
    FOR EACH ROW EXECUTE FUNCTION consultation_matter_walls();
"""

NO_FUNCTION = """
DROP TRIGGER matter_walls ON consultation_matter;
DROP FUNCTION consultation_matter_walls();
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0004_matters_intake_walls")]

    operations = [migrations.RunSQL(FUNCTION, NO_FUNCTION)]
