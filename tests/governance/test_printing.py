"""Paper: what is printed can be read back, follows no address, and is refused by name where the machine cannot print."""

from __future__ import annotations

import io
from typing import Any

import pytest
from pypdf import PdfReader

from governance import printing
from tests.paper import needs_paper


@pytest.fixture
def template(settings: Any) -> str:
    """A page with rare characters and an address that must not be followed."""
    page = '<h1>{{ name }}</h1><img src="http://127.0.0.1:9/x.png"><link rel="stylesheet" href="file:///etc/passwd">'
    loaders = [("django.template.loaders.locmem.Loader", {"paper.html": page})]
    engine = settings.TEMPLATES[0] | {"APP_DIRS": False, "DIRS": []}
    settings.TEMPLATES = [engine | {"OPTIONS": engine["OPTIONS"] | {"loaders": loaders}}]
    return "paper.html"


@needs_paper
def test_what_is_printed_is_read_back(template: str) -> None:
    reader = PdfReader(io.BytesIO(printing.render(template, {"name": "感谢㐂𠮷"})))

    page = reader.pages[0]
    assert "".join(page.extract_text().split()) == "感谢㐂𠮷"
    assert (round(page.mediabox.width), round(page.mediabox.height)) == (595, 842)


def test_a_machine_without_libraries_says_so(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(printing, "lacking", lambda: "cannot load library 'libpango-1.0-0'")

    with pytest.raises(printing.PrintingUnavailable) as refusal:
        printing.render(template, {"name": "x"})

    assert (refusal.value.status, refusal.value.code) == (503, "printing_unavailable")
    assert "libpango" in str(refusal.value)
    assert "fonts-noto-cjk" in str(refusal.value)
