"""Who pays which part of an instalment: the hold of a fund, public money, or several sources of one grant together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from funds.spending import operations as spending
from funds.spending.lifecycle import PaymentStatus
from governance.money import ZERO
from projects.contracts import checks
from projects.contracts.terms.models import AwardPayment
from projects.grants.models import AwardSource
from projects.grants.policy import ShareKind

if TYPE_CHECKING:
    import datetime as dt

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


def sources_of(contract: Contract) -> list[AwardSource]:
    """Return the sources of the round that pay a contract on a grant, the fund first; one query."""
    if contract.grant_id is None:
        return []
    rows = AwardSource.objects.filter(award=contract.grant_id, kind=ShareKind.ROUND)
    rows = rows.select_related("funding__fund", "funding__foundation", "award")
    return sorted(rows, key=lambda one: (one.funding is None or one.funding.fund_id is None, one.pk))


def parts_of(contract: Contract) -> list[Part]:
    """Return who pays which part of which instalment of a contract on a grant; two queries, one for those read along."""
    sources, instalments = sources_of(contract), list(contract.instalments.all())
    table = spread([one.amount for one in instalments], [one.amount for one in sources])
    return [
        Part(instalment.pk, instalment.number, source, amount)
        for instalment, row in zip(instalments, table, strict=True)
        for source, amount in zip(sources, row, strict=True)
        if amount
    ]


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


def paid_part(instalment: Instalment) -> Decimal:
    """Return what of an instalment was paid, by whomever; no query where the payments were read along."""
    of_fund = instalment.payment
    paid = of_fund.amount if of_fund is not None and of_fund.status == PaymentStatus.PAID else ZERO
    return sum((one.amount for one in instalment.award_payments.all() if one.status == "PAID"), paid)
