"""Questionnaires as they stand in the tables, walked along legal states."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from consultation.matters.surveys.models import QuestionKind, Survey, SurveyQuestion
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, DivisionFactory

QUESTIONS: list[dict[str, Any]] = [
    {"text": "您对小区环境满意吗?", "kind": QuestionKind.MARK, "is_required": True},
    {"text": "您家最需要哪项服务?", "kind": QuestionKind.ONE, "options": ["助餐", "托幼", "维修"]},
    {"text": "您愿意参加哪些活动?", "kind": QuestionKind.SEVERAL, "options": ["义诊", "读书会", "清洁日"]},
    {"text": "还有什么要办的事?", "kind": QuestionKind.WORDS, "need_field": "ELDERLY"},
]


class SurveyFactory(DjangoModelFactory[Survey]):
    """A draft with four questions, one of each kind; `walked` takes it to a later state."""

    class Meta:
        model = Survey
        skip_postgeneration_save = True

    division: Any = factory.SubFactory(DivisionFactory)
    title = "居民需求调查"
    purpose = "了解居民最需要的服务,结果公布,意见转办。"
    closes_on = dt.date(2026, 12, 31)
    drafted_at = ENTERED_AT
    drafted_by: Any = factory.SubFactory(UserFactory)

    @factory.post_generation
    def questions(self, create: bool, extracted: list[dict[str, Any]] | None, **kwargs: Any) -> None:
        """Write the questions."""
        assert isinstance(self, Survey)
        for number, question in enumerate(QUESTIONS if extracted is None else extracted, start=1):
            SurveyQuestion.objects.create(survey=self, number=number, **question)

    @factory.post_generation
    def walked(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """Take the row along legal pairs to the state."""
        assert isinstance(self, Survey)
        path = {"OPEN": ["OPEN"], "CLOSED": ["OPEN", "CLOSED"]}.get(extracted or "", [])
        for status in path:
            self.status = status
            self.save()
