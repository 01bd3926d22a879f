"""Celery: it only wakes; the rows in PostgreSQL are the jobs."""

import logging
import logging.config
import os
from typing import Any

from celery import Celery
from celery.schedules import crontab
from celery.signals import beat_init, setup_logging, worker_init
from django.conf import settings

from governance import preflight

logger = logging.getLogger(__name__)

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.settings")

app = Celery("governance")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(
    [
        "governance.accounts",
        "governance.jobs",
        "governance.outbox",
        "governance.audit",
        "governance.portal",
        "governance.partners",
        "governance.indicators",
        "communities",
        "funds",
        "consultation",
        "socialorgs",
        "projects",
    ]
)

app.conf.beat_schedule = {
    # Jobs that are due: imports, runs, demonstration data. A wake that nobody took in time has a successor.
    "jobs": {"task": "jobs.run_due", "schedule": 2.0, "options": {"expires": 10.0}},
    # Events written by operations; as above.
    "outbox": {"task": "outbox.relay", "schedule": 2.0, "options": {"expires": 10.0}},
    # Webhooks of partner systems (Standard Webhooks 1.0).
    "webhooks": {"task": "partners.deliver", "schedule": 5.0, "options": {"expires": 10.0}},
    # Each day's audit rows are sealed with the day before, so that no later change goes unseen.
    "audit seal": {"task": "audit.seal_yesterday", "schedule": crontab(hour=0, minute=20)},
    # The last beat, read by /readyz.
    "beat": {"task": "portal.beat", "schedule": 15.0},
    # Declarations that were audited since (report S0: the reinvestment of the year's profit).
    "reinvestment plan": {"task": "reinvestment.plan", "schedule": 60.0},
    # Orders that were not paid within their days after approval (product default: 30).
    # Charity Law art. 78: the accounts of an appeal are owed from its last day.
    "appeals over": {"task": "appeals.end_over", "schedule": crontab(hour=0, minute=10)},
    "reinvestment overdue": {"task": "reinvestment.overdue", "schedule": crontab(hour=1, minute=0)},
    # Debts of funds to enterprises: what has come in since is set aside (report S0: difference orders).
    "reinvestment debts": {"task": "reinvestment.set_aside", "schedule": crontab(minute=25)},
    # Rent of the months that have begun; lettings whose term is over end (report S0: rent of sites).
    "rent": {"task": "enterprises.charge_rent", "schedule": crontab(hour=0, minute=40)},
    # Suggestions for new bank lines: which order each may pay.
    "reinvestment match": {"task": "reinvestment.match", "schedule": 300.0},
    # Bank lines that nobody has matched for 7, 30, 90 days (bank.age_days): who is in charge is reminded.
    "bank reminders": {"task": "banking.remind", "schedule": crontab(hour=1, minute=10)},
    # Statement files that were looked over and never taken in.
    "statement uploads": {"task": "banking.sweep_uploads", "schedule": crontab(minute=35)},
    # The months of the books summed up to the last journal; figures read what came since from the journals.
    "ledger sums": {"task": "ledger.sum_up", "schedule": crontab(minute=50)},
    # Balances and sums recomputed from the transfers; a difference freezes the book.
    "ledger proof": {"task": "ledger.prove", "schedule": crontab(hour=2, minute=0)},
    # Collections of answers whose last day is over, and the calculation of what is closed (report S0: three parties).
    "evaluations": {"task": "evaluation.tick", "schedule": 60.0, "options": {"expires": 50.0}},
    # Calls for grants open and close by their days; corrections that did not come lapse (report S3: rounds).
    "grant rounds": {"task": "grants.turn", "schedule": crontab(minute="*/10")},
    # Results whose notice has closed become final and are pushed (report S0: push of assessment results).
    "evaluation results": {"task": "evaluation.settle", "schedule": crontab(minute="*/10")},
    # Volunteers who did not sign out (product default: the planned end, with a flag).
    "missing sign-outs": {"task": "volunteering.end_missing", "schedule": crontab(minute="*/15")},
    # Small services that nobody took or answered, and those that a fund has paid for.
    "market": {"task": "market.tick", "schedule": crontab(minute="*/5")},
    # Points of verified hours (report S3: half an hour is one point).
    "points": {"task": "volunteering.credit", "schedule": crontab(minute="*/10")},
    # Notices whose days are over.
    "notices": {"task": "notices.close", "schedule": crontab(minute=5)},
    # Ballots open and close at their frozen times (Organic Law of Urban Residents' Committees).
    "ballots": {"task": "ballots.open_and_close", "schedule": 30.0},
    # Decisions whose notices have closed (opinion on urban and rural community consultation 2015).
    "decisions": {"task": "decisions.settle", "schedule": crontab(minute="*/10")},
    # Awards whose notice has closed become final or are set aside (Government Procurement Law art. 52).
    "awards": {"task": "purchasing.settle", "schedule": crontab(minute="*/10")},
    # Objections to voter lists without a ruling in time go to the street (Organic Law of Villagers' Committees art. 14).
    "late rulings": {"task": "elections.late_rulings", "schedule": crontab(minute=25)},
    # Matters not sorted or answered in their hours and days go to the street, then the district; rests end; answered
    # ones close after silence (matter.* rules, the cities' rules for 12345; petition.* on calendar days).
    "matters": {"task": "matters.clock", "schedule": crontab(minute="*/15")},
    # Whose matter was closed is asked whether it is solved, and four weeks later whether it still is.
    "matters again": {"task": "matters.ask_again", "schedule": crontab(minute=45)},
    # Joinings without a word, answers of what is joined, quarterly lists (matter.join_days; report S2).
    "intake of matters": {"task": "matters.intake", "schedule": crontab(minute="*/10")},
    # Topics whose notice is over and whose phase has opened (opinion on community consultation 2015).
    "topics": {"task": "topics.begin", "schedule": crontab(minute="*/15")},
    # Topics that nobody has answered, begun or ended in their days (topic.accept_days, .deep_days, .quick_hours).
    "topics overdue": {"task": "topics.overdue", "schedule": crontab(minute=12)},
    # Where people agree, computed again where positions were taken since.
    "pictures": {"task": "topics.pictures", "schedule": crontab(minute="*/20")},
    # One digest a week for each community with news, on Monday morning; a missed Monday is made up for.
    "digests": {"task": "topics.digests", "schedule": crontab(hour="7-11", minute=30)},
    # Uses of a fund whose publicity is over (Charity Law art. 72; spending ladder of the fund).
    "spending": {"task": "spending.settle", "schedule": crontab(minute=15)},
    # Emergency relief that the committee has not ratified in time (the fund's own rules).
    "relief": {"task": "spending.escalate_relief", "schedule": crontab(hour=3, minute=20)},
    # Funds that lie idle or whose committee's term ends, on the first of each month (guides: warn first, then close).
    "idle funds": {"task": "fund.idle_scan", "schedule": crontab(day_of_month=1, hour=5, minute=0)},
    # Closings of funds whose publicity is over (Charity Law art. 58).
    "closings": {"task": "closing.settle", "schedule": crontab(minute=20)},
    # Accounts that funds owe the public (Charity Law art. 72, 79).
    "accounts due": {"task": "disclosure.open_due", "schedule": crontab(hour=0, minute=30)},
    # Stored files that still hang on no row after a month (Personal Information Protection Law art. 19).
    "attachments": {"task": "attachments.purge", "schedule": crontab(hour=3, minute=20)},
    # Reports of the year that is over, and who is late with them or with a rectification (Interim Regulations on
    # Registration of Private Non-enterprise Units art. 23; so.inspection.*, so.rectification.*).
    "year reports": {"task": "supervision.open_reports", "schedule": crontab(hour=2, minute=30)},
    "supervision late": {"task": "supervision.remind_late", "schedule": crontab(hour=5, minute=20)},
    # Who runs an incubator follows from its contract of the day (reports on Jiangbei and Baohe).
    "incubator operators": {"task": "incubation.follow_contracts", "schedule": crontab(hour=0, minute=25)},
    # Indicators of the day, and what hangs on nothing in the traces (report S0: figures with what they are of).
    "indicators": {"task": "indicators.compute", "schedule": crontab(hour=4, minute=0)},
    # Idempotency keys older than a day.
    "idempotency keys": {"task": "accounts.purge_keys", "schedule": crontab(hour=3, minute=0)},
}


@setup_logging.connect
def log_as_the_web_does(**_kwargs: Any) -> None:
    """Use the settings' logging instead of Celery's own."""
    logging.config.dictConfig(settings.LOGGING)


@worker_init.connect
@beat_init.connect
def refuse_a_start_that_would_fail(**_kwargs: Any) -> None:
    """End worker or beat at once when the database is not fit."""
    preflight.require()


@worker_init.connect
def say_what_is_not_delivered(**_kwargs: Any) -> None:
    """Say once, not with every message, which channels have no gateway."""
    if settings.CHANNELS_WITHOUT_GATEWAY:
        channels = ", ".join(settings.CHANNELS_WITHOUT_GATEWAY)
        logger.warning("no gateway is set for %s: messages are written down, but reach nobody", channels)
