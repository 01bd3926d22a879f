"""Secret ballots: the roll has strokes, the box has papers, and nothing in the database joins the two."""

from __future__ import annotations

import datetime as dt
import os
import re
import subprocess
from typing import Any

import pytest
from django.db import DatabaseError, connection, models, transaction

from consultation.ballots import operations, queries
from consultation.ballots.models import Ballot, BallotPaper, Vote, VoteDraft
from consultation.ballots.voting import DraftsRefused, VotedAlready
from governance.accounts.models import IdempotencyKey
from governance.audit.models import AuditEntry
from governance.outbox.models import OutboxEvent
from governance.portal.backup import _program
from tests.conftest import as_owner
from tests.consultation.ballots.test_concurrency import together
from tests.consultation.ballots.test_operations import refused
from tests.factories.consultation_ballots import HOUR, Place, entry_of
from tests.people import session_client
from tests.walls import violated

OPTIONS = [("甲", ""), ("乙", ""), ("丙", ""), ("丁", "")]
RANKED: dict[str, Any] = {"method": "RANKED", "options": OPTIONS, "most_choices": 4, "is_secret": True}
ORDERS = [[4, 2, 3, 1], [1, 2, 4, 3], [3, 1, 4, 2], [2, 4, 1, 3], [4, 3, 1, 2]]


@pytest.fixture
def ballot(place: Place) -> Ballot:
    """An open secret ballot of five people who put four options in order."""
    return place.open(**RANKED)


def box_of(ballot: Ballot) -> list[list[int]]:
    """Look into the box, as only the owner of the database can."""
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"SELECT choices FROM consultation_box_{ballot.pk}")
        return [row[0] for row in cursor.fetchall()]


@pytest.mark.django_db(transaction=True)
def test_a_cast_leaves_a_stroke_on_the_roll_and_a_paper_in_the_box(place: Place, ballot: Ballot) -> None:
    events = OutboxEvent.objects.count()

    vote = operations.cast_vote(by=place.voters[0], now=ballot.opens_at + HOUR, ballot=ballot, choices=ORDERS[0])

    stored = Vote.objects.get(pk=vote.pk)
    assert (stored.choices, stored.in_box, stored.cast_at) == ([], True, ballot.opens_at)  # the day, not the hour
    assert vote.choices == []
    assert box_of(ballot) == [ORDERS[0]]
    assert AuditEntry.objects.filter(verb="consultation.vote.cast").count() == 0
    assert OutboxEvent.objects.count() == events


def test_the_application_reads_no_box_and_writes_no_paper(place: Place, ballot: Ballot) -> None:
    place.cast(ballot, ORDERS)

    for statement in (f"SELECT 1 FROM consultation_box_{ballot.pk}", f"DELETE FROM consultation_box_{ballot.pk}"):
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    place.close(ballot)
    for statement in (
        f"INSERT INTO consultation_ballotpaper (ballot_id, number, choices) VALUES ({ballot.pk}, 9, '{{1}}')",
        "UPDATE consultation_ballotpaper SET choices = '{1}'",
        "DELETE FROM consultation_ballotpaper",
    ):
        assert "permission denied" in violated(statement)


def test_the_box_is_mixed_and_dropped_when_the_ballot_closes(place: Place, ballot: Ballot) -> None:
    place.cast(ballot, ORDERS)

    place.close(ballot)

    papers = BallotPaper.objects.filter(ballot=ballot).order_by("number")
    assert [paper.number for paper in papers] == [1, 2, 3, 4, 5]
    assert sorted(paper.choices for paper in papers) == sorted(ORDERS)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [f"consultation_box_{ballot.pk}"])
        assert cursor.fetchone() == (None,)
    assert AuditEntry.objects.get(verb="consultation.ballot.box_mixed").after == {"papers": {"WEB": 5}}


def test_papers_come_out_in_an_order_that_says_nothing(place: Place) -> None:
    place.populate(15)
    cast = [[1 + number % 4] for number in range(20)]
    ballots = [place.open(method="SINGLE", options=OPTIONS, is_secret=True) for _ballot in range(3)]
    for ballot in ballots:
        place.cast(ballot, cast)
    place.close(ballots[0])

    orders = [
        [choices for (choices,) in BallotPaper.objects.filter(ballot=one).order_by("pk").values_list("choices")]
        for one in ballots
    ]

    assert all(sorted(order) == sorted(cast) for order in orders)
    assert len({str(order) for order in [*orders, cast]}) == 4  # by chance once in some hundred million


def test_a_secret_ballot_is_counted_published_and_recounted(place: Place, ballot: Ballot) -> None:
    place.cast(ballot, ORDERS)
    place.publish(ballot)

    results = queries.require_results(ballot, place.voters[0])
    lines = queries.recount_bytes(ballot, place.voters[0]).decode().splitlines()

    assert (results.row.cast, results.row.by_channel, results.row.unfinished) == (5, {"WEB": 5}, 0)
    assert len(lines) == 7
    assert all('"type":"paper"' in line and "WEB" not in line for line in lines[1:-1])


def test_a_handful_of_papers_is_not_shown(place: Place, ballot: Ballot) -> None:
    place.cast(ballot, ORDERS[:4])
    place.publish(ballot)

    found = queries.results_of(ballot, place.voters[0])

    assert found is not None
    assert (found.is_hidden, found.lines) == (True, [])
    with pytest.raises(queries.ResultsTooFew):
        queries.recount_bytes(ballot, place.voters[0])
    client = session_client(None)
    assert client.get(f"/api/v1/ballots/{ballot.pk}/results").status_code == 409
    assert client.get(f"/ballots/{ballot.pk}/ballot.jsonl").status_code == 409
    assert client.get(f"/ballots/{ballot.pk}/result.svg").status_code == 404
    assert "result-table" not in client.get(f"/ballots/{ballot.pk}/").content.decode()


def test_marks_are_not_stored_before_they_are_cast(place: Place, ballot: Ballot) -> None:
    refused(
        DraftsRefused,
        operations.save_draft,
        by=place.voters[0],
        now=ballot.opens_at,
        ballot=ballot,
        choices=[1],
    )
    assert VoteDraft.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_stroke_is_made_once(place: Place, ballot: Ballot) -> None:
    place.cast(ballot, ORDERS[:1])

    refused(
        VotedAlready, operations.cast_vote, by=place.voters[0], now=ballot.opens_at, ballot=ballot, choices=ORDERS[1]
    )
    assert box_of(ballot) == ORDERS[:1]


@pytest.mark.django_db(transaction=True)
def test_a_box_that_disagrees_with_the_roll_is_not_opened(place: Place, ballot: Ballot) -> None:
    place.cast(ballot, ORDERS)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"INSERT INTO consultation_box_{ballot.pk} VALUES ('{{1}}')")

    assert operations.close_due_ballots(by=place.system, now=ballot.closes_at) == []
    assert violated("UPDATE consultation_ballot SET status = 'CLOSED' WHERE id = %s", ballot.pk) == (
        "ballot_box_agrees_with_the_roll"
    )
    ballot.refresh_from_db()
    assert ballot.status == "OPEN"


@pytest.mark.django_db(transaction=True)
def test_a_missing_box_stops_its_own_ballot_only(place: Place, ballot: Ballot) -> None:
    other = place.open(is_secret=True)
    with as_owner(), connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE consultation_box_{ballot.pk}")

    assert operations.close_due_ballots(by=place.system, now=ballot.closes_at) == [other.pk]


def test_a_vote_lies_in_the_box_where_the_ballot_is_secret(place: Place, ballot: Ballot) -> None:
    for one, in_box in ((ballot, "false"), (place.open(), "true")):
        statement = (
            "INSERT INTO consultation_vote (ballot_id, entry_id, channel, choices, in_box, cast_at, cast_by_id, by_proxy, "
            f"receipt) VALUES (%s, %s, 'WEB', '{{1}}', {in_box}, %s, %s, false, 'R')"
        )
        found = violated(statement, one.pk, entry_of(one, place.voters[0]).pk, one.opens_at, place.staff.pk)
        assert found == "vote_in_the_box_where_secret"


# ---------------------------------------------------------------------------------------------------------- the schema


def test_a_paper_has_nothing_by_which_it_could_be_joined() -> None:
    fields = {field.name: field for field in BallotPaper._meta.concrete_fields}

    assert set(fields) == {"id", "ballot", "number", "choices"}
    assert [name for name, field in fields.items() if field.is_relation] == ["ballot"]
    assert not any(isinstance(field, models.DateField | models.DateTimeField) for field in fields.values())
    assert [relation.name for relation in BallotPaper._meta.related_objects] == []


@pytest.mark.django_db(transaction=True)
def test_no_dump_of_a_closed_secret_ballot_joins_voter_and_choice(now: dt.datetime) -> None:
    place = Place(now)
    place.populate(24)
    ballot = place.open(**RANKED)
    chosen = {voter.pk: ORDERS[number % 5] for number, voter in enumerate(place.voters)}
    for voter in place.voters[:-1]:
        operations.cast_vote(by=voter, now=ballot.opens_at + HOUR, ballot=ballot, choices=chosen[voter.pk])
    last = place.voters[-1]
    body = {"choices": chosen[last.pk]}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.calendar.clock.now", lambda: ballot.opens_at + HOUR)
        answer = session_client(last).post(
            f"/api/v1/ballots/{ballot.pk}/cast", body, format="json", headers={"Idempotency-Key": "k1"}
        )
    assert answer.status_code == 201
    place.close(ballot)

    dump = dumped()

    tables = dict(re.findall(r"^COPY public\.(\w+) \(.*?\) FROM stdin;\n(.*?)^\\\.$", dump, re.M | re.S))
    marks = {"{" + ",".join(map(str, order)) + "}" for order in ORDERS}
    spoken = {"[" + ", ".join(map(str, order)) + "]" for order in ORDERS}
    found = {name for name, rows in tables.items() if any(text in rows for text in marks | spoken)}
    others = {name for name in tables if name.startswith("consultation_box_")}  # boxes that other tests left open
    assert found - others == {"consultation_ballotpaper"}
    assert f"consultation_box_{ballot.pk}" not in tables
    papers = [row.split("\t") for row in tables["consultation_ballotpaper"].splitlines()]
    strokes = [row.split("\t") for row in tables["consultation_vote"].splitlines()]
    assert len(papers) == len(strokes) == 24
    assert all(len(row) == 4 for row in papers)
    in_order = [part for row in papers for part in row if part.startswith("{")]
    cast = ["{" + ",".join(map(str, chosen[voter.pk])) + "}" for voter in place.voters]
    assert in_order != cast
    assert sorted(in_order) == sorted(cast)
    # Nothing is left of the request but that there was one: the fingerprint is that of the address.
    twin = session_client(place.voters[0])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("governance.calendar.clock.now", lambda: ballot.opens_at + HOUR)
        twin.post(
            f"/api/v1/ballots/{ballot.pk}/cast", {"choices": [1]}, format="json", headers={"Idempotency-Key": "k2"}
        )
    assert len(set(IdempotencyKey.objects.values_list("fingerprint", flat=True))) == 1
    # Nor do the transactions say it: all papers were written by the one that mixed them.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT xmin::text) FROM consultation_ballotpaper WHERE ballot_id = %s", [ballot.pk]
        )
        assert cursor.fetchone() == (1,)
        cursor.execute(
            "SELECT count(*) FROM consultation_ballotpaper AS paper JOIN consultation_vote AS vote "
            "ON paper.xmin::text = vote.xmin::text"
        )
        assert cursor.fetchone() == (0,)


def dumped() -> str:
    """Return a plain dump of the whole database, as its owner sees it."""
    with as_owner():
        place = connection.settings_dict
        environment = {**os.environ, "PGPASSWORD": place["PASSWORD"] or ""}
        target = [f"--host={place['HOST']}", f"--port={place['PORT']}", f"--username={place['USER']}", place["NAME"]]
        done = subprocess.run(
            [_program("pg_dump"), "--no-owner", *target], env=environment, capture_output=True, text=True, check=True
        )
    return done.stdout


@pytest.mark.django_db(transaction=True)
def test_forty_secret_casts_of_ten_people_count_ten(now: dt.datetime) -> None:
    place = Place(now)
    place.populate(10)
    ballot = place.open(**RANKED)

    results = together(
        lambda number: operations.cast_vote(
            by=type(place.voters[0]).objects.get(pk=place.voters[number % 10].pk),
            now=ballot.opens_at,
            ballot=ballot,
            choices=ORDERS[number % 5],
        )
    )

    assert results.count("voted_already") == 30
    assert len(box_of(ballot)) == Vote.objects.count() == 10
    assert place.count(ballot).result.cast == 10
