"""Who acts on what happens after a matter is in; different people ask and grant, hand over and judge."""

from __future__ import annotations

from typing import Any

import rules

from communities.bodies.models import BodyKind, BodyMembership
from communities.bodies.queries import offices_of
from communities.people.models import Role
from communities.people.queries import present_day
from communities.people.rules import community_staff, holds, street, street_reviewer
from consultation.matters.rules import (
    DISTRICT_ROLES,
    file_reader,
    handler,
    is_open_raiser,
    is_raiser,
    is_recorded,
    is_the_clock,
    is_tip,
    matter_of,
    sits_in_its_office,
    tip_reader,
)

DISPATCHERS = (BodyKind.GRID_CENTER, BodyKind.SERVICE_WINDOW)
"""Offices that hand matters on: the grid center (分派), the one-window hall (前台受理、后台协同)."""


@rules.predicate
def sits_in_a_dispatching_office(user: Any, row: Any = None) -> bool:
    """Whether the person works in a grid center or one-window hall whose place covers the matter's; one query or two."""
    offices = offices_of(user)
    if not offices:
        return False
    held = BodyMembership.objects.held_on(present_day()).filter(user=user, body__kind__in=DISPATCHERS)
    if row is None:
        return held.exists()
    return held.filter(body__division__in=matter_of(row).division.ancestor_ids).exists()


@rules.predicate
def sits_in_the_office(user: Any, row: Any = None) -> bool:
    """Whether the person works in the office to which the order was given."""
    offices = offices_of(user)
    return bool(offices) if row is None else row.body_id in offices


@rules.predicate
def is_late_itself(user: Any, row: Any = None) -> bool:
    """Whether the row's own clock has run out."""
    del user
    return row is None or getattr(row, "overdue_at", None) is not None


district = holds(*DISTRICT_ROLES)
dispatcher = handler | (~is_tip & sits_in_a_dispatching_office)

rules.add_perm("consultation.view_sortingcontest", file_reader)
rules.add_perm("consultation.view_assignment", file_reader)
rules.add_perm("consultation.view_timerequest", file_reader)
rules.add_perm("consultation.view_petition", file_reader)
rules.add_perm("consultation.view_callback", file_reader)

rules.add_perm("consultation.contest_sorting", is_open_raiser | (is_recorded & community_staff))
rules.add_perm("consultation.decide_contest", street | (district & is_late_itself))
rules.add_perm("consultation.dispatch_matter", dispatcher | street)
rules.add_perm("consultation.recall_assignment", dispatcher | street | district | is_the_clock)
rules.add_perm("consultation.resort_matter", street | district)
rules.add_perm("consultation.handle_assignment", sits_in_the_office)
rules.add_perm("consultation.decide_dispute", street | district)
worker = handler | (~is_tip & sits_in_a_dispatching_office) | sits_in_its_office
"""Who works on a matter: its handlers, who handed it over, and the offices that have it."""

rules.add_perm("consultation.ask_time", worker)
rules.add_perm("consultation.grant_time", street_reviewer | holds(Role.DISTRICT_ADMIN))
rules.add_perm("consultation.refuse_time", street_reviewer | holds(Role.DISTRICT_ADMIN) | is_the_clock)
rules.add_perm("consultation.end_pause", handler | street | is_the_clock)
rules.add_perm("consultation.mark_petition", (~is_tip & (community_staff | street)) | (is_tip & tip_reader))
rules.add_perm("consultation.handle_petition", street)
rules.add_perm("consultation.put_petition_off", street_reviewer | district)
rules.add_perm("consultation.ask_review", is_raiser | (is_recorded & street))
rules.add_perm("consultation.review_petition", district | street_reviewer)
rules.add_perm("consultation.review_petition_again", holds(Role.DISTRICT_ADMIN))
rules.add_perm(
    "consultation.answer_call_back",
    is_open_raiser | (~is_tip & (community_staff | street | sits_in_a_dispatching_office)),
)
rules.add_perm(
    "consultation.miss_call_back",
    (~is_tip & (community_staff | street | sits_in_a_dispatching_office)) | is_the_clock,
)
rules.add_perm(
    "consultation.reopen_matter", is_open_raiser | handler | street | sits_in_a_dispatching_office | is_the_clock
)
rules.add_perm("consultation.tell_how_it_stands", worker)
rules.add_perm("consultation.hand_out_result", handler | sits_in_a_dispatching_office)
rules.add_perm("consultation.record_consent", ~is_tip & (community_staff | street))
rules.add_perm("consultation.name_handler", is_tip & tip_reader)
rules.add_perm(
    "consultation.view_board", holds(Role.COMMUNITY_STAFF) | street | district | sits_in_a_dispatching_office
)
