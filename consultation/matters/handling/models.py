"""What stands beside a matter: the contest of its sorting, who handles it, time asked for, petition, call-backs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body
from communities.bodies.queries import OFFICE_WORKERS, offices_today
from communities.notices.models import Attachment
from communities.people.queries import within
from consultation.matters.handling.lifecycle import (
    ASSIGNMENT,
    CALL_BACK,
    CONTEST,
    LIVE,
    PETITION,
    TIME_REQUEST,
    AssignmentStatus,
    CallBackStatus,
    ContestStatus,
    PetitionStatus,
    TimeStatus,
)
from consultation.matters.models import FILE_READERS, TIP_READERS, Matter, MatterKind, Outcome
from governance import lifecycle

if TYPE_CHECKING:
    import datetime as dt

    from communities.territory.models import Division
    from governance.accounts.models import User


def _person(label: Any, *, is_required: bool = True) -> Any:
    return models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=not is_required,
        blank=not is_required,
        editable=False,
        verbose_name=label,
    )


class BesideAMatter(models.QuerySet[Any]):
    """Reads over rows that belong to a matter: who reads its file reads them."""

    def visible_to(self, user: Any) -> Self:
        """One's own matters', and those of matters that one handles."""
        if not getattr(user, "is_authenticated", False):
            return self.none()
        return self.filter(self._handled(user) | models.Q(matter__raised_by=user))

    def handled_by(self, user: User) -> Self:
        """Rows that are work of this person; the worklist asks."""
        return self.filter(self._handled(user))

    @staticmethod
    def _handled(user: User) -> models.Q:
        place = "matter__division"
        ordinary = ~models.Q(matter__kind=MatterKind.REPORT) & within(user, *FILE_READERS, division=place)
        tips = models.Q(matter__kind=MatterKind.REPORT) & within(user, *TIP_READERS, division=place)
        found = ordinary | tips | models.Q(matter__handler=user)
        if user.kind in OFFICE_WORKERS:
            found |= models.Q(matter__in=Matter.handed_to(offices_today(user)))
        return found

    def for_list(self) -> Self:
        """Rows with what lists show and what permissions ask about."""
        return self.select_related("matter__division").order_by("-pk")


class Beside(models.Model):
    """A row that belongs to a matter and lies in its place."""

    matter: Any

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.matter)

    @property
    def division(self) -> Division:
        """The place of the matter."""
        place: Division = self.matter.division
        return place

    @property
    def desk_name(self) -> str:
        """What the worklist shows."""
        return str(self.matter.desk_name)


class SortingContest(Beside):
    """The person contests how a matter was sorted, once; the street decides (status moved by `governance.lifecycle`).

    Whoever sorted the matter does not decide. Made by `consultation.matters.handling.sorting`.
    """

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, related_name="contest", verbose_name=_("matter"), editable=False
    )
    reason = models.TextField(_("what the person says"), editable=False)
    wanted = models.CharField(_("whose affair it is, says the person"), max_length=10, editable=False)
    contested = models.CharField(_("contested class"), max_length=10, editable=False)
    sorted_by = _person(_("sorted by"))
    due_on = models.DateField(_("due on"), editable=False)
    is_due_provisional = models.BooleanField(_("due day is provisional"), default=False, editable=False)
    overdue_at = models.DateTimeField(_("overdue since"), null=True, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=ContestStatus, default=ContestStatus.OPEN, editable=False
    )
    answer = models.TextField(_("what the street says"), blank=True, editable=False)
    opened_at = models.DateTimeField(_("contested at"), editable=False)
    opened_by = _person(_("contested by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = _person(_("decided by"), is_required=False)

    objects = BesideAMatter.as_manager()

    class Meta:
        verbose_name = _("contest of a sorting")
        verbose_name_plural = _("contests of sortings")
        triggers: ClassVar = [lifecycle.trigger(CONTEST)]
        indexes: ClassVar = [
            models.Index(fields=["due_on"], condition=models.Q(status="OPEN"), name="sortingcontest_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ContestStatus.values), name="sortingcontest_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("sorted_by")),
                name="sortingcontest_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(status=ContestStatus.OPEN) | ~models.Q(answer=""),
                name="sortingcontest_decided_in_words",
            ),
        ]


class AssignmentQuerySet(BesideAMatter):
    """Reads over what was handed to offices."""

    def live(self) -> Self:
        """Shares that lie with their office."""
        return self.filter(status__in=LIVE)

    def kept(self) -> Self:
        """Shares that lie with their office or were answered by it."""
        return self.filter(status__in=(*LIVE, AssignmentStatus.ANSWERED))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("matter__division", "body").order_by("-pk")


class Assignment(Beside):
    """An office's share in a matter (派单): handed over, signed for or disputed, answered (`governance.lifecycle`).

    One office leads, others help. The answer goes back to who handed the matter over: the first receiver answers the
    person and pushes nothing away. Made by `consultation.matters.handling.dispatching`.
    """

    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("matter"), editable=False
    )
    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, related_name="assignments", verbose_name=_("office"), editable=False
    )
    is_lead = models.BooleanField(_("leads"), default=True, editable=False)
    task = models.TextField(_("what is asked of the office"), blank=True, editable=False)
    due_on = models.DateField(_("due on"), editable=False)
    due_at = models.DateTimeField(pgettext_lazy("matter", "due at"), null=True, blank=True, editable=False)
    dispute_due_on = models.DateField(_("may be disputed until"), editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=AssignmentStatus, default=AssignmentStatus.SENT, editable=False
    )
    assigned_at = models.DateTimeField(_("handed over at"), editable=False)
    assigned_by = _person(_("handed over by"))
    accepted_at = models.DateTimeField(_("signed for at"), null=True, blank=True, editable=False)
    accepted_by = _person(_("signed for by"), is_required=False)
    disputed_at = models.DateTimeField(_("disputed at"), null=True, blank=True, editable=False)
    disputed_by = _person(_("disputed by"), is_required=False)
    dispute_reason = models.TextField(_("why it is disputed"), blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = _person(_("decided by"), is_required=False)
    decision = models.TextField(_("what was decided"), blank=True, editable=False)
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True, editable=False)
    answered_by = _person(_("answered by"), is_required=False)
    answer = models.TextField(_("answer of the office"), blank=True, editable=False)
    outcome = models.CharField(
        pgettext_lazy("matter", "what came of it"), max_length=10, choices=Outcome, blank=True, editable=False
    )
    overdue_at = models.DateTimeField(_("overdue since"), null=True, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("work order")
        verbose_name_plural = _("work orders")
        triggers: ClassVar = [lifecycle.trigger(ASSIGNMENT)]
        indexes: ClassVar = [
            # The orders of an office, newest first, and the rates by office.
            models.Index(fields=["body", "-id"], name="assignment_body"),
            models.Index(
                fields=["due_on"],
                condition=models.Q(status__in=["SENT", "ACCEPTED", "DISPUTED"]),
                name="assignment_due",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=AssignmentStatus.values) & models.Q(outcome__in=["", *Outcome.values]),
                name="assignment_status_is_known",
            ),
            models.UniqueConstraint(
                fields=["matter"],
                condition=models.Q(is_lead=True, status__in=["SENT", "ACCEPTED", "DISPUTED"]),
                name="assignment_one_office_leads",
            ),
            models.UniqueConstraint(
                fields=["matter", "body"],
                condition=models.Q(status__in=["SENT", "ACCEPTED", "DISPUTED"]),
                name="assignment_once_per_office",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None)
                | (~models.Q(decided_by=models.F("assigned_by")) & ~models.Q(decided_by=models.F("disputed_by"))),
                name="assignment_dispute_decided_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=AssignmentStatus.ANSWERED) | ~models.Q(answer=""),
                name="assignment_answered_in_words",
            ),
            models.CheckConstraint(
                condition=models.Q(disputed_at=None) | ~models.Q(dispute_reason=""),
                name="assignment_disputed_with_reason",
            ),
        ]

    def has_lapsed(self, now: dt.datetime, today: dt.date) -> bool:
        """Whether the office is late."""
        if self.status not in LIVE:
            return False
        return self.due_at < now if self.due_at is not None else self.due_on < today


class TimeKind(models.TextChoices):
    """What is asked for."""

    PAUSE = "PAUSE", _("the clock rests")
    EXTENSION = "EXTENSION", _("a later day")


class PauseCause(models.TextChoices):
    """What a pause waits for."""

    PERSON = "PERSON", _("papers or word from the person")
    WEATHER = "WEATHER", _("weather")
    MATERIAL = "MATERIAL", _("material or a contractor")
    THIRD_PARTY = "THIRD_PARTY", _("another authority or an expert opinion")


class TimeRequest(Beside):
    """Time asked for by who handles a matter and granted by somebody else, with the reason that the person reads.

    A pause rests the clock while something is waited for; an extension, once, moves the day (status moved by
    `governance.lifecycle`). Made by `consultation.matters.handling.timing`.
    """

    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="time_requests", verbose_name=_("matter"), editable=False
    )
    kind = models.CharField(_("what is asked for"), max_length=10, choices=TimeKind, editable=False)
    cause = models.CharField(_("what is waited for"), max_length=15, choices=PauseCause, blank=True, editable=False)
    days = models.PositiveSmallIntegerField(_("days"), editable=False)
    reason = models.TextField(_("reason"), editable=False)
    status = models.CharField(_("status"), max_length=10, choices=TimeStatus, default=TimeStatus.ASKED, editable=False)
    asked_at = models.DateTimeField(_("asked at"), editable=False)
    asked_by = _person(_("asked by"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = _person(_("decided by"), is_required=False)
    decision = models.TextField(_("what was decided"), blank=True, editable=False)
    ends_on = models.DateField(_("rests until"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    due_before = models.DateField(_("due day before"), null=True, blank=True, editable=False)
    due_after = models.DateField(_("due day after"), null=True, blank=True, editable=False)

    objects = BesideAMatter.as_manager()

    class Meta:
        verbose_name = _("request for time")
        verbose_name_plural = _("requests for time")
        triggers: ClassVar = [lifecycle.trigger(TIME_REQUEST)]
        indexes: ClassVar = [
            models.Index(fields=["matter", "-id"], name="timerequest_matter"),
            models.Index(
                fields=["ends_on"], condition=models.Q(kind="PAUSE", status="GRANTED"), name="timerequest_resting"
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=TimeStatus.values)
                & (models.Q(kind="PAUSE", cause__in=PauseCause.values) | models.Q(kind="EXTENSION", cause="")),
                name="timerequest_kind_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(decided_by=None) | ~models.Q(decided_by=models.F("asked_by")),
                name="timerequest_two_persons",
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="timerequest_has_a_reason"),
            models.CheckConstraint(condition=models.Q(days__gte=1), name="timerequest_lasts_a_day"),
            models.UniqueConstraint(
                fields=["matter"],
                condition=models.Q(kind="EXTENSION", status__in=["ASKED", "GRANTED"]),
                name="timerequest_extends_once",
            ),
            models.UniqueConstraint(
                fields=["matter"],
                condition=models.Q(kind="PAUSE", status__in=["ASKED", "GRANTED"]),
                name="timerequest_rests_once_at_a_time",
            ),
        ]


class Petition(Beside):
    """A matter that takes the legal path of petitions (信访) with its own calendar days (`governance.lifecycle`).

    `due_on` is the last day of the step that is due; when it has passed, `overdue_at` is set. Made by
    `consultation.matters.handling.petitions`. Basis: Regulations on the Handling of Petitions 2022.
    """

    matter = models.OneToOneField(
        Matter, on_delete=models.PROTECT, related_name="petition", verbose_name=_("matter"), editable=False
    )
    status = models.CharField(
        _("status"), max_length=15, choices=PetitionStatus, default=PetitionStatus.REGISTERED, editable=False
    )
    due_on = models.DateField(_("due on"), editable=False)
    overdue_at = models.DateTimeField(_("overdue since"), null=True, blank=True, editable=False)
    registered_at = models.DateTimeField(_("registered at"), editable=False)
    registered_by = _person(_("registered by"))
    told_at = models.DateTimeField(_("told at"), null=True, blank=True, editable=False)
    told_by = _person(_("told by"), is_required=False)
    extended_at = models.DateTimeField(_("put off at"), null=True, blank=True, editable=False)
    extended_by = _person(_("put off by"), is_required=False)
    extension_reason = models.TextField(_("why it was put off"), blank=True, editable=False)
    opinion = models.TextField(_("opinion"), blank=True, editable=False)
    finished_at = models.DateTimeField(_("opinion given at"), null=True, blank=True, editable=False)
    finished_by = _person(_("opinion given by"), is_required=False)
    review_asked_at = models.DateTimeField(_("review asked for at"), null=True, blank=True, editable=False)
    review_opinion = models.TextField(_("opinion of the review"), blank=True, editable=False)
    reviewed_at = models.DateTimeField(_("reviewed at"), null=True, blank=True, editable=False)
    reviewed_by = _person(_("reviewed by"), is_required=False)
    second_opinion = models.TextField(_("opinion of the second review"), blank=True, editable=False)
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True, editable=False)
    settled_by = _person(_("settled by"), is_required=False)

    objects = BesideAMatter.as_manager()

    class Meta:
        verbose_name = _("petition")
        verbose_name_plural = _("petitions")
        triggers: ClassVar = [lifecycle.trigger(PETITION)]
        indexes: ClassVar = [
            models.Index(fields=["due_on"], condition=~models.Q(status="SETTLED"), name="petition_due"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=PetitionStatus.values), name="petition_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(finished_at=None) | ~models.Q(opinion=""), name="petition_finished_in_words"
            ),
            models.CheckConstraint(
                condition=models.Q(extended_at=None)
                | (~models.Q(extension_reason="") & ~models.Q(extended_by=models.F("told_by"))),
                name="petition_put_off_with_leave",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("finished_by")),
                name="petition_reviewed_by_another",
            ),
        ]


class CallBackPurpose(models.TextChoices):
    """When the person is asked."""

    CLOSING = "CLOSING", _("after closing")
    LATER = "LATER", _("whether it is still fixed, weeks later")


class CallBack(Beside):
    """A question put to the person after closing (回访): solved, satisfied? (status moved by `governance.lifecycle`).

    `handled_by` answered the matter and does not ask how content the person is. Opened by the clock, once per closing
    (`round`); answered by the person on the page, or recorded by staff who have called.
    """

    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="call_backs", verbose_name=_("matter"), editable=False
    )
    purpose = models.CharField(_("occasion"), max_length=10, choices=CallBackPurpose, editable=False)
    round = models.PositiveSmallIntegerField(pgettext_lazy("call-back", "closing"), default=1, editable=False)
    due_on = models.DateField(_("due on"), editable=False)
    status = models.CharField(
        _("status"), max_length=10, choices=CallBackStatus, default=CallBackStatus.DUE, editable=False
    )
    handled_by = _person(_("answered by"), is_required=False)
    opened_at = models.DateTimeField(_("opened at"), editable=False)
    asked_at = models.DateTimeField(_("asked at"), null=True, blank=True, editable=False)
    asked_by = _person(_("asked by"), is_required=False)
    is_solved = models.BooleanField(_("solved"), null=True, blank=True, editable=False)
    satisfaction = models.PositiveSmallIntegerField(_("satisfied, 1 to 5"), null=True, blank=True, editable=False)
    words = models.TextField(_("in the person's words"), blank=True, editable=False)

    objects = BesideAMatter.as_manager()

    class Meta:
        verbose_name = _("call-back")
        verbose_name_plural = _("call-backs")
        triggers: ClassVar = [lifecycle.trigger(CALL_BACK)]
        indexes: ClassVar = [
            models.Index(fields=["due_on"], condition=models.Q(status="DUE"), name="callback_due"),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["matter", "purpose", "round"], name="callback_once_per_closing"),
            models.CheckConstraint(
                condition=models.Q(status__in=CallBackStatus.values)
                & models.Q(purpose__in=CallBackPurpose.values)
                & (models.Q(satisfaction=None) | models.Q(satisfaction__range=(1, 5))),
                name="callback_kind_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=CallBackStatus.ANSWERED) | models.Q(is_solved__isnull=False),
                name="callback_answered_says_whether",
            ),
            models.CheckConstraint(
                condition=models.Q(asked_by=None) | ~models.Q(asked_by=models.F("handled_by")),
                name="callback_asked_by_another",
            ),
        ]


APPEND_ONLY = pgtrigger.Protect(name="only_grows", operation=pgtrigger.Update | pgtrigger.Delete)


class Feedback(Beside):
    """What the person is told while a matter is in hand (办理情况反馈); rows are only added."""

    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="feedbacks", verbose_name=_("matter"), editable=False
    )
    text = models.TextField(_("how it stands"), editable=False)
    told_at = models.DateTimeField(_("told at"), editable=False)
    told_by = _person(_("told by"))

    objects = BesideAMatter.as_manager()

    class Meta:
        verbose_name = _("feedback")
        verbose_name_plural = _("feedbacks")
        triggers: ClassVar = [APPEND_ONLY]
        constraints: ClassVar = [
            models.CheckConstraint(condition=~models.Q(text=""), name="feedback_says_something"),
        ]


class Stance(models.TextChoices):
    """Where a household stands."""

    AGREES = "AGREES", _("agrees")
    OPPOSES = "OPPOSES", _("opposes")
    UNDECIDED = "UNDECIDED", _("undecided")


class HouseholdConsent(Beside):
    """Where a household stands on what neighbors want to build (加装无障碍装置); rows are only added, the latest counts.

    Made by `consultation.matters.handling.mediating`.
    """

    matter = models.ForeignKey(
        Matter, on_delete=models.PROTECT, related_name="consents", verbose_name=_("matter"), editable=False
    )
    household = models.CharField(_("household"), max_length=60, editable=False)
    stance = models.CharField(_("stance"), max_length=10, choices=Stance, editable=False)
    words = models.TextField(_("what the household says"), blank=True, editable=False)
    mediation = models.TextField(_("what the mediation offered"), blank=True, editable=False)
    paper = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("signed paper"),
    )
    recorded_at = models.DateTimeField(_("recorded at"), editable=False)
    recorded_by = _person(_("recorded by"))

    objects = BesideAMatter.as_manager()

    class Meta:
        verbose_name = _("consent of a household")
        verbose_name_plural = _("consents of households")
        triggers: ClassVar = [APPEND_ONLY]
        indexes: ClassVar = [
            # The latest word of each household.
            models.Index(fields=["matter", "household", "-id"], name="householdconsent_latest"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(stance__in=Stance.values), name="householdconsent_stance_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(stance=Stance.OPPOSES) | ~models.Q(words=""),
                name="householdconsent_opposed_with_reason",
            ),
        ]
