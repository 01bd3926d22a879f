"""Goods, beneficiaries, consent, certificates, refunds, changes of use, promises: effects and refusals."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.charity.models import CommunityFund
from funds.donations import corrections, matching, operations
from funds.donations.models import Donation, PurposeChange
from funds.donations.operations import Goods
from funds.donations.promises import DonationMatch, MatchingPromise
from funds.ledger.models import Account, Journal
from funds.ledger.operations import InsufficientAvailable, Line, post_journal
from funds.ledger.queries import balance_of, differences_in
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from tests.factories.funds_charity import use_account
from tests.factories.funds_donations import DonationFactory, MatchingPromiseFactory
from tests.walls import change_refused, refused

pytestmark = pytest.mark.django_db

PLEDGE: dict[str, Any] = {
    "donor_kind": "PERSON",
    "donor_name": "王小明",
    "channel": "BANK",
    "amount": Decimal("888.88"),
    "reference": "20260304-0001",
}
RICE = Goods("大米", Decimal(20), "袋", Decimal("1600.00"), "INVOICE", "发票 No.123")
COATS = Goods("棉衣", Decimal(10), "件", Decimal("500.00"), "MARKET", "同款市价每件50元")
PDF = b"%PDF-1.4\n%%EOF\n"


def balance(fund: CommunityFund, code: str) -> Decimal:
    """Return what lies on an account of the fund."""
    return balance_of(Account.objects.get(book=fund.book, code=code))


def received(people: SimpleNamespace, now: dt.datetime, **changes: Any) -> Donation:
    """Record and receive a donation."""
    row = operations.record_donation(by=people.community_staff, fund=people.fund, now=now, **{**PLEDGE, **changes})
    return operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)


# --- Who may be the beneficiary


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"beneficiary": "王小明", "interest": "NONE"}, "beneficiary_interested"),
        ({"beneficiary": "王 小明的家庭", "interest": "NONE"}, "beneficiary_interested"),
        ({"beneficiary": "李四", "interest": "RELATIVE"}, "beneficiary_interested"),
        ({"beneficiary": "李四", "interest": "SELF"}, "beneficiary_interested"),
        ({"interest": "PARTNER"}, "beneficiary_interested"),
        ({"restricted_to": "资助王小明上学"}, "beneficiary_interested"),
        ({"beneficiary": "李四"}, "interest_undeclared"),
    ],
)
def test_nobody_gives_to_themselves(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], code: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        operations.record_donation(by=people.community_staff, fund=people.fund, now=now, **{**PLEDGE, **changes})

    assert refusal.value.code == code
    assert not Donation.objects.exists()


def test_a_beneficiary_without_ties_may_be_named(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_donation(
        by=people.community_staff, fund=people.fund, now=now, **PLEDGE, beneficiary="李四", interest="NONE"
    )

    assert (row.beneficiary, row.interest) == ("李四", "NONE")
    change_refused("donation_beneficiary_is_no_interested_party", row, "interest = 'RELATIVE'")
    change_refused("donation_beneficiary_is_not_the_donor", row, "beneficiary = donor_name")


def test_words_for_nobody_are_no_name(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_donation(
        by=people.community_staff, fund=people.fund, now=now, **{**PLEDGE, "donor_name": "爱心人士"}
    )

    assert row.donor_name == ""
    change_refused("donation_public_name_is_there", row, "is_name_public = true")


# --- One's own pledge


def test_a_resident_pledges_for_themselves(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.pledge_donation(by=people.stranger, fund=people.fund, amount=Decimal("20.00"), now=now)

    assert (row.donor, row.donor_name, row.status, row.channel) == (people.stranger, "周远", "PLEDGED", "BANK")
    assert row.reference.startswith("JZ")
    assert Donation.objects.visible_to(people.stranger).get() == row
    assert not Donation.objects.visible_to(people.resident).exclude(fund=people.fund).exists()


def test_an_anonymous_pledge_holds_no_name(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.pledge_donation(
        by=people.stranger, fund=people.fund, amount=Decimal("20.00"), now=now, is_anonymous=True, is_name_public=True
    )

    assert (row.donor_name, row.is_name_public) == ("", False)


def test_machines_pledge_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    with pytest.raises(NotAllowed):
        operations.pledge_donation(by=people.service_client, fund=people.fund, amount=Decimal("20.00"), now=now)


# --- Goods


def test_goods_are_kept_with_their_value_and_move_no_money(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_goods(
        by=people.community_staff, fund=people.fund, donor_kind="UNIT", donor_name="某粮油公司", goods=[RICE, COATS],
        reference="实物1", now=now,
    )  # fmt: skip

    row = operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)

    assert (row.status, row.amount, row.journal, row.voucher) == ("RECEIVED", Decimal("2100.00"), None, None)
    assert [str(line) for line in row.goods.order_by("number")] == ["大米 20 袋", "棉衣 10 件"]
    assert not Journal.objects.exists()
    refused("goodsline_fixed_when_received", "UPDATE funds_goodsline SET value = 1 WHERE donation_id = %s", row.pk)
    change_refused("donation_goods_add_up", row, "amount = 1")


@pytest.mark.parametrize(
    "goods",
    [
        [],
        [Goods("", Decimal(1), "袋", Decimal(1), "INVOICE", "x")],
        [Goods("米", Decimal(0), "袋", Decimal(1), "INVOICE", "x")],
        [Goods("米", Decimal(1), "袋", Decimal(0), "INVOICE", "x")],
        [Goods("米", Decimal(1), "袋", Decimal(1), "INVOICE", " ")],
    ],
)
def test_goods_without_value_or_evidence_are_refused(
    people: SimpleNamespace, now: dt.datetime, goods: list[Goods]
) -> None:
    with pytest.raises(operations.GoodsUnfit):
        operations.record_goods(
            by=people.community_staff, fund=people.fund, donor_kind="PERSON", goods=goods, reference="1", now=now
        )

    assert not Donation.objects.exists()


def test_goods_are_no_money(people: SimpleNamespace, now: dt.datetime) -> None:
    with pytest.raises(operations.NotMoney):
        operations.record_donation(
            by=people.community_staff, fund=people.fund, now=now, **{**PLEDGE, "channel": "GOODS"}
        )


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("goodsline_is_worth_something", "value = 0"),
        ("goodsline_is_worth_something", "quantity = 0"),
        ("goodsline_valuation_is_known", "valuation = 'GUESS'"),
        ("goodsline_number_is_unique", "number = 2"),
    ],
)
def test_guards_of_goods(people: SimpleNamespace, now: dt.datetime, constraint: str, change: str) -> None:
    row = operations.record_goods(
        by=people.community_staff, fund=people.fund, donor_kind="PERSON", goods=[RICE, COATS], reference="1", now=now
    )

    change_refused(constraint, row.goods.get(number=1), change)
    change_refused("donation_goods_move_no_money", row, f"journal_id = {DonationFactory(received=True).journal_id}")


# --- Consent and thanks


def test_consent_is_changed_with_a_reason_and_shows_at_once(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund, published=True)

    named = corrections.change_consent(
        by=people.community_staff, donation=row, is_name_public=True, reason="捐赠人电话同意", now=now
    )
    hidden = corrections.change_consent(
        by=people.charity_officer, donation=row, is_name_public=False, reason="捐赠人撤回同意", now=now
    )

    assert (named.public_donor_name, hidden.is_name_public) == ("王小明", False)
    assert "王小明" not in hidden.public_donor_name
    assert AuditEntry.objects.filter(verb="funds.donation.consent_changed").count() == 2


def test_consent_needs_a_name_a_reason_and_a_right(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund, donor_name="")

    with pytest.raises(operations.DonorNameMissing):
        corrections.change_consent(by=people.community_staff, donation=row, is_name_public=True, reason="x", now=now)
    with pytest.raises(lifecycle.ReasonMissing):
        corrections.change_consent(by=people.community_staff, donation=row, is_name_public=False, reason=" ", now=now)
    with pytest.raises(NotAllowed):
        corrections.change_consent(by=people.auditor, donation=row, is_name_public=False, reason="x", now=now)


def test_a_certificate_has_one_code(people: SimpleNamespace, now: dt.datetime) -> None:
    row = DonationFactory(fund=people.fund, received=True)

    first = corrections.issue_certificate(by=people.charity_officer, donation=row, now=now)
    again = corrections.issue_certificate(by=people.community_staff, donation=row, now=now)

    assert first.certificate_code == again.certificate_code != ""
    assert AuditEntry.objects.filter(verb="funds.donation.certified").count() == 1
    with pytest.raises(corrections.CertificateNotNow):
        corrections.issue_certificate(by=people.charity_officer, donation=DonationFactory(fund=people.fund), now=now)
    with pytest.raises(NotAllowed):
        corrections.issue_certificate(by=people.auditor, donation=row, now=now)


# --- Refunds


def proposed(people: SimpleNamespace, row: Donation, now: dt.datetime) -> Donation:
    """Propose to refund a donation that came in error."""
    return corrections.propose_refund(
        by=people.second_officer, donation=row, ground="ERROR", reason="重复汇款", now=now
    )


def test_a_refund_reverses_the_voucher_by_another_person(people: SimpleNamespace, now: dt.datetime) -> None:
    row = proposed(people, received(people, now), now)

    row = corrections.refund_donation(by=people.street_reviewer, donation=row, now=now)

    assert row.status == "REFUNDED"
    assert row.refund_journal is not None
    assert (row.refund_journal.kind, row.refund_journal.reverses) == ("REVERSAL", row.journal)
    assert balance(people.fund, "pool:free") == Decimal("0.00")
    assert differences_in(people.fund.book) == []
    assert AuditEntry.objects.get(verb="funds.donation.refunded").reason == "重复汇款"


def test_a_refund_without_ground_or_proposal_is_refused(people: SimpleNamespace, now: dt.datetime) -> None:
    row = received(people, now)

    for ground, reason in (("", "x"), ("ERROR", " ")):
        with pytest.raises(corrections.RefundUnclear):
            corrections.propose_refund(by=people.second_officer, donation=row, ground=ground, reason=reason, now=now)
    with pytest.raises(lifecycle.MoveHindered):
        corrections.refund_donation(by=people.street_reviewer, donation=row, now=now)
    with pytest.raises(lifecycle.MoveForbidden):
        corrections.refund_donation(by=people.charity_officer, donation=proposed(people, row, now), now=now)
    with pytest.raises(corrections.RefundNotNow):
        proposed(people, DonationFactory(fund=people.fund), now)

    row.refresh_from_db()
    assert (row.status, Journal.objects.count()) == ("RECEIVED", 1)
    change_refused("donation_refund_has_its_ground", row, "status = 'REFUNDED'")
    change_refused("donation_refund_by_two", row, "refunded_by_id = refund_proposed_by_id")


def test_money_that_was_used_does_not_come_back(people: SimpleNamespace, now: dt.datetime) -> None:
    row = proposed(people, received(people, now), now)
    pool = Account.objects.get(book=people.fund.book, code="pool:free")
    post_journal(
        by=people.charity_officer, book=people.fund.book, kind="PAYMENT", key="use", posted_on=now.date(), memo="使用",
        lines=[Line(pool, use_account(people.fund, now), Decimal("1.00"))], now=now,
    )  # fmt: skip

    with pytest.raises(InsufficientAvailable):
        corrections.refund_donation(by=people.street_reviewer, donation=row, now=now)

    row.refresh_from_db()
    assert (row.status, row.refund_journal) == ("RECEIVED", None)


def test_goods_go_back_without_a_voucher(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.record_goods(
        by=people.community_staff, fund=people.fund, donor_kind="PERSON", goods=[RICE], reference="1", now=now
    )
    row = operations.receive_donation(by=people.charity_officer, donation=row, received_on=now.date(), now=now)

    row = corrections.refund_donation(by=people.street_reviewer, donation=proposed(people, row, now), now=now)

    assert (row.status, row.refund_journal) == ("REFUNDED", None)


# --- The agreed use


def change_of(people: SimpleNamespace, row: Donation, now: dt.datetime, **changes: Any) -> PurposeChange:
    """Enter a change of the use with the donor's consent."""
    said = {"new_purpose": "助老", "consent_name": "同意书.pdf", "consent": PDF, "consented_on": now.date()}
    return corrections.propose_purpose_change(by=people.second_officer, donation=row, now=now, **{**said, **changes})


def test_a_change_of_use_moves_the_money_with_the_donors_consent(people: SimpleNamespace, now: dt.datetime) -> None:
    row = received(people, now, restricted_to="助学")
    change = change_of(people, row, now)

    change = corrections.confirm_purpose_change(by=people.charity_officer, change=change, now=now)

    row.refresh_from_db()
    assert (row.restricted_to, str(change)) == ("助老", "助学 → 助老")
    assert balance(people.fund, "pool:restricted:助学") == Decimal("0.00")
    assert balance(people.fund, "pool:restricted:助老") == Decimal("888.88")
    assert change.consent.visibility == "RESTRICTED"


def test_after_a_change_of_use_a_refund_leaves_the_new_pool(people: SimpleNamespace, now: dt.datetime) -> None:
    row = received(people, now, restricted_to="助学")
    corrections.confirm_purpose_change(by=people.charity_officer, change=change_of(people, row, now), now=now)
    row = Donation.objects.get(pk=row.pk)

    row = corrections.refund_donation(by=people.street_reviewer, donation=proposed(people, row, now), now=now)

    assert row.refund_journal is not None
    assert row.refund_journal.kind == "REFUND"
    assert balance(people.fund, "pool:restricted:助老") == Decimal("0.00")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"new_purpose": "助学 "}, "purpose_unchanged"),
        ({"consented_on": dt.date(2026, 3, 5)}, "consent_in_future"),
        ({"consent": b"no file"}, "file_kind_unknown"),
        ({"new_purpose": "资助王小明"}, "beneficiary_interested"),
    ],
)
def test_a_change_of_use_is_refused(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], code: str
) -> None:
    row = received(people, now, restricted_to="助学")

    with pytest.raises(DomainError) as refusal:
        change_of(people, row, now, **changes)

    assert refusal.value.code == code
    assert not PurposeChange.objects.exists()


def test_a_change_of_use_waits_once_and_is_confirmed_by_another_once(people: SimpleNamespace, now: dt.datetime) -> None:
    row = received(people, now, restricted_to="助学")
    change = change_of(people, row, now)

    with pytest.raises(corrections.PurposeFixed):
        change_of(people, row, now, new_purpose="环境")
    with pytest.raises(lifecycle.SamePerson):
        corrections.confirm_purpose_change(by=people.second_officer, change=change, now=now)
    with pytest.raises(NotAllowed):
        corrections.confirm_purpose_change(by=people.community_staff, change=change, now=now)
    change_refused("purposechange_confirmed_is_posted", change, "confirmed_at = now()")
    change_refused("purposechange_changes_something", change, "new_purpose = old_purpose")
    corrections.confirm_purpose_change(by=people.charity_officer, change=change, now=now)
    with pytest.raises(corrections.PurposeFixed):
        corrections.confirm_purpose_change(by=people.charity_officer, change=change, now=now)

    assert Journal.objects.filter(kind="ALLOCATION").count() == 1
    change_refused("purposechange_two_persons", change, "confirmed_by_id = proposed_by_id")


# --- Promises


def test_a_promise_adds_to_each_donation_once_up_to_its_cap(people: SimpleNamespace, now: dt.datetime) -> None:
    promise = matching.promise_matching(
        by=people.community_staff, fund=people.fund, matcher="某企业", ratio=Decimal("0.5"), cap=Decimal("500.00"),
        starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2026, 12, 31), now=now,
    )  # fmt: skip
    received(people, now, reference="早")
    matching.confirm_deposit(by=people.charity_officer, promise=promise, reference="存1", now=now)

    first = received(people, now, reference="1")
    second = received(people, now, reference="2")

    promise.refresh_from_db()
    assert first.match.amount == Decimal("444.44")
    assert first.match.journal.kind == "MATCHING"
    assert second.match.amount == Decimal("55.56")
    assert (promise.used, promise.left, DonationMatch.objects.count()) == (Decimal("500.00"), Decimal("0.00"), 2)
    assert received(people, now, reference="3").pk
    assert DonationMatch.objects.count() == 2
    assert balance(people.fund, "pool:free") == 4 * Decimal("888.88") + Decimal("500.00")


def test_a_match_goes_back_with_its_donation(people: SimpleNamespace, now: dt.datetime) -> None:
    promise = MatchingPromiseFactory(fund=people.fund, funded=True)
    row = received(people, now)

    corrections.refund_donation(by=people.street_reviewer, donation=proposed(people, row, now), now=now)

    promise.refresh_from_db()
    assert (promise.used, balance(people.fund, "pool:free")) == (Decimal("0.00"), Decimal("0.00"))
    assert DonationMatch.objects.get().refund_journal is not None
    assert differences_in(people.fund.book) == []


@pytest.mark.parametrize(
    "changes",
    [{"ratio": Decimal(0)}, {"cap": Decimal(0)}, {"ends_on": dt.date(2025, 1, 1)}, {"each_at_most": Decimal(0)}],
)
def test_an_empty_promise_is_refused(people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any]) -> None:
    said = {
        "matcher": "某企业",
        "ratio": Decimal(1),
        "cap": Decimal(1),
        "starts_on": dt.date(2026, 1, 1),
        "ends_on": dt.date(2026, 12, 31),
    }

    with pytest.raises(matching.PromiseUnfit):
        matching.promise_matching(by=people.community_staff, fund=people.fund, now=now, **{**said, **changes})

    assert not MatchingPromise.objects.exists()


def test_a_deposit_is_confirmed_by_another_with_its_reference(people: SimpleNamespace, now: dt.datetime) -> None:
    promise = MatchingPromiseFactory(fund=people.fund, proposed_by=people.charity_officer)

    with pytest.raises(matching.DepositReferenceMissing):
        matching.confirm_deposit(by=people.second_officer, promise=promise, reference=" ", now=now)
    with pytest.raises(lifecycle.SamePerson):
        matching.confirm_deposit(by=people.charity_officer, promise=promise, reference="1", now=now)
    with pytest.raises(lifecycle.MoveForbidden):
        matching.confirm_deposit(by=people.community_staff, promise=promise, reference="1", now=now)

    promise.refresh_from_db()
    assert promise.status == "PROPOSED"


@pytest.mark.parametrize(
    ("constraint", "change"),
    [
        ("matchingpromise_stays_below_its_cap", "used = cap + 1"),
        ("matchingpromise_adds_something", "ratio = 0"),
        ("matchingpromise_runs_forward", "ends_on = starts_on - 1"),
        ("matchingpromise_two_persons", "funded_by_id = proposed_by_id"),
        ("matchingpromise_funded_is_there", "reference = ''"),
        ("matchingpromise_moves_by_the_table", "status = 'PROPOSED'"),
    ],
)
def test_guards_of_a_promise(constraint: str, change: str) -> None:
    change_refused(constraint, MatchingPromiseFactory(funded=True), change)
