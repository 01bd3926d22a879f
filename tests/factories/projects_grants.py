"""A grant round walked along its way by the operations of its room."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from governance import lifecycle
from governance.accounts.models import User, UserKind
from projects.grants import deciding, operations, reviewing, submitting
from projects.grants.models import GrantApplication, GrantRound, PanelSeat
from projects.grants.operations import Terms
from projects.grants.policy import Question
from projects.grants.submitting import Line, Plan
from socialorgs.register.models import SocialOrganization
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.people import House

CRITERIA = (("需求与可行性", 40), ("方案与创新", 35), ("团队与预算", 25))
SOURCES = (({"budget_line": "WELFARE_LOTTERY"}, "15000.00"), ({"budget_line": "FISCAL"}, "40000.00"))
LINES = (("PERSONNEL", "社工补贴", "3000"), ("ACTIVITIES", "助老活动", "6000"), ("MATERIALS", "材料", "2000"))


def system_user() -> User:
    """Return the system."""
    found = User.objects.filter(kind=UserKind.SYSTEM).first()
    return found or UserFactory(system=True)


@dataclass
class Story:
    """One round with its people; each step brings it on and remembers what was made."""

    house: House
    now: dt.datetime
    kind: str = "VENTURE"
    more: dict[str, Any] = field(default_factory=dict)
    brings: dict[str, Any] = field(default_factory=dict)
    sources: Sequence[tuple[dict[str, Any], str]] = SOURCES
    applications: list[GrantApplication] = field(default_factory=list)
    experts: list[User] = field(default_factory=list)
    managers: list[User] = field(default_factory=list)
    round: GrantRound = field(init=False)

    def __post_init__(self) -> None:
        """Name who acts."""
        people, street = self.house.people, self.kind == "MICRO"
        self.place = self.house.places["street" if street else "district"]
        self.officer = people["street_officer" if street else "district_officer"]
        self.decider = people["street_reviewer" if street else "district_admin"]

    @property
    def system(self) -> User:
        """The clock."""
        return system_user()

    def days(self, count: int) -> dt.datetime:
        """Let days go by."""
        self.now += dt.timedelta(days=count)
        return self.now

    def terms(self, **more: Any) -> Terms:
        """What is entered of the round."""
        today = self.now.date()
        given: dict[str, Any] = {
            "kind": self.kind,
            "title": "2026年公益创投",
            "division": self.place,
            "guide": "面向为老、助残、儿童等领域征集项目。",
            "criteria": CRITERIA,
            "cap": Decimal("30000.00"),
            "opens_on": today + dt.timedelta(days=1),
            "closes_on": today + dt.timedelta(days=20),
            "contact": "社会组织科 8100000",
            "lanes": ("为老服务", "社区治理"),
            "questions": (Question(1, "是否获得其他财政资金？", "ONE", ("是", "否"), is_required=True),),
            "takes_filed": True,
        }
        return Terms(**{**given, **self.more, **more})

    def drafted(self) -> Story:
        """Draw it up, with its sources of money."""
        self.round = operations.draft_round(by=self.officer, now=self.now, terms=self.terms())
        for source, amount in self.sources:
            operations.add_funding(by=self.officer, now=self.now, round_=self.round, amount=Decimal(amount), **source)
        return self

    def called(self) -> Story:
        """Call for applications."""
        self.drafted()
        self.round = operations.publish_round(by=self.decider, now=self.now, round_=self.round)
        return self

    def turn(self) -> Story:
        """Let the clock open, close and let lapse."""
        operations.turn_rounds(by=self.system, now=self.now, today=self.now.date())
        self.round.refresh_from_db()
        return self

    def opened(self) -> Story:
        """Wait for the first day."""
        self.called()
        self.days(1)
        return self.turn()

    def plan(self, **more: Any) -> Plan:
        """What an applicant writes."""
        today = self.now.date()
        given: dict[str, Any] = {
            "title": "银龄互助",
            "lane": "为老服务",
            "summary": "低龄老人帮高龄老人。",
            "plan": "每周两次上门探访。",
            "team": "社工三名。",
            "beneficiaries": "高龄独居老人",
            "division": self.house.places["community"],
            "starts_on": today + dt.timedelta(days=60),
            "ends_on": today + dt.timedelta(days=300),
            "lines": [Line(kind, title, Decimal(amount)) for kind, title, amount in LINES],
            "answers": {"1": 2},
        }
        return Plan(**{**given, **self.brings, **more})

    def written(self, organization: SocialOrganization | None = None, **more: Any) -> GrantApplication:
        """Write one draft."""
        chosen = organization or OrganizationFactory(active=True, division=self.house.places["street"])
        manager = manager_of(chosen)
        self.managers.append(manager)
        return submitting.start_application(
            by=manager, now=self.now, round_=self.round, organization=chosen, plan=self.plan(**more)
        )

    def submitted(self, organization: SocialOrganization | None = None, **more: Any) -> GrantApplication:
        """Write and submit one."""
        row = self.written(organization, **more)
        return submitting.submit_application(by=self.managers[-1], now=self.now, application=row)

    def admitted(self, row: GrantApplication) -> GrantApplication:
        """Let the landing community agree and the place admit it."""
        submitting.give_consent(by=self.house.people["community_staff"], now=self.now, application=row)
        return submitting.qualify(by=self.officer, now=self.now, application=row)

    def reviewing(self, applications: int = 2, experts: int = 5) -> Story:
        """Take applications in, admit them, seat experts and give out the sheets."""
        self.opened()
        rows = [self.submitted(title=f"项目{number}") for number in range(1, applications + 1)]
        self.applications = [self.admitted(row) for row in rows]
        self.days(20)
        self.turn()
        self.round = self.begin_review()
        self.seated(experts)
        reviewing.assign_sheets(by=self.officer, now=self.now, round_=self.round)
        return self

    def begin_review(self) -> GrantRound:
        """Begin the review."""
        return lifecycle.move(self.round, "start_review", by=self.officer, now=self.now)

    def pooled(self, count: int) -> list[User]:
        """Put people in the pool."""
        people = [UserFactory(resident=True) for _number in range(count)]
        for person in people:
            operations.enter_expert(
                by=self.officer, now=self.now, division=self.place, user=person, expertise="社会工作"
            )
        return people

    def seated(self, count: int) -> list[PanelSeat]:
        """Seat experts who declare no ties."""
        self.experts = self.pooled(count)
        seats = [
            reviewing.seat_expert(by=self.officer, now=self.now, round_=self.round, expert=person)
            for person in self.experts
        ]
        for seat in seats:
            reviewing.declare_ties(by=seat.expert, now=self.now, seat=seat, organizations=())
        return seats

    def score(self, application: GrantApplication, points: dict[int, int]) -> None:
        """Let experts, by their place, give so many points of 100 in all."""
        for place, total in points.items():
            sheet = application.sheets.select_related("expert").get(expert=self.experts[place])
            reviewing.submit_score(by=sheet.expert, now=self.now, sheet=sheet, marks=marks_of(total))

    def settled(self, *totals: tuple[int, ...]) -> Story:
        """Score every application and settle."""
        self.reviewing(applications=len(totals))
        for application, points in zip(self.applications, totals, strict=True):
            self.score(application, dict(enumerate(points)))
        self.round = reviewing.settle_scores(by=self.officer, now=self.now, round_=self.round)
        return self.fresh()

    def fresh(self) -> Story:
        """Read everything afresh."""
        self.round.refresh_from_db()
        for row in self.applications:
            row.refresh_from_db()
        return self

    def publicised(self, *totals: tuple[int, ...]) -> Story:
        """Propose every application that reached the score, and publicise."""
        self.settled(*(totals or ((80, 82, 84, 86, 88), (70, 72, 74, 76, 78))))
        for row in self.applications:
            deciding.propose(by=self.officer, now=self.now, application=row)
        self.round = deciding.publicise_round(by=self.officer_who_decides, now=self.now, round_=self.round)
        return self.fresh()

    @property
    def officer_who_decides(self) -> User:
        """Who publicises: another person awards."""
        return self.house.people["district_admin"]

    @property
    def second_admin(self) -> User:
        """A second person of the lead department."""
        found: User = PostFactory(role="DISTRICT_ADMIN", division=self.house.places["district"]).user
        return found

    def notice_over(self) -> Story:
        """Let the publicity end."""
        assert self.round.publicity is not None
        notice = PublicNotice.objects.get(pk=self.round.publicity_id)
        assert notice.ends_on is not None
        self.days((notice.ends_on - self.now.date()).days + 1)
        notices.close_notice(by=self.system, now=self.now, today=self.now.date(), notice=notice)
        return self.fresh()

    def awarded(self, *totals: tuple[int, ...]) -> Story:
        """Award what was publicised."""
        self.publicised(*totals)
        self.notice_over()
        self.round = deciding.award_round(by=self.second_admin, now=self.now, round_=self.round)
        return self.fresh()


def marks_of(total: int) -> dict[str, int]:
    """Return points by criterion that come to a total."""
    marks, left = {}, total
    for number, (_title, most) in enumerate(CRITERIA, start=1):
        marks[str(number)] = min(left, most)
        left -= marks[str(number)]
    return marks
