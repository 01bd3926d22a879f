"""The whole way from a need to a published result as rows, walked along legal pairs."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db import connection

from communities.territory.models import Division
from consultation.ballots import operations as ballots
from consultation.ballots.models import Ballot
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.charity.models import CommunityFund
from funds.ledger.models import AccountKind, Journal, JournalKind
from funds.ledger.operations import Line, open_account, post_journal
from funds.spending.models import FundResolution, Payment, Purpose, SpendingRequest
from projects.contracts.models import Condition, Contract, Instalment
from projects.evaluation.models import EvaluationPlan, EvaluationResult, EvaluationTemplate
from projects.volunteering.models import VolunteerActivity
from socialorgs.register.models import SocialOrganization
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, DecisionRuleFactory
from tests.factories.consultation_ballots import HOUR, Place, TopicForBallotFactory
from tests.factories.consultation_matters import SMALL, MatterFactory, TopicMatterFactory
from tests.factories.funds_enterprises import walk_to
from tests.factories.funds_spending import ORDINARY, closed_notice, fund_with
from tests.factories.socialorgs_register import OrganizationFactory

DAY = dt.timedelta(days=1)
AMOUNT = Decimal("2400.00")


@dataclass
class Story:
    """One chain; each step is made from those before it, so that a test may stop anywhere."""

    division: Division
    matter: Matter = field(init=False)
    topic: Topic = field(init=False)
    place: Place = field(init=False)
    ballot: Ballot = field(init=False)
    decision: Decision = field(init=False)
    fund: CommunityFund = field(init=False)
    request: SpendingRequest = field(init=False)
    hold: Journal = field(init=False)
    organization: SocialOrganization = field(init=False)
    contract: Contract = field(init=False)
    payments: list[Payment] = field(default_factory=list)
    activity: VolunteerActivity = field(init=False)
    evaluation: EvaluationPlan = field(init=False)

    def deliberate(self) -> Story:
        """A sorted matter grows into a topic on which people may vote."""
        self.matter = MatterFactory(division=self.division, sorted=SMALL)
        self.topic = TopicForBallotFactory(division=self.division, deliberated=ENTERED_AT, title="楼道照明改造")
        TopicMatterFactory(topic=self.topic, matter=self.matter)
        return self

    def vote(self) -> Ballot:
        """Three of three voters are in favor; the count is not published yet."""
        place = Place(now=ENTERED_AT, division=self.division)
        place.populate(3)
        self.ballot = place.open(topic=self.topic, question="是否更换楼道灯？")
        place.cast(self.ballot, [[1], [1], [1]])
        self.ballot = place.count(self.ballot)
        self.place = place
        return self.ballot

    def publish(self) -> None:
        """The count is published by another person."""
        self.ballot = ballots.publish_ballot(
            by=self.place.colleague, now=self.ballot.closes_at + 2 * HOUR, ballot=self.ballot
        )

    def decide(self) -> Story:
        """A published ballot passes a final decision."""
        self.vote()
        self.publish()
        self.decision = Decision.objects.create(
            number=f"JD-{self.ballot.pk}",
            topic=self.topic,
            ballot=self.ballot,
            division=self.division,
            text="更换楼道灯。",
            cost_estimate=AMOUNT,
            drafted_at=ENTERED_AT,
            drafted_by=self.place.staff,
        )
        Decision.objects.filter(pk=self.decision.pk).update(notice=closed_notice(division=self.division))
        walk_to(self.decision, ["POSTED", "FINAL"])
        return self

    def hold_money(self) -> Story:
        """The decision asks the fund, whose committee resolves; the money is held."""
        by = UserFactory()
        self.fund = fund_with("10000.00", division=self.division)
        self.request = SpendingRequest.objects.create(
            number=f"YK-{self.decision.pk}",
            fund=self.fund,
            decision=self.decision,
            title="更换楼道灯",
            purpose=Purpose.ENVIRONMENT,
            plan="更换48盏。",
            beneficiaries="128户",
            amount=AMOUNT,
            entered_at=ENTERED_AT,
            entered_by=by,
            ladder_step=ORDINARY.data,
        )
        walk_to(self.request, ["SUBMITTED", "CHECKED"])
        self.resolve(by)
        self.hold = self.post(JournalKind.HOLD, "pool:free", self.account(self.request.hold_code, AccountKind.HOLD))
        SpendingRequest.objects.filter(pk=self.request.pk).update(
            hold_journal=self.hold, notice=closed_notice(division=self.division)
        )
        walk_to(self.request, ["RESOLVED", "POSTED", "CLEARED", "APPROVED"])
        return self

    def resolve(self, by: Any) -> FundResolution:
        """The committee is in favor; one member recuses."""
        return FundResolution.objects.create(
            request=self.request,
            attempt=1,
            met_on=ENTERED_AT.date() + 20 * DAY,
            rule=DecisionRuleFactory(),
            entitled=5,
            present=5,
            in_favor=4,
            against=0,
            abstained=0,
            recused=1,
            has_quorum=True,
            is_passed=True,
            reason="通过",
            supervisor_opinion="同意",
            recorded_at=ENTERED_AT + 20 * DAY,
            recorded_by=by,
        )

    def account(self, code: str, kind: str) -> Any:
        """Return an account of the fund's book, opened when it is needed."""
        book = self.fund.book
        found = book.accounts.filter(code=code).first()
        return found or open_account(
            by=self.fund.applied_by, book=book, code=code, kind=kind, name=code, now=ENTERED_AT
        )

    def post(self, kind: str, source: Any, target: Any, amount: Decimal = AMOUNT) -> Journal:
        """Post a journal of one line."""
        book = self.fund.book
        target = book.accounts.get(code=target) if isinstance(target, str) else target
        source = book.accounts.get(code=source) if isinstance(source, str) else source
        return post_journal(
            by=self.fund.applied_by,
            book=book,
            kind=kind,
            posted_on=ENTERED_AT.date() + 30 * DAY,
            key=f"{kind}-{target.code}-{amount}-{len(self.payments)}",
            memo="更换楼道灯",
            lines=[Line(source, target, amount)],
            now=ENTERED_AT + 40 * DAY,
        )

    def pay(self, amount: Decimal = AMOUNT / 2, **more: Any) -> Payment:
        """Pay an instalment out of the hold."""
        number = len(self.payments) + 1
        payment = Payment.objects.create(
            request=self.request,
            number=number,
            amount=amount,
            planned_at=ENTERED_AT,
            planned_by=UserFactory(),
            **{"payee": "邻里照护服务中心", **more},
        )
        walk_to(payment, ["REQUESTED", "APPROVED"])
        use = self.account("use:environment", AccountKind.SINK)
        journal = self.post(JournalKind.PAYMENT, self.request.hold_code, use, amount)
        Payment.objects.filter(pk=payment.pk).update(
            journal=journal, paid_on=ENTERED_AT.date() + 31 * DAY, bank_reference=f"B{payment.pk}"
        )
        walk_to(payment, ["PAID"])
        self.payments.append(payment)
        return payment

    def contract_out(self) -> Story:
        """An organization gets the contract, in one instalment; volunteers help."""
        self.organization = OrganizationFactory(division=self.division, active=True, name="邻里照护服务中心")
        self.contract = Contract.objects.create(
            number=f"HT-{self.request.pk}",
            title="楼道灯更换服务",
            division=self.division,
            organization=self.organization,
            request=self.request,
            amount=AMOUNT,
            scope="更换",
            starts_on=ENTERED_AT.date(),
            ends_on=ENTERED_AT.date() + 90 * DAY,
            drafted_at=ENTERED_AT,
            drafted_by=UserFactory(),
        )
        Instalment.objects.create(
            contract=self.contract, number=1, percent=100, amount=AMOUNT, condition=Condition.SIGNING
        )
        walk_to(self.contract, ["OFFERED", "AGREED", "RUNNING"])
        self.activity = VolunteerActivity.objects.create(
            title="陪老人试灯",
            division=self.division,
            contract=self.contract,
            place="三号楼",
            starts_at=ENTERED_AT + 40 * DAY,
            ends_at=ENTERED_AT + 40 * DAY + dt.timedelta(hours=2),
            places=10,
            code=f"code-{self.contract.pk}",
            planned_at=ENTERED_AT,
            planned_by=UserFactory(),
        )
        walk_to(self.activity, ["OPEN"])
        return self

    def evaluate(self) -> Story:
        """Three parties judge; the result is publicised."""
        by = UserFactory()
        template = EvaluationTemplate.objects.create(
            key=f"t-{self.contract.pk}",
            version=1,
            title="小微项目",
            subject_kind="PROJECT",
            drafted_at=ENTERED_AT,
            drafted_by=by,
        )
        self.evaluation = EvaluationPlan.objects.create(
            title="楼道灯项目评估",
            subject_kind="PROJECT",
            subject_name="楼道灯",
            division=self.division,
            implementer=self.organization,
            template=template,
            period_from=ENTERED_AT.date(),
            period_to=ENTERED_AT.date() + 60 * DAY,
            weight_party=30,
            weight_residents=50,
            weight_third=20,
            minimum_answers=30,
            grade_cuts=[],
            opens_on=ENTERED_AT.date() + 60 * DAY,
            closes_on=ENTERED_AT.date() + 70 * DAY,
            planned_at=ENTERED_AT,
            planned_by=by,
        )
        Contract.objects.filter(pk=self.contract.pk).update(evaluation=self.evaluation)
        walk_to(self.evaluation, ["COLLECTING", "CLOSED", "COMPUTED"])
        EvaluationResult.objects.create(
            plan=self.evaluation,
            version=1,
            score=Decimal("91.30"),
            grade="EXCELLENT",
            answers=36,
            invited=40,
            satisfied=35,
            valid_for_satisfaction=36,
            details={},
            digest="0" * 64,
            computed_at=ENTERED_AT + 71 * DAY,
        )
        EvaluationPlan.objects.filter(pk=self.evaluation.pk).update(notice=closed_notice(division=self.division))
        walk_to(self.evaluation, ["REVIEWED", "PUBLICISED"])
        return self

    def tell(self) -> Story:
        """Tell it all: two payments, the contract, the activity, the evaluation."""
        self.deliberate().decide().hold_money()
        # Before the contract: what one promises is paid by its instalments alone, which a wall asks at the end of a transaction.
        self.pay()
        self.pay()
        with connection.cursor() as cursor:
            for when in ("IMMEDIATE", "DEFERRED"):
                cursor.execute(f"SET CONSTRAINTS wall_payment_beside_promises {when}")
        return self.contract_out().evaluate()
