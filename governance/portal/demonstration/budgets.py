"""A participatory budget in 檀木林: neighbours propose, the community examines, 35 on the roll decide by equal shares."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from consultation.ballots import operations as ballots
from consultation.decisions import operations as decisions
from consultation.topics import operations as topics
from consultation.topics.models import Topic
from consultation.topics.policy import PhaseKind
from funds.budgeting import operations as budgeting
from funds.budgeting.models import BudgetRound
from funds.charity.models import CommunityFund
from governance.portal.demonstration.loop import COMMUNITY, after_notice, moment, second_staff, voters
from governance.portal.demonstration.steps import Scene, place

TITLE = "2026年檀木林微项目"
TOPIC_TITLE = "2000元微项目资金用在哪里"
AMOUNT = Decimal("2000.00")
PROPOSALS = (
    ("一号楼前晾衣架", "700.00", "ENVIRONMENT", "一号楼前空地"),
    ("活动室棋牌桌椅", "600.00", "ACTIVITY", "社区活动室"),
    ("儿童图书角", "450.00", "ACTIVITY", "社区活动室"),
    ("高龄老人防滑垫", "400.00", "CARE", "入户发放"),
    ("路口花坛补种", "1200.00", "ENVIRONMENT", "北门路口"),
)
PAPERS = (
    (1, 2),
    (1, 5),
    (1, 5),
    (1, 2),
    (3, 4),
    (3, 4),
    (4,),
    (1, 5),
    (2, 3),
    (3, 4),
    (5, 1),
    (4, 2),
    (1,),
    (5,),
    (3,),
)
"""What each of the neighbours who vote wants, again and again."""


@transaction.atomic  # else the clock closes on a slow machine what was opened for a day long past
def call(scene: Scene) -> BudgetRound:
    """A topic, and a call for proposals over money of the fund that is set aside for them."""
    row = BudgetRound.objects.filter(title=TITLE).first() or budgeting.draft_round(
        by=scene.user("staff-tanmulin"),
        now=moment(scene, 58),
        fund=CommunityFund.objects.get(division=place(COMMUNITY)),
        topic=_topic(scene),
        title=TITLE,
        text="两千元怎么用，由居民提出、居民投票决定。每个项目写明做什么、在哪里、大约要多少钱。",
        amount=AMOUNT,
        proposals_until=scene.ago(51).today,
        rule={"most_choices": 3},
    )
    if row.status == "DRAFT":
        row = budgeting.call_for_proposals(by=scene.user("street002"), now=moment(scene, 57), budget_round=row)
    return row


@transaction.atomic
def allocate(scene: Scene) -> None:
    """Proposals, the vote, the money allocated, the decision final, requests made."""
    staff, row = scene.user("staff-tanmulin"), call(scene)
    if row.status == "CALL":
        _propose(scene, row)
        row = budgeting.end_call(by=staff, now=moment(scene, 50), budget_round=row)
    if row.status == "COSTING":
        row = budgeting.put_to_vote(
            by=staff,
            now=moment(scene, 42),
            budget_round=row,
            rule_key="participatory_budget",
            opens_at=moment(scene, 40),
            closes_at=moment(scene, 36),
        )
    if row.status == "VOTING":
        _vote(scene, row)
        row = budgeting.allocate_round(by=staff, now=moment(scene, 35, 15), budget_round=row)
    if row.status == "ALLOCATED":
        row = budgeting.decide_round(by=staff, now=moment(scene, 35, 16), budget_round=row)
    if not row.proposals.filter(request__isnull=False).exists():
        notice = PublicNotice.objects.get(decision__budget_round=row)
        after = after_notice(scene, notice)
        notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
        decisions.settle_posted_decisions(by=scene.system, now=after.now, today=after.today)
        budgeting.ask_for_chosen(by=staff, now=after.now, budget_round=row)


def _topic(scene: Scene) -> Topic:
    staff = scene.user("staff-tanmulin")
    topic = Topic.objects.filter(title=TOPIC_TITLE).first() or topics.prepare_topic(
        by=staff,
        now=scene.ago(64).now,
        division=place(COMMUNITY),
        title=TOPIC_TITLE,
        text="社区基金拿出两千元做微项目，请居民提出想法，再由居民投票。",
        affected="檀木林社区全体居民",
        matters=[],
        phases=[
            (PhaseKind.DISCUSSION, moment(scene, 60), moment(scene, 50)),
            (PhaseKind.VOTE, moment(scene, 41), moment(scene, 35)),
        ],
    )
    if topic.status == "PREPARED":
        topic = topics.announce_topic(by=staff, now=scene.ago(64).now, topic=topic)
    if topic.status == "ANNOUNCED":
        after = scene.ago(59)
        notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
        topic = topics.begin_deliberation(by=staff, now=after.now, topic=topic)
    return topic


def _propose(scene: Scene, row: BudgetRound) -> None:
    people = voters(scene)
    for number, (title, cost, purpose, where) in enumerate(PROPOSALS):
        if row.proposals.filter(title=title).exists():
            continue
        one = budgeting.propose(
            by=people[number],
            now=moment(scene, 55, 9 + number),
            budget_round=row,
            title=title,
            text=f"{where}：{title}。",
            place=where,
            purpose=purpose,
            estimate=Decimal(cost),
        )
        budgeting.find_feasible(
            by=second_staff(scene),
            now=moment(scene, 53),
            proposal=one,
            cost=one.estimate,
            costing="向两家询价，取较低报价，场地已确认。",
        )


def _vote(scene: Scene, row: BudgetRound) -> None:
    ballot = row.ballot
    if ballot is None:
        return
    if ballot.status == "FROZEN":
        ballots.open_due_ballots(by=scene.system, now=moment(scene, 40, 10))
        ballot.refresh_from_db()
    if ballot.status == "OPEN":
        for number, person in enumerate(voters(scene)[:24]):
            if not ballot.votes.filter(entry__user=person).exists():
                then = moment(scene, 39 - number % 3, 8 + number % 12)
                ballots.cast_vote(by=person, now=then, ballot=ballot, choices=list(PAPERS[number % len(PAPERS)]))
        ballots.close_due_ballots(by=scene.system, now=moment(scene, 36, 10))
        ballot.refresh_from_db()
    if ballot.status == "CLOSED":
        ballots.count_ballot(by=scene.user("staff-tanmulin"), now=moment(scene, 36, 11), ballot=ballot)
        ballot.refresh_from_db()
    if ballot.status == "COUNTED":
        ballots.publish_ballot(by=second_staff(scene), now=moment(scene, 36, 14), ballot=ballot)
    row.refresh_from_db()
