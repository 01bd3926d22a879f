"""江北区 becomes part of 两江新区: a whole district's lineage, from the two official lists.

Twelve street-level units of 江北区, twenty-five of 渝北区 and five of 北碚区 become the forty-two units of the new area. The
two neighbors appear only as predecessors, so their units are closed stubs; five more units of 渝北区, which went to
北碚区, are no part of the new area and left out.
"""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from decimal import Decimal

from communities.changes import operations as changes
from communities.changes.models import ChangeKind, DivisionChange
from communities.changes.operations import Line, Successor
from communities.changes.queries import left_behind
from communities.people.models import Role
from communities.territory import operations as territory
from communities.territory.codes import Code
from communities.territory.models import Division, DivisionLevel, Tier
from governance import lifecycle
from governance.portal.demonstration.steps import DIVISIONS, EDITION, Scene, has_code, official_of, place

OLD, NEW = "500105000000", "500157000000"
NEW_NAME, NEW_EDITION = "两江新区", 2026
DISSOLVED_ON = dt.date(2025, 11, 25)
NEIGHBORS = {"渝北区": "500112000000", "北碚区": "500109000000"}
LEVELS = {"街道": DivisionLevel.STREET, "镇": DivisionLevel.TOWN, "乡": DivisionLevel.TOWNSHIP}


def level_of(name: str) -> DivisionLevel:
    """Return the level that a street-level unit's name ends with."""
    return next(level for ending, level in LEVELS.items() if name.endswith(ending))


def rows_of(file_name: str) -> list[dict[str, str]]:
    """Read one of the two lists."""
    with (DIVISIONS / file_name).open(encoding="utf-8-sig", newline="") as source:
        return list(csv.DictReader(source))


def stub(scene: Scene, name: str, code: str, level: DivisionLevel, parent: Division) -> Division:
    """Return a closed stub with its statistical code, made on first use."""
    if has_code(code):
        return place(code)
    return territory.create_division(
        by=scene.system,
        now=scene.now,
        name=name,
        level=level,
        parent=parent,
        closed_on=DISSOLVED_ON,
        is_stub=True,
        codes=[Code("NBS", EDITION, code)],
    )


def draft(scene: Scene, old: Division) -> DivisionChange:
    """Write the change down: what becomes what, and where the communities below go."""
    city = old.parent
    if city is None:
        message = "the old district stands below no city"
        raise ValueError(message)
    neighbors = {name: stub(scene, name, code, DivisionLevel.DISTRICT, city) for name, code in NEIGHBORS.items()}
    names = {row["code"]: row["name"] for row in rows_of("mca2026_streets_same_districts.csv")}
    successors = [
        Successor(NEW, NEW_NAME, DivisionLevel.DISTRICT, parent=city, code=Code("MCA", NEW_EDITION, NEW)),
        *(
            Successor(code, name, level_of(name), parent_key=NEW, code=Code("MCA", NEW_EDITION, code))
            for code, name in names.items()
            if code.startswith(NEW[:6]) and code != NEW
        ),
    ]
    lines = [Line(old, NEW)]
    for row in rows_of("succession_chongqing_2025.csv"):
        old_code, new_code = row["old_code_nbs2023"], row["new_code_mca2026"]
        if not new_code.startswith(NEW[:6]):
            continue
        if row["old_district"] in neighbors:
            before = stub(scene, row["name"], old_code, level_of(row["name"]), neighbors[row["old_district"]])
        else:
            before = place(old_code)
        lines.append(Line(before, new_code))
        for community in Division.objects.filter(parent=before, tier=Tier.COMMUNITY).order_by("pk"):
            key = f"continues-{community.pk}"
            successors.append(Successor(key, community.name, community.level, parent_key=new_code, continues=community))
            lines.append(Line(community, key))
    led_to = Counter(line.successor for line in lines)
    return changes.draft_change(
        by=scene.user("jiangbei"),
        now=scene.now,
        kind=ChangeKind.SUCCESSION,
        district=old,
        reason="撤销江北区、渝北区、北碚区部分区域设立两江新区（演示数据）",
        effective_on=DISSOLVED_ON,
        successors=[plan for plan in successors if led_to[plan.key]],
        lines=[Line(line.predecessor, line.successor, Decimal(1)) for line in lines],
    )


def dissolve_jiangbei(scene: Scene) -> None:
    """Take the change from draft to the finished hand-over, by two people."""
    old = place(OLD)
    change = DivisionChange.objects.filter(district=old, kind=ChangeKind.SUCCESSION).first()
    if change is None:
        official_of(scene, "jiangbei", "江涛", role=Role.DISTRICT_ADMIN, division=old, title="区社会工作部 经办")
        official_of(scene, "jiangbei2", "喻梅", role=Role.DISTRICT_ADMIN, division=old, title="区社会工作部 复核")
        change = draft(scene, old)
    # Their posts go over to the new area with the rest, so from here on the two are found by their names.
    first, second = scene.user("jiangbei"), scene.user("jiangbei2")
    if change.status == "DRAFT":
        change = lifecycle.move(change, "consult", by=first, now=scene.now)
    if change.status == "CONSULTED":
        change = changes.approve_change(
            change=change,
            by=second,
            now=scene.now,
            document_title="关于调整重庆市部分行政区划的批复（演示数据）",
            document_number="国函〔2025〕演示号",
        )
    if change.status == "APPROVED":
        change = changes.bring_into_force(change=change, by=second, now=scene.now)
    if change.status == "EFFECTIVE":
        for kind in left_behind(change):
            changes.hand_over(change=change, kind=kind.key, by=second, now=scene.now)
        lifecycle.move(change, "close", by=second, now=scene.now)
