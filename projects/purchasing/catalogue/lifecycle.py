"""How lists and budget lines come into force: entered by one person, confirmed by another."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class ListStatus(models.TextChoices):
    """Where an edition of a list stands."""

    DRAFT = "DRAFT", _("draft")
    CONFIRMED = "CONFIRMED", pgettext_lazy("list", "in force")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


class LineStatus(models.TextChoices):
    """Where a budget line stands."""

    DRAFT = "DRAFT", _("draft")
    CONFIRMED = "CONFIRMED", pgettext_lazy("budget line", "confirmed")
    CLOSED = "CLOSED", _("closed")


PURCHASE_LIST = Lifecycle(
    "projects.PurchaseList",
    initial=ListStatus.DRAFT,
    terminal=frozenset({ListStatus.CONFIRMED, ListStatus.WITHDRAWN}),
    moves=(
        Move(
            "confirm",
            frozenset({ListStatus.DRAFT}),
            ListStatus.CONFIRMED,
            permission="projects.confirm_purchase_list",
            label=_("Bring into force"),
            verb="projects.purchase_list.confirmed",
            basis="Ministry of Finance order 102 on government purchase of services art. 11, 12, 13",
            stamp="confirmed",
            apart_from=("drafted",),
            event="projects.purchase_list.confirmed",
        ),
        Move(
            "withdraw",
            frozenset({ListStatus.DRAFT}),
            ListStatus.WITHDRAWN,
            permission="projects.draft_purchase_list",
            label=_("Withdraw"),
            verb="projects.purchase_list.withdrawn",
            needs_reason=True,
        ),
    ),
)

BUDGET_LINE = Lifecycle(
    "projects.PublicBudgetLine",
    initial=LineStatus.DRAFT,
    terminal=frozenset({LineStatus.CLOSED}),
    moves=(
        Move(
            "confirm",
            frozenset({LineStatus.DRAFT}),
            LineStatus.CONFIRMED,
            permission="projects.confirm_public_budget_line",
            label=_("Confirm the budget"),
            verb="projects.public_budget_line.confirmed",
            basis="Budget Law art. 13",
            stamp="confirmed",
            apart_from=("entered",),
        ),
        Move(
            "close",
            frozenset({LineStatus.DRAFT, LineStatus.CONFIRMED}),
            LineStatus.CLOSED,
            permission="projects.confirm_public_budget_line",
            label=pgettext_lazy("budget line", "Close"),
            verb="projects.public_budget_line.closed",
            needs_reason=True,
        ),
    ),
)
