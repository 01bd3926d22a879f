"""How a rule value comes into force: one person enters it, another approves it.

A value that has been in force stays: it is given an end (`communities.policy.operations.end_parameter`), so that past
days are judged as they were. Only what never counted is retired.
"""

from django.db import models
from django.utils.translation import gettext_lazy as _

from governance.lifecycle import Lifecycle, Move


class ParameterStatus(models.TextChoices):
    """Whether a value counts."""

    DRAFT = "DRAFT", _("draft")
    ACTIVE = "ACTIVE", _("in force")
    RETIRED = "RETIRED", _("retired")


PARAMETER = Lifecycle(
    "communities.PolicyParameter",
    initial=ParameterStatus.DRAFT,
    terminal=frozenset({ParameterStatus.RETIRED}),
    moves=(
        Move(
            "approve",
            frozenset({ParameterStatus.DRAFT}),
            ParameterStatus.ACTIVE,
            permission="communities.approve_parameter",
            label=_("Approve"),
            verb="communities.parameter.approved",
            basis="Rule of this platform",
            stamp="approved",
            apart_from=("entered",),
            event="communities.parameter.approved",
        ),
        Move(
            "retire",
            frozenset({ParameterStatus.DRAFT, ParameterStatus.ACTIVE}),
            ParameterStatus.RETIRED,
            permission="communities.approve_parameter",
            label=_("Retire"),
            verb="communities.parameter.retired",
            basis="Rule of this platform",
            stamp="retired",
            needs_reason=True,
            event="communities.parameter.retired",
        ),
    ),
)
