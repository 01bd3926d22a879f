"""Policies, standing decisions and orders, step by step, with every refusal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from communities.territory.models import Division
from funds.charity.models import CharityAppointment, CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.ledger.queries import balance_of
from funds.reinvestment import operations
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder, StandingDecision
from funds.reinvestment.operations import Destination, Tier
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.money import SplitDoesNotSum
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import LONG_AGO, PolicyDocumentFactory
from tests.factories.funds_reinvestment import (
    StandingDecisionFactory,
    make_policy,
    open_fund,
    set_value,
)
from tests.funds.reinvestment.conftest import Plan
from tests.people import House

ONE = Decimal(1)
YEAR_START = dt.date(2026, 1, 1)


@pytest.fixture
def enter(house: House, fund: CommunityFund, company: CommunityEnterprise, now: dt.datetime) -> Callable[..., Any]:
    """Enter a policy of the company as the street officer, with whatever is given."""
    document = PolicyDocumentFactory()

    def run(**more: Any) -> DistributionPolicy:
        values: dict[str, Any] = {
            "by": house.people["street_officer"],
            "place": company,
            "base": "DISTRIBUTABLE_PROFIT",
            "document": document,
            "valid_from": YEAR_START,
            "destinations": [Destination(fund, ONE)],
            "now": now,
        }
        return operations.enter_policy(**{**values, **more})

    return run


@pytest.fixture
def order(
    company: CommunityEnterprise, policy: DistributionPolicy, plan: Plan, worked_example: dict[str, Decimal]
) -> ReinvestmentOrder:
    """The proposed order of the worked example."""
    return plan(company, **worked_example).orders.get()


def walk(order: ReinvestmentOrder, house: House, now: dt.datetime, until: str) -> ReinvestmentOrder:
    """Take an order through the hands of the named people up to a state."""
    people, today = house.people, now.date()
    steps: list[tuple[str, Callable[[ReinvestmentOrder], ReinvestmentOrder]]] = [
        ("CONFIRMED", lambda row: lifecycle.move(row, "confirm", by=people["enterprise_head"], now=now)),
        (
            "RESOLVED",
            lambda row: operations.resolve_order(
                by=people["community_staff"],
                order=row,
                decision_reference="居民会议2026年第1号",
                decided_on=today,
                now=now,
                today=today,
            ),
        ),
        (
            "APPROVED",
            lambda row: operations.approve_order(by=people["street_reviewer"], order=row, now=now, today=today),
        ),
        (
            "PAID",
            lambda row: operations.record_payment(
                by=people["enterprise_accountant"],
                order=row,
                paid_on=today,
                payment_reference="回单8801",
                evidence="合同、发票、验收单",
                now=now,
                today=today,
            ),
        ),
    ]
    for status, step in steps:
        order = step(order)
        if status == until:
            break
    return order


def unchanged(order: ReinvestmentOrder, status: str) -> bool:
    return ReinvestmentOrder.objects.get(pk=order.pk).status == status


# --- Policies


def test_a_policy_is_entered_as_a_draft_with_its_parts(enter: Callable[..., Any], fund: CommunityFund) -> None:
    policy = enter(tiers=[Tier(Decimal(0), Decimal(1000), Decimal("0.5")), Tier(Decimal(1000), None, ONE)])

    assert (policy.status, policy.version, policy.division) == ("DRAFT", 1, policy.enterprise.division)
    assert [(tier.lower, tier.upper, tier.share) for tier in policy.tiers.all()] == [
        (Decimal(0), Decimal(1000), Decimal("0.5")),
        (Decimal(1000), None, ONE),
    ]
    assert [(line.fund, line.share) for line in policy.destinations.all()] == [(fund, ONE)]
    assert AuditEntry.objects.get(verb="funds.distribution_policy.entered").object_key == str(policy.pk)
    assert enter().version == 2


def test_without_tiers_the_usual_share_of_the_place_is_entered(enter: Callable[..., Any], house: House) -> None:
    set_value("reinvest.share", "0.65", house.places["street"])

    assert [tier.share for tier in enter().tiers.all()] == [Decimal("0.65")]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"destinations": []}, SplitDoesNotSum),
        ({"base": "FIXED_AMOUNT"}, operations.FixedAmountMissing),
        ({"valid_to": YEAR_START}, operations.EndBeforeBeginning),
        ({"tiers": [Tier(Decimal(1), None, ONE)]}, operations.TiersUnfit),
        ({"tiers": [Tier(Decimal(0), Decimal(5), ONE)]}, operations.TiersUnfit),
        ({"tiers": [Tier(Decimal(0), Decimal(5), ONE), Tier(Decimal(6), None, ONE)]}, operations.TiersUnfit),
        ({"tiers": [Tier(Decimal(0), None, ONE), Tier(Decimal(5), None, ONE)]}, operations.TiersUnfit),
        ({"tiers": [Tier(Decimal(0), None, Decimal("1.01"))]}, operations.TiersUnfit),
    ],
)
def test_a_policy_that_cannot_be_right_is_refused(
    wrong: dict[str, Any], refusal: type[DomainError], enter: Callable[..., Any]
) -> None:
    with pytest.raises(refusal):
        enter(**wrong)

    assert DistributionPolicy.objects.count() == 0


def test_destinations_must_sum_to_one_and_differ(enter: Callable[..., Any], fund: CommunityFund) -> None:
    with pytest.raises(SplitDoesNotSum):
        enter(destinations=[Destination(fund, Decimal("0.9999"))])
    with pytest.raises(operations.DestinationTwice):
        enter(destinations=[Destination(fund, Decimal("0.5")), Destination(fund, Decimal("0.5"))])


def test_a_closing_fund_is_no_destination(enter: Callable[..., Any], fund: CommunityFund) -> None:
    CommunityFund.objects.filter(pk=fund.pk).update(status="CLOSING")
    fund.refresh_from_db()

    with pytest.raises(operations.FundNotOpen):
        enter()


@pytest.mark.parametrize("person", ["other_street_officer", "community_staff", "enterprise_head", "auditor"])
def test_only_staff_of_the_place_enter_policies(person: str, enter: Callable[..., Any], house: House) -> None:
    with pytest.raises(NotAllowed):
        enter(by=house.people[person])


def test_a_policy_is_approved_by_another_person(enter: Callable[..., Any], house: House, now: dt.datetime) -> None:
    own = enter(by=house.people["street_reviewer"])
    with pytest.raises(lifecycle.SamePerson):
        operations.approve_policy(by=house.people["street_reviewer"], policy=own, now=now)

    policy = operations.approve_policy(by=house.people["street_reviewer"], policy=enter(), now=now)

    assert (policy.status, policy.approved_by) == ("ACTIVE", house.people["street_reviewer"])


def test_two_approved_policies_never_overlap(enter: Callable[..., Any], house: House, now: dt.datetime) -> None:
    reviewer = house.people["street_reviewer"]
    first = operations.approve_policy(by=reviewer, policy=enter(), now=now)
    second = enter(valid_from=dt.date(2026, 7, 1))
    with pytest.raises(operations.PolicyOverlaps):
        operations.approve_policy(by=reviewer, policy=second, now=now)

    operations.retire_policy(by=reviewer, policy=first, valid_to=dt.date(2026, 7, 1), reason="新办法", now=now)

    assert operations.approve_policy(by=reviewer, policy=second, now=now).status == "ACTIVE"


def test_a_policy_does_not_end_before_it_begins(enter: Callable[..., Any], house: House, now: dt.datetime) -> None:
    with pytest.raises(operations.EndBeforeBeginning):
        operations.retire_policy(
            by=house.people["street_reviewer"], policy=enter(), valid_to=dt.date(2025, 12, 31), reason="x", now=now
        )


# --- Standing decisions


def test_a_standing_decision_is_recorded(house: House, company: CommunityEnterprise, now: dt.datetime) -> None:
    row = operations.record_standing_decision(
        by=house.people["community_staff"],
        enterprise=company,
        document=PolicyDocumentFactory(),
        decided_on=LONG_AGO,
        valid_from=LONG_AGO,
        amount_limit=Decimal(200000),
        now=now,
        today=now.date(),
    )

    assert AuditEntry.objects.get(verb="funds.standing_decision.recorded").object_key == str(row.pk)


@pytest.mark.parametrize(
    ("person", "wrong", "refusal"),
    [
        ("auditor", {}, NotAllowed),
        ("community_staff", {"decided_on": dt.date(2027, 1, 1)}, operations.DateImpossible),
        ("community_staff", {"valid_to": LONG_AGO}, operations.EndBeforeBeginning),
    ],
)
def test_a_standing_decision_that_cannot_be_right_is_refused(
    *,
    person: str,
    wrong: dict[str, Any],
    refusal: type[DomainError],
    house: House,
    company: CommunityEnterprise,
    now: dt.datetime,
) -> None:
    values = {"decided_on": LONG_AGO, "valid_from": LONG_AGO, **wrong}
    with pytest.raises(refusal):
        operations.record_standing_decision(
            by=house.people[person],
            enterprise=company,
            document=PolicyDocumentFactory(),
            now=now,
            today=now.date(),
            **values,
        )

    assert StandingDecision.objects.count() == 0


# --- Orders


def test_the_head_confirms_and_nobody_else(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    for person in ("enterprise_accountant", "street_reviewer", "community_staff", "charity_officer", "stranger"):
        with pytest.raises(lifecycle.MoveForbidden):
            lifecycle.move(order, "confirm", by=house.people[person], now=now)

    assert walk(order, house, now, "CONFIRMED").confirmed_by == house.people["enterprise_head"]


def test_consent_is_a_decision_with_its_date(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    confirmed, by, today = walk(order, house, now, "CONFIRMED"), house.people["community_staff"], now.date()
    with pytest.raises(operations.ConsentMissing):
        operations.resolve_order(by=by, order=confirmed, now=now, today=today, decision_reference="第1号")
    with pytest.raises(operations.ConsentMissing):
        operations.resolve_order(by=by, order=confirmed, now=now, today=today, decided_on=today)
    with pytest.raises(operations.DateImpossible):
        operations.resolve_order(
            by=by,
            order=confirmed,
            now=now,
            today=today,
            decision_reference="第1号",
            decided_on=today + dt.timedelta(days=1),
        )
    assert unchanged(order, "CONFIRMED")

    resolved = operations.resolve_order(
        by=by, order=confirmed, now=now, today=today, decision_reference="第1号", decided_on=today
    )

    assert (resolved.status, resolved.decision_reference, resolved.decided_on) == ("RESOLVED", "第1号", today)


@pytest.mark.parametrize(
    "shape",
    [
        {"amount_limit": Decimal("151199.99")},
        {"valid_to": dt.date(2026, 3, 4)},
        {"valid_from": dt.date(2026, 3, 5)},
    ],
)
def test_a_standing_decision_must_cover_the_order(
    shape: dict[str, Any], order: ReinvestmentOrder, house: House, company: CommunityEnterprise, now: dt.datetime
) -> None:
    confirmed = walk(order, house, now, "CONFIRMED")
    decision = StandingDecisionFactory(enterprise=company, **shape)
    with pytest.raises(operations.DecisionDoesNotCover):
        operations.resolve_order(
            by=house.people["supervisor"], order=confirmed, standing_decision=decision, now=now, today=now.date()
        )

    assert unchanged(order, "CONFIRMED")


def test_a_standing_decision_up_to_exactly_the_amount_covers(
    order: ReinvestmentOrder, house: House, company: CommunityEnterprise, now: dt.datetime
) -> None:
    confirmed = walk(order, house, now, "CONFIRMED")
    decision = StandingDecisionFactory(enterprise=company, amount_limit=Decimal("151200.00"))
    with pytest.raises(operations.DecisionDoesNotCover):
        operations.resolve_order(
            by=house.people["supervisor"],
            order=confirmed,
            standing_decision=StandingDecisionFactory(),
            now=now,
            today=now.date(),
        )

    resolved = operations.resolve_order(
        by=house.people["supervisor"], order=confirmed, standing_decision=decision, now=now, today=now.date()
    )

    assert (resolved.standing_decision, resolved.decided_on) == (decision, decision.decided_on)


def test_approval_sets_the_due_day_of_the_place(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    set_value("reinvest.due_days", "45", house.places["district"])

    approved = walk(order, house, now, "APPROVED")

    assert (approved.status, approved.due_on) == ("APPROVED", now.date() + dt.timedelta(days=45))
    assert OutboxEvent.objects.filter(topic="funds.order.approved").count() == 1


def test_nothing_is_approved_for_a_fund_that_closes(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    resolved = walk(order, house, now, "RESOLVED")
    CommunityFund.objects.filter(pk=order.fund_id).update(status="CLOSING")

    with pytest.raises(operations.FundNotOpen):
        operations.approve_order(by=house.people["street_reviewer"], order=resolved, now=now, today=now.date())


@pytest.mark.parametrize(
    ("route", "given"),
    [("DONATION", {"evidence": "x"}), ("DIVIDEND", {"payment_reference": "x"}), ("DIRECT", {"payment_reference": "x"})],
)
def test_each_route_asks_for_its_evidence(
    route: str, given: dict[str, str], order: ReinvestmentOrder, house: House, now: dt.datetime
) -> None:
    approved = walk(order, house, now, "APPROVED")
    approved.route = route
    with pytest.raises(operations.EvidenceMissing):
        operations.record_payment(
            by=house.people["enterprise_accountant"],
            order=approved,
            paid_on=now.date(),
            now=now,
            today=now.date(),
            **given,
        )

    assert unchanged(order, "APPROVED")


@pytest.mark.parametrize("days", [-1, 1])
def test_a_payment_is_neither_before_the_order_nor_in_the_future(
    days: int, order: ReinvestmentOrder, house: House, now: dt.datetime
) -> None:
    approved = walk(order, house, now, "APPROVED")

    with pytest.raises(operations.DateImpossible):
        operations.record_payment(
            by=house.people["enterprise_accountant"],
            order=approved,
            paid_on=now.date() + dt.timedelta(days=days),
            payment_reference="x",
            now=now,
            today=now.date(),
        )


def test_a_donation_is_received_only_by_a_bank_line(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    paid = walk(order, house, now, "PAID")
    officer = house.people["charity_officer"]
    with pytest.raises(lifecycle.MoveHindered):
        operations.receive_order(by=officer, order=paid, received_on=now.date(), now=now, today=now.date())
    with pytest.raises(IntegrityError, match="reinvestmentorder_received_is_posted"), transaction.atomic():
        ReinvestmentOrder.objects.filter(pk=paid.pk).update(status="RECEIVED")

    assert unchanged(order, "PAID")


def test_a_matched_donation_is_posted_once(
    order: ReinvestmentOrder, house: House, fund: CommunityFund, now: dt.datetime
) -> None:
    paid = walk(order, house, now, "PAID")

    received = operations.receive_by_bank_line(
        by=house.people["charity_officer"], order=paid, amount=order.amount, booked_on=now.date(), now=now
    )

    assert (received.status, received.received_on) == ("RECEIVED", now.date())
    assert received.journal is not None
    assert (received.journal.key, received.journal.kind) == (f"order:{order.pk}", "REINVESTMENT")
    assert balance_of(fund.book.accounts.get(code="pool:free")) == Decimal("151200.00")
    with pytest.raises(lifecycle.MoveClosed):
        operations.receive_by_bank_line(
            by=house.people["charity_officer"], order=paid, amount=order.amount, booked_on=now.date(), now=now
        )
    assert fund.book.journals.count() == 1


def test_another_amount_is_not_received(
    order: ReinvestmentOrder, house: House, fund: CommunityFund, now: dt.datetime
) -> None:
    paid = walk(order, house, now, "PAID")

    with pytest.raises(operations.AmountDiffers):
        operations.receive_by_bank_line(
            by=house.people["charity_officer"], order=paid, amount=Decimal("151200.01"), booked_on=now.date(), now=now
        )

    assert unchanged(order, "PAID")
    assert fund.book.journals.count() == 0


@pytest.mark.parametrize(("route", "receiver"), [("DIVIDEND", "community_staff"), ("DIRECT", "street_officer")])
def test_other_routes_post_nothing(
    *,
    route: str,
    receiver: str,
    company: CommunityEnterprise,
    fund: CommunityFund,
    plan: Plan,
    house: House,
    now: dt.datetime,
) -> None:
    make_policy(enterprise=company, destinations=[(fund, "1")], route=route)
    paid = walk(plan(company, net_profit=Decimal(1000)).orders.get(), house, now, "PAID")

    given = {"order": paid, "received_on": now.date(), "now": now, "today": now.date()}
    with pytest.raises(lifecycle.MoveForbidden):
        operations.receive_order(by=house.people["charity_officer"], **given)
    assert paid in ReinvestmentOrder.objects.awaiting(house.people[receiver])
    received = operations.receive_order(by=house.people[receiver], **given)
    receipted = operations.issue_receipt(by=house.people[receiver], order=received, receipt_number="确认1", now=now)

    assert (received.status, received.journal, receipted.status) == ("RECEIVED", None, "RECEIPTED")
    assert fund.book.journals.count() == 0


def test_money_goes_back_from_the_free_pool(
    *,
    order: ReinvestmentOrder,
    house: House,
    company: CommunityEnterprise,
    fund: CommunityFund,
    plan: Plan,
    worked_example: dict[str, Decimal],
    now: dt.datetime,
) -> None:
    """A correction downwards: the charity pays, another of its people confirms, the pool gives what it has."""
    worked_example["net_profit"] -= 10000
    back = plan(company, **worked_example, revision=2).orders.get()
    payer, officer = UserFactory(), house.people["charity_officer"]
    CharityAppointment.objects.create(charity=fund.charity, user=payer, valid_from=LONG_AGO)
    approved = walk(back, house, now, "APPROVED")
    given = {"paid_on": now.date(), "payment_reference": "回单9", "now": now, "today": now.date()}
    with pytest.raises(lifecycle.MoveForbidden):
        operations.record_payment(by=house.people["enterprise_accountant"], order=approved, **given)
    with pytest.raises(operations.NothingArrived):
        operations.record_payment(by=payer, order=approved, **given)
    operations.receive_by_bank_line(
        by=officer, order=walk(order, house, now, "PAID"), amount=order.amount, booked_on=now.date(), now=now
    )
    paid = operations.record_payment(by=payer, order=approved, **given)

    operations.receive_order(by=officer, order=paid, received_on=now.date(), now=now, today=now.date())

    assert (back.direction, back.amount) == ("RETURN", Decimal("5400.00"))
    assert balance_of(fund.book.accounts.get(code="pool:free")) == Decimal("145800.00")


def test_a_receipt_has_a_number_and_the_street_publishes(
    order: ReinvestmentOrder, house: House, now: dt.datetime
) -> None:
    officer = house.people["charity_officer"]
    received = operations.receive_by_bank_line(
        by=officer, order=walk(order, house, now, "PAID"), amount=order.amount, booked_on=now.date(), now=now
    )
    with pytest.raises(operations.ReceiptNumberMissing):
        operations.issue_receipt(by=officer, order=received, receipt_number=" ", now=now)

    receipted = operations.issue_receipt(by=officer, order=received, receipt_number="川财票0001", now=now)
    published = lifecycle.move(receipted, "publish", by=house.people["street_reviewer"], now=now)

    assert (published.status, published.receipt_number) == ("PUBLISHED", "川财票0001")


def test_the_clock_marks_what_is_overdue(order: ReinvestmentOrder, house: House, system: Any, now: dt.datetime) -> None:
    approved = walk(order, house, now, "APPROVED")

    on_the_day = operations.mark_overdue(by=system, now=now, today=approved.due_on)
    day_after = operations.mark_overdue(by=system, now=now, today=approved.due_on + dt.timedelta(days=1))
    again = operations.mark_overdue(by=system, now=now, today=approved.due_on + dt.timedelta(days=2))

    assert (on_the_day, day_after, again) == (0, 1, 0)
    assert unchanged(order, "OVERDUE")


def test_reminders_go_out_once_per_stage(order: ReinvestmentOrder, house: House, system: Any, now: dt.datetime) -> None:
    due_on = walk(order, house, now, "APPROVED").due_on

    sent = [
        operations.remind(by=system, now=now, today=due_on - dt.timedelta(days=days))
        for days in (30, 29, 7, 7, 3, 0, 0)
    ]

    reminders = OutboxEvent.objects.filter(topic="funds.order.reminder").order_by("id")
    assert sent == [1, 0, 1, 0, 0, 1, 0]
    assert [event.payload["days_left"] for event in reminders] == [30, 7, 0]


def test_separate_hands_are_separate_in_the_database(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    walk(order, house, now, "PAID")
    row = ReinvestmentOrder.objects.filter(pk=order.pk)
    people = house.people
    for name, values in {
        "reinvestmentorder_resolved_by_another": {"resolved_by": people["enterprise_head"]},
        "reinvestmentorder_approved_by_another": {"approved_by": people["community_staff"]},
        "reinvestmentorder_paid_by_another": {"paid_by": people["street_reviewer"]},
        "reinvestmentorder_received_by_another": {"received_by": people["enterprise_accountant"]},
        "reinvestmentorder_amount_is_positive": {"amount": 0},
        "reinvestmentorder_way_is_known": {"route": "CASH"},
        "reinvestmentorder_moves_by_the_table": {"status": "PUBLISHED"},
    }.items():
        with pytest.raises(IntegrityError, match="." if "moves" in name else name), transaction.atomic():
            row.update(**values)


def test_awaiting_shows_each_hand_its_own_step(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    def hands() -> set[str]:
        return {
            name
            for name, person in house.people.items()
            if ReinvestmentOrder.objects.awaiting(type(person).objects.get(pk=person.pk)).exists()
        }

    assert hands() == {"enterprise_head"}
    order = walk(order, house, now, "CONFIRMED")
    assert hands() == {"community_staff", "supervisor"}


def test_visibility_and_permission_agree(order: ReinvestmentOrder, house: House, now: dt.datetime) -> None:
    for status in ("PROPOSED", "RECEIVED"):
        if status == "RECEIVED":
            operations.receive_by_bank_line(
                by=house.people["charity_officer"],
                order=walk(order, house, now, "PAID"),
                amount=order.amount,
                booked_on=now.date(),
                now=now,
            )
        for person in house.people.values():
            row = ReinvestmentOrder.objects.visible_to(person).filter(pk=order.pk).first()
            fresh = ReinvestmentOrder.objects.get(pk=order.pk)
            assert person.has_perm("funds.view_order", fresh) == (row is not None), (person, status)


def test_a_policy_of_a_place_takes_its_staff(enter: Callable[..., Any], house: House) -> None:
    street: Division = house.places["street"]
    policy = enter(place=street, by=house.people["district_admin"])

    assert (policy.enterprise, policy.division) == (None, street)
    assert open_fund(street).division == street
