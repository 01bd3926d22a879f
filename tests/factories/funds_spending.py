"""Rows of the spending room: a final decision to cite, requests and payments walked on by their operations.

Money moves only through the operations, so whatever holds or pays is made by calling them (`approved_request`, …).
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import factory
from factory.django import DjangoModelFactory

from communities.notices.models import PublicNotice
from communities.policy.models import DecisionRule
from consultation.ballots.models import Ballot, BallotResult
from consultation.decisions.models import Decision
from consultation.topics.models import Topic
from funds.charity.models import CommunityFund
from funds.spending.models import BudgetLine, Payment, Purpose, SpendingRequest
from funds.spending.policy import Step
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, DecisionRuleFactory, PublicNoticeFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_enterprises import walk_to

FROZEN_TEXT = "名册、选项、规则"
ORDINARY = Step(Decimal(5000), "fund_ordinary", 3)


def closed_notice(**more: Any) -> PublicNotice:
    """Return a notice that was posted and has closed without an objection."""
    notice: PublicNotice = PublicNoticeFactory(posted=dt.date(2026, 1, 5), **more)
    PublicNotice.objects.filter(pk=notice.pk).update(
        status="CLOSED_CLEAR", closed_at=dt.datetime(2026, 1, 20, tzinfo=dt.UTC)
    )
    notice.refresh_from_db()
    return notice


def passed_ballot(topic: Topic) -> Ballot:
    """Return a published ballot on the topic that passed, with an empty box: only its outcome counts here."""
    by, rule = topic.prepared_by, DecisionRuleFactory()
    opens_at, closes_at = ENTERED_AT + dt.timedelta(hours=1), ENTERED_AT + dt.timedelta(days=7)
    ballot = Ballot.objects.create(
        topic=topic,
        question="怎样改造？",
        division=topic.division,
        rule=rule,
        method="FOR_AGAINST",
        roll_source="RESIDENTS",
        opens_at=opens_at,
        closes_at=closes_at,
        prepared_at=ENTERED_AT,
        prepared_by=by,
    )
    frozen = {
        "frozen_text": FROZEN_TEXT,
        "fingerprint": hashlib.sha256(FROZEN_TEXT.encode()).hexdigest(),
        "electorate_on": ENTERED_AT.date(),
        "entitled": 1,
        "frozen_at": ENTERED_AT,
    }
    walk = (
        ("FROZEN", {**frozen, "notice": PublicNoticeFactory(division=topic.division, posted=ENTERED_AT.date())}),
        ("OPEN", {"opened_at": opens_at}),
        ("CLOSED", {"closed_at": closes_at}),
    )
    for status, more in walk:
        Ballot.objects.filter(pk=ballot.pk).update(status=status, **more)
    BallotResult.objects.create(
        ballot=ballot,
        counts=[],
        entitled=1,
        cast=0,
        by_channel={},
        unfinished=0,
        has_quorum=True,
        is_passed=True,
        reason="通过",
        recount_sha256="0" * 64,
        counted_at=closes_at,
    )
    for status in ("COUNTED", "PUBLISHED"):
        Ballot.objects.filter(pk=ballot.pk).update(status=status)
    ballot.refresh_from_db()
    return ballot


class DecisionFactory(DjangoModelFactory[Decision]):
    """A final decision of a place on a topic of its own, which may cost 20,000 yuan."""

    class Meta:
        model = Decision

    class Params:
        drafted = factory.Trait(walk=[])
        posted = factory.Trait(walk=["POSTED"])

    walk = ("POSTED", "FINAL")
    number = factory.Sequence("JD2026-{:05d}".format)
    text = "为12栋至15栋楼梯加装扶手。"
    cost_estimate = Decimal("20000.00")
    drafted_by: Any = factory.SubFactory(UserFactory)
    drafted_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Make topic and ballot, then move the row along legal pairs."""
        division = kwargs["division"]
        topic = Topic.objects.create(
            title="楼梯扶手",
            text="加装扶手",
            division=division,
            prepared_at=ENTERED_AT,
            prepared_by=kwargs["drafted_by"],
        )
        ballot = passed_ballot(topic)
        row = super()._create(model_class, *args, topic=topic, ballot=ballot, **kwargs)
        if walk:
            Decision.objects.filter(pk=row.pk).update(notice=closed_notice(division=division))
        walk_to(row, walk)
        return row


def fund_rules() -> None:
    """Insert the decision rules of fund committees, as the product's seeds have them."""
    figures: dict[str, Any] = {"quorum_numerator": 2, "quorum_denominator": 3, "quorum_is_strict": False}
    for key, more in {
        "fund_ordinary": {},
        "fund_special": {"pass_base": "ALL", "pass_numerator": 2, "pass_denominator": 3, "pass_is_strict": False},
    }.items():
        if not DecisionRule.objects.filter(key=key).exists():
            DecisionRuleFactory(key=key, **figures, **more)


class SpendingRequestFactory(DjangoModelFactory[SpendingRequest]):
    """A draft that asks for 3,000 yuan in two lines; traits walk it to where no money has moved yet."""

    class Meta:
        model = SpendingRequest

    class Params:
        submitted = factory.Trait(walk=["SUBMITTED"])
        checked = factory.Trait(walk=["SUBMITTED", "CHECKED"])

    walk = ()
    number = factory.Sequence("YK2026-9999-{:03d}".format)
    fund: Any = factory.SubFactory(CommunityFundFactory, active=True)
    decision: Any = factory.LazyAttribute(lambda made: DecisionFactory(division=made.fund.division))
    title = "12栋楼梯扶手"
    purpose = Purpose.ENVIRONMENT
    plan = "加装双侧扶手。"
    beneficiaries = "12栋32户"
    amount = Decimal("3000.00")
    entered_by: Any = factory.SubFactory(UserFactory)
    entered_at = ENTERED_AT

    @classmethod
    def _create(cls, model_class: Any, *args: Any, walk: Sequence[str], **kwargs: Any) -> Any:
        """Add the budget, then move the row along legal pairs, each step by another person."""
        row = super()._create(model_class, *args, **kwargs)
        BudgetLine.objects.create(request=row, number=1, description="扶手", amount=row.amount - 500)
        BudgetLine.objects.create(request=row, number=2, description="安装", amount=Decimal(500))
        if walk:
            SpendingRequest.objects.filter(pk=row.pk).update(ladder_step=ORDINARY.data)
        walk_to(row, walk)
        return row


class PaymentFactory(DjangoModelFactory[Payment]):
    """A planned payment of 1,000 yuan to a shop; the request should be one that holds money."""

    class Meta:
        model = Payment

    request: Any = factory.SubFactory(SpendingRequestFactory)
    number = 1
    amount = Decimal("1000.00")
    payee = "自流井五金店"
    planned_by: Any = factory.SubFactory(UserFactory)
    planned_at = ENTERED_AT


def fund_with(amount: str, **more: Any) -> CommunityFund:
    """Return an active fund with so much free money."""

    fund: CommunityFund = CommunityFundFactory(active=True, **more)
    DonationFactory(fund=fund, received=True, amount=Decimal(amount))
    return fund
