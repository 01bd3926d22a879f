"""Handing a matter to offices and getting the answer back (派单、签收、退单、回复); nothing is pushed away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import OFFICES, Body, BodyKind
from consultation.matters.handling.clocks import Due, due_by
from consultation.matters.handling.lifecycle import LIVE
from consultation.matters.handling.models import Assignment
from consultation.matters.handling.policy import DISPUTE_DAYS, PETITION_DISPUTE_DAYS
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, Outcome, Route
from consultation.matters.policy import LONGEST_TEXT, fitting
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from governance.accounts.models import User

HANDED_OVER = (MatterStatus.SORTED, MatterStatus.TRANSFERRED, MatterStatus.PETITION)
NO_OFFICES = (Route.DELIBERATION, Route.ADVICE)


class DispatchNotYours(NotAllowed):
    """Matters are handed over by who handles them, the grid center and the one-window hall."""

    code = "dispatch_not_yours"
    message = _("You may not hand over matters of this place.")


class NotToBeHandedOver(NotNow):
    """What residents deliberate, and private affairs, go to no office."""

    code = "not_to_be_handed_over"
    message = _("Sort the matter to a department, or as handled at once, before it is handed to an office.")


class OfficeDoesNotFit(Invalid):
    """An office acts for the places above which it stands."""

    code = "office_does_not_fit"
    message = _("“%(body)s” is no office that acts in this place.")


class OfficeHasIt(Conflict):
    """The office has the matter already, or another one leads."""

    code = "office_has_it"
    message = _("This office has the matter already, or another office leads. Take it back first.")


class DueTooLate(Invalid):
    """An office answers before the person is owed the answer."""

    code = "due_too_late"
    message = _("The person is owed an answer by %(day)s; an office gets no longer than that.")


class DisputeTooLate(NotNow):
    """An order is disputed at once or not at all."""

    code = "dispute_too_late"
    message = _("The order could be disputed until %(day)s. The office handles it now.")


def assign_matter(
    *,
    by: User,
    now: dt.datetime,
    matter: Matter,
    body: Body,
    task: str = "",
    due_on: dt.date | None = None,
    is_lead: bool = True,
) -> Assignment:
    """Hand a matter to an office, with the clock of the matter; it shows on the desk of the office.

    A petition is transferred to the authority in charge with its own days: for disputing the transfer, and until the
    day of the step that is due (Basis: Regulations on the Handling of Petitions 2022).

    Raises:
        DispatchNotYours: `by` does not hand over matters here.
        NotToBeHandedOver, OfficeDoesNotFit, OfficeHasIt: not this matter, not this office, not again.
        DueTooLate: the office would have longer than the matter has.
    """
    if not by.has_perm("consultation.dispatch_matter", matter):
        raise DispatchNotYours
    said = fitting("task", task, LONGEST_TEXT, is_required=False)
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=matter.pk)
        if not can_be_handed_over(row):
            raise NotToBeHandedOver
        if row.status == MatterStatus.PETITION and not by.has_perm("consultation.handle_petition", row):
            raise DispatchNotYours
        _check_office(row, body)
        is_petition = row.status == MatterStatus.PETITION
        last = row.petition.due_on if is_petition else row.due_on or timezone.localdate(now)
        if due_on is not None and due_on > last:
            raise DueTooLate(field="due_on", day=last)
        order = Assignment(
            matter=row,
            body=body,
            is_lead=is_lead,
            task=said,
            due_on=due_on or last,
            due_at=row.due_at if due_on in {None, last} and not is_petition else None,
            dispute_due_on=due_by(PETITION_DISPUTE_DAYS if is_petition else DISPUTE_DAYS, row.division, now).on,
            assigned_at=now,
            assigned_by=by,
        )
        try:
            with transaction.atomic():
                order.save(force_insert=True)
        except IntegrityError as error:
            raise OfficeHasIt(field="body") from error
        told = {"body": body.pk, "is_lead": is_lead, "due_on": order.due_on}
        audit.record(by=by, verb="consultation.assignment.sent", row=order, now=now, after=told)
        payload = {"matter": row.pk, "body": body.pk, "due_on": order.due_on.isoformat()}
        outbox.emit(by=by, topic="consultation.assignment.sent", row=order, now=now, payload=payload)
        if is_lead and row.status == MatterStatus.SORTED and row.route == Route.DEPARTMENT:
            _transfer(row, body, by, now)
    return order


def can_be_handed_over(matter: Matter) -> bool:
    """Tell whether a matter may go to an office: sorted for one, or a petition that is being handled (pure)."""
    if matter.status == MatterStatus.PETITION:
        return matter.petition.finished_at is None
    return matter.status in HANDED_OVER and matter.route not in NO_OFFICES


def _check_office(matter: Matter, body: Body) -> None:
    """Let offices act below the place they stand in; for what the community does at once, its own bodies as well."""
    is_for_authorities = matter.route == Route.DEPARTMENT or matter.status == MatterStatus.PETITION
    kinds = {*OFFICES} if is_for_authorities else {*OFFICES, *_OWN_BODIES}
    if body.kind not in kinds or body.division_id not in matter.division.ancestor_ids:
        raise OfficeDoesNotFit(field="body", body=body)


_OWN_BODIES = (BodyKind.RESIDENTS_COMMITTEE, BodyKind.VILLAGERS_COMMITTEE, BodyKind.COUNCIL, BodyKind.PARTY_UNIT)


def _transfer(matter: Matter, body: Body, by: User, now: dt.datetime) -> None:
    """Say on the matter that it lies with the department; who dispatches it for the community acts in its name."""
    lifecycle.move(matter, "transfer", by=by, now=now, changes={"transferred_to": body.name[:100]})


def accept_order(*, by: User, now: dt.datetime, order: Assignment) -> Assignment:
    """Sign for an order.

    Raises:
        MoveForbidden, MoveClosed: `by` does not work in the office, or it is signed for.
    """
    return lifecycle.move(order, "accept", by=by, now=now)


def dispute_order(*, by: User, now: dt.datetime, order: Assignment, reason: str) -> Assignment:
    """Say that an order belongs to another office; the street decides, until then nobody drops it.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not, it is signed for, it was disputed before.
        DisputeTooLate: its days are over.
        ReasonMissing: no reason is given.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    why = fitting("reason", reason, LONGEST_TEXT)
    lifecycle.require(order, "dispute", by=by)
    if timezone.localdate(now) > order.dispute_due_on:
        raise DisputeTooLate(day=order.dispute_due_on)
    return lifecycle.move(order, "dispute", by=by, now=now, reason=why, changes={"dispute_reason": why})


def release_order(*, by: User, now: dt.datetime, order: Assignment, reason: str = "") -> Assignment:
    """Find that the order was wrongly sent: the matter is back with its first receiver, its clock runs on.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: `by` may not, handed it over or disputed it, or it is decided.
    """
    with transaction.atomic():
        said = fitting("reason", reason, LONGEST_TEXT, is_required=False)
        done = lifecycle.move(order, "release", by=by, now=now, reason=said, changes={"decision": said})
        _take_back(done, by, now)
    return done


def bind_order(*, by: User, now: dt.datetime, order: Assignment, reason: str) -> Assignment:
    """Find that the office was rightly given the order; it may not dispute it again.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as the mover says.
    """
    why = fitting("reason", reason, LONGEST_TEXT, is_required=False)
    return lifecycle.move(order, "bind", by=by, now=now, reason=why, changes={"decision": why})


def answer_order(*, by: User, now: dt.datetime, order: Assignment, answer: str, outcome: str) -> Assignment:
    """Give the answer back to who handed the matter over, who answers the person.

    Raises:
        MoveForbidden, MoveClosed: `by` does not work in the office, or it is not signed for.
        WordsMissing, WordsTooLong, OutcomeMissing: the answer does not fit.
    """
    said = fitting("answer", answer, LONGEST_TEXT)
    if outcome not in Outcome.values:
        raise OutcomeUnknown(field="outcome")
    return lifecycle.move(order, "answer", by=by, now=now, changes={"answer": said, "outcome": outcome})


class OutcomeUnknown(Invalid):
    """The answer says what came of it."""

    code = "outcome_unknown"
    message = _("Say whether it is fixed, planned, explained or impossible.")


def send_order_back(*, by: User, now: dt.datetime, order: Assignment, reason: str) -> Assignment:
    """Ask the office for a better answer.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as the mover says.
        OfficeHasIt: another office leads by now.
    """
    why = fitting("reason", reason, LONGEST_TEXT, is_required=False)
    try:
        with transaction.atomic():
            return lifecycle.move(order, "send_back", by=by, now=now, reason=why, changes={"decision": why})
    except IntegrityError as error:
        raise OfficeHasIt from error


def recall_order(*, by: User, now: dt.datetime, order: Assignment, reason: str) -> Assignment:
    """Take an order back from an office.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as the mover says.
    """
    with transaction.atomic():
        done = lifecycle.move(order, "recall", by=by, now=now, reason=reason.strip())
        _take_back(done, by, now)
    return done


def _take_back(order: Assignment, by: User, now: dt.datetime) -> None:
    """Put the matter back on the desk of its first receiver when the office that led no longer has it."""
    matter = order.matter
    if order.is_lead and matter.status == MatterStatus.TRANSFERRED:
        lifecycle.move(matter, "take_back", by=by, now=now)


def recall_all(*, by: User, now: dt.datetime, matter: Matter, reason: str) -> None:
    """Take every order of a matter back, for what ends or turns it; the caller holds the matter."""
    for order in matter.assignments.filter(status__in=LIVE).order_by("pk"):
        lifecycle.move(order, "recall", by=by, now=now, reason=reason)


def escalate_orders(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Mark the orders that their office has not answered in time; return their ids. Harmless when repeated."""
    found = []
    running = Matter.objects.with_running_orders()
    rows: Any = Assignment.objects.live().filter(overdue_at=None, due_on__lte=today, matter__in=running)
    for key in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = Assignment.objects.select_for_update(of=("self",)).select_related("matter").get(pk=key)
            if row.overdue_at is not None or not row.has_lapsed(now, today):
                continue
            row.overdue_at = now
            row.save(update_fields=["overdue_at"])
            audit.record(by=by, verb="consultation.assignment.overdue", row=row, now=now, after={"due_on": row.due_on})
            outbox.emit(by=by, topic="consultation.assignment.overdue", row=row, now=now, payload={"body": row.body_id})
        found.append(key)
    return found


def move_due_days(matter: Matter, before: Due, after: Due) -> None:
    """Let the orders that had the matter's own day follow it; the caller holds the matter."""
    matter.assignments.filter(status__in=LIVE, due_on=before.on).update(
        due_on=after.on, due_at=after.at, overdue_at=None
    )
