"""The loop from a final decision to the published account: money, contract, hours, acceptance, evaluation.

Goes on where `loop` ends. The evaluation is closed and computed by the product's own clock and worker; `publish`
follows once it has been.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from communities.territory.models import Division
from consultation.decisions import accepting, executing
from consultation.decisions.models import Decision, Verdict
from consultation.matters import operations as matters
from consultation.matters.models import Matter
from consultation.meetings.policy import PartyKind
from consultation.meetings.record import MeetingTask
from consultation.meetings.tasking import operations as tasking
from funds.charity.models import CommunityFund
from funds.spending import operations as spending
from funds.spending.models import Payment, Purpose, SpendingRequest, Stand
from governance import lifecycle
from governance.accounts.models import User
from governance.portal.demonstration.loop import (
    COMMUNITY,
    COST,
    MATTER_TITLE,
    TOPIC_TITLE,
    after_notice,
    moment,
    second_staff,
    voters,
)
from governance.portal.demonstration.steps import Scene, person_of, place
from projects.contracts import drafting
from projects.contracts import operations as contracts
from projects.contracts.evaluating import attach_evaluation
from projects.contracts.judging import operations as judging
from projects.contracts.models import Condition, Contract
from projects.contracts.policy import ServiceField
from projects.evaluation import operations as evaluation
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate, Method, Party, SubjectKind
from projects.volunteering import operations as volunteering
from projects.volunteering.models import VolunteerActivity
from socialorgs.register import operations as register
from socialorgs.register.models import OrganizationType, ServiceClass, SocialOrganization, Standing

ORGANIZATION = ("自贡市自流井区邻里照护服务中心", "52510302MJQ000015F")
MANAGER = ("13990040001", "宋晓梅")
EXPERT = ("13990050001", "顾明远")
SECRETARY = ("13990050101", "龙书琴")
"""Judges for the community's party organization; who judges does not review."""
METHODS = {"PARTY_ORGANIZATION": ["MEETING"], "RESIDENTS": ["QUESTIONNAIRE"], "THIRD_PARTY": ["INTERVIEW"]}
"""By which method each party must have judged."""
REQUEST_TITLE = "12栋至15栋楼梯扶手和感应灯"
EVALUATION_TITLE = "楼梯扶手和感应灯项目评估"
CONTRACT_AMOUNT = Decimal("23600.00")
TEMPLATE = "small-project"
QUESTIONS = (
    ("做的事情是居民商量决定的那件事吗？", 2, False),
    ("做得好不好、结实不结实？", 3, False),
    ("花钱清楚吗？账目看得懂吗？", 2, False),
    ("您总的来说满意吗？", 3, True),
)
UNSURE = 7
"""Who says, by the order of the neighbours, that it is partly done."""


def organization(scene: Scene) -> SocialOrganization:
    """Enter the organization with its credit code, have it checked by another, and let its manager act for it."""
    name, code = ORGANIZATION
    then = scene.ago(110)
    row = SocialOrganization.objects.filter(credit_code=code).first() or register.enter_organization(
        by=scene.user("street002"),
        now=then.now,
        name=name,
        organization_type=OrganizationType.SOCIAL_SERVICE_AGENCY,
        standing=Standing.REGISTERED,
        credit_code=code,
        service_class=ServiceClass.LIFE_SERVICE,
        division=place("510302002000"),
        registrar="自贡市自流井区民政局",
        head_name=MANAGER[1],
        founded_on=dt.date(2023, 4, 18),
        scope="居家照护、适老化小改造、邻里互助。",
    )
    if row.status == "ENTERED":
        row = register.verify_organization(by=scene.user("reviewer002"), now=then.now, organization=row)
    manager = person_of(scene, *MANAGER)
    if not row.appointments.filter(user=manager).exists():
        register.appoint_for_organization(
            by=scene.user("reviewer002"), now=then.now, organization=row, user=manager, valid_from=then.today
        )
    return row


def ask_the_fund(scene: Scene) -> None:
    """The decision asks the fund for money: check, resolution with a recusal, publicity, hold."""
    fund = CommunityFund.objects.select_related("committee").get(division=place(COMMUNITY))
    staff = scene.user("staff-tanmulin")
    request = SpendingRequest.objects.filter(title=REQUEST_TITLE).first() or spending.enter_request(
        by=staff,
        now=moment(scene, 64),
        fund=fund,
        decision=Decision.objects.get(topic__title=TOPIC_TITLE),
        title=REQUEST_TITLE,
        purpose=Purpose.ENVIRONMENT,
        plan="四栋八个单元加装双侧扶手96米、更换感应灯48盏，工期三周。",
        beneficiaries="12栋至15栋128户，其中60岁以上老人97人",
        amount=COST,
        lines=[
            ("不锈钢扶手 96 米", Decimal("16800.00")),
            ("感应灯 48 盏", Decimal("5760.00")),
            ("安装", Decimal("1440.00")),
        ],
    )
    if request.status == "DRAFT":
        request = spending.submit_request(by=staff, now=moment(scene, 64, 10), request=request)
    if request.status == "SUBMITTED":
        request = spending.check_request(by=second_staff(scene), now=moment(scene, 63), request=request)
    if request.status == "CHECKED":
        then = scene.ago(62)
        members = list(fund.committee.voting_members(then.today)) if fund.committee else []
        stands = {member.pk: (Stand.FOR, "") for member in members}
        stands[members[-1].pk] = (Stand.RECUSED, "家住12栋，本人回避。")
        spending.record_resolution(
            by=scene.user("street002"),
            now=then.now,
            today=then.today,
            request=request,
            met_on=then.today,
            stands=stands,
            supervisor_opinion="程序合规，同意。请在签约前公布三家报价。",
            minutes="五名委员到会四名参加表决，一名回避。",
            party_consent=f"社区党委{then.today:%Y年%m月%d日}会议同意",
        )
        request.refresh_from_db()
    if request.status == "RESOLVED":
        then = scene.ago(61)
        request = spending.post_request(by=staff, now=then.now, today=then.today, request=request)
    if request.status == "POSTED":
        after = after_notice(scene, PublicNotice.objects.get(spending_request=request))
        notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
        spending.settle_posted_requests(by=scene.system, now=after.now, today=after.today)
        request.refresh_from_db()
    if request.status == "CLEARED":
        then = scene.ago(46)
        spending.approve_request(by=scene.user("charity"), now=then.now, today=then.today, request=request)


def sign_and_begin(scene: Scene) -> None:
    """Three parties sign; the decision is carried out; the first instalment is paid."""
    row = organization(scene)
    contract = Contract.objects.filter(title=REQUEST_TITLE).first() or drafting.draft_contract(
        by=scene.user("street002"),
        now=moment(scene, 27),
        division=place(COMMUNITY),
        organization=row,
        request=SpendingRequest.objects.get(title=REQUEST_TITLE),
        field=ServiceField.ELDERLY,
        title=REQUEST_TITLE,
        scope="按居民决定安装扶手和感应灯，组织志愿者清理楼道，保修两年。",
        amount=CONTRACT_AMOUNT,
        starts_on=scene.ago(26).today,
        ends_on=scene.today + dt.timedelta(days=60),
        instalments=[(50, Condition.SIGNING), (50, Condition.ACCEPTANCE)],
        milestones=[("扶手安装完成", scene.ago(16).today), ("感应灯更换完成", scene.ago(14).today)],
        lines=[
            ("MATERIALS", "不锈钢扶手", Decimal("16600.00")),
            ("MATERIALS", "感应灯", Decimal("5560.00")),
            ("ACTIVITY", "安装", Decimal("1440.00")),
        ],
        deliverables=[("双侧扶手", Decimal(96), "米"), ("感应灯", Decimal(48), "盏")],
    )
    if contract.status == "DRAFT":
        contract = contracts.offer_contract(by=scene.user("street002"), now=moment(scene, 27, 10), contract=contract)
    if contract.status == "OFFERED":
        contract = contracts.agree_contract(by=person_of(scene, *MANAGER), now=moment(scene, 26), contract=contract)
    if contract.status == "AGREED":
        then = scene.ago(26)
        contract = contracts.sign_contract(
            by=scene.user("reviewer002"), now=then.now, today=then.today, contract=contract
        )
    decision = Decision.objects.get(topic__title=TOPIC_TITLE)
    if decision.status == "FINAL":
        decision = executing.begin_execution(
            by=scene.user("staff-tanmulin"),
            now=moment(scene, 26, 15),
            decision=decision,
            responsible="檀木林社区居委会",
            due_on=scene.today + dt.timedelta(days=30),
        )
        _share_the_work(scene, decision, contract)
    pay(scene, contract, 1, days=25)


def _share_the_work(scene: Scene, decision: Decision, contract: Contract) -> None:
    """The committee leads; the organization, social workers and neighbours each get their task, with photos from before."""
    staff, now = scene.user("staff-tanmulin"), moment(scene, 26, 16)
    given: dict[str, Any] = {"by": staff, "now": now, "decision": decision}
    builder = executing.add_party(**given, kind=PartyKind.ORGANIZATION, organization=contract.organization)
    helpers = executing.add_party(**given, kind=PartyKind.RESIDENTS, name="12栋至15栋楼栋长和志愿者")
    executing.add_party(**given, kind=PartyKind.DEPARTMENT, name="东街街道社区事务办公室")
    executing.give_task(
        **given,
        text="12栋至15栋安装双侧扶手、更换感应灯",
        owner=person_of(scene, *MANAGER),
        party=builder,
        due_on=scene.ago(14).today,
        uploads=[("安装前.png", stairs(is_done=False))],
    )
    executing.give_task(
        **given,
        text="清理楼道杂物，引导住户错峰出行",
        owner=second_staff(scene),
        party=helpers,
        due_on=scene.ago(16).today,
    )


def stairs(*, is_done: bool) -> bytes:
    """Draw the staircase: dark before, with handrail and light afterwards."""
    image = Image.new("RGB", (640, 480), "#d9d3c4" if is_done else "#3b3f46")
    draw = ImageDraw.Draw(image)
    for step in range(8):
        draw.rectangle((60 + step * 55, 400 - step * 40, 640, 440 - step * 40), fill="#8d8f94", outline="#22252a")
    if is_done:
        draw.line((60, 300, 500, -20), fill="#1f5d8c", width=14)
        draw.ellipse((280, 20, 330, 70), fill="#fff3b0", outline="#c9a227")
    kept = BytesIO()
    image.save(kept, "PNG")
    return kept.getvalue()


def _do_the_work(scene: Scene, decision: Decision) -> None:
    """Each reports the own task, with photos from after; the community confirms."""
    for task in MeetingTask.objects.filter(case=decision.case_id, status="GIVEN").order_by("pk"):
        photos = [("安装后.png", stairs(is_done=True))] if task.photos.exists() else []
        done = tasking.report_task(
            by=task.owner, now=moment(scene, 13), task=task, text="已完成，请现场查看。", uploads=photos
        )
        lifecycle.move(done, "confirm", by=scene.user("staff-tanmulin"), now=moment(scene, 13, 15))


def pay(scene: Scene, contract: Contract, number: int, *, days: int) -> None:
    """Pay one instalment: released by the contract, then requested, approved and paid by three people."""
    instalment = contract.instalments.select_related("payment").get(number=number)
    payment = instalment.payment or contracts.release_instalment(
        by=scene.user("street002"), now=moment(scene, days), contract=contract, number=number
    )
    payment = Payment.objects.get(pk=payment.pk)
    if payment.status == "PLANNED":
        payment = spending.request_payment(by=scene.user("street002"), now=moment(scene, days), payment=payment)
    if payment.status == "REQUESTED":
        payment = spending.approve_payment(by=scene.user("charity"), now=moment(scene, days, 14), payment=payment)
    if payment.status == "APPROVED":
        then = scene.ago(days - 1)
        spending.record_paid(
            by=scene.user("charity2"),
            now=then.now,
            today=then.today,
            payment=payment,
            paid_on=then.today,
            bank_reference=f"CSH{then.today:%Y%m%d}{payment.pk:04d}",
        )


def judge_items(scene: Scene, contract: Contract) -> None:
    """Judge what the contract promised, on the day after the delivery."""
    for item in contract.deliverables.exclude(judged_in=contract.delivery_number):
        judging.judge_item(
            by=scene.user("supervisor-tanmulin"),
            now=moment(scene, 11),
            deliverable=item,
            actual=item.target,
            result="PASSED",
        )


def volunteer(scene: Scene) -> None:
    """Neighbours clear the stairs on two mornings, sign in and out, and earn points."""
    contract = Contract.objects.get(title=REQUEST_TITLE)
    for title, days, minutes in (("清理楼道杂物", 20, (125, 90, 59, 30)), ("安装日秩序引导", 17, (180, 29, 60))):
        activity = VolunteerActivity.objects.filter(title=title).first() or volunteering.plan_activity(
            by=scene.user("staff-tanmulin"),
            now=moment(scene, days + 3),
            division=contract.division,
            title=title,
            place="12栋一单元门口集合",
            starts_at=moment(scene, days, 8),
            ends_at=moment(scene, days, 12),
            places=20,
            risk_notice="楼道湿滑，请穿防滑鞋。",
            is_risky=False,
            is_insured=True,
            contract=contract,
            organization=contract.organization,
        )
        if activity.status == "PLANNED":
            activity = volunteering.open_activity(
                by=scene.user("staff-tanmulin"), now=moment(scene, days, 7), activity=activity
            )
        if activity.status != "OPEN":
            continue
        for user, worked in zip(voters(scene)[4:], minutes, strict=False):
            begun = moment(scene, days, 8)
            if not activity.hours.filter(volunteer=user).exists():
                volunteering.sign_in(by=user, now=begun, activity=activity, code=activity.code)
                volunteering.sign_out(by=user, now=begun + dt.timedelta(minutes=worked), activity=activity)
        for hours in activity.hours.filter(status="SIGNED_OUT").order_by("pk"):
            volunteering.verify_hours(by=scene.user("staff-tanmulin"), now=moment(scene, days, 15), hours=hours)
        volunteering.end_activity(by=scene.user("staff-tanmulin"), now=moment(scene, days, 16), activity=activity)
    after = scene.ago(15)
    volunteering.credit_verified(by=scene.system, now=after.now, today=after.today)


def accept(scene: Scene) -> None:
    """Milestones are shown and confirmed, residents say whether they are content, the rest is paid and released."""
    contract = Contract.objects.get(title=REQUEST_TITLE)
    manager, staff = person_of(scene, *MANAGER), scene.user("staff-tanmulin")
    for milestone in contract.milestones.order_by("number"):
        if milestone.status == "PLANNED":
            milestone = contracts.report_milestone(  # noqa: PLW2901 - the fresh row goes on
                by=manager, now=moment(scene, 14), milestone=milestone, report="已安装完成，见现场照片。"
            )
        if milestone.status == "REPORTED":
            contracts.confirm_milestone(by=staff, now=moment(scene, 13), milestone=milestone)
    if contract.status == "RUNNING":
        contract = contracts.report_delivery(
            by=manager, now=moment(scene, 12), contract=contract, report="扶手96米、感应灯48盏全部安装完毕，试用正常。"
        )
    if contract.status == "DELIVERED":
        judge_items(scene, contract)
        *content, doubtful = voters(scene)[:9]
        for user in (*content, doubtful):
            if not contract.opinions.filter(resident=user).exists():
                contracts.give_acceptance_opinion(
                    by=user, now=moment(scene, 11), contract=contract, is_satisfied=user != doubtful, comment=""
                )
        contract = contracts.accept_contract(
            by=scene.user("supervisor-tanmulin"), now=moment(scene, 9), contract=contract
        )
    pay(scene, contract, 2, days=8)
    request = SpendingRequest.objects.get(title=REQUEST_TITLE)
    if request.status == "APPROVED":
        then = scene.ago(6)
        spending.complete_request(by=scene.user("charity"), now=then.now, today=then.today, request=request)
    _accept_the_decision(scene)
    matter = Matter.objects.get(title=MATTER_TITLE)
    if matter.status == "TAKEN_UP":
        matters.answer_matter(
            by=staff, now=moment(scene, 5), matter=matter, reply="楼梯扶手和感应灯已按居民表决结果装好，感谢您提出来。"
        )


def _accept_the_decision(scene: Scene) -> None:
    """The result is shown, the neighbours say what they think of it, the supervision committee accepts it."""
    decision = Decision.objects.get(topic__title=TOPIC_TITLE)
    if decision.status == "EXECUTING":
        _do_the_work(scene, decision)
        decision = executing.report_result(
            by=scene.user("staff-tanmulin"),
            now=moment(scene, 12),
            decision=decision,
            text="扶手和感应灯已全部装好，结余将退回基金。",
        )
    if decision.status == "REPORTED":
        for number, user in enumerate(voters(scene)[:12]):
            if not decision.verdicts.filter(user=user).exists():
                verdict = Verdict.PARTLY if number == UNSURE else Verdict.DONE
                accepting.give_verdict(by=user, now=moment(scene, 10), decision=decision, verdict=verdict)
        after = scene.ago(6)
        notices.close_due_notices(by=scene.system, now=after.now, today=after.today)
        decision.refresh_from_db()
        accepting.accept_result(by=scene.user("supervisor-tanmulin"), now=moment(scene, 5), decision=decision)


def template(scene: Scene) -> EvaluationTemplate:
    """Set the questions: one person drafts them, another takes them into use."""
    row = EvaluationTemplate.objects.filter(key=TEMPLATE).first() or evaluation.draft_template(
        by=scene.user("district"),
        now=scene.ago(60).now,
        key=TEMPLATE,
        title="小型社区项目三方评估表",
        subject_kind=SubjectKind.PROJECT,
        questions=list(QUESTIONS),
        methods=METHODS,
    )
    if row.status == "DRAFT":
        row = evaluation.publish_template(by=scene.user("district2"), now=scene.ago(59).now, template=row)
    return row


MARKS = ((5, 5, 4, 5), (5, 4, 4, 4), (4, 4, 5, 5), (5, 5, 5, 5), (4, 3, 4, 4), (5, 4, 5, 5), (3, 4, 3, 3))


def collect(scene: Scene) -> None:
    """Three parties answer; the collection ended yesterday, so that the clock closes and the worker computes it."""
    contract = Contract.objects.select_related("division", "organization").get(title=REQUEST_TITLE)
    plan = EvaluationPlan.objects.filter(title=EVALUATION_TITLE).first()
    street = scene.user("street002")
    if plan is None:
        then = scene.ago(9)
        plan = evaluation.plan_evaluation(
            by=street,
            now=then.now,
            today=then.today,
            title=EVALUATION_TITLE,
            subject_kind=SubjectKind.PROJECT,
            subject_name=contract.title,
            division=contract.division,
            template=template(scene),
            period_from=contract.starts_on,
            period_to=scene.today,
            opens_on=then.today,
            closes_on=scene.ago(1).today,
            implementer=contract.organization,
        )
        attach_evaluation(by=street, now=then.now, contract=contract, evaluation=plan)
    if plan.status == "PLANNED":
        plan = evaluation.open_evaluation(by=street, now=scene.ago(9).now, plan=plan)
    if plan.status != "COLLECTING" or plan.answers.exists():
        return
    invited = evaluation.invite(
        by=street, now=scene.ago(9).now, plan=plan, party=Party.RESIDENTS, method=Method.QUESTIONNAIRE, count=36
    )
    invited += evaluation.invite(
        by=street,
        now=scene.ago(9).now,
        plan=plan,
        party=Party.PARTY_ORGANIZATION,
        method=Method.MEETING,
        evaluators=[person_of(scene, *SECRETARY)],
    )
    invited += evaluation.invite(
        by=street,
        now=scene.ago(9).now,
        plan=plan,
        party=Party.THIRD_PARTY,
        method=Method.INTERVIEW,
        evaluators=[expert(scene, contract.division)],
    )
    for number, (task, token) in enumerate(invited):
        if number in {11, 23}:
            continue  # two of the invited do not answer
        marks = MARKS[number % len(MARKS)]
        evaluation.answer(
            now=moment(scene, 8 - number % 6, 8 + number % 11),
            token=token,
            marks={str(index): mark for index, mark in enumerate(marks, start=1)},
            comment="",
            by=task.evaluator,
        )


def expert(scene: Scene, community: Division) -> User:
    """Return the evaluator of the third party."""
    del community
    return person_of(scene, *EXPERT)


def is_computed() -> bool:
    """Tell whether the worker has computed the evaluation."""
    return not EvaluationPlan.objects.filter(
        title=EVALUATION_TITLE, status__in=["PLANNED", "COLLECTING", "CLOSED"]
    ).exists()


def publicise(scene: Scene) -> int:
    """Review the result and publicise it; return how many days must pass until its notice is over."""
    plan = EvaluationPlan.objects.get(title=EVALUATION_TITLE)
    if plan.status == "COMPUTED":
        plan = evaluation.review_result(
            by=scene.user("reviewer002"), now=scene.now, plan=plan, note="计算无误，同意公布。"
        )
    if plan.status == "REVIEWED":
        plan = evaluation.publicise_result(by=scene.user("street002"), now=scene.now, today=scene.today, plan=plan)
    last = PublicNotice.objects.get(evaluations=plan).ends_on
    return max((last - scene.today).days + 1, 0) if last else 0


def push(scene: Scene) -> None:
    """Once the notice is over: make the result final and push it to those concerned."""
    notices.close_due_notices(by=scene.system, now=scene.now, today=scene.today)
    evaluation.settle_publicised(by=scene.system, now=scene.now, today=scene.today)
    evaluation.push_final(by=scene.system, now=scene.now)
