"""The locks of the market: the service first, then its takings, as everywhere."""

from __future__ import annotations

from projects.market.models import MicroService, ServiceMatch


def locked_service(key: int) -> MicroService:
    """Return a service, locked until the end of the transaction."""
    rows = MicroService.objects.select_for_update(of=("self",))
    return rows.select_related("division", "organization", "posted_by").get(pk=key)


def locked_match(match: ServiceMatch) -> ServiceMatch:
    """Return a taking with its service, both locked until the end of the transaction."""
    service = locked_service(match.service_id)
    row = ServiceMatch.objects.select_for_update(of=("self",)).select_related("taker", "organization").get(pk=match.pk)
    row.service = service
    return row
