"""What no statement can do: let a social service agency distribute profit (Interim Regulations art. 4).

It has no distribution policy of its own, gives nothing by an order, and does not become an agency while one is in force.
Orders are proposed by the hundred thousand: they are asked for once per statement. Written by hand: the functions fix
their search path with `pg_temp` last, so that no temporary table stands in for the real one.
"""

from django.db import migrations

WALLS = """
CREATE FUNCTION funds_policy_of_an_agency() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM funds_communityenterprise
        WHERE id = NEW.enterprise_id AND legal_form = 'SOCIAL_SERVICE_AGENCY'
    ) THEN
        RAISE EXCEPTION 'A social service agency has no distribution policy'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'distributionpolicy_of_no_agency';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER distributionpolicy_of_no_agency BEFORE INSERT OR UPDATE OF enterprise_id, status
    ON funds_distributionpolicy FOR EACH ROW
    WHEN (NEW.enterprise_id IS NOT NULL AND NEW.status IN ('DRAFT', 'ACTIVE'))
    EXECUTE FUNCTION funds_policy_of_an_agency();

CREATE FUNCTION funds_orders_of_agencies() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM (SELECT DISTINCT enterprise_id FROM fresh WHERE direction = 'GIVE') given
        JOIN funds_communityenterprise e ON e.id = given.enterprise_id
        WHERE e.legal_form = 'SOCIAL_SERVICE_AGENCY'
    ) THEN
        RAISE EXCEPTION 'A social service agency distributes no profit'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'reinvestmentorder_of_no_agency';
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER reinvestmentorder_of_no_agency AFTER INSERT ON funds_reinvestmentorder
    REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION funds_orders_of_agencies();

CREATE FUNCTION funds_agency_without_policy() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT 1 FROM funds_distributionpolicy
        WHERE enterprise_id = NEW.id AND status = 'ACTIVE'
    ) THEN
        RAISE EXCEPTION 'An enterprise with a distribution policy in force becomes no social service agency'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'communityenterprise_agency_has_no_policy';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER communityenterprise_agency_has_no_policy BEFORE UPDATE OF legal_form ON funds_communityenterprise
    FOR EACH ROW
    WHEN (NEW.legal_form = 'SOCIAL_SERVICE_AGENCY' AND OLD.legal_form <> 'SOCIAL_SERVICE_AGENCY')
    EXECUTE FUNCTION funds_agency_without_policy();
"""

NO_WALLS = """
DROP TRIGGER communityenterprise_agency_has_no_policy ON funds_communityenterprise;
DROP TRIGGER reinvestmentorder_of_no_agency ON funds_reinvestmentorder;
DROP TRIGGER distributionpolicy_of_no_agency ON funds_distributionpolicy;
DROP FUNCTION funds_agency_without_policy();
DROP FUNCTION funds_orders_of_agencies();
DROP FUNCTION funds_policy_of_an_agency();
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0004_enterprises_walls")]

    operations = [migrations.RunSQL(WALLS, NO_WALLS)]
