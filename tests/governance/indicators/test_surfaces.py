"""The page of figures, the API, the desk."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.territory.models import Division
from funds.ledger.models import JournalKind
from governance.accounts.models import User
from governance.calendar import clock
from governance.indicators import operations
from governance.indicators.counting import COUNTERS, Places
from governance.indicators.drawing import ROOM, draw
from governance.indicators.models import ClaimedFigure, IndicatorValue
from governance.indicators.queries import compared
from governance.jobs.models import Job
from tests.factories.governance_trace import Story
from tests.people import desk_client, session_client

pytestmark = pytest.mark.django_db
URL = "/api/v1/indicators"
CLAIMS = "/api/v1/claimed-figures"


def claim(division: Division, by: User, number: int = 27, **more: Any) -> ClaimedFigure:
    given: dict[str, Any] = {
        "source": "S0",
        "reference": f"H0-{number}",
        "indicator": "so.registered.growth",
        "meaning": "登记社会组织增幅",
        "printed": "29.3%",
        "value": Decimal("29.3"),
        "numerator": Decimal(37),
        "denominator": Decimal(89),
        "note": "是占比，不是增幅。",
        **more,
    }
    return operations.enter_claim(by=by, now=clock.now(), division=division, **given)


@pytest.fixture
def computed(district: Division, system: User) -> Division:
    """Every indicator of today."""
    day = clock.today()
    for key in COUNTERS:
        operations.compute_indicator(by=system, now=clock.now(), day=day, key=key, places=Places(day))
    return district


def test_the_page_shows_claimed_beside_computed(computed: Division, system: User, english: None) -> None:
    claim(computed, system)

    text = Client().get("/indicators/").content.decode()

    assert "29.3%" in text
    assert "41.57" in text
    assert "-12.27" in text
    assert "是占比，不是增幅。" in text
    assert "37 / 89" in text
    assert text.count("<rect") == 1
    assert "Points that hang on nothing" in text
    assert "style=" not in text


def test_the_page_of_a_place_without_figures(community: Division, english: None) -> None:
    page = Client().get("/indicators/", {"division": community.pk})

    assert page.status_code == 200
    assert "Nothing has been computed" in page.content.decode()


@pytest.mark.parametrize("asked", ["x", "0", "9" * 19, "-1"])
def test_the_page_of_no_place(district: Division, asked: str) -> None:
    assert Client().get("/indicators/", {"division": asked}).status_code == 404


def test_an_installation_without_divisions_has_a_page(db: None) -> None:
    assert Client().get("/indicators/").status_code == 200


def test_the_page_costs_the_same_for_one_and_for_three(computed: Division, system: User) -> None:
    client, costs = Client(), []
    client.get("/")
    for numbers in ((1,), (2, 3)):
        for number in numbers:
            claim(computed, system, number)
        with CaptureQueriesContext(connection) as queries:
            client.get("/indicators/")
        costs.append(len(queries))

    assert costs[0] == costs[1]
    assert costs[0] <= 10


def test_the_picture_draws_what_can_be_compared(computed: Division, system: User) -> None:
    claim(computed, system)
    claim(computed, system, 12, indicator="", numerator=None, denominator=None)
    claim(computed, system, 44, indicator="linkage.elements", value=Decimal(5), numerator=None, denominator=None)

    picture = draw(compared(computed))

    assert picture is not None
    first, second = picture.rows
    assert (first.bar_width, first.is_borne_out) == (ROOM, False)
    assert first.mark_x == round(29.3 / 41.57 * ROOM, 1)
    assert (second.bar_width, second.mark_x, second.is_borne_out) == (ROOM, ROOM, True)
    assert draw([]) is None


def test_the_api_lists_values(computed: Division, community: Division) -> None:
    api = session_client(None)

    rows = api.get(URL, {"division": computed.pk, "latest": "true", "page_size": 200}).json()["results"]
    orphans = next(row for row in rows if row["indicator"] == "trace.orphans")

    assert (orphans["value"], orphans["numerator"], orphans["day"]) == ("0.00", "0.00", clock.today().isoformat())
    assert "details" not in orphans
    assert api.get(URL, {"indicator": "ent.count", "division": computed.pk}).json()["results"][0]["value"] == "0.00"
    assert api.get(f"{URL}/{orphans['id']}").json() == orphans
    meanings = {row["key"]: row for row in api.get(f"{URL}/catalogue").json()}
    assert meanings["so.registered.growth"]["form"] == "GROWTH"


def test_the_api_follows_its_pages_to_the_end(computed: Division, street: Division) -> None:
    api, seen = session_client(None), []
    address: str | None = f"{URL}?page_size=7"
    while address:
        body = api.get(address).json()
        seen += [row["id"] for row in body["results"]]
        address = body["next"]

    assert sorted(seen) == sorted(IndicatorValue.objects.values_list("pk", flat=True))


def test_the_api_takes_claims_of_the_district(district: Division, district_officer: User, street_officer: User) -> None:
    body = {
        "division": district.pk,
        "source": "S0",
        "reference": "H0-27",
        "indicator": "so.registered.growth",
        "meaning": "登记社会组织增幅",
        "printed": "29.3%",
        "value": "29.3",
        "numerator": "37",
        "denominator": "89",
    }

    assert session_client(None).post(CLAIMS, body).status_code in {401, 403}
    assert session_client(street_officer).post(CLAIMS, body).status_code == 403
    made = session_client(district_officer).post(CLAIMS, body)
    again = session_client(district_officer).post(CLAIMS, body)

    assert (made.status_code, made.json()["recomputed"]) == (201, "41.57")
    assert (again.status_code, again.json()["code"]) == (409, "claim_exists")
    assert session_client(None).get(CLAIMS, {"division": district.pk}).json()["results"][0]["printed"] == "29.3%"


@pytest.mark.parametrize("path", [URL, CLAIMS])
def test_lists_cost_the_same_for_one_and_for_three(
    district: Division, system: User, path: str, now: dt.datetime, today: dt.date
) -> None:
    api, costs = session_client(None), []
    for keys in (("ent.count",), ("ent.revenue", "ent.profit")):
        for number, key in enumerate(keys):
            operations.compute_indicator(by=system, now=now, day=today, key=key, places=Places(today))
            claim(district, system, len(costs) * 10 + number)
        with CaptureQueriesContext(connection) as queries:
            assert api.get(path).status_code == 200
        costs.append(len(queries))

    assert costs[0] == costs[1]


def test_the_desk_names_what_hangs_on_nothing(
    community: Division, district: Division, system: User, district_officer: User, street_officer: User
) -> None:
    story = Story(community).deliberate().decide().hold_money()
    story.post(JournalKind.PAYMENT, story.request.hold_code, story.account("use:environment", "SINK"))
    day = clock.today()
    operations.compute_indicator(by=system, now=clock.now(), day=day, key="trace.orphans", places=Places(day))
    row = IndicatorValue.objects.get(indicator="trace.orphans", division=district)
    client = desk_client(district_officer)

    listed = client.get("/desk/indicators/indicatorvalue/")
    shown = client.get(f"/desk/indicators/indicatorvalue/{row.pk}/change/").content.decode()
    waiting = client.get("/desk/").content.decode()
    client.post(f"/desk/indicators/indicatorvalue/{row.pk}/deeds/compute-again/")

    assert (listed.status_code, row.numerator) == (200, 1)
    assert "funds.Journal" in shown
    assert f"/desk/indicators/indicatorvalue/{row.pk}/change/" in waiting
    assert Job.objects.get().kind == operations.COMPUTE
    assert desk_client(street_officer).get("/desk/indicators/indicatorvalue/").status_code == 200


def test_claims_are_entered_on_the_desk(district: Division, district_officer: User, street_officer: User) -> None:
    form = {
        "division": district.pk,
        "source": "S0",
        "reference": "H0-26",
        "indicator": "so.registered",
        "meaning": "登记社会组织数",
        "printed": "126",
        "value": "126",
        "qualifier": "EXACT",
    }
    client = desk_client(district_officer)

    made = client.post("/desk/indicators/claimedfigure/add/", form)
    again = client.post("/desk/indicators/claimedfigure/add/", form)

    assert (made.status_code, again.status_code, ClaimedFigure.objects.count()) == (302, 200, 1)
    assert client.get("/desk/indicators/claimedfigure/").status_code == 200
    assert desk_client(street_officer).get("/desk/indicators/claimedfigure/add/").status_code == 403
