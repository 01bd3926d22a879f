"""What the lists of the ledger can be narrowed by, on pages and in the API alike."""

from __future__ import annotations

from typing import ClassVar

import django_filters as filters
from django import forms
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from funds.ledger.lifecycle import BookStatus, SuspensionStatus
from funds.ledger.models import (
    Account,
    AccountKind,
    Book,
    Flow,
    Journal,
    JournalKind,
    Period,
    Suspension,
    Transfer,
    Unit,
)

MOST_NUMBER = 2**62


def day_input() -> forms.DateInput:
    """Return the widget for a day."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


class BookFilter(filters.FilterSet):
    """Books by place (with all below it), unit and status."""

    division = filters.NumberFilter(field_name="division", label=_("division"))
    unit = filters.ChoiceFilter(choices=Unit, label=_("unit"))
    status = filters.ChoiceFilter(choices=BookStatus, label=_("status"))

    class Meta:
        model = Book
        fields: ClassVar = ["division", "unit", "status", "code"]


class AccountFilter(filters.FilterSet):
    """Accounts by book, kind and code."""

    book = filters.NumberFilter(field_name="book", label=_("book"))
    kind = filters.ChoiceFilter(choices=AccountKind, label=_("kind"))

    class Meta:
        model = Account
        fields: ClassVar = ["book", "kind", "code"]


class JournalFilter(filters.FilterSet):
    """Journals by book, kind, date and total (both ends included), what they move from where to where, up to a number."""

    book = filters.NumberFilter(field_name="book", label=_("book"))
    kind = filters.ChoiceFilter(choices=JournalKind, label=_("kind"), empty_label=_("all kinds"))
    posted_from = filters.DateFilter(field_name="posted_on", lookup_expr="gte", label=_("from"), widget=day_input())
    posted_to = filters.DateFilter(field_name="posted_on", lookup_expr="lte", label=_("to"), widget=day_input())
    account = filters.CharFilter(method="moves_account", label=_("account"))
    touching = filters.ChoiceFilter(method="moves_kind", choices=AccountKind, label=_("kind of account"))
    until = filters.NumberFilter(
        field_name="sequence", lookup_expr="lte", max_value=MOST_NUMBER, label=_("up to journal")
    )
    amount_from = filters.NumberFilter(field_name="total", lookup_expr="gte", label=_("at least (yuan)"))
    amount_to = filters.NumberFilter(field_name="total", lookup_expr="lte", label=_("at most (yuan)"))
    source = filters.CharFilter(method="came_from", label=_("code of the account that money came from"))
    use = filters.CharFilter(method="went_to", label=_("code of the account that money went to"))

    class Meta:
        model = Journal
        fields: ClassVar = ["book", "kind", "key"]

    def moves_account(self, rows: QuerySet[Journal], name: str, value: str) -> QuerySet[Journal]:
        """Keep journals that move money to or from the account with this code."""
        del name
        lines = Transfer.objects.filter(journal=OuterRef("pk"))
        return rows.filter(Exists(lines.filter(Q(source__code=value) | Q(target__code=value))))

    def moves_kind(self, rows: QuerySet[Journal], name: str, value: str) -> QuerySet[Journal]:
        """Keep journals that move money to or from an account of this kind."""
        del name
        lines = Transfer.objects.filter(journal=OuterRef("pk"))
        return rows.filter(Exists(lines.filter(Q(source__kind=value) | Q(target__kind=value))))

    def came_from(self, rows: QuerySet[Journal], name: str, code: str) -> QuerySet[Journal]:
        """Keep vouchers with a line out of an account of this code."""
        del name
        lines = Transfer.objects.filter(journal=OuterRef("pk"), source__in=Account.objects.filter(code=code))
        return rows.filter(Exists(lines))

    def went_to(self, rows: QuerySet[Journal], name: str, code: str) -> QuerySet[Journal]:
        """Keep vouchers with a line into an account of this code."""
        del name
        lines = Transfer.objects.filter(journal=OuterRef("pk"), target__in=Account.objects.filter(code=code))
        return rows.filter(Exists(lines))


class SuspensionFilter(filters.FilterSet):
    """Suspensions by book, way and state."""

    book = filters.NumberFilter(field_name="book", label=_("book"))
    flow = filters.ChoiceFilter(choices=Flow, label=_("suspended is"))
    status = filters.ChoiceFilter(choices=SuspensionStatus, label=_("status"))

    class Meta:
        model = Suspension
        fields: ClassVar = ["book", "flow", "status"]


class PeriodFilter(filters.FilterSet):
    """Closed and proposed months by book and year."""

    book = filters.NumberFilter(field_name="book", label=_("book"))
    is_closed = filters.BooleanFilter(
        field_name="closed_at", lookup_expr="isnull", exclude=True, label=pgettext_lazy("month", "closed")
    )

    class Meta:
        model = Period
        fields: ClassVar = ["book", "year"]
