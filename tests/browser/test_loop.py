"""Every page of the loop on a phone of 360 px, in Chinese and English, in standard and large type.

The whole story stands in the database: the matter, the topic, the vote, the decision, the money, the contract, the
hours, the evaluation that was computed and pushed. One browser opens each page twice, as the person it is made for:
Chinese in standard type, English in large type.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.db.models import Model
from django.urls import reverse

from communities.territory.models import Division, Tier
from consultation.ballots.models import Ballot
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.ledger.models import Journal
from funds.spending.models import SpendingRequest
from governance.accounts.models import User
from governance.calendar import clock
from governance.portal.demonstration.delivery import EVALUATION_TITLE
from governance.visitors import ELDER_COOKIE
from projects.contracts.models import Contract
from projects.evaluation.models import EvaluationPlan, PushMessage
from projects.volunteering.models import VolunteerActivity
from socialorgs.register.models import SocialOrganization
from tests.browser.examine import CHINESE, ENGLISH, faults, session_cookie
from tests.factories.projects_evaluation import PlanFactory, TaskFactory
from tests.sweep.world import build_world

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PATIENCE = 10_000  # milliseconds
NO_SLIP = "/answers/unknown/"
VOLUNTEER = "黄素华"
"""A neighbor who has voted, has given an opinion on the work and has points."""
LOOKS = ((CHINESE, "zh-hans", 0), (ENGLISH, "en", 1))
"""Language, its code in the cookie, and whether the type is large; the width is looked at in both sizes of type."""
Shown = dict[User | None, list[str]]
"""The addresses that each person opens."""


@pytest.fixture
def shown() -> Shown:
    """Tell the whole story and say who opens which pages."""
    with transaction.atomic():
        rows, people = build_world()
    assert EvaluationPlan.objects.get(title=EVALUATION_TITLE).status == "PUSHED"
    assert PushMessage.objects.exists()
    return _pages(rows, people)


def _pages(rows: dict[type[Model], Model], people: dict[str, User | None]) -> Shown:
    home = rows[Division]
    today = clock.today()
    plan = PlanFactory(division=home, opens_on=today, closes_on=today + dt.timedelta(days=7))
    TaskFactory(plan=plan, number=7)
    quiet = Division.objects.filter(tier=Tier.COMMUNITY, status="ACTIVE").exclude(pk=home.pk).earliest("pk")

    def of(model: type[Model], name: str) -> str:
        return reverse(name, args=[rows[model].pk])

    lists = (
        "portal:division",
        "consultation:matter-list",
        "consultation:topic-list",
        "consultation:ballot-list",
        "consultation:decision-list",
        "projects:contract-list",
        "projects:activity-list",
        "projects:evaluation-list",
    )
    acted_on = [
        of(Matter, "consultation:matter-detail"),
        of(Topic, "consultation:topic-detail"),
        of(Ballot, "consultation:ballot-detail"),
        of(Decision, "consultation:decision-detail"),
        of(SpendingRequest, "funds:request-detail"),
        of(Contract, "projects:contract-detail"),
        of(VolunteerActivity, "projects:activity-detail"),
    ]
    evaluated = reverse("projects:evaluation-detail", args=[EvaluationPlan.objects.get(title=EVALUATION_TITLE).pk])
    paid = Journal.objects.filter(kind="PAYMENT").latest("pk")
    return {
        None: [
            *(reverse(name, args=[home.pk]) for name in lists),
            *(reverse(name, args=[quiet.pk]) for name in lists[1:]),
            reverse("socialorgs:organization-list"),
            of(SocialOrganization, "socialorgs:organization-detail"),
            reverse("socialorgs:listing-list"),
            reverse("funds:request-list"),
            evaluated,
            reverse("projects:answer-find"),
            reverse("projects:answer", args=["TOKEN7"]),
            NO_SLIP,
            reverse("portal:trace", args=["matter", rows[Matter].pk]),
            reverse("portal:trace", args=["journal", paid.pk]),
            reverse("indicators:indicators"),
        ],
        people["resident"]: [
            reverse("consultation:matter-new", args=[home.pk]),
            reverse("consultation:matter-mine"),
            *acted_on,
        ],
        User.objects.get(display_name=VOLUNTEER): [
            of(Ballot, "consultation:ballot-vote"),
            reverse("projects:passport"),
        ],
        people["street_officer"]: [*acted_on, evaluated],
    }


def test_everybody_reads_the_loop_on_a_phone(shown: Shown, live_server: Any, on_phone: Callable[..., Any]) -> None:
    cookies = {person: session_cookie(person, live_server.url) for person in shown if person is not None}

    def visit(page: Any) -> list[str]:
        page.set_default_timeout(PATIENCE)
        wrong = []
        for person, addresses in shown.items():
            page.context.clear_cookies()
            if person is not None:
                page.context.add_cookies([cookies[person]])
            for language, code, is_large in LOOKS:
                look = {django_settings.LANGUAGE_COOKIE_NAME: code, ELDER_COOKIE: str(is_large)}
                page.context.add_cookies(
                    [{"name": name, "value": value, "url": live_server.url} for name, value in look.items()]
                )
                for address in addresses:
                    answer = page.goto(live_server.url + address)
                    assert answer.ok or address == NO_SLIP, address
                    wrong += faults(page, language)
        return wrong

    if wrong := on_phone(visit):
        pytest.fail("\n".join(wrong))
