"""A negotiation or an inquiry asks bodies by name."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from governance.accounts.queries import require
from governance.audit import operations as audit
from projects.purchasing.inviting import refusals
from projects.purchasing.inviting.checks import check_invited
from projects.purchasing.inviting.models import PurchaseInvitation
from projects.purchasing.inviting.queries import invited_to
from projects.purchasing.lifecycle import BEFORE_THE_CALL
from projects.purchasing.models import Purchase
from projects.purchasing.policy import BY_INVITATION
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from governance.accounts.models import User


def invite_bodies(
    *, by: User, now: dt.datetime, purchase: Purchase, organizations: Sequence[SocialOrganization]
) -> list[PurchaseInvitation]:
    """Ask bodies by name for an offer, in place of those named before; nobody by name when none is given.

    They are told with the announcement, which fixes them; only they may offer then.

    Raises:
        NotAllowed: `by` does not buy for the place.
        NotByInvitation, InvitationsFixed: not by this procedure, or it has been announced.
        TooFewInvited, InvitedTwice, BodyNotAble.
        OrganizationHindered: a body may take no part.
    Basis: Government Procurement Law art. 38, 40.
    """
    require(by, "projects.plan_purchase", purchase)
    today = timezone.localdate(now)
    with transaction.atomic():
        rows = Purchase.objects.select_for_update(of=("self",)).select_related("buyer", "landing")
        row = rows.get(pk=purchase.pk)
        if row.procedure not in BY_INVITATION:
            raise refusals.NotByInvitation(field="organizations", procedure=row.get_procedure_display())
        if row.status not in BEFORE_THE_CALL:
            raise refusals.InvitationsFixed(status=row.get_status_display())
        check_invited(row, organizations, today)
        before = [body.pk for body in invited_to(row)]
        row.invitations.all().delete()
        invited = PurchaseInvitation.objects.bulk_create(
            PurchaseInvitation(purchase=row, organization=body, invited_at=now, invited_by=by) for body in organizations
        )
        audit.record(
            by=by,
            verb="projects.purchase.invited",
            row=row,
            now=now,
            before={"organizations": before},
            after={"organizations": [body.pk for body in organizations]},
        )
    return invited
