"""Filters that every template may use without loading them: amounts of money and masked personal data."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import template
from django.utils.translation import gettext as _

from governance.accounts import masking
from governance.money import format_yuan

register = template.Library()


@register.filter
def amount(value: Any) -> str:
    """Write an amount with thousands separators and two decimals: 151,200.00."""
    return "" if value in {None, ""} else format_yuan(Decimal(value))


@register.filter
def yuan(value: Any) -> str:
    """Write an amount with its unit: 151,200.00 yuan."""
    text = amount(value)
    return _("%(amount)s yuan") % {"amount": text} if text else ""


@register.filter
def masked_name(value: Any) -> str:
    """Mask a person's name as on public notices."""
    return masking.mask_name(str(value or ""))


@register.filter
def masked_phone(value: Any) -> str:
    """Mask a phone number for the person whose it is."""
    return masking.mask_phone(str(value or ""))


@register.filter
def masked_identity(value: Any) -> str:
    """Mask an identity number for staff of the person's place."""
    return masking.mask_identity(str(value or ""))
