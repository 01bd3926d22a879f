"""What the digits of a code say, and what makes a row wrong: text in, text out."""

import pytest
from django.utils.translation import override

from communities.territory.policy import CodeRow, check_row, code_trouble, level_of, short_name_of, tier_of


@pytest.fixture(autouse=True)
def _english() -> object:
    with override("en"):
        yield


@pytest.mark.parametrize(
    ("code", "tier"),
    [
        ("510000000000", 1),
        ("510300000000", 2),
        ("510302000000", 3),
        ("510302002000", 4),
        ("510302002008", 5),
        ("110100000000", 2),
        ("419001000000", 3),
    ],
)
def test_trailing_zeros_tell_the_tier(code: str, tier: int) -> None:
    assert tier_of(code) == tier


@pytest.mark.parametrize(
    ("code", "name", "tier", "level"),
    [
        ("510000000000", "四川省", 1, "PROVINCE"),
        ("500200000000", "县", 2, "CITY"),
        ("510302000000", "自流井区", 3, "DISTRICT"),
        ("500243000000", "彭水苗族土家族自治县", 3, "COUNTY"),
        ("510302001000", "五星街街道", 4, "STREET"),
        ("510302099000", "末位街道", 4, "STREET"),
        ("510302100000", "首位镇", 4, "TOWN"),
        ("510302199000", "末位镇", 4, "TOWN"),
        ("500243200000", "首位乡", 4, "TOWNSHIP"),
        ("500243399000", "末位乡", 4, "TOWNSHIP"),
        ("340103400000", "庐阳工业区（林店街道）", 4, "SPECIAL_ZONE"),
        ("340111400000", "滨湖世纪社区", 4, "STREET_LEVEL_COMMUNITY"),
        ("340111401000", "方兴社区", 4, "STREET_LEVEL_COMMUNITY"),
        ("340111600000", "无此类", 4, ""),
        ("510302002008", "三八路社区居民委员会", 5, "COMMUNITY"),
        ("510302002199", "末位居委会", 5, "COMMUNITY"),
        ("510302102200", "首位村委会", 5, "VILLAGE"),
        ("510302102399", "末位村委会", 5, "VILLAGE"),
        ("510302102400", "开发区社区", 5, "COMMUNITY"),
        ("510302102500", "林场生活区", 5, "VILLAGE"),
        ("510302102600", "无此类", 5, ""),
    ],
)
def test_digits_tell_the_kind(code: str, name: str, tier: int, level: str) -> None:
    assert level_of(code, name, tier) == level


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("三八路社区居民委员会", "三八路社区"),
        ("多福巷社区居委会", "多福巷社区"),
        ("大垭村村民委员会", "大垭村"),
        ("家庄村委会", "家庄村"),
        ("第一居委会", "第一"),
        ("村委会", "村委会"),
        ("五星街街道", "五星街街道"),
        ("自流井区", "自流井区"),
    ],
)
def test_short_name_leaves_the_committee_out(name: str, short: str) -> None:
    assert short_name_of(name) == short


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("510302002008", ""),
        ("", "missing"),
        ("5103020020", "10 digits instead of 12"),
        ("5103020020080", "13 digits instead of 12"),
        ("510302198001011230", "18 digits instead of 12."),
        ("510302198001011000", "rounded"),
        ("5.10302E+11", "scientific notation"),
        ("5.10302002008e11", "scientific notation"),
        ("510302002008.0", "other characters"),
        ("\uff15" * 12, "other characters"),
        ("51030200200O", "other characters"),
        ("000000000000", "zeros only"),
    ],
)
def test_a_code_has_twelve_digits(code: str, words: str) -> None:
    trouble = code_trouble(code)

    assert words in trouble
    assert bool(trouble) == bool(words)


def _row(**changes: str) -> CodeRow | str:
    cells = {
        "code": "510302002008",
        "name": "三八路社区居民委员会",
        "parent_code": "510302002000",
        "level": "5",
        "urban_rural_class": "111",
    }
    return check_row(line=7, **{**cells, **changes})


def test_a_right_row_is_taken() -> None:
    assert _row() == CodeRow(
        line=7,
        code="510302002008",
        name="三八路社区居民委员会",
        parent_code="510302002000",
        tier=5,
        level="COMMUNITY",
        short_name="三八路社区",
        urban_rural_class="111",
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": ""}, "name is missing"),
        ({"name": "长" * 101}, "longer than 100"),
        ({"level": "6"}, "from 1 (province) to 5"),
        ({"level": "五"}, "from 1 (province) to 5"),
        ({"level": "4"}, "contradicts the code 510302002008, which by its zeros is of level 5"),
        ({"parent_code": ""}, "parent is missing"),
        ({"parent_code": "510302002009"}, "does not stand above level 5"),
        ({"parent_code": "510302001000"}, "does not begin like its parent"),
        ({"parent_code": "51030200200"}, "11 digits instead of 12"),
        ({"code": "510302002700"}, "no range that a kind of unit uses"),
        ({"urban_rural_class": "11"}, "urban-rural class"),
    ],
)
def test_a_wrong_row_says_why(changes: dict[str, str], words: str) -> None:
    answer = _row(**changes)

    assert isinstance(answer, str)
    assert words in answer


def test_a_city_without_districts_repeats_itself() -> None:
    row = _row(code="441900000000", parent_code="441900000000", name="东莞市", level="3")

    assert isinstance(row, CodeRow)
    assert row.repeats_its_parent


def test_a_street_may_hang_on_a_city() -> None:
    row = _row(code="441900003000", parent_code="441900000000", name="东城街道", level="4")

    assert isinstance(row, CodeRow)
    assert row.level == "STREET"
