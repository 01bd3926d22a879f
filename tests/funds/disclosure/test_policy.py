"""When accounts are owed: pure calculations at their bounds."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

from funds.disclosure.policy import Figured, accounts_owed, figures_of_use, uses_owed, years_owed
from funds.statements.policy import Movement, Place

D = dt.date


def test_accounts_are_owed_for_whole_quarters_since_the_opening() -> None:
    found = accounts_owed(D(2025, 8, 20), D(2026, 3, 31), every=3, within=30)

    assert [(each.covers_from, each.covers_to, each.due_on) for each in found] == [
        (D(2025, 8, 20), D(2025, 9, 30), D(2025, 10, 30)),
        (D(2025, 10, 1), D(2025, 12, 31), D(2026, 1, 30)),
    ]
    # The day after its last one a period is over.
    assert len(accounts_owed(D(2025, 8, 20), D(2026, 4, 1), every=3, within=30)) == 3


def test_accounts_of_long_ago_are_not_opened_now() -> None:
    found = accounts_owed(D(2015, 1, 1), D(2026, 3, 4), every=3, within=30)

    assert [each.covers_to for each in found] == [D(2025, 3, 31), D(2025, 6, 30), D(2025, 9, 30), D(2025, 12, 31)]


def test_another_rhythm_begins_with_the_year() -> None:
    found = accounts_owed(D(2025, 1, 1), D(2026, 1, 1), every=5, within=10)

    assert [each.covers_to for each in found] == [D(2025, 5, 31), D(2025, 10, 31)]


def test_the_year_is_owed_by_funds_that_were_open_in_it() -> None:
    assert years_owed(D(2026, 1, 1), D(2026, 2, 1), within=3) == []
    (found,) = years_owed(D(2025, 12, 31), D(2026, 1, 1), within=3)
    assert (found.covers_from, found.covers_to, found.due_on) == (D(2025, 12, 31), D(2025, 12, 31), D(2026, 3, 31))


def test_a_short_use_owes_only_its_full_account() -> None:
    clock = {"every": 3, "longer_than": 6, "final_within": 3}
    assert uses_owed(1, D(2026, 1, 1), None, D(2026, 6, 30), **clock) == []
    (found,) = uses_owed(1, D(2026, 1, 1), D(2026, 3, 31), D(2026, 4, 1), **clock)
    assert (found.kind, found.due_on) == ("FINAL", D(2026, 6, 30))


def test_a_long_use_owes_one_every_three_months() -> None:
    found = uses_owed(1, D(2025, 12, 31), None, D(2026, 6, 30), every=3, longer_than=6, final_within=3)

    assert [(each.kind, each.covers_from, each.covers_to, each.due_on) for each in found] == [
        ("USE", D(2025, 12, 31), D(2026, 3, 30), D(2026, 4, 30)),
        ("USE", D(2026, 3, 31), D(2026, 6, 29), D(2026, 7, 30)),
    ]


def test_figures_of_a_use_follow_from_its_hold() -> None:
    pool, hold, sink = (
        Place("pool:free", "POOL", ""),
        Place("hold:request:1", "HOLD", ""),
        Place("use:care", "SINK", ""),
    )
    moves = [
        Movement(pool, hold, Decimal(100), Decimal(20)),
        Movement(hold, sink, Decimal(30), Decimal(40)),
        Movement(hold, pool, Decimal(0), Decimal(5)),
        Movement(pool, sink, Decimal(9), Decimal(9)),
    ]

    assert figures_of_use(moves, hold.code) == [
        Figured("granted", hold.code, "", Decimal(20)),
        Figured("paid", hold.code, "", Decimal(40)),
        Figured("returned", hold.code, "", Decimal(5)),
        Figured("left", hold.code, "", Decimal(45)),
    ]
