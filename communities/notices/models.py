"""Public notices with a minimum of days, objections to them, and files attached to either."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.notices.lifecycle import NOTICE, NoticeStatus
from communities.territory.models import Division
from governance import lifecycle
from governance.calendar.days import DayKind


class Visibility(models.TextChoices):
    """Who may open a file."""

    PUBLIC = "PUBLIC", _("everybody")
    INTERNAL = "INTERNAL", _("staff of the place")
    RESTRICTED = "RESTRICTED", _("those who handle the case")


class Attachment(models.Model):
    """A stored file with its hash; the upper row holds the foreign key. Never changed: a new file is a new row."""

    name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m/")
    content_type = models.CharField(_("content type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    visibility = models.CharField(_("visible to"), max_length=10, choices=Visibility, default=Visibility.INTERNAL)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")

    def __str__(self) -> str:
        return self.name


class PublicNotice(models.Model):
    """A public notice (公示) with its minimum days (status moved by `governance.lifecycle`).

    `ends_on` is the last day on which objections may be raised. The row it is about holds the foreign key.
    """

    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="notices", verbose_name=_("division"))
    minimum_days = models.PositiveSmallIntegerField(_("minimum days"))
    day_kind = models.CharField(_("days are"), max_length=10, choices=DayKind, default=DayKind.CALENDAR)
    contact = models.CharField(_("contact"), max_length=200)
    basis = models.CharField(_("basis"), max_length=200, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, editable=False)
    ends_on = models.DateField(_("ends on"), null=True, editable=False)
    is_end_provisional = models.BooleanField(_("end is provisional"), default=False, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=NoticeStatus, default=NoticeStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    posted_at = models.DateTimeField(_("posted at"), null=True)
    posted_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)
    closed_at = models.DateTimeField(_("closed at"), null=True)
    attachments = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("attachments"))

    class Meta:
        verbose_name = _("public notice")
        verbose_name_plural = _("public notices")
        triggers: ClassVar = [lifecycle.trigger(NOTICE)]
        indexes: ClassVar = [
            # Notices of a place, newest first.
            models.Index(fields=["division", "-starts_on", "-id"], name="publicnotice_place"),
            # What the clock closes.
            models.Index(fields=["ends_on"], condition=models.Q(status="POSTED"), name="publicnotice_running"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=NoticeStatus.values), name="publicnotice_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(status=NoticeStatus.DRAFT)
                | models.Q(starts_on__isnull=False, ends_on__isnull=False),
                name="publicnotice_posted_has_dates",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The notice's public page."""
        return reverse("communities:notice-detail", kwargs={"pk": self.pk})


class ObjectionOutcome(models.TextChoices):
    """What came of an objection."""

    UPHELD = "UPHELD", _("upheld")
    REJECTED = "REJECTED", _("not upheld")


class Objection(models.Model):
    """An objection (异议) to a running notice; the objector's name is not shown to the public."""

    notice = models.ForeignKey(
        PublicNotice, on_delete=models.PROTECT, related_name="objections", verbose_name=_("notice")
    )
    objector = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("objector")
    )
    text = models.TextField(_("text"))
    raised_at = models.DateTimeField(_("raised at"))
    reply = models.TextField(_("reply"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=ObjectionOutcome, blank=True)
    replied_at = models.DateTimeField(_("replied at"), null=True)
    replied_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True)

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        indexes: ClassVar = [models.Index(fields=["notice", "id"], name="objection_notice")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(outcome="", replied_at=None)
                | (models.Q(outcome__in=ObjectionOutcome.values) & models.Q(replied_at__isnull=False)),
                name="objection_outcome_has_a_reply",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} #{self.pk}"
