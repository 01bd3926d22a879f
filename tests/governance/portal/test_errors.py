"""Error pages in the site's look, and the content policy that every answer carries."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse

from governance.errors import NotAllowed, NotNow
from governance.portal.policies import RELAXED
from governance.urls import handler400, handler403, handler404, handler500  # noqa: F401 - the test's own root has them too
from governance.urls import urlpatterns as all_urls
from tests.people import desk_client

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class Later(NotNow):
    code = "later"


def broken(_request: HttpRequest) -> HttpResponse:
    raise ZeroDivisionError


def denied(_request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("Only the street may see this.")


def odd(_request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation


def refused(_request: HttpRequest) -> HttpResponse:
    raise Later


def forbidden(_request: HttpRequest) -> HttpResponse:
    raise NotAllowed


urlpatterns = [
    path("broken/", broken),
    path("api/v1/broken", broken),
    path("denied/", denied),
    path("odd/", odd),
    path("refused/", refused),
    path("forbidden/", forbidden),
    *all_urls,
]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/nothing/", 404),
        ("/denied/", 403),
        ("/odd/", 400),
        ("/broken/", 500),
        ("/refused/", 409),
        ("/forbidden/", 403),
    ],
)
def test_errors_have_the_sites_look(address: str, status: int) -> None:
    client = Client(raise_request_exception=False)

    answer = client.get(address)

    page = answer.content.decode()
    assert answer.status_code == status
    assert 'lang="zh-Hans"' in page
    assert "css/site.css" in page
    assert f'<p class="muted">{status}</p>' in page


def test_a_reason_for_people_is_shown(client: Client) -> None:
    assert "Only the street may see this." in client.get("/denied/").content.decode()


def test_a_failure_page_needs_no_database(client: Client, django_assert_num_queries: Any) -> None:
    client.raise_request_exception = False

    with django_assert_num_queries(0):
        client.get("/broken/")


def test_programs_get_problems(client: Client) -> None:
    client.raise_request_exception = False
    answer = client.get("/api/v1/broken")

    assert (answer.status_code, answer["Content-Type"]) == (500, "application/problem+json")
    assert "ZeroDivisionError" not in answer.content.decode()


def test_a_refused_form_leads_back_with_the_reason(client: Client) -> None:
    answer = client.post("/refused/", {"next": "/search/"})

    assert answer["Location"] == "/search/"
    assert "notice--error" in client.get("/search/").content.decode()


def test_an_old_form_is_explained() -> None:
    client = Client(enforce_csrf_checks=True)

    answer = client.post(reverse("account_request_login_code"), {"phone": "13900000000"})

    assert answer.status_code == 403
    assert "css/site.css" in answer.content.decode()


def policy(answer: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in answer["Content-Security-Policy"].split(";"))
    return {name: values for name, _space, values in parts}


@pytest.mark.parametrize("address", ["/search/", "/accounts/login/", "/nothing/", "/broken/", "/healthz"])
def test_pages_allow_nothing_inline(address: str) -> None:
    answer = Client(raise_request_exception=False).get(address)

    assert policy(answer) == {
        "default-src": "'self'",
        "img-src": "'self' data:",
        "object-src": "'none'",
        "base-uri": "'self'",
        "form-action": "'self'",
        "frame-ancestors": "'none'",
        "report-uri": "/csp-report/",
    }


def test_the_desk_is_relaxed_and_no_further(district_admin: Any) -> None:
    answer = desk_client(district_admin).get("/desk/")

    assert answer.status_code == 200
    found = policy(answer)
    assert found["script-src"] == "'self' 'unsafe-eval'"
    assert found["style-src"] == "'self' 'unsafe-inline'"
    assert found["default-src"] == "'self'"


def test_only_known_addresses_are_relaxed() -> None:
    assert list(RELAXED) == ["/desk/", "/api/v1/docs", "/api/v1/redoc"]
    assert all("'unsafe-inline'" not in more.get("script-src", []) for more in RELAXED.values())


@pytest.mark.parametrize("address", ["/api/v1/docs", "/api/v1/redoc"])
def test_the_apis_documentation_has_no_inline_script(client: Client, address: str) -> None:
    answer = client.get(address)

    page = answer.content.decode()
    assert answer.status_code == 200
    assert all("src=" in tag.split(">")[0] for tag in page.split("<script")[1:])
