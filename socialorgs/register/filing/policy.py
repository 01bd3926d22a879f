"""Numbers and days of filing, and the schemes by which organizations are sorted side by side."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import Parameter, declare, whole, words

LONGEST_RULES = 20_000
LONGEST_NAMES = 4000
LONGEST_OPINION = 2000

CONFIRM_BY_MONTH = declare(
    "so.filed.confirm_by_month",
    _("Month by whose end a filed organization is confirmed for the year before"),
    unit="months",
    read=whole,
    default=3,
    basis="Default of this platform; local rules prevail",
)
GUIDED_TO: tuple[str, ...] = ("老年类", "服务类", "活动类")
OF_THE_PROVINCE: tuple[str, ...] = ("生活服务类", "社区事务类", "文化体育类", "慈善类")
GUIDES = declare(
    "so.classes.guides",
    _("Classes of community organizations by what they are guided to"),
    unit="list",
    read=words,
    default=GUIDED_TO,
    basis="Report on Pengshui",
)
PROVINCE_CLASSES = declare(
    "so.classes.province",
    _("Classes of community organizations in the province's guide"),
    unit="list",
    read=words,
    default=OF_THE_PROVINCE,
    basis="Sichuan Measures on the Registration and Filing of Community Social Organizations 2023",
)


class Scheme(models.TextChoices):
    """The schemes beside the district's own four classes, which every organization carries itself."""

    GUIDES = "GUIDES", _("three guides")
    PROVINCE = "PROVINCE", _("the province's classes")


SCHEMES: dict[str, Parameter[tuple[str, ...]]] = {Scheme.GUIDES: GUIDES, Scheme.PROVINCE: PROVINCE_CLASSES}


class FilingForm(models.TextChoices):
    """What a filed group calls itself (社、站、队、中心、组)."""

    SOCIETY = "SOCIETY", _("society")
    STATION = "STATION", _("station")
    TEAM = "TEAM", _("team")
    CENTER = "CENTER", _("center")
    GROUP = "GROUP", _("group")


def names_in(text: str) -> list[str]:
    """Return the names that stand one a line, each once, in their order."""
    return list(dict.fromkeys(filter(None, (line.strip() for line in text.splitlines()))))


def number_of(place: str, year: int, count: int) -> str:
    """Return the number under which a street files an organization."""
    return f"{place}社备〔{year}〕{count}号"
