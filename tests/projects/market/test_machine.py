"""Whatever neighbors do with a small service in whatever order, and whenever: it goes as a plain model of it does."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from projects.market import delivering, operations
from projects.market.lifecycle import MATCHED
from projects.market.models import MicroService, ServiceMatch
from projects.market.operations import Terms
from tests.machines import Machine, run
from tests.properties import IS_NIGHT

pytestmark = pytest.mark.django_db

STEPS = 25
EXAMPLES = 200 if IS_NIGHT else 6
"""5,000 steps at night, 150 in every run, which takes some seconds."""
WAIT = dt.timedelta(days=3)
EARLY, GRACE = dt.timedelta(minutes=60), dt.timedelta(minutes=30)
HELD = {str(status) for status in MATCHED}
BEFORE = {"TAKEN", "CONFIRMED"}
takers = st.sampled_from(["helper", "third"])


class Services(Machine):
    """Two neighbors, and one posting with one place or two, given at once or by choice."""

    @initialize(places=st.integers(1, 2), choice=st.sampled_from(["FIRST_COME", "CHOSEN"]))
    def begin(self, places: int, choice: str) -> None:
        self.begins = self.now + dt.timedelta(days=2)
        self.ends = self.begins + dt.timedelta(hours=2)
        terms = Terms("NEED", "HOME", "换灯泡", "客厅", "12栋", self.begins, self.ends, places=places, choice=choice)
        community = self.people.community
        row = operations.post_service(by=self.people.asker, now=self.now, division=community, terms=terms)
        self.key, self.code, self.places, self.choice = row.pk, row.code, places, choice
        self.status = "POSTED"
        self.matches: dict[int, str] = {}
        self.latest: dict[str, int] = {}

    @property
    def service(self) -> MicroService:
        return MicroService.objects.get(pk=self.key)

    @property
    def is_open(self) -> bool:
        return self.status in {"POSTED", "FILLED"}

    @property
    def held(self) -> int:
        return sum(status in HELD for status in self.matches.values())

    def of(self, taker: str) -> tuple[ServiceMatch | None, str]:
        """Return the latest taking of a person, and where it stands."""
        key = self.latest.get(taker)
        return (None, "") if key is None else (ServiceMatch.objects.get(pk=key), self.matches[key])

    def settle(self) -> None:
        """Close the posting when it is full, offer it again when a place is free in time."""
        if self.status == "POSTED" and self.held >= self.places:
            self.status = "FILLED"
        elif self.status == "FILLED" and self.held < self.places and self.now < self.begins:
            self.status = "POSTED"

    @rule(hours=st.sampled_from([1, 12, 23, 36, 72]))
    def pass_time(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    @rule()
    def come_to_the_beginning(self) -> None:
        self.now = max(self.now, self.begins + dt.timedelta(minutes=31))

    @rule(taker=takers)
    def take(self, taker: str) -> None:
        _match, status = self.of(taker)
        may = self.status == "POSTED" and self.now < self.begins and status not in {"TAKEN", *HELD}
        found: list[ServiceMatch] = []
        person = getattr(self.people, taker)

        def work() -> None:
            found.append(operations.take_service(by=person, now=self.now, service=self.service))

        if self.expect(may, work, "taken"):
            self.latest[taker] = found[0].pk
            self.matches[found[0].pk] = "CONFIRMED" if self.choice == "FIRST_COME" else "TAKEN"
            self.settle()

    @rule(taker=takers)
    def confirm(self, taker: str) -> None:
        match, status = self.of(taker)
        if match is None:
            return
        may = status == "TAKEN" and self.status == "POSTED" and self.now < self.begins
        who = self.people.asker
        if self.expect(may, lambda: operations.confirm_taking(by=who, now=self.now, match=match), "confirmed"):
            self.matches[match.pk] = "CONFIRMED"
            self.settle()

    @rule(taker=takers)
    def confirm_oneself(self, taker: str) -> None:
        match, _status = self.of(taker)
        if match is not None:
            who = getattr(self.people, taker)
            self.expect(False, lambda: operations.confirm_taking(by=who, now=self.now, match=match))

    @rule(taker=takers)
    def decline(self, taker: str) -> None:
        match, status = self.of(taker)
        if match is None:
            return
        who, why = self.people.asker, "不合适"
        if self.expect(
            status == "TAKEN",
            lambda: operations.decline_taking(by=who, now=self.now, match=match, reason=why),
            "declined",
        ):
            self.matches[match.pk] = "DECLINED"

    @rule(taker=takers)
    def withdraw(self, taker: str) -> None:
        match, status = self.of(taker)
        if match is None:
            return
        who = getattr(self.people, taker)
        if self.expect(
            status == "TAKEN", lambda: operations.withdraw_taking(by=who, now=self.now, match=match), "withdrawn"
        ):
            self.matches[match.pk] = "WITHDRAWN"

    @rule(taker=takers, by_poster=st.booleans())
    def call_off(self, taker: str, by_poster: bool) -> None:
        match, status = self.of(taker)
        if match is None:
            return
        who = self.people.asker if by_poster else getattr(self.people, taker)
        may = status in BEFORE and self.now < self.begins
        if self.expect(
            may, lambda: operations.cancel_match(by=who, now=self.now, match=match, reason="有事"), "called off"
        ):
            self.matches[match.pk] = "CANCELLED"
            self.settle()

    @rule(taker=takers, code=st.sampled_from(["right", "wrong"]))
    def sign_in(self, taker: str, code: str) -> None:
        match, status = self.of(taker)
        if match is None:
            return
        who, said = getattr(self.people, taker), self.code if code == "right" else "X"
        in_time = self.begins - EARLY <= self.now < self.ends
        may = status == "CONFIRMED" and in_time and code == "right"
        if self.expect(
            may, lambda: delivering.sign_in_match(by=who, now=self.now, match=match, code=said), "signed in"
        ):
            self.matches[match.pk] = "SIGNED_IN"

    @rule(taker=takers)
    def report(self, taker: str) -> None:
        match, status = self.of(taker)
        if match is None:
            return
        who = self.people.asker
        may = status == "CONFIRMED" and self.now >= self.begins + GRACE
        if self.expect(
            may, lambda: delivering.report_no_show(by=who, now=self.now, match=match, reason="没有来"), "not come"
        ):
            self.matches[match.pk] = "NO_SHOW"

    @rule(taker=takers)
    def finish(self, taker: str) -> None:
        match, status = self.of(taker)
        if match is None:
            return
        who = self.people.asker
        may = status == "SIGNED_IN"
        if self.expect(may, lambda: delivering.finish_match(by=who, now=self.now, match=match), "settled"):
            self.matches[match.pk] = "SETTLED"

    @rule(taker=takers, stars=st.integers(1, 5))
    def rate(self, taker: str, stars: int) -> None:
        match, status = self.of(taker)
        if match is None or match.ratings.exists():
            return
        may = status == "SETTLED" and match.done_at is not None and self.now < match.done_at + dt.timedelta(days=30)
        who = self.people.asker
        self.expect(may, lambda: delivering.rate_match(by=who, now=self.now, match=match, stars=stars), "rated")

    @rule(is_staff=st.booleans(), is_meant=st.integers(0, 5))
    def end(self, is_staff: bool, is_meant: int) -> None:
        if is_meant:
            return
        run_it = operations.remove_service if is_staff else operations.cancel_service
        who = self.people.community_staff if is_staff else self.people.asker
        alive = {status for status in self.matches.values() if status in {"TAKEN", *HELD}}
        may = self.is_open and alive <= BEFORE
        if self.expect(may, lambda: run_it(by=who, now=self.now, service=self.service, reason="不需要了"), "ended"):
            self.status = "REMOVED" if is_staff else "CANCELLED"
            for key, status in self.matches.items():
                self.matches[key] = "CANCELLED" if status in BEFORE else status

    @rule()
    def let_the_clock_run(self) -> None:
        delivering.run_market_clock(by=self.people.system, now=self.now)
        if not self.is_open or self.now < self.begins:
            return
        for key, status in self.matches.items():
            late = self.now >= self.ends + WAIT
            if status == "TAKEN" or (status == "CONFIRMED" and late):
                self.matches[key] = "LAPSED"
            elif status == "SIGNED_IN" and late:
                self.matches[key] = "SETTLED"
        left = set(self.matches.values())
        if left & {"TAKEN", "CONFIRMED", "SIGNED_IN"}:
            return
        if "SETTLED" in left:
            self.status = self.status if self.now < self.ends else "DONE"
        else:
            self.status = "EXPIRED"
        self.seen.add(self.status)

    @invariant()
    def all_stands_as_in_the_model(self) -> None:
        if not hasattr(self, "key"):
            return
        assert self.service.status == self.status
        assert dict(ServiceMatch.objects.filter(service=self.key).values_list("pk", "status")) == self.matches
        assert self.held <= self.places


@pytest.mark.hypothesis
def test_a_service_goes_as_the_model_does(people: SimpleNamespace, now: dt.datetime) -> None:
    Services.people, Services.start = people, now

    run(Services, examples=EXAMPLES, steps=STEPS)

    assert Services.seen >= {"taken"}
    if IS_NIGHT:
        assert Services.seen >= {
            "confirmed",
            "declined",
            "signed in",
            "not come",
            "settled",
            "rated",
            "DONE",
            "EXPIRED",
        }
