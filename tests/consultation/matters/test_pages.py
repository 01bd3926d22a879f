"""The matter pages as residents, neighbors and staff see them; without script, nothing typed is lost."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.notices.models import Attachment
from communities.territory.models import Division
from consultation.matters import operations
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from governance.accounts.models import User
from governance.calendar import clock
from tests.consultation.pictures import photo, place_of
from tests.factories.consultation_matters import BIG, PRIVATE, SMALL, MatterFactory, TopicFactory, TopicMatterFactory
from tests.people import House, sign_in

pytestmark = pytest.mark.usefixtures("english")

WORDS = {"title": "12栋楼梯没有扶手", "text": "老人上下楼不方便。\r\n希望装扶手。", "place": "12栋一单元"}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def matter(house: House) -> Matter:
    """A matter that the resident has raised in the community."""
    made: Matter = MatterFactory(raised_by=house.people["resident"], division=house.places["community"])
    return made


def text_of(answer: Any, status: int = 200) -> str:
    """Return the page; what a form refuses is answered with 400 and shown all the same."""
    fits = {status, 400} if answer.wsgi_request.method == "POST" else {status}
    assert answer.status_code in fits, (answer.status_code, answer.content[:500])
    return str(answer.content.decode())


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """Return a file as a form sends it."""
    return SimpleUploadedFile(name, content, content_type="image/jpeg")


def kept(shown: str, name: str) -> str:
    """Return what a control holds on a page, lines ended alike."""
    control = re.search(rf'<input[^>]*name="{name}"[^>]*>|<textarea[^>]*name="{name}"[^>]*>.*?</textarea>', shown, re.S)
    assert control, name
    found = re.search(r'value="([^"]*)"', control[0]) or re.search(r">(.*)<", control[0], re.S)
    return found[1].strip().replace("\r\n", "\n") if found else ""


# -------------------------------------------------------------------------------------------------------------- raising


def test_a_resident_raises_a_matter_and_follows_it(client: Client, resident: User, community: Division) -> None:
    sign_in(client, resident)
    new = reverse("consultation:matter-new", args=[community.pk])
    assert 'enctype="multipart/form-data"' in text_of(client.get(new))

    answer = client.post(new, {**WORDS, "photos": [upload("a.jpg", photo()), upload("b.jpg", photo())]})

    matter = Matter.objects.get()
    assert answer["Location"] == matter.get_absolute_url()
    assert (matter.raised_by, matter.channel, matter.photos.count()) == (resident, MatterChannel.PAGE, 2)
    shown = text_of(client.get(answer["Location"]))
    for part in ("12栋楼梯没有扶手", "希望装扶手", matter.number, "The community office sorts it by", "<img"):
        assert part in shown
    assert matter.number in text_of(client.get(reverse("consultation:matter-mine")))


@pytest.mark.parametrize(
    ("changes", "field", "said"),
    [
        ({"text": "请打电话13812345678找我"}, "text", "mobile number in line 1: 请打电话【138…78】找我"),
        ({"title": ""}, "title", "This field is required"),
        ({"place": "电话13812345678"}, "place", "【138…78】"),
    ],
)
def test_what_was_typed_is_kept_when_something_is_refused(
    *, changes: dict[str, str], field: str, said: str, client: Client, resident: User, community: Division
) -> None:
    sign_in(client, resident)
    given = {**WORDS, **changes}

    shown = text_of(client.post(reverse("consultation:matter-new", args=[community.pk]), given))

    assert said in shown
    for name, typed in given.items():
        assert kept(shown, name) == typed.replace("\r\n", "\n")
    assert f'id="id_{field}_error"' in shown
    assert Matter.objects.count() == 0


@pytest.mark.parametrize(
    ("file", "said"),
    [
        (("大.jpg", bytes(40 * 1024 * 1024)), "“大.jpg” has 40.0 MB; a photo may have at most 15 MB."),
        (("a.pdf", b"%PDF-1.4\n%%EOF\n"), "“a.pdf” is not a photo"),
    ],
)
def test_a_photo_that_is_refused_keeps_the_words(
    *, file: tuple[str, bytes], said: str, client: Client, resident: User, community: Division, media: Path
) -> None:
    sign_in(client, resident)
    path = reverse("consultation:matter-new", args=[community.pk])

    shown = text_of(client.post(path, {**WORDS, "photos": [upload("gut.jpg", photo()), upload(*file)]}))

    assert said in shown
    assert "please choose your photos again" in shown
    assert kept(shown, "title") == WORDS["title"]
    assert (Matter.objects.count(), Attachment.objects.count()) == (0, 0)
    assert [one for one in media.rglob("*") if one.is_file()] == []


def test_visitors_are_asked_to_sign_in(client: Client, community: Division, matter: Matter) -> None:
    for path in (reverse("consultation:matter-new", args=[community.pk]), reverse("consultation:matter-mine")):
        assert client.get(path).status_code == 302
    assert client.get(matter.get_absolute_url()).status_code == 404


@pytest.mark.parametrize("name", ["street", "district"])
def test_only_communities_have_the_form(name: str, client: Client, resident: User, house: House) -> None:
    sign_in(client, resident)

    assert client.get(reverse("consultation:matter-new", args=[house.places[name].pk])).status_code == 404


# ---------------------------------------------------------------------------------------------------------- who sees what


def test_the_public_reads_the_summary_and_nothing_else(client: Client, house: House) -> None:
    matter = MatterFactory(
        raised_by=house.people["resident"],
        division=house.places["community"],
        title="标题私语",
        text="正文私语",
        place="地点私语",
        sorted=SMALL,
    )
    matter.status, matter.reply, matter.answered_at = MatterStatus.ANSWERED, "回复私语", clock.now()
    matter.save()
    listed = reverse("consultation:matter-list", args=[house.places["street"].pk])

    for person in (None, "neighbor_resident", "supervisor", "auditor", "other_community_staff"):
        browser = Client()
        if person:
            sign_in(browser, house.people[person])
        for path in (matter.get_absolute_url(), listed):
            shown = text_of(browser.get(path))
            assert SMALL[2] in shown
            assert "私语" not in shown
            assert "王小明" not in shown


def test_a_private_matter_appears_to_nobody_else(client: Client, house: House) -> None:
    matter = MatterFactory(
        raised_by=house.people["resident"], division=house.places["community"], title="家事", sorted=PRIVATE
    )
    listed = reverse("consultation:matter-list", args=[house.places["community"].pk])
    readers = {"resident", "community_staff", "street_officer", "district_officer"}

    for person in (None, "neighbor_resident", "supervisor", "auditor", "other_community_staff", *sorted(readers)):
        browser = Client()
        if person:
            sign_in(browser, house.people[person])
        sees = person in readers
        assert browser.get(matter.get_absolute_url()).status_code == (200 if sees else 404), person
        assert ("家事" in text_of(browser.get(listed))) is sees, person


def test_photos_are_handed_to_the_person_and_the_staff_only(
    client: Client, house: House, resident: User, community: Division
) -> None:
    matter = operations.raise_matter(
        by=resident,
        now=clock.now(),
        division=community,
        title="灯",
        text="坏了",
        channel=MatterChannel.PAGE,
        photos=[("a.jpg", photo())],
    )
    operations.sort_matter(
        by=house.people["community_staff"],
        now=clock.now(),
        today=clock.today(),
        matter=matter,
        three_way=ThreeWay.SMALL,
        route=Route.DELIBERATION,
        reason="小事",
        summary="灯坏了",
    )
    file = matter.photos.get()
    found = {}
    for person in (None, "resident", "community_staff", "neighbor_resident", "supervisor", "auditor"):
        browser = Client()
        if person:
            sign_in(browser, house.people[person])
        answer = browser.get(matter.photo_url(file))
        found[person] = answer.status_code, browser.get(file.get_absolute_url()).status_code
        if answer.status_code == 200:
            assert answer["Content-Type"] == "image/jpeg"
            assert answer["Cache-Control"] == "private, no-store"
            assert place_of(answer.content) == {}

    assert found == {
        None: (404, 404),
        "resident": (200, 200),
        "community_staff": (200, 404),
        "neighbor_resident": (404, 404),
        "supervisor": (404, 404),
        "auditor": (404, 404),
    }
    other = MatterFactory(raised_by=resident, division=community)
    sign_in(client, resident)
    assert client.get(other.photo_url(file)).status_code == 404


# ---------------------------------------------------------------------------------------------------------------- steps


def _act(client: Client, matter: Matter, name: str, **data: str) -> Any:
    return client.post(reverse("consultation:matter-act", args=[matter.pk, name]), data)


def test_staff_sort_transfer_and_answer_and_the_person_rates(
    client: Client, house: House, matter: Matter, community_staff: User, resident: User
) -> None:
    sign_in(client, community_staff)
    assert "Do not accept" in text_of(client.get(matter.get_absolute_url()))
    wrong = text_of(_act(client, matter, "sort", sorting="BIG:DEPARTMENT", reason="", summary="路面塌陷"))
    assert kept(wrong, "summary") == "路面塌陷"
    assert "This field is required" in wrong

    assert _act(client, matter, "sort", sorting="BIG:DEPARTMENT", reason="市政", summary="路面塌陷").status_code == 302
    assert _act(client, matter, "transfer", department="市政管理所").status_code == 302
    assert _act(client, matter, "answer", reply="本月修复。", outcome="PLANNED").status_code == 302
    closed = text_of(_act(client, matter, "close", is_solved="yes"))
    assert "You do not have the right" in closed

    mine = Client()
    sign_in(mine, resident)
    assert "Please say whether it is solved" in text_of(mine.get(reverse("consultation:matter-mine")))
    assert "Please give a reason" in text_of(_act(mine, matter, "close", is_solved="no"))
    assert _act(mine, matter, "close", is_solved="no", reason="没有修").status_code == 302
    matter.refresh_from_db()
    assert (matter.status, matter.is_solved) == (MatterStatus.CLOSED, False)
    assert "没有修" in text_of(mine.get(matter.get_absolute_url()))


def test_a_step_of_the_wrong_class_stands_beside_its_choice(
    client: Client, matter: Matter, community_staff: User
) -> None:
    sign_in(client, community_staff)

    shown = text_of(_act(client, matter, "sort", sorting="PRIVATE:ADVICE", reason="家事", summary="不该写"))

    assert "A private matter is shown to nobody else" in shown
    assert kept(shown, "summary") == "不该写"
    assert "<details" in shown
    assert re.search(r"<details[^>]*\sopen", shown)


def test_the_person_withdraws_and_others_cannot(client: Client, matter: Matter, resident: User, stranger: User) -> None:
    assert client.post(reverse("consultation:matter-act", args=[matter.pk, "withdraw"])).status_code == 404
    sign_in(client, stranger)
    assert _act(client, matter, "withdraw").status_code == 404
    sign_in(client, resident)
    assert _act(client, matter, "vanish").status_code == 404

    assert _act(client, matter, "withdraw").status_code == 302
    matter.refresh_from_db()
    assert matter.status == MatterStatus.WITHDRAWN
    again = text_of(_act(client, matter, "withdraw"))
    assert "is not possible while the state is" in again


def test_a_taken_up_matter_leads_to_its_topic(client: Client, house: House) -> None:
    matter = MatterFactory(division=house.places["community"], sorted=SMALL)
    topic = TopicFactory(division=house.places["community"], walked="ANNOUNCED")
    TopicMatterFactory(topic=topic, matter=matter)
    matter.status, matter.taken_up_at = MatterStatus.TAKEN_UP, clock.now()
    matter.save()

    shown = text_of(client.get(matter.get_absolute_url()))

    assert topic.get_absolute_url() in shown


def test_staff_are_led_to_prepare_a_topic(client: Client, house: House) -> None:
    matter = MatterFactory(division=house.places["community"], sorted=SMALL)
    way = f"?division={matter.division_id}&amp;matters={matter.pk}"
    assert way not in text_of(client.get(matter.get_absolute_url()))

    sign_in(client, house.people["community_staff"])

    assert way in text_of(client.get(matter.get_absolute_url()))


# ---------------------------------------------------------------------------------------------------------------- lists


def test_the_list_is_narrowed_by_class(client: Client, community: Division) -> None:
    MatterFactory(division=community, sorted=BIG)
    MatterFactory(division=community, sorted=SMALL)
    path = reverse("consultation:matter-list", args=[community.pk])

    both, big = text_of(client.get(path)), text_of(client.get(path, {"three_way": "BIG"}))

    assert (BIG[2] in both, SMALL[2] in both) == (True, True)
    assert (BIG[2] in big, SMALL[2] in big) == (True, False)
    assert "There is no matter here" in text_of(client.get(path, {"three_way": "NONSENSE"}))


@pytest.mark.parametrize("count", [1, 3, 21])
def test_lists_cost_the_same_however_long_they_are(
    count: int, client: Client, resident: User, community_staff: User, community: Division
) -> None:
    for _number in range(count):
        MatterFactory(division=community, raised_by=resident, sorted=SMALL)
    listed, mine = reverse("consultation:matter-list", args=[community.pk]), reverse("consultation:matter-mine")

    assert _queries(client, listed) == 4  # the place, the way to it, the rows, the people behind them
    sign_in(client, community_staff)
    assert _queries(client, listed) == 7  # session, user, posts
    sign_in(client, resident)
    assert _queries(client, mine) == 5
    assert ("before=" in text_of(client.get(mine))) is (count > 20)


def _queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        text_of(client.get(path))
    return len(queries)


def test_the_account_leads_to_ones_matters(client: Client, resident: User) -> None:
    sign_in(client, resident)

    assert reverse("consultation:matter-mine") in text_of(client.get(reverse("portal:account")))
