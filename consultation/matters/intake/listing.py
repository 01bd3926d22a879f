"""The quarterly list of livelihood matters: begun, filled with public matters, settled in the order of people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.territory.models import Tier
from consultation.matters.intake.lifecycle import JoiningStatus, ListStatus
from consultation.matters.intake.lists import LivelihoodEntry, LivelihoodList
from consultation.matters.intake.models import MatterJoining
from consultation.matters.intake.queries import people_behind
from consultation.matters.models import Matter
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from communities.territory.models import Division
    from governance.accounts.models import User

MOST_ENTRIES = 50
MONTHS = 3


class ListRepeated(Conflict):
    """One list for each quarter."""

    code = "list_repeated"
    message = _("There is a list for this quarter already.")


class DayNotInQuarter(Invalid):
    """A list is supported within its quarter, and from today on."""

    code = "day_not_in_quarter"
    message = _("Choose a day from today to the end of the quarter.")


class PlaceHasNoList(NotNow):
    """Lists are made in a community that exists."""

    code = "place_has_no_list"
    message = _("%(place)s is not a community in operation.")


class NotForTheList(NotNow):
    """What stands on the list everybody can read and support."""

    code = "not_for_the_list"
    message = _("%(number)s is not public, is handled together with another matter, or belongs to another place.")


class EntryRepeated(Conflict):
    """A matter stands on a list once."""

    code = "entry_repeated"
    message = _("%(number)s stands on the list already.")


class ListIsFull(NotNow):
    """A list that nobody reads to its end orders nothing."""

    code = "list_is_full"
    message = _("A list holds at most %(limit)s matters.")


class ListIsSettled(NotNow):
    """A settled list stays."""

    code = "list_is_settled"
    message = _("The list has been settled.")


class SupportRuns(NotNow):
    """A list is settled when its days are over."""

    code = "support_runs"
    message = _("The list can be supported until %(day)s; it is settled after that.")


def begin_list(*, by: User, now: dt.datetime, today: dt.date, division: Division, closes_on: dt.date) -> LivelihoodList:
    """Begin the list of the present quarter for a community.

    Raises:
        NotAllowed, PlaceHasNoList: `by` does not work there, or it is no community.
        DayNotInQuarter, ListRepeated: the day or the quarter does not fit.
    Basis: report S2: stewards collect pressing livelihood matters every quarter.
    """
    require(by, "consultation.settle_livelihood_list", division)
    if division.tier != Tier.COMMUNITY or not division.is_open:
        raise PlaceHasNoList(field="division", place=division)
    quarter = (today.month - 1) // MONTHS + 1
    if closes_on < today or (closes_on.year, (closes_on.month - 1) // MONTHS + 1) != (today.year, quarter):
        raise DayNotInQuarter(field="closes_on")
    try:
        with transaction.atomic():
            row = LivelihoodList.objects.create(
                division=division, year=today.year, quarter=quarter, closes_on=closes_on, begun_at=now, begun_by=by
            )
            audit.record(by=by, verb="consultation.livelihood.begun", row=row, now=now, after={"quarter": quarter})
            outbox.emit(by=by, topic="consultation.livelihood.begun", row=row, now=now, payload={"quarter": quarter})
    except IntegrityError as error:
        if "livelihoodlist_one_a_quarter" in str(error):
            raise ListRepeated from error
        raise
    return row


def enter_matter(*, by: User, now: dt.datetime, livelihood_list: LivelihoodList, matter: Matter) -> LivelihoodEntry:
    """Put a public matter of the place on its list.

    Raises:
        NotAllowed: `by` does not work there.
        ListIsSettled, ListIsFull, NotForTheList, EntryRepeated: not this one, not now.
    """
    with transaction.atomic():
        row = _locked(livelihood_list)
        require(by, "consultation.settle_livelihood_list", row)
        if row.status != ListStatus.COLLECTING:
            raise ListIsSettled
        if row.entries.count() >= MOST_ENTRIES:
            raise ListIsFull(limit=MOST_ENTRIES)
        is_joined = MatterJoining.objects.filter(matter=matter, status=JoiningStatus.STANDING).exists()
        if not matter.is_public or is_joined or not matter.division.path.startswith(row.division.path):
            raise NotForTheList(field="matter", number=matter.number)
        if row.entries.filter(matter=matter).exists():
            raise EntryRepeated(field="matter", number=matter.number)
        made = LivelihoodEntry.objects.create(livelihood_list=row, matter=matter, entered_at=now, entered_by=by)
        audit.record(by=by, verb="consultation.livelihood.entered", row=row, now=now, after={"matter": matter.number})
        return made


def settle_list(*, by: User, now: dt.datetime, today: dt.date, livelihood_list: LivelihoodList) -> LivelihoodList:
    """Keep how many people stand behind each matter, and their order; equal numbers share a rank, the older one first.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or it is settled.
        SupportRuns: the days are not over.
    """
    with transaction.atomic():
        row = _locked(livelihood_list)
        lifecycle.require(row, "settle", by=by)
        if row.closes_on >= today:
            raise SupportRuns(day=row.closes_on)
        entries = list(row.entries.select_related("matter").order_by("matter_id"))
        people = people_behind([entry.matter for entry in entries])
        moved = lifecycle.move(row, "settle", by=by, now=now)
        for entry in entries:
            entry.people = people[entry.matter_id]
            entry.rank = 1 + sum(other > entry.people for other in people.values())
        LivelihoodEntry.objects.bulk_update(entries, ["people", "rank"])
        return moved


def settle_due_lists(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Settle the lists whose days are over; each in its own transaction; return their keys."""
    due = LivelihoodList.objects.filter(status=ListStatus.COLLECTING, closes_on__lt=today).order_by("pk")
    return [settle_list(by=by, now=now, today=today, livelihood_list=row).pk for row in list(due[:200])]


def _locked(row: LivelihoodList) -> LivelihoodList:
    return LivelihoodList.objects.select_for_update(of=("self",)).select_related("division").get(pk=row.pk)
