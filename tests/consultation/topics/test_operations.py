"""A topic from its matters to its end: phases open verbs, people speak, support and are hidden with a reason."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.utils import timezone

from communities.notices import operations as notices
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import ObjectionOutcome, PublicNotice
from communities.notices.operations import NoticeNotYours
from communities.people.models import Role
from communities.people.policy import PersonalNumbersFound
from communities.territory.models import Division
from consultation.matters import operations as matters_room
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, Route, ThreeWay
from consultation.matters.policy import WordsMissing, WordsTooLong
from consultation.topics import operations
from consultation.topics.lifecycle import TopicStatus
from consultation.topics.models import Opinion, OpinionSupport, Stance, Topic, TopicMatter, TopicPhase
from consultation.topics.policy import OPINIONS_PER_PERSON, PhaseKind, Verb
from consultation.topics.queries import open_verbs, voices_of
from consultation.topics.refusals import (
    DocumentNotPublic,
    MatterElsewhere,
    MatterInAnotherTopic,
    NothingToAnnounce,
    OpinionIsHidden,
    OwnOpinion,
    PhaseBeforeNotice,
    PhasesDoNotFit,
    PhasesStay,
    PlaceIsClosed,
    SpeakerFromElsewhere,
    SupportRepeated,
    TooManyOpinions,
    TopicNoticeRunning,
    TopicNotYours,
    TopicObjectedTo,
    VerbClosed,
)
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing
from governance.outbox.models import OutboxEvent
from tests.factories.communities import ENTERED_AT, AttachmentFactory, PostFactory
from tests.factories.consultation_matters import (
    ONE_DAY,
    SMALL,
    MatterFactory,
    OpinionFactory,
    OpinionSupportFactory,
    TopicFactory,
    TopicMatterFactory,
)
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

ORGANIZERS = {"community_staff", "street_officer", "street_reviewer"}
SPEAKERS = {"resident", "community_staff", "supervisor"}


def at(day: dt.date, hour: int = 12) -> dt.datetime:
    """Return a moment of a day in the district."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_default_timezone())


def days(number: int, hour: int = 9) -> dt.datetime:
    """Return an hour of a day so many days after 4 March 2026."""
    return at(dt.date(2026, 3, 4) + number * ONE_DAY, hour)


PHASES = [(PhaseKind.DISCUSSION, days(4), days(10)), (PhaseKind.VOTE, days(10), days(17))]


@pytest.fixture
def matter(house: House) -> Matter:
    """A matter of the community that was sorted to deliberation."""
    made: Matter = MatterFactory(raised_by=house.people["resident"], division=house.places["community"], sorted=SMALL)
    return made


@pytest.fixture
def prepare(house: House, now: dt.datetime) -> Callable[..., Topic]:
    """Prepare a topic as the community's staff, with whatever a test changes."""

    def call(**changes: Any) -> Topic:
        given: dict[str, Any] = {
            "by": house.people["community_staff"],
            "now": now,
            "division": house.places["community"],
            "title": "三号楼楼道照明改造",
            "text": "请大家说说怎样改造。",
            "affected": "三号楼住户",
            "matters": [],
            "phases": PHASES,
            **changes,
        }
        return operations.prepare_topic(**given)

    return call


@pytest.fixture
def running(house: House) -> Topic:
    """A topic of the community under discussion since ENTERED_AT."""
    made: Topic = TopicFactory(division=house.places["community"], walked=TopicStatus.DELIBERATED)
    return made


# ----------------------------------------------------------------------------------------------------------- preparing


def test_a_topic_takes_its_matters_up(prepare: Any, matter: Matter, community_staff: User) -> None:
    topic = prepare(matters=[matter])

    matter.refresh_from_db()
    assert (topic.status, topic.prepared_by) == (TopicStatus.PREPARED, community_staff)
    assert (matter.status, list(topic.matters.all())) == (MatterStatus.TAKEN_UP, [matter])
    assert [(phase.kind, phase.opens_at) for phase in topic.phases.all()] == [
        (PhaseKind.DISCUSSION, days(4)),
        (PhaseKind.VOTE, days(10)),
    ]
    entry = AuditEntry.objects.get(verb="consultation.topic.prepared")
    assert entry.after["matters"] == [matter.number]
    assert AuditEntry.objects.filter(verb="consultation.matter.taken_up", object_key=str(matter.pk)).exists()


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_prepares_topics(name: str, prepare: Any, house: House) -> None:
    if name in ORGANIZERS:
        assert prepare(by=house.people[name]).pk
        return

    with pytest.raises(TopicNotYours):
        prepare(by=house.people[name])
    assert Topic.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"title": " "}, WordsMissing),
        ({"text": "长" * 10_001}, WordsTooLong),
        ({"text": "联系13812345678"}, PersonalNumbersFound),
        ({"affected": "联系13812345678"}, PersonalNumbersFound),
        ({"phases": [(PhaseKind.VOTE, days(4), days(4))]}, PhasesDoNotFit),
        ({"phases": [(PhaseKind.VOTE, days(9), days(12)), (PhaseKind.DISCUSSION, days(4), days(10))]}, PhasesDoNotFit),
        ({"phases": [("NAP", days(4), days(5))]}, PhasesDoNotFit),
        ({"phases": [(PhaseKind.VOTE, days(number), days(number + 1)) for number in range(11)]}, PhasesDoNotFit),
    ],
)
def test_a_topic_that_does_not_fit(
    changes: dict[str, Any], error: type[Exception], prepare: Any, matter: Matter
) -> None:
    with pytest.raises(error):
        prepare(matters=[matter], **changes)

    matter.refresh_from_db()
    assert (matter.status, Topic.objects.count()) == (MatterStatus.SORTED, 0)


def test_a_hidden_document_is_refused(prepare: Any, community: Division) -> None:
    with pytest.raises(DocumentNotPublic):
        prepare(documents=[AttachmentFactory(division=community, visibility="INTERNAL")])


def test_a_closed_place_prepares_nothing(prepare: Any, community: Division) -> None:
    Division.objects.filter(pk=community.pk).update(status="CLOSED", valid_to=dt.date(2026, 1, 1))

    with pytest.raises(PlaceIsClosed):
        prepare(division=Division.objects.get(pk=community.pk))


def test_matters_that_do_not_belong_there(prepare: Any, house: House, matter: Matter) -> None:
    raised = MatterFactory(division=house.places["community"])
    direct = MatterFactory(division=house.places["community"], sorted=(ThreeWay.SMALL, Route.DIRECT, ""))
    elsewhere = MatterFactory(division=house.places["neighbor"], sorted=SMALL)
    TopicMatterFactory(matter=matter)

    for wrong, error in (
        (raised, MoveClosed),
        (direct, MoveHindered),
        (elsewhere, MatterElsewhere),
        (matter, MatterInAnotherTopic),
    ):
        with pytest.raises(error):
            prepare(matters=[wrong])

    assert Topic.objects.filter(title="三号楼楼道照明改造").count() == 0
    assert TopicMatter.objects.count() == 1


def test_phases_are_set_anew_before_the_announcement(
    prepare: Any, running: Topic, community_staff: User, resident: User, now: dt.datetime
) -> None:
    topic = prepare()
    later = [(PhaseKind.DISCUSSION, days(8), days(12))]
    with pytest.raises(TopicNotYours):
        operations.set_phases(by=resident, now=now, topic=topic, phases=later)
    with pytest.raises(PhasesStay):
        operations.set_phases(by=community_staff, now=now, topic=running, phases=later)

    operations.set_phases(by=community_staff, now=now, topic=topic, phases=later)

    assert [(phase.opens_at, phase.closes_at) for phase in topic.phases.all()] == [(days(8), days(12))]


def test_a_phase_is_added_after_the_last_one(running: Topic, community_staff: User, now: dt.datetime) -> None:
    window = {"kind": PhaseKind.DISCUSSION, "opens_at": days(1), "closes_at": days(3)}
    topic = operations.add_phase(by=community_staff, now=now, topic=running, **window)
    assert topic.phases.count() == 2
    for wrong in (
        window,
        {**window, "opens_at": days(-1)},
        {**window, "opens_at": days(5), "closes_at": days(4)},
    ):
        with pytest.raises(PhasesDoNotFit):
            operations.add_phase(by=community_staff, now=now, topic=running, **wrong)
    with pytest.raises(MoveClosed):
        operations.add_phase(
            by=community_staff,
            now=now,
            topic=TopicFactory(division=running.division, walked=TopicStatus.DECIDED),
            **window,
        )


# --------------------------------------------------------------------------------------------- announcing, beginning


def test_an_announcement_is_a_notice_with_its_days(prepare: Any, community_staff: User, now: dt.datetime) -> None:
    document = AttachmentFactory()
    topic = prepare(documents=[document])

    announced = operations.announce_topic(by=community_staff, now=now, topic=topic)

    notice = announced.notice
    assert notice is not None
    assert (announced.status, notice.status) == (TopicStatus.ANNOUNCED, NoticeStatus.POSTED)
    assert (notice.starts_on, notice.ends_on) == (dt.date(2026, 3, 4), dt.date(2026, 3, 7))
    assert topic.title in notice.title
    for part in (topic.text, "三号楼住户", "2026-03-08 09:00", "2026-03-21 09:00"):
        assert part in notice.body
    assert list(notice.attachments.all()) == [document]
    assert OutboxEvent.objects.filter(topic="consultation.topic.announced").count() == 1


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_announces(name: str, prepare: Any, house: House, now: dt.datetime) -> None:
    topic = prepare()
    if name in ORGANIZERS:
        assert operations.announce_topic(by=house.people[name], now=now, topic=topic).status == TopicStatus.ANNOUNCED
        return

    with pytest.raises((MoveForbidden, NoticeNotYours)):
        operations.announce_topic(by=house.people[name], now=now, topic=topic)
    assert PublicNotice.objects.count() == 0


@pytest.mark.parametrize(("opens_on", "is_refused"), [(3, True), (4, False)])
def test_people_are_told_before_they_deliberate(
    *, opens_on: int, is_refused: bool, prepare: Any, community_staff: User, now: dt.datetime
) -> None:
    topic = prepare(phases=[(PhaseKind.DISCUSSION, days(opens_on, 0), days(9))])
    if not is_refused:
        assert operations.announce_topic(by=community_staff, now=now, topic=topic).notice
        return

    with pytest.raises(PhaseBeforeNotice):
        operations.announce_topic(by=community_staff, now=now, topic=topic)
    assert PublicNotice.objects.count() == 0


def test_without_phases_there_is_nothing_to_announce(prepare: Any, community_staff: User, now: dt.datetime) -> None:
    with pytest.raises(NothingToAnnounce):
        operations.announce_topic(by=community_staff, now=now, topic=prepare(phases=[]))


def test_a_topic_is_announced_once(prepare: Any, community_staff: User, now: dt.datetime) -> None:
    topic = operations.announce_topic(by=community_staff, now=now, topic=prepare())

    with pytest.raises(MoveClosed):
        operations.announce_topic(by=community_staff, now=now, topic=topic)
    assert PublicNotice.objects.count() == 1


def test_an_old_text_with_numbers_is_not_posted(community: Division, community_staff: User, now: dt.datetime) -> None:
    topic = TopicFactory(division=community, text="联系13812345678", phases=PHASES)

    with pytest.raises(PersonalNumbersFound):
        operations.announce_topic(by=community_staff, now=now, topic=topic)
    assert PublicNotice.objects.count() == 0


def test_the_deliberation_begins_after_the_notice(prepare: Any, community_staff: User, now: dt.datetime) -> None:
    topic = operations.announce_topic(by=community_staff, now=now, topic=prepare())

    with pytest.raises(TopicNoticeRunning):
        operations.begin_deliberation(by=community_staff, now=days(3, 23), topic=topic)
    begun = operations.begin_deliberation(by=community_staff, now=days(4, 0), topic=topic)

    assert (begun.status, begun.deliberated_at) == (TopicStatus.DELIBERATED, days(4, 0))


@pytest.mark.parametrize("outcome", ["", ObjectionOutcome.UPHELD, ObjectionOutcome.REJECTED])
def test_an_objection_to_the_notice_holds_the_topic(
    *, outcome: str, prepare: Any, community_staff: User, resident: User, system: User, now: dt.datetime
) -> None:
    topic = operations.announce_topic(by=community_staff, now=now, topic=prepare())
    assert topic.notice is not None
    objection = notices.raise_objection(by=resident, now=now, notice=topic.notice, text="应先公布账目。")
    if outcome:
        notices.answer_objection(by=community_staff, now=now, objection=objection, outcome=outcome, reply="已答复。")
    if outcome == ObjectionOutcome.REJECTED:
        assert operations.begin_due_deliberations(by=system, now=days(5)) == [topic.pk]
        return

    with pytest.raises(TopicObjectedTo):
        operations.begin_deliberation(by=community_staff, now=days(5), topic=topic)
    assert operations.begin_due_deliberations(by=system, now=days(5)) == []
    topic.refresh_from_db()
    assert topic.status == TopicStatus.ANNOUNCED


def test_the_clock_begins_a_topic_when_its_phase_opens(
    prepare: Any, community_staff: User, system: User, now: dt.datetime
) -> None:
    topic = operations.announce_topic(by=community_staff, now=now, topic=prepare())

    assert operations.begin_due_deliberations(by=system, now=days(4, 8)) == []
    assert operations.begin_due_deliberations(by=system, now=days(4, 9)) == [topic.pk]
    assert operations.begin_due_deliberations(by=system, now=days(4, 9)) == []


# -------------------------------------------------------------------------------------------------------------- phases


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (days(4, 8), set()),
        (days(4, 9), set(Verb) - {Verb.CAST_VOTE}),
        (days(10, 8), set(Verb) - {Verb.CAST_VOTE}),
        (days(10, 9), {Verb.CAST_VOTE}),
        (days(17, 8), {Verb.CAST_VOTE}),
        (days(17, 9), set()),
    ],
)
def test_phases_open_verbs(moment: dt.datetime, expected: set[Verb], db: None) -> None:
    topic = TopicFactory(phases=PHASES, walked=TopicStatus.DELIBERATED)

    assert open_verbs(topic, moment) == expected


@pytest.mark.parametrize("status", [None, TopicStatus.ANNOUNCED, TopicStatus.DECIDED])
def test_outside_the_deliberation_no_verb_is_open(status: str | None, db: None) -> None:
    topic = TopicFactory(phases=PHASES, walked=status)

    assert open_verbs(topic, days(5)) == set()


# ------------------------------------------------------------------------------------------------------------ opinions


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_speaks(name: str, running: Topic, house: House) -> None:
    person = house.people[name]
    if name in SPEAKERS:
        opinion = operations.give_opinion(by=person, now=ENTERED_AT, topic=running, text=" 好 ", stance=Stance.FOR)
        assert (opinion.author, opinion.text, opinion.stance) == (person, "好", Stance.FOR)
        assert AuditEntry.objects.get(verb="consultation.opinion.given").actor == person
        return

    with pytest.raises(SpeakerFromElsewhere):
        operations.give_opinion(by=person, now=ENTERED_AT, topic=running, text="好")
    assert Opinion.objects.count() == 0


def test_a_steward_speaks_where_the_post_is(running: Topic, stranger: User) -> None:
    PostFactory(user=stranger, role=Role.STEWARD, division=running.division)

    assert operations.give_opinion(by=stranger, now=ENTERED_AT, topic=running, text="好").author == stranger


@pytest.mark.parametrize(("moment", "is_open"), [(-1, False), (0, True), (10 * 86400 - 1, True), (10 * 86400, False)])
def test_opinions_before_during_and_after(*, moment: int, is_open: bool, running: Topic, resident: User) -> None:
    now = ENTERED_AT + dt.timedelta(seconds=moment)
    if is_open:
        assert operations.give_opinion(by=resident, now=now, topic=running, text="好").given_at == now
        return

    with pytest.raises(VerbClosed):
        operations.give_opinion(by=resident, now=now, topic=running, text="好")
    assert Opinion.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [("", WordsMissing), ("长" * 1001, WordsTooLong), ("找13812345678", PersonalNumbersFound)],
)
def test_an_opinion_that_does_not_fit(text: str, error: type[Exception], running: Topic, resident: User) -> None:
    with pytest.raises(error):
        operations.give_opinion(by=resident, now=ENTERED_AT, topic=running, text=text)
    assert Opinion.objects.count() == 0


def test_nobody_fills_a_topic(running: Topic, resident: User) -> None:
    OpinionFactory.create_batch(OPINIONS_PER_PERSON.default, topic=running, author=resident)

    with pytest.raises(TooManyOpinions):
        operations.give_opinion(by=resident, now=ENTERED_AT, topic=running, text="还有")


def test_one_supports_what_others_say_once(
    running: Topic, resident: User, supervisor: User, neighbor_resident: User
) -> None:
    opinion = OpinionFactory(topic=running, author=supervisor)
    for person, error in ((supervisor, OwnOpinion), (neighbor_resident, SpeakerFromElsewhere)):
        with pytest.raises(error):
            operations.support_opinion(by=person, now=ENTERED_AT, opinion=opinion)

    operations.support_opinion(by=resident, now=ENTERED_AT, opinion=opinion)
    with pytest.raises(SupportRepeated):
        operations.support_opinion(by=resident, now=ENTERED_AT, opinion=opinion)

    assert Opinion.objects.for_list().get().support == 1
    assert AuditEntry.objects.filter(verb="consultation.opinion.supported").count() == 1


def test_support_after_the_discussion_is_closed(running: Topic, resident: User) -> None:
    with pytest.raises(VerbClosed):
        operations.support_opinion(by=resident, now=days(20), opinion=OpinionFactory(topic=running))


def test_an_opinion_is_hidden_with_a_reason(running: Topic, house: House, now: dt.datetime) -> None:
    opinion = OpinionFactory(topic=running, author=house.people["resident"])
    staff = house.people["community_staff"]
    with pytest.raises(TopicNotYours):
        operations.hide_opinion(by=house.people["resident"], now=now, opinion=opinion, reason="x")
    with pytest.raises(ReasonMissing):
        operations.hide_opinion(by=staff, now=now, opinion=opinion, reason=" ")

    hidden = operations.hide_opinion(by=staff, now=now, opinion=opinion, reason="人身攻击。")

    assert (hidden.hidden_by, hidden.hidden_reason, hidden.text) == (staff, "人身攻击。", opinion.text)
    with pytest.raises(OpinionIsHidden):
        operations.hide_opinion(by=staff, now=now, opinion=opinion, reason="再次")
    with pytest.raises(OpinionIsHidden):
        operations.support_opinion(by=house.people["supervisor"], now=ENTERED_AT, opinion=opinion)
    seen = {
        name: Opinion.objects.visible_to(house.people[name]).exists()
        for name in ("resident", "community_staff", "stranger")
    }
    assert seen == {"resident": True, "community_staff": True, "stranger": False}
    assert (voices_of(running).total, voices_of(running).hidden) == (0, 1)


def test_voices_are_counted_by_stance(running: Topic) -> None:
    for stance, count in ((Stance.FOR, 3), (Stance.AGAINST, 2), (Stance.NEUTRAL, 1)):
        OpinionFactory.create_batch(count, topic=running, stance=stance)

    voices = voices_of(running)

    assert (voices.in_favor, voices.against, voices.neither, voices.total) == (3, 2, 1, 6)


# ------------------------------------------------------------------------------------------------------------- the end


def test_a_closed_topic_answers_its_matters(
    prepare: Any, matter: Matter, community_staff: User, resident: User, now: dt.datetime
) -> None:
    topic = operations.announce_topic(by=community_staff, now=now, topic=prepare(matters=[matter]))
    topic = operations.begin_deliberation(by=community_staff, now=days(4), topic=topic)
    with pytest.raises(ReasonMissing):
        operations.close_topic(by=community_staff, now=days(5), topic=topic, reason=" ")
    with pytest.raises(MoveForbidden):
        operations.close_topic(by=resident, now=days(5), topic=topic, reason="x")

    closed = operations.close_topic(by=community_staff, now=days(5), topic=topic, reason="居民意见不一致，明年再议。")

    matter.refresh_from_db()
    assert (closed.status, matter.status) == (TopicStatus.CLOSED, MatterStatus.ANSWERED)
    assert "居民意见不一致，明年再议。" in matter.reply


def test_a_withdrawn_topic_answers_its_matters(
    prepare: Any, matter: Matter, community_staff: User, now: dt.datetime
) -> None:
    topic = operations.withdraw_topic(by=community_staff, now=now, topic=prepare(matters=[matter]), reason="重复。")

    matter.refresh_from_db()
    assert (topic.status, matter.status) == (TopicStatus.WITHDRAWN, MatterStatus.ANSWERED)


def test_matters_that_were_answered_before_keep_their_answer(
    prepare: Any, matter: Matter, community_staff: User, now: dt.datetime
) -> None:
    topic = prepare(matters=[matter])
    matters_room.answer_matter(by=community_staff, now=now, matter=matter, reply="已另行修好。")
    operations.withdraw_topic(by=community_staff, now=now, topic=topic, reason="不再需要。")

    matter.refresh_from_db()
    assert matter.reply == "已另行修好。"


def test_a_decision_is_recorded_only_where_there_is_one(
    running: Topic, community_staff: User, now: dt.datetime
) -> None:
    with pytest.raises(MoveHindered):
        operations.record_decision(by=community_staff, now=now, topic=running)


def test_a_decided_topic_is_reopened_with_a_reason(
    community: Division, community_staff: User, now: dt.datetime
) -> None:
    topic = TopicFactory(division=community, walked=TopicStatus.DECIDED)
    with pytest.raises(ReasonMissing):
        operations.reopen_topic(by=community_staff, now=now, topic=topic, reason=" ")

    reopened = operations.reopen_topic(by=community_staff, now=now, topic=topic, reason="决定被异议推翻。")

    assert reopened.status == TopicStatus.DELIBERATED


# ----------------------------------------------------------------------------------------------------------- the walls


def test_the_tables_refuse_what_the_operations_refuse(running: Topic) -> None:
    opinion = OpinionFactory(topic=running)
    support = OpinionSupportFactory(opinion=opinion)
    origin = TopicMatterFactory(topic=running, matter=MatterFactory(sorted=SMALL))
    phase = TopicPhase.objects.get(topic=running)
    late = "INSERT INTO consultation_opinion (topic_id, author_id, text, stance, given_at, hidden_reason, depth) VALUES (%s, %s, 'x', 'FOR', %s, '', 0)"
    walls = [
        ("UPDATE consultation_topic SET status = 'PREPARED' WHERE id = %s", [running.pk], "topic_moves_by_the_table"),
        ("UPDATE consultation_topic SET notice_id = NULL WHERE id = %s", [running.pk], "topic_announced_has_a_notice"),
        (
            "UPDATE consultation_topicphase SET closes_at = now() WHERE id = %s",
            [phase.pk],
            "topicphase_announced_stays",
        ),
        ("DELETE FROM consultation_topicphase WHERE id = %s", [phase.pk], "topicphase_announced_stays"),
        (late, [running.pk, opinion.author_id, phase.closes_at], "opinion_given_in_a_discussion"),
        (
            "UPDATE consultation_opinion SET text = 'y' WHERE id = %s",
            [opinion.pk],
            "Cannot update rows from consultation_opinion",
        ),
        (
            "UPDATE consultation_opinion SET hidden_at = now() WHERE id = %s",
            [opinion.pk],
            "opinion_hidden_with_a_reason",
        ),
        ("DELETE FROM consultation_opinionsupport WHERE id = %s", [support.pk], "consultation_opinionsupport"),
        ("DELETE FROM consultation_topicmatter WHERE id = %s", [origin.pk], "consultation_topicmatter"),
        (
            "INSERT INTO consultation_opinionsupport (opinion_id, user_id, supported_at) VALUES (%s, %s, now())",
            [opinion.pk, support.user_id],
            "opinionsupport_once_each",
        ),
        (
            "INSERT INTO consultation_topicphase (topic_id, kind, opens_at, closes_at) VALUES (%s, 'VOTE', %s, %s)",
            [running.pk, phase.opens_at, phase.closes_at],
            "topicphase_one_at_a_time",
        ),
        (
            "INSERT INTO consultation_topicmatter (topic_id, matter_id) VALUES (%s, %s)",
            [running.pk, origin.matter_id],
            "consultation_topicmatter_matter_id_key",
        ),
    ]

    for statement, params, wall in walls:
        assert wall in violated(statement, *params)
    assert OpinionSupport.objects.count() == 1
