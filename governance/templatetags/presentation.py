"""Filters that every template may use without loading them: amounts of money and masked personal data."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import segno
from django import template
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.accounts import masking
from governance.calendar.days import written_until
from governance.money import format_yuan

register = template.Library()

QUIET = 4
"""The white border that readers of QR codes need, in modules."""


@register.inclusion_tag("partials/qr.html")
def qr(text: str, label: str = "") -> dict[str, Any]:
    """Draw a QR code of a text, usually an address, as SVG."""
    rows = segno.make(text, error="m", micro=False).matrix
    path = "".join(
        f"M{x + QUIET} {y + QUIET}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark
    )
    return {"path": path, "size": len(rows) + 2 * QUIET, "label": label or text}


ARTICLE = re.compile(r"(?P<law>.+) art\. (?P<article>[\d, ]+)")


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
def until(value: Any) -> str:
    """Write a moment up to which something is possible; midnight is 24:00 of the day that ends."""
    return written_until(value) if value else ""


@register.filter
def figure(value: Any) -> str:
    """Write a count or a sum with thousands apart and no empty decimals: 1,822,000 or 43.5."""
    return "" if value is None else f"{value:,.2f}".rstrip("0").rstrip(".")


@register.filter
def legal_basis(value: Any) -> str:
    """Write what an act rests on in the reader's language: 《慈善法》第58条; documents keep their own names."""
    text = str(value or "")
    if not text or _(text) != text:
        return _(text) if text else ""
    return _("; ").join(_one_basis(part) for part in text.split("; "))


def _one_basis(text: str) -> str:
    if found := ARTICLE.fullmatch(text):
        return _("%(law)s art. %(article)s") % {"law": _(found["law"]).strip("《》"), "article": found["article"]}
    return _(text)


@register.filter
def unit_name(value: Any) -> str:
    """Translate a unit, which is stored in English."""
    return pgettext("unit", str(value)) if value else ""


@register.filter
def masked_text(value: Any) -> str:
    """Shorten the personal numbers in a text."""
    return masking.mask_text(str(value or ""))


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
