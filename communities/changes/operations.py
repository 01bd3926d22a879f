"""Writes to changes of divisions: drafting, approving, bringing into force, handing over."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.changes import handover
from communities.changes.lifecycle import ChangeStatus
from communities.changes.models import ChangeKind, DivisionChange, DivisionLineage, PlannedDivision
from communities.changes.queries import left_behind
from communities.territory import tree
from communities.territory.codes import Code, CodeTaken, check_code, write_code
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import TIER_OF_LEVEL, Division, DivisionCode, DivisionLevel, Tier
from communities.territory.operations import ParentUnfit
from communities.territory.policy import short_name_of
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    from governance.accounts.models import User


class SharesDoNotSum(Invalid):
    """The shares of a predecessor must sum to exactly 1."""

    code = "shares_do_not_sum"
    message = _("The shares of “%(name)s” sum to %(total)s instead of 1.")


class LineWrong(Invalid):
    """A line of a change can't be right."""

    code = "line_wrong"
    message = _("%(reason)s")


class PredecessorUnfit(Invalid):
    """The predecessor is closed already, younger than the change, or part of another change under way."""

    code = "predecessor_unfit"
    message = _("“%(name)s” can't be a predecessor: %(reason)s")


class DocumentMissing(Invalid):
    """The approval happens outside the system and is recorded with its document."""

    code = "document_missing"
    message = _("Give the title and the number of the approval document.")


class NotYetDue(NotNow):
    """The change comes into force on a later day."""

    code = "not_yet_due"
    message = _("The change comes into force on %(day)s.")


class ChildrenLeft(NotNow):
    """A closing division has divisions below it that no line takes anywhere."""

    code = "children_left"
    message = _("Below “%(name)s” there are divisions, such as “%(child)s”, that the change takes nowhere.")


class HandOverElsewhere(NotNow):
    """Rows of this kind are passed on in their own room, or there are none."""

    code = "hand_over_elsewhere"
    message = _("There is nothing of this kind that can be handed over from here.")


class SuccessorUnclear(Invalid):
    """The closed division has several successors; one of them must be named."""

    code = "successor_unclear"
    message = _("Name one of the successors of “%(name)s”.")


class HandOverRefused(Conflict):
    """The successor already has such a row, or the row may not be changed."""

    code = "hand_over_refused"
    message = _("“%(row)s” can't be handed over to “%(successor)s”: it contradicts what is recorded there.")


@dataclass(frozen=True, slots=True)
class Successor:
    """What a change is to make. `parent_key` names another successor of the same change.

    With `continues` it is that division with another name, code or parent; without a parent it stays where it is.
    """

    key: str
    name: str
    level: str
    short_name: str = ""
    parent: Division | None = None
    parent_key: str = ""
    continues: Division | None = None
    code: Code | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """Which share of a predecessor's population goes to which successor, by its key."""

    predecessor: Division
    successor: str
    share: Decimal = Decimal(1)


def draft_change(
    *,
    by: User,
    now: dt.datetime,
    kind: str,
    district: Division,
    reason: str,
    effective_on: dt.date,
    successors: Sequence[Successor],
    lines: Sequence[Line],
) -> DivisionChange:
    """Write down a change with what it is to make and what becomes what; nothing happens yet.

    Raises:
        LineWrong: a line or successor names what is not there, or stands alone.
        SharesDoNotSum: the shares of a predecessor do not sum to 1.
        PredecessorUnfit: a predecessor is closed, too young, or in another change under way.
        ParentUnfit: a parent is closed by this change or before, or does not stand above.
        CodeWrong, CodeTaken: a new code is none, or names another division.
    """
    change = DivisionChange(
        kind=kind, district=district, reason=reason, effective_on=effective_on, drafted_at=now, drafted_by=by
    )
    change.full_clean()
    _check_lines(kind, successors, lines)
    with transaction.atomic():
        list(Division.objects.select_for_update().filter(pk__in=_involved(successors, lines)).order_by("pk"))
        _check_predecessors(effective_on, lines)
        change.save(force_insert=True)
        plans = _write_plans(change, successors, lines)
        DivisionLineage.objects.bulk_create(
            DivisionLineage(change=change, predecessor=line.predecessor, plan=plans[line.successor], share=line.share)
            for line in lines
        )
        audit.record(
            by=by,
            verb="communities.division_change.drafted",
            row=change,
            now=now,
            after={"kind": kind, "effective_on": effective_on, "successors": [plan.name for plan in successors]},
            reason=reason,
        )
    return change


def _involved(successors: Sequence[Successor], lines: Sequence[Line]) -> set[int]:
    return {line.predecessor.pk for line in lines} | {plan.continues.pk for plan in successors if plan.continues}


def _check_lines(kind: str, successors: Sequence[Successor], lines: Sequence[Line]) -> None:
    """Check that plans and lines belong together and that shares sum to 1 (Basis: report S0)."""
    keys = [plan.key for plan in successors]
    if not keys or len(set(keys)) != len(keys):
        raise LineWrong(reason=_("A change needs successors, each with a key of its own."))
    named = {line.successor for line in lines}
    if unknown := sorted(named - set(keys)):
        raise LineWrong(reason=_("A line names the successor “%s”, which the change does not have.") % unknown[0])
    if kind != ChangeKind.ESTABLISH and (alone := [plan.name for plan in successors if plan.key not in named]):
        raise LineWrong(reason=_("No line leads to “%s”.") % alone[0])
    pairs = {(line.predecessor.pk, line.successor) for line in lines}
    if len(pairs) != len(lines):
        raise LineWrong(reason=_("A line stands twice in the change."))
    totals: dict[int, Decimal] = {}
    for line in lines:
        if not 0 < line.share <= 1:
            raise LineWrong(reason=_("A share must be greater than 0 and not greater than 1."))
        totals[line.predecessor.pk] = totals.get(line.predecessor.pk, Decimal()) + line.share
    for line in lines:
        if totals[line.predecessor.pk] != 1:
            raise SharesDoNotSum(name=line.predecessor.name, total=totals[line.predecessor.pk])
    for plan in successors:
        if plan.continues and plan.continues.pk not in totals and kind != ChangeKind.ABSORB:
            raise LineWrong(reason=_("“%s” goes on, so a line must lead from it.") % plan.name)


def _check_predecessors(effective_on: dt.date, lines: Sequence[Line]) -> None:
    """Check each predecessor as it stands now; two queries."""
    ids = {line.predecessor.pk for line in lines}
    busy = set(
        DivisionLineage.objects.filter(predecessor__in=ids, successor=None)
        .exclude(change__status=ChangeStatus.WITHDRAWN)
        .values_list("predecessor", flat=True)
    )
    for division in Division.objects.filter(pk__in=ids).order_by("pk"):
        reason = None
        if division.status == DivisionStatus.CLOSED and not division.is_stub:
            reason = _("it is closed.")
        elif division.valid_from and division.valid_from >= effective_on:
            reason = _("it is younger than the change.")
        elif division.pk in busy:
            reason = _("another change of it is under way.")
        if reason:
            raise PredecessorUnfit(name=division.name, reason=reason)


def _write_plans(
    change: DivisionChange, successors: Sequence[Successor], lines: Sequence[Line]
) -> dict[str, PlannedDivision]:
    """Write the plans, parents before children, and return them by key."""
    continuing = {plan.continues.pk for plan in successors if plan.continues}
    closing = {line.predecessor.pk for line in lines} - continuing
    made: dict[str, PlannedDivision] = {}
    for plan in sorted(successors, key=lambda wanted: TIER_OF_LEVEL[DivisionLevel(wanted.level)]):
        row = PlannedDivision(
            change=change,
            key=plan.key,
            continues=plan.continues,
            name=plan.name,
            short_name=plan.short_name or short_name_of(plan.name),
            level=plan.level,
            parent=plan.parent,
            parent_plan=_plan_named(plan, made),
            code_system=plan.code.system if plan.code else "",
            code_edition=plan.code.edition if plan.code else None,
            code=plan.code.code if plan.code else "",
        )
        if plan.continues and not plan.parent and not plan.parent_key:
            row.parent = plan.continues.parent
        _check_plan(row, closing)
        row.full_clean()
        row.save(force_insert=True)
        made[plan.key] = row
    return made


def _plan_named(plan: Successor, made: Mapping[str, PlannedDivision]) -> PlannedDivision | None:
    if not plan.parent_key:
        return None
    if plan.parent_key not in made:
        raise LineWrong(reason=_("“%s” names a parent that does not stand above it in the change.") % plan.name)
    return made[plan.parent_key]


def _check_plan(row: PlannedDivision, closing: set[int]) -> None:
    above = row.parent or row.parent_plan
    is_closed = row.parent is not None and (row.parent.pk in closing or row.parent.status != DivisionStatus.ACTIVE)
    if above and (is_closed or above.tier >= row.tier):
        raise ParentUnfit(parent=above.name, name=row.name)
    if row.continues and not row.continues.is_open:
        raise PredecessorUnfit(name=row.continues.name, reason=_("it is closed."))
    if row.code:
        assert row.code_edition is not None  # noqa: S101 - a code is written whole
        check_code(Code(row.code_system, row.code_edition, row.code), row.name, row.tier)
        taken = DivisionCode.objects.filter(system=row.code_system, edition=row.code_edition, code=row.code)
        if found := taken.exclude(division=row.continues).select_related("division").first():
            raise CodeTaken(system=row.code_system, edition=row.code_edition, code=row.code, name=found.division.name)


def approve_change(
    *, change: DivisionChange, by: User, now: dt.datetime, document_title: str, document_number: str
) -> DivisionChange:
    """Record the approval that the competent authority gave outside of the system.

    Raises:
        DocumentMissing: title or number of the approval document is missing.
        And what `governance.lifecycle.move` raises.
    Basis: Regulations on Administrative Divisions (2018); Organic Law of Urban Residents' Committees art. 6.
    """
    if not (document_title.strip() and document_number.strip()):
        raise DocumentMissing(field="document_number")
    changes = {"document_title": document_title.strip(), "document_number": document_number.strip()}
    return lifecycle.move(change, "approve", by=by, now=now, changes=changes)


def bring_into_force(*, change: DivisionChange, by: User, now: dt.datetime) -> DivisionChange:
    """Open the successors, move what goes on, close the predecessors, write codes and lineage; once.

    What lies below a predecessor with a single successor of its tier moves there. What hangs on the closed divisions
    stands on the hand-over list of the change until it is closed.

    Raises:
        NotYetDue: the day has not come.
        PredecessorUnfit, ParentUnfit: what the draft rested on has changed since.
        ChildrenLeft: divisions below a closing one are taken nowhere.
        CodeTaken, EditionHasCode: a new code has been given away since.
        And what `governance.lifecycle.move` raises.
    Basis: Regulations on Administrative Divisions (2018).
    """
    with transaction.atomic():
        fresh = lifecycle.move(change, "bring_into_force", by=by, now=now)
        if fresh.effective_on > timezone.localdate(now):
            raise NotYetDue(day=fresh.effective_on)
        plans = list(fresh.plans.select_related("continues", "parent").order_by("pk"))
        lines = list(fresh.lineage.select_related("predecessor").order_by("pk"))
        named_before = _names_and_codes(lines)
        _check_again(plans, lines)
        made = _open_successors(fresh, plans)
        closing = _close_predecessors(fresh, plans, lines, made)
        for plan in plans:
            if plan.code:
                assert plan.code_edition is not None  # noqa: S101 - a code is written whole
                write_code(made[plan.pk], Code(plan.code_system, plan.code_edition, plan.code, plan.name))
        _write_lineage(lines, {plan.pk: plan for plan in plans}, made, named_before)
        for verb, divisions in (("opened", made.values()), ("closed", closing)):
            for division in divisions:
                audit.record(
                    by=by,
                    verb=f"communities.division.{verb}",
                    row=division,
                    now=now,
                    after={"change": fresh.pk, "on": fresh.effective_on},
                )
    return fresh


def _names_and_codes(lines: Sequence[DivisionLineage]) -> dict[int, tuple[str, str]]:
    """Return what each predecessor is called and its newest code, before anything is changed."""
    divisions = {line.predecessor_id: line.predecessor for line in lines}
    codes = DivisionCode.objects.filter(division__in=divisions).order_by("edition", "pk")
    newest = {code.division_id: code.code for code in codes}
    return {key: (division.name, newest.get(key, "")) for key, division in divisions.items()}


def _check_again(plans: Sequence[PlannedDivision], lines: Sequence[DivisionLineage]) -> None:
    """Lock everything the change touches, in id order, and see that it is still as the draft found it."""
    ids = {line.predecessor_id for line in lines}
    ids |= {key for plan in plans for key in (plan.continues_id, plan.parent_id) if key}
    locked = {row.pk: row for row in Division.objects.select_for_update().filter(pk__in=ids).order_by("pk")}
    for line in lines:
        row = locked[line.predecessor_id]
        if not (row.is_open or row.is_stub):
            raise PredecessorUnfit(name=row.name, reason=_("it is closed."))
    for plan in plans:
        if plan.parent_id and locked[plan.parent_id].status != DivisionStatus.ACTIVE:
            raise ParentUnfit(parent=locked[plan.parent_id].name, name=plan.name)


def _open_successors(change: DivisionChange, plans: Sequence[PlannedDivision]) -> dict[int, Division]:
    """Make or change the successors tier by tier, parents first; return them by plan."""
    made: dict[int, Division] = {}
    for tier in Tier.values:
        here = [plan for plan in plans if plan.tier == tier]
        parents = {plan.pk: made[plan.parent_plan_id].pk if plan.parent_plan_id else plan.parent_id for plan in here}
        fresh = Division.objects.in_bulk([key for key in parents.values() if key])
        for plan in here:
            key = parents[plan.pk]
            parent = fresh[key] if key else None
            plan.division = _go_on(plan) if plan.continues else _begin(plan, parent, change.effective_on)
            made[plan.pk] = plan.division
        tree.move({made[plan.pk].pk: parents[plan.pk] for plan in here if plan.continues})
    PlannedDivision.objects.bulk_update(plans, ["division"])
    return {key: Division.objects.get(pk=division.pk) for key, division in made.items()}


def _go_on(plan: PlannedDivision) -> Division:
    division = plan.continues
    assert division is not None  # noqa: S101 - asked by the caller
    division.name, division.short_name, division.level = plan.name, plan.short_name, plan.level
    division.save(update_fields=["name", "short_name", "level"])
    return division


def _begin(plan: PlannedDivision, parent: Division | None, day: dt.date) -> Division:
    key = tree.draw_ids(1)[0]
    return Division.objects.create(
        id=key,
        name=plan.name,
        short_name=plan.short_name,
        tier=plan.tier,
        level=plan.level,
        parent=parent,
        path=tree.path_below(parent, key),
        valid_from=day,
    )


def _close_predecessors(
    change: DivisionChange,
    plans: Sequence[PlannedDivision],
    lines: Sequence[DivisionLineage],
    made: Mapping[int, Division],
) -> list[Division]:
    """Move what lies below to the only successor of the same tier, then close; return what was closed."""
    continuing = {plan.continues_id for plan in plans}
    ids = {line.predecessor_id for line in lines} - continuing
    closing = list(Division.objects.filter(pk__in=ids, status=DivisionStatus.ACTIVE).order_by("-tier", "pk"))
    targets: dict[int, list[Division]] = {}
    for line in lines:
        targets.setdefault(line.predecessor_id, []).append(made[line.plan_id])
    below: dict[int, Division] = {}
    children = Division.objects.filter(parent__in=[row.pk for row in closing]).exclude(pk__in=ids).open()
    for child in children.order_by("pk"):
        assert child.parent_id is not None  # noqa: S101 - found by its parent
        heirs = targets[child.parent_id]
        if len(heirs) != 1 or heirs[0].tier >= child.tier:
            name = next(row.name for row in closing if row.pk == child.parent_id)
            raise ChildrenLeft(name=name, child=child.name)
        below[child.pk] = heirs[0]
    tree.move({key: heir.pk for key, heir in below.items()})
    for row in closing:
        row.status, row.valid_to = DivisionStatus.CLOSED, change.effective_on
        row.save(update_fields=["status", "valid_to"])
    return closing


def _write_lineage(
    lines: Sequence[DivisionLineage],
    plans: Mapping[int, PlannedDivision],
    made: Mapping[int, Division],
    named_before: Mapping[int, tuple[str, str]],
) -> None:
    for line in lines:
        line.successor = made[line.plan_id]
        line.predecessor_name, line.predecessor_code = named_before[line.predecessor_id]
        line.successor_name, line.successor_code = plans[line.plan_id].name, plans[line.plan_id].code
    names = ["predecessor_name", "predecessor_code", "successor_name", "successor_code"]
    DivisionLineage.objects.bulk_update(lines, ["successor", *names])


def hand_over(
    *, change: DivisionChange, kind: str, by: User, now: dt.datetime, successor: Division | None = None
) -> int:
    """Pass on all rows of one kind of the hand-over list and return how many; a closed division's only heir is found.

    Raises:
        HandOverElsewhere: nothing of this kind is left, or its room settles it by itself.
        SuccessorUnclear: a closed division has several successors and none of them is named.
        HandOverRefused: a row contradicts what the successor already has.
    Basis: Regulations on Administrative Divisions (2018); nothing may be left attached to a closed division.
    """
    with transaction.atomic():
        fresh = DivisionChange.objects.select_for_update(of=("self",)).get(pk=change.pk)
        found = next((entry for entry in left_behind(fresh) if entry.key == kind), None)
        function = handover.function_of(found.label) if found else None
        if found is None or function is None or fresh.status != ChangeStatus.EFFECTIVE:
            raise HandOverElsewhere
        heirs: dict[int, list[Division]] = {}
        for line in fresh.lineage.select_related("successor").order_by("pk"):
            assert line.successor is not None  # noqa: S101 - the change is in force
            heirs.setdefault(line.predecessor_id, []).append(line.successor)
        rows = list(found.rows.select_for_update(of=("self",)).order_by("pk"))
        for row in rows:
            heir = _heir(getattr(row, found.column), heirs, successor)
            try:
                with transaction.atomic():
                    function(row=row, column=found.column, successor=heir, by=by, now=now)
            except IntegrityError as error:
                raise HandOverRefused(row=row, successor=heir.name) from error
    return len(rows)


def _heir(closed: Division, heirs: Mapping[int, list[Division]], wanted: Division | None) -> Division:
    own = heirs[closed.pk]
    if wanted in own:
        return next(heir for heir in own if heir == wanted)
    if wanted is None and len(own) == 1:
        return own[0]
    raise SuccessorUnclear(field="successor", name=closed.name)
