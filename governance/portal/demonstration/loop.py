"""The loop from a resident's matter to a final decision: the stairs of 檀木林, told over the last fifteen weeks.

Every step happens at a moment of the past, so that the notices have run their days and the ballot its week.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO

from django.db import transaction
from django.utils import timezone
from PIL import Image, ImageDraw

from communities.notices import operations as notices
from communities.notices.models import ObjectionOutcome, PublicNotice
from communities.people import operations as people
from communities.people.models import Resident, Role
from consultation.ballots import operations as ballots
from consultation.ballots import voting
from consultation.ballots.models import Ballot, BallotMethod, RollSource, VoteDraft
from consultation.decisions import operations as decisions
from consultation.decisions.models import Decision
from consultation.matters import operations as matters
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from consultation.topics import operations as topics
from consultation.topics.models import Stance, Topic
from consultation.topics.policy import PhaseKind
from governance.accounts import operations as accounts
from governance.accounts.models import User
from governance.portal.demonstration.steps import Scene, official_of, place

COMMUNITY = "510302002004"
MATTER_TITLE = "12栋楼梯没有扶手，感应灯坏了半年"
TOPIC_TITLE = "12栋至15栋楼梯加装扶手、更换感应灯"
QUESTION = "12栋至15栋的楼梯怎样改造？"
OPTIONS = (
    ("加装扶手并更换感应灯", "四栋共加装扶手96米、更换感应灯48盏，预算24000元，由社区基金支付。"),
    ("只更换感应灯", "更换感应灯48盏，预算6800元。"),
    ("今年暂不改造", "列入明年议题。"),
)
COST = Decimal("24000.00")

NEIGHBOURS = [
    "张秀珍",
    "刘国庆",
    "陈玉兰",
    "杨德福",
    "黄素华",
    "吴明亮",
    "周桂芳",
    "徐长贵",
    "孙凤英",
    "马文斌",
    "朱小红",
    "胡大勇",
    "郭淑清",
    "林志远",
    "何翠云",
    "高建军",
    "罗春梅",
    "郑永康",
    "梁美玲",
    "谢忠诚",
    "宋月娥",
    "唐正华",
    "许兰英",
    "韩立新",
    "冯秀芝",
    "邓国平",
    "曹玉琴",
    "彭家旺",
    "曾凡英",
    "萧德全",
    "田小芳",
    "董新民",
    "袁桂香",
    "潘少华",
]
"""Invented people who live in 檀木林; the last few have no phone of their own."""
WITHOUT_PHONE = 4
VOTES = (1,) * 22 + (2,) * 4 + (3,) * 2
"""What the neighbours with a phone vote, in their order; the others do not vote."""


def neighbours(scene: Scene) -> None:
    """Let the neighbours in: most claim their place by phone, staff enter those without one; all are confirmed."""
    community = place(COMMUNITY)
    staff, second = scene.user("staff-tanmulin"), second_staff(scene)
    for number, name in enumerate(NEIGHBOURS):
        if Resident.objects.filter(division=community, name=name).exists():
            continue
        born = dt.date(1946 + number, 3 + number % 9, 1 + number % 27)
        if number < len(NEIGHBOURS) - WITHOUT_PHONE:
            user = accounts.register_resident_user(
                by=scene.system, phone=f"1399003{number:04d}", display_name=name, is_verified=True, now=scene.now
            )
            row = people.register_resident(by=user, now=scene.now, division=community, name=name, birth_on=born)
        else:
            row = people.enter_resident(by=staff, now=scene.now, division=community, name=name, birth_on=born)
        people.confirm_resident(by=second, now=scene.now, resident=row)


def second_staff(scene: Scene) -> User:
    """Return the second community worker of 檀木林, who checks what the first one entered."""
    return official_of(
        scene, "staff2-tanmulin", "柳芳", role=Role.COMMUNITY_STAFF, division=place(COMMUNITY), title="社区工作者"
    )


def voters(_scene: Scene) -> list[User]:
    """Return the neighbours with a log-in, in the order of the list."""
    by_name = {
        row.name: row.user
        for row in Resident.objects.filter(division=place(COMMUNITY), user__isnull=False).select_related("user")
    }
    return [user for name in NEIGHBOURS if (user := by_name.get(name)) is not None]


def speaker(_scene: Scene) -> User:
    """Return the resident who raises the matter."""
    return User.objects.get(display_name="赵志明")


def photo() -> bytes:
    """Draw the picture of a dark staircase that the resident sends."""
    image = Image.new("RGB", (640, 480), "#3b3f46")
    draw = ImageDraw.Draw(image)
    for step in range(8):
        draw.rectangle((60 + step * 55, 400 - step * 40, 640, 440 - step * 40), fill="#6b7078", outline="#22252a")
    draw.ellipse((280, 20, 330, 70), fill="#55585e", outline="#22252a")
    kept = BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def raise_and_sort(scene: Scene) -> None:
    """A resident raises the matter with a photo; staff sort it as a small one, which becomes a topic."""
    if Matter.objects.filter(title=MATTER_TITLE).exists():
        return
    then = scene.ago(105)
    matter = matters.raise_matter(
        by=speaker(scene),
        now=then.now,
        division=place(COMMUNITY),
        title=MATTER_TITLE,
        text="12栋住的大多是老人，楼梯没有扶手，三楼以上的感应灯坏了半年，上个月有邻居摔倒。希望装扶手、修好灯。",
        place="12栋一单元楼梯间",
        channel=MatterChannel.PAGE,
        photos=[("楼梯.png", photo())],
    )
    sorting = scene.ago(104)
    matters.sort_matter(
        by=scene.user("staff-tanmulin"),
        now=sorting.now,
        today=sorting.today,
        matter=matter,
        three_way=ThreeWay.SMALL,
        route=Route.DELIBERATION,
        reason="属于本社区公共设施的小修小改，由居民共同商量决定。",
        summary="12栋楼梯没有扶手、感应灯损坏，老人出行不便。",
    )


def moment(scene: Scene, days: int, hour: int = 9) -> dt.datetime:
    """Return an hour of a day so many days ago, in the district's time."""
    day = timezone.localtime(scene.ago(days).now)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0)


def after_notice(scene: Scene, notice: PublicNotice) -> Scene:
    """Return the scene on the first day after a notice: holidays move the end of its working days."""
    last = notice.ends_on or scene.today
    return scene.ago((scene.today - last).days - 1)


@transaction.atomic  # else the clock closes on a slow machine what was opened for a day long past
def deliberate(scene: Scene) -> None:
    """The topic is announced for its days, then neighbours say what they think."""
    topic = Topic.objects.filter(title=TOPIC_TITLE).first()
    staff = scene.user("staff-tanmulin")
    if topic is None:
        topic = topics.prepare_topic(
            by=staff,
            now=scene.ago(103).now,
            division=place(COMMUNITY),
            title=TOPIC_TITLE,
            text="12栋至15栋共四栋、八个单元，没有电梯。请大家说说要不要装扶手、换灯，怎样装、谁来管。",
            affected="12栋至15栋全体住户",
            matters=[Matter.objects.get(title=MATTER_TITLE)],
            phases=[
                (PhaseKind.DISCUSSION, moment(scene, 99), moment(scene, 91)),
                (PhaseKind.VOTE, moment(scene, 90), moment(scene, 82)),
            ],
        )
    if topic.status == "PREPARED":
        topic = topics.announce_topic(by=staff, now=scene.ago(103).now, topic=topic)
    if topic.status == "ANNOUNCED":
        after = scene.ago(98)
        notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
        topic = topics.begin_deliberation(by=staff, now=after.now, topic=topic)
    said = (
        (0, "我家老伴腿不好，每天上下五楼都提心吊胆，请尽快装扶手。", Stance.FOR),
        (1, "扶手要装双侧的，转角处也不能断。", Stance.FOR),
        (2, "先把灯修好，扶手可以明年再说，钱要省着用。", Stance.AGAINST),
        (3, "装好以后谁来维护？建议写进居民公约。", Stance.NEUTRAL),
    )
    people_here = voters(scene)
    for number, text, stance in said:
        if not topic.opinions.filter(author=people_here[number]).exists():
            topics.give_opinion(
                by=people_here[number], now=moment(scene, 97 - number, 10), topic=topic, text=text, stance=stance
            )


@transaction.atomic
def vote(scene: Scene) -> None:
    """The roll and the options are frozen, neighbours vote on the web and one on paper, two persons count and publish."""
    staff, second = scene.user("staff-tanmulin"), second_staff(scene)
    ballot = Ballot.objects.filter(question=QUESTION).first() or ballots.prepare_ballot(
        by=staff,
        now=moment(scene, 94),
        division=place(COMMUNITY),
        topic=Topic.objects.get(title=TOPIC_TITLE),
        question=QUESTION,
        rule_key="council_default",
        method=BallotMethod.SINGLE,
        options=list(OPTIONS),
        opens_at=moment(scene, 90),
        closes_at=moment(scene, 82),
        roll_source=RollSource.RESIDENTS,
    )
    if ballot.status == "DRAFT":
        then = scene.ago(93)
        ballot = ballots.freeze_ballot(by=staff, now=then.now, today=then.today, ballot=ballot)
    if ballot.status == "FROZEN":
        ballots.open_due_ballots(by=scene.system, now=moment(scene, 90, 10))
        ballot.refresh_from_db()
    if ballot.status == "OPEN":
        _cast(scene, ballot, staff, second)
        ballots.close_due_ballots(by=scene.system, now=moment(scene, 82, 10))
        ballot.refresh_from_db()
    if ballot.status == "CLOSED":
        ballots.count_ballot(by=staff, now=moment(scene, 82, 11), ballot=ballot)
        ballot.refresh_from_db()
    if ballot.status == "COUNTED":
        ballots.publish_ballot(by=second, now=moment(scene, 82, 14), ballot=ballot)


def _cast(scene: Scene, ballot: Ballot, staff: User, second: User) -> None:
    people_here = voters(scene)
    for number, choice in enumerate(VOTES):
        if not ballot.votes.filter(entry__user=people_here[number]).exists():
            then = moment(scene, 89 - number % 6, 8 + number % 12)
            voting.cast_vote(by=people_here[number], now=then, ballot=ballot, choices=[choice])
    if not VoteDraft.objects.filter(entry__ballot=ballot).exists():
        voting.save_draft(by=people_here[len(VOTES)], now=moment(scene, 83), ballot=ballot, choices=[2])
    on_paper = ballot.roll.filter(user=None).order_by("number")[0]
    if not ballot.papers.exists():
        paper = ballots.enter_paper_vote(
            by=staff, now=moment(scene, 85), ballot=ballot, entry=on_paper, serial_number="ZP-0001", choices=[1]
        )
        ballots.check_paper_vote(by=second, now=moment(scene, 85, 11), paper=paper, choices=[1])


@transaction.atomic
def decide(scene: Scene) -> None:
    """The decision is posted; an objection is answered; after its days the decision is final."""
    staff = scene.user("staff-tanmulin")
    topic = Topic.objects.get(title=TOPIC_TITLE)
    decision = Decision.objects.filter(topic=topic).first() or decisions.draft_decision(
        by=staff,
        now=moment(scene, 80),
        topic=topic,
        ballot=Ballot.objects.get(question=QUESTION),
        text="12栋至15栋楼梯加装双侧扶手96米、更换感应灯48盏，费用不超过24000元，向檀木林社区基金申请。",
        cost_estimate=COST,
    )
    if decision.status == "DRAFT":
        then = scene.ago(80)
        decision = decisions.post_decision(by=staff, now=then.now, today=then.today, decision=decision)
    if decision.status == "POSTED":
        notice = PublicNotice.objects.get(decision=decision)
        if not notice.objections.exists():
            objection = notices.raise_objection(
                by=voters(scene)[2], now=scene.ago(78).now, notice=notice, text="请说明为什么不先比价就定预算。"
            )
            notices.answer_objection(
                by=second_staff(scene),
                now=scene.ago(76).now,
                objection=objection,
                outcome=ObjectionOutcome.REJECTED,
                reply="24000元是上限，签约前将取得三家报价并公布，多出的钱退回基金。",
            )
        after = after_notice(scene, notice)
        notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
        decisions.settle_posted_decisions(by=scene.system, now=after.now, today=after.today)
