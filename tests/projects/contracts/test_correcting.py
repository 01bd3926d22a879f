"""A draft is corrected by the rules by which it was drafted, on the desk, on its page and in the API; what was offered stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from communities.people.policy import PersonalNumbersFound
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed, Stale
from projects.contracts import drafting, operations, refusals
from projects.contracts.models import Contract, ContractKind, Instalment
from projects.contracts.policy import InstalmentsUnfit
from projects.contracts.services import operations as services
from socialorgs.register.queries import OrganizationHindered
from tests.factories.socialorgs_register import CreditListingFactory
from tests.people import desk_client, session_client, sign_in
from tests.projects.contracts.test_operations import refused
from tests.walls import change_refused
from tests.walls import refused as refused_by_the_database

pytestmark = pytest.mark.django_db
Walk = Callable[..., Contract]
DAY = dt.timedelta(days=1)


def corrected(people: SimpleNamespace, now: dt.datetime, row: Contract, **more: Any) -> Contract:
    terms = replace(drafting.terms_of(row), **more)
    return drafting.correct_contract(by=people.street_officer, now=now, contract=row, terms=terms)


def test_all_that_a_draft_says_is_corrected_and_the_trail_keeps_before_and_after(
    people: SimpleNamespace, now: dt.datetime, walk: Walk
) -> None:
    row = walk("DRAFT", deliverables=[("扶手", Decimal(90), "米")])
    later = row.starts_on + DAY

    corrected(
        people,
        now,
        row,
        title=" 楼梯扶手和感应灯 ",
        amount=Decimal("3000.00"),
        starts_on=later,
        instalments=[(30, "SIGNING"), (30, "MILESTONES"), (40, "ACCEPTANCE")],
        milestones=[("扶手完成", later + 30 * DAY), ("感应灯完成", later + 60 * DAY)],
        lines=[("MATERIALS", "扶手", Decimal(2000)), ("ACTIVITY", "安装", Decimal(1000))],
        deliverables=[("扶手", Decimal(96), "米")],
    )

    row = Contract.objects.get(pk=row.pk)
    assert (row.title, row.amount, row.starts_on, row.status) == (
        "楼梯扶手和感应灯",
        Decimal("3000.00"),
        later,
        "DRAFT",
    )
    assert [part.amount for part in row.instalments.all()] == [Decimal(900), Decimal(900), Decimal(1200)]
    assert [(step.number, step.title) for step in row.milestones.all()] == [(1, "扶手完成"), (2, "感应灯完成")]
    assert [line.title for line in row.lines.all()] == ["扶手", "安装"]
    assert row.deliverables.get().target == Decimal(96)
    entry = AuditEntry.objects.get(verb=drafting.CORRECTED)
    assert (entry.before["amount"], entry.after["amount"]) == ("2800.01", "3000.00")
    assert (entry.before["deliverables"], entry.after["deliverables"]) == (
        [["扶手", "90.00", "米"]],
        [["扶手", "96.00", "米"]],
    )
    assert not {"scope", "ends_on", "kind"} & set(entry.after)
    assert operations.offer_contract(by=people.street_officer, now=now, contract=row).status == "OFFERED"


def test_a_correction_that_changes_nothing_leaves_no_trace(
    people: SimpleNamespace, now: dt.datetime, walk: Walk
) -> None:
    row = walk("DRAFT", lines=[("MATERIALS", "扶手", Decimal("2800.01"))])

    corrected(people, now, row)

    assert not AuditEntry.objects.filter(verb=drafting.CORRECTED).exists()


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"amount": Decimal("3000.01")}, refusals.ContractAboveHold),
        ({"amount": Decimal(0)}, refusals.ContractAmountMissing),
        ({"instalments": [(50, "SIGNING"), (49, "ACCEPTANCE")]}, InstalmentsUnfit),
        ({"instalments": [(50, "MILESTONES"), (50, "ACCEPTANCE")], "milestones": []}, refusals.ConditionUnfit),
        ({"lines": [("PERSONNEL", "人员", Decimal(2800))]}, refusals.LinesUnfit),
        ({"deliverables": [("扶手", Decimal(0), "米")]}, refusals.DeliverablesUnfit),
        ({"starts_on": dt.date(2026, 3, 3)}, refusals.TermUnfit),
        ({"ends_on": dt.date(2027, 3, 5)}, refusals.TermUnfit),
        ({"milestones": [("完成", dt.date(2026, 7, 1))]}, refusals.MilestonesUnfit),
        ({"scope": "联系 13812345678"}, PersonalNumbersFound),
    ],
)
def test_what_could_not_be_drafted_is_no_correction(
    people: SimpleNamespace, now: dt.datetime, walk: Walk, more: Any, refusal: type[DomainError]
) -> None:
    row = walk("DRAFT")
    terms = replace(drafting.terms_of(row), **more)

    by: dict[str, Any] = {"by": people.street_officer, "now": now, "contract": row, "terms": terms}
    refused(refusal, drafting.correct_contract, Instalment, **by)

    assert drafting.terms_of(Contract.objects.get(pk=row.pk)) == drafting.terms_of(row)


def test_who_corrects_and_when(people: SimpleNamespace, now: dt.datetime, walk: Walk) -> None:
    row, offered = walk("DRAFT", amount=Decimal(10)), walk("OFFERED", amount=Decimal(20))
    by: dict[str, Any] = {"now": now, "contract": row, "terms": replace(drafting.terms_of(row), title="改名")}

    for person in (people.community_staff, people.other_street_officer, people.manager, people.resident):
        refused(NotAllowed, drafting.correct_contract, by=person, **by)
    refused(
        refusals.ContractNotDraft, drafting.correct_contract, by=people.street_officer, **{**by, "contract": offered}
    )
    version = row.version
    corrected(people, now, row, milestones=[("扶手完成", row.ends_on)])
    refused(Stale, drafting.correct_contract, by=people.street_officer, **by, version=version)
    CreditListingFactory(organization=people.organization)
    refused(OrganizationHindered, drafting.correct_contract, by=people.street_officer, **by)


def test_what_was_offered_stays_whatever_statement_is_made(walk: Walk) -> None:
    row = walk("OFFERED")
    step = row.milestones.get()

    for change in ("title = 'x'", "number = 'x'", "is_lasting = NOT is_lasting", "ends_on = ends_on + 1"):
        change_refused("pgtrigger: Cannot update rows from projects_contract table", row, change)
    for change in ("title = 'x'", "due_on = due_on + 1", "number = 9"):
        change_refused("milestone_fixed_with_the_offer", step, change)
    refused_by_the_database("milestone_fixed_with_the_offer", "DELETE FROM projects_milestone WHERE id = %s", step.pk)
    Contract.objects.filter(pk=row.pk).update(field="ELDERLY")


def test_posts_that_were_written_down_keep_the_kind_and_are_covered(
    people: SimpleNamespace, now: dt.datetime, walk: Walk
) -> None:
    from_posts = walk("DRAFT", kind=ContractKind.POSTS)

    services.record_posts(
        by=people.street_officer,
        now=now,
        division=from_posts.division,
        kind="ELDERLY_AIDE",
        posts=2,
        amount=Decimal(2000),
        starts_on=from_posts.starts_on,
        ends_on=from_posts.ends_on,
        contract=from_posts,
        results="每周上门两次。",
    )

    for more in ({"kind": ContractKind.SERVICE}, {"amount": Decimal(1999)}):
        with pytest.raises(refusals.ContractKindFixed):
            corrected(people, now, from_posts, **more)
    assert corrected(people, now, from_posts, amount=Decimal(2000)).amount == Decimal(2000)


def typed(row: Contract, **more: Any) -> dict[str, Any]:
    return {
        "title": row.title,
        "kind": "SERVICE",
        "scope": row.scope,
        "amount": "2,900",
        "starts_on": str(row.starts_on),
        "ends_on": str(row.ends_on),
        "instalments": "40 SIGNING\n60 ACCEPTANCE",
        "milestones": f"{row.ends_on} 全部完成",
        **more,
    }


def test_on_the_desk_the_form_shows_what_stands_there(people: SimpleNamespace, walk: Walk) -> None:
    row = walk(
        "DRAFT",
        lines=[("MATERIALS", "扶手", Decimal("2800.01"))],
        deliverables=[("扶手", Decimal("96.50"), "米")],
        grounds=["is_lasting"],
    )
    desk = desk_client(people.street_officer)
    path = f"/desk/projects/contract/{row.pk}"

    button = desk.get(f"{path}/change/").content.decode()
    form = desk.get(f"{path}/deeds/edit/").context["form"]
    given = {name: field.value() for name, field in ((one.name, one) for one in form)}
    same = desk.post(f"{path}/deeds/edit/", {**given, "starts_on": str(row.starts_on), "ends_on": str(row.ends_on)})
    refused = desk.post(f"{path}/deeds/edit/", typed(row, amount="3000.01"))
    done = desk.post(f"{path}/deeds/edit/", typed(row))

    assert f"{path}/deeds/edit/" in button
    assert (given["amount"], given["grounds"]) == ("2800.01", ["is_lasting"])
    assert given["milestones"] == "2026-05-01 扶手安装完成"
    assert given["deliverables"] == "96.5 米 扶手"
    assert (same.status_code, done.status_code, refused.status_code) == (302, 302, 200)
    assert "amount" in refused.context["form"].errors
    assert AuditEntry.objects.filter(verb=drafting.CORRECTED).count() == 1
    row = Contract.objects.get(pk=row.pk)
    assert (row.amount, [part.amount for part in row.instalments.all()]) == (
        Decimal("2900.00"),
        [Decimal("1160.00"), Decimal("1740.00")],
    )


def test_the_page_offers_the_correction_of_a_draft_alone(people: SimpleNamespace, walk: Walk) -> None:
    row, offered = walk("DRAFT", amount=Decimal(1000)), walk("OFFERED", amount=Decimal(20))
    client = Client()
    sign_in(client, people.street_officer)
    act = f"{row.get_absolute_url()}acts/correct/"

    page = client.get(row.get_absolute_url()).content.decode()
    stale = client.post(act, typed(row, version="0" * 32))
    done = client.post(act, typed(row))
    late = client.post(f"{offered.get_absolute_url()}acts/correct/", typed(offered))

    assert (act in page, "2026-05-01 扶手安装完成" in page) == (True, True)
    assert "acts/correct/" not in client.get(offered.get_absolute_url()).content.decode()
    assert (stale.status_code, done.status_code, late.status_code) == (400, 302, 400)
    assert Contract.objects.get(pk=row.pk).amount == Decimal("2900.00")


def test_over_the_api_a_correction_names_what_it_was_made_from(people: SimpleNamespace, walk: Walk) -> None:
    row = walk("DRAFT", lines=[("MATERIALS", "扶手", Decimal("2800.01"))])
    client, path = session_client(people.street_officer), f"/api/v1/contracts/{row.pk}"
    etag = client.get(path)["ETag"]
    change = {"amount": "2900.00", "lines": [{"category": "MATERIALS", "title": "扶手", "amount": "2900.00"}]}

    blind = client.patch(path, change)
    half = client.patch(path, {"milestones": [{"title": "全部完成"}]}, headers={"if-match": etag})
    unfit = client.patch(path, {"amount": "2900.00"}, headers={"if-match": etag})
    done = client.patch(path, change, headers={"if-match": etag})
    stale = client.patch(path, change, headers={"if-match": etag})
    foreign = session_client(people.community_staff).patch(path, change, headers={"if-match": done["ETag"]})
    operations.offer_contract(by=people.street_officer, now=row.drafted_at, contract=row)
    late = client.patch(path, change, headers={"if-match": client.get(path)["ETag"]})

    assert [answer.status_code for answer in (blind, half, unfit, done, stale, foreign, late)] == [
        *(428, 400, 400, 200, 412, 403, 409),
    ]
    assert (unfit.json()["code"], late.json()["code"]) == ("contract_lines_unfit", "contract_not_draft")
    assert [part["amount"] for part in done.json()["instalments"]] == ["1450.00", "1450.00"]
    assert done.json()["milestones"][0]["title"] == "扶手安装完成"
    assert done["ETag"] != etag
