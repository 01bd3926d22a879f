"""Recalls of committee members: the demand with its signatures, the member's answer, the vote, the vacant seat."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.bodies.models import Body, BodyMembership
from communities.notices.models import Attachment
from communities.people.models import Resident
from communities.people.queries import within
from communities.policy.models import PolicyDocument
from communities.territory.models import Division, inside
from consultation.ballots.models import Ballot
from consultation.ballots.rolls.lists import VoterList
from consultation.conventions.elections.models import CommitteeElection
from consultation.conventions.elections.walls import ShanghaiDay
from consultation.conventions.recalls import walls
from consultation.conventions.recalls.lifecycle import RECALL, RUNNING, RecallStatus
from consultation.conventions.recalls.policy import (
    LONGEST_DEFENSE,
    LONGEST_DOUBT,
    LONGEST_GROUNDS,
    LONGEST_REASON,
    Demanders,
    Finding,
    Hearing,
)
from consultation.meetings.models import moment, person
from governance import lifecycle
from governance.accounts.masking import mask_name

if TYPE_CHECKING:
    import datetime as dt

    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class RecallQuerySet(models.QuerySet["Recall"]):
    """Reads over recalls."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Public from the call of the vote; before, the staff of the place and the member whom it is about see it."""
        mine = models.Q(membership__user=user) if user.is_authenticated else models.Q(pk__in=[])
        return self.filter(models.Q(listed_at__isnull=False) | within(user) | mine)

    def in_division(self, division: Division) -> Self:
        """Recalls of the division and of those below it."""
        return self.filter(inside(division))

    def handled_by(self, user: User) -> Self:
        """Recalls of places in which one works; the worklist asks."""
        return self.filter(within(user))

    def running(self) -> Self:
        """Between the demand and the result."""
        return self.filter(status__in=RUNNING)

    def vacant(self) -> Self:
        """Seats that a recall has vacated and for which no by-election is planned."""
        return self.filter(status=RecallStatus.RECALLED, by_election=None)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("division", "body", "membership", "ballot", "voter_list__notice").order_by("-pk")

    def for_detail(self) -> Self:
        """Rows with what their own page shows."""
        return self.select_related(
            "division",
            "body__division",
            "membership",
            "representatives",
            "sheet",
            "ordered_by",
            "voter_list__notice",
            "ballot__division",
            "ballot__rule",
            "by_election",
        )


class Recall(models.Model):
    """The demand that a member of a committee be recalled (罢免要求; status moved by `governance.lifecycle`).

    Signed by enough of those entitled, each signature checked by somebody else; answered by the member; voted on by secret
    ballot of the registered voters. What the ballot says is done: the seat ends, and a by-election fills it.
    """

    membership = models.ForeignKey(
        BodyMembership, on_delete=models.PROTECT, related_name="recalls", verbose_name=_("member")
    )
    body = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        related_name="recalls",
        editable=False,
        verbose_name=pgettext_lazy("recall", "committee"),
    )
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="recalls", editable=False, verbose_name=_("division")
    )
    demanders = models.CharField(_("demanded by"), max_length=20, choices=Demanders, default=Demanders.VOTERS)
    representatives = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("body of the representatives"),
        help_text=_("Only where representatives demand it."),
    )
    grounds = models.TextField(_("grounds"), max_length=LONGEST_GROUNDS)
    asked_on = models.DateField(_("handed in on"))
    entitled = models.PositiveIntegerField(pgettext_lazy("recall", "entitled"), editable=False)
    needed = models.PositiveIntegerField(_("signatures needed"), editable=False)
    signed = models.PositiveIntegerField(_("signatures that count"), null=True, blank=True, editable=False)
    sheet = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("scan of the signatures"),
    )
    check_due_on = models.DateField(_("signatures checked by"), editable=False)
    defense_due_on = models.DateField(_("answer of the member by"), null=True, blank=True, editable=False)
    vote_due_on = models.DateField(_("vote held by"), null=True, blank=True, editable=False)
    hearing = models.CharField(_("how the member answered"), max_length=20, choices=Hearing, blank=True, editable=False)
    heard_on = models.DateField(pgettext_lazy("recall", "answered on"), null=True, blank=True, editable=False)
    defense = models.TextField(_("answer of the member"), max_length=LONGEST_DEFENSE, blank=True, editable=False)
    ordered_by = models.ForeignKey(
        PolicyDocument,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("document that approved the method of voting"),
    )
    opens_at = models.DateTimeField(_("voting opens at"), null=True, blank=True, editable=False)
    closes_at = models.DateTimeField(_("voting closes at"), null=True, blank=True, editable=False)
    voter_list = models.OneToOneField(
        VoterList,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="recall",
        verbose_name=_("voter list"),
    )
    ballot = models.OneToOneField(
        Ballot,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="recall",
        verbose_name=_("ballot"),
    )
    seat_ended_on = models.DateField(_("seat ended on"), null=True, blank=True, editable=False)
    by_election_due_on = models.DateField(_("by-election planned by"), null=True, blank=True, editable=False)
    by_election = models.OneToOneField(
        CommitteeElection,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="recall",
        verbose_name=_("by-election"),
    )
    end_reason = models.TextField(_("why it ended"), max_length=LONGEST_REASON, blank=True, editable=False)
    status = models.CharField(
        _("status"), max_length=20, choices=RecallStatus, default=RecallStatus.RECEIVED, editable=False
    )
    received_at = moment(_("received at"), is_optional=False)
    received_by = person(pgettext_lazy("recall", "received by"), is_optional=False)
    verified_at = moment(_("checked at"))
    verified_by = person(_("checked by"))
    heard_at = moment(_("answer recorded at"))
    heard_by = person(_("answer recorded by"))
    listed_at = moment(_("vote called at"))
    listed_by = person(_("vote called by"))
    frozen_at = moment(_("ballot frozen at"))
    frozen_by = person(_("ballot frozen by"))
    decided_at = moment(pgettext_lazy("recall", "result established at"))
    decided_by = person(pgettext_lazy("recall", "result established by"))
    ended_at = moment(_("ended at"))
    ended_by = person(_("ended by"))

    objects = RecallQuerySet.as_manager()

    class Meta:
        verbose_name = _("recall of a committee member")
        verbose_name_plural = _("recalls of committee members")
        indexes: ClassVar = [models.Index(fields=["division", "-id"], name="recall_place")]
        triggers: ClassVar = [
            lifecycle.trigger(RECALL),
            walls.DEMAND_STAYS,
            walls.HEARING_STAYS,
            walls.CALL_STAYS,
            walls.SIGNED_AS_CHECKED,
            walls.DECIDED_BY_ITS_BALLOT,
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(status__in=RecallStatus.values, demanders__in=Demanders.values),
                name="recall_words_are_known",
            ),
            models.UniqueConstraint(
                fields=["membership"], condition=models.Q(status__in=RUNNING), name="recall_one_on_its_way"
            ),
            models.CheckConstraint(
                condition=models.Q(demanders="VOTERS", representatives=None)
                | models.Q(demanders="REPRESENTATIVES", representatives__isnull=False),
                name="recall_names_its_representatives",
            ),
            models.CheckConstraint(
                condition=models.Q(needed__gte=1, needed__lte=models.F("entitled")), name="recall_needs_signatures"
            ),
            # Nobody is put to the vote who was not demanded by enough (Basis: Organic Law of Villagers' Committees art. 16).
            models.CheckConstraint(
                condition=models.Q(verified_at=None)
                | models.Q(
                    signed__gte=models.F("needed"),
                    signed__lte=models.F("entitled"),
                    defense_due_on__isnull=False,
                    vote_due_on__isnull=False,
                ),
                name="recall_demanded_by_enough",
            ),
            models.CheckConstraint(
                condition=models.Q(verified_by=None) | ~models.Q(verified_by=models.F("received_by")),
                name="recall_checked_by_another",
            ),
            models.CheckConstraint(
                condition=models.Q(hearing="", heard_on=None, heard_at=None, heard_by=None, defense="")
                | (
                    models.Q(hearing="WAIVED", defense="")
                    | (models.Q(hearing__in=["SPOKEN", "WRITTEN"]) & ~models.Q(defense=""))
                )
                & models.Q(heard_on__isnull=False, heard_at__isnull=False, heard_by__isnull=False),
                name="recall_answer_is_whole",
            ),
            # The member is heard before the vote is called, or has let the days pass (Basis: as above).
            models.CheckConstraint(
                condition=models.Q(listed_at=None)
                | models.Q(heard_at__isnull=False)
                | models.Q(defense_due_on__lt=ShanghaiDay("listed_at")),
                name="recall_member_is_heard_first",
            ),
            models.CheckConstraint(
                condition=models.Q(listed_at=None)
                | models.Q(
                    voter_list__isnull=False,
                    ordered_by__isnull=False,
                    opens_at__isnull=False,
                    closes_at__gt=models.F("opens_at"),
                ),
                name="recall_call_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(frozen_at=None) | models.Q(ballot__isnull=False), name="recall_frozen_has_a_ballot"
            ),
            models.CheckConstraint(
                condition=models.Q(status="RECALLED", seat_ended_on__isnull=False, by_election_due_on__isnull=False)
                | (~models.Q(status="RECALLED") & models.Q(seat_ended_on=None, by_election=None)),
                name="recall_vacates_the_seat",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | ~models.Q(end_reason=""), name="recall_ends_with_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership.name} · {self.body}"

    def get_absolute_url(self) -> str:
        """The recall's page."""
        return reverse("consultation:recall-detail", kwargs={"pk": self.pk})

    @property
    def step_due_on(self) -> dt.date | None:
        """The last day of the step that comes next, where it has one."""
        return {
            RecallStatus.RECEIVED: self.check_due_on,
            RecallStatus.VERIFIED: self.vote_due_on,
            RecallStatus.LISTED: self.vote_due_on,
            RecallStatus.BALLOTED: self.vote_due_on,
            RecallStatus.RECALLED: None if self.by_election_id else self.by_election_due_on,
        }.get(RecallStatus(self.status))


class RecallSignatureQuerySet(models.QuerySet["RecallSignature"]):
    """Reads over signatures."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Those who work in the place see them; nobody else learns who signed."""
        return self.filter(within(user, division="recall__division"))

    def unchecked(self) -> Self:
        """Those that nobody has checked."""
        return self.filter(finding="")

    def counting(self) -> Self:
        """Those that were found to count."""
        return self.filter(finding=Finding.VALID)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("resident", "seat", "recall__membership", "recall__body", "recall__division")


class RecallSignature(models.Model):
    """One signature of a demand, with what its check found; who entered it does not check it."""

    recall = models.ForeignKey(Recall, on_delete=models.PROTECT, related_name="signatures", verbose_name=_("recall"))
    number = models.PositiveIntegerField(_("number"), editable=False)
    resident = models.ForeignKey(
        Resident,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("resident"),
    )
    seat = models.ForeignKey(
        BodyMembership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("representative"),
    )
    finding = models.CharField(_("check"), max_length=10, choices=Finding, blank=True, editable=False)
    doubt = models.CharField(_("why it does not count"), max_length=LONGEST_DOUBT, blank=True, editable=False)
    entered_at = moment(_("entered at"), is_optional=False)
    entered_by = person(_("entered by"), is_optional=False)
    checked_at = moment(_("checked at"))
    checked_by = person(_("checked by"))

    objects = RecallSignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature for a recall")
        verbose_name_plural = _("signatures for recalls")
        ordering: ClassVar = ["number", "pk"]
        triggers: ClassVar = [walls.CHECKED_STAYS, walls.OF_ITS_DEMANDERS]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recall", "number"], name="recallsignature_number_is_unique"),
            models.UniqueConstraint(fields=["recall", "resident"], name="recallsignature_resident_signs_once"),
            models.UniqueConstraint(fields=["recall", "seat"], name="recallsignature_seat_signs_once"),
            models.CheckConstraint(
                condition=models.Q(resident__isnull=False, seat=None) | models.Q(resident=None, seat__isnull=False),
                name="recallsignature_is_of_one_person",
            ),
            models.CheckConstraint(
                condition=models.Q(finding="", checked_at=None, checked_by=None, doubt="")
                | (
                    models.Q(checked_at__isnull=False, checked_by__isnull=False)
                    & (models.Q(finding="VALID", doubt="") | (models.Q(finding="DOUBTFUL") & ~models.Q(doubt="")))
                ),
                name="recallsignature_check_is_whole",
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None) | ~models.Q(checked_by=models.F("entered_by")),
                name="recallsignature_checked_by_another",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number} {mask_name(self.name)}"

    @property
    def name(self) -> str:
        """Who signed; the person must be loaded."""
        return self.resident.name if self.resident else self.seat.name if self.seat else ""

    @property
    def division(self) -> Division:
        """The place of the demand."""
        return self.recall.division
