"""Who contracts with a body learns when it is put on a credit list, barred or ended, while the contract runs."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import LABEL, Contract
from socialorgs.supervision.alerts import Affected, changed, raise_alerts

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


def hear(event: OutboxEvent, now: dt.datetime) -> None:
    """Raise one alert for each contract that runs with the body of the event; told again, it changes nothing."""
    change = changed(event)
    if change is None:
        return
    rows = Contract.objects.filter(organization=change.organization, status__in=OPEN)
    contracts = rows.select_related("division").order_by("pk")
    affected = (
        Affected(LABEL, row.pk, row.division, f"{row.number} {row.title}", row.get_absolute_url()) for row in contracts
    )
    raise_alerts(change, affected, now)
