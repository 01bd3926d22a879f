"""Changes of divisions through their operations: effects, audit, refusals, hand-over."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone
from django.utils.translation import override

from communities.changes import handover, operations, queries
from communities.changes.lifecycle import ChangeStatus
from communities.changes.models import ChangeKind, DivisionChange, DivisionLineage, PlannedDivision
from communities.changes.operations import (
    ChildrenLeft,
    DocumentMissing,
    HandOverElsewhere,
    HandOverRefused,
    Line,
    LineWrong,
    NotYetDue,
    PredecessorUnfit,
    SharesDoNotSum,
    Successor,
    SuccessorUnclear,
)
from communities.people.models import Post, Resident
from communities.territory.codes import Code, CodeTaken, CodeWrong
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, DivisionLevel, Tier
from communities.territory.operations import ParentUnfit, create_division, import_divisions
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, SamePerson
from governance.outbox.models import OutboxEvent
from tests.factories.communities import DivisionCodeFactory, DivisionFactory, PostFactory, ResidentFactory
from tests.factories.communities_territory import (
    DOCUMENT,
    EFFECTIVE_ON,
    draft_merger,
    make_community,
    make_street,
)

FOLDER = Path(settings.BASE_DIR) / "governance" / "portal" / "data" / "divisions"


@pytest.fixture(autouse=True)
def _english() -> object:
    with override("en"):
        yield


def approved(change: DivisionChange, drafter: User, approver: User, now: dt.datetime) -> DivisionChange:
    """Walk a draft to its approval."""
    change = lifecycle.move(change, "consult", by=drafter, now=now)
    return operations.approve_change(change=change, by=approver, now=now, **DOCUMENT)


def in_force(change: DivisionChange, drafter: User, approver: User, now: dt.datetime) -> DivisionChange:
    """Walk a draft into force."""
    return operations.bring_into_force(change=approved(change, drafter, approver, now), by=approver, now=now)


def draft(by: User, now: dt.datetime, district: Division, **more: Any) -> DivisionChange:
    return operations.draft_change(
        **{
            "by": by,
            "now": now,
            "kind": ChangeKind.MERGE,
            "district": district,
            "reason": "优化设置",
            "effective_on": EFFECTIVE_ON,
            **more,
        }
    )


def state() -> list[tuple[Any, ...]]:
    """Everything that a refusal must leave alone."""
    return [
        *Division.objects.order_by("pk").values_list("pk", "path", "name", "status", "valid_to"),
        *DivisionChange.objects.order_by("pk").values_list("pk", "status"),
        *DivisionLineage.objects.order_by("pk").values_list("pk", "successor"),
        ("plans", PlannedDivision.objects.count()),
        ("entries", AuditEntry.objects.count()),
    ]


def test_a_draft_changes_nothing_yet(
    street: Division, community: Division, neighbor: Division, district_officer: User, now: dt.datetime
) -> None:
    change = draft_merger(by=district_officer, now=now, street=street, merged=[community, neighbor])

    assert change.status == ChangeStatus.DRAFT
    assert [plan.name for plan in change.plans.all()] == ["合并社区居民委员会"]
    assert change.lineage.count() == 2
    assert not Division.objects.filter(name="合并社区居民委员会").exists()
    assert AuditEntry.objects.get().verb == "communities.division_change.drafted"


def test_a_merger_closes_the_old_and_opens_the_new(
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    change = draft_merger(by=district_officer, now=now, street=street, merged=[community, neighbor])

    change = in_force(change, district_officer, district_admin, now)

    merged = Division.objects.get(name="合并社区居民委员会")
    assert change.status == ChangeStatus.EFFECTIVE
    assert (merged.status, merged.valid_from, merged.parent) == (DivisionStatus.ACTIVE, EFFECTIVE_ON, street)
    assert merged.path == f"{street.path}{merged.pk}/"
    for old in (community, neighbor):
        old.refresh_from_db()
        assert (old.status, old.valid_to) == (DivisionStatus.CLOSED, EFFECTIVE_ON)
    assert [(line.predecessor_name, line.predecessor_code, line.successor_name) for line in change.lineage.all()] == [
        ("三八路社区居民委员会", "510302002008", "合并社区居民委员会"),
        ("盐店街社区居民委员会", "510302002005", "合并社区居民委员会"),
    ]
    assert set(Division.objects.valid_on(EFFECTIVE_ON).filter(parent=street)) == {merged}
    assert set(Division.objects.valid_on(EFFECTIVE_ON - dt.timedelta(days=1)).filter(parent=street)) == {
        community,
        neighbor,
    }


def test_coming_into_force_is_audited_and_told(
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    change = draft_merger(by=district_officer, now=now, street=street, merged=[community, neighbor])

    in_force(change, district_officer, district_admin, now)

    assert list(AuditEntry.objects.order_by("id").values_list("verb", flat=True)) == [
        "communities.division_change.drafted",
        "communities.division_change.consulted",
        "communities.division_change.approved",
        "communities.division_change.effective",
        "communities.division.opened",
        "communities.division.closed",
        "communities.division.closed",
    ]
    assert OutboxEvent.objects.get().topic == "communities.division_change.effective"


def test_a_renaming_keeps_the_division(
    street: Division, community: Division, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = draft(
        district_officer,
        now,
        street,
        kind=ChangeKind.RENAME,
        successors=[Successor(key="a", name="彩灯社区居民委员会", level=DivisionLevel.COMMUNITY, continues=community)],
        lines=[Line(community, "a")],
    )

    in_force(change, district_officer, district_admin, now)

    community.refresh_from_db()
    assert (community.name, community.short_name, community.status) == ("彩灯社区居民委员会", "彩灯社区", "ACTIVE")
    assert community.path.startswith(street.path)
    line = DivisionLineage.objects.get()
    assert (line.predecessor, line.successor) == (community, community)
    assert (line.predecessor_name, line.successor_name) == ("三八路社区居民委员会", "彩灯社区居民委员会")


def test_a_new_code_joins_the_old_one(
    street: Division, community: Division, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = draft(
        district_officer,
        now,
        street,
        kind=ChangeKind.RECODE,
        successors=[
            Successor(
                key="a",
                name=community.name,
                level=DivisionLevel.COMMUNITY,
                continues=community,
                code=Code("NBS", 2026, "510302002099"),
            )
        ],
        lines=[Line(community, "a")],
    )

    in_force(change, district_officer, district_admin, now)

    assert [str(code) for code in community.codes.order_by("edition")] == [
        "National Bureau of Statistics 2023 510302002008",
        "National Bureau of Statistics 2026 510302002099",
    ]


def test_a_new_parent_takes_the_subtree_along(
    district: Division,
    street: Division,
    other_street: Division,
    community: Division,
    district_officer: User,
    district_admin: User,
    city: Division,
    now: dt.datetime,
) -> None:
    neighbor_district = DivisionFactory(name="贡井区", tier=Tier.DISTRICT, level=DivisionLevel.DISTRICT, parent=city)
    change = draft(
        district_officer,
        now,
        district,
        kind=ChangeKind.REAFFILIATE,
        successors=[
            Successor(key="a", name=street.name, level=DivisionLevel.STREET, continues=street, parent=neighbor_district)
        ],
        lines=[Line(street, "a")],
    )

    in_force(change, district_officer, district_admin, now)

    street.refresh_from_db()
    community.refresh_from_db()
    assert street.parent == neighbor_district
    assert street.path == f"{neighbor_district.path}{street.pk}/"
    assert community.path == f"{street.path}{community.pk}/"
    assert community.parent == street
    assert set(Division.objects.subtree(district)) == {district, other_street, *other_street.children.all()}


def test_a_split_shares_the_population(
    street: Division, community: Division, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = draft(
        district_officer,
        now,
        street,
        kind=ChangeKind.SPLIT,
        successors=[
            Successor(key="a", name="三八路社区居民委员会", level=DivisionLevel.COMMUNITY, continues=community),
            Successor(key="b", name="新三八路社区居民委员会", level=DivisionLevel.COMMUNITY, parent=street),
        ],
        lines=[Line(community, "a", Decimal("0.7")), Line(community, "b", Decimal("0.3"))],
    )

    in_force(change, district_officer, district_admin, now)

    new = Division.objects.get(name="新三八路社区居民委员会")
    assert queries.carried_over({community.pk: Decimal(1000)}) == {community.pk: Decimal(700), new.pk: Decimal(300)}


def test_children_of_a_closing_street_move_to_its_only_heir(
    district: Division,
    street: Division,
    other_street: Division,
    community: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    change = draft(
        district_officer,
        now,
        district,
        kind=ChangeKind.ABSORB,
        successors=[Successor(key="a", name=other_street.name, level=DivisionLevel.STREET, continues=other_street)],
        lines=[Line(street, "a"), Line(other_street, "a")],
    )

    in_force(change, district_officer, district_admin, now)

    community.refresh_from_db()
    street.refresh_from_db()
    assert street.status == DivisionStatus.CLOSED
    assert community.parent == other_street
    assert community.path == f"{other_street.path}{community.pk}/"


def test_children_that_nobody_takes_hold_the_change(
    district: Division,
    street: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    change = draft(
        district_officer,
        now,
        district,
        kind=ChangeKind.SPLIT,
        successors=[
            Successor(key="a", name="东街道", level=DivisionLevel.STREET, parent=district),
            Successor(key="b", name="西街道", level=DivisionLevel.STREET, parent=district),
        ],
        lines=[Line(street, "a", Decimal("0.5")), Line(street, "b", Decimal("0.5"))],
    )
    change = approved(change, district_officer, district_admin, now)
    before = state()

    with pytest.raises(ChildrenLeft):
        operations.bring_into_force(change=change, by=district_admin, now=now)

    assert state() == before


def test_a_change_waits_for_its_day(
    street: Division, community: Division, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = draft(
        district_officer,
        now,
        street,
        effective_on=timezone.localdate(now) + dt.timedelta(days=1),
        successors=[Successor(key="a", name="新社区居民委员会", level=DivisionLevel.COMMUNITY, parent=street)],
        lines=[Line(community, "a")],
    )
    change = approved(change, district_officer, district_admin, now)
    before = state()

    with pytest.raises(NotYetDue):
        operations.bring_into_force(change=change, by=district_admin, now=now)

    assert state() == before
    later = operations.bring_into_force(change=change, by=district_admin, now=now + dt.timedelta(days=1))
    assert later.status == ChangeStatus.EFFECTIVE


def test_the_approver_is_somebody_else_and_names_a_document(
    street: Division, community: Division, district_admin: User, district_officer: User, now: dt.datetime
) -> None:
    change = draft_merger(by=district_admin, now=now, street=street, merged=[community])
    change = lifecycle.move(change, "consult", by=district_officer, now=now)
    before = state()

    with pytest.raises(SamePerson):
        operations.approve_change(change=change, by=district_admin, now=now, **DOCUMENT)
    with pytest.raises(MoveForbidden):
        operations.approve_change(change=change, by=district_officer, now=now, **DOCUMENT)
    with pytest.raises(DocumentMissing):
        operations.approve_change(change=change, by=district_admin, now=now, document_title="批复", document_number=" ")

    assert state() == before


def test_a_predecessor_is_not_changed_twice(
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    change = draft_merger(by=district_officer, now=now, street=street, merged=[community])

    with pytest.raises(PredecessorUnfit) as busy:
        draft_merger(by=district_officer, now=now, street=street, merged=[community, neighbor], name="别的社区")
    in_force(change, district_officer, district_admin, now)
    with pytest.raises(PredecessorUnfit) as closed:
        draft_merger(by=district_officer, now=now, street=street, merged=[community], name="别的社区")

    assert str(busy.value) == "“三八路社区居民委员会” can't be a predecessor: another change of it is under way."
    assert str(closed.value) == "“三八路社区居民委员会” can't be a predecessor: it is closed."


def test_a_withdrawn_change_frees_its_predecessors(
    street: Division, community: Division, district_officer: User, now: dt.datetime
) -> None:
    change = draft_merger(by=district_officer, now=now, street=street, merged=[community])

    lifecycle.move(change, "withdraw", by=district_officer, now=now, reason="居民不同意")

    assert draft_merger(by=district_officer, now=now, street=street, merged=[community]).pk != change.pk


NEW = {"key": "a", "name": "新社区居民委员会", "level": DivisionLevel.COMMUNITY}


@pytest.mark.parametrize(
    ("plans", "shares", "refusal", "words"),
    [
        ([], [("a", 1)], LineWrong, "A change needs successors, each with a key of its own."),
        ([{}, {}], [("a", 1)], LineWrong, "A change needs successors, each with a key of its own."),
        ([{}], [("b", 1)], LineWrong, "A line names the successor “b”, which the change does not have."),
        ([{}, {"key": "b"}], [("a", 1)], LineWrong, "No line leads to “新社区居民委员会”."),
        ([{}], [("a", "0.5"), ("a", "0.5")], LineWrong, "A line stands twice in the change."),
        ([{}], [("a", 0)], LineWrong, "A share must be greater than 0 and not greater than 1."),
        ([{}], [("a", "1.5")], LineWrong, "A share must be greater than 0 and not greater than 1."),
        (
            [{}],
            [("a", "0.99999999")],
            SharesDoNotSum,
            "The shares of “三八路社区居民委员会” sum to 0.99999999 instead of 1.",
        ),
        (
            [{"parent_key": "nowhere"}],
            [("a", 1)],
            LineWrong,
            "“新社区居民委员会” names a parent that does not stand above it in the change.",
        ),
        (
            [{"level": DivisionLevel.STREET}],
            [("a", 1)],
            ParentUnfit,
            "“东兴寺街道” can't be the parent of “新社区居民委员会”: it is closed or does not stand above it.",
        ),
        ([{"code": Code("NBS", 2026, "51030200200")}], [("a", 1)], CodeWrong, "The code has 11 digits instead of 12."),
        (
            [{"code": Code("NBS", 2026, "510302002000")}],
            [("a", 1)],
            CodeWrong,
            "By its zeros the code 510302002000 does not fit the level of “新社区居民委员会”.",
        ),
        (
            [{"code": Code("NBS", 2023, "510302002005")}],
            [("a", 1)],
            CodeTaken,
            "NBS 2023: the code 510302002005 already names “盐店街社区居民委员会”.",
        ),
    ],
)
def test_wrong_drafts_say_why_and_leave_nothing(
    plans: list[dict[str, Any]],
    shares: list[tuple[str, Any]],
    refusal: type[Exception],
    words: str,
    street: Division,
    community: Division,
    district_officer: User,
    now: dt.datetime,
) -> None:
    before = state()

    with pytest.raises(refusal) as raised:
        draft(
            district_officer,
            now,
            street,
            successors=[Successor(**{**NEW, "parent": street, **plan}) for plan in plans],
            lines=[Line(community, key, Decimal(share)) for key, share in shares],
        )

    assert str(raised.value) == words
    assert state() == before


def test_a_parent_that_closes_by_the_same_change_is_refused(
    district: Division, street: Division, community: Division, district_officer: User, now: dt.datetime
) -> None:
    with pytest.raises(ParentUnfit):
        draft(
            district_officer,
            now,
            district,
            successors=[
                Successor(key="a", name="新街道", level=DivisionLevel.STREET, parent=district),
                Successor(key="b", name="新社区", level=DivisionLevel.COMMUNITY, parent=street),
            ],
            lines=[Line(street, "a"), Line(community, "b")],
        )


def test_what_was_given_away_since_the_draft_is_found(
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    change = draft(
        district_officer,
        now,
        street,
        successors=[Successor(**NEW, parent=street, code=Code("NBS", 2026, "510302002077"))],
        lines=[Line(community, "a")],
    )
    change = approved(change, district_officer, district_admin, now)
    DivisionCodeFactory(division=neighbor, edition=2026, code="510302002077")
    before = state()

    with pytest.raises(CodeTaken):
        operations.bring_into_force(change=change, by=district_admin, now=now)

    assert state() == before


def test_what_goes_on_needs_a_line_from_it(
    street: Division, community: Division, neighbor: Division, district_officer: User, now: dt.datetime
) -> None:
    with pytest.raises(LineWrong) as refusal:
        draft(
            district_officer,
            now,
            street,
            successors=[Successor(**NEW, continues=neighbor)],
            lines=[Line(community, "a")],
        )

    assert str(refusal.value) == "“新社区居民委员会” goes on, so a line must lead from it."


def test_an_absorber_goes_on_without_a_line_of_its_own(
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    change = draft(
        district_officer,
        now,
        street,
        kind=ChangeKind.ABSORB,
        successors=[Successor(**{**NEW, "name": neighbor.name}, continues=neighbor)],
        lines=[Line(community, "a")],
    )

    in_force(change, district_officer, district_admin, now)

    assert queries.carried_over({community.pk: Decimal(10), neighbor.pk: Decimal(5)}) == {neighbor.pk: Decimal(15)}


def test_predecessors_are_older_than_the_change_and_open(
    street: Division, community: Division, neighbor: Division, district_officer: User, now: dt.datetime
) -> None:
    young: Division = DivisionFactory(parent=street, valid_from=EFFECTIVE_ON)
    closed: Division = DivisionFactory(parent=street)
    Division.objects.filter(pk=closed.pk).update(status="CLOSED", valid_to=EFFECTIVE_ON)
    closed.refresh_from_db()

    with pytest.raises(PredecessorUnfit) as refusal:
        draft_merger(by=district_officer, now=now, street=street, merged=[young])
    with pytest.raises(PredecessorUnfit):
        draft(
            district_officer,
            now,
            street,
            kind=ChangeKind.ABSORB,
            successors=[Successor(**NEW, continues=closed)],
            lines=[Line(community, "a")],
        )

    assert str(refusal.value).endswith("can't be a predecessor: it is younger than the change.")


def test_a_predecessor_or_parent_that_closed_since_the_draft_is_found(
    district: Division,
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    other = make_street(district, "新街街道")
    first = approved(
        draft_merger(by=district_officer, now=now, street=street, merged=[community]),
        district_officer,
        district_admin,
        now,
    )
    second = approved(
        draft_merger(by=district_officer, now=now, street=other, merged=[neighbor], name="别的社区"),
        district_officer,
        district_admin,
        now,
    )
    Division.objects.filter(pk__in=[community.pk, other.pk]).update(status="CLOSED", valid_to=EFFECTIVE_ON)
    before = state()

    with pytest.raises(PredecessorUnfit):
        operations.bring_into_force(change=first, by=district_admin, now=now)
    with pytest.raises(ParentUnfit):
        operations.bring_into_force(change=second, by=district_admin, now=now)

    assert state() == before


def test_forty_eight_become_thirty_one(
    district: Division, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    """Basis: report S0 (48→31 = −35.42 % in 自流井区)."""
    street = make_street(district, "光大街道")
    old = [make_community(street, f"第{number}号社区居民委员会") for number in range(48)]
    keys = [f"n{number}" for number in range(31)]
    lines = []
    for number, division in enumerate(old):
        if number % 5 == 0 and number < 31:  # some are divided between two of the new ones
            lines += [
                Line(division, keys[number], Decimal("0.4")),
                Line(division, keys[(number + 1) % 31], Decimal("0.6")),
            ]
        else:
            lines.append(Line(division, keys[number % 31]))

    change = draft(
        district_officer,
        now,
        district,
        successors=[
            Successor(key=key, name=f"新{key}社区居民委员会", level=DivisionLevel.COMMUNITY, parent=street)
            for key in keys
        ],
        lines=lines,
    )
    in_force(change, district_officer, district_admin, now)

    below = Division.objects.filter(parent=street)
    assert set(below.filter(status=DivisionStatus.CLOSED)) == set(old)
    assert below.open().count() == 31
    assert set(change.lineage.values_list("predecessor", flat=True)) == {division.pk for division in old}
    shares: dict[int, Decimal] = {}
    for line in change.lineage.all():
        shares[line.predecessor_id] = shares.get(line.predecessor_id, Decimal()) + line.share
    assert set(shares.values()) == {Decimal(1)}
    figures = {division.pk: Decimal(1000 + division.pk) for division in old}
    carried = queries.carried_over(figures)
    assert sum(carried.values()) == sum(figures.values())
    assert set(carried) <= set(below.open().values_list("pk", flat=True))


def _take_in(name: str, by: User, now: dt.datetime, system: str = "NBS", edition: int = 2023) -> None:
    content = (FOLDER / name).read_bytes()
    import_divisions(by=by, now=now, source=io.BytesIO(content), file_name=name, system=system, edition=edition)


def test_a_whole_district_is_succeeded(
    district_admin: User, district_officer: User, now: dt.datetime, make_admin_of: Any
) -> None:
    """江北区 500105 becomes 两江新区 500157, with streets of two neighbors: 42 of the 47 successions lie there."""
    _take_in("nbs2023_500105_chongqing_jiangbei.csv", district_admin, now)
    jiangbei = Division.objects.coded("NBS", 2023, "500105000000").get()
    city = jiangbei.parent
    assert city is not None
    drafter, approver = make_admin_of(city), make_admin_of(city)
    rows = list(csv.DictReader((FOLDER / "succession_chongqing_2025.csv").read_text(encoding="utf-8").splitlines()))
    rows = [row for row in rows if row["new_code_mca2026"].startswith("500157")]
    day = dt.date(2025, 11, 15)
    stubs = {
        name: create_division(
            by=drafter, now=now, name=name, level="DISTRICT", parent=city, is_stub=True, closed_on=day
        )
        for name in ("渝北区", "北碚区")
    }
    successors = [
        Successor(
            key="500157000000",
            name="两江新区",
            level=DivisionLevel.DISTRICT,
            parent=city,
            code=Code("MCA", 2026, "500157000000"),
        )
    ]
    lines = [Line(jiangbei, "500157000000")]
    for row in rows:
        own = Division.objects.coded("NBS", 2023, row["old_code_nbs2023"]).first()
        old = own or create_division(
            by=drafter,
            now=now,
            name=row["name"],
            level=DivisionLevel.STREET if row["name"].endswith("街道") else DivisionLevel.TOWN,
            parent=stubs[row["old_district"]],
            is_stub=True,
            closed_on=day,
            codes=[Code("NBS", 2023, row["old_code_nbs2023"])],
        )
        successors.append(
            Successor(
                key=row["new_code_mca2026"],
                name=row["name"],
                level=old.level,
                parent_key="500157000000",
                continues=own,
                code=Code("MCA", 2026, row["new_code_mca2026"]),
            )
        )
        lines.append(Line(old, row["new_code_mca2026"]))
    communities_before = Division.objects.subtree(jiangbei).filter(tier=Tier.COMMUNITY).count()

    change = draft(
        drafter,
        now,
        city,
        kind=ChangeKind.SUCCESSION,
        reason="行政区划调整",
        effective_on=day,
        successors=successors,
        lines=lines,
    )
    in_force(change, drafter, approver, now)

    liangjiang = Division.objects.coded("MCA", 2026, "500157000000").get()
    jiangbei.refresh_from_db()
    below = Division.objects.subtree(liangjiang)
    assert (jiangbei.status, jiangbei.valid_to) == (DivisionStatus.CLOSED, day)
    assert below.filter(tier=Tier.STREET).count() == 42
    assert below.filter(tier=Tier.COMMUNITY).count() == communities_before
    assert list(Division.objects.subtree(jiangbei)) == [jiangbei]
    moved = Division.objects.coded("NBS", 2023, "500105006000").get()
    assert moved == Division.objects.coded("MCA", 2026, "500157019000").get()
    assert [relative.division for relative in queries.successors_of(jiangbei)] == [liangjiang]
    stub = Division.objects.coded("NBS", 2023, "500112009000").get()
    assert [relative.division.name for relative in queries.successors_of(stub)] == ["人和街道"]
    assert queries.successors_of(stub)[0].division != stub


@pytest.fixture
def make_admin_of(db: None) -> Any:
    def make(division: Division) -> User:
        post: Post = PostFactory(division=division, role="DISTRICT_ADMIN", user__kind="STAFF")
        return post.user

    return make


def test_lineage_is_walked_over_several_changes(
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> None:
    first = draft(
        district_officer,
        now,
        street,
        kind=ChangeKind.SPLIT,
        effective_on=dt.date(2024, 1, 1),
        successors=[
            Successor(**{**NEW, "key": "a", "name": "甲社区"}, parent=street),
            Successor(**{**NEW, "key": "b", "name": "乙社区"}, parent=street),
        ],
        lines=[Line(community, "a", Decimal("0.75")), Line(community, "b", Decimal("0.25"))],
    )
    in_force(first, district_officer, district_admin, now)
    left, right = Division.objects.get(name="甲社区"), Division.objects.get(name="乙社区")
    second = draft_merger(by=district_officer, now=now, street=street, merged=[left, neighbor], name="丙社区")
    in_force(second, district_officer, district_admin, now)
    end = Division.objects.get(name="丙社区")

    assert [(relative.division, relative.share) for relative in queries.successors_of(community)] == [
        (end, Decimal("0.75")),
        (right, Decimal("0.25")),
    ]
    assert [
        (relative.division, relative.share) for relative in queries.successors_of(community, on=dt.date(2024, 6, 1))
    ] == [(left, Decimal("0.75")), (right, Decimal("0.25"))]
    assert [(relative.division, relative.share) for relative in queries.predecessors_of(end)] == [
        (neighbor, Decimal(1)),
        (community, Decimal("0.75")),
    ]
    assert [
        (relative.division, relative.share) for relative in queries.predecessors_of(end, on=dt.date(2024, 6, 1))
    ] == [(neighbor, Decimal(1)), (left, Decimal(1))]
    assert [relative.division for relative in queries.successors_of(street)] == [street]


@pytest.fixture
def merged(
    street: Division,
    community: Division,
    neighbor: Division,
    district_officer: User,
    district_admin: User,
    now: dt.datetime,
) -> DivisionChange:
    """A merger in force, with people and an enterprise still attached to the closed communities."""
    change = draft_merger(by=district_officer, now=now, street=street, merged=[community, neighbor])
    return in_force(change, district_officer, district_admin, now)


def test_a_change_stays_open_while_something_hangs_on_it(
    merged: DivisionChange, district_admin: User, now: dt.datetime
) -> None:
    kinds = {kind.key: kind.count for kind in queries.left_behind(merged)}

    with pytest.raises(MoveHindered) as refusal:
        lifecycle.move(merged, "close", by=district_admin, now=now)

    assert kinds["communities.Post.division"] == 2
    assert kinds["communities.Resident.division"] == 2
    assert kinds["funds.CommunityEnterprise.division"] == 1
    assert str(refusal.value) == "5 rows are still attached to closed divisions. Hand them over first."


def test_everything_handed_over_lets_the_change_close(
    merged: DivisionChange, district_admin: User, now: dt.datetime
) -> None:
    heir = Division.objects.get(name="合并社区居民委员会")

    counts = {
        kind.key: operations.hand_over(change=merged, kind=kind.key, by=district_admin, now=now)
        for kind in queries.left_behind(merged)
    }

    closed = lifecycle.move(merged, "close", by=district_admin, now=now)
    assert closed.status == ChangeStatus.CLOSED
    assert sum(counts.values()) == 5
    assert Resident.objects.filter(division=heir).count() == 2
    assert AuditEntry.objects.filter(verb="communities.division.row_handed_over").count() == 5


def test_ended_posts_and_people_who_left_are_no_hindrance(
    merged: DivisionChange, community: Division, now: dt.datetime
) -> None:
    before = {kind.key: kind.count for kind in queries.left_behind(merged)}

    PostFactory(division=community, valid_to=EFFECTIVE_ON)
    ResidentFactory(division=community, left_on=EFFECTIVE_ON)
    PostFactory(division=community, valid_to=EFFECTIVE_ON + dt.timedelta(days=1))

    after = {kind.key: kind.count for kind in queries.left_behind(merged)}
    assert after == {**before, "communities.Post.division": before["communities.Post.division"] + 1}


def test_a_post_that_the_heir_has_already_is_refused(
    merged: DivisionChange, community: Division, community_staff: User, district_admin: User, now: dt.datetime
) -> None:
    heir = Division.objects.get(name="合并社区居民委员会")
    PostFactory(division=heir, user=community_staff)

    with pytest.raises(HandOverRefused):
        operations.hand_over(change=merged, kind="communities.Post.division", by=district_admin, now=now)

    assert Post.objects.filter(division=community, user=community_staff).exists()


def test_of_several_heirs_one_is_named(
    street: Division, community: Division, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = draft(
        district_officer,
        now,
        street,
        kind=ChangeKind.SPLIT,
        successors=[
            Successor(**{**NEW, "key": "a", "name": "甲社区"}, parent=street),
            Successor(**{**NEW, "key": "b", "name": "乙社区"}, parent=street),
        ],
        lines=[Line(community, "a", Decimal("0.5")), Line(community, "b", Decimal("0.5"))],
    )
    change = in_force(change, district_officer, district_admin, now)
    heir = Division.objects.get(name="乙社区")

    with pytest.raises(SuccessorUnclear):
        operations.hand_over(change=change, kind="communities.Resident.division", by=district_admin, now=now)
    with pytest.raises(SuccessorUnclear):
        operations.hand_over(
            change=change, kind="communities.Resident.division", by=district_admin, now=now, successor=street
        )
    count = operations.hand_over(
        change=change, kind="communities.Resident.division", by=district_admin, now=now, successor=heir
    )

    assert count == 1
    assert Resident.objects.get(division=heir).name == "王小明"


def test_kinds_of_their_own_room_are_settled_there(
    merged: DivisionChange, district_admin: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(handover._FUNCTIONS, "communities.Post", None)

    with pytest.raises(HandOverElsewhere):
        operations.hand_over(change=merged, kind="communities.Post.division", by=district_admin, now=now)
    with pytest.raises(HandOverElsewhere):
        operations.hand_over(change=merged, kind="communities.Body.division", by=district_admin, now=now)

    kinds = {kind.key: kind.has_function for kind in queries.left_behind(merged)}
    assert kinds["communities.Post.division"] is False
    assert kinds["communities.Resident.division"] is True


def test_moves_without_their_operation_do_not_pass(
    street: Division, community: Division, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = draft_merger(by=district_officer, now=now, street=street, merged=[community])

    with pytest.raises(MoveClosed):
        operations.bring_into_force(change=change, by=district_admin, now=now)
    with pytest.raises(MoveForbidden):
        lifecycle.move(
            approved(change, district_officer, district_admin, now), "bring_into_force", by=district_officer, now=now
        )
