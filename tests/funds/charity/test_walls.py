"""Each guard of charities and their funds by name: a statement that it alone refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory, committee_of
from tests.walls import alone

FUND = "UPDATE funds_communityfund SET {} WHERE id = %s"


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_funds_refuses_alone(owner: Callable[[], Any]) -> None:
    row, other = CommunityFundFactory.create(active=True), CommunityFundFactory.create(active=True)
    body, charity = committee_of(row), HostCharityFactory.create()
    code = "UPDATE funds_hostcharity SET credit_code = %s WHERE id = %s"

    with owner():
        alone("communityfund:lifecycle", FUND.format("status = 'APPLIED'"), row.pk)
        alone(
            "communityfund_status_is_known", FUND.format("status = 'LOST'"), row.pk, beside=["communityfund:lifecycle"]
        )
        alone("funds_communityfund_book_id_key", FUND.format("book_id = %s"), row.book_id, other.pk)
        alone("funds_communityfund_committee_id_key", FUND.format("committee_id = %s"), body.pk, other.pk)
        alone("funds_communityfund_name_key", FUND.format("name = %s"), row.name, other.pk)
        alone("funds_hostcharity_credit_code_key", code, row.charity.credit_code, charity.pk)
