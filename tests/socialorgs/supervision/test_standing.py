"""The gate: bans by two hands with their boundary days; repairs of listings."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from governance import lifecycle
from governance.calendar.days import months_later
from governance.errors import NotAllowed
from governance.lifecycle import MoveForbidden, SamePerson
from socialorgs.register.barring import operations as barring
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.queries import (
    OrganizationHindered,
    hindered,
    hindrances,
    hindrances_by_body,
    require_good_standing,
)
from socialorgs.supervision import operations
from socialorgs.supervision.models import CreditRepair
from socialorgs.supervision.refusals import ListingOver, RepairTooEarly, RepairUnderWay
from tests.factories.socialorgs_register import AnnualInspectionFactory, CreditListingFactory, OrganizationFactory
from tests.people import sign_in

pytestmark = pytest.mark.django_db


def proposed(people: SimpleNamespace, now: dt.datetime, body: Any, **more: Any) -> ParticipationBan:
    given = {
        "ground": "CONTRACT_BREACH",
        "reason": "擅自停止服务。",
        "decision_number": "自民禁〔2026〕1号",
        "starts_on": dt.date(2026, 3, 5),
        "ends_on": dt.date(2027, 3, 5),
        **more,
    }
    return barring.propose_ban(by=people.street_officer, now=now, organization=body, **given)


def test_a_ban_holds_from_its_first_day_to_the_day_before_its_end(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    row = proposed(people, now, body)
    assert hindrances(body, dt.date(2026, 3, 5)) == []

    row = lifecycle.move(row, "confirm", by=people.street_reviewer, now=now)

    days = [dt.date(2026, 3, 4), dt.date(2026, 3, 5), dt.date(2027, 3, 4), dt.date(2027, 3, 5)]
    assert [len(hindrances(body, day)) for day in days] == [0, 1, 1, 0]
    with pytest.raises(OrganizationHindered, match="自民禁"):
        require_good_standing(body, dt.date(2026, 3, 5))
    lifecycle.move(row, "lift", by=people.district_officer, now=now, reason="已改正。")
    assert hindrances(body, dt.date(2026, 3, 5)) == []


def test_the_gate_costs_three_queries(body: Any, today: dt.date, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(3):
        assert hindrances(body, today) == []
    others = [OrganizationFactory(active=True) for _number in range(2)]
    CreditListingFactory(organization=others[0], credit_list="SERIOUS_BREACH", listed_on=today - dt.timedelta(days=9))
    with django_assert_num_queries(3):
        found = hindrances_by_body([body.pk, *(other.pk for other in others)], today)
    assert [len(found[one.pk]) for one in (body, *others)] == [0, 1, 0]


def test_what_stands_in_the_way_says_since_when_and_what_opens_it_again(body: Any, today: dt.date) -> None:
    day = today - dt.timedelta(days=20)
    CreditListingFactory(organization=body, credit_list="SERIOUS_BREACH", listed_on=day, decision_number="失信1号")
    AnnualInspectionFactory(organization=body, year=today.year - 1, conclusion="FAILED", concluded_on=day)

    with override("en"):
        listed, failed = hindrances(body, today)

    assert (str(day) in listed, "失信1号" in listed, "taken off the list" in listed) == (True, True, True)
    assert (str(day) in failed, "a later inspection" in failed) == (True, True)
    assert hindered([], today) == {}
    assert body.name in str(hindered([body.pk], today)[body.pk])


def test_who_proposes_a_ban_does_not_impose_it(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = barring.propose_ban(
        by=people.street_reviewer,
        now=now,
        organization=body,
        ground="GRANT_BREACH",
        reason="挪用经费。",
        decision_number="2号",
        starts_on=dt.date(2026, 3, 5),
        ends_on=dt.date(2029, 3, 5),
    )
    with pytest.raises(SamePerson):
        lifecycle.move(row, "confirm", by=people.street_reviewer, now=now)
    with pytest.raises(MoveForbidden):
        lifecycle.move(row, "confirm", by=people.community_staff, now=now)
    assert barring.refuse_ban(by=people.district_admin, now=now, ban=row, reason="证据不足。").status == "REFUSED"


@pytest.mark.parametrize("ends_on", [dt.date(2026, 3, 5), dt.date(2026, 3, 4), dt.date(2029, 3, 6)])
def test_a_ban_has_its_longest(people: SimpleNamespace, now: dt.datetime, body: Any, ends_on: dt.date) -> None:
    with pytest.raises(barring.BanTooLong):
        proposed(people, now, body, ends_on=ends_on)
    assert ParticipationBan.objects.count() == 0


def test_a_decision_bars_once(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    proposed(people, now, body)
    with pytest.raises(barring.BanKnown):
        proposed(people, now, body, decision_number=" 自民禁〔2026〕1号 ")
    with pytest.raises(NotAllowed):
        barring.propose_ban(
            by=people.other_manager,
            now=now,
            organization=body,
            ground="GRANT_BREACH",
            reason="x",
            decision_number="3号",
            starts_on=dt.date(2026, 3, 5),
            ends_on=dt.date(2026, 4, 5),
        )


def test_a_ban_that_was_only_proposed_is_not_public(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = proposed(people, now, body)
    assert "擅自停止服务" not in Client().get(body.get_absolute_url()).content.decode()
    assert not ParticipationBan.objects.visible_to(people.other_manager).exists()

    lifecycle.move(row, "confirm", by=people.street_reviewer, now=now)

    assert "擅自停止服务" in Client().get(body.get_absolute_url()).content.decode()


def test_a_listing_is_repaired_by_what_was_mended(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    listing = CreditListingFactory(organization=body, credit_list="ABNORMAL", listed_on=dt.date(2025, 9, 5))
    with pytest.raises(NotAllowed):
        operations.apply_for_repair(by=people.other_manager, now=now, listing=listing, mended="已改。")
    with pytest.raises(RepairTooEarly):
        operations.apply_for_repair(by=people.manager, now=now, listing=listing, mended=" ")

    row = operations.apply_for_repair(by=people.manager, now=now, listing=listing, mended="已变更住所。")
    with pytest.raises(RepairUnderWay):
        operations.apply_for_repair(by=people.manager, now=now, listing=listing, mended="已变更住所。")
    row = operations.approve_repair(by=people.street_reviewer, now=now, repair=row)

    listing.refresh_from_db()
    assert (row.status, listing.removed_on) == ("APPROVED", now.date())
    with pytest.raises(ListingOver):
        operations.apply_for_repair(by=people.manager, now=now, listing=listing, mended="再次。")


def test_a_manager_is_told_before_the_form_from_when_a_listing_is_lifted_and_asks_once(
    people: SimpleNamespace, body: Any
) -> None:
    today = timezone.localdate()
    listing = CreditListingFactory(organization=body, credit_list="ABNORMAL", listed_on=today - dt.timedelta(days=9))
    address = reverse("socialorgs:repair-new", args=[listing.pk])
    client = Client()
    sign_in(client, people.manager)
    first = months_later(listing.listed_on, 6).isoformat()

    assert first in client.get(address).content.decode()
    assert address in client.get("/my/supervision/").content.decode()
    operations.apply_for_repair(by=people.manager, now=timezone.now(), listing=listing, mended="已变更住所。")
    assert address not in client.get("/my/supervision/").content.decode()
    assert str(RepairUnderWay.message) in client.get(address).content.decode()


@pytest.mark.parametrize(("day", "fits"), [(dt.date(2025, 9, 5), False), (dt.date(2025, 9, 4), True)])
def test_where_nothing_is_to_be_mended_six_months_pass(
    people: SimpleNamespace, now: dt.datetime, body: Any, day: dt.date, *, fits: bool
) -> None:
    listing = CreditListingFactory(organization=body, credit_list="ABNORMAL", listed_on=day)

    if fits:
        row = operations.apply_for_repair(by=people.manager, now=now, listing=listing, mended="")
        refused = operations.refuse_repair(by=people.street_reviewer, now=now, repair=row, reason="住所仍无法联系。")
        assert refused.status == "REFUSED"
    else:
        with pytest.raises(RepairTooEarly):
            operations.apply_for_repair(by=people.manager, now=now, listing=listing, mended="")
        assert CreditRepair.objects.count() == 0
