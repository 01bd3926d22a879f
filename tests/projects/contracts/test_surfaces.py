"""Contracts through the API, on the pages and at the desk."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.utils import timezone
from django.utils.translation import override
from PIL import Image

from funds.spending import operations as spending
from funds.spending.models import Payment
from governance.accounts.models import User
from governance.pages import told_of, told_of_all
from governance.portal.worklist import waiting_on_desk
from projects.contracts import drafting
from projects.contracts.forms import ContractForm
from projects.contracts.models import AcceptanceOpinion, Contract
from projects.evaluation.models import EvaluationPlan
from tests.factories.consultation_matters import MatterFactory
from tests.factories.projects_evaluation import TemplateFactory
from tests.funds.spending.conftest import approved, pay
from tests.people import desk_client, session_client, sign_in
from tests.projects.contracts.conftest import deliver, opine

pytestmark = pytest.mark.django_db
BASE = "/api/v1"
Walk = Callable[..., Contract]


@pytest.fixture
def now() -> dt.datetime:
    """The surfaces ask the clock, so that the rows must lie in these days."""
    return timezone.now()


@pytest.fixture
def walk(walk: Walk, now: dt.datetime) -> Walk:
    """Contracts of these days."""
    today = timezone.localdate(now)
    dates = {
        "starts_on": today,
        "ends_on": today + dt.timedelta(days=90),
        "milestones": [("扶手安装完成", today + dt.timedelta(days=30))],
    }
    return lambda state, **more: walk(state, **{**dates, **more})


def browser(user: Any = None) -> Client:
    client = Client()
    if user is not None:
        sign_in(client, user)
    return client


def text(answer: Any) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def picture() -> SimpleUploadedFile:
    kept = BytesIO()
    Image.new("RGB", (8, 8), "red").save(kept, "PNG")
    return SimpleUploadedFile("现场.png", kept.getvalue(), "image/png")


# --- API


def test_a_contract_goes_its_way_through_the_api(
    people: SimpleNamespace, walk: Walk, entry: Any, now: dt.datetime
) -> None:
    today = timezone.localdate(now)
    made = entry()
    body = {
        "division": made["division"].pk,
        "organization": made["organization"].pk,
        "request": made["request"].pk,
        "title": "扶手",
        "scope": "安装扶手",
        "amount": "2800.01",
        "starts_on": str(today),
        "ends_on": str(today + dt.timedelta(days=60)),
        "instalments": [{"percent": 50, "condition": "SIGNING"}, {"percent": 50, "condition": "ACCEPTANCE"}],
        "milestones": [{"title": "完成", "due_on": str(today)}],
    }
    street, manager = session_client(people.street_officer), session_client(people.manager)

    wrong = street.post(f"{BASE}/contracts", {**body, "amount": "3000.01"}, format="json")
    drafted = street.post(f"{BASE}/contracts", body, format="json")
    path = f"{BASE}/contracts/{drafted.json()['id']}"
    hidden = session_client(None).get(path)
    statuses = [
        street.post(f"{path}/offer").json()["status"],
        manager.post(f"{path}/agree").json()["status"],
        session_client(people.street_reviewer).post(f"{path}/sign").json()["status"],
    ]
    public = session_client(None).get(path).json()
    early = manager.post(f"{path}/report_delivery", {"report": "完成"}, format="json")
    milestone = f"{BASE}/milestones/{public['milestones'][0]['id']}"
    steps = [
        manager.post(f"{milestone}/report", {"report": "装好了"}, format="json").json()["status"],
        session_client(people.community_staff).post(f"{milestone}/confirm").json()["status"],
        manager.post(f"{path}/report_delivery", {"report": "完成"}, format="json").json()["status"],
    ]
    opinions = [
        session_client(person).post(f"{path}/opinions", {"is_satisfied": True}, format="json").status_code
        for person in (*people.neighbors[:5], people.neighbors[0], people.stranger)
    ]
    accepted = session_client(people.supervisor).post(f"{path}/accept").json()["status"]
    released = [
        street.post(f"{path}/release", {"number": number}, format="json").status_code for number in (1, 2, 2, 3)
    ]

    assert (wrong.status_code, wrong.json()["code"]) == (400, "contract_above_hold")
    assert (drafted.status_code, hidden.status_code) == (201, 404)
    assert statuses == ["OFFERED", "AGREED", "RUNNING"]
    assert [row["amount"] for row in public["instalments"]] == ["1400.01", "1400.00"]
    assert (early.status_code, early.json()["code"]) == (409, "milestones_open")
    assert steps == ["REPORTED", "CONFIRMED", "DELIVERED"]
    assert opinions == [200, 200, 200, 200, 200, 409, 403]
    assert (accepted, released) == ("ACCEPTED", [200, 200, 409, 400])
    assert Payment.objects.count() == 2


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_costs_the_same_for_any_number(walk: Walk, count: int, django_assert_num_queries: Any) -> None:
    for _number in range(count):
        walk("RUNNING", amount=Decimal(10))
    client = session_client(None)

    with django_assert_num_queries(7):
        assert len(client.get(f"{BASE}/contracts").json()["results"]) == count


def test_who_sees_a_contract_before_it_is_signed(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("OFFERED")

    seen = {
        name: Contract.objects.visible_to(person).filter(pk=row.pk).exists()
        for name, person in vars(people).items()
        if hasattr(person, "has_perm")
    }

    assert {name for name, sees in seen.items() if sees} == {
        "community_staff",
        "second_staff",
        "street_officer",
        "street_reviewer",
        "district_admin",
        "district_officer",
        "supervisor",
        "auditor",
        "manager",
    }
    for name, sees in seen.items():
        assert getattr(people, name).has_perm("projects.view_contract", row) is sees, name


# --- Pages


def test_the_whole_way_on_pages(people: SimpleNamespace, walk: Walk, english: None) -> None:
    row = walk("OFFERED")
    address = f"/contracts/{row.pk}/"
    manager, reviewer, staff = browser(people.manager), browser(people.street_reviewer), browser(people.community_staff)

    codes = [browser().get(address).status_code, manager.post(f"{address}acts/agree/").status_code]
    codes.append(reviewer.post(f"{address}acts/sign/").status_code)
    milestone = f"/milestones/{row.milestones.get().pk}/"
    empty = manager.post(f"{milestone}acts/report/", {"report": ""})
    codes.append(manager.post(f"{milestone}acts/report/", {"report": "装好了", "evidence": [picture()]}).status_code)
    codes.append(staff.post(f"{milestone}acts/confirm/").status_code)
    codes.append(manager.post(f"{address}acts/report_delivery/", {"report": "全部完成"}).status_code)
    row.refresh_from_db()
    page = text(browser().get(address))

    assert codes == [404, 302, 302, 302, 302, 302]
    assert (empty.status_code, row.status) == (400, "DELIVERED")
    assert "现场.png" in page
    assert "Sign in and say whether you are content" in page
    assert "1,400.01" in page


def test_a_resident_says_whether_the_work_is_content(people: SimpleNamespace, walk: Walk, english: None) -> None:
    row = walk("DELIVERED")
    address = f"/contracts/{row.pk}/"
    client = browser(people.neighbors[0])

    offered = client.get(address)
    unclear = client.post(f"{address}acts/give_opinion/", {"comment": "结实"})
    given = client.post(f"{address}acts/give_opinion/", {"is_satisfied": "no", "comment": "松动"})
    after = client.get(address)
    stranger = browser(people.stranger).post(f"{address}acts/give_opinion/", {"is_satisfied": "yes"})

    assert "Are you content" in text(offered)
    assert (unclear.status_code, given.status_code, stranger.status_code) == (400, 302, 400)
    assert "结实" in text(unclear)
    assert "You have given your opinion" in text(after)
    assert "Are you content" not in text(after)
    assert AcceptanceOpinion.objects.get().is_satisfied is False
    assert "松动" not in text(browser().get(address))


def test_an_instalment_is_released_on_the_page(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")
    client = browser(people.street_officer)

    shown = client.get(f"/contracts/{row.pk}/").content.decode()
    released = [client.post(f"/contracts/{row.pk}/instalments/{number}/release/").status_code for number in (1, 2)]

    assert f"/contracts/{row.pk}/instalments/1/release/" in shown
    assert f"/contracts/{row.pk}/instalments/2/release/" not in shown
    assert (released, Payment.objects.count()) == ([302, 400], 1)


def test_the_list_of_a_place(people: SimpleNamespace, walk: Walk) -> None:
    signed, draft = walk("RUNNING", title="已签合同"), walk("DRAFT", title="草稿合同", amount=Decimal(10))

    page = text(browser().get(f"/divisions/{people.community.pk}/contracts/"))

    assert signed.title in page
    assert draft.title not in page


def test_the_page_costs_the_same_for_any_number_of_milestones(
    walk: Walk, now: dt.datetime, django_assert_max_num_queries: Any
) -> None:
    day = timezone.localdate(now)
    row = walk("RUNNING", milestones=[(f"第{number}步", day) for number in range(9)])

    with django_assert_max_num_queries(10):
        assert browser().get(f"/contracts/{row.pk}/").status_code == 200


# --- Desk


def test_the_desk_drafts_and_moves(people: SimpleNamespace, entry: Any, now: dt.datetime) -> None:
    today, made = timezone.localdate(now), entry()
    client = desk_client(people.street_officer)
    body = {
        "division": made["division"].pk,
        "organization": made["organization"].pk,
        "request": made["request"].pk,
        "title": "台账合同",
        "scope": "安装扶手",
        "amount": "2,800.01",
        "starts_on": str(today),
        "ends_on": str(today + dt.timedelta(days=60)),
        "instalments": "50 SIGNING\n50% acceptance",
        "milestones": f"{today} 完成",
    }

    wrong = client.post("/desk/projects/contract/add/", {**body, "instalments": "49 SIGNING\n50 ACCEPTANCE"})
    unread = client.post("/desk/projects/contract/add/", {**body, "instalments": "half now"})
    drafted = client.post("/desk/projects/contract/add/", body)
    row = Contract.objects.get()
    offered = client.post(f"/desk/projects/contract/{row.pk}/moves/offer/")
    shown = client.get(f"/desk/projects/contract/{row.pk}/change/")

    row.refresh_from_db()
    assert (wrong.status_code, unread.status_code, drafted.status_code, offered.status_code) == (200, 200, 302, 302)
    assert (row.status, row.instalments.count(), row.milestones.get().title) == ("OFFERED", 2, "完成")
    assert "1,400.01" in shown.content.decode()


def test_the_desk_accepts_and_releases(people: SimpleNamespace, walk: Walk, now: dt.datetime) -> None:
    row = walk("DELIVERED")
    opine(people, now, row, "+++++")
    path = f"/desk/projects/contract/{row.pk}"

    accepted = desk_client(people.community_staff).post(f"{path}/moves/accept/")
    street = desk_client(people.street_officer)
    first, second, third = (street.post(f"{path}/deeds/release/") for _time in range(3))

    row.refresh_from_db()
    assert [answer.status_code for answer in (accepted, first, second, third)] == [302] * 4
    assert row.status == "ACCEPTED"
    assert [payment.amount for payment in Payment.objects.order_by("number")] == [
        Decimal("1400.01"),
        Decimal("1400.00"),
    ]


def waits(user: User) -> dict[Any, list[str]]:
    """Return what waits on somebody's desk: each row with the names of what can be done."""
    request = RequestFactory().get("/desk/")
    request.user = User.objects.get(pk=user.pk)
    found = waiting_on_desk(request)
    return {task.row: [str(move.label) for move in task.moves] for waiting in found for task in waiting.tasks}


def test_what_comes_next_for_the_street(
    people: SimpleNamespace, request_: Any, walk: Walk, now: dt.datetime, english: None
) -> None:
    assert "Draft a contract" in waits(people.street_officer)[request_]

    row = walk("RUNNING")
    assert waits(people.street_officer)[row] == ["Release an instalment"]
    assert request_ not in waits(people.street_officer)
    desk_client(people.street_officer).post(f"/desk/projects/contract/{row.pk}/deeds/release/")

    assert row not in waits(people.street_officer)
    assert f"{request_.number}-1" in [str(task) for task in waits(people.street_officer)]


def test_an_evaluation_is_planned_from_the_contract(
    people: SimpleNamespace, walk: Walk, now: dt.datetime, english: None
) -> None:
    row, template = walk("DELIVERED"), TemplateFactory()
    client, today = desk_client(people.street_officer), timezone.localdate()
    path = f"/desk/projects/contract/{row.pk}/deeds/plan_evaluation/"
    assert "Plan its evaluation" in waits(people.street_officer)[row]

    shown = client.get(path).context["form"]
    wrong = client.post(path, {"template": template.pk, "opens_on": today, "closes_on": today - dt.timedelta(days=1)})
    assert (shown["opens_on"].value(), shown["closes_on"].value()) == (today, today + dt.timedelta(days=14))
    assert list(wrong.context["form"].errors) == ["closes_on"]
    assert not EvaluationPlan.objects.exists()
    client.post(path, {"template": template.pk, "opens_on": today, "closes_on": today + dt.timedelta(days=7)})

    row.refresh_from_db()
    assert row.evaluation is not None
    assert (row.evaluation.subject_name, row.evaluation.implementer) == (row.title, row.organization)
    assert "Plan its evaluation" not in waits(people.street_officer).get(row, [])


def test_the_money_stays_held_while_an_instalment_is_to_come(
    people: SimpleNamespace, request_: Any, walk: Walk, now: dt.datetime, english: None
) -> None:
    row = walk("RUNNING")
    desk_client(people.street_officer).post(f"/desk/projects/contract/{row.pk}/deeds/release/")
    payment = spending.request_payment(by=people.street_officer, now=now, payment=Payment.objects.get())
    pay(people, now, spending.approve_payment(by=people.charity_officer, now=now, payment=payment))
    charity = desk_client(people.charity_officer)

    for name in ("complete", "stop"):
        page = charity.post(
            f"/desk/funds/spendingrequest/{request_.pk}/moves/{name}/", {"reason": "不再需要"}, follow=True
        )
        assert "still has instalments to be paid" in page.content.decode()
    request_.refresh_from_db()
    assert request_.status == "APPROVED"


def test_instalments_are_written_in_the_readers_words(people: SimpleNamespace, entry: Any, now: dt.datetime) -> None:
    with override("zh-hans"):
        form = ContractForm()
        written = str(form["instalments"].value())
        words = [line.partition(" ")[2] for line in written.splitlines()]
        read = ContractForm({"instalments": written.replace("50", "50％")})
        read.is_valid()

    assert words == ["合同已签订", "居民验收通过"]
    assert read.cleaned_data["instalments"] == [(50, "SIGNING"), (50, "ACCEPTANCE")]


def test_a_request_leads_to_its_contract_or_to_the_draft_of_one(
    people: SimpleNamespace, request_: Any, entry: Any, now: dt.datetime, django_assert_num_queries: Any, english: None
) -> None:
    """What a participatory budget has chosen is carried out by a contract that starts from its spending request."""
    for user in (AnonymousUser(), people.community_staff):
        assert told_of(request_, user) == []
    [waits_] = told_of(request_, people.street_officer)
    form = desk_client(people.street_officer).get(waits_.url).context["adminform"].form
    assert (form["request"].value(), form["title"].value()) == (str(request_.pk), request_.title)

    starts_on = timezone.localdate(now)
    row = drafting.draft_contract(
        by=people.street_officer,
        now=now,
        **entry(
            starts_on=starts_on,
            ends_on=starts_on + dt.timedelta(days=60),
            milestones=[],
            instalments=[(100, "ACCEPTANCE")],
        ),
    )
    assert told_of(request_, AnonymousUser()) == []
    officer = User.objects.get(pk=people.street_officer.pk)
    with django_assert_num_queries(2):  # the viewer's posts, contracts
        [told] = told_of_all([request_], officer)[request_.pk]
    assert (told.url, told.amount) == (row.get_absolute_url(), row.amount)


def test_an_instalment_says_what_it_waits_for(people: SimpleNamespace, walk: Walk, english: None) -> None:
    row = walk("RUNNING", instalments=[(50, "MILESTONES"), (50, "ACCEPTANCE")])
    page = text(browser().get(row.get_absolute_url()))
    assert "0 of 1 milestones are confirmed." in page
    assert "The organization has not reported the delivery." in page

    row = deliver(people, timezone.now(), row)
    opine(people, timezone.now(), row, "++-")
    page = text(browser().get(row.get_absolute_url()))
    assert "1 milestones are confirmed." not in page
    assert "Opinions of residents: 3 of at least 5, 2 of them content (at least 60 %)." in page
    waiting = walk("AGREED", amount=Decimal(10))
    assert "Not all parties have signed yet." in text(browser(people.manager).get(waiting.get_absolute_url()))


def test_the_way_begins_with_the_matter_in_which_the_need_was_told(
    people: SimpleNamespace, walk: Walk, english: None
) -> None:
    now = timezone.now()
    told = MatterFactory(division=people.community, sorted=("SMALL", "DELIBERATION", "楼道扶手"))
    row = walk("RUNNING", request=approved(people, now, matter=told))
    assert f"{told.number} 楼道扶手" in text(browser().get(row.get_absolute_url()))

    private = MatterFactory(division=people.community)
    row = walk("RUNNING", request=approved(people, now, matter=private))
    page = text(browser().get(row.get_absolute_url()))
    assert f"{private.number}, not public" in page
    assert private.title not in page


def test_a_field_is_named_at_the_desk(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("RUNNING")

    named = desk_client(people.street_officer).post(
        f"/desk/projects/contract/{row.pk}/deeds/field/", {"field": "YOUTH"}
    )

    row.refresh_from_db()
    assert (named.status_code, row.field) == (302, "YOUTH")
