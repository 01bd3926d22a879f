"""Writes to divisions: making and editing single ones, taking in code lists."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.territory import importer, tree
from communities.territory.codes import Code, CodeWrong, write_code
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import (
    TIER_OF_LEVEL,
    CodeImport,
    CodeSystem,
    Division,
    DivisionCode,
    DivisionLevel,
)
from communities.territory.policy import short_name_of
from governance.audit import operations as audit
from governance.errors import DomainError, Invalid, NotNow
from governance.jobs import operations as jobs

if TYPE_CHECKING:
    from governance.accounts.models import User
    from governance.jobs.models import Job

IMPORT_KIND = "communities.import_divisions"
EDITABLE = (
    "short_name",
    "urban_rural_class",
    "households",
    "registered_population",
    "resident_population",
    "population_as_of",
)
"""Columns that an edit may change; names, parents and codes change by a `DivisionChange`."""
FIGURES = frozenset({"households", "registered_population", "resident_population"})
FIRST_EDITION = 1980
"""The first edition of the national standard of division codes (GB/T 2260)."""


class DivisionClosed(NotNow):
    """A closed division takes no changes."""

    code = "division_closed"
    message = _("“%(name)s” is closed.")


class DivisionStale(DomainError):
    """The edit was made from an older state of the row."""

    status = 412
    code = "precondition_failed"
    message = _("“%(name)s” has been changed since you loaded it. Please load it again.")


class FieldNotEditable(Invalid):
    """The field does not exist or changes by a change of divisions only."""

    code = "field_not_editable"
    message = _("“%(field_name)s” can't be edited here; names, parents and codes change by a change of divisions.")


class FiguresNeedADay(Invalid):
    """Figures of population without the day they stand for."""

    code = "figures_need_a_day"
    message = _("Give the day that the figures stand for; it can't lie in the future.")


class ParentUnfit(Invalid):
    """The parent is closed or does not stand above."""

    code = "parent_unfit"
    message = _("“%(parent)s” can't be the parent of “%(name)s”: it is closed or does not stand above it.")


class ManagerUnfit(Invalid):
    """The managing unit is closed, the division itself, or lies within it."""

    code = "manager_unfit"
    message = _("“%(unit)s” can't run “%(name)s”: it is closed, the same unit, or lies within it.")


class EditionUnlikely(Invalid):
    """A year in which no list was or will soon be published."""

    code = "edition_unlikely"
    message = _("%(edition)s is not the year of an edition.")


def create_division(
    *,
    by: User,
    now: dt.datetime,
    name: str,
    level: str,
    parent: Division | None = None,
    tier: int | None = None,
    short_name: str = "",
    valid_from: dt.date | None = None,
    closed_on: dt.date | None = None,
    is_stub: bool = False,
    codes: Sequence[Code] = (),
) -> Division:
    """Add a division outside of an import: a zone without a code, or a stub that is only known as a predecessor.

    A zone may stand on the tier of districts; every other level has its own tier. A stub is closed from the start, on
    `closed_on`.

    Raises:
        ParentUnfit: the parent is closed or does not stand above.
        CodeWrong, CodeTaken: a code is none of this tier, or names another division.
    """
    division = Division(
        name=name,
        short_name=short_name or short_name_of(name),
        level=level,
        tier=tier if tier and level == DivisionLevel.SPECIAL_ZONE else TIER_OF_LEVEL[DivisionLevel(level)],
        parent=parent,
        valid_from=valid_from,
        valid_to=closed_on,
        is_stub=is_stub,
        status=DivisionStatus.CLOSED if is_stub else DivisionStatus.ACTIVE,
    )
    if parent and (parent.tier >= division.tier or not (parent.status == DivisionStatus.ACTIVE or is_stub)):
        raise ParentUnfit(field="parent", parent=parent.name, name=name)
    with transaction.atomic():
        division.pk = tree.draw_ids(1)[0]
        division.path = tree.path_below(parent, division.pk)
        division.full_clean(exclude=["id"])
        division.save(force_insert=True)
        for code in codes:
            write_code(division, code)
        audit.record(
            by=by,
            verb="communities.division.created",
            row=division,
            now=now,
            after={"name": name, "level": level, "parent": parent.pk if parent else None, "is_stub": is_stub},
        )
    return division


def set_managed_by(
    *, division: Division, unit: Division | None, by: User, now: dt.datetime, reason: str = ""
) -> Division:
    """Record which other unit runs a division (托管), apart from its parent; None takes it back.

    Raises:
        DivisionClosed: the division is closed.
        ManagerUnfit: the unit is closed, the division itself, or lies within it.
    """
    with transaction.atomic():
        fresh = _locked(division)
        if unit and (unit.path.startswith(fresh.path) or not unit.is_open):
            raise ManagerUnfit(field="unit", unit=unit.name, name=fresh.name)
        before = fresh.managed_by_id
        fresh.managed_by = unit
        fresh.save(update_fields=["managed_by"])
        audit.record(
            by=by,
            verb="communities.division.manager_set",
            row=fresh,
            now=now,
            before={"managed_by": before},
            after={"managed_by": unit.pk if unit else None},
            reason=reason,
        )
    return fresh


def edit_division(
    *, division: Division, changes: Mapping[str, Any], by: User, now: dt.datetime, expected: str = ""
) -> Division:
    """Change figures and the short name of a division; `expected` is the version that the editor saw.

    Raises:
        FieldNotEditable: a field that an edit may not change.
        DivisionStale: somebody else has changed the row since that version.
        DivisionClosed: the division is closed.
        FiguresNeedADay: figures without their day, or with one in the future.
    """
    for name in changes:
        if name not in EDITABLE:
            raise FieldNotEditable(field=name, field_name=name)
    with transaction.atomic():
        fresh = Division.objects.select_for_update(of=("self",)).get(pk=division.pk)
        if expected and fresh.version != expected:
            raise DivisionStale(name=fresh.name)
        if fresh.status == DivisionStatus.CLOSED:
            raise DivisionClosed(name=fresh.name)
        before = {name: getattr(fresh, name) for name in changes}
        for name, value in changes.items():
            setattr(fresh, name, value)
        fresh.full_clean()
        changed = [name for name in changes if getattr(fresh, name) != before[name]]
        day = fresh.population_as_of
        if FIGURES.intersection(changed) and (day is None or day > timezone.localdate(now)):
            raise FiguresNeedADay(field="population_as_of")
        if changed:
            fresh.save(update_fields=changed)
            audit.record(
                by=by,
                verb="communities.division.edited",
                row=fresh,
                now=now,
                before={name: before[name] for name in changed},
                after={name: getattr(fresh, name) for name in changed},
            )
    return fresh


def record_code(*, division: Division, code: Code, by: User, now: dt.datetime) -> DivisionCode:
    """Record the code that a division has in one edition of a list; the same code again changes nothing.

    Raises:
        CodeWrong: the text is no code of the division's tier.
        CodeTaken: in this edition the code names another division.
        EditionHasCode: the division has another code in this edition.
        EditionUnlikely: the edition is no year of one.
    """
    _check_edition(code.edition, now)
    with transaction.atomic():
        fresh = Division.objects.select_for_update(of=("self",)).get(pk=division.pk)
        row, is_new = write_code(fresh, code)
        if is_new:
            audit.record(
                by=by,
                verb="communities.division.code_recorded",
                row=fresh,
                now=now,
                after={"system": code.system, "edition": code.edition, "code": code.code},
            )
    return row


def _locked(division: Division) -> Division:
    """Lock a division that must be open."""
    fresh = Division.objects.select_for_update(of=("self",)).get(pk=division.pk)
    if fresh.status == DivisionStatus.CLOSED:
        raise DivisionClosed(name=fresh.name)
    return fresh


def _check_edition(edition: int, now: dt.datetime) -> None:
    if not FIRST_EDITION <= edition <= now.year + 1:
        raise EditionUnlikely(field="edition", edition=edition)


def import_divisions(
    *,
    by: User,
    now: dt.datetime,
    source: IO[bytes],
    file_name: str,
    system: str,
    edition: int,
    valid_from: dt.date | None = None,
    managed: Mapping[str, int] | None = None,
    report: importer.Report = lambda done: None,
) -> importer.Outcome:
    """Take in a code list (columns code, name, parent_code, level[, kind, urban_rural_code]) in one transaction.

    A code that is recorded stays with its division; a known district, or the only division of that name under the same
    parent, gets the code of this list; everything else is a new division. `managed` names for codes of the file the
    unit (by id) that runs them. The same file again changes nothing. `report` hears how many of twice the file's lines
    are done.

    Raises:
        FileNotReadable: the file is not what it should be.
        RowsRefused: rows can't be taken; all of them are named and nothing is written.
        EditionUnlikely, ManagerUnfit, CodeWrong: the edition, a managing unit or its code is wrong.
    """
    _check_edition(edition, now)
    with transaction.atomic():
        outcome = importer.take_in(source, system=system, edition=edition, valid_from=valid_from, report=report)
        for code, unit in (managed or {}).items():
            _set_manager(code, unit, by=by, now=now, known={"system": system, "edition": edition})
        if outcome.has_changed:
            row = CodeImport.objects.create(
                system=system,
                edition=edition,
                file_name=PurePath(file_name).name[:200],
                sha256=outcome.sha256,
                rows=outcome.rows,
                created=outcome.created,
                attached=outcome.attached,
                unchanged=outcome.unchanged,
                notes=[asdict(note) for note in outcome.notes],
                imported_at=now,
                imported_by=by,
            )
            audit.record(
                by=by,
                verb="communities.code_import.taken_in",
                row=row,
                now=now,
                after={"rows": row.rows, "created": row.created, "attached": row.attached, "sha256": row.sha256},
            )
    return outcome


def _set_manager(code: str, unit: int, *, by: User, now: dt.datetime, known: Mapping[str, Any]) -> None:
    """Let a unit run the division with this code, unless it does so already."""
    found = DivisionCode.objects.filter(**known, code=code).select_related("division").first()
    if found is None:
        raise CodeWrong(field="managed", reason=_("No division has the code %s in this edition.") % code)
    manager = Division.objects.filter(pk=unit).first()
    if manager is None:
        raise ManagerUnfit(field="managed", unit=unit, name=found.division.name)
    if found.division.managed_by_id != unit:
        set_managed_by(division=found.division, unit=manager, by=by, now=now)


def queue_import(
    *,
    by: User,
    now: dt.datetime,
    file: File[bytes],
    file_name: str,
    system: str,
    edition: int,
    valid_from: dt.date | None = None,
    managed: Mapping[str, int] | None = None,
) -> Job:
    """Keep an uploaded code list and queue the job that takes it in; the job shows progress and every bad row.

    Raises:
        FileNotReadable: the file is no text, seen from its first bytes.
        EditionUnlikely: the edition is no year of one.
    """
    _check_edition(edition, now)
    CodeSystem(system)
    importer.check_signature(file)
    kept = default_storage.save(f"imports/divisions/{now:%Y%m%d-%H%M%S}.csv", file)
    parameters = {
        "file": kept,
        "file_name": file_name,
        "system": system,
        "edition": edition,
        "valid_from": valid_from.isoformat() if valid_from else None,
        "managed": dict(managed or {}),
        "by": by.pk,
    }
    return jobs.enqueue(by=by, kind=IMPORT_KIND, now=now, parameters=parameters)
