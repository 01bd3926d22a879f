"""The base of the API: how moves are routed, how refusals look, how repeats are recognized."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cached_property
from operator import attrgetter
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from django.conf import settings
from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, OperationalError
from django.http import Http404, HttpResponse, QueryDict
from django.utils.encoding import force_str
from django.utils.timezone import get_current_timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, status
from rest_framework.decorators import action
from rest_framework.response import Response
from rest_framework.serializers import (
    BooleanField,
    CharField,
    ChoiceField,
    DateTimeField,
    DecimalField,
    IntegerField,
    PrimaryKeyRelatedField,
    Serializer,
)
from rest_framework.views import set_rollback

from governance import lifecycle
from governance.accounts.clients import refuse_unknown
from governance.accounts.models import IdempotencyKey
from governance.accounts.queries import acting_user
from governance.accounts.scopes import Scopes
from governance.calendar import clock
from governance.errors import Conflict, DomainError, Invalid

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal

    from django.db.models import Model, QuerySet
    from rest_framework.request import Request
    from rest_framework.viewsets import GenericViewSet

    from governance.lifecycle import Lifecycle, Move

    AnyViewSet = GenericViewSet[Any]
else:
    AnyViewSet = object  # mixins stand left of the view set, which brings the class itself

T = TypeVar("T")

PROBLEM = "application/problem+json"


class KeyReused(DomainError):
    """The idempotency key came before with another body."""

    status = 422
    code = "idempotency_key_reused"
    message = gettext_lazy("This idempotency key was used before for a different request.")


class KeyInFlight(Conflict):
    """The first request with this key has not been answered yet."""

    code = "idempotency_key_in_flight"
    message = gettext_lazy("The first request with this idempotency key is still being answered.")


class AnswerToldOnce(Conflict):
    """The first answer showed a secret and was not kept."""

    code = "answer_told_once"
    message = gettext_lazy("This was done with the same key. The answer showed codes, once, and was not kept.")


class Idempotent(AnyViewSet):
    """View-set mixin (left of the view set): a write with `Idempotency-Key` happens once per client and key.

    Same key and same request: the first answer again. Another body: 422. Still being answered: 409. An answer of 5xx
    is forgotten, so that the client may try again. The key is claimed in its own transaction before the work starts, and
    after the body was read: one that cannot be read claims nothing.
    """

    tells_once: ClassVar[frozenset[str]] = frozenset()
    """Actions whose answer shows a secret: it is not kept, and who repeats the request is told so (409)."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Claim the key, or answer with what was answered first."""
        super().initial(request, *args, **kwargs)
        key = request.headers.get("Idempotency-Key", "").strip()
        if not key or request.method in {"GET", "HEAD", "OPTIONS"} or not request.user.is_authenticated:
            return
        fingerprint = self.fingerprint(request)
        row, is_new = IdempotencyKey.objects.get_or_create(
            user=request.user, key=key[:200], defaults={"fingerprint": fingerprint, "created_at": clock.now()}
        )
        if is_new:
            self._key = row
            return
        if row.fingerprint != fingerprint:
            raise KeyReused
        if row.status_code is None:
            raise KeyInFlight
        raise Repeated(row)

    def fingerprint(self, request: Request) -> str:
        """Return by what a repeated request is known; a view whose body must leave no trace overrides it."""
        return fingerprint_of(request)

    def handle_exception(self, error: Exception) -> Any:
        """Free the key when the request fails without an answer: nothing was done, so it may be tried again."""
        try:
            return super().handle_exception(error)
        except Exception:
            row: IdempotencyKey | None = getattr(self, "_key", None)
            if row is not None:
                row.delete()
            raise

    def finalize_response(self, request: Request, response: Response, *args: Any, **kwargs: Any) -> Response:
        """Keep the answer of a claimed key."""
        final: Response = super().finalize_response(request, response, *args, **kwargs)
        row: IdempotencyKey | None = getattr(self, "_key", None)
        if row is not None:
            if final.status_code >= status.HTTP_500_INTERNAL_SERVER_ERROR:
                row.delete()
            else:
                is_secret = self.action in self.tells_once and final.status_code < status.HTTP_400_BAD_REQUEST
                final.add_post_render_callback(
                    lambda rendered: keep_answer(row, told_once() if is_secret else rendered)
                )
        return final


def fingerprint_of(request: Request) -> str:
    """Return the SHA-256 of method, address and body: what was parsed, and of files their name and every byte.

    An upload is hashed in pieces from where it lies, whatever its size; the boundary between its parts, which a client
    draws anew each time, changes nothing.
    """
    digest = hashlib.sha256()

    def add(*parts: bytes) -> None:
        for part in parts:
            digest.update(len(part).to_bytes(8, "big") + part)

    add(str(request.method).encode(), request.get_full_path().encode())
    if not isinstance(request.data, QueryDict):
        add(json.dumps(request.data, sort_keys=True, separators=(",", ":")).encode())
        return digest.hexdigest()
    for name, values in sorted(request.data.lists()):
        for value in values:
            if isinstance(value, UploadedFile):
                add(b"file", name.encode(), str(value.name).encode(), _digest_of(value))
            else:
                add(b"field", name.encode(), str(value).encode())
    return digest.hexdigest()


def _digest_of(file: UploadedFile[Any]) -> bytes:
    """Hash a file in pieces and leave it to be read from its beginning."""
    digest = hashlib.sha256()
    for piece in file.chunks():
        digest.update(piece)
    file.seek(0)
    return digest.digest()


def keep_answer(row: IdempotencyKey, response: Any) -> None:
    """Write down the first answer to a keyed request."""
    row.status_code = response.status_code
    row.body = response.content
    row.content_type = response.headers.get("Content-Type", "")
    row.save(update_fields=["status_code", "body", "content_type"])


def told_once() -> HttpResponse:
    """Return what is kept in the place of an answer that showed a secret."""
    refusal = AnswerToldOnce()
    body = problem(refusal.code, str(refusal), refusal.status).data
    return HttpResponse(json.dumps(body, ensure_ascii=False), status=refusal.status, content_type=PROBLEM)


class Repeated(Exception):
    """Carries the first answer to the exception handler."""

    def __init__(self, row: IdempotencyKey) -> None:
        self.row = row
        super().__init__(row.key)


class Lean:
    """Serializer mixin (left of the serializer) for the rows of hot lists: the readers of the fields are put together once.

    What a row shows is what its fields say, and so is the document of the API. A method `read_<field>` reads a field in
    place of its serializer, where the query has brought it along in another shape.
    """

    def to_representation(self, instance: Any) -> dict[str, Any]:
        """Read one row."""
        return {name: read(instance) for name, read in self._readers}

    _readable_fields: Any
    """The serializer's own."""

    @cached_property
    def _readers(self) -> list[tuple[str, Callable[[Any], Any]]]:
        """Return a reader for each field that is shown."""
        return [(field.field_name, self._reader(field)) for field in self._readable_fields]

    def _reader(self, field: Any) -> Callable[[Any], Any]:
        own: Callable[[Any], Any] | None = getattr(self, f"read_{field.field_name}", None)
        if own is not None:
            return own
        source: str = field.source
        if type(field) in AS_IT_IS:
            return attrgetter(source)
        if type(field) is DateTimeField:
            return self._moment_reader(attrgetter(source))
        if type(field) is PrimaryKeyRelatedField and field.pk_field is None and len(field.source_attrs) == 1:
            model: Any = self.Meta.model  # type: ignore[attr-defined]  # model serializers alone have such fields
            return attrgetter(model._meta.get_field(source).attname)

        def read(row: Any) -> Any:
            value = field.get_attribute(row)
            return None if value is None else field.to_representation(value)

        return read

    def _moment_reader(self, read: Callable[[Any], dt.datetime | None]) -> Callable[[Any], str | None]:
        def read_moment(row: Any) -> str | None:
            value = read(row)
            return None if value is None else self.moment(value)

        return read_moment

    def moment(self, value: dt.datetime) -> str:
        """Write a moment as every field does, with the offset of the installation's time zone."""
        return value.astimezone(self._zone).isoformat()

    @cached_property
    def _zone(self) -> dt.tzinfo:
        return get_current_timezone()


AS_IT_IS = (CharField, ChoiceField, IntegerField, BooleanField)
"""Fields that show what the column holds."""


class SumField(DecimalField):
    """A sum in yuan that programs read: up to 18 digits, two of them decimals."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_digits=18, decimal_places=2, read_only=True, **kwargs)


class AmountField(DecimalField):
    """An amount in yuan that programs send: 14 digits, two of them decimals, as the columns have it.

    Never below zero, unless `min_value` says otherwise.
    """

    def __init__(self, *, min_value: int | None = 0, **kwargs: Any) -> None:
        super().__init__(max_digits=14, decimal_places=2, min_value=min_value, **kwargs)

    def to_internal_value(self, data: Any) -> Decimal:
        """Refuse an exponent, as forms and files do: 1e5 is a slip more often than an amount."""
        if "e" in str(data).casefold():
            self.fail("invalid")
        return super().to_internal_value(data)


class MoveSerializer(Serializer[Any]):
    """The body of a move without further fields."""

    reason = CharField(required=False, allow_blank=True, default="")


def asked_of(request: Request, form: type[Serializer[Any]], /, **context: Any) -> dict[str, Any]:
    """Return what the parameters of an address ask for, where a reading is no list of rows with filters.

    Raises:
        UnknownParameter: the address carries a name that the form does not know.
        ValidationError: of the framework, with the fields that cannot be read.
    """
    asked = form(data=request.query_params, context=context)
    refuse_unknown(request, list(asked.fields))
    asked.is_valid(raise_exception=True)
    found: dict[str, Any] = asked.validated_data
    return found


class Labelled(Serializer[Any]):
    """Base of what has a field called `label`: the framework has an attribute of that name, the words of a form."""

    label: Any = CharField()


class OfferSerializer(Labelled):
    """One move that leads on from here, for this client, now."""

    name = CharField()
    open = BooleanField()
    reason = CharField()


class Moves(AnyViewSet):
    """View-set mixin for rows with a lifecycle; used with the decorator `moves_of`.

    `GET …/{id}/moves` lists the moves that lead on, open or closed with the reason. Each move is a POST route of its
    own, named as in the lifecycle; those with further fields are written in the view set and call their operation.
    """

    move_names: ClassVar[frozenset[str]] = frozenset()

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Look a row up for a move without what hangs on it: the mover locks and reads it afresh."""
        found: QuerySet[Any] = super().filter_queryset(queryset)
        view: Any = self
        is_move = view.action == "moves" or view.action in self.move_names
        return found.prefetch_related(None) if is_move else found

    def get_object(self) -> Any:
        """Look the row up and refuse whoever may not make the move, before the body is read."""
        row = super().get_object()
        view: Any = self
        if view.action in self.move_names:
            lifecycle.require(row, view.action, by=acting_user(view.request))
        return row

    @extend_schema(responses=OfferSerializer(many=True))
    @action(detail=True, methods=["get"], url_path="moves", filterset_class=None, pagination_class=None)
    def moves(self, request: Request, pk: str | None = None) -> Response:
        """List the moves that lead on from here, open or closed with the reason."""
        del pk
        row: Model = self.get_object()
        offers = lifecycle.available(row, request.user) if request.user.is_authenticated else []
        return Response(
            [
                {
                    "name": offer.move.name,
                    "label": force_str(offer.move.label),
                    "open": offer.is_open,
                    "reason": force_str(offer.reason),
                }
                for offer in offers
            ]
        )

    def shown(self, row: Model) -> Response:
        """Answer with the row as the detail view shows it, read afresh."""
        view: Any = self
        fresh = view.get_queryset().get(pk=row.pk)
        return Response(type(view).serializer_class(fresh, context=view.get_serializer_context()).data)


def moves_of(machine: Lifecycle) -> Callable[[type[T]], type[T]]:
    """Give a view set one POST route per move of the machine, except those it has written itself."""

    def decorate(view: type[T]) -> type[T]:
        view.move_names = frozenset(machine.by_name)  # type: ignore[attr-defined]  # views with `Moves`
        for step in machine.moves:
            if step.permission != lifecycle.SYSTEM and not hasattr(view, step.name):
                setattr(view, step.name, _route(step, view))
        return view

    return decorate


def _route(step: Move, view: Any) -> Any:
    def make(self: Any, request: Request, pk: str | None = None) -> Response:
        del pk
        row = self.get_object()
        body = MoveSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        lifecycle.move(row, step.name, by=acting_user(request), now=clock.now(), reason=body.validated_data["reason"])
        answer: Response = self.shown(row)
        return answer

    make.__name__ = step.name
    make.__qualname__ = f"{view.__qualname__}.{step.name}"
    make.__doc__ = f"{step.name.replace('_', ' ').capitalize()}: {', '.join(sorted(step.sources))} to {step.target}."
    routed = action(detail=True, methods=["post"], url_path=step.name)(make)
    return extend_schema(request=MoveSerializer, responses=view.serializer_class)(routed)  # last: a route starts afresh


IF_MATCH = OpenApiParameter("If-Match", str, OpenApiParameter.HEADER, required=True, description="ETag that was read.")


class VersionMissing(Invalid):
    """An edit says which version it was made from."""

    status = 428
    code = "version_missing"
    message = gettext_lazy("Send the header If-Match with the ETag of what you read.")


def version_asked(request: Request) -> str:
    """Return the version that an edit was made from.

    Raises:
        VersionMissing: the request does not say it.
    """
    version = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not version:
        raise VersionMissing
    return version


class Tagged(AnyViewSet):
    """View-set mixin (left of the view set) for rows with a `version`: one row is answered with its ETag."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return one row with its ETag."""
        del request, args, kwargs
        return self._answer(self.get_object())

    def tagged(self, row: Any, status_code: int = status.HTTP_200_OK) -> Response:
        """Answer with the row, read afresh, and the ETag of its version."""
        return self._answer(self.get_queryset().get(pk=row.pk), status_code)

    def _answer(self, row: Any, status_code: int = status.HTTP_200_OK) -> Response:
        headers = {"ETag": f'"{row.version}"'}
        return Response(self.get_serializer(row).data, status=status_code, headers=headers)


class ServiceScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # its base registers untyped
    """How partner systems sign in, for the API's document."""

    target_class = "governance.accounts.clients.ServiceAuthentication"
    name = "oauth2"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        """Describe the client credentials grant with every scope."""
        del auto_schema
        flow = {"tokenUrl": "/oauth/token", "scopes": Scopes().get_all_scopes()}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}


def problem(code: str, detail: str, status_code: int, **more: Any) -> Response:
    """Return problem details (RFC 9457) with a stable code."""
    body = {
        "type": f"urn:problem:{code}",
        "title": detail,
        "status": status_code,
        "code": code,
        "detail": detail,
        **more,
    }
    return Response(body, status=status_code, content_type=PROBLEM)


def problem_details(error: Exception, context: Mapping[str, Any]) -> Any:
    """Translate refusals, validation errors and framework errors into problem details; the rest is a bug (None)."""
    del context
    if isinstance(error, Repeated):
        return _repeat(error.row)
    set_rollback()
    if isinstance(error, DomainError):
        params = {name: force_str(value) for name, value in error.params.items()}
        more = {"field": error.field} if error.field else {}
        return problem(error.code, str(error), error.status, params=params, **more)
    if isinstance(error, ValidationError):
        errors = error.message_dict if hasattr(error, "error_dict") else {"non_field_errors": error.messages}
        return problem("invalid", _first(errors), status.HTTP_400_BAD_REQUEST, errors=errors)
    if isinstance(error, exceptions.ValidationError):
        return problem("invalid", _first(error.detail), error.status_code, errors=error.detail)
    return _framework_error(error)


def _framework_error(error: Exception) -> Response | None:
    if isinstance(error, Http404):
        error = exceptions.NotFound()
    elif isinstance(error, PermissionDenied):
        error = exceptions.PermissionDenied()
    if isinstance(error, exceptions.APIException):
        headers = {}
        if header := getattr(error, "auth_header", None):
            headers["WWW-Authenticate"] = header
        if wait := getattr(error, "wait", None):
            headers["Retry-After"] = str(int(wait))
        answer = problem(str(error.get_codes()), force_str(error.detail), error.status_code)
        for name, value in headers.items():
            answer[name] = value
        return answer
    if isinstance(error, RequestDataTooBig):
        text = _("What was sent is too large. At most %(limit)s MB are possible, files apart.")
        return problem(
            "request_too_large",
            text % {"limit": settings.DATA_UPLOAD_MAX_MEMORY_SIZE // 1024**2},
            status.HTTP_413_REQUEST_ENTITY_TOO_LARGE,
        )
    if isinstance(error, SuspiciousOperation):
        return problem("bad_request", _("What was sent cannot be read."), status.HTTP_400_BAD_REQUEST)
    if isinstance(error, OperationalError):
        return problem("database_busy", _("The database is busy. Please try again."), 503)
    if isinstance(error, IntegrityError):
        return problem("conflict", _("This contradicts what is already recorded."), 409)
    return None


def _first(errors: Any) -> str:
    """Return the first message of a nested error structure."""
    while isinstance(errors, dict | list):
        errors = next(iter(errors.values() if isinstance(errors, dict) else errors), "")
    return force_str(errors)


def _repeat(row: IdempotencyKey) -> Any:
    """Return the first answer again, byte for byte."""
    answer = HttpResponse(bytes(row.body or b""), status=row.status_code, content_type=row.content_type)
    answer["Idempotency-Replayed"] = "true"
    return answer
