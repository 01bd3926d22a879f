"""Setting up bodies, filling and ending seats."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body, BodyKind, BodyMembership, Seat
from communities.bodies.policy import TERM_YEARS
from communities.bodies.queries import SIZES, size_of
from communities.policy.models import DecisionRule
from communities.policy.queries import value
from governance.accounts.masking import mask_name
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User


class BodyNotYours(NotAllowed):
    """Bodies are kept by those who work in the place."""

    code = "body_not_yours"
    message = _("You may not change the bodies of this place.")


class DecisionRuleUnknown(Invalid):
    """A body decides by a rule that exists."""

    code = "decision_rule_unknown"
    message = _("There is no decision rule “%(key)s”.")


class TermTooLong(Invalid):
    """A committee sits for the term that the law sets."""

    code = "term_too_long"
    message = _("The term of this body is %(years)s years at most.")


class SeatOutsideTerm(Invalid):
    """A seat is held within the term of its body."""

    code = "seat_outside_term"
    message = _("A seat in “%(body)s” is held from %(since)s at the earliest and within its term.")


class BodyFull(NotNow):
    """The law sets a largest number of members."""

    code = "body_full"
    message = _("“%(body)s” already has %(count)s members; more are not allowed.")


class ChairTaken(Conflict):
    """A body has one chair."""

    code = "chair_taken"
    message = _("“%(body)s” already has a chair.")


class SupervisorDoesNotChair(Invalid):
    """Who watches does not lead."""

    code = "supervisor_does_not_chair"
    message = _("A supervisor watches the body and cannot chair it.")


class SeatAlreadyHeld(Conflict):
    """One person has one seat in a body."""

    code = "seat_already_held"
    message = _("This person already has a seat in “%(body)s”.")


class MemberAndSupervisor(Conflict):
    """Nobody both votes and supervises."""

    code = "member_and_supervisor"
    message = _("%(name)s has a seat in this committee at that time. Nobody is both member and supervisor.")


class SeatFilledAtItsFund(NotNow):
    """Who sits in the committee of a fund is asked about there."""

    code = "seat_filled_at_its_fund"
    message = _(
        "“%(body)s” is the committee of a fund. Fill its seats at the fund, where the organizations behind them are asked about."
    )


class SeatEnded(NotNow):
    """The seat has an end."""

    code = "seat_ended"
    message = _("This seat was already ended on %(on)s.")


def create_body(
    *,
    by: User,
    now: dt.datetime,
    kind: str,
    name: str,
    division: Division,
    term_from: dt.date,
    term_to: dt.date | None = None,
    term_number: int = 1,
    rule_key: str = "",
) -> Body:
    """Set up a body for a term.

    Raises:
        BodyNotYours: `by` does not work in the place.
        DecisionRuleUnknown: its decision rule does not exist.
        TermTooLong: a committee would sit longer than the law allows.
    """
    if not (by.is_system or by.has_perm("communities.edit_body", division)):
        raise BodyNotYours
    if rule_key and not DecisionRule.objects.filter(key=rule_key).exists():
        raise DecisionRuleUnknown(field="rule_key", key=rule_key)
    body = Body(
        kind=kind,
        name=name,
        division=division,
        term_from=term_from,
        term_to=term_to,
        term_number=term_number,
        rule_key=rule_key,
    )
    with transaction.atomic():
        body.full_clean()
        _check_term(body)
        body.save()
        audit.record(
            by=by,
            verb="communities.body.created",
            row=body,
            now=now,
            after={"kind": kind, "term_from": term_from, "term_to": term_to, "rule_key": rule_key},
        )
        outbox.emit(by=by, topic="communities.body.created", row=body, now=now, payload={"kind": kind})
    return body


def _check_term(body: Body) -> None:
    if body.kind not in SIZES or body.term_to is None:
        return
    years = value(TERM_YEARS, body.division, body.term_from)
    last = body.term_from.year + years, body.term_from.month, body.term_from.day
    if (body.term_to.year, body.term_to.month, body.term_to.day) > last:
        raise TermTooLong(field="term_to", years=years)


def add_member(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    name: str,
    seat: str,
    valid_from: dt.date,
    user: User | None = None,
    is_chair: bool = False,
    valid_to: dt.date | None = None,
    is_woman: bool | None = None,
) -> BodyMembership:
    """Fill a seat from a day on, in any body but the committee of a fund.

    Raises:
        SeatFilledAtItsFund: it is the committee of a fund (`funds.charity.seating`).
        BodyNotYours: `by` does not work in the place.
        SeatOutsideTerm, BodyFull, SupervisorDoesNotChair: the seat cannot be filled so.
        ChairTaken, SeatAlreadyHeld: the chair, or a seat by the same person, is held already.
    """
    if body.kind == BodyKind.FUND_COMMITTEE:
        raise SeatFilledAtItsFund(body=body)
    return seat_member(
        by=by,
        now=now,
        body=body,
        name=name,
        seat=seat,
        valid_from=valid_from,
        user=user,
        is_chair=is_chair,
        valid_to=valid_to,
        is_woman=is_woman,
    )


def seat_member(
    *,
    by: User,
    now: dt.datetime,
    body: Body,
    name: str,
    seat: str,
    valid_from: dt.date,
    user: User | None = None,
    is_chair: bool = False,
    valid_to: dt.date | None = None,
    is_woman: bool | None = None,
) -> BodyMembership:
    """Fill a seat from a day on, for a room that has asked what its own rules want of who sits there.

    Raises:
        BodyNotYours: `by` does not work in the place.
        SeatOutsideTerm, BodyFull, SupervisorDoesNotChair: the seat cannot be filled so.
        ChairTaken, SeatAlreadyHeld: the chair, or a seat by the same person, is held already.
        MemberAndSupervisor: the person holds a seat of the other kind in this committee of a fund.
    """
    with transaction.atomic():
        # Locked, so that two seats filled at once are counted one after the other.
        locked = Body.objects.select_for_update(of=("self",)).select_related("division").get(pk=body.pk)
        if not (by.is_system or by.has_perm("communities.edit_body", locked)):
            raise BodyNotYours
        member = BodyMembership(
            body=locked,
            user=user,
            name=name,
            seat=seat,
            is_chair=is_chair,
            is_woman=is_woman,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        _check_seat(member)
        _save_seat(member)
        audit.record(
            by=by,
            verb="communities.body.member_added",
            row=locked,
            now=now,
            after={"name": mask_name(name), "seat": seat, "is_chair": is_chair, "valid_from": valid_from},
        )
        outbox.emit(by=by, topic="communities.body.member_added", row=locked, now=now, payload={"member": member.pk})
        return member


def _check_seat(member: BodyMembership) -> None:
    body = member.body
    starts_late = body.term_to is not None and member.valid_from >= body.term_to
    if member.valid_from < body.term_from or starts_late:
        raise SeatOutsideTerm(field="valid_from", body=body, since=body.term_from)
    if member.seat == Seat.SUPERVISOR:
        if member.is_chair:
            raise SupervisorDoesNotChair(field="is_chair")
        return
    if body.kind in {BodyKind.RESIDENTS_COMMITTEE, BodyKind.VILLAGERS_COMMITTEE}:
        size = size_of(body, member.valid_from)
        count = body.voting_members(member.valid_from).count()
        if size and count >= size[1]:
            raise BodyFull(body=body, count=count)


def _save_seat(member: BodyMembership) -> None:
    member.full_clean(validate_constraints=False)
    if member.valid_to is not None and member.valid_to <= member.valid_from:
        raise SeatOutsideTerm(field="valid_to", body=member.body, since=member.body.term_from)
    try:
        with transaction.atomic():
            member.save()
    except IntegrityError as error:
        if "bodymembership_one_chair" in str(error):
            raise ChairTaken(field="is_chair", body=member.body) from error
        if "bodymembership_one_seat_each" in str(error):
            raise SeatAlreadyHeld(field="user", body=member.body) from error
        if "bodymembership_member_or_supervisor" in str(error):
            raise MemberAndSupervisor(field="name", name=member.name) from error
        raise


def end_membership(
    *, by: User, now: dt.datetime, membership: BodyMembership, on: dt.date, reason: str
) -> BodyMembership:
    """End a seat: its vote counts until the day before `on`.

    Raises:
        BodyNotYours: `by` does not work in the place.
        ReasonMissing: no reason is given.
        SeatEnded: an end is set already that comes no later.
        SeatOutsideTerm: the end lies on or before the first day.
    """
    with transaction.atomic():
        rows = BodyMembership.objects.select_for_update(of=("self",)).select_related("body__division")
        row = rows.get(pk=membership.pk)
        if not (by.is_system or by.has_perm("communities.edit_body", row)):
            raise BodyNotYours
        if not reason.strip():
            raise ReasonMissing(field="reason")
        if row.valid_to is not None and row.valid_to <= on:
            raise SeatEnded(on=row.valid_to)
        if on <= row.valid_from:
            raise SeatOutsideTerm(field="on", body=row.body, since=row.valid_from + dt.timedelta(days=1))
        before = row.valid_to
        row.valid_to = on
        row.save(update_fields=["valid_to"])
        audit.record(
            by=by,
            verb="communities.body.member_ended",
            row=row.body,
            now=now,
            before={"valid_to": before},
            after={"name": mask_name(row.name), "valid_to": on},
            reason=reason,
        )
        outbox.emit(by=by, topic="communities.body.member_ended", row=row.body, now=now, payload={"member": row.pk})
        return row


def end_term(*, by: User, now: dt.datetime, body: Body, on: dt.date, reason: str) -> Body:
    """End the term of a body and the seats held in it, as when the next one has been elected.

    Raises:
        BodyNotYours: `by` does not work in the place.
        ReasonMissing: no reason is given.
        SeatOutsideTerm: the end lies on or before the first day of the term, or of a seat.
    """
    with transaction.atomic():
        row = Body.objects.select_for_update(of=("self",)).select_related("division").get(pk=body.pk)
        if not (by.is_system or by.has_perm("communities.edit_body", row)):
            raise BodyNotYours
        if on <= row.term_from:
            raise SeatOutsideTerm(field="on", body=row, since=row.term_from + dt.timedelta(days=1))
        later = Q(valid_to=None) | Q(valid_to__gt=on)
        for membership in row.memberships.filter(later).order_by("pk"):
            end_membership(by=by, now=now, membership=membership, on=on, reason=reason)
        before = row.term_to
        if before is None or before > on:
            row.term_to = on
            row.save(update_fields=["term_to"])
        audit.record(
            by=by,
            verb="communities.body.term_ended",
            row=row,
            now=now,
            before={"term_to": before},
            after={"term_to": row.term_to},
            reason=reason,
        )
        return row
