"""How old what is not matched has become: for those who act for a charity and those who watch over its money."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from communities.territory.models import Division
from funds.banking.models import BankLine
from funds.banking.queries import ages_of, ages_of_journals, charities_watched_by
from governance.accounts.masking import mask_name
from governance.calendar import clock
from governance.pages import keyset_page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.http import HttpRequest, HttpResponse

    from funds.banking.queries import Age

WIDEST = 200
"""The width of the longest bar in the picture's units; the words stand above the bars."""
STEP = 44


@dataclass(frozen=True, slots=True)
class Bar:
    """One age as the picture and the table show it."""

    label: str
    age: Age
    width: float
    text_y: int
    y: int


def label_of(age: Age) -> str:
    """Say an age in words."""
    if age.last is None:
        return _("more than %(days)s days") % {"days": age.first - 1}
    return _("%(first)s to %(last)s days") % {"first": age.first, "last": age.last}


def bars_of(ages: Sequence[Age]) -> list[Bar]:
    """Return the bars of the ages, the longest as wide as the picture allows."""
    most = max((age.amount for age in ages), default=Decimal(0)) or Decimal(1)
    return [
        Bar(label_of(age), age, round(float(age.amount / most) * WIDEST, 1), 14 + place * STEP, 20 + place * STEP)
        for place, age in enumerate(ages)
    ]


@login_required
@require_safe
def bank_list(request: HttpRequest) -> HttpResponse:
    """List the charities whose bank lines this person may follow."""
    if not request.user.has_perm("funds.view_bank_ageing"):
        raise PermissionDenied
    page = keyset_page(charities_watched_by(request.user).select_related("division"), request)
    return render(request, "funds/banking/list.html", {"page": page})


@login_required
@require_safe
def bank_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a charity's unmatched bank lines by age with who is in charge, and its vouchers without a bank line.

    Payers are shown in full to those who may see the lines themselves, masked to everybody else.
    """
    charity = get_object_or_404(charities_watched_by(request.user).select_related("division"), pk=pk)
    today = clock.today()
    lines = BankLine.objects.filter(charity=charity)
    page = keyset_page(lines.waiting().for_list(), request)
    sees_all = request.user.has_perm("funds.view_bank_line", BankLine(charity=charity))
    for row in page.rows:
        _told(row, today=today, sees_all=sees_all)
    ages, journal_ages = ages_of(lines, charity.division, today), ages_of_journals(charity, today)
    context = {
        "row": charity,
        "trail": Division.objects.ancestors(charity.division),
        "page": page,
        "lines": bars_of(ages),
        "journals": bars_of(journal_ages),
        "height": STEP * len(ages),
        "old": ages[-1],
        "has_lines": any(age.lines for age in ages),
        "has_journals": any(age.lines for age in journal_ages),
        "sees_all": sees_all,
    }
    return render(request, "funds/banking/detail.html", context)


def _told(row: Any, *, today: Any, sees_all: bool) -> None:
    """Put on a line what its row on the page says."""
    row.shown_payer = row.payer if sees_all else mask_name(row.payer)
    row.shown_memo = row.memo if sees_all else ""
    row.days = row.age(today)
