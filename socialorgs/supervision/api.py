"""Supervision in the API, for the registrar: reports of a year, orders, repairs, grades, alerts."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.models import CreditListing, InspectionConclusion, SocialOrganization
from socialorgs.supervision import operations
from socialorgs.supervision.filters import (
    AlertFilter,
    AssessmentFilter,
    RectificationFilter,
    RepairFilter,
    YearReportFilter,
)
from socialorgs.supervision.grading import operations as grading
from socialorgs.supervision.grading.lifecycle import ASSESSMENT
from socialorgs.supervision.grading.models import Assessment, CommitteeWord
from socialorgs.supervision.grading.voting import Voted
from socialorgs.supervision.lifecycle import RECTIFICATION, REPAIR, YEAR_REPORT
from socialorgs.supervision.models import CreditRepair, RectificationOrder, StandingAlert, YearReport
from socialorgs.supervision.policy import HIGHEST, LONGEST_TEXT, MOST_POINTS


class YearReportSerializer(serializers.ModelSerializer[YearReport]):
    """The report of a year, for the body and for staff."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    conclusion = serializers.CharField(source="inspection.conclusion", read_only=True, default=None, allow_null=True)

    class Meta:
        model = YearReport
        fields = (
            "id",
            "organization",
            "organization_name",
            "year",
            "status",
            "due_on",
            "reminders",
            "reminded_on",
            "members_count",
            "staff_count",
            "income",
            "expenses",
            "meetings",
            "has_party_organization",
            "keeps_charter",
            "activities",
            "changes",
            "submitted_at",
            "opinion",
            "forwarded_at",
            "conclusion",
            "decided_at",
            "remark",
        )
        read_only_fields = fields


class YearReportEntrySerializer(serializers.Serializer[Any]):
    """What a body reports of a year."""

    members_count = serializers.IntegerField(min_value=0)
    staff_count = serializers.IntegerField(min_value=0)
    income = AmountField()
    expenses = AmountField()
    meetings = serializers.IntegerField(min_value=0, max_value=366)
    has_party_organization = serializers.BooleanField(default=False)
    keeps_charter = serializers.BooleanField(default=False)
    activities = serializers.CharField(max_length=LONGEST_TEXT)
    changes = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class FirstOpinionSerializer(serializers.Serializer[Any]):
    """The first opinion of the supervising side."""

    opinion = serializers.CharField(max_length=LONGEST_TEXT)


class YearConclusionSerializer(serializers.Serializer[Any]):
    """The conclusion on a year, and what is to be mended in how many days."""

    conclusion = serializers.ChoiceField(choices=InspectionConclusion.choices)
    mend = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")
    days = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)


class MissSerializer(serializers.Serializer[Any]):
    """The decision by which a body is listed for what it has missed."""

    decision_number = serializers.CharField(max_length=80)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class RectificationSerializer(serializers.ModelSerializer[RectificationOrder]):
    """An order to mend something, for the body and for staff."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)

    class Meta:
        model = RectificationOrder
        fields = (
            "id",
            "organization",
            "organization_name",
            "inspection",
            "number",
            "findings",
            "demands",
            "days",
            "due_on",
            "reminders",
            "status",
            "issued_at",
            "report",
            "reported_at",
            "decided_at",
            "remark",
        )
        read_only_fields = fields


class RectificationEntrySerializer(serializers.Serializer[Any]):
    """An order that somebody drafts."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    findings = serializers.CharField(max_length=LONGEST_TEXT)
    demands = serializers.CharField(max_length=LONGEST_TEXT)
    days = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)


class MendedSerializer(serializers.Serializer[Any]):
    """What was mended."""

    report = serializers.CharField(max_length=LONGEST_TEXT)


class MendAgainSerializer(serializers.Serializer[Any]):
    """Why it is not mended yet, and further days."""

    reason = serializers.CharField(max_length=LONGEST_TEXT)
    days = serializers.IntegerField(min_value=1)


class CreditRepairSerializer(serializers.ModelSerializer[CreditRepair]):
    """The repair of a listing, for the body and for staff."""

    class Meta:
        model = CreditRepair
        fields = ("id", "organization", "listing", "mended", "status", "applied_at", "decided_at", "remark")
        read_only_fields = fields


class CreditRepairEntrySerializer(serializers.Serializer[Any]):
    """A listing that is to be lifted, and what was mended."""

    listing = serializers.PrimaryKeyRelatedField(queryset=CreditListing.objects.all())
    mended = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True, default="")


class AssessmentSerializer(serializers.ModelSerializer[Assessment]):
    """An assessment with its grade; what was granted is public."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)

    class Meta:
        model = Assessment
        fields = (
            "id",
            "organization",
            "organization_name",
            "status",
            "score",
            "grade",
            "votes_for",
            "committee_size",
            "voted_on",
            "notify_by",
            "notified_on",
            "number",
            "valid_from",
            "valid_to",
            "applied_at",
            "scored_at",
            "decided_at",
        )
        read_only_fields = fields


class AssessmentEntrySerializer(serializers.Serializer[Any]):
    """A body that asks to be assessed, and why."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    statement = serializers.CharField(max_length=LONGEST_TEXT)


class ScoreEntrySerializer(serializers.Serializer[Any]):
    """A score, and a grade below what it is worth if that is proposed."""

    score = serializers.IntegerField(min_value=0, max_value=MOST_POINTS)
    findings = serializers.CharField(max_length=LONGEST_TEXT)
    grade = serializers.IntegerField(min_value=1, max_value=HIGHEST, required=False, allow_null=True, default=None)


class NamedVoteSerializer(serializers.Serializer[Any]):
    """What one member of the committee did; the last day for the body of whoever once worked there."""

    name = serializers.CharField(max_length=50)
    word = serializers.ChoiceField(choices=CommitteeWord.choices)
    worked_there_until = serializers.DateField(required=False, allow_null=True, default=None)


class CommitteeVoteSerializer(serializers.Serializer[Any]):
    """The vote of the committee by name: everybody, those too who were absent or withdrew."""

    votes = NamedVoteSerializer(many=True, allow_empty=False)
    voted_on = serializers.DateField()
    number = serializers.CharField(max_length=60)

    def validate_votes(self, value: list[dict[str, Any]]) -> list[Voted]:
        """Return them as the operation takes them."""
        return [Voted(**said) for said in value]


class NotifiedSerializer(serializers.Serializer[Any]):
    """On which day the body was told the result of its assessment."""

    notified_on = serializers.DateField()


class LowerGradeSerializer(serializers.Serializer[Any]):
    """A lower grade, or none (0), and why."""

    proposed_grade = serializers.IntegerField(min_value=0, max_value=HIGHEST - 1)
    reason = serializers.CharField(max_length=LONGEST_TEXT)


class AlertSerializer(serializers.ModelSerializer[StandingAlert]):
    """Running work whose body has lost its standing, for the staff of its place."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)

    class Meta:
        model = StandingAlert
        fields = (
            "id",
            "organization",
            "organization_name",
            "division",
            "cause",
            "said",
            "subject_label",
            "subject_key",
            "subject",
            "raised_at",
            "noted_at",
            "measures",
        )
        read_only_fields = fields


class AlertNoteSerializer(serializers.Serializer[Any]):
    """What is done about an alert."""

    measures = serializers.CharField(max_length=LONGEST_TEXT)


class _ThroughOperations(Idempotent, Moves):
    """Moves that ask for something and go through an operation."""

    noun: ClassVar[str] = ""

    def led(self, request: Request, asks: type[serializers.Serializer[Any]] | None, operation: Any) -> Response:
        """Read the body, run the operation on the row, and show what came of it."""
        row = self.get_object()
        given: dict[str, Any] = {}
        if asks is not None:
            body = asks(data=request.data)
            body.is_valid(raise_exception=True)
            given = dict(body.validated_data)
        return self.shown(operation(by=acting_user(request), now=clock.now(), **{self.noun: row}, **given))


def _submit(*, by: Any, now: Any, report: YearReport, **said: Any) -> YearReport:
    return operations.submit_report(by=by, now=now, report=report, said=operations.Said(**said))


def _list_report(*, report: YearReport, **given: Any) -> Any:
    return operations.list_for_miss(row=report, **given)


def _list_order(*, order: RectificationOrder, **given: Any) -> Any:
    return operations.list_for_miss(row=order, **given)


@moves_of(YEAR_REPORT)
class YearReportViewSet(_ThroughOperations, ReadOnlyModelViewSet[YearReport]):
    """Reports of a year (年度工作报告)."""

    queryset = YearReport.objects.all()
    serializer_class = YearReportSerializer
    filterset_class = YearReportFilter
    noun = "report"
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "socialorgs.view_year_report",
        "retrieve": "socialorgs.view_year_report",
    }

    def get_queryset(self) -> QuerySet[YearReport]:
        """Rows that the caller may see."""
        return YearReport.objects.visible_to(self.request.user).for_list().select_related("inspection")

    @extend_schema(request=YearReportEntrySerializer, responses=YearReportSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Submit the report: DUE, RETURNED, MISSED or LISTED to SUBMITTED."""
        del pk
        return self.led(request, YearReportEntrySerializer, _submit)

    @extend_schema(request=FirstOpinionSerializer, responses=YearReportSerializer)
    @action(detail=True, methods=["post"])
    def forward(self, request: Request, pk: str | None = None) -> Response:
        """Give the first opinion: SUBMITTED to FORWARDED."""
        del pk
        return self.led(request, FirstOpinionSerializer, operations.forward_report)

    @extend_schema(request=MoveSerializer, responses=YearReportSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Return the report to the body."""
        del pk
        return self.led(request, MoveSerializer, operations.send_report_back)

    @extend_schema(request=YearConclusionSerializer, responses=YearReportSerializer)
    @action(detail=True, methods=["post"])
    def conclude(self, request: Request, pk: str | None = None) -> Response:
        """Enter the conclusion: FORWARDED to CONCLUDED."""
        del pk
        return self.led(request, YearConclusionSerializer, operations.conclude_report)

    @extend_schema(request=MissSerializer, responses=YearReportSerializer)
    @action(detail=True, methods=["post"])
    def put_on_list(self, request: Request, pk: str | None = None) -> Response:
        """Put the body on the list of abnormal activity: MISSED to LISTED."""
        del pk
        return self.led(request, MissSerializer, _list_report)


@moves_of(RECTIFICATION)
class RectificationViewSet(_ThroughOperations, ReadOnlyModelViewSet[RectificationOrder]):
    """Orders to mend something (责令整改)."""

    queryset = RectificationOrder.objects.all()
    serializer_class = RectificationSerializer
    filterset_class = RectificationFilter
    noun = "order"
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "socialorgs.view_rectification",
        "retrieve": "socialorgs.view_rectification",
        "create": "socialorgs.draft_rectification",
    }

    def get_queryset(self) -> QuerySet[RectificationOrder]:
        """Rows that the caller may see."""
        return RectificationOrder.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=RectificationEntrySerializer, responses={201: RectificationSerializer})
    def create(self, request: Request) -> Response:
        """Draft an order; another person issues it."""
        body = RectificationEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.draft_rectification(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=RectificationSerializer)
    @action(detail=True, methods=["post"])
    def issue(self, request: Request, pk: str | None = None) -> Response:
        """Issue the order under its number: DRAFTED to ISSUED."""
        del pk
        return self.led(request, None, operations.issue_rectification)

    @extend_schema(request=MoveSerializer, responses=RectificationSerializer)
    @action(detail=True, methods=["post"])
    def drop(self, request: Request, pk: str | None = None) -> Response:
        """Drop the draft: DRAFTED to DROPPED."""
        del pk
        return self.led(request, MoveSerializer, operations.drop_rectification)

    @extend_schema(request=MendedSerializer, responses=RectificationSerializer)
    @action(detail=True, methods=["post"])
    def report(self, request: Request, pk: str | None = None) -> Response:
        """Report what was mended: ISSUED, OVERDUE or LISTED to REPORTED."""
        del pk
        return self.led(request, MendedSerializer, operations.report_rectification)

    @extend_schema(request=MendAgainSerializer, responses=RectificationSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Say that it is not mended yet: REPORTED to ISSUED."""
        del pk
        return self.led(request, MendAgainSerializer, operations.send_rectification_back)

    @extend_schema(request=MissSerializer, responses=RectificationSerializer)
    @action(detail=True, methods=["post"])
    def put_on_list(self, request: Request, pk: str | None = None) -> Response:
        """Put the body on the list of abnormal activity: OVERDUE to LISTED."""
        del pk
        return self.led(request, MissSerializer, _list_order)


@moves_of(REPAIR)
class CreditRepairViewSet(_ThroughOperations, ReadOnlyModelViewSet[CreditRepair]):
    """Repairs of listings (信用修复)."""

    queryset = CreditRepair.objects.all()
    serializer_class = CreditRepairSerializer
    filterset_class = RepairFilter
    noun = "repair"
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "socialorgs.view_credit_repair",
        "retrieve": "socialorgs.view_credit_repair",
        "create": "socialorgs.apply_for_repair",
    }

    def get_queryset(self) -> QuerySet[CreditRepair]:
        """Rows that the caller may see."""
        return CreditRepair.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=CreditRepairEntrySerializer, responses={201: CreditRepairSerializer})
    def create(self, request: Request) -> Response:
        """Ask that a listing be lifted."""
        body = CreditRepairEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.apply_for_repair(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=None, responses=CreditRepairSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Lift the listing: APPLIED to APPROVED."""
        del pk
        return self.led(request, None, operations.approve_repair)

    @extend_schema(request=MoveSerializer, responses=CreditRepairSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse the repair: APPLIED to REFUSED."""
        del pk
        return self.led(request, MoveSerializer, operations.refuse_repair)


@moves_of(ASSESSMENT)
class AssessmentViewSet(_ThroughOperations, ReadOnlyModelViewSet[Assessment]):
    """Assessments of social organizations (社会组织评估)."""

    queryset = Assessment.objects.all()
    serializer_class = AssessmentSerializer
    filterset_class = AssessmentFilter
    noun = "assessment"
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.apply_for_grade",
        "notified": "socialorgs.decide_assessment",
    }

    def get_queryset(self) -> QuerySet[Assessment]:
        """Rows that the caller may see."""
        return Assessment.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=AssessmentEntrySerializer, responses={201: AssessmentSerializer})
    def create(self, request: Request) -> Response:
        """Ask for an assessment."""
        body = AssessmentEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = grading.apply_for_grade(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=ScoreEntrySerializer, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"])
    def score(self, request: Request, pk: str | None = None) -> Response:
        """Enter the score: APPLIED to SCORED."""
        del pk
        return self.led(request, ScoreEntrySerializer, grading.score_assessment)

    @extend_schema(request=CommitteeVoteSerializer, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"])
    def grant(self, request: Request, pk: str | None = None) -> Response:
        """Enter the vote and grant the grade: SCORED to GRANTED."""
        del pk
        return self.led(request, CommitteeVoteSerializer, grading.grant_grade)

    @extend_schema(request=MoveSerializer, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Grant no grade: APPLIED or SCORED to REFUSED."""
        del pk
        return self.led(request, MoveSerializer, grading.refuse_grade)

    @extend_schema(request=LowerGradeSerializer, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"])
    def question(self, request: Request, pk: str | None = None) -> Response:
        """Propose to lower the grade or to take it back: GRANTED to QUESTIONED."""
        del pk
        return self.led(request, LowerGradeSerializer, grading.question_grade)

    @extend_schema(request=MoveSerializer, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: str | None = None) -> Response:
        """Leave the grade as it is: QUESTIONED to GRANTED."""
        del pk
        return self.led(request, MoveSerializer, grading.keep_grade)

    @extend_schema(request=None, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"])
    def downgrade(self, request: Request, pk: str | None = None) -> Response:
        """Lower the grade as proposed: QUESTIONED to GRANTED."""
        del pk
        return self.led(request, None, grading.downgrade)

    @extend_schema(request=NotifiedSerializer, responses=AssessmentSerializer)
    @action(detail=True, methods=["post"])
    def notified(self, request: Request, pk: str | None = None) -> Response:
        """Write down on which day the body was notified of the result."""
        del pk
        return self.led(request, NotifiedSerializer, grading.record_notification)


class AlertViewSet(Idempotent, ReadOnlyModelViewSet[StandingAlert]):
    """Alerts on running work, for purchasing systems and the staff of its place."""

    queryset = StandingAlert.objects.all()
    serializer_class = AlertSerializer
    filterset_class = AlertFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "socialorgs.view_alert",
        "retrieve": "socialorgs.view_alert",
        "note": "socialorgs.note_alert",
    }

    def get_queryset(self) -> QuerySet[StandingAlert]:
        """Rows that the caller may see."""
        return StandingAlert.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=AlertNoteSerializer, responses=AlertSerializer)
    @action(detail=True, methods=["post"])
    def note(self, request: Request, pk: str | None = None) -> Response:
        """Say what is done about it; once."""
        del pk
        row = self.get_object()
        body = AlertNoteSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operations.note_alert(by=acting_user(request), now=clock.now(), alert=row, **body.validated_data)
        return Response(AlertSerializer(self.get_queryset().get(pk=row.pk)).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("year-reports", YearReportViewSet),
    ("rectification-orders", RectificationViewSet),
    ("credit-repairs", CreditRepairViewSet),
    ("assessments", AssessmentViewSet),
    ("standing-alerts", AlertViewSet),
]
