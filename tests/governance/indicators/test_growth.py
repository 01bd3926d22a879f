"""Growth beside share: (new - old) / old and (new - old) / new, and which of the two a report has printed."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from governance.calendar import clock
from governance.indicators.models import ClaimedFigure, IndicatorValue
from governance.indicators.policy import Change, Form
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT
from tests.people import House


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
    with django_assert_num_queries(7):
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

    for words in ("≥41%", "~42%", "printed ≥79 (at least)", "37 / 89"):
        assert words in shown
    assert shown.count("the growth") >= 2
