"""Contracts: three signatures, milestones with evidence, the residents' acceptance, instalments."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Model
from PIL import Image

from communities.notices.policy import FileKindUnknown
from communities.people.policy import PersonalNumbersFound
from funds.spending import operations as spending
from funds.spending.models import Payment, SpendingRequest
from funds.spending.refusals import PaymentPromised
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from projects.contracts import checks, drafting, evaluating, operations, refusals
from projects.contracts.models import AcceptanceOpinion, Contract, Instalment
from projects.contracts.policy import InstalmentsUnfit
from socialorgs.register.queries import OrganizationHindered
from tests.factories.accounts import UserFactory
from tests.factories.projects_contracts import in_force
from tests.factories.projects_evaluation import PlanFactory
from tests.factories.socialorgs_register import (
    CreditListingFactory,
    OrganizationAppointmentFactory,
    OrganizationFactory,
)
from tests.funds.spending.conftest import entered
from tests.projects.contracts.conftest import deliver, opine, reckon

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]


def refused(refusal: type[DomainError], operation: Callable[..., Any], *models: type[Model], **arguments: Any) -> Any:
    """Expect the refusal and nothing new in these tables or in the trail."""
    before = [model._default_manager.count() for model in (*models, AuditEntry)]
    with pytest.raises(refusal) as found:
        operation(**arguments)
    assert [model._default_manager.count() for model in (*models, AuditEntry)] == before
    return found.value


# --- Drafting


def test_a_contract_is_drafted(
    people: SimpleNamespace, now: dt.datetime, entry: Any, request_: SpendingRequest
) -> None:
    row = drafting.draft_contract(by=people.street_officer, now=now, **entry())

    assert (row.status, row.number) == ("DRAFT", f"HT-{request_.number}-1")
    assert list(row.instalments.values_list("number", "percent", "amount", "condition")) == [
        (1, Decimal(50), Decimal("1400.01"), "SIGNING"),
        (2, 50, Decimal("1400.00"), "ACCEPTANCE"),
    ]
    assert list(row.milestones.values_list("title", "due_on")) == [("扶手安装完成", dt.date(2026, 5, 1))]
    assert AuditEntry.objects.get(verb="projects.contract.drafted").after["amount"] == "2800.01"


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"amount": Decimal("3000.01")}, refusals.ContractAboveHold),
        ({"amount": Decimal(0)}, refusals.ContractAmountMissing),
        ({"instalments": [(50, "SIGNING"), (49, "ACCEPTANCE")]}, InstalmentsUnfit),
        ({"instalments": []}, InstalmentsUnfit),
        ({"instalments": [(100, "WHIM")]}, refusals.ConditionUnfit),
        ({"instalments": [(50, "MILESTONES"), (50, "ACCEPTANCE")], "milestones": []}, refusals.ConditionUnfit),
        ({"instalments": [(50, "ACCEPTANCE"), (50, "SIGNING")]}, refusals.ConditionUnfit),
        ({"instalments": [(Decimal("33.33"), "SIGNING")] * 2 + [(Decimal("33.33"), "ACCEPTANCE")]}, InstalmentsUnfit),
        ({"grounds": ["is_lasting"], "ends_on": dt.date(2027, 3, 5)}, refusals.TermUnfit),
        ({"grounds": checks.GROUNDS, "ends_on": dt.date(2029, 3, 5)}, refusals.TermUnfit),
        ({"grounds": ["whim"]}, refusals.TermUnfit),
        ({"lines": [("PERSONNEL", "人员", Decimal(2800))]}, refusals.LinesUnfit),
        ({"deliverables": [("扶手", Decimal(0), "米")]}, refusals.DeliverablesUnfit),
        ({"request": None}, refusals.OriginUnfit),
        ({"ends_on": dt.date(2026, 3, 4)}, refusals.TermUnfit),
        ({"starts_on": dt.date(2026, 3, 3)}, refusals.TermUnfit),
        ({"ends_on": dt.date(2027, 3, 5)}, refusals.TermUnfit),
        ({"milestones": [("完成", dt.date(2026, 7, 1))]}, refusals.MilestonesUnfit),
        ({"milestones": [(" ", dt.date(2026, 5, 1))]}, refusals.MilestonesUnfit),
        ({"scope": "联系 13812345678"}, PersonalNumbersFound),
    ],
)
def test_contracts_that_cannot_be(
    people: SimpleNamespace, now: dt.datetime, entry: Any, more: Any, refusal: type[DomainError]
) -> None:
    made = entry(**more)

    refused(refusal, drafting.draft_contract, Contract, Instalment, by=people.street_officer, now=now, **made)


def test_a_term_of_a_year_and_the_whole_hold_are_allowed(people: SimpleNamespace, now: dt.datetime, entry: Any) -> None:
    row = drafting.draft_contract(
        by=people.street_officer, now=now, **entry(ends_on=dt.date(2027, 3, 4), amount=Decimal("3000.00"))
    )

    assert row.status == "DRAFT"


def test_the_term_is_a_parameter(people: SimpleNamespace, now: dt.datetime, entry: Any) -> None:
    in_force("contract.term_months", 6)

    refused(
        refusals.TermUnfit,
        drafting.draft_contract,
        by=people.street_officer,
        now=now,
        **entry(ends_on=dt.date(2026, 9, 5)),
    )


def test_four_grounds_allow_three_years(people: SimpleNamespace, now: dt.datetime, entry: Any) -> None:
    row = drafting.draft_contract(
        by=people.street_officer, now=now, **entry(ends_on=dt.date(2029, 3, 4), grounds=checks.GROUNDS)
    )

    assert (row.ends_on, row.is_price_steady) == (dt.date(2029, 3, 4), True)


def test_only_who_contracts_for_the_place_drafts(people: SimpleNamespace, now: dt.datetime, entry: Any) -> None:
    made = entry()

    for person in (people.community_staff, people.other_street_officer, people.manager, people.resident):
        refused(NotAllowed, drafting.draft_contract, Contract, by=person, now=now, **made)


def test_a_contract_needs_money_that_is_held_for_its_place(
    people: SimpleNamespace, now: dt.datetime, entry: Any
) -> None:
    draft = entered(people, now, title="另一个申请", amount=Decimal("100.00"))
    by: dict[str, Any] = {"by": people.district_admin, "now": now}

    refused(refusals.ContractRequestNotApproved, drafting.draft_contract, Contract, **by, **entry(request=draft))
    refused(
        refusals.ContractElsewhere,
        drafting.draft_contract,
        Contract,
        **by,
        **entry(division=people.places["neighbor"]),
    )


@pytest.mark.parametrize("step", ["draft", "offer", "agree", "sign"])
def test_a_body_on_the_serious_list_gets_no_contract(
    people: SimpleNamespace, now: dt.datetime, walk: Walk, entry: Any, step: str
) -> None:
    before = {"draft": "", "offer": "DRAFT", "agree": "OFFERED", "sign": "AGREED"}[step]
    row = walk(before) if before else None
    made = entry()
    CreditListingFactory(organization=people.organization)
    operation: Any = {
        "draft": lambda **_by: drafting.draft_contract(by=people.street_officer, now=now, **made),
        "offer": lambda **by: operations.offer_contract(by=people.street_officer, **by),
        "agree": lambda **by: operations.agree_contract(by=people.manager, **by),
        "sign": lambda **by: operations.sign_contract(by=people.street_reviewer, today=now.date(), **by),
    }[step]

    refusal = refused(OrganizationHindered, operation, Contract, now=now, contract=row)

    assert people.organization.name in str(refusal)
    if row is not None:
        row.refresh_from_db()
        assert row.status == before


@pytest.mark.parametrize("trait", ["liquidating", "deregistered", "revoked"])
def test_a_body_that_is_no_more_gets_no_contract(
    people: SimpleNamespace, now: dt.datetime, entry: Any, trait: str
) -> None:
    gone = OrganizationFactory(division=people.places["street"], **{trait: True})

    refused(
        OrganizationHindered,
        drafting.draft_contract,
        Contract,
        by=people.street_officer,
        now=now,
        **entry(organization=gone),
    )


def test_two_contracts_share_one_hold(people: SimpleNamespace, now: dt.datetime, walk: Walk, entry: Any) -> None:
    walk("OFFERED", amount=Decimal("2000.00"))

    refused(
        refusals.ContractAboveHold,
        drafting.draft_contract,
        Contract,
        by=people.street_officer,
        now=now,
        **entry(amount=Decimal("1000.01")),
    )
    second = walk("OFFERED", amount=Decimal("1000.00"))

    assert second.number.endswith("-2")


def test_of_two_drafts_the_second_offer_is_refused(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    first, second = walk("DRAFT", amount=Decimal("2000.00")), walk("DRAFT", amount=Decimal("2000.00"))
    operations.offer_contract(by=people.street_officer, now=now, contract=first)

    refused(refusals.ContractAboveHold, operations.offer_contract, by=people.street_officer, now=now, contract=second)

    operations.terminate_contract(by=people.street_reviewer, now=now, contract=first, reason="机构退出")
    assert operations.offer_contract(by=people.street_officer, now=now, contract=second).status == "OFFERED"


def test_payments_without_a_contract_count_as_well(
    people: SimpleNamespace, now: dt.datetime, entry: Any, request_: SpendingRequest
) -> None:
    spending.plan_payment(
        by=people.street_officer, now=now, request=request_, number=1, amount=Decimal("500.00"), payee="五金店"
    )

    refused(
        refusals.ContractAboveHold,
        drafting.draft_contract,
        Contract,
        by=people.street_officer,
        now=now,
        **entry(amount=Decimal("2500.01")),
    )


def test_nothing_is_planned_past_a_contract(
    people: SimpleNamespace, now: dt.datetime, walk: Walk, request_: SpendingRequest
) -> None:
    """The whole hold could else be paid before a resident was asked."""
    walk("RUNNING", amount=Decimal("2800.00"))

    def plan(amount: str, number: int) -> Payment:
        return spending.plan_payment(
            by=people.street_officer, now=now, request=request_, number=number, amount=Decimal(amount), payee="五金店"
        )

    with pytest.raises(PaymentPromised) as caught:
        plan("200.01", 1)
    plan("200.00", 1)

    assert (caught.value.params["promised"], caught.value.params["left"]) == ("2,800.00", "200.00")
    assert Payment.objects.count() == 1


# --- Signatures


def test_three_persons_sign(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")

    assert (row.offered_by, row.agreed_by, row.signed_by) == (
        people.street_officer,
        people.manager,
        people.street_reviewer,
    )
    assert row.signed_on == now.date()
    topics = OutboxEvent.objects.filter(object_label="projects.Contract").order_by("pk").values_list("topic", flat=True)
    assert list(topics) == [f"projects.contract.{verb}" for verb in ("offered", "agreed", "signed")]


def test_nobody_signs_twice_or_for_others(people: SimpleNamespace, now: dt.datetime, entry: Any) -> None:
    row = drafting.draft_contract(by=people.street_reviewer, now=now, **entry())
    row = operations.offer_contract(by=people.street_reviewer, now=now, contract=row)
    stranger = OrganizationAppointmentFactory().user

    for person in (people.street_officer, people.resident, stranger):
        refused(MoveForbidden, operations.agree_contract, by=person, now=now, contract=row)
    row = operations.agree_contract(by=people.manager, now=now, contract=row)
    refused(SamePerson, operations.sign_contract, by=people.street_reviewer, now=now, today=now.date(), contract=row)
    refused(MoveForbidden, operations.sign_contract, by=people.street_officer, now=now, today=now.date(), contract=row)
    refused(MoveClosed, operations.agree_contract, by=people.manager, now=now, contract=row)
    signed = operations.sign_contract(by=people.district_admin, now=now, today=now.date(), contract=row)
    assert signed.status == "RUNNING"


def test_an_evaluation_is_named_once(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")
    right = PlanFactory(division=people.community, implementer=people.organization)
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": row}

    refused(
        refusals.EvaluationUnfit, evaluating.attach_evaluation, **by, evaluation=PlanFactory(division=people.community)
    )
    refused(
        refusals.EvaluationUnfit,
        evaluating.attach_evaluation,
        **by,
        evaluation=PlanFactory(implementer=people.organization),
    )
    refused(NotAllowed, evaluating.attach_evaluation, **{**by, "by": people.manager}, evaluation=right)
    assert evaluating.attach_evaluation(**by, evaluation=right).evaluation == right
    refused(refusals.EvaluationUnfit, evaluating.attach_evaluation, **by, evaluation=right)


# --- Milestones


def picture() -> bytes:
    kept = BytesIO()
    image = Image.new("RGB", (8, 8), "red")
    exif = image.getexif()
    exif[0x8825] = {1: "N", 2: (29.0, 20.0, 0.0)}
    image.save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def test_a_milestone_is_shown_with_evidence_and_confirmed_by_another(
    people: SimpleNamespace, now: dt.datetime, walk: Walk
) -> None:
    milestone = walk("RUNNING").milestones.get()

    reported = operations.report_milestone(
        by=people.manager, now=now, milestone=milestone, report="扶手已装好。", evidence=[("现场.jpg", picture())]
    )
    confirmed = operations.confirm_milestone(by=people.community_staff, now=now, milestone=reported)

    [file] = confirmed.evidence.all()
    assert (confirmed.status, confirmed.report, file.visibility, file.uploaded_by) == (
        "CONFIRMED",
        "扶手已装好。",
        "PUBLIC",
        people.manager,
    )
    with file.file.open("rb") as stored:
        assert 0x8825 not in Image.open(stored).getexif()
    refused(MoveClosed, operations.report_milestone, by=people.manager, now=now, milestone=milestone, report="再报")


def test_reports_that_cannot_be(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    contract = walk("AGREED")
    by: dict[str, Any] = {"by": people.manager, "now": now, "milestone": contract.milestones.get()}

    refused(refusals.ContractNotRunning, operations.report_milestone, **by, report="做完了")
    operations.sign_contract(by=people.street_reviewer, now=now, today=now.date(), contract=contract)
    refused(refusals.ReportMissing, operations.report_milestone, **by, report=" ")
    refused(PersonalNumbersFound, operations.report_milestone, **by, report="电话13812345678")
    refused(FileKindUnknown, operations.report_milestone, **by, report="做完了", evidence=[("a.exe", b"MZ")])
    refused(
        refusals.TooMuchEvidence,
        operations.report_milestone,
        **by,
        report="做完了",
        evidence=[("a.jpg", picture())] * 11,
    )
    refused(MoveForbidden, operations.report_milestone, **{**by, "by": people.community_staff}, report="做完了")


def test_a_milestone_is_returned_with_a_reason(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    milestone = walk("RUNNING").milestones.get()
    row = operations.report_milestone(by=people.manager, now=now, milestone=milestone, report="做完了")
    by: dict[str, Any] = {"by": people.community_staff, "now": now, "milestone": row}

    refused(ReasonMissing, operations.return_milestone, **by, reason="")
    returned = operations.return_milestone(**by, reason="三楼转角断开")

    assert returned.status == "PLANNED"
    again = operations.report_milestone(by=people.manager, now=now, milestone=returned, report="已补装")
    assert again.report == "已补装"
    refused(MoveForbidden, operations.confirm_milestone, by=people.manager, now=now, milestone=again)


# --- Acceptance


def test_a_delivery_waits_for_its_milestones(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")
    by: dict[str, Any] = {"by": people.manager, "now": now, "contract": row}

    refused(refusals.MilestonesOpen, operations.report_delivery, **by, report="完成")
    delivered = deliver(people, now, row)

    assert (delivered.status, delivered.delivery_number, delivered.delivered_by) == ("DELIVERED", 1, people.manager)


@pytest.mark.parametrize(
    ("opinions", "refusal"),
    [
        ("", refusals.TooFewOpinions),
        ("++++", refusals.TooFewOpinions),
        ("++---", refusals.ResidentsNotContent),
        ("+++--", None),
        ("++++++++", None),
    ],
)
def test_nothing_is_accepted_without_the_residents(
    people: SimpleNamespace, now: dt.datetime, walk: Walk, opinions: str, refusal: Any
) -> None:
    """At least five opinions, at least 60 % of them content: 3 of 5 is enough, 2 of 5 is not."""
    row = walk("DELIVERED")
    opine(people, now, row, opinions)
    by: dict[str, Any] = {"by": people.supervisor, "now": now, "contract": row}

    if refusal:
        refused(refusal, operations.accept_contract, **by)
        row.refresh_from_db()
        assert row.status == "DELIVERED"
    else:
        assert operations.accept_contract(**by).status == "ACCEPTED"


def test_how_many_residents_are_needed_is_a_parameter(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    in_force("contract.acceptance_minimum", 2, people.community)
    in_force("contract.acceptance_share", "1", people.community)
    row = walk("DELIVERED")
    opine(people, now, row, "+-")

    refused(refusals.ResidentsNotContent, operations.accept_contract, by=people.supervisor, now=now, contract=row)


def test_who_may_give_an_opinion(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("DELIVERED")
    given: dict[str, Any] = {"now": now, "contract": row, "is_satisfied": True}
    [first, second, *_others] = people.neighbors
    OrganizationAppointmentFactory(organization=people.organization, user=second)

    opinion = operations.give_acceptance_opinion(by=first, comment="结实", **given)

    assert (opinion.delivery, opinion.comment) == (1, "结实")
    refused(refusals.OpinionRepeated, operations.give_acceptance_opinion, AcceptanceOpinion, by=first, **given)
    for person in (
        second,
        people.neighbor_resident,
        people.stranger,
        people.community_staff,
        people.manager,
        UserFactory(),
    ):
        refused(refusals.OpinionNotYours, operations.give_acceptance_opinion, AcceptanceOpinion, by=person, **given)
    refused(
        PersonalNumbersFound,
        operations.give_acceptance_opinion,
        AcceptanceOpinion,
        by=people.resident,
        comment="13812345678",
        **given,
    )
    running = walk("RUNNING", amount=Decimal("10.00"))
    refused(
        refusals.OpinionNotNow,
        operations.give_acceptance_opinion,
        AcceptanceOpinion,
        by=first,
        **{**given, "contract": running},
    )


def test_a_returned_delivery_asks_everybody_anew(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("DELIVERED")
    opine(people, now, row, "-----")

    returned = operations.return_delivery(by=people.supervisor, now=now, contract=row, reason="扶手松动，请返工")
    again = operations.report_delivery(by=people.manager, now=now, contract=returned, report="已加固")
    opine(people, now, again, "+++++")

    assert (again.delivery_number, AcceptanceOpinion.objects.count()) == (2, 10)
    assert operations.accept_contract(by=people.supervisor, now=now, contract=again).status == "ACCEPTED"


# --- Instalments


def pay(people: SimpleNamespace, now: dt.datetime, payment: Payment) -> Payment:
    row = spending.request_payment(by=people.street_officer, now=now, payment=payment)
    row = spending.approve_payment(by=people.street_reviewer, now=now, payment=row)
    return spending.record_paid(
        by=people.second_officer,
        now=now,
        today=now.date(),
        payment=row,
        paid_on=now.date(),
        bank_reference=f"CSH{row.pk}",
    )


def test_instalments_are_paid_as_their_conditions_hold(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": row}

    first = operations.release_instalment(**by, number=1)
    second = refused(refusals.InstalmentNotDue, operations.release_instalment, Payment, **by, number=2)
    refused(refusals.InstalmentReleased, operations.release_instalment, Payment, **by, number=1)
    refused(refusals.InstalmentUnknown, operations.release_instalment, Payment, **by, number=3)
    refused(NotAllowed, operations.release_instalment, Payment, **{**by, "by": people.community_staff}, number=1)

    assert (first.amount, first.payee, first.organization, first.status) == (
        Decimal("1400.01"),
        people.organization.name,
        people.organization,
        "PLANNED",
    )
    assert "2" in str(second)
    pay(people, now, first)
    row = deliver(people, now, row)
    opine(people, now, row, "+++++")
    row = operations.accept_contract(by=people.supervisor, now=now, contract=row)
    refused(refusals.PaymentsOpen, operations.close_contract, by=people.street_officer, now=now, contract=row)
    last = operations.release_instalment(**{**by, "contract": row}, number=2)
    pay(people, now, last)
    closed = operations.close_contract(by=people.street_officer, now=now, contract=row)

    assert (last.amount, closed.status) == (Decimal("1400.00"), "CLOSED")
    assert sum(Payment.objects.filter(status="PAID").values_list("amount", flat=True)) == row.amount


def test_an_instalment_on_milestones_waits_for_all_of_them(
    people: SimpleNamespace, now: dt.datetime, walk: Walk
) -> None:
    row = walk(
        "RUNNING",
        instalments=[(50, "MILESTONES"), (50, "ACCEPTANCE")],
        milestones=[("一", dt.date(2026, 4, 1)), ("二", dt.date(2026, 5, 1))],
    )
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": row, "number": 1}

    for milestone in row.milestones.all():
        refused(refusals.InstalmentNotDue, operations.release_instalment, Payment, **by)
        reported = operations.report_milestone(by=people.manager, now=now, milestone=milestone, report="完成")
        operations.confirm_milestone(by=people.community_staff, now=now, milestone=reported)

    assert operations.release_instalment(**by).amount == Decimal("1400.01")


def test_nothing_is_due_before_the_signature(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("AGREED")

    refused(
        refusals.InstalmentNotDue,
        operations.release_instalment,
        Payment,
        by=people.street_officer,
        now=now,
        contract=row,
        number=1,
    )


def test_a_listed_body_is_not_paid(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")
    CreditListingFactory(organization=people.organization)

    refused(
        OrganizationHindered,
        operations.release_instalment,
        Payment,
        by=people.street_officer,
        now=now,
        contract=row,
        number=1,
    )


def test_a_cancelled_payment_may_be_released_again(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")
    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": row, "number": 1}
    first = operations.release_instalment(**by)
    under_way = refused(
        refusals.PaymentsOpen,
        operations.terminate_contract,
        by=people.street_reviewer,
        now=now,
        contract=row,
        reason="停",
    )
    spending.cancel_payment(by=people.street_officer, now=now, payment=first, reason="收款人账户有误")

    second = operations.release_instalment(**by)

    assert under_way.params == {"count": 1}
    assert (first.number, second.number) == (1, 2)


def test_a_contract_is_terminated_with_a_reason(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row = walk("RUNNING")
    by: dict[str, Any] = {"now": now, "contract": row}

    refused(MoveForbidden, operations.terminate_contract, by=people.street_officer, reason="停", **by)
    refused(ReasonMissing, operations.terminate_contract, by=people.street_reviewer, reason="", **by)
    refused(refusals.SettlementMissing, operations.terminate_contract, by=people.street_reviewer, reason="停", **by)
    reckon(people, now, row)
    ended = operations.terminate_contract(by=people.street_reviewer, reason="机构无法履约", **by)

    assert (ended.status, ended.closed_by) == ("TERMINATED", people.street_reviewer)
