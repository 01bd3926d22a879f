"""Petitions on calendar days; the clock of the hotline stops."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.bodies.models import Body
from consultation.matters import operations
from consultation.matters.handling import dispatching, petitions
from consultation.matters.handling.dispatching import DisputeTooLate, NotToBeHandedOver
from consultation.matters.handling.lifecycle import PetitionStatus
from consultation.matters.handling.models import Petition
from consultation.matters.handling.petitions import NotToBePutOff, PutOffNotYours, ReviewTooLate
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter
from governance.accounts.models import User
from governance.calendar.models import CalendarDay
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing, SamePerson
from tests.consultation.matters.handling.conftest import at
from tests.people import House

DAY = dt.timedelta(days=1)


@pytest.fixture
def petition(house: House, raised: Any, now: dt.datetime) -> Petition:
    """A matter that is handled as a petition."""
    return petitions.mark_petition(by=house.people["street_officer"], now=now, matter=raised(), reason="属于信访事项。")


def test_the_clock_of_the_hotline_stops(*, petition: Petition, community_staff: User, system: User) -> None:
    matter = Matter.objects.get(pk=petition.matter_id)
    assert (matter.status, petition.due_on) == (MatterStatus.PETITION, dt.date(2026, 3, 19))
    later = at(dt.date(2027, 1, 1))

    assert operations.escalate_overdue_matters(by=system, now=later, today=later.date()) == []
    with pytest.raises((MoveHindered, MoveForbidden)):
        operations.answer_matter(by=community_staff, now=later, matter=matter, reply="等等。")


def test_it_needs_a_reason_and_happens_once(
    *, petition: Petition, raised: Any, street_officer: User, now: dt.datetime
) -> None:
    with pytest.raises(ReasonMissing):
        petitions.mark_petition(by=street_officer, now=now, matter=raised(), reason=" ")
    with pytest.raises(MoveClosed):
        petitions.mark_petition(by=street_officer, now=now, matter=petition.matter, reason="再来。")
    assert Petition.objects.count() == 1


def test_the_whole_way_on_calendar_days(
    *,
    petition: Petition,
    street_officer: User,
    street_reviewer: User,
    district_admin: User,
    district_officer: User,
    resident: User,
    now: dt.datetime,
) -> None:
    CalendarDay.objects.create(day=dt.date(2026, 3, 5), is_workday=False)  # no holiday moves a petition's day
    told = petitions.tell_petitioner(by=street_officer, now=now, petition=petition)
    assert told.due_on == dt.date(2026, 5, 3)
    for person in (street_officer, resident):
        with pytest.raises(PutOffNotYours):
            petitions.put_petition_off(by=person, now=now, petition=told, reason="案情复杂。")
    put_off = petitions.put_petition_off(by=street_reviewer, now=now, petition=told, reason="案情复杂。")
    assert put_off.due_on == dt.date(2026, 6, 2)
    with pytest.raises(NotToBePutOff):
        petitions.put_petition_off(by=district_admin, now=now, petition=put_off, reason="再延。")

    done = petitions.finish_petition(by=street_officer, now=now, petition=put_off, opinion="予以支持。")

    matter = Matter.objects.get(pk=petition.matter_id)
    assert (done.status, done.due_on) == (PetitionStatus.FINISHED, dt.date(2026, 4, 3))
    assert (matter.status, matter.reply) == (MatterStatus.ANSWERED, "予以支持。")
    asked = petitions.ask_review(by=resident, now=now, petition=done)
    assert (asked.status, asked.due_on) == (PetitionStatus.REVIEWING, dt.date(2026, 4, 3))
    with pytest.raises(MoveForbidden):
        petitions.review_petition(by=street_officer, now=now, petition=asked, opinion="维持。")
    reviewed = petitions.review_petition(by=street_reviewer, now=now, petition=asked, opinion="维持。")
    again = petitions.ask_review(by=resident, now=now, petition=reviewed)
    assert again.status == PetitionStatus.REREVIEWING
    with pytest.raises(MoveForbidden):
        petitions.review_petition(by=district_officer, now=now, petition=again, opinion="维持。")

    settled = petitions.review_petition(by=district_admin, now=now, petition=again, opinion="终结。")

    assert (settled.status, settled.second_opinion) == (PetitionStatus.SETTLED, "终结。")


def test_who_gave_the_opinion_does_not_review_it(
    *, petition: Petition, street_reviewer: User, resident: User, now: dt.datetime
) -> None:
    told = petitions.tell_petitioner(by=street_reviewer, now=now, petition=petition)
    done = petitions.finish_petition(by=street_reviewer, now=now, petition=told, opinion="不予支持。")
    asked = petitions.ask_review(by=resident, now=now, petition=done)

    with pytest.raises(SamePerson):
        petitions.review_petition(by=street_reviewer, now=now, petition=asked, opinion="维持。")


def test_the_last_day_for_a_review(
    *, petition: Petition, street_officer: User, resident: User, system: User, now: dt.datetime
) -> None:
    told = petitions.tell_petitioner(by=street_officer, now=now, petition=petition)
    done = petitions.finish_petition(by=street_officer, now=now, petition=told, opinion="不予支持。")
    last = at(done.due_on, 23)
    with pytest.raises(ReviewTooLate):
        petitions.ask_review(by=resident, now=last + DAY, petition=done)

    assert petitions.run_petition_clock(by=system, now=last, today=last.date()) == []
    assert petitions.run_petition_clock(by=system, now=last + DAY, today=last.date() + DAY) == [petition.pk]
    assert petitions.run_petition_clock(by=system, now=last + DAY, today=last.date() + DAY) == []

    petition.refresh_from_db()
    assert petition.status == PetitionStatus.SETTLED


def test_a_late_petition_is_marked_once(*, petition: Petition, system: User) -> None:
    over = at(petition.due_on) + DAY

    assert petitions.run_petition_clock(by=system, now=over, today=over.date()) == [petition.pk]
    assert petitions.run_petition_clock(by=system, now=over, today=over.date()) == []

    petition.refresh_from_db()
    assert (petition.status, petition.overdue_at) == (PetitionStatus.REGISTERED, over)


# ----------------------------------------------------------------------------------------------------------- transfers


def test_a_petition_is_transferred_and_the_transfer_disputed_in_five_working_days(
    *, petition: Petition, office: Body, clerk: User, street_officer: User, street_reviewer: User, now: dt.datetime
) -> None:
    matter = Matter.objects.get(pk=petition.matter_id)
    order = dispatching.assign_matter(by=street_officer, now=now, matter=matter, body=office)
    assert (order.due_on, order.due_at, order.dispute_due_on) == (petition.due_on, None, dt.date(2026, 3, 11))
    assert Matter.objects.get(pk=matter.pk).status == MatterStatus.PETITION

    with pytest.raises(DisputeTooLate):
        dispatching.dispute_order(by=clerk, now=at(dt.date(2026, 3, 12), 0), order=order, reason="不归我们管。")
    disputed = dispatching.dispute_order(by=clerk, now=at(dt.date(2026, 3, 11), 23), order=order, reason="不归我们管。")
    done = dispatching.release_order(by=street_reviewer, now=now, order=disputed, reason="属水务。")

    assert (done.status, Matter.objects.get(pk=matter.pk).status) == ("RETURNED", MatterStatus.PETITION)
    again = dispatching.assign_matter(by=street_officer, now=now, matter=matter, body=office)
    assert again.status == "SENT"


def test_a_late_authority_shows_once_and_the_opinion_ends_its_order(
    *, petition: Petition, office: Body, clerk: User, street_officer: User, system: User, now: dt.datetime
) -> None:
    matter = Matter.objects.get(pk=petition.matter_id)
    order = dispatching.assign_matter(by=street_officer, now=now, matter=matter, body=office)
    late = at(dt.date(2026, 3, 20))
    assert dispatching.escalate_orders(by=system, now=late, today=late.date()) == [order.pk]
    assert dispatching.escalate_orders(by=system, now=late, today=late.date()) == []

    told = petitions.tell_petitioner(by=street_officer, now=now, petition=petition)
    petitions.finish_petition(by=street_officer, now=now, petition=told, opinion="已查实。")

    assert matter.assignments.get().status == "RECALLED"
    with pytest.raises(NotToBeHandedOver):
        dispatching.assign_matter(by=street_officer, now=now, matter=Matter.objects.get(pk=matter.pk), body=office)
