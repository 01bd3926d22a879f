"""Results pushed to those concerned (考核信息推送): to whom, when, whether received, how often asked again."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body, BodyMembership
from communities.people.queries import present_day, within
from communities.territory.models import Division
from socialorgs.register.models import OrganizationAppointment, SocialOrganization

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class Recipient(models.TextChoices):
    """To whom a result is pushed."""

    ORGANIZATION = "ORGANIZATION", _("the organization")
    STREET = "STREET", _("the street")
    REGISTRAR = "REGISTRAR", _("the registrar")
    BODY = "BODY", _("the body that was evaluated")
    WORKER = "WORKER", _("the person who was evaluated")


class MessageQuerySet(models.QuerySet["PushMessage"]):
    """Reads over pushed results."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Messages to the places that one's work reaches, to the organizations and bodies one acts for, and to oneself."""
        if not user.is_authenticated:
            return self.none()
        own = OrganizationAppointment.objects.bodies_of(user)
        seats = BodyMembership.objects.held_on(present_day()).filter(user=user).values("body")
        mine = models.Q(organization__in=own) | models.Q(body__in=seats) | models.Q(worker=user)
        return self.filter(within(user) | mine)

    def unread_between(self, first: dt.datetime, moment: dt.datetime, most: int) -> Self:
        """Messages last sent between these moments whose receipt nobody has confirmed, and that may be sent again."""
        last = models.functions.Coalesce("reminded_at", "sent_at")
        return self.annotate(last=last).filter(read_at=None, reminders__lt=most, last__range=(first, moment))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("result__plan", "organization", "division", "body").order_by("-pk")


class PushMessage(models.Model):
    """A result pushed to one of those concerned (考核信息推送), with when it was read."""

    result = models.ForeignKey(
        "projects.EvaluationResult", on_delete=models.PROTECT, related_name="messages", verbose_name=_("result")
    )
    recipient = models.CharField(_("recipient"), max_length=20, choices=Recipient)
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="messages",
        verbose_name=_("organization"),
    )
    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("body")
    )
    worker = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("person"),
    )
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="+", verbose_name=_("division"))
    sent_at = models.DateTimeField(_("sent at"))
    read_at = models.DateTimeField(_("read at"), null=True, blank=True)
    read_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("read by"),
    )

    reminders = models.PositiveSmallIntegerField(_("sent again"), default=0)
    reminded_at = models.DateTimeField(_("sent again at"), null=True, blank=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = _("pushed result")
        verbose_name_plural = _("pushed results")
        indexes: ClassVar = [
            # What the clock sends again.
            models.Index(fields=["sent_at"], condition=models.Q(read_at=None), name="pushmessage_unread"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["result", "recipient"], name="pushmessage_once_each"),
            models.CheckConstraint(
                condition=(models.Q(recipient="BODY") | models.Q(body=None))
                & (models.Q(recipient="WORKER") | models.Q(worker=None)),
                name="pushmessage_names_its_recipient",
            ),
            models.CheckConstraint(
                condition=models.Q(reminders=0, reminded_at=None)
                | models.Q(reminders__gte=1, reminded_at__isnull=False),
                name="pushmessage_reminded_when_sent_again",
            ),
            models.CheckConstraint(
                condition=models.Q(recipient__in=Recipient.values), name="pushmessage_recipient_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.result} → {self.get_recipient_display()}"
