"""What the twelve digits of a division's code say (统计用区划代码), and what makes a row of a code list wrong.

Basis: GB/T 2260 for digits 1 to 6, GB/T 10114 for 7 to 9, then three digits for committees. Pure
functions over text; nothing here knows the database.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import NamedTuple

from django.utils.translation import gettext as _

CODE_LENGTH = 12
COLLECTIVE = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""Names by which the code lists group the districts or counties of a municipality or province; they are no places."""
LONGEST_NAME = 100
LONGEST_SHORT_NAME = 60
SPREADSHEET_DIGITS = 15
"""Digits that a spreadsheet keeps of a number; the rest become zeros."""

PROVINCE, CITY, DISTRICT, STREET, COMMUNITY = range(1, 6)
SIGNIFICANT = {PROVINCE: 2, CITY: 4, DISTRICT: 6, STREET: 9, COMMUNITY: 12}
"""How many leading digits name a division of this tier; the others are zeros."""

_LEVELS = {str(tier): tier for tier in SIGNIFICANT}
_TIER_OF_DIGITS = [
    next(tier for tier, digits in SIGNIFICANT.items() if used <= digits) for used in range(CODE_LENGTH + 1)
]

STREET_KINDS = ((1, 99, "STREET"), (100, 199, "TOWN"), (200, 399, "TOWNSHIP"), (400, 599, "SPECIAL_ZONE"))
"""Digits 7 to 9."""
COMMITTEE_KINDS = ((1, 199, "COMMUNITY"), (200, 399, "VILLAGE"), (400, 499, "COMMUNITY"), (500, 599, "VILLAGE"))
"""Digits 10 to 12; from 400 on units that are like a committee (类似居委会、类似村委会)."""

_SCIENTIFIC = re.compile(r"\d(\.\d+)?[eE]\+?\d+")
_COMMITTEE_NAMES = (
    ("社区居民委员会", "社区"),
    ("社区居委会", "社区"),
    ("社区委员会", "社区"),
    ("村村民委员会", "村"),
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("居民委员会", ""),
    ("居委会", ""),
)


class CodeRow(NamedTuple):
    """One checked row of a code list; a tuple, because a country has 665,276 of them."""

    line: int
    code: str
    name: str
    parent_code: str
    tier: int
    level: str
    short_name: str
    urban_rural_class: str

    @property
    def repeats_its_parent(self) -> bool:
        """Whether the row only fills a tier that the place does not have (东莞市 has streets and no districts)."""
        return self.code == self.parent_code


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a row of a file can't be taken; `line` counts from 1 with the head."""

    line: int
    code: str
    reason: str


def tier_of(code: str) -> int:
    """Return the tier that the trailing zeros of a code speak of."""
    return _TIER_OF_DIGITS[len(code.rstrip("0"))]


def level_of(code: str, name: str, tier: int) -> str:
    """Return what kind of unit a code names within its tier, or nothing when its digits are in no known range.

    A street-level code from 400 on is a zone or enterprise unit, unless its name says that it is a community that
    replaces a street (Basis: statistical code list 2023, 滨湖世纪社区 340111400).
    """
    if tier <= CITY:
        return ("PROVINCE", "CITY")[tier - 1]
    if tier == DISTRICT:
        return "DISTRICT" if name.endswith("区") else "COUNTY"
    digits, kinds = (code[6:9], STREET_KINDS) if tier == STREET else (code[9:], COMMITTEE_KINDS)
    found = next((level for first, last, level in kinds if first <= int(digits) <= last), "")
    return "STREET_LEVEL_COMMUNITY" if found == "SPECIAL_ZONE" and "社区" in name else found


def short_name_of(name: str) -> str:
    """Return what people call a division: the name without the word for the committee that runs it."""
    for ending, kept in _COMMITTEE_NAMES:
        if name.endswith(ending) and len(name) > len(ending):
            return (name.removesuffix(ending) + kept)[:LONGEST_SHORT_NAME]
    return name[:LONGEST_SHORT_NAME]


def check_row(
    *, line: int, code: str, name: str, parent_code: str, level: str, urban_rural_class: str = ""
) -> CodeRow | str:
    """Return the row as it can be imported, or the reason for people why it can't."""
    reason = code_trouble(code) or (parent_code and code_trouble(parent_code)) or _name_trouble(name)
    if reason:
        return reason
    if urban_rural_class and not (len(urban_rural_class) == 3 and _is_digits(urban_rural_class)):  # noqa: PLR2004 - its length
        return _("The urban-rural class must have 3 digits.")
    if level not in _LEVELS:
        return _("The level must be a number from 1 (province) to 5 (community), not “%(level)s”.") % {"level": level}
    tier = _LEVELS[level]
    kind = ""
    if code != parent_code:
        if reason := _shape_trouble(code, parent_code, tier):
            return reason
        kind = level_of(code, name, tier)
        if not kind:
            return _("The last digits of %(code)s are in no range that a kind of unit uses.") % {"code": code}
    return CodeRow(line, code, name, parent_code, tier, kind, short_name_of(name), urban_rural_class)


def _name_trouble(name: str) -> str:
    if not name:
        return _("The name is missing.")
    if len(name) > LONGEST_NAME:
        return _("The name is longer than %(count)d characters.") % {"count": LONGEST_NAME}
    return ""


def code_trouble(code: str) -> str:
    """Return why a text is not a code of twelve digits; nothing when it is one."""
    if len(code) == CODE_LENGTH and _is_digits(code):
        return "" if code.strip("0") else _("A code of zeros only names no place.")
    if not code:
        return _("The code is missing.")
    if _SCIENTIFIC.fullmatch(code):
        return _(
            "“%(code)s” is a number in scientific notation: a spreadsheet has rounded it. "
            "Format the column as text and enter the code again."
        ) % {"code": code}
    if not _is_digits(code):
        return _("The code “%(code)s” has other characters than digits.") % {"code": code}
    if len(code) > SPREADSHEET_DIGITS and not code[SPREADSHEET_DIGITS:].strip("0"):
        return _(
            "The code has %(count)d digits instead of 12, and those after the 15th are zeros: a spreadsheet has "
            "rounded it. Format the column as text and enter the code again."
        ) % {"count": len(code)}
    return _("The code has %(count)d digits instead of 12.") % {"count": len(code)}


def _shape_trouble(code: str, parent_code: str, tier: int) -> str:
    """Return how a row's level, digits and parent contradict each other; nothing when they don't."""
    if tier_of(code) != tier:
        return _("The level %(level)d contradicts the code %(code)s, which by its zeros is of level %(shape)d.") % {
            "level": tier,
            "code": code,
            "shape": tier_of(code),
        }
    if not parent_code:
        return _("The code of the parent is missing.") if tier > DISTRICT else ""
    above = tier_of(parent_code)
    if above >= tier:
        return _("The parent %(parent)s does not stand above level %(level)d.") % {
            "parent": parent_code,
            "level": tier,
        }
    if not code.startswith(parent_code[: SIGNIFICANT[above]]):
        return _("The code %(code)s does not begin like its parent %(parent)s.") % {
            "code": code,
            "parent": parent_code,
        }
    return ""


def _is_digits(text: str) -> bool:
    return text.isascii() and text.isdecimal()
