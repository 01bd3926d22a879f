"""Notices live through their days: before, during and after, with holidays, objections and files."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from communities.notices import operations
from communities.notices.lifecycle import NoticeStatus
from communities.notices.models import Attachment, Objection, ObjectionOutcome, PublicNotice, Visibility
from communities.notices.operations import (
    AnswerIncomplete,
    AnswerNotYours,
    AttachmentNotPublic,
    NoticeNotYours,
    NoticeOver,
    NoticePeriodRunning,
    NoticeTooShort,
    ObjectionAnswered,
    ObjectionEmpty,
    ObjectionNotYours,
    ObjectionRepeated,
    ObjectionUnanswered,
)
from communities.notices.tasks import close
from communities.people.policy import PersonalNumbersFound
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar.days import DayKind
from governance.calendar.models import CalendarDay, ClockOffset
from governance.lifecycle import MoveClosed, MoveForbidden
from governance.outbox.models import OutboxEvent
from tests.factories.communities import AttachmentFactory, ObjectionFactory, PublicNoticeFactory
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

POSTERS = {"community_staff", "street_officer", "street_reviewer", "district_admin"}
POSTED_ON = dt.date(2026, 3, 4)


def at(day: dt.date, hour: int = 12) -> dt.datetime:
    """Return a moment of a day in the district."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_default_timezone())


@pytest.fixture
def draft(house: House, now: dt.datetime) -> Any:
    """Draft a notice of five days in the community, with whatever a test changes."""

    def call(**changes: Any) -> PublicNotice:
        given = {
            "by": house.people["community_staff"],
            "title": "关于社区基金用款的公示",
            "body": "拟用于楼道照明改造，金额 12,000.00 元。",
            "division": house.places["community"],
            "minimum_days": 5,
            "contact": "三八路社区 0813-2201234",
            **changes,
        }
        return operations.draft_notice(now=now, **given)

    return call


@pytest.fixture
def post(draft: Any, house: House, now: dt.datetime) -> Any:
    """Put such a notice up on 4 March 2026, a Wednesday."""

    def call(**changes: Any) -> PublicNotice:
        return operations.post_notice(by=house.people["community_staff"], now=now, notice=draft(**changes))

    return call


def test_a_notice_is_drafted(draft: Any, community_staff: User) -> None:
    notice = draft()

    assert (notice.status, notice.drafted_by, notice.ends_on) == (NoticeStatus.DRAFT, community_staff, None)
    assert AuditEntry.objects.get(verb="communities.notice.drafted").object_key == str(notice.pk)


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_drafts_and_posts_notices(name: str, draft: Any, house: House, now: dt.datetime) -> None:
    person = house.people[name]
    if name in POSTERS:
        assert operations.post_notice(by=person, now=now, notice=draft(by=person)).status == NoticeStatus.POSTED
        return

    with pytest.raises(NoticeNotYours):
        draft(by=person)
    with pytest.raises(MoveForbidden):
        operations.post_notice(by=person, now=now, notice=draft())


def test_a_notice_of_no_days_is_refused(draft: Any) -> None:
    with pytest.raises(NoticeTooShort):
        draft(minimum_days=0)

    assert PublicNotice.objects.count() == 0


def test_calendar_days_are_counted_from_the_day_after_posting(post: Any) -> None:
    notice = post()

    assert (notice.starts_on, notice.ends_on) == (dt.date(2026, 3, 4), dt.date(2026, 3, 9))
    assert notice.is_end_provisional is False
    assert OutboxEvent.objects.get(topic="communities.notice.posted").object_key == str(notice.pk)


def test_working_days_skip_the_holiday_and_count_the_transferred_workday(post: Any) -> None:
    # Two free weekdays, and a Saturday that is worked instead.
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(day=dt.date(2026, 3, 5), is_workday=False),
            CalendarDay(day=dt.date(2026, 3, 6), is_workday=False),
            CalendarDay(day=dt.date(2026, 3, 7), is_workday=True),
        ]
    )

    notice = post(day_kind=DayKind.WORKING)

    # Saturday 7th, Monday 9th to Thursday 12th.
    assert notice.ends_on == dt.date(2026, 3, 12)
    assert notice.is_end_provisional is False


def test_a_year_without_a_table_makes_the_end_provisional(post: Any) -> None:
    notice = post(day_kind=DayKind.WORKING)

    assert (notice.ends_on, notice.is_end_provisional) == (dt.date(2026, 3, 11), True)


def test_a_provisional_end_moves_back_when_the_holidays_are_published(post: Any, system: User) -> None:
    notice = post(day_kind=DayKind.WORKING)
    CalendarDay.objects.create(day=dt.date(2026, 3, 10), is_workday=False)

    day = dt.date(2026, 3, 12)
    with pytest.raises(NoticePeriodRunning):
        operations.close_notice(by=system, now=at(day), today=day, notice=notice)
    assert operations.extend_provisional_notices(by=system, now=at(dt.date(2026, 3, 5))) == 1
    assert operations.extend_provisional_notices(by=system, now=at(dt.date(2026, 3, 5))) == 0

    notice.refresh_from_db()
    assert (notice.ends_on, notice.is_end_provisional) == (dt.date(2026, 3, 12), False)
    assert AuditEntry.objects.get(verb="communities.notice.extended").after == {"ends_on": "2026-03-12"}


def test_an_end_never_moves_forward(post: Any, system: User) -> None:
    notice = post(day_kind=DayKind.WORKING)
    CalendarDay.objects.create(day=dt.date(2026, 3, 7), is_workday=True)

    operations.extend_provisional_notices(by=system, now=at(dt.date(2026, 3, 5)))

    notice.refresh_from_db()
    assert notice.ends_on == dt.date(2026, 3, 11)


def test_a_notice_is_posted_once(post: Any, community_staff: User, now: dt.datetime) -> None:
    with pytest.raises(MoveClosed):
        operations.post_notice(by=community_staff, now=now, notice=post())


@pytest.mark.parametrize("field", ["title", "body"])
def test_personal_numbers_are_not_posted(field: str, draft: Any, community_staff: User, now: dt.datetime) -> None:
    notice = draft(**{field: "联系人张三 13812345678，身份证510302198001010012"})

    with pytest.raises(PersonalNumbersFound) as refused:
        operations.post_notice(by=community_staff, now=now, notice=notice)

    assert "138…78" in str(refused.value)
    assert "13812345678" not in str(refused.value)
    notice.refresh_from_db()
    assert notice.status == NoticeStatus.DRAFT


def test_what_hangs_on_a_posted_notice_is_public(draft: Any, community_staff: User, now: dt.datetime) -> None:
    hidden = AttachmentFactory(visibility=Visibility.INTERNAL, name="内部.pdf")

    with pytest.raises(AttachmentNotPublic):
        operations.post_notice(by=community_staff, now=now, notice=draft(attachments=[hidden]))


@pytest.mark.parametrize(
    ("day", "closes"),
    [(dt.date(2026, 3, 5), False), (dt.date(2026, 3, 9), False), (dt.date(2026, 3, 10), True)],
)
def test_the_last_day_counts_to_its_end(day: dt.date, *, closes: bool, post: Any, system: User) -> None:
    notice = post()

    assert operations.close_due_notices(by=system, now=at(day, 23), today=day) == ([notice.pk] if closes else [])

    notice.refresh_from_db()
    assert notice.status == (NoticeStatus.CLOSED_CLEAR if closes else NoticeStatus.POSTED)
    if not closes:
        with pytest.raises(NoticePeriodRunning):
            operations.close_notice(by=system, now=at(day), today=day, notice=notice)


def test_only_the_clock_closes(post: Any, district_admin: User) -> None:
    day = dt.date(2026, 3, 10)

    with pytest.raises(MoveForbidden):
        operations.close_notice(by=district_admin, now=at(day), today=day, notice=post())


def test_a_draft_is_not_closed(draft: Any, system: User) -> None:
    day = dt.date(2026, 3, 10)

    with pytest.raises(MoveClosed):
        operations.close_notice(by=system, now=at(day), today=day, notice=draft())


def test_what_cannot_be_closed_stops_nobody(post: Any, district_admin: User) -> None:
    day = dt.date(2026, 3, 10)
    notice = post()

    assert operations.close_due_notices(by=district_admin, now=at(day), today=day) == []

    notice.refresh_from_db()
    assert notice.status == NoticeStatus.POSTED


def test_a_provisional_end_that_held_closes(post: Any, system: User) -> None:
    notice = post(day_kind=DayKind.WORKING)
    day = dt.date(2026, 3, 12)

    closed = operations.close_notice(by=system, now=at(day), today=day, notice=notice)

    assert closed.status == NoticeStatus.CLOSED_CLEAR


def test_the_task_closes_and_may_be_repeated(post: Any, settings: Any) -> None:
    notice = post()
    settings.DEMONSTRATION = True
    ClockOffset.objects.create(days=10_000)

    assert close() == 1
    assert close() == 0

    notice.refresh_from_db()
    assert notice.status == NoticeStatus.CLOSED_CLEAR


def test_an_unanswered_objection_holds_the_notice(
    post: Any, resident: User, community_staff: User, system: User
) -> None:
    held, free = post(), post()
    over = dt.date(2026, 3, 10)
    objection = operations.raise_objection(by=resident, now=at(dt.date(2026, 3, 9), 23), notice=held, text="金额过高")

    assert operations.close_due_notices(by=system, now=at(over), today=over) == [free.pk]
    with pytest.raises(ObjectionUnanswered):
        operations.close_notice(by=system, now=at(over), today=over, notice=held)
    operations.answer_objection(
        by=community_staff, now=at(over), objection=objection, outcome=ObjectionOutcome.REJECTED, reply="已核价"
    )
    assert operations.close_due_notices(by=system, now=at(over), today=over) == [held.pk]

    held.refresh_from_db()
    assert held.status == NoticeStatus.CLOSED_CLEAR


def test_an_upheld_objection_closes_the_notice_as_such(
    post: Any, resident: User, stranger: User, community_staff: User, system: User
) -> None:
    notice, over = post(), dt.date(2026, 3, 10)
    for person, outcome in ((resident, ObjectionOutcome.REJECTED), (stranger, ObjectionOutcome.UPHELD)):
        objection = operations.raise_objection(by=person, now=at(POSTED_ON), notice=notice, text="不同意")
        operations.answer_objection(
            by=community_staff, now=at(POSTED_ON), objection=objection, outcome=outcome, reply="答复"
        )

    operations.close_due_notices(by=system, now=at(over), today=over)

    notice.refresh_from_db()
    assert notice.status == NoticeStatus.CLOSED_OBJECTION
    assert OutboxEvent.objects.filter(topic="communities.notice.closed").get().payload == {"status": "CLOSED_OBJECTION"}


@pytest.mark.parametrize(
    ("day", "allowed"),
    [(dt.date(2026, 3, 4), True), (dt.date(2026, 3, 9), True), (dt.date(2026, 3, 10), False)],
)
def test_when_objections_may_be_raised(day: dt.date, *, allowed: bool, post: Any, resident: User) -> None:
    notice = post()
    if allowed:
        operations.raise_objection(by=resident, now=at(day), notice=notice, text="不同意")
        assert notice.objections.count() == 1
        return

    with pytest.raises(NoticeOver):
        operations.raise_objection(by=resident, now=at(day), notice=notice, text="不同意")


def test_no_objection_to_a_draft(draft: Any, resident: User, now: dt.datetime) -> None:
    with pytest.raises(NoticeOver):
        operations.raise_objection(by=resident, now=now, notice=draft(), text="不同意")


def test_one_person_objects_once(post: Any, resident: User, stranger: User, now: dt.datetime) -> None:
    notice = post()
    operations.raise_objection(by=resident, now=now, notice=notice, text="不同意")

    with pytest.raises(ObjectionRepeated):
        operations.raise_objection(by=resident, now=now, notice=notice, text="再次不同意")
    operations.raise_objection(by=stranger, now=now, notice=notice, text="也不同意")

    assert notice.objections.count() == 2


@pytest.mark.parametrize("text", ["", "   ", "长" * 2001])
def test_an_objection_says_something(text: str, post: Any, resident: User, now: dt.datetime) -> None:
    with pytest.raises(ObjectionEmpty):
        operations.raise_objection(by=resident, now=now, notice=post(), text=text)

    assert Objection.objects.count() == 0


def test_only_people_object(post: Any, service_client: User, system: User, now: dt.datetime) -> None:
    notice = post()

    for nobody in (service_client, system):
        with pytest.raises(ObjectionNotYours):
            operations.raise_objection(by=nobody, now=now, notice=notice, text="不同意")


def test_personal_numbers_in_an_objection_are_refused_with_their_place(
    post: Any, resident: User, now: dt.datetime
) -> None:
    with pytest.raises(PersonalNumbersFound) as refusal:
        operations.raise_objection(by=resident, now=now, notice=post(), text="不同意。\n请致电13812345678")

    assert (refusal.value.field, "请致电【138…78】" in str(refusal.value)) == ("text", True)
    assert "13812345678" not in str(refusal.value)
    assert (Objection.objects.count(), AuditEntry.objects.filter(verb="communities.objection.raised").count()) == (0, 0)


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_answers_objections(name: str, post: Any, house: House, now: dt.datetime) -> None:
    objection = operations.raise_objection(by=house.people["resident"], now=now, notice=post(), text="不同意")
    given = {"objection": objection, "outcome": ObjectionOutcome.REJECTED, "reply": "已核实"}

    if name in POSTERS:
        assert operations.answer_objection(by=house.people[name], now=now, **given).outcome == "REJECTED"
        with pytest.raises(ObjectionAnswered):
            operations.answer_objection(by=house.people[name], now=now, **given)
    else:
        with pytest.raises(AnswerNotYours):
            operations.answer_objection(by=house.people[name], now=now, **given)


def test_nobody_answers_himself(post: Any, community_staff: User, now: dt.datetime) -> None:
    objection = operations.raise_objection(by=community_staff, now=now, notice=post(), text="不同意")

    with pytest.raises(AnswerNotYours):
        operations.answer_objection(
            by=community_staff, now=now, objection=objection, outcome=ObjectionOutcome.UPHELD, reply="同意"
        )


@pytest.mark.parametrize(
    ("outcome", "reply", "refusal"),
    [
        ("", "已核实", AnswerIncomplete),
        ("MAYBE", "已核实", AnswerIncomplete),
        (ObjectionOutcome.UPHELD, " ", AnswerIncomplete),
        (ObjectionOutcome.UPHELD, "同" * 2001, AnswerIncomplete),
        (ObjectionOutcome.UPHELD, "请找13812345678", PersonalNumbersFound),
    ],
)
def test_an_answer_is_complete(
    *, outcome: str, reply: str, refusal: type[Exception], post: Any, house: House, now: dt.datetime
) -> None:
    objection = operations.raise_objection(by=house.people["resident"], now=now, notice=post(), text="不同意")

    with pytest.raises(refusal):
        operations.answer_objection(
            by=house.people["community_staff"], now=now, objection=objection, outcome=outcome, reply=reply
        )

    objection.refresh_from_db()
    assert objection.outcome == ""


def test_days_left_in_words_of_numbers(post: Any) -> None:
    notice = post()

    left = [notice.days_left(dt.date(2026, 3, day)) for day in (4, 8, 9, 10)]

    assert (left, notice.days_in_all()) == ([6, 2, 1, 0], 6)


@pytest.mark.parametrize("name", [*NAMED_PEOPLE, None])
def test_drafts_are_seen_by_those_who_work_there(name: str | None, draft: Any, post: Any, house: House) -> None:
    hidden, shown = draft(), post()
    person = house.people[name] if name else None

    seen = set(PublicNotice.objects.visible_to(person))

    readers = {*POSTERS, "district_officer", "supervisor", "auditor"}
    assert seen == ({hidden, shown} if name in readers else {shown})
    if person:
        assert person.has_perm("communities.view_publicnotice", hidden) is (name in readers)


WALLS = {
    "publicnotice_closes_after_its_days": (
        "UPDATE communities_publicnotice SET status = 'CLOSED_CLEAR', closed_at = (ends_on + TIME '23:00')"
        " AT TIME ZONE 'Asia/Shanghai' WHERE id = {free}"
    ),
    "publicnotice_closed_has_a_time": "UPDATE communities_publicnotice SET status = 'CLOSED_CLEAR' WHERE id = {free}",
    "publicnotice_waits_for_answers": (
        "UPDATE communities_publicnotice SET status = 'CLOSED_CLEAR', closed_at = '2027-01-01+08' WHERE id = {held}"
    ),
    "publicnotice_closes_as_decided": (
        "UPDATE communities_publicnotice SET status = 'CLOSED_OBJECTION', closed_at = '2027-01-01+08' WHERE id = {free}"
    ),
    "publicnotice_moves_by_the_table": "UPDATE communities_publicnotice SET status = 'ARCHIVED' WHERE id = {free}",
    "publicnotice_lasts_a_day": "UPDATE communities_publicnotice SET minimum_days = 0 WHERE id = {draft}",
    "publicnotice_days_are_counted_from_the_next": (
        "UPDATE communities_publicnotice SET starts_on = '2026-01-05', ends_on = '2026-01-05' WHERE id = {draft}"
    ),
    "publicnotice_posted_has_dates": "UPDATE communities_publicnotice SET status = 'POSTED' WHERE id = {draft}",
    "objection_once_each": (
        "INSERT INTO communities_objection (notice_id, objector_id, text, raised_at, reply, outcome)"
        " SELECT notice_id, objector_id, text, raised_at, '', '' FROM communities_objection"
    ),
    "objection_raised_in_time": (
        "INSERT INTO communities_objection (notice_id, objector_id, text, raised_at, reply, outcome)"
        " SELECT {draft}, objector_id, text, raised_at, '', '' FROM communities_objection"
    ),
    "objection_answered_by_another": "UPDATE communities_objection SET replied_by_id = objector_id",
    "objection_outcome_has_a_reply": "UPDATE communities_objection SET outcome = 'UPHELD'",
    "attachment_visibility_is_known": (
        "INSERT INTO communities_attachment"
        " (name, file, content_type, size, sha256, visibility, division_id, uploaded_at, uploaded_by_id)"
        " SELECT name, file, content_type, size, sha256, 'X', division_id, uploaded_at, uploaded_by_id"
        " FROM communities_attachment"
    ),
    "attachment_has_a_hash": (
        "INSERT INTO communities_attachment"
        " (name, file, content_type, size, sha256, visibility, division_id, uploaded_at, uploaded_by_id)"
        " SELECT name, file, content_type, size, 'x', visibility, division_id, uploaded_at, uploaded_by_id"
        " FROM communities_attachment"
    ),
}


@pytest.mark.parametrize(("constraint", "statement"), WALLS.items())
@pytest.mark.django_db
def test_the_database_refuses(constraint: str, statement: str) -> None:
    held = ObjectionFactory().notice
    free = PublicNoticeFactory(posted=dt.date(2026, 1, 5))
    AttachmentFactory()
    keys = {"held": held.pk, "free": free.pk, "draft": PublicNoticeFactory().pk}

    assert violated(statement.format(**keys)) == constraint


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("publicnotice", "title = 'x'"),
        ("publicnotice", "minimum_days = 1"),
        ("objection", "text = 'x'"),
        ("attachment", "sha256 = repeat('1', 64)"),
    ],
)
@pytest.mark.django_db
def test_what_was_published_stays(table: str, change: str) -> None:
    ObjectionFactory()
    AttachmentFactory()

    refusal = violated(f"UPDATE communities_{table} SET {change}")

    assert refusal == f"pgtrigger: Cannot update rows from communities_{table} table"


@pytest.mark.django_db
def test_a_file_that_nothing_uses_goes_after_a_month(
    system: User,
    now: dt.datetime,
    district: Any,
    settings: Any,
    tmp_path: Path,
    django_capture_on_commit_callbacks: Any,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    store = {"by": system, "division": district, "name": "附件.pdf", "content": b"%PDF-1.4\n%%EOF\n"}
    before = now - dt.timedelta(days=31)
    stale = operations.store_attachment(now=before, **store)
    used = operations.store_attachment(now=before, **store)
    fresh = operations.store_attachment(now=now, **store)
    PublicNoticeFactory().attachments.add(used)

    with django_capture_on_commit_callbacks(execute=True):
        assert operations.purge_attachments(by=system, now=now) == 1
    assert operations.purge_attachments(by=system, now=now) == 0

    assert set(Attachment.objects.values_list("pk", flat=True)) == {used.pk, fresh.pk}
    assert not (tmp_path / stale.file.name).exists()
    assert (tmp_path / used.file.name).exists()
    entry = AuditEntry.objects.get(verb="communities.attachment.purged")
    assert (entry.object_key, entry.before) == (str(stale.pk), {"sha256": stale.sha256})
