"""The front door: the choice of a district, the home of a place, and search."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from communities.territory.models import Division
from funds.charity.models import CommunityFund, HostCharity
from funds.enterprises.models import CommunityEnterprise
from funds.ledger.models import AccountKind
from funds.ledger.operations import open_account
from governance.accounts.models import User
from governance.calendar import clock
from governance.portal import queries
from governance.portal.queries import Money
from tests.factories.communities import (
    BodyFactory,
    BodyMembershipFactory,
    DivisionFactory,
    PublicNoticeFactory,
)
from tests.factories.consultation_ballots import HOUR, Place
from tests.factories.consultation_matters import TopicFactory
from tests.factories.funds_charity import CommunityFundFactory
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_ledger import post

pytestmark = pytest.mark.django_db

HOME = reverse("portal:home")
SEARCH = reverse("portal:search")


def _home(client: Client, place: Division) -> Any:
    answer = client.get(reverse("portal:division", args=[place.pk]))
    assert answer.status_code == 200
    return answer


def _titles(answer: Any) -> list[str]:
    return [chance.title for chance in answer.context["chances"]]


def _topics(answer: Any) -> list[str]:
    return [chance.title for chance in answer.context["chances"] if chance.url.startswith("/topics/")]


def _found(client: Client, text: str) -> dict[str, list[Any]]:
    answer = client.get(SEARCH, {"q": text})
    assert answer.status_code == 200
    found: dict[str, list[Any]] = answer.context["found"]
    return found


def _queries(work: Callable[[], Any]) -> int:
    with CaptureQueriesContext(connection) as captured:
        work()
    return len(captured)


def _fund(place: Division, charity: HostCharity, name: str = "", **more: Any) -> CommunityFund:
    values = {"name": f"{name}（全称）", "short_name": name} if name else {}
    made: CommunityFund = CommunityFundFactory(active=True, division=place, charity=charity, **values, **more)
    return made


def _accounts(fund: CommunityFund) -> dict[str, Any]:
    return {account.code: account for account in fund.book.accounts.select_related("book")}


def _give(fund: CommunityFund, amount: str, *, by: User, now: dt.datetime) -> None:
    accounts = _accounts(fund)
    post(by, accounts["source:donor"], accounts["pool:free"], amount, now=now)


# ---------------------------------------------------------------------------------------- the choice of a district


@pytest.mark.parametrize(
    "name",
    [
        "consultation:matter-list",
        "consultation:topic-list",
        "consultation:ballot-list",
        "consultation:decision-list",
        "projects:contract-list",
        "projects:activity-list",
        "projects:evaluation-list",
    ],
)
def test_every_list_of_a_place_is_one_click_from_its_home(client: Client, community: Division, name: str) -> None:
    address = reverse(name, args=[community.pk])

    assert f'href="{address}"' in _home(client, community).content.decode()


def test_without_a_district_the_front_door_says_what_to_do(client: Client, db: None) -> None:
    answer = client.get(HOME)

    assert answer.status_code == 200
    assert answer.context["districts"] == []
    assert 'class="empty"' in answer.text


def test_one_district_is_the_front_door(client: Client, district: Division) -> None:
    answer = client.get(HOME)

    assert answer.status_code == 302
    assert answer["Location"] == district.get_absolute_url()


def test_several_districts_are_a_choice(client: Client, city: Division, district: Division) -> None:
    second = DivisionFactory(tier=3, level="DISTRICT", parent=city, name="贡井区")

    answer = client.get(HOME)

    assert answer.context["districts"] == [district, second]
    for shown in (district, second):
        assert f'href="{shown.get_absolute_url()}"' in answer.text
    assert 'href="/projects/"' in answer.text


def test_a_district_that_ended_is_not_offered(client: Client, city: Division, district: Division) -> None:
    DivisionFactory(tier=3, level="DISTRICT", parent=city, name="贡井区", valid_to=dt.date(2021, 1, 1))

    assert client.get(HOME)["Location"] == district.get_absolute_url()


# ------------------------------------------------------------------------------------------------ the home of a place


def test_an_empty_place_says_so(client: Client, community: Division) -> None:
    answer = _home(client, community)

    assert answer.context["money"].is_nothing
    assert answer.context["chances"] == []
    assert answer.text.count('class="empty"') == 2
    assert 'class="figures"' not in answer.text


def test_a_place_shows_the_way_up_and_what_lies_below(
    client: Client, district: Division, street: Division, community: Division, neighbor: Division
) -> None:
    answer = _home(client, street)

    assert answer.context["ancestors"][-1] == district
    assert answer.context["below"] == [community, neighbor]
    assert not answer.context["is_community"]
    for link in (
        community.get_absolute_url(),
        reverse("communities:rules-of-place", args=[street.pk]),
        reverse("communities:body-list", args=[street.pk]),
        f"{reverse('communities:division-changes')}?division={street.pk}",
    ):
        assert f'href="{link}"' in answer.text


def test_a_community_shows_who_decides_there(client: Client, community: Division, neighbor: Division) -> None:
    body = BodyFactory(division=community, name="三八路社区居民委员会")
    BodyMembershipFactory(body=body, is_chair=True)
    BodyFactory(division=neighbor)

    answer = _home(client, community)

    assert answer.context["bodies"] == [body]
    assert f'href="{body.get_absolute_url()}"' in answer.text
    assert answer.context["below"] == []


def test_the_figures_are_exact(
    *, client: Client, street: Division, community: Division, charity: HostCharity, system: User, now: dt.datetime
) -> None:
    fund = _fund(community, charity)
    second = _fund(community, charity)
    _give(fund, "151200.00", by=system, now=now)
    _give(second, "0.07", by=system, now=now)
    accounts = _accounts(fund)
    holds = accounts["pool:free"], _open(fund, AccountKind.HOLD, "hold:1", system, now)
    post(system, *holds, "20000.50", now=now, kind="HOLD")
    post(system, holds[1], _open(fund, AccountKind.SINK, "use:1", system, now), "8000.25", now=now, kind="PAYMENT")

    expected = Money(
        received=Decimal("151200.07"),
        available=Decimal("131199.57"),
        held=Decimal("12000.25"),
        used=Decimal("8000.25"),
    )
    for place in (community, street):
        answer = _home(client, place)
        assert answer.context["money"] == expected
        assert [(row, row.available) for row in answer.context["funds"]] == [
            (fund, Decimal("131199.50")),
            (second, Decimal("0.07")),
        ]
        for figure in ("151,200.07", "131,199.57", "12,000.25", "8,000.25", "131,199.50"):
            assert figure in answer.text


def _open(fund: CommunityFund, kind: str, code: str, by: User, now: dt.datetime) -> Any:
    return open_account(by=by, book=fund.book, code=code, kind=kind, name=code, now=now)


def test_another_place_has_no_part_in_the_money(
    *, client: Client, community: Division, neighbor: Division, charity: HostCharity, system: User, now: dt.datetime
) -> None:
    _give(_fund(community, charity), "100.00", by=system, now=now)

    answer = _home(client, neighbor)

    assert answer.context["money"] == Money(*[Decimal(0)] * 4)
    assert answer.context["funds"] == []


def test_only_funds_that_live_and_notices_that_run_are_shown(
    client: Client, community: Division, charity: HostCharity, now: dt.datetime
) -> None:
    fund = _fund(community, charity)
    CommunityFundFactory(division=community, charity=charity)
    CommunityFundFactory(division=community, charity=charity, closed=True)
    late = PublicNoticeFactory(division=community, posted=now.date())
    soon = PublicNoticeFactory(division=community, posted=now.date(), minimum_days=1)
    PublicNoticeFactory(division=community)

    answer = _home(client, community)

    assert answer.context["funds"] == [fund]
    assert _titles(answer) == [soon.title, late.title]
    assert [chance.last_day for chance in answer.context["chances"]] == [soon.ends_on, late.ends_on]


def test_a_place_shows_as_many_notices_as_fit(client: Client, community: Division, now: dt.datetime) -> None:
    made = [PublicNoticeFactory(division=community, posted=now.date()) for _ in range(queries.SHOWN + 1)]

    assert _titles(_home(client, community)) == [notice.title for notice in made[: queries.SHOWN]]


def test_a_place_shows_the_topics_that_are_open(
    client: Client, street: Division, community: Division, neighbor: Division
) -> None:
    open_one = TopicFactory(division=community, walked="ANNOUNCED")
    elsewhere = TopicFactory(division=neighbor, walked="DELIBERATED")
    TopicFactory(division=community)
    TopicFactory(division=community, walked="DECIDED")

    assert _topics(_home(client, community)) == [open_one.title]
    answer = _home(client, street)
    assert _topics(answer) == [elsewhere.title, open_one.title]
    assert f'href="{open_one.get_absolute_url()}"' in answer.text
    assert reverse("consultation:matter-new", args=[community.pk]) in _home(client, community).text


def test_a_vote_stands_first_and_says_until_when(client: Client, now: dt.datetime) -> None:
    place = Place(clock.now() - 2 * HOUR)
    place.populate(3)
    TopicFactory(division=place.division, walked="DELIBERATED")
    ballot = place.open(question="怎样改造？")

    first = _home(client, place.division).context["chances"][0]

    assert (first.title, first.url, first.until) == (ballot.question, ballot.get_absolute_url(), ballot.closes_at)


def test_a_closed_place_says_since_when(client: Client, street: Division, community: Division) -> None:
    Division.objects.filter(pk=community.pk).update(status="CLOSED", valid_to=dt.date(2025, 7, 1))

    answer = _home(client, community)

    assert "2025-07-01" in answer.text
    assert community not in _home(client, street).context["below"]


def test_an_unknown_place_is_not_found(client: Client, db: None) -> None:
    assert client.get(reverse("portal:division", args=[1])).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_the_home_of_a_place_takes_the_same_queries(
    *,
    client: Client,
    street: Division,
    community: Division,
    charity: HostCharity,
    system: User,
    now: dt.datetime,
    rows: int,
) -> None:
    for _ in range(rows):
        _give(_fund(community, charity), "10.00", by=system, now=now)
        PublicNoticeFactory(division=community, posted=now.date())
        BodyMembershipFactory(body=BodyFactory(division=community))
        TopicFactory(division=community, walked="DELIBERATED")

    assert _queries(lambda: _home(client, community)) == 13
    assert _queries(lambda: _home(client, street)) == 12


# ------------------------------------------------------------------------------------------------------------- search


def test_search_finds_a_place(client: Client, community: Division, neighbor: Division) -> None:
    assert _found(client, "三八路") == {"divisions": [community], "funds": [], "enterprises": [], "notices": []}


def test_search_finds_a_fund_an_enterprise_and_a_notice(
    client: Client, community: Division, charity: HostCharity, now: dt.datetime
) -> None:
    fund = _fund(community, charity, "檀木林社区慈善基金")
    enterprise = EnterpriseFactory(operating=True, division=community, name="檀木林社区服务有限公司")
    notice = PublicNoticeFactory(division=community, title="檀木林小区用款公示", posted=now.date())

    answer = client.get(SEARCH, {"q": "  檀木林 "})

    assert answer.context["found"] == {
        "divisions": [],
        "funds": [fund],
        "enterprises": [enterprise],
        "notices": [notice],
    }
    for row in (fund, enterprise, notice):
        assert f'href="{row.get_absolute_url()}"' in answer.text


def test_search_finds_nothing_that_is_not_public(
    client: Client, enterprise: CommunityEnterprise, community: Division, charity: HostCharity
) -> None:
    PublicNoticeFactory(division=community, title="三八路社区服务有限公司用款公示")
    CommunityFundFactory(division=community, charity=charity, name="三八路社区服务有限公司基金")

    answer = client.get(SEARCH, {"q": enterprise.name})

    assert answer.context["is_empty"]
    assert 'class="empty"' in answer.text


def test_search_finds_no_place_that_closed(client: Client, community: Division) -> None:
    Division.objects.filter(pk=community.pk).update(status="CLOSED", valid_to=dt.date(2025, 7, 1))

    assert _found(client, "三八路")["divisions"] == []


@pytest.mark.parametrize("text", ["", " ", "路", " 路 "])
def test_a_short_text_is_not_searched(client: Client, community: Division, text: str) -> None:
    answer = client.get(SEARCH, {"q": text})

    assert not answer.context["is_long_enough"]
    assert answer.context["found"] == {}
    assert _queries(lambda: client.get(SEARCH, {"q": text})) == 0


def test_nothing_found_repeats_the_text_as_text(client: Client, community: Division) -> None:
    answer = client.get(SEARCH, {"q": "<b>无</b>"})

    assert answer.context["is_empty"]
    assert "&lt;b&gt;无&lt;/b&gt;" in answer.text
    assert "<b>无" not in answer.text


def test_the_text_is_cut_at_fifty_characters(client: Client, db: None) -> None:
    assert client.get(SEARCH, {"q": "路" * 60}).context["text"] == "路" * 50


def test_search_takes_four_queries_with_few_and_many_rows(client: Client, street: Division) -> None:
    first = _queries(lambda: _found(client, "社区"))
    for _ in range(12):
        DivisionFactory(parent=street, name="新社区")

    assert first == _queries(lambda: _found(client, "社区")) == 4
    assert len(_found(client, "社区")["divisions"]) == queries.FOUND
