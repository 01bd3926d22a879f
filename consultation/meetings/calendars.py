"""Meetings as a calendar that phones and offices subscribe to (iCalendar, RFC 5545), and its private addresses."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from consultation.meetings.lifecycle import MeetingStatus
from consultation.meetings.models import Meeting
from consultation.meetings.policy import digest_of
from consultation.meetings.record import CalendarLink
from governance.audit import operations as audit
from governance.errors import NotAllowed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from governance.accounts.models import User

LINE = 75
"""Octets of a line without its end (Basis: RFC 5545 section 3.1)."""
SHOWN_DAYS = 400
MOST_EVENTS = 500


def escaped(text: str) -> str:
    """Return a text value: backslash, semicolon, comma and line ends are escaped (Basis: RFC 5545 section 3.3.11)."""
    plain = text.replace("\r\n", "\n").replace("\r", "\n")
    for sign in ("\\", ";", ","):
        plain = plain.replace(sign, "\\" + sign)
    return "".join(sign for sign in plain.replace("\n", "\\n") if sign == "\t" or ord(sign) >= ord(" "))


def folded(line: str) -> str:
    """Return a content line folded to 75 octets, never within a sign, ended by CRLF (Basis: RFC 5545 section 3.1)."""
    parts, current, size = [], "", 0
    for sign in line:
        length = len(sign.encode())
        if size + length > LINE:
            parts.append(current)
            current, size = " ", 1
        current += sign
        size += length
    return "\r\n".join([*parts, current]) + "\r\n"


def stamp(moment: dt.datetime) -> str:
    """Return a moment in UTC."""
    return moment.astimezone(dt.UTC).strftime("%Y%m%dT%H%M%SZ")


def event_lines(meeting: Meeting, now: dt.datetime, host: str) -> list[str]:
    """Return the lines of one meeting; one that was cancelled stays in the calendar as such."""
    is_off = meeting.status == MeetingStatus.CANCELLED
    address = str(settings.SITE_URL).rstrip("/") + meeting.get_absolute_url()
    papers = _("Agenda and papers: %(address)s") % {"address": address}
    return [
        "BEGIN:VEVENT",
        f"UID:meeting-{meeting.pk}@{host}",
        f"DTSTAMP:{stamp(now)}",
        f"DTSTART:{stamp(meeting.held_at)}",
        f"DTEND:{stamp(meeting.ends_at)}",
        f"SUMMARY:{escaped(f'{meeting.body.name}: {meeting.title}')}",
        f"LOCATION:{escaped(meeting.place)}",
        f"DESCRIPTION:{escaped(papers)}",
        f"URL:{address}",
        f"STATUS:{'CANCELLED' if is_off else 'CONFIRMED'}",
        f"SEQUENCE:{1 if is_off else 0}",
        "END:VEVENT",
    ]


def calendar_of(name: str, meetings: Iterable[Meeting], now: dt.datetime) -> str:
    """Return the calendar of these meetings."""
    host = str(settings.SITE_URL).split("://", 1)[-1].split("/", 1)[0].split(":", 1)[0]
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//{host}//meetings//ZH",
        "CALSCALE:GREGORIAN",
        "METHOD:PUBLISH",
        f"NAME:{escaped(name)}",
        f"X-WR-CALNAME:{escaped(name)}",
        "REFRESH-INTERVAL;VALUE=DURATION:PT6H",
    ]
    for meeting in meetings:
        lines += event_lines(meeting, now, host)
    return "".join(folded(line) for line in [*lines, "END:VCALENDAR"])


def make_link(*, by: User, now: dt.datetime) -> str:
    """Return a new private address for one's own calendar; the one before ends. It is shown once and kept as a hash.

    Raises:
        NotAllowed: no person.
    """
    if not by.has_perm("consultation.attend_meeting"):
        raise NotAllowed
    token = secrets.token_urlsafe(24)
    with transaction.atomic():
        row, _made = CalendarLink.objects.update_or_create(
            user=by, defaults={"digest": digest_of(token), "made_at": now}
        )
        audit.record(by=by, verb="consultation.calendar_link.made", row=row, now=now)
    return token


def owner_of(token: str) -> User | None:
    """Return whose calendar a private address is; one query."""
    row = CalendarLink.objects.filter(digest=digest_of(token), user__is_active=True).select_related("user").first()
    return row.user if row is not None else None
