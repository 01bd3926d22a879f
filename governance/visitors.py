"""Finished pages for passers-by: a page that everybody opens at once is made once in some seconds.

Only for those of whom nothing is known but language and large type: no session, no message, no form that needs a token.
Who is signed in always gets a page made for them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.cache import patch_cache_control, patch_vary_headers
from django.views.decorators.cache import cache_page

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

ELDER_COOKIE = "elder"
"""Says 1 or 0 for large or usual type, for this browser."""
TOLD_APART = ("Cookie", "Accept-Language")

View = Callable[..., "HttpResponse"]


def kept_for_visitors(view: View) -> View:
    """Keep what this view answers to passers-by for `KEPT_PAGES_SECONDS`, by address, language and size of type.

    Browsers are told to ask each time, so that nobody who signs in or speaks up sees the page of before. The
    demonstration keeps nothing: its clock jumps.
    """

    def made(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        answer = view(request, *args, **kwargs)
        if "CSRF_COOKIE" in request.META:  # it holds a form with the token of this visitor
            patch_cache_control(answer, private=True)
        return answer

    @wraps(view)
    def answered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not settings.KEPT_PAGES_SECONDS or settings.DEMONSTRATION or not _is_passer_by(request):
            return view(request, *args, **kwargs)
        size = request.COOKIES.get(ELDER_COOKIE, "")[:1]
        answer = cache_page(settings.KEPT_PAGES_SECONDS, key_prefix=f"kept{size}")(made)(request, *args, **kwargs)
        answer.headers.pop("Expires", None)
        answer.headers["Cache-Control"] = "no-cache"
        patch_vary_headers(answer, TOLD_APART)
        return answer

    return answered


def _is_passer_by(request: HttpRequest) -> bool:
    """Whether nothing else than language and size of type tells this visitor from others."""
    known = {settings.LANGUAGE_COOKIE_NAME, ELDER_COOKIE}
    is_told_apart = any(name in request.headers for name in ("Authorization", "HX-Request"))
    return known.issuperset(request.COOKIES) and not is_told_apart
