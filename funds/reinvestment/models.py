"""Reinvestment (反哺): policies, runs with their derivation, orders."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pghistory
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeBoundary, RangeOperators
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from communities.people.models import Role
from communities.people.queries import within
from communities.policy.models import DateRange, PolicyDocument
from communities.territory.models import Division, inside
from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise, EnterpriseRole, ProfitDeclaration
from funds.ledger.models import Journal
from funds.reinvestment.lifecycle import (
    ORDER,
    POLICY,
    PUBLIC_STATUSES,
    OrderStatus,
    PolicyStatus,
    frozen_with_its_policy,
)
from funds.reinvestment.policy import Direction, PolicyBase, Rounding, Route, RunOutcome, RunWarning, StepKind
from funds.reinvestment.reach import charity_keys, concerned, enterprises_of
from governance import lifecycle
from governance.audit.models import AppendOnly
from governance.money import YuanField, format_yuan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class DistributionPolicyQuerySet(models.QuerySet["DistributionPolicy"]):
    """Reads over policies."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody sees what has been approved; staff of the place and the enterprise's people also drafts."""
        public = models.Q(approved_by__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        own = models.Q(enterprise__in=enterprises_of(user))
        return self.filter(public | within(user) | own)

    def in_division(self, division: Division) -> Self:
        """Rows of a place and all places below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("enterprise", "division", "document").prefetch_related("tiers", "destinations__fund")


@pghistory.track()
class DistributionPolicy(models.Model):
    """How much of which base an enterprise gives back, and to which funds (分配办法).

    For one enterprise, or for all enterprises of a division that have none of their own: the nearest one up the tree
    counts. The one in force on the last day of the declared period applies; a retired one was in force until its
    `valid_to`. Two approved policies of one enterprise or division never overlap. Entered by one person, approved by
    another; tiers and destinations cannot change after that. Its amounts are those of a year: a provisional quarter
    counts a fourth of them.
    """

    enterprise = models.ForeignKey(
        CommunityEnterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="policies",
        verbose_name=_("enterprise"),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="distribution_policies", verbose_name=_("division")
    )
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    base = models.CharField(_("base"), max_length=30, choices=PolicyBase)
    fixed_amount = YuanField(_("fixed amount"), null=True, blank=True)
    minimum_amount = YuanField(_("at least"), default=0)
    cap_amount = YuanField(_("at most"), null=True, blank=True)
    rounding_places = models.SmallIntegerField(
        pgettext_lazy("amount", "rounded"), choices=Rounding, default=Rounding.FEN, db_default=Rounding.FEN
    )
    route = models.CharField(_("route"), max_length=10, choices=Route, default=Route.DONATION)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    document = models.ForeignKey(
        PolicyDocument, on_delete=models.PROTECT, related_name="+", verbose_name=_("decision document")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=PolicyStatus, default=PolicyStatus.DRAFT, editable=False
    )
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True, editable=False)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("approved by"),
    )

    objects = DistributionPolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("distribution policy")
        verbose_name_plural = _("distribution policies")
        triggers: ClassVar = [lifecycle.trigger(POLICY)]
        indexes: ClassVar = [
            models.Index(fields=["enterprise", "valid_from"], name="distributionpolicy_own"),
            models.Index(
                fields=["division", "valid_from"],
                condition=models.Q(enterprise=None),
                name="distributionpolicy_division",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=PolicyStatus.values), name="distributionpolicy_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("entered_by")),
                name="distributionpolicy_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(base="FIXED_AMOUNT") | models.Q(fixed_amount__isnull=False),
                name="distributionpolicy_fixed_has_an_amount",
            ),
            models.CheckConstraint(
                condition=models.Q(cap_amount=None) | models.Q(cap_amount__gte=models.F("minimum_amount")),
                name="distributionpolicy_cap_above_minimum",
            ),
            models.CheckConstraint(
                condition=models.Q(base__in=PolicyBase.values, rounding_places__in=Rounding.values),
                name="distributionpolicy_words_are_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=PolicyStatus.ACTIVE) | models.Q(approved_by__isnull=False),
                name="distributionpolicy_active_is_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="distributionpolicy_period_runs_forward",
            ),
            # A retired policy still counts for the days before its end, so it takes its days like an active one.
            ExclusionConstraint(
                name="distributionpolicy_one_at_a_time",
                expressions=[
                    (models.functions.Coalesce("enterprise", 0), RangeOperators.EQUAL),
                    (
                        models.Case(models.When(enterprise=None, then="division"), default=models.Value(0)),
                        RangeOperators.EQUAL,
                    ),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(approved_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.enterprise or self.division} v{self.version}"


class PolicyTier(models.Model):
    """The share of the base between two bounds, in yuan; the last tier has no upper bound."""

    policy = models.ForeignKey(
        DistributionPolicy, on_delete=models.CASCADE, related_name="tiers", verbose_name=_("policy")
    )
    lower = YuanField(_("from"), default=0)
    upper = YuanField(_("to"), null=True, blank=True)
    share = models.DecimalField(_("share"), max_digits=5, decimal_places=4)

    class Meta:
        verbose_name = _("tier")
        verbose_name_plural = _("tiers")
        ordering: ClassVar = ["policy", "lower"]
        triggers: ClassVar = [frozen_with_its_policy("policytier")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["policy", "lower"], name="policytier_lower_is_unique"),
            models.CheckConstraint(condition=models.Q(share__gte=0, share__lte=1), name="policytier_share_is_a_part"),
            models.CheckConstraint(
                condition=models.Q(upper=None) | models.Q(upper__gt=models.F("lower")), name="policytier_runs_upward"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lower}–{self.upper or '∞'}: {self.share}"

    @property
    def words(self) -> str:
        """The tier as people say it."""
        part = f"{(self.share * 100).normalize():f}"
        if self.upper is not None:
            return gettext("%(part)s %% of what lies between %(lower)s and %(upper)s yuan") % {
                "part": part,
                "lower": format_yuan(self.lower),
                "upper": format_yuan(self.upper),
            }
        if self.lower:
            return gettext("%(part)s %% of what exceeds %(lower)s yuan") % {
                "part": part,
                "lower": format_yuan(self.lower),
            }
        return gettext("%(part)s %% of it") % {"part": part}


class PolicyDestination(models.Model):
    """A fund that receives a share of what is given back; the shares of a policy sum to 1."""

    policy = models.ForeignKey(
        DistributionPolicy, on_delete=models.CASCADE, related_name="destinations", verbose_name=_("policy")
    )
    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="+", verbose_name=_("fund"))
    share = models.DecimalField(_("share"), max_digits=5, decimal_places=4)

    class Meta:
        verbose_name = _("destination")
        verbose_name_plural = _("destinations")
        ordering: ClassVar = ["policy", "id"]
        triggers: ClassVar = [frozen_with_its_policy("policydestination")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["policy", "fund"], name="policydestination_fund_once"),
            models.CheckConstraint(
                condition=models.Q(share__gt=0, share__lte=1), name="policydestination_share_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund}: {self.share}"


class StandingDecisionQuerySet(models.QuerySet["StandingDecision"]):
    """Reads over standing decisions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Residents' decisions are public."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("enterprise__division", "document")


class StandingDecision(models.Model):
    """A residents' decision that covers the orders of an enterprise for a period (长期决议), up to an amount each."""

    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="standing_decisions", verbose_name=_("enterprise")
    )
    document = models.ForeignKey(PolicyDocument, on_delete=models.PROTECT, related_name="+", verbose_name=_("document"))
    decided_on = models.DateField(_("decided on"))
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    amount_limit = YuanField(_("up to"), null=True, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    objects = StandingDecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("standing decision")
        verbose_name_plural = _("standing decisions")
        indexes: ClassVar = [models.Index(fields=["enterprise", "valid_from"], name="standingdecision_enterprise")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="standingdecision_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division

    def covers(self, order: ReinvestmentOrder, day: dt.date) -> bool:
        """Tell whether this decision stands behind an order on a day: enterprise, period and amount."""
        in_period = self.valid_from <= day and (self.valid_to is None or day < self.valid_to)
        in_amount = self.amount_limit is None or order.amount <= self.amount_limit
        return self.enterprise_id == order.enterprise_id and in_period and in_amount


class ReinvestmentRunQuerySet(models.QuerySet["ReinvestmentRun"]):
    """Reads over runs."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody sees how an order came about whose money has arrived; staff and the enterprise see all of theirs."""
        public = models.Q(pk__in=ReinvestmentOrder.objects.filter(status__in=PUBLIC_STATUSES).values("run"))
        return self.filter(public | concerned(user)) if user.is_authenticated else self.filter(public)

    def in_division(self, division: Division) -> Self:
        """Rows of a place and all places below it."""
        return self.filter(inside(division, "enterprise__division"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("declaration__enterprise", "enterprise__division", "policy__document")

    def for_detail(self) -> Self:
        """Rows with their derivation and orders."""
        steps = DerivationStep.objects.select_related("fund").order_by("number")
        return self.for_list().prefetch_related(
            models.Prefetch("steps", steps), models.Prefetch("orders", ReinvestmentOrder.objects.order_by("pk"))
        )


class ReinvestmentRun(models.Model):
    """The planner's calculation for one declaration: one per (enterprise, period, revision).

    base = reinvested + retained, to the fen: retained is always the difference, never a second rounding. `difference`
    is what this revision adds to (or takes from) the orders of the revisions before, and of the quarters that an annual
    declaration corrects. Written by `funds.reinvestment.planner` only; a declaration without a policy in force has no
    run, so that a later policy still takes effect.
    """

    declaration = models.OneToOneField(
        ProfitDeclaration, on_delete=models.PROTECT, related_name="run", verbose_name=_("declaration")
    )
    enterprise = models.ForeignKey(
        CommunityEnterprise,
        on_delete=models.PROTECT,
        related_name="runs",
        db_index=False,
        verbose_name=_("enterprise"),
    )
    policy = models.ForeignKey(
        DistributionPolicy, on_delete=models.PROTECT, null=True, related_name="runs", verbose_name=_("policy")
    )
    outcome = models.CharField(_("outcome"), max_length=20, choices=RunOutcome)
    warning = models.CharField(_("warning"), max_length=20, choices=RunWarning, blank=True)
    base_amount = YuanField(_("base"), default=0)
    reserve = YuanField(_("statutory reserve"), default=0)
    reinvested = YuanField(_("reinvested"), default=0)
    retained = YuanField(_("retained"), signed=True, default=0)
    difference = YuanField(_("difference to the revision before"), signed=True, default=0)
    planned_at = models.DateTimeField(pgettext_lazy("reinvestment", "planned at"))

    objects = ReinvestmentRunQuerySet.as_manager()

    class Meta:
        verbose_name = _("reinvestment run")
        verbose_name_plural = _("reinvestment runs")
        indexes: ClassVar = [models.Index(fields=["enterprise", "-id"], name="reinvestmentrun_enterprise")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(base_amount=models.F("reinvested") + models.F("retained")),
                name="reinvestmentrun_parts_make_the_base",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=RunOutcome.values), name="reinvestmentrun_outcome_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.declaration}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division


class DerivationStep(AppendOnly):
    """One line of how an amount came about: what was taken of what, with which rate, and what it gave."""

    run = models.ForeignKey(
        ReinvestmentRun, on_delete=models.PROTECT, related_name="steps", db_index=False, verbose_name=_("run")
    )
    number = models.PositiveSmallIntegerField(_("line"))
    kind = models.CharField(_("kind"), max_length=20, choices=StepKind)
    basis_amount = models.DecimalField(_("of"), max_digits=18, decimal_places=6, null=True)
    rate = models.DecimalField(_("rate"), max_digits=9, decimal_places=6, null=True)
    amount = models.DecimalField(_("amount"), max_digits=18, decimal_places=6)
    fund = models.ForeignKey(
        CommunityFund, on_delete=models.PROTECT, null=True, related_name="+", db_index=False, verbose_name=_("fund")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("derivation step")
        verbose_name_plural = _("derivation steps")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "number"], name="derivationstep_line_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.get_kind_display()}"


_BY: dict[str, Any] = {"on_delete": models.PROTECT, "related_name": "+", "db_index": False}
"""How an order points to whoever took a step; nobody asks for the orders of a person."""


class ReinvestmentOrderQuerySet(models.QuerySet["ReinvestmentOrder"]):
    """Reads over orders."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Everybody sees orders whose money has arrived; staff, the enterprise and the charity see all of theirs."""
        public = models.Q(status__in=PUBLIC_STATUSES)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | concerned(user) | models.Q(fund__charity__in=charity_keys(user)))

    def awaiting(self, user: User) -> Self:
        """Orders whose next step is this user's."""
        community = within(user, Role.COMMUNITY_STAFF, Role.SUPERVISOR, division="enterprise__division")
        clerks = within(user, Role.COMMUNITY_STAFF, division="enterprise__division")
        reviewer = within(user, Role.STREET_REVIEWER, division="enterprise__division")
        street = within(user, Role.STREET_OFFICER, Role.STREET_REVIEWER, division="enterprise__division")
        charity = models.Q(fund__charity__in=charity_keys(user))
        head, accountant = EnterpriseRole.HEAD, EnterpriseRole.ACCOUNTANT
        return self.filter(
            models.Q(status="PROPOSED", enterprise__in=enterprises_of(user, head))
            | models.Q(status="CONFIRMED") & community
            | models.Q(status__in=["RESOLVED", "RECEIPTED"]) & reviewer
            | models.Q(
                status__in=["APPROVED", "OVERDUE"], direction="GIVE", enterprise__in=enterprises_of(user, accountant)
            )
            | models.Q(status__in=["APPROVED", "OVERDUE"], direction="RETURN") & charity
            | models.Q(status__in=["PAID", "RECEIVED"], route=Route.DONATION) & charity
            | models.Q(status__in=["PAID", "RECEIVED"], route=Route.DIVIDEND) & clerks
            | models.Q(status__in=["PAID", "RECEIVED"], route=Route.DIRECT) & street
        )

    def payable(self) -> Self:
        """Orders that wait for money on the charity's account."""
        return self.filter(status__in=["APPROVED", "OVERDUE", "PAID"], direction="GIVE", route="DONATION")

    def in_division(self, division: Division) -> Self:
        """Rows of a place and all places below it."""
        return self.filter(inside(division, "enterprise__division"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("enterprise__division", "fund")

    def for_detail(self) -> Self:
        """Rows with what their page shows."""
        steps = DerivationStep.objects.select_related("fund").order_by("number")
        rows = self.select_related("enterprise__division", "fund__charity", "run__declaration", "run__policy__document")
        return rows.select_related("journal", "standing_decision__document").prefetch_related(
            models.Prefetch("run__steps", steps)
        )


class ReinvestmentOrder(models.Model):
    """What one enterprise gives to one fund out of one run (反哺单), with the evidence of its route.

    Proposed by the planner, moved by `governance.lifecycle`; the journal is posted when the charity's bank line is
    matched. Confirmed, approved and received by different people.
    """

    # The foreign keys without an index of their own are covered by the indexes below, or are never searched by.
    run = models.ForeignKey(
        ReinvestmentRun, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("run")
    )
    enterprise = models.ForeignKey(
        CommunityEnterprise,
        on_delete=models.PROTECT,
        related_name="orders",
        db_index=False,
        verbose_name=_("enterprise"),
    )
    fund = models.ForeignKey(
        CommunityFund, on_delete=models.PROTECT, related_name="orders", db_index=False, verbose_name=_("fund")
    )
    direction = models.CharField(_("direction"), max_length=10, choices=Direction, default=Direction.GIVE)
    route = models.CharField(_("route"), max_length=10, choices=Route)
    amount = YuanField(_("amount"))
    reference = models.CharField(_("transfer reference"), max_length=40, unique=True)
    decision_reference = models.CharField(_("residents' decision"), max_length=200, blank=True)
    decided_on = models.DateField(_("decided on"), null=True, blank=True)
    standing_decision = models.ForeignKey(
        StandingDecision,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("standing decision"),
    )
    due_on = models.DateField(_("due on"), null=True, blank=True)
    paid_on = models.DateField(_("paid on"), null=True, blank=True)
    payment_reference = models.CharField(_("payment reference"), max_length=80, blank=True)
    evidence = models.TextField(_("evidence"), blank=True)
    reminded_days = models.PositiveSmallIntegerField(_("last reminder, days before"), null=True, editable=False)
    received_on = models.DateField(_("received on"), null=True, blank=True)
    receipt_number = models.CharField(_("receipt number"), max_length=40, blank=True)
    journal = models.OneToOneField(
        Journal, on_delete=models.PROTECT, null=True, related_name="order", verbose_name=_("journal")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=OrderStatus, default=OrderStatus.PROPOSED, editable=False
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    confirmed_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, verbose_name=_("confirmed by"), **_BY)
    resolved_at = models.DateTimeField(_("resolved at"), null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, verbose_name=_("resolved by"), **_BY)
    approved_at = models.DateTimeField(_("approved at"), null=True)
    approved_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, verbose_name=_("approved by"), **_BY)
    paid_at = models.DateTimeField(_("payment recorded at"), null=True)
    paid_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, verbose_name=_("paid by"), **_BY)
    received_at = models.DateTimeField(_("receipt confirmed at"), null=True)
    received_by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, verbose_name=_("received by"), **_BY)
    receipted_at = models.DateTimeField(_("receipt issued at"), null=True)
    published_at = models.DateTimeField(_("published at"), null=True)

    objects = ReinvestmentOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("reinvestment order")
        verbose_name_plural = _("reinvestment orders")
        triggers: ClassVar = [lifecycle.trigger(ORDER)]
        indexes: ClassVar = [
            # Lists of the desk and the API, newest first.
            models.Index(fields=["status", "-id"], name="reinvestmentorder_status"),
            models.Index(fields=["fund", "-id"], name="reinvestmentorder_fund"),
            models.Index(fields=["enterprise", "-id"], name="reinvestmentorder_enterprise"),
            # What falls due.
            models.Index(fields=["due_on"], condition=models.Q(status="APPROVED"), name="reinvestmentorder_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["run", "fund"], name="reinvestmentorder_one_per_fund"),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="reinvestmentorder_amount_is_positive"),
            models.CheckConstraint(
                condition=models.Q(status__in=OrderStatus.values), name="reinvestmentorder_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | (~models.Q(approved_by=models.F("confirmed_by")) & ~models.Q(approved_by=models.F("resolved_by"))),
                name="reinvestmentorder_approved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(resolved_by=None) | ~models.Q(resolved_by=models.F("confirmed_by")),
                name="reinvestmentorder_resolved_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(paid_by=None) | ~models.Q(paid_by=models.F("approved_by")),
                name="reinvestmentorder_paid_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(received_by=None)
                | (
                    ~models.Q(received_by=models.F("approved_by"))
                    & ~models.Q(received_by=models.F("confirmed_by"))
                    & (models.Q(paid_by=None) | ~models.Q(received_by=models.F("paid_by")))
                ),
                name="reinvestmentorder_received_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(direction__in=Direction.values) & models.Q(route__in=Route.values),
                name="reinvestmentorder_way_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["RECEIVED", "RECEIPTED", "PUBLISHED"], route="DONATION")
                | models.Q(journal__isnull=False),
                name="reinvestmentorder_received_is_posted",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="OWED")
                | models.Q(direction="RETURN", route="DONATION", journal__isnull=False),
                name="reinvestmentorder_owed_is_posted",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {format_yuan(self.amount)}"

    def get_absolute_url(self) -> str:
        """The order's public page."""
        return reverse("funds:order-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division
