"""The last line of defense of changes: one violating statement per constraint and trigger, past the ORM."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, connections, transaction

from communities.changes import operations
from communities.changes.lifecycle import ChangeStatus
from communities.changes.models import ChangeKind, DivisionChange, DivisionLineage
from communities.changes.operations import Line, Successor
from communities.territory.models import Division, DivisionLevel
from governance import lifecycle
from governance.accounts.models import User
from governance.errors import constraint_of
from governance.lifecycle import MoveClosed
from tests.factories.communities_territory import DOCUMENT, EFFECTIVE_ON, draft_merger
from tests.people import House, make_house


@pytest.fixture
def change(house: House, now: dt.datetime) -> DivisionChange:
    """A draft that merges two communities."""
    places = house.places
    return draft_merger(
        by=house.people["district_officer"],
        now=now,
        street=places["street"],
        merged=[places["community"], places["neighbor"]],
    )


def run_as_if_committed(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")


def refused(statement: str, *values: object) -> str:
    """Run a statement that must be refused, at once or at commit, and return the name of what refuses it."""
    with pytest.raises(IntegrityError) as refusal:
        run_as_if_committed(statement, *values)
    return constraint_of(refusal.value)


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("status", "EFFECTIVE", "divisionchange_moves_by_the_table"),
        ("status", "NOWHERE", "divisionchange_moves_by_the_table"),
        ("kind", "MIRACLE", "divisionchange_kind_is_known"),
        ("approved_at", dt.datetime(2026, 3, 1, tzinfo=dt.UTC), "divisionchange_approval_has_a_document"),
    ],
)
def test_a_change_is_guarded(column: str, value: object, name: str, change: DivisionChange) -> None:
    assert refused(f"UPDATE communities_divisionchange SET {column} = %s WHERE id = %s", value, change.pk) == name


def test_a_change_begins_as_a_draft(change: DivisionChange, district: Division, district_officer: User) -> None:
    values = (
        "kind, district_id, reason, document_title, document_number, effective_on, status, drafted_at, drafted_by_id"
    )
    statement = (
        f"INSERT INTO communities_divisionchange ({values}) "
        "VALUES ('MERGE', %s, '', '', '1', '2026-01-01', %s, NOW(), %s)"
    )

    assert refused(statement, district.pk, "APPROVED", district_officer.pk) == "divisionchange_begins_at_the_start"


def test_the_drafter_does_not_approve(change: DivisionChange, district_officer: User) -> None:
    statement = "UPDATE communities_divisionchange SET approved_by_id = %s WHERE id = %s"

    assert refused(statement, district_officer.pk, change.pk) == "divisionchange_two_persons"


def test_the_known_states_are_a_constraint(owner: object) -> None:
    names = {constraint.name for constraint in DivisionChange._meta.constraints}

    assert "divisionchange_status_is_known" in names


def test_a_change_is_not_in_force_without_its_effect(
    change: DivisionChange, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = lifecycle.move(change, "consult", by=district_officer, now=now)
    change = operations.approve_change(change=change, by=district_admin, now=now, **DOCUMENT)

    name = refused("UPDATE communities_divisionchange SET status = 'EFFECTIVE' WHERE id = %s", change.pk)

    assert name == "divisionchange_in_force_is_carried_out"


def test_shares_of_a_predecessor_sum_to_one(change: DivisionChange) -> None:
    line = change.lineage.first()
    assert line is not None

    assert (
        refused("UPDATE communities_divisionlineage SET share = 0.5 WHERE id = %s", line.pk)
        == "divisionlineage_shares_sum_to_one"
    )
    assert (
        refused("UPDATE communities_divisionlineage SET share = 0 WHERE id = %s", line.pk)
        == "divisionlineage_share_is_a_part"
    )


def test_shares_are_checked_on_both_sides_of_a_move(change: DivisionChange, far_community: Division) -> None:
    first, second = change.lineage.order_by("pk")
    statement = "UPDATE communities_divisionlineage SET predecessor_id = %s WHERE id = %s"

    assert refused(statement, first.predecessor_id, second.pk) == "divisionlineage_once"
    DivisionLineage.objects.filter(pk=second.pk).update(predecessor=far_community)  # a predecessor with all of it


def test_a_line_in_force_stays(
    change: DivisionChange, district_officer: User, district_admin: User, now: dt.datetime
) -> None:
    change = lifecycle.move(change, "consult", by=district_officer, now=now)
    change = operations.approve_change(change=change, by=district_admin, now=now, **DOCUMENT)
    change = operations.bring_into_force(change=change, by=district_admin, now=now)
    line = change.lineage.first()
    assert line is not None

    for statement in (
        "UPDATE communities_divisionlineage SET successor_name = 'x' WHERE id = %s",
        "DELETE FROM communities_divisionlineage WHERE id = %s",
    ):
        assert refused(statement, line.pk) == "divisionlineage_in_force_stays"


@pytest.mark.parametrize(
    ("assignment", "name"),
    [
        ("parent_plan_id = id", "planneddivision_has_one_parent"),
        ("code = '510302002099'", "planneddivision_code_is_whole"),
        ("code_system = 'NBS'", "planneddivision_code_is_whole"),
        ("level = 'REGION'", "planneddivision_level_is_known"),
    ],
)
def test_a_plan_is_guarded(assignment: str, name: str, change: DivisionChange) -> None:
    assert refused(f"UPDATE communities_planneddivision SET {assignment} WHERE change_id = %s", change.pk) == name


def test_a_plan_is_one_of_its_change(change: DivisionChange, community: Division) -> None:
    columns = "change_id, key, continues_id, name, short_name, level, code_system, code"
    statement = (
        f"INSERT INTO communities_planneddivision ({columns}) VALUES (%s, %s, %s, 'x', 'x', 'COMMUNITY', '', '')"
    )

    assert refused(statement, change.pk, "new", None) == "planneddivision_key_is_unique"
    with connection.cursor() as cursor:
        cursor.execute(statement, [change.pk, "a", community.pk])
    assert refused(statement, change.pk, "b", community.pk) == "planneddivision_goes_on_once"


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_bring_a_change_into_force_once(now: dt.datetime) -> None:
    """Real connections, so it takes seconds."""
    house = make_house()
    places, officer, admin = house.places, house.people["district_officer"], house.people["district_admin"]
    change = operations.draft_change(
        by=officer,
        now=now,
        kind=ChangeKind.MERGE,
        district=places["district"],
        reason="优化社区设置",
        effective_on=EFFECTIVE_ON,
        successors=[Successor(key="a", name="合并社区", level=DivisionLevel.COMMUNITY, parent=places["street"])],
        lines=[Line(places["community"], "a", Decimal(1)), Line(places["neighbor"], "a", Decimal(1))],
    )
    change = lifecycle.move(change, "consult", by=officer, now=now)
    change = operations.approve_change(change=change, by=admin, now=now, **DOCUMENT)

    def attempt(_number: int) -> str:
        try:
            operations.bring_into_force(change=change, by=User.objects.get(pk=admin.pk), now=now)
        except MoveClosed:
            return "refused"
        finally:
            connections.close_all()
        return "done"

    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(attempt, range(20)))

    assert sorted(answers) == ["done"] + ["refused"] * 19
    assert Division.objects.filter(name="合并社区").count() == 1
    assert DivisionChange.objects.get().status == ChangeStatus.EFFECTIVE
