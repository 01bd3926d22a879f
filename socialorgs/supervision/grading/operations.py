"""Assessments: applied for, scored, voted on, granted for some years, lowered or taken back by two hands."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from governance import lifecycle
from governance.accounts.queries import require, system_actor
from governance.audit import operations as audit
from governance.calendar.days import MONTHS, months_later
from socialorgs.register.models import SocialOrganization
from socialorgs.supervision.grading.lifecycle import HOLDING
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.grading.voting import check_votes, keep_votes
from socialorgs.supervision.policy import CUTS, GRADE_YEARS, MOST_POINTS, NOTIFY_DAYS, grade_of
from socialorgs.supervision.queries import against_a_grade
from socialorgs.supervision.refusals import (
    AssessmentUnderWay,
    GradeNotOpen,
    GradeTooHigh,
    NoMajority,
    NotifiedUnfit,
    NotToNotify,
    ProposedUnfit,
    ScoreUnfit,
    VotedInFuture,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from governance.accounts.models import User
    from socialorgs.supervision.grading.voting import Voted


def apply_for_grade(*, by: User, now: dt.datetime, organization: SocialOrganization, statement: str) -> Assessment:
    """Ask for a body that it be assessed.

    Raises:
        NotAllowed: nobody who acts for the body.
        GradeNotOpen: with every reason against it; AssessmentUnderWay.
        ReasonMissing, PersonalNumbersFound.
    Basis: Measures for Assessment of Social Organizations art. 8, 9.
    """
    require(by, "socialorgs.apply_for_grade", organization)
    if not statement.strip():
        raise lifecycle.ReasonMissing(field="statement")
    refuse_personal_numbers(statement=statement)
    with transaction.atomic():
        locked = (
            SocialOrganization.objects.select_for_update(of=("self",), no_key=True)
            .select_related("division")
            .get(pk=organization.pk)
        )
        if locked.assessments.filter(status__in=["APPLIED", "SCORED"]).exists():
            raise AssessmentUnderWay
        _refuse(locked, timezone.localdate(now))
        row = Assessment(organization=locked, statement=statement.strip(), applied_by=by, applied_at=now)
        row.full_clean()
        row.save()
        audit.record(by=by, verb="socialorgs.assessment.applied", row=row, now=now, after={"organization": locked.pk})
        return row


def _refuse(organization: SocialOrganization, day: dt.date) -> None:
    if found := against_a_grade(organization, day):
        raise GradeNotOpen(organization=organization.name, reasons="; ".join(found))


def score_assessment(
    *, by: User, now: dt.datetime, assessment: Assessment, score: int, findings: str, grade: int | None = None
) -> Assessment:
    """Enter the score, and the grade that is proposed to the committee: what the score is worth, or less.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ScoreUnfit: no score of a thousand, or worth no grade; GradeTooHigh; ReasonMissing: no findings.
    """
    lifecycle.require(assessment, "score", by=by)
    if not findings.strip():
        raise lifecycle.ReasonMissing(field="findings")
    refuse_personal_numbers(findings=findings)
    if not 0 <= score <= MOST_POINTS:
        raise ScoreUnfit(field="score")
    cuts = value(CUTS, assessment.division, timezone.localdate(now))
    worth = grade_of(score, cuts)
    wanted = worth if grade is None else grade
    if wanted > worth:
        raise GradeTooHigh(field="grade", score=score, worth=f"{worth}A" if worth else "–")
    changes = {"score": score, "grade": wanted or None, "findings": findings.strip()}
    return lifecycle.move(assessment, "score", by=by, now=now, changes=changes)


def grant_grade(
    *,
    by: User,
    now: dt.datetime,
    assessment: Assessment,
    votes: Sequence[Voted],
    number: str,
    voted_on: dt.date,
) -> Assessment:
    """Grant the grade on which the committee has voted by name; a grade that still holds is replaced from today on.

    `votes` names everybody of the committee, those too who were absent or withdrew. What has come to stand against the body since it applied is asked again.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        NoMajority: not more than half of all members, or the score is worth no grade; GradeNotOpen.
        VotesUnreadable, VoterConcerned: see `voting.check_votes`; VotedInFuture: voted later, or before the score.
        ReasonMissing: no number.
    Basis: Measures for Assessment of Social Organizations art. 16, 17, 27.
    """
    lifecycle.require(assessment, "grant", by=by)
    today = timezone.localdate(now)
    if not number.strip():
        raise lifecycle.ReasonMissing(field="number")
    scored_at = assessment.scored_at
    if voted_on > today or (scored_at is not None and voted_on < timezone.localdate(scored_at)):
        raise VotedInFuture(field="voted_on", day=voted_on)
    votes_for, committee_size = check_votes(votes, assessment.organization, voted_on)
    if not assessment.grade:
        raise NoMajority(field="votes", votes=votes_for, members=committee_size)
    with transaction.atomic():
        bodies = SocialOrganization.objects.select_for_update(of=("self",), no_key=True).select_related("division")
        body = bodies.get(pk=assessment.organization_id)
        _refuse(body, today)
        for old in body.assessments.filter(status__in=HOLDING, valid_to__gt=today).order_by("pk"):
            lifecycle.move(old, "supersede", by=system_actor(), now=now, changes={"valid_to": today})
        changes = {
            "votes_for": votes_for,
            "committee_size": committee_size,
            "voted_on": voted_on,
            "notify_by": _notify_by(body, voted_on, today),
            "number": number.strip(),
            "valid_from": today,
            "valid_to": months_later(today, value(GRADE_YEARS, body.division, today) * MONTHS),
        }
        payload = {"grade": assessment.grade, "valid_to": str(changes["valid_to"])}
        moved = lifecycle.move(assessment, "grant", by=by, now=now, changes=changes, payload=payload)
        keep_votes(votes, moved.pk)
        return moved


def refuse_grade(*, by: User, now: dt.datetime, assessment: Assessment, reason: str) -> Assessment:
    """Grant no grade; the body is told so within the days of the rule.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    today = timezone.localdate(now)
    changes = {"remark": reason.strip(), "notify_by": _notify_by(assessment.organization, today, today)}
    return lifecycle.move(assessment, "refuse", by=by, now=now, reason=reason, changes=changes)


def _notify_by(organization: SocialOrganization, decided_on: dt.date, today: dt.date) -> dt.date:
    return decided_on + dt.timedelta(days=value(NOTIFY_DAYS, organization.division, today))


def record_notification(*, by: User, now: dt.datetime, assessment: Assessment, notified_on: dt.date) -> Assessment:
    """Write down on which day the body was notified of the result, once.

    Raises:
        NotAllowed: `by` does not decide assessments.
        NotToNotify: nothing was decided, or it was notified already.
        NotifiedUnfit: a day that has not come, or before the vote.
    Basis: Measures for Assessment of Social Organizations.
    """
    require(by, "socialorgs.decide_assessment", assessment)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = (
            Assessment.objects.select_for_update(of=("self",))
            .select_related("organization__division")
            .get(pk=assessment.pk)
        )
        if row.notify_by is None or row.notified_on is not None:
            raise NotToNotify
        first = row.voted_on or (timezone.localdate(row.decided_at) if row.decided_at else today)
        if not first <= notified_on <= today:
            raise NotifiedUnfit(field="notified_on", first=first, last=today)
        row.notified_on, row.notified_by = notified_on, by
        row.save(update_fields=["notified_on", "notified_by"])
        after = {"notified_on": notified_on.isoformat(), "notify_by": row.notify_by.isoformat()}
        audit.record(by=by, verb="socialorgs.assessment.notified", row=row, now=now, after=after)
    return row


def question_grade(
    *, by: User, now: dt.datetime, assessment: Assessment, proposed_grade: int, reason: str
) -> Assessment:
    """Propose that a grade be lowered, or taken back (0); it holds until another person has decided.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        ProposedUnfit: not below the grade.
    """
    lifecycle.require(assessment, "question", by=by)
    if not 0 <= proposed_grade < (assessment.grade or 0):
        raise ProposedUnfit(field="proposed_grade", grade=assessment.get_grade_display())
    changes = {"proposed_grade": proposed_grade, "remark": reason.strip()}
    return lifecycle.move(assessment, "question", by=by, now=now, reason=reason, changes=changes)


def keep_grade(*, by: User, now: dt.datetime, assessment: Assessment, reason: str) -> Assessment:
    """Leave a grade as it is.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(assessment, "keep", by=by, now=now, reason=reason, changes={"proposed_grade": None})


def downgrade(*, by: User, now: dt.datetime, assessment: Assessment) -> Assessment:
    """Lower a grade as proposed; its last day stays.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: as for every move.
    """
    with transaction.atomic():
        fresh = Assessment.objects.select_for_update(of=("self",)).get(pk=assessment.pk)
        changes = {"grade": fresh.proposed_grade or fresh.grade, "proposed_grade": None}
        return lifecycle.move(fresh, "downgrade", by=by, now=now, changes=changes)
