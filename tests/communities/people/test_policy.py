"""Masks, identity numbers, personal numbers in free text."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from communities.people.policy import NumberKind, find_personal_numbers, is_identity, latest_birth, read_identity, scrub
from governance.accounts.masking import mask_account, mask_identity, mask_name, mask_phone

IDENTITY = "510302198001010012"
WITH_X = "11010519491231002X"


def wide(digits: str) -> str:
    """Return digits as a Chinese keyboard may give them, full-width."""
    return "".join(chr(0xFF10 + int(digit)) for digit in digits)


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("王明", "王*"),
        ("王小明", "王*明"),
        ("欧阳兰", "欧阳*"),
        ("欧阳小兰", "欧阳**"),
        ("司马迁之子", "司马***"),
        ("买买提江", "买**江"),
        ("𠮷野家", "𠮷*家"),
        ("𠮷田", "𠮷*"),
        ("葛\U000e0100城", "葛\U000e0100*"),
        ("欧阳", "欧*"),
        ("张", "*"),
        ("", ""),
        (" 王明 ", "王*"),
        ("阿卜杜拉·买买提", "阿******提"),
        ("Anna", "A**a"),
    ],
)
def test_names_are_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked


@given(st.text(min_size=2, max_size=20))
def test_a_masked_name_hides_at_least_one_character(name: str) -> None:
    if name.strip():
        assert "*" in mask_name(name)


@pytest.mark.parametrize(
    ("phone", "masked"),
    [
        ("13812341234", "138****1234"),
        ("+86 138 1234 1234", "138****1234"),
        ("0813-2201234", "*********34"),
        ("12", "**"),
        ("", ""),
    ],
)
def test_phones_are_masked(phone: str, masked: str) -> None:
    assert mask_phone(phone) == masked


def test_identity_numbers_and_accounts_are_masked() -> None:
    assert mask_identity(IDENTITY) == "510302********0012"
    assert mask_identity("5103") == "****"
    assert mask_identity("") == ""
    assert mask_account("6222 0212 3456 7894") == "****7894"
    assert mask_account("123") == "***"


@pytest.mark.parametrize(
    ("text", "number", "born_on"),
    [
        (IDENTITY, IDENTITY, dt.date(1980, 1, 1)),
        ("510302 19800101 0012", IDENTITY, dt.date(1980, 1, 1)),
        (wide(IDENTITY), IDENTITY, dt.date(1980, 1, 1)),
        ("11010519491231002x", WITH_X, dt.date(1949, 12, 31)),
    ],
)
def test_an_identity_number_is_read(text: str, number: str, born_on: dt.date) -> None:
    assert read_identity(text) == (number, born_on)


@pytest.mark.parametrize(
    "text",
    [
        "510302198001010013",  # check digit
        "510302198001010000",  # what Excel makes of it
        "510302198002300011",  # 30 February, with the right check digit
        "51030219800101001",
        "5103021980010100122",
        "51030219800101001A",
        "X10302198001010012",
        "",
    ],
)
def test_a_wrong_identity_number_is_refused(text: str) -> None:
    assert is_identity(text) is False


def test_the_age_of_eighteen() -> None:
    assert latest_birth(dt.date(2026, 3, 4), 18) == dt.date(2008, 3, 4)
    assert latest_birth(dt.date(2028, 2, 29), 18) == dt.date(2010, 2, 28)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("请拨打13812345678联系", [(NumberKind.PHONE, "13812345678")]),
        ("138 1234 5678", [(NumberKind.PHONE, "138 1234 5678")]),
        ("138-1234-5678", [(NumberKind.PHONE, "138-1234-5678")]),
        ("+8613812345678", [(NumberKind.PHONE, "8613812345678")]),
        (wide("13812345678"), [(NumberKind.PHONE, wide("13812345678"))]),
        (f"身份证{IDENTITY}。", [(NumberKind.IDENTITY, IDENTITY)]),
        (f"{WITH_X.lower()}", [(NumberKind.IDENTITY, WITH_X.lower())]),
        ("卡号6222 0212 3456 7894", [(NumberKind.CARD, "6222 0212 3456 7894")]),
        (
            f"13812345678 {IDENTITY}",
            [(NumberKind.PHONE, "13812345678"), (NumberKind.IDENTITY, IDENTITY)],
        ),
        ("6222 0212 3456 7895", []),  # fails Luhn
        ("510302198001010013", []),  # check digit, and fails Luhn
        ("订单 20260304001，金额 151,200.00 元", []),
        ("2026-03-04 12:00", []),
        ("12812345678", []),  # no mobile prefix
        ("138123456789", []),  # twelve digits
        ("0813-2201234", []),
        ("91510302MA00000019", []),
        ("", []),
    ],
)
def test_personal_numbers_are_found_where_they_stand(text: str, found: list[tuple[NumberKind, str]]) -> None:
    assert [(hit.kind, text[hit.start : hit.end]) for hit in find_personal_numbers(text)] == found


def test_scrubbing_keeps_the_length_and_the_rest() -> None:
    assert scrub("联系13812345678，谢谢") == "联系***********，谢谢"


@given(st.text(alphabet="0123456789Xx -，联系", max_size=60))
def test_nothing_personal_is_left_after_scrubbing(text: str) -> None:
    assert find_personal_numbers(scrub(text)) == []
    assert len(scrub(text)) == len(text)
