"""Incubation: three tiers, applications, shells, plans, reviews, leaving into the register; room for nobody twice."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import strategies as st
from hypothesis.stateful import rule

from governance.calendar.days import months_later
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing, SamePerson, move
from socialorgs.incubation import operations, sites
from socialorgs.incubation.models import CapacityItem, IncubationStay, Incubator, IncubatorPlace
from socialorgs.incubation.operations import Exit, Wish
from socialorgs.incubation.queries import board_of
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import OrganizationHindered
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory, manager_of
from tests.machines import Machine, run
from tests.people import desk_client, token_client
from tests.socialorgs.incubation.conftest import ENTRY, EXIT, admitted, applied, browser, leaving, site
from tests.walls import alone

pytestmark = pytest.mark.django_db


# --- Three tiers -----------------------------------------------------------------------------------------------------


def test_three_tiers_hang_on_one_core(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    by = people.district_officer
    street = sites.open_incubator(
        by=by, now=now, site=site(people, name="街道站", tier="STREET", division=people.street_place, parent=park)
    )
    sites.open_incubator(
        by=by,
        now=now,
        site=site(people, name="社区点", tier="COMMUNITY", division=people.community_place, parent=street),
    )

    assert list(Incubator.objects.for_list().values_list("tier", flat=True)) == ["CORE", "STREET", "COMMUNITY"]
    wrong: list[dict[str, Any]] = [
        {"name": "二", "tier": "STREET", "division": people.street_place},
        {"name": "三", "tier": "COMMUNITY", "division": people.far_community_place, "parent": street},
        {"name": "四", "tier": "STREET", "division": people.community_place, "parent": park},
    ]
    for more in wrong:
        with pytest.raises(sites.IncubatorMisplaced):
            sites.open_incubator(by=by, now=now, site=site(people, **more))
    with pytest.raises(sites.IncubatorNameTaken):
        sites.open_incubator(by=by, now=now, site=site(people, name="第二个核心"))


# --- The way of a stay -----------------------------------------------------------------------------------------------


def test_a_group_goes_from_application_to_the_register(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    stay = leaving(people, park, now)
    became = OrganizationFactory(division=people.community_place, filed=True, active=True, name="银发互助小组")
    with pytest.raises(operations.ExitUnfit):
        operations.graduate_stay(by=people.district_officer, now=now, stay=stay)

    done = operations.graduate_stay(by=people.district_officer, now=now, stay=stay, organization=became)

    assert (done.status, done.organization, done.entry_score, done.exit_score) == ("GRADUATED", became, 80, 80)
    assert (done.admitted_on, done.due_on) == (now.date(), months_later(now.date(), 12))
    assert done.scores.count() == 8


def test_the_operator_proposes_and_the_district_confirms(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    stay = applied(people, park, now)
    place = park.places.get(label="201")
    with pytest.raises(MoveForbidden):
        operations.propose_stay(by=people.resident, now=now, stay=stay, points=ENTRY)
    with pytest.raises(operations.PointsUnfit):
        operations.propose_stay(by=people.operator, now=now, stay=stay, points={**ENTRY, "PLAN": 31})
    stay = operations.propose_stay(by=people.district_officer, now=now, stay=stay, points=ENTRY)
    with pytest.raises(SamePerson):
        operations.admit_stay(by=people.district_officer, now=now, stay=stay, place=place)
    with pytest.raises(MoveForbidden):
        operations.admit_stay(by=people.operator, now=now, stay=stay, place=place)
    assert operations.admit_stay(by=people.district_admin, now=now, stay=stay, place=place).status == "ENTERING"


def test_a_low_score_is_not_admitted(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    points = {**ENTRY, "PLAN": 4}
    stay = operations.propose_stay(by=people.operator, now=now, stay=applied(people, park, now), points=points)

    with pytest.raises(operations.ScoreTooLow):
        operations.admit_stay(by=people.district_admin, now=now, stay=stay, place=park.places.get(label="201"))

    refused = operations.end_stay(by=people.district_admin, now=now, stay=stay, move="refuse", reason="计划不具体")
    assert (refused.status, refused.remark, stay.entry_score) == ("REFUSED", "计划不具体", 59)


def test_nobody_is_warmed_without_a_plan(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    stay = admitted(people, park, now)

    with pytest.raises(MoveHindered):
        move(stay, "nurture", by=people.operator, now=now)
    with pytest.raises(operations.ItemUnfit):
        operations.plan_item(by=people.operator, now=now, stay=stay, title="建账", due_on=dt.date(2030, 1, 1))
    with pytest.raises(operations.ItemUnfit):
        operations.review_stay(
            by=people.operator, now=now, stay=stay, held_on=dt.date(2026, 3, 5), verdict="ON_TRACK", findings="好"
        )
    item = operations.plan_item(by=people.operator, now=now, stay=stay, title="建账", due_on=now.date())
    with pytest.raises(operations.ItemUnfit):
        operations.finish_item(by=people.operator, now=now, item=item, evidence=" ")
    operations.finish_item(by=people.operator, now=now, item=item, evidence="账簿一本")
    review = {"stay": stay, "held_on": now.date(), "verdict": "BEHIND", "findings": "人手不足"}
    operations.review_stay(by=people.operator, now=now, **review)
    with pytest.raises(operations.ReviewKnown):
        operations.review_stay(by=people.operator, now=now, **review)
    assert CapacityItem.objects.get().evidence == "账簿一本"


@pytest.mark.parametrize("more", [{"projects_done": 0}, {"has_finances": False}, {"has_party_work": False}])
def test_what_is_missing_keeps_a_body_in(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, more: dict[str, Any]
) -> None:
    stay = leaving(people, park, now, **more)
    became = OrganizationFactory(division=people.community_place, active=True)

    with pytest.raises(operations.ExitUnfit):
        operations.graduate_stay(by=people.district_officer, now=now, stay=stay, organization=became)
    with pytest.raises(ReasonMissing):
        operations.extend_stay(
            by=people.district_officer, now=now, stay=stay, due_on=months_later(now.date(), 18), reason=""
        )
    with pytest.raises(operations.StayTooLong):
        operations.extend_stay(
            by=people.district_officer, now=now, stay=stay, due_on=months_later(now.date(), 25), reason="项目未完"
        )
    longer = operations.extend_stay(
        by=people.district_officer, now=now, stay=stay, due_on=months_later(now.date(), 24), reason="项目未完"
    )
    assert (longer.status, longer.extensions) == ("NURTURING", 1)
    found = Exit(points=EXIT, projects_done=2, has_finances=True, has_party_work=True)
    again = operations.begin_exit(by=people.operator, now=now, stay=longer, found=found)
    assert again.scores.filter(phase="EXIT").count() == 8


def test_who_leaves_with_success_is_active_in_the_register(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    """An entry that nobody has checked, and a body that has ended, are no success."""
    stay = leaving(people, park, now)
    home = people.community_place
    for became in (None, OrganizationFactory(division=home), OrganizationFactory(division=home, deregistered=True)):
        with override("en"), pytest.raises(operations.ExitUnfit, match="neither registered nor filed"):
            operations.graduate_stay(by=people.district_officer, now=now, stay=stay, organization=became)

    active = OrganizationFactory(division=home, active=True)
    done = operations.graduate_stay(by=people.district_officer, now=now, stay=stay, organization=active)

    assert (done.status, done.organization) == ("GRADUATED", active)


def test_an_organization_applies_by_its_managers_and_once(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    row = OrganizationFactory(division=people.community_place, active=True)
    manager = manager_of(row)
    wish = Wish(kind="ORGANIZATION", name="", idea="扩大服务", organization=row)

    with pytest.raises(operations.ApplicantUnfit):
        operations.apply_for_stay(by=people.resident, now=now, incubator=park, wish=wish)
    with pytest.raises(operations.ApplicantUnfit):
        operations.apply_for_stay(by=manager, now=now, incubator=park, wish=Wish("ORGANIZATION", "某", "想法"))
    stay = operations.apply_for_stay(by=manager, now=now, incubator=park, wish=wish)
    with pytest.raises(operations.StayUnderWay):
        operations.apply_for_stay(by=manager, now=now, incubator=park, wish=wish)

    CreditListingFactory(organization=row)
    stay = operations.propose_stay(by=people.operator, now=now, stay=stay, points=ENTRY)
    with pytest.raises(OrganizationHindered):
        operations.admit_stay(by=people.district_admin, now=now, stay=stay, place=park.places.get(label="201"))


# --- Room ------------------------------------------------------------------------------------------------------------


def test_a_place_is_given_once(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    first = admitted(people, park, now)
    second = operations.propose_stay(
        by=people.operator, now=now, stay=applied(people, park, now, name="第二组"), points=ENTRY
    )
    place = park.places.get(label="201")
    with pytest.raises(operations.PlaceTaken):
        operations.admit_stay(by=people.district_officer, now=now, stay=second, place=place)
    with pytest.raises(sites.PlaceInUse):
        sites.edit_place(by=people.district_officer, now=now, place=place, label="201", is_open=False)
    other = park.places.get(label="202")
    sites.edit_place(by=people.district_officer, now=now, place=other, label="202", is_open=False)
    with pytest.raises(operations.PlaceTaken):
        operations.admit_stay(by=people.district_officer, now=now, stay=second, place=park.places.get(label="202"))

    operations.end_stay(by=people.district_admin, now=now, stay=first, move="remove", reason="停止活动")

    assert operations.admit_stay(by=people.district_officer, now=now, stay=second, place=place).place == place


STAY, PLACE, SITE = "socialorgs_incubationstay", "socialorgs_incubatorplace", "socialorgs_incubator"
WALLS = [
    (STAY, "due_on = admitted_on + 800", "incubationstay_within_its_months", ""),
    (STAY, "due_on = admitted_on", "incubationstay_has_a_place_and_an_end", ""),
    (STAY, "entry_score = 101", "incubationstay_entry_score_within_100", ""),
    (STAY, "exit_score = 101", "incubationstay_exit_score_within_100", ""),
    (STAY, "admitted_by_id = proposed_by_id", "incubationstay_admitted_by_another", ""),
    (STAY, "status = 'GRADUATED'", "incubationstay_graduates_as_an_organization", ""),
    (STAY, "kind = 'ORGANIZATION'", "incubationstay_organization_is_one", ""),
    (STAY, "place_id = {other}", "incubationstay_place_is_of_its_incubator", "incubationstay_place"),
    (STAY, "place_id = {taken}", "incubationstay_one_a_place", ""),
    (PLACE, "is_open = false", "incubatorplace_closed_when_empty", "incubatorplace_in_use"),
    (SITE, "parent_id = id", "incubator_hangs_on_a_higher_tier", "incubator_tiers"),
    (SITE, "parent_id = NULL", "incubator_site_has_a_core", ""),
]


@pytest.mark.django_db(transaction=True)
def test_each_wall_stands_alone(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    stay = leaving(people, park, now)
    second = operations.propose_stay(
        by=people.operator, now=now, stay=applied(people, park, now, name="第二组"), points=ENTRY
    )
    taken = park.places.get(label="202")
    operations.admit_stay(by=people.district_officer, now=now, stay=second, place=taken)
    street = sites.open_incubator(
        by=people.district_admin,
        now=now,
        site=site(people, name="街道站", tier="STREET", division=people.street_place, parent=park),
    )
    other = sites.add_place(by=people.district_admin, now=now, incubator=street, label="1")
    rows = {STAY: stay.pk, PLACE: stay.place_id, SITE: street.pk}

    def statement(table: str, change: str) -> str:
        return f"UPDATE {table} SET {change.format(other=other.pk, taken=taken.pk)} WHERE id = {rows[table]}"

    with owner():
        for table, change, wall, guard in WALLS:
            alone(guard or wall, statement(table, change), says=wall)


# --- The board and the pages -----------------------------------------------------------------------------------------


def test_the_board_says_who_is_in_which_shell_and_since_when(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    admitted(people, park, now - dt.timedelta(days=40))
    founder = applied(people, park, now, kind="PERSON", name="李秀英")
    founder = operations.propose_stay(by=people.operator, now=now, stay=founder, points=ENTRY)
    operations.admit_stay(by=people.district_officer, now=now, stay=founder, place=park.places.get(label="202"))

    shells = board_of(park, people.stranger, now, now.date())
    known = board_of(park, people.district_officer, now, now.date())

    assert [(shell.key, [row.name for row in shell.rows]) for shell in shells] == [
        ("ENTERING", ["银发互助小组", "李*英"]),
        ("NURTURING", []),
        ("EXITING", []),
    ]
    assert [(row.days, row.place, bool(row.url)) for row in shells[0].rows] == [(40, "201", False), (0, "202", False)]
    assert [row.name for row in known[0].rows] == ["银发互助小组", "李秀英"]
    assert all(row.url for row in known[0].rows)


def test_the_pages_of_incubation(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    client, operator = browser(people.resident), browser(people.operator)
    refused = client.post(f"/incubators/{park.pk}/apply/", {"kind": "PERSON", "name": "", "idea": "想法"})
    made = client.post(f"/incubators/{park.pk}/apply/", {"kind": "PERSON", "name": "李秀英", "idea": "想法"})
    stay = IncubationStay.objects.get()
    home = stay.get_absolute_url()
    assert (refused.status_code, made["Location"]) == (400, home)
    assert browser(people.stranger).get(home).status_code == 404

    wrong = operator.post(f"{home}acts/propose/", {"need": 99})
    right = operator.post(f"{home}acts/propose/", {key.lower(): points for key, points in ENTRY.items()})
    district = browser(people.district_officer)
    admit = district.post(f"{home}acts/admit/", {"place": park.places.get(label="201").pk})

    assert (wrong.status_code, right.status_code, admit.status_code) == (400, 302, 302)
    assert "201" in browser(people.stranger).get(park.get_absolute_url()).content.decode()
    assert "1 / 2" in client.get("/incubators/").content.decode()
    assert client.get(home).status_code == 200
    desk = desk_client(people.district_officer)
    assert desk.get("/desk/socialorgs/incubator/").status_code == 200
    assert desk.get(f"/desk/socialorgs/incubationstay/{stay.pk}/change/").status_code == 200


def test_incubation_over_the_api(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    client, officer = token_client(people.resident), token_client(people.district_officer)
    wish = {"incubator": park.pk, "kind": "GROUP", "name": "互助组", "idea": "想法"}
    stay = client.post("/api/v1/incubation-stays", wish, format="json").json()
    path = f"/api/v1/incubation-stays/{stay['id']}"

    assert client.post(f"{path}/propose", {"points": ENTRY}, format="json").status_code == 403
    assert officer.post(f"{path}/propose", {"points": {"NEED": 1}}, format="json").status_code == 400
    assert officer.post(f"{path}/propose", {"points": ENTRY}, format="json").json()["entry_score"] == 80
    place = park.places.get(label="201").pk
    assert officer.post(f"{path}/admit", {"place": place}, format="json").status_code == 403
    admin = token_client(people.district_admin)
    assert admin.post(f"{path}/admit", {"place": place}, format="json").json()["status"] == "ENTERING"
    board = token_client(people.stranger).get(f"/api/v1/incubators/{park.pk}/board").json()
    assert [len(shell["rows"]) for shell in board] == [1, 0, 0]


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_with_one_row_and_three(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        place = sites.add_place(by=people.district_admin, now=now, incubator=park, label=f"3{number}")
        stay = operations.propose_stay(
            by=people.operator, now=now, stay=applied(people, park, now, name=f"{number}组"), points=ENTRY
        )
        operations.admit_stay(by=people.district_officer, now=now, stay=stay, place=place)
    with django_assert_num_queries(2):
        list(Incubator.objects.for_list())
        board_rows = list(IncubationStay.objects.for_list().in_shells())
        assert [row.incubator.name + (row.place.label if row.place else "") for row in board_rows]


# --- Anybody in any order --------------------------------------------------------------------------------------------


class Incubation(Machine):
    """Two groups, two places: people try every step; a plain model says what may happen."""

    park: Incubator
    became: SocialOrganization

    def __init__(self) -> None:
        super().__init__()
        self.stays = [applied(self.people, self.park, self.now, name=f"第{count}组") for count in range(2)]
        self.states = ["APPLIED"] * 2
        self.taken: dict[int, int] = {}
        self.planned: set[int] = set()

    def fresh(self, number: int) -> IncubationStay:
        return IncubationStay.objects.get(pk=self.stays[number].pk)

    @rule(number=st.integers(0, 1))
    def propose(self, number: int) -> None:
        def work() -> object:
            return operations.propose_stay(by=self.people.operator, now=self.now, stay=self.fresh(number), points=ENTRY)

        if self.expect(self.states[number] == "APPLIED", work, "propose"):
            self.states[number] = "PROPOSED"

    @rule(number=st.integers(0, 1), room=st.integers(0, 1))
    def admit(self, number: int, room: int) -> None:
        place = self.park.places.order_by("label")[room]

        def work() -> object:
            by = self.people.district_officer
            return operations.admit_stay(by=by, now=self.now, stay=self.fresh(number), place=place)

        may = self.states[number] == "PROPOSED" and room not in self.taken.values()
        if self.expect(may, work, "admit"):
            self.states[number] = "ENTERING"
            self.taken[number] = room
        assert IncubationStay.objects.in_shells().count() == len(self.taken) <= 2

    @rule(number=st.integers(0, 1))
    def plan(self, number: int) -> None:
        def work() -> object:
            by, day = self.people.operator, self.today + dt.timedelta(days=9)
            return operations.plan_item(by=by, now=self.now, stay=self.fresh(number), title="建账", due_on=day)

        if self.expect(number in self.taken, work, "plan"):
            self.planned.add(number)

    @rule(number=st.integers(0, 1))
    def nurture(self, number: int) -> None:
        def work() -> object:
            return move(self.fresh(number), "nurture", by=self.people.operator, now=self.now)

        if self.expect(self.states[number] == "ENTERING" and number in self.planned, work, "nurture"):
            self.states[number] = "NURTURING"

    @rule(number=st.integers(0, 1))
    def leave(self, number: int) -> None:
        found = Exit(points=EXIT, projects_done=1, has_finances=True, has_party_work=True)

        def work() -> object:
            return operations.begin_exit(by=self.people.operator, now=self.now, stay=self.fresh(number), found=found)

        if self.expect(self.states[number] == "NURTURING", work, "leave"):
            self.states[number] = "EXITING"

    @rule(number=st.integers(0, 1))
    def extend(self, number: int) -> None:
        stay = self.fresh(number)

        def work() -> object:
            day = (stay.due_on or self.today) + dt.timedelta(days=100)
            return operations.extend_stay(
                by=self.people.district_officer, now=self.now, stay=stay, due_on=day, reason="项目未完"
            )

        if self.expect(self.states[number] == "EXITING" and stay.extensions < 3, work, "extend"):
            self.states[number] = "NURTURING"

    @rule(number=st.integers(0, 1))
    def graduate(self, number: int) -> None:
        def work() -> object:
            by = self.people.district_officer
            stay = self.fresh(number)
            return operations.graduate_stay(by=by, now=self.now, stay=stay, organization=self.became)

        if self.expect(self.states[number] == "EXITING", work, "graduate"):
            self.states[number] = "GRADUATED"
            del self.taken[number]

    @rule(number=st.integers(0, 1))
    def go_on(self, number: int) -> None:
        """Take the next step that leads on, so that the end is reached in few steps."""
        free = next((room for room in (0, 1) if room not in self.taken.values()), None)
        match self.states[number]:
            case "APPLIED":
                self.propose(number)
            case "PROPOSED" if free is not None:
                self.admit(number, free)
            case "ENTERING" if number not in self.planned:
                self.plan(number)
            case "ENTERING":
                self.nurture(number)
            case "NURTURING":
                self.leave(number)
            case "EXITING":
                self.graduate(number)

    @rule(number=st.integers(0, 1))
    def remove(self, number: int) -> None:
        def work() -> object:
            by = self.people.district_admin
            return operations.end_stay(by=by, now=self.now, stay=self.fresh(number), move="remove", reason="停止活动")

        if self.expect(number in self.taken, work, "remove"):
            self.states[number] = "REMOVED"
            del self.taken[number]


def test_people_try_everything_and_the_room_is_never_exceeded(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    Incubation.people, Incubation.park, Incubation.start = people, park, now
    Incubation.became = OrganizationFactory(division=people.community_place, active=True)

    run(Incubation, examples=12, steps=50)

    assert {"propose", "admit", "plan", "nurture", "leave"} <= Incubation.seen
    assert IncubatorPlace.objects.count() == 2
    stay = admitted(people, park, now)
    with pytest.raises(MoveClosed):
        move(stay, "withdraw", by=people.resident, now=now)
