"""Single divisions through their operations: effect, audit, refusals that leave nothing."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from communities.territory import operations
from communities.territory.codes import Code, CodeTaken, CodeWrong, EditionHasCode
from communities.territory.models import Division, DivisionCode, DivisionLevel, Tier
from communities.territory.operations import (
    DivisionClosed,
    DivisionStale,
    EditionUnlikely,
    FieldNotEditable,
    FiguresNeedADay,
    ManagerUnfit,
    ParentUnfit,
)
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from tests.factories.communities import DivisionFactory

FIGURES: dict[str, Any] = {
    "households": 1200,
    "resident_population": 3100,
    "population_as_of": dt.date(2025, 12, 31),
}


@pytest.fixture(autouse=True)
def _english() -> object:
    with override("en"):
        yield


@pytest.fixture
def closed(street: Division) -> Division:
    made: Division = DivisionFactory(parent=street)
    Division.objects.filter(pk=made.pk).update(status="CLOSED", valid_to=dt.date(2026, 1, 1))
    made.refresh_from_db()
    return made


def test_a_zone_without_a_code_is_made(city: Division, district_admin: User, now: dt.datetime) -> None:
    zone = operations.create_division(
        by=district_admin, now=now, name="自贡高新区", level=DivisionLevel.SPECIAL_ZONE, tier=3, parent=city
    )

    zone.refresh_from_db()
    assert (zone.tier, zone.path, zone.short_name) == (Tier.DISTRICT, f"{city.path}{zone.pk}/", "自贡高新区")
    entry = AuditEntry.objects.get()
    assert (entry.verb, entry.object_key) == ("communities.division.created", str(zone.pk))
    assert entry.after == {"name": "自贡高新区", "level": "SPECIAL_ZONE", "parent": city.pk, "is_stub": False}


def test_a_stub_is_closed_from_the_start(city: Division, district_admin: User, now: dt.datetime) -> None:
    stub = operations.create_division(
        by=district_admin,
        now=now,
        name="渝北区",
        level=DivisionLevel.DISTRICT,
        parent=city,
        is_stub=True,
        closed_on=dt.date(2025, 11, 15),
        codes=[Code("NBS", 2023, "500112000000")],
    )

    assert (stub.status, stub.is_open) == ("CLOSED", False)
    assert stub not in Division.objects.open()
    assert stub not in Division.objects.valid_on(dt.date(2024, 1, 1))
    assert [str(code) for code in stub.codes.all()] == ["National Bureau of Statistics 2023 500112000000"]


def test_a_division_stands_below_an_open_parent(
    community: Division, closed: Division, district_admin: User, now: dt.datetime
) -> None:
    before = Division.objects.count()

    for parent in (community, closed):
        with pytest.raises(ParentUnfit):
            operations.create_division(by=district_admin, now=now, name="某街道", level="STREET", parent=parent)
    with pytest.raises(CodeWrong):
        operations.create_division(
            by=district_admin, now=now, name="某区", level="DISTRICT", codes=[Code("NBS", 2023, "510302002000")]
        )
    with pytest.raises(ValidationError):
        operations.create_division(by=district_admin, now=now, name="", level="DISTRICT")

    assert Division.objects.count() == before
    assert AuditEntry.objects.count() == 0


def test_a_managing_unit_is_set_and_taken_back(
    street: Division, city: Division, district_admin: User, now: dt.datetime
) -> None:
    zone: Division = DivisionFactory(tier=Tier.DISTRICT, level=DivisionLevel.SPECIAL_ZONE, parent=city)

    operations.set_managed_by(division=street, unit=zone, by=district_admin, now=now, reason="委托管理")
    street.refresh_from_db()
    taken = operations.set_managed_by(division=street, unit=None, by=district_admin, now=now)

    assert street.managed_by == zone
    assert taken.managed_by is None
    first, second = AuditEntry.objects.order_by("id")
    assert (first.before, first.after, first.reason) == ({"managed_by": None}, {"managed_by": zone.pk}, "委托管理")
    assert second.after == {"managed_by": None}


def test_no_unit_runs_what_it_lies_in(
    street: Division, community: Division, closed: Division, district_admin: User, now: dt.datetime
) -> None:
    for unit in (street, community, closed):
        with pytest.raises(ManagerUnfit):
            operations.set_managed_by(division=street, unit=unit, by=district_admin, now=now)
    with pytest.raises(DivisionClosed):
        operations.set_managed_by(division=closed, unit=street, by=district_admin, now=now)

    assert AuditEntry.objects.count() == 0


def test_figures_are_edited_with_their_day(community: Division, district_admin: User, now: dt.datetime) -> None:
    operations.edit_division(division=community, changes=FIGURES, by=district_admin, now=now)

    community.refresh_from_db()
    assert (community.households, community.resident_population) == (1200, 3100)
    entry = AuditEntry.objects.get()
    assert entry.before == {"households": None, "resident_population": None, "population_as_of": None}
    assert entry.after == {"households": 1200, "resident_population": 3100, "population_as_of": "2025-12-31"}


def test_an_edit_that_changes_nothing_leaves_no_entry(
    community: Division, district_admin: User, now: dt.datetime
) -> None:
    operations.edit_division(
        division=community, changes={"short_name": community.short_name}, by=district_admin, now=now
    )

    assert AuditEntry.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": "别名"}, FieldNotEditable),
        ({"path": "/1/"}, FieldNotEditable),
        ({"households": 1}, FiguresNeedADay),
        ({**FIGURES, "population_as_of": dt.date(2026, 3, 5)}, FiguresNeedADay),
        ({**FIGURES, "households": -1}, ValidationError),
        ({"short_name": "长" * 61}, ValidationError),
    ],
)
def test_wrong_edits_leave_nothing(
    changes: dict[str, Any],
    refusal: type[Exception],
    community: Division,
    district_admin: User,
    now: dt.datetime,
) -> None:
    before = community.version

    with pytest.raises(refusal):
        operations.edit_division(division=community, changes=changes, by=district_admin, now=now)

    community.refresh_from_db()
    assert community.version == before
    assert AuditEntry.objects.count() == 0


def test_an_edit_of_an_older_version_is_refused(
    community: Division, closed: Division, district_admin: User, now: dt.datetime
) -> None:
    seen = community.version
    operations.edit_division(division=community, changes=FIGURES, by=district_admin, now=now, expected=seen)

    with pytest.raises(DivisionStale):
        operations.edit_division(
            division=community, changes={"short_name": "三八路"}, by=district_admin, now=now, expected=seen
        )
    with pytest.raises(DivisionClosed):
        operations.edit_division(division=closed, changes={"short_name": "旧"}, by=district_admin, now=now)

    community.refresh_from_db()
    assert community.short_name == "三八路社区"


def test_a_code_is_recorded_once(community: Division, district_admin: User, now: dt.datetime) -> None:
    code = Code("MCA", 2026, "510302002008")

    first = operations.record_code(division=community, code=code, by=district_admin, now=now)
    again = operations.record_code(division=community, code=code, by=district_admin, now=now)

    assert first == again
    assert first.name == community.name
    assert AuditEntry.objects.get().verb == "communities.division.code_recorded"


@pytest.mark.parametrize(
    ("code", "refusal", "words"),
    [
        (Code("NBS", 2023, "510302002005"), CodeTaken, "already names “盐店街社区居民委员会”"),
        (Code("NBS", 2023, "510302002099"), EditionHasCode, "already has the code 510302002008 in NBS 2023"),
        (Code("NBS", 2026, "510302002000"), CodeWrong, "does not fit the level"),
        (Code("NBS", 2026, "5.10302E+11"), CodeWrong, "scientific notation"),
        (Code("NBS", 3023, "510302002008"), EditionUnlikely, "3023 is not the year of an edition"),
    ],
)
def test_wrong_codes_say_why(
    code: Code,
    refusal: type[Exception],
    words: str,
    community: Division,
    district_admin: User,
    now: dt.datetime,
) -> None:
    before = DivisionCode.objects.count()

    with pytest.raises(refusal) as raised:
        operations.record_code(division=community, code=code, by=district_admin, now=now)

    assert words in str(raised.value)
    assert DivisionCode.objects.count() == before
    assert AuditEntry.objects.count() == 0


def test_names_and_codes_are_found(community: Division, street: Division, closed: Division) -> None:
    assert list(Division.objects.named("三八路")) == [community]
    assert set(Division.objects.named("510302002").order_by("pk")) >= {street, community}
    assert list(Division.objects.named("99")) == []


def test_the_name_search_goes_by_its_index(db: None) -> None:
    plan = Division.objects.named("三八路社区").explain()

    assert Division._meta.indexes[1].name == "division_name_search"
    assert "UPPER" in plan.upper()
