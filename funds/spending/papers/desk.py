"""What people do with a request besides its moves and payments, the same on its page and on the desk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from funds.oversight.queries import supervisors_of
from funds.spending import operations, quoting, refunding, relieving
from funds.spending.lifecycle import PaymentStatus, ReliefStatus, RequestStatus, needs_acceptance
from funds.spending.models import SpendingRequest
from funds.spending.papers.forms import AcceptanceForm, ChoiceForm, RefundForm, ReliefForm, WatchedResolutionForm
from governance.calendar import clock

if TYPE_CHECKING:
    from collections.abc import Callable

    from django import forms
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def resolution_form(row: SpendingRequest) -> Callable[..., forms.Form]:
    """Return what builds the form of a meeting on a request: the members and supervisors of this day."""
    committee, today = row.fund.committee, clock.today()
    members = list(committee.voting_members(today)) if committee else []
    watching = supervisors_of(committee, today) if committee else None
    return partial(WatchedResolutionForm, members=members, supervisors=watching, initial={"met_on": today})


def relief_form(row: SpendingRequest) -> Callable[..., forms.Form]:
    """Return what builds the form by which relief is granted."""
    committee, today = row.fund.committee, clock.today()
    members = committee.voting_members(today) if committee else None
    return partial(ReliefForm, members=members, supervisors=supervisors_of(committee, today) if committee else None)


def choice_form(row: SpendingRequest) -> Callable[..., forms.Form]:
    """Return what builds the form by which an offer is chosen."""
    return partial(ChoiceForm, quotes=row.quotes.order_by("amount", "pk"))


def acceptance_form(row: SpendingRequest) -> Callable[..., forms.Form]:
    """Return what builds the form of the acceptance."""
    del row
    return AcceptanceForm


def refund_form(row: SpendingRequest) -> Callable[..., forms.Form]:
    """Return what builds the form of a refund: of one of the payments that left."""
    return partial(RefundForm, payments=row.payments.filter(status=PaymentStatus.PAID).order_by("number", "pk"))


def _choose(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return quoting.choose_quote(by=by, now=now, request=row, quote=data["quote"].pk, reason=data["reason"])


def _grant(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    watching = data["supervisor"].pk if data["supervisor"] else None
    names = ("household", "urgency", "supervisor_opinion")
    told = {name: data[name] for name in names}
    members = (data["first_member"].pk, data["second_member"].pk)
    return relieving.grant_relief(by=by, now=now, request=row, members=members, supervisor=watching, **told)


def _judge(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    data.pop("reason", None)
    return relieving.judge_relief(by=by, now=now, today=clock.today(), relief=row.relief, **data)


def _accept(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    return operations.accept_request(by=by, now=now, request=row, findings=data["findings"])


def _refund(row: SpendingRequest, by: User, now: dt.datetime, data: dict[str, Any]) -> object:
    del row
    return refunding.record_refund(by=by, now=now, today=clock.today(), **data)


def _has_offers(row: SpendingRequest) -> bool:
    return row.status in operations.OPEN and row.quotes.exists()


def _is_urgent(row: SpendingRequest) -> bool:
    return row.is_emergency and row.status == RequestStatus.CHECKED


def _is_unjudged(row: SpendingRequest) -> bool:
    relief = getattr(row, "relief", None)
    return relief is not None and relief.status in {ReliefStatus.AWAITING, ReliefStatus.OVERDUE}


def _is_to_be_accepted(row: SpendingRequest) -> bool:
    return row.status == RequestStatus.APPROVED and row.accepted_at is None and needs_acceptance(row)


def _was_paid(row: SpendingRequest) -> bool:
    return row.hold_journal_id is not None and row.payments.filter(status=PaymentStatus.PAID).exists()


@dataclass(frozen=True, slots=True)
class RequestAct:
    """Something that is done with a request: its right, when it makes sense, its form, the operation behind it."""

    label: StrOrPromise
    permission: str
    is_open: Callable[[SpendingRequest], bool]
    form: Callable[[SpendingRequest], Callable[..., forms.Form]]
    run: Callable[[SpendingRequest, User, dt.datetime, dict[str, Any]], object]


ACTS = {
    "choose": RequestAct(_("Choose a quote"), "funds.enter_spending_request", _has_offers, choice_form, _choose),
    "relieve": RequestAct(_("Grant emergency relief"), "funds.record_resolution", _is_urgent, relief_form, _grant),
    "judge": RequestAct(
        _("Record the committee's judgement on the relief"),
        "funds.record_resolution",
        _is_unjudged,
        resolution_form,
        _judge,
    ),
    "accept": RequestAct(
        _("Record the acceptance"), "funds.accept_spending_request", _is_to_be_accepted, acceptance_form, _accept
    ),
    "refund": RequestAct(_("Record a refund"), "funds.record_refund", _was_paid, refund_form, _refund),
}


def offered(row: SpendingRequest, user: Any) -> list[str]:
    """Return the acts that this person may do with a request now."""
    return [name for name, act in ACTS.items() if user.has_perm(act.permission, row) and act.is_open(row)]
