"""What keeps a body from a grant is told in full before the form and beside the draft; the draft is written all the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from governance.accounts.models import User
from projects.grants.models import GrantApplication
from tests.factories.projects_grants import Story
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationAppointmentFactory,
    OrganizationFactory,
    manager_of,
)
from tests.people import sign_in

pytestmark = pytest.mark.django_db
SINCE = dt.timedelta(days=30)


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock, so that the story begins today."""
    return timezone.now()


def opened(story: Story, freeze_clock: Callable[[dt.datetime], None]) -> str:
    story.opened()
    freeze_clock(story.now)
    return reverse("projects:grant-application-new", args=[story.round.pk])


def page(user: User, address: str) -> str:
    client = Client()
    sign_in(client, user)
    return client.get(address).content.decode()


def test_register_list_and_inspection_are_told_before_the_form_and_leave_it_open(
    story: Story, freeze_clock: Callable[[dt.datetime], None]
) -> None:
    address = opened(story, freeze_clock)
    day = timezone.localdate(story.now) - SINCE
    body = OrganizationFactory(active=True, division=story.house.places["street"])
    manager = manager_of(body)
    before = page(manager, address)
    CreditListingFactory(organization=body, credit_list="SERIOUS_BREACH", listed_on=day, decision_number="失信7号")
    AnnualInspectionFactory(organization=body, year=day.year - 1, conclusion="FAILED", concluded_on=day)

    told = page(manager, address)

    assert ("失信7号" in before, 'name="title"' in before) == (False, True)
    assert [text for text in ("失信7号", day.isoformat(), str(day.year - 1), 'name="title"') if text not in told] == []


def test_it_stands_beside_the_draft_and_its_page_until_it_is_handed_in(
    story: Story, freeze_clock: Callable[[dt.datetime], None]
) -> None:
    opened(story, freeze_clock)
    draft: GrantApplication = story.written()
    day = timezone.localdate(story.now) - SINCE
    CreditListingFactory(
        organization=draft.organization, credit_list="SERIOUS_BREACH", listed_on=day, decision_number="失信8号"
    )

    for address in (
        reverse("projects:grant-application-write", args=[draft.pk]),
        reverse("projects:grant-application-detail", args=[draft.pk]),
    ):
        told = page(story.managers[0], address)
        assert [text for text in ("失信8号", day.isoformat()) if text not in told] == []


def test_one_body_and_three_cost_the_same(story: Story, freeze_clock: Callable[[dt.datetime], None]) -> None:
    address = opened(story, freeze_clock)
    body = OrganizationFactory(active=True, division=story.house.places["street"])
    manager = manager_of(body)
    asked = []
    for _number in range(2):
        with CaptureQueriesContext(connection) as found:
            page(manager, address)
        asked.append(len(found))
        for _more in range(2):
            OrganizationAppointmentFactory(organization=OrganizationFactory(active=True), user=manager)

    assert asked[0] == asked[1]
