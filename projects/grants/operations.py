"""Programmes, pools of experts, rounds drawn up, called and turned by the clock.

Applications lie in `submitting`, panels and scores in `reviewing`, what follows from the scores in `deciding`. Locks are
taken in one order everywhere: round, application, sheet.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import values
from communities.territory.models import Division, Tier
from funds.charity.models import CommunityFund
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.money import format_yuan
from projects.grants import policy, refusals
from projects.grants.lifecycle import ApplicationStatus, GrantRoundStatus
from projects.grants.models import (
    GrantApplication,
    GrantExpert,
    GrantRound,
    Programme,
    RoundFunding,
)
from projects.grants.policy import Question, RoundKind, RoundUnfit, SourceKind
from socialorgs.register.models import OrganizationType, SocialOrganization

if TYPE_CHECKING:
    from governance.accounts.models import User

TIERS = {RoundKind.VENTURE: Tier.DISTRICT, RoundKind.MICRO: Tier.STREET}
CAPS = {RoundKind.VENTURE: policy.VENTURE_CAP, RoundKind.MICRO: policy.MICRO_CAP}


# --- Programmes and pools


def enter_programme(
    *, by: User, now: dt.datetime, division: Division, name: str, purpose: str, started_on: dt.date
) -> Programme:
    """Enter a named programme under which rounds are called.

    Raises:
        NotAllowed: not of the place.
        ProgrammeKnown: the place has one of this name.
    Basis: report S1 (programmes of neighbors and of homes).
    """
    require(by, "projects.enter_programme", division)
    row = Programme(
        name=name.strip(),
        division=division,
        purpose=purpose.strip(),
        started_on=started_on,
        entered_at=now,
        entered_by=by,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise refusals.ProgrammeKnown(field="name") from error
        audit.record(by=by, verb="projects.programme.entered", row=row, now=now, after={"name": row.name})
    return row


def end_programme(*, by: User, now: dt.datetime, programme: Programme, reason: str) -> Programme:
    """End a programme: no further round is called under it; those that were stay under its name.

    Raises:
        NotAllowed: not of the place.
        ProgrammeEnded: it has ended.
        ReasonMissing, PersonalNumbersFound.
    """
    require(by, "projects.enter_programme", programme.division)
    refuse_personal_numbers(reason=reason)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = Programme.objects.select_for_update(of=("self",)).select_related("division").get(pk=programme.pk)
        if row.ended_on is not None:
            raise refusals.ProgrammeEnded(programme=row.name, day=row.ended_on)
        row.ended_on = max(timezone.localdate(now), row.started_on)
        row.save(update_fields=["ended_on"])
        after = {"ended_on": row.ended_on}
        audit.record(by=by, verb="projects.programme.ended", row=row, now=now, after=after, reason=reason)
    return row


def enter_expert(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    user: User,
    expertise: str,
    employer: SocialOrganization | None = None,
) -> GrantExpert:
    """Enter somebody in the pool of experts of a place, with the organization that employs the person, if any.

    Raises:
        NotAllowed: not of the place.
        ExpertUnfit: oneself.
        ExpertKnown: the person stands in the pool.
    """
    require(by, "projects.enter_grant_expert", division)
    if user.pk == by.pk:
        raise refusals.ExpertUnfit(field="user", reason=_("Nobody enters themselves."))
    row = GrantExpert(
        user=user,
        division=division,
        field=expertise.strip(),
        employer=employer,
        valid_from=timezone.localdate(now),
        entered_at=now,
        entered_by=by,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    with transaction.atomic():
        try:
            with transaction.atomic():
                row.save(force_insert=True)
        except IntegrityError as error:
            raise refusals.ExpertKnown(field="user", person=str(user)) from error
        audit.record(by=by, verb="projects.grant_expert.entered", row=row, now=now, after={"field": row.field})
    return row


def end_expert(*, by: User, now: dt.datetime, expert: GrantExpert, reason: str) -> GrantExpert:
    """Take somebody out of the pool of a place: no new seat from now on; what was scored stays, and so does the employment.

    Raises:
        NotAllowed: not of the place.
        ExpertUnfit: out of the pool already.
        ReasonMissing, PersonalNumbersFound.
    """
    require(by, "projects.enter_grant_expert", expert.division)
    refuse_personal_numbers(reason=reason)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = GrantExpert.objects.select_for_update(of=("self",)).select_related("user", "division").get(pk=expert.pk)
        if row.valid_to is not None:
            reason = _("%(person)s left the pool on %(day)s.") % {"person": row.user, "day": row.valid_to}
            raise refusals.ExpertUnfit(field="reason", reason=reason)
        row.valid_to = max(timezone.localdate(now), row.valid_from + dt.timedelta(days=1))
        row.save(update_fields=["valid_to"])
        after = {"valid_to": row.valid_to}
        audit.record(by=by, verb="projects.grant_expert.ended", row=row, now=now, after=after, reason=reason)
    return row


# --- Drawing up and calling a round


@dataclass(frozen=True, slots=True)
class Terms:
    """What is entered of a round; the rest comes from the rules in force."""

    kind: str
    title: str
    division: Division
    guide: str
    criteria: Sequence[tuple[str, int]]
    cap: Decimal
    opens_on: dt.date
    closes_on: dt.date
    contact: str
    programme: Programme | None = None
    edition: int = 1
    lanes: Sequence[str] = ()
    filed_lanes: Sequence[str] = ()
    questions: Sequence[Question] = ()
    takes_filed: bool = False
    has_defence: bool = False
    places: int | None = None
    matching_percent: int = 0
    pass_score: int = 60


def draft_round(*, by: User, now: dt.datetime, terms: Terms) -> GrantRound:
    """Draw up a round: of a district or, as a micro round, of a street; instalments and clocks are taken from the rules.

    Raises:
        NotAllowed: not of the place.
        RoundUnfit: tier, cap, days, classes, scoring table or form do not fit.
    Basis: report S3 (venture and micro rounds), report S1 (named programmes).
    """
    require(by, "projects.draft_grant_round", terms.division)
    today = timezone.localdate(now)
    _check_terms(terms, today)
    least, trim, months, correction, publicity, instalments, classes = values(
        (
            policy.LEAST_EXPERTS,
            policy.TRIM,
            policy.RECUSAL_MONTHS,
            policy.CORRECTION_DAYS,
            policy.PUBLICITY_DAYS,
            policy.INSTALMENTS,
            policy.VENTURE_CLASSES,
        ),
        terms.division,
        today,
    )
    filed = [lane.strip() for lane in terms.filed_lanes if lane.strip()]
    lanes = [lane.strip() for lane in terms.lanes if lane.strip() and lane.strip() not in filed] or list(classes)
    if len({*lanes, *filed}) != len(lanes) + len(filed):
        raise RoundUnfit(field="lanes", reason=_("Name each class once."))
    if filed and not terms.takes_filed:
        raise RoundUnfit(
            field="filed_lanes", reason=_("Classes for filed groups need a round in which filed groups may apply.")
        )
    apart = {"criteria", "questions", "lanes", "filed_lanes"}
    given = {name: value for name, value in _plain(terms).items() if name not in apart}
    row = GrantRound(
        **given,
        criteria=policy.kept_criteria(terms.criteria),
        questions=policy.kept_questions(terms.questions),
        lanes=[*lanes, *filed],
        filed_lanes=filed,
        least_experts=least,
        trim=trim,
        recusal_months=months,
        correction_days=correction,
        publicity_days=publicity,
        instalments=list(instalments),
        drafted_at=now,
        drafted_by=by,
    )
    with transaction.atomic():
        row.full_clean()
        row.save(force_insert=True)
        audit.record(by=by, verb="projects.grant_round.drafted", row=row, now=now, after={"kind": row.kind})
    return row


def repeat_round(
    *, by: User, now: dt.datetime, round_: GrantRound, title: str, opens_on: dt.date, closes_on: dt.date
) -> GrantRound:
    """Draw up the next edition of an earlier round: guide, classes, form, scoring table and limits; its money is named anew.

    The clocks, instalments and panel come from the rules in force now.

    Raises:
        NotAllowed: not of the place.
        RoundUnfit: as for `draft_round`.
    """
    kept = {name: getattr(round_, name) for name in Terms.__dataclass_fields__}
    kept |= {"title": title, "opens_on": opens_on, "closes_on": closes_on, "edition": round_.edition + 1}
    kept |= {"criteria": [(one.title, one.most) for one in round_.table], "questions": round_.form}
    return draft_round(by=by, now=now, terms=Terms(**kept))


def _plain(terms: Terms) -> dict[str, Any]:
    """Return what was entered, texts without blanks around them."""
    found = {name: getattr(terms, name) for name in Terms.__dataclass_fields__}
    return {name: value.strip() if isinstance(value, str) else value for name, value in found.items()}


def _check_terms(terms: Terms, today: dt.date) -> None:
    if terms.kind not in RoundKind.values or terms.division.tier != TIERS[RoundKind(terms.kind)]:
        raise RoundUnfit(field="division", reason=_("Venture rounds are a district's, micro rounds a street's."))
    refuse_personal_numbers(title=terms.title, guide=terms.guide)
    cap, days = values((CAPS[RoundKind(terms.kind)], policy.CALL_DAYS), terms.division, today)
    if not 0 < terms.cap <= cap:
        reason = _("One project gets at most %(cap)s yuan by the rules of the place.")
        raise RoundUnfit(field="cap", reason=reason % {"cap": format_yuan(Decimal(cap))})
    if (terms.closes_on - terms.opens_on).days + 1 < days:
        reason = _("A call stays open for at least %(days)s days.")
        raise RoundUnfit(field="closes_on", reason=reason % {"days": days})
    if terms.opens_on < today:
        raise RoundUnfit(field="opens_on", reason=_("The first day lies before today."))
    if terms.pass_score > policy.FULL:
        raise RoundUnfit(field="pass_score", reason=_("A score is at most 100."))
    if terms.matching_percent > policy.MOST_MATCHING:
        reason = _("A call asks for a matching share of at most %(most)s %%.") % {"most": policy.MOST_MATCHING}
        raise RoundUnfit(field="matching_percent", reason=reason)
    programme = terms.programme
    if programme is not None and not terms.division.path.startswith(programme.division.path):
        raise RoundUnfit(field="programme", reason=_("The programme belongs to another place."))
    if programme is not None and programme.ended_on is not None:
        reason = _("“%(programme)s” ended on %(day)s. Choose another programme, or none.")
        raise RoundUnfit(field="programme", reason=reason % {"programme": programme.name, "day": programme.ended_on})


def add_funding(
    *,
    by: User,
    now: dt.datetime,
    round_: GrantRound,
    amount: Decimal,
    budget_line: str = "",
    fund: CommunityFund | None = None,
    foundation: SocialOrganization | None = None,
) -> RoundFunding:
    """Add a source of money to a round that is not called yet: a budget line, a community fund or a foundation.

    Raises:
        NotAllowed: not of the place.
        RoundNotDraft: it has been called.
        SourceUnfit: none or several sources, nothing, or an organization that is no foundation.
    """
    require(by, "projects.draft_grant_round", round_)
    named = [kind for kind, given in zip(SourceKind, (budget_line, fund, foundation), strict=True) if given]
    if len(named) != 1:
        raise refusals.SourceUnfit(field="budget_line", reason=_("Name one source."))
    if amount <= 0:
        raise refusals.SourceUnfit(field="amount", reason=_("Enter an amount above zero."))
    if foundation is not None and foundation.organization_type != OrganizationType.FOUNDATION:
        raise refusals.SourceUnfit(
            field="foundation", reason=_("“%(name)s” is no foundation.") % {"name": foundation.name}
        )
    with transaction.atomic():
        locked = _locked_round(round_)
        if locked.status != GrantRoundStatus.DRAFT:
            raise refusals.RoundNotDraft(round=locked.title)
        row = RoundFunding(
            round=locked, kind=named[0], budget_line=budget_line, fund=fund, foundation=foundation, amount=amount
        )
        row.full_clean()
        row.save(force_insert=True)
        after = {"source": row.name, "amount": amount}
        audit.record(by=by, verb="projects.grant_round.funded", row=locked, now=now, after=after)
    return row


def _locked_round(round_: GrantRound) -> GrantRound:
    return GrantRound.objects.select_for_update(of=("self",)).select_related("division", "publicity").get(pk=round_.pk)


def publish_round(*, by: User, now: dt.datetime, round_: GrantRound) -> GrantRound:
    """Call for applications by a public notice; from then on the rules of the round are fixed.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        RoundUnfit: no money, or the first day is over.
        PersonalNumbersFound: in the text.
    """
    lifecycle.require(round_, "publish", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _locked_round(round_)
        if row.status != GrantRoundStatus.DRAFT or row.drafted_by_id == by.pk:
            return lifecycle.move(row, "publish", by=by, now=now)
        if not row.fundings.exists():
            raise RoundUnfit(reason=_("Name first where the money comes from."))
        if row.opens_on < today:
            raise RoundUnfit(reason=_("The first day lies before today."))
        days = max((row.closes_on - today).days, 1)
        notice = notices.draft_notice(
            by=by,
            now=now,
            title=row.title,
            body=_call_text(row),
            division=row.division,
            minimum_days=days,
            contact=row.contact,
        )
        notices.post_notice(by=by, now=now, notice=notice)
        return lifecycle.move(row, "publish", by=by, now=now, changes={"call": notice})


def _call_text(row: GrantRound) -> str:
    lines = [row.guide, ""]
    lines.append(_("Applications from %(first)s to %(last)s.") % {"first": row.opens_on, "last": row.closes_on})
    lines.append(_("Classes of projects: %(lanes)s.") % {"lanes": "、".join(row.lanes)})
    if row.filed_lanes:
        lines.append(_("For filed groups alone: %(lanes)s.") % {"lanes": "、".join(row.filed_lanes)})
    lines.append(_("At most %(cap)s yuan for one project.") % {"cap": format_yuan(row.cap)})
    if row.matching_percent:
        lines.append(
            _("Matching share of the applicant and partners: at least %(percent)s %% of the grant.")
            % {"percent": row.matching_percent}
        )
    table = "；".join(f"{one.title} {one.most}" for one in row.table)
    lines.append(_("Scoring table: %(table)s.") % {"table": table})
    return "\n".join(lines)


def turn_rounds(*, by: User, now: dt.datetime, today: dt.date) -> int:
    """Open the rounds whose first day has come and close those whose last day is over; drafts stay with their writers.

    The clock's work: `by` is the system. Safe to run twice.
    """
    turned = 0
    with transaction.atomic():
        rows = GrantRound.objects.select_for_update(of=("self",)).filter(
            status=GrantRoundStatus.PUBLISHED, opens_on__lte=today
        )
        for row in rows.order_by("pk"):
            lifecycle.move(row, "open", by=by, now=now)
            turned += 1
        over = GrantRound.objects.select_for_update(of=("self",)).filter(
            status=GrantRoundStatus.OPEN, closes_on__lt=today
        )
        for row in over.order_by("pk"):
            lifecycle.move(row, "close", by=by, now=now)
            turned += 1
        late = GrantApplication.objects.select_for_update(of=("self",)).filter(
            status=ApplicationStatus.RETURNED, correct_by__lt=today
        )
        rows_late = list(late.order_by("pk"))
        lifecycle.move_all(rows_late, "lapse", by=by, now=now)
    return turned + len(rows_late)
