"""Who contracts with a body learns when it is put on a credit list, barred or ended, while the contract runs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import override

from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import LABEL, Contract
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.models import CreditListing, SocialOrganization
from socialorgs.supervision.models import AlertCause, StandingAlert

if TYPE_CHECKING:
    from governance.outbox.models import OutboxEvent

OPEN = (
    ContractStatus.OFFERED,
    ContractStatus.AGREED,
    ContractStatus.RUNNING,
    ContractStatus.DELIVERED,
    ContractStatus.ACCEPTED,
)
"""Contracts under which something may still be signed, delivered or paid."""
LONGEST = 200


def hear(event: OutboxEvent, now: dt.datetime) -> None:
    """Raise one alert for each contract that runs with the body of the event; told again, it changes nothing."""
    found = _changed(event)
    if found is None:
        return
    body, cause, said = found
    known = set(
        StandingAlert.objects.filter(cause_key=str(event.event_id), subject_label=LABEL).values_list(
            "subject_key", flat=True
        )
    )
    contracts = Contract.objects.filter(organization=body, status__in=OPEN).select_related("division").order_by("pk")
    for contract in contracts:
        if str(contract.pk) in known:
            continue
        alert = StandingAlert.objects.create(
            organization=body,
            division=contract.division,
            cause=cause,
            cause_key=str(event.event_id),
            said=said,
            subject_label=LABEL,
            subject_key=str(contract.pk),
            subject=f"{contract.number} {contract.title}"[:LONGEST],
            address=contract.get_absolute_url(),
            raised_at=now,
        )
        after = {"cause": cause, "contract": contract.pk}
        audit.record(by=system_actor(), verb="socialorgs.alert.raised", row=alert, now=now, after=after)


def _changed(event: OutboxEvent) -> tuple[SocialOrganization, str, str] | None:
    """Return the body that an event is about, what happened to it, and that in words; nothing for other events."""
    with override("zh-hans"):
        if event.topic == "socialorgs.listing.recorded":
            listing = CreditListing.objects.select_related("organization").get(pk=event.object_key)
            text = _("It was put on the “%(list)s” on %(day)s by decision %(number)s: %(reason)s")
            words = {"list": listing.get_credit_list_display(), "day": listing.listed_on, "reason": listing.reason}
            return listing.organization, AlertCause.LISTED, text % {**words, "number": listing.decision_number}
        if event.topic == "socialorgs.ban.confirmed":
            ban = ParticipationBan.objects.select_related("organization").get(pk=event.object_key)
            text = _("It is barred from taking part from %(first)s to %(last)s: %(reason)s")
            return (
                ban.organization,
                AlertCause.BANNED,
                text
                % {
                    "first": ban.starts_on,
                    "last": ban.ends_on,
                    "reason": ban.reason,
                },
            )
        if event.topic in {"socialorgs.organization.revoked", "socialorgs.organization.deregistered"}:
            body = SocialOrganization.objects.get(pk=event.object_key)
            return body, AlertCause.ENDED, str(body.get_status_display())
    return None
