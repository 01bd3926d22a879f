"""Where a body may sit, how long it may stay, what a site belongs to; reviews and settled scores stay as they are."""

from django.db import migrations

# A place belongs to the incubator of the stay, and can be given; it is not taken out of use under anybody.
PLACES = """
CREATE FUNCTION incubationstay_place() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    room record;
BEGIN
    IF NEW.status NOT IN ('ENTERING', 'NURTURING', 'EXITING') THEN
        RETURN NEW;
    END IF;
    SELECT incubator_id, is_open INTO room FROM socialorgs_incubatorplace WHERE id = NEW.place_id FOR SHARE;
    IF room.incubator_id IS DISTINCT FROM NEW.incubator_id OR NOT room.is_open THEN
        RAISE EXCEPTION 'The place is none of this incubator, or cannot be given'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'incubationstay_place_is_of_its_incubator';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incubationstay_place BEFORE INSERT OR UPDATE OF status, place_id, incubator_id
    ON socialorgs_incubationstay FOR EACH ROW EXECUTE FUNCTION incubationstay_place();
CREATE FUNCTION incubatorplace_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NOT NEW.is_open OR NEW.incubator_id <> OLD.incubator_id) AND EXISTS (
        SELECT 1 FROM socialorgs_incubationstay
        WHERE place_id = NEW.id AND status IN ('ENTERING', 'NURTURING', 'EXITING')
    ) THEN
        RAISE EXCEPTION 'Somebody is in this place'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'incubatorplace_closed_when_empty';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incubatorplace_in_use BEFORE UPDATE ON socialorgs_incubatorplace
    FOR EACH ROW EXECUTE FUNCTION incubatorplace_in_use();
"""
NO_PLACES = """
DROP TRIGGER incubatorplace_in_use ON socialorgs_incubatorplace;
DROP FUNCTION incubatorplace_in_use();
DROP TRIGGER incubationstay_place ON socialorgs_incubationstay;
DROP FUNCTION incubationstay_place();
"""

# No stay is longer than what the rules allowed when it began.
LONGEST = """
ALTER TABLE socialorgs_incubationstay ADD CONSTRAINT incubationstay_within_its_months CHECK (
    due_on IS NULL OR due_on <= (admitted_on + make_interval(months => longest_months::int))::date
);
"""
NO_LONGEST = """
ALTER TABLE socialorgs_incubationstay DROP CONSTRAINT incubationstay_within_its_months;
"""

# Three tiers: a street site hangs on the core, a community site on the core or a street site.
TIERS = """
CREATE FUNCTION incubator_tiers() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    upper text;
BEGIN
    IF NEW.parent_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT tier INTO upper FROM socialorgs_incubator WHERE id = NEW.parent_id;
    IF NOT (upper = 'CORE' OR (upper = 'STREET' AND NEW.tier = 'COMMUNITY')) THEN
        RAISE EXCEPTION 'A site hangs on a higher tier'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'incubator_hangs_on_a_higher_tier';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incubator_tiers BEFORE INSERT OR UPDATE OF tier, parent_id ON socialorgs_incubator
    FOR EACH ROW EXECUTE FUNCTION incubator_tiers();
"""
NO_TIERS = """
DROP TRIGGER incubator_tiers ON socialorgs_incubator;
DROP FUNCTION incubator_tiers();
"""


class Migration(migrations.Migration):
    """What Django's own constraints cannot say."""

    dependencies = [("socialorgs", "0002_organizations_in_full")]
    operations = [
        migrations.RunSQL(PLACES, NO_PLACES),
        migrations.RunSQL(LONGEST, NO_LONGEST),
        migrations.RunSQL(TIERS, NO_TIERS),
    ]
