"""The money of a contract for everybody: budget against actual, supplements, payments, the reckoning."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Prefetch, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST, require_safe

from governance.pages import Act, Tried, keyset_page, steps_of
from projects.contracts.forms import ReasonForm
from projects.contracts.frame import Part, TriedPart, act_on, contract_for, on, parts, with_contract
from projects.contracts.lifecycle import UNDER_WAY
from projects.contracts.shares import parts_of
from projects.contracts.terms import operations
from projects.contracts.terms.forms import (
    ExpenditureForm,
    PaidForm,
    RefundForm,
    SettlementForm,
    SupplementForm,
)
from projects.contracts.terms.lifecycle import AWARD_PAYMENT, EXPENDITURE, SUPPLEMENT
from projects.contracts.terms.models import AwardPayment, Expenditure, Settlement, Supplement
from projects.contracts.terms.queries import lines_of, paid_of, total_of, unused_of
from socialorgs.register.barring.queries import ban_by

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.http import HttpRequest

    from projects.contracts.models import Contract
    from projects.contracts.terms.models import ContractLine

EXPENDITURE_ACTS = {
    "confirm": Act(EXPENDITURE.by_name["confirm"].label, on("expenditure", operations.confirm_expenditure)),
    "reject": Act(
        EXPENDITURE.by_name["reject"].label,
        on("expenditure", operations.reject_expenditure),
        ReasonForm,
        is_grave=True,
    ),
}
SUPPLEMENT_ACTS = {
    "agree": Act(SUPPLEMENT.by_name["agree"].label, on("supplement", operations.agree_supplement)),
    "approve": Act(SUPPLEMENT.by_name["approve"].label, on("supplement", operations.approve_supplement)),
    "decline": Act(
        SUPPLEMENT.by_name["decline"].label, on("supplement", operations.decline_supplement), ReasonForm, is_grave=True
    ),
}
PAYMENT_ACTS = {
    "approve": Act(AWARD_PAYMENT.by_name["approve"].label, on("payment", operations.approve_award_payment)),
    "record_paid": Act(
        AWARD_PAYMENT.by_name["record_paid"].label, on("payment", operations.record_award_payment), PaidForm
    ),
    "cancel": Act(
        AWARD_PAYMENT.by_name["cancel"].label, on("payment", operations.cancel_award_payment), ReasonForm, is_grave=True
    ),
}


def money_acts(contract: Contract, lines: Sequence[ContractLine] | None = None) -> dict[str, Act]:
    """Return what can be done with the money of a contract."""
    return {
        "spend": Act(
            _("Enter money spent"),
            on("contract", operations.enter_expenditure),
            with_contract(ExpenditureForm, contract, lines=lines),
        ),
        "supplement": Act(
            _("Propose a supplement"),
            on("contract", operations.propose_supplement),
            with_contract(SupplementForm, contract, lines=lines),
        ),
        "settlement": Act(
            _("Propose how it ends early"),
            on("contract", operations.propose_settlement),
            SettlementForm,
            is_grave=True,
        ),
        "unused": Act(_("Reckon what is left of the grant"), on("contract", operations.reckon_unused)),
        "refund": Act(_("Record the money paid back"), _refund, RefundForm),
    }


def _refund(row: Contract, by: Any, now: Any, data: dict[str, Any]) -> object:
    return operations.record_refund(by=by, now=now, settlement=Settlement.objects.get(contract=row), **data)


def _names(request: HttpRequest, contract: Contract, settlement: Settlement | None) -> list[str]:
    user, names = request.user, []
    is_running = contract.status == "RUNNING"
    if contract.status in UNDER_WAY and user.has_perm("projects.act_for_implementer", contract):
        names.append("spend")
    if user.has_perm("projects.manage_contract", contract):
        names += ["supplement", "settlement"] if is_running else []
        if contract.grant_id is not None and contract.status == "ACCEPTED":
            is_open = settlement is None or settlement.refunded_on is None
            names += ["unused"] if is_open and unused_of(contract) else []
        if settlement is not None and settlement.is_owed:
            names.append("refund")
    return names


@require_safe
def contract_money(request: HttpRequest, pk: int) -> HttpResponse:
    """Show what a contract gives by line, what was spent of it, and what was changed."""
    return money_page(request, contract_for(request, pk))


def money_page(
    request: HttpRequest, contract: Contract, tried: Tried | None = None, refused: TriedPart | None = None
) -> HttpResponse:
    """Show the page, with what was refused."""
    settlement = getattr(contract, "settlement", None)
    prefetch_related_objects([contract], "supplements")
    if contract.is_of_award:
        along = ("instalment", "source__funding__fund", "source__funding__foundation")
        payments = AwardPayment.objects.select_related(*along).order_by("pk")
        prefetch_related_objects([contract], Prefetch("award_payments", payments))
    url = reverse("projects:contract-money", args=[contract.pk])
    is_inside = request.user.has_perm("projects.view_contract_file", contract)
    rows = contract.expenditures.select_related("line", "evidence")
    spent = keyset_page(rows, request) if is_inside else None
    lines = lines_of(contract)
    context = {
        "contract": contract,
        "trail": contract.division.way,
        "steps": steps_of(
            money_acts(contract, [state.line for state in lines]), _names(request, contract, settlement), url, tried
        ),
        "lines": lines,
        "planned": sum(state.planned for state in lines),
        "spent_total": sum(state.confirmed + state.entered for state in lines),
        "total": total_of(contract),
        "paid": paid_of(contract),
        "is_inside": is_inside,
        "page": spent,
        "expenditures": parts(request, contract, spent.rows if spent else [], EXPENDITURE_ACTS, refused),
        "supplements": parts(request, contract, contract.supplements.all(), SUPPLEMENT_ACTS, refused),
        "payments": _payments(request, contract, refused),
        "shares": parts_of(contract) if contract.grant_id is not None else [],
        "settlement": settlement,
        "ban": ban_by(request.user, contract.organization_id, contract.number, is_inside=is_inside)
        if settlement
        else None,
        "tab": "money",
    }
    status = 400 if tried or refused else 200
    return render(request, "projects/contracts/money.html", context, status=status)


def _payments(request: HttpRequest, contract: Contract, refused: TriedPart | None) -> list[Part]:
    rows: Iterable[Any] = contract.award_payments.all() if contract.is_of_award else []
    return parts(request, contract, rows, PAYMENT_ACTS, refused)


@require_POST
def contract_money_act(request: HttpRequest, pk: int, name: str) -> HttpResponse:
    """Take a step with the money of a contract; what is refused stays filled in with the reason."""
    contract = contract_for(request, pk)
    address = reverse("projects:contract-money", args=[contract.pk])
    answer = act_on(request, contract, money_acts(contract), name, address)
    return answer if isinstance(answer, HttpResponse) else money_page(request, contract_for(request, pk), answer)


MONEY_PARTS: dict[str, tuple[Any, dict[str, Act]]] = {
    "expenditure": (Expenditure, EXPENDITURE_ACTS),
    "supplement": (Supplement, SUPPLEMENT_ACTS),
    "awardpayment": (AwardPayment, PAYMENT_ACTS),
}
