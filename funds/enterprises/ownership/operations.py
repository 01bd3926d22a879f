"""Entering who holds which part of an enterprise: all present parts at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.models import PolicyDocument
from funds.enterprises.legal import FORMS
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.ownership.models import OWN_KINDS, Shareholder
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Invalid
from governance.money import ZERO, format_yuan

if TYPE_CHECKING:
    from governance.accounts.models import User

WHOLE = Decimal(1)
PLACES = 6
"""Decimals of a share."""


class OwnershipNotWhole(Invalid):
    """The parts of an enterprise are one whole."""

    code = "ownership_not_whole"
    message = _("The shares add up to %(total)s and must add up to 1.")


class ShareNotAPart(Invalid):
    """A share is larger than zero, at most one, and has at most six decimals."""

    code = "share_not_a_part"
    message = _("The share of %(name)s must be larger than 0 and at most 1, with at most six decimals.")


class HolderTwice(Invalid):
    """A holder has one part."""

    code = "holder_twice"
    message = _("%(name)s is named twice.")


class HolderUnnamed(Invalid):
    """A holder has a name."""

    code = "holder_unnamed"
    message = _("Enter the name of each shareholder.")


class NoShareholdersForForm(Invalid):
    """A social service agency, or letting by the committee itself, belongs to nobody by shares."""

    code = "no_shareholders_for_form"
    message = _("%(form)s: this form has no shareholders.")


class OwnPartTooSmall(Invalid):
    """The form says how much the committee and the collective hold at least."""

    code = "own_part_too_small"
    message = _("The community itself holds %(own)s; “%(form)s” needs at least %(needed)s.")


class SharesBackdated(Invalid):
    """New parts begin after the present ones."""

    code = "shares_backdated"
    message = _("The present shares began on %(valid_from)s; new ones begin later.")


class PaidAboveCapital(Invalid):
    """Nobody pays in more than is registered."""

    code = "paid_above_capital"
    message = _("%(paid)s yuan are paid in, more than the registered capital of %(capital)s yuan.")


@dataclass(frozen=True, slots=True)
class Holding:
    """One holder's part, as the operation takes it; `share` is a part of 1, `contributed` is in yuan."""

    kind: str
    name: str
    share: Decimal
    contributed: Decimal = ZERO


def set_shareholders(
    *,
    by: User,
    enterprise: CommunityEnterprise,
    holdings: Sequence[Holding],
    valid_from: dt.date,
    now: dt.datetime,
    document: PolicyDocument | None = None,
) -> list[Shareholder]:
    """Replace the present parts of an enterprise by new ones that sum to 1; what was paid in is summed up.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        NoShareholdersForForm, OwnPartTooSmall: the legal form says otherwise.
        OwnershipNotWhole, ShareNotAPart, HolderTwice, HolderUnnamed, PaidAboveCapital.
        SharesBackdated: the present parts began on that day or later.
    Basis: Company Law (2023) art. 42, 46; report S0.
    """
    require(by, "funds.edit_enterprise", enterprise)
    with transaction.atomic():
        row = CommunityEnterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
        _check(row, holdings)
        present = Shareholder.objects.filter(enterprise=row, valid_to=None)
        before = {part.name: part.share for part in present}
        if late := present.filter(valid_from__gte=valid_from).first():
            raise SharesBackdated(field="valid_from", valid_from=late.valid_from)
        present.update(valid_to=valid_from)
        made = [
            Shareholder(
                enterprise=row,
                kind=holding.kind,
                name=holding.name.strip(),
                share=holding.share,
                contributed=holding.contributed,
                valid_from=valid_from,
                document=document,
                entered_by=by,
                entered_at=now,
            )
            for holding in holdings
        ]
        for part in made:
            part.full_clean(exclude=["enterprise", "document", "entered_by"])
        Shareholder.objects.bulk_create(made)
        row.paid_capital = sum((holding.contributed for holding in holdings), ZERO)
        row.save(update_fields=["paid_capital"])
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS shareholder_sums IMMEDIATE")
            cursor.execute("SET CONSTRAINTS shareholder_sums DEFERRED")
        after = {holding.name: holding.share for holding in holdings}
        audit.record(
            by=by,
            verb="funds.enterprise.shareholders_set",
            row=row,
            now=now,
            before=before,
            after=after,
            basis="Company Law (2023) art. 42",
        )
    return made


def _check(enterprise: CommunityEnterprise, holdings: Sequence[Holding]) -> None:
    """Refuse parts that are no whole, or that the legal form does not know."""
    rule, form = FORMS[enterprise.legal_form], enterprise.get_legal_form_display()
    if not rule.has_shareholders:
        raise NoShareholdersForForm(form=form)
    names = [holding.name.strip() for holding in holdings]
    if not all(names):
        raise HolderUnnamed(field="holdings")
    refuse_personal_numbers(holdings=" ".join(names))
    for holding in holdings:
        exact = Decimal(holding.share).normalize().as_tuple().exponent
        if not 0 < holding.share <= WHOLE or not isinstance(exact, int) or exact < -PLACES:
            raise ShareNotAPart(field="holdings", name=holding.name)
        if names.count(holding.name.strip()) > 1:
            raise HolderTwice(field="holdings", name=holding.name)
    total = sum((holding.share for holding in holdings), Decimal(0))
    if total != WHOLE:
        raise OwnershipNotWhole(field="holdings", total=f"{total.normalize():f}")
    own = sum((holding.share for holding in holdings if holding.kind in OWN_KINDS), Decimal(0))
    if own < rule.own_part:
        raise OwnPartTooSmall(field="holdings", own=f"{own.normalize():f}", form=form, needed=f"{rule.own_part:f}")
    paid = sum((holding.contributed for holding in holdings), ZERO)
    if paid > enterprise.registered_capital:
        capital = format_yuan(enterprise.registered_capital)
        raise PaidAboveCapital(field="holdings", paid=format_yuan(paid), capital=capital)
