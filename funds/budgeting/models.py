"""Participatory budgets: a round over money of a fund, the proposals in it, and which of them exclude one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division, inside
from consultation.ballots.allocation.rule import Completion, Method, Rule, Threshold, Utility
from consultation.ballots.allocation.sentences import CompletionName, MethodName, UtilityName
from consultation.ballots.models import Ballot
from consultation.ballots.policy import BallotMethod, text_number
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.budgeting.lifecycle import PROPOSAL, ROUND, ProposalStatus, RoundStatus
from funds.charity.models import CommunityFund, own_charities, own_seats
from funds.ledger.models import Account
from funds.spending.models import Purpose, SpendingRequest
from governance import lifecycle
from governance.money import YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class BallotKind(models.TextChoices):
    """The ballots that a budget can be voted on with."""

    APPROVAL = BallotMethod.APPROVAL.value, BallotMethod.APPROVAL.label
    POINTS = BallotMethod.POINTS.value, BallotMethod.POINTS.label
    RANKED = BallotMethod.RANKED.value, BallotMethod.RANKED.label
    KNAPSACK = BallotMethod.KNAPSACK.value, BallotMethod.KNAPSACK.label


FROZEN = ("VOTING", "ALLOCATED", "DECIDED", "DONE")
COUNTED = ("ALLOCATED", "DECIDED", "DONE")


def _person(label: StrOrPromise, *, null: bool = True) -> models.ForeignKey[User | None, User | None]:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=null,
        blank=null,
        editable=False,
        verbose_name=label,
    )


class BudgetRoundQuerySet(models.QuerySet["BudgetRound"]):
    """Reads over rounds."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rounds that were called, to everybody; drafts to those who handle the fund."""
        public = models.Q(called_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        handled = models.Q(fund__charity__in=own_charities(user)) | models.Q(fund__committee__in=own_seats(user))
        return self.filter(public | within(user, division="fund__division") | handled)

    def in_division(self, division: Division) -> Self:
        """Rounds of the funds of a place and all places below it."""
        return self.filter(inside(division, "fund__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related(
            "fund__division", "fund__charity", "fund__book", "topic", "pool__balance", "ballot", "decision"
        )


class BudgetRound(models.Model):
    """A participatory budget (参与式预算; status by the lifecycle) over money of one fund.

    The money is moved into a pool of its own at the call and leaves it only for the projects chosen, or back. Rule,
    costs and exclusions are frozen in `frozen_text`, whose number (twelve digits of its SHA-256) stands in the question
    of the ballot, so that the ballot's own fingerprint covers it. `outcome` is a pure function of that text and of the published papers.
    """

    fund = models.ForeignKey(
        CommunityFund, on_delete=models.PROTECT, related_name="budget_rounds", verbose_name=_("fund")
    )
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="+", verbose_name=_("topic"))
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("what is asked for"))
    amount = YuanField(_("budget"))
    proposals_until = models.DateField(_("proposals until"))
    ballot_method = models.CharField(
        _("what a voter marks"), max_length=20, choices=BallotKind, default=BallotKind.APPROVAL
    )
    most_choices = models.PositiveSmallIntegerField(
        _("projects that one person can choose"), default=5, help_text=_("Where points are given: how many.")
    )
    method = models.CharField(
        _("rule of allocation"), max_length=20, choices=MethodName, default=MethodName.EQUAL_SHARES
    )
    stops = models.BooleanField(_("stop at the first project that the money left does not pay"), default=False)
    utility = models.CharField(
        _("what a project is worth to its voters"), max_length=20, choices=UtilityName, default=UtilityName.COST
    )
    completion = models.CharField(
        _("completion"), max_length=20, choices=CompletionName, default=CompletionName.ADD1_OVERSPENT
    )
    then_greedy = models.BooleanField(_("money left goes to the projects with the most support"), default=True)
    compares = models.BooleanField(_("compare with most support first"), default=False)
    threshold_per_mille = models.PositiveSmallIntegerField(_("votes needed, per mille of the roll"), default=0)
    pool = models.OneToOneField(
        Account,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="budget_round",
        verbose_name=_("money set aside"),
    )
    frozen_text = models.TextField(_("what was frozen"), blank=True, editable=False)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    ballot = models.OneToOneField(
        Ballot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="budget_round",
        verbose_name=_("ballot"),
    )
    outcome = models.JSONField(_("outcome"), null=True, blank=True, editable=False)
    recount_hash = models.CharField(_("hash of the votes counted"), max_length=64, blank=True, editable=False)
    spent = YuanField(_("allocated"), null=True, blank=True, editable=False)
    decision = models.OneToOneField(
        Decision,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="budget_round",
        verbose_name=_("decision"),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=RoundStatus, default=RoundStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = _person(_("drafted by"), null=False)
    called_at = models.DateTimeField(_("called at"), null=True, blank=True, editable=False)
    called_by = _person(_("called by"))
    examined_at = models.DateTimeField(_("call ended at"), null=True, blank=True, editable=False)
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True, editable=False)
    frozen_by = _person(_("frozen by"))
    allocated_at = models.DateTimeField(_("allocated at"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decision posted at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    objects = BudgetRoundQuerySet.as_manager()

    class Meta:
        verbose_name = _("participatory budget")
        verbose_name_plural = _("participatory budgets")
        triggers: ClassVar = [lifecycle.trigger(ROUND)]
        indexes: ClassVar = [
            # The rounds of a fund, newest first.
            models.Index(fields=["fund", "-id"], name="budgetround_newest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=RoundStatus.values), name="budgetround_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    method__in=MethodName.values,
                    utility__in=UtilityName.values,
                    completion__in=CompletionName.values,
                    ballot_method__in=BallotKind.values,
                ),
                name="budgetround_rule_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, most_choices__gte=1, threshold_per_mille__lte=1000),
                name="budgetround_figures_make_sense",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "CANCELLED"]) | models.Q(pool__isnull=False),
                name="budgetround_has_its_money",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=FROZEN)
                | models.Q(fingerprint__regex=r"^[0-9a-f]{64}$", ballot__isnull=False),
                name="budgetround_is_frozen_before_the_vote",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=COUNTED)
                | models.Q(outcome__isnull=False, recount_hash__regex=r"^[0-9a-f]{64}$", spent__isnull=False),
                name="budgetround_is_counted",
            ),
            models.CheckConstraint(
                condition=models.Q(spent=None) | models.Q(spent__lte=models.F("amount")),
                name="budgetround_never_overspends",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["DECIDED", "DONE"]) | models.Q(decision__isnull=False),
                name="budgetround_is_decided",
            ),
            models.CheckConstraint(
                condition=models.Q(called_by=None) | ~models.Q(called_by=models.F("drafted_by")),
                name="budgetround_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The round's public page."""
        return reverse("funds:budget-round-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def rule_number(self) -> str:
        """The number by which the question of the ballot names what was frozen; nothing before."""
        return text_number(self.fingerprint) if self.fingerprint else ""

    @property
    def is_open_for_proposals(self) -> bool:
        """Whether proposals are called for; the last day is asked by the operation."""
        return self.status == RoundStatus.CALL

    @property
    def rule(self) -> Rule:
        """The rule as it is drafted; the threshold follows from the roll."""
        return Rule(
            method=Method(self.method),
            stops=self.stops,
            threshold_on=Threshold.SUPPORTERS,
            utility=Utility(self.utility),
            completion=Completion(self.completion),
            then_greedy=self.then_greedy,
            compares=self.compares,
        )


class BudgetProposalQuerySet(models.QuerySet["BudgetProposal"]):
    """Reads over proposals."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of the rounds that this person may see: who proposes, proposes in public."""
        return self.filter(round__in=BudgetRound.objects.visible_to(user))

    def in_division(self, division: Division) -> Self:
        """Proposals for a place and all places below it."""
        return self.filter(inside(division, "round__fund__division"))

    def for_list(self) -> Self:
        """Rows with what lists show, in the order in which they came."""
        return self.select_related("round__fund__division", "round__fund__charity", "proposed_by").order_by(
            "round", "number"
        )

    def admitted(self) -> Self:
        """Those that are put to the vote."""
        return self.filter(status=ProposalStatus.FEASIBLE)


class BudgetProposal(models.Model):
    """What a resident proposes to do with money of a round (提案; status by the lifecycle until the vote).

    `number` is its place on the ballot. Who proposed it is shown by a masked name.
    """

    round = models.ForeignKey(
        BudgetRound, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("participatory budget")
    )
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    title = models.CharField(_("title"), max_length=80)
    text = models.TextField(_("what is to be done"))
    place = models.CharField(_("where"), max_length=100, blank=True)
    purpose = models.CharField(pgettext_lazy("budget round", "purpose"), max_length=20, choices=Purpose)
    estimate = YuanField(_("cost as proposed"))
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("matter")
    )
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("topic")
    )
    cost = YuanField(pgettext_lazy("budget round", "cost"), null=True, blank=True, editable=False)
    costing = models.TextField(_("how it was examined"), blank=True, editable=False)
    refusal = models.TextField(_("why it was refused"), blank=True, editable=False)
    appeal_until = models.DateField(_("appeal until"), null=True, blank=True, editable=False)
    appeal = models.TextField(pgettext_lazy("proposal", "appeal"), blank=True, editable=False)
    judgement = models.TextField(_("answer to the appeal"), blank=True, editable=False)
    is_winner = models.BooleanField(_("chosen"), default=False, editable=False)
    request = models.OneToOneField(
        SpendingRequest,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="budget_proposal",
        verbose_name=_("spending request"),
    )
    status = models.CharField(
        _("status"), max_length=12, choices=ProposalStatus, default=ProposalStatus.PROPOSED, editable=False
    )
    proposed_at = models.DateTimeField(_("proposed at"), editable=False)
    proposed_by = _person(_("proposed by"), null=False)
    examined_at = models.DateTimeField(_("examined at"), null=True, blank=True, editable=False)
    examined_by = _person(_("examined by"))
    appealed_at = models.DateTimeField(_("appealed at"), null=True, blank=True, editable=False)
    judged_at = models.DateTimeField(_("judged at"), null=True, blank=True, editable=False)
    judged_by = _person(_("judged by"))

    objects = BudgetProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("budget proposal")
        verbose_name_plural = _("budget proposals")
        triggers: ClassVar = [lifecycle.trigger(PROPOSAL)]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="budgetproposal_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(status__in=ProposalStatus.values, purpose__in=Purpose.values),
                name="budgetproposal_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(estimate__gt=0) & (models.Q(cost=None) | models.Q(cost__gt=0)),
                name="budgetproposal_costs_something",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="FEASIBLE") | (models.Q(cost__isnull=False) & ~models.Q(costing="")),
                name="budgetproposal_is_costed_with_reasons",
            ),
            models.CheckConstraint(
                condition=models.Q(is_winner=False) | models.Q(status="FEASIBLE"),
                name="budgetproposal_wins_when_admitted",
            ),
            models.CheckConstraint(
                condition=models.Q(request=None) | models.Q(is_winner=True),
                name="budgetproposal_asks_when_chosen",
            ),
            models.CheckConstraint(
                condition=models.Q(judged_by=None) | ~models.Q(judged_by=models.F("examined_by")),
                name="budgetproposal_appeal_is_judged_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The proposal on the page of its round."""
        return f"{reverse('funds:budget-round-detail', kwargs={'pk': self.round_id})}#proposal-{self.pk}"

    @property
    def fund(self) -> CommunityFund:
        """The fund whose money is asked for."""
        return self.round.fund

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.round.fund.division

    @property
    def charity_id(self) -> int | None:
        """The key of the charity of the fund."""
        return self.round.fund.charity_id


class ProposalExclusion(models.Model):
    """Two proposals of which at most one can be carried out, such as two uses of one plot of land."""

    first = models.ForeignKey(
        BudgetProposal,
        on_delete=models.PROTECT,
        related_name="excludes",
        verbose_name=pgettext_lazy("budget round", "proposal"),
    )
    second = models.ForeignKey(
        BudgetProposal, on_delete=models.PROTECT, related_name="excluded_by", verbose_name=_("and")
    )
    reason = models.CharField(_("reason"), max_length=200)
    stated_at = models.DateTimeField(_("stated at"), editable=False)
    stated_by = _person(_("stated by"), null=False)

    class Meta:
        verbose_name = _("exclusion between proposals")
        verbose_name_plural = _("exclusions between proposals")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["first", "second"], name="proposalexclusion_stated_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="proposalexclusion_names_two_in_order"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first} × {self.second}"
