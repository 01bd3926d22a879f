"""Large sheets of the register: read by a worker, looked over, confirmed by another, entered once."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from zipfile import ZipFile

import pytest
import tablib
from django.core.files.base import ContentFile
from django.utils.translation import override

from communities.territory.models import Division
from communities.territory.spreadsheet import TextXLSX
from governance.audit.models import AuditEntry
from governance.jobs.models import Job
from governance.jobs.operations import Progress, run_due
from governance.lifecycle import MoveClosed, SamePerson
from governance.outbox.models import OutboxEvent
from socialorgs.register.intake import operations, reading, tasks
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow
from socialorgs.register.models import SocialOrganization
from tests.factories.funds_enterprises import credit_code
from tests.factories.socialorgs_register import OrganizationFactory
from tests.people import desk_client, token_client
from tests.socialorgs.register.conftest import CODE
from tests.socialorgs.register.test_surfaces import FILED, SHEET
from tests.walls import alone, copied, violated

pytestmark = pytest.mark.django_db
DESK = "/desk/socialorgs/registersheet/"
assert tasks.run_reading


@pytest.fixture(autouse=True)
def in_english() -> Iterator[None]:
    with override("en"):
        yield


def workbook(*rows: dict[str, Any]) -> bytes:
    """Return a workbook of the register with these rows."""
    data = tablib.Dataset(headers=list(SHEET))
    for row in rows:
        data.append([row.get(key, "") for key in SHEET])
    return TextXLSX().export_data(data)


def upload(people: SimpleNamespace, now: dt.datetime, *rows: dict[str, Any], **more: Any) -> RegisterSheet:
    """Take a sheet of the street in."""
    content = more.pop("content", None) or workbook(*rows)
    given = {"by": people.street_officer, "division": people.street, "name": "登记簿.xlsx", **more}
    return operations.upload_sheet(now=now, file=ContentFile(content), **given)


def read(people: SimpleNamespace, now: dt.datetime, *rows: dict[str, Any]) -> RegisterSheet:
    """Take a sheet in and let the worker read it."""
    sheet = upload(people, now, *rows)
    run_due(by=people.system, clock=lambda: now)
    sheet.refresh_from_db()
    return sheet


def reasons(sheet: RegisterSheet) -> list[str]:
    return list(sheet.rows.filter(verdict="BAD").order_by("number").values_list("reason", flat=True))


def test_a_sheet_is_read_confirmed_by_another_and_entered(people: SimpleNamespace, now: dt.datetime) -> None:
    known = OrganizationFactory(division=people.community, active=True, capital="30000.00", name="旧名")
    changed = {**SHEET, "credit_code": known.credit_code, "name": "新名"}
    sheet = read(people, now, SHEET, FILED, changed)
    assert (sheet.status, sheet.fresh, sheet.changed, sheet.same, sheet.bad) == ("READ", 2, 1, 0, 0)
    assert SocialOrganization.objects.count() == 1

    operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)
    run_due(by=people.system, clock=lambda: now)

    sheet.refresh_from_db()
    known.refresh_from_db()
    made = SocialOrganization.objects.get(credit_code=CODE)
    assert (sheet.status, sheet.fresh, sheet.changed, sheet.bad) == ("ENTERED", 2, 1, 0)
    assert (made.status, made.entered_by, made.verified_by) == ("ACTIVE", people.street_officer, people.street_reviewer)
    assert (known.name, known.contact) == ("新名", "办公室")
    assert SocialOrganization.objects.get(filing_number="备3").members_count == 9
    assert RegisterSheetRow.objects.count() == 0
    verbs = AuditEntry.objects.filter(object_key=str(made.pk)).order_by("pk").values_list("verb", "actor")
    assert list(verbs) == [
        ("socialorgs.organization.entered", people.street_officer.pk),
        ("socialorgs.organization.verified", people.street_reviewer.pk),
    ]
    assert OutboxEvent.objects.filter(topic="socialorgs.organization.verified").count() == 2
    job = Job.objects.get(kind=operations.ENTER)
    assert (job.status, job.done, job.total, job.counts) == ("DONE", 3, 3, {"created": 3})


def test_the_same_sheet_again_changes_nothing(people: SimpleNamespace, now: dt.datetime) -> None:
    content = workbook(SHEET, FILED)
    sheet = upload(people, now, content=content)
    run_due(by=people.system, clock=lambda: now)
    operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)
    run_due(by=people.system, clock=lambda: now)

    with pytest.raises(operations.SheetKnown):
        upload(people, now, content=content)
    again = read(people, now, SHEET, FILED, {**FILED, "filing_number": ""})

    assert (again.same, again.bad) == (2, 1)
    with pytest.raises(operations.SheetHoldsNothing):
        operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=again, leave_out_bad=True)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"credit_code": 5.2510302e17}, "rounded"),
        ({"credit_code": "525103020000000000"}, "rounded"),
        ({"credit_code": CODE[:-1] + "G"}, "Row 3"),
        ({"credit_code": CODE[:-1]}, "18 characters"),
        ({"credit_code": "91510302MA6000016H"}, "company"),
        ({"credit_code": ""}, "credit code"),
        ({"founded_on": "2099-01-01"}, "future"),
        ({"street": "郭家坳街街道", "community": "芭蕉冲社区"}, "no community|not a place"),
        ({"organization_type": "COMPANY"}, "possible values"),
        ({"members_count": "约三十"}, "whole number"),
    ],
)
def test_a_wrong_row_is_named_and_nothing_is_entered(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], said: str
) -> None:
    sheet = read(people, now, FILED, {**SHEET, **more})

    assert (sheet.status, sheet.fresh, sheet.bad) == ("READ", 1, 1)
    assert reasons(sheet)[0].startswith("Row 3: ")
    assert any(word in reasons(sheet)[0] for word in said.split("|"))
    with pytest.raises(operations.SheetRowsUnusable):
        operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)
    assert SocialOrganization.objects.count() == 0


def test_a_workbook_that_states_its_own_size_wrong_loses_no_rows(people: SimpleNamespace, now: dt.datetime) -> None:
    rows = [
        {**SHEET, "name": f"第{number}中心", "credit_code": credit_code(number, "52510302MJ")} for number in range(3)
    ]
    packed = BytesIO()
    with ZipFile(BytesIO(workbook(*rows))) as whole, ZipFile(packed, "w") as lying:
        for part in whole.infolist():
            text = whole.read(part)
            if part.filename == "xl/worksheets/sheet1.xml":
                text = re.sub(rb"<dimension[^>]*/>", b"", text).replace(
                    b"<sheetData>", b'<dimension ref="A1:B2"/><sheetData>'
                )
            lying.writestr(part, text)
    sheet = upload(people, now, content=packed.getvalue())
    run_due(by=people.system, clock=lambda: now)
    sheet.refresh_from_db()
    job = Job.objects.order_by("pk").first()

    assert (sheet.status, sheet.fresh, sheet.bad) == ("READ", 3, 0)
    assert job is not None
    assert (job.total, job.done) == (3, 3)


def test_a_sheet_is_read_in_parts_up_to_its_limit(
    people: SimpleNamespace, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "AT_ONCE", 2)
    monkeypatch.setattr(reading, "MAX_ROWS", 4)
    rows = [
        {**SHEET, "name": f"第{number}中心", "credit_code": credit_code(number, "52510302MJ")} for number in range(5)
    ]
    blank: dict[str, Any] = {}

    sheet = read(people, now, *rows[:3], blank, blank, rows[3])
    refused = read(people, now, *rows)

    assert (sheet.status, sheet.fresh) == ("READ", 4)
    assert (refused.status, refused.rows.count()) == ("UNREADABLE", 0)
    assert "4" in refused.problem


def test_a_code_twice_in_one_sheet_is_named_with_the_first_row(people: SimpleNamespace, now: dt.datetime) -> None:
    sheet = read(people, now, SHEET, {**SHEET, "name": "另一个名字"})

    assert reasons(sheet) == [f"Row 3: “{CODE}” already stands in row 2."]


def test_an_organization_that_ended_or_lies_elsewhere_is_not_changed(people: SimpleNamespace, now: dt.datetime) -> None:
    ended = OrganizationFactory(division=people.community, deregistered=True)
    elsewhere = OrganizationFactory(division=Division.objects.get(name__startswith="盐店街"), active=True)

    sheet = read(
        people, now, {**SHEET, "credit_code": ended.credit_code}, {**SHEET, "credit_code": elsewhere.credit_code}
    )

    assert sheet.bad == 2
    assert "deregistered" in reasons(sheet)[0]
    assert "belongs to" in reasons(sheet)[1]


def test_a_code_entered_meanwhile_makes_its_row_unusable(people: SimpleNamespace, now: dt.datetime) -> None:
    sheet = read(people, now, SHEET, FILED)
    operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)
    OrganizationFactory(division=people.community, credit_code=CODE, active=True)

    run_due(by=people.system, clock=lambda: now)

    sheet.refresh_from_db()
    assert (sheet.status, sheet.fresh, sheet.bad) == ("ENTERED", 1, 1)
    assert "by somebody else" in reasons(sheet)[0]


def test_who_uploaded_does_not_confirm(people: SimpleNamespace, now: dt.datetime) -> None:
    sheet = upload(people, now, SHEET, by=people.street_reviewer)
    run_due(by=people.system, clock=lambda: now)
    sheet.refresh_from_db()

    with pytest.raises(SamePerson):
        operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)

    name = violated(f"UPDATE socialorgs_registersheet SET confirmed_by_id = uploaded_by_id WHERE id = {sheet.pk}")
    assert name == "registersheet_confirmed_by_another"


def test_a_worker_that_dies_is_followed_by_one_that_goes_on(
    people: SimpleNamespace, now: dt.datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [
        {**SHEET, "credit_code": credit_code(700 + count, "52510302MJ"), "name": f"第{count}中心"} for count in range(5)
    ]
    sheet = read(people, now, *rows)
    operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)
    monkeypatch.setattr(tasks, "AT_ONCE", 2)
    steps = iter([True, True, False])
    going = Progress.step

    def die(self: Progress, done: int, **counts: int) -> None:
        if not next(steps, True):
            raise ConnectionError
        going(self, done, **counts)

    monkeypatch.setattr(Progress, "step", die)
    run_due(by=people.system, clock=lambda: now)
    assert SocialOrganization.objects.count() == 4

    run_due(by=people.system, clock=lambda: now + dt.timedelta(minutes=5))

    assert SocialOrganization.objects.count() == 5
    assert Job.objects.get(kind=operations.ENTER).status == "DONE"


@pytest.mark.parametrize(("content", "said"), [(b"PK nothing", "cannot be read"), (workbook()[:200], "cannot be read")])
def test_what_is_no_workbook_is_refused_at_once(
    people: SimpleNamespace, now: dt.datetime, content: bytes, said: str
) -> None:
    with pytest.raises(Exception, match=said):
        operations.upload_sheet(
            by=people.street_officer, now=now, division=people.street, file=ContentFile(content), name="a.xlsx"
        )
    with pytest.raises(operations.SheetNotAWorkbook):
        operations.upload_sheet(
            by=people.street_officer, now=now, division=people.street, file=ContentFile(workbook()), name="a.csv"
        )
    assert RegisterSheet.objects.count() == 0


def test_a_sheet_without_a_column_is_given_up(people: SimpleNamespace, now: dt.datetime) -> None:
    content = TextXLSX().export_data(tablib.Dataset(["x"], headers=["name"]))
    sheet = operations.upload_sheet(
        by=people.street_officer, now=now, division=people.street, file=ContentFile(content), name="a.xlsx"
    )

    run_due(by=people.system, clock=lambda: now)

    sheet.refresh_from_db()
    assert sheet.status == "UNREADABLE"
    assert "no column" in sheet.problem


def test_a_discarded_sheet_leaves_no_rows(people: SimpleNamespace, now: dt.datetime) -> None:
    sheet = read(people, now, SHEET)

    operations.discard_sheet(by=people.street_officer, now=now, sheet=sheet, reason="旧表")

    assert RegisterSheetRow.objects.count() == 0
    with pytest.raises(MoveClosed):
        operations.confirm_sheet(by=people.street_reviewer, now=now, sheet=sheet)


def test_the_desk_takes_a_sheet_in_and_shows_its_rows(people: SimpleNamespace, now: dt.datetime) -> None:
    officer, reviewer = desk_client(people.street_officer), desk_client(people.street_reviewer)
    file = BytesIO(workbook(SHEET, {**FILED, "members_count": 1}))
    file.name = "登记簿.xlsx"

    answer = officer.post(f"{DESK}take-in/", {"division": people.street.pk, "file": file})
    sheet = RegisterSheet.objects.get()
    running = officer.get(answer["Location"])
    run_due(by=people.system, clock=lambda: now + dt.timedelta(days=3650))
    shown = reviewer.get(answer["Location"])
    refused = reviewer.post(f"{DESK}{sheet.pk}/moves/confirm/", {})
    done = reviewer.post(f"{DESK}{sheet.pk}/moves/confirm/", {"leave_out_bad": "on"})

    assert running["Refresh"] == "2"
    assert "第3行" in shown.content.decode()
    assert CODE in shown.content.decode()
    assert refused.status_code == 200
    assert done.status_code == 302
    sheet.refresh_from_db()
    assert sheet.status == "CONFIRMED"
    assert desk_client(people.community_staff).get(f"{DESK}take-in/").status_code == 403


def test_the_api_takes_a_sheet_in(people: SimpleNamespace, now: dt.datetime) -> None:
    client = token_client(people.district_admin)
    file = BytesIO(workbook({**SHEET, "credit_code": ""}))
    file.name = "登记簿.xlsx"

    answer = client.post("/api/v1/register-sheets", {"division": people.street.pk, "file": file}, format="multipart")
    run_due(by=people.system, clock=lambda: now + dt.timedelta(days=3650))
    shown = client.get(f"/api/v1/register-sheets/{answer.json()['id']}").json()

    assert answer.status_code == 201
    assert (shown["status"], shown["bad"]) == ("READ", 1)
    assert shown["problems"][0].startswith("第2行")
    assert token_client(people.resident).get("/api/v1/register-sheets").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_a_row_refuses_alone(people: SimpleNamespace, now: dt.datetime, owner: Callable[[], Any]) -> None:
    row = read(people, now, SHEET).rows.get()

    with owner():
        alone("registersheetrow_read_once", copied(row))
        alone("registersheetrow_verdict_is_known", copied(row, number="9", verdict="'LOST'"))
        alone("registersheetrow_bad_says_why", copied(row, number="9", verdict="'BAD'"))
