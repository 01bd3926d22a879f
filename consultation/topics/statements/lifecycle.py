"""How a statement goes from its proposal to the people who agree or disagree."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class StatementStatus(models.TextChoices):
    """Where a statement stands."""

    PROPOSED = "PROPOSED", pgettext_lazy("statement", "proposed")
    SHOWN = "SHOWN", pgettext_lazy("statement", "open for positions")
    REFUSED = "REFUSED", pgettext_lazy("statement", "refused")
    JOINED = "JOINED", pgettext_lazy("statement", "joined with another one")


STATEMENT = Lifecycle(
    "consultation.Statement",
    initial=StatementStatus.PROPOSED,
    terminal=frozenset({StatementStatus.REFUSED, StatementStatus.JOINED}),
    moves=(
        Move(
            "show",
            frozenset({StatementStatus.PROPOSED}),
            StatementStatus.SHOWN,
            permission="consultation.check_statement",
            label=pgettext_lazy("statement", "Show"),
            verb="consultation.statement.shown",
            stamp="checked",
            event="consultation.statement.shown",
        ),
        Move(
            "refuse",
            frozenset({StatementStatus.PROPOSED, StatementStatus.SHOWN}),
            StatementStatus.REFUSED,
            permission="consultation.check_statement",
            label=pgettext_lazy("statement", "Refuse"),
            verb="consultation.statement.refused",
            stamp="checked",
            needs_reason=True,
            fields=("reason",),
        ),
        Move(
            "join",
            frozenset({StatementStatus.PROPOSED}),
            StatementStatus.JOINED,
            permission="consultation.check_statement",
            label=pgettext_lazy("statement", "Join with another one"),
            verb="consultation.statement.joined",
            stamp="checked",
            fields=("same_as", "reason"),
            waits=False,
        ),
    ),
)
