"""Matters and topics in the API: who reads what, how writes go through their operations, how refusals look."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.serializers import ModelSerializer
from rest_framework.test import APIClient

from communities.people.models import Role
from communities.territory.models import Division
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel
from consultation.topics.api import TopicSerializer
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, OpinionSupport, Topic
from consultation.topics.policy import PhaseKind, Verb
from governance.accounts.models import User
from governance.calendar import clock
from tests.consultation.pictures import photo, place_of
from tests.factories.communities import AttachmentFactory, PostFactory
from tests.factories.consultation_matters import (
    ENTERED_AT,
    ONE_DAY,
    PRIVATE,
    SMALL,
    MatterFactory,
    OpinionFactory,
    TopicFactory,
    TopicMatterFactory,
)
from tests.people import NAMED_PEOPLE, House, session_client, token_client

API = "/api/v1"
WORDS = {"title": "灯坏了", "text": "楼道灯坏了一个月。", "place": "三号楼"}


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


def post(client: APIClient, path: str, **body: Any) -> Any:
    """Send a body and return the answer."""
    return client.post(f"{API}/{path}", body)


def results(answer: Any) -> list[dict[str, Any]]:
    """Return the rows of a list."""
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]  # type: ignore[no-any-return]


# --------------------------------------------------------------------------------------------------------------- matters


def test_a_resident_raises_a_matter_with_photos(resident: User, community: Division) -> None:
    client = session_client(resident)
    body = {**WORDS, "division": community.pk, "photos": [SimpleUploadedFile("a.jpg", photo(), "image/jpeg")]}

    answer = client.post(f"{API}/matters", body, format="multipart")

    assert answer.status_code == 201, answer.content
    shown = answer.json()
    assert (shown["status"], shown["channel"], shown["title"]) == ("RAISED", "PAGE", "灯坏了")
    assert place_of(client.get(shown["photos"][0]).content) == {}


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"text": "找13812345678"}, "personal_numbers_found", "text"),
        ({"photos": [("大.jpg", bytes(40 * 1024 * 1024))]}, "photo_too_large", "photos"),
        ({"photos": [("a.pdf", b"%PDF-1.4\n%%EOF\n")]}, "photo_kind_unknown", "photos"),
    ],
)
def test_refusals_have_a_code_and_a_field(
    *, changes: dict[str, Any], code: str, field: str, resident: User, community: Division
) -> None:
    body = {**WORDS, "division": community.pk, **changes}
    body["photos"] = [SimpleUploadedFile(name, content) for name, content in changes.get("photos", [])]

    answer = session_client(resident).post(f"{API}/matters", body, format="multipart")

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, code, field)
    assert Matter.objects.count() == 0


def test_a_partner_system_hands_a_case_in_once(service_client: User, community: Division) -> None:
    client = token_client(service_client)
    body = {**WORDS, "division": community.pk, "raised_for": "12345来电人", "external_reference": "12345-1"}
    assert post(client, "matters", **body).json()["code"] == "matter_not_yours"
    PostFactory(user=service_client, role=Role.COMMUNITY_STAFF, division=community)

    first = client.post(f"{API}/matters", body, headers={"Idempotency-Key": "k1"})
    repeated = client.post(f"{API}/matters", body, headers={"Idempotency-Key": "k1"})
    again = post(client, "matters", **body)

    assert (first.status_code, repeated.content) == (201, first.content)
    assert (again.status_code, again.json()) == (200, first.json())
    other = post(client, "matters", **{**body, "text": "另一件事情。"})
    assert (other.status_code, other.json()["code"]) == (409, "reference_repeated")
    assert Matter.objects.get().channel == MatterChannel.API


def test_scopes_bind_a_partner_system(service_client: User, community: Division) -> None:
    client = token_client(service_client, "consultation:read")

    assert client.get(f"{API}/matters").status_code == 200
    assert post(client, "matters", **WORDS, division=community.pk).status_code == 403


def test_staff_record_for_somebody(community_staff: User, community: Division) -> None:
    client = session_client(community_staff)
    answer = post(client, "matters", **WORDS, division=community.pk, channel="VISIT", raised_for="李大爷", contact="1")

    assert (answer.status_code, answer.json()["raised_for"]) == (201, "李大爷")
    assert "contact" not in answer.json()


def test_the_file_is_for_the_person_and_those_who_handle_it(house: House) -> None:
    matter = MatterFactory(raised_by=house.people["resident"], division=house.places["community"], sorted=SMALL)
    MatterFactory(raised_by=house.people["resident"], division=house.places["community"], sorted=PRIVATE)
    seen = {}
    for name in (None, *NAMED_PEOPLE):
        client = session_client(house.people[name] if name else None)
        rows = {row["id"]: row["text"] for row in results(client.get(f"{API}/matters"))}
        seen[name] = len(rows), rows[matter.pk] is not None
        assert (client.get(f"{API}/matters/{matter.pk}").json()["title"] is not None) is seen[name][1]

    readers = {"resident", "community_staff", "street_officer", "street_reviewer", "district_admin", "district_officer"}
    assert seen == {name: (2, True) if name in readers else (1, False) for name in (None, *NAMED_PEOPLE)}


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_with_one_row_and_three(count: int, house: House) -> None:
    for _number in range(count):
        MatterFactory(division=house.places["community"], sorted=SMALL)
        OpinionFactory(topic=TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED))
    found = {}
    for path in ("matters", "topics", "opinions"):
        with CaptureQueriesContext(connection) as queries:
            assert len(results(APIClient().get(f"{API}/{path}"))) == count
        found[path] = len(queries)

    assert found == {"matters": 2, "topics": 1, "opinions": 1}


def test_a_topic_reads_the_same_as_by_its_fields(house: House) -> None:
    topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    for _number in range(2):
        TopicMatterFactory(topic=topic, matter=MatterFactory(division=topic.division, sorted=SMALL))
        topic.documents.add(AttachmentFactory())
    row = Topic.objects.for_partners().get(pk=topic.pk)
    serializer = TopicSerializer(context={"now": clock.now()})

    shown = serializer.to_representation(row)

    assert shown == ModelSerializer.to_representation(serializer, row)
    assert (len(shown["matters"]), len(shown["documents"]), shown["phases"] != []) == (2, 2, True)


def test_a_matter_goes_its_way(house: House, matter: Matter, resident: User, community_staff: User) -> None:
    staff, person = session_client(community_staff), session_client(resident)
    way = f"matters/{matter.pk}"
    open_moves = {row["name"] for row in staff.get(f"{API}/{way}/moves").json() if row["open"]}
    assert open_moves == {"sort", "refuse", "mark_petition"}
    assert post(person, f"{way}/sort").status_code == 403
    assert post(staff, f"{way}/sort").json()["code"] == "invalid"
    wrong = post(staff, f"{way}/sort", three_way="BIG", route="DIRECT", reason="x")
    assert (wrong.status_code, wrong.json()["field"]) == (400, "route")

    sorting = {"three_way": "BIG", "route": "DEPARTMENT", "reason": "市政", "summary": "路面塌陷"}
    assert post(staff, f"{way}/sort", **sorting).json()["status"] == "SORTED"
    assert post(staff, f"{way}/take_up").json()["code"] == "move_hindered"
    assert post(staff, f"{way}/transfer", department="市政管理所").json()["transferred_to"] == "市政管理所"
    assert post(staff, f"{way}/answer", reply="本月修复。").json()["status"] == "ANSWERED"
    assert post(staff, f"{way}/close", is_solved=True).status_code == 403
    closed = post(person, f"{way}/close", is_solved=True).json()
    assert (closed["status"], closed["is_solved"]) == ("CLOSED", True)


def test_refusing_and_withdrawing(house: House, matter: Matter, resident: User, community_staff: User) -> None:
    second = MatterFactory(raised_by=resident, division=matter.division)
    refused = post(
        session_client(community_staff), f"matters/{matter.pk}/refuse", reason="已在诉讼中。", ground="COURT"
    )
    assert (refused.json()["status"], refused.json()["reply"]) == ("REFUSED", "已在诉讼中。")
    assert post(session_client(resident), f"matters/{second.pk}/withdraw").json()["status"] == "WITHDRAWN"
    late = post(session_client(resident), f"matters/{second.pk}/withdraw")
    assert (late.status_code, late.json()["code"]) == (409, "move_closed")


def test_matters_are_narrowed(house: House, community_staff: User) -> None:
    late = MatterFactory(division=house.places["community"], due_on=dt.date(2026, 1, 12))
    MatterFactory(division=house.places["community"], due_on=dt.date(2026, 5, 1))
    client = session_client(community_staff)

    assert [row["id"] for row in results(client.get(f"{API}/matters?late_on=2026-02-01"))] == [late.pk]
    assert results(client.get(f"{API}/matters?status=CLOSED")) == []


# ---------------------------------------------------------------------------------------------------------------- topics


def _phases(days: int = 5) -> list[dict[str, str]]:
    opens = clock.now() + days * ONE_DAY
    return [
        {
            "kind": PhaseKind.DISCUSSION,
            "opens_at": opens.isoformat(),
            "closes_at": (opens + 7 * ONE_DAY).isoformat(),
        }
    ]


def test_a_topic_is_prepared_and_announced(house: House, community_staff: User, resident: User) -> None:
    matter = MatterFactory(division=house.places["community"], sorted=SMALL)
    body = {
        "division": house.places["community"].pk,
        "title": "楼道照明改造",
        "text": "请大家商量。",
        "matters": [matter.pk],
        "phases": _phases(1),
    }
    assert post(session_client(resident), "topics", **body).status_code == 403
    client = session_client(community_staff)

    made = post(client, "topics", **body)
    assert made.status_code == 201, made.content
    shown = made.json()
    assert shown["matters"] == [{"id": matter.pk, "number": matter.number, "summary": SMALL[2]}]
    way = f"topics/{shown['id']}"
    assert session_client(resident).get(f"{API}/{way}").status_code == 404
    assert post(client, f"{way}/announce").json()["code"] == "phase_before_notice"
    assert post(client, f"{way}/phases", phases=_phases(5)).status_code == 200
    announced = post(client, f"{way}/announce").json()
    assert (announced["status"], announced["notice"] is not None) == ("ANNOUNCED", True)
    assert post(client, f"{way}/phases", phases=_phases()).json()["code"] == "phases_stay"
    assert post(client, f"{way}/begin_deliberation").json()["code"] == "topic_notice_running"
    later = _phases(20)[0]
    assert len(post(client, f"{way}/add_phase", **later).json()["phases"]) == 2
    assert post(session_client(resident), f"{way}/add_phase", **later).status_code == 403
    assert post(client, f"{way}/withdraw", reason="重复").json()["status"] == "WITHDRAWN"
    matter.refresh_from_db()
    assert matter.status == MatterStatus.ANSWERED


def test_a_topic_is_closed_and_reopened(house: House, community_staff: User) -> None:
    client = session_client(community_staff)
    decided = TopicFactory(division=house.places["community"], walked=TopicStatus.DECIDED)

    assert post(client, f"topics/{decided.pk}/record_decision").json()["code"] == "move_closed"
    assert post(client, f"topics/{decided.pk}/reopen", reason="推翻").json()["status"] == "DELIBERATED"
    assert post(client, f"topics/{decided.pk}/record_decision").json()["code"] == "move_hindered"
    assert post(client, f"topics/{decided.pk}/close").json()["code"] == "reason_missing"
    assert post(client, f"topics/{decided.pk}/close", reason="结束").json()["status"] == "CLOSED"


@pytest.fixture
def running(house: House) -> Topic:
    """A topic of the community whose discussion runs now."""
    made: Topic = TopicFactory(
        division=house.places["community"],
        phases=[(PhaseKind.DISCUSSION, ENTERED_AT, clock.now() + ONE_DAY)],
        walked=TopicStatus.DELIBERATED,
    )
    return made


def test_opinions_are_given_supported_and_hidden(running: Topic, house: House, resident: User) -> None:
    assert APIClient().get(f"{API}/topics/{running.pk}").json()["open_verbs"] == [
        verb for verb in Verb.values if verb != Verb.CAST_VOTE
    ]
    client = session_client(resident)
    assert post(APIClient(), "opinions", topic=running.pk, text="好").status_code == 401
    assert post(session_client(house.people["stranger"]), "opinions", topic=running.pk, text="好").status_code == 403
    made = post(client, "opinions", topic=running.pk, text="好", stance="FOR").json()
    assert (made["author"], made["support"], made["stance"]) == ("王*明", 0, "FOR")

    other = session_client(house.people["supervisor"])
    assert post(client, f"opinions/{made['id']}/support").status_code == 403
    assert post(other, f"opinions/{made['id']}/support").json()["support"] == 1
    assert post(other, f"opinions/{made['id']}/support").json()["code"] == "support_repeated"
    assert OpinionSupport.objects.count() == 1

    assert post(client, f"opinions/{made['id']}/hide", reason="x").status_code == 403
    staff = session_client(house.people["community_staff"])
    assert post(staff, f"opinions/{made['id']}/hide").json()["code"] == "reason_missing"
    assert post(staff, f"opinions/{made['id']}/hide", reason="攻击").json()["hidden_reason"] == "攻击"
    assert results(APIClient().get(f"{API}/opinions?topic={running.pk}")) == []
    assert len(results(client.get(f"{API}/opinions?topic={running.pk}"))) == 1


def test_opinions_page_by_cursor(running: Topic, resident: User) -> None:
    Opinion.objects.bulk_create(
        Opinion(topic=running, author=resident, text=str(number), given_at=ENTERED_AT) for number in range(60)
    )

    first = APIClient().get(f"{API}/opinions?topic={running.pk}").json()
    second = APIClient().get(first["next"]).json()

    texts = [row["text"] for row in (*first["results"], *second["results"])]
    assert texts == [str(number) for number in range(59, -1, -1)]
