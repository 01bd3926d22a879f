"""Signing in, saying that it is done, settling, rating, and what the clock does."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from funds.ledger.models import Journal
from funds.ledger.operations import Line, post_journal
from funds.ledger.points import account_of, book_of, points_in, source_of
from governance.accounts.models import User
from governance.errors import NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden
from projects.market import delivering, operations, refusals
from projects.market.models import MicroService, ServiceMatch, ServiceRating
from tests.factories.projects_contracts import in_force
from tests.projects.market.test_operations import refused

pytestmark = pytest.mark.django_db


def earn(people: SimpleNamespace, person: User, points: int, now: dt.datetime) -> None:
    """Give somebody points, as service does."""
    book = book_of(people.community, people.system, now, now.date())
    source, account = source_of(book, people.system, now), account_of(book, person, people.system, now)
    post_journal(
        by=people.system,
        book=book,
        kind="ALLOCATION",
        key=f"test:{person.pk}",
        posted_on=now.date(),
        memo="服务积分",
        lines=[Line(source, account, Decimal(points))],
        now=now,
    )


# --- Signing in


def test_signing_in_with_the_code(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    service = posted()
    match = taken(service)
    early = at(8, days=3)

    refused(refusals.MarketCodeWrong, delivering.sign_in_match, by=people.helper, now=early, match=match, code="X")
    refused(
        refusals.MarketNotNow,
        delivering.sign_in_match,
        by=people.helper,
        now=early - dt.timedelta(seconds=1),
        match=match,
        code=service.code,
    )
    refused(
        refusals.MarketNotNow,
        delivering.sign_in_match,
        by=people.helper,
        now=at(11, days=3),
        match=match,
        code=service.code,
    )
    refused(MoveForbidden, delivering.sign_in_match, by=people.third, now=early, match=match, code=service.code)
    row = delivering.sign_in_match(by=people.helper, now=early, match=match, code=service.code.lower())

    assert (row.status, row.is_by_code, row.signed_in_by) == ("SIGNED_IN", True, people.helper)


def test_whoever_posted_it_signs_in_by_hand(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    row = delivering.sign_in_match(by=people.asker, now=at(10, 59, days=3), match=taken(posted()))

    assert (row.status, row.is_by_code) == ("SIGNED_IN", False)


def test_who_says_that_it_is_done(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    wanted, offered = posted(), posted(side="OFFER", title="免费理发")
    for service, server, served in ((wanted, people.helper, people.asker), (offered, people.asker, people.helper)):
        match = taken(service)
        match = delivering.sign_in_match(by=people.helper, now=at(9, days=3), match=match, code=service.code)
        refused(MoveForbidden, delivering.finish_match, by=server, now=at(11, days=3), match=match)
        row = delivering.finish_match(by=served, now=at(11, days=3), match=match)
        assert row.status == "SETTLED"


def test_nobody_came(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    match = taken(posted())
    first = at(9, 30, days=3)

    refused(
        refusals.MarketNotNow,
        delivering.report_no_show,
        by=people.asker,
        now=first - dt.timedelta(seconds=1),
        match=match,
        reason="没来",
    )
    row = delivering.report_no_show(by=people.asker, now=first, match=match, reason="没来")
    other = delivering.report_no_show(by=people.helper, now=first, match=taken(posted()), reason="家里没人")

    assert (row.status, row.absent, other.absent) == ("NO_SHOW", "TAKER", "POSTER")


def test_who_does_not_come_three_times_takes_a_rest(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    for _number in range(3):
        delivering.report_no_show(by=people.asker, now=at(10, days=3), match=taken(posted()), reason="没来")
    later = {"starts_at": at(9, days=95), "ends_at": at(10, days=95)}
    service = posted(now=at(12, days=90), **later)

    refused(refusals.MissedTooOften, posted, MicroService, by=people.helper, now=at(12, days=4), **later)
    last = at(10, days=93)
    refused(refusals.MissedTooOften, taken, ServiceMatch, service=service, now=last - dt.timedelta(seconds=1))
    assert taken(service, now=last).pk


# --- Settling


def test_points_go_from_who_is_served_to_who_serves(people: SimpleNamespace, at: Any, posted: Any, done: Any) -> None:
    service = posted(settlement="POINTS", points=4)
    refused(
        refusals.PointsMissing, operations.take_service, ServiceMatch, by=people.helper, now=at(13), service=service
    )
    earn(people, people.asker, 6, at(12))

    match = done(service)

    assert (match.status, match.journal is not None) == ("SETTLED", True)
    assert (points_in(people.community, people.asker), points_in(people.community, people.helper)) == (2, 4)
    assert "孙" not in match.journal.memo


def test_points_that_are_promised_are_not_promised_again(
    people: SimpleNamespace, at: Any, posted: Any, taken: Any
) -> None:
    earn(people, people.asker, 6, at(12))
    taken(posted(settlement="POINTS", points=4))

    found = refused(
        refusals.PointsMissing, taken, ServiceMatch, service=posted(settlement="POINTS", points=3), by=people.third
    )
    assert found.params == {"wanted": 3, "available": 2}


def test_the_community_thanks_with_points(people: SimpleNamespace, at: Any, posted: Any, done: Any) -> None:
    service = posted(by=people.community_staff, is_for_community=True, settlement="POINTS", points=3)

    match = done(service, receiver=people.community_staff)

    assert (match.status, points_in(people.community, people.helper)) == ("SETTLED", 3)
    assert match.journal.transfers.count() == 1


def test_points_are_peoples(people: SimpleNamespace, posted: Any, taken: Any) -> None:
    more = {"settlement": "POINTS", "points": 3}
    refused(refusals.PriceUnfit, posted, MicroService, by=people.manager, organization=people.organization, **more)
    refused(
        refusals.PointsNobodys,
        posted,
        MicroService,
        by=people.community_staff,
        is_for_community=True,
        side="OFFER",
        **more,
    )
    service = posted(by=people.community_staff, is_for_community=True, **more)
    refused(
        refusals.TakerUnfit, taken, ServiceMatch, service=service, by=people.manager, organization=people.organization
    )


def test_money_outside_is_confirmed_by_who_gets_it(people: SimpleNamespace, at: Any, posted: Any, done: Any) -> None:
    match = done(posted(settlement="OUTSIDE", price=Decimal("30.50")))

    assert match.status == "DONE"
    refused(MoveForbidden, delivering.settle_match, Journal, by=people.asker, now=at(12, days=3), match=match)
    assert delivering.settle_match(by=people.helper, now=at(12, days=3), match=match).status == "SETTLED"
    assert Journal.objects.count() == 0


# --- Rating


def test_each_side_rates_once(people: SimpleNamespace, at: Any, posted: Any, taken: Any, done: Any) -> None:
    undone = taken(posted())
    refused(
        refusals.MarketNotNow, delivering.rate_match, ServiceRating, by=people.asker, now=at(14), match=undone, stars=5
    )
    match = done(posted())
    last = at(11, days=33)

    refused(NotAllowed, delivering.rate_match, ServiceRating, by=people.third, now=last, match=match, stars=1)
    refused(
        refusals.MarketNotNow, delivering.rate_match, ServiceRating, by=people.asker, now=last, match=match, stars=5
    )
    just = last - dt.timedelta(seconds=1)
    first = delivering.rate_match(by=people.asker, now=just, match=match, stars=5, comment="手脚麻利")
    second = delivering.rate_match(by=people.helper, now=just, match=match, stars=4)
    refused(
        refusals.RatedAlready, delivering.rate_match, ServiceRating, by=people.asker, now=just, match=match, stars=1
    )

    assert (first.is_by_poster, second.is_by_poster) == (True, False)


# --- The clock


def test_what_nobody_takes_expires_by_itself(people: SimpleNamespace, at: Any, posted: Any) -> None:
    later = {"starts_at": at(9, days=30), "ends_at": at(10, days=30)}
    service = posted(**later)

    assert delivering.run_market_clock(by=people.system, now=at(11, 59, days=7)) == 0
    assert delivering.run_market_clock(by=people.system, now=at(12, days=7)) == 1
    assert delivering.run_market_clock(by=people.system, now=at(12, days=7)) == 0
    service.refresh_from_db()
    assert service.status == "EXPIRED"


def test_days_until_it_expires_are_a_rule_of_the_place(people: SimpleNamespace, at: Any, posted: Any) -> None:
    in_force("market.take_days", 2, people.community)
    later = {"starts_at": at(9, days=30), "ends_at": at(10, days=30)}

    assert posted(**later).take_by == at(12, days=2)


def test_a_taking_that_waits_keeps_it_open_until_it_begins(
    people: SimpleNamespace, at: Any, posted: Any, taken: Any
) -> None:
    service = posted(choice="CHOSEN", starts_at=at(9, days=30), ends_at=at(10, days=30))
    match = taken(service)

    assert delivering.run_market_clock(by=people.system, now=at(8, 59, days=30)) == 0
    assert delivering.run_market_clock(by=people.system, now=at(9, days=30)) == 2
    match.refresh_from_db()
    service.refresh_from_db()
    assert (match.status, service.status) == ("LAPSED", "EXPIRED")


def test_what_was_served_is_done_after_three_days(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    service = posted()
    match = taken(service)
    delivering.sign_in_match(by=people.asker, now=at(9, days=3), match=match)

    assert delivering.run_market_clock(by=people.system, now=at(10, 59, days=6)) == 0
    assert delivering.run_market_clock(by=people.system, now=at(11, days=6)) == 2
    match.refresh_from_db()
    service.refresh_from_db()
    assert (match.status, service.status) == ("SETTLED", "DONE")


def test_what_nobody_speaks_of_any_more_lapses(people: SimpleNamespace, at: Any, posted: Any, taken: Any) -> None:
    service = posted()
    match = taken(service)
    delivering.run_market_clock(by=people.system, now=at(11, days=6))
    match.refresh_from_db()
    service.refresh_from_db()

    assert (match.status, service.status) == ("LAPSED", "EXPIRED")
    refused(MoveClosed, delivering.finish_match, by=people.asker, now=at(12, days=6), match=match)
