"""Supervision in Excel: what the desk's lists write out, for whom, and that credit lists come in again."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override
from openpyxl import load_workbook

from communities.territory import desk as out
from governance.jobs.operations import run_due
from socialorgs.register.intake import operations as intake
from socialorgs.register.intake import tasks
from socialorgs.supervision import operations
from socialorgs.supervision.models import StandingAlert
from socialorgs.supervision.sheets import ALERT, GRADE, ORDER, REPORT
from tests.factories.socialorgs_register import AnnualInspectionFactory, CreditListingFactory, OrganizationFactory
from tests.people import desk_client
from tests.socialorgs.supervision.test_grading import granted
from tests.socialorgs.supervision.test_reports import SAID, forwarded, ordered

pytestmark = pytest.mark.django_db
assert tasks.run_reading


def written(client: Client, model: str, **narrowed: str) -> list[dict[str, Any]]:
    """Return the rows of a list as the desk writes them out by their headings."""
    query = "&".join(f"{key}={value}" for key, value in narrowed.items())
    given = {"format": "0", "resource": "0"}
    answer = client.post(f"/desk/socialorgs/{model}/export/?{query}", given)
    assert answer.status_code == 200
    lines = [[cell.value for cell in line] for line in load_workbook(BytesIO(answer.content)).worksheets[0].iter_rows()]
    return [dict(zip(lines[0], line, strict=True)) for line in lines[1:]]


def keyed(rows: list[dict[str, Any]], columns: dict[str, Any]) -> list[dict[str, Any]]:
    """Return rows by the keys of their columns; each heading stands once."""
    with override("zh-hans"):
        return [{key: row[str(heading)] for key, heading in columns.items()} for row in rows]


def alerted(people: SimpleNamespace, now: dt.datetime, body: Any) -> StandingAlert:
    return StandingAlert.objects.create(
        organization=body,
        division=people.community,
        cause="LISTED",
        cause_key="1",
        said="列入严重违法失信名单。",
        subject_label="projects.Contract",
        subject_key="1",
        subject="HT-1 助餐服务",
        address="/contracts/1/",
        raised_at=now,
    )


def test_reports_orders_grades_and_alerts_are_written_out_as_they_stand(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    report = forwarded(people, now, body)
    operations.conclude_report(by=people.street_reviewer, now=now, report=report, conclusion="PASSED")
    granted(people, now, body)
    order = ordered(people, now, body)
    alerted(people, now, body)
    officer = desk_client(people.street_officer)

    said = next(row for row in keyed(written(officer, "yearreport"), REPORT) if row["organization"] == body.name)
    assert (said["credit_code"], said["year"], said["conclusion"]) == (body.credit_code, "2025", "合格")
    assert (said["income"], said["meetings"], said["submitted_at"]) == ("120000.00", "4", "2026-03-04")
    [mend] = keyed(written(officer, "rectificationorder"), ORDER)
    assert (mend["number"], mend["demands"], mend["report"]) == (order.number, "停止有偿培训，退还收费。", None)
    [grade] = keyed(written(officer, "assessment"), GRADE)
    assert (grade["organization"], grade["grade"]) == (body.name, "4A")
    [alert] = keyed(written(officer, "standingalert"), ALERT)
    assert (alert["subject"], alert["division"]) == ("HT-1 助餐服务", people.community.name)


def test_a_list_is_written_out_as_it_is_narrowed_and_for_ones_own_places(
    people: SimpleNamespace, now: dt.datetime, body: Any
) -> None:
    operations.open_reports(by=people.system, now=now)
    operations.submit_report(
        by=people.manager,
        now=now,
        report=body.yearreports.get(),
        said=SAID,
    )

    officer = desk_client(people.street_officer)
    assert len(written(officer, "yearreport")) == 2
    assert len(written(officer, "yearreport", status__exact="SUBMITTED")) == 1
    assert written(desk_client(people.other_street_officer), "yearreport") == []


def test_a_name_that_looks_like_a_formula_stays_a_text(people: SimpleNamespace, now: dt.datetime) -> None:
    CreditListingFactory(organization=OrganizationFactory(division=people.community, active=True, name="=1+1"))

    [row] = written(desk_client(people.street_officer), "creditlisting")

    assert row["单位"] == "=1+1"


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_credit_lists_that_were_written_out_come_in_again_and_change_nothing(
    people: SimpleNamespace, now: dt.datetime, body: Any, language: str
) -> None:
    CreditListingFactory(organization=body)
    CreditListingFactory(organization=OrganizationFactory(division=people.community, filed=True, active=True))
    with override(language):
        client = desk_client(people.street_officer)
        given = {"format": "0", "resource": "0"}
        headers = {"accept-language": language}
        content = client.post("/desk/socialorgs/creditlisting/export/", given, headers=headers).content

    sheet = intake.upload_sheet(
        by=people.street_officer,
        now=now,
        division=people.street,
        file=ContentFile(content),
        name="名单.xlsx",
        kind="LISTINGS",
    )
    run_due(by=people.system, clock=lambda: now)

    sheet.refresh_from_db()
    assert (sheet.status, sheet.same, sheet.fresh, sheet.bad) == ("READ", 2, 0, 0)


def test_a_list_that_is_too_long_is_narrowed_first(
    people: SimpleNamespace, now: dt.datetime, body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(out, "MOST_OUT", 1)
    operations.open_reports(by=people.system, now=now)
    client = desk_client(people.street_officer)

    answer = client.post("/desk/socialorgs/yearreport/export/", {"format": "0", "resource": "0"}, follow=True)

    assert answer.redirect_chain
    assert "2" in str(next(iter(answer.context["messages"])))


@pytest.mark.parametrize("count", [1, 3])
def test_writing_out_takes_a_fixed_number_of_queries(
    people: SimpleNamespace, now: dt.datetime, body: Any, count: int
) -> None:
    for _number in range(count):
        row = OrganizationFactory(division=people.community, active=True)
        AnnualInspectionFactory(organization=row, year=2025, concluded_on=dt.date(2026, 2, 1))
        ordered(people, now, row)
    client = desk_client(people.street_officer)

    with CaptureQueriesContext(connection) as queries:
        client.post("/desk/socialorgs/rectificationorder/export/", {"format": "0", "resource": "0"})

    assert len(queries) <= 9, [query["sql"][:90] for query in queries]


def test_nobody_imports_what_is_only_written_out(people: SimpleNamespace) -> None:
    client = desk_client(people.district_admin)

    assert client.get("/desk/socialorgs/yearreport/import/").status_code == 403
    assert client.get("/desk/socialorgs/yearreport/export/").status_code == 200
    assert "export/" in client.get("/desk/socialorgs/yearreport/").content.decode()
