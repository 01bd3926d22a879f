"""How many invented examples a property test tries: a few in every run, many at night."""

from __future__ import annotations

import os

from hypothesis import settings

IS_NIGHT = "NIGHTLY" in os.environ
MORE = 8

settings.register_profile("nightly", max_examples=100 * MORE, deadline=None)
if IS_NIGHT:
    settings.load_profile("nightly")


def examples(count: int) -> int:
    """Return how many examples to try where each is too slow for the usual hundred."""
    return count * MORE if IS_NIGHT else count
