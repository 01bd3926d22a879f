"""The desk: who gets in, what its menu shows, moves and deeds as buttons, creation by operations."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.admin.utils import flatten_fieldsets
from django.db import connection
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from funds.enterprises.models import CommunityEnterprise
from governance.accounts import operations as accounts
from governance.accounts.models import ApiClient, User
from governance.audit.models import AuditEntry
from governance.calendar.models import CalendarDay
from governance.jobs import operations as jobs
from governance.jobs.models import Job, JobStatus
from governance.staff import BoundedPaginator, MovesAdmin, desk_pages
from tests.factories.accounts import UserFactory
from tests.people import desk_client

pytestmark = pytest.mark.django_db


def text(answer: Any) -> str:
    return str(answer.content.decode())


def test_visitors_are_led_to_the_log_in(client: Client) -> None:
    answer = client.get("/desk/", follow=True)

    assert answer.redirect_chain[-1][0] == "/accounts/login/?next=/desk/"


def test_residents_stay_out(client: Client, resident: User) -> None:
    client.force_login(resident)

    assert client.get("/desk/", follow=True).status_code == 403


def test_staff_need_a_second_factor(client: Client, street_officer: User) -> None:
    client.force_login(street_officer)

    answer = client.get("/desk/", follow=True)

    assert answer.redirect_chain[-1][0] == reverse("mfa_activate_totp")


def test_log_in_leads_nowhere_else(district_admin: User) -> None:
    answer = desk_client(district_admin).get("/desk/login/?next=https://elsewhere.example/")

    assert answer["Location"] == "/desk/"


def test_signing_out_leads_home(district_admin: User) -> None:
    client = desk_client(district_admin)

    assert client.post("/desk/logout/")["Location"] == "/"
    assert client.get("/desk/").status_code == 302


def test_password_is_changed_on_the_sites_own_page(district_admin: User) -> None:
    assert desk_client(district_admin).get("/desk/password_change/")["Location"] == reverse("account_change_password")


def test_menu_shows_what_one_may_see(district_admin: User, supervisor: User) -> None:
    administrator, other = desk_client(district_admin), desk_client(supervisor)

    assert reverse("admin:accounts_user_changelist") in text(administrator.get("/desk/"))
    assert reverse("admin:accounts_user_changelist") not in text(other.get("/desk/"))
    assert other.get(reverse("admin:accounts_user_changelist")).status_code == 403


@pytest.mark.usefixtures("english")
def test_the_demonstration_is_named_on_the_desk(district_admin: User, settings: Any) -> None:
    client = desk_client(district_admin)
    before = text(client.get("/desk/"))
    settings.DEMONSTRATION = True

    assert "Demonstration" not in before
    assert "Demonstration" in text(client.get("/desk/"))


def test_staff_account_is_made_by_the_operation(district_admin: User) -> None:
    client = desk_client(district_admin)
    url = reverse("admin:accounts_user_add")

    weak = client.post(url, {"username": "new", "display_name": "新", "password": "short"})
    made = client.post(url, {"username": "new", "display_name": "新", "password": "a-long-enough-one"})

    assert weak.status_code == 200
    assert 'value="new"' in text(weak)
    assert made.status_code == 302
    assert User.objects.get(username="new").check_password("a-long-enough-one")
    assert AuditEntry.objects.get().actor == district_admin


def test_an_administrator_sets_a_password_and_removes_a_lost_factor(district_admin: User, street_officer: User) -> None:
    desk_client(street_officer)
    client = desk_client(district_admin)
    page = reverse("admin:accounts_user_change", args=[street_officer.pk])
    password, factor = (reverse("admin:accounts_user_deed", args=[street_officer.pk, name]) for name in DEEDS)

    assert password in text(client.get(page))
    assert client.get(password).status_code == 200
    assert client.post(password, {"password": "short"}).status_code == 200
    assert client.post(password, {"password": "a-long-enough-one"})["Location"] == page
    assert client.post(factor, {"reason": ""}).status_code == 200
    assert Authenticator.objects.filter(user=street_officer).exists()
    assert client.post(factor, {"reason": "手机遗失"})["Location"] == page

    street_officer.refresh_from_db()
    assert street_officer.check_password("a-long-enough-one")
    assert not Authenticator.objects.filter(user=street_officer).exists()
    assert "手机遗失" in text(client.get(page))


DEEDS = ("set_password", "remove_second_factor")


def test_deeds_are_for_administrators_of_the_place(
    street_officer: User, district_admin: User, other_street_officer: User
) -> None:
    client = desk_client(street_officer)
    url = reverse("admin:accounts_user_deed", args=[district_admin.pk, "set_password"])

    assert client.post(url, {"password": "a-long-enough-one"}).status_code == 403

    district_admin.refresh_from_db()
    assert not district_admin.has_usable_password()


def test_residents_accounts_are_not_on_the_desk(district_admin: User, resident: User) -> None:
    client = desk_client(district_admin)

    assert client.get(reverse("admin:accounts_user_change", args=[resident.pk])).status_code == 302
    assert client.get(reverse("admin:accounts_user_deed", args=[resident.pk, "set_password"])).status_code == 404
    assert client.get(reverse("admin:accounts_user_deed", args=[district_admin.pk, "nothing"])).status_code == 404


def test_partners_secret_is_shown_once(district_admin: User) -> None:
    client = desk_client(district_admin)
    answer = client.post(
        reverse("admin:accounts_apiclient_add"), {"name": "市级平台", "scopes": ["funds:read"]}, follow=True
    )

    made = ApiClient.objects.get()
    assert made.client_id in text(answer)
    assert "市级平台" in text(client.get(reverse("admin:accounts_apiclient_changelist")))
    detail = client.get(reverse("admin:accounts_apiclient_change", args=[made.pk]))
    assert "funds:read" in text(detail)
    assert made.client_secret not in text(detail)


def test_working_days_are_kept_on_the_desk(district_admin: User) -> None:
    client = desk_client(district_admin)
    seed = reverse("admin:calendar_calendarday_seed")

    assert client.get(seed).status_code == 200
    assert client.post(seed, {"year": "2100"}).status_code == 400
    assert "errorlist" in client.post(seed).content.decode()
    assert client.post(seed, {"year": "2026"}).status_code == 302
    page = reverse("admin:calendar_calendarday_change", args=["2026-03-04"])
    assert client.post(page, {"note": "停工"}).status_code == 302

    day = CalendarDay.objects.get(day=dt.date(2026, 3, 4))
    assert (day.is_workday, day.note) == (False, "停工")
    assert client.get(reverse("admin:calendar_calendarday_changelist")).status_code == 200


def test_working_days_are_the_administrators(street_officer: User) -> None:
    client = desk_client(street_officer)

    assert client.get(reverse("admin:calendar_calendarday_changelist")).status_code == 200
    assert client.post(reverse("admin:calendar_calendarday_seed"), {"year": "2026"}).status_code == 403
    assert not CalendarDay.objects.exists()


@pytest.fixture
def job(street_officer: User, now: dt.datetime) -> Job:
    made = jobs.enqueue(by=street_officer, kind="territory.import", now=now)
    Job.objects.filter(pk=made.pk).update(status=JobStatus.FAILED, done=3, total=4, last_error="ValueError()")
    made.refresh_from_db()
    return made


def test_jobs_show_their_progress(job: Job, street_officer: User, other_street_officer: User) -> None:
    page = text(desk_client(street_officer).get(reverse("admin:jobs_job_changelist")))

    assert 'value="75"' in page
    assert "territory.import" in page
    assert "territory.import" not in text(desk_client(other_street_officer).get(reverse("admin:jobs_job_changelist")))


def test_a_failed_job_is_run_again_by_an_administrator(job: Job, district_admin: User, street_officer: User) -> None:
    url = reverse("admin:jobs_job_deed", args=[job.pk, "retry"])
    client = desk_client(district_admin)

    assert desk_client(street_officer).post(url).status_code == 403
    assert client.post(url).status_code == 302
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED
    page = text(client.get(reverse("admin:jobs_job_change", args=[job.pk])))
    assert url not in page  # closed, with the reason
    answer = client.post(url, follow=True)
    assert answer.status_code == 200
    job.refresh_from_db()
    assert job.status == JobStatus.QUEUED


def test_account_page_shows_posts_and_settings(street_officer: User, street: Any) -> None:
    page = text(desk_client(street_officer).get(reverse("portal:account")))

    assert str(street) in page
    assert reverse("mfa_index") in page


def test_account_page_of_a_resident(client: Client, system: User, now: dt.datetime) -> None:
    user = accounts.register_resident_user(by=system, phone="13800138000", display_name="小明", now=now)
    client.force_login(user)

    page = text(client.get(reverse("portal:account")))

    assert "138****8000" in page
    assert "+8613800138000" not in page
    assert client.get(reverse("portal:account")).context["posts"] == []


def test_rows_without_lifecycle_have_no_moves(district_admin: User, enterprise: CommunityEnterprise) -> None:
    del enterprise
    page = desk_client(district_admin).get(reverse("admin:accounts_user_change", args=[UserFactory.create().pk]))

    assert page.status_code == 200


def test_every_page_of_a_row_tells_how_it_stands(district_admin: User) -> None:
    request = RequestFactory().get("/desk/")
    request.user = district_admin
    pages = [page for page in desk_pages().values() if isinstance(page, MovesAdmin) and not page.fields]
    silent = [
        page.opts.label
        for page in pages
        if "status" not in flatten_fieldsets(page.get_fieldsets(request, page.model()))
    ]

    assert {"projects.Expenditure", "projects.ContractReview"} <= {page.opts.label for page in pages}
    assert silent == []


def test_a_list_costs_the_same_with_one_row_and_three(district_admin: User) -> None:
    client = desk_client(district_admin)

    def cost(kind: str) -> int:
        jobs.enqueue(by=district_admin, kind=kind, now=district_admin.joined_at)
        with CaptureQueriesContext(connection) as queries:
            assert kind in text(client.get(reverse("admin:jobs_job_changelist")))
        return len(queries)

    costs = [cost(f"kind-{number}") for number in range(3)]

    assert costs[0] == costs[2]
    assert costs[0] <= 11  # session, user, second factor, bounded count, rows; posts, seats, appointments for the menu


def test_a_list_counts_no_further_than_a_thousand() -> None:
    rows = User.objects.order_by("pk")
    paginator = BoundedPaginator(rows, 50)

    with CaptureQueriesContext(connection) as queries:
        assert paginator.count == User.objects.count()

    assert "LIMIT 1000" in queries[0]["sql"]
