"""Who acts for one body reads and writes that body's papers and nobody else's: on pages, by the API, in files, at the desk.

The addresses are read from the resolver, so that a new page or route of the floor is asked, too. Every text of the one
body that is not public carries a mark, by which it is found wherever it comes out.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.admin import site
from django.db import transaction
from django.db.models import Model
from django.test import Client
from django.urls import NoReverseMatch, reverse

from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from projects.grants.models import GrantApplication
from socialorgs.incubation import operations as incubation
from socialorgs.incubation import sites
from socialorgs.incubation.models import IncubationStay, Incubator
from socialorgs.register.barring import operations as barring
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.filing import operations as filing
from socialorgs.register.filing.models import Filing
from socialorgs.register.models import CreditListing, SocialOrganization
from socialorgs.register.strengths import operations as strengths
from socialorgs.register.strengths.models import Capability
from socialorgs.register.ties import operations as ties
from socialorgs.register.ties.models import OfferedResource
from socialorgs.supervision import operations
from socialorgs.supervision.grading import operations as grading
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.models import CreditRepair, RectificationOrder, YearReport
from tests.factories.projects_grants import Story
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationAppointmentFactory,
    OrganizationFactory,
    manager_of,
)
from tests.people import House, sign_in, token_client
from tests.socialorgs.register.test_filing import CHOIR
from tests.socialorgs.supervision.test_reports import SAID
from tests.sweep.routes import Route, routes
from tests.sweep.test_everybody import OPEN_DOORS
from tests.sweep.world import row_for

pytestmark = pytest.mark.django_db

MARK = "甲方内部"
FLOOR = "socialorgs"
ABOVE = {GrantApplication}
"""What a body hands in on the floor above."""
KEPT = (YearReport, RectificationOrder, CreditRepair, Assessment, Capability, ParticipationBan, IncubationStay, Filing)
"""Kinds of rows that are nobody's business but the body's and its place's, as they stand here."""
ON_ITS_PAGE = {
    "socialorgs:organization-strengths-act": (
        *("state", "check", "send_back", "end", "offer", "use", "end_offer", "add_member", "end_member", "bring_in"),
    ),
    "socialorgs:stay-act": ("plan", "done", "review"),
}
"""Acts of a page that are no moves of its row."""
NO = {302, 400, 403, 404, 405}
"""Answers to whoever may not: sent to sign in or back, refused, or told that there is nothing."""


@pytest.fixture
def two(house: House, system: User, now: dt.datetime) -> SimpleNamespace:
    """A body with a paper of every kind, who acts for it, who acted for it once, and who acts for another."""
    people = house.people
    community, by = house.places["community"], people["street_officer"]
    one = OrganizationFactory(active=True, division=community, name="邻里照护中心", contact=MARK)
    one_and_all = SimpleNamespace(
        one=one,
        manager=manager_of(one),
        former=OrganizationAppointmentFactory(organization=one, valid_to=dt.date(2026, 1, 1)).user,
        other=manager_of(OrganizationFactory(active=True, division=community, name="四点半课堂")),
        plain=people["stranger"],
    )
    manager = one_and_all.manager
    AnnualInspectionFactory(organization=one, year=2025, concluded_on=dt.date(2026, 2, 1))
    graded = grading.apply_for_grade(by=manager, now=now, organization=one, statement=MARK)
    report = YearReport.objects.create(organization=one, year=2024, due_on=dt.date(2026, 4, 1), opened_at=now)
    order = operations.draft_rectification(by=by, now=now, organization=one, findings=MARK, demands=MARK)
    order = operations.issue_rectification(by=people["street_reviewer"], now=now, order=order)
    listing = CreditListingFactory(organization=one, credit_list="ABNORMAL")
    rows: list[Model] = [
        one,
        graded,
        operations.submit_report(by=manager, now=now, report=report, said=replace(SAID, activities=MARK)),
        order,
        listing,
        operations.apply_for_repair(by=manager, now=now, listing=listing, mended=MARK),
    ]
    ability = strengths.Ability(field="为老服务", summary=MARK, staff_count=3, area=community)
    field = strengths.fields_of(community, now.date())[0]
    rows.append(
        strengths.state_capability(by=manager, now=now, organization=one, ability=replace(ability, field=field))
    )
    offer = ties.Offer(kind="SPACE", title="会议室", quantity=10, unit="次", valid_from=now.date())
    rows.append(ties.offer_resource(by=manager, now=now, organization=one, offer=offer))
    rows.append(
        barring.propose_ban(
            by=by,
            now=now,
            organization=one,
            ground="ILLEGAL_ACTS",
            reason=MARK,
            decision_number="自民禁1号",
            starts_on=now.date() + dt.timedelta(days=30),
            ends_on=now.date() + dt.timedelta(days=90),
        )
    )
    site_ = sites.Site("孵化园", "CORE", house.places["district"], "场地。", dt.date(2024, 1, 1))
    park = sites.open_incubator(by=people["district_admin"], now=now, site=site_)
    wish = incubation.Wish("ORGANIZATION", "", MARK, one)
    rows += [park, incubation.apply_for_stay(by=manager, now=now, incubator=park, wish=wish)]
    described = replace(CHOIR, name="银发合唱队", purpose=MARK, contact=MARK)
    rows.append(filing.submit_filing(by=manager, now=now, division=community, described=described))
    story = Story(house, now).opened()
    rows.append(story.written(one, summary=MARK, plan=MARK))
    one_and_all.rows = {type(row): row for row in rows}
    assert set(KEPT) < set(one_and_all.rows)
    del system
    return one_and_all


def clients(user: User) -> tuple[Client, Any]:
    browser = Client()
    sign_in(browser, user)
    return browser, token_client(user)


def addresses(two: SimpleNamespace, *, of_acts: bool, floor: str = FLOOR) -> Iterator[tuple[Route, Model | None, str]]:
    """Give the addresses of a floor for the rows of the one body, and every list and page that takes no row."""
    for route in routes():
        row = row_for(route, two.rows)
        if route.name in OPEN_DOORS:
            continue
        if (route.name.endswith("-act") or "name" in route.parameters) is not of_acts:
            continue
        if not route.parameters and route.name.partition(":")[0] in {FLOOR, "api", "projects", "portal"}:
            yield route, None, reverse(route.name)
        elif row is not None and (row._meta.app_label == floor or type(row) in ABOVE):
            for name in acts_on(route, row) if of_acts else [""]:
                given = {"pk": row.pk, "name": name}
                try:
                    kwargs = {key: given[key] for key in route.parameters if key != "format"}
                    yield route, row, reverse(route.name, kwargs=kwargs)
                except (KeyError, NoReverseMatch):
                    continue


def acts_on(route: Route, row: Model) -> list[str]:
    machine = lifecycle.REGISTRY.get(row._meta.label)
    moves = [move.name for move in machine.moves] if machine else []
    return [*moves, *ON_ITS_PAGE.get(route.name, ())]


def of(address: str, pair: tuple[Client, Any]) -> Any:
    """Return who asks an address: the browser, or the program."""
    return pair[1] if address.startswith("/api/") else pair[0]


def read(answer: Any) -> str:
    text: str = (
        b"".join(answer).decode(errors="replace") if answer.streaming else answer.content.decode(errors="replace")
    )
    return text


@pytest.mark.parametrize("who", ["other", "former"])
def test_nothing_of_a_body_comes_out_to_who_acts_for_another(two: SimpleNamespace, who: str) -> None:
    theirs, plains = clients(getattr(two, who)), clients(two.plain)
    asked = 0

    for route, row, address in addresses(two, of_acts=False):
        if "GET" not in route.methods:
            continue
        found = of(address, theirs).get(address)
        assert found.status_code < 500, address
        assert MARK not in read(found), address
        if row is not None and found.status_code == HTTPStatus.OK:
            assert of(address, plains).get(address).status_code == HTTPStatus.OK, f"{address} is not for everybody"
        asked += 1

    assert asked > 100


def test_who_acts_for_a_body_reads_all_of_it(two: SimpleNamespace) -> None:
    own = clients(two.manager)
    told: set[type[Model]] = set()

    for route, row, address in addresses(two, of_acts=False):
        if row is not None and "GET" in route.methods and MARK in read(of(address, own).get(address)):
            told.add(type(row))

    assert told >= {*KEPT, SocialOrganization}


def said(two: SimpleNamespace) -> dict[str, Any]:
    """Return what fits nearly every form and body of the floor, so that a refusal is no matter of what was left out."""
    rows, day = two.rows, "2026-03-04"
    keys = {
        "organization": two.one.pk,
        "federation": two.one.pk,
        "member": two.one.pk,
        "operator": two.one.pk,
        "listing": rows[CreditListing].pk,
        "capability": rows[Capability].pk,
        "resource": rows[OfferedResource].pk,
        "incubator": rows[Incubator].pk,
        "division": two.one.division_id,
        "area": two.one.division_id,
    }
    numbers = dict.fromkeys(("members_count", "staff_count", "meetings", "activities_count", "year", "quantity"), 3)
    texts = dict.fromkeys(
        ("activities", "report", "reason", "mended", "statement", "opinion", "idea", "summary", "findings", "purpose"),
        "已经办理。",
    )
    return {
        **keys,
        **numbers,
        **texts,
        "income": "1.00",
        "expenses": "1.00",
        "kind": "ORGANIZATION",
        "title": "会议室",
        "unit": "次",
        "field": rows[Capability].field,
        "valid_from": day,
        "valid_to": "2026-12-31",
        "due_on": "2026-12-31",
    }


@pytest.mark.parametrize("who", ["other", "former"])
def test_nothing_of_a_body_is_written_by_who_acts_for_another(two: SimpleNamespace, who: str) -> None:
    theirs, body, before = clients(getattr(two, who)), said(two), standing(two)
    asked = 0

    for route, row, address in [*addresses(two, of_acts=True), *addresses(two, of_acts=False)]:
        if row is None or not ({"POST"} & set(route.methods) or route.name.endswith("-act")):
            continue
        with transaction.atomic():
            found = of(address, theirs).post(address, body)
            assert found.status_code in NO, f"{address}: {found.status_code}"
            assert standing(two) == before, address
            transaction.set_rollback(True)
        asked += 1

    assert asked > 80


def test_who_acts_for_a_body_writes_in_its_name(two: SimpleNamespace) -> None:
    """The same requests do something when they come from the body: what is refused above is no matter of the forms."""
    own, body, before, done = clients(two.manager), said(two), standing(two), set()

    for _route, _row, address in addresses(two, of_acts=True):
        with transaction.atomic():
            of(address, own).post(address, body)
            if standing(two) != before:
                done.add(address.rstrip("/").rpartition("/")[2])
            transaction.set_rollback(True)

    assert {"report", "withdraw", "end", "end_offer"} <= done


def standing(two: SimpleNamespace) -> tuple[int, list[Any]]:
    """Return how the body's rows stand, and how many acts there were."""
    rows = [list(type(row)._default_manager.filter(pk=row.pk).values()) for row in two.rows.values()]
    return AuditEntry.objects.count(), rows


def test_lists_by_a_body_are_empty_for_who_acts_for_another(two: SimpleNamespace) -> None:
    theirs, own = token_client(two.other), token_client(two.manager)

    for name in ("year-reports", "rectification-orders", "credit-repairs", "incubation-stays", "filings"):
        mine = own.get(f"/api/v1/{name}").json()["results"]
        others = theirs.get(f"/api/v1/{name}").json()["results"]
        narrowed = theirs.get(f"/api/v1/{name}", {"organization": two.one.pk})
        assert (len(mine), others) == (1, []), name
        assert narrowed.status_code == 400 or narrowed.json()["results"] == [], name  # not every list knows the filter


@pytest.mark.parametrize("who", ["manager", "other", "former"])
def test_no_manager_comes_to_the_desk(two: SimpleNamespace, who: str) -> None:
    browser, _caller = clients(getattr(two, who))

    for model, row in two.rows.items():
        if site.is_registered(model):
            name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
            for address in (reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])):
                assert browser.get(address).status_code in NO, address
