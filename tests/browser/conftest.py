"""A real browser at 360 px: Debian's Chromium driven by Playwright on a thread of its own.

The ORM refuses to work on a thread where Playwright's event loop runs, so the browser lives on one executor thread and
tests send it functions. Without Chromium the tests are skipped with the reason; in CI that is a failure.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

T = TypeVar("T")
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="session")
def browser_thread() -> Iterator[Callable[[Callable[[Any], T]], T]]:
    """Return a function that runs `work(browser)` on the browser's thread."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        reason = "no Chromium on this machine (Debian: apt-get install chromium fonts-noto-cjk)"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - only where a browser is

    with ThreadPoolExecutor(1) as thread:
        playwright = thread.submit(lambda: sync_playwright().start()).result()
        arguments = [
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ]
        browser = thread.submit(lambda: playwright.chromium.launch(executable_path=chromium, args=arguments)).result()

        def run(work: Callable[[Any], T]) -> T:
            return thread.submit(work, browser).result()

        yield run
        thread.submit(browser.close).result()
        thread.submit(playwright.stop).result()


@pytest.fixture
def on_phone(browser_thread: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that runs `work(page)` in a fresh phone-sized context and fails on any CSP report."""

    def run(work: Callable[[Any], T], *, locale: str = "zh-CN") -> T:
        def in_context(browser: Any) -> T:
            context = browser.new_context(viewport=PHONE, locale=locale, device_scale_factor=2)
            page = context.new_page()
            refused: list[str] = []
            page.on("console", lambda message: refused.append(message.text) if _is_report(message.text) else None)
            page.on("pageerror", lambda error: refused.append(str(error)))
            try:
                result = work(page)
                assert refused == []
                return result
            finally:
                context.close()

        return browser_thread(in_context)

    return run


def _is_report(text: str) -> bool:
    return "Content Security Policy" in text or "Content-Security-Policy" in text
