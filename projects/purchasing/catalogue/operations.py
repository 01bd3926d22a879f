"""Lists are drafted, given items and brought into force; budget lines are entered and confirmed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.policy.models import PolicyDocument
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.forms import choice_named
from projects.purchasing.catalogue import refusals
from projects.purchasing.catalogue.lifecycle import LineStatus, ListStatus
from projects.purchasing.catalogue.models import (
    ListKind,
    PublicBudgetLine,
    PurchaseList,
    PurchaseListItem,
    RuleGroup,
)

if TYPE_CHECKING:
    from governance.accounts.models import User

MOST_ITEMS = 2000
LONGEST_CODE = 20
LONGEST_CLASS = 60
LONGEST_NAME = 300
LONGEST_DEPARTMENT = 100


@dataclass(frozen=True, slots=True)
class ItemEntry:
    """An item as it is entered."""

    code: str
    category: str
    name: str
    group: str = ""
    description: str = ""
    from_department: str = ""


@dataclass(frozen=True, slots=True)
class Budgeted:
    """A budget line as it is entered."""

    source: str
    fiscal_year: int
    name: str
    document_number: str
    amount: Decimal


def draft_list(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    kind: str,
    title: str,
    edition: str,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    basis: PolicyDocument | None = None,
    items: Sequence[ItemEntry] = (),
) -> PurchaseList:
    """Draft an edition of a list; it applies once another person has confirmed it.

    Raises:
        NotAllowed: neither of the street nor of the district.
        PurchaseEditionKnown, PurchaseListPeriodUnfit, PurchaseItemUnfit.
    """
    require(by, "projects.draft_purchase_list", division)
    if valid_to is not None and valid_to <= valid_from:
        raise refusals.PurchaseListPeriodUnfit(field="valid_to")
    with transaction.atomic():
        Division.objects.select_for_update(of=("self",), no_key=True).get(pk=division.pk)
        same = PurchaseList.objects.filter(division=division, kind=kind, edition=edition.strip())
        if same.exclude(status=ListStatus.WITHDRAWN).exists():
            raise refusals.PurchaseEditionKnown(field="edition", edition=edition.strip(), place=division.name)
        row = PurchaseList(
            division=division,
            kind=kind,
            title=title.strip(),
            edition=edition.strip(),
            valid_from=valid_from,
            valid_to=valid_to,
            basis=basis,
            drafted_at=now,
            drafted_by=by,
        )
        row.full_clean(validate_constraints=False)
        row.save(force_insert=True)
        _write(row, items)
        after = {"kind": kind, "edition": row.edition, "items": len(items)}
        audit.record(by=by, verb="projects.purchase_list.drafted", row=row, now=now, after=after)
    return row


def draft_next_edition(
    *,
    by: User,
    now: dt.datetime,
    purchase_list: PurchaseList,
    edition: str,
    valid_from: dt.date,
    reason: str,
    items: Sequence[ItemEntry] = (),
    dropped: Sequence[str] = (),
    basis: PolicyDocument | None = None,
) -> PurchaseList:
    """Draft the next edition of a list from the one in force: its items, with some added, changed (same code) or left out.

    So new items come in by the procedure: proposed with a reason by one, brought into force by another person. What was
    bought from the edition before stays as it is.

    Raises:
        NotAllowed: neither of the street nor of the district.
        EditionNotInForce: the list is no edition in force. NextEditionUnfit: nothing changes, a code is unknown, no reason,
        or it begins before the one that it follows.
        PurchaseEditionKnown, PurchaseItemUnfit: as for every draft.
    Basis: Ministry of Finance order 102 on government purchase of services art. 11, 13.
    """
    require(by, "projects.draft_purchase_list", purchase_list)
    if purchase_list.status != ListStatus.CONFIRMED:
        raise refusals.EditionNotInForce(status=purchase_list.get_status_display())
    if not reason.strip():
        raise refusals.NextEditionUnfit(field="reason", reason=_("Write why items are added, changed or left out."))
    if valid_from <= purchase_list.valid_from:
        text = _("The next edition begins after %(day)s.") % {"day": purchase_list.valid_from}
        raise refusals.NextEditionUnfit(field="valid_from", reason=text)
    kept = {item.code: _entry(item) for item in purchase_list.items.all()}
    gone = [code.strip() for code in dropped if code.strip()]
    if unknown := [code for code in gone if code not in kept]:
        text = _("No item of this edition has the code %(code)s.") % {"code": unknown[0]}
        raise refusals.NextEditionUnfit(field="dropped", reason=text)
    given = {item.code: item for item in items}
    if len(given) < len(items) or given.keys() & set(gone):
        raise refusals.NextEditionUnfit(field="items", reason=_("One code stands there twice, or is left out as well."))
    if not gone and all(kept.get(code) == item for code, item in given.items()):
        raise refusals.NextEditionUnfit(
            field="items", reason=_("Nothing changes: name an item to add or to leave out.")
        )
    whole = {code: item for code, item in kept.items() if code not in gone} | given
    with transaction.atomic():
        row = draft_list(
            by=by,
            now=now,
            division=purchase_list.division,
            kind=purchase_list.kind,
            title=purchase_list.title,
            edition=edition,
            valid_from=valid_from,
            basis=basis,
            items=list(whole.values()),
        )
        after = {"follows": purchase_list.pk, "items": sorted(given), "dropped": sorted(gone)}
        audit.record(by=by, verb="projects.purchase_list.proposed", row=row, now=now, after=after, reason=reason)
    return row


def _entry(item: PurchaseListItem) -> ItemEntry:
    return ItemEntry(item.code, item.category, item.name, item.group, item.description, item.from_department)


def replace_items(
    *, by: User, now: dt.datetime, purchase_list: PurchaseList, items: Sequence[ItemEntry]
) -> PurchaseList:
    """Give a drafted list its items, in place of those that it had.

    Raises:
        NotAllowed: neither of the street nor of the district.
        PurchaseListInForce: the list is no draft any more.
        PurchaseItemUnfit: the first item that does not do, named with its code.
    """
    require(by, "projects.draft_purchase_list", purchase_list)
    with transaction.atomic():
        row = PurchaseList.objects.select_for_update(of=("self",)).select_related("division").get(pk=purchase_list.pk)
        if row.status != ListStatus.DRAFT:
            raise refusals.PurchaseListInForce(status=row.get_status_display())
        before = {"items": row.items.count()}
        row.items.all().delete()
        _write(row, items)
        after = {"items": len(items)}
        audit.record(by=by, verb="projects.purchase_list.filled", row=row, now=now, before=before, after=after)
    return row


def _write(row: PurchaseList, items: Sequence[ItemEntry]) -> None:
    if len(items) > MOST_ITEMS:
        reason = _("A list has at most %(most)s items.") % {"most": MOST_ITEMS}
        raise refusals.PurchaseItemUnfit(field="items", reason=reason)
    known: set[str] = set()
    made = []
    for number, item in enumerate(items, start=1):
        made.append(_item(row, item, number))
        if item.code in known:
            reason = _("The code %(code)s stands there twice.") % {"code": item.code}
            raise refusals.PurchaseItemUnfit(field="items", reason=reason)
        known.add(item.code)
    PurchaseListItem.objects.bulk_create(made)


def _item(row: PurchaseList, item: ItemEntry, number: int) -> PurchaseListItem:
    """Return an item as a row, or refuse it with its number."""
    category = choice_named(RuleGroup, item.category) if row.kind == ListKind.RULES else item.category
    complete = item.code and category and item.name
    if row.kind == ListKind.HANDED_OVER:
        complete = complete and item.from_department
    limits = (
        (item.code, LONGEST_CODE),
        (category, LONGEST_CLASS),
        (item.group, LONGEST_CLASS),
        (item.name, LONGEST_NAME),
        (item.from_department, LONGEST_DEPARTMENT),
    )
    if not complete or any(len(text) > limit for text, limit in limits):
        text = _(
            "Item %(number)s “%(name)s” needs a code, a class and a name of usual length; a service handed over also "
            "the department that hands it over, and a rule one of the four groups as its class."
        )
        raise refusals.PurchaseItemUnfit(field="items", reason=text % {"number": number, "name": item.name[:40]})
    return PurchaseListItem(
        purchase_list=row,
        code=item.code,
        category=category,
        group=item.group,
        name=item.name,
        description=item.description,
        from_department=item.from_department,
    )


def confirm_list(*, by: User, now: dt.datetime, purchase_list: PurchaseList) -> PurchaseList:
    """Bring an edition into force, by another person than its drafter; the one before it ends on the day it begins.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        PurchaseListEmpty: it has no items.
        PurchaseListOverlaps: another one begins on that day or later.
    Basis: Ministry of Finance order 102 on government purchase of services art. 11, 12, 13.
    """
    lifecycle.require(purchase_list, "confirm", by=by)
    with transaction.atomic():
        Division.objects.select_for_update(of=("self",), no_key=True).get(pk=purchase_list.division_id)
        if not purchase_list.items.exists():
            raise refusals.PurchaseListEmpty
        _end_the_running(purchase_list, by, now)
        return lifecycle.move(purchase_list, "confirm", by=by, now=now)


def _end_the_running(new: PurchaseList, by: User, now: dt.datetime) -> None:
    later = Q(valid_to=None) | Q(valid_to__gt=new.valid_from)
    sooner = Q() if new.valid_to is None else Q(valid_from__lt=new.valid_to)
    rows = PurchaseList.objects.filter(division=new.division_id, kind=new.kind, status=ListStatus.CONFIRMED)
    for row in rows.filter(later, sooner).select_for_update(of=("self",)).order_by("pk"):
        if row.valid_from >= new.valid_from:
            raise refusals.PurchaseListOverlaps(field="valid_from", other=str(row), day=row.valid_from)
        before = {"valid_to": row.valid_to}
        row.valid_to = new.valid_from
        row.save(update_fields=["valid_to"])
        after = {"valid_to": row.valid_to}
        audit.record(by=by, verb="projects.purchase_list.ended", row=row, now=now, before=before, after=after)


def withdraw_list(*, by: User, now: dt.datetime, purchase_list: PurchaseList, reason: str) -> PurchaseList:
    """Withdraw a draft.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(purchase_list, "withdraw", by=by, now=now, reason=reason)


def enter_budget_line(*, by: User, now: dt.datetime, division: Division, budgeted: Budgeted) -> PublicBudgetLine:
    """Enter public money for purchases of a buyer from the document that grants it; another person confirms it.

    Raises:
        NotAllowed: neither of the street nor of the district.
        BudgetAmountMissing, BudgetYearUnfit, BudgetLineKnown.
    Basis: Budget Law art. 13; Ministry of Finance order 102 on government purchase of services art. 18.
    """
    require(by, "projects.enter_public_budget_line", division)
    if budgeted.amount <= 0:
        raise refusals.BudgetAmountMissing(field="amount")
    if abs(budgeted.fiscal_year - timezone.localdate(now).year) > 1:
        raise refusals.BudgetYearUnfit(field="fiscal_year", year=budgeted.fiscal_year)
    with transaction.atomic():
        Division.objects.select_for_update(of=("self",), no_key=True).get(pk=division.pk)
        row = PublicBudgetLine(
            division=division,
            source=budgeted.source,
            fiscal_year=budgeted.fiscal_year,
            name=budgeted.name.strip(),
            document_number=budgeted.document_number.strip(),
            amount=budgeted.amount,
            entered_at=now,
            entered_by=by,
        )
        same: dict[str, Any] = {
            name: getattr(row, name) for name in ("division", "source", "fiscal_year", "document_number", "name")
        }
        if PublicBudgetLine.objects.filter(**same).exclude(status=LineStatus.CLOSED).exists():
            raise refusals.BudgetLineKnown(field="document_number", name=row.name, number=row.document_number)
        row.full_clean()
        row.save(force_insert=True)
        after = {"source": row.source, "fiscal_year": row.fiscal_year, "amount": row.amount}
        audit.record(by=by, verb="projects.public_budget_line.entered", row=row, now=now, after=after)
    return row


def confirm_budget_line(*, by: User, now: dt.datetime, line: PublicBudgetLine) -> PublicBudgetLine:
    """Confirm a budget line, by another person than who entered it; purchases may be approved against it then.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    return lifecycle.move(line, "confirm", by=by, now=now)


def close_budget_line(*, by: User, now: dt.datetime, line: PublicBudgetLine, reason: str) -> PublicBudgetLine:
    """Close a budget line: nothing more is approved against it.

    Raises:
        BudgetLineInUse: purchases under way draw on it.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    lifecycle.require(line, "close", by=by)
    with transaction.atomic():
        row = PublicBudgetLine.objects.select_for_update(of=("self",)).get(pk=line.pk)
        under_way = row.purchases.filter(
            status__in=("SUBMITTED", "CHECKED", "APPROVED", "CALLED", "OPENED", "PROPOSED")
        )
        if count := under_way.count():
            raise refusals.BudgetLineInUse(count=count)
        return lifecycle.move(row, "close", by=by, now=now, reason=reason)
