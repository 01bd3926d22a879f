"""The papers of an order as files: by page, desk and API; who reads them, what is refused, what the district may want."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from communities.notices import operations as notices
from communities.notices.models import Attachment, Visibility
from communities.notices.policy import LARGEST_FILE
from funds.charity.models import CommunityFund
from funds.enterprises.models import CommunityEnterprise, EnterpriseRole
from funds.reinvestment import operations
from funds.reinvestment.models import ReinvestmentOrder
from funds.reinvestment.papers.checks import FilesMissing, Paper
from funds.reinvestment.papers.models import OrderPaper
from funds.reinvestment.papers.operations import MOST_PAPERS, TooManyPapers, attach_order_paper
from funds.reinvestment.policy import PAPERS_OF
from governance.audit.models import AuditEntry
from governance.calendar import clock
from tests.factories.funds_enterprises import EnterpriseAppointmentFactory
from tests.factories.funds_reinvestment import make_policy, set_value
from tests.funds.reinvestment.conftest import Plan
from tests.funds.reinvestment.test_operations import walk
from tests.people import House, desk_client, session_client, sign_in
from tests.walls import alone

pytestmark = pytest.mark.django_db
BASE = "/api/v1/reinvestment-orders"
PDF = b"%PDF-1.4\n%%EOF\n"
BAD = {
    "too large": ("合同.pdf", PDF + b" " * LARGEST_FILE),
    "a program": ("合同.pdf", b"MZ\x90 no paper"),
    "another kind than it says": ("合同.png", PDF),
    "a broken picture": ("合同.png", b"\x89PNG\r\n\x1a\nbroken"),
    "empty": ("合同.pdf", b""),
}


@pytest.fixture
def now() -> dt.datetime:
    """All surfaces read the real clock."""
    return clock.now()


def upload(name: str = "合同.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """Return a file as a browser or a program sends it."""
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def browser(house: House, person: str) -> Client:
    """Return the browser of a person."""
    client = Client()
    sign_in(client, house.people[person])
    return client


@pytest.fixture
def direct(company: CommunityEnterprise, fund: CommunityFund, plan: Plan, house: House, now: dt.datetime) -> Any:
    """An approved order over a direct payment."""
    make_policy(enterprise=company, destinations=[(fund, "1")], route="DIRECT")
    return walk(plan(company, net_profit=Decimal(1000)).orders.get(), house, now, "APPROVED")


def paid(order: ReinvestmentOrder, house: House, now: dt.datetime) -> ReinvestmentOrder:
    """Record the payment with its papers in words."""
    told: dict[str, Any] = {
        "paid_on": clock.today(),
        "now": now,
        "today": clock.today(),
        "evidence": "合同、发票、验收单",
    }
    return operations.record_payment(by=house.people["enterprise_accountant"], order=order, **told)


def received(order: ReinvestmentOrder, house: House, now: dt.datetime) -> ReinvestmentOrder:
    """Let the street confirm the payment."""
    told: dict[str, Any] = {"received_on": clock.today(), "now": now, "today": clock.today()}
    return operations.receive_order(by=house.people["street_officer"], order=order, **told)


@pytest.mark.parametrize("route", ["DONATION", "DIVIDEND", "DIRECT"])
def test_the_files_of_each_route_are_its_evidence(
    *, route: str, company: CommunityEnterprise, fund: CommunityFund, plan: Plan, house: House, now: dt.datetime
) -> None:
    """On the page of the payment stands one control for each paper; with all of them no words are asked for."""
    make_policy(enterprise=company, destinations=[(fund, "1")], route=route)
    order = walk(plan(company, net_profit=Decimal(1000)).orders.get(), house, now, "APPROVED")
    client, address = browser(house, "enterprise_accountant"), f"/orders/{order.pk}/payment/"
    names = [f"paper_{kind.lower()}" for kind in PAPERS_OF[route]]
    slip = {"payment_reference": "88"} if route == "DONATION" else {}
    asked = client.get(address).content.decode()

    some = client.post(address, {"paid_on": clock.today(), names[0]: upload()})
    between = (OrderPaper.objects.count(), ReinvestmentOrder.objects.get(pk=order.pk).status)
    done = client.post(address, {"paid_on": clock.today(), **slip, **{name: upload() for name in names}})

    assert all(f'name="{name}"' in asked for name in names)
    assert (some.status_code, between) == (400, (0, "APPROVED"))
    assert (done.status_code, ReinvestmentOrder.objects.get(pk=order.pk).status) == (302, "PAID")
    assert [row.kind for row in order.papers.order_by("pk")] == list(PAPERS_OF[route])
    assert AuditEntry.objects.filter(verb="funds.order.paper_attached").count() == 3
    shown = client.get(order.get_absolute_url()).content.decode()
    assert all(f"/orders/{order.pk}/files/{row.file_id}/" in shown for row in order.papers.all())


@pytest.mark.parametrize("what", BAD)
def test_a_bad_file_is_refused_everywhere_and_nothing_is_recorded(what: str, direct: Any, house: House) -> None:
    name, content = BAD[what]
    page, desk = browser(house, "enterprise_accountant"), desk_client(house.people["community_staff"])
    sent = {"kind": "CONTRACT", "file": upload(name, content)}

    answers = [
        page.post(f"/orders/{direct.pk}/papers/", sent),
        page.post(
            f"/orders/{direct.pk}/payment/",
            {"paid_on": clock.today(), "evidence": "合同3号", "paper_contract": upload(name, content)},
        ),
        session_client(house.people["enterprise_accountant"]).post(
            f"{BASE}/{direct.pk}/attach", {"kind": "CONTRACT", "file": upload(name, content)}, format="multipart"
        ),
    ]
    on_desk = desk.post(
        f"/desk/funds/reinvestmentorder/{direct.pk}/deeds/attach/", {**sent, "file": upload(name, content)}
    )

    assert [answer.status_code for answer in answers] == [400, 400, 400]
    assert on_desk.context["form"].errors
    assert not Attachment.objects.exists()
    assert ReinvestmentOrder.objects.get(pk=direct.pk).status == "APPROVED"


def test_a_file_comes_in_by_page_desk_and_api(direct: Any, house: House) -> None:
    key = {"Idempotency-Key": "合同-1".encode().hex()}
    api, desk = session_client(house.people["enterprise_accountant"]), desk_client(house.people["community_staff"])

    browser(house, "enterprise_head").post(f"/orders/{direct.pk}/papers/", {"kind": "RESOLUTION", "file": upload()})
    desk.post(
        f"/desk/funds/reinvestmentorder/{direct.pk}/deeds/attach/", {"kind": "DECISION", "file": upload("决议.pdf")}
    )
    answers = [
        api.post(f"{BASE}/{direct.pk}/attach", {"kind": "INVOICE", "file": upload()}, format="multipart", headers=key)
        for _time in range(2)
    ]
    again = api.post(f"{BASE}/{direct.pk}/attach", {"kind": "INVOICE", "file": upload("副本.pdf")}, format="multipart")
    unknown = api.post(f"{BASE}/{direct.pk}/attach", {"kind": "PHOTO", "file": upload()}, format="multipart")
    listed = api.get(f"{BASE}/{direct.pk}/papers").json()

    assert [answer.status_code for answer in answers] == [201, 201]
    assert (again.status_code, again.json()["code"], unknown.status_code) == (409, "order_paper_repeated", 400)
    assert [row["kind"] for row in listed] == ["RESOLUTION", "DECISION", "INVOICE"]
    assert {row["sha256"] for row in listed} == {row.file.sha256 for row in direct.papers.select_related("file")}
    assert listed[0]["content"] in desk.get(f"/desk/funds/reinvestmentorder/{direct.pk}/change/").content.decode()


def test_who_reads_and_who_attaches(direct: Any, house: House, now: dt.datetime) -> None:
    row = attach_order_paper(
        by=house.people["enterprise_accountant"], order=direct, kind="CONTRACT", name="合同.pdf", content=PDF, now=now
    )
    colleague: Any = EnterpriseAppointmentFactory(enterprise=direct.enterprise, role=EnterpriseRole.HEAD)
    path = f"/orders/{direct.pk}/files/{row.file_id}/"
    names = ("enterprise_accountant", "community_staff", "street_officer", "charity_officer", "auditor", "resident")
    names = (*names, "other_street_officer")

    found = {name: browser(house, name).get(path).status_code for name in names}
    listed = {name: session_client(house.people[name]).get(f"{BASE}/{direct.pk}/papers").status_code for name in names}
    sent = {
        name: session_client(house.people[name])
        .post(f"{BASE}/{direct.pk}/attach", {"kind": "OTHER", "file": upload("x.pdf")}, format="multipart")
        .status_code
        for name in ("resident", "other_street_officer", "auditor")
    }
    own = Client()
    own.force_login(colleague.user)

    readers = dict.fromkeys(names[:5], 200)
    assert found == {**readers, "resident": 404, "other_street_officer": 404}
    assert listed == {**readers, "resident": 403, "other_street_officer": 404}
    assert sent == {"resident": 403, "other_street_officer": 404, "auditor": 403}
    assert own.get(path).status_code == 200
    assert (Client().get(path).status_code, APIClient().get(f"{BASE}/{direct.pk}/papers").status_code) == (302, 401)


def test_papers_stay_closed_when_the_order_is_open_to_everybody(direct: Any, house: House, now: dt.datetime) -> None:
    row = attach_order_paper(
        by=house.people["enterprise_accountant"], order=direct, kind="CONTRACT", name="合同.pdf", content=PDF, now=now
    )
    done = received(paid(direct, house, now), house, now)
    resident, path = browser(house, "resident"), f"/orders/{done.pk}/files/{row.file_id}/"

    page = resident.get(done.get_absolute_url())

    assert page.status_code == 200
    assert path not in page.content.decode()
    assert resident.get(path).status_code == 403
    assert session_client(house.people["resident"]).get(f"{BASE}/{done.pk}/papers").status_code == 403
    assert resident.post(f"/orders/{done.pk}/papers/", {"kind": "OTHER", "file": upload()}).status_code == 403
    assert resident.get(f"/attachments/{row.file_id}/").status_code == 404


def test_an_order_that_came_to_nothing_takes_no_papers(direct: Any, house: House) -> None:
    session_client(house.people["street_reviewer"]).post(f"{BASE}/{direct.pk}/cancel", {"reason": "申报有误"})

    answer = session_client(house.people["enterprise_accountant"]).post(
        f"{BASE}/{direct.pk}/attach", {"kind": "CONTRACT", "file": upload()}, format="multipart"
    )

    assert (answer.status_code, answer.json()["code"]) == (409, "order_takes_no_paper")
    assert not Attachment.objects.exists()


def test_an_order_takes_so_many_papers(direct: Any, house: House, now: dt.datetime) -> None:
    accountant = house.people["enterprise_accountant"]
    for number in range(MOST_PAPERS):
        content = PDF + f"%{number}".encode()
        attach_order_paper(by=accountant, order=direct, kind="OTHER", name="a.pdf", content=content, now=now)

    with pytest.raises(TooManyPapers):
        attach_order_paper(by=accountant, order=direct, kind="OTHER", name="a.pdf", content=PDF, now=now)
    assert direct.papers.count() == MOST_PAPERS


def test_a_district_may_want_the_files_before_the_money_counts(direct: Any, house: House, now: dt.datetime) -> None:
    """Basis: Rules on Accounting Archives art. 6."""
    set_value("reinvest.files_required", True, direct.enterprise.division)
    order = paid(direct, house, now)

    with pytest.raises(FilesMissing):
        received(order, house, now)
    for kind in PAPERS_OF["DIRECT"]:
        attach_order_paper(
            by=house.people["enterprise_accountant"], order=order, kind=kind, name="a.pdf", content=PDF, now=now
        )

    assert received(order, house, now).status == "RECEIVED"


@pytest.mark.parametrize("files", [1, 3])
def test_the_page_and_the_list_of_papers_take_the_same_queries(
    files: int, direct: Any, house: House, now: dt.datetime, django_assert_num_queries: Any
) -> None:
    for kind in PAPERS_OF["DIRECT"][:files]:
        attach_order_paper(
            by=house.people["enterprise_accountant"], order=direct, kind=kind, name="a.pdf", content=PDF, now=now
        )
    page, api = browser(house, "enterprise_accountant"), session_client(house.people["enterprise_accountant"])

    with django_assert_num_queries(9):
        page.get(direct.get_absolute_url())
    with django_assert_num_queries(7):
        api.get(f"{BASE}/{direct.pk}/papers")


def test_a_payment_refused_for_another_reason_keeps_no_file(direct: Any, house: House, now: dt.datetime) -> None:
    with pytest.raises(operations.DateImpossible):
        operations.record_payment(
            by=house.people["enterprise_accountant"],
            order=direct,
            paid_on=clock.today() + dt.timedelta(days=1),
            now=now,
            today=clock.today(),
            papers=[Paper(kind, "a.pdf", PDF) for kind in PAPERS_OF["DIRECT"]],
        )

    assert not OrderPaper.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_each_guard_of_the_papers_refuses_alone(
    direct: Any, house: House, now: dt.datetime, owner: Callable[[], Any]
) -> None:
    by = house.people["enterprise_accountant"]
    row = attach_order_paper(by=by, order=direct, kind="CONTRACT", name="a.pdf", content=PDF, now=now)
    stored: dict[str, Any] = {"by": house.people["street_officer"], "now": now, "content": PDF, "name": "b.pdf"}
    free = notices.store_attachment(division=direct.division, **stored)
    public = notices.store_attachment(division=direct.division, visibility=Visibility.PUBLIC, **stored)
    elsewhere = notices.store_attachment(division=direct.division.parent, **stored)
    hang = (
        "INSERT INTO funds_orderpaper (order_id, kind, file_id, attached_at, attached_by_id) "
        "SELECT order_id, {}, %s, attached_at, attached_by_id FROM funds_orderpaper"
    )

    with owner():
        alone("orderpaper:append_only", "UPDATE funds_orderpaper SET kind = 'OTHER' WHERE id = %s", row.pk)
        alone("orderpaper:append_only", "DELETE FROM funds_orderpaper WHERE id = %s", row.pk)
        alone("orderpaper_kind_is_known", hang.format("'PHOTO'"), free.pk)
        alone("funds_orderpaper_file_id_key", hang.format("kind"), row.file_id)
        alone("reinvestment_paper_internal", hang.format("kind"), public.pk)
        alone("reinvestment_paper_internal", hang.format("kind"), elsewhere.pk)
    session_client(house.people["street_reviewer"]).post(f"{BASE}/{direct.pk}/cancel", {"reason": "申报有误"})
    with owner():
        alone("reinvestment_paper_alive", hang.format("kind"), free.pk)
