"""The days and limits of the one inbox, and what a resident's text must not hold (pure)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from communities.policy.policy import declare, whole
from governance.errors import Invalid

LONGEST_TITLE = 100
LONGEST_TEXT = 2000
LONGEST_PLACE = 200
LONGEST_NAME = 50
LONGEST_CONTACT = 100
LONGEST_REFERENCE = 80
LONGEST_SUMMARY = 300
LONGEST_DEPARTMENT = 100
MOST_PHOTOS = 20
HIGHEST_MARK = 5

SORT_DAYS = declare(
    "matter.sort_days",
    _("A matter is sorted or turned down within"),
    unit="working days",
    read=whole,
    default=5,
    basis="Default of this platform; five working days as in the statutes of consultation councils",
)

DUE_DAYS_BIG = declare(
    "matter.due_days.big",
    _("A big matter is answered after sorting within"),
    unit="working days",
    read=whole,
    default=15,
    basis="Default of this platform, in the range of the cities' rules for 12345 work orders",
)

DUE_DAYS_SMALL = declare(
    "matter.due_days.small",
    _("A small matter is answered or taken up after sorting within"),
    unit="working days",
    read=whole,
    default=15,
    basis="Default of this platform, in the range of the cities' rules for 12345 work orders",
)

DUE_DAYS_PRIVATE = declare(
    "matter.due_days.private",
    _("A private matter is answered after sorting within"),
    unit="working days",
    read=whole,
    default=5,
    basis="Default of this platform, in the range of the cities' rules for 12345 work orders",
)

DUE_DAYS = {"BIG": DUE_DAYS_BIG, "SMALL": DUE_DAYS_SMALL, "PRIVATE": DUE_DAYS_PRIVATE}

SILENT_DAYS = declare(
    "matter.silent_days",
    _("An answered matter closes by itself when the person has said nothing for"),
    unit="working days",
    read=whole,
    default=10,
    basis="Default of this platform",
)

PER_DAY = declare(
    "matter.per_day",
    _("One person may raise on one day at most"),
    unit="matters",
    read=whole,
    default=10,
    basis="Default of this platform",
)


class WordsMissing(Invalid):
    """What was asked for was left empty."""

    code = "words_missing"
    message = _("Please write something here, in at most %(limit)s characters.")


class WordsTooLong(Invalid):
    """More was written than fits."""

    code = "words_too_long"
    message = _("This has %(length)s characters; at most %(limit)s are possible.")


def fitting(field: str, text: str, limit: int, *, is_required: bool = True) -> str:
    """Return a text as it is kept: without empty ends, its lines ended alike.

    Raises:
        WordsMissing, WordsTooLong: it does not fit.
    """
    said = text.replace("\r\n", "\n").strip()
    if is_required and not said:
        raise WordsMissing(field=field, limit=limit)
    if len(said) > limit:
        raise WordsTooLong(field=field, length=len(said), limit=limit)
    return said


class MarkOutOfRange(Invalid):
    """People say how satisfied they are from 1 to 5."""

    code = "mark_out_of_range"
    message = _("Please say how satisfied you are, from 1 to 5.")


def check_mark(satisfaction: int | None) -> None:
    """Refuse a mark that is none.

    Raises:
        MarkOutOfRange: it does not lie between 1 and 5.
    """
    if satisfaction is not None and not 1 <= satisfaction <= HIGHEST_MARK:
        raise MarkOutOfRange(field="satisfaction")
