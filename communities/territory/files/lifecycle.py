"""How a file of rows is taken in: read by a job, looked over, confirmed by another person, written by a job."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

UPLOADED, READ, UNREADABLE, CONFIRMED, DISCARDED = "UPLOADED", "READ", "UNREADABLE", "CONFIRMED", "DISCARDED"
OVER = (UNREADABLE, DISCARDED)
"""A file that came to nothing may be taken in again."""


@dataclass(frozen=True, slots=True)
class Hands:
    """Who takes a file in and throws it away, and who confirms it: a right each, with what the button says."""

    taking: str
    confirming: str
    label: StrOrPromise
    basis: str


def way_of_a_file(
    label: str, *, noun: str, counts: tuple[str, ...], hands: Hands, done: str, ends: tuple[Move, ...]
) -> Lifecycle:
    """Return the machine of one kind of file: the same for all up to the confirmation, `ends` are its own last moves.

    `noun` begins the names of the acts, `counts` are the columns that say what its rows would do, `done` is where it
    ends when all of it is written.
    """
    return Lifecycle(
        label,
        initial=UPLOADED,
        terminal=frozenset({UNREADABLE, done, DISCARDED}),
        moves=(
            Move(
                "finish_reading",
                frozenset({UPLOADED}),
                READ,
                permission=SYSTEM,
                label=_("Finish reading"),
                verb=f"{noun}.read",
                fields=counts,
            ),
            Move(
                "give_up",
                frozenset({UPLOADED}),
                UNREADABLE,
                permission=SYSTEM,
                label=_("Give up reading"),
                verb=f"{noun}.unreadable",
                fields=("problem",),
            ),
            Move(
                "confirm",
                frozenset({READ}),
                CONFIRMED,
                permission=hands.confirming,
                label=hands.label,
                verb=f"{noun}.confirmed",
                basis=hands.basis,
                stamp="confirmed",
                apart_from=("uploaded",),
            ),
            Move(
                "discard",
                frozenset({UPLOADED, READ}),
                DISCARDED,
                permission=hands.taking,
                label=_("Discard"),
                verb=f"{noun}.discarded",
                needs_reason=True,
            ),
            *ends,
        ),
    )
