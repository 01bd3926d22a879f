"""Reminders of those who have not voted, seldom and by message; receipts, of secret ballots after the closing."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.test import Client

from communities.people.models import Role
from consultation.ballots import operations
from consultation.ballots.models import Ballot, Vote
from consultation.ballots.reminding import operations as reminding
from consultation.ballots.reminding.messages import LONGEST_QUESTION
from consultation.ballots.voting import BallotNotOpen, BallotOver
from consultation.topics.following.channels import ChannelSilent, Letter
from governance.accounts.models import User
from governance.accounts.secrets import keyed_hash
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.outbox import operations as outbox
from governance.outbox.models import OutboxEvent
from governance.partners.policy import NEVER
from tests.consultation.ballots.test_operations import refused
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.people import desk_client, session_client, sign_in
from tests.walls import violated

SENT: list[tuple[User, str, str, uuid.UUID]] = []
STATE = {"is_down": False}


def hand_over(letter: Letter, text: str, url: str) -> None:
    """Stand for a gateway, which may be down."""
    if STATE["is_down"]:
        raise ChannelSilent
    SENT.append((letter.user, text, url, letter.message_id))


@pytest.fixture(autouse=True)
def gateway(settings: Any) -> None:
    """A gateway that keeps what it is handed."""
    settings.DIGEST_CHANNELS = {"SMS": f"{__name__}.hand_over", "WECHAT": f"{__name__}.hand_over"}
    SENT.clear()
    STATE["is_down"] = False


@pytest.fixture
def place(place: Place) -> Place:
    """The first three of the five can be reached; the fourth has a number that nobody verified."""
    for number, voter in enumerate(place.voters[:4]):
        phone = f"1380000000{number}"
        User.objects.filter(pk=voter.pk).update(phone_hash=keyed_hash(phone), phone_verified=number < 3)
    return place


def deliver(place: Place, now: dt.datetime) -> list[int]:
    """Let the outbox deliver, and return whom the gateway was told of."""
    SENT.clear()
    outbox.relay(by=place.system, now=now)
    return sorted(user.pk for user, _text, _url, _key in SENT)


def remind(place: Place, ballot: Ballot, **changes: Any) -> int:
    """Remind everybody as the staff does."""
    return operations.remind_voters(**{"by": place.staff, "now": ballot.opens_at + HOUR, "ballot": ballot, **changes})


def test_who_has_not_voted_and_can_be_reached_is_told_so_once(place: Place, english: None) -> None:
    ballot = place.open()
    place.cast(ballot, [[1]])
    deliver(place, ballot.opens_at + HOUR)

    told = remind(place, ballot)

    assert told == 2
    later = ballot.opens_at + 2 * HOUR
    operations.cast_vote(by=place.voters[1], now=later, ballot=ballot, choices=[1])  # before the message goes out
    assert deliver(place, later) == sorted([place.voters[1].pk, place.voters[2].pk])  # a receipt and a reminder
    texts = {user.pk: text for user, text, _url, _key in SENT}
    assert Vote.objects.get(entry__user=place.voters[1]).receipt in texts[place.voters[1].pk]
    assert ballot.question in texts[place.voters[2].pk]
    assert deliver(place, later + HOUR) == []
    ballot.refresh_from_db()
    assert (ballot.reminders, ballot.reminded_at) == (1, ballot.opens_at + HOUR)
    entry = AuditEntry.objects.get(verb="consultation.ballot.reminded")
    assert entry.after == {"reminder": 1, "people": 2, "not_reachable": 2}


def test_people_are_not_pressed(place: Place) -> None:
    ballot = place.open(closes_at=place.now + 10 * DAY)
    remind(place, ballot)
    first = ballot.opens_at + HOUR

    refusal = refused(reminding.ReminderTooSoon, remind, place=place, ballot=ballot, now=first + 2 * DAY - HOUR)

    assert set(refusal.params) == {"last", "next"}
    assert remind(place, ballot, now=first + 2 * DAY) == 3
    ballot.refresh_from_db()
    assert ballot.reminders == 2


def test_when_nobody_is_reminded(place: Place) -> None:
    frozen = place.freeze(place.prepare())
    refused(BallotNotOpen, remind, place=place, ballot=frozen, now=frozen.opens_at - HOUR)
    ballot = place.open()

    refused(NotAllowed, remind, place=place, ballot=ballot, by=place.voters[0])
    refused(NotAllowed, remind, place=place, ballot=ballot, by=place.holder(Role.GRID_WORKER))
    refused(BallotOver, remind, place=place, ballot=ballot, now=ballot.closes_at)
    place.cast(ballot, [[1], [1], [1]])
    refused(reminding.NobodyToRemind, remind, place=place, ballot=ballot, now=ballot.opens_at + 2 * HOUR)
    assert OutboxEvent.objects.filter(topic=reminding.REMINDER).count() == 0


def test_a_reminder_that_comes_too_late_is_not_sent(place: Place) -> None:
    ballot = place.open()
    remind(place, ballot)
    STATE["is_down"] = True
    assert deliver(place, ballot.opens_at + HOUR) == []
    STATE["is_down"] = False

    place.close(ballot)

    assert deliver(place, ballot.closes_at + HOUR) == []
    assert not OutboxEvent.objects.filter(topic=reminding.REMINDER, relayed_at=None).exists()


def test_a_gateway_that_was_down_gets_the_same_message_with_the_same_id(place: Place) -> None:
    ballot = place.open()
    STATE["is_down"] = True
    place.cast(ballot, [[1]])
    at = ballot.opens_at + HOUR
    assert deliver(place, at) == []
    STATE["is_down"] = False

    assert deliver(place, at + HOUR) == [place.voters[0].pk]

    assert SENT[0][3] == OutboxEvent.objects.get(topic="consultation.vote.cast").event_id


# ------------------------------------------------------------------------------------------------------------ receipts


def test_a_receipt_says_that_and_how_a_vote_was_cast_and_nothing_of_it(place: Place, english: None) -> None:
    ballot = place.open(method="SINGLE", options=[("甲方案", ""), ("乙方案", "")], question="选" * 60)
    place.cast(ballot, [[2]])
    entry = entry_of(ballot, place.voters[1])
    at = ballot.opens_at + HOUR
    paper = operations.enter_paper_vote(
        by=place.staff, now=at, ballot=ballot, entry=entry, serial_number="A", choices=[1]
    )
    operations.check_paper_vote(by=place.colleague, now=at, paper=paper, choices=[1])

    assert deliver(place, at) == sorted(voter.pk for voter in place.voters[:2])

    for user, text, url, _key in SENT:
        vote = Vote.objects.get(entry__user=user)
        assert vote.receipt in text
        assert "甲" not in text
        assert "乙" not in text
        assert "选" * (LONGEST_QUESTION - 1) + "…" in text
        assert url.endswith(f"/ballots/{ballot.pk}/")


def test_receipts_of_a_secret_ballot_come_after_the_closing_and_tell_no_hour(place: Place) -> None:
    ballot = place.open(is_secret=True)
    order = [place.voters[2], place.voters[0], place.voters[3], place.voters[1]]
    for number, voter in enumerate(order):
        operations.cast_vote(by=voter, now=ballot.opens_at + (number + 1) * HOUR, ballot=ballot, choices=[1])
    assert deliver(place, ballot.closes_at - HOUR) == []
    assert not OutboxEvent.objects.filter(topic__startswith="consultation.vote.").exists()

    place.close(ballot)
    outbox.relay(by=place.system, now=ballot.closes_at)  # the closing queues them
    reached = sorted(voter.pk for voter in place.voters[:3])

    events = list(OutboxEvent.objects.filter(topic="consultation.vote.receipt").order_by("pk"))
    numbers = [Vote.objects.get(pk=event.object_key).entry.number for event in events]
    assert numbers == sorted(numbers)
    assert len({event.created_at for event in events}) == 1
    told = {user.pk for user, _text, _url, _key in SENT} | set(deliver(place, ballot.closes_at + HOUR))
    assert sorted(told) == reached
    assert deliver(place, ballot.closes_at + DAY) == []


def test_what_is_said_of_votes_never_leaves_the_house() -> None:
    for topic in (reminding.REMINDER, "consultation.vote.receipt", "consultation.vote.cast"):
        assert topic.startswith(NEVER)


# ------------------------------------------------------------------------------------------------------------ surfaces


@pytest.mark.parametrize("is_secret", [False, True])
def test_staff_see_who_has_not_voted_with_masked_names_and_remind_by_page(
    place: Place, monkeypatch: pytest.MonkeyPatch, is_secret: bool
) -> None:
    place.resident("欧阳小满")
    ballot = place.open(is_secret=is_secret)
    place.cast(ballot, [[1], [2]])
    monkeypatch.setattr("governance.calendar.clock.now", lambda: ballot.opens_at + 2 * HOUR)
    address, browser = f"/ballots/{ballot.pk}/reminders/", Client()
    sign_in(browser, place.staff)

    page = browser.get(address)

    shown = page.content.decode()
    assert "欧阳小满" not in shown
    rows = list(page.context["page"].rows)
    assert {row.user_id for row in rows} == {voter.pk for voter in place.voters[2:]}
    assert all(row.masked_name in shown for row in rows)
    sent = browser.post(address)
    assert (sent.status_code, sent["Location"]) == (302, address)
    again = browser.post(address)
    assert again.status_code == 409
    ballot.refresh_from_db()
    assert ballot.reminders == 1


def test_nobody_else_sees_the_list(place: Place) -> None:
    ballot = place.open()
    address = f"/ballots/{ballot.pk}/reminders/"

    assert Client().get(address).status_code == 302
    for user in (place.voters[0], place.supervisor, UserFactory(resident=True)):
        browser = Client()
        sign_in(browser, user)
        assert browser.get(address).status_code == 403
        assert browser.post(address).status_code == 403
    draft, staff = place.prepare(), Client()
    sign_in(staff, place.staff)
    assert staff.get(f"/ballots/{draft.pk}/reminders/").status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same(place: Place, count: int, django_assert_max_num_queries: Any) -> None:
    ballot, browser = place.open(), Client()
    place.cast(ballot, [[1]] * (5 - count))
    sign_in(browser, place.staff)

    with django_assert_max_num_queries(10):
        assert len(browser.get(f"/ballots/{ballot.pk}/reminders/").context["page"].rows) == count


def test_the_api_and_the_desk_remind_by_the_same_rule(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    ballot = place.open(closes_at=place.now + 10 * DAY)
    moment = [ballot.opens_at + HOUR]
    monkeypatch.setattr("governance.calendar.clock.now", lambda: moment[0])
    caller = session_client(place.staff)
    address = f"/api/v1/ballots/{ballot.pk}/remind"

    assert session_client(place.voters[0]).post(address).status_code == 403
    first, second = caller.post(address), caller.post(address)
    assert (first.status_code, first.json()) == (200, {"people": 3})
    assert (second.status_code, second.json()["code"]) == (409, "reminder_too_soon")
    moment[0] += 3 * DAY
    desk = desk_client(place.staff)
    desk.post(f"/desk/consultation/ballot/{ballot.pk}/deeds/remind/")
    ballot.refresh_from_db()
    assert ballot.reminders == 2


def test_the_database_reminds_seldom(place: Place) -> None:
    ballot = place.open(closes_at=place.now + 10 * DAY)
    change = "UPDATE consultation_ballot SET reminders = {}, reminded_at = opens_at + interval '{}' WHERE id = %s"
    assert violated(change.format(1, "20 days"), ballot.pk) == "ballot_reminds_seldom"
    assert violated(change.format(2, "1 hour"), ballot.pk) == "ballot_reminds_seldom"
    remind(place, ballot)

    assert violated(change.format(2, "24 hours"), ballot.pk) == "ballot_reminds_seldom"
    assert violated(change.format(1, "26 hours"), ballot.pk) == "ballot_reminds_seldom"
    draft = place.prepare()
    assert violated(change.format(1, "1 hour"), draft.pk) == "ballot_reminds_seldom"
    assert violated("UPDATE consultation_ballot SET reminders = 0 WHERE id = %s", ballot.pk) == "ballot_reminds_seldom"
