"""Entering the contract under which an organization runs an incubator."""

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
from socialorgs.incubation.models import Incubator
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


class ContractKnown(Conflict):
    """A number is given once, and an incubator is run under one contract at a time."""

    code = "operator_contract_known"
    message = _("There is already a contract of this number, or one for this incubator in the same time.")


class ContractUnfit(Invalid):
    """A contract ends after it begins, and its goals fit each other."""

    code = "operator_contract_unfit"
    message = _("The contract ends after it begins, and no more bodies leave with success than are taken in.")


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
        ContractUnfit, ContractKnown.
        OrganizationHindered: the organization may take part in nothing.
    Basis: report on Jiangbei (incubation bases); report on Baohe 2018 (operators that were brought in).
    """
    home = Incubator.objects.select_for_update(of=("self",)).select_related("division").get(pk=incubator.pk)
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
    if agreed.starts_on <= today < agreed.ends_on:
        home.operator, home.contract_number = row.operator, row.number
        home.save(update_fields=["operator", "contract_number"])
    after = {"number": row.number, "operator": row.operator_id, "amount": row.amount}
    audit.record(by=by, verb="socialorgs.operator_contract.entered", row=row, now=now, after=after)
    return row
