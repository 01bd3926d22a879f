"""Emergency relief after a kitchen fire in 檀木林, ratified by the committee; what the inn gives back; a use that is refused."""

from __future__ import annotations

from decimal import Decimal

from consultation.matters import operations as matters
from consultation.matters.models import Matter, MatterChannel, Route, ThreeWay
from funds.charity.models import CommunityFund
from funds.spending import operations as spending
from funds.spending import refunding, relieving
from funds.spending.models import Payment, Purpose, SpendingRequest, Stand
from funds.spending.papers.models import EmergencyRelief, Refund
from governance.portal.demonstration.loop import COMMUNITY, moment, second_staff
from governance.portal.demonstration.steps import Scene, place

FIRE_TITLE = "16栋厨房起火，一户老人无处居住"
RELIEF_TITLE = "火灾家庭临时安置"
RELIEF = Decimal("2400.00")
GIVEN_BACK = Decimal("480.00")
REFUSED_TITLE = "社区干部年终奖金"


def relieve(scene: Scene) -> None:
    """A fire; relief within a day, paid before the committee meets, ratified a week later."""
    staff, street = scene.user("staff-tanmulin"), scene.user("street002")
    fund = CommunityFund.objects.select_related("committee").get(division=place(COMMUNITY))
    members = list(fund.committee.voting_members(scene.ago(40).today)) if fund.committee else []
    row = SpendingRequest.objects.filter(title=RELIEF_TITLE).first() or spending.enter_request(
        by=staff,
        now=moment(scene, 40),
        fund=fund,
        matter=_fire(scene),
        is_emergency=True,
        title=RELIEF_TITLE,
        purpose=Purpose.RELIEF,
        plan="厨房起火后房屋暂不能住，先在旅馆安置二十日，添置床褥。",
        beneficiaries="16栋一户两位老人",
        amount=RELIEF,
        lines=[("旅馆住宿20日", Decimal("1920.00")), ("床褥", Decimal("480.00"))],
    )
    if row.status == "DRAFT":
        row = spending.submit_request(by=staff, now=moment(scene, 40, 10), request=row)
    if row.status == "SUBMITTED":
        row = spending.check_request(by=second_staff(scene), now=moment(scene, 40, 11), request=row)
    if row.status == "CHECKED":
        row = relieving.grant_relief(
            by=street,
            now=moment(scene, 40, 14),
            request=row,
            household="16栋1单元2号",
            urgency="厨房昨夜起火，两位老人无处居住，等不到下次会议。",
            members=(members[0].pk, members[1].pk),
            supervisor_opinion="已到现场查看，情况属实，同意先行救助。",
        )
    if row.status == "CLEARED":
        then = scene.ago(40)
        now = moment(scene, 40, 15)
        row = spending.approve_request(by=scene.user("charity"), now=now, today=then.today, request=row)
    _pay(scene, row)
    _ratify(scene, row, [member.pk for member in members])


def give_back(scene: Scene) -> None:
    """Three weeks later the inn gives a part back."""
    _give_back(scene, SpendingRequest.objects.get(title=RELIEF_TITLE))


def _fire(scene: Scene) -> Matter:
    """Return the matter in which the need was told: a visit by the staff, a small matter handled at once."""
    staff = scene.user("staff-tanmulin")
    row = Matter.objects.filter(title=FIRE_TITLE).first() or matters.raise_matter(
        by=staff,
        now=moment(scene, 41, 20),
        division=place(COMMUNITY),
        title=FIRE_TITLE,
        text="昨晚16栋一户厨房起火，已扑灭，无人受伤，房屋暂不能居住。",
        channel=MatterChannel.VISIT,
        raised_for="16栋住户",
    )
    if row.status == "RAISED":
        row = matters.sort_matter(
            by=staff,
            now=moment(scene, 40, 8),
            today=scene.ago(40).today,
            matter=row,
            three_way=ThreeWay.SMALL,
            route=Route.DIRECT,
            reason="突发困难，社区立即安排。",
            summary="一户居民家中失火，需要临时安置。",
        )
    return row


def _pay(scene: Scene, request: SpendingRequest) -> None:
    payment = request.payments.first()
    if payment is None and request.status == "APPROVED":
        payment = spending.plan_payment(
            by=scene.user("street002"),
            now=moment(scene, 39),
            request=request,
            number=1,
            amount=RELIEF,
            payee="东兴旅馆",
            note="住宿和床褥",
            is_payee_public=True,
        )
    if payment is None:
        return
    if payment.status == "PLANNED":
        payment = spending.request_payment(by=scene.user("street002"), now=moment(scene, 39), payment=payment)
    if payment.status == "REQUESTED":
        payment = spending.approve_payment(by=scene.user("reviewer002"), now=moment(scene, 39, 10), payment=payment)
    if payment.status == "APPROVED":
        then = scene.ago(39)
        spending.record_paid(
            by=scene.user("charity2"),
            now=moment(scene, 39, 15),
            today=then.today,
            payment=payment,
            paid_on=then.today,
            bank_reference=f"CSH{then.today:%Y%m%d}J{payment.pk:03d}",
        )


def _ratify(scene: Scene, request: SpendingRequest, members: list[int]) -> None:
    relief = EmergencyRelief.objects.get(request=request)
    if relief.status != "AWAITING":
        return
    then = scene.ago(33)
    relieving.judge_relief(
        by=scene.user("reviewer002"),
        now=then.now,
        today=then.today,
        relief=relief,
        met_on=then.today,
        stands=dict.fromkeys(members, (Stand.FOR, "")),
        supervisor_opinion="先行救助程序合规，同意追认。",
        minutes="五名委员到会，一致追认。",
    )


def _give_back(scene: Scene, request: SpendingRequest) -> None:
    """The family moved home five days early: the inn gives back what was not used, and the request ends."""
    payment = Payment.objects.get(request=request)
    then = scene.ago(18)
    refund = Refund.objects.filter(payment=payment).first() or refunding.record_refund(
        by=scene.user("street002"),
        now=then.now,
        today=then.today,
        payment=payment,
        amount=GIVEN_BACK,
        received_on=then.today,
        bank_reference=f"TK{then.today:%Y%m%d}{payment.pk:03d}",
        reason="提前五日搬回，退还住宿费",
    )
    if refund.status == "RECORDED":
        refunding.post_refund(by=scene.user("charity2"), now=scene.ago(17).now, refund=refund)
    request = SpendingRequest.objects.get(pk=request.pk)
    if request.status == "APPROVED":
        ended = scene.ago(16)
        spending.complete_request(by=scene.user("charity"), now=ended.now, today=ended.today, request=request)


def ask_for_what_is_prohibited(scene: Scene) -> None:
    """Somebody drafts a bonus for cadres: the page says why it cannot be submitted, and it stays a draft."""
    if SpendingRequest.objects.filter(title=REFUSED_TITLE).exists():
        return
    spending.enter_request(
        by=second_staff(scene),
        now=moment(scene, 10),
        fund=CommunityFund.objects.get(division=place(COMMUNITY)),
        matter=_fire(scene),
        title=REFUSED_TITLE,
        purpose=Purpose.ORGANIZATION,
        plan="为社区干部发放年终奖金。",
        beneficiaries="社区工作人员",
        amount=Decimal("900.00"),
        lines=[("干部奖金", Decimal("900.00"))],
    )
