"""What was solved with the money given back: the list of problems of report S0 for 三八路 and 芭蕉冲."""

from __future__ import annotations

from decimal import Decimal

from consultation.matters import operations as matters
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from funds.reinvestment.lifecycle import ARRIVED
from funds.reinvestment.models import ReinvestmentOrder
from funds.returns import operations as returns
from governance.portal.demonstration import data
from governance.portal.demonstration.money import YEAR_FROM
from governance.portal.demonstration.steps import Scene, place

SOLVED = {
    "sanbalu": (
        ("3栋楼道灯更换", 4200),
        ("农贸市场门口下水道疏通", 6800),
        ("7栋屋面补漏", 15600),
        ("单元门锁维修", 3900),
        ("小区垃圾投放点改造", 12400),
        ("临街人行道地砖更换", 9700),
        ("化粪池清掏", 8600),
        ("老年活动室桌椅添置", 5300),
        ("院内树木修剪", 4100),
        ("消防通道划线", 3200),
        ("监控探头增设", 11800),
        ("晾衣杆加装", 2900),
    ),
    "bajiaochong": (
        ("背街路面硬化", 86000),
        ("堆场围墙加固", 42000),
        ("公厕改造", 58000),
        ("路灯增设", 36500),
        ("排洪沟清理", 21800),
        ("健身器材添置", 28400),
        ("独居老人午餐补助", 62000),
        ("飞线充电整治", 33600),
        ("楼栋扶手加装", 24700),
        ("儿童游戏角建设", 31200),
        ("便民服务室维修", 19300),
    ),
}
"""By the slug of the enterprise: what, and how many yuan; 12 and more than 10 (report S0)."""


def solve(scene: Scene) -> None:
    """Record, answer and close each problem, and name it as solved with the order of its enterprise."""
    for slug, problems in SOLVED.items():
        enterprise = next((found for found in data.ENTERPRISES if found.slug == slug), None)
        if enterprise is None:
            continue
        order = ReinvestmentOrder.objects.filter(
            enterprise__name=enterprise.name, run__declaration__starts_on=YEAR_FROM, status__in=ARRIVED
        ).first()
        if order is None:
            continue
        for title, amount in problems:
            if not Matter.objects.filter(division=place(enterprise.community), title=title).exists():
                _solve_one(scene, slug, order, title, Decimal(amount))


def _solve_one(scene: Scene, slug: str, order: ReinvestmentOrder, title: str, amount: Decimal) -> None:
    staff, raised, sorted_ = scene.user(f"staff-{slug}"), scene.ago(60), scene.ago(58)
    matter = matters.raise_matter(
        by=staff,
        now=raised.now,
        division=order.enterprise.division,
        title=title,
        text=f"居民反映：{title}。",
        channel=MatterChannel.DESK,
        raised_for="居民代表",
    )
    matter = matters.sort_matter(
        by=staff,
        now=sorted_.now,
        today=sorted_.today,
        matter=matter,
        three_way=ThreeWay.SMALL,
        route=Route.DIRECT,
        reason="属于本社区的小事，由社区直接办理。",
        summary=title,
    )
    matter = matters.answer_matter(by=staff, now=scene.ago(20).now, matter=matter, reply="已办结，请居民查看。")
    matter = matters.close_matter(by=staff, now=scene.ago(15).now, matter=matter, is_solved=True)
    returns.record_use(by=staff, order=order, matter=matter, amount=amount, now=scene.now)
