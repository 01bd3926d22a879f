"""Whether an organization may take part, what the registrar's figures leave in doubt, who acts for whom."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import models
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
    from collections.abc import Sequence


class OrganizationHindered(NotNow):
    """The body may take no part at present; the reasons say what stands in the way."""

    code = "organization_hindered"
    message = gettext_lazy("%(organization)s cannot take part: %(reasons)s")


def hindrances(organization: SocialOrganization, day: dt.date) -> list[str]:
    """Return in words what keeps an organization from projects, contracts and payments on a day; empty when nothing.

    The one gate, asked at submission, at the signing of a contract and before each payment. Three queries; the status is
    read afresh. Being on the list of abnormal activity, or a report that is late, is shown and hinders nothing.
    Basis: Measures for Credit Information of Social Organizations; Government Procurement Law art. 77; report S2.
    """
    last = AnnualInspection.objects.filter(organization=models.OuterRef("pk"), concluded_on__lte=day).order_by("-year")
    fresh: Any = SocialOrganization.objects.annotate(
        last_year=models.Subquery(last.values("year")[:1]), last_word=models.Subquery(last.values("conclusion")[:1])
    ).get(pk=organization.pk)
    found = []
    if fresh.status == OrganizationStatus.ENTERED:
        found.append(_("its entry has not been checked against the registrar's record"))
    elif fresh.status != OrganizationStatus.ACTIVE:
        found.append(_("it is “%(status)s”") % {"status": fresh.get_status_display()})
    serious = CreditListing.objects.running_on(day).filter(organization=fresh, credit_list=CreditList.SERIOUS_BREACH)
    if listing := serious.order_by("-listed_on", "-pk").first():
        text = _("it has stood on the list of serious breaches since %(day)s (decision %(number)s)")
        found.append(text % {"day": listing.listed_on, "number": listing.decision_number})
    if fresh.last_word == InspectionConclusion.FAILED:
        found.append(_("it failed the inspection of %(year)s") % {"year": fresh.last_year})
    for ban in ParticipationBan.objects.running_on(day).filter(organization=fresh).order_by("pk"):
        text = _("it is barred from %(first)s to %(last)s for %(ground)s (decision %(number)s)")
        last_day = ban.ends_on - dt.timedelta(days=1)
        words = {"first": ban.starts_on, "last": last_day, "ground": ban.get_ground_display()}
        found.append(text % {**words, "number": ban.decision_number})
    return found


def require_good_standing(organization: SocialOrganization, day: dt.date) -> None:
    """Refuse an organization that may take no part on a day; three queries.

    Raises:
        OrganizationHindered: with every reason.
    """
    if found := hindrances(organization, day):
        raise OrganizationHindered(field="organization", organization=organization.name, reasons="; ".join(found))


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
