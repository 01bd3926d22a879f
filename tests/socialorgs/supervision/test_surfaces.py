"""Pages, desk and API of supervision: who sees what, what is refused keeps what was typed, fixed numbers of queries."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from governance.accounts.models import User
from socialorgs.supervision import operations
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.models import RectificationOrder, YearReport
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationFactory,
    manager_of,
)
from tests.people import desk_client, sign_in, token_client
from tests.socialorgs.supervision.test_grading import granted
from tests.socialorgs.supervision.test_reports import SAID, forwarded, opened, ordered

pytestmark = pytest.mark.django_db
FORM = {
    "members_count": "12",
    "staff_count": "3",
    "income": "120000.00",
    "expenses": "98000.50",
    "meetings": "4",
    "activities": "送餐。",
    "changes": "",
}


def browser(user: User) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def test_a_manager_reports_on_the_page_and_a_refused_form_is_kept(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    row = opened(people, now, body)
    client = browser(people.manager)
    assert row.get_absolute_url() in client.get("/my/supervision/").content.decode()
    url = f"{row.get_absolute_url()}acts/submit/"

    refused = client.post(url, {**FORM, "income": "很多"})
    assert refused.status_code == 400
    assert "送餐。" in refused.content.decode()
    row.refresh_from_db()
    assert row.status == "DUE"

    assert client.post(url, FORM).status_code == 302
    row.refresh_from_db()
    assert (row.status, row.submitted_by) == ("SUBMITTED", people.manager)


@pytest.mark.parametrize(("who", "status"), [("other_manager", 404), ("resident", 404), ("street_officer", 200)])
def test_a_report_is_no_page_for_others(
    people: SimpleNamespace, now: dt.datetime, body: Any, who: str, status: int
) -> None:
    row = opened(people, now, body)

    assert browser(getattr(people, who)).get(row.get_absolute_url()).status_code == status
    assert Client().get(row.get_absolute_url()).status_code == 302
    assert Client().post(f"{row.get_absolute_url()}acts/submit/", FORM).status_code == 302
    row.refresh_from_db()
    assert row.status == "DUE"


def test_an_order_is_shown_and_answered(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = ordered(people, now, body)
    client = browser(people.manager)

    assert row.number in client.get(row.get_absolute_url()).content.decode()
    assert client.post(f"{row.get_absolute_url()}acts/report/", {"report": " "}).status_code == 400
    assert client.post(f"{row.get_absolute_url()}acts/report/", {"report": "已改。"}).status_code == 302
    row.refresh_from_db()
    assert row.status == "REPORTED"
    assert browser(people.other_manager).get(f"{row.get_absolute_url()}paper/").status_code == 404


def test_grades_are_public_and_their_findings_are_not(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    AnnualInspectionFactory(organization=body, year=2025, concluded_on=dt.date(2026, 2, 1))
    row = granted(people, now, body)

    page = Client().get(row.get_absolute_url()).content.decode()
    assert "4A" in page
    assert "内部治理较好" not in page
    assert "内部治理较好" in browser(people.manager).get(row.get_absolute_url()).content.decode()
    assert "4A" in Client().get("/organizations/").content.decode()
    assert "4A" in Client().get(body.get_absolute_url()).content.decode()
    assert body.name in Client().get("/organizations/?grade=4").content.decode()
    assert people.other_body.name not in Client().get("/organizations/?grade=4").content.decode()
    assert body.name not in Client().get("/organizations/?grade=5").content.decode()


def test_a_manager_asks_for_a_grade_and_for_a_repair(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    client = browser(people.manager)
    listing = CreditListingFactory(organization=body, credit_list="ABNORMAL")
    asked = client.post(f"/organizations/{body.pk}/grade/", {"statement": "制度健全。"})
    assert asked.status_code == 400
    assert "制度健全。" in asked.content.decode()
    assert Assessment.objects.count() == 0

    assert client.post(f"/credit-listings/{listing.pk}/repair/", {"mended": "已变更住所。"}).status_code == 302
    assert browser(people.other_manager).get(f"/credit-listings/{listing.pk}/repair/").status_code == 403
    assert listing.repairs.get().applied_by == people.manager


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize(
    ("path", "queries"), [("/grades/", 1), ("/illegal-organizations/", 1), ("/api/v1/assessments", 1)]
)
def test_public_lists_take_a_fixed_number_of_queries(
    people: SimpleNamespace, now: dt.datetime, count: int, path: str, queries: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        body = OrganizationFactory(division=people.community, active=True)
        AnnualInspectionFactory(organization=body, year=2025, concluded_on=dt.date(2026, 2, 1))
        people.manager = manager_of(body)
        granted(people, now, body)

    with django_assert_num_queries(queries):
        assert Client().get(path).status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_my_page_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, now: dt.datetime, body: Any, count: int, django_assert_max_num_queries: Any
) -> None:
    opened(people, now, body)
    for _number in range(count):
        ordered(people, now, body)
    client = browser(people.manager)

    with django_assert_max_num_queries(10):
        assert client.get("/my/supervision/").status_code == 200


def test_the_api_leads_a_report_through_its_hands(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = opened(people, now, body)
    url = f"/api/v1/year-reports/{row.pk}"
    said = {**FORM, "members_count": 12, "staff_count": 3, "meetings": 4}
    manager, officer = token_client(people.manager), token_client(people.street_officer)
    reviewer = token_client(people.street_reviewer)
    assert token_client(people.other_manager).post(f"{url}/submit", said).status_code == 404
    assert manager.post(f"{url}/submit", {**said, "income": "viel"}).status_code == 400
    assert manager.post(f"{url}/submit", said).data["status"] == "SUBMITTED"
    assert manager.post(f"{url}/forward", {"opinion": "好"}).status_code == 403
    assert officer.post(f"{url}/forward", {"opinion": "好"}).data["status"] == "FORWARDED"

    done = reviewer.post(f"{url}/conclude", {"conclusion": "PASSED"})

    assert (done.data["status"], done.data["conclusion"]) == ("CONCLUDED", "PASSED")
    assert reviewer.post(f"{url}/conclude", {"conclusion": "PASSED"}).status_code == 409
    assert Client().get(url).status_code in {401, 403}


def test_the_api_repeats_an_order_once(people: SimpleNamespace, body: Any) -> None:
    client = token_client(people.street_officer)
    said = {"organization": body.pk, "findings": "未公开收支。", "demands": "公开。", "days": 10}

    first = client.post("/api/v1/rectification-orders", said, headers={"Idempotency-Key": "zg-1"})
    again = client.post("/api/v1/rectification-orders", said, headers={"Idempotency-Key": "zg-1"})

    assert (first.status_code, again.status_code, first.data["id"]) == (201, 201, again.json()["id"])
    assert RectificationOrder.objects.count() == 1


def test_the_api_takes_a_ban_and_shows_only_what_was_imposed(people: SimpleNamespace, body: Any) -> None:
    said = {
        "organization": body.pk,
        "ground": "GRANT_BREACH",
        "reason": "挪用经费。",
        "decision_number": "1号",
        "starts_on": "2026-01-01",
        "ends_on": "2027-01-01",
    }
    officer = token_client(people.street_officer)
    made = officer.post("/api/v1/participation-bans", said)
    assert made.status_code == 201
    assert Client().get("/api/v1/participation-bans").json()["results"] == []

    url = f"/api/v1/participation-bans/{made.data['id']}/confirm"
    assert officer.post(url).status_code == 403
    assert token_client(people.street_reviewer).post(url).data["status"] == "IN_FORCE"
    assert len(Client().get("/api/v1/participation-bans").json()["results"]) == 1


def test_the_desk_leads_on_and_the_board_counts(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = forwarded(people, now, body)
    desk = desk_client(people.street_reviewer)
    url = f"/desk/socialorgs/yearreport/{row.pk}/moves/conclude/"
    given = {"conclusion": "BASICALLY_PASSED", "mend": "", "days": ""}
    assert "mend" in desk.post(url, given).content.decode()
    row.refresh_from_db()
    assert row.status == "FORWARDED"

    desk.post(url, {**given, "mend": "补开会员大会。"})

    row.refresh_from_db()
    assert row.status == "CONCLUDED"
    order = RectificationOrder.objects.get()
    assert desk.get(f"/desk/socialorgs/rectificationorder/{order.pk}/change/").status_code == 200
    board = desk.get("/desk/socialorgs/yearreport/board/")
    assert board.status_code == 200
    assert browser(people.manager).get("/desk/socialorgs/yearreport/board/").status_code == 302


def test_the_board_costs_the_same_for_any_number(
    people: SimpleNamespace, now: dt.datetime, body: Any, django_assert_max_num_queries: Any
) -> None:
    operations.open_reports(by=people.system, now=now)
    desk = desk_client(people.street_reviewer)

    with django_assert_max_num_queries(17):  # one more since the board counts results that a body was not told
        assert desk.get("/desk/socialorgs/yearreport/board/").status_code == 200
    assert YearReport.objects.count() == 2
    assert SAID.meetings


def test_the_directory_shows_both_lists(people: SimpleNamespace, body: Any) -> None:
    CreditListingFactory(organization=body, credit_list="ABNORMAL")
    assert '<span class="badge badge--wait">活动异常名录</span>' in Client().get("/organizations/").content.decode()
    assert "badge--bad" not in Client().get("/organizations/").content.decode()

    CreditListingFactory(organization=people.other_body, credit_list="SERIOUS_BREACH")

    assert "badge--bad" in Client().get("/organizations/").content.decode()
