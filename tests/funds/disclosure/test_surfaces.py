"""Accounts to the public on the pages, in the API and on the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.disclosure.models import Disclosure
from governance.accounts.models import User
from tests.funds.disclosure.conftest import TEXT
from tests.funds.disclosure.test_operations import published
from tests.people import desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db

BASE = "/api/v1/disclosures"


def page(user: User | None) -> Client:
    """Return the browser of a person."""
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def test_an_account_goes_its_way_over_http(
    opened: Disclosure, community_staff: User, street_officer: User, charity_officer: User
) -> None:
    author, reviewer, path = session_client(community_staff), session_client(street_officer), f"{BASE}/{opened.pk}"
    public = APIClient()

    assert public.get(path).json()["is_late"] is True
    assert public.post(f"{path}/write", {"text": TEXT}).status_code in {401, 403}
    assert author.post(f"{path}/write", {"text": TEXT}).json()["status"] == "WRITTEN"
    assert public.get(path).json()["text"] == ""
    assert public.get(f"{path}/figures").json() == {"sequence": None, "figures": []}
    assert author.post(f"{path}/publish").status_code == 403
    assert session_client(charity_officer).post(f"{path}/publish").status_code == 403
    assert reviewer.post(f"{path}/send_back", {"reason": "补充"}).json()["status"] == "DUE"
    author.post(f"{path}/write", {"text": TEXT})
    shown = reviewer.post(f"{path}/publish").json()
    figures = public.get(f"{path}/figures").json()

    assert (shown["status"], shown["text"], shown["is_late"]) == ("PUBLISHED", TEXT, False)
    assert figures["sequence"] == shown["sequence"]
    assert {row["name"]: (row["amount"], row["now"]) for row in figures["figures"]}["closing"] == ("300.00", "300.00")
    again = reviewer.post(f"{path}/publish")
    assert (again.status_code, again.json()["code"]) == (409, "move_closed")
    made = author.post(f"{path}/correct", {"reason": "漏报一笔"})
    assert (made.status_code, made.json()["version"]) == (201, 2)
    assert author.post(f"{path}/correct", {"reason": "漏报一笔"}).json()["code"] == "disclosure_corrected"


def test_a_list_is_narrowed(opened: Disclosure, active: CommunityFund) -> None:
    client = APIClient()

    def found(**query: Any) -> int:
        return len(client.get(BASE, query).json()["results"])

    assert (found(), found(kind="YEAR"), found(status="PUBLISHED"), found(due_before="2026-02-01")) == (2, 1, 0, 1)
    assert (found(fund=active.pk), found(division=active.division_id)) == (2, 2)


def test_the_pages_say_what_is_late_and_what_was_published(
    english: None,
    opened: Disclosure,
    active: CommunityFund,
    street: Division,
    community_staff: User,
    street_officer: User,
    now: dt.datetime,
) -> None:
    fund = reverse("funds:fund-disclosures", args=[active.pk])
    area = reverse("funds:area-disclosures", args=[street.pk])
    for address in (fund, area):
        text = page(None).get(address).content.decode()
        assert "badge--OVERDUE" in text
        assert opened.get_absolute_url() in text
    assert "not published yet" in page(None).get(opened.get_absolute_url()).content.decode()

    published(opened, community_staff, street_officer, now)

    text = page(None).get(opened.get_absolute_url()).content.decode()
    for shown in (TEXT, "300.00", "computed at journal 8", "nothing has changed"):
        assert shown in text
    assert opened.get_absolute_url() in page(None).get(fund).content.decode()


def test_people_give_it_on_its_page(opened: Disclosure, community_staff: User, street_officer: User) -> None:
    def step(user: User, name: str, **given: str) -> int:
        return page(user).post(reverse("funds:disclosure-step", args=[opened.pk, name]), given).status_code

    assert step(community_staff, "write", text="") == 400
    assert step(community_staff, "write", text="电话 13800138000") == 400
    assert step(community_staff, "write", text=TEXT) == 302
    assert step(community_staff, "publish") == 400
    assert step(street_officer, "publish") == 302
    assert step(street_officer, "nonsense") == 404
    opened.refresh_from_db()
    assert opened.status == "PUBLISHED"


def test_the_rows_behind_a_figure_are_one_click_away(
    opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime
) -> None:
    row = published(opened, community_staff, street_officer, now)
    figures = APIClient().get(f"{BASE}/{row.pk}/figures").json()["figures"]
    income = next(figure for figure in figures if figure["name"] == "income")

    text = page(None).get(income["rows"]).content.decode()

    assert "2025-00001" in text
    assert "2026-0000" not in text


def test_the_desk_gives_it(opened: Disclosure, community_staff: User, street_officer: User, resident: User) -> None:
    change = reverse("admin:funds_disclosure_change", args=[opened.pk])
    author, reviewer = desk_client(community_staff), desk_client(street_officer)

    assert author.get(change).status_code == 200
    author.post(reverse("admin:funds_disclosure_move", args=[opened.pk, "write"]), {"text": TEXT})
    reviewer.post(reverse("admin:funds_disclosure_move", args=[opened.pk, "publish"]), {"contact": ""})
    opened.refresh_from_db()
    assert opened.status == "PUBLISHED"
    assert "300.00" in reviewer.get(change).content.decode()
    reviewer.post(reverse("admin:funds_disclosure_deed", args=[opened.pk, "correct"]), {"reason": "漏报"})
    assert Disclosure.objects.filter(corrects=opened).count() == 1


def test_what_is_owed_waits_on_the_worklist(opened: Disclosure, community_staff: User) -> None:
    text = desk_client(community_staff).get(reverse("admin:index")).content.decode()

    assert f"/desk/funds/disclosure/{opened.pk}/change/" in text
    assert "desk-late" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_lists_take_the_same_queries(active: CommunityFund, street: Division, now: dt.datetime, rows: int) -> None:
    for number in range(rows):
        Disclosure.objects.create(
            fund=active,
            kind="ACCOUNT",
            covers_from=dt.date(2025, 1 + number, 1),
            covers_to=dt.date(2025, 1 + number, 20),
            due_on=dt.date(2025, 6, 1),
            opened_at=now,
        )

    def count(address: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert Client().get(address).status_code == 200
        return len(captured)

    assert count(reverse("funds:fund-disclosures", args=[active.pk])) == 5
    assert count(reverse("funds:area-disclosures", args=[street.pk])) == 5
    assert count(BASE) == 1


def test_an_account_takes_few_queries(
    opened: Disclosure, community_staff: User, street_officer: User, now: dt.datetime
) -> None:
    published(opened, community_staff, street_officer, now)
    with CaptureQueriesContext(connection) as captured:
        Client().get(opened.get_absolute_url())

    assert len(captured) == 6


def test_a_fund_that_nobody_may_see_has_no_accounts(client: Client, posted: CommunityFund) -> None:
    assert client.get(reverse("funds:fund-disclosures", args=[987654321])).status_code == 404
    assert client.get(reverse("funds:area-disclosures", args=[987654321])).status_code == 404
    assert client.get("/disclosures/987654321/").status_code == 404
