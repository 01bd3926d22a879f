"""Large sheets of the register: what each row would do, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.queries import within
from communities.territory.files.models import TakenFile
from communities.territory.models import Division
from governance import lifecycle
from socialorgs.register.intake.lifecycle import SHEET, SheetStatus
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class RegisterSheetQuerySet(models.QuerySet["RegisterSheet"]):
    """Reads over sheets."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Sheets of the places that this person works in, and one's own."""
        if not user.is_authenticated:
            return self.none()
        return self.filter(within(user) | models.Q(uploaded_by=user))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "uploaded_by", "confirmed_by").order_by("-pk")


class SheetKind(models.TextChoices):
    """What the rows of a sheet are about."""

    ORGANIZATIONS = "ORGANIZATIONS", _("the register of a place")
    LISTINGS = "LISTINGS", _("the registrar's credit lists")


class RegisterSheet(TakenFile):
    """One file of the registrar about the bodies of a place (status moved by `governance.lifecycle`).

    Read by a job into rows, confirmed by somebody else, entered by a job. Of the register, each organization is then
    entered by the one and checked by the other; of the credit lists, what the rows say is entered by who confirmed it.
    The rows are forgotten once the sheet is entered or discarded.
    """

    kind = models.CharField(
        _("what it holds"), max_length=15, choices=SheetKind, default=SheetKind.ORGANIZATIONS, editable=False
    )

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    fresh = models.PositiveIntegerField(_("new"), default=0, editable=False)
    changed = models.PositiveIntegerField(_("changed"), default=0, editable=False)
    same = models.PositiveIntegerField(_("unchanged"), default=0, editable=False)
    bad = models.PositiveIntegerField(_("unusable"), default=0, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=SheetStatus, default=SheetStatus.UPLOADED, editable=False
    )
    finished_at = models.DateTimeField(_("entered at"), null=True, blank=True, editable=False)

    objects = RegisterSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet of the register")
        verbose_name_plural = _("sheets of the register")
        triggers: ClassVar = [lifecycle.trigger(SHEET)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=SheetStatus.values, kind__in=SheetKind.values),
                name="registersheet_status_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("uploaded_by")),
                name="registersheet_confirmed_by_another",
            ),
            models.UniqueConstraint(
                fields=["division", "sha256"],
                condition=~models.Q(status__in=["UNREADABLE", "DISCARDED"]),
                name="registersheet_taken_once",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where the sheet is looked over: on the desk."""
        return reverse("admin:socialorgs_registersheet_change", args=[self.pk])


class Verdict(models.TextChoices):
    """What a row would do."""

    FRESH = "FRESH", pgettext_lazy("row", "new")
    CHANGED = "CHANGED", pgettext_lazy("row", "changes an entry")
    SAME = "SAME", pgettext_lazy("row", "unchanged")
    BAD = "BAD", pgettext_lazy("row", "unusable")
    ENTERED = "ENTERED", pgettext_lazy("row", "entered")
    EDITED = "EDITED", pgettext_lazy("row", "entry changed")


class RegisterSheetRow(models.Model):
    """One row of a sheet as it was read; `number` is that of the workbook, whose headings are row 1."""

    sheet = models.ForeignKey(RegisterSheet, on_delete=models.CASCADE, related_name="rows", verbose_name=_("sheet"))
    number = models.PositiveIntegerField(_("row"))
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict)
    name = models.CharField(_("name"), max_length=200)
    reason = models.TextField(_("reason"), blank=True)
    values = models.JSONField(pgettext_lazy("row", "values"), default=dict, encoder=DjangoJSONEncoder)
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("division")
    )
    organization = models.ForeignKey(
        SocialOrganization, on_delete=models.PROTECT, null=True, related_name="+", verbose_name=_("organization")
    )

    class Meta:
        verbose_name = _("row of a sheet")
        verbose_name_plural = _("rows of a sheet")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["sheet", "number"], name="registersheetrow_read_once"),
            models.CheckConstraint(
                condition=models.Q(verdict__in=Verdict.values), name="registersheetrow_verdict_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(verdict="BAD") | ~models.Q(reason=""), name="registersheetrow_bad_says_why"
            ),
        ]
        indexes: ClassVar = [
            # What a sheet would do, and what is left to enter.
            models.Index(fields=["sheet", "verdict", "number"], name="registersheetrow_verdict"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"
