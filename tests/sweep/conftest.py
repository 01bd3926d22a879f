"""The world of the sweep, told once for all that walk through it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction

from tests.sweep.test_everybody import House


@pytest.fixture(scope="package")
def db(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Open one transaction for the whole sweep; called as pytest-django's own, by which it knows who needs tables."""
    del django_db_setup
    with django_db_blocker.unblock(), transaction.atomic():
        yield
        transaction.set_rollback(True)


@pytest.fixture(scope="package")
def house(db: None) -> House:
    """Build the world, once for all parts."""
    del db
    return House()
