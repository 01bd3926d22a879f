"""What the database refuses by itself: each wall alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from projects.market import delivering, operations
from projects.market.models import ServiceMatch
from tests.walls import alone, change_refused, copied

TAKE = """
    INSERT INTO projects_servicematch (service_id, taker_id, note, status, taken_at, confirmed_at, confirmed_by_id,
        is_by_code, ended_reason, absent)
    VALUES (%s, %s, '', %s, now(), now(), %s, false, '', '')
"""


@pytest.mark.django_db
def test_states_follow_the_tables(posted: Any, taken: Any) -> None:
    service = posted()
    match = taken(service)

    change_refused("servicematch_moves_by_the_table", match, "status = 'SETTLED'")
    operations.cancel_service(by=service.posted_by, now=service.posted_at, service=service, reason="不用了")
    change_refused("microservice_moves_by_the_table", service, "status = 'POSTED'")


@pytest.mark.django_db(transaction=True)
def test_walls_of_a_service(people: SimpleNamespace, posted: Any, owner: Callable[[], Any]) -> None:
    row = posted()
    community = posted(by=people.community_staff, is_for_community=True, settlement="OUTSIDE", price=Decimal(10))
    given = {"code": "'X'", "contact": "''"}
    with owner():
        cases = {
            "microservice_kinds_are_known": copied(row, **given, field="'X'"),
            "microservice_capability_of_a_body": copied(row, **given, capability="'养老服务'", side="'OFFER'"),
            "microservice_runs_forward": copied(row, **given, ends_at="starts_at"),
            "microservice_has_places": copied(row, **given, places="0"),
            "microservice_poster_is_named": copied(row, **given, poster_kind="'ORGANIZATION'"),
            "microservice_price_fits_settlement": copied(row, **given, price="1"),
        }
        for label, statement in cases.items():
            alone(label, statement)
        alone("microservice:terms_stay", f"UPDATE projects_microservice SET price = 20 WHERE id = {community.pk}")
        alone(
            "microservice_points_are_peoples",
            copied(row, **given, settlement="'POINTS'", points="1", poster_kind="'ORGANIZATION'"),
            beside=("microservice_poster_is_named",),
        )
        alone(
            "microservice_fund_buys_for_community",
            copied(row, **given, settlement="'FUND'", price="1"),
            beside=("microservice_price_fits_settlement",),
        )


@pytest.mark.django_db(transaction=True)
def test_walls_of_a_taking(people: SimpleNamespace, at: Any, posted: Any, taken: Any, owner: Callable[[], Any]) -> None:
    full, ended, free = posted(places=2), posted(), posted(choice="CHOSEN")
    match = taken(full)
    waiting = taken(free)
    operations.cancel_service(by=people.asker, now=at(14), service=ended, reason="不用了")
    absent = delivering.report_no_show(by=people.asker, now=at(10, days=3), match=taken(posted()), reason="没来")
    operations.block_person(by=people.third, now=at(14), match=_ended(people, at, taken, posted))
    asker, helper, third = people.asker.pk, people.helper.pk, people.third.pk
    with owner():
        alone("servicematch_once_each", TAKE, full.pk, helper, "TAKEN", asker)
        alone("servicematch_fits", TAKE, ended.pk, helper, "TAKEN", asker)
        alone("servicematch_fits", TAKE, full.pk, asker, "TAKEN", asker)
        alone("servicematch_fits", TAKE, full.pk, third, "TAKEN", asker)
        alone("servicematch:lifecycle", f"UPDATE projects_servicematch SET status = 'DECLINED' WHERE id = {match.pk}")
        alone("servicematch:parties_stay", f"UPDATE projects_servicematch SET taker_id = {third} WHERE id = {match.pk}")
        alone(
            "servicematch_confirmed_by_somebody",
            f"UPDATE projects_servicematch SET status = 'CONFIRMED' WHERE id = {waiting.pk}",
        )
        alone(
            "servicematch_done_after_sign_in",
            f"UPDATE projects_servicematch SET status = 'SIGNED_IN' WHERE id = {match.pk}",
        )
        alone("servicematch_absence_is_named", f"UPDATE projects_servicematch SET absent = '' WHERE id = {absent.pk}")
        alone(
            "servicematch_kinds_are_known",
            f"UPDATE projects_servicematch SET absent = 'X' WHERE id = {absent.pk}",
            beside=("servicematch_absence_is_named",),
        )


def _ended(people: SimpleNamespace, at: Any, taken: Any, posted: Any) -> ServiceMatch:
    """Return a taking by the third person that was cancelled, so that nothing but the block stands against another."""
    return operations.cancel_match(by=people.third, now=at(14), match=taken(posted(), by=people.third), reason="有事")


@pytest.mark.django_db(transaction=True)
def test_no_more_than_the_places(people: SimpleNamespace, at: Any, posted: Any, taken: Any, owner: Any) -> None:
    row = posted(choice="CHOSEN")
    first, second = taken(row), taken(row, by=people.third)
    operations.confirm_taking(by=people.asker, now=at(14), match=first)
    with owner():
        alone(
            "servicematch_fits",
            "UPDATE projects_servicematch SET status = 'CONFIRMED', confirmed_at = now(), confirmed_by_id = %s WHERE id = %s",
            people.asker.pk,
            second.pk,
        )


@pytest.mark.django_db(transaction=True)
def test_settled_as_agreed_and_rated_after_it(
    people: SimpleNamespace, at: Any, posted: Any, taken: Any, done: Any, owner: Any
) -> None:
    service = posted(by=people.community_staff, is_for_community=True, settlement="POINTS", points=1)
    match = taken(service)
    delivering.sign_in_match(by=people.community_staff, now=at(9, days=3), match=match)
    served = done(posted())
    rating = delivering.rate_match(by=people.asker, now=at(12, days=3), match=served, stars=5)
    block = operations.block_person(by=people.asker, now=at(12, days=3), match=served)
    with owner():
        alone(
            "servicematch_settles",
            f"UPDATE projects_servicematch SET status = 'SETTLED' WHERE id = {match.pk}",
            beside=("servicematch:lifecycle",),
        )
        alone("servicerating_after", copied(rating, match_id=match.pk))
        alone("servicerating_once_by_each_side", copied(rating))
        alone("servicerating_stars_are_known", copied(rating, stars=6, is_by_poster="false"))
        alone("marketblock_once", copied(block))
        alone("marketblock_of_another", copied(block, blocked_id=block.blocker_id))
