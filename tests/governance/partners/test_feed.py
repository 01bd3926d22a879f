"""The change feed: in order, without gaps while transactions overlap, as far as scope and place reach."""

from __future__ import annotations

import datetime as dt
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from communities.territory.models import Division
from governance.accounts.models import ApiClient, User
from governance.outbox import operations as outbox
from governance.outbox.models import OutboxEvent
from governance.outbox.policy import BEGINNING, Cursor
from governance.outbox.queries import Page
from governance.partners.policy import FLOORS
from governance.partners.queries import changes_after
from tests.factories.accounts import UserFactory
from tests.factories.funds_charity import CharityAppointmentFactory, CommunityFundFactory
from tests.factories.governance_partners import partner_of
from tests.feeds import LONGEST, let_older_transactions_end

Emit = Callable[..., OutboxEvent]
NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


def read(user: User, cursor: Cursor = BEGINNING, *, floors: Any = FLOORS, limit: int = 100) -> Page[OutboxEvent]:
    return changes_after(cursor, user=user, floors=floors, limit=limit)


def write(by: User, number: int) -> None:
    outbox.emit(by=by, topic=f"funds.test.event{number}", row=by, now=NOON, payload={"version": number})


def age() -> None:
    """Let what a test has written count as ended long ago, though the test's own transaction still runs."""
    OutboxEvent.objects.update(transaction_id=1)


def numbers(page: Page[OutboxEvent]) -> list[int]:
    return [event.payload["version"] for event in page.rows]


@pytest.mark.django_db(transaction=True)
def test_an_open_transaction_holds_back_what_came_after_it() -> None:
    """The older transaction commits last. A feed by id or time would have shown 2, and never 1."""
    by: User = UserFactory()
    begun, finish = threading.Event(), threading.Event()

    def slow() -> None:
        with transaction.atomic():
            write(by, 1)
            begun.set()
            finish.wait(30)
        connection.close()

    thread = threading.Thread(target=slow)
    thread.start()
    begun.wait(30)
    write(by, 2)
    held_back = read(by)
    finish.set()
    thread.join()

    assert (numbers(held_back), held_back.has_more) == ([], False)
    let_older_transactions_end()
    assert numbers(read(by, held_back.cursor)) == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_readers_miss_nothing_while_eight_writers_overlap() -> None:
    """Two seconds: 8 writers with transactions of different lengths, some undone, and a reader that never stops."""
    by: User = UserFactory()
    running = threading.Event()
    running.set()
    seen: list[int] = []
    pages = []

    def follow() -> None:
        cursor, is_last = BEGINNING, False
        while True:
            page = read(by, cursor, limit=7)
            seen.extend(event.pk for event in page.rows)
            pages.append(len(page.rows))
            cursor = page.cursor
            if is_last and not page.has_more:
                break
            is_last = not running.is_set()
            if is_last:
                let_older_transactions_end()
        connection.close()

    def keep_writing(worker: int) -> None:
        chance = random.Random(worker)
        for number in range(25):
            with transaction.atomic():
                for _event in range(chance.randint(1, 3)):
                    write(by, number)
                    time.sleep(chance.random() / 100)
                if chance.random() < 0.2:
                    transaction.set_rollback(True)
        connection.close()

    reader = threading.Thread(target=follow)
    reader.start()
    with ThreadPoolExecutor(8) as writers:
        list(writers.map(keep_writing, range(8)))
    running.clear()
    reader.join(2 * LONGEST)

    written = list(OutboxEvent.objects.order_by("transaction_id", "pk").values_list("pk", flat=True))
    assert len(written) > 200
    assert seen == written
    assert len(pages) > 20


@pytest.mark.django_db(transaction=True)
def test_pages_follow_one_another_without_overlap() -> None:
    by: User = UserFactory()
    with transaction.atomic():
        for number in range(5):
            write(by, number)
    write(by, 5)
    let_older_transactions_end()

    first = read(by, limit=4)
    second = read(by, first.cursor, limit=4)
    third = read(by, second.cursor, limit=4)

    assert [numbers(page) for page in (first, second, third)] == [[0, 1, 2, 3], [4, 5], []]
    assert [page.has_more for page in (first, second, third)] == [True, False, False]
    assert third.cursor >= second.cursor


@pytest.mark.django_db(transaction=True)
def test_the_cursor_passes_what_somebody_may_not_see(settings: Any) -> None:
    """Otherwise the whole past would be read again at each call."""
    by: User = UserFactory()
    for number in range(3):
        write(by, number)
    let_older_transactions_end()

    page = read(by, floors=["consultation"])

    assert (page.rows, page.cursor > BEGINNING) == ([], True)
    assert read(by, page.cursor).rows == []


@pytest.mark.django_db
def test_a_floor_is_shown_to_those_who_may_read_it(partner: ApiClient, emit: Emit) -> None:
    for topic in (
        "funds.payment.paid",
        "consultation.topic.closed",
        "communities.resident.registered",
        "partners.webhook.tested",
    ):
        emit(topic)
    age()

    def topics(*floors: str) -> list[str]:
        return [event.topic for event in read(partner.user, floors=floors).rows]

    assert topics("funds") == ["funds.payment.paid"]
    assert topics(*FLOORS) == ["funds.payment.paid", "consultation.topic.closed"]
    assert topics() == []


@pytest.mark.django_db
def test_a_place_is_shown_to_those_who_work_for_it(
    district: Division, community: Division, far_community: Division, emit: Emit, stranger: User
) -> None:
    near = emit("funds.fund.activated", CommunityFundFactory(division=community))
    far = emit("funds.fund.activated", CommunityFundFactory(division=far_community))
    nowhere = emit("funds.fund.activated")
    age()

    def seen(user: User) -> list[int]:
        return [event.pk for event in read(user).rows]

    assert seen(partner_of(district).user) == [near.pk, far.pk, nowhere.pk]
    assert seen(partner_of(community).user) == [near.pk, nowhere.pk]
    assert seen(stranger) == [nowhere.pk]


@pytest.mark.django_db
def test_money_is_shown_to_the_charity_that_hosts_it(community: Division, emit: Emit, stranger: User) -> None:
    """Whoever acts for a charity hears of money where it hosts a fund, and of nothing else there."""
    fund = CommunityFundFactory(division=community)
    CharityAppointmentFactory(charity=fund.charity, user=stranger)
    money, nowhere = emit("funds.payment.paid", fund), emit("funds.fund.activated")
    emit("consultation.decision.published", fund)
    emit("funds.payment.paid", CommunityFundFactory())
    age()

    assert [event.pk for event in read(stranger).rows] == [money.pk, nowhere.pk]


@pytest.mark.django_db
def test_a_page_costs_the_same_whatever_its_length(partner: ApiClient, emit: Emit) -> None:
    costs = []
    for _number in range(3):
        emit()
        age()
        user = User.objects.get(pk=partner.user_id)
        with CaptureQueriesContext(connection) as queries:
            read(user)
        costs.append(len(queries))

    assert costs == [3, 3, 3]


@pytest.mark.django_db
def test_a_long_past_is_entered_by_the_index(partner: ApiClient, emit: Emit) -> None:
    emit()
    with CaptureQueriesContext(connection) as queries:
        read(partner.user, Cursor(10**9, 5))
    statement = queries[-1]["sql"]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("EXPLAIN " + statement)
        plan = "\n".join(line for (line,) in cursor.fetchall())

    assert "outboxevent_feed" in plan
    assert "transaction_id >= " in plan.partition("Index Cond:")[2].partition("\n")[0]
