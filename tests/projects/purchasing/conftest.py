"""A street with a catalogue and money, three bodies that compete, and people who judge."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from governance.accounts.models import UserKind
from projects.contracts import drafting
from projects.contracts import operations as contracts
from projects.contracts.models import Contract
from projects.contracts.terms import operations as terms
from projects.purchasing import operations
from projects.purchasing.awarding import offering
from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding.models import PurchaseAward, PurchaseOffer
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.catalogue import operations as catalogue
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.catalogue.operations import Budgeted, ItemEntry
from projects.purchasing.models import Purchase
from projects.purchasing.operations import Criterion, Plan
from projects.purchasing.policy import NO_GROUND
from tests.factories.accounts import UserFactory
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.people import House

CRITERIA = (Criterion("报价", 20, is_price=True), Criterion("服务方案", 50), Criterion("团队和业绩", 30))
OFFERS = ("78000.00", "80000.00", "79500.00")
DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stage:
    """A purchase that was brought so far, with what came of it, and the moment."""

    purchase: Purchase
    now: dt.datetime
    offers: tuple[PurchaseOffer, ...] = ()
    award: PurchaseAward | None = None


Walk = Callable[..., Stage]


def list_in_force(people: SimpleNamespace, now: dt.datetime, kind: str = "GUIDANCE", **more: Any) -> PurchaseList:
    """Draft a list of the district and bring it into force by a second person."""
    items = {
        "GUIDANCE": [
            ItemEntry("A0101", "基本公共服务", "居家养老服务", group="养老服务"),
            ItemEntry("A0102", "基本公共服务", "日间照料服务", group="养老服务"),
            ItemEntry("B0201", "社会管理服务", "社区矛盾调解", group="社区治理"),
        ],
        "HANDED_OVER": [ItemEntry("12", "民政类", "高龄津贴资格核对", from_department="区民政局")],
        "RULES": [
            ItemEntry("1", "PROVIDER", "承接主体应当依法登记或备案，最近一次检查合格。"),
            ItemEntry("2", "CONTENT", "购买内容列入指导性目录。"),
            ItemEntry("3", "SUPERVISION", "结果由三方评估并公开。"),
            ItemEntry("4", "FUNDING", "先有预算，后有购买。"),
        ],
    }[kind]
    given = {
        "division": people.places["district"],
        "kind": kind,
        "title": "自流井区政府购买服务指导性目录",
        "edition": "2026",
        "valid_from": dt.date(2026, 1, 1),
        "items": items,
        **more,
    }
    row = catalogue.draft_list(by=people.district_officer, now=now, **given)
    return catalogue.confirm_list(by=people.district_admin, now=now, purchase_list=row)


def line_of(people: SimpleNamespace, now: dt.datetime, amount: str = "100000.00", **more: Any) -> PublicBudgetLine:
    """Enter a budget line of the street and confirm it by a second person."""
    given = {
        "source": "FISCAL",
        "fiscal_year": now.year,
        "name": "社区服务购买",
        "document_number": "自财预〔2026〕3号",
        "amount": Decimal(amount),
        **more,
    }
    row = catalogue.enter_budget_line(
        by=people.street_officer, now=now, division=people.places["street"], budgeted=Budgeted(**given)
    )
    return catalogue.confirm_budget_line(by=people.street_reviewer, now=now, line=row)


@pytest.fixture
def people(house: House) -> SimpleNamespace:
    """Everybody by name, the places, three organizations with their managers, three judges, and the clock."""
    found = SimpleNamespace(**house.people, places=house.places)
    found.organizations = [OrganizationFactory(active=True, division=house.places["street"]) for _ in range(3)]
    found.managers = [manager_of(row) for row in found.organizations]
    found.judges = [UserFactory(kind=UserKind.STAFF) for _ in range(3)]
    found.system = UserFactory(username="system", kind=UserKind.SYSTEM)
    return found


@pytest.fixture
def guidance(people: SimpleNamespace, now: dt.datetime) -> PurchaseList:
    """The catalogue in force."""
    return list_in_force(people, now)


@pytest.fixture
def line(people: SimpleNamespace, now: dt.datetime) -> PublicBudgetLine:
    """A hundred thousand yuan of the street's."""
    return line_of(people, now)


@pytest.fixture
def plan(people: SimpleNamespace, guidance: PurchaseList, line: PublicBudgetLine, now: dt.datetime) -> Any:
    """What is planned: care at home for a year, at most eighty thousand yuan, by competitive consultation."""
    first = now.date() + 40 * DAY

    def made(**more: Any) -> Plan:
        given = {
            "buyer": people.places["street"],
            "landing": people.places["community"],
            "title": "三八路社区居家养老服务",
            "item": guidance.items.get(code="A0101"),
            "budget_line": line,
            "service": "为八十名高龄老人每周上门两次。",
            "need": "居民多次反映高龄老人无人照看。",
            "amount": Decimal("80000.00"),
            "starts_on": first,
            "ends_on": first + 300 * DAY,
            "procedure": "CONSULTATION",
            "criteria": CRITERIA,
            **more,
        }
        return Plan(**given)

    return made


def closed(people: SimpleNamespace, notice: PublicNotice | None) -> dt.datetime:
    """Let the clock close a notice on the morning after its last day; return that moment."""
    assert notice is not None
    assert notice.ends_on is not None
    after = dt.datetime.combine(notice.ends_on + DAY, dt.time(9), tzinfo=dt.timezone(dt.timedelta(hours=8)))
    notices.close_notice(by=people.system, now=after, today=after.date(), notice=notice)
    return after


def offer_of(
    people: SimpleNamespace, now: dt.datetime, purchase: Purchase, number: int = 0, **more: Any
) -> PurchaseOffer:
    """Draft and hand in the offer of an organization."""
    given = {"amount": Decimal(OFFERS[number]), "plan": "每周两次上门，配备护理员五名。", "team": "护理员五名", **more}
    row = offering.draft_offer(
        by=people.managers[number],
        now=now,
        purchase=purchase,
        organization=people.organizations[number],
        offered=Offered(**given),
    )
    return offering.submit_offer(by=people.managers[number], now=now, offer=row)


def points_for(purchase: Purchase, offers: tuple[PurchaseOffer, ...], *given: tuple[int, int]) -> Any:
    """Points by offer and criterion: for each offer those of the two criteria besides the price."""
    criteria = list(purchase.criteria.filter(is_price=False))
    return {
        (offer.pk, criterion.pk): Decimal(points)
        for offer, pair in zip(offers, given, strict=True)
        for criterion, points in zip(criteria, pair, strict=True)
    }


@pytest.fixture
def walk(people: SimpleNamespace, plan: Any, now: dt.datetime) -> Walk:
    """Take a purchase to a state by the operations, each by who makes it; `bids` is how many organizations offer."""

    def to(state: str, *, bids: int = 3, **more: Any) -> Stage:
        row = operations.plan_purchase(by=people.street_officer, now=now, plan=plan(**more))
        early: dict[str, Callable[[Purchase], Purchase]] = {
            "SUBMITTED": lambda row: operations.submit_plan(by=people.street_officer, now=now, purchase=row),
            "CHECKED": lambda row: operations.check_purchase(
                by=people.street_reviewer, now=now, purchase=row, answers=NO_GROUND
            ),
            "APPROVED": lambda row: operations.approve_purchase(by=people.district_officer, now=now, purchase=row),
            "CALLED": lambda row: operations.call_for_offers(
                by=people.street_officer, now=now, purchase=row, contact="街道办公室"
            ),
        }
        for name, step in early.items():
            if row.status == state:
                return Stage(row, now)
            row = step(row)
            assert row.status == name
        offers = tuple(offer_of(people, now, row, number) for number in range(bids))
        if state == "CALLED":
            return Stage(row, now, offers)
        after = closed(people, row.notice)
        row = operations.open_offers(by=people.street_officer, now=after, purchase=row)
        return Stage(row, after, offers) if state == "OPENED" else _awarded(people, row, after, offers, state)

    return to


def _awarded(
    people: SimpleNamespace, row: Purchase, after: dt.datetime, offers: tuple[PurchaseOffer, ...], state: str
) -> Stage:
    offers = tuple(offering.qualify_offer(by=people.street_officer, now=after, offer=offer) for offer in offers)
    members = [(judge, "EXPERT") for judge in people.judges]
    offering.appoint_committee(by=people.street_officer, now=after, purchase=row, members=members)
    marks = ((48, 29), (40, 25), (45, 20))[: len(offers)]
    for judge in people.judges:
        offering.score_offers(by=judge, now=after, purchase=row, points=points_for(row, offers, *marks))
    if state == "SCORED":
        return Stage(row, after, offers)
    award = awarding.propose_award(
        by=people.street_officer, now=after, purchase=row, offer=offers[0], reason="得分最高。"
    )
    if state == "PROPOSED":
        return Stage(Purchase.objects.get(pk=row.pk), after, offers, award)
    award = awarding.publish_award(by=people.street_reviewer, now=after, award=award, contact="街道办公室")
    if state == "PUBLISHED":
        return Stage(Purchase.objects.get(pk=row.pk), after, offers, award)
    last = closed(people, award.notice)
    awarding.settle_awards(by=people.system, now=last)
    return Stage(Purchase.objects.get(pk=row.pk), last, offers, PurchaseAward.objects.get(pk=award.pk))


def ended_early(
    people: SimpleNamespace, now: dt.datetime, award: PurchaseAward, worth: Decimal | None = None
) -> Contract:
    """A contract on the award that was signed and ended before its time, for work of this worth, else the whole of it."""
    officer, reviewer = people.street_officer, people.street_reviewer
    row = drafting.draft_contract(
        by=officer,
        now=now,
        division=award.landing,
        organization=award.organization,
        purchase=award,
        title="居家养老服务",
        scope="每周上门两次。",
        amount=award.amount,
        starts_on=award.starts_on,
        ends_on=award.ends_on,
        instalments=[(100, "ACCEPTANCE")],
        lines=[("ACTIVITY", "上门服务", award.amount)],
        milestones=[("完成首批走访", award.starts_on)],
    )
    row = contracts.offer_contract(by=officer, now=now, contract=row)
    row = contracts.agree_contract(by=people.managers[0], now=now, contract=row)
    row = contracts.join_contract(by=people.community_staff, now=now, contract=row)
    row = contracts.sign_contract(by=reviewer, now=now, today=now.date(), contract=row)
    said = {"ground": "AGREED", "done": "已完成全部走访。", "work_value": row.amount if worth is None else worth}
    terms.propose_settlement(by=officer, now=now, contract=row, **said)
    return contracts.terminate_contract(by=reviewer, now=now, contract=row, reason="双方协商。")
