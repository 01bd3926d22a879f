"""The options of a ballot as a voter sees them, on every page and paper, with what was marked or typed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from consultation.ballots.counting import ONE_MARK
from consultation.ballots.forms import FIGURES, MarksForm
from consultation.ballots.policy import BallotMethod

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from django_stubs_ext import StrOrPromise

    from consultation.ballots.models import Ballot


@dataclass(frozen=True, slots=True)
class ShownOption:
    """One option as a voter sees it."""

    number: int
    label: StrOrPromise
    text: str
    cost: Decimal | None
    is_marked: bool
    figure: int | str | None
    """The points given to it, its place in the order, or what was typed there."""


def is_single(ballot: Ballot) -> bool:
    """Tell whether one option can be marked, and no more."""
    return ballot.method in ONE_MARK or (ballot.method == BallotMethod.APPROVAL and ballot.most_choices == 1)


def has_figures(ballot: Ballot) -> bool:
    """Tell whether a figure stands beside each option."""
    return ballot.method in FIGURES


def shown_options(ballot: Ballot, marked: Sequence[int] = (), form: MarksForm | None = None) -> list[ShownOption]:
    """Return the options with the marks that stand; what was typed into a form that was sent stays as it was typed."""
    is_typed = form is not None and form.is_bound
    typed = set(form["choices"].value() or ()) if form is not None and is_typed else set()
    rows = []
    for option in ballot.options.all():
        number = option.number
        figure = _figure(ballot, number, marked)
        if form is not None and is_typed and has_figures(ballot):
            figure = form[f"figure_{number}"].value()
        is_marked = str(number) in typed if is_typed else number in marked
        rows.append(ShownOption(number, option.label_in(ballot.method), option.text, option.cost, is_marked, figure))
    return rows


def _figure(ballot: Ballot, number: int, marked: Sequence[int]) -> int | None:
    if number not in marked:
        return None
    return marked.count(number) if ballot.method == BallotMethod.POINTS else marked.index(number) + 1
