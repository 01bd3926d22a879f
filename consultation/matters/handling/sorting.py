"""The contest of a sorting: once, by the person, decided by somebody of the street who did not sort the matter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from consultation.matters.handling.classes import Sorting, sorting_of
from consultation.matters.handling.clocks import clock_of, due_after_sorting, due_by
from consultation.matters.handling.dispatching import recall_all
from consultation.matters.handling.lifecycle import ContestStatus
from consultation.matters.handling.models import SortingContest
from consultation.matters.handling.policy import CONTEST_DAYS, DUE_OF_KIND
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, ThreeWay
from consultation.matters.policy import LONGEST_TEXT, fitting
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from governance.accounts.models import User

CONTESTABLE = (MatterStatus.SORTED, MatterStatus.TRANSFERRED)


class ContestNotYours(NotAllowed):
    """Whose matter it is contests how it was sorted."""

    code = "contest_not_yours"
    message = _("Only the person behind the matter contests how it was sorted.")


class ContestedBefore(NotNow):
    """The sorting is contested once."""

    code = "contested_before"
    message = _("The sorting of this matter has been contested once; that is final.")


class NothingToContest(NotNow):
    """A matter is contested while it is sorted and not answered."""

    code = "nothing_to_contest"
    message = _("The sorting can be contested between the sorting and the answer.")


class SameClassWanted(Invalid):
    """A contest asks for another class."""

    code = "same_class_wanted"
    message = _("It is already sorted as “%(three_way)s”. Choose another class.")


def contest_sorting(*, by: User, now: dt.datetime, matter: Matter, wanted: str, reason: str) -> SortingContest:
    """Contest how a matter was sorted; the street decides in its days, the matter's own clock runs on.

    Raises:
        ContestNotYours: it is somebody else's matter.
        NothingToContest, ContestedBefore, SameClassWanted: not now, not again, not for the same.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the reason does not fit.
    Basis: 三事分流 (report on Pengshui); three working days are a default.
    """
    why = fitting("reason", reason, LONGEST_TEXT)
    refuse_personal_numbers(reason=why)
    if not by.has_perm("consultation.contest_sorting", matter):
        raise ContestNotYours
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division", "sorted_by").get(pk=matter.pk)
        if row.status not in CONTESTABLE:
            raise NothingToContest
        if wanted not in ThreeWay.values or wanted == row.three_way:
            raise SameClassWanted(field="wanted", three_way=row.get_three_way_display())
        due = due_by(CONTEST_DAYS, row.division, now)
        contest = SortingContest(
            matter=row,
            reason=why,
            wanted=wanted,
            contested=row.three_way,
            sorted_by=row.sorted_by or row.recorded_by,
            due_on=due.on,
            is_due_provisional=due.is_provisional,
            opened_at=now,
            opened_by=by,
        )
        try:
            with transaction.atomic():
                contest.save(force_insert=True)
        except IntegrityError as error:
            raise ContestedBefore from error
        told = {"wanted": wanted, "due_on": due.on}
        audit.record(by=by, verb="consultation.contest.opened", row=contest, now=now, after=told)
        outbox.emit(
            by=by, topic="consultation.contest.opened", row=contest, now=now, payload={"due_on": due.on.isoformat()}
        )
    return contest


def uphold_contest(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    contest: SortingContest,
    route: str,
    reason: str,
    three_way: str = "",
    summary: str = "",
    reference: str = "",
) -> SortingContest:
    """Sort the matter anew, as the person wants it or in a third way; offices that had it give it back.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: `by` may not, sorted it, or it is decided.
        the refusals of `sort_matter`: the new sorting is not complete.
    """
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).select_related("division").get(pk=contest.matter_id)
        chosen = three_way or contest.wanted
        said = sorting_of(row, today, Sorting(chosen, route, reason, summary, reference))
        decided = lifecycle.move(contest, "uphold", by=by, now=now, reason=said["sort_reason"], changes=_told(said))
        if row.status not in CONTESTABLE:
            raise NothingToContest
        recall_all(by=by, now=now, matter=row, reason=said["sort_reason"])
        due = due_after_sorting(said["kind"], chosen, row.division, row.raised_at, now)
        began_at = row.raised_at if said["kind"] in DUE_OF_KIND else now
        changes = {**said, **clock_of(due, began_at), "paused_at": row.paused_at}
        lifecycle.move(row, "resort", by=by, now=now, reason=said["sort_reason"], changes=changes)
    return decided


def _told(said: dict[str, Any]) -> dict[str, str]:
    return {"answer": said["sort_reason"]}


def reject_contest(*, by: User, now: dt.datetime, contest: SortingContest, reason: str) -> SortingContest:
    """Leave the sorting as it is; the person reads why.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as the mover says.
    """
    if not reason.strip():
        raise ReasonMissing(field="reason")
    why = fitting("reason", reason, LONGEST_TEXT)
    return lifecycle.move(contest, "reject", by=by, now=now, reason=why, changes={"answer": why})


def escalate_contests(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Mark the contests that the street has not decided in time: the district may as well; return their ids."""
    found = []
    rows = SortingContest.objects.filter(status=ContestStatus.OPEN, due_on__lt=today, overdue_at=None)
    for key in list(rows.order_by("pk").values_list("pk", flat=True)):
        with transaction.atomic():
            row = SortingContest.objects.select_for_update(of=("self",)).select_related("matter").get(pk=key)
            if row.overdue_at is not None or row.status != ContestStatus.OPEN:
                continue
            row.overdue_at = now
            row.save(update_fields=["overdue_at"])
            audit.record(by=by, verb="consultation.contest.overdue", row=row, now=now, after={"due_on": row.due_on})
        found.append(key)
    return found
