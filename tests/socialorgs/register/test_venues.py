"""Centers and clubs are in a venue of their place: one row for a venue, on pages, desk and API, and in the database."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from communities.venues.models import Venue
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from socialorgs.register.centers import operations as centers
from socialorgs.register.centers.models import ServiceCenter
from socialorgs.register.centers.operations import House
from socialorgs.register.clubs import operations as clubs
from socialorgs.register.clubs.models import Club
from socialorgs.register.clubs.operations import Idea
from socialorgs.register.housing import VenueElsewhere, venues_for
from tests.factories.communities import VenueFactory
from tests.people import desk_client, session_client, sign_in
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db


@pytest.fixture
def hall(people: SimpleNamespace) -> Venue:
    """A venue of the community."""
    row: Venue = VenueFactory(division=people.community, name="三八路邻里中心")
    return row


def opened(people: SimpleNamespace, now: dt.datetime, venue: Venue | None = None) -> ServiceCenter:
    """Open the center of the community."""
    said = (people.community, "三八路居民服务中心", "三八路 8 号", 3, "活动、咨询。", dt.date(2025, 3, 1))
    return centers.open_center(by=people.street_officer, now=now, house=House(*said, venue=venue))


def club_of(people: SimpleNamespace, now: dt.datetime, venue: Venue | None = None) -> Club:
    """Open a club of the community."""
    idea = Idea("三八路象棋社", "LEARNING", "每周六下棋。", "二楼活动室", "每周六下午", venue=venue)
    row = clubs.propose_club(by=people.resident, now=now, division=people.community, idea=idea)
    return lifecycle.move(row, "open", by=people.community_staff, now=now)


def test_a_venue_of_the_place_or_above_it_is_taken(people: SimpleNamespace, now: dt.datetime, hall: Venue) -> None:
    above = VenueFactory(division=people.street)
    gone = VenueFactory(division=people.community, closed_on=dt.date(2026, 1, 1))
    elsewhere = VenueFactory()

    assert list(venues_for(people.community)) == [hall, above]
    for unfit in (gone, elsewhere):
        with pytest.raises(VenueElsewhere) as refusal:
            opened(people, now, unfit)
        assert unfit.name in str(refusal.value)
        with pytest.raises(VenueElsewhere):
            club_of(people, now, unfit)
    assert not ServiceCenter.objects.exists()
    assert not Club.objects.exists()
    row = opened(people, now, above)

    assert (row.venue, club_of(people, now, hall).venue) == (above, hall)


def test_a_venue_holds_one_center(people: SimpleNamespace, now: dt.datetime) -> None:
    hall = VenueFactory(division=people.street)
    first = opened(people, now, hall)
    with pytest.raises(NotAllowed):
        centers.house_center(by=people.community_staff, now=now, center=first, venue=None)
    centers.house_center(by=people.street_officer, now=now, center=first, venue=None)
    centers.close_center(by=people.street_officer, now=now, center=first, reason="房屋征收。")
    with pytest.raises(centers.CenterClosed):
        centers.house_center(by=people.street_officer, now=now, center=first, venue=hall)
    second = opened(people, now, hall)
    ServiceCenter.objects.filter(pk=first.pk).update(closed_on=None, division=people.street)
    with pytest.raises(centers.VenueHasCenter):
        centers.house_center(by=people.street_officer, now=now, center=first, venue=hall)

    audited = AuditEntry.objects.filter(verb="socialorgs.center.housed").order_by("pk").first()
    assert (second.venue, audited and audited.before, audited and audited.after) == (
        hall,
        {"venue": hall.pk},
        {"venue": None},
    )


def test_a_club_moves(people: SimpleNamespace, now: dt.datetime, hall: Venue) -> None:
    row = club_of(people, now)
    said: dict[str, Any] = {"now": now, "club": row, "place": " 一楼大厅 ", "meets": "周日", "venue": hall}

    with pytest.raises(NotAllowed):
        clubs.relocate_club(by=people.neighbor_resident, **said)
    moved = clubs.relocate_club(by=people.resident, **said)
    with pytest.raises(VenueElsewhere):
        clubs.relocate_club(by=people.resident, **{**said, "venue": VenueFactory()})
    clubs.dissolve_club(by=people.community_staff, now=now, club=row, reason="散了")
    with pytest.raises(clubs.ClubNotOpen):
        clubs.relocate_club(by=people.resident, **said)

    assert (moved.place, moved.meets, moved.venue) == ("一楼大厅", "周日", hall)


def test_venues_are_told_and_entered_on_page_desk_and_api(
    people: SimpleNamespace, now: dt.datetime, hall: Venue
) -> None:
    center, club = opened(people, now), club_of(people, now)
    street, leader = Client(), Client()
    sign_in(street, people.street_officer)
    sign_in(leader, people.resident)
    elsewhere = VenueFactory()

    said = {"place": "二楼", "meets": "周六", "venue": hall.pk}
    assert street.post(f"/service-centers/{center.pk}/acts/house/", {"venue": elsewhere.pk}).status_code == 400
    assert street.post(f"/service-centers/{center.pk}/acts/house/", {"venue": hall.pk}).status_code == 302
    assert leader.post(f"/clubs/{club.pk}/acts/relocate/", said).status_code == 302
    for address in (f"/service-centers/{center.pk}/", f"/clubs/{club.pk}/"):
        assert hall.name in Client().get(address).content.decode()
    shown = Client().get(f"/market/venues/{hall.pk}/").content.decode()
    assert (center.name in shown, club.name in shown) == (True, True)
    told = session_client(None)
    assert told.get(f"/api/v1/service-centers/{center.pk}").json()["venue"] == hall.pk
    assert told.get(f"/api/v1/clubs/{club.pk}").json()["venue"] == hall.pk

    api = session_client(people.street_officer)
    refused = api.post(f"/api/v1/service-centers/{center.pk}/house", {"venue": elsewhere.pk}, format="json")
    assert (refused.status_code, refused.json()["code"]) == (400, "register_venue_elsewhere")
    taken = api.post(f"/api/v1/service-centers/{center.pk}/house", {"venue": None}, format="json")
    assert (taken.status_code, taken.json()["venue"]) == (200, None)
    moved = session_client(people.resident).post(
        f"/api/v1/clubs/{club.pk}/relocate", {"place": "公园", "meets": "周日"}, format="json"
    )
    assert (moved.status_code, moved.json()["venue"], moved.json()["place"]) == (200, None, "公园")
    desk = desk_client(people.street_officer)
    assert desk.get(f"/desk/socialorgs/servicecenter/{center.pk}/change/").status_code == 200
    assert hall.name in desk.get(f"/desk/socialorgs/servicecenter/{center.pk}/deeds/house/").content.decode()
    housed = desk.post(f"/desk/socialorgs/servicecenter/{center.pk}/deeds/house/", {"venue": hall.pk})
    center.refresh_from_db()
    assert (housed.status_code, center.venue) == (302, hall)
    centers.close_center(by=people.street_officer, now=now, center=center, reason="房屋征收。")
    entered = desk.post(
        "/desk/socialorgs/servicecenter/add/",
        {
            "division": people.community.pk,
            "name": "居民服务中心",
            "address": "三八路 8 号",
            "venue": hall.pk,
            "rooms": 3,
            "services": "咨询",
            "opened_on": "2025-03-01",
        },
    )
    assert (entered.status_code, ServiceCenter.objects.get(closed_on=None).venue) == (302, hall)


def test_a_club_is_proposed_in_a_venue_of_the_place(people: SimpleNamespace, hall: Venue) -> None:
    client, elsewhere = Client(), VenueFactory()
    sign_in(client, people.resident)
    said = {"name": "象棋社", "kind": "LEARNING", "purpose": "下棋", "place": "二楼", "meets": "周六"}
    address = f"/clubs/new/?division={people.community.pk}"

    assert hall.name in client.get(address).content.decode()
    assert client.post(address, {**said, "venue": elsewhere.pk}).status_code == 400
    assert client.post(address, {**said, "venue": hall.pk}).status_code == 302
    assert Club.objects.get().venue == hall


@pytest.mark.django_db(transaction=True)
def test_the_walls_of_venues(people: SimpleNamespace, now: dt.datetime, hall: Venue, owner: Callable[[], Any]) -> None:
    center, club, elsewhere = opened(people, now, hall), club_of(people, now, hall), VenueFactory()

    with owner():
        alone("servicecenter_one_a_venue", copied(center), beside=["servicecenter_one_a_community"])
        for table, row in (("servicecenter", center), ("club", club)):
            change = f"UPDATE socialorgs_{table} SET venue_id = %s WHERE id = %s"
            alone(f"{table}_venue", change, elsewhere.pk, row.pk, says=f"{table}_venue_of_its_place")
