"""The shape of what the API takes about requests, meetings, offers and relief."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from communities.notices.models import Attachment
from funds.spending.models import Stand
from governance.api import AmountField
from socialorgs.register.models import SocialOrganization


def read(shape: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
    """Read a body by its shape."""
    body = shape(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


class StandSerializer(serializers.Serializer[Any]):
    """How one member voted."""

    membership = serializers.IntegerField()
    stand = serializers.ChoiceField(choices=Stand.choices)
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class ResolutionEntrySerializer(serializers.Serializer[Any]):
    """A meeting of the committee: who voted how; members left out were absent."""

    met_on = serializers.DateField()
    stands = StandSerializer(many=True)
    supervisor_opinion = serializers.CharField()
    minutes = serializers.CharField(required=False, allow_blank=True, default="")
    supervisor = serializers.IntegerField(required=False, allow_null=True, default=None)
    party_consent = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")
    residents_meeting = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")

    def validate_stands(self, value: list[dict[str, Any]]) -> dict[int, tuple[str, str]]:
        """Return the votes by membership; each member once."""
        found = {row["membership"]: (row["stand"], row["reason"]) for row in value}
        if len(found) != len(value):
            raise serializers.ValidationError(_("A member is named twice."))
        return found


class QuoteEntrySerializer(serializers.Serializer[Any]):
    """An offer: who asks how much, with a file that was stored before."""

    supplier = serializers.CharField(max_length=120)
    amount = AmountField()
    file = serializers.PrimaryKeyRelatedField(queryset=Attachment.objects.all())
    organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )


class ChoiceSerializer(serializers.Serializer[Any]):
    """Which offer is taken; one that is not the lowest with its reason."""

    quote = serializers.IntegerField()
    reason = serializers.CharField(max_length=200, required=False, allow_blank=True, default="")


class AcceptanceSerializer(serializers.Serializer[Any]):
    """What was found when the work was looked at."""

    findings = serializers.CharField(max_length=2000)


class ReliefEntrySerializer(serializers.Serializer[Any]):
    """For whom relief cannot wait, and the seats of who answers for it."""

    household = serializers.CharField(max_length=100)
    urgency = serializers.CharField(max_length=2000)
    first_member = serializers.IntegerField()
    second_member = serializers.IntegerField()
    supervisor = serializers.IntegerField(required=False, allow_null=True, default=None)
    supervisor_opinion = serializers.CharField(max_length=2000)
