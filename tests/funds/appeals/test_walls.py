"""Each guard of appeals by name: a statement that it alone refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from funds.appeals.models import Appeal
from tests.factories.funds_appeals import AppealFactory
from tests.factories.funds_ledger import AccountFactory
from tests.walls import alone

CHANGE = "UPDATE funds_appeal SET {} WHERE id = %s"


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_appeals_refuses_alone(owner: Callable[[], Any]) -> None:
    opened = Appeal.objects.get(pk=AppealFactory.create(opened=True).pk)
    uncertified = AppealFactory.create()
    pool = AccountFactory.create(book=uncertified.fund.book)

    with owner():
        alone("appeal:lifecycle", CHANGE.format("status = 'DRAFT'"), opened.pk)
        alone("appeal_status_is_known", CHANGE.format("status = 'LOST'"), opened.pk, beside=["appeal:lifecycle"])
        alone("funds_appeal_pool_id_key", CHANGE.format(f"pool_id = {opened.pool_id}"), uncertified.pk)
        by_hand = CHANGE.format("status = 'OPEN', pool_id = %s, opened_at = now(), opened_by_id = %s")
        alone("appeal:opens_by_right", by_hand, pool.pk, opened.opened_by_id, uncertified.pk)
