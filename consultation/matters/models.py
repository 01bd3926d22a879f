"""Matters: the one inbox for what residents need, complain of, tip off or suggest."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.db import models
from django.db.models.functions import JSONObject
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.queries import OFFICE_WORKERS, offices_today
from communities.notices.models import Attachment
from communities.people.models import Role
from communities.people.queries import within
from communities.territory.models import Division, inside
from consultation.matters.lifecycle import MATTER, MatterStatus
from governance import lifecycle
from governance.accounts.secrets import EncryptedTextField

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class MatterChannel(models.TextChoices):
    """How a matter came in."""

    PAGE = "PAGE", _("on the pages")
    DESK = "DESK", _("counter")
    VISIT = "VISIT", _("visit")
    API = "API", _("partner system")


class MatterKind(models.TextChoices):
    """What a matter asks for (Basis: rules of the cities for 12345 work orders; report S2 for the last one)."""

    NEED = "NEED", _("need or wish")
    CONSULTATION = "CONSULTATION", pgettext_lazy("matter", "question")
    HELP = "HELP", _("request for help")
    SUGGESTION = "SUGGESTION", pgettext_lazy("matter", "suggestion")
    COMPLAINT = "COMPLAINT", _("complaint")
    REPORT = "REPORT", _("tip-off")
    UTILITY = "UTILITY", _("water, power, gas or heat is out")
    DANGER = "DANGER", _("danger to life or property")
    MEDIATION = "MEDIATION", _("mediation between neighbors")


class Urgency(models.TextChoices):
    """How fast a matter presses, besides its clock."""

    NORMAL = "NORMAL", pgettext_lazy("urgency", "normal")
    URGENT = "URGENT", pgettext_lazy("urgency", "urgent")
    CRITICAL = "CRITICAL", pgettext_lazy("urgency", "critical")


class Outcome(models.TextChoices):
    """What the office says came of a matter: closed and fixed are two things."""

    FIXED = "FIXED", _("fixed")
    PLANNED = "PLANNED", _("will be done by a day that was named")
    EXPLAINED = "EXPLAINED", _("explained or advised")
    IMPOSSIBLE = "IMPOSSIBLE", _("cannot be done")


class RefusalGround(models.TextChoices):
    """Why a matter may be turned down; that somebody else is in charge is no ground (首接负责)."""

    COURT = "COURT", _("in court, arbitration or reconsideration")
    PETITION = "PETITION", _("already handled as a petition")
    SECRET = "SECRET", _("state secrets")
    EMERGENCY = "EMERGENCY", _("an emergency for 110, 119 or 120")
    REPEATED = "REPEATED", _("the same person's matter is already in hand")
    UNCLEAR = "UNCLEAR", _("cannot be understood, and the person cannot be asked")


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

TIP_READERS = (Role.STREET_REVIEWER, Role.DISTRICT_ADMIN)
"""Who reads a tip-off before it has a handler: never the staff of the place, whom it may be about."""

ON_THE_CLOCK = (MatterStatus.RAISED, MatterStatus.SORTED, MatterStatus.TRANSFERRED)
"""Where the clock runs; a topic follows its own days, a petition those of the petition regulations."""

IN_HAND = (*ON_THE_CLOCK, MatterStatus.TAKEN_UP, MatterStatus.PETITION)
"""Until the person has the answer."""

STREET_LEVEL, DISTRICT_LEVEL = 1, 2
"""How far a matter has escalated; 0 while its clock has not run out."""


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
        return self.filter(public | self._handled(user) | models.Q(raised_by=user))

    def handled_by(self, user: User) -> Self:
        """One's own, those of places in which one handles matters, those handed to one's office; the worklist asks."""
        return self.filter(self._handled(user) | models.Q(raised_by=user))

    def on_desk_of(self, user: User) -> Self:
        """What lies on somebody's desk: one's own matters stand on the pages."""
        return self.filter(self._handled(user))

    @staticmethod
    def _handled(user: User) -> models.Q:
        ordinary = ~models.Q(kind=MatterKind.REPORT) & within(user, *FILE_READERS)
        tips = models.Q(kind=MatterKind.REPORT) & within(user, *TIP_READERS)
        found = ordinary | tips | models.Q(handler=user)
        if user.kind in OFFICE_WORKERS:
            found |= models.Q(pk__in=Matter.handed_to(offices_today(user)))
        return found

    def public(self) -> Self:
        """What everybody may know of, by its summary."""
        return self.filter(self._public())

    @staticmethod
    def _public() -> models.Q:
        shown = models.Q(three_way__in=[ThreeWay.BIG, ThreeWay.SMALL]) & ~models.Q(summary="")
        return shown & ~models.Q(status=MatterStatus.WITHDRAWN)

    def in_division(self, division: Division) -> Self:
        """Matters of the division and of those below it."""
        return self.filter(inside(division))

    def of(self, user: User) -> Self:
        """What this person has raised."""
        return self.filter(raised_by=user)

    def waiting(self) -> Self:
        """Matters that somebody has to act on."""
        return self.filter(status__in=IN_HAND)

    def in_hand(self) -> Self:
        """Matters whose next step lies with those who handle them, not with the topic that they became."""
        return self.exclude(status=MatterStatus.TAKEN_UP, topics__status__in=("PREPARED", "ANNOUNCED", "DELIBERATED"))

    def untold(self, now: dt.datetime, days: Sequence[tuple[str, int]]) -> Self:
        """Matters in hand whose person has heard nothing for the days of their place: (path, days), nearest first."""
        limits = [
            models.When(division__path__startswith=path, then=models.Value(now - dt.timedelta(days=many)))
            for path, many in days
        ]
        limit = models.Case(*limits, output_field=models.DateTimeField())
        told = Matter._meta.get_field("feedbacks").related_model
        since = told._default_manager.filter(matter=models.OuterRef("pk"), told_at__gte=models.OuterRef("untold_limit"))
        rows = self.ticking().annotate(untold_limit=limit)
        return rows.filter(models.Q(raised_at__lt=models.F("untold_limit")) & ~models.Exists(since))

    def to_be_handed_out(self) -> Self:
        """Matters from the counter whose answer nobody has taken away."""
        done = (MatterStatus.ANSWERED, MatterStatus.CLOSED)
        return self.filter(channel=MatterChannel.DESK, status__in=done, handed_out_at=None)

    def tips_without_handler(self) -> Self:
        """Tip-offs for which nobody has been named."""
        return self.waiting().filter(kind=MatterKind.REPORT, handler=None)

    def for_deliberation(self) -> Self:
        """Sorted matters out of which a topic can grow."""
        return self.filter(status=MatterStatus.SORTED, route=Route.DELIBERATION)

    def ticking(self) -> Self:
        """Matters whose clock runs."""
        return self.filter(status__in=ON_THE_CLOCK, paused_at=None)

    def with_running_orders(self) -> Self:
        """Matters whose offices are on the clock: their own, or the days of a petition."""
        return self.filter(models.Q(status__in=ON_THE_CLOCK, paused_at=None) | models.Q(status=MatterStatus.PETITION))

    def overdue(self, day: dt.date) -> Self:
        """Matters whose last day lies before this day."""
        return self.ticking().filter(due_on__lt=day)

    def lapsed(self, now: dt.datetime, today: dt.date) -> Self:
        """Matters whose clock has run out: by their moment where hours count, otherwise by their day."""
        return self.ticking().filter(models.Q(due_at__lt=now) | models.Q(due_at=None, due_on__lt=today))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "raised_by").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows, and whether a topic has them as `has_topics`."""
        topical = Matter.objects.filter(pk=models.OuterRef("pk"), topics__isnull=False)
        return self.select_related(
            "division", "raised_by", "recorded_by", "sorted_by", "answered_by", "contest", "petition"
        ).annotate(has_topics=models.Exists(topical))

    def with_photos(self) -> Self:
        """Rows with their photos as `shown_photos`, each by its key and name."""
        photos = Matter.photos.through.objects.filter(matter=models.OuterRef("pk")).order_by("attachment")
        return self.annotate(
            shown_photos=ArraySubquery(photos.values(json=JSONObject(id="attachment_id", name="attachment__name")))
        )


class Matter(models.Model):
    """What a resident wants looked at (诉求; status moved by `governance.lifecycle`).

    `text` is what was said and is read by the person and the staff of the place; the public reads `summary`, which
    staff write when they sort. Raised by the person, or recorded by staff on their behalf: then both stand here.
    `due_on` is the last day of the step that is due: of sorting at first, then of the answer; `due_at` the moment where
    hours count. When it has passed, `overdue_at` is set and the street may act as well, later the district
    (`escalation`). While `paused_at` stands the clock rests. A tip-off (`kind`) is never public, and who gave it is
    known to its `handler` alone. Made by `consultation.matters.operations` and `consultation.matters.handling`.
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
    kind = models.CharField(
        pgettext_lazy("matter", "what it asks for"), max_length=20, choices=MatterKind, default=MatterKind.NEED
    )
    urgency = models.CharField(_("urgency"), max_length=10, choices=Urgency, default=Urgency.NORMAL, editable=False)
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
    reference_code = models.CharField(_("item of the reference list"), max_length=20, blank=True, editable=False)
    reference_text = models.CharField(_("what the item says"), max_length=200, blank=True, editable=False)
    due_on = models.DateField(_("due on"), null=True, blank=True, editable=False)
    due_at = models.DateTimeField(pgettext_lazy("matter", "due at"), null=True, blank=True, editable=False)
    clock_began_at = models.DateTimeField(_("clock began at"), null=True, blank=True, editable=False)
    reminded = models.PositiveSmallIntegerField(_("percent of the time reminded of"), default=0, editable=False)
    paused_at = models.DateTimeField(_("clock rests since"), null=True, blank=True, editable=False)
    is_due_provisional = models.BooleanField(_("due day is provisional"), default=False, editable=False)
    overdue_at = models.DateTimeField(_("overdue since"), null=True, blank=True, editable=False)
    escalation = models.PositiveSmallIntegerField(_("escalated so far"), default=0, editable=False)
    handler = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("handler of the tip-off"),
    )
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
    resorted_at = models.DateTimeField(_("sorted anew at"), null=True, blank=True, editable=False)
    taken_up_at = models.DateTimeField(_("taken up at"), null=True, blank=True, editable=False)
    transferred_to = models.CharField(_("department"), max_length=100, blank=True, editable=False)
    transferred_at = models.DateTimeField(_("transferred at"), null=True, blank=True, editable=False)
    reply = models.TextField(pgettext_lazy("matter", "answer"), blank=True, editable=False)
    outcome = models.CharField(
        pgettext_lazy("matter", "what came of it"), max_length=10, choices=Outcome, blank=True, editable=False
    )
    refusal_ground = models.CharField(
        _("ground of the refusal"), max_length=10, choices=RefusalGround, blank=True, editable=False
    )
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
    satisfaction = models.PositiveSmallIntegerField(_("satisfied, 1 to 5"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    reopened_at = models.DateTimeField(_("reopened at"), null=True, blank=True, editable=False)
    handed_out_at = models.DateTimeField(_("result handed out at"), null=True, blank=True, editable=False)
    handed_out_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("result handed out by"),
    )
    handed_out_to = models.CharField(_("result handed out to"), max_length=50, blank=True, editable=False)

    has_topics: bool | None = None
    """Whether a topic has it, where that was read along; a step asks the tables."""
    knows_who = False
    """Whether who reads it now may know who gave a tip-off; set by the desk on the row that it shows."""

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
            # Matters whose clock counts hours.
            models.Index(fields=["due_at"], condition=models.Q(due_at__isnull=False), name="matter_due_hours"),
            # The rates of a period, and whom the clock asks again.
            models.Index(fields=["closed_at"], condition=models.Q(status="CLOSED"), name="matter_closed"),
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
                condition=models.Q(kind__in=MatterKind.values)
                & models.Q(urgency__in=Urgency.values)
                & models.Q(outcome__in=["", *Outcome.values])
                & models.Q(refusal_ground__in=["", *RefusalGround.values])
                & models.Q(escalation__lte=DISTRICT_LEVEL)
                & (models.Q(satisfaction=None) | models.Q(satisfaction__range=(1, 5))),
                name="matter_handling_is_known",
            ),
            # Who gives a tip is protected: nothing of it is published, and it is never deliberated.
            models.CheckConstraint(
                condition=~models.Q(kind=MatterKind.REPORT)
                | (models.Q(summary="") & ~models.Q(route=Route.DELIBERATION)),
                name="matter_tip_is_not_public",
            ),
            models.CheckConstraint(
                condition=models.Q(handler=None)
                | (
                    models.Q(kind=MatterKind.REPORT)
                    & (models.Q(raised_by=None) | ~models.Q(handler=models.F("raised_by")))
                ),
                name="matter_handler_is_of_a_tip",
            ),
            # Nothing disappears: turned down on a ground, closed with the person's yes or with a reason.
            models.CheckConstraint(
                condition=~models.Q(status=MatterStatus.REFUSED) | ~models.Q(refusal_ground=""),
                name="matter_refused_on_a_ground",
            ),
            models.CheckConstraint(
                condition=~models.Q(status=MatterStatus.CLOSED)
                | models.Q(is_solved__isnull=False, is_solved=True)
                | ~models.Q(close_reason=""),
                name="matter_closed_with_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(paused_at=None) | models.Q(status__in=ON_THE_CLOCK),
                name="matter_rests_while_it_is_in_hand",
            ),
            models.CheckConstraint(
                condition=models.Q(handed_out_at=None, handed_out_by=None, handed_out_to="")
                | (models.Q(handed_out_at__isnull=False, handed_out_by__isnull=False) & ~models.Q(handed_out_to="")),
                name="matter_handed_out_to_somebody",
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

    @staticmethod
    def handed_to(offices: models.QuerySet[Any]) -> models.QuerySet[Any]:
        """Return the keys of the matters that lie with these offices, or were answered by them."""
        assignments: Any = Matter._meta.get_field("assignments").related_model
        found: models.QuerySet[Any] = assignments._default_manager.kept().filter(body__in=offices).values("matter")
        return found

    @property
    def is_tip(self) -> bool:
        """Whether who gave it is protected."""
        return self.kind == MatterKind.REPORT

    @property
    def is_in_hand(self) -> bool:
        """Whether somebody has to act on it."""
        return self.status in IN_HAND

    @property
    def is_ticking(self) -> bool:
        """Whether the clock runs."""
        return self.status in ON_THE_CLOCK and self.paused_at is None

    def has_lapsed(self, now: dt.datetime, today: dt.date) -> bool:
        """Whether the clock has run out: by the moment where hours count, otherwise by the day."""
        if not self.is_ticking or self.due_on is None:
            return False
        return self.due_at < now if self.due_at is not None else self.due_on < today

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
        return self.is_ticking and self.due_on is not None and self.due_on < day
