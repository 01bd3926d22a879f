"""Documents in versions: anchors that are kept, comments that stay, official answers."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from communities.people.policy import PersonalNumbersFound
from consultation.matters.policy import WordsMissing
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Topic
from consultation.topics.papers import operations
from consultation.topics.papers.models import DocumentVersion, OfficialAnswer, SectionComment
from consultation.topics.papers.operations import (
    CommentIsHidden,
    DocumentNamed,
    NothingChanged,
    SectionUnknown,
    TooManyParagraphs,
)
from consultation.topics.papers.policy import anchored, anchors_of, paragraphs_of
from consultation.topics.papers.queries import reading_of
from consultation.topics.refusals import OpinionIsHidden, SpeakerFromElsewhere, TopicNotYours, VerbClosed
from governance.accounts.models import User
from governance.lifecycle import MoveClosed
from tests.factories.communities import ENTERED_AT
from tests.factories.consultation_matters import ONE_DAY, OpinionFactory, TopicFactory
from tests.factories.consultation_topics import (
    DocumentVersionFactory,
    SectionCommentFactory,
    StatementFactory,
)
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

THEN = ENTERED_AT + ONE_DAY
TEXT = "总则：安全第一。\n\n灯具更换为感应灯，每层一盏。\n经费由社区基金支付。"
ORGANIZERS = {"community_staff", "street_officer", "street_reviewer"}
SPEAKERS = {"resident", "community_staff", "supervisor"}


@pytest.fixture
def topic(house: House) -> Topic:
    """A topic of the community under discussion since ENTERED_AT."""
    made: Topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    return made


@pytest.fixture
def version(topic: Topic, community_staff: User) -> DocumentVersion:
    """The first version of a document."""
    return operations.publish_document(by=community_staff, now=THEN, topic=topic, title="改造方案", text=TEXT)


# -------------------------------------------------------------------------------------------------------------- anchors


def test_a_paragraph_is_known_again() -> None:
    first = anchored(paragraphs_of(TEXT))
    second = anchored(["新增：先试点一栋。", "灯具更换为感应灯，每层两盏。", "总则：安全第一。"], first, number=2)

    assert [row["anchor"] for row in second[1:]] == [first[1]["anchor"], first[0]["anchor"]]
    assert second[0]["anchor"] not in anchors_of(first)
    assert [row["changed_in"] for row in second] == [2, 2, 1]


LINES = st.lists(st.text("安全第一灯具经费社区", min_size=1, max_size=12), max_size=8)


@settings(max_examples=80, deadline=None)
@given(LINES, LINES)
def test_anchors_are_given_once(one: list[str], other: list[str]) -> None:
    first = anchored(one)
    second = anchored(other, first, number=2)

    assert len(anchors_of(first)) == len(one)
    assert len(anchors_of(second)) == len(other)
    assert [row["text"] for row in second] == other
    assert anchored(one, first, number=2) == first
    words = {row["anchor"]: row["text"] for row in first}
    assert all(row["text"] == words[row["anchor"]] for row in second if row["changed_in"] == 1)


# ----------------------------------------------------------------------------------------------------------- publishing


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_publishes(name: str, house: House, topic: Topic) -> None:
    by = house.people[name]
    if name in ORGANIZERS:
        assert operations.publish_document(by=by, now=THEN, topic=topic, title="方案", text=TEXT).number == 1
        return
    with pytest.raises(TopicNotYours):
        operations.publish_document(by=by, now=THEN, topic=topic, title="方案", text=TEXT)
    assert DocumentVersion.objects.count() == 0


def test_what_is_not_published(topic: Topic, version: DocumentVersion, community_staff: User) -> None:
    def publish(**changes: Any) -> DocumentVersion:
        given = {"by": community_staff, "now": THEN, "topic": topic, "title": "别的", "text": TEXT, **changes}
        return operations.publish_document(**given)

    for changes, error in (
        ({"title": "改造方案"}, DocumentNamed),
        ({"text": " "}, WordsMissing),
        ({"text": "电话13812345678"}, PersonalNumbersFound),
        ({"text": "\n".join(f"第{number}条" for number in range(301))}, TooManyParagraphs),
        ({"topic": TopicFactory(division=topic.division, walked=TopicStatus.DECIDED)}, None),
    ):
        if error is None:
            assert publish(**changes).number == 1
        else:
            with pytest.raises(error):
                publish(**changes)
    Topic.objects.filter(pk=topic.pk).update(status="CLOSED")
    with pytest.raises(MoveClosed):
        operations.publish_version(by=community_staff, now=THEN, document=version.document, text="新", note="全改")


# ------------------------------------------------------------------------------------------------------------- comments


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_comments(name: str, house: House, version: DocumentVersion) -> None:
    given = {"now": THEN, "document": version.document, "anchor": version.paragraphs[0]["anchor"], "text": "谁负责？"}
    if name in SPEAKERS:
        assert operations.comment_section(by=house.people[name], **given).pk
        return
    with pytest.raises(SpeakerFromElsewhere):
        operations.comment_section(by=house.people[name], **given)
    assert SectionComment.objects.count() == 0


def test_comments_stay_with_their_paragraph(version: DocumentVersion, resident: User, community_staff: User) -> None:
    document = version.document
    for paragraph in version.paragraphs:
        operations.comment_section(
            by=resident, now=THEN, document=document, anchor=paragraph["anchor"], text="谁负责？"
        )
    with pytest.raises(NothingChanged):
        operations.publish_version(by=community_staff, now=THEN, document=document, text=TEXT, note="没有")
    operations.publish_version(
        by=community_staff,
        now=THEN,
        document=document,
        text="总则：安全第一。\n灯具更换为感应灯，每层两盏。",
        note="每层两盏；删去经费",
    )

    reading = reading_of(document, None, resident)
    assert reading is not None
    assert [[row.is_earlier for row in section.comments] for section in reading.sections] == [[False], [True]]
    assert [row.is_earlier for row in reading.orphans] == [True]
    before = reading_of(document, 1, resident)
    assert before is not None
    assert [len(section.comments) for section in before.sections] == [1, 1, 1]
    assert reading_of(document, 7, resident) is None


def test_a_comment_that_cannot_be(version: DocumentVersion, resident: User) -> None:
    given: dict[str, Any] = {"by": resident, "document": version.document, "text": "谁负责？"}
    with pytest.raises(SectionUnknown):
        operations.comment_section(now=THEN, anchor="nowhere", **given)
    with pytest.raises(VerbClosed):
        operations.comment_section(now=ENTERED_AT + 11 * ONE_DAY, anchor=version.paragraphs[0]["anchor"], **given)


def test_a_hidden_comment_is_read_by_few(
    version: DocumentVersion, resident: User, neighbor_resident: User, community_staff: User
) -> None:
    row = SectionCommentFactory(version=version, author=resident)
    with pytest.raises(TopicNotYours):
        operations.hide_comment(by=resident, now=THEN, comment=row, reason="不当。")
    operations.hide_comment(by=community_staff, now=THEN, comment=row, reason="伤害他人。")

    seen = [SectionComment.objects.visible_to(user).count() for user in (resident, neighbor_resident, community_staff)]
    assert seen == [1, 0, 1]
    with pytest.raises(CommentIsHidden):
        operations.hide_comment(by=community_staff, now=THEN, comment=row, reason="伤害他人。")
    row.refresh_from_db()
    with pytest.raises(CommentIsHidden):
        operations.answer_officially(by=community_staff, now=THEN, to=row, text="谢谢。", office="社区居委会")


# -------------------------------------------------------------------------------------------------------------- answers


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_answers(name: str, house: House, topic: Topic) -> None:
    opinion = OpinionFactory(topic=topic)
    by = house.people[name]
    if name in ORGANIZERS:
        made = operations.answer_officially(by=by, now=THEN, to=opinion, text="下周动工。", office="社区居委会")
        assert (made.opinion, made.topic, made.division) == (opinion, topic, topic.division)
        return
    with pytest.raises(TopicNotYours):
        operations.answer_officially(by=by, now=THEN, to=opinion, text="下周动工。", office="社区居委会")
    assert OfficialAnswer.objects.count() == 0


def test_statements_and_comments_are_answered(topic: Topic, version: DocumentVersion, community_staff: User) -> None:
    for target in (StatementFactory(topic=topic), SectionCommentFactory(version=version)):
        made = operations.answer_officially(
            by=community_staff, now=THEN, to=target, text="下周动工。", office="社区居委会"
        )
        assert made.target == target
    hidden = OpinionFactory(topic=topic, hidden_at=THEN, hidden_by=community_staff, hidden_reason="伤害他人。")
    with pytest.raises(OpinionIsHidden):
        operations.answer_officially(by=community_staff, now=THEN, to=hidden, text="谢谢。", office="社区居委会")


# ---------------------------------------------------------------------------------------------------------------- walls


def test_walls_of_documents(topic: Topic, resident: User) -> None:
    version = DocumentVersionFactory(document__topic=topic)
    comment = SectionCommentFactory(version=version)
    insert = (
        "INSERT INTO consultation_sectioncomment (version_id, anchor, author_id, text, given_at, hidden_reason) "
        "VALUES (%s, %s, %s, %s, %s, '')"
    )
    there = version.paragraphs[0]["anchor"]

    assert violated("UPDATE consultation_documentversion SET note = 'x' WHERE id = %s", version.pk)
    assert "Cannot update rows" in violated(
        "UPDATE consultation_sectioncomment SET text = 'x' WHERE id = %s", comment.pk
    )
    for anchor, moment in (("nowhere", THEN), (there, ENTERED_AT + 11 * ONE_DAY)):
        found = violated(insert, version.pk, anchor, resident.pk, "x", moment)
        assert found == "sectioncomment_on_a_paragraph_in_a_phase"
    assert violated(insert, version.pk, there, resident.pk, "", THEN) == "sectioncomment_says_something"
    assert (
        violated("UPDATE consultation_sectioncomment SET hidden_at = now() WHERE id = %s", comment.pk)
        == "sectioncomment_hidden_with_a_reason"
    )


def test_walls_of_answers(topic: Topic, community_staff: User) -> None:
    opinion, statement = OpinionFactory(topic=topic), StatementFactory(topic=topic)
    insert = (
        "INSERT INTO consultation_officialanswer (opinion_id, statement_id, text, office, answered_at, answered_by_id) "
        "VALUES (%s, %s, %s, 'x', now(), %s)"
    )

    for opinion_key, statement_key in ((None, None), (opinion.pk, statement.pk)):
        found = violated(insert, opinion_key, statement_key, "x", community_staff.pk)
        assert found == "officialanswer_to_one_thing"
    assert violated(insert, opinion.pk, None, "", community_staff.pk) == "officialanswer_is_signed"
