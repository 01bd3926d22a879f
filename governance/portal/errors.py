"""Error pages in the site's look, and problem details for the API's addresses."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from django.core.exceptions import RequestDataTooBig
from django.http import JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.csrf import requires_csrf_token

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

    from governance.errors import DomainError

API = "/api/"


def _answer(request: HttpRequest, status: HTTPStatus, code: str, title: str, text: str) -> HttpResponse:
    """Return the page, or the problem for a program."""
    if request.path_info.startswith(API):
        problem = {"type": f"urn:problem:{code}", "title": title, "status": status, "code": code, "detail": text}
        return JsonResponse(problem, status=status, content_type="application/problem+json")
    return render(request, "error.html", {"status": status.value, "heading": title, "text": text}, status=status)


@requires_csrf_token
def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: what came can't be read; 413: it is too large."""
    if isinstance(exception, RequestDataTooBig):
        text = _("What you sent is too long. Please shorten it and try again.")
        too_large = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        return _answer(request, too_large, "request_too_large", _("This did not work"), text)
    text = _("What your browser sent cannot be read. Please go back and try again.")
    return _answer(request, HTTPStatus.BAD_REQUEST, "bad_request", _("This did not work"), text)


@requires_csrf_token
def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: not for this person; a reason that was written for people is shown."""
    reason = str(exception) if exception and exception.args else ""
    text = reason or _("Your account has no right to this page. If you need it for your work, ask your administrator.")
    return _answer(request, HTTPStatus.FORBIDDEN, "permission_denied", _("This page is not open to you"), text)


@requires_csrf_token
def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: nothing here, or nothing that this person may know of."""
    del exception
    text = _("The address may be mistyped, or what stood here is not public. The search may help.")
    return _answer(request, HTTPStatus.NOT_FOUND, "not_found", _("There is no such page"), text)


@requires_csrf_token
def failed(request: HttpRequest) -> HttpResponse:
    """500: our fault; the page needs neither database nor session."""
    title = _("Something went wrong on our side")
    text = _(
        "The error has been recorded. Nothing of what you entered was half done. Please try again in a few minutes."
    )
    if request.path_info.startswith(API):
        return _answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "error", title, text)
    context = {"heading": title, "text": text}
    return render(
        None, "500.html", context, status=HTTPStatus.INTERNAL_SERVER_ERROR
    )  # no request: no context processor runs


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form that is too old, or from elsewhere."""
    del reason
    text = _("This form was open for too long, or cookies are switched off. Go back, load the page again and repeat.")
    return _answer(request, HTTPStatus.FORBIDDEN, "csrf_failed", _("This form is no longer valid"), text)


def refused(request: HttpRequest, refusal: DomainError) -> HttpResponse:
    """Show the reason of a refusal that came while a page was only looked at."""
    return _answer(request, HTTPStatus(refusal.status), refusal.code, _("This is not possible"), str(refusal))


def too_many(request: HttpRequest, *_rest: Any) -> HttpResponse:
    """429: slow down."""
    text = _("There were too many attempts from here in a short time. Please wait a minute and try again.")
    return _answer(request, HTTPStatus.TOO_MANY_REQUESTS, "throttled", _("Please wait a moment"), text)
