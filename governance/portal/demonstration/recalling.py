"""The neighbours of a community recall the deputy of their committee: signatures, answer, secret ballot, by-election."""

from __future__ import annotations

import datetime as dt

from django.db import transaction

from communities.bodies import operations as bodies
from communities.bodies.models import Body, BodyKind, BodyMembership, Seat
from communities.notices import operations as notices
from communities.people import operations as people
from communities.people.models import Resident, Role
from communities.policy import operations as policy
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument
from consultation.ballots import operations as ballots
from consultation.ballots.models import Ballot
from consultation.conventions.recalls import operations
from consultation.conventions.recalls.models import Recall
from governance.accounts import operations as accounts
from governance.accounts.models import User
from governance.portal.demonstration import data
from governance.portal.demonstration.loop import moment
from governance.portal.demonstration.steps import Scene, official_of, place

COMMUNITY, STAFF = "510302002008", "staff-sanbalu"
DOCUMENT = "自井社工〔2026〕12号"
COMMITTEE = "三八路社区居民委员会"
SEATED = ("江文清", "傅国梁", "邹素珍", "石小军", "龙玉华")
"""The committee, its director first; the second is recalled."""
HOLDERS = ("熊世芳", "孟祥云", "秦大林")
"""Who holds the by-election; the first is in the chair."""
NEIGHBOURS = (
    "熊世芳",
    "孟祥云",
    "秦大林",
    "白春燕",
    "侯德海",
    "邱淑兰",
    "尹家明",
    "黎凤琴",
    "史长河",
    "段玉珍",
    "雷国富",
    "钱桂珍",
)
SIGNED = 4
GROUNDS = "分管小区停车收费期间，两年未公布收支，三次居民会议要求说明均未答复。"
DEFENSE = "账目由物业代管，我催过两次没有结果，没有向大家说清楚是我的责任；现已把两年的收支明细交居务监督委员会。"
ASKED, ANSWERED, CALLED, FROZEN, VOTED, DECIDED, PLANNED = 50, 44, 42, 33, 30, 29, 12
"""So many days ago the demand was handed in, the member answered, and so on."""
BALLOT = ((1,),) * 7 + ((2,),) * 3


def recall(scene: Scene) -> None:
    """Seven of ten agree, and a by-election is on its way."""
    if Recall.objects.filter(body__name=COMMITTEE).exists():
        return
    with transaction.atomic():
        _neighbours(scene)
        member = _seat(scene)
        row = _demand(scene, member)
        row = _vote(scene, row)
        _plan(scene, row)


def _second(scene: Scene) -> User:
    """Return the second community worker, who checks what the first one entered."""
    return official_of(
        scene, "staff2-sanbalu", "阮青", role=Role.COMMUNITY_STAFF, division=place(COMMUNITY), title="社区工作者"
    )


def _neighbours(scene: Scene) -> None:
    then, community, second = scene.ago(70), place(COMMUNITY), _second(scene.ago(70))
    for number, name in enumerate(NEIGHBOURS):
        user = accounts.register_resident_user(
            by=then.system, phone=f"1399009{number:04d}", display_name=name, is_verified=True, now=then.now
        )
        born = dt.date(1951 + 3 * number, 2 + number % 10, 5 + number)
        row = people.register_resident(
            by=user,
            now=then.now,
            division=community,
            name=name,
            birth_on=born,
            address=f"{1 + number % 4}栋{101 + number}号",
        )
        people.confirm_resident(by=second, now=then.now, resident=row)


def _body(scene: Scene, kind: str, name: str, members: tuple[str, ...], since: dt.date) -> Body:
    staff = scene.user(STAFF)
    body = bodies.create_body(by=staff, now=scene.now, kind=kind, name=name, division=place(COMMUNITY), term_from=since)
    for number, person in enumerate(members):
        bodies.add_member(
            by=staff,
            now=scene.now,
            body=body,
            name=person,
            seat=Seat.RESIDENT,
            valid_from=since,
            is_chair=number == 0,
            is_woman=person[1] in "素玉春",
        )
    return body


def _seat(scene: Scene) -> BodyMembership:
    then = scene.ago(60)
    for rule in DecisionRule.objects.filter(key__in=("urban_recall", "urban_election", "urban_election_runoff")):
        if rule.awaits_confirmation:
            policy.confirm_rule(
                by=scene.user("district"), now=then.now, rule=rule, basis="区社会工作部对照法律文本核对（演示数据）"
            )
    body = _body(then, BodyKind.RESIDENTS_COMMITTEE, COMMITTEE, SEATED, then.today - dt.timedelta(days=2 * 365))
    return body.memberships.get(name=SEATED[1])


def _demand(scene: Scene, member: BodyMembership) -> Recall:
    staff, reviewer, then = scene.user(STAFF), scene.user("reviewer002"), scene.ago(ASKED)
    row = operations.receive_demand(by=staff, now=then.now, membership=member, grounds=GROUNDS, asked_on=then.today)
    by_name = {one.name: one for one in Resident.objects.filter(division=place(COMMUNITY))}
    signers = [by_name[name] for name in NEIGHBOURS[-SIGNED:]]
    operations.enter_signatures(by=staff, now=then.now, recall=row, signers=signers)
    later = scene.ago(ASKED - 3)
    doubtful = {SIGNED: "本人说明未签名，系家人代签。"}
    operations.check_signatures(by=reviewer, now=later.now, recall=row, doubtful=doubtful)
    row = operations.verify_demand(by=reviewer, now=later.now, recall=row)
    heard = scene.ago(ANSWERED)
    return operations.record_answer(
        by=staff, now=heard.now, recall=row, hearing="SPOKEN", heard_on=heard.today, defense=DEFENSE
    )


def _vote(scene: Scene, row: Recall) -> Recall:
    staff, second = scene.user(STAFF), _second(scene)
    document = policy.enter_document(
        by=scene.user("district"),
        now=scene.ago(ASKED).now,
        title="自流井区社区居民委员会成员罢免和补选工作规程",
        document_number=DOCUMENT,
        issuer="自流井区社会工作部",
        level=DocumentLevel.DISTRICT,
        division=place(data.DISTRICT),
        effective_on=scene.ago(ASKED).today,
        summary="明确联名核验、申辩、投票和补选的办法（演示数据）。",
    )
    called = scene.ago(CALLED)
    times = {"opens_at": moment(scene, VOTED, 8), "closes_at": moment(scene, VOTED, 18)}
    row = operations.call_vote(by=staff, now=called.now, today=called.today, recall=row, ordered_by=document, **times)
    frozen = scene.ago(FROZEN)
    notices.close_due_notices(by=scene.system, now=frozen.now, today=frozen.today)
    row = operations.freeze_vote(by=staff, now=frozen.now, today=frozen.today, recall=row)
    ballot = Ballot.objects.get(recall=row)
    ballots.open_due_ballots(by=scene.system, now=moment(scene, VOTED, 8))
    ballot.refresh_from_db()
    for name, marked in zip(NEIGHBOURS, BALLOT, strict=False):
        ballots.cast_vote(
            by=User.objects.get(display_name=name), now=moment(scene, VOTED, 10), ballot=ballot, choices=marked
        )
    ballots.close_due_ballots(by=scene.system, now=moment(scene, VOTED, 18))
    ballot.refresh_from_db()
    ballots.count_ballot(by=staff, now=moment(scene, VOTED, 19), ballot=ballot)
    ballots.publish_ballot(by=second, now=moment(scene, VOTED, 20), ballot=ballot)
    decided = scene.ago(DECIDED)
    return operations.recall_member(by=staff, now=decided.now, today=decided.today, recall=row)


def _plan(scene: Scene, row: Recall) -> None:
    """Plan the by-election for a day in a month."""
    then = scene.ago(PLANNED)
    holders = _body(then, BodyKind.ELECTION_COMMITTEE, "三八路社区居民选举委员会", HOLDERS, then.today)
    document = PolicyDocument.objects.get(document_number=DOCUMENT)
    operations.plan_by_election(
        by=scene.user(STAFF),
        now=then.now,
        recall=row,
        committee=holders,
        ordered_by=document,
        opens_at=moment(scene, -30, 8),
        closes_at=moment(scene, -30, 18),
    )
