"""Whether an organization may take part, what the registrar's figures leave in doubt, who acts for whom."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.people.queries import present_day
from communities.policy.queries import value
from governance.errors import NotNow
from governance.money import format_yuan
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import (
    AnnualInspection,
    CreditList,
    CreditListing,
    InspectionConclusion,
    OrganizationAppointment,
    SocialOrganization,
    Standing,
)
from socialorgs.register.policy import THRESHOLDS

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


class OrganizationHindered(NotNow):
    """The body may take no part at present; the reasons say what stands in the way."""

    code = "organization_hindered"
    message = gettext_lazy("%(organization)s cannot take part: %(reasons)s")


def hindrances(organization: SocialOrganization, day: dt.date) -> list[str]:
    """Return in words what keeps an organization from projects, contracts and payments on a day; empty when nothing.

    Three queries; the rules are those of `hindrances_by_body`.
    """
    return hindrances_by_body([organization.pk], day)[organization.pk]


def hindrances_by_body(organizations: Collection[int], day: dt.date) -> dict[int, list[str]]:
    """Return by organization which condition stands in its way, since when, and what opens the way again; three queries.

    The one gate, asked at submission, at the signing of a contract and before each payment, and shown before a form is
    filled in. Status and inspections are read afresh. Being on the list of abnormal activity, or a report that is late, is
    shown and hinders nothing.
    Basis: Measures for Credit Information of Social Organizations; Government Procurement Law art. 77; report S2.
    """
    last = AnnualInspection.objects.filter(organization=models.OuterRef("pk"), concluded_on__lte=day).order_by("-year")
    rows: Any = SocialOrganization.objects.annotate(
        last_year=models.Subquery(last.values("year")[:1]),
        last_word=models.Subquery(last.values("conclusion")[:1]),
        last_day=models.Subquery(last.values("concluded_on")[:1]),
    )
    fresh = rows.in_bulk(organizations)
    found = {key: [text] if (text := _of_its_status(fresh[key])) else [] for key in organizations}
    serious = CreditListing.objects.running_on(day).filter(credit_list=CreditList.SERIOUS_BREACH)
    newest = serious.filter(organization__in=organizations).order_by("organization_id", "-listed_on", "-pk")
    for listing in newest.distinct("organization_id"):
        text = _(
            "it has stood on the list of serious breaches since %(day)s (decision %(number)s); it takes part again when it "
            "has been taken off the list, which it may ask for once the breach is mended"
        )
        found[listing.organization_id].append(text % {"day": listing.listed_on, "number": listing.decision_number})
    for key, body in fresh.items():
        if body.last_word == InspectionConclusion.FAILED:
            text = _(
                "it failed the inspection of %(year)s (concluded on %(day)s); it takes part again when a later inspection "
                "is not failed"
            )
            found[key].append(text % {"year": body.last_year, "day": body.last_day})
    for ban in ParticipationBan.objects.running_on(day).filter(organization__in=organizations).order_by("pk"):
        text = _(
            "it is barred from %(first)s to %(last)s for %(ground)s (decision %(number)s); it takes part again from "
            "%(free)s, or when the ban is lifted"
        )
        words = {"first": ban.starts_on, "last": ban.ends_on - dt.timedelta(days=1), "free": ban.ends_on}
        found[ban.organization_id].append(
            text % {**words, "ground": ban.get_ground_display(), "number": ban.decision_number}
        )
    return found


def _of_its_status(organization: SocialOrganization) -> str:
    """Return in words what the status of an entry stands in the way of; empty where the body is active."""
    if organization.status == OrganizationStatus.ACTIVE:
        return ""
    if organization.status == OrganizationStatus.ENTERED:
        return _("its entry has not been checked against the registrar's record; its street office does that")
    words = {"status": organization.get_status_display()}
    if organization.ended_at is None:
        return _("it is “%(status)s”; if the register has that wrong, tell its street office") % words
    text = _("it has been “%(status)s” since %(day)s; if the register has that wrong, tell its street office")
    return text % {**words, "day": timezone.localdate(organization.ended_at)}


def require_good_standing(organization: SocialOrganization, day: dt.date) -> None:
    """Refuse an organization that may take no part on a day; three queries.

    Raises:
        OrganizationHindered: with every reason.
    """
    if found := hindrances(organization, day):
        raise OrganizationHindered(field="organization", organization=organization.name, reasons="; ".join(found))


def hindered(organizations: Collection[int], day: dt.date) -> dict[int, OrganizationHindered]:
    """Return by organization what `require_good_standing` would tell it; three queries, and a fourth for the names."""
    if not organizations:
        return {}
    found = {key: reasons for key, reasons in hindrances_by_body(organizations, day).items() if reasons}
    names = SocialOrganization.objects.in_bulk(found) if found else {}
    return {
        key: OrganizationHindered(field="organization", organization=names[key].name, reasons="; ".join(reasons))
        for key, reasons in found.items()
    }


def doubts(organization: SocialOrganization, day: dt.date) -> list[str]:
    """Return what does not fit the usual conditions of its kind, for whoever checks the entry; at most two queries.

    The registrar decides, so nothing is refused for it.
    Basis: Regulations on Registration of Social Associations art. 10; local rules for community organizations.
    """
    if organization.standing != Standing.REGISTERED:
        return []
    limit = THRESHOLDS[organization.organization_type]
    found = []
    if limit.members is not None and organization.members_count is not None:
        least = value(limit.members, organization.division, day)
        if organization.members_count < least:
            text = _("%(count)s members are entered; such a body usually has at least %(least)s.")
            found.append(text % {"count": organization.members_count, "least": least})
    if limit.funds is not None and organization.capital is not None:
        funds = value(limit.funds, organization.division, day)
        if organization.capital < funds:
            text = _("A capital of %(capital)s yuan is entered; such a body usually has at least %(least)s.")
            found.append(text % {"capital": format_yuan(organization.capital), "least": format_yuan(funds)})
    return found


def organization_named(text: str) -> SocialOrganization | None:
    """Return the organization with this credit code or filing number, whatever its status; at most two queries."""
    rows = SocialOrganization.objects.select_related("division")
    return rows.filter(credit_code=text.strip().upper()).first() or rows.filter(filing_number=text.strip()).first()


def organizations_of(user: Any) -> list[int]:
    """Return the organizations for which a user acts today; one query per user object and request."""
    if not getattr(user, "is_authenticated", False):
        return []
    cached: list[int] | None = getattr(user, "_organizations_today", None)
    if cached is None:
        rows = OrganizationAppointment.objects.held_on(present_day()).filter(user=user)
        cached = list(rows.order_by("pk").values_list("organization_id", flat=True))
        setattr(user, "_organizations_today", cached)  # noqa: B010 - reaches through the lazy user of a request
    return cached


def acting_for(organization: SocialOrganization, day: dt.date) -> Sequence[int]:
    """Return the users who act for an organization on a day; one query."""
    rows = OrganizationAppointment.objects.held_on(day).filter(organization=organization)
    return list(rows.order_by("pk").values_list("user_id", flat=True))
