"""Venues: entered once, named by rooms, operations, free uses and evaluations, with the hours owed and served for each."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone
from openpyxl import load_workbook

from communities.people.policy import PersonalNumbersFound
from communities.venues import operations
from communities.venues.models import Venue
from governance.errors import NotAllowed
from governance.lifecycle import ReasonMissing
from projects.evaluation.models import EvaluationPlan
from projects.evaluation.operations import plan_evaluation
from projects.evaluation.refusals import SubjectUnfit, VenueMissing
from projects.market.sharing import operations as sharing
from projects.market.sharing.models import OpenResource
from projects.market.sharing.queries import hours_at, hours_of, with_hours
from tests.factories.communities import VenueFactory
from tests.factories.projects_evaluation import TemplateFactory
from tests.people import desk_client, session_client
from tests.projects.market.test_operations import refused
from tests.projects.market.test_sharing import lent, room
from tests.projects.market.test_surfaces import browser, text
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db


def entered(people: SimpleNamespace, now: dt.datetime, **more: Any) -> Venue:
    given = {
        "by": people.community_staff,
        "now": now,
        "division": people.community,
        "name": "党群服务中心",
        "address": "三八路12号",
        "property_class": "PUBLIC",
        **more,
    }
    return operations.enter_venue(**given)


def test_who_runs_a_venue_follows_from_its_class(people: SimpleNamespace, now: Any) -> None:
    classes = ("PUBLIC", "SEMI_PUBLIC", "MARKET")
    lines = [entered(people, now, name=name, property_class=name).operating_line for name in classes]

    assert lines == ["STREET", "STATE_COMPANY", "STATE_COMPANY"]
    refused(operations.VenueKnown, entered, Venue, people=people, now=now, name="PUBLIC")
    refused(operations.VenueFloorUnfit, entered, Venue, people=people, now=now, area=Decimal(0))
    refused(NotAllowed, entered, Venue, people=people, now=now, by=people.third)
    refused(PersonalNumbersFound, entered, Venue, people=people, now=now, address="找13812345678")


def test_a_venue_is_given_up_once_and_its_name_is_free_again(people: SimpleNamespace, now: Any) -> None:
    row, by = entered(people, now), people.community_staff
    refused(ReasonMissing, operations.close_venue, by=by, now=now, venue=row, reason=" ")
    row = operations.close_venue(by=by, now=now, venue=row, reason="拆迁")
    refused(operations.VenueGone, operations.close_venue, by=by, now=now, venue=row, reason="拆迁")

    assert (row.closed_on, entered(people, now).closed_on) == (timezone.localdate(now), None)


def served(people: SimpleNamespace, now: dt.datetime, place: OpenResource, *, hours: str, is_right: bool) -> None:
    """Lend a room against ten hours, and let the organization report some of them."""
    cession = lent(people, now, place)
    cession = sharing.agree_cession(by=people.manager, now=now, cession=cession)
    report = sharing.report_service(
        by=people.manager,
        now=now,
        cession=cession,
        served_on=timezone.localdate(now),
        hours=Decimal(hours),
        text="书法课",
    )
    sharing.check_service(by=people.community_staff, now=now, service=report, is_right=is_right)


def test_hours_are_counted_for_each_venue(people: SimpleNamespace, now: Any) -> None:
    first, second = VenueFactory(division=people.community), VenueFactory(division=people.community)
    served(people, now, room(people, now, venue=first), hours="4.0", is_right=True)
    served(people, now, room(people, now, venue=first), hours="2.0", is_right=False)
    lent(people, now, room(people, now, venue=second))
    found = {row.pk: hours_at(row) for row in with_hours(Venue.objects.all())}
    one, other = found[first.pk], found[second.pk]

    assert (one.uses, one.owed, one.served, one.share) == (2, Decimal(20), Decimal(4), Decimal("20.0"))
    assert (other.uses, other.owed, other.served, other.share) == (0, Decimal(0), Decimal(0), None)
    day = timezone.localdate(now)
    whole = hours_of(people.places["street"], day, day + dt.timedelta(days=1))
    assert (whole.uses, whole.owed, whole.served) == (2, Decimal(20), Decimal(4))
    assert hours_of(people.community, day + dt.timedelta(days=1), day + dt.timedelta(days=2)).uses == 0


def test_an_evaluation_finds_its_venue(people: SimpleNamespace, now: Any) -> None:
    venue, today = VenueFactory(division=people.community), timezone.localdate(now)
    given: dict[str, Any] = {
        "by": people.street_officer,
        "now": now,
        "today": today,
        "title": "场馆运营评价",
        "subject_kind": "VENUE",
        "subject_name": venue.name,
        "division": people.community,
        "template": TemplateFactory(subject_kind="VENUE"),
        "period_from": today - dt.timedelta(days=180),
        "period_to": today,
        "opens_on": today,
        "closes_on": today + dt.timedelta(days=14),
    }
    refused(VenueMissing, plan_evaluation, EvaluationPlan, **given)
    row = plan_evaluation(**given, venue=venue)
    project = {"subject_kind": "PROJECT", "template": TemplateFactory()}
    organization = {"implementer": people.organization, "venue": venue}
    refused(SubjectUnfit, plan_evaluation, EvaluationPlan, **{**given, **project, **organization})

    assert list(EvaluationPlan.objects.of_the_same(row)) == [row]
    assert list(venue.evaluations.all()) == [row]
    assert "场馆运营评价" in text(browser(people.street_officer).get(f"/market/venues/{venue.pk}/"))


@pytest.mark.parametrize("count", [1, 3])
def test_pages_of_venues(
    people: SimpleNamespace, now: Any, count: int, english: None, django_assert_max_num_queries: Any
) -> None:
    for _number in range(count):
        place = room(people, now, venue=VenueFactory(division=people.community))
        served(people, now, place, hours="4.0", is_right=True)
    listed, page = f"/divisions/{people.community.pk}/market/venues/", f"/market/venues/{place.venue_id}/"
    for person in (None, people.third, people.manager, people.community_staff):
        client = browser(person)
        for address in (listed, page):
            with django_assert_max_num_queries(11):
                shown = client.get(address)
            assert (shown.status_code, "4.0/10.0 (40.0 %)" in text(shown)) == (200, True)
    sheet = load_workbook(BytesIO(browser().get(f"{listed.removesuffix('/')}.xlsx").content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))
    assert (len(rows), rows[1][-3:]) == (count + 1, ("10.0", "4.0", "40.0"))
    assert len(session_client(None).get("/api/v1/venues").json()["results"]) == count


def test_staff_enter_venues_at_the_desk(people: SimpleNamespace) -> None:
    desk = desk_client(people.community_staff)
    said = {"division": people.community.pk, "name": "邻里中心", "address": "三八路", "property_class": "MARKET"}
    made = desk.post("/desk/communities/venue/add/", {**said, "area": "", "_save": "1"})
    row = Venue.objects.get()
    gone = desk.post(f"/desk/communities/venue/{row.pk}/deeds/close/", {"reason": "拆迁"})

    assert (made.status_code, row.operating_line, gone.status_code) == (302, "STATE_COMPANY", 302)
    assert desk.get("/desk/communities/venue/").status_code == 200
    assert desk.get(f"/desk/communities/venue/{row.pk}/change/").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_walls(people: SimpleNamespace, now: Any, owner: Any) -> None:
    row = entered(people, now)
    today = timezone.localdate(now)
    with owner():
        alone("venue_name_once_in_a_place", copied(row))
        alone("venue_line_fits_its_class", copied(row, name="'x'", operating_line="'STATE_COMPANY'"))
        alone("venue_has_some_floor", copied(row, name="'x'", area="0"))
        alone("venue:premises_stay", f"UPDATE communities_venue SET address = 'x' WHERE id = {row.pk}")
    plan = plan_evaluation(
        by=people.street_officer,
        now=now,
        today=today,
        title="评价",
        subject_kind="VENUE",
        subject_name=row.name,
        division=people.community,
        template=TemplateFactory(subject_kind="VENUE"),
        period_from=today - dt.timedelta(days=180),
        period_to=today,
        opens_on=today,
        closes_on=today,
        venue=row,
    )
    with owner():
        alone("evaluationplan_venue_of_a_venue", copied(plan, subject_kind="'SOCIAL_WORK'"))
        alone("evaluationplan:venue_stays", f"UPDATE projects_evaluationplan SET venue_id = NULL WHERE id = {plan.pk}")


def test_venues_that_no_workbook_holds_are_narrowed_first(
    people: SimpleNamespace, english: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    VenueFactory.create_batch(2, division=people.community)
    VenueFactory(division=people.places["other_street"])
    monkeypatch.setattr("projects.market.venues.pages.MOST_ROWS", 2)

    district = browser().get(f"/divisions/{people.places['district'].pk}/market/venues.xlsx")
    community = browser().get(f"/divisions/{people.community.pk}/market/venues.xlsx")

    assert (district.status_code, "Narrow it by place" in text(district)) == (400, True)
    assert load_workbook(BytesIO(community.content)).worksheets[0].max_row == 3
