"""The pages of rules, people, notices and bodies, as residents and staff see them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.bodies.models import BodyKind
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import Objection, PublicNotice
from communities.people.models import Resident
from communities.policy import operations as policy
from communities.policy.models import PolicyParameter
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.communities import (
    AttachmentFactory,
    BodyFactory,
    BodyMembershipFactory,
    ObjectionFactory,
    PolicyParameterFactory,
    PublicNoticeFactory,
)
from tests.people import House, sign_in

pytestmark = pytest.mark.usefixtures("english")


IDENTITY = "510302198001010012"


def page(client: Client, name: str, *args: Any, query: str = "") -> str:
    """Open a page of the floor and return it."""
    answer = client.get(reverse(f"communities:{name}", args=args) + query, headers={"accept-language": "en"})
    assert answer.status_code == 200, answer.status_code
    return answer.content.decode()


@pytest.fixture
def running(house: House) -> PublicNotice:
    """A notice of the community that was put up today."""
    return PublicNoticeFactory(
        title="楼道照明公示", division=house.places["community"], posted=clock.today(), minimum_days=5
    )


def test_the_board_of_a_place(running: PublicNotice, house: House, client: Client) -> None:
    over = PublicNoticeFactory(title="旧公示", division=house.places["neighbor"], posted=dt.date(2026, 1, 5))
    draft = PublicNoticeFactory(title="草稿", division=house.places["community"])
    street = house.places["street"]

    both = page(client, "notice-list", query=f"?division={street.pk}")
    assert [row.title in both for row in (running, over, draft)] == [True, True, False]
    assert "6 days left" in both
    assert street.name in both
    today = page(client, "notice-list", query=f"?running_on={clock.today()}")
    assert (running.title in today, over.title in today) == (True, False)
    assert "There is no notice here." in page(client, "notice-list", query=f"?division={10**9}")


@pytest.mark.parametrize("count", [1, 3, 21])
def test_the_board_costs_the_same_however_long_it_is(count: int, house: House, client: Client) -> None:
    for _number in range(count):
        PublicNoticeFactory(division=house.places["community"], posted=dt.date(2026, 1, 5))

    with CaptureQueriesContext(connection) as queries:
        shown = page(client, "notice-list", query=f"?division={house.places['street'].pk}")

    assert len(queries) == 3
    assert ("before=" in shown) is (count > 20)


@pytest.mark.parametrize("count", [1, 3])
def test_a_notice_costs_the_same_with_one_objection_and_three(
    count: int, running: PublicNotice, client: Client
) -> None:
    for _number in range(count):
        running.attachments.add(AttachmentFactory())
        ObjectionFactory(notice=running, raised_at=clock.now())

    with CaptureQueriesContext(connection) as queries:
        page(client, "notice-detail", running.pk)

    assert len(queries) == 3


def test_a_notice_tells_its_days_and_its_objections_without_their_authors(
    running: PublicNotice, resident: User, client: Client
) -> None:
    ObjectionFactory(notice=running, objector=resident, text="请致电13812345678", raised_at=clock.now())

    shown = page(client, "notice-detail", running.pk)

    assert "6 days left, until the end of" in shown
    assert '<progress id="days-' in shown
    assert "请致电***********" in shown
    assert "王小明" not in shown
    assert "Sign in to object" in shown


def test_a_draft_is_hidden_from_the_public(house: House, client: Client) -> None:
    draft = PublicNoticeFactory(division=house.places["community"])

    assert client.get(draft.get_absolute_url()).status_code == 404
    sign_in(client, house.people["community_staff"])
    assert client.get(draft.get_absolute_url()).status_code == 200


def test_a_resident_objects_once(running: PublicNotice, resident: User, client: Client) -> None:
    sign_in(client, resident)
    path = reverse("communities:objection-raise", args=[running.pk])

    empty = client.post(path, {"text": ""})
    assert (empty.status_code, Objection.objects.count()) == (400, 0)
    assert client.post(path, {"text": "金额过高"}).status_code == 302
    again = client.post(path, {"text": "再次"})

    assert again.status_code == 400
    assert "errorlist" in again.content.decode()
    assert Objection.objects.get().text == "金额过高"
    assert "You have raised an objection" in page(client, "notice-detail", running.pk)


def test_visitors_are_asked_to_sign_in(running: PublicNotice, client: Client) -> None:
    objection = ObjectionFactory(notice=running, raised_at=clock.now())

    for name, key in (("objection-raise", running.pk), ("objection-answer", objection.pk), ("notice-move", running.pk)):
        answer = client.post(reverse(f"communities:{name}", args=[key]), {"text": "x", "move": "put_up"})
        assert answer.status_code == 302
        assert answer["Location"].startswith(reverse("account_login"))
    for name, args in (("residence", []), ("resident-register", [running.division_id])):
        assert client.get(reverse(f"communities:{name}", args=args)).status_code == 302


def test_staff_post_and_answer_on_the_page(house: House, resident: User, client: Client) -> None:
    notice = PublicNoticeFactory(division=house.places["community"])
    sign_in(client, house.people["community_staff"])
    moves = reverse("communities:notice-move", args=[notice.pk])

    assert client.post(moves, {"move": "put_up"}).status_code == 302
    assert client.post(moves, {"move": "close_clear"}).status_code == 404
    assert client.post(moves, {"move": "archive"}).status_code == 302
    objection = ObjectionFactory(notice=notice, objector=resident, raised_at=clock.now())
    answer = reverse("communities:objection-answer", args=[objection.pk])
    incomplete = client.post(answer, {"outcome": "UPHELD", "reply": ""})
    assert incomplete.status_code == 400
    personal = client.post(answer, {"outcome": "UPHELD", "reply": "致电13812345678"})
    assert (personal.status_code, Objection.objects.get().outcome) == (400, "")
    assert client.post(answer, {"outcome": "UPHELD", "reply": "同意，将更正"}).status_code == 302

    notice.refresh_from_db()
    assert (notice.status, notice.objections.get().outcome) == (NoticeStatus.POSTED, "UPHELD")
    assert "同意，将更正" in page(Client(), "notice-detail", notice.pk)


def test_residents_do_not_move_notices(running: PublicNotice, resident: User, client: Client) -> None:
    objection = ObjectionFactory(notice=running, raised_at=clock.now())
    sign_in(client, resident)

    client.post(reverse("communities:notice-move", args=[running.pk]), {"move": "archive"})
    refused = client.post(
        reverse("communities:objection-answer", args=[objection.pk]), {"outcome": "UPHELD", "reply": "同意"}
    )

    running.refresh_from_db()
    assert (running.status, refused.status_code) == (NoticeStatus.POSTED, 403)
    assert Objection.objects.get().outcome == ""


@pytest.mark.parametrize("count", [1, 3])
def test_which_rules_hold_here(count: int, house: House, system: User, client: Client) -> None:
    policy.seed_decision_rules(by=system, now=clock.now())
    keys = ["committee.term_years", "privacy.small_cell", "topic.notice_days"]
    for key in keys[:count]:
        row = PolicyParameterFactory(key=key, value=4, division=house.places["district"])
        PolicyParameter.objects.filter(pk=row.pk).update(approved_by=house.people["district_admin"])
        PolicyParameter.objects.filter(pk=row.pk).update(status="ACTIVE")

    with CaptureQueriesContext(connection) as queries:
        shown = page(client, "rules-of-place", house.places["community"].pk)

    assert len(queries) == 4
    assert "4 years" in shown
    assert "自流井区" in shown
    assert "5–9 persons" in shown
    assert "provisional, not binding" in shown
    assert "at least 2/3" in shown


def test_a_document_shows_the_values_that_rest_on_it(house: House, client: Client) -> None:
    draft = PolicyParameterFactory(division=house.places["district"])

    assert "No value rests on this document." in page(client, "document-detail", draft.basis_id)
    sign_in(client, house.people["district_admin"])
    assert "5 years" in page(client, "document-detail", draft.basis_id)


def test_the_bodies_of_a_place(house: House, client: Client) -> None:
    committee = BodyFactory(division=house.places["community"])
    council = BodyFactory(division=house.places["community"], kind=BodyKind.COUNCIL)
    for body in (committee, council):
        BodyMembershipFactory(body=body, name="李小华")

    listed = page(client, "body-list", house.places["community"].pk)
    assert (listed.count("李小华"), listed.count("李*华")) == (1, 1)
    assert "What the composition lacks" not in page(client, "body-detail", committee.pk)
    sign_in(client, house.people["community_staff"])
    assert "It has no chair." in page(client, "body-detail", committee.pk)


def test_somebody_registers_and_moves_away(house: House, client: Client) -> None:
    sign_in(client, house.people["stranger"])
    path = reverse("communities:resident-register", args=[house.places["community"].pk])

    assert "You are not registered" in page(client, "residence")
    wrong = client.post(path, {"name": "周远", "identity_number": "510302198001010013"})
    assert (wrong.status_code, Resident.objects.filter(name="周远").count()) == (200, 0)
    assert client.post(path, {"name": "周远", "identity_number": IDENTITY}).status_code == 302
    shown = page(client, "residence")
    assert "510302********0012" in shown
    assert IDENTITY not in shown
    assert "waiting for the community office" in shown
    assert client.post(reverse("communities:residence"), {"on": "1999-01-01"}).status_code == 200
    assert client.post(reverse("communities:residence"), {"on": str(clock.today())}).status_code == 302
    assert "You are not registered" in page(client, "residence")


def test_nobody_registers_in_a_street(house: House, client: Client) -> None:
    sign_in(client, house.people["stranger"])

    assert client.get(reverse("communities:resident-register", args=[house.places["street"].pk])).status_code == 404
