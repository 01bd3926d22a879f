"""What is published of a result: the text of its notice, and to whom it is pushed.

Used by `projects.evaluation.operations` only.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from communities.policy.queries import value
from communities.territory.models import Division, Tier
from governance.calendar.days import DayKind
from projects.evaluation.models import EvaluationPlan, EvaluationResult, PushMessage, Recipient
from projects.evaluation.policy import PUBLICITY

if TYPE_CHECKING:
    from governance.accounts.models import User


def latest(plan: EvaluationPlan) -> EvaluationResult:
    """Return the newest version of a result; one query."""
    return plan.results.order_by("-version")[0]


def draft_notice(plan: EvaluationPlan, by: User, now: dt.datetime, today: dt.date) -> PublicNotice:
    """Draft the notice of a result in the site's language: the figures, and where the calculation stands."""
    result = latest(plan)
    with override(settings.LANGUAGE_CODE):
        score = "—" if result.score is None else str(result.score)
        body = _(
            "%(subject)s, %(period_from)s to %(period_to)s.\n"
            "Score: %(score)s. Grade: %(grade)s.\n"
            "Answers: %(answers)s of %(invited)s invited; satisfied: %(satisfied)s of %(valid)s.\n"
            "Version %(version)s, SHA-256 %(digest)s. The whole calculation stands on the page of the evaluation."
        ) % {
            "subject": plan.subject_name,
            "period_from": plan.period_from,
            "period_to": plan.period_to,
            "score": score,
            "grade": result.get_grade_display(),
            "answers": result.answers,
            "invited": result.invited,
            "satisfied": result.satisfied,
            "valid": result.valid_for_satisfaction,
            "version": result.version,
            # In groups that no scanner joins, so that no run of digits is taken for a person's number.
            "digest": "/".join(result.digest[place : place + 8] for place in range(0, 64, 8)),
        }
        title = _("Result of the evaluation: %(title)s") % {"title": plan.title}
        contact = _("The office that keeps this notice")
        basis = _("Open account of the three-party evaluation")
    return notices.draft_notice(
        by=by,
        now=now,
        title=title,
        body=body,
        division=plan.division,
        minimum_days=value(PUBLICITY, plan.division, today),
        day_kind=DayKind.WORKING,
        contact=contact,
        basis=basis,
    )


def messages_of(plan: EvaluationPlan, result: EvaluationResult, now: dt.datetime) -> list[PushMessage]:
    """Return one message per recipient: who was judged, the street, the registrar of the district."""
    above = {row.tier: row for row in Division.objects.filter(pk__in=plan.division.path.strip("/").split("/"))}
    found = []
    if plan.implementer is not None:
        found.append(
            PushMessage(
                recipient=Recipient.ORGANIZATION, organization=plan.implementer, division=plan.implementer.division
            )
        )
    if plan.body is not None:
        found.append(PushMessage(recipient=Recipient.BODY, body=plan.body, division=plan.division))
    if plan.worker_id is not None:
        found.append(PushMessage(recipient=Recipient.WORKER, worker_id=plan.worker_id, division=plan.division))
    for recipient, tier in ((Recipient.STREET, Tier.STREET), (Recipient.REGISTRAR, Tier.DISTRICT)):
        if tier in above:
            found.append(PushMessage(recipient=recipient, division=above[tier]))
    for message in found:
        message.result, message.sent_at = result, now
    return found
