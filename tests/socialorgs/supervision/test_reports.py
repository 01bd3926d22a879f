"""Reports of a year: asked for, submitted, passed on, concluded; reminded, missed three times, listed."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.people.policy import PersonalNumbersFound
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from socialorgs.register.models import AnnualInspection
from socialorgs.register.queries import hindrances
from socialorgs.supervision import operations
from socialorgs.supervision.models import RectificationOrder, YearReport
from socialorgs.supervision.operations import Said
from socialorgs.supervision.refusals import ConclusionNeedsMending, DaysUnfit, ReportIncomplete
from tests.factories.socialorgs_register import AnnualInspectionFactory, OrganizationFactory

pytestmark = pytest.mark.django_db
SAID = Said(
    members_count=12,
    staff_count=3,
    income=Decimal("120000.00"),
    expenses=Decimal("98000.50"),
    meetings=4,
    activities="为独居老人送餐 2,400 人次。",
    has_party_organization=True,
    keeps_charter=True,
)


def opened(people: SimpleNamespace, now: dt.datetime, body: Any) -> YearReport:
    operations.open_reports(by=people.system, now=now)
    return YearReport.objects.get(organization=body)


def submitted(people: SimpleNamespace, now: dt.datetime, body: Any) -> YearReport:
    return operations.submit_report(by=people.manager, now=now, report=opened(people, now, body), said=SAID)


def forwarded(people: SimpleNamespace, now: dt.datetime, body: Any) -> YearReport:
    row = submitted(people, now, body)
    return operations.forward_report(by=people.street_officer, now=now, report=row, opinion="情况属实。")


def test_every_registered_body_is_asked_once(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    OrganizationFactory(division=people.community, filed=True, active=True)
    OrganizationFactory(division=people.community, active=True, founded_on=dt.date(2026, 1, 5))
    OrganizationFactory(division=people.community)
    judged = AnnualInspectionFactory(organization__division=people.community, year=2025)

    assert operations.open_reports(by=people.system, now=now) == 2
    assert operations.open_reports(by=people.system, now=now) == 0

    row = YearReport.objects.get(organization=body)
    assert (row.year, row.status, row.due_on) == (2025, "DUE", dt.date(2026, 4, 3))
    assert not judged.organization.yearreports.exists()


def test_asked_in_january_it_is_due_by_the_end_of_march(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    january = now.replace(month=1, day=1)

    assert opened(people, january, body).due_on == dt.date(2026, 3, 31)


def test_a_report_goes_through_three_hands_into_the_register(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    row = forwarded(people, now, body)
    done = operations.conclude_report(by=people.street_reviewer, now=now, report=row, conclusion="PASSED")

    inspection = AnnualInspection.objects.get(organization=body)
    assert (done.status, done.inspection, inspection.conclusion, inspection.year) == (
        "CONCLUDED",
        inspection,
        "PASSED",
        2025,
    )
    assert RectificationOrder.objects.count() == 0
    verbs = AuditEntry.objects.filter(object_label="socialorgs.YearReport").order_by("pk")
    assert [(entry.verb.rpartition(".")[2], entry.actor_id) for entry in verbs] == [
        ("submitted", people.manager.pk),
        ("forwarded", people.street_officer.pk),
        ("concluded", people.street_reviewer.pk),
    ]


def test_who_failed_is_ordered_to_mend_and_is_kept_from_contracts(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: Any
) -> None:
    row = forwarded(people, now, body)
    with pytest.raises(ConclusionNeedsMending):
        operations.conclude_report(by=people.street_reviewer, now=now, report=row, conclusion="FAILED")
    assert AnnualInspection.objects.count() == 0

    operations.conclude_report(
        by=people.street_reviewer, now=now, report=row, conclusion="FAILED", mend="补开会员大会。", days=15
    )

    order = RectificationOrder.objects.get(organization=body)
    assert (order.status, order.days, order.inspection.year) == ("DRAFTED", 15, 2025)
    assert len(hindrances(body, today)) == 1


@pytest.mark.parametrize("who", ["manager", "street_officer"])
def test_nobody_takes_two_steps(people: SimpleNamespace, now: dt.datetime, body: Any, who: str) -> None:
    row = forwarded(people, now, body)

    with pytest.raises((SamePerson, MoveForbidden)):
        operations.conclude_report(by=getattr(people, who), now=now, report=row, conclusion="PASSED")
    row.refresh_from_db()
    assert row.status == "FORWARDED"
    assert AnnualInspection.objects.count() == 0


def test_the_reviewer_who_passed_it_on_does_not_conclude_it(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    row = submitted(people, now, body)
    row = operations.forward_report(by=people.street_reviewer, now=now, report=row, opinion="同意。")

    with pytest.raises(SamePerson):
        operations.conclude_report(by=people.street_reviewer, now=now, report=row, conclusion="PASSED")
    done = operations.conclude_report(by=people.district_officer, now=now, report=row, conclusion="PASSED")
    assert done.status == "CONCLUDED"


def test_the_manager_of_another_body_submits_nothing_here(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = opened(people, now, body)

    for who in (people.other_manager, people.resident, people.street_reviewer):
        with pytest.raises(MoveForbidden):
            operations.submit_report(by=who, now=now, report=row, said=SAID)
    assert list(YearReport.objects.visible_to(people.other_manager).values_list("organization", flat=True)) == [
        people.other_body.pk
    ]
    row.refresh_from_db()
    assert row.status == "DUE"


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"activities": " "}, ReportIncomplete),
        ({"activities": "电话 13812345678 联系。"}, PersonalNumbersFound),
    ],
)
def test_a_report_without_words_or_with_numbers_is_refused(
    people: SimpleNamespace, now: dt.datetime, body: Any, more: dict[str, str], refusal: type[Exception]
) -> None:
    row = opened(people, now, body)
    said = Said(**{**{key: getattr(SAID, key) for key in SAID.__slots__}, **more})

    with pytest.raises(refusal):
        operations.submit_report(by=people.manager, now=now, report=row, said=said)
    row.refresh_from_db()
    assert row.status == "DUE"


def test_a_returned_report_has_days_again(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = submitted(people, now, body)
    later = now + dt.timedelta(days=60)
    row = operations.send_report_back(by=people.street_officer, now=later, report=row, reason="缺少收支说明。")

    assert (row.status, row.due_on, row.remark) == ("RETURNED", dt.date(2026, 6, 2), "缺少收支说明。")
    row = operations.submit_report(by=people.manager, now=later, report=row, said=SAID)
    assert (row.status, row.remark) == ("SUBMITTED", "")


def days_after(row: Any, days: int, now: dt.datetime) -> dt.datetime:
    due = dt.datetime.combine(row.due_on, now.timetz())
    return due + dt.timedelta(days=days)


def test_reminders_come_day_by_day_and_the_third_miss_proposes_the_list(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    row = opened(people, now, body)
    people.other_body.yearreports.all().delete()

    counted = {}
    for days in (0, 1, 2, 20, 21, 22, 40, 41, 42, 90):
        counted[days] = operations.remind_late(by=people.system, now=days_after(row, days, now))

    assert [days for days, count in counted.items() if count] == [1, 21, 41]
    row.refresh_from_db()
    assert (row.status, row.reminders) == ("MISSED", 3)
    topics = OutboxEvent.objects.filter(topic__startswith="socialorgs.year_report.").order_by("pk")
    assert [event.topic.rpartition(".")[2] for event in topics] == ["reminded", "reminded", "missed"]


def test_who_has_missed_it_three_times_is_listed_by_the_registrar_and_may_still_report(
    people: SimpleNamespace, now: dt.datetime, today: dt.date, body: Any
) -> None:
    row = opened(people, now, body)
    for days in (1, 21, 41):
        operations.remind_late(by=people.system, now=days_after(row, days, now))
    later = days_after(row, 45, now)
    given = {"decision_number": "自民异〔2026〕3号", "reason": "未报送年度工作报告。"}
    row.refresh_from_db()
    with pytest.raises(MoveForbidden):
        operations.list_for_miss(by=people.street_officer, now=later, row=row, **given)
    with pytest.raises(ReasonMissing):
        operations.list_for_miss(by=people.street_reviewer, now=later, row=row, **{**given, "reason": " "})

    listed = operations.list_for_miss(by=people.street_reviewer, now=later, row=row, **given)

    listing = body.listings.get()
    assert (listed.status, listed.listing, listing.credit_list) == ("LISTED", listing, "ABNORMAL")
    assert hindrances(body, today) == []
    assert operations.submit_report(by=people.manager, now=later, report=row, said=SAID).status == "SUBMITTED"


def ordered(people: SimpleNamespace, now: dt.datetime, body: Any, days: int = 15) -> RectificationOrder:
    row = operations.draft_rectification(
        by=people.street_officer,
        now=now,
        organization=body,
        findings="超出章程规定的业务范围开展活动。",
        demands="停止有偿培训，退还收费。",
        days=days,
    )
    return operations.issue_rectification(by=people.street_reviewer, now=now, order=row)


def test_an_order_is_issued_by_another_reported_and_accepted(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    row = ordered(people, now, body)
    assert (row.status, row.due_on, row.number) == ("ISSUED", dt.date(2026, 3, 19), f"ZG-2026-{row.pk:05d}")
    with pytest.raises(MoveForbidden):
        operations.report_rectification(by=people.other_manager, now=now, order=row, report="已退还。")
    with pytest.raises(ReportIncomplete):
        operations.report_rectification(by=people.manager, now=now, order=row, report=" ")

    row = operations.report_rectification(by=people.manager, now=now, order=row, report="已退还全部收费。")
    row = operations.send_rectification_back(
        by=people.street_reviewer, now=now, order=row, reason="缺少退费凭证。", days=5
    )
    assert (row.status, row.due_on) == ("ISSUED", dt.date(2026, 3, 9))
    row = operations.report_rectification(by=people.manager, now=now, order=row, report="附退费清单。")
    assert lifecycle.move(row, "accept", by=people.street_reviewer, now=now).status == "ACCEPTED"


@pytest.mark.parametrize("days", [0, 181])
def test_an_order_has_its_days(people: SimpleNamespace, now: dt.datetime, body: Any, days: int) -> None:
    with pytest.raises(DaysUnfit):
        ordered(people, now, body, days)
    assert RectificationOrder.objects.count() == 0


def test_who_drafts_an_order_does_not_issue_it(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    row = operations.draft_rectification(
        by=people.street_reviewer, now=now, organization=body, findings="未公开收支。", demands="公开。"
    )
    assert row.days == 30

    with pytest.raises(SamePerson):
        operations.issue_rectification(by=people.street_reviewer, now=now, order=row)
    dropped = operations.drop_rectification(by=people.district_officer, now=now, order=row, reason="证据不足。")
    assert (dropped.status, dropped.number) == ("DROPPED", None)


def test_an_order_that_is_missed_three_times_waits_to_be_listed(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    row = ordered(people, now, body)

    counted = {
        days: operations.remind_late(by=people.system, now=days_after(row, days, now))
        for days in (0, 1, 10, 11, 20, 21, 60)
    }

    assert [days for days, count in counted.items() if count] == [1, 11, 21]
    row.refresh_from_db()
    assert row.status == "OVERDUE"
    with pytest.raises(MoveClosed):
        operations.send_rectification_back(by=people.street_reviewer, now=now, order=row, reason="晚了。", days=3)
