"""Matters recorded for others with their slips, brought back from visits, handed in by partners; bad inputs of all ways."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from communities.notices.models import Attachment
from communities.people.models import Resident, Role
from communities.people.policy import PersonalNumbersFound
from consultation.matters.intake import joining, listing, operations
from consultation.matters.intake.lists import LivelihoodEntry, LivelihoodList
from consultation.matters.intake.models import MatterIntake, MatterSlip, NeedField, Visit, VisitKind
from consultation.matters.intake.policy import CODE_LENGTH, new_code, read_code, shown_code
from consultation.matters.intake.queries import express_line, matter_of_code, needs_by_field
from consultation.matters.intake.recording import Origin, ResidentFromElsewhere, TooManyFromOnePhone
from consultation.matters.intake.tasks import clock_of_intake
from consultation.matters.models import Matter, MatterChannel
from consultation.matters.operations import MatterNotYours, PlaceTakesNoMatters, ReferenceRepeated, WordsSayNothing
from consultation.matters.policy import LONGEST_TEXT, WordsTooLong
from governance.accounts.models import User
from governance.accounts.queries import system_actor
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import MoveForbidden
from tests.consultation.matters.intake.conftest import LAMP, NOISE
from tests.consultation.pictures import photo, place_of
from tests.factories.accounts import UserFactory
from tests.factories.communities import PostFactory
from tests.people import House

FOR_ZHANG = {"channel": MatterChannel.DESK, "raised_for": "张大爷", **LAMP}


@pytest.fixture
def grid_worker(house: House) -> User:
    """A grid worker of the community, who has no desk."""
    user: User = UserFactory(resident=True, display_name="网格员小刘")
    PostFactory(user=user, role=Role.GRID_WORKER, division=house.places["community"])
    return user


@pytest.fixture
def record(house: House, now: dt.datetime) -> Callable[..., tuple[Matter, MatterSlip]]:
    """Record as the community's staff, with whatever a test changes."""

    def call(by: User | None = None, **changes: Any) -> tuple[Matter, MatterSlip]:
        return operations.record_matter(
            by=by or house.people["community_staff"],
            now=now,
            division=house.places["community"],
            given={**FOR_ZHANG, **changes},
        )

    return call


# --------------------------------------------------------------------------------------------------------------- slips


def test_both_names_stand_on_what_is_recorded(record: Any, grid_worker: User) -> None:
    matter, slip = record(by=grid_worker, channel=MatterChannel.VISIT)

    assert (matter.raised_for, matter.recorded_by, matter.raised_by) == ("张大爷", grid_worker, None)
    assert len(slip.code) == CODE_LENGTH
    assert matter_of_code(shown_code(slip.code)) == matter
    entry = AuditEntry.objects.get(verb="consultation.matter.slip_issued")
    assert slip.code not in f"{entry.after} {entry.object_name}"


def test_a_code_is_encrypted_at_rest(record: Any) -> None:
    _matter, slip = record()

    stored = MatterSlip.objects.extra(select={"raw": "code::text"}).values_list("raw", "code_hash").get()
    assert slip.code not in "".join(stored)


@pytest.mark.parametrize("name", ["resident", "stranger", "auditor", "other_community_staff", "service_client"])
def test_who_may_not_record_for_others(*, name: str, record: Any, house: House) -> None:
    with pytest.raises(MatterNotYours):
        record(by=house.people[name])

    assert Matter.objects.count() == MatterSlip.objects.count() == 0


def test_a_lost_slip_is_replaced(record: Any, house: House, now: dt.datetime) -> None:
    matter, lost = record()

    found = operations.issue_slip(by=house.people["community_staff"], now=now, matter=matter)

    assert matter_of_code(lost.code) is None
    assert matter_of_code(found.code) == matter


def test_slips_are_made_by_those_who_handle_or_recorded(
    record: Any, raise_one: Any, house: House, grid_worker: User, now: dt.datetime
) -> None:
    matter, _slip = record(by=grid_worker)

    operations.issue_slip(by=grid_worker, now=now, matter=matter)
    for name in ("resident", "auditor", "other_community_staff"):
        with pytest.raises(NotAllowed):
            operations.issue_slip(by=house.people[name], now=now, matter=matter)
    with pytest.raises(operations.SlipNotNeeded):
        operations.issue_slip(by=house.people["community_staff"], now=now, matter=raise_one())

    assert MatterSlip.objects.filter(revoked_at=None).count() == 1


@given(st.text(max_size=60))
def test_no_text_opens_a_matter_by_accident(text: str) -> None:
    assert len(read_code(text)) in {0, CODE_LENGTH}


def test_a_code_is_read_however_it_is_typed() -> None:
    code = new_code()
    wide = "".join(chr(ord(sign) + 0xFEE0) for sign in code)

    assert {read_code(text) for text in (code, code.lower(), shown_code(code), f" {code} ", wide)} == {code}
    assert read_code(code[:-1]) == read_code(f"{code}A") == read_code("") == ""


def test_somebody_of_another_place_is_not_the_resident(record: Any, house: House) -> None:
    elsewhere = Resident.objects.get(user=house.people["neighbor_resident"])

    with pytest.raises(ResidentFromElsewhere):
        record(origin=Origin(resident=elsewhere))

    assert Matter.objects.count() == 0


# -------------------------------------------------------------------------------------------------------------- visits


@pytest.fixture
def visit(house: House, now: dt.datetime, today: dt.date) -> Callable[..., Any]:
    """Record a visit as the community's staff, with whatever a test changes."""

    def call(**changes: Any) -> Any:
        given = {
            "by": house.people["community_staff"],
            "now": now,
            "today": today,
            "division": house.places["community"],
            "kind": VisitKind.CONSOLATION,
            "visited_on": today,
            "person_name": "张大爷",
            "address": "12栋一单元301",
            "companion": "王书记",
            "needs": [{**LAMP, "need_field": NeedField.FACILITIES}, {**NOISE, "place": "广场"}],
            **changes,
        }
        return operations.record_visit(**given)

    return call


def test_one_visit_brings_back_several_needs(visit: Any, today: dt.date) -> None:
    made, needs = visit(is_hardship=True)

    assert [matter.place for matter, _slip in needs] == ["12栋一单元301", "广场"]
    assert {matter.channel for matter, _slip in needs} == {MatterChannel.VISIT}
    assert [row.need_field for row in made.needs.order_by("pk")] == [NeedField.FACILITIES, ""]
    assert len({slip.code for _matter, slip in needs}) == 2
    assert AuditEntry.objects.get(verb="consultation.visit.recorded").after["needs"] == 2
    assert "张大爷" not in str(AuditEntry.objects.get(verb="consultation.visit.recorded").object_name)


def test_a_need_that_is_refused_takes_the_whole_visit_back(visit: Any) -> None:
    with pytest.raises(operations.NeedRefused) as refused:
        visit(needs=[LAMP, {"title": "手机", "text": "打13812345678"}])

    assert "Need 2" in str(refused.value) or "2" in str(refused.value)
    assert "【138…78】" in str(refused.value)
    assert Visit.objects.count() == Matter.objects.count() == MatterSlip.objects.count() == 0


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"needs": [], "findings": " "}, operations.NeedsMissing),
        ({"needs": [LAMP] * 11}, operations.TooManyNeeds),
        ({"visited_on": dt.date(2026, 3, 5)}, operations.VisitInTheFuture),
        ({"kind": "TEA"}, operations.ChoiceUnknown),
        ({"findings": "身份证510302198001010012"}, PersonalNumbersFound),
    ],
)
def test_visits_that_are_refused(*, changes: dict[str, Any], refusal: type[Exception], visit: Any) -> None:
    with pytest.raises(refusal):
        visit(**changes)

    assert Visit.objects.count() == Matter.objects.count() == 0


def test_a_visit_without_needs_says_what_was_found(visit: Any) -> None:
    made, needs = visit(needs=[], findings="老人身体很好，没有困难。")

    assert (made.findings, needs) == ("老人身体很好，没有困难。", [])


def test_visits_are_made_in_a_community_by_those_who_work_there(visit: Any, house: House) -> None:
    with pytest.raises(MatterNotYours):
        visit(by=house.people["other_community_staff"])
    with pytest.raises(PlaceTakesNoMatters):
        visit(by=house.people["street_officer"], division=house.places["street"])

    assert Visit.objects.count() == 0


@pytest.mark.parametrize(
    ("name", "sees"), [("community_staff", 1), ("street_officer", 1), ("auditor", 0), ("resident", 0)]
)
def test_who_sees_visits(*, name: str, sees: int, visit: Any, house: House) -> None:
    made, _needs = visit()
    person = house.people[name]

    assert Visit.objects.visible_to(person).count() == sees
    assert person.has_perm("consultation.view_visit", made) == bool(sees)


# ------------------------------------------------------------------------------------------------------------ partners


@pytest.fixture
def hotline(house: House) -> User:
    """The hotline's service user, who has a post in the street."""
    user = house.people["service_client"]
    PostFactory(user=user, role=Role.STREET_OFFICER, division=house.places["street"])
    return user


@pytest.fixture
def receive(house: House, hotline: User, now: dt.datetime) -> Callable[..., tuple[Matter, bool]]:
    """Hand a case in as the hotline."""

    def call(reference: str = "12345-1", **changes: Any) -> tuple[Matter, bool]:
        return operations.receive_matter(
            by=hotline,
            now=now,
            division=house.places["community"],
            external_reference=reference,
            given={**LAMP, "raised_for": "张大爷", "contact": "13912345678", **changes},
        )

    return call


def test_the_same_case_again_is_the_first_one_again(receive: Any) -> None:
    first, was_new = receive()
    again, is_new = receive(text=f"{LAMP['text']} ")

    assert (was_new, is_new, again) == (True, False, first)
    assert Matter.objects.count() == 1


@pytest.mark.parametrize(
    "changes", [{"text": "另一件事情"}, {"title": "别的"}, {"contact": ""}, {"raised_for": "李四"}]
)
def test_the_same_reference_with_other_content_is_refused(*, changes: dict[str, str], receive: Any) -> None:
    receive()

    with pytest.raises(ReferenceRepeated):
        receive(**changes)

    assert Matter.objects.get().text == LAMP["text"]


def test_one_phone_fills_no_inbox_and_locks_nobody_else_out(receive: Any) -> None:
    for number in range(10):
        receive(f"A-{number}")

    with pytest.raises(TooManyFromOnePhone):
        receive("A-10", contact="139 1234-5678")
    receive("B-1", contact="13700000001")
    receive("B-2", contact="")

    assert Matter.objects.count() == 12
    assert MatterIntake.objects.exclude(phone_hash="").values("phone_hash").distinct().count() == 2


# ---------------------------------------------------------------------------------------------------------- bad inputs


@pytest.mark.parametrize("text", ["🔥🔥🔥", "!!!???", "。。。", "👍🏽‍♂️ ❤️"])
def test_pictures_alone_say_nothing(text: str, raise_one: Any) -> None:
    with pytest.raises(WordsSayNothing):
        raise_one(title=text, text=text)

    assert Matter.objects.count() == 0


@pytest.mark.parametrize(
    "text",
    [
        "灯坏了🔥",
        "=SUM(A1:A9)",
        "@cmd|' /C calc'!A0",
        "  前后有空格  ",
        "𠮷野家门口的井盖㐂坏了",
        "ئۇيغۇرچە",
        "a\u0301\u202eb",
    ],
)
def test_strange_texts_are_kept_as_they_were_said(text: str, raise_one: Any) -> None:
    matter = raise_one(text=text)

    matter.refresh_from_db()
    assert matter.text == text.strip()


def test_ten_thousand_characters_are_too_many(raise_one: Any) -> None:
    with pytest.raises(WordsTooLong) as refused:
        raise_one(text="字" * 10_000)

    assert refused.value.params == {"length": 10_000, "limit": LONGEST_TEXT}
    assert Matter.objects.count() == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("我的身份证是510302198001010012，请帮忙", "【510…12】"),
        ("第一行\n卡号4532 0151 1283 0366", "【453…66】"),
        ("打138 1234 5678", "【138…78】"),
    ],
)
def test_personal_numbers_are_shown_where_they_stand(text: str, shown: str, raise_one: Any) -> None:
    with pytest.raises(PersonalNumbersFound) as refused:
        raise_one(text=text)

    assert shown in str(refused.value)
    assert Matter.objects.count() == 0


def test_twenty_large_photos_lose_their_place(raise_one: Any) -> None:
    large = photo(size=(4000, 3000))

    matter = raise_one(photos=[(f"{number}.jpg", large) for number in range(20)])

    stored = list(Attachment.objects.filter(pk__in=matter.photos.values("pk")))
    assert len(stored) == 20
    with stored[0].file.open("rb") as file:
        content = file.read()
    assert place_of(content) == {}
    assert max(size_of(content)) == 2560


def size_of(content: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(content)) as picture:
        return picture.size


# ---------------------------------------------------------------------------------------------- needs, line, the list


def test_needs_are_classified_and_counted(
    record: Any, sort_one: Any, house: House, now: dt.datetime, today: dt.date
) -> None:
    staff, place = house.people["community_staff"], house.places["community"]
    matter, _slip = record()
    sort_one(matter)

    row = operations.classify_need(
        by=staff, now=now, matter=matter, need_field=NeedField.FACILITIES, is_common=True, is_hardship=False
    )
    with pytest.raises(operations.ChoiceUnknown):
        operations.classify_need(by=staff, now=now, matter=matter, need_field="X", is_common=True, is_hardship=False)
    with pytest.raises(NotAllowed):
        operations.classify_need(
            by=house.people["resident"], now=now, matter=matter, need_field="YOUTH", is_common=True, is_hardship=False
        )

    assert (row.classified_by, row.need_field) == (staff, NeedField.FACILITIES)
    found = needs_by_field(place, today)
    assert [(one.total, one.common, one.direct, one.waiting) for one in found] == [(1, 1, 1, 0)]


@pytest.mark.parametrize(("count", "told"), [(0, 0), (4, None), (5, 5)])
def test_small_figures_of_the_express_line_are_not_told(
    *, count: int, told: int | None, record: Any, house: House, today: dt.date
) -> None:
    for number in range(count):
        record(title=f"困难{number}", origin=Origin(is_hardship=True))

    line = express_line(house.places["community"], today)

    assert (line.received, line.in_hand, line.answered) == (told, told, 0)


@pytest.fixture
def quarter(house: House, now: dt.datetime, today: dt.date) -> LivelihoodList:
    """The list of the first quarter, open for ten days."""
    return listing.begin_list(
        by=house.people["community_staff"], now=now, today=today, division=house.places["community"],
        closes_on=today + dt.timedelta(days=10),
    )  # fmt: skip


def test_a_quarterly_list_keeps_the_order_of_people(
    quarter: LivelihoodList, public_one: Any, house: House, neighbor: User, now: dt.datetime, today: dt.date
) -> None:
    staff = house.people["community_staff"]
    lamp, noise, third = (
        public_one(),
        public_one(**NOISE),
        public_one(title="井盖松了", text="路口的井盖松了，车过响。"),
    )
    for matter in (lamp, noise, third):
        listing.enter_matter(by=staff, now=now, livelihood_list=quarter, matter=matter)
    joining.support_matter(by=neighbor, now=now, matter=noise)
    with pytest.raises(listing.SupportRuns):
        listing.settle_list(by=staff, now=now, today=quarter.closes_on, livelihood_list=quarter)

    after = quarter.closes_on + dt.timedelta(days=1)
    assert listing.settle_due_lists(by=system_actor(), now=now, today=after) == [quarter.pk]
    assert listing.settle_due_lists(by=system_actor(), now=now, today=after) == []

    kept = LivelihoodEntry.objects.order_by("rank", "matter_id").values_list("matter", "people", "rank")
    assert list(kept) == [(noise.pk, 2, 1), (lamp.pk, 1, 2), (third.pk, 1, 2)]
    with pytest.raises(listing.ListIsSettled):
        listing.enter_matter(by=staff, now=now, livelihood_list=quarter, matter=public_one(title="又一件"))


def test_what_a_quarterly_list_refuses(
    quarter: LivelihoodList, public_one: Any, raise_one: Any, house: House, now: dt.datetime, today: dt.date
) -> None:
    staff, lamp = house.people["community_staff"], public_one()
    begin = {"by": staff, "now": now, "today": today, "division": house.places["community"]}
    listing.enter_matter(by=staff, now=now, livelihood_list=quarter, matter=lamp)

    for refusal, closes_on in [
        (listing.DayNotInQuarter, today - dt.timedelta(days=1)),
        (listing.DayNotInQuarter, dt.date(2026, 4, 1)),
        (listing.ListRepeated, today),
    ]:
        with pytest.raises(refusal):
            listing.begin_list(closes_on=closes_on, **begin)
    with pytest.raises(listing.EntryRepeated):
        listing.enter_matter(by=staff, now=now, livelihood_list=quarter, matter=lamp)
    with pytest.raises(listing.NotForTheList):
        listing.enter_matter(by=staff, now=now, livelihood_list=quarter, matter=raise_one())
    with pytest.raises(NotAllowed):
        listing.enter_matter(by=house.people["resident"], now=now, livelihood_list=quarter, matter=lamp)
    with pytest.raises(MoveForbidden):
        listing.settle_list(by=house.people["resident"], now=now, today=today, livelihood_list=quarter)

    assert LivelihoodEntry.objects.count() == 1


def test_the_clock_does_it_all(quarter: LivelihoodList, public_one: Any) -> None:
    public_one()

    assert set(clock_of_intake()) == {"joined", "answered", "listed", "filled"}
