"""The audit trail on the desk: who reads it, whose acts, how it is narrowed, and that it is masked."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.people.models import Post, Role
from communities.territory.models import Division, DivisionLevel, Tier
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.audit.models import AuditEntry
from governance.audit.operations import record
from governance.portal.trail import TrailForm, entries_for, lines
from tests.factories.accounts import UserFactory
from tests.factories.communities import LONG_AGO, DivisionFactory
from tests.people import House, desk_client

pytestmark = pytest.mark.django_db

TRAIL = "/desk/audit/auditentry/"
AT = dt.datetime(2026, 3, 4, 4, 0, tzinfo=dt.UTC)


def act(
    by: User, row: Any, *, verb: str = "communities.division.edited", at: dt.datetime = AT, **more: Any
) -> AuditEntry:
    return record(by=by, verb=verb, row=row, now=at, **more)


def looked_for(user: User, **asked: str) -> list[AuditEntry]:
    return list(TrailForm(asked).narrow(entries_for(user)).order_by("pk"))


@pytest.mark.parametrize(
    ("name", "status"),
    [("auditor", 200), ("district_admin", 200), ("street_officer", 403), ("community_staff", 403), ("supervisor", 403)],
)
def test_auditors_and_administrators_read_it(house: House, name: str, status: int) -> None:
    entry = act(house.people[name], house.places["district"])
    client = desk_client(house.people[name])

    assert client.get(TRAIL).status_code == status
    assert client.get(f"{TRAIL}{entry.pk}/change/").status_code == (200 if status == 200 else 404)
    assert (TRAIL in client.get("/desk/").content.decode()) is (status == 200)


def test_the_reader_sees_the_acts_of_people_of_the_own_place_and_of_the_platform(
    house: House, auditor: User, community_staff: User, enterprise_head: User, charity_officer: User, resident: User
) -> None:
    elsewhere: Division = DivisionFactory(tier=Tier.DISTRICT, level=DivisionLevel.DISTRICT)
    stranger = UserFactory.create()
    Post.objects.create(
        user=stranger,
        role=Role.COMMUNITY_STAFF,
        division=elsewhere,
        valid_from=LONG_AGO,
        appointed_by=stranger,
        appointed_at=AT,
    )
    people = [community_staff, enterprise_head, charity_officer, resident, system_actor(), auditor]
    mine = [act(by, house.places["community"]) for by in people]
    foreign = act(stranger, elsewhere)

    assert looked_for(auditor) == mine
    assert desk_client(auditor).get(f"{TRAIL}{foreign.pk}/change/").status_code == 404


def test_it_is_narrowed_by_object_actor_act_and_day(
    district: Division, community: Division, auditor: User, community_staff: User, street_officer: User
) -> None:
    first = act(community_staff, community)
    second = act(street_officer, district, verb="communities.division.closed", at=AT + dt.timedelta(days=1))
    third = act(street_officer, street_officer, verb="accounts.user.created", at=AT + dt.timedelta(days=2))

    assert looked_for(auditor) == [first, second, third]
    assert looked_for(auditor, object="accounts.User") == [third]
    assert looked_for(auditor, name=community.name) == [first]
    assert looked_for(auditor, name=str(district.pk), object="communities.Division") == [second]
    assert looked_for(auditor, actor=community_staff.username) == [first]
    assert looked_for(auditor, verb="communities.division.closed") == [second]
    assert looked_for(auditor, first="2026-03-05", last="2026-03-05") == [second]
    assert looked_for(auditor, first="2026-03-06", last="2026-03-05") == []
    assert looked_for(auditor, verb="nothing.of.the.kind") == []


def test_what_it_shows_is_masked_and_in_words(auditor: User, community: Division) -> None:
    entry = act(
        auditor,
        community,
        reason="请联系13812345678",
        basis="Charity Law art. 58",
        before={"status": "ACTIVE", "note": "身份证510302198001010012"},
        after={"status": "CLOSED", "is_stub": True, "valid_to": None},
    )
    client = desk_client(auditor)

    page, whole = (client.get(address).content.decode() for address in (TRAIL, f"{TRAIL}{entry.pk}/change/"))

    for text in (page, whole):
        assert "13812345678" not in text
        assert "138****5678" in text
        assert "《慈善法》第58条" in text
    assert "510302198001010012" not in whole
    assert lines([entry])[0].changes == [
        ("状态", "正常", "已撤销"),
        ("note", "身份证510302********0012", ""),
        ("仅存档单位", "", "是"),
        ("有效期止", "", ""),
    ]


def test_fifty_lines_stand_on_a_page(auditor: User, community: Division) -> None:
    for _ in range(51):
        act(auditor, community)
    client = desk_client(auditor)

    first = client.get(TRAIL)
    second = client.get(TRAIL, {"before": first.context["page"].next_key})

    assert [len(answer.context["lines"]) for answer in (first, second)] == [50, 1]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_queries(
    count: int, auditor: User, community: Division, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        act(UserFactory.create(), community)
        act(auditor, community)
    reader = User.objects.get(pk=auditor.pk)

    with django_assert_num_queries(2):  # the posts of the reader, the entries with their actors
        shown = lines(entries_for(reader).order_by("-pk"))
        [(line.name, line.address, line.changes, str(line.entry.actor)) for line in shown]

    assert len(shown) == count
