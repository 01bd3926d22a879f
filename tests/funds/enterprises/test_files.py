"""Files of an enterprise: who opens them, and how they and edits come in by the API."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from rest_framework.test import APIClient

from communities.notices.models import Attachment
from communities.notices.policy import LARGEST_FILE
from funds.enterprises import operations as enterprises
from funds.enterprises.letting import operations as lettings
from funds.enterprises.models import EnterpriseRole
from funds.enterprises.records import operations as records
from governance.accounts.models import User
from tests.factories.communities import PublicNoticeFactory
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseAppointmentFactory, EnterpriseFactory
from tests.factories.funds_letting import AssetFactory, BusinessRecordFactory, LettingFactory
from tests.people import edit, session_client

pytestmark = pytest.mark.django_db

BASE = "/api/v1"
PDF = b"%PDF-1.4\n%%EOF\n"


def upload(name: str = "合同.pdf", content: bytes = PDF) -> SimpleUploadedFile:
    """Return a file as a browser or a program sends it."""
    return SimpleUploadedFile(name, content, content_type="application/pdf")


def sent(client: APIClient, path: str, **data: Any) -> Any:
    """Send a form with files."""
    return client.post(f"{BASE}/{path}", data, format="multipart")


def opened(user: User, path: str) -> int:
    """Return how the address answers this person."""
    client = Client()
    client.force_login(user)
    return client.get(path).status_code


@pytest.fixture
def hung(people: SimpleNamespace, now: dt.datetime, today: dt.date) -> dict[str, Attachment]:
    """One file of each kind, all attached by the accountant."""
    by, firm = people.accountant, people.enterprise
    record = BusinessRecordFactory(enterprise=firm)
    letting = LettingFactory(asset=AssetFactory(enterprise=firm), running=True)
    draft = DeclarationFactory(enterprise=firm)
    records.attach_evidence(by=by, record=record, name="发票.pdf", content=PDF, now=now)
    lettings.attach_paper(by=by, letting=letting, name="合同.pdf", content=PDF, now=now)
    slip = lettings.record_rent(
        by=by,
        letting=letting,
        amount=letting.monthly_rent,
        received_on=today,
        reference="YH1",
        now=now,
        today=today,
        name="回单.pdf",
        content=PDF,
    ).evidence
    enterprises.attach_statement(
        by=by, declaration=draft, paper="balance_sheet", name="资产负债表.pdf", content=PDF, now=now
    )
    draft.refresh_from_db()
    assert slip is not None
    assert draft.balance_sheet is not None
    return {
        "evidence": record.evidence.get(),
        "contract": letting.papers.get(),
        "slip": slip,
        "statement": draft.balance_sheet,
    }


@pytest.mark.parametrize("kind", ["evidence", "contract", "slip", "statement"])
def test_colleagues_open_each_others_files(people: SimpleNamespace, hung: dict[str, Attachment], kind: str) -> None:
    head: Any = EnterpriseAppointmentFactory(enterprise=people.enterprise, role=EnterpriseRole.HEAD)
    path = f"/enterprises/{people.enterprise.pk}/files/{hung[kind].pk}/"

    found = {
        name: opened(getattr(people, name), path)
        for name in ("accountant", "community_staff", "street_officer", "auditor", "stranger", "other_accountant")
    }

    assert opened(head.user, path) == 200
    assert found == {
        "accountant": 200,
        "community_staff": 200,
        "street_officer": 200,
        "auditor": 200,
        "stranger": 403,
        "other_accountant": 403,
    }
    assert Client().get(path).status_code == 302


def test_a_file_is_handed_out_only_where_it_hangs(people: SimpleNamespace, hung: dict[str, Attachment]) -> None:
    other = EnterpriseFactory(division=people.enterprise.division, operating=True)

    assert opened(people.community_staff, f"/enterprises/{other.pk}/files/{hung['evidence'].pk}/") == 404


def test_the_pages_lead_to_the_files(people: SimpleNamespace, hung: dict[str, Attachment]) -> None:
    head: Any = EnterpriseAppointmentFactory(enterprise=people.enterprise, role=EnterpriseRole.HEAD)
    client, firm = Client(), people.enterprise
    client.force_login(head.user)
    pages = {
        "evidence": f"/enterprises/{firm.pk}/books/?year=2025",
        "contract": firm.lettings.get().get_absolute_url(),
        "slip": firm.lettings.get().get_absolute_url(),
        "statement": firm.declarations.get().get_absolute_url(),
    }

    for kind, page in pages.items():
        assert f'href="/enterprises/{firm.pk}/files/{hung[kind].pk}/"' in client.get(page).content.decode()


def test_files_come_in_by_the_api(people: SimpleNamespace) -> None:
    accountant, auditor, firm = session_client(people.accountant), session_client(people.auditor), people.enterprise
    record, letting = BusinessRecordFactory(enterprise=firm), LettingFactory(asset=AssetFactory(enterprise=firm))
    running = LettingFactory(asset=AssetFactory(enterprise=firm, name="二号堆场"), running=True)
    draft, checked = (
        DeclarationFactory(enterprise=firm),
        DeclarationFactory(enterprise=firm, starts_on=dt.date(2024, 1, 1), ends_on=dt.date(2025, 1, 1), checked=True),
    )

    evidence = sent(accountant, f"business-records/{record.pk}/attach", file=upload())
    contract = sent(accountant, f"lettings/{letting.pk}/attach", file=upload())
    statement = sent(accountant, f"declarations/{draft.pk}/attach", file=upload(), paper="income_statement")
    report = sent(auditor, f"declarations/{checked.pk}/attach", file=upload(), paper="audit_report")
    receipt = {"letting": running.pk, "received_on": "2025-01-10", "amount": "40000.00", "reference": "YH7"}
    paid = sent(accountant, "rent-receipts", **receipt, file=upload("回单.pdf"))

    answers = (evidence, contract, statement, report, paid)
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 201], [a.content for a in answers]
    assert evidence.json()["evidence"] == [record.evidence.get().pk]
    assert contract.json()["papers"] == [letting.papers.get().pk]
    draft.refresh_from_db()
    assert statement.json()["income_statement"] == draft.income_statement_id
    assert Attachment.objects.get(pk=paid.json()["evidence"]).name == "回单.pdf"


def test_what_may_not_be_stored_is_refused_by_the_api(people: SimpleNamespace) -> None:
    accountant, firm = session_client(people.accountant), people.enterprise
    record, draft = BusinessRecordFactory(enterprise=firm), DeclarationFactory(enterprise=firm)
    path = f"business-records/{record.pk}/attach"

    large = sent(accountant, path, file=upload(content=PDF + b" " * LARGEST_FILE))
    other = sent(accountant, path, file=upload("合同.pdf", b"MZ\x90 not a paper"))
    none = sent(accountant, path)
    report = sent(accountant, f"declarations/{draft.pk}/attach", file=upload(), paper="audit_report")
    unknown = sent(accountant, f"declarations/{draft.pk}/attach", file=upload(), paper="status")
    stranger = sent(session_client(people.stranger), path, file=upload())
    elsewhere = sent(session_client(people.other_accountant), path, file=upload())

    assert [answer.status_code for answer in (large, other, none, report, unknown, stranger, elsewhere)] == [
        400, 400, 400, 403, 400, 403, 404,
    ]  # fmt: skip
    assert large.json()["code"] == "file_too_large"
    assert not Attachment.objects.exists()


def test_a_sent_file_is_attached_once_per_key(people: SimpleNamespace) -> None:
    accountant, record = session_client(people.accountant), BusinessRecordFactory(enterprise=people.enterprise)

    answers = [
        accountant.post(
            f"{BASE}/business-records/{record.pk}/attach",
            {"file": upload()},
            format="multipart",
            headers={"Idempotency-Key": "beleg-1"},
        )
        for _time in range(2)
    ]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert record.evidence.count() == 1


def test_assets_and_drafts_are_edited_by_the_api(people: SimpleNamespace) -> None:
    accountant, firm = session_client(people.accountant), people.enterprise
    letting = LettingFactory(asset=AssetFactory(enterprise=firm))
    running = LettingFactory(asset=AssetFactory(enterprise=firm, name="二号堆场"), running=True)
    notice = PublicNoticeFactory(division=firm.division)

    asset = edit(accountant, f"community-assets/{letting.asset_id}", {"area": "91.50", "right_paper": "协议 2"})
    none = edit(accountant, f"community-assets/{letting.asset_id}", {"area": "0"})
    draft = edit(accountant, f"lettings/{letting.pk}", {"monthly_rent": "41000.00", "lessee": "川北建材商行"})
    late = edit(accountant, f"lettings/{running.pk}", {"monthly_rent": "1.00"})
    empty = edit(accountant, f"lettings/{letting.pk}", {"ends_on": "2020-01-01"})
    named = accountant.post(f"{BASE}/lettings/{letting.pk}/name_notice", {"notice": notice.pk})
    other = edit(session_client(people.other_accountant), f"community-assets/{letting.asset_id}", {"name": "x"})

    assert [answer.status_code for answer in (asset, none, draft, late, empty, named, other)] == [
        200, 400, 200, 409, 400, 200, 403,
    ]  # fmt: skip
    letting.refresh_from_db()
    letting.asset.refresh_from_db()
    assert (asset.json()["area"], letting.asset.right_paper) == ("91.50", "协议 2")
    assert (draft.json()["monthly_rent"], letting.lessee, letting.notice_id) == ("41000.00", "川北建材商行", notice.pk)
    assert (late.json()["code"], none.json()["code"]) == ("not_a_draft_letting", "area_missing")


@pytest.mark.parametrize("kind", ["enterprises", "community-assets", "lettings"])
def test_an_edit_says_which_version_it_was_made_from(people: SimpleNamespace, kind: str) -> None:
    """Two people read the same; the second to write is told, and nothing of the first is lost."""
    letting = LettingFactory(asset=AssetFactory(enterprise=people.enterprise))
    key, first, second = {
        "enterprises": (people.enterprise.pk, {"business_lines": "家政"}, {"business_lines": "仓储"}),
        "community-assets": (letting.asset_id, {"area": "91.50"}, {"area": "92.50"}),
        "lettings": (letting.pk, {"lessee": "川北建材商行"}, {"lessee": "川南建材商行"}),
    }[kind]
    client, path = session_client(people.community_staff), f"{BASE}/{kind}/{key}"
    tag = client.get(path).headers["ETag"]

    without = client.patch(path, first)
    done = client.patch(path, first, headers={"If-Match": tag})
    late = client.patch(path, second, headers={"If-Match": tag})
    again = client.patch(path, second, headers={"If-Match": done.headers["ETag"]})

    assert [answer.status_code for answer in (without, done, late, again)] == [428, 200, 412, 200]
    assert (without.json()["code"], late.json()["code"]) == ("version_missing", "stale")
    assert client.get(path).headers["ETag"] == again.headers["ETag"] != tag
