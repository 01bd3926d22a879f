"""Partner systems from end to end: token, scopes, rights, idempotency keys, problem details."""

from __future__ import annotations

import base64
import datetime as dt
from typing import Any, ClassVar

import pytest
from django.core.cache import cache
from django.urls import include, path, reverse
from oauth2_provider.models import AccessToken
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import SimpleRouter
from rest_framework.serializers import BooleanField, DateField, ModelSerializer, Serializer
from rest_framework.test import APIClient, APIRequestFactory
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from communities.people.models import Post, Role
from governance.accounts import operations
from governance.accounts.clients import ServiceAuthentication, UserRate
from governance.accounts.models import ApiClient, IdempotencyKey, User
from governance.api import Idempotent
from governance.calendar import clock
from governance.calendar import operations as calendar
from governance.calendar.models import CalendarDay
from governance.errors import NotNow
from governance.urls import urlpatterns as all_urls
from tests.factories.accounts import ApiClientFactory, UserFactory
from tests.factories.communities import LONG_AGO
from tests.people import desk_client, session_client

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]

URL = "/api/v1/days"
NOON = dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC)


class DaySerializer(ModelSerializer[CalendarDay]):
    class Meta:
        model = CalendarDay
        fields = ("day", "is_workday")


class NewDaySerializer(Serializer[Any]):
    day = DateField()
    is_workday = BooleanField()


class Busy(NotNow):
    code = "busy"


class Days(Idempotent, ReadOnlyModelViewSet[CalendarDay]):
    """The table of working days, as a room would show it."""

    floor = "communities"
    queryset = CalendarDay.objects.order_by("day")
    serializer_class = DaySerializer
    pagination_class = None
    permissions: ClassVar = {
        "list": "calendar.view_day",
        "create": "calendar.set_day",
        "fail": None,
        "refuse": None,
        "wait": None,
    }

    def create(self, request: Any) -> Response:
        new = NewDaySerializer(data=request.data)
        new.is_valid(raise_exception=True)
        row = calendar.set_day(by=request.user, now=NOON, **new.validated_data)
        return Response(DaySerializer(row).data, status=201)

    @action(detail=False, methods=["post"])
    def fail(self, request: Any) -> Response:
        raise ZeroDivisionError

    @action(detail=False, methods=["post"])
    def refuse(self, request: Any) -> Response:
        raise Busy

    @action(detail=False, methods=["post"])
    def wait(self, request: Any) -> Response:
        return Response(status=503, data={})


router = SimpleRouter(trailing_slash=False)
router.register("days", Days, basename="days")
urlpatterns = [path("api/v1/", include(router.urls)), *all_urls]
handler404 = "governance.portal.errors.not_found"


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def partner(system: User, now: dt.datetime) -> tuple[ApiClient, str]:
    scopes = ["communities:read", "communities:write", "funds:read"]
    return operations.create_api_client(by=system, name="市级平台", scopes=scopes, now=now)


@pytest.fixture
def trusted(partner: tuple[ApiClient, str], district: Any, district_admin: User) -> tuple[ApiClient, str]:
    """The same with a post in the district, which is where its rights come from."""
    Post.objects.create(
        user=partner[0].user,
        role=Role.DISTRICT_ADMIN,
        division=district,
        valid_from=LONG_AGO,
        appointed_by=district_admin,
        appointed_at=NOON,
    )
    return partner


def ask_token(partner: tuple[ApiClient, str], secret: str | None = None, **more: str) -> Any:
    client, right = partner
    basic = base64.b64encode(f"{client.client_id}:{secret or right}".encode()).decode()
    return APIClient().post(
        "/oauth/token",
        {"grant_type": "client_credentials", **more},
        format="multipart",
        headers={"authorization": f"Basic {basic}"},
    )


def caller(partner: tuple[ApiClient, str], **more: str) -> APIClient:
    client = APIClient(raise_request_exception=False)
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {ask_token(partner, **more).json()['access_token']}")
    return client


def test_a_client_gets_a_token_for_its_secret(partner: tuple[ApiClient, str]) -> None:
    answer = ask_token(partner)

    assert answer.status_code == 200
    assert answer.json()["token_type"] == "Bearer"
    assert answer.json()["expires_in"] == 3600
    assert answer.json()["scope"] == "communities:read funds:read"


def test_a_wrong_secret_gets_nothing(partner: tuple[ApiClient, str]) -> None:
    assert ask_token(partner, secret="wrong").status_code == 401


def test_a_client_gets_no_scope_that_it_was_not_granted(partner: tuple[ApiClient, str]) -> None:
    answer = ask_token(partner, scope="funds:write")

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_scope")


@pytest.mark.parametrize("grant", ["password", "authorization_code"])
def test_no_other_way_to_a_token(partner: tuple[ApiClient, str], grant: str) -> None:
    assert ask_token(partner, grant_type=grant, username="x", password="y", code="z").status_code == 400


def test_a_service_user_without_posts_sees_nothing(partner: tuple[ApiClient, str]) -> None:
    answer = caller(partner).get(URL)

    assert answer.status_code == 403
    assert answer.json()["code"] == "permission_denied"


def test_a_post_opens_what_the_scope_allows(trusted: tuple[ApiClient, str]) -> None:
    assert caller(trusted, scope="communities:read").get(URL).status_code == 200


def test_the_desk_says_what_comes_after_a_new_client(district_admin: User, english: None) -> None:
    """Without a post a client sees what everybody sees; its log-in name is what a post is given to."""
    district = desk_client(district_admin)

    page = district.post(
        reverse("admin:accounts_apiclient_add"), {"name": "登记机关", "scopes": ["socialorgs:read"]}, follow=True
    )
    said = " ".join(str(message) for message in page.context["messages"])

    assert "service-登记机关" in said
    assert "post" in said
    assert "service-登记机关" in page.content.decode()


def test_the_wrong_scope_is_refused(trusted: tuple[ApiClient, str]) -> None:
    reader = caller(trusted, scope="communities:read")
    stranger = caller(trusted, scope="funds:read")

    refused = reader.post(URL, {"day": "2026-05-01", "is_workday": False})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")
    assert "communities:write" in refused.json()["detail"]
    assert stranger.get(URL).status_code == 403
    assert not CalendarDay.objects.exists()


def test_a_revoked_token_is_worthless(trusted: tuple[ApiClient, str]) -> None:
    client = caller(trusted)
    trusted[0].accesstoken_set.all().delete()

    answer = client.get(URL)

    assert (answer.status_code, answer["Content-Type"]) == (401, "application/problem+json")
    assert answer["WWW-Authenticate"].startswith("Bearer")


def test_a_closed_service_user_is_turned_away(trusted: tuple[ApiClient, str]) -> None:
    client = caller(trusted)
    User.objects.filter(pk=trusted[0].user.pk).update(is_active=False)

    assert client.get(URL).status_code == 401


def test_people_may_use_the_api_in_their_browser(district_admin: User) -> None:
    assert session_client(district_admin).get(URL).status_code == 200
    assert session_client(None).get(URL).status_code == 401


def keyed(client: APIClient, key: str = "k1", url: str = URL, **body: Any) -> Any:
    data = {"day": "2026-05-01", "is_workday": False, **body}
    return client.post(url, data, headers={"idempotency-key": key})


@pytest.fixture
def writer(trusted: tuple[ApiClient, str]) -> APIClient:
    return caller(trusted, scope="communities:write communities:read")


def test_the_same_key_and_body_get_the_same_answer(writer: APIClient) -> None:
    first = keyed(writer)
    CalendarDay.objects.update(is_workday=True)
    second = keyed(writer)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert "Idempotency-Replayed" not in first
    assert second["Idempotency-Replayed"] == "true"
    assert CalendarDay.objects.get().is_workday


def test_the_same_key_with_another_body_is_refused(writer: APIClient) -> None:
    keyed(writer)
    answer = keyed(writer, is_workday=True)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert not CalendarDay.objects.get().is_workday


def test_a_key_in_flight_is_refused(writer: APIClient) -> None:
    keyed(writer)
    IdempotencyKey.objects.update(status_code=None)

    answer = keyed(writer)

    assert (answer.status_code, answer.json()["code"]) == (409, "idempotency_key_in_flight")


def test_keys_of_two_clients_do_not_meet(writer: APIClient, district_admin: User) -> None:
    keyed(writer)
    answer = keyed(session_client(district_admin), is_workday=True)

    assert answer.status_code == 201


@pytest.mark.parametrize(("name", "status"), [("fail", 500), ("wait", 503)])
def test_a_failure_of_ours_is_forgotten(writer: APIClient, name: str, status: int) -> None:
    answer = keyed(writer, url=f"{URL}/{name}")

    assert answer.status_code == status
    assert not IdempotencyKey.objects.exists()


def test_a_refusal_is_remembered(writer: APIClient) -> None:
    first, second = keyed(writer, url=f"{URL}/refuse"), keyed(writer, url=f"{URL}/refuse")

    assert (first.status_code, second.status_code) == (409, 409)
    assert second["Idempotency-Replayed"] == "true"


def test_without_a_key_nothing_is_kept(writer: APIClient) -> None:
    writer.post(URL, {"day": "2026-05-01", "is_workday": False})

    assert not IdempotencyKey.objects.exists()


def test_bad_input_is_a_problem_with_its_fields(writer: APIClient) -> None:
    answer = writer.post(URL, {"day": "tomorrow"})

    problem = answer.json()
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert (problem["type"], problem["code"], problem["status"]) == ("urn:problem:invalid", "invalid", 400)
    assert sorted(problem["errors"]) == ["day", "is_workday"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"{", id="cut off"),
        pytest.param(b'{"day": NaN}', id="no number"),
        pytest.param(b'{"day": "\\ud800"}', id="half a character"),
        pytest.param(b'{"\\udfff": 1}', id="half a character in a name"),
        pytest.param(b"[" * 200_000, id="nested without end"),
        pytest.param(b'{"a":' * 50_000, id="nested by names"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem_in_the_readers_language(writer: APIClient, body: bytes) -> None:
    english, chinese = (
        writer.post(URL, body, content_type="application/json", headers={"Accept-Language": language})
        for language in ("en", "zh-hans")
    )

    assert (english.status_code, english.json()["code"]) == (chinese.status_code, chinese.json()["code"])
    assert (english.status_code, english.json()["code"]) == (400, "parse_error")
    assert english.json()["detail"].startswith("What was sent cannot be read. (")
    assert "无法读取" in chinese.json()["detail"]


def test_a_method_that_an_address_does_not_have_is_no_lack_of_rights(writer: APIClient) -> None:
    answers = [writer.put(URL, {}), writer.get(f"{URL}/refuse"), APIClient().delete("/api/v1/organizations")]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(405, "method_not_allowed")] * 3


def test_an_unknown_address_is_a_problem(writer: APIClient) -> None:
    answer = writer.get("/api/v1/nothing")

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json()["code"] == "not_found"


def test_the_api_speaks_the_clients_language(writer: APIClient) -> None:
    answer = writer.post(f"{URL}/refuse", headers={"accept-language": "en"})

    assert answer["Content-Language"] == "en"
    assert answer.json()["detail"] == "This cannot be done at present."


def test_requests_are_counted_minute_by_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    class Twice(UserRate):
        rate = "2/min"
        scope = "test"
        timer = staticmethod(lambda: moment)

    moment = 1_000_000_040.0
    request, view = APIRequestFactory().get("/"), APIView()
    request.user = UserFactory()
    throttle = Twice()

    assert [throttle.allow_request(request, view) for _number in range(3)] == [True, True, False]
    assert throttle.wait() == 40.0
    moment += 60
    assert throttle.allow_request(request, view)


def test_the_token_brings_its_service_user_in_one_query(django_assert_num_queries: Any) -> None:
    client = ApiClientFactory()
    token = AccessToken.objects.create(
        application=client, token="t" * 40, scope="funds:read", expires=clock.now() + dt.timedelta(hours=1)
    )
    request = Request(APIRequestFactory().get("/", headers={"authorization": f"Bearer {'t' * 40}"}))

    with django_assert_num_queries(1):
        user, found = ServiceAuthentication().authenticate(request)

    assert (user, found) == (client.user, token)


def test_a_parameter_that_a_list_does_not_know_is_refused(english: None) -> None:
    """Passed over, `?credit_code=…` would hand out every organization as if each had that code."""
    client = APIClient()

    answer = client.get("/api/v1/organizations?credit_code=51510302MJQ000000X")

    assert (answer.status_code, answer.json()["code"]) == (400, "list_parameter_unknown")
    assert "It knows: brought_in, capability, cursor, division" in answer.json()["detail"]
    assert client.get("/api/v1/organizations?q=x&page_size=5").status_code == 200


@pytest.mark.parametrize(
    "address",
    [
        "projects/totals?organisation=1",
        "open-accounts?division=1&year=2026&kind=PROJECT",
        "indicators/growth?place=1",
        "parameters/in-force?day=2026-01-01",
    ],
)
def test_figures_refuse_what_they_do_not_know_too(address: str) -> None:
    """A total over all projects would pass for that of one organization."""
    answer = APIClient().get(f"/api/v1/{address}")

    assert (answer.status_code, answer.json()["code"]) == (400, "list_parameter_unknown")
