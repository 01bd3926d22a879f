"""Cases that several parties work on together, outside of any meeting; their tasks stand in `record`."""

from __future__ import annotations

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.territory.models import Division
from consultation.meetings import walls
from consultation.meetings.policy import LONGEST_PARTY, PartyKind
from consultation.topics.models import Topic
from governance import lifecycle
from socialorgs.register.models import SocialOrganization


class MultiPartyCase(models.Model):
    """What several parties carry out together on a topic (多方联动): its parties, and the tasks of each.

    Open while it is carried out. It rests while the result is shown to the residents, and is opened again when the result
    is given back.
    """

    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="cases", verbose_name=_("topic"))
    division = models.ForeignKey(
        Division, on_delete=models.PROTECT, related_name="+", editable=False, verbose_name=_("division")
    )
    opened_at = models.DateTimeField(_("opened at"), editable=False)
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("opened by"),
    )
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("case of several parties")
        verbose_name_plural = _("cases of several parties")
        triggers: ClassVar = [walls.ENDED_WITHOUT_OPEN_TASKS]
        indexes: ClassVar = [
            # Cases of a place, newest first.
            models.Index(fields=["division", "-id"], name="multipartycase_place"),
        ]

    def __str__(self) -> str:
        return str(self.topic)


class CaseParty(models.Model):
    """One of the parties to a case: committee, social workers, residents, a department, an organization, an enterprise."""

    case = models.ForeignKey(
        MultiPartyCase, on_delete=models.PROTECT, related_name="parties", verbose_name=_("case of several parties")
    )
    kind = models.CharField(pgettext_lazy("party to a case", "kind"), max_length=20, choices=PartyKind)
    name = models.CharField(_("name"), max_length=LONGEST_PARTY)
    organization = models.ForeignKey(
        SocialOrganization,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("organization"),
    )
    is_leading = models.BooleanField(_("leads"), default=False)
    joined_at = models.DateTimeField(pgettext_lazy("party to a case", "joined at"), editable=False)
    joined_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
        verbose_name=_("entered by"),
    )
    left_at = models.DateTimeField(_("left at"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("party to a case")
        verbose_name_plural = _("parties to cases")
        triggers: ClassVar = [
            lifecycle.columns_stay("joined_stays", ("case_id", "kind", "name", "organization_id", "is_leading")),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(kind__in=PartyKind.values), name="caseparty_kind_is_known"),
            models.CheckConstraint(condition=~models.Q(name=""), name="caseparty_has_a_name"),
            models.CheckConstraint(
                condition=models.Q(organization=None) | models.Q(kind="ORGANIZATION"),
                name="caseparty_organization_is_one",
            ),
            models.UniqueConstraint(
                fields=["case", "name"], condition=models.Q(left_at=None), name="caseparty_once_each"
            ),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(is_leading=True, left_at=None), name="caseparty_one_leads"
            ),
        ]

    def __str__(self) -> str:
        return self.name
