"""Who pays which part of an instalment: the hold of a fund, public money, or several sources of one grant together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db.models import Prefetch

from funds.spending import operations as spending
from funds.spending.lifecycle import PaymentStatus
from projects.contracts import checks
from projects.contracts.terms.models import AwardPayment
from projects.grants.models import AwardSource
from projects.grants.policy import ShareKind

if TYPE_CHECKING:
    import datetime as dt

    from django.db.models import QuerySet
    from django_stubs_ext import StrOrPromise

    from funds.spending.models import Payment
    from governance.accounts.models import User
    from projects.contracts.models import Contract, Instalment


def spread(amounts: Sequence[Decimal], sources: Sequence[Decimal]) -> list[list[Decimal]]:
    """Return what each source pays of each amount: a source pays until it is used up, then the next one.

    Exact to the fen in both directions; what the sources do not reach stays unpaid.
    """
    left = list(sources)
    found = []
    for amount in amounts:
        row, open_ = [], amount
        for place, has in enumerate(left):
            part = min(has, open_)
            left[place] = has - part
            open_ -= part
            row.append(part)
        found.append(row)
    return found


@dataclass(frozen=True, slots=True)
class Part:
    """What one source pays of an instalment; without a source: the hold of the request, or the budget line, pays it whole."""

    instalment: int
    number: int
    source: AwardSource | None
    amount: Decimal

    @property
    def is_of_fund(self) -> bool:
        """Whether a fund pays it through its hold."""
        return self.source is not None and self.source.funding is not None and self.source.funding.fund_id is not None


def paying_sources() -> QuerySet[AwardSource]:
    """Return the sources of rounds, with what they are called; contracts do not pay what stands beside a grant."""
    rows = AwardSource.objects.filter(kind=ShareKind.ROUND)
    return rows.select_related("funding__fund", "funding__foundation", "award")


READ_ALONG = Prefetch("grant__sources", paying_sources(), to_attr="paying")
"""What spares `sources_of` its query."""


def sources_of(contract: Contract) -> list[AwardSource]:
    """Return the sources of the round that pay a contract on a grant, the fund first; one query unless read along."""
    if contract.grant is None:
        return []
    known: list[AwardSource] | None = getattr(contract.grant, "paying", None)
    rows = paying_sources().filter(award=contract.grant) if known is None else known
    return sorted(rows, key=lambda one: (one.funding is None or one.funding.fund_id is None, one.pk))


def parts_of(contract: Contract, instalments: Sequence[Instalment] | None = None) -> list[Part]:
    """Return who pays which part of which instalment of a contract on a grant; two queries, none for those read along."""
    sources = sources_of(contract)
    instalments = list(contract.instalments.all()) if instalments is None else instalments
    table = spread([one.amount for one in instalments], [one.amount for one in sources])
    return [
        Part(instalment.pk, instalment.number, source, amount)
        for instalment, row in zip(instalments, table, strict=True)
        for source, amount in zip(sources, row, strict=True)
        if amount
    ]


@dataclass(frozen=True, slots=True)
class Share:
    """What one payer pays of an instalment, with how its payment stands, as page and API tell it."""

    number: int
    payer: str
    kind: str
    what: StrOrPromise
    amount: Decimal
    payment: Payment | AwardPayment | None

    @property
    def payment_status(self) -> str | None:
        """Where its payment stands; nothing while none was asked for."""
        return None if self.payment is None else self.payment.status

    @property
    def paid_on(self) -> dt.date | None:
        """When it was paid."""
        return None if self.payment is None else self.payment.paid_on


def shares_of(contract: Contract, instalments: Sequence[Instalment]) -> list[Share]:
    """Return who pays which part of each instalment of a contract on a grant; no query where all was read along.

    The instalments with their `payment` and `public_payments` (`queries.instalments_of`).
    """
    by_key = {one.pk: one for one in instalments}
    found = []
    for part in parts_of(contract, instalments):
        if part.source is None or part.source.funding is None:
            continue
        row = by_key[part.instalment]
        of_source = (one for one in row.public_payments if one.source_id == part.source.pk)
        payment = row.payment if part.is_of_fund else next(of_source, None)
        kind = part.source.funding.kind
        found.append(Share(part.number, part.source.name, kind, part.source.what, part.amount, payment))
    return found


def pay(by: User, now: dt.datetime, contract: Contract, instalment: Instalment) -> list[Payment | AwardPayment]:
    """Ask every source of an instalment for its part, as far as that was not done; others approve and pay."""
    parts = [one for one in parts_of(contract) if one.instalment == instalment.pk]
    if not parts:
        whole = instalment.amount
        return [
            _of_the_fund(by, now, contract, instalment, whole)
            if contract.request_id
            else _of_a_source(by, now, contract, instalment, Part(instalment.pk, instalment.number, None, whole))
        ]
    live = instalment.award_payments.exclude(status="CANCELLED")
    asked = set(live.values_list("source", flat=True))
    held = instalment.payment is not None and instalment.payment.status != PaymentStatus.CANCELLED
    made: list[Payment | AwardPayment] = []
    for part in parts:
        if part.is_of_fund and not held:
            made.append(_of_the_fund(by, now, contract, instalment, part.amount))
        elif not part.is_of_fund and part.source is not None and part.source.pk not in asked:
            made.append(_of_a_source(by, now, contract, instalment, part))
    return made


def _of_the_fund(by: User, now: dt.datetime, contract: Contract, instalment: Instalment, amount: Decimal) -> Payment:
    request = checks.held_request_of(contract)
    taken = list(request.payments.values_list("number", flat=True))
    payment = spending.plan_payment(
        by=by,
        now=now,
        request=request,
        number=max(taken, default=0) + 1,
        amount=amount,
        payee=contract.organization.name,
        organization=contract.organization,
        note=f"{contract.number} {instalment.number}",
        is_promised=True,
    )
    instalment.payment = payment
    instalment.save(update_fields=["payment"])
    return payment


def _of_a_source(by: User, now: dt.datetime, contract: Contract, instalment: Instalment, part: Part) -> AwardPayment:
    payment = AwardPayment(
        contract=contract,
        instalment=instalment,
        source=part.source,
        amount=part.amount,
        requested_at=now,
        requested_by=by,
    )
    payment.full_clean()
    payment.save()
    return payment
