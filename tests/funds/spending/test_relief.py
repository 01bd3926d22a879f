"""Emergency relief: paid before the committee meets, under a cap, ratified in time or marked."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from communities.bodies.models import Seat
from funds.spending import operations, relieving
from funds.spending.models import SpendingRequest
from funds.spending.papers.models import EmergencyRelief
from funds.spending.tasks import escalate_relief
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.outbox.models import OutboxEvent
from tests.factories.consultation_matters import MatterFactory
from tests.funds.spending.conftest import entered, entry, pay, payable, resolution, stands
from tests.funds.spending.test_operations import code_of
from tests.funds.spending.test_surfaces import DESK, REQUESTS, page_client
from tests.people import desk_client, session_client
from tests.walls import change_refused

pytestmark = pytest.mark.django_db


def need(people: SimpleNamespace) -> dict[str, Any]:
    """Return what is told of an emergency: a need without a decision."""
    return {
        "decision": None,
        "matter": MatterFactory(division=people.community),
        "purpose": "RELIEF",
        "title": "火灾临时安置",
        "is_emergency": True,
    }


def urgent(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    """Enter, submit and check a request for emergency relief."""
    row = entered(people, now, **{**need(people), **more})
    row = operations.submit_request(by=people.community_staff, now=now, request=row)
    return operations.check_request(by=people.second_staff, now=now, request=row)


def told(people: SimpleNamespace, **more: Any) -> dict[str, Any]:
    """Return what is told when relief is granted."""
    members = people.members
    return {
        "by": people.street_officer,
        "household": "12栋3户",
        "urgency": "昨夜火灾，无处居住。",
        "members": (members[0].pk, members[3].pk),
        "supervisor_opinion": "情况属实，同意先行救助。",
        **more,
    }


def granted(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    return relieving.grant_relief(now=now, request=urgent(people, now), **told(people, **more))


def held(people: SimpleNamespace, now: dt.datetime) -> SpendingRequest:
    """Take relief to its hold."""
    return operations.approve_request(
        by=people.charity_officer, now=now, today=timezone.localdate(now), request=granted(people, now)
    )


def judged(people: SimpleNamespace, now: dt.datetime, row: SpendingRequest, text: str, by: User) -> EmergencyRelief:
    meeting = {**resolution(people, now, text), "by": by}
    return relieving.judge_relief(relief=EmergencyRelief.objects.get(request=row), **meeting)


def test_relief_is_paid_first_and_ratified_later(people: SimpleNamespace, now: dt.datetime) -> None:
    row = held(people, now)
    paid = pay(people, now, payable(people, now, row, "3000.00", payee="王大力"))
    shown_before = SpendingRequest.objects.visible_to(people.stranger).filter(pk=row.pk).exists()
    relief = judged(people, now + dt.timedelta(days=3), row, "FFFF-", people.street_reviewer)
    row = operations.complete_request(by=people.charity_officer, now=now, today=now.date(), request=row)

    assert (paid.status, relief.status, row.status) == ("PAID", "RATIFIED", "COMPLETED")
    assert (relief.due_on, str(relief.cap)) == (timezone.localdate(now) + dt.timedelta(days=10), "5000.00")
    assert relief.resolution is not None
    assert relief.resolution.is_passed
    assert not shown_before
    assert SpendingRequest.objects.visible_to(people.stranger).get(pk=row.pk).posted_at is not None
    verbs = AuditEntry.objects.filter(object_label="funds.EmergencyRelief").values_list("verb", flat=True)
    assert list(verbs) == ["funds.emergency_relief.ratified"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"amount": Decimal("5000.01")}, "emergency_unfit"),
        ({"purpose": "CARE"}, "emergency_unfit"),
        ({"matter": None}, "source_missing"),
        ({"is_emergency": False}, "decision_missing"),
        ({"is_emergency": False, "amount": Decimal("1000.01")}, "decision_missing"),
    ],
)
def test_what_is_no_emergency_waits(people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str) -> None:
    assert code_of(lambda: entered(people, now, **{**need(people), **more})) == code
    assert not SpendingRequest.objects.exists()


def test_a_small_use_cites_a_need(people: SimpleNamespace, now: dt.datetime) -> None:
    told_small = {**need(people), "is_emergency": False, "amount": Decimal("1000.00")}
    elsewhere = MatterFactory(division=people.fund.division.parent)

    assert entered(people, now, **told_small).decision is None
    assert code_of(lambda: entered(people, now, **{**told_small, "matter": elsewhere})) == "source_elsewhere"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"household": " "}, "urgency_missing"),
        ({"urgency": ""}, "urgency_missing"),
        ({"supervisor_opinion": ""}, "supervisor_opinion_missing"),
        ({"household": "13800138000"}, "personal_numbers_found"),
        ({"household": "委员3家"}, "household_interested"),
        ({"supervisor": 0}, "not_a_supervisor"),
        ({"members": (0, 0)}, "relief_by_whom"),
        ({"by": "community_staff"}, "same_person"),
        ({"by": "second_staff"}, "same_person"),
        ({"by": "stranger"}, "move_forbidden"),
    ],
)
def test_relief_has_its_people_and_its_reason(
    people: SimpleNamespace, now: dt.datetime, change: dict[str, Any], code: str
) -> None:
    row = urgent(people, now)
    wanted = told(people, **change)
    if isinstance(wanted["by"], str):
        wanted["by"] = getattr(people, wanted["by"])

    assert code_of(lambda: relieving.grant_relief(now=now, request=row, **wanted)) == code
    assert not EmergencyRelief.objects.exists()


def test_the_same_member_twice_is_one(people: SimpleNamespace, now: dt.datetime) -> None:
    one = people.members[0].pk

    assert code_of(lambda: granted(people, now, members=(one, one))) == "relief_by_whom"


def test_an_ordinary_request_takes_no_short_way(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.submit_request(by=people.community_staff, now=now, request=entered(people, now))
    row = operations.check_request(by=people.second_staff, now=now, request=row)

    assert code_of(lambda: relieving.grant_relief(now=now, request=row, **told(people))) == "move_hindered"


def test_the_cap_holds_for_a_household(people: SimpleNamespace, now: dt.datetime) -> None:
    granted(people, now)
    again = urgent(people, now, amount=Decimal("2000.01"))

    assert code_of(lambda: relieving.grant_relief(now=now, request=again, **told(people))) == "household_relieved"
    assert relieving.grant_relief(now=now, request=again, **told(people, household="9栋1户")).status == "CLEARED"


def test_what_is_not_ratified_in_time_is_marked_and_stops_the_money(people: SimpleNamespace, now: dt.datetime) -> None:
    row = held(people, now)
    ready = payable(people, now, row, "1000.00", payee="王大力")
    last = timezone.localdate(now) + dt.timedelta(days=10)
    in_time = relieving.escalate_relief(by=people.system, now=now, today=last)
    marked = relieving.escalate_relief(by=people.system, now=now, today=last + dt.timedelta(days=1))
    again = relieving.escalate_relief(by=people.system, now=now, today=last + dt.timedelta(days=2))

    relief = EmergencyRelief.objects.get()
    assert (in_time, marked, again, relief.status) == ([], [relief.pk], [], "OVERDUE")
    assert OutboxEvent.objects.filter(topic="funds.emergency_relief.overdue").count() == 1
    assert code_of(lambda: pay(people, now, ready)) == "relief_unratified"
    assert code_of(lambda: granted(people, now, household="9栋1户")) == "relief_unratified"
    late = now + dt.timedelta(days=12)
    assert judged(people, late, row, "FFFF-", people.street_reviewer).status == "RATIFIED"
    assert pay(people, late, ready).status == "PAID"


def test_what_the_committee_refuses_is_paid_no_further(people: SimpleNamespace, now: dt.datetime) -> None:
    row = held(people, now)
    pay(people, now, payable(people, now, row, "1000.00", payee="王大力"))
    ready = payable(people, now, row, "500.00", payee="王大力")
    without = judged(people, now, row, "FF---", people.street_reviewer)
    relief = judged(people, now, row, "FAAA-", people.street_reviewer)

    assert (without.status, relief.status) == ("AWAITING", "REFUSED")
    assert code_of(lambda: pay(people, now, ready)) == "relief_unratified"
    assert code_of(lambda: granted(people, now, household="9栋1户")) == "relief_unratified"
    assert code_of(lambda: judged(people, now, row, "FFFF-", people.street_reviewer)) == "move_closed"


def test_who_recorded_the_grant_does_not_record_the_judgement(people: SimpleNamespace, now: dt.datetime) -> None:
    assert code_of(lambda: judged(people, now, held(people, now), "FFFF-", people.street_officer)) == "same_person"


def test_an_even_committee_resolves_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    row = urgent(people, now)
    people.fund.committee.memberships.create(name="第六人", seat=Seat.UNIT, valid_from=dt.date(2026, 1, 1))
    people.members = list(people.fund.committee.voting_members(timezone.localdate(now)))

    assert code_of(lambda: relieving.grant_relief(now=now, request=row, **told(people))) == "fund_committee_even"
    meeting = resolution(people, now, "FFFFFF")
    assert code_of(lambda: operations.record_resolution(request=row, **meeting)) == "fund_committee_even"


def test_a_vote_without_residents_does_not_count(people: SimpleNamespace, now: dt.datetime) -> None:
    people.fund.committee.memberships.filter(pk=people.members[4].pk).update(seat=Seat.UNIT)
    row = urgent(people, now)
    votes = stands(people.members, "F--FF")
    enough = {**resolution(people, now, "FFFFF"), "stands": {**votes, people.members[1].pk: ("AGAINST", "")}}
    row = operations.record_resolution(request=row, **{**resolution(people, now, "FFFFF"), "stands": votes})
    first = row.resolutions.get()
    row = operations.record_resolution(request=row, **enough)

    assert (first.has_quorum, first.residents_voting) == (False, 0)
    assert "residents" in first.reason or "居民" in first.reason
    assert row.status == "RESOLVED"


# --- Walls -----------------------------------------------------------------------------------------------------------


def test_walls_of_relief(people: SimpleNamespace, now: dt.datetime) -> None:
    change_refused("spendingrequest_relieved_by_two", urgent(people, now), "status = 'CLEARED'")
    row = granted(people, now)
    relief = EmergencyRelief.objects.get()

    change_refused("emergencyrelief_ratified_by_resolution", relief, "status = 'RATIFIED'")
    change_refused("emergencyrelief_moves_by_the_table", relief, "status = 'GONE'")
    change_refused("pgtrigger: Cannot update rows from funds_emergencyrelief table", relief, "cap = 10000")
    change_refused("pgtrigger: Cannot update rows from funds_emergencyrelief table", relief, "due_on = due_on + 90")
    change_refused("emergencyrelief_judged_by_another", relief, "judged_by_id = granted_by_id")
    change_refused("emergencyrelief_says_why", relief, "urgency = ''")
    change_refused("pgtrigger: Cannot update rows from funds_spendingrequest table", row, "is_emergency = false")
    change_refused("spendingrequest_cites_its_source", entered(people, now), "decision_id = NULL")
    change_refused("spendingrequest_emergency_is_relief", entered(people, now), "is_emergency = true")
    change_refused("spendingrequest_duty_is_known", entered(people, now), "duty = 'X'")


# --- Surfaces --------------------------------------------------------------------------------------------------------


@pytest.fixture
def at_once(people: SimpleNamespace) -> SpendingRequest:
    return urgent(people, clock.now() - dt.timedelta(minutes=1))


@pytest.mark.parametrize("surface", ["page", "api", "desk"])
def test_relief_is_granted_and_judged_everywhere(
    people: SimpleNamespace, at_once: SpendingRequest, surface: str, english: None
) -> None:
    members = people.members
    form = {
        "household": "12栋3户",
        "urgency": "昨夜火灾",
        "first_member": members[0].pk,
        "second_member": members[3].pk,
        "supervisor_opinion": "同意",
    }
    votes = {f"stand_{member.pk}": "FOR" for member in members}
    meeting = {"met_on": str(clock.today()), "supervisor_opinion": "同意"}
    by, other = people.street_officer, people.street_reviewer
    wrong = {**form, "household": "委员0家"}
    if surface == "page":
        path = f"/requests/{at_once.pk}/acts/"
        refused = page_client(by).post(f"{path}relieve/", wrong).content.decode()
        page_client(by).post(f"{path}relieve/", form)
        shown = page_client(by).get(f"/requests/{at_once.pk}/").content.decode()
        page_client(other).post(f"{path}judge/", {**meeting, **votes})
        assert "12栋3户" in shown
    elif surface == "desk":
        desk = desk_client(by)
        refused = desk.post(f"{DESK}{at_once.pk}/moves/relieve/", {**wrong, "sent": "1"}).content.decode()
        desk.post(f"{DESK}{at_once.pk}/moves/relieve/", {**form, "sent": "1"})
        relief = EmergencyRelief.objects.get()
        desk_client(other).post(f"/desk/funds/emergencyrelief/{relief.pk}/moves/ratify/", {**meeting, **votes})
    else:
        refused = session_client(by).post(f"{REQUESTS}/{at_once.pk}/relieve", wrong, format="json").json()["detail"]
        session_client(by).post(f"{REQUESTS}/{at_once.pk}/relieve", form, format="json")
        relief = EmergencyRelief.objects.get()
        body = {**meeting, "stands": [{"membership": member.pk, "stand": "FOR"} for member in members]}
        answer = session_client(other).post(f"/api/v1/emergency-reliefs/{relief.pk}/ratify", body, format="json")
        assert (answer.status_code, answer.json()["status"]) == (200, "RATIFIED")
        assert session_client(people.stranger).get(f"/api/v1/emergency-reliefs/{relief.pk}").json()["household"] == ""

    assert "委员0" in refused
    assert EmergencyRelief.objects.get().status == "RATIFIED"
    public = page_client(people.stranger).get(f"/requests/{at_once.pk}/").content.decode()
    assert "12栋3户" not in public
    assert "昨夜火灾" not in public


def test_the_clock_marks_what_is_late(people: SimpleNamespace) -> None:
    granted(people, clock.now() - dt.timedelta(days=11))

    assert (escalate_relief(), escalate_relief()) == (1, 0)
    shown = page_client(people.street_officer).get(f"/requests/{SpendingRequest.objects.get().pk}/").content.decode()
    assert "badge--OVERDUE" in shown


def test_relief_is_entered_on_the_pages(people: SimpleNamespace, english: None) -> None:
    matter = MatterFactory(division=people.community)
    body = {**entry(people), "matter": matter.pk, "purpose": "RELIEF", "is_emergency": "on", "duty": "NOBODY"}
    body |= {"amount": "3000", "lines": "安置，3000"}
    body.pop("decision")
    body.pop("fund")
    answer = page_client(people.community_staff).post(f"/funds/{people.fund.pk}/requests/new/", body)

    row = SpendingRequest.objects.get()
    assert (answer.status_code, row.is_emergency, row.matter, row.decision) == (302, True, matter, None)
    above = page_client(people.community_staff).post(
        f"/funds/{people.fund.pk}/requests/new/", {**body, "amount": "5000.01", "lines": "安置，5000.01"}
    )
    assert "5,000.00" in above.content.decode()
