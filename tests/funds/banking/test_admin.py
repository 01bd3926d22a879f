"""Taking bank statements in and confirming matches on the desk."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from funds.banking import operations
from funds.banking import upload as upload_room
from funds.banking.models import BankLine, BankMatch
from funds.banking.upload import UploadGone
from funds.charity.models import HostCharity
from funds.reinvestment.models import ReinvestmentOrder
from governance.accounts.models import User
from governance.calendar import clock
from tests.factories.accounts import UserFactory
from tests.factories.funds_reinvestment import BankLineFactory
from tests.funds.banking.test_operations import arrived, statement
from tests.people import House, desk_client

pytestmark = pytest.mark.django_db
LINES = "/desk/funds/bankline/"
TAKE_IN = f"{LINES}take-in/"
MATCHES = "/desk/funds/bankmatch/"
GOOD = "2026-03-02,1.00,甲,,R1"


def upload(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("流水.csv", statement(*lines), content_type="text/csv")


def test_a_file_is_looked_over_and_taken_in(charity: HostCharity, charity_officer: User) -> None:
    client = desk_client(charity_officer)

    looked = client.post(TAKE_IN, {"charity": charity.pk, "file": upload(GOOD), "look": ""})
    before = BankLine.objects.count()
    taken = client.post(TAKE_IN, {"charity": charity.pk, "file": upload(GOOD)})

    assert (looked.status_code, before) == (200, 0)
    assert "R1" in looked.content.decode()
    assert (taken.status_code, BankLine.objects.get().bank_reference) == (302, "R1")
    assert client.get(LINES).status_code == 200


def looked_over(client: Client, charity: HostCharity, *lines: str) -> str:
    page = client.post(TAKE_IN, {"charity": charity.pk, "file": upload(*lines), "look": ""})
    word: str = page.context["kept"]
    return word


def test_what_was_looked_over_is_taken_in_without_choosing_it_again(
    charity: HostCharity, charity_officer: User
) -> None:
    client = desk_client(charity_officer)
    word = looked_over(client, charity, GOOD)

    taken = client.post(TAKE_IN, {"kept": word})
    again = client.post(TAKE_IN, {"kept": word})

    assert (taken.status_code, BankLine.objects.get().bank_reference) == (302, "R1")
    assert str(UploadGone.message) in again.content.decode()
    assert BankLine.objects.count() == 1


def test_a_file_with_bad_rows_is_not_kept(charity: HostCharity, charity_officer: User) -> None:
    page = desk_client(charity_officer).post(
        TAKE_IN, {"charity": charity.pk, "file": upload(GOOD, "2026-03-02,1,甲,,6.21E+17"), "look": ""}
    )

    assert "6.21E+17" in page.content.decode()
    assert "kept" not in page.context


def test_a_kept_file_is_for_its_person_its_hour_and_its_word(charity: HostCharity, charity_officer: User) -> None:
    now = clock.now()
    word = upload_room.keep(by=charity_officer, charity=charity, name="a.csv", data=statement(GOOD), now=now)
    somebody = UserFactory.create()

    assert upload_room.find(by=charity_officer, word=word, now=now + upload_room.KEPT_FOR).name == "a.csv"
    for by, said, when in (
        (somebody, word, now),
        (charity_officer, word + "x", now),
        (charity_officer, word, now + upload_room.KEPT_FOR + dt.timedelta(seconds=1)),
        (charity_officer, word, now - dt.timedelta(seconds=1)),
    ):
        with pytest.raises(UploadGone):
            upload_room.find(by=by, word=said, now=when)


def test_files_that_nobody_came_back_for_are_removed(
    charity: HostCharity, charity_officer: User, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    now = clock.now()
    word = upload_room.keep(by=charity_officer, charity=charity, name="a.csv", data=statement(GOOD), now=now)

    assert upload_room.sweep(now=now + dt.timedelta(minutes=59)) == 0
    assert upload_room.sweep(now=now + dt.timedelta(hours=2)) == 1
    with pytest.raises(UploadGone):
        upload_room.find(by=charity_officer, word=word, now=now)


def test_bad_rows_are_listed(charity: HostCharity, charity_officer: User) -> None:
    client = desk_client(charity_officer)

    page = client.post(TAKE_IN, {"charity": charity.pk, "file": upload(GOOD, "2026-03-02,1,甲,,6.21E+17")})

    assert page.status_code == 200
    assert "6.21E+17" in page.content.decode()
    assert BankLine.objects.count() == 0


def test_a_file_that_is_none_is_refused(charity: HostCharity, charity_officer: User) -> None:
    client = desk_client(charity_officer)

    page = client.post(TAKE_IN, {"charity": charity.pk, "file": SimpleUploadedFile("a.xlsx", b"no workbook")})

    assert (page.status_code, BankLine.objects.count()) == (200, 0)


def test_only_the_charity_takes_in(house: House) -> None:
    assert desk_client(house.people["auditor"]).get(TAKE_IN).status_code == 403


def test_a_match_is_confirmed_at_the_desk(
    order: ReinvestmentOrder, importer: User, system: User, charity_officer: User
) -> None:
    operations.suggest_match(by=system, line=arrived(order, importer), order=order, now=clock.now())
    match, client = BankMatch.objects.get(), desk_client(charity_officer)

    page = client.get(f"{MATCHES}{match.pk}/change/")
    client.post(f"{MATCHES}{match.pk}/deeds/confirm/")

    assert page.status_code == 200
    assert ReinvestmentOrder.objects.get(pk=order.pk).status == "RECEIVED"
    assert client.get(MATCHES).status_code == 200


def test_a_line_is_matched_by_hand_or_set_aside(
    order: ReinvestmentOrder, importer: User, charity_officer: User
) -> None:
    line, client = arrived(order, importer, memo=""), desk_client(charity_officer)
    other = BankLineFactory(charity=line.charity)

    wrong = client.post(f"{LINES}{line.pk}/deeds/suggest/", {"reference": "FB1999-000001"})
    client.post(f"{LINES}{line.pk}/deeds/suggest/", {"reference": order.reference.lower()})
    client.post(f"{LINES}{other.pk}/deeds/set-aside/", {"reason": "个人捐赠"})

    assert wrong.status_code == 200
    assert BankMatch.objects.get().order == order
    assert BankLine.objects.get(pk=other.pk).status == "SET_ASIDE"
