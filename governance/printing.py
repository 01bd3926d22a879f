"""PDF on paper size from a template: certificates, vouchers, statements.

WeasyPrint needs libraries of the system (Pango, HarfBuzz) and a font with Chinese signs. It is imported when something
is printed, so that everything else runs where they are missing; there, printing is refused with their names.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _

from governance.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
"""What Debian and its kin call what is needed."""
STYLE = Path(__file__).resolve().parent.parent / "static" / "css" / "paper.css"


class PrintingUnavailable(DomainError):
    """The machine lacks the libraries or the font that PDF needs."""

    status = 503
    code = "printing_unavailable"
    message = _("PDF cannot be made on this server yet: %(lacking)s. The administrator installs %(packages)s.")


def render(template: str, context: Mapping[str, Any]) -> bytes:
    """Return the PDF of a template with `static/css/paper.css` as its style; nothing is fetched from anywhere.

    Raises:
        PrintingUnavailable: a library or the font is missing.
    """
    if reason := lacking():
        raise PrintingUnavailable(lacking=reason, packages=PACKAGES)
    weasyprint = _weasyprint()
    nothing = weasyprint.URLFetcher(allowed_protocols=[])
    page = weasyprint.HTML(string=render_to_string(template, dict(context)), url_fetcher=nothing)
    made: bytes = page.write_pdf(stylesheets=[weasyprint.CSS(string=STYLE.read_text(encoding="utf-8"))])
    return made


@cache
def _weasyprint() -> Any:
    """Import the library, and take back what it switches for the whole process: a cut photo is still no photo elsewhere."""
    from PIL import ImageFile  # noqa: PLC0415 - as below

    was = ImageFile.LOAD_TRUNCATED_IMAGES
    try:
        import weasyprint  # noqa: PLC0415 - needs libraries of the system, which not every machine has
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = was
    return weasyprint


@cache
def lacking() -> str:
    """Return what is missing for printing, nothing when all of it is there; asked once per process."""
    try:
        _weasyprint()
    except (ImportError, OSError) as error:
        return str(error).splitlines()[0]
    return "" if _has_chinese_font() else str(_("no font with Chinese signs"))


class _FontSet(ctypes.Structure):
    _fields_ = (("count", ctypes.c_int), ("size", ctypes.c_int), ("fonts", ctypes.c_void_p))


def _has_chinese_font() -> bool:
    """Ask fontconfig, which chooses the fonts, for one that covers simplified Chinese."""
    name = ctypes.util.find_library("fontconfig")
    if not name:
        return False
    fontconfig = ctypes.CDLL(name)
    for function in ("FcPatternCreate", "FcObjectSetCreate"):
        getattr(fontconfig, function).restype = ctypes.c_void_p
    fontconfig.FcFontList.restype = ctypes.POINTER(_FontSet)
    pattern = ctypes.c_void_p(fontconfig.FcPatternCreate())
    objects = ctypes.c_void_p(fontconfig.FcObjectSetCreate())
    fontconfig.FcPatternAddString(pattern, b"lang", ctypes.c_char_p(b"zh-cn"))
    found = fontconfig.FcFontList(None, pattern, objects)
    return bool(found) and found.contents.count > 0
