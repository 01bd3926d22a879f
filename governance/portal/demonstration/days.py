"""The demonstration's next day: the clock moves, then everything is done that the day brings, so that people can go on.

Elsewhere beat wakes the same operations at their own hours (`governance.celery`).
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.utils import timezone

from communities.notices import operations as notices
from consultation.ballots import operations as ballots
from consultation.decisions import accepting
from consultation.decisions import operations as decisions
from consultation.matters import operations as matters
from consultation.matters.handling import calling, dispatching, petitions, sorting, timing
from consultation.matters.intake import joining, listing
from consultation.topics import operations as topics
from consultation.topics import phasing, raising
from consultation.topics.following import operations as following
from consultation.topics.statements import operations as statements
from funds.appeals import operations as appeals
from funds.banking import operations as banking
from funds.closing import operations as closing
from funds.disclosure import operations as disclosure
from funds.reinvestment import operations as reinvestment
from funds.reinvestment import owing
from funds.spending import operations as spending
from funds.spending import relieving
from governance.accounts.queries import system_actor
from governance.calendar import operations as calendar
from projects.evaluation import operations as evaluation
from projects.grants import operations as grants
from projects.market import delivering as market
from projects.purchasing.awarding import operations as awarding
from projects.volunteering import operations as volunteering

if TYPE_CHECKING:
    from governance.accounts.models import User


def pass_days(*, by: User, now: dt.datetime, days: int) -> None:
    """Let days pass, one after the other, each with what it brings; the worker computes what was queued.

    Raises:
        ClockIsReal: this is no demonstration.
    """
    for number in range(1, days + 1):
        calendar.advance_clock(by=by, now=now + dt.timedelta(days=number - 1))
        _do_what_is_due(now + dt.timedelta(days=number))


def _do_what_is_due(now: dt.datetime) -> None:
    """Do what the clock does, in the order in which one leads to another: notices close before their rows settle."""
    by, today = system_actor(), timezone.localdate(now)
    notices.close_due_notices(by=by, now=now, today=today)
    decisions.settle_posted_decisions(by=by, now=now, today=today)
    accepting.take_back_disputed_results(by=by, now=now)
    awarding.settle_awards(by=by, now=now)
    spending.settle_posted_requests(by=by, now=now, today=today)
    closing.settle_posted_closings(by=by, now=now, today=today)
    grants.turn_rounds(by=by, now=now, today=today)
    evaluation.settle_publicised(by=by, now=now, today=today)
    evaluation.push_final(by=by, now=now)
    topics.begin_due_deliberations(by=by, now=now)
    phasing.tell_phases(by=by, now=now)
    raising.escalate_overdue_topics(by=by, now=now)
    statements.request_pictures(by=by, now=now)
    following.make_digests(by=by, now=now, today=today)
    ballots.open_due_ballots(by=by, now=now)
    ballots.close_due_ballots(by=by, now=now)
    evaluation.close_due(by=by, now=now, today=today)
    evaluation.compute_due(by=by, now=now)
    timing.end_due_pauses(by=by, now=now, today=today)
    matters.escalate_overdue_matters(by=by, now=now, today=today)
    timing.escalate_further(by=by, now=now, today=today)
    dispatching.escalate_orders(by=by, now=now, today=today)
    sorting.escalate_contests(by=by, now=now, today=today)
    petitions.run_petition_clock(by=by, now=now, today=today)
    matters.close_silent_matters(by=by, now=now, today=today)
    joining.settle_silent_joinings(by=by, now=now, today=today)
    joining.answer_joined_matters(by=by, now=now)
    listing.settle_due_lists(by=by, now=now, today=today)
    calling.open_call_backs(by=by, now=now, today=today)
    calling.close_call_backs(by=by, now=now, today=today)
    market.run_market_clock(by=by, now=now)
    volunteering.end_missing(by=by, now=now)
    volunteering.credit_verified(by=by, now=now, today=today)
    reinvestment.remind(by=by, now=now, today=today)
    reinvestment.mark_overdue(by=by, now=now, today=today)
    owing.set_aside_for_debts(by=by, now=now, today=today)
    relieving.escalate_relief(by=by, now=now, today=today)
    appeals.end_over(by=by, now=now)
    disclosure.open_due(by=by, now=now, today=today)
    banking.remind_owners(by=by, now=now, today=today)
