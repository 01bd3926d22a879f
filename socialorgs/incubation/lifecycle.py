"""How a body is incubated: into the shell (入壳), warmed (暖壳), out of it (出壳)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from socialorgs.incubation.models import IncubationStay

BASIS = "Report on Ziliujing 2021"


class StayStatus(models.TextChoices):
    """Where a stay stands; the three in the middle are the shells of the board."""

    APPLIED = "APPLIED", pgettext_lazy("incubation", "applied")
    PROPOSED = "PROPOSED", _("scored and proposed")
    ENTERING = "ENTERING", _("entering the shell")
    NURTURING = "NURTURING", _("warmed in the shell")
    EXITING = "EXITING", _("leaving the shell")
    GRADUATED = "GRADUATED", _("left with success")
    REMOVED = "REMOVED", _("removed from the incubator")
    REFUSED = "REFUSED", pgettext_lazy("incubation", "refused")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("incubation", "withdrawn")


SHELLS = (StayStatus.ENTERING, StayStatus.NURTURING, StayStatus.EXITING)
"""In these a stay takes up a place of the incubator."""
WAITING = (StayStatus.APPLIED, StayStatus.PROPOSED)


def plan_missing(row: IncubationStay) -> StrOrPromise | None:
    """Tell that nobody has planned yet what the body is to learn."""
    return None if row.plan_items.exists() else _("Plan first what the body is to learn.")


STAY = Lifecycle(
    "socialorgs.IncubationStay",
    initial=StayStatus.APPLIED,
    terminal=frozenset({StayStatus.GRADUATED, StayStatus.REMOVED, StayStatus.REFUSED, StayStatus.WITHDRAWN}),
    moves=(
        Move(
            "propose",
            frozenset({StayStatus.APPLIED}),
            StayStatus.PROPOSED,
            permission="socialorgs.operate_incubation",
            label=_("Score it and propose it"),
            verb="socialorgs.incubation.proposed",
            basis=BASIS,
            stamp="proposed",
            apart_from=("applied",),
            fields=("entry_score",),
        ),
        Move(
            "admit",
            frozenset({StayStatus.PROPOSED}),
            StayStatus.ENTERING,
            permission="socialorgs.confirm_incubation",
            label=_("Admit it into the shell"),
            verb="socialorgs.incubation.admitted",
            basis=BASIS,
            stamp="admitted",
            apart_from=("applied", "proposed"),
            fields=("place", "admitted_on", "due_on", "longest_months", "review_due_on"),
            event="socialorgs.incubation.admitted",
        ),
        Move(
            "nurture",
            frozenset({StayStatus.ENTERING}),
            StayStatus.NURTURING,
            permission="socialorgs.operate_incubation",
            label=_("Begin to warm it"),
            verb="socialorgs.incubation.nurtured",
            basis=BASIS,
            stamp="nurtured",
            guard=plan_missing,
        ),
        Move(
            "begin_exit",
            frozenset({StayStatus.NURTURING}),
            StayStatus.EXITING,
            permission="socialorgs.operate_incubation",
            label=_("Score it for leaving"),
            verb="socialorgs.incubation.exit_scored",
            basis=BASIS,
            stamp="exiting",
            apart_from=("applied",),
            fields=("exit_score", "projects_done", "has_finances", "has_party_work"),
        ),
        Move(
            "graduate",
            frozenset({StayStatus.EXITING}),
            StayStatus.GRADUATED,
            permission="socialorgs.confirm_incubation",
            label=_("Let it leave with success"),
            verb="socialorgs.incubation.graduated",
            basis=BASIS,
            stamp="ended",
            apart_from=("applied", "exiting"),
            fields=("organization",),
            event="socialorgs.incubation.graduated",
        ),
        Move(
            "extend",
            frozenset({StayStatus.EXITING}),
            StayStatus.NURTURING,
            permission="socialorgs.confirm_incubation",
            label=_("Extend the stay"),
            verb="socialorgs.incubation.extended",
            basis=BASIS,
            needs_reason=True,
            apart_from=("applied", "exiting"),
            fields=("due_on", "extensions", "nurtured_at"),
        ),
        Move(
            "remove",
            frozenset(SHELLS),
            StayStatus.REMOVED,
            permission="socialorgs.confirm_incubation",
            label=_("Remove it from the incubator"),
            verb="socialorgs.incubation.removed",
            basis=BASIS,
            stamp="ended",
            needs_reason=True,
            fields=("remark",),
            event="socialorgs.incubation.removed",
        ),
        Move(
            "refuse",
            frozenset(WAITING),
            StayStatus.REFUSED,
            permission="socialorgs.confirm_incubation",
            label=_("Refuse the application"),
            verb="socialorgs.incubation.refused",
            stamp="ended",
            needs_reason=True,
            fields=("remark",),
        ),
        Move(
            "withdraw",
            frozenset(WAITING),
            StayStatus.WITHDRAWN,
            permission="socialorgs.apply_for_incubation",
            label=_("Withdraw"),
            verb="socialorgs.incubation.withdrawn",
            stamp="ended",
            waits=False,
        ),
    ),
)
