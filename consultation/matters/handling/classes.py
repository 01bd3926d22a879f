"""What makes a sorting complete: class, route, reason, public summary, item of the reference list, kind (reads only)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from consultation.matters.handling.references import references
from consultation.matters.models import ROUTES, Matter, MatterKind, Route, ThreeWay, Urgency
from consultation.matters.policy import LONGEST_SUMMARY, fitting
from governance.errors import Invalid
from governance.lifecycle import ReasonMissing

if TYPE_CHECKING:
    import datetime as dt

URGENCY = {MatterKind.UTILITY: Urgency.URGENT, MatterKind.DANGER: Urgency.CRITICAL}


class RouteDoesNotFit(Invalid):
    """Each class of matters has its routes."""

    code = "route_does_not_fit"
    message = _("For “%(three_way)s” choose: %(routes)s.")


class SummaryMissing(Invalid):
    """What residents deliberate they must be able to read."""

    code = "summary_missing"
    message = _("Write the public summary: residents read it when they deliberate.")


class SummaryNotWanted(Invalid):
    """A private matter is nobody else's business."""

    code = "summary_not_wanted"
    message = _("A private matter is shown to nobody else and has no public summary.")


class ReferenceDoesNotFit(Invalid):
    """The reference list of the place says which class an item speaks for."""

    code = "reference_does_not_fit"
    message = _("The item “%(reference)s” is not on the list of this place for “%(three_way)s”.")


class TipStaysProtected(Invalid):
    """Whoever gave a tip relied on being protected."""

    code = "tip_stays_protected"
    message = _("A tip-off stays one: who gave it is protected. It is not deliberated and has no public summary.")


@dataclass(frozen=True, slots=True)
class Sorting:
    """What is said when a matter is sorted; empty `kind` and `urgency` leave what was said when it came in."""

    three_way: str
    route: str
    reason: str
    summary: str = ""
    reference: str = ""
    kind: str = ""
    urgency: str = ""


def sorting_of(row: Matter, today: dt.date, said: Sorting) -> dict[str, Any]:
    """Return the columns of a sorting that is complete; one or three queries.

    Raises:
        ReasonMissing, RouteDoesNotFit, SummaryMissing, SummaryNotWanted, WordsTooLong, PersonalNumbersFound,
        ReferenceDoesNotFit, TipStaysProtected: it is not.
    """
    three_way, reference = said.three_way, said.reference
    why, shown = said.reason.strip(), fitting("summary", said.summary, LONGEST_SUMMARY, is_required=False)
    if not why:
        raise ReasonMissing(field="reason")
    _check_route(three_way, said.route, shown)
    refuse_personal_numbers(summary=shown)
    kind = said.kind or row.kind
    if row.is_tip and kind != row.kind:
        raise TipStaysProtected(field="kind")
    if kind == MatterKind.REPORT and (shown or said.route == Route.DELIBERATION):
        raise TipStaysProtected(field="summary" if shown else "route")
    item = references(row.division, today).get(reference) if reference else None
    if reference and (item is None or item.three_way != three_way):
        raise ReferenceDoesNotFit(field="reference", reference=reference, three_way=ThreeWay(three_way).label)
    return {
        "three_way": three_way,
        "route": said.route,
        "sort_reason": why,
        "summary": shown,
        "kind": kind,
        "urgency": said.urgency or URGENCY.get(MatterKind(kind), Urgency(row.urgency)),
        "reference_code": item.code if item else "",
        "reference_text": item.text if item else "",
    }


def _check_route(three_way: str, route: str, summary: str) -> None:
    if three_way not in ThreeWay.values:
        raise RouteDoesNotFit(field="three_way", three_way=three_way, routes=", ".join(map(str, ThreeWay.labels)))
    routes = ROUTES[three_way]
    if route not in routes:
        names = ", ".join(str(one.label) for one in routes)
        raise RouteDoesNotFit(field="route", three_way=ThreeWay(three_way).label, routes=names)
    if three_way == ThreeWay.PRIVATE and summary:
        raise SummaryNotWanted(field="summary")
    if route == Route.DELIBERATION and not summary:
        raise SummaryMissing(field="summary")
