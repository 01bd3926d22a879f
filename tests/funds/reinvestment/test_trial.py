"""A policy tried on past years: the same figures as the planner's, beside what was ordered, and nothing written."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from communities.territory.models import Division
from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise
from funds.reinvestment import operations, trial
from funds.reinvestment.models import (
    DerivationStep,
    DistributionPolicy,
    PolicyTier,
    ReinvestmentOrder,
    ReinvestmentRun,
)
from funds.reinvestment.trial import Trial, TrialTooLarge, YearsUnfit, try_policy
from funds.reinvestment.trial_drawing import draw
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.communities import ENTERED_AT, LONG_AGO, PolicyDocumentFactory
from tests.factories.funds_enterprises import EnterpriseFactory
from tests.factories.funds_reinvestment import declare
from tests.funds.reinvestment.conftest import Plan
from tests.people import House, desk_client, session_client, sign_in

pytestmark = pytest.mark.django_db


def drafted(
    place: CommunityEnterprise | Division, fund: CommunityFund, by: User, share: str = "0.80", **more: Any
) -> DistributionPolicy:
    """Return a draft over the distributable profit."""
    return operations.enter_policy(
        by=by,
        place=place,
        base="DISTRIBUTABLE_PROFIT",
        document=PolicyDocumentFactory(),
        valid_from=dt.date(2027, 1, 1),
        destinations=[operations.Destination(fund, Decimal(1))],
        tiers=[operations.Tier(Decimal(0), None, Decimal(share))],
        now=ENTERED_AT,
        **more,
    )


@pytest.fixture
def draft(
    company: CommunityEnterprise,
    policy: DistributionPolicy,
    fund: CommunityFund,
    house: House,
    plan: Plan,
    worked_example: dict[str, Decimal],
) -> DistributionPolicy:
    """A draft of 80 % for the company, whose year was planned with 60 %."""
    plan(company, **worked_example)
    return drafted(company, fund, house.people["street_officer"])


def run(draft: DistributionPolicy, by: User, scope: Any = None, **more: Any) -> Trial:
    years = {"first_year": 2024, "last_year": 2026, **more}
    return try_policy(by=by, policy=draft, scope=scope or draft.enterprise or draft.division, **years)


def test_a_draft_is_set_beside_what_was_ordered(draft: DistributionPolicy, house: House, fund: CommunityFund) -> None:
    found = run(draft, house.people["street_officer"])

    [year], [row], [given] = found.years, found.rows, found.funds
    assert (year.year, year.declarations, year.touched, year.minor) == (2025, 1, 1, 0)
    assert (year.base, year.ordered, year.tried) == (Decimal(252000), Decimal(151200), Decimal(201600))
    assert (row.enterprise_key, row.difference, row.is_touched) == (draft.enterprise_id, Decimal(50400), True)
    assert (given.fund, given.tried) == (fund.pk, Decimal(201600))
    assert found.total.difference == Decimal(50400)


def test_nothing_is_written(draft: DistributionPolicy, house: House) -> None:
    def counts() -> list[int]:
        tables = (ReinvestmentRun, DerivationStep, ReinvestmentOrder, OutboxEvent, AuditEntry, DistributionPolicy)
        return [table.objects.count() for table in tables]

    before = counts()
    run(draft, house.people["street_officer"])

    assert counts() == before


def test_what_a_trial_shows_is_what_the_planner_orders(
    draft: DistributionPolicy, house: House, company: CommunityEnterprise, plan: Plan, now: dt.datetime
) -> None:
    """The draft is adopted for the past, the year planned anew by a correction: the same amount to the fen."""
    tried = run(draft, house.people["street_officer"]).rows[0].tried
    old = DistributionPolicy.objects.exclude(pk=draft.pk).get()
    reviewer = house.people["street_reviewer"]
    operations.retire_policy(by=reviewer, policy=old, valid_to=old.valid_from, reason="试算一致", now=now)
    DistributionPolicy.objects.filter(pk=draft.pk).update(valid_from=LONG_AGO)
    operations.approve_policy(by=reviewer, policy=draft, now=now)

    figures = {
        "net_profit": Decimal(300000),
        "losses_carried": Decimal(20000),
        "registered_capital": Decimal(500000),
        "reserve_before": Decimal(240000),
    }
    again = plan(company, revision=2, **figures)

    assert (again.reinvested, again.difference) == (tried, Decimal(50400))


def test_a_nearer_policy_goes_on_counting(
    draft: DistributionPolicy, house: House, fund: CommunityFund, plan: Plan
) -> None:
    """On the street: the company keeps its own rule, the neighbor without one would get the street's."""
    neighbor = EnterpriseFactory(operating=True, division=house.places["community"], legal_form="VILLAGE_COLLECTIVE")
    declare(neighbor, net_profit=Decimal(1000))
    street, officer = house.places["street"], house.people["street_officer"]
    wide = drafted(street, fund, officer, share="0.40")

    kept, all_of_them = run(wide, officer), run(wide, officer, everybody=True)

    assert [(row.enterprise_key, row.is_touched, row.is_minor, row.difference) for row in kept.rows] == [
        (neighbor.pk, True, True, Decimal(400)),
        (draft.enterprise_id, False, False, Decimal(0)),
    ]
    assert (kept.touched, all_of_them.touched) == (1, 2)
    assert all_of_them.rows[0].difference == Decimal("100800") - Decimal("151200")


def test_an_agency_gives_nothing(house: House, fund: CommunityFund) -> None:
    agency = EnterpriseFactory(operating=True, division=house.places["community"], legal_form="SOCIAL_SERVICE_AGENCY")
    declare(agency, net_profit=Decimal(1000))
    wide = drafted(house.places["street"], fund, house.people["street_officer"])

    [row] = run(wide, house.people["street_officer"], everybody=True).rows

    assert (row.tried, row.is_touched) == (Decimal(0), False)


def test_only_the_last_revision_of_an_audited_year_counts(
    draft: DistributionPolicy, house: House, company: CommunityEnterprise
) -> None:
    declare(company, net_profit=Decimal(1000), revision=2, registered_capital=Decimal(0))

    [row] = run(draft, house.people["street_officer"]).rows

    assert (row.base, row.tried, row.ordered) == (Decimal(1000), Decimal(800), Decimal(151200))


@pytest.mark.parametrize(("first", "last"), [(2026, 2025), (2010, 2026), (1980, 1981)])
def test_years_that_cannot_be_right_are_refused(draft: DistributionPolicy, house: House, first: int, last: int) -> None:
    with pytest.raises(YearsUnfit):
        run(draft, house.people["street_officer"], first_year=first, last_year=last)


def test_a_trial_is_bounded(draft: DistributionPolicy, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trial, "LONGEST", 0)
    with pytest.raises(TrialTooLarge):
        run(draft, house.people["street_officer"])


@pytest.mark.parametrize("person", ["other_street_officer", "resident", "charity_officer"])
def test_strangers_try_nothing(draft: DistributionPolicy, house: House, person: str) -> None:
    with pytest.raises(NotAllowed):
        run(draft, house.people[person])


def test_the_enterprise_tries_its_own_policy_only(draft: DistributionPolicy, house: House) -> None:
    head = house.people["enterprise_head"]

    assert run(draft, head).touched == 1
    with pytest.raises(NotAllowed):
        run(draft, head, scope=house.places["street"])


def page(draft: DistributionPolicy, by: User | None, **asked: Any) -> Any:
    client = Client()
    if by is not None:
        sign_in(client, by)
    return client.get(reverse("funds:distribution-policy-what-if", args=[draft.pk]), asked)


def test_the_page_draws_and_tabulates(draft: DistributionPolicy, house: House) -> None:
    text = page(draft, house.people["street_officer"], first_year=2025, last_year=2025).content.decode()

    assert text.count('<rect class="fill-1" x="0"') == 2
    assert {"151,200.00", "201,600.00", "50,400.00", "252,000.00"} <= set(text.replace("<", ">").split(">"))


def test_the_page_says_the_policy_in_words(english: None, draft: DistributionPolicy, house: House) -> None:
    text = page(draft, house.people["street_officer"], first_year=2025, last_year=2025).content.decode()

    assert "80 % of it ·" in " ".join(text.split())


@pytest.mark.parametrize(
    ("lower", "upper", "words"),
    [
        (0, None, "60 % of it"),
        (0, 100000, "60 % of what lies between 0.00 and 100,000.00 yuan"),
        (100000, None, "60 % of what exceeds 100,000.00 yuan"),
    ],
)
def test_tiers_are_said_in_words(english: None, lower: int, upper: int | None, words: str) -> None:
    tier = PolicyTier(lower=Decimal(lower), upper=None if upper is None else Decimal(upper), share=Decimal("0.6000"))

    assert tier.words == words


def test_the_page_says_what_is_wrong_with_the_years(draft: DistributionPolicy, house: House) -> None:
    answer = page(draft, house.people["street_officer"], first_year=2025, last_year=2020)

    assert answer.status_code == 200
    assert answer.context["trial"] is None
    assert "first_year" in answer.context["form"].errors


def test_the_page_is_not_for_everybody(draft: DistributionPolicy, house: House) -> None:
    assert page(draft, None).status_code == 302
    assert page(draft, house.people["resident"]).status_code == 404
    assert page(draft, house.people["other_street_officer"]).status_code == 404


def test_the_desk_leads_to_it(draft: DistributionPolicy, house: House) -> None:
    client = desk_client(house.people["street_officer"])

    text = client.get(f"/desk/funds/distributionpolicy/{draft.pk}/change/").content.decode()

    assert reverse("funds:distribution-policy-what-if", args=[draft.pk]) in text


def test_the_interface_answers_the_same(draft: DistributionPolicy, house: House) -> None:
    client = session_client(house.people["street_officer"])
    address = f"/api/v1/distribution-policies/{draft.pk}/what-if"

    told = client.get(address, {"first_year": 2024, "last_year": 2026}).json()
    wider = client.get(address, {"first_year": 2024, "last_year": 2026, "division": house.places["street"].pk}).json()
    both = client.get(
        address,
        {
            "first_year": 2024,
            "last_year": 2026,
            "division": house.places["street"].pk,
            "enterprise": draft.enterprise_id,
        },
    )
    wrong = client.get(address, {"first_year": "abc", "last_year": 2026})

    assert told["total"] == {
        "base": "252000.00",
        "ordered": "151200.00",
        "tried": "201600.00",
        "difference": "50400.00",
    }
    assert wider["years"][0]["touched"] == 0
    assert (both.status_code, wrong.status_code) == (400, 400)


@pytest.mark.parametrize("count", [1, 3])
def test_a_trial_takes_a_fixed_number_of_queries(
    *,
    count: int,
    draft: DistributionPolicy,
    house: House,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        enterprise = EnterpriseFactory(operating=True, division=house.places["community"])
        declare(enterprise, net_profit=Decimal(1000 + number))
    officer = house.people["street_officer"]
    assert officer.has_perm("funds.try_distribution_policy", house.places["street"])

    with django_assert_num_queries(5):  # with the savepoint and SET LOCAL around the one statement
        run(draft, officer, scope=house.places["street"])


def test_a_picture_without_amounts_is_none(draft: DistributionPolicy, house: House) -> None:
    found = run(draft, house.people["street_officer"], first_year=1999, last_year=2000)

    assert found.years == []
    assert draw([]) is None
