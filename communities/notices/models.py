"""Public notices with a minimum of days, objections to them, and files attached to either."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.lifecycle import NOTICE, NoticeStatus
from communities.people.models import Role
from communities.people.queries import within
from communities.territory.models import Division, inside
from governance import lifecycle
from governance.calendar.days import DayKind

CLOSED = (NoticeStatus.CLOSED_CLEAR, NoticeStatus.CLOSED_OBJECTION, NoticeStatus.ARCHIVED)


class ShanghaiDay(models.Func):
    """The calendar day of a moment in the district's time zone, in the database."""

    template = "(%(expressions)s AT TIME ZONE 'Asia/Shanghai')::date"
    output_field = models.DateField()


class Visibility(models.TextChoices):
    """Who may open a file."""

    PUBLIC = "PUBLIC", _("everybody")
    INTERNAL = "INTERNAL", _("staff of the place")
    RESTRICTED = "RESTRICTED", _("those who handle the case")
    SEALED = "SEALED", _("who stored it, and nobody by their post")


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Reads over stored files."""

    def visible_to(self, user: Any) -> AttachmentQuerySet:
        """Public files, once the notice that they hang on is posted; one's own; internal ones of places one works in.

        Restricted ones are opened by the reviewers of the place. Sealed ones by nobody but who stored them: whoever else
        may read one is named by the row that it hangs on, which hands it out itself.
        """
        links = PublicNotice.attachments.through.objects.filter(attachment=models.OuterRef("pk"))
        is_up = models.Exists(links.exclude(publicnotice__status=NoticeStatus.DRAFT)) | ~models.Exists(links)
        mine = models.Q(uploaded_by=user) if getattr(user, "is_authenticated", False) else models.Q(pk__in=[])
        return self.filter(
            (models.Q(visibility=Visibility.PUBLIC) & is_up)
            | mine
            | (models.Q(visibility__in=[Visibility.PUBLIC, Visibility.INTERNAL]) & within(user))
            | (models.Q(visibility=Visibility.RESTRICTED) & within(user, Role.STREET_REVIEWER, Role.DISTRICT_ADMIN))
        )

    def unused(self) -> AttachmentQuerySet:
        """Files that no row of any floor refers to."""
        found = self
        for relation in Attachment._meta.get_fields(include_hidden=True):
            if isinstance(relation, models.ForeignObjectRel):
                users = relation.related_model._default_manager
                found = found.exclude(models.Exists(users.filter(**{relation.field.name: models.OuterRef("pk")})))
        return found


class Attachment(models.Model):
    """A stored file with its hash; the upper row holds the foreign key. Never changed: a new file is a new row.

    Made by `communities.notices.operations.store_attachment`; served by the page that asks `visible_to`, never by the
    web server.
    """

    name = models.CharField(_("file name"), max_length=200)
    file = models.FileField(_("file"), upload_to="attachments/%Y/%m/")
    content_type = models.CharField(_("content type"), max_length=100)
    size = models.PositiveIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    visibility = models.CharField(_("visible to"), max_length=10, choices=Visibility, default=Visibility.INTERNAL)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    uploaded_at = models.DateTimeField(_("uploaded at"))
    uploaded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("uploaded by")
    )

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        triggers: ClassVar = [pgtrigger.Protect(name="never_changed", operation=pgtrigger.Update)]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(visibility__in=Visibility.values), name="attachment_visibility_is_known"
            ),
            models.CheckConstraint(condition=models.Q(sha256__regex=r"^[0-9a-f]{64}$"), name="attachment_has_a_hash"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        """Where the file is fetched."""
        return reverse("communities:attachment-content", kwargs={"pk": self.pk})


class PublicNoticeQuerySet(models.QuerySet["PublicNotice"]):
    """Reads over notices."""

    def visible_to(self, user: Any) -> PublicNoticeQuerySet:
        """What has been posted, to everybody; drafts to those who work in the place."""
        return self.filter(~models.Q(status=NoticeStatus.DRAFT) | within(user))

    def for_list(self) -> PublicNoticeQuerySet:
        """Rows with what lists show."""
        return self.select_related("division")

    def for_detail(self) -> PublicNoticeQuerySet:
        """Rows with what one notice's page shows."""
        return self.select_related("division", "posted_by").prefetch_related(
            "attachments", models.Prefetch("objections", Objection.objects.order_by("id"))
        )

    def in_division(self, division: Division) -> PublicNoticeQuerySet:
        """Notices of the division and of those below it."""
        return self.filter(inside(division))

    def running_on(self, day: dt.date) -> PublicNoticeQuerySet:
        """Notices to which objections may be raised on this day."""
        return self.filter(status=NoticeStatus.POSTED, ends_on__gte=day)

    def over_on(self, day: dt.date) -> PublicNoticeQuerySet:
        """Posted notices whose last day lies before this day."""
        return self.filter(status=NoticeStatus.POSTED, ends_on__lt=day)


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
    starts_on = models.DateField(_("starts on"), null=True, blank=True, editable=False)
    ends_on = models.DateField(_("ends on"), null=True, blank=True, editable=False)
    is_end_provisional = models.BooleanField(_("end is provisional"), default=False, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=NoticeStatus, default=NoticeStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"))
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("drafted by")
    )
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True)
    posted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=pgettext_lazy("notice", "posted by"),
    )
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    attachments = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("attachments"))

    objects = PublicNoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("public notice")
        verbose_name_plural = _("public notices")
        triggers: ClassVar = [
            lifecycle.trigger(NOTICE),
            pgtrigger.Trigger(
                name="waits_for_answers",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(new__status__in=["CLOSED_CLEAR", "CLOSED_OBJECTION"]),
                func="""
                    IF EXISTS (
                        SELECT 1 FROM communities_objection WHERE notice_id = NEW.id AND outcome = ''
                    ) THEN
                        RAISE EXCEPTION 'An objection waits for its answer'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'publicnotice_waits_for_answers';
                    END IF;
                    IF (NEW.status = 'CLOSED_OBJECTION') <> EXISTS (
                        SELECT 1 FROM communities_objection WHERE notice_id = NEW.id AND outcome = 'UPHELD'
                    ) THEN
                        RAISE EXCEPTION 'The notice closes as its objections were decided'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'publicnotice_closes_as_decided';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="posted_text_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.status <> 'DRAFT' AND "
                    "(OLD.title, OLD.body, OLD.division_id, OLD.minimum_days, OLD.day_kind, OLD.starts_on) "
                    "IS DISTINCT FROM "
                    "(NEW.title, NEW.body, NEW.division_id, NEW.minimum_days, NEW.day_kind, NEW.starts_on))"
                ),
            ),
        ]
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
            models.CheckConstraint(condition=models.Q(minimum_days__gte=1), name="publicnotice_lasts_a_day"),
            models.CheckConstraint(
                condition=models.Q(ends_on=None) | models.Q(ends_on__gt=models.F("starts_on")),
                name="publicnotice_days_are_counted_from_the_next",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=CLOSED) | models.Q(closed_at__isnull=False),
                name="publicnotice_closed_has_a_time",
            ),
            # The last day counts to its end (Basis: Civil Code art. 203).
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(ends_on__lt=ShanghaiDay("closed_at")),
                name="publicnotice_closes_after_its_days",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The notice's public page."""
        return reverse("communities:notice-detail", kwargs={"pk": self.pk})

    def takes_objections(self, day: dt.date) -> bool:
        """Whether an objection may be raised on this day; the last day counts."""
        return self.status == NoticeStatus.POSTED and self.ends_on is not None and day <= self.ends_on

    def days_left(self, day: dt.date) -> int:
        """How many days are left in which an objection may be raised, this day included; 0 when it is over."""
        return max((self.ends_on - day).days + 1, 0) if self.takes_objections(day) and self.ends_on else 0

    def days_in_all(self) -> int:
        """How many days objections may be raised in all, the day of posting included."""
        return (self.ends_on - self.starts_on).days + 1 if self.ends_on and self.starts_on else 0


class ObjectionOutcome(models.TextChoices):
    """What came of an objection."""

    UPHELD = "UPHELD", _("upheld")
    REJECTED = "REJECTED", _("not upheld")


class ObjectionQuerySet(models.QuerySet["Objection"]):
    """Reads over objections."""

    def visible_to(self, user: Any) -> ObjectionQuerySet:
        """Objections to what has been posted; the text is scrubbed and the objector left out where it is shown."""
        return self.filter(~models.Q(notice__status=NoticeStatus.DRAFT) | within(user, division="notice__division"))

    def unanswered(self) -> ObjectionQuerySet:
        """Objections that hold their notice."""
        return self.filter(outcome="")


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
    replied_at = models.DateTimeField(_("replied at"), null=True, blank=True)
    replied_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("replied by"),
    )

    objects = ObjectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        indexes: ClassVar = [models.Index(fields=["notice", "id"], name="objection_notice")]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="raised_in_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communities_publicnotice
                        WHERE id = NEW.notice_id AND status = 'POSTED'
                            AND (NEW.raised_at AT TIME ZONE 'Asia/Shanghai')::date BETWEEN starts_on AND ends_on
                    ) THEN
                        RAISE EXCEPTION 'The notice does not run'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'objection_raised_in_time';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Protect(
                name="answered_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.outcome <> '' OR (OLD.notice_id, OLD.objector_id, OLD.text, OLD.raised_at) "
                    "IS DISTINCT FROM (NEW.notice_id, NEW.objector_id, NEW.text, NEW.raised_at))"
                ),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["notice", "objector"], name="objection_once_each"),
            models.CheckConstraint(
                condition=models.Q(replied_by=None) | ~models.Q(replied_by=models.F("objector")),
                name="objection_answered_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="", replied_at=None)
                | (models.Q(outcome__in=ObjectionOutcome.values) & models.Q(replied_at__isnull=False)),
                name="objection_outcome_has_a_reply",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice} #{self.pk}"

    @property
    def division(self) -> Division:
        """The place of the notice."""
        return self.notice.division
