"""Activities, hours and points."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from django.db.models import Model

from communities.people.policy import PersonalNumbersFound
from funds.ledger.models import Book, Journal
from funds.ledger.queries import differences_in
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from projects.volunteering import operations, refusals
from projects.volunteering.models import ServiceHour, VolunteerActivity
from projects.volunteering.queries import points_of, service_of
from tests.factories.accounts import UserFactory
from tests.factories.projects_contracts import in_force

pytestmark = pytest.mark.django_db


def refused(refusal: type[DomainError], operation: Callable[..., Any], *models: type[Model], **arguments: Any) -> Any:
    """Expect the refusal and nothing new in these tables or in the trail."""
    before = [model._default_manager.count() for model in (*models, AuditEntry)]
    with pytest.raises(refusal) as found:
        operation(**arguments)
    assert [model._default_manager.count() for model in (*models, AuditEntry)] == before
    return found.value


# --- Activities


def test_an_activity_is_planned_and_opened(people: SimpleNamespace, at: Any, planned: Any) -> None:
    row = planned()
    other = planned(title="另一个")

    opened = operations.open_activity(by=people.street_officer, now=at(7), activity=row)

    assert (row.status, opened.status) == ("PLANNED", "OPEN")
    assert len({row.code, other.code}) == 2
    assert row.code not in str(list(AuditEntry.objects.values_list("after", flat=True)))


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"ends_at": 8}, refusals.ActivityDatesUnfit),
        ({"ends_at": 33}, refusals.ActivityDatesUnfit),
        ({"title": "找张三13812345678"}, PersonalNumbersFound),
    ],
)
def test_activities_that_cannot_be(at: Any, planned: Any, more: Any, refusal: type[DomainError]) -> None:
    if "ends_at" in more:
        more = {"ends_at": at(0) + dt.timedelta(hours=more["ends_at"])}

    refused(refusal, planned, VolunteerActivity, **more)


def test_an_activity_does_not_lie_in_the_past(at: Any, planned: Any) -> None:
    refused(refusals.ActivityDatesUnfit, planned, VolunteerActivity, now=at(12))


def test_who_may_organize(people: SimpleNamespace, planned: Any) -> None:
    for person in (people.resident, people.manager, people.other_community_staff):
        refused(NotAllowed, planned, VolunteerActivity, by=person)


def test_a_risky_activity_is_insured_before_it_opens(people: SimpleNamespace, at: Any, planned: Any) -> None:
    for more in ({}, {"is_insured": True}, {"risk_notice": "高处作业"}):
        row = planned(is_risky=True, **more)
        refused(refusals.InsuranceMissing, operations.open_activity, by=people.community_staff, now=at(7), activity=row)
    safe = planned(is_risky=True, is_insured=True, risk_notice="高处作业")

    assert operations.open_activity(by=people.community_staff, now=at(7), activity=safe).status == "OPEN"


def test_an_activity_is_cancelled_while_nobody_has_served(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, opened: Any
) -> None:
    by: dict[str, Any] = {"by": people.community_staff, "now": at(9), "activity": activity}
    operations.sign_in(by=people.resident, now=at(8), activity=activity, code=activity.code)

    refused(refusals.HoursOpen, operations.cancel_activity, **by, reason="下雨")
    other = opened()
    refused(ReasonMissing, operations.cancel_activity, **{**by, "activity": other}, reason="")
    assert operations.cancel_activity(**{**by, "activity": other}, reason="下雨").status == "CANCELLED"


# --- Signing in and out


def test_half_an_hour_is_signed(people: SimpleNamespace, at: Any, activity: VolunteerActivity) -> None:
    signed = operations.sign_in(by=people.resident, now=at(8), activity=activity, code=f" {activity.code} ")
    row = operations.sign_out(by=people.resident, now=at(8, 30), activity=activity)

    assert (signed.status, signed.source, signed.recorded_by) == ("SIGNED_IN", "QR", people.resident)
    assert (row.status, row.minutes, row.signed_out_at, row.is_end_planned) == ("SIGNED_OUT", 30, at(8, 30), False)


def test_the_code_and_the_time_must_be_right(people: SimpleNamespace, at: Any, activity: VolunteerActivity) -> None:
    by: dict[str, Any] = {"by": people.resident, "activity": activity}

    refused(refusals.SignInCodeWrong, operations.sign_in, ServiceHour, **by, now=at(8), code="x")
    for moment in (at(6, 59), at(12)):
        refused(refusals.SignInNotNow, operations.sign_in, ServiceHour, **by, now=moment, code=activity.code)
    refused(refusals.NotSignedIn, operations.sign_out, **by, now=at(9))
    early = operations.sign_in(**by, now=at(7), code=activity.code)
    refused(refusals.SignedInAlready, operations.sign_in, ServiceHour, **by, now=at(8), code=activity.code)
    out = operations.sign_out(**by, now=at(9))

    assert (early.signed_in_at, out.minutes) == (at(7), 60)
    refused(refusals.NotSignedIn, operations.sign_out, **by, now=at(9))
    machine = UserFactory(service=True)
    refused(
        refusals.VolunteerUnfit,
        operations.sign_in,
        ServiceHour,
        by=machine,
        now=at(8),
        activity=activity,
        code=activity.code,
    )


def test_a_planned_activity_takes_nobody(people: SimpleNamespace, at: Any, planned: Any) -> None:
    row = planned()

    refused(
        refusals.SignInNotNow,
        operations.sign_in,
        ServiceHour,
        by=people.resident,
        now=at(8),
        activity=row,
        code=row.code,
    )


def test_places_are_limited(people: SimpleNamespace, at: Any, activity: VolunteerActivity) -> None:
    for person in (people.resident, people.neighbor_resident, people.stranger):
        operations.sign_in(by=person, now=at(8), activity=activity, code=activity.code)

    refused(
        refusals.ActivityFull,
        operations.sign_in,
        ServiceHour,
        by=people.manager,
        now=at(8),
        activity=activity,
        code=activity.code,
    )


def test_nobody_is_in_two_places(people: SimpleNamespace, at: Any, activity: VolunteerActivity, opened: Any) -> None:
    other = opened(title="维持秩序")
    operations.sign_in(by=people.resident, now=at(8), activity=activity, code=activity.code)

    refused(
        refusals.HoursOverlap,
        operations.sign_in,
        ServiceHour,
        by=people.resident,
        now=at(9),
        activity=other,
        code=other.code,
    )
    operations.sign_out(by=people.resident, now=at(9), activity=activity)
    row = operations.sign_in(by=people.resident, now=at(9), activity=other, code=other.code)

    assert row.status == "SIGNED_IN"


def test_a_day_counts_eight_hours(people: SimpleNamespace, at: Any, opened: Any, served: Any) -> None:
    first = opened(starts_at=at(6), ends_at=at(13))
    second = opened(starts_at=at(13), ends_at=at(20))
    third = opened(starts_at=at(20), ends_at=at(22))

    minutes = [
        served(first, people.resident, at(6), 420).minutes,
        served(second, people.resident, at(13), 120).minutes,
        served(third, people.resident, at(20), 60).minutes,
        served(first, people.stranger, at(6), 420).minutes,
    ]

    assert minutes == [420, 60, 0, 420]


def test_a_missing_sign_out_ends_with_the_plan(people: SimpleNamespace, at: Any, activity: VolunteerActivity) -> None:
    operations.sign_in(by=people.resident, now=at(9, 30), activity=activity, code=activity.code)

    ended = [
        operations.end_missing(by=people.system, now=moment) for moment in (at(11), at(12, 59), at(13), at(13, 15))
    ]

    row = ServiceHour.objects.get()
    assert ended == [0, 0, 1, 0]
    assert (row.status, row.signed_out_at, row.minutes, row.is_end_planned) == ("SIGNED_OUT", at(12), 150, True)
    assert AuditEntry.objects.get(verb="projects.service_hour.signed_out").at == at(13)


def test_an_activity_ends_when_all_have_signed_out_or_its_time_is_over(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity
) -> None:
    operations.sign_in(by=people.resident, now=at(9), activity=activity, code=activity.code)
    by: dict[str, Any] = {"by": people.community_staff, "activity": activity}

    refused(refusals.HoursOpen, operations.end_activity, **by, now=at(11))
    ended = operations.end_activity(**by, now=at(12))

    row = ServiceHour.objects.get()
    assert (ended.status, row.minutes, row.is_end_planned) == ("ENDED", 180, True)
    refused(MoveClosed, operations.end_activity, **by, now=at(12))
    refused(MoveForbidden, operations.end_activity, **{**by, "by": people.resident}, now=at(12))


# --- Sheets


def test_a_sheet_is_entered_by_one_and_verified_by_another(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity
) -> None:
    rows = operations.enter_hours(
        by=people.community_staff,
        now=at(14),
        activity=activity,
        sheet=[(people.resident, at(8), at(9)), (people.stranger, at(8), at(8, 29))],
    )

    assert [(row.minutes, row.source, row.recorded_by) for row in rows] == [
        (60, "SHEET", people.community_staff),
        (29, "SHEET", people.community_staff),
    ]
    refused(SamePerson, operations.verify_hours, by=people.community_staff, now=at(15), hours=rows[0])
    refused(MoveForbidden, operations.verify_hours, by=people.resident, now=at(15), hours=rows[0])
    verified = operations.verify_hours(by=people.second_staff, now=at(15), hours=rows[0])
    assert (verified.status, verified.verified_by) == ("VERIFIED", people.second_staff)


def test_a_sheet_goes_in_whole_or_not_at_all(people: SimpleNamespace, at: Any, activity: VolunteerActivity) -> None:
    by: dict[str, Any] = {"by": people.community_staff, "now": at(14), "activity": activity}
    right = (people.resident, at(8), at(9))
    table = (ServiceHour,)

    for wrong in (
        (people.stranger, at(7), at(9)),
        (people.stranger, at(9), at(9)),
        (people.stranger, at(10), at(9)),
        (people.stranger, at(11), at(13)),
    ):
        refused(refusals.HoursDatesUnfit, operations.enter_hours, *table, **by, sheet=[right, wrong])
    refused(refusals.SignedInAlready, operations.enter_hours, *table, **by, sheet=[right, right])
    refused(refusals.ActivityFull, operations.enter_hours, *table, **by, sheet=[right] * 4)
    refused(refusals.SheetEmpty, operations.enter_hours, *table, **by, sheet=[])
    refused(NotAllowed, operations.enter_hours, *table, **{**by, "by": people.resident}, sheet=[right])
    refused(refusals.HoursDatesUnfit, operations.enter_hours, *table, **{**by, "now": at(8, 30)}, sheet=[right])


def test_a_sheet_does_not_overlap_what_was_signed_elsewhere(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, opened: Any, served: Any
) -> None:
    served(opened(title="维持秩序"), people.resident, at(8, 30), 60)
    by: dict[str, Any] = {"by": people.community_staff, "now": at(14), "activity": activity}

    found = refused(
        refusals.HoursOverlap, operations.enter_hours, ServiceHour, **by, sheet=[(people.resident, at(9), at(10))]
    )
    [row] = operations.enter_hours(**by, sheet=[(people.resident, at(9, 30), at(10))])

    assert people.resident.display_name in str(found)
    assert row.minutes == 30


def test_nobody_verifies_their_own_hours(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, served: Any
) -> None:
    row = served(activity, people.community_staff, at(8), 60)

    refused(SamePerson, operations.verify_hours, by=people.community_staff, now=at(14), hours=row)
    assert operations.verify_hours(by=people.second_staff, now=at(14), hours=row).status == "VERIFIED"


def test_hours_are_rejected_with_a_reason(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, served: Any
) -> None:
    row = served(activity, people.resident, at(8), 60)
    by: dict[str, Any] = {"by": people.community_staff, "now": at(14), "hours": row}

    refused(ReasonMissing, operations.reject_hours, **by, reason="")
    rejected = operations.reject_hours(**by, reason="当时不在场")

    assert rejected.status == "REJECTED"
    refused(MoveClosed, operations.verify_hours, **by)


# --- Points


def test_points_are_posted_once_to_the_book_of_the_community(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, served: Any
) -> None:
    """29 minutes give nothing, 30 one point, 125 four: each record by itself."""
    hours = [
        served(activity, person, at(8), minutes)
        for person, minutes in ((people.resident, 125), (people.neighbor_resident, 30), (people.stranger, 29))
    ]
    assert operations.credit_verified(by=people.system, now=at(14), today=at(14).date()) == 0
    for row in hours:
        operations.verify_hours(by=people.community_staff, now=at(14), hours=row)

    credited = [operations.credit_verified(by=people.system, now=at(15), today=at(15).date()) for _time in range(2)]

    book = Book.objects.get(code=f"points:{people.community.pk}")
    assert (credited, book.unit, book.division) == ([3, 0], "POINTS", people.community)
    assert [points.amount for points in points_of(people.resident)] == [4]
    assert [points.amount for points in points_of(people.neighbor_resident)] == [1]
    assert points_of(people.stranger) == []
    rows = ServiceHour.objects.order_by("pk").values_list("status", "points", "journal__total")
    assert [(status, points, str(total)) for status, points, total in rows] == [
        ("CREDITED", 4, "4.00"),
        ("CREDITED", 1, "1.00"),
        ("CREDITED", 0, "None"),
    ]
    assert Journal.objects.filter(book=book).count() == 2
    assert differences_in(book) == []
    assert people.resident.display_name not in str(list(Journal.objects.values_list("memo", flat=True)))
    assert (service_of(people.resident).minutes, service_of(people.resident).waiting) == (125, 0)


def test_the_rule_of_the_day_of_service_holds(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, served: Any
) -> None:
    in_force("points.minutes_per_point", 60, people.community)
    row = served(activity, people.resident, at(8), 119)
    operations.verify_hours(by=people.community_staff, now=at(14), hours=row)

    operations.credit_verified(by=people.system, now=at(15), today=at(15).date())

    assert [points.amount for points in points_of(people.resident)] == [1]


def test_points_of_books_of_other_places_stand_beside(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, opened: Any, served: Any
) -> None:
    other = opened(by=people.street_officer, division=people.places["street"], starts_at=at(13), ends_at=at(15))
    rows = [served(activity, people.resident, at(8), 60), served(other, people.resident, at(13), 30)]
    for row in rows:
        operations.verify_hours(by=people.street_officer, now=at(16), hours=row)

    operations.credit_verified(by=people.system, now=at(17), today=at(17).date())

    assert [(points.book.division, points.amount) for points in points_of(people.resident)] == [
        (people.places["street"], 1),
        (people.community, 2),
    ]


def test_a_frozen_book_stops_only_its_own_records(
    people: SimpleNamespace, at: Any, activity: VolunteerActivity, served: Any
) -> None:
    for person, minute in ((people.resident, 60), (people.stranger, 60)):
        row = served(activity, person, at(8), minute)
        operations.verify_hours(by=people.community_staff, now=at(14), hours=row)
        operations.credit_verified(by=people.system, now=at(15), today=at(15).date())
        Book.objects.filter(code=f"points:{people.community.pk}").update(status="FROZEN")

    assert list(ServiceHour.objects.order_by("pk").values_list("status", flat=True)) == ["CREDITED", "VERIFIED"]
