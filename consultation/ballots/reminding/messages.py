"""What the outbox calls to tell people on a roll something: that they have not voted, or that their vote was cast.

A message goes to the person whose entry it is, whoever cast the vote: so somebody for whom a sheet was entered or a proxy
voted hears of it. It holds the receipt and nothing of what was chosen. Of a secret ballot receipts go out after the
closing, all at once and in the order of the roll: a message at the moment of the cast would tell its hour.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext, override

from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, Channel, RollEntry, RollEntryQuerySet, Vote
from consultation.ballots.queries import shown_moment
from consultation.ballots.reminding.operations import REMINDER
from consultation.topics.following import channels
from consultation.topics.following.queries import way_to
from governance.accounts.queries import system_actor
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from governance.outbox.models import OutboxEvent

CAST = "consultation.vote.cast"
RECEIPT = "consultation.vote.receipt"
LONGEST_QUESTION = 40


@dataclass(frozen=True, slots=True)
class Told:
    """A person's entry with the way on which they are told."""

    entry: RollEntry
    letter: channels.Letter
    language: str


def deliver(event: OutboxEvent, now: dt.datetime) -> None:
    """Send the message of an event; the outbox calls it again until it does not raise, with the same id."""
    if event.topic == REMINDER:
        remind(event, now)
    elif event.topic in {CAST, RECEIPT}:
        hand_out(event)


def remind(event: OutboxEvent, now: dt.datetime) -> None:
    """Tell somebody that no vote stands for them, unless one does by now or the ballot is over."""
    entries = RollEntry.objects.missing().filter(ballot__status=BallotStatus.OPEN, ballot__closes_at__gt=now)
    told = _told(event, entries.filter(pk=event.object_key))
    if told is None:
        return
    ballot = told.entry.ballot
    with override(told.language):
        words = gettext(
            "%(place)s: the vote “%(question)s” runs until %(closes)s. No vote has been cast for you yet."
        ) % {
            "place": ballot.division.short_name,
            "question": _short(ballot.question),
            "closes": shown_moment(ballot.closes_at),
        }
    channels.send(told.letter, words, _address("ballot-vote", ballot))


def hand_out(event: OutboxEvent) -> None:
    """Send somebody the receipt of the vote that stands for them."""
    vote = Vote.objects.filter(pk=event.object_key).first()
    told = _told(event, RollEntry.objects.filter(pk=vote.entry_id)) if vote else None
    if vote is None or told is None:
        return
    ballot = told.entry.ballot
    with override(told.language):
        words = gettext("%(place)s: a vote was cast for you in “%(question)s” (%(channel)s). Receipt %(receipt)s.") % {
            "place": ballot.division.short_name,
            "question": _short(ballot.question),
            "channel": Channel(vote.channel).label,
            "receipt": vote.receipt,
        }
        if vote.by_proxy:
            words += " " + gettext("It was cast by the holder of your proxy.")
    channels.send(told.letter, words, _address("ballot-detail", ballot))


def queue_receipts(event: OutboxEvent, now: dt.datetime) -> None:
    """Queue the receipts of a secret ballot that has closed, in the order of the roll."""
    ballot = Ballot.objects.filter(pk=event.object_key, is_secret=True).select_related("division").first()
    if ballot is None:
        return
    reachable = RollEntry.objects.filter(ballot=ballot).reachable()
    votes = list(Vote.objects.filter(ballot=ballot, entry__in=reachable).order_by("entry__number"))
    for vote in votes:
        vote.ballot = ballot
    with transaction.atomic():
        payloads = [{"ballot": ballot.pk}] * len(votes)
        outbox.emit_all(by=system_actor(), topic=RECEIPT, rows=votes, now=now, payloads=payloads)


def _told(event: OutboxEvent, entries: RollEntryQuerySet) -> Told | None:
    """Return the one entry with the way to its person, or nothing where they cannot be reached."""
    entry = entries.reachable().select_related("user", "ballot__division").first()
    if entry is None or entry.user is None:
        return None
    channel, language = way_to(entry.user, entry.ballot.division_id)
    return Told(entry, channels.Letter(entry.user, channel, event.event_id), language or settings.LANGUAGE_CODE)


def _short(question: str) -> str:
    return question if len(question) <= LONGEST_QUESTION else f"{question[: LONGEST_QUESTION - 1]}…"


def _address(name: str, ballot: Ballot) -> str:
    return str(settings.SITE_URL).rstrip("/") + reverse(f"consultation:{name}", kwargs={"pk": ballot.pk})
