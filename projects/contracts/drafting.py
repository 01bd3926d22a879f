"""Contracts as drafts: drafted on an award or a request, and corrected by the same rules until they are offered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, fields
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division
from funds.spending.models import SpendingRequest
from governance.audit import operations as audit
from governance.errors import NotAllowed, Stale
from projects.contracts import checks, refusals
from projects.contracts.judging.models import Deliverable
from projects.contracts.lifecycle import ContractStatus
from projects.contracts.models import Contract, ContractKind, Instalment, Milestone
from projects.contracts.policy import ACCEPTANCE_MINIMUM, instalment_amounts
from projects.contracts.stamps import PARTS, parts_entered
from projects.contracts.terms.models import ContractLine
from projects.evaluation.models import EvaluationPlan
from projects.grants.models import GrantAward
from projects.purchasing.awarding.models import PurchaseAward
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User

DRAFTED = "projects.contract.drafted"
CORRECTED = "projects.contract.corrected"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a contract says: all but with whom, where and on what it is made.

    Instalments are (percent, condition), milestones (title, day), `lines` the budget as (category, title, amount),
    `deliverables` what is promised as (title, figure, unit); `grounds` name what makes a term above a year possible.
    """

    title: str
    scope: str
    amount: Decimal
    starts_on: dt.date
    ends_on: dt.date
    instalments: Sequence[tuple[int | Decimal, str]]
    milestones: Sequence[tuple[str, dt.date]] = ()
    kind: str = ContractKind.SERVICE
    field: str = ""
    lines: Sequence[tuple[str, str, Decimal]] = ()
    deliverables: Sequence[tuple[str, Decimal, str]] = ()
    grounds: Sequence[str] = ()

    @property
    def columns(self) -> dict[str, Any]:
        """What of it stands in the contract's own row."""
        plain = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in {*PARTS, "grounds"}}
        plain |= {"title": self.title.strip(), "scope": self.scope.strip()}
        return plain | {name: name in self.grounds for name in checks.GROUNDS}


def terms_of(contract: Contract) -> Terms:
    """Return what a contract says; a query for each kind of its rows unless they were read along."""
    plain = {one.name: getattr(contract, one.name) for one in fields(Terms) if one.name not in {*PARTS, "grounds"}}
    grounds = [name for name in checks.GROUNDS if getattr(contract, name)]
    rows: dict[str, Any] = parts_entered(contract)
    return Terms(**plain, **rows, grounds=grounds)


def draft_contract(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    organization: SocialOrganization,
    title: str,
    scope: str,
    amount: Decimal,
    starts_on: dt.date,
    ends_on: dt.date,
    instalments: Sequence[tuple[int | Decimal, str]],
    request: SpendingRequest | None = None,
    purchase: PurchaseAward | None = None,
    grant: GrantAward | None = None,
    milestones: Sequence[tuple[str, dt.date]] = (),
    evaluation: EvaluationPlan | None = None,
    kind: str = ContractKind.SERVICE,
    field: str = "",
    lines: Sequence[tuple[str, str, Decimal]] = (),
    deliverables: Sequence[tuple[str, Decimal, str]] = (),
    grounds: Sequence[str] = (),
) -> Contract:
    """Draft a contract on an award, or out of the hold of a request; what it says is as in `Terms`.

    Raises:
        NotAllowed: `by` does not contract for the place.
        OrganizationHindered: the organization may take no part.
        OriginUnfit, AwardNotToContract, AwardElsewhere, AwardContracted, MoneyOfTheGrant: the award.
        ContractRequestNotApproved, ContractElsewhere, ContractAboveHold, ContractAmountMissing: the money.
        TermUnfit, MilestonesUnfit, ConditionUnfit, InstalmentsUnfit, InstalmentsNotAnnounced, LinesUnfit, DeliverablesUnfit, EvaluationUnfit,
        PersonalNumbersFound.
    Basis: report S4 (agreement of three parties).
    """
    if not by.has_perm("projects.manage_contract", division):
        raise NotAllowed
    terms = Terms(
        title=title,
        scope=scope,
        amount=amount,
        starts_on=starts_on,
        ends_on=ends_on,
        instalments=instalments,
        milestones=milestones,
        kind=kind,
        field=field,
        lines=lines,
        deliverables=deliverables,
        grounds=grounds,
    )
    today = timezone.localdate(now)
    require_good_standing(organization, today)
    if evaluation is not None:
        checks.check_evaluation(evaluation, organization, division)
    row = Contract(division=division, organization=organization, evaluation=evaluation, drafted_at=now, drafted_by=by)
    with transaction.atomic():
        origin = _agree(row, terms, today, request=request, purchase=purchase, grant=grant)
        row.number = f"HT-{origin.number}-{origin.contracts + 1}"
        row.opinions_needed = value(ACCEPTANCE_MINIMUM, division, today)
        row.full_clean()
        row.save(force_insert=True)
        _write_parts(row, terms)
        after = {"organization": organization.pk, "origin": origin.number, "amount": amount}
        audit.record(by=by, verb=DRAFTED, row=row, now=now, after=after)
    return row


def correct_contract(*, by: User, now: dt.datetime, contract: Contract, terms: Terms, version: str = "") -> Contract:
    """Correct a draft by the rules by which it was drafted; `version` is that of the row when it was read, empty to skip it.

    With whom, where and on what it is made stays, because its number says so: another of these is another contract. The
    trail keeps what was changed, before and after.

    Raises:
        NotAllowed: `by` does not contract for the place.
        ContractNotDraft: it was offered or ended; what was offered stays.
        Stale: somebody else has changed it since.
        ContractKindFixed: its venue was described, or its posts were recorded.
        OrganizationHindered, AwardElsewhere, ContractAboveHold, TermUnfit, … : as for `draft_contract`.
    """
    with transaction.atomic():
        row = checks.locked(contract)
        if not by.has_perm("projects.manage_contract", row):
            raise NotAllowed
        if row.status != ContractStatus.DRAFT:
            raise refusals.ContractNotDraft(status=row.get_status_display())
        if version and version != row.version:
            raise Stale
        checks.check_kind(row, terms.kind, terms.amount)
        today, former = timezone.localdate(now), _told(terms_of(row))
        require_good_standing(row.organization, today)
        _agree(row, terms, today, request=row.request, purchase=row.purchase, grant=row.grant)
        row.full_clean()
        row.save()
        for part in PARTS:
            getattr(row, part).all().delete()
        _write_parts(row, terms)
        given = _told(terms_of(row))
        changed = [name for name in given if given[name] != former[name]]
        if changed:
            before, after = ({name: said[name] for name in changed} for said in (former, given))
            audit.record(by=by, verb=CORRECTED, row=row, now=now, before=before, after=after)
    return row


def _told(terms: Terms) -> dict[str, Any]:
    """Return what is said, as the trail keeps it."""
    return {one.name: getattr(terms, one.name) for one in fields(terms)}


def _agree(
    row: Contract,
    terms: Terms,
    today: dt.date,
    *,
    request: SpendingRequest | None,
    purchase: PurchaseAward | None,
    grant: GrantAward | None,
) -> checks.Origin:
    """Check what a draft is to say, and let the row say it: what its award, its money and the rules leave open."""
    refuse_personal_numbers(title=terms.title, scope=terms.scope)
    if terms.amount <= 0:
        raise refusals.ContractAmountMissing(field="amount")
    percents = [percent for percent, _condition in terms.instalments]
    instalment_amounts(terms.amount, percents)
    if grant is not None:
        checks.check_percents(grant, percents)
    checks.check_conditions([condition for _percent, condition in terms.instalments], terms.milestones)
    checks.check_term(row.division, terms.starts_on, terms.ends_on, terms.grounds, today)
    checks.check_milestones(terms.milestones, terms.starts_on, terms.ends_on)
    checks.check_lines(terms.lines, terms.amount, needed=purchase is not None or grant is not None)
    checks.check_deliverables(terms.deliverables)
    wanted = checks.Wanted(row.division, row.organization, terms.amount, row)
    origin = checks.origin(wanted, request, purchase, grant)
    checks.check_begins_after(origin.approved_at, terms.starts_on)
    for name, said in {**origin.columns, **terms.columns}.items():
        setattr(row, name, said)
    return origin


def _write_parts(row: Contract, terms: Terms) -> None:
    """Write the rows that hang on a draft, in their order; none of them stands yet."""
    amounts = instalment_amounts(terms.amount, [percent for percent, _condition in terms.instalments])
    shared = zip(terms.instalments, amounts, strict=True)
    rows: list[Sequence[Instalment | Milestone | ContractLine | Deliverable]] = [
        [Instalment(percent=percent, condition=condition, amount=part) for (percent, condition), part in shared],
        [Milestone(title=title.strip(), due_on=due_on) for title, due_on in terms.milestones],
        [ContractLine(category=kind, title=title.strip(), amount=part) for kind, title, part in terms.lines],
        [
            Deliverable(title=title.strip(), target=figure, unit=unit.strip())
            for title, figure, unit in terms.deliverables
        ],
    ]
    for group in rows:
        for number, one in enumerate(group, start=1):
            one.contract, one.number = row, number
            one.full_clean()
            one.save()
