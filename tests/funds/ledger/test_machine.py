"""Whatever is posted, reversed, stopped and closed in whatever order: the ledger is as a plain model of it, to the fen.

The model knows nothing of the product: purses in fen, a list of what was done, two switches, a lock, closed months.
"""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import strategies as st
from hypothesis.stateful import invariant, rule

from funds.ledger import operations as ledger
from funds.ledger.models import Account, Book, Journal, Period, Suspension, Transfer
from funds.ledger.operations import Line
from funds.ledger.queries import differences_in
from governance.money import to_fen, to_yuan
from tests.factories.funds_charity import CommunityFundFactory, officer_of
from tests.factories.funds_ledger import OPENED_ON
from tests.machines import Machine, run
from tests.people import House
from tests.properties import IS_NIGHT

pytestmark = pytest.mark.django_db

STEPS = 30
EXAMPLES = 340 if IS_NIGHT else 10
"""10,200 steps at night, 300 in every run."""

KINDS = {
    "source:donor": "SOURCE",
    "source:enterprise": "SOURCE",
    "pool:free": "POOL",
    "pool:restricted:1": "POOL",
    "hold:1": "HOLD",
    "use:environment": "SINK",
}
LIMITED = ("POOL", "HOLD")
PlainLine = tuple[str, str, int]

lines = st.lists(
    st.tuples(st.sampled_from(list(KINDS)), st.sampled_from(list(KINDS)), st.integers(1, 900)).filter(
        lambda line: line[0] != line[1]
    ),
    min_size=1,
    max_size=3,
)
people_who_stop = st.sampled_from(["charity_officer", "street_reviewer"])


class Plain:
    """A ledger as a child would keep it."""

    def __init__(self) -> None:
        self.purses = dict.fromkeys(KINDS, 0)
        self.done: list[tuple[str, dt.date, list[PlainLine]]] = []
        self.reversed: set[int] = set()
        self.stopped: dict[str, str] = {}
        self.is_frozen = False
        self.proposed: dict[tuple[int, int], str] = {}
        self.closed: set[tuple[int, int]] = set()

    def after(self, wanted: list[PlainLine]) -> dict[str, int]:
        """Return the purses as they would be."""
        found = dict(self.purses)
        for source, target, fen in wanted:
            found[source] -= fen
            found[target] += fen
        return found

    def takes(self, wanted: list[PlainLine], day: dt.date) -> bool:
        """Tell whether the lines may be posted on a day."""
        comes = any(KINDS[source] == "SOURCE" for source, _target, _fen in wanted)
        goes = any(
            KINDS[target] in {"SINK", "SOURCE"} or (KINDS[source] == "POOL" and KINDS[target] == "HOLD")
            for source, target, _fen in wanted
        )
        return not (
            self.is_frozen
            or (day.year, day.month) in self.closed
            or (comes and "INTAKE" in self.stopped)
            or (goes and "OUTGO" in self.stopped)
            or any(fen < 0 for code, fen in self.after(wanted).items() if KINDS[code] in LIMITED)
        )

    def write(self, key: str, day: dt.date, wanted: list[PlainLine]) -> None:
        """Move the money and remember it."""
        self.purses = self.after(wanted)
        self.done.append((key, day, wanted))


class LedgerMachine(Machine):
    """People who post what they may, and what they may not."""

    def __init__(self) -> None:
        super().__init__()
        self.plain = Plain()
        fund = CommunityFundFactory.create(charity=self.people.charity, division=self.people.community, active=True)
        self.book = fund.book
        for code, kind in KINDS.items():
            ledger.open_account(by=self.people.system, book=self.book, code=code, kind=kind, name=code, now=self.now)
        self.accounts = {account.code: account for account in Account.objects.filter(book=self.book)}

    def post(self, key: str, day: dt.date, wanted: list[PlainLine]) -> Journal:
        return ledger.post_journal(
            by=self.people.system,
            book=Book.objects.get(pk=self.book.pk),
            kind="DONATION",
            key=key,
            posted_on=day,
            memo="步骤",
            lines=[Line(self.accounts[source], self.accounts[target], to_yuan(fen)) for source, target, fen in wanted],
            now=self.now,
        )

    # --- Postings

    @rule(wanted=lines, back=st.integers(0, 40))
    def post_new(self, wanted: list[PlainLine], back: int) -> None:
        """Something is posted, today or on a day that is over."""
        key, day = f"step:{len(self.plain.done)}", max(self.today - dt.timedelta(days=back), OPENED_ON)
        if self.expect(self.plain.takes(wanted, day), lambda: self.post(key, day, wanted), "posted"):
            self.plain.write(key, day, wanted)

    @rule(fen=st.integers(1_000, 9_999), pool=st.sampled_from(["pool:free", "pool:restricted:1"]))
    def give(self, fen: int, pool: str) -> None:
        """Money comes, so that there is some to move."""
        wanted = [("source:donor", pool, fen)]
        key = f"step:{len(self.plain.done)}"
        if self.expect(self.plain.takes(wanted, self.today), lambda: self.post(key, self.today, wanted), "given"):
            self.plain.write(key, self.today, wanted)

    @rule(pick=st.integers(0, 50), other=st.booleans())
    def post_again(self, pick: int, *, other: bool) -> None:
        """The same effect once more: the same content does nothing, another one is refused."""
        if not self.plain.done:
            return
        key, day, wanted = self.plain.done[pick % len(self.plain.done)]
        if key.startswith("reversal"):
            return
        sent = [(source, target, fen + 1) for source, target, fen in wanted] if other else wanted
        count = Journal.objects.filter(book=self.book).count()
        self.expect(not other, lambda: self.post(key, day, sent), "repeated")
        assert Journal.objects.filter(book=self.book).count() == count

    @rule(pick=st.integers(0, 50), who=st.sampled_from(["charity_officer", "stranger"]))
    def reverse(self, pick: int, who: str) -> None:
        """A voucher is reversed: once, by who may."""
        if not self.plain.done:
            return
        number = pick % len(self.plain.done)
        wanted = [(target, source, fen) for source, target, fen in self.plain.done[number][2]]
        is_first = number not in self.plain.reversed and not self.plain.done[number][0].startswith("reversal")
        if self.plain.done[number][0].startswith("reversal"):
            return
        journal = Journal.objects.get(book=self.book, sequence=number + 1)
        by = getattr(self.people, who)
        may = is_first and by.has_perm("funds.reverse_journal", journal) and self.plain.takes(wanted, self.today)
        if self.expect(
            may,
            lambda: ledger.reverse_journal(by=by, journal=journal, posted_on=self.today, memo="更正", now=self.now),
            "reversed",
        ):
            self.plain.write(f"reversal:{number + 1}", self.today, wanted)
            self.plain.reversed.add(number)

    # --- Stops

    @rule(reason=st.sampled_from(["核对", " "]))
    def freeze(self, reason: str) -> None:
        """The book is frozen, with a reason."""
        may = not self.plain.is_frozen and bool(reason.strip())
        if self.expect(
            may,
            lambda: ledger.freeze_book(by=self.people.district_admin, book=self.book, reason=reason, now=self.now),
            "frozen",
        ):
            self.plain.is_frozen = True

    @rule()
    def unfreeze(self) -> None:
        """It is released."""
        if self.expect(
            self.plain.is_frozen,
            lambda: ledger.unfreeze_book(by=self.people.district_admin, book=self.book, reason="核清", now=self.now),
        ):
            self.plain.is_frozen = False

    @rule(flow=st.sampled_from(["INTAKE", "OUTGO"]), who=people_who_stop)
    def suspend(self, flow: str, who: str) -> None:
        """One way is stopped."""
        if self.expect(
            flow not in self.plain.stopped,
            lambda: ledger.suspend_book(
                by=getattr(self.people, who), book=self.book, flow=flow, reason="核查", now=self.now
            ),
            "suspended",
        ):
            self.plain.stopped[flow] = who

    @rule(flow=st.sampled_from(["INTAKE", "OUTGO"]), who=people_who_stop)
    def lift(self, flow: str, who: str) -> None:
        """Another person lets it go again."""
        row = Suspension.objects.in_force().filter(book=self.book, flow=flow).first()
        if row is None:
            assert flow not in self.plain.stopped
            return
        if self.expect(
            self.plain.stopped[flow] != who,
            lambda: ledger.lift_suspension(by=getattr(self.people, who), suspension=row, reason="核清", now=self.now),
            "lifted",
        ):
            del self.plain.stopped[flow]

    # --- Months

    @rule(back=st.integers(0, 2), who=st.sampled_from(["charity_officer", "second_officer"]))
    def propose_month(self, back: int, who: str) -> None:
        """Somebody proposes to close a month that is over."""
        first = (self.today.replace(day=1) - dt.timedelta(days=28 * back)).replace(day=1)
        month = (first.year, first.month)
        if self.expect(
            month < (self.today.year, self.today.month),
            lambda: ledger.propose_period_close(
                by=getattr(self.people, who), book=self.book, year=first.year, month=first.month, now=self.now
            ),
        ):
            self.plain.proposed.setdefault(month, who)

    @rule(who=st.sampled_from(["charity_officer", "second_officer"]))
    def close_month(self, who: str) -> None:
        """Another person closes it."""
        row = Period.objects.filter(book=self.book).order_by("year", "month", "pk").last()
        if row is None:
            assert not self.plain.proposed
            return
        month = (row.year, row.month)
        by = getattr(self.people, who)
        may = (
            month not in self.plain.closed
            and self.plain.proposed[month] != who
            and by.has_perm("funds.close_period", row)
        )
        if self.expect(may, lambda: ledger.close_period(by=by, period=row, now=self.now), "closed"):
            self.plain.closed.add(month)

    @rule(days=st.integers(1, 20))
    def wait(self, days: int) -> None:
        """Days pass."""
        self.now += dt.timedelta(days=days)

    @rule(statement=st.sampled_from(["UPDATE funds_transfer SET amount = 1", "DELETE FROM funds_journal"]))
    def tamper(self, statement: str) -> None:
        """Nobody changes what was posted."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"{statement} WHERE book_id = %s", [self.book.pk])
        except DatabaseError:
            return
        raise AssertionError(statement)

    # --- What always holds

    @invariant()
    def the_ledger_is_as_the_model_says(self) -> None:
        """Purses, stops and months; the sum of everything is nothing; balances are what the transfers say."""
        book = Book.objects.get(pk=self.book.pk)
        lying = {
            account.code: to_fen(account.balance.amount)
            for account in Account.objects.filter(book=book).for_list()
            if account.code in KINDS
        }

        assert lying == self.plain.purses
        assert sum(lying.values()) == 0
        assert all(fen >= 0 for code, fen in lying.items() if KINDS[code] in LIMITED)
        assert (book.status == "FROZEN") is self.plain.is_frozen
        assert (book.is_intake_stopped, book.is_outgo_stopped) == (
            "INTAKE" in self.plain.stopped,
            "OUTGO" in self.plain.stopped,
        )
        assert differences_in(book) == []

    @invariant()
    def each_effect_stands_once_and_in_order(self) -> None:
        """Vouchers run on without a gap, every key once; a reversal names what it moves back, and only that."""
        rows = list(Journal.objects.filter(book=self.book).order_by("sequence").select_related("reverses"))
        moved = Transfer.objects.filter(book=self.book).order_by("journal", "line")
        found: dict[int, list[Any]] = {}
        for journal, source, target, amount in moved.values_list("journal", "source", "target", "amount"):
            found.setdefault(journal, []).append((source, target, amount))

        assert [(row.sequence, row.key, row.posted_on) for row in rows] == [
            (number, key, day) for number, (key, day, _lines) in enumerate(self.plain.done, start=1)
        ]
        for year in {row.year for row in rows}:
            numbers = [row.voucher_number for row in rows if row.year == year]
            assert numbers == list(range(1, len(numbers) + 1))
        for row in rows:
            if row.reverses is not None:
                back = [(target, source, amount) for source, target, amount in found[row.reverses.pk]]
                assert found[row.pk] == back

    @invariant()
    def months_are_closed_by_another(self) -> None:
        """Who proposes does not close."""
        rows = Period.objects.filter(book=self.book)
        assert {(row.year, row.month) for row in rows if row.closed_at} == self.plain.closed
        assert all(row.closed_by_id != row.proposed_by_id for row in rows)


@pytest.fixture
def people(house: House, system: Any, now: dt.datetime) -> SimpleNamespace:
    found = SimpleNamespace(
        **house.people,
        system=system,
        charity=house.charity,
        community=house.places["community"],
        second_officer=officer_of(house.charity),
    )
    LedgerMachine.people, LedgerMachine.start = found, now
    return found


@pytest.mark.hypothesis
def test_a_ledger_keeps_what_the_model_keeps(people: SimpleNamespace) -> None:
    assert people.charity

    run(LedgerMachine, examples=EXAMPLES, steps=STEPS)

    assert LedgerMachine.seen >= {"posted", "given", "repeated"}
    if IS_NIGHT:
        assert LedgerMachine.seen >= {"reversed", "frozen", "suspended", "lifted", "closed"}
