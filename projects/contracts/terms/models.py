"""What a contract costs: its budget by line, what was spent of it, supplements, and the reckoning where it ends early."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from governance import lifecycle
from governance.money import YuanField
from projects.contracts.models import Contract, Instalment
from projects.contracts.stamps import apart, fixed_with_the_offer, moment, person
from projects.contracts.terms.lifecycle import (
    AWARD_PAYMENT,
    EXPENDITURE,
    SUPPLEMENT,
    AwardPaymentStatus,
    ExpenditureStatus,
    SupplementStatus,
)
from projects.grants.models import AwardSource
from projects.purchasing.awarding.policy import LONGEST_NUMBER
from socialorgs.register.queries import organizations_of

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from communities.territory.models import Division
    from governance.accounts.models import User


Row = TypeVar("Row", bound=models.Model)


class OfContractQuerySet(models.QuerySet[Row]):
    """Reads over rows that hang on a contract."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Rows of the contracts that this person may see."""
        return self.filter(contract__in=Contract.objects.visible_to(user))

    def inside_of(self, user: User | AnonymousUser) -> Self:
        """Rows for the staff of the place and who acts for the organization, with what their own page shows."""
        if not user.is_authenticated:
            return self.none()
        own = models.Q(contract__organization__in=organizations_of(user))
        found = self.filter(own | within(user, division="contract__division"))
        return found.select_related("contract__division", "contract__organization")

    def known_to(self, user: User | AnonymousUser) -> Self:
        """Confirmed rows of the contracts that one may see; others to the staff of the place and the organization."""
        shown = models.Q(contract__in=Contract.objects.visible_to(user), status="CONFIRMED")
        if not user.is_authenticated:
            return self.filter(shown)
        own = models.Q(contract__organization__in=organizations_of(user))
        return self.filter(shown | own | within(user, division="contract__division"))


class OfContract(models.Model):
    """What all rows of a contract share: its place, its organization and where they are shown."""

    class Meta:
        abstract = True

    if TYPE_CHECKING:
        contract: models.ForeignKey[Contract, Contract]
        contract_id: int

    def get_absolute_url(self) -> str:
        """Where it stands on its contract's public page."""
        return (
            f"{reverse('projects:contract-detail', kwargs={'pk': self.contract_id})}#{self._meta.model_name}-{self.pk}"
        )

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.contract.division

    @property
    def organization_id(self) -> int:
        """The organization whose contract it is."""
        return self.contract.organization_id


class Category(models.TextChoices):
    """What money of a contract is for."""

    PERSONNEL = "PERSONNEL", _("personnel")
    ACTIVITY = "ACTIVITY", _("activities and services")
    MATERIALS = "MATERIALS", _("materials")
    EXPERTS = "EXPERTS", _("experts and training")
    VOLUNTEERS = "VOLUNTEERS", _("volunteers' expenses and insurance")
    ADMINISTRATION = "ADMINISTRATION", _("administration")
    OTHER = "OTHER", pgettext_lazy("budget line", "other")


class ContractLine(OfContract):
    """One line of a contract's budget (预算科目); fixed with the offer, changed by supplements only."""

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="lines", verbose_name=_("contract"))
    number = models.PositiveSmallIntegerField(_("number"))
    category = models.CharField(_("kind of cost"), max_length=16, choices=Category)
    title = models.CharField(_("title"), max_length=120)
    amount = YuanField(_("amount"))

    class Meta:
        verbose_name = pgettext_lazy("contract", "budget line")
        verbose_name_plural = pgettext_lazy("contract", "budget lines")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [fixed_with_the_offer("contractline")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "number"], name="contractline_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, category__in=Category.values), name="contractline_is_a_part"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class Expenditure(OfContract):
    """Money that the organization spent of a line, with its invoice (status moved by `governance.lifecycle`)."""

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="expenditures", verbose_name=_("contract")
    )
    line = models.ForeignKey(
        ContractLine,
        on_delete=models.PROTECT,
        related_name="expenditures",
        verbose_name=pgettext_lazy("contract", "budget line"),
    )
    spent_on = models.DateField(_("spent on"))
    amount = YuanField(_("amount"))
    payee = models.CharField(_("paid to"), max_length=120)
    what = models.CharField(_("what for"), max_length=200)
    invoice_number = models.CharField(_("number of the invoice"), max_length=40)
    evidence = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("invoice"))
    status = models.CharField(
        _("status"), max_length=12, choices=ExpenditureStatus, default=ExpenditureStatus.ENTERED, editable=False
    )
    entered_at = moment(_("entered at"), known=True)
    entered_by = person(_("entered by"), known=True)
    checked_at = moment(_("checked at"))
    checked_by = person(_("checked by"))

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("spending under a contract")
        verbose_name_plural = _("spending under contracts")
        triggers: ClassVar = [
            lifecycle.trigger(EXPENDITURE),
            lifecycle.columns_stay(
                "entered_figures_stay",
                ["contract_id", "line_id", "spent_on", "amount", "invoice_number", "evidence_id"],
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["contract", "-id"], name="expenditure_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, status__in=ExpenditureStatus.values), name="expenditure_is_money"
            ),
            apart("checked_by", "entered_by", "expenditure_checked_by_another"),
            models.UniqueConstraint(
                fields=["contract", "payee", "invoice_number"],
                condition=~models.Q(status="REJECTED"),
                name="expenditure_invoice_counts_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.what}"


class Supplement(OfContract):
    """A change of a running contract: more money (a tenth in all), money moved between lines, a longer term.

    Proposed by the street, signed by the organization, put into force by a third person (status by `governance.lifecycle`).
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="supplements", verbose_name=_("contract")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    amount = YuanField(_("more money"), default=0)
    shifted = YuanField(_("moved from another line"), default=0)
    line = models.ForeignKey(
        ContractLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="raised_by",
        verbose_name=_("line that gets it"),
    )
    taken_from = models.ForeignKey(
        ContractLine,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="lowered_by",
        verbose_name=_("line that it is moved from"),
    )
    prolonged_to = models.DateField(_("prolonged to"), null=True, blank=True)
    reason = models.TextField(_("reason"))
    status = models.CharField(
        _("status"), max_length=12, choices=SupplementStatus, default=SupplementStatus.PROPOSED, editable=False
    )
    proposed_at = moment(_("proposed at"), known=True)
    proposed_by = person(_("proposed by"), known=True)
    agreed_at = moment(_("signed by the organization at"))
    agreed_by = person(pgettext_lazy("contract", "agreed by"))
    approved_at = moment(_("approved at"))
    approved_by = person(_("approved by"))

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("contract", "supplement")
        verbose_name_plural = pgettext_lazy("contract", "supplements")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [
            lifecycle.trigger(SUPPLEMENT),
            lifecycle.columns_stay(
                "proposed_terms_stay",
                ["contract_id", "number", "amount", "shifted", "line_id", "taken_from_id", "prolonged_to"],
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "number"], name="supplement_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(amount__gte=0, shifted__gte=0, status__in=SupplementStatus.values)
                & (models.Q(amount__gt=0) | models.Q(shifted__gt=0) | models.Q(prolonged_to__isnull=False))
                & (models.Q(shifted=0) | models.Q(line__isnull=False, taken_from__isnull=False))
                & (models.Q(line=None) | models.Q(taken_from=None) | ~models.Q(line=models.F("taken_from"))),
                name="supplement_changes_something",
            ),
            apart("approved_by", "proposed_by", "supplement_approved_by_another"),
            apart("approved_by", "agreed_by", "supplement_approved_by_a_third"),
        ]

    def __str__(self) -> str:
        return f"{self.contract} +{self.number}"


class Ground(models.TextChoices):
    """Why a contract is reckoned: it ends before its time, or not all of it is paid or was spent."""

    BREACH = "BREACH", _("the organization broke the contract")
    LISTED = "LISTED", _("the organization may take no part any more")
    AGREED = "AGREED", _("the parties agreed to end it")
    NEED_GONE = "NEED_GONE", _("the need is gone")
    FORCE_MAJEURE = "FORCE_MAJEURE", _("force majeure")
    UNUSED = "UNUSED", _("the project is over, and not all of the grant was spent")
    FAILED = "FAILED", _("the evaluation was failed, and the rest is not paid")


AFTER_ACCEPTANCE = (Ground.UNUSED, Ground.FAILED)
"""Why a contract is reckoned that was accepted, before it is closed."""
EARLY = [one for one in Ground if one not in AFTER_ACCEPTANCE]
"""Why a contract ends before its time."""


class Settlement(OfContract):
    """The reckoning of a contract that ends early, or that was accepted and is not all paid or spent (清算).

    It says what was done and what goes back. Proposed by one person; by ending or closing the contract another puts it into
    force. What is to be paid back is worked out.
    """

    contract = models.OneToOneField(
        Contract, on_delete=models.PROTECT, related_name="settlement", verbose_name=_("contract")
    )
    ground = models.CharField(_("ground"), max_length=16, choices=Ground)
    done = models.TextField(_("what was done"))
    work_value = YuanField(_("worth of what was done"))
    paid = YuanField(_("paid so far"), editable=False)
    refund = YuanField(_("to be paid back"), editable=False)
    proposed_at = moment(_("proposed at"), known=True)
    proposed_by = person(_("proposed by"), known=True)
    refunded_on = models.DateField(_("paid back on"), null=True, blank=True, editable=False)
    refund_reference = models.CharField(
        _("number of the transfer"), max_length=LONGEST_NUMBER, blank=True, editable=False
    )
    refund_recorded_by = person(_("recorded by"))

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("contract", "settlement")
        verbose_name_plural = pgettext_lazy("contract", "settlements")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(ground__in=Ground.values, work_value__gte=0, paid__gte=0),
                name="settlement_is_reckoned",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    refund=models.functions.Greatest(
                        models.F("paid") - models.F("work_value"),
                        models.Value(0),
                        output_field=models.DecimalField(max_digits=14, decimal_places=2),
                    )
                ),
                name="settlement_gives_back_the_rest",
            ),
            models.CheckConstraint(
                condition=models.Q(refunded_on=None, refund_reference="")
                | (models.Q(refunded_on__isnull=False, refund__gt=0) & ~models.Q(refund_reference="")),
                name="settlement_refund_has_its_transfer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} · {self.get_ground_display()}"

    @property
    def is_owed(self) -> bool:
        """Whether money is to be paid back and has not been: of a contract that ended early, or before one is closed."""
        is_over = self.contract.status == ("ACCEPTED" if self.ground in AFTER_ACCEPTANCE else "TERMINATED")
        return is_over and bool(self.refund) and self.refunded_on is None


class AwardPaymentQuerySet(OfContractQuerySet["AwardPayment"]):
    """Reads over payments out of public money."""

    def standing(self) -> Self:
        """Those that were not cancelled, in the order in which they were asked for."""
        return self.exclude(status=AwardPaymentStatus.CANCELLED).order_by("pk")


class AwardPayment(OfContract):
    """A payment out of public money or a foundation's, recorded against its source (status by `governance.lifecycle`).

    It pays an instalment of a contract on a purchase, or the part that one source of a grant has in an instalment.

    The treasury pays; what is recorded here is who asked, who approved, when it was paid and under which number.
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="award_payments", verbose_name=_("contract")
    )
    instalment = models.ForeignKey(
        Instalment, on_delete=models.PROTECT, related_name="award_payments", verbose_name=_("instalment")
    )
    source = models.ForeignKey(
        AwardSource,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="payments",
        verbose_name=_("source of the grant"),
    )
    amount = YuanField(_("amount"))
    paid_on = models.DateField(_("paid on"), null=True, blank=True, editable=False)
    reference = models.CharField(_("number of the transfer"), max_length=LONGEST_NUMBER, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=12, choices=AwardPaymentStatus, default=AwardPaymentStatus.REQUESTED, editable=False
    )
    requested_at = moment(_("requested at"), known=True)
    requested_by = person(_("requested by"), known=True)
    approved_at = moment(_("approved at"))
    approved_by = person(_("approved by"))
    paid_at = moment(_("recorded as paid at"))
    paid_by = person(_("recorded as paid by"))

    objects = AwardPaymentQuerySet.as_manager()

    class Meta:
        verbose_name = _("payment out of public money")
        verbose_name_plural = _("payments out of public money")
        triggers: ClassVar = [
            lifecycle.trigger(AWARD_PAYMENT),
            lifecycle.columns_stay("requested_sum_stays", ["contract_id", "instalment_id", "source_id", "amount"]),
        ]
        indexes: ClassVar = [
            # The totals of the directory, without reading the rows.
            models.Index(
                fields=["contract"], include=["amount"], condition=models.Q(status="PAID"), name="awardpayment_money"
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["instalment"],
                condition=models.Q(source=None) & ~models.Q(status="CANCELLED"),
                name="awardpayment_once_an_instalment",
            ),
            models.UniqueConstraint(
                fields=["instalment", "source"],
                condition=~models.Q(status="CANCELLED"),
                name="awardpayment_once_a_source",
            ),
            models.CheckConstraint(
                condition=models.Q(amount__gt=0, status__in=AwardPaymentStatus.values), name="awardpayment_is_money"
            ),
            models.CheckConstraint(
                condition=~models.Q(status="PAID") | (models.Q(paid_on__isnull=False) & ~models.Q(reference="")),
                name="awardpayment_paid_has_its_transfer",
            ),
            apart("approved_by", "requested_by", "awardpayment_approved_by_another"),
            apart("paid_by", "approved_by", "awardpayment_paid_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.amount}"
