"""What a recall is asked for: who may sign, whose seats can be recalled, what its page shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.bodies.models import BodyKind, BodyMembership, Seat
from communities.people.models import Resident
from communities.policy.queries import find_rule
from communities.territory.models import inside
from consultation.conventions.elections.queries import Mile
from consultation.conventions.recalls.lifecycle import RecallStatus
from consultation.conventions.recalls.policy import RULES, Demanders, Finding

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet

    from communities.bodies.models import Body
    from communities.policy.models import DecisionRule
    from communities.territory.models import Division
    from consultation.conventions.recalls.models import Recall

Entitled = tuple[int, str, str]
"""Key, name and address of somebody who may sign."""


def entitled_to_sign(division: Division, demanders: str, representatives: Body | None, day: dt.date) -> list[Entitled]:
    """Return the voters of a place on a day, or its representatives; one query."""
    if demanders == Demanders.VOTERS:
        here = Resident.objects.on_rolls(day).filter(inside(division))
        return list(here.order_by("pk").values_list("pk", "name", "address"))
    if representatives is None:
        return []
    seats = representatives.memberships.voting_on(day).order_by("pk")
    return [(key, name, "") for key, name in seats.values_list("pk", "name")]


def seats_to_recall(division: Division, day: dt.date) -> QuerySet[BodyMembership]:
    """Return the seats here and below in committees that the voters elect."""
    rows = BodyMembership.objects.held_on(day).exclude(seat=Seat.SUPERVISOR)
    here = rows.filter(body__kind__in=list(RULES), body__division__path__startswith=division.path)
    return here.select_related("body").order_by("body", "-is_chair", "pk")


@dataclass(frozen=True, slots=True)
class SignatureFigures:
    """The numbers of a demand's signatures; the names are nobody's business."""

    entered: int
    valid: int
    doubtful: int
    unchecked: int


def signature_figures(recall: Recall) -> SignatureFigures:
    """Return the numbers of the signatures; one query."""
    found = recall.signatures.aggregate(
        entered=Count("pk"),
        valid=Count("pk", filter=Q(finding=Finding.VALID)),
        doubtful=Count("pk", filter=Q(finding=Finding.DOUBTFUL)),
        unchecked=Count("pk", filter=Q(finding="")),
    )
    return SignatureFigures(**found)


def rule_of(recall: Recall) -> DecisionRule | None:
    """Return the rule by which the vote is judged: that of the ballot, before it that of the day; one query then."""
    if recall.ballot is not None:
        return recall.ballot.rule
    return find_rule(RULES[BodyKind(recall.body.kind)], _day(recall.opens_at) or recall.vote_due_on or recall.asked_on)


def miles_of(recall: Recall, today: dt.date) -> list[Mile]:
    """Return the steps of a recall in their order, each with the day on which it was done or is due."""
    voting_on = _day(recall.opens_at)
    notice = recall.voter_list.notice if recall.voter_list else None
    is_over = recall.status in {RecallStatus.REFUSED, RecallStatus.DROPPED}
    miles = [
        Mile(_("Demand handed in"), recall.asked_on, is_done=True),
        _due(_("Signatures checked"), _day(recall.verified_at), recall.check_due_on, today, is_over=is_over),
        _due(_("Answer of the member"), recall.heard_on, recall.defense_due_on, today, is_over=True),
        Mile(_("Vote called, voter list posted"), _day(recall.listed_at), is_done=recall.listed_at is not None),
        Mile(
            _("Objections to the voter list until"),
            notice.ends_on if notice else None,
            is_done=notice is not None and notice.closed_at is not None,
        ),
        _due(
            _("Voting day"),
            voting_on if recall.decided_at else None,
            voting_on or recall.vote_due_on,
            today,
            is_over=is_over or recall.ballot is not None,
        ),
        Mile(_("Result established"), _day(recall.decided_at), is_done=recall.decided_at is not None),
    ]
    if recall.status == RecallStatus.RECALLED:
        planned = _day(recall.by_election.planned_at) if recall.by_election else None
        miles.append(_due(_("By-election planned"), planned, recall.by_election_due_on, today, is_over=False))
    return miles


def _day(moment: dt.datetime | None) -> dt.date | None:
    return timezone.localdate(moment) if moment else None


def _due(label: str, done_on: dt.date | None, due_on: dt.date | None, today: dt.date, *, is_over: bool) -> Mile:
    """Return a step with its last day; late where it was done after that, or waits after it."""
    waits_until = done_on or (today if not is_over else None)
    is_late = due_on is not None and waits_until is not None and waits_until > due_on
    return Mile(label, done_on or due_on, is_done=done_on is not None, is_late=is_late)
