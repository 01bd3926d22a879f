"""The triggers that guard requests, budgets and payments; the models name them."""

from __future__ import annotations

import pgtrigger

FIXED = ("fund_id", "decision_id", "amount", "purpose", "pool_id", "organization_id")
"""What nobody changes once a request is submitted."""
OWED = ("request_id", "number", "amount", "payee", "organization_id")
"""What nobody changes once a payment is requested."""


def _columns(row: str, names: tuple[str, ...]) -> str:
    return ", ".join(f"{row}.{name}" for name in names)


RESOLVED_STAYS = pgtrigger.Protect(
    name="resolved_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        f"(OLD.status NOT IN ('DRAFT', 'RETURNED') AND ({_columns('OLD', FIXED)}) "
        f"IS DISTINCT FROM ({_columns('NEW', FIXED)}))"
    ),
)

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

REQUESTED_STAYS = pgtrigger.Protect(
    name="requested_stays",
    operation=pgtrigger.Update,
    condition=pgtrigger.Condition(
        f"(OLD.status <> 'PLANNED' AND ({_columns('OLD', OWED)}) IS DISTINCT FROM ({_columns('NEW', OWED)}))"
    ),
)

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
