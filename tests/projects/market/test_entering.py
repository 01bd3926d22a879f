"""What staff enter at the desk can be entered over the API: fairs, shops, resources, free uses, proposals; and its refusals."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from communities.people.models import Resident
from governance import lifecycle
from projects.market import operations, refusals
from projects.market.fairs import operations as fairs
from projects.market.fairs.models import FairIntention, MatchFair
from projects.market.models import MicroService
from projects.market.sharing.models import Merchant, OpenResource, VenueCession
from projects.market.talents.queries import figures_of
from tests.factories.communities import PostFactory, ResidentFactory, VenueFactory
from tests.factories.socialorgs_register import manager_of
from tests.people import sign_in, token_client
from tests.projects.market.conftest import neighbor

pytestmark = pytest.mark.django_db
API = "/api/v1"
HOUR = dt.timedelta(hours=1)


def days(ahead: int) -> str:
    return (timezone.localdate() + dt.timedelta(days=ahead)).isoformat()


def hour(ahead: int, clock: int) -> str:
    return f"{days(ahead)}T{clock:02}:00:00+08:00"


# --- Fairs, shops, resources, free uses --------------------------------------------------------------------------------


def test_a_system_plans_a_fair_and_fills_its_list(people: SimpleNamespace) -> None:
    api = token_client(people.street_officer)
    fair = {
        "division": people.places["street"].pk,
        "title": "冬季对接会",
        "place": "街道礼堂",
        "starts_at": hour(5, 9),
        "ends_at": hour(5, 12),
    }
    backwards = api.post(f"{API}/match-fairs", {**fair, "ends_at": hour(5, 8)}, format="json")
    assert (backwards.status_code, backwards.json()["code"]) == (400, "fair_dates_unfit")
    assert token_client(people.stranger).post(f"{API}/match-fairs", fair, format="json").status_code == 403
    key = {"Idempotency-Key": "fair-1"}
    made = api.post(f"{API}/match-fairs", fair, format="json", headers=key)
    assert api.post(f"{API}/match-fairs", fair, format="json", headers=key).json() == made.json()
    assert (made.status_code, MatchFair.objects.count()) == (201, 1)

    path = f"{API}/match-fairs/{made.json()['id']}"
    assert api.post(f"{path}/open", {}, format="json").status_code == 409
    assert api.post(f"{path}/projects", {"projects": []}, format="json").status_code == 400
    listed = {"projects": [{"title": "助餐", "field": "ELDERLY", "place": "檀木林", "amount": "30000.00"}]}
    wrong = {"projects": [*listed["projects"], {"title": "x", "field": "NONE", "place": "y"}]}
    assert api.post(f"{path}/projects", wrong, format="json").status_code == 400
    added = api.post(f"{path}/projects", listed, format="json")
    assert (added.status_code, [row["number"] for row in added.json()]) == (201, [1])
    assert Client().get(f"{path}/projects").status_code == 404
    assert api.post(f"{path}/open", {}, format="json").json()["project_count"] == 1
    assert [row["title"] for row in Client().get(f"{path}/projects").json()["results"]] == ["助餐"]


def test_a_system_enters_a_shop_and_lets_it_leave(people: SimpleNamespace) -> None:
    api = token_client(people.community_staff)
    shop = {
        "division": people.community.pk,
        "name": "老张面馆",
        "line": "面食",
        "address": "檀木林街5号",
        "keeper": people.asker.username,
        "consented_on": days(0),
    }
    nobody = api.post(f"{API}/merchants", {**shop, "keeper": "nobody"}, format="json")
    ahead = api.post(f"{API}/merchants", {**shop, "consented_on": days(1)}, format="json")
    assert (nobody.status_code, "keeper" in nobody.json()["errors"]) == (400, True)
    assert (ahead.status_code, ahead.json()["code"]) == (400, "merchant_unfit")
    made = api.post(f"{API}/merchants", shop, format="json")
    assert (made.status_code, Merchant.objects.get().keeper) == (201, people.asker)
    path = f"{API}/merchants/{made.json()['id']}/leave"
    assert token_client(people.stranger).post(path).status_code == 403
    assert api.post(path).json()["code"] == "reason_missing"
    assert api.post(path, {"reason": "店面转让。"}).json()["left_on"] == days(0)
    assert api.post(path, {"reason": "店面转让。"}).status_code == 400


def test_a_system_opens_a_room_and_lends_it_against_hours(people: SimpleNamespace) -> None:
    api, manager = token_client(people.community_staff), token_client(people.manager)
    venue = VenueFactory(division=people.community)
    room = {
        "division": people.community.pk,
        "title": "活动室",
        "kind": "ROOM",
        "field": "CULTURE",
        "place": "二楼",
        "text": "排练、讲座",
        "seats": 30,
        "opens": "09:00",
        "closes": "20:00",
        "venue": venue.pk,
    }
    assert api.post(f"{API}/open-resources", {**room, "venue": None}, format="json").status_code == 400
    made = api.post(f"{API}/open-resources", room, format="json")
    assert (made.status_code, OpenResource.objects.get().venue) == (201, venue)

    lent = {
        "resource": made.json()["id"],
        "organization": people.organization.pk,
        "starts_on": days(0),
        "ends_on": days(90),
        "hours_owed": "20.0",
        "what_for": "老年大学",
    }
    assert api.post(f"{API}/venue-cessions", {**lent, "hours_owed": "0"}, format="json").status_code == 400
    assert manager.post(f"{API}/venue-cessions", lent, format="json").status_code == 403
    use = api.post(f"{API}/venue-cessions", lent, format="json")
    path = f"{API}/venue-cessions/{use.json()['id']}"
    assert (use.status_code, use.json()["status"]) == (201, "OFFERED")
    assert manager.post(f"{path}/agree", {}, format="json").json()["status"] == "RUNNING"
    report = manager.post(f"{path}/report", {"served_on": days(0), "hours": "2.0", "text": "义诊"}, format="json")
    check = {"service": report.json()["id"], "is_right": True}
    assert manager.post(f"{path}/check-hours", check, format="json").status_code == 403
    assert api.post(f"{path}/check-hours", check, format="json").json()["confirmed_at"]
    assert api.post(f"{path}/check-hours", check, format="json").status_code == 409
    rows = manager.get(f"{path}/services").json()["results"]
    assert ([row["hours"] for row in rows], VenueCession.objects.count()) == (["2.0"], 1)
    closed = api.post(f"{API}/open-resources/{made.json()['id']}/close", {"reason": ""}, format="json")
    assert (closed.status_code, closed.json()["code"]) == (400, "reason_missing")


def test_a_system_proposes_a_resident_of_its_places_alone(people: SimpleNamespace) -> None:
    api = token_client(people.community_staff)
    far = Resident.objects.get(user=neighbor_of(people, "far_community"))
    near = Resident.objects.get(user=people.helper)
    said = {"kind": "LECTURER", "field": "CULTURE", "skills": ["书法", "国画"]}
    unknown = api.post(f"{API}/talent-profiles/propose", {**said, "resident": far.pk}, format="json")
    assert (unknown.status_code, "resident" in unknown.json()["errors"]) == (400, True)
    made = api.post(f"{API}/talent-profiles/propose", {**said, "resident": near.pk}, format="json")
    assert (made.status_code, made.json()["status"]) == (201, "PROPOSED")
    assert Client().get(f"{API}/talent-profiles/{made.json()['id']}").status_code == 404


def neighbor_of(people: SimpleNamespace, place: str) -> Any:
    house = SimpleNamespace(places=people.places, people={"community_staff": people.community_staff})
    return neighbor(house, "远邻", place=place)


def test_the_fields_of_lecturers_are_the_words_they_name(people: SimpleNamespace) -> None:
    staff = token_client(people.community_staff)
    for user, skills in ((people.helper, ["书法", "Python"]), (people.third, ["书法", "python", "剪纸"])):
        resident = Resident.objects.get(user=user).pk
        said = {"kind": "LECTURER", "field": "CULTURE", "skills": skills, "resident": resident}
        made = staff.post(f"{API}/talent-profiles/propose", said, format="json").json()
        assert figures_of(people.community).lecturers_fields in (0, 2)
        own = token_client(user)
        assert own.post(f"{API}/talent-profiles/{made['id']}/consent", {}, format="json").status_code == 200

    found = figures_of(people.community)
    assert (found.lecturers, found.lecturers_fields) == (2, 3)
    assert figures_of(people.places["far_community"]).lecturers_fields == 0


# --- Both sides, and what is over --------------------------------------------------------------------------------------


def test_staff_do_not_take_what_their_community_posted(people: SimpleNamespace, posted: Any, at: Any) -> None:
    """Otherwise one person would sign themselves in, say that it is done, and get the points."""
    colleague = PostFactory(division=people.community).user
    confirmed = dt.datetime(2025, 1, 1, tzinfo=dt.UTC)
    ResidentFactory(
        user=colleague,
        division=people.community,
        birth_on=dt.date(1980, 1, 1),
        confirmed_at=confirmed,
        confirmed_by=people.community_staff,
    )
    row = posted(by=people.community_staff, is_for_community=True, settlement="POINTS", points=2)

    with pytest.raises(refusals.OwnService):
        operations.take_service(by=colleague, now=at(13), service=row)
    assert operations.take_service(by=people.helper, now=at(13), service=row).status == "CONFIRMED"


def test_what_is_past_its_last_moment_is_not_offered_as_free(people: SimpleNamespace, english: None) -> None:
    now = timezone.now()
    begins = now + dt.timedelta(hours=2)
    terms = operations.Terms(
        "NEED", "HOME", "帮忙换灯泡", "两只。", "12栋", begins, begins + dt.timedelta(hours=1), places=2
    )
    row = operations.post_service(by=people.asker, now=now, division=people.community, terms=terms)
    operations.take_service(by=people.helper, now=now, service=row)
    path = f"/divisions/{people.community.pk}/market/"
    assert "帮忙换灯泡" in Client().get(path).content.decode()

    later = operations.Terms(
        "NEED", "HOME", "修水管", "一处。", "12栋", begins, begins + dt.timedelta(hours=1), places=2
    )
    old = operations.post_service(
        by=people.asker, now=now - dt.timedelta(days=9), division=people.community, terms=later
    )
    assert MicroService.objects.get(pk=old.pk).status == "POSTED"
    assert "修水管" not in Client().get(path).content.decode()
    asked = Client().get(f"{path}?status=POSTED").content.decode()
    page = Client().get(old.get_absolute_url()).content.decode()
    assert ("修水管" in asked, "can no longer be taken" in asked, "can no longer be taken" in page) == (
        True,
        True,
        True,
    )


def test_an_organizations_managers_see_what_any_of_them_has_taken(
    people: SimpleNamespace, posted: Any, taken: Any
) -> None:
    row = posted()
    taken(row, by=people.manager, organization=people.organization)
    other = manager_of(people.organization)
    client = Client()
    sign_in(client, other)

    assert "帮忙换灯泡" in client.get("/market/mine/").content.decode()


def test_resources_are_narrowed_by_field(people: SimpleNamespace) -> None:
    page = Client().get(f"/divisions/{people.community.pk}/market/resources/?field=ELDERLY").content.decode()

    assert '<option value="ELDERLY" selected>' in page


def test_a_body_drops_its_intention_on_the_fairs_page_with_the_reason(people: SimpleNamespace, now: Any) -> None:
    told = {"by": people.street_officer, "now": now}
    fair = fairs.plan_fair(
        division=people.places["street"], title="对接会", place="礼堂", starts_at=now, ends_at=now + HOUR, **told
    )
    [project] = fairs.list_projects(fair=fair, listed=[fairs.Listed("助餐", "ELDERLY", "檀木林")], **told)
    fair = lifecycle.move(fair, "open", **told)
    row = fairs.note_intention(by=people.manager, now=now, project=project, organization=people.organization)
    path, manager = f"/market/intentions/{row.pk}/acts/drop/", signed(people.manager)

    assert path in manager.get(fair.get_absolute_url()).content.decode()
    assert path not in signed(people.helper).get(fair.get_absolute_url()).content.decode()
    assert signed(people.helper).post(path, {"reason": "不做了"}).status_code in {400, 403}
    assert manager.post(path, {"reason": ""}).status_code == 400
    assert manager.post(path, {"reason": "人手不足"}).headers["Location"] == fair.get_absolute_url()
    assert FairIntention.objects.get().status == "DROPPED"
    assert path not in manager.get(fair.get_absolute_url()).content.decode()


def signed(user: Any) -> Client:
    client = Client()
    sign_in(client, user)
    return client
