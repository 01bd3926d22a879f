"""How an evaluation runs from its plan to the published account (晒账)."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move


class TemplateStatus(models.TextChoices):
    """Where a version of a template stands."""

    DRAFT = "DRAFT", _("draft")
    PUBLISHED = "PUBLISHED", _("in use")
    RETIRED = "RETIRED", _("retired")


class PlanStatus(models.TextChoices):
    """Where an evaluation stands."""

    PLANNED = "PLANNED", pgettext_lazy("evaluation", "planned")
    COLLECTING = "COLLECTING", _("collecting answers")
    CLOSED = "CLOSED", _("collection closed")
    COMPUTED = "COMPUTED", _("computed")
    REVIEWED = "REVIEWED", _("reviewed")
    PUBLICISED = "PUBLICISED", _("publicised")
    FINAL = "FINAL", _("final")
    PUSHED = "PUSHED", _("pushed to those concerned")
    CANCELLED = "CANCELLED", _("cancelled")


TEMPLATE = Lifecycle(
    "projects.EvaluationTemplate",
    initial=TemplateStatus.DRAFT,
    terminal=frozenset({TemplateStatus.RETIRED}),
    moves=(
        Move(
            "publish",
            frozenset({TemplateStatus.DRAFT}),
            TemplateStatus.PUBLISHED,
            permission="projects.approve_template",
            label=_("Take into use"),
            verb="projects.template.published",
            basis="Default of this platform: two persons set a template",
            stamp="published",
            apart_from=("drafted",),
        ),
        Move(
            "retire",
            frozenset({TemplateStatus.PUBLISHED}),
            TemplateStatus.RETIRED,
            permission="projects.approve_template",
            label=_("Retire"),
            verb="projects.template.retired",
            needs_reason=True,
        ),
    ),
)

EVALUATION = Lifecycle(
    "projects.EvaluationPlan",
    initial=PlanStatus.PLANNED,
    terminal=frozenset({PlanStatus.PUSHED, PlanStatus.CANCELLED}),
    moves=(
        Move(
            "open",
            frozenset({PlanStatus.PLANNED}),
            PlanStatus.COLLECTING,
            permission="projects.manage_evaluation",
            label=_("Open the collection"),
            verb="projects.evaluation.opened",
            basis="Report on Ziliujing 2021: evaluation by three parties",
            stamp="opened",
            event="projects.evaluation.opened",
        ),
        Move(
            "close",
            frozenset({PlanStatus.COLLECTING}),
            PlanStatus.CLOSED,
            permission=SYSTEM,
            label=_("Close the collection"),
            verb="projects.evaluation.closed",
            stamp="closed",
            event="projects.evaluation.closed",
        ),
        Move(
            "compute",
            frozenset({PlanStatus.CLOSED}),
            PlanStatus.COMPUTED,
            permission=SYSTEM,
            label=_("Compute the result"),
            verb="projects.evaluation.computed",
            basis="Report on Ziliujing 2021: evaluation by three parties",
            stamp="computed",
            event="projects.evaluation.computed",
        ),
        Move(
            "review",
            frozenset({PlanStatus.COMPUTED}),
            PlanStatus.REVIEWED,
            permission="projects.review_evaluation",
            label=_("Confirm the result"),
            verb="projects.evaluation.reviewed",
            stamp="reviewed",
            apart_from=("planned",),
            fields=("review_note",),
        ),
        Move(
            "send_back",
            frozenset({PlanStatus.REVIEWED}),
            PlanStatus.COMPUTED,
            permission="projects.manage_evaluation",
            label=_("Send back to the review"),
            verb="projects.evaluation.sent_back",
            needs_reason=True,
        ),
        Move(
            "publicise",
            frozenset({PlanStatus.REVIEWED}),
            PlanStatus.PUBLICISED,
            permission="projects.manage_evaluation",
            label=_("Publicise"),
            verb="projects.evaluation.publicised",
            basis="Report on Ziliujing 2021: the account is laid open (晒账)",
            stamp="publicised",
            fields=("notice",),
            event="projects.evaluation.publicised",
        ),
        Move(
            "make_final",
            frozenset({PlanStatus.PUBLICISED}),
            PlanStatus.FINAL,
            permission=SYSTEM,
            label=_("Make final"),
            verb="projects.evaluation.final",
            stamp="final",
            event="projects.evaluation.final",
        ),
        Move(
            "review_again",
            frozenset({PlanStatus.PUBLICISED}),
            PlanStatus.COMPUTED,
            permission=SYSTEM,
            label=_("Review again after an objection"),
            verb="projects.evaluation.reopened",
            event="projects.evaluation.reopened",
        ),
        Move(
            "push",
            frozenset({PlanStatus.FINAL}),
            PlanStatus.PUSHED,
            permission=SYSTEM,
            label=_("Push to those concerned"),
            verb="projects.evaluation.pushed",
            basis="Report on Ziliujing 2021: assessment results are pushed",
            stamp="pushed",
            event="projects.evaluation.pushed",
        ),
        Move(
            "cancel",
            frozenset({PlanStatus.PLANNED, PlanStatus.COLLECTING}),
            PlanStatus.CANCELLED,
            permission="projects.manage_evaluation",
            label=_("Cancel"),
            verb="projects.evaluation.cancelled",
            needs_reason=True,
        ),
    ),
)
