"""A draft can be corrected until it is offered; what comes after keeps its order until the contract has its end.

Walls that stand beside the older ones; no setting of a session switches them off.
"""

import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models

from governance.tables import AtOnce


WALLS = """
CREATE OR REPLACE FUNCTION publicpayment_by_its_contract() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM projects_awardpayment AS paid JOIN projects_contract AS contract ON contract.id = paid.contract_id
        WHERE contract.purchase_id = NEW.award_id AND paid.status = 'PAID'
            AND (paid.amount, paid.paid_on, paid.reference) = (NEW.amount, NEW.paid_on, NEW.document_number)
    ) THEN
        RETURN NEW;
    END IF;
    IF EXISTS (
        SELECT FROM projects_contract WHERE purchase_id = NEW.award_id AND status NOT IN ('DRAFT', 'TERMINATED')
    ) THEN
        PERFORM ledger_refuse('publicpayment_by_its_contract', 'An award with a contract is paid by the instalments');
    END IF;
    PERFORM FROM projects_purchaseaward WHERE id = NEW.award_id FOR NO KEY UPDATE;
    IF NEW.amount + (SELECT coalesce(sum(amount), 0) FROM projects_publicpayment WHERE award_id = NEW.award_id) > (
        SELECT coalesce(sum(greatest(settled.work_value, settled.paid)), 0)
        FROM projects_contract AS contract JOIN projects_settlement AS settled ON settled.contract_id = contract.id
        WHERE contract.purchase_id = NEW.award_id AND contract.status = 'TERMINATED'
    ) THEN
        PERFORM ledger_refuse('publicpayment_after_a_contract', 'Nothing is paid before a contract, nor more than one ended with');
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION milestone_reported() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM projects_contract
        WHERE id = NEW.contract_id AND status = 'RUNNING'
            AND starts_on <= (NEW.reported_at AT TIME ZONE 'Asia/Shanghai')::date
    ) THEN
        PERFORM ledger_refuse('milestone_reported_in_the_term', 'Milestones are reported while the contract runs');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_milestone_reported BEFORE UPDATE OF status ON projects_milestone
    FOR EACH ROW WHEN (OLD.status <> 'REPORTED' AND NEW.status = 'REPORTED') EXECUTE FUNCTION milestone_reported();

CREATE FUNCTION contract_has_a_course() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM projects_milestone WHERE contract_id = NEW.id) AND (NEW.grant_id IS NULL OR NOT EXISTS (
        SELECT FROM projects_instalment WHERE contract_id = NEW.id AND condition IN ('MIDTERM', 'FINAL_REVIEW')
    )) THEN
        PERFORM ledger_refuse('contract_of_an_award_has_milestones', 'A contract on an award says by when what is done');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_has_a_course BEFORE UPDATE OF status ON projects_contract
    FOR EACH ROW WHEN (
        OLD.status = 'DRAFT' AND NEW.status = 'OFFERED' AND (NEW.purchase_id IS NOT NULL OR NEW.grant_id IS NOT NULL)
    ) EXECUTE FUNCTION contract_has_a_course();

CREATE FUNCTION contract_rest_decided() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_TABLE_NAME = 'projects_contract' THEN
        IF EXISTS (SELECT FROM projects_settlement WHERE contract_id = NEW.id AND ground = 'FAILED') THEN
            PERFORM ledger_refuse('contract_rest_is_decided_once', 'It was decided that the rest is not paid');
        END IF;
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM projects_contract AS contract JOIN projects_evaluationplan AS plan ON plan.id = contract.evaluation_id
        WHERE contract.id = NEW.contract_id AND contract.status = 'ACCEPTED' AND contract.despite_at IS NULL
            AND plan.status IN ('FINAL', 'PUSHED') AND (
                SELECT grade FROM projects_evaluationresult WHERE plan_id = plan.id ORDER BY version DESC LIMIT 1
            ) = 'FAIL'
    ) THEN
        PERFORM ledger_refuse('settlement_of_a_failed_evaluation', 'The rest is withheld after a failed evaluation');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_rest_decided BEFORE UPDATE OF despite_at ON projects_contract
    FOR EACH ROW WHEN (NEW.despite_at IS NOT NULL) EXECUTE FUNCTION contract_rest_decided();
CREATE TRIGGER wall_settlement_rest_decided BEFORE INSERT OR UPDATE OF ground, work_value ON projects_settlement
    FOR EACH ROW WHEN (NEW.ground = 'FAILED') EXECUTE FUNCTION contract_rest_decided();

CREATE FUNCTION contract_closed() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    settled projects_settlement;
BEGIN
    SELECT * INTO settled FROM projects_settlement WHERE contract_id = NEW.id AND ground = 'FAILED';
    IF EXISTS (
        SELECT FROM projects_instalment AS part
        WHERE part.contract_id = NEW.id AND part.amount > (
            SELECT coalesce(sum(amount), 0) FROM projects_awardpayment WHERE instalment_id = part.id AND status = 'PAID'
        ) + coalesce((SELECT amount FROM funds_payment WHERE id = part.payment_id AND status = 'PAID'), 0)
        AND (settled.id IS NULL OR EXISTS (
            SELECT FROM projects_instalment AS later
            WHERE later.contract_id = NEW.id AND later.supplement_id IS NULL AND later.number > part.number
        ) OR part.supplement_id IS NOT NULL)
    ) THEN
        PERFORM ledger_refuse('contract_closed_when_paid', 'A contract is closed when what it promises is paid or settled');
    END IF;
    IF settled.id IS NOT NULL AND (
        settled.proposed_by_id = NEW.closed_by_id OR (settled.refund > 0 AND settled.refunded_on IS NULL)
    ) THEN
        PERFORM ledger_refuse('contract_closed_by_another', 'Another closes, when what is owed has come back');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_closed BEFORE UPDATE OF status ON projects_contract
    FOR EACH ROW WHEN (OLD.status = 'ACCEPTED' AND NEW.status = 'CLOSED') EXECUTE FUNCTION contract_closed();

CREATE OR REPLACE FUNCTION settlement_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF (SELECT status FROM projects_contract WHERE id = OLD.contract_id) IN ('TERMINATED', 'CLOSED') AND (
        TG_OP = 'DELETE' OR (NEW.contract_id, NEW.ground, NEW.done, NEW.work_value, NEW.paid, NEW.refund, NEW.proposed_by_id)
            IS DISTINCT FROM (OLD.contract_id, OLD.ground, OLD.done, OLD.work_value, OLD.paid, OLD.refund, OLD.proposed_by_id)
        OR OLD.refunded_on IS NOT NULL
    ) THEN
        PERFORM ledger_refuse('settlement_stays', 'What a contract ended by stays as it is');
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;
"""

OPEN = """
CREATE OR REPLACE FUNCTION settlement_stays() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
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
DROP TRIGGER wall_contract_closed ON projects_contract;
DROP FUNCTION contract_closed();
DROP TRIGGER wall_settlement_rest_decided ON projects_settlement;
DROP TRIGGER wall_contract_rest_decided ON projects_contract;
DROP FUNCTION contract_rest_decided();
DROP TRIGGER wall_contract_has_a_course ON projects_contract;
DROP FUNCTION contract_has_a_course();
DROP TRIGGER wall_milestone_reported ON projects_milestone;
DROP FUNCTION milestone_reported();
CREATE OR REPLACE FUNCTION publicpayment_by_its_contract() RETURNS trigger
    LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF EXISTS (
        SELECT FROM projects_contract WHERE purchase_id = NEW.award_id AND status NOT IN ('DRAFT', 'TERMINATED')
    ) AND NOT EXISTS (
        SELECT FROM projects_awardpayment AS paid JOIN projects_contract AS contract ON contract.id = paid.contract_id
        WHERE contract.purchase_id = NEW.award_id AND paid.status = 'PAID'
            AND (paid.amount, paid.paid_on, paid.reference) = (NEW.amount, NEW.paid_on, NEW.document_number)
    ) THEN
        PERFORM ledger_refuse('publicpayment_by_its_contract', 'An award with a contract is paid by the instalments');
    END IF;
    RETURN NEW;
END $$;
"""


class Migration(AtOnce):

    dependencies = [
        ('projects', '0022_grades_gate'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name='contract',
            name='offered_terms_stay',
        ),
        migrations.RemoveConstraint(
            model_name='settlement',
            name='settlement_is_reckoned',
        ),
        migrations.AlterField(
            model_name='settlement',
            name='ground',
            field=models.CharField(choices=[('BREACH', 'the organization broke the contract'), ('LISTED', 'the organization may take no part any more'), ('AGREED', 'the parties agreed to end it'), ('NEED_GONE', 'the need is gone'), ('FORCE_MAJEURE', 'force majeure'), ('UNUSED', 'the project is over, and not all of the grant was spent'), ('FAILED', 'the evaluation was failed, and the rest is not paid')], max_length=16, verbose_name='ground'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='contract',
            trigger=pgtrigger.compiler.Trigger(name='offered_terms_stay', sql=pgtrigger.compiler.UpsertTriggerSql(condition="WHEN (OLD.status <> 'DRAFT' AND (OLD.number, OLD.title, OLD.division_id, OLD.organization_id, OLD.request_id, OLD.purchase_id, OLD.grant_id, OLD.amount, OLD.fund_amount, OLD.scope, OLD.kind, OLD.starts_on, OLD.ends_on, OLD.opinions_needed, OLD.is_content_fixed, OLD.is_lasting, OLD.is_money_stable, OLD.is_price_steady) IS DISTINCT FROM (NEW.number, NEW.title, NEW.division_id, NEW.organization_id, NEW.request_id, NEW.purchase_id, NEW.grant_id, NEW.amount, NEW.fund_amount, NEW.scope, NEW.kind, NEW.starts_on, NEW.ends_on, NEW.opinions_needed, NEW.is_content_fixed, NEW.is_lasting, NEW.is_money_stable, NEW.is_price_steady))", func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='5085407b517c970e0687ce191b4011d0c2d27f43', operation='UPDATE', pgid='pgtrigger_offered_terms_stay_a8105', table='projects_contract', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='milestone',
            trigger=pgtrigger.compiler.Trigger(name='fixed_with_the_offer', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF EXISTS (\n                        SELECT 1 FROM projects_contract\n                        WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.contract_id ELSE NEW.contract_id END\n                            AND status <> 'DRAFT'\n                    ) THEN\n                        RAISE EXCEPTION 'The contract has been offered'\n                            USING ERRCODE = 'check_violation', CONSTRAINT = 'milestone_fixed_with_the_offer';\n                    END IF;\n                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;\n                ", hash='854c35d041bcb7be5a4120b9c7521ee31135a65d', operation='INSERT OR UPDATE OF "contract_id", "number", "title", "due_on" OR DELETE', pgid='pgtrigger_fixed_with_the_offer_dca6c', table='projects_milestone', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='settlement',
            constraint=models.CheckConstraint(condition=models.Q(('ground__in', ['BREACH', 'LISTED', 'AGREED', 'NEED_GONE', 'FORCE_MAJEURE', 'UNUSED', 'FAILED']), ('paid__gte', 0), ('work_value__gte', 0)), name='settlement_is_reckoned'),
        ),
        migrations.RunSQL(WALLS, OPEN),
    ]
