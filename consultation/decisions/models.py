"""Decisions: what was decided on a topic, by which ballot, whether it is final, and what came of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment, PublicNotice
from communities.people.queries import within
from communities.territory.models import Division, inside
from consultation.ballots.models import Ballot
from consultation.decisions.lifecycle import DECISION, DecisionStatus
from consultation.decisions.policy import LONGEST_VERDICT
from consultation.meetings.joint import MultiPartyCase
from consultation.meetings.record import Resolution
from consultation.topics.models import Topic
from governance import lifecycle
from governance.audit.models import AppendOnly
from governance.money import YuanField

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class Acceptance(models.TextChoices):
    """How far a result was accepted."""

    FULL = "FULL", _("in full")
    PARTLY = "PARTLY", _("in part")


class Verdict(models.TextChoices):
    """What a resident says of a result."""

    DONE = "DONE", _("done")
    PARTLY = "PARTLY", _("partly done")
    NOT_DONE = "NOT_DONE", _("not done")


class DecisionQuerySet(models.QuerySet["Decision"]):
    """Reads over decisions."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Posted decisions are public, drafts are seen by the staff of the place."""
        return self.filter(~models.Q(status=DecisionStatus.DRAFT) | within(user))

    def in_division(self, division: Division) -> Self:
        """Decisions of the division and of those below it."""
        return self.filter(inside(division))

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "topic", "notice").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related(
            *("division", "topic", "notice", "result_notice", "ballot__result", "ballot__rule", "case"),
            *("resolution__rule", "resolution__item__meeting__body", "resolution__item__topic"),
        )


class Decision(models.Model):
    """What the community decided on a topic (决定; status moved by `governance.lifecycle`).

    Cites the ballot or the resolution that passed it. Final when its notice closed without an objection upheld. `cost_estimate` is what
    it may ask a fund for.
    """

    number = models.CharField(_("number"), max_length=40, unique=True, editable=False)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("topic"))
    ballot = models.OneToOneField(
        Ballot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decision",
        verbose_name=_("ballot"),
    )
    resolution = models.OneToOneField(
        Resolution,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="decision",
        verbose_name=_("resolution"),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("division")
    )
    text = models.TextField(_("what was decided"))
    cost_estimate = YuanField(_("estimated cost"), default=0)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="decision",
        verbose_name=_("notice"),
    )
    responsible = models.CharField(_("responsible"), max_length=100, blank=True)
    due_on = models.DateField(_("to be done by"), null=True, blank=True)
    case = models.OneToOneField(
        MultiPartyCase,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="decision",
        verbose_name=_("case of several parties"),
    )
    result_text = models.TextField(_("result"), blank=True, editable=False)
    result_notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="decision_result",
        verbose_name=_("notice of the result"),
    )
    acceptance = models.CharField(
        _("accepted"), max_length=10, choices=Acceptance, blank=True, default="", editable=False
    )
    shortfall = models.TextField(_("what is missing"), blank=True, default="", editable=False)
    evidence = models.ManyToManyField(Attachment, blank=True, related_name="+", verbose_name=_("evidence"))
    status = models.CharField(
        _("status"), max_length=20, choices=DecisionStatus, default=DecisionStatus.DRAFT, editable=False
    )
    drafted_at = models.DateTimeField(_("drafted at"), editable=False)
    drafted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("drafted by"),
    )
    posted_at = models.DateTimeField(_("posted at"), null=True, blank=True, editable=False)
    final_at = models.DateTimeField(_("final at"), null=True, blank=True, editable=False)
    begun_at = models.DateTimeField(_("begun at"), null=True, blank=True, editable=False)
    reported_at = models.DateTimeField(_("reported at"), null=True, blank=True, editable=False)
    reported_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("reported by"),
    )
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
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        triggers: ClassVar = [
            lifecycle.trigger(DECISION),
            pgtrigger.Trigger(
                name="cites_a_passed_ballot",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("ballot_id", "resolution_id", "topic_id"),
                func="""
                    IF NEW.resolution_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM consultation_resolution AS resolution
                        JOIN consultation_agendaitem AS item ON item.id = resolution.item_id
                        WHERE resolution.id = NEW.resolution_id AND item.topic_id = NEW.topic_id
                            AND resolution.published_at IS NOT NULL AND resolution.is_passed
                    ) THEN
                        RAISE EXCEPTION 'The resolution has not passed in public'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_cites_a_passed_resolution';
                    END IF;
                    IF NEW.ballot_id IS NOT NULL AND NOT EXISTS (
                        SELECT 1 FROM consultation_ballot AS ballot
                        JOIN consultation_ballotresult AS result ON result.ballot_id = ballot.id
                        WHERE ballot.id = NEW.ballot_id AND ballot.topic_id = NEW.topic_id
                            AND ballot.status = 'PUBLISHED' AND result.is_passed
                    ) THEN
                        RAISE EXCEPTION 'The ballot has not passed in public'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_cites_a_passed_ballot';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="follows_its_notice",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(old__status="POSTED"),
                func="""
                    IF NEW.status <> OLD.status AND NOT EXISTS (
                        SELECT 1 FROM communities_publicnotice AS notice
                        WHERE notice.id = NEW.notice_id AND notice.closed_at IS NOT NULL
                            AND (NEW.status = 'OVERTURNED') = EXISTS (
                                SELECT 1 FROM communities_objection
                                WHERE notice_id = notice.id AND outcome = 'UPHELD'
                            )
                    ) THEN
                        RAISE EXCEPTION 'The notice has not closed so'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_follows_its_notice';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="accepted_after_its_notice",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status"),
                condition=pgtrigger.Q(old__status="REPORTED", new__status="ACCEPTED"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM communities_publicnotice
                        WHERE id = NEW.result_notice_id AND status IN ('CLOSED_CLEAR', 'ARCHIVED')
                            AND posted_at >= OLD.reported_at
                    ) THEN
                        RAISE EXCEPTION 'The result has not been shown to the residents'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_accepted_after_its_notice';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="reported_when_its_case_ended",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("status", "case_id"),
                condition=pgtrigger.Condition("(NEW.status = 'REPORTED' AND NEW.case_id IS NOT NULL)"),
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consultation_multipartycase WHERE id = NEW.case_id AND ended_at IS NOT NULL
                    ) THEN
                        RAISE EXCEPTION 'The decision is still being carried out'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'decision_reported_when_its_case_ended';
                    END IF;
                    RETURN NEW;
                """,
            ),
            lifecycle.columns_stay("case_stays", ("case_id",), once="OLD.case_id IS NOT NULL"),
            pgtrigger.Protect(
                name="posted_text_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "(OLD.status <> 'DRAFT' AND "
                    "(OLD.number, OLD.topic_id, OLD.ballot_id, OLD.resolution_id, OLD.division_id, OLD.text, "
                    "OLD.cost_estimate, OLD.notice_id) IS DISTINCT FROM "
                    "(NEW.number, NEW.topic_id, NEW.ballot_id, NEW.resolution_id, NEW.division_id, NEW.text, "
                    "NEW.cost_estimate, NEW.notice_id))"
                ),
            ),
        ]
        indexes: ClassVar = [
            # Decisions of a place, newest first.
            models.Index(fields=["division", "-id"], name="decision_place"),
            # What the clock makes final.
            models.Index(fields=["id"], condition=models.Q(status="POSTED"), name="decision_posted"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=DecisionStatus.values), name="decision_status_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(ballot__isnull=False, resolution=None)
                | models.Q(ballot=None, resolution__isnull=False),
                name="decision_rests_on_one_vote",
            ),
            models.CheckConstraint(
                condition=models.Q(status="DRAFT") | models.Q(notice__isnull=False), name="decision_posted_has_a_notice"
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_at=None, acceptance="")
                | models.Q(accepted_at__isnull=False, acceptance=Acceptance.FULL, shortfall="")
                | (models.Q(accepted_at__isnull=False, acceptance=Acceptance.PARTLY) & ~models.Q(shortfall="")),
                name="decision_accepted_in_full_or_in_part",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by=None) | ~models.Q(accepted_by=models.F("reported_by")),
                name="decision_accepted_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        """The decision's public page."""
        return reverse("consultation:decision-detail", kwargs={"pk": self.pk})

    @property
    def step_due_on(self) -> dt.date | None:
        """The day by which it is to be carried out, while it is."""
        return self.due_on if self.status == DecisionStatus.EXECUTING else None

    @property
    def desk_name(self) -> str:
        """What the worklist shows: the number and what it is about."""
        return f"{self.number} {self.topic.title}"


class ResultVerdict(AppendOnly):
    """What one resident said of a result while it was shown; once for each report."""

    notice = models.ForeignKey(
        PublicNotice, on_delete=models.PROTECT, related_name="verdicts", verbose_name=_("notice of the result")
    )
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, related_name="verdicts", verbose_name=_("decision")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("resident")
    )
    verdict = models.CharField(pgettext_lazy("decision", "verdict"), max_length=10, choices=Verdict)
    text = models.CharField(_("in words"), max_length=LONGEST_VERDICT, blank=True)
    given_at = models.DateTimeField(_("given at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("verdict on a result")
        verbose_name_plural = _("verdicts on results")
        indexes: ClassVar = [
            # What was said of the results of a decision, newest first.
            models.Index(fields=["decision", "-id"], name="resultverdict_decision"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(verdict__in=Verdict.values), name="resultverdict_is_known"),
            models.UniqueConstraint(fields=["notice", "user"], name="resultverdict_once_each"),
        ]

    def __str__(self) -> str:
        return f"{self.decision_id} · {self.verdict}"
