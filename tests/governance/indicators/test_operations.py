"""Figures of places, computed from rows; claims beside them; orphans of the trace."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

import governance.indicators.tasks  # noqa: F401 - registers the handler, as a worker does
from communities.notices import operations as notices
from communities.territory.models import Division
from consultation.decisions import accepting, executing
from consultation.decisions.models import Decision
from funds.charity.models import CommunityFund
from funds.ledger.models import JournalKind
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.indicators import operations
from governance.indicators.counting import COUNTERS, Places, figures_of
from governance.indicators.models import ClaimedFigure, IndicatorValue
from governance.indicators.operations import ClaimExists, FigureUnreadable, IndicatorUnknown
from governance.indicators.queries import compared, latest_of
from governance.jobs import operations as jobs
from governance.jobs.models import Job
from governance.portal.demonstration import figures, steps
from governance.portal.demonstration.steps import Scene
from governance.portal.orphans import CHECKS, Check
from tests.factories.communities import DivisionCodeFactory, DivisionFactory
from tests.factories.governance_trace import Story
from tests.factories.socialorgs_register import OrganizationFactory
from tests.walls import violated

pytestmark = pytest.mark.django_db


def value(key: str, division: Division, day: dt.date) -> tuple[Decimal, Decimal | None]:
    found = figures_of(key, day, Places(day)).get(division.pk)
    assert found is not None, f"{key} has no figure for {division}"
    return found.numerator, found.denominator


def test_a_figure_belongs_to_every_place_above(
    district: Division,
    street: Division,
    community: Division,
    neighbor: Division,
    far_community: Division,
    today: dt.date,
) -> None:
    for place in (community, community, neighbor, far_community):
        OrganizationFactory(division=place, active=True)
    OrganizationFactory(division=community)  # nobody has checked it
    OrganizationFactory(division=community, deregistered=True)
    OrganizationFactory(division=community, filed=True, active=True)

    found = figures_of("so.registered", today, Places(today))

    assert {key: int(figure.numerator) for key, figure in found.items()} == {
        district.pk: 4,
        street.pk: 3,
        community.pk: 2,
        neighbor.pk: 1,
        far_community.parent_id: 1,
        far_community.pk: 1,
    }
    assert value("so.community", district, today) == (1, None)


def test_growth_is_the_change_by_the_value_before(community: Division, today: dt.date) -> None:
    """Nine before and thirteen now: +44.44 %, and not four of thirteen."""
    OrganizationFactory.create_batch(9, division=community, active=True, founded_on=today - dt.timedelta(days=800))
    OrganizationFactory.create_batch(4, division=community, active=True, founded_on=today - dt.timedelta(days=30))

    assert value("so.registered.growth", community, today) == (4, 9)


def test_one_chain_in_figures(community: Division, district: Division, today: dt.date) -> None:
    story = Story(community).tell()

    assert value("project.count", district, today) == (1, None)
    assert value("fund.raised", district, today) == (Decimal("10000.00"), None)
    assert value("satisfaction.project", district, today) == (35, 36)
    assert value("fund.problems", district, today) == (0, None)
    assert value("reinvest.problems", district, today) == (0, None)

    Decision.objects.filter(pk=story.decision.pk).update(status="EXECUTING")
    reported = executing.report_result(
        by=story.place.staff,
        now=story.request.entered_at,
        decision=Decision.objects.get(pk=story.decision.pk),
        text="已全部装好。",
    )
    shown = reported.result_notice
    assert shown is not None
    assert shown.ends_on is not None
    after = dt.datetime.combine(shown.ends_on, story.request.entered_at.timetz()) + dt.timedelta(days=1)
    notices.close_due_notices(by=story.place.system, now=after, today=after.date())
    accepting.accept_result(by=story.place.supervisor, now=after, decision=reported)
    assert value("fund.problems", community, today) == (1, None)


def test_public_money_in_budget_funds_is_not_raised(community: Division, district: Division, today: dt.date) -> None:
    """What a place's money page leaves out is left out beside the reported figure as well."""
    Story(community).tell()
    CommunityFund.objects.update(category="BUDGET", charity=None)

    assert value("fund.raised", district, today) == (0, None)


def test_a_true_story_leaves_no_orphans(community: Division, district: Division, today: dt.date) -> None:
    Story(community).tell()

    numerator, denominator = value("trace.orphans", district, today)

    assert (numerator, denominator) == (0, 8)


def test_orphans_are_counted_and_named(community: Division, district: Division, today: dt.date) -> None:
    """Vouchers that nothing caused; the other walls would have to fall before their checks find anything."""
    story = Story(community).deliberate().decide().hold_money()
    use = story.account("use:environment", "SINK")
    paid = story.post(JournalKind.PAYMENT, story.request.hold_code, use, Decimal(1))
    held = story.post(JournalKind.HOLD, "pool:free", story.request.hold_code, Decimal(1))

    found = figures_of("trace.orphans", today, Places(today))[district.pk]

    assert (found.numerator, found.denominator) == (2, 5)
    assert found.details == [
        {"check": "money_without_request", "object": "funds.Journal", "key": str(row.pk)} for row in (paid, held)
    ]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.key)
def test_every_check_asks_the_rows_of_a_true_story(community: Division, check: Check) -> None:
    Story(community).tell()

    assert check.rows().exists() or check.key == "instalment_of_another_request"
    assert not check.orphans(check.rows()).exists()


def run(by: User, now: dt.datetime) -> None:
    while jobs.run_due(by=by, clock=lambda: now):
        pass


def test_the_nightly_job_writes_every_indicator_and_again_only_overwrites(
    community: Division, district: Division, system: User, now: dt.datetime, today: dt.date
) -> None:
    OrganizationFactory(division=community, active=True)
    job = operations.request_computation(by=system, now=now, day=today)
    assert operations.request_computation(by=system, now=now, day=today).pk == job.pk
    run(system, now)
    first = IndicatorValue.objects.count()
    OrganizationFactory(division=community, active=True)
    jobs.retry(by=system, job=Job.objects.get(pk=job.pk), now=now)
    run(system, now)

    done = Job.objects.get(pk=job.pk)
    assert (done.status, done.done, done.counts["values"]) == ("DONE", len(COUNTERS), IndicatorValue.objects.count())
    assert IndicatorValue.objects.count() == first
    shown = {row.indicator: row.value for row in latest_of(district)}
    assert shown["so.registered"] == 2
    assert shown["linkage.elements"] == 5
    assert (shown["evaluation.parties"], shown["evaluation.methods"], shown["so.classes"]) == (3, 3, 4)
    assert shown["trace.orphans"] == 0
    assert "satisfaction.project" not in shown


def test_the_newest_day_is_shown(district: Division, system: User, now: dt.datetime, today: dt.date) -> None:
    for days in (2, 1):
        operations.compute_indicator(
            by=system, now=now, day=today - dt.timedelta(days=days), key="ent.count", places=Places(today)
        )

    assert [(row.indicator, row.day) for row in latest_of(district)] == [("ent.count", today - dt.timedelta(days=1))]


def test_more_places_cost_no_more_queries(district: Division, community: Division, today: dt.date) -> None:
    costs = []
    for _number in range(2):
        OrganizationFactory(division=community, active=True)
        places = Places(today)
        with CaptureQueriesContext(connection) as queries:
            figures_of("so.registered", today, places)
        costs.append(len(queries))

    assert costs == [1, 1]


@pytest.fixture
def zigong(system: User) -> Division:
    """The real district with its four streets that a zone runs."""
    steps.open_district(Scene(now=dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC), system=system))
    return steps.place("510302000000")


def test_the_report_is_held_against_the_rows(zigong: Division, system: User, now: dt.datetime, today: dt.date) -> None:
    """Several seconds: the code list of the district is loaded. 31 communities without those of the zone."""
    scene = Scene(now=now, system=system)
    figures.enter_claims(scene)
    figures.enter_claims(scene)
    figures.compute(scene)
    run(system, now)

    assert ClaimedFigure.objects.count() == 45
    claims = {row.claim.reference: row for row in compared(zigong)}
    growth = claims["H0-27"]
    assert (growth.claim.claimed, growth.recomputed, growth.deviation) == (
        Decimal("29.3"),
        Decimal("41.57"),
        Decimal("-12.27"),
    )
    assert (growth.shown_deviation, growth.is_borne_out, growth.verdict) == ("-12.27", False, "bad")
    assert "41.57%" in growth.claim.note
    assert claims["H0-07"].is_borne_out is True
    assert claims["H0-09"].is_borne_out is True
    assert claims["H0-06"].counted is not None
    assert (claims["H0-06"].counted.shown, claims["H0-06"].is_borne_out) == ("31", True)
    assert (claims["H0-03"].found, claims["H0-04"].found) == (3, 5)
    assert (claims["H0-44"].is_borne_out, claims["H0-45"].is_borne_out, claims["H0-28"].is_borne_out) == (True,) * 3
    nothing_entered = claims["H0-36"]
    assert (nothing_entered.found, nothing_entered.deviation, nothing_entered.is_empty) == (None, None, True)
    assert nothing_entered.reason
    assert claims["H0-12"].reason
    assert (claims["H0-12"].found, claims["H0-12"].is_borne_out, claims["H0-12"].deviation) == (None, None, None)


def test_what_a_report_misprints_stands_beside_the_code_list_and_the_rules(
    system: User, now: dt.datetime, today: dt.date
) -> None:
    """Several seconds: the code list of a county is loaded. The report says 159 where there are 59 communities."""
    scene = Scene(now=dt.datetime(2026, 3, 4, 12, tzinfo=dt.UTC), system=system)
    steps.take_in(scene, "nbs2023_500243_chongqing_pengshui.csv")
    county = steps.place("500243000000")
    figures.enter_claims(scene)
    for key in ("division.village.after", "division.community.after", "division.street_level"):
        operations.compute_indicator(by=system, now=now, day=today, key=key, places=Places(today))
    for key in ("split.street", "split.township", "topic.catalogue"):
        operations.compute_indicator(by=system, now=now, day=today, key=key, places=Places(today))

    claims = {row.claim.reference: row for row in compared(county)}
    assert len(claims) == 12
    assert claims["H2b-04（村）"].is_borne_out is True
    misprinted = claims["H2b-04（社区）"]
    assert (misprinted.claim.printed, misprinted.found, misprinted.deviation) == ("159个", 59, 100)
    assert "59" in misprinted.claim.note
    assert (claims["H2b-06"].found, claims["H2b-06"].is_borne_out) == (39, True)
    keys = ("split.street", "split.township", "topic.catalogue")
    assert [value(key, county, today)[0] for key in keys] == [66, 84, 16]
    assert all(claims[f"H2b-0{number}"].is_borne_out for number in (1, 2, 3, 7))


def test_every_figure_of_the_reports_is_kept_with_its_qualifier_and_its_words(system: User, now: dt.datetime) -> None:
    for code in ("340103000000", "340111000000", "500105000000", "500243000000", "510107000000"):
        DivisionCodeFactory(division__tier=3, division__level="DISTRICT", code=code)
    figures.enter_claims(Scene(now=now, system=system))

    printed = {row.reference: row for row in ClaimedFigure.objects.all()}
    assert len(printed) == 116
    for row in printed.values():
        assert row.qualifier != "AT_LEAST" or re.search("余|以上", row.printed), row
        assert row.qualifier != "ABOUT" or re.search("近|约", row.printed), row
    assert printed["H2-09"].recomputed == Decimal("0.94")
    assert (printed["H1-02"].recomputed, printed["H1-02"].claimed) == (Decimal("13.03"), None)
    parts = {"H2-26（每项）": "100000.00", "H2b-08": "72.30", "H2b-09": "1.40", "H4-07": "68.56", "H4-08": "15.56"}
    parts |= {"H4-09": "71.15", "H4-09（增幅）": "19.94"}
    for reference, found in parts.items():
        assert (printed[reference].recomputed, printed[reference].claimed) == (Decimal(found), None), reference
    assert {"H3-07", "H3-37"} <= {row.reference for row in printed.values() if row.note and not row.indicator}


def test_a_district_that_is_no_more_keeps_its_claims(
    client: Client, district: Division, system: User, now: dt.datetime
) -> None:
    gone = DivisionFactory(tier=3, level="DISTRICT", status="CLOSED", valid_to=dt.date(2025, 11, 25))
    assert gone.name not in client.get("/indicators/").content.decode()
    operations.enter_claim(by=system, now=now, division=gone, **CLAIM)

    page = client.get("/indicators/").content.decode()

    assert f"?division={gone.pk}" in page
    assert gone.name in page.split("</h1>")[0]


CLAIM: dict[str, Any] = {
    "source": "年度报告",
    "reference": "3",
    "indicator": "so.registered.growth",
    "meaning": "登记社会组织增幅",
    "printed": "29.3%",
    "value": Decimal("29.3"),
    "numerator": Decimal(37),
    "denominator": Decimal(89),
}


def test_the_district_enters_claims(district: Division, district_officer: User, now: dt.datetime) -> None:
    row = operations.enter_claim(by=district_officer, now=now, division=district, **CLAIM)

    assert (row.claimed, row.places, row.recomputed) == (Decimal("29.3"), 1, Decimal("41.57"))
    assert AuditEntry.objects.get(verb="indicators.claim.entered").after["printed"] == "29.3%"
    with pytest.raises(ClaimExists):
        operations.enter_claim(by=district_officer, now=now, division=district, **CLAIM)
    with pytest.raises(IndicatorUnknown):
        operations.enter_claim(
            by=district_officer, now=now, division=district, **{**CLAIM, "reference": "4", "indicator": "x"}
        )
    assert ClaimedFigure.objects.count() == 1


def test_others_enter_nothing(
    district: Division, community: Division, street_officer: User, resident: User, now: dt.datetime, today: dt.date
) -> None:
    for by in (street_officer, resident):
        with pytest.raises(NotAllowed):
            operations.enter_claim(by=by, now=now, division=community, **CLAIM)
        with pytest.raises(NotAllowed):
            operations.recompute(by=by, now=now, day=today)
    assert (ClaimedFigure.objects.count(), Job.objects.count()) == (0, 0)


def test_somebody_who_put_something_right_computes_again(
    district_officer: User, now: dt.datetime, today: dt.date
) -> None:
    job = operations.recompute(by=district_officer, now=now, day=today)
    assert operations.recompute(by=district_officer, now=now, day=today).status == "QUEUED"
    run(district_officer, now)

    assert Job.objects.get(pk=job.pk).status == "DONE"
    assert operations.recompute(by=district_officer, now=now, day=today).status == "QUEUED"


def test_a_list_with_a_bad_figure_is_refused_whole(house: Any, system: User, now: dt.datetime) -> None:
    header = "reference,code,indicator,meaning,printed,value,qualifier,unit,numerator,denominator,note"
    lines = [header, "1,510302000000,,a,5,5,EXACT,,,,", "2,510302000000,,b,5,five,EXACT,,,,"]

    with pytest.raises(FigureUnreadable):
        operations.load_claims(by=system, now=now, source="x", lines=lines)

    assert ClaimedFigure.objects.count() == 0


@pytest.mark.parametrize(
    ("statement", "wall"),
    [
        ("UPDATE indicators_claimedfigure SET qualifier = 'MAYBE'", "claimedfigure_qualifier_is_known"),
        ("UPDATE indicators_claimedfigure SET denominator = 0", "claimedfigure_divides_by_something"),
        (
            (
                "INSERT INTO indicators_claimedfigure (division_id, source, reference, indicator, meaning, printed, places,"
                " qualifier, unit, note, entered_at, entered_by_id) SELECT division_id, source, reference, '', '', '', 0,"
                " 'EXACT', '', '', now(), entered_by_id FROM indicators_claimedfigure"
            ),
            "claimedfigure_stands_once",
        ),
        (
            (
                "INSERT INTO indicators_indicatorvalue (indicator, division_id, day, numerator, details, computed_at)"
                " SELECT indicator, division_id, day, 1, '[]', now() FROM indicators_indicatorvalue"
            ),
            "indicatorvalue_once_a_day_in_each_place",
        ),
    ],
)
def test_walls(
    district: Division,
    district_officer: User,
    system: User,
    now: dt.datetime,
    today: dt.date,
    statement: str,
    wall: str,
) -> None:
    operations.enter_claim(by=district_officer, now=now, division=district, **CLAIM)
    operations.compute_indicator(by=system, now=now, day=today, key="ent.count", places=Places(today))

    assert violated(statement) == wall
