"""Changes of divisions for tests: drafted by the operation, because a draft without its plans and lines is none."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from communities.changes import operations
from communities.changes.models import ChangeKind, DivisionChange
from communities.changes.operations import Line, Successor
from communities.territory.models import Division, DivisionLevel, Tier
from governance.accounts.models import User
from tests.factories.communities import DivisionFactory

EFFECTIVE_ON = dt.date(2026, 3, 1)
DOCUMENT = {"document_title": "关于调整社区设置的批复", "document_number": "自府函〔2026〕1号"}


def make_street(parent: Division, name: str) -> Division:
    """Insert a street."""
    made: Division = DivisionFactory(name=name, tier=Tier.STREET, level=DivisionLevel.STREET, parent=parent)
    return made


def make_community(parent: Division, name: str) -> Division:
    """Insert a community."""
    made: Division = DivisionFactory(name=name, parent=parent)
    return made


def draft_merger(
    *, by: User, now: dt.datetime, street: Division, merged: list[Division], name: str = "合并社区居民委员会"
) -> DivisionChange:
    """Draft the merger of communities of a street into a new one."""
    return operations.draft_change(
        by=by,
        now=now,
        kind=ChangeKind.MERGE,
        district=street.parent or street,
        reason="优化社区设置",
        effective_on=EFFECTIVE_ON,
        successors=[Successor(key="new", name=name, level=DivisionLevel.COMMUNITY, parent=street)],
        lines=[Line(division, "new", Decimal(1)) for division in merged],
    )
