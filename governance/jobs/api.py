"""Long work in the API: how far it has come, and a harmless second try."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.clients import Pages
from governance.accounts.queries import acting_user
from governance.calendar import clock
from governance.jobs import operations
from governance.jobs.models import Job
from governance.jobs.queries import standing_of


class JobPages(Pages):
    """Newest first; a job's key is no number."""

    ordering = ("-requested_at", "id")  # type: ignore[assignment]  # the stubs know one column only


class JobSerializer(serializers.ModelSerializer[Job]):
    """One run of long work, its parts included."""

    done = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    percent = serializers.IntegerField(read_only=True)
    counts = serializers.SerializerMethodField()
    failures = serializers.SerializerMethodField()

    class Meta:
        model = Job
        fields = (
            "id",
            "kind",
            "status",
            "requested_at",
            "started_at",
            "finished_at",
            "attempts",
            "done",
            "total",
            "percent",
            "counts",
            "failures",
            "last_error",
        )
        read_only_fields = fields

    def get_done(self, job: Job) -> int:
        """Steps done."""
        return standing_of(job).done

    def get_total(self, job: Job) -> int:
        """Steps in all."""
        return standing_of(job).total

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField()))
    def get_counts(self, job: Job) -> dict[str, int]:
        """What has come of it so far, by name."""
        return standing_of(job).counts

    @extend_schema_field(serializers.ListField(child=serializers.DictField(child=serializers.CharField())))
    def get_failures(self, job: Job) -> list[dict[str, Any]]:
        """Rows that could not be handled, with the reason."""
        return standing_of(job).failures


class JobViewSet(ReadOnlyModelViewSet[Job]):
    """Progress of long work: imports, planning runs, demonstration data."""

    floor = "jobs"
    queryset = Job.objects.all()
    serializer_class = JobSerializer
    pagination_class = JobPages
    filterset_fields: ClassVar[list[str]] = ["kind", "status"]
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "jobs.view_job",
        "retrieve": "jobs.view_job",
        "retry": "jobs.retry_job",
    }

    def get_queryset(self) -> QuerySet[Job]:
        """Jobs that the caller may see."""
        return Job.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=None, responses=JobSerializer)
    @action(detail=True, methods=["post"])
    def retry(self, request: Request, pk: str | None = None) -> Response:
        """Start an ended job again; nothing happens twice."""
        del pk
        row = operations.retry(by=acting_user(request), job=self.get_object(), now=clock.now())
        return Response(JobSerializer(row).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("jobs", JobViewSet)]
