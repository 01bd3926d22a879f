"""What organizations can do, what they offer, whom they unite, where they are placed, where brands come from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.territory.models import Division, DivisionLevel, Tier
from governance import lifecycle
from governance.errors import NotAllowed
from governance.lifecycle import ReasonMissing, SamePerson
from socialorgs.register.centers import operations as centers
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.centers.operations import House
from socialorgs.register.centers.queries import placed_in
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import OrganizationHindered
from socialorgs.register.refusals import EndUnfit
from socialorgs.register.strengths import operations
from socialorgs.register.strengths.models import BroughtIn, Capability
from socialorgs.register.strengths.operations import Ability, Origin
from socialorgs.register.strengths.queries import able_to
from socialorgs.register.ties import operations as ties
from socialorgs.register.ties.models import FederationMember, OfferedResource, ResourceUse
from socialorgs.register.ties.operations import Offer, Use
from tests.factories.communities import DivisionFactory
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory, manager_of
from tests.people import desk_client, sign_in, token_client
from tests.walls import alone

pytestmark = pytest.mark.django_db

DAY = dt.timedelta(days=1)


@pytest.fixture
def body(people: SimpleNamespace) -> SocialOrganization:
    """An active organization of the community."""
    return OrganizationFactory(active=True, division=people.community)


@pytest.fixture
def chamber(people: SimpleNamespace) -> SocialOrganization:
    """A chamber of the street."""
    return OrganizationFactory(
        active=True, division=people.street, organization_type="CHAMBER", credit_code="515103025000000153"
    )


def ability(area: Division, **more: Any) -> Ability:
    return replace(Ability("养老服务", "助餐、助浴。", 6, area, "养老护理员证 4 人"), **more)


def stated(body: SocialOrganization, people: SimpleNamespace, now: dt.datetime) -> Capability:
    return operations.state_capability(by=manager_of(body), now=now, organization=body, ability=ability(people.street))


def test_a_capability_is_stated_by_the_body_and_checked_by_the_street_for_a_time(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: SocialOrganization
) -> None:
    row = stated(body, people, now)
    assert list(able_to("养老服务", people.community, today)) == []
    checked = operations.check_capability(by=people.street_reviewer, now=now, capability=row)

    assert (checked.status, checked.valid_to) == ("CHECKED", today.replace(year=today.year + 2))
    assert list(able_to("养老服务", people.community, today)) == [body]
    assert list(able_to("养老服务", people.street, today)) == [body]
    assert list(able_to("养老服务", people.street.parent, today)) == []
    assert list(able_to("儿童服务", people.community, today)) == []
    assert list(able_to("养老服务", people.community, checked.valid_to)) == []


def test_who_stated_it_does_not_check_it(people: SimpleNamespace, now: dt.datetime, body: SocialOrganization) -> None:
    row = operations.state_capability(
        by=people.street_reviewer, now=now, organization=body, ability=ability(people.street)
    )

    with pytest.raises(SamePerson):
        operations.check_capability(by=people.street_reviewer, now=now, capability=row)
    done = operations.return_capability(by=people.district_admin, now=now, capability=row, reason="无证书。")

    assert (done.status, done.remark) == ("RETURNED", "无证书。")


def test_what_cannot_be_stated_is_refused(people: SimpleNamespace, now: dt.datetime, body: SocialOrganization) -> None:
    by, said = manager_of(body), {"now": now, "organization": body}
    with pytest.raises(NotAllowed):
        operations.state_capability(by=people.resident, ability=ability(people.street), **said)
    with pytest.raises(operations.FieldUnknown):
        operations.state_capability(by=by, ability=ability(people.street, field="炼金"), **said)
    abroad = DivisionFactory(tier=Tier.DISTRICT, level=DivisionLevel.DISTRICT)
    with pytest.raises(operations.AreaTooFar):
        operations.state_capability(by=by, ability=ability(abroad), **said)
    stated(body, people, now)
    with pytest.raises(operations.CapabilityKnown):
        operations.state_capability(by=by, ability=ability(people.street), **said)
    CreditListingFactory(organization=body)
    with pytest.raises(OrganizationHindered):
        operations.state_capability(by=by, ability=ability(people.street, field="儿童服务"), **said)

    assert Capability.objects.count() == 1


def test_a_brand_is_brought_in_once(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: SocialOrganization
) -> None:
    origin = Origin("爱有戏", "成都市", ["养老服务", "社会工作"], "区引〔2026〕1号", today)
    with pytest.raises(NotAllowed):
        operations.bring_in(by=people.street_officer, now=now, organization=body, origin=origin)
    with pytest.raises(operations.FieldUnknown):
        operations.bring_in(
            by=people.district_officer, now=now, organization=body, origin=replace(origin, fields=["炼金"])
        )
    with pytest.raises(operations.BroughtInLater):
        operations.bring_in(
            by=people.district_officer, now=now, organization=body, origin=replace(origin, brought_in_on=today + DAY)
        )
    row = operations.bring_in(by=people.district_officer, now=now, organization=body, origin=origin)
    with pytest.raises(operations.BrandKnown):
        operations.bring_in(by=people.district_officer, now=now, organization=body, origin=origin)

    assert (BroughtIn.objects.get(), row.fields) == (row, ["养老服务", "社会工作"])


def test_only_a_federation_or_chamber_has_members(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: SocialOrganization, chamber: SocialOrganization
) -> None:
    by = manager_of(chamber)
    with pytest.raises(ties.NoUmbrella):
        ties.add_member(by=people.street_officer, now=now, federation=body, member=chamber, valid_from=today)
    with pytest.raises(ties.MemberUnfit):
        ties.add_member(by=by, now=now, federation=chamber, member=chamber, valid_from=today)
    with pytest.raises(NotAllowed):
        ties.add_member(by=manager_of(body), now=now, federation=chamber, member=body, valid_from=today)
    tie = ties.add_member(by=by, now=now, federation=chamber, member=body, valid_from=today, duty="理事")
    with pytest.raises(ties.MemberKnown):
        ties.add_member(by=by, now=now, federation=chamber, member=body, valid_from=today)
    with pytest.raises(EndUnfit):
        ties.end_member(by=by, now=now, tie=tie, valid_to=today, reason="退会。")
    ties.end_member(by=by, now=now, tie=tie, valid_to=today + DAY, reason="退会。")
    with pytest.raises(ties.TieEnded):
        ties.end_member(by=by, now=now, tie=tie, valid_to=today + DAY, reason="退会。")

    assert FederationMember.objects.get().valid_to == today + DAY


def test_never_more_is_used_than_was_offered(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, chamber: SocialOrganization
) -> None:
    offer = Offer("SKILL", "法律咨询", 10, "小时", today - DAY)
    row = ties.offer_resource(by=manager_of(chamber), now=now, organization=chamber, offer=offer)
    use = Use(people.community, today, 6, "调解日")
    with pytest.raises(NotAllowed):
        ties.use_resource(by=people.other_community_staff, now=now, resource=row, use=use)
    ties.use_resource(by=people.community_staff, now=now, resource=row, use=use)
    with pytest.raises(ties.OfferExceeded) as refusal:
        ties.use_resource(by=people.community_staff, now=now, resource=row, use=replace(use, quantity=5))
    assert "4" in str(refusal.value)
    for day in (today + DAY, today - 2 * DAY):
        with pytest.raises(ties.UseUnfit):
            ties.use_resource(by=people.community_staff, now=now, resource=row, use=replace(use, used_on=day))
    ties.end_offer(by=people.street_officer, now=now, resource=row, valid_to=today, reason="会议室改建。")
    with pytest.raises(ties.UseUnfit):
        ties.use_resource(by=people.community_staff, now=now, resource=row, use=replace(use, quantity=1))

    assert OfferedResource.objects.with_use().get().used == 6


def house(people: SimpleNamespace, **more: Any) -> House:
    return replace(
        House(people.community, "三八路居民服务中心", "三八路 8 号", 3, "活动、咨询。", dt.date(2025, 3, 1)), **more
    )


def test_a_community_has_one_center_with_its_rooms(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: SocialOrganization
) -> None:
    with pytest.raises(centers.CenterElsewhere):
        centers.open_center(by=people.street_officer, now=now, house=house(people, division=people.street))
    with pytest.raises(NotAllowed):
        centers.open_center(by=people.community_staff, now=now, house=house(people))
    row = centers.open_center(by=people.street_officer, now=now, house=house(people))
    with pytest.raises(centers.CenterKnown):
        centers.open_center(by=people.street_officer, now=now, house=house(people, name="第二中心"))
    said = {"by": people.community_staff, "now": now, "center": row, "organization": body, "used_for": "日间照料"}
    with pytest.raises(centers.NoSuchRoom):
        centers.place_tenant(room=4, valid_from=today, **said)
    with pytest.raises(centers.TenancyUnfit):
        centers.place_tenant(room=1, valid_from=dt.date(2025, 2, 28), **said)
    tenancy = centers.place_tenant(room=1, valid_from=today, **said)
    with pytest.raises(centers.AlreadyPlaced):
        centers.place_tenant(room=2, valid_from=today, **said)
    with pytest.raises(centers.CenterInUse):
        centers.close_center(by=people.street_officer, now=now, center=row, reason="房屋征收。")
    found = placed_in(people.community, today)
    assert (found.placed, found.active) == (1, 1)
    with pytest.raises(EndUnfit):
        centers.end_tenancy(by=people.community_staff, now=now, tenancy=tenancy, valid_to=today, reason="迁至新址。")
    centers.end_tenancy(by=people.community_staff, now=now, tenancy=tenancy, valid_to=today + DAY, reason="迁至新址。")
    with pytest.raises(centers.TenancyEnded):
        centers.end_tenancy(
            by=people.community_staff, now=now, tenancy=tenancy, valid_to=today + DAY, reason="迁至新址。"
        )
    closed = centers.close_center(by=people.street_officer, now=now + DAY, center=row, reason="房屋征收。")
    with pytest.raises(centers.CenterClosed):
        centers.place_tenant(room=1, valid_from=today, **said)

    assert (closed.closed_on, Tenancy.objects.count()) == (today + DAY, 1)


def test_a_listed_body_is_placed_nowhere(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: SocialOrganization
) -> None:
    row = centers.open_center(by=people.street_officer, now=now, house=house(people))
    CreditListingFactory(organization=body)

    with pytest.raises(OrganizationHindered):
        centers.place_tenant(
            by=people.community_staff,
            now=now,
            center=row,
            organization=body,
            room=1,
            used_for="日间照料",
            valid_from=today,
        )
    assert not Tenancy.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_each_wall_stands_alone(
    people: SimpleNamespace,
    now: dt.datetime,
    today: dt.date,
    body: SocialOrganization,
    chamber: SocialOrganization,
    owner: Callable[[], Any],
) -> None:
    row = operations.check_capability(by=people.street_reviewer, now=now, capability=stated(body, people, now))
    other = operations.state_capability(
        by=people.street_officer, now=now, organization=body, ability=ability(people.street, field="儿童服务")
    )
    origin = Origin("爱有戏", "成都市", ["养老服务"], "区引〔2026〕1号", today)
    brand = operations.bring_in(by=people.district_officer, now=now, organization=body, origin=origin)
    tie = ties.add_member(by=people.street_officer, now=now, federation=chamber, member=body, valid_from=today)
    offer = Offer("SKILL", "法律咨询", 10, "小时", today)
    resource = ties.offer_resource(by=people.street_officer, now=now, organization=chamber, offer=offer)
    use = ties.use_resource(
        by=people.community_staff, now=now, resource=resource, use=Use(people.community, today, 6, "调解日")
    )
    center = centers.open_center(by=people.street_officer, now=now, house=house(people))
    tenancy = centers.place_tenant(
        by=people.community_staff,
        now=now,
        center=center,
        organization=body,
        room=1,
        used_for="日间照料",
        valid_from=today,
    )

    def change(table: str, key: int, what: str) -> str:
        return f"UPDATE socialorgs_{table} SET {what} WHERE id = {key}"

    def copy(row: Any, **instead: object) -> str:
        names = [field.column for field in row._meta.concrete_fields if not field.primary_key]
        table = row._meta.db_table
        values = ", ".join(str(instead.get(name, name)) for name in names)
        return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} WHERE id = {row.pk}"

    with owner():
        alone("capability_status_is_known", change("capability", row.pk, "field = ''"))
        alone("capability_one_a_field", change("capability", other.pk, "field = '养老服务'"))
        alone("capability_checked_for_a_time", change("capability", row.pk, "valid_to = NULL"))
        alone("capability_checked_by_another", change("capability", row.pk, "checked_by_id = stated_by_id"))
        alone("capability:lifecycle", change("capability", row.pk, "status = 'STATED'"))
        alone("broughtin_for_something", change("broughtin", brand.pk, "fields = '{}'"))
        alone("socialorgs_broughtin_organization_id_key", copy(brand))
        alone("broughtin_from_somewhere", change("broughtin", brand.pk, "origin_city = ''"))
        alone("federationmember_once", copy(tie))
        alone("federationmember_is_another_body", change("federationmember", tie.pk, f"member_id = {chamber.pk}"))
        alone("federationmember_period_runs_forward", change("federationmember", tie.pk, "valid_to = valid_from"))
        alone("federationmember_umbrella", copy(tie, federation_id=body.pk, member_id=chamber.pk))
        alone("offeredresource_kind_is_known", change("offeredresource", resource.pk, "kind = 'X'"))
        alone("offeredresource_period_runs_forward", change("offeredresource", resource.pk, "valid_to = valid_from"))
        alone("offeredresource_is_something", copy(resource, quantity=0))
        alone("offeredresource_stays", change("offeredresource", resource.pk, "quantity = 1"))
        alone("resourceuse_within_its_offer", copy(use, quantity=5))
        alone("resourceuse_is_something", copy(use, quantity=0))
        alone("resourceuse_stays", change("resourceuse", use.pk, "quantity = 1"))
        alone("servicecenter_one_a_community", copy(center))
        alone("servicecenter_has_rooms", change("servicecenter", center.pk, "rooms = 0"))
        alone(
            "servicecenter_period_runs_forward",
            change("servicecenter", center.pk, "closed_on = opened_on - interval '1 day'"),
        )
        alone("tenancy_once_a_center", copy(tenancy))
        alone("tenancy_period_runs_forward", change("tenancy", tenancy.pk, "valid_to = valid_from"))
        alone("tenancy_has_a_room", change("tenancy", tenancy.pk, "room = 0"))
        alone("tenancy_room", change("tenancy", tenancy.pk, "room = 9"))


def browser(user: Any) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def test_a_manager_states_and_offers_and_the_street_confirms_on_the_page(
    people: SimpleNamespace, today: dt.date, chamber: SocialOrganization
) -> None:
    home = f"/organizations/{chamber.pk}/strengths/"
    manager = browser(manager_of(chamber))
    said = {"field": "社会工作", "summary": "企业义工", "staff_count": "3", "area": str(people.street.pk)}
    refused = manager.post(f"{home}acts/state/", {**said, "staff_count": "-1"})
    assert (refused.status_code, "企业义工" in refused.content.decode()) == (400, True)
    assert manager.post(f"{home}acts/state/", said).status_code == 302
    offer = {"kind": "SPACE", "title": "会议室", "quantity": "20", "unit": "次", "valid_from": str(today)}
    assert manager.post(f"{home}acts/offer/", offer).status_code == 302
    row, resource = Capability.objects.get(), OfferedResource.objects.get()
    assert "企业义工" not in Client().get(home).content.decode()
    assert manager.post(f"{home}acts/check/", {"capability": row.pk}).status_code == 400
    assert browser(people.street_reviewer).post(f"{home}acts/check/", {"capability": row.pk}).status_code == 302
    used = {
        "resource": resource.pk,
        "division": people.community.pk,
        "used_on": str(today),
        "quantity": "21",
        "purpose": "议事会",
    }
    assert browser(people.community_staff).post(f"{home}acts/use/", used).status_code == 400
    assert browser(people.community_staff).post(f"{home}acts/use/", {**used, "quantity": "2"}).status_code == 302
    page = Client().get(home).content.decode()
    assert ("企业义工" in page, "2 / 20" in page, ResourceUse.objects.count()) == (True, True, 1)
    assert (
        chamber.name in Client().get(f"/capabilities/?field=社会工作&reaching={people.community.pk}").content.decode()
    )
    assert chamber.name not in Client().get(f"/capabilities/?reaching={people.street.parent_id}").content.decode()
    assert chamber.name in Client().get("/organizations/?capability=社会").content.decode()
    assert chamber.name not in Client().get("/organizations/?capability=养老").content.decode()
    assert chamber.name not in Client().get("/organizations/?brought_in=true").content.decode()


def test_staff_place_an_organization_on_the_page_of_the_center(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: SocialOrganization
) -> None:
    row = centers.open_center(by=people.street_officer, now=now, house=house(people))
    home = row.get_absolute_url()
    said = {"organization": body.credit_code, "room": "9", "used_for": "日间照料", "valid_from": str(today)}
    staff = browser(people.community_staff)
    refused = staff.post(f"{home}acts/place/", said)
    assert (refused.status_code, "日间照料" in refused.content.decode()) == (400, True)
    assert staff.post(f"{home}acts/place/", {**said, "room": "2"}).status_code == 302
    assert body.name in Client().get(home).content.decode()
    assert "三八路居民服务中心" in Client().get(f"/organizations/{body.pk}/strengths/").content.decode()
    leaves = {"tenancy": Tenancy.objects.get().pk, "valid_to": str(today + DAY)}
    assert staff.post(f"{home}acts/moved_out/", leaves).status_code == 400
    moved = staff.post(f"{home}acts/moved_out/", {**leaves, "reason": "迁至新址。"})
    assert moved.status_code == 302
    assert Tenancy.objects.get().valid_to == today + DAY


def costs(address: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert Client().get(address).status_code == 200
    return len(queries)


@pytest.mark.parametrize("count", [1, 3])
def test_the_lists_cost_the_same_for_one_and_three(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, chamber: SocialOrganization, count: int
) -> None:
    bodies = [OrganizationFactory(active=True, division=people.community) for _number in range(count)]
    for body in bodies:
        operations.check_capability(by=people.street_reviewer, now=now, capability=stated(body, people, now))
        ties.add_member(by=people.street_officer, now=now, federation=chamber, member=body, valid_from=today)
        offer = Offer("SKILL", "法律咨询", 10, "小时", today)
        ties.offer_resource(by=people.street_officer, now=now, organization=chamber, offer=offer)
    center = centers.open_center(by=people.street_officer, now=now, house=house(people))
    for body in bodies:
        centers.place_tenant(
            by=people.community_staff,
            now=now,
            center=center,
            organization=body,
            room=1,
            used_for="议事",
            valid_from=today,
        )

    assert costs("/capabilities/") == 2
    assert costs(f"/organizations/{chamber.pk}/strengths/") == 6
    assert costs("/service-centers/") == 2
    assert costs(center.get_absolute_url()) == 2
    assert ServiceCenter.objects.count() == 1


def test_the_api_states_offers_and_places(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: SocialOrganization, chamber: SocialOrganization
) -> None:
    def post(user: Any, address: str, **said: Any) -> Any:
        return token_client(user).post(f"/api/v1/{address}", said, content_type="application/json")

    stated = {
        "organization": body.pk,
        "field": "养老服务",
        "summary": "助餐",
        "staff_count": 2,
        "area": people.street.pk,
    }
    made = post(people.street_officer, "capabilities", **stated)
    assert made.status_code == 201
    assert post(people.street_reviewer, f"capabilities/{made.json()['id']}/check").json()["status"] == "CHECKED"
    center = centers.open_center(by=people.street_officer, now=now, house=house(people))
    placed = {"organization": body.pk, "room": 1, "used_for": "助餐", "valid_from": str(today)}
    assert post(people.community_staff, f"service-centers/{center.pk}/place", **placed).status_code == 201
    member = {"federation": chamber.pk, "member": body.pk, "valid_from": str(today)}
    assert post(people.other_street_officer, "federation-members", **member).status_code == 403
    assert post(people.district_admin, "federation-members", **member).status_code == 201
    [row] = Client().get("/api/v1/capabilities").json()["results"]
    assert (row["organization_name"], row["status"]) == (body.name, "CHECKED")


@pytest.mark.parametrize(
    "model", ["capability", "broughtin", "servicecenter", "federationmember", "offeredresource", "operatorcontract"]
)
def test_the_desk_lists(people: SimpleNamespace, model: str) -> None:
    assert desk_client(people.district_admin).get(f"/desk/socialorgs/{model}/").status_code == 200


def test_a_capability_ends(people: SimpleNamespace, now: dt.datetime, body: SocialOrganization) -> None:
    row = stated(body, people, now)
    with pytest.raises(ReasonMissing):
        lifecycle.move(row, "end", by=row.stated_by, now=now)
    ended = lifecycle.move(row, "end", by=row.stated_by, now=now, reason="护理员离职。")

    assert ended.status == "ENDED"
    assert stated(body, people, now).status == "STATED"
