"""Offers and awards in the API."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.notices.policy import check_file_size
from governance.accounts.queries import acting_user
from governance.api import AmountField, Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.purchasing.awarding import offering, operations, paying
from projects.purchasing.awarding.files.models import OfferFile
from projects.purchasing.awarding.filters import AwardFilter, OfferFilter
from projects.purchasing.awarding.lifecycle import AWARD, OFFER
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward, PurchaseOffer
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.awarding.paying import Paid
from projects.purchasing.awarding.policy import LONGEST_NUMBER
from projects.purchasing.awarding.queries import OfferOutcome, outcomes_of
from projects.purchasing.models import Purchase
from socialorgs.register.models import SocialOrganization


class OfferPaperSerializer(serializers.ModelSerializer[OfferFile]):
    """A paper of an offer with its hash; `address` hands it out to whoever may see the offer."""

    name = serializers.CharField(source="attachment.name", read_only=True)
    size = serializers.IntegerField(source="attachment.size", read_only=True)
    sha256 = serializers.CharField(source="attachment.sha256", read_only=True)
    address = serializers.CharField(source="get_absolute_url", read_only=True)

    class Meta:
        model = OfferFile
        fields = ("id", "name", "size", "sha256", "address", "added_at")
        read_only_fields = fields


class PaperEntrySerializer(serializers.Serializer[Any]):
    """A paper to be put to an offer, as multipart/form-data."""

    file = serializers.FileField(allow_empty_file=True)


class PurchaseOfferSerializer(serializers.ModelSerializer[PurchaseOffer]):
    """An offer: its organization's own, and the opened ones for the buyer and the committee."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    files = OfferPaperSerializer(many=True, read_only=True)

    class Meta:
        model = PurchaseOffer
        fields = (
            *("id", "purchase", "organization", "organization_name", "amount", "plan", "team", "files"),
            *("remark", "status", "drafted_at", "submitted_at", "judged_at"),
        )
        read_only_fields = fields


class OfferRevisionSerializer(serializers.Serializer[Any]):
    """What is offered."""

    amount = AmountField()
    plan = serializers.CharField(max_length=10000)
    team = serializers.CharField(max_length=10000, required=False, allow_blank=True, default="")


class OfferEntrySerializer(OfferRevisionSerializer):
    """An offer as it is entered."""

    purchase = serializers.PrimaryKeyRelatedField(queryset=Purchase.objects.announced())
    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())


class OfferOutcomeSerializer(serializers.Serializer[Any]):
    """What came of an offer."""

    code = serializers.ChoiceField(choices=OfferOutcome.choices, read_only=True)
    name = serializers.CharField(source="label", read_only=True)
    next = serializers.CharField(read_only=True)
    url = serializers.CharField(read_only=True)


@moves_of(OFFER)
class PurchaseOfferViewSet(Idempotent, Moves, ReadOnlyModelViewSet[PurchaseOffer]):
    """Offers, sealed until they are opened."""

    queryset = PurchaseOffer.objects.all()
    serializer_class = PurchaseOfferSerializer
    filterset_class = OfferFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.make_offer",
        "papers": "projects.make_offer",
        "outcome": "projects.view_offer",
        "revise": "projects.make_offer",
    }

    def get_queryset(self) -> QuerySet[PurchaseOffer]:
        """Rows that the caller may see."""
        rows = PurchaseOffer.objects.visible_to(self.request.user).for_list()
        return rows.prefetch_related("files__attachment")

    @extend_schema(request=OfferEntrySerializer, responses={201: PurchaseOfferSerializer})
    def create(self, request: Request) -> Response:
        """Begin an offer; it is handed in by `submit`."""
        body = OfferEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        purchase, organization = given.pop("purchase"), given.pop("organization")
        row = offering.draft_offer(
            by=acting_user(request),
            now=clock.now(),
            purchase=purchase,
            organization=organization,
            offered=Offered(**given),
        )
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=PaperEntrySerializer, responses=PurchaseOfferSerializer)
    @action(detail=True, methods=["post"], parser_classes=[MultiPartParser])
    def papers(self, request: Request, pk: str | None = None) -> Response:
        """Put a paper to the draft, sealed with the offer."""
        del pk
        row = self.get_object()
        body = PaperEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        upload = body.validated_data["file"]
        check_file_size(upload.size or 0)
        offered = Offered(row.amount, row.plan, row.team, [(upload.name or "", upload.read())])
        offering.revise_offer(by=acting_user(request), now=clock.now(), offer=row, offered=offered)
        return self.shown(row)

    @extend_schema(responses=OfferOutcomeSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def outcome(self, request: Request, pk: str | None = None) -> Response:
        """Tell what came of the offer: chosen or not, and what comes next, as far as it was published."""
        del request, pk
        row = self.get_object()
        return Response(OfferOutcomeSerializer(outcomes_of([row], clock.now())[row.pk]).data)

    @extend_schema(request=OfferRevisionSerializer, responses=PurchaseOfferSerializer)
    @action(detail=True, methods=["post"])
    def revise(self, request: Request, pk: str | None = None) -> Response:
        """Change the draft; its papers stay."""
        del pk
        row = self.get_object()
        body = OfferRevisionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        offered = Offered(**body.validated_data)
        return self.shown(offering.revise_offer(by=acting_user(request), now=clock.now(), offer=row, offered=offered))

    def _plain(self, request: Request, operation: Any) -> Response:
        return self.shown(operation(by=acting_user(request), now=clock.now(), offer=self.get_object()))

    @extend_schema(request=MoveSerializer, responses=PurchaseOfferSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: str | None = None) -> Response:
        """Hand in, sealed: DRAFT to SUBMITTED."""
        del pk
        return self._plain(request, offering.submit_offer)

    @extend_schema(request=MoveSerializer, responses=PurchaseOfferSerializer)
    @action(detail=True, methods=["post"])
    def recall(self, request: Request, pk: str | None = None) -> Response:
        """Take back for changes: SUBMITTED to DRAFT."""
        del pk
        return self._plain(request, offering.recall_offer)

    @extend_schema(request=MoveSerializer, responses=PurchaseOfferSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str | None = None) -> Response:
        """Withdraw."""
        del pk
        return self._plain(request, offering.withdraw_offer)

    @extend_schema(request=MoveSerializer, responses=PurchaseOfferSerializer)
    @action(detail=True, methods=["post"])
    def qualify(self, request: Request, pk: str | None = None) -> Response:
        """Admit: SUBMITTED to QUALIFIED."""
        del pk
        return self._plain(request, offering.qualify_offer)

    @extend_schema(request=MoveSerializer, responses=PurchaseOfferSerializer)
    @action(detail=True, methods=["post"])
    def reject(self, request: Request, pk: str | None = None) -> Response:
        """Do not admit, with the reason: SUBMITTED to REJECTED."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(offering.reject_offer(by=acting_user(request), now=clock.now(), offer=row, reason=reason))


class PurchaseAwardSerializer(serializers.ModelSerializer[PurchaseAward]):
    """An award with the agreement of the three parties; public once published."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    credit_code = serializers.CharField(source="organization.credit_code", read_only=True)
    buyer_name = serializers.CharField(source="buyer.name", read_only=True)
    landing_name = serializers.CharField(source="landing.name", read_only=True)

    class Meta:
        model = PurchaseAward
        fields = (
            *("id", "number", "purchase", "organization", "organization_name", "credit_code", "buyer", "buyer_name"),
            *("landing", "landing_name", "budget_line", "amount", "supplement", "points", "reason", "service"),
            *("buyer_duties", "landing_duties", "organization_duties", "starts_on", "ends_on", "publish_by", "sign_by"),
            *("notice", "status", "proposed_at", "confirmed_at", "settled_at"),
        )
        read_only_fields = fields


class AwardContactSerializer(serializers.Serializer[Any]):
    """Whom to ask."""

    contact = serializers.CharField(max_length=200)


class PublicPaymentSerializer(serializers.ModelSerializer[PublicPayment]):
    """A payment of public money."""

    class Meta:
        model = PublicPayment
        fields = ("id", "award", "budget_line", "amount", "paid_on", "document_number", "purpose", "recorded_at")
        read_only_fields = fields


class PublicPaymentEntrySerializer(serializers.Serializer[Any]):
    """A payment as the treasury's document has it."""

    amount = AmountField()
    paid_on = serializers.DateField()
    document_number = serializers.CharField(max_length=LONGEST_NUMBER)
    purpose = serializers.CharField(max_length=200)


class SupplementEntrySerializer(serializers.Serializer[Any]):
    """A supplement with its reason."""

    amount = AmountField()
    reason = serializers.CharField(max_length=2000)


@moves_of(AWARD)
class PurchaseAwardViewSet(Idempotent, Moves, ReadOnlyModelViewSet[PurchaseAward]):
    """Awards: published ones for everybody, proposed ones for the staff of the buyer."""

    queryset = PurchaseAward.objects.all()
    serializer_class = PurchaseAwardSerializer
    filterset_class = AwardFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "payments": None,
        "pay": "projects.record_public_payment",
        "supplement": "projects.confirm_award",
    }

    def get_queryset(self) -> QuerySet[PurchaseAward]:
        """Rows that the caller may see."""
        return PurchaseAward.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=AwardContactSerializer, responses=PurchaseAwardSerializer)
    @action(detail=True, methods=["post"])
    def publish(self, request: Request, pk: str | None = None) -> Response:
        """Confirm and publish: PROPOSED to PUBLISHED."""
        del pk
        row = self.get_object()
        body = AwardContactSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        contact = body.validated_data["contact"]
        return self.shown(
            operations.publish_award(by=acting_user(request), now=clock.now(), award=row, contact=contact)
        )

    @extend_schema(request=MoveSerializer, responses=PurchaseAwardSerializer)
    @action(detail=True, methods=["post"])
    def set_aside(self, request: Request, pk: str | None = None) -> Response:
        """Set aside, with the reason: PROPOSED to SET_ASIDE."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(
            operations.set_award_aside(by=acting_user(request), now=clock.now(), award=row, reason=reason)
        )

    @extend_schema(responses=PublicPaymentSerializer(many=True))
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def payments(self, request: Request, pk: str | None = None) -> Response:
        """List the payments of public money for an award, oldest first."""
        del request, pk
        return Response(PublicPaymentSerializer(self.get_object().payments.order_by("pk"), many=True).data)

    @extend_schema(request=PublicPaymentEntrySerializer, responses={201: PublicPaymentSerializer})
    @action(detail=True, methods=["post"])
    def pay(self, request: Request, pk: str | None = None) -> Response:
        """Record a payment of public money against the budget line."""
        del pk
        row = self.get_object()
        body = PublicPaymentEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        paid = Paid(**body.validated_data)
        payment = paying.record_payment(by=acting_user(request), now=clock.now(), award=row, paid=paid)
        return Response(PublicPaymentSerializer(payment).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=SupplementEntrySerializer, responses=PurchaseAwardSerializer)
    @action(detail=True, methods=["post"])
    def supplement(self, request: Request, pk: str | None = None) -> Response:
        """Grant a supplement; all of them come to at most a tenth."""
        del pk
        row = self.get_object()
        body = SupplementEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return self.shown(
            paying.grant_supplement(by=acting_user(request), now=clock.now(), award=row, **body.validated_data)
        )


routes: list[tuple[str, type[ViewSetMixin]]] = [
    ("purchase-offers", PurchaseOfferViewSet),
    ("purchase-awards", PurchaseAwardViewSet),
]
