"""How a change of divisions (行政区划调整) proceeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from communities.changes.models import DivisionChange


class ChangeStatus(models.TextChoices):
    """Where a change stands."""

    DRAFT = "DRAFT", _("draft")
    CONSULTED = "CONSULTED", _("consulted")
    APPROVED = "APPROVED", _("approved")
    EFFECTIVE = "EFFECTIVE", _("in force")
    CLOSED = "CLOSED", _("handed over")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


def nothing_is_left(change: DivisionChange) -> StrOrPromise | None:
    """Hold a change open while anything hangs on the divisions that it closed (Basis: Regulations on Administrative Divisions (2018))."""
    return change.hindrance_to_closing()


CHANGE = Lifecycle(
    "communities.DivisionChange",
    initial=ChangeStatus.DRAFT,
    terminal=frozenset({ChangeStatus.CLOSED, ChangeStatus.WITHDRAWN}),
    moves=(
        Move(
            "consult",
            frozenset({ChangeStatus.DRAFT}),
            ChangeStatus.CONSULTED,
            permission="communities.edit_division_change",
            label=_("Record the consultation"),
            verb="communities.division_change.consulted",
            basis="Organic Law of Urban Residents' Committees art. 6; Organic Law of Villagers' Committees art. 3",
            stamp="consulted",
        ),
        Move(
            "approve",
            frozenset({ChangeStatus.CONSULTED}),
            ChangeStatus.APPROVED,
            permission="communities.approve_division_change",
            label=_("Record the approval"),
            verb="communities.division_change.approved",
            basis="Regulations on Administrative Divisions (2018)",
            stamp="approved",
            apart_from=("drafted",),
            fields=("document_number", "document_title"),
        ),
        Move(
            "bring_into_force",
            frozenset({ChangeStatus.APPROVED}),
            ChangeStatus.EFFECTIVE,
            permission="communities.approve_division_change",
            label=_("Bring into force"),
            verb="communities.division_change.effective",
            basis="Regulations on Administrative Divisions (2018)",
            stamp="effective",
            event="communities.division_change.effective",
        ),
        Move(
            "close",
            frozenset({ChangeStatus.EFFECTIVE}),
            ChangeStatus.CLOSED,
            permission="communities.approve_division_change",
            label=_("Close after the hand-over"),
            verb="communities.division_change.closed",
            basis="Regulations on Administrative Divisions (2018)",
            stamp="closed",
            guard=nothing_is_left,
        ),
        Move(
            "withdraw",
            frozenset({ChangeStatus.DRAFT, ChangeStatus.CONSULTED, ChangeStatus.APPROVED}),
            ChangeStatus.WITHDRAWN,
            permission="communities.edit_division_change",
            label=_("Withdraw"),
            verb="communities.division_change.withdrawn",
            basis="Regulations on Administrative Divisions (2018)",
            needs_reason=True,
        ),
    ),
)
