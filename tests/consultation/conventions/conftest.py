"""A community that gives itself an agreement on dogs."""

from __future__ import annotations

import copy
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from communities.notices import operations as notices
from communities.people.models import Role
from consultation.ballots import operations as ballots
from consultation.ballots.models import Ballot
from consultation.conventions import operations
from consultation.conventions.models import ConventionVersion
from governance.accounts.models import User
from tests.factories.consultation_ballots import DAY, HOUR, Place, seeded_rule

TEXT = "第一条 遛狗应当牵绳。\n第二条 及时清理粪便。"
AGREED = [[1], [1], [1], [2]]


@dataclass
class Story:
    """The steps of a version, each by its operation."""

    place: Place
    reviewer: User = field(init=False)
    officer: User = field(init=False)

    def __post_init__(self) -> None:
        """Fill the posts of the street, which here reach the community itself."""
        self.reviewer = self.place.holder(Role.STREET_REVIEWER)
        self.officer = self.place.holder(Role.STREET_OFFICER)

    @property
    def now(self) -> dt.datetime:
        """When the story begins."""
        return self.place.now

    def draft(self, **changes: Any) -> ConventionVersion:
        """Draft an agreement."""
        given = {"kind": "AGREEMENT", "title": "文明养犬公约", "text": TEXT, "change": "首次制定", **changes}
        return operations.draft_convention(by=self.place.staff, now=self.now, division=self.place.division, **given)

    def check(self, version: ConventionVersion | None = None) -> ConventionVersion:
        """Let the street check it."""
        return operations.pass_check(by=self.reviewer, now=self.now, version=version or self.draft())

    def announce(self, version: ConventionVersion | None = None) -> ConventionVersion:
        """Show it to the residents."""
        shown = version or self.check()
        return operations.announce_version(by=self.place.staff, now=self.now, today=self.now.date(), version=shown)

    def after_notice(self, version: ConventionVersion | None = None) -> tuple[ConventionVersion, dt.datetime]:
        """Let the days of the notice pass; return the version and the moment."""
        row = version or self.announce()
        assert row.notice is not None
        assert row.notice.ends_on is not None
        moment = dt.datetime.combine(row.notice.ends_on, self.now.timetz()) + DAY
        notices.close_due_notices(by=self.place.system, now=moment, today=moment.date())
        row.refresh_from_db()
        return row, moment

    def put_to_vote(self, version: ConventionVersion, moment: dt.datetime, **changes: Any) -> Ballot:
        """Prepare a vote of a day that opens in an hour."""
        seeded_rule("council_default")
        given = {
            "rule_key": "council_default",
            "opens_at": moment + HOUR,
            "closes_at": moment + HOUR + DAY,
            **changes,
        }
        return operations.put_to_vote(by=self.place.staff, now=moment, version=version, **given)

    def run(self, ballot: Ballot, choices: Any, moment: dt.datetime) -> Ballot:
        """Hold a vote to its publication."""
        later = copy.copy(self.place)
        later.now = moment
        later.freeze(ballot)
        ballot.refresh_from_db()
        ballots.open_due_ballots(by=self.place.system, now=ballot.opens_at)
        ballot.refresh_from_db()
        later.cast(ballot, choices)
        return later.publish(ballot)

    def voted(
        self, choices: Any = AGREED, version: ConventionVersion | None = None
    ) -> tuple[ConventionVersion, dt.datetime]:
        """Return a version on which the residents have voted, and the moment."""
        row, moment = self.after_notice(version)
        ballot = self.run(self.put_to_vote(row, moment), choices, moment)
        row.refresh_from_db()
        return row, ballot.closes_at + DAY

    def adopt(self, version: ConventionVersion | None = None) -> tuple[ConventionVersion, dt.datetime]:
        """Return a version that the residents have passed, and the moment."""
        row, moment = self.voted(version=version)
        adopted = operations.adopt_version(
            by=self.place.staff, now=moment, version=row, effective_on=timezone.localdate(moment)
        )
        return adopted, moment


@pytest.fixture
def story(db: None, now: dt.datetime) -> Story:
    """A community with five voters at noon of a working day."""
    place = Place(now)
    place.populate(5)
    return Story(place)
