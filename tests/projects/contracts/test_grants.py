"""A contract on a grant that a fund and others pay together: each source pays its part, and no more."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from funds.spending.models import Payment, SpendingRequest
from governance import lifecycle
from governance.errors import NotAllowed
from projects.contracts import drafting, operations, refusals
from projects.contracts.directory.filters import ProjectFilter
from projects.contracts.directory.queries import project_of, public_projects, with_figures
from projects.contracts.models import Contract
from projects.contracts.queries import contract_on_grant, instalments_of
from projects.contracts.shares import parts_of, shares_of, spread
from projects.contracts.terms import operations as terms
from projects.contracts.terms.models import AwardPayment, Settlement
from projects.contracts.terms.refusals import SettlementUnfit, TransferNumberLong
from projects.grants.models import GrantAward, Programme
from projects.grants.queries import grant_hindrances
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import OrganizationHindered
from tests.factories.projects_contracts import in_force
from tests.factories.projects_grants import Story
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory
from tests.funds.spending.conftest import approved
from tests.people import House, desk_client, session_client, sign_in
from tests.projects.contracts.awards.conftest import asked, delivered
from tests.projects.contracts.test_operations import pay
from tests.walls import alone, copied

PARTS = ((50, "SIGNING"), (30, "SIGNING"), (20, "ACCEPTANCE"))
fens = st.integers(1, 10**7).map(lambda number: Decimal(number) / 100)


@pytest.fixture
def award(people: SimpleNamespace, house: House, now: dt.datetime) -> GrantAward:
    """Eleven thousand yuan: six of the community's fund, the rest of two budget lines; a partner pays beside it."""
    programme = Programme.objects.create(
        name="釜溪公益行",
        division=house.places["street"],
        purpose="为老服务。",
        started_on=dt.date(2020, 1, 1),
        entered_at=now,
        entered_by=house.people["district_admin"],
    )
    story = Story(house, now, kind="MICRO", more={"matching_percent": 20, "programme": programme})
    story.brings = {"own_amount": Decimal(1500), "partner": "釜溪置业公司", "partner_amount": Decimal(700)}
    story.sources = (
        ({"budget_line": "WELFARE_LOTTERY"}, "4500.00"),
        ({"fund": people.fund}, "6000.00"),
        ({"budget_line": "FISCAL"}, "40000.00"),
    )
    story.awarded((80, 82, 84, 86, 88))
    people.manager, people.now = story.managers[0], story.now
    return GrantAward.objects.get()


@pytest.fixture
def request_(people: SimpleNamespace, award: GrantAward) -> SpendingRequest:
    """What the fund's committee agreed to give to the grant."""
    return approved(people, people.now, amount=Decimal(6000))


@pytest.fixture
def entry(people: SimpleNamespace, award: GrantAward, request_: SpendingRequest) -> Callable[..., dict[str, Any]]:
    """What is entered of the contract."""

    def made(**more: Any) -> dict[str, Any]:
        day = people.now.date()
        return {
            "division": award.division,
            "organization": award.organization,
            "grant": award,
            "request": request_,
            "title": award.title,
            "scope": "每周两次上门探访。",
            "amount": award.amount,
            "starts_on": day,
            "ends_on": day + dt.timedelta(days=200),
            "instalments": PARTS,
            "lines": [("PERSONNEL", "补贴", Decimal(3000)), ("ACTIVITY", "活动", Decimal(8000))],
            "milestones": [("完成首轮探访", day + dt.timedelta(days=30))],
            **more,
        }

    return made


@pytest.fixture
def contract(people: SimpleNamespace, entry: Callable[..., dict[str, Any]]) -> Contract:
    """The contract, signed by all three."""
    now = people.now
    row = drafting.draft_contract(by=people.street_officer, now=now, **entry())
    row = operations.offer_contract(by=people.street_officer, now=now, contract=row)
    row = operations.agree_contract(by=people.manager, now=now, contract=row)
    row = operations.join_contract(by=people.community_staff, now=now, contract=row)
    return operations.sign_contract(by=people.street_reviewer, now=now, today=now.date(), contract=row)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(amounts=st.lists(fens, max_size=6), sources=st.lists(fens, max_size=5))
def test_parts_are_exact_both_ways(amounts: list[Decimal], sources: list[Decimal]) -> None:
    table = spread(amounts, sources)

    paid = min(sum(amounts, Decimal(0)), sum(sources, Decimal(0)))
    assert sum((sum(row, Decimal(0)) for row in table), Decimal(0)) == paid
    for amount, row in zip(amounts, table, strict=True):
        assert sum(row, Decimal(0)) <= amount
        assert min(row, default=Decimal(0)) >= 0
    for place, source in enumerate(sources):
        assert sum((row[place] for row in table), Decimal(0)) <= source


@pytest.mark.django_db
def test_the_share_of_the_fund_needs_its_hold(
    people: SimpleNamespace, entry: Callable[..., dict[str, Any]], award: GrantAward
) -> None:
    for more in ({"request": None}, {"request": approved(people, people.now, amount=Decimal(5999))}):
        refusal = refusals.MoneyOfTheGrant if more["request"] is None else refusals.ContractAboveHold
        with pytest.raises(refusal):
            drafting.draft_contract(by=people.street_officer, now=people.now, **entry(**more))

    assert not Contract.objects.filter(grant=award).exists()


@pytest.mark.django_db
def test_a_body_that_is_listed_between_award_and_signing_does_not_sign(
    people: SimpleNamespace, entry: Callable[..., dict[str, Any]]
) -> None:
    row = drafting.draft_contract(by=people.street_officer, now=people.now, **entry())
    row = operations.offer_contract(by=people.street_officer, now=people.now, contract=row)
    CreditListingFactory(organization=row.organization)

    with pytest.raises(OrganizationHindered):
        operations.agree_contract(by=people.manager, now=people.now, contract=row)

    row.refresh_from_db()
    assert row.status == "OFFERED"


def paid_publicly(people: SimpleNamespace, payment: AwardPayment) -> AwardPayment:
    row = terms.approve_award_payment(by=people.street_reviewer, now=people.now, payment=payment)
    day = people.now.date()
    return terms.record_award_payment(
        by=people.street_officer, now=people.now, payment=row, paid_on=day, reference=f"国库{row.pk}"
    )


def spend(people: SimpleNamespace, contract: Contract, *amounts: Decimal) -> None:
    """Let the organization spend of each line, and the street confirm the invoices."""
    for line, amount in zip(contract.lines.order_by("number"), amounts, strict=True):
        row = terms.enter_expenditure(
            by=people.manager,
            now=people.now,
            contract=contract,
            line=line,
            spent_on=people.now.date(),
            amount=amount,
            payee="釜溪商店",
            what="材料",
            invoice_number=f"No.{line.number}",
            invoice=("发票.pdf", b"%PDF-1.4\n%%EOF\n"),
        )
        terms.confirm_expenditure(by=people.street_officer, now=people.now, expenditure=row)


@pytest.fixture
def over(people: SimpleNamespace, contract: Contract) -> Contract:
    """Accepted, all of it paid, ten of eleven thousand yuan spent."""
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now}
    for number in (1, 2):
        operations.release_instalment(**by, contract=contract, number=number)
    row = delivered(people, contract)
    asked(people, row)
    row = operations.accept_contract(by=people.supervisor, now=people.now, contract=row)
    operations.release_instalment(**by, contract=row, number=3)
    for payment in Payment.objects.filter(request=contract.request).order_by("pk"):
        pay(people, people.now, payment)
    for public in AwardPayment.objects.order_by("pk"):
        paid_publicly(people, public)
    spend(people, row, Decimal(2500), Decimal(7500))
    return row


@pytest.mark.django_db
def test_what_was_not_spent_of_a_grant_goes_back_before_it_is_closed(
    people: SimpleNamespace, over: Contract, english: None
) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now}
    with pytest.raises(refusals.UnusedMoney, match=r"1,000\.00"):
        operations.close_contract(**by, contract=over)
    client = Client()
    sign_in(client, people.street_officer)
    home = f"{over.get_absolute_url()}money/"
    with override("en"):
        assert "Reckon what is left of the grant" in client.get(home).content.decode()

    answer = session_client(people.street_officer).post(f"/api/v1/contracts/{over.pk}/unused-money")
    settled = Settlement.objects.get()
    assert (answer.status_code, settled.ground, settled.work_value, settled.refund) == (200, "UNUSED", 10000, 1000)
    with pytest.raises(refusals.UnusedMoney):
        operations.close_contract(**by, contract=over)
    with pytest.raises(TransferNumberLong):
        terms.record_refund(**by, settlement=settled, refunded_on=people.now.date(), reference="T" * 81)
    client.post(f"{home}refund/", {"refunded_on": people.now.date(), "reference": "T-7"})
    settled.refresh_from_db()
    row = operations.close_contract(**by, contract=over)

    assert (settled.refund_reference, row.status, settled.is_owed) == ("T-7", "CLOSED", False)
    assert "1,000.00" in Client().get(home).content.decode()


@pytest.mark.django_db
def test_what_is_left_is_reckoned_once_of_checked_invoices_of_a_grant(people: SimpleNamespace, over: Contract) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now, "contract": over}
    with pytest.raises(NotAllowed):
        terms.reckon_unused(**{**by, "by": people.manager})
    terms.reject_expenditure(
        by=people.street_officer,
        now=people.now,
        expenditure=terms.enter_expenditure(
            by=people.manager,
            now=people.now,
            contract=over,
            line=over.lines.get(number=1),
            spent_on=people.now.date(),
            amount=Decimal(100),
            payee="釜溪商店",
            what="茶歇",
            invoice_number="No.9",
            invoice=("发票.pdf", b"%PDF-1.4\n%%EOF\n"),
        ),
        reason="与项目无关。",
    )
    terms.reckon_unused(**by)
    spend_more = terms.enter_expenditure(
        by=people.manager,
        now=people.now,
        contract=over,
        line=over.lines.get(number=1),
        spent_on=people.now.date(),
        amount=Decimal(400),
        payee="釜溪商店",
        what="补贴",
        invoice_number="No.10",
        invoice=("发票.pdf", b"%PDF-1.4\n%%EOF\n"),
    )
    with pytest.raises(SettlementUnfit, match="1"):
        terms.reckon_unused(**by)
    terms.confirm_expenditure(by=people.street_officer, now=people.now, expenditure=spend_more)
    settled = terms.reckon_unused(**by)
    assert settled.refund == 600
    terms.record_refund(
        by=people.street_officer, now=people.now, settlement=settled, refunded_on=people.now.date(), reference="T-8"
    )

    with pytest.raises(SettlementUnfit):
        terms.reckon_unused(**by)


@pytest.mark.django_db
def test_no_contract_ends_early_because_its_grant_was_not_spent(people: SimpleNamespace, contract: Contract) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now, "contract": contract}

    with pytest.raises(SettlementUnfit):
        terms.propose_settlement(**by, ground="UNUSED", done="已完成。", work_value=Decimal(1))
    with pytest.raises(SettlementUnfit):
        terms.reckon_unused(**by)


@pytest.mark.django_db
def test_each_instalment_is_paid_by_its_sources(people: SimpleNamespace, contract: Contract) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now, "contract": contract}
    assert contract.fund_amount == 6000
    assert [(part.number, part.source.name if part.source else "", part.amount) for part in parts_of(contract)] == [
        (1, str(people.fund), Decimal(5500)),
        (2, str(people.fund), Decimal(500)),
        (2, "福彩公益金", Decimal(2800)),
        (3, "福彩公益金", Decimal(1700)),
        (3, "财政资金", Decimal(500)),
    ]

    first = operations.release_instalment(**by, number=1)
    second = operations.release_instalment(**by, number=2)
    wrong = AwardPayment.objects.get()
    terms.cancel_award_payment(by=people.street_reviewer, now=people.now, payment=wrong, reason="账号有误。")
    again = operations.release_instalment(**by, number=2)
    with pytest.raises(refusals.InstalmentReleased):
        operations.release_instalment(**by, number=2)

    assert [(type(one), one.amount) for one in (first, second, again)] == [
        (Payment, Decimal(5500)),
        (Payment, Decimal(500)),
        (AwardPayment, Decimal(2800)),
    ]
    for payment in Payment.objects.filter(request=contract.request).order_by("pk"):
        pay(people, people.now, payment)
    paid_publicly(people, AwardPayment.objects.get(status="REQUESTED"))
    row = delivered(people, contract)
    asked(people, row)
    row = operations.accept_contract(by=people.supervisor, now=people.now, contract=row)
    operations.release_instalment(**{**by, "contract": row}, number=3)
    last = AwardPayment.objects.filter(instalment__number=3).order_by("pk")
    read_along = instalments_of(row)
    assert [[one.amount for one in part.public_payments] for part in read_along] == [[], [2800], [1700, 500]]
    assert Client().get(row.get_absolute_url()).status_code == 200
    paid_publicly(people, last[0])
    with pytest.raises(refusals.PaymentsOpen):
        operations.close_contract(by=people.street_officer, now=people.now, contract=row)
    paid_publicly(people, last[1])
    spend(people, row, Decimal(3000), Decimal(8000))
    row = operations.close_contract(by=people.street_officer, now=people.now, contract=row)

    live = AwardPayment.objects.filter(status="PAID")
    assert row.status == "CLOSED"
    assert [(one.source.funding.budget_line, one.amount) for one in live.order_by("pk") if one.source] == [
        ("WELFARE_LOTTERY", Decimal(2800)),
        ("WELFARE_LOTTERY", Decimal(1700)),
        ("FISCAL", Decimal(500)),
    ]
    assert sum(Payment.objects.filter(status="PAID").values_list("amount", flat=True)) == 6000


@pytest.mark.django_db(transaction=True)
def test_a_grant_that_was_paid_is_not_contracted_again(
    people: SimpleNamespace, contract: Contract, entry: Callable[..., dict[str, Any]], owner: Any
) -> None:
    """Its sources would pay twice: what each pays is counted contract by contract."""
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now}
    operations.release_instalment(**by, contract=contract, number=2)
    paid_publicly(people, AwardPayment.objects.get())
    pay(people, people.now, Payment.objects.get())
    said = {"ground": "AGREED", "done": "做了一半", "work_value": Decimal(3300)}
    terms.propose_settlement(**by, contract=contract, **said)
    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=contract, reason="需求变化")

    with pytest.raises(refusals.GrantPaidFrom) as caught:
        drafting.draft_contract(**by, **entry())

    assert caught.value.params["paid"] == "3,300.00"
    with owner():
        again = copied(contract, number="'再签'", status="'DRAFT'", signed_at="NULL", signed_by_id="NULL")
        alone(
            "wall_contract_after_payments",
            f"{again}; UPDATE projects_contract SET status = 'OFFERED' WHERE number = '再签'",
            beside=[
                *("wall_contract_of_its_award", "wall_contract_has_a_course"),
                *("contract:offered_adds_up", "contract:offered_terms_stay"),
            ],
        )


@pytest.mark.django_db
def test_a_breach_of_its_contract_ends_the_grant_by_the_rules_of_grants(
    people: SimpleNamespace, contract: Contract, entry: Callable[..., dict[str, Any]]
) -> None:
    """The ban is as long as grants say, holds for the code that answered, and the award bears no second contract."""
    in_force("venture.ban_years", 2)
    said: dict[str, Any] = {"ground": "BREACH", "done": "仅走访二十户。", "work_value": Decimal(0)}
    terms.propose_settlement(by=people.street_officer, now=people.now, contract=contract, **said)

    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=contract, reason="挪用资金")

    award, ban = GrantAward.objects.get(), contract.organization.bans.get()
    assert (award.status, award.remark) == ("REVOKED", "挪用资金")
    assert (ban.status, ban.ground, ban.decision_number) == ("PROPOSED", "GRANT_BREACH", contract.number)
    assert ban.ends_on == people.now.date().replace(year=people.now.year + 2)
    with pytest.raises(refusals.AwardNotToContract):
        drafting.draft_contract(by=people.street_officer, now=people.now, **entry())
    lifecycle.move(ban, "confirm", by=people.district_admin, now=people.now)
    code, group = award.application.credit_code, OrganizationFactory(active=True)
    assert len(grant_hindrances(group, code, award.round, people.now.date())) == 1
    SocialOrganization.objects.filter(pk=contract.organization_id).update(
        standing="FILED", organization_type="COMMUNITY_ORGANIZATION", credit_code=None, filing_number="1号"
    )
    [why] = grant_hindrances(group, code, award.round, people.now.date())
    assert contract.organization.name in why


@pytest.mark.django_db
def test_the_money_page_says_who_pays_which_part(people: SimpleNamespace, contract: Contract) -> None:
    client = Client()
    sign_in(client, people.street_officer)
    page = client.get(f"{contract.get_absolute_url()}money/").content.decode()

    assert [text for text in ("福彩公益金", "5,500.00", "2,800.00", "1,700.00") if text not in page] == []


@pytest.mark.django_db
def test_page_and_interface_tell_who_has_paid_which_part(people: SimpleNamespace, contract: Contract) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now, "contract": contract}
    operations.release_instalment(**by, number=1)
    operations.release_instalment(**by, number=2)
    paid_publicly(people, AwardPayment.objects.get())
    day = people.now.date().isoformat()
    fund = str(people.fund)

    told = Client().get(f"/api/v1/contracts/{contract.pk}").json()
    payment = Client().get("/api/v1/contract-payments", {"contract": contract.pk}).json()["results"][0]
    page = Client().get(contract.get_absolute_url()).content.decode()

    assert (told["fund_amount"], told["amount"]) == ("6000.00", "11000.00")
    assert [tuple(share.values()) for share in told["shares"]] == [
        (1, fund, "FUND", "5500.00", "PLANNED", None),
        (2, fund, "FUND", "500.00", "PLANNED", None),
        (2, "福彩公益金", "BUDGET_LINE", "2800.00", "PAID", day),
        (3, "福彩公益金", "BUDGET_LINE", "1700.00", None, None),
        (3, "财政资金", "BUDGET_LINE", "500.00", None, None),
    ]
    assert payment["payer"] == "福彩公益金"
    assert [
        text for text in (fund, "福彩公益金", "财政资金", "5,500.00", "2,800.00", "500.00") if text not in page
    ] == []


@pytest.mark.django_db
def test_a_list_of_contracts_reads_who_pays_along(
    people: SimpleNamespace, contract: Contract, django_assert_num_queries: Any
) -> None:
    client = session_client(people.street_officer)
    with CaptureQueriesContext(connection) as first:
        assert len(client.get("/api/v1/contracts").json()["results"]) == 1
    twin = Contract.objects.filter(pk=contract.pk)
    rows = [*twin, *twin, *twin]
    found = [shares_of(row, instalments_of(row)) for row in rows]

    assert all(len(one) == 5 for one in found)
    assert sum("projects_awardsource" in one["sql"] for one in first) == 1


@pytest.mark.django_db
def test_the_round_leads_to_the_contract_and_the_desk_fills_it_in(
    people: SimpleNamespace, entry: Callable[..., dict[str, Any]], award: GrantAward, request_: SpendingRequest
) -> None:
    given = contract_on_grant(award)
    assert (given["request"], given["amount"]) == (request_.pk, "11000.00")
    assert given["lines"].count("\n") == 2

    home = award.round.get_absolute_url()
    assert award.contract_by.isoformat() in Client().get(home).content.decode()
    drafting.draft_contract(by=people.street_officer, now=people.now, **entry())
    row = Contract.objects.get()
    hidden = Client().get(home).content.decode()
    client = Client()
    sign_in(client, people.street_officer)

    assert row.number in client.get(home).content.decode()
    assert row.number not in hidden


@pytest.mark.django_db(transaction=True)
def test_no_statement_pays_more_than_its_source_or_the_instalment(
    people: SimpleNamespace, contract: Contract, owner: Any
) -> None:
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now, "contract": contract}
    operations.release_instalment(**by, number=2)
    payment = AwardPayment.objects.get()
    first = contract.instalments.get(number=1)
    fund = GrantAward.objects.get().sources.get(funding__fund__isnull=False)
    fiscal = GrantAward.objects.get().sources.get(funding__budget_line="FISCAL")
    update = f"UPDATE projects_contract SET {{}} WHERE id = {contract.pk}"
    with owner():
        alone("contract_one_a_grant", copied(contract, number="'再签'", status="'DRAFT'"))
        alone("awardpayment_once_a_source", copied(payment, amount="0.01"), beside=["wall_awardpayment_made"])
        alone("wall_awardpayment_made", copied(payment, source_id=str(fiscal.pk), amount="0.01"))
        alone("wall_awardpayment_made", copied(payment, instalment_id=str(first.pk), source_id=str(fund.pk)))
        alone("wall_awardpayment_made", copied(payment, instalment_id=str(first.pk), amount="1700.01"))
        alone("wall_awardpayment_made", copied(payment, instalment_id=str(first.pk), source_id="NULL"))
        paid = contract.instalments.get(number=2).payment_id
        move = f"UPDATE projects_instalment SET payment_id = NULL WHERE payment_id = {paid};"
        Payment.objects.filter(pk=paid).update(amount=Decimal("500.01"))
        alone(
            "wall_instalment_paid",
            f"{move} UPDATE projects_instalment SET payment_id = {paid} WHERE contract_id = {contract.pk} AND number = 2",
        )
        alone("contract:offered_terms_stay", update.format("fund_amount = 5999"))
        alone(
            "contract_fund_pays_a_part",
            update.format("fund_amount = amount + 1"),
            beside=["contract:offered_terms_stay"],
        )


@pytest.mark.django_db(transaction=True)
def test_a_contract_is_offered_with_the_share_of_its_fund(
    people: SimpleNamespace, entry: Callable[..., dict[str, Any]], owner: Any
) -> None:
    row = drafting.draft_contract(by=people.street_officer, now=people.now, **entry())
    offer = f"UPDATE projects_contract SET status = 'OFFERED' WHERE id = {row.pk}"
    with owner():
        Contract.objects.filter(pk=row.pk).update(fund_amount=Decimal(5999))
        alone("wall_contract_of_its_award", offer)
        Contract.objects.filter(pk=row.pk).update(fund_amount=Decimal(6001))
        alone("contract:offered_adds_up", offer, beside=["wall_contract_of_its_award"])


@pytest.mark.django_db
def test_a_grant_is_found_in_the_directory_by_its_programme_and_each_source(
    people: SimpleNamespace, contract: Contract
) -> None:
    assert contract.grant is not None
    programme = contract.grant.round.programme
    assert programme is not None
    other = Programme.objects.create(
        name="另一个品牌",
        division=programme.division,
        purpose="助残服务。",
        started_on=dt.date(2020, 1, 1),
        entered_at=people.now,
        entered_by=programme.entered_by,
    )

    def found(**given: Any) -> int:
        return ProjectFilter({name: str(value) for name, value in given.items()}, public_projects()).qs.count()

    line = project_of(with_figures(public_projects()).get())

    assert (line.type, line.programme, line.amount) == ("MICRO_VENTURE", "釜溪公益行", contract.amount)
    assert found(programme=other.pk) == 0
    assert found(programme=programme.pk) == found(project_type="MICRO_VENTURE") == 1
    assert [found(project_type=kind) for kind in ("VENTURE", "FUND", "BUDGET", "GOV_PURCHASE")] == [0, 0, 0, 0]
    paying = ("WELFARE_LOTTERY", "FISCAL", "FUND", "OWN", "PARTNER")
    assert [found(source=source) for source in paying] == [1, 1, 1, 1, 1]
    assert found(source="FOUNDATION") == found(source="COMMUNITY_WELFARE") == 0


@pytest.mark.django_db
def test_a_grant_is_paid_in_the_instalments_of_its_round(
    people: SimpleNamespace, entry: Callable[..., dict[str, Any]], award: GrantAward
) -> None:
    other = [(60, "SIGNING"), (40, "ACCEPTANCE")]
    given = entry(instalments=other)
    parts = [{"percent": percent, "condition": condition} for percent, condition in other]
    lines = [{"category": kind, "title": title, "amount": str(amount)} for kind, title, amount in given["lines"]]
    keys = {name: given[name].pk for name in ("division", "organization", "grant", "request")}
    days = {name: given[name].isoformat() for name in ("starts_on", "ends_on")}
    plain = {name: given[name] for name in ("title", "scope")} | {"amount": str(given["amount"])}
    typed = {
        **keys,
        **days,
        **plain,
        "instalments": "60 SIGNING\n40 ACCEPTANCE",
        "lines": "\n".join(f"{line['amount']} {line['category']} {line['title']}" for line in lines),
        "milestones": "",
        "deliverables": "",
    }

    with override("en"), pytest.raises(refusals.InstalmentsNotAnnounced, match=r"50 \+ 30 \+ 20"):
        drafting.draft_contract(by=people.street_officer, now=people.now, **given)
    over = session_client(people.street_officer).post(
        "/api/v1/contracts",
        {**keys, **days, **plain, "instalments": parts, "lines": lines, "milestones": []},
        format="json",
    )
    desk = desk_client(people.street_officer).post("/desk/projects/contract/add/", typed)

    assert (over.status_code, over.json()["code"]) == (400, "instalments_not_announced")
    assert desk.status_code == 200
    for said in (over.json()["detail"], desk.content.decode()):
        assert [text for text in (award.number, "50 + 30 + 20") if text not in said] == []
    assert not Contract.objects.exists()
    assert drafting.draft_contract(by=people.street_officer, now=people.now, **entry()).grant == award
