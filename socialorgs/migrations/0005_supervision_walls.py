"""What a row cites is about the same body; nobody holds two grades at once."""

from django.db import migrations

# An inspection, and the listing that followed, are of the body itself, and of the year reported.
SAME_BODY = """
CREATE FUNCTION yearreport_same_body() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.inspection_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM socialorgs_annualinspection
        WHERE id = NEW.inspection_id AND organization_id = NEW.organization_id AND year = NEW.year
    ) THEN
        RAISE EXCEPTION 'The inspection is of another body or year'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'yearreport_inspection_is_its_own';
    END IF;
    IF NEW.listing_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM socialorgs_creditlisting WHERE id = NEW.listing_id AND organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'The listing is of another body'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'yearreport_listing_is_its_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER yearreport_same_body BEFORE INSERT OR UPDATE OF inspection_id, listing_id, organization_id
    ON socialorgs_yearreport FOR EACH ROW EXECUTE FUNCTION yearreport_same_body();
CREATE FUNCTION rectificationorder_same_body() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.inspection_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM socialorgs_annualinspection
        WHERE id = NEW.inspection_id AND organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'The inspection is of another body'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rectificationorder_inspection_is_its_own';
    END IF;
    IF NEW.listing_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM socialorgs_creditlisting WHERE id = NEW.listing_id AND organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'The listing is of another body'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'rectificationorder_listing_is_its_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER rectificationorder_same_body BEFORE INSERT OR UPDATE OF inspection_id, listing_id, organization_id
    ON socialorgs_rectificationorder FOR EACH ROW EXECUTE FUNCTION rectificationorder_same_body();
CREATE FUNCTION creditrepair_same_body() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM socialorgs_creditlisting WHERE id = NEW.listing_id AND organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'The listing is of another body'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'creditrepair_listing_is_its_own';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER creditrepair_same_body BEFORE INSERT OR UPDATE OF listing_id, organization_id
    ON socialorgs_creditrepair FOR EACH ROW EXECUTE FUNCTION creditrepair_same_body();
"""
NO_SAME_BODY = """
DROP TRIGGER creditrepair_same_body ON socialorgs_creditrepair;
DROP FUNCTION creditrepair_same_body();
DROP TRIGGER rectificationorder_same_body ON socialorgs_rectificationorder;
DROP FUNCTION rectificationorder_same_body();
DROP TRIGGER yearreport_same_body ON socialorgs_yearreport;
DROP FUNCTION yearreport_same_body();
"""

# A body holds one grade on any day.
ONE_GRADE = """
ALTER TABLE socialorgs_assessment ADD CONSTRAINT assessment_one_grade_a_day EXCLUDE USING gist (
    organization_id WITH =, daterange(valid_from, valid_to) WITH &&
) WHERE (status IN ('GRANTED', 'QUESTIONED'));
"""
NO_ONE_GRADE = """
ALTER TABLE socialorgs_assessment DROP CONSTRAINT assessment_one_grade_a_day;
"""


class Migration(migrations.Migration):
    """What Django's own constraints cannot say."""

    dependencies = [("socialorgs", "0004_supervision")]
    operations = [
        migrations.RunSQL(SAME_BODY, NO_SAME_BODY),
        migrations.RunSQL(ONE_GRADE, NO_ONE_GRADE),
    ]
