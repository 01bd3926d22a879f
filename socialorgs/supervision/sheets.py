"""Supervision in Excel: reports of a year, orders, grades and alerts as they stand, each cell as text."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, ClassVar

from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from import_export import fields

from communities.territory.spreadsheet import OutResource
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.models import RectificationOrder, StandingAlert, YearReport

if TYPE_CHECKING:
    from django.db.models import Model

BODY = {"organization": _("organization"), "credit_code": _("credit code"), "division": _("division")}
"""What every sheet begins with."""


class DayField(fields.Field):
    """The day of a moment, as people here count it."""

    def export(self, instance: Model, **kwargs: Any) -> str:
        """Write the day, or nothing."""
        del kwargs
        moment: dt.datetime | None = self.get_value(instance)
        return "" if moment is None else timezone.localdate(moment).isoformat()


class BodyResource(OutResource):
    """Rows about bodies, with their name, code and place."""

    organization = fields.Field(column_name="organization", attribute="organization__name")
    credit_code = fields.Field(column_name="credit_code", attribute="organization__credit_code")
    division = fields.Field(column_name="division", attribute="organization__division__name")


REPORT = {
    **BODY,
    "year": _("year"),
    "status": _("status"),
    "due_on": _("by"),
    "reminders": _("reminders"),
    "members_count": pgettext_lazy("organization", "members"),
    "staff_count": _("paid staff"),
    "income": _("income of the year"),
    "expenses": _("expenses of the year"),
    "meetings": _("meetings held under the charter"),
    "submitted_at": _("submitted at"),
    "opinion": _("first opinion"),
    "conclusion": _("conclusion"),
    "decided_at": _("decided at"),
}


class YearReportResource(BodyResource):
    """Reports of a year with what the body says and the conclusion."""

    columns: ClassVar = REPORT
    status = fields.Field(column_name="status", attribute="get_status_display")
    conclusion = fields.Field(column_name="conclusion", attribute="inspection__get_conclusion_display")
    submitted_at = DayField(column_name="submitted_at", attribute="submitted_at")
    decided_at = DayField(column_name="decided_at", attribute="decided_at")

    class Meta:
        model = YearReport
        fields = tuple(REPORT)
        export_order = tuple(REPORT)


ORDER = {
    **BODY,
    "number": _("number"),
    "findings": pgettext_lazy("supervision", "what was found"),
    "demands": _("what is to be mended"),
    "status": _("status"),
    "due_on": _("by"),
    "reminders": _("reminders"),
    "report": _("what was mended"),
}


class RectificationResource(BodyResource):
    """Orders to mend something."""

    columns: ClassVar = ORDER
    status = fields.Field(column_name="status", attribute="get_status_display")

    class Meta:
        model = RectificationOrder
        fields = tuple(ORDER)
        export_order = tuple(ORDER)


GRADE = {
    **BODY,
    "grade": _("grade"),
    "score": _("score of 1,000"),
    "status": _("status"),
    "votes_for": _("votes for it"),
    "committee_size": _("members of the committee"),
    "voted_on": pgettext_lazy("grade", "voted on"),
    "notify_by": _("result to be notified by"),
    "notified_on": _("result notified on"),
    "number": _("number of the notice"),
    "valid_from": _("valid from"),
    "valid_to": _("valid to"),
}


class AssessmentResource(BodyResource):
    """Assessments with their grade and for how long it holds."""

    columns: ClassVar = GRADE
    status = fields.Field(column_name="status", attribute="get_status_display")
    grade = fields.Field(column_name="grade", attribute="get_grade_display")

    class Meta:
        model = Assessment
        fields = tuple(GRADE)
        export_order = tuple(GRADE)


ALERT = {
    **BODY,
    "cause": _("cause"),
    "said": _("what happened"),
    "subject": _("work that is affected"),
    "raised_at": _("raised at"),
    "noted_at": _("looked at"),
    "measures": _("what is done about it"),
}


class AlertResource(BodyResource):
    """Work that goes on while its body has lost its standing."""

    columns: ClassVar = ALERT
    division = fields.Field(column_name="division", attribute="division__name")
    cause = fields.Field(column_name="cause", attribute="get_cause_display")
    raised_at = DayField(column_name="raised_at", attribute="raised_at")
    noted_at = DayField(column_name="noted_at", attribute="noted_at")

    class Meta:
        model = StandingAlert
        fields = tuple(ALERT)
        export_order = tuple(ALERT)
