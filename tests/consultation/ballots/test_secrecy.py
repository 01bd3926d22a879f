"""Before a result is published nobody learns anything of it, whatever they ask; the photo of a sheet is for two persons.

The proof asks every surface twice, once with the votes as they were cast and once with all of them turned round in the
database: an answer that knows anything of what was chosen differs. A thousand answers, so these two tests take long.
"""

from __future__ import annotations

import datetime as dt
import logging
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client

from communities.notices import operations as notices
from communities.notices.models import Attachment, Visibility
from communities.people.models import Role
from communities.people.queries import present_day
from consultation.ballots import operations
from consultation.ballots.models import Ballot, BallotResult, Vote, VoteDraft
from consultation.ballots.papers.models import PaperVote
from consultation.ballots.papers.sheets import PhotoNotProtected
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.indicators.counting import COUNTERS, Places, figures_of
from governance.outbox.models import OutboxEvent
from governance.partners.policy import message_of
from tests.consultation.pictures import photo
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, TopicForBallotFactory, entry_of
from tests.feeds import let_older_transactions_end
from tests.people import desk_client, session_client, sign_in, token_client
from tests.walls import past_triggers

POSTS = (Role.STREET_REVIEWER, Role.DISTRICT_ADMIN, Role.AUDITOR, Role.GRID_WORKER)
NONCES = re.compile(
    rb'"cursor":"[^"]*"|name="csrfmiddlewaretoken" value="[^"]*"|nonce="?[\w+/=-]+"?|"csrfmiddlewaretoken": ?"[^"]*"|X-CSRFToken[^}]*'
)
ASKED = {"visitor", "second", "silent", "STREET_REVIEWER", "DISTRICT_ADMIN"}
OPTIONS = [("甲方案", "加装扶手"), ("乙方案", "更换路灯")]


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Any) -> Path:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def pages_of(ballot: Ballot) -> list[str]:
    """Return the addresses of pages and files that could tell of a ballot."""
    key, place, topic = ballot.pk, ballot.division_id, ballot.topic_id
    return [
        f"/ballots/{key}/",
        f"/ballots/{key}/vote/",
        f"/ballots/{key}/frozen.json",
        f"/ballots/{key}/ballot.jsonl",
        f"/divisions/{place}/ballots/",
        f"/divisions/{place}/",
        f"/topics/{topic}/",
        f"/notices/{ballot.notice_id}/",
        f"/traces/ballot/{key}/",
        f"/traces/topic/{topic}/",
        f"/indicators/?division={place}",
        "/account/",
        "/search/?q=方案",
    ]


def api_of(ballot: Ballot) -> list[str]:
    """Return the addresses of the API that could tell of a ballot."""
    key, topic = ballot.pk, ballot.topic_id
    paths = [
        "ballots",
        f"ballots/{key}",
        f"ballots/{key}/results",
        f"ballots/{key}/turnout",
        f"ballots/{key}/entry",
        f"ballots/{key}/moves",
        "paper-votes",
        *(f"paper-votes/{paper}" for paper in PaperVote.objects.values_list("pk", flat=True)),
        "attachments",
        f"topics/{topic}",
        "decisions",
        f"traces/ballot/{key}",
        f"traces/topic/{topic}",
        f"indicators?division={ballot.division_id}",
        "changes",
        "webhook-deliveries",
    ]
    return [f"/api/v1/{path}" for path in paths]


def desk_of(ballot: Ballot) -> list[str]:
    """Return the addresses of the desk that could tell of a ballot."""
    rows = {
        "consultation/ballot": [ballot.pk],
        "consultation/rollentry": list(ballot.roll.order_by("pk").values_list("pk", flat=True)[:1]),
        "consultation/papervote": list(PaperVote.objects.values_list("pk", flat=True)),
        "communities/attachment": list(Attachment.objects.values_list("pk", flat=True)),
        "audit/auditentry": [],
        "outbox/outboxevent": [],
        "partners/webhookdelivery": [],
        "indicators/indicatorvalue": [],
    }
    found = ["/desk/"]
    for model, keys in rows.items():
        found += [
            f"/desk/{model}/",
            *(f"/desk/{model}/{key}/{leaf}/" for key in keys for leaf in ("change", "history")),
        ]
    return found


class Asked:
    """A ballot of five people in three states, and everybody who may ask for it."""

    def __init__(self, now: dt.datetime) -> None:
        self.place = place = Place(now)
        place.populate(5)
        topic = TopicForBallotFactory(division=place.division, deliberated=now)
        self.ballot = place.open(topic=topic, method="SINGLE", options=OPTIONS)
        self.readers: dict[str, User] = {str(role): place.holder(role) for role in POSTS}
        # What one chose oneself is shown to oneself: those who voted here are not asked.
        self.readers |= {
            "first": place.staff,
            "second": place.colleague,
            "supervisor": place.supervisor,
            "silent": place.voters[4],
            "outsider": UserFactory(resident=True),
        }
        partner = UserFactory(service=True)
        PostFactory(user=partner, role=Role.DISTRICT_OFFICER, division=place.division)
        self.service = token_client(partner)
        self.desks = {name: desk_client(user) for name, user in self.readers.items() if user.kind == "STAFF"}

    def vote(self) -> None:
        """Three on the web, one on paper with a photo, one who saved and did not cast."""
        place, ballot, at = self.place, self.ballot, self.ballot.opens_at
        place.cast(ballot, [[1], [1], [2]])
        sheet = notices.store_attachment(
            by=place.staff,
            now=at,
            division=place.division,
            name="sheet.jpg",
            content=photo(),
            visibility=Visibility.SEALED,
        )
        paper = operations.enter_paper_vote(
            by=place.staff,
            now=at,
            ballot=ballot,
            entry=entry_of(ballot, place.voters[3]),
            serial_number="A-1",
            choices=[1],
            photo=sheet,
        )
        operations.check_paper_vote(by=place.colleague, now=at, paper=paper, choices=[1])
        operations.save_draft(by=place.voters[4], now=at, ballot=ballot, choices=[2])

    def answers(self, names: Collection[str]) -> dict[tuple[str, str], tuple[int, bytes]]:
        """Ask every address for these people and for a partner system, once the feeds show all that was written."""
        let_older_transactions_end()
        found: dict[tuple[str, str], tuple[int, bytes]] = {}
        pages, calls, desk = pages_of(self.ballot), api_of(self.ballot), desk_of(self.ballot)
        everybody: dict[str, User | None] = {"visitor": None, **self.readers}
        for name, reader in everybody.items():
            if name not in names:
                continue
            browser, caller = Client(), session_client(reader)
            if reader is not None:
                sign_in(browser, reader)
            found |= {(name, path): _asked(browser, path) for path in pages}
            found |= {(name, path): _asked(caller, path) for path in calls}
            if name in self.desks:
                found |= {(name, path): _asked(self.desks[name], path) for path in desk}
        found |= {("partner", path): _asked(self.service, path) for path in calls}
        said = b"\n".join(str(message_of(event)).encode() for event in OutboxEvent.objects.order_by("pk"))
        trail = b"\n".join(str(row).encode() for row in AuditEntry.objects.order_by("pk").values())
        day = present_day()
        figures = str([(key, figures_of(key, day, Places(day))) for key in COUNTERS]).encode()
        return {
            **found,
            ("webhook", "messages"): (200, said),
            ("database", "trail"): (200, trail),
            ("database", "figures"): (200, figures),
        }


def _asked(client: Any, path: str) -> tuple[int, bytes]:
    answer = client.get(path)
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer.status_code, NONCES.sub(b"", content)


def turn_round(*, but: User) -> None:
    """Turn every vote, sheet, count and draft round in the database, but for the ticks of one person."""
    turn = "choices = CASE WHEN choices = '{1}' THEN '{2}'::smallint[] ELSE '{1}'::smallint[] END"
    statements = [f"UPDATE consultation_{table} SET {turn}" for table in ("vote", "papervote")]
    statements.append(
        f"UPDATE consultation_votedraft SET {turn} FROM consultation_rollentry AS entry "
        f"WHERE entry.id = entry_id AND entry.user_id <> {but.pk}"
    )
    statements.append(
        """UPDATE consultation_ballotresult SET winner = 3 - winner, is_passed = NOT is_passed, reason = 'anders',
        counts = '[{"number": 1, "votes": 1}, {"number": 2, "votes": 3}]', recount_sha256 = repeat('0', 64)"""
    )
    tables = ("vote", "papervote", "votedraft", "ballotresult")
    with past_triggers(*(f"consultation_{table}" for table in tables)) as cursor:
        for statement in statements:
            cursor.execute(statement)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("state", ["OPEN", "COUNTED"])
def test_no_surface_knows_what_was_chosen_before_publication(state: str) -> None:
    asked = Asked(clock.now() - (2 * HOUR if state == "OPEN" else 3 * DAY))
    asked.vote()
    place, ballot = asked.place, asked.ballot
    if state == "COUNTED":
        place.count(ballot)
        assert BallotResult.objects.get().counts == [{"number": 1, "votes": 3}, {"number": 2, "votes": 1}]
    before = asked.answers(ASKED)

    turn_round(but=place.voters[4])
    after = asked.answers(ASKED)

    assert Vote.objects.filter(choices=[2]).count() == 3
    assert {where: answer for where, answer in after.items() if answer != before[where]} == {}
    assert b"consultation.ballot.opened" in before["DISTRICT_ADMIN", "/api/v1/changes"][1]
    refused = {
        path: status for (_who, path), (status, _content) in before.items() if "results" in path or ".jsonl" in path
    }
    assert set(refused.values()) == {409}
    reached = {path for (_who, path), (status, _content) in before.items() if status == 200}
    for part in (
        f"/ballots/{ballot.pk}/",
        f"/api/v1/traces/ballot/{ballot.pk}",
        "/api/v1/changes",
        "/desk/consultation/",
    ):
        assert any(part in path for path in reached), part


@pytest.mark.django_db(transaction=True)
def test_the_proof_sees_a_published_result() -> None:
    asked = Asked(clock.now() - 3 * DAY)
    asked.vote()
    asked.place.publish(asked.ballot)
    before = asked.answers({"visitor"})

    turn_round(but=asked.place.voters[4])

    after = asked.answers({"visitor"})
    differs = {path for (_who, path), answer in after.items() if answer != before[_who, path]}
    assert {f"/ballots/{asked.ballot.pk}/", f"/api/v1/ballots/{asked.ballot.pk}/results"} <= differs


# --------------------------------------------------------------------------------------------------- the photo of a sheet


@pytest.fixture
def asked(db: None) -> Asked:
    """An open ballot whose fourth voter handed in a sheet with a photo, checked by a second person."""
    made = Asked(clock.now() - 2 * HOUR)
    made.vote()
    return made


def opens(user: User | None, path: str) -> int:
    """Return what somebody gets who asks for a file."""
    browser = Client()
    if user is not None:
        sign_in(browser, user)
    return browser.get(path).status_code


def test_the_photo_of_a_sheet_is_opened_by_the_two_persons_and_nobody_else(asked: Asked) -> None:
    paper = PaperVote.objects.get()
    own, general = paper.photo_url(), paper.photo.get_absolute_url()  # type: ignore[union-attr]  # it has one

    found = {name: opens(user, own) for name, user in asked.readers.items()}
    by_file = {name: opens(user, general) for name, user in asked.readers.items()}
    listed = {name: _seen(user) for name, user in asked.readers.items()}

    assert {name for name, status in found.items() if status == 200} == {"first", "second"}
    assert {name for name, status in by_file.items() if status == 200} == {"first"}
    assert {name for name, rows in listed.items() if rows} == {"first"}
    assert set(found.values()) == {200, 404}
    for path in (own, general):
        assert opens(None, path) == 404
        assert token_client(UserFactory(service=True)).get(path).status_code == 404
    answer = Client()
    sign_in(answer, asked.readers["second"])
    shown = answer.get(own)
    assert (shown["Cache-Control"], shown["Content-Type"]) == ("private, no-store", "image/jpeg")


def _seen(user: User) -> list[Any]:
    found: list[Any] = session_client(user).get("/api/v1/attachments").json()["results"]
    return found


def test_an_unchecked_sheet_is_seen_by_who_entered_it(asked: Asked) -> None:
    place, ballot = asked.place, asked.ballot
    voter = place.voters[4]
    client, second = asked.desks["first"], asked.desks["second"]
    number = entry_of(ballot, voter).number
    file = SimpleUploadedFile("A-2.jpg", photo(), "image/jpeg")
    sheet = {"ballot": ballot.pk, "number": number, "serial_number": "A-2", "marks": "2", "photo_file": file}

    client.post("/desk/consultation/papervote/add/", sheet)

    paper = PaperVote.objects.get(serial_number="A-2")
    assert paper.photo is not None
    assert paper.photo.visibility == Visibility.SEALED
    assert opens(place.staff, paper.photo_url()) == 200
    assert opens(place.colleague, paper.photo_url()) == 404
    second.post(f"/desk/consultation/papervote/{paper.pk}/deeds/check/", {"marks": "2"})
    assert opens(place.colleague, paper.photo_url()) == 200
    assert paper.photo_url() in second.get(f"/desk/consultation/papervote/{paper.pk}/change/").content.decode()


@pytest.mark.parametrize("visibility", [Visibility.PUBLIC, Visibility.INTERNAL, Visibility.RESTRICTED])
def test_a_photo_that_others_could_open_is_refused(asked: Asked, visibility: str) -> None:
    place, at = asked.place, asked.ballot.opens_at
    entry = entry_of(asked.ballot, place.voters[4])
    given = {"by": place.staff, "now": at, "division": place.division, "name": "a.jpg", "content": photo()}
    others = {**given, "by": place.colleague, "visibility": Visibility.SEALED}

    for stored in ({**given, "visibility": visibility}, others):
        with pytest.raises(PhotoNotProtected):
            operations.enter_paper_vote(
                by=place.staff,
                now=at,
                ballot=asked.ballot,
                entry=entry,
                serial_number="A-9",
                choices=[1],
                photo=notices.store_attachment(**stored),
            )
    assert PaperVote.objects.count() == 1


# ------------------------------------------------------------------------------------------------------------- the logs


@pytest.mark.django_db(transaction=True)
def test_a_vote_that_the_database_refuses_stands_in_no_log(caplog: Any) -> None:
    asked = Asked(clock.now() - 2 * HOUR)
    place, ballot = asked.place, asked.ballot
    place.cast(ballot, [[1]])
    with connection.cursor() as cursor:
        cursor.execute("SHOW log_min_error_statement")
        assert cursor.fetchone() == ("panic",)
    caplog.set_level(logging.DEBUG)

    answer = session_client(place.voters[0]).post(f"/api/v1/ballots/{ballot.pk}/cast", {"choices": [2]})
    place_of = session_client(place.voters[1]).post(f"/api/v1/ballots/{ballot.pk}/cast", {"choices": [2]})

    assert (answer.status_code, place_of.status_code) == (409, 201)
    assert "choices" not in caplog.text
    assert VoteDraft.objects.count() == 0
