"""Every page of the consultation floor, found in its table of addresses, on a phone of 360 px.

A page is opened in Chinese and English, in standard and large type, by a reader and by somebody who works there: the
first of each whom it lets in. axe, which is slow, looks at the Chinese ones: as the reader in standard type, as the
worker in large type. Of what has states, one row in each state is looked at once. A new page is found by itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.urls import reverse

from communities.territory.models import Division
from consultation.matters.intake.operations import issue_slip
from consultation.matters.models import Matter
from consultation.topics.following.queries import stop_token
from governance.calendar import clock
from governance.visitors import ELDER_COOKIE
from tests.browser.examine import CHINESE, ENGLISH, faults
from tests.sweep.routes import Route, routes
from tests.sweep.test_everybody import House, forgive
from tests.sweep.world import PEOPLE, row_for

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FLOOR = "consultation:"
PATIENCE = 10_000  # milliseconds
CODES = {CHINESE: "zh-hans", ENGLISH: "en"}
READERS = ("resident", "visitor", *(name for name in PEOPLE if name not in {"resident", "visitor"}))
WORKERS = ("community_staff", "street_officer", "street_reviewer", "district_admin", *READERS)
UNSEEN = {
    "consultation:meeting-private-calendar": "a file, found by a token of one person",
    "consultation:paper-photo": "a file, of a sheet that the story does not photograph",
    "consultation:survey": "the story asks no questionnaire: tests/browser/test_beside.py",
    "consultation:meeting-task-act": "a step, which is taken by POST",
    "consultation:recall-act": "a step, which is taken by POST",
    "consultation:election": "the story elects no committee: tests/browser/test_beside.py",
}
"""What nobody of the story opens by its address, by the beginning of its name, each with the reason."""
WITHOUT_SCRIPT = "**/embed/"
"""The frame for other sites lets no script run, not even axe: that header is left out here."""


@dataclass(frozen=True, slots=True)
class Look:
    """One page as one person opens it."""

    address: str
    person: str
    language: str
    is_large: bool
    is_examined: bool


def opened(house: House, address: str, people: Iterable[str]) -> str | None:
    """Return who of these is the first to be shown a page at this address; nothing written by that stays."""
    for name in people:
        forgive()
        with transaction.atomic():
            answer = house.browsers[name].get(address)
            is_page = answer.status_code == 200 and answer.headers["Content-Type"].startswith("text/html")
            for close_file in answer._resource_closers:  # as the sweep does
                close_file()
            transaction.set_rollback(True)
        if is_page:
            return name
        if answer.status_code == 405 or (answer.status_code == 200 and not is_page):
            return ""
    return None


def looks(house: House) -> tuple[list[Look], list[str]]:
    """Return what is to be looked at, and the pages that nobody can open."""
    found: list[Look] = []
    unseen = []
    tokens = _found_by_tokens(house)
    for route in routes():
        if not route.name.startswith(FLOOR):
            continue
        address = tokens[route.name] if route.name in tokens else house.address(route)
        reader = opened(house, address, READERS) if address else None
        if address is None or reader is None:
            unseen.append(route.name)
        elif reader:
            worker = opened(house, address, WORKERS) or reader
            found += [
                Look(address, reader, CHINESE, is_large=False, is_examined=True),
                Look(address, worker, CHINESE, is_large=True, is_examined=True),
                Look(address, worker, ENGLISH, is_large=False, is_examined=False),
                Look(address, reader, ENGLISH, is_large=True, is_examined=False),
            ]
            found += [
                Look(other, worker, CHINESE, is_large=False, is_examined=False) for other in _states(house, route)
            ]
    return found, unseen


def _found_by_tokens(house: House) -> dict[str, str]:
    """Return the addresses of what is found by a token instead of a key, each made as its link is."""
    staff = house.people["community_staff"]
    matter = Matter.objects.filter(raised_by=None, division=house.world[Division]).earliest("pk")
    slip = issue_slip(by=staff, now=clock.now(), matter=matter)
    values: dict[str, Any] = {
        "digest-stop": stop_token(staff, matter.division_id),
        "matter-followed": slip.code,
        "matter-slip": matter.pk,
        "matter-slip-pdf": matter.pk,
    }
    return {FLOOR + name: reverse(FLOOR + name, args=[value]) for name, value in values.items()}


def _states(house: House, route: Route) -> list[str]:
    """Return the addresses of one row in each other state, where the page shows rows that have states."""
    row = row_for(route, house.world)
    if (
        route.parameters != ("pk",)
        or row is None
        or row._meta.app_label != "consultation"
        or not hasattr(row, "status")
    ):
        return []
    rows = type(row)._default_manager.exclude(status=row.status).order_by("status", "pk").distinct("status")
    return [reverse(route.name, args=[other.pk]) for other in rows]


def _let_scripts_run(route: Any) -> None:
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "content-security-policy"}
    route.fulfill(response=answer, headers=headers)


def test_every_page_of_the_floor_is_fit_for_a_phone(live_server: Any, on_phone: Callable[..., Any]) -> None:
    with transaction.atomic():
        house = House()
    found, unseen = looks(house)
    assert [name for name in unseen if not name.startswith(tuple(UNSEEN))] == []

    def visit(page: Any) -> list[str]:
        page.set_default_timeout(PATIENCE)
        page.route(WITHOUT_SCRIPT, _let_scripts_run)
        wrong = []
        for look in found:
            page.context.clear_cookies()
            session = house.browsers[look.person].cookies.get(django_settings.SESSION_COOKIE_NAME)
            cookies = {
                django_settings.LANGUAGE_COOKIE_NAME: CODES[look.language],
                ELDER_COOKIE: str(int(look.is_large)),
                **({django_settings.SESSION_COOKIE_NAME: session.value} if session else {}),
            }
            page.context.add_cookies(
                [{"name": name, "value": value, "url": live_server.url} for name, value in cookies.items()]
            )
            forgive()
            answer = page.goto(live_server.url + look.address)
            if answer.ok:
                wrong += faults(page, look.language, is_examined=look.is_examined)
            elif look.is_examined:
                wrong.append(f"{look.address} answers {look.person} with {answer.status}")
        return wrong

    if wrong := on_phone(visit):
        pytest.fail("\n".join(wrong))
