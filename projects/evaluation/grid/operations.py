"""A round of evaluations of grid workers: one plan for each who holds a post, by the list of duties in force."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from governance.accounts.masking import mask_name
from governance.errors import NotAllowed
from projects.evaluation import operations, refusals
from projects.evaluation.grid.queries import judged_in, workers_in
from projects.evaluation.lifecycle import PlanStatus
from projects.evaluation.models import EvaluationPlan, EvaluationTemplate, SubjectKind

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User


def plan_grid_round(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    division: Division,
    template: EvaluationTemplate,
    period_from: dt.date,
    period_to: dt.date,
    opens_on: dt.date,
    closes_on: dt.date,
) -> list[EvaluationPlan]:
    """Plan an evaluation for each grid worker of a place who has none that touches the period; all or none.

    Asked again it plans for those only who have come since. The name stands masked in what everybody reads.

    Raises:
        NotAllowed: `by` may not plan evaluations in the place.
        NobodyInTheGrids: nobody holds such a post there.
        TemplateNotInUse, DatesImpossible: as for every plan.
    Basis: report S1, list of duties and scoring of grid workers.
    """
    if not by.has_perm("projects.manage_evaluation", division):
        raise NotAllowed
    posts = workers_in(division, today)
    if not posts:
        raise refusals.NobodyInTheGrids(field="division")
    made = []
    with transaction.atomic():
        touching = judged_in(division).filter(period_from__lt=period_to, period_to__gt=period_from)
        judged = set(touching.exclude(status=PlanStatus.CANCELLED).values_list("worker", flat=True))
        for post in posts:
            if post.user_id in judged:
                continue
            judged.add(post.user_id)
            name = mask_name(str(post.user))
            with override(settings.LANGUAGE_CODE):
                title = _("Grid worker %(name)s of %(place)s, %(period_from)s to %(period_to)s") % {
                    "name": name,
                    "place": post.division.short_name,
                    "period_from": period_from,
                    "period_to": period_to,
                }
            plan = operations.plan_evaluation(
                by=by,
                now=now,
                today=today,
                title=title,
                subject_kind=SubjectKind.GRID_WORK,
                subject_name=f"{post.division.short_name} {name}",
                division=post.division,
                worker=post.user,
                template=template,
                period_from=period_from,
                period_to=period_to,
                opens_on=opens_on,
                closes_on=closes_on,
            )
            made.append(plan)
    return made
