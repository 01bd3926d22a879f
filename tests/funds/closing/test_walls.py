"""Each guard of the closing of a fund by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from tests.factories.funds_charity import CommunityFundFactory
from tests.funds.closing.conftest import proposed, transferred
from tests.funds.closing.test_operations import later
from tests.walls import alone, copied

__all__ = ["later"]
pytestmark = pytest.mark.django_db(transaction=True)
CLOSURE = "UPDATE funds_fundclosure SET {} WHERE id = %s"


def test_each_guard_of_a_proposed_closing_refuses_alone(
    people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    row, strange = proposed(people, now), CommunityFundFactory.create(active=True)

    with owner():
        alone("fundclosure:recipient_fits", CLOSURE.format("recipient_id = %s"), strange.pk, row.pk)
        alone("fundclosure:recipient_fits", CLOSURE.format("recipient_id = fund_id"), row.pk)
        # The same once more, at an earlier step: without a recipient, which the trigger would look at.
        again = {"status": "'BEGUN'", "use": "''", "recipient_id": "NULL", "use_reason": "''"}
        alone("funds_fundclosure_fund_id_key", copied(row, **again))


def test_each_guard_of_a_transferred_closing_refuses_alone(
    people: SimpleNamespace, later: dt.datetime, owner: Callable[[], Any]
) -> None:
    row = transferred(people, later)
    other = CommunityFundFactory.create(active=True, charity=people.fund.charity)
    begun = {
        "fund_id": other.pk,
        "status": "'BEGUN'",
        "use": "''",
        "recipient_id": "NULL",
        "use_reason": "''",
        "notice_id": "NULL",
        "out_journal_id": "NULL",
        "in_journal_id": "NULL",
    }

    with owner():
        alone("fundclosure:posted_use_stays", CLOSURE.format("use_reason = 'x'"), row.pk)
        alone("fundclosure:lifecycle", CLOSURE.format("status = 'CLEARED'"), row.pk)
        alone("funds_fundclosure_notice_id_key", copied(row, **{**begun, "notice_id": "notice_id"}))
        alone("funds_fundclosure_out_journal_id_key", copied(row, **{**begun, "out_journal_id": "out_journal_id"}))
        alone("funds_fundclosure_in_journal_id_key", copied(row, **{**begun, "in_journal_id": "in_journal_id"}))
