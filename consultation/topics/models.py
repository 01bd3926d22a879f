"""Topics through their phases, and the opinions that people give."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Self, cast

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment, PublicNotice
from communities.people.queries import within
from communities.territory.models import Division, inside
from consultation.matters.models import Matter
from consultation.topics.lifecycle import TOPIC, TopicStatus
from consultation.topics.policy import (
    DEEPEST_REPLY,
    LONGEST_ITEM,
    LONGEST_REASON,
    PhaseKind,
    TopicClass,
    TopicPace,
)
from consultation.topics.walls import CHANGE_OF_ITS_PHASE, PHASES_STAY, REPLY_TO_ITS_TOPIC, in_a_phase
from governance import lifecycle
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class TimeRange(models.Func):
    """The half-open range of two moments."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


def _above(name: str) -> models.QuerySet[models.Model]:
    """Return the rows that hang on topics by this name; their models stand above this module."""
    related = cast("type[models.Model]", Topic._meta.get_field(name).related_model)
    return related._default_manager.all()


UNANNOUNCED = (TopicStatus.RAISED, TopicStatus.REFUSED, TopicStatus.PREPARED)
"""What the public does not see: it was raised by one person, refused to them, or is being prepared."""


class TopicQuerySet(models.QuerySet["Topic"]):
    """Reads over topics."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Announced topics are public; what is not announced is seen by who raised it and the staff of the place."""
        public = ~models.Q(status__in=UNANNOUNCED)
        if not user.is_authenticated:
            return self.filter(public)
        return self.filter(public | models.Q(raised_by=user) | within(user))

    def handled_by(self, user: User) -> Self:
        """Topics of places in which one works; the worklist asks."""
        return self.filter(within(user))

    def in_division(self, division: Division) -> Self:
        """Topics of the division and of those below it."""
        return self.filter(inside(division))

    def open(self) -> Self:
        """Topics on which something can still happen."""
        return self.filter(status__in=[TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED])

    def in_phase(self, kind: str) -> Self:
        """Topics under deliberation of which a phase of this kind runs, as the clock has told (`phasing.tell_phases`)."""
        runs = TopicPhase.objects.filter(
            topic=models.OuterRef("pk"), kind=kind, opening_told_at__isnull=False, closing_told_at=None
        )
        return self.filter(models.Exists(runs), status=TopicStatus.DELIBERATED)

    def overdue(self, now: dt.datetime) -> Self:
        """Topics whose clock has run out and of which nobody has been told."""
        live = [TopicStatus.RAISED, TopicStatus.PREPARED, TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED]
        return self.filter(due_at__lt=now, overdue_at=None, status__in=live)

    def due_to_begin(self, now: dt.datetime) -> Self:
        """Announced topics of which a phase has begun."""
        begun = TopicPhase.objects.filter(topic=models.OuterRef("pk"), opens_at__lte=now)
        return self.filter(models.Exists(begun), status=TopicStatus.ANNOUNCED)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "notice").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows: three queries, however many opinions there are.

        `grew_from`, `papers`, `drafts` (documents in versions), `statement_count`, `voices` and whether there are
        ballots and decisions come with the row itself.
        """
        origins = TopicMatter.objects.filter(topic=models.OuterRef("pk")).order_by("matter")
        papers = Topic.documents.through.objects.filter(topic=models.OuterRef("pk")).order_by("attachment")
        voices = Opinion.objects.filter(topic=models.OuterRef("pk"), depth=0).order_by().values("topic")
        # The rooms' parts above this one, reached by their names on the topic.
        drafts = _above("texts").filter(topic=models.OuterRef("pk")).order_by("pk")
        statements = _above("statements").filter(topic=models.OuterRef("pk"), status="SHOWN").order_by().values("topic")
        return (
            self.select_related("division", "notice")
            .annotate(
                grew_from=ArraySubquery(
                    origins.values(json=JSONObject(id="matter_id", number="matter__number", summary="matter__summary"))
                ),
                papers=ArraySubquery(papers.values(json=JSONObject(id="attachment_id", name="attachment__name"))),
                voices=models.Subquery(voices.annotate(json=Opinion.counted()).values("json")),
                drafts=ArraySubquery(drafts.values(json=JSONObject(id="pk", title="title"))),
                has_ballots=models.Exists(_above("ballots").filter(topic=models.OuterRef("pk"))),
                has_decisions=models.Exists(_above("decisions").filter(topic=models.OuterRef("pk"))),
                statement_count=Coalesce(
                    models.Subquery(statements.annotate(count=models.Count("pk")).values("count")), 0
                ),
            )
            .prefetch_related("phases")
        )

    def for_partners(self, wanted: frozenset[str] | None = None) -> Self:
        """Rows with all that the API shows of them, newest first: one query, however many rows there are.

        `grew_from`, `stretches` (the phases) and `papers` come with the row itself, as JSON. With `wanted`, only what
        these fields need is read.
        """
        here = models.OuterRef("pk")
        origins = TopicMatter.objects.filter(topic=here).order_by("matter")
        phases = TopicPhase.objects.filter(topic=here).order_by("opens_at", "pk")
        papers = Topic.documents.through.objects.filter(topic=here).order_by("attachment")
        more = {
            "matters": (
                "grew_from",
                ArraySubquery(
                    origins.values(json=JSONObject(id="matter_id", number="matter__number", summary="matter__summary"))
                ),
            ),
            "documents": ("papers", ArraySubquery(papers.values("attachment"))),
        }
        stretches = ArraySubquery(
            phases.values(json=JSONObject(kind="kind", opens_at="opens_at", closes_at="closes_at"))
        )
        more |= {"phases": ("stretches", stretches), "open_verbs": ("stretches", stretches)}
        if wanted is None:
            return self.annotate(**dict(more.values())).order_by("-pk")
        columns = {field.name for field in Topic._meta.concrete_fields} & (wanted | {"id", "status"})
        return self.only(*columns).annotate(**dict(more[name] for name in more if name in wanted)).order_by("-pk")


class Topic(models.Model):
    """A public affair that the community deliberates (议题; status moved by `governance.lifecycle`).

    Grows out of matters, is announced by a public notice, then runs through its phases.
    """

    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("what it is about"))
    affected = models.CharField(_("who is affected"), max_length=200, blank=True)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="topics", verbose_name=_("division"))
    matters = models.ManyToManyField(Matter, through="TopicMatter", related_name="topics", verbose_name=_("matters"))
    documents = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("documents"))
    list_class = models.CharField(_("class"), max_length=12, choices=TopicClass, default=TopicClass.OTHER)
    list_item = models.PositiveSmallIntegerField(
        _("number in the consultation list"), null=True, blank=True, editable=False
    )
    list_item_name = models.CharField(
        _("item of the consultation list"), max_length=LONGEST_ITEM, blank=True, editable=False
    )
    pace = models.CharField(_("pace"), max_length=10, choices=TopicPace, default=TopicPace.NORMAL)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="topic",
        verbose_name=_("notice"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=TopicStatus, default=TopicStatus.PREPARED, editable=False
    )
    raised_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="topics_raised",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("raised by"),
    )
    raised_at = models.DateTimeField(_("raised at"), null=True, blank=True, editable=False)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("accepted by"),
    )
    refused_at = models.DateTimeField(_("refused at"), null=True, blank=True, editable=False)
    refused_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("refused by"),
    )
    refusal = models.CharField(_("why refused"), max_length=LONGEST_REASON, blank=True, editable=False)
    due_at = models.DateTimeField(pgettext_lazy("topic", "due at"), null=True, blank=True, editable=False)
    overdue_at = models.DateTimeField(_("overdue since"), null=True, blank=True, editable=False)
    version = models.PositiveIntegerField(_("version"), default=1, editable=False)
    prepared_at = models.DateTimeField(_("prepared at"), editable=False)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("prepared by"),
    )
    announced_at = models.DateTimeField(_("announced at"), null=True, blank=True, editable=False)
    deliberated_at = models.DateTimeField(_("deliberation began at"), null=True, blank=True, editable=False)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    # What the reads above bring along with a row; there after the read that names it only.
    grew_from: list[dict[str, Any]]
    papers: list[Any]
    stretches: list[dict[str, str]]
    voices: dict[str, int] | None
    statement_count: int
    has_ballots: bool
    has_decisions: bool
    is_followed: bool

    objects = TopicQuerySet.as_manager()

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")
        triggers: ClassVar = [lifecycle.trigger(TOPIC)]
        indexes: ClassVar = [
            # Topics of a place, newest first.
            models.Index(fields=["division", "-id"], name="topic_place"),
            # What is open in a place, and what the clock begins.
            models.Index(fields=["id"], condition=models.Q(status__in=["ANNOUNCED", "DELIBERATED"]), name="topic_open"),
            # What the clock finds overdue.
            models.Index(fields=["due_at"], condition=models.Q(overdue_at=None), name="topic_due"),
            # Topics of a class in a place, newest first.
            models.Index(fields=["division", "list_class", "-id"], name="topic_class"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=TopicStatus.values), name="topic_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=[*UNANNOUNCED, TopicStatus.WITHDRAWN]) | models.Q(notice__isnull=False),
                name="topic_announced_has_a_notice",
            ),
            models.CheckConstraint(condition=models.Q(list_class__in=TopicClass.values), name="topic_class_is_known"),
            models.CheckConstraint(condition=models.Q(pace__in=TopicPace.values), name="topic_pace_is_known"),
            models.CheckConstraint(
                condition=models.Q(list_item=None, list_item_name="")
                | (models.Q(list_item__isnull=False) & ~models.Q(list_item_name="")),
                name="topic_item_has_its_name",
            ),
            models.CheckConstraint(
                condition=~models.Q(status__in=[TopicStatus.RAISED, TopicStatus.REFUSED])
                | models.Q(raised_by__isnull=False, raised_at__isnull=False),
                name="topic_raised_by_somebody",
            ),
            models.CheckConstraint(
                condition=(~models.Q(status=TopicStatus.REFUSED) & models.Q(refusal=""))
                | (models.Q(status=TopicStatus.REFUSED) & ~models.Q(refusal="")),
                name="topic_refused_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        """The topic's public page."""
        return reverse("consultation:topic-detail", kwargs={"pk": self.pk})


class TopicMatter(AppendOnly):
    """A matter out of which a topic grew; each matter grows into one topic, and stays its origin."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="origins", verbose_name=_("topic"))
    matter = models.OneToOneField(Matter, on_delete=models.PROTECT, related_name="origin_of", verbose_name=_("matter"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("origin of a topic")
        verbose_name_plural = _("origins of topics")

    def __str__(self) -> str:
        return f"{self.topic} ← {self.matter}"


class TopicPhase(models.Model):
    """A stretch of time in which certain verbs are open; half open, phases of a topic do not overlap."""

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="phases", verbose_name=_("topic"))
    kind = models.CharField(_("phase"), max_length=20, choices=PhaseKind)
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    opening_told_at = models.DateTimeField(_("opening told at"), null=True, editable=False)
    closing_told_at = models.DateTimeField(_("closing told at"), null=True, editable=False)

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        ordering: ClassVar = ["opens_at", "pk"]
        triggers: ClassVar = [PHASES_STAY]
        indexes: ClassVar = [
            # What the clock opens and closes.
            models.Index(fields=["opens_at"], condition=models.Q(opening_told_at=None), name="topicphase_opens"),
            models.Index(fields=["closes_at"], condition=models.Q(closing_told_at=None), name="topicphase_closes"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=PhaseKind.values), name="topicphase_kind_is_known"),
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")), name="topicphase_runs_forward"
            ),
            ExclusionConstraint(
                name="topicphase_one_at_a_time",
                expressions=[
                    ("topic", RangeOperators.EQUAL),
                    (TimeRange("opens_at", "closes_at", RangeBoundary()), RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} · {self.get_kind_display()}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.topic.division

    def runs_at(self, now: dt.datetime) -> bool:
        """Whether the phase runs at this moment."""
        return self.opens_at <= now < self.closes_at


class PhaseChange(AppendOnly):
    """A phase of an announced topic moved while it lay ahead, or made longer while it ran, with a reason and a notice."""

    phase = models.ForeignKey(TopicPhase, on_delete=models.PROTECT, related_name="changes", verbose_name=_("phase"))
    was_opens_at = models.DateTimeField(_("opened before at"))
    was_closes_at = models.DateTimeField(_("closed before at"))
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON)
    notice = models.ForeignKey(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="phase_changes",
        verbose_name=_("notice"),
    )
    changed_at = models.DateTimeField(_("changed at"))
    changed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("changed by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("change of a phase")
        verbose_name_plural = _("changes of phases")
        triggers: ClassVar = [*AppendOnly.Meta.triggers, CHANGE_OF_ITS_PHASE]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")), name="phasechange_runs_forward"
            ),
            models.CheckConstraint(condition=~models.Q(reason=""), name="phasechange_has_a_reason"),
            models.CheckConstraint(
                condition=models.Q(changed_at__lt=models.F("was_opens_at"), opens_at__gte=models.F("changed_at"))
                | models.Q(
                    changed_at__lt=models.F("was_closes_at"),
                    opens_at=models.F("was_opens_at"),
                    closes_at__gt=models.F("was_closes_at"),
                    notice__isnull=False,
                ),
                name="phasechange_ahead_or_longer",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.phase} · {self.opens_at:%Y-%m-%d %H:%M}"


class Stance(models.TextChoices):
    """How an opinion stands to the topic."""

    FOR = "FOR", _("in favor")
    AGAINST = "AGAINST", _("against")
    NEUTRAL = "NEUTRAL", _("neither")
    QUESTION = "QUESTION", pgettext_lazy("stance", "question")


class OpinionQuerySet(models.QuerySet["Opinion"]):
    """Reads over opinions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Opinions that were not hidden; hidden ones are seen by their author and the staff of the place."""
        shown = models.Q(hidden_at=None)
        if not user.is_authenticated:
            return self.filter(shown)
        return self.filter(shown | within(user, division="topic__division") | models.Q(author=user))

    def threads(self) -> Self:
        """What starts a thread, replies left out."""
        return self.filter(depth=0)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first, with the number of supporters as `support`.

        Counted for each row that is shown, by the index of the supports, however many opinions the topic has.
        """
        counted = (
            OpinionSupport.objects.filter(opinion=models.OuterRef("pk"))
            .order_by()
            .values("opinion")
            .annotate(count=models.Count("pk"))
            .values("count")
        )
        support = Coalesce(models.Subquery(counted, output_field=models.IntegerField()), 0)
        return self.select_related("author", "topic__division").annotate(support=support).order_by("-pk")

    def with_own_support(self, user: User | AnonymousUser) -> Self:
        """Rows with whether this person supports them, as `is_supported`."""
        if not user.is_authenticated:
            return self.annotate(is_supported=models.Value(value=False, output_field=models.BooleanField()))
        mine = OpinionSupport.objects.filter(opinion=models.OuterRef("pk"), user=user)
        return self.annotate(is_supported=models.Exists(mine))


class Opinion(models.Model):
    """What somebody says on a topic; the author's name is masked for the public. Hidden with a reason, never deleted.

    Given while a discussion of the topic runs; a trigger knows it too. Made by `consultation.topics.operations`.
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="opinions", verbose_name=_("topic"))
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="opinions", verbose_name=_("author")
    )
    text = models.TextField(_("text"))
    stance = models.CharField(_("stance"), max_length=10, choices=Stance, default=Stance.NEUTRAL)
    parent = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="replies",
        editable=False,
        verbose_name=_("reply to"),
    )
    depth = models.PositiveSmallIntegerField(_("depth of the reply"), default=0, editable=False)
    given_at = models.DateTimeField(_("given at"), editable=False)
    hidden_at = models.DateTimeField(_("hidden at"), null=True, blank=True, editable=False)
    hidden_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("hidden by"),
    )
    hidden_reason = models.CharField(_("why hidden"), max_length=200, blank=True, editable=False)

    objects = OpinionQuerySet.as_manager()

    class Meta:
        verbose_name = _("opinion")
        verbose_name_plural = _("opinions")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="said_is_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.topic_id, OLD.author_id, OLD.text, OLD.stance, OLD.given_at, OLD.parent_id, OLD.depth) "
                    "IS DISTINCT FROM "
                    "(NEW.topic_id, NEW.author_id, NEW.text, NEW.stance, NEW.given_at, NEW.parent_id, NEW.depth))"
                ),
            ),
            in_a_phase(
                "given_in_a_discussion", "'DISCUSSION'", "NEW.topic_id", "given_at", "opinion_given_in_a_discussion"
            ),
            REPLY_TO_ITS_TOPIC,
        ]
        indexes: ClassVar = [
            models.Index(fields=["topic", "-id"], name="opinion_topic"),
            # What starts a thread, newest first, and what of a stance.
            models.Index(fields=["topic", "-id"], condition=models.Q(depth=0), name="opinion_thread"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(stance__in=Stance.values), name="opinion_stance_is_known"),
            models.CheckConstraint(
                condition=models.Q(parent=None, depth=0)
                | models.Q(parent__isnull=False, depth__gte=1, depth__lte=DEEPEST_REPLY),
                name="opinion_reply_is_not_too_deep",
            ),
            models.CheckConstraint(
                condition=models.Q(hidden_at=None, hidden_by=None, hidden_reason="")
                | (models.Q(hidden_at__isnull=False, hidden_by__isnull=False) & ~models.Q(hidden_reason="")),
                name="opinion_hidden_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} #{self.pk}"

    @staticmethod
    def counted() -> JSONObject:
        """Return the expression that counts opinions by stance; hidden ones are counted apart."""
        shown = models.Q(hidden_at=None)
        return JSONObject(
            in_favor=models.Count("pk", filter=shown & models.Q(stance=Stance.FOR)),
            against=models.Count("pk", filter=shown & models.Q(stance=Stance.AGAINST)),
            neither=models.Count("pk", filter=shown & models.Q(stance=Stance.NEUTRAL)),
            questions=models.Count("pk", filter=shown & models.Q(stance=Stance.QUESTION)),
            hidden=models.Count("pk", filter=~shown),
        )

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.topic.division


class OpinionSupport(AppendOnly):
    """One person supports one opinion, once."""

    opinion = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="supports", verbose_name=_("opinion"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    supported_at = models.DateTimeField(_("supported at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("support of an opinion")
        verbose_name_plural = _("supports of opinions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opinion", "user"], name="opinionsupport_once_each"),
        ]

    def __str__(self) -> str:
        return f"{self.opinion} · {self.pk}"
