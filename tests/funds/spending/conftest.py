"""The named people around a fund of the community with 20,000 yuan, and the way of a request through their hands."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from communities.bodies.models import BodyMembership
from communities.notices.operations import close_notice
from communities.people.models import Role
from consultation.decisions.models import Decision
from funds.spending import operations, quoting
from funds.spending.models import Payment, SpendingRequest, Stand
from funds.spending.papers.models import Quote
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.communities import AttachmentFactory, PostFactory
from tests.factories.funds_charity import CommunityFundFactory, committee_of, officer_of
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_spending import DecisionFactory, fund_rules
from tests.people import House

LINES = [("不锈钢扶手", Decimal("2500.00")), ("安装", Decimal("500.00"))]


@pytest.fixture
def people(house: House, system: User) -> SimpleNamespace:
    """The fund, its committee and everybody who has a part in a use of its money."""
    fund_rules()
    fund = CommunityFundFactory(charity=house.charity, division=house.places["community"], active=True)
    body = committee_of(fund, house.people["resident"])
    DonationFactory(fund=fund, received=True, amount=Decimal("20000.00"))
    second_staff = UserFactory()
    PostFactory(user=second_staff, role=Role.COMMUNITY_STAFF, division=house.places["community"])
    return SimpleNamespace(
        **house.people,
        fund=fund,
        community=house.places["community"],
        decision=DecisionFactory(division=house.places["community"]),
        members=list(body.voting_members(dt.date(2026, 3, 4))),
        second_staff=second_staff,
        second_officer=officer_of(house.charity),
        system=system,
    )


@pytest.fixture
def later(now: dt.datetime) -> dt.datetime:
    """A moment after every notice of these tests has run its days."""
    return now + dt.timedelta(days=20)


def entry(people: SimpleNamespace, **more: Any) -> dict[str, Any]:
    """Return what is entered of a request for 3,000 yuan."""
    found = {
        "fund": people.fund,
        "decision": people.decision,
        "title": "12栋楼梯扶手",
        "purpose": "ENVIRONMENT",
        "plan": "四个单元加装双侧扶手，工期三周。",
        "beneficiaries": "12栋32户",
        "amount": Decimal("3000.00"),
        "lines": LINES,
        **more,
    }
    if "amount" in more and "lines" not in more:
        found["lines"] = [("全部", more["amount"])]
    return found


def stands(members: list[BodyMembership], text: str) -> dict[int, tuple[str, str]]:
    """Return votes in the order of the members: F, A, O (abstains), R (withdraws) or - (absent)."""
    words = {"F": Stand.FOR, "A": Stand.AGAINST, "O": Stand.ABSTAIN, "R": Stand.RECUSED, "-": Stand.ABSENT}
    return {
        member.pk: (words[letter], "家住12栋" if letter == "R" else "")
        for member, letter in zip(members, text, strict=True)
    }


def entered(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    """Enter a request."""
    return operations.enter_request(by=people.community_staff, now=now, **entry(people, **more))


def checked(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    """Enter, submit and check a request by two persons."""
    row = operations.submit_request(by=people.community_staff, now=now, request=entered(people, now, **more))
    return operations.check_request(by=people.second_staff, now=now, request=row)


def resolution(people: SimpleNamespace, now: dt.datetime, text: str = "FFFF-", **more: Any) -> dict[str, Any]:
    """Return what is recorded of a meeting on this day."""
    today = timezone.localdate(now)
    return {
        "by": people.street_officer,
        "now": now,
        "today": today,
        "met_on": today,
        "stands": stands(people.members, text),
        "supervisor_opinion": "程序合规，同意。",
        **more,
    }


def resolved(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    """Take a request to the committee's agreement."""
    consent = {"party_consent": "社区党委2026年3月1日同意"}
    return operations.record_resolution(request=checked(people, now, **more), **resolution(people, now, **consent))


def cleared(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    """Take a request through its publicity, which ends before `now`."""
    before = now - dt.timedelta(days=20)
    row = resolved(people, before, **more)
    row = operations.post_request(by=people.community_staff, now=before, today=timezone.localdate(before), request=row)
    if row.status == "POSTED":
        close_notice(by=people.system, now=now, today=timezone.localdate(now), notice=row.notice)
        operations.settle_posted_requests(by=people.system, now=now, today=timezone.localdate(now))
    return SpendingRequest.objects.get(pk=row.pk)


def approved(people: SimpleNamespace, now: dt.datetime, **more: Any) -> SpendingRequest:
    """Take a request to its hold."""
    return operations.approve_request(
        by=people.charity_officer, now=now, today=timezone.localdate(now), request=cleared(people, now, **more)
    )


def accepted(people: SimpleNamespace, now: dt.datetime, request: SpendingRequest) -> SpendingRequest:
    """Let somebody who did not ask for the money look at what was paid for."""
    return operations.accept_request(
        by=people.second_staff, now=now, request=request, findings="扶手牢固，与预算一致。"
    )


def quoted(people: SimpleNamespace, now: dt.datetime, request: SpendingRequest, *prices: str) -> list[Quote]:
    """Attach offers of different suppliers."""
    made = []
    for price in prices:
        number = request.quotes.count() + 1
        file = AttachmentFactory(division=people.community)
        told = {"supplier": f"第{number}家五金店", "amount": Decimal(price), "file": file}
        made.append(quoting.attach_quote(by=people.community_staff, now=now, request=request, **told))
    return made


def planned(people: SimpleNamespace, now: dt.datetime, request: SpendingRequest, amount: str, **more: Any) -> Payment:
    """Plan a payment."""
    figures = {"number": request.payments.count() + 1, "payee": "自流井五金店", **more}
    return operations.plan_payment(
        by=people.street_officer, now=now, request=request, amount=Decimal(amount), **figures
    )


def payable(people: SimpleNamespace, now: dt.datetime, request: SpendingRequest, amount: str, **more: Any) -> Payment:
    """Plan, request and approve a payment."""
    row = planned(people, now, request, amount, **more)
    row = operations.request_payment(by=people.street_officer, now=now, payment=row)
    return operations.approve_payment(by=people.street_reviewer, now=now, payment=row)


def pay(people: SimpleNamespace, now: dt.datetime, payment: Payment, **more: Any) -> Payment:
    """Record a payment as paid on this day."""
    today = timezone.localdate(now)
    figures = {"by": people.second_officer, "paid_on": today, "bank_reference": f"CSH{payment.pk}", **more}
    return operations.record_paid(now=now, today=today, payment=payment, **figures)


@pytest.fixture
def balance(people: SimpleNamespace) -> Callable[[str], str]:
    """What lies on an account of the fund."""

    def read(code: str) -> str:
        found = people.fund.book.accounts.with_balance().filter(code=code).values_list("amount", flat=True).first()
        return str(found if found is not None else "none")

    return read


@pytest.fixture
def decision(people: SimpleNamespace) -> Decision:
    """The final decision of the community, which may cost 20,000 yuan."""
    found: Decision = people.decision
    return found
