"""The figures of a place as a table of plain rows: changes, claims and values, each with what stands above and below the line."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from governance.indicators import queries
from governance.indicators.policy import Form

if TYPE_CHECKING:
    from collections.abc import Sequence

    from communities.territory.models import Division

WIDTHS = (44, 16, 16, 16, 40, 16, 40, 16, 14, 60)


def cells_of(place: Division, today: dt.date) -> list[list[object]]:
    """Return the rows of the sheet: three tables one under another, with an empty line between them."""
    return [
        [_("Figures of %(place)s") % {"place": place.name}, today.isoformat()],
        *_changes(place, today),
        [],
        *_claims(place),
        [],
        *_values(place),
    ]


def headings(cells: Sequence[Sequence[object]]) -> set[int]:
    """Return the numbers of the rows that are headings: the first, and the first two of each table."""
    begins = [number for number, row in enumerate(cells, start=1) if not row]
    return {1, 2, 3, *(number + more for number in begins for more in (1, 2))}


def _plain(value: Decimal | int) -> str:
    """Write a number without the zeros that its column adds."""
    return f"{Decimal(value).normalize():f}"


def _changes(place: Division, today: dt.date) -> list[list[object]]:
    rows: list[list[object]] = [
        [_("Growth beside share")],
        [
            *(_("Figure"), _("Before"), _("After"), _("Growth"), _("Change divided by the value before")),
            *(_("Share of the new total"), _("Change divided by the value after"), _("Printed")),
            *(_("Source"), _("What the printed figure is")),
        ],
    ]
    meant: dict[str, str] = {Form.GROWTH: _("the growth"), Form.SHARE: _("the share of the new total, not the growth")}
    for row in (*queries.claimed_changes(place), *queries.counted_changes(place, today)):
        change, claim = row.change, row.claim
        rows.append(
            [
                str(row.label),
                change.old,
                change.new,
                "" if change.growth is None else f"{change.growth:+.2f}%",
                f"{_plain(change.difference)} / {_plain(change.old)}",
                "" if change.share is None else f"{change.share:.2f}%",
                "" if change.share is None else f"{_plain(change.difference)} / {_plain(change.new)}",
                row.printed,
                f"{claim.source} {claim.reference}" if claim else _("counted here, %(day)s") % {"day": row.after},
                meant.get(row.meant, _("neither")) if claim and claim.value is not None else "",
            ]
        )
    return rows


def _claims(place: Division) -> list[list[object]]:
    rows: list[list[object]] = [
        [_("Claimed and computed")],
        [
            *(_("Figure"), _("Printed"), _("meant"), _("From its own parts"), _("numerator by the source")),
            *(_("denominator by the source"), _("Counted here"), _("Deviation"), _("Source"), _("Note")),
        ],
    ]
    for row in queries.compared(place):
        claim, counted = row.claim, row.counted
        parts = "" if counted is None else counted.shown
        if counted is not None and counted.denominator is not None and row.indicator and row.indicator.denominator:
            parts = f"{parts} ({_plain(counted.numerator)} / {_plain(counted.denominator)})"
        rows.append(
            [
                claim.meaning,
                row.printed,
                claim.get_qualifier_display(),
                row.shown_recomputed,
                "" if claim.numerator is None else claim.numerator,
                "" if claim.denominator is None else claim.denominator,
                parts,
                _("agrees") if row.is_borne_out else row.shown_deviation,
                f"{claim.source} {claim.reference}",
                " ".join(text for text in (claim.note, str(row.reason)) if text),
            ]
        )
    return rows


def _values(place: Division) -> list[list[object]]:
    rows: list[list[object]] = [
        [_("Computed every night")],
        [
            *(_("Indicator"), pgettext("indicator", "Value"), _("unit"), _("numerator"), _("What of")),
            *(_("denominator"), _("What of"), _("Day"), "", _("Basis")),
        ],
    ]
    for row in queries.latest_of(place):
        known = row.definition
        if known is None:
            continue
        is_of = row.denominator is not None and known.denominator
        rows.append(
            [
                str(known.label),
                "" if row.value is None else row.value,
                str(known.unit),
                row.numerator,
                str(known.numerator),
                row.denominator if is_of else "",
                str(known.denominator) if is_of else "",
                row.day.isoformat(),
                "",
                _(known.basis),
            ]
        )
    return rows
