"""The row is the job: Celery only wakes the workers, the truth about every job stands here."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User


class JobStatus(models.TextChoices):
    """Where a job stands."""

    QUEUED = "QUEUED", _("waiting")
    RUNNING = "RUNNING", _("running")
    DONE = "DONE", _("done")
    FAILED = "FAILED", _("failed")


class JobQuerySet(models.QuerySet["Job"]):
    """Reads over jobs."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """Whole jobs: all of them for those who may start them again, to most people their own."""
        whole = self.filter(parent=None)
        if not user.is_authenticated:
            return whole.none()
        return whole if user.has_perm("jobs.retry_job") else whole.filter(requested_by_id=user.pk)

    def for_list(self) -> Self:
        """Rows with their parts, newest first."""
        return self.select_related("requested_by").prefetch_related("parts").order_by("-requested_at", "id")


KINDS: dict[str, StrOrPromise] = {}
"""What kinds of work are called; filled where all of them are known (`governance.portal`)."""


class Job(models.Model):
    """One run of one kind of work with its parameters, progress and errors.

    A worker claims a due row by a lease and renews it with each step; when the worker dies the lease runs out and
    another worker takes the job up again. Handlers must therefore be harmless when repeated. A large job hands its work
    out to `parts`, which several workers do at once, and is done when they are. Written by
    `governance.jobs.operations`.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=100)
    parameters = models.JSONField(_("parameters"), default=dict)
    parent = models.ForeignKey(
        "self", on_delete=models.CASCADE, null=True, related_name="parts", verbose_name=_("part of"), editable=False
    )
    key = models.CharField(  # noqa: DJ001 - unique, so an absent one is null
        _("key"), max_length=200, unique=True, null=True, help_text=_("At most one job per key.")
    )
    status = models.CharField(_("status"), max_length=10, choices=JobStatus, default=JobStatus.QUEUED)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    due_at = models.DateTimeField(_("due at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    lease_token = models.UUIDField(_("lease"), null=True, editable=False)
    lease_until = models.DateTimeField(_("lease until"), null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    done = models.PositiveIntegerField(_("steps done"), default=0)
    total = models.PositiveIntegerField(_("steps in all"), default=0)
    counts = models.JSONField(_("counts"), default=dict)
    failures = models.JSONField(_("failed rows"), default=list)
    last_error = models.TextField(_("last error"), blank=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        indexes: ClassVar = [
            # The list on the desk, newest first.
            models.Index(fields=["-requested_at", "id"], condition=models.Q(parent=None), name="job_newest"),
            # What a worker may claim.
            models.Index(fields=["due_at"], condition=models.Q(status__in=["QUEUED", "RUNNING"]), name="job_claimable"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(status__in=JobStatus.values), name="job_status_is_known"),
            models.CheckConstraint(condition=models.Q(done__lte=models.F("total")), name="job_done_within_total"),
        ]

    def __str__(self) -> str:
        return f"{self.label} · {self.get_status_display()}"

    @property
    def label(self) -> str:
        """What this kind of work is called."""
        return str(KINDS.get(self.kind, self.kind))

    @property
    def percent(self) -> int:
        """The share of steps done, whole percent, 100 only when finished; with the parts where they were read along."""
        if self.status == JobStatus.DONE:
            return 100
        rows = [self, *self._read_along().get("parts", [])]
        done, total = sum(row.done for row in rows), sum(row.total for row in rows)
        return min(99, done * 100 // total) if total else 0

    def _read_along(self) -> dict[str, Any]:
        """Return what was prefetched with the row."""
        return getattr(self, "_prefetched_objects_cache", {})
