"""What grant rounds refuse, and that nothing changes then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from communities.notices import operations as notices
from communities.notices.models import PublicNotice
from governance import lifecycle
from governance.errors import DomainError, NotAllowed
from projects.grants import deciding, operations, refusals, reviewing, submitting
from projects.grants.models import GrantApplication, GrantAward, GrantExpert, GrantRound, RoundFunding
from projects.grants.policy import RoundUnfit
from projects.grants.queries import conflicts
from projects.grants.submitting import Line
from socialorgs.register.barring import operations as barring
from tests.factories.communities import PostFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.projects_contracts import in_force
from tests.factories.projects_grants import Story
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory
from tests.people import House

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": "MICRO"}, "division"),
        ({"cap": Decimal("100000.01")}, "cap"),
        ({"closes_on": dt.date(2026, 3, 10)}, "closes_on"),
        ({"opens_on": dt.date(2026, 3, 1)}, "opens_on"),
        ({"criteria": (("需求", 60), ("方案", 30))}, "criteria"),
        ({"criteria": (("需求", 50), ("需求", 50))}, "criteria"),
        ({"pass_score": 101}, "pass_score"),
        ({"lanes": ("为老", "为老")}, "lanes"),
    ],
)
def test_a_round_that_does_not_fit_is_not_drawn_up(story: Story, more: dict[str, Any], field: str) -> None:
    with pytest.raises(RoundUnfit) as refused:
        operations.draft_round(by=story.officer, now=story.now, terms=story.terms(**more))

    assert refused.value.field == field
    assert not GrantRound.objects.exists()


def test_rules_of_the_place_stand_in_the_round(story: Story) -> None:
    in_force("venture.least_experts", 7)
    in_force("venture.instalments", [60, 40])

    row = story.drafted().round

    assert (row.least_experts, row.instalments, row.correction_days) == (7, [60, 40], 3)


def test_instalments_of_thirds_are_no_rule(story: Story) -> None:
    in_force("venture.instalments", ["33.33", "33.33", "33.33"])

    with pytest.raises(ValueError, match=r"33\.33"):
        story.drafted()

    assert not GrantRound.objects.exists()


def test_the_last_day_counts_to_its_end_and_not_a_minute_longer(story: Story) -> None:
    """The round is closed by the clock some minutes after midnight; nobody hands in meanwhile, and what is written stays."""
    story.opened()
    draft, closes_on = story.written(), story.round.closes_on
    story.now = dt.datetime.combine(closes_on, dt.time(23, 59), tzinfo=story.now.tzinfo)
    assert story.submitted().status == "SUBMITTED"

    story.now += dt.timedelta(minutes=2)
    with pytest.raises(refusals.RoundTakesNothing):
        submitting.submit_application(by=story.managers[0], now=story.now, application=draft)

    kept = submitting.save_application(
        by=story.managers[0], now=story.now, application=draft, plan=story.plan(summary="改后保留。")
    )
    assert (kept.status, kept.summary, story.round.status) == ("DRAFT", "改后保留。", "OPEN")


def test_money_comes_from_one_source_each(story: Story) -> None:
    row = story.drafted().round
    agency = OrganizationFactory(active=True)

    for given in ({}, {"budget_line": "FISCAL", "foundation": agency}, {"foundation": agency}):
        with pytest.raises(refusals.SourceUnfit):
            operations.add_funding(by=story.officer, now=story.now, round_=row, amount=Decimal(1), **given)

    assert RoundFunding.objects.count() == 2


def test_the_call_fixes_the_money(story: Story) -> None:
    story.called()

    with pytest.raises(refusals.RoundNotDraft):
        operations.add_funding(
            by=story.officer, now=story.now, round_=story.round, amount=Decimal(1), budget_line="FISCAL"
        )


def test_one_body_applies_once_under_whatever_name(story: Story) -> None:
    story.opened()
    registered = OrganizationFactory(active=True, division=story.house.places["street"])
    group = OrganizationFactory(filed=True, active=True, division=story.house.places["community"])
    story.submitted(registered)
    second = story.written(group, credit_code=f" {registered.credit_code.lower()} ")

    with pytest.raises(refusals.BodyHasApplied):
        submitting.submit_application(by=story.managers[-1], now=story.now, application=second)

    second.refresh_from_db()
    assert (second.status, second.credit_code) == ("DRAFT", registered.credit_code)


def listed(row: GrantApplication) -> None:
    CreditListingFactory(organization=row.organization)


def banned(row: GrantApplication) -> None:
    ban = barring.propose_after_breach(
        by=row.drafted_by,
        now=row.drafted_at,
        organization=row.organization,
        ground="CONTRACT_BREACH",
        reason="违约",
        decision_number="1号",
        years=3,
    )
    decider = PostFactory(role="DISTRICT_ADMIN", division=row.round.division).user
    lifecycle.move(ban, "confirm", by=decider, now=row.drafted_at)


@pytest.mark.parametrize("hinder", [listed, banned])
def test_the_gate_is_asked_at_submission(story: Story, hinder: Callable[[GrantApplication], None]) -> None:
    story.opened()
    row = story.written()
    hinder(row)

    with pytest.raises(refusals.ApplicantHindered):
        submitting.submit_application(by=story.managers[0], now=story.now, application=row)

    row.refresh_from_db()
    assert row.status == "DRAFT"


def test_a_body_that_is_listed_before_the_award_gets_none(story: Story) -> None:
    story.publicised()
    CreditListingFactory(organization=story.applications[0].organization)
    story.notice_over()

    deciding.award_round(by=story.second_admin, now=story.now, round_=story.round)

    story.fresh()
    assert [row.status for row in story.applications] == ["DECLINED", "AWARDED"]
    assert GrantAward.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"summary": ""}, "summary"),
        ({"division": None}, "division"),
        ({"lines": ()}, "lines"),
        ({"lines": [Line("PERSONNEL", "补贴", Decimal(4000)), Line("OTHER", "其他", Decimal(9000))]}, "lines"),
        ({"lines": [Line("ACTIVITIES", "活动", Decimal("30000.01"))]}, "lines"),
        ({"answers": {}}, "question_1"),
    ],
)
def test_what_is_not_complete_stays_a_draft(story: Story, more: dict[str, Any], field: str) -> None:
    story.opened()
    row = story.written(**more)

    with pytest.raises(DomainError) as refused:
        submitting.submit_application(by=story.managers[0], now=story.now, application=row)

    row.refresh_from_db()
    assert (refused.value.field, row.status) == (field, "DRAFT")


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({}, "own_amount"),
        ({"own_amount": Decimal("2199.99")}, "own_amount"),
        ({"own_amount": Decimal(2200), "partner": "釜溪置业公司"}, "partner_amount"),
    ],
)
def test_less_than_the_matching_share_of_the_call_is_refused(story: Story, more: dict[str, Any], field: str) -> None:
    story.more = {"matching_percent": 20}
    story.opened()
    row = story.written(**more)

    with pytest.raises(refusals.MatchingUnfit) as refused:
        submitting.submit_application(by=story.managers[0], now=story.now, application=row)

    row.refresh_from_db()
    assert (refused.value.field, row.status) == (field, "DRAFT")


def test_a_partner_without_a_name_is_not_counted(story: Story) -> None:
    story.opened()

    with pytest.raises(refusals.MatchingUnfit):
        story.written(partner_amount=Decimal(1))

    assert not GrantApplication.objects.exists()


def test_the_call_states_the_matching_share_and_it_is_bounded(story: Story) -> None:
    story.more = {"matching_percent": 20}

    notice = PublicNotice.objects.get(pk=story.called().round.call_id)

    assert "20 %" in notice.body
    with pytest.raises(RoundUnfit):
        operations.draft_round(by=story.officer, now=story.now, terms=story.terms(matching_percent=201))


def test_an_award_names_who_pays_beside_the_round(story: Story) -> None:
    story.more = {"matching_percent": 20}
    story.brings = {"own_amount": Decimal(1500), "partner": "釜溪置业公司", "partner_amount": Decimal(700)}
    story.awarded((80, 82, 84, 86, 88))

    award = GrantAward.objects.get()

    assert (award.amount, award.matched, award.cost) == (Decimal(11000), Decimal(2200), Decimal(13200))
    assert [(one.kind, one.name, one.amount) for one in award.sources.all()] == [
        ("ROUND", "福彩公益金", Decimal(11000)),
        ("OWN", award.organization.name, Decimal(1500)),
        ("PARTNER", "釜溪置业公司", Decimal(700)),
    ]


def test_a_fund_pays_in_its_own_place_only_and_before_the_others(story: Story) -> None:
    places = story.house.places
    funds = [CommunityFundFactory(active=True, division=places[name]) for name in ("neighbor", "community")]
    story.sources = [({"fund": fund}, "9000.00") for fund in funds] + [({"budget_line": "FISCAL"}, "3000.00")]
    story.settled((80, 82, 84, 86, 88), (70, 70, 70, 70, 70))
    first, second = story.applications

    deciding.propose(by=story.officer, now=story.now, application=first)
    with pytest.raises(refusals.ProposalUnfit):
        deciding.propose(by=story.officer, now=story.now, application=second)
    story.round = deciding.publicise_round(by=story.officer_who_decides, now=story.now, round_=story.round)
    story.fresh().notice_over()
    deciding.award_round(by=story.second_admin, now=story.now, round_=story.round)

    sources = GrantAward.objects.get().sources.select_related("funding")
    assert [(one.funding.fund_id, one.amount) for one in sources] == [
        (funds[1].pk, Decimal(9000)),
        (None, Decimal(2000)),
    ]


def test_a_second_correction_and_a_late_one_are_refused(story: Story) -> None:
    story.opened()
    row = submitting.send_back(by=story.officer, now=story.now, application=story.submitted(), reason="补充。")
    late = submitting.send_back(by=story.officer, now=story.now, application=story.submitted(), reason="补充。")
    row = submitting.submit_application(by=story.managers[0], now=story.now, application=row)

    with pytest.raises(lifecycle.MoveHindered):
        submitting.send_back(by=story.officer, now=story.now, application=row, reason="再补充。")
    with pytest.raises(refusals.CorrectionOver):
        submitting.submit_application(by=story.managers[1], now=story.days(10), application=late)

    assert sorted(GrantApplication.objects.values_list("status", flat=True)) == ["RETURNED", "SUBMITTED"]


def test_nobody_is_admitted_without_the_landing_community(story: Story, house: House) -> None:
    story.opened()
    row = story.submitted()

    with pytest.raises(lifecycle.MoveHindered):
        submitting.qualify(by=story.officer, now=story.now, application=row)
    with pytest.raises(DomainError):
        submitting.give_consent(by=house.people["other_community_staff"], now=story.now, application=row)

    row.refresh_from_db()
    assert (row.status, row.consented_at) == ("SUBMITTED", None)


def test_a_street_does_not_check_for_the_district(story: Story, house: House) -> None:
    story.opened()
    row = story.submitted()
    submitting.give_consent(by=house.people["community_staff"], now=story.now, application=row)

    with pytest.raises(lifecycle.MoveForbidden):
        submitting.qualify(by=house.people["street_officer"], now=story.now, application=row)


def test_a_micro_round_is_a_streets(house: House, now: dt.datetime) -> None:
    story = Story(house, now, kind="MICRO").opened()

    row = story.admitted(story.submitted())

    assert (story.round.division, row.status) == (house.places["street"], "QUALIFIED")


def test_budgets_never_grow(story: Story) -> None:
    story.settled((80, 82, 84, 86, 88))
    row = story.applications[0]
    lower = {"by": story.officer, "now": story.now, "application": row, "reason": "压缩。"}
    deciding.optimise_budget(**lower, granted={2: Decimal(5000)})

    with pytest.raises(refusals.BudgetGrows):
        deciding.optimise_budget(**lower, granted={2: Decimal("5000.01"), 1: Decimal(1)})

    row.refresh_from_db()
    assert (row.granted, row.asked) == (Decimal("10000.00"), Decimal("11000.00"))
    assert row.lines.get(number=1).granted == 3000


def test_proposals_need_the_score_a_place_and_money(story: Story) -> None:
    story.more = {"places": 1}
    story.settled((80, 82, 84, 86, 88), (70, 70, 70, 70, 70), (50, 50, 50, 50, 50))
    first, second, third = story.applications

    with pytest.raises(refusals.ProposalUnfit):
        deciding.propose(by=story.officer, now=story.now, application=third)
    deciding.propose(by=story.officer, now=story.now, application=first)
    with pytest.raises(refusals.ProposalUnfit):
        deciding.propose(by=story.officer, now=story.now, application=second)

    assert [row.status for row in story.fresh().applications] == ["PROPOSED", "SCORED", "SCORED"]


def test_an_upheld_objection_brings_the_round_back(story: Story, house: House) -> None:
    story.publicised()
    notice = PublicNotice.objects.get(pk=story.round.publicity_id)
    objection = notices.raise_objection(by=house.people["resident"], now=story.now, notice=notice, text="名单有误。")
    notices.answer_objection(
        by=story.decider, now=story.now, objection=objection, outcome="UPHELD", reply="经核实成立。"
    )
    story.notice_over()

    with pytest.raises(lifecycle.MoveHindered):
        deciding.award_round(by=story.second_admin, now=story.now, round_=story.round)
    lifecycle.move(story.round, "reconsider", by=story.officer, now=story.now, reason="异议成立。")
    deciding.decline(by=story.officer, now=story.now, application=story.applications[0], reason="异议成立。")

    assert not GrantAward.objects.exists()
    assert [row.status for row in story.fresh().applications] == ["DECLINED", "PROPOSED"]


def test_who_publicised_does_not_award(story: Story) -> None:
    story.publicised()
    story.notice_over()

    with pytest.raises(lifecycle.SamePerson):
        deciding.award_round(by=story.officer_who_decides, now=story.now, round_=story.round)


def test_a_breach_proposes_a_ban_that_another_imposes_and_another_lifts(story: Story) -> None:
    story.awarded()
    award = GrantAward.objects.order_by("pk")[0]
    ban = deciding.ban_for_breach(by=story.officer_who_decides, now=story.now, award=award, reason="挪用。")
    second = story.second_admin

    with pytest.raises(lifecycle.SamePerson):
        lifecycle.move(ban, "confirm", by=story.officer_who_decides, now=story.now)
    ban = lifecycle.move(ban, "confirm", by=second, now=story.now)
    with pytest.raises(lifecycle.SamePerson):
        lifecycle.move(ban, "lift", by=second, now=story.now, reason="误。")
    lifted = lifecycle.move(ban, "lift", by=story.officer_who_decides, now=story.now, reason="查明无误。")

    award.refresh_from_db()
    assert (award.status, lifted.status) == ("REVOKED", "LIFTED")


def test_a_draft_goes_on_in_another_round(story: Story) -> None:
    story.opened()
    draft = story.written()
    story.days(20)
    story.turn()
    other = Story(story.house, story.now).opened()

    copied = submitting.copy_to_round(by=story.managers[0], now=other.now, application=draft, round_=other.round)

    assert (copied.round, copied.title, copied.asked) == (other.round, draft.title, draft.asked)


def test_an_expert_who_left_the_pool_gets_no_seat_and_stays_tied(story: Story) -> None:
    story.opened()
    body = OrganizationFactory(active=True, division=story.house.places["street"])
    row = story.admitted(story.submitted(body))
    (person,) = story.pooled(1)
    expert = GrantExpert.objects.get(user=person)
    GrantExpert.objects.filter(pk=expert.pk).update(employer=body)
    with pytest.raises(lifecycle.ReasonMissing):
        operations.end_expert(by=story.officer, now=story.now, expert=expert, reason=" ")
    with pytest.raises(NotAllowed):
        operations.end_expert(by=story.managers[0], now=story.now, expert=expert, reason="调离。")
    ended = operations.end_expert(by=story.officer, now=story.now, expert=expert, reason="调离。")
    with pytest.raises(refusals.ExpertUnfit):
        operations.end_expert(by=story.officer, now=story.now, expert=ended, reason="调离。")
    story.days(20)
    story.turn()

    with pytest.raises(refusals.ExpertUnfit):
        reviewing.seat_expert(by=story.officer, now=story.now, round_=story.round, expert=person)
    assert ended.valid_to is not None
    for days, kinds in ((540, ["EMPLOYED"]), (740, [])):
        later = ended.valid_to + dt.timedelta(days=days)
        assert conflicts(story.round, [row.pk], [person.pk], later)[row.pk][person.pk] == kinds


def test_a_programme_that_ended_calls_no_further_round(story: Story) -> None:
    given: dict[str, Any] = {"by": story.officer, "now": story.now, "division": story.place, "name": "近邻计划"}
    programme = operations.enter_programme(**given, purpose="邻里互助。", started_on=dt.date(2020, 1, 1))
    by: dict[str, Any] = {"now": story.now, "programme": programme, "reason": "并入家园计划。"}
    with pytest.raises(NotAllowed):
        operations.end_programme(**by, by=story.house.people["resident"])
    with pytest.raises(lifecycle.ReasonMissing):
        operations.end_programme(**{**by, "reason": " "}, by=story.officer)

    ended = operations.end_programme(**by, by=story.officer)
    with pytest.raises(refusals.ProgrammeEnded):
        operations.end_programme(**by, by=story.officer)
    with pytest.raises(RoundUnfit) as refused:
        operations.draft_round(by=story.officer, now=story.now, terms=story.terms(programme=ended))

    assert (refused.value.field, ended.ended_on) == ("programme", story.now.date())
