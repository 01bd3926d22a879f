"""What no statement can do to shares and lettings: parts of an enterprise sum to 1, an asset is let by who runs it.

The shares are asked for at the end of the transaction, so that all parts may be replaced at once. Written by hand:
the functions fix their search path with `pg_temp` last, so that no temporary table stands in for the real one.
"""

from django.db import migrations

KEYS = """
ALTER TABLE funds_communityasset ADD CONSTRAINT communityasset_of_its_enterprise UNIQUE (id, enterprise_id);
ALTER TABLE funds_letting ADD CONSTRAINT letting_by_who_runs_the_asset
    FOREIGN KEY (asset_id, enterprise_id) REFERENCES funds_communityasset (id, enterprise_id);
"""

NO_KEYS = """
ALTER TABLE funds_letting DROP CONSTRAINT letting_by_who_runs_the_asset;
ALTER TABLE funds_communityasset DROP CONSTRAINT communityasset_of_its_enterprise;
"""

SHARES = """
CREATE FUNCTION funds_check_shares(enterprise bigint) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    whole numeric;
    own numeric;
    form text;
BEGIN
    SELECT sum(share), COALESCE(sum(share) FILTER (WHERE kind IN ('COMMITTEE', 'COLLECTIVE')), 0)
        INTO whole, own
        FROM funds_shareholder WHERE enterprise_id = enterprise AND valid_to IS NULL;
    IF whole IS NULL THEN
        RETURN;
    END IF;
    IF whole <> 1 THEN
        RAISE EXCEPTION 'The shares of enterprise % sum to %, not to 1', enterprise, whole
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shareholder_shares_sum_to_one';
    END IF;
    SELECT legal_form INTO form FROM funds_communityenterprise WHERE id = enterprise;
    IF form IN ('SOCIAL_SERVICE_AGENCY', 'COMMITTEE_LETTING')
        OR (form = 'WHOLLY_OWNED_COMPANY' AND own < 1)
        OR (form = 'CONTROLLED_COMPANY' AND own < 0.5)
    THEN
        RAISE EXCEPTION 'The shares of enterprise % do not fit its legal form %', enterprise, form
            USING ERRCODE = 'check_violation', CONSTRAINT = 'shareholder_fits_the_legal_form';
    END IF;
END
$$;

CREATE FUNCTION funds_shareholder_sums() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM funds_check_shares(NEW.enterprise_id);
    RETURN NULL;
END
$$;

CREATE FUNCTION funds_enterprise_form_fits() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM funds_check_shares(NEW.id);
    RETURN NULL;
END
$$;

CREATE CONSTRAINT TRIGGER shareholder_sums AFTER INSERT OR UPDATE ON funds_shareholder
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_shareholder_sums();
CREATE CONSTRAINT TRIGGER communityenterprise_form_fits AFTER UPDATE OF legal_form ON funds_communityenterprise
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION funds_enterprise_form_fits();
"""

NO_SHARES = """
DROP TRIGGER communityenterprise_form_fits ON funds_communityenterprise;
DROP TRIGGER shareholder_sums ON funds_shareholder;
DROP FUNCTION funds_enterprise_form_fits();
DROP FUNCTION funds_shareholder_sums();
DROP FUNCTION funds_check_shares(bigint);
"""


class Migration(migrations.Migration):
    dependencies = [("funds", "0003_charity_walls")]

    operations = [
        migrations.RunSQL(KEYS, NO_KEYS),
        migrations.RunSQL(SHARES, NO_SHARES),
    ]
