"""Organizations write, submit and correct applications; the landing community agrees; the place that calls checks.

Locks are taken in one order: round, application.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_UP, Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import values
from communities.territory.models import Division, Tier
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.errors import NotAllowed
from governance.money import ZERO, format_yuan
from projects.grants import policy, refusals
from projects.grants.lifecycle import ApplicationStatus, GrantRoundStatus
from projects.grants.models import WRITABLE, GrantApplication, GrantBudgetLine, GrantRound
from projects.grants.policy import LineKind
from projects.grants.queries import require_unhindered
from socialorgs.register.models import SocialOrganization, Standing
from socialorgs.register.policy import read_credit_code

if TYPE_CHECKING:
    from governance.accounts.models import User


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a budget as it is written."""

    kind: str
    title: str
    asked: Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """What an applicant writes; a draft may leave nearly everything open."""

    title: str
    lane: str = ""
    summary: str = ""
    plan: str = ""
    team: str = ""
    beneficiaries: str = ""
    division: Division | None = None
    starts_on: dt.date | None = None
    ends_on: dt.date | None = None
    own_amount: Decimal = ZERO
    partner: str = ""
    partner_amount: Decimal = ZERO
    credit_code: str = ""
    lines: Sequence[Line] = ()
    answers: Mapping[str, Any] = field(default_factory=dict)


LABELS = {column.name: column.verbose_name for column in GrantApplication._meta.concrete_fields}
READ_BY_EXPERTS = ("title", "summary", "plan", "team", "beneficiaries")
TEXTS = ("title", "lane", "summary", "plan", "team", "beneficiaries", "partner")


def start_application(
    *, by: User, now: dt.datetime, round_: GrantRound, organization: SocialOrganization, plan: Plan
) -> GrantApplication:
    """Begin an application as a draft, which only the organization sees; it may be begun before the round is open.

    Raises:
        NotAllowed: `by` does not act for the organization.
        RoundTakesNothing: the round is closed, or was not called.
        CodeUnfit, BudgetUnfit, MatchingUnfit, PersonalNumbersFound, AnswerDoesNotFit, ApplicationIncomplete.
    """
    if not by.has_perm("socialorgs.act_for_organization", organization):
        raise NotAllowed
    with transaction.atomic():
        fresh = GrantRound.objects.select_for_update(of=("self",)).select_related("division").get(pk=round_.pk)
        if fresh.status not in {GrantRoundStatus.PUBLISHED, GrantRoundStatus.OPEN}:
            raise refusals.RoundTakesNothing(round=fresh.title, status=fresh.get_status_display())
        row = GrantApplication(
            round=fresh,
            number=f"{fresh.pk}-{fresh.applications.count() + 1:04d}",
            organization=organization,
            drafted_at=now,
            drafted_by=by,
        )
        _write(row, plan, now, is_draft=True)
        audit.record(by=by, verb="projects.grant_application.drafted", row=row, now=now, after={"round": fresh.pk})
    return row


def save_application(*, by: User, now: dt.datetime, application: GrantApplication, plan: Plan) -> GrantApplication:
    """Save what was written in a draft or a correction; a draft is kept even when the round has closed meanwhile.

    Raises:
        NotAllowed: `by` does not act for the organization.
        ApplicationNotWritable: it has been submitted.
        CodeUnfit, BudgetUnfit, MatchingUnfit, PersonalNumbersFound, AnswerDoesNotFit, ApplicationIncomplete.
    """
    require(by, "projects.apply_for_grant", application)
    with transaction.atomic():
        row = _locked(application)
        if not row.is_writable:
            raise refusals.ApplicationNotWritable(status=row.get_status_display())
        _write(row, plan, now, is_draft=row.status == ApplicationStatus.DRAFT)
        audit.record(by=by, verb="projects.grant_application.saved", row=row, now=now, after={"asked": row.asked})
    return row


def _locked(application: GrantApplication) -> GrantApplication:
    rows = GrantApplication.objects.select_for_update(of=("self",))
    return rows.select_related("round__division", "organization__division", "division").get(pk=application.pk)


def _write(row: GrantApplication, plan: Plan, now: dt.datetime, *, is_draft: bool) -> None:
    """Write a plan into a draft or correction, whose lines are written anew."""
    texts = {name: getattr(plan, name).strip() for name in TEXTS}
    refuse_personal_numbers(**texts)
    if not texts["title"]:
        raise refusals.ApplicationIncomplete(field="title", reason=_("Please give the project a title."))
    if texts["lane"] and texts["lane"] not in row.round.lanes:
        raise refusals.ApplicationIncomplete(field="lane", reason=_("Choose one of the classes of the round."))
    if plan.division is not None:
        _check_landing(row.round, plan.division)
    for line in plan.lines:
        refuse_personal_numbers(lines=line.title)
        if line.kind not in LineKind.values or line.asked <= 0 or not line.title.strip():
            raise refusals.BudgetUnfit(
                field="lines", reason=_("Each line has a kind, a purpose and an amount above zero.")
            )
    if len(plan.lines) > policy.MOST_LINES:
        reason = _("A budget has at most %(most)s lines.") % {"most": policy.MOST_LINES}
        raise refusals.BudgetUnfit(field="lines", reason=reason)
    for name, text in texts.items():
        setattr(row, name, text)
    row.credit_code = answering_code(row.organization, plan.credit_code, is_draft=is_draft)
    row.division, row.starts_on, row.ends_on = plan.division, plan.starts_on, plan.ends_on
    row.own_amount, row.partner_amount = plan.own_amount, plan.partner_amount
    if min(row.own_amount, row.partner_amount) < 0 or (row.partner_amount and not row.partner):
        reason = _("Name the matching partner whose money is counted; amounts begin at zero.")
        raise refusals.MatchingUnfit(field="partner", reason=reason)
    row.answers = policy.kept_answers(row.round.form, plan.answers, is_draft=True)
    refuse_personal_numbers(**{f"question_{key}": text for key, text in row.answers.items() if isinstance(text, str)})
    row.asked = sum((line.asked for line in plan.lines), ZERO)
    row.saved_at = now
    row.full_clean(validate_unique=False, validate_constraints=False)
    row.save()
    row.lines.all().delete()
    GrantBudgetLine.objects.bulk_create(
        GrantBudgetLine(
            application=row,
            number=number,
            kind=line.kind,
            title=line.title.strip(),
            asked=line.asked,
            granted=line.asked,
        )
        for number, line in enumerate(plan.lines, start=1)
    )


def _check_landing(round_: GrantRound, division: Division) -> None:
    inside = division.path.startswith(round_.division.path) and division.tier == Tier.COMMUNITY
    if not inside:
        reason = _("Choose a community of %(place)s.") % {"place": round_.division.name}
        raise refusals.ApplicationIncomplete(field="division", reason=reason)


def answering_code(organization: SocialOrganization, typed: str, *, is_draft: bool) -> str:
    """Return the credit code of the registered body that answers for an applicant.

    Raises:
        CodeUnfit: a registered organization names another's, or a filed group none.
        CreditCodeRounded, CreditCodeLength, CreditCodeCharacter, CreditCodeCheck: it is no credit code.
    """
    given = read_credit_code(typed) if typed.strip() else ""
    if organization.credit_code:
        if given and given != organization.credit_code:
            raise refusals.CodeUnfit(field="credit_code", reason=_("A registered organization answers for itself."))
        return organization.credit_code
    if not given and not is_draft:
        raise refusals.CodeUnfit(
            field="credit_code",
            reason=_("A filed group names the credit code of the registered body that answers for it."),
        )
    return given


def submit_application(*, by: User, now: dt.datetime, application: GrantApplication) -> GrantApplication:
    """Submit a draft, or the one correction: complete, without names, within the rules, by a body in good standing.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        RoundTakesNothing: the round does not take applications; the draft is kept.
        CorrectionOver: the days for the correction are over.
        ApplicantHindered: the gate (register, list of serious breaches, inspection, ban).
        ApplicationIncomplete, BudgetUnfit, MatchingUnfit, CodeUnfit, AnswerMissing: something is missing or does not fit.
        NameShown: the experts would read whose application it is.
        BodyHasApplied: the body has an application in the round, under this name or another.
    """
    name = "resubmit" if application.status == ApplicationStatus.RETURNED else "submit"
    lifecycle.require(application, name, by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        GrantRound.objects.select_for_update(of=("self",)).get(pk=application.round_id)
        row = _locked(application)
        if row.status not in WRITABLE:
            return lifecycle.move(row, name, by=by, now=now)
        if row.status == ApplicationStatus.DRAFT:
            if not row.round.takes_applications or today > row.round.closes_on:
                raise refusals.RoundTakesNothing(round=row.round.title, status=row.round.get_status_display())
        elif row.correct_by is not None and today > row.correct_by:
            raise refusals.CorrectionOver(day=row.correct_by)
        _check_complete(row)
        _check_unnamed(row)
        _check_budget(row, today)
        _check_matching(row)
        code = answering_code(row.organization, row.credit_code, is_draft=False)
        require_unhindered(row.organization, code, row.round, today)
        others = GrantApplication.objects.in_the_running().filter(round=row.round).exclude(pk=row.pk)
        if others.filter(credit_code=code).exists() or others.filter(organization=row.organization).exists():
            raise refusals.BodyHasApplied(field="credit_code", code=code)
        name = "resubmit" if row.status == ApplicationStatus.RETURNED else "submit"
        return lifecycle.move(row, name, by=by, now=now)


def _check_complete(row: GrantApplication) -> None:
    columns = ("lane", "summary", "plan", "team", "beneficiaries", "division_id", "starts_on", "ends_on")
    if empty := [column.removesuffix("_id") for column in columns if not getattr(row, column)]:
        named = " / ".join(str(LABELS[name]) for name in empty)
        raise refusals.ApplicationIncomplete(field=empty[0], reason=_("Please fill in “%(what)s”.") % {"what": named})
    if row.starts_on is not None and row.ends_on is not None and row.ends_on <= row.starts_on:
        raise refusals.ApplicationIncomplete(field="ends_on", reason=_("The project must end after it begins."))
    own = row.round.lanes_of(is_filed=row.organization.standing == Standing.FILED)
    if row.lane not in own:
        reason = _("“%(lane)s” is not for your kind of organization in this round. Choose one of: %(lanes)s.")
        raise refusals.ApplicationIncomplete(field="lane", reason=reason % {"lane": row.lane, "lanes": "、".join(own)})
    policy.kept_answers(row.round.form, row.answers, is_draft=False)


def _check_unnamed(row: GrantApplication) -> None:
    """Refuse texts from which an expert reads whose application it is: the body, its head, its code, the partner."""
    names = policy.telling_names(
        row.organization.name,
        [place.name for place in (*Division.objects.ancestors(row.organization.division), row.organization.division)],
    )
    names += [row.organization.head_name, row.credit_code, row.organization.credit_code or "", row.partner]
    read = {name: (LABELS[name], getattr(row, name)) for name in READ_BY_EXPERTS}
    read |= {"lines": (_("budget"), " ".join(line.title for line in row.lines.all()))}
    asked = {str(one.number): one.text for one in row.round.form}
    read |= {f"question_{key}": (asked[key], text) for key, text in row.answers.items() if isinstance(text, str)}
    for field_, (what, text) in read.items():
        if found := policy.named_in(text, names):
            raise refusals.NameShown(field=field_, what=what, name=found)


def _check_budget(row: GrantApplication, today: dt.date) -> None:
    lines = list(row.lines.all())
    if not lines:
        raise refusals.BudgetUnfit(field="lines", reason=_("Please enter a budget."))
    if row.asked > row.round.cap:
        reason = _("The budget asks for %(asked)s yuan; one project gets at most %(cap)s.")
        shown = {"asked": format_yuan(row.asked), "cap": format_yuan(row.round.cap)}
        raise refusals.BudgetUnfit(field="lines", reason=reason % shown)
    shares = values((policy.PERSONNEL_SHARE, policy.ADMINISTRATION_SHARE), row.round.division, today)
    for kind, share in zip((LineKind.PERSONNEL, LineKind.ADMINISTRATION), shares, strict=True):
        part = sum((line.asked for line in lines if line.kind == kind), ZERO)
        if part > share * row.asked:
            reason = _("“%(kind)s” comes to %(part)s yuan; it may be at most %(percent)s %% of the budget.")
            shown = {"kind": str(kind.label), "part": format_yuan(part), "percent": f"{(share * 100).normalize():f}"}
            raise refusals.BudgetUnfit(field="lines", reason=reason % shown)


def _check_matching(row: GrantApplication) -> None:
    """Refuse an application that brings along less than the call asks for (配套资金)."""
    if row.partner and not row.partner_amount:
        raise refusals.MatchingUnfit(field="partner_amount", reason=_("Enter what the matching partner pays."))
    percent = row.round.matching_percent
    if row.matched * policy.FULL < row.asked * percent:
        reason = _("The call asks for a matching share of %(percent)s %%: %(least)s yuan. You bring along %(matched)s.")
        least = (row.asked * percent / policy.FULL).quantize(policy.PLACES, rounding=ROUND_UP)
        shown = {"percent": percent, "least": format_yuan(least), "matched": format_yuan(row.matched)}
        raise refusals.MatchingUnfit(field="own_amount", reason=reason % shown)


def copy_to_round(*, by: User, now: dt.datetime, application: GrantApplication, round_: GrantRound) -> GrantApplication:
    """Begin an application in another round with what was written in this one, its answers and class left out.

    Raises:
        NotAllowed, RoundTakesNothing: as for `start_application`.
    """
    require(by, "projects.apply_for_grant", application)
    kept = {name: getattr(application, name) for name in TEXTS if name != "lane"}
    landing = application.division
    if landing is not None and not landing.path.startswith(round_.division.path):
        landing = None
    plan = Plan(
        **kept,
        division=landing,
        own_amount=application.own_amount,
        partner_amount=application.partner_amount,
        credit_code=application.credit_code,
        lines=[Line(line.kind, line.title, line.asked) for line in application.lines.all()],
    )
    return start_application(by=by, now=now, round_=round_, organization=application.organization, plan=plan)


# --- The landing community and the first check


def give_consent(*, by: User, now: dt.datetime, application: GrantApplication) -> GrantApplication:
    """Agree for the landing community to what was submitted, once.

    Raises:
        NotAllowed: not of the community.
        ConsentNotOpen: it was not submitted, or the community has agreed.
    """
    require(by, "projects.consent_to_grant", application)
    with transaction.atomic():
        row = _locked(application)
        if row.status != ApplicationStatus.SUBMITTED or row.consented_at is not None:
            raise refusals.ConsentNotOpen
        row.consented_at, row.consented_by = now, by
        row.save(update_fields=["consented_at", "consented_by"])
        audit.record(by=by, verb="projects.grant_application.consented", row=row, now=now)
    return row


def send_back(*, by: User, now: dt.datetime, application: GrantApplication, reason: str) -> GrantApplication:
    """Send an application back for its one correction, due within the round's working days.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
        MoveHindered: it was sent back once already.
    """
    lifecycle.require(application, "send_back", by=by)
    with transaction.atomic():
        row = _locked(application)
        due = add_days(timezone.localdate(now), row.round.correction_days, DayKind.WORKING)
        changes = {"correct_by": due.on, "remark": reason.strip()}
        return lifecycle.move(row, "send_back", by=by, now=now, reason=reason, changes=changes)


def qualify(*, by: User, now: dt.datetime, application: GrantApplication) -> GrantApplication:
    """Admit an application to the review; the gate is asked again.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        MoveHindered: the landing community has not agreed.
        ApplicantHindered: the body may take no part.
    """
    lifecycle.require(application, "qualify", by=by)
    with transaction.atomic():
        row = _locked(application)
        if row.status == ApplicationStatus.SUBMITTED:
            require_unhindered(row.organization, row.credit_code, row.round, timezone.localdate(now))
        return lifecycle.move(row, "qualify", by=by, now=now)


def disqualify(*, by: User, now: dt.datetime, application: GrantApplication, reason: str) -> GrantApplication:
    """Do not admit an application; the applicant reads why.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    changes = {"remark": reason.strip()}
    return lifecycle.move(application, "disqualify", by=by, now=now, reason=reason, changes=changes)
