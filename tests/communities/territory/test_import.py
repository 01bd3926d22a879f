"""Taking in code lists: the six real districts, the two lists beside each other, and files that are wrong."""

from __future__ import annotations

import datetime as dt
import io
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from communities.territory import importer, operations
from communities.territory.importer import FileNotReadable, Outcome, RowsRefused
from communities.territory.models import CodeImport, CodeSystem, Division, DivisionCode, DivisionLevel, Tier
from communities.territory.operations import CodeWrong, EditionUnlikely, ManagerUnfit
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from tests.factories.accounts import UserFactory
from tests.factories.communities import DivisionFactory

FOLDER = Path(settings.BASE_DIR) / "governance" / "portal" / "data" / "divisions"
HEAD = "code,name,parent_code,level,kind,urban_rural_code\n"
ZILIUJING = "nbs2023_510302_zigong_ziliujing.csv"


@pytest.fixture(autouse=True)
def _english() -> object:
    with override("en"):
        yield


@pytest.fixture
def clerk(db: None) -> User:
    return UserFactory()


def take_in(
    source: bytes | str, by: User, now: dt.datetime, *, system: str = "NBS", edition: int = 2023, **more: object
) -> Outcome:
    content = source.encode() if isinstance(source, str) else source
    return operations.import_divisions(
        by=by,
        now=now,
        source=io.BytesIO(content),
        file_name="list.csv",
        system=system,
        edition=edition,
        **more,
    )


def take_in_file(name: str, by: User, now: dt.datetime, **more: object) -> Outcome:
    return take_in((FOLDER / name).read_bytes(), by, now, **more)


def counts() -> tuple[int, int, int, int]:
    return (
        Division.objects.count(),
        DivisionCode.objects.count(),
        CodeImport.objects.count(),
        AuditEntry.objects.count(),
    )


def test_a_real_district_comes_in_whole(clerk: User, now: dt.datetime) -> None:
    outcome = take_in_file(ZILIUJING, clerk, now)

    district = Division.objects.coded("NBS", 2023, "510302000000").get()
    community = Division.objects.coded("NBS", 2023, "510302002008").select_related("parent").get()
    assert (outcome.rows, outcome.created, outcome.attached, outcome.unchanged) == (110, 110, 0, 0)
    assert Division.objects.subtree(district).filter(tier=Tier.STREET).count() == 12
    assert Division.objects.subtree(district).filter(level=DivisionLevel.COMMUNITY).count() == 67
    assert (community.name, community.short_name) == ("三八路社区居民委员会", "三八路社区")
    assert community.parent is not None
    assert community.parent.name == "东兴寺街道"
    assert community.path == f"{community.parent.path}{community.pk}/"
    assert [place.name for place in Division.objects.ancestors(community)] == [
        "四川省",
        "自贡市",
        "自流井区",
        "东兴寺街道",
        "三八路社区居民委员会",
    ]


def test_an_import_leaves_a_record_and_an_audit_entry(clerk: User, now: dt.datetime) -> None:
    outcome = take_in_file(ZILIUJING, clerk, now)

    row = CodeImport.objects.get()
    entry = AuditEntry.objects.get()
    assert (row.system, row.edition, row.rows, row.created, row.imported_by) == ("NBS", 2023, 110, 110, clerk)
    assert row.sha256 == outcome.sha256
    assert (entry.verb, entry.actor, entry.object_key) == ("communities.code_import.taken_in", clerk, str(row.pk))


def test_the_same_file_again_changes_nothing(clerk: User, now: dt.datetime) -> None:
    take_in_file(ZILIUJING, clerk, now)
    before = counts()

    outcome = take_in_file(ZILIUJING, clerk, now)

    assert (outcome.created, outcome.attached, outcome.unchanged) == (0, 0, 110)
    assert counts() == before


def test_all_six_districts_share_their_provinces(clerk: User, now: dt.datetime) -> None:
    for path in sorted(FOLDER.glob("nbs2023_*.csv")):
        take_in(path.read_bytes(), clerk, now)

    assert Division.objects.filter(tier=Tier.PROVINCE).count() == 3
    assert Division.objects.filter(tier=Tier.DISTRICT).count() == 6
    assert Division.objects.filter(level=DivisionLevel.STREET_LEVEL_COMMUNITY).count() == 2
    pengshui = Division.objects.coded("NBS", 2023, "500243000000").get()
    below = Division.objects.subtree(pengshui)
    assert below.filter(tier=Tier.STREET).count() == 39
    assert below.filter(level=DivisionLevel.VILLAGE).count() == 237
    assert below.filter(level=DivisionLevel.COMMUNITY).count() == 59


def test_statistics_leave_out_what_another_unit_runs(clerk: User, now: dt.datetime, today: dt.date) -> None:
    """Basis: report S0: 自流井区 counts 8 street-level units and 31 communities."""
    take_in_file(ZILIUJING, clerk, now)
    city = Division.objects.coded("NBS", 2023, "510300000000").get()
    zone = operations.create_division(
        by=clerk, now=now, name="自贡高新区", level="SPECIAL_ZONE", tier=Tier.DISTRICT, parent=city
    )
    managed = {f"{code}000": zone.pk for code in ("510302005", "510302006", "510302008", "510302009")}

    take_in_file(ZILIUJING, clerk, now, managed=managed)

    district = Division.objects.coded("NBS", 2023, "510302000000").get()
    counted = Division.objects.for_statistics(district, today)
    assert [street.name for street in zone.managed.order_by("pk")] == ["丹桂街道", "学苑街道", "红旗街道", "高峰街道"]
    assert counted.filter(tier=Tier.STREET).count() == 8
    assert counted.filter(level=DivisionLevel.COMMUNITY).count() == 31
    assert Division.objects.for_statistics(zone, today).filter(tier=Tier.STREET).count() == 4
    assert Division.objects.for_statistics(zone, today).filter(level=DivisionLevel.COMMUNITY).count() == 36
    assert Division.objects.for_statistics(city, today).filter(level=DivisionLevel.COMMUNITY).count() == 67


def test_two_lists_give_the_same_digits_to_different_places(clerk: User, now: dt.datetime) -> None:
    for path in sorted(FOLDER.glob("nbs2023_*.csv")):
        take_in(path.read_bytes(), clerk, now)
    before = Division.objects.count()

    outcome = take_in_file("mca2026_streets_same_districts.csv", clerk, now, system="MCA", edition=2026)

    statistical = Division.objects.coded(CodeSystem.NBS, 2023, "340111002000").get()
    civil = Division.objects.coded(CodeSystem.MCA, 2026, "340111002000").get()
    assert (statistical.name, civil.name) == ("常青街道", "包公街道")
    assert civil == Division.objects.coded(CodeSystem.NBS, 2023, "340111004000").get()
    assert [note.reason for note in outcome.notes if note.code == "340111002000"] == [
        "The same digits name “常青街道” in NBS 2023; both are kept."
    ]
    assert outcome.attached > outcome.created
    assert Division.objects.count() == before + outcome.created
    assert Division.objects.filter(name="自流井区").count() == 1
    assert not Division.objects.filter(name="方兴街道").get().codes.filter(system="NBS").exists()


def _thousand_rows() -> list[str]:
    rows = [
        "510000000000,四川省,,1,,",
        "510300000000,自贡市,510000000000,2,,",
        "510302000000,自流井区,510300000000,3,,",
    ]
    for street in range(1, 12):
        rows.append(f"510302{street:03d}000,第{street}街道,510302000000,4,,")
        rows += [
            f"510302{street:03d}{place:03d},第{street}街{place}社区居民委员会,510302{street:03d}000,5,,"
            for place in range(1, 91)
        ]
    return rows[:1000]


def test_three_bad_rows_of_a_thousand_are_all_named_and_nothing_is_written(clerk: User, now: dt.datetime) -> None:
    rows = _thousand_rows()
    rows[99] = "5.10302E+11,被改的社区,510302002000,5,,"
    rows[499] = rows[498]
    rows[899] = "510302999001,无街可归社区居民委员会,510302999000,5,,"
    before = counts()

    with pytest.raises(RowsRefused) as refusal:
        take_in(HEAD + "\n".join(rows), clerk, now)

    assert [problem.line for problem in refusal.value.problems] == [101, 501, 901]
    assert "scientific notation" in refusal.value.problems[0].reason
    assert refusal.value.problems[1].reason == "The code stands in line 500 already."
    assert refusal.value.problems[2].reason == (
        "The parent 510302999000 is neither in the file nor among the recorded divisions."
    )
    assert str(refusal.value).startswith("3 rows can't be taken, so nothing was imported. The first is line 101:")
    assert counts() == before


def test_a_thousand_right_rows_come_in(clerk: User, now: dt.datetime) -> None:
    heard: list[int] = []

    outcome = take_in(HEAD + "\n".join(_thousand_rows()), clerk, now, report=heard.append)

    assert outcome.created == 1000
    assert heard == sorted(heard)
    assert heard[-1] == 2000


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04" + b"x" * 100, "Excel workbook"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 100, "Excel workbook"),
        (b"%PDF-1.7", "not a CSV file"),
        (b"code,name\0", "not a CSV file"),
        ("code,name,parent_code,level".encode("utf-16"), "not a CSV file"),
        (b"", "empty"),
        (b"code,name,level\n510000000000,x,1\n", "does not name the columns: parent_code"),
        (b"code,name,parent_code,level\n510000000000,\xff\xff\xff,,1\n", "neither in UTF-8 nor in GB 18030"),
    ],
)
def test_a_file_that_is_not_what_its_name_says(content: bytes, words: str, clerk: User, now: dt.datetime) -> None:
    with pytest.raises(FileNotReadable) as refusal:
        take_in(content, clerk, now)

    assert words in str(refusal.value)
    assert Division.objects.count() == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_encodings_of_spreadsheets_are_read(encoding: str, clerk: User, now: dt.datetime) -> None:
    text = HEAD + "\r\n".join(["510000000000,四川省,,1,,", "510300000000,自贡市,510000000000,2,,"])

    take_in(text.encode(encoding), clerk, now)

    assert sorted(Division.objects.values_list("name", flat=True)) == ["四川省", "自贡市"]


def test_a_code_of_this_edition_that_names_another_place_is_refused(clerk: User, now: dt.datetime) -> None:
    take_in(HEAD + "510000000000,四川省,,1,,", clerk, now)

    with pytest.raises(RowsRefused) as refusal:
        take_in(HEAD + "510000000000,西川省,,1,,", clerk, now)

    assert refusal.value.problems[0].reason == "In this edition the code already names “四川省”."


def test_the_next_edition_gives_known_divisions_their_new_codes(clerk: User, now: dt.datetime) -> None:
    take_in_file(ZILIUJING, clerk, now)
    before = Division.objects.count()
    text = (FOLDER / ZILIUJING).read_text("utf-8").replace("510302104", "510302105")

    outcome = take_in(text, clerk, now, edition=2024)

    assert (outcome.created, outcome.attached) == (0, 110)
    assert Division.objects.count() == before


def test_a_row_below_a_closed_division_is_refused(clerk: User, now: dt.datetime, today: dt.date) -> None:
    operations.create_division(
        by=clerk,
        now=now,
        name="旧区",
        level="DISTRICT",
        is_stub=True,
        closed_on=today,
        codes=[operations.Code("NBS", 2023, "500112000000")],
    )

    with pytest.raises(RowsRefused) as refusal:
        take_in(HEAD + "500112009000,人和街道,500112000000,4,,", clerk, now)

    assert refusal.value.problems[0].reason == "The parent “旧区” is closed."


def test_a_city_without_districts_keeps_its_streets(clerk: User, now: dt.datetime) -> None:
    rows = [
        "440000000000,广东省,,1,,",
        "441900000000,东莞市,440000000000,2,,",
        "441900000000,东莞市,441900000000,3,,",
        "441900003000,东城街道,441900000000,4,,",
    ]

    outcome = take_in(HEAD + "\n".join(rows), clerk, now)

    assert (outcome.rows, outcome.repeated) == (3, 1)
    assert Division.objects.get(name="东城街道").parent == Division.objects.get(name="东莞市")


def test_short_lines_and_blank_lines(clerk: User, now: dt.datetime) -> None:
    with pytest.raises(RowsRefused) as refusal:
        take_in(HEAD + "510000000000,四川省,,1,,\n\n,,,,,\n510300000000,自贡市\n", clerk, now)

    assert [(problem.line, problem.reason) for problem in refusal.value.problems] == [
        (5, "The line has 2 columns only.")
    ]


def test_names_with_quotes_tabs_and_backslashes(clerk: User, now: dt.datetime) -> None:
    take_in(HEAD + '510000000000,"四,川\\省\t",,1,,\n', clerk, now)

    assert Division.objects.get().name == "四,川\\省"


def test_a_district_finds_its_city_by_its_digits(clerk: User, now: dt.datetime) -> None:
    take_in_file(ZILIUJING, clerk, now)

    take_in(HEAD + "510304000000,大安区,,3,,", clerk, now, system="MCA", edition=2026)

    assert Division.objects.select_related("parent").get(name="大安区").parent == Division.objects.get(name="自贡市")


@pytest.mark.parametrize("edition", [1979, 2028, 0])
def test_an_edition_is_a_year_of_one(edition: int, clerk: User, now: dt.datetime) -> None:
    with pytest.raises(EditionUnlikely):
        take_in(HEAD, clerk, now, edition=edition)


def test_managing_units_must_exist(clerk: User, now: dt.datetime) -> None:
    text = HEAD + "510000000000,四川省,,1,,"

    with pytest.raises(CodeWrong):
        take_in(text, clerk, now, managed={"520000000000": DivisionFactory().pk})
    with pytest.raises(ManagerUnfit):
        take_in(text, clerk, now, managed={"510000000000": 0})

    assert not Division.objects.filter(name="四川省").exists()


def test_a_large_file_is_planned_without_nested_loops(
    clerk: User, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Statistics that still call the tables empty made a nested loop of hours out of a join of seconds."""
    monkeypatch.setattr(importer, "FEW", 0)

    with CaptureQueriesContext(connection) as asked:
        outcome = take_in_file(ZILIUJING, clerk, now)

    said = [query["sql"] for query in asked.captured_queries]
    assert outcome.created == 110
    assert said.index(importer.PLANNING) < next(place for place, sql in enumerate(said) if "WITH fresh" in sql)
    assert said.index(importer.PLANNING_AGAIN) > max(place for place, sql in enumerate(said) if "WITH fresh" in sql)
