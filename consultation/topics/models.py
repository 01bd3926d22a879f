"""Topics through their phases, and the opinions that people give."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import DateTimeRangeField, RangeBoundary, RangeOperators
from django.db import models
from django.db.models.functions import Coalesce, JSONObject
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.notices.models import Attachment, PublicNotice
from communities.people.queries import within
from communities.territory.models import Division
from consultation.matters.models import Matter
from consultation.topics.lifecycle import TOPIC, TopicStatus
from consultation.topics.policy import PhaseKind
from governance import lifecycle
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class TimeRange(models.Func):
    """The half-open range of two moments."""

    function = "TSTZRANGE"
    output_field = DateTimeRangeField()


class TopicQuerySet(models.QuerySet["Topic"]):
    """Reads over topics."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Announced topics are public, those in preparation are seen by the staff of the place."""
        return self.filter(~models.Q(status=TopicStatus.PREPARED) | within(user))

    def handled_by(self, user: User) -> Self:
        """Topics of places in which one works; the worklist asks."""
        return self.filter(within(user))

    def in_division(self, division: Division) -> Self:
        """Topics of the division and of those below it."""
        return self.filter(division__path__startswith=division.path)

    def open(self) -> Self:
        """Topics on which something can still happen."""
        return self.filter(status__in=[TopicStatus.ANNOUNCED, TopicStatus.DELIBERATED])

    def due_to_begin(self, now: dt.datetime) -> Self:
        """Announced topics of which a phase has begun."""
        begun = TopicPhase.objects.filter(topic=models.OuterRef("pk"), opens_at__lte=now)
        return self.filter(models.Exists(begun), status=TopicStatus.ANNOUNCED)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "notice").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows: three queries, however many opinions there are.

        `grew_from`, `papers` and `voices` come with the row itself, as JSON.
        """
        origins = TopicMatter.objects.filter(topic=models.OuterRef("pk")).order_by("matter")
        papers = Topic.documents.through.objects.filter(topic=models.OuterRef("pk")).order_by("attachment")
        voices = Opinion.objects.filter(topic=models.OuterRef("pk")).order_by().values("topic")
        return (
            self.select_related("division", "notice")
            .annotate(
                grew_from=ArraySubquery(
                    origins.values(json=JSONObject(id="matter_id", number="matter__number", summary="matter__summary"))
                ),
                papers=ArraySubquery(papers.values(json=JSONObject(id="attachment_id", name="attachment__name"))),
                voices=models.Subquery(voices.annotate(json=Opinion.counted()).values("json")),
            )
            .prefetch_related("phases")
        )

    def for_partners(self) -> Self:
        """Rows with all that the API shows of them, newest first: one query, however many rows there are.

        `grew_from`, `stretches` (the phases) and `papers` come with the row itself, as JSON.
        """
        here = models.OuterRef("pk")
        origins = TopicMatter.objects.filter(topic=here).order_by("matter")
        phases = TopicPhase.objects.filter(topic=here).order_by("opens_at", "pk")
        papers = Topic.documents.through.objects.filter(topic=here).order_by("attachment")
        return self.annotate(
            grew_from=ArraySubquery(
                origins.values(json=JSONObject(id="matter_id", number="matter__number", summary="matter__summary"))
            ),
            stretches=ArraySubquery(
                phases.values(json=JSONObject(kind="kind", opens_at="opens_at", closes_at="closes_at"))
            ),
            papers=ArraySubquery(papers.values("attachment")),
        ).order_by("-pk")


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
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=TopicStatus.values), name="topic_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(status__in=["PREPARED", "WITHDRAWN"]) | models.Q(notice__isnull=False),
                name="topic_announced_has_a_notice",
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

    class Meta:
        verbose_name = _("phase")
        verbose_name_plural = _("phases")
        ordering: ClassVar = ["opens_at", "pk"]
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="announced_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT 1 FROM consultation_topic WHERE id = OLD.topic_id AND status <> 'PREPARED') THEN
                        RAISE EXCEPTION 'The phases of an announced topic stay'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'topicphase_announced_stays';
                    END IF;
                    IF TG_OP = 'DELETE' THEN
                        RETURN OLD;
                    END IF;
                    RETURN NEW;
                """,
            ),
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


class Stance(models.TextChoices):
    """How an opinion stands to the topic."""

    FOR = "FOR", _("in favor")
    AGAINST = "AGAINST", _("against")
    NEUTRAL = "NEUTRAL", _("neither")


class OpinionQuerySet(models.QuerySet["Opinion"]):
    """Reads over opinions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Opinions that were not hidden; hidden ones are seen by their author and the staff of the place."""
        shown = models.Q(hidden_at=None)
        if not user.is_authenticated:
            return self.filter(shown)
        return self.filter(shown | within(user, division="topic__division") | models.Q(author=user))

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
                    "((OLD.topic_id, OLD.author_id, OLD.text, OLD.stance, OLD.given_at) IS DISTINCT FROM "
                    "(NEW.topic_id, NEW.author_id, NEW.text, NEW.stance, NEW.given_at))"
                ),
            ),
            pgtrigger.Trigger(
                name="given_in_a_discussion",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consultation_topic t JOIN consultation_topicphase p ON p.topic_id = t.id
                        WHERE t.id = NEW.topic_id AND t.status = 'DELIBERATED' AND p.kind = 'DISCUSSION'
                            AND p.opens_at <= NEW.given_at AND NEW.given_at < p.closes_at
                    ) THEN
                        RAISE EXCEPTION 'No discussion of the topic runs'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'opinion_given_in_a_discussion';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["topic", "-id"], name="opinion_topic")]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(stance__in=Stance.values), name="opinion_stance_is_known"),
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
