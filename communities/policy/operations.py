"""Entering documents and rule values, bringing values into force and ending them, confirming decision rules."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.policy.lifecycle import ParameterStatus
from communities.policy.models import DecisionRule, DocumentLevel, PolicyDocument, PolicyParameter
from communities.policy.policy import REGISTRY, Terms, Unreadable
from communities.policy.seeds import DECISION_RULES
from governance import lifecycle
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User

ONE_AT_A_TIME = "policyparameter_one_value_at_a_time"


class PlaceNotYours(NotAllowed):
    """Documents and values are entered by those who are responsible for the place."""

    code = "rules_of_another_place"
    message = _("You may not enter rules for this place.")


class DocumentNeedsPlace(Invalid):
    """Only a national document belongs to no division."""

    code = "document_needs_place"
    message = _("Say for which division the document was issued; only national documents belong to none.")


class ParameterUnknown(Invalid):
    """No room declares such a parameter."""

    code = "parameter_unknown"
    message = _("There is no rule parameter “%(key)s”.")


class ParameterValueWrong(Invalid):
    """The value is not of the kind that the parameter asks for."""

    code = "parameter_value_wrong"
    message = _("“%(value)s” cannot be a value of “%(key)s”. An example of a right value: %(example)s.")


class ParameterValueUnfit(Invalid):
    """The value is of the right kind and breaks what its reader says it must be."""

    code = "parameter_value_unfit"
    message = _("“%(value)s” cannot be a value of “%(key)s”: %(why)s. An example of a right value: %(example)s.")


class ParameterUnitWrong(Invalid):
    """The value was entered in another unit."""

    code = "parameter_unit_wrong"
    message = _("“%(key)s” is stated in %(unit)s, not in %(given)s.")


class BasisNotInForce(Invalid):
    """A value cannot begin while its document does not apply."""

    code = "basis_not_in_force"
    message = _("The document “%(document)s” does not apply on %(day)s.")


class BasisOfAnotherPlace(Invalid):
    """A value rests on a document of its own division, of one above it, or of the country."""

    code = "basis_of_another_place"
    message = _("The document “%(document)s” was issued for another place.")


class ParameterOverlaps(Conflict):
    """Two values of one parameter cannot hold in one place at once."""

    code = "parameter_overlaps"
    message = _("“%(key)s” already has a value there from %(since)s. End it first, or approve with ending it.")


class ParameterInForce(NotNow):
    """What has counted cannot be withdrawn, only ended."""

    code = "parameter_in_force"
    message = _("This value has been in force since %(since)s. It cannot be withdrawn, but it can be given an end.")


class ParameterNotInForce(NotNow):
    """Only a value in force can be given an end."""

    code = "parameter_not_in_force"
    message = _("This value is not in force, or its end is already set.")


class EndLiesBehind(Invalid):
    """Past days keep the value that they had."""

    code = "end_lies_behind"
    message = _("The end must lie after %(after)s, so that past days keep the value that they had.")


class RuleNeedsNoConfirmation(NotNow):
    """The rule is not provisional, or it was confirmed before."""

    code = "rule_needs_no_confirmation"
    message = _("The rule “%(rule)s” needs no confirmation.")


def enter_document(
    *,
    by: User,
    now: dt.datetime,
    title: str,
    issuer: str,
    level: str,
    effective_on: dt.date,
    division: Division | None = None,
    document_number: str = "",
    issued_on: dt.date | None = None,
    expires_on: dt.date | None = None,
    summary: str = "",
) -> PolicyDocument:
    """Enter a document that rules rest on (政策文件).

    Raises:
        PlaceNotYours: `by` is not responsible for the division.
        DocumentNeedsPlace: no division and not a national document.
    """
    if division is None and level != DocumentLevel.NATIONAL:
        raise DocumentNeedsPlace(field="division")
    if not by.has_perm("communities.enter_document", division):
        raise PlaceNotYours
    document = PolicyDocument(
        title=title,
        issuer=issuer,
        level=level,
        effective_on=effective_on,
        division=division,
        document_number=document_number,
        issued_on=issued_on,
        expires_on=expires_on,
        summary=summary,
        entered_at=now,
        entered_by=by,
    )
    with transaction.atomic():
        document.full_clean()
        document.save()
        audit.record(
            by=by,
            verb="communities.document.entered",
            row=document,
            now=now,
            after={"title": title, "document_number": document_number, "effective_on": effective_on},
        )
    return document


def enter_parameter(
    *,
    by: User,
    now: dt.datetime,
    key: str,
    value: Any,
    unit: str,
    division: Division | None,
    valid_from: dt.date,
    basis: PolicyDocument,
    valid_to: dt.date | None = None,
    basis_article: str = "",
) -> PolicyParameter:
    """Enter the draft of a rule value; it counts when another person has approved it.

    Raises:
        PlaceNotYours: `by` is not responsible for the division.
        ParameterUnknown, ParameterValueWrong, ParameterValueUnfit, ParameterUnitWrong: not what the catalogue declares.
        BasisNotInForce, BasisOfAnotherPlace: the document does not carry the value.
    Basis: thresholds are data and change in four eyes.
    """
    code = "communities.enter_national_parameter" if division is None else "communities.enter_parameter"
    if not by.has_perm(code, division):
        raise PlaceNotYours
    _check_against_catalogue(key, value, unit)
    _check_basis(basis, division, valid_from)
    parameter = PolicyParameter(
        key=key,
        value=value,
        unit=unit,
        division=division,
        valid_from=valid_from,
        valid_to=valid_to,
        basis=basis,
        basis_article=basis_article,
        entered_at=now,
        entered_by=by,
    )
    with transaction.atomic():
        parameter.full_clean()
        parameter.save()
        audit.record(
            by=by,
            verb="communities.parameter.entered",
            row=parameter,
            now=now,
            after={"key": key, "value": value, "division": division and division.pk, "valid_from": valid_from},
            basis=str(basis)[:200],
        )
    return parameter


def _check_against_catalogue(key: str, value: Any, unit: str) -> None:
    declared = REGISTRY.get(key)
    if declared is None:
        raise ParameterUnknown(field="key", key=key)
    if unit != declared.unit:
        raise ParameterUnitWrong(field="unit", key=key, unit=declared.unit, given=unit or "–")
    try:
        declared.check(value)
    except Unreadable as error:
        told = {"key": key, "value": value, "example": declared.show(declared.default)}
        if error.why:
            raise ParameterValueUnfit(field="value", why=error.why, **told) from error
        raise ParameterValueWrong(field="value", **told) from error


def _check_basis(basis: PolicyDocument, division: Division | None, day: dt.date) -> None:
    if day < basis.effective_on or (basis.expires_on is not None and day >= basis.expires_on):
        raise BasisNotInForce(field="basis", document=basis, day=day)
    reaching = [] if division is None else division.ancestor_ids
    if basis.division_id is not None and basis.division_id not in reaching:
        raise BasisOfAnotherPlace(field="basis", document=basis)


def approve_parameter(
    *, by: User, now: dt.datetime, parameter: PolicyParameter, ends_running: bool = False, reason: str = ""
) -> PolicyParameter:
    """Bring a value into force; with `ends_running` the value that runs until then is ended at the new one's start.

    Raises:
        MoveForbidden, SamePerson: `by` may not approve here, or entered the value.
        MoveClosed: it is not a draft.
        ParameterOverlaps: another value holds in the same place at the same time.
    """
    try:
        with transaction.atomic():
            _one_after_the_other(parameter)
            if ends_running:
                _end_the_running(parameter, by, now)
            return lifecycle.move(parameter, "approve", by=by, now=now, reason=reason)
    except IntegrityError as error:
        if ONE_AT_A_TIME not in str(error):
            raise
        other = PolicyParameter.objects.beside(parameter).order_by("valid_from").first()
        since = other.valid_from if other else parameter.valid_from
        raise ParameterOverlaps(key=parameter.key, since=since) from error


def _one_after_the_other(parameter: PolicyParameter) -> None:
    """Let approvals of one key wait for one another: two at once would meet in the exclusion constraint and deadlock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('communities.parameter'), hashtext(%s))", [parameter.key])


def _end_the_running(parameter: PolicyParameter, by: User, now: dt.datetime) -> None:
    """End the values that began before the new one and run into it, in key order; rolled back with a refusal."""
    running = PolicyParameter.objects.select_for_update().beside(parameter).order_by("pk")
    for row in running.filter(valid_from__lt=parameter.valid_from):
        _end(row, parameter.valid_from, by, now, "")


def _end(row: PolicyParameter, on: dt.date, by: User, now: dt.datetime, reason: str) -> None:
    before = row.valid_to
    row.valid_to = on
    row.save(update_fields=["valid_to"])
    audit.record(
        by=by,
        verb="communities.parameter.ended",
        row=row,
        now=now,
        before={"valid_to": before},
        after={"valid_to": on},
        reason=reason,
    )
    outbox.emit(by=by, topic="communities.parameter.ended", row=row, now=now, payload={"valid_to": on.isoformat()})


def end_parameter(
    *, by: User, now: dt.datetime, parameter: PolicyParameter, on: dt.date, reason: str
) -> PolicyParameter:
    """Let a value in force hold until the day before `on`; afterwards the place follows the next one up the tree.

    Raises:
        MoveForbidden: `by` may not approve values here.
        ReasonMissing: no reason is given.
        ParameterNotInForce: the value is not in force, or ends sooner already.
        EndLiesBehind: the end lies in the past, or before the value begins.
    """
    with transaction.atomic():
        row = PolicyParameter.objects.select_for_update().get(pk=parameter.pk)
        if not by.has_perm("communities.approve_parameter", row):
            raise lifecycle.MoveForbidden(move=_("End"))
        if not reason.strip():
            raise lifecycle.ReasonMissing(field="reason")
        if row.status != ParameterStatus.ACTIVE or (row.valid_to is not None and row.valid_to <= on):
            raise ParameterNotInForce
        after = max(row.valid_from, timezone.localdate(now))
        if on <= after:
            raise EndLiesBehind(field="on", after=after)
        _end(row, on, by, now, reason)
        return row


def retire_parameter(*, by: User, now: dt.datetime, parameter: PolicyParameter, reason: str) -> PolicyParameter:
    """Withdraw a draft, or a value that has not begun to hold.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as the mover says.
        ParameterInForce: it has begun; `end_parameter` gives it an end.
    """
    with transaction.atomic():
        row = PolicyParameter.objects.select_for_update().get(pk=parameter.pk)
        lifecycle.require(row, "retire", by=by)
        if row.status == ParameterStatus.ACTIVE and row.valid_from <= timezone.localdate(now):
            raise ParameterInForce(since=row.valid_from)
        return lifecycle.move(row, "retire", by=by, now=now, reason=reason)


def seed_decision_rules(*, by: User, now: dt.datetime) -> int:
    """Insert the decision rules of `seeds` that are not there yet and return how many were new.

    What a district has confirmed or ended since stays as it is.
    """
    with transaction.atomic():
        there = set(DecisionRule.objects.values_list("key", "valid_from"))
        new = [
            DecisionRule(**figures)
            for figures in DECISION_RULES
            if (figures["key"], figures["valid_from"]) not in there
        ]
        for rule in new:
            rule.full_clean()
            rule.save()
            audit.record(
                by=by,
                verb="communities.decision_rule.entered",
                row=rule,
                now=now,
                after={"key": rule.key},
                basis=rule.basis,
            )
    return len(new)


def confirm_rule(
    *, by: User, now: dt.datetime, rule: DecisionRule, basis: str, terms: Terms | None = None
) -> DecisionRule:
    """Confirm a provisional rule from the text of the law, with corrected figures where the text says otherwise.

    `basis` names the instrument and the article that was read. From then on the figures are frozen.

    Raises:
        NotAllowed: `by` does not hold the district's lead post.
        RuleNeedsNoConfirmation: the rule is not provisional, or somebody confirmed it before.
        Invalid: no basis is given.
    """
    if not by.has_perm("communities.confirm_rule"):
        raise NotAllowed
    if not basis.strip():
        raise lifecycle.ReasonMissing(field="basis")
    with transaction.atomic():
        row = DecisionRule.objects.select_for_update().get(pk=rule.pk)
        if not row.awaits_confirmation:
            raise RuleNeedsNoConfirmation(rule=row.name)
        before = _figures(row.terms)
        if terms is not None:
            _take_over(row, terms)
        row.confirmed_at, row.confirmed_by, row.basis = now, by, basis
        row.full_clean()
        row.save()
        audit.record(
            by=by,
            verb="communities.decision_rule.confirmed",
            row=row,
            now=now,
            before=before,
            after=_figures(row.terms),
            basis=basis,
        )
        outbox.emit(by=by, topic="communities.decision_rule.confirmed", row=row, now=now, payload={"key": row.key})
        return row


def _take_over(row: DecisionRule, terms: Terms) -> None:
    row.quorum_numerator, row.quorum_denominator = terms.quorum.numerator, terms.quorum.denominator
    row.quorum_is_strict, row.pass_base = terms.quorum.is_strict, terms.pass_base
    row.pass_numerator, row.pass_denominator = terms.majority.numerator, terms.majority.denominator
    row.pass_is_strict, row.is_dual = terms.majority.is_strict, terms.is_dual


def _figures(terms: Terms) -> dict[str, Any]:
    return {
        "quorum": f"{'>' if terms.quorum.is_strict else '>='} {terms.quorum.numerator}/{terms.quorum.denominator}",
        "majority": f"{'>' if terms.majority.is_strict else '>='} {terms.majority.numerator}/{terms.majority.denominator}",
        "of": str(terms.pass_base),
        "dual": terms.is_dual,
    }
