"""Shops' offers of the day, bookings of what is open, rooms that are lent against service."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from communities.people.policy import PersonalNumbersFound
from communities.venues.models import Venue
from governance.errors import NotAllowed
from governance.lifecycle import MoveForbidden, MoveHindered, ReasonMissing, SamePerson
from projects.market.sharing import operations, refusals
from projects.market.sharing.models import (
    CessionService,
    Merchant,
    MerchantOffer,
    OpenResource,
    ResourceBooking,
    VenueCession,
)
from projects.market.sharing.operations import Opened
from socialorgs.register.queries import OrganizationHindered
from tests.factories.communities import VenueFactory
from tests.factories.socialorgs_register import CreditListingFactory
from tests.people import desk_client, session_client
from tests.projects.market.test_operations import refused
from tests.projects.market.test_surfaces import browser, text
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db


def shop(people: SimpleNamespace, now: dt.datetime, **more: Any) -> Merchant:
    given = {
        "by": people.community_staff,
        "now": now,
        "division": people.community,
        "name": "老刘面馆",
        "line": "面食",
        "address": "三八路15号",
        "keeper": people.helper,
        "consented_on": timezone.localdate(now),
        **more,
    }
    return operations.join_merchant(**given)


def hall(people: SimpleNamespace, **more: Any) -> Venue:
    """Return a venue of the community, the same one each time."""
    known = Venue.objects.filter(division=people.community, closed_on=None, **more).first()
    return known or VenueFactory(division=people.community, **more)


def room(people: SimpleNamespace, now: dt.datetime, **more: Any) -> OpenResource:
    said: dict[str, Any] = {
        "title": "社区活动室",
        "kind": "ROOM",
        "field": "CULTURE",
        "place": "居委会二楼",
        "text": "桌椅、投影。",
        "seats": 30,
        "opens": dt.time(8),
        "closes": dt.time(20),
        "venue": hall(people, property_class="PUBLIC"),
    }
    opened = Opened(**{**said, **more})
    return operations.open_resource(by=people.community_staff, now=now, division=people.community, opened=opened)


def lent(people: SimpleNamespace, now: dt.datetime, resource: OpenResource, **more: Any) -> VenueCession:
    today = timezone.localdate(now)
    given = {
        "by": people.community_staff,
        "now": now,
        "resource": resource,
        "organization": people.organization,
        "starts_on": today,
        "ends_on": today + dt.timedelta(days=30),
        "hours_owed": Decimal("10.0"),
        "what_for": "每周为老人开一次书法课",
        **more,
    }
    return operations.offer_cession(**given)


# --- Shops


def test_a_shop_publishes_day_by_day(people: SimpleNamespace, at: Any) -> None:
    row, today = shop(people, at(8)), timezone.localdate(at(8))
    given = {"by": people.helper, "now": at(9), "merchant": row}
    first = operations.publish_offer(**given, day=today, text="牛肉面", price=Decimal(12), usual_price=Decimal(15))
    last = operations.publish_offer(**given, day=today + dt.timedelta(days=7), text="免费饮水", kind="FREE")

    assert [first.pk, last.pk] == list(MerchantOffer.objects.order_by("pk").values_list("pk", flat=True))
    for day in (-1, 8):
        refused(
            refusals.OfferUnfit,
            operations.publish_offer,
            MerchantOffer,
            **given,
            day=today + dt.timedelta(days=day),
            text="面",
        )
    for price, usual in (
        (Decimal(15), Decimal(15)),
        (Decimal(12), None),
        (None, Decimal(15)),
        (Decimal(-1), Decimal(1)),
    ):
        refused(
            refusals.OfferUnfit,
            operations.publish_offer,
            MerchantOffer,
            **given,
            day=today,
            text="面",
            price=price,
            usual_price=usual,
        )
    refused(refusals.OfferSaid, operations.publish_offer, MerchantOffer, **given, day=today, text="牛肉面")
    operations.publish_offer(**given, day=today, text="二")
    operations.publish_offer(**given, day=today, text="三")
    refused(refusals.TooManyOffers, operations.publish_offer, MerchantOffer, **given, day=today, text="四")


def test_who_enters_and_speaks_for_a_shop(people: SimpleNamespace, at: Any) -> None:
    today = timezone.localdate(at(8))
    refused(NotAllowed, shop, Merchant, people=people, now=at(8), by=people.helper)
    refused(refusals.ShopUnfit, shop, Merchant, people=people, now=at(8), consented_on=today + dt.timedelta(days=1))
    refused(refusals.ShopUnfit, shop, Merchant, people=people, now=at(8), keeper=people.system)
    row = shop(people, at(8))
    refused(refusals.ShopKnown, shop, Merchant, people=people, now=at(8))
    said = {"merchant": row, "day": today, "text": "牛肉面"}
    refused(NotAllowed, operations.publish_offer, MerchantOffer, by=people.third, now=at(9), **said)
    offer = operations.publish_offer(by=people.helper, now=at(9), **said)
    refused(NotAllowed, operations.remove_offer, by=people.third, now=at(9), offer=offer, reason="x")
    refused(ReasonMissing, operations.remove_offer, by=people.community_staff, now=at(9), offer=offer, reason="")
    operations.remove_offer(by=people.community_staff, now=at(9), offer=offer, reason="与事实不符")
    refused(refusals.OfferGone, operations.remove_offer, by=people.helper, now=at(9), offer=offer, reason="x")
    assert MerchantOffer.objects.visible_to(people.third).count() == 0
    refused(ReasonMissing, operations.leave_merchant, by=people.helper, now=at(9), merchant=row, reason=" ")
    operations.leave_merchant(by=people.helper, now=at(9), merchant=row, reason="店面转让。")
    refused(refusals.OfferUnfit, operations.publish_offer, MerchantOffer, by=people.helper, now=at(9), **said)


# --- Resources


def test_a_room_is_in_a_venue_of_its_place(people: SimpleNamespace, at: Any) -> None:
    elsewhere = VenueFactory(division=people.places["street"])
    given_up = VenueFactory(division=people.community, closed_on=dt.date(2026, 1, 1))

    assert room(people, at(8)).venue == hall(people)
    assert room(people, at(8), kind="EQUIPMENT", venue=None).venue is None
    for more in ({"venue": None}, {"venue": elsewhere}, {"venue": given_up}, {"closes": dt.time(8)}):
        refused(refusals.ResourceUnfit, room, OpenResource, people=people, now=at(8), **more)
    refused(PersonalNumbersFound, room, OpenResource, people=people, now=at(8), text="找13812345678")


def test_a_room_is_one_bookings_at_a_time(people: SimpleNamespace, at: Any) -> None:
    place = room(people, at(8))
    given = {"now": at(8), "resource": place, "people": 10, "about": "排练合唱"}
    time = {"starts_at": at(9, days=1), "ends_at": at(11, days=1)}
    first = operations.book_resource(by=people.helper, **given, **time)
    second = operations.book_resource(by=people.third, **given, **time)
    refused(MoveForbidden, operations.confirm_booking, by=people.third, now=at(8), booking=first)
    operations.confirm_booking(by=people.community_staff, now=at(8), booking=first)

    refused(refusals.TimeTaken, operations.confirm_booking, by=people.community_staff, now=at(8), booking=second)
    refused(refusals.TimeTaken, operations.book_resource, ResourceBooking, by=people.asker, **given, **time)
    after = operations.book_resource(by=people.asker, **given, starts_at=at(11, days=1), ends_at=at(12, days=1))
    assert operations.confirm_booking(by=people.community_staff, now=at(8), booking=after).status == "CONFIRMED"
    declined = operations.decline_booking(by=people.community_staff, now=at(8), booking=second, reason="已有人")
    assert (declined.status, declined.answer) == ("DECLINED", "已有人")


def test_bookings_that_cannot_be(people: SimpleNamespace, at: Any) -> None:
    place = room(people, at(8))
    given = {"by": people.helper, "now": at(8), "resource": place, "about": "排练"}
    for begins, ends, count in (
        (at(9, days=1), at(9, days=1), 1),
        (at(7, 59, days=1), at(9, days=1), 1),
        (at(19, days=1), at(20, 1, days=1), 1),
        (at(8), at(9), 1),
        (at(8, 1, days=60), at(9, days=60), 1),
        (at(9, days=1), at(10, days=1), 31),
    ):
        refused(
            refusals.BookingUnfit,
            operations.book_resource,
            ResourceBooking,
            **given,
            starts_at=begins,
            ends_at=ends,
            people=count,
        )
    for hour in (9, 10, 11):
        operations.book_resource(**given, starts_at=at(hour, days=1), ends_at=at(hour + 1, days=1), people=30)
    time = {"starts_at": at(15, days=1), "ends_at": at(16, days=1), "people": 1}
    refused(refusals.TooManyBookings, operations.book_resource, ResourceBooking, **given, **time)
    minor = {**given, "by": people.minor}
    refused(refusals.BookingForResidents, operations.book_resource, ResourceBooking, **minor, **time)
    operations.close_resource(by=people.community_staff, now=at(8), resource=place, reason="装修")
    refused(refusals.ResourceClosed, operations.book_resource, ResourceBooking, **{**given, "by": people.third}, **time)


# --- Rooms against service


def test_a_room_is_lent_against_hours(people: SimpleNamespace, at: Any) -> None:
    place = room(people, at(8))
    cession = lent(people, at(8), place)
    refused(MoveForbidden, operations.agree_cession, by=people.community_staff, now=at(9), cession=cession)
    running = operations.agree_cession(by=people.manager, now=at(9), cession=cession)
    today = timezone.localdate(at(8))
    told = {"by": people.manager, "now": at(20), "cession": running, "hours": Decimal("4.5"), "text": "书法课"}
    service = operations.report_service(**told, served_on=today)
    refused(refusals.ServiceReported, operations.report_service, CessionService, **told, served_on=today)
    for days in (-1, 1, 30):
        refused(
            refusals.CessionUnfit,
            operations.report_service,
            CessionService,
            **told,
            served_on=today + dt.timedelta(days=days),
        )
    review = {"by": people.street_officer, "cession": running, "review": "只开了一次课。"}
    refused(refusals.CessionNotNow, operations.review_cession, now=at(23, 59, days=29), **review)
    refused(MoveHindered, operations.review_cession, now=at(0, days=30), **review)
    refused(NotAllowed, operations.check_service, by=people.manager, now=at(21), service=service, is_right=True)
    operations.check_service(by=people.community_staff, now=at(21), service=service, is_right=True)
    refused(
        refusals.CessionNotNow,
        operations.check_service,
        by=people.community_staff,
        now=at(21),
        service=service,
        is_right=False,
    )
    done = operations.review_cession(now=at(0, days=30), **review)

    assert (done.status, done.hours_served, done.lacks) == ("REVIEWED", Decimal("4.5"), Decimal("5.5"))
    later = {"starts_on": today + dt.timedelta(days=31), "ends_on": today + dt.timedelta(days=60)}
    refused(refusals.HoursOwed, lent, VenueCession, people=people, now=at(1, days=30), resource=place, **later)


def test_rooms_that_are_not_lent(people: SimpleNamespace, at: Any) -> None:
    place = room(people, at(8))
    today = timezone.localdate(at(8))
    refused(refusals.CessionUnfit, lent, VenueCession, people=people, now=at(8), resource=place, hours_owed=Decimal(0))
    refused(refusals.CessionUnfit, lent, VenueCession, people=people, now=at(8), resource=place, ends_on=today)
    market = room(people, at(8), venue=hall(people, property_class="MARKET"))
    refused(refusals.CessionUnfit, lent, VenueCession, people=people, now=at(8), resource=market)
    refused(NotAllowed, lent, VenueCession, people=people, now=at(8), resource=place, by=people.manager)
    cession = lent(people, at(8), place)
    other = lent(people, at(8), place)
    operations.agree_cession(by=people.manager, now=at(9), cession=cession)
    refused(refusals.TimeTaken, operations.agree_cession, by=people.manager, now=at(9), cession=other)
    CreditListingFactory(organization=people.organization)
    refused(OrganizationHindered, lent, VenueCession, people=people, now=at(8), resource=place)


def test_nobody_looks_at_their_own_hours(people: SimpleNamespace, at: Any) -> None:
    cession = operations.agree_cession(by=people.manager, now=at(9), cession=lent(people, at(8), room(people, at(8))))
    row = operations.report_service(
        by=people.manager,
        now=at(20),
        cession=cession,
        served_on=timezone.localdate(at(8)),
        hours=Decimal(2),
        text="课",
    )
    row.reported_by = people.community_staff
    refused(SamePerson, operations.check_service, by=people.community_staff, now=at(21), service=row, is_right=True)


# --- Walls


@pytest.mark.django_db(transaction=True)
def test_walls(people: SimpleNamespace, at: Any, owner: Any) -> None:
    row, today = shop(people, at(8)), timezone.localdate(at(8))
    offer = operations.publish_offer(by=people.helper, now=at(9), merchant=row, day=today, text="面")
    place = room(people, at(8))
    booking = operations.book_resource(
        by=people.helper,
        now=at(8),
        resource=place,
        starts_at=at(9, days=1),
        ends_at=at(10, days=1),
        people=3,
        about="排练",
    )
    booking = operations.confirm_booking(by=people.community_staff, now=at(8), booking=booking)
    cession = lent(people, at(8), room(people, at(8)))
    second = operations.agree_cession(by=people.manager, now=at(9), cession=cession)
    other = lent(people, at(8), cession.resource)
    service = operations.report_service(
        by=people.manager, now=at(20), cession=second, served_on=today, hours=Decimal(2), text="课"
    )
    state = ("resourcebooking:lifecycle",)
    use = ("venuecession:lifecycle",)
    with owner():
        alone("merchant_name_once_in_a_place", copied(row))
        alone("merchant_leaves_after_it_joined", copied(row, left_on="consented_on - 1"))
        alone("merchantoffer_kind_is_known", copied(offer, kind="'X'", text="'x'"))
        alone("merchantoffer_said_once", copied(offer))
        alone("merchantoffer_discount_is_one", copied(offer, text="'x'", price="5", usual_price="5"))
        alone("openresource_kinds_are_known", copied(place, field="'X'"))
        alone("openresource_hours_and_seats_make_sense", copied(place, seats="0"))
        alone("openresource_room_is_in_a_venue", copied(place, venue_id="NULL"))
        alone("resourcebooking_overlaps_no_other", copied(booking), beside=state)
        alone("resourcebooking_makes_sense", copied(booking, people="0", status="'ASKED'"))
        alone("resourcebooking_status_is_known", copied(booking, status="'X'"), beside=state)
        alone(
            "resourcebooking:lifecycle", f"UPDATE projects_resourcebooking SET status = 'ASKED' WHERE id = {booking.pk}"
        )
        alone(
            "venuecession_overlaps_no_other",
            f"UPDATE projects_venuecession SET status = 'RUNNING' WHERE id = {other.pk}",
        )
        alone("venuecession_status_is_known", copied(other, status="'X'"), beside=use)
        alone("venuecession_makes_sense", copied(other, hours_owed="0"))
        alone("venuecession_two_sides", copied(other, agreed_by_id="offered_by_id"))
        alone(
            "venuecession_reviewed_with_its_hours",
            f"UPDATE projects_venuecession SET status = 'REVIEWED' WHERE id = {second.pk}",
        )
        alone("venuecession:lifecycle", f"UPDATE projects_venuecession SET status = 'OFFERED' WHERE id = {second.pk}")
        alone("venuecession:terms_stay", f"UPDATE projects_venuecession SET hours_owed = 1 WHERE id = {second.pk}")
        alone("cessionservice_hours_of_a_day", copied(service, hours="25", text="'x'"))
        alone("cessionservice_reported_once", copied(service))
        alone(
            "cessionservice_looked_at_by_another",
            copied(service, text="'x'", checked_by_id="reported_by_id", confirmed_at="now()"),
        )


# --- Surfaces


def test_pages_of_shops_resources_and_rooms(
    people: SimpleNamespace, english: None, django_assert_max_num_queries: Any
) -> None:
    now = timezone.now()
    today = timezone.localdate(now)
    row, place = shop(people, now), room(people, now)
    keeper, anyone = browser(people.helper), browser()
    home = row.get_absolute_url()
    said = {"day": today.isoformat(), "kind": "DISCOUNT", "text": "牛肉面", "usual_price": "15", "price": "16"}
    assert keeper.post(f"{home}acts/publish/", said).status_code == 400
    assert keeper.post(f"{home}acts/publish/", {**said, "price": "12"}).status_code == 302
    assert anyone.post(f"{home}acts/publish/", said).status_code == 302
    assert MerchantOffer.objects.count() == 1
    assert "牛肉面" in text(anyone.get(f"/divisions/{people.community.pk}/market/offers/"))
    offer = MerchantOffer.objects.get()
    assert keeper.post(f"/market/offers/{offer.pk}/acts/remove/", {"reason": ""}).status_code == 400
    asked = {
        "day": (today + dt.timedelta(days=1)).isoformat(),
        "begins": "09:00",
        "ends": "10:00",
        "people": 40,
        "about": "排练",
    }
    assert keeper.post(f"{place.get_absolute_url()}acts/book/", asked).status_code == 400
    assert keeper.post(f"{place.get_absolute_url()}acts/book/", {**asked, "people": 4}).status_code == 302
    booking = ResourceBooking.objects.get()
    assert keeper.post(f"{booking.get_absolute_url()}acts/confirm/").status_code == 400
    assert browser(people.third).get(booking.get_absolute_url()).status_code == 404
    staff = browser(people.community_staff)
    assert staff.post(f"{booking.get_absolute_url()}acts/confirm/").status_code == 302
    assert staff.post(f"{booking.get_absolute_url()}acts/cancel/").status_code == 400
    assert ResourceBooking.objects.get().status == "CONFIRMED"
    cession = operations.agree_cession(by=people.manager, now=now, cession=lent(people, now, room(people, now)))
    manager = browser(people.manager)
    report = {"served_on": today.isoformat(), "hours": "2", "text": "书法课"}
    assert manager.post(f"{cession.get_absolute_url()}acts/report/", {**report, "hours": "25"}).status_code == 400
    assert manager.post(f"{cession.get_absolute_url()}acts/report/", report).status_code == 302
    service = CessionService.objects.get()
    checked = {"service": service.pk, "is_right": "yes"}
    assert staff.post(f"{cession.get_absolute_url()}acts/check/", checked).status_code == 302
    pages = (
        f"/divisions/{people.community.pk}/market/offers/",
        f"/divisions/{people.community.pk}/market/resources/",
        home,
        place.get_absolute_url(),
        cession.get_absolute_url(),
    )
    for client in (anyone, keeper, staff, manager):
        for address in pages:
            with django_assert_max_num_queries(11):
                assert client.get(address).status_code == 200


def test_the_api_of_shops_resources_and_rooms(people: SimpleNamespace) -> None:
    now = timezone.now()
    row, place = shop(people, now), room(people, now)
    keeper, staff, manager = (
        session_client(person) for person in (people.helper, people.community_staff, people.manager)
    )
    day = timezone.localdate(now).isoformat()
    made = keeper.post("/api/v1/merchant-offers", {"merchant": row.pk, "day": day, "text": "面"}, format="json")
    denied = session_client(people.third).post(
        "/api/v1/merchant-offers", {"merchant": row.pk, "day": day, "text": "面"}, format="json"
    )
    begins = timezone.localtime(now).replace(hour=9, minute=0) + dt.timedelta(days=1)
    asked = {
        "starts_at": begins.isoformat(),
        "ends_at": (begins + dt.timedelta(hours=1)).isoformat(),
        "people": 4,
        "about": "排练",
    }
    booked = keeper.post(f"/api/v1/open-resources/{place.pk}/book", asked, format="json")
    confirmed = staff.post(f"/api/v1/resource-bookings/{booked.json()['id']}/confirm", format="json")
    cession = lent(people, now, room(people, now))
    agreed = manager.post(f"/api/v1/venue-cessions/{cession.pk}/agree", format="json")
    reported = manager.post(
        f"/api/v1/venue-cessions/{cession.pk}/report", {"served_on": day, "hours": "2.0", "text": "课"}, format="json"
    )

    assert (made.status_code, denied.status_code, booked.status_code) == (201, 403, 201)
    assert (confirmed.json()["status"], agreed.json()["status"], reported.status_code) == ("CONFIRMED", "RUNNING", 201)
    assert len(session_client(None).get("/api/v1/merchant-offers").json()["results"]) == 1


def test_the_desk_enters_shops_resources_and_rooms(people: SimpleNamespace) -> None:
    desk = desk_client(people.community_staff)
    today = timezone.localdate()
    made = desk.post(
        "/desk/projects/merchant/add/",
        {
            "division": people.community.pk,
            "name": "老刘面馆",
            "line": "面食",
            "address": "三八路15号",
            "keeper": people.helper.username,
            "consented_on": today.isoformat(),
            "enterprise": "",
            "_save": "1",
        },
    )
    opened = desk.post(
        "/desk/projects/openresource/add/",
        {
            "division": people.community.pk,
            "title": "活动室",
            "kind": "ROOM",
            "field": "CULTURE",
            "venue": hall(people).pk,
            "organization": "",
            "place": "二楼",
            "text": "桌椅",
            "seats": 20,
            "opens": "08:00",
            "closes": "20:00",
            "_save": "1",
        },
    )
    lending = desk.post(
        "/desk/projects/venuecession/add/",
        {
            "resource": OpenResource.objects.get().pk,
            "organization": people.organization.pk,
            "starts_on": today.isoformat(),
            "ends_on": (today + dt.timedelta(days=30)).isoformat(),
            "hours_owed": "10",
            "what_for": "书法课",
            "_save": "1",
        },
    )

    assert (made.status_code, opened.status_code, lending.status_code) == (302, 302, 302)
    assert (Merchant.objects.get().keeper, VenueCession.objects.get().status) == (people.helper, "OFFERED")
    for model in ("merchant", "merchantoffer", "openresource", "resourcebooking", "venuecession"):
        assert desk.get(f"/desk/projects/{model}/").status_code == 200
    assert desk.get(VenueCession.objects.get().get_absolute_url()).status_code == 200


def test_deeds_of_the_desk_get_what_their_forms_ask(people: SimpleNamespace, at: Any, english: None) -> None:
    now = timezone.now()
    owner, cession = shop(people, now), lent(people, now, room(people, now))
    operations.agree_cession(by=people.manager, now=now, cession=cession)
    desk = desk_client(people.community_staff)
    given = {"day": timezone.localdate(now).isoformat(), "kind": "DISCOUNT", "text": "牛肉面", "usual_price": "12"}

    published = desk.post(f"/desk/projects/merchant/{owner.pk}/deeds/publish/", {**given, "price": "10"})
    long = desk.post(f"/desk/projects/venuecession/{cession.pk}/moves/end/", {"reason": "长" * 501})
    odd = desk.post(f"/desk/projects/venuecession/{cession.pk}/moves/end/", {"reason": "空\x00字"})

    assert (published.status_code, MerchantOffer.objects.get().text) == (302, "牛肉面")
    assert (long.status_code, "长" * 501 in long.content.decode()) == (200, True)
    assert "At most 500 characters can be kept here; 501 were written." in long.content.decode()
    assert (odd.status_code, "空" in odd.content.decode()) == (200, True)
