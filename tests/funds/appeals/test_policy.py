"""Which accounts an appeal owes, and where its address may lead."""

from __future__ import annotations

import datetime as dt

import pytest

from funds.appeals.policy import PLATFORMS, Due, dues, platform_of

RULE = {"every": 3, "longer_than": 6, "final_within": 3}


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def test_a_short_appeal_owes_its_full_account_only() -> None:
    assert dues(day("2026-09-01"), day("2026-09-30"), **RULE) == [
        Due(day("2026-09-01"), day("2026-09-30"), day("2026-12-30"), is_final=True)
    ]


def test_a_long_appeal_owes_an_account_every_three_months_and_a_full_one() -> None:
    assert dues(day("2026-03-01"), day("2026-12-30"), **RULE) == [
        Due(day("2026-03-01"), day("2026-05-31"), day("2026-06-01")),
        Due(day("2026-06-01"), day("2026-08-31"), day("2026-09-01")),
        Due(day("2026-09-01"), day("2026-11-30"), day("2026-12-01")),
        Due(day("2026-03-01"), day("2026-12-30"), day("2027-03-30"), is_final=True),
    ]


def test_exactly_six_months_is_not_longer_than_six_months() -> None:
    assert len(dues(day("2026-03-01"), day("2026-08-31"), **RULE)) == 1
    assert len(dues(day("2026-03-01"), day("2026-09-01"), **RULE)) == 3


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("https://gongyi.qq.com/succor/detail.htm?id=1", "腾讯公益"),
        ("https://m.gongyi.qq.com/x", "腾讯公益"),
        ("https://GONGYI.QQ.COM/x", "腾讯公益"),
        ("http://gongyi.qq.com/x", None),
        ("https://gongyi.qq.com.example.org/x", None),
        ("https://evilgongyi.qq.com/x", None),
        ("https://gongyi.qq.com@example.org/x", None),
        ("https://gongyi.qq.com:8443/x", None),
        ("", None),
    ],
)
def test_an_address_leads_to_a_designated_platform_or_nowhere(address: str, name: str | None) -> None:
    found = platform_of(address, PLATFORMS.default)

    assert (found.name if found else None) == name
