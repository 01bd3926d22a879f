"""Who stands on a roll: households, owners by heads and area; who votes for whom; codes on paper."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from communities.notices import operations as notices
from communities.notices.models import Attachment, Visibility
from communities.people import operations as people
from communities.people.models import Resident
from communities.policy.queries import RuleNotConfirmed
from consultation.ballots import operations
from consultation.ballots.models import Ballot, RollEntry, Vote
from consultation.ballots.rolls import operations as rolls
from consultation.ballots.rolls.models import OwnedUnit, Proxy
from consultation.ballots.rolls.taking import AddressesMissing
from consultation.ballots.voting import CodeUnknown, NotOnRoll, ProxyUnknown, VotedAlready
from governance.accounts.models import User
from governance.errors import NotAllowed
from tests.consultation.ballots.test_operations import refused
from tests.consultation.pictures import photo
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.people import sign_in
from tests.walls import violated

BODY = "51030219800101{:03d}"


def identity(number: int, born: str = "19800101") -> str:
    """Return an invented identity number with its check sign."""
    seventeen = f"510302{born}{number:03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(seventeen, weights, strict=True))
    return seventeen + "10X98765432"[total % 11]


def unit(place: Place, label: str, owner: int, area: str, **changes: Any) -> OwnedUnit:
    """Register a unit of an owner who has a log-in."""
    given = {
        "by": place.staff,
        "now": place.now - DAY,
        "division": place.division,
        "label": label,
        "owner_name": "王小明",
        "owner_identity": identity(owner),
        "area": Decimal(area),
        "certificate_number": f"川2020-{label}",
        "user": place.voters[owner] if owner < len(place.voters) else None,
        **changes,
    }
    return operations.register_unit(**given)


OWNERS: dict[str, Any] = {"rule_key": "owners_ordinary", "roll_source": "OWNERS"}


def test_an_owner_of_several_units_is_one_head_with_the_areas_of_all(place: Place) -> None:
    unit(place, "1-101", 0, "80.50")
    unit(place, "1-102", 0, "19.50")
    unit(place, "1-103", 1, "60.00")  # another 王小明 in the same building
    unit(place, "车位-1", 1, "12.00", use="CAR_SPACE", certificate_number="")
    unit(place, "车位-2", 2, "10.00", use="CAR_SPACE")

    ballot = place.freeze(place.prepare(**OWNERS))

    rows = list(ballot.roll.order_by("-area").values_list("name", "label", "area", "user"))
    assert rows == [
        ("王小明", "1-101, 1-102", 10_000, place.voters[0].pk),
        ("王小明", "1-103", 6_000, place.voters[1].pk),
        ("王小明", "车位-2", 1_000, place.voters[2].pk),
    ]
    assert (ballot.entitled, ballot.area) == (3, 17_000)


def test_owners_pass_by_heads_and_by_area_both(place: Place) -> None:
    for owner, area in enumerate(("100", "50", "50")):
        unit(place, f"1-10{owner}", owner, area)
    ballot = place.open(**OWNERS)
    place.cast(ballot, [[2], [1], [1]])

    place.publish(ballot)

    result = ballot.result
    assert (result.has_quorum, result.is_passed) == (True, False)  # two of three heads, exactly half of the area
    assert result.details["area"] == [
        {"number": 1, "area": 10_000},
        {"number": 2, "area": 10_000},
        {"number": 3, "area": 0},
    ]
    assert b"m\xc2\xb2" in Client().get(f"/ballots/{ballot.pk}/").content


def test_a_unit_is_registered_once_and_its_owner_is_of_age(place: Place) -> None:
    first = unit(place, "1-101", 0, "80")
    given = {"call": unit, "place": place, "area": "80"}

    refused(rolls.UnitKnown, label="1-101", owner=1, **given)
    refused(rolls.UnitKnown, label="1-102", owner=1, certificate_number="川2020-1-101", **given)
    refused(rolls.OwnerIsMinor, label="1-102", owner=1, owner_identity=identity(1, "20080305"), **given)
    refused(people.IdentityWrong, label="1-102", owner=1, owner_identity="1", **given)
    refused(NotAllowed, label="1-102", owner=1, by=place.voters[0], **given)
    operations.end_unit(by=place.staff, now=place.now, unit=first, on=place.now.date())
    assert unit(place, "1-101", 1, "80", now=place.now).owner_hash != first.owner_hash


def test_who_turns_eighteen_on_the_day_stands_on_the_roll_and_a_day_younger_does_not(place: Place) -> None:
    place.resident("刚满十八", birth_on=dt.date(2008, 3, 4))
    place.resident("差一天", birth_on=dt.date(2008, 3, 5))

    ballot = place.open()

    names = set(ballot.roll.values_list("name", flat=True))
    assert "刚满十八" in names
    assert "差一天" not in names
    refused(NotOnRoll, operations.cast_vote, by=place.voters[-1], now=ballot.opens_at, ballot=ballot, choices=[1])


def test_two_people_of_one_name_and_address_are_two_entries_that_can_be_told_apart(place: Place) -> None:
    for year in (1950, 1980):
        row = place.resident("张伟", birth_on=dt.date(year, 1, 1))
        Resident.objects.filter(pk=row.pk).update(address="3幢2单元")

    ballot = place.freeze(place.prepare())

    labels = set(ballot.roll.filter(name="张伟").values_list("label", flat=True))
    assert labels == {"3幢2单元 · 1950", "3幢2单元 · 1980"}


def test_who_moves_away_after_the_freeze_stays_and_votes(place: Place) -> None:
    ballot = place.open()
    resident = Resident.objects.get(user=place.voters[0])
    Resident.objects.filter(pk=resident.pk).update(left_on=place.now.date())

    operations.cast_vote(by=place.voters[0], now=ballot.opens_at, ballot=ballot, choices=[1])

    assert Vote.objects.count() == 1


def test_a_household_has_one_vote_whatever_way_its_address_is_typed(place: Place) -> None:
    rows = list(Resident.objects.order_by("pk"))
    for row, address in zip(rows, ("3幢 101", "\uff13幢101", "3幢102", "3幢102", "3幢103"), strict=True):
        Resident.objects.filter(pk=row.pk).update(address=address)
    Resident.objects.filter(pk=rows[3].pk).update(birth_on=dt.date(1950, 1, 1))

    ballot = place.freeze(place.prepare(rule_key="village_group_households", roll_source="HOUSEHOLDS"))

    assert ballot.entitled == 3
    assert ballot.roll.get(label="3幢102").resident_id == rows[3].pk  # the eldest


def test_households_without_an_address_are_not_guessed(place: Place) -> None:
    ballot = place.prepare(rule_key="village_group_households", roll_source="HOUSEHOLDS")

    refusal = refused(AddressesMissing, place.freeze, ballot=ballot)

    assert refusal.params["count"] == 5
    assert RollEntry.objects.count() == 0


def test_a_binding_ballot_under_the_unconfirmed_urban_rule_is_refused(place: Place) -> None:
    refused(RuleNotConfirmed, place.prepare, rule_key="urban_2026", is_binding=True)
    assert place.open(rule_key="urban_2026").is_binding is False


# ------------------------------------------------------------------------------------------------------------- proxies


@pytest.fixture
def owned(place: Place) -> Ballot:
    """A frozen ballot of five owners, under a rule that knows proxies."""
    for owner in range(5):
        unit(place, f"1-10{owner}", owner, "50")
    return place.freeze(place.prepare(**OWNERS))


def written(place: Place) -> Attachment:
    """Store the photo of a written proxy."""
    return notices.store_attachment(
        by=place.staff,
        now=place.now,
        division=place.division,
        name="proxy.jpg",
        content=photo(),
        visibility=Visibility.SEALED,
    )


def proxy(place: Place, ballot: Ballot, principal: User, holder: User, **changes: Any) -> Proxy:
    """Register a proxy."""
    given = {
        "by": place.staff,
        "now": place.now,
        "ballot": ballot,
        "principal": entry_of(ballot, principal),
        "holder": entry_of(ballot, holder),
        "relation": "CHILD",
        "paper": changes.pop("paper", None) or written(place),
        **changes,
    }
    return operations.register_proxy(**given)


@pytest.fixture(autouse=True)
def media(tmp_path: Any, settings: Any) -> None:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path


def test_a_holder_votes_for_up_to_three_and_the_list_is_posted(place: Place, owned: Ballot) -> None:
    holder = place.voters[4]
    paper = written(place)
    for principal in place.voters[:3]:
        proxy(place, owned, principal, holder, paper=paper)

    refusal = refused(
        rolls.TooManyProxies,
        proxy,
        place=place,
        ballot=owned,
        principal=place.voters[3],
        holder=holder,
        paper=paper,
    )

    assert (refusal.params["count"], refusal.params["most"]) == (3, 3)
    fourth = (
        "INSERT INTO consultation_proxy (ballot_id, principal_id, holder_id, relation, place, paper_id, registered_at, "
        "registered_by_id) VALUES (%s, %s, %s, 'CHILD', {}, %s, now(), %s)"
    )
    keys = (owned.pk, entry_of(owned, place.voters[3]).pk, entry_of(owned, holder).pk, paper.pk, place.staff.pk)
    assert violated(fourth.format(4), *keys) == "proxy_at_most_three_for_a_holder"
    assert violated(fourth.format(3), *keys) == "proxy_place_is_unique"
    assert "王" in Client().get(f"/ballots/{owned.pk}/proxies/").content.decode()


def test_a_vote_by_proxy_is_the_principals_and_the_first_one_counts(place: Place, owned: Ballot) -> None:
    principal, holder = place.voters[0], place.voters[1]
    proxy(place, owned, principal, holder)
    operations.open_due_ballots(by=place.system, now=owned.opens_at)
    number = entry_of(owned, principal).number
    cast = {"call": operations.cast_vote, "now": owned.opens_at, "ballot": owned, "choices": [1]}

    refused(ProxyUnknown, by=place.voters[2], represented=number, **cast)
    vote = operations.cast_vote(by=holder, now=owned.opens_at, ballot=owned, choices=[1], represented=number)
    refused(VotedAlready, by=principal, **cast)

    assert (vote.entry.number, vote.by_proxy, vote.cast_by) == (number, True, holder)
    operations.cast_vote(by=holder, now=owned.opens_at, ballot=owned, choices=[2])  # the holder's own
    assert place.count(owned).result.by_proxy == 1


def test_impossible_proxies_are_refused(place: Place, owned: Ballot) -> None:
    first, second, third = place.voters[:3]
    paper = written(place)
    given = {"call": proxy, "place": place, "ballot": owned, "paper": paper}
    proxy(place, owned, first, second, paper=paper)

    refused(rolls.ProxyKnown, principal=first, holder=third, **given)
    refused(rolls.ProxyImpossible, principal=second, holder=third, **given)  # who holds one gives none
    refused(rolls.ProxyImpossible, principal=third, holder=third, **given)
    refused(rolls.ProxyImpossible, principal=third, holder=second, relation="NEIGHBOUR", **given)
    refused(NotAllowed, principal=third, holder=second, by=second, **given)
    refused(rolls.ProxiesPosted, principal=third, holder=second, now=owned.opens_at, **given)
    plain = place.freeze(place.prepare())
    refused(rolls.ProxiesNotAllowed, principal=third, holder=second, **{**given, "ballot": plain})


# --------------------------------------------------------------------------------------------------------------- slips


def test_a_slip_casts_one_vote_and_is_of_no_use_afterwards(place: Place) -> None:
    place.resident("无手机老人", has_login=False)
    ballot = place.open()
    entry = RollEntry.objects.get(ballot=ballot, user=None)
    slip, code = operations.print_slip(by=place.staff, now=ballot.opens_at, entry=entry)
    cast = {
        "call": operations.cast_by_code,
        "by": place.system,
        "now": ballot.opens_at,
        "ballot": ballot,
        "choices": [1],
    }

    refused(rolls.SlipKnown, operations.print_slip, by=place.staff, now=ballot.opens_at, entry=entry)
    refused(CodeUnknown, code="AAAA-AAAA", **cast)
    vote = operations.cast_by_code(
        by=place.system, now=ballot.opens_at, ballot=ballot, code=code.lower().replace("-", " "), choices=[1]
    )
    refused(VotedAlready, code=code, **cast)

    assert vote.entry == entry
    assert code not in str(slip.__dict__)


def test_a_lost_slip_is_void_and_another_one_works(place: Place) -> None:
    ballot = place.open()
    entry = entry_of(ballot, place.voters[0])
    slip, lost = operations.print_slip(by=place.staff, now=ballot.opens_at, entry=entry)
    operations.void_slip(by=place.colleague, now=ballot.opens_at, slip=slip, reason="遗失")
    _again, code = operations.print_slip(by=place.staff, now=ballot.opens_at, entry=entry)
    cast = {"by": place.system, "now": ballot.opens_at, "ballot": ballot, "choices": [1]}

    refused(CodeUnknown, operations.cast_by_code, code=lost, **cast)
    operations.cast_by_code(code=code, **cast)
    refused(VotedAlready, operations.print_slip, by=place.staff, now=ballot.opens_at, entry=entry)


def test_a_resident_without_phone_or_mail_votes_at_the_kiosk_and_leaves_no_trace(
    monkeypatch: Any, place: Place
) -> None:
    place.resident("无手机老人", has_login=False)
    ballot = place.open(is_secret=True)
    entry = RollEntry.objects.get(ballot=ballot, user=None)
    _slip, code = operations.print_slip(by=place.staff, now=ballot.opens_at, entry=entry)
    monkeypatch.setattr("governance.calendar.clock.now", lambda: ballot.opens_at + HOUR)
    tablet, path = Client(), f"/ballots/{ballot.pk}/kiosk/"

    start = tablet.get(path)
    first = {"code": code, "turn": start.context["turn"]}
    marks = tablet.post(path, first)
    second = {"code": code, "act": "cast", "choices": "1", "turn": marks.context["turn"]}
    back = tablet.post(path, first)  # the browser's back button, and the form sent again
    done = tablet.post(path, second)

    vote = Vote.objects.get()
    assert (vote.entry, vote.channel, vote.choices) == (entry, "KIOSK", [])
    for answer in (start, marks, done):
        assert "no-store" in answer["Cache-Control"]
        assert answer["Clear-Site-Data"] == '"cache"'
        assert set(answer.cookies) <= {"csrftoken"}
        ways_out = {
            part.split('"')[0] for part in answer.content.decode().split("<a ")[1:] for part in part.split('href="')[1:]
        }
        assert ways_out <= {path}
        assert "site-head" not in answer.content.decode()
    assert (marks["Refresh"], done["Refresh"]) == (f"300; url={path}", f"60; url={path}")
    assert (back.status_code, back["Location"], back.content) == (302, path, b"")
    assert vote.receipt in done.content.decode()
    assert code not in done.content.decode()
    assert "sessionid" not in tablet.cookies
    for again in (first, second, {"code": code}):
        assert (tablet.post(path, again).status_code, Vote.objects.count()) == (302, 1)
    anew = tablet.post(path, {"code": code, "turn": tablet.get(path).context["turn"]})
    assert anew.status_code == 409
    assert vote.receipt not in anew.content.decode()
    assert vote.receipt not in tablet.get(path).content.decode()


def test_a_slip_is_printed_by_staff_on_the_ballots_page(place: Place) -> None:
    ballot = place.open()
    number = entry_of(ballot, place.voters[0]).number
    staff, other = Client(), Client()
    sign_in(staff, place.staff)
    sign_in(other, UserFactory(resident=True))

    shown = staff.post(f"/ballots/{ballot.pk}/slips/", {"number": number})

    assert shown.status_code == 200
    assert "no-store" in shown["Cache-Control"]
    assert other.post(f"/ballots/{ballot.pk}/slips/", {"number": number}).status_code == 403
    assert staff.get(f"/ballots/{ballot.pk}/script/").status_code == 200
    assert other.get(f"/ballots/{ballot.pk}/script/").status_code == 403


# --------------------------------------------------------------------------------------------------------------- reach


def test_a_published_result_is_shown_on_other_pages_and_a_running_one_is_not(place: Place) -> None:
    ballot = place.open()
    place.cast(ballot, [[1]] * 5)
    visitor = Client()
    assert visitor.get(f"/ballots/{ballot.pk}/result.svg").status_code == 404
    assert visitor.get(f"/ballots/{ballot.pk}/embed/").status_code == 404
    place.publish(ballot)

    picture, frame = visitor.get(f"/ballots/{ballot.pk}/result.svg"), visitor.get(f"/ballots/{ballot.pk}/embed/")

    assert picture["Content-Type"] == "image/svg+xml"
    assert ballot.question in picture.content.decode()
    assert "X-Frame-Options" not in frame
    assert "frame-ancestors *" in frame["Content-Security-Policy"]
    assert "<script" not in frame.content.decode()
    assert "<table" in frame.content.decode()


def test_the_booklet_and_what_is_proven_are_for_everybody(place: Place) -> None:
    ballot = place.freeze(place.prepare(method="SINGLE", options=[("甲方案", "说明"), ("乙方案", "")]))
    visitor = Client()

    booklet = visitor.get(f"/ballots/{ballot.pk}/booklet.pdf")

    assert booklet.status_code in {200, 503}  # 503 where the machine cannot print
    if booklet.status_code == 200:
        assert booklet.content.startswith(b"%PDF")
    assert visitor.get("/ballots/secrecy/").status_code == 200
