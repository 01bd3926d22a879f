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
    PETITION = "PETITION", _("handled as a petition")
    ANSWERED = "ANSWERED", _("answered")
    REFUSED = "REFUSED", _("not accepted")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")
    CLOSED = "CLOSED", pgettext_lazy("matter", "closed")


def is_for_a_department(matter: Matter) -> StrOrPromise | None:
    """Keep what the community handles itself from being passed on."""
    if matter.route != "DEPARTMENT":
        return _("Only a matter that was sorted to a department is transferred.")
    return None


def is_in_a_topic(matter: Matter) -> StrOrPromise | None:
    """Let a matter be taken up by a topic only: preparing the topic does both."""
    if matter.route != "DELIBERATION":
        return _("Only a matter that was sorted to deliberation becomes a topic.")
    if not (matter.topics.exists() if matter.has_topics is None else matter.has_topics):
        return _("Prepare a topic from this matter; that takes it up.")
    return None


def is_not_in_petition(matter: Matter) -> StrOrPromise | None:
    """Let a petition come to its opinion before the matter is answered."""
    if matter.status == MatterStatus.PETITION and matter.petition.finished_at is None:
        return _("The petition is still being handled; its opinion is the answer.")
    return None


def was_contested(matter: Matter) -> StrOrPromise | None:
    """Sort anew once, when the street upholds what the person says."""
    contest = getattr(matter, "contest", None)
    if matter.resorted_at is not None or contest is None or contest.status != "UPHELD":
        return _("A matter is sorted anew, once, when the person contests the sorting and the street upholds it.")
    return None


def lies_with_no_office(matter: Matter) -> StrOrPromise | None:
    """Take back what no office has any more."""
    if matter.assignments.filter(is_lead=True, status__in=("SENT", "ACCEPTED", "DISPUTED")).exists():
        return _("The matter lies with an office. Take the order back, or let the street release the office.")
    return None


def was_sorted(matter: Matter) -> StrOrPromise | None:
    """Reopen what the office handled; a petition has its own review."""
    if matter.sorted_at is None:
        return _("A petition is not reopened here: it has its review and its second review.")
    return None


CLOCK = (
    "due_on",
    "due_at",
    "is_due_provisional",
    "clock_began_at",
    "reminded",
    "paused_at",
    "overdue_at",
    "escalation",
)
"""The columns of the clock, which are written together."""

SORTING = ("three_way", "sort_reason", "route", "summary", "kind", "urgency", "reference_code", "reference_text")

MATTER = Lifecycle(
    "consultation.Matter",
    initial=MatterStatus.RAISED,
    terminal=frozenset({MatterStatus.REFUSED, MatterStatus.WITHDRAWN}),
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
            fields=(*SORTING, *CLOCK),
            event="consultation.matter.sorted",
        ),
        Move(
            "resort",
            frozenset({MatterStatus.SORTED, MatterStatus.TRANSFERRED}),
            MatterStatus.SORTED,
            permission="consultation.resort_matter",
            label=_("Sort anew"),
            verb="consultation.matter.resorted",
            basis="Report on Pengshui: sorting in three ways",
            stamp="resorted",
            guard=was_contested,
            fields=(*SORTING, *CLOCK),
            event="consultation.matter.sorted",
            waits=False,
        ),
        Move(
            "take_back",
            frozenset({MatterStatus.TRANSFERRED}),
            MatterStatus.SORTED,
            permission="consultation.recall_assignment",
            label=_("Take back from the department"),
            verb="consultation.matter.taken_back",
            basis="Default of this platform, in the range of the cities' rules for 12345 work orders",
            guard=lies_with_no_office,
            event="consultation.matter.taken_back",
            waits=False,
        ),
        Move(
            "mark_petition",
            frozenset({MatterStatus.RAISED, MatterStatus.SORTED, MatterStatus.TRANSFERRED}),
            MatterStatus.PETITION,
            permission="consultation.mark_petition",
            label=_("Handle as a petition"),
            verb="consultation.matter.petitioned",
            basis="Regulations on the Handling of Petitions 2022",
            needs_reason=True,
            fields=("paused_at",),
            event="consultation.matter.petitioned",
            waits=False,
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
            fields=("reply", "refusal_ground"),
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
            fields=("paused_at",),
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
            permission="consultation.dispatch_matter",
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
            frozenset({MatterStatus.SORTED, MatterStatus.TAKEN_UP, MatterStatus.TRANSFERRED, MatterStatus.PETITION}),
            MatterStatus.ANSWERED,
            permission="consultation.answer_matter",
            label=_("Answer"),
            verb="consultation.matter.answered",
            stamp="answered",
            guard=is_not_in_petition,
            fields=("reply", "outcome", "paused_at"),
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
            fields=("is_solved", "satisfaction", "close_reason"),
            event="consultation.matter.closed",
        ),
        Move(
            "reopen",
            frozenset({MatterStatus.CLOSED}),
            MatterStatus.SORTED,
            permission="consultation.reopen_matter",
            label=_("Reopen"),
            verb="consultation.matter.reopened",
            basis="Default of this platform, in the range of the cities' rules for 12345 work orders",
            stamp="reopened",
            guard=was_sorted,
            needs_reason=True,
            fields=("is_solved", "satisfaction", "close_reason", *CLOCK),
            event="consultation.matter.reopened",
            waits=False,
        ),
    ),
)
