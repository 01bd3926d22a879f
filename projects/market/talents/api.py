"""Profiles of talents in the API: as the people have consented, nothing more."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.people.models import Resident
from communities.people.queries import within
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from projects.contracts.policy import ServiceField
from projects.market.talents import operations
from projects.market.talents.acts import WITH_TALENT, consent_of, said_of
from projects.market.talents.filters import TalentFilter
from projects.market.talents.lifecycle import TALENT_PROFILE
from projects.market.talents.models import TalentProfile
from projects.market.talents.policy import SKILL_LONGEST, SKILLS_MOST, ShownTo, TalentKind


class TalentProfileSerializer(serializers.ModelSerializer[TalentProfile]):
    """A profile; the name as the person has consented, in full for the person alone."""

    division = serializers.IntegerField(source="resident.division_id", read_only=True)
    division_name = serializers.CharField(source="resident.division.name", read_only=True)
    name = serializers.SerializerMethodField()

    class Meta:
        model = TalentProfile
        fields = (
            *("id", "name", "division", "division_name", "kind", "field", "skills", "text", "times"),
            *("shown_to", "is_name_shown", "status"),
        )
        read_only_fields = fields

    @extend_schema_field(serializers.CharField())
    def get_name(self, profile: TalentProfile) -> str:
        """The name, shortened unless the person wants it in full."""
        is_own = profile.resident.user_id == self.context["request"].user.pk and profile.resident.user_id
        return profile.resident.name if is_own else profile.public_name


class TalentConsentSerializer(serializers.Serializer[Any]):
    """To whom a profile is shown."""

    shown_to = serializers.ChoiceField(choices=ShownTo.choices, default=ShownTo.STAFF)
    is_name_shown = serializers.BooleanField(required=False, default=False)


class TalentWordsSerializer(TalentConsentSerializer):
    """What a profile says, and to whom."""

    skills = serializers.ListField(
        child=serializers.CharField(max_length=SKILL_LONGEST), min_length=1, max_length=SKILLS_MOST
    )
    text = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    times = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")


class TalentEntrySerializer(TalentWordsSerializer):
    """A profile of one's own."""

    kind = serializers.ChoiceField(choices=TalentKind.choices)
    field = serializers.ChoiceField(choices=ServiceField.choices)


class TalentProposalSerializer(serializers.Serializer[Any]):
    """A resident whom the staff of the place propose; nothing is shown before the person has consented."""

    resident = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=TalentKind.choices)
    field = serializers.ChoiceField(choices=ServiceField.choices)
    skills = serializers.ListField(
        child=serializers.CharField(max_length=SKILL_LONGEST), min_length=1, max_length=SKILLS_MOST
    )
    text = serializers.CharField(max_length=500, required=False, allow_blank=True, default="")
    times = serializers.CharField(max_length=100, required=False, allow_blank=True, default="")

    def validate_resident(self, value: int) -> Resident:
        """Find the person among those of the caller's places."""
        rows = Resident.objects.living_here().filter(within(self.context["request"].user))
        row = rows.select_related("division").filter(pk=value).first()
        if row is None:
            raise serializers.ValidationError(_("There is no such resident in your places."))
        return row


class PaperConsentSerializer(TalentConsentSerializer):
    """The written consent of somebody without a log-in."""

    paper_day = serializers.DateField()


@moves_of(TALENT_PROFILE)
class TalentProfileViewSet(Idempotent, Moves, ReadOnlyModelViewSet[TalentProfile]):
    """Residents who are good at something, as far as they have consented to be found."""

    queryset = TalentProfile.objects.all()
    serializer_class = TalentProfileSerializer
    filterset_class = TalentFilter
    permissions: ClassVar[dict[str, str | None]] = {
        "list": None,
        "retrieve": None,
        "create": "projects.own_talent",
        "propose": "projects.keep_talents",
        "describe": "projects.own_talent",
    }

    def get_queryset(self) -> QuerySet[TalentProfile]:
        """Rows that the caller may see."""
        return TalentProfile.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=TalentEntrySerializer, responses={201: TalentProfileSerializer})
    def create(self, request: Request) -> Response:
        """State what one is good at."""
        body = TalentEntrySerializer(data=request.data)
        body.is_valid(raise_exception=True)
        said, consent = said_of(body.validated_data), consent_of(body.validated_data)
        row = operations.state_talent(by=acting_user(request), now=clock.now(), said=said, consent=consent)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    @extend_schema(request=TalentProposalSerializer, responses={201: TalentProfileSerializer})
    @action(detail=False, methods=["post"])
    def propose(self, request: Request) -> Response:
        """Propose a resident for the list, as staff of the place."""
        body = TalentProposalSerializer(data=request.data, context=self.get_serializer_context())
        body.is_valid(raise_exception=True)
        resident, said = body.validated_data["resident"], said_of(body.validated_data)
        row = operations.propose_talent(by=acting_user(request), now=clock.now(), resident=resident, said=said)
        answer = self.shown(row)
        answer.status_code = status.HTTP_201_CREATED
        return answer

    def _run(self, request: Request, name: str, shape: type[serializers.Serializer[Any]] = MoveSerializer) -> Response:
        row = self.get_object()
        body = shape(data=request.data)
        body.is_valid(raise_exception=True)
        WITH_TALENT[name](row, acting_user(request), clock.now(), body.validated_data)
        fresh = TalentProfile.objects.for_list().get(pk=row.pk)
        return Response(TalentProfileSerializer(fresh, context=self.get_serializer_context()).data)

    @extend_schema(request=TalentConsentSerializer, responses=TalentProfileSerializer)
    @action(detail=True, methods=["post"])
    def consent(self, request: Request, pk: str | None = None) -> Response:
        """Consent to be listed: PROPOSED to LISTED."""
        del pk
        return self._run(request, "consent", TalentConsentSerializer)

    @extend_schema(request=PaperConsentSerializer, responses=TalentProfileSerializer)
    @action(detail=True, methods=["post"])
    def note_consent(self, request: Request, pk: str | None = None) -> Response:
        """Note the written consent of somebody without a log-in: PROPOSED to LISTED."""
        del pk
        return self._run(request, "note_consent", PaperConsentSerializer)

    @extend_schema(request=TalentWordsSerializer, responses=TalentProfileSerializer)
    @action(detail=True, methods=["post"])
    def describe(self, request: Request, pk: str | None = None) -> Response:
        """Say one's own profile anew."""
        del pk
        return self._run(request, "describe", TalentWordsSerializer)

    @extend_schema(request=MoveSerializer, responses=TalentProfileSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse to be listed: PROPOSED to DECLINED."""
        del pk
        return self._run(request, "refuse")

    @extend_schema(request=MoveSerializer, responses=TalentProfileSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: str | None = None) -> Response:
        """Decline a stated profile, with the reason."""
        del pk
        return self._run(request, "decline")

    @extend_schema(request=MoveSerializer, responses=TalentProfileSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str | None = None) -> Response:
        """Withdraw one's own profile; what it said is erased."""
        del pk
        return self._run(request, "withdraw")

    @extend_schema(request=MoveSerializer, responses=TalentProfileSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, pk: str | None = None) -> Response:
        """Take a profile off the list, with the reason."""
        del pk
        return self._run(request, "remove")


routes: list[tuple[str, type[ViewSetMixin]]] = [("talent-profiles", TalentProfileViewSet)]
