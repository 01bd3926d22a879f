"""What the rules of community funds fix: parameters with their sources, and the check of a credit code (GB 32100)."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from fractions import Fraction
from typing import Any

from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from communities.policy.policy import decimal, declare
from governance.errors import Invalid
from governance.money import ZERO

SLUG_LENGTH = 30
CODE_LENGTH = 18
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_PATTERN = f"^[{CODE_ALPHABET}]{{{CODE_LENGTH}}}$"

_ROUNDED = re.compile(r"\d(\.\d+)?E\+?1[67]|\d{15,16}0{2,3}(\.0+)?")


def fraction(value: Any) -> Fraction:
    """Read a stored part such as "2/3" exactly."""
    return Fraction(str(value))


OPENING_MINIMUM = declare(
    "fund.opening_min",
    _("Smallest opening amount of a community fund"),
    unit="yuan",
    read=decimal,
    default=ZERO,
    basis="Practice of Wuhan: no minimum amount",
)
FEE_RATE = declare(
    "fund.fee_rate",
    _("Management fee of the host charity"),
    unit="part of the donation",
    read=decimal,
    default=decimal(0),
    basis="Practice of Wuhan: no fee",
)
FEE_CAP = declare(
    "fund.fee_cap",
    _("Highest management fee of the host charity"),
    unit="part of the donation",
    read=decimal,
    default=decimal("0.05"),
    basis="Charity Law art. 61",
)
COMMITTEE_MINIMUM = declare(
    "fund.committee.min",
    _("Smallest fund committee"),
    unit="persons",
    read=int,
    default=5,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
COMMITTEE_IS_ODD = declare(
    "fund.committee.odd",
    _("A fund committee has an odd number of members"),
    unit="yes or no",
    read=bool,
    default=True,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
COMMITTEE_TERM_YEARS = declare(
    "fund.committee.term_years",
    _("Term of a fund committee"),
    unit="years",
    read=int,
    default=3,
    basis="Hunan guide on community charity funds 2025 (trial)",
)
QUORUM = declare(
    "fund.quorum",
    _("Part of a fund committee that must be present"),
    unit="part of all members",
    read=fraction,
    default=Fraction(2, 3),
    basis="Hunan guide on community charity funds 2025 (trial)",
)
SPECIAL_PASS = declare(
    "fund.special_pass",
    _("Part of a fund committee that decides on opening, rules, closure and the largest uses"),
    unit="part of all members",
    read=fraction,
    default=Fraction(2, 3),
    basis="Hunan guide on community charity funds 2025 (trial)",
)
IDLE_WARN = declare(
    "fund.idle_warn",
    _("Months without activity after which a fund is warned"),
    unit="months",
    read=int,
    default=6,
    basis="Guides on community charity funds (Hubei 2023, Hunan 2025)",
)
IDLE_CLOSE = declare(
    "fund.idle_close",
    _("Months without activity after which a fund is to be closed"),
    unit="months",
    read=int,
    default=12,
    basis="Hubei guide on community charity funds 2023 (trial)",
)


class CreditCodeLength(Invalid):
    """The code is not 18 characters long."""

    code = "credit_code_length"
    message = _("A credit code has 18 characters; “%(text)s” has %(length)s.")


class CreditCodeCharacter(Invalid):
    """The code holds a character that no code can hold."""

    code = "credit_code_character"
    message = _(
        "Character %(position)s of the credit code, “%(character)s”, cannot be right: "
        "only digits and capital letters without I, O, S, V and Z are used."
    )


class CreditCodeCheck(Invalid):
    """The check character does not fit the other seventeen."""

    code = "credit_code_check"
    message = _(
        "The last character of credit code %(text)s is %(given)s but %(expected)s follows from the other seventeen. "
        "One of the 18 characters is mistyped."
    )


class CreditCodeRounded(Invalid):
    """A spreadsheet kept the code as a number and has rounded its last digits away."""

    code = "credit_code_rounded"
    message = _(
        "“%(text)s” is a number that the spreadsheet has rounded: its last digits are lost. "
        "Format the column as text and enter the credit code again."
    )


def read_credit_code(text: str) -> str:
    """Return a unified social credit code as it is stored: 18 half-width capital characters.

    Full-width and lower-case characters, blanks and hyphens are understood. The division digits are not required to be
    digits, because codes of villages' organizations begin with N.

    Raises:
        CreditCodeRounded, CreditCodeLength, CreditCodeCharacter, CreditCodeCheck: what is wrong, with the place.
    Basis: GB 32100-2015.
    """
    plain = re.sub(r"[\s\-]", "", unicodedata.normalize("NFKC", text)).upper()
    fits = len(plain) == CODE_LENGTH and set(plain) <= set(CODE_ALPHABET)
    if fits and plain[-1] == (expected := uscc.calc_check_digit(plain)):
        return plain
    if _ROUNDED.fullmatch(unicodedata.normalize("NFKC", text).strip().upper()):
        raise CreditCodeRounded(field="credit_code", text=text)
    if len(plain) != CODE_LENGTH:
        raise CreditCodeLength(field="credit_code", text=text, length=len(plain))
    for position, character in enumerate(plain, start=1):
        if character not in CODE_ALPHABET:
            raise CreditCodeCharacter(field="credit_code", position=position, character=character)
    raise CreditCodeCheck(field="credit_code", text=plain, given=plain[-1], expected=expected)


FUND_SUFFIX = "慈善基金"
"""How the name of every community fund ends (Basis: Hunan guide on community charity funds 2025, trial)."""


def fund_name(charity: str, *places: str) -> str:
    """Return the name of a fund by the pattern of the guides: the charity's full name, the places, the suffix."""
    return f"{charity}{''.join(places)}{FUND_SUFFIX}"


def purpose_slug(purpose: str) -> str:
    """Return what stands for a purpose in the code of its pool; other spacing, width or case is the same purpose."""
    same = slugify(unicodedata.normalize("NFKC", purpose).casefold(), allow_unicode=True)
    if 0 < len(same) <= SLUG_LENGTH:
        return same
    return f"{same[:SLUG_LENGTH]}-{hashlib.sha256(same.encode()).hexdigest()[:8]}".strip("-")
