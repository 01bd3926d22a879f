"""The open account of a place and year in the API; its results one by one stand under `evaluations`."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ViewSet

from communities.territory.models import Division
from governance.api import asked_of
from governance.calendar import clock
from projects.evaluation.models import Grade, SubjectKind
from projects.evaluation.open_account.queries import account_of

FIRST_YEAR, LAST_YEAR = 2000, 2100


class AccountQuerySerializer(serializers.Serializer[Any]):
    """Which account is asked for."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    year = serializers.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    subject_kind = serializers.ChoiceField(choices=SubjectKind.choices, required=False, default="")


class GradeCountSerializer(serializers.Serializer[Any]):
    """How many results have one grade, of how many; the share in percent is cut off."""

    grade = serializers.ChoiceField(choices=Grade.choices)
    count = serializers.IntegerField()
    of = serializers.IntegerField()
    share = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)


class AccountYearSerializer(serializers.Serializer[Any]):
    """One year: numerators and denominators beside the rates, which are cut off."""

    year = serializers.IntegerField()
    plans = serializers.IntegerField()
    graded = serializers.IntegerField()
    passed = serializers.IntegerField()
    pass_rate = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)
    satisfied = serializers.IntegerField()
    valid = serializers.IntegerField()
    satisfaction = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)


class OpenAccountSerializer(serializers.Serializer[Any]):
    """The open account of a place and year."""

    year = serializers.IntegerField()
    plans = serializers.IntegerField()
    answers = serializers.IntegerField()
    invited = serializers.IntegerField()
    response = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)
    satisfied = serializers.IntegerField()
    valid = serializers.IntegerField()
    satisfaction = serializers.DecimalField(max_digits=4, decimal_places=1, allow_null=True)
    is_small_sample = serializers.BooleanField()
    grades = GradeCountSerializer(many=True)
    years = AccountYearSerializer(many=True)


class OpenAccountViewSet(ViewSet):
    """What was publicised of evaluations in a place and year, in sums; public."""

    permissions: ClassVar[dict[str, str | None]] = {"list": None}

    @extend_schema(
        parameters=[
            OpenApiParameter("division", int, required=True),
            OpenApiParameter("year", int, required=True),
            OpenApiParameter("subject_kind", str, enum=SubjectKind.values),
        ],
        responses=OpenAccountSerializer,
    )
    def list(self, request: Request) -> Response:
        """Return the account."""
        given = asked_of(request, AccountQuerySerializer)
        account = account_of(given["division"], given["year"], given["subject_kind"], today=clock.today())
        return Response(OpenAccountSerializer(account).data)
