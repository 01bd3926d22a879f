"""The decision rules that the product comes with (Basis: Organic Laws of Urban Residents' and of Villagers' Committees).

Fractions are written (numerator, denominator, strict): (1, 2, True) is "more than half". The urban rules of 2018 end
where the law of 2025-10-28 begins to apply; those that replace them are provisional until a district has confirmed them.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from communities.policy.policy import PassBase, RuleBase
from governance.calendar.days import DayKind

MORE_THAN_HALF = (1, 2, True)
TWO_THIRDS = (2, 3, False)
THREE_QUARTERS = (3, 4, False)
ONE_THIRD = (1, 3, False)
NO_QUORUM = (0, 1, False)
MORE_THAN_NONE = (0, 1, True)

LAW_OF_2018 = "Organic Law of Urban Residents' Committees (2018 text)"
LAW_OF_2025 = "Organic Law of Urban Residents' Committees (2025 text, in force from 2026-01-01)"
VILLAGE_LAW = "Organic Law of Villagers' Committees (2018 text; amended 2025, to be checked)"
CIVIL_CODE_278 = "Civil Code art. 278"
FOUNDATIONS = "Regulation on Foundation Administration"
BY_DEFAULT = "Default of this platform; the body's own rules prevail"

SINCE_2018 = dt.date(2018, 12, 29)
SINCE_2021 = dt.date(2021, 1, 1)
SINCE_2026 = dt.date(2026, 1, 1)
SINCE_2004 = dt.date(2004, 6, 1)


def _rule(  # noqa: PLR0917 - a table: one row per rule, columns in the order of the model
    key: str,
    name: str,
    base: str,
    quorum: tuple[int, int, bool],
    pass_base: str,
    majority: tuple[int, int, bool],
    basis: str,
    valid_from: dt.date,
    **more: Any,
) -> dict[str, Any]:
    return {
        "key": key,
        "family": key,
        "name": name,
        "base": base,
        "quorum_numerator": quorum[0],
        "quorum_denominator": quorum[1],
        "quorum_is_strict": quorum[2],
        "pass_base": pass_base,
        "pass_numerator": majority[0],
        "pass_denominator": majority[1],
        "pass_is_strict": majority[2],
        "basis": basis,
        "valid_from": valid_from,
        **more,
    }


ADULTS, HOUSEHOLDS, REPRESENTATIVES = RuleBase.ADULTS, RuleBase.HOUSEHOLDS, RuleBase.REPRESENTATIVES
MEMBERS, VOTERS, OWNERS = RuleBase.MEMBERS, RuleBase.VOTERS, RuleBase.OWNERS
PRESENT, ALL, CAST = PassBase.PRESENT, PassBase.ALL, PassBase.CAST

DECISION_RULES: tuple[dict[str, Any], ...] = (
    _rule(
        "urban_meeting_2018",
        "居民会议（年满十八周岁居民）",
        ADULTS,
        MORE_THAN_HALF,
        PRESENT,
        MORE_THAN_HALF,
        LAW_OF_2018,
        SINCE_2018,
        valid_to=SINCE_2026,
        family="urban_meeting",
        publicity_days=5,
    ),
    _rule(
        "urban_meeting_2018_households",
        "居民会议（每户代表）",
        HOUSEHOLDS,
        MORE_THAN_HALF,
        PRESENT,
        MORE_THAN_HALF,
        LAW_OF_2018,
        SINCE_2018,
        valid_to=SINCE_2026,
        family="urban_meeting_households",
        publicity_days=5,
    ),
    _rule(
        "urban_meeting_2018_representatives",
        "居民会议（居民小组代表）",
        REPRESENTATIVES,
        MORE_THAN_HALF,
        PRESENT,
        MORE_THAN_HALF,
        LAW_OF_2018,
        SINCE_2018,
        valid_to=SINCE_2026,
        family="urban_representatives",
        publicity_days=5,
    ),
    _rule(
        "urban_2026",
        "居民会议（2026年起，暂行）",
        ADULTS,
        MORE_THAN_HALF,
        PRESENT,
        MORE_THAN_HALF,
        LAW_OF_2025,
        SINCE_2026,
        family="urban_meeting",
        needs_confirmation=True,
        publicity_days=5,
        note="The party organization studies matters for this meeting first. Figures provisional.",
    ),
    _rule(
        "urban_2026_households",
        "居民会议（每户代表，2026年起，暂行）",
        HOUSEHOLDS,
        MORE_THAN_HALF,
        PRESENT,
        MORE_THAN_HALF,
        LAW_OF_2025,
        SINCE_2026,
        family="urban_meeting_households",
        needs_confirmation=True,
        publicity_days=5,
        note="Figures provisional.",
    ),
    _rule(
        "urban_2026_representatives",
        "居民代表会议（2026年起，暂行）",
        REPRESENTATIVES,
        TWO_THIRDS,
        PRESENT,
        MORE_THAN_HALF,
        LAW_OF_2025,
        SINCE_2026,
        family="urban_representatives",
        needs_confirmation=True,
        publicity_days=5,
        note="Figures provisional.",
    ),
    _rule(
        "village_meeting",
        "村民会议（年满十八周岁村民）",
        ADULTS,
        MORE_THAN_HALF,
        PRESENT,
        MORE_THAN_HALF,
        VILLAGE_LAW,
        SINCE_2018,
        notice_days=10,
    ),
    _rule(
        "village_meeting_households",
        "村民会议（户代表）",
        HOUSEHOLDS,
        TWO_THIRDS,
        PRESENT,
        MORE_THAN_HALF,
        VILLAGE_LAW,
        SINCE_2018,
        notice_days=10,
    ),
    _rule(
        "village_reps",
        "村民代表会议",
        REPRESENTATIVES,
        TWO_THIRDS,
        PRESENT,
        MORE_THAN_HALF,
        VILLAGE_LAW,
        SINCE_2018,
    ),
    _rule(
        "village_group",
        "村民小组会议（年满十八周岁村民）",
        ADULTS,
        TWO_THIRDS,
        PRESENT,
        MORE_THAN_HALF,
        VILLAGE_LAW,
        SINCE_2018,
    ),
    _rule(
        "village_group_households",
        "村民小组会议（户代表）",
        HOUSEHOLDS,
        TWO_THIRDS,
        PRESENT,
        MORE_THAN_HALF,
        VILLAGE_LAW,
        SINCE_2018,
    ),
    _rule(
        "village_election",
        "村民委员会选举",
        VOTERS,
        MORE_THAN_HALF,
        CAST,
        MORE_THAN_HALF,
        VILLAGE_LAW,
        SINCE_2018,
        is_secret=True,
        allows_proxies=True,
        notice_days=20,
    ),
    _rule(
        "village_election_runoff",
        "村民委员会另行选举",
        VOTERS,
        NO_QUORUM,
        CAST,
        ONE_THIRD,
        VILLAGE_LAW,
        SINCE_2018,
        is_secret=True,
        allows_proxies=True,
        note="Most votes win, with at least one third of the votes cast.",
    ),
    _rule(
        "village_recall",
        "罢免村民委员会成员",
        VOTERS,
        MORE_THAN_HALF,
        CAST,
        MORE_THAN_HALF,
        VILLAGE_LAW,
        SINCE_2018,
        is_secret=True,
    ),
    _rule(
        "owners_ordinary",
        "业主共同决定（一般事项）",
        OWNERS,
        TWO_THIRDS,
        PassBase.PARTICIPATING,
        MORE_THAN_HALF,
        CIVIL_CODE_278,
        SINCE_2021,
        is_dual=True,
        allows_proxies=True,
    ),
    _rule(
        "owners_special",
        "业主共同决定（特别事项）",
        OWNERS,
        TWO_THIRDS,
        PassBase.PARTICIPATING,
        THREE_QUARTERS,
        CIVIL_CODE_278,
        SINCE_2021,
        is_dual=True,
        allows_proxies=True,
    ),
    _rule(
        "foundation_council",
        "基金会理事会",
        MEMBERS,
        TWO_THIRDS,
        PRESENT,
        MORE_THAN_HALF,
        FOUNDATIONS,
        SINCE_2004,
    ),
    _rule(
        "foundation_council_special",
        "基金会理事会（重大事项）",
        MEMBERS,
        TWO_THIRDS,
        PRESENT,
        TWO_THIRDS,
        FOUNDATIONS,
        SINCE_2004,
    ),
    _rule("fund_ordinary", "社区基金管理委员会", MEMBERS, TWO_THIRDS, PRESENT, MORE_THAN_HALF, BY_DEFAULT, SINCE_2018),
    _rule(
        "fund_special",
        "社区基金管理委员会（特别事项）",
        MEMBERS,
        TWO_THIRDS,
        ALL,
        TWO_THIRDS,
        BY_DEFAULT,
        SINCE_2018,
    ),
    _rule(
        "council_default",
        "居民议事会",
        MEMBERS,
        TWO_THIRDS,
        PRESENT,
        MORE_THAN_HALF,
        BY_DEFAULT,
        SINCE_2018,
        publicity_days=5,
        note="Advisory unless the residents have authorized it.",
    ),
    _rule(
        "council_costly",
        "居民议事会（费用超过五千元）",
        MEMBERS,
        TWO_THIRDS,
        PRESENT,
        TWO_THIRDS,
        BY_DEFAULT,
        SINCE_2018,
        publicity_days=5,
    ),
    _rule("stewards", "百姓管家会议", MEMBERS, TWO_THIRDS, PRESENT, MORE_THAN_HALF, BY_DEFAULT, SINCE_2018),
    _rule(
        "participatory_budget",
        "参与式预算投票",
        ADULTS,
        NO_QUORUM,
        PassBase.CAST,
        MORE_THAN_NONE,
        BY_DEFAULT,
        SINCE_2018,
        is_binding=False,
        notice_day_kind=DayKind.CALENDAR,
        note="The money is allocated by the rule of the round; no project needs a majority, but somebody has to vote.",
    ),
    _rule(
        "online_poll",
        "网上意见征集",
        ADULTS,
        NO_QUORUM,
        PassBase.EXPRESSED,
        MORE_THAN_HALF,
        BY_DEFAULT,
        SINCE_2018,
        is_binding=False,
        notice_day_kind=DayKind.CALENDAR,
    ),
)
