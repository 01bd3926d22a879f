"""Money and decisions that hang on nothing: no statement of the application makes them, so the owner of the tables does."""

from __future__ import annotations

import logging
from typing import Any

import pytest

import governance.indicators.tasks
from communities.territory.models import Division
from governance.accounts.models import User
from governance.calendar import clock
from governance.indicators.models import IndicatorValue
from governance.indicators.tasks import compute
from governance.jobs import operations as jobs
from tests.factories.governance_trace import Story
from tests.people import desk_client
from tests.walls import past_triggers, violated

assert governance.indicators.tasks  # its import registers what does the job

pytestmark = pytest.mark.django_db(transaction=True)

ALARM = "points of the trace hang on nothing"


def night(by: User) -> None:
    """Run the nightly job as beat and worker do."""
    compute()
    while jobs.run_due(by=by, clock=clock.now):
        pass


def test_the_night_counts_nothing_in_a_true_story(
    community: Division, district: Division, system: User, caplog: Any
) -> None:
    Story(community).tell()

    night(system)

    assert IndicatorValue.objects.get(indicator="trace.orphans", division=district).numerator == 0
    assert ALARM not in caplog.text


def test_the_night_finds_what_only_the_owner_can_break(
    community: Division, district: Division, system: User, district_officer: User, caplog: Any
) -> None:
    story = Story(community).tell()
    decision, ballot = story.decision, story.ballot
    paid = [payment.pk for payment in story.payments if type(payment).objects.get(pk=payment.pk).status == "PAID"]
    assert paid
    changes = (
        ("consultation_decision", "status = 'OVERTURNED' WHERE id = %s", decision.pk),
        ("consultation_ballotresult", "is_passed = false WHERE ballot_id = %s", ballot.pk),
    )
    for table, statement, key in changes:
        assert violated(f"UPDATE {table} SET {statement}", key) != ""
        with past_triggers(table) as cursor:
            cursor.execute(f"UPDATE {table} SET {statement}", [key])
    caplog.set_level(logging.ERROR)

    night(system)

    row = IndicatorValue.objects.get(indicator="trace.orphans", division=district)
    found = {(one["check"], one["key"]) for one in row.details}
    expected = {("payment_without_decision", str(key)) for key in paid} | {("decision_without_vote", str(decision.pk))}
    assert (row.numerator, found) == (len(expected), expected)
    alarm = next(record for record in caplog.records if record.getMessage() == ALARM)
    assert (alarm.levelname, alarm.__dict__["rows"]) == ("ERROR", len(expected))
    desk = desk_client(district_officer)
    assert f"/desk/indicators/indicatorvalue/{row.pk}/change/" in desk.get("/desk/").content.decode()
    shown = desk.get(f"/desk/indicators/indicatorvalue/{row.pk}/change/").content.decode()
    for address in (f"/desk/funds/payment/{paid[0]}/", f"/desk/consultation/decision/{decision.pk}/"):
        assert address in shown
