"""How a body gets a grade, keeps it, and loses it."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

BASIS = "Measures for Assessment of Social Organizations"


class AssessmentStatus(models.TextChoices):
    """Where an assessment stands."""

    APPLIED = "APPLIED", pgettext_lazy("assessment", "applied for")
    SCORED = "SCORED", pgettext_lazy("assessment", "scored, to be voted on")
    GRANTED = "GRANTED", pgettext_lazy("assessment", "granted")
    QUESTIONED = "QUESTIONED", pgettext_lazy("assessment", "granted, being looked at again")
    REFUSED = "REFUSED", pgettext_lazy("assessment", "not granted")
    WITHDRAWN = "WITHDRAWN", pgettext_lazy("assessment", "taken back")
    SUPERSEDED = "SUPERSEDED", pgettext_lazy("assessment", "replaced by a newer one")


HOLDING = (AssessmentStatus.GRANTED, AssessmentStatus.QUESTIONED)
"""A grade holds while it is looked at again."""

ASSESSMENT = Lifecycle(
    "socialorgs.Assessment",
    initial=AssessmentStatus.APPLIED,
    terminal=frozenset({AssessmentStatus.REFUSED, AssessmentStatus.WITHDRAWN, AssessmentStatus.SUPERSEDED}),
    moves=(
        Move(
            "score",
            frozenset({AssessmentStatus.APPLIED}),
            AssessmentStatus.SCORED,
            permission="socialorgs.score_assessment",
            label=_("Enter the score"),
            verb="socialorgs.assessment.scored",
            basis=BASIS,
            stamp="scored",
            apart_from=("applied",),
            fields=("score", "grade", "findings"),
        ),
        Move(
            "grant",
            frozenset({AssessmentStatus.SCORED}),
            AssessmentStatus.GRANTED,
            permission="socialorgs.decide_assessment",
            label=_("Enter the vote and grant the grade"),
            verb="socialorgs.assessment.granted",
            basis=BASIS,
            stamp="decided",
            apart_from=("applied", "scored"),
            fields=("votes_for", "committee_size", "voted_on", "notify_by", "number", "valid_from", "valid_to"),
            event="socialorgs.assessment.granted",
        ),
        Move(
            "refuse",
            frozenset({AssessmentStatus.APPLIED, AssessmentStatus.SCORED}),
            AssessmentStatus.REFUSED,
            permission="socialorgs.decide_assessment",
            label=_("Do not grant a grade"),
            verb="socialorgs.assessment.refused",
            basis=BASIS,
            stamp="decided",
            apart_from=("applied", "scored"),
            needs_reason=True,
            fields=("remark", "notify_by"),
            event="socialorgs.assessment.refused",
        ),
        Move(
            "question",
            frozenset({AssessmentStatus.GRANTED}),
            AssessmentStatus.QUESTIONED,
            permission="socialorgs.question_grade",
            label=_("Propose to lower the grade or to take it back"),
            verb="socialorgs.assessment.questioned",
            basis=BASIS,
            stamp="questioned",
            needs_reason=True,
            fields=("proposed_grade", "remark"),
        ),
        Move(
            "keep",
            frozenset({AssessmentStatus.QUESTIONED}),
            AssessmentStatus.GRANTED,
            permission="socialorgs.decide_assessment",
            label=_("Leave the grade as it is"),
            verb="socialorgs.assessment.kept",
            apart_from=("questioned",),
            needs_reason=True,
            fields=("proposed_grade",),
        ),
        Move(
            "downgrade",
            frozenset({AssessmentStatus.QUESTIONED}),
            AssessmentStatus.GRANTED,
            permission="socialorgs.decide_assessment",
            label=_("Lower the grade as proposed"),
            verb="socialorgs.assessment.downgraded",
            basis=BASIS,
            apart_from=("questioned",),
            guard=lambda row: None if row.proposed_grade else _("It is proposed to take the grade back."),
            fields=("grade", "proposed_grade"),
            event="socialorgs.assessment.downgraded",
        ),
        Move(
            "withdraw",
            frozenset({AssessmentStatus.QUESTIONED}),
            AssessmentStatus.WITHDRAWN,
            permission="socialorgs.decide_assessment",
            label=_("Take the grade back as proposed"),
            verb="socialorgs.assessment.withdrawn",
            basis=BASIS,
            apart_from=("questioned",),
            guard=lambda row: _("It is proposed to lower the grade only.") if row.proposed_grade else None,
            event="socialorgs.assessment.withdrawn",
        ),
        Move(
            "supersede",
            frozenset({AssessmentStatus.GRANTED, AssessmentStatus.QUESTIONED}),
            AssessmentStatus.SUPERSEDED,
            permission=SYSTEM,
            label=_("Replace by a newer grade"),
            verb="socialorgs.assessment.superseded",
            fields=("valid_to",),
        ),
    ),
)
