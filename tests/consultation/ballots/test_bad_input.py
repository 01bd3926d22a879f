"""Bad input to ballots, on every surface that takes it: page, slip, API, desk, operation, and the database behind them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from communities.people.models import Resident
from consultation.ballots import operations
from consultation.ballots.lifecycle import nothing_stands_against_it
from consultation.ballots.models import Ballot, BallotOption, RollEntry, Vote, VoteDraft
from consultation.ballots.papers.models import BatchSheet, PaperBatch, PaperVote
from consultation.ballots.papers.sheets import BatchElsewhere
from consultation.ballots.rolls.models import CodeSlip, OwnedUnit, Proxy
from consultation.ballots.rolls.operations import OwnershipEnded
from consultation.ballots.voting import NotOnRoll
from governance.accounts.models import User
from tests.consultation.ballots.test_batches import filled, opened, signed_in
from tests.consultation.ballots.test_concurrency import together
from tests.consultation.ballots.test_operations import refused
from tests.consultation.ballots.test_rolls import OWNERS, identity, proxy, unit, written
from tests.consultation.pictures import photo
from tests.factories.accounts import UserFactory
from tests.factories.consultation_ballots import DAY, HOUR, Place, entry_of
from tests.people import desk_client, session_client, sign_in, token_client
from tests.walls import violated

UNITS, PROXIES, BATCHES, SHEETS, ROLL, BALLOTS = (
    f"/desk/consultation/{name}/" for name in ("ownedunit", "proxy", "paperbatch", "papervote", "rollentry", "ballot")
)
pytestmark = pytest.mark.usefixtures("english")


@pytest.fixture(autouse=True)
def media(tmp_path: Any, settings: Any) -> None:
    """An empty folder for stored files."""
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return what sets the clock of the surfaces."""

    def put(moment: dt.datetime) -> None:
        monkeypatch.setattr("governance.calendar.clock.now", lambda: moment)
        monkeypatch.setattr("governance.calendar.clock.today", moment.date)

    return put


def browser_of(user: User) -> Client:
    """Return somebody's browser."""
    made = Client()
    sign_in(made, user)
    return made


def cast_everywhere(ballot: Ballot, user: User, marks: int = 1) -> tuple[int, int]:
    """Try to vote by page and by API, and return what both answered."""
    page = browser_of(user).post(f"/ballots/{ballot.pk}/vote/", {"act": "cast", "choices": str(marks)})
    call = session_client(user).post(f"/api/v1/ballots/{ballot.pk}/cast", {"choices": [marks]})
    return page.status_code, call.status_code


# ------------------------------------------------------------------------------ two people at the same name and building


def test_two_people_of_one_name_and_building_are_told_apart_everywhere(place: Place, clock: Any) -> None:
    for year in (1950, 1980):
        row = place.resident("张伟", birth_on=dt.date(year, 1, 1))
        Resident.objects.filter(pk=row.pk).update(address="3幢2单元")
    ballot = place.open()
    clock(ballot.opens_at + HOUR)
    older, younger = ballot.roll.filter(name="张伟").order_by("label")
    desk, caller = desk_client(place.staff), session_client(place.staff)

    roll = desk.get(f"{ROLL}?q=张伟").content.decode()
    assert roll.count("3幢2单元 · 1950") == roll.count("3幢2单元 · 1980") == 1
    script = browser_of(place.staff).get(f"/ballots/{ballot.pk}/script/").content.decode()
    assert "year of birth" in script
    # One votes on paper by the number on the roll; the other one still votes on the web, and only the other one.
    sheet = {"ballot": ballot.pk, "number": older.number, "serial_number": "A-1", "choices": [1]}
    made = caller.post("/api/v1/paper-votes", sheet).json()
    again = session_client(place.colleague).post(f"/api/v1/paper-votes/{made['id']}/check", {"choices": [1]})
    assert again.json()["is_cast"] is True
    assert cast_everywhere(ballot, _user_of(older)) == (409, 409)
    assert cast_everywhere(ballot, _user_of(younger)) == (302, 409)  # by the page, then it has voted
    assert sorted(Vote.objects.values_list("entry", flat=True)) == sorted([older.pk, younger.pk])


def _user_of(entry: RollEntry) -> User:
    assert entry.user is not None
    return entry.user


def test_owners_of_one_name_and_building_stay_two_and_one_owner_stays_one(place: Place) -> None:
    desk = desk_client(place.staff)
    given = {
        "division": place.division.pk,
        "use": "HOME",
        "owner_name": "王小明",
        "area": "80",
        "valid_from": "2020-01-01",
    }
    for number, owner in ((1, 1), (2, 2), (3, 2)):
        added = {"label": f"1-10{number}", "certificate_number": f"川-{number}", "owner_identity": identity(owner)}
        assert desk.post(f"{UNITS}add/", {**given, **added}).status_code == 302

    ballot = place.freeze(place.prepare(**OWNERS))

    assert sorted(ballot.roll.values_list("label", "area")) == [("1-101", 8000), ("1-102, 1-103", 16000)]


# ------------------------------------------------------------------------------- a resident who moved after the freeze


def test_who_moved_after_the_freeze_still_votes_by_every_way(place: Place, clock: Any) -> None:
    ballot = place.open()
    clock(ballot.opens_at + HOUR)
    Resident.objects.filter(user__in=place.voters).update(left_on=place.now.date())
    first, second, third, *_others = place.voters

    assert cast_everywhere(ballot, first) == (302, 409)
    assert session_client(second).post(f"/api/v1/ballots/{ballot.pk}/cast", {"choices": [1]}).status_code == 201
    number = entry_of(ballot, third).number
    sheet = {"ballot": ballot.pk, "number": number, "serial_number": "A", "marks": "1", "channel": "PAPER"}
    assert desk_client(place.staff).post(f"{SHEETS}add/", sheet).status_code == 302
    assert Vote.objects.count() == 2
    # And who came after the freeze does not, whatever the register says today.
    place.resident("新居民")
    assert cast_everywhere(ballot, place.voters[-1]) == (403, 403)
    assert Vote.objects.count() == 2


# --------------------------------------------------------------------------------------------------- a vote by a minor


def test_a_minor_votes_by_no_way(place: Place, clock: Any) -> None:
    minor = place.resident("未成年人", birth_on=dt.date(2010, 1, 1)).user
    assert minor is not None
    ballot = place.open()
    clock(ballot.opens_at + HOUR)
    desk = desk_client(place.staff)

    assert cast_everywhere(ballot, minor) == (403, 403)
    refused(NotOnRoll, operations.cast_vote, by=minor, now=ballot.opens_at, ballot=ballot, choices=[1])
    assert not RollEntry.objects.filter(user=minor).exists()
    draft = session_client(minor).post(f"/api/v1/ballots/{ballot.pk}/draft", {"choices": [1]})
    assert draft.status_code == 403
    page = browser_of(minor).get(f"/ballots/{ballot.pk}/vote/").content.decode()
    assert "You are not on the roll of this ballot." in page
    entry = {"ballot": ballot.pk, "number": ballot.entitled + 1, "serial_number": "A", "marks": "1", "channel": "PAPER"}
    assert "not on the roll" in desk.post(f"{SHEETS}add/", entry).content.decode()
    assert browser_of(place.staff).post(f"/ballots/{ballot.pk}/slips/", {"number": entry["number"]}).status_code == 403
    assert (Vote.objects.count(), VoteDraft.objects.count(), PaperVote.objects.count(), CodeSlip.objects.count()) == (
        0,
        0,
        0,
        0,
    )


def test_a_minor_who_owns_is_registered_by_the_guardian(place: Place) -> None:
    desk = desk_client(place.staff)
    given = {
        "division": place.division.pk,
        "label": "1-101",
        "use": "HOME",
        "certificate_number": "川-1",
        "area": "80",
        "owner_name": "小朋友",
        "owner_identity": identity(1, "20150101"),
        "valid_from": "2020-01-01",
    }

    answer = desk.post(f"{UNITS}add/", given)

    shown = answer.content.decode()
    assert answer.status_code == 200
    assert "The owner is under eighteen" in shown
    assert 'value="1-101"' in shown
    assert "小朋友" in shown  # everything that was typed is kept
    assert OwnedUnit.objects.count() == 0


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"owner_identity": "123"}, "identity number"),
        ({"area": "-1"}, "it is above zero"),
        ({"area": "0"}, "it is above zero"),
        ({"label": ""}, "required"),
        ({"area": "1e9"}, "digits"),
        ({"owner_identity": "9" * 30}, "identity number"),
    ],
)
def test_a_unit_that_cannot_be_is_refused_on_the_desk(place: Place, wrong: dict[str, str], said: str) -> None:
    given = {
        "division": place.division.pk,
        "label": "1-101",
        "use": "HOME",
        "certificate_number": "川-1",
        "area": "80",
        "owner_name": "王小明",
        "owner_identity": identity(1),
        "valid_from": "2020-01-01",
        **wrong,
    }

    answer = desk_client(place.staff).post(f"{UNITS}add/", given)

    assert answer.status_code == 200
    assert said in answer.content.decode()
    assert OwnedUnit.objects.count() == 0


def test_an_ownership_is_ended_on_the_desk_and_never_before_it_began(place: Place) -> None:
    desk, row = desk_client(place.staff), unit(place, "1-101", 0, "80")
    address = f"{UNITS}{row.pk}/deeds/end/"

    before = desk.post(address, {"on": (row.valid_from - DAY).isoformat()})
    assert "cannot end before that day" in before.content.decode()
    row.refresh_from_db()
    assert row.valid_to is None
    desk.post(address, {"on": row.valid_from.isoformat()})
    row.refresh_from_db()
    assert row.valid_to == row.valid_from
    refused(OwnershipEnded, operations.end_unit, by=place.staff, now=place.now, unit=row, on=place.now.date())


# ---------------------------------------------------------------------------------------------- a proxy over the limit


@pytest.fixture
def owned(place: Place) -> Ballot:
    """A frozen ballot of five owners."""
    for owner in range(5):
        unit(place, f"1-10{owner}", owner, "50")
    return place.freeze(place.prepare(**OWNERS))


def test_a_proxy_over_the_limit_is_refused_on_the_desk_and_votes_for_nobody(
    place: Place, owned: Ballot, clock: Any
) -> None:
    clock(place.now)
    holder, desk = place.voters[4], desk_client(place.staff)
    numbers = {voter: entry_of(owned, voter).number for voter in place.voters}

    def register(principal: User, **changes: Any) -> Any:
        given = {
            "ballot": owned.pk,
            "principal_number": numbers[principal],
            "holder_number": numbers[holder],
            "relation": "CHILD",
            "paper_file": SimpleUploadedFile("p.jpg", photo(), "image/jpeg"),
            **changes,
        }
        return desk.post(f"{PROXIES}add/", given)

    for principal in place.voters[:3]:
        assert register(principal).status_code == 302
    over = register(place.voters[3])
    assert over.status_code == 200
    assert "more than 3 is not allowed" in over.content.decode()
    assert f'value="{numbers[place.voters[3]]}"' in over.content.decode()
    for wrong, said in (
        ({"principal_number": 99}, "99"),
        ({"relation": "NEIGHBOUR"}, "NEIGHBOUR"),
        ({"paper_file": ""}, "required"),
    ):
        answer = register(place.voters[3], **wrong)
        assert answer.status_code == 200, said
    assert Proxy.objects.count() == 3
    operations.open_due_ballots(by=place.system, now=owned.opens_at)
    clock(owned.opens_at + HOUR)
    browser, unrepresented = browser_of(holder), numbers[place.voters[3]]
    address = f"/ballots/{owned.pk}/vote/?for={{}}"
    for number in (unrepresented, "abc", "9" * 40, "-1", "²"):
        assert browser.post(address.format(number), {"act": "cast", "choices": "1"}).status_code == 403
    assert browser.post(address.format(numbers[place.voters[0]]), {"act": "save", "choices": "1"}).status_code == 404
    assert (Vote.objects.count(), VoteDraft.objects.count()) == (0, 0)
    assert browser.post(address.format(numbers[place.voters[0]]), {"act": "cast", "choices": "1"}).status_code == 302
    vote = Vote.objects.get()
    assert (vote.by_proxy, vote.entry.number) == (True, numbers[place.voters[0]])


def test_a_holder_sees_neither_the_marks_nor_the_vote_of_whom_they_represent(
    place: Place, owned: Ballot, clock: Any
) -> None:
    principal, holder, other = place.voters[:3]
    for represented in (principal, other):
        proxy(place, owned, represented, holder, paper=written(place))
    operations.open_due_ballots(by=place.system, now=owned.opens_at)
    clock(owned.opens_at + HOUR)
    operations.save_draft(by=principal, now=owned.opens_at + HOUR, ballot=owned, choices=[2])
    browser = browser_of(holder)

    def page(of: User) -> str:
        address = f"/ballots/{owned.pk}/vote/?for={entry_of(owned, of).number}"
        return browser.get(address).content.decode()

    before = page(principal)
    assert ("checked" in before, "Your marks are saved" in before) == (False, False)
    operations.cast_vote(by=principal, now=owned.opens_at + HOUR, ballot=owned, choices=[2])
    after = page(principal)
    assert "it has voted already, or you hold no proxy for it" in after
    assert Vote.objects.get().receipt not in after

    number = entry_of(owned, other).number
    browser.post(f"/ballots/{owned.pk}/vote/?for={number}", {"act": "cast", "choices": "1"})
    assert f"The vote for number {number} has been cast" in page(other)
    assert Vote.objects.get(by_proxy=True).receipt in page(other)


def test_a_proxy_is_withdrawn_on_the_desk_with_a_reason(place: Place, owned: Ballot, clock: Any) -> None:
    clock(place.now)
    row, desk = proxy(place, owned, place.voters[0], place.voters[1], paper=written(place)), desk_client(place.staff)

    desk.post(f"{PROXIES}{row.pk}/deeds/revoke/", {"reason": ""})
    row.refresh_from_db()
    assert row.revoked_at is None
    desk.post(f"{PROXIES}{row.pk}/deeds/revoke/", {"reason": "本人要求撤回"})

    row.refresh_from_db()
    assert row.revoked_at is not None


# ------------------------------------------------------------------------------ a paper batch whose total is off by one


@pytest.mark.parametrize("signed", [2, 4])
def test_an_open_batch_off_by_one_counts_by_no_way(place: Place, clock: Any, signed: int) -> None:
    ballot = place.open()
    batch = opened(place, ballot, signed)
    filled(place, batch, 3)
    clock(ballot.opens_at + 4 * HOUR)

    call = session_client(place.colleague).post(f"/api/v1/paper-batches/{batch.pk}/accept")
    desk = desk_client(place.colleague)
    desk.post(f"{BATCHES}{batch.pk}/moves/accept/")
    shown = desk.get(f"{BATCHES}{batch.pk}/change/").content.decode()

    assert (call.status_code, call.json()["code"]) == (409, "totals_differ")
    assert f"{signed} names on the sign-in sheet" in shown or f"{signed} signed" in shown
    found = violated("UPDATE consultation_paperbatch SET status = 'ACCEPTED' WHERE id = %s", batch.pk)
    assert found == "paperbatch_totals_agree"
    assert (Vote.objects.count(), PaperBatch.objects.get().status) == (0, "OPEN")
    totals = session_client(place.staff).get(f"/api/v1/paper-batches/{batch.pk}/totals").json()
    assert totals == {"signed": signed, "names": 3, "sheets": 3, "unchecked": 0, "agree": False}


def test_a_secret_batch_off_by_one_is_mended_and_counts(place: Place, clock: Any) -> None:
    ballot = place.open(is_secret=True)
    at = ballot.opens_at + HOUR
    clock(at)
    first, second = session_client(place.staff), session_client(place.colleague)
    numbers = [entry_of(ballot, voter).number for voter in place.voters]
    made = first.post("/api/v1/paper-batches", {"ballot": ballot.pk, "channel": "PAPER", "signed": 3})
    assert made.status_code == 201
    address = f"/api/v1/paper-batches/{made.json()['id']}"

    # The sign-in sheet comes whole: two names of three, or four, leave nothing behind.
    for names in (numbers[:2], numbers[:4]):
        answer = first.post(f"{address}/sign-in", {"numbers": names})
        assert (answer.status_code, answer.json()["code"]) == (400, "sign_in_differs")
    assert Vote.objects.count() == 0
    assert first.post(f"{address}/sign-in", {"numbers": numbers[:3]}).status_code == 200
    # Two sheets of three are entered and checked; the third was missed. The pile is entered anew, whole.
    assert first.post(f"{address}/enter", {"sheets": [[1], [2]]}).status_code == 200
    assert second.post(f"{address}/check", {"sheets": [[1], [2]]}).status_code == 200
    off = second.post(f"{address}/accept")
    assert (off.status_code, off.json()["code"]) == (409, "totals_differ")
    again = first.post(f"{address}/enter", {"sheets": [[1], [2], []]})
    assert (again.status_code, again.json()["code"]) == (400, "reason_missing")
    whole = {"sheets": [[1], [2], []]}
    assert first.post(f"{address}/enter", {**whole, "reason": "漏录一张"}).status_code == 200
    own = first.post(f"{address}/check", whole)
    assert (own.status_code, own.json()["code"]) == (403, "same_person")
    differs = second.post(f"{address}/check", {"sheets": [[1], [3], []]})
    assert (differs.status_code, differs.json()["code"]) == (400, "piles_differ")
    assert second.post(f"{address}/check", whole).status_code == 200
    given_up = second.post(f"{address}/give_up", {"reason": "？"})
    assert (given_up.status_code, given_up.json()["code"]) == (409, "batch_has_signatures")
    assert first.post(f"{address}/accept").json()["code"] == "same_person"
    assert second.post(f"{address}/accept").json()["status"] == "ACCEPTED"
    assert BatchSheet.objects.count() == 0
    assert place.count(ballot).result.cast == 3


def test_a_pile_is_entered_on_the_desk_by_two(place: Place, clock: Any) -> None:
    ballot = place.open(is_secret=True)
    clock(ballot.opens_at + HOUR)
    first, second = desk_client(place.staff), desk_client(place.colleague)
    given = {"ballot": ballot.pk, "channel": "PAPER"}

    bad = first.post(f"{BATCHES}add/", {**given, "signed": "0"})
    assert (bad.status_code, PaperBatch.objects.count()) == (200, 0)
    assert first.post(f"{BATCHES}add/", {**given, "signed": "2"}).status_code == 302
    batch = PaperBatch.objects.get()
    numbers = [entry_of(ballot, voter).number for voter in place.voters[:2]]
    deeds = f"{BATCHES}{batch.pk}/deeds"

    assert "one numbers" not in first.post(f"{deeds}/sign_in/", {"numbers": "一二"}).content.decode()
    assert "Nobody was signed in" in first.post(f"{deeds}/sign_in/", {"numbers": str(numbers[0])}).content.decode()
    assert Vote.objects.count() == 0
    first.post(f"{deeds}/sign_in/", {"numbers": "、".join(map(str, numbers))})
    assert Vote.objects.count() == 2
    wrong = first.post(f"{deeds}/enter/", {"sheets": "9\n1"})
    assert "not an option" in wrong.content.decode()
    assert "9\r\n1" in wrong.content.decode().replace("\r\n", "\n").replace("\n", "\r\n")
    first.post(f"{deeds}/enter/", {"sheets": "1\n-"})
    assert "differ at these places" in second.post(f"{deeds}/check/", {"sheets": "2\n-"}).content.decode()
    second.post(f"{deeds}/check/", {"sheets": "1\n-"})
    second.post(f"{BATCHES}{batch.pk}/moves/accept/")
    batch.refresh_from_db()
    assert batch.status == "ACCEPTED"


def test_partners_and_strangers_take_no_batches_in(place: Place, clock: Any) -> None:
    ballot = place.open()
    clock(ballot.opens_at + HOUR)
    body = {"ballot": ballot.pk, "channel": "PAPER", "signed": 1}
    batch = opened(place, ballot, 1)

    for client in (token_client(place.staff), session_client(place.voters[0]), session_client(place.supervisor)):
        assert client.post("/api/v1/paper-batches", body).status_code == 403
    assert session_client(None).post("/api/v1/paper-batches", body).status_code == 401
    assert session_client(UserFactory(resident=True)).get(f"/api/v1/paper-batches/{batch.pk}").status_code == 403
    for bad in ({"signed": 0}, {"signed": "x"}, {"channel": "WEB"}, {"ballot": 0}):
        assert session_client(place.staff).post("/api/v1/paper-batches", {**body, **bad}).status_code == 400
    assert PaperBatch.objects.count() == 1


def test_a_sheet_gets_into_no_batch_that_was_given_up(place: Place, clock: Any) -> None:
    ballot = place.open()
    batch = opened(place, ballot, 1)
    stale = PaperBatch.objects.get(pk=batch.pk)
    operations.give_up_batch(by=place.staff, now=ballot.opens_at + HOUR, batch=batch, reason="点错人数")
    clock(ballot.opens_at + 2 * HOUR)
    entry = entry_of(ballot, place.voters[0])
    sheet = {"ballot": ballot.pk, "number": entry.number, "serial_number": "A", "choices": [1], "batch": batch.pk}

    call = session_client(place.staff).post("/api/v1/paper-votes", sheet)
    assert (call.status_code, call.json()["code"]) == (400, "batch_elsewhere")
    with pytest.raises(BatchElsewhere):
        operations.enter_paper_vote(
            by=place.staff,
            now=ballot.opens_at + HOUR,
            ballot=ballot,
            entry=entry,
            serial_number="A",
            choices=[1],
            batch=stale,
        )
    new = (
        "INSERT INTO consultation_papervote (ballot_id, entry_id, batch_id, channel, serial_number, choices, entered_at, "
        "entered_by_id, void_reason) VALUES (%s, %s, %s, 'PAPER', 'A', '{1}', now(), %s, '')"
    )
    assert violated(new, ballot.pk, entry.pk, batch.pk, place.staff.pk) == "papervote_batch_is_open"
    assert PaperVote.objects.count() == 0


# ------------------------------------------------------------------------ the same person on paper and web at one moment


@pytest.mark.django_db(transaction=True)
def test_one_person_on_paper_page_api_and_slip_in_one_moment_counts_once(now: dt.datetime, clock: Any) -> None:
    place = Place(now)
    place.populate(5)
    ballot = place.open()
    at = ballot.opens_at + HOUR
    clock(at)
    people = []
    for number, voter in enumerate(place.voters):
        entry = entry_of(ballot, voter)
        given: dict[str, Any] = {"ballot": ballot, "entry": entry, "serial_number": f"A-{number}", "choices": [2]}
        paper = operations.enter_paper_vote(by=place.staff, now=at, **given)
        _slip, code = operations.print_slip(by=place.staff, now=at, entry=entry)
        people.append((voter, paper, code, browser_of(voter), session_client(voter)))
    checker = [session_client(place.colleague) for _person in people]

    def one(thread: int) -> int:
        number, way = divmod(thread, 4)
        _voter, paper, code, browser, caller = people[number]
        if way == 0:
            answer = browser.post(f"/ballots/{ballot.pk}/vote/", {"act": "cast", "choices": "1"})
        elif way == 1:
            answer = caller.post(f"/api/v1/ballots/{ballot.pk}/cast", {"choices": [1]})
        elif way == 2:
            answer = checker[number].post(f"/api/v1/paper-votes/{paper.pk}/check", {"choices": [2]})
        else:
            marks = {"code": code, "act": "cast", "choices": "3"}
            answer = Client().post(f"/ballots/{ballot.pk}/code/", marks)
        return int(answer.status_code)

    statuses = together(one, 20)

    assert set(statuses) <= {200, 201, 302, 409}
    assert sorted(Vote.objects.values_list("entry__user", flat=True)) == sorted(voter.pk for voter in place.voters)
    assert place.count(ballot).result.cast == 5


# ---------------------------------------------------------------------------------------- a ballot opened without notice


def test_no_ballot_opens_without_a_notice(place: Place) -> None:
    ballot = place.prepare()
    caller, desk = session_client(place.staff), desk_client(place.staff)

    assert caller.post(f"/api/v1/ballots/{ballot.pk}/open").status_code == 404  # no such move for people
    assert browser_of(place.staff).post(f"/ballots/{ballot.pk}/moves/", {"move": "open"}).status_code == 404
    assert desk.post(f"{BALLOTS}{ballot.pk}/moves/open/").status_code in {302, 403, 404}
    assert operations.open_due_ballots(by=place.system, now=ballot.opens_at) == []
    assert nothing_stands_against_it(ballot) is not None
    frozen = place.freeze(ballot)
    assert frozen.notice is not None
    # A frozen ballot without its notice cannot even be written.
    assert "Cannot update rows" in violated("UPDATE consultation_ballot SET notice_id = NULL WHERE id = %s", frozen.pk)
    frozen.refresh_from_db()
    assert frozen.status == "FROZEN"


# ------------------------------------------------------------------------------------- options changed after the freeze


def test_options_of_a_frozen_ballot_change_by_no_way(place: Place) -> None:
    ballot = place.freeze(place.prepare(method="SINGLE", options=[("甲", ""), ("乙", "")]))
    before = list(ballot.options.values_list("number", "title", "text", "cost"))
    caller, desk = session_client(place.staff), desk_client(place.staff)
    body = {"options": [{"title": "丙"}, {"title": "丁"}], "question": "？"}

    for method in ("put", "patch", "delete"):
        assert getattr(caller, method)(f"/api/v1/ballots/{ballot.pk}", body).status_code in {403, 405}
    form = {"question": "？", "options": "丙\n丁", "most_choices": "2"}
    assert desk.post(f"{BALLOTS}{ballot.pk}/change/", form).status_code in {302, 403}
    assert desk.post(f"{BALLOTS}{ballot.pk}/delete/", {"post": "yes"}).status_code in {302, 403, 404}
    assert desk.get("/desk/consultation/ballotoption/").status_code == 404
    for statement in (
        "UPDATE consultation_ballotoption SET title = '丙' WHERE ballot_id = %s",
        "DELETE FROM consultation_ballotoption WHERE ballot_id = %s",
        "INSERT INTO consultation_ballotoption (ballot_id, number, title, text) VALUES (%s, 3, '丙', '')",
    ):
        assert violated(statement, ballot.pk) == "ballotoption_fixed_by_the_freeze"
    assert list(BallotOption.objects.filter(ballot=ballot).values_list("number", "title", "text", "cost")) == before
    ballot.refresh_from_db()
    assert ballot.question != "？"


# -------------------------------------------------------------------------------------- results asked for before closing


@pytest.mark.parametrize("is_secret", [False, True])
def test_before_publication_there_is_no_result_to_be_had(
    place: Place, clock: Any, is_secret: bool, caplog: Any
) -> None:
    """That nothing anywhere differs by what was chosen is proven in test_secrecy; here each address says no by itself."""
    ballot = place.open(is_secret=is_secret, method="SINGLE", options=[("甲方案", ""), ("乙方案", "")])
    place.cast(ballot, [[1], [1], [1], [2], [2]])
    desk = desk_client(place.staff)
    for stage in ("OPEN", "CLOSED", "COUNTED"):
        if stage == "CLOSED":
            place.close(ballot)
        if stage == "COUNTED":
            place.count(ballot)
        clock(ballot.opens_at + 2 * HOUR if stage == "OPEN" else ballot.closes_at + 2 * HOUR)
        for user in (None, place.staff, place.supervisor, place.voters[4]):
            caller, browser = session_client(user), browser_of(user) if user else Client()
            assert caller.get(f"/api/v1/ballots/{ballot.pk}/results").status_code == 409
            for path, status in (("ballot.jsonl", 409), ("result.svg", 404), ("embed/", 404)):
                assert browser.get(f"/ballots/{ballot.pk}/{path}").status_code == status
            page = browser.get(f"/ballots/{ballot.pk}/").content.decode()
            assert "result-table" not in page
            assert 'id="result"' not in page
        for name in ("vote", "votedraft", "ballotpaper", "ballotresult", "batchsheet", "batchsignature"):
            assert desk.get(f"/desk/consultation/{name}/").status_code == 404
        assert desk.get(f"{BALLOTS}{ballot.pk}/change/").status_code == 200
    said = "\n".join(f"{record.getMessage()} {record.__dict__}" for record in caplog.records)
    assert "甲方案" not in said
    assert "is_passed" not in said


def test_a_signed_batch_shows_no_marks(place: Place, clock: Any) -> None:
    ballot = place.open(is_secret=True)
    clock(ballot.opens_at + HOUR)
    batch = signed_in(place, ballot, 2)
    operations.enter_sheets(by=place.staff, now=ballot.opens_at + HOUR, batch=batch, sheets=[[2], [2]])

    shown = session_client(place.staff).get(f"/api/v1/paper-batches/{batch.pk}").json()

    assert set(shown) == {
        "id",
        "ballot",
        "number",
        "channel",
        "signed",
        "status",
        "opened_at",
        "accepted_at",
        "voided_at",
    }
