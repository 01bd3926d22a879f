"""After closing: the call-back, the question weeks later, reopening; mediation, tip-offs, the counter."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.people.models import Role
from communities.policy.lifecycle import ParameterStatus
from communities.policy.queries import by_place
from consultation.matters import operations
from consultation.matters.handling import calling, mediating, telling, timing
from consultation.matters.handling.calling import ReopenTooLate, WordsForNotFixed
from consultation.matters.handling.lifecycle import CallBackStatus
from consultation.matters.handling.mediating import ConsentNotYours, HouseholdsOppose, NothingToMediate
from consultation.matters.handling.models import (
    CallBack,
    CallBackPurpose,
    Feedback,
    HouseholdConsent,
    TimeKind,
    TimeRequest,
)
from consultation.matters.handling.policy import FEEDBACK_DAYS
from consultation.matters.handling.queries import beside, providers_for, standing_of
from consultation.matters.handling.telling import HandlerDoesNotFit, NothingToHandOut, NotInHand, NotYoursToTell
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterKind, Route
from consultation.matters.policy import MarkOutOfRange
from consultation.matters.tasks import ask_again
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.lifecycle import MoveClosed, MoveForbidden, SamePerson
from tests.consultation.matters.handling.conftest import at
from tests.factories.accounts import UserFactory
from tests.factories.communities import PolicyParameterFactory, PostFactory
from tests.factories.socialorgs_register import OrganizationFactory
from tests.people import House

DAY = dt.timedelta(days=1)


@pytest.fixture
def colleague(house: House) -> User:
    """A second member of the community's staff, who calls."""
    user = UserFactory(username="colleague")
    PostFactory(user=user, role=Role.COMMUNITY_STAFF, division=house.places["community"])
    return user


# ---------------------------------------------------------------------------------------------------------- call-backs


def test_everybody_is_asked_four_weeks_later_once(*, closed: Any, system: User, now: dt.datetime) -> None:
    matter = closed()
    before, after = now + 27 * DAY, now + 28 * DAY

    assert calling.open_call_backs(by=system, now=before, today=before.date()) == []
    assert calling.open_call_backs(by=system, now=after, today=after.date()) == [matter.pk]
    assert calling.open_call_backs(by=system, now=after, today=after.date()) == []
    assert calling.open_call_backs(by=system, now=after + DAY, today=after.date() + DAY) == []

    row = CallBack.objects.get()
    assert (row.purpose, row.round, row.due_on) == (CallBackPurpose.LATER, 1, after.date() + 14 * DAY)


def test_silence_is_called_after_closing(*, closed: Any, system: User, now: dt.datetime) -> None:
    closed(is_solved=None)

    calling.open_call_backs(by=system, now=now, today=now.date())

    assert [row.purpose for row in CallBack.objects.all()] == [CallBackPurpose.CLOSING]


def test_what_is_not_fixed_is_reopened_with_a_new_clock(
    *, closed: Any, resident: User, system: User, now: dt.datetime
) -> None:
    matter = closed()
    later = now + 28 * DAY
    calling.open_call_backs(by=system, now=later, today=later.date())
    row = CallBack.objects.get()
    with pytest.raises(WordsForNotFixed):
        calling.answer_call_back(by=resident, now=later, call_back=row, is_solved=False)
    with pytest.raises(MarkOutOfRange):
        calling.answer_call_back(by=resident, now=later, call_back=row, is_solved=True, satisfaction=6)

    done = calling.answer_call_back(
        by=resident, now=later, call_back=row, is_solved=False, satisfaction=2, words="又塌了。"
    )

    matter.refresh_from_db()
    assert (done.status, done.is_solved, done.satisfaction) == (CallBackStatus.ANSWERED, False, 2)
    assert (matter.status, matter.reopened_at, matter.is_solved) == (MatterStatus.SORTED, later, None)
    assert (matter.due_on, matter.overdue_at, matter.escalation) == (dt.date(2026, 4, 22), None, 0)


def test_what_is_still_fixed_stays_closed(*, closed: Any, resident: User, system: User, now: dt.datetime) -> None:
    matter = closed(is_solved=None)
    calling.open_call_backs(by=system, now=now, today=now.date())

    calling.answer_call_back(by=resident, now=now, call_back=CallBack.objects.get(), is_solved=True, satisfaction=5)

    matter.refresh_from_db()
    assert (matter.status, matter.is_solved, matter.satisfaction) == (MatterStatus.CLOSED, True, 5)


def test_who_answered_does_not_call(
    *, closed: Any, community_staff: User, colleague: User, stranger: User, system: User, now: dt.datetime
) -> None:
    closed(is_solved=None)
    calling.open_call_backs(by=system, now=now, today=now.date())
    row = CallBack.objects.get()
    with pytest.raises(SamePerson):
        calling.answer_call_back(by=community_staff, now=now, call_back=row, is_solved=True)
    with pytest.raises(MoveForbidden):
        calling.answer_call_back(by=stranger, now=now, call_back=row, is_solved=True)

    done = calling.answer_call_back(by=colleague, now=now, call_back=row, is_solved=True, satisfaction=4)

    assert (done.asked_by, done.asked_at) == (colleague, now)
    with pytest.raises(MoveClosed):
        calling.miss_call_back(by=colleague, now=now, call_back=row, reason="打不通。")


def test_an_unanswered_question_closes_by_itself(*, closed: Any, system: User, now: dt.datetime) -> None:
    closed()
    later = now + 28 * DAY
    calling.open_call_backs(by=system, now=later, today=later.date())
    last, over = later + 14 * DAY, later + 15 * DAY

    assert calling.close_call_backs(by=system, now=last, today=last.date()) == []
    assert len(calling.close_call_backs(by=system, now=over, today=over.date())) == 1
    assert calling.close_call_backs(by=system, now=over, today=over.date()) == []
    assert calling.open_call_backs(by=system, now=over, today=over.date()) == []
    assert CallBack.objects.get().status == CallBackStatus.MISSED


def test_a_second_closing_is_asked_about_again(
    *, closed: Any, resident: User, community_staff: User, system: User, now: dt.datetime
) -> None:
    matter = closed()
    matter = calling.reopen_matter(by=resident, now=now + DAY, matter=matter, reason="又坏了。")
    matter = operations.answer_matter(
        by=community_staff, now=now + 2 * DAY, matter=matter, reply="重修。", outcome="FIXED"
    )
    operations.close_matter(by=resident, now=now + 2 * DAY, matter=matter, is_solved=True)

    later = now + 30 * DAY
    assert calling.open_call_backs(by=system, now=later, today=later.date()) == [matter.pk]
    assert CallBack.objects.filter(matter=matter, purpose=CallBackPurpose.LATER).count() == 1


def test_reopening_has_an_end(*, closed: Any, resident: User, neighbor_resident: User, now: dt.datetime) -> None:
    matter = closed()
    with pytest.raises(MoveForbidden):
        calling.reopen_matter(by=neighbor_resident, now=now, matter=matter, reason="没修。")
    with pytest.raises(ReopenTooLate):
        calling.reopen_matter(by=resident, now=now + 43 * DAY, matter=matter, reason="没修。")

    assert calling.reopen_matter(by=resident, now=now + 42 * DAY, matter=matter, reason="没修。").status == "SORTED"


def test_the_job_is_harmless_when_it_runs_again(closed: Any) -> None:
    closed(is_solved=None)
    for _turn in range(3):
        ask_again()
    before = (CallBack.objects.count(), AuditEntry.objects.count())

    assert ask_again() == {"opened": 0, "missed": 0}
    assert (CallBack.objects.count(), AuditEntry.objects.count()) == before


# ----------------------------------------------------------------------------------------------------------- mediation


def test_a_ramp_is_agreed_when_no_household_opposes(
    *, sorted_to: Any, community_staff: User, stranger: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT, kind=MatterKind.MEDIATION, title="二单元加装坡道")
    told: dict[str, Any] = {"now": now, "matter": matter}
    with pytest.raises(ConsentNotYours):
        mediating.record_consent(by=stranger, household="101", stance="AGREES", **told)
    with pytest.raises(HouseholdsOppose):
        operations.answer_matter(by=community_staff, now=now, matter=matter, reply="装。", outcome="FIXED")
    mediating.record_consent(by=community_staff, household="201", stance="AGREES", **told)
    mediating.record_consent(by=community_staff, household="101", stance="OPPOSES", words="挡光。", **told)
    with pytest.raises(HouseholdsOppose):
        operations.answer_matter(by=community_staff, now=now, matter=matter, reply="装。", outcome="FIXED")

    mediating.record_consent(by=community_staff, household="101", stance="AGREES", mediation="改用镂空扶手。", **told)

    assert [(row.household, row.stance, row.asked) for row in standing_of(matter)] == [
        ("101", "AGREES", 2),
        ("201", "AGREES", 1),
    ]
    done = operations.answer_matter(by=community_staff, now=now, matter=matter, reply="下周装。", outcome="PLANNED")
    assert done.status == MatterStatus.ANSWERED


def test_a_mediation_that_fails_is_answered_as_such(*, sorted_to: Any, community_staff: User, now: dt.datetime) -> None:
    matter = sorted_to(Route.DIRECT, kind=MatterKind.MEDIATION)
    mediating.record_consent(
        by=community_staff, now=now, matter=matter, household="101", stance="OPPOSES", words="挡光。"
    )

    done = operations.answer_matter(by=community_staff, now=now, matter=matter, reply="未达成。", outcome="IMPOSSIBLE")

    assert done.outcome == "IMPOSSIBLE"


def test_only_a_mediation_keeps_where_households_stand(
    *, sorted_to: Any, community_staff: User, now: dt.datetime
) -> None:
    with pytest.raises(NothingToMediate):
        mediating.record_consent(
            by=community_staff, now=now, matter=sorted_to(Route.DIRECT), household="101", stance="AGREES"
        )
    assert HouseholdConsent.objects.count() == 0


# ------------------------------------------------------------------------------------------------------------ tip-offs


def test_who_gives_a_tip_is_known_to_its_handler_alone(
    *,
    raised: Any,
    resident: User,
    community_staff: User,
    street_officer: User,
    street_reviewer: User,
    district_admin: User,
    system: User,
    now: dt.datetime,
) -> None:
    tip = raised(kind=MatterKind.REPORT, title="举报", text="有人套取补贴。")
    for person in (community_staff, street_officer):
        assert not Matter.objects.visible_to(person).filter(pk=tip.pk).exists()
        assert not person.has_perm("consultation.view_matter_file", tip)
    assert list(Matter.objects.visible_to(street_reviewer)) == [tip]
    assert not street_reviewer.has_perm("consultation.view_tipster", tip)
    entry = AuditEntry.objects.get(verb="consultation.matter.raised")
    assert (entry.actor, AuditEntry.objects.filter(actor=resident).exists()) == (system, False)

    named = telling.name_handler(by=street_reviewer, now=now, matter=tip, handler=district_admin)

    assert district_admin.has_perm("consultation.view_tipster", named)
    assert not street_reviewer.has_perm("consultation.view_tipster", named)
    assert resident.has_perm("consultation.view_tipster", named)


@pytest.mark.parametrize("name", ["community_staff", "street_officer", "other_street_officer", "resident"])
def test_who_cannot_handle_a_tip(
    *, name: str, raised: Any, street_reviewer: User, house: House, system: User, now: dt.datetime
) -> None:
    tip = raised(kind=MatterKind.REPORT)

    with pytest.raises(HandlerDoesNotFit):
        telling.name_handler(by=street_reviewer, now=now, matter=tip, handler=house.people[name])
    with pytest.raises(NotYoursToTell):
        telling.name_handler(by=house.people[name], now=now, matter=tip, handler=house.people["district_admin"])


def test_the_giver_of_a_tip_leaves_no_further_trace(
    *, raised: Any, resident: User, system: User, now: dt.datetime
) -> None:
    tip = raised(kind=MatterKind.REPORT)

    with pytest.raises(MoveForbidden):
        operations.withdraw_matter(by=resident, now=now, matter=tip)


# --------------------------------------------------------------------------------------------------- beside the matter


def test_what_stands_beside_a_matter_is_read_at_once_and_whole(
    *,
    sorted_to: Any,
    resident: User,
    community_staff: User,
    system: User,
    now: dt.datetime,
    django_assert_max_num_queries: Any,
) -> None:
    matter = sorted_to(Route.DIRECT, kind=MatterKind.MEDIATION)
    told: dict[str, Any] = {"by": community_staff, "now": now, "matter": matter}
    timing.ask_for_time(kind=TimeKind.EXTENSION, days=2, reason="等材料。", **told)
    for text in ("在谈。", "还在谈。"):
        telling.tell_how_it_stands(text=text, **told)
    mediating.record_consent(household="101", stance="AGREES", **told)
    operations.answer_matter(reply="下周装。", outcome="PLANNED", **told)
    operations.close_matter(by=resident, now=now, matter=matter, is_solved=True, reason="")
    later = now + 28 * DAY
    calling.open_call_backs(by=system, now=later, today=later.date())
    matter = Matter.objects.for_detail().get(pk=matter.pk)

    with django_assert_max_num_queries(3):
        found = beside(matter)

    kept = {TimeRequest: found.times, Feedback: found.feedbacks, CallBack: found.call_backs}
    for model, rows in kept.items():
        stored: Any = model
        assert rows
        assert [vars(row) | {"_state": None} for row in rows] == [
            vars(row) | {"_state": None} for row in stored.objects.filter(matter=matter).order_by("pk")
        ]
    assert found.consents == standing_of(matter)


# ------------------------------------------------------------------------------------------------- word to the person


def test_the_person_is_told_how_it_stands(
    *, sorted_to: Any, community_staff: User, stranger: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DIRECT)
    with pytest.raises(NotYoursToTell):
        telling.tell_how_it_stands(by=stranger, now=now, matter=matter, text="在修。")

    told = telling.tell_how_it_stands(by=community_staff, now=now, matter=matter, text="在修。")

    assert list(Feedback.objects.all()) == [told]
    matter = operations.answer_matter(by=community_staff, now=now, matter=matter, reply="修好了。")
    with pytest.raises(NotInHand):
        telling.tell_how_it_stands(by=community_staff, now=now, matter=matter, text="在修。")


def test_providers_are_those_of_the_service_asked_for(*, sorted_to: Any, house: House) -> None:
    street = house.places["street"]
    common = {"active": True, "division": street}
    for name, scope in (
        ("仁心居家养老服务中心", "居家养老、助浴、护理服务"),
        ("巧手维修服务队", "水电维修、家电维修服务"),
        ("青苗托管服务中心", "课后托管、家庭教育服务"),
        ("清风文化服务社", "演出、书画服务"),
    ):
        OrganizationFactory(name=name, scope=scope, **common)
    asked = {title: sorted_to(Route.ADVICE, title=title) for title in ("家里水电要维修", "找人照看猫")}

    found = {title: [row.name for row in providers_for(matter)] for title, matter in asked.items()}

    # All of them bear “服务”, which tells nobody apart.
    assert found == {"家里水电要维修": ["巧手维修服务队"], "找人照看猫": []}


def test_how_often_the_person_is_told_follows_the_place(
    *, sorted_to: Any, community_staff: User, district_admin: User, house: House, now: dt.datetime, today: dt.date
) -> None:
    matter = sorted_to(Route.DIRECT)
    later = now + 6 * DAY

    def untold() -> list[Matter]:
        return list(Matter.objects.untold(later, by_place(FEEDBACK_DAYS, today)))

    assert (by_place(FEEDBACK_DAYS, today), untold()) == ([("", 7)], [])
    for place, days in (("street", 20), ("community", 5), ("neighbor", 1)):
        rule = PolicyParameterFactory(key=FEEDBACK_DAYS.key, value=days, unit="days", division=house.places[place])
        rule.status, rule.approved_by, rule.approved_at = ParameterStatus.ACTIVE, district_admin, rule.entered_at
        rule.save()

    assert untold() == [matter]
    telling.tell_how_it_stands(by=community_staff, now=now + 2 * DAY, matter=matter, text="在修。")
    assert untold() == []


def test_the_result_is_handed_out_at_the_counter_once(
    *, closed: Any, sorted_to: Any, community_staff: User, stranger: User, now: dt.datetime
) -> None:
    with pytest.raises(NothingToHandOut):
        telling.hand_out_result(by=community_staff, now=now, matter=sorted_to(Route.DIRECT), to="李大爷")
    matter = closed()
    with pytest.raises(NotYoursToTell):
        telling.hand_out_result(by=stranger, now=now, matter=matter, to="李大爷")

    done = telling.hand_out_result(by=community_staff, now=now, matter=matter, to="李大爷")

    assert (done.handed_out_by, done.handed_out_to) == (community_staff, "李大爷")
    with pytest.raises(NothingToHandOut):
        telling.hand_out_result(by=community_staff, now=now, matter=matter, to="李大爷")
    assert at(now.date()) == now
