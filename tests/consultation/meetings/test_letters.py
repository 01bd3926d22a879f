"""Invitations and cancellations by message, once each; who is not reached stands on the list of those to be told in person."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.bodies.models import BodyMembership
from communities.people.models import Role
from consultation.meetings import operations
from consultation.meetings.inviting.models import MeetingLetter
from consultation.meetings.inviting.operations import LetterDone, tell_all_in_person
from consultation.meetings.models import Attendance
from consultation.topics.following.channels import ChannelSilent, Letter
from consultation.topics.following.models import Follow
from governance.accounts.models import User
from governance.accounts.secrets import keyed_hash
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.outbox import operations as outbox
from governance.outbox.models import OutboxEvent
from governance.partners.policy import NEVER
from tests.conftest import as_owner
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import HOUR, Place
from tests.factories.consultation_meetings import Hall
from tests.people import sign_in, token_client
from tests.walls import alone, copied

SENT: list[tuple[int, str, str, uuid.UUID]] = []
STATE = {"is_down": False}


def hand_over(letter: Letter, text: str, url: str) -> None:
    """Stand for a gateway, which may be down."""
    if STATE["is_down"]:
        raise ChannelSilent
    SENT.append((letter.user.pk, text, url, letter.message_id))


@pytest.fixture(autouse=True)
def gateway(settings: Any) -> None:
    """A gateway that keeps what it is handed."""
    settings.DIGEST_CHANNELS = {"SMS": f"{__name__}.hand_over", "WECHAT": f"{__name__}.hand_over"}
    SENT.clear()
    STATE["is_down"] = False


@pytest.fixture
def hall(place: Place) -> Hall:
    """A council of five: three have a verified number, one has none, and one has no log-in."""
    hall = Hall(place, size=4)
    for number, user in enumerate(hall.members[:3]):
        give_phone(user, f"1380000000{number}")
    seat = BodyMembership.objects.filter(body=hall.body).last()
    assert seat is not None
    BodyMembership.objects.create(body=hall.body, name="无手机老人", seat=seat.seat, valid_from=seat.valid_from)
    return hall


def give_phone(user: User, number: str) -> None:
    """Give somebody a verified number."""
    user.phone, user.phone_hash, user.phone_verified = number, keyed_hash(number), True
    user.save()


def deliver(place: Place, now: dt.datetime) -> list[int]:
    """Let the outbox deliver, and return whom the gateway was told of."""
    SENT.clear()
    outbox.relay(by=place.system, now=now)
    return sorted(user for user, _text, _url, _key in SENT)


def invited(hall: Hall) -> Any:
    """Return a meeting to which people are invited."""
    meeting = hall.plan()
    hall.add(meeting)
    return hall.invite(meeting)


def test_everybody_on_the_list_is_told_once(hall: Hall, english: None) -> None:
    meeting = invited(hall)
    assert MeetingLetter.objects.count() == Attendance.objects.filter(meeting=meeting).count() == 5

    assert deliver(hall.place, hall.place.now) == sorted(user.pk for user in hall.members[:3])

    _user, text, url, _key = SENT[0]
    assert meeting.title[:10] in text
    assert url.endswith(f"/meetings/{meeting.pk}/")
    assert deliver(hall.place, hall.place.now + HOUR) == []
    sent = MeetingLetter.objects.filter(sent_at__isnull=False)
    assert set(sent.values_list("channel", "occasion")) == {("SMS", "INVITATION")}
    waiting = MeetingLetter.objects.to_tell().order_by("pk").values_list("attendance__name", flat=True)
    assert list(waiting) == ["议事员3", "无手机老人"]


def test_a_gateway_that_is_down_gets_the_letters_later(hall: Hall) -> None:
    invited(hall)
    STATE["is_down"] = True
    assert deliver(hall.place, hall.place.now) == []
    assert MeetingLetter.objects.unsent().count() == 3
    STATE["is_down"] = False
    assert len(deliver(hall.place, hall.place.now + 24 * HOUR)) == 3


def test_the_way_somebody_chose_is_taken(hall: Hall) -> None:
    user = hall.members[3]
    Follow.objects.create(user=user, division=hall.division, channel="WECHAT", language="en", begun_at=hall.place.now)
    invited(hall)
    assert user.pk in deliver(hall.place, hall.place.now)
    assert MeetingLetter.objects.get(attendance__user=user).channel == "WECHAT"
    assert next(text for key, text, _url, _id in SENT if key == user.pk).count("you are invited") == 1


def test_a_cancellation_follows_and_the_invitation_is_not_sent_any_more(hall: Hall, english: None) -> None:
    meeting = invited(hall)
    operations.cancel_meeting(by=hall.place.staff, now=hall.place.now + HOUR, meeting=meeting, reason="停电")

    assert len(deliver(hall.place, hall.place.now + HOUR)) == 3

    assert all("is cancelled" in text for _user, text, _url, _key in SENT)
    assert MeetingLetter.objects.filter(occasion="CANCELLATION").count() == 5
    planned = hall.plan()
    operations.cancel_meeting(by=hall.place.staff, now=hall.place.now + HOUR, meeting=planned, reason="未成")
    assert not MeetingLetter.objects.filter(attendance__meeting=planned).exists()


def test_stewards_tell_those_whom_no_message_reaches(hall: Hall) -> None:
    meeting = invited(hall)
    deliver(hall.place, hall.place.now)
    steward = hall.place.holder(Role.STEWARD)
    waiting = list(MeetingLetter.objects.to_tell())
    given = {"now": hall.place.now + HOUR, "letters": waiting, "how": "上门告知"}
    with pytest.raises(NotAllowed):
        tell_all_in_person(by=hall.members[0], **given)
    assert tell_all_in_person(by=steward, **given) == 2
    with pytest.raises(LetterDone):
        tell_all_in_person(by=steward, **given)
    assert AuditEntry.objects.filter(verb="consultation.meeting_letter.told").count() == 2
    assert not MeetingLetter.objects.filter(attendance__meeting=meeting).to_tell().exists()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_letters(hall: Hall, count: int, english: None) -> None:
    seat = BodyMembership.objects.filter(body=hall.body).last()
    assert seat is not None
    for number in range(count - 1):
        BodyMembership.objects.create(body=hall.body, name=f"老人{number}", seat=seat.seat, valid_from=seat.valid_from)
    give_phone(hall.members[3], "13800000009")
    meeting = invited(hall)
    deliver(hall.place, hall.place.now)
    home = f"/meetings/{meeting.pk}/letters/"
    steward, stranger = Client(headers={"accept-language": "en"}), Client()
    sign_in(steward, hall.place.holder(Role.STEWARD))
    sign_in(stranger, UserFactory(resident=True))
    assert Client().get(home).status_code == 302
    assert stranger.get(home).status_code == 403
    steward.get(home)
    with CaptureQueriesContext(connection) as spent:
        page = steward.get(home).content.decode()
    assert len(spent) == 8, "\n".join(row["sql"][:160] for row in spent.captured_queries)
    assert page.count('type="checkbox"') == count
    empty = steward.post(home, {})
    assert empty.status_code == 400
    first = MeetingLetter.objects.to_tell()[0]
    missing = steward.post(home, {"letters": [first.pk], "how": ""})
    assert missing.status_code == 400
    assert "checked" in missing.content.decode()
    assert steward.post(home, {"letters": [first.pk], "how": "上门"}).status_code == 302
    first.refresh_from_db()
    assert first.told_how == "上门"


@pytest.mark.parametrize("count", [1, 3])
def test_the_api_tells_who_was_reached_by_which_channel(hall: Hall, count: int, django_assert_num_queries: Any) -> None:
    seat = BodyMembership.objects.filter(body=hall.body).last()
    assert seat is not None
    for number in range(count - 1):
        BodyMembership.objects.create(body=hall.body, name=f"老人{number}", seat=seat.seat, valid_from=seat.valid_from)
    give_phone(hall.members[3], "13800000009")
    meeting = invited(hall)
    deliver(hall.place, hall.place.now)
    list_, told = "/api/v1/meeting-letters", "/api/v1/meeting-letters/told"
    staff = token_client(hall.place.staff)
    staff.get(list_)
    with django_assert_num_queries(3):  # the token with its user, the posts, the letters
        found = staff.get(f"{list_}?meeting={meeting.pk}&state=TO_TELL").json()["results"]
    reached = staff.get(f"{list_}?channel=SMS&page_size=3").json()

    assert len(found) == count
    assert (found[-1]["name"], found[-1]["channel"], found[-1]["state"]) == ("无***人", "", "TO_TELL")
    assert ({row["state"] for row in reached["results"]}, len(reached["results"])) == ({"SENT"}, 3)
    assert reached["next"]
    everything = staff.get(list_).content.decode()
    assert not any(word in everything for word in ("1380000", *(user.display_name for user in hall.members)))

    steward = token_client(hall.place.holder(Role.STEWARD))
    keys = [row["id"] for row in found]
    assert steward.post(told, {"letters": [*keys, 99_999_999], "how": "上门"}, format="json").status_code == 400
    assert steward.post(told, {"letters": keys, "how": "电话13812345678"}, format="json").status_code == 400
    assert steward.post(told, {"letters": keys, "how": "上门"}, format="json").json() == {"told": count}
    assert steward.post(told, {"letters": keys, "how": "上门"}, format="json").status_code == 409
    assert steward.get(f"{list_}/{keys[0]}").json()["told_how"] == "上门"


def test_letters_are_read_in_their_place_only(hall: Hall) -> None:
    invited(hall)
    one = MeetingLetter.objects.all()[0]
    elsewhere = token_client(Place(hall.place.now).staff)
    assert elsewhere.get("/api/v1/meeting-letters").json()["results"] == []
    assert elsewhere.get(f"/api/v1/meeting-letters/{one.pk}").status_code == 404
    assert token_client(hall.members[0]).get("/api/v1/meeting-letters").status_code == 403
    assert token_client(hall.place.holder(Role.AUDITOR)).get("/api/v1/meeting-letters").status_code == 403


def test_who_is_invited_never_leaves_the_house(hall: Hall) -> None:
    invited(hall)
    topics = OutboxEvent.objects.filter(topic__startswith="consultation.meeting_letter")
    assert topics.count() == 4
    assert all(topic.startswith(NEVER) for topic in topics.values_list("topic", flat=True))


@pytest.mark.django_db(transaction=True)
def test_each_wall_refuses_alone(hall: Hall) -> None:
    invited(hall)
    letter = MeetingLetter.objects.unsent()[0]
    change = f"UPDATE {letter._meta.db_table} SET %s WHERE id = {letter.pk}"
    with as_owner():
        alone("meetingletter_one_an_occasion", copied(letter))
        alone("meetingletter_occasion_is_known", change % "occasion = 'PARTY'")
        alone("meetingletter_sent_by_a_channel", change % "sent_at = queued_at")
        alone("meetingletter_sent_or_dropped", change % "sent_at = queued_at, channel = 'SMS', dropped_at = queued_at")
        alone("meetingletter_told_by_somebody", change % "told_at = queued_at")
