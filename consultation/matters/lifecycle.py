"""How a matter (诉求) goes from being raised to being closed; nothing disappears."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from consultation.matters.models import Matter


class MatterStatus(models.TextChoices):
    """Where a matter stands."""

    RAISED = "RAISED", _("raised")
    SORTED = "SORTED", _("sorted")
    TAKEN_UP = "TAKEN_UP", _("taken up as a topic")
    TRANSFERRED = "TRANSFERRED", _("transferred to a department")
    ANSWERED = "ANSWERED", _("answered")
    REFUSED = "REFUSED", _("not accepted")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    CLOSED = "CLOSED", _("closed")


def is_for_a_department(matter: Matter) -> StrOrPromise | None:
    """Keep what the community handles itself from being passed on."""
    if matter.route != "DEPARTMENT":
        return _("Only a matter that was sorted to a department is transferred.")
    return None


def is_in_a_topic(matter: Matter) -> StrOrPromise | None:
    """Let a matter be taken up by a topic only: preparing the topic does both."""
    if matter.route != "DELIBERATION":
        return _("Only a matter that was sorted to deliberation becomes a topic.")
    if not matter.topics.exists():
        return _("Prepare a topic from this matter; that takes it up.")
    return None


MATTER = Lifecycle(
    "consultation.Matter",
    initial=MatterStatus.RAISED,
    terminal=frozenset({MatterStatus.CLOSED, MatterStatus.REFUSED, MatterStatus.WITHDRAWN}),
    moves=(
        Move(
            "sort",
            frozenset({MatterStatus.RAISED}),
            MatterStatus.SORTED,
            permission="consultation.sort_matter",
            label=_("Sort"),
            verb="consultation.matter.sorted",
            basis="Report on Pengshui: sorting in three ways",
            stamp="sorted",
            # Not `needs_reason`: that is for turning down. The operation asks for it, the table of matters as well.
            fields=("three_way", "sort_reason", "route", "summary", "due_on", "is_due_provisional", "overdue_at"),
            event="consultation.matter.sorted",
        ),
        Move(
            "refuse",
            frozenset({MatterStatus.RAISED}),
            MatterStatus.REFUSED,
            permission="consultation.sort_matter",
            label=_("Do not accept"),
            verb="consultation.matter.refused",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="closed",
            needs_reason=True,
            fields=("reply",),
            event="consultation.matter.refused",
        ),
        Move(
            "withdraw",
            frozenset({MatterStatus.RAISED, MatterStatus.SORTED}),
            MatterStatus.WITHDRAWN,
            permission="consultation.withdraw_matter",
            label=_("Withdraw"),
            verb="consultation.matter.withdrawn",
            stamp="closed",
            event="consultation.matter.withdrawn",
            waits=False,
        ),
        Move(
            "take_up",
            frozenset({MatterStatus.SORTED}),
            MatterStatus.TAKEN_UP,
            permission="consultation.sort_matter",
            label=_("Take up as a topic"),
            verb="consultation.matter.taken_up",
            basis="Opinion on urban and rural community consultation 2015",
            stamp="taken_up",
            guard=is_in_a_topic,
            event="consultation.matter.taken_up",
            waits=False,
        ),
        Move(
            "transfer",
            frozenset({MatterStatus.SORTED}),
            MatterStatus.TRANSFERRED,
            permission="consultation.sort_matter",
            label=_("Transfer to a department"),
            verb="consultation.matter.transferred",
            basis="Report on Pengshui: sorting in three ways",
            stamp="transferred",
            guard=is_for_a_department,
            fields=("transferred_to",),
            event="consultation.matter.transferred",
        ),
        Move(
            "answer",
            frozenset({MatterStatus.SORTED, MatterStatus.TAKEN_UP, MatterStatus.TRANSFERRED}),
            MatterStatus.ANSWERED,
            permission="consultation.answer_matter",
            label=_("Answer"),
            verb="consultation.matter.answered",
            stamp="answered",
            fields=("reply",),
            event="consultation.matter.answered",
        ),
        Move(
            "close",
            frozenset({MatterStatus.ANSWERED}),
            MatterStatus.CLOSED,
            permission="consultation.close_matter",
            label=pgettext_lazy("matter", "Close"),
            verb="consultation.matter.closed",
            stamp="closed",
            fields=("is_solved", "close_reason"),
            event="consultation.matter.closed",
        ),
    ),
)
