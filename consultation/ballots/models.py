"""Ballots: the frozen roll and options, votes by name, papers entered by two persons, the counted result."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body
from communities.notices.models import Attachment, PublicNotice
from communities.people.models import Resident, Role
from communities.people.queries import within
from communities.policy.models import DecisionRule, PolicyDocument
from communities.territory.models import Division
from consultation.ballots.lifecycle import BALLOT, BallotStatus
from consultation.ballots.policy import ABSTAIN, AGAINST, FOR, BallotMethod
from consultation.ballots.walls import (
    CAST_WHILE_OPEN,
    COUNTED_WITH_A_RESULT,
    COUNTS_WHAT_WAS_CAST,
    FROZEN_STAYS,
    PHOTO_IS_SEALED,
    SHEET_STAYS,
    VOTE_IS_ITS_OWN,
    only_before_freezing,
)
from consultation.topics.models import Topic
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

__all__ = [
    "Ballot",
    "BallotMethod",
    "BallotOption",
    "BallotResult",
    "Channel",
    "PaperVote",
    "RollEntry",
    "RollSource",
    "Vote",
    "VoteDraft",
]

PAPER_ROLES = (Role.COMMUNITY_STAFF, Role.GRID_WORKER)
"""Whose work is to take paper votes in."""


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
        """Ballots that were frozen are public; those in preparation, or given up in it, are seen by the staff."""
        return self.filter(models.Q(frozen_at__isnull=False) | within(user))

    def in_division(self, division: Division) -> Self:
        """Ballots of the division and of those below it."""
        return self.filter(division__path__startswith=division.path)

    def to_open(self, now: dt.datetime) -> Self:
        """Frozen ballots whose time has come."""
        return self.filter(status=BallotStatus.FROZEN, opens_at__lte=now)

    def to_close(self, now: dt.datetime) -> Self:
        """Open ballots whose time is over."""
        return self.filter(status=BallotStatus.OPEN, closes_at__lte=now)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "topic", "rule").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows; the result only through `queries.results_of`."""
        related = ("division", "topic", "rule", "body", "approved_method", "notice")
        return self.select_related(*related).prefetch_related("options")


class Ballot(models.Model):
    """A vote on a question (表决; status moved by `governance.lifecycle`), open: recorded by name.

    Question, options, rule, roll, times and the version of the counting code are frozen together in `frozen_text`;
    `fingerprint` is its SHA-256, printed on the page and on the notice before the first vote. Opened and closed by the
    clock. Binding only with a document that approved the method.
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
    frozen_text = models.TextField(_("what was frozen"), blank=True, editable=False)
    fingerprint = models.CharField(_("fingerprint"), max_length=64, blank=True, editable=False)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="ballot",
        verbose_name=_("notice"),
    )
    status = models.CharField(
        _("status"), max_length=20, choices=BallotStatus, default=BallotStatus.DRAFT, editable=False
    )
    prepared_at = models.DateTimeField(_("prepared at"), editable=False)
    prepared_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("prepared by"),
    )
    frozen_at = models.DateTimeField(_("frozen at"), null=True, blank=True, editable=False)
    frozen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("frozen by"),
    )
    opened_at = models.DateTimeField(_("opened at"), null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(pgettext_lazy("ballot", "closed at"), null=True, blank=True, editable=False)
    counted_at = models.DateTimeField(_("counted at"), null=True, blank=True, editable=False)
    counted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("counted by"),
    )
    published_at = models.DateTimeField(_("published at"), null=True, blank=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("published by"),
    )

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")
        triggers: ClassVar = [
            lifecycle.trigger(BALLOT),
            FROZEN_STAYS,
            COUNTED_WITH_A_RESULT,
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
                | models.Q(fingerprint__regex=r"^[0-9a-f]{64}$", electorate_on__isnull=False, entitled__gte=1),
                name="ballot_frozen_has_a_fingerprint",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "CANCELLED"]) | models.Q(notice__isnull=False),
                name="ballot_frozen_has_a_notice",
            ),
            models.CheckConstraint(
                condition=models.Q(most_choices=1) | models.Q(method="APPROVAL", most_choices__gte=1),
                name="ballot_marks_fit_the_method",
            ),
            # The fingerprint stands before the first vote, and nobody opens or closes but the time.
            models.CheckConstraint(
                condition=models.Q(frozen_at=None) | models.Q(frozen_at__lt=models.F("opens_at")),
                name="ballot_frozen_before_it_opens",
            ),
            models.CheckConstraint(
                condition=models.Q(opened_at=None) | models.Q(opened_at__gte=models.F("opens_at")),
                name="ballot_opens_at_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at=None) | models.Q(closed_at__gte=models.F("closes_at")),
                name="ballot_closes_at_its_time",
            ),
            models.CheckConstraint(
                condition=models.Q(published_by=None) | ~models.Q(published_by=models.F("counted_by")),
                name="ballot_published_by_another",
            ),
        ]

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        """The ballot's public page."""
        return reverse("consultation:ballot-detail", kwargs={"pk": self.pk})


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
        triggers: ClassVar = [only_before_freezing("ballotoption_fixed_by_the_freeze", "consultation_ballotoption")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot", "number"], name="ballotoption_number_is_unique"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="ballotoption_numbers_begin_at_one"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.title}"

    def label_in(self, method: str) -> StrOrPromise:
        """Return the option for people; the three of a vote for or against in the reader's language."""
        return STANCES[self.number] if method == BallotMethod.FOR_AGAINST else self.title


STANCES: dict[int, StrOrPromise] = {FOR: _("For"), AGAINST: _("Against"), ABSTAIN: _("Abstain")}


class RollEntryQuerySet(models.QuerySet["RollEntry"]):
    """Reads over rolls."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own entries, and the rolls of the places in which one takes paper votes in."""
        mine = models.Q(user=user) if user.is_authenticated else models.Q(pk__in=[])
        return self.filter(mine | within(user, *PAPER_ROLES, division="ballot__division"))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("ballot__division")


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
    name = models.CharField(pgettext_lazy("person", "name"), max_length=50)

    objects = RollEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("roll entry")
        verbose_name_plural = _("roll")
        triggers: ClassVar = [only_before_freezing("rollentry_fixed_by_the_freeze", "consultation_rollentry")]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot", "number"], name="rollentry_number_is_unique"),
            models.UniqueConstraint(fields=["ballot", "resident"], name="rollentry_resident_stands_once"),
            models.UniqueConstraint(fields=["ballot", "user"], name="rollentry_user_stands_once"),
            # Target of the composite foreign keys of votes and papers.
            models.UniqueConstraint(fields=["ballot", "id"], name="rollentry_belongs_to_its_ballot"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {mask_name(self.name)}"

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


class VoteQuerySet(models.QuerySet["Vote"]):
    """Reads over votes."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own votes and nobody else's, whatever post one holds."""
        return self.filter(entry__user=user) if user.is_authenticated else self.none()


class Vote(AppendOnly):
    """One vote of one person on the roll, recorded by name, cast once by one channel; never changed.

    `choices` are numbers of options in ascending order. A trigger takes votes only while the ballot is open, and only
    marks that the ballot allows; it holds the ballot's row, so that nobody closes or counts while a vote is written. A
    vote on paper is dated from its first entry and may be checked after the ballot closed.
    """

    ballot = models.ForeignKey(
        Ballot, on_delete=models.PROTECT, related_name="votes", db_index=False, verbose_name=_("ballot")
    )
    entry = models.OneToOneField(RollEntry, on_delete=models.PROTECT, related_name="vote", verbose_name=_("roll entry"))
    channel = models.CharField(pgettext_lazy("vote", "channel"), max_length=10, choices=Channel)
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"))
    cast_at = models.DateTimeField(_("cast at"))
    cast_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("cast by")
    )
    receipt = models.CharField(_("receipt"), max_length=20, unique=True)

    objects = VoteQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("vote")
        verbose_name_plural = _("votes")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            CAST_WHILE_OPEN,
        ]
        indexes: ClassVar = [
            # The count, and the recount file.
            models.Index(fields=["ballot", "entry"], name="vote_ballot"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(channel__in=Channel.values), name="vote_channel_is_known"),
            models.CheckConstraint(condition=models.Q(choices__len__gte=1), name="vote_chooses_something"),
        ]

    def __str__(self) -> str:
        return self.receipt

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.ballot.division

    @property
    def division_id(self) -> int:
        """The key of that place, which events ask for; no query where the ballot is loaded."""
        return self.ballot.division_id


class PaperVoteQuerySet(models.QuerySet["PaperVote"]):
    """Reads over votes on paper."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Sheets of the places in which one takes paper votes in; what was marked is shown to nobody."""
        return self.filter(within(user, *PAPER_ROLES, division="ballot__division"))

    def with_photo_for(self, user: User | AnonymousUser) -> Self:
        """Sheets whose photo this person may look at: they entered the sheet, or checked it."""
        if not user.is_authenticated:
            return self.none()
        two = models.Q(entered_by=user) | models.Q(checked_by=user)
        return self.filter(two, photo__isnull=False).select_related("photo")

    def waiting(self) -> Self:
        """Sheets that wait for their second person."""
        return self.filter(checked_at=None, voided_at=None)

    def for_list(self) -> Self:
        """Rows with what lists show; the marks stay in the database."""
        return self.select_related("ballot__division", "entry", "entered_by", "checked_by").defer("choices")


class PaperVote(models.Model):
    """A vote on paper: entered by one person from the sheet, entered again by another; equal entries cast the vote.

    Voided with a reason where the person has voted already or the sheet is not valid; a correction is a new row. The
    photo shows the vote: it is sealed, and opened by the two persons only.
    """

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="papers", verbose_name=_("ballot"))
    entry = models.ForeignKey(RollEntry, on_delete=models.PROTECT, related_name="papers", verbose_name=_("roll entry"))
    serial_number = models.CharField(_("serial number of the sheet"), max_length=40)
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"))
    photo = models.ForeignKey(
        Attachment, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("photo")
    )
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
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
    voided_at = models.DateTimeField(_("voided at"), null=True, blank=True, editable=False)
    voided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("voided by"),
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

    objects = PaperVoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("paper vote")
        verbose_name_plural = _("paper votes")
        triggers: ClassVar = [
            PHOTO_IS_SEALED,
            SHEET_STAYS,
            VOTE_IS_ITS_OWN,
        ]
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

    def photo_url(self) -> str:
        """Where the photo is handed out to the two who entered and checked the sheet."""
        return reverse("consultation:paper-photo", kwargs={"pk": self.pk})


class BallotResultQuerySet(models.QuerySet["BallotResult"]):
    """Reads over results; everybody else asks `queries.results_of`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Results of published ballots, to everybody; before, to nobody."""
        del user
        return self.filter(ballot__status=BallotStatus.PUBLISHED)


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

    objects = BallotResultQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("result of a ballot")
        verbose_name_plural = _("results of ballots")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [
            *AppendOnly.Meta.triggers,
            COUNTS_WHAT_WAS_CAST,
        ]
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
