"""Every route, every named person: the answers stand in expected.txt, to be read by people when they change.

Written anew with SWEEP_WRITE=1. A refused request leaves no audit entry and no journal behind. POST and PATCH are sent
with an empty body: who may not come in gets 403 or 404 before the body is looked at, who may gets 400 or 409.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, reverse
from rest_framework.test import APIClient

from governance.accounts.models import User
from governance.audit.models import AuditEntry
from tests.sweep.routes import Route, routes
from tests.sweep.world import PEOPLE, build_world, row_for

EXPECTED = Path(__file__).with_name("expected.txt")
METHODS = ("GET", "POST", "PATCH")
OPEN_DOORS = {
    "account_logout",
    "portal:csp-report",
    "portal:clock-advance",
    "portal:elder-mode",
    "portal:ready",
    "set_language",
}
"""Pages that answer everybody alike and whose tests stand elsewhere."""


def _address(route: Route, world: dict[type[Model], Model]) -> str | None:
    """Return the address of a route for the world's rows, or None where the route takes what no row has."""
    if not route.parameters:
        return reverse(route.name)
    row = row_for(route, world)
    values = {"pk": row.pk} if row is not None else {}
    try:
        return reverse(route.name, kwargs={name: values[name] for name in route.parameters if name != "format"})
    except (KeyError, NoReverseMatch):
        return None


def _ask(user: User | None, method: str, address: str) -> int:
    """Send one request as one person inside a transaction that is undone; refusals must leave nothing behind."""
    client: Any = APIClient() if address.startswith("/api/") else Client()
    if user is not None:
        client.force_login(user)
    with transaction.atomic():
        before = AuditEntry.objects.count()
        answer = getattr(client, method.lower())(address, **({"data": {}} if method != "GET" else {}))
        if answer.status_code >= 400:
            assert AuditEntry.objects.count() == before, f"{method} {address} was refused and left a trace"
        for close_file in answer._resource_closers:  # not close(): that would close the connection as well
            close_file()
        transaction.set_rollback(True)
    return int(answer.status_code)


@pytest.mark.django_db
def test_everybody_gets_the_expected_answer_everywhere() -> None:
    world, people = build_world()
    lines, without_row = [], []
    for route in routes():
        if route.name in OPEN_DOORS:
            continue
        address = _address(route, world)
        if address is None:
            without_row.append(route.name)
            continue
        for method in METHODS:
            if method in route.methods:
                answers = {name: _ask(people[name], method, address) for name in PEOPLE}
                lines.append(_line(method, route.name, answers))
    found = "\n".join([*lines, *(f"---- {name} no row" for name in without_row), ""])

    if os.environ.get("SWEEP_WRITE"):
        EXPECTED.write_text(found, encoding="utf-8")
    assert found.splitlines() == EXPECTED.read_text(encoding="utf-8").splitlines()
    assert not [line for line in lines if " 500:" in line]


def _line(method: str, name: str, answers: dict[str, int]) -> str:
    """Write one line: the method, the route, and for each status who got it."""
    by_status: dict[int, list[str]] = {}
    for person, status in answers.items():
        by_status.setdefault(status, []).append(person)
    if len(by_status) == 1:
        return f"{method} {name} {next(iter(by_status))}: everybody"
    return f"{method} {name} " + "; ".join(f"{status}: {' '.join(by_status[status])}" for status in sorted(by_status))
