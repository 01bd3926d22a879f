"""Who may do what in grant rounds: the place that calls organizes, organizations apply, experts score, a third decides."""

from __future__ import annotations

from typing import Any

import rules

from communities.people.rules import (
    community_staff,
    district_admin,
    district_officer,
    reader,
    street,
    street_reviewer,
)
from communities.territory.models import Division
from projects.grants.lifecycle import ApplicationStatus
from projects.grants.models import GrantRound
from projects.grants.queries import expert_of
from socialorgs.register.rules import organization_person


def place_of(row: Any) -> Division:
    """Return the place that calls the round to which a row belongs, not the landing community."""
    if isinstance(row, Division):
        return row
    above = row
    for name in ("seat", "award", "application", "round"):
        above = getattr(above, name, None) or above
    place: Division = above.division
    return place


def over_the_round(predicate: Any) -> Any:
    """Return the predicate, asked about the place that calls the round."""

    def asked(user: Any, row: Any = None) -> bool:
        return bool(predicate(user, None if row is None else place_of(row)))

    return rules.predicate(asked, name=f"over_the_round:{predicate.name}")


organizer = over_the_round(street | district_admin | district_officer)
decider = over_the_round(street_reviewer | district_admin)
reads = over_the_round(reader)


@rules.predicate
def was_called(user: Any, row: GrantRound | None = None) -> bool:
    """Tell whether everybody may see the round."""
    del user
    return row is None or row.published_at is not None


@rules.predicate
def was_handed_in(user: Any, row: Any = None) -> bool:
    """Tell whether an application left its organization; drafts are its own."""
    del user
    return row is None or (row.status != ApplicationStatus.DRAFT and row.submitted_at is not None)


@rules.predicate
def own_expert(user: Any, row: Any = None) -> bool:
    """Tell whether the seat or sheet is the user's own; without a row: whether the user sits in any panel."""
    return expert_of(user) if row is None else row.expert_id == user.pk


rules.add_perm("projects.view_grant_round", was_called | reads)
rules.add_perm("projects.view_grant_round_file", reads)
rules.add_perm("projects.draft_grant_round", organizer)
rules.add_perm("projects.manage_grant_round", organizer)
rules.add_perm("projects.publish_grant_round", decider)
rules.add_perm("projects.settle_grant_scores", organizer)
rules.add_perm("projects.award_grants", decider)
rules.add_perm("projects.view_programme", rules.predicates.always_true)
rules.add_perm("projects.enter_programme", organizer)
rules.add_perm("projects.apply_for_grant", organization_person)
rules.add_perm("projects.view_grant_application", (was_handed_in & (reads | reader)) | organization_person)
rules.add_perm("projects.vet_grant_application", organizer)
rules.add_perm("projects.consent_to_grant", community_staff)
rules.add_perm("projects.view_grant_expert", reads)
rules.add_perm("projects.enter_grant_expert", organizer)
rules.add_perm("projects.view_panel_seat", reads | own_expert)
rules.add_perm("projects.declare_grant_ties", own_expert)
rules.add_perm("projects.view_score_sheet", reads | own_expert)
rules.add_perm("projects.score_application", own_expert)
rules.add_perm("projects.recuse_expert", own_expert | organizer)
rules.add_perm("projects.view_grant_award", rules.predicates.always_true)
