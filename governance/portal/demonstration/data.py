"""What the demonstration is made of: figures of the published reports, everything else invented.

Divisions and the names of 三八路, 芭蕉冲 and 檀木林 stand in the reports; every person and every other organization is
invented. The nine enterprises of 自流井区 declare 2.0 million yuan of revenue and 0.6 million of profit together.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal

DISTRICT = "510302000000"
HIGH_TECH_ZONE_STREETS = ("丹桂街道", "学苑街道", "红旗街道", "高峰街道")
HIGH_TECH_ZONE = "自贡高新技术产业开发区"
YEAR = 2025
PASSWORD = "wu-she-lian-dong-2026"  # noqa: S105 - printed on the console, for the demonstration only


@dataclass(frozen=True, slots=True)
class Person:
    """A log-in with one post: `place` is an NBS code; `title` is printed with the log-ins."""

    username: str
    name: str
    role: str
    place: str
    title: str


@dataclass(frozen=True, slots=True)
class Enterprise:
    """One community enterprise and its year, in yuan.

    `share` is what it gives back of `base`; `fixed` replaces it. Net profit is revenue − cost − tax.
    """

    slug: str
    community: str
    name: str
    credit_code: str
    legal_form: str
    lines: str
    capital: int
    revenue: int
    rent: int
    cost: int
    tax: int
    losses: int
    reserve: int
    base: str
    route: str
    accountant: str
    head: str
    share: Decimal | None = None
    fixed: int | None = None


COMPANY = "WHOLLY_OWNED_COMPANY"
DISTRIBUTABLE = "DISTRIBUTABLE_PROFIT"
ON_GIVING_BACK = "居民会议关于社区企业收益反哺的决议"
MAIN_PART = Decimal("0.60")

ENTERPRISES = (
    Enterprise(
        "sanbalu", "510302002008", "自贡市三八路社区服务有限公司", "91510302MADEM00114", COMPANY,
        "老旧小区物业管理、农贸市场运营", 300000, 620000, 0, 305000, 15000, 0, 150000,
        "FIXED_AMOUNT", "DONATION", "周慧兰", "陈国强", fixed=100000,
    ),
    Enterprise(
        "bajiaochong", "510302004011", "芭蕉冲社区场地租赁", "", "COMMITTEE_LETTING",
        "场地租赁", 0, 480000, 480000, 462000, 18000, 0, 0,
        "RENT", "DIRECT", "吴秀芳", "罗正明", share=Decimal(1),
    ),
    Enterprise(
        "tanmulin", "510302002004", "自贡市檀木林邻里服务有限公司", "91510302MADEM002XU", COMPANY,
        "居家养老、托幼服务", 500000, 540000, 0, 226000, 14000, 20000, 240000,
        DISTRIBUTABLE, "DONATION", "刘淑珍", "何建平", share=MAIN_PART,
    ),
    Enterprise(
        "gaoshanjing", "510302001002", "自贡市高山井便民服务有限公司", "91510302MADEM0038U", COMPANY,
        "家政服务", 50000, 96000, 0, 70200, 1800, 0, 3000,
        DISTRIBUTABLE, "DONATION", "郑小燕", "黄文彬", share=MAIN_PART,
    ),
    Enterprise(
        "zhenzhusi", "510302001005", "自贡市珍珠寺社区食堂有限公司", "91510302MADEM0046N", COMPANY,
        "社区食堂、日间照料", 80000, 88000, 0, 68000, 1400, 0, 5000,
        DISTRIBUTABLE, "DONATION", "蒋玉梅", "冯志刚", share=MAIN_PART,
    ),
    Enterprise(
        "guangdajie", "510302004001", "自贡市光大街市场管理有限公司", "91510302MADEM0054H", COMPANY,
        "农贸市场运营", 60000, 64000, 0, 53700, 900, 0, 2000,
        DISTRIBUTABLE, "DONATION", "谢春华", "邓长林", share=MAIN_PART,
    ),
    Enterprise(
        "jiefangqiao", "510302002012", "自贡市解放桥物业服务有限公司", "91510302MADEM0062C", COMPANY,
        "老旧小区物业管理", 100000, 52000, 0, 82600, 400, 0, 0,
        DISTRIBUTABLE, "DONATION", "曾丽", "袁大伟", share=MAIN_PART,
    ),
    Enterprise(
        "longfengshan", "510302003002", "自贡市龙凤山家政服务有限公司", "91510302MADEM00707", COMPANY,
        "家政服务", 50000, 34000, 0, 54800, 200, 6000, 0,
        DISTRIBUTABLE, "DONATION", "彭倩", "曹永贵", share=MAIN_PART,
    ),
    Enterprise(
        "huojingtuo", "510302004006", "自贡市火井沱文化服务有限公司", "91510302MADEM00894", COMPANY,
        "文体活动、培训", 30000, 26000, 0, 25700, 300, 0, 0,
        DISTRIBUTABLE, "DONATION", "田静", "夏长安", share=MAIN_PART,
    ),
)  # fmt: skip

CHARITY = ("自贡市自流井区慈善会", "51510302MJCHA001XU")
DONATIONS = (
    # (enterprise slug of the fund, donor, kind, amount, may be named, channel)
    ("tanmulin", "自贡市川南电器商会", "UNIT", "30000.00", True, "BANK"),
    ("tanmulin", "林月", "PERSON", "200.00", False, "PLATFORM"),
    ("sanbalu", "三八路临街商户联合会", "UNIT", "12000.00", True, "BANK"),
    ("sanbalu", "杜明", "PERSON", "66.60", True, "PLATFORM"),
    ("zhenzhusi", "", "PERSON", "500.00", False, "CASH"),
    ("guangdajie", "光大街菜市场经营户", "UNIT", "8000.00", True, "BANK"),
)
OFFICIALS = (
    Person("district", "唐晓东", "DISTRICT_ADMIN", DISTRICT, "区社会工作部 管理员"),
    Person("district2", "李静", "DISTRICT_ADMIN", DISTRICT, "区社会工作部 复核"),
    Person("auditor", "熊伟", "AUDITOR", DISTRICT, "区审计 审计员"),
)
RESIDENTS = (
    # (phone, name, community)
    ("13990020001", "王桂英", "510302002008"),
    ("13990020002", "赵志明", "510302002004"),
)
RESIDENTS_BORN_ON = dt.date(1958, 5, 17)
"""The day of birth of both: who gives none stands on no roll."""
