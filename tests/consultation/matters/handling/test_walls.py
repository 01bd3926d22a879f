"""What the tables refuse by themselves: each wall stops one statement, and without the wall the statement succeeds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from consultation.matters import operations as inbox
from consultation.matters.handling import calling, dispatching, mediating, petitions, sorting, telling, timing
from consultation.matters.handling.models import CallBack
from consultation.matters.models import MatterKind, Route, ThreeWay
from tests.factories.communities import BodyFactory
from tests.people import House
from tests.walls import alone, violated


@pytest.fixture
def rows(
    house: House, raised: Any, sorted_to: Any, closed: Any, office: Any, system: Any, now: dt.datetime
) -> dict[str, int]:
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
    other = BodyFactory(division=matter.division)  # an office to choose from
    later = timing.ask_for_time(by=staff, now=now, matter=home, kind="EXTENSION", days=2, reason="缺料。")
    answered = inbox.answer_matter(by=staff, now=now, matter=sorted_to(Route.DIRECT), reply="好了。", outcome="FIXED")
    return {
        "later": later.pk,
        "raised": raised().pk,
        "answered": answered.pk,
        "other": other.pk,
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


@dataclass(frozen=True, slots=True)
class Wall:
    """A wall by its label, the row and the statement that it alone refuses, and what the refusal is called."""

    label: str
    row: str
    statement: str
    says: str

    @classmethod
    def of_column(cls, table: str, row: str, change: str, name: str) -> Wall:
        """Return a check of one table."""
        return cls(name, row, f"UPDATE consultation_{table} SET {change} WHERE id = %s", name)

    @classmethod
    def over_tables(cls, row: str, change: str, name: str) -> Wall:
        """Return a check that asks other tables."""
        return cls("matter_walls", row, f"UPDATE consultation_matter SET {change} WHERE id = %s", name)

    @classmethod
    def of_rows(cls, row: str, statement: str, name: str) -> Wall:
        """Return what lets no second row stand beside the first."""
        return cls(name, row, statement, name)

    @classmethod
    def of_growth(cls, table: str, row: str, verb: str) -> Wall:
        """Return the wall of a table whose rows are only added."""
        said = f"pgtrigger: Cannot update or delete rows from consultation_{table} table"
        return cls(f"{table}:only_grows", row, verb.format(f"consultation_{table}"), said)


ORDER = (
    "INSERT INTO consultation_assignment (matter_id, body_id, is_lead, task, due_on, dispute_due_on, status, "
    "assigned_at, assigned_by_id, dispute_reason, decision, answer, outcome) "
    "SELECT matter_id, {body}, {lead}, task, due_on, dispute_due_on, 'SENT', assigned_at, assigned_by_id, "
    "'', '', '', '' FROM consultation_assignment WHERE id = %s"
)
OTHER_BODY = "(SELECT min(id) FROM communities_body WHERE id <> body_id)"
AGAIN = (
    "INSERT INTO consultation_timerequest (matter_id, kind, cause, days, reason, status, asked_at, asked_by_id, decision) "
    "SELECT matter_id, kind, cause, days, reason, 'ASKED', asked_at, asked_by_id, '' "
    "FROM consultation_timerequest WHERE id = %s"
)
CALL_AGAIN = (
    "INSERT INTO consultation_callback (matter_id, purpose, round, due_on, status, opened_at, words) "
    "SELECT matter_id, purpose, round, due_on, 'DUE', opened_at, '' FROM consultation_callback WHERE id = %s"
)

WALLS = [
    Wall.of_column("sortingcontest", "contest", "decided_by_id = sorted_by_id", "sortingcontest_two_persons"),
    Wall.of_column("sortingcontest", "contest", "status = 'UPHELD'", "sortingcontest_decided_in_words"),
    Wall.of_column("assignment", "order", "decided_by_id = assigned_by_id", "assignment_dispute_decided_by_another"),
    Wall.of_column("assignment", "order", "disputed_at = now()", "assignment_disputed_with_reason"),
    Wall.of_column("assignment", "order", "outcome = 'DONE'", "assignment_status_is_known"),
    Wall.of_rows("order", ORDER.format(body=OTHER_BODY, lead="true"), "assignment_one_office_leads"),
    Wall.of_rows("order", ORDER.format(body="body_id", lead="false"), "assignment_once_per_office"),
    Wall.of_column("timerequest", "time", "decided_by_id = asked_by_id", "timerequest_two_persons"),
    Wall.of_column("timerequest", "time", "reason = ''", "timerequest_has_a_reason"),
    Wall.of_column("timerequest", "time", "days = 0", "timerequest_lasts_a_day"),
    Wall.of_column("timerequest", "time", "cause = ''", "timerequest_kind_is_known"),
    Wall.of_rows("time", AGAIN, "timerequest_rests_once_at_a_time"),
    Wall.of_rows("later", AGAIN, "timerequest_extends_once"),
    Wall.of_column("petition", "petition", "finished_at = now()", "petition_finished_in_words"),
    Wall.of_column(
        "petition",
        "petition",
        "extended_at = now(), extension_reason = 'x', extended_by_id = told_by_id",
        "petition_put_off_with_leave",
    ),
    Wall.of_column(
        "petition",
        "petition",
        "finished_by_id = told_by_id, reviewed_by_id = told_by_id",
        "petition_reviewed_by_another",
    ),
    Wall.of_column("callback", "call_back", "asked_by_id = handled_by_id", "callback_asked_by_another"),
    Wall.of_column("callback", "call_back", "status = 'ANSWERED'", "callback_answered_says_whether"),
    Wall.of_column("callback", "call_back", "satisfaction = 6", "callback_kind_is_known"),
    Wall.of_rows("call_back", CALL_AGAIN, "callback_once_per_closing"),
    *(
        Wall.of_growth(table, row, verb)
        for table, row in (("feedback", "feedback"), ("householdconsent", "consent"))
        for verb in ("UPDATE {} SET id = id WHERE id = %s", "DELETE FROM {} WHERE id = %s")
    ),
    Wall.over_tables(
        "mediation", "status = 'ANSWERED', reply = 'x', outcome = 'FIXED'", "matter_agreed_by_all_households"
    ),
    Wall.over_tables("matter", "paused_at = now()", "matter_rests_with_leave"),
    Wall.over_tables("matter", "status = 'PETITION'", "matter_petition_has_its_row"),
    Wall.of_column("matter", "raised", "reply = 'x', status = 'REFUSED'", "matter_refused_on_a_ground"),
    Wall.of_column("matter", "raised", "kind = 'REPORT', summary = 'x'", "matter_tip_is_not_public"),
    Wall.of_column("matter", "raised", "handler_id = recorded_by_id", "matter_handler_is_of_a_tip"),
    Wall.of_column("matter", "raised", "handed_out_at = now()", "matter_handed_out_to_somebody"),
    Wall.of_column("matter", "raised", "satisfaction = 0", "matter_handling_is_known"),
    Wall.of_column("matter", "answered", "status = 'CLOSED'", "matter_closed_with_a_reason"),
]


@pytest.mark.django_db(transaction=True)
def test_each_wall_stands_alone(rows: dict[str, int], owner: Callable[[], Any]) -> None:
    with owner():
        for wall in WALLS:
            alone(wall.label, wall.statement, rows[wall.row], says=wall.says)


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


def test_a_matter_is_contested_once(rows: dict[str, int]) -> None:
    statement = (
        "INSERT INTO consultation_sortingcontest (matter_id, reason, wanted, contested, sorted_by_id, due_on, "
        "is_due_provisional, status, answer, opened_at, opened_by_id) SELECT matter_id, reason, wanted, contested, "
        "sorted_by_id, due_on, is_due_provisional, 'OPEN', '', opened_at, opened_by_id "
        "FROM consultation_sortingcontest WHERE id = %s"
    )

    assert "matter_id" in violated(statement, rows["contest"])
