"""The board: who is in which shell, since when, and what is due next; who has left with success."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from governance.accounts.masking import mask_name
from socialorgs.incubation.lifecycle import SHELLS, StayStatus
from socialorgs.incubation.models import ApplicantKind, IncubationStay, Incubator, StayQuerySet

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Due:
    """What comes next in a stay: the step, who takes it, what it is about, and by when."""

    step: StrOrPromise
    who: StrOrPromise
    about: str = ""
    day: dt.date | None = None
    is_late: bool = False


@dataclass(frozen=True, slots=True)
class OnBoard:
    """One body on the board; `url` and what is due next only for those who may open its page."""

    name: str
    kind: StrOrPromise
    place: str
    since: dt.datetime | None
    days: int
    due_on: dt.date | None
    is_late: bool
    url: str
    next: Due | None = None


@dataclass(frozen=True, slots=True)
class Shell:
    """One column of the board."""

    key: str
    title: StrOrPromise
    rows: list[OnBoard]


OPERATOR, DISTRICT = _("who runs the incubator"), _("the district")
STEPS: dict[str, tuple[StrOrPromise, StrOrPromise]] = {
    StayStatus.APPLIED: (_("Score the application"), OPERATOR),
    StayStatus.PROPOSED: (_("Decide on the admission"), DISTRICT),
    StayStatus.EXITING: (_("Let it leave, extend its stay or remove it"), DISTRICT),
}
"""What comes next where nothing else is planned, and who does it."""


def next_of(stay: Any, today: dt.date) -> Due | None:
    """Return what comes next in a stay of `with_next`, the earliest first; nothing where it has ended.

    In the shell that is the next item of the plan, the next review or the score for leaving, whichever is due first.
    """
    if stay.status in STEPS:
        step, who = STEPS[stay.status]
        day = stay.due_on if stay.status == StayStatus.EXITING else None
        return Due(step, who, day=day, is_late=day is not None and day < today)
    if stay.status not in SHELLS:
        return None
    if not stay.has_plan:
        return Due(_("Plan what it is to learn"), OPERATOR)
    if stay.status == StayStatus.ENTERING:
        return Due(_("Begin to warm it"), OPERATOR)
    found = [
        (day, step, who, about)
        for day, step, who, about in (
            (stay.next_item_on, _("Do what is planned"), stay.name, stay.next_item or ""),
            (stay.review_due_on, _("Review it"), OPERATOR, ""),
            (stay.due_on, _("Score it for leaving"), OPERATOR, ""),
        )
        if day is not None
    ]
    day, step, who, about = min(found, key=lambda one: one[0])
    return Due(step, who, about, day, is_late=day < today)


def board_of(incubator: Incubator, user: Any, now: dt.datetime, today: dt.date) -> list[Shell]:
    """Return the three shells of an incubator with who is in them, longest first; two queries.

    A single founder is masked for whoever has nothing to do with the incubator; what is due next is told to those
    alone who may open the stay.
    """
    rows = IncubationStay.objects.in_shells().filter(incubator=incubator).select_related("place", "organization")
    stays = sorted(rows.with_next(), key=lambda row: (row.since or now, row.pk))
    known = set(
        IncubationStay.objects.visible_to(user).in_shells().filter(incubator=incubator).values_list("pk", flat=True)
    )

    def shown(row: IncubationStay) -> OnBoard:
        is_known = row.pk in known
        is_masked = row.kind == ApplicantKind.PERSON and not is_known
        return OnBoard(
            name=mask_name(row.name) if is_masked else row.name,
            kind=row.get_kind_display(),
            place=row.place.label if row.place else "",
            since=row.since,
            days=(now - row.since).days if row.since else 0,
            due_on=row.due_on,
            is_late=row.due_on is not None and row.due_on < today,
            url=row.get_absolute_url() if is_known else "",
            next=next_of(row, today) if is_known else None,
        )

    return [
        Shell(shell, StayStatus(shell).label, [shown(row) for row in stays if row.status == shell]) for shell in SHELLS
    ]


def graduates_of(incubator: Incubator) -> StayQuerySet:
    """Return who has left an incubator with success, the latest first, at most fifty; one query."""
    rows = IncubationStay.objects.filter(incubator=incubator, status=StayStatus.GRADUATED, organization__isnull=False)
    return rows.select_related("organization").order_by("-ended_at", "-pk")[:MOST_SHOWN]
