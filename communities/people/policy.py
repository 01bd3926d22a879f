"""Personal data: how identifiers are checked, and how they are found in free text (all pure).

How they are masked stands in `governance.accounts.masking`.

Basis: Personal Information Protection Law art. 51.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from stdnum import luhn
from stdnum.cn import ric
from stdnum.exceptions import ValidationError as NotValid

from governance.accounts.masking import ID_LENGTH, PHONE_LENGTH, STAR
from governance.errors import Invalid

CARD_LENGTHS = range(16, 20)
AROUND = 12
"""Signs that are shown before and after a number, so that the writer finds it again."""
MARK = "【{}】"


def read_identity(text: str) -> tuple[str, dt.date]:
    """Return an identity number in its standard form with the date of birth that it carries.

    The place in its first six digits is not compared with the list of places: the code is that of the day on which the
    number was given, which for older people is later than their birth.

    Raises:
        ValueError: length, signs, date or check digit are wrong (Basis: GB 11643-1999).
    """
    number = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    if len(number) != ID_LENGTH or not (number[:-1].isascii() and number[:-1].isdecimal()):
        raise ValueError(text)
    if number[-1] != ric.calc_check_digit(number):
        raise ValueError(text)
    try:
        return number, ric.get_birth_date(number)
    except NotValid as error:
        raise ValueError(text) from error


def is_identity(text: str) -> bool:
    """Tell whether a text is an identity number."""
    try:
        read_identity(text)
    except ValueError:
        return False
    return True


def is_rounded_identity(text: str) -> bool:
    """Tell whether a spreadsheet has made a number of it: 15 digits are left of it, or an exponent."""
    plain = unicodedata.normalize("NFKC", text).strip().upper()
    return bool(re.fullmatch(r"\d{15}000|\d(\.\d+)?E\+?17", plain))


def latest_birth(day: dt.date, years: int) -> dt.date:
    """Return the latest date of birth of somebody who has that age on a day."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return dt.date(day.year - years, 2, 28)


class NumberKind(models.TextChoices):
    """What a number in free text is."""

    IDENTITY = "IDENTITY", _("identity number")
    PHONE = "PHONE", _("mobile number")
    CARD = "CARD", _("bank card number")


@dataclass(frozen=True, slots=True)
class PersonalNumber:
    """A personal number in a text: characters `start` to before `end`."""

    kind: NumberKind
    start: int
    end: int


# One sign may stand between the digits, as people write 138 1234 5678 or 6222-0212-…
_GROUPS = re.compile(r"\d+[Xx]?")
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015·.]{1,2}")
_WIDE = {0xFF10 + number: ord("0") + number for number in range(10)} | {0xFF38: "X", 0xFF58: "x"}


def find_personal_numbers(text: str) -> list[PersonalNumber]:
    """Find identity numbers, mobile numbers and bank cards in a text, in order, full-width and spaced ones too."""
    plain = text.translate(_WIDE)
    groups = list(_GROUPS.finditer(plain))
    found: list[PersonalNumber] = []
    first = 0
    while first < len(groups):
        hit, after = _number_from(plain, groups, first)
        if hit:
            found.append(hit)
        first = after
    return found


def _number_from(plain: str, groups: list[re.Match[str]], first: int) -> tuple[PersonalNumber | None, int]:
    """Return the longest personal number that begins with this group of digits, and the group after it."""
    best: tuple[PersonalNumber | None, int] = (None, first + 1)
    joined = ""
    for index in range(first, len(groups)):
        group = groups[index]
        if index > first and not _BETWEEN.fullmatch(plain, groups[index - 1].end(), group.start()):
            break
        joined += group.group()
        if len(joined) > CARD_LENGTHS[-1] + 2:
            break
        if kind := _kind(joined):
            best = PersonalNumber(kind, groups[first].start(), group.end()), index + 1
    return best


def _kind(digits: str) -> NumberKind | None:
    if len(digits) == ID_LENGTH and is_identity(digits):
        return NumberKind.IDENTITY
    if not digits.isdecimal():
        return None
    local = digits[2:] if digits.startswith("86") and len(digits) == PHONE_LENGTH + 2 else digits
    if len(local) == PHONE_LENGTH and re.fullmatch(r"1[3-9]\d{9}", local):
        return NumberKind.PHONE
    if len(digits) in CARD_LENGTHS and luhn.is_valid(digits):
        return NumberKind.CARD
    return None


def scrub(text: str) -> str:
    """Return a text with every personal number in it starred out, as long as before."""
    signs = list(text)
    for hit in find_personal_numbers(text):
        signs[hit.start : hit.end] = STAR * (hit.end - hit.start)
    return "".join(signs)


class PersonalNumbersFound(Invalid):
    """A text holds identity, mobile or card numbers; the message shows where (Basis: Personal Information Protection Law art. 6, 28)."""

    code = "personal_numbers_found"
    message = _("Please take out the personal numbers; whoever needs them will ask for them. Found: %(numbers)s.")


@dataclass(frozen=True, slots=True)
class FoundNumber:
    """A personal number in a text: its kind, its line (from 1), and the words around it with the number starred."""

    kind: str
    line: int
    excerpt: str

    def __str__(self) -> str:
        return gettext("%(kind)s in line %(line)s: %(excerpt)s") % {
            "kind": self.kind,
            "line": self.line,
            "excerpt": self.excerpt,
        }


def found_numbers(text: str) -> list[FoundNumber]:
    """Find the personal numbers of a text and show where each stands."""
    return [_shown(text, hit) for hit in find_personal_numbers(text)]


def _shown(text: str, hit: PersonalNumber) -> FoundNumber:
    """Show the place of one number; its first three and last two signs are enough to know it again."""
    hidden = scrub(text)
    number = text[hit.start : hit.end]
    masked = f"{number[:3]}…{number[-2:]}"
    before = hidden[max(hit.start - AROUND, 0) : hit.start]
    after = hidden[hit.end : hit.end + AROUND]
    excerpt = " ".join(f"{before}{MARK.format(masked)}{after}".split()).rstrip("。.")
    cut_before = "…" if hit.start > AROUND else ""
    cut_after = "…" if hit.end + AROUND < len(text) else ""
    return FoundNumber(str(hit.kind.label), text.count("\n", 0, hit.start) + 1, f"{cut_before}{excerpt}{cut_after}")


def refuse_personal_numbers(**texts: str) -> None:
    """Refuse the first of several texts that holds personal numbers, and show where each of them stands.

    Raises:
        PersonalNumbersFound: `field` names the text.
    """
    for field, text in texts.items():
        if hits := found_numbers(text):
            raise PersonalNumbersFound(field=field, numbers="; ".join(map(str, hits)))
