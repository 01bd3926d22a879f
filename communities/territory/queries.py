"""Reads over divisions that are no lists of them."""

from __future__ import annotations

from collections.abc import Iterable

from communities.territory.models import DivisionCode


def latest_codes(divisions: Iterable[int], system: str = "") -> dict[int, DivisionCode]:
    """Return the newest code of each division, of one list when it is named; one query."""
    codes = DivisionCode.objects.filter(division__in=list(divisions))
    if system:
        codes = codes.filter(system=system)
    return {code.division_id: code for code in codes.order_by("edition", "pk")}
