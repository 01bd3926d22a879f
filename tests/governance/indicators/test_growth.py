"""Growth beside share: (new - old) / old and (new - old) / new, and which of the two a report has printed."""

from __future__ import annotations

import datetime as dt
import io
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook

from communities.territory.models import Division
from governance.calendar import clock
from governance.indicators.models import ClaimedFigure, IndicatorValue, rows_of
from governance.indicators.policy import CATALOGUE, Change, Form
from governance.indicators.queries import compared
from governance.printing import lacking
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT
from tests.people import House, session_client


def test_89_to_126_grew_by_41_57_and_not_by_29_3() -> None:
    change = Change(Decimal(89), Decimal(126))

    assert (change.difference, change.growth, change.share) == (37, Decimal("41.57"), Decimal("29.37"))
    assert change.meant_by(Decimal("41.57"), "EXACT") == Form.GROWTH
    assert change.meant_by(Decimal("41.6"), "EXACT") == Form.GROWTH
    assert change.meant_by(Decimal("29.3"), "EXACT") == Form.SHARE
    assert change.meant_by(Decimal("35.0"), "EXACT") == ""


def test_nothing_grows_from_nothing() -> None:
    change = Change(Decimal(0), Decimal(5))

    assert (change.growth, change.share) == (None, Decimal("100.00"))
    assert Change(Decimal(5), Decimal(0)).share is None
    assert Change(Decimal(48), Decimal(31)).share is None
    assert Change(Decimal(0), Decimal(0)).meant_by(Decimal(1), "EXACT") == ""


@given(old=st.integers(1, 10**6), new=st.integers(1, 10**6))
def test_the_share_never_reaches_the_growth_where_something_grew(old: int, new: int) -> None:
    change = Change(Decimal(old), Decimal(new))

    assert change.growth is not None
    assert (change.share is None) is (new < old)
    assert change.share is None or change.share <= change.growth


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_the_page_tells_which_figure_was_printed(
    house: House, english: None, count: int, django_assert_num_queries: Any
) -> None:
    district, today = house.places["district"], clock.today()
    for number in range(count):
        ClaimedFigure.objects.create(
            division=district,
            source="S0",
            reference=f"H0-27-{number}",
            indicator="so.registered.growth",
            meaning="登记社会组织增幅",
            printed="29.3%",
            value=Decimal("29.3"),
            places=1,
            unit="%",
            numerator=37,
            denominator=89,
            entered_at=ENTERED_AT,
            entered_by=UserFactory(),
        )
    for day, amount in ((today, 150), (today - dt.timedelta(days=400), 120)):
        IndicatorValue.objects.create(
            indicator="so.registered", division=district, day=day, numerator=amount, computed_at=ENTERED_AT
        )

    client = Client()
    with django_assert_num_queries(8):
        page = client.get(f"/divisions/{district.pk}/growth/")
    shown = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.content.decode()))

    assert page.status_code == 200
    for words in ("41.57%", "37 / 89", "29.37%", "37 / 126", "29.3%", "the share of the new total, not the growth"):
        assert words in shown
    assert "25.00% 30 / 120" in shown
    assert "20.00% 30 / 150" in shown
    assert Client().get(f"/divisions/{house.places['city'].pk}/growth/").status_code == 404


@pytest.mark.django_db
def test_signs_of_how_exactly_a_figure_is_meant_are_kept(house: House, english: None) -> None:
    """A change that is printed as at least so much, one as about; and claims without a change keep them too."""
    district = house.places["district"]
    given: dict[str, Any] = {
        "division": district,
        "source": "S0",
        "unit": "%",
        "entered_at": ENTERED_AT,
        "entered_by": UserFactory(),
    }
    for number, (indicator, qualifier, printed, parts) in enumerate(
        (
            ("so.registered.growth", "AT_LEAST", "41%", (37, 89)),
            ("so.registered.growth", "ABOUT", "42%", (37, 89)),
            ("project.count", "AT_LEAST", "79", (None, None)),
        )
    ):
        ClaimedFigure.objects.create(
            **given,
            reference=f"H-{number}",
            indicator=indicator,
            meaning=f"数字{number}",
            printed=printed,
            value=Decimal(printed.rstrip("%")),
            qualifier=qualifier,
            numerator=parts[0],
            denominator=parts[1],
        )

    shown = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", Client().get(f"/divisions/{district.pk}/growth/").content.decode())
    )

    for words in ("≥41%", "~42%", "≥79 (at least)", "37 / 89"):
        assert words in shown
    assert shown.count("the growth") >= 2


@pytest.fixture
def grown(house: House) -> Division:
    """A district in which a report prints 29.3 % for 89 to 126, and the register says the same in its rows."""
    district = house.places["district"]
    ClaimedFigure.objects.create(
        division=district,
        source="S0",
        reference="H0-27",
        indicator="so.registered.growth",
        meaning="登记社会组织增幅",
        printed="29.3%",
        value=Decimal("29.3"),
        places=1,
        numerator=37,
        denominator=89,
        entered_at=ENTERED_AT,
        entered_by=UserFactory(),
    )
    IndicatorValue.objects.create(
        indicator="so.registered.growth",
        division=district,
        day=clock.today(),
        numerator=37,
        denominator=89,
        computed_at=ENTERED_AT,
    )
    return district


@pytest.mark.django_db
def test_rows_that_know_their_days_need_no_year_of_counting(grown: Division, english: None) -> None:
    shown = re.sub(
        r"\s+", " ", re.sub(r"<[^>]+>", " ", Client().get(f"/divisions/{grown.pk}/growth/").content.decode())
    )

    assert shown.count("+41.57% 37 / 89") == 2
    assert "by the days in the rows" in shown
    assert "-12.27" in shown


@pytest.mark.django_db
def test_a_figure_leads_to_its_rows(grown: Division, english: None) -> None:
    page = Client().get(f"/divisions/{grown.pk}/growth/").content.decode()
    address = f"/organizations/?division={grown.pk}&amp;standing=REGISTERED"

    assert page.count(f'href="{address}"') >= 3
    assert Client().get(address.replace("&amp;", "&")).status_code == 200


@pytest.mark.django_db
def test_every_page_that_an_indicator_names_exists(grown: Division) -> None:
    missing = [key for key, found in CATALOGUE.items() if found.page and not rows_of(found, grown.pk).startswith("/")]
    answers = {
        address: Client().get(address).status_code
        for address in {rows_of(found, grown.pk) for found in CATALOGUE.values()} - {""}
    }

    assert missing == []
    assert set(answers.values()) == {200}, answers


@pytest.mark.django_db
def test_files_carry_numerator_and_denominator(grown: Division, english: None) -> None:
    text = Client().get(f"/divisions/{grown.pk}/figures.csv").content.decode()
    book = load_workbook(io.BytesIO(Client().get(f"/divisions/{grown.pk}/figures.xlsx").content))
    cells = {str(cell) for row in book.worksheets[0].iter_rows(values_only=True) for cell in row if cell is not None}

    for found in (text, cells):
        for words in ("+41.57%", "37 / 89", "29.37%", "37 / 126", "29.3%"):
            assert words in found
    assert "registered organizations a year before" in cells
    assert Client().get(f"/divisions/{grown.parent_id}/figures.csv").status_code == 404
    if not lacking():
        paper = Client().get(f"/divisions/{grown.pk}/figures.pdf")
        assert (paper.status_code, paper.content[:4]) == (200, b"%PDF")


@pytest.mark.django_db
def test_the_api_sets_growth_beside_share_and_claims_beside_counts(grown: Division) -> None:
    api = session_client(None)

    [claim] = api.get("/api/v1/claimed-figures", {"division": grown.pk}).json()["results"]
    assert (claim["claimed"], claim["recomputed"], claim["deviation"]) == ("29.3000", "41.57", "-12.2700")
    assert (claim["numerator"], claim["denominator"]) == ("37.00", "89.00")
    assert claim["counted"] == {
        "day": clock.today().isoformat(),
        "numerator": "37.00",
        "denominator": "89.00",
        "value": "41.57",
    }
    assert (claim["is_borne_out"], claim["rows"]) == (
        False,
        f"/organizations/?division={grown.pk}&standing=REGISTERED",
    )
    assert api.get(f"/api/v1/claimed-figures/{claim['id']}").json() == claim
    found = api.get("/api/v1/indicators/growth", {"division": grown.pk}).json()
    for kind, meant in (("claimed", "SHARE"), ("counted", "")):
        [change] = found[kind]
        assert (change["before"], change["after"], change["difference"]) == ("89.00", "126.00", "37.00")
        assert (change["growth"], change["share"], change["meant"]) == ("41.57", "29.37", meant)
    assert api.get("/api/v1/indicators/growth").status_code == 400
    assert api.get("/api/v1/indicators/growth", {"division": "x"}).status_code == 400


@pytest.mark.django_db
@pytest.mark.parametrize("count", [1, 3])
def test_claims_of_the_api_cost_the_same(grown: Division, count: int, django_assert_num_queries: Any) -> None:
    for number in range(count):
        ClaimedFigure.objects.create(
            division=grown,
            source="S1",
            reference=f"X-{number}",
            indicator="so.registered",
            meaning="数",
            printed="1",
            entered_at=ENTERED_AT,
            entered_by=UserFactory(),
        )
    api = session_client(None)
    with django_assert_num_queries(2):
        assert len(api.get("/api/v1/claimed-figures").json()["results"]) == count + 1


@pytest.mark.django_db
def test_what_cannot_be_compared_says_why(grown: Division, english: None) -> None:
    given: dict[str, Any] = {"division": grown, "source": "S9", "entered_at": ENTERED_AT, "entered_by": UserFactory()}
    ClaimedFigure.objects.create(**given, reference="1", meaning="跨度", printed="1—2个")
    ClaimedFigure.objects.create(**given, reference="2", meaning="投资", printed="1400余万元", value=14_000_000)
    ClaimedFigure.objects.create(
        **given, reference="3", indicator="match.count", meaning="对接", printed="191", value=191
    )
    ClaimedFigure.objects.create(
        **given, reference="4", indicator="so.tenants", meaning="入驻", printed="600", value=600
    )
    IndicatorValue.objects.create(
        indicator="match.count", division=grown, day=clock.today(), numerator=0, computed_at=ENTERED_AT
    )

    reasons = {row.claim.reference: str(row.reason) for row in compared(grown)}

    assert "no single count" in reasons["1"]
    assert "counts nothing of this kind" in reasons["2"]
    assert "No row of this kind has been entered" in reasons["3"]
    assert "Nothing is counted for this place" in reasons["4"]
    assert reasons["H0-27"] == ""
    [row] = [row for row in compared(grown) if row.claim.reference == "3"]
    row.claim.division.valid_to = dt.date(2025, 11, 25)
    assert "2025-11-25" in str(row.reason)
