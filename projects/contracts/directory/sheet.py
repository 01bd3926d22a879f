"""The directory of projects as a file: the totals above, then one line a project."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from projects.contracts.directory.queries import project_of, totals_of, with_figures

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from projects.contracts.models import Contract

MOST_ROWS = 5000
"""So many projects stand in a file."""
WIDTHS = (24, 36, 20, 32, 26, 22, 20, 20, 12, 12, 12, 14, 14, 10, 10, 12)


def projects_table(rows: QuerySet[Contract]) -> list[list[object]]:
    """Return the cells of the file; two queries for any number of projects."""
    totals = totals_of(rows)
    said = _(
        "%(projects)s projects; agreed %(agreed)s yuan, paid %(paid)s yuan; satisfied %(content)s of %(valid)s answers "
        "in %(judged)s published evaluations"
    ) % {
        "projects": totals.projects,
        "agreed": totals.agreed,
        "paid": totals.paid,
        "content": totals.content,
        "valid": totals.valid,
        "judged": totals.judged,
    }
    if totals.projects > MOST_ROWS:
        said += " · " + _("The newest %(most)s are listed; narrow the list for the others.") % {"most": MOST_ROWS}
    head: list[object] = [
        *(_("number"), _("title"), _("Place"), _("who delivers"), pgettext("project", "kind")),
        *(
            pgettext("project", "field"),
            pgettext("project", "named programme"),
            pgettext("project", "state"),
            _("signed on"),
        ),
        *(_("starts on"), _("ends on"), _("agreed (yuan)"), _("paid (yuan)")),
        *(_("satisfied answers"), _("answers on satisfaction"), _("satisfied, %")),
    ]
    body: list[list[object]] = []
    for row in with_figures(rows).order_by("-pk")[:MOST_ROWS]:
        project = project_of(row)
        body.append(
            [
                *(row.number, row.title, row.division.name, row.organization.name, project.type_label),
                *(row.get_field_display(), project.programme, project.state_label, str(row.signed_on or "")),
                *(str(row.starts_on), str(row.last_day), project.amount, project.paid),
                *((project.content, project.valid, project.satisfaction) if project.valid else ("", "", "")),
            ]
        )
    return [[said], head, *body]
