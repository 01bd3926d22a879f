"""Votes that staff take in: sheets entered by two persons, one by one or in batches that must agree with the sign-in sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.notices.models import Attachment
from communities.people.queries import within
from communities.territory.models import Division
from consultation.ballots.models import ASSISTED, PAPER_ROLES, Ballot, Channel, RollEntry, Vote
from consultation.ballots.papers.lifecycle import PAPER_BATCH, BatchStatus
from consultation.ballots.walls import (
    BATCH_STAYS,
    BATCH_TAKES_ROWS_WHILE_OPEN,
    PHOTO_IS_SEALED,
    PILE_STAYS,
    SHEET_IN_AN_OPEN_BATCH,
    SHEET_STAYS,
    VOTE_IS_ITS_OWN,
)
from governance import lifecycle
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    import pgtrigger
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

BATCHED = (Channel.PAPER, Channel.VISIT)
BATCHED_CHOICES = [(channel.value, channel.label) for channel in BATCHED]


class PaperBatchQuerySet(models.QuerySet["PaperBatch"]):
    """Reads over batches."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Batches of the places in which one takes paper votes in."""
        return self.filter(within(user, *PAPER_ROLES, division="ballot__division"))

    def unsettled(self) -> Self:
        """Batches that were neither accepted nor given up."""
        return self.filter(status=BatchStatus.OPEN)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("ballot__division", "opened_by", "accepted_by")


class PaperBatch(models.Model):
    """The sheets that came back from one table or one round of visits, with their sign-in sheet (numbered per ballot).

    It counts as a whole: when every sheet has been entered by two persons and the sheets are as many as the names on the
    sign-in sheet. In an open ballot its sheets are `PaperVote` rows with the entry they belong to; in a secret one the
    sign-in sheet (`BatchSignature`) and the sheets (`BatchSheet`) are kept apart. Moved by `governance.lifecycle`.
    """

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="batches", verbose_name=_("ballot"))
    number = models.PositiveSmallIntegerField(_("batch number"), editable=False)
    channel = models.CharField(
        pgettext_lazy("vote", "channel"), max_length=10, choices=[(one.value, one.label) for one in BATCHED]
    )
    signed = models.PositiveIntegerField(
        _("names on the sign-in sheet"), help_text=_("Counted on the paper, before the first sheet is entered.")
    )
    photo = models.ForeignKey(
        Attachment,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("photo of the sign-in sheet"),
    )
    status = models.CharField(_("status"), max_length=20, choices=BatchStatus, default=BatchStatus.OPEN, editable=False)
    opened_at = models.DateTimeField(_("opened at"), editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("opened by"),
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

    objects = PaperBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("batch of paper votes")
        verbose_name_plural = _("batches of paper votes")
        triggers: ClassVar = [lifecycle.trigger(PAPER_BATCH), BATCH_STAYS]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["ballot", "number"], name="paperbatch_number_is_unique"),
            # Target of the composite foreign keys of sheets and signatures.
            models.UniqueConstraint(fields=["ballot", "id"], name="paperbatch_belongs_to_its_ballot"),
            models.CheckConstraint(
                condition=models.Q(status__in=BatchStatus.values), name="paperbatch_status_is_known"
            ),
            models.CheckConstraint(condition=models.Q(channel__in=BATCHED), name="paperbatch_channel_is_paper"),
            models.CheckConstraint(condition=models.Q(signed__gte=1), name="paperbatch_somebody_signed"),
            models.CheckConstraint(
                condition=models.Q(accepted_by=None) | ~models.Q(accepted_by=models.F("opened_by")),
                name="paperbatch_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ballot} #{self.number}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.ballot.division


class BatchSignature(AppendOnly):
    """One name on the sign-in sheet of a secret ballot: this person took a paper, so the roll has its stroke."""

    ballot = models.ForeignKey(
        Ballot, on_delete=models.PROTECT, related_name="signatures", db_index=False, verbose_name=_("ballot")
    )
    batch = models.ForeignKey(
        PaperBatch, on_delete=models.PROTECT, related_name="signatures", verbose_name=_("batch of paper votes")
    )
    entry = models.OneToOneField(
        RollEntry, on_delete=models.PROTECT, related_name="signature", verbose_name=_("roll entry")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("signature on a sign-in sheet")
        verbose_name_plural = _("signatures on sign-in sheets")
        triggers: ClassVar[list[pgtrigger.Trigger]] = [*AppendOnly.Meta.triggers, BATCH_TAKES_ROWS_WHILE_OPEN]

    def __str__(self) -> str:
        return str(self.pk)


class BatchSheetQuerySet(models.QuerySet["BatchSheet"]):
    """Reads over the sheets of secret ballots, which no surface shows."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """None."""
        del user
        return self.none()

    def valid(self) -> Self:
        """Sheets that no later entry has replaced."""
        return self.filter(void_reason="")


class BatchSheet(models.Model):
    """One sheet of a batch in a secret ballot: its place in the pile and what is marked, nothing of who handed it in.

    Without marks it is an invalid paper. A correction voids the row with a reason and is a new row. When the batch is accepted the database puts the sheets into the box in random
    order and deletes them here.
    """

    batch = models.ForeignKey(
        PaperBatch, on_delete=models.PROTECT, related_name="sheets", verbose_name=_("batch of paper votes")
    )
    position = models.PositiveSmallIntegerField(_("place in the pile"))
    choices = ArrayField(models.PositiveSmallIntegerField(), verbose_name=_("choices"), blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    checked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        verbose_name=_("checked by"),
    )
    void_reason = models.CharField(_("why void"), max_length=200, blank=True)

    objects = BatchSheetQuerySet.as_manager()

    class Meta:
        verbose_name = _("sheet of a secret ballot")
        verbose_name_plural = _("sheets of secret ballots")
        triggers: ClassVar = [BATCH_TAKES_ROWS_WHILE_OPEN, PILE_STAYS]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["batch", "position"], condition=models.Q(void_reason=""), name="batchsheet_place_is_unique"
            ),
            models.CheckConstraint(
                condition=models.Q(checked_by=None) | ~models.Q(checked_by=models.F("entered_by")),
                name="batchsheet_two_persons",
            ),
        ]

    def __str__(self) -> str:
        return str(self.position)


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

    Equal entries of a sheet in a batch cast nothing before the batch is accepted. By telephone the sheet is what the first of
    two persons on the line wrote down. Voided with a reason where the person has voted already or the sheet is not valid; a correction is a new row. The
    photo shows the vote: it is sealed, and opened by the two persons only.
    """

    ballot = models.ForeignKey(Ballot, on_delete=models.PROTECT, related_name="papers", verbose_name=_("ballot"))
    entry = models.ForeignKey(RollEntry, on_delete=models.PROTECT, related_name="papers", verbose_name=_("roll entry"))
    batch = models.ForeignKey(
        PaperBatch,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="papers",
        verbose_name=_("batch of paper votes"),
    )
    channel = models.CharField(
        pgettext_lazy("vote", "channel"),
        max_length=10,
        choices=[(one.value, one.label) for one in ASSISTED],
        default=Channel.PAPER,
    )
    serial_number = models.CharField(
        _("serial number of the sheet"),
        max_length=40,
        help_text=_("For a vote by telephone the number of the recording."),
    )
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
            SHEET_IN_AN_OPEN_BATCH,
            SHEET_STAYS,
            VOTE_IS_ITS_OWN,
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(channel__in=ASSISTED), name="papervote_channel_is_assisted"),
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
