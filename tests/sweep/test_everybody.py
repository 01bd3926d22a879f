"""Every route, every named person: the answers stand in expected.txt, to be read by people when they change.

Written anew with SWEEP_WRITE=1. A refused request leaves no audit entry and no journal behind. POST and PATCH are sent
with an empty body: who may not come in gets 403 or 404 before the body is looked at, who may gets 400 or 409.

The world is built once per process and every request is undone; people sign in once. The routes are dealt out to a few
parts, so that the processes of a parallel run share them.
"""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.admin import site
from django.core.cache import cache
from django.db import transaction
from django.test import Client
from django.urls import NoReverseMatch, reverse
from rest_framework.test import APIClient

from communities.notices.models import Attachment
from funds.ledger.models import Journal
from governance.audit.models import AuditEntry
from governance.portal.demonstration.purchases import OFFER_PAPER
from projects.contracts.terms.models import Expenditure
from tests.people import sign_in
from tests.sweep.routes import Route, routes
from tests.sweep.world import FILE, ORDER_FILE, PEOPLE, build_world, row_for

EXPECTED = Path(__file__).with_name("expected.txt")
METHODS = ("GET", "POST", "PATCH")
PARTS = 6
OPEN_DOORS = {
    "account_logout",
    "portal:csp-report",
    "portal:clock-advance",
    "portal:demonstration-partner",
    "portal:elder-mode",
    "portal:ready",
    "set_language",
}
"""Pages that answer everybody alike and whose tests stand elsewhere."""
OTHERS = {
    "code": "UNKNOWN",
    "kind": "journal",
    "number": 1,
    "token": "unknown",
    "sequence": 0,
    "noted": "0" * 64,
    "paper": "invitation",
    "part": "expenditure",
}
"""What stands for parameters of an address that are not a row's key."""
AT_THE_DESK = ("district_admin", "charity_officer", "street_officer", "community_staff", "auditor")
"""Who tries to open a row, one after the other, until somebody may."""
OPENED_BY_NOBODY = {"accounts.User"}
"""Kinds of rows that none of them opens: persons are found by their posts."""
PHOTO = "楼梯.png"
FILES = {
    "funds:order-file": ORDER_FILE,
    "projects:purchase-offer-file": OFFER_PAPER,
    "projects:purchase-offer-paper-taken": OFFER_PAPER,
}
"""The file of an address, where it is not that of a record."""
ACTS = {
    "consultation:election-act": "post_list",
    "consultation:meeting-task-act": "confirm",
    "consultation:recall-act": "verify",
    "consultation:survey-act": "discard",
    "consultation:survey-answer-act": "strike",
    "funds:budget-proposal-step": "accept",
    "funds:disclosure-step": "publish",
    "funds:request-act": "accept",
    "projects:fair-intention-act": "drop",
    "projects:talent-act": "confirm",
    "socialorgs:assessment-act": "score",
    "socialorgs:center-act": "place",
    "socialorgs:club-act": "open",
    "socialorgs:filing-act": "file",
    "socialorgs:organization-strengths-act": "check",
    "socialorgs:rectification-act": "accept",
    "socialorgs:repair-act": "approve",
    "socialorgs:stay-act": "review",
    "socialorgs:year-report-act": "conclude",
    "consultation:convention-act": "announce",
    "consultation:decision-act": "begin_execution",
    "consultation:joining-act": "agree",
    "consultation:livelihood-act": "settle",
    "consultation:matter-act": "sort",
    "consultation:meeting-act": "cancel",
    "consultation:matter-support": "add",
    "funds:appeal-step": "end",
    "funds:budget-round-step": "allocate",
    "funds:donation-step": "receive",
    "funds:fund-closing-act": "begin",
    "funds:fund-give": "record",
    "funds:fund-governance-act": "suspend",
    "funds:intake-step": "discard",
    "funds:letting-act": "confirm",
    "projects:activity-act": "end",
    "projects:contract-act": "accept",
    "projects:contract-money-act": "spend",
    "projects:contract-part-act": "confirm",
    "projects:contract-services-act": "serve",
    "projects:contract-watch-act": "review",
    "projects:evaluation-act": "review",
    "projects:grant-application-act": "propose",
    "projects:grant-round-act": "run",
    "projects:hours-act": "verify",
    "projects:cession-act": "end",
    "projects:match-fair-act": "note",
    "projects:merchant-act": "publish",
    "projects:merchant-offer-act": "remove",
    "projects:micro-service-act": "take",
    "projects:open-resource-act": "book",
    "projects:resource-booking-act": "decline",
    "projects:milestone-act": "confirm",
    "projects:purchase-offer-act": "submit",
    "projects:panel-seat-act": "declare",
    "projects:score-sheet-act": "hand_in",
    "projects:service-match-act": "cancel",
}
"""The step that is tried where one address takes them all."""


def forgive() -> None:
    """Forget the wrong codes that came from here: other tests guess, too, and all of them share one address."""
    cache.delete("slip-misses:127.0.0.1")


class House:
    """The world with everybody at the door: a browser and an API client for each person, signed in."""

    def __init__(self) -> None:
        self.world, people = build_world()
        self.people = {name: user for name, user in people.items() if user is not None}
        self.browsers = {name: _signed_in(Client(), user) for name, user in people.items()}
        self.callers = {name: _signed_in(APIClient(), user) for name, user in people.items()}
        self.traces = _traces()

    def address(self, route: Route) -> str | None:
        """Return the address of a route for the world's rows, or None where the route takes what no row has."""
        if not route.parameters:
            return reverse(route.name)
        row = row_for(route, self.world)
        values: dict[str, Any] = dict(OTHERS)
        if row is not None:
            values |= {"pk": row.pk, "name": ACTS.get(route.name, "")}
        if "key" in route.parameters:
            bill: Any = self.world[Expenditure]
            values |= {"pk": bill.contract_id, "key": bill.pk}
        if "photo" in route.parameters:
            values["photo"] = Attachment.objects.get(name=PHOTO).pk
        if "file" in route.parameters:
            values["file"] = Attachment.objects.get(name=FILES.get(route.name, FILE)).pk
        try:
            return reverse(route.name, kwargs={name: values[name] for name in route.parameters if name != "format"})
        except (KeyError, NoReverseMatch):
            return None

    def ask(self, name: str, method: str, address: str) -> int:
        """Send one request as one person and undo what it did; a refusal must leave nothing behind."""
        client = (self.callers if address.startswith("/api/") else self.browsers)[name]
        cookies = client.cookies.copy()
        forgive()
        with transaction.atomic():
            answer = getattr(client, method.lower())(address, **({"data": {}} if method != "GET" else {}))
            if answer.status_code >= 400:
                assert _traces() == self.traces, f"{method} {address} was refused and left a trace"
            for close_file in answer._resource_closers:  # not close(): that would close the connection as well
                close_file()
            transaction.set_rollback(True)
        client.cookies = cookies
        return int(answer.status_code)


def _signed_in(client: Any, user: Any) -> Any:
    if user is not None:
        sign_in(client, user)
    return client


def _traces() -> list[int]:
    """Count what no refused request may add to."""
    return [AuditEntry.objects.count(), Journal.objects.count()]


@pytest.mark.parametrize("part", range(PARTS))
def test_everybody_gets_the_expected_answer_everywhere(house: House, part: int) -> None:
    found: dict[str, str] = {}
    for route in _asked()[part::PARTS]:
        address = house.address(route)
        if address is None:
            found[f"---- {route.name}"] = "no row"
            continue
        methods = _methods(house, route, address)
        for method in METHODS:
            if method in methods:
                found[f"{method} {route.name}"] = _line({name: house.ask(name, method, address) for name in PEOPLE})

    if os.environ.get("SWEEP_WRITE"):
        _write(found)
    expected = _read()
    assert found == {key: expected.get(key, "is not expected") for key in found}
    assert not [key for key, line in found.items() if "500: " in line]


def test_a_row_of_every_kind_opens_on_the_desk(house: House) -> None:
    unopened = set()
    with transaction.atomic():
        for name in AT_THE_DESK:
            TOTP.activate(house.people[name], "JBSWY3DPEHPK3PXP")
        for model, row in house.world.items():
            if site.is_registered(model):
                address = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[row.pk])
                answers = (house.ask(name, "GET", address) for name in AT_THE_DESK)
                if not any(answer == 200 for answer in answers):
                    unopened.add(model._meta.label)
        transaction.set_rollback(True)

    assert unopened == OPENED_BY_NOBODY


def test_no_answer_is_expected_of_a_route_that_is_gone() -> None:
    there = {route.name for route in _asked()}

    assert [key for key in _read() if key.split(" ")[1] not in there] == []


def _asked() -> list[Route]:
    """Return the routes that are swept."""
    return [route for route in routes() if route.name not in OPEN_DOORS]


def _methods(house: House, route: Route, address: str) -> list[str]:
    """Return what to ask: a page written as a function does not say that it takes POST alone, its answer does."""
    refuses_to_show = route.methods == ["GET"] and house.ask("visitor", "GET", address) == 405
    return ["POST"] if refuses_to_show else route.methods


def _line(answers: dict[str, int]) -> str:
    """Write for each status who got it."""
    by_status: dict[int, list[str]] = {}
    for person, status in answers.items():
        by_status.setdefault(status, []).append(person)
    if len(by_status) == 1:
        return f"{next(iter(by_status))}: everybody"
    return "; ".join(f"{status}: {' '.join(by_status[status])}" for status in sorted(by_status))


def _read() -> dict[str, str]:
    """Return what is expected by method and route."""
    lines = EXPECTED.read_text(encoding="utf-8").splitlines()
    return {" ".join(words[:2]): words[2] for words in (line.split(" ", 2) for line in lines)}


def _write(found: dict[str, str]) -> None:
    """Put a part's answers in the place of what was expected of its routes; parts of other processes wait."""
    there = {route.name for route in _asked()}
    names = {key.split(" ")[1] for key in found}
    with EXPECTED.open("r+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = {key: line for key, line in _read().items() if key.split(" ")[1] in there - names} | found
        file.truncate()
        file.write("".join(f"{key} {lines[key]}\n" for key in sorted(lines, key=_place)))


def _place(key: str) -> tuple[bool, str, int]:
    """By name and method; at the end those for which the world has no row."""
    method, name = key.split(" ")
    return (method not in METHODS, name, METHODS.index(method) if method in METHODS else 0)
