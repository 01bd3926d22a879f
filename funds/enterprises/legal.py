"""What each legal form of a community enterprise may do: a table, read by operations, pages and the sheet of the API.

Basis: Company Law (2023) art. 210; Interim Regulations on the Registration of Private Non-enterprise Units art. 4;
report S0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from funds.enterprises.models import LegalForm

if TYPE_CHECKING:
    from collections.abc import Iterator

WHOLE = Decimal(1)
HALF = Decimal("0.5")
NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class FormRule:
    """What one legal form may do.

    `own_part` is the smallest part that the committee and the collective hold together.
    """

    may_distribute: bool
    has_shareholders: bool
    own_part: Decimal = NOTHING
    forms_reserve: bool = False


FORMS: dict[str, FormRule] = {
    LegalForm.WHOLLY_OWNED_COMPANY: FormRule(
        may_distribute=True, has_shareholders=True, own_part=WHOLE, forms_reserve=True
    ),
    LegalForm.CONTROLLED_COMPANY: FormRule(
        may_distribute=True, has_shareholders=True, own_part=HALF, forms_reserve=True
    ),
    LegalForm.VILLAGE_COLLECTIVE: FormRule(may_distribute=True, has_shareholders=True),
    LegalForm.SOCIAL_SERVICE_AGENCY: FormRule(may_distribute=False, has_shareholders=False),
    LegalForm.COMMITTEE_LETTING: FormRule(may_distribute=True, has_shareholders=False),
}


def told(legal_form: str) -> Iterator[str]:
    """Say in sentences what a legal form may do and must do."""
    rule = FORMS[legal_form]
    if rule.may_distribute:
        yield _("May distribute profit, and gives back part of it by its distribution policy.")
    else:
        yield _("May not distribute profit: what it earns stays with its purpose.")
    if not rule.has_shareholders:
        yield _("Has no shareholders.")
    elif rule.own_part == WHOLE:
        yield _("The residents' committee is its only shareholder.")
    elif rule.own_part:
        yield _("The community itself holds at least %(part)s %% of it.") % {"part": f"{rule.own_part * 100:.0f}"}
    if rule.forms_reserve:
        yield _("Covers losses first, then puts part of the profit into the statutory reserve.")
