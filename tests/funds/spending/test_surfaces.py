"""Uses of funds over HTTP: who sees what, pages, API, desk; the account that names each use."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from communities.bodies.models import BodyMembership
from funds.ledger.models import Journal
from funds.spending import operations
from funds.spending.models import FundResolution, Payment, SpendingRequest
from funds.spending.rules import payee_for
from funds.spending.tasks import settle
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.funds_spending import DecisionFactory, SpendingRequestFactory
from tests.funds.spending.conftest import (
    LINES,
    approved,
    checked,
    cleared,
    entered,
    pay,
    payable,
    planned,
    resolved,
)
from tests.people import NAMED_PEOPLE, desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

REQUESTS, PAYMENTS = "/api/v1/spending-requests", "/api/v1/payments"
DESK, DESK_PAYMENTS = "/desk/funds/spendingrequest/", "/desk/funds/payment/"


def page_client(user: User) -> Client:
    """Return the browser of somebody who is signed in."""
    client = Client()
    sign_in(client, user)
    return client


def moment() -> dt.datetime:
    """Return the present moment, for what the surfaces do at the real clock."""
    return clock.now()


def body_of(people: SimpleNamespace, **more: Any) -> dict[str, Any]:
    """Return a request as JSON."""
    return {
        "fund": people.fund.pk,
        "decision": people.decision.pk,
        "title": "12栋楼梯扶手",
        "purpose": "ENVIRONMENT",
        "duty": "NOBODY",
        "plan": "加装扶手",
        "beneficiaries": "12栋32户",
        "amount": "3000.00",
        "lines": [{"description": text, "amount": str(amount)} for text, amount in LINES],
        **more,
    }


def votes_of(people: SimpleNamespace, count: int = 4) -> list[dict[str, Any]]:
    """Return so many votes in favor as JSON."""
    return [{"membership": member.pk, "stand": "FOR"} for member in people.members[:count]]


# --- Who sees what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NAMED_PEOPLE, "second_officer", "watcher", None])
def test_the_lists_agree_with_the_permissions(people: SimpleNamespace, now: dt.datetime, name: str | None) -> None:
    row = approved(people, now)
    planned(people, now, row, "100.00")
    pay(people, now, payable(people, now, row, "100.00"))
    entered(people, now)
    SpendingRequestFactory()
    people.watcher = UserFactory()
    BodyMembership.objects.filter(body=people.fund.committee, seat="SUPERVISOR").update(user=people.watcher)
    user = AnonymousUser() if name is None else User.objects.get(pk=getattr(people, name).pk)

    requests, payments = SpendingRequest.objects.all(), Payment.objects.all()
    assert set(requests.visible_to(user)) == {
        one for one in requests if user.has_perm("funds.view_spending_request", one)
    }
    assert set(payments.visible_to(user)) == {one for one in payments if user.has_perm("funds.view_payment", one)}
    assert row in requests.visible_to(user)


def test_a_person_who_is_paid_is_masked(people: SimpleNamespace, now: dt.datetime) -> None:
    row = approved(people, now, purpose="RELIEF")
    payment = pay(people, now, payable(people, now, row, "100.00", payee="张三丰"))

    assert (payee_for(AnonymousUser(), payment), payee_for(people.stranger, payment)) == ("张*丰", "张*丰")
    assert payee_for(people.auditor, payment) == "张三丰"
    page = session_client(None).get(f"/requests/{row.pk}/").content.decode()
    shown = session_client(None).get(f"{PAYMENTS}/{payment.pk}").json()
    assert "张三丰" not in page
    assert "张*丰" in page
    assert (shown["payee"], shown["bank_reference"]) == ("张*丰", "")


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["/funds/{}/requests/new/", "/desk/funds/spendingrequest/add/"])
def test_a_decision_is_chosen_by_what_it_is_about(people: SimpleNamespace, address: str) -> None:
    page = desk_client(people.community_staff).get(address.format(people.fund.pk)).content.decode()

    assert f"{people.decision.number} {people.decision.topic.title}" in page


def test_a_decision_leads_to_the_fund_of_its_place(people: SimpleNamespace) -> None:
    answer = page_client(people.community_staff).get(f"/decisions/{people.decision.pk}/requests/new/", follow=True)

    assert answer.redirect_chain == [(f"/funds/{people.fund.pk}/requests/new/?decision={people.decision.pk}", 302)]
    assert f'value="{people.decision.pk}" selected' in answer.content.decode()


def test_a_place_without_a_fund_says_so(people: SimpleNamespace, english: None) -> None:
    decision, client = DecisionFactory(division=people.community.parent), page_client(people.street_officer)

    answer = client.get(f"/decisions/{decision.pk}/requests/new/")

    assert answer["Location"] == decision.get_absolute_url()
    assert "no community fund in operation" in client.get("/funds/").content.decode()


def test_the_page_tells_the_way_of_the_money(people: SimpleNamespace, now: dt.datetime, client: Client) -> None:
    row = approved(people, now)
    payment = pay(people, now, payable(people, now, row, "1500.00"))

    page = client.get(f"/requests/{row.pk}/").content.decode()
    account = client.get(f"/funds/{people.fund.pk}/").content.decode()
    assert payment.journal is not None
    voucher = client.get(f"/journals/{payment.journal.pk}/").content.decode()
    hold = client.get(f"/journals/{row.hold_journal_id}/").content.decode()

    for shown in (row.number, "3,000.00", "1,500.00", "不锈钢扶手", people.decision.number, "自流井五金店", "程序合规"):
        assert shown in page
    assert f'href="/journals/{payment.journal.pk}/"' in page
    assert f'href="/requests/{row.pk}/"' in account
    assert f'href="/requests/{row.pk}/#payment-1"' in account
    assert f'href="/requests/{row.pk}/#payment-1"' in voucher
    assert f'href="/requests/{row.pk}/"' in hold
    assert 'name="move"' not in page


def test_a_draft_is_seen_by_its_people_only(people: SimpleNamespace, now: dt.datetime) -> None:
    row = entered(people, now)

    assert session_client(None).get(f"/requests/{row.pk}/").status_code == 404
    assert row.number not in session_client(None).get("/requests/").content.decode()
    listed = session_client(people.community_staff).get("/requests/", {"fund": people.fund.pk, "q": "扶手"})
    assert row.number in listed.content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, now: dt.datetime, client: Client, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        cleared(people, now)

    with django_assert_num_queries(1):
        assert client.get("/requests/").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, now: dt.datetime, client: Client, count: int, django_assert_num_queries: Any
) -> None:
    row = approved(people, now)
    for _number in range(count):
        pay(people, now, payable(people, now, row, "100.00"))

    with django_assert_num_queries(11):
        assert client.get(f"/requests/{row.pk}/").status_code == 200


def test_a_request_is_made_on_the_pages(people: SimpleNamespace) -> None:
    staff, second = page_client(people.community_staff), page_client(people.second_staff)
    body = {
        "decision": people.decision.pk,
        "title": "12栋楼梯扶手",
        "purpose": "ENVIRONMENT",
        "duty": "NOBODY",
        "plan": "加装扶手",
        "beneficiaries": "12栋32户",
        "amount": "3,000",
        "lines": "扶手，2500\n安装 500.00元",
    }
    new = f"/funds/{people.fund.pk}/requests/new/"

    wrong = staff.post(new, {**body, "lines": "扶手，两千五"})
    uneven = staff.post(new, {**body, "lines": "扶手，2500"})
    made = staff.post(new, body)
    row = SpendingRequest.objects.get()
    path = f"/requests/{row.pk}/"
    edited = staff.post(f"{path}edit/", {**body, "title": "扶手"})
    file = {"file": _file(), "supplier": "五金店", "amount": "2900"}
    quoted = staff.post(f"{path}quotes/", file)
    submitted = staff.post(f"{path}move/", {"move": "submit"})
    checked_ = second.post(f"{path}move/", {"move": "check"})
    bypass = second.post(f"{path}move/", {"move": "resolve"})
    votes = {f"stand_{member.pk}": "FOR" for member in people.members}
    votes |= {f"reason_{member.pk}": "" for member in people.members}
    meeting = {"met_on": str(clock.today()), "supervisor_opinion": "同意", **votes}
    recorder = page_client(people.street_officer)
    unsaid = recorder.post(f"{path}resolution/", {**meeting, "supervisor_opinion": ""})
    voted = recorder.post(f"{path}resolution/", meeting)
    posted = staff.post(f"{path}move/", {"move": "put_up"})

    row.refresh_from_db()
    assert "两千五" in wrong.content.decode()
    codes = [answer.status_code for answer in (wrong, uneven, made, edited, quoted, submitted, checked_, bypass)]
    assert codes == [400, 400, 302, 302, 302, 302, 302, 404]
    assert [answer.status_code for answer in (unsaid, voted, posted)] == [400, 302, 302]
    assert (row.title, row.status, row.lines.count(), row.quotes.count()) == ("扶手", "POSTED", 2, 1)


def _file() -> SimpleUploadedFile:
    picture = BytesIO()
    Image.new("RGB", (8, 8), "white").save(picture, "PNG")
    return SimpleUploadedFile("报价.png", picture.getvalue(), "image/png")


@pytest.mark.usefixtures("english")
def test_money_is_held_and_paid_on_the_pages(people: SimpleNamespace) -> None:
    row = cleared(people, moment())
    path = f"/requests/{row.pk}/"
    officer, street = page_client(people.charity_officer), page_client(people.street_officer)

    held = officer.post(f"{path}move/", {"move": "approve"})
    above = street.post(f"{path}payments/new/", {"number": 1, "amount": "3000.01", "payee": "五金店"})
    plan = street.post(f"{path}payments/new/", {"number": 1, "amount": "1000", "payee": "五金店"})
    payment = Payment.objects.get()
    asked = street.post(f"/payments/{payment.pk}/move/", {"move": "request"})
    agreed = page_client(people.street_reviewer).post(f"/payments/{payment.pk}/move/", {"move": "approve"})
    bypass = officer.post(f"/payments/{payment.pk}/move/", {"move": "record_paid"})
    slip = {"paid_on": str(clock.today()), "bank_reference": "CSH1"}
    same = officer.post(f"/payments/{payment.pk}/paid/", slip)
    page = page_client(people.second_officer).get(path).content.decode()
    paid = page_client(people.second_officer).post(f"/payments/{payment.pk}/paid/", slip)
    early = officer.post(f"{path}move/", {"move": "complete"}, follow=True)
    found = page_client(people.supervisor).post(f"{path}acts/accept/", {"findings": "扶手牢固"})
    done = officer.post(f"{path}move/", {"move": "complete"})

    row.refresh_from_db()
    payment.refresh_from_db()
    codes = [answer.status_code for answer in (held, above, plan, asked, agreed, bypass, same, paid, found, done)]
    assert codes == [302, 400, 302, 302, 302, 404, 400, 302, 302, 302]
    assert "has not been accepted" in early.content.decode()
    assert f"/payments/{payment.pk}/paid/" in page
    assert (row.status, payment.status) == ("COMPLETED", "PAID")


@pytest.mark.parametrize("path", ["edit/", "quotes/", "resolution/", "payments/new/"])
def test_strangers_get_no_form(people: SimpleNamespace, now: dt.datetime, path: str) -> None:
    row = cleared(people, now)

    assert Client().get(f"/requests/{row.pk}/{path}").status_code == 302
    assert page_client(people.stranger).get(f"/requests/{row.pk}/{path}").status_code == 403
    assert page_client(people.stranger).post(f"/requests/{row.pk}/move/", {"move": "approve"}).status_code == 302
    row.refresh_from_db()
    assert row.status == "CLEARED"


def test_a_member_of_the_committee_records_its_resolution(people: SimpleNamespace) -> None:
    row = checked(people, moment())
    page = page_client(people.resident).get(f"/requests/{row.pk}/resolution/")

    assert page.status_code == 200
    assert all(member.name in page.content.decode() for member in people.members)


# --- API -------------------------------------------------------------------------------------------------------------


def test_the_api_takes_a_request_all_the_way(people: SimpleNamespace) -> None:
    staff, second = session_client(people.community_staff), session_client(people.second_staff)
    street, officer = session_client(people.street_officer), session_client(people.charity_officer)
    made = staff.post(REQUESTS, body_of(people), format="json")
    path = f"{REQUESTS}/{made.json()['id']}"
    wrong = staff.put(path, body_of(people, amount="2999.00"), format="json")
    edited = staff.put(path, body_of(people, title="扶手"), format="json")
    submitted = staff.post(f"{path}/submit")
    second.post(f"{path}/check")
    meeting = {"met_on": str(clock.today()), "stands": votes_of(people, 2), "supervisor_opinion": "同意"}
    few = street.post(f"{path}/resolve", meeting, format="json")
    bare = street.post(f"{path}/resolve", {}, format="json")
    agreed = street.post(f"{path}/reject", {**meeting, "stands": votes_of(people)}, format="json")
    early = officer.post(f"{path}/approve")
    posted = staff.post(f"{path}/list_monthly")
    detail = session_client(None).get(path).json()

    assert (made.status_code, wrong.json()["code"], edited.json()["title"]) == (201, "lines_do_not_add_up", "扶手")
    assert submitted.json()["status"] == "SUBMITTED"
    assert (few.json()["status"], bare.status_code, agreed.json()["status"]) == ("CHECKED", 400, "RESOLVED")
    assert (early.status_code, early.json()["code"], posted.json()["status"]) == (409, "move_closed", "POSTED")
    assert [line["amount"] for line in detail["lines"]] == ["2500.00", "500.00"]
    assert [one["is_passed"] for one in detail["resolutions"]] == [False, True]
    assert FundResolution.objects.count() == 2


def test_the_api_holds_and_pays(people: SimpleNamespace) -> None:
    row = cleared(people, moment())
    officer, street = session_client(people.charity_officer), session_client(people.street_officer)
    held = officer.post(f"{REQUESTS}/{row.pk}/approve").json()
    plan = {"request": row.pk, "number": 1, "amount": "1000.00", "payee": "五金店"}
    made = street.post(PAYMENTS, plan, format="json")
    again = street.post(PAYMENTS, plan, format="json")
    above = street.post(PAYMENTS, {**plan, "number": 2, "amount": "2000.01"}, format="json")
    path = f"{PAYMENTS}/{made.json()['id']}"
    asked = street.post(f"{path}/request")
    forbidden = session_client(people.stranger).post(f"{path}/request")
    agreed = session_client(people.street_reviewer).post(f"{path}/approve")
    slip = {"paid_on": str(clock.today()), "bank_reference": "CSH1"}
    same = officer.post(f"{path}/record_paid", slip, format="json")
    paid = session_client(people.second_officer).post(f"{path}/record_paid", slip, format="json")
    late = street.post(f"{path}/cancel", {"reason": "错"}, format="json")
    found = {"findings": "扶手牢固"}
    session_client(people.second_staff).post(f"{REQUESTS}/{row.pk}/accept", found, format="json")
    done = officer.post(f"{REQUESTS}/{row.pk}/complete").json()
    public = session_client(None).get(f"{PAYMENTS}?fund={people.fund.pk}").json()["results"]

    assert (held["status"], held["hold_journal"] is not None) == ("APPROVED", True)
    assert (made.status_code, again.json()["code"], above.json()["code"]) == (
        201,
        "instalment_taken",
        "payment_above_hold",
    )
    assert (asked.json()["status"], forbidden.status_code, agreed.json()["status"]) == ("REQUESTED", 403, "APPROVED")
    assert (same.status_code, same.json()["code"]) == (403, "same_person")
    assert (paid.json()["status"], late.status_code, done["status"]) == ("PAID", 409, "COMPLETED")
    assert [one["amount"] for one in public] == ["1000.00"]
    assert Journal.objects.filter(kind="PAYMENT").count() == 1


@pytest.mark.parametrize("count", [1, 3])
def test_the_api_lists_take_a_fixed_number_of_queries(
    people: SimpleNamespace, now: dt.datetime, count: int, django_assert_num_queries: Any
) -> None:
    row = approved(people, now)
    for _number in range(count):
        pay(people, now, payable(people, now, row, "100.00"))
        cleared(people, now)

    with django_assert_num_queries(1):
        assert len(session_client(None).get(REQUESTS).json()["results"]) == count + 1
    with django_assert_num_queries(1):
        assert len(session_client(None).get(PAYMENTS).json()["results"]) == count


# --- Desk ------------------------------------------------------------------------------------------------------------


def test_the_desk_takes_a_request_all_the_way(people: SimpleNamespace) -> None:
    staff, street = desk_client(people.community_staff), desk_client(people.street_officer)
    body = {**body_of(people), "lines": "扶手,2500\n安装,500", "organization": ""}
    wrong = staff.post(f"{DESK}add/", {**body, "amount": "三千"})
    made = staff.post(f"{DESK}add/", body)
    row = SpendingRequest.objects.get()
    at = f"{DESK}{row.pk}/"
    shown = staff.get(f"{at}change/")
    wanted = {name: body[name] for name in ("title", "purpose", "duty", "plan", "beneficiaries", "amount", "lines")}
    edited = staff.post(f"{at}deeds/edit/", {**wanted, "title": "扶手"})
    quoted = staff.post(f"{at}deeds/quote/", {"file": _file(), "supplier": "五金店", "amount": "2900", "sent": "1"})
    submitted = staff.post(f"{at}moves/submit/")
    checked_ = desk_client(people.second_staff).post(f"{at}moves/check/")
    asked = street.get(f"{at}moves/resolve/")
    votes = {f"stand_{member.pk}": "FOR" for member in people.members}
    empty = street.post(f"{at}moves/resolve/", {"met_on": str(clock.today()), **votes})
    resolved_ = street.post(
        f"{at}moves/resolve/", {"met_on": str(clock.today()), "supervisor_opinion": "同意", **votes}
    )
    posted = staff.post(f"{at}moves/put_up/")

    row.refresh_from_db()
    codes = [answer.status_code for answer in (wrong, made, shown, edited, quoted, submitted, checked_, asked, empty)]
    assert codes == [200, 302, 200, 302, 302, 302, 302, 200, 200]
    assert (resolved_.status_code, posted.status_code, row.status, row.title) == (302, 302, "POSTED", "扶手")
    assert row.quotes.count() == 1


def test_the_desk_holds_and_pays(people: SimpleNamespace) -> None:
    row = cleared(people, moment())
    officer, street = desk_client(people.charity_officer), desk_client(people.street_officer)
    held = officer.post(f"{DESK}{row.pk}/moves/approve/")
    plan = street.post(f"{DESK}{row.pk}/deeds/payment/", {"number": 1, "amount": "1000", "payee": "五金店"})
    payment = Payment.objects.get()
    at = f"{DESK_PAYMENTS}{payment.pk}/"
    asked = street.post(f"{at}moves/request/")
    agreed = desk_client(people.street_reviewer).post(f"{at}moves/approve/")
    slip = {"paid_on": str(clock.today()), "bank_reference": "CSH1"}
    same = officer.post(f"{at}moves/record_paid/", slip)
    other = desk_client(people.second_officer)
    shown = other.get(f"{at}change/")
    paid = other.post(f"{at}moves/record_paid/", slip)
    listed = other.get(DESK_PAYMENTS)
    found = desk_client(people.second_staff).post(f"{DESK}{row.pk}/deeds/accept/", {"findings": "扶手牢固"})
    done = officer.post(f"{DESK}{row.pk}/moves/complete/")

    row.refresh_from_db()
    codes = [answer.status_code for answer in (held, plan, asked, agreed, same, shown, paid, listed, found, done)]
    assert codes == [302, 302, 302, 302, 200, 200, 302, 200, 302, 302]
    assert row.status == "COMPLETED"


def test_the_desk_hides_the_spare_buttons(people: SimpleNamespace) -> None:
    row = resolved(people, moment())
    page = desk_client(people.community_staff).get(f"{DESK}{row.pk}/change/").content.decode()

    assert f"{row.pk}/moves/put_up/" in page
    assert f"{row.pk}/moves/list_monthly/" not in page


# --- The clock -------------------------------------------------------------------------------------------------------


def test_the_clock_settles(people: SimpleNamespace, now: dt.datetime) -> None:
    assert settle() == 0
    before = now - dt.timedelta(days=20)
    row = operations.post_request(
        by=people.community_staff, now=before, today=timezone.localdate(before), request=resolved(people, before)
    )
    assert row.status == "POSTED"
    assert settle() == 0
