"""The test database: made by the owner's role, used by the application's, as in production."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import TransactionTestCase
from django.utils import timezone, translation

from engines.template import migrated_template
from tests.workers import Nursery

pytest_plugins = ["tests.people", "tests.properties"]


def _connect_as(user: str) -> None:
    connection.close()
    connection.settings_dict["USER"] = user


@contextmanager
def as_owner() -> Iterator[None]:
    """Run a block as the owner of the tables; a new connection, so not inside a test's transaction."""
    user = connection.settings_dict["USER"]
    _connect_as(settings.ENGINES.owner_user)
    try:
        yield
    finally:
        _connect_as(user)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the tests of feeds: later they would wait for the transaction of the permissions' sweep, for minutes."""
    items.sort(key=lambda item: not hasattr(getattr(item, "module", None), "let_older_transactions_end"))


KEPT = {"auth_permission", "django_content_type", "django_migrations"}
"""Tables that are filled with the database; everything else is empty before a test."""


def _empty_as_owner(case: TransactionTestCase) -> None:
    """Empty the tables that a test has filled and committed; the application's role may not, and triggers forbid it.

    A few of hundreds of tables are filled: Django's flush would empty all, and grant every right anew.
    """
    del case
    with as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")  # neither triggers nor keys between the tables
        tables = [name for name in connection.introspection.table_names(cursor) if name not in KEPT]
        cursor.execute(" UNION ALL ".join(f"SELECT '{name}' WHERE EXISTS (SELECT FROM {name})" for name in tables))
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")


TransactionTestCase._fixture_teardown = _empty_as_owner


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """Copy the test databases from a migrated one, which is remade only when a migration changes."""
    del django_db_modify_db_settings_parallel_suffix
    connection.settings_dict["TEST"]["TEMPLATE"] = migrated_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Hand the finished database to the application's role."""
    with django_db_blocker.unblock():
        _connect_as(settings.ENGINES.app_user)
    yield
    with django_db_blocker.unblock():
        _connect_as(settings.ENGINES.owner_user)


@pytest.fixture
def now() -> dt.datetime:
    """A fixed moment, noon of a working day."""
    return dt.datetime(2026, 3, 4, 12, 0, tzinfo=timezone.get_default_timezone())


@pytest.fixture
def today(now: dt.datetime) -> dt.date:
    """The day of that moment."""
    return timezone.localdate(now)


@pytest.fixture
def owner() -> Callable[[], Any]:
    """The context manager under which a test acts as the owner of the tables."""
    return as_owner


@pytest.fixture(scope="module")
def nursery(django_db_setup: None) -> Iterator[Nursery]:
    """Processes of their own that may be killed at marked points, on the database of these tests."""
    del django_db_setup
    forking = Nursery()
    yield forking
    forking.close()


@pytest.fixture
def english(settings: Any) -> Iterator[None]:
    """Speak English on the pages of a test that reads their words; the site's own language is Chinese."""
    settings.LANGUAGE_CODE = "en"
    with translation.override("en"):
        yield
