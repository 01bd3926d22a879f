"""Matters, topics and opinions as they stand in the tables; states are walked along legal pairs."""

from __future__ import annotations

import datetime as dt
from typing import Any

import factory
from factory.django import DjangoModelFactory

from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, OpinionSupport, Topic, TopicMatter, TopicPhase
from consultation.topics.policy import PhaseKind
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, DivisionFactory, PublicNoticeFactory

ONE_DAY = dt.timedelta(days=1)


class MatterFactory(DjangoModelFactory[Matter]):
    """A raised matter; `sorted=(class, route, summary)` sorts it on the same day."""

    class Meta:
        model = Matter
        skip_postgeneration_save = True

    number = factory.Sequence(lambda number: f"T2026-{number:06d}")
    title = "楼道灯坏了"
    text = "三号楼二单元的楼道灯坏了一个月。"
    place = "三号楼二单元"
    division: Any = factory.SubFactory(DivisionFactory)
    channel = MatterChannel.PAGE
    raised_by: Any = factory.SubFactory(UserFactory, resident=True)
    raised_at = ENTERED_AT
    recorded_by = factory.SelfAttribute("raised_by")
    due_on = dt.date(2026, 1, 12)

    @factory.post_generation
    def sorted(self, create: bool, extracted: tuple[str, str, str] | None, **kwargs: Any) -> None:
        """Take the row along the first pair."""
        if create and extracted:
            assert isinstance(self, Matter)
            self.three_way, self.route, self.summary = extracted
            self.status, self.sort_reason, self.sorted_at = MatterStatus.SORTED, "属于小事。", ENTERED_AT
            self.save()


SMALL = (ThreeWay.SMALL, Route.DELIBERATION, "楼道照明损坏，居民出行不便。")
BIG = (ThreeWay.BIG, Route.DEPARTMENT, "路面塌陷，需要市政部门处理。")
PRIVATE = (ThreeWay.PRIVATE, Route.ADVICE, "")


class TopicFactory(DjangoModelFactory[Topic]):
    """A topic in preparation with a discussion of ten days from ENTERED_AT on; `walked` takes it to a later state."""

    class Meta:
        model = Topic
        skip_postgeneration_save = True

    title = factory.Sequence(lambda number: f"第{number}号议题")
    text = "请大家商量楼道照明怎样改造。"
    division: Any = factory.SubFactory(DivisionFactory)
    prepared_at = ENTERED_AT
    prepared_by: Any = factory.SubFactory(UserFactory)

    @factory.post_generation
    def phases(self, create: bool, extracted: list[tuple[str, dt.datetime, dt.datetime]] | None, **kwargs: Any) -> None:
        """Write the phases."""
        assert isinstance(self, Topic)
        given = [(PhaseKind.DISCUSSION, ENTERED_AT, ENTERED_AT + 10 * ONE_DAY)] if extracted is None else extracted
        for kind, opens_at, closes_at in given:
            TopicPhase.objects.create(topic=self, kind=kind, opens_at=opens_at, closes_at=closes_at)

    @factory.post_generation
    def walked(self, create: bool, extracted: str | None, **kwargs: Any) -> None:
        """Take the row along legal pairs to the state."""
        if not extracted:
            return
        assert isinstance(self, Topic)
        self.notice = PublicNoticeFactory(division=self.division, posted=ENTERED_AT.date() - 5 * ONE_DAY)
        for status in (TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED, TopicStatus.DECIDED):
            self.status = status
            self.save()
            if status == extracted:
                return


class TopicMatterFactory(DjangoModelFactory[TopicMatter]):
    """The origin of a topic."""

    class Meta:
        model = TopicMatter

    topic: Any = factory.SubFactory(TopicFactory)
    matter: Any = factory.SubFactory(MatterFactory)


class OpinionFactory(DjangoModelFactory[Opinion]):
    """An opinion given in the discussion of its topic."""

    class Meta:
        model = Opinion

    topic: Any = factory.SubFactory(TopicFactory, walked=TopicStatus.DELIBERATED)
    author: Any = factory.SubFactory(UserFactory, resident=True, display_name="王小明")
    text = "请尽快修好。"
    given_at = ENTERED_AT


class OpinionSupportFactory(DjangoModelFactory[OpinionSupport]):
    """Somebody supports an opinion."""

    class Meta:
        model = OpinionSupport

    opinion: Any = factory.SubFactory(OpinionFactory)
    user: Any = factory.SubFactory(UserFactory, resident=True)
    supported_at = ENTERED_AT
