"""Files as people send them: other columns, rare names, formulas, far too large, and one file from two desks at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Barrier
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from openpyxl import Workbook

from communities.territory.spreadsheet import TextXLSX
from funds.enterprises.models import CommunityEnterprise
from funds.enterprises.records.models import BusinessRecord
from funds.enterprises.records.spreadsheet import RecordSheet
from governance.accounts.models import User
from governance.calendar import clock
from tests.people import desk_client

HEADERS = ["kind", "line", "month", "amount", "description", "party", "evidence_kind", "evidence_number"]
ROW = ["REVENUE", "MARKET", "2025-03", "1,234.50", "摊位费", "㐂悦𠮷祥商行", "INVOICE", "FP1"]
LARGE = 50 * 1024 * 1024


def wide(text: str) -> str:
    """Write a number in full width."""
    return text.translate({ord(sign): ord(sign) + 0xFEE0 for sign in "0123456789."})


def workbook(*rows: list[Any]) -> SimpleUploadedFile:
    """Return an uploaded workbook with these rows."""
    book = Workbook()
    for row in rows:
        book.worksheets[0].append(row)
    out = BytesIO()
    book.save(out)
    return SimpleUploadedFile("记录.xlsx", out.getvalue())


def looked(people: SimpleNamespace, *rows: list[Any]) -> Any:
    """Let the accountant look a file over on the page of the enterprise."""
    client = Client()
    client.force_login(people.accountant)
    return client.post(f"/enterprises/{people.enterprise.pk}/records/import/", {"file": workbook(*rows)})


@pytest.mark.django_db
def test_rare_signs_and_blanks_come_in_as_they_are(people: SimpleNamespace) -> None:
    client, home = Client(), f"/enterprises/{people.enterprise.pk}/records/import/"
    client.force_login(people.accountant)
    row = [f" {cell}  " if isinstance(cell, str) else cell for cell in ROW]

    word = client.post(home, {"file": workbook(HEADERS, row)}).context["word"]
    done = client.post(home, {"word": word})

    record = BusinessRecord.objects.get()
    assert done.status_code == 302
    assert (record.party, record.evidence_number, f"{record.amount}") == ("㐂悦𠮷祥商行", "FP1", "1234.50")
    assert record.party in client.get(f"/enterprises/{people.enterprise.pk}/books/?year=2025").content.decode()


@pytest.mark.django_db
def test_columns_in_another_order_and_unknown_ones(people: SimpleNamespace) -> None:
    order = [*reversed(HEADERS), "备注"]

    page = looked(people, order, [*reversed(ROW), "随便"])

    assert (page.context["look"].new, page.context["look"].ignored) == (1, ["备注"])
    assert "备注" in page.content.decode()
    assert page.context["word"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("headers", "row"),
    [
        ([name for name in HEADERS if name != "amount"], ROW[:3] + ROW[4:]),
        ([*HEADERS, "amount"], [*ROW, "9"]),
        (["户名", "卡号", "余额"], ["张三", "1", "2"]),
        ([None] * 8, ROW),
    ],
)
def test_another_sheet_is_refused_whole(people: SimpleNamespace, headers: list[Any], row: list[Any]) -> None:
    page = looked(people, headers, row)

    assert (page.status_code, page.context["word"]) == (200, "")
    assert len(page.context["look"].wrong) == 1
    assert not BusinessRecord.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("amount", ["=1+1", "1,000.005", "1e5", "-1", wide("1000.005"), chr(0xFFE5)])
def test_a_wrong_amount_is_said_on_the_page(people: SimpleNamespace, amount: str) -> None:
    row = [amount if cell == "1,234.50" else cell for cell in ROW]

    page = looked(people, HEADERS, ROW, row)

    assert page.context["word"] == ""
    assert amount in page.content.decode()
    assert "3" in page.context["look"].wrong[0]
    assert not BusinessRecord.objects.exists()


@pytest.mark.django_db
def test_fifty_megabytes_are_not_read(people: SimpleNamespace) -> None:
    client = Client()
    client.force_login(people.accountant)
    file = SimpleUploadedFile("记录.xlsx", b"PK" + bytes(LARGE))

    page = client.post(f"/enterprises/{people.enterprise.pk}/records/import/", {"file": file})
    file.seek(0)
    desk = desk_client(people.community_staff).post(
        "/desk/funds/businessrecord/import/", {"import_file": file, "format": "0", "resource": "0"}
    )

    assert "50.0" in page.context["form"].errors["file"][0]
    assert "50.0" in desk.context["form"].errors["import_file"][0]
    assert not BusinessRecord.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_one_file_from_two_desks_at_once(people: SimpleNamespace) -> None:
    CommunityEnterprise.objects.filter(pk=people.enterprise.pk).update(name="三八路社区服务有限公司")
    rows = [[*ROW[:-1], f"FP{number}", "三八路社区服务有限公司"] for number in range(20)]
    data = workbook([*HEADERS, "enterprise"], *rows).read()
    users, start = (people.accountant.pk, people.community_staff.pk), Barrier(2, timeout=60)

    def take_in(user: int) -> Any:
        try:
            dataset, by = TextXLSX().create_dataset(data), User.objects.get(pk=user)
            start.wait()
            return RecordSheet().import_data(dataset, user=by, now=clock.now(), rollback_on_validation_errors=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(take_in, users))

    assert sorted(result.totals["new"] for result in results) == [0, 20]
    assert sorted(result.totals["skip"] for result in results) == [0, 20]
    assert not any(result.has_errors() or result.has_validation_errors() for result in results)
    assert BusinessRecord.objects.count() == 20
