"""What no statement can do to joined matters: a lead is never joined itself, however many join at once.

Written by hand: it locks both matters before it looks, so that two joinings at the same moment see each other.
"""

from django.db import migrations

CHAINS = """
CREATE FUNCTION consultation_matterjoining_no_chains() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status NOT IN ('ASKED', 'STANDING') THEN
        RETURN NEW;
    END IF;
    PERFORM 1 FROM consultation_matter WHERE id IN (NEW.matter_id, NEW.lead_id) ORDER BY id FOR NO KEY UPDATE;
    IF EXISTS (
        SELECT 1 FROM consultation_matterjoining
        WHERE status IN ('ASKED', 'STANDING') AND (matter_id = NEW.lead_id OR lead_id = NEW.matter_id)
    ) THEN
        RAISE EXCEPTION 'A matter that leads is not joined itself'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'matterjoining_makes_no_chains';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER matterjoining_no_chains BEFORE INSERT OR UPDATE OF status ON consultation_matterjoining
    FOR EACH ROW EXECUTE FUNCTION consultation_matterjoining_no_chains();
"""

NO_WALL = """
DROP TRIGGER matterjoining_no_chains ON consultation_matterjoining;
DROP FUNCTION consultation_matterjoining_no_chains();
"""


class Migration(migrations.Migration):
    dependencies = [("consultation", "0003_consultation_in_full")]

    operations = [migrations.RunSQL(CHAINS, NO_WALL)]
