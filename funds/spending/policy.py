"""The spending ladder as data, and how a committee's resolution is judged (pure)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Count, Judgement, Tally, Terms, Unreadable, decimal, declare, judge, whole
from governance.calendar.days import DayKind
from governance.money import format_yuan

FLAGS = ("needs_party_consent", "needs_charity_check", "needs_residents_meeting")


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the ladder: uses up to an amount (None: any), who decides, and what must come first.

    Without a rule the chair decides alone, at most so often a month. `publicity_days` 0 means the monthly list.
    """

    up_to: Decimal | None
    rule_key: str
    publicity_days: int
    publicity_kind: str = DayKind.WORKING
    needs_party_consent: bool = False
    needs_charity_check: bool = False
    needs_residents_meeting: bool = False
    least_quotes: int = 0
    most_a_month: int = 0

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Step:
        """Read one stored step strictly.

        Raises:
            Unreadable: a name, a number or a word is not what the ladder asks for.
        """
        unknown = set(data) - set(cls.__slots__)
        rule_key, kind = data["rule_key"], data.get("publicity_kind", DayKind.WORKING)
        flags = {flag: data.get(flag, False) for flag in FLAGS}
        if unknown or not isinstance(rule_key, str) or kind not in DayKind.values:
            raise Unreadable(data)
        if not all(isinstance(flag, bool) for flag in flags.values()):
            raise Unreadable(data)
        up_to = None if data["up_to"] is None else decimal(data["up_to"])
        return cls(
            up_to=up_to,
            rule_key=rule_key,
            publicity_days=whole(data["publicity_days"]),
            publicity_kind=DayKind(kind),
            least_quotes=whole(data.get("least_quotes", 0)),
            most_a_month=whole(data.get("most_a_month", 0)),
            **flags,
        )

    @property
    def data(self) -> dict[str, Any]:
        """The step as it is stored."""
        found: dict[str, Any] = {name: getattr(self, name) for name in self.__slots__}
        return {
            **found,
            "up_to": None if self.up_to is None else str(self.up_to),
            "publicity_kind": str(self.publicity_kind),
        }

    @property
    def is_for_the_chair(self) -> bool:
        """Whether the chair may decide without a meeting."""
        return not self.rule_key

    @property
    def demands(self) -> list[str]:
        """What the step asks for besides the vote, in words."""
        found = []
        if self.needs_party_consent:
            found.append(gettext("consent of the community's party committee"))
        if self.needs_residents_meeting:
            found.append(gettext("resolution of the residents' meeting"))
        if self.needs_charity_check:
            found.append(gettext("approval by the charity"))
        if self.least_quotes:
            found.append(gettext("at least %(count)s quotes") % {"count": self.least_quotes})
        if self.publicity_days:
            kind = DayKind(self.publicity_kind).label
            found.append(gettext("publicity of %(days)s %(kind)s") % {"days": self.publicity_days, "kind": kind})
        else:
            found.append(gettext("monthly list"))
        return found

    def __str__(self) -> str:
        upper = (
            gettext("more") if self.up_to is None else gettext("up to %(amount)s") % {"amount": format_yuan(self.up_to)}
        )
        decider = gettext("chair") if self.is_for_the_chair else self.rule_key
        return f"{upper}: {', '.join([decider, *self.demands])}"


def ladder(value: Any) -> tuple[Step, ...]:
    """Read a stored ladder: steps in rising order, the last without an upper end, a committee above every chair."""
    if not isinstance(value, list | tuple) or not value:
        raise Unreadable(value)
    steps = tuple(part if isinstance(part, Step) else Step.of(part) for part in value)
    uppers = [step.up_to for step in steps[:-1]]
    if steps[-1].up_to is not None or steps[-1].is_for_the_chair or None in uppers:
        raise Unreadable(value)
    amounts = [upper for upper in uppers if upper is not None]
    if amounts != sorted(set(amounts)) or any(amount <= 0 for amount in amounts):
        raise Unreadable(value)
    return steps


STEPS: tuple[Step, ...] = (
    Step(Decimal(1000), "", 0, most_a_month=3),
    Step(Decimal(5000), "fund_ordinary", 3),
    Step(Decimal(30000), "fund_ordinary", 5, needs_party_consent=True, needs_charity_check=True),
    Step(
        None,
        "fund_special",
        7,
        DayKind.CALENDAR,
        needs_party_consent=True,
        needs_charity_check=True,
        needs_residents_meeting=True,
        least_quotes=3,
    ),
)
"""The ladder that holds where no rule of the place says otherwise."""

LADDER = declare(
    "fund.ladder",
    _("Who decides on a use of a fund's money, by its amount"),
    unit="yuan",
    read=ladder,
    default=STEPS,
    basis="Default of this platform; the fund's own rules prevail",
)


def step_for(steps: Sequence[Step], amount: Decimal) -> Step:
    """Return the step that holds for an amount; an upper end belongs to its step."""
    return next(step for step in steps if step.up_to is None or amount <= step.up_to)


def rule_above(steps: Sequence[Step], step: Step) -> str:
    """Return the rule by which the committee decides what the chair might have decided."""
    return step.rule_key or next(later.rule_key for later in steps[steps.index(step) :] if later.rule_key)


def judge_resolution(terms: Terms, entitled: int, stands: Iterable[str]) -> Judgement:
    """Judge a vote of the committee: who withdraws is present for the quorum and not among those who vote.

    A majority of all members stays a majority of all members.
    """
    counted = Counter(stands)
    votes = {"in_favor": counted["FOR"], "against": counted["AGAINST"], "abstained": counted["ABSTAIN"]}
    voting = sum(votes.values())
    attendance = judge(terms, Count(Tally(entitled=entitled, present=voting + counted["RECUSED"], **votes)))
    majority = judge(terms, Count(Tally(entitled=entitled, present=voting, **votes)))
    return Judgement(
        (
            *(finding for finding in attendance.findings if finding.is_quorum),
            *(finding for finding in majority.findings if not finding.is_quorum),
        )
    )
