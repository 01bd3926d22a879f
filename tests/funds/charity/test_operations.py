"""Charities and funds: what happens, and what every refusal leaves unchanged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.bodies.models import BodyMembership, Seat
from communities.territory.models import Division
from funds.charity import operations
from funds.charity.models import CommunityFund, HostCharity
from funds.charity.operations import Seated
from funds.ledger.models import Account, Book
from funds.ledger.operations import Line, post_journal
from funds.ledger.queries import balance_of
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import DivisionFactory, PolicyParameterFactory
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory, use_account
from tests.factories.funds_donations import DonationFactory
from tests.people import House

pytestmark = pytest.mark.django_db

COMMITTEE = [
    Seated("陈社", Seat.COMMUNITY, is_chair=True),
    Seated("王小明", Seat.RESIDENT),
    Seated("欧阳兰", Seat.RESIDENT),
    Seated("许慈", Seat.CHARITY),
    Seated("林街", Seat.STREET),
    Seated("罗监", Seat.SUPERVISOR),
]


def entry(verb: str) -> AuditEntry:
    """Return the one entry with this verb."""
    return AuditEntry.objects.get(verb=verb)


def balance(fund: CommunityFund, code: str) -> Decimal:
    """Return what lies on an account of the fund."""
    return balance_of(Account.objects.get(book=fund.book, code=code))


def in_force(key: str, value: Any) -> None:
    """Bring a parameter into force for the whole country."""
    row = PolicyParameterFactory(key=key, value=value, unit="x")
    type(row).objects.filter(pk=row.pk).update(status="ACTIVE", approved_by=UserFactory())


# --- Charities


def test_enter_charity(house: House, now: dt.datetime) -> None:
    row = operations.enter_charity(
        by=house.people["district_admin"],
        name=" 自流井区慈善总会 ",
        credit_code="515103025000000153",
        division=house.places["district"],
        now=now,
    )

    row.refresh_from_db()
    assert (row.name, row.credit_code) == ("自流井区慈善总会", "515103025000000153")
    assert entry("funds.charity.entered").after == {"name": row.name, "credit_code": row.credit_code}


def test_a_charity_is_entered_once_and_by_the_district(house: House, now: dt.datetime) -> None:
    known = HostCharityFactory()
    count = HostCharity.objects.count()
    values = {"name": "慈善会", "division": house.places["district"], "now": now}

    with pytest.raises(operations.CharityKnown):
        operations.enter_charity(by=house.people["district_admin"], credit_code=known.credit_code, **values)
    with pytest.raises(DomainError, match="18"):
        operations.enter_charity(by=house.people["district_admin"], credit_code="5151", **values)
    for who in ("street_officer", "community_staff", "charity_officer", "stranger"):
        with pytest.raises(NotAllowed):
            operations.enter_charity(by=house.people[who], credit_code="515103025000000153", **values)

    assert HostCharity.objects.count() == count


def test_appoint_for_charity(people: SimpleNamespace, charity: HostCharity, now: dt.datetime) -> None:
    row = operations.appoint_for_charity(
        by=people.district_admin, charity=charity, user=people.stranger, valid_from=dt.date(2026, 3, 1), now=now
    )

    with pytest.raises(operations.AlreadyAppointedForCharity):
        operations.appoint_for_charity(
            by=people.district_admin, charity=charity, user=people.stranger, valid_from=dt.date(2026, 4, 1), now=now
        )
    with pytest.raises(NotAllowed):
        operations.appoint_for_charity(
            by=people.charity_officer, charity=charity, user=people.auditor, valid_from=dt.date(2026, 4, 1), now=now
        )

    assert entry("funds.charity_appointment.made").object_key == str(row.pk)
    assert charity.appointments.filter(user=people.stranger).count() == 1


# --- Funds


def test_apply_for_fund_opens_a_book_and_names_the_fund(house: House, charity: HostCharity, now: dt.datetime) -> None:
    row = operations.apply_for_fund(
        by=house.people["community_staff"],
        charity=charity,
        division=house.places["community"],
        purpose="帮困、环境",
        now=now,
    )

    row.refresh_from_db()
    assert row.name == "自流井区慈善会东兴寺街道三八路社区慈善基金"
    assert row.short_name == "三八路社区慈善基金"
    assert (row.status, row.committee_minimum, row.opening_minimum) == ("APPLIED", 5, Decimal("0.00"))
    assert (row.book.name, row.book.status, row.book.opened_on) == (row.name, "OPEN", dt.date(2026, 3, 4))
    assert set(row.book.accounts.values_list("code", flat=True)) >= {"source:donor", "pool:free"}
    assert entry("funds.fund.applied").actor == house.people["community_staff"]


def test_a_street_may_have_a_fund(house: House, charity: HostCharity, now: dt.datetime) -> None:
    row = operations.apply_for_fund(
        by=house.people["street_officer"], charity=charity, division=house.places["street"], purpose="帮困", now=now
    )

    assert row.name == "自流井区慈善会东兴寺街道慈善基金"


def test_the_rules_of_the_day_go_into_the_fund(house: House, charity: HostCharity, now: dt.datetime) -> None:
    in_force("fund.committee.min", 7)
    in_force("fund.opening_min", "3000.00")

    row = operations.apply_for_fund(
        by=house.people["community_staff"], charity=charity, division=house.places["community"], purpose="帮困", now=now
    )

    row.refresh_from_db()
    assert (row.committee_minimum, row.opening_minimum) == (7, Decimal("3000.00"))


def test_apply_for_fund_refuses(house: House, charity: HostCharity, now: dt.datetime) -> None:
    values: dict[str, Any] = {"charity": charity, "purpose": "帮困", "now": now}
    first = operations.apply_for_fund(by=house.people["community_staff"], division=house.places["community"], **values)
    closed = DivisionFactory(parent=house.places["street"], status="CLOSED", valid_to=dt.date(2025, 1, 1))

    with pytest.raises(operations.FundNameTaken):
        operations.apply_for_fund(by=house.people["community_staff"], division=house.places["community"], **values)
    with pytest.raises(operations.PlaceWithoutFund):
        operations.apply_for_fund(by=house.people["street_officer"], division=closed, **values)
    for who in ("charity_officer", "other_community_staff", "district_admin", "auditor", "stranger"):
        with pytest.raises(NotAllowed):
            operations.apply_for_fund(
                by=house.people[who], division=Division.objects.get(pk=house.places["community"].pk), **values
            )

    assert list(CommunityFund.objects.all()) == [first]
    assert list(Book.objects.all()) == [first.book]


def test_a_second_fund_of_a_place_has_its_own_name_and_book(
    house: House, charity: HostCharity, now: dt.datetime
) -> None:
    values: dict[str, Any] = {"by": house.people["community_staff"], "charity": charity, "now": now}
    first = operations.apply_for_fund(division=house.places["community"], purpose="帮困", **values)

    second = operations.apply_for_fund(
        division=house.places["community"], purpose="助学", name="三八路助学慈善基金", **values
    )

    assert first.book_id != second.book_id
    assert first.book.code != second.book.code


def test_name_committee_seats_everybody_for_a_term(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)

    body = operations.name_committee(
        by=people.street_officer, fund=fund, seats=COMMITTEE, valid_from=dt.date(2026, 3, 4), now=now
    )

    fund.refresh_from_db()
    assert fund.committee == body
    assert (body.term_number, body.term_from, body.term_to) == (1, dt.date(2026, 3, 4), dt.date(2029, 3, 4))
    assert list(body.memberships.order_by("pk").values_list("name", "seat", "is_chair")) == [
        (seated.name, seated.seat, seated.is_chair) for seated in COMMITTEE
    ]
    assert entry("funds.fund.committee_named").after == {"committee": body.pk, "term": 1, "seats": 6}


def test_a_term_that_begins_on_a_leap_day_ends_on_the_first_of_march(people: SimpleNamespace, now: dt.datetime) -> None:
    body = operations.name_committee(
        by=people.community_staff, fund=people.fund, seats=COMMITTEE, valid_from=dt.date(2028, 2, 29), now=now
    )

    assert body.term_to == dt.date(2031, 3, 1)


def test_a_new_committee_ends_the_old_one(people: SimpleNamespace, now: dt.datetime) -> None:
    old = people.fund.committee

    body = operations.name_committee(
        by=people.community_staff, fund=people.fund, seats=COMMITTEE, valid_from=dt.date(2026, 3, 4), now=now
    )

    assert (body.term_number, body == old) == (2, False)
    assert set(old.memberships.values_list("valid_to", flat=True)) == {dt.date(2026, 3, 4)}


@pytest.mark.parametrize(
    "seats",
    [
        COMMITTEE[1:],
        [*COMMITTEE, Seated("周远", Seat.UNIT)],
        COMMITTEE[:5],
        [Seated("陈社", Seat.COMMUNITY), *COMMITTEE[1:]],
        [*COMMITTEE[:5], Seated("罗监", Seat.SUPERVISOR, is_chair=True)],
        [*COMMITTEE[:5], Seated("陈社", Seat.SUPERVISOR)],
        [*COMMITTEE[:5], Seated("罗监", "KING")],
    ],
    ids=["too few", "even", "no supervisor", "no chair", "two chairs", "two seats", "unknown seat"],
)
def test_an_unfit_committee_is_refused(people: SimpleNamespace, now: dt.datetime, seats: list[Seated]) -> None:
    before = people.fund.committee

    with pytest.raises(operations.CommitteeUnfit) as refusal:
        operations.name_committee(
            by=people.street_officer, fund=people.fund, seats=seats, valid_from=dt.date(2026, 3, 4), now=now
        )

    people.fund.refresh_from_db()
    assert str(refusal.value)
    assert people.fund.committee == before
    assert BodyMembership.objects.count() == 6


@pytest.mark.parametrize("state", ["closing", "closed"])
def test_a_fund_that_ends_gets_no_committee(people: SimpleNamespace, now: dt.datetime, state: str) -> None:
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, **{state: True})

    with pytest.raises(operations.CommitteeNotNow):
        operations.name_committee(
            by=people.street_officer, fund=fund, seats=COMMITTEE, valid_from=dt.date(2026, 3, 4), now=now
        )

    fund.refresh_from_db()
    assert fund.committee is None


def test_others_name_no_committee(people: SimpleNamespace, now: dt.datetime) -> None:
    for by in (people.stranger, people.charity_officer, people.auditor, people.fund_member):
        with pytest.raises(NotAllowed):
            operations.name_committee(by=by, fund=people.fund, seats=COMMITTEE, valid_from=dt.date(2026, 3, 4), now=now)

    assert BodyMembership.objects.count() == 6


def test_a_fund_opens_in_three_hands(people: SimpleNamespace, charity: HostCharity, now: dt.datetime) -> None:
    fund = operations.apply_for_fund(
        by=people.community_staff, charity=charity, division=people.fund.division, purpose="帮困", now=now
    )
    operations.name_committee(
        by=people.community_staff, fund=fund, seats=COMMITTEE, valid_from=dt.date(2026, 3, 4), now=now
    )

    fund = operations.sign_agreement(by=people.charity_officer, fund=fund, agreement_number=" 慈协1号 ", now=now)
    fund = operations.activate_fund(by=people.street_officer, fund=fund, now=now)

    fund.refresh_from_db()
    assert (fund.status, fund.agreement_number, fund.opened_on) == ("ACTIVE", "慈协1号", dt.date(2026, 3, 4))
    assert (fund.applied_by, fund.agreed_by, fund.activated_by) == (
        people.community_staff,
        people.charity_officer,
        people.street_officer,
    )
    assert OutboxEvent.objects.filter(topic="funds.fund.activated").count() == 1


def test_an_agreement_has_a_number(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)

    with pytest.raises(operations.AgreementNumberMissing):
        operations.sign_agreement(by=people.charity_officer, fund=fund, agreement_number=" ", now=now)
    with pytest.raises(lifecycle.MoveForbidden):
        operations.sign_agreement(by=people.other_officer, fund=fund, agreement_number="1", now=now)

    fund.refresh_from_db()
    assert fund.status == "APPLIED"


def test_a_fund_without_committee_does_not_open(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, agreed=True)

    with pytest.raises(lifecycle.MoveHindered):
        operations.activate_fund(by=people.street_officer, fund=fund, now=now)

    fund.refresh_from_db()
    assert fund.status == "AGREED"


def test_a_fund_with_an_even_committee_does_not_open(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = people.fund
    BodyMembership.objects.filter(body=fund.committee, seat=Seat.STREET).update(valid_to=dt.date(2026, 2, 1))
    other = CommunityFundFactory(charity=fund.charity, division=fund.division, agreed=True)
    CommunityFund.objects.filter(pk=fund.pk).update(committee=None)
    CommunityFund.objects.filter(pk=other.pk).update(committee=fund.committee)

    with pytest.raises(lifecycle.MoveHindered, match="4"):
        operations.activate_fund(by=people.street_officer, fund=other, now=now)

    other.refresh_from_db()
    assert other.status == "AGREED"


def test_a_fund_opens_with_its_opening_amount(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = CommunityFundFactory(
        charity=people.fund.charity, division=people.fund.division, agreed=True, opening_minimum=Decimal("3000.00")
    )
    operations.name_committee(
        by=people.community_staff, fund=fund, seats=COMMITTEE, valid_from=dt.date(2026, 3, 4), now=now
    )
    DonationFactory(fund=fund, amount=Decimal("2999.99"))
    DonationFactory(fund=fund, amount=Decimal("5000.00"), withdrawn=True)

    with pytest.raises(lifecycle.MoveHindered):
        operations.activate_fund(by=people.street_officer, fund=fund, now=now)
    DonationFactory(fund=fund, amount=Decimal("0.01"))
    operations.activate_fund(by=people.street_officer, fund=fund, now=now)

    fund.refresh_from_db()
    assert fund.status == "ACTIVE"


def test_supervision_suspends_and_releases(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = lifecycle.move(people.fund, "demand_rectification", by=people.fund_supervisor, now=now, reason="账目不清")
    fund = lifecycle.move(fund, "confirm_rectification", by=people.supervisor, now=now, reason="已整改")

    assert fund.status == "ACTIVE"
    assert entry("funds.fund.rectifying").reason == "账目不清"


def test_a_fund_closes_when_nothing_is_left(people: SimpleNamespace, now: dt.datetime) -> None:
    DonationFactory(fund=people.fund, received=True)
    fund = lifecycle.move(people.fund, "begin_closing", by=people.charity_officer, now=now, reason="期满")

    with pytest.raises(lifecycle.MoveHindered, match=r"1,000\.00"):
        lifecycle.move(fund, "close", by=people.street_officer, now=now, reason="余额已转")
    pool = Account.objects.get(book=fund.book, code="pool:free")
    line = Line(pool, use_account(fund, now), Decimal("1000.00"))
    post_journal(
        by=people.charity_officer,
        book=fund.book,
        kind="PAYMENT",
        key="closing",
        posted_on=now.date(),
        memo="余额转出",
        lines=[line],
        now=now,
    )
    fund = lifecycle.move(fund, "close", by=people.street_officer, now=now, reason="余额已转")

    assert (fund.status, fund.closed_at) == ("CLOSED", now)
