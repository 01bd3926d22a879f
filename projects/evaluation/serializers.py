"""What is entered of evaluations over the API, and the short answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from communities.bodies.models import Body
from communities.territory.models import Division
from communities.venues.models import Venue
from governance.accounts.models import User
from projects.evaluation import operations
from projects.evaluation.history import ACTS
from projects.evaluation.invitations.api import FoundOnTheSpotSerializer
from projects.evaluation.models import (
    EvaluationTask,
    EvaluationTemplate,
    Method,
    Party,
    SubjectKind,
    ThirdPartyEngagement,
)
from socialorgs.register.models import SocialOrganization


class EvaluationEntrySerializer(serializers.Serializer[Any]):
    """What is entered of an evaluation."""

    title = serializers.CharField(max_length=120)
    subject_kind = serializers.ChoiceField(choices=SubjectKind.choices)
    subject_name = serializers.CharField(max_length=120)
    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    template = serializers.PrimaryKeyRelatedField(queryset=EvaluationTemplate.objects.all())
    implementer = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    body = serializers.PrimaryKeyRelatedField(
        queryset=Body.objects.all(), required=False, allow_null=True, default=None
    )
    worker = serializers.SlugRelatedField(
        slug_field="username", queryset=User.objects.all(), required=False, allow_null=True, default=None
    )
    venue = serializers.PrimaryKeyRelatedField(
        queryset=Venue.objects.in_use(), required=False, allow_null=True, default=None
    )
    period_from = serializers.DateField()
    period_to = serializers.DateField()
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()


class GridRoundSerializer(serializers.Serializer[Any]):
    """A round of evaluations of the grid workers of a place, by a list of duties that is in use."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    template = serializers.PrimaryKeyRelatedField(queryset=EvaluationTemplate.objects.all())
    period_from = serializers.DateField()
    period_to = serializers.DateField()
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()


class ReviewSerializer(serializers.Serializer[Any]):
    """The note of a review."""

    note = serializers.CharField(required=False, allow_blank=True, default="")


class InviteSerializer(serializers.Serializer[Any]):
    """Whom to invite: persons by their log-in names, or a number of residents' slips."""

    party = serializers.ChoiceField(choices=Party.choices)
    method = serializers.ChoiceField(choices=Method.choices)
    evaluators = serializers.ListField(
        child=serializers.SlugRelatedField(slug_field="username", queryset=User.objects.all()),
        required=False,
        default=list,
        max_length=operations.MOST_SLIPS,
    )
    count = serializers.IntegerField(min_value=0, max_value=operations.MOST_SLIPS, required=False, default=0)


class InvitationSerializer(serializers.ModelSerializer[EvaluationTask]):
    """An invitation with its token, which is told this once."""

    token = serializers.CharField()

    class Meta:
        model = EvaluationTask
        fields = ("number", "party", "method", "token")
        read_only_fields = fields


class ReviewStepSerializer(serializers.Serializer[Any]):
    """One step on the way to a result; names and notes only for who handles the evaluation."""

    name = serializers.ChoiceField(choices=[(name, label) for name, label in ACTS.values()])
    at = serializers.DateTimeField()
    version = serializers.IntegerField(allow_null=True)
    office = serializers.CharField()
    person = serializers.CharField()
    note = serializers.CharField()


class ExtensionSerializer(serializers.Serializer[Any]):
    """The new last day of a collection, and why: the reason is published with the result."""

    closes_on = serializers.DateField()
    reason = serializers.CharField(max_length=2000)


class ExclusionSerializer(serializers.Serializer[Any]):
    """An answer that is left out, by the number of its slip, and why."""

    number = serializers.IntegerField(min_value=1)
    reason = serializers.CharField(max_length=2000)


class SlipRecordSerializer(FoundOnTheSpotSerializer):
    """The record of an interview or a meeting, by the number of its slip."""

    number = serializers.IntegerField(min_value=1)

    class Meta(FoundOnTheSpotSerializer.Meta):
        fields = ("number", *FoundOnTheSpotSerializer.Meta.fields)


class EngagementSerializer(serializers.ModelSerializer[ThirdPartyEngagement]):
    """The professional third party of an evaluation, its fee and who pays it."""

    agency_name = serializers.CharField(max_length=120, required=False, allow_blank=True, default="")
    agency = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )
    payer_organization = serializers.PrimaryKeyRelatedField(
        queryset=SocialOrganization.objects.all(), required=False, allow_null=True, default=None
    )

    class Meta:
        model = ThirdPartyEngagement
        fields = ("agency", "agency_name", "payer", "payer_organization", "fee", "agreed_on")


class MarksSerializer(serializers.Serializer[Any]):
    """The marks of one answer, 1 to 5 by number of question."""

    marks = serializers.DictField(child=serializers.IntegerField())
    comment = serializers.CharField(required=False, allow_blank=True, default="")


class SlipAnswerSerializer(MarksSerializer):
    """An answer with the token of its slip."""

    token = serializers.CharField(max_length=40)


class PaperSerializer(MarksSerializer):
    """An answer on paper with the number of its slip."""

    number = serializers.IntegerField(min_value=1)


class TakenSerializer(serializers.Serializer[Any]):
    """That an answer has been taken."""

    taken = serializers.BooleanField()


class EnteredSerializer(TakenSerializer):
    """Whether an answer on paper counts: `taken` once a second person has entered the same marks."""

    waits_for_second_person = serializers.BooleanField()


class CalculationSerializer(serializers.Serializer[Any]):
    """One version with its whole calculation."""

    version = serializers.IntegerField()
    digest = serializers.CharField()
    details = serializers.DictField()


class AskedByNowSerializer(serializers.Serializer[Any]):
    """One party by one method: how many were invited, how many have answered, and whether the template requires it."""

    party = serializers.ChoiceField(choices=Party.choices)
    method = serializers.ChoiceField(choices=Method.choices)
    invited = serializers.IntegerField()
    answers = serializers.IntegerField()
    is_required = serializers.BooleanField()


class CollectionSerializer(serializers.Serializer[Any]):
    """How far a collection is, without marks and names: answers against the minimum, and who was asked how."""

    answers = serializers.IntegerField()
    minimum = serializers.IntegerField()
    lacking = serializers.IntegerField()
    parties = AskedByNowSerializer(many=True)
    waiting = serializers.ListField(
        child=serializers.IntegerField(),
        help_text="Numbers of slips that were entered once from paper; a second person enters them too.",
    )


class GateSerializer(serializers.Serializer[Any]):
    """Whether a result keeps its organization from grants and purchases in the place, and until when."""

    is_closed = serializers.BooleanField()
    free_on = serializers.DateField(allow_null=True)
    reason = serializers.CharField(allow_blank=True)
