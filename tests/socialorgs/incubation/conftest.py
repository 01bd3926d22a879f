"""A park in which groups are incubated, and the people around it."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from governance.accounts.models import User
from governance.lifecycle import move
from socialorgs.incubation import operations, sites
from socialorgs.incubation.models import IncubationStay, Incubator
from socialorgs.incubation.operations import Exit, Wish
from socialorgs.incubation.policy import MOST_POINTS
from socialorgs.incubation.sites import Site
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.people import House, sign_in


def browser(user: User) -> Client:
    """Return the browser of a person who is signed in."""
    client = Client()
    sign_in(client, user)
    return client


ENTRY = {key: most - 5 for key, most in MOST_POINTS["ENTRY"].items()}
EXIT = {key: most - 5 for key, most in MOST_POINTS["EXIT"].items()}


@pytest.fixture
def people(house: House, system: User) -> SimpleNamespace:
    """Everybody, with the places."""
    return SimpleNamespace(
        **house.people, system=system, **{f"{name}_place": row for name, row in house.places.items()}
    )


@pytest.fixture
def park(people: SimpleNamespace, now: dt.datetime) -> Incubator:
    """The core of the district with two places, run by an organization."""
    operator = OrganizationFactory(division=people.district_place, active=True, name="北汇公益服务中心")
    people.operator = manager_of(operator)
    core = sites.open_incubator(by=people.district_admin, now=now, site=site(people, operator=operator))
    for label in ("201", "202"):
        sites.add_place(by=people.district_admin, now=now, incubator=core, label=label)
    return core


def site(people: SimpleNamespace, **more: Any) -> Site:
    given = {
        "name": "自流井区社会组织孵化园",
        "tier": "CORE",
        "division": people.district_place,
        "services": "场地、培训、财务代理。",
        "opened_on": dt.date(2024, 1, 1),
    }
    return Site(**{**given, **more})


def applied(people: SimpleNamespace, park: Incubator, now: dt.datetime, **more: Any) -> IncubationStay:
    wish = Wish(**{"kind": "GROUP", "name": "银发互助小组", "idea": "低龄老人照护高龄老人。", **more})
    return operations.apply_for_stay(by=people.resident, now=now, incubator=park, wish=wish)


def admitted(people: SimpleNamespace, park: Incubator, now: dt.datetime, label: str = "201") -> IncubationStay:
    stay = operations.propose_stay(by=people.operator, now=now, stay=applied(people, park, now), points=ENTRY)
    place = park.places.get(label=label)
    return operations.admit_stay(by=people.district_officer, now=now, stay=stay, place=place)


def leaving(people: SimpleNamespace, park: Incubator, now: dt.datetime, **more: Any) -> IncubationStay:
    stay = admitted(people, park, now)
    operations.plan_item(
        by=people.operator, now=now, stay=stay, title="建账", due_on=now.date() + dt.timedelta(days=60)
    )
    stay = move(stay, "nurture", by=people.operator, now=now)
    found = {"points": EXIT, "projects_done": 1, "has_finances": True, "has_party_work": True, **more}
    return operations.begin_exit(by=people.operator, now=now, stay=stay, found=Exit(**found))
