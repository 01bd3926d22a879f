"""Ballots: the frozen roll and options, votes, the papers of a secret ballot once they are mixed, the counted result."""

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
from communities.notices.models import PublicNotice
from communities.people.models import Resident, Role
from communities.people.queries import within
from communities.policy.models import DecisionRule, PolicyDocument
from communities.territory.models import Division, inside
from consultation.ballots.counting import ONE_MARK
from consultation.ballots.lifecycle import BALLOT, BallotStatus
from consultation.ballots.policy import ABSTAIN, AGAINST, FOR, BallotMethod
from consultation.ballots.walls import (
    CAST_WHILE_OPEN,
    COUNTED_WITH_A_RESULT,
    COUNTS_WHAT_WAS_CAST,
    FROZEN_STAYS,
    REMINDED_SELDOM,
    only_before_freezing,
)
from consultation.topics.models import Topic
from governance import lifecycle
from governance.accounts.masking import mask_name
from governance.audit.models import AppendOnly
from governance.money import YuanField

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User

__all__ = [
    "Ballot",
    "BallotMethod",
    "BallotOption",
    "BallotPaper",
    "BallotResult",
    "Channel",
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
    VOTERS = "VOTERS", _("registered voters of a posted list")
    HOUSEHOLDS = "HOUSEHOLDS", _("households, one vote each")
    OWNERS = "OWNERS", _("owners, by heads and by floor area")
    BODY = "BODY", _("voting members of a body")


class Channel(models.TextChoices):
    """How a vote came."""

    WEB = "WEB", _("web")
    KIOSK = "KIOSK", pgettext_lazy("vote", "kiosk")
    PAPER = "PAPER", _("paper")
    PHONE = "PHONE", pgettext_lazy("vote", "phone")
    VISIT = "VISIT", pgettext_lazy("vote", "visit")


ASSISTED = (Channel.PAPER, Channel.PHONE, Channel.VISIT)
"""Votes that staff took in for somebody."""
ASSISTED_CHOICES = [(channel.value, channel.label) for channel in ASSISTED]


class BallotQuerySet(models.QuerySet["Ballot"]):
    """Reads over ballots."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Ballots that were frozen are public; those in preparation, or given up in it, are seen by the staff."""
        return self.filter(models.Q(frozen_at__isnull=False) | within(user))

    def in_division(self, division: Division) -> Self:
        """Ballots of the division and of those below it."""
        return self.filter(inside(division))

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
    """A vote on a question (表决; status moved by `governance.lifecycle`): open, recorded by name, or secret.

    One question each: every question has its own rule, its own judgement and its own result, and what is asked together is
    frozen as several ballots with the same times.

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
    most_choices = models.PositiveSmallIntegerField(
        _("at most so many choices"), default=1, help_text=_("Where points are given: how many there are to give.")
    )
    is_secret = models.BooleanField(_("secret"), default=False)
    budget = YuanField(_("budget"), null=True, blank=True)
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
    area = models.PositiveBigIntegerField(
        _("floor area of the roll"),
        null=True,
        blank=True,
        editable=False,
        help_text=_("In hundredths of a square meter."),
    )
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
    reminders = models.PositiveSmallIntegerField(_("reminders sent"), default=0, editable=False)
    reminded_at = models.DateTimeField(_("last reminder at"), null=True, blank=True, editable=False)
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
            REMINDED_SELDOM,
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
                | (~models.Q(roll_source="BODY") & models.Q(body=None)),
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
                condition=models.Q(most_choices=1) | (models.Q(most_choices__gte=1) & ~models.Q(method__in=ONE_MARK)),
                name="ballot_marks_fit_the_method",
            ),
            models.CheckConstraint(
                condition=models.Q(method="KNAPSACK", budget__gt=0)
                | (~models.Q(method="KNAPSACK") & models.Q(budget=None)),
                name="ballot_budget_where_options_cost",
            ),
            models.CheckConstraint(
                condition=models.Q(status__in=["DRAFT", "CANCELLED"])
                | models.Q(roll_source="OWNERS", area__gt=0)
                | (~models.Q(roll_source="OWNERS") & models.Q(area=None)),
                name="ballot_area_where_owners_vote",
            ),
            # A floor area says whose paper it is.
            models.CheckConstraint(
                condition=models.Q(is_secret=False) | ~models.Q(roll_source="OWNERS"),
                name="ballot_owners_vote_by_name",
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
            models.CheckConstraint(
                condition=models.Q(reminders=0, reminded_at=None)
                | models.Q(reminders__gte=1, reminded_at__isnull=False),
                name="ballot_reminders_have_their_time",
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
    cost = YuanField(pgettext_lazy("option", "cost"), null=True, blank=True)

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


REACHABLE = models.Q(user__is_active=True, user__phone_verified=True, user__phone_hash__isnull=False)


class RollEntryQuerySet(models.QuerySet["RollEntry"]):
    """Reads over rolls."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own entries, and the rolls of the places in which one takes paper votes in."""
        mine = models.Q(user=user) if user.is_authenticated else models.Q(pk__in=[])
        return self.filter(mine | within(user, *PAPER_ROLES, division="ballot__division"))

    def missing(self) -> Self:
        """Those for whom no vote stands, by whatever channel; how anybody voted is no question."""
        return self.filter(vote=None)

    def reachable(self) -> Self:
        """Those who can be told something: by a log-in in use with a number that was verified."""
        return self.filter(REACHABLE)

    def with_way(self) -> Self:
        """Rows with whether they can be told something, as `is_reachable`."""
        return self.annotate(is_reachable=models.Case(models.When(REACHABLE, then=True), default=False))

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("ballot__division")


class RollEntry(models.Model):
    """One entitled person, household or owner of one ballot, as of the day of the roll; fixed with the ballot.

    Who moves away or sells after the freeze stays.
    """

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
    label = models.CharField(
        _("what tells them apart"),
        max_length=200,
        blank=True,
        help_text=_("Address, units or year of birth: two people of one name and building are two entries."),
    )
    area = models.PositiveIntegerField(
        _("floor area"), null=True, blank=True, help_text=_("In hundredths of a square meter, by certificate.")
    )

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
        return f"{self.number} {self.masked_name}"

    @property
    def masked_name(self) -> str:
        """The name as lists show it."""
        return mask_name(self.name)

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
    """One vote of one entry on the roll, cast once by one channel; never changed.

    In an open ballot it records by name what was chosen: `choices` as `counting` writes them for the kind. In a secret
    one it is only the stroke on the roll (`in_box`): the paper goes into the box, a table that the application cannot
    read, and `cast_at` is the beginning of the day. A trigger takes votes only while the ballot is open, and only marks
    that the ballot allows; it holds the ballot's row, so that nobody closes or counts while a vote is written. A vote on
    paper is dated from its first entry and may be checked after an open ballot closed.
    """

    ballot = models.ForeignKey(
        Ballot, on_delete=models.PROTECT, related_name="votes", db_index=False, verbose_name=_("ballot")
    )
    entry = models.OneToOneField(RollEntry, on_delete=models.PROTECT, related_name="vote", verbose_name=_("roll entry"))
    channel = models.CharField(pgettext_lazy("vote", "channel"), max_length=10, choices=Channel)
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"))
    in_box = models.BooleanField(_("in the box"), default=False)
    cast_at = models.DateTimeField(_("cast at"))
    cast_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", db_index=False, verbose_name=_("cast by")
    )
    by_proxy = models.BooleanField(_("by proxy"), default=False)
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
            models.CheckConstraint(
                condition=models.Q(in_box=False, choices__len__gte=1) | models.Q(in_box=True, choices__len=0),
                name="vote_chooses_something",
            ),
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


class BallotPaperQuerySet(models.QuerySet["BallotPaper"]):
    """Reads over the papers of secret ballots."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """None: papers leave the database through the recount file of a published ballot."""
        del user
        return self.none()


class BallotPaper(AppendOnly):
    """One paper of a secret ballot that has closed: copied out of the box in random order, which numbers it.

    It names the ballot and what was chosen, and nothing else: no entry, no person, no channel, no time. Written by the
    database alone, when the ballot closes (`read_only`). Without choices it is an invalid paper.
    """

    read_only = True
    ballot = models.ForeignKey(
        Ballot, on_delete=models.PROTECT, related_name="box", db_index=False, verbose_name=_("ballot")
    )
    number = models.PositiveIntegerField(_("number"))
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"))

    objects = BallotPaperQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("paper of a secret ballot")
        verbose_name_plural = _("papers of secret ballots")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot", "number"], name="ballotpaper_number_is_unique"),
        ]

    def __str__(self) -> str:
        return str(self.number)


class BallotResultQuerySet(models.QuerySet["BallotResult"]):
    """Reads over results; everybody else asks `queries.results_of`."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Results of published ballots, to everybody; before, to nobody."""
        del user
        return self.filter(ballot__status=BallotStatus.PUBLISHED)


class BallotResult(AppendOnly):
    """What was counted, and how the decision rule judged it; written once.

    `counts` is a list of {"number", "votes"}; `details` holds what else `counting` found; `winner` the number of the option that won, empty without one. `reason`
    is kept in the language of the district. `recount_sha256` is the hash of the recount file.
    """

    ballot = models.OneToOneField(Ballot, on_delete=models.PROTECT, related_name="result", verbose_name=_("ballot"))
    counts = models.JSONField(_("votes by option"))
    entitled = models.PositiveIntegerField(_("entitled"))
    cast = models.PositiveIntegerField(_("votes cast"))
    by_channel = models.JSONField(_("votes by channel"))
    by_proxy = models.PositiveIntegerField(_("votes by proxy"), default=0)
    details = models.JSONField(_("details of the count"), default=dict)
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
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*AppendOnly.Meta.triggers, COUNTS_WHAT_WAS_CAST]
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
