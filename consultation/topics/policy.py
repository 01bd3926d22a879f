"""Phases of a topic, the classes of topics and their clocks: a phase type says which verbs are open while it runs (pure)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import Unreadable, declare, whole

LONGEST_TITLE = 120
LONGEST_TEXT = 10_000
LONGEST_AFFECTED = 200
LONGEST_OPINION = 1000
LONGEST_REASON = 200
MOST_PHASES = 10
LONGEST_ITEM = 60
DEEPEST_REPLY = 2
"""A reply to a reply is the deepest: below that nobody follows who answers whom."""

OPINIONS_PER_PERSON = declare(
    "topic.opinions_per_person",
    _("One person may give on one topic at most"),
    unit="opinions",
    read=whole,
    default=5,
    basis="Default of this platform",
)


ACCEPT_DAYS = declare(
    "topic.accept_days",
    _("A topic that a resident has raised is accepted or refused within"),
    unit="working days",
    read=whole,
    default=5,
    basis="Default of this platform; five working days as in the statutes of consultation councils",
)

RAISED_PER_PERSON = declare(
    "topic.raised_per_person",
    _("One person may have raised, without an answer yet, at most"),
    unit="topics",
    read=whole,
    default=3,
    basis="Default of this platform",
)

DEEP_DAYS = declare(
    "topic.deep_days",
    _("A deep topic is announced after its acceptance within"),
    unit="working days",
    read=whole,
    default=5,
    basis="Practice of Shaoxing 2025: quick topics in 48 hours, deep topics begun in five working days",
)

QUICK_HOURS = declare(
    "topic.quick_hours",
    _("A quick topic is over after its announcement within"),
    unit="hours",
    read=whole,
    default=48,
    basis="Practice of Shaoxing 2025: quick topics in 48 hours, deep topics begun in five working days",
)

EXTENSION_DAYS = declare(
    "topic.extension_notice_days",
    _("The notice of a longer phase runs for at least"),
    unit="calendar days",
    read=whole,
    default=3,
    basis="Opinion on urban and rural community consultation 2015",
)

PICTURE_WHILE_OPEN = declare(
    "topic.picture_while_open",
    _("Where people agree is shown while they still take positions"),
    unit="yes or no",
    read=bool,
    default=True,
    basis="Default of this platform",
)


class TopicClass(models.TextChoices):
    """The four classes of the consultation list (四大项)."""

    RULES = "RULES", _("rules and institutions")
    AFFAIRS = "AFFAIRS", _("public affairs and public benefit")
    MANAGEMENT = "MANAGEMENT", _("management of the village or community")
    OTHER = "OTHER", _("other matters")


Items = dict[str, tuple[str, ...]]
"""The names of the items of each class; they are numbered through in this order."""


def read_items(value: Any) -> Items:
    """Read the consultation list: each of the four classes with its items, no name twice.

    Raises:
        Unreadable: a class is missing or unknown, or an item is empty or stands twice.
    """
    if not isinstance(value, Mapping) or set(value) != set(TopicClass.values):
        raise Unreadable(value)
    found = {name: tuple(value[name]) for name in TopicClass.values}
    names = [item for items in found.values() for item in items]
    if any(not isinstance(item, str) or not 0 < len(item.strip()) <= LONGEST_ITEM for item in names):
        raise Unreadable(value)
    if len(set(names)) != len(names) or not all(found.values()):
        raise Unreadable(value)
    return found


CONSULTATION_LIST = declare(
    "topic.consultation_list",
    _("What is consulted on: four classes with their items"),
    unit="list",
    read=read_items,
    default={
        "RULES": ("自治章程", "居民公约、村规民约", "议事规则", "工作计划与职责清单"),
        "AFFAIRS": ("环境与设施", "养老、托幼、助残服务", "停车、宠物与公共秩序", "文体与公益活动"),
        "MANAGEMENT": (
            "集体或居(村)委会资产与收益",
            "社区(村)基金使用",
            "筹资筹劳",
            "救助与福利名单",
            "物业与业主事务",
            "公益岗位与补贴",
        ),
        "OTHER": ("群体间纠纷", "上级交办或居民提出的事项"),
    },
    basis="Report S2b: consultation list of four classes and sixteen items",
)
"""Effective-dated like every parameter: a new list is a new version, approved by a second person; topics keep the name
of their item as it was (四大项十六小项)."""


def item_at(items: Items, number: int) -> tuple[str, str] | None:
    """Return class and name of the item with this number, counted through from 1; nothing where there is none."""
    numbered = [(kind, name) for kind in TopicClass.values for name in items[kind]]
    return numbered[number - 1] if 1 <= number <= len(numbered) else None


class TopicPace(models.TextChoices):
    """How fast a topic goes (Basis: practice of Shaoxing 2025)."""

    NORMAL = "NORMAL", _("normal")
    QUICK = "QUICK", _("quick")
    DEEP = "DEEP", _("deep")


class PhaseKind(models.TextChoices):
    """What people do in a phase."""

    DISCUSSION = "DISCUSSION", _("discussion")
    STATEMENTS = "STATEMENTS", _("agree or disagree")
    COMMENTS = "COMMENTS", _("comments on documents")
    MEETING = "MEETING", _("meeting")
    VOTE = "VOTE", pgettext_lazy("phase", "vote")


class Verb(models.TextChoices):
    """What a person may want to do with a topic."""

    GIVE_OPINION = "GIVE_OPINION", _("give an opinion")
    SUPPORT_OPINION = "SUPPORT_OPINION", _("support an opinion")
    PROPOSE_STATEMENT = "PROPOSE_STATEMENT", _("propose a statement")
    RATE_STATEMENT = "RATE_STATEMENT", _("agree or disagree with a statement")
    COMMENT_SECTION = "COMMENT_SECTION", _("comment on a document")
    CAST_VOTE = "CAST_VOTE", _("cast a vote")


PHASE_VERBS: dict[str, frozenset[Verb]] = {
    PhaseKind.DISCUSSION: frozenset(
        {
            Verb.GIVE_OPINION,
            Verb.SUPPORT_OPINION,
            Verb.PROPOSE_STATEMENT,
            Verb.RATE_STATEMENT,
            Verb.COMMENT_SECTION,
        }
    ),
    PhaseKind.STATEMENTS: frozenset({Verb.PROPOSE_STATEMENT, Verb.RATE_STATEMENT}),
    PhaseKind.COMMENTS: frozenset({Verb.COMMENT_SECTION}),
    PhaseKind.MEETING: frozenset(),
    PhaseKind.VOTE: frozenset({Verb.CAST_VOTE}),
}
"""Permission is role times phase: outside its phase a verb is closed to everybody."""
