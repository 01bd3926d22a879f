"""What the database refuses on intake, slips, supports, joinings and lists; each guard alone, proven by dropping it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

import pytest

from communities.people.models import Resident
from consultation.matters.intake import joining, listing, operations
from consultation.matters.intake.models import MatterSlip
from consultation.matters.models import Matter
from tests.consultation.matters.intake.conftest import LAMP_AGAIN, NOISE
from tests.people import House
from tests.walls import alone, label_of, violated


@dataclass(frozen=True, slots=True)
class Wall:
    """A guard of a table, and a statement that it alone refuses."""

    table: str
    guard: str
    statement: str
    is_trigger: bool = True
    said: str = ""


SUPPORT = (
    "INSERT INTO consultation_mattersupport (matter_id, user_id, resident_id, recorded_by_id, supported_at) "
    "VALUES ({public}, {user}, {resident}, {staff}, now())"
)
JOIN = (
    "INSERT INTO consultation_matterjoining (matter_id, lead_id, reason, status, asked_at, asked_by_id, due_on, voice, "
    "end_reason) VALUES ({matter}, {lead}, '同', '{status}', now(), {staff}, now(), '{voice}', '')"
)
SLIP = (
    "INSERT INTO consultation_matterslip (matter_id, code, code_hash, issued_at, issued_by_id) "
    "VALUES ({recorded}, 'x', '{hash}', now(), {staff})"
)

WALLS = [
    Wall("mattersupport", "never_moved", "UPDATE {table} SET matter_id = {other} WHERE matter_id = {public}"),
    Wall("mattersupport", "supports_stay", "DELETE FROM {table} WHERE matter_id = {public}"),
    Wall("mattersupport", "mattersupport_once_each", SUPPORT.replace("{resident}", "NULL"), is_trigger=False),
    Wall(
        "mattersupport", "mattersupport_of_one_person", SUPPORT.replace("{user}", "{other_user}"), is_trigger=False
    ),
    Wall("matterjoining", "joinings_stay", "DELETE FROM {table} WHERE id = {joining}"),
    Wall("matterjoining", "asked_stays", "UPDATE {table} SET lead_id = {other} WHERE id = {joining}"),
    Wall(
        "matterjoining",
        "lifecycle",
        "UPDATE {table} SET status = 'SPLIT', voice = 'STAFF' WHERE id = {joining}",
        said="matterjoining_moves_by_the_table",
    ),
    Wall(
        "matterjoining",
        "matterjoining_answered_by_a_voice",
        "UPDATE {table} SET status = 'DECLINED' WHERE id = {joining}",
        is_trigger=False,
    ),
    Wall(
        "matterjoining",
        "matterjoining_no_chains",
        JOIN.replace("{matter}", "{public}").replace("{lead}", "{other}"),
        said="matterjoining_makes_no_chains",
    ),
    Wall(
        "matterjoining",
        "matterjoining_of_two_matters",
        JOIN.replace("{matter}", "{third}").replace("{lead}", "{third}"),
        is_trigger=False,
    ),
    Wall(
        "matterjoining",
        "matterjoining_one_at_a_time",
        JOIN.replace("{matter}", "{joined}").replace("{lead}", "{other}"),
        is_trigger=False,
    ),
    Wall(
        "mattersupport",
        "mattersupport_of_no_tip",
        SUPPORT.replace("{public}", "{tip}").replace("{resident}", "NULL"),
        said="mattersupport_of_no_tip",
    ),
    Wall("matterjoining", "matterjoining_of_no_tip", JOIN.replace("{matter}", "{tip}").replace("{lead}", "{third}"), said="matterjoining_of_no_tip"),
    Wall(
        "matter",
        "matter_becomes_no_tip",
        "UPDATE {table} SET kind = 'REPORT', summary = '', handler_id = NULL WHERE id = {public}",
        said="matter_becomes_no_tip",
    ),
    Wall("matterslip", "replaced_once", "UPDATE {table} SET code_hash = 'other' WHERE matter_id = {recorded}"),
    Wall("matterslip", "slips_stay", "DELETE FROM {table} WHERE matter_id = {recorded}"),
    Wall("matterslip", "matterslip_one_that_opens", SLIP.replace("{hash}", "new"), is_trigger=False),
    Wall("matterintake", "origin_stays", "UPDATE {table} SET phone_hash = 'x' WHERE matter_id = {recorded}"),
    Wall("matterintake", "whose_it_is_stays", "DELETE FROM {table} WHERE matter_id = {recorded}"),
    Wall(
        "matterintake",
        "matterintake_field_is_known",
        "UPDATE {table} SET need_field = 'X' WHERE matter_id = {recorded}",
        is_trigger=False,
    ),
    Wall(
        "matterintake",
        "matterintake_classified_by_somebody",
        "UPDATE {table} SET need_field = 'YOUTH', classified_at = now() WHERE matter_id = {recorded}",
        is_trigger=False,
    ),
    Wall("livelihoodlist", "lists_stay", "DELETE FROM {table} WHERE id = {empty_list}"),
    Wall(
        "livelihoodlist",
        "livelihoodlist_quarter_is_one",
        "UPDATE {table} SET quarter = 5 WHERE id = {list}",
        is_trigger=False,
    ),
    Wall("livelihoodentry", "entries_stay", "DELETE FROM {table} WHERE livelihood_list_id = {list}"),
    Wall(
        "livelihoodentry",
        "livelihoodentry_settled_whole",
        "UPDATE {table} SET people = 3 WHERE livelihood_list_id = {list}",
        is_trigger=False,
    ),
    Wall("livelihoodentry", "settled_stays", "UPDATE {table} SET matter_id = {other} WHERE livelihood_list_id = {list}"),
    Wall(
        "livelihoodentry",
        "entered_while_it_collects",
        "INSERT INTO {table} (livelihood_list_id, matter_id, entered_at, entered_by_id) "
        "VALUES ({settled_list}, {third}, now(), {staff})",
        said="livelihoodentry_entered_while_it_collects",
    ),
    Wall("visit", "visit_kind_is_known", "INSERT INTO {table} (division_id, kind, visited_on, person_name, address, "
         "companion, findings, recorded_at, recorded_by_id) "
         "VALUES ({place}, 'TEA', now(), '张', '', '', '', now(), {staff})", is_trigger=False),
]  # fmt: skip


@pytest.fixture
def names(
    house: House, public_one: Any, raise_one: Any, neighbor: Any, now: dt.datetime, today: dt.date
) -> dict[str, Any]:
    """Rows of each kind, by what the statements call them."""
    staff, place = house.people["community_staff"], house.places["community"]
    public, other = public_one(), public_one(**NOISE)
    joined, third = raise_one(by=neighbor, **LAMP_AGAIN), public_one(title="井盖", text="路口的井盖松了很久。")
    joining.support_matter(by=neighbor, now=now, matter=public)
    asked = joining.join_matter(by=staff, now=now, today=today, matter=joined, lead=public, reason="同一件")
    recorded, _slip = operations.record_matter(
        by=staff, now=now, division=place, given={"channel": "DESK", "raised_for": "张", **LAMP_AGAIN}
    )
    begin = {"by": staff, "now": now, "today": today}
    filled = listing.begin_list(division=place, closes_on=today, **begin)
    listing.enter_matter(by=staff, now=now, livelihood_list=filled, matter=public)
    empty = listing.begin_list(
        by=house.people["community_staff"], now=now, today=dt.date(2026, 7, 1), division=place,
        closes_on=dt.date(2026, 7, 2),
    )  # fmt: skip
    settled = listing.begin_list(
        by=staff, now=now, today=dt.date(2026, 4, 1), division=place, closes_on=dt.date(2026, 4, 1)
    )
    listing.settle_list(by=staff, now=now, today=dt.date(2026, 4, 2), livelihood_list=settled)
    tip = raise_one(kind="REPORT", title="举报", text="有人占用公共用房出租。")
    return {
        "tip": tip.pk,
        "public": public.pk,
        "other": other.pk,
        "third": third.pk,
        "joined": joined.pk,
        "joining": asked.pk,
        "recorded": recorded.pk,
        "user": neighbor.pk,
        "other_user": house.people["stranger"].pk,
        "resident": Resident.objects.get(user=neighbor).pk,
        "staff": staff.pk,
        "place": place.pk,
        "list": filled.pk,
        "empty_list": empty.pk,
        "settled_list": settled.pk,
        "status": "ASKED",
        "voice": "",
    }


@pytest.mark.django_db(transaction=True)
def test_each_guard_refuses_alone(names: dict[str, Any], owner: Any) -> None:
    """One transaction for all: each statement is refused, and goes through when its guard is dropped and nothing else."""
    statements = {wall: wall.statement.format(table=f"consultation_{wall.table}", **names) for wall in WALLS}
    refused = {wall.guard: violated(statement) for wall, statement in statements.items()}

    with owner():
        told = {wall.guard: violated(statement) for wall, statement in statements.items()}
        for wall, statement in statements.items():
            alone(label_of(f"consultation_{wall.table}", wall.guard), statement)

    expected = {wall.guard: wall.said or ("pgtrigger" if wall.is_trigger else wall.guard) for wall in WALLS}
    assert {guard: expected[guard] in said for guard, said in told.items()} == dict.fromkeys(expected, True), told
    assert all(refused.values())


def test_asking_again_is_refused_by_the_table_too(names: dict[str, Any], house: House, now: dt.datetime) -> None:
    asked = joining.MatterJoining.objects.get()
    joining.answer_joining(by=asked.matter.raised_by, now=now, joining=asked, agrees=False)

    said = violated(JOIN.format(**{**names, "matter": names["joined"], "lead": names["public"]}))

    assert said == "matterjoining_asked_once"


def test_a_code_opens_one_matter(names: dict[str, Any]) -> None:
    slip = MatterSlip.objects.get()
    MatterSlip.objects.filter(pk=slip.pk).update(revoked_at=slip.issued_at)

    assert violated(SLIP.format(hash=slip.code_hash, **names)) == "consultation_matterslip_code_hash_key"
    assert Matter.objects.filter(slips=slip).exists()
