"""Who clears a bank line up, how old it becomes, and what they and the supervisors see of it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from communities.bodies.models import Seat
from funds.banking import operations
from funds.banking.models import BankAllocation, BankLine
from funds.banking.queries import ages_of, ages_of_journals, charities_watched_by
from funds.charity.models import CommunityFund, HostCharity
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.calendar import clock
from governance.errors import NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.communities import LONG_AGO, BodyFactory, BodyMembershipFactory
from tests.factories.funds_charity import CharityAppointmentFactory
from tests.factories.funds_reinvestment import BankLineFactory
from tests.funds.banking.test_headings import HEADINGS
from tests.funds.banking.test_operations import statement
from tests.funds.banking.test_parts import Post, line_of, posted, together
from tests.people import House, desk_client, session_client, sign_in, token_client

__all__ = ["posted"]
pytestmark = pytest.mark.django_db
BASE = "/api/v1"


def page_client(user: User) -> Client:
    """Return a browser of a person who is signed in."""
    client = Client()
    sign_in(client, user)
    return client


DESK = "/desk/funds/bankline/"


# --- In charge


def test_a_line_is_given_to_somebody_of_the_charity(
    charity: HostCharity, importer: User, charity_officer: User, stranger: User, now: dt.datetime
) -> None:
    line = line_of(charity, importer, "5")

    operations.assign_line(by=importer, line=line, owner=charity_officer, now=now)

    fresh = BankLine.objects.get()
    assert (fresh.owner, fresh.owned_at, fresh.reminded_days) == (charity_officer, now, None)
    assert AuditEntry.objects.get(verb="funds.bank_line.assigned").after == {"owner": charity_officer.pk}
    assert OutboxEvent.objects.get(topic="funds.bank_line.assigned").payload == {"owner": charity_officer.pk}
    with pytest.raises(operations.OwnerUnfit):
        operations.assign_line(by=importer, line=line, owner=stranger, now=now)
    with pytest.raises(NotAllowed):
        operations.assign_line(by=stranger, line=line, owner=charity_officer, now=now)
    operations.set_line_aside(by=charity_officer, line=line, reason="银行差错", now=now)
    with pytest.raises(operations.LineNotFree):
        operations.assign_line(by=importer, line=line, owner=charity_officer, now=now)


def test_who_is_in_charge_is_reminded_once_at_each_age(
    charity: HostCharity, importer: User, charity_officer: User, system: User, now: dt.datetime
) -> None:
    line = line_of(charity, importer, "5", booked_on=now.date())
    line_of(charity, importer, "6", booked_on=now.date())
    operations.assign_line(by=importer, line=line, owner=charity_officer, now=now)

    def sent(days: int) -> int:
        return operations.remind_owners(by=system, now=now, today=now.date() + dt.timedelta(days=days))

    assert [sent(7), sent(8), sent(8), sent(30), sent(31), sent(91), sent(400)] == [0, 1, 0, 0, 1, 1, 0]
    payloads = OutboxEvent.objects.filter(topic="funds.bank_line.reminder").order_by("pk").values_list("payload")
    assert [payload["days"] for (payload,) in payloads] == [8, 31, 91]
    operations.set_line_aside(by=charity_officer, line=line, reason="银行差错", now=now)
    assert sent(500) == 0


# --- Ages


def test_ages_have_their_bounds(charity: HostCharity, importer: User, now: dt.datetime) -> None:
    today = now.date()
    for days in (0, 7, 8, 30, 31, 90, 91, 400):
        line_of(charity, importer, "10", booked_on=today - dt.timedelta(days=days))

    ages = ages_of(BankLine.objects.all(), charity.division, today)

    assert [(age.first, age.last, age.lines, age.amount) for age in ages] == [
        (0, 7, 2, Decimal(20)),
        (8, 30, 2, Decimal(20)),
        (31, 90, 2, Decimal(20)),
        (91, None, 2, Decimal(20)),
    ]


def test_ages_count_what_is_left_on_both_sides(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User, now: dt.datetime
) -> None:
    line = line_of(charity, importer, "300", booked_on=now.date())
    [first, _second] = together(charity_officer, [line], [posted("100"), posted("200")], now)
    operations.take_part_back(by=charity_officer, part=first, reason="错", now=now)

    lines = ages_of(BankLine.objects.all(), charity.division, now.date())
    journals = ages_of_journals(charity, now.date())

    assert [(age.lines, age.amount) for age in lines] == [(1, Decimal(100)), (0, 0), (0, 0), (0, 0)]
    assert [(age.lines, age.amount) for age in journals] == [(1, Decimal(100)), (0, 0), (0, 0), (0, 0)]


WATCHERS = {"charity_officer", "auditor", "district_admin", "supervisor", "street_officer", "street_reviewer"}


def test_charities_are_watched_by_those_who_keep_or_oversee_their_money(
    fund: CommunityFund, charity: HostCharity, house: House
) -> None:
    for name, person in house.people.items():
        sees = charities_watched_by(person).filter(pk=charity.pk).exists()
        assert sees == (name in WATCHERS), name
        assert sees == person.has_perm("funds.view_bank_ageing", charity), name


@pytest.mark.parametrize(("seat", "watches"), [(Seat.SUPERVISOR, True), (Seat.ORGANIZATION, False)])
def test_a_seat_shows_the_money_of_the_charity_to_who_supervises_a_fund_only(
    fund: CommunityFund, charity: HostCharity, house: House, seat: Seat, watches: bool
) -> None:
    member, body = house.people["resident"], fund.committee or BodyFactory(division=fund.division)
    CommunityFund.objects.filter(pk=fund.pk).update(committee=body)
    BodyMembershipFactory(body=body, seat=seat, user=member, name=member.display_name)

    assert charities_watched_by(member).filter(pk=charity.pk).exists() == watches
    assert page_client(member).get(f"/bank/{charity.pk}/").status_code == (200 if watches else 404)


# --- Pages


def test_the_page_shows_payers_to_the_charity_only(
    fund: CommunityFund, charity: HostCharity, importer: User, house: House
) -> None:
    today = clock.today()
    BankLineFactory(
        charity=charity, imported_by=importer, payer="某某有限公司", memo="秘密", owner=importer,
        booked_on=today - dt.timedelta(days=100),
    )  # fmt: skip
    address = f"/bank/{charity.pk}/"

    officer = page_client(house.people["charity_officer"]).get(address)
    supervisor = page_client(house.people["supervisor"]).get(address)

    assert (officer.status_code, supervisor.status_code) == (200, 200)
    assert "某某有限公司" in officer.content.decode()
    assert "秘密" in officer.content.decode()
    assert "某某有限公司" not in supervisor.content.decode()
    assert "秘密" not in supervisor.content.decode()
    assert "151,200.00" in supervisor.content.decode()
    assert "<svg" in supervisor.content.decode()
    assert page_client(house.people["resident"]).get(address).status_code == 404
    assert page_client(house.people["resident"]).get("/bank/").status_code == 403
    assert address in page_client(house.people["supervisor"]).get("/bank/").content.decode()


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_as_often_for_one_line_as_for_three(
    *, count: int, fund: CommunityFund, charity: HostCharity, importer: User, charity_officer: User
) -> None:
    for _number in range(count):
        BankLineFactory(charity=charity, imported_by=importer, owner=importer)
    client = page_client(charity_officer)
    client.get("/bank/")

    with CaptureQueriesContext(
        connection,
    ) as asked:
        client.get(f"/bank/{charity.pk}/")

    assert len(asked) == 11


# --- Desk


def test_lines_are_matched_by_hand_on_the_desk(
    posted: Post, charity: HostCharity, importer: User, charity_officer: User
) -> None:
    line = line_of(charity, importer, "300")
    journals = [posted("100"), posted("200")]
    posted("50")
    client = desk_client(charity_officer)

    listed = client.post(DESK, {"action": "match_selected", "_selected_action": [line.pk]})
    page = client.get(listed["Location"])
    wrong = client.post(f"{DESK}by-hand/", {"line": line.pk, "journal": [journals[0].pk]})
    done = client.post(f"{DESK}by-hand/", {"line": line.pk, "journal": [row.pk for row in journals]})

    assert page.context["ticked_journals"] == {row.pk for row in journals}
    assert (wrong.status_code, done.status_code) == (200, 302)
    assert "200.00" in wrong.content.decode()
    assert BankLine.objects.get().status == "MATCHED"
    part = BankAllocation.objects.order_by("pk")[0]
    client.post(f"/desk/funds/bankallocation/{part.pk}/deeds/take-back/", {"reason": "错"})
    assert BankLine.objects.get().status == "PARTLY"
    assert client.get("/desk/funds/bankallocation/").status_code == 200
    assert client.get(f"/desk/funds/bankallocation/{part.pk}/change/").status_code == 200


def test_a_line_is_assigned_and_waits_on_the_desk(charity: HostCharity, importer: User, charity_officer: User) -> None:
    line = line_of(charity, importer, "300")
    client = desk_client(charity_officer)

    page = client.get(f"{DESK}{line.pk}/assign/")
    empty = client.post(f"{DESK}{line.pk}/assign/")
    done = client.post(f"{DESK}{line.pk}/assign/", {"owner": importer.pk})

    assert (page.status_code, empty.status_code, done.status_code) == (200, 400, 302)
    assert BankLine.objects.get().owner == importer
    assert line.bank_reference in client.get("/desk/").content.decode()


def test_headings_are_saved_and_used_on_the_desk(charity: HostCharity, charity_officer: User) -> None:
    client = desk_client(charity_officer)
    said = {"charity": charity.pk, "name": "农商行", "account": "6222021234567890123"}
    columns = {f"column_{key}": text for key, text in HEADINGS.items()}

    wrong = client.post(f"{DESK}headings/", {**said, **columns, "account": "abc"})
    saved = client.post(f"{DESK}headings/", {**said, **columns})
    mapping = charity.column_mappings.get()
    file = SimpleUploadedFile(
        "x.csv", "账号,6222021234567890123\n过账日,方向,发生数,谁,号\n2026-03-02,贷,9,甲,A1\n".encode()
    )
    looked = client.post(f"{DESK}take-in/", {"charity": charity.pk, "mapping": mapping.pk, "file": file, "look": ""})
    taken = client.post(f"{DESK}take-in/", {"kept": looked.context["kept"]})

    assert (wrong.status_code, saved.status_code, taken.status_code) == (400, 302, 302)
    assert BankLine.objects.get().account == "6222021234567890123"


def test_a_file_of_50_mb_is_refused_on_the_desk(charity: HostCharity, charity_officer: User) -> None:
    file = SimpleUploadedFile("x.csv", b"x" * (50 * 1024 * 1024))

    page = desk_client(charity_officer).post(f"{DESK}take-in/", {"charity": charity.pk, "file": file})

    assert "50 MB" in page.content.decode()
    assert not BankLine.objects.exists()


# --- API


def test_a_partner_takes_a_file_in_once_and_matches_it_once(
    posted: Post, charity: HostCharity, house: House, importer: User
) -> None:
    CharityAppointmentFactory(charity=charity, user=house.people["service_client"], valid_from=LONG_AGO)
    partner = token_client(house.people["service_client"])
    journal = posted("7")

    def send(key: str) -> Any:
        file = SimpleUploadedFile("x.csv", statement("2026-03-02,7,甲,,R1"))
        return partner.post(
            f"{BASE}/bank-lines/files",
            {"charity": charity.pk, "file": file},
            format="multipart",
            HTTP_IDEMPOTENCY_KEY=key,
        )

    first, again, other = send("a"), send("a"), send("b")
    line = BankLine.objects.get()
    refused = partner.post(f"{BASE}/bank-parts", {"lines": [line.pk], "journals": [journal.pk]})
    officer = session_client(house.people["charity_officer"])
    body = {"lines": [line.pk], "journals": [journal.pk]}
    made = officer.post(f"{BASE}/bank-parts", body, headers={"Idempotency-Key": "c"})
    repeated = officer.post(f"{BASE}/bank-parts", body, headers={"Idempotency-Key": "c"})

    assert (first.status_code, first.json()) == (201, {"imported": 1, "repeated": 0, "debits": 0})
    assert again.json() == first.json()
    assert other.json() == {"imported": 0, "repeated": 1, "debits": 0}
    assert (refused.status_code, refused.json()["code"]) == (403, "same_person")
    assert (made.status_code, repeated.json()) == (201, made.json())
    assert BankAllocation.objects.count() == 1


def test_parts_and_ages_in_the_api(
    posted: Post, charity: HostCharity, house: House, importer: User, now: dt.datetime
) -> None:
    line = line_of(charity, importer, "300")
    client = session_client(house.people["charity_officer"])
    unequal = client.post(f"{BASE}/bank-parts", {"lines": [line.pk], "journals": [posted("200").pk]})
    [part] = client.post(f"{BASE}/bank-parts", {"lines": [line.pk], "journals": [posted("300").pk]}).json()
    no_reason = client.post(f"{BASE}/bank-parts/{part['id']}/take_back", {})
    back = client.post(f"{BASE}/bank-parts/{part['id']}/take_back", {"reason": "错"})
    assigned = client.post(f"{BASE}/bank-lines/{line.pk}/assign", {"owner": house.people["charity_officer"].pk})
    unfit = client.post(f"{BASE}/bank-lines/{line.pk}/assign", {"owner": house.people["stranger"].pk})
    ages = session_client(house.people["supervisor"]).get(f"{BASE}/bank-lines/ages?charity={charity.pk}")

    assert (unequal.status_code, unequal.json()["code"]) == (400, "sums_differ")
    assert (no_reason.status_code, back.status_code, back.json()["reverses"]) == (400, 201, part["id"])
    assert client.get(f"{BASE}/bank-parts?standing=true").json()["results"] == []
    assert (assigned.json()["owner"], unfit.json()["code"]) == (house.people["charity_officer"].pk, "owner_unfit")
    assert sum(age["count"] for age in ages.json()["lines"]) == 1
    assert (
        session_client(house.people["resident"]).get(f"{BASE}/bank-lines/ages?charity={charity.pk}").status_code == 403
    )
    assert client.get(f"{BASE}/bank-lines/ages?charity=x").status_code == 404
    assert client.get(f"{BASE}/bank-lines?waiting=true&owner={house.people['charity_officer'].pk}").json()["results"]


def test_headings_in_the_api(charity: HostCharity, charity_officer: User) -> None:
    client = session_client(charity_officer)
    body = {
        "charity": charity.pk,
        "kind": "BANK",
        "name": "农商行",
        "account": "6222021234567890123",
        "columns": HEADINGS,
    }

    made = client.post(f"{BASE}/column-mappings", body)
    wrong = client.post(f"{BASE}/column-mappings", {**body, "account": "12"})

    assert (made.status_code, made.json()["kind"]) == (201, "BANK")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "account_unfit")
