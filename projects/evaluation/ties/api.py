"""Ties of persons to organizations in the API: declared by who judges, recorded and ended by the office of the place."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet

from governance.accounts.masking import mask_name
from governance.accounts.models import User
from governance.accounts.queries import acting_user
from governance.accounts.scopes import reads_persons
from governance.api import Idempotent
from governance.calendar import clock
from projects.evaluation.filters import TieFilter
from projects.evaluation.models import EvaluatorTie, TieKind
from projects.evaluation.ties.operations import end_tie, record_tie
from socialorgs.register.models import SocialOrganization


class TieSerializer(serializers.ModelSerializer[EvaluatorTie]):
    """What ties a person to an organization, from `valid_from` up to, not including, `valid_to`.

    Who records the ties of the place reads the name in full, others and partner systems without the scope `pii:read`
    read it masked; `is_own` says that it is the caller's.
    """

    organization_name = serializers.CharField(source="organization.name", read_only=True)
    division = serializers.IntegerField(source="organization.division_id", read_only=True)
    person = serializers.SerializerMethodField()
    is_own = serializers.SerializerMethodField()
    is_declared = serializers.BooleanField(read_only=True, help_text="Whether the person said so, not the office.")

    class Meta:
        model = EvaluatorTie
        fields = (
            "id",
            "organization",
            "organization_name",
            "division",
            "person",
            "is_own",
            "kind",
            "valid_from",
            "valid_to",
            "is_declared",
            "recorded_at",
        )
        read_only_fields = fields

    def get_person(self, tie: EvaluatorTie) -> str:
        """Return the name, in full for who may read it."""
        request: Request = self.context["request"]
        is_theirs = request.user.has_perm("projects.record_tie", tie.organization)
        is_full = self.get_is_own(tie) or (is_theirs and reads_persons(request))
        return str(tie.user) if is_full else mask_name(str(tie.user))

    def get_is_own(self, tie: EvaluatorTie) -> bool:
        """Tell whether it is the caller's own."""
        return bool(tie.user_id == self.context["request"].user.pk)


class NewTieSerializer(serializers.Serializer[Any]):
    """A tie: the caller's own where no `user` is named, else that of a person by the log-in name."""

    organization = serializers.PrimaryKeyRelatedField(queryset=SocialOrganization.objects.all())
    user = serializers.SlugRelatedField(slug_field="username", queryset=User.objects.all(), required=False)
    kind = serializers.ChoiceField(choices=TieKind.choices)
    valid_from = serializers.DateField()
    valid_to = serializers.DateField(required=False, allow_null=True, default=None)


class EndedTieSerializer(serializers.Serializer[Any]):
    """The day from which a tie is over, and how that is known."""

    valid_to = serializers.DateField()
    reason = serializers.CharField(max_length=2000)


class TieViewSet(Idempotent, ReadOnlyModelViewSet[EvaluatorTie]):
    """Ties of persons to organizations that stand in no appointment: the caller's own and those of the place."""

    queryset = EvaluatorTie.objects.all()
    serializer_class = TieSerializer
    filterset_class = TieFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": "projects.view_tie",
        "retrieve": "projects.view_tie",
        "create": "projects.declare_tie",
        "end": "projects.record_tie",
    }

    def get_queryset(self) -> QuerySet[EvaluatorTie]:
        """Rows that the caller may see."""
        return EvaluatorTie.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=NewTieSerializer, responses={201: TieSerializer})
    def create(self, request: Request) -> Response:
        """Declare one's own tie, or record that of another person."""
        body = NewTieSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        by = acting_user(request)
        row = record_tie(by=by, now=clock.now(), **{"user": by, **body.validated_data})
        return Response(self.get_serializer(row).data, status=status.HTTP_201_CREATED)

    @extend_schema(request=EndedTieSerializer, responses=TieSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, pk: str | None = None) -> Response:
        """Write down on which day it is over; nobody does so for themselves."""
        del pk
        tie = self.get_object()
        body = EndedTieSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        end_tie(by=acting_user(request), now=clock.now(), tie=tie, **body.validated_data)
        return Response(self.get_serializer(self.get_object()).data)
