"""The letters of a meeting: who was told of it, by message or in person, and who still has to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.people.models import Role
from communities.people.queries import within
from consultation.meetings.models import Attendance, moment, person
from consultation.topics.following.models import Channel

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from communities.territory.models import Division
    from governance.accounts.models import User

LONGEST_HOW = 100
TELLERS = (
    Role.COMMUNITY_STAFF,
    Role.STREET_OFFICER,
    Role.STREET_REVIEWER,
    Role.DISTRICT_ADMIN,
    Role.STEWARD,
    Role.GRID_WORKER,
)
"""Who invites, and who goes to people without a phone."""


class Occasion(models.TextChoices):
    """What a letter says."""

    INVITATION = "INVITATION", _("invitation")
    CANCELLATION = "CANCELLATION", _("cancellation")


class LetterState(models.TextChoices):
    """How far a letter is."""

    WAITING = "WAITING", pgettext_lazy("letter", "on its way")
    SENT = "SENT", pgettext_lazy("letter", "handed to the channel")
    TO_TELL = "TO_TELL", pgettext_lazy("letter", "to be told in person")
    TOLD = "TOLD", pgettext_lazy("letter", "told in person")


class MeetingLetterQuerySet(models.QuerySet["MeetingLetter"]):
    """Reads over letters."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of places in which one invites people or goes to them."""
        return self.filter(within(user, *TELLERS, division="attendance__meeting__division"))

    def unsent(self) -> Self:
        """Those that a message may still bring."""
        return self.filter(sent_at=None, dropped_at=None, told_at=None)

    def to_tell(self) -> Self:
        """Those that no message brings and nobody has told yet."""
        return self.filter(dropped_at__isnull=False, told_at=None)

    def in_state(self, state: str) -> Self:
        """Those that are so far."""
        if state == LetterState.WAITING:
            return self.unsent()
        if state == LetterState.TO_TELL:
            return self.to_tell()
        return self.filter(sent_at__isnull=False) if state == LetterState.SENT else self.filter(told_at__isnull=False)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("attendance__meeting__division", "attendance__membership", "told_by")


class MeetingLetter(models.Model):
    """What somebody who is invited to a meeting was told, and how: handed to a channel, or said by somebody who went there."""

    attendance = models.ForeignKey(
        Attendance, on_delete=models.PROTECT, related_name="letters", verbose_name=_("invited")
    )
    occasion = models.CharField(_("occasion"), max_length=20, choices=Occasion)
    queued_at = moment(_("written at"), is_optional=False)
    channel = models.CharField(
        pgettext_lazy("message", "channel"), max_length=10, choices=Channel, blank=True, editable=False
    )
    sent_at = moment(_("handed to the channel at"))
    dropped_at = moment(_("found unreachable at"))
    told_at = moment(_("told in person at"))
    told_by = person(_("told by"))
    told_how = models.CharField(_("how"), max_length=LONGEST_HOW, blank=True, editable=False)

    objects = MeetingLetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter of a meeting")
        verbose_name_plural = _("letters of meetings")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["attendance", "occasion"], name="meetingletter_one_an_occasion"),
            models.CheckConstraint(
                condition=models.Q(occasion__in=Occasion.values), name="meetingletter_occasion_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(sent_at=None, channel="")
                | (models.Q(sent_at__isnull=False) & ~models.Q(channel="")),
                name="meetingletter_sent_by_a_channel",
            ),
            models.CheckConstraint(
                condition=models.Q(sent_at=None) | models.Q(dropped_at=None), name="meetingletter_sent_or_dropped"
            ),
            models.CheckConstraint(
                condition=models.Q(told_at=None, told_by=None, told_how="")
                | (models.Q(told_at__isnull=False, told_by__isnull=False) & ~models.Q(told_how="")),
                name="meetingletter_told_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_occasion_display()} · {self.pk}"

    @property
    def state(self) -> LetterState:
        """How far it is."""
        if self.told_at is not None:
            return LetterState.TOLD
        if self.sent_at is not None:
            return LetterState.SENT
        return LetterState.WAITING if self.dropped_at is None else LetterState.TO_TELL

    @property
    def division(self) -> Division:
        """The place of the meeting."""
        return self.attendance.meeting.division
