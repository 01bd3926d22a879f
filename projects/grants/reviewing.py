"""Panels are seated, ties declared, sheets assigned and scored alone, scores settled all at once.

No act of this module writes points into the trail or into an event. Locks: round, application, sheet.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Collection, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.models import Post
from communities.people.policy import refuse_personal_numbers
from consultation.meetings.stewards.policy import drawn
from governance import lifecycle
from governance.accounts.models import User
from governance.accounts.queries import require
from governance.audit import operations as audit
from projects.grants import refusals
from projects.grants.lifecycle import ApplicationStatus, GrantRoundStatus, SheetStatus
from projects.grants.models import (
    DeclaredTie,
    DefenceRecord,
    GrantApplication,
    GrantExpert,
    GrantRound,
    PanelSeat,
    ScoreSheet,
)
from projects.grants.policy import kept_marks, ranks, trimmed_mean, written
from projects.grants.queries import TIES, conflicts
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from collections.abc import Iterable

    from django.db.models import QuerySet

SEATING = (GrantRoundStatus.CLOSED, GrantRoundStatus.REVIEWING)
"""When experts take their seats: once it is known who has applied."""

LONGEST_COMMENT = 2000


def _locked(round_: GrantRound) -> GrantRound:
    return GrantRound.objects.select_for_update(of=("self",)).select_related("division").get(pk=round_.pk)


def _in_review(row: GrantRound) -> GrantRound:
    if row.status != GrantRoundStatus.REVIEWING or row.settled_at is not None:
        raise refusals.ReviewNotRunning
    return row


# --- The panel


def pool_of(round_: GrantRound, day: dt.date) -> QuerySet[GrantExpert]:
    """Return the experts of the pools that reach the round who may be seated.

    Those who act for no applicant, and hold no post from which the files of the round are read: they score without names.
    """
    applicants = round_.applications.exclude(status=ApplicationStatus.DRAFT).values("organization")
    acting = OrganizationAppointment.objects.held_on(day).filter(organization__in=applicants)
    above = [*round_.division.ancestor_ids, round_.division_id]
    reading = Post.objects.held_on(day).filter(division__in=above)
    rows = GrantExpert.objects.filter(division__in=above, valid_to=None).exclude(user__in=reading.values("user"))
    return rows.exclude(user__in=acting.values("user")).exclude(user__in=round_.seats.values("expert"))


def free_experts(round_: GrantRound, day: dt.date) -> list[GrantExpert]:
    """Return whom of the pools may be seated, each once, by key."""
    found: dict[int, GrantExpert] = {}
    for row in pool_of(round_, day).select_related("user").order_by("pk"):
        found.setdefault(row.user_id, row)
    return list(found.values())


def draw_experts(*, by: User, now: dt.datetime, round_: GrantRound, seats: int, word: str) -> list[PanelSeat]:
    """Draw experts from the pool by lot; anybody can draw again from the list, its hash and the word called out.

    Raises:
        NotAllowed: not of the place.
        ReviewNotRunning: the applications are not closed, or the scores are settled.
        ExpertUnfit: no word, or fewer in the pool than seats.
    Basis: decision of this platform on lots (smallest tickets win).
    """
    require(by, "projects.manage_grant_round", round_)
    with transaction.atomic():
        row = _open_to_seats(round_)
        pool = [one for one in free_experts(row, timezone.localdate(now)) if one.user_id != by.pk]
        if not word.strip():
            raise refusals.ExpertUnfit(field="word", reason=_("Call out a word first."))
        if not 1 <= seats <= len(pool):
            reason = _("%(count)s experts can be drawn.") % {"count": len(pool)}
            raise refusals.ExpertUnfit(field="seats", reason=reason)
        listed = ",".join(str(one.user_id) for one in pool)
        digest = hashlib.sha256(listed.encode()).hexdigest()
        numbers = drawn(f"grant round {row.pk}", word.strip(), digest, range(1, len(pool) + 1), seats)
        chosen = [pool[number - 1] for number in numbers]
        made = [_seat(row, one.user, by, now, is_drawn=True) for one in chosen]
        after = {"word": word.strip(), "list": digest, "pool": len(pool), "seats": seats}
        audit.record(by=by, verb="projects.grant_round.experts_drawn", row=row, now=now, after=after)
    return made


def seat_expert(*, by: User, now: dt.datetime, round_: GrantRound, expert: User) -> PanelSeat:
    """Seat an expert of the pool by name.

    Raises:
        NotAllowed: not of the place.
        ReviewNotRunning: the applications are not closed, or the scores are settled.
        ExpertUnfit: not in the pool, seated already, acting for an applicant, or oneself.
    """
    require(by, "projects.manage_grant_round", round_)
    with transaction.atomic():
        row = _open_to_seats(round_)
        free = {one.user_id for one in free_experts(row, timezone.localdate(now))}
        if expert.pk not in free or expert.pk == by.pk:
            reason = _(
                "%(person)s is not free in the pool: seated already, acting for an applicant, holding a post from which the "
                "applicants' names are read, or no expert."
            )
            raise refusals.ExpertUnfit(field="expert", reason=reason % {"person": expert})
        seat = _seat(row, expert, by, now, is_drawn=False)
        audit.record(by=by, verb="projects.grant_round.expert_seated", row=row, now=now, after={"seat": seat.pk})
    return seat


def _open_to_seats(round_: GrantRound) -> GrantRound:
    row = _locked(round_)
    if row.status not in SEATING or row.settled_at is not None:
        raise refusals.ReviewNotRunning
    return row


def _seat(row: GrantRound, expert: User, by: User, now: dt.datetime, *, is_drawn: bool) -> PanelSeat:
    return PanelSeat.objects.create(round=row, expert=expert, is_drawn=is_drawn, seated_at=now, seated_by=by)


def applicants_of(round_: GrantRound) -> list[SocialOrganization]:
    """Return who has applied, by name and not by application: what an expert sees to declare ties. One query."""
    rows = round_.applications.in_the_running().values("organization")
    return list(SocialOrganization.objects.filter(pk__in=rows).order_by("name", "pk"))


def declare_ties(
    *, by: User, now: dt.datetime, seat: PanelSeat, organizations: Collection[SocialOrganization]
) -> PanelSeat:
    """Say to which applicants one is tied, or to none, once and before anything is read.

    Raises:
        NotAllowed: not one's own seat.
        TiesDeclared: it has been said, or the round is not yet, or no longer, in review.
        ExpertUnfit: an organization that has not applied.
    """
    require(by, "projects.declare_grant_ties", seat)
    with transaction.atomic():
        row = _locked(seat.round)
        fresh = PanelSeat.objects.select_for_update(of=("self",)).get(pk=seat.pk)
        if row.status not in SEATING or row.settled_at is not None or fresh.declared_at is not None:
            raise refusals.TiesDeclared
        known = {one.pk for one in applicants_of(row)}
        if any(one.pk not in known for one in organizations):
            raise refusals.ExpertUnfit(field="organizations", reason=_("Choose among those who have applied."))
        DeclaredTie.objects.bulk_create(
            DeclaredTie(seat=fresh, organization=one, declared_at=now) for one in organizations
        )
        fresh.declared_at = now
        fresh.save(update_fields=["declared_at"])
        audit.record(by=by, verb="projects.panel_seat.declared", row=fresh, now=now, after={"ties": len(organizations)})
    return fresh


# --- Assigning


def assign_sheets(*, by: User, now: dt.datetime, round_: GrantRound) -> int:
    """Give each admitted application the experts it still lacks, none tied to it, the least burdened first.

    A few statements however many applications; asked again it adds only what is missing. Returns how many sheets were
    made.

    Raises:
        NotAllowed: not of the place.
        ReviewNotRunning: not in review.
        PanelTooSmall: too few untied experts who have declared their ties.
    """
    require(by, "projects.manage_grant_round", round_)
    with transaction.atomic():
        row = _in_review(_locked(round_))
        experts = list(row.seats.filter(declared_at__isnull=False).order_by("pk").values_list("expert", flat=True))
        waiting = list(row.applications.filter(status=ApplicationStatus.QUALIFIED).order_by("pk"))
        tied = conflicts(row, [one.pk for one in waiting], experts, timezone.localdate(now))
        given: dict[int, set[int]] = {one.pk: set() for one in waiting}
        counted: dict[int, int] = dict.fromkeys(given, 0)
        burden = dict.fromkeys(experts, 0)
        known = ScoreSheet.objects.filter(application__in=given).order_by("pk")
        for key, expert, status in known.values_list("application", "expert", "status"):
            given[key].add(expert)
            if status != SheetStatus.RECUSED:
                counted[key] += 1
                burden[expert] = burden.get(expert, 0) + 1
        new = []
        for application in waiting:
            free = [one for one in experts if one not in given[application.pk] and one not in tied[application.pk]]
            lacking = max(row.least_experts - counted[application.pk], 0)
            if len(free) < lacking:
                can = len(free) + counted[application.pk]
                raise refusals.PanelTooSmall(count=can, application=application.number, least=row.least_experts)
            for expert in sorted(free, key=lambda one: (burden[one], one))[:lacking]:
                burden[expert] += 1
                new.append(ScoreSheet(application=application, expert_id=expert, assigned_at=now, assigned_by=by))
        ScoreSheet.objects.bulk_create(new, batch_size=1000)
        audit.record(by=by, verb="projects.grant_round.sheets_assigned", row=row, now=now, after={"sheets": len(new)})
    return len(new)


def assign_sheet(*, by: User, now: dt.datetime, application: GrantApplication, expert: User) -> ScoreSheet:
    """Give one application one more expert by name.

    Raises:
        NotAllowed: not of the place.
        ReviewNotRunning: the round is not in review, or the application was not admitted.
        ExpertUnfit: not seated, without declared ties, or assigned already.
        ExpertTied: with every reason.
    """
    require(by, "projects.manage_grant_round", application)
    with transaction.atomic():
        round_ = _in_review(_locked(application.round))
        row = GrantApplication.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if row.status != ApplicationStatus.QUALIFIED:
            raise refusals.ReviewNotRunning
        is_seated = round_.seats.filter(expert=expert, declared_at__isnull=False).exists()
        if not is_seated or row.sheets.filter(expert=expert).exists():
            reason = _("%(person)s has no seat, has not declared ties, or scores this application already.")
            raise refusals.ExpertUnfit(field="expert", reason=reason % {"person": expert})
        if kinds := conflicts(round_, [row.pk], [expert.pk], timezone.localdate(now))[row.pk][expert.pk]:
            raise refusals.ExpertTied(
                expert=str(expert), application=row.number, reasons="; ".join(str(TIES[kind]) for kind in kinds)
            )
        sheet = ScoreSheet.objects.create(application=row, expert=expert, assigned_at=now, assigned_by=by)
        audit.record(by=by, verb="projects.grant_round.sheets_assigned", row=round_, now=now, after={"sheets": 1})
    return sheet


# --- Defence and scoring


def record_defence(
    *,
    by: User,
    now: dt.datetime,
    application: GrantApplication,
    held_on: dt.date,
    place: str,
    presenters: int,
    record: str,
) -> DefenceRecord:
    """Record how an applicant presented its project and what was asked and answered, once.

    Raises:
        NotAllowed: not of the place.
        ReviewNotRunning: the round is not in review, the application was not admitted, or the day lies ahead.
        PersonalNumbersFound: in the record.
        DefenceKnown: it has been recorded.
    """
    require(by, "projects.manage_grant_round", application)
    refuse_personal_numbers(record=record, place=place)
    with transaction.atomic():
        _in_review(_locked(application.round))
        row = GrantApplication.objects.select_for_update(of=("self",)).get(pk=application.pk)
        if row.status != ApplicationStatus.QUALIFIED or held_on > timezone.localdate(now):
            raise refusals.ReviewNotRunning
        defence = DefenceRecord(
            application=row,
            held_on=held_on,
            place=place.strip(),
            presenters=presenters,
            record=record.strip(),
            recorded_at=now,
            recorded_by=by,
        )
        defence.full_clean(validate_unique=False)
        try:
            with transaction.atomic():
                defence.save(force_insert=True)
        except IntegrityError as error:
            raise refusals.DefenceKnown from error
        audit.record(by=by, verb="projects.grant_application.defended", row=row, now=now, after={"held_on": held_on})
    return defence


def submit_score(
    *, by: User, now: dt.datetime, sheet: ScoreSheet, marks: Mapping[str, Any], comment: str = ""
) -> ScoreSheet:
    """Submit one's score alone; it is fixed from then on and read by nobody else before all are settled.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        ReviewNotRunning: the round is not in review.
        DefenceMissing: the applicant has yet to present the project.
        ExpertTied: a tie has come up since the sheet was assigned.
        MarksUnfit, PersonalNumbersFound.
    """
    lifecycle.require(sheet, "hand_in", by=by)
    refuse_personal_numbers(comment=comment)
    with transaction.atomic():
        round_ = _locked(sheet.application.round)
        kept, total = kept_marks(round_.table, marks)
        row = _locked_sheet(sheet)
        if row.status == SheetStatus.OPEN:
            _in_review(round_)
            if row.application.status != ApplicationStatus.QUALIFIED:
                raise refusals.ReviewNotRunning
            if round_.has_defence and not DefenceRecord.objects.filter(application=row.application_id).exists():
                raise refusals.DefenceMissing
            tied = conflicts(round_, [row.application_id], [by.pk], timezone.localdate(now))
            if kinds := tied[row.application_id][by.pk]:
                raise refusals.ExpertTied(
                    expert=str(by),
                    application=row.application.number,
                    reasons="; ".join(str(TIES[kind]) for kind in kinds),
                )
        changes = {"marks": kept, "total": total, "comment": comment.strip()[:LONGEST_COMMENT]}
        return lifecycle.move(row, "hand_in", by=by, now=now, changes=changes)


def _locked_sheet(sheet: ScoreSheet) -> ScoreSheet:
    rows = ScoreSheet.objects.select_for_update(of=("self",))
    return rows.select_related("application__round__division").get(pk=sheet.pk)


def recuse(*, by: User, now: dt.datetime, sheet: ScoreSheet, reason: str) -> ScoreSheet:
    """Withdraw from an application for a tie, or withdraw an expert for one, before the score is in.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(sheet, "recuse", by=by, now=now, reason=reason)


# --- Settling


def settle_scores(*, by: User, now: dt.datetime, round_: GrantRound) -> GrantRound:
    """Compute every score and rank at once when all are in; from then on they can be read, by class and rank.

    A pure function of the sheets: the mean without the extremes that the round leaves out, ranks by exact fractions.

    Raises:
        NotAllowed: not of the place.
        ReviewNotRunning: not in review, or settled.
        ScoresMissing: an application waits for a score.
    """
    require(by, "projects.settle_grant_scores", round_)
    with transaction.atomic():
        row = _in_review(_locked(round_))
        rows = row.applications.select_for_update(of=("self",)).filter(status=ApplicationStatus.QUALIFIED)
        waiting = list(rows.select_related("round__division").order_by("pk"))
        totals, missing = _totals(row, waiting)
        if missing:
            raise refusals.ScoresMissing(count=len(missing), application=missing[0].number)
        row.settled_at = now
        row.save(update_fields=["settled_at"])
        means = {key: trimmed_mean(found, trim=row.trim, least=row.least_experts) for key, found in totals.items()}
        _write_scores(waiting, totals, means)
        lifecycle.move_all(waiting, "score", by=by, now=now)
        after = {"applications": len(waiting)}
        audit.record(by=by, verb="projects.grant_round.scores_settled", row=row, now=now, after=after)
    return row


def _totals(
    row: GrantRound, waiting: Iterable[GrantApplication]
) -> tuple[dict[int, list[int]], list[GrantApplication]]:
    """Return the points in all by application, and the applications that lack any."""
    totals: dict[int, list[int]] = {one.pk: [] for one in waiting}
    open_: set[int] = set()
    sheets = ScoreSheet.objects.filter(application__in=totals).exclude(status=SheetStatus.RECUSED)
    for application, status, total in sheets.order_by().values_list("application", "status", "total"):
        if status == SheetStatus.OPEN:
            open_.add(application)
        elif total is not None:
            totals[application].append(total)
    missing = [one for one in waiting if one.pk in open_ or len(totals[one.pk]) < row.least_experts]
    return totals, missing


def _write_scores(rows: list[GrantApplication], totals: Mapping[int, list[int]], means: Mapping[int, Fraction]) -> None:
    by_lane: dict[str, dict[int, Fraction]] = {}
    for one in rows:
        by_lane.setdefault(one.lane, {})[one.pk] = means[one.pk]
    places = {key: rank for lane in by_lane.values() for key, rank in ranks(lane).items()}
    for one in rows:
        one.score, one.counted = written(means[one.pk]), len(totals[one.pk])
        one.rank, one.granted = places[one.pk], one.asked
    GrantApplication.objects.bulk_update(rows, ["score", "counted", "rank", "granted"], batch_size=500)
