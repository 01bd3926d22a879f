"""From the catalogue to the award: what goes, and what is refused with nothing changed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from communities.notices import operations as notices
from governance.audit.models import AuditEntry
from governance.errors import DomainError
from governance.lifecycle import SamePerson
from projects.purchasing import operations
from projects.purchasing.awarding import offering, paying
from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding.models import OfferScore, PublicPayment, PurchaseAward, PurchaseOffer
from projects.purchasing.awarding.offering import Offered
from projects.purchasing.awarding.paying import Paid
from projects.purchasing.awarding.queries import standings
from projects.purchasing.catalogue import operations as catalogue
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList
from projects.purchasing.catalogue.operations import Budgeted, ItemEntry
from projects.purchasing.catalogue.queries import figures_of, items_for, list_in_force
from projects.purchasing.models import Purchase
from projects.purchasing.operations import Criterion
from projects.purchasing.policy import NO_GROUND
from tests.factories.projects_contracts import in_force
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationAppointmentFactory,
)
from tests.projects.purchasing.conftest import DAY, Walk, closed, ended_early, line_of, offer_of, points_for
from tests.projects.purchasing.conftest import list_in_force as bring_into_force

pytestmark = pytest.mark.django_db


def code_of(act: Any, **given: Any) -> str:
    """Return the code with which an operation refuses."""
    with pytest.raises(DomainError) as caught:
        act(**given)
    return caught.value.code


# --- Lists and money


def test_a_new_edition_ends_the_one_before(people: SimpleNamespace, guidance: PurchaseList, now: dt.datetime) -> None:
    new = bring_into_force(people, now, edition="2027", valid_from=dt.date(2027, 1, 1))

    guidance.refresh_from_db()
    assert guidance.valid_to == dt.date(2027, 1, 1)
    street = people.places["street"]
    assert list_in_force("GUIDANCE", street, dt.date(2026, 12, 31)) == guidance
    assert list_in_force("GUIDANCE", street, dt.date(2027, 1, 1)) == new
    assert [row.code for row in items_for(street, dt.date(2027, 1, 1))] == ["A0101", "A0102", "B0201"]
    assert AuditEntry.objects.filter(verb="projects.purchase_list.ended").count() == 1


def test_a_place_with_its_own_list_does_not_take_that_of_its_district(
    people: SimpleNamespace, guidance: PurchaseList, now: dt.datetime
) -> None:
    street = people.places["street"]
    own = catalogue.draft_list(
        by=people.street_officer,
        now=now,
        division=street,
        kind="GUIDANCE",
        title="街道目录",
        edition="2026",
        valid_from=dt.date(2026, 2, 1),
        items=[ItemEntry("Z1", "基本公共服务", "楼道照明")],
    )
    own = catalogue.confirm_list(by=people.street_reviewer, now=now, purchase_list=own)

    assert list_in_force("GUIDANCE", street, now.date()) == own
    assert list_in_force("GUIDANCE", people.places["other_street"], now.date()) == guidance


def test_lists_that_do_not_come_into_force(people: SimpleNamespace, guidance: PurchaseList, now: dt.datetime) -> None:
    given = {
        "by": people.district_officer,
        "now": now,
        "division": people.places["district"],
        "kind": "GUIDANCE",
        "title": "目录",
        "edition": "2026-2",
        "valid_from": dt.date(2026, 1, 1),
    }
    draft = catalogue.draft_list(**given)

    assert code_of(catalogue.draft_list, **{**given, "edition": "2026"}) == "purchase_edition_known"
    assert code_of(catalogue.draft_list, **{**given, "by": people.community_staff}) == "not_allowed"
    assert code_of(catalogue.confirm_list, by=people.district_admin, now=now, purchase_list=draft) == (
        "purchase_list_empty"
    )
    for items in ([ItemEntry("", "类", "名")], [ItemEntry("1", "类", "甲"), ItemEntry("1", "类", "乙")]):
        assert code_of(
            catalogue.replace_items, by=people.district_officer, now=now, purchase_list=draft, items=items
        ) == ("purchase_item_unfit")
    catalogue.replace_items(
        by=people.district_officer, now=now, purchase_list=draft, items=[ItemEntry("1", "类", "甲")]
    )
    assert code_of(catalogue.confirm_list, by=people.district_admin, now=now, purchase_list=draft) == (
        "purchase_list_overlaps"
    )
    assert code_of(catalogue.replace_items, by=people.district_officer, now=now, purchase_list=guidance, items=[]) == (
        "purchase_list_in_force"
    )
    later = catalogue.draft_list(
        **{**given, "edition": "2027", "valid_from": dt.date(2027, 1, 1)}, items=[ItemEntry("1", "类", "甲")]
    )
    assert code_of(catalogue.confirm_list, by=people.district_officer, now=now, purchase_list=later) == "same_person"
    assert PurchaseList.objects.in_force_on(now.date()).get() == guidance


def test_rules_stand_in_four_groups_and_hand_overs_name_their_department(
    people: SimpleNamespace, now: dt.datetime
) -> None:
    rules = bring_into_force(people, now, kind="RULES")
    given = {"by": people.district_officer, "now": now, "division": people.places["district"], "title": "清单"}

    assert [row.category for row in rules.items.all()] == ["PROVIDER", "CONTENT", "SUPERVISION", "FUNDING"]
    for kind, item in (("RULES", ItemEntry("1", "其他", "规则")), ("HANDED_OVER", ItemEntry("1", "民政类", "核对"))):
        more = {"kind": kind, "edition": "1", "valid_from": now.date(), "items": [item]}
        assert code_of(catalogue.draft_list, **given, **more) == "purchase_item_unfit"


def test_budget_lines(people: SimpleNamespace, line: PublicBudgetLine, now: dt.datetime) -> None:
    given = {"source": "FISCAL", "fiscal_year": 2026, "name": "社区服务购买", "document_number": "自财预〔2026〕3号"}
    entered = {"by": people.street_officer, "now": now, "division": people.places["street"]}

    def enter(**more: Any) -> str:
        budgeted = Budgeted(**{**given, "amount": Decimal(1), **more})
        return code_of(catalogue.enter_budget_line, **entered, budgeted=budgeted)

    assert enter() == "budget_line_known"
    assert enter(amount=Decimal(0), name="另一项") == "budget_amount_missing"
    assert enter(fiscal_year=2031, name="另一项") == "budget_year_unfit"
    draft = catalogue.enter_budget_line(
        **entered, budgeted=Budgeted(**{**given, "amount": Decimal(1), "name": "另一项"})
    )
    assert code_of(catalogue.confirm_budget_line, by=people.street_officer, now=now, line=draft) == "move_forbidden"
    assert PublicBudgetLine.objects.filter(status="CONFIRMED").get() == line


# --- Plans


def test_plans_that_are_refused(people: SimpleNamespace, plan: Any, now: dt.datetime) -> None:
    first = now.date() + 40 * DAY
    refused = {
        "purchase_amount_missing": {"amount": Decimal(0)},
        "purchase_need_missing": {"need": "  "},
        "purchase_term_unfit": {"ends_on": first + 400 * DAY},
        "procedure_unfit": {"procedure": "SINGLE_SOURCE"},
        "purchase_criteria_unfit": {"criteria": (Criterion("报价", 5, is_price=True), Criterion("方案", 95))},
        "personal_numbers_found": {"need": "联系 13800138000"},
    }
    for code, more in refused.items():
        given = {"by": people.street_officer, "now": now, "plan": plan(**more)}
        assert code_of(operations.plan_purchase, **given) == code
    places = {"purchase_place_unfit": {"landing": people.places["far_community"]}}
    for code, more in places.items():
        assert code_of(operations.plan_purchase, by=people.street_officer, now=now, plan=plan(**more)) == code
    for more in (
        {"criteria": (Criterion("报价", 20, is_price=True), Criterion("方案", 79))},
        {"criteria": (Criterion("方案", 100),)},
        {"criteria": ()},
    ):
        given = {"by": people.street_officer, "now": now, "plan": plan(**more)}
        assert code_of(operations.plan_purchase, **given) == "purchase_criteria_unfit"
    for more in ({"procedure": "MICRO"}, {"kind": "HANDED_OVER"}):
        given = {"by": people.street_officer, "now": now, "plan": plan(**more)}
        assert code_of(operations.plan_purchase, **given) == "procedure_unfit"
    assert code_of(operations.plan_purchase, by=people.other_street_officer, now=now, plan=plan()) == "not_allowed"
    late = {"starts_on": now.date() - DAY, "ends_on": now.date() + 10 * DAY}
    assert code_of(operations.plan_purchase, by=people.street_officer, now=now, plan=plan(**late)) == (
        "purchase_term_unfit"
    )
    assert Purchase.objects.count() == 0


def test_an_item_outside_the_lists_in_force_and_money_not_confirmed_are_refused(
    people: SimpleNamespace, plan: Any, guidance: PurchaseList, now: dt.datetime
) -> None:
    rules = bring_into_force(people, now, kind="RULES")
    budgeted = Budgeted("FISCAL", 2026, "未确认", "自财预〔2026〕9号", Decimal(90000))
    draft = catalogue.enter_budget_line(
        by=people.street_officer, now=now, division=people.places["street"], budgeted=budgeted
    )
    given = {"by": people.street_officer, "now": now}

    assert code_of(operations.plan_purchase, **given, plan=plan(item=rules.items.first())) == (
        "purchase_item_not_in_force"
    )
    assert code_of(operations.plan_purchase, **given, plan=plan(budget_line=draft)) == "purchase_line_unfit"
    row = operations.plan_purchase(**given, plan=plan())
    bring_into_force(people, now, edition="2026-2", valid_from=now.date())
    assert code_of(operations.submit_plan, **given, purchase=row) == "purchase_item_not_in_force"
    row.refresh_from_db()
    assert row.status == "DRAFT"


def test_a_longer_term_needs_its_reason(people: SimpleNamespace, plan: Any, now: dt.datetime) -> None:
    first = now.date() + 40 * DAY
    long = {"continuity_reason": "内容固定、经费稳定", "starts_on": first}
    row = operations.plan_purchase(
        by=people.street_officer, now=now, plan=plan(**long, ends_on=dt.date(first.year + 3, first.month, first.day))
    )

    assert row.continuity_reason == "内容固定、经费稳定"
    late = plan(**long, ends_on=dt.date(first.year + 3, first.month, first.day + 1))
    assert code_of(operations.plan_purchase, by=people.street_officer, now=now, plan=late) == "purchase_term_unfit"


def test_a_returned_plan_is_mended(people: SimpleNamespace, walk: Walk, plan: Any, now: dt.datetime) -> None:
    row = walk("SUBMITTED").purchase
    mended = {"by": people.street_officer, "now": now, "plan": plan(amount=Decimal(60000))}

    assert code_of(operations.revise_plan, purchase=row, **mended) == "purchase_not_draft"
    row = operations.send_plan_back(by=people.street_reviewer, now=now, purchase=row, reason="上限偏高")
    row = operations.revise_plan(purchase=row, **mended)
    assert (row.status, row.amount, row.criteria.count()) == ("DRAFT", Decimal(60000), 3)


def test_the_negative_list_is_answered_by_a_named_officer(
    people: SimpleNamespace, walk: Walk, now: dt.datetime
) -> None:
    row = walk("SUBMITTED").purchase
    check = {"now": now, "purchase": row}

    own = {"by": people.street_officer, "answers": NO_GROUND}
    assert code_of(operations.check_purchase, **check, **own) == "same_person"
    met = {"by": people.street_reviewer, "answers": {**NO_GROUND, "STAFF": True}}
    assert code_of(operations.check_purchase, **check, **met) == "negative_list_met"
    few = {"by": people.street_reviewer, "answers": {"STAFF": False}}
    assert code_of(operations.check_purchase, **check, **few) == "negative_list_unanswered"
    row = operations.check_purchase(**check, by=people.street_reviewer, answers=NO_GROUND)
    assert (row.status, row.checked_by) == ("CHECKED", people.street_reviewer)
    with pytest.raises(SamePerson):
        operations.approve_purchase(by=people.street_reviewer, now=now, purchase=row)


def test_no_purchase_binds_more_than_its_line_has(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    second = walk("CHECKED", amount=Decimal("20000.01")).purchase
    third = walk("DRAFT", amount=Decimal("20000.01")).purchase
    first = walk("APPROVED").purchase

    assert code_of(operations.submit_plan, by=people.street_officer, now=now, purchase=third) == "purchase_above_line"
    assert code_of(operations.approve_purchase, by=people.district_officer, now=now, purchase=second) == (
        "purchase_above_line"
    )
    figures = figures_of([first.budget_line])[0]
    assert (figures.bound, figures.paid, figures.left) == (Decimal("80000.00"), Decimal(0), Decimal("20000.00"))
    operations.cancel_purchase(by=people.street_officer, now=now, purchase=first, reason="另行安排")
    assert operations.approve_purchase(by=people.district_officer, now=now, purchase=second).bound == second.amount


def test_splitting_is_refused_or_explained_by_a_second_officer(
    people: SimpleNamespace, walk: Walk, now: dt.datetime
) -> None:
    in_force("purchase.open_tender_from", "100000")
    more = line_of(people, now, "500000.00", name="追加")
    walk("APPROVED", amount=Decimal(60000))
    walk(
        "APPROVED",
        amount=Decimal(500000),
        procedure="OPEN_TENDER",
        budget_line=line_of(people, now, "500000.00", name="大项"),
    )
    row = walk("CHECKED", amount=Decimal("40000.01"), budget_line=more).purchase

    def approve() -> Purchase:
        return operations.approve_purchase(by=people.district_officer, now=now, purchase=row)

    assert code_of(approve) == "purchase_split"
    explain = {"now": now, "purchase": row}
    assert code_of(operations.explain_splitting, **explain, by=people.street_officer, reason="x") == "not_allowed"
    assert code_of(operations.explain_splitting, **explain, by=people.district_admin, reason=" ") == (
        "splitting_reason_missing"
    )
    operations.explain_splitting(**explain, by=people.district_admin, reason="年中追加预算，服务对象不同。")
    assert approve().status == "APPROVED"
    assert walk("CHECKED", amount=Decimal(40000), budget_line=more).purchase.status == "CHECKED"


# --- Announcing, offering, judging


def test_a_call_runs_for_the_days_of_its_procedure(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("APPROVED").purchase
    call = {"by": people.street_officer, "now": now, "purchase": row, "contact": "街道办公室"}

    assert code_of(operations.call_for_offers, **call, days=9) == "call_too_short"
    row = operations.call_for_offers(**call)
    assert row.notice is not None
    assert (row.notice.minimum_days, row.notice.day_kind, row.notice.ends_on) == (10, "CALENDAR", now.date() + 10 * DAY)
    assert row.offers_until == dt.datetime(2026, 3, 15, tzinfo=dt.timezone(dt.timedelta(hours=8)))
    single = walk("APPROVED", procedure="SINGLE_SOURCE", procedure_reason="只有一家", amount=Decimal(20000)).purchase
    single = operations.call_for_offers(**{**call, "purchase": single})
    assert single.notice is not None
    assert (single.notice.minimum_days, single.notice.day_kind) == (5, "WORKING")
    assert list(Purchase.objects.visible_to(AnonymousUser()).order_by("pk")) == [row, single]


def test_offers_are_sealed_until_they_are_opened(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    stage = walk("CALLED")
    row, mine = stage.purchase, stage.offers[0]

    def seen_by(user: Any) -> list[PurchaseOffer]:
        return list(PurchaseOffer.objects.visible_to(user).order_by("pk"))

    assert seen_by(people.street_officer) == []
    assert seen_by(people.managers[0]) == [mine]
    assert code_of(operations.open_offers, by=people.street_officer, now=now, purchase=row) == "offers_still_taken"
    assert code_of(offering.qualify_offer, by=people.street_officer, now=now, offer=mine) == "move_forbidden"
    last = row.offers_until - dt.timedelta(seconds=1)
    again = offering.recall_offer(by=people.managers[0], now=last, offer=mine)
    offering.revise_offer(by=people.managers[0], now=last, offer=again, offered=Offered(Decimal(77000), "改。"))
    again = offering.submit_offer(by=people.managers[0], now=last, offer=again)
    assert code_of(offering.recall_offer, by=people.managers[0], now=row.offers_until, offer=again) == "offers_closed"
    assert code_of(operations.open_offers, by=people.street_officer, now=row.offers_until, purchase=row) == (
        "call_not_closed"
    )
    after = closed(people, row.notice)
    operations.open_offers(by=people.street_officer, now=after, purchase=row)
    assert [offer.amount for offer in seen_by(people.street_officer)] == [
        Decimal("77000.00"),
        Decimal("80000.00"),
        Decimal("79500.00"),
    ]
    assert seen_by(people.managers[1]) == [stage.offers[1]]


def test_offers_that_are_refused(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("CALLED", bids=1).purchase
    given = {"now": now, "purchase": row, "organization": people.organizations[1]}
    own = {**given, "by": people.managers[1]}
    fit = Offered(Decimal(70000), "方案")

    assert code_of(offering.draft_offer, **given, by=people.managers[0], offered=fit) == "not_allowed"
    assert code_of(offering.draft_offer, **own, offered=Offered(Decimal("80000.01"), "方案")) == "offer_amount_unfit"
    assert code_of(offering.draft_offer, **own, offered=Offered(Decimal(70000), " ")) == "offer_incomplete"
    AnnualInspectionFactory(organization=people.organizations[1], year=2025, conclusion="FAILED")
    assert code_of(offering.draft_offer, **own, offered=fit) == "organization_hindered"
    third = {"by": people.managers[2], "now": now, "purchase": row, "organization": people.organizations[2]}
    draft = offering.draft_offer(**third, offered=fit)
    assert code_of(offering.draft_offer, **third, offered=fit) == "offer_known"
    CreditListingFactory(organization=people.organizations[2])
    assert code_of(offering.submit_offer, by=people.managers[2], now=now, offer=draft) == "organization_hindered"
    draft.refresh_from_db()
    assert draft.status == "DRAFT"


def test_a_draft_is_kept_when_the_call_is_over(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("CALLED", bids=2).purchase
    draft = offering.draft_offer(
        by=people.managers[2],
        now=now,
        purchase=row,
        organization=people.organizations[2],
        offered=Offered(Decimal(70000), "方案"),
    )
    assert row.offers_until is not None
    given = {"by": people.managers[2], "now": row.offers_until, "offer": draft}

    assert code_of(offering.submit_offer, **given) == "offers_closed"
    draft.refresh_from_db()
    assert (draft.status, draft.plan) == ("DRAFT", "方案")
    after = closed(people, row.notice)
    assert code_of(operations.open_offers, by=people.street_officer, now=after, purchase=row) == "too_few_offers"
    row = operations.declare_failed(by=people.street_reviewer, now=after, purchase=row, reason="响应不足三家")
    assert row.status == "FAILED"
    assert figures_of([row.budget_line])[0].bound == 0


def test_an_objection_upheld_ends_the_call(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("CALLED").purchase
    assert row.notice is not None
    objection = notices.raise_objection(by=people.resident, now=now + DAY, notice=row.notice, text="条件不合理。")
    notices.answer_objection(
        by=people.street_officer, now=now + 2 * DAY, objection=objection, outcome="UPHELD", reply="重新组织。"
    )
    after = closed(people, row.notice)

    assert code_of(operations.open_offers, by=people.street_officer, now=after, purchase=row) == "call_not_closed"


def test_committees_that_are_refused(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    given = {"by": people.street_officer, "now": stage.now, "purchase": stage.purchase}
    experts = [(judge, "EXPERT") for judge in people.judges]

    def appoint(*members: tuple[Any, str]) -> str:
        return code_of(offering.appoint_committee, **given, members=members)

    assert appoint(*experts[:2]) == "purchase_committee_unfit"
    assert appoint(*experts[:1], (people.judges[1], "BUYER"), (people.judges[2], "BUYER")) == "purchase_committee_unfit"
    assert appoint(*experts[:2], experts[0]) == "purchase_committee_unfit"
    assert appoint(*experts[:2], (people.street_officer, "EXPERT")) == "purchase_committee_unfit"
    gone = (stage.now.date() - dt.timedelta(days=18 * 30), stage.now.date() - dt.timedelta(days=17 * 30))
    OrganizationAppointmentFactory(
        organization=people.organizations[1], user=people.judges[1], valid_from=gone[0], valid_to=gone[1]
    )
    assert appoint(*experts) == "judge_tied"
    assert stage.purchase.seats.count() == 0


def test_each_member_scores_alone_and_once(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    row, after = stage.purchase, stage.now
    members = [(judge, "EXPERT") for judge in people.judges]
    offering.appoint_committee(by=people.street_officer, now=after, purchase=row, members=members)
    full = points_for(row, stage.offers, (48, 29), (40, 25), (45, 20))

    def score(user: Any, points: Any) -> str:
        return code_of(offering.score_offers, by=user, now=after, purchase=row, points=points)

    assert score(people.judges[0], full) == "offers_unexamined"
    for offer in stage.offers:
        offering.qualify_offer(by=people.street_officer, now=after, offer=offer)
    assert score(people.street_officer, full) == "not_in_the_committee"
    assert score(people.judges[0], dict(list(full.items())[1:])) == "scores_unfit"
    assert score(people.judges[0], {**full, next(iter(full)): Decimal("50.01")}) == "scores_unfit"
    assert OfferScore.objects.count() == 0
    offering.score_offers(by=people.judges[0], now=after, purchase=row, points=full)
    assert score(people.judges[0], full) == "scores_known"
    assert code_of(offering.appoint_committee, by=people.street_officer, now=after, purchase=row, members=members) == (
        "committee_complete"
    )
    assert code_of(
        awarding.propose_award, by=people.street_officer, now=after, purchase=row, offer=stage.offers[0], reason="x"
    ) == ("scores_missing")


def test_standings_are_the_plain_mean_and_the_price_in_proportion(walk: Walk) -> None:
    stage = walk("SCORED")

    found = standings(stage.purchase)

    assert [(one.offer.pk, one.total) for one in found] == [
        (stage.offers[0].pk, Decimal("97.00")),
        (stage.offers[2].pk, Decimal("84.62")),
        (stage.offers[1].pk, Decimal("84.50")),
    ]


# --- The award


def test_the_award_goes_to_the_first_and_is_final_after_its_notice(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("SCORED")
    row, after = stage.purchase, stage.now
    propose = {"by": people.street_officer, "now": after, "purchase": row}

    assert code_of(awarding.propose_award, **propose, offer=stage.offers[1], reason="x") == "offer_not_first"
    assert code_of(awarding.propose_award, **propose, offer=stage.offers[0], reason=" ") == "award_reason_missing"
    award = awarding.propose_award(**propose, offer=stage.offers[0], reason="得分最高。")
    publish = {"now": after, "award": award, "contact": "街道办公室"}
    assert code_of(awarding.publish_award, by=people.street_officer, **publish) == "move_forbidden"
    award = awarding.publish_award(by=people.street_reviewer, **publish)
    assert award.notice is not None
    assert (award.notice.minimum_days, award.notice.day_kind) == (7, "WORKING")
    assert award.sign_by == after.date() + 30 * DAY
    assert awarding.settle_awards(by=people.system, now=after) == []
    last = closed(people, award.notice)
    assert awarding.settle_awards(by=people.system, now=last) == [award.pk]
    assert awarding.settle_awards(by=people.system, now=last) == []
    award.refresh_from_db()
    row.refresh_from_db()
    assert (award.status, award.amount, award.points) == ("FINAL", Decimal("78000.00"), Decimal("97.00"))
    assert (row.status, row.bound) == ("CONCLUDED", Decimal("78000.00"))


def test_a_body_listed_between_proposal_and_publication(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("PROPOSED")
    CreditListingFactory(organization=people.organizations[0])
    publish = {"by": people.street_reviewer, "now": stage.now, "award": stage.award, "contact": "街道办公室"}

    assert code_of(awarding.publish_award, **publish) == "organization_hindered"
    awarding.set_award_aside(by=people.street_reviewer, now=stage.now, award=stage.award, reason="被列入失信名单")
    stage.purchase.refresh_from_db()
    assert stage.purchase.status == "OPENED"
    second = awarding.propose_award(
        by=people.street_officer, now=stage.now, purchase=stage.purchase, offer=stage.offers[2], reason="顺延第二名。"
    )
    assert second.organization == people.organizations[2]


def test_an_objection_upheld_sets_the_award_aside(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("PUBLISHED")
    assert stage.award is not None
    assert stage.award.notice is not None
    objection = notices.raise_objection(
        by=people.managers[1], now=stage.now + DAY, notice=stage.award.notice, text="评分有误。"
    )
    notices.answer_objection(
        by=people.street_officer, now=stage.now + DAY, objection=objection, outcome="UPHELD", reply="重新评审。"
    )
    last = closed(people, stage.award.notice)

    assert awarding.settle_awards(by=people.system, now=last) == [stage.award.pk]
    stage.award.refresh_from_db()
    stage.purchase.refresh_from_db()
    assert (stage.award.status, stage.purchase.status) == ("SET_ASIDE", "OPENED")


def test_public_money_is_recorded_against_its_line_and_never_above_what_was_done(
    people: SimpleNamespace, walk: Walk
) -> None:
    stage = walk("FINAL")
    award, now = stage.award, stage.now
    assert award is not None

    def pay(amount: str, number: str, **more: Any) -> Any:
        given = {"amount": Decimal(amount), "paid_on": now.date(), "document_number": number, "purpose": "首期", **more}
        return paying.record_payment(by=people.street_officer, now=now, award=award, paid=Paid(**given))

    assert code_of(pay, amount="1", number="支1") == "contract_first"
    ended_early(people, now, award, Decimal("77000.00"))
    pay("50000.00", "支1")
    assert code_of(pay, amount="27000.01", number="支2") == "public_payment_unfit"
    assert code_of(pay, amount="1", number="支1") == "public_payment_known"
    assert code_of(pay, amount="1", number="支2", paid_on=now.date() + DAY) == "public_payment_day_unfit"
    supplement = {"by": people.street_reviewer, "now": now, "award": award, "reason": "增加服务对象"}
    assert code_of(paying.grant_supplement, **supplement, amount=Decimal("7800.01")) == "purchase_supplement_unfit"
    paying.grant_supplement(**supplement, amount=Decimal("7800.00"))
    pay("27000.00", "支2")
    CreditListingFactory(organization=award.organization)
    assert code_of(pay, amount="0.01", number="支3") == "organization_hindered"
    figures = figures_of([award.budget_line])[0]
    assert (figures.bound, figures.paid, figures.left) == (
        Decimal("85800.00"),
        Decimal("77000.00"),
        Decimal("14200.00"),
    )
    assert PublicPayment.objects.count() == 2


def test_a_supplement_needs_money_in_the_line(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("FINAL")
    walk("APPROVED", amount=Decimal(20000))
    supplement = {"by": people.street_reviewer, "now": stage.now, "award": stage.award, "reason": "增加"}

    assert code_of(paying.grant_supplement, **supplement, amount=Decimal("2000.01")) == "purchase_above_line"
    paying.grant_supplement(**supplement, amount=Decimal("2000.00"))


def test_a_small_direct_purchase_needs_no_committee(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("APPROVED", procedure="MICRO", amount=Decimal(30000)).purchase
    row = operations.call_for_offers(by=people.street_officer, now=now, purchase=row, contact="街道办公室")
    offer = offer_of(people, now, row, amount=Decimal(29000))
    after = closed(people, row.notice)
    row = operations.open_offers(by=people.street_officer, now=after, purchase=row)
    offer = offering.qualify_offer(by=people.street_officer, now=after, offer=offer)
    award = awarding.propose_award(by=people.street_officer, now=after, purchase=row, offer=offer, reason="报价合理。")

    assert (award.points, award.amount) == (None, Decimal("29000.00"))
    assert PurchaseAward.objects.visible_to(AnonymousUser()).count() == 0
