"""The rule packs that the product comes with: what was found of the guides, each figure as its source has it.

What a source does not say is left out and comes from the parameters. Days on which a guide came into force are those of
its year where the source names no day.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

PREFIX = "fund."
"""How the keys of the parameters begin that a pack may set."""


def _pack(
    key: str, name: str, valid_from: dt.date, basis: str, values: dict[str, Any], *, note: str = "", **more: Any
) -> dict[str, Any]:
    return {"key": key, "version": 1, "name": name, "valid_from": valid_from, "values": values} | {
        "basis": basis,
        "note": note,
        **more,
    }


RULE_PACKS: tuple[dict[str, Any], ...] = (
    _pack(
        "zigong",
        "自贡市社区（村）基金（默认）",
        dt.date(2021, 1, 1),
        "自流井区慈善会社区（村）基金管理办法（试行）；未载明的数值为平台默认",
        {
            "fund.committee.min": 5,
            "fund.committee.odd": True,
            "fund.committee.seats": ["RESIDENT"],
            "fund.committee.term_years": 3,
            "fund.supervisor.min": 1,
            "fund.opening_min": "0",
            "fund.fee_rate": "0",
            "fund.fee_cap": "0.05",
            "fund.idle_warn": 6,
            "fund.idle_close": 12,
            "fund.closing.publicity_days": 7,
            "fund.closing.notice_days": 30,
        },
        note="申请条件、程序、使用、管理和终止由区慈善会的试行办法规定。",
    ),
    _pack(
        "hunan",
        "湖南省社区慈善基金（2025年试行）",
        dt.date(2025, 1, 1),
        "湖南省社区慈善基金工作指引（2025年，试行两年）",
        {
            "fund.committee.min": 5,
            "fund.committee.odd": True,
            "fund.supervisor.min": 1,
            "fund.host_raises_publicly": True,
        },
        note="只作子账户，不刻章、不开户、不设子基金；不自行募捐；管委会成员不领报酬。",
        valid_to=dt.date(2027, 1, 1),
    ),
    _pack(
        "hubei",
        "湖北省社区慈善基金（2023年试行）",
        dt.date(2023, 1, 1),
        "湖北省社区慈善基金工作指引（2023年，试行）",
        {"fund.idle_warn": 6, "fund.idle_close": 12},
        note="慈善组织清理闲置基金，先提示，后终止；月数为平台默认。",
    ),
    _pack(
        "wuhan",
        "武汉市社区慈善基金",
        dt.date(2023, 1, 1),
        "武汉市社区慈善基金做法（2023年）",
        {
            "fund.opening_min": "0",
            "fund.fee_rate": "0",
            "fund.fee_cap": "0",
            "fund.idle_warn": 6,
            "fund.idle_close": 12,
        },
        note="取消起点金额，不收管理费，实时配捐和以奖代补；闲置清理依湖北省指引。",
    ),
    _pack(
        "huizhou",
        "惠州大亚湾社区基金（2022年）",
        dt.date(2022, 1, 1),
        "惠州大亚湾社区慈善基金试点（2022年）",
        {"fund.opening_min": "50000"},
        note="慈善会给每个试点五万元启动资金，用于小型民生项目和“微心愿”。",
    ),
    _pack(
        "jinan",
        "济南市社区基金",
        dt.date(2022, 1, 1),
        "济南市一社区三千元起步设立社区基金",
        {"fund.opening_min": "3000"},
    ),
    _pack(
        "ziyang",
        "资阳市社区基金（2024年）",
        dt.date(2024, 1, 1),
        "资阳市社区基金做法（2024年）",
        {"fund.committee.seats": ["COMMUNITY", "RESIDENT"]},
        note="管委会由社区干部和居民组成；会计师每年审计；慈善会公布收支，年末向民政部门报告。",
    ),
    _pack(
        "budget",
        "财政资金类基金",
        dt.date(2018, 1, 1),
        "成都市城乡社区发展治理专项保障资金管理办法；合肥市包河区2018年做法",
        {
            "fund.committee.min": 3,
            "fund.committee.odd": True,
            "fund.committee.seats": [],
            "fund.opening_min": "0",
            "fund.fee_rate": "0",
            "fund.fee_cap": "0",
        },
        note="资金为财政性资金，专账核算；结余按规定收回或结转，不作捐赠处理。",
    ),
)
