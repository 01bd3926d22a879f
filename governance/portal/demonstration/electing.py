"""The residents' committee of 檀木林 is elected: list, candidates, secret ballots, a run-off, the hand-over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.db import transaction

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyKind, Seat
from communities.notices import operations as notices
from communities.people.models import Resident
from communities.policy import operations as policy
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument
from consultation.ballots import operations as ballots
from consultation.conventions.elections import operations, results, voting
from consultation.conventions.elections.models import CommitteeElection, ElectionRound
from consultation.conventions.elections.operations import Nomination, PostPlan
from governance.portal.demonstration import data
from governance.portal.demonstration.loop import COMMUNITY, moment, second_staff, voters
from governance.portal.demonstration.steps import Scene, place

COMMITTEE = "檀木林社区居民委员会"
HOLDERS = ("田小芳", "袁桂香", "潘少华")
"""Who holds the election; the first is in the chair."""
FORMER = ("谢忠诚", "宋月娥", "唐正华", "许兰英", "韩立新")
"""The committee until now, its director first."""
POSTS = (PostPlan("CHAIR"), PostPlan("DEPUTY"), PostPlan("MEMBER", 2), PostPlan("MEMBER", 1, for_women=True))
STANDING: tuple[tuple[tuple[str, str], ...], ...] = (
    (("吴明亮", "把小区停车和充电棚管好，每月一次接待日。"), ("谢忠诚", "继续推进楼道改造。")),
    (("陈玉兰", "办好老年食堂。"), ("杨德福", "牵头物业和业主协商。")),
    (("徐长贵", "调解邻里纠纷。"), ("马文斌", "组织志愿巡逻。"), ("胡大勇", "帮大家用好议事平台。")),
    (("黄素华", "照看独居老人。"), ("孙凤英", "为孩子办暑期课堂。")),
)
WOMEN = {"陈玉兰", "黄素华", "孙凤英"}
MARKS: tuple[tuple[Sequence[int], ...], ...] = (
    ((1,),) * 19 + ((2,),) * 7,
    ((1,), (2,)) * 13,
    ((1, 2),) * 12 + ((1, 3),) * 9 + ((2,),) * 5,
    ((1,),) * 16 + ((2,),) * 10,
)
"""What twenty-six neighbours mark for each post: for the deputy exactly half each, so that a run-off decides."""
AGAIN = ((1,),) * 15 + ((2,),) * 9
LISTED, FIXED, VOTED, REPEATED, ANNOUNCED = 47, 38, 20, 15, 14
"""So many days ago the list was posted, the candidates were fixed, and so on."""


def elect(scene: Scene) -> None:
    """The neighbours elect their committee for five years."""
    if CommitteeElection.objects.filter(body__name=COMMITTEE).exists():
        return
    with transaction.atomic():
        election = _plan(scene)
        _line_up(scene, election)
        _vote(scene, election)
        _take_office(scene, election)


def _plan(scene: Scene) -> CommitteeElection:
    then = scene.ago(60)
    for key in ("urban_election", "urban_election_runoff"):
        rule = DecisionRule.objects.get(key=key)
        if rule.awaits_confirmation:
            policy.confirm_rule(
                by=scene.user("district"), now=then.now, rule=rule, basis="区社会工作部对照法律文本核对（演示数据）"
            )
    document = policy.enter_document(
        by=scene.user("district"),
        now=then.now,
        title="自流井区社区居民委员会换届选举工作方案",
        document_number="自井社工〔2026〕11号",
        issuer="自流井区社会工作部",
        level=DocumentLevel.DISTRICT,
        division=place(data.DISTRICT),
        effective_on=then.today,
        summary="明确选民登记、候选人条件、投票办法和工作移交（演示数据）。",
    )
    return _planned(scene, document)


def _planned(scene: Scene, document: PolicyDocument) -> CommitteeElection:
    staff, then = scene.user("staff-tanmulin"), scene.ago(59)
    since = then.today - dt.timedelta(days=5 * 365)
    former = _seated(scene, BodyKind.RESIDENTS_COMMITTEE, COMMITTEE, FORMER, since)
    holders = _seated(scene, BodyKind.ELECTION_COMMITTEE, "檀木林社区居民选举委员会", HOLDERS, then.today)
    return operations.plan_election(
        by=staff,
        now=then.now,
        body=former,
        committee=holders,
        ordered_by=document,
        opens_at=moment(scene, VOTED, 8),
        closes_at=moment(scene, VOTED, 18),
        posts=POSTS,
    )


def _seated(scene: Scene, kind: str, name: str, members: Sequence[str], since: dt.date) -> Body:
    staff, then = scene.user("staff-tanmulin"), scene.ago(59)
    body = bodies.create_body(
        by=staff, now=then.now, kind=kind, name=name, division=place(COMMUNITY), term_from=since, term_number=8
    )
    for number, person in enumerate(members):
        bodies.add_member(
            by=staff,
            now=then.now,
            body=body,
            name=person,
            seat=Seat.RESIDENT,
            valid_from=since,
            user=_resident(person).user,
            is_chair=number == 0,
        )
    return body


def _resident(name: str) -> Resident:
    return Resident.objects.select_related("user").get(division=place(COMMUNITY), name=name)


def _line_up(scene: Scene, election: CommitteeElection) -> None:
    """Post the list, let the voters nominate, let the street review, and fix the candidates when the days are over."""
    staff, reviewer = scene.user("staff-tanmulin"), scene.user("reviewer002")
    then = scene.ago(LISTED)
    operations.post_list(by=staff, now=then.now, today=then.today, election=election)
    later = scene.ago(LISTED - 3)
    for post, people in zip(election.posts.order_by("number"), STANDING, strict=True):
        for name, said in people:
            nomination = Nomination(post, _resident(name), name in WOMEN, nominators=5 + len(said), statement=said)
            candidate = operations.nominate(
                by=staff, now=later.now, today=later.today, election=election, nomination=nomination
            )
            operations.clear_candidate(by=reviewer, now=scene.ago(LISTED - 4).now, candidate=candidate)
    after = scene.ago(FIXED)
    notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
    operations.fix_candidates(by=staff, now=after.now, today=after.today, election=election)


def _vote(scene: Scene, election: CommitteeElection) -> None:
    """Vote on the four posts, then once more between the two who stand for deputy director."""
    staff = scene.user("staff-tanmulin")
    first = list(election.rounds().select_related("ballot"))
    _hold(scene, list(zip(first, MARKS, strict=True)), VOTED)
    voting.establish(by=staff, now=moment(scene, VOTED, 21), election=election)
    then = moment(scene, VOTED, 21)
    again = voting.call_next(
        by=staff,
        now=then,
        today=then.date(),
        election=election,
        opens_at=moment(scene, REPEATED, 8),
        closes_at=moment(scene, REPEATED, 18),
    )
    _hold(scene, [(again[0], AGAIN)], REPEATED)
    voting.establish(by=staff, now=moment(scene, REPEATED, 21), election=election)


def _hold(scene: Scene, rounds: Sequence[tuple[ElectionRound, Sequence[Sequence[int]]]], day: int) -> None:
    staff, second = scene.user("staff-tanmulin"), second_staff(scene)
    ballots.open_due_ballots(by=scene.system, now=moment(scene, day, 8))
    for row, marks in rounds:
        row.ballot.refresh_from_db()
        for voter, marked in zip(voters(scene), marks, strict=False):
            ballots.cast_vote(by=voter, now=moment(scene, day, 10), ballot=row.ballot, choices=marked)
    ballots.close_due_ballots(by=scene.system, now=moment(scene, day, 18))
    for row, _marks in rounds:
        row.ballot.refresh_from_db()
        ballots.count_ballot(by=staff, now=moment(scene, day, 19), ballot=row.ballot)
        ballots.publish_ballot(by=second, now=moment(scene, day, 20), ballot=row.ballot)


def _take_office(scene: Scene, election: CommitteeElection) -> None:
    staff, then = scene.user("staff-tanmulin"), scene.ago(ANNOUNCED)
    results.announce(by=staff, now=then.now, today=then.today, election=election)
    filed = scene.ago(ANNOUNCED - 3)
    results.file_result(
        by=scene.user("street002"), now=filed.now, election=election, number=f"{scene.today.year}-XJ-02"
    )
    handed = scene.ago(ANNOUNCED - 5)
    results.hand_over(
        by=staff,
        now=handed.now,
        today=handed.today,
        election=election,
        on=handed.today,
        note="公章一枚、账册六本、档案四十一卷、办公用房钥匙三套；街道派员监交。",
    )
