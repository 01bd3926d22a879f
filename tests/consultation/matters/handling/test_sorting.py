"""The reference lists, and the one contest of a sorting."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from communities.policy.policy import Unreadable
from communities.territory.models import Division, DivisionLevel
from consultation.matters import operations
from consultation.matters.handling import dispatching, sorting
from consultation.matters.handling.classes import ReferenceDoesNotFit, TipStaysProtected
from consultation.matters.handling.lifecycle import AssignmentStatus, ContestStatus
from consultation.matters.handling.references import STREET, TOWNSHIP, read_lists, references
from consultation.matters.handling.sorting import ContestedBefore, ContestNotYours, NothingToContest, SameClassWanted
from consultation.matters.lifecycle import MatterStatus
from consultation.matters.models import Matter, MatterKind, Route, ThreeWay, Urgency
from governance.accounts.models import User
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from tests.consultation.matters.handling.conftest import at
from tests.people import House


def test_the_lists_have_as_many_items_as_the_report_says() -> None:
    assert {name: len(items) for name, items in STREET.items()} == {"BIG": 19, "SMALL": 24, "PRIVATE": 23}
    assert {name: len(items) for name, items in TOWNSHIP.items()} == {"BIG": 17, "SMALL": 28, "PRIVATE": 39}
    for lists in (STREET, TOWNSHIP):
        everything = [item for items in lists.values() for item in items]
        assert len(set(everything)) == len(everything) or lists is TOWNSHIP
        assert read_lists({name: list(items) for name, items in lists.items()}) == lists


@pytest.mark.parametrize(
    "given", [None, [], {"BIG": ["a"]}, {"BIG": ["a", "a"], "SMALL": ["b"], "PRIVATE": ["c"]}, {"BIG": [1]}]
)
def test_a_list_that_is_none(given: Any) -> None:
    with pytest.raises(Unreadable):
        read_lists(given)


@pytest.mark.parametrize(
    ("level", "letter", "count"),
    [(DivisionLevel.STREET, "S", 66), (DivisionLevel.TOWN, "T", 84), (DivisionLevel.TOWNSHIP, "T", 84)],
)
def test_the_kind_of_territory_chooses_the_list(
    *, level: str, letter: str, count: int, house: House, today: dt.date
) -> None:
    Division.objects.filter(pk=house.places["street"].pk).update(level=level)

    found = references(house.places["community"], today)

    assert len(found) == count
    assert {code[0] for code in found} == {letter}
    assert found[f"{letter}-BIG-01"].three_way == "BIG"


def test_the_sorter_picks_an_item(*, raised: Any, community_staff: User, now: dt.datetime, today: dt.date) -> None:
    told: dict[str, Any] = {"by": community_staff, "now": now, "today": today, "reason": "清单所列。"}
    matter = raised()
    for wrong in ("S-SMALL-01", "S-BIG-99", "T-BIG-01"):
        with pytest.raises(ReferenceDoesNotFit):
            operations.sort_matter(matter=matter, three_way="BIG", route="DEPARTMENT", reference=wrong, **told)

    done = operations.sort_matter(
        matter=matter, three_way="BIG", route="DEPARTMENT", reference="S-BIG-01", kind="DANGER", **told
    )

    assert (done.reference_code, done.reference_text) == ("S-BIG-01", "道路桥梁建设与养护")
    assert (done.kind, done.urgency) == (MatterKind.DANGER, Urgency.CRITICAL)
    assert done.due_at == now + dt.timedelta(hours=2)


@pytest.mark.parametrize(
    "changes", [{"summary": "有人举报。"}, {"route": "DELIBERATION", "three_way": "SMALL"}, {"kind": "NEED"}]
)
def test_a_tip_off_stays_one(
    *, changes: dict[str, Any], raised: Any, street_reviewer: User, now: dt.datetime, today: dt.date
) -> None:
    matter = raised(kind=MatterKind.REPORT)
    given = {"three_way": "BIG", "route": "DEPARTMENT", "reason": "举报。", **changes}
    if given["route"] == "DELIBERATION":
        given["summary"] = "有人举报。"

    with pytest.raises(TipStaysProtected):
        operations.sort_matter(by=street_reviewer, now=now, today=today, matter=matter, **given)


# ------------------------------------------------------------------------------------------------------------- contest


@pytest.fixture
def contest(house: House, now: dt.datetime) -> Any:
    """Contest a sorting as the resident."""

    def call(matter: Matter, **changes: Any) -> Any:
        given: dict[str, Any] = {
            "by": house.people["resident"],
            "now": now,
            "matter": matter,
            "wanted": ThreeWay.BIG,
            "reason": "路是市政道路。",
            **changes,
        }
        return sorting.contest_sorting(**given)

    return call


def test_a_sorting_is_contested_once_and_sorted_anew_by_another(
    *, sorted_to: Any, contest: Any, street_officer: User, now: dt.datetime, today: dt.date
) -> None:
    matter = sorted_to(Route.DIRECT)
    row = contest(matter)
    assert (row.status, row.due_on, row.contested) == (ContestStatus.OPEN, dt.date(2026, 3, 9), "SMALL")
    with pytest.raises(ContestedBefore):
        contest(matter)

    decided = sorting.uphold_contest(
        by=street_officer,
        now=now,
        today=today,
        contest=row,
        route=Route.DEPARTMENT,
        reason="确属市政道路。",
        summary="路面塌陷。",
    )

    matter.refresh_from_db()
    assert (decided.status, decided.answer) == (ContestStatus.UPHELD, "确属市政道路。")
    assert (matter.three_way, matter.route, matter.status) == ("BIG", "DEPARTMENT", MatterStatus.SORTED)
    assert (matter.sort_reason, matter.resorted_at) == ("确属市政道路。", now)
    with pytest.raises(ContestedBefore):
        contest(matter, wanted=ThreeWay.SMALL)


def test_the_street_leaves_the_sorting_with_a_reason(
    *, sorted_to: Any, contest: Any, street_officer: User, now: dt.datetime
) -> None:
    row = contest(sorted_to(Route.DIRECT))
    with pytest.raises(ReasonMissing):
        sorting.reject_contest(by=street_officer, now=now, contest=row, reason=" ")

    done = sorting.reject_contest(by=street_officer, now=now, contest=row, reason="小区内部道路。")

    assert (done.status, done.answer) == (ContestStatus.REJECTED, "小区内部道路。")
    with pytest.raises(MoveClosed):
        sorting.reject_contest(by=street_officer, now=now, contest=row, reason="再说一次。")


def test_who_sorted_does_not_decide(
    *, raised: Any, contest: Any, street_officer: User, street_reviewer: User, system: User, now: dt.datetime
) -> None:
    matter = raised()
    late = at(dt.date(2026, 3, 12))
    operations.escalate_overdue_matters(by=system, now=late, today=late.date())
    operations.sort_matter(
        by=street_officer,
        now=late,
        today=late.date(),
        matter=matter,
        three_way="SMALL",
        route="DIRECT",
        reason="小区内。",
        summary="路面。",
    )
    row = contest(matter, now=late)

    with pytest.raises(SamePerson):
        sorting.reject_contest(by=street_officer, now=late, contest=row, reason="不变。")
    assert sorting.reject_contest(by=street_reviewer, now=late, contest=row, reason="不变。").status == "REJECTED"


@pytest.mark.parametrize("name", ["neighbor_resident", "stranger", "community_staff", "street_officer", "supervisor"])
def test_only_the_person_contests(*, name: str, sorted_to: Any, contest: Any, house: House) -> None:
    with pytest.raises(ContestNotYours):
        contest(sorted_to(Route.DIRECT), by=house.people[name])


def test_what_cannot_be_contested(
    *, raised: Any, sorted_to: Any, contest: Any, community_staff: User, now: dt.datetime
) -> None:
    with pytest.raises(NothingToContest):
        contest(raised())
    matter = sorted_to(Route.DIRECT)
    with pytest.raises(SameClassWanted):
        contest(matter, wanted=ThreeWay.SMALL)
    operations.answer_matter(by=community_staff, now=now, matter=matter, reply="已修。")
    with pytest.raises(NothingToContest):
        contest(matter)


def test_offices_give_back_what_is_sorted_anew(
    *, sorted_to: Any, contest: Any, office: Any, community_staff: User, street_officer: User, now: dt.datetime
) -> None:
    matter = sorted_to(Route.DEPARTMENT)
    order = dispatching.assign_matter(by=community_staff, now=now, matter=matter, body=office)
    row = contest(matter, wanted=ThreeWay.PRIVATE)

    sorting.uphold_contest(
        by=street_officer, now=now, today=now.date(), contest=row, route=Route.ADVICE, reason="属个人事务。"
    )

    order.refresh_from_db()
    matter.refresh_from_db()
    assert (order.status, matter.status, matter.three_way) == (
        AssignmentStatus.RECALLED,
        MatterStatus.SORTED,
        "PRIVATE",
    )


def test_a_contest_that_the_street_forgets_goes_to_the_district(
    *, sorted_to: Any, contest: Any, district_admin: User, system: User
) -> None:
    row = contest(sorted_to(Route.DIRECT))
    last, over = at(dt.date(2026, 3, 9)), at(dt.date(2026, 3, 10))
    with pytest.raises(MoveForbidden):
        sorting.reject_contest(by=district_admin, now=last, contest=row, reason="不变。")

    assert sorting.escalate_contests(by=system, now=last, today=last.date()) == []
    assert sorting.escalate_contests(by=system, now=over, today=over.date()) == [row.pk]
    assert sorting.escalate_contests(by=system, now=over, today=over.date()) == []
    assert sorting.reject_contest(by=district_admin, now=over, contest=row, reason="不变。").status == "REJECTED"
