"""What every page must keep to on a phone: its width, its language, the size of what is pressed, and axe's rules."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore

from governance.accounts.models import User

CHINESE, ENGLISH = "zh-Hans", "en"
SMALLEST_TARGET = 44
"""In CSS pixels, as for thumbs."""

WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
WIDER = """() => {
    const look = () => {
        if (document.scrollingElement.scrollWidth <= window.innerWidth) return [];
        const parts = [...document.body.querySelectorAll("*")].filter(
            part => part.getBoundingClientRect().right > window.innerWidth && !part.closest(".table-scroll")
        );
        return parts.slice(-1).map(part => part.outerHTML.slice(0, 160)).concat("");
    };
    const found = look();
    document.documentElement.classList.toggle("elder");
    found.push(...look());
    document.documentElement.classList.toggle("elder");
    return found;
}"""
TARGETS = """() => [...document.querySelectorAll(
    ".mark, main .button:not(.button--small), main .form-actions button, main summary, main .tile > a"
)].filter(part => part.checkVisibility()).map(part => [part.innerText.trim(), part.offsetHeight])"""
ENGLISH_LEFT = """(allowed) => {
    const found = new Set();
    const look = (text) => {
        const words = (text || "").replace(/https?:\\S+|\\S+\\.(csv|jsonl?|pdf|png|py)\\b/g, "").match(/[A-Za-z][a-z]{2,}/g) || [];
        for (const word of words) if (!allowed.includes(word)) found.add(word);
    };
    const walker = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
    for (let node; (node = walker.nextNode()); ) {
        if (!node.parentElement.closest("code, pre, script, style, input, textarea, [lang=en]")) look(node.data);
    }
    for (const name of ["aria-label", "title", "alt", "placeholder", "data-label"]) {
        for (const part of document.querySelectorAll(`[${name}]`)) look(part.getAttribute(name));
    }
    return [...found];
}"""
NAMES = ("Python", "Web", "wangxiaoming")
"""Latin words that stay in a Chinese sentence, besides names of files: Web begins WebP, the last is an example."""


def faults(page: Any, language: str, *, is_examined: bool = True) -> list[str]:
    """Tell what is wrong with the page that is open, in this size of type and, as to its width, in the other too.

    axe, which is slow, looks only at a page that is examined.
    """
    found = []
    if (spoken := page.get_attribute("html", "lang")) != language:
        found.append(f"speaks {spoken}")
    if wider := page.evaluate(WIDER):
        found.append(f"is wider than the screen in one of the sizes of type: {next(filter(None, wider), '')}")
    found += [
        f"has a target of {height} px: {text}" for text, height in page.evaluate(TARGETS) if height < SMALLEST_TARGET
    ]
    if language == CHINESE:
        found += [f"has English left: {word}" for word in page.evaluate(ENGLISH_LEFT, list(NAMES))]
    if is_examined:
        for violation in Axe().run(page, options=WCAG).response["violations"]:
            found += [f"{violation['id']}: {node['html']}" for node in violation["nodes"]]
    return [f"{page.url} {language}: {fault}" for fault in found]


def session_cookie(user: User, address: str) -> dict[str, str]:
    """Return the cookie of somebody who is signed in."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    return {"name": settings.SESSION_COOKIE_NAME, "value": str(session.session_key), "url": address}
