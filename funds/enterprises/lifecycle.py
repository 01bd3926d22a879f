"""How a community enterprise lives, and how its declaration passes four different people."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from communities.policy.queries import value
from funds.enterprises.policy import STATEMENTS_REQUIRED
from governance.lifecycle import Lifecycle, Move

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from funds.enterprises.models import ProfitDeclaration


class EnterpriseStatus(models.TextChoices):
    """Where an enterprise stands."""

    PLANNED = "PLANNED", _("planned")
    REGISTERED = "REGISTERED", _("registered")
    OPERATING = "OPERATING", _("operating")
    SUSPENDED = "SUSPENDED", _("suspended")
    DISSOLVING = "DISSOLVING", _("dissolving")
    CLOSED = "CLOSED", pgettext_lazy("enterprise", "closed")


class DeclarationStatus(models.TextChoices):
    """Where a declaration stands."""

    DRAFT = "DRAFT", _("draft")
    SUBMITTED = "SUBMITTED", _("submitted")
    REVIEWED = "REVIEWED", _("reviewed by the supervision committee")
    CHECKED = "CHECKED", _("checked by the street")
    AUDITED = "AUDITED", _("audited")
    PUBLISHED = "PUBLISHED", _("published")
    LOCKED = "LOCKED", _("locked")


ENTERPRISE = Lifecycle(
    "funds.CommunityEnterprise",
    initial=EnterpriseStatus.PLANNED,
    terminal=frozenset({EnterpriseStatus.CLOSED}),
    moves=(
        Move(
            "register",
            frozenset({EnterpriseStatus.PLANNED}),
            EnterpriseStatus.REGISTERED,
            permission="funds.edit_enterprise",
            label=_("Record the registration"),
            verb="funds.enterprise.registered",
            stamp="registered",
        ),
        Move(
            "start_operating",
            frozenset({EnterpriseStatus.REGISTERED, EnterpriseStatus.SUSPENDED}),
            EnterpriseStatus.OPERATING,
            permission="funds.edit_enterprise",
            label=_("Start operating"),
            verb="funds.enterprise.operating",
        ),
        Move(
            "suspend",
            frozenset({EnterpriseStatus.OPERATING}),
            EnterpriseStatus.SUSPENDED,
            permission="funds.edit_enterprise",
            label=_("Suspend"),
            verb="funds.enterprise.suspended",
            needs_reason=True,
        ),
        Move(
            "dissolve",
            frozenset({EnterpriseStatus.REGISTERED, EnterpriseStatus.OPERATING, EnterpriseStatus.SUSPENDED}),
            EnterpriseStatus.DISSOLVING,
            permission="funds.edit_enterprise",
            label=_("Begin dissolution"),
            verb="funds.enterprise.dissolving",
            needs_reason=True,
        ),
        Move(
            "close",
            frozenset({EnterpriseStatus.DISSOLVING}),
            EnterpriseStatus.CLOSED,
            permission="funds.edit_enterprise",
            label=pgettext_lazy("enterprise", "Close"),
            verb="funds.enterprise.closed",
            needs_reason=True,
        ),
    ),
)


def _statements_first(row: ProfitDeclaration) -> StrOrPromise | None:
    """Where the place asks for it, a year is submitted with its balance sheet and its income statement."""
    if row.period_kind != "YEAR" or (row.balance_sheet_id and row.income_statement_id):
        return None
    if not value(STATEMENTS_REQUIRED, row.division, row.ends_on - dt.timedelta(days=1)):
        return None
    return _("Attach the balance sheet and the income statement of the year first.")


STAMPS = ("submitted_at", "submitted_by", "reviewed_at", "reviewed_by", "checked_at", "checked_by")


def _return(name: str, source: str) -> Move:
    """A review sends the declaration back to its enterprise with a reason, and the round begins anew."""
    return Move(
        name,
        frozenset({source}),
        DeclarationStatus.DRAFT,
        permission={
            DeclarationStatus.SUBMITTED: "funds.review_declaration",
            DeclarationStatus.REVIEWED: "funds.check_declaration",
            DeclarationStatus.CHECKED: "funds.audit_declaration",
        }[DeclarationStatus(source)],
        label=_("Return"),
        verb="funds.declaration.returned",
        basis="Report on Ziliujing 2021",
        needs_reason=True,
        event="funds.declaration.returned",
        fields=STAMPS,
    )


DECLARATION = Lifecycle(
    "funds.ProfitDeclaration",
    initial=DeclarationStatus.DRAFT,
    terminal=frozenset({DeclarationStatus.LOCKED}),
    moves=(
        Move(
            "submit",
            frozenset({DeclarationStatus.DRAFT}),
            DeclarationStatus.SUBMITTED,
            permission="funds.submit_declaration",
            label=_("Submit"),
            verb="funds.declaration.submitted",
            basis="Report on Ziliujing 2021",
            stamp="submitted",
            guard=_statements_first,
            event="funds.declaration.submitted",
        ),
        Move(
            "review",
            frozenset({DeclarationStatus.SUBMITTED}),
            DeclarationStatus.REVIEWED,
            permission="funds.review_declaration",
            label=_("Review"),
            verb="funds.declaration.reviewed",
            basis="Report on Ziliujing 2021",
            stamp="reviewed",
            apart_from=("submitted",),
        ),
        Move(
            "check",
            frozenset({DeclarationStatus.REVIEWED}),
            DeclarationStatus.CHECKED,
            permission="funds.check_declaration",
            label=_("Check"),
            verb="funds.declaration.checked",
            basis="Report on Ziliujing 2021",
            stamp="checked",
            apart_from=("submitted", "reviewed"),
        ),
        Move(
            "audit",
            frozenset({DeclarationStatus.CHECKED}),
            DeclarationStatus.AUDITED,
            permission="funds.audit_declaration",
            label=_("Confirm the audit"),
            verb="funds.declaration.audited",
            basis="Report on Ziliujing 2021",
            stamp="audited",
            apart_from=("submitted", "reviewed", "checked"),
            fields=("audit_opinion", "audit_occasion"),
            event="funds.declaration.audited",
        ),
        Move(
            "publish",
            frozenset({DeclarationStatus.AUDITED}),
            DeclarationStatus.PUBLISHED,
            permission="funds.check_declaration",
            label=_("Publish"),
            verb="funds.declaration.published",
            basis="Report on Ziliujing 2021",
            stamp="published",
            event="funds.declaration.published",
        ),
        Move(
            "lock",
            frozenset({DeclarationStatus.PUBLISHED}),
            DeclarationStatus.LOCKED,
            permission="funds.check_declaration",
            label=_("Lock"),
            verb="funds.declaration.locked",
            basis="Report on Ziliujing 2021",
            stamp="locked",
        ),
        _return("return_from_review", DeclarationStatus.SUBMITTED),
        _return("return_from_check", DeclarationStatus.REVIEWED),
        _return("return_from_audit", DeclarationStatus.CHECKED),
    ),
)
