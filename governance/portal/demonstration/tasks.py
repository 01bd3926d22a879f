"""The demonstration's two jobs: tell the story up to the audited year, then, once the planner has been, to its end.

They run only in the demonstration, by the same worker as every other job. The planner between them is the product's
own, woken by beat.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.db import connection

from governance.accounts.queries import system_actor
from governance.calendar import clock
from governance.calendar.operations import advance_clock
from governance.jobs.models import Job, JobStatus
from governance.jobs.operations import Progress, enqueue, handles, retry
from governance.portal.demonstration import (
    accounts,
    agreeing,
    ballots,
    books,
    budgets,
    contracting,
    councils,
    delivery,
    electing,
    figures,
    fund_kinds,
    gathering,
    giving,
    granting,
    handling,
    judging,
    loop,
    market,
    money,
    operating,
    organizing,
    partner,
    purchases,
    recalling,
    registers,
    relieving,
    settlement,
    steps,
    succession,
    supervising,
    talking,
    uniting,
)
from governance.portal.demonstration.steps import Scene

STORY = "portal.demonstration"
SETTLEMENT = "portal.demonstration.settlement"
LOOP = "portal.demonstration.loop"
WAIT = dt.timedelta(seconds=3)
TELLING = 2021_12_17
"""The key of the lock under which the story is told (the day of report S0)."""
LONGEST_WAIT = 200
"""So many times the story looks for what the worker computes before it gives up with an error."""

STORY_STEPS: tuple[Callable[[Scene], None], ...] = (
    steps.open_district,
    steps.open_calendar,
    steps.publish_rules,
    steps.seat_officials,
    steps.register_residents,
    steps.post_notices,
    lambda scene: money.open_charity(scene.ago(210)),
    lambda scene: fund_kinds.load_rule_packs(scene.ago(200)),
    lambda scene: money.open_funds(scene.ago(180)),
    lambda scene: fund_kinds.open_other_funds(scene.ago(200)),
    lambda scene: money.receive_donations(scene.ago(160)),
    lambda scene: fund_kinds.receive_public_money(scene.ago(150)),
    lambda scene: fund_kinds.open_stations(scene.ago(140)),
    lambda scene: fund_kinds.receive_from_partners(scene.ago(145)),
    fund_kinds.watch,
    fund_kinds.bear_interest,
    fund_kinds.close_one,
    lambda scene: money.found_enterprises(scene.ago(130)),
    lambda scene: money.adopt_policies(scene.ago(125)),
    books.enter_shares,
    books.let_assets,
    books.keep_books,
    lambda scene: money.declare_the_year(scene.ago(110)),
    lambda scene: settlement.plan(scene.ago(settlement.PLANNED_BEFORE)),
    books.declare_quarters,
    money.draft_a_policy,
    steps.load_other_districts,
    succession.dissolve_jiangbei,
    figures.enter_claims,
    figures.compute,
)

# In the order of the days on which money moves, so that the vouchers of each fund are numbered as their days follow.
LOOP_STEPS: tuple[Callable[[Scene], object], ...] = (
    lambda scene: loop.neighbours(scene.ago(150)),
    partner.join,
    loop.raise_and_sort,
    loop.deliberate,
    councils.meet,
    loop.vote,
    loop.decide,
    ballots.vote_in_secret,
    ballots.vote_within_a_budget,
    councils.choose_stewards,
    agreeing.agree,
    electing.elect,
    recalling.recall,
    budgets.call,
    delivery.ask_the_fund,
    relieving.relieve,
    delivery.sign_and_begin,
    delivery.volunteer,
    contracting.oversee,
    relieving.give_back,
    delivery.accept,
    delivery.collect,
    giving.give,
    relieving.ask_for_what_is_prohibited,
    gathering.gather_matters,
    handling.handle,
    talking.talk,
    organizing.organize,
    purchases.buy,
    granting.grant,
    market.trade,
    judging.judge,
    supervising.supervise,
    uniting.unite,
    budgets.allocate,
    contracting.contract_on_award,
    operating.operate,
    accounts.give_accounts,
    registers.mirror,
    registers.furnish,
)


class WorkerMissing(Exception):
    """What the story waits for has not been computed; is the worker's beat alive?"""


def request(now: dt.datetime) -> Job:
    """Queue the story once per installation of the demonstration."""
    return enqueue(by=system_actor(), kind=STORY, key=STORY, now=now)


def resume(now: dt.datetime) -> list[Job]:
    """Try again what was given up, and return it as it was found; each step looks first what is there.

    A job that was only interrupted needs none of this: its lease ends and a worker takes it over.
    """
    failed = list(
        Job.objects.filter(kind__in=(STORY, SETTLEMENT, LOOP), status=JobStatus.FAILED).order_by("requested_at")
    )
    for job in failed:
        retry(by=system_actor(), job=Job.objects.get(pk=job.pk), now=now)
    return failed


@handles(STORY)
def tell(progress: Progress, parameters: dict[str, Any]) -> None:
    """Take the steps that are still to be taken; each looks for its own result first."""
    del parameters
    _only_in_the_demonstration()
    with _alone():
        progress.start(len(STORY_STEPS))
        for number, step in enumerate(STORY_STEPS, start=1):
            step(Scene(now=clock.now()))
            progress.step(number)
    enqueue(by=system_actor(), kind=SETTLEMENT, key=SETTLEMENT, now=clock.now(), parameters={"looked": 0})


@handles(SETTLEMENT)
def settle(progress: Progress, parameters: dict[str, Any]) -> None:
    """Settle the orders once the planner has proposed them; until then, look again a little later."""
    _only_in_the_demonstration()
    progress.start(1)
    now = clock.now()
    if settlement.is_planned():
        settlement.settle(Scene(now=now))
        figures.compute(Scene(now=now))
        enqueue(by=system_actor(), kind=LOOP, key=LOOP, now=now, parameters={"looked": 0})
    else:
        _look_again(SETTLEMENT, parameters["looked"] + 1, now)
    progress.step(1)


@handles(LOOP)
def close_the_loop(progress: Progress, parameters: dict[str, Any]) -> None:
    """Take the loop to its end: the collection of answers, then, once the worker has computed them, the publication.

    The days of the last notice pass on the demonstration's own clock, as with its "next day" button.
    """
    _only_in_the_demonstration()
    if parameters["looked"] == 0:
        _tell_the_loop(progress)
    now = clock.now()
    if not delivery.is_computed():
        _look_again(LOOP, parameters["looked"] + 1, now)
        return
    days = delivery.publicise(Scene(now=now))
    if days:
        advance_clock(by=system_actor(), now=now, days=days)
        progress.step(progress.done)  # by the clock that has run ahead, our lease would be over
    delivery.push(Scene(now=clock.now()))
    figures.compute(Scene(now=clock.now()))


def _tell_the_loop(progress: Progress) -> None:
    with _alone():
        progress.start(len(LOOP_STEPS))
        for number, step in enumerate(LOOP_STEPS, start=1):
            step(Scene(now=clock.now()))
            progress.step(number)


@contextmanager
def _alone() -> Iterator[None]:
    """Let one worker at a time tell: on a slow machine a step outlives the lease, and another worker takes the job over.

    That one waits here until the first has seen that its lease is lost, and goes on from what is there.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [TELLING])
        try:
            yield
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s)", [TELLING])


def _look_again(kind: str, looked: int, now: dt.datetime) -> None:
    if looked > LONGEST_WAIT:
        raise WorkerMissing
    enqueue(by=system_actor(), kind=kind, now=now, due_at=now + WAIT, parameters={"looked": looked})


def _only_in_the_demonstration() -> None:
    if not (settings.DEMONSTRATION or settings.TESTING):
        message = "the demonstration's data belong into the demonstration only"
        raise RuntimeError(message)
