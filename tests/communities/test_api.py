"""The API of rules, people, notices and bodies: who reads what, how writes go through their operations."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from communities.bodies.models import Body, BodyKind, BodyMembership
from communities.notices.models import Attachment, Objection, PublicNotice
from communities.people.models import Post, Resident, Role
from communities.policy import operations as policy
from communities.policy.models import DecisionRule, PolicyDocument, PolicyParameter
from governance.accounts.models import User
from governance.accounts.scopes import PERSONAL, Scopes
from governance.audit.models import AuditEntry
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.communities import (
    AttachmentFactory,
    BodyFactory,
    BodyMembershipFactory,
    DecisionRuleFactory,
    ObjectionFactory,
    PolicyDocumentFactory,
    PolicyParameterFactory,
    PostFactory,
    PublicNoticeFactory,
    ResidentFactory,
)
from tests.people import House, session_client, token_client

IDENTITY = "510302198001010012"
API = "/api/v1"
ONE_DAY = dt.timedelta(days=1)


def post(client: APIClient, path: str, **body: Any) -> Any:
    """Send a body and return the answer."""
    return client.post(f"{API}/{path}", body)


def results(answer: Any) -> list[dict[str, Any]]:
    """Return the rows of a list."""
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


# ------------------------------------------------------------------------------------------------------------- reading


def _active(house: House) -> PolicyParameter:
    row = PolicyParameterFactory(valid_from=dt.date(2000 + PolicyParameter.objects.count(), 1, 1))
    row.valid_to, row.approved_by = row.valid_from + ONE_DAY, house.people["district_admin"]
    row.status = "ACTIVE"
    row.save()
    return row


LISTS = {
    "policy-documents": (lambda house: PolicyDocumentFactory(), "visitor", 1),
    "parameters": (_active, "visitor", 1),
    "decision-rules": (lambda house: DecisionRuleFactory(), "visitor", 1),
    "notices": (lambda house: PublicNoticeFactory(posted=dt.date(2026, 3, 4)), "visitor", 2),
    "objections": (lambda house: ObjectionFactory(), "visitor", 1),
    "attachments": (lambda house: AttachmentFactory(), "visitor", 1),
    "bodies": (lambda house: BodyFactory(), "visitor", 1),
    "body-memberships": (lambda house: BodyMembershipFactory(), "visitor", 1),
    "posts": (lambda house: PostFactory(division=house.places["neighbor"]), "street_reviewer", 4),
    "residents": (lambda house: ResidentFactory(division=house.places["neighbor"]), "street_reviewer", 4),
}


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("name", LISTS)
def test_lists_cost_the_same_with_one_row_and_three(name: str, count: int, house: House) -> None:
    make, reader, queries = LISTS[name]
    for _number in range(count):
        make(house)
    client = session_client(house.people.get(reader))

    with CaptureQueriesContext(connection) as captured:
        rows = results(client.get(f"{API}/{name}"))

    assert len(rows) >= count
    assert len(captured) == queries


@pytest.mark.parametrize("name", ["posts", "residents"])
def test_the_register_is_closed_to_visitors(name: str, house: House) -> None:
    assert session_client(None).get(f"{API}/{name}").status_code in {401, 403}


def test_filters_by_place_take_the_subtree(house: House) -> None:
    for place in ("community", "neighbor", "far_community"):
        PublicNoticeFactory(division=house.places[place], posted=dt.date(2026, 3, 4))
    client = session_client(None)

    def count(key: Any) -> int:
        return len(results(client.get(f"{API}/notices?division={key}")))

    assert [count(house.places[name].pk) for name in ("district", "street", "community")] == [3, 2, 1]
    assert count(10**9) == 0


def test_filters_by_day_and_state(house: House) -> None:
    PublicNoticeFactory(posted=dt.date(2026, 3, 4))
    answered = ObjectionFactory()
    Objection.objects.filter(pk=answered.pk).update(
        outcome="REJECTED", reply="x", replied_at=dt.datetime(2026, 3, 4, tzinfo=dt.UTC)
    )
    ObjectionFactory()
    BodyFactory(term_to=dt.date(2021, 1, 1))
    BodyMembershipFactory(valid_to=dt.date(2021, 1, 1), body=BodyFactory())
    client = session_client(house.people["street_reviewer"])
    counts = {
        query: len(results(client.get(f"{API}/{query}")))
        for query in (
            "notices?running_on=2026-03-09",
            "notices?running_on=2026-03-10",
            "objections?unanswered=true",
            "objections?unanswered=false",
            "bodies?sitting_on=2026-01-01",
            "body-memberships?held_on=2026-01-01",
            "posts?held_on=2019-01-01",
            "posts?role=SUPERVISOR",
            "residents?confirmed=true",
            "residents?moved_away=true",
            "decision-rules?in_force_on=2026-01-01",
        )
    }

    assert counts == {
        "notices?running_on=2026-03-09": 1,
        "notices?running_on=2026-03-10": 0,
        "objections?unanswered=true": 1,
        "objections?unanswered=false": 1,
        "bodies?sitting_on=2026-01-01": 1,
        "body-memberships?held_on=2026-01-01": 0,
        "posts?held_on=2019-01-01": 0,
        "posts?role=SUPERVISOR": 1,
        "residents?confirmed=true": 2,
        "residents?moved_away=true": 0,
        "decision-rules?in_force_on=2026-01-01": 0,
    }


# --------------------------------------------------------------------------------------------------------------- rules


def test_a_rule_goes_from_its_document_to_what_holds_here(house: House) -> None:
    places, people = house.places, house.people
    officer, admin = session_client(people["district_officer"]), session_client(people["district_admin"])
    district = places["district"].pk
    document = post(
        officer,
        "policy-documents",
        title="区委员会任期规定",
        issuer="区民政局",
        level="DISTRICT",
        division=district,
        effective_on="2025-01-01",
    )
    assert document.status_code == 201, document.content
    entered = post(
        officer,
        "parameters",
        key="committee.term_years",
        division=district,
        value=4,
        unit="years",
        valid_from="2025-01-01",
        basis=document.json()["id"],
    )
    assert (entered.status_code, entered.json()["status"]) == (201, "DRAFT")
    key = entered.json()["id"]

    own = post(officer, f"parameters/{key}/approve")
    assert (own.status_code, own.json()["code"]) == (403, "move_forbidden")
    approved = post(admin, f"parameters/{key}/approve")
    assert (approved.status_code, approved.json()["status"]) == (200, "ACTIVE")

    here = {
        rule["key"]: rule
        for rule in session_client(None).get(f"{API}/parameters/in-force?division={places['community'].pk}").json()
    }
    assert here["committee.term_years"] == {
        "key": "committee.term_years",
        "name": here["committee.term_years"]["name"],
        "unit": "years",
        "value": 4,
        "shown": "4",
        "is_default": False,
        "division": district,
        "since": "2025-01-01",
        "basis": "区委员会任期规定",
    }
    assert here["committee.urban.size"]["value"] == [5, 9]
    assert here["committee.urban.size"]["is_default"] is True

    refused = post(admin, f"parameters/{key}/retire", reason="录入有误")
    assert (refused.status_code, refused.json()["code"]) == (409, "parameter_in_force")
    late = post(admin, f"parameters/{key}/end", on="2020-01-01", reason="废止")
    assert (late.status_code, late.json()["code"], late.json()["field"]) == (400, "end_lies_behind", "on")
    ended = post(admin, f"parameters/{key}/end", on="2100-01-01", reason="废止")
    assert (ended.status_code, ended.json()["valid_to"]) == (200, "2100-01-01")


def test_a_wrong_value_is_named_by_its_field(house: House) -> None:
    document = PolicyDocumentFactory()
    body = {"key": "committee.term_years", "unit": "years", "valid_from": "2026-01-01", "basis": document.pk}
    client = session_client(house.people["district_admin"])

    wrong = post(client, "parameters", value="many", **body)
    unknown = post(client, "parameters", value=1, **{**body, "key": "no.such"})

    assert (wrong.status_code, wrong.json()["code"], wrong.json()["field"]) == (400, "parameter_value_wrong", "value")
    assert (unknown.status_code, unknown.json()["code"]) == (400, "parameter_unknown")
    assert wrong["Content-Type"] == "application/problem+json"
    assert PolicyParameter.objects.count() == 0


def test_a_draft_is_withdrawn(house: House) -> None:
    draft = PolicyParameterFactory(division=house.places["district"])
    client = session_client(house.people["district_admin"])

    assert post(client, f"parameters/{draft.pk}/retire").json()["code"] == "reason_missing"
    assert post(client, f"parameters/{draft.pk}/retire", reason="录入有误").json()["status"] == "RETIRED"


def test_moves_of_a_draft_are_listed_with_reasons(house: House) -> None:
    draft = PolicyParameterFactory(division=house.places["district"])

    offers = session_client(house.people["district_officer"]).get(f"{API}/parameters/{draft.pk}/moves").json()

    assert [(offer["name"], offer["open"]) for offer in offers] == [("approve", False)]


def test_a_decision_rule_is_confirmed(house: House, system: User) -> None:
    policy.seed_decision_rules(by=system, now=clock.now())
    rule = DecisionRule.objects.get(key="urban_2026")
    terms = {
        "quorum": {"numerator": 2, "denominator": 3, "is_strict": False},
        "pass_base": "PRESENT",
        "majority": {"numerator": 1, "denominator": 2, "is_strict": True},
    }
    path = f"decision-rules/{rule.pk}/confirm"

    refused = post(session_client(house.people["district_officer"]), path, basis="第四章")
    done = post(session_client(house.people["district_admin"]), path, basis="第四章", terms=terms)

    assert refused.status_code == 403
    assert (done.status_code, done.json()["quorum_numerator"], done.json()["awaits_confirmation"]) == (200, 2, False)
    assert post(session_client(house.people["district_admin"]), path, basis="第四章").status_code == 409


# -------------------------------------------------------------------------------------------------------------- people


def test_a_post_is_filled_and_ended(house: House) -> None:
    client = session_client(house.people["street_reviewer"])
    today = clock.today()

    made = post(
        client,
        "posts",
        user=UserFactory().pk,
        role=Role.STEWARD,
        division=house.places["community"].pk,
        valid_from=str(today - ONE_DAY),
    )
    assert made.status_code == 201, made.content
    ended = post(client, f"posts/{made.json()['id']}/end", on=str(today), reason="辞职")
    refused = post(
        client,
        "posts",
        user=UserFactory().pk,
        role=Role.STEWARD,
        division=house.places["far_community"].pk,
        valid_from=str(today),
    )

    assert (ended.status_code, ended.json()["valid_to"]) == (200, str(today))
    assert (refused.status_code, refused.json()["code"]) == (403, "appointment_not_yours")
    assert Post.objects.filter(role=Role.STEWARD).count() == 1


def test_a_resident_registers_and_is_confirmed(house: House) -> None:
    stranger, staff = session_client(house.people["stranger"]), session_client(house.people["community_staff"])

    made = post(
        stranger,
        "residents",
        division=house.places["community"].pk,
        name="周远",
        identity_number=IDENTITY,
        address="3栋",
    )
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    own = post(stranger, f"residents/{key}/confirm")
    confirmed = post(staff, f"residents/{key}/confirm")
    moved = post(stranger, f"residents/{key}/move_away", on=str(clock.today()))

    assert made.json()["identity_number"] == "510302********0012"
    assert own.status_code == 403
    assert (confirmed.status_code, confirmed.json()["is_confirmed"]) == (200, True)
    assert (moved.status_code, moved.json()["left_on"]) == (200, str(clock.today()))


def test_staff_enter_a_resident(house: House) -> None:
    body = {"division": house.places["community"].pk, "name": "李奶奶"}

    assert post(session_client(house.people["community_staff"]), "residents/enter", **body).status_code == 201
    assert post(session_client(house.people["street_officer"]), "residents/enter", **body).status_code == 403


@pytest.mark.parametrize(
    ("number", "code"),
    [("510302198001010013", "identity_wrong"), ("510302198001010000", "identity_rounded")],
)
def test_a_wrong_identity_number_is_a_sentence(number: str, code: str, house: House) -> None:
    answer = post(
        session_client(house.people["stranger"]),
        "residents",
        division=house.places["community"].pk,
        name="周远",
        identity_number=number,
    )

    assert (answer.status_code, answer.json()["code"], answer.json()["field"]) == (400, code, "identity_number")
    assert Resident.objects.count() == 2


@pytest.fixture
def known(house: House) -> Resident:
    """A resident of the community with everything on record."""
    row = Resident.objects.get(user=house.people["resident"])
    Resident.objects.filter(pk=row.pk).update(identity_number=IDENTITY, identity_hash="h" * 64, address="3栋")
    User.objects.filter(pk=row.user_id).update(phone="13812341234")
    return row


PERSONAL_FIELDS = ("name", "identity_number", "identity_hash", "phone", "birth_on", "address")


def test_people_read_names_in_full_and_numbers_masked(known: Resident, house: House) -> None:
    for name in ("resident", "community_staff"):
        row = session_client(house.people[name]).get(f"{API}/residents/{known.pk}").json()

        assert {field: row[field] for field in PERSONAL_FIELDS} == {
            "name": "王小明",
            "identity_number": "510302********0012",
            "identity_hash": None,
            "phone": "138****1234",
            "birth_on": "1980-01-01",
            "address": "3栋",
        }


@pytest.mark.parametrize(
    ("scopes", "shown"),
    [
        (
            ("communities:read",),
            {"name": "王*明", "identity_hash": None, "birth_on": None, "address": ""},
        ),
        (
            ("communities:read", "pii:read"),
            {"name": "王小明", "identity_hash": "h" * 64, "birth_on": "1980-01-01", "address": "3栋"},
        ),
    ],
)
def test_partner_systems_read_personal_fields_by_scope_only(
    scopes: tuple[str, ...], shown: dict[str, Any], known: Resident, house: House
) -> None:
    partner = house.people["service_client"]
    PostFactory(user=partner, role=Role.STREET_OFFICER, division=house.places["street"])

    row = token_client(partner, *scopes).get(f"{API}/residents/{known.pk}").json()

    assert {field: row[field] for field in PERSONAL_FIELDS} == {"identity_number": "", "phone": "", **shown}


def test_a_partner_system_without_a_post_finds_nobody(known: Resident, house: House) -> None:
    client = token_client(house.people["service_client"], "communities:read", "pii:read")

    assert results(client.get(f"{API}/residents")) == []
    assert client.get(f"{API}/residents/{known.pk}").status_code == 404


def test_personal_fields_are_not_granted_by_default(house: House) -> None:
    assert PERSONAL in Scopes().get_all_scopes()
    assert PERSONAL not in Scopes().get_default_scopes()
    assert "communities:read" in Scopes().get_default_scopes()


def test_the_full_number_is_shown_to_staff_with_a_reason(known: Resident, house: House) -> None:
    staff = session_client(house.people["community_staff"])
    path = f"residents/{known.pk}/reveal_identity"

    assert post(staff, path, reason="核对").json() == {"identity_number": IDENTITY}
    assert post(staff, path).status_code == 400
    assert post(session_client(house.people["resident"]), path, reason="好奇").status_code == 403
    partner = house.people["service_client"]
    PostFactory(user=partner, role=Role.COMMUNITY_STAFF, division=house.places["community"])
    assert post(token_client(partner), path, reason="核对").status_code == 403
    assert AuditEntry.objects.filter(verb="communities.resident.revealed").count() == 1


# ------------------------------------------------------------------------------------------------------------- notices


def test_a_notice_from_draft_to_answer(house: House) -> None:
    staff, resident = session_client(house.people["community_staff"]), session_client(house.people["resident"])
    visitor = session_client(None)
    file = AttachmentFactory(division=house.places["community"])
    made = post(
        staff,
        "notices",
        title="用款公示",
        body="照明改造",
        division=house.places["community"].pk,
        minimum_days=5,
        contact="社区办公室",
        attachments=[file.pk],
    )
    assert made.status_code == 201, made.content
    key = made.json()["id"]
    assert visitor.get(f"{API}/notices/{key}").status_code == 404

    posted = post(staff, f"notices/{key}/put_up")
    assert (posted.status_code, posted.json()["status"]) == (200, "POSTED")
    assert posted.json()["attachments"][0]["url"] == f"/attachments/{file.pk}/"
    blocked = post(resident, "objections", notice=key, text="请致电13812345678")
    assert (blocked.status_code, blocked.json()["code"], blocked.json()["field"]) == (
        400,
        "personal_numbers_found",
        "text",
    )
    raised = post(resident, "objections", notice=key, text="请先公布用款")
    assert (raised.status_code, raised.json()["text"]) == (201, "请先公布用款")
    again = post(resident, "objections", notice=key, text="再次")
    assert (again.status_code, again.json()["code"]) == (409, "objection_repeated")

    public = results(visitor.get(f"{API}/objections?notice={key}"))
    assert [sorted(row) for row in public] == [
        ["id", "notice", "outcome", "raised_at", "replied_at", "reply", "text"],
    ]
    path = f"objections/{raised.json()['id']}/answer"
    assert post(resident, path, outcome="UPHELD", reply="同意").status_code == 403
    answered = post(staff, path, outcome="REJECTED", reply="已核价")
    assert (answered.status_code, answered.json()["outcome"]) == (200, "REJECTED")
    archived = post(staff, f"notices/{key}/archive")
    assert (archived.status_code, archived.json()["code"]) == (409, "move_closed")


def test_the_moves_of_the_clock_have_no_route(house: House) -> None:
    notice = PublicNoticeFactory(division=house.places["community"], posted=dt.date(2026, 3, 4))
    client = session_client(house.people["district_admin"])

    for move in ("close_clear", "close_with_objection", "post"):
        assert post(client, f"notices/{notice.pk}/{move}").status_code in {404, 405}
    assert client.post(f"{API}/notices/{notice.pk}").status_code in {403, 405}
    assert PublicNotice.objects.get().status == "POSTED"


def test_visitors_do_not_write(house: House) -> None:
    notice = PublicNoticeFactory(posted=clock.today())
    visitor = session_client(None)

    for path, body in (
        ("notices", {}),
        ("objections", {"notice": notice.pk, "text": "x"}),
        ("attachments", {}),
        ("bodies", {}),
        ("parameters", {}),
        ("policy-documents", {}),
        ("residents", {}),
        ("posts", {}),
    ):
        assert post(visitor, path, **body).status_code in {401, 403, 415}
    assert Objection.objects.count() == 0


def test_a_file_is_stored_and_described(house: House, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = session_client(house.people["community_staff"])

    def send(name: str, content: bytes) -> Any:
        body = {
            "file": SimpleUploadedFile(name, content),
            "division": house.places["community"].pk,
            "visibility": "PUBLIC",
        }
        return client.post(f"{API}/attachments", body, format="multipart")

    good = send("决议.pdf", b"%PDF-1.7\n%%EOF\n")
    bad = send("决议.pdf", b"<html></html>")
    empty = send("决议.pdf", b"")

    assert (good.status_code, good.json()["name"], good.json()["size"]) == (201, "决议.pdf", 15)
    assert (bad.status_code, bad.json()["code"]) == (400, "file_kind_unknown")
    assert empty.status_code == 400
    assert Attachment.objects.count() == 1


# -------------------------------------------------------------------------------------------------------------- bodies


def test_a_body_and_its_seats(house: House) -> None:
    staff = session_client(house.people["community_staff"])
    made = post(
        staff,
        "bodies",
        kind=BodyKind.COUNCIL,
        name="居民议事会",
        division=house.places["community"].pk,
        term_from="2026-01-01",
    )
    assert made.status_code == 201, made.content
    seat = post(
        staff, "body-memberships", body=made.json()["id"], name="李小华", seat="RESIDENT", valid_from="2026-01-01"
    )
    assert (seat.status_code, seat.json()["name"]) == (201, "李*华")
    ended = post(staff, f"body-memberships/{seat.json()['id']}/end", on="2026-06-01", reason="辞职")
    assert (ended.status_code, ended.json()["valid_to"]) == (200, "2026-06-01")
    elsewhere = session_client(house.people["other_community_staff"])
    assert post(elsewhere, f"body-memberships/{seat.json()['id']}/end", on="2026-05-01", reason="x").status_code == 403
    assert (Body.objects.count(), BodyMembership.objects.count(), PolicyDocument.objects.count()) == (1, 1, 0)
