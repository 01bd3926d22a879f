"""Councils, and their meetings with agenda and attendance; what is voted on and written down stands in `record`."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body, BodyMembership
from communities.notices.models import Attachment, PublicNotice
from communities.people.queries import within
from communities.policy.models import DecisionRule
from communities.territory.models import Division, inside
from consultation.matters.models import Matter
from consultation.meetings import walls
from consultation.meetings.lifecycle import MEETING, PUBLIC, MeetingStatus
from consultation.meetings.policy import OPEN_FORMS, WITHOUT_VOTES, Capacity, CouncilForm, Origin, Outcome, SignedBy
from consultation.topics.models import Topic
from governance import lifecycle

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


def person(label: StrOrPromise, *, is_optional: bool = True) -> models.ForeignKey[Any, Any]:
    """Return the column of somebody who took a step."""
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=is_optional,
        blank=is_optional,
        editable=False,
        related_name="+",
        verbose_name=label,
    )


def moment(label: StrOrPromise, *, is_optional: bool = True) -> models.DateTimeField[Any, Any]:
    """Return the column of when a step was taken."""
    return models.DateTimeField(label, null=is_optional, blank=is_optional, editable=False)


class CouncilQuerySet(models.QuerySet["Council"]):
    """Reads over councils, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def handled_by(self, user: User) -> Self:
        """Councils of places in which one works."""
        return self.filter(within(user))

    def in_division(self, division: Division) -> Self:
        """Councils of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("body", "division")

    def silent_since(self, day: dt.date) -> Self:
        """Councils that sit and have neither met since a day nor planned to."""
        lately = Meeting.objects.filter(body=models.OuterRef("body"), held_at__date__gte=day)
        kept = models.Exists(lately.exclude(status=MeetingStatus.CANCELLED))
        return self.filter(
            ~kept, models.Q(body__term_to=None) | models.Q(body__term_to__gt=day), body__term_from__lte=day
        )


class Council(models.Model):
    """What kind of council a standing body is, and how it meets; its members are the body's seats."""

    body = models.OneToOneField(Body, on_delete=models.PROTECT, related_name="council", verbose_name=_("body"))
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("division")
    )
    form = models.CharField(_("kind of council"), max_length=30, choices=CouncilForm)
    seats = models.PositiveSmallIntegerField(
        _("seats"), default=0, help_text=_("How many members it should have; 0 where everybody of the place belongs.")
    )
    hears_affected = models.BooleanField(
        _("must hear the affected"),
        default=False,
        help_text=_("Its resolutions count only where enough of those present are affected."),
    )
    purpose = models.CharField(_("what it is for"), max_length=200, blank=True)
    set_up_at = moment(_("set up at"), is_optional=False)
    set_up_by = person(_("set up by"), is_optional=False)

    objects = CouncilQuerySet.as_manager()

    class Meta:
        verbose_name = _("council")
        verbose_name_plural = _("councils")
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="council_place")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(form__in=CouncilForm.values), name="council_form_is_known"),
        ]

    def __str__(self) -> str:
        return str(self.body)

    def get_absolute_url(self) -> str:
        """The council's public page."""
        return reverse("consultation:council-detail", kwargs={"pk": self.pk})

    @property
    def is_open(self) -> bool:
        """Whether whoever belongs to the place is entitled, rather than the holders of seats."""
        return self.form in OPEN_FORMS

    @property
    def resolves(self) -> bool:
        """Whether it votes at all."""
        return self.form not in WITHOUT_VOTES


class MeetingCall(models.Model):
    """A request that a meeting be called: how many of those entitled asked for it, with their list; written once."""

    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="calls", verbose_name=_("body"))
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("division")
    )
    about = models.CharField(_("what about"), max_length=200)
    entitled = models.PositiveIntegerField(_("entitled"))
    asked = models.PositiveIntegerField(_("asked for it"))
    needed = models.PositiveIntegerField(_("needed"), editable=False)
    sheet = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("list of names")
    )
    asked_on = models.DateField(_("asked on"))
    due_on = models.DateField(_("to be held by"), editable=False)
    recorded_at = moment(_("recorded at"), is_optional=False)
    recorded_by = person(_("recorded by"), is_optional=False)

    class Meta:
        verbose_name = _("request for a meeting")
        verbose_name_plural = _("requests for meetings")
        indexes: ClassVar = [models.Index(fields=["body", "-id"], name="meetingcall_body")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(asked__gte=models.F("needed"), asked__lte=models.F("entitled"), needed__gte=1),
                name="meetingcall_asked_by_enough",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body} · {self.about}"


class MeetingQuerySet(models.QuerySet["Meeting"]):
    """Reads over meetings."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Announced meetings are public, planned ones are seen by the staff of the place."""
        return self.filter(~models.Q(status=MeetingStatus.PLANNED) | within(user))

    def handled_by(self, user: User) -> Self:
        """Meetings of places in which one works, and those that one leads or records; the worklist asks."""
        return self.filter(within(user) | models.Q(chair=user) | models.Q(recorder=user))

    def in_division(self, division: Division) -> Self:
        """Meetings of the division and of those below it."""
        return self.filter(inside(division))

    def of_member(self, user: User, day: dt.date) -> Self:
        """Meetings to which somebody is invited: by a seat held on the day, or by name."""
        seats = BodyMembership.objects.held_on(day).filter(user=user).values("body")
        invited = Attendance.objects.filter(user=user).values("meeting")
        return self.filter(models.Q(body__in=seats) | models.Q(pk__in=invited), status__in=PUBLIC)

    def in_calendars(self, since: dt.datetime) -> Self:
        """What a calendar shows: announced meetings from a moment on, cancelled ones so that they vanish there."""
        return self.filter(status__in=PUBLIC, held_at__gte=since).select_related("body", "division").order_by("held_at")

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "body").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related(
            "division", "body__council", "rule", "notice", "chair", "recorder", "minutes_pdf", "call"
        )


class Meeting(models.Model):
    """A meeting of a body (会议; status moved by `governance.lifecycle`).

    Planned with its agenda, announced for its days, held on its day, minuted, approved, signed by recorder and chair,
    published. From the approval on nothing that was recorded of it changes.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    body = models.ForeignKey(Body, on_delete=models.PROTECT, related_name="meetings", verbose_name=_("body"))
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="meetings", editable=False, verbose_name=_("division")
    )
    title = models.CharField(_("title"), max_length=120)
    held_at = models.DateTimeField(_("begins at"))
    ends_at = models.DateTimeField(_("ends at"))
    place = models.CharField(_("where"), max_length=200)
    rule = models.ForeignKey(
        DecisionRule,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("decision rule"),
    )
    chair = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="chaired",
        verbose_name=_("chair of the meeting"),
    )
    recorder = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="recorded", verbose_name=_("recorder")
    )
    call = models.OneToOneField(
        MeetingCall,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meeting",
        verbose_name=_("request for a meeting"),
    )
    announced_only = models.BooleanField(_("only announced items are voted on"), default=True, editable=False)
    entitled = models.PositiveIntegerField(_("entitled"), null=True, blank=True)
    present = models.PositiveIntegerField(_("present"), null=True, blank=True, editable=False)
    affected_present = models.PositiveIntegerField(_("affected present"), null=True, blank=True, editable=False)
    has_quorum = models.BooleanField(_("quorum reached"), null=True, blank=True, editable=False)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="meeting",
        verbose_name=_("notice"),
    )
    minutes_sha256 = models.CharField(_("SHA-256 of the minutes"), max_length=64, blank=True, editable=False)
    minutes_pdf = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("minutes as PDF"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=MeetingStatus, default=MeetingStatus.PLANNED, editable=False
    )
    planned_at = moment(_("planned at"), is_optional=False)
    planned_by = person(pgettext_lazy("meeting", "planned by"), is_optional=False)
    invited_at = moment(_("announced at"))
    invited_by = person(_("announced by"))
    opened_at = moment(_("opened at"))
    opened_by = person(_("opened by"))
    ended_at = moment(_("ended at"))
    ended_by = person(_("ended by"))
    minuted_at = moment(_("minutes drafted at"))
    minuted_by = person(_("minutes drafted by"))
    approved_at = moment(_("minutes approved at"))
    approved_by = person(_("minutes approved by"))
    countersigned_at = moment(_("signed by the recorder at"))
    countersigned_by = person(_("signed as recorder by"))
    signed_at = moment(_("signed by the chair at"))
    signed_by = person(_("signed as chair by"))
    published_at = moment(_("published at"))
    cancelled_at = moment(_("cancelled at"))

    objects = MeetingQuerySet.as_manager()

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        triggers: ClassVar = [
            lifecycle.trigger(MEETING),
            walls.INVITED_STAYS,
            walls.APPROVED_STAYS,
            walls.OPENED_AFTER_ITS_NOTICE,
        ]
        indexes: ClassVar = [
            # Meetings of a place, newest first.
            models.Index(fields=["division", "-id"], name="meeting_place"),
            # Meetings of a body, for its page and its calendar.
            models.Index(fields=["body", "-held_at"], name="meeting_body"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=MeetingStatus.values), name="meeting_status_is_known"),
            models.CheckConstraint(condition=models.Q(ends_at__gt=models.F("held_at")), name="meeting_runs_forward"),
            models.CheckConstraint(
                condition=~models.Q(chair=models.F("recorder")), name="meeting_led_and_recorded_by_two"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_by=None) | ~models.Q(signed_by=models.F("countersigned_by")),
                name="meeting_signed_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["PLANNED", "CANCELLED"])
                | models.Q(notice__isnull=False, entitled__isnull=False),
                name="meeting_announced_has_a_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(present=None) | models.Q(present__lte=models.F("entitled")),
                name="meeting_present_are_entitled",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=["COUNTERSIGNED", "SIGNED", "PUBLISHED"])
                | models.Q(minutes_sha256__regex=r"^[0-9a-f]{64}$"),
                name="meeting_signed_minutes_have_a_hash",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def get_absolute_url(self) -> str:
        """The meeting's public page."""
        return reverse("consultation:meeting-detail", kwargs={"pk": self.pk})

    @property
    def step_due_on(self) -> dt.date | None:
        """The day of the meeting, while it lies ahead."""
        is_ahead = self.status in {MeetingStatus.PLANNED, MeetingStatus.INVITED}
        return self.held_at.date() if is_ahead else None


class AgendaItem(models.Model):
    """One item of an agenda, with what was said and what came of it; announced items stay as announced."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="items", verbose_name=_("meeting"))
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what it is about"), blank=True)
    origin = models.CharField(_("comes from"), max_length=10, choices=Origin, default=Origin.FREE)
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items", verbose_name=_("topic")
    )
    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, null=True, blank=True, related_name="agenda_items", verbose_name=_("matter")
    )
    is_announced = models.BooleanField(_("announced"), default=True)
    discussion = models.TextField(_("what was said"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=20, choices=Outcome, blank=True)

    class Meta:
        verbose_name = _("agenda item")
        verbose_name_plural = _("agenda items")
        ordering: ClassVar = ["number", "pk"]
        triggers: ClassVar = [walls.AGENDA_STAYS, walls.stays_with_the_minutes("agendaitem", "line.meeting_id")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "number"], name="agendaitem_number_is_unique"),
            models.UniqueConstraint(
                fields=["meeting", "topic"], condition=models.Q(topic__isnull=False), name="agendaitem_topic_once"
            ),
            models.UniqueConstraint(
                fields=["meeting", "matter"], condition=models.Q(matter__isnull=False), name="agendaitem_matter_once"
            ),
            models.CheckConstraint(
                condition=models.Q(origin="TOPIC", topic__isnull=False, matter=None)
                | models.Q(origin="MATTER", topic=None, matter__isnull=False)
                | models.Q(origin="FREE", topic=None, matter=None),
                name="agendaitem_names_its_origin",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["", *Outcome.values]), name="agendaitem_outcome_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    @property
    def division(self) -> Division:
        """The place of the meeting."""
        return self.meeting.division


class Attendance(models.Model):
    """Somebody who is invited to a meeting or came to it; signed in by a code, from a list or from a paper sheet."""

    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="attendances", verbose_name=_("meeting")
    )
    membership = models.ForeignKey(
        BodyMembership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("membership")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("log-in"),
    )
    name = models.CharField(_("name"), max_length=50)
    capacity = models.CharField(_("comes as"), max_length=20, choices=Capacity)
    is_affected = models.BooleanField(_("affected"), default=False)
    excuse = models.CharField(_("excuse"), max_length=200, blank=True)
    signed_by = models.CharField(_("signed in by"), max_length=10, choices=SignedBy, blank=True)
    signed_in_at = moment(_("signed in at"))
    recorded_by = person(_("recorded by"))

    class Meta:
        verbose_name = _("attendance")
        verbose_name_plural = _("attendances")
        triggers: ClassVar = [
            walls.SIGNED_IN_WHILE_OPEN,
            walls.stays_with_the_minutes("attendance", "line.meeting_id"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["meeting", "membership"],
                condition=models.Q(membership__isnull=False),
                name="attendance_one_a_seat",
            ),
            models.UniqueConstraint(
                fields=["meeting", "user"], condition=models.Q(user__isnull=False), name="attendance_one_a_person"
            ),
            models.CheckConstraint(
                condition=models.Q(capacity__in=Capacity.values), name="attendance_capacity_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(signed_in_at=None, signed_by="")
                | models.Q(signed_in_at__isnull=False, signed_by__in=SignedBy.values),
                name="attendance_signed_in_somehow",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} · {self.pk}"

    @property
    def division(self) -> Division:
        """The place of the meeting."""
        return self.meeting.division
