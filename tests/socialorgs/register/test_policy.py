"""Reading credit codes."""

from __future__ import annotations

import pytest

from socialorgs.register.policy import (
    CreditCodeCharacter,
    CreditCodeCheck,
    CreditCodeLength,
    CreditCodeRounded,
    read_credit_code,
)

VECTORS = [
    "52510302MJQ000015F",
    "515103025000000153",
    "53510302500000023P",
    "55510302MEA000018G",
    "54510302MEA000026E",
    "91510302MA6000016H",
]
FULL_WIDTH = "".join(chr(ord(character) + 0xFEE0) for character in "91510302MA6000016H")


@pytest.mark.parametrize("code", VECTORS)
def test_right_codes_are_read(code: str) -> None:
    assert read_credit_code(code) == code


@pytest.mark.parametrize("text", ["91510302ma6000016h", " 91510302 MA6000016H ", FULL_WIDTH, "91510302-MA600001-6H"])
def test_another_way_of_writing_is_understood(text: str) -> None:
    assert read_credit_code(text) == "91510302MA6000016H"


def test_codes_of_villages_begin_with_a_letter() -> None:
    assert read_credit_code("N2510302MF0000001M") == "N2510302MF0000001M"


@pytest.mark.parametrize("code", VECTORS)
@pytest.mark.parametrize("position", range(18))
def test_every_single_mistake_is_found(code: str, position: int) -> None:
    wrong = code[:position] + ("1" if code[position] != "1" else "2") + code[position + 1 :]

    with pytest.raises(CreditCodeCheck) as refusal:
        read_credit_code(wrong)

    assert refusal.value.field == "credit_code"


def test_the_check_character_that_follows_is_named() -> None:
    with pytest.raises(CreditCodeCheck) as refusal:
        read_credit_code("91510302MA60000160")

    assert refusal.value.params == {"text": "91510302MA60000160", "given": "0", "expected": "H"}


@pytest.mark.parametrize(
    ("text", "position", "character"), [("9151O302MA6000016H", 5, "O"), ("91510302MA600001I9", 17, "I")]
)
def test_a_letter_outside_the_alphabet_is_named_with_its_place(text: str, position: int, character: str) -> None:
    with pytest.raises(CreditCodeCharacter) as refusal:
        read_credit_code(text)

    assert refusal.value.params == {"position": position, "character": character}


@pytest.mark.parametrize(("text", "length"), [("", 0), ("91510302MA600001H", 17), ("91510302MA60000166H", 19)])
def test_a_wrong_length_is_counted(text: str, length: int) -> None:
    with pytest.raises(CreditCodeLength) as refusal:
        read_credit_code(text)

    assert refusal.value.params == {"text": text, "length": length}


@pytest.mark.parametrize(
    "text", ["515103025000000000", "5.15103E+17", "5.15103025000000E+17", "515103025000000000.0", "5.15103025e17"]
)
def test_a_number_that_a_spreadsheet_rounded_is_recognized(text: str) -> None:
    with pytest.raises(CreditCodeRounded):
        read_credit_code(text)
