"""The money of a contract: spending by line, supplements, the reckoning where it ends early."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from communities.notices.policy import FileKindUnknown
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveForbidden, SamePerson
from projects.contracts import operations
from projects.contracts.models import Contract
from projects.contracts.queries import heavy_parts
from projects.contracts.services import operations as services
from projects.contracts.services.models import PurchasedPosts, VenueOperation
from projects.contracts.services.refusals import AwardDayUnfit, AwardKnown, PostsForbidden, PostsUnfit, VenueUnfit
from projects.contracts.terms import operations as terms
from projects.contracts.terms import refusals
from projects.contracts.terms.models import Expenditure, Settlement, Supplement
from projects.contracts.terms.queries import lines_of, total_of
from projects.purchasing.awarding.models import PurchaseAward
from tests.factories.communities import VenueFactory
from tests.projects.contracts.awards.conftest import PDF, spend
from tests.projects.contracts.test_operations import refused

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]
DAY = dt.timedelta(days=1)


def test_spending_is_shown_by_line_and_checked_by_another(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    first, second = spend(people, row), spend(people, row, amount=Decimal("500.00"), invoice_number="2")
    refused(MoveForbidden, terms.confirm_expenditure, by=people.manager, now=people.now, expenditure=first)
    terms.confirm_expenditure(by=people.community_staff, now=people.now, expenditure=first)
    terms.reject_expenditure(by=people.community_staff, now=people.now, expenditure=second, reason="与项目无关")
    states = lines_of(row)

    assert [(state.planned, state.confirmed, state.entered) for state in states] == [
        (Decimal("23000.00"), Decimal("0.00"), Decimal("0.00")),
        (Decimal("48000.00"), Decimal("12000.00"), Decimal("0.00")),
        (Decimal("7000.00"), Decimal("0.00"), Decimal("0.00")),
    ]
    assert spend(people, row, invoice_number="2").status == "ENTERED"


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"amount": Decimal("57600.01")}, refusals.LineOverspent),
        ({"spent_on": dt.date(2020, 1, 1)}, refusals.SpentDayUnfit),
        ({"invoice": ("发票.exe", b"MZ")}, FileKindUnknown),
        ({"payee": "张三 13812345678"}, None),
    ],
)
def test_spending_that_cannot_be(people: SimpleNamespace, walk: Walk, more: Any, refusal: Any) -> None:
    row = walk("RUNNING")

    refused(refusal or DomainError, lambda **said: spend(people, row, **said), Expenditure, **more)


def test_a_fifth_more_is_the_most_for_a_line(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")

    spent = spend(people, row, amount=Decimal("57600.00"))

    assert (spent.status, lines_of(row)[1].left) == ("ENTERED", Decimal("-9600.00"))
    refused(refusals.InvoiceKnown, lambda: spend(people, row, amount=Decimal(0), line=row.lines.get(number=1)))
    line = row.lines.get(number=1)
    refused(
        refusals.ContractOverspent,
        lambda: spend(people, row, amount=Decimal("20400.01"), line=line, invoice_number="3"),
        Expenditure,
    )


def propose(people: SimpleNamespace, row: Contract, **more: Any) -> Supplement:
    """Propose a supplement for the street."""
    said = {"reason": "服务对象增加", **more}
    return terms.propose_supplement(by=people.street_officer, now=people.now, contract=row, **said)


def test_a_supplement_of_a_tenth_becomes_an_instalment(
    people: SimpleNamespace, walk: Walk, award: PurchaseAward
) -> None:
    row = walk("RUNNING")
    line, other = row.lines.get(number=2), row.lines.get(number=1)
    tenth = {"amount": Decimal("7800.00"), "line": line, "shifted": Decimal("1000.00"), "taken_from": other}
    supplement = propose(people, row, **tenth)
    refused(refusals.SupplementTooLarge, lambda: propose(people, row, amount=Decimal("0.01"), line=line), Supplement)
    supplement = terms.agree_supplement(by=people.manager, now=people.now, supplement=supplement)
    refused(MoveForbidden, terms.approve_supplement, by=people.street_officer, now=people.now, supplement=supplement)
    terms.approve_supplement(by=people.street_reviewer, now=people.now, supplement=supplement)
    last = row.instalments.get(number=4)

    assert (last.amount, last.percent, last.condition) == (Decimal("7800.00"), 0, "ACCEPTANCE")
    assert total_of(row) == Decimal("85800.00")
    assert [state.planned for state in lines_of(row)] == [Decimal("22000.00"), Decimal("56800.00"), Decimal("7000.00")]
    assert PurchaseAward.objects.get(pk=award.pk).supplement == Decimal("7800.00")


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({}, refusals.SupplementUnfit),
        ({"amount": Decimal("7800.01")}, refusals.SupplementUnfit),
        ({"shifted": Decimal(1)}, refusals.SupplementUnfit),
        ({"prolonged_to": dt.date(2020, 1, 1)}, refusals.SupplementUnfit),
        ({"prolonged_to": dt.date(2040, 1, 1)}, refusals.SupplementUnfit),
    ],
)
def test_supplements_that_cannot_be(people: SimpleNamespace, walk: Walk, more: Any, refusal: type[DomainError]) -> None:
    row = walk("RUNNING")

    refused(refusal, lambda **said: propose(people, row, **said), Supplement, **more)


def test_a_contract_is_prolonged_within_a_year(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    supplement = propose(people, row, prolonged_to=row.ends_on + 30 * DAY)
    supplement = terms.agree_supplement(by=people.manager, now=people.now, supplement=supplement)
    terms.approve_supplement(by=people.street_reviewer, now=people.now, supplement=supplement)

    assert Contract.objects.get(pk=row.pk).last_day == row.ends_on + 30 * DAY


def test_who_reckons_does_not_end(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    said = {"ground": "AGREED", "done": "走访四十户。", "work_value": Decimal("10000.00")}
    refused(NotAllowed, terms.propose_settlement, Settlement, by=people.manager, now=people.now, contract=row, **said)
    refused(
        refusals.SettlementUnfit,
        terms.propose_settlement,
        Settlement,
        by=people.street_officer,
        now=people.now,
        contract=row,
        **{**said, "work_value": Decimal("78000.01")},
    )
    terms.propose_settlement(by=people.street_reviewer, now=people.now, contract=row, **said)
    ending = {"now": people.now, "contract": row, "reason": "协商一致"}
    refused(SamePerson, operations.terminate_contract, by=people.street_reviewer, **ending)
    terms.propose_settlement(by=people.street_officer, now=people.now, contract=row, **said)
    ended = operations.terminate_contract(by=people.street_reviewer, **ending)

    assert ended.status == "TERMINATED"
    refused(
        refusals.RefundUnfit,
        terms.record_refund,
        by=people.street_officer,
        now=people.now,
        settlement=Settlement.objects.get(contract=row),
        refunded_on=people.now.date(),
        reference="1",
    )
    assert row.organization.listings.count() == 0


def test_the_desk_warns_of_much_for_personnel(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("DRAFT", lines=[("PERSONNEL", "人员", Decimal("78000.00"))])

    assert len(heavy_parts(row, people.now.date())) == 1


def posts(people: SimpleNamespace, **more: Any) -> PurchasedPosts:
    """Record posts that the street bought."""
    said = {
        "division": people.places["street"],
        "kind": "ELDERLY_AIDE",
        "posts": 222,
        "filled": 222,
        "amount": Decimal("9860000.00"),
        "starts_on": dt.date(2015, 1, 1),
        "ends_on": dt.date(2016, 1, 1),
        "agency_name": "某居家养老服务中心",
        **more,
    }
    return services.record_posts(by=people.street_officer, now=people.now, **said)


def test_posts_of_old_are_history_and_new_ones_a_service(people: SimpleNamespace, walk: Walk) -> None:
    community = people.places["community"]
    row = walk("DRAFT", kind="POSTS")

    assert posts(people).is_history
    refused(PostsForbidden, lambda: posts(people, starts_on=row.starts_on, ends_on=row.ends_on), PurchasedPosts)
    new = {"starts_on": row.starts_on, "ends_on": row.ends_on, "division": community, "contract": row}
    refused(PostsUnfit, lambda: posts(people, results="服务八千人次", **new), PurchasedPosts)
    bought = posts(people, results="服务八千人次", amount=Decimal("78000.00"), posts=3, filled=0, **new)
    filled = services.fill_posts(by=people.manager, now=people.now, purchased=bought, filled=2)

    assert (filled.agency, filled.filled) == (row.organization, 2)
    refused(PostsUnfit, services.fill_posts, by=people.manager, now=people.now, purchased=bought, filled=4)


def test_a_venue_is_described_once_before_the_offer(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("DRAFT", kind="VENUE")
    said: dict[str, Any] = {
        "venue": VenueFactory(division=row.division, name="三八路社区党群服务中心"),
        "hours_a_week": 63,
        "opening_hours": "每日9:00至18:00",
        "services": "阅览、议事、日间照料",
    }
    by: dict[str, Any] = {"by": people.street_officer, "now": people.now, "contract": row}

    refused(VenueUnfit, services.describe_venue, VenueOperation, **by, **{**said, "hours_a_week": 169})
    elsewhere = VenueFactory(division=row.division.parent)
    refused(VenueUnfit, services.describe_venue, VenueOperation, **by, **{**said, "venue": elsewhere})
    given_up = VenueFactory(division=row.division, closed_on=people.now.date())
    refused(VenueUnfit, services.describe_venue, VenueOperation, **by, **{**said, "venue": given_up})
    venue = services.describe_venue(**by, **said)
    refused(VenueUnfit, services.describe_venue, VenueOperation, **by, **said)

    assert (venue.venue.name, venue.hours_a_week) == ("三八路社区党群服务中心", 63)


def test_an_award_is_public_once_another_confirms_it(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    said: dict[str, Any] = {
        "title": "全市社区治理精品项目",
        "level": "CITY",
        "granted_by": "自贡市民政局",
        "granted_on": people.now.date(),
        "is_brand": True,
    }
    by: dict[str, Any] = {"by": people.manager, "now": people.now, "contract": row}
    early = refused(AwardDayUnfit, services.enter_award, **by, **{**said, "granted_on": dt.date(2020, 1, 1)})
    assert f"{row.signed_on}" in str(early)
    award = services.enter_award(**by, **said)
    refused(AwardKnown, services.enter_award, **by, **said)
    award = services.confirm_award(by=people.street_reviewer, now=people.now, award=award)

    assert (award.status, award.checked_by) == ("CONFIRMED", people.street_reviewer)


def test_the_certificate_of_an_award_is_looked_at_before_it_is_shown(
    people: SimpleNamespace, walk: Walk, english: None
) -> None:
    row = walk("RUNNING")
    said: dict[str, Any] = {
        "title": "精品项目",
        "level": "CITY",
        "granted_by": "市民政局",
        "granted_on": people.now.date(),
    }
    by: dict[str, Any] = {"by": people.manager, "now": people.now, "contract": row}
    refused(FileKindUnknown, services.enter_award, **by, **said, certificate=("证书.exe", b"MZ"))
    award = services.enter_award(**by, **said, certificate=PDF)
    page, place = f"{row.get_absolute_url()}services/", f"/divisions/{row.division_id}/project-awards/"
    address = f"/attachments/{award.certificate_id}/"

    assert award.certificate is not None
    assert address not in Client().get(page).content.decode()
    services.confirm_award(by=people.street_reviewer, now=people.now, award=award)
    for shown in (page, place):
        assert address in Client().get(shown).content.decode()
    assert Client().get(address).status_code == 200
