"""Ballots: the frozen roll and options, votes by name, papers entered by two persons, the counted result."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import Body
from communities.notices.models import Attachment
from communities.people.models import Resident
from communities.people.queries import within
from communities.policy.models import DecisionRule, PolicyDocument
from communities.territory.models import Division
from consultation.ballots.lifecycle import BALLOT, BallotStatus
from consultation.topics.models import Topic
from governance import lifecycle
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

FROZEN_FIELDS = (
    "topic_id, question, division_id, rule_id, method, most_choices, roll_source, body_id, is_binding, approved_method_id, "
    "opens_at, closes_at, fingerprint, electorate_on, entitled"
)


def _columns(row: str) -> str:
    return ", ".join(f"{row}.{name.strip()}" for name in FROZEN_FIELDS.split(","))


class BallotMethod(models.TextChoices):
    """What a voter marks."""

    FOR_AGAINST = "FOR_AGAINST", _("for, against or abstain")
    SINGLE = "SINGLE", _("one of several options")
    APPROVAL = "APPROVAL", _("any number of options")


class RollSource(models.TextChoices):
    """Who is entitled."""

    RESIDENTS = "RESIDENTS", _("confirmed adult residents of the community")
    BODY = "BODY", _("voting members of a body")


class Channel(models.TextChoices):
    """How a vote came."""

    WEB = "WEB", _("web")
    PAPER = "PAPER", _("paper")


class BallotQuerySet(models.QuerySet["Ballot"]):
    """Reads over ballots."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Frozen ballots are public, those in preparation are seen by the staff of the place."""
        return self.filter(~models.Q(status=BallotStatus.DRAFT) | within(user))

    def in_division(self, division: Division) -> Self:
        """Ballots of the division and of those below it."""
        return self.filter(division__path__startswith=division.path)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "topic", "rule").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related("division", "topic", "rule", "approved_method", "result").prefetch_related("options")


class Ballot(models.Model):
    """A vote on a question (表决; status moved by `governance.lifecycle`), open: recorded by name.

    Roll, options, rule and times are frozen together: `fingerprint` is the SHA-256 of their canonical bytes, printed
    before the first vote. Opened and closed by the clock. Binding only with a document that approved the method.
    """

    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="ballots", verbose_name=_("topic")
    )
    question = models.CharField(_("question"), max_length=200)
    division = models.ForeignKey(Division, on_delete=models.PROTECT, related_name="ballots", verbose_name=_("division"))
    rule = models.ForeignKey(DecisionRule, on_delete=models.PROTECT, related_name="+", verbose_name=_("decision rule"))
    method = models.CharField(_("method"), max_length=20, choices=BallotMethod)
    most_choices = models.PositiveSmallIntegerField(_("at most so many choices"), default=1)
    roll_source = models.CharField(_("who votes"), max_length=20, choices=RollSource)
    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("body")
    )
    is_binding = models.BooleanField(_("binding"), default=False)
    approved_method = models.ForeignKey(
        PolicyDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("document that approved the method"),
    )
    opens_at = models.DateTimeField(_("opens at"))
    closes_at = models.DateTimeField(_("closes at"))
    electorate_on = models.DateField(_("roll as of"), null=True, blank=True, editable=False)
    entitled = models.PositiveIntegerField(_("entitled"), default=0, editable=False)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=BallotStatus, default=BallotStatus.DRAFT, editable=False
    )
    prepared_at = models.DateTimeField(_("prepared at"), editable=False)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False
    )
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True, editable=False)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True, editable=False)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")
        triggers: ClassVar = [
            lifecycle.trigger(BALLOT),
            pgtrigger.Protect(
                name="frozen_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"(OLD.status <> 'DRAFT' AND ({_columns('OLD')}) IS DISTINCT FROM ({_columns('NEW')}))"
                ),
            ),
        ]
        indexes: ClassVar = [
            # Ballots of a place, newest first.
            models.Index(fields=["division", "-id"], name="ballot_place"),
            # What the clock opens and closes.
            models.Index(fields=["opens_at"], condition=models.Q(status="FROZEN"), name="ballot_to_open"),
            models.Index(fields=["closes_at"], condition=models.Q(status="OPEN"), name="ballot_to_close"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=BallotStatus.values), name="ballot_status_is_known"),
            models.CheckConstraint(
                condition=models.Q(method__in=BallotMethod.values, roll_source__in=RollSource.values),
                name="ballot_kinds_are_known",
            ),
            models.CheckConstraint(condition=models.Q(closes_at__gt=models.F("opens_at")), name="ballot_runs_forward"),
            models.CheckConstraint(
                condition=models.Q(roll_source="BODY", body__isnull=False)
                | models.Q(roll_source="RESIDENTS", body=None),
                name="ballot_body_where_its_members_vote",
            ),
            models.CheckConstraint(
                condition=models.Q(is_binding=False) | models.Q(approved_method__isnull=False),
                name="ballot_binds_by_an_approved_method",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "CANCELLED"])
                | (models.Q(fingerprint__regex=r"^[0-9a-f]{64}$", electorate_on__isnull=False)),
                name="ballot_frozen_has_a_fingerprint",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        """The ballot's public page."""
        return reverse("consultation:ballot-detail", kwargs={"pk": self.pk})


def _only_before_freezing(name: str, table: str) -> pgtrigger.Trigger:
    """Return the trigger that keeps the rows of a ballot as they were frozen."""
    return pgtrigger.Trigger(
        name="frozen_with_the_ballot",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
        func=f"""
            IF EXISTS (
                SELECT 1 FROM consultation_ballot
                WHERE id = CASE WHEN TG_OP = 'DELETE' THEN OLD.ballot_id ELSE NEW.ballot_id END AND status <> 'DRAFT'
            ) THEN
                RAISE EXCEPTION 'The ballot is frozen'
                    USING ERRCODE = 'check_violation', CONSTRAINT = '{name}', TABLE = '{table}';
            END IF;
            RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
        """,  # noqa: S608 - the names are literals of this module
    )


class BallotOption(models.Model):
    """One option of a ballot; fixed with the ballot. FOR_AGAINST has three: 1 for, 2 against, 3 abstain."""

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="options", verbose_name=_("ballot"))
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("option"), max_length=120)
    text = models.TextField(_("explanation"), blank=True)

    class Meta:
        verbose_name = _("option")
        verbose_name_plural = _("options")
        ordering: ClassVar = ["number"]
        triggers: ClassVar = [_only_before_freezing("ballotoption_fixed_by_the_freeze", "consultation_ballotoption")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot", "number"], name="ballotoption_number_is_unique"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="ballotoption_numbers_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"


class RollEntry(models.Model):
    """One person entitled in one ballot, as of the day of the roll; fixed with the ballot."""

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="roll", verbose_name=_("ballot"))
    number = models.PositiveIntegerField(_("number on the roll"))
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("resident")
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="roll_entries",
        verbose_name=_("log-in"),
    )
    name = models.CharField(_("name"), max_length=50)

    class Meta:
        verbose_name = _("roll entry")
        verbose_name_plural = _("roll")
        triggers: ClassVar = [_only_before_freezing("rollentry_fixed_by_the_freeze", "consultation_rollentry")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot", "number"], name="rollentry_number_is_unique"),
            models.UniqueConstraint(fields=["ballot", "resident"], name="rollentry_resident_stands_once"),
            models.UniqueConstraint(fields=["ballot", "user"], name="rollentry_user_stands_once"),
            # Target of the composite foreign keys of votes and papers.
            models.UniqueConstraint(fields=["ballot", "id"], name="rollentry_belongs_to_its_ballot"),
        ]

    def __str__(self) -> str:
        return f"{self.number}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.ballot.division


class VoteDraft(models.Model):
    """Ticks that were saved and not cast; at closing only their number is published."""

    entry = models.OneToOneField(
        RollEntry, on_delete=models.PROTECT, primary_key=True, related_name="draft", verbose_name=_("roll entry")
    )
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"))
    saved_at = models.DateTimeField(_("saved at"))

    class Meta:
        verbose_name = _("unfinished vote")
        verbose_name_plural = _("unfinished votes")

    def __str__(self) -> str:
        return str(self.pk)


class Vote(AppendOnly):
    """One vote of one person on the roll, recorded by name, cast once by one channel; never changed.

    `choices` are numbers of options in ascending order. A trigger takes votes only while the ballot is open, and only
    options that exist.
    """

    ballot = models.ForeignKey(
        Ballot, on_delete=models.PROTECT, related_name="votes", db_index=False, verbose_name=_("ballot")
    )
    entry = models.OneToOneField(RollEntry, on_delete=models.PROTECT, related_name="vote", verbose_name=_("roll entry"))
    channel = models.CharField(_("channel"), max_length=10, choices=Channel)
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"))
    cast_at = models.DateTimeField(_("cast at"))
    cast_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("cast by")
    )
    receipt = models.CharField(_("receipt"), max_length=20, unique=True)

    class Meta(AppendOnly.Meta):
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="cast_while_open",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT EXISTS (
                        SELECT 1 FROM consultation_ballot
                        WHERE id = NEW.ballot_id AND status = 'OPEN'
                            AND NEW.cast_at >= opens_at AND NEW.cast_at < closes_at
                    ) THEN
                        RAISE EXCEPTION 'The ballot is not open'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_cast_while_open';
                    END IF;
                    IF NOT NEW.choices <@ (
                        SELECT array_agg(number) FROM consultation_ballotoption WHERE ballot_id = NEW.ballot_id
                    ) THEN
                        RAISE EXCEPTION 'No such option'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'vote_names_options_of_its_ballot';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes: ClassVar = [
            # The count, and the recount file in a fixed order.
            models.Index(fields=["ballot", "entry"], name="vote_ballot"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="vote_channel_is_known"),
            models.CheckConstraint(condition=models.Q(choices__len__gte=1), name="vote_chooses_something"),
        ]

    def __str__(self) -> str:
        return self.receipt


class PaperVote(models.Model):
    """A vote on paper: entered by one person from the sheet, entered again by another; equal entries cast the vote.

    Voided with a reason where the person has voted already or the sheet is not valid; a correction is a new row.
    """

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="papers", verbose_name=_("ballot"))
    entry = models.ForeignKey(RollEntry, on_delete=models.PROTECT, related_name="papers", verbose_name=_("roll entry"))
    serial_number = models.CharField(_("serial number of the sheet"), max_length=40)
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"))
    photo = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("photo")
    )
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False)
    checked_at = models.DateTimeField(_("checked at"), null=True, blank=True, editable=False)
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", null=True, blank=True, editable=False
    )
    void_reason = models.CharField(_("why void"), max_length=200, blank=True, editable=False)
    vote = models.OneToOneField(
        Vote,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="paper",
        verbose_name=_("vote"),
    )

    class Meta:
        verbose_name = _("paper vote")
        verbose_name_plural = _("paper votes")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["ballot", "serial_number"],
                condition=models.Q(voided_at=None),
                name="papervote_sheet_counts_once",
            ),
            models.UniqueConstraint(
                fields=["entry"], condition=models.Q(voided_at=None), name="papervote_one_sheet_each"
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None) | ~models.Q(checked_by=models.F("entered_by")),
                name="papervote_two_persons",
            ),
            models.CheckConstraint(
                condition=models.Q(voided_at=None, void_reason="")
                | (models.Q(voided_at__isnull=False) & ~models.Q(void_reason="")),
                name="papervote_void_has_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(vote=None) | models.Q(checked_at__isnull=False),
                name="papervote_cast_after_the_check",
            ),
        ]

    def __str__(self) -> str:
        return self.serial_number

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.ballot.division


class BallotResult(AppendOnly):
    """What was counted, and how the decision rule judged it; written once.

    `counts` is a list of {"number", "votes"}; `winner` the number of the option that won, empty without one. `reason`
    is kept in the language of the district. `recount_sha256` is the hash of the recount file.
    """

    ballot = models.OneToOneField(Ballot, on_delete=models.PROTECT, related_name="result", verbose_name=_("ballot"))
    counts = models.JSONField(_("votes by option"))
    entitled = models.PositiveIntegerField(_("entitled"))
    cast = models.PositiveIntegerField(_("votes cast"))
    by_channel = models.JSONField(_("votes by channel"))
    unfinished = models.PositiveIntegerField(_("unfinished votes"))
    has_quorum = models.BooleanField(_("quorum reached"))
    is_passed = models.BooleanField(_("passed"))
    winner = models.PositiveSmallIntegerField(_("option that won"), null=True)
    reason = models.TextField(_("judgement"))
    recount_sha256 = models.CharField(_("SHA-256 of the recount file"), max_length=64)
    counted_at = models.DateTimeField(_("counted at"))

    class Meta(AppendOnly.Meta):
        verbose_name = _("result of a ballot")
        verbose_name_plural = _("results of ballots")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(cast__lte=models.F("entitled")), name="ballotresult_votes_within_the_roll"
            ),
            models.CheckConstraint(
                condition=models.Q(is_passed=False) | models.Q(has_quorum=True),
                name="ballotresult_passes_with_a_quorum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ballot}"
