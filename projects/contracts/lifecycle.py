"""How a contract with an organization proceeds, and its milestones."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import Lifecycle, Move


class ContractStatus(models.TextChoices):
    """Where a contract stands."""

    DRAFT = "DRAFT", _("draft")
    OFFERED = "OFFERED", _("offered to the organization")
    AGREED = "AGREED", _("signed by the organization")
    RUNNING = "RUNNING", pgettext_lazy("contract", "running")
    DELIVERED = "DELIVERED", _("delivered")
    ACCEPTED = "ACCEPTED", _("accepted")
    CLOSED = "CLOSED", _("closed")
    TERMINATED = "TERMINATED", _("terminated")


SIGNED = (ContractStatus.RUNNING, ContractStatus.DELIVERED, ContractStatus.ACCEPTED, ContractStatus.CLOSED)
"""All parties have signed, and it did not end early."""
UNDER_WAY = SIGNED[:-1]
"""Signed, and not over yet."""


class MilestoneStatus(models.TextChoices):
    """Where a milestone stands."""

    PLANNED = "PLANNED", pgettext_lazy("milestone", "planned")
    REPORTED = "REPORTED", _("reported")
    CONFIRMED = "CONFIRMED", _("confirmed")


CONTRACT = Lifecycle(
    "projects.Contract",
    initial=ContractStatus.DRAFT,
    terminal=frozenset({ContractStatus.CLOSED, ContractStatus.TERMINATED}),
    moves=(
        Move(
            "offer",
            frozenset({ContractStatus.DRAFT}),
            ContractStatus.OFFERED,
            permission="projects.manage_contract",
            label=_("Offer to the organization"),
            verb="projects.contract.offered",
            stamp="offered",
            event="projects.contract.offered",
        ),
        Move(
            "agree",
            frozenset({ContractStatus.OFFERED}),
            ContractStatus.AGREED,
            permission="projects.act_for_implementer",
            label=_("Sign for the organization"),
            verb="projects.contract.agreed",
            basis="Report on Wuhou: agreement of three parties",
            stamp="agreed",
            apart_from=("offered",),
            event="projects.contract.agreed",
        ),
        Move(
            "sign",
            frozenset({ContractStatus.AGREED}),
            ContractStatus.RUNNING,
            permission="projects.sign_contract",
            label=_("Sign for the street"),
            verb="projects.contract.signed",
            basis="Report on Wuhou: agreement of three parties",
            stamp="signed",
            apart_from=("offered", "agreed"),
            fields=("signed_on", "publish_by", "file_by"),
            event="projects.contract.signed",
        ),
        Move(
            "report_delivery",
            frozenset({ContractStatus.RUNNING}),
            ContractStatus.DELIVERED,
            permission="projects.act_for_implementer",
            label=_("Report the delivery"),
            verb="projects.contract.delivered",
            stamp="delivered",
            fields=("delivery_report", "delivery_number"),
            event="projects.contract.delivered",
        ),
        Move(
            "return_delivery",
            frozenset({ContractStatus.DELIVERED}),
            ContractStatus.RUNNING,
            permission="projects.accept_contract",
            label=_("Return for mending"),
            verb="projects.contract.returned",
            needs_reason=True,
            event="projects.contract.returned",
        ),
        Move(
            "accept",
            frozenset({ContractStatus.DELIVERED}),
            ContractStatus.ACCEPTED,
            permission="projects.accept_contract",
            label=_("Accept with the residents"),
            verb="projects.contract.accepted",
            basis="Default of this platform: no acceptance without residents' opinions",
            stamp="accepted",
            apart_from=("delivered",),
            event="projects.contract.accepted",
        ),
        Move(
            "close",
            frozenset({ContractStatus.ACCEPTED}),
            ContractStatus.CLOSED,
            permission="projects.manage_contract",
            label=pgettext_lazy("contract", "Close"),
            verb="projects.contract.closed",
            stamp="closed",
        ),
        Move(
            "terminate",
            frozenset({ContractStatus.DRAFT, ContractStatus.OFFERED, ContractStatus.AGREED, ContractStatus.RUNNING}),
            ContractStatus.TERMINATED,
            permission="projects.sign_contract",
            label=_("Terminate"),
            verb="projects.contract.terminated",
            stamp="closed",
            needs_reason=True,
            event="projects.contract.terminated",
        ),
    ),
)

MILESTONE = Lifecycle(
    "projects.Milestone",
    initial=MilestoneStatus.PLANNED,
    terminal=frozenset({MilestoneStatus.CONFIRMED}),
    moves=(
        Move(
            "report",
            frozenset({MilestoneStatus.PLANNED}),
            MilestoneStatus.REPORTED,
            permission="projects.act_for_implementer",
            label=_("Report"),
            verb="projects.milestone.reported",
            stamp="reported",
            fields=("report",),
            event="projects.milestone.reported",
        ),
        Move(
            "confirm",
            frozenset({MilestoneStatus.REPORTED}),
            MilestoneStatus.CONFIRMED,
            permission="projects.confirm_milestone",
            label=_("Confirm"),
            verb="projects.milestone.confirmed",
            stamp="confirmed",
            apart_from=("reported",),
        ),
        Move(
            "send_back",
            frozenset({MilestoneStatus.REPORTED}),
            MilestoneStatus.PLANNED,
            permission="projects.confirm_milestone",
            label=_("Return"),
            verb="projects.milestone.returned",
            needs_reason=True,
        ),
    ),
)
