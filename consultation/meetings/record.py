"""What is recorded of a meeting: motions and their votes, sheets of paper, minutes, tasks; and links to calendars."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from communities.policy.models import DecisionRule
from communities.territory.models import Division, inside
from consultation.meetings import walls
from consultation.meetings.joint import CaseParty, MultiPartyCase
from consultation.meetings.lifecycle import MEETING_TASK, MeetingTaskStatus
from consultation.meetings.models import AgendaItem, Attendance, Meeting, moment, person
from consultation.meetings.policy import Method, PhotoStage, Side
from governance import lifecycle
from governance.audit.models import AppendOnly
from governance.money import YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class ResolutionQuerySet(models.QuerySet["Resolution"]):
    """Reads over resolutions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Published ones are public; the staff of the place see what was put to the vote."""
        return self.filter(models.Q(published_at__isnull=False) | within(user))

    def handled_by(self, user: User) -> Self:
        """Resolutions of places in which one works."""
        return self.filter(within(user))

    def in_division(self, division: Division) -> Self:
        """Resolutions of the division and of those below it."""
        return self.filter(inside(division))

    def carrying(self) -> Self:
        """Published resolutions on a topic that passed: a decision can rest on them."""
        return self.filter(published_at__isnull=False, is_passed=True, item__topic__isnull=False)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "item__meeting__body", "item__topic", "rule").order_by("-pk")


class Resolution(models.Model):
    """A motion that was put to a meeting and what came of it (决议): counted, judged once by its rule, published.

    Published only with a quorum and with the minutes of its meeting; both are known to the database too.
    """

    item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="resolutions", verbose_name=_("item"))
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("division")
    )
    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    text = models.TextField(_("motion"))
    method = models.CharField(_("voted on"), max_length=10, choices=Method, default=Method.NAMED)
    rule = models.ForeignKey(
        DecisionRule, on_delete=models.PROTECT, editable=False, related_name="+", verbose_name=_("decision rule")
    )
    cost_estimate = YuanField(_("estimated cost"), default=0)
    entitled = models.PositiveIntegerField(_("entitled"), null=True, blank=True, editable=False)
    present = models.PositiveIntegerField(_("present"), null=True, blank=True, editable=False)
    in_favor = models.PositiveIntegerField(_("in favor"), null=True, blank=True, editable=False)
    against = models.PositiveIntegerField(_("against"), null=True, blank=True, editable=False)
    abstained = models.PositiveIntegerField(_("abstained"), null=True, blank=True, editable=False)
    withdrawn = models.PositiveIntegerField(_("recused"), null=True, blank=True, editable=False)
    has_quorum = models.BooleanField(_("quorum reached"), default=False, editable=False)
    is_passed = models.BooleanField(_("passed"), default=False, editable=False)
    reason = models.TextField(_("judgement"), blank=True, editable=False)
    put_at = moment(_("put at"), is_optional=False)
    put_by = person(_("put by"), is_optional=False)
    judged_at = moment(_("judged at"))
    judged_by = person(_("judged by"))
    published_at = moment(_("published at"))

    objects = ResolutionQuerySet.as_manager()

    class Meta:
        verbose_name = _("resolution")
        verbose_name_plural = _("resolutions")
        triggers: ClassVar = [
            walls.PUT_ON_AN_ANNOUNCED_ITEM,
            walls.COUNTED_AS_RECORDED,
            walls.JUDGED_STAYS,
            walls.RESOLUTION_STAYS,
            walls.PUBLISHED_WITH_A_QUORUM,
        ]
        indexes: ClassVar = [
            # Resolutions of a place, newest first.
            models.Index(fields=["division", "-id"], name="resolution_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(method__in=Method.values), name="resolution_method_is_known"),
            models.CheckConstraint(
                condition=models.Q(is_passed=False) | models.Q(has_quorum=True), name="resolution_passes_with_a_quorum"
            ),
            models.CheckConstraint(
                condition=models.Q(judged_at=None, has_quorum=False)
                | models.Q(
                    judged_at__isnull=False, entitled__isnull=False, present__isnull=False, in_favor__isnull=False
                ),
                name="resolution_judged_has_figures",
            ),
            models.CheckConstraint(
                condition=models.Q(published_at=None) | models.Q(judged_at__isnull=False, has_quorum=True),
                name="resolution_published_was_judged",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """Where it stands on the page of its meeting."""
        return f"{reverse('consultation:meeting-detail', kwargs={'pk': self.item.meeting_id})}#{self.number}"

    @property
    def desk_name(self) -> str:
        """What the worklist shows."""
        return f"{self.number} {self.item.title}"


class MeetingVote(models.Model):
    """How somebody who was there stood to a motion, by name; who has an interest withdraws with a reason."""

    resolution = models.ForeignKey(
        Resolution, on_delete=models.PROTECT, related_name="votes", verbose_name=_("resolution")
    )
    attendance = models.ForeignKey(
        Attendance, on_delete=models.PROTECT, related_name="votes", verbose_name=_("attendance")
    )
    side = models.CharField(_("vote"), max_length=10, choices=Side)
    reason = models.CharField(_("why they withdraw"), max_length=200, blank=True)
    recorded_at = moment(_("recorded at"), is_optional=False)
    recorded_by = person(_("recorded by"), is_optional=False)

    class Meta:
        verbose_name = _("vote at a meeting")
        verbose_name_plural = _("votes at meetings")
        triggers: ClassVar = [
            walls.VOTED_BY_WHO_IS_THERE,
            walls.stays_with_the_minutes(
                "meetingvote",
                "SELECT item.meeting_id FROM consultation_agendaitem AS item "
                "JOIN consultation_resolution AS motion ON motion.item_id = item.id "
                "WHERE motion.id = line.resolution_id",
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resolution", "attendance"], name="meetingvote_one_each"),
            models.CheckConstraint(condition=models.Q(side__in=Side.values), name="meetingvote_side_is_known"),
            models.CheckConstraint(
                condition=~models.Q(side="RECUSED") | ~models.Q(reason=""), name="meetingvote_withdrawn_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.resolution} · {self.pk}"


class CountSheetQuerySet(models.QuerySet["CountSheet"]):
    """Reads over sheets."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those of places in which one works."""
        return self.filter(within(user, division="meeting__division"))

    def waiting(self) -> Self:
        """Sheets that a second person has not read yet."""
        return self.filter(checked_at=None)


class CountSheet(models.Model):
    """Figures read from paper by one person and again by another: who was there, or how a motion was voted on."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="sheets", verbose_name=_("meeting"))
    resolution = models.OneToOneField(
        Resolution,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="sheet",
        verbose_name=_("resolution"),
    )
    photo = models.ForeignKey(Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("photo"))
    present = models.PositiveIntegerField(_("present"))
    affected = models.PositiveIntegerField(_("affected present"), default=0)
    in_favor = models.PositiveIntegerField(_("in favor"), default=0)
    against = models.PositiveIntegerField(_("against"), default=0)
    abstained = models.PositiveIntegerField(_("abstained"), default=0)
    withdrawn = models.PositiveIntegerField(_("recused"), default=0)
    entered_at = moment(_("entered at"), is_optional=False)
    entered_by = person(_("entered by"), is_optional=False)
    checked_at = moment(_("checked at"))
    checked_by = person(_("checked by"))

    objects = CountSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("count from paper")
        verbose_name_plural = _("counts from paper")
        triggers: ClassVar = [walls.stays_with_the_minutes("countsheet", "line.meeting_id")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["meeting"], condition=models.Q(resolution=None), name="countsheet_one_for_attendance"
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None) | ~models.Q(checked_by=models.F("entered_by")),
                name="countsheet_read_by_two",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    present__gte=models.F("in_favor")
                    + models.F("against")
                    + models.F("abstained")
                    + models.F("withdrawn"),
                    affected__lte=models.F("present"),
                ),
                name="countsheet_adds_up",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} · {self.pk}"

    def photo_url(self) -> str:
        """Where the photo is handed out to those who read sheets in the place."""
        return reverse("consultation:count-sheet-photo", kwargs={"pk": self.pk})

    @property
    def division(self) -> Division:
        """The place of the meeting."""
        return self.meeting.division


class Minutes(AppendOnly):
    """One version of the minutes of a meeting (会议记录); an amendment is a new version, the last one is approved."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="minutes", verbose_name=_("meeting"))
    version = models.PositiveSmallIntegerField(_("version"))
    text = models.TextField(_("text"))
    written_at = moment(_("written at"), is_optional=False)
    written_by = person(_("written by"), is_optional=False)

    class Meta(AppendOnly.Meta):
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")
        triggers: ClassVar = [
            *AppendOnly.Meta.triggers,
            walls.stays_with_the_minutes("minutes", "line.meeting_id"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["meeting", "version"], name="minutes_version_is_unique"),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} v{self.version}"


class MeetingTaskQuerySet(models.QuerySet["MeetingTask"]):
    """Reads over tasks."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own, and those of places in which one works."""
        mine = models.Q(owner=user) if user.is_authenticated else models.Q(pk__in=[])
        return self.filter(mine | within(user))

    def handled_by(self, user: User) -> Self:
        """The same; the worklist asks."""
        return self.visible_to(user)

    def overdue(self, today: dt.date) -> Self:
        """Tasks whose day has passed."""
        return self.filter(status=MeetingTaskStatus.GIVEN, due_on__lt=today)

    def due_until(self, today: dt.date, day: dt.date) -> Self:
        """Tasks that are to be done from today until a day."""
        return self.filter(status=MeetingTaskStatus.GIVEN, due_on__gte=today, due_on__lte=day)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("division", "meeting", "case__topic", "party", "owner").order_by("-pk")

    def of_place(self, division: Division) -> Self:
        """Tasks of the division and of those below it."""
        return self.filter(inside(division))


class MeetingTask(models.Model):
    """What somebody is to do by when (任务; status moved by `governance.lifecycle`).

    It follows from a meeting, or belongs to a case that is carried out by several parties: from exactly one of them.
    """

    meeting = models.ForeignKey(
        Meeting,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meeting_tasks",
        verbose_name=_("meeting"),
    )
    case = models.ForeignKey(
        MultiPartyCase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meeting_tasks",
        verbose_name=_("case of several parties"),
    )
    party = models.ForeignKey(
        CaseParty,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meeting_tasks",
        verbose_name=_("party to a case"),
    )
    resolution = models.ForeignKey(
        Resolution,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="meeting_tasks",
        verbose_name=_("resolution"),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("division")
    )
    text = models.CharField(_("what is to be done"), max_length=200)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="meeting_tasks", verbose_name=_("whose task")
    )
    due_on = models.DateField(_("to be done by"))
    status = models.CharField(
        _("status"), max_length=20, choices=MeetingTaskStatus, default=MeetingTaskStatus.GIVEN, editable=False
    )
    report_text = models.CharField(
        pgettext_lazy("meeting task", "what was done"), max_length=500, blank=True, editable=False
    )
    given_at = moment(_("given at"), is_optional=False)
    given_by = person(_("given by"), is_optional=False)
    reported_at = moment(_("reported at"))
    reported_by = person(_("reported by"))
    confirmed_at = moment(_("confirmed at"))
    confirmed_by = person(_("confirmed by"))

    objects = MeetingTaskQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("meeting task", "task")
        verbose_name_plural = pgettext_lazy("meeting task", "tasks")
        triggers: ClassVar = [
            lifecycle.trigger(MEETING_TASK),
            walls.GIVEN_STAYS,
            walls.GIVEN_WHILE_OPEN,
            walls.OF_A_PARTY_TO_ITS_CASE,
        ]
        indexes: ClassVar = [
            # Whose tasks are due when.
            models.Index(fields=["owner", "due_on"], name="meetingtask_owner"),
            models.Index(fields=["division", "due_on"], name="meetingtask_place"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=MeetingTaskStatus.values), name="meetingtask_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_by=None) | ~models.Q(confirmed_by=models.F("reported_by")),
                name="meetingtask_confirmed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(meeting__isnull=False, case=None, party=None)
                | models.Q(meeting=None, resolution=None, case__isnull=False),
                name="meetingtask_has_one_origin",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """The task's own page."""
        return reverse("consultation:meeting-task-detail", kwargs={"pk": self.pk})

    @property
    def step_due_on(self) -> dt.date | None:
        """The day by which it is to be done, while it is."""
        return self.due_on if self.status == MeetingTaskStatus.GIVEN else None


class TaskPhoto(AppendOnly):
    """What a task looked like before it was done, or afterwards."""

    task = models.ForeignKey(MeetingTask, on_delete=models.PROTECT, related_name="photos", verbose_name=_("task"))
    stage = models.CharField(_("shows"), max_length=10, choices=PhotoStage)
    photo = models.OneToOneField(Attachment, on_delete=models.PROTECT, related_name="+", verbose_name=_("photo"))
    added_at = moment(_("added at"), is_optional=False)
    added_by = person(_("added by"), is_optional=False)

    class Meta(AppendOnly.Meta):
        verbose_name = _("photo of a task")
        verbose_name_plural = _("photos of tasks")
        triggers: ClassVar = [*AppendOnly.Meta.triggers, walls.SHOWN_UNTIL_CONFIRMED]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(stage__in=PhotoStage.values), name="taskphoto_stage_is_known"),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} · {self.stage}"


class CalendarLink(models.Model):
    """The private address of somebody's calendar of meetings: only its hash is kept, a new one ends the old one."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="calendar_link", verbose_name=_("log-in")
    )
    digest = models.CharField(_("hash of the address"), max_length=64, unique=True, editable=False)
    made_at = moment(_("made at"), is_optional=False)

    class Meta:
        verbose_name = _("calendar link")
        verbose_name_plural = _("calendar links")

    def __str__(self) -> str:
        return str(self.pk)
