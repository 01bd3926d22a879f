"""Which filed organizations nobody has confirmed for the year before."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from communities.policy.queries import value
from socialorgs.register.filing.lifecycle import ConfirmationStatus
from socialorgs.register.filing.models import FilingConfirmation
from socialorgs.register.filing.policy import CONFIRM_BY_MONTH
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization, Standing

if TYPE_CHECKING:
    from django.db.models import QuerySet


def unconfirmed(year: int) -> QuerySet[SocialOrganization]:
    """Return the active filed organizations that existed in a year and that the street has not confirmed for it."""
    confirmed = FilingConfirmation.objects.filter(year=year, status=ConfirmationStatus.CONFIRMED)
    rows = SocialOrganization.objects.filter(standing=Standing.FILED, status=OrganizationStatus.ACTIVE)
    return rows.filter(founded_on__year__lte=year).exclude(pk__in=confirmed.values("organization"))


def year_overdue(organization: SocialOrganization, day: dt.date) -> int | None:
    """Return the year for which a filed organization should have been confirmed by a day and was not; two queries."""
    is_filed = organization.standing == Standing.FILED and organization.status == OrganizationStatus.ACTIVE
    if not is_filed or day.month <= value(CONFIRM_BY_MONTH, organization.division, day):
        return None
    year = day.year - 1
    return year if unconfirmed(year).filter(pk=organization.pk).exists() else None
