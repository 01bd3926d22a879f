"""Grades: who may apply when, what a score is worth, the majority of all members, lowering and taking back by two."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from governance import lifecycle
from governance.calendar.days import months_later
from governance.lifecycle import MoveForbidden, MoveHindered, SamePerson
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.supervision.grading import operations
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.grading.voting import Voted
from socialorgs.supervision.policy import CUTS, grade_of, points
from socialorgs.supervision.queries import against_a_grade, grades_on
from socialorgs.supervision.refusals import (
    AssessmentUnderWay,
    GradeNotOpen,
    GradeTooHigh,
    NoMajority,
    ProposedUnfit,
    ScoreUnfit,
    VotedInFuture,
    VoterConcerned,
    VotesUnreadable,
)
from tests.factories.accounts import UserFactory
from tests.factories.socialorgs_register import (
    ENTERED_AT,
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationAppointmentFactory,
)
from tests.people import session_client, sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def inspected(body: Any) -> Any:
    """The body, which passed the inspection of 2024 and 2025."""
    AnnualInspectionFactory(organization=body, year=2024)
    AnnualInspectionFactory(organization=body, year=2025, concluded_on=dt.date(2026, 2, 1))
    return body


def vote(favor: int, members: int, now: dt.datetime) -> dict[str, Any]:
    """Return a vote by name in which so many of so many are for the grade."""
    votes = [Voted(f"评委{number}", "FOR" if number < favor else "AGAINST") for number in range(members)]
    return {"votes": votes, "voted_on": now.date(), "number": "评〔2026〕1号"}


def applied(people: SimpleNamespace, now: dt.datetime, body: Any) -> Assessment:
    return operations.apply_for_grade(by=people.manager, now=now, organization=body, statement="制度健全。")


def scored(people: SimpleNamespace, now: dt.datetime, body: Any, score: int = 905) -> Assessment:
    row = applied(people, now, body)
    return operations.score_assessment(
        by=people.street_officer, now=now, assessment=row, score=score, findings="内部治理较好。"
    )


def granted(people: SimpleNamespace, now: dt.datetime, body: Any, score: int = 905) -> Assessment:
    row = scored(people, now, body, score)
    return operations.grant_grade(by=people.district_officer, now=now, assessment=row, **vote(6, 11, now))


@pytest.mark.parametrize(
    ("score", "grade"),
    [(1000, 5), (951, 5), (950, 4), (901, 4), (900, 3), (801, 3), (701, 2), (601, 1), (600, 0), (0, 0)],
)
def test_what_a_score_is_worth(score: int, grade: int) -> None:
    assert grade_of(score, CUTS.default) == grade


@pytest.mark.parametrize("wrong", [(951, 901, 801), (951, 901, 801, 801, 601), (601, 701, 801, 901, 951)])
def test_the_cuts_fall(wrong: tuple[int, ...]) -> None:
    with pytest.raises(ValueError, match="1"):
        points(wrong)


def test_a_grade_is_scored_voted_on_and_holds_for_five_years(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    row = granted(people, now, inspected)

    assert (row.status, row.grade, row.valid_from, row.valid_to) == ("GRANTED", 4, today, dt.date(2031, 3, 4))
    assert grades_on([inspected.pk], dt.date(2031, 3, 3)) == {inspected.pk: "4A"}
    assert grades_on([inspected.pk], dt.date(2031, 3, 4)) == {}


@pytest.mark.parametrize(
    ("votes", "members", "is_enough"), [(5, 10, False), (6, 10, True), (5, 9, True), (0, 0, False)]
)
def test_more_than_half_of_all_members(
    people: SimpleNamespace, now: dt.datetime, inspected: Any, votes: int, members: int, is_enough: bool
) -> None:
    row = scored(people, now, inspected)
    given = vote(votes, members, now)

    if is_enough:
        done = operations.grant_grade(by=people.district_officer, now=now, assessment=row, **given)
        assert done.status == "GRANTED"
    else:
        with pytest.raises(NoMajority):
            operations.grant_grade(by=people.district_officer, now=now, assessment=row, **given)
        row.refresh_from_db()
        assert row.status == "SCORED"


def test_votes_are_kept_by_name_and_shown_to_the_body_and_staff(
    people: SimpleNamespace, now: dt.datetime, inspected: Any
) -> None:
    row = scored(people, now, inspected)
    votes = [*vote(5, 7, now)["votes"], Voted("骆慧敏", "ABSENT"), Voted("段国华", "WITHDREW", None, now.date())]
    said = {"votes": votes, "voted_on": now.date(), "number": "评〔2026〕1号"}

    row = operations.grant_grade(by=people.district_officer, now=now, assessment=row, **said)

    assert (row.votes_for, row.committee_size, row.voted_on) == (5, 9, now.date())
    assert list(row.votes.order_by("pk").values_list("name", "word"))[-2:] == [
        ("骆慧敏", "ABSENT"),
        ("段国华", "WITHDREW"),
    ]
    shown = {
        who: "段国华" in session_client(user).get(row.get_absolute_url()).content.decode()
        for who, user in {"nobody": None, "manager": people.manager, "staff": people.street_officer}.items()
    }
    assert shown == {"nobody": False, "manager": True, "staff": True}


@pytest.mark.parametrize("months", [0, 23, 24])
def test_who_worked_there_within_two_years_withdraws(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any, months: int
) -> None:
    row = scored(people, now, inspected)
    left = months_later(today, -months)
    former = OrganizationAppointmentFactory(organization=inspected, valid_to=left if months else None).user
    for concerned in (Voted("段国华", "FOR", former), Voted("段国华", "ABSTAINED", None, left)):
        said = vote(8, 8, now)
        said["votes"].append(concerned)
        if months < 24:
            with pytest.raises(VoterConcerned, match="段国华"):
                operations.grant_grade(by=people.district_officer, now=now, assessment=row, **said)
            said["votes"][-1] = replace(concerned, word="WITHDREW")
    done = operations.grant_grade(by=people.district_officer, now=now, assessment=row, **said)

    assert (done.status, done.committee_size) == ("GRANTED", 9)


def test_a_vote_that_cannot_be_is_refused(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    row = scored(people, now, inspected)
    given: dict[str, Any] = {"by": people.district_officer, "now": now, "assessment": row}
    said = vote(8, 8, now)

    for wrong in (Voted("评委0", "FOR"), Voted(" ", "FOR")):
        with pytest.raises(VotesUnreadable):
            operations.grant_grade(**given, **{**said, "votes": [*said["votes"], wrong]})
    head = Voted(inspected.head_name, "FOR")
    with pytest.raises(VoterConcerned):
        operations.grant_grade(**given, **{**said, "votes": [*said["votes"], head]})
    for day in (today + dt.timedelta(days=1), today - dt.timedelta(days=1)):
        with pytest.raises(VotedInFuture):
            operations.grant_grade(**given, **{**said, "voted_on": day})
    row.refresh_from_db()
    assert (row.status, row.votes.count()) == ("SCORED", 0)


def test_a_vote_is_typed_by_lines_and_handed_in_over_the_api(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    row = scored(people, now, inspected)
    page, api = Client(), session_client(people.district_officer)
    sign_in(page, people.district_officer)
    home = f"{row.get_absolute_url()}acts/grant/"
    typed = {"voted_on": str(today), "number": "评〔2026〕1号"}
    unread = page.post(home, {**typed, "votes": "方敬之,FOR\n林志远,maybe"})
    concerned = page.post(home, {**typed, "votes": f"方敬之,FOR\n林志远,FOR,,{today}"})
    over_api = api.post(
        f"/api/v1/assessments/{row.pk}/grant",
        {**typed, "votes": [{"name": "林志远", "word": "FOR", "worked_there_until": str(today)}]},
        format="json",
    )
    done = page.post(home, {**typed, "votes": f"方敬之，FOR\n林志远,FOR\n段国华,WITHDREW,,{today}"})

    row.refresh_from_db()
    assert (unread.status_code, concerned.status_code, done.status_code) == (400, 400, 302)
    assert "maybe" in unread.content.decode()
    assert over_api.json()["code"] == "assessment_voter_concerned"
    assert (row.status, row.votes_for, row.committee_size) == ("GRANTED", 2, 3)


def test_no_grade_above_the_score(people: SimpleNamespace, now: dt.datetime, inspected: Any) -> None:
    row = applied(people, now, inspected)
    given = {"by": people.street_officer, "now": now, "assessment": row, "findings": "一般。"}

    with pytest.raises(GradeTooHigh):
        operations.score_assessment(score=900, grade=4, **given)
    with pytest.raises(ScoreUnfit):
        operations.score_assessment(score=1001, **given)
    assert operations.score_assessment(score=960, grade=4, **given).grade == 4


def _young(body: Any, today: dt.date) -> None:
    body.founded_on = dt.date(2024, 3, 5)
    body.save()


def _listed(body: Any, today: dt.date) -> None:
    CreditListingFactory(organization=body, credit_list="ABNORMAL", listed_on=today)


def _failed(body: Any, today: dt.date) -> None:
    body.inspections.filter(year=2025).update(conclusion="FAILED")


def _twice(body: Any, today: dt.date) -> None:
    body.inspections.update(conclusion="BASICALLY_PASSED")


def _barred(body: Any, today: dt.date, ends_on: dt.date | None = None) -> None:
    row = ParticipationBan.objects.create(
        organization=body,
        ground="CONTRACT_BREACH",
        reason="未履约。",
        decision_number=f"自民禁〔{ends_on}〕",
        starts_on=dt.date(2024, 1, 1),
        ends_on=ends_on or dt.date(2026, 3, 5),
        proposed_by=UserFactory(),
        proposed_at=ENTERED_AT,
    )
    ParticipationBan.objects.filter(pk=row.pk).update(
        status="IN_FORCE", decided_by=UserFactory(), decided_at=ENTERED_AT
    )


def _barred_last_year(body: Any, today: dt.date) -> None:
    _barred(body, today, dt.date(2025, 3, 5))


def test_a_ban_that_ended_a_year_ago_excludes_no_more(people: SimpleNamespace, today: dt.date, inspected: Any) -> None:
    _barred(inspected, today, dt.date(2025, 3, 4))

    assert against_a_grade(inspected, today) == []


def _uninspected(body: Any, today: dt.date) -> None:
    body.inspections.all().delete()


@pytest.mark.parametrize("spoil", [_young, _listed, _failed, _twice, _uninspected, _barred, _barred_last_year])
def test_who_is_kept_from_being_assessed(
    people: SimpleNamespace,
    now: dt.datetime,
    today: dt.date,
    inspected: Any,
    spoil: Callable[[Any, dt.date], None],
) -> None:
    spoil(inspected, today)

    assert len(against_a_grade(inspected, today)) == 1
    with pytest.raises(GradeNotOpen):
        applied(people, now, inspected)
    assert Assessment.objects.count() == 0


def test_two_full_years_are_enough_on_the_day(people: SimpleNamespace, today: dt.date, inspected: Any) -> None:
    inspected.founded_on = dt.date(2024, 3, 4)
    inspected.save()

    assert against_a_grade(inspected, today) == []


def test_once_in_two_years_and_one_at_a_time(people: SimpleNamespace, now: dt.datetime, inspected: Any) -> None:
    applied(people, now, inspected)
    with pytest.raises(AssessmentUnderWay):
        applied(people, now, inspected)


def test_a_newer_grade_replaces_the_old_one(people: SimpleNamespace, now: dt.datetime, inspected: Any) -> None:
    old = granted(people, now, inspected, 820)
    early, later = now + dt.timedelta(days=730), now + dt.timedelta(days=731)
    AnnualInspectionFactory(organization=inspected, year=2027, concluded_on=dt.date(2028, 2, 1))
    with pytest.raises(GradeNotOpen):
        applied(people, early, inspected)

    new = granted(people, later, inspected, 960)

    old.refresh_from_db()
    assert (old.status, old.valid_to, new.grade) == ("SUPERSEDED", new.valid_from, 5)


def test_what_came_against_the_body_meanwhile_is_asked_again(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, inspected: Any
) -> None:
    row = scored(people, now, inspected)
    _listed(inspected, today)

    with pytest.raises(GradeNotOpen):
        operations.grant_grade(by=people.district_officer, now=now, assessment=row, **vote(9, 9, now))


def test_a_grade_is_lowered_and_taken_back_by_two(people: SimpleNamespace, now: dt.datetime, inspected: Any) -> None:
    row = granted(people, now, inspected)
    with pytest.raises(ProposedUnfit):
        operations.question_grade(
            by=people.district_officer, now=now, assessment=row, proposed_grade=4, reason="查实。"
        )
    row = operations.question_grade(
        by=people.district_officer, now=now, assessment=row, proposed_grade=3, reason="评估材料不实。"
    )
    assert grades_on([inspected.pk], row.valid_from) == {inspected.pk: "4A"}
    with pytest.raises(SamePerson):
        operations.downgrade(by=people.district_officer, now=now, assessment=row)
    with pytest.raises(MoveHindered):
        lifecycle.move(row, "withdraw", by=people.district_admin, now=now)

    row = operations.downgrade(by=people.district_admin, now=now, assessment=row)
    assert (row.status, row.grade, row.proposed_grade) == ("GRANTED", 3, None)
    row = operations.question_grade(
        by=people.street_reviewer, now=now, assessment=row, proposed_grade=0, reason="造假。"
    )
    assert lifecycle.move(row, "withdraw", by=people.district_admin, now=now).status == "WITHDRAWN"
    assert grades_on([inspected.pk], row.valid_from) == {}


def test_the_manager_of_another_body_neither_applies_nor_reads(
    people: SimpleNamespace, now: dt.datetime, inspected: Any
) -> None:
    row = applied(people, now, inspected)

    assert not Assessment.objects.visible_to(people.other_manager).exists()
    assert Assessment.objects.visible_to(people.manager).get() == row
    for who in (people.manager, people.other_manager, people.community_staff):
        with pytest.raises(MoveForbidden):
            operations.score_assessment(by=who, now=now, assessment=row, score=999, findings="好。")
