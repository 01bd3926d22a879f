"""Applying for a stay, scoring, admitting, planning, reviewing, leaving."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import months_later
from governance.errors import Conflict, Invalid, NotNow
from socialorgs.incubation.lifecycle import StayStatus
from socialorgs.incubation.models import (
    SHELL_VALUES,
    UNDER_WAY,
    ApplicantKind,
    CapacityItem,
    IncubationStay,
    Incubator,
    IncubatorPlace,
    StayReview,
    StayScore,
)
from socialorgs.incubation.policy import (
    ENTRY_SCORE,
    EXIT_SCORE,
    LEAST_PROJECTS,
    MOST_MONTHS,
    MOST_POINTS,
    REVIEW_MONTHS,
    USUAL_MONTHS,
    Criterion,
    Phase,
)
from socialorgs.incubation.shells import in_a_shell, locked
from socialorgs.register.lifecycle import OrganizationStatus
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User


class IncubatorClosed(NotNow):
    """A closed incubator takes nobody in."""

    code = "incubator_closed"
    message = _("“%(incubator)s” is not open on %(day)s.")


class PlaceTaken(Conflict):
    """A place holds one stay at a time: the incubator is full, or this place is."""

    code = "incubator_place_taken"
    message = _("“%(label)s” is taken or cannot be given. Choose a free place.")


class StayUnderWay(Conflict):
    """An organization is incubated in one place at a time."""

    code = "incubation_under_way"
    message = _("“%(organization)s” has applied already, or is in an incubator.")


class ApplicantUnfit(Invalid):
    """An organization applies by those who act for it, others by themselves."""

    code = "incubation_applicant_unfit"
    message = _("Name an organization for which you act, or apply as a group or a single founder.")


class PointsUnfit(Invalid):
    """Every criterion has its points, none more than its most."""

    code = "incubation_points_unfit"
    message = _("Give points for every criterion: %(criterion)s from 0 to %(most)s.")


class ScoreTooLow(NotNow):
    """The score is below what the rules ask."""

    code = "incubation_score_too_low"
    message = _("The score is %(score)s; at least %(least)s are needed.")


class ExitUnfit(NotNow):
    """Something is still missing before a body leaves with success."""

    code = "incubation_exit_unfit"
    message = _("It cannot leave with success yet: %(missing)s")


class StayTooLong(Invalid):
    """No stay is longer than the rules allow."""

    code = "incubation_too_long"
    message = _("A stay lasts at most %(most)s months; this one would end on %(day)s at the latest.")


class ItemUnfit(Invalid):
    """An item of the plan lies within the stay, and is done with something that shows it."""

    code = "capacity_item_unfit"
    message = _("The day lies between %(first)s and %(last)s, and what is done is shown by something.")


class ReviewKnown(Conflict):
    """One review a day."""

    code = "incubation_review_known"
    message = _("A review of %(day)s has been entered already.")


# --- Coming in -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Wish:
    """What an applicant says."""

    kind: str
    name: str
    idea: str
    organization: SocialOrganization | None = None


@transaction.atomic
def apply_for_stay(*, by: User, now: dt.datetime, incubator: Incubator, wish: Wish) -> IncubationStay:
    """Apply for a stay: an organization by its managers, a group or a single founder by themselves.

    Raises:
        NotAllowed: not signed in.
        IncubatorClosed, ApplicantUnfit, StayUnderWay, PersonalNumbersFound.
        OrganizationHindered: the organization may take part in nothing.
    """
    require(by, "socialorgs.apply_for_incubation", None)
    today = timezone.localdate(now)
    incubator = Incubator.objects.select_for_update(of=("self",), no_key=True).get(pk=incubator.pk)
    if incubator.opened_on > today or incubator.closed_on is not None:
        raise IncubatorClosed(incubator=incubator.name, day=today)
    organization = wish.organization
    is_organization = wish.kind == ApplicantKind.ORGANIZATION
    acts = organization is not None and by.has_perm("socialorgs.act_for_organization", organization)
    if wish.kind not in ApplicantKind.values or is_organization is not (organization is not None):
        raise ApplicantUnfit(field="organization")
    if is_organization and not acts:
        raise ApplicantUnfit(field="organization")
    refuse_personal_numbers(name=wish.name, idea=wish.idea)
    if organization is not None:
        require_good_standing(organization, today)
    row = IncubationStay(
        incubator=incubator,
        kind=wish.kind,
        name=organization.name if organization is not None else wish.name.strip(),
        organization=organization,
        idea=wish.idea.strip(),
        applied_at=now,
        applied_by=by,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    if organization is not None and organization.stays.filter(status__in=UNDER_WAY).exists():
        raise StayUnderWay(field="organization", organization=organization.name)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise StayUnderWay(field="organization", organization=row.name) from error
    audit.record(by=by, verb="socialorgs.incubation.applied", row=row, now=now, after={"kind": row.kind})
    return row


def _score(stay: IncubationStay, phase: str, points: Mapping[str, int]) -> int:
    """Keep the points of a phase and return their sum."""
    most = MOST_POINTS[phase]
    for criterion, limit in most.items():
        if not 0 <= points.get(criterion, -1) <= limit:
            raise PointsUnfit(field=criterion.lower(), criterion=Criterion(criterion).label, most=limit)
    StayScore.objects.bulk_create(
        StayScore(stay=stay, phase=phase, round=stay.extensions, criterion=key, points=points[key], most=limit)
        for key, limit in most.items()
    )
    return sum(points[key] for key in most)


def propose_stay(*, by: User, now: dt.datetime, stay: IncubationStay, points: Mapping[str, int]) -> IncubationStay:
    """Score an application and propose it to the district, however high the score is.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        PointsUnfit: a criterion without points, or with too many.
    """
    lifecycle.require(stay, "propose", by=by)
    with transaction.atomic():
        fresh = locked(stay)
        total = _score(fresh, Phase.ENTRY, points) if fresh.status == StayStatus.APPLIED else 0
        return lifecycle.move(fresh, "propose", by=by, now=now, changes={"entry_score": total})


def admit_stay(*, by: User, now: dt.datetime, stay: IncubationStay, place: IncubatorPlace) -> IncubationStay:
    """Admit a proposed body into the shell and give it a place for the usual time.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ScoreTooLow: below what the rules of the place ask.
        PlaceTaken: the place is another incubator's, closed, or taken; so nobody comes in where there is no room.
        OrganizationHindered: the organization may take part in nothing.
    """
    lifecycle.require(stay, "admit", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        fresh = locked(stay)
        rules = (ENTRY_SCORE, USUAL_MONTHS, MOST_MONTHS, REVIEW_MONTHS)
        least, usual, longest, between = (value(parameter, fresh.division, today) for parameter in rules)
        if fresh.status == StayStatus.PROPOSED and (fresh.entry_score or 0) < least:
            raise ScoreTooLow(score=fresh.entry_score, least=least)
        if fresh.organization is not None:
            require_good_standing(fresh.organization, today)
        room = IncubatorPlace.objects.select_for_update().get(pk=place.pk)
        is_taken = room.stays.filter(status__in=SHELL_VALUES).exists()
        if room.incubator_id != fresh.incubator_id or not room.is_open or is_taken:
            raise PlaceTaken(field="place", label=room.label)
        changes = {
            "place": room,
            "admitted_on": today,
            "due_on": months_later(today, min(usual, longest)),
            "longest_months": longest,
            "review_due_on": months_later(today, between),
        }
        return lifecycle.move(fresh, "admit", by=by, now=now, changes=changes, payload={"place": room.label})


# --- In the shell ----------------------------------------------------------------------------------------------------


def plan_item(*, by: User, now: dt.datetime, stay: IncubationStay, title: str, due_on: dt.date) -> CapacityItem:
    """Plan one thing that the body is to learn or set up by a day of its stay.

    Raises:
        NotAllowed: not of who runs the incubator.
        NotInAShell, ItemUnfit.
    """
    with transaction.atomic():
        fresh = in_a_shell(stay)
        require(by, "socialorgs.operate_incubation", fresh)
        first, last = fresh.admitted_on, fresh.due_on
        if first is None or last is None or not first <= due_on <= last:
            raise ItemUnfit(field="due_on", first=first, last=last)
        row = CapacityItem(stay=fresh, title=title.strip(), due_on=due_on)
        row.full_clean()
        row.save()
        after = {"title": row.title, "due_on": due_on}
        audit.record(by=by, verb="socialorgs.incubation.planned", row=fresh, now=now, after=after)
        return row


def finish_item(*, by: User, now: dt.datetime, item: CapacityItem, evidence: str) -> CapacityItem:
    """Enter that something of the plan is done, and what shows it.

    Raises:
        NotAllowed: not of who runs the incubator.
        NotInAShell; ItemUnfit: it was done before, or nothing shows it.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        fresh = in_a_shell(item.stay)
        require(by, "socialorgs.operate_incubation", fresh)
        row = CapacityItem.objects.select_for_update().get(pk=item.pk)
        if row.done_on is not None or not evidence.strip():
            raise ItemUnfit(field="evidence", first=fresh.admitted_on, last=today)
        row.done_on, row.evidence = today, evidence.strip()
        row.save(update_fields=["done_on", "evidence"])
        after = {"title": row.title, "done_on": today}
        audit.record(by=by, verb="socialorgs.incubation.item_done", row=fresh, now=now, after=after)
        return row


def review_stay(
    *, by: User, now: dt.datetime, stay: IncubationStay, held_on: dt.date, verdict: str, findings: str
) -> StayReview:
    """Enter how a stay goes; from the latest review on counts when the next one is due.

    Raises:
        NotAllowed: not of who runs the incubator.
        NotInAShell, ItemUnfit: a day outside the stay or in the future; ReviewKnown, PersonalNumbersFound.
    """
    today = timezone.localdate(now)
    refuse_personal_numbers(findings=findings)
    with transaction.atomic():
        fresh = in_a_shell(stay)
        require(by, "socialorgs.operate_incubation", fresh)
        if fresh.admitted_on is None or not fresh.admitted_on <= held_on <= today:
            raise ItemUnfit(field="held_on", first=fresh.admitted_on, last=today)
        if fresh.reviews.filter(held_on=held_on).exists():
            raise ReviewKnown(field="held_on", day=held_on)
        row = StayReview(
            stay=fresh,
            held_on=held_on,
            verdict=verdict,
            findings=findings.strip(),
            reviewed_at=now,
            reviewed_by=by,
        )
        row.full_clean()
        row.save()
        next_on = months_later(held_on, value(REVIEW_MONTHS, fresh.division, held_on))
        fresh.review_due_on = max(next_on, fresh.review_due_on or next_on)
        fresh.save(update_fields=["review_due_on"])
        after = {"held_on": held_on, "verdict": verdict}
        audit.record(by=by, verb="socialorgs.incubation.reviewed", row=fresh, now=now, after=after)
        return row


# --- Leaving ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Exit:
    """What the operator found when a body is to leave."""

    points: Mapping[str, int]
    projects_done: int
    has_finances: bool
    has_party_work: bool


def begin_exit(*, by: User, now: dt.datetime, stay: IncubationStay, found: Exit) -> IncubationStay:
    """Score a body for leaving; the district then lets it leave, extends its stay or removes it.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        PointsUnfit: a criterion without points, or with too many.
    """
    lifecycle.require(stay, "begin_exit", by=by)
    with transaction.atomic():
        fresh = locked(stay)
        total = _score(fresh, Phase.EXIT, found.points) if fresh.status == StayStatus.NURTURING else 0
        changes = {
            "exit_score": total,
            "projects_done": found.projects_done,
            "has_finances": found.has_finances,
            "has_party_work": found.has_party_work,
        }
        return lifecycle.move(fresh, "begin_exit", by=by, now=now, changes=changes)


def graduate_stay(
    *, by: User, now: dt.datetime, stay: IncubationStay, organization: SocialOrganization | None = None
) -> IncubationStay:
    """Let a body leave with success: it is an active organization of the register, registered or filed.

    A group or founder names the organization that it has become; one that was filed from here is known.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ScoreTooLow: below what the rules of the place ask.
        ExitUnfit: no organization, no project, no accounts or no party work; all that is missing is named.
    """
    lifecycle.require(stay, "graduate", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        fresh = locked(stay)
        became = fresh.organization or organization or (fresh.filing.organization if fresh.filing else None)
        if fresh.status == StayStatus.EXITING:
            least = value(EXIT_SCORE, fresh.division, today)
            if (fresh.exit_score or 0) < least:
                raise ScoreTooLow(score=fresh.exit_score, least=least)
            if missing := _missing(fresh, became, today):
                raise ExitUnfit(field="organization", missing="; ".join(map(str, missing)))
        payload = {"organization": became.pk if became else None}
        return lifecycle.move(fresh, "graduate", by=by, now=now, changes={"organization": became}, payload=payload)


def _missing(stay: IncubationStay, organization: SocialOrganization | None, today: dt.date) -> list[object]:
    """Return what a body still lacks before it leaves with success."""
    is_registered = organization is not None and organization.status == OrganizationStatus.ACTIVE
    projects = value(LEAST_PROJECTS, stay.division, today)
    return [
        *([] if is_registered else [_("it is neither registered nor filed")]),
        *([] if (stay.projects_done or 0) >= projects else [_("it has finished too few projects")]),
        *([] if stay.has_finances else [_("its accounts are not kept")]),
        *([] if stay.has_party_work else [_("party work is not covered")]),
    ]


def extend_stay(*, by: User, now: dt.datetime, stay: IncubationStay, due_on: dt.date, reason: str) -> IncubationStay:
    """Keep a body longer, within what the rules allowed when it came in; it is warmed again.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
        StayTooLong: the new end is no later, or beyond the most.
    """
    lifecycle.require(stay, "extend", by=by)
    with transaction.atomic():
        fresh = locked(stay)
        if fresh.admitted_on and fresh.due_on and fresh.longest_months:
            last = months_later(fresh.admitted_on, fresh.longest_months)
            if not fresh.due_on < due_on <= last:
                raise StayTooLong(field="due_on", most=fresh.longest_months, day=last)
        changes = {"due_on": due_on, "extensions": fresh.extensions + 1, "nurtured_at": now}
        return lifecycle.move(fresh, "extend", by=by, now=now, reason=reason, changes=changes)


def end_stay(*, by: User, now: dt.datetime, stay: IncubationStay, move: str, reason: str) -> IncubationStay:
    """Remove a body from the incubator, or refuse its application (`move`: remove, refuse).

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(stay, move, by=by, now=now, reason=reason, changes={"remark": reason.strip()})
