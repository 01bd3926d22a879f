"""Bans in the API, for purchasing systems and for those who run grant rounds."""

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
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from socialorgs.register.barring import operations
from socialorgs.register.barring.filters import BanFilter
from socialorgs.register.barring.lifecycle import BAN
from socialorgs.register.barring.models import BanGround, ParticipationBan
from socialorgs.register.models import SocialOrganization


class ParticipationBanSerializer(serializers.ModelSerializer[ParticipationBan]):
    """A ban from taking part, from a day to the day before another."""

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    credit_code = serializers.CharField(source="organization.credit_code", read_only=True, allow_null=True)

    class Meta:
        model = ParticipationBan
        fields = (
            "id",
            "organization",
            "organization_name",
            "credit_code",
            "ground",
            "reason",
            "decision_number",
            "starts_on",
            "ends_on",
            "status",
            "proposed_at",
            "decided_at",
            "lifted_at",
            "remark",
        )
        read_only_fields = fields


class BanEntrySerializer(serializers.Serializer[Any]):
    """A ban that somebody proposes."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    ground = serializers.ChoiceField(choices=BanGround.choices)
    reason = serializers.CharField(max_length=2000)
    decision_number = serializers.CharField(max_length=80)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField()


@moves_of(BAN)
class ParticipationBanViewSet(Idempotent, Moves, ReadOnlyModelViewSet[ParticipationBan]):
    """Bans from taking part; what was imposed is public."""

    queryset = ParticipationBan.objects.all()
    serializer_class = ParticipationBanSerializer
    filterset_class = BanFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "socialorgs.propose_ban",
    }

    def get_queryset(self) -> QuerySet[ParticipationBan]:
        """Rows that the caller may see."""
        return ParticipationBan.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=BanEntrySerializer, responses={201: ParticipationBanSerializer})
    def create(self, request: Request) -> Response:
        """Propose a ban; another person imposes it."""
        body = BanEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.propose_ban(by=acting_user(request), now=clock.now(), **body.validated_data)
        return Response(self.shown(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=MoveSerializer, responses=ParticipationBanSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Do not impose the ban: PROPOSED to REFUSED."""
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        reason = body.validated_data["reason"]
        return self.shown(operations.refuse_ban(by=acting_user(request), now=clock.now(), ban=row, reason=reason))


routes: list[tuple[str, type[ViewSetMixin]]] = [("participation-bans", ParticipationBanViewSet)]
