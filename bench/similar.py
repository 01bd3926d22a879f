"""How long it takes to find similar matters among 100,000 of one district.

Matters are generated from 40 subjects, 60 buildings and a tail of rare words, so that the usual character pairs stand in
many of them, as they do in a real inbox. Searched are texts that are worded otherwise than what is stored.
`python3 run.py bench similar [--matters N] [--searches N]`
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import sys
import time

from django.db import connection

from bench import measure
from bench._people import account
from communities.territory.models import Division, DivisionLevel, Tier
from consultation.matters.intake.models import MatterIntake
from consultation.matters.intake.policy import grams_of
from consultation.matters.intake.queries import similar_to
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from governance.accounts.models import User

NOW = dt.datetime(2026, 1, 4, 4, 0, tzinfo=dt.UTC)
COMMUNITIES = 111
BATCH = 5000
TABLES = ("consultation_matter", "consultation_matterintake")

SUBJECTS = [
    "楼道灯坏了",
    "电梯经常停运",
    "垃圾桶满了没人清",
    "下水道堵塞返水",
    "小区门口乱停车",
    "广场舞声音太大",
    "消防通道被占",
    "路灯不亮",
    "井盖松动",
    "墙面渗水",
    "健身器材损坏",
    "流浪狗追人",
    "高空抛物",
    "装修噪音",
    "快递柜占道",
    "充电桩不够",
    "绿化带枯死",
    "健身步道积水",
    "老人没有座椅",
    "无障碍坡道太陡",
    "公厕没水",
    "信号不好",
    "暖气不热",
    "燃气有味",
    "屋顶漏雨",
    "门禁失灵",
    "物业不接电话",
    "电动车进楼",
    "共享单车乱放",
    "河道发臭",
    "学校门口拥堵",
    "菜市场脏乱",
    "夜间施工",
    "油烟扰民",
    "树枝挡窗",
    "监控不亮",
    "地砖松动",
    "楼梯没有扶手",
    "自来水发黄",
    "网线杂乱",
]
WISHES = (
    "希望尽快修好",
    "请社区来看一看",
    "已经反映过多次",
    "老人孩子都不方便",
    "存在安全隐患",
    "影响大家休息",
    "希望给个答复",
)
HANZI = [chr(code) for code in range(0x4E00, 0x9FA5)]


def text_of(chance: random.Random, subject: str) -> tuple[str, str]:
    """Return a matter as somebody would write it down, with a few words that hardly anybody else uses."""
    place = f"{chance.randint(1, 60)}号楼{chance.choice('一二三四五六')}单元"
    rare = "".join(chance.choice(HANZI) for _sign in range(chance.randint(6, 24)))
    wishes = chance.sample(WISHES, 3)
    return f"{place}{subject}", f"{place}的{subject}，{wishes[0]}。{rare}。{wishes[1]}，{wishes[2]}。"


def fill(district: Division, by: User, count: int) -> None:
    """Insert the matters of a district with what they are compared by."""
    places = [
        _place(f"第{number}社区", district, Tier.COMMUNITY, DivisionLevel.COMMUNITY) for number in range(COMMUNITIES)
    ]
    chance = random.Random(28)
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for begin in range(0, count, BATCH):
            rows = [_matter(chance, number, places, by) for number in range(begin, min(begin + BATCH, count))]
            made = Matter.objects.bulk_create(rows)
            MatterIntake.objects.bulk_create(
                MatterIntake(matter=row, grams=grams_of(f"{row.title}\n{row.text}")) for row in made
            )
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


def _matter(chance: random.Random, number: int, places: list[Division], by: User) -> Matter:
    """Return a matter that was sorted as a small one and is public."""
    title, text = text_of(chance, chance.choice(SUBJECTS))
    return Matter(
        number=f"S{number}",
        title=title,
        text=text,
        summary="公开摘要",
        division=chance.choice(places),
        channel=MatterChannel.PAGE,
        raised_for="居民",
        recorded_by=by,
        raised_at=NOW,
        due_on=NOW.date(),
        sorted_at=NOW,
        status=MatterStatus.SORTED,
        three_way=ThreeWay.SMALL,
        sort_reason="小事",
        route=Route.DIRECT,
    )


def _place(name: str, parent: Division | None, tier: str, level: str) -> Division:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval(pg_get_serial_sequence('communities_division', 'id'))")
        key = cursor.fetchone()[0]
    path = f"{parent.path if parent else '/'}{key}/"
    return Division.objects.create(
        pk=key,
        name=name,
        short_name=name,
        tier=tier,
        level=level,
        parent=parent,
        path=path,
        valid_from=dt.date(2000, 1, 1),
    )


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="bench.similar")
    parser.add_argument("--matters", type=int, default=100_000)
    parser.add_argument("--searches", type=int, default=300)
    options = parser.parse_args()
    with measure.scratch_database("similar"):
        by = account(now=NOW)
        district = _place("测量区", None, Tier.DISTRICT, DivisionLevel.DISTRICT)
        began = time.perf_counter()
        fill(district, by, options.matters)
        filled = time.perf_counter() - began
        chance = random.Random(29)
        texts = ["\n".join(text_of(chance, chance.choice(SUBJECTS))) for _number in range(options.searches)]
        times, hits = [], 0
        for text in texts:
            before = time.perf_counter()
            hits += bool(similar_to(text, division=district, today=NOW.date()))
            times.append((time.perf_counter() - before) * 1000)
        report = measure.Report("similar", {"matters": options.matters, "searches": options.searches})
        report.line("search", times, unit="ms")
        report.line("95 of 100 searches within", [sorted(times)[int(len(times) * 0.95)]], unit="ms", at_most=100.0)
        report.line("searches that find something", [hits / len(texts)], unit="share")
        report.line("matters inserted", [filled], unit="s")
        return report.finish()


if __name__ == "__main__":
    sys.exit(main())
