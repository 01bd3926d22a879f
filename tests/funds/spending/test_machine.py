"""Whatever people try with the money of a fund in whatever order: uses go as a plain model of them does, to the fen.

The model (`plain`) knows nothing of the product: a list of uses with their states, and purses in fen.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from communities.notices.operations import close_due_notices
from consultation.decisions.models import Decision
from funds.donations import operations as donations
from funds.donations.models import Donation
from funds.ledger.models import FREE, Account, Book, Suspension
from funds.ledger.operations import lift_suspension, suspend_book
from funds.ledger.queries import differences_in
from funds.spending import operations, refunding, relieving
from funds.spending.lifecycle import PaymentStatus, RefundStatus, ReliefStatus, RequestStatus
from funds.spending.models import FundResolution, Payment, SpendingRequest
from funds.spending.papers.models import EmergencyRelief, Refund
from governance.money import to_fen, to_yuan
from socialorgs.register.models import SocialOrganization
from tests.factories.consultation_matters import MatterFactory
from tests.factories.funds_spending import DecisionFactory
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory
from tests.funds.spending.conftest import stands
from tests.funds.spending.plain import COST, ENDED, SMALL, Ask, Paid, Plain, Refunded
from tests.machines import Machine, attempt, run
from tests.properties import IS_NIGHT

pytestmark = pytest.mark.django_db

STEPS = 50
EXAMPLES = 205 if IS_NIGHT else 6
"""10,250 steps at night, 300 in every run."""

DAYS = 10
HOUSEHOLDS = ("3号楼2户", "9号楼1户")

JUDGED = {"RATIFIED": "FFFF-", "REFUSED": "FAAA-"}
RELIEF = {"RELIEVED", *JUDGED}
BACK = {"PAID": [], "REFUNDED": [False], "MISTAKEN": [True], "COMPLETED": []}
"""Walks on which money leaves, and what becomes of what is given back: whether it was a mistake."""
WALKS = ["", "CHECKED", "APPROVED", "APPROVED", "PAID", "RELIEVED"]
"""Where a run begins; at night each end is certain to be seen, however the chances fall."""
if IS_NIGHT:
    WALKS += ["RETURNED", "REJECTED", "RESOLVED", "POSTED", "CLEARED", "REFUNDED", "MISTAKEN", "COMPLETED", *JUDGED]

asks = st.integers(0, 2)
"""Which of the uses, counted from the newest."""
papers = st.integers(0, 2)
"""Which of its payments or refunds, counted from the newest."""
amounts = st.sampled_from([40_000, 100_000, 150_001, 300_000, 500_000, 500_001])


class SpendingMachine(Machine):
    """Who asks, decides, pays and gives back."""

    restricted: Account
    body: SocialOrganization

    def __init__(self) -> None:
        super().__init__()
        self.plain = Plain({FREE: 2_000_000, self.restricted.code: 500_000})
        self.keys: list[int] = []

    def teardown(self) -> None:
        """Prove the chain, and undo the run."""
        assert differences_in(Book.objects.get(pk=self.people.fund.book_id)) == []
        super().teardown()

    def told(self, who: str, **more: Any) -> dict[str, Any]:
        return {"by": getattr(self.people, who), "now": self.now, **more}

    def at(self, which: int) -> tuple[Ask, SpendingRequest] | None:
        """Return one of the uses and its row."""
        if not self.plain.asks:
            return None
        number = len(self.plain.asks) - 1 - which % len(self.plain.asks)
        return self.plain.asks[number], SpendingRequest.objects.get(pk=self.keys[number])

    def payment_at(self, which: int, paper: int) -> tuple[Ask, Paid, Payment] | None:
        """Return one of the payments of a use and its row."""
        found = self.at(which)
        if found is None or not found[0].payments:
            return None
        number = len(found[0].payments) - 1 - paper % len(found[0].payments)
        row = Payment.objects.filter(request=found[1]).order_by("pk")[number]
        return found[0], found[0].payments[number], row

    @initialize(walk=st.sampled_from(WALKS))
    def begin(self, walk: str) -> None:
        """Begin somewhere on the way, so that short runs see the end as well."""
        if not walk:
            return
        self.ask(300_000, "RELIEF" if walk in RELIEF else "CARE", "NOBODY", restricted=False, urgent=True)
        self.submit(0)
        if walk == "RETURNED":
            self.send_back(0)
            return
        self.check(0, "second_staff")
        if walk == "CHECKED":
            return
        if walk in RELIEF:
            self.relieve(0, HOUSEHOLDS[0])
            if walk in JUDGED:
                self.judge(0, JUDGED[walk])
        else:
            self.resolve(0, "FAAA-" if walk == "REJECTED" else "FFFF-")
            if walk in {"REJECTED", "RESOLVED"}:
                return
            self.post(0)
            if walk == "POSTED":
                return
            self.wait(9)
            if walk == "CLEARED":
                return
        self.approve(0, "charity_officer")
        if walk in {"RELIEVED", *BACK}:
            self.plan(0, 300_000, to_body=True)
            self.request(0, 0)
            self.approve_payment(0, 0, "street_reviewer")
        if walk in BACK:
            self.walk_back(walk)

    def walk_back(self, walk: str) -> None:
        """Let the money leave, and what is given back come home."""
        self.pay(0, 0, "second_officer")
        for ends in BACK[walk]:
            self.give_back(0, 0, 30_000)
            self.end_refund(0, 0, "street_officer" if ends else "second_officer", cancels=ends)
        if walk == "COMPLETED":
            self.accept(0, "second_staff")
            self.end(0, "complete")

    # --- Asking

    @rule(
        fen=amounts,
        purpose=st.sampled_from(["CARE", "CARE", "RELIEF", "RELIEF", "ENVIRONMENT"]),
        duty=st.sampled_from(["NOBODY", "NOBODY", "NOBODY", "LIABLE"]),
        restricted=st.booleans(),
        urgent=st.booleans(),
    )
    def ask(self, fen: int, purpose: str, duty: str, *, restricted: bool, urgent: bool) -> None:
        """Somebody asks for money; what is urgent and relief cites a need, everything else the decision."""
        is_emergency = urgent and purpose == "RELIEF"
        pool = self.restricted if restricted else None
        may = self.plain.takes(fen, is_emergency=is_emergency)
        source = {"matter": self.people.matter} if is_emergency else {"decision": self.people.decision}
        made: list[SpendingRequest] = []
        if self.expect(
            may,
            lambda: made.append(
                operations.enter_request(
                    **self.told("community_staff"),
                    **source,
                    fund=self.people.fund,
                    title="一项用款",
                    purpose=purpose,
                    duty=duty,
                    is_emergency=is_emergency,
                    plan="计划",
                    beneficiaries="居民",
                    amount=to_yuan(fen),
                    lines=[("全部", to_yuan(fen))],
                    pool=pool,
                )
            ),
        ):
            self.plain.asks.append(Ask(fen, purpose, duty, pool.code if pool else FREE, is_emergency))
            self.keys.append(made[0].pk)

    @rule(which=asks)
    def submit(self, which: int) -> None:
        """It is submitted, if the rules and the donors allow it."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        may = ask.status in {"DRAFT", "RETURNED"} and ask.is_permitted
        if self.expect(may, lambda: operations.submit_request(**self.told("community_staff", request=row))):
            ask.status = "SUBMITTED"

    @rule(which=asks, who=st.sampled_from(["community_staff", "second_staff", "second_staff"]))
    def check(self, which: int, who: str) -> None:
        """Another person checks it."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        may = ask.status == "SUBMITTED" and who == "second_staff"
        if self.expect(may, lambda: operations.check_request(**self.told(who, request=row))):
            ask.status = "CHECKED"

    @rule(which=asks)
    def send_back(self, which: int) -> None:
        """It is returned to who has entered it."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        may = ask.status in {"SUBMITTED", "CHECKED"}
        if self.expect(
            may, lambda: operations.send_back_request(**self.told("second_staff", request=row, reason="补充"))
        ):
            ask.status = "RETURNED"

    @rule(which=asks)
    def withdraw(self, which: int) -> None:
        """It is withdrawn."""
        if (found := self.at(which)) is None or which == 0:
            return
        ask, row = found
        may = ask.status in {"DRAFT", "SUBMITTED", "RETURNED", "CHECKED"}
        if self.expect(
            may, lambda: operations.withdraw_request(**self.told("community_staff", request=row, reason="另行安排"))
        ):
            ask.status = "WITHDRAWN"

    # --- Deciding

    def meeting(self, who: str, text: str) -> dict[str, Any]:
        told = {"today": self.today, "met_on": self.today, "stands": stands(self.people.members, text)}
        return self.told(who, **told, supervisor_opinion="同意", party_consent="社区党委同意")

    @rule(which=asks, text=st.sampled_from(["FFFF-", "FFFF-", "FAAA-", "FF---", "F----"]))
    def resolve(self, which: int, text: str) -> None:
        """The committee votes: agrees, refuses, lacks a quorum; the chair alone decides small uses, three a month."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        is_alone = text == "F----" and ask.fen <= SMALL
        month = (self.today.year, self.today.month)
        may = self.plain.is_resolvable(ask, month, is_alone=is_alone)
        if self.expect(may, lambda: operations.record_resolution(**self.meeting("street_officer", text), request=row)):
            if is_alone:
                self.plain.chaired.append(month)
            outcome = {"FFFF-": "RESOLVED", "FAAA-": "REJECTED"}.get(text, "RESOLVED" if is_alone else "CHECKED")
            ask.status = outcome

    @rule(which=asks)
    def post(self, which: int) -> None:
        """It is posted, or entered in the monthly list."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        if self.expect(
            ask.status == "RESOLVED",
            lambda: operations.post_request(**self.told("community_staff", today=self.today, request=row)),
        ):
            ask.status = "CLEARED" if ask.fen <= SMALL else "POSTED"

    @rule(which=asks, household=st.sampled_from(HOUSEHOLDS))
    def relieve(self, which: int, household: str) -> None:
        """Two members and a supervisor do not wait."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        members = self.people.members
        if self.expect(
            self.plain.relieves(ask, household),
            lambda: relieving.grant_relief(
                **self.told("street_officer", request=row, household=household, urgency="急"),
                members=(members[0].pk, members[3].pk),
                supervisor_opinion="同意",
            ),
        ):
            ask.status, ask.relief, ask.household = "CLEARED", "AWAITING", household
            ask.due = self.today + dt.timedelta(days=DAYS)

    @rule(which=asks, text=st.sampled_from(["FFFF-", "FAAA-", "FF---"]))
    def judge(self, which: int, text: str) -> None:
        """The committee judges it later."""
        if (found := self.at(which)) is None or not found[0].relief:
            return
        ask, row = found
        if self.expect(
            ask.relief in {"AWAITING", "OVERDUE"},
            lambda: relieving.judge_relief(**self.meeting("street_reviewer", text), relief=row.relief),
        ):
            ask.relief = {"FFFF-": "RATIFIED", "FAAA-": "REFUSED"}.get(text, ask.relief)

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        """Days pass, and the clocks do what they do."""
        self.now += dt.timedelta(days=days)
        told: dict[str, Any] = {"by": self.people.system, "now": self.now, "today": self.today}
        close_due_notices(**told)
        operations.settle_posted_requests(**told)
        relieving.escalate_relief(**told)
        for ask, key in zip(self.plain.asks, self.keys, strict=True):
            if ask.status == "POSTED":
                notice = SpendingRequest.objects.select_related("notice").get(pk=key).notice
                assert notice is not None
                assert notice.ends_on is not None
                if notice.ends_on < self.today:
                    ask.status = "CLEARED"
            if ask.relief == "AWAITING" and ask.due is not None and ask.due < self.today:
                ask.relief = "OVERDUE"

    # --- Money

    @rule(which=asks, who=st.sampled_from(["charity_officer", "charity_officer", "street_officer"]))
    def approve(self, which: int, who: str) -> None:
        """The charity holds the money."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        may = who == "charity_officer" and self.plain.holds(ask)
        if self.expect(may, lambda: operations.approve_request(**self.told(who, today=self.today, request=row))):
            ask.status = "APPROVED"
            self.plain.purses[ask.pool] -= ask.fen

    @rule(which=asks, fen=st.sampled_from([30_000, 100_000, 150_001, 300_000]), to_body=st.booleans())
    def plan(self, which: int, fen: int, *, to_body: bool) -> None:
        """A payment is planned."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        may = self.plain.plans(ask, fen, to_body=to_body)
        payee = {"payee": "", "organization": self.body} if to_body else {"payee": "五金店"}
        if self.expect(
            may,
            lambda: operations.plan_payment(
                **self.told("street_officer", request=row, number=len(ask.payments) + 1, amount=to_yuan(fen)), **payee
            ),
        ):
            ask.payments.append(Paid(fen, to_body))

    @rule(which=asks, paper=papers)
    def request(self, which: int, paper: int) -> None:
        """It is asked for."""
        if (found := self.payment_at(which, paper)) is None:
            return
        _ask, paid, row = found
        may = paid.status == "PLANNED" and not (paid.to_body and self.plain.is_listed)
        if self.expect(may, lambda: operations.request_payment(**self.told("street_officer", payment=row))):
            paid.status = "REQUESTED"

    @rule(which=asks, paper=papers, who=st.sampled_from(["street_reviewer", "street_officer"]))
    def approve_payment(self, which: int, paper: int, who: str) -> None:
        """Another person approves it."""
        if (found := self.payment_at(which, paper)) is None:
            return
        ask, paid, row = found
        may = paid.status == "REQUESTED" and who == "street_reviewer" and self.plain.is_payable(ask, paid)
        if self.expect(may, lambda: operations.approve_payment(**self.told(who, payment=row))):
            paid.status = "APPROVED"

    @rule(which=asks, paper=papers, who=st.sampled_from(["second_officer", "second_officer", "charity_officer"]))
    def pay(self, which: int, paper: int, who: str) -> None:
        """A third person records that it has left."""
        if (found := self.payment_at(which, paper)) is None:
            return
        ask, paid, row = found
        may = (
            paid.status == "APPROVED"
            and who == "second_officer"
            and not self.plain.stopped_by
            and self.plain.is_payable(ask, paid)
        )
        slip = {"paid_on": self.today, "bank_reference": f"CSH{row.pk}"}
        if self.expect(may, lambda: operations.record_paid(**self.told(who, today=self.today, payment=row), **slip)):
            paid.status = "PAID"
            self.plain.used += paid.fen

    @rule(which=asks, paper=papers)
    def cancel(self, which: int, paper: int) -> None:
        """A payment is cancelled that has not left."""
        if (found := self.payment_at(which, paper)) is None:
            return
        _ask, paid, row = found
        may = paid.status in {"PLANNED", "REQUESTED", "APPROVED"}
        if self.expect(may, lambda: operations.cancel_payment(**self.told("street_officer", payment=row, reason="错"))):
            paid.status = "CANCELLED"

    @rule(which=asks, paper=papers, fen=st.sampled_from([1, 30_000, 150_000, 300_000]))
    def give_back(self, which: int, paper: int, fen: int) -> None:
        """A payee gives something back."""
        if (found := self.payment_at(which, paper)) is None:
            return
        _ask, paid, row = found
        may = paid.status == "PAID" and paid.back + fen <= paid.fen
        slip = {"received_on": self.today, "bank_reference": f"TK{row.pk}-{len(paid.refunds)}", "reason": "退货"}
        if self.expect(
            may,
            lambda: refunding.record_refund(
                **self.told("street_officer", today=self.today, payment=row, amount=to_yuan(fen)), **slip
            ),
        ):
            paid.refunds.append(Refunded(fen))

    @rule(
        which=asks,
        paper=papers,
        who=st.sampled_from(["charity_officer", "second_officer", "street_officer"]),
        cancels=st.booleans(),
    )
    def end_refund(self, which: int, paper: int, who: str, *, cancels: bool) -> None:
        """Another person posts it, or it was a mistake."""
        found = self.payment_at(which, paper)
        if found is None or not found[1].refunds:
            return
        ask, paid, row = found
        mine, refund = paid.refunds[-1], Refund.objects.filter(payment=row).order_by("pk").last()
        assert refund is not None
        if cancels and who == "street_officer":
            if self.expect(
                mine.status == "RECORDED",
                lambda: refunding.cancel_refund(**self.told(who, refund=refund, reason="记错")),
            ):
                mine.status = "CANCELLED"
            return
        may = mine.status == "RECORDED" and who != "street_officer"
        if self.expect(may, lambda: refunding.post_refund(**self.told(who, refund=refund))):
            mine.status = "POSTED"
            self.plain.purses[ask.pool] += mine.fen
            self.plain.used -= mine.fen

    @rule(which=asks, who=st.sampled_from(["second_staff", "community_staff"]))
    def accept(self, which: int, who: str) -> None:
        """Somebody else looks at what was paid for."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        may = ask.status == "APPROVED" and not ask.is_accepted and who == "second_staff"
        if self.expect(may, lambda: operations.accept_request(**self.told(who, request=row, findings="牢固"))):
            ask.is_accepted = True

    @rule(which=asks, how=st.sampled_from(["complete", "stop"]))
    def end(self, which: int, how: str) -> None:
        """It ends, and what is left is released, suspended or not."""
        if (found := self.at(which)) is None:
            return
        ask, row = found
        told = self.told("charity_officer", today=self.today, request=row)
        work = {
            "complete": lambda: operations.complete_request(**told),
            "stop": lambda: operations.stop_request(**told, reason="不再需要"),
        }
        if self.expect(self.plain.ends(ask, how), work[how]):
            self.plain.purses[ask.pool] += ask.held
            ask.status = "COMPLETED" if how == "complete" else "STOPPED"

    # --- What happens around

    @rule(sure=st.integers(0, 4))
    def list_body(self, sure: int) -> None:
        """The organization comes on the list of serious breaches, once and seldom."""
        if not self.plain.is_listed and not sure:
            CreditListingFactory.create(organization=self.body, listed_on=self.today)
            self.plain.is_listed = True

    @rule(who=st.sampled_from(["charity_officer", "street_reviewer"]))
    def stop_outgo(self, who: str) -> None:
        """What goes out is suspended, and let go again by another person."""
        by = getattr(self.people, who)
        if not self.plain.stopped_by:
            told = {"book": self.people.fund.book, "flow": "OUTGO", "reason": "核查", "now": self.now}
            assert attempt(lambda: suspend_book(by=by, **told))
            self.plain.stopped_by = who
            return
        row = Suspension.objects.in_force().get(book=self.people.fund.book_id)
        if self.expect(
            self.plain.stopped_by != who, lambda: lift_suspension(by=by, suspension=row, reason="核清", now=self.now)
        ):
            self.plain.stopped_by = ""

    # --- What always holds

    @invariant()
    def uses_are_as_the_model_says(self) -> None:
        """States of uses, payments, refunds and relief."""
        self.seen.update(ask.status for ask in self.plain.asks)
        self.seen.update(f"relief {ask.relief}" for ask in self.plain.asks if ask.relief)
        rows = {row.pk: row for row in SpendingRequest.objects.filter(pk__in=self.keys)}
        relief = dict(EmergencyRelief.objects.filter(request__in=self.keys).values_list("request", "status"))
        payments = Payment.objects.filter(request__in=self.keys).order_by("pk")
        backs = Refund.objects.filter(payment__request__in=self.keys).order_by("pk")
        for ask, key in zip(self.plain.asks, self.keys, strict=True):
            mine = [row for row in payments if row.request_id == key]
            assert (rows[key].status, relief.get(key, "")) == (ask.status, ask.relief)
            assert [(row.status, to_fen(row.amount)) for row in mine] == [(one.status, one.fen) for one in ask.payments]
            for row, one in zip(mine, ask.payments, strict=True):
                self.seen.add(f"payment {one.status}")
                found = [(back.status, to_fen(back.amount)) for back in backs if back.payment_id == row.pk]
                self.seen.update(f"refund {refund.status}" for refund in one.refunds)
                assert found == [(refund.status, refund.fen) for refund in one.refunds]

    @invariant()
    def every_fen_lies_where_it_should(self) -> None:
        """The book sums to nothing, no pool or hold is below zero, each hold is what was approved less what was paid."""
        accounts = Account.objects.filter(book=self.people.fund.book_id).for_list()
        lying = {account.code: to_fen(account.balance.amount) for account in accounts}

        assert sum(lying.values()) == 0
        assert all(fen >= 0 for code, fen in lying.items() if code.startswith(("pool:", "hold:")))
        assert {code: lying[code] for code in self.plain.purses} == self.plain.purses
        assert sum(fen for code, fen in lying.items() if code.startswith("use:")) == self.plain.used
        for ask, key in zip(self.plain.asks, self.keys, strict=True):
            assert lying.get(f"hold:request:{key}", 0) == ask.held
            assert ask.planned <= ask.fen
            assert all(payment.back <= payment.fen for payment in ask.payments)

    @invariant()
    def steps_lie_in_different_hands(self) -> None:
        """Who asks does not check, who checks does not record, who records does not approve, and so on to the refund."""
        for row in SpendingRequest.objects.filter(pk__in=self.keys):
            hands = [row.submitted_by_id, row.checked_by_id, row.resolved_by_id, row.approved_by_id]
            known = [hand for hand in hands if hand]
            assert len(known) == len(set(known))
            assert row.accepted_by_id is None or row.accepted_by_id not in {row.entered_by_id, row.submitted_by_id}
        for payment in Payment.objects.filter(request__in=self.keys).select_related("request"):
            request = payment.request
            known = [hand for hand in (payment.requested_by_id, payment.approved_by_id, payment.paid_by_id) if hand]
            assert len(known) == len(set(known))
            assert payment.paid_by_id not in {request.entered_by_id, request.approved_by_id}
        for refund in Refund.objects.filter(payment__request__in=self.keys, posted_by__isnull=False):
            assert refund.posted_by_id != refund.recorded_by_id
        for relief in EmergencyRelief.objects.filter(request__in=self.keys, judged_by__isnull=False):
            assert relief.judged_by_id != relief.granted_by_id

    @invariant()
    def what_passed_was_resolved(self) -> None:
        """Nothing is held without a resolution that passed with a quorum, or relief that answers for it."""
        passed = set(
            FundResolution.objects.filter(request__in=self.keys, is_passed=True, has_quorum=True).values_list(
                "request", flat=True
            )
        )
        for ask, key in zip(self.plain.asks, self.keys, strict=True):
            if ask.status in {"APPROVED", *ENDED}:
                assert key in passed or ask.relief


@pytest.fixture
def machine(people: SimpleNamespace, now: dt.datetime) -> type[SpendingMachine]:
    """The machine in a fund with 20,000 free yuan and 5,000 for the old; the decision allows 12,000."""
    when = dt.datetime(2026, 1, 10, tzinfo=dt.UTC)
    given = donations.record_donation(
        by=people.charity_officer,
        fund=people.fund,
        donor_kind="PERSON",
        channel="BANK",
        amount=Decimal("5000.00"),
        reference="B1",
        restricted_to="助老",
        now=when,
    )
    donations.receive_donation(by=people.second_officer, donation=given, received_on=when.date(), now=when)
    people.decision = DecisionFactory.create(division=people.community, cost_estimate=to_yuan(COST))
    people.matter = MatterFactory.create(division=people.community)
    SpendingMachine.people, SpendingMachine.start = people, now
    SpendingMachine.restricted = Account.objects.select_related("book").get(
        book=people.fund.book_id, code__startswith="pool:restricted:"
    )
    SpendingMachine.body = OrganizationFactory.create(division=people.community, active=True)
    assert Donation.objects.count() == 2
    assert isinstance(people.decision, Decision)
    return SpendingMachine


@pytest.mark.hypothesis
def test_uses_go_as_the_model_says(machine: type[SpendingMachine]) -> None:
    run(machine, examples=EXAMPLES, steps=STEPS)

    assert machine.seen >= {"APPROVED", "DRAFT"}
    if IS_NIGHT:
        wanted = {*RequestStatus.values, *(f"payment {name}" for name in PaymentStatus.values)}
        wanted |= {f"relief {name}" for name in ReliefStatus.values}
        assert machine.seen >= wanted | {f"refund {name}" for name in RefundStatus.values}


def test_the_model_agrees_along_the_whole_way(machine: type[SpendingMachine]) -> None:
    walk = machine()
    walk.begin("PAID")
    for work in (
        lambda: walk.give_back(0, 0, 300_000),
        lambda: walk.give_back(0, 0, 1),
        lambda: walk.end_refund(0, 0, "street_officer", cancels=False),
        lambda: walk.end_refund(0, 0, "charity_officer", cancels=False),
        lambda: walk.accept(0, "community_staff"),
        lambda: walk.end(0, "complete"),
        lambda: walk.accept(0, "second_staff"),
        lambda: walk.end(0, "complete"),
        lambda: walk.ask(500_000, "RELIEF", "NOBODY", restricted=False, urgent=True),
        lambda: walk.submit(0),
        lambda: walk.check(0, "second_staff"),
        lambda: walk.relieve(0, HOUSEHOLDS[0]),
        lambda: walk.approve(0, "charity_officer"),
        lambda: walk.plan(0, 300_000, to_body=True),
        lambda: walk.request(0, 0),
        lambda: walk.list_body(0),
        lambda: walk.approve_payment(0, 0, "street_reviewer"),
        lambda: walk.cancel(0, 0),
        lambda: walk.plan(0, 100_000, to_body=True),
        lambda: walk.plan(0, 100_000, to_body=False),
        lambda: walk.request(0, 0),
        lambda: walk.approve_payment(0, 0, "street_reviewer"),
        lambda: walk.wait(9),
        lambda: walk.wait(2),
        lambda: walk.pay(0, 0, "second_officer"),
        lambda: walk.judge(0, "FF---"),
        lambda: walk.judge(0, "FFFF-"),
        lambda: walk.pay(0, 0, "second_officer"),
        lambda: walk.end(0, "complete"),
    ):
        work()
        walk.uses_are_as_the_model_says()
        walk.every_fen_lies_where_it_should()
        walk.steps_lie_in_different_hands()
        walk.what_passed_was_resolved()

    assert [(ask.status, ask.relief) for ask in walk.plain.asks] == [("COMPLETED", ""), ("COMPLETED", "RATIFIED")]
    assert walk.plain.used == 100_000
    walk.teardown()
