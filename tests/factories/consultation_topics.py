"""Statements, positions, documents and followers as they stand in the tables."""

from __future__ import annotations

from typing import Any

import factory
from factory.django import DjangoModelFactory

from consultation.topics.following.models import Follow
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.papers.models import DocumentVersion, SectionComment, TopicDocument
from consultation.topics.papers.policy import anchored
from consultation.topics.statements.lifecycle import StatementStatus
from consultation.topics.statements.models import Statement, StatementVote
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT
from tests.factories.consultation_matters import TopicFactory


class StatementFactory(DjangoModelFactory[Statement]):
    """A statement open for positions; `status=` leaves it elsewhere."""

    class Meta:
        model = Statement
        skip_postgeneration_save = True

    topic: Any = factory.SubFactory(TopicFactory, walked=TopicStatus.DELIBERATED)
    text = factory.Sequence(lambda number: f"第{number}条观点：楼道灯应尽快修好。")
    author: Any = factory.SubFactory(UserFactory, resident=True, display_name="王小明")
    proposed_at = ENTERED_AT

    @factory.post_generation
    def shown(self, create: bool, extracted: bool | None, **kwargs: Any) -> None:
        """Let people take positions, unless told otherwise."""
        if create and extracted is not False:
            assert isinstance(self, Statement)
            self.status = StatementStatus.SHOWN
            self.save()


class StatementVoteFactory(DjangoModelFactory[StatementVote]):
    """Somebody agrees with a statement."""

    class Meta:
        model = StatementVote

    statement: Any = factory.SubFactory(StatementFactory)
    user: Any = factory.SubFactory(UserFactory, resident=True)
    position = "AGREE"
    given_at = ENTERED_AT


class TopicDocumentFactory(DjangoModelFactory[TopicDocument]):
    """A document of a topic under discussion."""

    class Meta:
        model = TopicDocument

    topic: Any = factory.SubFactory(TopicFactory, walked=TopicStatus.DELIBERATED)
    title = factory.Sequence(lambda number: f"方案（{number}）")
    created_at = ENTERED_AT
    created_by: Any = factory.SubFactory(UserFactory)


class DocumentVersionFactory(DjangoModelFactory[DocumentVersion]):
    """The first version of a document, of three paragraphs."""

    class Meta:
        model = DocumentVersion

    document: Any = factory.SubFactory(TopicDocumentFactory)
    number = 1
    paragraphs = factory.LazyFunction(
        lambda: anchored(["总则：安全第一。", "灯具更换为感应灯。", "经费由社区基金支付。"])
    )
    published_at = ENTERED_AT
    published_by: Any = factory.SubFactory(UserFactory)


class SectionCommentFactory(DjangoModelFactory[SectionComment]):
    """A comment on the first paragraph."""

    class Meta:
        model = SectionComment

    version: Any = factory.SubFactory(DocumentVersionFactory)
    anchor = factory.LazyAttribute(lambda made: made.version.paragraphs[0]["anchor"])
    author: Any = factory.SubFactory(UserFactory, resident=True, display_name="王小明")
    text = "请写明谁来负责。"
    given_at = ENTERED_AT


class FollowFactory(DjangoModelFactory[Follow]):
    """A person with a verified number follows a topic by text message."""

    class Meta:
        model = Follow

    user: Any = factory.SubFactory(UserFactory, resident=True, phone="+8613812345678", phone_verified=True)
    topic: Any = factory.SubFactory(TopicFactory, walked=TopicStatus.DELIBERATED)
    division: Any = factory.LazyAttribute(lambda made: made.topic.division)
    language = "zh-hans"
    begun_at = ENTERED_AT
