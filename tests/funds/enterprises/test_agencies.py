"""A social service agency distributes no profit: refused by operations, desk, page, API and, last, the database.

Basis: Interim Regulations on the Registration of Private Non-enterprise Units art. 4.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from funds.charity.models import CommunityFund
from funds.enterprises import operations
from funds.enterprises.legal import FORMS, told
from funds.enterprises.models import CommunityEnterprise, LegalForm
from funds.enterprises.refusals import PolicyInForce
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.reinvestment.planner import pending_cells, plan_cell
from governance.accounts.queries import system_actor
from tests.factories.communities import LONG_AGO, PolicyDocumentFactory
from tests.factories.funds_enterprises import EnterpriseFactory, credit_code
from tests.factories.funds_reinvestment import declare, make_policy, open_fund
from tests.people import House, desk_client, edit, session_client
from tests.walls import violated

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


@pytest.fixture
def agency(people: SimpleNamespace) -> CommunityEnterprise:
    """A service centre of the community, in operation."""
    row: CommunityEnterprise = EnterpriseFactory(
        division=people.enterprise.division, legal_form="SOCIAL_SERVICE_AGENCY", name="邻里服务中心", operating=True
    )
    return row


@pytest.fixture
def fund(house: House) -> CommunityFund:
    """The fund of the community."""
    return open_fund(house.places["community"], house.charity)


def desk_entry(agency: CommunityEnterprise, **changes: Any) -> dict[str, Any]:
    """Return its master data as a form takes them."""
    return {
        "name": agency.name,
        "legal_form": agency.legal_form,
        "credit_code": agency.credit_code,
        "business_lines": "养老",
        "registered_capital": "0",
        "charter_clause": "",
        "charter_share": "",
        "founded_on": f"{agency.founded_on}",
        **changes,
    }


def test_the_desk_refuses_share_shareholders_and_policy(
    people: SimpleNamespace, agency: CommunityEnterprise, fund: CommunityFund
) -> None:
    staff, street = desk_client(people.community_staff), desk_client(people.street_officer)
    path = f"/desk/funds/communityenterprise/{agency.pk}"
    policy = {
        "enterprise": agency.pk,
        "division": "",
        "base": "NET_PROFIT",
        "minimum_amount": "",
        "route": "DONATION",
        "valid_from": "2026-01-01",
        "document": PolicyDocumentFactory().pk,
        "tiers-TOTAL_FORMS": "0",
        "tiers-INITIAL_FORMS": "0",
        "destinations-TOTAL_FORMS": "1",
        "destinations-INITIAL_FORMS": "0",
        "destinations-0-fund": fund.pk,
        "destinations-0-share": "1",
    }

    share = staff.post(f"{path}/deeds/edit/", desk_entry(agency, charter_share="0.6", reason=""))
    parts = staff.post(f"{path}/deeds/shareholders/", {"valid_from": "2025-01-01", "holdings": "COMMITTEE, 居委会, 1"})
    ruled = street.post("/desk/funds/distributionpolicy/add/", policy)

    assert "邻里服务中心" in share.content.decode()
    assert (share.status_code, parts.status_code, ruled.status_code) == (200, 200, 200)
    agency.refresh_from_db()
    assert (agency.charter_share, agency.shareholders.count(), DistributionPolicy.objects.count()) == (None, 0, 0)


def test_the_page_says_what_the_form_may_do(people: SimpleNamespace, agency: CommunityEnterprise) -> None:
    page = Client().get(agency.get_absolute_url()).content.decode()

    assert all(sentence in page for sentence in told("SOCIAL_SERVICE_AGENCY"))
    assert not any(sentence in page for sentence in told("COMMITTEE_LETTING") if sentence.startswith("May distribute"))


def test_its_accountant_declares_without_a_reserve_on_the_page(
    people: SimpleNamespace, agency: CommunityEnterprise
) -> None:
    CommunityEnterprise.objects.filter(pk=people.enterprise.pk).update(legal_form="SOCIAL_SERVICE_AGENCY")
    client = Client()
    client.force_login(people.accountant)
    figures = {"revenue": "100", "cost": "50", "tax": "0", "net_profit": "50", "rent": "", "losses_carried": ""}

    page = client.post(
        f"/enterprises/{people.enterprise.pk}/declarations/new/",
        {**figures, "registered_capital": "", "reserve_before": "10", "note": "", "period": "YEAR 2025-01-01"},
    )

    assert page.status_code == 400
    assert not people.enterprise.declarations.exists()


def test_the_api_refuses_share_shareholders_and_policy(
    people: SimpleNamespace, agency: CommunityEnterprise, fund: CommunityFund
) -> None:
    staff, street = session_client(people.community_staff), session_client(people.street_officer)
    policy = {
        "enterprise": agency.pk,
        "base": "NET_PROFIT",
        "valid_from": "2026-01-01",
        "document": PolicyDocumentFactory().pk,
        "destinations": [{"fund": fund.pk, "share": "1"}],
    }
    holdings = [{"kind": "COMMITTEE", "name": "居委会", "share": "1"}]

    share = edit(staff, f"enterprises/{agency.pk}", {"charter_share": "0.6"})
    parts = staff.post(
        f"{BASE}/enterprises/{agency.pk}/set_shareholders",
        {"valid_from": "2025-01-01", "holdings": holdings},
        format="json",
    )
    ruled = street.post(f"{BASE}/distribution-policies", policy, format="json")
    made = staff.post(
        f"{BASE}/enterprises",
        {
            "name": "新服务中心",
            "division": agency.division_id,
            "legal_form": "SOCIAL_SERVICE_AGENCY",
            "credit_code": credit_code(77, "52510302MJ"),
            "business_lines": "养老",
            "founded_on": "2025-01-01",
            "charter_share": "0.1",
        },
    )

    answers = (share, parts, ruled, made)
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (400, "may_not_distribute"),
        (400, "no_shareholders_for_form"),
        (400, "may_not_distribute"),
        (400, "may_not_distribute"),
    ]
    assert agency.shareholders.count() + DistributionPolicy.objects.count() == 0


def test_enterprises_are_entered_and_edited_over_http(people: SimpleNamespace) -> None:
    staff = session_client(people.community_staff)
    entry = {
        "name": "便民服务有限公司",
        "division": people.enterprise.division_id,
        "legal_form": "WHOLLY_OWNED_COMPANY",
        "credit_code": credit_code(78),
        "business_lines": "家政",
        "registered_capital": "50000.00",
        "founded_on": "2025-01-01",
        "charter_share": "0.6",
    }

    made = staff.post(f"{BASE}/enterprises", entry)
    twice = staff.post(f"{BASE}/enterprises", entry)
    edited = edit(staff, f"enterprises/{made.json()['id']}", {"business_lines": "家政、养老"})
    other = session_client(people.other_community_staff).post(f"{BASE}/enterprises", {**entry, "name": "别处"})

    assert [answer.status_code for answer in (made, twice, edited, other)] == [201, 409, 200, 403]
    assert (made.json()["status"], edited.json()["business_lines"]) == ("PLANNED", "家政、养老")
    assert (edited.json()["registered_capital"], edited.json()["charter_share"]) == ("50000.00", "0.6000")


def test_what_gives_back_becomes_no_agency(people: SimpleNamespace, fund: CommunityFund, now: dt.datetime) -> None:
    firm = people.enterprise
    policy = make_policy(enterprise=firm, destinations=[(fund, "1")])
    wanted = {
        "by": people.community_staff,
        "enterprise": firm,
        "name": firm.name,
        "legal_form": "SOCIAL_SERVICE_AGENCY",
        "credit_code": firm.credit_code,
        "business_lines": "养老",
        "founded_on": firm.founded_on,
        "now": now,
    }

    with pytest.raises(PolicyInForce):
        operations.edit_enterprise(**wanted)
    assert violated(
        "UPDATE funds_communityenterprise SET legal_form = 'SOCIAL_SERVICE_AGENCY' WHERE id = %s", firm.pk
    ) == ("communityenterprise_agency_has_no_policy")
    DistributionPolicy.objects.filter(pk=policy.pk).update(status="RETIRED", valid_to=dt.date(2026, 1, 1))
    assert operations.edit_enterprise(**wanted).legal_form == "SOCIAL_SERVICE_AGENCY"


def test_the_database_lets_an_agency_have_no_policy(agency: CommunityEnterprise, people: SimpleNamespace) -> None:
    statement = """
        INSERT INTO funds_distributionpolicy
            (enterprise_id, division_id, version, base, minimum_amount, route, valid_from, document_id, status,
             entered_at, entered_by_id)
        VALUES (%s, %s, 1, 'NET_PROFIT', 0, 'DONATION', %s, %s, 'DRAFT', now(), %s)
    """
    values = (agency.division_id, LONG_AGO, PolicyDocumentFactory().pk, people.street_officer.pk)

    assert violated(statement, agency.pk, *values) == "distributionpolicy_of_no_agency"


def test_the_database_lets_an_agency_give_nothing(
    people: SimpleNamespace, agency: CommunityEnterprise, fund: CommunityFund, now: dt.datetime
) -> None:
    make_policy(division=agency.division, destinations=[(fund, "1")])
    declare(people.enterprise, net_profit=Decimal(300000), registered_capital=Decimal(500000))
    for cell, _count in pending_cells():
        plan_cell(by=system_actor(), cell=cell, now=now)
    order, other = ReinvestmentOrder.objects.get(), open_fund(agency.division, fund.charity)
    columns = [column.column for column in ReinvestmentOrder._meta.concrete_fields if column.name != "id"]
    taken = ", ".join(
        {"enterprise_id": "%s", "fund_id": "%s", "reference": "'FB-1'", "journal_id": "NULL"}.get(name, name)
        for name in columns
    )
    copy = f"INSERT INTO funds_reinvestmentorder ({', '.join(columns)}) SELECT {taken} FROM funds_reinvestmentorder WHERE id = %s"

    assert violated(copy, agency.pk, other.pk, order.pk) == "reinvestmentorder_of_no_agency"


def test_the_planner_orders_nothing_of_an_agency(
    agency: CommunityEnterprise, fund: CommunityFund, now: dt.datetime
) -> None:
    make_policy(division=agency.division, destinations=[(fund, "1")])
    declare(agency, net_profit=Decimal(30000))

    for cell, _count in pending_cells():
        plan_cell(by=system_actor(), cell=cell, now=now)

    assert agency.runs.get().outcome == "NOT_DISTRIBUTABLE"
    assert not ReinvestmentOrder.objects.exists()


def test_every_form_is_told_in_sentences() -> None:
    assert {form: len(list(told(form))) for form in FORMS} == {
        LegalForm.WHOLLY_OWNED_COMPANY: 3,
        LegalForm.CONTROLLED_COMPANY: 3,
        LegalForm.VILLAGE_COLLECTIVE: 1,
        LegalForm.SOCIAL_SERVICE_AGENCY: 2,
        LegalForm.COMMITTEE_LETTING: 2,
    }
