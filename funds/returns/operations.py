"""Recording what was solved with money that an enterprise gave back."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext_lazy as _

from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from funds.reinvestment.lifecycle import ARRIVED
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.policy import Direction
from funds.returns.models import ReinvestmentUse
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.money import ZERO, format_yuan

if TYPE_CHECKING:
    from governance.accounts.models import User


class MoneyNotArrived(NotNow):
    """Nothing is solved with money that has not arrived."""

    code = "money_not_arrived"
    message = _("The money of %(order)s has not arrived yet: it is %(status)s.")


class MatterNotSolved(Invalid):
    """The matter is not closed as solved, or lies elsewhere."""

    code = "matter_not_solved"
    message = _("“%(matter)s” is not a matter of %(place)s that was closed as solved.")


class MoreThanGiven(Invalid):
    """The uses of an order exceed its amount."""

    code = "more_than_given"
    message = _("Of %(order)s, %(left)s yuan are left to name a use for; %(amount)s yuan are too much.")


class NamedTwice(Conflict):
    """The matter stands with this order already."""

    code = "matter_named_twice"
    message = _("“%(matter)s” is already named as solved by %(order)s.")


def record_use(
    *, by: User, order: ReinvestmentOrder, matter: Matter, amount: Decimal, now: dt.datetime
) -> ReinvestmentUse:
    """Say that a matter was solved with part of an order's money.

    Raises:
        NotAllowed: no staff of the enterprise's place.
        MoneyNotArrived, MatterNotSolved, MoreThanGiven, NamedTwice: what was given.
    """
    require(by, "funds.record_reinvestment_use", order)
    with transaction.atomic():
        row = ReinvestmentOrder.objects.select_for_update(of=("self",)).select_related("enterprise__division")
        locked = row.get(pk=order.pk)
        if locked.status not in ARRIVED or locked.direction != Direction.GIVE:
            raise MoneyNotArrived(order=locked.reference, status=locked.get_status_display())
        place = locked.enterprise.division
        is_here = matter.division.path.startswith(place.path)
        if matter.status != MatterStatus.CLOSED or not matter.is_solved or not is_here:
            raise MatterNotSolved(field="matter", matter=matter.number, place=place)
        if locked.uses.filter(matter=matter).exists():
            raise NamedTwice(matter=matter.number, order=locked.reference)
        left = locked.amount - locked.uses.aggregate(named=Sum("amount", default=ZERO))["named"]
        if not 0 < amount <= left:
            shown = {"left": format_yuan(left), "amount": format_yuan(amount)}
            raise MoreThanGiven(field="amount", order=locked.reference, **shown)
        use = ReinvestmentUse(order=locked, matter=matter, amount=amount, recorded_at=now, recorded_by=by)
        use.full_clean()
        use.save(force_insert=True)
        after = {"order": locked.reference, "matter": matter.number, "amount": str(amount)}
        audit.record(by=by, verb="funds.reinvestment_use.recorded", row=use, now=now, after=after)
    return use
