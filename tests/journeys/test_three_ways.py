"""Three ways to one figure: picture, statement and ledger agree for every fund of the demonstration, and so do places.

The story is told once for all of it, because telling it takes longer than everything that is asked here.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pypdf import PdfReader

import funds.tasks  # noqa: F401 - registers the handlers of the jobs, as a worker does
import projects.tasks  # noqa: F401 - the same
from communities.territory.models import Division, Tier
from funds.charity.models import CommunityFund
from funds.ledger.flows import BookSummary
from funds.ledger.models import Account, Transfer
from funds.reinvestment import operations as reinvestment
from funds.statements import queries
from funds.statements.account import print_account
from funds.statements.figures import flows_of, movements_in
from funds.statements.flow import flow_of, totals_of
from funds.statements.place import COUNTED, money_of
from funds.statements.policy import Statement, read_span, statement_of
from governance.accounts.models import User
from governance.calendar import clock
from governance.jobs import operations as jobs
from governance.money import ZERO, format_yuan
from governance.portal import queries as portal
from governance.portal.demonstration import settlement, tasks
from governance.portal.demonstration.steps import Scene
from governance.printing import lacking
from tests.people import sign_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def told(db: Any) -> Scene:
    del db
    scene = Scene(now=clock.now())
    for step in tasks.STORY_STEPS:
        step(scene)
    reinvestment.request_planning(by=scene.system, now=scene.now, today=scene.today)
    while jobs.run_due(by=scene.system, clock=lambda: scene.now):
        pass
    settlement.settle(scene)
    for step in tasks.LOOP_STEPS:
        step(scene)
    return scene


def test_every_figure_is_the_same_by_every_way(told: Scene, client: Client) -> None:
    funds = list(CommunityFund.objects.exclude(status="APPLIED").select_related("book", "division").order_by("pk"))
    assert sum(fund.book.sequence > 0 for fund in funds) >= 9

    for _ in ("as it was posted", "as it is summed up"):
        for fund in funds:
            _compare(fund, told)
        _compare_places()
        BookSummary.objects.bring_up()
    _look_at_pages(_fullest(funds), client)
    _compare_sheet(_fullest(funds), told)


def _look_at_pages(fund: CommunityFund, client: Client) -> None:
    """The page of the fund and of its place says what the ledger says, to everybody, in few queries and few bytes."""
    figures = [format_yuan(figure) for figure in _sums(fund)]
    for user in (None, User.objects.get(display_name="赵志明"), User.objects.get(username="district")):
        if user is not None:
            sign_in(client, user)
        for address in (
            reverse("funds:fund-detail", args=[fund.pk]),
            reverse("funds:place-money", args=[fund.division_id]),
            reverse("funds:place-journals", args=[fund.division_id]),
        ):
            with CaptureQueriesContext(connection) as asked:
                answer = client.get(address)
            assert (answer.status_code, len(answer.content) < 80_000) == (200, True)
            assert len(asked) <= 10, [query["sql"][:200] for query in asked]
            if "/money/" not in address:
                assert all(figure in answer.content.decode() for figure in figures)


def _fullest(funds: list[CommunityFund]) -> CommunityFund:
    return max(funds, key=lambda fund: fund.book.sequence)


def _compare(fund: CommunityFund, told: Scene) -> None:
    accounts = queries.accounts_of(fund.book)
    flows = flows_of(fund.book, accounts)
    for name in ("", str(told.today.year), str(told.today.year - 1), f"{told.today:%Y-%m}"):
        span = read_span(name) if name else None
        by_transfers = statement_of(queries.movements(fund.book, accounts, span))
        by_months = statement_of(movements_in(flows, span))
        assert _figures(by_months) == _figures(by_transfers), (fund, name)
        drawn = totals_of(flow_of(movements_in(flows, span)))
        assert (drawn.opening, drawn.received, drawn.used, drawn.held) == _figures(by_transfers)[:4], (fund, name)
        assert drawn.held + drawn.available == by_transfers.closing
    received, used, left = _sums(fund)
    money = queries.money_in(accounts)
    assert (drawn_all := totals_of(flow_of(movements_in(flows)))).received == received
    assert (drawn_all.used, drawn_all.held + drawn_all.available) == (used, left) == (used, money.total)


def _figures(statement: Statement) -> tuple[Decimal, ...]:
    return (statement.opening, statement.received, statement.used, statement.held, statement.closing)


def _sums(fund: CommunityFund) -> tuple[Decimal, Decimal, Decimal]:
    """Add up the transfers of a fund by hand."""

    def net(*kinds: str) -> Decimal:
        accounts = Account.objects.filter(book=fund.book, kind__in=kinds)
        came = Transfer.objects.filter(target__in=accounts).aggregate(sum=Sum("amount"))["sum"] or ZERO
        went = Transfer.objects.filter(source__in=accounts).aggregate(sum=Sum("amount"))["sum"] or ZERO
        return Decimal(came - went)

    return -net("SOURCE"), net("SINK"), net("POOL", "HOLD")


def _places() -> Iterator[Division]:
    yield from Division.objects.filter(books__fund__isnull=False).distinct().order_by("pk")
    yield from Division.objects.filter(tier=Tier.DISTRICT, is_stub=False).order_by("pk")


def _compare_places() -> None:
    """The page of a place, the home of the place, and its funds one by one."""
    for place in _places():
        money, home = money_of(place), portal.money_of(place)
        assert (money.came, money.available, money.held, money.used) == (
            *(home.received, home.available, home.held, home.used),
        ), place
        funds = CommunityFund.objects.in_division(place).filter(category__in=COUNTED).select_related("book")
        assert (money.came, money.used, money.available + money.held) == tuple(
            sum(figures, ZERO) for figures in zip((ZERO, ZERO, ZERO), *map(_sums, funds), strict=True)
        ), place
        assert sum((line.amount for line in money.sources), ZERO) == money.came
        assert sum((line.amount for line in money.uses), ZERO) == money.used


def _compare_sheet(fund: CommunityFund, told: Scene) -> None:
    """The printed account, read back."""
    if lacking():
        return
    seen = CommunityFund.objects.for_detail().get(pk=fund.pk)
    pages = PdfReader(io.BytesIO(print_account(seen, told.today, told.now))).pages
    text = "".join("".join(page.extract_text() for page in pages).split())
    for figure in _sums(fund):
        assert format_yuan(figure) in text
    assert seen.book.head_hash in text
