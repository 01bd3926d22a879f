"""Fairs at which projects and those who could carry them out find each other (项目对接会)."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division
from funds.enterprises.models import CommunityEnterprise
from governance import lifecycle
from governance.money import YuanField
from projects.contracts.models import Contract
from projects.contracts.policy import ServiceField
from projects.market.fairs.lifecycle import FAIR_INTENTION, MATCH_FAIR, FairStatus, IntentionStatus
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class MatchFairQuerySet(models.QuerySet["MatchFair"]):
    """Reads over fairs."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Open and closed fairs are public; planned ones are the staff's."""
        public = Q(status__in=[FairStatus.OPEN, FairStatus.CLOSED])
        return self.filter(public | within(user)) if user.is_authenticated else self.filter(public)

    def for_list(self) -> Self:
        """Rows with their numbers of projects, intentions and contracts, newest first."""
        count = models.Count
        return (
            self.select_related("division")
            .annotate(
                project_count=count("projects", distinct=True),
                intention_count=count("projects__intentions", distinct=True),
                signed_count=count(
                    "projects__intentions", filter=Q(projects__intentions__status="SIGNED"), distinct=True
                ),
            )
            .order_by("-pk")
        )


class MatchFair(models.Model):
    """A fair with its list of projects (status moved by `governance.lifecycle`)."""

    title = models.CharField(_("title"), max_length=120)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="fairs", verbose_name=_("division"))
    place = models.CharField(_("place"), max_length=120)
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    status = models.CharField(
        _("status"), max_length=12, choices=FairStatus, default=FairStatus.PLANNED, editable=False
    )
    planned_at = models.DateTimeField(_("planned at"), editable=False)
    planned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("planned by"),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(pgettext_lazy("fair", "closed at"), null=True, blank=True, editable=False)

    objects = MatchFairQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("fair", "fair of projects")
        verbose_name_plural = pgettext_lazy("fair", "fairs of projects")
        triggers: ClassVar = [lifecycle.trigger(MATCH_FAIR)]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(status__in=FairStatus.values), name="matchfair_status_is_known"),
            models.CheckConstraint(condition=Q(ends_at__gt=models.F("starts_at")), name="matchfair_runs_forward"),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The fair's page."""
        return reverse("projects:match-fair-detail", kwargs={"pk": self.pk})


class FairProject(models.Model):
    """One project on the list of a fair."""

    fair = models.ForeignKey(
        MatchFair, on_delete=models.PROTECT, related_name="projects", verbose_name=pgettext_lazy("fair", "fair")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    field = models.CharField(pgettext_lazy("market", "field"), max_length=20, choices=ServiceField)
    place = models.CharField(pgettext_lazy("fair", "where it is wanted"), max_length=120)
    amount = YuanField(_("amount"), null=True, blank=True)

    class Meta:
        verbose_name = pgettext_lazy("fair", "project of a fair")
        verbose_name_plural = pgettext_lazy("fair", "projects of fairs")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fair", "number"], name="fairproject_numbered_once"),
            models.CheckConstraint(condition=Q(field__in=ServiceField.values), name="fairproject_field_is_known"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="fairproject_amount_is_some"),
        ]

    def __str__(self) -> str:
        return self.title


class FairIntentionQuerySet(models.QuerySet["FairIntention"]):
    """Reads over intentions; they are public, as the fair is."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Intentions of the fairs that one may see."""
        return self.filter(project__fair__in=MatchFair.objects.visible_to(user).values("pk"))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("project__fair__division", "organization", "enterprise", "contract").order_by("-pk")


class FairIntention(models.Model):
    """That an organization or an enterprise wants to carry out a project, and what came of it (意向; status moved by `governance.lifecycle`)."""

    project = models.ForeignKey(
        FairProject,
        on_delete=models.PROTECT,
        related_name="intentions",
        verbose_name=pgettext_lazy("fair", "project"),
    )
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="fair_intentions",
        verbose_name=_("organization"),
    )
    enterprise = models.ForeignKey(
        CommunityEnterprise,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="fair_intentions",
        verbose_name=_("community enterprise"),
    )
    note = models.CharField(pgettext_lazy("fair", "what is intended"), max_length=300, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=IntentionStatus, default=IntentionStatus.NOTED, editable=False
    )
    noted_at = models.DateTimeField(pgettext_lazy("fair", "noted at"), editable=False)
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=pgettext_lazy("fair", "noted by"),
    )
    settled_at = models.DateTimeField(pgettext_lazy("fair", "settled at"), null=True, blank=True, editable=False)
    contract = models.ForeignKey(
        Contract,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="fair_intentions",
        verbose_name=_("contract"),
    )
    reference = models.CharField(
        pgettext_lazy("fair", "number of a contract outside the platform"), max_length=80, blank=True, editable=False
    )

    objects = FairIntentionQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("fair", "intention")
        verbose_name_plural = pgettext_lazy("fair", "intentions")
        triggers: ClassVar = [lifecycle.trigger(FAIR_INTENTION)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(status__in=IntentionStatus.values), name="fairintention_status_is_known"
            ),
            models.CheckConstraint(
                condition=Q(organization=None, enterprise__isnull=False)
                | Q(organization__isnull=False, enterprise=None),
                name="fairintention_of_one_body",
            ),
            models.UniqueConstraint(
                fields=["project", "organization"],
                condition=~Q(status="DROPPED"),
                name="fairintention_organization_once",
            ),
            models.UniqueConstraint(
                fields=["project", "enterprise"], condition=~Q(status="DROPPED"), name="fairintention_enterprise_once"
            ),
            # A conversion is proved by a contract, here or on paper.
            models.CheckConstraint(
                condition=Q(status="SIGNED", contract__isnull=False)
                | (Q(status="SIGNED") & ~Q(reference=""))
                | (~Q(status="SIGNED") & Q(contract=None, reference="")),
                name="fairintention_signed_has_its_contract",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project} #{self.pk}"

    def get_absolute_url(self) -> str:
        """Where it stands: on the page of its fair."""
        return reverse("projects:fair-intention-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.project.fair.division

    @property
    def body(self) -> SocialOrganization | CommunityEnterprise | None:
        """Who intends it."""
        return self.organization or self.enterprise
