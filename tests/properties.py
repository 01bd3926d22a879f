"""How many invented examples a property test tries: a few in every run, many at night; a busy machine is no failure."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

IS_NIGHT = "NIGHTLY" in os.environ
MORE = 8

settings.register_profile("day", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("night", settings.get_profile("day"), max_examples=100 * MORE)
settings.load_profile("night" if IS_NIGHT else "day")


def examples(count: int) -> int:
    """Return how many examples to try where each is too slow for the usual hundred."""
    return count * MORE if IS_NIGHT else count
