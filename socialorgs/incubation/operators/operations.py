"""Contracts under which organizations run incubators: entered, ended early, and who runs what because of them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid
from governance.lifecycle import ReasonMissing
from socialorgs.incubation.models import Incubator
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.incubation.sites import locked_incubator
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


ONE_DAY = dt.timedelta(days=1)


class ContractKnown(Conflict):
    """A number is given once, and an incubator is run under one contract at a time."""

    code = "operator_contract_known"
    message = _("There is already a contract of this number, or one for this incubator in the same time.")


class ContractUnfit(Invalid):
    """A contract ends after it begins, and its goals fit each other."""

    code = "operator_contract_unfit"
    message = _("The contract ends after it begins, and no more bodies leave with success than are taken in.")


class EndUnfit(Invalid):
    """A contract ends early on a day of its time that is not past."""

    code = "operator_contract_end_unfit"
    message = _("The first day without the contract lies from %(first)s to before %(last)s.")


@dataclass(frozen=True, slots=True)
class Agreed:
    """What was agreed."""

    operator: SocialOrganization
    number: str
    amount: Decimal
    starts_on: dt.date
    ends_on: dt.date
    admitted_goal: int
    graduated_goal: int


@transaction.atomic
def enter_contract(*, by: User, now: dt.datetime, incubator: Incubator, agreed: Agreed) -> OperatorContract:
    """Enter the contract with who runs an incubator; while it holds, that organization operates it.

    Raises:
        NotAllowed: not of the district.
        IncubatorGone: the incubator is closed.
        ContractUnfit, ContractKnown.
        OrganizationHindered: the organization may take part in nothing.
    Basis: report on Jiangbei (incubation bases); report on Baohe 2018 (operators that were brought in).
    """
    home = locked_incubator(incubator)
    require(by, "socialorgs.enter_operator_contract", home)
    today = timezone.localdate(now)
    if agreed.ends_on <= agreed.starts_on:
        raise ContractUnfit(field="ends_on")
    if agreed.graduated_goal > agreed.admitted_goal:
        raise ContractUnfit(field="graduated_goal")
    require_good_standing(agreed.operator, today)
    row = OperatorContract(
        incubator=home,
        operator=agreed.operator,
        number=agreed.number.strip(),
        amount=agreed.amount,
        starts_on=agreed.starts_on,
        ends_on=agreed.ends_on,
        admitted_goal=agreed.admitted_goal,
        graduated_goal=agreed.graduated_goal,
        entered_at=now,
        entered_by=by,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise ContractKnown(field="number") from error
    after = {"number": row.number, "operator": row.operator_id, "amount": row.amount}
    audit.record(by=by, verb="socialorgs.operator_contract.entered", row=row, now=now, after=after)
    _follow(by, now, home)
    return row


def end_contract(
    *, by: User, now: dt.datetime, contract: OperatorContract, ends_on: dt.date, reason: str
) -> OperatorContract:
    """End the contract with who runs an incubator before its time: `ends_on` is the first day without it.

    Raises:
        NotAllowed: not of the district.
        ReasonMissing.
        ContractUnfit: the day lies before its beginning or today, or the contract ends no later anyway.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    today = timezone.localdate(now)
    with transaction.atomic():
        home = (
            Incubator.objects.select_for_update(of=("self",)).select_related("division").get(pk=contract.incubator_id)
        )
        require(by, "socialorgs.enter_operator_contract", home)
        row = OperatorContract.objects.select_for_update().get(pk=contract.pk)
        if not max(row.starts_on + ONE_DAY, today) <= ends_on < row.ends_on:
            raise EndUnfit(field="ends_on", first=max(row.starts_on + ONE_DAY, today), last=row.ends_on)
        before, row.ends_on = {"ends_on": row.ends_on}, ends_on
        row.save(update_fields=["ends_on"])
        verb = "socialorgs.operator_contract.ended_early"
        audit.record(by=by, verb=verb, row=row, now=now, before=before, after={"ends_on": ends_on}, reason=reason)
        _follow(by, now, home)
        return row


def follow_contracts(*, by: User, now: dt.datetime) -> int:
    """Let each incubator be run by who holds its contract today, and by nobody where it has run out; say how many changed.

    Harmless when repeated; an incubator that never had a contract stays as it was entered.
    """
    with_contract = OperatorContract.objects.order_by().values("incubator")
    changed = 0
    for key in (
        Incubator.objects.filter(pk__in=with_contract, closed_on=None).order_by("pk").values_list("pk", flat=True)
    ):
        with transaction.atomic():
            home = Incubator.objects.select_for_update(of=("self",)).select_related("division").get(pk=key)
            changed += _follow(by, now, home)
    return changed


def _follow(by: User, now: dt.datetime, home: Incubator) -> bool:
    """Enter who runs an incubator by its contracts; tell whether that changed."""
    today = timezone.localdate(now)
    known = list(home.contracts.select_related("operator").order_by("starts_on", "pk"))
    held = next((row for row in known if row.starts_on <= today < row.ends_on), None)
    before = {"operator": home.operator_id, "contract_number": home.contract_number}
    if held is not None:
        home.operator, home.contract_number = held.operator, held.number
    elif any(row.number == home.contract_number for row in known):
        home.operator, home.contract_number = None, ""
    after = {"operator": home.operator_id, "contract_number": home.contract_number}
    if after == before:
        return False
    home.save(update_fields=["operator", "contract_number"])
    verb = "socialorgs.incubator.operator_followed"
    audit.record(by=by, verb=verb, row=home, now=now, before=before, after=after)
    return True
