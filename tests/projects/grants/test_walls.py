"""What the database alone refuses about grant rounds, each by one guard."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from governance import lifecycle
from projects.grants import deciding
from projects.grants.models import (
    AwardSource,
    GrantApplication,
    GrantAward,
    GrantBudgetLine,
    PanelSeat,
    RoundFunding,
    ScoreSheet,
)
from socialorgs.register.barring import operations as barring
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.projects_grants import SOURCES, Story
from tests.factories.socialorgs_register import CreditListingFactory
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)

Owner = Callable[[], Any]


def test_matching_shares_are_as_called_and_named(story: Story, owner: Owner) -> None:
    story.more, story.brings = {"matching_percent": 20}, {"own_amount": Decimal(2200)}
    story.opened()
    draft = story.written()
    GrantApplication.objects.filter(pk=draft.pk).update(own_amount=Decimal("2199.99"))
    submit = "UPDATE projects_grantapplication SET status = 'SUBMITTED', submitted_at = %s WHERE id = %s"
    with owner():
        alone("grantapplication:matched_as_called", submit, story.now, draft.pk)
        alone(
            "grantapplication_partner_is_named",
            "UPDATE projects_grantapplication SET partner_amount = 1 WHERE id = %s",
            draft.pk,
        )
        alone(
            "grantround_matching_fits",
            "UPDATE projects_grantround SET matching_percent = 201 WHERE id = %s",
            story.round.pk,
            beside=["grantround:called_rules_stay"],
        )


def test_the_sources_of_an_award_are_the_whole_and_of_its_place(story: Story, owner: Owner) -> None:
    story.brings = {"own_amount": Decimal(900)}
    elsewhere = CommunityFundFactory(active=True, division=story.house.places["neighbor"])
    story.sources = (*SOURCES, ({"fund": elsewhere}, "500.00"))
    story.awarded((80, 82, 84, 86, 88))
    award = GrantAward.objects.get()
    source, own = award.sources.order_by("pk")
    of_fund = story.round.fundings.get(kind="FUND")
    with owner():
        alone(
            "awardsource_names_who_pays",
            copied(own, payer="''", kind="'PARTNER'"),
            beside=["awardsource:whole_stays"],
        )
        alone("awardsource_beside_once", copied(own), beside=["awardsource:whole_stays"])
        alone(
            "awardsource:fund_serves_the_place",
            copied(source, funding_id=str(of_fund.pk), amount="1"),
            beside=["awardsource:whole_stays"],
        )
        more = copied(own, kind="'PARTNER'", payer="'x'", amount="1")
        alone("awardsource:whole_stays", f"SET CONSTRAINTS ALL IMMEDIATE; {more}")
        alone(
            "grantaward_amount_is_positive",
            "UPDATE projects_grantaward SET matched = -1 WHERE id = %s",
            award.pk,
            beside=["grantaward:terms_stay"],
        )


def test_what_was_called_stays(story: Story, owner: Owner) -> None:
    row = story.called().round
    funding = RoundFunding.objects.all()[0]
    with owner():
        alone("grantround:called_rules_stay", "UPDATE projects_grantround SET cap = 1 WHERE id = %s", row.pk)
        alone(
            "roundfunding:fixed_with_the_call",
            "UPDATE projects_roundfunding SET amount = amount + 1 WHERE id = %s",
            funding.pk,
        )
        alone(
            "roundfunding_is_money",
            "UPDATE projects_roundfunding SET amount = 0 WHERE id = %s",
            funding.pk,
            beside=["roundfunding:fixed_with_the_call"],
        )
        alone(
            "roundfunding_names_one_source",
            "UPDATE projects_roundfunding SET budget_line = '' WHERE id = %s",
            funding.pk,
            beside=["roundfunding:fixed_with_the_call"],
        )


def test_a_draft_round_fits(story: Story, owner: Owner) -> None:
    row = story.drafted().round
    with owner():
        for label, change in (
            ("grantround_instalments_are_the_whole", "instalments = '[50, 40]'"),
            ("grantround_points_are_the_whole", """criteria = '[{"title": "a", "most": 99}]'"""),
            ("grantround_runs_forward", "closes_on = opens_on"),
            ("grantround_figures_fit", "pass_score = 101"),
            ("grantround_called_by_a_notice", "status = 'PUBLISHED'"),
        ):
            alone(label, f"UPDATE projects_grantround SET {change} WHERE id = %s", row.pk)


def test_an_application_keeps_what_it_said(story: Story, owner: Owner) -> None:
    story.opened()
    row, other, draft = story.submitted(), story.submitted(), story.written()
    line = GrantBudgetLine.objects.filter(application=row)[0]
    table = "UPDATE projects_grantapplication SET"
    with owner():
        alone("grantapplication:submitted_text_stays", f"{table} plan = 'x' WHERE id = %s", row.pk)
        alone("grantapplication:applicant_stays", f"{table} number = 'x' WHERE id = %s", row.pk)
        alone(
            "grantapplication_one_a_body",
            f"{table} credit_code = %s WHERE id = %s",
            other.credit_code,
            row.pk,
            beside=["grantapplication:submitted_text_stays"],
        )
        alone(
            "grantapplication_one_an_organization",
            f"{table} organization_id = %s WHERE id = %s",
            other.organization_id,
            row.pk,
            beside=["grantapplication:applicant_stays"],
        )
        alone(
            "grantbudgetline:fixed_when_submitted",
            "UPDATE projects_grantbudgetline SET title = 'x' WHERE id = %s",
            line.pk,
        )
        alone(
            "grantbudgetline:only_falls",
            "UPDATE projects_grantbudgetline SET granted = 1 WHERE id = %s",
            line.pk,
        )
        alone(
            "grantapplication_submitted_is_complete",
            f"{table} status = 'SUBMITTED', submitted_at = NULL WHERE id = %s",
            draft.pk,
        )
        alone(
            "grantapplication_admitted_with_consent",
            f"{table} status = 'QUALIFIED' WHERE id = %s",
            row.pk,
        )


def test_a_listed_or_banned_body_gets_nothing_in(story: Story, owner: Owner) -> None:
    story.opened()
    draft = story.written()
    CreditListingFactory(organization=draft.organization, listed_on=story.now.date())
    submit = "UPDATE projects_grantapplication SET status = 'SUBMITTED', submitted_at = %s WHERE id = %s"
    with owner():
        alone("projects_grant_standing", submit, story.now, draft.pk)


def test_a_barred_body_gets_nothing_in(story: Story, owner: Owner) -> None:
    story.opened()
    draft = story.written()
    day = story.now.date()
    ban = barring.propose_ban(
        by=story.officer,
        now=story.now,
        organization=draft.organization,
        ground="CONTRACT_BREACH",
        reason="擅自停止服务。",
        decision_number="1号",
        starts_on=day,
        ends_on=day + dt.timedelta(days=365),
    )
    lifecycle.move(ban, "confirm", by=story.decider, now=story.now)
    submit = "UPDATE projects_grantapplication SET status = 'SUBMITTED', submitted_at = %s WHERE id = %s"
    with owner():
        alone("projects_grant_standing", submit, story.now, draft.pk)


def test_a_round_that_is_closed_takes_nothing(story: Story, owner: Owner) -> None:
    story.opened()
    draft = story.written()
    story.days(20)
    story.turn()
    submit = "UPDATE projects_grantapplication SET status = 'SUBMITTED', submitted_at = %s WHERE id = %s"
    with owner():
        alone("grantapplication:submitted_in_time", submit, story.now, draft.pk)


def test_sheets_are_of_untied_experts_and_fixed(story: Story, owner: Owner) -> None:
    story.reviewing(applications=1, experts=6)
    application = story.applications[0]
    story.score(application, {0: 80})
    sheet = ScoreSheet.objects.get(status="SUBMITTED")
    open_ = ScoreSheet.objects.filter(status="OPEN")[0]
    stranger = story.managers[0].pk
    seat = PanelSeat.objects.all()[0]
    with owner():
        alone("projects_sheet_untied", copied(open_, expert_id=stranger))
        alone("scoresheet:submitted_is_fixed", "UPDATE projects_scoresheet SET total = 81 WHERE id = %s", sheet.pk)
        alone("scoresheet:sheets_stay", "DELETE FROM projects_scoresheet WHERE id = %s", open_.pk)
        alone(
            "scoresheet:sheet_is_one_persons",
            "UPDATE projects_scoresheet SET expert_id = %s WHERE id = %s",
            stranger,
            open_.pk,
        )
        alone("scoresheet_one_an_expert", copied(open_), beside=["projects_sheet_untied"])
        alone("scoresheet_submitted_has_a_total", "UPDATE projects_scoresheet SET total = 50 WHERE id = %s", open_.pk)
        alone("panelseat:seats_stay", "DELETE FROM projects_panelseat WHERE id = %s", seat.pk)
        alone(
            "grantround:settled_when_all_are_in",
            "UPDATE projects_grantround SET settled_at = now() WHERE id = %s",
            story.round.pk,
        )
        alone(
            "grantapplication:scored_when_all_are_in",
            "UPDATE projects_grantapplication SET score = 80, counted = 1, rank = 1 WHERE id = %s",
            application.pk,
        )


def test_scores_stay_and_budgets_only_fall(story: Story, owner: Owner) -> None:
    story.settled((80, 82, 84, 86, 88))
    row = story.applications[0]
    table = "UPDATE projects_grantapplication SET"
    with owner():
        alone("grantapplication:score_stays", f"{table} score = 99 WHERE id = %s", row.pk)
        alone(
            "grantround:settled_once", "UPDATE projects_grantround SET settled_at = NULL WHERE id = %s", story.round.pk
        )
        alone(
            "grantapplication_budget_only_falls",
            f"{table} granted = asked + 1 WHERE id = %s",
            row.pk,
            beside=["grantapplication:granted_only_falls"],
        )
    deciding.optimise_budget(by=story.officer, now=story.now, application=row, granted={1: 2000}, reason="减少补贴。")
    with owner():
        alone("grantapplication:granted_only_falls", f"{table} granted = granted + 1 WHERE id = %s", row.pk)
        alone(
            "grantapplication:proposed_adds_up",
            f"{table} status = 'PROPOSED', granted = granted - 1 WHERE id = %s",
            row.pk,
        )
        alone(
            "grantbudgetline:only_falls",
            "UPDATE projects_grantbudgetline SET granted = granted + 1 WHERE application_id = %s AND number = 1",
            row.pk,
        )


def test_awards_are_what_was_publicised(story: Story, owner: Owner) -> None:
    story.awarded()
    award, other = GrantAward.objects.order_by("pk")
    source = AwardSource.objects.filter(award=award)[0]
    with owner():
        alone("grantaward:terms_stay", "UPDATE projects_grantaward SET amount = amount - 1 WHERE id = %s", award.pk)
        alone(
            "grantaward_instalments_are_the_whole",
            "UPDATE projects_grantaward SET instalments = '[33, 33, 33]' WHERE id = %s",
            award.pk,
            beside=["grantaward:terms_stay"],
        )
        alone("awardsource:sources_stay", "UPDATE projects_awardsource SET amount = 1 WHERE id = %s", source.pk)
        alone(
            "awardsource:within_its_money",
            copied(source, award_id=str(other.pk), amount="40001"),
            beside=["awardsource_once", "awardsource:whole_stays"],
        )
    assert GrantApplication.objects.filter(status="AWARDED").count() == 2


def test_nothing_of_a_round_is_deleted_or_told_anew(story: Story, owner: Owner) -> None:
    story.drafted()
    other = Story(story.house, story.now).opened()
    draft = other.written()
    drop = "DELETE FROM projects_{} WHERE {} = %s"
    applications = f"UPDATE projects_grantapplication SET {{}} WHERE id = {draft.pk}"
    with owner():
        alone(
            "grantround:rounds_stay",
            f"{drop.format('roundfunding', 'round_id')}; {drop.format('grantround', 'id')}",
            story.round.pk,
            story.round.pk,
        )
        alone(
            "grantapplication:applications_stay",
            f"{drop.format('grantbudgetline', 'application_id')}; {drop.format('grantapplication', 'id')}",
            draft.pk,
            draft.pk,
        )
        alone(
            "grantapplication:one_correction",
            f"{applications.format('returned_at = now()')}; {applications.format('returned_at = NULL')}",
        )


def test_a_declared_tie_and_a_defence_stay(story: Story, owner: Owner) -> None:
    story.reviewing(applications=1, experts=6)
    seat, application = PanelSeat.objects.order_by("pk")[0], story.applications[0]
    sheet = ScoreSheet.objects.filter(status="OPEN")[0]
    tie = (
        "INSERT INTO projects_declaredtie (seat_id, organization_id, declared_at)"
        f" VALUES ({seat.pk}, {application.organization_id}, now())"
    )
    columns = "application_id, held_on, place, presenters, record, recorded_at, recorded_by_id"
    said = f"INSERT INTO projects_defencerecord ({columns}) VALUES ({application.pk}, current_date, 'x', {{}}, 'x', now(), "
    said += f"{story.officer.pk})"
    with owner():
        alone("declaredtie_once", f"{tie}; {tie}")
        alone("declaredtie:append_only", f"{tie}; DELETE FROM projects_declaredtie")
        alone("defencerecord_somebody_presented", said.format(0))
        alone("projects_defencerecord_application_id_key", f"{said.format(1)}; {said.format(2)}")
        alone("defencerecord:append_only", f"{said.format(1)}; UPDATE projects_defencerecord SET record = 'y'")
        alone(
            "scoresheet_status_is_known",
            "UPDATE projects_scoresheet SET status = 'LOST' WHERE id = %s",
            sheet.pk,
            beside=["scoresheet:lifecycle", "scoresheet_submitted_has_a_total"],
        )


def test_an_award_is_never_more_than_was_publicised(story: Story, owner: Owner) -> None:
    story.awarded()
    award = GrantAward.objects.order_by("pk")[0]
    again = copied(award, number="'x'")
    once, whole = "projects_grantaward_application_id_key", "grantaward:sources_are_the_whole"
    with owner():
        alone("grantaward:as_publicised", again, beside=[once, whole], says="grantaward_as_publicised")
        alone(whole, f"SET CONSTRAINTS ALL IMMEDIATE; {again}", beside=[once, "grantaward:as_publicised"])
        alone(
            "grantaward:awards_stay",
            "DELETE FROM projects_awardsource WHERE award_id = %s; DELETE FROM projects_grantaward WHERE id = %s",
            award.pk,
            award.pk,
            beside=["awardsource:sources_stay", "awardsource:whole_stays"],
        )
        alone(
            "grantapplication:proposed_amount_stays",
            "UPDATE projects_grantapplication SET granted = granted - 1 WHERE id = %s",
            award.application_id,
        )
