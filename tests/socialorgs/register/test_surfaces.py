"""The register over HTTP: directory, credit lists, API, desk and Excel; who sees what."""

from __future__ import annotations

import datetime as dt
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
import tablib
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from governance.accounts.models import User
from socialorgs.register.models import (
    AnnualInspection,
    CreditListing,
    OrganizationAppointment,
    SocialOrganization,
)
from socialorgs.register.rules import head_for
from socialorgs.register.spreadsheet import COLUMNS, OrganizationResource
from tests.factories.accounts import UserFactory
from tests.factories.funds_enterprises import credit_code
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationFactory,
    manager_of,
)
from tests.people import NAMED_PEOPLE, desk_client, session_client, token_client
from tests.socialorgs.register.conftest import CODE, entry

pytestmark = pytest.mark.django_db

API = "/api/v1/organizations"
DESK = "/desk/socialorgs/socialorganization/"
SHEET: dict[str, Any] = {
    "street": "东兴寺街道",
    "community": "三八路社区",
    "name": "三八路助老服务中心",
    "organization_type": "SOCIAL_SERVICE_AGENCY",
    "standing": "REGISTERED",
    "credit_code": CODE,
    "filing_number": "",
    "service_class": "",
    "registrar": "",
    "supervising_body": "",
    "head_name": "宋晓梅",
    "members_count": "",
    "capital": "30,000.00",
    "founded_on": "2023-04-18",
    "scope": "",
}
FILED = {
    **SHEET,
    "name": "夜巡队",
    "organization_type": "COMMUNITY_ORGANIZATION",
    "standing": "FILED",
    "credit_code": "",
    "filing_number": "备3",
    "members_count": 9,
}


def body_of(people: SimpleNamespace, **more: Any) -> dict[str, Any]:
    """Return the entry as JSON."""
    found = entry(people, **more)
    return {**found, "division": found["division"].pk, "founded_on": "2023-04-18"}


# --- Who sees what ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [*NAMED_PEOPLE, "manager", None])
def test_the_list_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    unchecked = OrganizationFactory(division=people.community)
    for traits in ({"active": True}, {"revoked": True}, {}):
        OrganizationFactory(division=people.community, **traits)
    people.manager = manager_of(unchecked)
    user = AnonymousUser() if name is None else User.objects.get(pk=getattr(people, name).pk)

    listed = set(SocialOrganization.objects.visible_to(user))

    assert listed == {
        row for row in SocialOrganization.objects.all() if user.has_perm("socialorgs.view_organization", row)
    }
    assert len(listed) >= 2


def test_the_head_of_a_filed_body_is_masked(people: SimpleNamespace) -> None:
    row, registered = OrganizationFactory(division=people.community, filed=True, active=True), OrganizationFactory()

    assert head_for(AnonymousUser(), row) == "宋*梅"
    assert head_for(people.community_staff, row) == "宋晓梅"
    assert head_for(manager_of(row), row) == "宋晓梅"
    assert head_for(AnonymousUser(), registered) == "宋晓梅"


@pytest.mark.parametrize("name", [*NAMED_PEOPLE, None])
def test_the_list_of_appointments_agrees_with_the_permission(people: SimpleNamespace, name: str | None) -> None:
    manager_of(OrganizationFactory(division=people.community, active=True))
    user = AnonymousUser() if name is None else User.objects.get(pk=getattr(people, name).pk)

    assert set(OrganizationAppointment.objects.visible_to(user)) == {
        row
        for row in OrganizationAppointment.objects.all()
        if user.has_perm("socialorgs.view_organization_appointment", row)
    }


# --- Pages -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ({}, {"助老中心", "夜巡队", "远处协会"}),
        ({"q": "助老"}, {"助老中心"}),
        ({"q": CODE.lower()}, {"助老中心"}),
        ({"q": "备3"}, {"夜巡队"}),
        ({"place": "三八路"}, {"助老中心", "夜巡队"}),
        ({"place": "东兴寺"}, {"助老中心", "夜巡队"}),
        ({"organization_type": "ASSOCIATION"}, {"远处协会"}),
        ({"standing": "FILED"}, {"夜巡队"}),
        ({"service_class": "MUTUAL_HELP"}, {"夜巡队"}),
        ({"organization_type": "NONE"}, set()),
    ],
)
def test_the_directory_is_narrowed(
    people: SimpleNamespace, client: Client, query: dict[str, str], names: set[str]
) -> None:
    OrganizationFactory(name="助老中心", credit_code=CODE, division=people.community, active=True)
    filed = {"filed": True, "filing_number": "备3", "service_class": "MUTUAL_HELP"}
    OrganizationFactory(name="夜巡队", division=people.community, active=True, **filed)
    OrganizationFactory(name="远处协会", organization_type="ASSOCIATION", active=True)
    OrganizationFactory(name="未核对", division=people.community)

    text = client.get("/organizations/", query).content.decode()

    assert {name for name in ("助老中心", "夜巡队", "远处协会", "未核对") if name in text} == names


@pytest.mark.parametrize("count", [1, 3])
def test_the_directory_takes_a_fixed_number_of_queries(
    client: Client, count: int, django_assert_num_queries: Any
) -> None:
    for _number in range(count):
        OrganizationFactory(active=True)

    with django_assert_num_queries(3):  # the rows, who is listed, who is graded
        assert client.get("/organizations/").status_code == 200


def test_an_organization_shows_its_standing(people: SimpleNamespace, client: Client) -> None:
    row = OrganizationFactory(division=people.community, active=True, contact="13800138000")
    CreditListingFactory(organization=row, decision_number="自民失信9号")
    AnnualInspectionFactory(organization=row)

    page = client.get(f"/organizations/{row.pk}/").content.decode()
    lists = client.get("/credit-listings/").content.decode()
    by_list = client.get("/credit-listings/", {"credit_list": "ABNORMAL"}).content.decode()

    assert "自民失信9号" in page
    assert "notice--bad" in page
    assert "13800138000" not in page
    assert row.name in lists
    assert row.name not in by_list


def test_an_unchecked_entry_is_not_public(people: SimpleNamespace, client: Client) -> None:
    row = OrganizationFactory(division=people.community)

    assert client.get(f"/organizations/{row.pk}/").status_code == 404
    assert session_client(people.community_staff).get(f"/organizations/{row.pk}/").status_code == 200


# --- API -------------------------------------------------------------------------------------------------------------


def test_the_api_enters_checks_and_ends(people: SimpleNamespace) -> None:
    made = session_client(people.street_officer).post(API, body_of(people), format="json")
    path = f"{API}/{made.json()['id']}"
    wrong = session_client(people.street_officer).post(API, body_of(people, credit_code="1"), format="json")
    forbidden = session_client(people.street_officer).post(f"{path}/verify")
    checked = session_client(people.street_reviewer).post(f"{path}/verify")
    standing = session_client(None).get(f"{path}/standing").json()
    reviewer = session_client(people.district_admin)
    inspected = reviewer.post(
        f"{path}/inspections", {"year": 2024, "conclusion": "FAILED", "concluded_on": "2025-06-01"}, format="json"
    )
    failed = session_client(None).get(f"{path}/standing").json()
    revoked = reviewer.post(f"{path}/revoke", {"reason": "处罚"}, format="json")

    assert (made.status_code, wrong.status_code, forbidden.status_code) == (201, 400, 403)
    assert wrong.json()["code"] == "credit_code_length"
    assert (checked.json()["status"], standing) == ("ACTIVE", {"is_good": True, "reasons": []})
    assert (inspected.status_code, failed["is_good"], len(failed["reasons"])) == (200, False, 1)
    assert revoked.json()["status"] == "REVOKED"


def test_the_api_takes_a_change_of_the_record_over(people: SimpleNamespace) -> None:
    row = OrganizationFactory(division=people.street, active=True, contact="办公室电话", capital="30000.00")
    registrar, path = session_client(people.district_officer), f"{API}/{row.pk}"
    tag = registrar.get(path)["ETag"]
    change = {"head_name": "龙书琴", "capital": "50000.00"}

    without = registrar.patch(path, change, format="json")
    refused = session_client(people.street_officer).patch(path, change, format="json", headers={"If-Match": tag})
    wrong = registrar.patch(path, {"credit_code": "1"}, format="json", headers={"If-Match": tag})
    changed = registrar.patch(path, change, format="json", headers={"If-Match": tag})
    stale = registrar.patch(path, {"head_name": "方敬之"}, format="json", headers={"If-Match": tag})
    moved = registrar.patch(
        path, {"division": people.community.pk}, format="json", headers={"If-Match": changed["ETag"]}
    )

    assert [(answer.status_code, answer.json()["code"]) for answer in (without, refused, wrong, stale)] == [
        *((428, "version_missing"), (403, "not_allowed"), (400, "credit_code_length"), (412, "stale")),
    ]
    assert (changed.status_code, changed.json()["head_name"], changed.json()["capital"]) == (200, "龙书琴", "50000.00")
    assert changed["ETag"] == registrar.get(path)["ETag"] != tag
    assert (moved.status_code, moved.json()["division"], moved["ETag"]) == (200, people.street.pk, changed["ETag"])
    row.refresh_from_db()
    assert (row.contact, row.division_id) == ("办公室电话", people.street.pk)


def test_the_api_tells_inspections_and_takes_another_conclusion(people: SimpleNamespace) -> None:
    row = AnnualInspectionFactory(organization__division=people.street, organization__active=True, conclusion="FAILED")
    hidden = AnnualInspectionFactory(organization__division=people.street, organization__active=False)
    home, registrar = "/api/v1/inspections", session_client(people.district_officer)
    change = {"conclusion": "PASSED", "concluded_on": "2025-07-01", "reason": "整改完成"}

    public = session_client(None).get(f"{home}?year=2024&conclusion=FAILED").json()["results"]
    others = session_client(None).get(f"{home}?organization={row.organization_id}&year=2023").json()["results"]
    refused = session_client(people.street_officer).post(f"{home}/{row.pk}/revise", change, format="json")
    early = registrar.post(f"{home}/{row.pk}/revise", {**change, "concluded_on": "2025-05-01"}, format="json")
    unreasoned = registrar.post(f"{home}/{row.pk}/revise", {**change, "reason": ""}, format="json")
    revised = registrar.post(f"{home}/{row.pk}/revise", change, format="json")

    assert [(one["id"], one["credit_code"], one["year"]) for one in public] == [
        (row.pk, row.organization.credit_code, 2024)
    ]
    assert others == []
    assert (refused.status_code, early.json()["code"], unreasoned.status_code) == (403, "inspection_year_unfit", 400)
    assert (revised.status_code, revised.json()["conclusion"], revised.json()["concluded_on"]) == (
        200,
        "PASSED",
        "2025-07-01",
    )
    assert session_client(None).get(f"{home}/{hidden.pk}").status_code == 404
    assert registrar.get(f"{home}/{hidden.pk}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_inspections_takes_a_fixed_number_of_queries(count: int, django_assert_num_queries: Any) -> None:
    for _number in range(count):
        AnnualInspectionFactory()

    with django_assert_num_queries(1):
        assert len(session_client(None).get("/api/v1/inspections").json()["results"]) == count


def test_the_api_keeps_credit_lists(people: SimpleNamespace) -> None:
    row = OrganizationFactory(division=people.street, active=True)
    body = {
        "organization": row.pk,
        "credit_list": "SERIOUS_BREACH",
        "decision_number": "1号",
        "reason": "虚假",
        "listed_on": "2026-02-01",
    }
    client = session_client(people.district_officer)

    refused = session_client(people.resident).post("/api/v1/credit-listings", body, format="json")
    made = client.post("/api/v1/credit-listings", body, format="json")
    again = client.post("/api/v1/credit-listings", body, format="json")
    public = session_client(None).get(f"/api/v1/credit-listings?organization={row.pk}&running_on=2026-02-02").json()
    ended = client.post(
        f"/api/v1/credit-listings/{made.json()['id']}/end",
        {"removed_on": "2026-03-01", "reason": "整改"},
        format="json",
    )

    assert (refused.status_code, made.status_code, again.status_code) == (403, 201, 409)
    assert [listing["decision_number"] for listing in public["results"]] == ["1号"]
    assert (ended.status_code, ended.json()["removed_on"]) == (200, "2026-03-01")


def test_a_partner_reads_within_its_scope(people: SimpleNamespace) -> None:
    row = OrganizationFactory(division=people.street, active=True, contact="办公室电话")

    found = token_client(people.service_client, "socialorgs:read").get(f"{API}/{row.pk}").json()
    other = token_client(
        UserFactory.create(service=True),
        "funds:read",
    )

    assert (found["credit_code"], found["contact"]) == (row.credit_code, "")
    assert other.get(f"{API}/{row.pk}").status_code == 403


@pytest.mark.parametrize("count", [1, 3])
def test_the_api_list_takes_a_fixed_number_of_queries(count: int, django_assert_num_queries: Any) -> None:
    for _number in range(count):
        OrganizationFactory(active=True)

    with django_assert_num_queries(1):
        assert len(session_client(None).get(API).json()["results"]) == count


# --- Desk ------------------------------------------------------------------------------------------------------------


def test_the_desk_enters_edits_checks_lists_and_appoints(people: SimpleNamespace) -> None:
    staff, reviewer = desk_client(people.street_officer), desk_client(people.street_reviewer)
    body = {**body_of(people), "capital": "30,000", "members_count": "", "contact": "", "scope": ""}
    wrong = staff.post(f"{DESK}add/", {**body, "credit_code": "525103020000000000"})
    made = staff.post(f"{DESK}add/", body)
    row = SocialOrganization.objects.get()
    wanted = {name: value for name, value in body.items() if name != "division"}
    edited = staff.post(f"{DESK}{row.pk}/deeds/edit/", {**wanted, "name": "邻里中心"})
    shown = staff.get(f"{DESK}{row.pk}/change/")
    checked = reviewer.post(f"{DESK}{row.pk}/moves/verify/")
    appointed = reviewer.post(
        f"{DESK}{row.pk}/deeds/appoint/", {"user": people.resident.username, "valid_from": "2026-01-01"}
    )
    listed = reviewer.post(
        f"{DESK}{row.pk}/deeds/listing/",
        {"credit_list": "ABNORMAL", "decision_number": "1", "reason": "失联", "listed_on": "2026-01-01"},
    )
    inspected = reviewer.post(
        f"{DESK}{row.pk}/deeds/inspection/", {"year": 2024, "conclusion": "FAILED", "concluded_on": "2025-06-01"}
    )
    revised = reviewer.post(
        f"{DESK}{row.pk}/deeds/revision/",
        {"year": 2024, "conclusion": "PASSED", "concluded_on": "2025-07-01", "reason": "整改"},
    )
    listing, appointment = CreditListing.objects.get(), OrganizationAppointment.objects.get()
    ended = reviewer.post(
        f"/desk/socialorgs/creditlisting/{listing.pk}/deeds/end/", {"removed_on": "2026-02-01", "reason": "恢复"}
    )
    stepped = reviewer.post(
        f"/desk/socialorgs/organizationappointment/{appointment.pk}/deeds/end/", {"valid_to": "2026-02-01"}
    )
    gone = reviewer.post(f"{DESK}{row.pk}/moves/deregister/", {"reason": "注销"})

    row.refresh_from_db()
    appointment.refresh_from_db()
    assert "525103020000000000" in wrong.content.decode()
    codes = [answer.status_code for answer in (wrong, made, edited, shown, checked, appointed, listed, inspected)]
    assert codes == [200, 302, 302, 200, 302, 302, 302, 302]
    assert [answer.status_code for answer in (revised, ended, stepped, gone)] == [302, 302, 302, 302]
    assert (row.name, row.status, str(row.capital)) == ("邻里中心", "DEREGISTERED", "30000.00")
    assert AnnualInspection.objects.get().conclusion == "PASSED"
    assert appointment.valid_to == dt.date(2026, 2, 1)


def test_readers_change_nothing(people: SimpleNamespace) -> None:
    row = OrganizationFactory(division=people.street, active=True)
    client = desk_client(people.auditor)

    assert client.get(DESK).status_code == 200
    assert client.get(f"{DESK}{row.pk}/change/").status_code == 200
    assert client.get(f"{DESK}add/").status_code == 403
    assert client.get(f"{DESK}import/").status_code == 403
    assert client.post(f"{DESK}{row.pk}/deeds/listing/", {}).status_code == 403


# --- Excel -----------------------------------------------------------------------------------------------------------


def imported(people: SimpleNamespace, now: dt.datetime, *rows: dict[str, Any], dry_run: bool = False) -> Any:
    """Import the rows as street staff and return the library's result."""
    sheet = tablib.Dataset(headers=list(COLUMNS))
    for row in rows:
        sheet.append([row.get(key) for key in COLUMNS])
    return OrganizationResource().import_data(
        sheet, dry_run=dry_run, user=people.street_officer, now=now, rollback_on_validation_errors=True
    )


def test_rows_are_entered_by_the_operation(people: SimpleNamespace, now: dt.datetime) -> None:
    result = imported(
        people,
        now,
        SHEET,
        FILED,
        {**SHEET, "community": "", "name": "街道商会", "credit_code": credit_code(7, "52510302MJ")},
    )

    assert not result.has_validation_errors()
    assert not result.has_errors()
    rows = SocialOrganization.objects.order_by("pk")
    assert [(row.name, row.division, row.entered_by) for row in rows] == [
        ("三八路助老服务中心", people.community, people.street_officer),
        ("夜巡队", people.community, people.street_officer),
        ("街道商会", people.street, people.street_officer),
    ]


def test_a_known_row_is_edited_and_a_blank_one_passed_over(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.community, credit_code=CODE, contact="办公室")

    result = imported(people, now, {**SHEET, "name": "新名"}, {})

    row.refresh_from_db()
    assert (row.name, row.contact, result.totals["update"], result.totals["skip"]) == ("新名", "办公室", 1, 1)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"credit_code": 525103020000000000}, "525103020000000000"),
        ({"credit_code": 5.2510302e17}, "525103020000000000"),
        ({"credit_code": "5.25103E+17"}, "5.25103E+17"),
        ({"credit_code": ""}, "3"),
        ({"organization_type": "公司"}, "公司"),
        ({"standing": "备案"}, "备案"),
        ({"members_count": "很多"}, "很多"),
        ({"capital": "三万"}, "三万"),
        ({"founded_on": "去年"}, "去年"),
        ({"head_name": ""}, "3"),
        ({"community": "没有的社区"}, "没有的社区"),
        ({"street": "郭家坳街街道", "community": "芭蕉冲社区"}, "芭蕉冲社区"),
    ],
)
def test_a_wrong_cell_is_named_and_nothing_is_written(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], part: str
) -> None:
    result = imported(people, now, FILED, {**SHEET, **changes})

    said = " ".join(" ".join(row.error.messages) for row in result.invalid_rows)
    assert [row.number for row in result.invalid_rows] == [2]
    assert part in said
    assert not SocialOrganization.objects.exists()


def test_what_comes_out_goes_in_again_as_text(people: SimpleNamespace) -> None:
    OrganizationFactory(division=people.community, credit_code=CODE, name="=SUM(A1)")
    OrganizationFactory(division=people.street, filed=True)
    client = desk_client(people.street_officer)

    fields = {f"organizationresource_{key}": "on" for key in COLUMNS}
    out = client.post(f"{DESK}export/", {"format": "0", "resource": "0", **fields})
    sheet = load_workbook(BytesIO(out.content)).worksheets[0]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=2)]
    file = SimpleUploadedFile("名册.xlsx", out.content)
    preview = client.post(f"{DESK}import/", {"format": "0", "resource": "0", "import_file": file})

    assert {cell.data_type for row in sheet.iter_rows(min_row=2) for cell in row if cell.value} <= {"s"}
    assert CODE in {row[5] for row in cells}
    assert {(row[0], row[1]) for row in cells} == {("东兴寺街道", "三八路社区"), ("东兴寺街道", None)}
    assert preview.status_code == 200
    assert "confirm_form" in (preview.context_data or {})


def test_a_file_that_is_no_workbook_is_named(people: SimpleNamespace) -> None:
    file = SimpleUploadedFile("名册.xlsx", b"not a workbook")

    answer = desk_client(people.street_officer).post(
        f"{DESK}import/", {"format": "0", "resource": "0", "import_file": file}
    )

    assert (answer.status_code, SocialOrganization.objects.count()) == (200, 0)


def test_a_partner_reads_the_heads_of_groups_by_scope_alone(people: SimpleNamespace) -> None:
    """A post opens the rows; names of residents and their telephones need the scope for persons besides."""
    group = OrganizationFactory(division=people.community, active=True, filed=True, head_name="龙书琴", contact="0813")
    without = token_client(people.street_officer, "socialorgs:read")
    with_scope = token_client(people.street_reviewer, "socialorgs:read", "pii:read")

    found = [client.get(f"{API}/{group.pk}").json() for client in (without, with_scope)]

    assert [(row["head_name"], row["contact"]) for row in found] == [("龙*琴", ""), ("龙书琴", "0813")]
