"""What neighbours of 檀木林 need for their old people and their children, and that they decide to have it bought."""

from __future__ import annotations

from communities.bodies.models import Body
from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from consultation.decisions import operations as decisions
from consultation.decisions.models import Decision
from consultation.matters import operations as matters
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from consultation.meetings import agenda, attending, operations, voting
from consultation.topics import operations as topics
from consultation.topics.models import Topic
from consultation.topics.policy import PhaseKind
from governance.portal.demonstration.councils import COUNCIL, HOUR, PRESENT, plan_meeting, publish_minutes
from governance.portal.demonstration.loop import COMMUNITY, after_notice, moment, voters
from governance.portal.demonstration.steps import Scene, place

TITLE = "高龄老人和放学儿童的照料服务怎么安排"
NEED = "社区有独居和高龄老人61户，子女不在身边，希望有人定期上门；双职工家庭多，孩子放学到家长下班无人照看。"
TEXT = "向街道申请购买居家养老上门服务和四点半课堂托管服务，高龄津贴入户复核交专业机构承担，每季度向居民报告一次。"


def decide_on_care(scene: Scene) -> Decision:
    """A matter, a topic, a motion of the residents' council, and the decision that is final after its notice."""
    found = Decision.objects.filter(topic__title=TITLE).first()
    if found is not None:
        return found
    staff = scene.user("staff-tanmulin")
    topic = _topic(scene, _matter(scene))
    begins = moment(scene, 104)
    meeting = plan_meeting(scene, Body.objects.get(name=COUNCIL), "照料服务议事会", moment(scene, 109), begins)
    item = agenda.add_item(by=staff, now=moment(scene, 109), meeting=meeting, topic=topic)
    meeting = operations.invite(by=staff, now=moment(scene, 109), meeting=meeting)
    operations.begin(by=staff, now=begins, meeting=meeting)
    rows = list(meeting.attendances.order_by("pk")[:PRESENT])
    attending.record_presence(by=staff, now=begins, meeting=meeting, attendances=[row.pk for row in rows])
    motion = voting.put_motion(by=staff, now=begins + HOUR, item=item, text=TEXT)
    votes = {row.pk: (side, "") for row, side in zip(rows, ["FOR"] * 7 + ["ABSTAIN"], strict=True)}
    voting.record_votes(by=staff, now=begins + HOUR, resolution=motion, votes=votes)
    motion = voting.judge_motion(by=staff, now=begins + HOUR, resolution=motion)
    operations.end(by=staff, now=begins + HOUR, meeting=meeting)
    publish_minutes(scene, meeting, moment(scene, 104, 16))
    then = scene.ago(103)
    decision = decisions.draft_decision(by=staff, now=then.now, topic=topic, text=TEXT, resolution=motion)
    decision = decisions.post_decision(by=staff, now=then.now, today=then.today, decision=decision)
    after = after_notice(scene, PublicNotice.objects.get(decision=decision))
    notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
    decisions.settle_posted_decisions(by=scene.system, now=after.now, today=after.today)
    decision.refresh_from_db()
    return decision


def _matter(scene: Scene) -> Matter:
    then, sorting = scene.ago(131), scene.ago(130)
    matter = matters.raise_matter(
        by=voters(scene)[5],
        now=then.now,
        division=place(COMMUNITY),
        title="老人和孩子白天没人照看",
        text=NEED,
        place="檀木林社区",
        channel=MatterChannel.PAGE,
    )
    return matters.sort_matter(
        by=scene.user("staff-tanmulin"),
        now=sorting.now,
        today=sorting.today,
        matter=matter,
        three_way=ThreeWay.SMALL,
        route=Route.DELIBERATION,
        reason="入户走访和居民反映一致，属于共性需求，由居民议事会商量怎么办。",
        summary="高龄、独居老人和放学儿童白天无人照看。",
    )


def _topic(scene: Scene, matter: Matter) -> Topic:
    staff = scene.user("staff-tanmulin")
    topic = topics.prepare_topic(
        by=staff,
        now=scene.ago(128).now,
        division=place(COMMUNITY),
        title=TITLE,
        text="请大家说说最需要哪些照料服务，由谁来做、怎样评价。",
        affected="檀木林社区高龄老人家庭和学龄儿童家庭",
        matters=[matter],
        phases=[
            (PhaseKind.DISCUSSION, moment(scene, 118), moment(scene, 106)),
            (PhaseKind.VOTE, moment(scene, 105), moment(scene, 103)),
        ],
    )
    topic = topics.announce_topic(by=staff, now=scene.ago(128).now, topic=topic)
    after = scene.ago(119)
    notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
    return topics.begin_deliberation(by=staff, now=after.now, topic=topic)
