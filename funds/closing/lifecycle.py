"""How a fund is closed, step by step: each step is refused while the one before is open."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

BASIS = "Charity Law art. 58"


class ClosureStatus(models.TextChoices):
    """Which step of the closing is done."""

    BEGUN = "BEGUN", _("intake stopped")
    AUDITED = "AUDITED", pgettext_lazy("closing", "audited")
    PROPOSED = "PROPOSED", _("use of the balance proposed")
    POSTED = "POSTED", _("posted for objections")
    CLEARED = "CLEARED", _("publicity over")
    TRANSFERRED = "TRANSFERRED", _("balance transferred")
    REPORTED = "REPORTED", _("final report given")


FUND_CLOSURE = Lifecycle(
    "funds.FundClosure",
    initial=ClosureStatus.BEGUN,
    terminal=frozenset({ClosureStatus.REPORTED}),
    moves=(
        Move(
            "audit",
            frozenset({ClosureStatus.BEGUN}),
            ClosureStatus.AUDITED,
            permission="funds.audit_closing",
            label=_("Give the audit opinion"),
            verb="funds.fund_closure.audited",
            basis=BASIS,
            stamp="audited",
            apart_from=("begun",),
            fields=("auditor", "audit_opinion", "audit_file"),
            event="funds.fund_closure.audited",
        ),
        Move(
            "propose",
            frozenset({ClosureStatus.AUDITED}),
            ClosureStatus.PROPOSED,
            permission="funds.propose_balance_use",
            label=_("Propose the use of the balance"),
            verb="funds.fund_closure.proposed",
            basis=BASIS,
            stamp="proposed",
            apart_from=("audited",),
            fields=("use", "recipient", "project", "use_reason", "amount"),
        ),
        Move(
            "put_up",
            frozenset({ClosureStatus.PROPOSED}),
            ClosureStatus.POSTED,
            permission="funds.post_closing",
            label=_("Post for objections"),
            verb="funds.fund_closure.posted",
            basis=BASIS,
            stamp="posted",
            fields=("notice",),
            event="funds.fund_closure.posted",
        ),
        Move(
            "clear",
            frozenset({ClosureStatus.POSTED}),
            ClosureStatus.CLEARED,
            permission=SYSTEM,
            label=_("End the publicity"),
            verb="funds.fund_closure.cleared",
            basis=BASIS,
            stamp="cleared",
            event="funds.fund_closure.cleared",
        ),
        Move(
            "return_after_objection",
            frozenset({ClosureStatus.POSTED}),
            ClosureStatus.AUDITED,
            permission=SYSTEM,
            label=_("Return after an objection"),
            verb="funds.fund_closure.returned",
            basis=BASIS,
            fields=("notice",),
            event="funds.fund_closure.returned",
        ),
        Move(
            "transfer",
            frozenset({ClosureStatus.CLEARED}),
            ClosureStatus.TRANSFERRED,
            permission="funds.transfer_balance",
            label=_("Transfer the balance"),
            verb="funds.fund_closure.transferred",
            basis=BASIS,
            stamp="transferred",
            apart_from=("audited", "proposed"),
            fields=("amount", "out_journal", "in_journal"),
            event="funds.fund_closure.transferred",
        ),
        Move(
            "report",
            frozenset({ClosureStatus.TRANSFERRED}),
            ClosureStatus.REPORTED,
            permission="funds.report_closing",
            label=_("Give the final report"),
            verb="funds.fund_closure.reported",
            basis=BASIS,
            stamp="reported",
            fields=("report",),
            event="funds.fund_closure.reported",
        ),
    ),
)
