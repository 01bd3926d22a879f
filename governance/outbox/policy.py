"""How a feed marks its place: a transaction, and a row of it, written so that a receiver can keep it."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from governance.errors import Invalid


class Cursor(NamedTuple):
    """A place in a feed: after this row of this transaction."""

    transaction: int
    row: int


BEGINNING = Cursor(0, 0)


def write_cursor(cursor: Cursor, *, version: str) -> str:
    """Return a place in a feed as receivers keep it; what stands in it is nobody's business."""
    return base64.urlsafe_b64encode(f"{version}.{cursor.transaction}.{cursor.row}".encode()).decode().rstrip("=")


def read_cursor(text: str, *, version: str, refusal: type[Invalid]) -> Cursor:
    """Return the place that a receiver has kept.

    Raises:
        Invalid: it is none of this feed's; the feed names its own refusal.
    """
    try:
        plain = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, ValueError) as error:
        raise refusal(field="after") from error
    found = re.fullmatch(rf"{version}\.(\d{{1,18}})\.(\d{{1,18}})", plain)
    if found is None:
        raise refusal(field="after")
    return Cursor(int(found[1]), int(found[2]))
