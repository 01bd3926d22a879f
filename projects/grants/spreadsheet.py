"""A grant round as workbooks for its staff: the applications, and the score sheets as far as they may be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import tablib
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from communities.territory.spreadsheet import FileTooLong, TextXLSX, wholly
from projects.grants.lifecycle import ApplicationStatus
from projects.grants.models import ScoreSheet
from projects.grants.queries import shown

if TYPE_CHECKING:
    from governance.accounts.models import User
    from projects.grants.models import GrantRound

MOST_ROWS = 20_000
"""More than any round has sheets; a workbook never grows without a bound."""


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def applications_sheet(round_: GrantRound) -> bytes:
    """Return the applications that were handed in, by number; scores and ranks stand there once all were settled.

    Raises:
        FileTooLong: there are more than one workbook holds.
    """
    heads = [
        *(_("Number"), _("Class"), _("Project"), _("Organization"), _("Credit code"), _("Landing community")),
        *(_("State"), _("Asked for"), _("After optimisation"), _("paid by the organization itself")),
        *(
            _("matching partner"),
            _("paid by the matching partner"),
            _("Score"),
            _("scores given"),
            _("rank in its class"),
        ),
    ]
    data = tablib.Dataset(headers=heads)
    rows = round_.applications.exclude(status=ApplicationStatus.DRAFT).exclude(submitted_at=None)
    rows = rows.select_related("organization", "division").order_by("number")
    for one in wholly(rows, MOST_ROWS, FileTooLong):
        place = one.division.name if one.division is not None else ""
        scored = [one.granted, one.score, one.counted, one.rank] if round_.settled_at is not None else [None] * 4
        granted, *marks = scored
        data.append(
            [
                *(one.number, one.lane, one.title, one.organization.name, one.credit_code, place),
                *(str(one.get_status_display()), f"{one.asked:.2f}", _text(granted), f"{one.own_amount:.2f}"),
                *(one.partner, f"{one.partner_amount:.2f}", *(_text(mark) for mark in marks)),
            ]
        )
    return TextXLSX().export_data(data)


def scores_sheet(round_: GrantRound, user: User) -> bytes:
    """Return every score sheet with its state; points and opinions only as `queries.shown` gives them to this person.

    Raises:
        FileTooLong: there are more than one workbook holds.
    """
    heads = [_("Number"), _("Class"), _("Project"), _("Expert"), _("State")]
    data = tablib.Dataset(
        headers=[
            *heads,
            *(f"{one.title} ({one.most})" for one in round_.table),
            _("Together"),
            pgettext("score sheet", "Opinion"),
        ]
    )
    rows = ScoreSheet.objects.filter(application__round=round_).for_list()
    for sheet in wholly(rows.order_by("application__number", "pk"), MOST_ROWS, FileTooLong):
        seen, application = shown(sheet, user), sheet.application
        marks = seen.marks or {}
        data.append(
            [
                *(application.number, application.lane, application.title, str(sheet.expert)),
                str(sheet.get_status_display()),
                *(_text(marks.get(str(one.number))) for one in round_.table),
                *(_text(seen.total), seen.comment or ""),
            ]
        )
    return TextXLSX().export_data(data)
