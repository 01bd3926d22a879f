"""The demonstration's story, told by the product's own operations, gives the figures of the reports."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import Sum

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
from communities.changes.models import DivisionChange, DivisionLineage
from communities.territory.models import Division, DivisionLevel, Tier
from funds.enterprises.letting.models import CommunityAsset, Letting
from funds.enterprises.letting.queries import late_lettings
from funds.enterprises.models import CommunityEnterprise, ProfitDeclaration
from funds.enterprises.ownership.models import Shareholder
from funds.enterprises.records.queries import compare
from funds.ledger import operations as ledger
from funds.ledger.models import Balance, Book, Journal
from funds.reinvestment import operations as reinvestment
from funds.reinvestment.models import ReinvestmentOrder, ReinvestmentRun
from funds.returns.queries import report_of
from governance.audit import operations as audit
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.portal.demonstration import books, money, settlement, steps, succession, tasks
from governance.portal.demonstration.steps import Scene
from governance.portal.demonstration.tasks import STORY_STEPS

pytestmark = pytest.mark.django_db

STEPS = (
    steps.open_district,
    steps.open_calendar,
    steps.publish_rules,
    steps.seat_officials,
    steps.register_residents,
    steps.post_notices,
    money.open_charity,
    money.open_funds,
    money.receive_donations,
    money.found_enterprises,
    money.adopt_policies,
    books.enter_shares,
    books.let_assets,
    books.keep_books,
    money.declare_the_year,
    books.declare_quarters,
)


@pytest.fixture
def scene(db: Any) -> Scene:
    del db
    return Scene(now=clock.now())


@pytest.fixture
def audited(scene: Scene) -> Scene:
    for step in STEPS:
        step(scene)
    return scene


def test_the_district_counts_as_the_report_does(scene: Scene) -> None:
    steps.open_district(scene)

    found = Division.objects.for_statistics(steps.place("510302000000"), scene.today)

    assert found.filter(tier=Tier.STREET).count() == 8
    assert found.filter(level=DivisionLevel.COMMUNITY).count() == 31


def test_the_nine_enterprises_declare_what_the_report_says(audited: Scene) -> None:
    sums = ProfitDeclaration.objects.filter(period_kind="YEAR").aggregate(
        revenue=Sum("revenue"), profit=Sum("net_profit")
    )

    assert CommunityEnterprise.objects.count() == 9
    assert sums == {"revenue": Decimal("2000000.00"), "profit": Decimal("600000.00")}


def test_the_yard_is_let_and_the_books_agree_with_what_is_declared(audited: Scene) -> None:
    year = Letting.objects.get(starts_on="2025-01-01")
    charges = list(year.charges.order_by("number"))

    assert [charge.amount for charge in charges] == [Decimal("40000.00")] * 12
    assert (year.status, year.receipts.count()) == ("ENDED", 12)
    (late,) = late_lettings(Letting.objects.all(), audited.today)
    assert late.account.arrears == Decimal("80000.00")
    assert (late.reminded_at is not None, late.letting.demand_until is not None) == (True, True)
    years = ProfitDeclaration.objects.filter(period_kind="YEAR")
    assert [{line.difference for line in compare(year)} for year in years] == [{Decimal(0)}] * 9
    assert not ProfitDeclaration.objects.filter(period_kind="QUARTER", audited_at__isnull=False).exists()
    assert CommunityEnterprise.objects.exclude(founding_document=None).count() == 9
    assert set(CommunityAsset.objects.values_list("kind", flat=True)) == {
        "YARD",
        "DAY_CARE",
        "MARKET",
        "ACTIVITY_CENTER",
    }
    assert Shareholder.objects.filter(valid_to=None, share=1).count() == 8


@pytest.fixture
def settled(audited: Scene) -> Scene:
    reinvestment.request_planning(by=audited.system, now=audited.now, today=audited.today)
    while jobs.run_due(by=audited.system, clock=lambda: audited.now):
        pass
    assert settlement.is_planned()
    settlement.settle(audited)
    return audited


def test_the_planner_derives_what_the_reports_and_the_worked_example_say(settled: Scene) -> None:
    del settled

    runs = {run.enterprise.name: run for run in ReinvestmentRun.objects.select_related("enterprise")}

    worked = runs["自贡市檀木林邻里服务有限公司"]
    assert (worked.reserve, worked.base_amount, worked.reinvested, worked.retained) == (
        Decimal("28000.00"),
        Decimal("252000.00"),
        Decimal("151200.00"),
        Decimal("100800.00"),
    )
    printed = runs["自贡市三八路社区服务有限公司"]
    assert (printed.reinvested, printed.warning) == (Decimal("100000.00"), "NOT_THE_MAIN_PART")
    assert runs["芭蕉冲社区场地租赁"].reinvested == Decimal("480000.00")


def test_the_money_arrives_in_the_funds_and_the_books_hold(settled: Scene) -> None:
    arrived = Balance.objects.filter(kind="POOL").aggregate(total=Sum("received"))["total"]

    assert arrived >= Decimal("300000.00")
    assert ReinvestmentOrder.objects.filter(status="PUBLISHED").count() == 4
    for book in Book.objects.order_by("pk"):
        ledger.prove_book(by=settled.system, book=book, now=settled.now)
    assert not Book.objects.exclude(status="OPEN").exists()


def test_every_step_twice_changes_nothing(settled: Scene) -> None:
    before = (AuditEntry.objects.count(), Journal.objects.count(), Division.objects.count())

    for step in (*STEPS, settlement.settle):
        step(settled)

    assert (AuditEntry.objects.count(), Journal.objects.count(), Division.objects.count()) == before


class Killed(BaseException):
    """What ends a worker in the middle of an operation."""


@pytest.fixture
def killed_at(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Make a worker die at its n-th audit entry from now on, once; what the operation has written is undone."""
    real, left = audit.record, [0]

    def record(**entry: Any) -> AuditEntry:
        left[0] -= 1
        if left[0] == 0:
            raise Killed
        return real(**entry)

    def begin(count: int) -> None:
        left[0] = count
        monkeypatch.setattr(audit, "record", record)

    return begin


@pytest.mark.parametrize("cut", [9, 231])
def test_a_succession_cut_short_is_brought_to_its_end(scene: Scene, killed_at: Callable[[int], None], cut: int) -> None:
    steps.load_other_districts(scene)
    killed_at(cut)
    with pytest.raises(Killed):
        succession.dissolve_jiangbei(scene)

    succession.dissolve_jiangbei(scene)

    assert DivisionChange.objects.get().status == "CLOSED"
    assert Division.objects.filter(parent__name="两江新区").count() == 42


@pytest.mark.nightly
@pytest.mark.parametrize("cut", range(20, 660, 40))
def test_a_story_cut_short_anywhere_goes_on(scene: Scene, killed_at: Callable[[int], None], cut: int) -> None:
    killed_at(cut)
    with pytest.raises(Killed):
        _whole_story(scene)

    _whole_story(scene)

    for name, ordered, solved in (("自贡市三八路社区服务有限公司", 100000, 12), ("芭蕉冲社区场地租赁", 480000, 11)):
        report = report_of(CommunityEnterprise.objects.get(name=name), 2025, scene.system)
        assert (report.ordered, report.arrived, report.problems) == (ordered, ordered, solved), name
    assert (CommunityEnterprise.objects.count(), ReinvestmentRun.objects.count()) == (9, 8)  # one is left for hands
    assert ReinvestmentOrder.objects.filter(status="PUBLISHED").count() == 4
    assert DivisionChange.objects.get().status == "CLOSED"


def _whole_story(scene: Scene) -> None:
    for step in STORY_STEPS:
        step(scene)
    reinvestment.request_planning(by=scene.system, now=scene.now, today=scene.today)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass
    settlement.settle(scene)


def test_what_was_given_up_is_tried_again_at_the_next_start(scene: Scene) -> None:
    job = tasks.request(scene.now)
    assert tasks.resume(scene.now) == []
    Job.objects.filter(pk=job.pk).update(status="FAILED", last_error="DoesNotExist")

    (told,) = tasks.resume(scene.now)

    assert (told.pk, told.last_error) == (job.pk, "DoesNotExist")
    assert Job.objects.get().status == "QUEUED"


def test_jiangbei_goes_into_the_new_area_with_its_neighbors_as_stubs(scene: Scene) -> None:
    steps.load_other_districts(scene)

    succession.dissolve_jiangbei(scene)

    new = Division.objects.get(name="两江新区")
    assert Division.objects.filter(parent=new).count() == 42
    assert DivisionLineage.objects.filter(successor__parent=new, predecessor__tier=Tier.STREET).count() == 42
    assert steps.place("500105000000").status == "CLOSED"
    assert Division.objects.filter(is_stub=True, tier=Tier.STREET).count() == 30
