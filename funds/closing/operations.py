"""Closing a fund in steps: stop its intake, audit it, propose and post the use of its balance, transfer it, report.

Locks are taken in one order: closing, funds by key, books by key.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.models import Attachment, ObjectionOutcome
from communities.people.policy import refuse_personal_numbers
from funds.charity.lifecycle import FundStatus
from funds.charity.models import CommunityFund
from funds.charity.policy import CLOSING_NOTICE_DAYS, PUBLICITY_DAYS
from funds.closing import queries
from funds.closing.models import BalanceUse, ClosureGround, FundClosure
from funds.ledger.models import FREE, Account, AccountKind, Book, Journal, JournalKind
from funds.ledger.operations import Line, open_account, post_journal
from funds.oversight.lifecycle import ProposalStatus
from funds.oversight.models import FundProposal, ProposalGround, ProposalKind
from funds.packs.queries import pack_on, rule_of
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import DayKind
from governance.errors import Invalid, NotNow
from governance.money import ZERO, format_yuan

if TYPE_CHECKING:
    from governance.accounts.models import User


class ClosingAlreadyBegun(NotNow):
    """A fund is closed once."""

    code = "closing_already_begun"
    message = _("The closing of “%(fund)s” has begun already.")


class IdlenessNotConfirmed(NotNow):
    """An idle fund is warned first and closed after its notice."""

    code = "idleness_not_confirmed"
    message = _(
        "No proposal to close “%(fund)s” as idle was confirmed %(days)s days ago or earlier. It is warned first."
    )


class ClosingHindered(NotNow):
    """Something of the fund is still under way."""

    code = "closing_hindered"
    message = _("This must be done first: %(list)s")


class WordsMissing(Invalid):
    """A step of a closing is explained in words."""

    code = "closing_words_missing"
    message = _("Please say it in words.")


class BalanceUseUnfit(Invalid):
    """The balance stays in charity: as the agreement says, or with the same charity."""

    code = "balance_use_unfit"
    message = _("%(reason)s")


class RecipientNotOpen(NotNow):
    """The fund that is to receive the balance takes money."""

    code = "recipient_not_open"
    message = _("“%(fund)s” is “%(status)s” and cannot receive the balance.")


class AuditFileUnseen(Invalid):
    """The audit report is a file that the person may open."""

    code = "audit_file_unseen"
    message = _("The audit report is not a file that you may open.")


def begin_closing(
    *, by: User, fund: CommunityFund, ground: str, reason: str, now: dt.datetime, today: dt.date
) -> FundClosure:
    """Begin to close a fund: from now on its book takes no money, whichever way it comes.

    An idle fund is closed after somebody confirmed the clock's proposal and the days of notice have passed.

    Raises:
        MoveForbidden, MoveClosed: as for every move of the fund.
        WordsMissing, PersonalNumbersFound: the reason.
        ClosingAlreadyBegun, IdlenessNotConfirmed.
    Basis: Charity Law art. 58; guides on community charity funds (Hubei 2023, Hunan 2025).
    """
    lifecycle.require(fund, "begin_closing", by=by)
    said = _said(reason, "reason")
    with transaction.atomic():
        locked = _locked_fund(fund)
        if FundClosure.objects.filter(fund=locked).exists():
            raise ClosingAlreadyBegun(fund=locked.short_name)
        if ground == ClosureGround.IDLE:
            _check_idleness(locked, today)
        # As every posting does: whoever posts into the book now is done before its intake stops.
        Book.objects.select_for_update(no_key=True).get(pk=locked.book_id)
        row = FundClosure(fund=locked, ground=ground, reason=said, begun_at=now, begun_by=by)
        row.full_clean()
        row.save()
        audit.record(
            by=by, verb="funds.fund_closure.begun", row=row, now=now, after={"fund": locked.pk, "ground": ground}
        )
        lifecycle.move(locked, "begin_closing", by=by, now=now, reason=said)
    return row


def _said(text: str, field: str) -> str:
    """Return what was said, or refuse to go on without it."""
    said = text.strip()
    if not said:
        raise WordsMissing(field=field)
    refuse_personal_numbers(**{field: said})
    return said


def _locked_fund(fund: CommunityFund) -> CommunityFund:
    rows = CommunityFund.objects.select_for_update(of=("self",), no_key=True)
    return rows.select_related("division__parent", "book", "charity").get(pk=fund.pk)


def _check_idleness(fund: CommunityFund, today: dt.date) -> None:
    days = rule_of(CLOSING_NOTICE_DAYS, pack_on(fund.rule_pack, today), fund.division, today)
    until = timezone.make_aware(dt.datetime.combine(today - dt.timedelta(days=days - 1), dt.time.min))
    confirmed = FundProposal.objects.filter(
        fund=fund,
        kind=ProposalKind.CLOSE,
        ground=ProposalGround.IDLE,
        status=ProposalStatus.CONFIRMED,
        decided_at__lt=until,
    )
    if not confirmed.exists():
        raise IdlenessNotConfirmed(fund=fund.short_name, days=days)


def _ready(closure: FundClosure, name: str, by: User) -> FundClosure:
    """Return the closing, locked with its fund, or refuse the step before its work begins; the mover asks again."""
    lifecycle.require(closure, name, by=by)
    rows = FundClosure.objects.select_for_update(of=("self",))
    row = rows.select_related("fund__division__parent", "fund__book", "fund__charity", "recipient", "notice").get(
        pk=closure.pk
    )
    step = lifecycle.of(row).by_name[name]
    if row.status not in step.sources:
        raise lifecycle.MoveClosed(move=step.label, status=row.get_status_display())
    if not lifecycle.may(row, step, by):
        raise lifecycle.SamePerson(move=step.label)
    return row


def _check_nothing_hinders(row: FundClosure, today: dt.date) -> None:
    if found := queries.hindrances_of(row.fund, today):
        raise ClosingHindered(list=" ".join(f"{hindrance.label} ({hindrance.count})" for hindrance in found))


def give_audit_opinion(
    *,
    by: User,
    closure: FundClosure,
    auditor: str,
    opinion: str,
    now: dt.datetime,
    today: dt.date,
    file: Attachment | None = None,
) -> FundClosure:
    """Enter the audit opinion on a fund whose contracts are settled.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ClosingHindered: holds, requests, payments, pledges or orders are still open.
        WordsMissing, PersonalNumbersFound, AuditFileUnseen.
    """
    with transaction.atomic():
        row = _ready(closure, "audit", by)
        _check_nothing_hinders(row, today)
        if file is not None and not Attachment.objects.visible_to(by).filter(pk=file.pk).exists():
            raise AuditFileUnseen(field="file")
        changes = {"auditor": _said(auditor, "auditor"), "audit_opinion": _said(opinion, "opinion"), "audit_file": file}
        return lifecycle.move(row, "audit", by=by, now=now, changes=changes)


def propose_balance_use(
    *,
    by: User,
    closure: FundClosure,
    use: str,
    use_reason: str,
    now: dt.datetime,
    recipient: CommunityFund | None = None,
    project: str = "",
) -> FundClosure:
    """Propose what the balance is used for: another fund, or a project, of the same charity.

    `use` says by which rule: as the agreement has it, or for the same or a close purpose; `use_reason` names the clause, or
    why the purposes are close. The balance of a budget fund may return to public finance.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        BalanceUseUnfit: it would leave the charity, or reach the community, the enterprise or a donor.
        RecipientNotOpen: the receiving fund is not active.
        WordsMissing, PersonalNumbersFound.
    Basis: Charity Law art. 58.
    """
    with transaction.atomic():
        row = _ready(closure, "propose", by)
        said, named = _said(use_reason, "use_reason"), project.strip()
        refuse_personal_numbers(project=named)
        if reason := _use_fault(row.fund, use, recipient, named):
            raise BalanceUseUnfit(field="recipient" if recipient else "project", reason=reason)
        if recipient is not None:
            _check_open(recipient)
        changes = {"use": use, "recipient": recipient, "project": named, "use_reason": said}
        amount = queries.balance_left(row.fund)
        return lifecycle.move(row, "propose", by=by, now=now, changes={**changes, "amount": amount})


def _use_fault(fund: CommunityFund, use: str, recipient: CommunityFund | None, project: str) -> str | None:
    """Return why a use of the balance is not allowed, None when it is."""
    if use not in BalanceUse.values:
        return gettext("Say by which rule the balance is used.")
    if use == BalanceUse.TREASURY:
        return _treasury_fault(fund, recipient, project)
    if (recipient is None) is not bool(project):
        return gettext("Name one recipient: another fund, or a project.")
    if recipient is not None and (recipient.pk == fund.pk or recipient.charity_id != fund.charity_id):
        return gettext("The balance goes to another fund of the same charity.")
    if project and queries.must_not_receive(fund, project):
        return gettext("The balance never goes to the community's own account, an enterprise or a donor.")
    return None


def _treasury_fault(fund: CommunityFund, recipient: CommunityFund | None, project: str) -> str | None:
    if not fund.is_budget:
        return gettext("Only the balance of a budget fund returns to public finance.")
    return gettext("What returns to public finance has no other recipient.") if recipient or project else None


def _check_open(recipient: CommunityFund) -> None:
    if recipient.status != FundStatus.ACTIVE:
        raise RecipientNotOpen(field="recipient", fund=recipient.short_name, status=recipient.get_status_display())


def post_closing(*, by: User, closure: FundClosure, now: dt.datetime, today: dt.date, contact: str = "") -> FundClosure:
    """Post the proposed use of the balance for the days that the rules of the fund ask for; objections stop it.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        NoticeNotYours, PersonalNumbersFound, YearUnknown: as for every notice.
    """
    with transaction.atomic():
        row = _ready(closure, "put_up", by)
        fund = row.fund
        days = rule_of(PUBLICITY_DAYS, pack_on(fund.rule_pack, today), fund.division, today)
        with override(settings.LANGUAGE_CODE):
            drafted = notices.draft_notice(
                by=by,
                now=now,
                title=gettext("Closing of %(fund)s: use of the balance") % {"fund": fund.short_name},
                body=_notice_text(row),
                division=fund.division,
                minimum_days=max(days, 1),
                day_kind=DayKind.CALENDAR,
                contact=contact.strip() or gettext("Office of %(place)s") % {"place": fund.division.name},
                basis="Charity Law art. 58",
            )
        notice = notices.post_notice(by=by, now=now, notice=drafted)
        return lifecycle.move(row, "put_up", by=by, now=now, changes={"notice": notice})


def _notice_text(row: FundClosure) -> str:
    """Return the text of the notice, in the installation's language."""
    lines = [
        gettext("“%(fund)s” is being closed: %(ground)s.")
        % {"fund": row.fund.name, "ground": row.get_ground_display()},
        gettext("Reason: %(reason)s") % {"reason": row.reason},
        gettext("Audit by %(auditor)s: %(opinion)s") % {"auditor": row.auditor, "opinion": row.audit_opinion},
        gettext("Balance: %(amount)s yuan") % {"amount": format_yuan(row.amount or ZERO)},
        gettext("Proposed use: %(use)s, to “%(recipient)s”")
        % {"use": row.get_use_display(), "recipient": row.destination},
        row.use_reason,
    ]
    return "\n\n".join(lines)


def settle_posted_closings(*, by: User, now: dt.datetime, today: dt.date) -> list[int]:
    """Clear every posted closing whose notice has closed, return those with an upheld objection; their ids.

    Each in its own transaction. Harmless when repeated.
    """
    settled = []
    for key in list(FundClosure.objects.awaiting_settlement(today).order_by("pk").values_list("pk", flat=True)):
        try:
            with transaction.atomic():
                row = FundClosure.objects.select_for_update(of=("self",)).select_related("notice").get(pk=key)
                answered = row.notice.objections.filter(outcome=ObjectionOutcome.UPHELD) if row.notice else None
                if answered is not None and answered.exists():
                    lifecycle.move(row, "return_after_objection", by=by, now=now, changes={"notice": None})
                else:
                    lifecycle.move(row, "clear", by=by, now=now)
        except lifecycle.MoveClosed:
            continue  # another clock was faster
        settled.append(key)
    return settled


def transfer_balance(*, by: User, closure: FundClosure, now: dt.datetime, today: dt.date) -> FundClosure:
    """Transfer the whole balance as posted, pool by pool, both books in one transaction with matching keys.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        ClosingHindered, RecipientNotOpen: something has changed since.
        BookNotOpen, IntakeSuspended, OutgoSuspended, PeriodIsClosed: one of the books takes nothing.
    Basis: Charity Law art. 58.
    """
    with transaction.atomic():
        row = _ready(closure, "transfer", by)
        _check_nothing_hinders(row, today)
        recipient = _locked_with_recipient(row)
        pools = queries.pools_of(row.fund)
        amount = sum((pool.amount for pool in pools), ZERO)
        changes: dict[str, object] = {"amount": amount}
        if pools:
            changes["out_journal"] = _give(row, pools, by=by, now=now, today=today)
            if recipient is not None:
                changes["in_journal"] = _take(row, recipient, pools, by=by, now=now, today=today)
        told = {"amount": str(amount)}
        return lifecycle.move(row, "transfer", by=by, now=now, changes=changes, payload=told)


def _locked_with_recipient(row: FundClosure) -> CommunityFund | None:
    """Lock both funds and both books in the order of their keys, and return the receiving fund."""
    keys = [key for key in (row.fund_id, row.recipient_id) if key is not None]
    locked = CommunityFund.objects.select_for_update(of=("self",), no_key=True).select_related("book")
    funds = {fund.pk: fund for fund in locked.filter(pk__in=keys).order_by("pk")}
    list(Book.objects.select_for_update(no_key=True).filter(fund__in=keys).order_by("pk"))
    if row.recipient_id is None:
        return None
    recipient = funds[row.recipient_id]
    _check_open(recipient)
    return recipient


def _memo(row: FundClosure) -> str:
    with override(settings.LANGUAGE_CODE):
        return gettext("Balance of a closed fund")


def _give(row: FundClosure, pools: list[queries.Pool], *, by: User, now: dt.datetime, today: dt.date) -> Journal:
    """Move every pool of the closing fund to the use that stands for its balance."""
    book = row.fund.book
    with override(settings.LANGUAGE_CODE):
        name = gettext("balance handed over at closing")
    use = open_account(by=by, book=book, code="use:closing", kind=AccountKind.SINK, name=name, now=now)
    lines = [Line(pool.account, use, pool.amount) for pool in pools]
    return post_journal(
        by=by,
        book=book,
        kind=JournalKind.ALLOCATION,
        key=f"closing:{row.pk}:out",
        posted_on=today,
        memo=_memo(row),
        lines=lines,
        now=now,
    )


def _take(
    row: FundClosure,
    recipient: CommunityFund,
    pools: list[queries.Pool],
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
) -> Journal:
    """Move the same amounts into the receiving fund, free money to free, restricted money to the same purpose."""
    book = recipient.book
    with override(settings.LANGUAGE_CODE):
        name = gettext("balances of closed funds")
    source = open_account(by=by, book=book, code="source:closing", kind=AccountKind.SOURCE, name=name, now=now)
    lines = [Line(source, _pool_in(book, pool.account, by=by, now=now), pool.amount) for pool in pools]
    return post_journal(
        by=by,
        book=book,
        kind=JournalKind.ALLOCATION,
        key=f"closing:{row.pk}:in",
        posted_on=today,
        memo=_memo(row),
        lines=lines,
        now=now,
    )


def _pool_in(book: Book, pool: Account, *, by: User, now: dt.datetime) -> Account:
    if pool.code == FREE:
        return Account.objects.get(book=book, code=FREE)
    return open_account(
        by=by, book=book, code=pool.code, kind=AccountKind.POOL, name=pool.name, purpose=pool.purpose, now=now
    )


def give_final_report(*, by: User, closure: FundClosure, report: str, now: dt.datetime) -> FundClosure:
    """Give the final report, after which the fund can be closed.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        WordsMissing, PersonalNumbersFound.
    """
    lifecycle.require(closure, "report", by=by)
    return lifecycle.move(closure, "report", by=by, now=now, changes={"report": _said(report, "report")})
