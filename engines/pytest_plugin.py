"""Engines for a test run; loaded with `-p engines.pytest_plugin`, before pytest-django loads the settings.

The variables are set when pytest imports this module: a conftest.py is too late, and processes that tests start must
find the same engines.
"""

import os

import pytest

from engines.stack import Stack
from engines.translations import compile_catalogues

os.environ.setdefault("EMBED_PROFILE", "test")
os.environ.setdefault("DATABASE_AS", "owner")

compile_catalogues()  # once Django has looked for a catalogue and found none, it does not look again

STACK = pytest.StashKey[Stack]()


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Start the engines, but not in the workers of a parallel run, and not where a parent process has done so."""
    is_worker = hasattr(config, "workerinput")
    if is_worker or os.environ.get("EMBED_HELD") or config.option.collectonly or config.option.help:
        return
    config.stash[STACK] = Stack()
    config.stash[STACK].up()


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the engines unless another command uses them."""
    if stack := config.stash.get(STACK, None):
        stack.down()
