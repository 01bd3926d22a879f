"""How a platform's columns are named and its cells read; every cell that cannot be used says why (pure)."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.files.layout import Layout, heading, text_of
from funds.donations.policy import real_name
from governance.calendar.days import FIRST_YEAR, LAST_YEAR
from governance.money import CENT, PLACES, NotAnAmount, parse_yuan

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

FIELDS = {
    "reference": (
        gettext_lazy("order number"),
        ("订单号", "捐赠订单号", "交易单号", "流水号", "捐赠编号", "orderno", "reference"),
    ),
    "amount": (
        gettext_lazy("amount"),
        ("捐赠金额", "金额", "捐款金额", "实收金额", "捐赠金额（元）", "金额（元）", "amount"),
    ),
    "paid_on": (gettext_lazy("paid on"), ("捐赠时间", "捐赠日期", "支付时间", "交易时间", "日期", "date")),
    "donor_name": (gettext_lazy("donor"), ("捐赠人", "捐款人", "捐赠人姓名", "昵称", "姓名", "donor")),
    "is_name_public": (gettext_lazy("name may be published"), ("是否公开", "公开姓名", "是否公开姓名", "public")),
    "restricted_to": (gettext_lazy("restricted to"), ("定向用途", "指定用途", "用途", "purpose")),
}
"""Our columns: what people call them, and under which headings platforms keep them; case and spaces do not count."""
NEEDED = ("reference", "amount", "paid_on")

BANK_FIELDS = {
    "booked_on": (
        gettext_lazy("booked on"),
        ("日期", "交易日期", "记账日期", "入账日期", "交易时间", "date"),
    ),
    "amount": (
        gettext_lazy("amount"),
        ("金额", "贷方金额", "收入金额", "贷方发生额", "收入", "交易金额", "发生额", "amount"),
    ),
    "debit": (gettext_lazy("debit"), ("借方金额", "支出金额", "借方发生额", "支出", "debit")),
    "side": (gettext_lazy("debit or credit"), ("借贷标志", "借贷", "收支", "收付标志", "借/贷", "side")),
    "payer": (gettext_lazy("payer"), ("付款人", "对方户名", "对方名称", "付款人名称", "付款方", "payer")),
    "memo": (gettext_lazy("memo"), ("附言", "摘要", "备注", "用途", "memo")),
    "bank_reference": (
        gettext_lazy("bank reference"),
        ("流水号", "交易流水号", "银行流水号", "交易序号", "reference"),
    ),
    "account": (gettext_lazy("own account"), ("本方账号", "本方帐号", "我方账号", "account")),
}
"""The same for a bank's statement."""
BANK_NEEDED = ("booked_on", "amount", "payer", "bank_reference")

YES = frozenset({"是", "公开", "同意", "y", "yes", "true", "1"})
FORMULA = re.compile(r"[=＝]")
EXPONENT = re.compile(r"[+-]?\d+(\.\d+)?[eE][+-]?\d+")
MINUS = ("-", "−", "－", "(", "（")
DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?([ T]|$)|(\d{4})(\d{2})(\d{2})([ T]|$)")
LONGEST_REFERENCE, LONGEST_NAME, LONGEST_PURPOSE = 80, 100, 200
SAFE_DIGITS = 15
"""A spreadsheet keeps this many digits of a number; what comes after them it has made zero."""
SLIP = Decimal("0.000001")
"""Binary fractions of a spreadsheet miss their decimal by less than this."""


DONATIONS, BANK = Layout(FIELDS, NEEDED), Layout(BANK_FIELDS, BANK_NEEDED)


NO_REFUND = gettext_lazy("“%(text)s” is negative. A refund is made on the donation that it belongs to.")


def read_amount(cell: Any, *, negative: StrPromise = NO_REFUND) -> Decimal:
    """Return the amount in a cell; ValueError with a sentence when it is none that can be booked.

    `negative` is said about amounts below zero, whose way round is another in every kind of file.
    """
    if isinstance(cell, float):
        exact = Decimal(repr(cell))
        rounded = exact.quantize(CENT)
        cell = f"{rounded if abs(exact - rounded) < SLIP else exact:f}"
    text = text_of(cell)
    if not text:
        raise ValueError(_("The amount is missing."))
    plain = unicodedata.normalize("NFKC", text).replace("¥", "").strip()
    if FORMULA.match(text):
        raise ValueError(_("“%(text)s” is a formula; the file must hold the amount itself.") % {"text": text[:40]})
    if plain.startswith(MINUS):
        raise ValueError(negative % {"text": text[:40]})
    if EXPONENT.fullmatch(plain):
        raise ValueError(
            _("“%(text)s” was shortened by a spreadsheet. Format the column as text and export again.")
            % {"text": text[:40]}
        )
    whole, _point, part = plain.removesuffix("元").partition(".")
    if whole.replace(",", "").isdecimal() and len(part.rstrip("0")) > PLACES:
        raise ValueError(
            _("“%(text)s” has more than two decimals; there is nothing below a fen.") % {"text": text[:40]}
        )
    try:
        amount = parse_yuan(text)
    except NotAnAmount as refusal:
        raise ValueError(str(refusal)) from refusal
    if not amount:
        raise ValueError(_("The amount is zero."))
    return amount


def read_day(cell: Any, *, first: dt.date, last: dt.date) -> dt.date:
    """Return the day in a cell; ValueError when it is none or lies outside what may be booked."""
    if isinstance(cell, dt.datetime):
        found: dt.date | None = cell.date()
    elif isinstance(cell, dt.date):
        found = cell
    else:
        found = _typed_day(text_of(cell))
    if found is None or not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(_("“%(text)s” is not a date.") % {"text": text_of(cell)[:40]})
    if not first <= found <= last:
        raise ValueError(
            _("The day %(day)s lies outside what can be booked: %(first)s to %(last)s.")
            % {"day": found, "first": first, "last": last}
        )
    return found


def _typed_day(text: str) -> dt.date | None:
    match = DAY.match(unicodedata.normalize("NFKC", text))
    if match is None:
        return None
    year, month, day = (part for part in (match[1], match[2], match[3])) if match[1] else (match[5], match[6], match[7])
    try:
        return dt.date(int(year), int(month), int(day))
    except ValueError:
        return None


def read_reference(cell: Any) -> str:
    """Return the platform's order number as text; ValueError when it is missing, too long or was rounded."""
    text = text_of(cell).strip("'`\t ")
    digits = text.removesuffix(".0") if isinstance(cell, float) else text
    if not digits:
        raise ValueError(_("The order number is missing."))
    is_number = isinstance(cell, int | float) and len(digits.lstrip("-")) > SAFE_DIGITS
    if is_number or EXPONENT.fullmatch(digits) or FORMULA.match(digits):
        raise ValueError(
            _(
                "“%(text)s” is an order number that a spreadsheet has changed. Format the column as text and export again."
            )
            % {"text": digits[:40]}
        )
    if len(digits) > LONGEST_REFERENCE or not digits.isprintable():
        raise ValueError(_("“%(text)s” is no order number.") % {"text": digits[:40]})
    return digits


def read_name(cell: Any) -> str:
    """Return the donor's name as it is kept: any signs, also rare ones and formulas, as plain text; ValueError if not."""
    name = real_name(text_of(cell))
    if len(name) > LONGEST_NAME or not name.isprintable():
        raise ValueError(
            _("The donor's name is longer than %(longest)s characters or holds control characters.")
            % {"longest": LONGEST_NAME}
        )
    return name


def read_purpose(cell: Any) -> str:
    """Return the use that the donor has named; ValueError when it is too long."""
    text = " ".join(text_of(cell).split())
    if len(text) > LONGEST_PURPOSE or not text.isprintable():
        raise ValueError(
            _("The use named by the donor is longer than %(longest)s characters.") % {"longest": LONGEST_PURPOSE}
        )
    return text


def read_consent(cell: Any) -> bool:
    """Tell whether the donor lets their name be published; anything but a clear yes is a no."""
    return heading(cell) in YES
