"""Who is tied to an applicant scores it neither by name nor by the common assignment; the database says it again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from communities.people.models import Resident
from communities.territory.models import Division
from governance.accounts.models import User
from projects.contracts.models import Contract
from projects.evaluation.models import EvaluatorTie
from projects.grants import refusals, reviewing
from projects.grants.models import GrantApplication, GrantExpert, PanelSeat, ScoreSheet
from projects.grants.queries import conflicts
from socialorgs.register.models import SocialOrganization
from tests.factories.accounts import UserFactory
from tests.factories.communities import ENTERED_AT, LONG_AGO, PostFactory, ResidentFactory
from tests.factories.funds_spending import SpendingRequestFactory
from tests.factories.projects_evaluation import TieFactory
from tests.factories.projects_grants import Story
from tests.factories.socialorgs_register import OrganizationAppointmentFactory, OrganizationFactory
from tests.properties import examples

pytestmark = pytest.mark.django_db


@pytest.fixture
def panel(story: Story) -> Story:
    """A round in review with one application, and seven seated experts who declared nothing; no sheets yet."""
    story.opened()
    story.applications = [story.admitted(story.submitted())]
    story.days(20)
    story.turn()
    story.round = story.begin_review()
    story.seated(7)
    return story


def months_ago(story: Story, months: int) -> dt.date:
    return (story.now - dt.timedelta(days=months * 30)).date()


def employed(story: Story, expert: User, until: dt.date | None) -> None:
    TieFactory(organization=story.applications[0].organization, user=expert, kind="EMPLOYED", valid_to=until)


def lives_with(story: Story, expert: User) -> None:
    for user in (expert, story.managers[0]):
        ResidentFactory(user=user, division=story.house.places["community"], address="三八路1号2单元301")


def works_in_landing_community(story: Story, expert: User) -> None:
    PostFactory(user=expert, role="GRID_WORKER", division=story.house.places["community"])


def contracted(organization: SocialOrganization, place: Division, **hands: Any) -> Contract:
    """A contract with an organization as far as it was brought: who drafted it, who signed, and when."""
    day = dt.date(2020, 1, 1)
    return Contract.objects.create(
        number=f"HT-{Contract.objects.count()}",
        division=place,
        organization=organization,
        request=SpendingRequestFactory(),
        title="助餐",
        scope="每日送餐。",
        amount=Decimal(3000),
        starts_on=day,
        ends_on=day + dt.timedelta(days=300),
        **{"drafted_at": ENTERED_AT, "drafted_by": UserFactory(), **hands},
    )


def employer(story: Story, expert: User) -> None:
    GrantExpert.objects.filter(user=expert).update(employer=story.applications[0].organization)


TIES: dict[str, Callable[[Story, User], None]] = {
    "EMPLOYED": lambda story, expert: employed(story, expert, months_ago(story, 18)),
    "HOUSEHOLD": lives_with,
    "POST": works_in_landing_community,
}


@pytest.mark.parametrize("kind", TIES)
def test_a_tied_expert_gets_no_sheet(panel: Story, kind: str) -> None:
    expert = panel.experts[0]
    TIES[kind](panel, expert)

    with pytest.raises(refusals.ExpertTied):
        reviewing.assign_sheet(by=panel.officer, now=panel.now, application=panel.applications[0], expert=expert)
    reviewing.assign_sheets(by=panel.officer, now=panel.now, round_=panel.round)

    found = conflicts(panel.round, [panel.applications[0].pk], [expert.pk], panel.now.date())
    assert kind in found[panel.applications[0].pk][expert.pk]
    assert not ScoreSheet.objects.filter(expert=expert).exists()
    assert ScoreSheet.objects.count() == 5


def test_an_employer_of_the_pool_counts(panel: Story) -> None:
    employer(panel, panel.experts[0])

    found = conflicts(panel.round, [panel.applications[0].pk], [panel.experts[0].pk], panel.now.date())

    assert found[panel.applications[0].pk][panel.experts[0].pk] == ["EMPLOYED"]


@pytest.mark.parametrize("act", ["drafted", "offered", "agreed", "joined", "signed", "delivered", "accepted", "closed"])
def test_who_had_a_hand_in_a_contract_is_tied(panel: Story, act: str) -> None:
    """A contract drawn up long ago ties whoever acted on it lately, at whatever step."""
    late, early, lasting = panel.experts[:3]
    application, place = panel.applications[0], panel.house.places["neighbor"]
    organization = application.organization
    long_ago = panel.now - dt.timedelta(days=30 * 30)
    given = {"drafted_at": long_ago}
    ended = [
        contracted(organization, place, **{**given, f"{act}_by": late, f"{act}_at": panel.now - dt.timedelta(days=30)}),
        contracted(organization, place, **{**given, f"{act}_by": early, f"{act}_at": long_ago}),
    ]
    Contract.objects.filter(pk__in=[row.pk for row in ended]).update(status="TERMINATED")
    contracted(organization, place, **{**given, f"{act}_by": lasting, f"{act}_at": long_ago})

    found = conflicts(panel.round, [application.pk], [late.pk, early.pk, lasting.pk], panel.now.date())

    assert dict(found[application.pk]) == {late.pk: ["CONTRACT"], lasting.pk: ["CONTRACT"]}
    reviewing.assign_sheets(by=panel.officer, now=panel.now, round_=panel.round)
    assert not ScoreSheet.objects.filter(expert__in=[late, lasting]).exists()


def test_employment_counts_as_long_as_the_rule_says(panel: Story) -> None:
    employed(panel, panel.experts[0], months_ago(panel, 18))
    employed(panel, panel.experts[1], months_ago(panel, 30))

    found = conflicts(panel.round, [panel.applications[0].pk], [one.pk for one in panel.experts[:2]], panel.now.date())

    assert set(found[panel.applications[0].pk]) == {panel.experts[0].pk}


def test_a_declared_tie_counts_and_a_body_under_another_name_as_well(story: Story) -> None:
    story.opened()
    registered = OrganizationFactory(active=True, division=story.house.places["street"])
    group = OrganizationFactory(filed=True, active=True, division=story.house.places["community"])
    row = story.admitted(story.submitted(group, credit_code=registered.credit_code))
    story.days(20)
    story.turn()
    story.round = story.begin_review()
    declaring, working = story.pooled(2)
    seats = [
        reviewing.seat_expert(by=story.officer, now=story.now, round_=story.round, expert=one)
        for one in (declaring, working)
    ]
    reviewing.declare_ties(by=declaring, now=story.now, seat=seats[0], organizations=[group])
    reviewing.declare_ties(by=working, now=story.now, seat=seats[1], organizations=[])
    TieFactory(organization=registered, user=working, kind="EMPLOYED")

    found = conflicts(story.round, [row.pk], [declaring.pk, working.pk], story.now.date())

    assert dict(found[row.pk].items()) == {
        declaring.pk: ["DECLARED"],
        working.pk: ["EMPLOYED"],
    }


def test_a_tie_that_comes_up_later_stops_the_score(panel: Story) -> None:
    reviewing.assign_sheets(by=panel.officer, now=panel.now, round_=panel.round)
    sheet = ScoreSheet.objects.order_by("pk")[0]
    employed(panel, sheet.expert, None)

    with pytest.raises(refusals.ExpertTied):
        reviewing.submit_score(by=sheet.expert, now=panel.now, sheet=sheet, marks={"1": 40, "2": 30, "3": 20})

    sheet.refresh_from_db()
    assert sheet.status == "OPEN"


def test_who_acts_for_an_applicant_takes_no_seat(panel: Story) -> None:
    manager = panel.managers[0]
    GrantExpert.objects.create(
        user=manager,
        division=panel.place,
        field="社会工作",
        valid_from=LONG_AGO,
        entered_at=ENTERED_AT,
        entered_by=panel.officer,
    )

    with pytest.raises(refusals.ExpertUnfit):
        reviewing.seat_expert(by=panel.officer, now=panel.now, round_=panel.round, expert=manager)

    assert not PanelSeat.objects.filter(expert=manager).exists()


def tie(story: Story, expert: User, application: GrantApplication, kind: str, ended: dt.date) -> None:
    """Tie an expert to an applicant, as it would be entered anywhere on the platform."""
    organization, manager = application.organization, application.submitted_by
    if kind == "APPOINTED":
        OrganizationAppointmentFactory(organization=organization, user=expert, valid_to=ended)
    elif kind == "CONTRACT":
        at = dt.datetime.combine(ended, dt.time(12), tzinfo=story.now.tzinfo)
        row = contracted(organization, story.house.places["neighbor"], accepted_by=expert, accepted_at=at)
        Contract.objects.filter(pk=row.pk).update(status="TERMINATED")
    elif kind == "HOUSEHOLD":
        for user in (expert, manager):
            where = {"division": story.house.places["neighbor"], "address": f"三八路{application.pk}号"}
            if not Resident.objects.filter(user=user).exists():
                ResidentFactory(user=user, **where)
    else:
        EvaluatorTie.objects.create(
            organization=organization,
            user=expert,
            kind=kind,
            valid_from=dt.date(2020, 1, 1),
            valid_to=ended,
            recorded_at=ENTERED_AT,
            recorded_by=story.officer,
        )


KINDS = ["EMPLOYED", "PAID", "FAMILY", "APPOINTED", "CONTRACT", "HOUSEHOLD"]


@settings(max_examples=examples(12), deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    edges=st.lists(
        st.tuples(st.integers(0, 6), st.integers(0, 1), st.sampled_from(KINDS), st.integers(0, 40)),
        max_size=8,
        unique_by=lambda edge: edge[0] if edge[2] == "HOUSEHOLD" else edge,
    )
)
def test_over_any_graph_of_ties_nobody_tied_scores(two: Story, edges: Any) -> None:
    with transaction.atomic():
        for expert, application, kind, ended in edges:
            tie(two, two.experts[expert], two.applications[application], kind, months_ago(two, ended))
        tied = {
            (two.experts[expert].pk, two.applications[application].pk)
            for expert, application, kind, ended in edges
            if kind == "HOUSEHOLD" or months_ago(two, ended) > _since(two)
        }
        enough = all(
            len({one.pk for one in two.experts} - {key for key, at in tied if at == row.pk}) >= 5
            for row in two.applications
        )
        try:
            reviewing.assign_sheets(by=two.officer, now=two.now, round_=two.round)
        except refusals.PanelTooSmall:
            assert not enough
        else:
            assert enough
            assert not tied & set(ScoreSheet.objects.values_list("expert", "application"))
        transaction.set_rollback(True)


def _since(story: Story) -> dt.date:
    day = story.now.date()
    return dt.date(day.year - 2, day.month, day.day)


@pytest.fixture
def two(story: Story) -> Story:
    """Two applications before seven experts."""
    story.opened()
    story.applications = [story.admitted(story.submitted()) for _number in range(2)]
    story.days(20)
    story.turn()
    story.round = story.begin_review()
    story.seated(7)
    UserFactory()
    return story
