"""Who follows topics, and the one digest a week that a community sends."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division
from consultation.topics.models import Topic
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    import datetime as dt


class Channel(models.TextChoices):
    """How a digest reaches a person."""

    SMS = "SMS", _("text message")
    WECHAT = "WECHAT", _("WeChat")


class FollowQuerySet(models.QuerySet["Follow"]):
    """Reads over followers."""

    def running(self) -> Self:
        """Those that were not ended."""
        return self.filter(ended_at=None)


class Follow(models.Model):
    """One person follows one topic, or all topics of a community (`topic` empty), until they end it."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("community"))
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="followers", verbose_name=_("topic")
    )
    channel = models.CharField(pgettext_lazy("message", "channel"), max_length=10, choices=Channel, default=Channel.SMS)
    language = models.CharField(_("language"), max_length=10)
    begun_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    objects = FollowQuerySet.as_manager()

    class Meta:
        verbose_name = _("follower")
        verbose_name_plural = _("followers")
        indexes: ClassVar = [
            # Who gets the digest of a community.
            models.Index(fields=["division", "user"], condition=models.Q(ended_at=None), name="follow_community"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="follow_channel_is_known"),
            models.UniqueConstraint(
                fields=["user", "division", "topic"],
                condition=models.Q(ended_at=None),
                nulls_distinct=False,
                name="follow_once_each",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("begun_at")),
                name="follow_runs_forward",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic or self.division} · {self.pk}"


class Digest(AppendOnly):
    """What happened on the topics of a community in one week, as everybody may read it; one for each week."""

    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="digests", verbose_name=_("place"))
    week = models.DateField(_("week of"), help_text=_("The Monday on which the week begins."))
    entries = models.JSONField(_("entries"))
    made_at = models.DateTimeField(_("made at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("weekly digest")
        verbose_name_plural = _("weekly digests")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["division", "week"], name="digest_once_a_week"),
            models.CheckConstraint(condition=models.Q(week__iso_week_day=1), name="digest_begins_on_a_monday"),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.week}"

    def get_absolute_url(self) -> str:
        """The digest's public page, also for the notice board."""
        return reverse("consultation:digest-detail", kwargs={"pk": self.pk})


class DigestMessageQuerySet(models.QuerySet["DigestMessage"]):
    """Reads over messages."""

    def unsent(self) -> Self:
        """Messages that still have to go out."""
        return self.filter(sent_at=None, dropped_at=None)


class DigestMessage(models.Model):
    """One digest for one person: sent at least once, with an id by which the channel drops repeats.

    Delivered by `consultation.topics.following.delivery.deliver`, which the outbox wakes.
    """

    digest = models.ForeignKey(
        Digest, on_delete=models.PROTECT, related_name="messages", verbose_name=pgettext_lazy("topics", "digest")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    message_id = models.UUIDField(_("message id"), unique=True, default=uuid.uuid4, editable=False)
    channel = models.CharField(pgettext_lazy("message", "channel"), max_length=10, choices=Channel)
    language = models.CharField(_("language"), max_length=10)
    topics = models.JSONField(_("topics"), default=list)
    queued_at = models.DateTimeField(_("queued at"))
    sent_at = models.DateTimeField(_("sent at"), null=True, blank=True)
    dropped_at = models.DateTimeField(_("dropped at"), null=True, blank=True)

    objects = DigestMessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("digest message")
        verbose_name_plural = _("digest messages")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="sent_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("(OLD.sent_at IS NOT NULL OR OLD.dropped_at IS NOT NULL)"),
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["digest", "user"], name="digestmessage_one_a_person"),
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(dropped_at=None), name="digestmessage_sent_or_dropped"
            ),
        ]

    def __str__(self) -> str:
        return str(self.message_id)

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.digest.division

    def token_parts(self) -> tuple[int, int]:
        """What the link to unsubscribe names."""
        return self.user_id, self.digest.division_id


def monday_of(day: dt.date) -> dt.date:
    """Return the Monday of a day's week."""
    return day - day.resolution * day.weekday()
