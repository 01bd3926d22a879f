"""What waits for a person: rows that they could lead on now, asked of every lifecycle and every page of the desk."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Exists, F, OuterRef, Q
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.models import Resident
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import RollEntry
from governance import lifecycle
from governance.accounts.queries import acting_user
from governance.lifecycle import REGISTRY, SYSTEM
from governance.staff import all_follows, desk_pages
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import AcceptanceOpinion, Contract
from projects.evaluation.lifecycle import PlanStatus
from projects.evaluation.models import EvaluationTask, PushMessage
from projects.purchasing.awarding.queries import seats_to_score
from projects.purchasing.inviting.queries import invitations_for
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model
    from django.http import HttpRequest
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User
    from governance.lifecycle import Lifecycle, Move
    from governance.staff import Deed, Follow

SHOWN = 10
SOON = dt.timedelta(days=7)
"""How far ahead a day counts as near on the desk's first page."""
SCANNED = 100
"""Rows looked at per machine. Who has more waiting sees the oldest first, and the rest when those are done."""


@dataclass(frozen=True, slots=True)
class Task:
    """One row and the moves or deeds that this person could do with it."""

    row: Any
    moves: Sequence[Move | Deed | Follow]
    address: str
    name: str
    due_on: dt.date | None = None

    @property
    def state(self) -> str:
        """Where the row stands, if it has a lifecycle."""
        return str(self.row.get_status_display()) if hasattr(self.row, "get_status_display") else ""

    @property
    def place(self) -> str:
        """The place of the row, as far as it was read along."""
        return str(getattr(self.row, "division", None) or "")


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits in one machine: its kind of row, the oldest tasks, and whether there are more."""

    label: str
    name: str
    tasks: list[Task]
    has_more: bool


@dataclass(frozen=True, slots=True)
class Pressing:
    """A task whose day is over or near, with the kind of its row."""

    kind: str
    task: Task
    due_on: dt.date


def pressing_among(found: list[Waiting], today: dt.date) -> list[Pressing]:
    """Return the tasks whose day is over or comes within a week, of all kinds, the earliest first; no query."""
    tasks = [
        Pressing(waiting.name, task, task.due_on)
        for waiting in found
        for task in waiting.tasks
        if task.due_on and task.due_on <= today + SOON
    ]
    return sorted(tasks, key=lambda one: (one.due_on, one.kind))


def waiting_for(user: User) -> list[Waiting]:
    """Return what waits for this person, machine by machine; at most one query per machine, and no row is counted.

    Turning something down needs a reason and does not count as waiting: otherwise every running fund would wait for
    those who may close it. Nor does what a guard still holds back; guards are asked until the first tasks are found.
    """
    found = (_of(REGISTRY[label], user) for label in sorted(REGISTRY))
    return [waiting for waiting in found if waiting.tasks]


@dataclass(frozen=True, slots=True)
class Asked:
    """Something that a person is asked for and that is no move of a row: a vote, an opinion, a receipt."""

    label: StrOrPromise
    name: str
    address: str


def asked_of(user: User, today: dt.date) -> list[Asked]:
    """Return the votes, opinions, answers and receipts that this person is asked for now; one query each, two for homes."""
    now = timezone.make_aware(dt.datetime.combine(today, dt.time.min))
    entries = RollEntry.objects.filter(user=user, vote=None, ballot__status=BallotStatus.OPEN)
    votes = entries.select_related("ballot").order_by("ballot__closes_at", "pk")[:SHOWN]
    homes = Resident.objects.on_rolls(today).filter(user=user).select_related("division")
    places = [place for home in homes for place in home.division.ancestor_ids]
    opined = AcceptanceOpinion.objects.filter(
        contract=OuterRef("pk"), delivery=OuterRef("delivery_number"), resident=user
    )
    delivered = Contract.objects.filter(~Exists(opined), status=ContractStatus.DELIVERED, division__in=places)
    invited = EvaluationTask.objects.in_force().filter(evaluator=user, answer=None, plan__status=PlanStatus.COLLECTING)
    told = PushMessage.objects.filter(Q(organization__in=organizations_of(user)) | Q(worker=user), read_at=None)
    return [
        *(
            Asked(_("Vote"), entry.ballot.question, reverse("consultation:ballot-vote", args=[entry.ballot_id]))
            for entry in votes
        ),
        *(
            Asked(_("Say whether you are content"), row.title, row.get_absolute_url())
            for row in delivered.for_list().order_by("pk")[:SHOWN]
            if user.has_perm("projects.give_acceptance_opinion", row)
        ),
        *(
            Asked(
                _("Make an offer, as you were invited"),
                row.title,
                reverse("projects:purchase-offer-new", args=[row.pk]),
            )
            for row in invitations_for(user, now)[:SHOWN]
        ),
        *(
            Asked(
                _("Score the offers"), seat.purchase.title, reverse("projects:purchase-score", args=[seat.purchase_id])
            )
            for seat in seats_to_score(user)[:SHOWN]
        ),
        *(
            Asked(_("Judge, as you were invited"), row.plan.title, reverse("projects:invitation-answer", args=[row.pk]))
            for row in invited.select_related("plan").order_by("plan__closes_on", "pk")[:SHOWN]
        ),
        *(
            Asked(_("Confirm receipt of the result"), row.result.plan.title, row.result.plan.get_absolute_url())
            for row in told.select_related("result__plan").order_by("pk")[:SHOWN]
        ),
    ]


def waiting_on_desk(request: HttpRequest) -> list[Waiting]:
    """Return what waits for the person who opens the desk: moves of lifecycles, deeds that say what waits, next rows."""
    user = acting_user(request)
    deeds = [
        (page, deed)
        for page in desk_pages().values()
        for deed in getattr(page, "deeds", ())
        if deed.waiting and user.has_perm(deed.permission)
    ]
    found = [
        *waiting_for(user),
        *(_of_deed(page, deed, request, user) for page, deed in deeds),
        *(_of_follow(follow, user) for follow in all_follows() if user.has_perm(follow.permission)),
    ]
    return _joined(found)


def _joined(found: list[Waiting]) -> list[Waiting]:
    """Put what waits with rows of one kind under one head, and with one row on one line."""
    by_label: dict[str, Waiting] = {}
    for waiting in found:
        if not waiting.tasks:
            continue
        known = by_label.get(waiting.label)
        by_label[waiting.label] = waiting if known is None else _both(known, waiting)
    return list(by_label.values())


def _both(one: Waiting, other: Waiting) -> Waiting:
    tasks = {task.row.pk: task for task in one.tasks}
    for task in other.tasks:
        known = tasks.get(task.row.pk)
        tasks[task.row.pk] = replace(known, moves=[*known.moves, *task.moves]) if known else task
    return Waiting(one.label, one.name, list(tasks.values()), has_more=one.has_more or other.has_more)


def _of_follow(follow: Follow, user: User) -> Waiting:
    """Ask one kind of row for those after which a new one of another kind comes; one query."""
    model = apps.get_model(follow.after)
    found = list(follow.waiting(_reached(model, user)).order_by("pk")[: SCANNED + 1])
    tasks = [
        Task(row, [follow], address_of(row), getattr(row, "desk_name", str(row)))
        for row in found[:SCANNED]
        if user.has_perm(follow.permission, row)
    ]
    name = str(model._meta.verbose_name_plural)
    return Waiting(follow.after, name, tasks[:SHOWN], has_more=len(tasks) > SHOWN or len(found) > SCANNED)


def _of_deed(page: Any, deed: Deed, request: HttpRequest, user: User) -> Waiting:
    """Ask one page of the desk for the rows that wait for one deed; one query."""
    assert deed.waiting is not None  # noqa: S101 - asked by the caller
    rows = deed.waiting(page.get_queryset(request))
    if page.list_select_related:
        rows = rows.select_related(*page.list_select_related)
    found = list(rows.order_by("pk")[: SCANNED + 1])
    tasks = [
        Task(row, [deed], address_of(row), str(row), _due_on(row))
        for row in found[:SCANNED]
        if user.has_perm(deed.permission, row) and not deed.why_not(row, user)
    ]
    name = str(page.opts.verbose_name_plural)
    return Waiting(page.opts.label, name, tasks[:SHOWN], has_more=len(tasks) > SHOWN or len(found) > SCANNED)


def _of(machine: Lifecycle, user: User) -> Waiting:
    """Ask one machine."""
    model = apps.get_model(machine.label)
    name = str(model._meta.verbose_name_plural)
    moves = [move for move in machine.moves if leads_on(move) and user.has_perm(move.permission)]
    if not moves:
        return Waiting(machine.label, name, [], has_more=False)
    rows = list(_rows(model, {state for move in moves for state in move.sources}, user))
    found = (task for row in rows[:SCANNED] if (task := _task(row, moves, user)))
    tasks = list(islice(found, SHOWN + 1))
    return Waiting(machine.label, name, tasks[:SHOWN], has_more=len(tasks) > SHOWN or len(rows) > SCANNED)


def leads_on(move: Move) -> bool:
    """Tell whether a move is somebody's work rather than the clock's or a way out."""
    return move.permission != SYSTEM and not move.needs_reason and move.waits


def _rows(model: type[Model], states: set[str], user: User) -> Any:
    """Return the rows in these states that the person may see, with what permissions ask about.

    The oldest come first; where rows have a day by which the step is due (`due_on`), those that are due first.
    """
    rows = _reached(model, user).filter(status__in=states)
    order = [F("due_on").asc(nulls_last=True), "pk"] if _has_due_day(model) else ["pk"]
    return rows.order_by(*order)[: SCANNED + 1]


def _reached(model: type[Model], user: User) -> Any:
    """Return the rows that the person may see, as a list needs them."""
    rows: Any = model._default_manager.all()
    # Where much is public, `handled_by` keeps the rows of other places from filling what is scanned.
    reach = getattr(rows, "handled_by", None) or getattr(rows, "visible_to", None)
    rows = reach(user) if reach else rows
    # Rows that rest while something else runs its course say so by `in_hand`.
    rows = rows.in_hand() if hasattr(rows, "in_hand") else rows
    return rows.for_list() if hasattr(rows, "for_list") else rows


def _has_due_day(model: type[Model]) -> bool:
    try:
        model._meta.get_field("due_on")
    except FieldDoesNotExist:
        return False
    return True


def _task(row: Any, moves: list[Move], user: User) -> Task | None:
    """Return the row with the moves that this person may make, or nothing."""
    mine = [
        move
        for move in moves
        if row.status in move.sources and lifecycle.may(row, move, user) and not (move.guard and move.guard(row))
    ]
    if not mine:
        return None
    return Task(row, mine, address_of(row), getattr(row, "desk_name", str(row)), _due_on(row))


def _due_on(row: Any) -> dt.date | None:
    """Return the day by which the next step with the row is due, where it has one."""
    found: dt.date | None = getattr(row, "step_due_on", getattr(row, "due_on", None))
    return found


def address_of(row: Model) -> str:
    """Return the row's page on the desk, where it has one."""
    return desk_address(row._meta.label, str(row.pk))


def desk_address(label: str, key: str) -> str:
    """Return the page of a row on the desk by the label of its model and its key, where it has one."""
    app, _dot, model = label.lower().partition(".")
    try:
        return reverse(f"admin:{app}_{model}_change", args=[key])
    except NoReverseMatch:
        return ""
