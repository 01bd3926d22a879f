"""Attacks on a closed secret ballot with everything that is left of it: all tables in every order, dump, backup, logs.

The attacker has a copy of the whole database with the columns that PostgreSQL keeps for itself (where a row lies, which
transaction wrote it), every line that the program logged, and knows the question. Votes came by page, API, slip, kiosk
and paper.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import json
import logging
import subprocess
import tarfile
import uuid
from itertools import permutations
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from consultation.ballots import operations
from consultation.ballots.models import Ballot, BallotPaper, RollEntry, Vote
from consultation.ballots.papers.batches import SignedAlready
from consultation.ballots.papers.models import PaperBatch
from consultation.ballots.voting import VotedAlready
from governance.accounts.models import User
from governance.portal.backup import DUMP, _program
from tests.conftest import as_owner
from tests.consultation.ballots.test_batches import accept, opened
from tests.consultation.ballots.test_concurrency import together
from tests.factories.consultation_ballots import HOUR, Place, entry_of
from tests.people import session_client, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

VOTERS = 24
MOST_BY_CHANCE = 16
"""Of 24 places five kinds of papers agree in about five by chance; in more than this once in some million."""
OPTIONS = [("甲", ""), ("乙", ""), ("丙", ""), ("丁", "")]
ORDERS = [[4, 2, 3, 1], [1, 2, 4, 3], [3, 1, 4, 2], [2, 4, 1, 3], [4, 3, 1, 2]]


class Memory(logging.Handler):
    """Keeps every record that the program logs, with all that hangs on it."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record down as whole as it is."""
        self.lines.append(f"{record.getMessage()} {record.__dict__!r}")


@pytest.fixture
def heard() -> Any:
    """Return what is logged at INFO and above, as an installation may keep it."""
    memory, root = Memory(), logging.getLogger()
    loggers = [root, *(logging.getLogger(name) for name in ("django", "django.request", "consultation", "governance"))]
    levels = [(one, one.level) for one in loggers]
    for one in loggers:
        one.addHandler(memory)
        one.setLevel(logging.INFO)
    yield memory
    for one, level in levels:
        one.removeHandler(memory)
        one.setLevel(level)


class Story:
    """A secret ballot of 24 people by all channels; `chosen` is what the attacker wants to know, by roll entry."""

    def __init__(self, now: dt.datetime) -> None:
        self.place = place = Place(now)
        place.populate(VOTERS)
        self.ballot = place.open(method="RANKED", options=OPTIONS, most_choices=4, is_secret=True)
        self.at = self.ballot.opens_at + HOUR
        self.entries = [entry_of(self.ballot, voter) for voter in place.voters]
        self.chosen = {entry.pk: ORDERS[(number * 7) % 5] for number, entry in enumerate(self.entries)}

    def marks(self, number: int) -> list[int]:
        """Return what the voter of this number chooses."""
        return self.chosen[self.entries[number].pk]

    def vote(self) -> None:
        """Let everybody vote in their order, each by another channel than the one before."""
        ways = (self.by_page, self.by_api, self.by_code, self.by_kiosk)
        for number in range(VOTERS - 4):
            ways[number % len(ways)](number)
        self.by_paper(range(VOTERS - 4, VOTERS))

    def by_page(self, number: int) -> None:
        browser, places = Client(), {mark: place for place, mark in enumerate(self.marks(number), start=1)}
        sign_in(browser, self.place.voters[number])
        figures = {f"figure_{mark}": str(place) for mark, place in places.items()}
        answer = browser.post(f"/ballots/{self.ballot.pk}/vote/", {"act": "cast", **figures})
        assert answer.status_code == 302, answer.content.decode()

    def by_api(self, number: int) -> None:
        address, body = f"/api/v1/ballots/{self.ballot.pk}/cast", {"choices": self.marks(number)}
        caller = session_client(self.place.voters[number])
        for status in (201, 201):  # sent twice with its key, and answered again
            assert caller.post(address, body, headers={"Idempotency-Key": f"k{number}"}).status_code == status
        assert caller.post(address, body).status_code == 409

    def by_code(self, number: int, page: str = "code") -> None:
        _slip, code = operations.print_slip(by=self.place.staff, now=self.at, entry=self.entries[number])
        figures = {f"figure_{mark}": str(place) for place, mark in enumerate(self.marks(number), start=1)}
        for status in (200, 409):  # sent twice, refused the second time
            turn = {"turn": uuid.uuid4().hex}
            marked = {"code": code, "act": "cast", **figures, **turn}
            assert Client().post(f"/ballots/{self.ballot.pk}/{page}/", marked).status_code == status

    def by_kiosk(self, number: int) -> None:
        self.by_code(number, "kiosk")

    def by_paper(self, numbers: range) -> None:
        batch = opened(self.place, self.ballot, len(numbers))
        rolled = [self.entries[number].number for number in numbers]
        operations.sign_in_batch(by=self.place.staff, now=self.at, batch=batch, numbers=rolled)
        pile = [self.marks(number) for number in numbers]
        operations.enter_sheets(by=self.place.staff, now=self.at, batch=batch, sheets=pile)
        operations.check_sheets(by=self.place.colleague, now=self.at, batch=batch, sheets=pile)
        accept(self.place, batch)


def written(marks: list[int]) -> set[str]:
    """Return the ways in which marks could stand somewhere: as they are, as a body, as a form, or hashed."""
    body = json.dumps({"choices": marks}).encode()
    texts = {
        "{" + ",".join(map(str, marks)) + "}",
        str(marks),
        json.dumps(marks, separators=(",", ":")),
        ",".join(map(str, marks)),
    }
    hashes = {hashlib.new(kind, text.encode()).hexdigest() for text in texts for kind in ("md5", "sha1", "sha256")}
    return texts | hashes | {hashlib.sha256(body).hexdigest(), hashlib.sha256(body.replace(b" ", b"")).hexdigest()}


def copied() -> dict[str, tuple[list[str], list[list[str]]]]:
    """Copy every table of the database as its owner, with the columns that PostgreSQL keeps, as the rows lie."""
    found = {}
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT schemaname || '.' || quote_ident(tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema') ORDER BY 1"
        )
        for (table,) in cursor.fetchall():
            taken = io.StringIO()
            rows = f"SELECT ctid, xmin, cmin, xmax, tableoid, * FROM {table} ORDER BY ctid"
            cursor.copy_expert(f"COPY ({rows}) TO STDOUT WITH (FORMAT text, HEADER)", taken)
            head, *lines = taken.getvalue().splitlines()
            found[table.removeprefix("public.")] = (head.split("\t"), [line.split("\t") for line in lines])
    return found


def agreeing(first: list[list[int]], second: list[list[int]]) -> int:
    """Return in how many places two rows of papers agree."""
    return sum(one == other for one, other in zip(first, second, strict=True))


@pytest.fixture
def story(now: dt.datetime, monkeypatch: pytest.MonkeyPatch, heard: Memory) -> Story:
    """Return the ballot after its closing."""
    made = Story(now)
    monkeypatch.setattr("governance.calendar.clock.now", lambda: made.at)
    made.vote()
    monkeypatch.undo()
    made.place.close(made.ballot)
    return made


def test_no_table_but_that_of_the_papers_holds_marks_in_any_writing(story: Story, heard: Memory) -> None:
    tables = copied()

    wanted = {text for marks in ORDERS for text in written(marks)}
    holding = {
        name for name, (_head, rows) in tables.items() if any(text in "\t".join(row) for row in rows for text in wanted)
    }
    boxes = {name for name in tables if name.startswith("consultation_box_")}
    assert f"consultation_box_{story.ballot.pk}" not in boxes
    assert holding - boxes == {"consultation_ballotpaper"}
    assert {"audit_auditentry", "outbox_outboxevent", "django_session", "accounts_idempotencykey"} <= set(tables)
    said = "\n".join(heard.lines)
    assert not any(text in said for text in wanted)
    assert not any(f"figure_{mark}" in said for mark in range(1, 5))


def test_no_order_of_papers_is_that_of_strokes(story: Story) -> None:
    """Whatever column the strokes are sorted by and the papers are sorted by, no more agree than by chance."""
    tables = copied()
    stroke_head, strokes = tables["consultation_vote"]
    paper_head, papers = tables["consultation_ballotpaper"]
    own = [row for row in strokes if row[stroke_head.index("ballot_id")] == str(story.ballot.pk)]
    box = [row for row in papers if row[paper_head.index("ballot_id")] == str(story.ballot.pk)]
    assert (len(own), len(box)) == (VOTERS, VOTERS)

    for name in stroke_head:
        ordered = sorted(own, key=lambda row: _key(row[stroke_head.index(name)]))
        truth = [story.chosen[int(row[stroke_head.index("entry_id")])] for row in ordered]
        for other in paper_head:
            drawn = sorted(box, key=lambda row: _key(row[paper_head.index(other)]))
            said = [json.loads(row[paper_head.index("choices")].replace("{", "[").replace("}", "]")) for row in drawn]
            if other == "choices":
                continue  # sorted by what was chosen, papers say what was chosen and of nobody
            for way in (said, said[::-1]):
                assert agreeing(truth, way) <= MOST_BY_CHANCE, (name, other)


def _key(value: str) -> tuple[int, ...] | tuple[str]:
    numbers = value.strip("(){}").split(",")
    return tuple(map(int, numbers)) if all(part.isdecimal() for part in numbers) else (value,)


def test_papers_share_one_transaction_and_no_column_with_strokes(story: Story) -> None:
    tables = copied()
    head, rows = tables["consultation_ballotpaper"]
    assert set(head) == {"ctid", "xmin", "cmin", "xmax", "tableoid", "id", "ballot_id", "number", "choices"}
    mixed = {row[head.index("xmin")] for row in rows}
    assert len(mixed) == 1

    # What the closing wrote beside the papers names the ballot and nobody on the roll.
    of_closing = {
        name: [row for row in found if row[columns.index("xmin")] in mixed]
        for name, (columns, found) in tables.items()
        if name != "consultation_ballotpaper"
    }
    touched = {name for name, found in of_closing.items() if found}
    assert touched <= {"consultation_ballot", "audit_auditentry", "outbox_outboxevent"}
    named = ("consultation.RollEntry", "consultation.Vote")
    cells = [cell for found in of_closing.values() for row in found for cell in row]
    assert not any(label in cell for cell in cells for label in named)


def test_strokes_know_the_day_and_not_the_hour(story: Story) -> None:
    found = set(Vote.objects.filter(ballot=story.ballot).values_list("cast_at", flat=True))

    assert found == {story.ballot.opens_at}  # all on the first day, whose beginning is the opening


def test_a_backup_made_while_a_ballot_is_open_leaves_its_box_out(
    now: dt.datetime, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    story = Story(now)
    for number in range(6):
        operations.cast_vote(
            by=story.place.voters[number], now=story.at, ballot=story.ballot, choices=story.marks(number)
        )

    with as_owner():
        call_command("backup", str(tmp_path / "backup.tar"))

    with tarfile.open(tmp_path / "backup.tar") as archive:
        archive.extract(DUMP, tmp_path, filter="data")
    written_out = [_program("pg_restore"), "--file=-", str(tmp_path / DUMP)]
    script = subprocess.run(written_out, capture_output=True, text=True, check=True).stdout
    assert "COPY public.consultation_vote " in script
    assert "consultation_box_" not in script.replace("consultation_box_%s", "").replace("'consultation_box_'", "")
    assert not any("{" + ",".join(map(str, marks)) + "}" in script for marks in ORDERS)


def test_two_hundred_secret_casts_by_forty_threads_and_a_batch_count_each_person_once(now: dt.datetime) -> None:
    place = Place(now)
    place.populate(100)
    ballot = place.open(method="RANKED", options=OPTIONS, most_choices=4, is_secret=True)
    at = ballot.opens_at + HOUR
    orders = [list(order) for order in permutations(range(1, 5))]
    slips = {
        number: operations.print_slip(by=place.staff, now=at, entry=entry_of(ballot, place.voters[number]))[1]
        for number in range(60, 100)
    }
    numbers = [entry_of(ballot, voter).number for voter in place.voters[:20]]
    batch = opened(place, ballot, 20)
    signed = []

    def five(thread: int) -> list[str]:
        found = []
        for turn in range(5):
            if (thread, turn) == (0, 0):
                found.append(_sign(place, ballot, batch, numbers))
                signed.extend(found)
                continue
            number = (thread * 5 + turn) % 100
            given = {"now": at, "ballot": ballot, "choices": orders[number % len(orders)]}
            try:
                if number in slips and turn % 2:
                    operations.cast_by_code(by=User.objects.get(pk=place.system.pk), code=slips[number], **given)
                else:
                    operations.cast_vote(by=User.objects.get(pk=place.voters[number].pk), **given)
                found.append("cast")
            except VotedAlready:
                found.append("voted")
        return found

    results = [said for thread in together(five) for said in thread]

    assert len(results) == 200
    on_paper = Vote.objects.filter(channel="PAPER").count()
    assert on_paper == (20 if signed == ["signed"] else 0)
    assert results.count("cast") + on_paper == Vote.objects.count() == RollEntry.objects.exclude(vote=None).count()
    if signed == ["signed"]:
        pile = [[1, 2, 3, 4]] * 20
        operations.enter_sheets(by=place.staff, now=at, batch=batch, sheets=pile)
        operations.check_sheets(by=place.colleague, now=at, batch=batch, sheets=pile)
        accept(place, batch)
    else:
        operations.give_up_batch(by=place.staff, now=at, batch=batch, reason="已有人在网上投票")
    result = place.publish(ballot).result
    assert (Vote.objects.count(), result.cast, BallotPaper.objects.count()) == (100, 100, 100)


def _sign(place: Place, ballot: Ballot, batch: PaperBatch, numbers: list[int]) -> str:
    """Enter the sign-in sheet while others vote: all of its names, or none where somebody was faster."""
    from_staff = User.objects.get(pk=place.staff.pk)
    try:
        operations.sign_in_batch(by=from_staff, now=ballot.opens_at + HOUR, batch=batch, numbers=numbers)
    except SignedAlready:
        return "voted"
    return "signed"
