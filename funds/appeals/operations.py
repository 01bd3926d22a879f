"""Appeals from draft to full account; the money itself is given on the designated platform or to the charity's bank."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.queries import value
from consultation.decisions.models import Decision
from funds.appeals.lifecycle import DECIDED, AppealKind, AppealStatus
from funds.appeals.models import Appeal, AppealReport
from funds.appeals.policy import FINAL_WITHIN, PLATFORMS, REPORT_EVERY, REPORT_FROM, dues, platform_of
from funds.charity.models import CommunityFund
from funds.ledger.models import AccountKind, Book, Transfer
from funds.ledger.operations import open_account
from governance import lifecycle
from governance.accounts.masking import mask_text
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import months_later
from governance.errors import Conflict, Invalid, NotNow
from governance.money import ZERO

if TYPE_CHECKING:
    from governance.accounts.models import User


class AppealDaysUnfit(Invalid):
    """An appeal runs forward, and from today on at the earliest."""

    code = "appeal_days_unfit"
    message = _("The last day of the appeal must lie after its first and after today.")


class GoalMissing(Invalid):
    """An appeal has a goal above zero."""

    code = "goal_missing"
    message = _("Enter a goal above zero.")


class PlatformNotDesignated(Invalid):
    """Appeals to the public stand on designated platforms only."""

    code = "platform_not_designated"
    message = _("%(address)s leads to no designated platform. Designated are: %(platforms)s.")


class FilingMissing(Invalid):
    """An appeal to the public needs its filed plan and its address on a platform; one among residents has neither."""

    code = "filing_missing"
    message = _("Enter the number of the filed plan and the address of the appeal on a designated platform.")


class RaisesNothing(NotNow):
    """A budget fund is public money and raises none."""

    code = "fund_raises_nothing"
    message = _("“%(fund)s” is public money and raises nothing.")


class NotDecided(NotNow):
    """Money is raised among residents only when they have decided so."""

    code = "appeal_not_decided"
    message = _("Crowd-funding among residents cites a final decision of the residents of %(place)s.")


class ReportShown(Conflict):
    """The account was shown before."""

    code = "appeal_report_shown"
    message = _("This account has already been shown.")


class ReportEarly(NotNow):
    """The days that the account covers are not over."""

    code = "appeal_report_early"
    message = _("The days that this account covers end on %(day)s; show it after that.")


class ReportTextMissing(Invalid):
    """An account says what was done."""

    code = "appeal_report_text_missing"
    message = _("Say what was done with the money.")


def draft_appeal(
    *,
    by: User,
    fund: CommunityFund,
    kind: str,
    title: str,
    purpose: str,
    target: Decimal,
    starts_on: dt.date,
    ends_on: dt.date,
    now: dt.datetime,
    filing_number: str = "",
    platform_url: str = "",
    decision: Decision | None = None,
) -> Appeal:
    """Draft an appeal for a fund; another person, of the charity, opens it.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        RaisesNothing: a budget fund.
        AppealDaysUnfit, GoalMissing.
        FilingMissing, PlatformNotDesignated: to the public, without its filing or on another platform.
        NotDecided: among residents, without a final decision of theirs.
    Basis: Charity Law art. 22-27; Organic Law of Urban Residents' Committees art. 16.
    """
    require(by, "funds.draft_appeal", fund)
    today = timezone.localdate(now)
    if fund.is_budget:
        raise RaisesNothing(field="fund", fund=fund.short_name)
    if ends_on < starts_on or ends_on < today:
        raise AppealDaysUnfit(field="ends_on")
    if target <= 0:
        raise GoalMissing(field="target")
    row = Appeal(
        fund=fund,
        kind=kind,
        title=title.strip(),
        purpose=purpose.strip(),
        target=target,
        starts_on=starts_on,
        ends_on=ends_on,
        drafted_by=by,
        drafted_at=now,
        **_right_of(fund, kind, (filing_number.strip(), platform_url.strip()), decision, today),
    )
    row.full_clean(exclude=["pool"])
    with transaction.atomic():
        row.save()
        after = {"fund": fund.pk, "kind": kind, "target": target, "title": mask_text(row.title)}
        audit.record(by=by, verb="funds.appeal.drafted", row=row, now=now, after=after)
    return row


def _right_of(
    fund: CommunityFund, kind: str, filing: tuple[str, str], decision: Decision | None, today: dt.date
) -> dict[str, Any]:
    """Return by what right money is raised, or refuse."""
    filing_number, platform_url = filing
    if kind == AppealKind.RESIDENTS:
        here = decision is not None and fund.division.path.startswith(decision.division.path)
        nearby = decision is not None and decision.division.path.startswith(fund.division.path)
        if decision is None or decision.status not in DECIDED or not (here or nearby):
            raise NotDecided(field="decision", place=fund.division.name)
        return {"decision": decision}
    if not filing_number or not platform_url:
        raise FilingMissing(field="platform_url" if filing_number else "filing_number")
    known = value(PLATFORMS, fund.division, today)
    if platform_of(platform_url, known) is None:
        names = "、".join(platform.name for platform in known)
        raise PlatformNotDesignated(field="platform_url", address=platform_url, platforms=names)
    return {"filing_number": filing_number, "platform_url": platform_url}


def open_appeal(*, by: User, appeal: Appeal, now: dt.datetime) -> Appeal:
    """Open an appeal: give it a pool of its own and write down the accounts that it will owe.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        MoveHindered: no certificate for the whole term, no filing, no final decision, fund not active.
        PlatformNotDesignated: the platform has lost its designation since.
    Basis: Charity Law art. 22-27, 78.
    """
    lifecycle.require(appeal, "open", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        fund = CommunityFund.objects.select_for_update(of=("self",), no_key=True).get(pk=appeal.fund_id)
        fresh = Appeal.objects.select_for_update(of=("self",)).get(pk=appeal.pk)
        if fresh.kind == AppealKind.PUBLIC:
            _right_of(fund, fresh.kind, (fresh.filing_number, fresh.platform_url), None, today)
        title = mask_text(fresh.title)
        pool = open_account(
            by=by,
            book=fund.book,
            code=f"pool:appeal:{fresh.pk}",
            kind=AccountKind.POOL,
            name=title,
            purpose=title,
            now=now,
        )
        AppealReport.objects.bulk_create(
            AppealReport(
                appeal=fresh,
                covers_from=due.covers_from,
                covers_to=due.covers_to,
                due_on=due.due_on,
                is_final=due.is_final,
            )
            for due in dues(
                fresh.starts_on,
                fresh.ends_on,
                every=value(REPORT_EVERY, fund.division, today),
                longer_than=value(REPORT_FROM, fund.division, today),
                final_within=value(FINAL_WITHIN, fund.division, today),
            )
        )
        return lifecycle.move(fresh, "open", by=by, now=now, changes={"pool": pool})


def end_appeal(*, by: User, appeal: Appeal, reason: str, now: dt.datetime) -> Appeal:
    """End an appeal before its last day; what it owes is counted from today.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        fresh = lifecycle.move(appeal, "end", by=by, now=now, reason=reason)
        last = max(today, fresh.starts_on)
        fresh.reports.filter(published_at=None, covers_from__gt=last).delete()
        within = value(FINAL_WITHIN, fresh.fund.division, today)
        fresh.reports.filter(published_at=None, is_final=True).update(covers_to=last, due_on=months_later(last, within))
        fresh.reports.filter(published_at=None, is_final=False, covers_to__gt=last).update(covers_to=last)
    return fresh


def end_over(*, by: User, now: dt.datetime) -> int:
    """End the appeals whose last day is over, and return how many; made by the clock."""
    found = 0
    for key in Appeal.objects.over_on(timezone.localdate(now)).order_by("pk").values_list("pk", flat=True):
        with transaction.atomic():
            locked = Appeal.objects.select_for_update(of=("self",), skip_locked=True).filter(pk=key).first()
            if locked is not None and locked.status == AppealStatus.OPEN:
                lifecycle.move(locked, "run_out", by=by, now=now)
                found += 1
    return found


def show_report(*, by: User, report: AppealReport, text: str, now: dt.datetime) -> AppealReport:
    """Show one account of an appeal: the ledger's figures for its days, and what was done; never changed afterwards.

    Raises:
        NotAllowed: neither staff of the place nor an officer of the charity.
        ReportTextMissing, ReportEarly, ReportShown.
    Basis: Charity Law art. 78.
    """
    require(by, "funds.show_appeal_report", report)
    if not text.strip():
        raise ReportTextMissing(field="text")
    with transaction.atomic():
        fresh = AppealReport.objects.select_for_update(of=("self",)).get(pk=report.pk)
        if fresh.published_at is not None:
            raise ReportShown
        if fresh.covers_to >= timezone.localdate(now):
            raise ReportEarly(day=fresh.covers_to)
        book = Book.objects.select_for_update(of=("self",), no_key=True).get(pk=fresh.appeal.fund.book_id)
        fresh.raised, fresh.spent = _moved(fresh)
        fresh.sequence, fresh.text = book.sequence, mask_text(text.strip())
        fresh.published_at, fresh.published_by = now, by
        fresh.save(update_fields=["raised", "spent", "sequence", "text", "published_at", "published_by"])
        after = {"raised": fresh.raised, "spent": fresh.spent, "sequence": fresh.sequence}
        audit.record(
            by=by,
            verb="funds.appeal_report.shown",
            row=fresh,
            now=now,
            after=after,
            basis="Charity Law art. 78",
        )
    return fresh


def _moved(report: AppealReport) -> tuple[Decimal, Decimal]:
    """Return what came into the appeal's pool from outside in the account's days, and what was committed or paid.

    What went back, to givers or from a hold, is taken off.
    """
    pool = report.appeal.pool
    dated = {"journal__posted_on__gte": report.covers_from, "journal__posted_on__lte": report.covers_to}
    into, out = Transfer.objects.filter(target=pool, **dated), Transfer.objects.filter(source=pool, **dated)
    outside, inside = Q(source__kind=AccountKind.SOURCE), Q(source__kind=AccountKind.HOLD)
    came = into.aggregate(
        given=Sum("amount", filter=outside, default=ZERO), freed=Sum("amount", filter=inside, default=ZERO)
    )
    outside, inside = Q(target__kind=AccountKind.SOURCE), Q(target__kind__in=[AccountKind.HOLD, AccountKind.SINK])
    went = out.aggregate(
        back=Sum("amount", filter=outside, default=ZERO), used=Sum("amount", filter=inside, default=ZERO)
    )
    return max(ZERO, came["given"] - went["back"]), max(ZERO, went["used"] - came["freed"])
