"""Each kind of thing can be planned at the desk, is judged to its end, and shows its result where it is shown itself."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from projects.evaluation import operations
from projects.evaluation.models import EvaluationPlan
from projects.evaluation.queries import outcome_of
from tests.factories.accounts import UserFactory
from tests.factories.communities import BodyFactory, BodyMembershipFactory, VenueFactory
from tests.factories.projects_evaluation import TemplateFactory, answered
from tests.people import desk_client, session_client
from tests.projects.evaluation.test_results import publicised
from tests.projects.evaluation.test_surfaces import browser, text

pytestmark = pytest.mark.django_db


def planned(people: SimpleNamespace, kind: str, desk: Any = None, **keys: Any) -> EvaluationPlan:
    """Plan an evaluation by the desk's form, as the street does."""
    today = timezone.localdate()
    template = TemplateFactory(subject_kind=kind)
    answer = (desk or desk_client(people.street_officer)).post(
        "/desk/projects/evaluationplan/add/",
        {
            "title": f"{kind}评估",
            "subject_kind": kind,
            "subject_name": "某事",
            "division": people.community.pk,
            "template": template.pk,
            "period_from": str(today - dt.timedelta(days=90)),
            "period_to": str(today - dt.timedelta(days=1)),
            "opens_on": str(today),
            "closes_on": str(today),
            **keys,
        },
    )
    assert answer.status_code == 302, text(answer)
    return EvaluationPlan.objects.get(title=f"{kind}评估")


def judged(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime) -> EvaluationPlan:
    """Take it from the collection to its publicity."""
    EvaluationPlan.objects.filter(pk=plan.pk).update(minimum_answers=3)
    plan = operations.open_evaluation(by=people.street_officer, now=timezone.now(), plan=plan)
    answered(plan, "RESIDENTS", [(5, 5)] * 5)
    answered(plan, "PARTY_ORGANIZATION", [(5, 4)], method="MEETING")
    answered(plan, "THIRD_PARTY", [(4, 4)], method="INTERVIEW")
    EvaluationPlan.objects.filter(pk=plan.pk).update(status="CLOSED", closed_at=now)
    return publicised(people, plan, now)


@pytest.fixture
def committee(people: SimpleNamespace) -> Any:
    return BodyFactory(division=people.community)


@pytest.fixture
def venue(people: SimpleNamespace) -> Any:
    return VenueFactory(division=people.community)


@pytest.mark.parametrize("kind", ["PROJECT", "ORGANIZATION", "SOCIAL_WORK", "COMMITTEE", "VENUE", "GRID_WORK"])
def test_every_kind_is_planned_at_the_desk_and_stands_in_the_open_account(
    people: SimpleNamespace, committee: Any, venue: Any, now: dt.datetime, kind: str, english: None
) -> None:
    keys = {
        "PROJECT": {"implementer": people.organization.pk},
        "ORGANIZATION": {"implementer": people.organization.pk},
        "COMMITTEE": {"body": committee.pk},
        "VENUE": {"venue": venue.pk},
        "GRID_WORK": {"worker": people.community_staff.username},
    }.get(kind, {})
    plan = judged(people, planned(people, kind, **keys), now)
    year = plan.period_to.year

    account = browser().get(f"/divisions/{people.community.pk}/open-account/?year={year}&kind={kind}")
    listed = browser().get(f"/divisions/{people.community.pk}/evaluations/?subject_kind={kind}")
    other = browser().get(
        f"/divisions/{people.community.pk}/evaluations/?subject_kind={'VENUE' if kind != 'VENUE' else 'PROJECT'}"
    )

    assert outcome_of(plan, people.stranger) is not None
    assert plan.title in text(account)
    assert plan.title in text(listed)
    assert "points" in text(listed)
    assert plan.title not in text(other)


def test_a_committee_leads_to_how_it_was_judged(
    people: SimpleNamespace, committee: Any, now: dt.datetime, english: None
) -> None:
    judged(people, planned(people, "COMMITTEE", body=committee.pk), now)
    address = f"/divisions/{people.community.pk}/evaluations/?body={committee.pk}"

    home = browser().get(committee.get_absolute_url())
    listed = browser().get(address)
    nothing = browser().get(f"/divisions/{people.community.pk}/evaluations/?body={committee.pk + 1}")

    assert address in home.content.decode()
    assert f"Only evaluations of {committee.name}" in text(listed)
    assert "COMMITTEE评估" in text(listed)
    assert "COMMITTEE评估" not in text(nothing)


def test_a_venue_and_an_organization_show_their_results(
    people: SimpleNamespace, venue: Any, now: dt.datetime, english: None
) -> None:
    desk = desk_client(people.street_officer)
    judged(people, planned(people, "VENUE", desk, venue=venue.pk), now)
    judged(people, planned(people, "ORGANIZATION", desk, implementer=people.organization.pk), now)

    shown = [
        text(browser().get(address))
        for address in (f"/market/venues/{venue.pk}/", f"/organizations/{people.organization.pk}/evaluations/")
    ]

    for page in shown:
        assert "points" in page
        assert "of n = 7" in page


def test_a_member_of_the_committee_does_not_judge_it_and_a_stranger_does(
    people: SimpleNamespace, committee: Any, now: dt.datetime
) -> None:
    plan = planned(people, "COMMITTEE", body=committee.pk)
    member = UserFactory()
    BodyMembershipFactory(body=committee, user=member, valid_from=plan.period_from)
    api, path = session_client(people.street_officer), f"/api/v1/evaluations/{plan.pk}/invite"
    asked = {"party": "THIRD_PARTY", "method": "INTERVIEW"}

    refused = api.post(path, {**asked, "evaluators": [member.username]}, format="json")
    invited = api.post(path, {**asked, "evaluators": [people.stranger.username]}, format="json")

    assert (refused.status_code, refused.json()["code"], invited.status_code) == (403, "evaluator_tied", 201)
