"""What follows the agreement: signing in with the code, saying that it is done, settling, rating, and the clock."""

from __future__ import annotations

import datetime as dt
import secrets
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from funds.ledger.models import JournalKind
from funds.ledger.operations import Line, post_journal
from funds.ledger.points import account_of, book_of, source_of
from funds.ledger.posting import InsufficientAvailable
from funds.spending import operations as spending
from funds.spending.lifecycle import PaymentStatus
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import DomainError
from projects.evaluation.queries import plain_token
from projects.market import refusals
from projects.market.lifecycle import SERVED, MatchStatus, ServiceStatus
from projects.market.locking import locked_match, locked_service
from projects.market.models import Absent, MicroService, ServiceMatch, ServiceRating, Settlement
from projects.market.policy import EARLY_MINUTES, FINISH_DAYS, GRACE_MINUTES, RATE_DAYS
from projects.market.queries import payer_of, posted_for, server_of, taken_for

if TYPE_CHECKING:
    from funds.ledger.models import Journal
    from funds.spending.models import Payment
    from governance.accounts.models import User


def sign_in_match(*, by: User, now: dt.datetime, match: ServiceMatch, code: str = "") -> ServiceMatch:
    """Sign in at the service: whoever took it with the code of whoever posted it, who may also sign them in by hand.

    Raises:
        MarketCodeWrong: the code is not that of the service.
        MarketNotNow: too early or over.
        MoveForbidden, MoveClosed: as for every move.
    """
    lifecycle.require(match, "sign_in", by=by)
    with transaction.atomic():
        row = locked_match(match)
        service = row.service
        by_hand = posted_for(by, service)
        if not by_hand and not secrets.compare_digest(plain_token(code).encode(), service.code.encode()):
            raise refusals.MarketCodeWrong(field="code")
        early = value(EARLY_MINUTES, service.division, timezone.localdate(now))
        first = service.starts_at - dt.timedelta(minutes=early)
        if not first <= now < service.ends_at:
            raise refusals.MarketNotNow(
                reason=_("Signing in is possible from %(first)s until %(last)s.")
                % {"first": _clock(first), "last": _clock(service.ends_at)}
            )
        return lifecycle.move(row, "sign_in", by=by, now=now, changes={"is_by_code": not by_hand})


def _clock(moment: dt.datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def report_no_show(*, by: User, now: dt.datetime, match: ServiceMatch, reason: str) -> ServiceMatch:
    """Report that the other side did not come, some time after the beginning; it counts against them for a while.

    Raises:
        MarketNotNow: the time of waiting is not over, or the days for reporting are.
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    """
    lifecycle.require(match, "report_no_show", by=by)
    refuse_personal_numbers(reason=reason)
    with transaction.atomic():
        row = locked_match(match)
        today = timezone.localdate(now)
        first = row.service.starts_at + dt.timedelta(minutes=value(GRACE_MINUTES, row.division, today))
        if now < first:
            raise refusals.MarketNotNow(reason=_("Please wait until %(first)s.") % {"first": _clock(first)})
        absent = Absent.POSTER if taken_for(by, row) else Absent.TAKER
        changes = {"ended_reason": reason.strip(), "absent": absent}
        return lifecycle.move(row, "report_no_show", by=by, now=now, reason=reason, changes=changes)


def finish_match(*, by: User, now: dt.datetime, match: ServiceMatch) -> ServiceMatch:
    """Say, as the side that was served, that the service is done; what needs nobody's further act is settled with it.

    Raises:
        PointsMissing: the points that it costs are not there.
        MoveForbidden, MoveClosed: as for every move.
    """
    with transaction.atomic():
        row = locked_match(match)
        service = row.service
        done = lifecycle.move(row, "finish", by=by, now=now)
        done.service = service
        if service.settlement in (Settlement.FREE, Settlement.POINTS):
            return _settle(by, now, done)
        return done


def settle_match(*, by: User, now: dt.datetime, match: ServiceMatch) -> ServiceMatch:
    """Settle a service that is done: money outside is confirmed by who gets it, a fund's money by its payment.

    Raises:
        MoveForbidden: money outside, and `by` is not the side that served.
        NotPaidYet: the fund has not paid.
        PointsMissing, MoveClosed: as for `finish_match`.
    """
    lifecycle.require(match, "settle", by=by)
    with transaction.atomic():
        row = locked_match(match)
        serves = posted_for(by, row.service) if row.service.is_offer else taken_for(by, row)
        if row.service.settlement == Settlement.OUTSIDE and not serves:
            raise lifecycle.MoveForbidden(move=lifecycle.of(row).by_name["settle"].label)
        if row.service.settlement == Settlement.FUND and not is_paid(row):
            raise refusals.NotPaidYet
        return _settle(by, now, row)


def is_paid(match: ServiceMatch) -> bool:
    """Tell whether the fund has paid for a taking."""
    return match.payment is not None and match.payment.status == PaymentStatus.PAID


def _settle(by: User, now: dt.datetime, match: ServiceMatch) -> ServiceMatch:
    changes = {}
    if match.status == MatchStatus.DONE and match.service.settlement == Settlement.POINTS:
        changes = {"journal": _pay_points(by, now, match)}
    settled = lifecycle.move(match, "settle", by=by, now=now, changes=changes)
    settled.service = match.service
    return settled


def _pay_points(by: User, now: dt.datetime, match: ServiceMatch) -> Journal | None:
    """Move the points from who was served to who served; the voucher names the taking and nobody."""
    service, today = match.service, timezone.localdate(now)
    server, payer = server_of(match), payer_of(match)
    if server is None:
        raise refusals.PointsNobodys
    book = book_of(service.division, by, now, today)
    with override(settings.LANGUAGE_CODE):
        memo = _("Points of small service %(number)s") % {"number": match.pk}
    given = source_of(book, by, now) if payer is None else account_of(book, payer, by, now)
    try:
        return post_journal(
            by=by,
            book=book,
            kind=JournalKind.ALLOCATION,
            key=f"service-match:{match.pk}",
            posted_on=today,
            memo=memo,
            lines=[Line(given, account_of(book, server, by, now), Decimal(service.points))],
            now=now,
        )
    except InsufficientAvailable as refusal:
        available = refusal.params.get("available", 0)
        raise refusals.PointsMissing(wanted=service.points, available=int(available)) from refusal


def plan_match_payment(*, by: User, now: dt.datetime, match: ServiceMatch) -> Payment:
    """Plan the payment of a purchase that is done, out of the fund's request; three people then ask, approve and pay.

    Raises:
        NotAllowed: `by` may not, or may not ask the fund.
        MarketNotNow: it is not done, or no fund pays for it.
        PaymentPlanned: it is planned already.
        PaymentAboveHold and what else `funds.spending.operations.plan_payment` refuses.
    """
    require(by, "projects.pay_match", match)
    with transaction.atomic():
        row = locked_match(match)
        request = row.service.request
        if row.status != MatchStatus.DONE or request is None or row.organization is None:
            raise refusals.MarketNotNow(reason=_("A payment is planned when a purchase of the fund is done."))
        if row.payment is not None and row.payment.status != PaymentStatus.CANCELLED:
            raise refusals.PaymentPlanned
        taken = list(request.payments.values_list("number", flat=True))
        row.payment = spending.plan_payment(
            by=by,
            now=now,
            request=request,
            number=max(taken, default=0) + 1,
            amount=row.service.price,
            payee=row.organization.name,
            organization=row.organization,
            note=row.service.title,
        )
        row.save(update_fields=["payment"])
        after = {"payment": row.payment.pk, "amount": row.service.price}
        audit.record(by=by, verb="projects.service_match.payment_planned", row=row, now=now, after=after)
        return row.payment


def rate_match(*, by: User, now: dt.datetime, match: ServiceMatch, stars: int, comment: str = "") -> ServiceRating:
    """Rate the other side of a service that is done, once, for some days.

    Raises:
        NotAllowed: neither side.
        MarketNotNow: it is not done, or the days are over.
        RatedAlready, PersonalNumbersFound.
    """
    require(by, "projects.rate_match", match)
    refuse_personal_numbers(comment=comment)
    with transaction.atomic():
        row = locked_match(match)
        if row.status not in SERVED or row.done_at is None:
            raise refusals.MarketNotNow(reason=_("It can be rated when it is done."))
        days = value(RATE_DAYS, row.division, timezone.localdate(now))
        if now >= row.done_at + dt.timedelta(days=days):
            raise refusals.MarketNotNow(reason=_("The %(days)s days for rating are over.") % {"days": days})
        rating = ServiceRating(
            match=row,
            is_by_poster=not taken_for(by, row),
            stars=stars,
            comment=comment.strip(),
            rated_at=now,
            rated_by=by,
        )
        rating.full_clean(validate_constraints=False)
        try:
            with transaction.atomic():
                rating.save(force_insert=True)
        except IntegrityError as error:
            raise refusals.RatedAlready from error
        audit.record(by=by, verb="projects.service_match.rated", row=row, now=now, after={"stars": stars})
    return rating


# --- The clock


def run_market_clock(*, by: User, now: dt.datetime) -> int:
    """End what people have left: unanswered takings, services that nobody took, done ones that wait; say how many.

    Each service in its own transaction; one that cannot be moved never stops the others; harmless when repeated.
    """
    due = Q(take_by__lte=now) & Q(status__in=[ServiceStatus.POSTED, ServiceStatus.FILLED])
    count = 0
    for key in list(MicroService.objects.filter(due).order_by("pk").values_list("pk", flat=True)):
        count += _bring_on(key, by, now)
    paid = ServiceMatch.objects.filter(status=MatchStatus.DONE, payment__status=PaymentStatus.PAID)
    for match in list(paid.select_related("service").order_by("pk")):
        settle_match(by=by, now=now, match=match)
        count += 1
    return count


def _bring_on(key: int, by: User, now: dt.datetime) -> int:
    """Bring one service and its takings to where the clock says they stand."""
    with transaction.atomic():
        row = locked_service(key)
        if row.status not in (ServiceStatus.POSTED, ServiceStatus.FILLED):
            return 0
        wait = dt.timedelta(days=value(FINISH_DAYS, row.division, timezone.localdate(now)))
        moved = 0
        for match in row.matches.order_by("pk").select_for_update(of=("self",)):
            match.service = row
            moved += _bring_match_on(match, by, now, wait)
        alive = set(row.matches.values_list("status", flat=True))
        if alive & {MatchStatus.TAKEN, MatchStatus.CONFIRMED, MatchStatus.SIGNED_IN}:
            return moved
        if alive & SERVED:
            if now < row.ends_at:
                return moved
            lifecycle.move(row, "finish", by=by, now=now)
        else:
            lifecycle.move(row, "expire", by=by, now=now)
        return moved + 1


def _bring_match_on(match: ServiceMatch, by: User, now: dt.datetime, wait: dt.timedelta) -> int:
    over = match.service.ends_at + wait
    if match.status == MatchStatus.TAKEN and now >= match.service.starts_at:
        lifecycle.move(match, "lapse", by=by, now=now)
        return 1
    if match.status == MatchStatus.CONFIRMED and now >= over:
        lifecycle.move(match, "lapse", by=by, now=now)
        return 1
    if match.status == MatchStatus.SIGNED_IN and now >= over:
        try:
            with transaction.atomic():
                finish_match(by=by, now=now, match=match)
        except DomainError:
            # Points that are not there: done all the same, and settled by hand when they are.
            lifecycle.move(match, "finish", by=by, now=now)
        return 1
    return 0
