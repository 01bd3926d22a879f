"""Who sits in the committee of a fund: the one gate is asked for the bodies behind each seat, on every way in."""

from __future__ import annotations

import ast
import datetime as dt
import re
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from communities.bodies import operations as bodies
from communities.bodies.models import BodyMembership, Seat
from communities.bodies.operations import SeatFilledAtItsFund
from funds.charity import operations
from funds.charity.alerts import hear
from funds.charity.committee import Seated
from funds.charity.models import FundSeat
from funds.charity.seating import CommitteeNotNamed, SeatHindered, SeatOfNoOrganization, SeatWithoutOrganization
from funds.oversight import operations as oversight
from governance.accounts.queries import system_actor
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.outbox import operations as outbox
from governance.outbox.models import OutboxEvent
from socialorgs.register import operations as register
from socialorgs.register.models import SocialOrganization
from socialorgs.supervision.models import StandingAlert
from tests.factories.communities import BodyMembershipFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_enterprises import walk_to
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationFactory,
    manager_of,
)
from tests.people import House, desk_client, session_client, sign_in
from tests.socialorgs.test_gate import calls, functions
from tests.walls import alone

pytestmark = pytest.mark.django_db

FIRST = dt.date(2026, 3, 4)
SEATS = [
    Seated("陈社", Seat.COMMUNITY, is_chair=True),
    Seated("王小明", Seat.RESIDENT),
    Seated("宋晓梅", Seat.ORGANIZATION),
    Seated("许慈", Seat.CHARITY),
    Seated("林街", Seat.STREET),
    Seated("罗监", Seat.SUPERVISOR),
]


@pytest.fixture
def body(house: House) -> SocialOrganization:
    """An organization of the street in good standing."""
    row: SocialOrganization = OrganizationFactory(active=True, division=house.places["street"])
    return row


def listed(body: SocialOrganization) -> None:
    CreditListingFactory(organization=body)


def failed(body: SocialOrganization) -> None:
    AnnualInspectionFactory(organization=body, conclusion="FAILED")


def revoked(body: SocialOrganization) -> None:
    walk_to(body, ["REVOKED"])


def seats(body: SocialOrganization | None, **instead: Seated) -> list[Seated]:
    """Return the committee with the organization in its seat."""
    rows = [replace(seated, organization=body) if seated.seat == Seat.ORGANIZATION else seated for seated in SEATS]
    return [instead.get(seated.name, seated) for seated in rows]


def vacant(people: SimpleNamespace, now: dt.datetime) -> None:
    """Let a member leave, so that the committee has a seat to fill."""
    held = people.fund.committee.memberships.filter(is_chair=False).exclude(seat=Seat.SUPERVISOR)
    bodies.end_membership(
        by=people.community_staff, now=now, membership=held.order_by("-pk")[0], on=FIRST, reason="迁出"
    )


def test_a_seat_of_organizations_names_one(people: SimpleNamespace, now: dt.datetime, body: SocialOrganization) -> None:
    said: dict[str, Any] = {"by": people.street_officer, "fund": people.fund, "valid_from": FIRST, "now": now}
    count = BodyMembership.objects.count()

    with pytest.raises(SeatWithoutOrganization, match="宋晓梅"):
        operations.name_committee(seats=seats(None), **said)
    resident = Seated("王小明", Seat.RESIDENT, organization=body)
    with pytest.raises(SeatOfNoOrganization, match="王小明"):
        operations.name_committee(seats=seats(body, 王小明=resident), **said)
    assert BodyMembership.objects.count() == count
    committee = operations.name_committee(seats=seats(body), **said)

    row = FundSeat.objects.get()
    assert (row.organization, row.membership.name, row.membership.body) == (body, "宋晓梅", committee)


@pytest.mark.parametrize(("stain", "said"), [(listed, "自民失信"), (failed, "2024"), (revoked, "revoked|撤销")])
def test_a_body_that_may_take_no_part_joins_no_committee(
    people: SimpleNamespace,
    now: dt.datetime,
    body: SocialOrganization,
    stain: Callable[[SocialOrganization], None],
    said: str,
) -> None:
    stain(body)
    given: dict[str, Any] = {"by": people.street_officer, "fund": people.fund, "valid_from": FIRST, "now": now}
    before = people.fund.committee
    vacant(people, now)

    with pytest.raises(SeatHindered) as refusal:
        operations.name_committee(seats=seats(body), **given)
    with pytest.raises(SeatHindered):
        operations.fill_seat(seated=Seated("宋晓梅", Seat.ORGANIZATION, organization=body), **given)

    people.fund.refresh_from_db()
    assert re.search(said, str(refusal.value))
    assert body.name in str(refusal.value)
    assert (people.fund.committee, FundSeat.objects.count()) == (before, 0)


def test_who_acts_for_a_barred_body_takes_no_seat_but_by_office(
    people: SimpleNamespace, now: dt.datetime, body: SocialOrganization
) -> None:
    listed(body)
    manager = manager_of(body)
    given: dict[str, Any] = {"by": people.street_officer, "fund": people.fund, "valid_from": FIRST, "now": now}
    vacant(people, now)

    for seat in (Seat.RESIDENT, Seat.DONOR, Seat.UNIT):
        with pytest.raises(SeatHindered):
            operations.fill_seat(seated=Seated("宋晓梅", seat, manager), **given)
    with pytest.raises(SeatHindered):
        oversight.name_supervisor(name="宋晓梅", user=manager, **given)
    row = operations.fill_seat(seated=Seated("宋晓梅", Seat.COMMUNITY, manager), **given)

    assert (row.user, row.seat) == (manager, Seat.COMMUNITY)


def test_a_ban_that_is_over_by_the_first_day_hinders_nothing(
    people: SimpleNamespace, now: dt.datetime, body: SocialOrganization
) -> None:
    CreditListingFactory(organization=body, removed_on=dt.date(2026, 3, 10))
    given: dict[str, Any] = {"by": people.street_officer, "fund": people.fund, "now": now}
    seated = Seated("宋晓梅", Seat.ORGANIZATION, organization=body)
    vacant(people, now)

    with pytest.raises(SeatHindered):
        operations.fill_seat(seated=seated, valid_from=FIRST, **given)
    row = operations.fill_seat(seated=seated, valid_from=dt.date(2026, 3, 10), **given)

    assert row.sits_for.organization == body


def test_a_seat_is_filled_where_one_is_vacant(
    people: SimpleNamespace, now: dt.datetime, body: SocialOrganization
) -> None:
    given: dict[str, Any] = {"fund": people.fund, "valid_from": FIRST, "now": now}
    seated = Seated("宋晓梅", Seat.ORGANIZATION, organization=body)

    with pytest.raises(operations.CommitteeUnfit):
        operations.fill_seat(by=people.street_officer, seated=seated, **given)
    assert not FundSeat.objects.exists()
    vacant(people, now)
    with pytest.raises(NotAllowed):
        operations.fill_seat(by=people.charity_officer, seated=seated, **given)
    with pytest.raises(operations.CommitteeUnfit):
        operations.fill_seat(by=people.street_officer, seated=Seated("罗监", Seat.SUPERVISOR), **given)
    bare = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division)
    with pytest.raises(CommitteeNotNamed):
        operations.fill_seat(by=people.street_officer, seated=seated, **{**given, "fund": bare})
    row = operations.fill_seat(by=people.street_officer, seated=seated, **given)
    closing = CommunityFundFactory(charity=people.fund.charity, division=people.fund.division, closing=True)
    type(closing).objects.filter(pk=closing.pk).update(committee=another_committee(people))
    with pytest.raises(operations.CommitteeNotNow):
        operations.fill_seat(by=people.street_officer, seated=seated, **{**given, "fund": closing})

    after = AuditEntry.objects.get(verb="funds.fund.seat_filled").after
    assert (row.seat, after["organization"]) == (Seat.ORGANIZATION, body.pk)


def another_committee(people: SimpleNamespace) -> Any:
    """Return another committee of the place."""
    return bodies.create_body(
        by=people.community_staff,
        now=dt.datetime(2026, 3, 4, tzinfo=dt.UTC),
        kind="FUND_COMMITTEE",
        name="另一个委员会",
        division=people.fund.division,
        term_from=FIRST,
    )


def test_seats_of_a_fund_are_filled_nowhere_else(
    people: SimpleNamespace, now: dt.datetime, body: SocialOrganization
) -> None:
    committee = people.fund.committee
    said = {"name": "宋晓梅", "seat": "RESIDENT", "valid_from": "2026-03-04"}
    count = BodyMembership.objects.count()

    with pytest.raises(SeatFilledAtItsFund):
        bodies.add_member(
            by=people.community_staff, now=now, body=committee, name="宋晓梅", seat="RESIDENT", valid_from=FIRST
        )
    over_api = session_client(people.community_staff).post(
        "/api/v1/body-memberships", {**said, "body": committee.pk}, format="json"
    )
    at_desk = desk_client(people.community_staff)
    at_desk.post(f"/desk/communities/body/{committee.pk}/deeds/add_member/", said)
    shown = at_desk.get(f"/desk/communities/body/{committee.pk}/change/").content.decode()

    assert (over_api.status_code, over_api.json()["code"]) == (409, "seat_filled_at_its_fund")
    assert "Fill its seats at the fund" in shown or "在该基金处" in shown
    assert BodyMembership.objects.count() == count


def test_the_gate_is_asked_on_page_desk_and_api(
    people: SimpleNamespace, now: dt.datetime, body: SocialOrganization
) -> None:
    vacant(people, now)
    staff, pk = people.community_staff, people.fund.pk
    page, desk, api = Client(), desk_client(staff), session_client(staff)
    sign_in(page, staff)
    said = {"name": "宋晓梅", "seat": "ORGANIZATION", "valid_from": "2026-03-04"}
    typed = {**said, "organization": body.credit_code}
    lines = "\n".join(
        [
            "COMMUNITY,陈社,,chair",
            "RESIDENT,王小明",
            "CHARITY,许慈",
            "STREET,林街",
            "SUPERVISOR,罗监",
            f"ORGANIZATION,宋晓梅,,,{body.credit_code}",
        ]
    )
    listing = CreditListingFactory(organization=body)

    on_page = page.post(f"/funds/{pk}/governance/acts/fill_seat/", typed)
    at_desk = desk.post(f"/desk/funds/communityfund/{pk}/deeds/fill_seat/", typed)
    named = desk.post(f"/desk/funds/communityfund/{pk}/deeds/committee/", {"valid_from": "2026-03-04", "seats": lines})
    over_api = api.post(f"/api/v1/funds/{pk}/fill-seat", {**said, "organization": body.pk}, format="json")
    whole = api.post(
        f"/api/v1/funds/{pk}/committee",
        {
            "valid_from": "2026-03-04",
            "seats": [
                *(
                    {"name": row.name, "seat": row.seat, "is_chair": row.is_chair}
                    for row in SEATS
                    if row.name != "宋晓梅"
                ),
                {"name": "宋晓梅", "seat": "ORGANIZATION", "organization": body.pk},
            ],
        },
        format="json",
    )

    number = listing.decision_number
    assert [on_page.status_code, at_desk.status_code, named.status_code] == [400, 200, 200]
    assert all(number in answer.content.decode() for answer in (on_page, at_desk, named))
    assert [(answer.status_code, answer.json()["code"]) for answer in (over_api, whole)] == [
        (409, "seat_hindered"),
        (409, "seat_hindered"),
    ]
    assert not FundSeat.objects.exists()

    type(listing).objects.filter(pk=listing.pk).update(removed_on=now.date())
    assert page.post(f"/funds/{pk}/governance/acts/fill_seat/", typed).status_code == 302
    told = api.get(f"/api/v1/funds/{pk}/seats").json()
    assert [row["organization_name"] for row in told if row["organization"]] == [body.name]
    assert body.name in Client().get(f"/funds/{pk}/governance/").content.decode()
    assert body.name in Client().get(f"/funds/{pk}/").content.decode()


@pytest.mark.parametrize("more", [1, 3])
def test_seats_take_a_fixed_number_of_queries(
    people: SimpleNamespace, body: SocialOrganization, more: int, django_assert_num_queries: Any
) -> None:
    for _number in range(more):
        seat = BodyMembershipFactory(body=people.fund.committee, seat=Seat.ORGANIZATION)
        FundSeat.objects.create(membership=seat, organization=body)

    with django_assert_num_queries(2):
        told = session_client(None).get(f"/api/v1/funds/{people.fund.pk}/seats").json()
    assert len([row for row in told if row["organization"]]) == more


def test_a_code_that_is_in_no_register_is_named_by_its_line(people: SimpleNamespace) -> None:
    desk = desk_client(people.community_staff)
    lines = "RESIDENT,王小明\nORGANIZATION,宋晓梅,,,51510302MJQ000015F"

    answer = desk.post(
        f"/desk/funds/communityfund/{people.fund.pk}/deeds/committee/", {"valid_from": "2026-03-04", "seats": lines}
    )

    assert answer.status_code == 200
    assert "51510302MJQ000015F" in answer.context["form"].errors["seats"][0]


def test_the_fund_is_told_when_a_body_in_its_committee_is_listed(
    people: SimpleNamespace, now: dt.datetime, body: SocialOrganization
) -> None:
    vacant(people, now)
    operations.fill_seat(
        by=people.street_officer,
        fund=people.fund,
        seated=Seated("宋晓梅", Seat.ORGANIZATION, organization=body),
        valid_from=FIRST,
        now=now,
    )
    register.record_inspection(
        by=people.district_admin,
        now=now,
        organization=body,
        year=2025,
        conclusion="FAILED",
        concluded_on=now.date(),
    )
    later = now + dt.timedelta(minutes=1)
    outbox.relay(by=system_actor(), now=later, limit=500)
    hear(OutboxEvent.objects.get(topic="socialorgs.inspection.failed"), later)

    alert = StandingAlert.objects.get()
    assert (alert.cause, alert.subject, alert.organization) == ("FAILED", people.fund.name, body)
    assert "2025" in alert.said
    page = Client()
    sign_in(page, people.community_staff)
    assert alert.said in page.get(f"/funds/{people.fund.pk}/governance/").content.decode()
    assert alert.said not in Client().get(f"/funds/{people.fund.pk}/governance/").content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_database_keeps_seats_and_organizations_together(
    people: SimpleNamespace, now: dt.datetime, body: SocialOrganization, owner: Callable[[], Any]
) -> None:
    other, resident = OrganizationFactory(active=True), people.fund.committee.memberships.get(user=people.resident)
    vacant(people, now)
    row = operations.fill_seat(
        by=people.street_officer,
        fund=people.fund,
        seated=Seated("宋晓梅", Seat.ORGANIZATION, organization=body),
        valid_from=FIRST,
        now=now,
    )

    with owner():
        insert = "INSERT INTO funds_fundseat (membership_id, organization_id) VALUES (%s, %s)"
        alone("committee_seat_fits", insert, resident.pk, body.pk, says="fundseat_is_of_organizations")
        alone("funds_fundseat_membership_id_key", insert, row.pk, other.pk)
        alone(
            "fundseat:organization_stays",
            "UPDATE funds_fundseat SET organization_id = %s WHERE membership_id = %s",
            other.pk,
            row.pk,
        )
        alone(
            "committee_seat_names",
            "SET CONSTRAINTS ALL IMMEDIATE; INSERT INTO communities_bodymembership "
            "(body_id, name, seat, is_chair, valid_from) VALUES (%s, '甲', 'ORGANIZATION', false, '2026-03-04')",
            people.fund.committee.pk,
            says="fundseat_names_its_organization",
        )


def test_a_seat_in_a_fund_is_taken_in_one_place() -> None:
    """Whoever fills a seat without asking the gate would be seen here."""
    source = {name: ast.unparse(function) for name, function in functions()}

    filling = {name for name, text in source.items() if "seat_member(" in text}
    assert filling - {"communities.bodies.operations.seat_member"} == {
        "communities.bodies.operations.add_member",
        "funds.charity.seating.fill",
    }
    assert {name for name, text in source.items() if "seating.fill(" in text} == {
        "funds.charity.operations.name_committee",
        "funds.charity.operations.fill_seat",
        "funds.oversight.operations.name_supervisor",
    }
    assert any("require_seatable" in calls(function) for name, function in functions() if name.endswith("seating.fill"))
