"""Purchases in the API: purchasing systems plan, announce and read what came of it."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.territory.models import Division
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from governance.accounts.models import User
from governance.accounts.queries import acting_user, people_named
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.purchasing import operations
from projects.purchasing.awarding import offering
from projects.purchasing.awarding.models import PurchaseOffer, SeatKind
from projects.purchasing.awarding.policy import Duties, usual_duties
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseListItem
from projects.purchasing.filters import PurchaseFilter
from projects.purchasing.inviting.operations import invite_bodies
from projects.purchasing.inviting.queries import invited_to
from projects.purchasing.lifecycle import PURCHASE
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.purchasing.moving import move_purchase
from projects.purchasing.operations import Criterion, Plan
from projects.purchasing.policy import NegativeGround, Procedure, PurchaseKind
from socialorgs.register.models import SocialOrganization


class PurchaseCriterionSerializer(serializers.ModelSerializer[PurchaseCriterion]):
    """A criterion with its points."""

    class Meta:
        model = PurchaseCriterion
        fields = ("id", "number", "name", "points", "is_price")
        read_only_fields = fields


class PurchaseSerializer(serializers.ModelSerializer[Purchase]):
    """A purchase; all of it is public once it is announced."""

    buyer_name = serializers.CharField(source="buyer.name", read_only=True)
    landing_name = serializers.CharField(source="landing.name", read_only=True)
    item_code = serializers.CharField(source="item.code", read_only=True)
    item_name = serializers.CharField(source="item.name", read_only=True)
    criteria = PurchaseCriterionSerializer(many=True, read_only=True)

    class Meta:
        model = Purchase
        fields = (
            *("id", "number", "title", "kind", "buyer", "buyer_name", "landing", "landing_name", "item", "item_code"),
            *(
                "item_name",
                "handed_item",
                "budget_line",
                "service",
                "field",
                "need",
                "topic",
                "decision",
                "amount",
                "bound",
            ),
            *("starts_on", "ends_on", "continuity_reason", "procedure", "procedure_reason", "procedure_limit"),
            *("splitting_reason", "notice", "offers_until", "criteria", "status", "checked_at", "approved_at"),
            *("called_at", "opened_at", "concluded_at"),
        )
        read_only_fields = fields


class CriterionEntrySerializer(serializers.Serializer[Any]):
    """A criterion as it is entered."""

    name = serializers.CharField(max_length=120)
    points = serializers.IntegerField(min_value=1, max_value=100)
    is_price = serializers.BooleanField(default=False)


def _optional(rows: QuerySet[Any]) -> serializers.PrimaryKeyRelatedField[Any]:
    return serializers.PrimaryKeyRelatedField(queryset=rows, required=False, allow_null=True, default=None)


class PurchaseEntrySerializer(serializers.Serializer[Any]):
    """The plan of a purchase."""

    buyer = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    landing = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    title = serializers.CharField(max_length=120)
    kind = serializers.ChoiceField(choices=PurchaseKind.choices, default=PurchaseKind.SERVICE)
    item = serializers.PrimaryKeyRelatedField(queryset=PurchaseListItem.objects.all())
    handed_item = _optional(PurchaseListItem.objects.all())
    budget_line = serializers.PrimaryKeyRelatedField(queryset=PublicBudgetLine.objects.all())
    service = serializers.CharField(max_length=10000)
    need = serializers.CharField(max_length=5000)
    topic = _optional(Topic.objects.all())
    decision = _optional(Decision.objects.all())
    matter = _optional(Matter.objects.all())
    amount = AmountField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()
    continuity_reason = serializers.CharField(max_length=300, required=False, allow_blank=True, default="")
    procedure = serializers.ChoiceField(choices=Procedure.choices)
    field = serializers.CharField(max_length=40, required=False, allow_blank=True, default="")
    procedure_reason = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    criteria = CriterionEntrySerializer(many=True)

    def planned(self) -> Plan:
        """Return what was sent as a plan."""
        given = dict(self.validated_data)
        criteria = [Criterion(**one) for one in given.pop("criteria")]
        return Plan(criteria=criteria, **given)


class InvitedBodiesSerializer(serializers.Serializer[Any]):
    """The bodies that are asked by name for an offer, by their keys; none to ask everybody."""

    organizations = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.select_related("division"), many=True, allow_empty=True
    )


class NegativeAnswersSerializer(serializers.Serializer[Any]):
    """Whether each ground of the negative list applies."""

    answers = serializers.DictField(child=serializers.BooleanField(), help_text=", ".join(NegativeGround.values))


class OfferCallSerializer(serializers.Serializer[Any]):
    """Whom to ask, and for how many days offers are taken; the shortest time of the law when left out."""

    contact = serializers.CharField(max_length=200)
    days = serializers.IntegerField(min_value=1, max_value=365, required=False, allow_null=True, default=None)


class AwardProposalSerializer(serializers.Serializer[Any]):
    """The offer to which the award goes, why, and what the three parties undertake: the usual where it is left out."""

    offer = serializers.PrimaryKeyRelatedField(queryset=PurchaseOffer.objects.all())
    reason = serializers.CharField(max_length=2000)
    buyer_duties = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    landing_duties = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")
    organization_duties = serializers.CharField(max_length=5000, required=False, allow_blank=True, default="")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Put what the three parties undertake together: usual words where nothing was sent."""
        given = dict(attrs)
        usual = usual_duties()
        parts = {name: given.pop(f"{name}_duties").strip() for name in ("buyer", "landing", "organization")}
        given["duties"] = Duties(**{name: text or getattr(usual, name) for name, text in parts.items()})
        return given


class CommitteeMemberSerializer(serializers.Serializer[Any]):
    """A member of a committee, by log-in name or mobile number."""

    person = serializers.CharField(max_length=150)
    kind = serializers.ChoiceField(choices=SeatKind.choices)


class PurchaseCommitteeSerializer(serializers.Serializer[Any]):
    """Who judges the offers."""

    members = CommitteeMemberSerializer(many=True, allow_empty=False)

    def validate_members(self, rows: list[dict[str, str]]) -> list[tuple[User, str]]:
        """Find the persons."""
        found = people_named([row["person"] for row in rows])
        if unknown := [row["person"] for row in rows if row["person"] not in found]:
            raise serializers.ValidationError(
                _("There is nobody with the log-in name or mobile number “%(name)s”.") % {"name": unknown[0]}
            )
        return [(found[row["person"]], row["kind"]) for row in rows]

    def members_named(self) -> list[tuple[User, str]]:
        """Return the members with what they sit there for."""
        return list(self.validated_data["members"])


class OfferPointsSerializer(serializers.Serializer[Any]):
    """The points for one offer under one criterion."""

    offer = serializers.IntegerField()
    criterion = serializers.IntegerField()
    points = serializers.DecimalField(max_digits=5, decimal_places=2)


class ScoringSerializer(serializers.Serializer[Any]):
    """One's points for all admitted offers."""

    scores = OfferPointsSerializer(many=True, allow_empty=False)


@moves_of(PURCHASE)
class PurchaseViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Purchase]):
    """Purchases: announced ones for everybody, plans for the staff of the buyer and of the landing community."""

    queryset = Purchase.objects.all()
    serializer_class = PurchaseSerializer
    filterset_class = PurchaseFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.plan_purchase",
        "revise": "projects.plan_purchase",
        "committee": "projects.appoint_committee",
        "explain": "projects.approve_purchase",
        "invite": "projects.plan_purchase",
        "invitations": "projects.view_purchase_file",
        "score": "projects.score_offers",
    }

    def get_queryset(self) -> QuerySet[Purchase]:
        """Rows that the caller may see."""
        return Purchase.objects.visible_to(self.request.user).for_list().prefetch_related("criteria")

    @extend_schema(request=PurchaseEntrySerializer, responses={201: PurchaseSerializer})
    def create(self, request: Request) -> Response:
        """Plan a purchase."""
        body = PurchaseEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.plan_purchase(by=acting_user(request), now=clock.now(), plan=body.planned())
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=PurchaseEntrySerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str | None = None) -> Response:
        """Change the plan of a draft, such as one that was returned."""
        del pk
        row = self.get_object()
        body = PurchaseEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        plan = body.planned()
        return self.shown(operations.revise_plan(by=acting_user(request), now=clock.now(), purchase=row, plan=plan))

    @extend_schema(request=PurchaseCommitteeSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def committee(self, request: Request, pk: str | None = None) -> Response:
        """Appoint who judges the opened offers, as long as nobody has scored."""
        del pk
        row = self.get_object()
        body = PurchaseCommitteeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        offering.appoint_committee(by=acting_user(request), now=clock.now(), purchase=row, members=body.members_named())
        return self.shown(row)

    def _make(self, request: Request, name: str, shape: type[serializers.Serializer[Any]] | None = None) -> Response:
        row = self.get_object()
        data: dict[str, Any] = {}
        if shape is not None:
            body = shape(data=request.data)
            body.is_valid(raise_exception=True)
            data = dict(body.validated_data)
        return self.shown(move_purchase(row, name, by=acting_user(request), now=clock.now(), data=data))

    @extend_schema(request=MoveSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Submit the plan: DRAFT to SUBMITTED."""
        del pk
        return self._make(request, "submit")

    @extend_schema(request=NegativeAnswersSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def check(self, request: Request, pk: str | None = None) -> Response:
        """Check against the negative list: SUBMITTED to CHECKED."""
        del pk
        return self._make(request, "check", NegativeAnswersSerializer)

    @extend_schema(request=MoveSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def explain(self, request: Request, pk: str | None = None) -> Response:
        """Explain as a second officer why several purchases of one item are no splitting."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        operations.explain_splitting(by=acting_user(request), now=clock.now(), purchase=row, reason=reason)
        return self.shown(row)

    @extend_schema(request=InvitedBodiesSerializer, responses=InvitedBodiesSerializer)
    @action(detail=True, methods=["post"])
    def invite(self, request: Request, pk: str | None = None) -> Response:
        """Ask bodies by name for an offer, in place of those named before."""
        del pk
        row = self.get_object()
        body = InvitedBodiesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        invite_bodies(by=acting_user(request), now=clock.now(), purchase=row, **body.validated_data)
        return Response({"organizations": [one.pk for one in invited_to(row)]})

    @extend_schema(responses=InvitedBodiesSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def invitations(self, request: Request, pk: str | None = None) -> Response:
        """List the bodies that are asked by name, for the staff of the buyer."""
        del request, pk
        return Response({"organizations": [one.pk for one in invited_to(self.get_object())]})

    @extend_schema(request=MoveSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: str | None = None) -> Response:
        """Approve and bind the money: CHECKED to APPROVED."""
        del pk
        return self._make(request, "approve")

    @extend_schema(request=OfferCallSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def call(self, request: Request, pk: str | None = None) -> Response:
        """Announce the purchase: APPROVED to CALLED."""
        del pk
        return self._make(request, "call", OfferCallSerializer)

    @extend_schema(request=MoveSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def open_offers(self, request: Request, pk: str | None = None) -> Response:
        """Open the offers: CALLED to OPENED."""
        del pk
        return self._make(request, "open_offers")

    @extend_schema(request=ScoringSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def score(self, request: Request, pk: str | None = None) -> Response:
        """Hand in one's points as a member of the committee, once."""
        del pk
        row = self.get_object()
        body = ScoringSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        points = {(one["offer"], one["criterion"]): one["points"] for one in body.validated_data["scores"]}
        offering.score_offers(by=acting_user(request), now=clock.now(), purchase=row, points=points)
        return self.shown(row)

    @extend_schema(request=AwardProposalSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def propose(self, request: Request, pk: str | None = None) -> Response:
        """Propose the award: OPENED to PROPOSED."""
        del pk
        return self._make(request, "propose", AwardProposalSerializer)

    @extend_schema(request=MoveSerializer, responses=PurchaseSerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, pk: str | None = None) -> Response:
        """Set the proposed award aside and judge again: PROPOSED to OPENED."""
        del pk
        return self._make(request, "reopen", MoveSerializer)


routes: list[tuple[str, type[ViewSetMixin]]] = [("purchases", PurchaseViewSet)]
