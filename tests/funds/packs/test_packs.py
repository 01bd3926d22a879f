"""Rule packs: versions with validity, adopted in four eyes; what a pack does not say comes from the parameters."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from funds.charity.policy import (
    COMMITTEE_IS_ODD,
    COMMITTEE_MINIMUM,
    FEE_CAP,
    IDLE_WARN,
    OPENING_MINIMUM,
    PUBLICITY_DAYS,
)
from funds.packs import operations
from funds.packs.models import FundRulePack
from funds.packs.queries import pack_on, rule_of, rules_for
from funds.packs.seeds import RULE_PACKS
from funds.spending.policy import QUOTES_FROM
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from tests.factories.accounts import UserFactory
from tests.factories.communities import PolicyParameterFactory, PostFactory
from tests.people import House
from tests.walls import change_refused, refused, violated

pytestmark = pytest.mark.django_db

PACK: dict[str, Any] = {
    "key": "zigong",
    "name": "自贡市社区（村）基金（修订）",
    "values": {"fund.committee.min": 7, "fund.opening_min": "1000.00"},
    "basis": "自民规〔2026〕1号",
    "valid_from": dt.date(2026, 7, 1),
}


@pytest.fixture
def second_admin(house: House) -> User:
    made: User = UserFactory.create()
    PostFactory(user=made, role="DISTRICT_ADMIN", division=house.places["district"])
    return made


def test_the_presets_are_loaded_once_and_hold(system: User, now: dt.datetime, today: dt.date) -> None:
    assert operations.seed_rule_packs(by=system, now=now) == len(RULE_PACKS)
    assert operations.seed_rule_packs(by=system, now=now) == 0

    found = {row.key: row for row in FundRulePack.objects.in_force_on(today)}
    assert sorted(found) == sorted(figures["key"] for figures in RULE_PACKS)
    assert AuditEntry.objects.filter(verb="funds.rule_pack.loaded").count() == len(RULE_PACKS)
    for row in found.values():
        assert len(list(row.sentences)) == len(row.values), row.key


def test_what_a_pack_does_not_say_comes_from_the_parameters(
    house: House, system: User, now: dt.datetime, today: dt.date
) -> None:
    operations.seed_rule_packs(by=system, now=now)
    place = house.places["community"]
    row = PolicyParameterFactory(key="fund.committee.min", value=9, unit="persons")
    type(row).objects.filter(pk=row.pk).update(status="ACTIVE", approved_by=UserFactory())
    hubei, wuhan, huizhou = (pack_on(key, today) for key in ("hubei", "wuhan", "huizhou"))

    assert rule_of(IDLE_WARN, hubei, place, today) == 6
    assert rule_of(FEE_CAP, hubei, place, today) == Decimal("0.05")
    assert rule_of(FEE_CAP, wuhan, place, today) == Decimal(0)
    assert rule_of(OPENING_MINIMUM, huizhou, place, today) == Decimal(50000)
    assert rule_of(COMMITTEE_MINIMUM, huizhou, place, today) == 9
    assert rule_of(COMMITTEE_MINIMUM, pack_on("zigong", today), place, today) == 5
    assert rule_of(PUBLICITY_DAYS, None, place, today) == 7


def test_rules_are_said_as_people_write_them(english: None, system: User, now: dt.datetime, today: dt.date) -> None:
    operations.seed_rule_packs(by=system, now=now)

    said = {rule.here.parameter.key: rule.words for rule in rules_for(pack_on("hubei", today), None, today)}

    assert said[QUOTES_FROM.key] == "30,000 yuan"
    assert said[FEE_CAP.key] == "5 % of the donation"
    assert said[COMMITTEE_IS_ODD.key] == "yes"


def test_rules_for_says_which_rules_the_pack_sets(house: House, system: User, now: dt.datetime, today: dt.date) -> None:
    operations.seed_rule_packs(by=system, now=now)

    rules = {
        rule.here.parameter.key: rule for rule in rules_for(pack_on("huizhou", today), house.places["street"], today)
    }

    assert (rules["fund.opening_min"].is_packed, rules["fund.opening_min"].shown) == (True, "50000")
    assert (rules["fund.idle_warn"].is_packed, rules["fund.idle_warn"].shown) == (False, "6")
    assert "fund.ladder" not in rules


def test_a_new_version_ends_the_one_before(
    house: House, second_admin: User, system: User, now: dt.datetime, today: dt.date
) -> None:
    operations.seed_rule_packs(by=system, now=now)
    row = operations.enter_rule_pack(by=house.people["district_admin"], now=now, **PACK)

    assert (row.version, row.status) == (2, "DRAFT")
    with pytest.raises(lifecycle.SamePerson):
        operations.adopt_rule_pack(by=house.people["district_admin"], pack=row, now=now)
    with pytest.raises(lifecycle.MoveForbidden):
        operations.adopt_rule_pack(by=house.people["district_officer"], pack=row, now=now)
    row = operations.adopt_rule_pack(by=second_admin, pack=row, now=now)

    assert row.status == "ACTIVE"
    before, after = pack_on("zigong", today), pack_on("zigong", dt.date(2026, 7, 1))
    assert (before.version, before.valid_to, after) == (1, dt.date(2026, 7, 1), row)
    assert rule_of(COMMITTEE_MINIMUM, after, house.places["community"], dt.date(2026, 7, 1)) == 7


def test_versions_do_not_overlap(house: House, second_admin: User, system: User, now: dt.datetime) -> None:
    operations.seed_rule_packs(by=system, now=now)
    row = operations.enter_rule_pack(
        by=house.people["district_officer"], now=now, **{**PACK, "valid_from": dt.date(2020, 1, 1)}
    )

    with pytest.raises(operations.PackOverlaps):
        operations.adopt_rule_pack(by=second_admin, pack=row, now=now)

    row.refresh_from_db()
    assert row.status == "DRAFT"


@pytest.mark.parametrize(
    ("values", "refusal"),
    [
        ({}, operations.PackEmpty),
        ({"reinvest.share": "0.5"}, operations.PackValueUnknown),
        ({"fund.nothing": 1}, operations.PackValueUnknown),
        ({"fund.committee.min": "many"}, operations.PackValueWrong),
        ({"fund.committee.odd": 1}, operations.PackValueWrong),
        ({"fund.committee.seats": ["KING"]}, operations.PackValueWrong),
        ({"fund.fee_cap": "1,5"}, operations.PackValueWrong),
    ],
)
def test_a_pack_sets_what_the_catalogue_knows(
    house: House, now: dt.datetime, values: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        operations.enter_rule_pack(by=house.people["district_admin"], now=now, **{**PACK, "values": values})

    assert not FundRulePack.objects.exists()


def test_others_enter_no_pack(house: House, now: dt.datetime) -> None:
    for who in ("street_reviewer", "community_staff", "charity_officer", "auditor", "stranger"):
        with pytest.raises(NotAllowed):
            operations.enter_rule_pack(by=house.people[who], now=now, **PACK)

    assert not FundRulePack.objects.exists()


@pytest.mark.parametrize(
    ("guard", "change"),
    [
        ("fundrulepack_moves_by_the_table", "status = 'DRAFT'"),
        ("fundrulepack_period_runs_forward", "valid_to = valid_from"),
    ],
)
def test_guards_of_a_pack(system: User, now: dt.datetime, guard: str, change: str) -> None:
    operations.seed_rule_packs(by=system, now=now)

    change_refused(guard, FundRulePack.objects.get(key="zigong"), change)


def test_an_adopted_version_keeps_its_figures(house: House, system: User, now: dt.datetime) -> None:
    operations.seed_rule_packs(by=system, now=now)
    draft = operations.enter_rule_pack(by=house.people["district_admin"], now=now, **PACK)
    adopted = FundRulePack.objects.get(key="zigong", version=1)

    said = violated("UPDATE funds_fundrulepack SET values = '{}' WHERE id = %s", adopted.pk)
    assert "Cannot update" in said
    change_refused("fundrulepack_adopted_by_somebody", draft, "status = 'ACTIVE'")
    change_refused("fundrulepack_two_persons", draft, "adopted_by_id = entered_by_id")
    refused("fundrulepack_version_is_unique", "UPDATE funds_fundrulepack SET version = 1 WHERE id = %s", draft.pk)
