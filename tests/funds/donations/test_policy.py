"""Pure rules about donations."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.donations.policy import CODE_SIGNS, matched, names_the_donor, new_code, real_name, shown_code

FEN = st.decimals(min_value=0, max_value=10**9, places=2)


@pytest.mark.parametrize(
    ("amount", "ratio", "left", "each", "added"),
    [
        ("100.00", "1", "1000", None, "100.00"),
        ("100.00", "0.5", "1000", None, "50.00"),
        ("0.01", "0.5", "1000", None, "0.00"),
        ("0.03", "0.5", "1000", None, "0.01"),
        ("100.00", "2", "150.00", None, "150.00"),
        ("100.00", "1", "0", None, "0.00"),
        ("100.00", "1", "-5", None, "0.00"),
        ("100.00", "1", "1000", "30.00", "30.00"),
        ("33.33", "0.33", "1000", None, "10.99"),
    ],
)
def test_what_a_promise_adds(amount: str, ratio: str, left: str, each: str | None, added: str) -> None:
    most = None if each is None else Decimal(each)

    assert matched(Decimal(amount), ratio=Decimal(ratio), left=Decimal(left), each_at_most=most) == Decimal(added)


@given(amount=FEN, ratio=st.decimals(min_value=Decimal("0.01"), max_value=100, places=2), left=FEN)
def test_a_promise_never_adds_more_than_it_says_or_has(amount: Decimal, ratio: Decimal, left: Decimal) -> None:
    added = matched(amount, ratio=ratio, left=left)

    assert 0 <= added <= min(amount * ratio, left)
    assert added == left or amount * ratio - added < Decimal("0.01")


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        (" 王小明 ", "王小明"),
        ("匿名", ""),
        ("爱心网友", ""),
        ("***", ""),
        ("㐂𠮷", "㐂𠮷"),
        ("=1+1", "=1+1"),
        ("欧阳  兰", "欧阳 兰"),
    ],
)
def test_a_name_is_kept_as_it_is_or_not_at_all(name: str, kept: str) -> None:
    assert real_name(name) == kept


@pytest.mark.parametrize(
    ("donor", "text", "found"),
    [
        ("王小明", "资助王小明家庭", True),
        ("王小明", "资助 王 小明 家庭", True),
        ("王小明", "助学", False),
        ("王", "王家巷路灯", False),
        ("", "助学", False),
    ],
)
def test_a_use_that_names_the_donor_is_found(donor: str, text: str, *, found: bool) -> None:
    assert names_the_donor(donor, text) is found


def test_a_code_is_long_and_plain() -> None:
    code = new_code()

    assert (len(code), set(code) <= set(CODE_SIGNS)) == (20, True)
    assert shown_code("ABCDEFGHJK") == "ABCDE-FGHJK"
    assert code != new_code()
