"""A contract on an award: what its offer needs, what waits for a signature, and what its line gets back at a failed end."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import gettext, override

from governance.audit.models import AuditEntry
from projects.contracts import evaluating, operations, refusals
from projects.contracts.models import Contract
from projects.contracts.terms import operations as terms
from projects.purchasing.awarding.models import PurchaseAward
from projects.purchasing.catalogue.queries import figures_of
from tests.people import desk_client, session_client
from tests.projects.contracts.awards.conftest import accepted, delivered, review
from tests.projects.contracts.test_correcting import corrected
from tests.projects.contracts.test_grades import ended
from tests.walls import alone

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]


def paid(people: SimpleNamespace, contract: Contract, number: int) -> None:
    """Pay an instalment out of public money, by three acts."""
    officer, now = people.street_officer, people.now
    payment = operations.release_instalment(by=officer, now=now, contract=contract, number=number)
    payment = terms.approve_award_payment(by=people.street_reviewer, now=now, payment=payment)
    terms.record_award_payment(by=officer, now=now, payment=payment, paid_on=now.date(), reference=f"国库{number}号")


def test_a_contract_on_an_award_is_not_offered_without_a_milestone(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("DRAFT", milestones=[])
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now, "contract": row}

    with override("en"), pytest.raises(refusals.MilestonesMissing, match="names no milestone"):
        operations.offer_contract(**by)
    corrected(people, people.now, row, milestones=[("完成首批走访", row.ends_on)])

    assert operations.offer_contract(**by).status == "OFFERED"


@pytest.mark.django_db(transaction=True)
def test_no_statement_offers_one_without_a_milestone(walk: Walk, owner: Any) -> None:
    row = walk("DRAFT", milestones=[])

    with owner():
        alone("wall_contract_has_a_course", f"UPDATE projects_contract SET status = 'OFFERED' WHERE id = {row.pk}")


def test_a_correction_stays_within_the_award(people: SimpleNamespace, walk: Walk, award: PurchaseAward) -> None:
    row = walk("DRAFT")
    more = award.amount + Decimal("0.01")

    with pytest.raises(refusals.AwardElsewhere):
        corrected(people, people.now, row, amount=more, lines=[("ACTIVITY", "上门服务", more)])
    with pytest.raises(refusals.LinesUnfit):
        corrected(people, people.now, row, lines=())


def test_the_line_gets_back_what_a_failed_contract_is_not_paid(
    people: SimpleNamespace, walk: Walk, award: PurchaseAward
) -> None:
    row = walk("RUNNING")
    paid(people, row, 1)
    review(people, row)
    paid(people, row, 2)
    row = walk_on(people, row)
    by: dict[str, Any] = {"now": people.now, "contract": row}
    evaluating.attach_evaluation(by=people.street_officer, evaluation=ended(row, "FAIL"), **by)
    terms.withhold_rest(by=people.street_reviewer, reason="满意度不达标，整改无效。", **by)
    before = figures_of([award.budget_line])[0].bound
    operations.close_contract(by=people.street_officer, **by)

    found = figures_of([award.budget_line])[0]
    assert (before, found.bound, found.paid) == (award.amount, Decimal("51994.80"), Decimal("51994.80"))
    [entry] = AuditEntry.objects.filter(verb="projects.purchase_award.rest_freed")
    assert (entry.before["bound"], entry.after["bound"]) == ("78000.00", "51994.80")


def walk_on(people: SimpleNamespace, contract: Contract) -> Contract:
    """Deliver and accept."""
    from_here = delivered(people, contract)
    return accepted(people, from_here)


def test_what_waits_for_a_signature_comes_first_to_who_signs(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("OFFERED")
    page = session_client(people.manager).get("/my/organizations/").content.decode()

    visitor = session_client(None).get(row.organization.get_absolute_url()).content.decode()

    with override("zh-hans"):
        said = gettext("%(state)s: waits for your signature") % {"state": row.get_status_display()}
    assert said in page
    assert said not in visitor
    assert page.index(row.get_absolute_url()) < page.index("/purchase-awards/")


def test_an_award_whose_draft_was_ended_can_be_contracted_on_the_desk(
    people: SimpleNamespace, walk: Walk, award: PurchaseAward
) -> None:
    row = walk("DRAFT")
    desk, form = desk_client(people.street_officer), "/desk/projects/contract/add/"
    offered = [list(desk.get(form).context["adminform"].form.fields["purchase"].queryset)]
    operations.terminate_contract(by=people.street_reviewer, now=people.now, contract=row, reason="重新起草。")
    offered.append(list(desk.get(form).context["adminform"].form.fields["purchase"].queryset))

    assert offered == [[], [award]]
