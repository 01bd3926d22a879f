"""Who sees and does what: the table of people, and that lists and single rows agree."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser

from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
from governance.accounts.models import User
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory
from tests.people import NAMED_PEOPLE

pytestmark = pytest.mark.django_db

EVERYBODY = [*NAMED_PEOPLE, "accountant", "other_accountant", None]
DECLARATION_STATES = ["submitted", "reviewed", "checked", "audited", "published", "locked"]

MAY = {
    "funds.edit_enterprise": {"community_staff", "street_officer", "street_reviewer"},
    "funds.submit_declaration": {"enterprise_accountant", "enterprise_head"},
    "funds.review_declaration": {"supervisor"},
    "funds.check_declaration": {"street_officer", "street_reviewer"},
    "funds.audit_declaration": {"auditor", "district_admin"},
    "funds.view_declaration_file": {
        "community_staff",
        "street_officer",
        "street_reviewer",
        "district_admin",
        "district_officer",
        "supervisor",
        "auditor",
        "enterprise_accountant",
        "enterprise_head",
    },
}


def person(people: SimpleNamespace, name: str | None) -> User | AnonymousUser:
    """Return the person as a request would load them."""
    return AnonymousUser() if name is None else User.objects.get(pk=getattr(people, name).pk)


@pytest.mark.parametrize("permission", MAY)
def test_who_may_what_on_a_declaration(people: SimpleNamespace, permission: str) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)

    assert {name for name in NAMED_PEOPLE if person(people, name).has_perm(permission, row)} == MAY[permission]
    assert not AnonymousUser().has_perm(permission, row)


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_list_of_enterprises_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    EnterpriseFactory(division=people.enterprise.division)
    EnterpriseFactory(division=people.enterprise.division, closed=True)
    user = person(people, name)

    listed = set(CommunityEnterprise.objects.visible_to(user))

    assert listed == {row for row in CommunityEnterprise.objects.all() if user.has_perm("funds.view_enterprise", row)}
    assert people.enterprise in listed


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_list_of_declarations_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    DeclarationFactory(enterprise=people.enterprise)
    for year, state in enumerate(DECLARATION_STATES, start=2010):
        DeclarationFactory(
            enterprise=EnterpriseFactory(division=people.enterprise.division, operating=True),
            **{state: True},
            starts_on=f"{year}-01-01",
            ends_on=f"{year + 1}-01-01",
        )
    DeclarationFactory(
        enterprise=people.enterprise,
        period_kind="QUARTER",
        starts_on="2025-01-01",
        ends_on="2025-04-01",
        published=True,
    )
    user = person(people, name)

    listed = set(ProfitDeclaration.objects.visible_to(user))

    assert listed == {row for row in ProfitDeclaration.objects.all() if user.has_perm("funds.view_declaration", row)}
    assert {row.status for row in listed} >= {"PUBLISHED", "LOCKED"}


def test_the_public_sees_published_years_only(people: SimpleNamespace) -> None:
    DeclarationFactory(enterprise=people.enterprise, audited=True)
    year = DeclarationFactory(
        enterprise=people.enterprise, starts_on="2024-01-01", ends_on="2025-01-01", published=True
    )
    DeclarationFactory(
        enterprise=people.enterprise, period_kind="QUARTER", starts_on="2025-01-01", ends_on="2025-04-01", locked=True
    )

    assert list(ProfitDeclaration.objects.visible_to(AnonymousUser())) == [year]
    assert list(ProfitDeclaration.objects.published()) == [year]


def test_an_accountant_sees_no_drafts_of_others(people: SimpleNamespace) -> None:
    DeclarationFactory(enterprise=people.enterprise)

    assert not ProfitDeclaration.objects.visible_to(people.other_accountant).exists()
    assert ProfitDeclaration.objects.visible_to(people.accountant).count() == 1


@pytest.mark.parametrize("name", EVERYBODY)
def test_the_list_of_appointments_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    user = person(people, name)

    listed = set(EnterpriseAppointment.objects.visible_to(user))

    assert listed == {
        row for row in EnterpriseAppointment.objects.all() if user.has_perm("funds.view_enterprise_appointment", row)
    }


def test_only_last_revisions_are_the_present_figures(people: SimpleNamespace) -> None:
    DeclarationFactory(enterprise=people.enterprise, published=True)
    second = DeclarationFactory(enterprise=people.enterprise, revision=2, published=True)
    DeclarationFactory(enterprise=people.enterprise, revision=3)

    assert list(ProfitDeclaration.objects.published().last_revisions()) == [second]
