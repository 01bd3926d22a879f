"""The registrar's file of credit lists: read, looked over, confirmed by another, entered; codes that lost digits."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import tablib
from django.core.files.base import ContentFile
from django.utils.translation import override

from communities.territory.files.tables import FileUnusable
from communities.territory.spreadsheet import TextXLSX
from governance.jobs.operations import run_due
from governance.lifecycle import SamePerson
from governance.outbox.models import OutboxEvent
from socialorgs.register.intake import operations, tasks
from socialorgs.register.intake.models import RegisterSheet
from socialorgs.register.models import CreditListing
from tests.factories.socialorgs_register import CreditListingFactory, OrganizationFactory
from tests.people import desk_client

pytestmark = pytest.mark.django_db
assert tasks.run_reading
HEADINGS = ("统一社会信用代码", "社会组织名称", "列入名单", "决定文号", "列入事由", "列入日期", "移出日期")


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


@pytest.fixture
def body(people: SimpleNamespace) -> Any:
    return OrganizationFactory(division=people.community, active=True)


def row(body: Any, **more: Any) -> list[Any]:
    given = {
        "code": body.credit_code,
        "name": body.name,
        "list": "活动异常名录",
        "number": "自民异〔2026〕1号",
        "reason": "未报送年度工作报告",
        "listed": "2026-02-01",
        "removed": "",
        **more,
    }
    return list(given.values())


def read(people: SimpleNamespace, now: dt.datetime, *rows: list[Any], name: str = "名单.csv") -> RegisterSheet:
    data = tablib.Dataset(*rows, headers=HEADINGS)
    content = TextXLSX().export_data(data) if name.endswith("xlsx") else data.export("csv").encode("gb18030")
    sheet = operations.upload_sheet(
        by=people.street_officer,
        now=now,
        division=people.street,
        file=ContentFile(content),
        name=name,
        kind="LISTINGS",
    )
    run_due(by=people.system, clock=lambda: now)
    sheet.refresh_from_db()
    return sheet


def confirm(people: SimpleNamespace, now: dt.datetime, sheet: RegisterSheet, **more: Any) -> RegisterSheet:
    operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet, **more)
    run_due(by=people.system, clock=lambda: now)
    sheet.refresh_from_db()
    return sheet


@pytest.mark.parametrize("name", ["名单.csv", "名单.xlsx"])
def test_a_file_lists_and_takes_off_what_another_confirms(
    people: SimpleNamespace, now: dt.datetime, body: Any, name: str
) -> None:
    known: CreditListing = CreditListingFactory(organization__division=people.community, listed_on=dt.date(2026, 1, 5))
    ends = row(
        known.organization,
        list="严重违法失信名单",
        number=known.decision_number,
        listed="2026-01-05",
        removed="2026/03/02",
    )
    sheet = read(people, now, row(body), ends, name=name)
    assert (sheet.status, sheet.fresh, sheet.changed, sheet.same, sheet.bad) == ("READ", 1, 1, 0, 0)
    assert CreditListing.objects.count() == 1
    own = _uploaded_by_reviewer(people, now, body)
    with pytest.raises(SamePerson):
        operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=own)

    sheet = confirm(people, now, sheet)

    known.refresh_from_db()
    made = body.listings.get()
    assert (sheet.status, sheet.fresh, sheet.changed, sheet.bad) == ("ENTERED", 1, 1, 0)
    assert (made.credit_list, made.listed_on, made.entered_by) == (
        "ABNORMAL",
        dt.date(2026, 2, 1),
        people.street_reviewer,
    )
    assert known.removed_on == dt.date(2026, 3, 2)
    assert OutboxEvent.objects.filter(topic="socialorgs.listing.recorded").count() == 1
    assert sheet.rows.count() == 0


def _uploaded_by_reviewer(people: SimpleNamespace, now: dt.datetime, body: Any) -> RegisterSheet:
    data = tablib.Dataset(row(body, number="另一号"), headers=HEADINGS)
    sheet = operations.upload_sheet(
        by=people.street_reviewer,
        now=now,
        division=people.street,
        file=ContentFile(data.export("csv").encode()),
        name="另一.csv",
        kind="LISTINGS",
    )
    run_due(by=people.system, clock=lambda: now)
    sheet.refresh_from_db()
    return sheet


def test_the_same_file_again_changes_nothing(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    confirm(people, now, read(people, now, row(body)))

    again = read(people, now, row(body), row(body, reason="文字不同", number=" 自民异〔2026〕1号 "), name="再次.csv")

    assert (again.fresh, again.same, again.bad) == (0, 1, 1)
    with pytest.raises(operations.SheetHoldsNothing):
        operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=again, leave_out_bad=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"code": "5.2510302E+17"}, "rounded"),
        ({"code": "525103020000000000"}, "rounded"),
        ({"code": "52510302MJQ00001"}, "18 characters"),
        ({"code": "52510302MJQ000016F"}, "mistyped"),
        ({"code": ""}, "is empty"),
        ({"code": "515103025000000153"}, "No organization"),
        ({"list": "黑名单"}, "none of the possible values"),
        ({"listed": "2026年2月"}, "not a date"),
        ({"listed": "2099-03-05"}, "lies between"),
        ({"removed": "2026-01-31"}, "earliest"),
        ({"number": ""}, "is empty"),
        ({"reason": "法人电话 13812345678"}, "number"),
    ],
)
def test_a_wrong_row_is_named(
    people: SimpleNamespace, now: dt.datetime, body: Any, more: dict[str, str], said: str
) -> None:
    other = OrganizationFactory(division=people.community, active=True)
    sheet = read(people, now, row(other, number="2号"), row(body, **more))

    assert (sheet.fresh, sheet.bad) == (1, 1)
    reason = sheet.rows.get(verdict="BAD").reason
    assert reason.startswith("Row 3: ")
    assert said in reason
    with pytest.raises(operations.SheetRowsUnusable):
        operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)


def test_a_body_of_another_street_is_not_listed_from_here(people: SimpleNamespace, now: dt.datetime) -> None:
    far = OrganizationFactory(active=True)

    sheet = read(people, now, row(far))

    assert (sheet.fresh, sheet.bad) == (0, 1)


def test_what_somebody_entered_meanwhile_is_named(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    sheet = read(people, now, row(body))
    CreditListingFactory(organization=body, credit_list="ABNORMAL", decision_number="自民异〔2026〕1号")

    sheet = confirm(people, now, sheet)

    assert (sheet.status, sheet.fresh, sheet.bad) == ("ENTERED", 0, 1)
    assert body.listings.count() == 1


@pytest.mark.parametrize(("name", "content"), [("名单.csv", b"a,b\n1,2\n"), ("名单.pdf", b"%PDF"), ("名单.csv", b"")])
def test_a_file_that_is_none(people: SimpleNamespace, now: dt.datetime, name: str, content: bytes) -> None:
    given = {"by": people.street_officer, "now": now, "division": people.street, "name": name, "kind": "LISTINGS"}
    if content.startswith(b"a,b"):
        sheet = operations.upload_sheet(file=ContentFile(content), **given)
        run_due(by=people.system, clock=lambda: now)
        sheet.refresh_from_db()
        assert sheet.status == "UNREADABLE"
    else:
        with pytest.raises(FileUnusable):
            operations.upload_sheet(file=ContentFile(content), **given)


def test_the_desk_shows_what_a_file_says(people: SimpleNamespace, now: dt.datetime, body: Any) -> None:
    sheet = read(people, now, row(body), row(body, code="5.2510302E+17"))

    page = desk_client(people.street_reviewer).get(f"/desk/socialorgs/registersheet/{sheet.pk}/change/")

    text = page.content.decode()
    assert "自民异〔2026〕1号" in text
    assert "5.2510302E+17" in text
