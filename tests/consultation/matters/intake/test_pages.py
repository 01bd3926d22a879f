"""The intake pages without script: nothing typed is lost, similar ones are shown first, slips open, guessing is slowed."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from communities.notices.models import Attachment
from communities.people.models import Resident, Role
from consultation.matters.intake import guessing, joining, listing, operations
from consultation.matters.intake.lists import LivelihoodList
from consultation.matters.intake.models import MatterJoining, MatterSlip, MatterSupport, Visit
from consultation.matters.intake.policy import shown_code
from consultation.matters.models import Matter
from governance import printing
from governance.accounts.models import User
from governance.calendar import clock
from tests.consultation.matters.intake.conftest import LAMP, LAMP_AGAIN, NOISE
from tests.consultation.pictures import photo
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.people import House, desk_client, sign_in

pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture(autouse=True)
def no_misses() -> None:
    """Nobody has guessed yet."""
    cache.clear()


@pytest.fixture
def now() -> dt.datetime:
    """The pages' own clock."""
    return clock.now()


@pytest.fixture
def today(now: dt.datetime) -> dt.date:
    return timezone.localdate(now)


def text_of(answer: Any, status: int = 200) -> str:
    """Return the page; what a form refuses is answered with 400 and shown all the same."""
    fits = {status, 400} if answer.wsgi_request.method == "POST" else {status}
    assert answer.status_code in fits, (answer.status_code, answer.content[:500])
    return str(answer.content.decode())


def queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as found:
        text_of(client.get(path))
    return len(found)


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


# ------------------------------------------------------------------------------------------------------------- raising


def test_similar_matters_are_shown_before_sending(
    client: Client, public_one: Any, house: House, neighbor: User
) -> None:
    lamp = public_one()
    sign_in(client, neighbor)
    path = reverse("consultation:matter-new", args=[house.places["community"].pk])

    shown = text_of(client.post(path, {**LAMP_AGAIN, "photos": [upload("a.jpg", photo())]}))

    assert "Is it one of these?" in shown
    assert lamp.summary in shown
    assert lamp.title not in shown
    assert Matter.objects.filter(raised_by=neighbor).count() == 0
    seen = re.search(r'name="seen"[^>]*value="([^"]*)"', shown)
    kept = re.findall(r'name="kept"[^>]*value="(\d+)"', shown)
    assert seen is not None
    assert (seen[1], kept) == (str(lamp.pk), [str(Attachment.objects.get().pk)])
    answer = client.post(path, {**LAMP_AGAIN, "seen": seen[1], "kept": kept})
    assert answer.status_code == 302, answer.content.decode()[:3000]
    made = Matter.objects.get(raised_by=neighbor)
    assert [str(file.pk) for file in made.photos.all()] == kept


def test_photos_of_a_refused_form_are_kept(client: Client, resident: User, house: House) -> None:
    sign_in(client, resident)
    path = reverse("consultation:matter-new", args=[house.places["community"].pk])

    shown = text_of(client.post(path, {**LAMP, "title": "", "photos": [upload("楼梯.jpg", photo())]}))

    kept = Attachment.objects.get()
    assert f'value="{kept.pk}"' in shown
    assert "楼梯.jpg" in shown
    assert "choose your photos again" not in shown
    client.post(path, {**LAMP, "kept": [kept.pk]})
    assert list(Matter.objects.get().photos.all()) == [kept]


def test_kept_photos_of_others_are_not_taken(client: Client, resident: User, neighbor: User, house: House) -> None:
    path = reverse("consultation:matter-new", args=[house.places["community"].pk])
    sign_in(client, neighbor)
    client.post(path, {**LAMP, "title": "", "photos": [upload("a.jpg", photo())]})
    theirs = Attachment.objects.get()
    sign_in(client, resident)

    client.post(path, {**LAMP, "kept": [theirs.pk]})

    assert Matter.objects.get().photos.count() == 0


def test_twenty_one_photos_are_too_many(client: Client, resident: User, house: House) -> None:
    sign_in(client, resident)
    path = reverse("consultation:matter-new", args=[house.places["community"].pk])

    shown = text_of(client.post(path, {**LAMP, "photos": [upload(f"{n}.jpg", photo()) for n in range(21)]}))

    assert "At most 20 photos can be attached." in shown
    assert Attachment.objects.count() == 0


@pytest.mark.parametrize(("ticked", "named"), [({}, True), ({"is_anonymous": "on"}, False)])
def test_the_name_is_shown_masked_when_wished(
    *, ticked: dict[str, str], named: bool, client: Client, resident: User, house: House, sort_one: Any
) -> None:
    sign_in(client, resident)
    client.post(reverse("consultation:matter-new", args=[house.places["community"].pk]), {**LAMP, **ticked})
    matter = sort_one(Matter.objects.get())

    shown = text_of(Client().get(matter.get_absolute_url()))

    assert ("王*明" in shown, "王小明" in shown) == (named, False)


# -------------------------------------------------------------------------------------------------------- for others


def test_a_grid_worker_records_and_prints_a_slip(client: Client, house: House) -> None:
    worker: User = UserFactory(resident=True, display_name="小刘")
    PostFactory(user=worker, role=Role.GRID_WORKER, division=house.places["community"])
    sign_in(client, worker)

    answer = client.post(
        reverse("consultation:matter-record", args=[house.places["community"].pk]),
        {**LAMP, "raised_for": "张大爷", "channel": "VISIT", "contact": "13912345678"},
    )

    matter, slip = Matter.objects.get(), MatterSlip.objects.get()
    assert answer["Location"] == reverse("consultation:matter-slip", args=[matter.pk])
    shown = text_of(client.get(answer["Location"]))
    assert shown_code(slip.code) in shown
    assert "<svg" in shown
    for hidden in ("张大爷", LAMP["text"], "13912345678"):
        assert hidden not in shown
    sign_in(client, house.people["resident"])
    assert client.get(answer["Location"]).status_code == 404


def test_two_of_the_same_name_and_building_are_told_apart(
    client: Client, house: House, community_staff: User, now: dt.datetime
) -> None:
    place = house.places["community"]
    first, second = (
        Resident.objects.create(
            division=place, name="王伟", address="12栋一单元", registered_at=now, registered_by=community_staff
        )
        for _twice in range(2)
    )
    sign_in(client, community_staff)
    path, body = (
        reverse("consultation:matter-record", args=[place.pk]),
        {**LAMP, "raised_for": "王伟", "channel": "DESK"},
    )

    asked = text_of(client.post(path, body))

    assert f"#{first.pk}" in asked
    assert f"#{second.pk}" in asked
    assert Matter.objects.count() == 0
    client.post(path, {**body, "which": second.pk})
    client.post(path, {**body, "which": "none"})
    assert [row.intake.resident for row in Matter.objects.order_by("pk")] == [second, None]


@pytest.mark.parametrize("name", ["resident", "stranger", "auditor", "other_community_staff"])
def test_others_record_nothing(*, name: str, client: Client, house: House) -> None:
    sign_in(client, house.people[name])

    for page in ("matter-record", "visit-new"):
        path = reverse(f"consultation:{page}", args=[house.places["community"].pk])
        assert client.get(path).status_code == client.post(path, LAMP).status_code == 403

    assert Matter.objects.count() == 0


@pytest.mark.parametrize("role", [Role.COMMUNITY_STAFF, Role.GRID_WORKER])
def test_a_visit_on_the_phone(*, role: str, client: Client, house: House, today: dt.date) -> None:
    place, worker = house.places["community"], UserFactory(resident=True)
    PostFactory(user=worker, role=role, division=place)
    sign_in(client, worker)
    path = reverse("consultation:visit-new", args=[place.pk])
    body = {
        "raised_for": "张大爷", "kind": "CONSOLATION", "visited_on": str(today), "address": "12栋",
        "title_1": LAMP["title"], "text_1": LAMP["text"], "need_field_1": "FACILITIES", "title_3": "想学用手机",
    }  # fmt: skip

    refused = text_of(client.post(path, {**body, "text_1": "打13812345678"}))
    answer = client.post(path, body)

    assert "【138…78】" in refused
    visit = Visit.objects.get()
    assert answer["Location"] == visit.get_absolute_url()
    shown = text_of(client.get(answer["Location"]))
    assert (shown.count("/slip/"), Matter.objects.count()) == (2, 2)
    assert "张*爷" in text_of(client.get(reverse("consultation:visit-list", args=[place.pk])))


def test_a_slip_as_pdf_says_what_is_missing_or_prints(client: Client, house: House, community_staff: User) -> None:
    matter, _slip = operations.record_matter(
        by=community_staff, now=clock.now(), division=house.places["community"],
        given={"channel": "DESK", "raised_for": "张", **LAMP},
    )  # fmt: skip
    sign_in(client, community_staff)

    answer = client.get(reverse("consultation:matter-slip-pdf", args=[matter.pk]))

    if printing.lacking():
        assert answer.status_code == 503
    else:
        assert (answer.status_code, answer.content[:5]) == (200, b"%PDF-")


# ----------------------------------------------------------------------------------------------------------- following


@pytest.fixture
def slip(house: House) -> MatterSlip:
    """The slip of a matter recorded at the counter."""
    return operations.record_matter(
        by=house.people["community_staff"], now=clock.now(), division=house.places["community"],
        given={"channel": "DESK", "raised_for": "张大爷", "contact": "13912345678", **LAMP},
    )[1]  # fmt: skip


def test_the_holder_of_a_slip_follows_without_a_log_in(client: Client, slip: MatterSlip, sort_one: Any) -> None:
    answer = client.post(reverse("consultation:matter-follow"), {"code": shown_code(slip.code).lower()})

    assert answer["Location"] == reverse("consultation:matter-followed", args=[slip.code])
    sort_one(slip.matter)
    page = client.get(answer["Location"])
    shown = text_of(page)
    assert slip.matter.number in shown
    for hidden in (LAMP["title"], LAMP["text"], "张大爷", "13912345678", "小区公共设施"):
        assert hidden not in shown
    assert (page["Cache-Control"], page["Referrer-Policy"]) == ("private, no-store", "same-origin")


def test_the_holder_of_a_slip_is_asked_and_answers(
    client: Client, slip: MatterSlip, public_one: Any, house: House, now: dt.datetime, today: dt.date
) -> None:
    joining.join_matter(
        by=house.people["community_staff"], now=now, today=today, matter=slip.matter, lead=public_one(), reason="同一件"
    )
    path = reverse("consultation:matter-followed", args=[slip.code])
    assert "May it be handled together?" in text_of(client.get(path))

    client.post(path, {"answer": "decline"})

    assert (MatterJoining.objects.get().status, MatterJoining.objects.get().voice) == ("DECLINED", "SLIP")
    assert "May it be handled together?" not in text_of(client.get(path))


def test_the_holder_of_a_slip_splits_off(
    client: Client, slip: MatterSlip, public_one: Any, house: House, now: dt.datetime, today: dt.date
) -> None:
    joining.join_matter(
        by=house.people["community_staff"], now=now, today=today, matter=slip.matter, lead=public_one(), reason="同一件"
    )
    path = reverse("consultation:matter-followed", args=[slip.code])
    client.post(path, {"answer": "agree"})
    assert "Split it off" in text_of(client.get(path))

    client.post(path, {"answer": "split"})
    client.post(path, {"answer": "split"})

    assert MatterJoining.objects.get().status == "SPLIT"


def test_one_is_told_among_ones_own_matters_that_one_is_asked(
    client: Client, public_one: Any, raise_one: Any, house: House, neighbor: User, now: dt.datetime, today: dt.date
) -> None:
    other = raise_one(by=neighbor, **LAMP_AGAIN)
    sign_in(client, neighbor)
    assert "May it be handled together?" not in text_of(client.get(reverse("consultation:matter-mine")))

    joining.join_matter(
        by=house.people["community_staff"], now=now, today=today, matter=other, lead=public_one(), reason="同一件"
    )

    assert "May it be handled together?" in text_of(client.get(reverse("consultation:matter-mine")))


def test_guessing_is_slowed_and_right_codes_are_not_counted(client: Client, slip: MatterSlip) -> None:
    ask, right = reverse("consultation:matter-follow"), reverse("consultation:matter-followed", args=[slip.code])
    for _often in range(guessing.MISSES + 5):
        assert client.get(right).status_code == 200
    for _often in range(guessing.MISSES):
        assert "opens no matter" in text_of(client.post(ask, {"code": "AAAA-AAAA-AAAA-AAAA"}))

    assert "Too many wrong codes" in text_of(client.post(ask, {"code": "AAAA"}), 429)
    assert client.get(right).status_code == 429
    assert client.get(right, REMOTE_ADDR="10.0.0.9").status_code == 200


@pytest.mark.parametrize("code", ["A", "AAAA-AAAA-AAAA-AAAA", "%00", "李" * 16, "x" * 300])
def test_wrong_codes_are_told(code: str, client: Client, slip: MatterSlip) -> None:
    del slip

    text_of(client.get(reverse("consultation:matter-followed", args=[code])), 404)


# ------------------------------------------------------------------------------------------------------------ together


def test_me_too_on_the_page(client: Client, public_one: Any, neighbor: User, resident: User) -> None:
    matter = public_one()
    sign_in(client, neighbor)
    add = reverse("consultation:matter-support", args=[matter.pk, "add"])
    assert "Me too" in text_of(client.get(matter.get_absolute_url()))

    client.post(add)
    client.post(add)

    shown = text_of(client.get(matter.get_absolute_url()))
    assert "2 people have this concern" in shown
    assert "you are counted" in shown
    client.post(reverse("consultation:matter-support", args=[matter.pk, "withdraw"]))
    assert "1 person has this concern" in text_of(client.get(matter.get_absolute_url()))
    assert MatterSupport.objects.count() == 1
    sign_in(client, resident)
    assert "Me too" not in text_of(client.get(matter.get_absolute_url()))
    assert Client().post(add).status_code == 302


def test_staff_join_from_the_list_of_similar_ones(
    client: Client, public_one: Any, raise_one: Any, house: House, neighbor: User, community_staff: User
) -> None:
    lamp, other = public_one(), raise_one(by=neighbor, **LAMP_AGAIN)
    sign_in(client, community_staff)
    similar = reverse("consultation:matter-similar", args=[other.pk])
    assert lamp.number in text_of(client.get(similar))

    refused = text_of(
        client.post(reverse("consultation:matter-join", args=[other.pk]), {"lead": lamp.pk, "reason": " "})
    )
    joined = client.post(reverse("consultation:matter-join", args=[other.pk]), {"lead": lamp.pk, "reason": "同一盏灯"})

    assert "This field is required" in refused
    assert joined["Location"] == other.get_absolute_url()
    sign_in(client, neighbor)
    assert "May it be handled together?" in text_of(client.get(other.get_absolute_url()))
    row = MatterJoining.objects.get()
    client.post(reverse("consultation:joining-act", args=[row.pk, "agree"]))
    assert "Split it off" in text_of(client.get(other.get_absolute_url()))
    assert other.number in text_of(Client().get(lamp.get_absolute_url()))
    client.post(reverse("consultation:joining-act", args=[row.pk, "split"]))
    assert MatterJoining.objects.get().status == "SPLIT"
    sign_in(client, house.people["stranger"])
    assert client.post(reverse("consultation:joining-act", args=[row.pk, "agree"])).status_code == 404


def test_needs_are_classified_on_the_page(client: Client, raise_one: Any, community_staff: User, house: House) -> None:
    matter = raise_one()
    sign_in(client, community_staff)

    client.post(
        reverse("consultation:matter-classify", args=[matter.pk]), {"need_field": "FACILITIES", "is_common": "yes"}
    )

    board = reverse("consultation:need-board", args=[house.places["community"].pk])
    assert "housing and facilities" in text_of(client.get(board))
    public = text_of(Client().get(board))
    assert "housing and facilities" not in public
    assert "Express line" in public


def test_the_quarterly_list_on_the_pages(
    client: Client, public_one: Any, community_staff: User, house: House, today: dt.date
) -> None:
    lamp, place = public_one(), house.places["community"]
    sign_in(client, community_staff)

    client.post(reverse("consultation:livelihood-begin", args=[place.pk]), {"closes_on": str(today)})
    row = LivelihoodList.objects.get()
    client.post(reverse("consultation:livelihood-act", args=[row.pk, "enter"]), {"matter": lamp.pk})
    client.post(reverse("consultation:livelihood-act", args=[row.pk, "settle"]))

    shown = text_of(Client().get(row.get_absolute_url()))
    assert lamp.summary in shown
    assert "collecting" in shown
    assert row.entries.count() == 1
    assert "quarter" in text_of(Client().get(reverse("consultation:livelihood-list", args=[place.pk])))
    sign_in(client, house.people["resident"])
    path = reverse("consultation:livelihood-act", args=[row.pk, "settle"])
    assert client.post(path).status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_pages_cost_the_same_however_much_they_show(
    *, count: int, client: Client, public_one: Any, raise_one: Any, house: House, neighbor: User, today: dt.date
) -> None:
    staff, place, now = house.people["community_staff"], house.places["community"], clock.now()
    lamp = public_one()
    row = listing.begin_list(by=staff, now=now, today=today, division=place, closes_on=today)
    listing.enter_matter(by=staff, now=now, livelihood_list=row, matter=lamp)
    for number in range(count):
        other = raise_one(by=neighbor, **LAMP_AGAIN)
        asked = joining.join_matter(by=staff, now=now, today=today, matter=other, lead=lamp, reason="同一件")
        joining.answer_joining(by=neighbor, now=now, joining=asked, agrees=True)
        noise = public_one(**{**NOISE, "title": f"太吵{number}"})
        listing.enter_matter(by=staff, now=now, livelihood_list=row, matter=noise)
        operations.record_visit(
            by=staff,
            now=now,
            today=today,
            division=place,
            kind="WALK",
            visited_on=today,
            person_name="张",
            needs=[NOISE],
        )

    assert queries(client, lamp.get_absolute_url()) == 3
    assert queries(client, row.get_absolute_url()) == 4
    assert queries(client, reverse("consultation:livelihood-list", args=[place.pk])) == 3
    assert queries(client, reverse("consultation:need-board", args=[place.pk])) == 4
    sign_in(client, neighbor)
    assert queries(client, lamp.get_absolute_url()) <= 8
    sign_in(client, staff)
    assert queries(client, lamp.get_absolute_url()) <= 8
    assert queries(client, reverse("consultation:visit-list", args=[place.pk])) <= 7
    assert queries(client, reverse("consultation:matter-similar", args=[other.pk])) <= 10
    assert queries(client, row.get_absolute_url()) <= 9


# --------------------------------------------------------------------------------------------------------------- kinds


def test_every_way_in_asks_what_kind_it_is(client: Client, house: House, today: dt.date) -> None:
    place = house.places["community"]
    names = {name: reverse(f"consultation:{name}", args=[place.pk]) for name in ("matter-new", "matter-record")}
    visit = reverse("consultation:visit-new", args=[place.pk])
    sign_in(client, house.people["resident"])
    client.post(names["matter-new"], {"title": "停水了", "text": "三号楼今天停水。", "kind": "UTILITY"})
    wrong = client.post(names["matter-new"], {"title": "停电了", "text": "五号楼今天停电。", "kind": "NONSENSE"})
    sign_in(client, house.people["community_staff"])
    record = {"raised_for": "张", "channel": "DESK", "title": "问社保", "text": "怎样转社保?", "kind": "CONSULTATION"}
    client.post(names["matter-record"], record)
    need = {"title_1": "邻里吵架", "text_1": "两家为噪声吵架。", "kind_1": "MEDIATION"}
    client.post(visit, {"raised_for": "李", "kind": "WALK", "visited_on": str(today), **need})

    kinds = list(Matter.objects.order_by("pk").values_list("kind", "urgency"))
    assert kinds == [("UTILITY", "URGENT"), ("CONSULTATION", "NORMAL"), ("MEDIATION", "NORMAL")]
    assert Matter.objects.order_by("pk")[0].due_at is not None
    assert "Danger to life: call 110, 119 or 120 first" in text_of(wrong)


def test_the_desk_asks_what_kind_it_is(house: House) -> None:
    client = desk_client(house.people["community_staff"])
    given = {"division": house.places["community"].pk, "channel": "DESK", "raised_for": "张", "is_anonymous": "on"}
    client.post(
        reverse("admin:consultation_matter_add"), {**given, "title": "想装扶手", "text": "老人要扶手。", "kind": "HELP"}
    )
    assert Matter.objects.get().kind == "HELP"


def test_a_tip_off_on_the_page_is_compared_with_nothing(
    client: Client, house: House, public_one: Any, now: dt.datetime
) -> None:
    public_one(now=now)
    sign_in(client, house.people["resident"])
    path = reverse("consultation:matter-new", args=[house.places["community"].pk])

    client.post(path, {**LAMP_AGAIN, "kind": "REPORT"})

    assert Matter.objects.filter(kind="REPORT").count() == 1
