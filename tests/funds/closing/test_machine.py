"""Whatever people try in whatever order: a fund lives and ends as a plain model of it does, to the fen.

The model knows nothing of the product: a state, two switches, purses in fen, and the step of the closing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule

from communities.bodies.models import Seat
from communities.notices.operations import close_due_notices
from funds.charity import operations as charity
from funds.charity.committee import Seated
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.closing import operations as closing
from funds.closing.lifecycle import ClosureStatus
from funds.closing.models import FundClosure
from funds.ledger import operations as ledger
from funds.ledger.models import Account, AccountKind, Balance, Book, Journal, Suspension
from funds.ledger.operations import Line
from funds.ledger.queries import differences_in
from governance import lifecycle
from governance.money import to_yuan
from tests.factories.funds_charity import CommunityFundFactory, officer_of
from tests.machines import Machine, run
from tests.people import House
from tests.properties import IS_NIGHT

pytestmark = pytest.mark.django_db

STEPS = 25
EXAMPLES = 400 if IS_NIGHT else 12
"""10,000 steps at night, 300 in every run."""

POOLS = ("pool:free", "pool:restricted:助老")
LIVING = ("ACTIVE", "RECTIFYING")
COMMITTEE = [
    Seated("陈社", Seat.COMMUNITY, is_chair=True),
    Seated("王小明", Seat.RESIDENT),
    Seated("欧阳兰", Seat.RESIDENT),
    Seated("许慈", Seat.CHARITY),
    Seated("林街", Seat.STREET),
    Seated("罗监", Seat.SUPERVISOR),
]


ENDS = ["CLEARED", "TRANSFERRED", "REPORTED", "CLOSED"]
WALKS = ["APPLIED", "ACTIVE", "BEGUN", "PROPOSED", *(ENDS if IS_NIGHT else ENDS[:1])]
"""Where a run begins; at night each end is certain to be seen, however the chances fall."""


class Plain:
    """A fund as a child would keep it."""

    def __init__(self) -> None:
        self.status = "APPLIED"
        self.has_committee = False
        self.stopped: dict[str, str] = {}
        self.purses = dict.fromkeys((*POOLS, "hold:1", "use"), 0)
        self.neighbour = dict.fromkeys(POOLS, 0)
        self.step = ""
        self.use = ""

    @property
    def takes(self) -> bool:
        """Whether money may come in."""
        return "INTAKE" not in self.stopped and self.status not in {"CLOSING", "CLOSED"}

    @property
    def gives(self) -> bool:
        """Whether money may be held and go out."""
        return "OUTGO" not in self.stopped and self.status != "CLOSED"

    @property
    def left(self) -> int:
        """What lies in the pools."""
        return sum(self.purses[code] for code in POOLS)

    @property
    def is_hindered(self) -> bool:
        """Whether something must be done before the money is settled."""
        return bool(self.purses["hold:1"]) or "OUTGO" in self.stopped


class World:
    """The rows of one run."""

    def __init__(self, people: SimpleNamespace, now: dt.datetime) -> None:
        self.fund: CommunityFund = charity.apply_for_fund(
            by=people.community_staff,
            charity=people.charity,
            division=people.community,
            purpose="帮困助老",
            name=f"三八路基金{CommunityFund.objects.count()}",
            now=now,
        )
        self.neighbour: CommunityFund = CommunityFundFactory.create(
            charity=people.charity, division=people.neighbor_place, active=True
        )
        for fund in (self.fund, self.neighbour):
            for code, kind in ((POOLS[1], "POOL"), ("hold:1", "HOLD"), ("use:environment", "SINK")):
                ledger.open_account(by=people.system, book=fund.book, code=code, kind=kind, name=code, now=now)

    def closure(self) -> FundClosure:
        return FundClosure.objects.filter(fund=self.fund).first() or FundClosure(pk=0, fund=self.fund)


class FundMachine(Machine):
    """People who do what they may, and what they may not."""

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.world, self.plain = World(self.people, self.start), Plain()

    def teardown(self) -> None:
        """Prove the chain, and undo the run."""
        assert differences_in(Book.objects.get(pk=self.world.fund.book_id)) == []
        super().teardown()

    def post(self, source: str, target: str, fen: int) -> Journal:
        accounts = {account.code: account for account in Account.objects.filter(book=self.world.fund.book_id)}
        self.number += 1
        return ledger.post_journal(
            by=self.people.system,
            book=Book.objects.get(pk=self.world.fund.book_id),
            kind="DONATION",
            key=f"step:{self.number}",
            posted_on=self.today,
            memo="步骤",
            lines=[Line(accounts[source], accounts[target], to_yuan(fen))],
            now=self.now,
        )

    def move(self, name: str, who: str) -> Callable[[], object]:
        by = getattr(self.people, who)
        return lambda: lifecycle.move(self.world.fund, name, by=by, now=self.now, reason="理由")

    @initialize(walk=st.sampled_from(WALKS))
    def begin(self, walk: str) -> None:
        """Begin somewhere on the way, so that short runs see the end as well."""
        if walk == "APPLIED":
            return
        self.sign()
        self.name_committee(odd=True)
        self.activate()
        self.take("pool:free", 3_333, "donor")
        self.take("pool:restricted:助老", 10_001, "enterprise")
        if walk == "ACTIVE":
            return
        self.begin_closing()
        if walk == "BEGUN":
            return
        self.audit()
        self.propose(to_fund=True)
        if walk == "PROPOSED":
            return
        self.post_notice()
        self.wait(8)
        ends = (lambda: self.transfer("second_officer"), self.report, self.close)
        for end in ends[: ENDS.index(walk)]:
            end()

    # --- Life

    @rule()
    def sign(self) -> None:
        """The charity signs."""
        may = self.plain.status == "APPLIED"
        if self.expect(
            may,
            lambda: charity.sign_agreement(
                by=self.people.charity_officer, fund=self.world.fund, agreement_number="1", now=self.now
            ),
        ):
            self.plain.status = "AGREED"

    @rule(odd=st.booleans())
    def name_committee(self, *, odd: bool) -> None:
        """The street names a committee of five, or one of six."""
        seats = COMMITTEE if odd else [*COMMITTEE, Seated("周远", Seat.UNIT)]
        may = odd and self.plain.status not in {"CLOSING", "CLOSED"} and not self.plain.has_committee
        if not may and odd and self.plain.has_committee:
            return  # a second committee on the same day is not part of this model
        if self.expect(
            may,
            lambda: charity.name_committee(
                by=self.people.street_officer,
                fund=self.world.fund,
                seats=seats,
                valid_from=self.today,
                now=self.now,
            ),
        ):
            self.plain.has_committee = True

    @rule()
    def activate(self) -> None:
        """The street opens it."""
        may = self.plain.status == "AGREED" and self.plain.has_committee
        if self.expect(
            may,
            lambda: charity.activate_fund(by=self.people.street_reviewer, fund=self.world.fund, now=self.now),
        ):
            self.plain.status = "ACTIVE"

    @rule()
    def rectify(self) -> None:
        """The supervisor finds something."""
        if self.expect(self.plain.status == "ACTIVE", self.move("demand_rectification", "supervisor")):
            self.plain.status = "RECTIFYING"

    @rule()
    def confirm(self) -> None:
        """It has been put right."""
        if self.expect(self.plain.status == "RECTIFYING", self.move("confirm_rectification", "street_reviewer")):
            self.plain.status = "ACTIVE"

    # --- Money

    @rule(pool=st.sampled_from(POOLS), fen=st.integers(1, 10_000), source=st.sampled_from(["donor", "enterprise"]))
    def take(self, pool: str, fen: int, source: str) -> None:
        """Money comes."""
        if self.expect(self.plain.takes, lambda: self.post(f"source:{source}", pool, fen)):
            self.plain.purses[pool] += fen

    @rule(fen=st.integers(1, 5_000), pool=st.sampled_from(POOLS))
    def hold(self, fen: int, pool: str) -> None:
        """Money is held for a use."""
        may = self.plain.gives and fen <= self.plain.purses[pool]
        if self.expect(may, lambda: self.post(pool, "hold:1", fen)):
            self.plain.purses[pool] -= fen
            self.plain.purses["hold:1"] += fen

    @rule(fen=st.integers(1, 5_000))
    def pay(self, fen: int) -> None:
        """What is held is paid."""
        may = self.plain.gives and fen <= self.plain.purses["hold:1"]
        if self.expect(may, lambda: self.post("hold:1", "use:environment", fen)):
            self.plain.purses["hold:1"] -= fen
            self.plain.purses["use"] += fen

    @rule()
    def release(self) -> None:
        """What is left of a hold goes back, suspended or not."""
        fen = self.plain.purses["hold:1"]
        if fen:
            self.expect(True, lambda: self.post("hold:1", "pool:free", fen))
            self.plain.purses["hold:1"] = 0
            self.plain.purses["pool:free"] += fen

    @rule(flow=st.sampled_from(["INTAKE", "OUTGO"]), who=st.sampled_from(["charity_officer", "street_reviewer"]))
    def suspend(self, flow: str, who: str) -> None:
        """Somebody stops one way."""
        book = Book.objects.get(pk=self.world.fund.book_id)
        if self.expect(
            flow not in self.plain.stopped,
            lambda: ledger.suspend_book(
                by=getattr(self.people, who), book=book, flow=flow, reason="核查", now=self.now
            ),
        ):
            self.plain.stopped[flow] = who

    @rule(flow=st.sampled_from(["INTAKE", "OUTGO"]), who=st.sampled_from(["charity_officer", "street_reviewer"]))
    def lift(self, flow: str, who: str) -> None:
        """Another person lets it go again."""
        row = Suspension.objects.in_force().filter(book=self.world.fund.book_id, flow=flow).first()
        if row is None:
            assert flow not in self.plain.stopped
            return
        if self.expect(
            self.plain.stopped[flow] != who,
            lambda: ledger.lift_suspension(by=getattr(self.people, who), suspension=row, reason="核清", now=self.now),
        ):
            del self.plain.stopped[flow]

    # --- The end

    @rule()
    def begin_closing(self) -> None:
        """The charity begins to close it."""
        may = self.plain.status in LIVING
        if self.expect(
            may,
            lambda: closing.begin_closing(
                by=self.people.charity_officer,
                fund=self.world.fund,
                ground="AGREEMENT",
                reason="期满",
                now=self.now,
                today=self.today,
            ),
        ):
            self.plain.status, self.plain.step = "CLOSING", "BEGUN"

    def step(self, at: str, to: str, work: Callable[[FundClosure], object], *, free: bool = True) -> None:
        """Take a step of the closing, which is refused unless it is the next one."""
        if not self.plain.step:
            return
        if self.expect(self.plain.step == at and free, lambda: work(self.world.closure())):
            self.plain.step = to

    @rule()
    def audit(self) -> None:
        """The auditor looks at it."""
        told: dict[str, Any] = {"auditor": "会计师事务所", "opinion": "相符", "now": self.now}
        self.step(
            "BEGUN",
            "AUDITED",
            lambda row: closing.give_audit_opinion(by=self.people.auditor, closure=row, today=self.today, **told),
            free=not self.plain.is_hindered,
        )

    @rule(to_fund=st.booleans())
    def propose(self, *, to_fund: bool) -> None:
        """The charity proposes a use."""
        chosen = {"recipient": self.world.neighbour} if to_fund else {"project": "区慈善会助老项目"}
        was = self.plain.step
        self.step(
            "AUDITED",
            "PROPOSED",
            lambda row: closing.propose_balance_use(
                by=self.people.charity_officer,
                closure=row,
                use="SAME_PURPOSE",
                use_reason="目的相近",
                now=self.now,
                **chosen,
            ),
        )
        if was == "AUDITED":
            self.plain.use = "fund" if to_fund else "project"

    @rule()
    def post_notice(self) -> None:
        """The community posts it."""
        self.step(
            "PROPOSED",
            "POSTED",
            lambda row: closing.post_closing(
                by=self.people.community_staff, closure=row, now=self.now, today=self.today
            ),
        )

    @rule(days=st.integers(1, 9))
    def wait(self, days: int) -> None:
        """Days pass, and the clock does what it does."""
        self.now += dt.timedelta(days=days)
        told: dict[str, Any] = {"by": self.people.system, "now": self.now, "today": self.today}
        close_due_notices(**told)
        closing.settle_posted_closings(**told)
        if self.plain.step == "POSTED":
            notice = self.world.closure().notice
            if notice is None or notice.ends_on is None or notice.ends_on < self.today:
                self.plain.step = "CLEARED"

    @rule(who=st.sampled_from(["charity_officer", "second_officer"]))
    def transfer(self, who: str) -> None:
        """The money moves, to the fen."""
        was = self.plain.step
        free = not self.plain.is_hindered and who == "second_officer"
        self.step(
            "CLEARED",
            "TRANSFERRED",
            lambda row: closing.transfer_balance(
                by=getattr(self.people, who), closure=row, now=self.now, today=self.today
            ),
            free=free,
        )
        if was == "CLEARED" and self.plain.step == "TRANSFERRED":
            for code in POOLS:
                if self.plain.use == "fund":
                    self.plain.neighbour[code] += self.plain.purses[code]
                self.plain.purses["use"] += self.plain.purses[code]
                self.plain.purses[code] = 0

    @rule()
    def report(self) -> None:
        """The charity reports."""
        self.step(
            "TRANSFERRED",
            "REPORTED",
            lambda row: closing.give_final_report(
                by=self.people.charity_officer, closure=row, report="完", now=self.now
            ),
        )

    @precondition(lambda self: self.plain.step)
    @rule()
    def close(self) -> None:
        """The street closes it."""
        may = self.plain.step == "REPORTED" and self.plain.status == "CLOSING" and not self.plain.left
        if self.expect(
            may,
            lambda: charity.close_fund(by=self.people.street_reviewer, fund=self.world.fund, reason="完", now=self.now),
        ):
            self.plain.status = "CLOSED"

    # --- What always holds

    @invariant()
    def the_fund_is_as_the_model_says(self) -> None:
        """State, stops, purses, step."""
        self.seen.update({self.plain.status, self.plain.step})
        fund = CommunityFund.objects.select_related("book").get(pk=self.world.fund.pk)
        closure = FundClosure.objects.filter(fund=fund).first()
        lying = {account.code: account.balance.amount for account in Account.objects.filter(book=fund.book).for_list()}

        assert fund.status == self.plain.status
        assert (fund.book.is_intake_stopped, fund.book.is_outgo_stopped) == (
            "INTAKE" in self.plain.stopped,
            "OUTGO" in self.plain.stopped,
        )
        assert (closure.status if closure else "") == self.plain.step
        for code in (*POOLS, "hold:1"):
            assert lying[code] == to_yuan(self.plain.purses[code])
        used = sum((amount for code, amount in lying.items() if code.startswith("use:")), Decimal(0))
        assert used == to_yuan(self.plain.purses["use"])

    @invariant()
    def nothing_is_lost_between_the_books(self) -> None:
        """Every book sums to nothing, no pool is below zero, and the neighbour has what was handed over."""
        for fund in (self.world.fund, self.world.neighbour):
            rows = Balance.objects.filter(account__book=fund.book_id)
            assert sum((row.amount for row in rows), Decimal(0)) == 0
            assert all(row.amount >= 0 for row in rows if row.kind in {AccountKind.POOL, AccountKind.HOLD})
        there = {
            account.code: account.balance.amount
            for account in Account.objects.filter(book=self.world.neighbour.book_id).for_list()
        }
        for code in POOLS:
            assert there[code] == to_yuan(self.plain.neighbour[code])


@pytest.fixture
def people(house: House, system: Any, now: dt.datetime) -> SimpleNamespace:
    found = SimpleNamespace(
        **house.people,
        system=system,
        charity=house.charity,
        community=house.places["community"],
        neighbor_place=house.places["neighbor"],
        second_officer=officer_of(house.charity),
    )
    FundMachine.people, FundMachine.start = found, now
    return found


@pytest.mark.hypothesis
def test_a_fund_lives_as_the_model_says(people: SimpleNamespace) -> None:
    assert people.charity

    run(FundMachine, examples=EXAMPLES, steps=STEPS)

    assert FundMachine.seen >= {"ACTIVE", "CLOSING"}
    if IS_NIGHT:
        assert FundMachine.seen >= {*FundStatus.values, *ClosureStatus.values}


@pytest.mark.parametrize("to_fund", [True, False])
def test_the_model_agrees_along_the_whole_way(people: SimpleNamespace, *, to_fund: bool) -> None:
    assert people.charity
    machine = FundMachine()
    machine.begin("BEGUN")
    for work in (
        machine.audit,
        lambda: machine.propose(to_fund=to_fund),
        machine.post_notice,
        lambda: machine.wait(7),
        lambda: machine.wait(1),
        lambda: machine.transfer("charity_officer"),
        lambda: machine.transfer("second_officer"),
        machine.report,
        machine.close,
        lambda: machine.take("pool:free", 1, "donor"),
    ):
        work()
        machine.the_fund_is_as_the_model_says()
        machine.nothing_is_lost_between_the_books()

    assert machine.plain.status == "CLOSED"
    assert sum(machine.plain.neighbour.values()) == (13_334 if to_fund else 0)
    machine.teardown()
