"""Who was failed in its latest evaluation applies for no grant of the place: told before the form, and when it submits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from governance.calendar.days import months_later
from projects.grants import refusals, submitting
from projects.grants.models import GrantApplication
from tests.factories.funds_reinvestment import set_value
from tests.factories.projects_evaluation import judged
from tests.factories.projects_grants import Story
from tests.factories.socialorgs_register import OrganizationAppointmentFactory, OrganizationFactory, manager_of
from tests.people import session_client, sign_in

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock, so that the story begins today."""
    return timezone.now()


@pytest.fixture
def draft(story: Story, freeze_clock: Callable[[dt.datetime], None]) -> GrantApplication:
    """A draft in a round of the district that takes applications."""
    story.opened()
    freeze_clock(story.now)
    return story.written()


def browser(user: Any) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def test_who_was_failed_is_refused_with_the_evaluation_and_the_day_on_which_it_is_free(
    story: Story, draft: GrantApplication
) -> None:
    failed_on = timezone.localdate(story.now) - 30 * DAY
    plan = judged(draft.organization, story.house.places["street"], "FAIL", failed_on)
    free_on, manager = months_later(failed_on, 12), story.managers[0]

    page = browser(manager).post(reverse("projects:grant-application-act", args=[draft.pk, "submit"]))
    over = session_client(manager).post(f"/api/v1/grant-applications/{draft.pk}/submit")
    with override("en"), pytest.raises(refusals.ApplicantHindered, match="as soon as a later evaluation"):
        submitting.submit_application(by=manager, now=story.now, application=draft)

    draft.refresh_from_db()
    assert (page.status_code, over.status_code, draft.status) == (400, 409, "DRAFT")
    assert over.json()["code"] == "grant_applicant_hindered"
    for said in (page.content.decode(), over.json()["detail"]):
        assert [text for text in (plan.title, free_on.isoformat()) if text not in said] == []


@pytest.mark.parametrize("how", ["a later one was passed", "the months are over", "the rule is off"])
def test_it_is_free_again(story: Story, draft: GrantApplication, how: str) -> None:
    today, street = timezone.localdate(story.now), story.house.places["street"]
    is_over = how == "the months are over"
    judged(draft.organization, street, "FAIL", months_later(today, -12) if is_over else today - 30 * DAY)
    if how == "a later one was passed":
        judged(draft.organization, street, "PASS", today - DAY)
    if how == "the rule is off":
        set_value("evaluation.gate_months", "0", story.place)

    answer = session_client(story.managers[0]).post(f"/api/v1/grant-applications/{draft.pk}/submit")

    assert (answer.status_code, answer.json()["status"]) == (200, "SUBMITTED")


def test_who_would_fill_in_the_form_in_vain_is_told_so_first(
    story: Story, freeze_clock: Callable[[dt.datetime], None]
) -> None:
    story.opened()
    freeze_clock(story.now)
    today, street = timezone.localdate(story.now), story.house.places["street"]
    body, other = (OrganizationFactory(active=True, division=street) for _number in range(2))
    manager = manager_of(body)
    address = reverse("projects:grant-application-new", args=[story.round.pk])
    free = browser(manager).get(address).content.decode()
    plan = judged(body, street, "FAIL", today - 30 * DAY)

    told = browser(manager).get(address).content.decode()
    OrganizationAppointmentFactory(organization=other, user=manager)
    of_two = browser(manager).get(address).content.decode()

    assert ('name="title"' in free, plan.title in free) == (True, False)
    assert ('name="title"' in told, plan.title in told) == (False, True)
    assert months_later(today - 30 * DAY, 12).isoformat() in told
    assert ('name="title"' in of_two, plan.title in of_two) == (True, True)
    assert (f'value="{other.pk}"' in of_two, f'value="{body.pk}"' in of_two) == (True, False)


def test_who_is_free_again_before_the_round_closes_may_write_and_is_told_the_day(
    story: Story, freeze_clock: Callable[[dt.datetime], None]
) -> None:
    story.opened()
    freeze_clock(story.now)
    body = OrganizationFactory(active=True, division=story.house.places["street"])
    failed_on = months_later(story.round.closes_on, -12)
    judged(body, story.house.places["street"], "FAIL", failed_on)

    page = browser(manager_of(body)).get(reverse("projects:grant-application-new", args=[story.round.pk]))

    assert 'name="title"' in page.content.decode()
    assert months_later(failed_on, 12).isoformat() in page.content.decode()


def test_the_form_asks_once_for_any_number_of_bodies(story: Story, freeze_clock: Callable[[dt.datetime], None]) -> None:
    story.opened()
    freeze_clock(story.now)
    body = OrganizationFactory(active=True, division=story.house.places["street"])
    manager = manager_of(body)
    address = reverse("projects:grant-application-new", args=[story.round.pk])
    asked = []
    for _number in range(2):
        with CaptureQueriesContext(
            connection,
        ) as found:
            assert browser(manager).get(address).status_code == 200
        asked.append(sum("projects_evaluationplan" in one["sql"] for one in found))
        for _more in range(2):
            OrganizationAppointmentFactory(organization=OrganizationFactory(active=True), user=manager)

    assert asked == [1, 1]
