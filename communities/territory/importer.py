"""Taking in a code list: reading the file, staging its rows, checking and writing them in sets.

The machinery below `communities.territory.operations.import_divisions`, in a module of its own for its size. A file of
the whole country (665,276 rows) streams through: one pass checks each row by itself, COPY puts them into a temporary
table, the rest is a handful of statements per tier.
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communities.territory.policy import COMMUNITY, PROVINCE, CodeRow, Problem, check_row
from governance.errors import Invalid

if TYPE_CHECKING:
    import datetime as dt

COLUMNS = ("code", "name", "parent_code", "level")
URBAN_RURAL = "urban_rural_code"
ENCODINGS = ("utf-8-sig", "gb18030")
CHUNK = 1 << 20
"""Bytes looked at in one go."""
REPORT_EVERY = 20_000
WRITE_AT_ONCE = 100_000
"""Rows between two signs of life: what a slow disk writes well within a job's lease."""
KEPT_PROBLEMS = 1000
FEW = 1000
"""Rows up to which looking each one up in a large table is quicker than reading that table."""
SIGNATURES = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"%PDF", "pdf"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

Report = Callable[[int], None]


class FileNotReadable(Invalid):
    """The file is no table of codes, whatever its name says."""

    code = "file_not_readable"
    message = gettext_lazy("The file can't be read: %(reason)s")


class RowsRefused(Invalid):
    """Some rows can't be taken, so none is."""

    code = "rows_refused"
    message = gettext_lazy(
        "%(count)d rows can't be taken, so nothing was imported. The first is line %(line)d: %(reason)s"
    )

    def __init__(self, problems: list[Problem], count: int) -> None:
        self.problems = problems
        super().__init__(field="file", count=count, line=problems[0].line, reason=problems[0].reason)


@dataclass(slots=True)
class Outcome:
    """What an import did: rows that count, new divisions, codes added to known ones, rows known before.

    `notes` are rows that were taken and deserve a look: their digits name another place in another list.
    """

    rows: int = 0
    created: int = 0
    attached: int = 0
    unchanged: int = 0
    repeated: int = 0
    sha256: str = ""
    notes: list[Problem] = field(default_factory=list)

    @property
    def has_changed(self) -> bool:
        """Whether anything was written."""
        return bool(self.created or self.attached)


def check_signature(source: IO[bytes]) -> None:
    """Refuse a file that is no text, by its first bytes.

    Raises:
        FileNotReadable: a workbook, a PDF, another kind of binary file, or nothing at all.
    """
    source.seek(0)
    start = source.read(4096)
    source.seek(0)
    kind = next((kind for signature, kind in SIGNATURES if start.startswith(signature)), "")
    if kind in {"xlsx", "xls"}:
        raise FileNotReadable(field="file", reason=_("it is an Excel workbook. Save it as CSV (UTF-8) first."))
    if kind or b"\0" in start:
        raise FileNotReadable(field="file", reason=_("it is not a CSV file."))
    if not start.strip():
        raise FileNotReadable(field="file", reason=_("it is empty."))


def survey(source: IO[bytes]) -> tuple[str, int, str]:
    """Return the encoding (UTF-8 with or without mark, or GB 18030), the number of lines and the SHA-256 of a file.

    Raises:
        FileNotReadable: as `check_signature`, or the text is in neither encoding.
    """
    check_signature(source)
    decoders = {name: codecs.getincrementaldecoder(name)() for name in ENCODINGS}
    digest, lines = hashlib.sha256(), 0
    while chunk := source.read(CHUNK):
        digest.update(chunk)
        lines += chunk.count(b"\n")
        for name, decoder in list(decoders.items()):
            if not _decodes(decoder, chunk):
                del decoders[name]
        if not decoders:
            break
    source.seek(0)
    whole = [name for name, decoder in decoders.items() if _decodes(decoder, b"", is_end=True)]
    if not whole:
        raise FileNotReadable(field="file", reason=_("its text is neither in UTF-8 nor in GB 18030."))
    return whole[0], lines, digest.hexdigest()


def _decodes(decoder: codecs.IncrementalDecoder, chunk: bytes, *, is_end: bool = False) -> bool:
    try:
        decoder.decode(chunk, is_end)
    except UnicodeDecodeError:
        return False
    return True


class Reader:
    """The rows of a file, checked one by one; those that fail are kept aside."""

    def __init__(self, source: IO[bytes], encoding: str, report: Report) -> None:
        self.problems: list[Problem] = []
        self.failed = 0
        self.repeated = 0
        self._text = io.TextIOWrapper(source, encoding=encoding, newline="")
        self._rows = csv.reader(self._text)
        self._report = report
        self._places = self._find_columns()

    def _find_columns(self) -> list[int]:
        names = [name.strip().lower() for name in next(self._rows, [])]
        missing = [name for name in COLUMNS if name not in names]
        if missing:
            raise FileNotReadable(
                field="file", reason=_("its first line does not name the columns: %s") % ", ".join(missing)
            )
        return [names.index(name) for name in COLUMNS] + ([names.index(URBAN_RURAL)] if URBAN_RURAL in names else [])

    def __iter__(self) -> Iterator[CodeRow]:
        """Yield the rows that are right by themselves and name a place of their own."""
        widest = max(self._places)
        line = 1
        try:
            for cells in self._rows:
                line = self._rows.line_num
                if line % REPORT_EVERY == 0:
                    self._report(line)
                if not any(cells):
                    continue
                if len(cells) <= widest:
                    self._keep(line, cells[0].strip(), _("The line has %d columns only.") % len(cells))
                    continue
                row = self._check(line, cells)
                if isinstance(row, str):
                    self._keep(line, cells[self._places[0]].strip(), row)
                elif row.repeats_its_parent:
                    self.repeated += 1
                else:
                    yield row
        except csv.Error as error:
            self._keep(line, "", str(error))

    def let_go(self) -> None:
        """Leave the file open for whoever opened it."""
        self._text.detach()

    def _check(self, line: int, cells: list[str]) -> CodeRow | str:
        code, name, parent_code, level, *more = (cells[place].strip() for place in self._places)
        return check_row(
            line=line,
            code=code,
            name=name,
            parent_code=parent_code,
            level=level,
            urban_rural_class=more[0] if more else "",
        )

    def _keep(self, line: int, code: str, reason: str) -> None:
        self.failed += 1
        if len(self.problems) < KEPT_PROBLEMS:
            self.problems.append(Problem(line, code, reason))


class CopyText(io.TextIOBase):
    """The rows as COPY reads them, made while it reads."""

    def __init__(self, rows: Iterator[CodeRow]) -> None:
        self._rows = rows
        self._rest = ""

    def read(self, size: int | None = -1) -> str:
        """Return about as much as asked for; nothing at the end."""
        parts, length = [self._rest], len(self._rest)
        for row in self._rows:
            text = _copy_line(row)
            parts.append(text)
            length += len(text)
            if size is not None and 0 <= size <= length:
                break
        whole = "".join(parts)
        cut = len(whole) if size is None or size < 0 else size
        self._rest = whole[cut:]
        return whole[:cut]


def _copy_line(row: CodeRow) -> str:
    name, short_name = row.name, row.short_name
    if "\\" in name or "\t" in name or "\n" in name or "\r" in name:
        name, short_name = (_escaped(text) for text in (name, short_name))
    return (
        f"{row.line}\t{row.code}\t{name}\t{row.parent_code}\t{row.tier}\t{row.level}\t{short_name}\t"
        f"{row.urban_rural_class}\n"
    )


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


STAGE = """
    CREATE TEMPORARY TABLE staged (
        line integer, code text COLLATE "C", name text, parent_code text COLLATE "C", tier smallint, level text,
        short_name text, urban_rural_class text
    ) ON COMMIT DROP;
    CREATE TEMPORARY TABLE matched (line integer PRIMARY KEY, division_id bigint, is_coded boolean) ON COMMIT DROP;
    CREATE TEMPORARY TABLE elsewhere (code text COLLATE "C" PRIMARY KEY, division_id bigint) ON COMMIT DROP;
"""
COPY = "COPY staged FROM STDIN"
INDEX = "CREATE INDEX ON staged (code); CREATE INDEX ON staged (tier, line); ANALYZE staged"
LOCK = "SELECT pg_advisory_xact_lock(hashtext('communities.import_divisions'))"
HIGHEST = "SELECT COALESCE(MAX(id), 0), pg_get_serial_sequence('communities_division', 'id') FROM communities_division"
# The tables grow by millions of rows inside the transaction while their statistics may still say that they are empty;
# a nested loop chosen on that word took hours where a hash join takes seconds.
PLANNING = "SET LOCAL work_mem = '128MB'; SET LOCAL enable_nestloop = off"
PLANNING_AGAIN = "SET LOCAL work_mem TO DEFAULT; SET LOCAL enable_nestloop TO DEFAULT"

# Parents that the file does not hold: by the code of the same list; down to the district by any list, because digits 1
# to 6 are a national standard (GB/T 2260) that both lists share. A city or district without a parent hangs where its
# digits say, if that place is known.
ELSEWHERE = """
    INSERT INTO elsewhere
    SELECT DISTINCT ON (wanted.code) wanted.code, c.division_id
    FROM (
        SELECT DISTINCT CASE
            WHEN s.parent_code <> '' THEN s.parent_code
            WHEN s.tier = 3 THEN left(s.code, 4) || '00000000'
            ELSE left(s.code, 2) || '0000000000'
        END AS code
        FROM staged s
        WHERE s.parent_code <> '' OR s.tier IN (2, 3)
    ) wanted
    JOIN communities_divisioncode c ON c.code = wanted.code
    WHERE (c.system, c.edition) = (%(system)s, %(edition)s) OR right(wanted.code, 6) = '000000'
    ORDER BY wanted.code, (c.system, c.edition) = (%(system)s, %(edition)s) DESC, c.edition DESC, c.system
"""
REPEATED = """
    SELECT line, code, first FROM (
        SELECT line, code, MIN(line) OVER (PARTITION BY code) AS first FROM staged
    ) counted WHERE line <> first ORDER BY line
"""
ORPHANED = """
    SELECT s.line, s.code, s.parent_code FROM staged s
    WHERE s.parent_code <> ''
        AND NOT EXISTS (SELECT FROM staged p WHERE p.code = s.parent_code)
        AND NOT EXISTS (SELECT FROM elsewhere e WHERE e.code = s.parent_code)
    ORDER BY s.line
"""
TAKEN = """
    SELECT s.line, s.code, COALESCE(NULLIF(c.name, ''), d.name)
    FROM staged s
    JOIN communities_divisioncode c ON (c.code, c.system, c.edition) = (s.code, %(system)s, %(edition)s)
    JOIN communities_division d ON d.id = c.division_id
    WHERE COALESCE(NULLIF(c.name, ''), d.name) <> s.name
    ORDER BY s.line
"""
ELSEWHERE_NAMED = """
    SELECT s.line, s.code, c.system, c.edition, COALESCE(NULLIF(c.name, ''), d.name)
    FROM staged s
    JOIN communities_divisioncode c ON c.code = s.code AND (c.system, c.edition) <> (%(system)s, %(edition)s)
    JOIN communities_division d ON d.id = c.division_id
    WHERE COALESCE(NULLIF(c.name, ''), d.name) <> s.name
    ORDER BY s.line LIMIT %(kept)s
"""
MATCH_BY_CODE = """
    INSERT INTO matched
    SELECT s.line, c.division_id, TRUE
    FROM staged s
    JOIN communities_divisioncode c ON (c.code, c.system, c.edition) = (s.code, %(system)s, %(edition)s)
"""
# A district that another list or edition knows by the same digits and the same name is the same district.
MATCH_BY_STANDARD = """
    INSERT INTO matched
    SELECT DISTINCT ON (s.line) s.line, c.division_id, FALSE
    FROM staged s
    JOIN communities_divisioncode c ON c.code = s.code AND (c.system, c.edition) <> (%(system)s, %(edition)s)
    JOIN communities_division d ON d.id = c.division_id AND d.status = 'ACTIVE' AND NOT d.is_stub
    WHERE s.tier <= 3
        AND COALESCE(NULLIF(c.name, ''), d.name) = s.name
        AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
        AND NOT EXISTS (SELECT FROM matched m WHERE m.division_id = d.id)
        AND NOT EXISTS (SELECT FROM communities_divisioncode o
            WHERE (o.division_id, o.system, o.edition) = (d.id, %(system)s, %(edition)s))
    ORDER BY s.line, c.edition DESC
"""
# Below the district the lists share no digits; the same name under the same parent is the same place, if it is the
# only one.
MATCH_BY_NAME = """
    INSERT INTO matched
    SELECT line, id, FALSE
    FROM (
        SELECT s.line, d.id, COUNT(*) OVER (PARTITION BY s.line) AS places, COUNT(*) OVER (PARTITION BY d.id) AS lines
        FROM staged s
        LEFT JOIN communities_divisioncode pc ON (pc.code, pc.system, pc.edition)
            = (s.parent_code, %(system)s, %(edition)s)
        LEFT JOIN elsewhere e ON e.code = s.parent_code
        JOIN communities_division d ON d.parent_id = COALESCE(pc.division_id, e.division_id)
            AND d.name = s.name AND d.tier = s.tier AND d.status = 'ACTIVE' AND NOT d.is_stub
        WHERE s.tier = %(tier)s
            AND COALESCE(pc.division_id, e.division_id) <= %(highest)s
            AND d.id <= %(highest)s
            AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
            AND NOT EXISTS (SELECT FROM communities_divisioncode o
                WHERE (o.division_id, o.system, o.edition) = (d.id, %(system)s, %(edition)s))
    ) candidates
    WHERE places = 1 AND lines = 1
"""
UNDER_CLOSED = """
    SELECT s.line, s.code, p.name
    FROM staged s
    LEFT JOIN communities_divisioncode pc ON (pc.code, pc.system, pc.edition)
        = (s.parent_code, %(system)s, %(edition)s)
    LEFT JOIN elsewhere e ON e.code = s.parent_code
    JOIN communities_division p ON p.id = COALESCE(pc.division_id, e.division_id) AND p.status <> 'ACTIVE'
    WHERE NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
    ORDER BY s.line
"""
WRITE_NEW = """
    WITH fresh AS MATERIALIZED (
        SELECT nextval(%(ids)s) AS id, sorted.*
        FROM (
            SELECT s.*, COALESCE(pc.division_id, e.division_id) AS parent_id
            FROM staged s
            LEFT JOIN communities_divisioncode pc ON (pc.code, pc.system, pc.edition)
                = (s.parent_code, %(system)s, %(edition)s)
            LEFT JOIN elsewhere e ON e.code = CASE
                WHEN s.parent_code <> '' THEN s.parent_code
                WHEN s.tier = 3 THEN left(s.code, 4) || '00000000'
                WHEN s.tier = 2 THEN left(s.code, 2) || '0000000000'
            END
            WHERE s.tier = %(tier)s AND s.line > %(after)s AND s.line <= %(upto)s
                AND NOT EXISTS (SELECT FROM matched m WHERE m.line = s.line)
            ORDER BY s.code
        ) sorted
    ), made AS (
        INSERT INTO communities_division (
            id, name, short_name, tier, level, parent_id, path, urban_rural_class, valid_from, status, is_stub
        )
        SELECT f.id, f.name, f.short_name, f.tier, f.level, f.parent_id, COALESCE(p.path, '/') || f.id || '/',
            f.urban_rural_class, %(valid_from)s, 'ACTIVE', FALSE
        FROM fresh f
        LEFT JOIN communities_division p ON p.id = f.parent_id
    )
    INSERT INTO communities_divisioncode (division_id, system, edition, code, name)
    SELECT f.id, %(system)s, %(edition)s, f.code, f.name FROM fresh f
"""
WRITE_CODES = """
    INSERT INTO communities_divisioncode (division_id, system, edition, code, name)
    SELECT m.division_id, %(system)s, %(edition)s, s.code, s.name
    FROM matched m JOIN staged s ON s.line = m.line
    WHERE NOT m.is_coded AND s.tier = %(tier)s
"""
BOUNDS = "SELECT MIN(line), MAX(line) FROM staged WHERE tier = %(tier)s"
COUNTS = """
    SELECT (SELECT COUNT(*) FROM staged), COUNT(*) FILTER (WHERE NOT is_coded), COUNT(*) FILTER (WHERE is_coded)
    FROM matched
"""


def take_in(source: IO[bytes], *, system: str, edition: int, valid_from: dt.date | None, report: Report) -> Outcome:
    """Read, check and write a code list inside the caller's transaction.

    `report` is told how many of twice the file's lines are done: read first, then written.

    Raises:
        FileNotReadable: the file is no such table.
        RowsRefused: some rows can't be taken; nothing was written.
    """
    encoding, lines, digest = survey(source)
    reader = Reader(source, encoding, report)
    values: dict[str, Any] = {
        "system": system,
        "edition": edition,
        "valid_from": valid_from,
        "kept": KEPT_PROBLEMS,
    }
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS staged, matched, elsewhere")
        cursor.execute(STAGE)
        cursor.copy_expert(COPY, CopyText(iter(reader)))
        reader.let_go()
        is_large = cursor.rowcount > FEW
        cursor.execute(INDEX)
        if is_large:
            cursor.execute(PLANNING)
        cursor.execute(LOCK)
        cursor.execute(HIGHEST)
        values["highest"], values["ids"] = cursor.fetchone()
        cursor.execute(ELSEWHERE, values)
        cursor.execute(MATCH_BY_CODE, values)
        cursor.execute(MATCH_BY_STANDARD, values)
        cursor.execute("ANALYZE matched")
        _refuse(reader, _problems(cursor, values))
        notes = _notes(cursor, values)
        _write(cursor, values, lambda line: report(lines + min(line, lines)))
        cursor.execute(COUNTS)
        rows, attached, unchanged = cursor.fetchone()
        cursor.execute("DROP TABLE staged, matched, elsewhere")
        cursor.execute(PLANNING_AGAIN)
    return Outcome(
        rows=rows,
        created=rows - attached - unchanged,
        attached=attached,
        unchanged=unchanged,
        repeated=reader.repeated,
        sha256=digest,
        notes=notes,
    )


def _problems(cursor: Any, values: dict[str, Any]) -> list[Problem]:
    """Return what is wrong between the rows of the file, and between them and what is recorded."""
    found = []
    cursor.execute(REPEATED)
    for line, code, first in cursor.fetchall():
        found.append(Problem(line, code, _("The code stands in line %d already.") % first))
    cursor.execute(ORPHANED)
    for line, code, parent in cursor.fetchall():
        found.append(
            Problem(line, code, _("The parent %s is neither in the file nor among the recorded divisions.") % parent)
        )
    cursor.execute(TAKEN, values)
    for line, code, name in cursor.fetchall():
        found.append(Problem(line, code, _("In this edition the code already names “%s”.") % name))
    cursor.execute(UNDER_CLOSED, values)
    for line, code, name in cursor.fetchall():
        found.append(Problem(line, code, _("The parent “%s” is closed.") % name))
    return found


def _notes(cursor: Any, values: dict[str, Any]) -> list[Problem]:
    """Return the rows whose digits name another place in another list: both are kept, each under its own key."""
    cursor.execute(ELSEWHERE_NAMED, values)
    return [
        Problem(
            line,
            code,
            _("The same digits name “%(name)s” in %(system)s %(edition)d; both are kept.")
            % {"name": name, "system": system, "edition": edition},
        )
        for line, code, system, edition, name in cursor.fetchall()
    ]


def _refuse(reader: Reader, problems: list[Problem]) -> None:
    if reader.failed or problems:
        kept = sorted([*reader.problems, *problems], key=lambda problem: problem.line)[:KEPT_PROBLEMS]
        raise RowsRefused(kept, reader.failed + len(problems))


def _write(cursor: Any, values: dict[str, Any], report: Report) -> None:
    """Write tier after tier, parents first; a tier in slices, so that the caller gives signs of life."""
    for tier in range(PROVINCE, COMMUNITY + 1):
        values["tier"] = tier
        if tier > PROVINCE:
            cursor.execute(MATCH_BY_NAME, values)
        cursor.execute(WRITE_CODES, values)
        cursor.execute(BOUNDS, values)
        first, last = cursor.fetchone()
        if first is None:
            continue
        for after in range(first - 1, last, WRITE_AT_ONCE):
            upto = min(after + WRITE_AT_ONCE, last)
            cursor.execute(WRITE_NEW, {**values, "after": after, "upto": upto})
            report(upto)
