"""Reader and writer of `.pb` files, the format in which cities exchange participatory budgets.

A file has three sections, each with a header line: META (key;value), PROJECTS and VOTES. Fields are separated by
semicolons and may be quoted. Columns that this program does not know are kept as they are.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from math import ceil
from pathlib import Path

from django.utils.translation import gettext as _

from consultation.ballots.allocation.election import (
    Election,
    Kind,
    PaperImpossible,
    Project,
    group,
    marks_of,
)
from consultation.ballots.allocation.rule import Rule, Threshold, rule_named
from consultation.ballots.allocation.sides import Marks

SECTIONS = ("META", "PROJECTS", "VOTES")
NEEDED = {
    "META": ("budget", "vote_type"),
    "PROJECTS": ("project_id", "cost"),
    "VOTES": ("voter_id", "vote"),
}
KINDS = {
    "approval": Kind.APPROVAL,
    "choose-1": Kind.APPROVAL,
    "cumulative": Kind.POINTS,
    "scoring": Kind.POINTS,
    "ordinal": Kind.RANKED,
    "knapsack": Kind.KNAPSACK,
}
MOST_MEGABYTES = 64
MOST_BYTES = MOST_MEGABYTES << 20
MOST_FIELD = 1 << 17
"""Characters of one field, the reader's own limit."""
MOST_FAULTS = 100
FIGURE = re.compile(r"-?[0-9]{1,15}(?:[.,][0-9]{1,15})?")
"""Figures as files write them: nothing that only a program would, such as 1e9."""
LONGEST_SHOWN = 60
SELECTED = "1"
BY_SCORE, BY_VOTERS = "min_project_score_threshold", "min_project_voters_threshold"
"""The support a project needs, in points or in people; the second is this program's own and is written where they differ."""
EXCLUDES = "excludes"
"""Column of PROJECTS, this program's own: the projects that cannot be chosen beside this one."""


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in a file, with the line it stands in."""

    line: int
    text: str

    def __str__(self) -> str:
        return _("line %(line)s: %(fault)s") % {"line": self.line, "fault": self.text}


class FileUnreadable(ValueError):
    """The file cannot be counted; every fault is named with its line."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(str(fault) for fault in faults[:3]))


@dataclass(frozen=True)
class PbFile:
    """One file as it was read: the election, what else it says, and what was noticed."""

    meta: Mapping[str, str]
    project_rows: tuple[Mapping[str, str], ...]
    vote_rows: tuple[Mapping[str, str], ...]
    election: Election
    kind: Kind
    selected: frozenset[int] | None
    """The official winners; nothing where the file does not name them."""
    duplicates: tuple[Fault, ...] = ()
    """Papers that name a project twice; it is counted once, where it stands first."""
    notes: tuple[Fault, ...] = ()
    """Figures of the file that differ from what is counted."""

    @property
    def rule(self) -> Rule | None:
        """The rule that the header names; nothing where this program does not know it."""
        return self.rule_named(self.meta.get("rule", ""))

    def rule_named(self, code: str) -> Rule | None:
        """Return the rule that a word names, with the threshold of the header."""
        rule = rule_named(code, threshold=self.threshold)
        if rule is None or not self.meta.get(BY_VOTERS, "").strip():
            return rule
        return replace(rule, threshold_on=Threshold.SUPPORTERS)

    @property
    def threshold(self) -> int:
        """The support a project needs, as the header says."""
        stated = self.meta.get(BY_VOTERS, "").strip() or self.meta.get(BY_SCORE, "").strip()
        return ceil(_figure(stated) or 0)


def decoded(data: bytes) -> str:
    """Return the text of a file.

    Raises:
        FileUnreadable: it is too large, or not written in UTF-8; with the line where that is seen.
    """
    if len(data) > MOST_BYTES:
        raise FileUnreadable([_too_large()])
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise FileUnreadable([Fault(line, _("the file is not written in UTF-8"))]) from error


def opened(file: Path) -> PbFile:
    """Read a file of this machine; one that is too large is not even opened.

    Raises:
        FileUnreadable: as `decoded` and `read_pb`.
        OSError: there is no such file, or it cannot be read.
    """
    if file.stat().st_size > MOST_BYTES:
        raise FileUnreadable([_too_large()])
    return read_pb(decoded(file.read_bytes()))


def _too_large() -> Fault:
    return Fault(1, _("the file is larger than %(most)s MB") % {"most": MOST_MEGABYTES})


def read_pb(text: str) -> PbFile:
    """Read a file.

    Raises:
        FileUnreadable: sections, columns, figures or projects are missing or wrong; with every line named.
    """
    return _Reading(text).finish()


class _Reading:
    """One file while it is read."""

    def __init__(self, text: str) -> None:
        self.faults: list[Fault] = []
        self.duplicates: list[Fault] = []
        self.notes: list[Fault] = []
        self.meta: dict[str, str] = {}
        self.meta_lines: dict[str, int] = {}
        self.rows: dict[str, list[tuple[int, dict[str, str]]]] = {"PROJECTS": [], "VOTES": []}
        self.seen: list[str] = []
        if len(text) > MOST_BYTES:
            raise FileUnreadable([_too_large()])
        if not text.strip("\ufeff \t\r\n"):
            raise FileUnreadable([Fault(1, _("the file is empty"))])
        self._split(text.removeprefix("\ufeff"))

    def _split(self, text: str) -> None:
        section = ""
        header: list[str] | None = None
        for line, cells in _lines(text, self.faults):
            if len(cells) == 1 and cells[0].strip() in SECTIONS:
                section, header = cells[0].strip(), None
                if section in self.seen:
                    self._fault(line, _("the section %(section)s comes twice") % {"section": section})
                self.seen.append(section)
            elif not section:
                self._fault(line, _("the file does not begin with META, PROJECTS or VOTES"))
                break
            elif header is None:
                header = self._header(line, section, [cell.strip() for cell in cells])
            elif section == "META":
                self._meta(line, cells)
            else:
                self._row(line, section, header, cells)
            if len(self.faults) >= MOST_FAULTS:
                break
        for name in SECTIONS:
            if name not in self.seen:
                self._fault(1, _("the section %(section)s is missing") % {"section": name})
        for name in NEEDED["META"]:
            if name not in self.meta:
                self._fault(1, _("META does not give “%(name)s”") % {"name": name})
        self._stop_if_faulty()

    def _header(self, line: int, section: str, names: list[str]) -> list[str]:
        for name in NEEDED[section] if section != "META" else ():
            if name not in names:
                self._fault(line, _("%(section)s has no column “%(name)s”") % {"section": section, "name": name})
        if len(set(names)) < len(names):
            self._fault(line, _("%(section)s has a column twice") % {"section": section})
        return names

    def _meta(self, line: int, cells: list[str]) -> None:
        key = cells[0].strip()
        if key in self.meta:
            self._fault(line, _("“%(name)s” is given twice") % {"name": _short(key)})
        self.meta[key] = ";".join(cells[1:]).strip()
        self.meta_lines[key] = line

    def _row(self, line: int, section: str, header: list[str], cells: list[str]) -> None:
        if len(cells) > len(header):
            self._fault(
                line, _("%(fields)s fields under %(columns)s columns") % {"fields": len(cells), "columns": len(header)}
            )
            return
        row = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=True))
        self.rows[section].append((line, row))

    def _fault(self, line: int, text: str) -> None:
        self.faults.append(Fault(line, text))

    def _stop_if_faulty(self) -> None:
        if self.faults:
            raise FileUnreadable(self.faults)

    def _number(self, line: int, name: str, written: str, *, above_zero: bool = False) -> Decimal:
        value = _figure(written)
        told = {"name": name, "written": _short(written)}
        if value is None:
            self._fault(line, _("“%(name)s” is no number: “%(written)s”") % told)
        elif value < 0 and not above_zero:
            self._fault(line, _("“%(name)s” must not be below zero: “%(written)s”") % told)
        elif value < 0 or (above_zero and not value):
            self._fault(line, _("“%(name)s” must be a number above zero: “%(written)s”") % told)
        else:
            return value
        return Decimal(1)

    def finish(self) -> PbFile:
        """Build the election from the rows."""
        budget = self._number(self.meta_lines["budget"], "budget", self.meta["budget"])
        named = self.meta["vote_type"].strip().lower()
        kind = KINDS.get(named, Kind.APPROVAL)
        if named not in KINDS:
            self._fault(
                self.meta_lines["vote_type"],
                _("unknown vote_type “%(written)s”") % {"written": _short(self.meta["vote_type"])},
            )
        for name in (BY_SCORE, BY_VOTERS):
            if self.meta.get(name, "").strip():
                self._number(self.meta_lines[name], name, self.meta[name])
        costs = [self._number(line, "cost", row["cost"], above_zero=True) for line, row in self.rows["PROJECTS"]]
        keys = [row["project_id"].strip() for _line, row in self.rows["PROJECTS"]]
        for (line, _row), key, count in zip(self.rows["PROJECTS"], keys, _nth(keys), strict=True):
            if not key or count:
                self._fault(
                    line,
                    _("the project “%(key)s” comes twice") % {"key": _short(key)}
                    if key
                    else _("a project has no project_id"),
                )
        if not keys:
            self._fault(1, _("there is no project"))
        self._stop_if_faulty()
        unit = max([100, *(10 ** _decimals(value) for value in [budget, *costs])])
        projects = tuple(
            Project(key, int(cost * unit), row.get("name", ""), number)
            for number, (key, cost, (_line, row)) in enumerate(zip(keys, costs, self.rows["PROJECTS"], strict=True), 1)
        )
        papers = self._papers(kind, {key: place for place, key in enumerate(keys)})
        exclusions = self._exclusions(set(keys))
        self._stop_if_faulty()
        election = Election(projects, int(budget * unit), papers, unit, exclusions)
        self._compare(election)
        return PbFile(
            meta=self.meta,
            project_rows=tuple(row for _line, row in self.rows["PROJECTS"]),
            vote_rows=tuple(row for _line, row in self.rows["VOTES"]),
            election=election,
            kind=kind,
            selected=self._selected(),
            duplicates=tuple(self.duplicates),
            notes=tuple(self.notes),
        )

    def _exclusions(self, keys: set[str]) -> tuple[frozenset[str], ...]:
        pairs: set[frozenset[str]] = set()
        for line, row in self.rows["PROJECTS"]:
            for other in (cell.strip() for cell in row.get(EXCLUDES, "").split(",") if cell.strip()):
                if other not in keys or other == row["project_id"].strip():
                    self._fault(line, _("it excludes “%(key)s”, which is no other project") % {"key": _short(other)})
                pairs.add(frozenset((row["project_id"].strip(), other)))
        return tuple(sorted(pairs, key=sorted))

    def _papers(self, kind: Kind, index: Mapping[str, int]) -> tuple[tuple[Marks, int], ...]:
        found: Counter[Marks] = Counter()
        places = self._places(kind, len(index))
        voters: dict[str, int] = {}
        for line, row in self.rows["VOTES"]:
            voter = row["voter_id"].strip()
            if voter in voters:
                self.notes.append(
                    Fault(
                        line,
                        _("the voter “%(voter)s” stands in line %(line)s too")
                        % {"voter": _short(voter), "line": voters[voter]},
                    )
                )
            voters.setdefault(voter, line)
            found[self._paper(kind, index, places, line, row)] += 1
            if len(self.faults) >= MOST_FAULTS:
                break
        return group(found.items())

    def _places(self, kind: Kind, projects: int) -> int:
        """How many projects a ranking can hold: as the header says, else the longest one found."""
        if kind is not Kind.RANKED:
            return 0
        stated = self.meta.get("max_length", "").strip()
        if stated.isdecimal():
            return int(stated)
        return max((row["vote"].count(",") + 1 for _line, row in self.rows["VOTES"]), default=projects)

    def _paper(self, kind: Kind, index: Mapping[str, int], places: int, line: int, row: Mapping[str, str]) -> Marks:
        written = [key.strip() for key in row["vote"].split(",") if key.strip()]
        for key in written:
            if key not in index:
                self._fault(
                    line, _("the paper names “%(key)s”, which is no project of this file") % {"key": _short(key)}
                )
                return ()
        points = self._points(line, row, len(written)) if kind is Kind.POINTS else []
        repeated = sorted(key for key, count in Counter(written).items() if count > 1)
        if repeated:
            self.duplicates.append(
                Fault(line, _("the paper names %(keys)s twice") % {"keys": _short(", ".join(repeated))})
            )
        first = [at for at, key in enumerate(written) if key not in written[:at]] if repeated else range(len(written))
        try:
            return marks_of(
                kind, [index[written[at]] for at in first], [points[at] for at in first] if points else [], places
            )
        except PaperImpossible as refusal:
            self._fault(line, str(refusal))
            return ()

    def _points(self, line: int, row: Mapping[str, str], projects: int) -> list[int]:
        cells = [cell.strip() for cell in row.get("points", "").split(",") if cell.strip()]
        if len(cells) != projects:
            self._fault(
                line, _("%(points)s points for %(projects)s projects") % {"points": len(cells), "projects": projects}
            )
            return [0] * projects
        values = [self._number(line, "points", cell) for cell in cells]
        if any(value != int(value) for value in values):
            self._fault(line, _("points are whole numbers"))
        return [int(value) for value in values]

    def _selected(self) -> frozenset[int] | None:
        rows = [row for _line, row in self.rows["PROJECTS"]]
        if "selected" not in rows[0]:
            return None
        return frozenset(place for place, row in enumerate(rows) if row["selected"].strip() == SELECTED)

    def _compare(self, election: Election) -> None:
        """Note where the file's own figures differ from what is counted."""
        for name, counted in (("num_projects", len(election.projects)), ("num_votes", election.voters)):
            stated = self.meta.get(name, "").strip()
            if stated and stated != str(counted):
                self.notes.append(
                    Fault(
                        self.meta_lines[name],
                        _("%(name)s is %(stated)s; counted are %(counted)s")
                        % {"name": name, "stated": _short(stated), "counted": counted},
                    )
                )
        for place, (line, row) in enumerate(self.rows["PROJECTS"]):
            for name, figures in (("votes", election.supporters), ("score", election.scores)):
                stated = row.get(name, "").strip()
                if stated and stated != str(figures[place]):
                    told = {
                        "name": name,
                        "key": _short(election.projects[place].key),
                        "stated": _short(stated),
                        "counted": figures[place],
                    }
                    text = _("%(name)s of %(key)s is %(stated)s; counted are %(counted)s") % told
                    self.notes.append(Fault(line, text))


def _lines(text: str, faults: list[Fault]) -> Iterator[tuple[int, list[str]]]:
    """Return the lines with their numbers, split into fields; empty ones are left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";", quotechar='"', strict=True)
    before = 0
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            text = _("the quotes of a field are not closed, or something follows them")
            if "field limit" in str(error):
                text = _("a field is longer than %(most)s characters") % {"most": MOST_FIELD}
            faults.append(Fault(max(reader.line_num, before + 1), text))
            return
        if any(cell.strip() for cell in cells):
            yield before + 1, cells
        before = reader.line_num


def _figure(written: str) -> Decimal | None:
    """Read a figure; nothing for what is none."""
    figure = written.strip()
    return Decimal(figure.replace(",", ".")) if FIGURE.fullmatch(figure) else None


def _short(written: str) -> str:
    """Show what stands in a file, cut where it is long."""
    return written if len(written) <= LONGEST_SHOWN else f"{written[:LONGEST_SHOWN]}…"


def _nth(keys: Sequence[str]) -> list[int]:
    """Return for each key how often it stood before."""
    seen: Counter[str] = Counter()
    found = []
    for key in keys:
        found.append(seen[key])
        seen[key] += 1
    return found


def _decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def write_pb(meta: Mapping[str, str], projects: Sequence[Mapping[str, str]], votes: Sequence[Mapping[str, str]]) -> str:
    """Write a file: columns in the order of the first row, needed ones first; lines end as in the files of others."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=";", quotechar='"', lineterminator="\n")
    out.write("META\n")
    writer.writerow(["key", "value"])
    writer.writerows([key, value] for key, value in meta.items())
    for section, rows in (("PROJECTS", projects), ("VOTES", votes)):
        out.write(f"{section}\n")
        columns = list(dict.fromkeys([*NEEDED[section], *(name for row in rows for name in row)]))
        writer.writerow(columns)
        writer.writerows([row.get(name, "") for name in columns] for row in rows)
    return out.getvalue()
