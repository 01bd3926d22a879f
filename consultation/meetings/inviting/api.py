"""The letters of meetings in the API: who was reached by which channel, and who was told in person.

Names are masked and no number is in any answer: whoever has to go there reads the list on the page of the meeting.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from consultation.meetings.inviting import operations
from consultation.meetings.inviting.filters import LetterFilter
from consultation.meetings.inviting.models import LONGEST_HOW, LetterState, MeetingLetter
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.api import Idempotent
from governance.calendar import clock

MOST_TOLD = 100
"""At once: as many as the page shows."""


class MeetingLetterSerializer(serializers.ModelSerializer[MeetingLetter]):
    """A letter: to whom, on what occasion, how far it is, and by which channel or in which way it came."""

    division = serializers.IntegerField(source="attendance.meeting.division_id", read_only=True)
    division_name = serializers.CharField(source="attendance.meeting.division.name", read_only=True)
    meeting = serializers.IntegerField(source="attendance.meeting_id", read_only=True)
    name = serializers.SerializerMethodField()
    state = serializers.ChoiceField(choices=LetterState.choices, read_only=True)

    class Meta:
        model = MeetingLetter
        fields: ClassVar = [
            "id",
            "division",
            "division_name",
            "meeting",
            "name",
            "occasion",
            "state",
            "channel",
            "queued_at",
            "sent_at",
            "dropped_at",
            "told_at",
            "told_how",
        ]
        read_only_fields: ClassVar = fields

    def get_name(self, row: MeetingLetter) -> str:
        """Return the name as a public notice shows it."""
        return mask_name(row.attendance.name)


class ToldInPersonSerializer(serializers.Serializer[Any]):
    """Whom somebody has told, and how."""

    letters = serializers.ListField(
        child=serializers.IntegerField(min_value=1), max_length=MOST_TOLD, allow_empty=False
    )
    how = serializers.CharField(max_length=LONGEST_HOW)


class ToldCountSerializer(serializers.Serializer[Any]):
    """How many were recorded."""

    told = serializers.IntegerField()


class MeetingLetterViewSet(Idempotent, ReadOnlyModelViewSet[MeetingLetter]):
    """Letters of the meetings of places in which one invites people or goes to them."""

    serializer_class = MeetingLetterSerializer
    filterset_class = LetterFilter
    permissions: ClassVar = {"list": operations.TELL, "retrieve": operations.TELL, "told": operations.TELL}

    def get_queryset(self) -> QuerySet[MeetingLetter]:
        """What the client may see."""
        return MeetingLetter.objects.visible_to(self.request.user).for_list()

    @extend_schema(request=ToldInPersonSerializer, responses=ToldCountSerializer, filters=False)
    @action(detail=False, methods=["post"])
    def told(self, request: Request) -> Response:
        """Record that people whom no message reaches were told in person; all or none."""
        body = ToldInPersonSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        keys = set(body.validated_data["letters"])
        rows = list(self.get_queryset().filter(pk__in=keys))
        if len(rows) < len(keys):
            missing = ", ".join(str(key) for key in sorted(keys - {row.pk for row in rows}))
            raise serializers.ValidationError(
                {"letters": [_("There are no such letters: %(keys)s.") % {"keys": missing}]}
            )
        count = operations.tell_all_in_person(
            by=acting_user(request), now=clock.now(), letters=rows, how=body.validated_data["how"]
        )
        return Response({"told": count})


routes: list[tuple[str, type[ViewSetMixin]]] = [("meeting-letters", MeetingLetterViewSet)]
