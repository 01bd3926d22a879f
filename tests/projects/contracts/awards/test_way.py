"""From the award of a purchase to the last payment and the plan of its evaluation."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import SamePerson
from projects.contracts import drafting, evaluating, operations, refusals
from projects.contracts.directory.filters import ProjectFilter
from projects.contracts.directory.queries import project_of, public_projects, totals_of, with_figures
from projects.contracts.judging import operations as judging
from projects.contracts.judging.drawing import lot, roll_hash
from projects.contracts.judging.models import ContractReview, SampledResident
from projects.contracts.judging.refusals import (
    ItemNotNow,
    ItemUnfit,
    OpinionOutsideSample,
    OpinionTaken,
    ReviewUnfit,
)
from projects.contracts.models import AcceptanceOpinion, Contract
from projects.contracts.queries import acceptance_of
from projects.contracts.services import operations as services
from projects.contracts.services.models import ServiceRecord
from projects.contracts.services.queries import totals_of_contract, totals_of_place
from projects.contracts.terms import operations as terms
from projects.contracts.terms.models import AwardPayment
from projects.purchasing.awarding.models import PublicPayment, PurchaseAward
from socialorgs.register.queries import OrganizationHindered, hindrances
from tests.factories.projects_evaluation import PlanFactory
from tests.factories.socialorgs_register import CreditListingFactory
from tests.projects.contracts.awards.conftest import asked, delivered, judged, review, signed, spend
from tests.projects.contracts.test_operations import refused

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]


def test_a_purchase_goes_from_its_award_to_the_last_payment(
    people: SimpleNamespace, walk: Walk, award: PurchaseAward
) -> None:
    row = walk("RUNNING")
    assert row.number == f"HT-{award.number}-1"
    assert [part.amount for part in row.instalments.all()] == [
        Decimal("25997.40"),
        Decimal("25997.40"),
        Decimal("26005.20"),
    ]
    first = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=1)
    assert isinstance(first, AwardPayment)
    refused(
        refusals.InstalmentNotDue,
        operations.release_instalment,
        AwardPayment,
        by=people.street_officer,
        now=people.now,
        contract=row,
        number=2,
    )
    assert _pay(people, row, first, 1).status == "PAID"
    review(people, row)
    second = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=2)
    assert _pay(people, row, second, 2).amount == Decimal("25997.40")
    bill = terms.confirm_expenditure(by=people.community_staff, now=people.now, expenditure=spend(people, row))
    served = services.record_service(
        by=people.manager,
        now=people.now,
        contract=row,
        kind="MEALS",
        served_on=people.now.date(),
        place="三八路社区食堂",
        people=62,
        hours=Decimal("3.5"),
        deliverable=row.deliverables.get(number=1),
    )
    services.confirm_service(by=people.community_staff, now=people.now, record=served)
    assert [(total.kind, total.people) for total in totals_of_contract(row)] == [("MEALS", 62)]
    street = people.places["street"]
    assert totals_of_place(street, people.now.date(), people.now.date())[0].is_elderly

    row = delivered(people, row)
    refused(
        refusals.InstalmentNotDue,
        operations.release_instalment,
        AwardPayment,
        by=people.street_officer,
        now=people.now,
        contract=row,
        number=3,
    )
    by: dict[str, Any] = {"by": people.supervisor, "now": people.now, "contract": row}
    refused(refusals.ItemsOpen, operations.accept_contract, **by)
    judged(people, row)
    refused(refusals.TooFewOpinions, operations.accept_contract, **by)
    asked(people, row)
    row = operations.accept_contract(**by)
    last = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=3)
    _pay(people, row, last, 3)
    plan = PlanFactory(implementer=row.organization, division=row.division)
    evaluating.attach_evaluation(by=people.street_officer, now=people.now, contract=row, evaluation=plan)
    closed = operations.close_contract(by=people.street_officer, now=people.now, contract=row)

    assert (closed.status, closed.evaluation) == ("CLOSED", plan)
    assert bill.status == "CONFIRMED"
    assert sum(PublicPayment.objects.filter(award=award).values_list("amount", flat=True)) == award.amount


def _pay(people: SimpleNamespace, contract: Contract, payment: Any, number: int) -> AwardPayment:
    approved = terms.approve_award_payment(by=people.street_reviewer, now=people.now, payment=payment)
    return terms.record_award_payment(
        by=people.street_officer,
        now=people.now,
        payment=approved,
        paid_on=people.now.date(),
        reference=f"{contract.number}-{number}",
    )


def test_three_parties_sign(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("AGREED")
    by: dict[str, Any] = {"now": people.now, "contract": row}

    refused(
        refusals.CommunityHasNotSigned,
        operations.sign_contract,
        by=people.street_reviewer,
        today=people.now.date(),
        **by,
    )
    joined = operations.join_contract(by=people.community_staff, **by)
    refused(refusals.ContractNotToJoin, operations.join_contract, by=people.community_staff, **by)

    assert joined.joined_by == people.community_staff
    assert AuditEntry.objects.filter(verb="projects.contract.joined").count() == 1


def test_a_body_that_is_listed_after_the_award_does_not_sign_and_is_not_paid(
    people: SimpleNamespace, walk: Walk
) -> None:
    offered, day = walk("OFFERED"), people.now.date()
    listing = CreditListingFactory(
        organization=offered.organization, credit_list="SERIOUS_BREACH", listed_on=day, removed_on=None
    )
    refused(OrganizationHindered, operations.agree_contract, by=people.manager, now=people.now, contract=offered)
    type(listing).objects.filter(pk=listing.pk).update(removed_on=day)
    row = signed(people, people.now, operations.agree_contract(by=people.manager, now=people.now, contract=offered))
    CreditListingFactory(
        organization=row.organization, credit_list="SERIOUS_BREACH", listed_on=day, removed_on=None, decision_number="2"
    )

    refused(
        OrganizationHindered,
        operations.release_instalment,
        AwardPayment,
        by=people.street_officer,
        now=people.now,
        contract=row,
        number=1,
    )


def test_one_award_has_one_contract_for_its_body_and_place(people: SimpleNamespace, walk: Walk, entry: Any) -> None:
    walk("DRAFT")
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now}

    refused(refusals.AwardContracted, drafting.draft_contract, Contract, **by, **entry())
    refused(
        refusals.AwardElsewhere,
        drafting.draft_contract,
        Contract,
        **by,
        **entry(organization=people.organizations[1]),
    )
    refused(refusals.LinesUnfit, drafting.draft_contract, Contract, **by, **entry(lines=[]))


def test_the_lot_can_be_drawn_again(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("DELIVERED")
    sample = row.samples.get()
    numbers = list(sample.places.order_by("number").values_list("number", flat=True))

    assert numbers == lot(sample.seed, sample.roll_size, sample.size)
    assert sample.size == min(20, sample.roll_size)
    assert len(sample.seed) == len(sample.roll_hash) == 64
    assert lot("ab", 100, 3) == sorted(
        sorted(range(1, 101), key=lambda number: hashlib.sha256(f"ab {number}".encode()).hexdigest())[:3]
    )
    assert roll_hash([1, 2]) == hashlib.sha256(b"1 2").hexdigest()


def test_opinions_are_taken_from_whom_the_lot_fell_on(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("DELIVERED")
    place = row.samples.get().places.order_by("number").first()
    assert place is not None
    given: dict[str, Any] = {"now": people.now, "contract": row, "is_satisfied": True}

    judging.take_opinion(by=people.community_staff, number=place.number, **given)
    refused(OpinionTaken, judging.take_opinion, by=people.community_staff, number=place.number, **given)
    refused(OpinionOutsideSample, judging.take_opinion, by=people.community_staff, number=9999, **given)
    one = SampledResident.objects.exclude(pk=place.pk).filter(resident__user__in=people.neighbors)[0]
    opinion = operations.give_acceptance_opinion(by=one.resident.user, now=people.now, contract=row, is_satisfied=False)

    assert (opinion.sampled, AcceptanceOpinion.objects.filter(contract=row).count()) == (one, 2)
    drawn = SampledResident.objects.filter(sample__contract=row).values("resident__user")
    others = [person for person in people.neighbors if not drawn.filter(resident__user=person).exists()]
    for person, is_left_out in ((one.resident.user, False), *((other, True) for other in others)):
        assert acceptance_of(row, people.now.date(), person).is_left_out is is_left_out


def test_items_are_judged_on_a_delivery(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    item = row.deliverables.get(number=1)
    said: dict[str, Any] = {"now": people.now, "deliverable": item, "actual": Decimal(7900), "result": "REMARKS"}

    refused(ItemNotNow, judging.judge_item, by=people.supervisor, **said, remark="少一百人次")
    row = delivered(people, row)
    refused(ItemUnfit, judging.judge_item, by=people.supervisor, **said)
    found = judging.judge_item(by=people.supervisor, **said, remark="少一百人次")

    assert (found.result, found.judged_in, found.judged_by) == ("REMARKS", 1, people.supervisor)


def test_what_a_visit_finds_is_mended(people: SimpleNamespace, walk: Walk) -> None:
    row, day = walk("RUNNING"), people.now.date()
    mend = {"kind": "VISIT", "conclusion": "MEND", "findings": "记录不全。"}

    refused(ReviewUnfit, lambda **more: review(people, row, **more), ContractReview, **mend)
    refused(ReviewUnfit, lambda **more: review(people, row, **more), ContractReview, mend_by=day)
    refused(NotAllowed, judging.record_review, by=people.manager, now=people.now, contract=row, **given(day))
    found = review(people, row, mend_by=day + dt.timedelta(days=7), **mend)
    found = judging.answer_review(by=people.manager, now=people.now, review=found, answer="已补齐。")
    found = judging.return_answer(by=people.street_officer, now=people.now, review=found, reason="缺三户")
    found = judging.answer_review(by=people.manager, now=people.now, review=found, answer="三户已补。")
    found = judging.settle_review(by=people.street_officer, now=people.now, review=found)

    assert (found.status, found.answer) == ("SETTLED", "三户已补。")


def given(day: dt.date) -> dict[str, Any]:
    """What a review says."""
    return {"kind": "VISIT", "held_on": day, "reviewer": "本机构", "findings": "好", "conclusion": "PASSED"}


def test_breach_ends_in_the_register(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    payment = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=1)
    _pay(people, row, payment, 1)
    said = {"ground": "BREACH", "done": "仅走访二十户。", "work_value": Decimal("6000.00")}
    settled = terms.propose_settlement(by=people.street_officer, now=people.now, contract=row, **said)
    assert (settled.paid, settled.refund) == (Decimal("25997.40"), Decimal("19997.40"))

    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=row, reason="逾期未整改")
    back = terms.record_refund(
        by=people.street_officer,
        now=people.now,
        settlement=settled,
        refunded_on=people.now.date(),
        reference="T20260701",
    )

    ban = row.organization.bans.get()
    assert (ban.status, ban.ground, ban.decision_number) == ("PROPOSED", "CONTRACT_BREACH", row.number)
    assert ban.ends_on == people.now.date().replace(year=people.now.year + 3)
    assert hindrances(row.organization, people.now.date()) == []
    with pytest.raises(SamePerson):
        lifecycle.move(ban, "confirm", by=people.street_reviewer, now=people.now)
    lifecycle.move(ban, "confirm", by=people.district_admin, now=people.now)
    [why] = hindrances(row.organization, people.now.date())
    assert row.number in why
    assert hindrances(row.organization, ban.ends_on) == []
    page = Client().get(f"{row.get_absolute_url()}money/").content.decode()
    assert str(ban.ends_on) in page
    assert back.refund_reference == "T20260701"


def test_services_are_counted_once_they_are_confirmed(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    said = {"kind": "COMFORT", "served_on": people.now.date(), "place": "三八路", "people": 3}
    record = services.record_service(by=people.manager, now=people.now, contract=row, **said)

    assert totals_of_contract(row) == []
    services.reject_service(by=people.community_staff, now=people.now, record=record, reason="当天停电")
    assert ServiceRecord.objects.get().status == "REJECTED"


def test_a_purchase_is_found_in_the_directory_by_its_money(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    first = operations.release_instalment(by=people.street_officer, now=people.now, contract=row, number=1)
    assert isinstance(first, AwardPayment)
    waiting = project_of(with_figures(public_projects()).get())
    _pay(people, row, first, 1)

    def found(**given: str) -> list[int]:
        return list(ProjectFilter(given, public_projects()).qs.values_list("pk", flat=True))

    assert row.purchase is not None
    source = row.purchase.purchase.budget_line.source
    line = project_of(with_figures(public_projects()).get())
    assert found(project_type="GOV_PURCHASE") == found(source=source) == [row.pk]
    assert found(project_type="OUTSOURCED") == found(project_type="FUND") == found(source="FUND") == []
    totals = totals_of(public_projects())
    assert (line.type, waiting.paid, line.paid) == ("GOV_PURCHASE", 0, Decimal("25997.40"))
    assert (totals.paid, totals.agreed) == (line.paid, row.amount)
