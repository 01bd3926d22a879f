"""What waits for a person is found from the lifecycles alone."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from communities.territory.models import Division
from funds.enterprises.models import CommunityEnterprise
from governance import lifecycle
from governance.accounts.models import User
from governance.portal.worklist import SHOWN, Task, Waiting, leads_on, pressing_among, waiting_for, waiting_on_desk
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, ObjectionFactory, PublicNoticeFactory, ResidentFactory
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.people import desk_client

pytestmark = pytest.mark.django_db

ENTERPRISES = "funds.CommunityEnterprise"


def fresh(user: User) -> User:
    return User.objects.get(pk=user.pk)


def of(found: list[Waiting], label: str) -> Waiting | None:
    return next((waiting for waiting in found if waiting.label == label), None)


def test_a_row_waits_for_those_who_can_lead_it_on(enterprise: CommunityEnterprise, street_officer: User) -> None:
    waiting = of(waiting_for(fresh(street_officer)), ENTERPRISES)

    assert waiting is not None
    assert [(task.row, [move.name for move in task.moves]) for task in waiting.tasks] == [(enterprise, ["register"])]
    assert not waiting.has_more


def test_it_does_not_wait_for_another_place(enterprise: CommunityEnterprise, other_street_officer: User) -> None:
    assert of(waiting_for(fresh(other_street_officer)), ENTERPRISES) is None


def test_turning_down_is_no_work_that_waits(enterprise: CommunityEnterprise, street_officer: User) -> None:
    for name in ("register", "start_operating"):
        lifecycle.move(enterprise, name, by=street_officer, now=street_officer.joined_at)

    assert of(waiting_for(fresh(street_officer)), ENTERPRISES) is None


def test_nothing_waits_for_people_without_posts(django_assert_num_queries: Any) -> None:
    user = UserFactory.create()

    # the person, and their posts, offices, seats, charities, enterprises, organizations, matters, call-backs, hours,
    # meetings, tasks, panels, small services, clubs, filings and offers
    with django_assert_num_queries(17):
        assert waiting_for(fresh(user)) == []


def test_the_clocks_own_moves_wait_for_nobody() -> None:
    moves = [move for machine in lifecycle.REGISTRY.values() for move in machine.moves]

    assert not any(leads_on(move) for move in moves if move.permission == lifecycle.SYSTEM)
    assert any(leads_on(move) for move in moves)


def test_more_than_a_page_is_said_and_not_counted(
    enterprise: CommunityEnterprise, street_officer: User, community: Division
) -> None:
    EnterpriseFactory.create_batch(SHOWN, division=community)

    waiting = of(waiting_for(fresh(street_officer)), ENTERPRISES)

    assert waiting is not None
    assert (len(waiting.tasks), waiting.has_more) == (SHOWN, True)
    assert waiting.tasks[0].row == enterprise


@pytest.mark.parametrize(
    "name", ["street_officer", "street_reviewer", "community_staff", "district_admin", "charity_officer", "auditor"]
)
def test_one_query_per_machine_however_many_rows(
    name: str, request: pytest.FixtureRequest, enterprise: CommunityEnterprise, community: Division
) -> None:
    user = request.getfixturevalue(name)

    def count() -> tuple[int, int]:
        person = fresh(user)
        with CaptureQueriesContext(
            connection,
        ) as queries:
            waiting_for(person)
        return len(queries), sum(query["sql"].startswith("SELECT COUNT(") for query in queries)

    with_one = count()
    EnterpriseFactory.create_batch(3, division=community)
    with_more = count()

    assert with_one == with_more
    assert with_one[0] <= len(lifecycle.REGISTRY) + 4  # posts, seats, charities and enterprises of the person
    assert with_one[1] == 0


def test_the_desk_opens_with_it(enterprise: CommunityEnterprise, street_officer: User) -> None:
    page = desk_client(street_officer).get("/desk/").content.decode()

    assert str(enterprise) in page
    assert "desk-tag" in page


def test_the_desk_says_when_nothing_waits() -> None:
    page = desk_client(UserFactory.create()).get("/desk/").content.decode()

    assert "desk-empty" in page


def test_what_is_due_stands_first_with_its_kind() -> None:
    today = dt.date(2026, 5, 4)
    rows = [SimpleNamespace(pk=number) for number in range(4)]
    days = [today + dt.timedelta(days=8), today + dt.timedelta(days=7), None, today - dt.timedelta(days=1)]
    tasks = [Task(row, [], "", f"row {row.pk}", day) for row, day in zip(rows, days, strict=True)]
    found = [
        Waiting("a.A", "letters", tasks[:2], has_more=False),
        Waiting("b.B", "reports", tasks[2:], has_more=False),
    ]

    pressing = pressing_among(found, today)

    assert [(one.kind, one.task.name) for one in pressing] == [("reports", "row 3"), ("letters", "row 1")]


def test_the_desk_leads_with_what_is_late(
    enterprise: CommunityEnterprise, street_officer: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    late = Task(enterprise, [], "/desk/somewhere/", "a late report", dt.date(2020, 1, 1))
    found = [Waiting(ENTERPRISES, "reports", [late], has_more=True)]
    monkeypatch.setattr("governance.portal.desk.waiting_on_desk", lambda _request: found)

    page = desk_client(street_officer).get("/desk/")

    assert [one.task for one in page.context["pressing"]] == [late]
    body = page.content.decode()
    assert body.count("a late report") == 2  # among what is due, and under its kind
    assert body.index("desk-late") < body.index('id="kind-1"')
    assert 'href="#kind-1">Reports <b>1+</b>' in body


def on_desk(user: User) -> dict[str, list[Any]]:
    """Return the rows that wait on a person's desk, by the label of their kind."""
    found = desk_client(user).get("/desk/").context["waiting"]
    return {waiting.label: [task.row for task in waiting.tasks] for waiting in found}


def test_objections_and_unconfirmed_residents_wait_as_well(
    community: Division, neighbor: Division, community_staff: User, other_community_staff: User, auditor: User
) -> None:
    notice = PublicNoticeFactory.create(division=community, posted=ENTERED_AT.date())
    objection = ObjectionFactory.create(notice=notice)
    resident = ResidentFactory.create(division=community, confirmed_at=None, confirmed_by=None)
    ResidentFactory.create(division=neighbor, confirmed_at=None, confirmed_by=None)

    mine, foreign = on_desk(community_staff), on_desk(other_community_staff)

    assert mine["communities.Objection"] == [objection]
    assert mine["communities.Resident"] == [resident]
    assert objection not in foreign.get("communities.Objection", [])
    assert resident not in foreign.get("communities.Resident", [])
    assert on_desk(auditor).get("communities.Objection", []) == []


def test_what_somebody_entered_waits_for_another(community: Division, community_staff: User) -> None:
    entered = ResidentFactory.create(
        division=community, registered_by=community_staff, confirmed_at=None, confirmed_by=None
    )
    client = desk_client(community_staff)

    page = client.get(f"/desk/communities/resident/{entered.pk}/change/").content.decode()
    waiting = client.get("/desk/").context["waiting"]

    assert of(waiting, "communities.Resident") is None
    assert str(lifecycle.SamePerson(move="确认")) in page


@pytest.mark.parametrize("count", [1, 3])
def test_deeds_that_wait_take_one_query_each(count: int, community: Division, community_staff: User) -> None:
    notice = PublicNoticeFactory.create(division=community, posted=ENTERED_AT.date())
    ObjectionFactory.create_batch(count, notice=notice)
    ResidentFactory.create_batch(count, division=community, confirmed_at=None, confirmed_by=None)
    request = RequestFactory().get("/desk/")
    request.user = fresh(community_staff)
    waiting_for(request.user)

    with CaptureQueriesContext(connection) as machines:
        waiting_for(request.user)
    with CaptureQueriesContext(connection) as everything:
        found = waiting_on_desk(request)
        [(task.place, task.state, str(task.row)) for waiting in found for task in waiting.tasks]

    # objections, residents, late accounts and rents, sheets, questions, budget rounds, bans, alerts, reports of bodies,
    # market, sheets of evaluations for a second person and what else waits, follows of every kind, the rule that says after how many days a person is told how a matter stands
    assert len(everything) - len(machines) == 23
    assert [
        len(waiting.tasks) for waiting in found if waiting.label in {"communities.Objection", "communities.Resident"}
    ] == [count, count]
