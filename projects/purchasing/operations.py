"""Purchases are planned, checked against the negative list, approved against their budget line, announced and opened."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override, pgettext

from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division, Tier
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import months_later, written_until
from governance.money import format_yuan
from projects.purchasing import refusals
from projects.purchasing.catalogue.lifecycle import LineStatus
from projects.purchasing.catalogue.models import ListKind, PublicBudgetLine, PurchaseList, PurchaseListItem
from projects.purchasing.inviting.checks import check_invited
from projects.purchasing.inviting.queries import invited_to
from projects.purchasing.lifecycle import PurchaseStatus, is_still_announced
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.purchasing.policy import (
    CLOCKS,
    FULL,
    LEAST_OFFERS,
    LONG_TERM_MONTHS,
    MICRO_UP_TO,
    NEEDS_A_REASON,
    NO_GROUND,
    PRICE_POINTS,
    TERM_MONTHS,
    NegativeGround,
    Procedure,
    PurchaseKind,
    competes,
)
from projects.purchasing.queries import least_days, left_of, limit_on, year_total
from socialorgs.register.strengths.queries import fields_of

if TYPE_CHECKING:
    from governance.accounts.models import User

BUYING_TIERS = (Tier.DISTRICT, Tier.STREET)
HANDED_IN = ("SUBMITTED", "QUALIFIED", "REJECTED")


@dataclass(frozen=True, slots=True)
class Criterion:
    """Something by which offers are judged."""

    name: str
    points: int
    is_price: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What is planned of a purchase."""

    buyer: Division
    landing: Division
    title: str
    item: PurchaseListItem
    budget_line: PublicBudgetLine
    service: str
    need: str
    amount: Decimal
    starts_on: dt.date
    ends_on: dt.date
    procedure: str
    criteria: Sequence[Criterion] = ()
    kind: str = PurchaseKind.SERVICE
    procedure_reason: str = ""
    continuity_reason: str = ""
    field: str = ""
    handed_item: PurchaseListItem | None = None
    topic: Topic | None = None
    decision: Decision | None = None
    matter: Matter | None = None


COLUMNS = tuple(field.name for field in fields(Plan) if field.name != "criteria")


def _locked(purchase: Purchase) -> Purchase:
    """Return the purchase, locked, with what the rules ask about."""
    rows = Purchase.objects.select_for_update(of=("self",))
    return rows.select_related("buyer", "landing", "item__purchase_list", "budget_line", "notice").get(pk=purchase.pk)


# --- Planning


def plan_purchase(*, by: User, now: dt.datetime, plan: Plan) -> Purchase:
    """Plan a purchase: what, for which need, from which item and budget line, by which procedure.

    Raises:
        NotAllowed: `by` does not buy for the place.
        PurchasePlaceUnfit, PurchaseAmountMissing, PurchaseTermUnfit, PurchaseItemNotInForce, PurchaseLineUnfit,
        ProcedureUnfit, FieldUnknown, NeedMissing, CriteriaUnfit, PersonalNumbersFound.
    Basis: Ministry of Finance order 102 on government purchase of services art. 9, 11, 18, 24.
    """
    require(by, "projects.plan_purchase", plan.buyer)
    today = timezone.localdate(now)
    _check(plan, today)
    with transaction.atomic():
        buyer = Division.objects.select_for_update(of=("self",), no_key=True).get(pk=plan.buyer.pk)
        count = Purchase.objects.filter(buyer=buyer, planned_at__year=today.year).count()
        row = Purchase(
            number=f"CG{today.year}-D{buyer.pk}-N{count + 1}",
            planned_at=now,
            planned_by=by,
            **_values(plan),
        )
        row.full_clean(validate_constraints=False)
        row.save(force_insert=True)
        _write_criteria(row, plan.criteria)
        after = {"item": plan.item.code, "amount": plan.amount, "procedure": plan.procedure}
        audit.record(by=by, verb="projects.purchase.planned", row=row, now=now, after=after)
    return row


def revise_plan(*, by: User, now: dt.datetime, purchase: Purchase, plan: Plan) -> Purchase:
    """Change the plan of a draft.

    Raises:
        NotAllowed: `by` does not buy for the place.
        PurchaseNotDraft: it was submitted; and what planning raises.
    """
    require(by, "projects.plan_purchase", plan.buyer)
    require(by, "projects.plan_purchase", purchase)
    _check(plan, timezone.localdate(now))
    with transaction.atomic():
        row = _locked(purchase)
        if row.status != PurchaseStatus.DRAFT:
            raise refusals.PurchaseNotDraft(status=row.get_status_display())
        before = {"amount": row.amount, "procedure": row.procedure}
        for column, given in _values(plan).items():
            setattr(row, column, given)
        row.full_clean(validate_constraints=False)
        row.save(update_fields=COLUMNS)
        row.criteria.all().delete()
        _write_criteria(row, plan.criteria)
        after = {"amount": row.amount, "procedure": row.procedure}
        audit.record(by=by, verb="projects.purchase.revised", row=row, now=now, before=before, after=after)
    return row


def _values(plan: Plan) -> dict[str, Any]:
    given = {name: getattr(plan, name) for name in COLUMNS}
    return {name: text.strip() if isinstance(text, str) else text for name, text in given.items()}


def _write_criteria(row: Purchase, criteria: Sequence[Criterion]) -> None:
    PurchaseCriterion.objects.bulk_create(
        PurchaseCriterion(purchase=row, number=number, name=one.name.strip(), points=one.points, is_price=one.is_price)
        for number, one in enumerate(criteria, start=1)
    )


def _check(plan: Plan, today: dt.date) -> None:
    """Refuse a plan for the first reason that stands against it."""
    refuse_personal_numbers(title=plan.title, service=plan.service, need=plan.need)
    if plan.amount <= 0:
        raise refusals.PurchaseAmountMissing(field="amount")
    if not plan.need.strip():
        raise refusals.NeedMissing(field="need")
    _check_place(plan)
    _check_term(plan, today)
    _check_item(plan.item, ListKind.GUIDANCE, plan.buyer, today)
    if plan.handed_item is not None:
        _check_item(plan.handed_item, ListKind.HANDED_OVER, plan.buyer, today)
    elif plan.kind == PurchaseKind.HANDED_OVER:
        reason = _("Name which service of the list is handed over.")
        raise refusals.ProcedureUnfit(field="handed_item", reason=reason)
    _check_line(plan.budget_line, plan.buyer)
    _check_procedure(plan, today)
    if plan.field and plan.field not in fields_of(plan.landing, today):
        raise refusals.FieldUnknown(field="field", named=plan.field)
    _check_criteria(plan, today)


def _check_place(plan: Plan) -> None:
    if plan.buyer.tier not in BUYING_TIERS:
        reason = _("A street or a district buys; %(place)s does not.") % {"place": plan.buyer.name}
        raise refusals.PurchasePlaceUnfit(field="buyer", reason=reason)
    if not plan.landing.path.startswith(plan.buyer.path):
        reason = _("%(landing)s does not belong to %(buyer)s.")
        names = {"landing": plan.landing.name, "buyer": plan.buyer.name}
        raise refusals.PurchasePlaceUnfit(field="landing", reason=reason % names)


def _check_term(plan: Plan, today: dt.date) -> None:
    if plan.ends_on <= plan.starts_on:
        raise refusals.PurchaseTermUnfit(field="ends_on", reason=_("The service must end after it begins."))
    if plan.starts_on < today:
        reason = _("What has begun is not bought any more: no purchase by later payment.")
        raise refusals.PurchaseTermUnfit(field="starts_on", reason=reason)
    rule = LONG_TERM_MONTHS if plan.continuity_reason.strip() else TERM_MONTHS
    months = value(rule, plan.buyer, today)
    if plan.ends_on > months_later(plan.starts_on, months):
        reason = _("A service is bought for at most %(months)s months here.") % {"months": months}
        raise refusals.PurchaseTermUnfit(field="ends_on", reason=reason)


def _check_item(item: PurchaseListItem, kind: str, buyer: Division, today: dt.date) -> None:
    lists = PurchaseList.objects.in_force_on(today).reaching(buyer).filter(kind=kind, pk=item.purchase_list_id)
    if not lists.exists():
        field = "item" if kind == ListKind.GUIDANCE else "handed_item"
        raise refusals.PurchaseItemNotInForce(field=field, item=str(item), place=buyer.name, day=today)


def _check_line(line: PublicBudgetLine, buyer: Division) -> None:
    if line.division_id != buyer.pk:
        reason = _("The budget line belongs to another buyer.")
        raise refusals.PurchaseLineUnfit(field="budget_line", reason=reason)
    if line.status != LineStatus.CONFIRMED:
        reason = _("The budget line is “%(status)s”: no budget, no purchase.") % {"status": line.get_status_display()}
        raise refusals.PurchaseLineUnfit(field="budget_line", reason=reason)


def _check_procedure(plan: Plan, today: dt.date) -> None:
    if plan.procedure in NEEDS_A_REASON and not plan.procedure_reason.strip():
        reason = _("Write why it is bought by %(procedure)s.") % {"procedure": Procedure(plan.procedure).label}
        raise refusals.ProcedureUnfit(field="procedure_reason", reason=reason)
    limit = value(MICRO_UP_TO, plan.buyer, today)
    if plan.procedure == Procedure.MICRO and plan.amount > limit:
        reason = _("A small direct purchase goes up to %(limit)s yuan.") % {"limit": format_yuan(limit)}
        raise refusals.ProcedureUnfit(field="procedure", reason=reason)


def _check_criteria(plan: Plan, today: dt.date) -> None:
    if sum(one.points for one in plan.criteria) != FULL or any(one.points < 1 for one in plan.criteria):
        reason = _("The points of the criteria must sum to 100.")
        raise refusals.CriteriaUnfit(field="criteria", reason=reason)
    least = value(PRICE_POINTS, plan.buyer, today)
    prices = [one.points for one in plan.criteria if one.is_price]
    if len(prices) != 1 or prices[0] < least:
        reason = _("The price is one of the criteria, with at least %(least)s points.") % {"least": least}
        raise refusals.CriteriaUnfit(field="criteria", reason=reason)
    if any(not one.name.strip() for one in plan.criteria):
        raise refusals.CriteriaUnfit(field="criteria", reason=_("Each criterion has a name."))


# --- Checking and approving


def submit_plan(*, by: User, now: dt.datetime, purchase: Purchase) -> Purchase:
    """Submit a plan: it is looked at again, and the limit of its procedure on this day is written down.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        PurchaseItemNotInForce, PurchaseLineUnfit, PurchaseTermUnfit: since it was planned, that has changed.
        PurchaseAboveLine: its ceiling is more than the budget line has left.
    """
    lifecycle.require(purchase, "submit", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _locked(purchase)
        if row.status == PurchaseStatus.DRAFT:
            _check(_plan_of(row), today)
            _check_left(row, row.budget_line)
        changes = {"procedure_limit": limit_on(row, today)}
        return lifecycle.move(row, "submit", by=by, now=now, changes=changes)


def _plan_of(row: Purchase) -> Plan:
    criteria = [Criterion(one.name, one.points, one.is_price) for one in row.criteria.all()]
    return Plan(criteria=criteria, **{name: getattr(row, name) for name in COLUMNS})


def check_purchase(*, by: User, now: dt.datetime, purchase: Purchase, answers: Mapping[str, bool]) -> Purchase:
    """Answer each ground of the negative list by name; only a plan that meets none goes on.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        NegativeListUnanswered: a ground was left out.
        NegativeListMet: one of them applies; the plan is returned.
    Basis: Ministry of Finance order 102 on government purchase of services art. 10.
    """
    lifecycle.require(purchase, "check", by=by)
    if set(answers) != set(NegativeGround.values):
        raise refusals.NegativeListUnanswered
    if met := [NegativeGround(ground).label for ground, applies in answers.items() if applies]:
        raise refusals.NegativeListMet(grounds=" ".join(map(str, met)))
    return lifecycle.move(purchase, "check", by=by, now=now, changes={"negative_answers": dict(NO_GROUND)})


def send_plan_back(*, by: User, now: dt.datetime, purchase: Purchase, reason: str) -> Purchase:
    """Return a plan to who planned it, with the reason.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(purchase, "send_back", by=by, now=now, reason=reason)


def explain_splitting(*, by: User, now: dt.datetime, purchase: Purchase, reason: str) -> Purchase:
    """Explain as a second officer why several purchases of one item in a year are no splitting.

    Raises:
        NotAllowed: `by` does not approve purchases of the place.
        SplittingNotYours: `by` has planned it. SplittingReasonMissing: nothing was written.
        PurchaseNotDraft: it is not waiting for its approval.
    Basis: Regulations for the Government Procurement Law art. 28.
    """
    require(by, "projects.approve_purchase", purchase)
    if not reason.strip():
        raise refusals.SplittingReasonMissing(field="reason")
    with transaction.atomic():
        row = _locked(purchase)
        if row.planned_by_id == by.pk:
            raise refusals.SplittingNotYours
        if row.status not in (PurchaseStatus.SUBMITTED, PurchaseStatus.CHECKED):
            raise refusals.PurchaseNotDraft(status=row.get_status_display())
        row.splitting_reason, row.explained_by, row.explained_at = reason.strip()[:500], by, now
        row.save(update_fields=["splitting_reason", "explained_by", "explained_at"])
        audit.record(by=by, verb="projects.purchase.explained", row=row, now=now, reason=reason)
    return row


def approve_purchase(*, by: User, now: dt.datetime, purchase: Purchase) -> Purchase:
    """Approve a purchase by a third person: its ceiling is bound on the budget line from now on.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        PurchaseLineUnfit, PurchaseAboveLine: the money is not there.
        PurchaseSplit: the purchases of the year are above the limit of the procedure and nobody has explained it.
    Basis: Government Procurement Law art. 28; Ministry of Finance order 102 on government purchase of services art. 18.
    """
    lifecycle.require(purchase, "approve", by=by)
    with transaction.atomic():
        Division.objects.select_for_update(of=("self",), no_key=True).get(pk=purchase.buyer_id)
        line = PublicBudgetLine.objects.select_for_update(of=("self",), no_key=True).get(pk=purchase.budget_line_id)
        row = _locked(purchase)
        if row.status == PurchaseStatus.CHECKED:
            _check_line(line, row.buyer)
            _check_left(row, line)
            _check_splitting(row, line.fiscal_year)
        return lifecycle.move(row, "approve", by=by, now=now, changes={"bound": row.amount})


def _check_left(row: Purchase, line: PublicBudgetLine) -> None:
    left = left_of(line, apart_from=row)
    if row.amount > left:
        raise refusals.PurchaseAboveLine(line=str(line), left=format_yuan(left), amount=format_yuan(row.amount))


def _check_splitting(row: Purchase, year: int) -> None:
    found = year_total(row)
    if found.is_above and row.explained_by_id is None:
        raise refusals.PurchaseSplit(
            place=row.buyer.name,
            item=str(row.item),
            year=year,
            total=format_yuan(found.total),
            limit=format_yuan(found.limit or Decimal(0)),
        )


# --- Announcing and opening


def call_for_offers(
    *, by: User, now: dt.datetime, purchase: Purchase, contact: str, days: int | None = None
) -> Purchase:
    """Announce the purchase for at least the days of the law; offers are taken to the end of the last one.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        CallTooShort: fewer days than the procedure asks for.
        TooFewInvited, BodyNotAble, OrganizationHindered: those who are asked by name cannot be asked any more.
        PersonalNumbersFound: the announcement holds numbers of persons.
    Basis: Government Procurement Law art. 11, 35; Civil Code art. 203.
    """
    lifecycle.require(purchase, "call", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _locked(purchase)
        if row.status == PurchaseStatus.APPROVED:
            check_invited(row, invited_to(row), today)
        clock = CLOCKS[row.procedure]
        least = least_days(row, today)
        given = least if days is None else days
        if given < least:
            unit = pgettext("unit", clock.days.unit)
            raise refusals.CallTooShort(field="days", procedure=row.get_procedure_display(), days=least, unit=unit)
        if row.status != PurchaseStatus.APPROVED:
            return lifecycle.move(row, "call", by=by, now=now)
        with override(settings.LANGUAGE_CODE):
            title = _("Purchase of a service: %(title)s") % {"title": row.title}
            body = _announcement(row)
        notice = notices.draft_notice(
            by=by,
            now=now,
            title=title,
            body=body,
            division=row.buyer,
            minimum_days=given,
            day_kind=clock.kind,
            contact=contact,
            basis=clock.days.basis,
        )
        notice = notices.post_notice(by=by, now=now, notice=notice)
        last = notice.ends_on or today
        midnight = dt.datetime.combine(last + dt.timedelta(days=1), dt.time.min)
        until = timezone.make_aware(midnight, timezone.get_default_timezone())
        return lifecycle.move(row, "call", by=by, now=now, changes={"notice": notice, "offers_until": until})


def _announcement(row: Purchase) -> str:
    lines = [
        _("Number: %(number)s") % {"number": row.number},
        _("Buyer: %(buyer)s; carried out in %(landing)s") % {"buyer": row.buyer.name, "landing": row.landing.name},
        _("Item of the catalogue: %(item)s") % {"item": row.item},
        _("Budget: %(line)s, at most %(amount)s yuan") % {"line": row.budget_line, "amount": format_yuan(row.amount)},
        _("Procedure: %(procedure)s") % {"procedure": row.get_procedure_display()},
        _("Term: %(first)s to %(last)s") % {"first": row.starts_on, "last": row.ends_on},
        row.service,
    ]
    if row.procedure_reason:
        lines.append(_("Reason for the procedure: %(reason)s") % {"reason": row.procedure_reason})
    if competes(row.procedure):
        points = "；".join(f"{one.name} {one.points}" for one in row.criteria.all())
        lines.append(_("Offers are judged by points: %(points)s") % {"points": points})
    return "\n".join(lines)


def open_offers(*, by: User, now: dt.datetime, purchase: Purchase) -> Purchase:
    """Open the offers when the time is over; from now on the buyer and the committee see them.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        OffersStillTaken, CallNotClosed: it is too early. TooFewOffers: the competition has failed.
    Basis: Government Procurement Law art. 36, 38, 40.
    """
    lifecycle.require(purchase, "open_offers", by=by)
    with transaction.atomic():
        row = _locked(purchase)
        if row.status == PurchaseStatus.CALLED:
            _check_call_over(row, now)
            _check_number_of_offers(row, timezone.localdate(now))
        return lifecycle.move(row, "open_offers", by=by, now=now)


def _check_call_over(row: Purchase, now: dt.datetime) -> None:
    if row.offers_until is not None and now < row.offers_until:
        raise refusals.OffersStillTaken(until=written_until(row.offers_until))
    if row.notice is not None and is_still_announced(row):
        raise refusals.CallNotClosed(status=row.notice.get_status_display())


def _check_number_of_offers(row: Purchase, today: dt.date) -> None:
    needed = value(LEAST_OFFERS, row.buyer, today) if competes(row.procedure) else 1
    count = row.offers.filter(status__in=HANDED_IN).count()
    if count < needed:
        raise refusals.TooFewOffers(count=count, needed=needed, procedure=row.get_procedure_display())


def declare_failed(*, by: User, now: dt.datetime, purchase: Purchase, reason: str) -> Purchase:
    """Declare a purchase failed: what it bound is free again.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    Basis: Government Procurement Law art. 36, 37.
    """
    return lifecycle.move(purchase, "fail", by=by, now=now, reason=reason)


def cancel_purchase(*, by: User, now: dt.datetime, purchase: Purchase, reason: str) -> Purchase:
    """Cancel a purchase that was not announced.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(purchase, "cancel", by=by, now=now, reason=reason)
