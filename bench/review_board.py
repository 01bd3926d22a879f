"""The review board of a grant round with 200 and with 2,000 applications, five sheets each (docs/performance.md).

Rows come in with the row guards down. The page is asked in this process by somebody of the district who is signed in; the
limit is the same board of the small round. Giving out the sheets of the large round and settling its scores come last.

    python3 run.py bench review_board [--rounds 5] [--applications 200 2000]
"""

from __future__ import annotations

import argparse
import datetime as dt
import sys

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext, override_settings
from django.urls import reverse

from bench import measure
from communities.notices.models import PublicNotice
from communities.people.models import Post, Role
from communities.territory.models import Division, DivisionLevel, Tier
from governance.accounts.models import User, UserKind
from governance.accounts.queries import system_actor
from governance.calendar import clock
from projects.grants import reviewing
from projects.grants.models import GrantApplication, GrantRound, PanelSeat, ScoreSheet
from socialorgs.register.models import SocialOrganization

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
GUARDED = ("projects_grantround", "projects_grantapplication", "projects_panelseat", "projects_scoresheet")
EXPERTS = 15
LEAST = 5
MOST_QUERIES = 10
MOST_BYTES = 80_000
CRITERIA = [{"title": "需求", "most": 60}, {"title": "方案", "most": 40}]


def main() -> int:
    """Measure and report."""
    parser = argparse.ArgumentParser(prog="bench.review_board")
    parser.add_argument("--rounds", type=int, default=measure.ROUNDS)
    parser.add_argument("--applications", type=int, nargs=2, default=[200, 2_000])
    options = parser.parse_args()
    report = measure.Report("review_board", {"applications": options.applications, "rounds": options.rounds})
    with measure.scratch_database("review_board"):
        district, staff = _place()
        rounds = {count: _fill(district, staff, count) for count in options.applications}
        with connection.cursor() as cursor:
            cursor.execute("VACUUM ANALYZE")
        client = Client()
        client.force_login(staff, backend=BACKEND)
        paths = {count: reverse("projects:grant-round-board", args=[row.pk]) for count, row in rounds.items()}
        with override_settings(DEMONSTRATION=False, ALLOWED_HOSTS=["*"]):
            for count, path in paths.items():
                with CaptureQueriesContext(connection) as asked:
                    answer = client.get(path)
                if answer.status_code != 200:
                    message = f"{path} answered {answer.status_code}"
                    raise RuntimeError(message)
                report.line(f"{count} applications: queries", [len(asked)], unit="queries", at_most=MOST_QUERIES)
                report.line(f"{count} applications: bytes", [len(answer.content)], unit="bytes", at_most=MOST_BYTES)
            cases = {
                f"{count} applications": measure.milliseconds(lambda path=path: client.get(path), times=5)
                for count, path in paths.items()
            }
            found = measure.interleaved(cases, rounds=options.rounds)
        least, most = (f"{count} applications" for count in sorted(options.applications))
        report.line(least, found[least], unit="ms")
        report.line(most, found[most], unit="ms", limit=least, at_most=1.5)
        _settle(report, rounds[max(options.applications)], staff)
    return report.finish()


def _place() -> tuple[Division, User]:
    """Insert a district and somebody of its lead department."""
    district = Division.objects.create(
        id=1,
        name="自流井区",
        short_name="自流井",
        tier=Tier.DISTRICT,
        level=DivisionLevel.DISTRICT,
        path="/1/",
        valid_from="2020-01-01",
    )
    now = clock.now()
    staff = User.objects.create(username="staff", kind=UserKind.STAFF, display_name="高区", joined_at=now)
    Post.objects.create(
        user=staff,
        role=Role.DISTRICT_ADMIN,
        division=district,
        valid_from="2020-01-01",
        appointed_by=system_actor(),
        appointed_at=now,
    )
    return district, staff


def _fill(district: Division, staff: User, count: int) -> GrantRound:
    """Insert a round in review with so many admitted applications, and its panel."""
    now = clock.now()
    today = now.date()
    system = system_actor()
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    notice = PublicNotice.objects.create(
        title="征集", body="征集", division=district, minimum_days=1, contact="1", drafted_at=now, drafted_by=staff
    )
    row = GrantRound.objects.create(
        kind="VENTURE",
        title=f"公益创投 {count}",
        division=district,
        guide="征集",
        lanes=["为老服务"],
        criteria=CRITERIA,
        instalments=[50, 30, 20],
        cap=80000,
        least_experts=LEAST,
        trim=1,
        recusal_months=24,
        correction_days=3,
        publicity_days=5,
        opens_on=today - dt.timedelta(days=40),
        closes_on=today - dt.timedelta(days=20),
        contact="1",
        call=notice,
        status="REVIEWING",
        drafted_at=now,
        drafted_by=staff,
        published_at=now,
        published_by=system,
    )
    bodies = SocialOrganization.objects.bulk_create(
        SocialOrganization(
            name=f"第{count}-{number}服务中心",
            organization_type="COMMUNITY_ORGANIZATION",
            standing="FILED",
            filing_number=f"{count}-{number}",
            division=district,
            head_name="宋",
            founded_on="2020-01-01",
            entered_at=now,
            entered_by=staff,
        )
        for number in range(count)
    )
    GrantApplication.objects.bulk_create(
        GrantApplication(
            round=row,
            number=f"{row.pk}-{number:04d}",
            organization=body,
            credit_code=f"{row.pk:06d}{number:012d}",
            lane="为老服务",
            title=f"项目{number}",
            division=district,
            starts_on=today,
            ends_on=today + dt.timedelta(days=200),
            asked=20000,
            status="QUALIFIED",
            drafted_at=now,
            drafted_by=staff,
            saved_at=now,
            submitted_at=now,
            submitted_by=staff,
            consented_at=now,
            vetted_at=now,
            vetted_by=system,
        )
        for number, body in enumerate(bodies)
    )
    experts = User.objects.bulk_create(
        User(username=f"expert-{count}-{number}", kind=UserKind.RESIDENT, joined_at=now) for number in range(EXPERTS)
    )
    PanelSeat.objects.bulk_create(
        PanelSeat(round=row, expert=one, seated_at=now, seated_by=staff, declared_at=now) for one in experts
    )
    with connection.cursor() as cursor:
        for table in GUARDED:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    reviewing.assign_sheets(by=staff, now=now, round_=row)
    return row


def _settle(report: measure.Report, row: GrantRound, staff: User) -> None:
    """Score every sheet with the guards down, and settle."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE projects_scoresheet DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE projects_scoresheet SET status = 'SUBMITTED', submitted_by_id = expert_id, submitted_at = now(), "
            "total = 40 + id %% 60, marks = '{}' WHERE application_id IN "
            "(SELECT id FROM projects_grantapplication WHERE round_id = %s)",
            [row.pk],
        )
        cursor.execute("ALTER TABLE projects_scoresheet ENABLE TRIGGER USER")
    sheets = ScoreSheet.objects.filter(application__round=row).count()
    settle = measure.seconds(lambda: reviewing.settle_scores(by=staff, now=clock.now(), round_=row))
    report.line(f"scores of {sheets} sheets settled", [settle()], unit="s", at_most=10)


if __name__ == "__main__":
    sys.exit(main())
