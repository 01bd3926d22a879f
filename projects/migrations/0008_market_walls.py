"""Walls of the market that look at several tables."""

from django.db import migrations

# Takings fit their service: an open one, somebody else's, unblocked, within its places; settled as was agreed.
TAKINGS = """
CREATE FUNCTION servicematch_fits() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    offer record;
    held integer;
BEGIN
    SELECT status, places, posted_by_id INTO offer FROM projects_microservice WHERE id = NEW.service_id FOR UPDATE;
    IF TG_OP = 'INSERT' THEN
        IF offer.status <> 'POSTED' THEN
            RAISE EXCEPTION 'Only an open service can be taken'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'servicematch_of_an_open_service';
        END IF;
        IF offer.posted_by_id = NEW.taker_id THEN
            RAISE EXCEPTION 'Nobody takes their own posting'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'servicematch_by_another';
        END IF;
        IF EXISTS (
            SELECT 1 FROM projects_marketblock WHERE (blocker_id, blocked_id) IN
                ((NEW.taker_id, offer.posted_by_id), (offer.posted_by_id, NEW.taker_id))
        ) THEN
            RAISE EXCEPTION 'These two are kept apart'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'servicematch_between_unblocked';
        END IF;
    END IF;
    IF NEW.status = 'CONFIRMED' THEN
        SELECT count(*) INTO held FROM projects_servicematch
            WHERE service_id = NEW.service_id AND id IS DISTINCT FROM NEW.id
                AND status IN ('CONFIRMED', 'SIGNED_IN', 'DONE', 'SETTLED');
        IF held >= offer.places THEN
            RAISE EXCEPTION 'All places are taken'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'servicematch_within_places';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER servicematch_fits BEFORE INSERT OR UPDATE OF status ON projects_servicematch
    FOR EACH ROW EXECUTE FUNCTION servicematch_fits();
"""
NO_TAKINGS = """
DROP TRIGGER servicematch_fits ON projects_servicematch;
DROP FUNCTION servicematch_fits();
"""

SETTLING = """
CREATE FUNCTION servicematch_settles() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    agreed record;
BEGIN
    SELECT settlement, price, request_id INTO agreed FROM projects_microservice WHERE id = NEW.service_id;
    IF agreed.settlement = 'POINTS' AND NEW.journal_id IS NULL THEN
        RAISE EXCEPTION 'Points are posted before a service is settled'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'servicematch_points_are_posted';
    END IF;
    IF agreed.settlement = 'FUND' AND NOT EXISTS (
        SELECT 1 FROM funds_payment WHERE id = NEW.payment_id AND status = 'PAID'
            AND request_id = agreed.request_id AND amount = agreed.price AND organization_id = NEW.organization_id
    ) THEN
        RAISE EXCEPTION 'A purchase is settled by the payment of its fund'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'servicematch_purchase_is_paid';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER servicematch_settles BEFORE UPDATE OF status ON projects_servicematch
    FOR EACH ROW WHEN (NEW.status = 'SETTLED') EXECUTE FUNCTION servicematch_settles();
"""
NO_SETTLING = """
DROP TRIGGER servicematch_settles ON projects_servicematch;
DROP FUNCTION servicematch_settles();
"""

RATING = """
CREATE FUNCTION servicerating_after() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM projects_servicematch WHERE id = NEW.match_id AND status IN ('DONE', 'SETTLED')) THEN
        RAISE EXCEPTION 'What was not done is not rated'
            USING ERRCODE = 'check_violation', CONSTRAINT = 'servicerating_after_the_service';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER servicerating_after BEFORE INSERT OR UPDATE ON projects_servicerating
    FOR EACH ROW EXECUTE FUNCTION servicerating_after();
"""
NO_RATING = """
DROP TRIGGER servicerating_after ON projects_servicerating;
DROP FUNCTION servicerating_after();
"""


class Migration(migrations.Migration):
    """What Django's own constraints cannot say."""

    dependencies = [("projects", "0007_market")]
    operations = [
        migrations.RunSQL(TAKINGS, NO_TAKINGS),
        migrations.RunSQL(SETTLING, NO_SETTLING),
        migrations.RunSQL(RATING, NO_RATING),
    ]
