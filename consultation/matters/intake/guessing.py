"""Wrong codes from one address are counted, right ones are not: neighbors behind one line are not in each other's way."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.core.cache import cache, caches

if TYPE_CHECKING:
    from governance.accounts.cache import ForgivingRedisCache

MISSES = 30
"""Wrong codes from one address within MISS_SECONDS."""
MISS_SECONDS = 600


def is_guessing(address: str | None) -> bool:
    """Tell whether too many wrong codes came from an address."""
    return int(cache.get(f"slip-misses:{address}", 0)) >= MISSES


def count_miss(address: str | None) -> None:
    """Count a wrong code."""
    cast("ForgivingRedisCache", caches["default"]).count(f"slip-misses:{address}", MISS_SECONDS)
