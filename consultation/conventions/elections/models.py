"""Elections of committees: posts, candidates, and the ballots of each post with who stood in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.core.validators import MinValueValidator
from django.db import models
from django.urls import reverse
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body
from communities.notices.models import PublicNotice
from communities.people.models import Resident
from communities.people.queries import within
from communities.policy.models import PolicyDocument
from communities.territory.models import Division, inside
from consultation.ballots.models import Ballot
from consultation.ballots.rolls.lists import VoterList
from consultation.conventions.elections import walls
from consultation.conventions.elections.lifecycle import CANDIDATE, ELECTION, STANDS, ElectionStatus, Standing
from consultation.conventions.elections.policy import (
    LONGEST_NAME,
    LONGEST_NOTE,
    LONGEST_NUMBER,
    LONGEST_STATEMENT,
    ElectionKind,
    Office,
)
from consultation.meetings.models import moment, person
from governance import lifecycle

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class CommitteeElectionQuerySet(models.QuerySet["CommitteeElection"]):
    """Reads over elections."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Elections are public from the posting of their voter list; before, the staff of the place see them."""
        return self.filter(models.Q(listed_at__isnull=False) | within(user))

    def in_division(self, division: Division) -> Self:
        """Elections of the division and of those below it."""
        return self.filter(inside(division))

    def running(self) -> Self:
        """Elections that have not come to their end."""
        return self.exclude(status__in=ELECTION.terminal)

    def awaiting_rulings(self) -> Self:
        """Elections with an objection to the voter list on which nobody has ruled."""
        waiting = models.Q(voter_list__notice__closed_at=None, voter_list__notice__objections__outcome="")
        found = CommitteeElection.objects.filter(waiting, voter_list__notice__objections__isnull=False)
        return self.filter(status=ElectionStatus.LISTED, pk__in=found.values("pk"))

    def not_warned_on(self, day: dt.date) -> Self:
        """Elections of which the street has not been told on this day."""
        return self.filter(models.Q(ruling_warned_on=None) | models.Q(ruling_warned_on__lt=day))

    def with_late_rulings(self) -> Self:
        """Elections of which the street was told and whose objections still wait."""
        return self.awaiting_rulings().filter(ruling_warned_on__isnull=False)

    def to_hand_over(self, day: dt.date) -> Self:
        """Elections whose last day for the hand-over lies before this day."""
        return self.filter(status__in=[ElectionStatus.ANNOUNCED, ElectionStatus.FILED], hand_over_due_on__lt=day)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "body").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        related = ("division", "body", "committee", "ordered_by", "voter_list__notice", "notice", "elected_body")
        return self.select_related(*related)


class CommitteeElection(models.Model):
    """The election of a committee for a term, or for the rest of one (换届选举、补选; status moved by `governance.lifecycle`).

    Held by an election committee, which is a body of its own; each post is voted on by a secret ballot of its own. Those
    elected take their seats when the result is announced: in a new body of the next term, or in the one that sits.
    """

    body = models.ForeignKey(
        Body, on_delete=models.PROTECT, related_name="elections", verbose_name=_("committee to be elected")
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="elections", editable=False, verbose_name=_("division")
    )
    kind = models.CharField(_("kind"), max_length=20, choices=ElectionKind, default=ElectionKind.TERM)
    committee = models.ForeignKey(
        Body, on_delete=models.PROTECT, related_name="elections_held", verbose_name=_("election committee")
    )
    ordered_by = models.ForeignKey(
        PolicyDocument,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name=_("document that orders the election and its method"),
    )
    opens_at = models.DateTimeField(_("voting opens at"))
    closes_at = models.DateTimeField(_("voting closes at"))
    surplus = models.PositiveSmallIntegerField(_("more candidates than seats"), default=0, editable=False)
    women_needed = models.PositiveSmallIntegerField(_("women in the committee, at least"), default=0, editable=False)
    voter_list = models.OneToOneField(
        VoterList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="election",
        verbose_name=_("voter list"),
    )
    ruling_warned_on = models.DateField(_("street told of a late ruling on"), null=True, blank=True, editable=False)
    earliest_on = models.DateField(_("voting at the earliest on"), null=True, blank=True, editable=False)
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="election",
        verbose_name=_("notice of the result"),
    )
    elected_body = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="elected_by",
        verbose_name=_("elected committee"),
    )
    term_from = models.DateField(_("term from"), null=True, blank=True, editable=False)
    term_to = models.DateField(_("term to"), null=True, blank=True, editable=False)
    filing_due_on = models.DateField(_("to be filed by"), null=True, blank=True, editable=False)
    filing_number = models.CharField(_("filing number"), max_length=LONGEST_NUMBER, blank=True, editable=False)
    hand_over_due_on = models.DateField(_("to be handed over by"), null=True, blank=True, editable=False)
    hand_over_on = models.DateField(_("handed over on"), null=True, blank=True, editable=False)
    hand_over_note = models.CharField(_("what was handed over"), max_length=LONGEST_NOTE, blank=True, editable=False)
    end_reason = models.TextField(_("why it ended"), blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=ElectionStatus, default=ElectionStatus.PREPARING, editable=False
    )
    planned_at = moment(_("planned at"), is_optional=False)
    planned_by = person(pgettext_lazy("election", "planned by"), is_optional=False)
    listed_at = moment(_("voter list posted at"))
    listed_by = person(_("voter list posted by"))
    nominated_at = moment(_("candidates fixed at"))
    nominated_by = person(_("candidates fixed by"))
    voted_at = moment(_("result established at"))
    voted_by = person(_("result established by"))
    announced_at = moment(_("announced at"))
    announced_by = person(_("announced by"))
    filed_at = moment(_("filed at"))
    filed_by = person(_("filed by"))
    handed_over_at = moment(_("hand-over recorded at"))
    handed_over_by = person(_("hand-over recorded by"))
    ended_at = moment(_("ended at"))
    ended_by = person(_("ended by"))

    objects = CommitteeElectionQuerySet.as_manager()

    class Meta:
        verbose_name = _("election of a committee")
        verbose_name_plural = _("elections of committees")
        triggers: ClassVar = [lifecycle.trigger(ELECTION), walls.LISTED_STAYS]
        indexes: ClassVar = [
            # Elections of a place, newest first.
            models.Index(fields=["division", "-id"], name="committeeelection_place"),
            # What waits for its hand-over.
            models.Index(
                fields=["hand_over_due_on"],
                condition=models.Q(status__in=["ANNOUNCED", "FILED"]),
                name="committeeelection_hand_over",
            ),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=ElectionStatus.values, kind__in=ElectionKind.values),
                name="committeeelection_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(closes_at__gt=models.F("opens_at")), name="committeeelection_runs_forward"
            ),
            models.UniqueConstraint(
                fields=["body"],
                condition=models.Q(status__in=["PREPARING", "LISTED", "NOMINATED", "VOTED"]),
                name="committeeelection_one_on_its_way",
            ),
            models.CheckConstraint(
                condition=models.Q(listed_at=None) | models.Q(voter_list__isnull=False, earliest_on__isnull=False),
                name="committeeelection_listed_has_a_list",
            ),
            # The list hangs out for its days before anybody votes (Basis: Organic Law of Villagers' Committees art. 14).
            models.CheckConstraint(
                condition=models.Q(earliest_on=None) | models.Q(earliest_on__lte=walls.ShanghaiDay("opens_at")),
                name="committeeelection_votes_after_the_list",
            ),
            models.CheckConstraint(
                condition=models.Q(announced_at=None)
                | models.Q(
                    notice__isnull=False,
                    elected_body__isnull=False,
                    term_from__isnull=False,
                    filing_due_on__isnull=False,
                    hand_over_due_on__isnull=False,
                ),
                name="committeeelection_announced_is_complete",
            ),
            models.CheckConstraint(
                condition=models.Q(filed_by=None) | ~models.Q(filed_by=models.F("announced_by")),
                name="committeeelection_filed_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(filed_at=None) | ~models.Q(filing_number=""),
                name="committeeelection_filed_with_a_number",
            ),
            models.CheckConstraint(
                condition=models.Q(handed_over_at=None)
                | (models.Q(hand_over_on__gte=models.F("term_from")) & ~models.Q(hand_over_note="")),
                name="committeeelection_handed_over_in_the_term",
            ),
            models.CheckConstraint(
                condition=~models.Q(committee=models.F("body")), name="committeeelection_held_by_another_body"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body} · {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """The election's public page."""
        return reverse("consultation:election-detail", kwargs={"pk": self.pk})

    def rounds(self) -> models.QuerySet[ElectionRound]:
        """The ballots of all posts, in their order."""
        return ElectionRound.objects.filter(post__election=self).order_by("post__number", "number")

    @cached_property
    def lineup(self) -> list[RoundCandidate]:
        """Who stands in which vote, with the vote, its ballot and its post; read once, for the guards and for the page."""
        rows = RoundCandidate.objects.filter(round__post__election=self).order_by(
            "round__post__number", "round__number", "number"
        )
        return list(rows.select_related("candidate", "round__post", "round__ballot__division", "round__ballot__rule"))

    @property
    def step_due_on(self) -> dt.date | None:
        """The last day of the step that comes next, where it has one."""
        if self.status == ElectionStatus.ANNOUNCED:
            return self.filing_due_on
        return self.hand_over_due_on if self.status == ElectionStatus.FILED else None


class ElectionPost(models.Model):
    """A post to be elected with its seats; those kept for women are elected from women alone."""

    election = models.ForeignKey(
        CommitteeElection, on_delete=models.PROTECT, related_name="posts", verbose_name=_("election")
    )
    number = models.PositiveSmallIntegerField(_("number"))
    office = models.CharField(pgettext_lazy("election", "office"), max_length=20, choices=Office)
    seats = models.PositiveSmallIntegerField(_("seats"), default=1, validators=[MinValueValidator(1)])
    for_women = models.BooleanField(_("kept for women"), default=False)

    class Meta:
        verbose_name = _("post to be elected")
        verbose_name_plural = _("posts to be elected")
        ordering: ClassVar = ["number", "pk"]
        triggers: ClassVar = [walls.POSTS_STAY]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["election", "number"], name="electionpost_number_is_unique"),
            models.CheckConstraint(
                condition=models.Q(office__in=Office.values, seats__gte=1), name="electionpost_has_seats"
            ),
            models.CheckConstraint(
                condition=~models.Q(office="CHAIR") | models.Q(seats=1), name="electionpost_one_director"
            ),
            models.UniqueConstraint(
                fields=["election"], condition=models.Q(office="CHAIR"), name="electionpost_one_post_of_director"
            ),
            # Target of the composite foreign key of candidates.
            models.UniqueConstraint(fields=["election", "id"], name="electionpost_belongs_to_its_election"),
        ]

    def __str__(self) -> str:
        return str(self.get_office_display())

    @property
    def division(self) -> Division:
        """The place of the election."""
        return self.election.division


class ElectionRound(models.Model):
    """One vote on a post: the first, one repeated because too few took part, or a run-off (另行选举)."""

    post = models.ForeignKey(ElectionPost, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("post"))
    number = models.PositiveSmallIntegerField(_("vote"))
    seats = models.PositiveSmallIntegerField(_("seats"))
    is_run_off = models.BooleanField(_("run-off"), default=False)
    ballot = models.OneToOneField(
        Ballot, on_delete=models.PROTECT, related_name="election_round", verbose_name=_("ballot")
    )
    evaluated_at = moment(_("evaluated at"))

    class Meta:
        verbose_name = _("vote of an election")
        verbose_name_plural = _("votes of an election")
        ordering: ClassVar = ["number", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["post", "number"], name="electionround_number_is_unique"),
            models.CheckConstraint(condition=models.Q(seats__gte=1), name="electionround_has_seats"),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.number}"

    @property
    def division(self) -> Division:
        """The place of the election."""
        return self.post.division


class ElectionCandidateQuerySet(models.QuerySet["ElectionCandidate"]):
    """Reads over candidates."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those who stand are public by name when the candidates are fixed; before, the staff of the place see them."""
        shown = models.Q(election__nominated_at__isnull=False, status=Standing.CLEARED)
        return self.filter(shown | within(user, division="election__division"))

    def standing(self) -> Self:
        """Those who have neither withdrawn nor been refused."""
        return self.filter(status__in=STANDS)

    def elected(self) -> Self:
        """Those who were elected."""
        return self.filter(elected_in__isnull=False)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("election__division", "election__body", "post").order_by("-pk")


class ElectionCandidate(models.Model):
    """Somebody nominated by the voters for one post (status moved by `governance.lifecycle`).

    On the voter list, not on the election committee, and for no second post; the street reviews the conditions.
    """

    election = models.ForeignKey(
        CommitteeElection, on_delete=models.PROTECT, related_name="candidates", verbose_name=_("election")
    )
    post = models.ForeignKey(ElectionPost, on_delete=models.PROTECT, related_name="candidates", verbose_name=_("post"))
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="candidacies", verbose_name=_("resident")
    )
    number = models.PositiveSmallIntegerField(_("number"), editable=False)
    name = models.CharField(_("name"), max_length=LONGEST_NAME, editable=False)
    is_woman = models.BooleanField(_("woman"), default=False)
    nominators = models.PositiveIntegerField(_("nominated by so many voters"), default=0)
    statement = models.TextField(_("what the candidate says"), max_length=LONGEST_STATEMENT, blank=True)
    refusal = models.TextField(_("which condition is not fulfilled"), blank=True, editable=False)
    status = models.CharField(_("status"), max_length=20, choices=Standing, default=Standing.NOMINATED, editable=False)
    entered_at = moment(_("entered at"), is_optional=False)
    entered_by = person(_("entered by"), is_optional=False)
    reviewed_at = moment(_("reviewed at"))
    reviewed_by = person(_("reviewed by"))
    withdrawn_at = moment(_("withdrawn at"))
    elected_in = models.ForeignKey(
        ElectionRound,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="elected",
        verbose_name=_("elected in"),
    )

    objects = ElectionCandidateQuerySet.as_manager()

    class Meta:
        verbose_name = _("candidate of an election")
        verbose_name_plural = _("candidates of an election")
        ordering: ClassVar = ["number", "pk"]
        triggers: ClassVar = [lifecycle.trigger(CANDIDATE), *walls.CANDIDATE]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=Standing.values), name="electioncandidate_standing_is_known"
            ),
            models.UniqueConstraint(fields=["election", "number"], name="electioncandidate_number_is_unique"),
            models.UniqueConstraint(
                fields=["election", "resident"],
                condition=models.Q(status__in=["NOMINATED", "CLEARED"]),
                name="electioncandidate_stands_for_one_post",
            ),
            models.CheckConstraint(
                condition=models.Q(reviewed_by=None) | ~models.Q(reviewed_by=models.F("entered_by")),
                name="electioncandidate_reviewed_by_another",
            ),
            models.CheckConstraint(
                condition=~models.Q(status="REFUSED") | ~models.Q(refusal=""),
                name="electioncandidate_refused_with_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(elected_in=None) | models.Q(status="CLEARED"),
                name="electioncandidate_elected_has_stood",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def division(self) -> Division:
        """The place of the election."""
        return self.election.division


class RoundCandidate(models.Model):
    """Who stands in a vote, under which number of its ballot."""

    round = models.ForeignKey(ElectionRound, on_delete=models.PROTECT, related_name="lineup", verbose_name=_("vote"))
    candidate = models.ForeignKey(
        ElectionCandidate, on_delete=models.PROTECT, related_name="rounds", verbose_name=_("candidate")
    )
    number = models.PositiveSmallIntegerField(_("number on the ballot"))

    class Meta:
        verbose_name = _("candidate in a vote")
        verbose_name_plural = _("candidates in a vote")
        ordering: ClassVar = ["number", "pk"]
        triggers: ClassVar = [
            pgtrigger.Protect(name="lineup_stays", operation=pgtrigger.Update | pgtrigger.Delete),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["round", "number"], name="roundcandidate_number_is_unique"),
            models.UniqueConstraint(fields=["round", "candidate"], name="roundcandidate_stands_once"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.candidate}"
