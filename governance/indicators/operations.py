"""Computing the values of a day, and entering what reports claim."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.territory.models import DivisionCode
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed
from governance.indicators.counting import Places, figures_of
from governance.indicators.models import ClaimedFigure, IndicatorValue
from governance.indicators.policy import CATALOGUE, Qualifier, decimals
from governance.jobs.models import JobStatus
from governance.jobs.operations import enqueue, retry

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User
    from governance.jobs.models import Job

COMPUTE = "indicators.compute"
BATCH = 1000
TEXTS = ("reference", "indicator", "meaning", "printed", "qualifier", "unit", "note")
FIGURES = ("value", "numerator", "denominator")


class IndicatorUnknown(Invalid):
    """The catalogue has no such indicator."""

    code = "indicator_unknown"
    message = _("There is no indicator “%(indicator)s”.")


class ClaimExists(Conflict):
    """This place of the source has been entered."""

    code = "claim_exists"
    message = _("%(source)s %(reference)s has been entered already.")


class FigureUnreadable(Invalid):
    """A figure of a list of claims is no number."""

    code = "figure_unreadable"
    message = _("Row %(row)s: “%(text)s” is not a number.")


def request_computation(*, by: User, now: dt.datetime, day: dt.date) -> Job:
    """Queue the computation of a day, once; asked again, the same job is returned."""
    return enqueue(by=by, kind=COMPUTE, key=f"{COMPUTE}:{day}", now=now, parameters={"day": day.isoformat()})


def recompute(*, by: User, now: dt.datetime, day: dt.date) -> Job:
    """Compute a day once more, for somebody who has put something right; a computation under way is left alone."""
    if not (by.is_system or by.has_perm("indicators.compute")):
        raise NotAllowed
    job = request_computation(by=by, now=now, day=day)
    return retry(by=by, job=job, now=now) if job.status in {JobStatus.DONE, JobStatus.FAILED} else job


def compute_indicator(*, by: User, now: dt.datetime, day: dt.date, key: str, places: Places) -> int:
    """Write the values of one indicator on one day in every place, and return how many; the same day overwrites."""
    del by  # sums of what people did, each audited where it was done
    rows = [
        IndicatorValue(
            indicator=key,
            division_id=division,
            day=day,
            numerator=figure.numerator,
            denominator=figure.denominator,
            details=figure.details,
            computed_at=now,
        )
        for division, figure in sorted(figures_of(key, day, places).items())
    ]
    with transaction.atomic():
        IndicatorValue.objects.filter(indicator=key, day=day).delete()
        IndicatorValue.objects.bulk_create(rows, batch_size=BATCH)
    return len(rows)


def enter_claim(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    source: str,
    reference: str,
    indicator: str,
    meaning: str,
    printed: str,
    value: Decimal | None = None,
    qualifier: str = Qualifier.EXACT,
    unit: str = "",
    numerator: Decimal | None = None,
    denominator: Decimal | None = None,
    note: str = "",
) -> ClaimedFigure:
    """Enter a figure as a report prints it; what is computed is set beside it, never in its place.

    Raises:
        IndicatorUnknown: the catalogue has no such indicator.
        ClaimExists: this place of the source has been entered.
    """
    if not (by.is_system or by.has_perm("indicators.enter_claim", division)):
        raise NotAllowed
    if indicator and indicator not in CATALOGUE:
        raise IndicatorUnknown(field="indicator", indicator=indicator)
    row = ClaimedFigure(
        division=division,
        source=source,
        reference=reference,
        indicator=indicator,
        meaning=meaning,
        printed=printed,
        value=value,
        places=0 if value is None else decimals(value),
        qualifier=qualifier,
        unit=unit,
        numerator=numerator,
        denominator=denominator,
        note=note,
        entered_at=now,
        entered_by=by,
    )
    row.full_clean(exclude=["indicator"], validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
            audit.record(
                by=by,
                verb="indicators.claim.entered",
                row=row,
                now=now,
                after={"source": source, "reference": reference, "printed": printed},
            )
    except IntegrityError as error:
        if "claimedfigure_stands_once" in str(error):
            raise ClaimExists(source=source, reference=reference) from error
        raise
    return row


def load_claims(*, by: User, now: dt.datetime, source: str, lines: Iterable[str]) -> int:
    """Enter the claims of a report from a list (CSV) and return how many were new; known ones are left as they are.

    Columns: reference, code (statistical code of the place), indicator, meaning, printed, value, qualifier, unit,
    numerator, denominator, note.

    Raises:
        FigureUnreadable: a figure is no number; nothing has been entered then.
    """
    rows = list(csv.DictReader(lines))
    codes = DivisionCode.objects.filter(system="NBS", code__in={row["code"] for row in rows}).select_related("division")
    places = {found.code: found.division for found in codes.order_by("edition")}
    known = set(ClaimedFigure.objects.filter(source=source).values_list("reference", flat=True))
    entered = 0
    with transaction.atomic():
        for number, row in enumerate(rows, start=2):
            if row["reference"] in known or row["code"] not in places:
                continue
            given: dict[str, Any] = {name: row[name] for name in TEXTS}
            given |= {name: _figure(row, name, number) for name in FIGURES}
            enter_claim(by=by, now=now, source=source, division=places[row["code"]], **given)
            entered += 1
    return entered


def _figure(row: Mapping[str, Any], name: str, number: int) -> Decimal | None:
    text = row[name].strip()
    try:
        return Decimal(text) if text else None
    except InvalidOperation as error:
        raise FigureUnreadable(row=number, text=text) from error
