"""Centers, federations, offers, brands, clubs, contracts with operators and plans of stays, as programs write them."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from governance.audit.models import AuditEntry
from socialorgs.incubation.models import Incubator
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.register.clubs import operations as clubs
from socialorgs.register.clubs.models import ClubActivity
from socialorgs.register.strengths.models import BroughtIn
from socialorgs.register.strengths.queries import fields_of
from tests.factories.socialorgs_register import OrganizationFactory, manager_of
from tests.people import token_client
from tests.socialorgs.incubation.conftest import admitted, park, people
from tests.socialorgs.register.test_clubs import CHESS

pytestmark = pytest.mark.django_db
API = "/api/v1/"
__all__ = ["park", "people"]


def body_of(people: SimpleNamespace, **more: Any) -> Any:
    return OrganizationFactory(division=people.community_place, active=True, **more)


def test_a_center_is_opened_filled_emptied_and_closed(people: SimpleNamespace, today: dt.date) -> None:
    staff, tenant = token_client(people.street_officer), body_of(people)
    said = {
        "division": people.community_place.pk,
        "name": "三八路居民服务中心",
        "address": "三八路12号",
        "rooms": 2,
        "services": "议事、培训。",
        "opened_on": str(today),
    }
    assert token_client(people.community_staff).post(f"{API}service-centers", said).status_code == 403
    made = staff.post(f"{API}service-centers", said, headers={"Idempotency-Key": "c1"})
    again = staff.post(f"{API}service-centers", said, headers={"Idempotency-Key": "c1"})
    assert (made.status_code, again.json()["id"]) == (201, made.data["id"])
    assert staff.post(f"{API}service-centers", said).status_code == 409
    home = f"{API}service-centers/{made.data['id']}"
    placed = {"organization": tenant.pk, "room": 1, "used_for": "办公", "valid_from": str(today)}
    tenancy = staff.post(f"{home}/place", placed).data["id"]
    assert staff.post(f"{home}/close").status_code == 400
    assert staff.post(f"{home}/close", {"reason": "房屋征收。"}).status_code == 409
    leaves = {"tenancy": tenancy, "valid_to": str(today), "reason": "迁至新址。"}
    assert staff.post(f"{home}/move-out", leaves).status_code == 400
    later = today + dt.timedelta(days=1)
    leaves["valid_to"] = str(later)
    assert staff.post(f"{home}/move-out", {**leaves, "reason": ""}).status_code == 400
    assert staff.post(f"{home}/move-out", leaves).data["valid_to"] == str(later)
    told = AuditEntry.objects.get(verb="socialorgs.center.tenant_moved_out")
    assert told.reason == leaves["reason"]


def test_a_federation_and_an_offer_are_ended_by_their_own(people: SimpleNamespace, today: dt.date) -> None:
    union = body_of(
        people, organization_type="FEDERATION", name="东兴寺街道社会组织联合会", credit_code="515103025000000153"
    )
    member = body_of(people)
    own, other = token_client(manager_of(union)), token_client(manager_of(member))
    joined = {"federation": union.pk, "member": member.pk, "valid_from": str(today)}
    assert other.post(f"{API}federation-members", joined).status_code == 403
    tie = own.post(f"{API}federation-members", joined).data["id"]
    end = {"valid_to": str(today + dt.timedelta(days=1)), "reason": "会员大会决定。"}
    assert other.post(f"{API}federation-members/{tie}/end", end).status_code == 403
    assert own.post(f"{API}federation-members/{tie}/end", {**end, "valid_to": str(today)}).status_code == 400
    assert own.post(f"{API}federation-members/{tie}/end", {**end, "reason": " "}).status_code == 400
    assert own.post(f"{API}federation-members/{tie}/end", end).data["valid_to"] == end["valid_to"]
    assert own.post(f"{API}federation-members/{tie}/end", end).status_code == 409

    offer = {"organization": union.pk, "kind": "SPACE", "title": "会议室", "quantity": 3, "unit": "次"}
    row = own.post(f"{API}offered-resources", {**offer, "valid_from": str(today)}).data["id"]
    assert other.post(f"{API}offered-resources/{row}/end", end).status_code == 403
    assert own.post(f"{API}offered-resources/{row}/end", {"valid_to": end["valid_to"]}).status_code == 400
    assert own.post(f"{API}offered-resources/{row}/end", end).data["valid_to"] == end["valid_to"]


def test_a_brand_is_brought_in_by_the_district(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> None:
    row = body_of(people)
    word = fields_of(people.district_place, today)[0]
    said = {
        "organization": row.pk,
        "brand": "爱有戏",
        "origin_city": "成都市",
        "words": [word],
        "agreement_number": "引进〔2026〕1号",
        "brought_in_on": str(today),
    }
    district = token_client(people.district_officer)
    assert token_client(people.street_officer).post(f"{API}brought-in-brands", said).status_code == 403
    assert district.post(f"{API}brought-in-brands", {**said, "words": ["没有的领域"]}).status_code == 400
    assert district.post(f"{API}brought-in-brands", said).status_code == 201
    assert district.post(f"{API}brought-in-brands", said).status_code == 409
    [told] = Client().get(f"{API}brought-in-brands", {"origin_city": "成都市", "word": word}).json()["results"]
    assert (told["brand"], told["fields"]) == ("爱有戏", [word])
    assert Client().get(f"{API}brought-in-brands", {"word": "没有"}).json()["results"] == []
    assert BroughtIn.objects.count() == 1


def test_a_club_tells_how_its_event_went(people: SimpleNamespace, now: dt.datetime) -> None:
    long_ago = now - dt.timedelta(days=400)
    club = clubs.propose_club(by=people.resident, now=long_ago, division=people.community_place, idea=CHESS)
    event = ClubActivity.objects.create(
        club=club,
        title="春季赛",
        place="活动室",
        starts_at=long_ago,
        announced_at=long_ago - dt.timedelta(days=1),
        announced_by=people.resident,
    )
    leader, url = token_client(people.resident), f"{API}clubs/{club.pk}/tell"
    assert token_client(people.neighbor_resident).post(url, {"event": event.pk, "attended": 9}).status_code in {
        403,
        404,
    }
    assert leader.post(url, {"event": event.pk, "attended": 9, "report": "九人到场。"}).status_code == 200
    assert leader.post(url, {"event": event.pk, "attended": 9}).status_code == 409
    event.refresh_from_db()
    assert event.attended == 9


def test_a_contract_with_who_runs_an_incubator_and_what_came_of_it(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    said = {
        "incubator": park.pk,
        "operator": park.operator_id,
        "number": "自民合〔2026〕1号",
        "amount": "350000.00",
        "starts_on": str(today),
        "ends_on": str(today.replace(year=today.year + 1)),
        "admitted_goal": 10,
        "graduated_goal": 6,
    }
    district = token_client(people.district_officer)
    assert token_client(people.operator).post(f"{API}operator-contracts", said).status_code == 403
    assert district.post(f"{API}operator-contracts", {**said, "graduated_goal": 11}).status_code == 400
    assert district.post(f"{API}operator-contracts", said).status_code == 201
    assert district.post(f"{API}operator-contracts", {**said, "number": "2号"}).status_code == 409
    admitted(people, park, now)
    [told] = Client().get(f"{API}incubators/{park.pk}/results").json()
    assert (told["number"], told["admitted"], told["admitted_goal"]) == (said["number"], 1, 10)
    running = {"incubator": park.pk, "running_on": str(today)}
    assert len(Client().get(f"{API}operator-contracts", running).json()["results"]) == 1
    assert OperatorContract.objects.count() == 1


def test_a_stay_is_planned_and_reviewed_by_who_runs_the_incubator(
    people: SimpleNamespace, park: Incubator, now: dt.datetime, today: dt.date
) -> None:
    stay = admitted(people, park, now)
    operator, head = token_client(people.operator), token_client(people.resident)
    url = f"{API}incubation-stays/{stay.pk}"
    item = {"title": "建账", "due_on": str(today + dt.timedelta(days=30))}
    assert head.post(f"{url}/plan", item).status_code == 403
    assert operator.post(f"{url}/plan", {**item, "due_on": "2099-01-01"}).status_code == 400
    assert operator.post(f"{url}/plan", item).status_code == 200
    done = {"item": stay.plan_items.get().pk, "evidence": "账簿一本。"}
    assert operator.post(f"{url}/finish-item", done).status_code == 200
    assert operator.post(f"{url}/finish-item", done).status_code == 400
    review = {"held_on": str(today), "verdict": "ON_TRACK", "findings": "顺利。"}
    assert operator.post(f"{url}/review", review).status_code == 200
    assert operator.post(f"{url}/review", review).status_code == 409


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("path", ["brought-in-brands", "operator-contracts"])
def test_the_lists_cost_the_same_for_one_and_three(
    people: SimpleNamespace,
    park: Incubator,
    now: dt.datetime,
    count: int,
    path: str,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        given = {"entered_at": now, "entered_by": people.district_officer}
        BroughtIn.objects.create(
            organization=body_of(people),
            brand="x",
            origin_city="x",
            fields=["x"],
            agreement_number="x",
            brought_in_on=now.date(),
            **given,
        )
        OperatorContract.objects.create(
            incubator=park,
            operator=body_of(people),
            number=str(number),
            amount=1,
            starts_on=dt.date(2020 + number, 1, 1),
            ends_on=dt.date(2021 + number, 1, 1),
            admitted_goal=1,
            graduated_goal=1,
            **given,
        )

    with django_assert_num_queries(1):
        assert len(Client().get(f"{API}{path}").json()["results"]) == count
