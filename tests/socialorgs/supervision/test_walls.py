"""Each guard of supervision by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from governance import lifecycle
from socialorgs.register.barring import operations as barring
from socialorgs.supervision import operations
from socialorgs.supervision.illegal import operations as illegal
from socialorgs.supervision.illegal.models import IllegalTip
from socialorgs.supervision.models import StandingAlert
from tests.factories.socialorgs_register import AnnualInspectionFactory, CreditListingFactory
from tests.socialorgs.supervision.test_grading import granted
from tests.socialorgs.supervision.test_illegal import told
from tests.socialorgs.supervision.test_reports import forwarded, ordered
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)


def change(table: str, key: int) -> Callable[[str], str]:
    """Return how a column of one row is changed by hand."""
    return lambda columns: f"UPDATE socialorgs_{table} SET {columns} WHERE id = {key}"


def test_each_guard_of_reports_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, body: Any, owner: Callable[[], Any]
) -> None:
    row = forwarded(people, now, body)
    other = AnnualInspectionFactory(organization=people.other_body, year=2025)
    listing = CreditListingFactory(organization=people.other_body)
    done = operations.conclude_report(
        by=people.street_reviewer, now=now, report=row, conclusion="FAILED", mend="补会。", days=9
    )
    by = change("yearreport", done.pk)

    with owner():
        alone("yearreport:lifecycle", by("status = 'DUE', inspection_id = NULL"))
        alone(
            "yearreport_status_is_known", by("status = 'LOST', inspection_id = NULL"), beside=["yearreport:lifecycle"]
        )
        alone("yearreport_one_a_year", copied(done, status="'DUE'", inspection_id="NULL"))
        alone("yearreport_concluded_with_an_inspection", by("inspection_id = NULL"))
        alone("yearreport_submitted_whole", by("activities = ''"))
        alone(
            "yearreport_listed_by_a_listing",
            by("status = 'LISTED', inspection_id = NULL"),
            beside=["yearreport:lifecycle"],
        )
        alone("yearreport_in_three_hands", by("decided_by_id = forwarded_by_id"))
        alone("yearreport:whose_it_is_stays", by("year = 2020"), beside=["yearreport_same_body"])
        alone("yearreport_same_body", by(f"inspection_id = {other.pk}"))
        alone("yearreport_same_body", by(f"listing_id = {listing.pk}"))


def test_each_guard_of_orders_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, body: Any, owner: Callable[[], Any]
) -> None:
    row = ordered(people, now, body)
    other = AnnualInspectionFactory(organization=people.other_body, year=2025)
    by = change("rectificationorder", row.pk)
    stays, moves = ["rectificationorder:issued_stays"], ["rectificationorder:lifecycle"]

    with owner():
        alone("rectificationorder:lifecycle", by("status = 'ACCEPTED', report = 'x'"))
        alone("rectificationorder_status_is_known", by("status = 'LOST'"), beside=moves)
        alone("rectificationorder_issued_with_a_number", by("due_on = NULL"))
        alone("rectificationorder_reported_in_words", by("status = 'REPORTED'"))
        alone("rectificationorder_listed_by_a_listing", by("status = 'LISTED'"), beside=moves)
        alone("rectificationorder_in_two_hands", by("issued_by_id = drafted_by_id"), beside=stays)
        alone("rectificationorder_leaves_a_day", by("days = 0"), beside=stays)
        alone("rectificationorder:issued_stays", by("demands = 'x'"))
        alone("rectificationorder_same_body", by(f"inspection_id = {other.pk}"))


def test_each_guard_of_repairs_and_alerts_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, body: Any, owner: Callable[[], Any]
) -> None:
    listing = CreditListingFactory(organization=body, credit_list="ABNORMAL")
    other = CreditListingFactory(organization=people.other_body)
    row = operations.apply_for_repair(by=people.manager, now=now, listing=listing, mended="已改。")
    alert = StandingAlert.objects.create(
        organization=body,
        division=people.street,
        cause="LISTED",
        cause_key="1",
        said="x",
        subject_label="x.Y",
        subject_key="1",
        subject="x",
        address="/",
        raised_at=now,
    )
    noted = operations.note_alert(by=people.street_officer, now=now, alert=alert, measures="已处理。")
    repair, told_ = change("creditrepair", row.pk), change("standingalert", noted.pk)
    once = ["standingalert:noted_once"]

    with owner():
        alone("creditrepair:lifecycle", copied(row, status="'REFUSED'"))
        alone("creditrepair_status_is_known", repair("status = 'LOST'"), beside=["creditrepair:lifecycle"])
        alone("creditrepair_one_at_a_time", copied(row))
        alone("creditrepair_decided_by_another", repair("decided_by_id = applied_by_id"))
        alone("creditrepair_same_body", repair(f"listing_id = {other.pk}"))
        alone("standingalert_cause_is_known", told_("cause = 'LOST'"))
        alone("standingalert_told_once", copied(noted))
        alone("standingalert_noted_with_measures", told_("measures = ''"), beside=once)
        alone("standingalert:noted_once", told_("measures = 'x'"))


def test_each_guard_of_grades_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, body: Any, owner: Callable[[], Any]
) -> None:
    AnnualInspectionFactory(organization=body, year=2025, concluded_on=dt.date(2026, 2, 1))
    row = granted(people, now, body)
    by = change("assessment", row.pk)
    moves = ["assessment:lifecycle"]

    with owner():
        alone("assessment:lifecycle", by("status = 'APPLIED'"))
        alone("assessment_status_is_known", by("status = 'LOST'"), beside=moves)
        again = copied(row, status="'APPLIED'")
        alone("assessment_one_under_way", f"{again}; {again}")
        alone("assessment_grade_is_one_of_five", by("grade = 6"))
        alone("assessment_score_within_1000", by("score = 1001"))
        alone("assessment_granted_by_a_majority", by("votes_for = 5, committee_size = 10"))
        alone("assessment_voted_before_it_holds", by("voted_on = valid_from + 1"))
        vote = row.votes.order_by("pk")[0]
        alone("assessmentvote_each_once", copied(vote))
        alone("assessmentvote_word_is_known", copied(vote, name="'甲'", word="'X'"))
        alone("assessmentvote:vote_stays", change("assessmentvote", vote.pk)("word = 'AGAINST'"))
        alone("assessment_period_runs_forward", by("valid_to = valid_from - 1"), beside=["assessment_one_grade_a_day"])
        alone("assessment_in_three_hands", by("decided_by_id = scored_by_id"))
        alone("assessment_proposed_below_its_grade", by("proposed_grade = grade"))
        alone("assessment_one_grade_a_day", copied(row), beside=moves)


def test_each_guard_of_bans_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, body: Any, owner: Callable[[], Any]
) -> None:
    row = barring.propose_ban(
        by=people.street_officer,
        now=now,
        organization=body,
        ground="GRANT_BREACH",
        reason="挪用经费。",
        decision_number="1号",
        starts_on=dt.date(2026, 3, 5),
        ends_on=dt.date(2027, 3, 5),
    )
    by = change("participationban", row.pk)
    stays = ["participationban:imposed_stays"]

    with owner():
        alone("participationban:lifecycle", copied(row, status="'REFUSED'"))
        alone("participationban_status_is_known", by("status = 'LOST'"), beside=["participationban:lifecycle"])
        alone("participationban_period_runs_forward", by("ends_on = starts_on"), beside=stays)
        alone("participationban_imposed_by_somebody", by("status = 'IN_FORCE'"))
        alone("participationban_imposed_by_another", by("decided_by_id = proposed_by_id"))
        alone("participationban_decision_is_entered_once", copied(row))
        alone("participationban:imposed_stays", by("reason = 'x'"))


def test_each_guard_of_illegal_bodies_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    tip, _code = told(people, now)
    tip = illegal.settle_tip(by=people.street_reviewer, now=now, tip=tip)
    assert tip.case is not None
    case = lifecycle.move(tip.case, "take_up", by=people.street_reviewer, now=now)
    case = illegal.propose_measure(by=people.street_reviewer, now=now, case=case, findings="无登记。", measure="BAN")
    case = illegal.decide_case(
        by=people.district_officer, now=now, case=case, decision_number="1号", decided_on=now.date()
    )
    fresh, _code = told(people, now)
    by, of_tip = change("illegalcase", case.pk), change("illegaltip", tip.pk)
    stays = ["illegalcase:decided_stays"]

    with owner():
        alone("illegalcase:lifecycle", by("status = 'OPENED'"))
        alone("illegalcase_status_is_known", by("measure = 'FINE'"), beside=stays)
        alone("illegalcase_proposed_with_findings", by("findings = ''"))
        alone("illegalcase_decided_with_a_number", by("decision_number = ''"), beside=stays)
        alone("illegalcase_decided_by_another", by("decided_by_id = proposed_by_id"), beside=stays)
        alone("illegalcase:decided_stays", by("name = 'x'"))
        alone("illegaltip:tips_stay", f"DELETE FROM socialorgs_illegaltip WHERE id = {fresh.pk}")
        alone("illegaltip:what_was_told_stays", of_tip("text = 'x'"))
        alone("illegaltip_settled_into_a_case_or_answered", of_tip("case_id = NULL"))
        alone("socialorgs_illegaltip_code_hash_key", copied(fresh))
    assert IllegalTip.objects.count() == 2
