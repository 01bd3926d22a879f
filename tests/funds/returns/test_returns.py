"""The yearly report on giving back: the same figures on page, sheet, paper and interface; what was solved with it."""

from __future__ import annotations

import csv
import datetime as dt
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook
from pypdf import PdfReader

from communities.territory.models import Division
from consultation.matters import operations as matters
from consultation.matters.models import Matter
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.reinvestment import operations as reinvestment
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.returns import operations, queries
from funds.returns.models import ReinvestmentUse
from funds.returns.operations import record_use
from funds.returns.paper import plain
from funds.returns.queries import ReportTooLarge, report_of
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.errors import NotAllowed
from tests.factories.communities import ENTERED_AT
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_reinvestment import declare, make_policy
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.paper import needs_paper
from tests.people import House, desk_client, session_client, sign_in
from tests.walls import refused, violated

pytestmark = pytest.mark.django_db
YEAR = {"year": 2025}


@pytest.fixture
def now() -> dt.datetime:
    """Pages and API read the real clock."""
    return clock.now()


@pytest.fixture
def order(
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    worked_example: dict[str, Decimal],
    house: House,
    now: dt.datetime,
) -> ReinvestmentOrder:
    """151,200 yuan of the published year 2025 have arrived."""
    proposed = plan(company, **worked_example).orders.get()
    ProfitDeclaration.objects.filter(enterprise=company).update(status="PUBLISHED")
    return reinvestment.receive_by_bank_line(
        by=house.people["charity_officer"],
        order=walk(proposed, house, now, "PAID"),
        amount=proposed.amount,
        booked_on=now.date(),
        now=now,
    )


def solved_matter(house: House, division: Division, now: dt.datetime, *, is_solved: bool = True) -> Matter:
    """Return a matter that the staff recorded, sorted, answered and closed."""
    staff = house.people["community_staff"]
    row = matters.raise_matter(
        by=staff, now=now, division=division, title="路灯", text="路灯坏了。", channel="DESK", raised_for="王居民"
    )
    row = matters.sort_matter(
        by=staff,
        now=now,
        today=now.date(),
        matter=row,
        three_way="SMALL",
        route="DIRECT",
        reason="社区自己能办。",
        summary="巷口路灯不亮。",
    )
    row = matters.answer_matter(by=staff, now=now, matter=row, reply="已修好。")
    reason = "" if is_solved else "仍然不亮。"
    return matters.close_matter(by=staff, now=now, matter=row, is_solved=is_solved, reason=reason)


@pytest.fixture
def matter(house: House, now: dt.datetime) -> Matter:
    return solved_matter(house, house.places["community"], now)


def use(order: ReinvestmentOrder, matter: Matter, by: User, amount: str = "1200") -> ReinvestmentUse:
    return record_use(by=by, order=order, matter=matter, amount=Decimal(amount), now=ENTERED_AT)


@pytest.mark.parametrize("scope", ["enterprise", "community", "street", "district"])
def test_the_report_leads_from_the_profit_to_the_problems(
    *, scope: str, order: ReinvestmentOrder, matter: Matter, house: House
) -> None:
    use(order, matter, house.people["community_staff"])
    whose = order.enterprise if scope == "enterprise" else house.places[scope]

    found = report_of(whose, 2025, house.people["stranger"])

    assert (found.profit, found.base, found.ordered, found.retained) == (
        Decimal(300000),
        Decimal(252000),
        Decimal(151200),
        Decimal(100800),
    )
    assert (found.arrived, found.owed, found.share) == (Decimal(151200), Decimal(0), Decimal("0.6"))
    assert (found.problems, found.used) == (1, Decimal(1200))
    [fund] = found.funds
    [row] = found.solved
    assert (fund.key, fund.arrived) == (order.fund_id, Decimal(151200))
    assert (row.number, row.summary, row.by, row.is_public) == (matter.number, "巷口路灯不亮。", order.reference, True)


def test_other_years_and_places_are_empty(order: ReinvestmentOrder, house: House) -> None:
    assert report_of(house.places["street"], 2024, house.people["stranger"]).gave == []
    assert report_of(house.places["other_street"], 2025, house.people["stranger"]).gave == []


def test_a_return_is_taken_off(
    *,
    order: ReinvestmentOrder,
    company: CommunityEnterprise,
    plan: Plan,
    worked_example: dict[str, Decimal],
    house: House,
) -> None:
    worked_example["net_profit"] -= 100000
    plan(company, **worked_example, revision=2)

    found = report_of(company, 2025, house.people["street_officer"])

    assert (found.profit, found.ordered, found.arrived) == (Decimal(200000), Decimal(97200), Decimal(151200))


def test_the_public_reads_what_is_published(
    order: ReinvestmentOrder, company: CommunityEnterprise, house: House
) -> None:
    EnterpriseFactory(operating=True, division=house.places["community"])
    hidden = EnterpriseFactory(operating=True, division=house.places["community"])
    declare(hidden, net_profit=Decimal(500))

    public = report_of(house.places["street"], 2025, house.people["stranger"])
    staff = report_of(house.places["street"], 2025, house.people["street_officer"])

    assert [row.enterprise for row in public.gave] == [company]
    assert [row.enterprise for row in staff.gave] == [company, hidden]


def test_a_report_is_bounded(order: ReinvestmentOrder, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "MOST", 0)
    with pytest.raises(ReportTooLarge):
        report_of(house.places["street"], 2025, house.people["stranger"])


@pytest.mark.parametrize("count", [1, 3])
def test_a_report_takes_a_fixed_number_of_queries(
    *,
    count: int,
    order: ReinvestmentOrder,
    house: House,
    now: dt.datetime,
    plan: Plan,
    django_assert_num_queries: Any,
) -> None:
    staff = house.people["community_staff"]
    for _number in range(count):
        use(order, solved_matter(house, house.places["community"], now), staff)
        firm = EnterpriseFactory(operating=True, division=house.places["community"], legal_form="VILLAGE_COLLECTIVE")
        make_policy(enterprise=firm, destinations=[(order.fund, "1")])
        plan(firm, net_profit=Decimal(1000))
    report_of(house.places["street"], 2025, staff)  # the reader's posts are asked once

    with django_assert_num_queries(5):
        report_of(house.places["street"], 2025, staff)


# --- Uses


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_uses_takes_a_fixed_number_of_queries(
    *, count: int, order: ReinvestmentOrder, house: House, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    staff = house.people["community_staff"]
    for _number in range(count):
        use(order, solved_matter(house, house.places["community"], now), staff)

    with django_assert_num_queries(1):
        assert len(session_client(None).get("/api/v1/reinvestment-uses").json()["results"]) == count


def test_a_use_is_recorded_with_its_trail(order: ReinvestmentOrder, matter: Matter, house: House) -> None:
    made = use(order, matter, house.people["community_staff"])

    entry = AuditEntry.objects.get(verb="funds.reinvestment_use.recorded")
    assert (entry.object_key, entry.after["amount"]) == (str(made.pk), "1200")


def test_a_use_that_cannot_be_right_is_refused(
    order: ReinvestmentOrder, matter: Matter, house: House, now: dt.datetime
) -> None:
    staff = house.people["community_staff"]
    unsolved = solved_matter(house, house.places["community"], now, is_solved=False)
    with pytest.raises(operations.MatterNotSolved):
        use(order, unsolved, staff)
    for amount in ("151200.01", "0", "-1"):
        with pytest.raises(operations.MoreThanGiven):
            use(order, matter, staff, amount)
    use(order, matter, staff)
    with pytest.raises(operations.NamedTwice):
        use(order, matter, staff)
    more = solved_matter(house, house.places["community"], now)
    with pytest.raises(operations.MoreThanGiven):
        use(order, more, staff, "150000.01")

    assert ReinvestmentUse.objects.count() == 1


def test_nothing_is_solved_with_money_that_has_not_arrived(
    *,
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    plan: Plan,
    matter: Matter,
    house: House,
) -> None:
    order = plan(company, net_profit=Decimal(1000)).orders.get()
    with pytest.raises(operations.MoneyNotArrived):
        use(order, matter, house.people["community_staff"])
    refused("reinvestmentuse_money_has_arrived", INSERT, order.pk, matter.pk, "1", house.people["resident"].pk)


@pytest.mark.parametrize("person", ["resident", "enterprise_head", "other_community_staff", "charity_officer"])
def test_only_the_staff_of_the_place_name_uses(
    person: str, order: ReinvestmentOrder, matter: Matter, house: House
) -> None:
    with pytest.raises(NotAllowed):
        use(order, matter, house.people[person])


INSERT = (
    "INSERT INTO funds_reinvestmentuse (order_id, matter_id, amount, recorded_at, recorded_by_id) "
    "VALUES (%s, %s, %s, now(), %s)"
)


def test_the_database_keeps_uses_right(
    order: ReinvestmentOrder, matter: Matter, house: House, now: dt.datetime
) -> None:
    by = house.people["community_staff"].pk
    unsolved = solved_matter(house, house.places["community"], now, is_solved=False)
    refused("reinvestmentuse_within_its_order", INSERT, order.pk, matter.pk, "151200.01", by)
    refused("reinvestmentuse_matter_is_solved", INSERT, order.pk, unsolved.pk, "1", by)
    refused("reinvestmentuse_amount_is_positive", INSERT, order.pk, matter.pk, "0", by)
    made = use(order, matter, house.people["community_staff"])
    refused("reinvestmentuse_matter_once", INSERT, order.pk, matter.pk, "1", by)
    assert "denied" in violated("DELETE FROM funds_reinvestmentuse WHERE id = %s", made.pk)


# --- Surfaces


def test_the_page_is_for_everybody(order: ReinvestmentOrder, matter: Matter, house: House) -> None:
    use(order, matter, house.people["community_staff"])

    text = Client().get("/giving-back/", YEAR).content.decode()

    assert {"151,200.00", "100,800.00"} <= set(text.replace("<", ">").split(">"))
    assert "巷口路灯不亮。" in text
    assert order.get_absolute_url() in text
    assert text.count('<rect class="fill-') == 4


@pytest.mark.parametrize(
    "asked", [{"year": "abc"}, {"year": 1}, {"scope": "division-0"}, {"scope": "enterprise-9" * 9}]
)
def test_a_strange_question_is_answered_with_what_is_wrong(order: ReinvestmentOrder, asked: dict[str, Any]) -> None:
    answer = Client().get("/giving-back/", asked)

    assert answer.status_code == 200
    assert answer.context["report"] is None
    assert Client().get("/giving-back.csv", asked).status_code == 404


def test_csv_and_excel_say_the_same(order: ReinvestmentOrder, matter: Matter, house: House) -> None:
    use(order, matter, house.people["community_staff"])

    text = Client().get("/giving-back.csv", YEAR).content.decode("utf-8-sig")
    book = load_workbook(io.BytesIO(Client().get("/giving-back.xlsx", YEAR).content))

    lines = list(csv.reader(io.StringIO(text)))
    sheet = [["" if cell is None else cell for cell in row] for row in book.active.iter_rows(values_only=True)]
    assert lines[3][3:9] == ["300000.00", "252000.00", "151200.00", "151200.00", "100800.00", "0.00"]
    assert [float(cell) for cell in sheet[3][3:9]] == [float(cell) for cell in lines[3][3:9]]
    assert lines[-1][3:] == [order.reference, "1200.00"]


def test_no_cell_is_a_formula() -> None:
    assert [plain(cell) for cell in ("=1+1", " @x", "\uff1d1", "路灯", Decimal(-5))] == [
        "'=1+1",
        "' @x",
        "'\uff1d1",
        "路灯",
        Decimal(-5),
    ]


@needs_paper
def test_the_paper_says_the_same(order: ReinvestmentOrder, matter: Matter, house: House) -> None:
    use(order, matter, house.people["community_staff"])

    answer = Client().get("/giving-back.pdf", YEAR)

    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(answer.content)).pages)
    assert answer["Content-Type"] == "application/pdf"
    assert {"151,200.00", "100,800.00", "1,200.00"} <= {
        part for line in text.split() for part in (line, line.strip("元;；"))
    }


def test_the_interface_says_the_same(order: ReinvestmentOrder, matter: Matter, house: House) -> None:
    staff, officer = (session_client(house.people[name]) for name in ("community_staff", "street_officer"))
    body = {"order": order.pk, "matter": matter.pk, "amount": "1200.00"}

    made = staff.post("/api/v1/reinvestment-uses", body)
    again = staff.post("/api/v1/reinvestment-uses", body)
    found = officer.get("/api/v1/reinvestment-reports", {**YEAR, "division": house.places["street"].pk}).json()
    both = officer.get("/api/v1/reinvestment-reports", YEAR)

    assert (made.status_code, again.status_code, both.status_code) == (201, 409, 400)
    assert (found["ordered"], found["arrived"], found["used"], found["problems"]) == (
        "151200.00",
        "151200.00",
        "1200.00",
        1,
    )
    assert (found["enterprises"][0]["orders"], found["solved"][0]["by"]) == ([order.pk], order.reference)
    assert officer.get("/api/v1/reinvestment-uses", YEAR).json()["results"][0]["matter"] == matter.pk


def test_the_staff_name_uses_on_the_order(order: ReinvestmentOrder, matter: Matter, house: House) -> None:
    client, stranger = Client(), Client()
    sign_in(client, house.people["community_staff"])
    sign_in(stranger, house.people["resident"])
    address = f"/orders/{order.pk}/uses/"

    wrong = client.post(address, {"matter": matter.pk, "amount": "1e5"})
    done = client.post(address, {"matter": matter.pk, "amount": "1,200"})

    assert (wrong.status_code, done.status_code, stranger.get(address).status_code) == (400, 302, 404)
    assert ReinvestmentUse.objects.get().amount == Decimal(1200)
    assert address in client.get(order.get_absolute_url()).content.decode()
    page = desk_client(house.people["street_officer"]).get("/desk/funds/reinvestmentuse/")
    assert order.reference in page.content.decode()
