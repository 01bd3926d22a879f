"""The desk of rules, people, notices and bodies: who opens it, what its buttons do, how refusals look."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from communities.bodies.models import Body, BodyMembership
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import Attachment, PublicNotice
from communities.people.models import Post, Resident, Role
from communities.policy import operations as policy
from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument, PolicyParameter
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.communities import (
    BodyFactory,
    BodyMembershipFactory,
    ObjectionFactory,
    PolicyDocumentFactory,
    PolicyParameterFactory,
    PublicNoticeFactory,
    ResidentFactory,
)
from tests.people import House, desk_client

IDENTITY = "510302198001010012"
MODELS = (
    "policydocument",
    "policyparameter",
    "decisionrule",
    "post",
    "resident",
    "publicnotice",
    "objection",
    "attachment",
    "body",
    "bodymembership",
)


def address(name: str, *args: Any) -> str:
    """Return an address of the desk."""
    return reverse(f"admin:communities_{name}", args=args)


def text_of(client: Client, path: str, **data: Any) -> str:
    """Send a form (or open a page) and return the page at the end."""
    answer = client.post(path, data, follow=True) if data else client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.content.decode()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize(
    ("person", "status"),
    [("district_admin", 200), ("street_reviewer", 200), ("community_staff", 200), ("charity_officer", 403)],
)
def test_who_opens_the_lists(name: str, person: str, status: int, house: House) -> None:
    expected = 200 if name in {"post", "resident"} else status

    assert desk_client(house.people[person]).get(address(f"{name}_changelist")).status_code == expected


@pytest.mark.parametrize(
    ("person", "addable"),
    [
        ("district_admin", {"policydocument", "policyparameter", "post", "publicnotice", "body"}),
        ("district_officer", {"policydocument", "policyparameter"}),
        ("street_reviewer", {"policydocument", "policyparameter", "post", "publicnotice", "body"}),
        ("street_officer", {"policydocument", "publicnotice", "body"}),
        ("community_staff", {"resident", "publicnotice", "body"}),
        ("auditor", set()),
    ],
)
def test_who_adds_what(person: str, addable: set[str], house: House) -> None:
    client = desk_client(house.people[person])

    opened = {name for name in MODELS if client.get(address(f"{name}_add")).status_code == 200}

    assert opened == addable


def test_a_value_is_entered_approved_and_ended(house: House) -> None:
    officer, admin = desk_client(house.people["district_officer"]), desk_client(house.people["district_admin"])
    district = house.places["district"]
    document = PolicyDocumentFactory(division=district, level=DocumentLevel.DISTRICT)
    draft = {
        "key": "committee.term_years",
        "division": district.pk,
        "value": "4",
        "valid_from": "2026-01-01",
        "basis": document.pk,
    }

    wrong = text_of(officer, address("policyparameter_add"), **{**draft, "value": '"many"'})
    assert "many" in wrong
    assert PolicyParameter.objects.count() == 0
    text_of(officer, address("policyparameter_add"), **draft)
    row = PolicyParameter.objects.get()
    assert (row.value, row.unit, row.entered_by) == (4, "years", house.people["district_officer"])

    text_of(admin, address("policyparameter_move", row.pk, "approve"), ends_running="on")
    row.refresh_from_db()
    assert row.status == ParameterStatus.ACTIVE
    page = text_of(admin, address("policyparameter_deed", row.pk, "end"), on="2020-01-01", reason="废止")
    assert "2020-01-01" in page
    text_of(admin, address("policyparameter_deed", row.pk, "end"), on="2100-01-01", reason="废止")

    row.refresh_from_db()
    assert row.valid_to == dt.date(2100, 1, 1)
    assert "2100" in text_of(admin, address("policyparameter_change", row.pk))


def test_a_draft_is_withdrawn_with_a_reason(house: House) -> None:
    row = PolicyParameterFactory(division=house.places["district"])
    admin = desk_client(house.people["district_admin"])

    text_of(admin, address("policyparameter_move", row.pk, "retire"), reason="录入有误")

    row.refresh_from_db()
    assert row.status == ParameterStatus.RETIRED


def test_a_document_is_entered(house: House) -> None:
    text_of(
        desk_client(house.people["street_officer"]),
        address("policydocument_add"),
        title="议事规则",
        issuer="街道办",
        level="STREET",
        division=house.places["street"].pk,
        effective_on="2026-01-01",
    )

    assert PolicyDocument.objects.get().division == house.places["street"]


def test_a_rule_is_confirmed_with_corrected_figures(house: House, system: User) -> None:
    policy.seed_decision_rules(by=system, now=clock.now())
    rule = DecisionRule.objects.get(key="urban_2026")
    client = desk_client(house.people["district_admin"])
    path = address("decisionrule_deed", rule.pk, "confirm")

    incomplete = text_of(client, path, basis="第四章", is_corrected="on", pass_base="PRESENT")
    assert 'name="basis"' in incomplete
    figures = {
        "quorum_numerator": 2,
        "quorum_denominator": 3,
        "pass_base": "ALL",
        "pass_numerator": 1,
        "pass_denominator": 2,
        "pass_is_strict": "on",
    }
    text_of(client, path, basis="第四章", is_corrected="on", **figures)

    rule.refresh_from_db()
    assert (rule.quorum_numerator, rule.pass_base, rule.confirmed_by) == (2, "ALL", house.people["district_admin"])
    assert desk_client(house.people["district_officer"]).get(path).status_code == 403


def test_a_post_is_filled_and_ended(house: House) -> None:
    client, newcomer = desk_client(house.people["street_reviewer"]), UserFactory()
    given = {
        "role": Role.STEWARD,
        "division": house.places["community"].pk,
        "valid_from": str(clock.today() - dt.timedelta(days=1)),
    }

    nobody = text_of(client, address("post_add"), log_in_name="nobody", **given)
    assert "log_in_name" in nobody
    text_of(client, address("post_add"), log_in_name=newcomer.username, **given)
    post = Post.objects.get(user=newcomer)
    text_of(client, address("post_deed", post.pk, "end"), on=str(clock.today()), reason="辞职")

    post.refresh_from_db()
    assert post.valid_to == clock.today()


def test_the_register_shows_masks_and_reveals_with_a_reason(house: House) -> None:
    staff = desk_client(house.people["community_staff"])
    text_of(
        staff,
        address("resident_add"),
        division=house.places["community"].pk,
        name="李奶奶",
        identity_number=IDENTITY,
        address="3栋",
    )
    row = Resident.objects.get(name="李奶奶")

    page = text_of(staff, address("resident_change", row.pk))
    assert "510302********0012" in page
    assert IDENTITY not in page
    revealed = text_of(staff, address("resident_deed", row.pk, "reveal_identity"), reason="核对选民名册")
    assert IDENTITY in revealed
    assert IDENTITY not in text_of(staff, address("resident_change", row.pk))
    assert AuditEntry.objects.get(verb="communities.resident.revealed").reason == "核对选民名册"


def test_a_resident_is_confirmed_by_a_colleague_and_moves_away(house: House) -> None:
    row = ResidentFactory(division=house.places["community"])
    client = desk_client(house.people["community_staff"])

    client.post(address("resident_deed", row.pk, "confirm"))
    row.refresh_from_db()
    assert row.confirmed_by == house.people["community_staff"]
    text_of(client, address("resident_deed", row.pk, "move_away"), on=str(clock.today()))

    row.refresh_from_db()
    assert row.left_on == clock.today()


def test_a_refused_deed_without_a_form_says_why(house: House) -> None:
    row = ResidentFactory(division=house.places["community"], registered_by=house.people["community_staff"])
    client = desk_client(house.people["community_staff"])

    answer = client.post(address("resident_deed", row.pk, "confirm"), follow=True)

    row.refresh_from_db()
    assert answer.status_code == 200
    assert row.confirmed_at is None


def test_a_notice_is_drafted_with_files_and_posted(house: House, settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    client = desk_client(house.people["community_staff"])
    given = {
        "title": "用款公示",
        "body": "照明改造",
        "division": house.places["community"].pk,
        "minimum_days": 5,
        "day_kind": "CALENDAR",
        "contact": "社区办公室",
    }

    text_of(client, address("publicnotice_add"), uploads=[SimpleUploadedFile("决议.pdf", b"<html>")], **given)
    assert (PublicNotice.objects.count(), Attachment.objects.count()) == (0, 0)
    files = [SimpleUploadedFile(name, b"%PDF-1.7\n%%EOF\n") for name in ("决议.pdf", "预算.pdf")]
    text_of(client, address("publicnotice_add"), uploads=files, **given)
    notice = PublicNotice.objects.get()
    client.post(address("publicnotice_move", notice.pk, "put_up"))

    notice.refresh_from_db()
    assert (notice.status, notice.attachments.count()) == (NoticeStatus.POSTED, 2)
    assert "决议.pdf" in text_of(client, address("publicnotice_change", notice.pk))


def test_an_objection_is_answered_and_its_author_not_shown(house: House) -> None:
    notice = PublicNoticeFactory(division=house.places["community"], posted=dt.date(2026, 1, 5))
    objection = ObjectionFactory(notice=notice, objector=house.people["resident"])
    client = desk_client(house.people["community_staff"])

    assert "王小明" not in text_of(client, address("objection_change", objection.pk))
    text_of(client, address("objection_deed", objection.pk, "answer"), outcome="REJECTED", reply="已核价")

    objection.refresh_from_db()
    assert (objection.outcome, objection.replied_by) == ("REJECTED", house.people["community_staff"])


def test_a_body_is_set_up_filled_and_a_seat_ended(house: House) -> None:
    client = desk_client(house.people["community_staff"])
    text_of(
        client,
        address("body_add"),
        kind="RESIDENTS_COMMITTEE",
        name="居民委员会",
        division=house.places["community"].pk,
        term_number=1,
        term_from="2026-01-01",
    )
    body = Body.objects.get()

    assert "5" in text_of(client, address("body_change", body.pk))
    seat = {
        "name": "李小华",
        "seat": "RESIDENT",
        "is_chair": "on",
        "valid_from": "2026-01-01",
        "log_in_name": "resident",
    }
    text_of(client, address("body_deed", body.pk, "add_member"), **seat)
    member = BodyMembership.objects.get()
    assert (member.user, member.is_chair) == (house.people["resident"], True)
    again = text_of(client, address("body_deed", body.pk, "add_member"), **seat)
    assert 'name="seat"' in again
    text_of(client, address("bodymembership_deed", member.pk, "end"), on="2026-06-01", reason="辞职")

    member.refresh_from_db()
    assert member.valid_to == dt.date(2026, 6, 1)


def test_deeds_outside_ones_place_are_refused(house: House) -> None:
    member = BodyMembershipFactory(body=BodyFactory(division=house.places["far_community"]))
    client = desk_client(house.people["community_staff"])

    assert client.get(address("bodymembership_deed", member.pk, "end")).status_code == 403
    assert client.get(address("bodymembership_deed", member.pk, "dissolve")).status_code == 404
    assert client.get(address("body_deed", 10**9, "add_member")).status_code == 404


def test_the_desk_shows_what_holds_in_a_place(house: House) -> None:
    client = desk_client(house.people["street_reviewer"])
    street = house.places["street"]

    assert address("policyparameter_in_force", street.pk) in text_of(client, address("policyparameter_changelist"))
    assert "5–9 人" in text_of(client, address("policyparameter_in_force", street.pk))
    outsider = desk_client(house.people["charity_officer"])
    assert outsider.get(address("policyparameter_in_force", street.pk)).status_code == 403
