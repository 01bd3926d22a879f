"""Rules as data: documents, effective-dated values, decision rules."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from communities.policy.lifecycle import PARAMETER, ParameterStatus
from communities.policy.policy import REGISTRY, Part, PassBase, RuleBase, Terms, display
from communities.territory.models import Division
from governance import lifecycle
from governance.calendar.days import DayKind, valid_on


class DateRange(models.Func):
    """The half-open range of two date columns."""

    function = "DATERANGE"
    output_field = DateRangeField()


class DocumentLevel(models.TextChoices):
    """Who issues a document."""

    NATIONAL = "NATIONAL", _("national")
    PROVINCE = "PROVINCE", _("province")
    CITY = "CITY", _("city")
    DISTRICT = "DISTRICT", _("district")
    STREET = "STREET", _("street")
    COMMUNITY = "COMMUNITY", _("community")


class PolicyDocumentQuerySet(models.QuerySet["PolicyDocument"]):
    """Reads over documents, all of which are public."""

    def visible_to(self, user: Any) -> PolicyDocumentQuerySet:
        """All of them: what a rule rests on is public (Basis: Regulations on Open Government Information 2019)."""
        del user
        return self.all()

    def for_list(self) -> PolicyDocumentQuerySet:
        """Rows with what lists show."""
        return self.select_related("division")

    def in_force_on(self, day: dt.date) -> PolicyDocumentQuerySet:
        """Documents that apply on this day."""
        return self.filter(models.Q(expires_on=None) | models.Q(expires_on__gt=day), effective_on__lte=day)


class PolicyDocument(models.Model):
    """A document that a rule rests on (政策文件): law, measure, notice, residents' resolution."""

    title = models.CharField(_("title"), max_length=200)
    document_number = models.CharField(_("document number"), max_length=100, blank=True)
    issuer = models.CharField(_("issuer"), max_length=100)
    level = models.CharField(_("level"), max_length=10, choices=DocumentLevel)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="documents",
        verbose_name=_("division"),
        help_text=_("Empty for national documents."),
    )
    issued_on = models.DateField(_("issued on"), null=True, blank=True)
    effective_on = models.DateField(_("effective on"))
    expires_on = models.DateField(_("expires on"), null=True, blank=True)
    summary = models.TextField(_("summary"), blank=True)
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    objects = PolicyDocumentQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy document")
        verbose_name_plural = _("policy documents")
        indexes: ClassVar = [models.Index(fields=["-effective_on", "-id"], name="policydocument_newest")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(level__in=DocumentLevel.values), name="policydocument_level_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(expires_on=None) | models.Q(expires_on__gt=models.F("effective_on")),
                name="policydocument_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} {self.document_number}".strip()

    def get_absolute_url(self) -> str:
        """The document's public page."""
        return reverse("communities:document-detail", kwargs={"pk": self.pk})


class PolicyParameterQuerySet(models.QuerySet["PolicyParameter"]):
    """Reads over parameter values."""

    def visible_to(self, user: Any) -> PolicyParameterQuerySet:
        """Values that came into force, to everybody; drafts and withdrawn ones to those who work with rules there."""
        return self.filter(models.Q(status=ParameterStatus.ACTIVE) | within(user))

    def for_list(self) -> PolicyParameterQuerySet:
        """Rows with what lists show."""
        return self.select_related("division", "basis", "entered_by", "approved_by")

    def in_force_on(self, day: dt.date) -> PolicyParameterQuerySet:
        """Approved values whose period covers this day."""
        return self.filter(valid_on(day), status=ParameterStatus.ACTIVE)

    def reaching(self, division: Division | None) -> PolicyParameterQuerySet:
        """Values of a division, of those above it and of the whole country."""
        places = models.Q(division=None)
        if division is not None:
            places |= models.Q(division_id__in=division.ancestor_ids)
        return self.filter(places)

    def beside(self, row: PolicyParameter) -> PolicyParameterQuerySet:
        """Other values in force of the same key and the same division whose period meets this one's."""
        later = models.Q(valid_to=None) | models.Q(valid_to__gt=row.valid_from)
        sooner = models.Q() if row.valid_to is None else models.Q(valid_from__lt=row.valid_to)
        same = self.filter(key=row.key, division=row.division_id, status=ParameterStatus.ACTIVE)
        return same.filter(later, sooner).exclude(pk=row.pk)


@pghistory.track()
class PolicyParameter(models.Model):
    """The value of one rule parameter in one division and period, with the document it rests on.

    Keys, units and defaults are declared in the rooms' `policy.py`. The look-up walks up the tree
    (`communities.policy.queries.value`). Two values of one key in one division never overlap in time. Entered by one
    person and approved by another (status moved by `governance.lifecycle`).
    """

    key = models.CharField(_("key"), max_length=100)
    division = models.ForeignKey(
        Division,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="parameters",
        verbose_name=_("division"),
        help_text=_("Empty for the whole country."),
    )
    value = models.JSONField(_("value"))
    unit = models.CharField(_("unit"), max_length=40)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    basis = models.ForeignKey(
        PolicyDocument, on_delete=models.PROTECT, related_name="parameters", verbose_name=_("basis")
    )
    basis_article = models.CharField(_("article"), max_length=60, blank=True)
    status = models.CharField(
        _("status"), max_length=10, choices=ParameterStatus, default=ParameterStatus.DRAFT, editable=False
    )
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    approved_at = models.DateTimeField(_("approved at"), null=True, blank=True)
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("approved by"),
    )
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    objects = PolicyParameterQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy parameter")
        verbose_name_plural = _("policy parameters")
        triggers: ClassVar = [lifecycle.trigger(PARAMETER)]
        indexes: ClassVar = [
            # The look-up of a value.
            models.Index(fields=["key", "division", "valid_from"], name="policyparameter_lookup"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ParameterStatus.values), name="policyparameter_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None) | ~models.Q(approved_by=models.F("entered_by")),
                name="policyparameter_two_persons",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=ParameterStatus.ACTIVE) | ~models.Q(approved_by=None),
                name="policyparameter_active_is_approved",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="policyparameter_period_runs_forward",
            ),
            ExclusionConstraint(
                name="policyparameter_one_value_at_a_time",
                expressions=[
                    ("key", RangeOperators.EQUAL),
                    (models.functions.Coalesce("division", 0), RangeOperators.EQUAL),
                    (
                        DateRange("valid_from", "valid_to", RangeBoundary()),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=models.Q(status=ParameterStatus.ACTIVE),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.valid_from}"

    @property
    def name(self) -> str:
        """What the key means, in the reader's language; the key itself where no room declares it any more."""
        declared = REGISTRY.get(self.key)
        return str(declared.label) if declared else self.key

    @property
    def shown(self) -> str:
        """The value for people, without its unit."""
        declared = REGISTRY.get(self.key)
        return declared.show(declared.read(self.value)) if declared else display(self.value)


FROZEN_FIGURES = (
    "key",
    "family",
    "base",
    "quorum_numerator",
    "quorum_denominator",
    "quorum_is_strict",
    "pass_base",
    "pass_numerator",
    "pass_denominator",
    "pass_is_strict",
    "is_dual",
    "is_secret",
    "allows_proxies",
    "is_binding",
    "valid_from",
)


def _columns(row: str) -> str:
    return ", ".join(f"{row}.{name}" for name in FROZEN_FIGURES)


class DecisionRuleQuerySet(models.QuerySet["DecisionRule"]):
    """Reads over decision rules, all of which are public."""

    def visible_to(self, user: Any) -> DecisionRuleQuerySet:
        """All of them."""
        del user
        return self.all()

    def in_force_on(self, day: dt.date) -> DecisionRuleQuerySet:
        """Rules whose period covers this day."""
        return self.filter(valid_on(day))


class DecisionRule(models.Model):
    """A rule for deciding (表决规则) in force for a period; past meetings are judged by the rule of their day.

    Quorum and pass are fractions with a strictness: "more than half" is 1/2 strict, "two thirds or more" is 2/3 not
    strict. Judged by `communities.policy.policy.judge`. Rules that follow one another under a changed law share their
    `family`. Once a rule can bind, its figures are frozen: a changed law is a new row.
    """

    key = models.CharField(_("key"), max_length=60)
    family = models.CharField(
        _("family"), max_length=60, help_text=_("The same for the rules that replace one another in time.")
    )
    name = models.CharField(_("name"), max_length=100)
    base = models.CharField(_("base"), max_length=20, choices=RuleBase)
    quorum_numerator = models.PositiveSmallIntegerField(_("quorum, numerator"), default=0)
    quorum_denominator = models.PositiveSmallIntegerField(_("quorum, denominator"), default=1)
    quorum_is_strict = models.BooleanField(_("more than the quorum"), default=False)
    pass_base = models.CharField(_("majority of"), max_length=20, choices=PassBase)
    pass_numerator = models.PositiveSmallIntegerField(_("majority, numerator"))
    pass_denominator = models.PositiveSmallIntegerField(_("majority, denominator"))
    pass_is_strict = models.BooleanField(_("more than the majority"))
    is_dual = models.BooleanField(_("heads and area both"), default=False)
    is_secret = models.BooleanField(_("secret"), default=False)
    allows_proxies = models.BooleanField(_("proxies allowed"), default=False)
    is_binding = models.BooleanField(_("binding"), default=True)
    needs_confirmation = models.BooleanField(
        _("needs confirmation"),
        default=False,
        help_text=_("Provisional: refused for binding ballots until the district has confirmed it."),
    )
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True, blank=True, editable=False)
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("confirmed by"),
    )
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=0)
    notice_day_kind = models.CharField(
        _("days of notice are"), max_length=10, choices=DayKind, default=DayKind.CALENDAR
    )
    publicity_days = models.PositiveSmallIntegerField(_("days of publicity"), default=0)
    publicity_day_kind = models.CharField(
        _("days of publicity are"), max_length=10, choices=DayKind, default=DayKind.WORKING
    )
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    basis = models.CharField(_("basis"), max_length=200)
    note = models.TextField(_("note"), blank=True)

    objects = DecisionRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision rule")
        verbose_name_plural = _("decision rules")
        ordering: ClassVar = ["key", "valid_from"]
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="figures_are_frozen",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((NOT OLD.needs_confirmation OR OLD.confirmed_at IS NOT NULL) AND "
                    f"({_columns('OLD')}) IS DISTINCT FROM ({_columns('NEW')}))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["key", "valid_from"], name="decisionrule_once_per_day"),
            models.CheckConstraint(condition=models.Q(base__in=RuleBase.values), name="decisionrule_base_is_known"),
            models.CheckConstraint(
                condition=models.Q(pass_base__in=PassBase.values), name="decisionrule_pass_base_is_known"
            ),
            ExclusionConstraint(
                name="decisionrule_one_of_a_family_at_a_time",
                expressions=[
                    ("family", RangeOperators.EQUAL),
                    (DateRange("valid_from", "valid_to", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                condition=models.Q(quorum_denominator__gt=0, pass_denominator__gt=0),
                name="decisionrule_fractions_are_defined",
            ),
            models.CheckConstraint(
                condition=models.Q(quorum_numerator__lte=models.F("quorum_denominator"))
                & models.Q(pass_numerator__lte=models.F("pass_denominator")),
                name="decisionrule_fractions_are_parts",
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="decisionrule_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def terms(self) -> Terms:
        """The figures, for `judge`."""
        return Terms(
            quorum=Part(self.quorum_numerator, self.quorum_denominator, self.quorum_is_strict),
            pass_base=self.pass_base,
            majority=Part(self.pass_numerator, self.pass_denominator, self.pass_is_strict),
            is_dual=self.is_dual,
        )

    @property
    def awaits_confirmation(self) -> bool:
        """Whether the rule is provisional and nobody has confirmed it from the text of the law."""
        return self.needs_confirmation and self.confirmed_at is None

    @property
    def division(self) -> None:
        """No place: the rule holds for the whole country."""
        return
