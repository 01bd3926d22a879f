"""Entering enterprises and declaring: what happens, and what every refusal leaves unchanged."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest

from communities.territory.models import Division
from funds.enterprises import operations
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
from governance import lifecycle
from governance.audit.models import AuditEntry
from governance.errors import DomainError, NotAllowed
from governance.outbox.models import OutboxEvent
from tests.factories.accounts import UserFactory
from tests.factories.communities import DivisionFactory
from tests.factories.funds_enterprises import (
    DeclarationFactory,
    EnterpriseAppointmentFactory,
    EnterpriseFactory,
    accountant,
)

pytestmark = pytest.mark.django_db

YEAR = {"period_kind": "YEAR", "starts_on": dt.date(2025, 1, 1), "ends_on": dt.date(2026, 1, 1)}
FIGURES: dict[str, Any] = {
    "revenue": Decimal("900000.00"),
    "rent": Decimal("120000.00"),
    "cost": Decimal("580000.00"),
    "tax": Decimal("20000.00"),
    "net_profit": Decimal("300000.00"),
    "losses_carried": Decimal("20000.00"),
    "registered_capital": Decimal("500000.00"),
    "reserve_before": Decimal("240000.00"),
    "note": "",
}
MASTER: dict[str, Any] = {
    "name": "三八路便民服务有限公司",
    "legal_form": "WHOLLY_OWNED_COMPANY",
    "business_lines": "物业服务、农贸市场",
    "credit_code": "91510302MA6000016H",
    "registered_capital": Decimal("500000.00"),
    "founded_on": dt.date(2020, 5, 1),
}


def entry(verb: str) -> AuditEntry:
    """Return the one entry with this verb."""
    return AuditEntry.objects.get(verb=verb)


def test_enter_enterprise_writes_row_and_entry(
    people: SimpleNamespace, place: SimpleNamespace, now: dt.datetime
) -> None:
    row = operations.enter_enterprise(
        by=people.community_staff, division=place.community, now=now, **{**MASTER, "credit_code": " 91510302ma6000016h"}
    )

    row.refresh_from_db()
    written = entry("funds.enterprise.entered")
    assert (row.credit_code, row.status, row.entered_by) == ("91510302MA6000016H", "PLANNED", people.community_staff)
    assert (written.actor, written.object_key, written.after["credit_code"]) == (
        people.community_staff,
        str(row.pk),
        "91510302MA6000016H",
    )


def test_only_letting_by_the_committee_has_no_credit_code(
    people: SimpleNamespace, place: SimpleNamespace, now: dt.datetime
) -> None:
    row = operations.enter_enterprise(
        by=people.street_officer,
        division=place.community,
        now=now,
        **{**MASTER, "credit_code": "", "legal_form": "COMMITTEE_LETTING", "registered_capital": Decimal(0)},
    )

    row.refresh_from_db()
    assert row.credit_code is None


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"credit_code": ""}, "credit_code_missing"),
        ({"credit_code": "91510302MA6000016"}, "credit_code_length"),
        ({"credit_code": "91510302MA6000O16H"}, "credit_code_character"),
        ({"credit_code": "91510302MA6000061H"}, "credit_code_check"),
        ({"credit_code": "515103025000000000"}, "credit_code_rounded"),
        ({"registered_capital": Decimal(0)}, "registered_capital_missing"),
    ],
)
def test_enter_enterprise_refuses_wrong_master_data(
    people: SimpleNamespace, place: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], code: str
) -> None:
    known = CommunityEnterprise.objects.count()

    with pytest.raises(DomainError) as refusal:
        operations.enter_enterprise(
            by=people.community_staff, division=place.community, now=now, **{**MASTER, **changes}
        )

    assert (refusal.value.code, refusal.value.status) == (code, 400)
    assert CommunityEnterprise.objects.count() == known
    assert not AuditEntry.objects.exists()


def test_enter_enterprise_refuses_a_code_twice(
    people: SimpleNamespace, place: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    known = CommunityEnterprise.objects.count()

    with pytest.raises(operations.CreditCodeTaken):
        operations.enter_enterprise(
            by=people.community_staff,
            division=place.community,
            now=now,
            **{**MASTER, "credit_code": enterprise.credit_code},
        )

    assert CommunityEnterprise.objects.count() == known


def test_enter_enterprise_refuses_a_closed_place(
    people: SimpleNamespace, place: SimpleNamespace, now: dt.datetime
) -> None:
    closed = DivisionFactory(parent=place.street, status="CLOSED", valid_to=dt.date(2025, 1, 1))

    for division in (closed, Division.objects.get(pk=place.district.pk)):
        with pytest.raises((operations.PlaceClosed, NotAllowed)):
            operations.enter_enterprise(by=people.street_officer, division=division, now=now, **MASTER)

    assert not CommunityEnterprise.objects.filter(name=MASTER["name"]).exists()


@pytest.mark.parametrize(
    "who", ["accountant", "supervisor", "auditor", "district_admin", "other_community_staff", "stranger"]
)
def test_others_do_not_enter_enterprises(
    people: SimpleNamespace, place: SimpleNamespace, now: dt.datetime, who: str
) -> None:
    with pytest.raises(NotAllowed):
        operations.enter_enterprise(by=getattr(people, who), division=place.community, now=now, **MASTER)

    assert not CommunityEnterprise.objects.filter(name=MASTER["name"]).exists()


def test_edit_enterprise_writes_only_what_changed(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    same = {name: getattr(enterprise, name) for name in MASTER}

    operations.edit_enterprise(
        by=people.community_staff, enterprise=enterprise, now=now, **{**same, "business_lines": "养老托育"}
    )

    enterprise.refresh_from_db()
    written = entry("funds.enterprise.edited")
    assert enterprise.business_lines == "养老托育"
    assert (written.before, written.after) == ({"business_lines": "物业服务"}, {"business_lines": "养老托育"})


def test_edit_enterprise_without_change_leaves_no_entry(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    same = {name: getattr(enterprise, name) for name in MASTER}

    operations.edit_enterprise(by=people.community_staff, enterprise=enterprise, now=now, **same)

    assert not AuditEntry.objects.exists()


def test_edit_enterprise_refuses_the_code_of_another(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    other = EnterpriseFactory()

    with pytest.raises(operations.CreditCodeTaken):
        operations.edit_enterprise(
            by=people.community_staff, enterprise=enterprise, now=now, **{**MASTER, "credit_code": other.credit_code}
        )

    enterprise.refresh_from_db()
    assert enterprise.name != MASTER["name"]


def test_appoint_and_end(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    row = operations.appoint_for_enterprise(
        by=people.community_staff,
        enterprise=enterprise,
        user=people.stranger,
        role="HEAD",
        valid_from=dt.date(2026, 3, 1),
        now=now,
    )
    operations.end_appointment(by=people.street_officer, appointment=row, valid_to=dt.date(2026, 4, 1), now=now)

    row.refresh_from_db()
    assert (row.valid_from, row.valid_to) == (dt.date(2026, 3, 1), dt.date(2026, 4, 1))
    assert entry("funds.enterprise_appointment.made").actor == people.community_staff
    assert entry("funds.enterprise_appointment.ended").after == {"valid_to": "2026-04-01"}


def test_an_office_is_held_once(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    with pytest.raises(operations.AlreadyAppointed):
        operations.appoint_for_enterprise(
            by=people.community_staff,
            enterprise=enterprise,
            user=people.accountant,
            role="ACCOUNTANT",
            valid_from=dt.date(2026, 3, 1),
            now=now,
        )

    assert EnterpriseAppointment.objects.filter(enterprise=enterprise).count() == 2


def test_an_appointment_does_not_end_before_it_begins(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    row = EnterpriseAppointmentFactory(enterprise=enterprise, valid_from=dt.date(2026, 3, 1))

    with pytest.raises(operations.EndBeforeBeginning):
        operations.end_appointment(by=people.community_staff, appointment=row, valid_to=dt.date(2026, 3, 1), now=now)

    row.refresh_from_db()
    assert row.valid_to is None


def test_an_ended_appointment_gives_no_rights(enterprise: CommunityEnterprise) -> None:
    row = EnterpriseAppointmentFactory(enterprise=enterprise, valid_to=dt.date(2026, 1, 1))

    assert not row.user.has_perm("funds.submit_declaration", enterprise)


def test_enter_declaration_writes_a_draft(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    row = operations.enter_declaration(by=people.accountant, enterprise=enterprise, now=now, **YEAR, **FIGURES)

    row.refresh_from_db()
    assert {name: getattr(row, name) for name in FIGURES} == FIGURES
    assert (row.status, row.revision, row.declared_by) == ("DRAFT", 1, people.accountant)
    assert entry("funds.declaration.entered").after["net_profit"] == "300000.00"


def test_a_loss_is_declared_as_a_negative_profit(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    figures = {**FIGURES, "cost": Decimal("990000.00"), "tax": Decimal(0), "net_profit": Decimal("-90000.00")}

    row = operations.enter_declaration(by=people.accountant, enterprise=enterprise, now=now, **YEAR, **figures)

    row.refresh_from_db()
    assert row.net_profit == Decimal("-90000.00")


def test_a_service_agency_may_declare(people: SimpleNamespace, place: SimpleNamespace, now: dt.datetime) -> None:
    agency = EnterpriseFactory(legal_form="SOCIAL_SERVICE_AGENCY", division=place.community, operating=True)

    figures = {**FIGURES, "reserve_before": Decimal(0)}
    row = operations.enter_declaration(by=accountant(agency), enterprise=agency, now=now, **YEAR, **figures)

    assert (row.status, agency.may_distribute) == ("DRAFT", False)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"net_profit": Decimal("300000.01")}, "profit_does_not_add_up", "net_profit"),
        ({"rent": Decimal("900000.01")}, "rent_above_revenue", "rent"),
        ({"registered_capital": Decimal(0)}, "registered_capital_missing", "registered_capital"),
        ({"ends_on": dt.date(2025, 12, 31)}, "period_unknown", "starts_on"),
        ({"starts_on": dt.date(2025, 2, 1), "ends_on": dt.date(2026, 2, 1)}, "period_unknown", "starts_on"),
        (
            {"period_kind": "QUARTER", "starts_on": dt.date(2025, 2, 1), "ends_on": dt.date(2025, 5, 1)},
            "period_unknown",
            "starts_on",
        ),
        ({"period_kind": "MONTH", "ends_on": dt.date(2025, 2, 1)}, "period_unknown", "starts_on"),
        ({"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2027, 1, 1)}, "declared_period_not_over", "starts_on"),
        (
            {"period_kind": "QUARTER", "starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2026, 4, 1)},
            "declared_period_not_over",
            "starts_on",
        ),
        ({"starts_on": dt.date(1025, 1, 1), "ends_on": dt.date(1026, 1, 1)}, "year_unknown", "starts_on"),
        ({"starts_on": dt.date(2019, 1, 1), "ends_on": dt.date(2020, 1, 1)}, "period_before_founding", "starts_on"),
    ],
)
def test_enter_declaration_refuses(
    people: SimpleNamespace, now: dt.datetime, changes: dict[str, Any], code: str, field: str
) -> None:
    with pytest.raises(DomainError) as refusal:
        operations.enter_declaration(
            by=people.accountant, enterprise=people.enterprise, now=now, **{**YEAR, **FIGURES, **changes}
        )

    assert (refusal.value.code, refusal.value.field) == (code, field)
    assert str(refusal.value)
    assert not ProfitDeclaration.objects.exists()
    assert not AuditEntry.objects.exists()


def test_the_refused_profit_names_the_computed_figure(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    with pytest.raises(operations.ProfitDoesNotAddUp) as refusal:
        operations.enter_declaration(
            by=people.accountant,
            enterprise=enterprise,
            now=now,
            **{**YEAR, **FIGURES, "net_profit": Decimal("320000.00")},
        )

    assert refusal.value.params == {"computed": "300,000.00", "declared": "320,000.00"}


def test_a_quarter_is_declared_on_the_day_after_its_end(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    first_of_april = now.replace(month=4, day=1, hour=0)

    row = operations.enter_declaration(
        by=people.accountant,
        enterprise=enterprise,
        now=first_of_april,
        period_kind="QUARTER",
        starts_on=dt.date(2026, 1, 1),
        ends_on=dt.date(2026, 4, 1),
        **FIGURES,
    )

    assert row.period_name == "2026-Q1"


def test_a_period_is_declared_once(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    DeclarationFactory(enterprise=enterprise)

    with pytest.raises(operations.PeriodDeclared):
        operations.enter_declaration(by=people.accountant, enterprise=enterprise, now=now, **YEAR, **FIGURES)

    assert ProfitDeclaration.objects.count() == 1


@pytest.mark.parametrize("walk", [{}, {"closed": True}])
def test_only_a_running_enterprise_declares(place: SimpleNamespace, now: dt.datetime, walk: dict[str, bool]) -> None:
    idle = EnterpriseFactory(division=place.community, **walk)

    with pytest.raises(operations.EnterpriseNotRunning):
        operations.enter_declaration(by=accountant(idle), enterprise=idle, now=now, **YEAR, **FIGURES)

    assert not ProfitDeclaration.objects.exists()


@pytest.mark.parametrize(
    "who",
    ["community_staff", "supervisor", "street_officer", "auditor", "district_admin", "other_accountant", "stranger"],
)
def test_only_its_own_people_declare(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime, who: str
) -> None:
    with pytest.raises(NotAllowed):
        operations.enter_declaration(by=getattr(people, who), enterprise=enterprise, now=now, **YEAR, **FIGURES)

    assert not ProfitDeclaration.objects.exists()


def test_edit_declaration_changes_the_draft(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    draft = DeclarationFactory(enterprise=enterprise)
    figures = {**FIGURES, "cost": Decimal("600000.00"), "net_profit": Decimal("280000.00"), "note": "补记成本"}

    row = operations.edit_declaration(
        by=people.accountant, declaration=draft, now=now, version=draft.version, **figures
    )

    row.refresh_from_db()
    written = entry("funds.declaration.edited")
    assert (row.cost, row.net_profit, row.note) == (Decimal("600000.00"), Decimal("280000.00"), "补记成本")
    assert (written.before["cost"], written.after["cost"]) == ("580000.00", "600000.00")
    assert "tax" not in written.before


@pytest.mark.parametrize("state", ["submitted", "reviewed", "checked", "audited", "published", "locked"])
def test_only_a_draft_is_edited(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime, state: str
) -> None:
    row = DeclarationFactory(enterprise=enterprise, **{state: True})

    with pytest.raises(operations.NotADraft):
        operations.edit_declaration(by=people.accountant, declaration=row, now=now, **{**FIGURES, "note": "late"})

    row.refresh_from_db()
    assert row.note == ""


def test_a_stale_edit_is_refused(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    draft = DeclarationFactory(enterprise=enterprise)
    first = draft.version
    operations.edit_declaration(
        by=people.accountant, declaration=draft, now=now, version=first, **{**FIGURES, "note": "first"}
    )

    with pytest.raises(operations.Stale):
        operations.edit_declaration(
            by=people.accountant, declaration=draft, now=now, version=first, **{**FIGURES, "note": "second"}
        )

    draft.refresh_from_db()
    assert draft.note == "first"


def test_edit_refuses_figures_that_do_not_add_up(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    draft = DeclarationFactory(enterprise=enterprise)

    with pytest.raises(operations.ProfitDoesNotAddUp):
        operations.edit_declaration(by=people.accountant, declaration=draft, now=now, **{**FIGURES, "tax": Decimal(0)})

    draft.refresh_from_db()
    assert draft.tax == Decimal("20000.00")


def test_others_do_not_edit(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    draft = DeclarationFactory(enterprise=enterprise)

    for by in (people.other_accountant, people.community_staff, people.stranger):
        with pytest.raises(NotAllowed):
            operations.edit_declaration(by=by, declaration=draft, now=now, **{**FIGURES, "note": "x"})

    draft.refresh_from_db()
    assert draft.note == ""


def test_a_declaration_passes_four_people_to_its_lock(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    row = operations.enter_declaration(by=people.accountant, enterprise=enterprise, now=now, **YEAR, **FIGURES)

    row = lifecycle.move(row, "submit", by=people.accountant, now=now)
    row = lifecycle.move(row, "review", by=people.supervisor, now=now)
    row = lifecycle.move(row, "check", by=people.street_officer, now=now)
    row = operations.audit_declaration(by=people.auditor, declaration=row, opinion=" 无保留意见 ", now=now)
    row = lifecycle.move(row, "publish", by=people.street_officer, now=now)
    row = lifecycle.move(row, "lock", by=people.street_reviewer, now=now)

    row.refresh_from_db()
    assert (row.submitted_by, row.reviewed_by, row.checked_by, row.audited_by) == (
        people.accountant,
        people.supervisor,
        people.street_officer,
        people.auditor,
    )
    assert (row.status, row.audit_opinion, row.locked_at) == ("LOCKED", "无保留意见", now)
    assert list(OutboxEvent.objects.order_by("id").values_list("topic", flat=True)) == [
        "funds.declaration.submitted",
        "funds.declaration.audited",
        "funds.declaration.published",
    ]


def test_an_audit_needs_an_opinion(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    row = DeclarationFactory(enterprise=enterprise, checked=True)

    with pytest.raises(operations.AuditOpinionMissing):
        operations.audit_declaration(by=people.auditor, declaration=row, opinion="  ", now=now)

    row.refresh_from_db()
    assert row.status == "CHECKED"


@pytest.mark.parametrize(
    ("state", "who", "move"),
    [
        ("submitted", "supervisor", "return_from_review"),
        ("reviewed", "street_officer", "return_from_check"),
        ("checked", "auditor", "return_from_audit"),
    ],
)
def test_a_return_goes_back_to_the_draft_and_begins_anew(
    people: SimpleNamespace, now: dt.datetime, state: str, who: str, move: str
) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, **{state: True})

    operations.return_declaration(by=getattr(people, who), declaration=row, move=move, reason="缺少银行对账单", now=now)

    row.refresh_from_db()
    assert row.status == "DRAFT"
    assert (row.submitted_by, row.reviewed_by, row.checked_by) == (None, None, None)
    assert entry("funds.declaration.returned").reason == "缺少银行对账单"


def test_a_return_needs_a_reason(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    row = DeclarationFactory(enterprise=enterprise, submitted=True)

    with pytest.raises(lifecycle.ReasonMissing):
        operations.return_declaration(
            by=people.supervisor, declaration=row, move="return_from_review", reason=" ", now=now
        )

    row.refresh_from_db()
    assert (row.status, row.submitted_by is None) == ("SUBMITTED", False)


@pytest.mark.parametrize("state", [None, "audited"])
def test_what_lies_with_nobody_is_not_returned(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime, state: str | None
) -> None:
    row = DeclarationFactory(enterprise=enterprise, **({state: True} if state else {}))

    with pytest.raises(lifecycle.MoveClosed):
        operations.return_declaration(
            by=people.supervisor, declaration=row, move="return_from_review", reason="x", now=now
        )

    assert not AuditEntry.objects.exists()


def test_correct_declaration_opens_the_next_revision(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    old = DeclarationFactory(enterprise=enterprise, published=True, note="年度")

    row = operations.correct_declaration(by=people.accountant, declaration=old, reason="漏记一笔收入", now=now)

    row.refresh_from_db()
    old.refresh_from_db()
    assert (row.revision, row.status, row.correction_reason, row.note) == (2, "DRAFT", "漏记一笔收入", "年度")
    assert (row.revenue, row.net_profit, row.reserve_before) == (old.revenue, old.net_profit, old.reserve_before)
    assert (old.status, old.revision) == ("PUBLISHED", 1)
    assert entry("funds.declaration.corrected").after == {"revision": 2, "corrects": old.pk}


@pytest.mark.parametrize("state", [None, "submitted", "reviewed", "checked"])
def test_what_is_not_audited_is_not_corrected(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime, state: str | None
) -> None:
    old = DeclarationFactory(enterprise=enterprise, **({state: True} if state else {}))

    with pytest.raises(operations.NotAudited):
        operations.correct_declaration(by=people.accountant, declaration=old, reason="x", now=now)

    assert ProfitDeclaration.objects.count() == 1


def test_one_correction_at_a_time(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    old = DeclarationFactory(enterprise=enterprise, audited=True)
    operations.correct_declaration(by=people.accountant, declaration=old, reason="x", now=now)

    with pytest.raises(operations.CorrectionUnderWay):
        operations.correct_declaration(by=people.accountant, declaration=old, reason="y", now=now)

    assert ProfitDeclaration.objects.count() == 2


def test_a_correction_has_a_reason_and_comes_from_its_own_people(
    people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime
) -> None:
    old = DeclarationFactory(enterprise=enterprise, audited=True)

    with pytest.raises(lifecycle.ReasonMissing):
        operations.correct_declaration(by=people.accountant, declaration=old, reason=" ", now=now)
    with pytest.raises(NotAllowed):
        operations.correct_declaration(by=people.auditor, declaration=old, reason="x", now=now)

    assert ProfitDeclaration.objects.count() == 1


@pytest.mark.parametrize(
    ("state", "move", "previous"),
    [("submitted", "review", "submitted_by"), ("reviewed", "check", "reviewed_by"), ("checked", "audit", "checked_by")],
)
def test_the_same_person_does_not_take_two_steps(
    people: SimpleNamespace, now: dt.datetime, state: str, move: str, previous: str
) -> None:
    row = DeclarationFactory(enterprise=people.enterprise, **{state: True})
    who = {"review": people.supervisor, "check": people.street_officer, "audit": people.auditor}[move]
    ProfitDeclaration.objects.filter(pk=row.pk).update(**{previous: who})

    with pytest.raises(lifecycle.SamePerson):
        lifecycle.move(row, move, by=who, now=now)

    row.refresh_from_db()
    assert row.status == state.upper()


def test_strangers_make_no_move(people: SimpleNamespace, enterprise: CommunityEnterprise, now: dt.datetime) -> None:
    row = DeclarationFactory(enterprise=enterprise, submitted=True)

    for by in (UserFactory(), people.accountant, people.street_officer, people.other_community_staff):
        with pytest.raises(lifecycle.MoveForbidden):
            lifecycle.move(row, "review", by=by, now=now)

    row.refresh_from_db()
    assert row.status == "SUBMITTED"
