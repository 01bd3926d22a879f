"""Who may do what in the evaluation room."""

from __future__ import annotations

from typing import Any

import rules
from django.db.models import Q

from communities.bodies.models import BodyMembership
from communities.people.queries import present_day
from communities.people.rules import (
    community_staff,
    district_admin,
    district_officer,
    is_oneself,
    reader,
    street,
    street_reviewer,
)
from projects.evaluation.lifecycle import TemplateStatus
from projects.evaluation.models import EvaluationPlan, EvaluationTask, PushMessage, Recipient, SubjectKind
from socialorgs.register.rules import organization_person

OWN_WORK = (SubjectKind.COMMITTEE, SubjectKind.SOCIAL_WORK, SubjectKind.GRID_WORK)
"""What the community's own staff are judged by: they do not enter those answers."""


@rules.predicate
def in_use(user: Any, row: Any = None) -> bool:
    """Tell whether the template is no draft any more."""
    del user
    return row is None or row.status != TemplateStatus.DRAFT


@rules.predicate
def was_publicised(user: Any, row: EvaluationPlan | None = None) -> bool:
    """Tell whether everybody may see the evaluation."""
    del user
    return row is None or row.publicised_at is not None


@rules.predicate
def is_invited(user: Any, row: EvaluationPlan | None = None) -> bool:
    """Tell whether the user judges in this evaluation; one query."""
    if row is None or not getattr(user, "is_authenticated", False):
        return False
    return EvaluationTask.objects.filter(plan=row, evaluator=user).exists()


@rules.predicate
def is_the_invited(user: Any, row: EvaluationTask | None = None) -> bool:
    """Tell whether the invitation is for this person by name; without a row: whether it could be."""
    if not getattr(user, "is_authenticated", False):
        return False
    return row is None or row.evaluator_id == user.pk


@rules.predicate
def judges_by_name(user: Any, row: Any = None) -> bool:
    """Tell whether the user is or was invited to judge anything by name; one query."""
    del row
    if not getattr(user, "is_authenticated", False):
        return False
    return EvaluationTask.objects.filter(evaluator=user).exists()


@rules.predicate
def is_others_work(user: Any, row: EvaluationPlan | None = None) -> bool:
    """Tell whether it is not the community's own work that is judged."""
    del user
    return row is None or row.subject_kind not in OWN_WORK


@rules.predicate
def to_the_organization(user: Any, row: Any = None) -> bool:
    """Tell whether a pushed result is for an organization for which the user acts."""
    if row is None:
        return bool(organization_person(user))
    return row.recipient == Recipient.ORGANIZATION and bool(organization_person(user, row))


@rules.predicate
def to_the_judged(user: Any, row: Any = None) -> bool:
    """Tell whether a pushed result is for the body that the user chairs, or for the user's own work."""
    if not getattr(user, "is_authenticated", False):
        return False
    chaired = BodyMembership.objects.held_on(present_day()).filter(user=user, is_chair=True).values("body")
    if row is None:
        if getattr(user, "was_told_results", None) is None:  # once for each user object and request
            user.was_told_results = PushMessage.objects.filter(Q(worker=user) | Q(body__in=chaired)).exists()
        return bool(user.was_told_results)
    if row.recipient == Recipient.WORKER:
        return bool(row.worker_id == user.pk)
    return row.recipient == Recipient.BODY and chaired.filter(body=row.body_id).exists()


@rules.predicate
def to_the_office(user: Any, row: Any = None) -> bool:
    """Tell whether a pushed result is for the office in which the user works."""
    if row is None:
        return bool((street | district_admin | district_officer)(user))
    if row.recipient == Recipient.STREET:
        return bool(street(user, row))
    return row.recipient == Recipient.REGISTRAR and bool((district_admin | district_officer)(user, row))


rules.add_perm("projects.view_template", in_use | district_admin | district_officer)
rules.add_perm("projects.use_template", street | district_admin | district_officer)
rules.add_perm("projects.draft_template", district_admin | district_officer)
rules.add_perm("projects.approve_template", district_admin)

rules.add_perm("projects.view_evaluation", was_publicised | reader | is_invited)
rules.add_perm("projects.view_evaluation_file", reader)
rules.add_perm("projects.manage_evaluation", street | district_admin)
rules.add_perm("projects.review_evaluation", street_reviewer | district_admin)
rules.add_perm("projects.enter_evaluation_answers", street | district_admin | (community_staff & is_others_work))
rules.add_perm("projects.view_evaluation_task", reader)
rules.add_perm("projects.judge_as_invited", is_the_invited)

rules.add_perm("projects.view_tie", reader | is_oneself)
rules.add_perm("projects.declare_tie", street | district_admin | judges_by_name)
rules.add_perm("projects.record_tie", street | district_admin)

rules.add_perm("projects.view_message", reader | to_the_organization | to_the_judged)
rules.add_perm("projects.read_message", to_the_organization | to_the_judged | to_the_office)
