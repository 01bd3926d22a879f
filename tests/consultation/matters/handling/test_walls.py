"""What the tables refuse by themselves: each wall stops one statement, and without the wall the statement succeeds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction

from consultation.matters.handling import calling, dispatching, mediating, petitions, sorting, telling, timing
from consultation.matters.handling.models import CallBack
from consultation.matters.models import Matter, MatterKind, Route, ThreeWay
from tests.people import House
from tests.walls import violated


def stands_alone(owner: Callable[[], Any], guard: str, wall: str, statement: str, *params: Any) -> None:
    """Check that the wall refuses the statement, and that the statement succeeds once the guard is dropped."""
    assert wall in violated(statement, *params)
    with owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(guard)
        cursor.execute(statement, params)
        transaction.set_rollback(True)


def constraint(table: str, name: str) -> str:
    """Return the statement that drops a constraint."""
    return f"ALTER TABLE consultation_{table} DROP CONSTRAINT {name}"


@pytest.fixture
def rows(house: House, sorted_to: Any, closed: Any, office: Any, system: Any, now: dt.datetime) -> dict[str, int]:
    """One row of each kind, by its name."""
    people = house.people
    staff, street, reviewer = people["community_staff"], people["street_officer"], people["street_reviewer"]
    matter = sorted_to(Route.DEPARTMENT)
    order = dispatching.assign_matter(by=staff, now=now, matter=matter, body=office)
    contest = sorting.contest_sorting(
        by=people["resident"], now=now, matter=matter, wanted=ThreeWay.SMALL, reason="小区内。"
    )
    asked = timing.ask_for_time(
        by=staff, now=now, matter=matter, kind="PAUSE", cause="WEATHER", days=3, reason="下雨。"
    )
    petition = petitions.mark_petition(by=street, now=now, matter=sorted_to(Route.DIRECT), reason="信访。")
    petitions.tell_petitioner(by=reviewer, now=now, petition=petition)
    done = closed(is_solved=None)
    calling.open_call_backs(by=system, now=now, today=now.date())
    home = sorted_to(Route.DIRECT, kind=MatterKind.MEDIATION)
    consent = mediating.record_consent(
        by=staff, now=now, matter=home, household="101", stance="OPPOSES", words="挡光。"
    )
    told = telling.tell_how_it_stands(by=staff, now=now, matter=home, text="在协商。")
    return {
        "matter": matter.pk,
        "order": order.pk,
        "contest": contest.pk,
        "time": asked.pk,
        "petition": petition.pk,
        "call_back": CallBack.objects.get(matter=done).pk,
        "mediation": home.pk,
        "consent": consent.pk,
        "feedback": told.pk,
        "staff": staff.pk,
        "reviewer": reviewer.pk,
        "body": office.pk,
    }


@pytest.mark.parametrize(
    ("table", "row", "change", "wall"),
    [
        ("sortingcontest", "contest", "decided_by_id = sorted_by_id", "sortingcontest_two_persons"),
        ("sortingcontest", "contest", "status = 'UPHELD'", "sortingcontest_decided_in_words"),
        ("assignment", "order", "decided_by_id = assigned_by_id", "assignment_dispute_decided_by_another"),
        ("assignment", "order", "disputed_at = now()", "assignment_disputed_with_reason"),
        ("assignment", "order", "outcome = 'DONE'", "assignment_status_is_known"),
        ("timerequest", "time", "decided_by_id = asked_by_id", "timerequest_two_persons"),
        ("timerequest", "time", "reason = ''", "timerequest_has_a_reason"),
        ("timerequest", "time", "days = 0", "timerequest_lasts_a_day"),
        ("timerequest", "time", "cause = ''", "timerequest_kind_is_known"),
        ("petition", "petition", "finished_at = now()", "petition_finished_in_words"),
        (
            "petition",
            "petition",
            "extended_at = now(), extension_reason = 'x', extended_by_id = told_by_id",
            "petition_put_off_with_leave",
        ),
        (
            "petition",
            "petition",
            "finished_by_id = told_by_id, reviewed_by_id = told_by_id",
            "petition_reviewed_by_another",
        ),
        ("callback", "call_back", "asked_by_id = handled_by_id", "callback_asked_by_another"),
        ("callback", "call_back", "status = 'ANSWERED'", "callback_answered_says_whether"),
        ("callback", "call_back", "satisfaction = 6", "callback_kind_is_known"),
    ],
)
def test_a_row_that_must_never_be(
    table: str, row: str, change: str, wall: str, rows: dict[str, int], owner: Callable[[], Any]
) -> None:
    statement = f"UPDATE consultation_{table} SET {change} WHERE id = %s"

    stands_alone(owner, constraint(table, wall), wall, statement, rows[row])


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("sortingcontest", "contest"),
        ("assignment", "order"),
        ("timerequest", "time"),
        ("petition", "petition"),
        ("callback", "call_back"),
    ],
)
def test_a_state_is_reached_by_the_table_only(table: str, row: str, rows: dict[str, int]) -> None:
    statement = f"UPDATE consultation_{table} SET status = 'LOST' WHERE id = %s"

    assert violated(statement, rows[row]) == f"{table}_moves_by_the_table"


@pytest.mark.parametrize(("table", "row"), [("feedback", "feedback"), ("householdconsent", "consent")])
@pytest.mark.parametrize("verb", ["UPDATE {} SET id = id WHERE id = %s", "DELETE FROM {} WHERE id = %s"])
def test_what_was_said_only_grows(table: str, row: str, verb: str, rows: dict[str, int], owner: Any) -> None:
    statement = verb.format(f"consultation_{table}")

    assert violated(statement, rows[row])
    with owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE consultation_{table} DISABLE TRIGGER USER")
        cursor.execute(statement, [rows[row]])
        transaction.set_rollback(True)


@pytest.mark.parametrize(
    ("index", "columns"),
    [
        ("assignment_one_office_leads", "is_lead"),
        ("assignment_once_per_office", "is_lead"),
    ],
)
def test_one_office_leads_once(*, index: str, columns: str, rows: dict[str, int], owner: Any) -> None:
    del columns
    body = (
        "body_id"
        if index == "assignment_once_per_office"
        else "(SELECT min(id) FROM communities_body WHERE id <> body_id)"
    )
    lead = "false" if index == "assignment_once_per_office" else "true"
    with owner(), connection.cursor() as cursor:  # another office to choose from
        cursor.execute(
            "INSERT INTO communities_body (kind, name, rule_key, term_number, term_from, division_id) "
            "SELECT kind, 'x', rule_key, term_number, term_from, division_id FROM communities_body WHERE id = %s",
            [rows["body"]],
        )
    statement = (
        "INSERT INTO consultation_assignment (matter_id, body_id, is_lead, task, due_on, dispute_due_on, status, "
        "assigned_at, assigned_by_id, dispute_reason, decision, answer, outcome) "
        f"SELECT matter_id, {body}, {lead}, task, due_on, dispute_due_on, 'SENT', assigned_at, assigned_by_id, "
        "'', '', '', '' FROM consultation_assignment WHERE id = %s"
    )

    stands_alone(owner, f"DROP INDEX {index}", index, statement, rows["order"])


def test_a_matter_is_contested_once(*, rows: dict[str, int]) -> None:
    statement = (
        "INSERT INTO consultation_sortingcontest (matter_id, reason, wanted, contested, sorted_by_id, due_on, "
        "is_due_provisional, status, answer, opened_at, opened_by_id) SELECT matter_id, reason, wanted, contested, "
        "sorted_by_id, due_on, is_due_provisional, 'OPEN', '', opened_at, opened_by_id "
        "FROM consultation_sortingcontest WHERE id = %s"
    )

    assert "matter_id" in violated(statement, rows["contest"])


@pytest.mark.parametrize(
    ("row", "change", "wall"),
    [
        (
            "mediation",
            "status = 'ANSWERED', reply = 'x', outcome = 'FIXED'",
            "matter_agreed_by_all_households",
        ),
        ("matter", "paused_at = now()", "matter_rests_with_leave"),
        ("matter", "status = 'PETITION'", "matter_petition_has_its_row"),
    ],
)
def test_walls_over_several_tables(*, row: str, change: str, wall: str, rows: dict[str, int], owner: Any) -> None:
    guard = "DROP TRIGGER matter_walls ON consultation_matter"
    statement = f"UPDATE consultation_matter SET {change} WHERE id = %s"

    stands_alone(owner, guard, wall, statement, rows[row])


@pytest.mark.parametrize(
    ("change", "wall"),
    [
        ("reply = 'x', status = 'REFUSED'", "matter_refused_on_a_ground"),
        ("kind = 'REPORT', summary = 'x'", "matter_tip_is_not_public"),
        ("handler_id = recorded_by_id", "matter_handler_is_of_a_tip"),
        ("handed_out_at = now()", "matter_handed_out_to_somebody"),
        ("satisfaction = 0", "matter_handling_is_known"),
    ],
)
def test_walls_of_the_matter(*, change: str, wall: str, raised: Any, owner: Any) -> None:
    matter = raised()
    statement = f"UPDATE consultation_matter SET {change} WHERE id = %s"

    stands_alone(owner, constraint("matter", wall), wall, statement, matter.pk)


def test_nothing_is_closed_without_the_persons_yes_or_a_reason(*, sorted_to: Any, house: House, owner: Any) -> None:
    matter = sorted_to(Route.DIRECT)
    Matter.objects.filter(pk=matter.pk).update(status="ANSWERED", reply="x")
    statement = "UPDATE consultation_matter SET status = 'CLOSED' WHERE id = %s"

    stands_alone(
        owner, constraint("matter", "matter_closed_with_a_reason"), "matter_closed_with_a_reason", statement, matter.pk
    )
