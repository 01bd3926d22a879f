"""What no statement can do to a contract: accept without the residents, pay before it is due, spend more than it gives,
add more than a tenth, end it without a reckoning.

Written by hand like the other walls: no setting of a session switches them off.
"""

from django.db import migrations

WALLS = """
CREATE FUNCTION contract_accepted() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    drawn bigint;
    given integer;
BEGIN
    SELECT id INTO drawn FROM projects_acceptancesample WHERE contract_id = NEW.id AND delivery = NEW.delivery_number;
    IF drawn IS NULL AND (NEW.purchase_id IS NOT NULL OR NEW.grant_id IS NOT NULL) THEN
        PERFORM ledger_refuse('contract_accepted_by_a_sample', 'Under an award the lot says who judges');
    END IF;
    SELECT count(*) INTO given FROM projects_acceptanceopinion AS opinion
        LEFT JOIN projects_sampledresident AS place ON place.id = opinion.sampled_id
        WHERE opinion.contract_id = NEW.id AND opinion.delivery = NEW.delivery_number
            AND (drawn IS NULL OR place.sample_id = drawn);
    IF given < NEW.opinions_needed THEN
        PERFORM ledger_refuse('contract_accepted_by_residents', 'Nothing is accepted without the residents');
    END IF;
    IF EXISTS (
        SELECT FROM projects_deliverable WHERE contract_id = NEW.id
            AND (judged_in <> NEW.delivery_number OR result NOT IN ('PASSED', 'REMARKS'))
    ) THEN
        PERFORM ledger_refuse('contract_items_are_in_order', 'An item was not judged or is not in order');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_accepted BEFORE UPDATE OF status ON projects_contract
    FOR EACH ROW WHEN (OLD.status <> 'ACCEPTED' AND NEW.status = 'ACCEPTED') EXECUTE FUNCTION contract_accepted();

CREATE FUNCTION contract_of_its_award() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.purchase_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM projects_purchaseaward WHERE id = NEW.purchase_id AND status = 'FINAL'
            AND organization_id = NEW.organization_id AND landing_id = NEW.division_id AND amount >= NEW.amount
    ) OR NEW.grant_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM projects_grantaward WHERE id = NEW.grant_id AND status = 'GRANTED'
            AND organization_id = NEW.organization_id AND division_id = NEW.division_id AND amount >= NEW.amount
    ) THEN
        PERFORM ledger_refuse('contract_is_what_was_awarded', 'The award names another body or place, or a smaller sum');
    END IF;
    IF (NEW.purchase_id IS NOT NULL OR NEW.grant_id IS NOT NULL) AND NOT EXISTS (
        SELECT FROM projects_contractline WHERE contract_id = NEW.id
    ) THEN
        PERFORM ledger_refuse('contract_of_an_award_has_lines', 'A contract on an award has a budget');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_of_its_award BEFORE UPDATE OF status ON projects_contract
    FOR EACH ROW WHEN (NEW.status IN ('OFFERED', 'AGREED', 'RUNNING') AND OLD.status IN ('DRAFT', 'OFFERED', 'AGREED'))
    EXECUTE FUNCTION contract_of_its_award();

CREATE FUNCTION contract_ended_early() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM projects_settlement WHERE contract_id = NEW.id AND proposed_by_id IS DISTINCT FROM NEW.closed_by_id
    ) THEN
        PERFORM ledger_refuse('contract_ends_with_a_settlement', 'A running contract ends by a settlement that another proposed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_ended_early BEFORE UPDATE OF status ON projects_contract
    FOR EACH ROW WHEN (OLD.status = 'RUNNING' AND NEW.status = 'TERMINATED') EXECUTE FUNCTION contract_ended_early();

CREATE FUNCTION contract_prolonged() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM projects_supplement
        WHERE contract_id = NEW.id AND status = 'APPROVED' AND prolonged_to = NEW.prolonged_to
    ) THEN
        PERFORM ledger_refuse('contract_prolonged_by_a_supplement', 'A contract is prolonged by a supplement in force');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_prolonged BEFORE INSERT OR UPDATE OF prolonged_to ON projects_contract
    FOR EACH ROW WHEN (NEW.prolonged_to IS NOT NULL) EXECUTE FUNCTION contract_prolonged();

CREATE FUNCTION contract_pays_what_is_due(due projects_instalment) RETURNS void
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    stands projects_contract;
BEGIN
    SELECT * INTO stands FROM projects_contract WHERE id = due.contract_id FOR NO KEY UPDATE;
    IF stands.status NOT IN ('ACCEPTED', 'CLOSED') AND NOT EXISTS (
        SELECT FROM projects_instalment
        WHERE contract_id = due.contract_id AND supplement_id IS NULL AND number > due.number
    ) THEN
        PERFORM ledger_refuse('instalment_last_waits_for_residents', 'The last instalment waits for the residents');
    END IF;
    IF stands.status NOT IN ('RUNNING', 'DELIVERED', 'ACCEPTED', 'CLOSED')
        OR (due.condition = 'MILESTONES' AND EXISTS (
            SELECT FROM projects_milestone WHERE contract_id = due.contract_id AND status <> 'CONFIRMED'
        ))
        OR (due.condition IN ('MIDTERM', 'FINAL_REVIEW') AND NOT EXISTS (
            SELECT FROM projects_contractreview
            WHERE contract_id = due.contract_id
                AND kind = CASE due.condition WHEN 'MIDTERM' THEN 'MIDTERM' ELSE 'FINAL' END
                AND (conclusion = 'PASSED' OR (conclusion = 'MEND' AND status = 'SETTLED'))
        ))
        OR (due.condition = 'ACCEPTANCE' AND stands.status NOT IN ('ACCEPTED', 'CLOSED'))
    THEN
        PERFORM ledger_refuse('instalment_is_due', 'What the instalment waits for has not come');
    END IF;
END $$;

CREATE FUNCTION instalment_paid() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    PERFORM contract_pays_what_is_due(NEW);
    RETURN NEW;
END $$;
CREATE TRIGGER wall_instalment_paid BEFORE UPDATE OF payment_id ON projects_instalment
    FOR EACH ROW WHEN (NEW.payment_id IS NOT NULL AND NEW.payment_id IS DISTINCT FROM OLD.payment_id)
    EXECUTE FUNCTION instalment_paid();

CREATE FUNCTION awardpayment_made() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    due projects_instalment;
BEGIN
    SELECT * INTO due FROM projects_instalment WHERE id = NEW.instalment_id;
    IF due.contract_id <> NEW.contract_id OR due.amount <> NEW.amount OR due.payment_id IS NOT NULL
        OR EXISTS (SELECT FROM projects_contract WHERE id = NEW.contract_id AND request_id IS NOT NULL) THEN
        PERFORM ledger_refuse('awardpayment_is_the_instalment', 'Public money pays the instalment of a contract on an award');
    END IF;
    PERFORM contract_pays_what_is_due(due);
    RETURN NEW;
END $$;
CREATE TRIGGER wall_awardpayment_made BEFORE INSERT ON projects_awardpayment
    FOR EACH ROW EXECUTE FUNCTION awardpayment_made();

CREATE FUNCTION supplement_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    stands projects_contract;
BEGIN
    SELECT * INTO stands FROM projects_contract WHERE id = NEW.contract_id FOR NO KEY UPDATE;
    IF stands.status <> 'RUNNING' THEN
        PERFORM ledger_refuse('supplement_of_a_running_contract', 'A contract that runs is supplemented');
    END IF;
    IF NEW.amount + (
        SELECT coalesce(sum(amount), 0) FROM projects_supplement
        WHERE contract_id = NEW.contract_id AND id <> NEW.id AND status <> 'DECLINED'
    ) > stands.amount * 0.1 THEN
        PERFORM ledger_refuse('supplement_within_a_tenth', 'Supplements add a tenth at most');
    END IF;
    IF EXISTS (
        SELECT FROM projects_contractline WHERE id IN (NEW.line_id, NEW.taken_from_id) AND contract_id <> NEW.contract_id
    ) THEN
        PERFORM ledger_refuse('supplement_lines_are_its_own', 'The line belongs to another contract');
    END IF;
    IF NEW.status = 'APPROVED' AND NEW.amount > 0 AND stands.request_id IS NOT NULL THEN
        PERFORM FROM funds_spendingrequest WHERE id = stands.request_id FOR NO KEY UPDATE;
        IF (
            SELECT sum(amount) FROM projects_contract
            WHERE request_id = stands.request_id AND status NOT IN ('DRAFT', 'TERMINATED')
        ) + NEW.amount + (
            SELECT coalesce(sum(supplement.amount), 0) FROM projects_supplement AS supplement
            JOIN projects_contract AS contract ON contract.id = supplement.contract_id
            WHERE contract.request_id = stands.request_id AND supplement.status = 'APPROVED' AND supplement.id <> NEW.id
        ) > (SELECT amount FROM funds_spendingrequest WHERE id = stands.request_id) THEN
            PERFORM ledger_refuse('supplement_within_what_is_held', 'Less is held than the contract would give');
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_supplement_fits BEFORE INSERT OR UPDATE OF status ON projects_supplement
    FOR EACH ROW WHEN (NEW.status <> 'DECLINED') EXECUTE FUNCTION supplement_fits();

CREATE FUNCTION expenditure_fits() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    stands projects_contract;
BEGIN
    SELECT * INTO stands FROM projects_contract WHERE id = NEW.contract_id FOR NO KEY UPDATE;
    IF stands.signed_at IS NULL OR NOT EXISTS (
        SELECT FROM projects_contractline WHERE id = NEW.line_id AND contract_id = NEW.contract_id
    ) THEN
        PERFORM ledger_refuse('expenditure_under_a_signed_contract', 'Money is spent of a line of a signed contract');
    END IF;
    IF NEW.amount + (
        SELECT coalesce(sum(amount), 0) FROM projects_expenditure
        WHERE contract_id = NEW.contract_id AND id <> NEW.id AND status <> 'REJECTED'
    ) > stands.amount + (
        SELECT coalesce(sum(amount), 0) FROM projects_supplement
        WHERE contract_id = NEW.contract_id AND status = 'APPROVED'
    ) THEN
        PERFORM ledger_refuse('expenditure_within_the_contract', 'More is reckoned up than the contract gives');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_expenditure_fits BEFORE INSERT ON projects_expenditure
    FOR EACH ROW EXECUTE FUNCTION expenditure_fits();

CREATE FUNCTION settlement_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT status FROM projects_contract WHERE id = OLD.contract_id) = 'TERMINATED' AND (
        TG_OP = 'DELETE' OR (NEW.contract_id, NEW.ground, NEW.done, NEW.work_value, NEW.paid, NEW.refund, NEW.proposed_by_id)
            IS DISTINCT FROM (OLD.contract_id, OLD.ground, OLD.done, OLD.work_value, OLD.paid, OLD.refund, OLD.proposed_by_id)
        OR OLD.refunded_on IS NOT NULL
    ) THEN
        PERFORM ledger_refuse('settlement_stays', 'What a contract ended by stays as it is');
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER wall_settlement_stays BEFORE UPDATE OR DELETE ON projects_settlement
    FOR EACH ROW EXECUTE FUNCTION settlement_stays();

CREATE FUNCTION deliverable_judged() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM projects_contract
        WHERE id = NEW.contract_id AND status = 'DELIVERED' AND delivery_number = NEW.judged_in
    ) THEN
        PERFORM ledger_refuse('deliverable_judged_on_a_delivery', 'Items are judged on the delivery that waits');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_deliverable_judged BEFORE INSERT OR UPDATE OF actual, result, judged_in ON projects_deliverable
    FOR EACH ROW WHEN (NEW.result <> '') EXECUTE FUNCTION deliverable_judged();

CREATE FUNCTION acceptancesample_drawn() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM projects_contract
        WHERE id = NEW.contract_id AND status = 'DELIVERED' AND delivery_number = NEW.delivery
    ) THEN
        PERFORM ledger_refuse('acceptancesample_on_a_delivery', 'The lot is drawn on the delivery that waits');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_acceptancesample_drawn BEFORE INSERT ON projects_acceptancesample
    FOR EACH ROW EXECUTE FUNCTION acceptancesample_drawn();

CREATE FUNCTION sampledresident_drawn() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    drawn projects_acceptancesample;
BEGIN
    SELECT * INTO drawn FROM projects_acceptancesample WHERE id = NEW.sample_id;
    IF NEW.number NOT IN (
        SELECT number FROM generate_series(1, drawn.roll_size) AS number
        ORDER BY encode(sha256(convert_to(drawn.seed || ' ' || number, 'UTF8')), 'hex') COLLATE "C" LIMIT drawn.size
    ) THEN
        PERFORM ledger_refuse('sampledresident_is_by_the_lot', 'The tickets give another number');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_sampledresident_drawn BEFORE INSERT ON projects_sampledresident
    FOR EACH ROW EXECUTE FUNCTION sampledresident_drawn();

CREATE FUNCTION contract_row_of_its_kind() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT kind FROM projects_contract WHERE id = NEW.contract_id) <> TG_ARGV[0] THEN
        PERFORM ledger_refuse(TG_ARGV[1], 'The contract is about something else');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_purchasedposts_kind BEFORE INSERT OR UPDATE OF contract_id ON projects_purchasedposts
    FOR EACH ROW WHEN (NEW.contract_id IS NOT NULL)
    EXECUTE FUNCTION contract_row_of_its_kind('POSTS', 'purchasedposts_of_a_contract_on_posts');
CREATE TRIGGER wall_venueoperation_kind BEFORE INSERT OR UPDATE OF contract_id ON projects_venueoperation
    FOR EACH ROW EXECUTE FUNCTION contract_row_of_its_kind('VENUE', 'venueoperation_of_a_contract_on_a_venue');

CREATE FUNCTION contract_row_of_a_signed_one() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT signed_at FROM projects_contract WHERE id = NEW.contract_id) IS NULL THEN
        PERFORM ledger_refuse(TG_ARGV[0], 'The contract has not been signed');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contractreview_signed BEFORE INSERT ON projects_contractreview
    FOR EACH ROW EXECUTE FUNCTION contract_row_of_a_signed_one('contractreview_of_a_signed_contract');
CREATE TRIGGER wall_servicerecord_signed BEFORE INSERT ON projects_servicerecord
    FOR EACH ROW EXECUTE FUNCTION contract_row_of_a_signed_one('servicerecord_of_a_signed_contract');
CREATE TRIGGER wall_projectaward_signed BEFORE INSERT ON projects_projectaward
    FOR EACH ROW EXECUTE FUNCTION contract_row_of_a_signed_one('projectaward_of_a_signed_contract');
"""

OPEN = """
DROP TRIGGER wall_projectaward_signed ON projects_projectaward;
DROP TRIGGER wall_servicerecord_signed ON projects_servicerecord;
DROP TRIGGER wall_contractreview_signed ON projects_contractreview;
DROP FUNCTION contract_row_of_a_signed_one();
DROP TRIGGER wall_venueoperation_kind ON projects_venueoperation;
DROP TRIGGER wall_purchasedposts_kind ON projects_purchasedposts;
DROP FUNCTION contract_row_of_its_kind();
DROP TRIGGER wall_sampledresident_drawn ON projects_sampledresident;
DROP FUNCTION sampledresident_drawn();
DROP TRIGGER wall_acceptancesample_drawn ON projects_acceptancesample;
DROP FUNCTION acceptancesample_drawn();
DROP TRIGGER wall_deliverable_judged ON projects_deliverable;
DROP FUNCTION deliverable_judged();
DROP TRIGGER wall_settlement_stays ON projects_settlement;
DROP FUNCTION settlement_stays();
DROP TRIGGER wall_expenditure_fits ON projects_expenditure;
DROP FUNCTION expenditure_fits();
DROP TRIGGER wall_supplement_fits ON projects_supplement;
DROP FUNCTION supplement_fits();
DROP TRIGGER wall_awardpayment_made ON projects_awardpayment;
DROP FUNCTION awardpayment_made();
DROP TRIGGER wall_instalment_paid ON projects_instalment;
DROP FUNCTION instalment_paid();
DROP FUNCTION contract_pays_what_is_due(projects_instalment);
DROP TRIGGER wall_contract_prolonged ON projects_contract;
DROP FUNCTION contract_prolonged();
DROP TRIGGER wall_contract_ended_early ON projects_contract;
DROP FUNCTION contract_ended_early();
DROP TRIGGER wall_contract_of_its_award ON projects_contract;
DROP FUNCTION contract_of_its_award();
DROP TRIGGER wall_contract_accepted ON projects_contract;
DROP FUNCTION contract_accepted();
"""


class Migration(migrations.Migration):
    dependencies = [("projects", "0005_contracts_in_full")]

    operations = [
        migrations.RunSQL(WALLS, OPEN),
    ]
