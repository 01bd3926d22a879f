"""Matters: the one inbox for what residents need, complain of, tip off or suggest."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.models import Role
from communities.people.queries import within
from communities.territory.models import Division
from consultation.matters.lifecycle import MATTER, MatterStatus
from governance import lifecycle
from governance.accounts.secrets import EncryptedTextField

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class MatterChannel(models.TextChoices):
    """How a matter came in."""

    PAGE = "PAGE", _("on the pages")
    DESK = "DESK", _("counter")
    VISIT = "VISIT", _("visit")
    API = "API", _("partner system")


class ThreeWay(models.TextChoices):
    """Whose affair a matter is (Basis: 三事分流, report S2, Pengshui)."""

    BIG = "BIG", _("big matter: government")
    SMALL = "SMALL", _("small matter: community")
    PRIVATE = "PRIVATE", _("private matter")


class Route(models.TextChoices):
    """Where a sorted matter goes."""

    DELIBERATION = "DELIBERATION", _("deliberation in the community")
    DIRECT = "DIRECT", _("handled by the community at once")
    DEPARTMENT = "DEPARTMENT", _("a department")
    ADVICE = "ADVICE", _("advice and providers")


ROUTES: dict[str, tuple[Route, ...]] = {
    ThreeWay.BIG: (Route.DEPARTMENT,),
    ThreeWay.SMALL: (Route.DELIBERATION, Route.DIRECT),
    ThreeWay.PRIVATE: (Route.ADVICE,),
}
"""Where a matter of each class can go."""

FILE_READERS = (
    Role.COMMUNITY_STAFF,
    Role.STREET_OFFICER,
    Role.STREET_REVIEWER,
    Role.DISTRICT_ADMIN,
    Role.DISTRICT_OFFICER,
)
"""Who reads in full what a person has said: those who handle it. Supervisors and auditors read what the public reads."""

ON_THE_CLOCK = (MatterStatus.RAISED, MatterStatus.SORTED, MatterStatus.TRANSFERRED)
"""Where `due_on` runs; a matter that became a topic follows the days of its topic."""


def _routes_fit() -> models.Q:
    fits = models.Q(three_way="", route="")
    for three_way, routes in ROUTES.items():
        fits |= models.Q(three_way=three_way, route__in=routes)
    return fits


class MatterQuerySet(models.QuerySet["Matter"]):
    """Reads over matters."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Sorted matters that are no private affair, by their summary; one's own; those of places one handles."""
        public = self._public()
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | within(user, *FILE_READERS) | models.Q(raised_by=user))

    def handled_by(self, user: User) -> Self:
        """One's own, and those of places in which one handles matters; the worklist asks."""
        return self.filter(within(user, *FILE_READERS) | models.Q(raised_by=user))

    def public(self) -> Self:
        """What everybody may know of, by its summary."""
        return self.filter(self._public())

    @staticmethod
    def _public() -> models.Q:
        shown = models.Q(three_way__in=[ThreeWay.BIG, ThreeWay.SMALL]) & ~models.Q(summary="")
        return shown & ~models.Q(status=MatterStatus.WITHDRAWN)

    def in_division(self, division: Division) -> Self:
        """Matters of the division and of those below it."""
        return self.filter(division__path__startswith=division.path)

    def of(self, user: User) -> Self:
        """What this person has raised."""
        return self.filter(raised_by=user)

    def waiting(self) -> Self:
        """Matters that somebody has to act on."""
        return self.filter(
            status__in=[MatterStatus.RAISED, MatterStatus.SORTED, MatterStatus.TAKEN_UP, MatterStatus.TRANSFERRED]
        )

    def in_hand(self) -> Self:
        """Matters whose next step lies with those who handle them, not with the topic that they became."""
        return self.exclude(status=MatterStatus.TAKEN_UP, topics__status__in=("PREPARED", "ANNOUNCED", "DELIBERATED"))

    def for_deliberation(self) -> Self:
        """Sorted matters out of which a topic can grow."""
        return self.filter(status=MatterStatus.SORTED, route=Route.DELIBERATION)

    def overdue(self, day: dt.date) -> Self:
        """Matters whose last day lies before this day."""
        return self.filter(status__in=ON_THE_CLOCK, due_on__lt=day)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "raised_by").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related("division", "raised_by", "recorded_by", "sorted_by", "answered_by")


class Matter(models.Model):
    """What a resident wants looked at (诉求; status moved by `governance.lifecycle`).

    `text` is what was said and is read by the person and the staff of the place; the public reads `summary`, which
    staff write when they sort. Raised by the person, or recorded by staff on their behalf: then both stand here.
    `due_on` is the last day of the step that is due: of sorting at first, then of the answer. When it has passed,
    `overdue_at` is set and the street may act as well. Made by `consultation.matters.operations`.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    title = models.CharField(_("title"), max_length=100)
    text = models.TextField(_("text"))
    summary = models.CharField(_("public summary"), max_length=300, blank=True)
    place = models.CharField(_("where"), max_length=200, blank=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="matters", verbose_name=_("division"))
    channel = models.CharField(pgettext_lazy("matter", "channel"), max_length=10, choices=MatterChannel)
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_index=False,  # matter_own begins with it
        related_name="matters",
        verbose_name=_("raised by"),
    )
    raised_for = models.CharField(_("raised for"), max_length=50, blank=True)
    contact = EncryptedTextField(_("contact"), blank=True, default="")
    is_anonymous = models.BooleanField(_("without a name to the public"), default=True)
    external_reference = models.CharField(_("reference of the partner system"), max_length=80, blank=True)
    photos = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("photos"))
    status = models.CharField(
        _("status"), max_length=20, choices=MatterStatus, default=MatterStatus.RAISED, editable=False
    )
    raised_at = models.DateTimeField(_("raised at"), editable=False)
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("recorded by"),
    )
    three_way = models.CharField(_("whose affair"), max_length=10, choices=ThreeWay, blank=True, editable=False)
    sort_reason = models.TextField(_("reason for the sorting"), blank=True, editable=False)
    route = models.CharField(pgettext_lazy("matter", "route"), max_length=20, choices=Route, blank=True, editable=False)
    due_on = models.DateField(_("due on"), null=True, blank=True, editable=False)
    is_due_provisional = models.BooleanField(_("due day is provisional"), default=False, editable=False)
    overdue_at = models.DateTimeField(_("overdue since"), null=True, blank=True, editable=False)
    sorted_at = models.DateTimeField(_("sorted at"), null=True, blank=True, editable=False)
    sorted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("sorted by"),
    )
    taken_up_at = models.DateTimeField(_("taken up at"), null=True, blank=True, editable=False)
    transferred_to = models.CharField(_("department"), max_length=100, blank=True, editable=False)
    transferred_at = models.DateTimeField(_("transferred at"), null=True, blank=True, editable=False)
    reply = models.TextField(pgettext_lazy("matter", "answer"), blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("answered by"),
    )
    is_solved = models.BooleanField(_("solved"), null=True, blank=True, editable=False)
    close_reason = models.TextField(_("last word"), blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    objects = MatterQuerySet.as_manager()

    class Meta:
        verbose_name = _("matter")
        verbose_name_plural = _("matters")
        triggers: ClassVar = [
            lifecycle.trigger(MATTER),
            pgtrigger.Protect(
                name="said_is_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.number, OLD.title, OLD.text, OLD.place, OLD.division_id, OLD.raised_by_id, OLD.raised_for, "
                    "OLD.recorded_by_id, OLD.raised_at) IS DISTINCT FROM "
                    "(NEW.number, NEW.title, NEW.text, NEW.place, NEW.division_id, NEW.raised_by_id, NEW.raised_for, "
                    "NEW.recorded_by_id, NEW.raised_at))"
                ),
            ),
        ]
        indexes: ClassVar = [
            # The inbox and the public list of a place, newest first.
            models.Index(fields=["division", "-id"], name="matter_place"),
            # What waits and falls due.
            models.Index(
                fields=["due_on"],
                condition=models.Q(status__in=["RAISED", "SORTED", "TRANSFERRED"]),
                name="matter_due",
            ),
            # A person's own matters, newest first.
            models.Index(fields=["raised_by", "-id"], name="matter_own"),
            # What the clock closes when nobody says a word.
            models.Index(fields=["answered_at"], condition=models.Q(status="ANSWERED"), name="matter_answered"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=MatterStatus.values), name="matter_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(channel__in=MatterChannel.values)
                & models.Q(three_way__in=["", *ThreeWay.values])
                & models.Q(route__in=["", *Route.values]),
                name="matter_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(raised_by__isnull=False) | ~models.Q(raised_for=""),
                name="matter_comes_from_somebody",
            ),
            # A sorted matter has its class, its reason, its route and its clock.
            models.CheckConstraint(
                condition=models.Q(sorted_at=None)
                | (
                    ~models.Q(three_way="")
                    & ~models.Q(sort_reason="")
                    & ~models.Q(route="")
                    & models.Q(due_on__isnull=False)
                ),
                name="matter_sorted_with_reason_and_clock",
            ),
            models.CheckConstraint(condition=_routes_fit(), name="matter_route_fits_its_class"),
            models.CheckConstraint(
                condition=~models.Q(three_way=ThreeWay.PRIVATE) | models.Q(summary=""),
                name="matter_private_has_no_summary",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=[MatterStatus.ANSWERED, MatterStatus.REFUSED]) | ~models.Q(reply=""),
                name="matter_answered_in_words",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=MatterStatus.TRANSFERRED) | ~models.Q(transferred_to=""),
                name="matter_transferred_to_somebody",
            ),
            models.UniqueConstraint(
                fields=["recorded_by", "external_reference"],
                condition=~models.Q(external_reference=""),
                name="matter_reference_of_a_partner_is_unique",
            ),
        ]

    def __str__(self) -> str:
        """Name the matter as everybody may read it: what was said stays out of the trail and of other rooms' pages."""
        return f"{self.number} {self.summary}".strip()

    def get_absolute_url(self) -> str:
        """The matter's page."""
        return reverse("consultation:matter-detail", kwargs={"pk": self.pk})

    @property
    def step_due_on(self) -> dt.date | None:
        """The last day of the step that is due, where the clock runs."""
        return self.due_on if self.status in ON_THE_CLOCK else None

    @property
    def desk_name(self) -> str:
        """What the worklist of those who handle it shows."""
        return f"{self.number} {self.title}"

    def photo_url(self, photo: Attachment) -> str:
        """Where a photo of the matter is fetched, by those who may read the file."""
        return reverse("consultation:matter-photo", kwargs={"pk": self.pk, "photo": photo.pk})

    @property
    def is_public(self) -> bool:
        """Whether everybody may know of it, by its summary."""
        shown = self.three_way in {ThreeWay.BIG, ThreeWay.SMALL} and bool(self.summary)
        return shown and self.status != MatterStatus.WITHDRAWN

    def is_late(self, day: dt.date) -> bool:
        """Whether the step that is due should have been done before this day."""
        return self.status in ON_THE_CLOCK and self.due_on is not None and self.due_on < day
