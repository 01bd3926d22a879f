"""A topic that is talked about now: where to charge electric bikes in 檀木林, with two camps, a draft and its answers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import transaction

from communities.notices import operations as notices
from consultation.matters import operations as matters
from consultation.matters.models import MatterChannel
from consultation.topics import operations as topics
from consultation.topics import phasing, raising
from consultation.topics.following import operations as following
from consultation.topics.models import Stance, Topic
from consultation.topics.needs import operations as needs
from consultation.topics.needs.models import CommonNeed
from consultation.topics.papers import operations as papers
from consultation.topics.policy import PhaseKind, TopicPace
from consultation.topics.statements import operations as statements
from consultation.topics.statements.models import StatementVote
from governance import lifecycle
from governance.portal.demonstration.loop import COMMUNITY, moment, second_staff, speaker, voters
from governance.portal.demonstration.steps import Scene, place

if TYPE_CHECKING:
    from governance.accounts.models import User

TITLE = "院内电动车充电棚建在哪里"
WAITING = "小区夜间广场舞音量怎么约定"
NEED = "老人助浴和上门理发"
STATEMENTS = (
    ("充电棚应当安装自动断电和灭火装置。", "AAAA"),
    ("飞线充电必须马上停止。", "AAAA"),
    ("充电棚应当建在东门空地，离住宅楼远一些。", "ADAD"),
    ("每栋楼下都应当有充电点，走远了没人去。", "DADA"),
    ("东门空地应当留给老人和孩子活动。", "DADA"),
    ("充电收费只收成本价。", "AAPA"),
    ("夜里十一点以后停止充电。", "APDD"),
    ("充电棚由物业管理，账目每季度公开。", "AAAA"),
)
"""Statements with how the two halves of the neighbours stand to them (two letters for each half, in turn)."""
POSITIONS = {"A": "AGREE", "D": "DISAGREE", "P": "PASS"}
DRAFT = (
    "一、选址：在东门空地建充电棚一处，设充电位四十个。\n"
    "二、安全：配备自动断电、烟感报警和灭火器。\n"
    "三、收费：按电价加成本收取，每季度公布账目。\n"
    "四、管理：由物业负责日常管理，居民监督小组每月检查。"
)
SECOND = DRAFT.replace("设充电位四十个", "设充电位三十个，另留活动场地不少于一百平方米")


def talk(scene: Scene) -> None:
    """Let a resident raise a topic that runs now; neighbours take positions, comment and are answered."""
    if Topic.objects.filter(title=TITLE).exists():
        return
    with transaction.atomic():
        _talk(scene)


def _talk(scene: Scene) -> None:
    staff, second, people = scene.user("staff-tanmulin"), second_staff(scene), voters(scene)
    topic = _open(scene, staff)
    for number, (text, _camps) in enumerate(STATEMENTS):
        by, when = (people[number] if number > 1 else staff), moment(scene, 9, 8 + number)
        row = statements.propose_statement(by=by, now=when, topic=topic, text=text)
        if by != staff:
            lifecycle.move(row, "show", by=second, now=when)
    statements.propose_statement(by=people[20], now=moment(scene, 3), topic=topic, text="电动车应当统一登记上牌。")
    for number, person in enumerate(people[:26]):
        _take_positions(scene, topic, person, number)
    _argue(scene, topic, staff, people)
    _draft(scene, topic, staff, people)
    statements.compute_picture(by=scene.system, now=scene.now, topic=topic)
    phasing.tell_phases(by=scene.system, now=scene.now)
    for person in people[:3]:
        following.follow(by=person, now=moment(scene, 9), division=topic.division, topic=topic)
    following.make_digests(by=scene.system, now=scene.now, today=scene.today)
    raising.raise_topic(
        by=people[5],
        now=moment(scene, 1),
        division=topic.division,
        title=WAITING,
        text="晚上八点以后音量太大，请大家商量时间、地点和音量。",
        affected="广场周边三栋楼住户",
    )
    _bundle(scene, staff, people)


def _open(scene: Scene, staff: User) -> Topic:
    """Raise, accept, announce and begin the topic; people can still speak when the story is told, which takes eight days."""
    raised = raising.raise_topic(
        by=speaker(scene),
        now=moment(scene, 20),
        division=place(COMMUNITY),
        title=TITLE,
        text="院里有八十多辆电动车，飞线充电有火灾危险。请大家说说充电棚建在哪里、怎样收费、谁来管。",
        affected="全体电动车车主和东门附近住户",
    )
    topic = raising.accept_topic(by=staff, now=moment(scene, 19), topic=raised, list_item=7, pace=TopicPace.DEEP)
    topics.set_phases(
        by=staff,
        now=moment(scene, 18),
        topic=topic,
        phases=[
            (PhaseKind.DISCUSSION, moment(scene, 10, 8), moment(scene, -20, 18)),
            (PhaseKind.MEETING, moment(scene, -22, 9), moment(scene, -22, 12)),
            (PhaseKind.VOTE, moment(scene, -25, 8), moment(scene, -32, 18)),
        ],
    )
    topic = topics.announce_topic(by=staff, now=moment(scene, 18), topic=topic)
    after = scene.ago(10)
    notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
    return topics.begin_deliberation(by=staff, now=moment(scene, 10, 8), topic=topic)


def _take_positions(scene: Scene, topic: Topic, person: User, number: int) -> None:
    """Let a neighbour look at all statements; every second one belongs to the other camp, some waver."""
    rows = topic.statements.filter(status="SHOWN").order_by("pk")
    for row, (_text, camps) in zip(rows, STATEMENTS, strict=True):
        letter = camps[number % 2 + (2 if number % 5 == 0 else 0)]
        when = moment(scene, 8 - number % 6, 9) + dt.timedelta(minutes=number)
        if not StatementVote.objects.filter(statement=row, user=person).exists():
            statements.rate_statement(by=person, now=when, statement=row, position=POSITIONS[letter])


def _argue(scene: Scene, topic: Topic, staff: User, people: list[User]) -> None:
    """Let neighbours argue for and against, find arguments convincing, reply, ask, and be answered."""
    first = topics.give_opinion(
        by=people[0], now=moment(scene, 7), topic=topic, text="东门离楼远，着了火也烧不到人。", stance=Stance.FOR
    )
    other = topics.give_opinion(
        by=people[1], now=moment(scene, 7), topic=topic, text="东门是老人孩子唯一的活动场地。", stance=Stance.AGAINST
    )
    question = topics.give_opinion(
        by=people[2], now=moment(scene, 6), topic=topic, text="建棚的钱从哪里来？", stance=Stance.QUESTION
    )
    for person in people[4:10]:
        topics.support_opinion(by=person, now=moment(scene, 6), opinion=first)
    for person in people[10:14]:
        topics.support_opinion(by=person, now=moment(scene, 6), opinion=other)
    topics.give_opinion(
        by=people[3], now=moment(scene, 5), topic=topic, text="可以只占一半，另一半留着活动。", parent=other
    )
    papers.answer_officially(
        by=staff,
        now=moment(scene, 5),
        to=question,
        text="先向社区基金申请，不足部分由充电运营企业投资，方案表决通过后再定。",
        office=topic.division.name,
    )


def _draft(scene: Scene, topic: Topic, staff: User, people: list[User]) -> None:
    """Publish a draft, take comments in, and publish a second version."""
    version = papers.publish_document(
        by=staff, now=moment(scene, 9), topic=topic, title="充电棚建设方案（征求意见稿）", text=DRAFT
    )
    said = ((0, 6, "四十个太多，场地都占完了。"), (2, 7, "请写明每度电多少钱。"))
    for place_in_text, number, text in said:
        papers.comment_section(
            by=people[number],
            now=moment(scene, 7),
            document=version.document,
            anchor=version.paragraphs[place_in_text]["anchor"],
            text=text,
        )
    papers.publish_version(
        by=staff,
        now=moment(scene, 4),
        document=version.document,
        text=SECOND,
        note="按居民意见减少充电位，保留活动场地",
    )


def _bundle(scene: Scene, staff: User, people: list[User]) -> None:
    """Bundle two matters that ask for the same into a common need."""
    if CommonNeed.objects.filter(title=NEED).exists():
        return
    rows = [
        matters.raise_matter(
            by=people[number],
            now=moment(scene, 4),
            division=place(COMMUNITY),
            title=title,
            text=text,
            place="",
            channel=MatterChannel.PAGE,
            photos=[],
        )
        for number, title, text in (
            (11, "父亲行动不便，洗澡困难", "希望社区有上门助浴的服务。"),
            (12, "母亲卧床，理发不方便", "希望有人上门理发。"),
        )
    ]
    needs.bundle_need(
        by=staff,
        now=moment(scene, 2),
        division=place(COMMUNITY),
        title=NEED,
        text="多户失能老人需要上门助浴、理发等照护服务，可转为服务项目。",
        matters=rows,
    )
