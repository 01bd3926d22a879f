"""Comparing offers before money is asked for: attaching them, choosing one, and what the ladder asks for."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction

from communities.notices import operations as notices
from communities.notices.models import Attachment
from communities.people.policy import refuse_personal_numbers
from funds.spending import refusals
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import SpendingRequest
from funds.spending.papers.models import Quote
from funds.spending.policy import Step
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.money import format_yuan

if TYPE_CHECKING:
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization

OPEN = (RequestStatus.DRAFT, RequestStatus.RETURNED)


def _open_request(request: SpendingRequest, by: User) -> SpendingRequest:
    rows = SpendingRequest.objects.select_for_update(of=("self",)).select_related("fund__division")
    row = rows.get(pk=request.pk)
    require(by, "funds.enter_spending_request", row)
    if row.status not in OPEN:
        raise refusals.RequestNotOpen(status=row.get_status_display())
    return row


def attach_quote(
    *,
    by: User,
    now: dt.datetime,
    request: SpendingRequest,
    supplier: str,
    amount: Decimal,
    name: str = "",
    content: bytes = b"",
    file: Attachment | None = None,
    organization: SocialOrganization | None = None,
) -> Quote:
    """Attach an offer (报价) to a draft or a returned request: who asks how much, with the file for staff of the place.

    The file is stored here, or named where it has been stored before.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        RequestNotOpen: the request is on its way.
        QuoteUnfit, SupplierQuotes, QuoteUnseen, PersonalNumbersFound.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    """
    said = " ".join(supplier.split()) or (organization.name if organization else "")
    if not said or amount <= 0:
        raise refusals.QuoteUnfit(field="amount" if said else "supplier")
    refuse_personal_numbers(supplier=said)
    with transaction.atomic():
        row = _open_request(request, by)
        if row.quotes.filter(supplier=said).exists():
            raise refusals.SupplierQuotes(field="supplier", supplier=said)
        if file is not None and not Attachment.objects.visible_to(by).filter(pk=file.pk).exists():
            raise refusals.QuoteUnseen(field="file")
        if file is None:
            file = notices.store_attachment(by=by, now=now, division=row.fund.division, name=name, content=content)
        if row.quotes.filter(file=file).exists():
            raise refusals.SupplierQuotes(field="file", supplier=said)
        quote = Quote(request=row, supplier=said, organization=organization, amount=amount, file=file)
        quote.full_clean()
        quote.save()
        after = {"file": file.pk, "supplier": said, "amount": amount}
        audit.record(by=by, verb="funds.spending_request.quoted", row=row, now=now, after=after)
    return quote


def choose_quote(
    *, by: User, now: dt.datetime, request: SpendingRequest, quote: int, reason: str = ""
) -> SpendingRequest:
    """Choose one of the offers of an open request; one that is not the lowest needs a reason.

    Raises:
        NotAllowed: no community staff or street staff of the fund's place.
        RequestNotOpen: the request is on its way.
        QuoteNotChosen: there is no such offer.
        QuoteReasonMissing: another supplier asks less.
    """
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = _open_request(request, by)
        offers = {offer.pk: offer for offer in row.quotes.order_by("amount", "pk")}
        chosen = offers.get(quote)
        if chosen is None:
            raise refusals.QuoteNotChosen(field="quote")
        lowest = min(offer.amount for offer in offers.values())
        if chosen.amount > lowest and not reason.strip():
            shown = {"amount": format_yuan(chosen.amount), "lowest": format_yuan(lowest)}
            raise refusals.QuoteReasonMissing(field="reason", supplier=chosen.supplier, **shown)
        row.quotes.filter(is_chosen=True).update(is_chosen=False, choice_reason="")
        row.quotes.filter(pk=chosen.pk).update(is_chosen=True, choice_reason=reason.strip())
        after = {"supplier": chosen.supplier, "amount": chosen.amount}
        audit.record(by=by, verb="funds.spending_request.chosen", row=row, now=now, after=after, reason=reason.strip())
    return row


def check_quotes(row: SpendingRequest, step: Step) -> None:
    """Refuse a request whose offers were not compared as the ladder asks; one query."""
    offers = list(row.quotes.order_by("amount", "pk"))
    if len(offers) < step.least_quotes:
        amount = format_yuan(row.amount)
        raise refusals.QuotesMissing(field="quotes", amount=amount, least=step.least_quotes, count=len(offers))
    chosen = next((offer for offer in offers if offer.is_chosen), None)
    if chosen is None:
        if step.least_quotes:
            raise refusals.QuoteNotChosen(field="quotes")
        return
    if chosen.amount > offers[0].amount and not chosen.choice_reason:
        shown = {"amount": format_yuan(chosen.amount), "lowest": format_yuan(offers[0].amount)}
        raise refusals.QuoteReasonMissing(field="quotes", supplier=chosen.supplier, **shown)
    if chosen.amount > row.amount:
        shown = {"quote": format_yuan(chosen.amount), "amount": format_yuan(row.amount)}
        raise refusals.QuoteAboveRequest(field="quotes", **shown)
