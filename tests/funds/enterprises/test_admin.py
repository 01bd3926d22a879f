"""Enterprises and declarations on the desk."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.urls import reverse

from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, EnterpriseRole, ProfitDeclaration
from governance.accounts.models import User, UserKind
from tests.factories.communities import LONG_AGO
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory, credit_code
from tests.people import desk_client

pytestmark = pytest.mark.django_db

LIST = "/desk/funds/communityenterprise/"
DECLARATIONS = "/desk/funds/profitdeclaration/"


@pytest.fixture
def accountant(people: SimpleNamespace) -> User:
    """An accountant who is staff and so has a desk."""
    user: User = people.stranger
    User.objects.filter(pk=user.pk).update(kind=UserKind.STAFF)
    EnterpriseAppointment.objects.create(
        enterprise=people.enterprise, user=user, role=EnterpriseRole.ACCOUNTANT, valid_from=LONG_AGO
    )
    return User.objects.get(pk=user.pk)


def test_staff_see_the_list_and_the_page(people: SimpleNamespace) -> None:
    client = desk_client(people.street_officer)

    listed = client.get(LIST)
    shown = client.get(f"{LIST}{people.enterprise.pk}/change/")

    assert (listed.status_code, shown.status_code) == (200, 200)
    assert "三八路社区服务有限公司" in listed.content.decode()
    assert "/moves/suspend/" in shown.content.decode()


@pytest.mark.parametrize("more", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_max_num_queries: Any
) -> None:
    for _number in range(more):
        EnterpriseFactory(division=people.enterprise.division, operating=True)
    client = desk_client(people.street_officer)

    with django_assert_max_num_queries(8):
        assert client.get(LIST).status_code == 200


def test_an_enterprise_is_entered(people: SimpleNamespace) -> None:
    body = {
        "division": people.enterprise.division.pk,
        "name": "三八路便民服务有限公司",
        "legal_form": "WHOLLY_OWNED_COMPANY",
        "credit_code": "91510302ma6000016h",
        "business_lines": "物业",
        "registered_capital": "500,000",
        "charter_clause": "",
        "founded_on": "2020-05-01",
    }

    answer = desk_client(people.community_staff).post(f"{LIST}add/", body)

    assert answer.status_code == 302
    row = CommunityEnterprise.objects.get(credit_code="91510302MA6000016H")
    assert (str(row.registered_capital), row.entered_by) == ("500000.00", people.community_staff)


def test_a_refused_entry_stands_beside_its_field(people: SimpleNamespace) -> None:
    body = {
        "division": people.enterprise.division.pk,
        "name": "三八路便民服务有限公司",
        "legal_form": "WHOLLY_OWNED_COMPANY",
        "credit_code": "91510302MA6000061H",
        "business_lines": "物业",
        "registered_capital": "500000",
        "founded_on": "2020-05-01",
    }

    answer = desk_client(people.community_staff).post(f"{LIST}add/", body)

    text = answer.content.decode()
    assert answer.status_code == 200
    assert "91510302MA6000061H" in text
    assert "三八路便民服务有限公司" in text
    assert not CommunityEnterprise.objects.filter(name="三八路便民服务有限公司").exists()


def test_an_enterprise_is_edited_and_suspended(people: SimpleNamespace) -> None:
    client = desk_client(people.community_staff)
    row = people.enterprise
    body = {
        "name": row.name,
        "legal_form": row.legal_form,
        "credit_code": row.credit_code,
        "business_lines": "养老托育",
        "registered_capital": "500000.00",
        "founded_on": row.founded_on.isoformat(),
    }

    page = client.get(f"{LIST}{row.pk}/deeds/edit/")
    wrong = client.post(f"{LIST}{row.pk}/deeds/edit/", {**body, "registered_capital": "0"})
    edited = client.post(f"{LIST}{row.pk}/deeds/edit/", body)
    moved = client.post(f"{LIST}{row.pk}/moves/suspend/", {"reason": "停业整顿"})

    row.refresh_from_db()
    assert (page.status_code, wrong.status_code, edited.status_code, moved.status_code) == (200, 200, 302, 302)
    assert (row.business_lines, row.status) == ("养老托育", "SUSPENDED")


def test_readers_do_not_edit(people: SimpleNamespace) -> None:
    client = desk_client(people.auditor)

    assert client.get(f"{LIST}{people.enterprise.pk}/change/").status_code == 200
    assert client.get(f"{LIST}{people.enterprise.pk}/deeds/edit/").status_code == 403
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.get(f"{LIST}import/").status_code == 403


def test_a_declaration_is_entered_edited_and_corrected(people: SimpleNamespace, accountant: User) -> None:
    client = desk_client(accountant)
    body = {
        "enterprise": people.enterprise.pk,
        "period_kind": "YEAR",
        "starts_on": "2025-01-01",
        "revenue": "900,000.00",
        "cost": "580000",
        "tax": "20000",
        "net_profit": "310000",
        "registered_capital": "500000",
        "note": "",
    }

    wrong = client.post(f"{DECLARATIONS}add/", body)
    entered = client.post(f"{DECLARATIONS}add/", {**body, "net_profit": "300000"})
    row = ProfitDeclaration.objects.get()
    edited = client.post(
        f"{DECLARATIONS}{row.pk}/deeds/edit/",
        {**body, "net_profit": "300000", "note": "已核对", "version": row.version},
    )
    early = client.post(f"{DECLARATIONS}{row.pk}/deeds/correct/", {"reason": "x"})

    row.refresh_from_db()
    assert (wrong.status_code, entered.status_code, edited.status_code, early.status_code) == (200, 302, 302, 200)
    assert "300,000.00" in wrong.content.decode()
    assert (row.note, str(row.revenue), ProfitDeclaration.objects.count()) == ("已核对", "900000.00", 1)


def test_an_audit_asks_for_its_opinion(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, checked=True)
    client = desk_client(people.auditor)
    path = f"{DECLARATIONS}{row.pk}/moves/audit/"

    page = client.get(path)
    mute = client.post(path, {"audit_opinion": " "})
    done = client.post(path, {"audit_opinion": "无保留意见"})

    row.refresh_from_db()
    assert (page.status_code, mute.status_code, done.status_code) == (200, 200, 302)
    assert (row.status, row.audit_opinion) == ("AUDITED", "无保留意见")


def test_a_declaration_is_returned(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, reviewed=True)

    desk_client(people.street_officer).post(f"{DECLARATIONS}{row.pk}/moves/return_from_check/", {"reason": "缺附件"})

    row.refresh_from_db()
    assert (row.status, row.reviewed_by) == ("DRAFT", None)


def test_a_person_is_appointed_by_log_in_name(people: SimpleNamespace) -> None:
    client = desk_client(people.community_staff)
    body = {"enterprise": people.enterprise.pk, "user": "stranger", "role": "HEAD", "valid_from": "2026-03-01"}

    unknown = client.post(reverse("admin:funds_enterpriseappointment_add"), {**body, "user": "nobody"})
    made = client.post(reverse("admin:funds_enterpriseappointment_add"), body)

    assert (unknown.status_code, made.status_code) == (200, 302)
    assert EnterpriseAppointment.objects.filter(user=people.stranger, role="HEAD").count() == 1


def test_other_places_stay_out_of_sight(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)

    answer = desk_client(people.other_street_officer).get(f"{DECLARATIONS}{row.pk}/change/")

    assert answer.status_code == 302  # Django's admin leads back to the index from a row that does not exist


def test_codes_in_tests_are_right() -> None:
    assert credit_code(1) == "91510302MA0000001" + credit_code(1)[-1]
