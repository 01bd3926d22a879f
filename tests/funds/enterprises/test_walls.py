"""Each guard of enterprises, their declarations, shares, lettings and records by name: a statement that it alone refuses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.factories.communities import AttachmentFactory
from tests.factories.funds_enterprises import DeclarationFactory, EnterpriseFactory
from tests.factories.funds_letting import (
    AssetFactory,
    BusinessRecordFactory,
    LettingFactory,
    RentChargeFactory,
    RentReceiptFactory,
    ShareholderFactory,
)
from tests.walls import alone, copied

pytestmark = pytest.mark.django_db(transaction=True)


def test_each_guard_of_enterprises_refuses_alone(owner: Callable[[], Any]) -> None:
    company, declaration = EnterpriseFactory.create(closed=True), DeclarationFactory.create(audited=True)
    holder = ShareholderFactory.create(enterprise=declaration.enterprise)
    change = "UPDATE funds_communityenterprise SET {} WHERE id = %s"
    declared = "UPDATE funds_profitdeclaration SET {} WHERE id = %s"

    with owner():
        alone("communityenterprise:lifecycle", change.format("status = 'OPERATING'"), company.pk)
        lost = change.format("status = 'LOST'")
        alone("communityenterprise_status_is_known", lost, company.pk, beside=["communityenterprise:lifecycle"])
        alone("profitdeclaration:lifecycle", declared.format("status = 'DRAFT'"), declaration.pk)
        lost = declared.format("status = 'LOST'")
        alone("profitdeclaration_status_is_known", lost, declaration.pk, beside=["profitdeclaration:lifecycle"])
        alone("profitdeclaration_occasion_is_known", declared.format("audit_occasion = 'X'"), declaration.pk)
        alone("shareholder:never_deleted", "DELETE FROM funds_shareholder WHERE id = %s", holder.pk)
        # Asked for at the end of the transaction, here at once.
        at_once = "SET CONSTRAINTS ALL IMMEDIATE; "
        alone("shareholder_sums", at_once + copied(holder, name="'另一股东'", share="0.5"))
        form = change.format("legal_form = 'COMMITTEE_LETTING'")
        alone("communityenterprise_form_fits", at_once + form, holder.enterprise_id)


def test_each_guard_of_lettings_and_records_refuses_alone(owner: Callable[[], Any]) -> None:
    charge = RentChargeFactory.create()
    letting = charge.letting
    receipt = RentReceiptFactory.create(letting=letting)
    record, asset = BusinessRecordFactory.create(), AssetFactory.create()
    draft, paper = LettingFactory.create(), AttachmentFactory.create()
    shown = BusinessRecordFactory.create()
    shown.evidence.add(paper)
    draft.papers.add(paper)

    with owner():
        alone("businessrecord:never_deleted", "DELETE FROM funds_businessrecord WHERE id = %s", record.pk)
        alone("rentcharge:never_deleted", "DELETE FROM funds_rentcharge WHERE id = %s", charge.pk)
        alone("rentreceipt:never_deleted", "DELETE FROM funds_rentreceipt WHERE id = %s", receipt.pk)
        month = copied(charge, number=2, to_on="from_on")
        alone("rentcharge_month_runs_forward", month)
        alone("communityasset_named_once", copied(asset))
        change = "UPDATE funds_letting SET {} WHERE id = %s"
        alone("letting:lifecycle", change.format("status = 'DRAFT'"), letting.pk)
        alone("letting_status_is_known", change.format("status = 'LOST'"), draft.pk, beside=["letting:lifecycle"])

        evidence = (
            f"INSERT INTO funds_businessrecord_evidence (businessrecord_id, attachment_id) VALUES ({shown.pk}, %s)"
        )
        papers = f"INSERT INTO funds_letting_papers (letting_id, attachment_id) VALUES ({draft.pk}, %s)"
        alone("funds_businessrecord_evi_businessrecord_id_attach_a05afb19_uniq", evidence, paper.pk)
        alone("funds_letting_papers_letting_id_attachment_id_8519e7dd_uniq", papers, paper.pk)
