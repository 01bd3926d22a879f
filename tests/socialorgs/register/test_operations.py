"""Entries, their check and end, lists, inspections, appointments, and the gate that reads them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from governance.audit.models import AuditEntry
from governance.errors import DomainError
from governance.outbox.models import OutboxEvent
from socialorgs.register import operations
from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization
from socialorgs.register.queries import OrganizationHindered, doubts, hindrances
from tests.factories.socialorgs_register import (
    AnnualInspectionFactory,
    CreditListingFactory,
    OrganizationAppointmentFactory,
    OrganizationFactory,
)
from tests.socialorgs.register.conftest import CODE, entry, filed

pytestmark = pytest.mark.django_db


def code_of(work: Callable[[], Any]) -> str:
    """Return the code of the refusal that the work runs into."""
    with pytest.raises(DomainError) as refusal:
        work()
    return refusal.value.code


def test_an_entry_is_made_by_one_and_checked_by_another(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_organization(
        by=people.street_reviewer, now=now, **entry(people, credit_code=f" {CODE.lower()}")
    )
    by_oneself = code_of(lambda: operations.verify_organization(by=people.street_reviewer, now=now, organization=row))
    row = operations.verify_organization(by=people.district_admin, now=now, organization=row)

    assert (by_oneself, row.status, row.credit_code) == ("same_person", "ACTIVE", CODE)
    trail = AuditEntry.objects.filter(object_label="socialorgs.SocialOrganization").order_by("id")
    assert [(act.verb, act.actor) for act in trail] == [
        ("socialorgs.organization.entered", people.street_reviewer),
        ("socialorgs.organization.verified", people.district_admin),
    ]
    assert OutboxEvent.objects.filter(topic="socialorgs.organization.verified").count() == 1


def test_a_filed_body_has_a_number_and_no_code(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_organization(by=people.community_staff, now=now, **filed(people))

    assert (row.standing, row.credit_code, row.filing_number) == ("FILED", None, "东兴寺备〔2025〕3号")


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"credit_code": ""}, "organization_code_missing"),
        ({"credit_code": "52510302MJQ0000151"}, "credit_code_check"),
        ({"credit_code": "5251O302MJQ000015F"}, "credit_code_character"),
        ({"credit_code": "5251"}, "credit_code_length"),
        ({"credit_code": "5.2510302E+17"}, "credit_code_rounded"),
        ({"credit_code": "525103020000000000"}, "credit_code_rounded"),
        ({"credit_code": "91510302MA6000016H"}, "credit_code_of_a_company"),
        ({"credit_code": "515103025000000153"}, "credit_code_of_another_type"),
        ({"organization_type": "FOUNDATION"}, "credit_code_of_another_type"),
        ({"founded_on": dt.date(2026, 3, 5)}, "founded_later"),
        ({"scope": "联系13800138000"}, "personal_numbers_found"),
    ],
)
def test_an_impossible_entry_is_refused(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    assert (
        code_of(lambda: operations.enter_organization(by=people.street_officer, now=now, **entry(people, **more)))
        == code
    )
    assert not SocialOrganization.objects.exists()


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"credit_code": CODE}, "organization_code_of_a_filed_body"),
        ({"filing_number": " "}, "filing_number_missing"),
        ({"organization_type": "ASSOCIATION"}, "filed_body_has_no_legal_form"),
        ({"members_count": 4}, "too_few_members"),
        ({"members_count": None}, "too_few_members"),
    ],
)
def test_filed_and_registered_are_never_mixed(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    assert (
        code_of(lambda: operations.enter_organization(by=people.street_officer, now=now, **filed(people, **more)))
        == code
    )


def test_codes_and_numbers_belong_to_one_body(people: SimpleNamespace, now: dt.datetime) -> None:
    operations.enter_organization(by=people.street_officer, now=now, **entry(people))
    operations.enter_organization(by=people.street_officer, now=now, **filed(people))

    again = code_of(
        lambda: operations.enter_organization(by=people.street_officer, now=now, **entry(people, name="别家"))
    )
    twice = code_of(
        lambda: operations.enter_organization(by=people.street_officer, now=now, **filed(people, name="别队"))
    )
    assert (again, twice) == ("organization_code_taken", "filing_number_taken")


@pytest.mark.parametrize("who", ["resident", "stranger", "other_street_officer", "supervisor", "charity_officer"])
def test_others_enter_and_check_nothing(people: SimpleNamespace, now: dt.datetime, who: str) -> None:
    by, row = getattr(people, who), OrganizationFactory(division=people.street)

    assert code_of(lambda: operations.enter_organization(by=by, now=now, **entry(people))) == "not_allowed"
    assert code_of(lambda: operations.verify_organization(by=by, now=now, organization=row)) == "move_forbidden"
    assert (
        code_of(
            lambda: operations.record_listing(
                by=by,
                now=now,
                organization=row,
                credit_list="ABNORMAL",
                decision_number="1",
                reason="失联",
                listed_on=now.date(),
            )
        )
        == "not_allowed"
    )


def test_a_checked_entry_is_edited_by_who_may_check(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_organization(by=people.community_staff, now=now, **filed(people))
    wanted = {**filed(people, name="三八路夜间巡逻队", contact="站长"), "head_name": "李华"}
    wanted.pop("division")
    row = operations.edit_organization(by=people.community_staff, now=now, organization=row, **wanted)
    row = operations.verify_organization(by=people.street_reviewer, now=now, organization=row)

    refused = code_of(
        lambda: operations.edit_organization(by=people.community_staff, now=now, organization=row, **wanted)
    )
    kept = AuditEntry.objects.get(verb="socialorgs.organization.edited")
    assert (refused, row.name) == ("not_allowed", "三八路夜间巡逻队")
    assert (kept.after["head_name"], kept.after["contact"]) == ("李*", True)


def test_what_ended_changes_no_more(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.street, active=True)
    running = OrganizationAppointmentFactory(organization=row)
    row = operations.begin_liquidation(by=people.district_admin, now=now, organization=row, reason="决议解散")
    row = operations.deregister(by=people.district_admin, now=now, organization=row, reason="清算结束")
    wanted = entry(people)
    wanted.pop("division")

    running.refresh_from_db()
    assert (row.status, running.valid_to) == ("DEREGISTERED", now.date() + dt.timedelta(days=1))
    assert (
        code_of(lambda: operations.edit_organization(by=people.district_admin, now=now, organization=row, **wanted))
        == "organization_ended"
    )
    assert (
        code_of(
            lambda: operations.appoint_for_organization(
                by=people.district_admin, now=now, organization=row, user=people.stranger, valid_from=now.date()
            )
        )
        == "organization_ended"
    )


def test_a_revocation_needs_its_reason(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.street, active=True)

    assert (
        code_of(lambda: operations.revoke(by=people.district_admin, now=now, organization=row, reason=""))
        == "reason_missing"
    )
    assert operations.revoke(by=people.district_admin, now=now, organization=row, reason="处罚").status == "REVOKED"


# --- The gate --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("traits", "count"),
    [({"active": True}, 0), ({}, 1), ({"liquidating": True}, 1), ({"deregistered": True}, 1), ({"revoked": True}, 1)],
)
def test_the_status_opens_or_closes_the_gate(today: dt.date, traits: dict[str, bool], count: int) -> None:
    assert len(hindrances(OrganizationFactory(**traits), today)) == count


def test_the_list_of_serious_breaches_closes_the_gate_while_it_runs(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.street, active=True)
    listed = operations.record_listing(
        by=people.district_officer,
        now=now,
        organization=row,
        credit_list="SERIOUS_BREACH",
        decision_number="自民失信〔2026〕1号",
        reason="提供虚假材料",
        listed_on=dt.date(2026, 2, 1),
    )

    with pytest.raises(OrganizationHindered, match="自民失信〔2026〕1号"):
        operations.require_good_standing(row, now.date())
    before = hindrances(row, dt.date(2026, 1, 31))
    listed = operations.end_listing(
        by=people.district_officer, now=now, listing=listed, removed_on=dt.date(2026, 3, 1), reason="已整改"
    )
    assert (before, hindrances(row, now.date()), listed.removed_on) == ([], [], dt.date(2026, 3, 1))
    assert len(hindrances(row, dt.date(2026, 2, 28))) == 1
    assert (
        code_of(
            lambda: operations.end_listing(
                by=people.district_officer, now=now, listing=listed, removed_on=now.date(), reason="又"
            )
        )
        == "listing_ended"
    )


def test_abnormal_activity_is_shown_and_hinders_nothing(today: dt.date) -> None:
    listing = CreditListingFactory(credit_list="ABNORMAL")

    assert hindrances(listing.organization, today) == []


def test_only_the_last_inspection_counts(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.street, active=True)
    AnnualInspectionFactory(organization=row, year=2023, conclusion="FAILED", concluded_on=dt.date(2024, 6, 1))
    AnnualInspectionFactory(organization=row)
    passed = hindrances(row, now.date())
    operations.record_inspection(
        by=people.district_officer,
        now=now,
        organization=row,
        year=2025,
        conclusion="FAILED",
        concluded_on=dt.date(2026, 3, 1),
    )
    failed = hindrances(row, now.date())
    operations.revise_inspection(
        by=people.district_officer,
        now=now,
        organization=row,
        year=2025,
        conclusion="BASICALLY_PASSED",
        concluded_on=dt.date(2026, 3, 3),
        reason="整改合格",
    )

    assert (passed, len(failed), hindrances(row, now.date())) == ([], 1, [])
    assert hindrances(row, dt.date(2025, 1, 1)) != []


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"year": 2026}, "inspection_year_unfit"),
        ({"year": 2019}, "inspection_year_unfit"),
        ({"concluded_on": dt.date(2026, 3, 5)}, "inspection_year_unfit"),
        ({"conclusion": "FINE"}, "conclusion_unknown"),
        ({"year": 2024}, "inspection_known"),
    ],
)
def test_an_impossible_inspection_is_refused(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    row = AnnualInspectionFactory(organization__division=people.street).organization
    figures = {"year": 2025, "conclusion": "PASSED", "concluded_on": dt.date(2026, 3, 1), **more}

    assert (
        code_of(lambda: operations.record_inspection(by=people.district_admin, now=now, organization=row, **figures))
        == code
    )
    assert AnnualInspection.objects.count() == 1


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"listed_on": dt.date(2026, 3, 5)}, "listing_unfit"),
        ({"listed_on": dt.date(2019, 12, 31)}, "listing_unfit"),
        ({"reason": "法定代表人510302198001010012"}, "personal_numbers_found"),
        ({"decision_number": "1号"}, "listing_known"),
    ],
)
def test_an_impossible_listing_is_refused(
    people: SimpleNamespace, now: dt.datetime, more: dict[str, Any], code: str
) -> None:
    row = CreditListingFactory(organization__division=people.street, decision_number="1号").organization
    figures = {
        "credit_list": "SERIOUS_BREACH",
        "decision_number": "2号",
        "reason": "虚假",
        "listed_on": dt.date(2026, 3, 1),
        **more,
    }

    assert (
        code_of(lambda: operations.record_listing(by=people.district_admin, now=now, organization=row, **figures))
        == code
    )
    assert CreditListing.objects.count() == 1


@pytest.mark.parametrize("removed_on", [dt.date(2026, 1, 31), dt.date(2026, 3, 5)])
def test_a_listing_ends_between_its_beginning_and_today(
    people: SimpleNamespace, now: dt.datetime, removed_on: dt.date
) -> None:
    row = CreditListingFactory(organization__division=people.street)
    by = people.district_admin

    assert (
        code_of(lambda: operations.end_listing(by=by, now=now, listing=row, removed_on=removed_on, reason="x"))
        == "end_unfit"
    )


def test_the_usual_figures_are_doubted_not_demanded(people: SimpleNamespace, now: dt.datetime) -> None:
    row = operations.enter_organization(
        by=people.street_officer,
        now=now,
        **entry(
            people,
            organization_type="ASSOCIATION",
            credit_code="515103025000000153",
            members_count=49,
            capital=Decimal("29999.99"),
        ),
    )

    assert len(doubts(row, now.date())) == 2
    row.members_count, row.capital = 50, Decimal("30000.00")
    assert doubts(row, now.date()) == []


# --- Appointments ----------------------------------------------------------------------------------------------------


def test_a_manager_is_appointed_and_steps_down(people: SimpleNamespace, now: dt.datetime) -> None:
    row = OrganizationFactory(division=people.community, active=True)
    by, first_day = people.street_reviewer, dt.date(2024, 5, 1)
    made = operations.appoint_for_organization(
        by=by, now=now, organization=row, user=people.resident, valid_from=first_day
    )
    acts = type(people.resident).objects.get(pk=people.resident.pk).has_perm("socialorgs.act_for_organization", row)
    again = code_of(
        lambda: operations.appoint_for_organization(
            by=by, now=now, organization=row, user=people.resident, valid_from=first_day
        )
    )
    backwards = code_of(lambda: operations.end_appointment(by=by, now=now, appointment=made, valid_to=first_day))
    operations.end_appointment(by=by, now=now, appointment=made, valid_to=now.date())
    twice = code_of(lambda: operations.end_appointment(by=by, now=now, appointment=made, valid_to=now.date()))

    assert (acts, again, backwards, twice) == (
        True,
        "already_acts_for_organization",
        "end_unfit",
        "organization_appointment_ended",
    )
    assert OrganizationAppointment.objects.get().valid_to == now.date()
