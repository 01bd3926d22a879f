"""Which language a request is answered in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import check_for_language, get_language_from_request, get_supported_language_variant

if TYPE_CHECKING:
    from collections.abc import Callable

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
