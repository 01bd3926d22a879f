"""The board: who is in which shell, and since when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from governance.accounts.masking import mask_name
from socialorgs.incubation.lifecycle import SHELLS, StayStatus
from socialorgs.incubation.models import ApplicantKind, IncubationStay, Incubator

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True)
class OnBoard:
    """One body on the board; `url` only for those who may open its page."""

    name: str
    kind: StrOrPromise
    place: str
    since: dt.datetime | None
    days: int
    due_on: dt.date | None
    is_late: bool
    url: str


@dataclass(frozen=True, slots=True)
class Shell:
    """One column of the board."""

    key: str
    title: StrOrPromise
    rows: list[OnBoard]


def board_of(incubator: Incubator, user: Any, now: dt.datetime, today: dt.date) -> list[Shell]:
    """Return the three shells of an incubator with who is in them, longest first; two queries.

    A single founder is masked for whoever has nothing to do with the incubator.
    """
    rows = IncubationStay.objects.in_shells().filter(incubator=incubator).select_related("place", "organization")
    stays = sorted(rows, key=lambda row: (row.since or now, row.pk))
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
        )

    return [
        Shell(shell, StayStatus(shell).label, [shown(row) for row in stays if row.status == shell]) for shell in SHELLS
    ]
