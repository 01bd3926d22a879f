"""Who holds which part of a community enterprise."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.walls import never_deleted, stays
from governance.accounts.masking import mask_name
from governance.calendar.days import valid_on
from governance.money import YuanField

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


class HolderKind(models.TextChoices):
    """What a shareholder is."""

    COMMITTEE = "COMMITTEE", _("residents' committee")
    COLLECTIVE = "COLLECTIVE", _("village collective economic organization")
    STATE_COMPANY = "STATE_COMPANY", _("state-owned company")
    COMPANY = "COMPANY", _("other company")
    RESIDENT = "RESIDENT", _("resident")


OWN_KINDS = (HolderKind.COMMITTEE, HolderKind.COLLECTIVE)
"""Holders that are the community itself."""


class ShareholderQuerySet(models.QuerySet["Shareholder"]):
    """Reads over shareholders."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Shareholders of the enterprises that this person may see; residents' names are masked when shown."""
        return self.filter(enterprise__in=CommunityEnterprise.objects.visible_to(user).values("pk"))

    def held_on(self, day: dt.date) -> Self:
        """Parts that are held on this day."""
        return self.filter(valid_on(day))

    def for_list(self) -> Self:
        """Rows with what lists show, the present and the largest parts first."""
        return self.select_related("enterprise__division").order_by("enterprise", "-valid_from", "-share", "pk")


class Shareholder(models.Model):
    """One holder's part of an enterprise for a period, half open; the present parts of an enterprise sum to 1.

    A change replaces all present parts (`ownership.operations.set_shareholders`); past ones stay. At the end of every
    transaction the database asks whether the present parts sum to 1 and fit the legal form
    (Basis: Company Law (2023) art. 42 and 46).
    """

    enterprise = models.ForeignKey(
        CommunityEnterprise, on_delete=models.PROTECT, related_name="shareholders", verbose_name=_("enterprise")
    )
    kind = models.CharField(_("kind"), max_length=15, choices=HolderKind)
    name = models.CharField(_("name"), max_length=120)
    share = models.DecimalField(_("share"), max_digits=7, decimal_places=6)
    contributed = YuanField(_("paid in"), default=0)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    document = models.ForeignKey(
        PolicyDocument, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("decision")
    )
    entered_at = models.DateTimeField(_("entered at"))
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("entered by")
    )

    objects = ShareholderQuerySet.as_manager()

    class Meta:
        verbose_name = _("shareholder")
        verbose_name_plural = _("shareholders")
        indexes: ClassVar = [models.Index(fields=["enterprise", "valid_from"], name="shareholder_enterprise")]
        triggers: ClassVar = [
            # A part is ended once and changed in nothing else.
            stays(
                "shareholder",
                ("enterprise_id", "kind", "name", "share", "contributed", "valid_from"),
                final="OLD.valid_to IS NOT NULL",
            ),
            never_deleted("shareholder"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=HolderKind.values), name="shareholder_kind_is_known"),
            models.CheckConstraint(condition=models.Q(share__gt=0, share__lte=1), name="shareholder_share_is_a_part"),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gt=models.F("valid_from")),
                name="shareholder_period_runs_forward",
            ),
            models.UniqueConstraint(
                fields=["enterprise", "name"], condition=models.Q(valid_to=None), name="shareholder_named_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.shown_name} · {self.enterprise}"

    @property
    def division(self) -> Division:
        """The place this row belongs to."""
        return self.enterprise.division

    @property
    def shown_name(self) -> str:
        """The name as everybody may read it: that of a resident is masked."""
        return mask_name(self.name) if self.kind == HolderKind.RESIDENT else self.name

    @property
    def percent(self) -> Any:
        """The share in percent, without trailing zeros."""
        return f"{(self.share * 100).normalize():f}"
