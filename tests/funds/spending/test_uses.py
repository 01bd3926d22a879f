"""What a fund's money may be used for: by the rules of its pack, by its donors' purposes, by who gave it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.policy.models import PolicyParameter
from funds.charity.models import CommunityFund
from funds.donations import operations as donations
from funds.donations.models import Donation
from funds.ledger.models import Account, Journal
from funds.packs.models import FundRulePack
from funds.spending import operations
from funds.spending.models import Payment, SpendingRequest
from funds.spending.policy import PURPOSE_WORDS, STEPS, breach_of, serves
from funds.spending.uses import Rules
from governance.errors import DomainError
from tests.factories.communities import PolicyParameterFactory
from tests.factories.funds_donations import DonationFactory
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory
from tests.funds.spending.conftest import approved, cleared, entered, pay, payable, planned
from tests.funds.spending.test_operations import code_of

pytestmark = pytest.mark.django_db


def pack(people: SimpleNamespace, **values: Any) -> FundRulePack:
    """Let the fund follow a pack of its own."""
    key = f"own-{FundRulePack.objects.count()}"
    row: FundRulePack = FundRulePack.objects.create(
        key=key,
        version=1,
        name="本街道规则包",
        values={f"fund.{key.replace('__', '.')}": value for key, value in values.items()},
        basis="试行办法",
        valid_from=dt.date(2026, 1, 1),
        is_preset=True,
        entered_by=people.system,
        entered_at=dt.datetime(2026, 1, 1, tzinfo=dt.UTC),
    )
    FundRulePack.objects.filter(pk=row.pk).update(status="ACTIVE")
    CommunityFund.objects.filter(pk=people.fund.pk).update(rule_pack=key)
    people.fund.rule_pack = key
    return row


def submitted(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    return operations.submit_request(by=people.community_staff, now=now, request=entered(people, now, **more))


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"lines": [("社区干部奖金", Decimal("3000.00"))]}, "use_prohibited"),
        ({"lines": [("节 日 招 待", Decimal("3000.00"))]}, "use_prohibited"),
        ({"title": "代缴三户物业费"}, "use_prohibited"),
        ({"duty": "GOVERNMENT"}, "use_prohibited"),
        ({"duty": "LIABLE"}, "use_prohibited"),
        ({"duty": "RESIDENTS"}, "use_prohibited"),
        ({"plan": "不用于投资，只换灯。"}, ""),
        ({}, ""),
    ],
)
def test_prohibited_uses_are_not_submitted(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    row = entered(people, now, **more)

    said = ""
    try:
        operations.submit_request(by=people.community_staff, now=now, request=row)
    except DomainError as refusal:
        said = refusal.code
    row.refresh_from_db()
    assert (said, row.status) == (code, "DRAFT" if code else "SUBMITTED")


def test_the_pack_of_the_fund_says_what_is_permitted(people: SimpleNamespace, now: dt.datetime) -> None:
    pack(people, uses__permitted=["RELIEF", "CARE"])

    with pytest.raises(DomainError) as refusal:
        submitted(people, now)

    assert refusal.value.code == "purpose_not_permitted"
    assert "本街道规则包" in str(refusal.value)
    assert submitted(people, now, purpose="CARE").status == "SUBMITTED"


def test_a_pack_that_lifts_a_prohibition_lifts_it(people: SimpleNamespace, now: dt.datetime) -> None:
    pack(people, uses__prohibited={"PAY": ["奖金"]})

    assert submitted(people, now, title="老小区停车费补助").status == "SUBMITTED"
    assert code_of(lambda: submitted(people, now, title="奖金")) == "use_prohibited"


def test_what_changed_since_is_judged_at_approval_and_payment(people: SimpleNamespace, now: dt.datetime) -> None:
    row, held = cleared(people, now), approved(people, now)
    planned_before = planned(people, now, held, "100.00")
    ready = payable(people, now, held, "100.00")
    operations.request_payment(by=people.street_officer, now=now, payment=planned_before)
    pack(people, uses__permitted=["RELIEF"])

    def approve() -> None:
        operations.approve_request(by=people.charity_officer, now=now, today=now.date(), request=row)

    assert code_of(approve) == "purpose_not_permitted"
    assert code_of(lambda: planned(people, now, held, "100.00")) == "purpose_not_permitted"
    assert code_of(lambda: operations.approve_payment(by=people.street_reviewer, now=now, payment=planned_before)) == (
        "purpose_not_permitted"
    )
    assert code_of(lambda: pay(people, now, ready)) == "purpose_not_permitted"
    assert not Journal.objects.filter(kind="PAYMENT").exists()


def test_a_payment_for_something_else_is_refused(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now)

    assert code_of(lambda: planned(people, now, row, "100.00", note="居委会加班费")) == "use_prohibited"
    assert not Payment.objects.exists()


# --- Restricted money ------------------------------------------------------------------------------------------------


def restricted(people: SimpleNamespace, purpose: str = "助老", **more: Any) -> Account:
    """Return the pool of a donation that is restricted to a purpose."""
    when = dt.datetime(2026, 1, 10, tzinfo=dt.UTC)
    told = {"donor_kind": "PERSON", "donor_name": "", "is_name_public": False, "channel": "BANK", **more}
    given = donations.record_donation(
        by=people.charity_officer,
        fund=people.fund,
        amount=Decimal("5000.00"),
        reference=f"B{Donation.objects.count()}",
        restricted_to=purpose,
        now=when,
        **told,
    )
    donations.receive_donation(by=people.second_officer, donation=given, received_on=when.date(), now=when)
    return Account.objects.get(book=people.fund.book_id, code__startswith="pool:restricted:")


@pytest.mark.usefixtures("english")
def test_restricted_money_serves_its_purpose(people: SimpleNamespace, now: dt.datetime) -> None:
    pool = restricted(people)
    row = entered(people, now, pool=pool)

    with pytest.raises(DomainError) as refusal:
        operations.submit_request(by=people.community_staff, now=now, request=row)

    assert refusal.value.code == "restricted_elsewhere"
    assert "助老" in str(refusal.value)
    assert "consent" in str(refusal.value)
    care = approved(people, now, pool=pool, purpose="CARE")
    assert pay(people, now, payable(people, now, care, "100.00")).status == "PAID"


def test_who_gave_restricted_money_does_not_get_it(people: SimpleNamespace, now: dt.datetime) -> None:
    pool = restricted(people, donor_name="刘大力", is_name_public=True)
    told = {"pool": pool, "purpose": "CARE"}

    assert code_of(lambda: submitted(people, now, **told, beneficiaries="刘 大力一家")) == "donor_benefits"
    row = approved(people, now, **told)
    assert code_of(lambda: planned(people, now, row, "100.00", payee="刘大力")) == "donor_benefits"
    assert planned(people, now, row, "100.00", payee="刘小力").payee == "刘小力"


def test_free_money_knows_no_donor(people: SimpleNamespace, now: dt.datetime) -> None:
    DonationFactory(fund=people.fund, received=True, donor_name="刘大力", is_name_public=True)

    assert planned(people, now, approved(people, now), "100.00", payee="刘大力").payee == "刘大力"


@pytest.mark.parametrize(
    ("restriction", "purpose", "told", "fits"),
    [
        ("助老", "CARE", "", True),
        ("助老", "ENVIRONMENT", "", False),
        ("困难老人大病救助", "RELIEF", "", True),
        ("困难老人大病救助", "CARE", "", True),
        ("12栋专款", "ENVIRONMENT", "12栋 专款 换灯", True),
        ("12栋专款", "ENVIRONMENT", "13栋换灯", False),
    ],
)
def test_a_restriction_names_its_uses(restriction: str, purpose: str, told: str, fits: bool) -> None:
    assert serves(restriction, purpose, told, PURPOSE_WORDS.default) is fits


def test_width_and_spaces_hide_nothing() -> None:
    found = breach_of(
        "CARE", "NOBODY", ["\uff21\uff34\uff2d\u3000贷 款"], permitted=["CARE"], prohibited={"DEBT": ("atm贷款",)}
    )

    assert found is not None
    assert (found.kind, found.text) == ("DEBT", "atm贷款")


# --- Serious breach --------------------------------------------------------------------------------------------------


def test_a_listed_body_is_neither_asked_for_nor_planned_nor_requested(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    body = OrganizationFactory(division=people.community, active=True)
    row = approved(people, now, organization=body)
    draft = entered(people, now, organization=body)
    before = planned(people, now, row, "100.00", organization=body)
    CreditListingFactory(organization=body)

    for work in (
        lambda: operations.submit_request(by=people.community_staff, now=now, request=draft),
        lambda: planned(people, now, row, "100.00", organization=body),
        lambda: planned(people, now, row, "100.00", payee=body.name),
        lambda: operations.request_payment(by=people.street_officer, now=now, payment=before),
    ):
        assert code_of(work) == "organization_hindered"
    assert list(Payment.objects.values_list("status", flat=True)) == ["PLANNED"]


def test_the_name_of_a_body_is_the_body(people: SimpleNamespace, now: dt.datetime) -> None:
    body = OrganizationFactory(division=people.community, active=True)

    assert planned(people, now, approved(people, now), "100.00", payee=f" {body.name} ").organization == body


# --- The ladder ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "rule", "days", "kind", "flags", "quotes"),
    [
        ("1000.00", "", 0, "WORKING", (False, False, False), 0),
        ("1000.01", "fund_ordinary", 3, "WORKING", (False, False, False), 0),
        ("5000.00", "fund_ordinary", 3, "WORKING", (False, False, False), 0),
        ("5000.01", "fund_ordinary", 5, "WORKING", (True, True, False), 0),
        ("30000.00", "fund_ordinary", 5, "WORKING", (True, True, False), 0),
        ("30000.01", "fund_special", 7, "CALENDAR", (True, True, True), 3),
    ],
)
def test_each_rung_asks_for_its_own(
    people: SimpleNamespace,
    now: dt.datetime,
    amount: str,
    rule: str,
    days: int,
    kind: str,
    flags: tuple[bool, ...],
    quotes: int,
) -> None:
    step = Rules(people.fund, now.date()).step_for(Decimal(amount))

    assert (step.rule_key, step.publicity_days, step.publicity_kind) == (rule, days, kind)
    assert (step.needs_party_consent, step.needs_charity_check, step.needs_residents_meeting) == flags
    assert step.least_quotes == quotes


def test_a_pack_sets_the_ladder(people: SimpleNamespace, now: dt.datetime) -> None:
    pack(people, ladder=[{**STEPS[-1].data, "rule_key": "fund_special", "publicity_days": 15, "least_quotes": 0}])

    step = submitted(people, now).step
    assert step is not None
    assert (step.rule_key, step.publicity_days) == ("fund_special", 15)


def test_a_place_asks_for_quotes_from_its_own_amount(people: SimpleNamespace, now: dt.datetime) -> None:
    parameter = PolicyParameterFactory(key="fund.quotes.from_amount", value="2000", division=people.community)
    PolicyParameter.objects.filter(pk=parameter.pk).update(status="ACTIVE", approved_by=people.system, approved_at=now)

    assert code_of(lambda: submitted(people, now)) == "quotes_missing"
    assert submitted(people, now, amount=Decimal("2000.00")).status == "SUBMITTED"
