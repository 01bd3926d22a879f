"""Finished pages: who shares one, and who gets a page of their own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import RequestFactory
from django.utils import translation

from governance.visitors import ELDER_COOKIE, kept_for_visitors

MADE = count(1)


@kept_for_visitors
def numbered(request: HttpRequest) -> HttpResponse:
    """Say how often a page was made."""
    if "form" in request.GET:
        get_token(request)
    return HttpResponse(str(next(MADE)), status=404 if "lost" in request.GET else 200)


@pytest.fixture(autouse=True)
def _kept(settings: Any) -> Iterator[None]:
    settings.KEPT_PAGES_SECONDS = 60
    cache.clear()
    yield
    cache.clear()


def shown(path: str = "/", language: str = "zh-hans", cookies: dict[str, str] | None = None, **headers: str) -> str:
    request = RequestFactory(headers=headers).get(path)
    request.COOKIES.update(cookies or {})
    with translation.override(language):
        return numbered(request).content.decode()


def test_passers_by_share_a_page() -> None:
    assert shown() == shown()


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/?before=3"},
        {"language": "en"},
        {"cookies": {ELDER_COOKIE: "1"}},
    ],
    ids=["another address", "another language", "large type"],
)
def test_what_looks_different_is_another_page(other: dict[str, Any]) -> None:
    first = shown()
    assert shown(**other) != first
    assert shown(**other) == shown(**other)


@pytest.mark.parametrize(
    "asked",
    [
        {"cookies": {"sessionid": "somebody"}},
        {"cookies": {"messages": "what was just done"}},
        {"headers": {"authorization": "Bearer token"}},
        {"headers": {"hx-request": "true"}},
        {"path": "/?form"},
        {"path": "/?lost"},
    ],
    ids=["signed in", "with a message", "with a token", "a part of a page", "a form with a token", "not found"],
)
def test_pages_of_their_own(asked: dict[str, Any]) -> None:
    path, cookies, headers = asked.get("path", "/"), asked.get("cookies"), asked.get("headers", {})
    assert shown(path, cookies=cookies, **headers) != shown(path, cookies=cookies, **headers)


def test_nothing_is_kept_in_the_demonstration_or_when_switched_off(settings: Any) -> None:
    settings.DEMONSTRATION = True
    assert shown() != shown()
    settings.DEMONSTRATION, settings.KEPT_PAGES_SECONDS = False, 0
    assert shown() != shown()


def test_browsers_ask_each_time() -> None:
    for _ in range(2):
        answer = numbered(RequestFactory().get("/"))
        assert answer.headers["Cache-Control"] == "no-cache"
        assert "Expires" not in answer.headers
        assert answer.headers["Vary"] == "Cookie, Accept-Language"
