"""Tasks: given at a meeting or in a case of several parties, shown before and after, reported, confirmed by another."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone

from communities.notices import operations as notices
from communities.notices.models import Attachment, Visibility
from communities.notices.policy import StoredFile, read_photo
from consultation.meetings import queries, refusals
from consultation.meetings.joint import CaseParty, MultiPartyCase
from consultation.meetings.lifecycle import MeetingTaskStatus
from consultation.meetings.models import Meeting
from consultation.meetings.parts import MANAGE, locked, said
from consultation.meetings.policy import (
    LONGEST_PARTY,
    LONGEST_REPORT,
    LONGEST_TASK,
    MOST_PARTIES,
    MOST_TASK_PHOTOS,
    PartyKind,
    PhotoStage,
)
from consultation.meetings.record import MeetingTask, Resolution, TaskPhoto
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from consultation.topics.models import Topic
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization

REPORT = "consultation.report_meeting_task"
Uploads = Sequence[tuple[str, bytes]]
Made = TypeVar("Made")


# --- Giving tasks -----------------------------------------------------------------------------------------------------


def give_task(
    *,
    by: User,
    now: dt.datetime,
    meeting: Meeting,
    text: str,
    owner: User,
    due_on: dt.date,
    resolution: Resolution | None = None,
) -> MeetingTask:
    """Give somebody a task that follows from a meeting; it shows on their worklist.

    Raises:
        NotAllowed, TooEarlyForTasks, DueBefore, TextMissing, PersonalNumbersFound, ItemUnfit.
    """
    with transaction.atomic():
        row = locked(by, meeting)
        if row.status not in queries.HELD:
            raise refusals.TooEarlyForTasks
        if resolution is not None and resolution.item.meeting_id != row.pk:
            raise refusals.ItemUnfit(field="resolution")
        task = MeetingTask(meeting=row, resolution=resolution, division=row.division)
        return _give(task, text, owner, due_on, by=by, now=now)


def give_case_task(
    *,
    by: User,
    now: dt.datetime,
    case: MultiPartyCase,
    text: str,
    owner: User,
    due_on: dt.date,
    party: CaseParty | None = None,
    uploads: Uploads = (),
) -> MeetingTask:
    """Give somebody a task of a case, for one of its parties; `uploads` are photos of what it looks like before.

    Raises:
        NotAllowed, CaseEnded, PartyUnfit, OwnerUnfit, DueBefore, TextMissing, PersonalNumbersFound.
        PhotoTooLarge, PhotoKindUnknown, FileBroken, TooManyTaskPhotos: a photo may not be stored.
    """
    photos = [read_photo(name, content) for name, content in uploads]

    def given(stored: list[Attachment]) -> MeetingTask:
        row = _open_case(by, case)
        if party is not None and not row.parties.filter(pk=party.pk, left_at=None).exists():
            raise refusals.PartyUnfit(field="party")
        if not queries.people_for_case(row, row.division, timezone.localdate(now)).filter(pk=owner.pk).exists():
            raise refusals.OwnerUnfit(field="owner")
        task = _give(MeetingTask(case=row, party=party, division=row.division), text, owner, due_on, by=by, now=now)
        _show(task, PhotoStage.BEFORE, photos, stored, by=by, now=now)
        return task

    return _with_files(given)


def _give(task: MeetingTask, text: str, owner: User, due_on: dt.date, *, by: User, now: dt.datetime) -> MeetingTask:
    if due_on < timezone.localdate(now):
        raise refusals.DueBefore(field="due_on")
    task.text = said(text, "text", LONGEST_TASK)
    task.owner, task.due_on, task.given_at, task.given_by = owner, due_on, now, by
    task.full_clean()
    task.save()
    origin = {"meeting": task.meeting.number} if task.meeting is not None else {"case": task.case_id}
    audit.record(by=by, verb="consultation.meeting_task.given", row=task, now=now, after={**origin, "due_on": due_on})
    return task


# --- Photos and reports -----------------------------------------------------------------------------------------------


def show_task(*, by: User, now: dt.datetime, task: MeetingTask, stage: str, uploads: Uploads) -> list[TaskPhoto]:
    """Show what a task looks like before it is done, or looked like afterwards.

    Photos of a case are open to everybody, as its decision is; those of a meeting to the staff of the place.

    Raises:
        NotAllowed: neither whose task it is nor staff of the place.
        PhotosOver: the task was reported (before), confirmed or dropped.
        PhotoMissing, PhotoTooLarge, PhotoKindUnknown, FileBroken, TooManyTaskPhotos.
    """
    require(by, REPORT, task)
    photos = [read_photo(name, content) for name, content in uploads]
    if not photos:
        raise refusals.PhotoMissing(field="photos")

    def shown(stored: list[Attachment]) -> list[TaskPhoto]:
        return _show(_locked_task(task), stage, photos, stored, by=by, now=now)

    return _with_files(shown)


def report_task(*, by: User, now: dt.datetime, task: MeetingTask, text: str, uploads: Uploads = ()) -> MeetingTask:
    """Report what was done, with photos of what it looks like now.

    Raises:
        MoveForbidden, MoveClosed, TextMissing, PersonalNumbersFound.
        PhotoTooLarge, PhotoKindUnknown, FileBroken, TooManyTaskPhotos: a photo may not be stored.
    """
    lifecycle.require(task, "report", by=by)
    told = said(text, "text", LONGEST_REPORT)
    photos = [read_photo(name, content) for name, content in uploads]

    def reported(stored: list[Attachment]) -> MeetingTask:
        row = lifecycle.move(task, "report", by=by, now=now, changes={"report_text": told})
        _show(row, PhotoStage.AFTER, photos, stored, by=by, now=now)
        return row

    return _with_files(reported)


def _locked_task(task: MeetingTask) -> MeetingTask:
    return MeetingTask.objects.select_for_update(of=("self",)).select_related("division").get(pk=task.pk)


def _show(
    task: MeetingTask,
    stage: str,
    photos: Sequence[StoredFile],
    stored: list[Attachment],
    *,
    by: User,
    now: dt.datetime,
) -> list[TaskPhoto]:
    """Store photos of a task and hang them on it; what was stored is added to `stored`."""
    if not photos:
        return []
    open_in = {MeetingTaskStatus.GIVEN, *([MeetingTaskStatus.DONE] if stage == PhotoStage.AFTER else [])}
    if task.status not in open_in:
        raise refusals.PhotosOver(field="photos")
    if task.photos.filter(stage=stage).count() + len(photos) > MOST_TASK_PHOTOS:
        raise refusals.TooManyTaskPhotos(field="photos", most=MOST_TASK_PHOTOS)
    visibility = Visibility.PUBLIC if task.case_id is not None else Visibility.INTERNAL
    shown = []
    for photo in photos:
        file = notices.store_photo(by=by, now=now, division=task.division, photo=photo, visibility=visibility)
        stored.append(file)
        shown.append(TaskPhoto.objects.create(task=task, stage=stage, photo=file, added_at=now, added_by=by))
    after = {"stage": str(stage), "photos": len(photos)}
    audit.record(by=by, verb="consultation.meeting_task.shown", row=task, now=now, after=after)
    return shown


def _with_files(run: Callable[[list[Attachment]], Made]) -> Made:
    """Run what stores files, all in one transaction; take the files away again when it fails."""
    stored: list[Attachment] = []
    try:
        with transaction.atomic():
            return run(stored)
    except BaseException:
        for attachment in stored:
            attachment.file.delete(save=False)
        raise


# --- Cases ------------------------------------------------------------------------------------------------------------


def open_case(*, by: User, now: dt.datetime, topic: Topic, leading: str, kind: str) -> MultiPartyCase:
    """Open the case in which several parties carry something out on a topic, with the party that leads.

    Raises:
        NotAllowed, TextMissing, PersonalNumbersFound.
    Basis: report S2 (committee, social workers and residents work together).
    """
    require(by, MANAGE, topic)
    with transaction.atomic():
        row = MultiPartyCase.objects.create(topic=topic, division=topic.division, opened_at=now, opened_by=by)
        audit.record(by=by, verb="consultation.multi_party_case.opened", row=row, now=now)
        add_party(by=by, now=now, case=row, kind=kind, name=leading, is_leading=True)
    return row


def add_party(
    *,
    by: User,
    now: dt.datetime,
    case: MultiPartyCase,
    kind: str,
    name: str = "",
    organization: SocialOrganization | None = None,
    is_leading: bool = False,
) -> CaseParty:
    """Let one more party join a case: a department, an organization, residents.

    An organization of the register is named as it is entered there, and must be in good standing.

    Raises:
        NotAllowed, CaseEnded, PartyUnfit, PartyKnown, TooManyParties, TextMissing, PersonalNumbersFound.
        OrganizationHindered: the organization may take no part.
    """
    if (organization is not None and kind != PartyKind.ORGANIZATION) or kind not in PartyKind.values:
        raise refusals.PartyUnfit(field="kind")
    if organization is not None:
        require_good_standing(organization, timezone.localdate(now))
        name = organization.name
    with transaction.atomic():
        row = _open_case(by, case)
        if row.parties.filter(left_at=None).count() >= MOST_PARTIES:
            raise refusals.TooManyParties(most=MOST_PARTIES)
        party = CaseParty(
            case=row,
            kind=kind,
            name=said(name, "name", LONGEST_PARTY),
            organization=organization,
            is_leading=is_leading,
            joined_at=now,
            joined_by=by,
        )
        party.full_clean(validate_unique=False, validate_constraints=False)
        try:
            with transaction.atomic():
                party.save()
        except IntegrityError as error:
            raise refusals.PartyKnown(field="name", name=party.name) from error
        after = {"name": party.name, "kind": party.kind}
        audit.record(by=by, verb="consultation.multi_party_case.joined", row=row, now=now, after=after)
    return party


def end_party(*, by: User, now: dt.datetime, party: CaseParty) -> CaseParty:
    """Let a party leave a case; its tasks stay with it.

    Raises:
        NotAllowed, CaseEnded.
        PartyStays: it leads, has left, or has tasks that are not done.
    """
    with transaction.atomic():
        case = _open_case(by, party.case)
        row = CaseParty.objects.select_for_update(of=("self",)).get(pk=party.pk)
        is_busy = row.meeting_tasks.filter(status__in=[MeetingTaskStatus.GIVEN, MeetingTaskStatus.DONE]).exists()
        if row.is_leading or row.left_at is not None or is_busy:
            raise refusals.PartyStays(field="party")
        row.left_at = now
        row.save(update_fields=["left_at"])
        audit.record(by=by, verb="consultation.multi_party_case.left", row=case, now=now, after={"name": row.name})
    return row


def end_case(*, by: User, now: dt.datetime, case: MultiPartyCase) -> MultiPartyCase:
    """End a case, since its result is reported.

    Raises:
        NotAllowed, CaseEnded.
        TasksOpen: some of its tasks are still to be done.
    """
    with transaction.atomic():
        row = _open_case(by, case)
        left = row.meeting_tasks.filter(status=MeetingTaskStatus.GIVEN).count()
        if left:
            raise refusals.TasksOpen(count=left)
        row.ended_at = now
        row.save(update_fields=["ended_at"])
        audit.record(by=by, verb="consultation.multi_party_case.ended", row=row, now=now)
    return row


def resume_case(*, by: User, now: dt.datetime, case: MultiPartyCase) -> MultiPartyCase:
    """Open an ended case again, since its result was given back; harmless when it is open.

    Called by who gave the result back, which asked whether they may.
    """
    with transaction.atomic():
        row = MultiPartyCase.objects.select_for_update(of=("self",)).get(pk=case.pk)
        if row.ended_at is not None:
            row.ended_at = None
            row.save(update_fields=["ended_at"])
            audit.record(by=by, verb="consultation.multi_party_case.resumed", row=row, now=now)
    return row


def _open_case(by: User, case: MultiPartyCase) -> MultiPartyCase:
    """Lock a case for somebody who may handle it, if it is open."""
    row = MultiPartyCase.objects.select_for_update(of=("self",)).select_related("division").get(pk=case.pk)
    require(by, MANAGE, row)
    if row.ended_at is not None:
        raise refusals.CaseEnded
    return row
