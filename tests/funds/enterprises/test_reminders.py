"""Rent that does not come: when the clock reminds, what people demand, and what a schedule shows of each month."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from pypdf import PdfReader

from funds.enterprises.letting import operations, refusals, reminders
from funds.enterprises.letting.models import Letting, RentCharge
from funds.enterprises.letting.policy import Due, MonthState, late_months, month_state, open_amounts, planned_months
from funds.enterprises.tasks import charge_rent
from governance import lifecycle
from governance.accounts.queries import NotAllowed, system_actor
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.outbox.models import OutboxEvent
from tests.factories.funds_letting import AssetFactory, LettingFactory, RentReceiptFactory
from tests.factories.projects_contracts import in_force
from tests.paper import needs_paper
from tests.people import desk_client, session_client
from tests.walls import change_refused

pytestmark = pytest.mark.django_db

RENT = Decimal("40000.00")


@pytest.fixture
def letting(people: SimpleNamespace, now: dt.datetime) -> Letting:
    """A letting of the year 2025 whose rent is due on the 11th; January to March are charged."""
    row: Letting = LettingFactory(asset=AssetFactory(enterprise=people.enterprise), running=True)
    operations.charge_rent(by=system_actor(), now=now, today=dt.date(2025, 3, 1))
    return row


def remind(now: dt.datetime, today: dt.date) -> int:
    """Let the clock look for late rent on a day."""
    return reminders.remind_of_late_rent(by=system_actor(), now=now, today=today)


def told() -> list[dict[str, Any]]:
    """Return what the events of late rent say."""
    return [event.payload for event in OutboxEvent.objects.filter(topic="funds.letting.rent_late").order_by("pk")]


def test_the_clock_reminds_once_a_month(letting: Letting, now: dt.datetime) -> None:
    assert remind(now, dt.date(2025, 2, 9)) == 0  # 29 days after the 11th of January
    assert remind(now, dt.date(2025, 2, 10)) == 1
    assert remind(now, dt.date(2025, 2, 10)) == 0
    assert remind(now, dt.date(2025, 3, 14)) == 1

    marked = list(letting.charges.order_by("number").values_list("reminded_at", flat=True))
    assert [mark is not None for mark in marked] == [True, True, False]
    assert told() == [
        {"amount": "40000.00", "due_on": "2025-01-11"},
        {"amount": "120000.00", "due_on": "2025-01-11"},
    ]
    assert AuditEntry.objects.filter(verb="funds.rent.reminded").count() == 2


def test_paid_rent_is_not_told_of(letting: Letting, now: dt.datetime) -> None:
    RentReceiptFactory(letting=letting, amount=RENT, received_on=dt.date(2025, 1, 20))

    assert remind(now, dt.date(2025, 3, 1)) == 0
    assert remind(now, dt.date(2025, 3, 14)) == 1
    assert [charge.number for charge in RentCharge.objects.filter(reminded_at__isnull=False)] == [2]


def test_the_days_are_those_of_the_place(letting: Letting, now: dt.datetime) -> None:
    in_force("letting.late_days", 5, letting.division)

    assert (remind(now, dt.date(2025, 1, 15)), remind(now, dt.date(2025, 1, 16))) == (0, 1)


def test_only_the_clock_reminds(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    with pytest.raises(lifecycle.MoveForbidden):
        reminders.remind_of_late_rent(by=people.accountant, now=now, today=today)


def test_the_nightly_task_reminds(letting: Letting) -> None:
    charge_rent()

    assert letting.charges.filter(reminded_at__isnull=False).count() > 0
    assert told()[0]["due_on"] == "2025-01-11"
    assert clock.today() > dt.date(2025, 3, 1)


def test_reminded_rent_waits_until_it_comes(letting: Letting, now: dt.datetime) -> None:
    day = dt.date(2025, 3, 14)
    waiting = Letting.objects.to_follow_up(day)
    assert not waiting.exists()

    remind(now, day)
    assert waiting.get() == letting
    RentReceiptFactory(letting=letting, amount=RENT, received_on=dt.date(2025, 3, 13))
    assert waiting.get() == letting
    RentReceiptFactory(letting=letting, amount=RENT, received_on=dt.date(2025, 3, 14))
    assert not waiting.exists()  # March is due and late, but nobody was reminded of it yet


def test_late_rent_waits_on_the_desk(letting: Letting, people: SimpleNamespace, now: dt.datetime) -> None:
    client = desk_client(people.community_staff)
    before = client.get("/desk/").content.decode()
    remind(now, dt.date(2025, 3, 14))
    after = client.get("/desk/").content.decode()

    address = f"/desk/funds/letting/{letting.pk}/"
    assert (address in before, address in after) == (False, True)


def test_late_rent_is_demanded(letting: Letting, people: SimpleNamespace, now: dt.datetime) -> None:
    today = dt.date(2025, 2, 20)
    ask = {"by": people.accountant, "letting": letting, "now": now, "today": today}

    with pytest.raises(refusals.DemandTooShort, match="2025-03-07"):
        reminders.demand_rent(**ask, pay_by=dt.date(2025, 3, 6))
    with pytest.raises(NotAllowed):
        reminders.demand_rent(**{**ask, "by": people.other_accountant}, pay_by=dt.date(2025, 3, 7))
    row = reminders.demand_rent(**ask, pay_by=dt.date(2025, 3, 7))

    assert (row.demanded_on, row.demand_until) == (today, dt.date(2025, 3, 7))
    entry = AuditEntry.objects.get(verb="funds.rent.demanded")
    assert entry.after["amount"] == "80000.00"


def test_nothing_is_demanded_that_is_not_late(letting: Letting, people: SimpleNamespace, now: dt.datetime) -> None:
    with pytest.raises(refusals.NothingLate):
        reminders.demand_rent(
            by=people.accountant, letting=letting, pay_by=dt.date(2025, 2, 1), now=now, today=dt.date(2025, 1, 11)
        )


def test_a_demand_leaves_time() -> None:
    row = LettingFactory()
    change_refused("letting_demand_leaves_time", row, "demanded_on = '2025-01-02', demand_until = '2025-01-02'")
    change_refused("letting_demand_leaves_time", row, "demand_until = '2025-01-02'")


def test_a_demand_on_page_desk_and_api(letting: Letting, people: SimpleNamespace) -> None:
    pay_by = clock.today() + dt.timedelta(days=20)
    client = Client()
    client.force_login(people.accountant)
    address = letting.get_absolute_url()

    page = client.post(f"{address}acts/demand/", {"pay_by": "2025-01-01"})
    short = session_client(people.accountant).post(f"/api/v1/lettings/{letting.pk}/demand", {"pay_by": "2025-01-01"})
    done = session_client(people.accountant).post(f"/api/v1/lettings/{letting.pk}/demand", {"pay_by": f"{pay_by}"})
    again = client.post(f"{address}acts/demand/", {"pay_by": f"{pay_by + dt.timedelta(days=1)}"})
    desk = desk_client(people.community_staff).post(
        f"/desk/funds/letting/{letting.pk}/deeds/demand/", {"pay_by": f"{pay_by + dt.timedelta(days=2)}"}
    )

    assert "15" in page.content.decode()
    assert (short.status_code, short.json()["code"]) == (400, "demand_too_short")
    assert (done.status_code, done.json()["demand_until"]) == (200, f"{pay_by}")
    assert (again.status_code, desk.status_code) == (302, 302)
    letting.refresh_from_db()
    assert letting.demand_until == pay_by + dt.timedelta(days=2)
    assert f"{letting.demand_until}" in client.get(address).content.decode()


@needs_paper
def test_the_letter_names_the_late_months(letting: Letting, people: SimpleNamespace, now: dt.datetime) -> None:
    today = dt.date(2025, 2, 20)
    reminders.demand_rent(by=people.accountant, letting=letting, pay_by=dt.date(2025, 3, 7), now=now, today=today)
    client = Client()
    client.force_login(people.accountant)

    answer = client.get(f"{letting.get_absolute_url()}demand/")

    read = "".join(page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert all(part in read for part in (letting.lessee, "2025-01-11", "2025-02-11", "2025-03-07", "80,000.00"))
    assert "2025-03-11" not in read
    assert Client().get(f"{letting.get_absolute_url()}demand/").status_code == 302


def test_a_letter_without_a_demand_is_not_found(letting: Letting, people: SimpleNamespace) -> None:
    client = Client()
    client.force_login(people.accountant)

    assert client.get(f"{letting.get_absolute_url()}demand/").status_code == 404


# ------------------------------------------------------------------------------------------------------ the schedule


def test_what_is_open_of_each_month() -> None:
    months = [Due(dt.date(2025, month, 11), Decimal(100)) for month in (1, 2, 3)]

    assert [left for _due, left in open_amounts(months, Decimal(150))] == [0, 50, 100]
    assert [due.due_on.month for due in late_months(months, Decimal(150), dt.date(2025, 2, 11))] == [2]
    assert late_months(months, Decimal(300), dt.date(2025, 12, 31)) == []


@pytest.mark.parametrize(
    ("owed", "left", "day", "state"),
    [
        (100, 0, 12, MonthState.PAID),
        (100, 100, 11, MonthState.OPEN),
        (100, 50, 11, MonthState.PARTLY),
        (100, 50, 12, MonthState.OVERDUE),
        (0, 0, 12, MonthState.WAIVED),
    ],
)
def test_where_a_month_stands(owed: int, left: int, day: int, state: MonthState) -> None:
    assert month_state(dt.date(2025, 1, 11), Decimal(owed), Decimal(left), dt.date(2025, 1, day)) == state


@pytest.mark.parametrize(
    ("starts_on", "ends_on"),
    [("2025-01-01", "2026-01-01"), ("2025-01-31", "2025-05-31"), ("2025-01-15", "2025-04-20")],
)
def test_the_plan_is_what_the_clock_charges(starts_on: str, ends_on: str, now: dt.datetime) -> None:
    first, end = dt.date.fromisoformat(starts_on), dt.date.fromisoformat(ends_on)
    row = LettingFactory(starts_on=first, ends_on=end, running=True)

    operations.charge_rent(by=system_actor(), now=now, today=dt.date(2026, 6, 1))

    charged = list(row.charges.order_by("number").values_list("number", "from_on", "amount"))
    assert planned_months(first, end, RENT, skip=0, most=24) == charged


def test_the_page_shows_paid_late_and_coming_months(letting: Letting, people: SimpleNamespace) -> None:
    RentReceiptFactory(letting=letting, amount=RENT, received_on=dt.date(2025, 1, 20))
    client = Client()
    client.force_login(people.accountant)

    page = client.get(letting.get_absolute_url()).content.decode()

    assert page.count("badge--PAID") == 1
    assert page.count("badge--OVERDUE") == 2
    assert page.count("badge--PLANNED") == 9
