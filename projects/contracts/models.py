"""Contracts with organizations: instalments, milestones with evidence, residents' opinions at acceptance."""

from __future__ import annotations

import hashlib
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.indexes import GinIndex
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models.functions import Cast, JSONObject
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from communities.territory.models import Division, Versioned, inside
from funds.spending.models import Payment, SpendingRequest
from governance import lifecycle
from governance.audit.models import AppendOnly
from governance.money import YuanField
from projects.contracts.lifecycle import CONTRACT, MILESTONE, ContractStatus, MilestoneStatus
from projects.contracts.policy import FIELD_HELP, PROJECT_FIELDS, ServiceField
from projects.contracts.stamps import (
    DESPITE,
    FILED,
    FOLLOWS_ITS_SUPPLEMENT,
    OFFERED_ADDS_UP,
    OFFERED_TERMS,
    MonthsAfter,
    apart,
    fixed_with_the_offer,
    moment,
    parts_entered,
    person,
)
from projects.evaluation.models import EvaluationPlan
from projects.grants.models import GrantAward
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.policy import LONG_MONTHS, MONTHS
from socialorgs.register.models import OrganizationAppointment, Pairs, SocialOrganization
from socialorgs.supervision.models import StandingAlert

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

LABEL = "projects.Contract"
PLACES_ABOVE = "division__parent__parent__parent__parent"
"""The place of a contract with those above it, for the way down to its pages."""

TWELVE_MONTHS = models.Q(ends_on__lte=MonthsAfter("starts_on", months=MONTHS)) & (
    models.Q(prolonged_to=None) | models.Q(prolonged_to__lte=MonthsAfter("starts_on", months=MONTHS))
)
LONGEST = models.Q(ends_on__lte=MonthsAfter("starts_on", months=LONG_MONTHS)) & (
    models.Q(prolonged_to=None) | models.Q(prolonged_to__lte=MonthsAfter("starts_on", months=LONG_MONTHS))
)
FOUR_GROUNDS = models.Q(is_content_fixed=True, is_lasting=True, is_money_stable=True, is_price_steady=True)


class ContractKind(models.TextChoices):
    """What kind of service is contracted."""

    SERVICE = "SERVICE", _("service project")
    POSTS = "POSTS", _("services bought by posts")
    VENUE = "VENUE", _("operation of a venue")


class ContractQuerySet(models.QuerySet["Contract"]):
    """Reads over contracts."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Signed contracts are public; others are seen by the staff of the place and who acts for the organization."""
        public = models.Q(signed_at__isnull=False)
        if not user.is_authenticated:
            return self.filter(public)
        own = OrganizationAppointment.objects.bodies_of(user)
        return self.filter(public | within(user) | models.Q(organization__in=own))

    def in_division(self, division: Division) -> Self:
        """Contracts of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "organization").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related(
            "division",
            "organization",
            "request__fund",
            "request__decision__topic",
            "request__budget_proposal",
            "request__topic",
            "request__matter",
            "purchase__purchase__matter",
            "purchase__purchase__decision__topic",
            "grant__application",
            "purchase__buyer",
            "grant__round",
            "evaluation",
            "settlement",
        ).prefetch_related("instalments__payment", "milestones__evidence", "deliverables")

    def for_page(self) -> Self:
        """Rows with what their own page shows, but for the instalments; three queries."""
        file = JSONObject(id="attachment_id", name="attachment__name", size="attachment__size")
        evidence = Milestone.evidence.through.objects.filter(milestone=models.OuterRef("pk")).order_by("pk")
        beside: dict[str, Any] = {"files": ArraySubquery(evidence.values(told=file))}
        about = alerts_about(Cast(models.OuterRef("pk"), models.CharField()))
        rows = self.for_detail().prefetch_related(None).select_related(PLACES_ABOVE)
        passed = Contract.objects.filter(PASSED, pk=models.OuterRef("pk")).values("reviews__kind")
        told: dict[str, Any] = {"alerts": ArraySubquery(about), "passed_reviews": ArraySubquery(passed)}
        return rows.annotate(**told).prefetch_related(
            models.Prefetch("milestones", Milestone.objects.annotate(**beside)), "deliverables"
        )


PASSED = models.Q(reviews__conclusion="PASSED") | models.Q(reviews__conclusion="MEND", reviews__status="SETTLED")
"""Contracts with a review that was passed, at once or after what it found was mended."""


def alerts_about(key: Any) -> models.QuerySet[StandingAlert, dict[str, Any]]:
    """Return what happened to the organization of the contract with this key, newest first."""
    told = JSONObject(id="id", cause="cause", said="said", noted_at="noted_at", measures="measures")
    rows = StandingAlert.objects.filter(subject_label=LABEL, subject_key=key).order_by("-pk")
    return rows.annotate(told=told).values_list("told", flat=True)


class Contract(Versioned, models.Model):
    """An agreement of street, community and organization on a service (三方协议; status moved by `governance.lifecycle`).

    Paid in instalments whose percentages sum to 100, out of the hold of its spending request or the sources of its award.
    `fund_amount` is what the hold pays where a grant has other sources beside it; empty where the hold pays all.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=120)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("landing community")
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, related_name="contracts", verbose_name=_("organization")
    )
    kind = models.CharField(
        pgettext_lazy("contract", "kind"), max_length=12, choices=ContractKind, default=ContractKind.SERVICE
    )
    field = models.CharField(
        pgettext_lazy("project", "field"), max_length=12, choices=ServiceField, blank=True, help_text=FIELD_HELP
    )
    request = models.ForeignKey(
        SpendingRequest,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contracts",
        verbose_name=_("spending request"),
    )
    purchase = models.ForeignKey(
        PurchaseAward,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contracts",
        verbose_name=_("award of a purchase"),
    )
    grant = models.ForeignKey(
        GrantAward,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contracts",
        verbose_name=_("grant award"),
    )
    evaluation = models.OneToOneField(
        EvaluationPlan,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="contract",
        verbose_name=_("evaluation"),
    )
    amount = YuanField(_("amount"))
    fund_amount = YuanField(_("of it out of the hold of the fund"), null=True, blank=True, editable=False)
    scope = models.TextField(_("service"))
    starts_on = models.DateField(_("starts on"))
    ends_on = models.DateField(_("ends on"))
    prolonged_to = models.DateField(_("prolonged to"), null=True, blank=True, editable=False)
    is_content_fixed = models.BooleanField(_("the content of the service is fixed"), default=False)
    is_lasting = models.BooleanField(_("the service is needed continuously"), default=False)
    is_money_stable = models.BooleanField(_("the money is stable and stands in the budget"), default=False)
    is_price_steady = models.BooleanField(_("the price changes little"), default=False)
    opinions_needed = models.PositiveSmallIntegerField(
        _("residents' opinions without which it is not accepted"), default=5, editable=False
    )
    signed_on = models.DateField(_("signed on"), null=True, blank=True, editable=False)
    publish_by = models.DateField(_("to be published by"), null=True, blank=True, editable=False)
    file_by = models.DateField(_("copy to be filed by"), null=True, blank=True, editable=False)
    filed_on = models.DateField(_("copy filed on"), null=True, blank=True, editable=False)
    filing_number = models.CharField(_("filing number"), max_length=60, blank=True, editable=False)
    filed_by = person(_("filing written down by"))
    delivery_report = models.TextField(_("report on the delivery"), blank=True, editable=False)
    delivery_number = models.PositiveSmallIntegerField(_("deliveries reported"), default=0, editable=False)
    despite_grade = models.TextField(
        _("why the rest is paid although the evaluation was failed"), blank=True, editable=False
    )
    despite_at = moment(_("decided at to pay the rest all the same"))
    despite_by = person(_("decided by to pay the rest all the same"))
    status = models.CharField(
        _("status"), max_length=20, choices=ContractStatus, default=ContractStatus.DRAFT, editable=False
    )
    drafted_at = moment(_("drafted at"), known=True)
    drafted_by = person(_("drafted by"), known=True)
    offered_at = moment(_("offered at"))
    offered_by = person(_("offered by"))
    agreed_at = moment(_("signed by the organization at"))
    agreed_by = person(pgettext_lazy("contract", "agreed by"))
    joined_at = moment(_("signed by the community at"))
    joined_by = person(_("signed by the community by"))
    signed_at = moment(_("signed by the street at"))
    signed_by = person(pgettext_lazy("contract", "signed by"))
    delivered_at = moment(pgettext_lazy("contract", "delivered at"))
    delivered_by = person(pgettext_lazy("contract", "delivered by"))
    accepted_at = moment(_("accepted at"))
    accepted_by = person(_("accepted by"))
    closed_at = moment(_("closed at"))
    closed_by = person(pgettext_lazy("contract", "closed by"))

    objects = ContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("contract")
        verbose_name_plural = _("contracts")
        triggers: ClassVar = [
            lifecycle.trigger(CONTRACT),
            lifecycle.columns_stay("offered_terms_stay", OFFERED_TERMS, once="OLD.status <> 'DRAFT'"),
            pgtrigger.Trigger(
                name="offered_adds_up",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status="OFFERED"),
                func=OFFERED_ADDS_UP,
            ),
        ]
        indexes: ClassVar = [
            # Contracts of a place, newest first.
            models.Index(fields=["division", "-id"], name="contract_place"),
            GinIndex(Pairs("title", "number"), name="contract_search", fastupdate=False),  # the public directory
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ContractStatus.values), name="contract_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(amount__gt=0), name="contract_amount_is_positive"),
            models.CheckConstraint(condition=models.Q(ends_on__gt=models.F("starts_on")), name="contract_runs_forward"),
            models.CheckConstraint(
                condition=models.Q(signed_by=None)
                | (~models.Q(signed_by=models.F("offered_by")) & ~models.Q(signed_by=models.F("agreed_by"))),
                name="contract_signed_by_a_third",
            ),
            apart("accepted_by", "delivered_by", "contract_accepted_by_another"),
            models.CheckConstraint(condition=models.Q(kind__in=ContractKind.values), name="contract_kind_is_known"),
            models.CheckConstraint(condition=models.Q(field__in=PROJECT_FIELDS), name="contract_field_is_known"),
            models.CheckConstraint(
                condition=TWELVE_MONTHS | (FOUR_GROUNDS & LONGEST), name="contract_term_is_within_the_law"
            ),
            models.CheckConstraint(
                condition=models.Q(prolonged_to=None) | models.Q(prolonged_to__gt=models.F("ends_on")),
                name="contract_is_prolonged_forward",
            ),
            models.CheckConstraint(condition=models.Q(opinions_needed__gte=1), name="contract_needs_residents"),
            models.CheckConstraint(condition=DESPITE, name="contract_pays_despite_a_grade_with_a_reason"),
            models.CheckConstraint(condition=FILED, name="contract_filed_after_its_signature"),
            # An award of a purchase is paid out of its budget line; a grant may be paid out of what a fund holds.
            models.CheckConstraint(
                condition=models.Q(purchase__isnull=False, grant=None, request=None)
                | models.Q(purchase=None, grant__isnull=False)
                | models.Q(purchase=None, grant=None, request__isnull=False),
                name="contract_stands_on_one_thing",
            ),
            models.CheckConstraint(
                condition=models.Q(fund_amount=None)
                | models.Q(
                    fund_amount__gt=0,
                    fund_amount__lte=models.F("amount"),
                    grant__isnull=False,
                    request__isnull=False,
                ),
                name="contract_fund_pays_a_part",
            ),
            models.UniqueConstraint(
                fields=["purchase"], condition=~models.Q(status="TERMINATED"), name="contract_one_a_purchase"
            ),
            models.UniqueConstraint(
                fields=["grant"], condition=~models.Q(status="TERMINATED"), name="contract_one_a_grant"
            ),
            # Street, community and organization: whoever signs for one party signs for no other.
            models.CheckConstraint(
                condition=models.Q(signed_at=None)
                | models.Q(purchase=None, grant=None)
                | models.Q(joined_at__isnull=False),
                name="contract_of_an_award_has_three_parties",
            ),
            models.CheckConstraint(
                condition=models.Q(joined_by=None)
                | (
                    ~models.Q(joined_by=models.F("agreed_by"))
                    & ~models.Q(joined_by=models.F("offered_by"))
                    & (models.Q(signed_by=None) | ~models.Q(joined_by=models.F("signed_by")))
                ),
                name="contract_joined_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The contract's public page."""
        return reverse("projects:contract-detail", kwargs={"pk": self.pk})

    @cached_property
    def alerts(self) -> list[dict[str, Any]]:
        """What happened to its organization while it runs, newest first; read along by `for_page`."""
        return list(alerts_about(str(self.pk)))

    @cached_property
    def passed_reviews(self) -> list[str]:
        """The kinds of the reviews that were passed; read along by `for_page`."""
        return list(Contract.objects.filter(PASSED, pk=self.pk).values_list("reviews__kind", flat=True))

    @property
    def version(self) -> str:
        """What changes with every correction of it or of its rows, which are read along by `for_detail` and `locked`."""
        rows = json.dumps([super().version, parts_entered(self)], cls=DjangoJSONEncoder, ensure_ascii=False)
        return hashlib.sha256(rows.encode()).hexdigest()[:32]

    @property
    def is_of_award(self) -> bool:
        """Whether it stands on an award: three parties sign then, and the lot says who judges."""
        return self.purchase_id is not None or self.grant_id is not None

    @property
    def held(self) -> Decimal:
        """What the hold of its request pays of it."""
        return Decimal(self.amount if self.fund_amount is None else self.fund_amount)

    @property
    def last_day(self) -> dt.date:
        """The last day of the term, as prolonged."""
        return self.prolonged_to or self.ends_on


class Condition(models.TextChoices):
    """What an instalment waits for."""

    SIGNING = "SIGNING", _("the contract is signed")
    MILESTONES = "MILESTONES", _("all milestones are confirmed")
    MIDTERM = "MIDTERM", _("the mid-term review is passed")
    FINAL_REVIEW = "FINAL_REVIEW", _("the final review is passed")
    ACCEPTANCE = "ACCEPTANCE", _("the residents have accepted")


class Instalment(models.Model):
    """One instalment of a contract: percent and amount, and what it waits for; the last is the rest to the fen.

    What a supplement adds is one more instalment, beside the percentages.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="instalments", verbose_name=_("contract")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    percent = models.DecimalField(_("percent"), max_digits=5, decimal_places=2)
    amount = YuanField(_("amount"))
    supplement = models.OneToOneField(
        "projects.Supplement",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="instalment",
        verbose_name=_("supplement"),
    )
    condition = models.CharField(_("due when"), max_length=20, choices=Condition)
    payment = models.OneToOneField(
        Payment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="instalment",
        verbose_name=_("payment"),
    )

    class Meta:
        verbose_name = _("instalment")
        verbose_name_plural = _("instalments")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            fixed_with_the_offer(
                "instalment",
                *("contract_id", "number", "percent", "amount", "condition", "supplement_id"),
                first=FOLLOWS_ITS_SUPPLEMENT,
            ),
        ]
        indexes: ClassVar = [
            # The totals of the directory, without reading the rows.
            models.Index(fields=["contract"], include=["amount", "payment"], name="instalment_money"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "number"], name="instalment_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, condition__in=Condition.values)
                & (
                    models.Q(percent__gte=1, percent__lte=100, supplement=None)
                    | models.Q(percent=0, supplement__isnull=False)
                ),
                name="instalment_is_a_part",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.number}"

    @cached_property
    def public_payments(self) -> list[Any]:
        """The payments out of public money that were not cancelled, one a source; read along by `queries.instalments_of`."""
        return list(self.award_payments.exclude(status="CANCELLED").order_by("pk"))

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.contract.division


class Milestone(models.Model):
    """What is to be done by when, with the evidence that it was (status moved by `governance.lifecycle`)."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="milestones", verbose_name=_("contract")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    due_on = models.DateField(_("due on"))
    report = models.TextField(_("report"), blank=True, editable=False)
    evidence = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("evidence"))
    status = models.CharField(
        _("status"), max_length=20, choices=MilestoneStatus, default=MilestoneStatus.PLANNED, editable=False
    )
    reported_at = moment(_("reported at"))
    reported_by = person(_("reported by"))
    confirmed_at = moment(_("confirmed at"))
    confirmed_by = person(_("confirmed by"))

    class Meta:
        verbose_name = _("milestone")
        verbose_name_plural = _("milestones")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            lifecycle.trigger(MILESTONE),
            fixed_with_the_offer("milestone", "contract_id", "number", "title", "due_on"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "number"], name="milestone_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(status__in=MilestoneStatus.values), name="milestone_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("reported_by")),
                name="milestone_confirmed_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """Where it stands on its contract's public page."""
        return reverse("projects:milestone-detail", kwargs={"pk": self.pk})

    @cached_property
    def files(self) -> list[dict[str, Any]]:
        """Key, name and size of each file of its evidence; read along by `ContractQuerySet.for_page`."""
        return [dict(row) for row in self.evidence.order_by("pk").values("id", "name", "size")]

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.contract.division

    @property
    def organization_id(self) -> int:
        """The organization whose people report it."""
        return self.contract.organization_id


class AcceptanceOpinion(AppendOnly):
    """What one resident thinks of a delivery, once each; without a minimum of them nothing is accepted."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="opinions", verbose_name=_("contract")
    )
    resident = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resident"),
    )
    sampled = models.OneToOneField(
        "projects.SampledResident",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="opinion",
        verbose_name=_("place in the sample"),
    )
    taken_by = person(_("taken down by"))
    delivery = models.PositiveSmallIntegerField(_("delivery"), default=1)
    is_satisfied = models.BooleanField(_("satisfied"))
    comment = models.CharField(_("comment"), max_length=500, blank=True)
    given_at = models.DateTimeField(_("given at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("opinion on a delivery")
        verbose_name_plural = _("opinions on deliveries")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="given_on_a_delivery",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM projects_contract
                        WHERE id = NEW.contract_id AND status = 'DELIVERED' AND delivery_number = NEW.delivery
                    ) THEN
                        RAISE EXCEPTION 'Nothing has been delivered'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptanceopinion_on_a_delivery';
                    END IF;
                    IF NEW.sampled_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM projects_sampledresident place
                        JOIN projects_acceptancesample sample ON sample.id = place.sample_id
                        WHERE place.id = NEW.sampled_id AND sample.contract_id = NEW.contract_id
                            AND sample.delivery = NEW.delivery
                    ) THEN
                        RAISE EXCEPTION 'The lot did not fall on this resident'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'acceptanceopinion_of_the_sample';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "resident", "delivery"], name="acceptanceopinion_once_each"),
            # Told by the resident's own log-in, or taken down by staff from somebody whom the lot fell on.
            models.CheckConstraint(
                condition=models.Q(resident__isnull=False, taken_by=None)
                | models.Q(resident=None, sampled__isnull=False, taken_by__isnull=False),
                name="acceptanceopinion_is_somebodys",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} #{self.pk}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.contract.division
