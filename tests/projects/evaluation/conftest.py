"""The named people around an evaluation of a project of their community."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from communities.people.models import Role
from governance.accounts.models import User
from projects.evaluation import operations
from projects.evaluation.models import EvaluationPlan, EvaluationTask
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.projects_evaluation import PlanFactory, TaskFactory, TemplateFactory
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.people import House


@pytest.fixture
def people(house: House, system: User) -> SimpleNamespace:
    """Everybody, the implementer with its manager, a second person of the district's lead department, a template."""
    second_admin = UserFactory()
    PostFactory(user=second_admin, role=Role.DISTRICT_ADMIN, division=house.places["district"])
    organization = OrganizationFactory(active=True, division=house.places["street"])
    return SimpleNamespace(
        **house.people,
        community=house.places["community"],
        places=house.places,
        second_admin=second_admin,
        organization=organization,
        manager=manager_of(organization),
        template=TemplateFactory(),
        system=system,
    )


@pytest.fixture
def plan(people: SimpleNamespace) -> EvaluationPlan:
    """A plan that collects answers until 7 March 2026."""
    found: EvaluationPlan = PlanFactory(
        division=people.community,
        implementer=people.organization,
        template=people.template,
        planned_by=people.street_officer,
    )
    return found


@pytest.fixture
def entry(people: SimpleNamespace) -> Callable[..., dict[str, Any]]:
    """What is entered of a plan."""

    def made(**more: Any) -> dict[str, Any]:
        return {
            "title": "楼梯扶手项目评估",
            "subject_kind": "PROJECT",
            "subject_name": "楼梯扶手项目",
            "division": people.community,
            "template": people.template,
            "period_from": dt.date(2026, 1, 1),
            "period_to": dt.date(2026, 3, 1),
            "opens_on": dt.date(2026, 3, 4),
            "closes_on": dt.date(2026, 3, 10),
            "implementer": people.organization,
            **more,
        }

    return made


@pytest.fixture
def invited(people: SimpleNamespace) -> EvaluationTask:
    """An interview by a third party, invited by name, in these days."""
    today = timezone.localdate()
    plan = PlanFactory(
        division=people.community,
        implementer=people.organization,
        opens_on=today - dt.timedelta(days=1),
        closes_on=today + dt.timedelta(days=1),
    )
    found: EvaluationTask = TaskFactory(plan=plan, party="THIRD_PARTY", method="INTERVIEW", evaluator=people.stranger)
    return found


def slips(people: SimpleNamespace, plan: EvaluationPlan, now: dt.datetime, count: int) -> list[str]:
    """Invite residents by slips and return the tokens."""
    invited = operations.invite(
        by=people.street_officer, now=now, plan=plan, party="RESIDENTS", method="QUESTIONNAIRE", count=count
    )
    return [token for _task, token in invited]
