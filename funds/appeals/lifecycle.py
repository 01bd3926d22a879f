"""How an appeal for money proceeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from consultation.decisions.lifecycle import DecisionStatus
from governance.lifecycle import SYSTEM, Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.appeals.models import Appeal

DECIDED = (
    DecisionStatus.FINAL,
    DecisionStatus.EXECUTING,
    DecisionStatus.REPORTED,
    DecisionStatus.ACCEPTED,
    DecisionStatus.CLOSED,
)
"""States of a decision that stands."""


class AppealKind(models.TextChoices):
    """Who is asked."""

    PUBLIC = "PUBLIC", _("public appeal")
    RESIDENTS = "RESIDENTS", _("crowd-funding among residents")


class AppealStatus(models.TextChoices):
    """Where an appeal stands."""

    DRAFT = "DRAFT", _("drafted")
    OPEN = "OPEN", pgettext_lazy("appeal", "running")
    ENDED = "ENDED", pgettext_lazy("appeal", "ended")
    ACCOUNTED = "ACCOUNTED", _("accounts shown")
    WITHDRAWN = "WITHDRAWN", _("withdrawn")


def is_lawful(appeal: Appeal) -> StrOrPromise | None:
    """Hold an appeal back that lacks its right: certificate and filing for the public, a decision for residents.

    Basis: Charity Law art. 22-27; Organic Law of Urban Residents' Committees art. 16.
    """
    if appeal.fund.status != "ACTIVE":
        return _("The fund is “%(status)s”; only an active fund raises money.") % {
            "status": appeal.fund.get_status_display()
        }
    if appeal.kind == AppealKind.RESIDENTS:
        return _decided(appeal)
    return _filed(appeal) or _certified(appeal)


def _filed(appeal: Appeal) -> StrOrPromise | None:
    if not appeal.filing_number:
        return _("Enter the number under which the plan of the appeal was filed.")
    return None if appeal.platform_url else _("Enter the address of the appeal on a designated platform.")


def _certified(appeal: Appeal) -> StrOrPromise | None:
    charity = appeal.fund.charity
    if charity is None:
        return _("Public money raises nothing.")
    if not charity.has_public_fundraising or charity.fundraising_valid_to is None:
        return _("%(charity)s has no certificate to appeal to the public.") % {"charity": charity.name}
    if charity.fundraising_valid_to <= appeal.ends_on:
        return _("The certificate of %(charity)s to appeal to the public ends on %(day)s, before the appeal does.") % {
            "charity": charity.name,
            "day": charity.fundraising_valid_to,
        }
    return None


def _decided(appeal: Appeal) -> StrOrPromise | None:
    if appeal.decision is None or appeal.decision.status not in DECIDED:
        return _("Money is raised among residents after a final decision of theirs.")
    return None


def has_shown_all(appeal: Appeal) -> StrOrPromise | None:
    """Hold the end back until every account is shown (Basis: Charity Law art. 78)."""
    owed = appeal.reports.filter(published_at=None).count()
    return _("%(count)s accounts are still to be shown.") % {"count": owed} if owed else None


APPEAL = Lifecycle(
    "funds.Appeal",
    initial=AppealStatus.DRAFT,
    terminal=frozenset({AppealStatus.ACCOUNTED, AppealStatus.WITHDRAWN}),
    moves=(
        Move(
            "open",
            frozenset({AppealStatus.DRAFT}),
            AppealStatus.OPEN,
            permission="funds.open_appeal",
            label=_("Open the appeal"),
            verb="funds.appeal.opened",
            basis="Charity Law art. 22, 23, 27",
            stamp="opened",
            apart_from=("drafted",),
            guard=is_lawful,
            fields=("pool",),
            event="funds.appeal.opened",
        ),
        Move(
            "withdraw",
            frozenset({AppealStatus.DRAFT}),
            AppealStatus.WITHDRAWN,
            permission="funds.draft_appeal",
            label=_("Withdraw"),
            verb="funds.appeal.withdrawn",
            needs_reason=True,
        ),
        Move(
            "end",
            frozenset({AppealStatus.OPEN}),
            AppealStatus.ENDED,
            permission="funds.open_appeal",
            label=_("End before its day"),
            verb="funds.appeal.ended",
            stamp="ended",
            needs_reason=True,
            event="funds.appeal.ended",
        ),
        Move(
            "run_out",
            frozenset({AppealStatus.OPEN}),
            AppealStatus.ENDED,
            permission=SYSTEM,
            label=_("End on its day"),
            verb="funds.appeal.run_out",
            stamp="ended",
            event="funds.appeal.ended",
        ),
        Move(
            "account",
            frozenset({AppealStatus.ENDED}),
            AppealStatus.ACCOUNTED,
            permission="funds.open_appeal",
            label=_("Close with its full account"),
            verb="funds.appeal.accounted",
            basis="Charity Law art. 78",
            stamp="accounted",
            guard=has_shown_all,
            event="funds.appeal.accounted",
        ),
    ),
)
