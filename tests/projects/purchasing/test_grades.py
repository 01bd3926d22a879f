"""Who was failed in its latest evaluation offers in no purchase of the place: told before the form, and when it offers."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from django.test import Client
from django.utils import timezone

from governance.calendar.days import months_later
from projects.purchasing.awarding.models import PurchaseOffer
from projects.purchasing.catalogue.models import PurchaseList
from tests.factories.funds_reinvestment import set_value
from tests.factories.projects_evaluation import judged
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationAppointmentFactory
from tests.people import session_client
from tests.projects.purchasing.conftest import DAY, Walk, list_in_force
from tests.projects.purchasing.test_surfaces import browser

pytestmark = pytest.mark.django_db
OFFERS = "/api/v1/purchase-offers"


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock, so that the rows must lie in these days."""
    return timezone.now()


@pytest.fixture
def guidance(people: SimpleNamespace, now: dt.datetime) -> PurchaseList:
    """The catalogue in force since yesterday."""
    return list_in_force(people, now, valid_from=timezone.localdate(now) - DAY)


def typed(people: SimpleNamespace, **more: object) -> dict[str, object]:
    return {"organization": people.organizations[0].pk, "amount": "78000", "plan": "每周两次上门。", "team": "", **more}


def test_who_was_failed_is_refused_with_the_evaluation_and_the_day_on_which_it_is_free(
    people: SimpleNamespace, walk: Walk
) -> None:
    row, failed_on = walk("CALLED", bids=0).purchase, timezone.localdate() - 30 * DAY
    early, late = people.organizations[:2]
    api = session_client(people.managers[0])
    drafted = api.post(OFFERS, typed(people, purchase=row.pk), format="json").json()
    plans = [judged(body, people.places["community"], "FAIL", failed_on) for body in (early, late)]

    handed_in = api.post(f"{OFFERS}/{drafted['id']}/submit")
    given = typed(people, organization=late.pk, purchase=row.pk)
    begun = browser(people.managers[1]).post(f"/purchases/{row.pk}/offer/", given)
    over = session_client(people.managers[1]).post(OFFERS, given, format="json")

    assert (handed_in.status_code, begun.status_code, over.status_code) == (409, 400, 409)
    assert handed_in.json()["code"] == over.json()["code"] == "organization_failed"
    free_on = months_later(failed_on, 12).isoformat()
    told = [(early, plans[0], handed_in.json()["detail"]), (late, plans[1], begun.content.decode())]
    for body, plan, said in [*told, (late, plans[1], over.json()["detail"])]:
        assert [text for text in (body.name, plan.title, free_on) if text not in said] == []
    assert "每周两次上门。" in begun.content.decode()
    assert PurchaseOffer.objects.get().status == "DRAFT"


@pytest.mark.parametrize("how", ["a later one was passed", "the months are over", "the rule is off"])
def test_it_is_free_again(people: SimpleNamespace, walk: Walk, how: str) -> None:
    row, today = walk("CALLED", bids=0).purchase, timezone.localdate()
    body, place, is_over = people.organizations[0], people.places["street"], how == "the months are over"
    judged(body, place, "FAIL", months_later(today, -12) if is_over else today - 30 * DAY)
    if how == "a later one was passed":
        judged(body, place, "PASS", today - DAY)
    if how == "the rule is off":
        set_value("evaluation.gate_months", "0", place)
    api = session_client(people.managers[0])

    made = api.post(OFFERS, typed(people, purchase=row.pk), format="json")
    handed_in = api.post(f"{OFFERS}/{made.json()['id']}/submit")

    assert (made.status_code, handed_in.json()["status"]) == (201, "SUBMITTED")


def test_who_would_fill_in_the_form_in_vain_is_told_so_first(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("CALLED", bids=0).purchase
    body, other, manager = people.organizations[0], people.organizations[1], people.managers[0]
    address = f"/purchases/{row.pk}/offer/"
    free = browser(manager).get(address).content.decode()
    plan = judged(body, people.places["street"], "FAIL", timezone.localdate() - 30 * DAY)

    told = browser(manager).get(address).content.decode()
    OrganizationAppointmentFactory(organization=other, user=manager)
    of_two = browser(manager).get(address).content.decode()

    assert ('name="amount"' in free, plan.title in free) == (True, False)
    assert ('name="amount"' in told, plan.title in told) == (False, True)
    assert ('name="amount"' in of_two, plan.title in of_two) == (True, True)
    assert (f'value="{other.pk}"' in of_two, f'value="{body.pk}"' in of_two) == (True, False)


def test_what_the_register_has_against_a_body_is_told_before_the_form(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("CALLED", bids=0).purchase
    day = timezone.localdate() - 30 * DAY
    CreditListingFactory(
        organization=people.organizations[0], credit_list="SERIOUS_BREACH", listed_on=day, decision_number="失信9号"
    )

    told = browser(people.managers[0]).get(f"/purchases/{row.pk}/offer/").content.decode()

    assert ('name="amount"' in told, "失信9号" in told, day.isoformat() in told) == (False, True, True)


def test_only_who_acts_for_an_organization_opens_the_form_of_a_question(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("CALLED", bids=0).purchase
    address = f"/purchases/{row.pk}/question/"

    answers = {
        "manager": browser(people.managers[0]).get(address),
        "resident": browser(people.resident).get(address),
        "nobody": Client().get(address),
    }

    assert {who: answer.status_code for who, answer in answers.items()} == {
        "manager": 200,
        "resident": 403,
        "nobody": 302,
    }
    assert 'name="text"' in answers["manager"].content.decode()
    assert browser(people.resident).post(address, {"text": "谁来做？"}).status_code == 403
    assert address in browser(people.managers[0]).get(row.get_absolute_url()).content.decode()
    assert address not in browser(people.resident).get(row.get_absolute_url()).content.decode()
