"""Partner systems, their rates, the permission bridge and cursor pages: who calls the API, what they may, how much comes at once.

Apart from `governance.api`, because Django REST framework loads these classes before its own views.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, cast

from django.core.cache import cache
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_filters.rest_framework import DjangoFilterBackend
from oauth2_provider.contrib.rest_framework import OAuth2Authentication
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.permissions import BasePermission
from rest_framework.throttling import AnonRateThrottle, SimpleRateThrottle, UserRateThrottle

from governance.accounts.scopes import READ, WRITE
from governance.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from django.db.models import QuerySet
    from rest_framework.request import Request
    from rest_framework.views import APIView

    from governance.accounts.cache import ForgivingRedisCache


class TokenValidator(OAuth2Validator):  # type: ignore[misc]  # the base is untyped
    """The library's rules for tokens; the service user comes with the token, in one query."""

    def _load_access_token(self, token: str) -> AccessToken | None:
        checksum = hashlib.sha256(token.encode()).hexdigest()
        # Tokens of client credentials name no user of their own.
        return AccessToken.objects.select_related("application__user").filter(token_checksum=checksum).first()


class ServiceAuthentication(OAuth2Authentication):  # type: ignore[misc]  # the base is untyped
    """A partner system by OAuth 2 client credentials; it acts as its own service user."""

    def authenticate(self, request: Request) -> tuple[Any, Any] | None:
        """Return the service user of the token's application, and the token; None without a token.

        A token comes in the header alone, so without one there is nothing to ask; the plain request is handed on,
        because the library reads the form's fields, and a body that can't be read would be refused before its sender.
        """
        if not request.headers.get("Authorization", "").lower().startswith("bearer "):
            return None
        plain = request._request  # noqa: SLF001 - Django REST framework's own name for it
        found = super().authenticate(plain)
        if found is None:
            request.oauth2_error = getattr(plain, "oauth2_error", {})  # type: ignore[attr-defined]  # read for the header
            raise exceptions.AuthenticationFailed(
                _("The access token is unknown, expired or revoked."), "invalid_token"
            )
        user, token = found
        user = user or token.application.user
        if user is None or not user.is_active:
            raise exceptions.AuthenticationFailed(_("This client has no active service user."))
        return user, token


class Counted(SimpleRateThrottle):
    """Throttle mixin (left of the throttle): requests are counted minute by minute, in one round trip.

    Django REST framework keeps a list of the moments of all requests instead, which is read and written whole each time.
    """

    duration: int
    num_requests: int

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Count the request and tell whether it is still within the rate."""
        key = self.get_cache_key(request, view)
        if key is None:
            return True
        number, self._left = divmod(self.timer(), self.duration)
        counts = cast("ForgivingRedisCache", cache)
        return counts.count(f"{key}:{int(number)}", self.duration) <= self.num_requests

    def wait(self) -> float:
        """Return the seconds until the next stretch begins."""
        return float(self.duration - self._left)


class AnonymousRate(Counted, AnonRateThrottle):
    """The rate of callers without a sign-in, by address."""


class UserRate(Counted, UserRateThrottle):
    """The rate of those who are signed in, people and partner systems."""


class PermissionBridge(BasePermission):
    """Map the view's action to a permission code of `rules`, and for partner systems to a scope.

    A view set declares `permissions = {"list": "funds.view_order", "create": …}`; an action that is missing there is
    refused. `None` as a code means public. Moves take their code from the lifecycle (`governance.api.Moves`).

    The right is decided before the body is read, so a body tells nothing to those without it. Where the right hangs on
    an object that the body names (most of what is created), the bridge refuses whoever has it nowhere; for that very
    object the operation decides, first thing after the body's shape is known.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        """Answer before the object is known."""
        name = getattr(view, "action", None)
        if name is None:
            raise exceptions.MethodNotAllowed(str(request.method))
        if name == "metadata":
            return True
        if name == "moves":
            return self._scope_allows(request, view)
        if name in getattr(view, "move_names", ()):
            return bool(request.user.is_authenticated) and self._scope_allows(request, view)
        codes: Mapping[str, str | None] = getattr(view, "permissions", {})
        if name not in codes:
            return False
        code = codes[name]
        if not self._scope_allows(request, view):
            return False
        return code is None or bool(request.user.is_authenticated and request.user.has_perm(code))

    def has_object_permission(self, request: Request, view: APIView, obj: Any) -> bool:
        """Answer for one object."""
        name = getattr(view, "action", "")
        if name == "moves" or name in getattr(view, "move_names", ()):
            return True  # the mover asks the lifecycle's own permission
        code = getattr(view, "permissions", {}).get(name)
        return code is None or request.user.has_perm(code, obj)

    def _scope_allows(self, request: Request, view: APIView) -> bool:
        """Tell whether the token's scopes reach this call; a token that lacks one is told which."""
        token = request.auth
        if token is None or not hasattr(token, "allow_scopes"):
            return True
        way = READ if request.method in {"GET", "HEAD", "OPTIONS"} else WRITE
        floor = getattr(view, "floor", type(view).__module__.split(".")[0])
        wanted = f"{floor}:{way}"
        if token.allow_scopes([wanted]):
            return True
        self.code = "scope_missing"
        self.message = _("The token lacks the scope “%(scope)s”. Ask for it with the token, or have it allowed.") % {
            "scope": wanted
        }
        return False


class Pages(CursorPagination):
    """Cursor pages of 50, newest first; at most 200 by `page_size`. No page ever counts its table."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 200
    ordering = "-id"


class Json(JSONParser):
    """JSON that can be taken apart and written down: neither nested without end nor with half a character in it.

    No field lets half a character (a lone surrogate, `\\ud800`) into a column, but what refuses it by quoting it could
    not be sent either.
    """

    def parse(self, stream: Any, media_type: Any = None, parser_context: Any = None) -> Any:
        """Read the body.

        Raises:
            ParseError: it is no such JSON; what the reader says of it follows in brackets.
        """
        try:
            found = super().parse(stream, media_type, parser_context)
            json.dumps(found, ensure_ascii=False).encode()
        except (exceptions.ParseError, UnicodeEncodeError, RecursionError) as error:
            text = _("What was sent cannot be read.")
            raise exceptions.ParseError(f"{text} ({error})") from error
        return found


class UnknownParameter(Invalid):
    """A list narrows by what it knows: a misspelled name would otherwise hand out everything."""

    code = "list_parameter_unknown"
    message = gettext_lazy("This list knows no parameter “%(name)s”. It knows: %(known)s.")


def refuse_unknown(request: Request, known: Collection[str]) -> None:
    """Let an address pass whose parameters are all known.

    Raises:
        UnknownParameter: the address carries a name that nobody reads.
    """
    unknown = sorted(set(request.query_params).difference(known))
    if unknown:
        raise UnknownParameter(field=unknown[0], name=unknown[0], known=", ".join(sorted(known)))


class Filters(DjangoFilterBackend):
    """The filters of a list, which refuse a parameter that nobody reads instead of passing over it.

    What a view reads besides its filters and its pages, it names in `more_parameters`.
    """

    def filter_queryset(self, request: Any, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        """Narrow the rows.

        Raises:
            UnknownParameter: the address carries a name that the list does not know.
        """
        if getattr(view, "detail", None) is False and request.method in {"GET", "HEAD"}:
            refuse_unknown(request, {*self._names(request, queryset, view), *getattr(view, "more_parameters", ())})
        found: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        return found

    def _names(self, request: Request, queryset: QuerySet[Any], view: Any) -> Iterator[str]:
        yield from (Pages.cursor_query_param, Pages.page_size_query_param)
        filters = self.get_filterset(request, queryset, view)
        for name, field in filters.form.fields.items() if filters else ():
            suffixes = getattr(field.widget, "suffixes", None)
            yield from [field.widget.suffixed(name, suffix) for suffix in suffixes] if suffixes else [name]
