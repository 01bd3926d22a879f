"""What every answer carries: its language, its content policy, and a sentence where an operation refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.core.exceptions import RateLimited
from csp.middleware import CSPMiddleware
from django.conf import settings
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import check_for_language, get_language_from_request, get_supported_language_variant

from governance.errors import DomainError
from governance.pages import back_with
from governance.portal.errors import refused, too_many
from governance.portal.policies import RELAXED

if TYPE_CHECKING:
    from collections.abc import Callable

    from csp.middleware import PolicyParts
    from django.http import HttpRequest, HttpResponse

API = "/api/"


class ChosenLanguage:
    """Answers pages in the chosen language, Chinese unless chosen, and the API in the language that its client names.

    Unlike Django's own, the pages don't follow the browser's list: many a phone in the district is set to English.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer under the language."""
        is_api = request.path_info.startswith(API)
        language = get_language_from_request(request) if is_api else chosen_language(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        answer = self.get_response(request)
        if is_api:
            patch_vary_headers(answer, ("Accept-Language",))
        answer.headers.setdefault("Content-Language", language)
        return answer


def chosen_language(request: HttpRequest) -> str:
    """Return the language of the visitor's cookie if we have it, otherwise the site's own."""
    chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
    if not check_for_language(chosen):
        return settings.LANGUAGE_CODE
    try:
        return get_supported_language_variant(chosen)
    except LookupError:
        return settings.LANGUAGE_CODE


class ContentPolicy(CSPMiddleware):
    """The strict content security policy, relaxed on the few addresses whose pages are not ours."""

    def get_policy_parts(
        self,
        request: HttpRequest,
        response: Any,
        report_only: bool = False,  # noqa: FBT001, FBT002 - django-csp's signature
    ) -> PolicyParts:
        """Add what the address needs."""
        parts = super().get_policy_parts(request, response, report_only)
        more = next((more for start, more in RELAXED.items() if request.path_info.startswith(start)), None)
        if more:
            parts.update = {**(parts.update or {}), **more}
        return parts


class Refused:
    """A refusal that no view has translated: back to the form's page with the reason, or a page that says it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer; refusals come through `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Translate a refusal; signing in and up have a limit of their own, which allauth raises and nobody catches."""
        if isinstance(error, RateLimited):
            return too_many(request)
        if not isinstance(error, DomainError):
            return None
        return back_with(request, error) if request.method == "POST" else refused(request, error)
