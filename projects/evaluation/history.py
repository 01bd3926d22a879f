"""How a result came to stand: every prolongation, review, sending back and upheld objection, with who, when and why.

Read from the trail, which is written once: a later review hides no earlier note.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.models import Post
from governance.audit.models import AuditEntry
from projects.evaluation.lifecycle import EVALUATION
from projects.evaluation.models import EvaluationResult

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User
    from projects.evaluation.models import EvaluationPlan

EXTENDED, LEFT_OUT = "projects.evaluation.extended", "projects.evaluation.answer_left_out"
ACTS: dict[str, tuple[str, StrOrPromise]] = {
    EXTENDED: ("extended", _("Collection prolonged")),
    EVALUATION.by_name["review"].verb: ("confirmed", _("Result confirmed")),
    EVALUATION.by_name["send_back"].verb: ("sent_back", _("Sent back to the review")),
    LEFT_OUT: ("answer_left_out", _("Answer left out")),
    EVALUATION.by_name["review_again"].verb: ("objection_upheld", _("Objection upheld, reviewed again")),
}
"""What is told of the trail: a stable name for programs, and words."""
MOST_STEPS = 60


@dataclass(frozen=True, slots=True)
class ReviewStep:
    """One step on the way to a result: what, when, at which version, in which office; by whom and why, for those inside."""

    name: str
    label: StrOrPromise
    at: dt.datetime
    version: int | None
    office: str
    person: str
    note: str


def review_steps(plan: EvaluationPlan, user: User | AnonymousUser) -> list[ReviewStep]:
    """Return the steps of an evaluation that a person may see, oldest first; three queries.

    Those who handle it read names and notes. Everybody else reads, once the result was publicised, what was done until
    then and in which office; why a collection was prolonged is public as well, because everybody's answers are.
    """
    if user.has_perm("projects.view_evaluation_file", plan):
        return every_review_step(plan)
    return _steps(plan, plan.publicised_at) if plan.publicised_at else []


def every_review_step(plan: EvaluationPlan) -> list[ReviewStep]:
    """Return all steps of an evaluation with names and notes, for who handles it; oldest first; three queries."""
    return _steps(plan, None)


def _steps(plan: EvaluationPlan, until: dt.datetime | None) -> list[ReviewStep]:
    """Return the steps until the last publicity for everybody, without an end for those inside."""
    entries = AuditEntry.objects.filter(object_label=plan._meta.label, object_key=str(plan.pk), verb__in=ACTS)
    if until is not None:
        entries = entries.filter(at__lte=until)
    found = list(entries.select_related("actor").order_by("pk")[:MOST_STEPS])
    if not found:
        return []
    posts = list(Post.objects.filter(user__in={entry.actor_id for entry in found}).select_related("division"))
    versions = list(
        EvaluationResult.objects.filter(plan=plan).order_by("version").values_list("version", "computed_at")
    )
    return [_step(entry, plan, posts, versions, inside=until is None) for entry in found]


def _step(
    entry: AuditEntry,
    plan: EvaluationPlan,
    posts: Sequence[Post],
    versions: Iterable[tuple[int, dt.datetime]],
    *,
    inside: bool,
) -> ReviewStep:
    name, label = ACTS[entry.verb]
    says_why = inside or entry.verb == EXTENDED
    return ReviewStep(
        name=name,
        label=label,
        at=entry.at,
        version=max((version for version, at in versions if at <= entry.at), default=None),
        office=_office(entry, plan, posts),
        person=str(entry.actor) if inside and not entry.actor.is_system else "",
        note=entry.reason if says_why else "",
    )


def _office(entry: AuditEntry, plan: EvaluationPlan, posts: Sequence[Post]) -> str:
    """Name the post in which somebody acted on that day: the nearest that reaches the place."""
    day = timezone.localdate(entry.at)
    held = [
        post
        for post in posts
        if post.user_id == entry.actor_id
        and post.valid_from <= day
        and (post.valid_to is None or day < post.valid_to)
        and plan.division.path.startswith(post.division.path)
    ]
    if not held:
        return ""
    nearest = max(held, key=lambda post: (len(post.division.path), post.pk))
    return f"{nearest.get_role_display()} · {nearest.division.short_name}"
