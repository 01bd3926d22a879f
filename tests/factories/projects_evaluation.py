"""Rows of the evaluation room. Traits walk templates and plans on along their lifecycles."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.territory.models import Division
from projects.evaluation.models import (
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTask,
    EvaluationTemplate,
    EvaluatorTie,
    TemplateQuestion,
)
from projects.evaluation.queries import hash_of
from socialorgs.register.models import SocialOrganization
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, DivisionFactory
from tests.factories.funds_enterprises import walk_to
from tests.factories.socialorgs_register import OrganizationFactory

QUESTIONS = (("做得好吗？", 3, False), ("您满意吗？", 1, True))
"""Text, weight, whether it counts as satisfaction."""


class TemplateFactory(DjangoModelFactory[EvaluationTemplate]):
    """A template in use with two questions, of weights 3 and 1; `drafted=True` leaves it a draft."""

    class Meta:
        model = EvaluationTemplate

    class Params:
        drafted = factory.Trait(walk=[])
        retired = factory.Trait(walk=["PUBLISHED", "RETIRED"])

    walk = ("PUBLISHED",)
    key = factory.Sequence("template-{}".format)
    version = 1
    title = "小型项目评估表"
    subject_kind = "PROJECT"
    drafted_by: Any = factory.SubFactory(UserFactory)
    drafted_at = ENTERED_AT

    @classmethod
    def _create(
        cls, model_class: Any, *args: Any, walk: Sequence[str], questions: Sequence[Any] = QUESTIONS, **kwargs: Any
    ) -> Any:
        """Add the questions, then move the row along legal pairs."""
        row = super()._create(model_class, *args, **kwargs)
        TemplateQuestion.objects.bulk_create(
            TemplateQuestion(template=row, number=number, text=text, weight=weight, is_satisfaction=satisfaction)
            for number, (text, weight, satisfaction) in enumerate(questions, start=1)
        )
        walk_to(row, walk)
        return row


class PlanFactory(DjangoModelFactory[EvaluationPlan]):
    """An evaluation of a project that collects answers in the first week of March 2026; three answers are enough."""

    class Meta:
        model = EvaluationPlan

    class Params:
        planned = factory.Trait(walk=[])
        cancelled = factory.Trait(walk=["CANCELLED"])

    walk = ("COLLECTING",)
    title = factory.Sequence("第{}个项目的评估".format)
    subject_kind = "PROJECT"
    subject_name = "楼梯扶手项目"
    division: Any = factory.SubFactory(DivisionFactory)
    implementer: Any = factory.SubFactory(OrganizationFactory, active=True)
    template: Any = factory.SubFactory(TemplateFactory)
    period_from = dt.date(2026, 1, 1)
    period_to = dt.date(2026, 3, 1)
    weight_party = 30
    weight_residents = 40
    weight_third = 30
    minimum_answers = 3
    grade_cuts = factory.LazyFunction(lambda: {"EXCELLENT": 90, "GOOD": 75, "PASS": 60})
    opens_on = dt.date(2026, 3, 1)
    closes_on = dt.date(2026, 3, 7)
    planned_by: Any = factory.SubFactory(UserFactory)
    planned_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Move the row along legal pairs."""
        row = super()._create(model_class, *args, **kwargs)
        walk_to(row, walk)
        return row


class TaskFactory(DjangoModelFactory[EvaluationTask]):
    """A resident's slip without a name; its token is TOKEN and its number."""

    class Meta:
        model = EvaluationTask

    plan: Any = factory.SubFactory(PlanFactory)
    party = "RESIDENTS"
    method = "QUESTIONNAIRE"
    number = factory.Sequence(lambda number: number + 1)
    token_hash = factory.LazyAttribute(lambda made: hash_of(f"TOKEN{made.number}"))
    invited_by: Any = factory.SubFactory(UserFactory)
    invited_at = ENTERED_AT


class TieFactory(DjangoModelFactory[EvaluatorTie]):
    """Somebody paid by an organization."""

    class Meta:
        model = EvaluatorTie

    organization: Any = factory.SubFactory(OrganizationFactory, active=True)
    user: Any = factory.SubFactory(UserFactory, resident=True)
    kind = "PAID"
    valid_from = LONG_AGO
    recorded_by: Any = factory.SubFactory(UserFactory)
    recorded_at = ENTERED_AT


def answered(plan: EvaluationPlan, party: str, marks: Iterable[Sequence[int]], method: str = "QUESTIONNAIRE") -> None:
    """Give a plan that collects one answer of the party for each row of marks."""
    last = plan.tasks.count()
    for number, row in enumerate(marks, start=last + 1):
        task = TaskFactory(
            plan=plan, party=party, method=method, number=number, token_hash=hash_of(f"{plan.pk}-{number}")
        )
        EvaluationAnswer.objects.create(
            plan=plan,
            task=task,
            party=party,
            method=method,
            marks={str(place): mark for place, mark in enumerate(row, start=1)},
            source="WEB",
            answered_at=ENTERED_AT,
        )


def closed_plan(**more: Any) -> EvaluationPlan:
    """Return a plan whose collection is closed, with one answer of each party: 5-5, 4-4, 3-3."""
    plan: EvaluationPlan = PlanFactory(**more)
    for party, mark in (("PARTY_ORGANIZATION", 5), ("RESIDENTS", 4), ("THIRD_PARTY", 3)):
        answered(plan, party, [(mark, mark)])
    walk_to(plan, ["CLOSED"])
    return plan


ENDED = ("COLLECTING", "CLOSED", "COMPUTED", "REVIEWED", "PUBLICISED", "FINAL")


def judged(body: SocialOrganization, place: Division, grade: str, final_on: dt.date, **more: Any) -> EvaluationPlan:
    """Return an evaluation of the body in the place whose result stands since a day."""
    plan = PlanFactory(implementer=body, division=place, walk=ENDED, **more)
    at = dt.datetime.combine(final_on, dt.time(4), tzinfo=dt.UTC)
    EvaluationPlan.objects.filter(pk=plan.pk).update(final_at=at, publicised_at=at)
    EvaluationResult.objects.create(
        plan=plan,
        version=1,
        score=None if grade == "INSUFFICIENT" else Decimal(50),
        grade=grade,
        answers=30,
        invited=30,
        satisfied=1,
        valid_for_satisfaction=30,
        details={"hindrances": []},
        digest="0" * 64,
        computed_at=at,
    )
    return EvaluationPlan.objects.get(pk=plan.pk)
