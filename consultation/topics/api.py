"""The topics room in the API: topics with their phases and moves, opinions with their support."""

from __future__ import annotations

import datetime as dt
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404
from django.utils.translation import gettext_lazy
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import ReadOnlyModelViewSet, ViewSetMixin

from communities.notices.models import Attachment, Visibility
from communities.territory.models import Division
from consultation.matters.models import Matter
from consultation.topics import operations, phasing, raising
from consultation.topics.acting import Window
from consultation.topics.filters import OpinionFilter, TopicFilter
from consultation.topics.lifecycle import TOPIC
from consultation.topics.models import Opinion, Stance, Topic, TopicPhase
from consultation.topics.policy import (
    LONGEST_AFFECTED,
    LONGEST_OPINION,
    LONGEST_REASON,
    LONGEST_TEXT,
    LONGEST_TITLE,
    PhaseKind,
    TopicPace,
    Verb,
)
from consultation.topics.queries import verbs_of
from consultation.topics.refusals import PhaseIsOver, TopicChanged
from consultation.topics.statements.queries import results_of
from governance.accounts.masking import mask_name
from governance.accounts.queries import acting_user
from governance.api import Idempotent, Lean, Moves, MoveSerializer, moves_of
from governance.calendar import clock
from governance.errors import DomainError


class PhaseSerializer(serializers.ModelSerializer[TopicPhase]):
    """A phase: its kind opens verbs from `opens_at` to before `closes_at`."""

    class Meta:
        model = TopicPhase
        fields: ClassVar = ["kind", "opens_at", "closes_at"]
        read_only_fields: ClassVar = fields


class OriginSerializer(serializers.ModelSerializer[Matter]):
    """A matter out of which a topic grew, as everybody may read it."""

    class Meta:
        model = Matter
        fields: ClassVar = ["id", "number", "summary"]
        read_only_fields: ClassVar = fields


class TopicSerializer(Lean, serializers.ModelSerializer[Topic]):
    """A topic with its phases and what can be done with it at this moment."""

    # Rows come from `for_partners`; the nested serializers say what the methods `read_…` return.
    phases = PhaseSerializer(many=True, read_only=True)
    matters = OriginSerializer(many=True, read_only=True)
    open_verbs = serializers.SerializerMethodField()

    class Meta:
        model = Topic
        fields: ClassVar = [
            "id",
            "title",
            "text",
            "affected",
            "division",
            "list_class",
            "list_item",
            "list_item_name",
            "pace",
            "status",
            "due_at",
            "notice",
            "matters",
            "documents",
            "phases",
            "open_verbs",
            "prepared_at",
            "announced_at",
            "deliberated_at",
            "decided_at",
            "closed_at",
            "version",
        ]
        read_only_fields: ClassVar = fields

    def get_fields(self) -> dict[str, Any]:
        """Leave out what `?fields=` does not name."""
        found: dict[str, Any] = super().get_fields()
        wanted = self.context.get("wanted")
        return found if wanted is None else {name: field for name, field in found.items() if name in wanted}

    def get_open_verbs(self, row: Topic) -> list[str]:
        """Return the verbs that the running phase opens, in their order."""
        found = verbs_of(row.status, self._stretches(row), self.context["now"])
        return [verb.value for verb in Verb if verb in found]

    def read_phases(self, row: Topic) -> list[dict[str, str]]:
        """Return the phases as the query brought them, their moments as everywhere."""
        return [
            {"kind": kind, "opens_at": self.moment(opens_at), "closes_at": self.moment(closes_at)}
            for kind, opens_at, closes_at in self._stretches(row)
        ]

    def read_matters(self, row: Topic) -> list[dict[str, Any]]:
        """Return the matters as the query brought them."""
        return row.grew_from

    def read_documents(self, row: Topic) -> list[int]:
        """Return the keys of the documents as the query brought them."""
        return row.papers

    @staticmethod
    def _stretches(row: Topic) -> list[tuple[str, dt.datetime, dt.datetime]]:
        read = dt.datetime.fromisoformat
        return [(phase["kind"], read(phase["opens_at"]), read(phase["closes_at"])) for phase in row.stretches]


class WindowSerializer(serializers.Serializer[Any]):
    """A phase to be set."""

    kind = serializers.ChoiceField(choices=PhaseKind.choices)
    opens_at = serializers.DateTimeField()
    closes_at = serializers.DateTimeField()


class PhasesSerializer(serializers.Serializer[Any]):
    """All phases of a topic in preparation."""

    phases = WindowSerializer(many=True)


class NewTopicSerializer(serializers.Serializer[Any]):
    """What is needed to prepare a topic; its matters are taken up by it."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    title = serializers.CharField(max_length=LONGEST_TITLE)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    affected = serializers.CharField(max_length=LONGEST_AFFECTED, required=False, allow_blank=True, default="")
    matters = serializers.PrimaryKeyRelatedField(
        queryset=Matter.objects.for_deliberation(), many=True, required=False, default=list
    )
    documents = serializers.PrimaryKeyRelatedField(
        queryset=Attachment.objects.filter(visibility=Visibility.PUBLIC), many=True, required=False, default=list
    )
    phases = WindowSerializer(many=True, required=False, default=list)
    list_item = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    pace = serializers.ChoiceField(choices=TopicPace.choices, default=TopicPace.NORMAL)


class RaisedTopicSerializer(serializers.Serializer[Any]):
    """A topic as a resident raises it."""

    division = serializers.PrimaryKeyRelatedField(queryset=Division.objects.all())
    title = serializers.CharField(max_length=LONGEST_TITLE)
    text = serializers.CharField(max_length=LONGEST_TEXT)
    affected = serializers.CharField(max_length=LONGEST_AFFECTED, required=False, allow_blank=True, default="")


class EditTopicSerializer(serializers.Serializer[Any]):
    """What may be corrected before a topic is announced."""

    title = serializers.CharField(max_length=LONGEST_TITLE, required=False)
    text = serializers.CharField(max_length=LONGEST_TEXT, required=False)
    affected = serializers.CharField(max_length=LONGEST_AFFECTED, required=False, allow_blank=True)
    list_item = serializers.IntegerField(min_value=1, required=False)
    pace = serializers.ChoiceField(choices=TopicPace.choices, required=False)


class AcceptTopicSerializer(MoveSerializer):
    """What item of the list an accepted topic is, and how fast it goes."""

    list_item = serializers.IntegerField(min_value=1, required=False, allow_null=True, default=None)
    pace = serializers.ChoiceField(choices=TopicPace.choices, default=TopicPace.NORMAL)


class PhaseChangeSerializer(WindowSerializer):
    """New times of the first phase of a kind that has not ended, and why."""

    reason = serializers.CharField(max_length=LONGEST_REASON)


class ResultLineSerializer(serializers.Serializer[Any]):
    """A statement with how many agree, disagree and pass, in all and by group; null where fewer than five looked."""

    text = serializers.CharField()
    counts = serializers.ListField(child=serializers.IntegerField())
    groups = serializers.ListField(child=serializers.ListField(child=serializers.IntegerField(), allow_null=True))


class GroupSerializer(serializers.Serializer[Any]):
    """A group of people who think alike."""

    number = serializers.IntegerField()
    people = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()


class TopicResultsSerializer(serializers.Serializer[Any]):
    """Where people agree, as everybody may know it."""

    fingerprint = serializers.CharField(source="picture.fingerprint")
    method = serializers.CharField(source="picture.method")
    computed_at = serializers.DateTimeField(source="picture.computed_at")
    people = serializers.IntegerField(source="picture.people")
    positions = serializers.IntegerField(source="picture.positions")
    groups = GroupSerializer(many=True)
    statements = ResultLineSerializer(source="lines", many=True)
    uniting = ResultLineSerializer(many=True)
    dividing = ResultLineSerializer(many=True)


class IfMatchMissing(DomainError):
    """An edit over the API names the version that it was made from."""

    status = 428
    code = "topic_if_match_required"
    message = gettext_lazy("Send the ETag of the topic that you loaded as If-Match.")


class TopicElsewhere(DomainError):
    """The topic has changed since it was read."""

    status = 412
    code = "topic_version_stale"
    message = gettext_lazy("Somebody else has changed this in the meantime. Please load it again.")


LONGEST_TAG = 9
IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="ETag that was read.")
FIELDS = OpenApiParameter("fields", str, description="Names of fields, with commas; the others are left out.")


def windows(phases: list[dict[str, Any]]) -> list[Window]:
    """Return phases as the operations take them."""
    return [(phase["kind"], phase["opens_at"], phase["closes_at"]) for phase in phases]


class OpinionSerializer(serializers.ModelSerializer[Opinion]):
    """An opinion with the author's name masked and the number of its supporters."""

    author = serializers.SerializerMethodField()
    support = serializers.IntegerField(read_only=True)

    class Meta:
        model = Opinion
        fields: ClassVar = [
            "id",
            "topic",
            "author",
            "text",
            "stance",
            "parent",
            "depth",
            "given_at",
            "support",
            "hidden_at",
            "hidden_reason",
        ]
        read_only_fields: ClassVar = fields

    def get_author(self, row: Opinion) -> str:
        """Return the masked name."""
        return mask_name(row.author.display_name)


class NewOpinionSerializer(serializers.Serializer[Any]):
    """An opinion to give."""

    topic = serializers.PrimaryKeyRelatedField(queryset=Topic.objects.all())
    text = serializers.CharField(max_length=LONGEST_OPINION)
    stance = serializers.ChoiceField(choices=Stance.choices, default=Stance.NEUTRAL)
    reply_to = serializers.PrimaryKeyRelatedField(
        queryset=Opinion.objects.all(), required=False, allow_null=True, default=None
    )


@moves_of(TOPIC)
class TopicViewSet(Idempotent, Moves, ReadOnlyModelViewSet[Topic]):
    """Topics (议题): everybody reads what was announced, the staff of the place what is in preparation too."""

    serializer_class = TopicSerializer
    filterset_class = TopicFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "consultation.manage_topic",
        "partial_update": "consultation.manage_topic",
        "raised": "consultation.raise_topic",
        "results": None,
        "change_phase": "consultation.manage_topic",
        "phases": "consultation.manage_topic",
        "add_phase": "consultation.manage_topic",
    }

    more_parameters = ("fields",)

    def get_queryset(self) -> QuerySet[Topic]:
        """What the client may see; a list of chosen fields reads no more than these."""
        wanted = self.wanted() if self.action == "list" else None
        return Topic.objects.visible_to(self.request.user).for_partners(wanted)

    def wanted(self) -> frozenset[str] | None:
        """Return the fields that the client names, all of them where it names none that exist."""
        named = frozenset(self.request.query_params.get("fields", "").split(",")) & set(TopicSerializer.Meta.fields)
        return named | {"id"} if named else None

    def get_serializer_context(self) -> dict[str, Any]:
        """Ask the clock once for all rows."""
        wanted = self.wanted() if self.action == "list" else None
        return {**super().get_serializer_context(), "now": clock.now(), "wanted": wanted}

    @extend_schema(parameters=[FIELDS])
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """List topics, newest first; `?fields=id,title,status` sends these alone."""
        return super().list(request, *args, **kwargs)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Show one topic with its version as ETag."""
        del request, args, kwargs
        row = self.get_object()
        return Response(self.get_serializer(row).data, headers={"ETag": f'"{row.version}"'})

    @extend_schema(request=EditTopicSerializer, responses=TopicSerializer, parameters=[IF_MATCH])
    def partial_update(self, request: Request, pk: str | None = None) -> Response:
        """Correct a topic that is not announced yet; 412 when it has changed since it was read."""
        del pk
        topic = self.get_object()
        tag = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
        if not tag:
            raise IfMatchMissing
        version = topic.version if tag == "*" else int(tag) if tag.isdecimal() and len(tag) <= LONGEST_TAG else 0
        body = EditTopicSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            row = raising.edit_topic(
                by=acting_user(request), now=clock.now(), topic=topic, version=version, **body.validated_data
            )
        except TopicChanged as refusal:
            raise TopicElsewhere from refusal
        answer = self.shown(row)
        answer["ETag"] = f'"{row.version}"'
        return answer

    @extend_schema(request=RaisedTopicSerializer, responses={201: TopicSerializer})
    @action(detail=False, methods=["post"])
    def raised(self, request: Request) -> Response:
        """Raise a topic as a resident; the community accepts or refuses it."""
        body = RaisedTopicSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = raising.raise_topic(by=acting_user(request), now=clock.now(), **body.validated_data)
        answer = self.shown(row)
        answer.status_code = 201
        return answer

    @extend_schema(responses=TopicResultsSerializer)
    @action(detail=True, methods=["get"], filterset_class=None, pagination_class=None)
    def results(self, request: Request, pk: str | None = None) -> Response:
        """Show where people agree, as last computed; 404 before that."""
        del request, pk
        found = results_of(self.get_object(), clock.now())
        if found is None:
            raise Http404
        return Response(TopicResultsSerializer(found).data)

    @extend_schema(request=AcceptTopicSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def accept(self, request: Request, pk: str | None = None) -> Response:
        """Accept: RAISED to PREPARED."""
        del pk
        topic = self.get_object()
        body = AcceptTopicSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = {name: body.validated_data[name] for name in ("list_item", "pace")}
        row = raising.accept_topic(by=acting_user(request), now=clock.now(), topic=topic, **given)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, pk: str | None = None) -> Response:
        """Refuse: RAISED to REFUSED; who raised it reads the reason."""
        del pk
        return self._end(request, raising.refuse_topic)

    @extend_schema(request=PhaseChangeSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def change_phase(self, request: Request, pk: str | None = None) -> Response:
        """Move the first phase of a kind that lies ahead, or make the one that runs longer."""
        del pk
        topic = self.get_object()
        body = PhaseChangeSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        now = clock.now()
        phase = TopicPhase.objects.filter(topic=topic, kind=given.pop("kind"), closes_at__gt=now).first()
        if phase is None:
            raise PhaseIsOver
        phasing.change_phase(by=acting_user(request), now=now, phase=phase, **given)
        return self.shown(topic)

    @extend_schema(request=NewTopicSerializer, responses={201: TopicSerializer})
    def create(self, request: Request) -> Response:
        """Prepare a topic out of matters."""
        body = NewTopicSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        data = dict(body.validated_data)
        phases = windows(data.pop("phases"))
        row = operations.prepare_topic(by=acting_user(request), now=clock.now(), phases=phases, **data)
        answer = self.shown(row)
        answer.status_code = 201
        return answer

    @extend_schema(request=PhasesSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def phases(self, request: Request, pk: str | None = None) -> Response:
        """Set the phases anew while the topic is in preparation."""
        del pk
        topic = self.get_object()
        body = PhasesSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.set_phases(
            by=acting_user(request),
            now=clock.now(),
            topic=topic,
            phases=windows(body.validated_data["phases"]),
        )
        return self.shown(row)

    @extend_schema(request=WindowSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def add_phase(self, request: Request, pk: str | None = None) -> Response:
        """Add a phase after the last one."""
        del pk
        topic = self.get_object()
        body = WindowSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.add_phase(by=acting_user(request), now=clock.now(), topic=topic, **body.validated_data)
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def announce(self, request: Request, pk: str | None = None) -> Response:
        """Announce: PREPARED to ANNOUNCED, with a public notice and its days."""
        del pk
        row = operations.announce_topic(by=acting_user(request), now=clock.now(), topic=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def begin_deliberation(self, request: Request, pk: str | None = None) -> Response:
        """Begin the deliberation: ANNOUNCED to DELIBERATED, when the notice has run its days."""
        del pk
        row = operations.begin_deliberation(by=acting_user(request), now=clock.now(), topic=self.get_object())
        return self.shown(row)

    @extend_schema(request=MoveSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def close(self, request: Request, pk: str | None = None) -> Response:
        """Close: DECIDED, DELIBERATED to CLOSED; the people behind its matters get the reason."""
        del pk
        return self._end(request, operations.close_topic)

    @extend_schema(request=MoveSerializer, responses=TopicSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: str | None = None) -> Response:
        """Withdraw: ANNOUNCED, PREPARED to WITHDRAWN; the people behind its matters get the reason."""
        del pk
        return self._end(request, operations.withdraw_topic)

    def _end(self, request: Request, operation: Any) -> Response:
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operation(by=acting_user(request), now=clock.now(), topic=self.get_object(), **body.validated_data)
        return self.shown(row)


class OpinionViewSet(Idempotent, ReadOnlyModelViewSet[Opinion]):
    """Opinions on topics; hidden ones are read by their author and the staff of the place."""

    serializer_class = OpinionSerializer
    filterset_class = OpinionFilter
    permissions: ClassVar = {
        "list": None,
        "retrieve": None,
        "create": "consultation.give_opinion",
        "support": "consultation.give_opinion",
        "hide": "consultation.hide_opinion",
    }

    def get_queryset(self) -> QuerySet[Opinion]:
        """Opinions on what the client may see."""
        topics = Topic.objects.visible_to(self.request.user)
        return Opinion.objects.visible_to(self.request.user).filter(topic__in=topics).for_list()

    @extend_schema(request=NewOpinionSerializer, responses={201: OpinionSerializer})
    def create(self, request: Request) -> Response:
        """Give an opinion while the discussion runs."""
        body = NewOpinionSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        given = dict(body.validated_data)
        row = operations.give_opinion(by=acting_user(request), now=clock.now(), parent=given.pop("reply_to"), **given)
        return Response(OpinionSerializer(self.get_queryset().get(pk=row.pk)).data, status=201)

    @extend_schema(request=None, responses=OpinionSerializer)
    @action(detail=True, methods=["post"])
    def support(self, request: Request, pk: str | None = None) -> Response:
        """Support what somebody else has said, once."""
        del pk
        row = self.get_object()
        operations.support_opinion(by=acting_user(request), now=clock.now(), opinion=row)
        return Response(OpinionSerializer(self.get_queryset().get(pk=row.pk)).data)

    @extend_schema(request=MoveSerializer, responses=OpinionSerializer)
    @action(detail=True, methods=["post"])
    def hide(self, request: Request, pk: str | None = None) -> Response:
        """Hide an opinion with a reason."""
        del pk
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        row = operations.hide_opinion(
            by=acting_user(request), now=clock.now(), opinion=self.get_object(), **body.validated_data
        )
        return Response(OpinionSerializer(self.get_queryset().get(pk=row.pk)).data)


routes: list[tuple[str, type[ViewSetMixin]]] = [("topics", TopicViewSet), ("opinions", OpinionViewSet)]
