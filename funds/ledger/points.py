"""The books of points: one for each community, with an account for each volunteer."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.territory.models import Division
from funds.ledger.models import Account, AccountKind, Balance, Book, Unit
from funds.ledger.operations import BookCodeTaken, open_account, open_book

if TYPE_CHECKING:
    from governance.accounts.models import User

SOURCE = "source:service"
"""The account from which points come: hours that were served."""


def book_code(division: Division) -> str:
    """Return the code of a community's book of points."""
    return f"points:{division.pk}"


def account_code(user: User) -> str:
    """Return the code of a volunteer's account in a book of points."""
    return f"pool:volunteer:{user.pk}"


def book_of(division: Division, by: User, now: dt.datetime, today: dt.date) -> Book:
    """Return the community's book of points, opened on first use."""
    code = book_code(division)
    if found := Book.objects.filter(code=code).first():
        return found
    with override(settings.LANGUAGE_CODE):
        name = _("Volunteers' points of %(place)s") % {"place": division.name}
    try:
        return open_book(by=by, code=code, name=name, division=division, opened_on=today, now=now, unit=Unit.POINTS)
    except BookCodeTaken:
        return Book.objects.get(code=code)


def source_of(book: Book, by: User, now: dt.datetime) -> Account:
    """Return the account from which points for service come, opened on first use."""
    with override(settings.LANGUAGE_CODE):
        name = _("volunteer service")
    return open_account(by=by, book=book, code=SOURCE, kind=AccountKind.SOURCE, name=name, now=now)


def account_of(book: Book, person: User, by: User, now: dt.datetime) -> Account:
    """Return a person's account in a book of points, opened on first use; its name says a number and nobody."""
    with override(settings.LANGUAGE_CODE):
        name = _("volunteer %(number)s") % {"number": person.pk}
    return open_account(by=by, book=book, code=account_code(person), kind=AccountKind.POOL, name=name, now=now)


def points_in(division: Division, person: User) -> int:
    """Return the points that a person has in a community; one query."""
    rows = Balance.objects.filter(account__book__code=book_code(division), account__code=account_code(person))
    found = rows.values_list("received", "given").first()
    return int(found[0] - found[1]) if found else 0
