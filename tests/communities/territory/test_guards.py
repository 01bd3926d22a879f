"""The last line of defense of the tree: one violating statement per constraint and trigger, past the ORM."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import IntegrityError, connection, transaction

from communities.territory import tree
from communities.territory.models import CodeSystem, Division, DivisionLevel, Tier
from governance.errors import constraint_of
from tests.factories.accounts import UserFactory
from tests.factories.communities import DivisionCodeFactory, DivisionFactory


def refused(statement: str, *values: object) -> str:
    """Run a statement that must be refused and return the name of what refuses it."""
    with pytest.raises(IntegrityError) as refusal, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
    return constraint_of(refusal.value)


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("path", "/1/2/3/", "division_path_follows_the_tree"),
        ("parent_id", None, "division_path_follows_the_tree"),
        ("tier", 4, "division_tier_is_below_the_parent"),
        ("status", "GONE", "division_status_is_known"),
        ("tier", 6, "division_tier_is_known"),
        ("level", "REGION", "division_level_is_known"),
        ("valid_to", dt.date(2019, 1, 1), "division_period_runs_forward"),
        ("status", "CLOSED", "division_closed_has_an_end"),
    ],
)
def test_a_division_is_guarded(column: str, value: object, name: str, community: Division) -> None:
    assert refused(f"UPDATE communities_division SET {column} = %s WHERE id = %s", value, community.pk) == name


def test_a_new_row_stands_where_its_path_says(street: Division) -> None:
    values = "name, short_name, tier, level, parent_id, path, urban_rural_class, status, is_stub"

    name = refused(
        f"INSERT INTO communities_division ({values}) VALUES ('x', 'x', 5, 'COMMUNITY', %s, '/9/', '', 'ACTIVE', FALSE)",
        street.pk,
    )

    assert name == "division_path_follows_the_tree"


def test_a_parent_does_not_close_over_open_children(street: Division) -> None:
    statement = "UPDATE communities_division SET status = 'CLOSED', valid_to = '2026-01-01' WHERE id = %s"

    assert refused(statement, street.pk) == "division_open_has_an_open_parent"


def test_a_parent_does_not_move_without_its_children(street: Division, city: Division) -> None:
    statement = "UPDATE communities_division SET parent_id = %s, path = %s || id || '/' WHERE id = %s"

    assert refused(statement, city.pk, city.path, street.pk) == "division_path_follows_the_tree"


def test_a_closed_division_stays_closed(street: Division) -> None:
    closed = DivisionFactory(parent=street)
    Division.objects.filter(pk=closed.pk).update(status="CLOSED", valid_to=dt.date(2026, 1, 1))

    name = refused("UPDATE communities_division SET status = 'ACTIVE' WHERE id = %s", closed.pk)

    assert name == "division_closed_stays_closed"


def test_paths_are_unique(community: Division) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT condeferrable FROM pg_constraint WHERE conname = 'division_path_is_unique'")
        assert cursor.fetchone() == (True,)


@pytest.mark.parametrize(
    ("column", "value", "name"),
    [
        ("code", "51030200200", "divisioncode_has_twelve_digits"),
        ("system", "XYZ", "divisioncode_system_is_known"),
    ],
)
def test_a_code_is_guarded(column: str, value: str, name: str, community: Division) -> None:
    statement = f"UPDATE communities_divisioncode SET {column} = %s WHERE division_id = %s"

    assert refused(statement, value, community.pk) == name


def test_a_code_names_one_division_and_a_division_has_one_per_edition(community: Division, neighbor: Division) -> None:
    statement = "INSERT INTO communities_divisioncode (division_id, system, edition, code, name) VALUES (%s, 'NBS', 2023, %s, '')"

    assert refused(statement, DivisionFactory().pk, "510302002005") == "divisioncode_names_one_division"
    assert refused(statement, community.pk, "510302002099") == "divisioncode_once_per_edition"


def test_the_same_digits_name_two_places_in_two_lists(community: Division, neighbor: Division) -> None:
    DivisionCodeFactory(division=neighbor, system=CodeSystem.MCA, edition=2026, code="510302002008")

    assert Division.objects.coded("NBS", 2023, "510302002008").get() == community
    assert Division.objects.coded("MCA", 2026, "510302002008").get() == neighbor


def test_an_import_record_adds_up(db: None) -> None:
    values = (
        "system, edition, file_name, sha256, rows, created, attached, unchanged, notes, imported_at, imported_by_id"
    )
    statement = (
        f"INSERT INTO communities_codeimport ({values}) VALUES (%s, 2023, 'a', '0', %s, 1, 1, 1, '[]', NOW(), %s)"
    )
    clerk = UserFactory()

    assert refused(statement, "NBS", 4, clerk.pk) == "codeimport_counts_add_up"
    assert refused(statement, "XYZ", 3, clerk.pk) == "codeimport_system_is_known"


def test_a_subtree_moves_in_one_statement(
    district: Division, street: Division, other_street: Division, community: Division, city: Division
) -> None:
    neighbor = DivisionFactory(tier=Tier.DISTRICT, level=DivisionLevel.DISTRICT, parent=city)

    tree.move({street.pk: neighbor.pk, other_street.pk: neighbor.pk})

    assert list(Division.objects.subtree(district)) == [district]
    assert Division.objects.subtree(neighbor).count() == 6
    community.refresh_from_db()
    assert community.path == f"{neighbor.path}{street.pk}/{community.pk}/"


def test_the_history_of_a_division_is_kept(community: Division) -> None:
    Division.objects.filter(pk=community.pk).update(households=1200)

    versions = community.events.order_by("pgh_id")
    assert list(versions.values_list("pgh_label", "households")) == [("insert", None), ("update", 1200)]
