"""What no statement can do to a tip-off: it is neither joined with other matters nor supported.

Whoever joins or supports a matter reads of it, and the person behind it is asked: both would give the tip-off away.
Written by hand: it asks another table. The matter is locked for sharing, so that its kind does not change meanwhile.
"""

from django.db import migrations

WALLS = """
CREATE FUNCTION consultation_tips_stay_apart() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'consultation_mattersupport' THEN
        PERFORM 1 FROM consultation_matter WHERE id = NEW.matter_id FOR SHARE;
        IF EXISTS (SELECT 1 FROM consultation_matter WHERE id = NEW.matter_id AND kind = 'REPORT') THEN
            RAISE EXCEPTION 'A tip-off is not supported'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'mattersupport_of_no_tip';
        END IF;
    ELSE
        PERFORM 1 FROM consultation_matter WHERE id IN (NEW.matter_id, NEW.lead_id) ORDER BY id FOR SHARE;
        IF EXISTS (
            SELECT 1 FROM consultation_matter WHERE id IN (NEW.matter_id, NEW.lead_id) AND kind = 'REPORT'
        ) THEN
            RAISE EXCEPTION 'A tip-off is not joined'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'matterjoining_of_no_tip';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER mattersupport_of_no_tip BEFORE INSERT ON consultation_mattersupport
    FOR EACH ROW EXECUTE FUNCTION consultation_tips_stay_apart();
CREATE TRIGGER matterjoining_of_no_tip BEFORE INSERT ON consultation_matterjoining
    FOR EACH ROW EXECUTE FUNCTION consultation_tips_stay_apart();

CREATE FUNCTION consultation_matter_becomes_no_tip() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT 1 FROM consultation_mattersupport WHERE matter_id = NEW.id) OR EXISTS (
        SELECT 1 FROM consultation_matterjoining WHERE matter_id = NEW.id OR lead_id = NEW.id
    ) THEN
        RAISE EXCEPTION 'What others know of is no tip-off any more'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'matter_becomes_no_tip';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER matter_becomes_no_tip BEFORE UPDATE OF kind ON consultation_matter
    FOR EACH ROW WHEN (NEW.kind = 'REPORT' AND OLD.kind <> 'REPORT')
    EXECUTE FUNCTION consultation_matter_becomes_no_tip();
"""

NO_WALLS = """
DROP TRIGGER matter_becomes_no_tip ON consultation_matter;
DROP FUNCTION consultation_matter_becomes_no_tip();
DROP TRIGGER matterjoining_of_no_tip ON consultation_matterjoining;
DROP TRIGGER mattersupport_of_no_tip ON consultation_mattersupport;
DROP FUNCTION consultation_tips_stay_apart();
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0011_questionnaires")]

    operations = [migrations.RunSQL(WALLS, NO_WALLS)]
