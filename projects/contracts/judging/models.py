"""How a delivery is judged: items with results, the residents whom the lot falls on, visits, reviews and audits."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.models import Resident
from communities.territory.models import Division
from governance import lifecycle
from governance.audit.models import AppendOnly
from projects.contracts.judging.lifecycle import REVIEW, ReviewStatus
from projects.contracts.models import Contract
from projects.contracts.stamps import apart, fixed_with_the_offer, moment, person
from projects.contracts.terms.models import OfContract, OfContractQuerySet


class ItemResult(models.TextChoices):
    """What the acceptance found of one item."""

    PASSED = "PASSED", pgettext_lazy("item", "in order")
    REMARKS = "REMARKS", pgettext_lazy("item", "in order with remarks")
    FAILED = "FAILED", pgettext_lazy("item", "not in order")


class Deliverable(OfContract):
    """One thing that a contract promises, in figures, and what the acceptance found of it (验收事项).

    What is promised is fixed with the offer; a delivery that was mended is judged anew (`judged_in` is its number).
    """

    contract = models.ForeignKey(
        Contract, on_delete=models.PROTECT, related_name="deliverables", verbose_name=_("contract")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("what is promised"), max_length=160)
    target = models.DecimalField(_("promised"), max_digits=10, decimal_places=2)
    unit = models.CharField(_("unit"), max_length=20)
    actual = models.DecimalField(_("found"), max_digits=10, decimal_places=2, null=True, blank=True, editable=False)
    result = models.CharField(_("result"), max_length=10, choices=ItemResult, blank=True, editable=False)
    remark = models.CharField(_("remark"), max_length=500, blank=True, editable=False)
    judged_in = models.PositiveSmallIntegerField(_("delivery judged"), default=0, editable=False)
    judged_at = moment(pgettext_lazy("item", "judged at"))
    judged_by = person(_("judged by"))

    class Meta:
        verbose_name = pgettext_lazy("contract", "item")
        verbose_name_plural = pgettext_lazy("contract", "items")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [fixed_with_the_offer("deliverable", "contract_id", "number", "title", "target", "unit")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "number"], name="deliverable_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(target__gt=0)
                & (
                    models.Q(result="", judged_in=0)
                    | models.Q(
                        result__in=ItemResult.values,
                        judged_in__gte=1,
                        actual__isnull=False,
                        actual__gte=0,
                        judged_by__isnull=False,
                    )
                ),
                name="deliverable_is_judged_whole",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"


class AcceptanceSample(AppendOnly):
    """The residents whom the lot fell on to judge a delivery: drawn once, by the system, from the roll of that day.

    `seed` was made by the machine at the draw and is published with the size and the hash of the roll: the ticket of
    number n on the roll is the SHA-256 of seed and n, and the smallest tickets win.
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="samples", verbose_name=_("contract"))
    delivery = models.PositiveSmallIntegerField(_("delivery"))
    seed = models.CharField(_("seed"), max_length=64)
    roll_size = models.PositiveIntegerField(_("residents on the roll"))
    roll_hash = models.CharField(_("hash of the roll"), max_length=64)
    size = models.PositiveSmallIntegerField(_("drawn"))
    drawn_at = models.DateTimeField(_("drawn at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("sample of residents")
        verbose_name_plural = _("samples of residents")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["contract", "delivery"], name="acceptancesample_drawn_once"),
            models.CheckConstraint(
                condition=models.Q(seed__regex=r"^[0-9a-f]{64}$", roll_hash__regex=r"^[0-9a-f]{64}$", size__gte=1)
                & models.Q(size__lte=models.F("roll_size")),
                name="acceptancesample_can_be_drawn_again",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.contract} #{self.delivery}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.contract.division


class SampledResident(AppendOnly):
    """One resident whom the lot fell on, with the number on the roll; who it is stays with the community."""

    sample = models.ForeignKey(
        AcceptanceSample, on_delete=models.PROTECT, related_name="places", verbose_name=_("sample of residents")
    )
    number = models.PositiveIntegerField(_("number on the roll"))
    resident = models.ForeignKey(Resident, on_delete=models.PROTECT, related_name="+", verbose_name=_("resident"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("resident of a sample")
        verbose_name_plural = _("residents of samples")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sample", "number"], name="sampledresident_number_is_drawn_once"),
            models.UniqueConstraint(fields=["sample", "resident"], name="sampledresident_is_drawn_once"),
        ]

    def __str__(self) -> str:
        return f"{self.sample} {self.number}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.sample.division


class ReviewKind(models.TextChoices):
    """What kind of look at a contract it was."""

    VISIT = "VISIT", _("visit")
    MIDTERM = "MIDTERM", _("mid-term review")
    FINAL = "FINAL", _("final review")
    AUDIT = "AUDIT", _("audit of the accounts")


class Conclusion(models.TextChoices):
    """What a visit or a review came to."""

    PASSED = "PASSED", pgettext_lazy("review", "in order")
    MEND = "MEND", pgettext_lazy("review", "something is to be mended")
    FAILED = "FAILED", pgettext_lazy("review", "not passed")


class ContractReview(OfContract):
    """A visit, review or audit of a running contract (走访、中期评估、终期评估、审计): findings, and how they were mended.

    Not by the organization; with nothing to mend it is settled from the start (status moved by `governance.lifecycle`).
    """

    contract = models.ForeignKey(Contract, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("contract"))
    kind = models.CharField(pgettext_lazy("review", "kind"), max_length=10, choices=ReviewKind)
    held_on = models.DateField(pgettext_lazy("review", "held on"))
    reviewer = models.CharField(_("held by"), max_length=120)
    was_announced = models.BooleanField(_("announced before"), default=True)
    findings = models.TextField(_("findings"))
    conclusion = models.CharField(pgettext_lazy("review", "conclusion"), max_length=10, choices=Conclusion)
    mend_by = models.DateField(_("to be mended by"), null=True, blank=True)
    evidence = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("evidence"))
    answer = models.TextField(_("what was mended"), blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=ReviewStatus, default=ReviewStatus.OPEN, editable=False
    )
    recorded_at = moment(_("recorded at"), known=True)
    recorded_by = person(_("recorded by"), known=True)
    answered_at = moment(_("answered at"))
    answered_by = person(_("answered by"))
    settled_at = moment(pgettext_lazy("review", "settled at"))
    settled_by = person(pgettext_lazy("review", "settled by"))

    objects = OfContractQuerySet.as_manager()

    class Meta:
        verbose_name = _("review of a contract")
        verbose_name_plural = _("reviews of contracts")
        triggers: ClassVar = [
            lifecycle.trigger(REVIEW),
            lifecycle.columns_stay(
                "recorded_findings_stay", ["contract_id", "kind", "held_on", "findings", "conclusion", "mend_by"]
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["contract", "-id"], name="contractreview_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=ReviewKind.values, conclusion__in=Conclusion.values, status__in=ReviewStatus.values
                ),
                name="contractreview_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(conclusion="PASSED", mend_by=None)
                | (~models.Q(conclusion="PASSED") & models.Q(mend_by__isnull=False, mend_by__gte=models.F("held_on"))),
                name="contractreview_mends_by_a_day",
            ),
            apart("settled_by", "answered_by", "contractreview_settled_by_another"),
        ]

    def __str__(self) -> str:
        return f"{self.contract} {self.get_kind_display()}"
