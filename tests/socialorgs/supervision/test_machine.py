"""Whatever people do with a body's report, its orders and its bans in whatever order: they go as a plain model does."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule

from governance import lifecycle
from governance.accounts.models import User
from socialorgs.register.barring import operations as barring
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.queries import hindrances
from socialorgs.supervision import operations
from socialorgs.supervision.models import RectificationOrder, YearReport
from tests.machines import Machine, run
from tests.properties import examples
from tests.socialorgs.supervision.test_reports import SAID

pytestmark = pytest.mark.django_db

STEPS = 40
MOST = 2
EVERY = {"report": 20, "order": 10}
MISSES = 3
OFFICES = ["street_officer", "street_reviewer", "district_officer"]
REGISTRAR = {"street_reviewer", "district_officer"}
STREET = {"street_officer", "street_reviewer"}
office = st.sampled_from(OFFICES)
anybody = st.sampled_from(["manager", "other_manager", *OFFICES])
which = st.integers(0, MOST - 1)


@dataclass
class Owed:
    """Something with a day, as a child would keep it."""

    status: str
    due: dt.date
    misses: int = 0
    reminded: dt.date | None = None
    hand: str = ""
    """Who has done the step before the one that another must do."""

    def day_goes_by(self, today: dt.date, every: int, missed: str) -> None:
        """Count a miss the day after, and one every so many days from then on."""
        last = self.reminded if self.reminded and self.reminded > self.due else None
        if today <= self.due or (last and today < last + dt.timedelta(days=every)):
            return
        self.misses, self.reminded = self.misses + 1, today
        if self.misses >= MISSES:
            self.status = missed


@dataclass
class Barred:
    """A ban as a child would keep it."""

    status: str
    first: dt.date
    end: dt.date
    hand: str


class Supervision(Machine):
    """One body, the report of a year, two orders, two bans; five people try every step on any day."""

    body: Any

    def __init__(self) -> None:
        super().__init__()
        operations.open_reports(by=self.people.system, now=self.now)
        self.key = YearReport.objects.get(organization=self.body).pk
        self.report = Owed("DUE", self.today + dt.timedelta(days=30))
        self.orders: dict[int, Owed] = {}
        self.bans: dict[int, Barred] = {}
        self.failed = False
        self.decisions = 0

    def who(self, name: str) -> User:
        user: User = getattr(self.people, name)
        return user

    def fresh_report(self) -> YearReport:
        return YearReport.objects.select_related("organization__division").get(pk=self.key)

    def order(self, number: int) -> tuple[RectificationOrder, Owed] | None:
        keys = sorted(self.orders)
        if number >= len(keys):
            return None
        rows = RectificationOrder.objects.select_related("organization__division")
        return rows.get(pk=keys[number]), self.orders[keys[number]]

    def ban(self, number: int) -> tuple[ParticipationBan, Barred] | None:
        keys = sorted(self.bans)
        if number >= len(keys):
            return None
        return ParticipationBan.objects.get(pk=keys[number]), self.bans[keys[number]]

    def decision(self) -> dict[str, str]:
        self.decisions += 1
        return {"decision_number": f"第{self.decisions}号", "reason": "三次未报。"}

    def drafted(self, by: str, days: int) -> None:
        """Keep the order that stands in the table and nowhere else yet."""
        new = RectificationOrder.objects.exclude(pk__in=self.orders).get()
        self.orders[new.pk] = Owed("DRAFTED", self.today + dt.timedelta(days=days), hand=by)

    # --- The report of the year -------------------------------------------------------------------------------------

    @rule(by=anybody)
    def submit(self, by: str) -> None:
        may = by == "manager" and self.report.status in {"DUE", "RETURNED", "MISSED", "LISTED"}
        row = self.fresh_report()
        given = {"by": self.who(by), "now": self.now}
        if self.expect(may, lambda: operations.submit_report(report=row, said=SAID, **given), "submit"):
            self.report.status = "SUBMITTED"

    @rule(by=office)
    def forward(self, by: str) -> None:
        may = by in STREET and self.report.status == "SUBMITTED"
        row = self.fresh_report()
        given = {"by": self.who(by), "now": self.now, "opinion": "属实。"}
        if self.expect(may, lambda: operations.forward_report(report=row, **given), "forward"):
            self.report.status, self.report.hand = "FORWARDED", by

    @rule(by=anybody)
    def send_report_back(self, by: str) -> None:
        may = by in OFFICES and self.report.status in {"SUBMITTED", "FORWARDED"}
        row = self.fresh_report()
        given = {"by": self.who(by), "now": self.now, "reason": "补充。"}
        if self.expect(may, lambda: operations.send_report_back(report=row, **given), "report back"):
            due = max(self.report.due, self.today + dt.timedelta(days=30))
            self.report = Owed("RETURNED", due)

    @rule(by=office, conclusion=st.sampled_from(["PASSED", "FAILED"]))
    def conclude(self, by: str, conclusion: str) -> None:
        may = by in REGISTRAR and self.report.status == "FORWARDED" and by != self.report.hand
        row = self.fresh_report()
        given = {"by": self.who(by), "now": self.now, "conclusion": conclusion, "mend": "补开会员大会。", "days": 15}
        if self.expect(may, lambda: operations.conclude_report(report=row, **given), conclusion):
            self.report.status = "CONCLUDED"
            if conclusion == "FAILED":
                self.failed = True
                self.drafted(by, 15)

    @rule(by=office)
    def list_the_report(self, by: str) -> None:
        may = by in REGISTRAR and self.report.status == "MISSED"
        row = self.fresh_report()
        given = {"by": self.who(by), "now": self.now, **self.decision()}
        if self.expect(may, lambda: operations.list_for_miss(row=row, **given), "report listed"):
            self.report.status = "LISTED"

    # --- Orders to mend -----------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.orders) < MOST)
    @rule(by=anybody)
    def draft(self, by: str) -> None:
        given = {"by": self.who(by), "now": self.now, "findings": "未公开收支。", "demands": "公开。", "days": 15}
        draft = operations.draft_rectification
        if self.expect(by in OFFICES, lambda: draft(organization=self.body, **given), "draft"):
            self.drafted(by, 15)

    @rule(number=which, by=office)
    def issue(self, number: int, by: str) -> None:
        if (found := self.order(number)) is None:
            return
        row, kept = found
        may = by in REGISTRAR and kept.status == "DRAFTED" and by != kept.hand
        given = {"by": self.who(by), "now": self.now}
        if self.expect(may, lambda: operations.issue_rectification(order=row, **given), "issue"):
            kept.status, kept.due = "ISSUED", self.today + dt.timedelta(days=15)

    @rule(number=which, by=anybody)
    def mend(self, number: int, by: str) -> None:
        if (found := self.order(number)) is None:
            return
        row, kept = found
        may = by == "manager" and kept.status in {"ISSUED", "OVERDUE", "LISTED"}
        given = {"by": self.who(by), "now": self.now, "report": "已公开。"}
        if self.expect(may, lambda: operations.report_rectification(order=row, **given), "mend"):
            kept.status = "REPORTED"

    @rule(number=which, by=office, is_mended=st.booleans())
    def judge(self, number: int, by: str, is_mended: bool) -> None:
        if (found := self.order(number)) is None:
            return
        row, kept = found
        may = by in REGISTRAR and kept.status == "REPORTED"
        given: dict[str, Any] = {"by": self.who(by), "now": self.now}

        def work() -> object:
            if is_mended:
                return lifecycle.move(row, "accept", **given)
            return operations.send_rectification_back(order=row, reason="缺凭证。", days=5, **given)

        if self.expect(may, work, "mended" if is_mended else "order back"):
            kept.status = "ACCEPTED" if is_mended else "ISSUED"
            if not is_mended:
                kept.due, kept.reminded = self.today + dt.timedelta(days=5), None

    @rule(number=which, by=office)
    def list_the_order(self, number: int, by: str) -> None:
        if (found := self.order(number)) is None:
            return
        row, kept = found
        may = by in REGISTRAR and kept.status == "OVERDUE"
        given = {"by": self.who(by), "now": self.now, **self.decision()}
        if self.expect(may, lambda: operations.list_for_miss(row=row, **given), "order listed"):
            kept.status = "LISTED"

    # --- Bans ---------------------------------------------------------------------------------------------------------

    @precondition(lambda self: len(self.bans) < MOST)
    @rule(by=anybody, wait=st.sampled_from([0, 15]), days=st.sampled_from([10, 90]))
    def propose_ban(self, by: str, wait: int, days: int) -> None:
        first = self.today + dt.timedelta(days=wait)
        kept = Barred("PROPOSED", first, first + dt.timedelta(days=days), by)
        given = {"by": self.who(by), "now": self.now, "ground": "ILLEGAL_ACTS", "starts_on": first, **self.decision()}
        propose = barring.propose_ban
        done = self.expect(by in OFFICES, lambda: propose(organization=self.body, ends_on=kept.end, **given), "propose")
        if done:
            self.bans[ParticipationBan.objects.exclude(pk__in=self.bans).get().pk] = kept

    @rule(number=which, by=anybody, name=st.sampled_from(["confirm", "confirm", "refuse", "lift"]))
    def decide_ban(self, number: int, by: str, name: str) -> None:
        if (found := self.ban(number)) is None:
            return
        row, kept = found
        begins = "IN_FORCE" if name == "lift" else "PROPOSED"
        may = by in REGISTRAR and kept.status == begins and by != kept.hand
        given = {"by": self.who(by), "now": self.now, "reason": "见决定。"}
        if self.expect(may, lambda: lifecycle.move(row, name, **given), name):
            kept.status = {"confirm": "IN_FORCE", "refuse": "REFUSED", "lift": "LIFTED"}[name]
            kept.hand = by

    @rule()
    def go_on_with_the_ban(self) -> None:
        """Lead the first ban on to its end."""
        kept = found[1] if (found := self.ban(0)) else None
        other = "district_officer" if kept and kept.hand == "street_reviewer" else "street_reviewer"
        match kept.status if kept else "":
            case "":
                self.propose_ban("street_officer", 0, 90)
            case "PROPOSED":
                self.decide_ban(0, other, "confirm")
            case "IN_FORCE":
                self.decide_ban(0, other, "lift")

    # --- Days and the whole -------------------------------------------------------------------------------------------

    @rule(days=st.sampled_from([1, 9, 16, 31]))
    def days_go_by(self, days: int) -> None:
        self.now += dt.timedelta(days=days)
        operations.remind_late(by=self.people.system, now=self.now)
        if self.report.status in {"DUE", "RETURNED"}:
            self.report.day_goes_by(self.today, EVERY["report"], "MISSED")
        for kept in self.orders.values():
            if kept.status == "ISSUED":
                kept.day_goes_by(self.today, EVERY["order"], "OVERDUE")

    @rule()
    def go_on(self) -> None:
        """Take the next step of the report or the first order, so that the ends are reached in few steps."""
        match self.report.status:
            case "SUBMITTED":
                self.forward("street_officer")
            case "FORWARDED":
                self.conclude("district_officer", "FAILED")
            case "CONCLUDED":
                self.go_on_with_the_order()
            case _:
                self.submit("manager")

    def go_on_with_the_order(self) -> None:
        found = self.order(0)
        match found[1].status if found else "":
            case "DRAFTED":
                self.issue(0, "street_reviewer")
            case "REPORTED":
                self.judge(0, "district_officer", True)
            case "OVERDUE":
                self.list_the_order(0, "district_officer")
            case "ISSUED":
                self.mend(0, "manager")

    @invariant()
    def agrees(self) -> None:
        row = self.fresh_report()
        assert (row.status, row.due_on, row.reminders) == (self.report.status, self.report.due, self.report.misses)
        found = RectificationOrder.objects.filter(organization=self.body).values_list("pk", "status", "reminders")
        assert {key: (status, misses) for key, status, misses in found} == {
            key: (kept.status, kept.misses) for key, kept in self.orders.items()
        }
        assert dict(ParticipationBan.objects.values_list("pk", "status")) == {
            key: kept.status for key, kept in self.bans.items()
        }

    @invariant()
    def the_gate_says_so(self) -> None:
        running = [
            kept for kept in self.bans.values() if kept.status == "IN_FORCE" and kept.first <= self.today < kept.end
        ]
        assert len(hindrances(self.body, self.today)) == len(running) + self.failed
        listed = {"report listed", "order listed"} & self.seen
        assert not listed or not self.body.listings.filter(credit_list="SERIOUS_BREACH").exists()


def test_supervision_goes_as_the_model_does(people: Any, now: dt.datetime, body: Any) -> None:
    Supervision.people, Supervision.start, Supervision.body = people, now, body

    run(Supervision, examples=examples(5), steps=STEPS)

    wanted = {"submit", "forward", "FAILED", "issue", "mend", "mended", "propose", "confirm", "lift"}
    assert wanted <= Supervision.seen
