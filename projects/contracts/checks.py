"""What stands behind the operations of the contracts room: the lock, and what is looked at before a contract is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division
from funds.spending.lifecycle import RequestStatus
from funds.spending.models import SpendingRequest
from governance import lifecycle
from governance.calendar.days import months_later
from governance.money import ZERO, format_yuan, round_half_up
from projects.contracts import refusals
from projects.contracts.grades import may_name_next
from projects.contracts.lifecycle import UNDER_WAY, ContractStatus
from projects.contracts.models import Condition, Contract, Instalment
from projects.contracts.policy import plain
from projects.contracts.queries import REVIEWED, bound_of, is_due, is_last, is_released, waits_for_grade
from projects.evaluation.gating import is_without_grade
from projects.evaluation.models import EvaluationPlan
from projects.grants.models import GrantAward
from projects.purchasing.awarding import paying
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.awarding.queries import paid_of
from projects.purchasing.policy import LONG_TERM_MONTHS, TERM_MONTHS
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from governance.accounts.models import User
    from projects.contracts.terms.models import AwardPayment

GROUNDS = ("is_content_fixed", "is_lasting", "is_money_stable", "is_price_steady")
"""What all must hold for a term above a year (Basis: Measures for Government Purchase of Services)."""


def grounds_named() -> list[tuple[str, StrOrPromise]]:
    """Return the four grounds with their names."""
    fields = {field.name: field for field in Contract._meta.concrete_fields}
    return [(name, fields[name].verbose_name) for name in GROUNDS]


def locked(contract: Contract) -> Contract:
    """Return the contract, locked, with what the rules ask about."""
    rows = Contract.objects.select_for_update(of=("self",))
    return rows.select_related(
        "division", "organization", "request__fund__division", "purchase__buyer", "grant__round", "evaluation"
    ).get(pk=contract.pk)


def running(contract: Contract) -> Contract:
    """Return the contract, locked, if it runs."""
    row = locked(contract)
    if row.status != ContractStatus.RUNNING:
        raise refusals.ContractNotRunning(status=row.get_status_display())
    return row


def signed(contract: Contract) -> Contract:
    """Return the contract, locked, if it was signed and has not ended."""
    row = locked(contract)
    if row.status not in UNDER_WAY:
        raise refusals.ContractNotRunning(status=row.get_status_display())
    return row


def check_conditions(conditions: Sequence[str], milestones: Sequence[tuple[str, dt.date]]) -> None:
    """Refuse instalments that wait for what cannot come, and a last one that does not wait for the residents."""
    if unknown := [condition for condition in conditions if condition not in Condition.values]:
        raise refusals.ConditionUnfit(
            field="instalments", reason=_("“%(what)s” is no condition.") % {"what": unknown[0]}
        )
    if Condition.MILESTONES in conditions and not milestones:
        raise refusals.ConditionUnfit(
            field="instalments", reason=_("An instalment waits for milestones, and the contract has none.")
        )
    if conditions and conditions[-1] != Condition.ACCEPTANCE:
        raise refusals.ConditionUnfit(
            field="instalments", reason=_("The last instalment waits until the residents have accepted.")
        )


def check_evaluation(evaluation: EvaluationPlan, organization: SocialOrganization, division: Division) -> None:
    """Refuse an evaluation of something else, of another contract, or one that judges nothing."""
    if evaluation.implementer_id != organization.pk or evaluation.division_id != division.pk:
        reason = _(
            "This evaluation is about another organization or place; it must be about %(organization)s in %(place)s."
        )
        shown = {"organization": organization.name, "place": division.name}
        raise refusals.EvaluationUnfit(field="evaluation", reason=reason % shown)
    if taken := Contract.objects.filter(evaluation=evaluation).values_list("number", flat=True).first():
        reason = _("This evaluation belongs to contract %(number)s already.") % {"number": taken}
        raise refusals.EvaluationUnfit(field="evaluation", reason=reason)
    if is_without_grade(evaluation):
        reason = _("This evaluation was cancelled or ended without a grade. Plan another one.")
        raise refusals.EvaluationUnfit(field="evaluation", reason=reason)


def check_no_other(contract: Contract) -> None:
    """Refuse to name an evaluation in the place of one that has a grade, or may still get one."""
    if not may_name_next(contract) and contract.evaluation is not None:
        reason = _(
            "The contract names the evaluation “%(title)s”, which is “%(status)s”. Another one is named only after that was "
            "cancelled or has ended without a grade."
        )
        shown = {"title": contract.evaluation.title, "status": contract.evaluation.get_status_display()}
        raise refusals.EvaluationUnfit(field="evaluation", reason=reason % shown)


def check_due(instalment: Instalment, row: Contract, by: User) -> None:
    """Refuse to release what is not due, was released, or waits for the evaluation; and by who decided on a failed one."""
    if is_released(instalment):
        raise refusals.InstalmentReleased(number=instalment.number)
    if is_last(instalment, row) and row.status not in (ContractStatus.ACCEPTED, ContractStatus.CLOSED):
        raise refusals.InstalmentNotDue(number=instalment.number, condition=Condition.ACCEPTANCE.label)
    if why := waits_for_grade(instalment, row):
        raise refusals.InstalmentHeldByGrade(reason=why)
    if not is_due(instalment, row):
        raise refusals.InstalmentNotDue(number=instalment.number, condition=instalment.get_condition_display())
    if row.despite_by_id == by.pk and is_last(instalment, row):
        raise lifecycle.SamePerson(move=_("Release an instalment"))


def held_request(request: SpendingRequest) -> SpendingRequest:
    """Return the request, locked, if money is held for it."""
    rows = SpendingRequest.objects.select_for_update(of=("self",)).select_related("fund__division")
    held = rows.get(pk=request.pk)
    if held.status != RequestStatus.APPROVED:
        raise refusals.ContractRequestNotApproved(
            field="request", request=held.number, status=held.get_status_display()
        )
    return held


def held_request_of(contract: Contract) -> SpendingRequest:
    """Return the request out of whose hold the contract is paid, locked."""
    if contract.request is None:
        raise refusals.OriginUnfit(field="request")
    return SpendingRequest.objects.select_for_update(of=("self",)).get(pk=contract.request.pk)


def check_place(request: SpendingRequest, division: Division) -> None:
    """Refuse money of a fund that does not serve the place."""
    if not division.path.startswith(request.fund.division.path):
        raise refusals.ContractElsewhere(field="request", request=request.number, place=division.name)


def longest_term(division: Division, today: dt.date, *, is_long: bool) -> int:
    """Return how many months a contract of a place lasts at most; `is_long` where all four grounds hold; one query."""
    return value(LONG_TERM_MONTHS if is_long else TERM_MONTHS, division, today)


def check_term(
    division: Division, starts_on: dt.date, ends_on: dt.date, grounds: Sequence[str], today: dt.date
) -> None:
    """Refuse a term that runs backward, or is longer than its grounds allow."""
    if ends_on <= starts_on:
        raise refusals.TermUnfit(field="ends_on", reason=_("The contract must end after it begins."))
    if unknown := set(grounds) - set(GROUNDS):
        raise refusals.TermUnfit(field="grounds", reason=_("“%(what)s” is no ground.") % {"what": min(unknown)})
    is_long = set(grounds) == set(GROUNDS)
    months = longest_term(division, today, is_long=is_long)
    if ends_on > months_later(starts_on, months):
        reason = _("A contract lasts at most %(months)s months.") % {"months": months}
        if not is_long:
            more = _("Up to %(months)s are possible where all four grounds hold: %(grounds)s.")
            longest = longest_term(division, today, is_long=True)
            words = "; ".join(str(label) for _name, label in grounds_named())
            reason = f"{reason} {more % {'months': longest, 'grounds': words}}"
        raise refusals.TermUnfit(field="ends_on", reason=reason)


def check_begins_after(approved: dt.datetime | None, starts_on: dt.date) -> None:
    """Refuse a contract that begins before its money was approved."""
    if approved is not None and starts_on < timezone.localdate(approved):
        raise refusals.TermUnfit(field="starts_on", reason=_("A contract begins after its money was approved."))


def check_begun(contract: Contract, today: dt.date) -> None:
    """Refuse a report of what was done before the term has begun."""
    if today < contract.starts_on:
        raise refusals.TermNotBegun(day=contract.starts_on)


def check_course(contract: Contract) -> None:
    """Refuse to offer a contract on an award whose course nobody could watch.

    A purchase names milestones; of a grant an instalment that waits for a review does as well. Small works that a fund pays stand on their request: the residents' acceptance says whether they were done.
    Basis: report S2b (projects are watched over their whole course); Ministry of Finance order 102 on government purchase of
    services.
    """
    award = contract.purchase or contract.grant
    is_reviewed = contract.grant_id is not None and contract.instalments.filter(condition__in=REVIEWED).exists()
    if award is not None and not is_reviewed and not contract.milestones.exists():
        raise refusals.MilestonesMissing(award=award.number)


def check_milestones(milestones: Sequence[tuple[str, dt.date]], starts_on: dt.date, ends_on: dt.date) -> None:
    """Refuse milestones without a title or outside the term."""
    for name, due_on in milestones:
        refuse_personal_numbers(milestones=name)
        if not name.strip():
            raise refusals.MilestonesUnfit(field="milestones", reason=_("Each milestone has a title."))
        if not starts_on <= due_on <= ends_on:
            reason = _("“%(title)s” must be due within the term of the contract.") % {"title": name}
            raise refusals.MilestonesUnfit(field="milestones", reason=reason)


def check_hold(request: SpendingRequest, amount: Decimal, apart_from: Contract | None = None) -> None:
    """Refuse to promise more than is held; the request is locked, so two contracts take turns."""
    bound = bound_of(request, apart_from)
    if bound + amount > request.amount:
        shown = {"held": request.amount, "bound": bound, "amount": amount}
        raise refusals.ContractAboveHold(field="amount", **{name: format_yuan(shown[name]) for name in shown})


def check_kind(contract: Contract, kind: str, amount: Decimal) -> None:
    """Refuse another kind, or a smaller sum, where the venue or the posts of a draft have been written down already."""
    posts = contract.purchased_posts if hasattr(contract, "purchased_posts") else None
    is_recorded = posts is not None or hasattr(contract, "operation")
    if (is_recorded and kind != contract.kind) or (posts is not None and amount < posts.amount):
        raise refusals.ContractKindFixed(field="kind" if kind != contract.kind else "amount")


def check_lines(lines: Sequence[tuple[str, str, Decimal]], amount: Decimal, *, needed: bool) -> None:
    """Refuse a budget that is not the whole, or none where there must be one."""
    total = sum((part for _category, _title, part in lines), ZERO)
    refuse_personal_numbers(lines=" ".join(title for _category, title, _part in lines))
    unfit = any(part <= 0 or part != round_half_up(part) for _category, _title, part in lines)
    if (needed or lines) and (total != amount or unfit):
        raise refusals.LinesUnfit(field="lines", total=format_yuan(total), amount=format_yuan(amount))


def check_deliverables(deliverables: Sequence[tuple[str, Decimal, str]]) -> None:
    """Refuse items without a figure."""
    refuse_personal_numbers(deliverables=" ".join(title for title, _target, _unit in deliverables))
    if any(target <= 0 or not title.strip() or not unit.strip() for title, target, unit in deliverables):
        raise refusals.DeliverablesUnfit(field="deliverables")


@dataclass(frozen=True, slots=True)
class Origin:
    """What a contract stands on: its number, since when the money is approved, and how many contracts stand on it already."""

    number: str
    approved_at: dt.datetime | None
    contracts: int
    columns: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a contract is to be: who does it where for how much; `draft` is the row that says it so far."""

    division: Division
    organization: SocialOrganization
    amount: Decimal
    draft: Contract


def origin(
    wanted: Wanted, request: SpendingRequest | None, purchase: PurchaseAward | None, grant: GrantAward | None
) -> Origin:
    """Return what the contract stands on, locked, if it is for this body and place and pays for it."""
    if purchase is not None and grant is None and request is None:
        return _of_purchase(wanted, purchase)
    if grant is not None and purchase is None:
        return _of_grant(wanted, grant, request)
    if request is None or purchase is not None:
        raise refusals.OriginUnfit(field="request")
    held = held_request(request)
    check_place(held, wanted.division)
    check_hold(held, wanted.amount)
    return Origin(held.number, held.approved_at, held.contracts.count(), {"request": held})


def _of_purchase(wanted: Wanted, purchase: PurchaseAward) -> Origin:
    award = PurchaseAward.objects.select_for_update(of=("self",)).get(pk=purchase.pk)
    if award.status != "FINAL":
        raise refusals.AwardNotToContract(field="purchase", award=award.number, status=award.get_status_display())
    _check_award(wanted, award.organization_id, award.landing_id, award.amount, "purchase")
    _check_first(award.contracts.exclude(pk=wanted.draft.pk), award.number, "purchase")
    _check_left(award, wanted.amount, "purchase")
    return Origin(award.number, award.confirmed_at, award.contracts.count(), {"purchase": award})


def _of_grant(wanted: Wanted, grant: GrantAward, request: SpendingRequest | None) -> Origin:
    rows: QuerySet[GrantAward] = QuerySet(GrantAward)
    given = rows.select_for_update(of=("self",)).get(pk=grant.pk)
    if given.status != "GRANTED":
        raise refusals.AwardNotToContract(field="grant", award=given.number, status=given.get_status_display())
    _check_award(wanted, given.organization_id, given.division_id, given.amount, "grant")
    _check_first(given.contracts.exclude(pk=wanted.draft.pk), given.number, "grant")
    _check_unpaid(given, "grant")
    of_fund = given.sources.filter(funding__fund__isnull=False).values_list("funding__fund", "amount").first()
    columns: dict[str, Any] = {"grant": given}
    if of_fund is None:
        if request is not None:
            raise refusals.MoneyOfTheGrant(field="request")
    else:
        fund, amount = of_fund
        held = held_request(request) if request is not None else None
        if held is None or held.fund_id != fund:
            raise refusals.MoneyOfTheGrant(field="request")
        part = min(amount, wanted.amount)
        check_hold(held, part)
        columns |= {"request": held, "fund_amount": part if amount < given.amount else None}
    return Origin(given.number, given.granted_at, given.contracts.count(), columns)


def check_percents(grant: GrantAward, percents: Sequence[int | Decimal]) -> None:
    """Refuse other instalments than those that the round announced; a round that announced none leaves them open."""
    announced = [Decimal(str(percent)) for percent in grant.instalments]
    if announced and [Decimal(percent) for percent in percents] != announced:
        shown = " + ".join(plain(percent) for percent in announced)
        raise refusals.InstalmentsNotAnnounced(field="instalments", award=grant.number, percents=shown)


def _check_award(wanted: Wanted, organization: int, place: int, amount: Decimal, field: str) -> None:
    if wanted.organization.pk != organization or wanted.division.pk != place or wanted.amount > amount:
        raise refusals.AwardElsewhere(field=field, amount=format_yuan(amount))


def _check_first(contracts: QuerySet[Contract], number: str, field: str) -> None:
    if contracts.exclude(status=ContractStatus.TERMINATED).exists():
        raise refusals.AwardContracted(field=field, award=number)


def _check_left(award: PurchaseAward, amount: Decimal, field: str) -> None:
    paid = paid_of(award)
    left = award.amount + award.supplement - paid
    if amount > left:
        shown = {"paid": format_yuan(paid), "left": format_yuan(left)}
        raise refusals.AwardPaidFrom(field=field, award=award.number, **shown)


def _check_unpaid(grant: GrantAward, field: str) -> None:
    former = Instalment.objects.filter(contract__grant=grant)
    of_sources = former.filter(award_payments__status="PAID").aggregate(total=Sum("award_payments__amount"))["total"]
    of_fund = former.filter(payment__status="PAID").aggregate(total=Sum("payment__amount"))["total"]
    if paid := (of_sources or ZERO) + (of_fund or ZERO):
        raise refusals.GrantPaidFrom(field=field, award=grant.number, paid=format_yuan(paid))


def check_origin_still(contract: Contract) -> None:
    """Refuse to offer a contract whose award does not stand any more, or whose money is not there."""
    award = contract.purchase or contract.grant
    if award is not None and award.status not in ("FINAL", "GRANTED"):
        raise refusals.AwardNotToContract(award=award.number, status=award.get_status_display())
    if contract.purchase is not None:
        _check_left(contract.purchase, contract.amount, "amount")
    if contract.request is not None:
        check_hold(held_request(contract.request), contract.held, apart_from=contract)


def check_more(contract: Contract, amount: Decimal, reason: str, *, by: User, now: dt.datetime) -> None:
    """Take what a supplement adds from the award, or refuse it where less is held than the contract would give."""
    if contract.purchase is not None:
        paying.grant_supplement(
            by=by, now=now, award=contract.purchase, amount=amount, reason=reason, under_contract=True
        )
    if contract.grant is not None and contract.amount + amount > contract.grant.amount:
        raise refusals.AwardElsewhere(field="amount", amount=format_yuan(contract.grant.amount))
    if contract.request is not None and contract.held == contract.amount:
        check_hold(held_request(contract.request), contract.held + amount, apart_from=contract)


def record_against_line(contract: Contract, payment: AwardPayment, *, by: User, now: dt.datetime) -> None:
    """Write a payment down against the budget line of the award of a purchase."""
    if contract.purchase is None or payment.paid_on is None:
        return
    purpose = f"{contract.number} {payment.instalment.number}"
    paid = paying.Paid(payment.amount, payment.paid_on, payment.reference, purpose)
    paying.record_payment(by=by, now=now, award=contract.purchase, paid=paid, under_contract=True)
