"""Documents, rule values and decision rules: what happens, what is refused, what the database refuses by itself."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from communities.policy import operations
from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument, PolicyParameter
from communities.policy.operations import (
    BasisNotInForce,
    BasisOfAnotherPlace,
    DocumentNeedsPlace,
    EndLiesBehind,
    ParameterInForce,
    ParameterNotInForce,
    ParameterOverlaps,
    ParameterUnitWrong,
    ParameterUnknown,
    ParameterValueUnfit,
    ParameterValueWrong,
    PlaceNotYours,
    RuleNeedsNoConfirmation,
)
from communities.policy.policy import Part, PassBase, Terms
from communities.policy.queries import RuleNotBinding, RuleNotConfirmed, RuleUnknown, binding_rule, rule_on
from communities.territory.models import Division
from governance.accounts.models import User
from governance.audit.models import AuditEntry
from governance.errors import NotAllowed
from governance.lifecycle import MoveClosed, MoveForbidden, ReasonMissing, SamePerson
from governance.outbox.models import OutboxEvent
from tests.factories.communities import PolicyDocumentFactory, PolicyParameterFactory
from tests.people import House
from tests.walls import violated

YEAR = dt.date(2026, 1, 1)


@pytest.fixture
def document(district: Division) -> PolicyDocument:
    """A document of the district, in force from 2025 to 2028."""
    return PolicyDocumentFactory(
        division=district,
        level=DocumentLevel.DISTRICT,
        effective_on=dt.date(2025, 1, 1),
        expires_on=dt.date(2028, 1, 1),
    )


@pytest.fixture
def enter(house: House, document: PolicyDocument, now: dt.datetime) -> Any:
    """Enter a term of committees for the district, with whatever a test changes."""

    def call(**changes: Any) -> PolicyParameter:
        given = {
            "by": house.people["district_officer"],
            "now": now,
            "key": "committee.term_years",
            "value": 4,
            "unit": "years",
            "division": house.places["district"],
            "valid_from": YEAR,
            "basis": document,
        }
        return operations.enter_parameter(**{**given, **changes})

    return call


def entries(verb: str) -> list[AuditEntry]:
    return list(AuditEntry.objects.filter(verb=verb).order_by("id"))


def test_a_document_is_entered(house: House, now: dt.datetime) -> None:
    officer, street = house.people["street_officer"], house.places["street"]

    document = operations.enter_document(
        by=officer,
        now=now,
        title="东兴寺街道议事规则",
        issuer="东兴寺街道办事处",
        level=DocumentLevel.STREET,
        division=street,
        effective_on=YEAR,
    )

    assert document.entered_by == officer
    assert [(entry.actor, entry.object_key) for entry in entries("communities.document.entered")] == [
        (officer, str(document.pk))
    ]


@pytest.mark.parametrize(
    ("person", "place", "level", "refusal"),
    [
        ("street_officer", "other_street", DocumentLevel.STREET, PlaceNotYours),
        ("street_officer", "district", DocumentLevel.DISTRICT, PlaceNotYours),
        ("community_staff", "community", DocumentLevel.COMMUNITY, PlaceNotYours),
        ("resident", "community", DocumentLevel.COMMUNITY, PlaceNotYours),
        ("district_admin", None, DocumentLevel.DISTRICT, DocumentNeedsPlace),
        ("stranger", None, DocumentLevel.NATIONAL, PlaceNotYours),
    ],
)
def test_a_document_is_refused(
    *, person: str, place: str | None, level: str, refusal: type[Exception], house: House, now: dt.datetime
) -> None:
    with pytest.raises(refusal):
        operations.enter_document(
            by=house.people[person],
            now=now,
            title="x",
            issuer="x",
            level=level,
            division=house.places[place] if place else None,
            effective_on=YEAR,
        )

    assert PolicyDocument.objects.count() == 0


def test_a_document_that_ends_before_it_begins_is_refused(house: House, now: dt.datetime) -> None:
    with pytest.raises(ValidationError):
        operations.enter_document(
            by=house.people["district_admin"],
            now=now,
            title="x",
            issuer="x",
            level=DocumentLevel.NATIONAL,
            effective_on=YEAR,
            expires_on=YEAR,
        )


def test_a_value_is_entered_as_a_draft(enter: Any, district: Division) -> None:
    parameter = enter()

    assert (parameter.status, parameter.value, parameter.division) == (ParameterStatus.DRAFT, 4, district)
    assert [entry.after for entry in entries("communities.parameter.entered")] == [
        {"key": "committee.term_years", "value": 4, "division": district.pk, "valid_from": "2026-01-01"}
    ]


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"key": "no.such.key"}, ParameterUnknown, "key"),
        ({"value": "many"}, ParameterValueWrong, "value"),
        ({"value": 4.5}, ParameterValueWrong, "value"),
        ({"value": True}, ParameterValueWrong, "value"),
        ({"value": [4]}, ParameterValueWrong, "value"),
        ({"unit": "months"}, ParameterUnitWrong, "unit"),
        ({"unit": ""}, ParameterUnitWrong, "unit"),
        ({"valid_from": dt.date(2024, 12, 31)}, BasisNotInForce, "basis"),
        ({"valid_from": dt.date(2028, 1, 1)}, BasisNotInForce, "basis"),
    ],
)
def test_a_value_that_cannot_be_is_refused(
    changes: dict[str, Any], refusal: type[Exception], field: str, enter: Any
) -> None:
    with pytest.raises(refusal) as refused:
        enter(**changes)

    assert refused.value.field == field
    assert str(refused.value)
    assert PolicyParameter.objects.count() == 0


@pytest.mark.usefixtures("english")
def test_a_value_that_breaks_its_rule_is_told_the_rule(enter: Any) -> None:
    with pytest.raises(ParameterValueUnfit) as refused:
        enter(key="venture.instalments", value=[33.33, 33.33, 33.33], unit="percent")

    assert str(refused.value) == (
        "“[33.33, 33.33, 33.33]” cannot be a value of “venture.instalments”: the instalments must be whole percentages that"
        " sum to 100; for thirds 33, 33, 34. An example of a right value: 50, 30, 20."
    )
    assert refused.value.code == "parameter_value_unfit"


def test_a_value_needs_a_document_of_its_own_place(enter: Any, house: House) -> None:
    elsewhere = PolicyDocumentFactory(division=house.places["other_street"], level=DocumentLevel.STREET)

    with pytest.raises(BasisOfAnotherPlace):
        enter(basis=elsewhere)
    with pytest.raises(BasisOfAnotherPlace):
        enter(division=None, basis=elsewhere)


def test_a_period_that_runs_backwards_is_refused(enter: Any) -> None:
    with pytest.raises(ValidationError):
        enter(valid_to=YEAR)


@pytest.mark.parametrize(
    ("person", "place"),
    [
        ("street_reviewer", "district"),
        ("street_reviewer", "other_street"),
        ("street_reviewer", None),
        ("street_officer", "street"),
        ("community_staff", "community"),
        ("auditor", "district"),
        ("resident", "community"),
    ],
)
def test_who_may_not_enter_values(person: str, place: str | None, enter: Any, house: House) -> None:
    with pytest.raises(PlaceNotYours):
        enter(by=house.people[person], division=house.places[place] if place else None)


def test_another_person_brings_a_value_into_force(enter: Any, district_admin: User, now: dt.datetime) -> None:
    parameter = operations.approve_parameter(by=district_admin, now=now, parameter=enter())

    assert (parameter.status, parameter.approved_by, parameter.approved_at) == (
        ParameterStatus.ACTIVE,
        district_admin,
        now,
    )
    assert len(entries("communities.parameter.approved")) == 1
    assert OutboxEvent.objects.get().topic == "communities.parameter.approved"


def test_nobody_approves_an_entry_of_his_own(enter: Any, district_admin: User, now: dt.datetime) -> None:
    parameter = enter(by=district_admin)

    with pytest.raises(SamePerson):
        operations.approve_parameter(by=district_admin, now=now, parameter=parameter)

    parameter.refresh_from_db()
    assert parameter.status == ParameterStatus.DRAFT


@pytest.mark.parametrize("person", ["district_officer", "street_reviewer", "community_staff", "resident", "auditor"])
def test_only_the_lead_department_approves(person: str, enter: Any, house: House, now: dt.datetime) -> None:
    with pytest.raises(MoveForbidden):
        operations.approve_parameter(by=house.people[person], now=now, parameter=enter())


def test_two_values_of_one_place_do_not_overlap(enter: Any, district_admin: User, now: dt.datetime) -> None:
    operations.approve_parameter(by=district_admin, now=now, parameter=enter())
    second = enter(value=3, valid_from=dt.date(2026, 6, 1))

    with pytest.raises(ParameterOverlaps) as refused:
        operations.approve_parameter(by=district_admin, now=now, parameter=second)

    assert refused.value.params == {"key": "committee.term_years", "since": YEAR}
    second.refresh_from_db()
    assert second.status == ParameterStatus.DRAFT


def test_approval_ends_the_running_value_when_asked(enter: Any, district_admin: User, now: dt.datetime) -> None:
    first = operations.approve_parameter(by=district_admin, now=now, parameter=enter())
    second = enter(value=3, valid_from=dt.date(2026, 6, 1))

    operations.approve_parameter(by=district_admin, now=now, parameter=second, ends_running=True)

    first.refresh_from_db()
    assert (first.status, first.valid_to) == (ParameterStatus.ACTIVE, dt.date(2026, 6, 1))
    assert [(entry.before, entry.after) for entry in entries("communities.parameter.ended")] == [
        ({"valid_to": None}, {"valid_to": "2026-06-01"})
    ]


def test_a_value_of_the_same_first_day_is_not_ended_away(enter: Any, district_admin: User, now: dt.datetime) -> None:
    first = operations.approve_parameter(by=district_admin, now=now, parameter=enter())
    second = enter(value=3)

    with pytest.raises(ParameterOverlaps):
        operations.approve_parameter(by=district_admin, now=now, parameter=second, ends_running=True)

    first.refresh_from_db()
    assert first.valid_to is None
    assert entries("communities.parameter.ended") == []


def test_a_value_in_force_is_ended_but_not_withdrawn(enter: Any, district_admin: User, now: dt.datetime) -> None:
    parameter = operations.approve_parameter(by=district_admin, now=now, parameter=enter())

    with pytest.raises(ParameterInForce):
        operations.retire_parameter(by=district_admin, now=now, parameter=parameter, reason="废止")
    with pytest.raises(EndLiesBehind):
        operations.end_parameter(by=district_admin, now=now, parameter=parameter, on=now.date(), reason="废止")
    with pytest.raises(ReasonMissing):
        operations.end_parameter(by=district_admin, now=now, parameter=parameter, on=dt.date(2026, 4, 1), reason=" ")
    ended = operations.end_parameter(
        by=district_admin, now=now, parameter=parameter, on=dt.date(2026, 4, 1), reason="废止"
    )
    with pytest.raises(ParameterNotInForce):
        operations.end_parameter(by=district_admin, now=now, parameter=ended, on=dt.date(2026, 5, 1), reason="废止")

    assert (ended.status, ended.valid_to) == (ParameterStatus.ACTIVE, dt.date(2026, 4, 1))
    assert entries("communities.parameter.ended")[0].reason == "废止"


def test_only_the_lead_department_ends(enter: Any, house: House, now: dt.datetime) -> None:
    admin, officer = house.people["district_admin"], house.people["district_officer"]
    parameter = operations.approve_parameter(by=admin, now=now, parameter=enter())

    with pytest.raises(MoveForbidden):
        operations.end_parameter(by=officer, now=now, parameter=parameter, on=dt.date(2026, 4, 1), reason="废止")


def test_drafts_and_coming_values_are_withdrawn(enter: Any, district_admin: User, now: dt.datetime) -> None:
    draft = enter()
    coming = operations.approve_parameter(
        by=district_admin, now=now, parameter=enter(valid_from=dt.date(2026, 9, 1), key="committee.term_years")
    )

    for row in (draft, coming):
        retired = operations.retire_parameter(by=district_admin, now=now, parameter=row, reason="录入有误")
        assert retired.status == ParameterStatus.RETIRED
        with pytest.raises(MoveClosed):
            operations.approve_parameter(by=district_admin, now=now, parameter=retired)
    with pytest.raises(ReasonMissing):
        operations.retire_parameter(by=district_admin, now=now, parameter=enter(), reason="")


RAW = {
    "policyparameter_two_persons": "UPDATE communities_policyparameter SET approved_by_id = entered_by_id",
    "policyparameter_active_is_approved": "UPDATE communities_policyparameter SET status = 'ACTIVE'",
    "policyparameter_moves_by_the_table": (
        "UPDATE communities_policyparameter SET status = 'RETIRED';"
        "UPDATE communities_policyparameter SET status = 'ACTIVE'"
    ),
    "policyparameter_begins_at_the_start": (
        "INSERT INTO communities_policyparameter"
        " (key, value, unit, valid_from, basis_id, basis_article, status, entered_at, entered_by_id)"
        " SELECT key, value, unit, valid_from, basis_id, '', 'ACTIVE', entered_at, entered_by_id"
        " FROM communities_policyparameter"
    ),
    "policyparameter_status_is_known": "UPDATE communities_policyparameter SET status = 'LOST'",
    "policyparameter_period_runs_forward": "UPDATE communities_policyparameter SET valid_to = valid_from",
    "policydocument_level_is_known": "UPDATE communities_policydocument SET level = 'VILLAGE'",
    "policydocument_period_runs_forward": "UPDATE communities_policydocument SET expires_on = effective_on",
}


@pytest.mark.parametrize(("constraint", "statement"), RAW.items())
@pytest.mark.django_db
def test_the_database_refuses(constraint: str, statement: str) -> None:
    PolicyParameterFactory()

    # The trigger speaks before the check of the same column.
    expected = "policyparameter_moves_by_the_table" if constraint.endswith("status_is_known") else constraint
    assert violated(statement) == expected


@pytest.mark.django_db
def test_the_database_refuses_two_values_at_once(house: House) -> None:
    admin = house.people["district_admin"]
    for value in (5, 6):
        row = PolicyParameterFactory(value=value)
        PolicyParameter.objects.filter(pk=row.pk).update(approved_by=admin)

    assert violated("UPDATE communities_policyparameter SET status = 'ACTIVE'") == "policyparameter_one_value_at_a_time"


@pytest.mark.django_db
def test_the_seed_is_planted_once(system: User, now: dt.datetime) -> None:
    assert operations.seed_decision_rules(by=system, now=now) == 28
    assert operations.seed_decision_rules(by=system, now=now) == 0

    assert DecisionRule.objects.count() == 28
    assert len(entries("communities.decision_rule.entered")) == 28


@pytest.fixture
def seeded(system: User, now: dt.datetime) -> None:
    """The rules of the seed."""
    operations.seed_decision_rules(by=system, now=now)


@pytest.mark.parametrize(
    ("named", "day", "found"),
    [
        ("urban_meeting_2018", dt.date(2025, 12, 31), "urban_meeting_2018"),
        ("urban_meeting_2018", dt.date(2026, 1, 1), "urban_2026"),
        ("urban_2026", dt.date(2025, 12, 31), "urban_meeting_2018"),
        ("urban_2026_representatives", dt.date(2026, 3, 4), "urban_2026_representatives"),
        ("village_reps", dt.date(2026, 3, 4), "village_reps"),
    ],
)
def test_a_meeting_is_judged_by_the_rule_of_its_day(seeded: None, named: str, day: dt.date, found: str) -> None:
    assert rule_on(named, day).key == found


def test_before_any_law_and_without_a_name_there_is_no_rule(seeded: None) -> None:
    for key, day in (("urban_2026", dt.date(2010, 1, 1)), ("nothing", YEAR)):
        with pytest.raises(RuleUnknown):
            rule_on(key, day)


def test_a_provisional_rule_binds_after_its_confirmation(
    seeded: None, district_admin: User, today: dt.date, now: dt.datetime
) -> None:
    with pytest.raises(RuleNotConfirmed):
        binding_rule("urban_2026", today)

    confirmed = operations.confirm_rule(
        by=district_admin, now=now, rule=rule_on("urban_2026", today), basis="城市居民委员会组织法（2025年修订）第四章"
    )

    assert binding_rule("urban_2026", today) == confirmed
    assert (confirmed.confirmed_by, confirmed.confirmed_at) == (district_admin, now)
    assert entries("communities.decision_rule.confirmed")[0].after == {
        "quorum": "> 1/2",
        "majority": "> 1/2",
        "of": "PRESENT",
        "dual": False,
    }
    with pytest.raises(RuleNeedsNoConfirmation):
        operations.confirm_rule(by=district_admin, now=now, rule=confirmed, basis="再次确认")


def test_a_confirmation_corrects_the_figures(
    seeded: None, district_admin: User, today: dt.date, now: dt.datetime
) -> None:
    terms = Terms(Part(2, 3, is_strict=False), PassBase.ALL, Part(1, 2, is_strict=True))

    confirmed = operations.confirm_rule(
        by=district_admin, now=now, rule=rule_on("urban_2026", today), basis="第四章", terms=terms
    )

    assert DecisionRule.objects.get(pk=confirmed.pk).terms == terms


@pytest.mark.parametrize("person", ["district_officer", "street_reviewer", "resident"])
def test_only_the_lead_department_confirms(
    seeded: None, person: str, house: House, today: dt.date, now: dt.datetime
) -> None:
    with pytest.raises(NotAllowed):
        operations.confirm_rule(by=house.people[person], now=now, rule=rule_on("urban_2026", today), basis="第四章")

    assert DecisionRule.objects.exclude(confirmed_at=None).count() == 0


def test_a_confirmation_names_its_basis(seeded: None, district_admin: User, today: dt.date, now: dt.datetime) -> None:
    with pytest.raises(ReasonMissing):
        operations.confirm_rule(by=district_admin, now=now, rule=rule_on("urban_2026", today), basis=" ")


def test_an_opinion_poll_never_binds(seeded: None, today: dt.date) -> None:
    with pytest.raises(RuleNotBinding):
        binding_rule("online_poll", today)


RULE_WALLS = {
    "decisionrule_once_per_day": (
        "UPDATE communities_decisionrule SET key = 'x', family = key || id, valid_from = '2019-01-01' "
        "WHERE needs_confirmation"
    ),
    "decisionrule_base_is_known": "UPDATE communities_decisionrule SET base = 'CATS' WHERE needs_confirmation",
    "decisionrule_pass_base_is_known": "UPDATE communities_decisionrule SET pass_base = 'X' WHERE needs_confirmation",
    "decisionrule_fractions_are_defined": (
        "UPDATE communities_decisionrule SET pass_denominator = 0, pass_numerator = 0 WHERE needs_confirmation"
    ),
    "decisionrule_fractions_are_parts": "UPDATE communities_decisionrule SET pass_numerator = 9 WHERE needs_confirmation",
    "decisionrule_period_runs_forward": "UPDATE communities_decisionrule SET valid_to = valid_from",
    "decisionrule_one_of_a_family_at_a_time": "UPDATE communities_decisionrule SET valid_to = NULL",
}


@pytest.mark.parametrize(("constraint", "statement"), RULE_WALLS.items())
def test_the_database_keeps_decision_rules_sane(seeded: None, constraint: str, statement: str) -> None:
    assert violated(statement) == constraint


@pytest.mark.parametrize("column", ["pass_numerator = 0", "quorum_is_strict = NOT quorum_is_strict", "key = 'other'"])
def test_the_figures_of_a_binding_rule_are_frozen(seeded: None, column: str) -> None:
    statement = f"UPDATE communities_decisionrule SET {column} WHERE key = 'village_reps'"

    assert violated(statement) == "pgtrigger: Cannot update rows from communities_decisionrule table"
