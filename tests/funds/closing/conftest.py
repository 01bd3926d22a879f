"""A fund with free and restricted money, another fund of the same charity, and everybody who has a part in a closing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils import timezone

from communities.bodies.models import BodyMembership, Seat
from communities.notices.operations import close_notice
from funds.closing import operations
from funds.closing.models import FundClosure
from funds.ledger.models import Account
from funds.ledger.operations import Line, open_account, post_journal
from governance.accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.funds_charity import CommunityFundFactory, committee_of, officer_of
from tests.factories.funds_spending import fund_rules
from tests.people import House

DAYS = 8
"""After so many days a notice of seven days is over."""


@pytest.fixture
def people(house: House, system: User, now: dt.datetime) -> SimpleNamespace:
    """The fund with 900.01 yuan free and 100.02 restricted, its neighbour, and the people."""
    fund_rules()
    values = {"charity": house.charity, "active": True}
    fund = CommunityFundFactory(division=house.places["community"], short_name="三八路社区慈善基金", **values)
    body = committee_of(fund, house.people["resident"])
    supervisor = UserFactory()
    BodyMembership.objects.filter(body=body, seat=Seat.SUPERVISOR).update(user=supervisor)
    pool = open_account(
        by=system,
        book=fund.book,
        code="pool:restricted:助老",
        kind="POOL",
        name="助老",
        purpose="助老",
        now=now,
    )
    accounts = {account.code: account for account in Account.objects.filter(book=fund.book)}
    post_journal(
        by=system,
        book=fund.book,
        kind="DONATION",
        key="begin",
        posted_on=now.date(),
        memo="捐赠",
        lines=[
            Line(accounts["source:donor"], accounts["pool:free"], Decimal("900.01")),
            Line(accounts["source:donor"], pool, Decimal("100.02")),
        ],
        now=now,
    )
    return SimpleNamespace(
        **house.people,
        system=system,
        enterprise=house.enterprise,
        fund=fund,
        community=house.places["community"],
        neighbour=CommunityFundFactory(division=house.places["neighbor"], short_name="盐店街社区慈善基金", **values),
        fund_supervisor=supervisor,
        second_officer=officer_of(house.charity),
    )


def told(now: dt.datetime) -> dict[str, Any]:
    """Return the moment and its day."""
    return {"now": now, "today": timezone.localdate(now)}


def begun(people: SimpleNamespace, now: dt.datetime, **more: Any) -> FundClosure:
    """Begin the closing."""
    values = {"ground": "AGREEMENT", "reason": "协议期满，不再续签。", **more}
    return operations.begin_closing(by=people.charity_officer, fund=people.fund, **values, **told(now))


def audited(people: SimpleNamespace, now: dt.datetime) -> FundClosure:
    """Take the closing past its audit."""
    return operations.give_audit_opinion(
        by=people.auditor,
        closure=begun(people, now),
        auditor="自贡某会计师事务所",
        opinion="收支真实，账实相符。",
        **told(now),
    )


def proposed(people: SimpleNamespace, now: dt.datetime, **more: Any) -> FundClosure:
    """Take the closing to the proposal of the balance's use."""
    values = {"use": "SAME_PURPOSE", "recipient": people.neighbour, "use_reason": "同为社区帮困与助老。", **more}
    return operations.propose_balance_use(by=people.charity_officer, closure=audited(people, now), now=now, **values)


def posted(people: SimpleNamespace, now: dt.datetime, **more: Any) -> FundClosure:
    """Post the closing."""
    row = proposed(people, now, **more)
    return operations.post_closing(by=people.community_staff, closure=row, **told(now))


def settled(people: SimpleNamespace, closure: FundClosure, now: dt.datetime) -> FundClosure:
    """Close the notice and let the clock lead the closing on."""
    assert closure.notice is not None
    close_notice(by=people.system, notice=closure.notice, **told(now))
    operations.settle_posted_closings(by=people.system, **told(now))
    return FundClosure.objects.get(pk=closure.pk)


def cleared(people: SimpleNamespace, now: dt.datetime, **more: Any) -> FundClosure:
    """Take the closing past its publicity, which is over at `now`."""
    return settled(people, posted(people, now - dt.timedelta(days=DAYS), **more), now)


def transferred(people: SimpleNamespace, now: dt.datetime, **more: Any) -> FundClosure:
    """Transfer the balance."""
    return operations.transfer_balance(by=people.second_officer, closure=cleared(people, now, **more), **told(now))
