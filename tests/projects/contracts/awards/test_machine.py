"""Whatever people try with a contract on an award in whatever order: it goes as a plain model of it does.

The model knows nothing of the product: a state, who signed, a milestone, opinions of a delivery, two instalments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from projects.contracts import drafting, operations
from projects.contracts.models import Contract
from projects.contracts.terms import operations as terms
from projects.contracts.terms.models import AwardPayment
from projects.purchasing.awarding.models import PublicPayment
from tests.factories.socialorgs_register import CreditListingFactory
from tests.machines import Machine, run
from tests.properties import IS_NIGHT

pytestmark = pytest.mark.django_db

STEPS = 45
EXAMPLES = 220 if IS_NIGHT else 6
STREET = ("street_officer", "street_reviewer")
ACCEPTING = (*STREET, "community_staff", "supervisor")
ACTORS = (*STREET, "community_staff", "supervisor", "manager")
NEEDED, PARTS = 5, 3
"""Opinions that are needed, and of five of them so many must be content."""
WALK = ("offer", "agree", "join", "sign", "report", "confirm", "deliver", "opine", "accept")
WHO = {"offer": "street_officer", "agree": "manager", "join": "community_staff", "sign": "street_reviewer"}

actors = st.sampled_from(ACTORS)
parts = st.sampled_from([1, 2])


@dataclass
class Plain:
    """What the contract should be."""

    status: str = "DRAFT"
    joined: bool = False
    milestone: str = "PLANNED"
    opinions: dict[int, bool] = field(default_factory=dict)
    payments: dict[int, tuple[str, str, str]] = field(default_factory=dict)
    """State of the live payment of an instalment, who asked for it, who approved it."""
    reckoned: str = ""
    listed: bool = False

    @property
    def is_content(self) -> bool:
        said = list(self.opinions.values())
        return len(said) >= NEEDED and sum(said) * NEEDED >= PARTS * len(said)

    def is_due(self, number: int) -> bool:
        signed = self.status in ("RUNNING", "DELIVERED", "ACCEPTED", "CLOSED")
        return signed if number == 1 else self.status in ("ACCEPTED", "CLOSED")


class ContractMachine(Machine):
    """Who offers, signs, delivers, accepts, pays and ends."""

    entry: Callable[..., dict[str, Any]]

    def __init__(self) -> None:
        super().__init__()
        self.plain = Plain()
        self.row = Contract()

    def by(self, name: str) -> dict[str, Any]:
        return {"by": getattr(self.people, name), "now": self.now}

    def fresh(self) -> Contract:
        return Contract.objects.get(pk=self.row.pk)

    @initialize(until=st.sampled_from(["", "sign", "deliver", "accept"]))
    def begin(self, until: str = "") -> None:
        self.row = drafting.draft_contract(
            **self.by("street_officer"),
            **self.entry(
                instalments=[(50, "SIGNING"), (50, "ACCEPTANCE")],
                deliverables=[],
                starts_on=self.today,
                ends_on=self.today + dt.timedelta(days=300),
            ),
        )
        for name in WALK[: WALK.index(until) + 1] if until else ():
            if name == "opine":
                for number in range(NEEDED):
                    self.opine(number, content=True)
            elif name in ("report", "confirm", "deliver", "accept"):
                who = {"report": "manager", "confirm": "community_staff", "deliver": "manager", "accept": "supervisor"}
                getattr(self, name)(who[name])
            else:
                getattr(self, name)(WHO[name])

    # --- Signing

    @rule(who=actors)
    def offer(self, who: str) -> None:
        may = self.plain.status == "DRAFT" and who in STREET and not self.plain.listed
        if self.expect(may, lambda: operations.offer_contract(**self.by(who), contract=self.fresh()), "OFFERED"):
            self.plain.status, self.offered_by = "OFFERED", who

    @rule(who=actors)
    def agree(self, who: str) -> None:
        may = self.plain.status == "OFFERED" and who == "manager" and not self.plain.listed
        if self.expect(may, lambda: operations.agree_contract(**self.by(who), contract=self.fresh()), "AGREED"):
            self.plain.status = "AGREED"

    @rule(who=actors)
    def join(self, who: str) -> None:
        may = self.plain.status == "AGREED" and who == "community_staff" and not self.plain.joined
        if self.expect(may, lambda: operations.join_contract(**self.by(who), contract=self.fresh()), "joined"):
            self.plain.joined = True

    @rule(who=actors)
    def sign(self, who: str) -> None:
        plain = self.plain
        may = plain.status == "AGREED" and who == "street_reviewer" and plain.joined and not plain.listed
        may = may and self.offered_by != who

        def work() -> object:
            return operations.sign_contract(**self.by(who), today=self.today, contract=self.fresh())

        if self.expect(may, work, "RUNNING"):
            plain.status = "RUNNING"

    offered_by = ""

    # --- Delivery

    @rule(who=actors)
    def report(self, who: str) -> None:
        may = self.plain.status == "RUNNING" and who == "manager" and self.plain.milestone == "PLANNED"
        step = self.row.milestones.get()
        if self.expect(
            may, lambda: operations.report_milestone(**self.by(who), milestone=step, report="已办"), "reported"
        ):
            self.plain.milestone = "REPORTED"

    @rule(who=actors)
    def confirm(self, who: str) -> None:
        may = self.plain.status == "RUNNING" and self.plain.milestone == "REPORTED"
        may = may and who in (*STREET, "community_staff")
        step = self.row.milestones.get()
        if self.expect(may, lambda: operations.confirm_milestone(**self.by(who), milestone=step), "confirmed"):
            self.plain.milestone = "CONFIRMED"

    @rule(who=actors)
    def deliver(self, who: str) -> None:
        plain = self.plain
        may = plain.status == "RUNNING" and who == "manager" and plain.milestone == "CONFIRMED"

        def work() -> object:
            return operations.report_delivery(**self.by(who), contract=self.fresh(), report="完成")

        if self.expect(may, work, "DELIVERED"):
            plain.status, plain.opinions = "DELIVERED", {}

    @rule(who=actors)
    def send_back(self, who: str) -> None:
        may = self.plain.status == "DELIVERED" and who in ACCEPTING

        def work() -> object:
            return operations.return_delivery(**self.by(who), contract=self.fresh(), reason="再修")

        if self.expect(may, work, "returned"):
            self.plain.status = "RUNNING"

    @rule(number=st.integers(0, 7), content=st.booleans())
    def opine(self, number: int, *, content: bool) -> None:
        may = self.plain.status == "DELIVERED" and number not in self.plain.opinions
        person = self.people.neighbors[number]

        def work() -> object:
            return operations.give_acceptance_opinion(
                by=person, now=self.now, contract=self.fresh(), is_satisfied=content
            )

        if self.expect(may, work, "opinion"):
            self.plain.opinions[number] = content

    @rule(who=actors)
    def accept(self, who: str) -> None:
        may = self.plain.status == "DELIVERED" and who in ACCEPTING and self.plain.is_content
        if self.expect(may, lambda: operations.accept_contract(**self.by(who), contract=self.fresh()), "ACCEPTED"):
            self.plain.status = "ACCEPTED"

    # --- Money

    @rule(who=actors, number=parts)
    def release(self, who: str, number: int) -> None:
        plain = self.plain
        may = who in STREET and plain.is_due(number) and number not in plain.payments and not plain.listed

        def work() -> object:
            return operations.release_instalment(**self.by(who), contract=self.fresh(), number=number)

        if self.expect(may, work, "REQUESTED"):
            plain.payments[number] = ("REQUESTED", who, "")

    def payment(self, number: int) -> AwardPayment | None:
        return self.row.award_payments.filter(instalment__number=number).order_by("-pk").first()

    @rule(who=actors, number=parts)
    def approve(self, who: str, number: int) -> None:
        state, asked, _approved = self.plain.payments.get(number, ("", "", ""))
        payment = self.payment(number)
        if payment is None:
            return
        may = state == "REQUESTED" and who == "street_reviewer" and who != asked and not self.plain.listed
        if self.expect(may, lambda: terms.approve_award_payment(**self.by(who), payment=payment), "APPROVED"):
            self.plain.payments[number] = ("APPROVED", asked, who)

    @rule(who=actors, number=parts)
    def pay(self, who: str, number: int) -> None:
        state, asked, approved = self.plain.payments.get(number, ("", "", ""))
        payment = self.payment(number)
        if payment is None:
            return
        may = state == "APPROVED" and who in STREET and who != approved and not self.plain.listed

        def work() -> object:
            return terms.record_award_payment(
                **self.by(who), payment=payment, paid_on=self.today, reference=f"自财支{number}号"
            )

        if self.expect(may, work, "PAID"):
            self.plain.payments[number] = ("PAID", asked, approved)

    @rule(who=actors, number=parts)
    def cancel(self, who: str, number: int) -> None:
        payment = self.payment(number)
        if payment is None:
            return
        state = self.plain.payments.get(number, ("", "", ""))[0]
        may = state in ("REQUESTED", "APPROVED") and who == "street_reviewer"

        def work() -> object:
            return terms.cancel_award_payment(**self.by(who), payment=payment, reason="更正")

        if self.expect(may, work, "CANCELLED"):
            del self.plain.payments[number]

    # --- The end

    @rule(who=actors)
    def close(self, who: str) -> None:
        paid = [state for state, _asked, _approved in self.plain.payments.values()]
        may = self.plain.status == "ACCEPTED" and who in STREET and paid == ["PAID", "PAID"]
        if self.expect(may, lambda: operations.close_contract(**self.by(who), contract=self.fresh()), "CLOSED"):
            self.plain.status = "CLOSED"

    @rule(who=actors)
    def reckon(self, who: str) -> None:
        may = self.plain.status == "RUNNING" and who in STREET

        def work() -> object:
            said = {"ground": "AGREED", "done": "做了一半", "work_value": Decimal(0)}
            return terms.propose_settlement(**self.by(who), contract=self.fresh(), **said)

        if self.expect(may, work, "reckoned"):
            self.plain.reckoned = who

    @rule(who=actors)
    def end_early(self, who: str) -> None:
        plain = self.plain
        may = plain.status in ("DRAFT", "OFFERED", "AGREED", "RUNNING") and who == "street_reviewer"
        may = may and all(state == "PAID" for state, _asked, _approved in plain.payments.values())
        if plain.status == "RUNNING":
            may = may and plain.reckoned not in ("", who)

        def work() -> object:
            return operations.terminate_contract(**self.by(who), contract=self.fresh(), reason="需求变化")

        if self.expect(may, work, "TERMINATED"):
            plain.status = "TERMINATED"

    @rule()
    def list_body(self) -> None:
        if not self.plain.listed:
            CreditListingFactory.create(organization=self.row.organization)
            self.plain.listed = True
            self.seen.add("listed")

    # --- What holds

    @invariant()
    def it_is_as_the_model_says(self) -> None:
        if self.row.pk is None:
            return
        row, plain = self.fresh(), self.plain
        live = self.row.award_payments.exclude(status="CANCELLED").order_by("instalment__number")
        assert (row.status, row.joined_at is not None) == (plain.status, plain.joined)
        assert row.milestones.get().status == plain.milestone
        assert row.opinions.filter(delivery=row.delivery_number).count() == len(plain.opinions)
        assert [(one.instalment.number, one.status) for one in live.select_related("instalment")] == [
            (number, plain.payments[number][0]) for number in sorted(plain.payments)
        ]

    @invariant()
    def never_more_is_paid_than_was_awarded(self) -> None:
        if self.row.pk is None:
            return
        paid = sum(PublicPayment.objects.filter(award=self.row.purchase_id).values_list("amount", flat=True))
        assert paid <= self.row.amount
        if self.plain.status not in ("ACCEPTED", "CLOSED"):
            assert paid <= self.row.amount / 2


@pytest.fixture
def machine(people: SimpleNamespace, entry: Callable[..., dict[str, Any]]) -> type[ContractMachine]:
    """The people, and a contract that runs since a month."""
    starts_on = entry()["starts_on"]
    ContractMachine.people = people
    ContractMachine.entry = staticmethod(entry)
    ContractMachine.start = dt.datetime.combine(starts_on + dt.timedelta(days=30), dt.time(9), tzinfo=people.now.tzinfo)
    return ContractMachine


@pytest.mark.hypothesis
def test_contracts_go_as_the_model_says(machine: type[ContractMachine]) -> None:
    run(machine, examples=EXAMPLES, steps=STEPS)

    wanted = {"OFFERED", "AGREED", "RUNNING", "DELIVERED", "ACCEPTED"}
    if IS_NIGHT:
        wanted |= {"CLOSED", "TERMINATED", "PAID", "CANCELLED", "listed", "returned"}
    assert machine.seen >= wanted


def test_the_model_agrees_along_the_whole_way(machine: type[ContractMachine]) -> None:
    walk = machine()
    walk.begin("deliver")
    for work in (
        lambda: walk.release("street_officer", 1),
        lambda: walk.release("street_officer", 2),
        lambda: walk.approve("street_officer", 1),
        lambda: walk.approve("street_reviewer", 1),
        lambda: walk.pay("street_reviewer", 1),
        lambda: walk.pay("street_officer", 1),
        lambda: walk.opine(0, content=True),
        lambda: walk.opine(0, content=True),
        lambda: walk.accept("supervisor"),
        lambda: walk.send_back("supervisor"),
        lambda: walk.deliver("manager"),
        *(lambda number=number: walk.opine(number, content=number < PARTS) for number in range(NEEDED)),
        lambda: walk.accept("manager"),
        lambda: walk.accept("community_staff"),
        lambda: walk.end_early("street_reviewer"),
        lambda: walk.close("street_officer"),
        lambda: walk.release("street_reviewer", 2),
        lambda: walk.approve("street_reviewer", 2),
        lambda: walk.cancel("street_reviewer", 2),
        lambda: walk.release("street_officer", 2),
        walk.list_body,
        lambda: walk.approve("street_reviewer", 2),
    ):
        work()
        walk.it_is_as_the_model_says()
        walk.never_more_is_paid_than_was_awarded()

    assert (walk.plain.status, walk.plain.payments[1][0]) == ("ACCEPTED", "PAID")
    walk.teardown()
