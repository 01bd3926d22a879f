"""Work orders: handed over, signed for, disputed, judged, answered; nothing is pushed away."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.bodies.models import BodyKind
from consultation.matters import operations
from consultation.matters.handling import dispatching
from consultation.matters.handling.dispatching import (
    DispatchNotYours,
    DisputeTooLate,
    DueTooLate,
    NotToBeHandedOver,
    OfficeDoesNotFit,
    OfficeHasIt,
)
from consultation.matters.handling.lifecycle import AssignmentStatus
from consultation.matters.handling.models import Assignment
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, Route
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.lifecycle import MoveForbidden, MoveHindered, SamePerson
from governance.outbox.models import OutboxEvent
from tests.consultation.matters.handling.conftest import at, known
from tests.factories.accounts import UserFactory
from tests.factories.communities import BodyFactory, BodyMembershipFactory
from tests.people import House


@pytest.fixture
def order(house: House, sorted_to: Any, office: Any, now: dt.datetime) -> Assignment:
    """An order that the community has handed to the department."""
    matter = sorted_to(Route.DEPARTMENT)
    return dispatching.assign_matter(by=house.people["community_staff"], now=now, matter=matter, body=office)


def test_a_big_matter_goes_to_a_department_and_comes_back_with_an_answer(
    *, order: Assignment, clerk: User, community_staff: User, resident: User, now: dt.datetime
) -> None:
    matter = Matter.objects.get(pk=order.matter_id)
    assert (matter.status, matter.transferred_to) == (MatterStatus.TRANSFERRED, "区市政管理所")
    assert (order.due_on, order.dispute_due_on) == (matter.due_on, dt.date(2026, 3, 5))
    assert list(Matter.objects.on_desk_of(clerk)) == [matter]
    with pytest.raises(MoveForbidden):
        dispatching.accept_order(by=community_staff, now=now, order=order)

    accepted = dispatching.accept_order(by=clerk, now=now, order=order)
    answered = dispatching.answer_order(by=clerk, now=now, order=accepted, answer="本月修复。", outcome="PLANNED")

    assert (answered.status, answered.answer, answered.answered_by) == (AssignmentStatus.ANSWERED, "本月修复。", clerk)
    # The first receiver answers the person.
    with pytest.raises(MoveForbidden):
        operations.answer_matter(by=clerk, now=now, matter=matter, reply="本月修复。")
    done = operations.answer_matter(by=community_staff, now=now, matter=matter, reply="本月修复。", outcome="PLANNED")
    assert (done.status, done.outcome) == (MatterStatus.ANSWERED, "PLANNED")
    assert [
        entry.verb for entry in AuditEntry.objects.filter(object_label="consultation.Assignment").order_by("pk")
    ] == [
        "consultation.assignment.sent",
        "consultation.assignment.accepted",
        "consultation.assignment.answered",
    ]
    assert OutboxEvent.objects.get(topic="consultation.assignment.sent").payload["body"] == order.body_id


def test_a_wrongly_sent_order_is_disputed_in_one_working_day_and_judged_by_another(
    *, order: Assignment, clerk: User, street_officer: User, now: dt.datetime
) -> None:
    last, late = at(dt.date(2026, 3, 5), 23), at(dt.date(2026, 3, 6), 0)
    with pytest.raises(DisputeTooLate):
        dispatching.dispute_order(by=clerk, now=late, order=order, reason="不归我们管。")
    disputed = dispatching.dispute_order(by=clerk, now=last, order=order, reason="不归我们管。")
    assert disputed.dispute_reason == "不归我们管。"

    done = dispatching.release_order(by=street_officer, now=late, order=disputed, reason="属水务。")

    matter = Matter.objects.get(pk=order.matter_id)
    assert (done.status, done.decision) == (AssignmentStatus.RETURNED, "属水务。")
    # Back on the desk of its first receiver, on the same clock.
    assert (matter.status, matter.due_on) == (MatterStatus.SORTED, order.due_on)
    assert not Matter.objects.on_desk_of(known(clerk)).exists()


def test_a_dispute_that_fails_binds_the_office(
    *, order: Assignment, clerk: User, street_officer: User, now: dt.datetime
) -> None:
    disputed = dispatching.dispute_order(by=clerk, now=now, order=order, reason="不归我们管。")

    bound = dispatching.bind_order(by=street_officer, now=now, order=disputed, reason="三定方案第二条。")

    assert bound.status == AssignmentStatus.SENT
    with pytest.raises(MoveHindered):
        dispatching.dispute_order(by=clerk, now=now, order=bound, reason="还是不归我们管。")
    assert dispatching.accept_order(by=clerk, now=now, order=bound).status == AssignmentStatus.ACCEPTED


def test_who_handed_it_over_does_not_judge(
    *, sorted_to: Any, office: Any, clerk: User, street_officer: User, street_reviewer: User, now: dt.datetime
) -> None:
    order = dispatching.assign_matter(by=street_officer, now=now, matter=sorted_to(), body=office)
    disputed = dispatching.dispute_order(by=clerk, now=now, order=order, reason="不归我们管。")

    with pytest.raises(SamePerson):
        dispatching.release_order(by=street_officer, now=now, order=disputed)
    assert dispatching.release_order(by=street_reviewer, now=now, order=disputed).status == AssignmentStatus.RETURNED


def test_one_office_leads_and_others_help(
    *, order: Assignment, community_staff: User, district: Any, now: dt.datetime
) -> None:
    other = BodyFactory(kind=BodyKind.DEPARTMENT, name="区水务局", division=district)
    matter = order.matter
    for body in (order.body, other):
        with pytest.raises(OfficeHasIt):
            dispatching.assign_matter(by=community_staff, now=now, matter=matter, body=body)

    helper = dispatching.assign_matter(by=community_staff, now=now, matter=matter, body=other, is_lead=False)

    assert (helper.is_lead, Assignment.objects.live().count()) == (False, 2)


def test_what_is_handed_to_nobody(
    *,
    raised: Any,
    sorted_to: Any,
    office: Any,
    other_street: Any,
    community_staff: User,
    stranger: User,
    now: dt.datetime,
) -> None:
    told: dict[str, Any] = {"by": community_staff, "now": now}
    for matter in (raised(), sorted_to(Route.DELIBERATION), sorted_to(Route.ADVICE)):
        with pytest.raises(NotToBeHandedOver):
            dispatching.assign_matter(matter=matter, body=office, **told)
    matter = sorted_to()
    elsewhere = BodyFactory(kind=BodyKind.DEPARTMENT, division=other_street)
    committee = BodyFactory(division=matter.division)
    for body in (elsewhere, committee):
        with pytest.raises(OfficeDoesNotFit):
            dispatching.assign_matter(matter=matter, body=body, **told)
    with pytest.raises(DueTooLate):
        dispatching.assign_matter(matter=matter, body=office, due_on=dt.date(2026, 3, 26), **told)
    with pytest.raises(DispatchNotYours):
        dispatching.assign_matter(by=stranger, now=now, matter=matter, body=office)
    assert Assignment.objects.count() == 0


def test_the_community_solves_jointly_what_is_handled_at_once(
    *, sorted_to: Any, community_staff: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    committee = BodyFactory(division=matter.division)

    order = dispatching.assign_matter(by=community_staff, now=now, matter=matter, body=committee)

    matter.refresh_from_db()
    assert (order.status, matter.status) == (AssignmentStatus.SENT, MatterStatus.SORTED)


@pytest.mark.parametrize("kind", [BodyKind.GRID_CENTER, BodyKind.SERVICE_WINDOW])
def test_grid_center_and_one_window_dispatch_and_take_back(
    *, kind: str, sorted_to: Any, office: Any, street: Any, now: dt.datetime
) -> None:
    user = UserFactory(username="center")
    BodyMembershipFactory(body=BodyFactory(kind=kind, name="东兴寺网格中心", division=street), user=user)
    center = known(user)

    order = dispatching.assign_matter(by=center, now=now, matter=sorted_to(), body=office)

    assert order.matter.pk == Matter.objects.get(status=MatterStatus.TRANSFERRED).pk
    recalled = dispatching.recall_order(by=center, now=now, order=order, reason="派错了。")
    assert (recalled.status, Matter.objects.get(pk=order.matter_id).status) == ("RECALLED", MatterStatus.SORTED)


def test_a_poor_answer_goes_back(*, order: Assignment, clerk: User, community_staff: User, now: dt.datetime) -> None:
    dispatching.accept_order(by=clerk, now=now, order=order)
    answered = dispatching.answer_order(by=clerk, now=now, order=order, answer="已阅。", outcome="EXPLAINED")

    again = dispatching.send_order_back(by=community_staff, now=now, order=answered, reason="没有说何时修。")

    assert (again.status, again.decision) == (AssignmentStatus.ACCEPTED, "没有说何时修。")


def test_a_late_office_shows_once(*, order: Assignment, system: User) -> None:
    last, over = at(order.due_on, 23), at(order.due_on + dt.timedelta(days=1), 0)

    assert dispatching.escalate_orders(by=system, now=last, today=last.date()) == []
    assert dispatching.escalate_orders(by=system, now=over, today=over.date()) == [order.pk]
    assert dispatching.escalate_orders(by=system, now=over, today=over.date()) == []
