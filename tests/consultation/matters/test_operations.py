"""A matter from the person's words to the last one: who may, what is refused, what the clock does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from communities.notices import operations as notices
from communities.notices.models import Attachment, Visibility
from communities.notices.policy import FileBroken, PhotoKindUnknown, PhotoTooLarge
from communities.people.models import Role
from communities.people.policy import PersonalNumbersFound
from communities.policy.lifecycle import ParameterStatus
from communities.territory.models import Division
from consultation.matters import operations
from consultation.matters.handling.classes import RouteDoesNotFit, SummaryMissing, SummaryNotWanted
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterChannel, RefusalGround, Route, ThreeWay
from consultation.matters.operations import (
    ContactMissing,
    GroundMissing,
    MatterNotYours,
    PhotoNotYours,
    PlaceTakesNoMatters,
    ReferenceRepeated,
    TooManyMatters,
    TooManyPhotos,
)
from consultation.matters.policy import MOST_PHOTOS, PER_DAY, WordsMissing, WordsTooLong
from consultation.matters.tasks import clock_of_matters
from governance import lifecycle
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar.models import CalendarDay
from governance.errors import DomainError
from governance.lifecycle import MoveClosed, MoveForbidden, MoveHindered, ReasonMissing
from governance.outbox.models import OutboxEvent
from tests.consultation.pictures import photo, place_of
from tests.factories.communities import PolicyParameterFactory, PostFactory
from tests.factories.consultation_matters import BIG, PRIVATE, SMALL, MatterFactory
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

STAFF = {"community_staff", "street_officer", "street_reviewer", "district_admin", "district_officer"}
IDENTITY = "510302198001010012"


def at(day: dt.date, hour: int = 12) -> dt.datetime:
    """Return a moment of a day in the district."""
    return dt.datetime.combine(day, dt.time(hour), tzinfo=timezone.get_default_timezone())


def wide(digits: str) -> str:
    """Return digits as a Chinese keyboard writes them, full width."""
    return "".join(chr(ord(digit) + 0xFEE0) for digit in digits)


@pytest.fixture
def media(settings: Any, tmp_path: Path) -> Path:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def raise_one(house: House, now: dt.datetime) -> Callable[..., Matter]:
    """Raise a matter as the resident, with whatever a test changes."""

    def call(**changes: Any) -> Matter:
        given: dict[str, Any] = {
            "by": house.people["resident"],
            "now": now,
            "division": house.places["community"],
            "title": "12栋楼梯没有扶手",
            "text": "老人上下楼不方便，希望装扶手。",
            "place": "12栋一单元",
            "channel": MatterChannel.PAGE,
            **changes,
        }
        return operations.raise_matter(**given)

    return call


@pytest.fixture
def sort_one(house: House, now: dt.datetime, today: dt.date) -> Callable[..., Matter]:
    """Sort a matter as the community's staff."""

    def call(matter: Matter, **changes: Any) -> Matter:
        given: dict[str, Any] = {
            "by": house.people["community_staff"],
            "now": now,
            "today": today,
            "matter": matter,
            "three_way": ThreeWay.SMALL,
            "route": Route.DELIBERATION,
            "reason": "属于小区公共设施。",
            "summary": "12栋楼梯没有扶手，老人出行不便。",
            **changes,
        }
        return operations.sort_matter(**given)

    return call


# -------------------------------------------------------------------------------------------------------------- raising


def test_a_resident_raises_a_matter(raise_one: Any, resident: User, community: Division) -> None:
    matter = raise_one(title="  12栋楼梯没有扶手 ", text="第一行\r\n第二行")

    matter.refresh_from_db()
    assert (matter.status, matter.raised_by, matter.recorded_by) == (MatterStatus.RAISED, resident, resident)
    assert (matter.title, matter.text) == ("12栋楼梯没有扶手", "第一行\n第二行")
    assert matter.number == f"M2026-{matter.pk:06d}"
    # Wednesday 4 March; five working days: Thursday, Friday, Monday to Wednesday. The year has no table yet.
    assert (matter.due_on, matter.is_due_provisional) == (dt.date(2026, 3, 11), True)
    entry = AuditEntry.objects.get(verb="consultation.matter.raised")
    assert (entry.actor, entry.object_name) == (resident, matter.number)
    assert entry.after == {"division": community.pk, "channel": "PAGE", "photos": 0, "due_on": "2026-03-11"}
    assert OutboxEvent.objects.get(topic="consultation.matter.raised").payload == {"division": community.pk}


def test_the_trail_does_not_repeat_what_was_said(raise_one: Any, sort_one: Any) -> None:
    matter = raise_one(title="我家的私事", text="请不要告诉别人")

    sort_one(matter, three_way=ThreeWay.PRIVATE, route=Route.ADVICE, summary="")

    trail = " ".join(f"{entry.object_name} {entry.after}" for entry in AuditEntry.objects.all())
    assert "私事" not in trail
    assert "不要告诉" not in trail


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_raises_on_the_page(name: str, raise_one: Any, house: House) -> None:
    person = house.people[name]
    if name == "service_client":
        with pytest.raises(MatterNotYours):
            raise_one(by=person)
        return

    assert raise_one(by=person).raised_by == person


@pytest.mark.parametrize("channel", [MatterChannel.DESK, MatterChannel.VISIT])
@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_records_for_somebody(name: str, channel: str, raise_one: Any, house: House) -> None:
    person = house.people[name]
    given = {"by": person, "channel": channel, "raised_for": "李大爷", "contact": "13812345678"}
    if name not in STAFF:
        with pytest.raises(MatterNotYours):
            raise_one(**given)
        assert Matter.objects.count() == 0
        return

    matter = Matter.objects.get(pk=raise_one(**given).pk)

    assert (matter.raised_by, matter.recorded_by, matter.raised_for) == (None, person, "李大爷")
    assert matter.contact == "13812345678"


def test_the_contact_is_encrypted_at_rest(raise_one: Any, community_staff: User) -> None:
    raise_one(by=community_staff, channel=MatterChannel.DESK, raised_for="李大爷", contact="13812345678")

    stored = Matter.objects.raw("SELECT id, contact::text AS kept FROM consultation_matter")[0].kept
    assert "13812345678" not in stored


def test_what_is_recorded_says_for_whom(raise_one: Any, community_staff: User) -> None:
    with pytest.raises(WordsMissing) as refused:
        raise_one(by=community_staff, channel=MatterChannel.DESK)

    assert (refused.value.field, Matter.objects.count()) == ("raised_for", 0)


def test_a_partner_system_hands_a_case_in_once(raise_one: Any, service_client: User, community: Division) -> None:
    given = {
        "by": service_client,
        "channel": MatterChannel.API,
        "raised_for": "12345来电人",
        "external_reference": "12345-2026-001",
    }
    with pytest.raises(MatterNotYours):
        raise_one(**given)
    PostFactory(user=service_client, role=Role.COMMUNITY_STAFF, division=community)
    given["by"] = User.objects.get(pk=service_client.pk)  # as the next request loads it

    assert raise_one(**given).channel == MatterChannel.API
    with pytest.raises(ReferenceRepeated):
        raise_one(**given)
    assert Matter.objects.count() == 1


@pytest.mark.parametrize("name", ["street", "district"])
def test_matters_belong_to_a_community(name: str, raise_one: Any, house: House) -> None:
    with pytest.raises(PlaceTakesNoMatters):
        raise_one(division=house.places[name])


def test_a_closed_community_takes_none(raise_one: Any, community: Division) -> None:
    Division.objects.filter(pk=community.pk).update(status="CLOSED", valid_to=dt.date(2026, 1, 1))

    with pytest.raises(PlaceTakesNoMatters):
        raise_one(division=Division.objects.get(pk=community.pk))


@pytest.mark.parametrize(
    ("field", "text", "error"),
    [
        ("title", " ", WordsMissing),
        ("title", "长" * 101, WordsTooLong),
        ("text", "", WordsMissing),
        ("text", "长" * 2001, WordsTooLong),
        ("place", "长" * 201, WordsTooLong),
    ],
)
def test_words_that_do_not_fit(field: str, text: str, error: type[DomainError], raise_one: Any) -> None:
    with pytest.raises(error) as refused:
        raise_one(**{field: text})

    assert (refused.value.field, Matter.objects.count()) == (field, 0)


def test_the_longest_words_fit(raise_one: Any) -> None:
    matter = raise_one(title="长" * 100, text="长" * 2000, place="长" * 200)

    assert len(Matter.objects.get(pk=matter.pk).text) == 2000


@pytest.mark.usefixtures("english")
@pytest.mark.parametrize(
    ("field", "text", "shown"),
    [
        (
            "text",
            "楼上漏水\n请打电话13812345678找我，谢谢",
            "mobile number in line 2: 楼上漏水 请打电话【138…78】找我，谢谢",
        ),
        ("text", f"我的身份证是{IDENTITY}", "identity number in line 1: 我的身份证是【510…12】"),
        ("title", "找138 1234 5678", "mobile number in line 1: 找【138…78】"),
        ("place", f"电话{wide('13812345678')}", f"mobile number in line 1: 电话【{wide('138')}…{wide('78')}】"),
    ],
)
def test_personal_numbers_are_refused_and_the_place_is_shown(field: str, text: str, shown: str, raise_one: Any) -> None:
    with pytest.raises(PersonalNumbersFound) as refused:
        raise_one(**{field: text})

    assert refused.value.field == field
    assert shown in str(refused.value)
    assert (Matter.objects.count(), AuditEntry.objects.count()) == (0, 0)


@pytest.mark.usefixtures("english")
def test_every_number_is_shown_and_none_in_full(raise_one: Any) -> None:
    with pytest.raises(PersonalNumbersFound) as refused:
        raise_one(text=f"13812345678和{IDENTITY}")

    assert "13812345678" not in str(refused.value)
    assert IDENTITY not in str(refused.value)
    assert str(refused.value).count("【") == 2


def test_nobody_fills_the_inbox(raise_one: Any, resident: User, now: dt.datetime, today: dt.date) -> None:
    MatterFactory.create_batch(PER_DAY.default, raised_by=resident, raised_at=now)

    with pytest.raises(TooManyMatters):
        raise_one()

    assert raise_one(now=at(today + dt.timedelta(days=1), 0)).pk


def test_a_local_rule_sets_the_days(raise_one: Any, community: Division, district_admin: User) -> None:
    rule = PolicyParameterFactory(key="matter.sort_days", value=2, unit="working days", division=community)
    assert raise_one().due_on == dt.date(2026, 3, 11)
    rule.status, rule.approved_by, rule.approved_at = ParameterStatus.ACTIVE, district_admin, rule.entered_at
    rule.save()

    assert raise_one().due_on == dt.date(2026, 3, 6)


def test_holidays_move_the_day(raise_one: Any) -> None:
    CalendarDay.objects.create(day=dt.date(2026, 3, 5), is_workday=False)

    matter = raise_one()

    assert (matter.due_on, matter.is_due_provisional) == (dt.date(2026, 3, 12), False)


# --------------------------------------------------------------------------------------------------------------- photos


def test_a_photo_loses_place_and_camera(raise_one: Any, media: Path, resident: User, community_staff: User) -> None:
    taken = photo()
    assert place_of(taken)

    matter = raise_one(photos=[("楼梯.jpg", taken), ("IMG_1.png", photo("PNG"))])

    stored = list(matter.photos.order_by("pk"))
    assert [(row.name, row.content_type, row.visibility) for row in stored] == [
        ("楼梯.jpg", "image/jpeg", Visibility.RESTRICTED),
        ("IMG_1.png", "image/png", Visibility.RESTRICTED),
    ]
    with stored[0].file.open("rb") as kept:
        assert place_of(kept.read()) == {}
    assert {row.uploaded_by for row in stored} == {resident}
    assert len([path for path in media.rglob("*") if path.is_file()]) == 2


def test_a_wrong_ending_is_put_right(raise_one: Any, media: Path) -> None:
    matter = raise_one(photos=[("blob", photo("WEBP"))])

    assert matter.photos.get().name == "blob.webp"


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("大.jpg", b"\xff\xd8" + bytes(40 * 1024 * 1024), PhotoTooLarge),
        ("a.pdf", b"%PDF-1.4\n%%EOF\n", PhotoKindUnknown),
        ("a.jpg", b"not a picture", PhotoKindUnknown),
        ("a.jpg", photo(size=(640, 480))[:-1000], FileBroken),
    ],
)
def test_a_bad_photo_leaves_nothing_behind(
    *, name: str, content: bytes, error: type[DomainError], raise_one: Any, media: Path
) -> None:
    with pytest.raises(error) as refused:
        raise_one(photos=[("好.jpg", photo()), (name, content)])

    assert refused.value.field == "photos"
    assert (Matter.objects.count(), Attachment.objects.count()) == (0, 0)
    assert [path for path in media.rglob("*") if path.is_file()] == []


@pytest.mark.usefixtures("english")
def test_a_photo_of_40_mb_is_refused_by_its_name_and_size(raise_one: Any, media: Path) -> None:
    with pytest.raises(PhotoTooLarge) as refused:
        raise_one(photos=[("楼梯.jpg", bytes(40 * 1024 * 1024))])

    assert str(refused.value) == "“楼梯.jpg” has 40.0 MB; a photo may have at most 15 MB."


def test_a_failure_after_the_files_deletes_them(
    raise_one: Any, media: Path, resident: User, community: Division
) -> None:
    never_stored = Attachment(name="x.jpg", uploaded_by=resident, division=community)

    with pytest.raises(ValueError, match="Attachment"):
        raise_one(photos=[("好.jpg", photo()), never_stored])

    assert (Matter.objects.count(), Attachment.objects.count()) == (0, 0)
    assert [path for path in media.rglob("*") if path.is_file()] == []


def test_too_many_photos(raise_one: Any) -> None:
    with pytest.raises(TooManyPhotos):
        raise_one(photos=[("a.jpg", b"")] * (MOST_PHOTOS + 1))


def test_stored_files_of_ones_own_can_be_attached(
    raise_one: Any, media: Path, community_staff: User, street_officer: User, community: Division, now: dt.datetime
) -> None:
    file = notices.store_attachment(
        by=community_staff, now=now, division=community, name="a.jpg", content=photo(with_place=False)
    )
    given = {"channel": MatterChannel.DESK, "raised_for": "李大爷", "photos": [file]}

    assert list(raise_one(by=community_staff, **given).photos.all()) == [file]
    with pytest.raises(PhotoNotYours):
        raise_one(by=street_officer, **given)


# -------------------------------------------------------------------------------------------------------------- sorting


def test_a_matter_is_sorted_with_reason_and_clock(raise_one: Any, sort_one: Any, community_staff: User) -> None:
    matter = sort_one(raise_one())

    assert (matter.status, matter.sorted_by, matter.sort_reason) == (
        MatterStatus.SORTED,
        community_staff,
        "属于小区公共设施。",
    )
    assert (matter.three_way, matter.route) == (ThreeWay.SMALL, Route.DELIBERATION)
    assert matter.due_on == dt.date(2026, 3, 25)
    entry = AuditEntry.objects.get(verb="consultation.matter.sorted")
    assert (entry.reason, entry.before, entry.after) == (
        "属于小区公共设施。",
        {"status": "RAISED"},
        {"status": "SORTED"},
    )
    assert OutboxEvent.objects.filter(topic="consultation.matter.sorted").count() == 1


@pytest.mark.parametrize(
    ("three_way", "route", "summary", "due_on"),
    [
        (*BIG, dt.date(2026, 3, 25)),
        (*SMALL, dt.date(2026, 3, 25)),
        (ThreeWay.SMALL, Route.DIRECT, "", dt.date(2026, 3, 25)),
        (*PRIVATE, dt.date(2026, 3, 11)),
    ],
)
def test_each_class_has_its_clock(
    *, three_way: str, route: str, summary: str, due_on: dt.date, raise_one: Any, sort_one: Any
) -> None:
    assert sort_one(raise_one(), three_way=three_way, route=route, summary=summary).due_on == due_on


@pytest.mark.parametrize(
    ("changes", "error", "field"),
    [
        ({"reason": " "}, ReasonMissing, "reason"),
        ({"three_way": "HUGE"}, RouteDoesNotFit, "three_way"),
        ({"three_way": ThreeWay.BIG}, RouteDoesNotFit, "route"),
        ({"three_way": ThreeWay.PRIVATE, "route": Route.DIRECT, "summary": ""}, RouteDoesNotFit, "route"),
        ({"three_way": ThreeWay.PRIVATE, "route": Route.ADVICE}, SummaryNotWanted, "summary"),
        ({"summary": ""}, SummaryMissing, "summary"),
        ({"summary": "长" * 301}, WordsTooLong, "summary"),
        ({"summary": "请致电13812345678"}, PersonalNumbersFound, "summary"),
    ],
)
def test_a_sorting_that_is_not_complete(
    *, changes: dict[str, Any], error: type[DomainError], field: str, raise_one: Any, sort_one: Any
) -> None:
    matter = raise_one()

    with pytest.raises(error) as refused:
        sort_one(matter, **changes)

    matter.refresh_from_db()
    assert refused.value.field == field
    assert (matter.status, matter.due_on) == (MatterStatus.RAISED, dt.date(2026, 3, 11))


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_who_sorts_before_and_after_the_clock_has_run_out(
    *, name: str, raise_one: Any, sort_one: Any, house: House, system: User
) -> None:
    person, matter = house.people[name], raise_one()
    if name == "community_staff":
        assert sort_one(matter, by=person).status == MatterStatus.SORTED
        return
    with pytest.raises(MoveForbidden):
        sort_one(matter, by=person)

    day = dt.date(2026, 3, 12)
    assert operations.escalate_overdue_matters(by=system, now=at(day), today=day) == [matter.pk]
    if name in {"street_officer", "street_reviewer"}:
        moved = sort_one(matter, by=person)
        assert (moved.status, moved.overdue_at) == (MatterStatus.SORTED, None)
        return
    with pytest.raises(MoveForbidden):
        sort_one(matter, by=person)


def test_a_matter_is_sorted_once(raise_one: Any, sort_one: Any) -> None:
    matter = sort_one(raise_one())

    with pytest.raises(MoveClosed):
        sort_one(matter)


# ------------------------------------------------------------------------------------------------- the way to the end


def test_a_matter_is_turned_down_with_its_reason(raise_one: Any, community_staff: User, now: dt.datetime) -> None:
    matter = raise_one()
    with pytest.raises(ReasonMissing):
        operations.refuse_matter(by=community_staff, now=now, matter=matter, reason=" ", ground="COURT")
    with pytest.raises(GroundMissing):
        operations.refuse_matter(by=community_staff, now=now, matter=matter, reason="不归社区管。")

    given = {"reason": "已进入诉讼程序。", "ground": RefusalGround.COURT}
    refused = operations.refuse_matter(by=community_staff, now=now, matter=matter, **given)

    assert (refused.status, refused.reply, refused.closed_at) == (MatterStatus.REFUSED, "已进入诉讼程序。", now)
    assert refused.refusal_ground == RefusalGround.COURT


@pytest.mark.usefixtures("english")
def test_an_emergency_is_told_whom_to_call(raise_one: Any, community_staff: User, now: dt.datetime) -> None:
    refused = operations.refuse_matter(
        by=community_staff, now=now, matter=raise_one(), reason="有人落水。", ground=RefusalGround.EMERGENCY
    )

    assert "110" in refused.reply
    assert refused.reply.endswith("有人落水。")


def test_a_big_matter_is_transferred_answered_and_rated(
    *, raise_one: Any, sort_one: Any, community_staff: User, resident: User, now: dt.datetime
) -> None:
    matter = sort_one(raise_one(), three_way=ThreeWay.BIG, route=Route.DEPARTMENT, summary="路面塌陷。")
    with pytest.raises(WordsMissing):
        operations.transfer_matter(by=community_staff, now=now, matter=matter, department=" ")
    matter = operations.transfer_matter(by=community_staff, now=now, matter=matter, department="市政管理所")
    assert (matter.status, matter.transferred_to) == (MatterStatus.TRANSFERRED, "市政管理所")
    with pytest.raises(WordsMissing):
        operations.answer_matter(by=community_staff, now=now, matter=matter, reply="")
    matter = operations.answer_matter(by=community_staff, now=now, matter=matter, reply="本月内修复。")
    assert (matter.status, matter.reply, matter.answered_by) == (MatterStatus.ANSWERED, "本月内修复。", community_staff)
    with pytest.raises(MoveForbidden):
        operations.close_matter(by=community_staff, now=now, matter=matter, is_solved=True)
    with pytest.raises(ReasonMissing):
        operations.close_matter(by=resident, now=now, matter=matter, is_solved=False)

    closed = operations.close_matter(by=resident, now=now, matter=matter, is_solved=False, reason="还没有修好。")

    assert (closed.status, closed.is_solved, closed.close_reason) == (MatterStatus.CLOSED, False, "还没有修好。")
    assert AuditEntry.objects.get(verb="consultation.matter.closed").reason == ""


def test_staff_close_for_somebody_without_a_log_in(
    raise_one: Any, sort_one: Any, community_staff: User, resident: User, now: dt.datetime
) -> None:
    matter = sort_one(raise_one(by=community_staff, channel=MatterChannel.VISIT, raised_for="李大爷"))
    matter = operations.answer_matter(by=community_staff, now=now, matter=matter, reply="已上门修好。")
    with pytest.raises(MoveForbidden):
        operations.close_matter(by=resident, now=now, matter=matter, is_solved=True)

    assert operations.close_matter(by=community_staff, now=now, matter=matter, is_solved=True).is_solved is True


def test_what_stays_in_the_community_is_not_transferred(
    raise_one: Any, sort_one: Any, community_staff: User, now: dt.datetime
) -> None:
    matter = sort_one(raise_one())

    with pytest.raises(MoveHindered):
        operations.transfer_matter(by=community_staff, now=now, matter=matter, department="市政管理所")


def test_only_a_topic_takes_a_matter_up(raise_one: Any, sort_one: Any, community_staff: User, now: dt.datetime) -> None:
    for changes in ({}, {"route": Route.DIRECT}):
        matter = sort_one(raise_one(), **changes)
        with pytest.raises(MoveHindered):
            lifecycle.move(matter, "take_up", by=community_staff, now=now)


def test_a_person_takes_the_matter_back_before_it_is_taken_up(
    raise_one: Any, sort_one: Any, resident: User, neighbor_resident: User, community_staff: User, now: dt.datetime
) -> None:
    matter = sort_one(raise_one())
    assert list(Matter.objects.visible_to(neighbor_resident)) == [matter]
    for person in (neighbor_resident, community_staff):
        with pytest.raises(MoveForbidden):
            operations.withdraw_matter(by=person, now=now, matter=matter)

    assert operations.withdraw_matter(by=resident, now=now, matter=matter).status == MatterStatus.WITHDRAWN
    assert list(Matter.objects.visible_to(neighbor_resident)) == []
    with pytest.raises(MoveClosed):
        operations.withdraw_matter(by=resident, now=now, matter=matter)


def test_the_contact_is_seen_with_a_reason_that_stays(
    *, raise_one: Any, community_staff: User, resident: User, now: dt.datetime
) -> None:
    matter = raise_one(by=community_staff, channel=MatterChannel.DESK, raised_for="李大爷", contact="13812345678")
    with pytest.raises(MatterNotYours):
        operations.reveal_contact(by=resident, now=now, matter=matter, reason="想看")
    with pytest.raises(ReasonMissing):
        operations.reveal_contact(by=community_staff, now=now, matter=matter, reason="")
    with pytest.raises(ContactMissing):
        operations.reveal_contact(by=community_staff, now=now, matter=raise_one(), reason="回访")
    assert not AuditEntry.objects.filter(verb="consultation.matter.contact_seen").exists()

    assert operations.reveal_contact(by=community_staff, now=now, matter=matter, reason="回访") == "13812345678"
    entry = AuditEntry.objects.get(verb="consultation.matter.contact_seen")
    assert (entry.reason, "13812345678" in str(entry.after)) == ("回访", False)


# ------------------------------------------------------------------------------------------------------------ the clock


def test_the_last_day_counts_to_its_end(raise_one: Any, system: User) -> None:
    matter = raise_one()
    last, after = dt.date(2026, 3, 11), dt.date(2026, 3, 12)

    assert operations.escalate_overdue_matters(by=system, now=at(last, 23), today=last) == []
    assert operations.escalate_overdue_matters(by=system, now=at(after, 0), today=after) == [matter.pk]
    assert operations.escalate_overdue_matters(by=system, now=at(after, 1), today=after) == []

    matter.refresh_from_db()
    assert matter.overdue_at == at(after, 0)
    assert AuditEntry.objects.get(verb="consultation.matter.overdue").after == {"due_on": "2026-03-11"}
    assert OutboxEvent.objects.filter(topic="consultation.matter.overdue").count() == 1


def test_a_matter_that_became_a_topic_follows_the_topics_days(system: User) -> None:
    taken = MatterFactory(sorted=SMALL)
    taken.status = MatterStatus.TAKEN_UP
    taken.save()

    day = dt.date(2027, 1, 1)
    assert operations.escalate_overdue_matters(by=system, now=at(day), today=day) == []


def test_silence_closes_without_a_rating(
    *, raise_one: Any, sort_one: Any, community_staff: User, system: User, now: dt.datetime
) -> None:
    matter = operations.answer_matter(by=community_staff, now=now, matter=sort_one(raise_one()), reply="已修好。")
    last, after = dt.date(2026, 3, 18), dt.date(2026, 3, 19)  # ten working days after 4 March

    assert operations.close_silent_matters(by=system, now=at(last), today=last) == []
    assert operations.close_silent_matters(by=system, now=at(after), today=after) == [matter.pk]
    assert operations.close_silent_matters(by=system, now=at(after), today=after) == []

    matter.refresh_from_db()
    assert (matter.status, matter.is_solved) == (MatterStatus.CLOSED, None)


def test_the_task_reads_the_clock_and_does_both(raise_one: Any, system: User) -> None:
    raise_one()  # in the past of the machine's clock

    first, second, third = clock_of_matters(), clock_of_matters(), clock_of_matters()

    assert (first["overdue"], first["closed"]) == (1, 0)
    assert first["overdue"] + second["overdue"] + third["overdue"] == 1
    assert set(third.values()) == {0}


# ------------------------------------------------------------------------------------------------------- who sees what


@pytest.mark.parametrize("given", [None, BIG, SMALL, PRIVATE, (ThreeWay.SMALL, Route.DIRECT, "")])
@pytest.mark.parametrize("name", ["visitor", *NAMED_PEOPLE])
def test_who_sees_a_matter_and_who_reads_it_in_full(
    name: str, given: tuple[str, str, str] | None, house: House
) -> None:
    matter = MatterFactory(raised_by=house.people["resident"], division=house.places["community"], sorted=given)
    person: Any = house.people.get(name) or AnonymousUser()
    reads_in_full = name in STAFF or name == "resident"

    assert Matter.objects.visible_to(person).exists() is (reads_in_full or bool(given and given[2]))
    if name != "visitor":
        assert person.has_perm("consultation.view_matter_file", matter) is reads_in_full
    assert Matter.objects.public().exists() is matter.is_public


# ------------------------------------------------------------------------------------------------------------ the walls


@pytest.mark.parametrize(
    ("change", "wall"),
    [
        ("status = 'ANSWERED'", "matter_moves_by_the_table"),
        ("text = 'anders'", "Cannot update rows from consultation_matter"),
        ("status = 'REFUSED'", "matter_answered_in_words"),
        ("status = 'REFUSED', reply = 'x'", "matter_refused_on_a_ground"),
        ("kind = 'FAX'", "matter_handling_is_known"),
        ("satisfaction = 6", "matter_handling_is_known"),
        ("escalation = 3", "matter_handling_is_known"),
        ("kind = 'REPORT', summary = 'x'", "matter_tip_is_not_public"),
        ("handler_id = recorded_by_id", "matter_handler_is_of_a_tip"),
        ("kind = 'REPORT', handler_id = raised_by_id", "matter_handler_is_of_a_tip"),
        ("paused_at = now()", "matter_rests_with_leave"),
        ("status = 'PETITION'", "matter_petition_has_its_row"),
        ("handed_out_at = now()", "matter_handed_out_to_somebody"),
        ("three_way = 'BIG', route = 'DIRECT'", "matter_route_fits_its_class"),
        ("three_way = 'PRIVATE', route = 'ADVICE', summary = 'x'", "matter_private_has_no_summary"),
        ("sorted_at = now()", "matter_sorted_with_reason_and_clock"),
        ("channel = 'FAX'", "matter_kinds_are_known"),
        ("status = 'LOST'", "matter_moves_by_the_table"),
    ],
)
def test_the_table_refuses_what_the_operations_refuse(change: str, wall: str, db: None) -> None:
    matter = MatterFactory()

    assert wall in violated(f"UPDATE consultation_matter SET {change} WHERE id = %s", matter.pk)


def test_the_table_knows_that_somebody_takes_a_transfer(db: None) -> None:
    matter = MatterFactory(sorted=BIG)

    wall = violated("UPDATE consultation_matter SET status = 'TRANSFERRED' WHERE id = %s", matter.pk)

    assert wall == "matter_transferred_to_somebody"
