"""Grant rounds in the API: rounds and awards for everybody, applications for their organization, sheets for their expert."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.grants import deciding, operations, reviewing, submitting
from projects.grants.filters import ApplicationFilter, AwardFilter, RoundFilter, SheetFilter
from projects.grants.lifecycle import APPLICATION, AWARD, GRANT_ROUND, SHEET
from projects.grants.models import AwardSource, GrantApplication, GrantAward, GrantBudgetLine, GrantRound, ScoreSheet
from projects.grants.policy import LONGEST_TEXT, LineKind
from projects.grants.queries import outcome_for_applicant, shown
from projects.grants.submitting import Line, Plan
from socialorgs.register.models import SocialOrganization


class CriterionSerializer(serializers.Serializer[Any]):
    """One line of the scoring table."""

    title = serializers.CharField()
    most = serializers.IntegerField()


class FormQuestionSerializer(serializers.Serializer[Any]):
    """One question of the application form; answers go by its number, counted from 1."""

    text = serializers.CharField()
    kind = serializers.CharField()
    options = serializers.ListField(child=serializers.CharField())
    is_required = serializers.BooleanField()


class GrantRoundSerializer(serializers.ModelSerializer[GrantRound]):
    """A round with the rules that are fixed with its call."""

    division_name = serializers.CharField(source="division.name", read_only=True)
    programme_name = serializers.CharField(source="programme.name", read_only=True, default=None)
    lanes = serializers.ListField(child=serializers.CharField(), read_only=True)
    filed_lanes = serializers.ListField(child=serializers.CharField(), read_only=True)
    instalments = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    criteria = CriterionSerializer(many=True, read_only=True)
    questions = FormQuestionSerializer(many=True, read_only=True)

    class Meta:
        model = GrantRound
        fields = (
            "id",
            "kind",
            "title",
            "division",
            "division_name",
            "programme",
            "programme_name",
            "edition",
            "guide",
            "lanes",
            "filed_lanes",
            "questions",
            "criteria",
            "takes_filed",
            "has_defence",
            "cap",
            "places",
            "matching_percent",
            "pass_score",
            "least_experts",
            "trim",
            "recusal_months",
            "instalments",
            "opens_on",
            "closes_on",
            "call",
            "publicity",
            "status",
            "published_at",
            "settled_at",
            "publicised_at",
            "awarded_at",
        )
        read_only_fields = fields


@moves_of(GRANT_ROUND)
class GrantRoundViewSet(Idempotent, Moves, ReadOnlyModelViewSet[GrantRound]):
    """Grant rounds: called ones for everybody. Rounds are drawn up on the desk."""

    queryset = GrantRound.objects.all()
    serializer_class = GrantRoundSerializer
    filterset_class = RoundFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "assign_sheets": "projects.manage_grant_round",
        "settle": "projects.settle_grant_scores",
    }

    def get_queryset(self) -> QuerySet[GrantRound]:
        """Rows that the caller may see."""
        return GrantRound.objects.visible_to(self.request.user).for_list()

    def _made(self, operation: Any) -> Response:
        operation(by=acting_user(self.request), now=clock.now(), round_=self.get_object())
        return self.shown(self.get_object())

    @extend_schema(request=MoveSerializer, responses=GrantRoundSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str | None = None) -> Response:
        """Call for applications: DRAFT to PUBLISHED."""
        del request, pk
        return self._made(operations.publish_round)

    @extend_schema(request=MoveSerializer, responses=GrantRoundSerializer)
    @action(detail=True, methods=["post"])
    def publicise(self, request: Request, pk: str | None = None) -> Response:
        """Publicise the proposals: REVIEWING to PUBLICISED."""
        del request, pk
        return self._made(deciding.publicise_round)

    @extend_schema(request=MoveSerializer, responses=GrantRoundSerializer)
    @action(detail=True, methods=["post"])
    def award(self, request: Request, pk: str | None = None) -> Response:
        """Award the grants: PUBLICISED to CONTRACTING."""
        del request, pk
        return self._made(deciding.award_round)

    @extend_schema(request=MoveSerializer, responses=GrantRoundSerializer)
    @action(detail=True, methods=["post"], url_path="assign-sheets")
    def assign_sheets(self, request: Request, pk: str | None = None) -> Response:
        """Give each admitted application the experts it lacks."""
        del request, pk
        return self._made(reviewing.assign_sheets)

    @extend_schema(request=MoveSerializer, responses=GrantRoundSerializer)
    @action(detail=True, methods=["post"])
    def settle(self, request: Request, pk: str | None = None) -> Response:
        """Settle all scores at once when all are in."""
        del request, pk
        return self._made(reviewing.settle_scores)


class GrantLineSerializer(serializers.ModelSerializer[GrantBudgetLine]):
    """One line of the budget."""

    class Meta:
        model = GrantBudgetLine
        fields = ("number", "kind", "title", "asked", "granted")
        read_only_fields = fields


class GrantOutcomeSerializer(serializers.Serializer[Any]):
    """What an applicant reads of the review, once the proposals are publicised."""

    score = serializers.DecimalField(max_digits=5, decimal_places=2)
    rank = serializers.IntegerField()
    counted = serializers.IntegerField()
    in_the_mean = serializers.IntegerField()
    comments = serializers.ListField(child=serializers.CharField())


class GrantApplicationSerializer(serializers.ModelSerializer[GrantApplication]):
    """An application with its budget; its score stands in `outcome` and only when it may be known."""

    lines = GrantLineSerializer(many=True, read_only=True)
    outcome = serializers.SerializerMethodField()
    answers = serializers.DictField(read_only=True)

    class Meta:
        model = GrantApplication
        fields = (
            "id",
            "round",
            "number",
            "organization",
            "credit_code",
            "lane",
            "title",
            "summary",
            "plan",
            "team",
            "beneficiaries",
            "division",
            "starts_on",
            "ends_on",
            "answers",
            "own_amount",
            "partner",
            "partner_amount",
            "asked",
            "granted",
            "remark",
            "correct_by",
            "status",
            "submitted_at",
            "consented_at",
            "lines",
            "outcome",
        )
        read_only_fields = fields

    @extend_schema_field(GrantOutcomeSerializer(allow_null=True))
    def get_outcome(self, row: GrantApplication) -> Any:
        """Return it once the proposals are publicised."""
        found = outcome_for_applicant(row)
        return None if found is None else GrantOutcomeSerializer(found).data


class NewLineSerializer(serializers.Serializer[Any]):
    """A line of a budget as it is written."""

    kind = serializers.ChoiceField(choices=LineKind.choices)
    title = serializers.CharField(max_length=100)
    asked = AmountField()


class PlanSerializer(serializers.Serializer[Any]):
    """What an applicant writes; everything but the title may stay open in a draft."""

    title = serializers.CharField(max_length=100)
    lane = serializers.CharField(max_length=40, required=False, allow_blank=True)
    summary = serializers.CharField(max_length=300, required=False, allow_blank=True)
    plan = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    team = serializers.CharField(max_length=LONGEST_TEXT, required=False, allow_blank=True)
    beneficiaries = serializers.CharField(max_length=200, required=False, allow_blank=True)
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all(), required=False, allow_null=True)
    starts_on = serializers.DateField(required=False, allow_null=True)
    ends_on = serializers.DateField(required=False, allow_null=True)
    own_amount = AmountField(required=False)
    partner = serializers.CharField(max_length=120, required=False, allow_blank=True)
    partner_amount = AmountField(required=False)
    credit_code = serializers.CharField(max_length=40, required=False, allow_blank=True)
    lines = NewLineSerializer(many=True, required=False)
    answers = serializers.DictField(required=False)

    def as_plan(self) -> Plan:
        """Return it as the operations take it."""
        given = {name: value for name, value in self.validated_data.items() if name not in {"round", "organization"}}
        lines = [Line(**line) for line in given.pop("lines", [])]
        return Plan(**given, lines=lines)


class NewApplicationSerializer(PlanSerializer):
    """An application that is begun."""

    round = serializers.PrimaryKeyRelatedField(queryset=GrantRound.objects.all())
    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())


class GrantedLineSerializer(serializers.Serializer[Any]):
    """What is left of a line."""

    number = serializers.IntegerField(min_value=1)
    granted = AmountField()


class OptimisationSerializer(serializers.Serializer[Any]):
    """Lines of a budget that fall, and why."""

    lines = GrantedLineSerializer(many=True)
    reason = serializers.CharField()


@moves_of(APPLICATION)
class GrantApplicationViewSet(Idempotent, Moves, ReadOnlyModelViewSet[GrantApplication]):
    """Applications: one's own organizations' with drafts, and for the staff those that were handed in."""

    queryset = GrantApplication.objects.all()
    serializer_class = GrantApplicationSerializer
    filterset_class = ApplicationFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_grant_application",
        "retrieve": "projects.view_grant_application",
        "create": "projects.apply_for_grant",
        "plan": "projects.apply_for_grant",
        "consent": "projects.consent_to_grant",
        "optimise": "projects.view_grant_application",
    }

    def get_queryset(self) -> QuerySet[GrantApplication]:
        """Rows that the caller may see."""
        rows = GrantApplication.objects.visible_to(self.request.user).for_detail()
        return rows.prefetch_related("sheets").order_by("-pk")

    @extend_schema(request=NewApplicationSerializer, responses={201: GrantApplicationSerializer})
    def create(self, request: Request) -> Response:
        """Begin an application as a draft."""
        body = NewApplicationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = submitting.start_application(
            by=acting_user(request),
            now=clock.now(),
            round_=body.validated_data["round"],
            organization=body.validated_data["organization"],
            plan=body.as_plan(),
        )
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=PlanSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def plan(self, request: Request, pk: str | None = None) -> Response:
        """Write a draft or correction anew."""
        del pk
        application = self.get_object()
        body = PlanSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = submitting.save_application(
            by=acting_user(request), now=clock.now(), application=application, plan=body.as_plan()
        )
        return self.shown(row)

    def _made(self, operation: Any, **more: Any) -> Response:
        row = operation(by=acting_user(self.request), now=clock.now(), application=self.get_object(), **more)
        return self.shown(row)

    def _with_reason(self, request: Request, operation: Any) -> Response:
        application = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operation(
            by=acting_user(request), now=clock.now(), application=application, reason=body.validated_data["reason"]
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Submit: DRAFT to SUBMITTED."""
        del request, pk
        return self._made(submitting.submit_application)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def resubmit(self, request: Request, pk: str | None = None) -> Response:
        """Submit the correction: RETURNED to SUBMITTED."""
        del request, pk
        return self._made(submitting.submit_application)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def consent(self, request: Request, pk: str | None = None) -> Response:
        """Agree for the landing community."""
        del request, pk
        return self._made(submitting.give_consent)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def send_back(self, request: Request, pk: str | None = None) -> Response:
        """Send back for the one correction: SUBMITTED to RETURNED."""
        del pk
        return self._with_reason(request, submitting.send_back)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def qualify(self, request: Request, pk: str | None = None) -> Response:
        """Admit to the review: SUBMITTED to QUALIFIED."""
        del request, pk
        return self._made(submitting.qualify)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def disqualify(self, request: Request, pk: str | None = None) -> Response:
        """Do not admit: SUBMITTED to UNQUALIFIED."""
        del pk
        return self._with_reason(request, submitting.disqualify)

    @extend_schema(request=OptimisationSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def optimise(self, request: Request, pk: str | None = None) -> Response:
        """Lower lines of the budget; none ever rises."""
        del pk
        application = self.get_object()
        body = OptimisationSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        granted = {line["number"]: line["granted"] for line in body.validated_data["lines"]}
        row = deciding.optimise_budget(
            by=acting_user(request),
            now=clock.now(),
            application=application,
            granted=granted,
            reason=body.validated_data["reason"],
        )
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str | None = None) -> Response:
        """Propose for a grant: SCORED to PROPOSED."""
        del request, pk
        return self._made(deciding.propose)

    @extend_schema(request=MoveSerializer, responses=GrantApplicationSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str | None = None) -> Response:
        """Do not choose, with the reason."""
        del pk
        return self._with_reason(request, deciding.decline)


class ScoreSheetSerializer(serializers.ModelSerializer[ScoreSheet]):
    """A score sheet; points, total and opinion only as `projects.grants.queries.shown` gives them out."""

    title = serializers.CharField(source="application.title", read_only=True)
    lane = serializers.CharField(source="application.lane", read_only=True)
    criteria = CriterionSerializer(source="application.round.criteria", many=True, read_only=True)
    marks = serializers.SerializerMethodField()
    total = serializers.SerializerMethodField()
    comment = serializers.SerializerMethodField()

    class Meta:
        model = ScoreSheet
        fields = (
            "id",
            "application",
            "title",
            "lane",
            "criteria",
            "status",
            "submitted_at",
            "marks",
            "total",
            "comment",
        )
        read_only_fields = fields

    def _shown(self, row: ScoreSheet) -> Any:
        return shown(row, self.context["request"].user)

    @extend_schema_field(serializers.DictField(child=serializers.IntegerField(), allow_null=True))
    def get_marks(self, row: ScoreSheet) -> Any:
        """Return the points by criterion."""
        return self._shown(row).marks

    @extend_schema_field(serializers.IntegerField(allow_null=True))
    def get_total(self, row: ScoreSheet) -> Any:
        """Return the points in all."""
        return self._shown(row).total

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_comment(self, row: ScoreSheet) -> Any:
        """Return the opinion."""
        return self._shown(row).comment


class ScoreSerializer(serializers.Serializer[Any]):
    """The points by number of criterion, counted from 1, and an opinion."""

    marks = serializers.DictField(child=serializers.IntegerField())
    comment = serializers.CharField(required=False, allow_blank=True, default="")


@moves_of(SHEET)
class ScoreSheetViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ScoreSheet]):
    """Score sheets: one's own, and for the staff of the round where they stand."""

    queryset = ScoreSheet.objects.all()
    serializer_class = ScoreSheetSerializer
    filterset_class = SheetFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_score_sheet",
        "retrieve": "projects.view_score_sheet",
    }

    def get_queryset(self) -> QuerySet[ScoreSheet]:
        """Rows that the caller may see."""
        return ScoreSheet.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ScoreSerializer, responses=ScoreSheetSerializer)
    @action(detail=True, methods=["post"])
    def hand_in(self, request: Request, pk: str | None = None) -> Response:
        """Submit the score: OPEN to SUBMITTED."""
        del pk
        sheet = self.get_object()
        body = ScoreSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = reviewing.submit_score(by=acting_user(request), now=clock.now(), sheet=sheet, **body.validated_data)
        return self.shown(row)


class AwardSourceSerializer(serializers.ModelSerializer[AwardSource]):
    """What one source pays."""

    name = serializers.CharField(read_only=True)
    kind = serializers.SerializerMethodField()

    class Meta:
        model = AwardSource
        fields = ("name", "kind", "amount")
        read_only_fields = fields

    def get_kind(self, row: AwardSource) -> str:
        """BUDGET_LINE, FUND or FOUNDATION of the round's money; OWN or PARTNER beside it."""
        return row.kind if row.funding is None else row.funding.kind


class GrantAwardSerializer(serializers.ModelSerializer[GrantAward]):
    """An award, as a contract cites it."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    instalments = serializers.ListField(child=serializers.IntegerField(), read_only=True)
    sources = AwardSourceSerializer(many=True, read_only=True)

    class Meta:
        model = GrantAward
        fields = (
            "id",
            "number",
            "round",
            "application",
            "organization",
            "organization_name",
            "division",
            "title",
            "amount",
            "matched",
            "instalments",
            "contract_by",
            "status",
            "granted_at",
            "sources",
        )
        read_only_fields = fields


@moves_of(AWARD)
class GrantAwardViewSet(Idempotent, Moves, ReadOnlyModelViewSet[GrantAward]):
    """Awards; they are public."""

    queryset = GrantAward.objects.all()
    serializer_class = GrantAwardSerializer
    filterset_class = AwardFilter
    permissions: ClassVar[dict[str, str | None]] = {"list": None, "retrieve": None}

    def get_queryset(self) -> QuerySet[GrantAward]:
        """Rows that the caller may see."""
        return GrantAward.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=MoveSerializer, responses=GrantAwardSerializer)
    @action(detail=True, methods=["post"])
    def renounce(self, request: Request, pk: str | None = None) -> Response:
        """Give the award back: GRANTED to RENOUNCED."""
        del pk
        return self._ended(request, deciding.renounce_award)

    @extend_schema(request=MoveSerializer, responses=GrantAwardSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, pk: str | None = None) -> Response:
        """Revoke for breach and propose to bar the body: GRANTED to REVOKED."""
        del pk
        return self._ended(request, deciding.ban_for_breach)

    def _ended(self, request: Request, operation: Any) -> Response:
        award = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        operation(by=acting_user(request), now=clock.now(), award=award, reason=body.validated_data["reason"])
        return self.shown(award)


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("grant-rounds", GrantRoundViewSet),
    ("grant-applications", GrantApplicationViewSet),
    ("score-sheets", ScoreSheetViewSet),
    ("grant-awards", GrantAwardViewSet),
]
