"""What is asked before an evaluation is planned and somebody is invited: possible dates, a named subject, no ties.

Used by the operations of this room only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NoReturn

from django.db import IntegrityError
from django.utils.translation import gettext as _

from communities.bodies.models import Body
from communities.venues.models import Venue
from governance.accounts.models import User
from governance.calendar.days import MONTHS, months_later
from governance.errors import constraint_of
from projects.evaluation import refusals
from projects.evaluation.models import EvaluationPlan, SubjectKind
from projects.evaluation.queries import seats_in, ties_of
from socialorgs.register.models import SocialOrganization

DONE_BY_SOMEBODY = (SubjectKind.PROJECT, SubjectKind.ORGANIZATION)
"""What an organization does, or is: its name must be known, so that ties can be asked for."""


def check_subject(
    kind: str,
    implementer: SocialOrganization | None,
    body: Body | None,
    worker: User | None,
    venue: Venue | None,
) -> None:
    """Refuse to judge what is not named by its key, and keys that do not fit what is judged.

    Raises:
        ImplementerMissing, BodyMissing, WorkerMissing, VenueMissing, SubjectUnfit.
    """
    if kind in DONE_BY_SOMEBODY and implementer is None:
        raise refusals.ImplementerMissing(field="implementer")
    if kind == SubjectKind.COMMITTEE and body is None:
        raise refusals.BodyMissing(field="body")
    if kind == SubjectKind.GRID_WORK and worker is None:
        raise refusals.WorkerMissing(field="worker")
    if kind == SubjectKind.VENUE and venue is None:
        raise refusals.VenueMissing(field="venue")
    if venue is not None and kind != SubjectKind.VENUE:
        raise refusals.SubjectUnfit(field="venue")
    if body is not None and kind != SubjectKind.COMMITTEE:
        raise refusals.SubjectUnfit(field="body")
    if worker is not None and kind not in (SubjectKind.GRID_WORK, SubjectKind.SOCIAL_WORK):
        raise refusals.SubjectUnfit(field="worker")


def check_dates(period: tuple[dt.date, dt.date], collection: tuple[dt.date, dt.date], today: dt.date) -> None:
    """Refuse dates that run backwards, and a collection that would be over already."""
    if period[1] <= period[0]:
        raise refusals.DatesImpossible(field="period_to", reason=_("The period must end after it begins."))
    if collection[1] < collection[0]:
        raise refusals.DatesImpossible(field="closes_on", reason=_("The collection must end after it begins."))
    if collection[1] < today:
        raise refusals.DatesImpossible(field="closes_on", reason=_("The collection would end in the past."))


def check_extension(plan: EvaluationPlan, closes_on: dt.date) -> None:
    """Refuse a new last day that is not later than the old one, or that lies more than a year after the first."""
    if closes_on <= plan.closes_on:
        raise refusals.DatesImpossible(
            field="closes_on",
            reason=_("The new last day must be later than the present one, %(day)s.") % {"day": plan.closes_on},
        )
    if closes_on > months_later(plan.opens_on, MONTHS):
        raise refusals.DatesImpossible(
            field="closes_on", reason=_("A collection is open for a year at most. Plan another evaluation.")
        )


def refuse_tied(plan: EvaluationPlan, person: User, today: dt.date) -> None:
    """Refuse whoever is judged, sits in the body that is judged, or is tied to the implementer; at most four queries.

    Raises:
        EvaluatorTied.
    """
    if reasons := reasons_against(plan, person, today):
        raise refusals.EvaluatorTied(
            field="evaluators",
            person=str(person),
            organization=plan.implementer.name if plan.implementer else plan.subject_name,
            reasons="; ".join(reasons),
        )


def reasons_against(plan: EvaluationPlan, person: User, today: dt.date) -> list[str]:
    """Return in words why a person does not judge in an evaluation; empty when nothing. At most four queries."""
    reasons = []
    if plan.worker_id == person.pk:
        reasons.append(_("it is their own work"))
    if plan.body_id is not None and seats_in(plan.body_id, person, plan.period_from):
        reasons.append(_("sits or sat in it"))
    if plan.implementer is not None:
        reasons += ties_of(person, plan.implementer, plan.period_from, today)
    return reasons


OF_TIES = ("evaluationtask_nobody_tied", "evaluationtask_nobody_of_the_judged")
"""What the database says of a tie, a seat or a work that was written down at the same moment."""


def refuse_guarded(
    plan: EvaluationPlan, method: str, evaluators: Sequence[User], today: dt.date, error: IntegrityError
) -> NoReturn:
    """Say in words what the database held against an invitation: what was written down since the rules were asked.

    Raises:
        EvaluatorTied, InvitedTwice: what was found; the error itself where it is something else.
    """
    for person in evaluators:
        refuse_tied(plan, person, today)
    refuse_invited(plan, method, evaluators)
    if constraint_of(error) in OF_TIES:
        raise refusals.EvaluatorTied(
            field="evaluators",
            person=", ".join(map(str, evaluators)),
            organization=plan.implementer.name if plan.implementer else plan.subject_name,
            reasons=_("one of them is tied to it"),
        ) from error
    raise error


def refuse_invited(plan: EvaluationPlan, method: str, evaluators: Sequence[User]) -> None:
    """Refuse to invite a person twice by one method; one query."""
    known = set(plan.tasks.filter(method=method, evaluator__in=evaluators).values_list("evaluator", flat=True))
    for place, person in enumerate(evaluators):
        if person.pk in known or person in evaluators[:place]:
            raise refusals.InvitedTwice(field="evaluators", person=str(person))
