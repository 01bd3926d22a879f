"""Who sees and does what with donations, and that lists and single rows agree."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from funds.donations.models import Donation
from funds.donations.rules import donor_name_for
from governance.accounts.models import User
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.people import NAMED_PEOPLE

pytestmark = pytest.mark.django_db

INSIDE = ["fund_supervisor", "second_officer", "other_officer"]
EVERYBODY = [*NAMED_PEOPLE, *INSIDE, None]


def person(people: SimpleNamespace, name: str | None) -> User | AnonymousUser:
    """Return the person as a request would load them."""
    return AnonymousUser() if name is None else User.objects.get(pk=getattr(people, name).pk)


def test_only_the_charity_receives_donations(people: SimpleNamespace) -> None:
    row = DonationFactory(fund=people.fund)

    found = {n for n in [*NAMED_PEOPLE, *INSIDE] if person(people, n).has_perm("funds.receive_donation", row)}

    assert found == {"charity_officer", "second_officer"}


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_list_of_donations_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    for fund in (people.fund, CommunityFundFactory(active=True)):
        DonationFactory(fund=fund)
        for state in ("received", "receipted", "published", "withdrawn"):
            DonationFactory(fund=fund, **{state: True})
    user = person(people, name)

    listed = set(Donation.objects.visible_to(user))

    assert listed == {row for row in Donation.objects.all() if user.has_perm("funds.view_donation", row)}
    assert {row.status for row in listed} >= {"PUBLISHED"}


@pytest.mark.parametrize(
    ("name", "public", "consented"),
    [
        (None, False, True),
        ("stranger", False, True),
        ("fund_member", False, True),
        ("auditor", False, True),
        ("other_officer", False, True),
        ("community_staff", True, True),
        ("charity_officer", True, True),
        ("street_officer", True, True),
        ("supervisor", True, True),
    ],
)
def test_a_donor_is_known_as_consented(
    people: SimpleNamespace, name: str | None, *, public: bool, consented: bool
) -> None:
    hidden = DonationFactory(fund=people.fund, published=True)
    named = DonationFactory(fund=people.fund, published=True, is_name_public=True)
    user = person(people, name)

    assert (donor_name_for(user, hidden) == "王小明") is public
    assert (donor_name_for(user, named) == "王小明") is consented


def test_a_donor_without_a_name_is_not_named(people: SimpleNamespace) -> None:
    row = DonationFactory(fund=people.fund, donor_name="", published=True)

    assert donor_name_for(people.charity_officer, row) == row.public_donor_name
    assert row.public_donor_name
