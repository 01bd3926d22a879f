"""Motions at a meeting: put, voted on by name or counted from paper, judged once by the decision rule."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone

from communities.notices import operations as notices
from communities.notices.models import Visibility
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import binding_rule, value
from consultation.meetings import queries, refusals
from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import AgendaItem, Meeting
from consultation.meetings.parts import locked, said
from consultation.meetings.policy import (
    COSTLY_ABOVE,
    COSTLY_RULE,
    LONGEST_TEXT,
    ORDINARY_RULE,
    Capacity,
    Method,
    Side,
)
from consultation.meetings.record import CountSheet, MeetingVote, Resolution
from governance.audit import operations as audit
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from communities.policy.models import DecisionRule
    from governance.accounts.models import User

SHEETS = "consultation.enter_count_sheet"


def put_motion(
    *,
    by: User,
    now: dt.datetime,
    item: AgendaItem,
    text: str,
    method: str = Method.NAMED,
    cost_estimate: Decimal | str = "0",
) -> Resolution:
    """Put a motion on an item to the vote; what costs much is judged by the council's rule for costly matters.

    Raises:
        NotAllowed: `by` does not work in the place.
        NotHeld, NothingToResolve, NotAnnounced, VoteIsSecret, TextMissing, PersonalNumbersFound.
    """
    with transaction.atomic():
        row = locked(by, item.meeting)
        if row.status != MeetingStatus.OPEN:
            raise refusals.NotHeld
        if row.rule is None:
            raise refusals.NothingToResolve
        fresh = row.items.get(pk=item.pk)
        if row.announced_only and not fresh.is_announced:
            raise refusals.NotAnnounced(field="item")
        cost = Decimal(cost_estimate)
        rule = _rule_for(row, row.rule, cost)
        if rule.is_secret and method == Method.NAMED:
            raise refusals.VoteIsSecret(field="method", rule=rule.name)
        motion = Resolution(
            item=fresh,
            division=row.division,
            number=f"{row.number}-{queries.motions_of(row).count() + 1:02d}",
            text=said(text, "text", LONGEST_TEXT),
            method=method,
            rule=rule,
            cost_estimate=cost,
            put_at=now,
            put_by=by,
        )
        motion.full_clean()
        motion.save()
        after = {"item": fresh.number, "method": method, "rule": rule.key, "cost_estimate": cost}
        audit.record(by=by, verb="consultation.resolution.put", row=motion, now=now, after=after)
    return motion


def _rule_for(row: Meeting, rule: DecisionRule, cost: Decimal) -> DecisionRule:
    day = timezone.localdate(row.held_at)
    if rule.key == ORDINARY_RULE and cost > value(COSTLY_ABOVE, row.division, day):
        return binding_rule(COSTLY_RULE, day)
    return rule


def _motion(by: User, resolution: Resolution, permission: str) -> tuple[Meeting, Resolution]:
    """Lock a motion that is being voted on, and its meeting."""
    row = locked(by, Meeting.objects.get(items__resolutions=resolution.pk), permission)
    motion = Resolution.objects.select_for_update(of=("self",)).select_related("item", "rule").get(pk=resolution.pk)
    if row.status != MeetingStatus.OPEN:
        raise refusals.NotHeld
    if motion.judged_at is not None:
        raise refusals.MotionJudged
    return row, motion


def record_votes(
    *, by: User, now: dt.datetime, resolution: Resolution, votes: Mapping[int, tuple[str, str]]
) -> Resolution:
    """Record how those present stand to a motion, by name; recording again replaces what was recorded before.

    Who is left out was there and handed in no vote. Who has an interest withdraws and says why.

    Raises:
        NotAllowed, NotHeld, MotionJudged.
        NotThere, SideUnknown, WithdrawalWithoutReason, PersonalNumbersFound.
    Basis: votes of councils are recorded by name in their minutes; Organic Law of Villagers' Committees.
    """
    with transaction.atomic():
        row, motion = _motion(by, resolution, "consultation.manage_meeting")
        if motion.method != Method.NAMED:
            raise refusals.VoteIsSecret(field="method", rule=motion.rule.name)
        there = {
            one.pk: one.name
            for one in row.attendances.filter(capacity=Capacity.MEMBER, signed_in_at__isnull=False).order_by("pk")
        }
        if not set(votes) <= set(there):
            raise refusals.NotThere(field="votes")
        rows = []
        for key, (side, reason) in votes.items():
            if side not in Side.values:
                raise refusals.SideUnknown(field="votes", text=side)
            if side == Side.RECUSED and not reason.strip():
                raise refusals.WithdrawalWithoutReason(field="votes", name=there[key])
            refuse_personal_numbers(votes=reason)
            rows.append(
                MeetingVote(
                    resolution=motion,
                    attendance_id=key,
                    side=side,
                    reason=reason.strip()[:200] if side == Side.RECUSED else "",
                    recorded_at=now,
                    recorded_by=by,
                )
            )
        motion.votes.all().delete()
        MeetingVote.objects.bulk_create(rows)
        after = {"votes": len(rows)}
        audit.record(by=by, verb="consultation.resolution.votes_recorded", row=motion, now=now, after=after)
    return motion


@dataclass(frozen=True, slots=True)
class Figures:
    """What is read from a sheet."""

    present: int
    affected: int = 0
    in_favor: int = 0
    against: int = 0
    abstained: int = 0
    withdrawn: int = 0

    @property
    def is_possible(self) -> bool:
        """Whether the figures fit together."""
        votes = self.in_favor + self.against + self.abstained + self.withdrawn
        return min(asdict(self).values()) >= 0 and votes <= self.present and self.affected <= self.present


def enter_sheet(
    *,
    by: User,
    now: dt.datetime,
    meeting: Meeting,
    figures: Figures,
    photo: tuple[str, bytes],
    resolution: Resolution | None = None,
) -> CountSheet:
    """Enter the figures of a sheet of paper with its photo: who was there, or how a motion was voted on.

    Raises:
        NotAllowed, NotHeld, MotionJudged, SheetExists, SheetImpossible.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the photo may not be stored.
    """
    with transaction.atomic():
        row = locked(by, meeting, SHEETS)
        if row.status != MeetingStatus.OPEN:
            raise refusals.NotHeld
        if resolution is not None:
            _row, motion = _motion(by, resolution, SHEETS)
            if motion.method != Method.COUNTED or motion.item.meeting_id != row.pk:
                raise refusals.SheetImpossible(field="resolution")
        if not figures.is_possible or figures.present > (row.entitled or 0):
            raise refusals.SheetImpossible(field="present")
        if CountSheet.objects.filter(meeting=row, resolution=resolution).exists():
            raise refusals.SheetExists
        name, content = photo
        stored = notices.store_attachment(
            by=by, now=now, division=row.division, name=name, content=content, visibility=Visibility.SEALED
        )
        sheet = CountSheet(
            meeting=row, resolution=resolution, photo=stored, entered_at=now, entered_by=by, **asdict(figures)
        )
        try:
            with transaction.atomic():
                sheet.save()
        except IntegrityError as error:
            raise refusals.SheetExists from error
        audit.record(by=by, verb="consultation.count_sheet.entered", row=sheet, now=now)
    return sheet


def check_sheet(*, by: User, now: dt.datetime, sheet: CountSheet, figures: Figures) -> CountSheet:
    """Read a sheet a second time; only the same figures count.

    Raises:
        NotAllowed: `by` may not, or has entered it.
        NotHeld, SheetDisagrees, SheetExists (checked already).
    """
    with transaction.atomic():
        row = locked(by, sheet.meeting, SHEETS)
        fresh = CountSheet.objects.select_for_update().get(pk=sheet.pk)
        if by.pk == fresh.entered_by_id:
            raise NotAllowed
        if row.status != MeetingStatus.OPEN:
            raise refusals.NotHeld
        if fresh.checked_at is not None:
            raise refusals.SheetExists
        if any(getattr(fresh, name) != figure for name, figure in asdict(figures).items()):
            raise refusals.SheetDisagrees(field="present")
        fresh.checked_at, fresh.checked_by = now, by
        fresh.save(update_fields=["checked_at", "checked_by"])
        audit.record(by=by, verb="consultation.count_sheet.checked", row=fresh, now=now)
    return fresh


def discard_sheet(*, by: User, now: dt.datetime, sheet: CountSheet) -> None:
    """Discard figures that were entered wrongly and not checked yet; the sheet is entered anew.

    Raises:
        NotAllowed, NotHeld, SheetExists (checked already).
    """
    with transaction.atomic():
        row = locked(by, sheet.meeting, SHEETS)
        fresh = CountSheet.objects.select_for_update().get(pk=sheet.pk)
        if row.status != MeetingStatus.OPEN:
            raise refusals.NotHeld
        if fresh.checked_at is not None:
            raise refusals.SheetExists
        audit.record(by=by, verb="consultation.count_sheet.discarded", row=fresh, now=now)
        fresh.delete()


def judge_motion(*, by: User, now: dt.datetime, resolution: Resolution) -> Resolution:
    """Close the vote on a motion and judge it once, by its rule; who withdraws counts for the quorum only.

    Raises:
        NotAllowed, NotHeld, MotionJudged, SheetMissing, MoreThanEntitled.
    Basis: Organic Laws of Urban Residents' and of Villagers' Committees; Civil Code art. 1259.
    """
    with transaction.atomic():
        row, motion = _motion(by, resolution, "consultation.manage_meeting")
        there = queries.present_at(row)
        figures = _figures(row, motion)
        entitled = row.entitled or 0
        if figures["present"] > entitled:
            raise refusals.MoreThanEntitled(present=figures["present"], entitled=entitled)
        verdict = queries.verdict_on(row, motion.rule.terms, {"entitled": entitled, **figures}, there)
        for name, figure in figures.items():
            setattr(motion, name, figure)
        motion.entitled = entitled
        motion.has_quorum, motion.is_passed, motion.reason = verdict.has_quorum, verdict.is_passed, verdict.reason
        motion.judged_at, motion.judged_by = now, by
        motion.save()
        after = {"quorum": verdict.has_quorum, "passed": verdict.is_passed, **figures}
        audit.record(by=by, verb="consultation.resolution.judged", row=motion, now=now, after=after)
    return motion


def _figures(row: Meeting, motion: Resolution) -> dict[str, int]:
    """Return what was recorded of a vote."""
    if motion.method == Method.COUNTED:
        sheet = CountSheet.objects.filter(resolution=motion, checked_at__isnull=False).first()
        if sheet is None:
            raise refusals.SheetMissing
        names = ("present", "withdrawn", "in_favor", "against", "abstained")
        return {name: getattr(sheet, name) for name in names}
    sides = list(motion.votes.values_list("side", flat=True))
    signed = row.attendances.filter(capacity=Capacity.MEMBER, signed_in_at__isnull=False).count()
    return {
        "present": signed,
        "withdrawn": sides.count(Side.RECUSED),
        "in_favor": sides.count(Side.FOR),
        "against": sides.count(Side.AGAINST),
        "abstained": sides.count(Side.ABSTAIN),
    }
