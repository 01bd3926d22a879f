"""Two more ballots of 檀木林: one secret, with options in order and a batch of paper; one that is open now, within a budget."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction

from consultation.ballots import operations as ballots
from consultation.ballots.models import Ballot, BallotMethod, RollSource
from governance.accounts.models import User
from governance.portal.demonstration.loop import COMMUNITY, moment, second_staff, voters
from governance.portal.demonstration.steps import Scene, place

ARBOR = "楼下凉亭叫什么名字？"
NAMES = (("檀香亭", "取社区之名。"), ("邻里亭", "邻里相聚之处。"), ("长乐亭", "长者提议。"))
ORDERS = ([1, 2, 3],) * 9 + ([2, 3, 1],) * 8 + ([3, 2, 1],) * 7
"""How the neighbours with a phone put the names in order: no name leads at once, the second round decides."""
PILE = ([2, 1], [3], [2, 3, 1])
"""What the sheets of those without a phone say, in the order of the pile."""

RUNNING = "两万元院落资金先做哪些？"
WORKS = (
    ("晾衣架二十组", "安装在四栋楼下。", Decimal("6000.00")),
    ("健身步道划线", "环小区一周。", Decimal("4500.00")),
    ("充电棚加装灭火器", "三处充电棚。", Decimal("3200.00")),
    ("凉亭座椅翻新", "两处凉亭。", Decimal("8800.00")),
    ("儿童沙坑", "含每季换沙。", Decimal("12000.00")),
)
BUDGET = Decimal("20000.00")


@transaction.atomic  # else the clock closes on a slow machine what was opened for a day long past
def vote_in_secret(scene: Scene) -> None:
    """Neighbours put three names in order, on the web and on paper; two persons enter the pile, the box is mixed."""
    staff, second = scene.user("staff-tanmulin"), second_staff(scene)
    if Ballot.objects.filter(question=ARBOR).exists():
        return
    ballot = ballots.prepare_ballot(
        by=staff,
        now=moment(scene, 70),
        division=place(COMMUNITY),
        question=ARBOR,
        rule_key="council_default",
        method=BallotMethod.RANKED,
        options=list(NAMES),
        most_choices=len(NAMES),
        is_secret=True,
        opens_at=moment(scene, 66),
        closes_at=moment(scene, 60),
        roll_source=RollSource.RESIDENTS,
    )
    then = scene.ago(69)
    ballot = ballots.freeze_ballot(by=staff, now=then.now, today=then.today, ballot=ballot)
    ballots.open_due_ballots(by=scene.system, now=moment(scene, 66, 10))
    for voter, order in zip(voters(scene), ORDERS, strict=False):
        ballots.cast_vote(by=voter, now=moment(scene, 65), ballot=ballot, choices=order)
    _enter_pile(scene, ballot, staff, second)
    ballots.close_due_ballots(by=scene.system, now=moment(scene, 60, 10))
    ballot.refresh_from_db()
    ballots.count_ballot(by=staff, now=moment(scene, 60, 11), ballot=ballot)
    ballots.publish_ballot(by=second, now=moment(scene, 60, 14), ballot=ballot)


def _enter_pile(scene: Scene, ballot: Ballot, staff: User, second: User) -> None:
    then = moment(scene, 62)
    signed = ballot.roll.filter(user=None).order_by("number").values_list("number", flat=True)[: len(PILE)]
    batch = ballots.open_batch(by=staff, now=then, ballot=ballot, channel="PAPER", signed=len(signed))
    ballots.sign_in_batch(by=staff, now=then, batch=batch, numbers=list(signed))
    ballots.enter_sheets(by=staff, now=then, batch=batch, sheets=PILE[: len(signed)])
    ballots.check_sheets(by=second, now=then, batch=batch, sheets=PILE[: len(signed)])
    ballots.accept_batch(by=second, now=then, batch=batch)


@transaction.atomic
def vote_within_a_budget(scene: Scene) -> None:
    """A ballot that is open now: some have voted, somebody has saved marks, a slip is printed."""
    staff = scene.user("staff-tanmulin")
    if Ballot.objects.filter(question=RUNNING).exists():
        return
    ballot = ballots.prepare_ballot(
        by=staff,
        now=moment(scene, 4),
        division=place(COMMUNITY),
        question=RUNNING,
        rule_key="online_poll",
        method=BallotMethod.KNAPSACK,
        options=list(WORKS),
        most_choices=len(WORKS),
        budget=BUDGET,
        opens_at=moment(scene, 2),
        closes_at=moment(scene, -16),
        roll_source=RollSource.RESIDENTS,
    )
    then = scene.ago(3)
    ballot = ballots.freeze_ballot(by=staff, now=then.now, today=then.today, ballot=ballot)
    ballots.open_due_ballots(by=scene.system, now=moment(scene, 2, 10))
    people_here = voters(scene)
    for voter, marks in zip(people_here, ([1, 2, 3], [1, 5], [2, 3, 4], [5, 2, 3]), strict=False):
        ballots.cast_vote(by=voter, now=moment(scene, 1), ballot=ballot, choices=marks)
    ballots.save_draft(by=people_here[4], now=moment(scene, 1), ballot=ballot, choices=[1, 4])
    entry = ballot.roll.filter(user=None).order_by("number").first()
    if entry is not None:
        ballots.print_slip(by=staff, now=moment(scene, 1), entry=entry)
