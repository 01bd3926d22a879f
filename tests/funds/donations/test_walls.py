"""Each guard of donations, promises and stations by name: a statement that it alone refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from funds.donations.models import PurposeChange
from funds.donations.promises import DonationMatch
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, AttachmentFactory
from tests.factories.funds_donations import DonationFactory, DonationStationFactory, MatchingPromiseFactory
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)
DONATION = "UPDATE funds_donation SET {} WHERE id = %s"
PROMISE = "UPDATE funds_matchingpromise SET {} WHERE id = %s"
STATION = "UPDATE funds_donationstation SET {} WHERE id = %s"


def test_each_guard_of_donations_refuses_alone(owner: Callable[[], Any]) -> None:
    received = DonationFactory.create(received=True)
    other = DonationFactory.create(fund=received.fund, received=True)
    withdrawn = DonationFactory.create(fund=received.fund, withdrawn=True)
    promise = MatchingPromiseFactory.create(fund=received.fund, funded=True)
    station = DonationStationFactory.create()

    with owner():
        alone("donation:lifecycle", DONATION.format("status = 'PLEDGED'"), withdrawn.pk)
        lost = DONATION.format("status = 'LOST'")
        alone("donation_status_is_known", lost, received.pk, beside=["donation:lifecycle"])
        alone("funds_donation_journal_id_key", DONATION.format(f"journal_id = {received.journal_id}"), other.pk)
        both = f"UPDATE funds_donation SET refund_journal_id = {received.journal_id} WHERE id IN (%s, %s)"
        alone("funds_donation_refund_journal_id_key", both, received.pk, other.pk)
        both = "UPDATE funds_donation SET certificate_code = 'X' WHERE id IN (%s, %s)"
        alone("donation_certificate_code_is_unique", both, received.pk, other.pk)
        alone("matchingpromise:lifecycle", PROMISE.format("status = 'PROPOSED'"), promise.pk)
        lost = PROMISE.format("status = 'LOST'")
        alone("matchingpromise_status_is_known", lost, promise.pk, beside=["matchingpromise:lifecycle"])
        alone("donationstation_open_once", copied(station))
        alone("donationstation_period_runs_forward", STATION.format("valid_to = valid_from"), station.pk)


def test_each_guard_of_matches_refuses_alone(owner: Callable[[], Any]) -> None:
    promise = MatchingPromiseFactory.create(funded=True)
    first, second = DonationFactory.create_batch(2, fund=promise.fund, received=True)
    match, other = (
        DonationMatch.objects.create(promise=promise, donation=donation, amount=1, journal=donation.journal)
        for donation in (first, second)
    )
    change = "UPDATE funds_donationmatch SET {} WHERE id = %s"
    both = "UPDATE funds_donationmatch SET refund_journal_id = %s WHERE id IN (%s, %s)"

    with owner():
        alone("donationmatch_adds_something", change.format("amount = 0"), match.pk)
        alone("funds_donationmatch_donation_id_key", copied(match))
        alone("funds_donationmatch_refund_journal_id_key", both, first.journal_id, match.pk, other.pk)


def test_each_guard_of_changes_of_use_refuses_alone(owner: Callable[[], Any]) -> None:
    donation = DonationFactory.create(received=True)
    told = {"new_purpose": "助老", "consented_on": ENTERED_AT.date(), "proposed_at": ENTERED_AT}
    people = {"proposed_by": UserFactory.create(), "consent": AttachmentFactory.create()}
    change = PurposeChange.objects.create(donation=donation, **told, **people)
    posted = {"confirmed_at": "now()", "confirmed_by_id": donation.recorded_by_id, "journal_id": donation.journal_id}

    with owner():
        alone("purposechange_one_waits", copied(change))
        alone("funds_purposechange_journal_id_key", f"{copied(change, **posted)}; {copied(change, **posted)}")
