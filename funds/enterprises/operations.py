"""Entering enterprises, appointing their people, declaring what was earned and carrying it through four hands."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from communities.notices import operations as notices
from communities.notices.models import Visibility
from communities.notices.policy import read_file
from communities.policy.models import PolicyDocument
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from funds.enterprises.legal import FORMS
from funds.enterprises.lifecycle import STAMPS, DeclarationStatus, EnterpriseStatus
from funds.enterprises.models import (
    AUDITED_STATUSES,
    COMPANIES,
    FIGURES,
    AuditOccasion,
    CommunityEnterprise,
    EnterpriseAppointment,
    LegalForm,
    PeriodKind,
    ProfitDeclaration,
)
from funds.enterprises.ownership.models import OWN_KINDS
from funds.enterprises.policy import period_end
from funds.enterprises.refusals import (
    AlreadyAppointed,
    AuditOpinionMissing,
    CapitalBelowPaidIn,
    CharterShareUnfit,
    CorrectionUnderWay,
    CreditCodeMissing,
    CreditCodeTaken,
    EndBeforeBeginning,
    EnterpriseNotRunning,
    FormUnfitForShares,
    MayNotDistribute,
    NoReserveForForm,
    NotADraft,
    NotAudited,
    PaperNotNow,
    PeriodBeforeFounding,
    PeriodDeclared,
    PeriodNotOver,
    PeriodUnknown,
    PlaceClosed,
    PolicyInForce,
    ProfitDoesNotAddUp,
    RegisteredCapitalMissing,
    RentAboveRevenue,
)
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import FIRST_YEAR, LAST_YEAR, YearUnknown
from governance.errors import Stale
from governance.money import ZERO, format_yuan
from socialorgs.register.policy import read_credit_code

if TYPE_CHECKING:
    from governance.accounts.models import User


def enter_enterprise(
    *,
    by: User,
    division: Division,
    name: str,
    legal_form: str,
    business_lines: str,
    founded_on: dt.date,
    now: dt.datetime,
    credit_code: str = "",
    registered_capital: Decimal = ZERO,
    charter_clause: str = "",
    charter_share: Decimal | None = None,
    founding_document: PolicyDocument | None = None,
) -> CommunityEnterprise:
    """Enter a community enterprise of a place as planned; its registration and its opening are moves.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        PlaceClosed: the division is no running street or community.
        CreditCodeMissing, CreditCodeRounded, CreditCodeLength, CreditCodeCharacter, CreditCodeCheck, CreditCodeTaken.
        RegisteredCapitalMissing: a company without capital.
        CharterShareUnfit, MayNotDistribute: the charter's share is none, or promised by a social service agency.
    Basis: report S0.
    """
    require(by, "funds.edit_enterprise", division)
    if division.status != DivisionStatus.ACTIVE or division.tier not in {Tier.STREET, Tier.COMMUNITY}:
        raise PlaceClosed(field="division", place=division.name)
    row = CommunityEnterprise(
        division=division,
        name=name.strip(),
        legal_form=legal_form,
        credit_code=_credit_code(credit_code, legal_form),
        business_lines=business_lines,
        registered_capital=_capital(registered_capital, legal_form),
        charter_clause=charter_clause,
        charter_share=charter_share,
        founded_on=founded_on,
        founding_document=founding_document,
        entered_by=by,
        entered_at=now,
    )
    with transaction.atomic():
        _write_enterprise(row)
        after = {"name": row.name, "credit_code": row.credit_code, "legal_form": row.legal_form}
        audit.record(
            by=by, verb="funds.enterprise.entered", row=row, now=now, after=after, basis="Report on Ziliujing 2021"
        )
    return row


def edit_enterprise(
    *,
    by: User,
    enterprise: CommunityEnterprise,
    name: str,
    legal_form: str,
    business_lines: str,
    founded_on: dt.date,
    now: dt.datetime,
    credit_code: str = "",
    registered_capital: Decimal = ZERO,
    charter_clause: str = "",
    charter_share: Decimal | None = None,
    founding_document: PolicyDocument | None = None,
    version: str = "",
) -> CommunityEnterprise:
    """Change the master data of an enterprise; the place and the state stay. Its history is kept by the database.

    `version` is that of the row when it was read, empty to skip the comparison.

    Raises:
        Stale: somebody else has changed it since.
        NotAllowed, CreditCode…, RegisteredCapitalMissing, MayNotDistribute: as for `enter_enterprise`.
        CapitalBelowPaidIn, FormUnfitForShares: the shareholders stand against it.
        PolicyInForce: it gives back by a policy, and would become a social service agency.
    """
    require(by, "funds.edit_enterprise", enterprise)
    wanted = {
        "name": name.strip(),
        "legal_form": legal_form,
        "credit_code": _credit_code(credit_code, legal_form),
        "business_lines": business_lines,
        "registered_capital": _capital(registered_capital, legal_form),
        "charter_clause": charter_clause,
        "charter_share": charter_share,
        "founded_on": founded_on,
        "founding_document": founding_document,
    }
    with transaction.atomic():
        row = CommunityEnterprise.objects.select_for_update(of=("self",)).get(pk=enterprise.pk)
        if version and version != row.version:
            raise Stale
        before = {column: getattr(row, column) for column in wanted if getattr(row, column) != wanted[column]}
        for column, value in wanted.items():
            setattr(row, column, value)
        if before:
            _write_enterprise(row)
            after = {column: _told(wanted[column]) for column in before}
            before = {column: _told(found) for column, found in before.items()}
            audit.record(by=by, verb="funds.enterprise.edited", row=row, now=now, before=before, after=after)
    return row


def _told(found: Any) -> Any:
    """Return a value as the trail keeps it: a row by its key."""
    return found.pk if hasattr(found, "pk") else found


def _credit_code(text: str, legal_form: str) -> str | None:
    """Return the code as stored, None where the form of the enterprise has none."""
    if text.strip():
        return read_credit_code(text)
    if legal_form != LegalForm.COMMITTEE_LETTING:
        raise CreditCodeMissing(field="credit_code")
    return None


def _capital(amount: Decimal, legal_form: str) -> Decimal:
    if legal_form in COMPANIES and not amount:
        raise RegisteredCapitalMissing(field="registered_capital")
    return amount


def _write_enterprise(row: CommunityEnterprise) -> None:
    """Check and write the row; the code that somebody else entered in the same moment is named."""
    _check_form(row)
    others = CommunityEnterprise.objects.exclude(pk=row.pk).filter(credit_code=row.credit_code)
    if row.credit_code and others.exists():
        raise CreditCodeTaken(field="credit_code", text=row.credit_code)
    row.full_clean(validate_unique=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "credit_code" in str(error):
            raise CreditCodeTaken(field="credit_code", text=row.credit_code) from error
        raise


def _check_form(row: CommunityEnterprise) -> None:
    """Refuse what the legal form may not do, and what the present shareholders stand against."""
    form = FORMS.get(row.legal_form)
    if row.charter_share is not None:
        if not 0 <= row.charter_share <= 1:
            raise CharterShareUnfit(field="charter_share")
        if form and not form.may_distribute:
            raise MayNotDistribute(field="charter_share", enterprise=row.name)
    if row.registered_capital < row.paid_capital:
        raise CapitalBelowPaidIn(field="registered_capital", paid=format_yuan(row.paid_capital))
    if form is None or row._state.adding:
        return
    if not form.may_distribute and row.policies.filter(status="ACTIVE").exists():
        raise PolicyInForce(field="legal_form", form=row.get_legal_form_display())
    parts = list(row.shareholders.filter(valid_to=None))
    own = sum((part.share for part in parts if part.kind in OWN_KINDS), Decimal(0))
    if parts and not (form.has_shareholders and own >= form.own_part):
        raise FormUnfitForShares(field="legal_form", form=row.get_legal_form_display())


def appoint_for_enterprise(
    *, by: User, enterprise: CommunityEnterprise, user: User, role: str, valid_from: dt.date, now: dt.datetime
) -> EnterpriseAppointment:
    """Appoint a person as accountant or head of an enterprise from a day on.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        AlreadyAppointed: the person holds this office.
    """
    require(by, "funds.edit_enterprise", enterprise)
    with transaction.atomic():
        locked = CommunityEnterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=enterprise.pk)
        if locked.appointments.filter(user=user, role=role, valid_to=None).exists():
            raise AlreadyAppointed(field="user", person=str(user), enterprise=locked.name)
        row = EnterpriseAppointment(enterprise=locked, user=user, role=role, valid_from=valid_from)
        row.full_clean()
        row.save()
        after = {"user": user.pk, "role": role, "valid_from": valid_from}
        audit.record(by=by, verb="funds.enterprise_appointment.made", row=row, now=now, after=after)
    return row


def end_appointment(
    *, by: User, appointment: EnterpriseAppointment, valid_to: dt.date, now: dt.datetime
) -> EnterpriseAppointment:
    """End an appointment; `valid_to` is the first day on which the person acts no more.

    Raises:
        NotAllowed: no community staff or street staff of the place.
        EndBeforeBeginning: the appointment began on that day or later.
    """
    require(by, "funds.edit_enterprise", appointment.enterprise)
    with transaction.atomic():
        row = EnterpriseAppointment.objects.select_for_update(of=("self",)).get(pk=appointment.pk)
        if valid_to <= row.valid_from:
            raise EndBeforeBeginning(field="valid_to", beginning=row.valid_from)
        before = {"valid_to": row.valid_to}
        row.valid_to = valid_to
        row.save(update_fields=["valid_to"])
        after = {"valid_to": valid_to}
        audit.record(by=by, verb="funds.enterprise_appointment.ended", row=row, now=now, before=before, after=after)
    return row


def enter_declaration(
    *,
    by: User,
    enterprise: CommunityEnterprise,
    period_kind: str,
    starts_on: dt.date,
    ends_on: dt.date,
    revenue: Decimal,
    cost: Decimal,
    tax: Decimal,
    net_profit: Decimal,
    now: dt.datetime,
    rent: Decimal = ZERO,
    losses_carried: Decimal = ZERO,
    registered_capital: Decimal = ZERO,
    reserve_before: Decimal = ZERO,
    note: str = "",
) -> ProfitDeclaration:
    """Enter what an enterprise earned in a finished quarter or year, as a draft; `ends_on` is exclusive.

    That `reserve_before` continues the year before is seen where the reserve is computed, in `funds.reinvestment`.
    A social service agency declares like the others; the planner there plans nothing for it.

    Raises:
        NotAllowed: neither accountant nor head of the enterprise.
        EnterpriseNotRunning, PeriodUnknown, YearUnknown, PeriodNotOver, PeriodBeforeFounding, PeriodDeclared.
        ProfitDoesNotAddUp, RentAboveRevenue, RegisteredCapitalMissing, NoReserveForForm: figures that cannot be right.
    Basis: report S0.
    """
    require(by, "funds.submit_declaration", enterprise)
    figures = {
        "revenue": revenue,
        "rent": rent,
        "cost": cost,
        "tax": tax,
        "net_profit": net_profit,
        "losses_carried": losses_carried,
        "registered_capital": registered_capital,
        "reserve_before": reserve_before,
    }
    with transaction.atomic():
        locked = CommunityEnterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=enterprise.pk)
        _check_period(locked, period_kind, starts_on, ends_on, timezone.localdate(now))
        _check_figures(locked, figures)
        row = ProfitDeclaration(
            enterprise=locked,
            period_kind=period_kind,
            starts_on=starts_on,
            ends_on=ends_on,
            note=note,
            declared_by=by,
            declared_at=now,
            **figures,
        )
        if locked.declarations.filter(period_kind=period_kind, starts_on=starts_on).exists():
            raise PeriodDeclared(field="starts_on", period=row.period_name)
        row.full_clean()
        row.save()
        audit.record(
            by=by, verb="funds.declaration.entered", row=row, now=now, after=figures, basis="Report on Ziliujing 2021"
        )
    return row


def _check_period(
    enterprise: CommunityEnterprise, period_kind: str, starts_on: dt.date, ends_on: dt.date, today: dt.date
) -> None:
    if enterprise.status in {EnterpriseStatus.PLANNED, EnterpriseStatus.CLOSED}:
        raise EnterpriseNotRunning(enterprise=enterprise.name, status=enterprise.get_status_display())
    for day in (starts_on, ends_on):
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise YearUnknown(field="starts_on", year=day.year)
    if period_kind not in PeriodKind.values or ends_on != period_end(period_kind, starts_on):
        kind = PeriodKind(period_kind).label if period_kind in PeriodKind.values else period_kind
        raise PeriodUnknown(field="starts_on", starts_on=starts_on, ends_on=ends_on, kind=kind)
    if ends_on > today:
        raise PeriodNotOver(field="starts_on", last_day=ends_on - dt.timedelta(days=1))
    if ends_on <= enterprise.founded_on:
        raise PeriodBeforeFounding(field="starts_on", founded_on=enterprise.founded_on)


def _check_figures(enterprise: CommunityEnterprise, figures: dict[str, Decimal]) -> None:
    computed = figures["revenue"] - figures["cost"] - figures["tax"]
    if computed != figures["net_profit"]:
        declared = format_yuan(figures["net_profit"])
        raise ProfitDoesNotAddUp(field="net_profit", computed=format_yuan(computed), declared=declared)
    if figures["rent"] > figures["revenue"]:
        rent, revenue = format_yuan(figures["rent"]), format_yuan(figures["revenue"])
        raise RentAboveRevenue(field="rent", rent=rent, revenue=revenue)
    _capital(figures["registered_capital"], enterprise.legal_form)
    if figures["reserve_before"] and not FORMS[enterprise.legal_form].forms_reserve:
        raise NoReserveForForm(field="reserve_before", form=enterprise.get_legal_form_display())


def edit_declaration(
    *,
    by: User,
    declaration: ProfitDeclaration,
    revenue: Decimal,
    rent: Decimal,
    cost: Decimal,
    tax: Decimal,
    net_profit: Decimal,
    losses_carried: Decimal,
    registered_capital: Decimal,
    reserve_before: Decimal,
    note: str,
    now: dt.datetime,
    version: str = "",
) -> ProfitDeclaration:
    """Change the figures of a draft; `version` is that of the row when it was read, empty to skip the comparison.

    Raises:
        NotAllowed: neither accountant nor head of the enterprise.
        NotADraft: it was submitted.
        Stale: somebody else has changed it since.
        ProfitDoesNotAddUp, RentAboveRevenue, RegisteredCapitalMissing, NoReserveForForm: figures that cannot be right.
    """
    require(by, "funds.submit_declaration", declaration)
    figures = {
        "revenue": revenue,
        "rent": rent,
        "cost": cost,
        "tax": tax,
        "net_profit": net_profit,
        "losses_carried": losses_carried,
        "registered_capital": registered_capital,
        "reserve_before": reserve_before,
    }
    with transaction.atomic():
        row = ProfitDeclaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
        if row.status != DeclarationStatus.DRAFT:
            raise NotADraft(status=row.get_status_display())
        if version and version != row.version:
            raise Stale
        _check_figures(row.enterprise, figures)
        wanted: dict[str, Any] = {**figures, "note": note}
        before = {column: getattr(row, column) for column in wanted if getattr(row, column) != wanted[column]}
        for column, value in wanted.items():
            setattr(row, column, value)
        row.full_clean()
        row.save(update_fields=list(wanted))
        after = {column: wanted[column] for column in before}
        audit.record(by=by, verb="funds.declaration.edited", row=row, now=now, before=before, after=after)
    return row


def correct_declaration(
    *, by: User, declaration: ProfitDeclaration, reason: str, now: dt.datetime
) -> ProfitDeclaration:
    """Begin a correction of an audited declaration: the next revision, a draft with the same figures.

    The audited one stays as it is; once the new one is audited, an order for the difference follows from it.

    Raises:
        NotAllowed: neither accountant nor head of the enterprise.
        ReasonMissing: no reason.
        NotAudited: it is still on its way.
        CorrectionUnderWay: a later revision exists.
    Basis: report S0.
    """
    require(by, "funds.submit_declaration", declaration)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        CommunityEnterprise.objects.select_for_update(of=("self",), no_key=True).get(pk=declaration.enterprise_id)
        old = ProfitDeclaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
        same_period = ProfitDeclaration.objects.filter(
            enterprise=old.enterprise_id, period_kind=old.period_kind, starts_on=old.starts_on
        )
        if later := same_period.filter(revision__gt=old.revision).order_by("-revision").first():
            raise CorrectionUnderWay(period=later.period_name)
        if old.status not in AUDITED_STATUSES:
            raise NotAudited(status=old.get_status_display())
        row = ProfitDeclaration(
            enterprise=old.enterprise,
            period_kind=old.period_kind,
            starts_on=old.starts_on,
            ends_on=old.ends_on,
            revision=old.revision + 1,
            note=old.note,
            correction_reason=reason.strip(),
            declared_by=by,
            declared_at=now,
            **{name: getattr(old, name) for name in FIGURES},
        )
        row.full_clean()
        row.save()
        after = {"revision": row.revision, "corrects": old.pk}
        audit.record(
            by=by,
            verb="funds.declaration.corrected",
            row=row,
            now=now,
            after=after,
            reason=reason,
            basis="Report on Ziliujing 2021",
        )
    return row


def attach_statement(
    *, by: User, declaration: ProfitDeclaration, paper: str, name: str, content: bytes, now: dt.datetime
) -> ProfitDeclaration:
    """Attach the balance sheet or the income statement to a draft, or the auditor's report to what is checked.

    A new file takes the place of the one before; both stay stored.

    Raises:
        NotAllowed: neither a person of the enterprise nor, for the report, an auditor.
        PaperNotNow: the declaration stands elsewhere.
        FileTooLarge, FileKindUnknown, FileNotWhatItSays, FileBroken: the file may not be stored.
    Basis: Accounting Law art. 20.
    """
    is_report = paper == "audit_report"
    require(by, "funds.audit_declaration" if is_report else "funds.submit_declaration", declaration)
    stored = read_file(name, content)
    with transaction.atomic():
        row = ProfitDeclaration.objects.select_for_update(of=("self",)).get(pk=declaration.pk)
        label = str(getattr(ProfitDeclaration._meta.get_field(paper), "verbose_name", paper))
        if row.status != (DeclarationStatus.CHECKED if is_report else DeclarationStatus.DRAFT):
            raise PaperNotNow(status=row.get_status_display(), paper=label)
        before = {paper: getattr(row, f"{paper}_id")}
        file = notices.store_photo(by=by, now=now, division=row.division, photo=stored, visibility=Visibility.INTERNAL)
        setattr(row, paper, file)
        row.save(update_fields=[paper])
        audit.record(
            by=by, verb="funds.declaration.paper_attached", row=row, now=now, before=before, after={paper: file.pk}
        )
    return row


def audit_declaration(
    *,
    by: User,
    declaration: ProfitDeclaration,
    opinion: str,
    now: dt.datetime,
    occasion: str = AuditOccasion.YEARLY,
) -> ProfitDeclaration:
    """Confirm the audit of a checked declaration with its opinion; from then on the reinvestment job sees it.

    `occasion` tells the yearly audit from the one at the end of the committee's term.

    Raises:
        AuditOpinionMissing: no opinion.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    Basis: Organic Law of Villagers' Committees art. 35.
    """
    if not opinion.strip():
        raise AuditOpinionMissing(field="audit_opinion")
    changes = {"audit_opinion": opinion.strip(), "audit_occasion": AuditOccasion(occasion)}
    return lifecycle.move(declaration, "audit", by=by, now=now, changes=changes)


def return_declaration(
    *, by: User, declaration: ProfitDeclaration, move: str, reason: str, now: dt.datetime
) -> ProfitDeclaration:
    """Send a declaration back to its enterprise by one of the three returns; the names of the round are cleared.

    Who took the steps of that round stands in the audit trail.

    Raises:
        MoveClosed: it does not lie where this return leads back from.
        ReasonMissing, MoveForbidden: as for every move.
    """
    return lifecycle.move(declaration, move, by=by, now=now, reason=reason, changes=dict.fromkeys(STAMPS))
