"""Charities, funds and donations: what happens, and what every refusal leaves unchanged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.bodies.models import BodyMembership, Seat
from communities.territory.models import Division
from funds.charity import founding, operations, stations
from funds.charity.committee import Seated
from funds.charity.models import CommunityFund, DonationStation, HostCharity
from funds.ledger.models import Account, Book
from funds.ledger.queries import balance_of
from funds.packs.operations import seed_rule_packs
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import DivisionFactory, PolicyParameterFactory
from tests.factories.funds_charity import CommunityFundFactory, HostCharityFactory
from tests.factories.funds_donations import DonationFactory
from tests.people import House

pytestmark = pytest.mark.django_db

PLEDGE: dict[str, Any] = {
    "donor_kind": "PERSON",
    "donor_name": "王小明",
    "channel": "BANK",
    "amount": Decimal("888.88"),
    "reference": "20260304-0001",
}
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


def test_an_agreement_says_until_when_and_what(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)
    said = {"by": people.charity_officer, "fund": fund, "agreement_number": "慈协2号", "now": now}

    for wrong in ({"ends_on": dt.date(2026, 3, 3)}, {"terms": "联系人电话 13812345678"}):
        with pytest.raises(DomainError):
            operations.sign_agreement(**said, **wrong)
    fund.refresh_from_db()
    assert (fund.status, fund.agreement_ends_on) == ("APPLIED", None)
    fund = operations.sign_agreement(**said, ends_on=dt.date(2026, 12, 31), terms=" 只用于社区帮困。 ")

    assert (fund.status, fund.agreement_ends_on, fund.agreement_terms) == (
        "AGREED",
        dt.date(2026, 12, 31),
        "只用于社区帮困。",
    )


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


def test_a_fund_closes_in_steps_only(people: SimpleNamespace, now: dt.datetime) -> None:
    with pytest.raises(lifecycle.MoveHindered):
        lifecycle.move(people.fund, "begin_closing", by=people.charity_officer, now=now, reason="期满")
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, closing=True)
    with pytest.raises(lifecycle.MoveHindered):
        operations.close_fund(by=people.street_reviewer, fund=fund, reason="余额已转", now=now)

    people.fund.refresh_from_db()
    fund.refresh_from_db()
    assert (people.fund.status, fund.status) == ("ACTIVE", "CLOSING")


# --- Kinds of funds and their rules


def test_a_fund_names_its_rule_pack(house: House, charity: HostCharity, system: User, now: dt.datetime) -> None:
    seed_rule_packs(by=system, now=now)
    values: dict[str, Any] = {"by": house.people["community_staff"], "charity": charity, "now": now, "purpose": "帮困"}

    default = operations.apply_for_fund(division=house.places["community"], **values)
    named = operations.apply_for_fund(
        division=house.places["community"], name="大亚湾式基金", rule_pack="huizhou", **values
    )

    assert (default.rule_pack, default.opening_minimum) == ("zigong", Decimal("0.00"))
    assert (named.rule_pack, named.opening_minimum, named.committee_minimum) == ("huizhou", Decimal(50000), 5)


def test_a_pack_that_is_not_in_force_is_refused(
    house: House, charity: HostCharity, system: User, now: dt.datetime
) -> None:
    seed_rule_packs(by=system, now=now)
    values: dict[str, Any] = {
        "by": house.people["community_staff"],
        "charity": charity,
        "division": house.places["community"],
        "purpose": "帮困",
    }

    with pytest.raises(founding.RulePackUnknown):
        operations.apply_for_fund(rule_pack="nowhere", now=now, **values)
    with pytest.raises(founding.RulePackUnknown):
        operations.apply_for_fund(rule_pack="hunan", now=now.replace(year=2027), **values)
    with pytest.raises(founding.CharityUnfit):
        operations.apply_for_fund(rule_pack="hunan", now=now, **values)
    HostCharity.objects.filter(pk=charity.pk).update(has_public_fundraising=True)
    charity.refresh_from_db()
    row = operations.apply_for_fund(rule_pack="hunan", now=now, **values)

    assert list(CommunityFund.objects.all()) == [row]


def test_a_co_operation_fund_names_its_foundation(house: House, charity: HostCharity, now: dt.datetime) -> None:
    values: dict[str, Any] = {
        "by": house.people["street_officer"],
        "charity": charity,
        "division": house.places["street"],
        "purpose": "为老服务",
        "now": now,
    }

    row = operations.apply_for_fund(name="乐治常青", category="COOPERATION", partner="爱德基金会", **values)

    assert (row.category, row.partner) == ("COOPERATION", "爱德基金会")
    for category, partner in (("COOPERATION", " "), ("MASS_ORGANIZATION", ""), ("CHARITY", "爱德基金会")):
        with pytest.raises(founding.PartnerUnfit):
            operations.apply_for_fund(name="甲", category=category, partner=partner, **values)
    with pytest.raises(founding.CharityUnfit):
        operations.apply_for_fund(name="甲", category="OTHER", **values)
    assert list(CommunityFund.objects.all()) == [row]


def test_a_budget_fund_is_public_money_without_a_charity(
    house: House, charity: HostCharity, system: User, now: dt.datetime
) -> None:
    seed_rule_packs(by=system, now=now)
    values: dict[str, Any] = {
        "division": house.places["district"],
        "purpose": "社区发展公益项目",
        "now": now,
        "category": "BUDGET",
    }

    row = operations.apply_for_fund(
        by=house.people["district_officer"],
        charity=None,
        name="区级社区发展公益金",
        rule_pack="budget",
        **values,
    )

    assert (row.charity, row.committee_minimum, row.is_budget) == (None, 3, True)
    with pytest.raises(founding.CharityUnfit):
        operations.apply_for_fund(by=house.people["district_officer"], charity=charity, name="乙", **values)
    with pytest.raises(founding.FundNameMissing):
        operations.apply_for_fund(by=house.people["district_officer"], charity=None, **values)
    with pytest.raises(NotAllowed):
        operations.apply_for_fund(by=house.people["charity_officer"], charity=None, name="乙", **values)
    with pytest.raises(founding.CharityUnfit):
        operations.apply_for_fund(
            by=house.people["street_officer"], charity=None, division=house.places["street"], purpose="乙", now=now
        )

    row = operations.sign_agreement(
        by=house.people["district_admin"], fund=row, agreement_number="包财预〔2018〕3号", now=now
    )
    assert row.status == "AGREED"


def test_the_agreement_sets_a_fee_below_the_cap(people: SimpleNamespace, now: dt.datetime) -> None:
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)

    for fee in ("0.0501", "-0.01"):
        with pytest.raises(operations.FeeAboveCap):
            operations.sign_agreement(
                by=people.charity_officer, fund=fund, agreement_number="1", fee_rate=Decimal(fee), now=now
            )
    fund = operations.sign_agreement(
        by=people.charity_officer, fund=fund, agreement_number="1", fee_rate=Decimal("0.05"), now=now
    )

    assert (fund.status, fund.fee_rate) == ("AGREED", Decimal("0.05"))


def test_a_committee_has_the_seats_that_the_pack_asks_for(
    people: SimpleNamespace, system: User, now: dt.datetime
) -> None:
    seed_rule_packs(by=system, now=now)
    fund = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, rule_pack="ziyang")
    seats = [Seated("陈社", Seat.STREET, is_chair=True), *COMMITTEE[1:]]
    values: dict[str, Any] = {"by": people.street_officer, "fund": fund, "valid_from": dt.date(2026, 3, 4), "now": now}

    with pytest.raises(operations.CommitteeUnfit):
        operations.name_committee(seats=seats, **values)
    body = operations.name_committee(seats=COMMITTEE, **values)

    assert body.memberships.count() == 6


# --- Stations


def test_a_station_opens_and_closes(people: SimpleNamespace, charity: HostCharity, now: dt.datetime) -> None:
    values: dict[str, Any] = {
        "charity": charity,
        "division": people.fund.division,
        "name": "三八路捐赠接收站",
        "place": "三八路12号",
        "hours": "每周六 9:00 至 11:30",
        "contact": "社区办公室",
        "takes": "衣物、书籍",
        "valid_from": dt.date(2026, 3, 1),
        "now": now,
    }

    row = stations.open_station(by=people.charity_officer, **values)
    with pytest.raises(stations.StationKnown):
        stations.open_station(by=people.community_staff, **values)
    with pytest.raises(NotAllowed):
        stations.open_station(by=people.stranger, **{**values, "name": "乙站"})
    with pytest.raises(NotAllowed):
        stations.close_station(by=people.other_community_staff, station=row, on=dt.date(2026, 4, 1), now=now)
    with pytest.raises(stations.StationClosed):
        stations.close_station(by=people.charity_officer, station=row, on=dt.date(2026, 3, 1), now=now)
    row = stations.close_station(by=people.community_staff, station=row, on=dt.date(2026, 4, 1), now=now)

    assert row.valid_to == dt.date(2026, 4, 1)
    assert list(DonationStation.objects.open_on(dt.date(2026, 3, 31))) == [row]
    assert not DonationStation.objects.open_on(dt.date(2026, 4, 1)).exists()
