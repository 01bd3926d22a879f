"""Reads over bans: the one that a decision, a contract or a grant brought."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from socialorgs.register.barring.lifecycle import BanStatus
from socialorgs.register.barring.models import ParticipationBan

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from governance.accounts.models import User


def ban_by(
    user: User | AnonymousUser, organization: int, number: str, *, is_inside: bool = False
) -> ParticipationBan | None:
    """Return the last ban of a body by the decision of this number, as far as somebody may see it; one query.

    Whoever reads the file of what was broken (`is_inside`) sees what was only proposed as well.
    """
    rows = ParticipationBan.objects.all() if is_inside else ParticipationBan.objects.visible_to(user)
    return rows.filter(organization=organization, decision_number=number).order_by("-pk").first()


def proposal_told(organization: int, number: str) -> str | None:
    """Return what whoever ended a contract or grant is told of the ban that was proposed with it; one query."""
    rows = ParticipationBan.objects.filter(organization=organization, decision_number=number)
    ban = rows.filter(status=BanStatus.PROPOSED).select_related("organization").first()
    if ban is None:
        return None
    text = _("A ban of %(organization)s from taking part is proposed; it holds once another person has imposed it.")
    return text % {"organization": ban.organization}
