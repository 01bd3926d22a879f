"""Each guard of accounts to the public and their figures by name: a statement that it alone refuses."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from funds.disclosure import operations
from funds.disclosure.models import DisclosedFigure, Disclosure
from governance.accounts.models import User
from tests.funds.disclosure.conftest import TEXT
from tests.funds.disclosure.test_operations import published
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)
ACCOUNT = "UPDATE funds_disclosure SET {} WHERE id = %s"


def test_each_guard_of_accounts_refuses_alone(
    opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    first = published(opened, community_staff, street_officer, now)
    newer = operations.correct_disclosure(by=community_staff, disclosure=first, reason="漏报", now=now)
    written = operations.write_disclosure(by=community_staff, disclosure=newer, text=TEXT, now=now)
    DisclosedFigure.objects.create(disclosure=written, number=1, name="free", subject="", label="", amount=300)
    by_hand = (
        f"status = 'PUBLISHED', sequence = {first.sequence}, head_hash = '{first.head_hash}',"
        f" published_by_id = {street_officer.pk}, published_at = now()"
    )
    another = {"version": "3", "notice_id": "NULL"}

    with owner():
        alone("disclosure_published_whole", ACCOUNT.format(by_hand), written.pk)
        alone("disclosure:lifecycle", copied(written, **another, corrects_id=written.pk))
        alone("funds_disclosure_corrects_id_key", copied(written, **another, status="'DUE'"))
        alone("funds_disclosure_notice_id_key", ACCOUNT.format(f"notice_id = {first.notice_id}"), written.pk)


def test_each_guard_of_published_figures_refuses_alone(
    opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    row = operations.write_disclosure(by=community_staff, disclosure=opened, text=TEXT, now=now)
    figure = DisclosedFigure.objects.create(disclosure=row, number=1, name="free", subject="", label="", amount=300)

    with owner():
        alone("disclosedfigure:append_only", "UPDATE funds_disclosedfigure SET amount = 1 WHERE id = %s", figure.pk)
        alone("disclosedfigure:append_only", "DELETE FROM funds_disclosedfigure WHERE id = %s", figure.pk)
        alone("disclosedfigure_stands_once", copied(figure, number=2))
        alone("disclosedfigure_number_is_unique", copied(figure, name="'held'"))
