"""Whatever is posted in whatever order: the balances are those of a plain model, and nothing falls below zero."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communities.territory.models import Division
from funds.ledger import operations
from funds.ledger.models import Account, Book, Journal
from funds.ledger.operations import Line
from funds.ledger.queries import differences_in
from governance.accounts.models import User
from governance.money import to_yuan
from tests.factories.funds_ledger import OPENED_ON
from tests.properties import examples

pytestmark = pytest.mark.django_db

CODES = ["source:donor", "source:enterprise", "pool:free", "pool:restricted:1", "hold:1", "use:environment"]
LIMITED = ("pool:", "hold:")

moves = st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), st.integers(1, 500)).filter(
    lambda move: move[0] != move[1]
)
postings = st.lists(st.tuples(st.integers(0, 12), st.lists(moves, min_size=1, max_size=4)), max_size=15)


class Model:
    """A ledger as a child would keep it: a purse per account and a list of what was done."""

    def __init__(self) -> None:
        self.purses = dict.fromkeys(CODES, 0)
        self.done: dict[str, list[tuple[str, str, int]]] = {}

    def post(self, key: str, lines: list[tuple[str, str, int]]) -> str:
        """Do what the lines say, or say why not."""
        if key in self.done:
            return "posted" if self.done[key] == lines else "effect_recorded_differently"
        after = dict(self.purses)
        for source, target, fen in lines:
            after[source] -= fen
            after[target] += fen
        if any(fen < 0 for code, fen in after.items() if code.startswith(LIMITED)):
            return "insufficient_available"
        self.purses, self.done[key] = after, lines
        return "posted"


@settings(
    max_examples=examples(25),
    deadline=None,
    # The house is read only; each example opens a book of its own.
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(postings)
def test_the_ledger_agrees_with_a_plain_model(
    system: User, community: Division, now: dt.datetime, wanted: list[tuple[int, list[tuple[str, str, int]]]]
) -> None:
    book = operations.open_book(
        by=system,
        code=f"model-{Book.objects.count()}",
        name="基金",
        division=community,
        opened_on=OPENED_ON,
        now=now,
    )
    for code, kind in (("pool:restricted:1", "POOL"), ("hold:1", "HOLD"), ("use:environment", "SINK")):
        operations.open_account(by=system, book=book, code=code, kind=kind, name=code, now=now)
    accounts = {account.code: account for account in Account.objects.filter(book=book)}
    model = Model()

    for number, lines in wanted:
        key = f"effect:{number}"
        outcome = "posted"
        try:
            operations.post_journal(
                by=system,
                book=book,
                kind="DONATION",
                key=key,
                posted_on=now.date(),
                memo="测试",
                lines=[Line(accounts[source], accounts[target], to_yuan(fen)) for source, target, fen in lines],
                now=now,
            )
        except (operations.InsufficientAvailable, operations.EffectRecordedDifferently) as refusal:
            outcome = refusal.code
        assert outcome == model.post(key, lines)

    stored = {account.code: account.balance.amount for account in Account.objects.filter(book=book).for_list()}
    assert {code: stored[code] for code in CODES} == {code: to_yuan(fen) for code, fen in model.purses.items()}
    assert sum(stored.values()) == Decimal(0)
    assert Journal.objects.filter(book=book).count() == len(model.done)
    assert differences_in(book) == []
