"""Every screen of the desk that the money and the consultation floors have, as the staff of a street.

The registry of the desk is walked: the list of each kind of row, the page on which one is entered, one row in each of
its states, and the form of every step that its buttons offer. Each screen opens, says everything in the reader's
language, and is looked at in Chinese and in English.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse

from funds.packs.models import FundRulePack
from governance.accounts.models import User
from governance.staff import StaffAdmin, desk_pages
from tests.people import desk_client
from tests.sweep.test_everybody import House

FLOORS = ("consultation", "funds")
LANGUAGES = ("zh-hans", "en")
FEWEST = 100
"""Screens that each of them is shown at least."""
ENGLISH = re.compile(r"(?<![\w./:-])[A-Za-z][a-z]{2,}(?![\w/:-])")
"""A word; not a part of an address, of a key or of the name of a file."""
CHINESE = re.compile(r"[\u4e00-\u9fff]+")
SILENT = {"script", "style", "template", "code", "pre", "textarea", "symbol"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
NAMING = {"label", "button", "legend"}
"""What names things of the product, and the heads of columns; the rest of a page shows what people wrote."""
SPOKEN = ("aria-label", "title", "alt", "placeholder")
SYMBOLS = "material-symbols"
"""The class of what is drawn as a sign, by a word of its own."""
OWN_NAMES = frozenset({"English", "简体中文", "Excel", "Word", "Python", "esc", "chair"})
"""Words that stay in every language: languages by themselves, programs, a key of the keyboard, what one may type."""


class Words(HTMLParser):
    """The text of a page that people read, and that part of it that names things."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.read: list[str] = []
        self.named: list[str] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Go in; what an attribute says aloud is read, too."""
        told = dict(attrs)
        is_sign = SYMBOLS in (told.get("class") or "")
        if tag == "input" and "label" in self.open:
            self.open[self.open.index("label")] = "choice"  # what people wrote, to be ticked
        if tag not in VOID:
            self.open.append("symbol" if is_sign else tag)
        self.read += [said for name, said in attrs if name in SPOKEN and said]

    def handle_endtag(self, tag: str) -> None:
        """Come out, past what was left open."""
        stands_for = {tag, "symbol"} | ({"choice"} if tag == "label" else set())
        while self.open and self.open.pop() not in stands_for:
            pass

    def handle_data(self, data: str) -> None:
        """Take what is shown."""
        if not data.strip() or SILENT & set(self.open):
            return
        self.read.append(data)
        if NAMING & set(self.open) or {"thead", "th"} <= set(self.open):
            self.named.append(data)


def staff_pages() -> list[tuple[type[Model], StaffAdmin]]:
    """Return the kinds of rows of these floors that the desk shows, with their pages."""
    found = [(model, page) for model, page in desk_pages().items() if isinstance(page, StaffAdmin)]
    return [(model, page) for model, page in found if model._meta.app_label in FLOORS]


def screens(page: StaffAdmin, model: type[Model], by: User) -> Iterator[str]:
    """Tell the addresses that this person may open: the list, the page for a new row, rows with their steps."""
    request = RequestFactory().get("/")
    request.user = by
    if not page.has_module_permission(request):
        return
    yield reverse(f"admin:{page.address('changelist')}")
    if page.has_add_permission(request):
        yield reverse(f"admin:{page.address('add')}")
    for row in _one_of_each(page.get_queryset(request)):
        yield reverse(f"admin:{page.address('change')}", args=[row.pk])
        for step in page.steps(request, row):
            if step.asks and step.url.startswith(reverse("admin:index")):
                yield step.url


def _one_of_each(rows: Any) -> list[Model]:
    """Return the first row in each state."""
    if "status" not in {field.name for field in rows.model._meta.concrete_fields}:
        return list(rows.order_by("pk")[:1])
    states = sorted(set(rows.order_by().values_list("status", flat=True)))
    return [rows.filter(status=state).order_by("pk")[0] for state in states]


def wrong_with(client: Client, address: str, language: str, names: frozenset[str]) -> list[str]:
    """Open a screen and tell what is wrong with it; what opening it wrote is undone."""
    client.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    with transaction.atomic():
        answer = client.get(address, follow=True)
        transaction.set_rollback(True)
    if answer.status_code != 200:
        return [f"{address}: {answer.status_code}"]
    words = Words(answer.content.decode())
    if language == "en":
        left = {found for text in words.named for found in CHINESE.findall(text)}
    else:
        left = {found for text in words.read for found in ENGLISH.findall(text)}
    left -= names | OWN_NAMES
    return [f"{address} {language}: {' '.join(sorted(left))}"] if left else []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_screen_of_the_desk_opens_and_speaks_the_language_of_its_reader(house: House, language: str) -> None:
    by = house.people["street_officer"]
    given = [*User.objects.values_list("username", flat=True), *FundRulePack.objects.values_list("key", flat=True)]
    names = frozenset(word for name in given for word in ENGLISH.findall(name))
    with transaction.atomic():
        client = desk_client(by)
        opened = [address for model, page in staff_pages() for address in screens(page, model, by)]
        wrong = [fault for address in opened for fault in wrong_with(client, address, language, names)]
        transaction.set_rollback(True)

    assert len(opened) > FEWEST
    assert wrong == []


ROOMS = ("socialorgs.", "projects.market.")
READING = (
    "community_staff",
    "other_community_staff",
    "street_officer",
    "other_street_officer",
    "supervisor",
    "auditor",
)
MOST_ROWS = 300


@pytest.mark.parametrize("name", READING)
def test_no_list_of_the_desk_leads_to_a_row_that_it_refuses(house: House, name: str) -> None:
    request = RequestFactory().get("/")
    request.user = house.people[name]
    refused, looked_at = {}, 0
    for model, page in desk_pages().items():
        if not model.__module__.startswith(ROOMS) or not page.has_module_permission(request):
            continue
        rows = list(page.get_queryset(request).order_by("-pk")[:MOST_ROWS])
        looked_at += len(rows)
        if closed := sum(not page.has_view_permission(request, row) for row in rows):
            refused[model._meta.label] = closed

    assert looked_at > 0
    assert refused == {}
