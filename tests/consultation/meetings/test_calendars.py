"""The calendar feed is what RFC 5545 asks for: escaped, folded by octets, ended by CRLF."""

from __future__ import annotations

from django.test import Client

from consultation.meetings.calendars import calendar_of, escaped, folded, make_link, owner_of
from tests.factories.consultation_ballots import DAY
from tests.factories.consultation_meetings import Hall


def unfolded(text: str) -> list[str]:
    """Read a calendar as its readers do."""
    assert text.endswith("\r\n")
    assert "\n" not in text.replace("\r\n", "")
    assert max(len(line.encode()) for line in text.split("\r\n")) <= 75
    return text.replace("\r\n ", "").split("\r\n")


def test_text_is_escaped() -> None:
    assert escaped("a,b;c\\d\r\ne\nf\x07") == "a\\,b\\;c\\\\d\\ne\\nf"


def test_lines_fold_between_signs_and_come_back_whole() -> None:
    line = "SUMMARY:" + "社区议事会，" * 30

    assert unfolded(folded(line))[0] == line
    assert folded("A" * 75) == "A" * 75 + "\r\n"
    assert folded("A" * 76) == "A" * 75 + "\r\n A\r\n"


def test_a_meeting_is_an_event_and_a_cancelled_one_says_so(hall: Hall) -> None:
    meeting = hall.plan(place="二楼, 议事厅")
    hall.add(meeting)
    hall.invite(meeting)
    meeting.refresh_from_db()
    lines = unfolded(calendar_of("议事会", [meeting], hall.place.now))

    assert f"UID:meeting-{meeting.pk}@127.0.0.1" in lines
    assert "LOCATION:二楼\\, 议事厅" in lines
    assert "DTSTART:20260309T040000Z" in lines
    meeting.status = "CANCELLED"
    assert "STATUS:CANCELLED" in unfolded(calendar_of("议事会", [meeting], hall.place.now))


def test_feeds_of_place_body_and_person(hall: Hall, client: Client) -> None:
    meeting = hall.plan()
    hall.add(meeting)
    planned = client.get(f"/divisions/{hall.division.pk}/meetings.ics")
    assert b"VEVENT" not in planned.content
    hall.invite(meeting)
    token = make_link(by=hall.members[1], now=hall.place.now)

    for address in (
        f"/divisions/{hall.division.pk}/meetings.ics",
        f"/councils/{hall.council.pk}/meetings.ics",
        f"/meetings/calendar/{token}.ics",
    ):
        answer = client.get(address)
        assert answer["Content-Type"] == "text/calendar; charset=utf-8"
        assert answer.content.count(b"BEGIN:VEVENT") == 1
    renewed = make_link(by=hall.members[1], now=hall.place.now + DAY)
    assert client.get(f"/meetings/calendar/{token}.ics").status_code == 404
    assert owner_of(renewed) == hall.members[1]
