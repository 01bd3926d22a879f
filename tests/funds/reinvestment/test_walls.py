"""Each guard of what a fund owes back by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from funds.charity.models import CommunityFund
from funds.ledger.models import Account
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.models import User
from tests.funds.ledger.test_walls import HASH, JOURNAL
from tests.funds.reinvestment.test_owing import Move, back, given, now, owed, payer, post
from tests.funds.walls import alone

__all__ = ["back", "given", "now", "owed", "payer", "post"]


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_a_debt_refuses_alone(
    owed: ReinvestmentOrder,
    fund: CommunityFund,
    post: Move,
    system: User,
    now: dt.datetime,
    owner: Callable[[], Any],
) -> None:
    head = post("source:donor", "pool:free", "90,000")
    accounts = dict(Account.objects.filter(book=fund.book).values_list("code", "pk"))
    back_by_hand = {
        "book": head.book_id,
        "sequence": head.sequence + 1,
        "year": head.year,
        "voucher": head.voucher_number + 1,
        "kind": "PAYMENT",
        "posted_on": head.posted_on,
        "by": system.pk,
        "key": "by hand",
        "total": "54000.01",
        "reverses": None,
        "previous": head.hash,
        "hash": HASH,
        "transfer_book": head.book_id,
        "line": 1,
        "source": accounts["pool:free"],
        "target": accounts[f"source:owed:{owed.pk}"],
        "amount": "54000.01",
        "with_transfer": True,
    }

    with connection.cursor() as cursor:
        voucher = cursor.mogrify(JOURNAL, back_by_hand).decode()

    with owner():
        alone("ledger_debt_overpaid", voucher)
        closed = "UPDATE funds_reinvestmentorder SET status = 'RECEIVED' WHERE id = %s"
        alone("reinvestment_debt_paid", closed, owed.pk)
