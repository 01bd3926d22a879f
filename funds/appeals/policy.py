"""What the rules of raising money fix: designated platforms, and when an appeal must show its accounts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare
from governance.calendar.days import months_later


class Platform(NamedTuple):
    """An online platform on which charities may appeal to the public: its name and the host of its addresses."""

    name: str
    host: str

    def __str__(self) -> str:
        return self.name


def platforms(value: Any) -> list[Platform]:
    """Read the stored list of platforms, each a pair of name and host."""
    return [Platform(str(name), str(host).lower()) for name, host in value]


PLATFORMS = declare(
    "appeal.platforms",
    _("Designated platforms for online appeals"),
    unit="list",
    read=platforms,
    default=platforms(
        [
            ("腾讯公益", "gongyi.qq.com"),
            ("支付宝公益", "love.alipay.com"),
            ("新浪微公益", "gongyi.weibo.com"),
            ("京东公益", "gongyi.jd.com"),
            ("百度公益", "gongyi.baidu.com"),
            ("联劝网", "www.lianquan.org.cn"),
            ("广益联募", "www.gyufc.org"),
            ("美团公益", "gongyi.meituan.com"),
            ("水滴公益", "gongyi.shuidihuzhu.com"),
            ("哔哩哔哩公益", "love.bilibili.com"),
        ]
    ),
    basis="Charity Law art. 27",
)
REPORT_EVERY = declare(
    "appeal.report_every",
    _("Months between two accounts of a running appeal"),
    unit="months",
    read=int,
    default=3,
    basis="Charity Law art. 78",
)
REPORT_FROM = declare(
    "appeal.report_from",
    _("An appeal that runs longer than so many months shows its accounts while it runs"),
    unit="months",
    read=int,
    default=6,
    basis="Charity Law art. 78",
)
FINAL_WITHIN = declare(
    "appeal.final_within",
    _("Months after its end within which an appeal shows its full account"),
    unit="months",
    read=int,
    default=3,
    basis="Charity Law art. 78",
)


@dataclass(frozen=True, slots=True)
class Due:
    """One account that an appeal owes: the days it covers, both included, and the last day to show it."""

    covers_from: dt.date
    covers_to: dt.date
    due_on: dt.date
    is_final: bool = False


def dues(first: dt.date, last: dt.date, *, every: int, longer_than: int, final_within: int) -> list[Due]:
    """Return the accounts that an appeal from its first to its last day owes, in order.

    One that runs longer than `longer_than` months owes one every `every` months while it runs; all owe a full one.
    """
    found: list[Due] = []
    if last >= months_later(first, longer_than):
        number, begins = 1, first
        while (ends := months_later(first, every * number)) <= last:
            found.append(Due(begins, ends - dt.timedelta(days=1), ends))
            number, begins = number + 1, ends
    return [*found, Due(first, last, months_later(last, final_within), is_final=True)]


def platform_of(address: str, known: list[Platform]) -> Platform | None:
    """Return the designated platform that an address leads to, None when it leads elsewhere or is not encrypted."""
    parts = urlsplit(address)
    host = (parts.hostname or "").lower()
    if parts.scheme != "https" or parts.username or parts.port not in {None, 443}:
        return None
    return next((platform for platform in known if host == platform.host or host.endswith(f".{platform.host}")), None)
