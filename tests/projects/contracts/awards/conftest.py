"""A contract on the award of a purchase: three parties, a budget by line, items, instalments that wait for reviews."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from projects.contracts import drafting, operations
from projects.contracts.judging import operations as judging
from projects.contracts.models import Contract
from projects.contracts.terms import operations as terms
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from tests.people import House
from tests.projects.contracts.conftest import neighbor
from tests.projects.purchasing.conftest import guidance as guidance_of
from tests.projects.purchasing.conftest import line as line_of
from tests.projects.purchasing.conftest import people as people_of
from tests.projects.purchasing.conftest import plan as plan_of
from tests.projects.purchasing.conftest import walk as walk_of

PDF = ("发票.pdf", b"%PDF-1.4\n%%EOF\n")
LINES = (
    ("PERSONNEL", "护理员补贴", Decimal("23000.00")),
    ("ACTIVITY", "上门服务", Decimal("48000.00")),
    ("ADMINISTRATION", "管理费", Decimal("7000.00")),
)
PARTS = ((Decimal("33.33"), "SIGNING"), (Decimal("33.33"), "MIDTERM"), (Decimal("33.34"), "ACCEPTANCE"))
STATES = ("DRAFT", "OFFERED", "AGREED", "RUNNING", "DELIVERED", "ACCEPTED")

guidance = pytest.fixture(name="guidance")(guidance_of.__wrapped__)
line = pytest.fixture(name="line")(line_of.__wrapped__)
plan = pytest.fixture(name="plan")(plan_of.__wrapped__)
purchase_walk = pytest.fixture(name="purchase_walk")(walk_of.__wrapped__)


@pytest.fixture
def people(house: House) -> SimpleNamespace:
    """Everybody around the purchase, and eight neighbors of the community."""
    found = people_of.__wrapped__(house)
    found.manager = found.managers[0]
    found.neighbors = [neighbor(house, number) for number in range(8)]
    return found


@pytest.fixture
def award(purchase_walk: Any, people: SimpleNamespace) -> PurchaseAward:
    """Seventy-eight thousand yuan for a year's care at home; `people.now` is the moment of the award."""
    stage = purchase_walk("FINAL")
    people.now = stage.now
    return stage.award


@pytest.fixture
def entry(people: SimpleNamespace, award: PurchaseAward) -> Callable[..., dict[str, Any]]:
    """What is entered of a contract on the award."""

    def made(**more: Any) -> dict[str, Any]:
        return {
            "division": award.landing,
            "organization": award.organization,
            "purchase": award,
            "title": "居家养老服务",
            "scope": award.service,
            "amount": award.amount,
            "starts_on": award.starts_on,
            "ends_on": award.ends_on,
            "instalments": PARTS,
            "lines": LINES,
            "deliverables": [("上门服务", Decimal(8000), "人次"), ("紧急呼叫设备", Decimal(80), "台")],
            "milestones": [("完成首批八十户走访", award.starts_on + dt.timedelta(days=30))],
            **more,
        }

    return made


@pytest.fixture
def walk(people: SimpleNamespace, entry: Callable[..., dict[str, Any]]) -> Callable[..., Contract]:
    """Take a contract to a state; from RUNNING on `people.now` is sixty days after its beginning."""

    def to(state: str, **more: Any) -> Contract:
        now = people.now
        row = drafting.draft_contract(by=people.street_officer, now=now, **entry(**more))
        steps: dict[str, Callable[[Contract], Contract]] = {
            "OFFERED": lambda row: operations.offer_contract(by=people.street_officer, now=now, contract=row),
            "AGREED": lambda row: operations.agree_contract(by=people.manager, now=now, contract=row),
            "RUNNING": lambda row: signed(people, now, row),
            "DELIVERED": lambda row: delivered(people, row),
            "ACCEPTED": lambda row: accepted(people, row),
        }
        for name in STATES[1 : STATES.index(state) + 1]:
            row = steps[name](row)
            assert row.status == name
            if name == "RUNNING":
                people.now = dt.datetime.combine(row.starts_on + dt.timedelta(days=60), dt.time(9), tzinfo=now.tzinfo)
        return row

    return to


def signed(people: SimpleNamespace, now: dt.datetime, contract: Contract) -> Contract:
    """Sign for the community and the street."""
    row = operations.join_contract(by=people.community_staff, now=now, contract=contract)
    return operations.sign_contract(by=people.street_reviewer, now=now, today=now.date(), contract=row)


def delivered(people: SimpleNamespace, contract: Contract) -> Contract:
    """Report and confirm every milestone, then the delivery."""
    for milestone in contract.milestones.filter(status="PLANNED"):
        operations.report_milestone(by=people.manager, now=people.now, milestone=milestone, report="已走访。")
    for milestone in contract.milestones.filter(status="REPORTED"):
        operations.confirm_milestone(by=people.community_staff, now=people.now, milestone=milestone)
    return operations.report_delivery(by=people.manager, now=people.now, contract=contract, report="服务完成。")


def judged(people: SimpleNamespace, contract: Contract, result: str = "PASSED", remark: str = "") -> None:
    """Judge every item."""
    for item in contract.deliverables.all():
        judging.judge_item(
            by=people.supervisor,
            now=people.now,
            deliverable=item,
            actual=item.target,
            result=result,
            remark=remark,
        )


def asked(people: SimpleNamespace, contract: Contract, count: int = 5) -> None:
    """Let residents whom the lot fell on say that they are content: staff takes it down."""
    places = contract.samples.get(delivery=contract.delivery_number).places.order_by("number")
    for place in places[:count]:
        judging.take_opinion(
            by=people.community_staff, now=people.now, contract=contract, number=place.number, is_satisfied=True
        )


def accepted(people: SimpleNamespace, contract: Contract) -> Contract:
    """Judge the items, ask the residents, accept."""
    judged(people, contract)
    asked(people, contract)
    return operations.accept_contract(by=people.supervisor, now=people.now, contract=contract)


def spend(people: SimpleNamespace, contract: Contract, **more: Any) -> Any:
    """Enter money that was spent on the second line."""
    given = {
        "line": contract.lines.get(number=2),
        "spent_on": people.now.date(),
        "amount": Decimal("12000.00"),
        "payee": "自流井区康护用品店",
        "what": "上门服务耗材",
        "invoice_number": "04412345",
        "invoice": PDF,
        **more,
    }
    return terms.enter_expenditure(by=people.manager, now=people.now, contract=contract, **given)


def review(people: SimpleNamespace, contract: Contract, **more: Any) -> Any:
    """Record a mid-term review that was passed."""
    given = {
        "kind": "MIDTERM",
        "held_on": people.now.date(),
        "reviewer": "自贡市公信第三方评估中心",
        "findings": "进度与资金使用符合约定。",
        "conclusion": "PASSED",
        **more,
    }
    return judging.record_review(by=people.street_officer, now=people.now, contract=contract, **given)


__all__ = ["PublicBudgetLine", "PurchaseList", "guidance", "line", "plan", "purchase_walk"]
