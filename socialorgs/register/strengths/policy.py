"""The fields in which organizations say what they can do, and how long a check of it holds."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole, words

LONGEST_TEXT = 2000
FIELDS: tuple[str, ...] = (
    "养老服务",
    "儿童服务",
    "助残服务",
    "社会救助",
    "社会工作",
    "志愿服务",
    "文化体育",
    "矛盾调解",
    "环境治理",
    "便民服务",
    "能力建设",
    "评估审计",
)
CAPABILITY_FIELDS = declare(
    "so.capability.fields",
    _("Fields in which organizations say what they can do"),
    unit="list",
    read=words,
    default=FIELDS,
    basis="Default of this platform; local rules prevail",
)
CAPABILITY_MONTHS = declare(
    "so.capability.valid_months",
    _("How long a checked capability holds"),
    unit="months",
    read=whole,
    default=24,
    basis="Default of this platform; local rules prevail",
)
