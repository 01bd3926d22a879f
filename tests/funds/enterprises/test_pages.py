"""The pages of enterprises: what everybody reads, and what the accountant does on the phone."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from funds.enterprises.models import ProfitDeclaration
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory
from tests.funds.enterprises.surfaces import signed_in, text

pytestmark = pytest.mark.django_db

ENTRY = {
    "period": "YEAR:2025-01-01",
    "revenue": "900,000.00",
    "rent": "",
    "cost": "580000",
    "tax": "20000",
    "net_profit": "300000",
    "losses_carried": "20000",
    "registered_capital": "500000",
    "reserve_before": "240000",
    "note": "年度",
    "version": "",
}


def test_everybody_reads_the_list_and_an_enterprise(people: SimpleNamespace, client: Client) -> None:
    DeclarationFactory(enterprise=people.enterprise, published=True)
    DeclarationFactory(enterprise=people.enterprise, starts_on="2024-01-01", ends_on="2025-01-01", audited=True)

    listed = client.get("/enterprises/")
    shown = client.get(f"/enterprises/{people.enterprise.pk}/")

    assert people.enterprise.name in text(listed)
    assert "900,000.00" in text(shown)
    assert "无保留意见" in text(shown)
    assert "/declarations/new/" not in text(shown)
    assert text(shown).count("<rect") == 2


@pytest.mark.parametrize(("query", "found"), [("name=三八路", True), ("name=没有", False), ("status=CLOSED", False)])
def test_the_list_is_narrowed(people: SimpleNamespace, client: Client, query: str, *, found: bool) -> None:
    assert (people.enterprise.name in text(client.get(f"/enterprises/?{query}"))) is found


@pytest.mark.parametrize("more", [1, 3])
def test_pages_take_a_fixed_number_of_queries(
    people: SimpleNamespace, more: int, django_assert_num_queries: Any
) -> None:
    for year in range(2025 - more, 2025):
        EnterpriseFactory(division=people.enterprise.division, operating=True)
        DeclarationFactory(
            enterprise=people.enterprise, starts_on=f"{year}-01-01", ends_on=f"{year + 1}-01-01", published=True
        )

    with django_assert_num_queries(1):
        assert Client().get("/enterprises/").status_code == 200
    with django_assert_num_queries(7):  # enterprise, places, years, shares, assets, records, rents
        assert Client().get(f"/enterprises/{people.enterprise.pk}/").status_code == 200
    accountant = signed_in(people.accountant)
    with django_assert_num_queries(4):  # session, user, enterprises, declarations
        assert accountant.get("/enterprises/mine/").status_code == 200


def test_a_planned_enterprise_is_not_there(people: SimpleNamespace, client: Client) -> None:
    row = EnterpriseFactory(division=people.enterprise.division)

    assert client.get(f"/enterprises/{row.pk}/").status_code == 404
    assert signed_in(people.community_staff).get(f"/enterprises/{row.pk}/").status_code == 200


def test_the_public_sees_the_main_figures_of_a_published_year(people: SimpleNamespace, client: Client) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, published=True)
    draft = DeclarationFactory(enterprise=people.enterprise, starts_on="2024-01-01", ends_on="2025-01-01")

    page = text(client.get(f"/declarations/{row.pk}/"))

    assert "900,000.00" in page
    assert "580,000.00" not in page
    assert client.get(f"/declarations/{draft.pk}/").status_code == 404
    assert "580,000.00" in text(signed_in(people.accountant).get(f"/declarations/{row.pk}/"))


def test_the_accountant_declares_and_submits(people: SimpleNamespace) -> None:
    client = signed_in(people.accountant)

    mine = client.get("/enterprises/mine/")
    form = client.get(f"/enterprises/{people.enterprise.pk}/declarations/new/")
    saved = client.post(f"/enterprises/{people.enterprise.pk}/declarations/new/", ENTRY)
    row = ProfitDeclaration.objects.get()
    page = client.get(f"/declarations/{row.pk}/")
    sent = client.post(f"/declarations/{row.pk}/move/", {"move": "submit"})

    row.refresh_from_db()
    assert people.enterprise.name in text(mine)
    assert "YEAR:2025-01-01" in text(form)
    assert 'value="500000.00"' in text(form)
    assert saved.headers["Location"] == f"/declarations/{row.pk}/"
    assert 'value="submit"' in text(page)
    assert (sent.status_code, row.status, str(row.revenue)) == (302, "SUBMITTED", "900000.00")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"net_profit": "310000"}, "net_profit"),
        ({"revenue": "九十万"}, "revenue"),
        ({"rent": "900001"}, "rent"),
        ({"registered_capital": ""}, "registered_capital"),
        ({"cost": "-5"}, "cost"),
        ({"tax": "1.005"}, "tax"),
        ({"period": "YEAR:2190-01-01"}, "period"),
    ],
)
def test_an_error_stands_beside_its_field_and_nothing_is_lost(
    people: SimpleNamespace, changes: dict[str, str], field: str
) -> None:
    client = signed_in(people.accountant)

    answer = client.post(f"/enterprises/{people.enterprise.pk}/declarations/new/", {**ENTRY, **changes})

    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == [field]
    assert 'value="580000"' in text(answer) or field == "cost"
    assert "年度" in text(answer)
    assert not ProfitDeclaration.objects.exists()


def test_a_period_is_declared_once(people: SimpleNamespace) -> None:
    DeclarationFactory(enterprise=people.enterprise)

    answer = signed_in(people.accountant).post(f"/enterprises/{people.enterprise.pk}/declarations/new/", ENTRY)

    assert answer.status_code == 400
    assert answer.context["form"].errors
    assert ProfitDeclaration.objects.count() == 1


def test_a_loss_is_typed_with_a_minus(people: SimpleNamespace) -> None:
    signed_in(people.accountant).post(
        f"/enterprises/{people.enterprise.pk}/declarations/new/",
        {**ENTRY, "cost": "990000", "tax": "0", "net_profit": "−90,000"},
    )

    assert str(ProfitDeclaration.objects.get().net_profit) == "-90000.00"


def test_a_draft_is_edited_unless_it_is_stale(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise)
    client = signed_in(people.accountant)

    form = client.get(f"/declarations/{row.pk}/edit/")
    body = {**ENTRY, "version": row.version}
    first = client.post(f"/declarations/{row.pk}/edit/", {**body, "note": "第一次"})
    second = client.post(f"/declarations/{row.pk}/edit/", {**body, "note": "第二次"})

    row.refresh_from_db()
    assert 'value="900000.00"' in text(form)
    assert (first.status_code, second.status_code, row.note) == (302, 400, "第一次")
    assert "第二次" in text(second)


def test_an_audited_declaration_is_corrected(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, published=True)
    client = signed_in(people.accountant)

    page = client.get(f"/declarations/{row.pk}/")
    mute = client.post(f"/declarations/{row.pk}/correct/", {"reason": " "})
    done = client.post(f"/declarations/{row.pk}/correct/", {"reason": "漏记收入"})

    second = ProfitDeclaration.objects.get(revision=2)
    assert f"/declarations/{row.pk}/correct/" in text(page)
    assert (mute.status_code, done.headers["Location"]) == (400, f"/declarations/{second.pk}/")
    assert "漏记收入" in text(client.get(f"/declarations/{second.pk}/"))


def test_reviewers_move_and_return_on_the_page(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, submitted=True)

    signed_in(people.supervisor).post(f"/declarations/{row.pk}/move/", {"move": "review"})
    signed_in(people.street_officer).post(
        f"/declarations/{row.pk}/move/", {"move": "return_from_check", "reason": "缺附件"}
    )

    row.refresh_from_db()
    assert (row.status, row.reviewed_by) == ("DRAFT", None)


def test_the_auditor_writes_the_opinion_on_the_page(people: SimpleNamespace) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, checked=True)
    client = signed_in(people.auditor)

    page = client.get(f"/declarations/{row.pk}/")
    mute = client.post(f"/declarations/{row.pk}/move/", {"move": "audit", "audit_opinion": ""})
    client.post(f"/declarations/{row.pk}/move/", {"move": "audit", "audit_opinion": "无保留意见"})

    row.refresh_from_db()
    assert 'name="audit_opinion"' in text(page)
    assert (mute.status_code, row.status, row.audit_opinion) == (302, "AUDITED", "无保留意见")


def test_others_are_sent_away(people: SimpleNamespace, client: Client) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, published=True)
    new = f"/enterprises/{people.enterprise.pk}/declarations/new/"

    assert client.get(new).status_code == 302
    assert client.get("/enterprises/mine/").status_code == 302
    assert client.post(f"/declarations/{row.pk}/move/", {"move": "lock"}).status_code == 302
    for who in (people.other_accountant, people.community_staff, people.stranger):
        assert signed_in(who).get(new).status_code == 403
        assert signed_in(who).post(f"/declarations/{row.pk}/correct/", {"reason": "x"}).status_code == 403
    assert signed_in(people.stranger).post(f"/declarations/{row.pk}/move/", {"move": "unknown"}).status_code == 404

    row.refresh_from_db()
    assert (row.status, ProfitDeclaration.objects.count()) == ("PUBLISHED", 1)
