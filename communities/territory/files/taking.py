"""Taking in a file of rows: kept until a job has read it, confirmed by another person, written by a second job.

One mechanism for the sheets of the register and the files of donations; a kind of file says in a `Kind` what is its own.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import IO, TYPE_CHECKING, Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.territory.files.lifecycle import CONFIRMED, OVER, READ, UPLOADED
from communities.territory.files.models import TakenFile
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import DomainError
from governance.jobs.models import Job
from governance.jobs.operations import enqueue

if TYPE_CHECKING:
    import datetime as dt

    from django.core.files import File

    from governance.accounts.models import User
    from governance.jobs.operations import Progress

Taken = TypeVar("Taken", bound=TakenFile)
PIECE = 1024 * 1024
LONGEST_PROBLEM = 300
BAD_TOLD = 1000
"""Unusable rows that a job names; the rest stand with the file."""


@dataclass(frozen=True, slots=True)
class Kind(Generic[Taken]):
    """What is a kind of file's own: its table, the names of its acts and jobs, and how it refuses.

    `known` is raised with the day, the name and the state of the file that was taken in before, `unusable` with the
    count of rows that nobody has said to leave out, `nothing` when no row would change anything. `empty` forgets rows.
    """

    model: type[Taken]
    noun: str
    folder: str
    parameter: str
    reading: str
    writing: str
    known: type[DomainError]
    unusable: type[DomainError]
    nothing: type[DomainError]
    empty: Callable[[Taken], object]


def digest_of(file: IO[bytes] | File[bytes]) -> str:
    """Return the SHA-256 of a file, read in pieces; it stands at its beginning afterwards."""
    file.seek(0)
    found = hashlib.sha256()
    while piece := file.read(PIECE):
        found.update(piece)
    file.seek(0)
    return found.hexdigest()


def refuse_known(kind: Kind[Taken], digest: str, scope: Mapping[str, Any]) -> None:
    """Refuse a file that was taken in for the same scope and did not come to nothing."""
    rows = kind.model._default_manager.filter(sha256=digest, **scope).exclude(status__in=OVER)
    known: Any = rows.first()
    if known is not None:
        day = timezone.localdate(known.uploaded_at)
        raise kind.known(field="file", day=day, name=known.name, status=known.get_status_display())


def keep(
    kind: Kind[Taken], row: Taken, file: File[bytes], *, by: User, now: dt.datetime, scope: Mapping[str, Any]
) -> Taken:
    """Keep a file for the row, which says what it is for, and queue the job that reads it.

    `scope` are the columns within which the same file is taken once.

    Raises:
        the kind's `known`: the same file was taken in.
    """
    name = PurePath(row.name).name
    digest = digest_of(file)
    refuse_known(kind, digest, scope)
    row.name, row.sha256, row.size = name[:200], digest, int(file.size or 0)
    row.uploaded_by, row.uploaded_at = by, now
    row.path = default_storage.save(f"{kind.folder}/{uuid.uuid4().hex}{PurePath(name).suffix.lower()}", file)
    try:
        with transaction.atomic():
            row.save()
            where = {key: getattr(value, "pk", value) for key, value in scope.items()}
            after = {**where, "sha256": digest, "size": row.size}
            audit.record(by=by, verb=f"{kind.noun}.uploaded", row=row, now=now, after=after)
            job = kind.reading
            enqueue(by=by, kind=job, key=f"{job}:{row.pk}", now=now, parameters={kind.parameter: row.pk})
    except IntegrityError:
        default_storage.delete(row.path)
        refuse_known(kind, digest, scope)
        raise
    return row


def forget_file(row: TakenFile) -> None:
    """Remove the file once its rows are kept: it holds more personal data than is needed."""
    default_storage.delete(row.path)


def read(
    kind: Kind[Taken],
    row: Taken,
    *,
    by: User,
    now: dt.datetime,
    fill: Callable[[Taken], object],
    judge: Callable[[Taken], Mapping[str, Any]],
) -> Taken:
    """Fill an uploaded file's rows and judge them; begun again, it starts from the first row.

    The job's work. `fill` reads the file, `judge` returns the counts within the transaction of the move. A file that
    cannot be read is given up with the reason; one that was read already is left as it is.
    """
    if _status(row) != UPLOADED:
        return row
    try:
        fill(row)
    except FileNotFoundError:
        problem = _("The file is no longer kept. Upload it again.")
    except (DomainError, ValidationError) as refusal:
        problem = said(refusal)
    else:
        with transaction.atomic():
            moved = lifecycle.move(row, "finish_reading", by=by, now=now, changes=judge(row))
        forget_file(row)
        return moved
    kind.empty(row)
    forget_file(row)
    return lifecycle.move(row, "give_up", by=by, now=now, changes={"problem": problem[:LONGEST_PROBLEM]})


def _status(row: Any) -> str:
    """Return where a file stands; each kind's table has the column."""
    return str(row.status)


def said(refusal: DomainError | ValidationError) -> str:
    """Return a refusal in words."""
    return " ".join(refusal.messages) if isinstance(refusal, ValidationError) else str(refusal)


def confirm(
    kind: Kind[Taken],
    row: Taken,
    *,
    by: User,
    now: dt.datetime,
    does: Callable[[Any], int],
    leave_out_bad: bool,
) -> Taken:
    """Confirm what a file holds, so that a job writes it; `does` counts the rows that would change something.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move; another person than the one who uploaded.
        the kind's `unusable` and `nothing`.
    """
    lifecycle.require(row, "confirm", by=by)
    with transaction.atomic():
        fresh: Any = kind.model._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
        if fresh.status == READ and not does(fresh):
            raise kind.nothing
        if fresh.status == READ and fresh.bad and not leave_out_bad:
            raise kind.unusable(field="leave_out_bad", count=fresh.bad)
        moved: Taken = lifecycle.move(fresh, "confirm", by=by, now=now)
        parameters = {kind.parameter: moved.pk}
        enqueue(by=by, kind=kind.writing, key=_writing_key(kind, moved), now=now, parameters=parameters)
    return moved


def _writing_key(kind: Kind[Taken], row: TakenFile) -> str:
    """Return the key of the job that writes a file; one that is sent back and confirmed again has another."""
    return f"{kind.writing}:{row.pk}:{row.confirmed_at:%Y%m%dT%H%M%S.%f}"


def job_of(kind: Kind[Taken], row: TakenFile) -> Job | None:
    """Return the job that a file waits for now; one query, none when it waits for nobody."""
    keys = {UPLOADED: f"{kind.reading}:{row.pk}"}
    if row.confirmed_at is not None:
        keys[CONFIRMED] = _writing_key(kind, row)
    key = keys.get(_status(row))
    return Job.objects.filter(key=key).first() if key else None


def discard(kind: Kind[Taken], row: Taken, *, by: User, now: dt.datetime, reason: str) -> Taken:
    """Discard a file that is not to be written; its rows go with it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    with transaction.atomic():
        moved = lifecycle.move(row, "discard", by=by, now=now, reason=reason)
        kind.empty(moved)
    forget_file(moved)
    return moved


def tell_bad(progress: Progress, row: Any) -> None:
    """Name a file's unusable rows, and why it could not be read, on its job."""
    for bad in row.rows.filter(verdict="BAD").order_by("number")[:BAD_TOLD]:
        progress.fail_row(str(bad.number), bad.reason)
    if row.problem:
        progress.fail_row(row.name, row.problem)
