"""Mainland mobile numbers have one spelling; personal data are shortened in one way."""

from __future__ import annotations

import pytest

from governance.accounts import masking
from governance.accounts.phones import PhoneInvalid, normalize_phone


@pytest.mark.parametrize(
    "text",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "+86 138 0013 8000",
        "0086 13800138000",
        "13800138000".translate({ord(digit): ord(digit) + 0xFEE0 for digit in "01238"}),
    ],
)
def test_one_number_has_one_spelling(text: str) -> None:
    assert normalize_phone(text) == "+8613800138000"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "abc",
        "1380013800",
        "138001380000",
        "010 6552 9988",
        "+1 212 555 0123",
        "+852 9123 4567",
        "10000",
        "12345678901",
    ],
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(PhoneInvalid) as refusal:
        normalize_phone(text)

    assert (refusal.value.code, refusal.value.field) == ("phone_invalid", "phone")


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("", ""),
        ("王", "*"),
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳兰", "欧阳*"),
        ("欧阳小兰", "欧阳**"),
        ("古丽努尔", "古**尔"),
        ("John Smith", "John *"),
    ],
)
def test_names_as_on_public_notices(name: str, masked: str) -> None:
    assert masking.mask_name(name) == masked


@pytest.mark.parametrize(
    ("phone", "masked"),
    [("+8613800138000", "138****8000"), ("13800138000", "138****8000"), ("028-8612345", "********45"), ("", "")],
)
def test_phones(phone: str, masked: str) -> None:
    assert masking.mask_phone(phone) == masked


def test_identity_numbers() -> None:
    assert masking.mask_identity("510302198001010012") == "510302********0012"
    assert masking.mask_identity("12345") == "*****"


def test_free_text_loses_every_number_that_names_a_person() -> None:
    text = "联系 13800138000 或 +86-138-0013-8001，证件510302198001010012，卡6222021234567890123。金额151200.00，0.0239774059991702"

    assert (
        masking.mask_text(text)
        == "联系 138****8000 或 138****8001，证件510302********0012，卡****0123。金额151200.00，0.0239774059991702"
    )


@pytest.mark.parametrize(
    "text",
    ["in 0.12340763 s", "in 0.13912345678 s", "in 12.510302198001010012 s", "in 0.12340763400029391s", "1,391.23"],
)
def test_decimals_are_no_numbers_of_persons(text: str) -> None:
    assert masking.mask_text(text) == text


@pytest.mark.parametrize("text", ["No.13800138000", "电话13800138000。", "tel:13800138000.", "(+86 138 0013 8000)"])
def test_a_phone_is_seen_whatever_stands_around_it(text: str) -> None:
    assert "138****8000" in masking.mask_text(text)
