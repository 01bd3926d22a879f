"""Shares, days and the reading of signature sheets of a recall (all pure but for the parameters)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import BodyKind
from communities.policy.policy import declare, fraction, whole

LONGEST_GROUNDS = 2000
LONGEST_DEFENSE = 4000
LONGEST_REASON = 1000
LONGEST_DOUBT = 200
MOST_AT_ONCE = 500
"""So many signatures are entered or judged in one go."""

VILLAGE_LAW = "Organic Law of Villagers' Committees art. 16"
LAWS = "Organic Law of Villagers' Committees art. 16; Organic Law of Urban Residents' Committees art. 11"

VOTERS_SHARE = declare(
    "recall.voters_share",
    _("The recall of a committee member can be demanded by this part of the voters"),
    unit="part of 1",
    read=fraction,
    default=Fraction(1, 5),
    basis="Organic Law of Villagers' Committees art. 16; default of this platform for residents' committees",
)
REPRESENTATIVES_SHARE = declare(
    "recall.representatives_share",
    _("The recall of a committee member can be demanded by this part of the representatives"),
    unit="part of 1",
    read=fraction,
    default=Fraction(1, 3),
    basis="Organic Law of Villagers' Committees art. 16; default of this platform for residents' committees",
)
CHECK_DAYS = declare(
    "recall.check_days",
    _("The signatures of a demand for recall are checked within"),
    unit="working days",
    read=whole,
    default=10,
    basis="Default of this platform",
)
DEFENSE_DAYS = declare(
    "recall.defense_days",
    _("The member whose recall is demanded can answer within"),
    unit="days",
    read=whole,
    default=7,
    basis="Default of this platform; Organic Law of Villagers' Committees art. 16",
)
VOTE_DAYS = declare(
    "recall.vote_days",
    _("The vote on a recall is held, counted from the day on which the demand was found valid, within"),
    unit="days",
    read=whole,
    default=30,
    basis="Default of this platform",
)
BY_ELECTION_DAYS = declare(
    "recall.by_election_days",
    _("The by-election of a seat that became vacant by a recall is planned within"),
    unit="days",
    read=whole,
    default=30,
    basis="Default of this platform; Organic Law of Villagers' Committees art. 19",
)


class Demanders(models.TextChoices):
    """Who demands a recall."""

    VOTERS = "VOTERS", _("voters")
    REPRESENTATIVES = "REPRESENTATIVES", _("representatives")


class Hearing(models.TextChoices):
    """How the member answered."""

    SPOKEN = "SPOKEN", _("spoken, taken down and read back")
    WRITTEN = "WRITTEN", _("in writing")
    WAIVED = "WAIVED", _("the member does not wish to answer")


class Finding(models.TextChoices):
    """What the check of a signature found."""

    VALID = "VALID", pgettext_lazy("signature", "counts")
    DOUBTFUL = "DOUBTFUL", pgettext_lazy("signature", "does not count")


SHARES = {Demanders.VOTERS: VOTERS_SHARE, Demanders.REPRESENTATIVES: REPRESENTATIVES_SHARE}

RULES = {BodyKind.VILLAGERS_COMMITTEE: "village_recall", BodyKind.RESIDENTS_COMMITTEE: "urban_recall"}
"""By which decision rule the members of a kind of committee are recalled."""


def people_named(line: str, people: Sequence[tuple[int, str, str]]) -> list[int]:
    """Return the keys of those whom a line of a signature sheet can mean, of (key, name, address).

    A line holds a name, and after a blank a part of the address where several have the name.
    """
    name, _blank, place = line.strip().partition(" ")
    found = [(key, address) for key, known, address in people if known == name]
    part = place.strip()
    return [key for key, address in found if not part or part in address]


def doubts_in(text: str) -> tuple[dict[int, str], list[str]]:
    """Read which signatures do not count, one a line: its number and the reason; return them and the unreadable lines."""
    found: dict[int, str] = {}
    wrong: list[str] = []
    for line in filter(None, (part.strip() for part in text.splitlines())):
        number, _blank, reason = line.partition(" ")
        if number.isdecimal() and reason.strip():
            found[int(number)] = reason.strip()
        else:
            wrong.append(line)
    return found, wrong


def unclear(lines: Mapping[str, Sequence[int]]) -> list[str]:
    """Return the lines that mean nobody, or more than one."""
    return [line for line, keys in lines.items() if len(keys) != 1]
