"""The unified social credit code (GB 32100-2015), and the figures that rules ask of an organization."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from stdnum.cn import uscc

from communities.policy.policy import decimal, declare, whole, yes_or_no
from governance.errors import Invalid

if TYPE_CHECKING:
    from decimal import Decimal

    from communities.policy.policy import Parameter

CODE_LENGTH = 18
CODE_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
CODE_PATTERN = f"^[{CODE_ALPHABET}]{{{CODE_LENGTH}}}$"

LONGEST_REASON = 2000
"""Characters of the reason for which something is sent back, refused or ended."""

_ROUNDED = re.compile(r"\d(\.\d+)?E\+?1[67]|\d{15,16}0{2,3}(\.0+)?")

ASSOCIATION_LEAST_MEMBERS = declare(
    "so.assoc.min_members",
    _("Members of a social association, at least"),
    unit="persons",
    read=whole,
    default=50,
    basis="Regulations on Registration of Social Associations art. 10",
)
ASSOCIATION_LEAST_FUNDS = declare(
    "so.assoc.min_funds",
    _("Funds of a local social association, at least"),
    unit="yuan",
    read=decimal,
    default=decimal(30000),
    basis="Regulations on Registration of Social Associations art. 10",
)
COMMUNITY_LEAST_MEMBERS = declare(
    "so.community.min_members",
    _("Members of a registered community organization, at least"),
    unit="persons",
    read=whole,
    default=5,
    basis="Report on Wuhou",
)
COMMUNITY_LEAST_FUNDS = declare(
    "so.community.min_funds",
    _("Funds of a registered community organization, at least"),
    unit="yuan",
    read=decimal,
    default=decimal(3000),
    basis="Report on Wuhou",
)
PRIOR_APPROVAL = declare(
    "so.prior_approval",
    _("A supervising unit must approve before the registration"),
    unit="yes or no",
    read=yes_or_no,
    default=True,
    basis="Regulations on Registration of Social Associations art. 9",
)
COMMUNITY_PRIOR_APPROVAL = declare(
    "so.community.prior_approval",
    _("A supervising unit must approve before a community organization is registered"),
    unit="yes or no",
    read=yes_or_no,
    default=False,
    basis="Report on Wuhou",
)
AGENCY_LEAST_FUNDS = declare(
    "so.agency.min_funds",
    _("Opening funds of a social service agency, at least"),
    unit="yuan",
    read=decimal,
    default=decimal(30000),
    basis="Default of this platform; local rules prevail",
)
FOUNDATION_LEAST_FUNDS = declare(
    "so.foundation.min_funds",
    _("Original funds of a foundation, at least"),
    unit="yuan",
    read=decimal,
    default=decimal(2000000),
    basis="Regulations on the Administration of Foundations art. 8",
)
RURAL_LEAST_MEMBERS = declare(
    "so.rural_tech.min_members",
    _("Members of a rural technical association, at least"),
    unit="persons",
    read=whole,
    default=15,
    basis="Default of this platform; local rules prevail",
)
RURAL_LEAST_FUNDS = declare(
    "so.rural_tech.min_funds",
    _("Funds of a rural technical association, at least"),
    unit="yuan",
    read=decimal,
    default=decimal(3000),
    basis="Default of this platform; local rules prevail",
)
FILED_LEAST_MEMBERS = declare(
    "so.filed.min_members",
    _("Members of a filed community organization, at least"),
    unit="persons",
    read=whole,
    default=5,
    basis="Default of this platform; local rules prevail",
)


BAN_MONTHS = declare(
    "so.ban.most_months",
    _("Months for which a body is barred from taking part, at most"),
    unit="months",
    read=whole,
    default=36,
    basis="Government Procurement Law art. 77",
)


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a body of one kind usually needs for its registration; nothing where no rule asks."""

    members: Parameter[int] | None
    funds: Parameter[Decimal] | None
    approval: Parameter[bool] = PRIOR_APPROVAL


_OF_ASSOCIATIONS = Threshold(ASSOCIATION_LEAST_MEMBERS, ASSOCIATION_LEAST_FUNDS)
THRESHOLDS: dict[str, Threshold] = {
    "ASSOCIATION": _OF_ASSOCIATIONS,
    "CHAMBER": _OF_ASSOCIATIONS,
    "FEDERATION": _OF_ASSOCIATIONS,
    "RURAL_TECHNICAL_ASSOCIATION": Threshold(RURAL_LEAST_MEMBERS, RURAL_LEAST_FUNDS),
    "SOCIAL_SERVICE_AGENCY": Threshold(None, AGENCY_LEAST_FUNDS),
    "FOUNDATION": Threshold(None, FOUNDATION_LEAST_FUNDS),
    "COMMUNITY_ORGANIZATION": Threshold(COMMUNITY_LEAST_MEMBERS, COMMUNITY_LEAST_FUNDS, COMMUNITY_PRIOR_APPROVAL),
}
"""By type of a registered body; chambers and federations are associations, rural technical ones with a lowered bar."""


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


KINDS_OF_ASSOCIATION = frozenset({"ASSOCIATION", "CHAMBER", "FEDERATION", "RURAL_TECHNICAL_ASSOCIATION"})
"""Types whose legal form is that of an association (Basis: Regulations on Registration of Social Associations art. 2)."""
BODY_CLASSES = {"51": "ASSOCIATION", "52": "SOCIAL_SERVICE_AGENCY", "53": "FOUNDATION"}
"""The first two characters of a code say who registered the body and as what."""
MARKET = "9"
"""The registering department of companies."""


class CreditCodeOfACompany(Invalid):
    """The code was given by the market regulator: a body for profit is no social organization."""

    code = "credit_code_of_a_company"
    message = _("Credit code %(text)s belongs to a company, which is no social organization.")


class CreditCodeOfAnotherType(Invalid):
    """The code says another legal form than the one that is entered."""

    code = "credit_code_of_another_type"
    message = _("Credit code %(text)s begins with %(beginning)s and so belongs to a body of another type.")


def read_organization_code(text: str, organization_type: str) -> str:
    """Return the credit code of a social organization of a type, as it is stored.

    Codes that begin otherwise than 51, 52 and 53 fit every type, for practice gives them to more kinds of bodies.

    Raises:
        CreditCodeRounded, CreditCodeLength, CreditCodeCharacter, CreditCodeCheck: it is no credit code.
        CreditCodeOfACompany, CreditCodeOfAnotherType: it is the code of another kind of body.
    Basis: GB 32100-2015.
    """
    plain = read_credit_code(text)
    if plain.startswith(MARKET):
        raise CreditCodeOfACompany(field="credit_code", text=plain)
    said = BODY_CLASSES.get(plain[:2])
    form = "ASSOCIATION" if organization_type in KINDS_OF_ASSOCIATION else organization_type
    if said and form in BODY_CLASSES.values() and said != form:
        raise CreditCodeOfAnotherType(field="credit_code", text=plain, beginning=plain[:2])
    return plain
