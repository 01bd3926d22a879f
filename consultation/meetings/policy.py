"""Kinds of councils, the numbers of their meetings, and what is computed for them (pure)."""

from __future__ import annotations

import base64
import hashlib
import hmac
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.policy import Unreadable, decimal, declare, fraction, whole

LONGEST_TITLE = 120
LONGEST_TEXT = 10_000
LONGEST_PLACE = 200
LONGEST_NAME = 50
MOST_ITEMS = 30
MOST_GUESTS = 200
CODE_SIGNS = 8


class CouncilForm(models.TextChoices):
    """What kind of council a body is."""

    PARTY_AND_RESIDENTS = "PARTY_AND_RESIDENTS", _("party and residents' council")
    RESIDENTS = "RESIDENTS", _("residents' council")
    CONSULTATION = "CONSULTATION", _("consultation committee")
    VILLAGERS = "VILLAGERS", _("villagers' council")
    GROUP = "GROUP", _("group meeting")
    COURTYARD = "COURTYARD", _("courtyard meeting")
    STEWARDS = "STEWARDS", _("stewards' meeting")
    REPRESENTATIVES = "REPRESENTATIVES", _("representatives' meeting")
    ASSEMBLY = "ASSEMBLY", _("meeting of all residents or villagers")
    HEARING = "HEARING", _("hearing")


OPEN_FORMS = frozenset({CouncilForm.GROUP, CouncilForm.COURTYARD, CouncilForm.ASSEMBLY, CouncilForm.HEARING})
"""Whoever belongs to the place is entitled; the others have seats."""
WITHOUT_VOTES = frozenset({CouncilForm.HEARING})
"""Where opinions are heard and nothing is resolved."""


def fractions_by_form(value: Any) -> dict[str, Fraction]:
    """Read parts by kind of council; "*" stands for every other kind."""
    if not isinstance(value, dict) or not set(value) <= {*CouncilForm.values, "*"} or "*" not in value:
        raise Unreadable(value)
    return {str(name): fraction(part) for name, part in value.items()}


MEETING_NOTICE_DAYS = declare(
    "meeting.notice_days",
    _("A meeting is announced with its agenda, where its decision rule names no days, for at least"),
    unit="days",
    read=whole,
    default=3,
    basis="Opinion on urban and rural community consultation 2015; Default of this platform",
)

CONVENE_SHARE = declare(
    "meeting.convene_share",
    _("A meeting must be called when this part of those entitled asks for it"),
    unit="part of 1",
    read=fractions_by_form,
    default={"*": Fraction(1, 5)},
    basis="Organic Law of Urban Residents' Committees art. 10; Organic Law of Villagers' Committees art. 21, 26",
)

VILLAGE_CONVENE_SHARE = declare(
    "meeting.convene_share.village",
    _("In villages a meeting must be called when this part of those entitled asks for it"),
    unit="part of 1",
    read=fractions_by_form,
    default={"*": Fraction(1, 5), "ASSEMBLY": Fraction(1, 10)},
    basis="Organic Law of Villagers' Committees art. 21, 26",
)

CALL_DAYS = declare(
    "meeting.call_days",
    _("A meeting that was asked for is held within"),
    unit="days",
    read=whole,
    default=30,
    basis="Default of this platform",
)

AFFECTED_SHARE = declare(
    "meeting.affected_share",
    _("Where the affected must be heard, they are at least this part of those present"),
    unit="part of 1",
    read=fraction,
    default=Fraction(1, 2),
    basis="Opinion on urban and rural community consultation 2015; guide of Chongqing 2025: half of those present",
)

ANNOUNCED_ONLY = declare(
    "meeting.announced_only",
    _("Only what was announced is voted on"),
    unit="yes or no",
    read=bool,
    default=True,
    basis="Opinion on urban and rural community consultation 2015; Beijing measures on owners' meetings",
)

CODE_SECONDS = declare(
    "meeting.code_seconds",
    _("The code for signing in at a meeting changes every"),
    unit="seconds",
    read=whole,
    default=120,
    basis="Default of this platform",
)

STEWARD_SESSIONS = declare(
    "steward.cycle",
    _("Stewards meet in a year at least"),
    unit="times",
    read=whole,
    default=4,
    basis="Report on Jiangbei: stewards meet each quarter",
)

COUNCIL_SESSIONS = declare(
    "council.sessions",
    _("A council meets in a year at least"),
    unit="times",
    read=whole,
    default=4,
    basis="Organic Law of Villagers' Committees art. 26; Default of this platform",
)


class Origin(models.TextChoices):
    """Where an item of an agenda comes from."""

    TOPIC = "TOPIC", _("topic")
    MATTER = "MATTER", _("matter")
    FREE = "FREE", pgettext_lazy("agenda", "free item")


class Outcome(models.TextChoices):
    """What came of an item."""

    AGREED = "AGREED", _("agreed")
    PARTLY = "PARTLY", _("partly agreed")
    NOT_AGREED = "NOT_AGREED", _("not agreed")
    REFERRED = "REFERRED", _("referred to another body")


class Capacity(models.TextChoices):
    """As what somebody comes to a meeting."""

    MEMBER = "MEMBER", _("entitled to vote")
    AFFECTED = "AFFECTED", _("affected, with a voice")
    GUEST = "GUEST", _("invited, with a voice")
    OBSERVER = "OBSERVER", _("watching")


class SignedBy(models.TextChoices):
    """How somebody signed in."""

    CODE = "CODE", _("code on the spot")
    LIST = "LIST", _("list kept by staff")
    PAPER = "PAPER", _("paper sheet")


class Method(models.TextChoices):
    """How a motion is voted on."""

    NAMED = "NAMED", _("by name")
    COUNTED = "COUNTED", _("counted: paper slips, secret or show of hands")


class Side(models.TextChoices):
    """How somebody stands to a motion."""

    FOR = "FOR", _("in favor")
    AGAINST = "AGAINST", _("against")
    ABSTAIN = "ABSTAIN", _("abstained")
    RECUSED = "RECUSED", _("withdrew")


class PartyKind(models.TextChoices):
    """What a party to a case is (Basis: report S2, committee, social workers and residents work together)."""

    COMMITTEE = "COMMITTEE", _("residents' or villagers' committee")
    SOCIAL_WORKERS = "SOCIAL_WORKERS", _("social workers")
    RESIDENTS = "RESIDENTS", _("residents and volunteers")
    ORGANIZATION = "ORGANIZATION", _("social organization")
    ENTERPRISE = "ENTERPRISE", _("enterprise")
    PROPERTY = "PROPERTY", _("property management")
    DEPARTMENT = "DEPARTMENT", _("department or street office")
    OTHER = "OTHER", pgettext_lazy("party to a case", "other")


class PhotoStage(models.TextChoices):
    """What a photo of a task shows."""

    BEFORE = "BEFORE", pgettext_lazy("photo of a task", "before")
    AFTER = "AFTER", pgettext_lazy("photo of a task", "after")


LONGEST_TASK = 200
LONGEST_REPORT = 500
LONGEST_PARTY = 100
MOST_PARTIES = 12
MOST_TASK_PHOTOS = 9
"""Photos of a task from before, and as many from after."""


def part_for(parts: dict[str, Fraction], form: str) -> Fraction:
    """Return the part that holds for a kind of council."""
    return parts.get(form, parts["*"])


def least_of(part: Fraction, base: int) -> int:
    """Return the smallest whole number that is at least this part of a base."""
    return -(-part.numerator * base // part.denominator)


def is_part_reached(part: Fraction, reached: int, base: int) -> bool:
    """Tell whether `reached` is at least the part of the base, compared as integers (Basis: Civil Code art. 1259)."""
    return reached * part.denominator >= part.numerator * base


def sign_in_code(key: str, meeting: int, moment: int, seconds: int, *, back: int = 0) -> str:
    """Return the code by which one signs in at a meeting at a moment (seconds of the epoch); it changes by itself."""
    window = moment // max(seconds, 1) - back
    digest = hmac.new(key.encode(), f"meeting:{meeting}:{window}".encode(), hashlib.sha256).digest()
    return base64.b32encode(digest).decode()[:CODE_SIGNS]


def is_code_good(key: str, meeting: int, moment: int, seconds: int, typed: str) -> bool:
    """Tell whether a code is that of this moment, or the one just before it: people need time to walk up."""
    plain = "".join(sign for sign in typed.upper() if sign.isalnum())
    return any(
        hmac.compare_digest(sign_in_code(key, meeting, moment, seconds, back=back).encode(), plain.encode())
        for back in (0, 1)
    )


def digest_of(text: str) -> str:
    """Return the SHA-256 of a text in UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


COSTLY_ABOVE = declare(
    "decision.costly_above",
    _("A decision of the residents' council that costs more than this needs two thirds"),
    unit="yuan",
    read=decimal,
    default=Decimal(5000),
    basis="Default of this platform; the council's own rules prevail",
)
ORDINARY_RULE, COSTLY_RULE = "council_default", "council_costly"
"""The council's rule, and the one by which its costly decisions are judged."""
