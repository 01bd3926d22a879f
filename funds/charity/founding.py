"""What a fund must be before it is applied for: its pack, its charity or none, its partner or none, its name.

Used by the operation that applies for it.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from communities.policy.queries import value
from communities.territory.models import Division, Tier
from funds.charity.models import WITH_A_PARTNER, FundCategory, HostCharity
from funds.charity.policy import RULE_PACK, fund_name
from funds.packs.queries import pack_on
from governance.errors import Invalid

if TYPE_CHECKING:
    from funds.packs.models import FundRulePack


class CharityUnfit(Invalid):
    """A budget fund lies with no charity, every other one with one that may host it."""

    code = "charity_unfit"
    message = _("%(reason)s")


class PartnerUnfit(Invalid):
    """A co-operation fund and one of a mass organization name their partner, others have none."""

    code = "partner_unfit"
    message = _("%(reason)s")


class RulePackUnknown(Invalid):
    """A fund names a rule pack that is in force."""

    code = "rule_pack_unknown"
    message = _("No rule pack “%(key)s” is in force on %(day)s.")


class FundNameMissing(Invalid):
    """A budget fund is called as its budget calls it."""

    code = "fund_name_missing"
    message = _("Enter the name of the fund as the budget has it.")


def pack_for(key: str, division: Division, today: dt.date) -> FundRulePack | None:
    """Return the pack that a fund names, or the one its place has set, if that is in force."""
    if found := pack_on(key or value(RULE_PACK, division, today), today):
        return found
    if key:
        raise RulePackUnknown(field="rule_pack", key=key, day=today)
    return None


def check_hosts(charity: HostCharity | None, partner: str, category: str, *, needs_certificate: bool) -> None:
    """Refuse a charity or partner that does not fit the kind of fund."""
    if category not in FundCategory.values:
        raise CharityUnfit(field="category", reason=_("This kind of fund is unknown."))
    if (charity is None) != (category == FundCategory.BUDGET):
        has_none = _("Name the charity in whose account the money lies.")
        raise CharityUnfit(
            field="charity",
            reason=has_none if charity is None else _("A budget fund is public money and has no charity."),
        )
    if charity is not None and needs_certificate and not charity.has_public_fundraising:
        reason = _("The rules of the fund ask for a charity with the public-fundraising certificate.")
        raise CharityUnfit(field="charity", reason=reason)
    if bool(partner) != (category in WITH_A_PARTNER):
        asks = _("Name the foundation or the mass organization with which the fund is run.")
        raise PartnerUnfit(field="partner", reason=_("This kind of fund has no partner.") if partner else asks)


def name_by_pattern(charity: HostCharity | None, division: Division) -> str:
    if charity is None:
        raise FundNameMissing(field="name")
    places = [division.parent.short_name] if division.tier == Tier.COMMUNITY and division.parent else []
    return fund_name(charity.name, *places, division.short_name)
