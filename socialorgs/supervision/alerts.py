"""What has happened to a body while it works for a place, in words; each floor above raises the alerts on its own work."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import override

from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.models import AnnualInspection, CreditListing, SocialOrganization
from socialorgs.supervision.models import AlertCause, StandingAlert

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.outbox.models import OutboxEvent

LONGEST = 200


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to a body, by which event."""

    organization: SocialOrganization
    cause: str
    said: str
    event: str


@dataclass(frozen=True, slots=True)
class Affected:
    """Work that the body has under way in a place, with its page."""

    label: str
    key: int
    division: Division
    subject: str
    address: str


def changed(event: OutboxEvent) -> Change | None:
    """Return what an event says has happened to a body; nothing for other events. One query."""
    with override("zh-hans"):
        found = _read(event)
    return None if found is None else Change(*found, event=str(event.event_id))


def _read(event: OutboxEvent) -> tuple[SocialOrganization, str, str] | None:
    if event.topic == "socialorgs.listing.recorded":
        listing = CreditListing.objects.select_related("organization").get(pk=event.object_key)
        text = _("It was put on the “%(list)s” on %(day)s by decision %(number)s: %(reason)s")
        words = {"list": listing.get_credit_list_display(), "day": listing.listed_on, "reason": listing.reason}
        return listing.organization, AlertCause.LISTED, text % {**words, "number": listing.decision_number}
    if event.topic == "socialorgs.ban.confirmed":
        ban = ParticipationBan.objects.select_related("organization").get(pk=event.object_key)
        text = _("It is barred from taking part from %(first)s to %(last)s: %(reason)s")
        words = {"first": ban.starts_on, "last": ban.ends_on, "reason": ban.reason}
        return ban.organization, AlertCause.BANNED, text % words
    if event.topic == "socialorgs.inspection.failed":
        inspection = AnnualInspection.objects.select_related("organization").get(pk=event.object_key)
        text = _("It failed the inspection of %(year)s, as was concluded on %(day)s.")
        words = {"year": inspection.year, "day": inspection.concluded_on}
        return inspection.organization, AlertCause.FAILED, text % words
    if event.topic in {"socialorgs.organization.revoked", "socialorgs.organization.deregistered"}:
        body = SocialOrganization.objects.get(pk=event.object_key)
        return body, AlertCause.ENDED, str(body.get_status_display())
    return None


def raise_alerts(change: Change, affected: Iterable[Affected], now: dt.datetime) -> None:
    """Raise one alert for each piece of work, audited; told again of the same event, it changes nothing."""
    known = set(StandingAlert.objects.filter(cause_key=change.event).values_list("subject_label", "subject_key"))
    for work in affected:
        if (work.label, str(work.key)) in known:
            continue
        alert = StandingAlert.objects.create(
            organization=change.organization,
            division=work.division,
            cause=change.cause,
            cause_key=change.event,
            said=change.said,
            subject_label=work.label,
            subject_key=str(work.key),
            subject=work.subject[:LONGEST],
            address=work.address,
            raised_at=now,
        )
        after = {"cause": change.cause, "label": work.label, "key": work.key}
        audit.record(by=system_actor(), verb="socialorgs.alert.raised", row=alert, now=now, after=after)
