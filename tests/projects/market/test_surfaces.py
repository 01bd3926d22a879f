"""The market through the API, on the pages and at the desk."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook

from communities.policy.growth import Growth
from projects.market import delivering, operations
from projects.market.models import MarketBlock, MicroService, ServiceMatch
from projects.market.operations import Terms
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db
BASE = "/api/v1"


def service(people: SimpleNamespace, *, by: Any = None, begins: int = 30, **more: Any) -> MicroService:
    """Post a service that begins so many minutes from now, as it was done yesterday."""
    now = timezone.now()
    whose = {name: more.pop(name) for name in ("organization", "is_for_community") if name in more}
    said: dict[str, Any] = {
        "side": "NEED",
        "field": "HOME",
        "title": "帮忙换灯泡",
        "text": "客厅吊灯。",
        "place": "12栋",
        "contact": "1单元302",
        "starts_at": now + dt.timedelta(minutes=begins),
        "ends_at": now + dt.timedelta(minutes=begins + 60),
    }
    return operations.post_service(
        by=by or people.asker,
        now=now - dt.timedelta(days=1),
        division=people.community,
        terms=Terms(**{**said, **more}),
        **whose,
    )


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


# --- API


def test_a_service_goes_its_way_through_the_api(people: SimpleNamespace) -> None:
    asker, helper = session_client(people.asker), session_client(people.helper)
    begins = timezone.now() + dt.timedelta(minutes=30)
    said = {
        "division": people.community.pk,
        "side": "NEED",
        "field": "HOME",
        "title": "换灯泡",
        "text": "客厅",
        "place": "12栋",
        "contact": "302",
        "starts_at": begins.isoformat(),
        "ends_at": (begins + dt.timedelta(hours=1)).isoformat(),
        "choice": "CHOSEN",
    }
    made = asker.post(f"{BASE}/micro-services", said, format="json")
    path = f"{BASE}/micro-services/{made.json()['id']}"
    shown = session_client(None).get(path).json()
    taken = helper.post(f"{path}/take", {"note": "我来"}, format="json")
    match = f"{BASE}/service-matches/{taken.json()['id']}"
    before = helper.get(match).json()["reach"]
    not_own = helper.post(f"{match}/confirm", format="json")
    confirmed = asker.post(f"{match}/confirm", format="json").json()
    reach = helper.get(match).json()["reach"]
    wrong = helper.post(f"{match}/sign_in", {"code": "x"}, format="json")
    code = MicroService.objects.get().code
    signed = helper.post(f"{match}/sign_in", {"code": code}, format="json")
    done = asker.post(f"{match}/finish", format="json")
    rated = asker.post(f"{match}/rate", {"stars": 5}, format="json")
    again = asker.post(f"{match}/rate", {"stars": 5}, format="json")

    assert (made.status_code, "contact" in shown, "code" in shown, shown["poster_name"]) == (201, False, False, "孙*芳")
    assert (taken.status_code, before, not_own.status_code) == (201, None, 403)
    assert (confirmed["status"], reach) == ("CONFIRMED", {"name": "孙桂芳", "phone": "13900000001", "contact": "302"})
    assert (wrong.json()["code"], signed.json()["is_by_code"], done.json()["status"]) == (
        "market_code_wrong",
        True,
        "SETTLED",
    )
    assert (rated.status_code, again.json()["code"]) == (200, "market_rated_already")


def test_strangers_find_no_taking(people: SimpleNamespace) -> None:
    row = operations.take_service(by=people.helper, now=timezone.now(), service=service(people))

    answers = [
        session_client(person).get(f"{BASE}/service-matches/{row.pk}").status_code
        for person in (None, people.third, people.other_community_staff, people.community_staff, people.helper)
    ]
    assert answers == [401, 404, 404, 200, 200]
    seen = session_client(people.community_staff).get(f"{BASE}/service-matches/{row.pk}").json()
    assert (seen["taker"], seen["reach"]) == ("钱*力", None)


@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_for_any_number(
    people: SimpleNamespace, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        operations.take_service(by=people.helper, now=timezone.now(), service=service(people, places=2))
    client, page = session_client(people.helper), browser(people.helper)
    client.get(f"{BASE}/micro-services")
    address = f"/divisions/{people.community.pk}/market/"
    page.get(address)

    with django_assert_num_queries(4):
        assert len(client.get(f"{BASE}/micro-services").json()["results"]) == count
    with django_assert_num_queries(4):
        assert len(client.get(f"{BASE}/service-matches").json()["results"]) == count
    with django_assert_num_queries(6):
        assert page.get(address).content.decode().count("<article>") == count


# --- Pages


def test_everybody_reads_the_market(people: SimpleNamespace, english: None) -> None:
    row = service(people)
    public = browser()
    listed = text(public.get(f"/divisions/{people.community.pk}/market/"))
    shown = text(public.get(row.get_absolute_url()))

    assert "帮忙换灯泡" in listed
    assert "孙*芳" in shown
    assert "孙桂芳" not in shown
    assert "302" not in shown
    assert "Sign in to take it" in shown


def test_a_resident_posts_on_the_page(people: SimpleNamespace, english: None) -> None:
    client, address = browser(people.asker), f"/divisions/{people.community.pk}/market/new/"
    said = {
        "side": "NEED",
        "field": "HOME",
        "title": "换灯泡",
        "text": "打电话13812345678",
        "day": f"{timezone.localdate() + dt.timedelta(days=2):%Y-%m-%d}",
        "begins": "09:00",
        "ends": "08:00",
        "place": "12栋",
        "places": 1,
        "settlement": "FREE",
    }
    refused = client.post(address, said)
    backwards = client.post(address, {**said, "text": "客厅"})
    made = client.post(address, {**said, "text": "客厅", "ends": "10:00"})

    assert (refused.status_code, backwards.status_code, made.status_code) == (400, 400, 302)
    assert "换灯泡" in refused.content.decode()
    assert "A small service lasts more than nothing" in text(backwards)
    assert MicroService.objects.get().starts_at.astimezone(timezone.get_default_timezone()).hour == 9
    assert browser().get(address).status_code == 302
    stranger = browser(people.stranger).post(address, {**said, "text": "客厅", "ends": "10:00"})
    assert (stranger.status_code, MicroService.objects.count()) == (400, 1)


def test_who_can_post_for_nobody_here_is_told_before_the_form(people: SimpleNamespace, english: None) -> None:
    address = f"/divisions/{people.community.pk}/market/new/"

    told = browser(people.stranger).get(address).content.decode()

    assert 'name="title"' not in told
    assert "grown-up residents whom their community has confirmed" in told
    assert 'name="title"' in browser(people.asker).get(address).content.decode()


def test_a_posting_whose_service_has_begun_is_no_longer_offered_to_be_cancelled(people: SimpleNamespace) -> None:
    row, now = service(people), timezone.now()
    match = operations.take_service(by=people.helper, now=now, service=row)
    asker, home = browser(people.asker), row.get_absolute_url()
    assert f"{home}acts/cancel/" in asker.get(home).content.decode()

    begun = now + dt.timedelta(days=1, hours=3)
    ServiceMatch.objects.filter(pk=match.pk).update(status="SIGNED_IN", signed_in_at=begun, signed_in_by=people.helper)

    told = asker.get(home).content.decode()
    assert f"{home}acts/cancel/" not in told
    assert f"{timezone.localtime(begun):%Y-%m-%d %H:%M}" in told


def test_the_code_is_offered_while_somebody_may_sign_in_with_it(people: SimpleNamespace) -> None:
    row = service(people)
    asker, home = browser(people.asker), row.get_absolute_url()
    assert f"{home}code/" in asker.get(home).content.decode()

    asker.post(f"{home}acts/cancel/", {"reason": "不需要了。"})

    row.refresh_from_db()
    assert row.status == "CANCELLED"
    assert f"{home}code/" not in asker.get(home).content.decode()


def test_taking_meeting_and_rating_on_the_pages(people: SimpleNamespace, english: None) -> None:
    row = service(people)
    asker, helper = browser(people.asker), browser(people.helper)
    home = row.get_absolute_url()

    assert helper.post(f"{home}acts/take/", {"note": "我来"}).status_code == 302
    met = helper.get(home)
    assert "13900000001" in text(met)
    assert met["Cache-Control"] == "private, no-store"
    assert "13900000002" in text(asker.get(home))
    assert "13900000001" not in text(browser(people.third).get(home))
    scanned = f"{home}sign-in/?code={row.code}"
    assert helper.get(scanned).status_code == 200
    assert helper.post(scanned, {"code": "WRONG"}).status_code == 400
    assert helper.post(scanned, {"code": row.code}).status_code == 302
    taking = ServiceMatch.objects.get().get_absolute_url()
    assert asker.post(f"{taking}acts/finish/").status_code == 302
    assert asker.post(f"{taking}acts/rate/", {"stars": "9"}).status_code == 400
    assert asker.post(f"{taking}acts/rate/", {"stars": "5", "comment": "手脚麻利"}).status_code == 302
    assert asker.post(f"{taking}acts/nothing/").status_code == 404
    after = text(helper.get(home))
    assert ("手脚麻利" in after, "13900000001" in after) == (True, False)
    assert helper.get(taking).status_code == 302


def test_the_code_is_shown_to_who_posted_it(people: SimpleNamespace) -> None:
    row = service(people)
    answers = [
        browser(person).get(f"{row.get_absolute_url()}code/").status_code
        for person in (people.asker, people.helper, people.community_staff)
    ]
    assert answers == [200, 404, 404]
    assert row.code in browser(people.asker).get(f"{row.get_absolute_url()}code/").content.decode()


def test_a_refused_step_keeps_what_was_typed(people: SimpleNamespace) -> None:
    row = service(people)
    answer = browser(people.helper).post(f"{row.get_absolute_url()}acts/take/", {"note": "打13812345678"})

    assert (answer.status_code, "打13812345678" in answer.content.decode()) == (400, True)
    assert ServiceMatch.objects.count() == 0
    assert browser().post(f"{row.get_absolute_url()}acts/take/").status_code == 302


def test_ones_own_market_and_blocks(people: SimpleNamespace) -> None:
    match = operations.take_service(by=people.helper, now=timezone.now(), service=service(people))
    operations.cancel_match(by=people.helper, now=timezone.now(), match=match, reason="有事")
    asker, taking = browser(people.asker), match.get_absolute_url()

    assert asker.post(f"{taking}acts/block/").status_code == 302
    assert "钱*力" in asker.get("/market/mine/").content.decode()
    assert browser(people.helper).get(service(people).get_absolute_url()).status_code == 404
    block = MarketBlock.objects.get()
    assert browser(people.helper).post(f"/market/blocks/{block.pk}/lift/").status_code == 404
    assert asker.post(f"/market/blocks/{block.pk}/lift/").status_code == 302
    assert not MarketBlock.objects.exists()


def test_pages_cost_little(people: SimpleNamespace, django_assert_max_num_queries: Any) -> None:
    row = service(people, places=5, choice="CHOSEN")
    for person in (people.helper, people.third):
        operations.take_service(by=person, now=timezone.now(), service=row)
    delivering.run_market_clock(by=people.system, now=timezone.now())
    figures = f"/divisions/{people.community.pk}/market/figures/"
    for person in (people.asker, people.helper, people.community_staff):
        client = browser(person)
        for address in (
            row.get_absolute_url(),
            figures,
            "/market/mine/",
            f"/divisions/{people.community.pk}/market/new/",
            f"/divisions/{people.community.pk}/market/offers/",
            f"/divisions/{people.community.pk}/market/resources/",
            f"/divisions/{people.community.pk}/market/fairs/",
        ):
            with django_assert_max_num_queries(11):
                answer = client.get(address)
            assert (answer.status_code, len(answer.content) < 80_000) == (200, True)


def test_the_sheet_of_a_place_is_its_staffs_and_names_nobody(people: SimpleNamespace) -> None:
    service(people)
    address = f"/divisions/{people.community.pk}/market/services.xlsx"
    sheet = load_workbook(BytesIO(browser(people.community_staff).get(address).content)).worksheets[0]
    rows = list(sheet.iter_rows(values_only=True))

    assert (len(rows), rows[1][3], "孙桂芳" in str(rows)) == (2, "帮忙换灯泡", False)
    assert [browser(person).get(address).status_code for person in (None, people.helper)] == [302, 404]


def test_growth_stands_beside_share(people: SimpleNamespace, english: None) -> None:
    assert [(row.growth, row.share) for row in (Growth(89, 126), Growth(0, 3), Growth(4, 2))] == [
        (Decimal("41.57"), Decimal("29.37")),
        (None, Decimal("100.00")),
        (Decimal("-50.00"), None),
    ]
    service(people)
    shown = text(browser().get(f"/divisions/{people.community.pk}/market/figures/"))
    assert ("Posted 0 1" in shown, "1/0" in shown, "1/1" in shown) == (True, True, True)


# --- Desk


def test_staff_look_after_the_market_at_the_desk(people: SimpleNamespace) -> None:
    row = service(people)
    operations.take_service(by=people.helper, now=timezone.now(), service=row)
    desk = desk_client(people.community_staff)
    listed = desk.get("/desk/projects/microservice/")
    shown = desk.get(f"/desk/projects/microservice/{row.pk}/change/")
    removed = desk.post(f"/desk/projects/microservice/{row.pk}/moves/remove/", {"reason": "商业广告"})
    match = ServiceMatch.objects.get()
    taking = desk.get(f"/desk/projects/servicematch/{match.pk}/change/")

    assert (listed.status_code, shown.status_code, taking.status_code, removed.status_code) == (200, 200, 200, 302)
    assert row.code not in shown.content.decode()
    assert "302" not in shown.content.decode()
    assert (match.status, MicroService.objects.get().status) == ("CANCELLED", "REMOVED")
