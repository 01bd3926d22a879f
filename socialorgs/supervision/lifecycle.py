"""How the report of a year is submitted and judged, what is amiss is mended, and a listing is repaired."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from governance.lifecycle import SYSTEM, Lifecycle, Move

UNITS = "Interim Regulations on Registration of Private Non-enterprise Units art. 23"
LISTS = "Measures for Credit Information of Social Organizations"


class ReportStatus(models.TextChoices):
    """Where the report of a year stands."""

    DUE = "DUE", pgettext_lazy("year report", "due")
    SUBMITTED = "SUBMITTED", pgettext_lazy("year report", "submitted")
    FORWARDED = "FORWARDED", _("with the registrar")
    RETURNED = "RETURNED", _("returned for correction")
    CONCLUDED = "CONCLUDED", _("concluded")
    MISSED = "MISSED", _("missed three times")
    LISTED = "LISTED", _("listed for it")


SAID = (
    "members_count",
    "staff_count",
    "income",
    "expenses",
    "meetings",
    "has_party_organization",
    "keeps_charter",
    "activities",
    "changes",
)
"""What a body reports of its year."""

YEAR_REPORT = Lifecycle(
    "socialorgs.YearReport",
    initial=ReportStatus.DUE,
    terminal=frozenset({ReportStatus.CONCLUDED}),
    moves=(
        Move(
            "submit",
            frozenset({ReportStatus.DUE, ReportStatus.RETURNED, ReportStatus.MISSED, ReportStatus.LISTED}),
            ReportStatus.SUBMITTED,
            permission="socialorgs.submit_year_report",
            label=_("Submit the report"),
            verb="socialorgs.year_report.submitted",
            basis=UNITS,
            stamp="submitted",
            fields=(*SAID, "remark"),
            event="socialorgs.year_report.submitted",
        ),
        Move(
            "forward",
            frozenset({ReportStatus.SUBMITTED}),
            ReportStatus.FORWARDED,
            permission="socialorgs.forward_year_report",
            label=_("Give the first opinion and pass it on"),
            verb="socialorgs.year_report.forwarded",
            basis=UNITS,
            stamp="forwarded",
            apart_from=("submitted",),
            fields=("opinion",),
        ),
        Move(
            "send_back",
            frozenset({ReportStatus.SUBMITTED, ReportStatus.FORWARDED}),
            ReportStatus.RETURNED,
            permission="socialorgs.check_year_report",
            label=_("Return for correction"),
            verb="socialorgs.year_report.returned",
            needs_reason=True,
            fields=("remark", "due_on", "reminders", "reminded_on"),
            event="socialorgs.year_report.returned",
        ),
        Move(
            "conclude",
            frozenset({ReportStatus.FORWARDED}),
            ReportStatus.CONCLUDED,
            permission="socialorgs.record_inspection",
            label=_("Enter the conclusion"),
            verb="socialorgs.year_report.concluded",
            basis=UNITS,
            stamp="decided",
            apart_from=("submitted", "forwarded"),
            fields=("inspection",),
            event="socialorgs.year_report.concluded",
        ),
        Move(
            "miss",
            frozenset({ReportStatus.DUE, ReportStatus.RETURNED}),
            ReportStatus.MISSED,
            permission=SYSTEM,
            label=_("Missed once more"),
            verb="socialorgs.year_report.missed",
            fields=("reminders", "reminded_on"),
            event="socialorgs.year_report.missed",
        ),
        Move(
            "put_on_list",
            frozenset({ReportStatus.MISSED}),
            ReportStatus.LISTED,
            permission="socialorgs.record_listing",
            label=_("Put on the list of abnormal activity"),
            verb="socialorgs.year_report.listed",
            basis=LISTS,
            fields=("listing",),
        ),
    ),
)


class RectificationStatus(models.TextChoices):
    """Where a rectification stands."""

    DRAFTED = "DRAFTED", pgettext_lazy("rectification", "drafted")
    ISSUED = "ISSUED", pgettext_lazy("rectification", "ordered")
    REPORTED = "REPORTED", pgettext_lazy("rectification", "reported as mended")
    ACCEPTED = "ACCEPTED", pgettext_lazy("rectification", "mended")
    DROPPED = "DROPPED", pgettext_lazy("rectification", "dropped")
    OVERDUE = "OVERDUE", _("missed three times")
    LISTED = "LISTED", _("listed for it")


RECTIFICATION = Lifecycle(
    "socialorgs.RectificationOrder",
    initial=RectificationStatus.DRAFTED,
    terminal=frozenset({RectificationStatus.ACCEPTED, RectificationStatus.DROPPED}),
    moves=(
        Move(
            "issue",
            frozenset({RectificationStatus.DRAFTED}),
            RectificationStatus.ISSUED,
            permission="socialorgs.issue_rectification",
            label=_("Issue the order"),
            verb="socialorgs.rectification.issued",
            basis=UNITS,
            stamp="issued",
            apart_from=("drafted",),
            fields=("number", "due_on"),
            event="socialorgs.rectification.issued",
        ),
        Move(
            "drop",
            frozenset({RectificationStatus.DRAFTED}),
            RectificationStatus.DROPPED,
            permission="socialorgs.issue_rectification",
            label=_("Drop the draft"),
            verb="socialorgs.rectification.dropped",
            needs_reason=True,
            stamp="decided",
            fields=("remark",),
        ),
        Move(
            "report",
            frozenset({RectificationStatus.ISSUED, RectificationStatus.OVERDUE, RectificationStatus.LISTED}),
            RectificationStatus.REPORTED,
            permission="socialorgs.report_rectification",
            label=_("Report what was mended"),
            verb="socialorgs.rectification.reported",
            stamp="reported",
            fields=("report",),
            event="socialorgs.rectification.reported",
        ),
        Move(
            "accept",
            frozenset({RectificationStatus.REPORTED}),
            RectificationStatus.ACCEPTED,
            permission="socialorgs.accept_rectification",
            label=_("Accept it as mended"),
            verb="socialorgs.rectification.accepted",
            stamp="decided",
            apart_from=("reported",),
            event="socialorgs.rectification.accepted",
        ),
        Move(
            "send_back",
            frozenset({RectificationStatus.REPORTED}),
            RectificationStatus.ISSUED,
            permission="socialorgs.accept_rectification",
            label=_("Not mended yet"),
            verb="socialorgs.rectification.returned",
            needs_reason=True,
            apart_from=("reported",),
            fields=("remark", "due_on", "reminded_on"),
            event="socialorgs.rectification.returned",
        ),
        Move(
            "miss",
            frozenset({RectificationStatus.ISSUED}),
            RectificationStatus.OVERDUE,
            permission=SYSTEM,
            label=_("Missed once more"),
            verb="socialorgs.rectification.missed",
            fields=("reminders", "reminded_on"),
            event="socialorgs.rectification.missed",
        ),
        Move(
            "put_on_list",
            frozenset({RectificationStatus.OVERDUE}),
            RectificationStatus.LISTED,
            permission="socialorgs.record_listing",
            label=_("Put on the list of abnormal activity"),
            verb="socialorgs.rectification.listed",
            basis=LISTS,
            fields=("listing",),
        ),
    ),
)


class RepairStatus(models.TextChoices):
    """Where the repair of a listing stands."""

    APPLIED = "APPLIED", pgettext_lazy("repair", "applied for")
    APPROVED = "APPROVED", pgettext_lazy("repair", "lifted")
    REFUSED = "REFUSED", pgettext_lazy("repair", "refused")


REPAIR = Lifecycle(
    "socialorgs.CreditRepair",
    initial=RepairStatus.APPLIED,
    terminal=frozenset({RepairStatus.APPROVED, RepairStatus.REFUSED}),
    moves=(
        Move(
            "approve",
            frozenset({RepairStatus.APPLIED}),
            RepairStatus.APPROVED,
            permission="socialorgs.record_listing",
            label=_("Lift the listing"),
            verb="socialorgs.credit_repair.approved",
            basis=LISTS,
            stamp="decided",
            apart_from=("applied",),
            event="socialorgs.credit_repair.approved",
        ),
        Move(
            "refuse",
            frozenset({RepairStatus.APPLIED}),
            RepairStatus.REFUSED,
            permission="socialorgs.record_listing",
            label=_("Refuse the repair"),
            verb="socialorgs.credit_repair.refused",
            basis=LISTS,
            stamp="decided",
            apart_from=("applied",),
            needs_reason=True,
            fields=("remark",),
            event="socialorgs.credit_repair.refused",
        ),
    ),
)
