"""What follows from the scores: budgets that only fall, proposals, publicity, awards, breach.

Locks: round, application, funding.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from governance.calendar.days import DayKind
from governance.errors import NotAllowed
from governance.money import ZERO, format_yuan
from projects.grants import refusals
from projects.grants.lifecycle import ApplicationStatus, AwardStatus, GrantRoundStatus
from projects.grants.models import (
    AwardSource,
    GrantApplication,
    GrantAward,
    GrantRound,
)
from projects.grants.policy import BAN_YEARS, CONTRACT_DAYS, ShareKind
from projects.grants.queries import grant_hindrances, require_unhindered
from socialorgs.register.barring.models import BanGround
from socialorgs.register.barring.operations import propose_after_breach
from socialorgs.register.models import SocialOrganization

if TYPE_CHECKING:
    from governance.accounts.models import User
    from socialorgs.register.barring.models import ParticipationBan


def _locked_round(round_: GrantRound) -> GrantRound:
    return GrantRound.objects.select_for_update(of=("self",)).select_related("division", "publicity").get(pk=round_.pk)


def _locked(application: GrantApplication) -> GrantApplication:
    rows = GrantApplication.objects.select_for_update(of=("self",))
    return rows.select_related("round__division", "organization", "division").get(pk=application.pk)


# --- Optimisation and proposals


def optimise_budget(
    *, by: User, now: dt.datetime, application: GrantApplication, granted: Mapping[int, Decimal], reason: str
) -> GrantApplication:
    """Lower lines of a budget after the experts' advice, by the applicant or the place that calls; no line ever rises.

    Raises:
        NotAllowed: neither acts for the organization nor organizes the round.
        NotBeingOptimised: the scores are not settled, or the project is proposed.
        BudgetGrows: a line would rise.
        BudgetUnfit: a line that is not there, an amount below nothing, or nothing left.
        ReasonMissing.
    """
    if not (
        by.has_perm("projects.apply_for_grant", application) or by.has_perm("projects.manage_grant_round", application)
    ):
        raise NotAllowed
    refuse_personal_numbers(reason=reason)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    with transaction.atomic():
        row = _locked(application)
        if row.status != ApplicationStatus.SCORED:
            raise refusals.NotBeingOptimised
        lines = {line.number: line for line in row.lines.select_for_update()}
        before = row.granted
        for number, amount in granted.items():
            line = lines.get(number)
            if line is None or amount < 0:
                raise refusals.BudgetUnfit(field="lines", reason=_("Name lines of the budget and amounts from zero."))
            if amount > line.granted:
                shown = {"now": format_yuan(line.granted), "wanted": format_yuan(amount)}
                raise refusals.BudgetGrows(field=f"line_{number}", line=line.title, **shown)
            line.granted = amount
            line.save(update_fields=["granted"])
        row.granted = sum((line.granted for line in lines.values()), ZERO)
        if row.granted <= 0:
            raise refusals.BudgetUnfit(field="lines", reason=_("Nothing would be left of the budget."))
        row.save(update_fields=["granted"])
        audit.record(
            by=by,
            verb="projects.grant_application.optimised",
            row=row,
            now=now,
            before={"granted": before},
            after={"granted": row.granted},
            reason=reason,
        )
    return row


def propose(*, by: User, now: dt.datetime, application: GrantApplication) -> GrantApplication:
    """Propose a project for a grant: it reached the score, and places and money of the round are left for it.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        ProposalUnfit: score, places or money stand against it.
        ApplicantHindered: the body may take no part.
    """
    lifecycle.require(application, "propose", by=by)
    with transaction.atomic():
        round_ = _locked_round(application.round)
        row = _locked(application)
        if row.status == ApplicationStatus.SCORED:
            if round_.status != GrantRoundStatus.REVIEWING:
                raise refusals.ProposalUnfit(reason=_("Proposals are made while the round is in review."))
            _check_proposal(round_, row)
            require_unhindered(row.organization, row.credit_code, row.round, timezone.localdate(now))
        return lifecycle.move(row, "propose", by=by, now=now)


def _check_proposal(round_: GrantRound, row: GrantApplication) -> None:
    if row.score is None or row.score < round_.pass_score:
        reason = _("The score is %(score)s; at least %(least)s are needed.")
        raise refusals.ProposalUnfit(reason=reason % {"score": row.score, "least": round_.pass_score})
    proposed = round_.applications.filter(status=ApplicationStatus.PROPOSED)
    if round_.places is not None and proposed.count() >= round_.places:
        reason = _("All %(places)s places are proposed already.") % {"places": round_.places}
        raise refusals.ProposalUnfit(reason=reason)
    money = round_.fundings.aggregate(total=Sum("amount"))["total"] or ZERO
    taken = proposed.aggregate(total=Sum("granted"))["total"] or ZERO
    if taken + (row.granted or ZERO) > money:
        reason = _("The round has %(money)s yuan, %(taken)s of them proposed; %(amount)s is too much.")
        shown = {"money": format_yuan(money), "taken": format_yuan(taken), "amount": format_yuan(row.granted or ZERO)}
        raise refusals.ProposalUnfit(reason=reason % shown)
    pots = pots_of(round_)
    try:
        for one in sorted([*proposed.select_related("division"), row], key=_in_turn):
            draw(pots, one.division, one.granted or ZERO)
    except refusals.SourcesUnfit as unfit:
        reason = _("The money that is left is of funds that serve other places.")
        raise refusals.ProposalUnfit(reason=reason) from unfit


def _in_turn(row: GrantApplication) -> tuple[str, int, int]:
    return row.lane, row.rank or 0, row.pk


def decline(*, by: User, now: dt.datetime, application: GrantApplication, reason: str) -> GrantApplication:
    """Do not choose a project, or strike it from the proposals after an objection; what is publicised stays as it is.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        ProposalUnfit: the proposals are being publicised.
    """
    lifecycle.require(application, "decline", by=by)
    with transaction.atomic():
        round_ = _locked_round(application.round)
        row = _locked(application)
        if row.status == ApplicationStatus.PROPOSED and round_.status != GrantRoundStatus.REVIEWING:
            raise refusals.ProposalUnfit(reason=_("The proposals are publicised; reconsider the round first."))
        return lifecycle.move(row, "decline", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


# --- Publicity and awards


def publicise_round(*, by: User, now: dt.datetime, round_: GrantRound) -> GrantRound:
    """Publicise what is proposed, with scores and amounts, for the round's working days; anybody may object.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: as for every move.
    """
    lifecycle.require(round_, "publicise", by=by)
    with transaction.atomic():
        row = _locked_round(round_)
        proposed = row.applications.filter(status=ApplicationStatus.PROPOSED).select_related("organization", "division")
        chosen = list(proposed.order_by("lane", "rank", "pk"))
        if row.status != GrantRoundStatus.REVIEWING or row.settled_at is None or not chosen:
            return lifecycle.move(row, "publicise", by=by, now=now)
        notice = notices.draft_notice(
            by=by,
            now=now,
            title=_("Proposed grants: %(round)s") % {"round": row.title},
            body=_publicity_text(row, chosen),
            division=row.division,
            minimum_days=row.publicity_days,
            day_kind=DayKind.WORKING,
            contact=row.contact,
        )
        notices.post_notice(by=by, now=now, notice=notice)
        return lifecycle.move(row, "publicise", by=by, now=now, changes={"publicity": notice})


def _publicity_text(row: GrantRound, chosen: Sequence[GrantApplication]) -> str:
    lines = [_("The following projects are proposed for a grant, by class and rank.")]
    for one in chosen:
        text = _("%(lane)s, rank %(rank)s: “%(title)s”, %(organization)s, score %(score)s, %(amount)s yuan")
        lines.append(
            text
            % {
                "lane": one.lane,
                "rank": one.rank,
                "title": one.title,
                "organization": one.organization.name,
                "score": one.score,
                "amount": format_yuan(one.granted or ZERO),
            }
        )
    return "\n".join(lines)


def award_round(*, by: User, now: dt.datetime, round_: GrantRound) -> GrantRound:
    """Award what was publicised when nothing stands against it; each award draws on the sources of the round in turn.

    Beside the money of the round stands what the body and its partner bring along, as the application said.
    A body that may take no part any more gets no award: its application is declined with the reason.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, MoveHindered: as for every move.
    """
    lifecycle.require(round_, "award", by=by)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = lifecycle.move(_locked_round(round_), "award", by=by, now=now)
        pots = pots_of(row)
        last = today + dt.timedelta(days=value(CONTRACT_DAYS, row.division, today))
        proposed = row.applications.select_for_update(of=("self",)).filter(status=ApplicationStatus.PROPOSED)
        related = proposed.select_related("round__division", "organization", "division")
        for application in related.order_by("lane", "rank", "pk"):
            found = grant_hindrances(application.organization, application.credit_code, row, today)
            if found:
                reason = "; ".join(found)
                lifecycle.move(application, "decline", by=by, now=now, reason=reason, changes={"remark": reason})
                continue
            _award(application, pots, last, by, now)
        for application in row.applications.filter(status=ApplicationStatus.SCORED).order_by("pk"):
            reason = _("Other projects were chosen.")
            lifecycle.move(application, "decline", by=by, now=now, reason=reason, changes={"remark": reason})
    return row


def _award(application: GrantApplication, pots: list[Pot], last: dt.date, by: User, now: dt.datetime) -> GrantAward:
    amount = application.granted or ZERO
    landing = Division.objects.get(grant_applications=application)
    award = GrantAward.objects.create(
        number=f"GY-{application.number}",
        round=application.round,
        application=application,
        organization=application.organization,
        division=landing,
        title=application.title,
        amount=amount,
        matched=application.matched,
        instalments=application.round.instalments,
        contract_by=last,
        granted_at=now,
        granted_by=by,
    )
    beside = (
        (ShareKind.OWN, application.organization.name, application.own_amount),
        (ShareKind.PARTNER, application.partner, application.partner_amount),
    )
    AwardSource.objects.bulk_create(
        [
            *(
                AwardSource(award=award, funding_id=pot.funding, amount=part)
                for pot, part in draw(pots, landing, amount)
            ),
            *(AwardSource(award=award, kind=kind, payer=payer, amount=part) for kind, payer, part in beside if part),
        ]
    )
    lifecycle.move(application, "award", by=by, now=now)
    audit.record(
        by=by,
        verb="projects.grant_award.granted",
        row=award,
        now=now,
        after={"amount": amount, "organization": award.organization_id},
    )
    return award


@dataclass(slots=True)
class Pot:
    """A source of a round with what is left of it; a fund pays in its own place only (`path`, empty for the others)."""

    funding: int
    left: Decimal
    path: str = ""


def pots_of(round_: GrantRound) -> list[Pot]:
    """Return the sources of a round, locked, in their order, with all that they have."""
    rows = round_.fundings.select_for_update(of=("self",)).select_related("fund__division").order_by("pk")
    return [Pot(one.pk, one.amount, one.fund.division.path if one.fund is not None else "") for one in rows]


def draw(pots: Sequence[Pot], landing: Division | None, amount: Decimal) -> list[tuple[Pot, Decimal]]:
    """Return what each source pays of an amount and lower what is left of it: first one fund, then the others in their order.

    Of the funds that serve the place, the nearest that can pay all of it, else the one that has most: a contract draws on
    one hold.

    Raises:
        SourcesUnfit: together they have less.
    """
    place = landing.path if landing is not None else ""
    serving = [pot for pot in pots if pot.path and place.startswith(pot.path) and pot.left > 0]
    nearest = max(serving, key=lambda pot: (min(pot.left, amount), len(pot.path), -pot.funding), default=None)
    parts = []
    for pot in [*([nearest] if nearest else []), *(pot for pot in pots if not pot.path)]:
        part = min(pot.left, amount)
        if part > 0:
            parts.append((pot, part))
            pot.left -= part
            amount -= part
    if amount > 0:
        raise refusals.SourcesUnfit(reason=_("The money of the round is used up."))
    return parts


def renounce_award(*, by: User, now: dt.datetime, award: GrantAward, reason: str) -> GrantAward:
    """Give an award back before a contract is signed, for the organization.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(award, "renounce", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def ban_for_breach(*, by: User, now: dt.datetime, award: GrantAward, reason: str) -> ParticipationBan:
    """Revoke an award for breach and propose to bar the body for the years of the rules; another person decides on it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    Basis: rules of venture grants found elsewhere (three years).
    """
    with transaction.atomic():
        row = lifecycle.move(award, "revoke", by=by, now=now, reason=reason, changes={"remark": reason.strip()})
        return _propose_ban(by, now, row, reason, row.number)


def fall_with_contract(
    *, by: User, now: dt.datetime, award: GrantAward, reason: str, decision_number: str
) -> ParticipationBan | None:
    """Revoke an award whose contract was ended for breach and propose the same ban, under the number of that contract.

    Whoever ends a contract decides on nothing else: the award falls of itself. Nothing where it was revoked before.
    Basis: rules of venture grants found elsewhere (three years).
    """
    with transaction.atomic():
        row = GrantAward.objects.select_for_update(of=("self",)).get(pk=award.pk)
        if row.status != AwardStatus.GRANTED:
            return None
        changes = {"remark": reason.strip()}
        row = lifecycle.move(row, "fall", by=system_actor(), now=now, reason=reason, changes=changes)
        return _propose_ban(by, now, row, reason, decision_number)


def _propose_ban(by: User, now: dt.datetime, award: GrantAward, reason: str, number: str) -> ParticipationBan:
    division = GrantRound.objects.select_related("division").get(pk=award.round_id).division
    return propose_after_breach(
        by=by,
        now=now,
        organization=SocialOrganization.objects.get(pk=award.organization_id),
        ground=BanGround.GRANT_BREACH,
        reason=f"{award.title}: {reason.strip()}",
        decision_number=number,
        years=value(BAN_YEARS, division, timezone.localdate(now)),
    )
