"""Between the applications and the awards: the gate at each step, money and ranks; and who reads what of the scores."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.utils.translation import override

from projects.grants import deciding, queries, refusals, reviewing, submitting
from projects.grants.models import GrantApplication, ScoreSheet
from tests.factories.projects_grants import LINES, Story
from tests.factories.socialorgs_register import CreditListingFactory

pytestmark = pytest.mark.django_db

HIGH, LOW = (80, 82, 84, 86, 88), (70, 72, 74, 76, 78)


def test_a_body_listed_before_the_first_check_is_not_admitted(story: Story) -> None:
    story.opened()
    row = story.submitted()
    submitting.give_consent(by=story.house.people["community_staff"], now=story.now, application=row)
    CreditListingFactory(organization=row.organization)

    with pytest.raises(refusals.ApplicantHindered):
        submitting.qualify(by=story.officer, now=story.now, application=row)

    row.refresh_from_db()
    assert row.status == "SUBMITTED"


def test_a_body_listed_during_the_review_is_not_proposed(story: Story) -> None:
    story.settled(HIGH, LOW)
    first, second = story.applications
    CreditListingFactory(organization=first.organization)

    with pytest.raises(refusals.ApplicantHindered):
        deciding.propose(by=story.officer, now=story.now, application=first)

    assert deciding.propose(by=story.officer, now=story.now, application=second).status == "PROPOSED"


def test_proposals_share_the_money_of_the_round(story: Story) -> None:
    """Each project alone fits into the money of the round, and both together do not."""
    asked = sum((Decimal(amount) for _kind, _title, amount in LINES), Decimal(0))
    story.sources = (({"budget_line": "WELFARE_LOTTERY"}, f"{asked * 2 - Decimal('0.01')}"),)
    story.settled(HIGH, LOW)
    first, second = story.applications
    assert (first.granted, second.granted) == (asked, asked)
    deciding.propose(by=story.officer, now=story.now, application=first)

    with override("en"), pytest.raises(refusals.ProposalUnfit, match="is too much"):
        deciding.propose(by=story.officer, now=story.now, application=second)

    line = second.lines.order_by("-granted")[0]
    lower = {line.number: line.granted - Decimal("0.01")}
    deciding.optimise_budget(by=story.officer, now=story.now, application=second, granted=lower, reason="按资金调整")
    assert deciding.propose(by=story.officer, now=story.now, application=second).status == "PROPOSED"


def test_ranks_are_of_a_class(story: Story) -> None:
    story.opened()
    rows = [story.submitted(lane=lane) for lane in ("为老服务", "社区治理", "为老服务")]
    story.applications = [story.admitted(row) for row in rows]
    story.days(20)
    story.turn()
    story.round = story.begin_review()
    story.seated(5)
    reviewing.assign_sheets(by=story.officer, now=story.now, round_=story.round)
    for row, totals in zip(story.applications, (HIGH, LOW, LOW), strict=True):
        story.score(row, dict(enumerate(totals)))
    reviewing.settle_scores(by=story.officer, now=story.now, round_=story.round)

    story.fresh()
    assert [(row.lane, row.rank) for row in story.applications] == [("为老服务", 1), ("社区治理", 1), ("为老服务", 2)]


def test_who_withdrew_from_an_application_reads_nothing_of_it(story: Story) -> None:
    """One's own score comes before the others', also when all scores are settled."""
    story.reviewing(applications=1, experts=6)
    sheet = ScoreSheet.objects.order_by("pk")[0]
    gone = sheet.expert
    reviewing.recuse(by=gone, now=story.now, sheet=sheet, reason="曾在该机构兼职")
    reviewing.assign_sheets(by=story.officer, now=story.now, round_=story.round)
    [row] = story.applications
    places = [place for place, expert in enumerate(story.experts) if expert != gone]
    story.score(row, dict.fromkeys(places, 80))
    reviewing.settle_scores(by=story.officer, now=story.now, round_=story.round)

    sheets = ScoreSheet.objects.select_related("application__round")
    assert queries.others_totals(sheets.get(pk=sheet.pk)) is None
    assert queries.others_totals(sheets.exclude(pk=sheet.pk).order_by("pk")[0]) == [80, 80, 80, 80]


def test_an_applicant_reads_its_score_when_the_proposals_are_publicised(story: Story) -> None:
    story.settled(HIGH, LOW)
    rows = GrantApplication.objects.select_related("round").order_by("pk")
    assert all(row.score is not None for row in rows)
    assert [queries.outcome_for_applicant(row) for row in rows] == [None, None]

    for row in story.applications:
        deciding.propose(by=story.officer, now=story.now, application=row)
    deciding.publicise_round(by=story.officer_who_decides, now=story.now, round_=story.round)

    found = [queries.outcome_for_applicant(row) for row in rows.all()]
    assert [one.rank for one in found if one is not None] == [1, 2]
