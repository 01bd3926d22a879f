"""What an entry of the register must be before it is written: one rule for the form, the sheet and the large file."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from socialorgs.register.models import OrganizationType, SocialOrganization, Standing
from socialorgs.register.policy import FILED_LEAST_MEMBERS, read_organization_code
from socialorgs.register.refusals import (
    CodeMissing,
    CodeOfAFiledBody,
    CodeTaken,
    FiledBodyHasNoForm,
    FilingNumberMissing,
    FilingNumberTaken,
    FoundedLater,
    TooFewMembers,
)


def take_over(row: SocialOrganization, given: dict[str, Any], today: dt.date, *, least: int | None = None) -> None:
    """Set what was typed on the row as it is stored, or refuse it; `least` members of a filed one, if known already.

    Raises:
        CodeMissing … TooFewMembers, FoundedLater, PersonalNumbersFound: see `operations.enter_organization`.
    """
    for column, typed in given.items():
        setattr(row, column, typed.strip() if isinstance(typed, str) else typed)
    refuse_personal_numbers(name=row.name, scope=row.scope)
    if row.founded_on > today:
        raise FoundedLater(field="founded_on", day=row.founded_on)
    row.credit_code, row.filing_number = _identified(row)
    if row.standing == Standing.FILED:
        _check_filed(row, value(FILED_LEAST_MEMBERS, row.division, today) if least is None else least)


def _identified(row: SocialOrganization) -> tuple[str | None, str | None]:
    """Return the code and the filing number as stored: a registered body has the one, a filed body the other."""
    if row.standing == Standing.FILED:
        if row.credit_code:
            raise CodeOfAFiledBody(field="credit_code")
        if not row.filing_number:
            raise FilingNumberMissing(field="filing_number")
        return None, row.filing_number
    if not row.credit_code:
        raise CodeMissing(field="credit_code")
    return read_organization_code(row.credit_code, row.organization_type), row.filing_number or None


def _check_filed(row: SocialOrganization, least: int) -> None:
    if row.organization_type != OrganizationType.COMMUNITY_ORGANIZATION:
        raise FiledBodyHasNoForm(field="organization_type")
    if row.members_count is None or row.members_count < least:
        raise TooFewMembers(field="members_count", least=least)


def write(row: SocialOrganization) -> None:
    """Check and write the row; a code or number that somebody else entered in the same moment is named."""
    others = SocialOrganization.objects.exclude(pk=row.pk)
    if row.credit_code and others.filter(credit_code=row.credit_code).exists():
        raise CodeTaken(field="credit_code", text=row.credit_code)
    if row.filing_number and others.filter(filing_number=row.filing_number).exists():
        raise FilingNumberTaken(field="filing_number", number=row.filing_number)
    row.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "credit_code" in str(error):
            raise CodeTaken(field="credit_code", text=row.credit_code) from error
        if "filing_number" in str(error):
            raise FilingNumberTaken(field="filing_number", number=row.filing_number) from error
        raise
