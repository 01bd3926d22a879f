"""The spending ladder as data, and how a committee's resolution is judged (pure)."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from communities.policy.meeting import judge_present
from communities.policy.policy import Judgement, Terms, Unreadable, decimal, declare, whole
from governance.calendar.days import DayKind
from governance.money import format_yuan


class Purpose(models.TextChoices):
    """What a fund's money may be used for (Basis: report S0; Charity Law art. 3)."""

    RELIEF = "RELIEF", _("hardship relief")
    CARE = "CARE", _("care for old and young")
    ENVIRONMENT = "ENVIRONMENT", _("environment and small repairs")
    ACTIVITY = "ACTIVITY", _("residents' activities")
    ORGANIZATION = "ORGANIZATION", _("fostering of community organizations")
    VOLUNTEERING = "VOLUNTEERING", _("volunteering and points")


class Duty(models.TextChoices):
    """Who would have to pay for a use if the fund did not (Basis: negative list of Chengdu's community money)."""

    NOBODY = "NOBODY", _("nobody: it is a matter of the community")
    GOVERNMENT = "GOVERNMENT", _("the government")
    LIABLE = "LIABLE", _("a liable party: developer, property company, public landlord")
    RESIDENTS = "RESIDENTS", _("residents themselves, such as property fees")


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

    def with_quotes(self, least: int) -> Step:
        """The step with so many quotes to be compared."""
        return replace(self, least_quotes=least)

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
    withdrawn = counted["RECUSED"]
    present = sum(votes.values()) + withdrawn
    return judge_present(terms, entitled=entitled, present=present, withdrawn=withdrawn, **votes)


class Prohibited(models.TextChoices):
    """What no money of a fund is used for (Basis: negative list of Chengdu's community money; guides on funds)."""

    PAY = "PAY", _("pay, bonuses and office cost of cadres")
    TREATS = "TREATS", _("entertainment and gifts")
    DEBT = "DEBT", _("debts, loans, guarantees and securities")
    PROFIT = "PROFIT", _("investment for profit")
    GOVERNMENT = "GOVERNMENT", _("what the government must pay")
    LIABLE = "LIABLE", _("what a liable party must pay")
    RESIDENTS = "RESIDENTS", _("what residents must pay themselves")


Words = dict[str, tuple[str, ...]]


def words_by(value: Any, names: Sequence[str]) -> Words:
    """Read words by kind: a table of known kinds, each with a list of words, which may be empty."""
    if not isinstance(value, Mapping) or not set(value) <= set(names):
        raise Unreadable(value)
    for part in value.values():
        if not isinstance(part, list | tuple) or not all(isinstance(word, str) and word.strip() for word in part):
            raise Unreadable(value)
    return {str(kind): tuple(word.strip() for word in part) for kind, part in value.items()}


def prohibited_words(value: Any) -> Words:
    """Read the prohibited kinds of use with the words that betray them."""
    return words_by(value, Prohibited.values)


def purpose_words(value: Any) -> Words:
    """Read the kinds of use with the words by which a donor's restriction names them."""
    return words_by(value, Purpose.values)


def purposes(value: Any) -> tuple[str, ...]:
    """Read the permitted kinds of use: at least one."""
    if not isinstance(value, list | tuple) or not value or not set(value) <= set(Purpose.values):
        raise Unreadable(value)
    return tuple(str(part) for part in dict.fromkeys(value))


PERMITTED_USES = declare(
    "fund.uses.permitted",
    _("Kinds of use that a fund's money may serve"),
    unit="list",
    read=purposes,
    default=tuple(str(name) for name in Purpose.values),
    basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
)
PROHIBITED_USES = declare(
    "fund.uses.prohibited",
    _("What a fund's money must not be used for, with the words that betray it"),
    unit="list",
    read=prohibited_words,
    default={
        "PAY": ("工资", "奖金", "津贴", "绩效", "加班费", "办公经费", "差旅"),
        "TREATS": ("招待", "宴请", "礼金", "送礼", "烟酒"),
        "DEBT": ("贷款", "还债", "债务", "借款", "担保", "股票", "债券"),
        "PROFIT": ("投资", "入股", "理财"),
        "GOVERNMENT": ("市政道路", "市政管网"),
        "LIABLE": ("开发商遗留", "质保期内维修"),
        "RESIDENTS": ("物业费", "停车费", "水电费", "燃气费"),
    },
    basis="Negative list of Chengdu's community money; Default of this platform",
)
PURPOSE_WORDS = declare(
    "fund.uses.words",
    _("Words by which a donor's restriction names a kind of use"),
    unit="list",
    read=purpose_words,
    default={
        "RELIEF": ("帮困", "助困", "救助", "救急", "大病", "慰问", "助学", "助残"),
        "CARE": ("助老", "敬老", "养老", "为老", "老人", "老年", "儿童", "少年", "一老一小", "托管", "照护"),
        "ENVIRONMENT": ("环境", "楼道", "绿化", "维修", "修缮", "改造", "照明", "扶手", "设施", "安全"),
        "ACTIVITY": ("活动", "文化", "体育", "节日", "邻里"),
        "ORGANIZATION": ("社会组织", "培育", "孵化"),
        "VOLUNTEERING": ("志愿", "积分", "道德银行"),
    },
    basis="Charity Law art. 56; Default of this platform",
)
QUOTES_FROM = declare(
    "fund.quotes.from_amount",
    _("Amount above which several quotes are compared before money is asked for"),
    unit="yuan",
    read=decimal,
    default=Decimal(30000),
    basis="Default of this platform; the fund's own rules prevail",
)
QUOTES_LEAST = declare(
    "fund.quotes.least",
    _("Quotes that are compared above that amount"),
    unit="quotes",
    read=whole,
    default=3,
    basis="Default of this platform; the fund's own rules prevail",
)
DECISION_FROM = declare(
    "fund.decision_from_amount",
    _("Amount above which a use cites a final decision of the residents, not only a topic or need"),
    unit="yuan",
    read=decimal,
    default=Decimal(1000),
    basis="Default of this platform; the fund's own rules prevail",
)
RESIDENTS_LEAST = declare(
    "fund.residents.least",
    _("Members with a seat of the residents who must vote for a resolution on money to count"),
    unit="persons",
    read=whole,
    default=1,
    basis="Report S0: residents take part in the decisions of their fund",
)
EMERGENCY_CAP = declare(
    "fund.emergency.cap",
    _("Most emergency relief for one household before the committee has met"),
    unit="yuan",
    read=decimal,
    default=Decimal(5000),
    basis="Default of this platform; the fund's own rules prevail",
)
EMERGENCY_DAYS = declare(
    "fund.emergency.days",
    _("Days within which the committee ratifies emergency relief"),
    unit="days",
    read=whole,
    default=10,
    basis="Default of this platform; the fund's own rules prevail",
)


@dataclass(frozen=True, slots=True)
class Breach:
    """A use that the rules do not allow: the prohibited kind (empty: the purpose is not permitted) and the text at fault."""

    kind: str
    text: str


def breach_of(
    purpose: str, duty: str, texts: Iterable[str], *, permitted: Sequence[str], prohibited: Words
) -> Breach | None:
    """Return what stands against a use, None when nothing does; words count however they are spaced or wide."""
    if purpose not in permitted:
        return Breach("", purpose)
    if duty in prohibited:
        return Breach(duty, "")
    for text in texts:
        said = plain(text)
        for kind, words in prohibited.items():
            if word := next((word for word in words if plain(word) in said), None):
                return Breach(kind, word)
    return None


def plain(text: str) -> str:
    """Return a text as it is compared: width, case and spaces do not count."""
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())


def serves(restriction: str, purpose: str, told: str, words: Words) -> bool:
    """Tell whether a use serves what donors have restricted their money to.

    By the words that name the kind of use; a restriction that names no kind is served by a use whose text names it.
    """
    wanted = plain(restriction)
    named = {kind for kind, known in words.items() if any(plain(word) in wanted for word in known)}
    return purpose in named if named else wanted in plain(told)
