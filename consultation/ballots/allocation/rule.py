"""A rule of allocation with all its parameters, as it is frozen with a ballot and named in a `.pb` file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

TIES = "more supporters, then lower cost, then the place on the ballot"


class Method(StrEnum):
    """How money is allocated."""

    GREEDY = "GREEDY"
    EQUAL_SHARES = "EQUAL_SHARES"


class Utility(StrEnum):
    """What a project is worth to somebody who named it (equal shares): its cost or one, times the weight given."""

    COST = "COST"
    CARDINALITY = "CARDINALITY"


class Completion(StrEnum):
    """How equal shares goes on when the first shares leave money over."""

    NONE = "NONE"
    ADD1_OVERSPENT = "ADD1_OVERSPENT"
    """One unit more for everybody, again and again; the last outcome that the budget could pay stands."""
    ADD1_EXHAUSTIVE = "ADD1_EXHAUSTIVE"
    """The same, but the first outcome stands that leaves no project affordable."""


class Threshold(StrEnum):
    """What the threshold of support counts."""

    SCORE = "SCORE"
    SUPPORTERS = "SUPPORTERS"


@dataclass(frozen=True, slots=True)
class Rule:
    """Everything that decides, beside the papers. Nothing in it can be changed after the freeze."""

    method: Method = Method.GREEDY
    stops: bool = False
    """Greedy: stop at the first project that the money left does not pay, instead of passing it over."""
    threshold: int = 0
    """Projects with less support are out from the beginning."""
    threshold_on: Threshold = Threshold.SCORE
    utility: Utility = Utility.COST
    completion: Completion = Completion.NONE
    then_greedy: bool = False
    """Equal shares: money left at the end goes to the projects with the most support that it pays."""
    compares: bool = False
    """Equal shares: where more voters are better served by the greedy outcome than by this one, that one stands."""

    def document(self) -> dict[str, Any]:
        """Return what is frozen: every parameter, with the order that breaks ties."""
        return {
            **{name: str(value) if isinstance(value, StrEnum) else value for name, value in asdict(self).items()},
            "ties": TIES,
        }

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> Rule:
        """Read what was frozen.

        Raises:
            KeyError, ValueError: it is no rule of this program, or breaks ties in another way.
        """
        if document["ties"] != TIES:
            raise ValueError("ties are broken in a way that this program does not know")
        return cls(
            method=Method(document["method"]),
            stops=bool(document["stops"]),
            threshold=int(document["threshold"]),
            threshold_on=Threshold(document["threshold_on"]),
            utility=Utility(document["utility"]),
            completion=Completion(document["completion"]),
            then_greedy=bool(document["then_greedy"]),
            compares=bool(document["compares"]),
        )

    @property
    def other(self) -> Rule:
        """The rule whose outcome is shown beside this one's: greedy beside equal shares and the reverse, with the
        same threshold."""
        if self.method is Method.GREEDY:
            return Rule(
                Method.EQUAL_SHARES,
                threshold=self.threshold,
                threshold_on=self.threshold_on,
                completion=Completion.ADD1_OVERSPENT,
                then_greedy=True,
            )
        return Rule(Method.GREEDY, threshold=self.threshold, threshold_on=self.threshold_on)

    @property
    def code(self) -> str:
        """The rule in one word, as `.pb` files and the command line name it."""
        if self.method is Method.GREEDY:
            return "greedy-no-skip" if self.stops else "greedy-threshold" if self.threshold else "greedy"
        parts = ["equalshares"]
        parts += [_COMPLETIONS[self.completion]] if self.completion is not Completion.NONE else []
        parts += ["greedy"] if self.then_greedy else []
        parts += ["comparison"] if self.compares else []
        tail = "-".join(parts[1:])
        measure = "" if self.utility is Utility.COST else "-cardinality"
        return f"equalshares{measure}/{tail}" if tail else f"equalshares{measure}"


_COMPLETIONS = {Completion.ADD1_OVERSPENT: "add1", Completion.ADD1_EXHAUSTIVE: "add1exhaustive"}


def rule_named(code: str, *, threshold: int = 0) -> Rule | None:
    """Return the rule that a word names, with a threshold where one is given beside it; nothing for a word unknown."""
    name, _slash, tail = code.strip().lower().partition("/")
    if name in {"greedy", "greedy-threshold"} and not tail:
        return Rule(threshold=threshold)
    if name == "greedy-no-skip" and not tail:
        return Rule(stops=True, threshold=threshold)
    if name not in {"equalshares", "equalshares-cardinality"}:
        return None
    words = tail.split("-") if tail else []
    completion, greedy, comparison = Completion.NONE, False, False
    for word in words:
        if word == "add1":
            completion = Completion.ADD1_OVERSPENT
        elif word == "add1exhaustive":
            completion = Completion.ADD1_EXHAUSTIVE
        elif word == "greedy":
            greedy = True
        elif word == "comparison":
            comparison = True
        else:
            return None
    return Rule(
        Method.EQUAL_SHARES,
        threshold=threshold,
        utility=Utility.COST if name == "equalshares" else Utility.CARDINALITY,
        completion=completion,
        then_greedy=greedy,
        compares=comparison,
    )
