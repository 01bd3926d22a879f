"""Matters in and out in the API: handed in once, with their photos, similar ones, together with others, "me too"."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound
from rest_framework.response import Response

from communities.notices.models import Attachment
from communities.notices.policy import check_photo_size
from consultation.matters import operations as matters_room
from consultation.matters.intake import joining, operations
from consultation.matters.intake.lifecycle import JoiningStatus
from consultation.matters.intake.models import NeedField
from consultation.matters.intake.policy import LONGEST_REASON
from consultation.matters.intake.queries import joined_to, lead_of, people_behind, similar_to
from consultation.matters.intake.recording import Origin
from consultation.matters.models import Matter, MatterChannel
from governance.accounts.models import User, UserKind
from governance.accounts.queries import acting_user
from governance.calendar import clock

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.viewsets import GenericViewSet

    OfMatters = GenericViewSet[Matter]
else:
    OfMatters = object


class SimilarMatterSerializer(serializers.Serializer[Any]):
    """A matter that is like another one, as everybody may read it, and how close it is (0 to 1)."""

    id = serializers.IntegerField(source="matter.pk")
    number = serializers.CharField(source="matter.number")
    summary = serializers.CharField(source="matter.summary")
    status = serializers.CharField(source="matter.status")
    closeness = serializers.FloatField()


class MatterPeopleSerializer(serializers.Serializer[Any]):
    """How many people stand behind a matter and what is handled together with it; people are counted, not clicks."""

    people = serializers.IntegerField()
    lead = serializers.IntegerField(allow_null=True, help_text="The matter that leads this one, if it is joined.")
    joining = serializers.ChoiceField(choices=JoiningStatus.choices, allow_null=True)
    joined = serializers.ListField(child=serializers.IntegerField())


class MatterJoinSerializer(serializers.Serializer[Any]):
    """With which matter this one is handled together, and why."""

    lead = serializers.PrimaryKeyRelatedField(queryset=Matter.objects.all())
    reason = serializers.CharField(max_length=LONGEST_REASON)


class JoiningAnswerSerializer(serializers.Serializer[Any]):
    """Whether the person agrees that the matter is handled together with the other."""

    agrees = serializers.BooleanField()


class OriginFields(serializers.Serializer[Any]):
    """What else is known of a matter that comes in; mixed into the body by which one is raised."""

    need_field = serializers.ChoiceField(choices=NeedField.choices, required=False, allow_blank=True, default="")
    is_hardship = serializers.BooleanField(default=False, help_text="A household in hardship: express line.")


def take_in(by: User, data: dict[str, Any]) -> tuple[Matter, bool]:
    """Raise what the body says, as the caller may, and tell whether it is new."""
    uploads = data.pop("photos")
    for upload in uploads:
        check_photo_size(upload.name or "", upload.size or 0)
    data["photos"] = [(upload.name or "", upload.read()) for upload in uploads]
    data["origin"] = Origin(need_field=data.pop("need_field"), is_hardship=data.pop("is_hardship"))
    asked = data.pop("channel", None)
    now = clock.now()
    if by.kind == UserKind.SERVICE and asked in {None, MatterChannel.API}:
        division, reference = data.pop("division"), data.pop("external_reference")
        return operations.receive_matter(by=by, now=now, division=division, external_reference=reference, given=data)
    return matters_room.raise_matter(by=by, now=now, channel=asked or MatterChannel.PAGE, **data), True


INTAKE_PERMISSIONS: dict[str, str | None] = {
    "photo": "consultation.view_matter_file",
    "similar": "consultation.view_matter_file",
    "together": None,
    "support": "consultation.support_matter",
    "unsupport": "consultation.raise_matter",
    "join": "consultation.join_matter",
    "answer_joining": "consultation.raise_matter",
}


class IntakeActions(OfMatters):
    """View-set mixin of matters (left of the view set): their photos, similar ones, joining, support."""

    pages_off: ClassVar[dict[str, Any]] = {"filterset_class": None, "pagination_class": None}

    @extend_schema(
        parameters=[OpenApiParameter("photo", OpenApiTypes.INT, OpenApiParameter.PATH)],
        responses={(200, "image/*"): OpenApiTypes.BINARY},
    )
    @action(detail=True, methods=["get"], url_path=r"photos/(?P<photo>\d+)", **pages_off)
    def photo(self, request: Request, pk: str | None = None, photo: str = "") -> HttpResponse:
        """Hand out a photo of the matter, without place and camera, to those who may read the file."""
        del request, pk
        row = self.get_object()
        file: Attachment = get_object_or_404(row.photos, pk=photo)
        try:
            with file.file.open("rb") as stored:
                answer = HttpResponse(stored.read(), content_type=file.content_type)
        except FileNotFoundError as error:
            raise NotFound from error
        answer["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=file.name) or "inline"
        answer["Cache-Control"] = "private, no-store"
        return answer

    @extend_schema(responses=SimilarMatterSerializer(many=True))
    @action(detail=True, methods=["get"], **pages_off)
    def similar(self, request: Request, pk: str | None = None) -> Response:
        """List up to ten public matters of the street's area whose words are close to this one's, closest first."""
        del request, pk
        row = self.get_object()
        area = row.division.parent or row.division
        text = f"{row.title}\n{row.text}"
        found = similar_to(text, division=area, today=clock.today(), but=row, shown=10)
        body = [{"matter": matter, "closeness": round(closeness, 3)} for matter, closeness in found]
        return Response(SimilarMatterSerializer(body, many=True).data)

    @extend_schema(responses=MatterPeopleSerializer)
    @action(detail=True, methods=["get"], **pages_off)
    def together(self, request: Request, pk: str | None = None) -> Response:
        """Tell how many people stand behind the matter and what is handled together with it."""
        del pk
        row = self.get_object()
        return self._together(request, row)

    @staticmethod
    def _together(request: Request, row: Matter) -> Response:
        reads = request.user.has_perm("consultation.view_matter_file", row)
        joining_of = lead_of(row) if reads else None
        body = {
            "people": people_behind([row]).get(row.pk, 1),
            "lead": joining_of.lead_id if joining_of else None,
            "joining": joining_of.status if joining_of else None,
            "joined": [one.matter_id for one in joined_to(row)] if row.is_public else [],
        }
        return Response(MatterPeopleSerializer(body).data)

    @extend_schema(request=None, responses=MatterPeopleSerializer)
    @action(detail=True, methods=["post"])
    def support(self, request: Request, pk: str | None = None) -> Response:
        """Say that a public matter is one's own as well; each person counts once."""
        del pk
        row = self.get_object()
        joining.support_matter(by=acting_user(request), now=clock.now(), matter=row)
        return self._together(request, row)

    @extend_schema(request=None, responses=MatterPeopleSerializer)
    @action(detail=True, methods=["post"])
    def unsupport(self, request: Request, pk: str | None = None) -> Response:
        """Take one's support back."""
        del pk
        row = self.get_object()
        joining.withdraw_support(by=acting_user(request), now=clock.now(), matter=row)
        return self._together(request, row)

    @extend_schema(request=MatterJoinSerializer, responses=MatterPeopleSerializer)
    @action(detail=True, methods=["post"])
    def join(self, request: Request, pk: str | None = None) -> Response:
        """Ask the person behind the matter whether it is handled together with another one, which leads."""
        del pk
        row = self.get_object()
        body = MatterJoinSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        joining.join_matter(
            by=acting_user(request), now=clock.now(), today=clock.today(), matter=row, **body.validated_data
        )
        return self._together(request, row)

    @extend_schema(request=JoiningAnswerSerializer, responses=MatterPeopleSerializer)
    @action(detail=True, methods=["post"], url_path="answer-joining")
    def answer_joining(self, request: Request, pk: str | None = None) -> Response:
        """Say, as the person behind the matter, whether it is handled together with the other."""
        del pk
        row = self.get_object()
        body = JoiningAnswerSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        asked = lead_of(row)
        if asked is None:
            raise NotFound
        joining.answer_joining(by=acting_user(request), now=clock.now(), joining=asked, **body.validated_data)
        return self._together(request, row)
