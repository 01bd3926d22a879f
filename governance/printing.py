"""PDF on paper size from a template: certificates, vouchers, statements.

WeasyPrint needs libraries of the system (Pango, HarfBuzz) and a font with Chinese signs. It is imported when something
is printed, so that everything else runs where they are missing; there, printing is refused with their names.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.cache import cache as shared
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from governance.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PACKAGES = "libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk"
"""What Debian and its kin call what is needed."""
STYLE = Path(__file__).resolve().parent.parent / "static" / "css" / "paper.css"


class PrintingUnavailable(DomainError):
    """The machine lacks the libraries or the font that PDF needs."""

    status = 503
    code = "printing_unavailable"
    message = _("PDF cannot be made on this server yet: %(lacking)s. The administrator installs %(packages)s.")


KEPT_SECONDS = 300
LARGEST_KEPT = 2 * 1024 * 1024


class PrintedTooOften(DomainError):
    """Somebody asks for one new sheet after another; making one costs a second of the server's time."""

    status = 429
    code = "printed_too_often"
    message = _("Many sheets were made from here just now. Please wait a minute and try again; nothing is lost.")


def kept(shows: object, who: str, make: Callable[[], bytes]) -> bytes:
    """Return the sheet that shows exactly this, made at most once in five minutes and for everybody.

    `shows` is all that stands on the sheet besides the moment of printing (its `repr` is the key, with the language), `who`
    the person or the address that asks. Only making is counted: whoever asks for a sheet that is there gets it, so that
    neighbors behind one address do not lock one another out of what hangs on the notice board.

    Raises:
        PrintedTooOften: too many new sheets from there in this minute.
        PrintingUnavailable: as for `render`.
    """
    name = f"print:{hashlib.sha256(f'{get_language()} {shows!r}'.encode()).hexdigest()}"
    known: bytes | None = shared.get(name)
    if known is not None:
        return known
    if settings.PRINTS_A_MINUTE and _counted(who) > settings.PRINTS_A_MINUTE:
        raise PrintedTooOften
    made = make()
    if len(made) <= LARGEST_KEPT:
        shared.set(name, made, KEPT_SECONDS)
    return made


def _counted(who: str) -> int:
    """Count one more sheet of a person or an address within a minute."""
    counted: int = shared.count(f"prints:{who}", 60)  # type: ignore[attr-defined]  # governance.accounts.cache has it
    return counted


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
