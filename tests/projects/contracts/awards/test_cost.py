"""What the pages of a contract cost: the same for one row of each part and for three, at most ten queries for anybody."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from governance.accounts.models import User
from projects.contracts import operations
from projects.contracts.models import Contract
from projects.contracts.services import operations as services
from projects.contracts.terms import operations as terms
from projects.contracts.terms.models import AwardPayment
from projects.purchasing.awarding.models import PurchaseAward
from socialorgs.supervision.models import AlertCause, StandingAlert
from tests.factories.communities import VenueFactory
from tests.people import sign_in
from tests.projects.contracts.awards.conftest import PDF, asked, review, spend

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]
MOST = 10
PAGES = ("", "money/", "watch/", "services/")
READERS = ("manager", "street_officer", "street_reviewer", "district_officer", "community_staff", "supervisor")


@pytest.fixture
def now() -> dt.datetime:
    """The pages ask the clock: the award was made half a year ago, so that the contract runs in these days."""
    return timezone.now() - dt.timedelta(days=130)


def filled(people: SimpleNamespace, walk: Walk, award: PurchaseAward, count: int) -> Contract:
    """A running contract with so many rows of every part."""
    row = walk(
        "AGREED", milestones=[(f"第{number}步", award.starts_on + dt.timedelta(days=30)) for number in range(count)]
    )
    now = people.now
    row = operations.join_contract(by=people.community_staff, now=now, contract=row)
    row = operations.sign_contract(by=people.street_reviewer, now=now, today=now.date(), contract=row)
    people.now = dt.datetime.combine(row.starts_on + dt.timedelta(days=60), dt.time(9), tzinfo=now.tzinfo)
    for number, step in enumerate(row.milestones.all()):
        files = [(f"照片{number}-{each}.pdf", PDF[1]) for each in range(count)]
        operations.report_milestone(by=people.manager, now=people.now, milestone=step, report="已办", evidence=files)
    for number in range(count):
        spend(people, row, invoice_number=f"N{number}", amount=Decimal("10.00"))
        review(people, row)
        record = services.record_service(
            by=people.manager,
            now=people.now,
            contract=row,
            kind="MEALS",
            served_on=people.now.date(),
            place="社区食堂",
            people=6,
            hours=Decimal("3.5"),
        )
        services.confirm_service(by=people.community_staff, now=people.now, record=record)
        terms.propose_supplement(
            by=people.street_officer,
            now=people.now,
            contract=row,
            amount=Decimal(10),
            line=row.lines.get(number=2),
            reason="人数增加",
        )
        StandingAlert.objects.create(
            organization=row.organization,
            division=row.division,
            cause=AlertCause.LISTED,
            cause_key=f"event-{number}",
            said="列入名录",
            subject_label="projects.Contract",
            subject_key=str(row.pk),
            raised_at=people.now,
        )
    for number in range(1, min(count, 2) + 1):
        payment = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=number)
        assert isinstance(payment, AwardPayment)
    return row


def costs(people: SimpleNamespace, row: Contract, **more: User | None) -> dict[tuple[str, str], int]:
    found = {}
    readers = {**more, **{name: getattr(people, name) for name in READERS}}
    for name in PAGES:
        for reader, user in readers.items():
            client = Client()
            if user is not None:
                sign_in(client, user)
            with CaptureQueriesContext(connection) as told:
                assert client.get(f"/contracts/{row.pk}/{name}").status_code == 200
            found[name, reader] = len(told)
    return found


def delivered(people: SimpleNamespace, row: Contract) -> Contract:
    for step in row.milestones.filter(status="REPORTED"):
        operations.confirm_milestone(by=people.community_staff, now=people.now, milestone=step)
    row = operations.report_delivery(by=people.manager, now=people.now, contract=row, report="服务完成。")
    asked(people, row, 3)
    return row


@pytest.mark.parametrize("state", ["RUNNING", "DELIVERED"])
def test_pages_cost_the_same_for_one_row_and_for_three(
    people: SimpleNamespace, walk: Walk, award: PurchaseAward, state: str
) -> None:
    found: dict[int, dict[tuple[str, str], int]] = {}
    first = people.now
    for count in (1, 3):
        with transaction.atomic():
            row = filled(people, walk, award, count)
            found[count] = costs(
                people,
                delivered(people, row) if state == "DELIVERED" else row,
                public=None,
                resident=people.neighbors[7],
            )
            transaction.set_rollback(True)
        people.now = first

    assert {key: cost for key, cost in found[3].items() if cost != found[1][key]} == {}
    assert {key: cost for key, cost in found[3].items() if cost > MOST} == {}


def test_a_venue_costs_no_more(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("DRAFT", kind="VENUE")
    services.describe_venue(
        by=people.street_officer,
        now=people.now,
        contract=row,
        venue=VenueFactory(division=row.division),
        hours_a_week=70,
        opening_hours="每日8:30至20:30",
        services="活动、预约、托管",
    )

    assert {key: cost for key, cost in costs(people, row).items() if cost > MOST} == {}
