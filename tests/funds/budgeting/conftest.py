"""A fund of a community with 20,000 yuan, residents who vote, and a round walked on by its operations."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.notices.models import PublicNotice
from communities.notices.operations import close_notice
from communities.people.models import Resident
from consultation.ballots import operations as ballots
from consultation.decisions.models import Decision
from consultation.decisions.operations import settle_posted_decisions
from consultation.topics.models import Topic
from funds.budgeting import operations
from funds.budgeting.forms import RULE_FIELDS
from funds.budgeting.models import BudgetProposal, BudgetRound
from governance.accounts.models import User
from tests.factories.consultation_ballots import DAY, HOUR, Place, TopicForBallotFactory, seeded_rule
from tests.factories.funds_charity import CommunityFundFactory, committee_of
from tests.factories.funds_donations import DonationFactory
from tests.factories.funds_spending import fund_rules
from tests.people import House

ROUND: dict[str, Any] = {
    "title": "2026年社区微项目",
    "text": "请居民提出希望社区基金支持的小项目。",
    "amount": Decimal("10000.00"),
    "proposals_until": dt.date(2026, 3, 20),
    "most_choices": 3,
}
COSTS = (("楼道扶手", "4000.00"), ("晾衣架", "3000.00"), ("读书角", "3500.00"), ("小广场", "9000.00"))
PAPERS = ((1, 2), (1, 2), (1,), (4,), (3, 4), (3,))
"""Six people: the first three want 1 and 2, the others 3 and 4."""


class Story:
    """A round and everybody around it."""

    def __init__(self, people: SimpleNamespace, place: Place, now: dt.datetime) -> None:
        self.people, self.place, self.now = people, place, now

    def draft(self, **changes: Any) -> BudgetRound:
        """Draft a round of 10,000 yuan."""
        given = {**ROUND, "fund": self.people.fund, "topic": self.people.topic, **changes}
        rule = {name: given.pop(name) for name in RULE_FIELDS if name in given}
        return operations.draft_round(by=self.people.community_staff, now=self.now, rule=rule, **given)

    def called(self, **changes: Any) -> BudgetRound:
        """Draft and call."""
        return operations.call_for_proposals(
            by=self.people.street_officer, now=self.now, budget_round=self.draft(**changes)
        )

    def propose(
        self, row: BudgetRound, title: str = "楼道扶手", estimate: str = "4000.00", **more: Any
    ) -> BudgetProposal:
        """Hand a proposal in, as staff for somebody."""
        given = {"text": "为老楼安装。", "purpose": "ENVIRONMENT", "place": "一号楼", **more}
        by = given.pop("by", self.people.community_staff)
        return operations.propose(
            by=by, now=self.now, budget_round=row, title=title, estimate=Decimal(estimate), **given
        )

    def examined(self, **changes: Any) -> BudgetRound:
        """A round with four feasible proposals, whose call has ended."""
        row = self.called(**changes)
        for title, cost in COSTS:
            one = self.propose(row, title, cost)
            operations.find_feasible(
                by=self.people.community_staff, now=self.now, proposal=one, cost=Decimal(cost), costing="三家询价"
            )
        return operations.end_call(by=self.people.community_staff, now=self.now, budget_round=row)

    def voting(self, **changes: Any) -> BudgetRound:
        """A round put to the vote."""
        return self.put(self.examined(**changes))

    def put(self, row: BudgetRound) -> BudgetRound:
        """Put a round whose call has ended to the vote."""
        return operations.put_to_vote(
            by=self.people.community_staff,
            now=self.now,
            budget_round=row,
            rule_key="participatory_budget",
            opens_at=self.now + HOUR,
            closes_at=self.now + HOUR + DAY,
        )

    def published(self, *, papers: Any = PAPERS, **changes: Any) -> BudgetRound:
        """A round whose ballot was held and published."""
        return self.held(self.voting(**changes), papers)

    def held(self, row: BudgetRound, papers: Any) -> BudgetRound:
        """Hold and publish the ballot of a round put to the vote."""
        ballots.open_due_ballots(by=self.place.system, now=row.ballot.opens_at)
        self.place.cast(row.ballot, papers)
        self.place.publish(row.ballot)
        return BudgetRound.objects.for_detail().get(pk=row.pk)

    def counted(self, row: BudgetRound, papers: Any) -> BudgetRound:
        """Hold the ballot and allocate."""
        return self.allocation(self.held(row, papers))

    def allocation(self, row: BudgetRound) -> BudgetRound:
        """Allocate by a published ballot."""
        return operations.allocate_round(by=self.people.community_staff, now=self.later, budget_round=row)

    def allocated(self, **changes: Any) -> BudgetRound:
        """A round that was allocated."""
        return self.allocation(self.published(**changes))

    @property
    def later(self) -> dt.datetime:
        """A moment after the ballot."""
        return self.now + 2 * DAY


def final(story: Story, row: BudgetRound) -> BudgetRound:
    """Post the decision and let its notice run out."""
    row = operations.decide_round(by=story.people.community_staff, now=story.later, budget_round=row)
    after = story.later + 30 * DAY
    notice = PublicNotice.objects.get(pk=row.decision.notice_id)
    close_notice(by=story.place.system, notice=notice, now=after, today=after.date())
    settle_posted_decisions(by=story.place.system, now=after, today=after.date())
    assert Decision.objects.get(pk=row.decision_id).status == "FINAL"
    return BudgetRound.objects.for_detail().get(pk=row.pk)


@pytest.fixture
def people(house: House, system: User, now: dt.datetime) -> SimpleNamespace:
    """The fund, its committee, a topic under deliberation, and everybody who has a part."""
    del system
    fund_rules()
    seeded_rule("participatory_budget")
    community = house.places["community"]
    fund = CommunityFundFactory(charity=house.charity, division=community, active=True)
    committee_of(fund, house.people["resident"])
    DonationFactory(fund=fund, received=True, amount=Decimal("20000.00"))
    topic: Topic = TopicForBallotFactory(division=community, deliberated=now)
    return SimpleNamespace(**house.people, fund=fund, community=community, topic=topic)


@pytest.fixture
def story(people: SimpleNamespace, now: dt.datetime) -> Story:
    """The round of six voters."""
    Resident.objects.filter(division=people.community).update(left_on=now.date())
    place = Place(now, division=people.community)
    place.populate(6)
    return Story(people, place, now)
