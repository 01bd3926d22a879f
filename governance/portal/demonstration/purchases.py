"""Purchases of services: three lists, three budget lines, one purchase awarded, one handed-over service, one that is called."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from communities.notices import operations as notices
from governance.accounts import operations as accounts
from governance.accounts.models import User
from governance.portal.demonstration.contracting import PAPER
from governance.portal.demonstration.delivery import MANAGER, ORGANIZATION
from governance.portal.demonstration.loop import COMMUNITY
from governance.portal.demonstration.needing import NEED, decide_on_care
from governance.portal.demonstration.steps import Scene, person_of, place
from projects.purchasing import operations as purchasing
from projects.purchasing.asking import operations as asking
from projects.purchasing.awarding import offering
from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.catalogue import operations as catalogue
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseList, PurchaseListItem
from projects.purchasing.catalogue.operations import Budgeted, ItemEntry
from projects.purchasing.operations import Criterion, Plan
from projects.purchasing.policy import NO_GROUND, Procedure, PurchaseKind
from socialorgs.register import operations as register
from socialorgs.register.models import OrganizationType, ServiceClass, SocialOrganization, Standing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.notices.models import PublicNotice
    from consultation.decisions.models import Decision
    from projects.purchasing.awarding.models import PurchaseAward, PurchaseOffer
    from projects.purchasing.models import Purchase

DISTRICT, STREET = "510302000000", "510302002000"
CONTACT = "东兴寺街道社会事务办公室"
TITLE = "檀木林社区居家养老上门服务"
HANDED_TITLE = "高龄津贴资格核对和入户复核"
CALLED_TITLE = "檀木林社区四点半课堂托管服务"
WAITING_TITLE = "檀木林社区公共活动空间运营"
OPERATION_TITLE = "檀木林社区党群服务中心运营"
OTHERS = (
    ("自贡市自流井区康乐为老服务中心", "52510302MJ0000801T", ("13990071001", "秦晓燕")),
    ("自贡市自流井区同心社会工作服务中心", "52510302MJ0000802X", ("13990071002", "范文博")),
)
JUDGES = (("13990070011", "郝思齐"), ("13990070012", "蒋立新"), ("13990070013", "沈静仪"))
OFFER_PAPER = "居家养老服务方案.pdf"
PRICES = ("96000.00", "98500.00", "99000.00")
MARKS = ((47, 28), (43, 26), (41, 25))
CRITERIA = (Criterion("报价", 20, is_price=True), Criterion("服务方案", 50), Criterion("团队和业绩", 30))
GUIDANCE = {
    ("基本公共服务", "养老服务"): ("居家养老上门服务", "日间照料服务", "老年助餐服务", "适老化评估"),
    ("基本公共服务", "儿童福利服务"): ("困境儿童关爱", "课后托管服务", "儿童友好社区营造"),
    ("基本公共服务", "社会救助服务"): ("低保对象入户核查", "临时救助协办", "残疾人居家照护"),
    ("社会管理服务", "社区治理服务"): ("社区议事协商辅导", "院落自治培育", "社区矛盾调解", "公共空间运营"),
    ("社会管理服务", "社会工作服务"): ("社会工作站运营", "社区矫正帮教", "志愿服务组织"),
    ("社会管理服务", "社会组织服务"): ("社会组织孵化", "能力培训", "项目评估"),
    ("行业管理与协调服务", "行业调查"): ("社区服务需求调查", "满意度调查"),
    ("技术性服务", "监测服务"): ("消防隐患排查", "居家安全检测"),
    ("政府履职所需辅助性服务", "评估评审"): ("项目绩效评价", "项目审计"),
}
HANDED_OVER = {
    ("社会救助类", "区民政局"): (
        *(
            "高龄津贴",
            "低保",
            "临时救助",
            "特困供养",
            "孤儿保障",
            "困难残疾人补贴",
            "重度残疾人护理补贴",
            "慈善帮扶",
            "取暖补助",
        ),
    ),
    ("养老助残类", "区残疾人联合会"): (
        *(
            "居家养老补贴",
            "养老机构入住",
            "助餐补贴",
            "适老化改造",
            "辅具适配",
            "残疾证",
            "康复救助",
            "就业援助",
            "托养服务",
        ),
    ),
    ("卫生计生类", "区卫生健康局"): (
        *(
            "计生奖扶",
            "失独家庭关怀",
            "生育登记",
            "健康档案",
            "家庭医生签约",
            "预防接种",
            "慢病随访",
            "无偿献血",
            "红十字救护",
        ),
    ),
    ("就业文体类", "区人力资源和社会保障局"): (
        *(
            "失业登记",
            "灵活就业补贴",
            "创业担保",
            "退休认证",
            "居民医保参保",
            "居民养老参保",
            "全民阅读",
            "文化活动",
            "全民健身",
        ),
    ),
}
ACTS = ("政策宣传", "材料受理", "资格核对", "入户复核")
HOW_MANY = 139
"""So many items were handed over (report S4)."""
RULES = (
    ("PROVIDER", "承接主体依法登记或者备案，最近一次检查合格，未被列入严重违法失信名单。"),
    ("PROVIDER", "群团组织和由财政拨款保障的组织不作为承接主体。"),
    ("PROVIDER", "三年内与采购项目评审人员有任职关系的，评审人员回避。"),
    ("CONTENT", "购买内容列入指导性目录，并由专人对照负面清单核对。"),
    ("CONTENT", "同一年度同一品目合计超过公开招标数额标准的，不得化整为零。"),
    ("CONTENT", "合同期限一般不超过一年，内容固定、经费稳定的不超过三年。"),
    ("SUPERVISION", "购买公告、结果公告和合同向社会公开，接受质疑。"),
    ("SUPERVISION", "由社区党组织、居民代表和第三方进行评估，结果决定付款和续约。"),
    ("FUNDING", "先有预算，后有购买，不得以事后报销方式购买。"),
    ("FUNDING", "资金按项目核算，支付不超过成交金额，追加不超过一成。"),
)


def buy(scene: Scene) -> None:
    """Tell all of it once."""
    if PurchaseList.objects.exists():
        return
    with transaction.atomic():
        _lists(scene.ago(120))
        lines = _money(scene.ago(100))
        bodies = _bodies(scene)
        decision = decide_on_care(scene)
        _awarded(scene, lines[0], bodies, decision)
        _handed_over(scene, lines[1], bodies[0], decision)
        _called(scene, lines[0], bodies, decision)
        _waiting(scene, lines[0])


def _lists(then: Scene) -> None:
    year = then.today.year
    first = dt.date(year, 1, 1)
    guidance = [
        ItemEntry(f"{chr(65 + number)}{serial:02d}", category, name, group=group)
        for number, ((category, group), names) in enumerate(GUIDANCE.items())
        for serial, name in enumerate(names, start=1)
    ]
    handed = handed_over_items()
    rules = [ItemEntry(str(number), group, text) for number, (group, text) in enumerate(RULES, start=1)]
    for kind, title, items in (
        (ListKind.GUIDANCE, "自流井区政府购买服务指导性目录", guidance),
        (ListKind.HANDED_OVER, "自流井区政务服务下沉事项清单", handed),
        (ListKind.RULES, "自流井区政府购买服务规则", rules),
    ):
        row = catalogue.draft_list(
            by=then.user("district2"),
            now=then.now,
            division=place(DISTRICT),
            kind=kind,
            title=title,
            edition=str(year),
            valid_from=first,
            items=items,
        )
        catalogue.confirm_list(by=then.user("district"), now=then.now, purchase_list=row)


def handed_over_items() -> list[ItemEntry]:
    """Return the 139 items in four classes, each with the department that hands it over."""
    every = [
        (category, f"{name}{act}", department)
        for (category, department), names in HANDED_OVER.items()
        for name in names
        for act in ACTS
    ]
    return [
        ItemEntry(f"{number:03d}", category, name, from_department=department)
        for number, (category, name, department) in enumerate(every[:HOW_MANY], start=1)
    ]


def _money(then: Scene) -> list[PublicBudgetLine]:
    year = then.today.year
    found = []
    for source, name, number, amount in (
        ("FISCAL", "社区服务购买经费", "自财预〔{}〕12号", "320000.00"),
        ("WELFARE_LOTTERY", "福彩公益金为老服务", "自财社〔{}〕5号", "60000.00"),
        ("COMMUNITY_WELFARE", "社区公益金微项目", "东街办〔{}〕3号", "30000.00"),
    ):
        budgeted = Budgeted(source, year, name, number.format(year), Decimal(amount))
        row = catalogue.enter_budget_line(
            by=then.user("street002"), now=then.now, division=place(STREET), budgeted=budgeted
        )
        found.append(catalogue.confirm_budget_line(by=then.user("reviewer002"), now=then.now, line=row))
    return found


def _bodies(scene: Scene) -> list[tuple[SocialOrganization, User]]:
    """The organization of the loop and two others, each with its manager."""
    then = scene.ago(110)
    found = [(SocialOrganization.objects.get(credit_code=ORGANIZATION[1]), person_of(scene, *MANAGER))]
    for name, code, person in OTHERS:
        row = register.enter_organization(
            by=then.user("street002"),
            now=then.now,
            name=name,
            organization_type=OrganizationType.SOCIAL_SERVICE_AGENCY,
            standing=Standing.REGISTERED,
            credit_code=code,
            service_class=ServiceClass.LIFE_SERVICE,
            division=place(STREET),
            registrar="自贡市自流井区民政局",
            head_name=person[1],
            founded_on=dt.date(2022, 3, 1),
            scope="为老服务、社会工作。",
        )
        row = register.verify_organization(by=then.user("reviewer002"), now=then.now, organization=row)
        manager = person_of(scene, *person)
        register.appoint_for_organization(
            by=then.user("reviewer002"), now=then.now, organization=row, user=manager, valid_from=then.today
        )
        found.append((row, manager))
    return found


def _item(kind: str, name: str) -> PurchaseListItem:
    return PurchaseList.objects.get(kind=kind).items.get(name=name)


def _plan(
    then: Scene, line: PublicBudgetLine, title: str, item: str, amount: str, *, decision: Decision | None = None
) -> Plan:
    first = then.today + dt.timedelta(days=75)
    return Plan(
        buyer=place(STREET),
        landing=place(COMMUNITY),
        title=title,
        item=_item(ListKind.GUIDANCE, item),
        budget_line=line,
        service="按月提供服务，每季度向社区和居民代表报告一次，接受三方评估。",
        need=NEED if decision else "居民议事会和入户走访中多次提出，社区统筹后列为共性需求。",
        decision=decision,
        amount=Decimal(amount),
        starts_on=first,
        ends_on=first + dt.timedelta(days=364),
        procedure=Procedure.CONSULTATION,
        criteria=CRITERIA,
    )


def _approve(then: Scene, plan: Plan) -> Purchase:
    """Plan, submit, check and approve, by three people."""
    officer = then.user("street002")
    row = purchasing.plan_purchase(by=officer, now=then.now, plan=plan)
    row = purchasing.submit_plan(by=officer, now=then.now, purchase=row)
    row = purchasing.check_purchase(by=then.user("reviewer002"), now=then.now, purchase=row, answers=NO_GROUND)
    return purchasing.approve_purchase(by=then.user("district"), now=then.now, purchase=row)


def _close(scene: Scene, notice: PublicNotice | None) -> Scene:
    """Let the clock close a notice on the morning after its last day; return that scene."""
    last = notice.ends_on if notice and notice.ends_on else scene.today
    after = Scene(now=scene.now + dt.timedelta(days=(last - scene.today).days + 1), system=scene.system)
    if notice is not None:
        notices.close_notice(by=after.system, now=after.now, today=after.today, notice=notice)
    return after


def _offer(
    then: Scene, row: Purchase, body: tuple[SocialOrganization, User], price: str, papers: Sequence[str] = ()
) -> PurchaseOffer:
    offered = Offered(
        Decimal(price),
        "配备持证人员，按月排班上门，建立服务档案，设投诉电话。",
        "持证社工二名、护理员六名。",
        [(name, PAPER) for name in papers],
    )
    offer = offering.draft_offer(by=body[1], now=then.now, purchase=row, organization=body[0], offered=offered)
    return offering.submit_offer(by=body[1], now=then.now, offer=offer)


def _settle(then: Scene, award: PurchaseAward) -> PurchaseAward:
    award = awarding.publish_award(by=then.user("reviewer002"), now=then.now, award=award, contact=CONTACT)
    after = _close(then, award.notice)
    awarding.settle_awards(by=after.system, now=after.now)
    award.refresh_from_db()
    return award


def _awarded(
    scene: Scene, line: PublicBudgetLine, bodies: list[tuple[SocialOrganization, User]], decision: Decision
) -> PurchaseAward:
    """Care at home for a year: three offers, three judges, final after its objection days."""
    then = scene.ago(70)
    officer = then.user("street002")
    row = _approve(then, _plan(then, line, TITLE, "居家养老上门服务", "100000.00", decision=decision))
    row = purchasing.call_for_offers(by=officer, now=then.now, purchase=row, contact=CONTACT)
    papers: tuple[Sequence[str], ...] = ((OFFER_PAPER,), (), ())
    offers = [_offer(then, row, body, price, names) for body, price, names in zip(bodies, PRICES, papers, strict=True)]
    after = _close(then, row.notice)
    row = purchasing.open_offers(by=officer, now=after.now, purchase=row)
    offers = [offering.qualify_offer(by=officer, now=after.now, offer=offer) for offer in offers]
    judges = [_judge(scene, *person) for person in JUDGES]
    offering.appoint_committee(by=officer, now=after.now, purchase=row, members=[(judge, "EXPERT") for judge in judges])
    criteria = list(row.criteria.filter(is_price=False))
    for judge in judges:
        points = {
            (offer.pk, criterion.pk): Decimal(given)
            for offer, pair in zip(offers, MARKS, strict=True)
            for criterion, given in zip(criteria, pair, strict=True)
        }
        offering.score_offers(by=judge, now=after.now, purchase=row, points=points)
    award = awarding.propose_award(
        by=officer, now=after.now, purchase=row, offer=offers[0], reason="综合得分第一，方案具体，报价最低。"
    )
    return _settle(after, award)


def _judge(scene: Scene, phone: str, name: str) -> User:
    found = User.objects.filter(display_name=name).first()
    return found or accounts.register_resident_user(
        by=scene.system, phone=phone, display_name=name, is_verified=True, now=scene.now
    )


def _handed_over(
    scene: Scene, line: PublicBudgetLine, body: tuple[SocialOrganization, User], decision: Decision
) -> None:
    """A service of the list of 139 goes to an organization by a small direct purchase, with its agreement."""
    then = scene.ago(60)
    plan = _plan(then, line, HANDED_TITLE, "低保对象入户核查", "36000.00", decision=decision)
    plan = replace(plan, kind=PurchaseKind.HANDED_OVER, handed_item=_item(ListKind.HANDED_OVER, "高龄津贴资格核对"))
    _directly(then, plan, body, "35000.00", "唯一响应，报价合理，熟悉辖区老人情况。")


def _directly(then: Scene, plan: Plan, body: tuple[SocialOrganization, User], price: str, reason: str) -> PurchaseAward:
    """Buy from the one body that answers a small direct purchase."""
    officer = then.user("street002")
    row = _approve(then, replace(plan, procedure=Procedure.MICRO))
    row = purchasing.call_for_offers(by=officer, now=then.now, purchase=row, contact=CONTACT)
    offer = _offer(then, row, body, price)
    after = _close(then, row.notice)
    row = purchasing.open_offers(by=officer, now=after.now, purchase=row)
    offer = offering.qualify_offer(by=officer, now=after.now, offer=offer)
    award = awarding.propose_award(by=officer, now=after.now, purchase=row, offer=offer, reason=reason)
    return _settle(after, award)


def buy_operation(scene: Scene, body: tuple[SocialOrganization, User], begins_on: dt.date) -> PurchaseAward:
    """Buy a year in which an organization runs the service center of the community."""
    line = PublicBudgetLine.objects.filter(division=place(STREET), source="FISCAL").order_by("pk")[0]
    plan = _plan(scene, line, OPERATION_TITLE, "社会工作站运营", "48000.00")
    plan = replace(plan, kind=PurchaseKind.FACILITY, starts_on=begins_on, ends_on=begins_on + dt.timedelta(days=364))
    return _directly(scene, plan, body, "46800.00", "唯一响应，方案写明开放时间、免费项目和交接清单。")


def _called(
    scene: Scene, line: PublicBudgetLine, bodies: list[tuple[SocialOrganization, User]], decision: Decision
) -> None:
    """Offers are taken now: one lies there sealed, one is a draft."""
    then = scene.ago(3)
    row = _approve(then, _plan(then, line, CALLED_TITLE, "课后托管服务", "80000.00", decision=decision))
    row = purchasing.call_for_offers(by=then.user("street002"), now=then.now, purchase=row, contact=CONTACT, days=12)
    _offer(scene.ago(1), row, bodies[1], "76000.00")
    organization, manager = bodies[0]
    offered = Offered(Decimal("78000.00"), "周一至周五放学后托管，含作业辅导和兴趣活动。", "社工一名、教师三名。")
    offering.draft_offer(by=manager, now=scene.now, purchase=row, organization=organization, offered=offered)
    question = asking.ask_question(
        by=bodies[1][1], now=then.now, purchase=row, text="寒暑假期间是否提供托管？报价是否含假期？"
    )
    asking.answer_question(
        by=then.user("street002"), now=scene.ago(2).now, question=question, answer="仅教学周提供，报价不含寒暑假。"
    )
    asking.ask_question(by=manager, now=scene.ago(1).now, purchase=row, text="场地由社区提供，水电费由谁承担？")


def _waiting(scene: Scene, line: PublicBudgetLine) -> None:
    """A facility to be run by others waits for the check of the negative list."""
    then = scene.ago(1)
    plan = _plan(then, line, WAITING_TITLE, "公共空间运营", "60000.00")
    plan = replace(plan, kind=PurchaseKind.FACILITY)
    row = purchasing.plan_purchase(by=then.user("street002"), now=then.now, plan=plan)
    purchasing.submit_plan(by=then.user("street002"), now=then.now, purchase=row)
