"""Incubators entered, changed and closed, who runs them by which contract, what is due next on the board, and the papers."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext

from governance.audit.models import AuditEntry
from governance.calendar.days import months_later
from governance.errors import NotAllowed, Stale
from governance.lifecycle import ReasonMissing, move
from governance.portal.worklist import waiting_on_desk
from socialorgs.incubation import operations, sites
from socialorgs.incubation.lifecycle import StayStatus
from socialorgs.incubation.models import IncubationStay, Incubator, IncubatorPlace
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.incubation.operators.operations import (
    Agreed,
    ContractKnown,
    EndUnfit,
    end_contract,
    enter_contract,
    follow_contracts,
)
from socialorgs.incubation.queries import board_of, next_of
from socialorgs.incubation.sites import Site
from socialorgs.register.queries import OrganizationHindered
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory, manager_of
from tests.paper import needs_paper
from tests.people import desk_client, token_client
from tests.socialorgs.incubation.conftest import admitted, applied, browser, leaving, site
from tests.socialorgs.register.test_filing import CHOIR

pytestmark = pytest.mark.django_db
API = "/api/v1/incubators"


def changed(people: SimpleNamespace, park: Incubator, now: dt.datetime, **changes: Any) -> Incubator:
    version = changes.pop("version", "")
    told = {"by": people.district_officer, "now": now, "incubator": park, "version": version}
    return sites.edit_incubator(site=Site.of(Incubator.objects.get(pk=park.pk), **changes), **told)


def below(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> Incubator:
    given = site(people, name="街道站", tier="STREET", division=people.street_place, parent=park)
    return sites.open_incubator(by=people.district_officer, now=now, site=given)


# --- Changing and closing --------------------------------------------------------------------------------------------


def test_an_incubator_is_changed_and_the_trail_says_what(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    row = changed(people, park, now, name="区孵化园", floor_area=8000)

    assert (row.name, row.floor_area, row.tier) == ("区孵化园", 8000, "CORE")
    entry = AuditEntry.objects.get(verb="socialorgs.incubator.edited")
    assert (entry.before["floor_area"], entry.after["floor_area"], "services" in entry.after) == (None, 8000, False)
    changed(people, park, now)
    assert AuditEntry.objects.filter(verb="socialorgs.incubator.edited").count() == 1


def test_what_cannot_be_changed_is_refused(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    street = below(people, park, now)
    other = sites.open_incubator(
        by=people.district_officer,
        now=now,
        site=site(people, name="社区点", tier="COMMUNITY", division=people.community_place, parent=street),
    )
    listed = OrganizationFactory(active=True, division=people.district_place)
    CreditListingFactory(organization=listed)

    for refusal, row, changes in (
        (sites.IncubatorFixed, park, {"tier": "STREET"}),
        (sites.IncubatorFixed, park, {"division": people.street_place}),
        (sites.IncubatorMisplaced, street, {"parent": None}),
        (sites.IncubatorMisplaced, street, {"parent": other}),
        (sites.IncubatorNameTaken, street, {"name": park.name}),
        (Stale, park, {"name": "新名", "version": "0" * 32}),
    ):
        with pytest.raises(refusal):
            changed(people, row, now, **changes)
    with pytest.raises(OrganizationHindered):
        changed(people, park, now, operator=listed)
    with pytest.raises(NotAllowed):
        sites.edit_incubator(by=people.street_officer, now=now, incubator=park, site=Site.of(park))
    assert Incubator.objects.get(pk=street.pk).parent == park


def test_an_incubator_is_closed_when_nobody_is_in_it(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    street, stay = below(people, park, now), applied(people, park, now)
    said = {"by": people.district_officer, "now": now, "incubator": park}
    with pytest.raises(ReasonMissing):
        sites.close_incubator(reason=" ", **said)
    with pytest.raises(sites.IncubatorInUse) as refusal:
        sites.close_incubator(reason="迁址", **said)
    assert refusal.value.params == {"stays": 1, "sites": 1}
    move(stay, "withdraw", by=people.resident, now=now)
    sites.close_incubator(**{**said, "incubator": street}, reason="迁址")
    row = sites.close_incubator(reason="迁址", **said)

    assert row.closed_on == now.date()
    for attempt in (
        lambda: sites.close_incubator(reason="迁址", **said),
        lambda: changed(people, park, now, name="新名"),
        lambda: sites.add_place(by=people.district_officer, now=now, incubator=park, label="203"),
    ):
        with pytest.raises(sites.IncubatorGone):
            attempt()
    with pytest.raises(operations.IncubatorClosed):
        applied(people, park, now)
    page = Client().get(park.get_absolute_url()).content.decode()
    assert "/apply/" not in page
    # A closed core makes room for another one of the district.
    sites.open_incubator(by=people.district_officer, now=now, site=site(people, name="新园"))


# --- Over the API ----------------------------------------------------------------------------------------------------


def test_a_system_enters_the_three_tiers_and_their_rooms(people: SimpleNamespace, park: Incubator) -> None:
    api = token_client(people.district_officer)
    given = {
        "name": "东兴寺街道孵化点",
        "tier": "STREET",
        "division": people.street_place.pk,
        "parent": park.pk,
        "services": "场地。",
        "opened_on": "2026-01-01",
        "floor_area": 300,
    }
    key = {"Idempotency-Key": "site-1"}
    first = api.post(API, given, format="json", headers=key)
    again = api.post(API, given, format="json", headers=key)
    assert (first.status_code, again.json(), Incubator.objects.count()) == (201, first.json(), 2)
    assert first.headers["ETag"]
    twice = api.post(API, given, format="json")
    assert (twice.status_code, twice.json()["code"]) == (409, "incubator_taken")
    wrong = api.post(API, {**given, "name": "错位", "division": people.far_community_place.pk}, format="json")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "incubator_misplaced")

    room = api.post("/api/v1/incubator-places", {"incubator": first.json()["id"], "label": "1号工位"}, format="json")
    path = f"/api/v1/incubator-places/{room.json()['id']}"
    assert (room.status_code, room.json()["is_open"], room.json()["is_taken"]) == (201, True, False)
    assert api.patch(path, {"is_open": False}, format="json").status_code == 428
    done = api.patch(path, {"is_open": False}, format="json", headers={"If-Match": room.headers["ETag"]})
    late = api.patch(path, {"label": "2号"}, format="json", headers={"If-Match": room.headers["ETag"]})
    assert (done.json()["is_open"], late.status_code, late.json()["code"]) == (False, 412, "stale")
    listed = Client().get(f"/api/v1/incubator-places?incubator={first.json()['id']}").json()
    assert [row["label"] for row in listed["results"]] == ["1号工位"]


def test_a_system_changes_an_incubator_only_from_what_it_has_read(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    api, reader = token_client(people.district_officer), token_client(people.district_admin, "socialorgs:read")
    path = f"{API}/{park.pk}"
    tag = api.get(path).headers["ETag"]
    body = {"floor_area": 8000}
    assert api.patch(path, body, format="json").status_code == 428
    assert reader.patch(path, body, format="json", headers={"If-Match": tag}).status_code == 403
    done = api.patch(path, body, format="json", headers={"If-Match": tag})
    assert (done.status_code, done.json()["floor_area"], done.headers["ETag"] != tag) == (200, 8000, True)
    stale = api.patch(path, body, format="json", headers={"If-Match": tag})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")

    stay = applied(people, park, now)
    busy = api.post(f"{path}/close", {"reason": "迁址"}, format="json")
    assert (busy.status_code, busy.json()["params"]) == (409, {"stays": "1", "sites": "0"})
    move(stay, "withdraw", by=people.resident, now=now)
    assert api.post(f"{path}/close", {"reason": "迁址"}, format="json").json()["closed_on"]


def test_a_system_reads_the_file_of_a_stay_and_asks_for_the_filing(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    stay = admitted(people, park, now)
    item = operations.plan_item(
        by=people.operator, now=now, stay=stay, title="建账", due_on=now.date() + dt.timedelta(days=60)
    )
    officer, head = token_client(people.district_officer), token_client(people.resident)
    path = f"/api/v1/incubation-stays/{stay.pk}"
    file = officer.get(f"{path}/file").json()
    assert ([row["id"] for row in file["plan"]], len(file["scores"]), file["reviews"]) == ([item.pk], 4, [])
    review = {"held_on": str(now.date()), "verdict": "ON_TRACK", "findings": "进展顺利"}
    assert officer.post(f"{path}/review", review, format="json").status_code == 200
    assert [row["verdict"] for row in officer.get(f"{path}/file").json()["reviews"]] == ["ON_TRACK"]
    assert token_client(people.stranger).get(f"{path}/file").status_code == 404

    asked = head.post(f"{path}/filing", CHOIR.plain(), format="json")
    assert (asked.status_code, asked.json()["filing"] is not None) == (201, True)
    again = head.post(f"{path}/filing", CHOIR.plain(), format="json")
    assert (again.status_code, again.json()["code"]) == (409, "incubation_filing_under_way")


# --- Who runs it -----------------------------------------------------------------------------------------------------


def agreed(people: SimpleNamespace, today: dt.date, **more: Any) -> Agreed:
    runner = OrganizationFactory(active=True, division=people.district_place)
    year = today.replace(year=today.year + 1)
    return replace(Agreed(runner, "自民合〔2026〕1号", Decimal(350000), today, year, 10, 6), **more)


def test_who_runs_it_follows_from_the_contract_of_the_day(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    first = park.operator
    told = agreed(people, today, starts_on=today + dt.timedelta(days=10))
    enter_contract(by=people.district_officer, now=now, incubator=park, agreed=told)
    assert Incubator.objects.get().operator == first
    assert follow_contracts(by=people.system, now=now) == 0

    begun, over = now + dt.timedelta(days=10), now + dt.timedelta(days=370)
    assert follow_contracts(by=people.system, now=begun) == 1
    assert (Incubator.objects.get().operator, Incubator.objects.get().contract_number) == (told.operator, told.number)
    with pytest.raises(sites.RunUnderContract):
        changed(people, park, begun, operator=first)
    assert follow_contracts(by=people.system, now=begun) == 0
    assert follow_contracts(by=people.system, now=over) == 1
    assert (Incubator.objects.get().operator, Incubator.objects.get().contract_number) == (None, "")
    stay = applied(people, park, over)
    assert not manager_of(told.operator).has_perm("socialorgs.operate_incubation", stay)


def test_a_contract_ends_early_on_a_day_of_its_time(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    row = enter_contract(by=people.district_officer, now=now, incubator=park, agreed=agreed(people, today))
    said = {"by": people.district_officer, "contract": row, "reason": "机构注销"}
    later = now + dt.timedelta(days=30)
    with pytest.raises(ReasonMissing):
        end_contract(**{**said, "reason": ""}, now=later, ends_on=later.date())
    with pytest.raises(NotAllowed):
        end_contract(**{**said, "by": people.street_officer}, now=later, ends_on=later.date())
    for day in (today, later.date() - dt.timedelta(days=1), row.ends_on):
        with pytest.raises(EndUnfit):
            end_contract(**said, now=later, ends_on=day)
    with pytest.raises(ContractKnown):
        enter_contract(
            by=people.district_officer, now=later, incubator=park, agreed=agreed(people, today, number="2号")
        )
    end_contract(**said, now=later, ends_on=later.date())

    assert Incubator.objects.get().operator is None
    told = agreed(people, later.date(), number="2号")
    enter_contract(by=people.district_officer, now=later, incubator=park, agreed=told)
    assert Incubator.objects.get().operator == told.operator
    entry = AuditEntry.objects.get(verb="socialorgs.operator_contract.ended_early")
    assert (entry.reason, entry.after) == ("机构注销", {"ends_on": str(later.date())})


def test_a_system_ends_a_contract(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    long = agreed(people, now.date(), ends_on=dt.date(2090, 1, 1))
    row = enter_contract(by=people.district_officer, now=now, incubator=park, agreed=long)
    api = token_client(people.district_officer)
    path = f"/api/v1/operator-contracts/{row.pk}/end"
    assert api.post(path, {"ends_on": "2091-01-01", "reason": "x"}, format="json").status_code == 400
    done = api.post(path, {"ends_on": "2089-01-01", "reason": "机构注销"}, format="json")
    assert (done.status_code, done.json()["ends_on"]) == (200, "2089-01-01")


# --- What is due next ------------------------------------------------------------------------------------------------


def due(stay: IncubationStay, day: dt.date) -> tuple[str, dt.date | None, bool]:
    found = next_of(IncubationStay.objects.with_next().get(pk=stay.pk), day)
    return ("", None, False) if found is None else (str(found.step), found.day, found.is_late)


def test_what_is_due_next_is_the_earliest_of_plan_review_and_end(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date, english: None
) -> None:
    stay = applied(people, park, now)
    assert due(stay, today) == ("Score the application", None, False)
    move(stay, "withdraw", by=people.resident, now=now)
    assert due(stay, today) == ("", None, False)

    stay = admitted(people, park, now)
    assert due(stay, today) == ("Plan what it is to learn", None, False)
    soon = today + dt.timedelta(days=30)
    item = operations.plan_item(by=people.operator, now=now, stay=stay, title="建账", due_on=soon)
    assert due(stay, today) == ("Begin to warm it", None, False)
    move(IncubationStay.objects.get(pk=stay.pk), "nurture", by=people.operator, now=now)
    assert due(stay, today) == ("Do what is planned", soon, False)
    assert due(stay, soon + dt.timedelta(days=1)) == ("Do what is planned", soon, True)
    operations.finish_item(by=people.operator, now=now, item=item, evidence="账簿")
    assert due(stay, today) == ("Review it", months_later(today, 3), False)
    for months in (3, 6, 9):
        day = months_later(today, months)
        moment = now.replace(year=day.year, month=day.month, day=day.day)
        operations.review_stay(
            by=people.operator, now=moment, stay=stay, held_on=day, verdict="ON_TRACK", findings="好"
        )
    assert due(stay, today)[1] == months_later(today, 12)


def test_an_older_review_entered_late_never_brings_the_next_one_nearer(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    stay = admitted(people, park, now)
    later = now + dt.timedelta(days=20)
    for held in (later.date(), today + dt.timedelta(days=3)):
        operations.review_stay(
            by=people.operator, now=later, stay=stay, held_on=held, verdict="BEHIND", findings="人手不足"
        )

    assert IncubationStay.objects.get().review_due_on == months_later(later.date(), 3)


def test_the_board_tells_what_is_due_next_to_those_concerned_alone(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, english: None
) -> None:
    admitted(people, park, now)
    stranger, officer = (board_of(park, user, now, now.date()) for user in (people.stranger, people.district_officer))

    assert [(row.next is None) for shell in stranger for row in shell.rows] == [True]
    assert [str(row.next.step) for shell in officer for row in shell.rows if row.next] == ["Plan what it is to learn"]
    path = park.get_absolute_url()
    assert "Due next" not in Client().get(path).content.decode()
    assert "Plan what it is to learn" in browser(people.operator).get(path).content.decode()
    shown = token_client(people.district_officer).get(f"{API}/{park.pk}/board").json()
    assert shown[0]["rows"][0]["next"]["step"]
    page = browser(people.resident).get(IncubationStay.objects.get().get_absolute_url()).content.decode()
    assert ("Due next" in page, "who runs the incubator" in page) == (True, True)


def test_reviews_that_are_due_wait_at_the_desk(people: SimpleNamespace, park: Incubator, now: dt.datetime) -> None:
    stay = admitted(people, park, now)
    request = RequestFactory().get("/desk/")
    request.user = people.district_officer

    def waits() -> list[str]:
        found = [one for one in waiting_on_desk(request) if one.label == "socialorgs.IncubationStay"]
        return [getattr(step, "name", "") for one in found for task in one.tasks for step in task.moves]

    assert "review" in waits()
    IncubationStay.objects.filter(pk=stay.pk).update(review_due_on=dt.date(2090, 1, 1))
    assert "review" not in waits()
    led = desk_client(people.district_officer).get(f"/desk/socialorgs/incubationstay/{stay.pk}/deeds/review/")
    assert led.headers["Location"] == stay.get_absolute_url()


@pytest.mark.parametrize("count", [1, 3])
def test_board_and_list_cost_the_same_for_one_and_three(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, count: int
) -> None:
    for number in range(count):
        place = sites.add_place(by=people.district_admin, now=now, incubator=park, label=f"3{number}")
        stay = applied(people, park, now, name=f"{number}组")
        points = {"NEED": 20, "TEAM": 20, "PLAN": 20, "BENEFIT": 20}
        stay = operations.propose_stay(by=people.operator, now=now, stay=stay, points=points)
        operations.admit_stay(by=people.district_officer, now=now, stay=stay, place=place)
    api = token_client(people.district_officer)
    with CaptureQueriesContext(connection) as board:
        board_of(park, people.district_officer, now, now.date())
    with CaptureQueriesContext(connection) as page:
        Client().get(park.get_absolute_url())
    with CaptureQueriesContext(connection) as rooms:
        assert len(api.get("/api/v1/incubator-places").json()["results"]) == count + 2

    assert (len(board), len(page), len(rooms)) == (2, 5, 2)


# --- Paper and desk --------------------------------------------------------------------------------------------------


def test_papers_are_there_when_there_is_something_to_say(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    stay = applied(people, park, now)
    head = browser(people.resident)
    assert [head.get(f"/stays/{stay.pk}/{name}.pdf").status_code for name in ("agreement", "certificate")] == [404, 404]
    assert "agreement.pdf" not in head.get(stay.get_absolute_url()).content.decode()


@needs_paper
def test_the_agreement_and_the_certificate_come_as_pdf(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    stay = leaving(people, park, now)
    head = browser(people.resident)
    paper = head.get(f"/stays/{stay.pk}/agreement.pdf")
    assert (paper.status_code, paper.content[:5]) == (200, b"%PDF-")
    assert browser(people.stranger).get(f"/stays/{stay.pk}/agreement.pdf").status_code == 404
    assert head.get(f"/stays/{stay.pk}/certificate.pdf").status_code == 404
    became = OrganizationFactory(division=people.community_place, filed=True, active=True)
    operations.graduate_stay(by=people.district_officer, now=now, stay=stay, organization=became)
    certificate = head.get(f"/stays/{stay.pk}/certificate.pdf")
    assert (certificate.status_code, certificate.content[:5]) == (200, b"%PDF-")


def test_who_left_with_success_stands_on_the_board_for_everybody(
    people: SimpleNamespace, park: Incubator, now: dt.datetime
) -> None:
    stay = leaving(people, park, now)
    became = OrganizationFactory(division=people.community_place, filed=True, active=True, name="银发互助会")
    operations.graduate_stay(by=people.district_officer, now=now, stay=stay, organization=became)
    page = Client().get(park.get_absolute_url()).content.decode()

    assert ("银发互助会" in page, "1 / 1" in page) == (True, True)
    assert "1 / 1" in Client().get("/incubators/").content.decode()
    assert IncubationStay.objects.get().status == StayStatus.GRADUATED


def test_the_district_keeps_incubators_at_the_desk(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    assert park.operator is not None
    desk = desk_client(people.district_officer)
    home = f"/desk/socialorgs/incubator/{park.pk}/deeds"
    form = desk.get(f"{home}/edit/").content.decode()
    assert str(park.operator.credit_code) in form
    said = {
        "name": park.name,
        "operator": park.operator.credit_code,
        "services": "场地、培训。",
        "opened_on": "2024-01-01",
        "floor_area": "8000",
        "contract_number": "",
    }
    assert desk.post(f"{home}/edit/", {**said, "operator": "没有"}).status_code in {200, 400}
    assert desk.post(f"{home}/edit/", said).status_code == 302
    room = park.places.get(label="201")
    assert desk.post(f"{home}/edit_place/", {"place": room.pk, "label": "201甲"}).status_code == 302
    room.refresh_from_db()
    park.refresh_from_db()
    assert (park.floor_area, room.label, room.is_open) == (8000, "201甲", False)

    contract = enter_contract(
        by=people.district_officer, now=now, incubator=park, agreed=agreed(people, today, ends_on=dt.date(2090, 1, 1))
    )
    end = f"/desk/socialorgs/operatorcontract/{contract.pk}/deeds/end/"
    assert desk.post(end, {"ends_on": "2089-01-01", "reason": "协商一致"}).status_code == 302
    assert OperatorContract.objects.get().ends_on == dt.date(2089, 1, 1)
    assert desk.post(f"{home}/close/", {"reason": "迁址"}).status_code == 302
    assert Incubator.objects.get().closed_on is not None
    assert IncubatorPlace.objects.count() == 2
