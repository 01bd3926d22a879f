"""What a place's page of figures shows: the newest values, and the claims with what bears them out."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Count, Q, Sum
from django.utils.translation import gettext_lazy

from communities.territory.models import Division, Tier, inside
from governance.calendar.days import MONTHS, months_later
from governance.indicators.models import ClaimedFigure, IndicatorValue, rows_of
from governance.indicators.policy import CATALOGUE, ORPHANS, Change, Form, Indicator, Qualifier, written
from governance.portal.queries import districts

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterable, Sequence

    from django_stubs_ext import StrOrPromise


SIGNS: dict[str, str] = {Qualifier.AT_LEAST: "≥", Qualifier.ABOUT: "~"}


def printed(claim: ClaimedFigure) -> str:
    """Return a claim as it was printed, with the sign of how exactly it is meant: ≥ or ~."""
    sign = SIGNS.get(claim.qualifier, "")
    return claim.printed if claim.printed.startswith(sign) else f"{sign}{claim.printed}"


@dataclass(frozen=True, slots=True)
class Compared:
    """A claim beside what its source's own parts give and what the platform has counted."""

    claim: ClaimedFigure
    indicator: Indicator | None
    recomputed: Decimal | None
    counted: IndicatorValue | None

    @property
    def found(self) -> Decimal | None:
        """What the claim is held against: its own parts where they are printed, else what was counted."""
        if self.recomputed is not None:
            return self.recomputed
        return None if self.counted is None or self.is_empty else self.counted.value

    @property
    def is_empty(self) -> bool:
        """Whether no row of this kind has been entered for the place; that is no finding against the claim."""
        return self.counted is not None and not self.counted.numerator and not self.counted.denominator

    @property
    def name(self) -> StrOrPromise:
        """What the figure is of, in the reader's language where the catalogue has it."""
        return self.indicator.label if self.indicator else self.claim.meaning

    @property
    def rows(self) -> str:
        """The address of the rows it is counted from."""
        return rows_of(self.indicator, self.claim.division_id)

    @property
    def reason(self) -> StrOrPromise:
        """Why there is nothing to hold the claim against, or nothing counted beside its own parts."""
        ended = self.claim.division.valid_to
        if self.indicator is None:
            return _SEVERAL if self.claim.claimed is None else _NO_ROWS
        if ended is not None:
            return _ENDED % {"day": ended.isoformat()}
        if self.counted is None:
            return _NOT_COUNTED
        return _EMPTY if self.is_empty else ""

    @property
    def deviation(self) -> Decimal | None:
        """The claim less what was found; nothing where they agree or cannot be compared."""
        claimed, found = self.claim.claimed, self.found
        if claimed is None or found is None or self.is_borne_out:
            return None
        return claimed - found

    @property
    def is_borne_out(self) -> bool | None:
        """Whether what was found bears the claim out; None where there is nothing to compare."""
        return self.claim.is_borne_out_by(self.found)

    @property
    def shown_recomputed(self) -> str:
        """The recomputed value for people."""
        return written(self.indicator.form, self.recomputed) if self.indicator else ""

    @property
    def shown_deviation(self) -> str:
        """The deviation for people, with its sign."""
        return "" if self.deviation is None else f"{self.deviation:+,.2f}"

    @property
    def printed(self) -> str:
        """The figure as it was printed, with the sign of how exactly it is meant."""
        return printed(self.claim)

    @property
    def verdict(self) -> str:
        """The style of the comparison: good, bad, or nothing to say."""
        return {True: "good", False: "bad", None: ""}[self.is_borne_out]


_SEVERAL = gettext_lazy("A span, a day or several figures in one: no single count can bear it out.")
_NO_ROWS = gettext_lazy("The platform counts nothing of this kind.")
_ENDED = gettext_lazy("The place ended on %(day)s; what happens there now counts for its successor.")
_NOT_COUNTED = gettext_lazy("Nothing is counted for this place; only the report's own parts can be reckoned with.")
_EMPTY = gettext_lazy("No row of this kind has been entered for this place.")


def latest_of(division: Division) -> list[IndicatorValue]:
    """Return the newest value of each indicator of a place, in the order of the catalogue; one query."""
    order = {key: number for number, key in enumerate(CATALOGUE)}
    rows = IndicatorValue.objects.filter(division=division, indicator__in=order).newest()
    return sorted(rows, key=lambda row: order[row.indicator])


def orphans_on(day: dt.date) -> int:
    """Return how many points of the trace hung on nothing that day, in all districts together; one query."""
    rows = IndicatorValue.objects.filter(indicator=ORPHANS, day=day, division__tier=Tier.DISTRICT)
    return int(rows.aggregate(found=Sum("numerator"))["found"] or 0)


def compared(division: Division) -> list[Compared]:
    """Return the claims about a place and what lies in it, each beside what was found; two queries."""
    return beside(ClaimedFigure.objects.filter(inside(division)).for_list())


def beside(rows: Iterable[ClaimedFigure]) -> list[Compared]:
    """Set claims beside what was found; one query besides the claims."""
    claims = list(rows)
    wanted = {(claim.indicator, claim.division_id) for claim in claims}
    values = IndicatorValue.objects.filter(
        indicator__in={key for key, _division in wanted}, division__in={place for _key, place in wanted}
    ).newest()
    counted = {(row.indicator, row.division_id): row for row in values}
    return [
        Compared(
            claim, CATALOGUE.get(claim.indicator), claim.recomputed, counted.get((claim.indicator, claim.division_id))
        )
        for claim in claims
    ]


@dataclass(frozen=True, slots=True)
class Changed:
    """A value before and after, as a report prints it or as the platform has counted it."""

    label: StrOrPromise
    unit: StrOrPromise
    change: Change
    before: str
    after: str
    claim: ClaimedFigure | None = None
    rows: str = ""

    @property
    def printed(self) -> str:
        """The figure as it was printed, with the sign of how exactly it is meant."""
        return printed(self.claim) if self.claim else ""

    @property
    def days(self) -> str:
        """The days between which it was counted, or the one by whose rows it was; nothing for what a report prints."""
        return f"{self.before}/{self.after}" if self.before else self.after

    @property
    def meant(self) -> str:
        """Which of the two figures the report has printed."""
        if self.claim is None or self.claim.claimed is None:
            return ""
        return self.change.meant_by(self.claim.claimed, self.claim.qualifier)


def claimed_changes(division: Division) -> list[Changed]:
    """Return the changes that reports print about a place, with the values before and after; one query."""
    growing = [key for key, found in CATALOGUE.items() if found.form == Form.GROWTH]
    rows = ClaimedFigure.objects.filter(
        division__path__startswith=division.path, indicator__in=growing, denominator__gt=0, numerator__isnull=False
    )
    found = []
    for claim in rows.for_list():
        old, difference = claim.denominator or Decimal(0), claim.numerator or Decimal(0)
        known = CATALOGUE[claim.indicator]
        change = Change(old, old + difference)
        found.append(Changed(known.label, "", change, "", "", claim, rows_of(known, claim.division_id)))
    return found


def counted_changes(division: Division, today: dt.date) -> list[Changed]:
    """Return the counts of the floors of organizations and projects beside those of a year before; two queries.

    What grew by the days in its own rows (the founding of a body, the fiscal year of an award) needs no year of counting.
    """
    rows = IndicatorValue.objects.filter(division=division, indicator__in=(*COUNTS_THAT_GROW, *GROWTHS))
    rows = rows.order_by("indicator", "-day").distinct("indicator")
    newest = {row.indicator: row for row in rows.filter(day__lte=today)}
    earlier = {row.indicator: row for row in rows.filter(day__lte=months_later(today, -MONTHS))}
    found = [_by_its_rows(newest[key], division) for key in GROWTHS if key in newest]
    return found + [
        Changed(
            CATALOGUE[key].label,
            CATALOGUE[key].unit,
            Change(earlier[key].numerator, newest[key].numerator),
            earlier[key].day.isoformat(),
            newest[key].day.isoformat(),
            rows=rows_of(CATALOGUE[key], division.pk),
        )
        for key in COUNTS_THAT_GROW
        if key in earlier
    ]


def _by_its_rows(value: IndicatorValue, division: Division) -> Changed:
    known, old = CATALOGUE[value.indicator], value.denominator or Decimal(0)
    change = Change(old, old + value.numerator)
    return Changed(known.label, known.unit, change, "", value.day.isoformat(), rows=rows_of(known, division.pk))


COUNTS_THAT_GROW = (
    *("so.registered", "so.community", "project.count", "ent.count", "fund.problems"),
    *("match.count", "fair.projects", "talent.lecturers"),
)
GROWTHS = ("so.registered.growth", "so.registered.half", "purchase.growth", "purchase.sunken.growth")
"""Growths that are counted from the days in the rows themselves."""
FLOORS = (
    *("so.", "project.", "satisfaction.", "evaluation.", "venture.", "micro.", "incubation."),
    *("aide.", "match.", "fair.", "talent.", "purchase.", "sunken.", "incubator."),
)
"""How the keys of the indicators of organizations, projects and evaluation begin."""


def places_of_figures(today: dt.date) -> list[Division]:
    """Return the districts of today, and those that are no more but about which a report says something; one query."""
    claimed = Q(tier=Tier.DISTRICT, pk__in=ClaimedFigure.objects.order_by().values("division"))
    return list(Division.objects.filter(Q(pk__in=districts(today).order_by().values("pk")) | claimed).order_by("path"))


def most_claimed(places: Sequence[Division]) -> Division | None:
    """Return the place about which reports say most, the first of equals, nothing where there is none; one query."""
    counted = ClaimedFigure.objects.order_by().values("division").annotate(claims=Count("pk"))
    said = dict(counted.values_list("division", "claims"))
    return max(places, key=lambda place: said.get(place.pk, 0), default=None)
