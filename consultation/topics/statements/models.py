"""Short statements on a topic, the positions that people take to them, and the picture of where people agree."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.people.queries import within
from consultation.topics.models import Topic
from consultation.topics.policy import LONGEST_REASON
from consultation.topics.statements.lifecycle import STATEMENT, StatementStatus
from consultation.topics.statements.policy import FEWEST_SHOWN, LONGEST_STATEMENT, Position
from consultation.topics.walls import in_a_phase
from governance import lifecycle
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from communities.territory.models import Division
    from governance.accounts.models import User


class StatementQuerySet(models.QuerySet["Statement"]):
    """Reads over statements."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Statements that are open to positions; others are seen by who proposed them and the staff of the place."""
        shown = models.Q(status=StatementStatus.SHOWN)
        if not user.is_authenticated:
            return self.filter(shown)
        return self.filter(shown | models.Q(author=user) | within(user, division="topic__division"))

    def shown(self) -> Self:
        """Statements that people take positions to."""
        return self.filter(status=StatementStatus.SHOWN)

    def waiting(self) -> Self:
        """Statements that nobody has checked."""
        return self.filter(status=StatementStatus.PROPOSED)

    def for_list(self) -> Self:
        """Rows with what lists show, in the order in which they were proposed."""
        return self.select_related("topic__division", "same_as").order_by("pk")

    def with_position_of(self, user: User | AnonymousUser) -> Self:
        """Rows with the person's present position, as `own_position`; empty where there is none."""
        if not user.is_authenticated:
            return self.annotate(own_position=models.Value(""))
        mine = StatementVote.objects.filter(statement=models.OuterRef("pk"), user=user).order_by("-pk")
        found = models.Subquery(mine.values("position")[:1])
        return self.annotate(own_position=models.functions.Coalesce(found, models.Value("")))


class Statement(models.Model):
    """One short sentence on a topic that people agree with, disagree with or pass (观点; status moved by `governance.lifecycle`).

    Proposed by residents or staff, checked by staff before anybody else reads it.
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="statements", verbose_name=_("topic"))
    text = models.CharField(_("statement"), max_length=LONGEST_STATEMENT)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="statements", verbose_name=_("proposed by")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=StatementStatus, default=StatementStatus.PROPOSED, editable=False
    )
    proposed_at = models.DateTimeField(_("proposed at"), editable=False)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("checked by"),
    )
    reason = models.CharField(_("reason"), max_length=LONGEST_REASON, blank=True, editable=False)
    same_as = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        related_name="joined",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("says the same as"),
    )

    objects = StatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("statement")
        verbose_name_plural = _("statements")
        triggers: ClassVar = [
            lifecycle.trigger(STATEMENT),
            pgtrigger.Protect(
                name="said_is_said",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.topic_id, OLD.author_id, OLD.text, OLD.proposed_at) IS DISTINCT FROM "
                    "(NEW.topic_id, NEW.author_id, NEW.text, NEW.proposed_at))"
                ),
            ),
            pgtrigger.Trigger(
                name="joined_on_its_topic",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("same_as_id"),
                condition=pgtrigger.Condition("(NEW.same_as_id IS NOT NULL)"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consultation_statement
                        WHERE id = NEW.same_as_id AND topic_id = NEW.topic_id AND status = 'SHOWN'
                    ) THEN
                        RAISE EXCEPTION 'Not a statement of the topic that is shown'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'statement_joined_on_its_topic';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["topic", "status", "id"], name="statement_topic")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=StatementStatus.values), name="statement_status_is_known"
            ),
            models.CheckConstraint(condition=~models.Q(text=""), name="statement_says_something"),
            models.UniqueConstraint(fields=["topic", "text"], name="statement_said_once"),
            models.CheckConstraint(
                condition=~models.Q(status=StatementStatus.REFUSED) | ~models.Q(reason=""),
                name="statement_refused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=(models.Q(status=StatementStatus.JOINED) & models.Q(same_as__isnull=False))
                | (~models.Q(status=StatementStatus.JOINED) & models.Q(same_as=None)),
                name="statement_joined_names_the_other",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        """The statement on the page of its topic."""
        return f"{self.topic.get_absolute_url()}statements/#statement-{self.pk}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.topic.division


class StatementVote(AppendOnly):
    """One position that one person took at one moment; the latest one counts, the earlier ones stay."""

    statement = models.ForeignKey(
        Statement, on_delete=models.PROTECT, related_name="votes", verbose_name=_("statement")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("person")
    )
    position = models.CharField(_("position"), max_length=10, choices=Position)
    given_at = models.DateTimeField(_("given at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("position on a statement")
        verbose_name_plural = _("positions on statements")
        triggers: ClassVar = [
            *AppendOnly.Meta.triggers,
            in_a_phase(
                "rated_in_a_phase",
                "'DISCUSSION', 'STATEMENTS'",
                "SELECT topic_id FROM consultation_statement WHERE id = NEW.statement_id AND status = 'SHOWN'",
                "given_at",
                "statementvote_rated_in_a_phase",
            ),
        ]
        indexes: ClassVar = [
            # The latest position of each person.
            models.Index(fields=["statement", "user", "-id"], name="statementvote_latest"),
            # What one person has said.
            models.Index(fields=["user", "statement"], name="statementvote_person"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(position__in=Position.values), name="statementvote_position_is_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement} · {self.pk}"


class OpinionPicture(AppendOnly):
    """Where people agree on a topic, computed from the positions up to one of them; computed once for the same input.

    `figures` holds groups with their sizes, statements with their counts, and dots that no person can be told from.
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="pictures", verbose_name=_("topic"))
    fingerprint = models.CharField(_("fingerprint of the input"), max_length=64)
    method = models.CharField(_("method"), max_length=40)
    people = models.PositiveIntegerField(_("people"))
    positions = models.PositiveIntegerField(_("positions"))
    smallest_group = models.PositiveIntegerField(_("smallest group"), null=True, blank=True)
    figures = models.JSONField(_("figures"))
    computed_at = models.DateTimeField(_("computed at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("picture of opinions")
        verbose_name_plural = _("pictures of opinions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["topic", "fingerprint"], name="opinionpicture_once_per_input"),
            models.CheckConstraint(
                condition=models.Q(smallest_group=None) | models.Q(smallest_group__gte=FEWEST_SHOWN),
                name="opinionpicture_shows_no_small_group",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} · {self.computed_at:%Y-%m-%d %H:%M}"
