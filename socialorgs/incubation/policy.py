"""Numbers of incubation, and what is scored when a body comes in and when it leaves."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole

LONGEST_TEXT = 4000

ENTRY_SCORE = declare(
    "so.incubation.entry_score",
    _("Score for coming into an incubator, at least"),
    unit="points of 100",
    read=whole,
    default=60,
    basis="Default of this platform; local rules prevail",
)
EXIT_SCORE = declare(
    "so.incubation.exit_score",
    _("Score for leaving an incubator with success, at least"),
    unit="points of 100",
    read=whole,
    default=60,
    basis="Default of this platform; local rules prevail",
)
USUAL_MONTHS = declare(
    "so.incubation.usual_months",
    _("Usual stay in an incubator"),
    unit="months",
    read=whole,
    default=12,
    basis="Default of this platform; local rules prevail",
)
MOST_MONTHS = declare(
    "so.incubation.most_months",
    _("Stay in an incubator, at most"),
    unit="months",
    read=whole,
    default=24,
    basis="Default of this platform; local rules prevail",
)
REVIEW_MONTHS = declare(
    "so.incubation.review_months",
    _("A body in an incubator is reviewed at least once in"),
    unit="months",
    read=whole,
    default=3,
    basis="Default of this platform; local rules prevail",
)
LEAST_PROJECTS = declare(
    "so.incubation.exit_projects",
    _("Projects finished before leaving an incubator with success, at least"),
    unit="times",
    read=whole,
    default=1,
    basis="Default of this platform; local rules prevail",
)


class Phase(models.TextChoices):
    """When a body is scored."""

    ENTRY = "ENTRY", _("coming in")
    EXIT = "EXIT", _("leaving")


class Criterion(models.TextChoices):
    """What is looked at."""

    NEED = "NEED", _("need of the residents")
    TEAM = "TEAM", _("people and their experience")
    PLAN = "PLAN", _("plan of the work")
    BENEFIT = "BENEFIT", _("public benefit")
    PROJECTS = "PROJECTS", _("projects carried out")
    FINANCES = "FINANCES", _("keeping of accounts")
    GOVERNANCE = "GOVERNANCE", _("rules and organs")
    PARTY = "PARTY", _("party work")


MOST_POINTS: dict[str, dict[str, int]] = {
    Phase.ENTRY: {Criterion.NEED: 25, Criterion.TEAM: 25, Criterion.PLAN: 30, Criterion.BENEFIT: 20},
    Phase.EXIT: {Criterion.PROJECTS: 30, Criterion.FINANCES: 25, Criterion.GOVERNANCE: 25, Criterion.PARTY: 20},
}
"""The most points of each criterion; each phase sums to a hundred."""
