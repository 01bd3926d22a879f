"""Clubs: proposed by a neighbor, opened by the community, joined with consent, grown into a filed group."""

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

from communities.people.policy import PersonalNumbersFound
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import MoveForbidden, MoveHindered, SamePerson
from socialorgs.register.clubs import operations
from socialorgs.register.clubs.models import Club, ClubActivity, ClubMember
from socialorgs.register.clubs.operations import Idea
from socialorgs.register.filing import operations as filing
from socialorgs.register.filing.models import Filing
from socialorgs.register.refusals import TooFewMembers
from tests.factories.accounts import UserFactory
from tests.people import desk_client, sign_in, token_client
from tests.socialorgs.register.test_filing import CHOIR
from tests.walls import alone

pytestmark = pytest.mark.django_db

CHESS = Idea("三八路象棋社", "LEARNING", "每周六下棋。", "社区活动室二楼", "每周六下午", most_members=6)
HOUR = dt.timedelta(hours=1)


@pytest.fixture
def club(people: SimpleNamespace, now: dt.datetime) -> Club:
    """A club that the community has opened."""
    row = operations.propose_club(by=people.resident, now=now, division=people.community, idea=CHESS)
    return lifecycle.move(row, "open", by=people.community_staff, now=now)


def members_of(club: Club, now: dt.datetime, count: int, *, named: bool = True) -> list[ClubMember]:
    return [
        operations.join_club(
            by=UserFactory(resident=True), now=now, club=club, name=f"邻居{number}", agrees=True, may_be_named=named
        )
        for number in range(count)
    ]


def test_a_club_is_opened_by_another_than_its_founder(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.propose_club(by=people.community_staff, now=now, division=people.community, idea=CHESS)

    with pytest.raises(SamePerson):
        lifecycle.move(row, "open", by=people.community_staff, now=now)
    with pytest.raises(MoveForbidden):
        lifecycle.move(row, "open", by=people.resident, now=now)
    opened = lifecycle.move(row, "open", by=people.street_officer, now=now)

    assert (opened.status, opened.opened_by) == ("ACTIVE", people.street_officer)


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"name": CHESS.name}, operations.ClubNameTaken),
        ({"name": "13800138000社"}, PersonalNumbersFound),
    ],
)
def test_a_club_that_cannot_be_is_refused(
    people: SimpleNamespace, now: dt.datetime, club: Club, change: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        operations.propose_club(by=people.resident, now=now, division=people.community, idea=replace(CHESS, **change))

    assert list(Club.objects.all()) == [club]


def test_a_club_belongs_to_a_community(people: SimpleNamespace, now: dt.datetime) -> None:
    with pytest.raises(operations.ClubElsewhere):
        operations.propose_club(by=people.resident, now=now, division=people.street, idea=CHESS)

    assert not Club.objects.exists()


def test_nobody_joins_without_agreeing_twice_or_beyond_the_room(
    people: SimpleNamespace, now: dt.datetime, club: Club
) -> None:
    with pytest.raises(operations.ConsentMissing):
        operations.join_club(by=people.resident, now=now, club=club, name="王小明", agrees=False)
    assert not ClubMember.objects.exists()
    operations.join_club(by=people.resident, now=now, club=club, name="王小明", agrees=True)
    with pytest.raises(operations.AlreadyJoined):
        operations.join_club(by=people.resident, now=now, club=club, name="王小明", agrees=True)
    members_of(club, now, 5)
    with pytest.raises(operations.ClubFull):
        operations.join_club(by=people.neighbor_resident, now=now, club=club, name="欧阳兰", agrees=True)

    assert club.members.present().count() == 6


def test_who_leaves_is_forgotten(people: SimpleNamespace, now: dt.datetime, club: Club) -> None:
    operations.join_club(by=people.resident, now=now, club=club, name="王小明", agrees=True, may_be_named=True)
    left = operations.leave_club(by=people.resident, now=now + HOUR, club=club)

    assert (left.name, left.may_be_named, left.left_at) == ("", False, now + HOUR)
    with pytest.raises(operations.NotJoined):
        operations.leave_club(by=people.resident, now=now, club=club)
    assert "王小明" not in str(list(AuditEntry.objects.values_list("after", "before")))


def test_an_event_is_announced_before_and_told_after_it(people: SimpleNamespace, now: dt.datetime, club: Club) -> None:
    said = {"title": "友谊赛", "place": "广场", "starts_at": now + HOUR}
    with pytest.raises(NotAllowed):
        operations.announce_event(by=people.neighbor_resident, now=now, club=club, **said)
    with pytest.raises(operations.EventPast):
        operations.announce_event(by=people.resident, now=now + 2 * HOUR, club=club, **said)
    event = operations.announce_event(by=people.resident, now=now, club=club, **said)
    with pytest.raises(operations.EventTaken):
        operations.announce_event(by=people.resident, now=now, club=club, **said)
    with pytest.raises(operations.EventUntold):
        operations.tell_event(by=people.resident, now=now, event=event, attended=9)
    told = operations.tell_event(by=people.resident, now=now + 2 * HOUR, event=event, attended=9, report="两胜一负。")
    with pytest.raises(operations.EventUntold):
        operations.tell_event(by=people.resident, now=now + 3 * HOUR, event=event, attended=8)

    assert (told.attended, told.report, ClubActivity.objects.count()) == (9, "两胜一负。", 1)


def test_a_club_grows_into_a_filed_organization_of_those_who_agreed(
    people: SimpleNamespace, now: dt.datetime, club: Club
) -> None:
    members_of(club, now, 4)
    members_of(club, now, 1, named=False)
    with pytest.raises(TooFewMembers):
        operations.file_club(by=people.resident, now=now, club=club, described=CHOIR)
    assert not Filing.objects.exists()
    operations.join_club(by=people.resident, now=now, club=club, name="王小明", agrees=True, may_be_named=True)
    asked = operations.file_club(by=people.resident, now=now, club=club, described=CHOIR)
    with pytest.raises(operations.FilingUnderWay):
        operations.file_club(by=people.resident, now=now, club=club, described=CHOIR)
    with pytest.raises(MoveHindered):
        operations.grow_club(by=people.resident, now=now, club=club)
    asked = filing.recommend_filing(by=people.community_staff, now=now, filing=asked, opinion="同意。")
    asked = filing.file_filing(by=people.street_reviewer, now=now, filing=asked)
    grown = operations.grow_club(by=people.resident, now=now, club=Club.objects.get())

    assert asked.members.splitlines() == ["邻居0", "邻居1", "邻居2", "邻居3", "王小明"]
    assert (grown.status, grown.filing.organization.members_count) == ("GROWN", 5)
    assert set(club.members.values_list("name", "may_be_named")) == {("", False)}


def test_a_club_whose_filing_was_refused_asks_again(people: SimpleNamespace, now: dt.datetime, club: Club) -> None:
    members_of(club, now, 5)
    asked = operations.file_club(by=people.resident, now=now, club=club, described=CHOIR)
    lifecycle.move(asked, "withdraw", by=people.resident, now=now)
    again = operations.file_club(by=people.resident, now=now, club=Club.objects.get(), described=CHOIR)

    assert Club.objects.get().filing == again != asked


@pytest.mark.django_db(transaction=True)
def test_the_walls_of_clubs(people: SimpleNamespace, now: dt.datetime, club: Club, owner: Callable[[], Any]) -> None:
    member = operations.join_club(by=people.resident, now=now, club=club, name="王小明", agrees=True)
    event = operations.announce_event(
        by=people.resident, now=now, club=club, title="友谊赛", place="广场", starts_at=now + HOUR
    )
    other = operations.propose_club(
        by=people.resident, now=now, division=people.community, idea=replace(CHESS, name="三八路书画社")
    )
    papers = filing.submit_filing(by=people.resident, now=now, division=people.community, described=CHOIR)
    with owner():
        table = "socialorgs_club"
        change = f"UPDATE {table} SET {{}} WHERE id = {club.pk}"
        alone(
            "club:lifecycle",
            f"UPDATE {table} SET status = 'GROWN', filing_id = NULL WHERE id = {other.pk}",
            beside=["club_grows_by_a_filing"],
        )
        alone("club_grows_by_a_filing", change.format("status = 'GROWN'"))
        alone("club_status_and_kind_are_known", change.format("kind = 'X'"))
        alone("club_name_is_free", change.format("name = '三八路书画社'"))
        alone("club_opened_by_another", change.format("opened_by_id = proposed_by_id"))
        alone("club_has_room", change.format("most_members = 0"))
        filed = f"UPDATE {table} SET filing_id = {papers.pk} WHERE id IN ({club.pk}, {other.pk})"
        alone("socialorgs_club_filing_id_key", filed, beside=["club_grows_by_a_filing"])
        row = f"UPDATE socialorgs_clubmember SET {{}} WHERE id = {member.pk}"
        alone("clubmember_forgotten_when_gone", row.format("left_at = joined_at"))
        alone(
            "clubmember_leaves_after_joining",
            row.format("left_at = joined_at - interval '1 day', name = '', may_be_named = false"),
        )
        copy = (
            "INSERT INTO socialorgs_clubmember (club_id, user_id, name, may_be_named, joined_at) "
            f"SELECT {{}}, user_id, name, may_be_named, joined_at FROM socialorgs_clubmember WHERE id = {member.pk}"
        )
        alone("clubmember_joins_once", copy.format("club_id"))
        alone("clubmember_joins", copy.format(other.pk))
        told = f"UPDATE socialorgs_clubactivity SET {{}} WHERE id = {event.pk}"
        alone("clubactivity_told_after_it", told.format("attended = 3, told_at = starts_at - interval '1 hour'"))
        alone(
            "clubactivity_one_at_a_time",
            "INSERT INTO socialorgs_clubactivity (club_id, title, place, starts_at, report, announced_at, announced_by_id) "
            f"SELECT club_id, title, place, starts_at, report, announced_at, announced_by_id FROM socialorgs_clubactivity WHERE id = {event.pk}",
        )


def browser(user: Any) -> Client:
    client = Client()
    sign_in(client, user)
    return client


def test_a_neighbor_proposes_joins_and_files_on_the_pages(people: SimpleNamespace, now: dt.datetime) -> None:
    founder = browser(people.resident)
    said = {"name": CHESS.name, "kind": "LEARNING", "purpose": "下棋", "place": "活动室", "meets": "周六"}
    assert founder.post("/clubs/new/").status_code == 400
    refused = founder.post("/clubs/new/", {**said, "most_members": "0"})
    assert (refused.status_code, "活动室" in refused.content.decode()) == (400, True)
    assert founder.post("/clubs/new/", said).status_code == 302
    club = Club.objects.get()
    assert Client().get(f"/clubs/{club.pk}/").status_code == 404
    assert browser(people.community_staff).post(f"/clubs/{club.pk}/acts/open/").status_code == 302
    assert browser(people.neighbor_resident).post(f"/clubs/{club.pk}/acts/join/", {"name": "欧阳兰"}).status_code == 400
    joined = browser(people.neighbor_resident).post(
        f"/clubs/{club.pk}/acts/join/", {"name": "欧阳兰", "agrees": "on", "may_be_named": "on"}
    )
    assert joined.status_code == 302
    assert "欧阳兰" in founder.get(f"/clubs/{club.pk}/").content.decode()
    assert "欧阳兰" not in Client().get(f"/clubs/{club.pk}/").content.decode()
    form = founder.get(f"/clubs/{club.pk}/filing/")
    assert (form.status_code, form.context["named"]) == (200, 1)
    assert browser(people.neighbor_resident).get(f"/clubs/{club.pk}/filing/").status_code == 403
    members_of(club, now, 4)
    typed = {key: value for key, value in CHOIR.plain().items() if key != "members"}
    asked = founder.post(f"/clubs/{club.pk}/filing/", typed)
    assert asked.headers["Location"] == Filing.objects.get().get_absolute_url()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_one_and_three(people: SimpleNamespace, now: dt.datetime, count: int) -> None:
    for number in range(count):
        row = operations.propose_club(
            by=people.resident, now=now, division=people.community, idea=replace(CHESS, name=f"第{number}社")
        )
        lifecycle.move(row, "open", by=people.community_staff, now=now)
    with CaptureQueriesContext(connection) as queries:
        answer = Client().get("/clubs/")

    assert (answer.status_code, len(answer.context["page"].rows)) == (200, count)
    assert len(queries) == 1
    assert len(queries_of(f"/clubs/{Club.objects.first().pk}/")) == 2


def queries_of(address: str) -> list[Any]:
    with CaptureQueriesContext(connection) as queries:
        Client().get(address)
    return list(queries.captured_queries)


def test_the_api_and_the_desk_show_clubs(people: SimpleNamespace, now: dt.datetime, club: Club) -> None:
    client = token_client(people.neighbor_resident)
    body = {"name": "欧阳兰", "agrees": True}
    assert client.post(f"/api/v1/clubs/{club.pk}/join", body, content_type="application/json").status_code == 200
    [row] = Client().get("/api/v1/clubs").json()["results"]
    assert (row["members_count"], "欧阳兰" in str(row)) == (1, False)
    listed = desk_client(people.community_staff).get("/desk/socialorgs/club/")
    assert (listed.status_code, CHESS.name in listed.content.decode()) == (200, True)
