"""Each guard of rule packs by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from funds.packs import operations
from funds.packs.models import FundRulePack
from governance.accounts.models import User
from tests.funds.packs.test_packs import PACK
from tests.people import House
from tests.walls import alone


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_packs_refuses_alone(
    house: House, system: User, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    operations.seed_rule_packs(by=system, now=now)
    draft = operations.enter_rule_pack(by=house.people["district_admin"], now=now, **PACK)
    adopted = FundRulePack.objects.get(key="zigong", version=1)
    change = "UPDATE funds_fundrulepack SET {} WHERE id = %s"
    in_force = f"status = 'ACTIVE', valid_from = '{adopted.valid_from}', adopted_by_id = {system.pk}"

    with owner():
        alone("fundrulepack:figures_are_frozen", change.format("values = '{}'"), adopted.pk)
        alone("fundrulepack:lifecycle", change.format("status = 'DRAFT'"), adopted.pk)
        alone(
            "fundrulepack_status_is_known",
            change.format("status = 'LOST'"),
            draft.pk,
            beside=["fundrulepack:lifecycle"],
        )
        alone("fundrulepack_one_version_at_a_time", change.format(in_force), draft.pk)
