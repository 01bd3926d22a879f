"""Posts and residents: what happens, who may, what is refused, what the database refuses by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection

from communities.people import operations
from communities.people.models import Post, Resident, Role
from communities.people.operations import (
    AlreadyConfirmed,
    AlreadyRegistered,
    AppointmentNotYours,
    AppointsOneself,
    BirthDateWrong,
    BornInTheFuture,
    ConfirmationNotYours,
    EndBeforeStart,
    IdentityTaken,
    IdentityWrong,
    MovedAway,
    NotACommunity,
    NotAnOfficial,
    NotAResident,
    NothingToReveal,
    PlaceClosed,
    PostAlreadyHeld,
    PostEnded,
    RoleNotAtTier,
)
from communities.people.queries import posts_of, resident_of, visible_posts, visible_residents
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import Invalid, NotAllowed
from governance.lifecycle import ReasonMissing
from tests.factories.accounts import UserFactory
from tests.factories.communities import DivisionFactory, PostFactory, ResidentFactory
from tests.people import NAMED_PEOPLE, House
from tests.walls import violated

IDENTITY = "510302198001010012"
TOMORROW = dt.date(2026, 3, 5)


@pytest.fixture
def newcomer(db: None) -> User:
    """A member of staff without a post."""
    return UserFactory()


@pytest.fixture
def colleague(house: House) -> User:
    """Another member of the community's staff."""
    return PostFactory(division=house.places["community"]).user


@pytest.fixture
def appoint(house: House, newcomer: User, now: dt.datetime) -> Any:
    """Give the newcomer a post, with whatever a test changes."""

    def call(by: str, role: str, place: str, **changes: Any) -> Post:
        given = {"user": newcomer, "role": role, "division": house.places[place], "valid_from": TOMORROW, **changes}
        return operations.create_post(by=house.people[by], now=now, **given)

    return call


@pytest.fixture
def claim(house: House, now: dt.datetime) -> Any:
    """Let the stranger claim to live in the community, with whatever a test changes."""

    def call(**changes: Any) -> Resident:
        given = {"by": house.people["stranger"], "division": house.places["community"], "name": "周远", **changes}
        return operations.register_resident(now=now, **given)

    return call


# Who may fill which post where.
APPOINTMENTS = [
    ("district_admin", Role.DISTRICT_ADMIN, "district", True),
    ("district_admin", Role.STREET_REVIEWER, "street", True),
    ("district_admin", Role.COMMUNITY_STAFF, "far_community", True),
    ("district_admin", Role.AUDITOR, "district", True),
    ("street_reviewer", Role.COMMUNITY_STAFF, "community", True),
    ("street_reviewer", Role.SUPERVISOR, "neighbor", True),
    ("street_reviewer", Role.GRID_WORKER, "community", True),
    ("street_reviewer", Role.COMMUNITY_STAFF, "far_community", False),
    ("street_reviewer", Role.STREET_OFFICER, "street", False),
    ("street_officer", Role.COMMUNITY_STAFF, "community", False),
    ("district_officer", Role.STREET_OFFICER, "street", False),
    ("community_staff", Role.GRID_WORKER, "community", False),
    ("resident", Role.STEWARD, "community", False),
]


@pytest.mark.parametrize(("by", "role", "place", "allowed"), APPOINTMENTS)
def test_who_fills_which_post(by: str, role: str, place: str, *, allowed: bool, appoint: Any, newcomer: User) -> None:
    if not allowed:
        with pytest.raises(AppointmentNotYours):
            appoint(by, role, place)
        assert newcomer.posts.count() == 0
        return

    post = appoint(by, role, place)

    assert newcomer.posts.get() == post
    assert AuditEntry.objects.get(verb="communities.post.created").after == {
        "role": role,
        "division": post.division_id,
        "valid_from": "2026-03-05",
        "valid_to": None,
    }


def test_the_system_fills_the_first_posts(system: User, newcomer: User, district: Division, now: dt.datetime) -> None:
    post = operations.create_post(
        by=system, now=now, user=newcomer, role=Role.DISTRICT_ADMIN, division=district, valid_from=now.date()
    )

    assert post.appointed_by == system


def test_nobody_appoints_himself(appoint: Any, district_admin: User) -> None:
    with pytest.raises(AppointsOneself):
        appoint("district_admin", Role.AUDITOR, "district", user=district_admin)


@pytest.mark.parametrize(
    ("role", "place"),
    [(Role.COMMUNITY_STAFF, "street"), (Role.STREET_OFFICER, "district"), (Role.DISTRICT_ADMIN, "street")],
)
def test_a_post_lies_on_its_own_tier(role: str, place: str, appoint: Any) -> None:
    with pytest.raises(RoleNotAtTier):
        appoint("district_admin", role, place)


def test_an_unknown_role_is_refused(appoint: Any) -> None:
    with pytest.raises(Invalid):
        appoint("district_admin", "KING", "district")


def test_work_at_the_desk_needs_a_staff_log_in(appoint: Any, stranger: User) -> None:
    with pytest.raises(NotAnOfficial):
        appoint("district_admin", Role.COMMUNITY_STAFF, "community", user=stranger)

    assert appoint("district_admin", Role.STEWARD, "community", user=stranger).user == stranger


def test_a_closed_place_takes_no_posts(appoint: Any, community: Division) -> None:
    community.status, community.valid_to = DivisionStatus.CLOSED, dt.date(2026, 1, 1)
    community.save()

    with pytest.raises(PlaceClosed):
        appoint("district_admin", Role.STEWARD, "community")


def test_one_post_is_held_once(appoint: Any) -> None:
    appoint("district_admin", Role.STEWARD, "community")

    with pytest.raises(PostAlreadyHeld):
        appoint("district_admin", Role.STEWARD, "community")


def test_a_post_ends_on_its_day(appoint: Any, house: House, newcomer: User, now: dt.datetime) -> None:
    post = appoint("street_reviewer", Role.STEWARD, "community", valid_from=dt.date(2026, 1, 1))

    ended = operations.end_post(by=house.people["street_reviewer"], now=now, post=post, on=TOMORROW, reason="任期届满")

    assert list(Post.objects.of(newcomer, dt.date(2026, 3, 4))) == [ended]
    assert list(Post.objects.of(newcomer, TOMORROW)) == []
    assert AuditEntry.objects.get(verb="communities.post.ended").after == {"valid_to": "2026-03-05"}


@pytest.mark.parametrize(
    ("by", "on", "reason", "refusal"),
    [
        ("street_officer", TOMORROW, "x", AppointmentNotYours),
        ("other_street_officer", TOMORROW, "x", AppointmentNotYours),
        ("street_reviewer", TOMORROW, " ", ReasonMissing),
        ("street_reviewer", dt.date(2026, 3, 3), "x", EndBeforeStart),
    ],
)
def test_ending_a_post_is_refused(
    *, by: str, on: dt.date, reason: str, refusal: type[Exception], appoint: Any, house: House, now: dt.datetime
) -> None:
    post = appoint("district_admin", Role.STEWARD, "community", valid_from=dt.date(2026, 1, 1))

    with pytest.raises(refusal):
        operations.end_post(by=house.people[by], now=now, post=post, on=on, reason=reason)

    post.refresh_from_db()
    assert post.valid_to is None


def test_an_ended_post_is_not_ended_again(appoint: Any, district_admin: User, now: dt.datetime) -> None:
    post = appoint("district_admin", Role.STEWARD, "community", valid_to=dt.date(2026, 4, 1))

    with pytest.raises(PostEnded):
        operations.end_post(by=district_admin, now=now, post=post, on=dt.date(2026, 5, 1), reason="x")


def test_a_resident_claims_and_staff_confirm(
    claim: Any, stranger: User, community_staff: User, now: dt.datetime
) -> None:
    row = claim(identity_number="510302 19800101 0012")

    assert (row.user, row.registered_by, row.birth_on) == (stranger, stranger, dt.date(1980, 1, 1))
    assert resident_of(stranger) == row
    assert list(Resident.objects.on_rolls(now.date()).filter(user=stranger)) == []

    confirmed = operations.confirm_resident(by=community_staff, now=now, resident=row)

    assert (confirmed.confirmed_by, confirmed.confirmed_at) == (community_staff, now)
    assert list(Resident.objects.on_rolls(now.date()).filter(user=stranger)) == [row]
    with pytest.raises(AlreadyConfirmed):
        operations.confirm_resident(by=community_staff, now=now, resident=row)


def test_the_identity_number_lies_encrypted_and_the_audit_masked(claim: Any) -> None:
    row = claim(identity_number=IDENTITY)

    with connection.cursor() as cursor:
        cursor.execute("SELECT identity_number, identity_hash FROM communities_resident WHERE id = %s", [row.pk])
        stored, hashed = cursor.fetchone()
    assert IDENTITY not in stored
    assert hashed == row.identity_hash
    assert Resident.objects.get(pk=row.pk).identity_number == IDENTITY
    entry = AuditEntry.objects.get(verb="communities.resident.registered")
    assert entry.after == {
        "division": row.division_id,
        "name": "周*",
        "identity_number": "510302********0012",
    }
    assert entry.object_name == "周*"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"identity_number": "510302198001010013"}, IdentityWrong),
        ({"identity_number": "51030219800101001"}, IdentityWrong),
        ({"identity_number": IDENTITY, "birth_on": dt.date(1980, 1, 2)}, BirthDateWrong),
        ({"birth_on": TOMORROW}, BornInTheFuture),
    ],
)
def test_personal_data_that_cannot_be_right_is_refused(
    changes: dict[str, Any], refusal: type[Exception], claim: Any
) -> None:
    before = Resident.objects.count()

    with pytest.raises(refusal):
        claim(**changes)

    assert Resident.objects.count() == before


def test_where_nobody_can_register(claim: Any, house: House) -> None:
    closed = DivisionFactory(status=DivisionStatus.CLOSED, valid_to=dt.date(2026, 1, 1))

    with pytest.raises(NotACommunity):
        claim(division=house.places["street"])
    with pytest.raises(PlaceClosed):
        claim(division=closed)


def test_partner_systems_live_nowhere(claim: Any, service_client: User) -> None:
    with pytest.raises(NotAResident):
        claim(by=service_client)


def test_one_person_lives_in_one_place(claim: Any, neighbor: Division) -> None:
    claim()

    with pytest.raises(AlreadyRegistered):
        claim(division=neighbor)


def test_one_identity_number_is_registered_once(claim: Any, enterprise_head: User) -> None:
    claim(identity_number=IDENTITY)

    with pytest.raises(IdentityTaken):
        claim(by=enterprise_head, identity_number=IDENTITY)


def test_who_has_moved_away_registers_elsewhere(
    claim: Any, stranger: User, neighbor: Division, now: dt.datetime
) -> None:
    first = claim(identity_number=IDENTITY)
    operations.move_away(by=stranger, now=now, resident=first, on=now.date())

    second = claim(identity_number=IDENTITY, division=neighbor)

    assert resident_of(stranger) == second
    assert Resident.objects.filter(user=stranger).count() == 2


def test_staff_enter_people_without_a_log_in_and_a_colleague_confirms(
    community_staff: User, colleague: User, community: Division, now: dt.datetime
) -> None:
    row = operations.enter_resident(by=community_staff, now=now, division=community, name="李奶奶")

    with pytest.raises(ConfirmationNotYours):
        operations.confirm_resident(by=community_staff, now=now, resident=row)
    assert operations.confirm_resident(by=colleague, now=now, resident=row).confirmed_by == colleague


@pytest.mark.parametrize("name", [name for name in NAMED_PEOPLE if name != "community_staff"])
def test_who_may_not_enter_or_confirm_residents(name: str, claim: Any, house: House, now: dt.datetime) -> None:
    row = claim()

    with pytest.raises(NotAllowed):
        operations.enter_resident(by=house.people[name], now=now, division=house.places["community"], name="x")
    with pytest.raises(ConfirmationNotYours):
        operations.confirm_resident(by=house.people[name], now=now, resident=row)

    row.refresh_from_db()
    assert row.confirmed_at is None


def test_staff_do_not_confirm_themselves(claim: Any, community_staff: User, now: dt.datetime) -> None:
    row = claim(by=community_staff)

    with pytest.raises(ConfirmationNotYours):
        operations.confirm_resident(by=community_staff, now=now, resident=row)


def test_moving_away(claim: Any, house: House, now: dt.datetime) -> None:
    row = claim()
    staff = house.people["community_staff"]

    with pytest.raises(NotAllowed):
        operations.move_away(by=house.people["resident"], now=now, resident=row, on=TOMORROW)
    with pytest.raises(EndBeforeStart):
        operations.move_away(by=staff, now=now, resident=row, on=dt.date(2026, 3, 3))
    moved = operations.move_away(by=staff, now=now, resident=row, on=TOMORROW)
    with pytest.raises(MovedAway):
        operations.move_away(by=staff, now=now, resident=moved, on=TOMORROW)
    with pytest.raises(MovedAway):
        operations.confirm_resident(by=staff, now=now, resident=moved)

    assert moved.left_on == TOMORROW


def test_rolls_hold_confirmed_adults_who_live_there(house: House, now: dt.datetime) -> None:
    place, staff = house.places["far_community"], house.people["other_community_staff"]

    def make(**more: Any) -> Resident:
        return ResidentFactory(division=place, **{"confirmed_at": now, "confirmed_by": staff, **more})

    adult = make(birth_on=dt.date(2008, 3, 4))
    leaving = make(birth_on=dt.date(1950, 1, 1), left_on=TOMORROW)
    make(birth_on=dt.date(2008, 3, 5))
    make(birth_on=dt.date(1950, 1, 1), confirmed_at=None, confirmed_by=None)
    make(birth_on=dt.date(1950, 1, 1), left_on=dt.date(2026, 3, 4))
    make(birth_on=None)

    assert set(Resident.objects.on_rolls(now.date()).filter(division=place)) == {adult, leaving}


def test_a_revealed_number_leaves_a_trace(claim: Any, community_staff: User, now: dt.datetime) -> None:
    row = claim(identity_number=IDENTITY)

    full = operations.reveal_identity(by=community_staff, now=now, resident=row, reason="核对选民名册")

    assert full == IDENTITY
    entry = AuditEntry.objects.get(verb="communities.resident.revealed")
    assert (entry.actor, entry.reason, entry.after) == (
        community_staff,
        "核对选民名册",
        {"identity_number": "510302********0012"},
    )


def test_a_revealed_phone_leaves_a_trace(claim: Any, stranger: User, community_staff: User, now: dt.datetime) -> None:
    stranger.phone = "13812341234"
    stranger.save()

    assert operations.reveal_phone(by=community_staff, now=now, resident=claim(), reason="回访") == "13812341234"
    assert AuditEntry.objects.get(verb="communities.resident.revealed").after == {"phone": "138****1234"}


REGISTRARS = {"community_staff", "street_officer", "street_reviewer", "district_admin"}


@pytest.mark.parametrize("name", [name for name in NAMED_PEOPLE if name not in REGISTRARS])
def test_who_may_not_see_the_full_number(name: str, claim: Any, house: House, now: dt.datetime) -> None:
    row = claim(identity_number=IDENTITY)

    with pytest.raises(NotAllowed):
        operations.reveal_identity(by=house.people[name], now=now, resident=row, reason="好奇")

    assert AuditEntry.objects.filter(verb="communities.resident.revealed").count() == 0


def test_a_number_is_not_revealed_without_reason_or_where_there_is_none(
    claim: Any, community_staff: User, now: dt.datetime
) -> None:
    row = claim()

    with pytest.raises(ReasonMissing):
        operations.reveal_identity(by=community_staff, now=now, resident=row, reason=" ")
    with pytest.raises(NothingToReveal):
        operations.reveal_identity(by=community_staff, now=now, resident=row, reason="核对")
    with pytest.raises(NothingToReveal):
        operations.reveal_phone(by=community_staff, now=now, resident=row, reason="核对")


# What each person sees: their own row, and the register of the places their work reaches.
SEEN_RESIDENTS = {
    "resident": {"resident"},
    "neighbor_resident": {"neighbor_resident"},
    "community_staff": {"resident"},
    "street_officer": {"resident", "neighbor_resident"},
    "street_reviewer": {"resident", "neighbor_resident"},
    "district_admin": {"resident", "neighbor_resident"},
}


@pytest.mark.parametrize("name", NAMED_PEOPLE)
def test_list_and_single_view_of_residents_agree(name: str, house: House) -> None:
    person = house.people[name]
    rows = {row.user.username: row for row in Resident.objects.select_related("user") if row.user}

    seen = set(visible_residents(person).values_list("user__username", flat=True))

    assert seen == SEEN_RESIDENTS.get(name, set())
    assert {key for key, row in rows.items() if person.has_perm("communities.view_resident", row)} == seen


def test_posts_are_seen_by_their_holder_and_from_above(house: House) -> None:
    people = house.people

    def seen(name: str) -> set[str]:
        return set(visible_posts(people[name]).values_list("user__username", flat=True))

    assert seen("resident") == set()
    assert seen("community_staff") == {"community_staff", "supervisor"}
    assert seen("other_street_officer") == {"other_street_officer", "other_community_staff"}
    assert len(seen("district_admin")) == 9


def test_rights_end_with_the_post(house: House, now: dt.datetime) -> None:
    post = Post.objects.get(user=house.people["street_officer"])
    Post.objects.filter(pk=post.pk).update(valid_to=dt.date(2026, 1, 1))

    assert posts_of(User.objects.get(pk=post.user_id)) == []


WALLS = {
    "post_role_is_known": "UPDATE communities_post SET role = 'KING'",
    "post_period_runs_forward": "UPDATE communities_post SET valid_to = valid_from",
    "post_held_once": (
        "INSERT INTO communities_post (user_id, role, division_id, title, valid_from, appointed_by_id, appointed_at)"
        " SELECT user_id, role, division_id, '', valid_from, appointed_by_id, appointed_at FROM communities_post"
    ),
    "resident_two_persons": "UPDATE communities_resident SET confirmed_by_id = user_id",
    "resident_confirmed_by_somebody": "UPDATE communities_resident SET confirmed_by_id = NULL",
    "resident_identity_has_its_hash": "UPDATE communities_resident SET identity_number = 'x'",
    "resident_identity_is_unique": "UPDATE communities_resident SET identity_number = 'x', identity_hash = 'x'",
    "resident_lives_in_one_place": (
        "INSERT INTO communities_resident"
        " (user_id, division_id, name, identity_number, address, registered_at, registered_by_id)"
        " SELECT user_id, division_id, name, '', '', registered_at, registered_by_id FROM communities_resident"
    ),
}


@pytest.mark.parametrize(("constraint", "statement"), WALLS.items())
def test_the_database_refuses(constraint: str, statement: str, house: House) -> None:
    assert violated(statement) == constraint
