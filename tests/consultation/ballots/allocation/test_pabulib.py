"""`.pb` files: what is read, what is refused with its line, what is written, and the elections of real cities."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import translation

from consultation.ballots.allocation.election import Kind
from consultation.ballots.allocation.pabulib import FileUnreadable, decoded, read_pb, write_pb

COMPARED = {"greedy", "greedy-threshold", "greedy-no-skip", "equalshares/add1"}

FILE = """\
META
key;value
description;Spring of the quarter; second part
unit;Quarter
num_projects;3
num_votes;4
budget;100.50
vote_type;approval
rule;greedy
currency;CNY
PROJECTS
project_id;cost;votes;name;selected;colour
7;60.25;3;"Benches; and ""tables\""";1;red
8;40.25;2;Lamps;0;
9;40;2;Trees;1;green
VOTES
voter_id;vote;age;mood
1;7,8;40;good
2;7;30;
3;9,7,9;20;
4;9,8;
"""


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


def lines_of(text: str) -> list[tuple[int, str]]:
    with pytest.raises(FileUnreadable) as refusal:
        read_pb(text)
    return [(fault.line, fault.text) for fault in refusal.value.faults]


def test_a_file_is_read() -> None:
    found = read_pb(FILE)

    assert found.kind is Kind.APPROVAL
    assert [(project.key, project.cost, project.name) for project in found.election.projects] == [
        ("7", 6025, 'Benches; and "tables"'),
        ("8", 4025, "Lamps"),
        ("9", 4000, "Trees"),
    ]
    assert (found.election.budget, found.election.unit, found.election.voters) == (10050, 100, 4)
    assert found.election.supporters == (3, 2, 2)
    assert found.selected == {0, 2}
    assert found.meta["description"] == "Spring of the quarter; second part"
    assert found.project_rows[0]["colour"] == "red"
    assert found.vote_rows[0]["mood"] == "good"


def test_a_paper_that_names_a_project_twice_is_reported_and_counted_once() -> None:
    found = read_pb(FILE)

    assert [str(fault) for fault in found.duplicates] == ["line 20: the paper names 9 twice"]
    assert found.notes == ()


def test_a_byte_order_mark_and_windows_line_ends_change_nothing() -> None:
    assert read_pb("\ufeff" + FILE.replace("\n", "\r\n")).election == read_pb(FILE).election


def test_a_field_over_two_lines_keeps_the_numbers_of_the_lines_after_it() -> None:
    text = FILE.replace("Lamps", '"Lamps\nand poles"').replace("4;9,8;", "4;9,x;")

    assert lines_of(text) == [(22, "the paper names “x”, which is no project of this file")]


def test_figures_that_differ_from_what_is_counted_are_noted() -> None:
    text = FILE.replace("num_votes;4", "num_votes;5").replace("Lamps;0", "Lamps;0").replace("40.25;2;", "40.25;3;")

    assert [str(fault) for fault in read_pb(text).notes] == [
        "line 6: num_votes is 5; counted are 4",
        "line 14: votes of 8 is 3; counted are 2",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line", "fault"),
    [
        ("META\n", "", 1, "the file does not begin with META, PROJECTS or VOTES"),
        ("budget;100.50\n", "", 1, "META does not give “budget”"),
        ("budget;100.50", "budget;much", 7, "“budget” is no number: “much”"),
        ("vote_type;approval", "vote_type;shouting", 8, "unknown vote_type “shouting”"),
        ("budget;100.50", "budget;-100", 7, "“budget” must not be below zero: “-100”"),
        ("budget;100.50", "budget;1e999999", 7, "“budget” is no number: “1e999999”"),
        ("budget;100.50", "budget;NaN", 7, "“budget” is no number: “NaN”"),
        ("8;40.25;2;Lamps;0;", "8;1E-999999;2;Lamps;0;", 14, "“cost” is no number: “1E-999999”"),
        ("8;40.25;2;Lamps;0;", "8;0;2;Lamps;0;", 14, "“cost” must be a number above zero: “0”"),
        ("8;40.25;2;Lamps;0;", ";40.25;2;Lamps;0;", 14, "a project has no project_id"),
        (
            "VOTES\nvoter_id;vote;age;mood\n1;7,8;40;good\n2;7;30;\n3;9,7,9;20;\n4;9,8;\n",
            "",
            1,
            "the section VOTES is missing",
        ),
        ("Trees", "T" * (1 << 17) + "T", 15, "a field is longer than 131072 characters"),
        ("rule;greedy", "rule;greedy\nrule;other", 10, "“rule” is given twice"),
        ("project_id;cost", "project;cost", 12, "PROJECTS has no column “project_id”"),
        ("selected;colour", "selected;cost", 12, "PROJECTS has a column twice"),
        ("8;40.25;2;Lamps;0;", "8;-1;2;Lamps;0;", 14, "“cost” must be a number above zero: “-1”"),
        ("8;40.25;2;Lamps;0;", "7;40.25;2;Lamps;0;", 14, "the project “7” comes twice"),
        ("8;40.25;2;Lamps;0;", "8;40.25;2;Lamps;0;;;", 14, "8 fields under 6 columns"),
        ("2;7;30;", "2;77;30;", 19, "the paper names “77”, which is no project of this file"),
        ("VOTES\n", "PROJECTS\n", 16, "the section PROJECTS comes twice"),
        ("4;9,8;", '4;"9,8', 21, "the quotes of a field are not closed, or something follows them"),
    ],
)
def test_faults_are_named_with_their_line(old: str, new: str, line: int, fault: str) -> None:
    assert (line, fault) in lines_of(FILE.replace(old, new, 1))


@pytest.mark.parametrize("text", ["", "\n \n", "\ufeff"])
def test_an_empty_file_is_called_empty(text: str) -> None:
    assert lines_of(text) == [(1, "the file is empty")]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-16", "big5"])
def test_a_file_in_another_encoding_is_refused_where_that_is_seen(encoding: str) -> None:
    with pytest.raises(FileUnreadable) as refusal:
        decoded(FILE.replace("Trees", "檀木林").encode(encoding, errors="replace"))

    line = 1 if encoding == "utf-16" else 15
    assert [(fault.line, fault.text) for fault in refusal.value.faults] == [(line, "the file is not written in UTF-8")]


def test_a_file_that_is_too_large_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "large.pb"
    with path.open("wb") as out:
        out.truncate(100 << 20)
    told = StringIO()

    with pytest.raises(CommandError, match="cannot be counted"):
        call_command("replay_pb", str(path), stderr=told)

    assert told.getvalue().strip() == f"{path}:1: the file is larger than 64 MB"


def test_a_project_that_no_column_of_points_fits_is_no_crash() -> None:
    assert lines_of("META\nkey;value\nbudget;5\nvote_type;approval\nPROJECTS\nVOTES\n") == [(1, "there is no project")]


def test_a_threshold_between_two_figures_asks_for_the_next() -> None:
    assert read_pb(FILE.replace("currency;CNY", "min_project_score_threshold;2.5")).threshold == 3


def test_points_must_belong_to_the_projects() -> None:
    text = FILE.replace("approval", "cumulative").replace("age;mood", "points;mood")

    assert (18, "1 points for 2 projects") in lines_of(text)


def test_points_and_rankings_are_read_as_weights() -> None:
    points = FILE.replace("approval", "cumulative").replace("age;mood", "points;mood")
    points = points.replace(";40;good", ";3,2;good").replace(";30;", ";4;").replace("3;9,7,9;20;", "3;9,7;1,0;")
    points = points.replace("4;9,8;", "4;9,8;1,1;")
    ranked = FILE.replace("approval", "ordinal").replace("currency;CNY", "max_length;3").replace("9,7,9", "9,7")

    assert read_pb(points).election.scores == (7, 3, 2)
    assert read_pb(ranked).election.scores == (3 + 3 + 2, 2 + 2, 3 + 3)


def test_what_is_written_is_read_again() -> None:
    first = read_pb(FILE)

    again = read_pb(write_pb(first.meta, first.project_rows, first.vote_rows))

    assert again.election == first.election
    assert (again.meta, again.project_rows, again.vote_rows) == (first.meta, first.project_rows, first.vote_rows)


def replay(file: Path, *arguments: str) -> Any:
    out = StringIO()
    call_command("replay_pb", str(file), "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "quarter.pb"
    path.write_text(FILE, encoding="utf-8")
    return path


def test_replay_agrees_with_the_winners_of_the_file(file: Path) -> None:
    report = replay(file)

    assert (report["rule"], report["winners"], report["agrees"]) == ("greedy", ["7", "9"], True)
    assert report["duplicates"] == ["line 20: the paper names 9 twice"]
    assert report["seconds"]["count"] >= 0
    assert report["peak_mb"] > 0


def test_replay_says_where_it_does_not_agree(file: Path) -> None:
    file.write_text(FILE.replace("Lamps;0", "Lamps;1").replace("Trees;1", "Trees;0"), encoding="utf-8")

    report = replay(file)

    assert report["agrees"] is False
    assert (report["only_here"], report["only_official"]) == (["9"], ["8"])


def test_replay_of_another_rule_compares_nothing(file: Path) -> None:
    asked = replay(file, "--rule", "equalshares/add1", "--explain")
    file.write_text(FILE.replace("rule;greedy", "rule;greedy-custom"), encoding="utf-8")
    unknown = replay(file)

    assert (asked["rule"], asked["agrees"]) == ("equalshares/add1", None)
    assert set(asked["why"]) == {"7", "8", "9"}
    assert (unknown["rule"], unknown["official_rule"], unknown["agrees"]) == ("greedy", "greedy-custom", None)


def test_replay_in_words(file: Path) -> None:
    out = StringIO()

    call_command("replay_pb", str(file), stdout=out)

    assert "the same as the official winners" in out.getvalue()
    assert "line 20: the paper names 9 twice" in out.getvalue()


def test_replay_refuses_what_cannot_be_counted(file: Path) -> None:
    file.write_text(FILE.replace("2;7;30;", "2;77;30;"), encoding="utf-8")
    told = StringIO()

    with pytest.raises(CommandError, match="cannot be counted"):
        call_command("replay_pb", str(file), stderr=told)
    file.write_text(FILE, encoding="utf-8")
    with pytest.raises(CommandError, match="no rule is called"):
        call_command("replay_pb", str(file), "--rule", "by-lot")
    with pytest.raises(CommandError, match=r"absent\.pb cannot be read: No such file"):
        call_command("replay_pb", str(file.with_name("absent.pb")))
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("replay_pb", str(file.parent))

    assert told.getvalue().strip() == f"{file}:19: the paper names “77”, which is no project of this file"


def samples() -> list[dict[str, str]]:
    """The real elections, where the sample data stand."""
    folder = os.environ.get("SAMPLE_DATA_DIR")
    if not folder:
        return []
    with (Path(folder) / "pabulib" / "INDEX.csv").open(encoding="utf-8") as index:
        return list(csv.DictReader(index))


@pytest.mark.parametrize("row", samples() or [None], ids=lambda row: row["file"] if row else "no sample data")
def test_the_elections_of_real_cities_are_counted_as_they_were(row: dict[str, str] | None) -> None:
    """A second for the largest of them: 42,280 papers are read and counted."""
    if row is None:
        pytest.skip("SAMPLE_DATA_DIR is not set: the elections of real cities are not at hand")
    report = replay(Path(os.environ["SAMPLE_DATA_DIR"]) / "pabulib" / row["file"])

    is_compared = row["official_rule"] in COMPARED and bool(row["official_selected"])
    assert report["agrees"] is (True if is_compared else None)
    assert (report["projects"], report["voters"]) == (int(row["projects"]), int(row["ballots"]))
    if is_compared:
        assert len(report["winners"]) == int(row["official_selected"])
