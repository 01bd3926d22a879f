"""Who sees and does what in the charity room, and that lists and single rows agree."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from funds.charity.models import CharityAppointment, CommunityFund
from funds.donations.models import Donation
from governance.accounts.models import User
from tests.factories.funds_charity import CommunityFundFactory
from tests.people import NAMED_PEOPLE

pytestmark = pytest.mark.django_db

INSIDE = ["fund_supervisor", "second_officer", "other_officer"]
EVERYBODY = [*NAMED_PEOPLE, *INSIDE, None]

MAY = {
    "funds.apply_for_fund": {"community_staff", "street_officer", "street_reviewer"},
    "funds.name_committee": {"community_staff", "street_officer", "street_reviewer"},
    "funds.sign_fund_agreement": {"charity_officer", "second_officer"},
    "funds.consent_fund": {"street_officer", "street_reviewer"},
    "funds.close_fund": {"street_reviewer", "district_admin"},
    "funds.supervise_fund": {"fund_supervisor", "supervisor", "street_reviewer", "district_admin"},
    "funds.record_donation": {
        "community_staff",
        "street_officer",
        "street_reviewer",
        "charity_officer",
        "second_officer",
    },
    "funds.edit_charity": set(),
}


def person(people: SimpleNamespace, name: str | None) -> User | AnonymousUser:
    """Return the person as a request would load them."""
    return AnonymousUser() if name is None else User.objects.get(pk=getattr(people, name).pk)


@pytest.mark.parametrize("permission", MAY)
def test_who_may_what_on_a_fund(people: SimpleNamespace, permission: str) -> None:
    found = {name for name in [*NAMED_PEOPLE, *INSIDE] if person(people, name).has_perm(permission, people.fund)}

    assert found == (MAY[permission] or {"district_admin"})
    assert not AnonymousUser().has_perm(permission, people.fund)


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_list_of_funds_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)
    CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, closed=True)
    CommunityFundFactory()
    user = person(people, name)

    listed = set(CommunityFund.objects.visible_to(user))

    assert listed == {row for row in CommunityFund.objects.all() if user.has_perm("funds.view_fund", row)}
    assert people.fund in listed


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_list_of_appointments_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    user = person(people, name)

    listed = set(CharityAppointment.objects.visible_to(user))

    assert listed == {
        row for row in CharityAppointment.objects.all() if user.has_perm("funds.view_charity_appointment", row)
    }


def test_seats_that_ended_give_no_rights(people: SimpleNamespace) -> None:
    people.fund.committee.memberships.update(valid_to="2026-02-01")

    for name in ("fund_member", "fund_supervisor"):
        assert not person(people, name).has_perm("funds.supervise_fund", people.fund)
        assert not Donation.objects.filter(fund=people.fund).visible_to(person(people, name)).exists()
