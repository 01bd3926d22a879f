"""Incubators in three tiers, their places, and the stays of bodies and founders in them."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.models import Division, Versioned
from governance import lifecycle
from socialorgs.incubation.lifecycle import SHELLS, STAY, StayStatus
from socialorgs.incubation.policy import Criterion, Phase
from socialorgs.register.deciding import Ended
from socialorgs.register.filing.models import Filing
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

SHELL_VALUES = [shell.value for shell in SHELLS]
UNDER_WAY = [StayStatus.APPLIED.value, StayStatus.PROPOSED.value, *SHELL_VALUES]


class IncubatorTier(models.TextChoices):
    """The three tiers of 1 + N."""

    CORE = "CORE", _("district core")
    STREET = "STREET", _("street site")
    COMMUNITY = "COMMUNITY", _("community site")


class IncubatorQuerySet(models.QuerySet["Incubator"]):
    """Reads over incubators, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show: places and stays counted; the core first, then by tier and name."""
        rank = models.Case(
            models.When(tier=IncubatorTier.CORE, then=0), models.When(tier=IncubatorTier.STREET, then=1), default=2
        )
        open_places = IncubatorPlace.objects.filter(incubator=models.OuterRef("pk"), is_open=True)
        stays = IncubationStay.objects.filter(incubator=models.OuterRef("pk"))

        def counted(rows: models.QuerySet[IncubatorPlace] | models.QuerySet[IncubationStay]) -> models.Subquery:
            grouped = rows.order_by().values("incubator").annotate(count=models.Count("pk")).values("count")
            return models.Subquery(grouped, output_field=models.IntegerField())

        return (
            self.select_related("division", "parent", "operator")
            .annotate(
                rank=rank,
                open_places=counted(open_places),
                taken_places=counted(stays.filter(status__in=SHELL_VALUES)),
                entering=counted(stays.filter(status=StayStatus.ENTERING)),
                nurturing=counted(stays.filter(status=StayStatus.NURTURING)),
                exiting=counted(stays.filter(status=StayStatus.EXITING)),
                graduated=counted(stays.filter(status=StayStatus.GRADUATED)),
                admitted=counted(stays.filter(admitted_on__isnull=False)),
            )
            .order_by(models.F("closed_on").asc(nulls_first=True), "rank", "name", "pk")
        )


class Incubator(Versioned, models.Model):
    """A park or site where bodies are incubated (孵化园、孵化基地); run by an organization under a contract, or by staff."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    tier = models.CharField(pgettext_lazy("incubation", "tier"), max_length=10, choices=IncubatorTier)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sites",
        verbose_name=_("site of"),
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    operator = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="operated",
        verbose_name=_("run by"),
    )
    contract_number = models.CharField(_("contract with who runs it"), max_length=80, blank=True)
    floor_area = models.PositiveIntegerField(_("floor area in square meters"), null=True, blank=True)
    services = models.TextField(_("what it offers"))
    opened_on = models.DateField(_("opened on"))
    closed_on = models.DateField(pgettext_lazy("resource", "closed on"), null=True, blank=True, editable=False)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    objects = IncubatorQuerySet.as_manager()

    class Meta:
        verbose_name = _("incubator")
        verbose_name_plural = _("incubators")
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(tier__in=IncubatorTier.values), name="incubator_tier_is_known"),
            # 1 + N: the core stands alone, every site belongs to something.
            models.CheckConstraint(
                condition=models.Q(tier="CORE", parent=None)
                | (~models.Q(tier="CORE") & models.Q(parent__isnull=False)),
                name="incubator_site_has_a_core",
            ),
            models.UniqueConstraint(
                fields=["division"],
                condition=models.Q(tier="CORE", closed_on=None),
                name="incubator_one_core_a_district",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_on=None) | models.Q(closed_on__gte=models.F("opened_on")),
                name="incubator_period_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The incubator's board."""
        return reverse("socialorgs:incubator-detail", kwargs={"pk": self.pk})


class PlaceQuerySet(models.QuerySet["IncubatorPlace"]):
    """Reads over rooms and desks, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show, by incubator and label; and whether somebody is in them."""
        inside = IncubationStay.objects.filter(place=models.OuterRef("pk"), status__in=SHELL_VALUES)
        return (
            self.select_related("incubator__division")
            .annotate(is_taken=models.Exists(inside))
            .order_by("incubator", "label", "pk")
        )


class IncubatorPlace(Versioned, models.Model):
    """A room or desk of an incubator; a stay takes up one, so that no more come in than there is room for."""

    incubator = models.ForeignKey(
        Incubator, on_delete=models.PROTECT, related_name="places", verbose_name=_("incubator")
    )
    label = models.CharField(_("room or desk"), max_length=60)
    is_open = models.BooleanField(_("can be given"), default=True)

    objects = PlaceQuerySet.as_manager()

    class Meta:
        verbose_name = _("place of an incubator")
        verbose_name_plural = _("places of incubators")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["incubator", "label"], name="incubatorplace_label_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.incubator} · {self.label}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.incubator.division


class ApplicantKind(models.TextChoices):
    """Who is incubated."""

    ORGANIZATION = "ORGANIZATION", _("organization")
    GROUP = "GROUP", _("group that is no organization yet")
    PERSON = "PERSON", _("single founder")


class StayQuerySet(models.QuerySet["IncubationStay"]):
    """Reads over stays."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Stays of one's own, of the incubators one runs, and of the places one works in; the board shows the rest."""
        if not user.is_authenticated:
            return self.none()
        own = OrganizationAppointment.objects.bodies_of(user)
        return self.filter(
            within(user, division="incubator__division")
            | models.Q(applied_by=user)
            | models.Q(incubator__operator__in=own)
            | models.Q(organization__in=own)
        )

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related(
            "incubator__division", "incubator__operator", "organization", "place", "filing"
        ).order_by("-pk")

    def with_next(self) -> Self:
        """Rows with what is planned next and not done: its title and its day."""
        left = CapacityItem.objects.filter(stay=models.OuterRef("pk"))
        ahead = left.filter(done_on=None).order_by("due_on", "pk")
        return self.annotate(
            has_plan=models.Exists(left),
            next_item=models.Subquery(ahead.values("title")[:1]),
            next_item_on=models.Subquery(ahead.values("due_on")[:1]),
        )

    def review_due(self, day: dt.date) -> Self:
        """Stays in the shell whose review was due before a day, or on it."""
        return self.filter(status__in=[StayStatus.ENTERING, StayStatus.NURTURING], review_due_on__lte=day)

    def in_shells(self) -> Self:
        """Stays that take up a place now."""
        return self.filter(status__in=SHELL_VALUES)


class IncubationStay(Ended):
    """The way of one body or founder through an incubator (status moved by `governance.lifecycle`).

    The operator scores and proposes, the district confirms. `since` is when the present shell began.
    """

    incubator = models.ForeignKey(
        Incubator, on_delete=models.PROTECT, related_name="stays", verbose_name=_("incubator")
    )
    kind = models.CharField(_("who applies"), max_length=15, choices=ApplicantKind)
    name = models.CharField(_("name"), max_length=120)
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stays",
        verbose_name=_("organization"),
    )
    idea = models.TextField(_("what it wants to do"))
    filing = models.OneToOneField(
        Filing,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stay",
        editable=False,
        verbose_name=_("filing"),
    )
    status = models.CharField(
        _("status"), max_length=10, choices=StayStatus, default=StayStatus.APPLIED, editable=False
    )
    applied_at = models.DateTimeField(_("applied at"), editable=False)
    applied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("applied by"),
    )
    entry_score = models.PositiveSmallIntegerField(_("entry score"), null=True, blank=True, editable=False)
    proposed_at = models.DateTimeField(_("proposed at"), null=True, blank=True, editable=False)
    proposed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("proposed by"),
    )
    place = models.ForeignKey(
        IncubatorPlace,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="stays",
        editable=False,
        verbose_name=_("room or desk"),
    )
    admitted_at = models.DateTimeField(_("into the shell at"), null=True, blank=True, editable=False)
    admitted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("admitted by"),
    )
    admitted_on = models.DateField(_("from"), null=True, blank=True, editable=False)
    due_on = models.DateField(_("to leave by"), null=True, blank=True, editable=False)
    longest_months = models.PositiveSmallIntegerField(_("months at most"), null=True, blank=True, editable=False)
    review_due_on = models.DateField(_("next review due"), null=True, blank=True, editable=False)
    extensions = models.PositiveSmallIntegerField(_("extensions"), default=0, editable=False)
    nurtured_at = models.DateTimeField(_("warmed since"), null=True, blank=True, editable=False)
    exiting_at = models.DateTimeField(_("leaving since"), null=True, blank=True, editable=False)
    exiting_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("scored for leaving by"),
    )
    exit_score = models.PositiveSmallIntegerField(_("exit score"), null=True, blank=True, editable=False)
    projects_done = models.PositiveSmallIntegerField(_("projects finished"), null=True, blank=True, editable=False)
    has_finances = models.BooleanField(_("accounts are kept"), null=True, blank=True, editable=False)
    has_party_work = models.BooleanField(_("party work is covered"), null=True, blank=True, editable=False)

    objects = StayQuerySet.as_manager()

    class Meta:
        verbose_name = _("stay in an incubator")
        verbose_name_plural = _("stays in incubators")
        triggers: ClassVar = [lifecycle.trigger(STAY)]
        indexes: ClassVar = [
            # The board of one incubator.
            models.Index(fields=["incubator", "status", "id"], name="incubationstay_board"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=StayStatus.values, kind__in=ApplicantKind.values),
                name="incubationstay_status_is_known",
            ),
            # Capacity: a place holds one stay at a time.
            models.UniqueConstraint(
                fields=["place"], condition=models.Q(status__in=SHELL_VALUES), name="incubationstay_one_a_place"
            ),
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(status__in=UNDER_WAY),
                name="incubationstay_one_an_organization",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=SHELL_VALUES)
                | models.Q(
                    place__isnull=False,
                    admitted_on__isnull=False,
                    due_on__gt=models.F("admitted_on"),
                    longest_months__isnull=False,
                    entry_score__isnull=False,
                ),
                name="incubationstay_has_a_place_and_an_end",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="ORGANIZATION", organization__isnull=False) | ~models.Q(kind="ORGANIZATION"),
                name="incubationstay_organization_is_one",
            ),
            # Only who is no organization yet asks to be filed.
            models.CheckConstraint(
                condition=models.Q(filing=None) | ~models.Q(kind="ORGANIZATION"),
                name="incubationstay_files_what_is_no_organization",
            ),
            # Promotion into the register: nobody leaves with success without an organization.
            models.CheckConstraint(
                condition=~models.Q(status="GRADUATED")
                | models.Q(
                    organization__isnull=False, exit_score__isnull=False, has_finances=True, has_party_work=True
                ),
                name="incubationstay_graduates_as_an_organization",
            ),
            models.CheckConstraint(
                condition=models.Q(entry_score=None) | models.Q(entry_score__lte=100),
                name="incubationstay_entry_score_within_100",
            ),
            models.CheckConstraint(
                condition=models.Q(exit_score=None) | models.Q(exit_score__lte=100),
                name="incubationstay_exit_score_within_100",
            ),
            models.CheckConstraint(
                condition=(models.Q(proposed_by=None) | ~models.Q(proposed_by=models.F("applied_by")))
                & (models.Q(admitted_by=None) | ~models.Q(admitted_by=models.F("proposed_by"))),
                name="incubationstay_admitted_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """The stay's page, for those concerned."""
        return reverse("socialorgs:stay-detail", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.incubator.division

    @property
    def since(self) -> dt.datetime | None:
        """When the present shell began."""
        moments = {
            StayStatus.ENTERING: self.admitted_at,
            StayStatus.NURTURING: self.nurtured_at,
            StayStatus.EXITING: self.exiting_at,
        }
        return moments.get(StayStatus(self.status))


class StayScore(models.Model):
    """The points of one criterion when a body comes in or leaves."""

    stay = models.ForeignKey(IncubationStay, on_delete=models.PROTECT, related_name="scores", verbose_name=_("stay"))
    phase = models.CharField(_("phase"), max_length=10, choices=Phase)
    round = models.PositiveSmallIntegerField(_("round"), default=0)
    criterion = models.CharField(_("criterion"), max_length=15, choices=Criterion)
    points = models.PositiveSmallIntegerField(_("points"))
    most = models.PositiveSmallIntegerField(_("points at most"))

    class Meta:
        verbose_name = _("score of a stay")
        verbose_name_plural = _("scores of stays")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stay", "phase", "round", "criterion"], name="stayscore_once"),
            models.CheckConstraint(condition=models.Q(points__lte=models.F("most")), name="stayscore_within_its_most"),
            models.CheckConstraint(
                condition=models.Q(phase__in=Phase.values, criterion__in=Criterion.values),
                name="stayscore_criterion_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_criterion_display()}: {self.points}/{self.most}"


class CapacityItem(models.Model):
    """One thing that an incubated body is to learn or set up (能力建设计划)."""

    stay = models.ForeignKey(
        IncubationStay, on_delete=models.PROTECT, related_name="plan_items", verbose_name=_("stay")
    )
    title = models.CharField(_("what is to be learned or set up"), max_length=200)
    due_on = models.DateField(_("by"))
    done_on = models.DateField(pgettext_lazy("plan", "done on"), null=True, blank=True, editable=False)
    evidence = models.TextField(_("what shows it"), blank=True, editable=False)

    class Meta:
        verbose_name = _("item of a capacity plan")
        verbose_name_plural = _("items of capacity plans")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(done_on=None) | ~models.Q(evidence=""), name="capacityitem_done_with_evidence"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ReviewVerdict(models.TextChoices):
    """How a stay goes."""

    ON_TRACK = "ON_TRACK", _("on track")
    BEHIND = "BEHIND", _("behind the plan")
    AT_RISK = "AT_RISK", _("at risk")


class StayReview(models.Model):
    """A review of a stay on a day; never changed."""

    stay = models.ForeignKey(IncubationStay, on_delete=models.PROTECT, related_name="reviews", verbose_name=_("stay"))
    held_on = models.DateField(pgettext_lazy("review", "held on"))
    verdict = models.CharField(_("verdict"), max_length=10, choices=ReviewVerdict)
    findings = models.TextField(_("findings"))
    reviewed_at = models.DateTimeField(_("entered at"), editable=False)
    reviewed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )

    class Meta:
        verbose_name = _("review of a stay")
        verbose_name_plural = _("reviews of stays")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["stay", "held_on"], name="stayreview_one_a_day"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=ReviewVerdict.values), name="stayreview_verdict_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stay} {self.held_on}"
