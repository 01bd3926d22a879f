"""A person at a browser without script: sees pages, follows links and presses buttons that really stand on them.

Forms are read from the page and sent with what stands in them, token against forgery included. A field, a choice or a
button that the page does not offer is a failure of the story, not something to be posted past it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

from django.test import Client

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
UNSEEN = {"script", "style", "title", "template", "option"}
FINE = 200
ICON = "material-symbols"
ON_THE_DESK = "*:mb-0!"
"""The only mark of a message above a page of the desk."""


@dataclass
class Control:
    """One name of a form: what is sent unless somebody changes it, and what may be chosen (None: anything)."""

    value: Any = None
    choices: list[str] | None = None
    is_many: bool = False
    labels: dict[str, str] = field(default_factory=dict)

    def chosen(self, given: Any) -> Any:
        """Return what is sent for what a person chooses: a value, or the words of an option."""
        if self.choices is None:
            return given
        wanted = [self._value(str(one)) for one in (given if self.is_many else [given])]
        assert set(wanted) <= set(self.choices), f"{given} is not offered, only {self.labels or self.choices}"
        return wanted if self.is_many else wanted[0]

    def _value(self, words: str) -> str:
        """Return the value of the one option that has these words in it, else the words."""
        found = [value for label, value in self.labels.items() if words in label]
        return found[0] if len(found) == 1 else self.labels.get(words, words)


@dataclass
class Form:
    """One form as it stands on a page; `buttons` are (label, name, value)."""

    action: str
    method: str
    id: str = ""
    controls: dict[str, Control] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)

    def filled(self, fields: dict[str, Any], button: tuple[str, str, str]) -> dict[str, Any]:
        """Return what is sent when a button is pressed after these fields were changed."""
        unknown = set(fields) - set(self.controls)
        assert not unknown, f"{self.action} has no field {sorted(unknown)}, only {sorted(self.controls)}"
        sent = {name: control.value for name, control in self.controls.items() if control.value not in (None, [])}
        for name, value in fields.items():
            sent[name] = self.controls[name].chosen(value)
        _label, name, value = button
        return {**sent, name: value} if name else sent


class Reader(HTMLParser):
    """Reads a page into text, links, forms and what was said above it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.messages: list[str] = []
        self.errors: list[str] = []
        self.badges: list[str] = []
        self.words: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._form: Form | None = None
        self._gathered: list[tuple[int, str, dict[str, str], list[str]]] = []
        self._options: list[tuple[str, bool, list[str]]] = []

    @classmethod
    def of(cls, html: str) -> Reader:
        """Read a whole page."""
        reader = cls()
        reader.feed(html)
        reader.close()
        return reader

    @property
    def text(self) -> str:
        """What a person reads, in one line."""
        return re.sub(r"\s+", " ", " ".join(self.words)).strip()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take a form, a control, a link or a message in."""
        found = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._form = Form(found.get("action", ""), found.get("method", "get").lower(), found.get("id", ""))
            self.forms.append(self._form)
        elif tag == "input":
            self._input(found)
        elif tag == "option":
            self._options.append((found.get("value", ""), "selected" in found, []))
        elif tag == "select":
            self._options = []
        if tag in VOID:
            return
        self._open.append((tag, found))
        if self._role(tag, found):
            self._gathered.append((len(self._open), tag, found, []))

    @staticmethod
    def _role(tag: str, found: dict[str, str]) -> str:
        names = set(found.get("class", "").split())
        if tag in {"a", "button", "textarea", "select"}:
            return tag
        if names & {"errorlist", "errornote"} or (tag == "li" and "notice--error" in names):
            return "errors"
        if "badge" in names:
            return "badge"
        return "message" if tag == "li" and names & {"notice", ON_THE_DESK} else ""

    def handle_data(self, data: str) -> None:
        """Keep what is read, for the page and for every element that is being gathered."""
        if any(ICON in attrs.get("class", "") for _tag, attrs in self._open):
            return
        if not any(tag in UNSEEN for tag, _attrs in self._open):
            self.words.append(data)
        if self._options and self._open and self._open[-1][0] == "option":
            self._options[-1][2].append(data)
        for _depth, _tag, _attrs, words in self._gathered:
            words.append(data)

    def handle_endtag(self, tag: str) -> None:
        """Close an element; elements whose end was left out end with it."""
        if tag not in {name for name, _attrs in self._open}:
            return
        while self._open:
            depth, name = len(self._open), self._open[-1][0]
            while self._gathered and self._gathered[-1][0] == depth:
                self._end(*self._gathered.pop()[1:])
            self._open.pop()
            if name == tag:
                break
        if tag == "form":
            self._form = None

    def _end(self, tag: str, found: dict[str, str], words: list[str]) -> None:
        text, role = "".join(words), self._role(tag, found)
        label = re.sub(r"\s+", " ", text).strip()
        if role == "a":
            self.links.append((found.get("href", ""), label))
        elif role == "message":
            self.messages.append(label)
        elif role == "badge":
            self.badges.append(label)
        elif role == "errors":
            self.errors.append(label)
        elif role == "button" and found.get("type", "submit") == "submit" and "disabled" not in found:
            self._button(found, label)
        elif self._form is None or "disabled" in found:
            return
        elif role == "textarea":
            self._form.controls[found["name"]] = Control(text.removeprefix("\n"))
        elif role == "select" and "name" in found:
            self._select(found)

    def _button(self, found: dict[str, str], label: str) -> None:
        """Add a button to the form around it, or to the one that it names."""
        named = [form for form in self.forms if form.id == found["form"]] if "form" in found else [self._form]
        for form in named:
            if form is not None:
                form.buttons.append((label, found.get("name", ""), found.get("value", "")))

    def _select(self, found: dict[str, str]) -> None:
        assert self._form is not None
        values = [value for value, _is_chosen, _words in self._options]
        chosen = [value for value, is_chosen, _words in self._options if is_chosen]
        labels = {" ".join("".join(words).split()): value for value, _is_chosen, words in self._options}
        is_many = "multiple" in found
        first = chosen if is_many else (chosen or values or [""])[0]
        is_free = any(name.startswith("data-ajax") for name in found)
        self._form.controls[found["name"]] = Control(first, None if is_free else values, is_many, labels)

    def _input(self, found: dict[str, str]) -> None:
        if self._form is None or "name" not in found or "disabled" in found:
            return
        controls, name, kind = self._form.controls, found["name"], found.get("type", "text")
        if kind == "submit":
            self._form.buttons.append((found.get("value", ""), name, found.get("value", "")))
        elif kind in {"radio", "checkbox"}:
            value = found.get("value", "on")
            control = controls.setdefault(name, Control([] if kind == "checkbox" else None, [], kind == "checkbox"))
            assert control.choices is not None
            control.choices.append(value)
            if "checked" in found:
                control.value = [*control.value, value] if control.is_many else value
        elif kind == "file":
            controls[name] = Control()
        else:
            controls[name] = Control(found.get("value", ""))


class Person:
    """Somebody with a browser; `page` is what they look at, `path` where they are."""

    def __init__(self, client: Client | None = None, name: str = "") -> None:
        self.client = client or Client(enforce_csrf_checks=True)
        self.name = name
        self.path = "/"
        self.page = Reader()
        self.status = 0

    def __repr__(self) -> str:
        return f"{self.name or 'a visitor'} at {self.path}"

    def go(self, path: str, status: int = 200) -> Person:
        """Open an address and read what comes."""
        self._read(self.client.get(path, follow=True), path)
        assert self.status == status, f"{self!r} sees {self.status}: {self.page.text[:500]}"
        return self

    def follow(self, label: str) -> Person:
        """Follow the link with this text."""
        found = [href for href, text in self.page.links if text == label]
        assert found, f"{self!r} sees no link “{label}”, only {[text for _href, text in self.page.links]}"
        return self.go(urljoin(self.path, found[0]))

    def add(self, path: str) -> Person:
        """Open a list of the desk and follow its button for a new row, which is a mere sign where there are rows."""
        found = [href for href, _text in self.go(path).page.links if urljoin(path, href).startswith(f"{path}add/")]
        assert found, f"{self!r} may add nothing"
        return self.go(urljoin(path, found[0]))

    def offers(self, label: str, at: str = "") -> bool:
        """Tell whether a button stands on the page."""
        return bool(self._found(label, at))

    def _said(self) -> list[str]:
        """Return what was said against or for the last act; a page that is a refusal says it as a whole."""
        return [*self.page.errors, *self.page.messages, *([self.page.text] if self.status != FINE else [])]

    def _labels(self) -> list[str]:
        return sorted({text for form in self.page.forms for text, _name, _value in form.buttons})

    def press(self, label: str, at: str = "", *, refused: str = "", status: int = 200, **fields: Any) -> Person:
        """Fill a form in and press its button; `at` is a part of the form's address, where several have the button.

        What the page says against it fails the story, unless `refused` names a part of what it must say.
        """
        found = self._found(label, at)
        assert found, f"{self!r} sees no button “{label}” at “{at}”, only {self._labels()}: {self.page.text[:1500]}"
        form, button = found[0]
        target = urljoin(self.path, form.action)
        send = self.client.post if form.method == "post" else self.client.get
        self._read(send(target, form.filled(fields, button), follow=True), target)
        said = self._said()
        if refused:
            assert any(refused in text for text in said), f"{self!r} hears {said}, not “{refused}”"
            return self
        assert self.status == status, f"{self!r} sees {self.status}: {said} {self.page.text[:500]}"
        assert not self.page.errors, f"{self!r} hears {said}"
        return self

    def forge(self, path: str, refused: str, **data: Any) -> Person:
        """Send what no button on the page sends; it must be refused in these words."""
        token = self.client.cookies["csrftoken"].value
        self._read(self.client.post(path, {**data, "csrfmiddlewaretoken": token}, follow=True), path)
        said = self._said()
        assert any(refused in text for text in said), f"{self!r} hears {said}, not “{refused}”"
        return self

    def _found(self, label: str, at: str) -> list[tuple[Form, tuple[str, str, str]]]:
        return [
            (form, button)
            for form in self.page.forms
            for button in form.buttons
            if button[0] == label and at in urljoin(self.path, form.action)
        ]

    def sees(self, *words: str) -> Person:
        """Read all of these on the page."""
        missing = [word for word in words if word not in self.page.text]
        assert not missing, f"{self!r} does not read {missing} in: {self.page.text[:3000]}"
        return self

    def misses(self, *words: str) -> Person:
        """Read none of these on the page."""
        seen = [word for word in words if word in self.page.text]
        assert not seen, f"{self!r} reads {seen} in: {self.page.text[:3000]}"
        return self

    def hears(self, words: str) -> Person:
        """Find these words among what is said above the page."""
        assert any(words in text for text in self.page.messages), f"{self!r} hears {self.page.messages}"
        return self

    def link(self, label: str) -> str:
        """Return the address of the link with this text."""
        return next(urljoin(self.path, href) for href, text in self.page.links if text == label)

    def address(self, start: str) -> str:
        """Return the first address on the page that is this with a number behind it."""
        found = [href for href, _text in self.page.links if re.search(rf"{start}\d+/$", href)]
        assert found, f"{self!r} sees no address {start}…, only {[href for href, _text in self.page.links]}"
        return urljoin(self.path, found[0])

    def badges(self) -> list[str]:
        """Return what the badges of the page say: the states of what it shows."""
        return self.page.badges

    def file(self, path: str) -> bytes:
        """Download a file."""
        answer: Any = self.client.get(path)
        assert answer.status_code == 200, f"{self!r} gets {answer.status_code} for {path}"
        return b"".join(answer.streaming_content) if answer.streaming else bytes(answer.content)

    def _read(self, answer: Any, path: str) -> None:
        self.status = answer.status_code
        self.path = answer.redirect_chain[-1][0] if answer.redirect_chain else path
        self.path = urljoin(path, self.path)
        kind = answer.headers.get("Content-Type", "")
        self.page = Reader.of(answer.content.decode()) if kind.startswith("text/html") else Reader()
