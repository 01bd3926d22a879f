"""How versions of a convention are compared, and what a legal check must look at."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from consultation.conventions.policy import Change, ChangeKind, articles, compare, concerns

OLD = "第一条 爱护公共环境，垃圾分类投放。\n第二条 遛狗应当牵绳。\n第三条 晚十点后不得喧哗。"


def test_articles_are_the_lines_that_say_something() -> None:
    assert articles(" 第一条 甲。\n\n  第二条 乙。 \n") == ["第一条 甲。", "第二条 乙。"]


def test_an_article_that_only_moved_to_another_number_is_unchanged() -> None:
    new = "第一条 遛狗应当牵绳。\n第二条 晚十点后不得喧哗。"

    found = compare(OLD, new)

    assert [change.kind for change in found] == [ChangeKind.DROPPED, ChangeKind.SAME, ChangeKind.SAME]
    assert found[1] == Change(ChangeKind.SAME, "第二条 遛狗应当牵绳。", "第一条 遛狗应当牵绳。")


def test_an_article_that_says_it_otherwise_stands_beside_the_one_it_replaces() -> None:
    new = "第一条 爱护公共环境，垃圾分类投放。\n第二条 遛狗应当牵绳并清理粪便。\n第三条 晚十点后不得喧哗。\n第四条 楼道不堆放杂物。"

    found = compare(OLD, new)

    assert [change.kind for change in found] == [
        ChangeKind.SAME,
        ChangeKind.CHANGED,
        ChangeKind.SAME,
        ChangeKind.ADDED,
    ]
    assert (found[1].old, found[1].new) == ("第二条 遛狗应当牵绳。", "第二条 遛狗应当牵绳并清理粪便。")


def test_an_article_on_another_matter_is_dropped_and_added() -> None:
    found = compare("第一条 遛狗应当牵绳。", "第一条 电动车集中充电。")

    assert [change.kind for change in found] == [ChangeKind.ADDED, ChangeKind.DROPPED]


ARTICLES = st.lists(
    st.sampled_from([f"{one}{two}{three}" for one in "甲乙丙" for two in "丁戊" for three in "己庚"]), max_size=8
)


@given(ARTICLES, ARTICLES)
def test_nothing_is_lost_between_two_versions(left: list[str], right: list[str]) -> None:
    found = compare("\n".join(left), "\n".join(right))

    assert [change.new for change in found if change.new] == right
    assert [change.old for change in found if change.old] == left


def test_a_check_must_look_at_fines_and_cut_benefits() -> None:
    found = concerns("第一条 遛狗应当牵绳。\n第二条 违者罚款五十元，并停发补助。")

    assert [(concern.article, concern.word) for concern in found] == [(2, "罚款"), (2, "停发")]
    assert concerns(OLD) == []
