"""What a contract promises is paid by its instalments and by nothing else; a hand in a contract ties as long as it lasts.

Walls that stand beside the older ones; no setting of a session switches them off.
"""

from django.db import migrations

WALLS = """
CREATE FUNCTION publicpayment_by_its_contract() RETURNS trigger
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
CREATE TRIGGER wall_publicpayment_by_its_contract BEFORE INSERT ON projects_publicpayment
    FOR EACH ROW EXECUTE FUNCTION publicpayment_by_its_contract();

CREATE FUNCTION contract_after_payments() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF NEW.purchase_id IS NOT NULL THEN
        PERFORM FROM projects_purchaseaward WHERE id = NEW.purchase_id FOR NO KEY UPDATE;
        IF NEW.amount + (
            SELECT coalesce(sum(amount), 0) FROM projects_publicpayment WHERE award_id = NEW.purchase_id
        ) > (SELECT amount + supplement FROM projects_purchaseaward WHERE id = NEW.purchase_id) THEN
            PERFORM ledger_refuse('contract_within_what_is_left', 'What was paid on the award cannot be promised again');
        END IF;
    END IF;
    IF NEW.grant_id IS NOT NULL AND EXISTS (
        SELECT FROM projects_contract AS former JOIN projects_instalment AS part ON part.contract_id = former.id
        LEFT JOIN projects_awardpayment AS paid ON paid.instalment_id = part.id AND paid.status = 'PAID'
        LEFT JOIN funds_payment AS of_fund ON of_fund.id = part.payment_id AND of_fund.status = 'PAID'
        WHERE former.grant_id = NEW.grant_id AND former.id <> NEW.id
            AND (paid.id IS NOT NULL OR of_fund.id IS NOT NULL)
    ) THEN
        PERFORM ledger_refuse('contract_on_an_unpaid_grant', 'The sources of the grant have paid under a former contract');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wall_contract_after_payments BEFORE UPDATE OF status ON projects_contract
    FOR EACH ROW WHEN (OLD.status = 'DRAFT' AND NEW.status = 'OFFERED') EXECUTE FUNCTION contract_after_payments();

CREATE FUNCTION payment_beside_promises() RETURNS trigger LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE
    promised numeric;
BEGIN
    PERFORM FROM funds_spendingrequest WHERE id = NEW.request_id FOR NO KEY UPDATE;
    SELECT coalesce(sum(coalesce(contract.fund_amount, contract.amount) + CASE
        WHEN coalesce(contract.fund_amount, contract.amount) = contract.amount THEN (
            SELECT coalesce(sum(amount), 0) FROM projects_supplement
            WHERE contract_id = contract.id AND status = 'APPROVED'
        ) ELSE 0 END), 0)
        INTO promised FROM projects_contract AS contract
        WHERE contract.request_id = NEW.request_id AND contract.status NOT IN ('DRAFT', 'TERMINATED');
    IF promised > 0 AND promised + (
        SELECT coalesce(sum(payment.amount), 0) FROM funds_payment AS payment
        LEFT JOIN projects_instalment AS part ON part.payment_id = payment.id
        LEFT JOIN projects_contract AS contract
            ON contract.id = part.contract_id AND contract.status NOT IN ('DRAFT', 'TERMINATED')
        WHERE payment.request_id = NEW.request_id AND payment.status <> 'CANCELLED' AND contract.id IS NULL
    ) > (SELECT amount FROM funds_spendingrequest WHERE id = NEW.request_id) THEN
        PERFORM ledger_refuse('payment_beside_promises', 'What a contract promises is paid by its instalments');
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER wall_payment_beside_promises AFTER INSERT ON funds_payment
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION payment_beside_promises();
"""

OPEN = """
DROP TRIGGER wall_payment_beside_promises ON funds_payment;
DROP FUNCTION payment_beside_promises();
DROP TRIGGER wall_contract_after_payments ON projects_contract;
DROP FUNCTION contract_after_payments();
DROP TRIGGER wall_publicpayment_by_its_contract ON projects_publicpayment;
DROP FUNCTION publicpayment_by_its_contract();
"""

CONFLICTS = """
CREATE OR REPLACE FUNCTION projects_grant_conflicts(applications bigint[], experts bigint[], since date)
RETURNS TABLE (application_id bigint, user_id bigint, kind text) LANGUAGE sql STABLE AS $$
    WITH body AS (
        SELECT application.id, organization.id AS organization_id, application.division_id, application.round_id
        FROM projects_grantapplication application
        JOIN socialorgs_socialorganization organization
            ON organization.id = application.organization_id
            OR (organization.credit_code = application.credit_code AND application.credit_code <> '')
        WHERE application.id = ANY (applications)
    ),
    tied AS (
        SELECT body.id, person.user_id, person.kind
        FROM body
        JOIN (
            SELECT organization_id, user_id, valid_to, 'APPOINTED' AS kind FROM socialorgs_organizationappointment
            UNION ALL
            SELECT organization_id, user_id, valid_to, kind FROM projects_evaluatortie
            UNION ALL
            SELECT employer_id, user_id, valid_to, 'EMPLOYED' FROM projects_grantexpert WHERE employer_id IS NOT NULL
        ) person ON person.organization_id = body.organization_id
        WHERE person.valid_to IS NULL OR person.valid_to > since
    )
    SELECT id, user_id, kind::text FROM tied WHERE user_id = ANY (experts)
    UNION
    SELECT tied.id, mine.user_id, 'HOUSEHOLD'
    FROM tied
    JOIN communities_resident theirs ON theirs.user_id = tied.user_id AND theirs.left_on IS NULL
    JOIN communities_resident mine
        ON mine.division_id = theirs.division_id AND mine.address = theirs.address AND mine.address <> ''
        AND mine.left_on IS NULL AND mine.user_id <> theirs.user_id
    WHERE tied.kind <> 'OTHER' AND mine.user_id = ANY (experts)
    UNION
    SELECT body.id, hand.user_id, 'CONTRACT'
    FROM body
    JOIN projects_contract contract ON contract.organization_id = body.organization_id
    CROSS JOIN LATERAL (VALUES
        {hands}
    ) AS hand (user_id, at)
    WHERE hand.user_id = ANY (experts) AND {counts}
    UNION
    SELECT body.id, post.user_id, 'POST'
    FROM body
    JOIN communities_post post ON post.division_id = body.division_id
    WHERE post.user_id = ANY (experts) AND (post.valid_to IS NULL OR post.valid_to > since)
    UNION
    SELECT body.id, seat.expert_id, 'DECLARED'
    FROM body
    JOIN projects_panelseat seat ON seat.round_id = body.round_id
    JOIN projects_declaredtie declared ON declared.seat_id = seat.id AND declared.organization_id = body.organization_id
    WHERE seat.expert_id = ANY (experts)
$$;
"""
FORMER_ACTS = ("drafted", "offered", "agreed", "signed", "delivered", "accepted")
ACTS = (*FORMER_ACTS, "joined", "closed")


def _conflicts(acts, counts):
    hands = ", ".join(f"(contract.{act}_by_id, contract.{act}_at)" for act in acts)
    return CONFLICTS.format(hands=hands, counts=counts)


NOW_COUNTS = _conflicts(
    ACTS,
    "((hand.at AT TIME ZONE 'Asia/Shanghai')::date > since"
    " OR contract.status NOT IN ('CLOSED', 'TERMINATED'))",
)
FORMERLY_COUNTED = _conflicts(FORMER_ACTS, "(contract.drafted_at AT TIME ZONE 'Asia/Shanghai')::date > since")


class Migration(migrations.Migration):

    dependencies = [
        ('funds', '0013_budgeting_walls'),
        ("projects", "0016_grants_filed_lanes_and_unused_money"),
    ]

    operations = [
        migrations.RunSQL(WALLS, OPEN),
        migrations.RunSQL(NOW_COUNTS, FORMERLY_COUNTED),
    ]
