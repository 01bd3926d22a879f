"""What each legal form of a community enterprise may do: a table, read by operations, pages and the sheet of the API.

Basis: Company Law (2023) art. 210; Interim Regulations on the Registration of Private Non-enterprise Units art. 4;
report S0.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from funds.enterprises.models import LegalForm

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
