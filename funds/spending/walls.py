"""The triggers that guard requests, budgets and payments; the models name them."""

from __future__ import annotations

import pgtrigger

from governance.lifecycle import columns_stay

FIXED = (
    *("fund_id", "decision_id", "topic_id", "matter_id", "amount", "purpose", "duty", "is_emergency"),
    *("pool_id", "organization_id"),
)
"""What nobody changes once a request is submitted."""
OWED = ("request_id", "number", "amount", "payee", "organization_id")
"""What nobody changes once a payment is requested."""


RESOLVED_STAYS = columns_stay("resolved_stays", FIXED, once="OLD.status NOT IN ('DRAFT', 'RETURNED')")

RESOLVED_BY_RESOLUTION = pgtrigger.Trigger(
    name="resolved_by_resolution",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Q(new__status__in=["RESOLVED", "REJECTED"]),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM funds_fundresolution AS resolution
            WHERE resolution.request_id = NEW.id AND resolution.has_quorum
                AND resolution.is_passed = (NEW.status = 'RESOLVED')
                AND resolution.attempt = (
                    SELECT max(attempt) FROM funds_fundresolution WHERE request_id = NEW.id
                )
        ) THEN
            RAISE EXCEPTION 'The committee has not resolved so'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'spendingrequest_resolved_by_resolution';
        END IF;
        RETURN NEW;
    """,
)

RELIEVED_BY_TWO = pgtrigger.Trigger(
    name="relieved_by_two",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Condition("(OLD.status = 'CHECKED' AND NEW.status = 'CLEARED')"),
    func="""
        IF NOT EXISTS (SELECT 1 FROM funds_emergencyrelief WHERE request_id = NEW.id AND status = 'AWAITING') THEN
            RAISE EXCEPTION 'Nobody has granted emergency relief'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'spendingrequest_relieved_by_two';
        END IF;
        RETURN NEW;
    """,
)

# The cap and the clock of a relief are those of the request that it was granted for.
RELIEF_OF_ITS_REQUEST = pgtrigger.Trigger(
    name="relief_of_its_request",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert,
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM funds_spendingrequest
            WHERE id = NEW.request_id AND is_emergency AND status = 'CHECKED' AND amount = NEW.amount
        ) THEN
            RAISE EXCEPTION 'Relief is granted for a checked request for emergency relief'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'emergencyrelief_of_its_request';
        END IF;
        RETURN NEW;
    """,
)

RATIFIED_BY_RESOLUTION = pgtrigger.Trigger(
    name="ratified_by_resolution",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Q(new__status__in=["RATIFIED", "REFUSED"]),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM funds_fundresolution AS resolution
            WHERE resolution.id = NEW.resolution_id AND resolution.request_id = NEW.request_id
                AND resolution.has_quorum AND resolution.is_passed = (NEW.status = 'RATIFIED')
        ) THEN
            RAISE EXCEPTION 'The committee has not resolved so'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'emergencyrelief_ratified_by_resolution';
        END IF;
        RETURN NEW;
    """,
)

# A payee gives back at most what they got, and it lies where it came from. Locks the payment: two refunds wait.
REFUND_WITHIN_PAYMENT = pgtrigger.Trigger(
    name="within_the_payment",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.UpdateOf("amount", "payment_id", "status"),
    condition=pgtrigger.Q(new__status__in=["RECORDED", "POSTED"]),
    func="""
        PERFORM 1 FROM funds_payment WHERE id = NEW.payment_id FOR NO KEY UPDATE;
        IF NOT EXISTS (
            SELECT 1 FROM funds_payment AS payment
            WHERE payment.id = NEW.payment_id AND payment.status = 'PAID' AND NEW.amount + COALESCE((
                SELECT sum(other.amount) FROM funds_refund AS other
                WHERE other.payment_id = NEW.payment_id AND other.status <> 'CANCELLED' AND other.id <> NEW.id
            ), 0) <= payment.amount
        ) THEN
            RAISE EXCEPTION 'More would come back than was paid'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_within_the_payment';
        END IF;
        RETURN NEW;
    """,
)

REFUND_INTO_ITS_POOL = pgtrigger.Trigger(
    name="into_its_pool",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("status"),
    condition=pgtrigger.Q(new__status="POSTED"),
    func="""
        IF NOT EXISTS (
            SELECT 1 FROM funds_payment AS payment
            JOIN funds_spendingrequest AS request ON request.id = payment.request_id
            JOIN funds_communityfund AS fund ON fund.id = request.fund_id
            JOIN funds_account AS pool ON pool.book_id = fund.book_id
                AND CASE WHEN request.pool_id IS NULL THEN pool.code = 'pool:free' ELSE pool.id = request.pool_id END
            JOIN funds_journal AS journal ON journal.id = NEW.journal_id AND journal.book_id = fund.book_id
            JOIN funds_transfer AS transfer ON transfer.journal_id = journal.id
            JOIN funds_account AS use ON use.id = transfer.source_id AND use.kind = 'SINK'
            WHERE payment.id = NEW.payment_id AND journal.kind = 'REFUND' AND journal.total = NEW.amount
                AND transfer.target_id = pool.id AND transfer.amount = NEW.amount
        ) THEN
            RAISE EXCEPTION 'What comes back lies in the pool it came from'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'refund_into_its_pool';
        END IF;
        RETURN NEW;
    """,
)

FIXED_WITH_THE_REQUEST = pgtrigger.Trigger(
    name="fixed_with_the_request",
    when=pgtrigger.Before,
    operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
    func="""
        IF EXISTS (
            SELECT 1 FROM funds_spendingrequest
            WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.request_id ELSE NEW.request_id END
                AND status NOT IN ('DRAFT', 'RETURNED')
        ) THEN
            RAISE EXCEPTION 'The budget of a submitted request stays'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'budgetline_fixed_with_the_request';
        END IF;
        IF TG_OP = 'DELETE' THEN
            RETURN OLD;
        END IF;
        RETURN NEW;
    """,
)

REQUESTED_STAYS = columns_stay("requested_stays", OWED, once="OLD.status <> 'PLANNED'")

# Who asks for money neither approves its payment nor pays it; who approves the use does not pay.
APART_FROM_THE_REQUEST = pgtrigger.Trigger(
    name="apart_from_the_request",
    when=pgtrigger.Before,
    operation=pgtrigger.UpdateOf("approved_by_id", "paid_by_id"),
    func="""
        IF EXISTS (
            SELECT 1 FROM funds_spendingrequest AS request
            WHERE request.id = NEW.request_id AND (
                NEW.approved_by_id IN (request.entered_by_id, request.submitted_by_id)
                OR NEW.paid_by_id IN (request.entered_by_id, request.submitted_by_id, request.approved_by_id)
            )
        ) THEN
            RAISE EXCEPTION 'Who asks for money does not pay it'
                USING ERRCODE = 'check_violation', CONSTRAINT = 'payment_apart_from_the_request';
        END IF;
        RETURN NEW;
    """,
)
