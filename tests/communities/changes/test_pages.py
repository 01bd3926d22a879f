"""The public pages of changes, and changes on the desk."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communities.changes import operations, queries
from communities.changes.models import DivisionChange
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.models import User
from tests.factories.communities_territory import DOCUMENT, draft_merger, make_community
from tests.people import House, desk_client


def merge(house: House, now: dt.datetime, name: str, *old: Division) -> DivisionChange:
    drafter, approver = house.people["district_officer"], house.people["district_admin"]
    change = draft_merger(by=drafter, now=now, street=house.places["street"], merged=list(old), name=name)
    change = lifecycle.move(change, "consult", by=drafter, now=now)
    change = operations.approve_change(change=change, by=approver, now=now, **DOCUMENT)
    return operations.bring_into_force(change=change, by=approver, now=now)


def test_a_change_in_force_is_public(house: House, now: dt.datetime, client: Client) -> None:
    community, neighbor = house.places["community"], house.places["neighbor"]
    change = merge(house, now, "合并社区居民委员会", community, neighbor)

    page = client.get(change.get_absolute_url()).content.decode()
    listed = client.get(reverse("communities:division-changes")).content.decode()
    lineage = client.get(reverse("communities:division-changes"), {"division": community.pk}).content.decode()

    assert page.count("<path") >= 2
    assert "<svg" in page
    assert "三八路社区居民委员会 → 合并社区居民委员会" in page
    assert DOCUMENT["document_number"] in page
    assert change.get_absolute_url() in listed
    assert Division.objects.get(name="合并社区居民委员会").get_absolute_url() in lineage


def test_a_draft_is_not_public(house: House, now: dt.datetime, client: Client) -> None:
    change = draft_merger(
        by=house.people["district_officer"],
        now=now,
        street=house.places["street"],
        merged=[house.places["community"]],
    )
    client.force_login(house.people["district_admin"])

    assert client.get(reverse("communities:division-change-detail", args=[change.pk])).status_code == 404
    assert change.get_absolute_url() not in client.get(reverse("communities:division-changes")).content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_two_queries(
    count: int, house: House, now: dt.datetime, client: Client, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        merge(house, now, f"新{number}社区", make_community(house.places["street"], f"旧{number}社区"))

    with django_assert_num_queries(2):
        answer = client.get(reverse("communities:division-changes"))

    assert answer.content.decode().count("<article") == count


def test_strange_parameters_are_harmless(client: Client, db: None) -> None:
    for query in ("division=x", "division=9999999999999999999999", "before=x", "kind=NOTHING", "division=5"):
        assert client.get(f"{reverse('communities:division-changes')}?{query}").status_code == 200


def test_the_picture_stacks_what_came_and_what_became(house: House, now: dt.datetime) -> None:
    change = merge(house, now, "合并社区", house.places["community"], house.places["neighbor"])

    picture = queries.picture_of(change.lineage.select_related("predecessor", "plan").order_by("pk"))

    assert [box.name for box in picture.left] == ["三八路社区居民委员会", "盐店街社区居民委员会"]
    assert [(box.name, box.height) for box in picture.right] == [("合并社区", 48.0)]
    assert [(box.y, box.height) for box in picture.left] == [(10.0, 24.0), (44.0, 24.0)]
    assert picture.bands[0].path == "M212 10 C300 10 300 10 388 10 V34 C300 34 300 34 212 34 Z"


TABLE = """old,key,name,level,parent,share,goes_on,code
510302002008,a,合并社区居民委员会,COMMUNITY,510302002000,1,,510302002099
510302002005,a,,,,,,
"""


@pytest.fixture
def draft_data(district: Division) -> dict[str, str]:
    return {
        "kind": "MERGE",
        "district": str(district.pk),
        "reason": "优化设置",
        "effective_on": "2026-03-01",
        "system": "NBS",
        "edition": "2023",
        "new_system": "NBS",
        "new_edition": "2026",
        "table": TABLE,
    }


def test_a_change_is_drafted_and_moved_on_the_desk(
    draft_data: dict[str, str], district_officer: User, district_admin: User
) -> None:
    client = desk_client(district_officer)
    client.post(reverse("admin:communities_divisionchange_add"), draft_data)
    change = DivisionChange.objects.get()
    move = [change.pk]
    client.post(reverse("admin:communities_divisionchange_move", args=[*move, "consult"]))
    client = desk_client(district_admin)
    shown = client.get(reverse("admin:communities_divisionchange_change", args=move)).content.decode()
    client.post(reverse("admin:communities_divisionchange_move", args=[*move, "approve"]), DOCUMENT)
    client.post(reverse("admin:communities_divisionchange_move", args=[*move, "bring_into_force"]))
    hand_over = reverse("admin:communities_divisionchange_hand_over", args=move)
    listed = client.get(hand_over)
    for kind in listed.context["kinds"]:
        client.post(hand_over, {"kind": kind.key, "successor": ""})
    empty = client.get(hand_over)
    client.post(reverse("admin:communities_divisionchange_move", args=[*move, "close"]))

    change.refresh_from_db()
    assert "合并社区居民委员会" in shown
    assert len(listed.context["kinds"]) == 3
    assert empty.context["kinds"] == []
    assert change.status == "CLOSED"
    assert Division.objects.get(name="合并社区居民委员会").codes.get().code == "510302002099"


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ("a,b\n1,2", "old, key"),
        ("old,key\n999999999999,a", "999999999999"),
        ("old,key,level\n510302002008,a,REGION", "REGION"),
        ("old,key,parent\n510302002008,a,999999999999", "999999999999"),
        ("old,key,share\n510302002008,a,viel", "viel"),
    ],
)
def test_a_wrong_table_comes_back(table: str, words: str, draft_data: dict[str, str], district_officer: User) -> None:
    client = desk_client(district_officer)

    answer = client.post(reverse("admin:communities_divisionchange_add"), {**draft_data, "table": table})

    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert DivisionChange.objects.count() == 0


def test_a_refused_draft_comes_back(draft_data: dict[str, str], district_officer: User) -> None:
    client = desk_client(district_officer)
    table = TABLE.replace(",1,,", ",0.5,,")

    answer = client.post(reverse("admin:communities_divisionchange_add"), {**draft_data, "table": table})

    assert answer.status_code == 200
    assert "0.5" in answer.content.decode()
    assert DivisionChange.objects.count() == 0


def test_the_hand_over_list_is_for_the_lead_department(house: House, now: dt.datetime) -> None:
    change = merge(house, now, "合并社区", house.places["community"])
    url = reverse("admin:communities_divisionchange_hand_over", args=[change.pk])

    answers = {}
    for person in ("district_officer", "auditor", "district_admin", "charity_officer"):
        answers[person] = desk_client(house.people[person]).get(url).status_code

    assert answers == {"district_officer": 403, "auditor": 403, "district_admin": 200, "charity_officer": 403}
