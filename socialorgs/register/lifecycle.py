"""How an entry of the register of social organizations lives: the registrar decides, the platform mirrors."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.lifecycle import Lifecycle, Move


class OrganizationStatus(models.TextChoices):
    """Where an entry stands."""

    ENTERED = "ENTERED", _("entered, not checked")
    ACTIVE = "ACTIVE", _("active")
    LIQUIDATING = "LIQUIDATING", _("in liquidation")
    DEREGISTERED = "DEREGISTERED", _("deregistered")
    REVOKED = "REVOKED", _("revoked")


ENDED = (OrganizationStatus.DEREGISTERED, OrganizationStatus.REVOKED)
"""Bodies that are no more."""

ORGANIZATION = Lifecycle(
    "socialorgs.SocialOrganization",
    initial=OrganizationStatus.ENTERED,
    terminal=frozenset({OrganizationStatus.DEREGISTERED, OrganizationStatus.REVOKED}),
    moves=(
        Move(
            "verify",
            frozenset({OrganizationStatus.ENTERED}),
            OrganizationStatus.ACTIVE,
            permission="socialorgs.verify_organization",
            label=_("Check against the registrar's record"),
            verb="socialorgs.organization.verified",
            basis="Regulations on Registration of Social Associations art. 7; Report on Ziliujing 2021",
            stamp="verified",
            apart_from=("entered",),
            event="socialorgs.organization.verified",
        ),
        Move(
            "begin_liquidation",
            frozenset({OrganizationStatus.ACTIVE}),
            OrganizationStatus.LIQUIDATING,
            permission="socialorgs.verify_organization",
            label=_("Record the liquidation"),
            verb="socialorgs.organization.liquidating",
            needs_reason=True,
            event="socialorgs.organization.liquidating",
        ),
        Move(
            "deregister",
            frozenset({OrganizationStatus.ENTERED, OrganizationStatus.ACTIVE, OrganizationStatus.LIQUIDATING}),
            OrganizationStatus.DEREGISTERED,
            permission="socialorgs.verify_organization",
            label=_("Record the deregistration"),
            verb="socialorgs.organization.deregistered",
            stamp="ended",
            needs_reason=True,
            event="socialorgs.organization.deregistered",
        ),
        Move(
            "revoke",
            frozenset({OrganizationStatus.ACTIVE, OrganizationStatus.LIQUIDATING}),
            OrganizationStatus.REVOKED,
            permission="socialorgs.verify_organization",
            label=_("Record the revocation"),
            verb="socialorgs.organization.revoked",
            stamp="ended",
            needs_reason=True,
            event="socialorgs.organization.revoked",
        ),
    ),
)
