"""The clocks of the law around a purchase, awards that fall, editions that follow, plans that are mended."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError, InternalError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from communities.notices import operations as notices
from governance.audit.models import AuditEntry
from governance.calendar.days import DayKind, add_days
from governance.errors import NotAllowed, constraint_of
from governance.lifecycle import MoveHindered, ReasonMissing
from projects.purchasing import operations
from projects.purchasing.asking import operations as asking
from projects.purchasing.asking import refusals as unasked
from projects.purchasing.asking.models import PurchaseQuestion
from projects.purchasing.asking.queries import challenges_to
from projects.purchasing.awarding import operations as awarding
from projects.purchasing.awarding import paying
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.awarding.paying import Paid
from projects.purchasing.awarding.queries import hand_overs_of
from projects.purchasing.awarding.refusals import OfferNotAdmitted
from projects.purchasing.catalogue import operations as catalogue
from projects.purchasing.catalogue import refusals as unlisted
from projects.purchasing.catalogue.models import PurchaseList
from projects.purchasing.catalogue.operations import ItemEntry
from projects.purchasing.models import Purchase
from projects.purchasing.planning.queries import year_plan
from projects.purchasing.policy import NO_GROUND
from projects.purchasing.refusals import PurchaseAboveLine, PurchaseItemNotInForce, PurchaseNotDraft
from tests.factories.socialorgs_register import CreditListingFactory
from tests.people import desk_client, session_client, sign_in
from tests.projects.purchasing.conftest import DAY, Walk, ended_early, line_of, list_in_force
from tests.projects.purchasing.test_surfaces import body_of

pytestmark = pytest.mark.django_db
NEW = ItemEntry("C0301", "社会管理服务", "公共空间运营", group="社区治理")


# --- Questions


def ask(people: SimpleNamespace, row: Purchase, now: dt.datetime, number: int = 0, text: str = "是否含节假日？") -> Any:
    return asking.ask_question(by=people.managers[number], now=now, purchase=row, text=text)


def test_a_question_is_answered_within_three_working_days_for_everybody(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("CALLED", bids=0)

    row = ask(people, stage.purchase, stage.now)

    assert row.due_on == add_days(timezone.localdate(stage.now), 3, DayKind.WORKING).on
    assert not PurchaseQuestion.objects.visible_to(people.managers[1]).exists()
    assert PurchaseQuestion.objects.visible_to(people.managers[0]).get() == row
    assert PurchaseQuestion.objects.visible_to(people.street_officer).get() == row
    later = stage.now + 10 * DAY
    row = asking.answer_question(by=people.street_officer, now=later, question=row, answer="含法定节假日。")
    assert PurchaseQuestion.objects.visible_to(people.managers[1]).get().answer == "含法定节假日。"
    entry = AuditEntry.objects.get(verb="projects.purchase_question.answered")
    assert entry.after == {"is_late": True}


def test_questions_are_refused_with_their_reason(people: SimpleNamespace, walk: Walk) -> None:
    draft, stage = walk("DRAFT"), walk("CALLED", bids=0, title="另一项服务", amount=Decimal(1000))
    with pytest.raises(unasked.NoQuestionsTaken):
        ask(people, draft.purchase, stage.now)
    with pytest.raises(unasked.NoBidder):
        asking.ask_question(by=people.resident, now=stage.now, purchase=stage.purchase, text="谁来做？")
    with pytest.raises(unasked.QuestionEmpty):
        ask(people, stage.purchase, stage.now, text="  ")
    with pytest.raises(unasked.QuestionEmpty):
        ask(people, stage.purchase, stage.now, text="问" * 501)
    rows = [ask(people, stage.purchase, stage.now, text=f"第{number}问") for number in range(3)]
    with pytest.raises(unasked.TooManyQuestions):
        ask(people, stage.purchase, stage.now)
    with pytest.raises(NotAllowed):
        asking.answer_question(by=people.managers[1], now=stage.now, question=rows[0], answer="是。")
    with pytest.raises(unasked.AnswerEmpty):
        asking.answer_question(by=people.street_officer, now=stage.now, question=rows[0], answer=" ")
    asking.answer_question(by=people.street_officer, now=stage.now, question=rows[0], answer="是。")
    with pytest.raises(unasked.QuestionAnswered):
        asking.answer_question(by=people.street_officer, now=stage.now, question=rows[0], answer="否。")
    ask(people, stage.purchase, stage.now)
    assert PurchaseQuestion.objects.count() == 4


@pytest.mark.parametrize(
    ("guard", "changes"),
    [
        ("purchasequestion_asked_question_stays", {"text": "别的"}),
        ("purchasequestion_asked_question_stays", {"due_on": dt.date(2030, 1, 1)}),
        ("purchasequestion_answered_once", {"answer": "改了"}),
        ("purchasequestion_answered_once", {"answered_at": dt.datetime(2030, 1, 1, tzinfo=dt.UTC)}),
    ],
)
def test_the_database_keeps_question_and_answer(
    people: SimpleNamespace, walk: Walk, guard: str, changes: dict[str, Any]
) -> None:
    del guard
    stage = walk("CALLED", bids=0)
    row = ask(people, stage.purchase, stage.now)
    asking.answer_question(by=people.street_officer, now=stage.now, question=row, answer="是。")

    with pytest.raises((IntegrityError, InternalError), match=r"Cannot update|purchasequestion"), transaction.atomic():
        PurchaseQuestion.objects.filter(pk=row.pk).update(**changes)


def test_the_database_takes_questions_only_while_the_purchase_is_open(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("APPROVED")
    row = PurchaseQuestion(
        purchase=stage.purchase, text="？", asked_at=stage.now, asked_by=people.managers[0], due_on=stage.now.date()
    )

    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        row.save()

    assert constraint_of(raised.value) == "purchasequestion_while_it_is_open"


def test_the_database_lets_nobody_answer_themselves_or_without_words(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("CALLED", bids=0)
    row = ask(people, stage.purchase, stage.now)
    rows = PurchaseQuestion.objects.filter(pk=row.pk)

    with pytest.raises(IntegrityError, match="answered_by_another"), transaction.atomic():
        rows.update(answer="是。", answered_at=stage.now, answered_by=people.managers[0])
    with pytest.raises(IntegrityError, match="answered_with_words"), transaction.atomic():
        rows.update(answered_at=stage.now)


# --- Challenges


def test_a_challenge_is_due_in_seven_working_days(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("PUBLISHED")
    assert stage.award is not None
    assert stage.award.notice is not None
    notices.raise_objection(by=people.managers[1], now=stage.now, notice=stage.award.notice, text="评分标准未公布。")
    raised = timezone.localdate(stage.now)

    [found] = challenges_to(stage.purchase, raised)
    [late] = challenges_to(stage.purchase, found.due_on + DAY)

    assert found.due_on == add_days(raised, 7, DayKind.WORKING).on
    assert (found.is_late, late.is_late, found.outcome) == (False, True, "")


# --- Awards that fall


def test_a_body_listed_between_award_and_signing_gives_way_to_the_next(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("FINAL")
    award = stage.award
    assert award is not None
    CreditListingFactory(organization=award.organization, listed_on=stage.now.date())
    assert Purchase.objects.get(pk=stage.purchase.pk).bound == Decimal("78000.00")

    awarding.set_award_aside(by=people.street_reviewer, now=stage.now, award=award, reason="列入严重违法失信名单。")

    row = Purchase.objects.get(pk=stage.purchase.pk)
    assert (row.status, row.bound) == ("OPENED", Decimal("80000.00"))
    with pytest.raises(OfferNotAdmitted):
        awarding.propose_award(
            by=people.street_officer, now=stage.now, purchase=row, offer=stage.offers[0], reason="得分最高。"
        )
    following = awarding.propose_award(
        by=people.street_officer, now=stage.now, purchase=row, offer=stage.offers[2], reason="得分次之。"
    )
    assert following.organization == people.organizations[2]


def test_an_award_falls_by_another_hand_than_proposed_it_and_with_a_reason(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("FINAL")
    assert stage.award is not None

    with pytest.raises(NotAllowed):
        awarding.set_award_aside(by=people.street_officer, now=stage.now, award=stage.award, reason="改选。")
    with pytest.raises(ReasonMissing):
        awarding.set_award_aside(by=people.street_reviewer, now=stage.now, award=stage.award, reason=" ")

    assert PurchaseAward.objects.get(pk=stage.award.pk).status == "FINAL"


def test_an_award_with_a_payment_stands(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("FINAL")
    award = stage.award
    assert award is not None
    ended_early(people, stage.now, award)
    paid = Paid(Decimal(10), stage.now.date(), "国库1", "首期")
    paying.record_payment(by=people.street_officer, now=stage.now, award=award, paid=paid)

    with pytest.raises(MoveHindered):
        awarding.set_award_aside(by=people.street_reviewer, now=stage.now, award=award, reason="改选。")

    assert PurchaseAward.objects.get(pk=award.pk).status == "FINAL"


def test_the_next_offer_must_be_within_what_the_line_still_has(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("FINAL")
    assert stage.award is not None
    walk("APPROVED", title="另一项服务", amount=Decimal(21500), item=stage.purchase.item)
    awarding.set_award_aside(by=people.street_reviewer, now=stage.now, award=stage.award, reason="拒绝签约。")
    row = Purchase.objects.get(pk=stage.purchase.pk)
    assert row.bound == Decimal("78500.00")

    with override("en"), pytest.raises(PurchaseAboveLine, match=r"78,500\.00 yuan left; 79,500\.00"):
        awarding.propose_award(
            by=people.street_officer, now=stage.now, purchase=row, offer=stage.offers[2], reason="二"
        )

    operations.declare_failed(by=people.district_officer, now=stage.now, purchase=row, reason="预算不足。")


# --- Editions


def test_an_item_comes_in_by_the_next_edition(
    people: SimpleNamespace, guidance: PurchaseList, now: dt.datetime
) -> None:
    row = catalogue.draft_next_edition(
        by=people.district_officer,
        now=now,
        purchase_list=guidance,
        edition="2026-2",
        valid_from=now.date() + DAY,
        reason="居民议事会提出，区财政局同意增补。",
        items=[NEW],
        dropped=["A0102"],
    )

    assert row.status == "DRAFT"
    assert list(row.items.values_list("code", flat=True)) == ["A0101", "B0201", "C0301"]
    assert guidance.items.count() == 3
    entry = AuditEntry.objects.get(verb="projects.purchase_list.proposed")
    assert entry.after == {"follows": guidance.pk, "items": ["C0301"], "dropped": ["A0102"]}
    catalogue.confirm_list(by=people.district_admin, now=now, purchase_list=row)
    guidance.refresh_from_db()
    assert guidance.valid_to == row.valid_from
    assert list(guidance.later_editions()) == [row]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"items": []}, unlisted.NextEditionUnfit),
        ({"items": [ItemEntry("A0101", "基本公共服务", "居家养老服务", group="养老服务")]}, unlisted.NextEditionUnfit),
        ({"items": [NEW, NEW]}, unlisted.NextEditionUnfit),
        ({"dropped": ["Z9"]}, unlisted.NextEditionUnfit),
        ({"dropped": ["C0301"]}, unlisted.NextEditionUnfit),
        ({"reason": " "}, unlisted.NextEditionUnfit),
        ({"valid_from": dt.date(2025, 12, 31)}, unlisted.NextEditionUnfit),
        ({"edition": "2026"}, unlisted.PurchaseEditionKnown),
    ],
)
def test_a_next_edition_changes_something_for_a_reason(
    people: SimpleNamespace, guidance: PurchaseList, now: dt.datetime, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    given = {
        "edition": "2026-2",
        "valid_from": now.date() + DAY,
        "reason": "增补。",
        "items": [NEW],
        **changes,
    }

    with pytest.raises(refusal):
        catalogue.draft_next_edition(by=people.district_officer, now=now, purchase_list=guidance, **given)

    assert PurchaseList.objects.count() == 1


def test_only_an_edition_in_force_is_followed(people: SimpleNamespace, now: dt.datetime) -> None:
    draft = catalogue.draft_list(
        by=people.district_officer,
        now=now,
        division=people.places["district"],
        kind="GUIDANCE",
        title="目录",
        edition="2027",
        valid_from=dt.date(2027, 1, 1),
        items=[NEW],
    )

    with pytest.raises(unlisted.EditionNotInForce):
        catalogue.draft_next_edition(
            by=people.district_officer,
            now=now,
            purchase_list=draft,
            edition="2028",
            valid_from=dt.date(2028, 1, 1),
            reason="增补。",
            items=[ItemEntry("X1", "类", "项")],
        )


def test_a_purchase_under_way_keeps_its_item_when_the_catalogue_changes(
    people: SimpleNamespace, walk: Walk, guidance: PurchaseList
) -> None:
    stage = walk("SUBMITTED")
    row = catalogue.draft_next_edition(
        by=people.district_officer,
        now=stage.now,
        purchase_list=guidance,
        edition="2026-2",
        valid_from=stage.now.date(),
        reason="调整。",
        dropped=["A0101"],
    )
    catalogue.confirm_list(by=people.district_admin, now=stage.now, purchase_list=row)

    kept = operations.check_purchase(
        by=people.street_reviewer, now=stage.now, purchase=stage.purchase, answers=NO_GROUND
    )
    kept = operations.approve_purchase(by=people.district_officer, now=stage.now, purchase=kept)
    called = operations.call_for_offers(by=people.street_officer, now=stage.now, purchase=kept, contact="办公室")

    assert called.item.purchase_list_id == guidance.pk
    with pytest.raises(PurchaseItemNotInForce):
        walk("SUBMITTED", title="另一项")


# --- Figures


def test_what_was_handed_over_is_counted_by_class(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    handed = list_in_force(
        people,
        now,
        "HANDED_OVER",
        title="下沉事项清单",
        items=[
            ItemEntry("1", "民政类", "高龄津贴资格核对", from_department="区民政局"),
            ItemEntry("2", "民政类", "低保入户复核", from_department="区民政局"),
            ItemEntry("3", "文体类", "全民健身", from_department="区文广旅局"),
        ],
    )
    walk("FINAL", kind="HANDED_OVER", handed_item=handed.items.get(code="1"))

    with override("en"):
        found = hand_overs_of(list(handed.items.all()))

    assert [(one.name, one.handed_over, one.items, one.percent, one.amount) for one in found] == [
        ("民政类", 1, 2, "50", Decimal("78000.00")),
        ("文体类", 0, 1, "0", Decimal(0)),
        ("all classes", 1, 3, "33.3", Decimal("78000.00")),
    ]


def test_the_plan_of_a_year_adds_up_by_source(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    walk("FINAL")
    lottery = line_of(people, now, "30000.00", source="WELFARE_LOTTERY", document_number="福彩〔2026〕1号")
    walk("DRAFT", title="助餐", amount=Decimal(40000), budget_line=lottery)

    with override("en"):
        own = year_plan(people.places["street"], now.year, people.street_officer)
        public = year_plan(people.places["street"], now.year, people.resident)

    shown = [
        (one.source, one.granted, one.purchases, one.planned, one.bound, one.awarded, one.unplanned)
        for one in own.totals
    ]
    assert [row[1:] for row in shown] == [
        (Decimal(30000), 1, Decimal(40000), Decimal(0), Decimal(0), Decimal(-10000)),
        (Decimal(100000), 1, Decimal(80000), Decimal(78000), Decimal(78000), Decimal(20000)),
        (Decimal(130000), 2, Decimal(120000), Decimal(78000), Decimal(78000), Decimal(10000)),
    ]
    assert [row.status for row in public.purchases] == ["CONCLUDED"]
    assert year_plan(people.places["street"], now.year + 1, people.street_officer).purchases == []


# --- Surfaces


class TestSurfaces:
    """The desk, the pages and the API."""

    @pytest.fixture
    def now(self) -> dt.datetime:
        """The surfaces ask the clock."""
        return timezone.now()

    @pytest.fixture
    def guidance(self, people: SimpleNamespace, now: dt.datetime) -> PurchaseList:
        """The catalogue in force since yesterday."""
        return list_in_force(people, now, valid_from=timezone.localdate(now) - DAY)

    def test_a_returned_plan_is_mended_at_the_desk(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("SUBMITTED")
        row = operations.send_plan_back(
            by=people.street_reviewer, now=stage.now, purchase=stage.purchase, reason="服务内容不具体。"
        )
        officer = desk_client(people.street_officer)
        address = f"/desk/projects/purchase/{row.pk}/deeds/revise/"
        form = officer.get(address)
        typed = {
            name: field.initial if field.initial is not None else ""
            for name, field in form.context["form"].fields.items()
        }
        typed |= {name: value for name, value in form.context["form"].initial.items() if value is not None}
        typed |= {"service": "为一百名老人每周上门三次。", "amount": "79000.00"}

        assert form.context["form"].initial["criteria"] == "50 服务方案\n30 团队和业绩"
        poor = officer.post(address, {**typed, "criteria": "40 服务方案"})
        good = officer.post(address, typed)

        assert poor.status_code == 200
        assert "criteria" in poor.context["form"].errors
        assert good.status_code == 302, good.context["form"].errors
        row.refresh_from_db()
        assert (row.service, row.amount, row.buyer) == (
            "为一百名老人每周上门三次。",
            Decimal(79000),
            people.places["street"],
        )
        assert desk_client(people.street_reviewer).get("/desk/").status_code == 200

    def test_a_plan_is_changed_over_the_api_while_it_is_a_draft(
        self, people: SimpleNamespace, walk: Walk, plan: Any
    ) -> None:
        stage = walk("DRAFT")
        officer = session_client(people.street_officer)
        address = f"/api/v1/purchases/{stage.purchase.pk}/revise"

        changed = officer.post(address, body_of(plan(), amount="75000.00"), format="json")
        refused = [
            officer.post(address, body_of(plan(), amount=text), format="json").status_code
            for text in ("1e5", "-1", "1.005")
        ]
        operations.submit_plan(by=people.street_officer, now=stage.now, purchase=stage.purchase)
        late = officer.post(address, body_of(plan()), format="json")

        assert (changed.status_code, changed.json()["amount"]) == (200, "75000.00")
        assert refused == [400, 400, 400]
        assert (late.status_code, late.json()["code"]) == (409, PurchaseNotDraft.code)

    def test_a_committee_is_appointed_over_the_api(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("OPENED")
        officer = session_client(people.street_officer)
        address = f"/api/v1/purchases/{stage.purchase.pk}/committee"
        members = [{"person": judge.username, "kind": "EXPERT"} for judge in people.judges]

        unknown = officer.post(address, {"members": [{"person": "nobody", "kind": "EXPERT"}]}, format="json")
        few = officer.post(address, {"members": members[:1]}, format="json")
        named = officer.post(address, {"members": members}, format="json")

        assert (unknown.status_code, few.status_code, named.status_code) == (400, 400, 200)
        assert few.json()["code"] == "purchase_committee_unfit"
        assert stage.purchase.seats.count() == 3

    def test_a_question_goes_from_the_page_to_the_desk_and_back(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("CALLED", bids=0)
        manager, resident = Client(), Client()
        sign_in(manager, people.managers[0])
        sign_in(resident, people.resident)
        address = f"/purchases/{stage.purchase.pk}/question/"

        assert address in manager.get(stage.purchase.get_absolute_url()).content.decode()
        assert address not in resident.get(stage.purchase.get_absolute_url()).content.decode()
        assert manager.post(address, {"text": ""}).status_code == 400
        assert resident.get(address).status_code == 403
        assert resident.post(address, {"text": "谁来做？"}).status_code == 403
        asked = manager.post(address, {"text": "是否含节假日？"})
        row = PurchaseQuestion.objects.get()
        assert asked.headers["location"] == row.get_absolute_url()
        officer = desk_client(people.street_officer)
        desk = f"/desk/projects/purchasequestion/{row.pk}"
        assert "是否含节假日？" in officer.get(f"{desk}/change/").content.decode()
        assert officer.post(f"{desk}/deeds/answer/", {"answer": ""}).status_code == 200
        assert officer.post(f"{desk}/deeds/answer/", {"answer": "含法定节假日。"}).status_code == 302
        shown = Client().get(stage.purchase.get_absolute_url()).content.decode()
        assert "含法定节假日。" in shown
        assert people.managers[0].display_name not in shown

    def test_questions_over_the_api(self, people: SimpleNamespace, walk: Walk) -> None:
        stage = walk("CALLED", bids=0)
        manager, officer = session_client(people.managers[0]), session_client(people.street_officer)
        base = "/api/v1/purchase-questions"

        asked = manager.post(base, {"purchase": stage.purchase.pk, "text": "是否含节假日？"}, format="json")
        answered = officer.post(f"{base}/{asked.json()['id']}/answer", {"answer": "含。"}, format="json")
        again = officer.post(f"{base}/{asked.json()['id']}/answer", {"answer": "不含。"}, format="json")

        assert (asked.status_code, answered.status_code, again.status_code) == (201, 200, 409)
        assert "asked_by" not in answered.json()
        assert officer.get(base, {"is_waiting": "true"}).json()["results"] == []

    @pytest.mark.parametrize("address", ["{page}", "/api/v1/purchase-questions"])
    def test_questions_cost_the_same_for_one_and_for_three(
        self, people: SimpleNamespace, walk: Walk, address: str
    ) -> None:
        stage = walk("CALLED", bids=0)
        where = address.format(page=stage.purchase.get_absolute_url())
        client, costs = session_client(people.managers[0]), []
        for count in (1, 2):
            for number in range(count):
                ask(people, stage.purchase, stage.now, text=f"第{number}问")
            client.get(where)
            with CaptureQueriesContext(connection) as told:
                assert client.get(where).status_code == 200
            costs.append(len(told))

        assert costs[0] == costs[1]

    def test_the_next_edition_at_the_desk_and_over_the_api(
        self, people: SimpleNamespace, guidance: PurchaseList, now: dt.datetime
    ) -> None:
        officer = desk_client(people.district_officer)
        address = f"/desk/projects/purchaselist/{guidance.pk}/deeds/next_edition/"
        typed = {
            "edition": "2026-2",
            "valid_from": str(timezone.localdate(now) + DAY),
            "items": "C0301 | 社会管理服务 | 社区治理 | 公共空间运营",
            "dropped": "",
            "reason": "增补。",
        }

        nothing = officer.post(address, {**typed, "items": ""})
        done = officer.post(address, typed)
        sent = {"edition": "2026-3", "valid_from": typed["valid_from"], "dropped": ["A0102"], "reason": "调整。"}
        over = session_client(people.district_officer).post(
            f"/api/v1/purchase-lists/{guidance.pk}/next_edition", sent, format="json"
        )

        assert nothing.status_code == 200
        assert nothing.context["form"].errors
        assert done.status_code == 302
        assert PurchaseList.objects.get(edition="2026-2").items.count() == 4
        assert (over.status_code, over.json()["item_count"]) == (201, 2)

    def test_the_plan_of_the_year_is_a_page_of_constant_cost(
        self, people: SimpleNamespace, walk: Walk, now: dt.datetime
    ) -> None:
        address = f"/divisions/{people.places['street'].pk}/purchase-plan/"
        officer, costs = Client(), []
        sign_in(officer, people.street_officer)
        for count in (1, 2):
            for number in range(count):
                walk("DRAFT", title=f"服务{count}{number}", amount=Decimal(1000))
            with CaptureQueriesContext(connection) as told:
                page = officer.get(address)
            costs.append(len(told))

        assert costs[0] == costs[1]
        assert "服务10" in page.content.decode()
        assert "服务10" not in Client().get(address).content.decode()
        for year in ("0", "99999", "abc", "2025"):
            assert officer.get(address, {"year": year}).status_code == 200
        community = Client().get(f"/divisions/{people.places['community'].pk}/purchase-plan/").content.decode()
        assert f"{address}?year={now.year}" in community
        book = officer.get(f"/divisions/{people.places['street'].pk}/purchases.xlsx", {"year": now.year})
        assert book.status_code == 200

    def test_the_list_of_services_handed_over_shows_its_figures(
        self, people: SimpleNamespace, now: dt.datetime
    ) -> None:
        handed = list_in_force(
            people, now, "HANDED_OVER", title="下沉事项清单", valid_from=timezone.localdate(now) - DAY
        )

        page = Client().get(handed.get_absolute_url())
        narrowed = Client().get(handed.get_absolute_url(), {"class": "没有"})

        assert "0 / 1 (0%)" in " ".join(page.content.decode().split())
        assert narrowed.status_code == 200
