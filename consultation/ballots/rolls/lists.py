"""Lists of registered voters: made public before an election, corrected on objections, then the roll of its ballots."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.notices.models import PublicNotice
from communities.people.models import Resident
from communities.people.queries import within
from communities.territory.models import Division
from consultation.ballots.models import Ballot
from consultation.ballots.walls import only_before_freezing
from governance.accounts.masking import mask_name

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User

LONGEST_REASON = 200


class Ground(models.TextChoices):
    """Why somebody is registered (Basis: Organic Law of Villagers' Committees art. 13)."""

    HOME = "HOME", _("registered here and living here")
    AWAY = "AWAY", _("registered here, living elsewhere, wishes to take part")
    SETTLED = "SETTLED", _("living here for more than a year, admitted on application")


class VoterListQuerySet(models.QuerySet["VoterList"]):
    """Reads over lists."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Posted ones, of which the numbers are public; those in preparation to the staff of the place."""
        return self.filter(models.Q(notice__isnull=False) | within(user))


class VoterList(models.Model):
    """The registered voters of a place for one election: all who are of age on the voting day.

    Posted with a notice to which everybody may object; who stands on it wrongly is struck, who is missing is added, each
    with its reason, until the first ballot takes its roll from it.
    """

    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="voter_lists", verbose_name=_("division")
    )
    voting_on = models.DateField(_("voting day"), help_text=_("Who is eighteen on this day is of age."))
    notice = models.OneToOneField(
        PublicNotice,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="voter_list",
        verbose_name=_("notice"),
    )
    made_at = models.DateTimeField(_("made at"), editable=False)
    made_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("made by")
    )

    objects = VoterListQuerySet.as_manager()

    class Meta:
        verbose_name = _("voter list")
        verbose_name_plural = _("voter lists")
        triggers: ClassVar = [
            pgtrigger.Protect(
                name="posted_stays",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "((OLD.division_id, OLD.voting_on) IS DISTINCT FROM (NEW.division_id, NEW.voting_on) "
                    "OR (OLD.notice_id IS NOT NULL AND OLD.notice_id IS DISTINCT FROM NEW.notice_id))"
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.division} · {self.voting_on}"

    @property
    def is_settled(self) -> bool:
        """Whether it was posted and the days for objections are over, each objection answered."""
        return self.notice is not None and self.notice.closed_at is not None


class ListedVoterQuerySet(models.QuerySet["ListedVoter"]):
    """Reads over those on a list."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """One's own row, and the lists of the places in which one works."""
        mine = models.Q(resident__user=user) if user.is_authenticated else models.Q(pk__in=[])
        return self.filter(mine | within(user, division="voter_list__division"))

    def standing(self) -> Self:
        """Those who have not been struck."""
        return self.filter(struck_at=None)

    def for_list(self) -> Self:
        """Rows with what lists show."""
        return self.select_related("resident", "voter_list__division")


class ListedVoter(models.Model):
    """One registered voter; who is struck keeps the row with the reason."""

    voter_list = models.ForeignKey(
        VoterList, on_delete=models.PROTECT, related_name="voters", verbose_name=_("voter list")
    )
    resident = models.ForeignKey(
        Resident, on_delete=models.PROTECT, related_name="listings", verbose_name=_("resident")
    )
    ground = models.CharField(_("registered as"), max_length=10, choices=Ground, default=Ground.HOME)
    reason = models.CharField(_("why entered singly"), max_length=LONGEST_REASON, blank=True)
    entered_at = models.DateTimeField(_("entered at"), editable=False)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    struck_at = models.DateTimeField(_("struck at"), null=True, blank=True, editable=False)
    struck_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("struck by"),
    )
    strike_reason = models.CharField(_("why struck"), max_length=LONGEST_REASON, blank=True, editable=False)

    objects = ListedVoterQuerySet.as_manager()

    class Meta:
        verbose_name = _("registered voter")
        verbose_name_plural = _("registered voters")
        triggers: ClassVar = [
            pgtrigger.Trigger(
                name="corrected_before_the_vote",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (
                        SELECT 1 FROM consultation_ballotvoters AS link
                        JOIN consultation_ballot AS ballot ON ballot.id = link.ballot_id
                        WHERE link.voter_list_id IN (
                            CASE WHEN TG_OP <> 'INSERT' THEN OLD.voter_list_id END,
                            CASE WHEN TG_OP <> 'DELETE' THEN NEW.voter_list_id END
                        ) AND ballot.status NOT IN ('DRAFT', 'CANCELLED')
                    ) THEN
                        RAISE EXCEPTION 'A ballot has taken its roll from this list'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'listedvoter_corrected_before_the_vote';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["voter_list", "resident"], name="listedvoter_stands_once"),
            models.CheckConstraint(condition=models.Q(ground__in=Ground.values), name="listedvoter_ground_is_known"),
            models.CheckConstraint(
                condition=models.Q(struck_at=None, struck_by=None, strike_reason="")
                | (models.Q(struck_at__isnull=False, struck_by__isnull=False) & ~models.Q(strike_reason="")),
                name="listedvoter_struck_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return mask_name(self.resident.name)

    @property
    def division(self) -> Division:
        """The place of the list."""
        return self.voter_list.division


class BallotVoters(models.Model):
    """By which list a ballot of registered voters takes its roll; fixed with the ballot."""

    ballot = models.OneToOneField(
        Ballot, on_delete=models.PROTECT, primary_key=True, related_name="voters", verbose_name=_("ballot")
    )
    voter_list = models.ForeignKey(
        VoterList, on_delete=models.PROTECT, related_name="ballots", verbose_name=_("voter list")
    )

    class Meta:
        verbose_name = _("voter list of a ballot")
        verbose_name_plural = _("voter lists of ballots")
        triggers: ClassVar = [only_before_freezing("ballotvoters_fixed_by_the_freeze", "consultation_ballotvoters")]

    def __str__(self) -> str:
        return str(self.pk)
