"""What is watched about funds: proposals of the monthly clock, opinions of supervisors."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import BodyMembership
from communities.territory.models import Division
from funds.charity.models import CommunityFund, in_hands_of
from funds.oversight.lifecycle import FUND_PROPOSAL, ProposalStatus
from governance import lifecycle
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class ProposalKind(models.TextChoices):
    """What the clock proposes."""

    RENEW = "RENEW", _("renew the committee")
    RECTIFY = "RECTIFY", _("put the fund right")
    CLOSE = "CLOSE", _("close the fund")


class ProposalGround(models.TextChoices):
    """Why it proposes it."""

    IDLE = "IDLE", _("nothing has been posted for months")
    AGREEMENT = "AGREEMENT", _("the agreement has ended")
    TERM_ENDING = "TERM_ENDING", _("the committee's term ends soon")
    TERM_OVER = "TERM_OVER", _("the committee's term is over")
    UNFIT = "UNFIT", _("the committee is no longer as the rules ask")


class ProposalQuerySet(models.QuerySet["FundProposal"]):
    """Reads over proposals."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """What was confirmed is public; the rest is seen by those who handle the fund."""
        public = models.Q(status=ProposalStatus.CONFIRMED)
        return self.filter(public | in_hands_of(user)) if user.is_authenticated else self.filter(public)

    def handled_by(self, user: User) -> Self:
        """Proposals about funds of the places, charities and committees of this person."""
        return self.filter(in_hands_of(user))

    def waiting(self) -> Self:
        """Proposals that nobody has decided."""
        return self.filter(status=ProposalStatus.PROPOSED)

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "fund__charity", "decided_by").order_by("-pk")


class FundProposal(models.Model):
    """What the monthly clock proposes about a fund (status moved by `governance.lifecycle`); people decide.

    `since` is the day from which the ground counts: the last posting, the end of the term. One ground is proposed once.
    """

    fund = models.ForeignKey(CommunityFund, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("fund"))
    kind = models.CharField(_("proposal"), max_length=10, choices=ProposalKind)
    ground = models.CharField(_("ground"), max_length=12, choices=ProposalGround)
    since = models.DateField(_("since"))
    status = models.CharField(
        _("status"), max_length=10, choices=ProposalStatus, default=ProposalStatus.PROPOSED, editable=False
    )
    proposed_at = models.DateTimeField(_("proposed at"))
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        null=True,
        blank=True,
        editable=False,
        verbose_name=_("decided by"),
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        verbose_name = _("proposal about a fund")
        verbose_name_plural = _("proposals about funds")
        triggers: ClassVar = [lifecycle.trigger(FUND_PROPOSAL)]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["fund", "kind", "ground", "since"], name="fundproposal_once_a_ground"),
            models.CheckConstraint(
                condition=models.Q(
                    kind__in=ProposalKind.values, ground__in=ProposalGround.values, status__in=ProposalStatus.values
                ),
                name="fundproposal_kinds_are_known",
            ),
            models.CheckConstraint(
                condition=models.Q(status="PROPOSED", decided_at=None)
                | (~models.Q(status="PROPOSED") & models.Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="fundproposal_decided_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.fund.short_name}: {self.get_kind_display()}"

    def get_absolute_url(self) -> str:
        """The page on how the fund is run."""
        return reverse("funds:fund-governance", kwargs={"pk": self.fund_id})

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def charity_id(self) -> int | None:
        """The charity that hosts the fund."""
        return self.fund.charity_id


class SupervisorOpinionQuerySet(models.QuerySet["SupervisorOpinion"]):
    """Reads over opinions, all of which are public."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """All of them."""
        del user
        return self.all()

    def for_list(self) -> Self:
        """Rows with what lists show, newest first."""
        return self.select_related("fund__division", "membership__body").order_by("-attended_on", "-pk")


class SupervisorOpinion(AppendOnly):
    """What a supervisor of a fund has found when attending a meeting or looking at the books; public, written once."""

    fund = models.ForeignKey(
        CommunityFund, on_delete=models.PROTECT, related_name="supervisor_opinions", verbose_name=_("fund")
    )
    membership = models.ForeignKey(
        BodyMembership, on_delete=models.PROTECT, related_name="+", verbose_name=_("supervisor")
    )
    attended_on = models.DateField(_("attended on"))
    occasion = models.CharField(_("occasion"), max_length=200)
    opinion = models.TextField(_("opinion"))
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    objects = SupervisorOpinionQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = _("opinion of a supervisor")
        verbose_name_plural = _("opinions of supervisors")
        indexes: ClassVar = [
            # Opinions on a fund, newest first.
            models.Index(fields=["fund", "-attended_on", "-id"], name="supervisoropinion_fund"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~models.Q(opinion="") & ~models.Q(occasion=""), name="supervisoropinion_says_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.occasion} {self.attended_on}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.fund.division

    @property
    def charity_id(self) -> int | None:
        """The charity that hosts the fund."""
        return self.fund.charity_id
