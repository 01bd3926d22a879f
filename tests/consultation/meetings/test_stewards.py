"""Stewards: the number, names, the lot that anybody can draw again, seats."""

from __future__ import annotations

import json
import subprocess
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from communities.bodies.models import BodyMembership
from consultation.meetings.stewards import operations
from consultation.meetings.stewards.models import StewardSelection
from consultation.meetings.stewards.queries import published_lot
from governance.lifecycle import SamePerson
from tests.factories.consultation_ballots import Place
from tests.factories.consultation_meetings import Hall

PROGRAM = Path(__file__).parents[3] / "consultation" / "meetings" / "stewards" / "draw_lot.py"


@pytest.fixture
def hall(place: Place) -> Hall:
    """A stewards' meeting without members yet."""
    return Hall(place, size=0, form="STEWARDS")


def begun(hall: Hall, **changes: Any) -> StewardSelection:
    """Begin a choice of three."""
    given = {"way": "LOT", "base_count": 50, **changes}
    return operations.begin_selection(by=hall.place.staff, now=hall.place.now, body=hall.body, **given)


def listed(hall: Hall, count: int = 8, **changes: Any) -> StewardSelection:
    """Put names forward and fix the list."""
    row = begun(hall, **changes)
    for number in range(count):
        operations.put_forward(by=hall.place.staff, now=hall.place.now, selection=row, name=f"王{number}明")
    return operations.fix_list(by=hall.place.staff, now=hall.place.now, selection=row)


def drawn(hall: Hall, word: str = "4 17 9") -> StewardSelection:
    """Draw the lot."""
    return operations.draw_lot(by=hall.place.colleague, now=hall.place.now, selection=listed(hall), word=word)


def run(tmp_path: Path, lot: dict[str, object]) -> tuple[int, str]:
    """Run the program on a file."""
    file = tmp_path / "lot.json"
    file.write_text(json.dumps(lot, ensure_ascii=False), encoding="utf-8")
    done = subprocess.run([sys.executable, "-I", str(PROGRAM), str(file)], capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_the_number_follows_from_ratio_and_base(hall: Hall) -> None:
    row = begun(hall)

    assert (row.ratio, row.base, row.by_ratio, row.seats) == (Decimal("0.06"), "ADULTS", 3, 3)
    with pytest.raises(operations.SeatsWithoutReason):
        begun(hall, seats=2)
    assert begun(hall, seats=2, seats_reason="街道试点").seats == 2
    with pytest.raises(operations.BaseUnknown):
        begun(hall, base_count=None)


def test_anybody_can_draw_the_lot_again(hall: Hall, tmp_path: Path) -> None:
    row = drawn(hall)
    lot = published_lot(row)
    code, said = run(tmp_path, lot)

    assert (code, len(lot["drawn"])) == (0, 3)  # type: ignore[arg-type]  # a list
    assert said.strip() == "drawn: " + ", ".join(map(str, lot["drawn"]))  # type: ignore[call-overload]  # a list
    assert {one.number for one in row.candidates.filter(is_chosen=True)} == set(lot["drawn"])  # type: ignore[call-overload]  # a list
    assert "王0明" not in str(lot["list"])


@pytest.mark.parametrize(
    "change",
    [{"seed": "00"}, {"word": "other"}, {"drawn": [1, 2, 3, 4]}, {"list": "lot/1\t3\n1\t王*\n2\t李*\n"}],
)
def test_the_program_finds_every_change(hall: Hall, tmp_path: Path, change: dict[str, object]) -> None:
    code, said = run(tmp_path, {**published_lot(drawn(hall)), **change})

    assert code == 1
    assert "WRONG" in said


def test_the_seed_is_secret_until_the_draw(hall: Hall) -> None:
    row = listed(hall)

    assert published_lot(row)["seed"] == ""
    assert published_lot(row)["drawn"] == []
    with pytest.raises(SamePerson):
        operations.draw_lot(by=hall.place.staff, now=hall.place.now, selection=row, word="x")
    with pytest.raises(operations.WordMissing):
        operations.draw_lot(by=hall.place.colleague, now=hall.place.now, selection=row, word=" ")


def test_a_lot_needs_more_candidates_than_seats(hall: Hall) -> None:
    with pytest.raises(operations.TooFewCandidates):
        listed(hall, 3)
    with pytest.raises(operations.NotNominating):
        operations.put_forward(by=hall.place.staff, now=hall.place.now, selection=listed(hall), name="晚到")


def test_the_chosen_get_their_seats(hall: Hall) -> None:
    row = listed(hall, 4, way="NOMINATION")
    arguments: dict[str, Any] = {"by": hall.place.colleague, "now": hall.place.now, "selection": row}
    with pytest.raises(operations.ChoiceUnfit):
        operations.record_choice(**arguments, numbers=[1, 2], note="联名推选")
    operations.record_choice(**arguments, numbers=[1, 2, 4], note="联名推选")
    seated = operations.seat_chosen(**arguments)

    assert seated.status == "SEATED"
    assert BodyMembership.objects.filter(body=hall.body).count() == 3
