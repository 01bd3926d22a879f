"""How a fund's committee resolved on a request: its meetings and the votes by name."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.bodies.models import BodyMembership
from communities.policy.models import DecisionRule
from governance.audit.models import AppendOnly

if TYPE_CHECKING:
    from communities.territory.models import Division


class FundResolution(AppendOnly):
    """What a fund's committee resolved on a request in a meeting, judged by its rule; written once.

    A supervisor's opinion is recorded. Votes by name stand in `ResolutionVote`.
    """

    request = models.ForeignKey(
        "funds.SpendingRequest", on_delete=models.PROTECT, related_name="resolutions", verbose_name=_("request")
    )
    attempt = models.PositiveSmallIntegerField(_("attempt"))
    met_on = models.DateField(_("met on"))
    rule = models.ForeignKey(
        DecisionRule,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("decision rule"),
        help_text=_("Empty where the chair decides alone."),
    )
    entitled = models.PositiveSmallIntegerField(_("members"))
    present = models.PositiveSmallIntegerField(_("present"))
    in_favor = models.PositiveSmallIntegerField(_("in favor"))
    against = models.PositiveSmallIntegerField(_("against"))
    abstained = models.PositiveSmallIntegerField(_("abstained"))
    recused = models.PositiveSmallIntegerField(_("recused"))
    residents_voting = models.PositiveSmallIntegerField(_("residents who voted"), default=0)
    has_quorum = models.BooleanField(_("quorum reached"))
    is_passed = models.BooleanField(_("passed"))
    reason = models.TextField(_("judgement"))
    supervisor = models.ForeignKey(
        BodyMembership,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("supervisor"),
    )
    supervisor_opinion = models.TextField(_("opinion of the supervisor"))
    minutes = models.TextField(_("minutes"), blank=True)
    party_consent = models.CharField(_("consent of the community's party committee"), max_length=200, blank=True)
    residents_meeting = models.CharField(_("resolution of the residents' meeting"), max_length=200, blank=True)
    recorded_at = models.DateTimeField(_("recorded at"))
    recorded_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("recorded by")
    )

    class Meta(AppendOnly.Meta):
        verbose_name = _("fund resolution")
        verbose_name_plural = _("fund resolutions")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["request", "attempt"], name="fundresolution_attempt_is_unique"),
            models.CheckConstraint(
                condition=models.Q(is_passed=False) | models.Q(has_quorum=True),
                name="fundresolution_passes_with_a_quorum",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request} {self.met_on}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.request.fund.division


class Stand(models.TextChoices):
    """How a member stood to a motion."""

    FOR = "FOR", _("for")
    AGAINST = "AGAINST", _("against")
    ABSTAIN = "ABSTAIN", _("abstain")
    RECUSED = "RECUSED", _("recused")
    ABSENT = "ABSENT", _("absent")


class ResolutionVote(AppendOnly):
    """How one member voted, by name; a recusal has its reason."""

    resolution = models.ForeignKey(
        FundResolution, on_delete=models.PROTECT, related_name="votes", verbose_name=_("resolution")
    )
    membership = models.ForeignKey(BodyMembership, on_delete=models.PROTECT, related_name="+", verbose_name=_("member"))
    stand = models.CharField(_("vote"), max_length=10, choices=Stand)
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    class Meta(AppendOnly.Meta):
        verbose_name = _("vote of a member")
        verbose_name_plural = _("votes of members")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["resolution", "membership"], name="resolutionvote_once_each"),
            models.CheckConstraint(condition=models.Q(stand__in=Stand.values), name="resolutionvote_stand_is_known"),
            models.CheckConstraint(
                condition=~models.Q(stand="RECUSED") | ~models.Q(reason=""), name="resolutionvote_recusal_has_a_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.membership} {self.get_stand_display()}"
