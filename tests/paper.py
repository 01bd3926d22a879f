"""Tests that read what is printed."""

from __future__ import annotations

import os

import pytest

from governance.printing import lacking

# The libraries belong to the system, not to the packages; `.ci/run` installs them, so that nothing is skipped there.
needs_paper = pytest.mark.skipif(bool(lacking()) and "CI" not in os.environ, reason=f"no PDF here: {lacking()}")
