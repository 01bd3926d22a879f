"""Mainland mobile numbers: one spelling for storage and look-up (E.164, +86…)."""

from __future__ import annotations

import unicodedata

import phonenumbers
from django.utils.translation import gettext_lazy as _
from phonenumbers import NumberParseException, PhoneNumberFormat, PhoneNumberType

from governance.errors import Invalid

REGION, COUNTRY_CODE = "CN", 86


class PhoneInvalid(Invalid):
    """Codes are sent to mobile numbers of mainland China only."""

    code = "phone_invalid"
    message = _("Enter a mobile number of mainland China with 11 digits, such as 138 0013 8000.")


def normalize_phone(text: str) -> str:
    """Return the number as +86 and eleven digits; full-width digits, spaces and hyphens are understood.

    Raises:
        PhoneInvalid: not a mobile number of mainland China.
    """
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), REGION)
    except NumberParseException:
        raise PhoneInvalid(field="phone") from None
    is_mobile = phonenumbers.number_type(number) == PhoneNumberType.MOBILE
    if number.country_code != COUNTRY_CODE or not is_mobile or not phonenumbers.is_valid_number(number):
        raise PhoneInvalid(field="phone")
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
