"""Which column of a file is ours, whatever its sender calls it; and cells as text (pure)."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise


def heading(text: Any) -> str:
    """Return a heading as it is compared."""
    return "".join(unicodedata.normalize("NFKC", str(text or "")).lower().split())


@dataclass(frozen=True, slots=True)
class Layout:
    """The columns of one kind of file: what people call them, the usual headings, and the headings that were saved.

    Without saved headings the usual ones are looked for; with them, nothing else.
    """

    fields: Mapping[str, tuple[StrPromise, tuple[str, ...]]]
    needed: tuple[str, ...]
    saved: Mapping[str, str] = field(default_factory=dict)

    def saved_as(self, columns: Mapping[str, str]) -> Layout:
        """Return the layout with the headings that were saved."""
        return replace(self, saved=columns)

    def wanted(self, name: str) -> str:
        """Return the heading that a column should have."""
        return self.saved.get(name) or self.fields[name][1][0]

    def places(self, cells: list[Any]) -> dict[str, int]:
        """Return where our columns stand in a row of headings; at the first of two places."""
        found = [heading(cell) for cell in cells]
        places = {}
        for name, (_label, known) in self.fields.items():
            texts = [heading(self.saved[name])] if self.saved.get(name) else [heading(text) for text in known]
            if self.saved and not self.saved.get(name):
                continue
            place = next((index for index, text in enumerate(found) if text and text in texts), None)
            if place is not None:
                places[name] = place
        return places


def text_of(cell: Any) -> str:
    """Return a cell as text without the spaces around it."""
    return "" if cell is None else unicodedata.normalize("NFC", str(cell)).strip()
