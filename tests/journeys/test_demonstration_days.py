"""The demonstration's money in the order of its days, and what a visitor should find in it."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from django.db.models import Q, Sum

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
import governance.indicators.tasks  # noqa: F401 - as above
import projects.tasks  # noqa: F401 - as above
from funds.charity.models import CommunityFund
from funds.donations.certificate import print_certificate
from funds.donations.models import Donation
from funds.enterprises.models import ProfitDeclaration
from funds.ledger.models import Balance, Book, Journal
from funds.reinvestment.models import DistributionPolicy, ReinvestmentOrder
from funds.reinvestment.trial import try_policy
from funds.upkeep.models import UpkeepEntry
from governance.calendar import clock
from governance.indicators.queries import compared, latest_of
from governance.jobs import operations as jobs
from governance.portal.demonstration import data, figures, fund_kinds, logins, settlement
from governance.portal.demonstration.steps import Scene, place
from governance.portal.demonstration.tasks import LOOP_STEPS, STORY_STEPS
from governance.printing import lacking
from projects.purchasing.awarding.models import PurchaseAward
from tests.people import desk_client

pytestmark = pytest.mark.django_db


def test_the_story_is_told_in_the_order_of_its_days(db: Any) -> None:
    """In one test, because the story takes its time: it is told once."""
    del db
    scene = Scene(now=clock.now())
    for step in STORY_STEPS:
        step(scene)
    assert settlement.is_planned()
    settlement.settle(scene)
    for step in LOOP_STEPS:
        step(scene)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass

    _vouchers_follow_their_days()
    _interest_is_borne_by_money()
    _a_draft_waits_to_be_tried(scene)
    _thanks_are_given(scene)
    _claims_stand_beside_what_is_counted(scene)
    assert ReinvestmentOrder.objects.filter(status="PUBLISHED").count() == 4


def _vouchers_follow_their_days() -> None:
    for book in Book.objects.order_by("pk"):
        rows = list(Journal.objects.filter(book=book).order_by("sequence").values_list("posted_on", "voucher_number"))
        assert all(before <= after for (before, _one), (after, _two) in pairwise(rows)), (book.name, rows)


def _interest_is_borne_by_money() -> None:
    for entry in UpkeepEntry.objects.filter(kind="INTEREST"):
        held = Balance.objects.filter(account__book=entry.fund.book_id, kind="POOL")
        total = held.aggregate(total=Sum("received"))["total"] or Decimal(0)
        assert total > 1000 * entry.amount, entry.fund
    assert UpkeepEntry.objects.get(amount="18.62").fund == CommunityFund.objects.get(name=fund_kinds.COOPERATION.name)


def _a_draft_waits_to_be_tried(scene: Scene) -> None:
    draft = DistributionPolicy.objects.get(status="DRAFT")
    street = scene.user("street002")
    assert draft.enterprise is not None
    trial = try_policy(by=street, policy=draft, scope=draft.enterprise, first_year=2025, last_year=2025)
    [year] = trial.years
    assert year.tried != year.ordered
    client = desk_client(street)
    assert str(draft.pk) in client.get(logins.DRAFTS).content.decode()
    assert client.get(f"/distribution-policies/{draft.pk}/what-if/").status_code == 200


def _thanks_are_given(scene: Scene) -> None:
    thanked = Donation.objects.exclude(certificate_code="")
    assert thanked.filter(donor_name="自贡市川南电器商会", status="PUBLISHED").exists()
    client = desk_client(scene.user("charity"))
    assert client.get(logins.DONATIONS).status_code == 200
    if not lacking():
        first = thanked.order_by("pk")[0]
        assert print_certificate(first).startswith(b"%PDF")
        page = client.get(first.get_absolute_url()).content.decode()
        assert f"/donations/{first.pk}/certificate.pdf" in page


def _claims_stand_beside_what_is_counted(scene: Scene) -> None:
    """Revenue and profit of the declarations that are public by now; problems solved as they are named."""
    figures.compute(scene)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass
    found = {
        row.claim.reference: row
        for code in (data.DISTRICT, "510302002008", "510302004011")
        for row in compared(place(code))
    }
    published = ProfitDeclaration.objects.filter(period_kind="YEAR", status="PUBLISHED")
    sums = published.aggregate(revenue=Sum("revenue"), profit=Sum("net_profit"))
    assert (found["H0-37"].found, found["H0-38"].found) == (sums["revenue"], sums["profit"])
    assert (found["H0-41"].found, found["H0-41"].is_borne_out) == (12, True)
    assert (found["H0-43"].found, found["H0-43"].is_borne_out) == (11, True)
    for reference in ("H0-26", "H0-28", "H0-29"):
        assert (found[reference].counted is not None, found[reference].is_borne_out) == (True, True), reference
    growth = found["H0-27"]
    assert growth.counted is not None
    assert (growth.counted.numerator, growth.counted.denominator) == (37, 89)
    assert (growth.counted.value, growth.recomputed, growth.is_borne_out) == (Decimal("41.57"), Decimal("41.57"), False)
    _rooms_are_counted()


def _rooms_are_counted() -> None:
    """What organizations and projects show stands among the figures of the district."""
    counted = {row.indicator: row for row in latest_of(place(data.DISTRICT))}
    shown = {key: counted[key].value for key in ROOMS}
    assert shown == ROOMS
    final = PurchaseAward.objects.filter(status="FINAL", budget_line__fiscal_year=clock.today().year)
    bought = final.aggregate(total=Sum("amount"), sunken=Sum("amount", filter=Q(purchase__kind="HANDED_OVER")))
    assert counted["purchase.total"].value == (bought["total"] or 0)
    if bought["total"]:
        assert (counted["purchase.sunken"].numerator, counted["purchase.sunken"].denominator) == (
            bought["sunken"],
            bought["total"],
        )


ROOMS = {
    "venture.projects": 2,
    "micro.projects": 0,
    "incubation.out": 0,
    "aide.count": 6,
    "aide.money": Decimal("266400.00"),
    "fair.projects": 4,
    "so.brought_in": 1,
    "so.tenants": 2,
    "steward.cycle": 4,
    "points.minutes": 30,
    "venue.classes": 3,
    "rule.min_funds": 3000,
}
"""Some of the figures of the demonstration."""
