"""Rules of a purchase that a place sets itself, each alone: what another rule would refuse as well proves nothing."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.utils.translation import override

from governance.accounts.models import UserKind
from governance.errors import DomainError
from projects.purchasing import operations
from projects.purchasing.awarding import offering, paying
from projects.purchasing.awarding.queries import tied_to
from projects.purchasing.awarding.refusals import CommitteeUnfit, SupplementUnfit
from projects.purchasing.queries import most_added
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.factories.projects_contracts import in_force
from tests.factories.socialorgs_register import OrganizationAppointmentFactory
from tests.projects.purchasing.conftest import DAY, Walk, line_of, list_in_force, points_for

pytestmark = pytest.mark.django_db


def test_a_committee_is_odd_however_large(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    given: dict[str, Any] = {"by": people.street_officer, "now": stage.now, "purchase": stage.purchase}
    more = [UserFactory(kind=UserKind.STAFF) for _ in range(2)]
    members = [(judge, "EXPERT") for judge in [*people.judges, *more]]

    with override("en"), pytest.raises(CommitteeUnfit, match="odd number of members, at least 3"):
        offering.appoint_committee(**given, members=members[:4])

    assert len(offering.appoint_committee(**given, members=members)) == 5


@pytest.mark.parametrize(("part", "is_enough"), [(None, True), ("3/4", False), ("1/2", True), ("2/3", True)])
def test_the_experts_of_a_committee_are_the_part_of_the_rule(
    people: SimpleNamespace, walk: Walk, part: str | None, is_enough: bool
) -> None:
    """Two of three are two thirds exactly: enough where two thirds are asked."""
    if part is not None:
        in_force("purchase.expert_share", part)
    stage = walk("OPENED")
    members = [(judge, kind) for judge, kind in zip(people.judges, ("EXPERT", "EXPERT", "BUYER"), strict=True)]
    given: dict[str, Any] = {"by": people.street_officer, "now": stage.now, "purchase": stage.purchase}

    if is_enough:
        assert len(offering.appoint_committee(**given, members=members)) == 3
        return
    with override("en"), pytest.raises(CommitteeUnfit, match="At least 3/4 of the committee are experts"):
        offering.appoint_committee(**given, members=members)


def test_a_tie_that_comes_up_before_the_scores_stops_them(people: SimpleNamespace, walk: Walk) -> None:
    stage = walk("OPENED")
    given: dict[str, Any] = {"by": people.street_officer, "now": stage.now}
    for offer in stage.offers:
        offering.qualify_offer(**given, offer=offer)
    members = [(judge, "EXPERT") for judge in people.judges]
    offering.appoint_committee(**given, purchase=stage.purchase, members=members)
    begun = stage.now.date() - 400 * DAY
    OrganizationAppointmentFactory(
        organization=people.organizations[2], user=people.judges[0], valid_from=begun, valid_to=begun + 30 * DAY
    )
    points = points_for(stage.purchase, stage.offers, (48, 29), (40, 25), (45, 20))

    with pytest.raises(DomainError) as caught:
        offering.score_offers(by=people.judges[0], now=stage.now, purchase=stage.purchase, points=points)

    assert caught.value.code == "judge_tied"
    offering.score_offers(by=people.judges[1], now=stage.now, purchase=stage.purchase, points=points)


def test_a_tie_counts_for_whole_years_to_the_day(people: SimpleNamespace) -> None:
    """Three years before the thirty-first of March is the thirty-first of March."""
    body, person = people.organizations[0], people.judges[0]
    OrganizationAppointmentFactory(
        organization=body, user=person, valid_from=dt.date(2022, 1, 1), valid_to=dt.date(2023, 3, 30)
    )

    assert tied_to(person, [body], dt.date(2026, 3, 29)) == body
    assert tied_to(person, [body], dt.date(2026, 3, 30)) is None
    assert tied_to(person, [body], dt.date(2026, 3, 31)) is None


def test_supplements_come_to_the_part_of_the_rule_and_never_above_the_law(people: SimpleNamespace, walk: Walk) -> None:
    in_force("contract.supplement_share", "0.05")
    stage = walk("FINAL")
    given: dict[str, Any] = {"by": people.street_reviewer, "now": stage.now, "award": stage.award, "reason": "增加对象"}

    with (
        override("en"),
        pytest.raises(SupplementUnfit, match=r"at most 3,900\.00 yuan in all; 3,900\.00 yuan are left"),
    ):
        paying.grant_supplement(**given, amount=Decimal("3900.01"))
    paying.grant_supplement(**given, amount=Decimal("3900.00"))

    place, day = people.places["street"], stage.now.date()
    assert most_added(Decimal("78000.33"), place, day) == Decimal("3900.01")


def test_no_rule_of_a_place_gives_supplements_more_than_a_tenth(people: SimpleNamespace, now: dt.datetime) -> None:
    in_force("contract.supplement_share", "0.5")

    assert most_added(Decimal("78000.00"), people.places["street"], now.date()) == Decimal("7800.00")


def test_a_service_is_planned_for_no_longer_than_its_contract_may_run(
    people: SimpleNamespace, plan: Any, now: dt.datetime
) -> None:
    in_force("contract.term_months", 6)

    with pytest.raises(DomainError) as caught:
        operations.plan_purchase(by=people.street_officer, now=now, plan=plan())

    assert caught.value.code == "purchase_term_unfit"


def test_purchases_are_added_up_over_the_editions_of_the_catalogue(
    people: SimpleNamespace, walk: Walk, now: dt.datetime
) -> None:
    """The same item of the next edition is another row with the same code: splitting does not begin anew with it."""
    in_force("purchase.open_tender_from", "100000")
    more = line_of(people, now, "500000.00", name="追加")
    first = walk("APPROVED", amount=Decimal(60000)).purchase
    revised = list_in_force(people, now, edition="2026年修订", valid_from=now.date())
    item = revised.items.get(code=first.item.code)
    assert item != first.item
    row = walk("CHECKED", amount=Decimal("40000.01"), budget_line=more, item=item).purchase

    with pytest.raises(DomainError) as caught:
        operations.approve_purchase(by=people.district_officer, now=now, purchase=row)

    assert caught.value.code == "purchase_split"
    other = revised.items.get(code="A0102")
    apart = walk("APPROVED", amount=Decimal("40000.01"), budget_line=more, item=other).purchase
    assert apart.status == "APPROVED"


def test_who_planned_a_purchase_does_not_explain_why_it_is_no_splitting(
    people: SimpleNamespace, walk: Walk, now: dt.datetime
) -> None:
    """Not even with a second post that may."""
    row = walk("CHECKED").purchase
    PostFactory(user=people.street_officer, role="DISTRICT_ADMIN", division=people.places["district"])
    planner = type(people.street_officer).objects.get(pk=people.street_officer.pk)
    given: dict[str, Any] = {"now": now, "purchase": row, "reason": "服务对象不同。"}

    with pytest.raises(DomainError) as caught:
        operations.explain_splitting(by=planner, **given)

    assert caught.value.code == "splitting_not_yours"
    assert operations.explain_splitting(by=people.district_admin, **given).explained_by == people.district_admin
