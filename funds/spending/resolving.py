"""How a committee's vote is read and judged, and what the public is told of it.

Used by `funds.spending.operations` only.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.people.policy import refuse_personal_numbers
from communities.policy.models import DecisionRule
from communities.policy.queries import binding_rule, value
from funds.charity.models import CommunityFund
from funds.spending import queries, refusals
from funds.spending.models import SpendingRequest, Stand
from funds.spending.policy import LADDER, Step, judge_resolution, rule_above, step_for
from governance.money import format_yuan

if TYPE_CHECKING:
    from communities.bodies.models import BodyMembership


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a vote: the rule (None: the chair alone), whether it counts, whether it passed, why."""

    rule: DecisionRule | None
    has_quorum: bool
    is_passed: bool
    reason: str


def step_of(row: SpendingRequest) -> Step:
    """Return the step of a submitted request, which the database guarantees."""
    step = row.step
    if step is None:  # pragma: no cover - spendingrequest_submitted_has_a_step
        raise AssertionError
    return step


def check_papers(
    row: SpendingRequest, step: Step, supervisor_opinion: str, party_consent: str, residents_meeting: str
) -> None:
    """Refuse a resolution that lacks what the ladder asks for besides the vote."""
    if not supervisor_opinion.strip():
        raise refusals.SupervisorOpinionMissing(field="supervisor_opinion")
    if step.needs_party_consent and not party_consent.strip():
        raise refusals.PartyConsentMissing(field="party_consent", amount=format_yuan(row.amount))
    if step.needs_residents_meeting and not residents_meeting.strip():
        raise refusals.ResidentsMeetingMissing(field="residents_meeting", amount=format_yuan(row.amount))


def members_on(fund: CommunityFund, day: dt.date) -> list[BodyMembership]:
    """Return who had a vote in the fund's committee on a day, chair first."""
    found = list(fund.committee.voting_members(day)) if fund.committee else []
    if len(found) < fund.committee_minimum:
        raise refusals.CommitteeMissing(count=len(found), least=fund.committee_minimum)
    return found


def votes_of(
    row: SpendingRequest, members: Sequence[BodyMembership], stands: Mapping[int, tuple[str, str]], day: dt.date
) -> dict[int, tuple[str, str]]:
    """Return the vote of every member with its reason; who was left out was absent."""
    names = {member.pk: member.name for member in members}
    if set(stands) - set(names):
        raise refusals.NotAMember(field="stands", day=day)
    tied = queries.must_withdraw(row, members, row.organization, day)
    found = {}
    for member in members:
        stand, reason = stands.get(member.pk, (Stand.ABSENT, ""))
        if stand not in Stand.values:
            raise refusals.StandUnknown(field="stands", text=stand)
        if member.pk in tied and stand in queries.VOTING:
            raise refusals.MustWithdraw(field="stands", member=names[member.pk], reason=tied[member.pk])
        said = reason.strip() or (tied.get(member.pk, "") if stand == Stand.RECUSED else "")
        if stand == Stand.RECUSED and not said:
            raise refusals.RecusalReasonMissing(field="stands", member=names[member.pk])
        refuse_personal_numbers(stands=said)
        found[member.pk] = (str(stand), said)
    return found


def verdict_on(
    row: SpendingRequest,
    step: Step,
    members: Sequence[BodyMembership],
    votes: Mapping[int, tuple[str, str]],
    day: dt.date,
) -> Verdict:
    """Judge the votes: by the chair alone where the ladder allows it and only the chair has voted, else by the rule."""
    voted = [member for member in members if votes[member.pk][0] in queries.VOTING]
    with override(settings.LANGUAGE_CODE):
        if step.is_for_the_chair and len(voted) == 1 and voted[0].is_chair:
            return _chair_alone(row, step, votes[voted[0].pk][0], day)
        steps = value(LADDER, row.fund.division, day)
        key = step.rule_key or rule_above(steps, step_for(steps, row.amount))
        rule = binding_rule(key, day)
        judged = judge_resolution(rule.terms, len(members), [stand for stand, _reason in votes.values()])
        return Verdict(rule, judged.has_quorum, judged.is_passed, judged.reason)


def _chair_alone(row: SpendingRequest, step: Step, stand: str, day: dt.date) -> Verdict:
    """Let the chair decide, if it is not too often this month."""
    count = queries.chair_decisions(row.fund, day)
    if step.most_a_month and count >= step.most_a_month:
        raise refusals.ChairLimitReached(count=count)
    is_passed = stand == Stand.FOR
    outcome = _("The chair agreed") if is_passed else _("The chair refused")
    reason = _("%(outcome)s alone, as the ladder of the fund allows for up to %(amount)s yuan.")
    amount = format_yuan(step.up_to or row.amount)
    return Verdict(None, has_quorum=True, is_passed=is_passed, reason=reason % {"outcome": outcome, "amount": amount})


def notice_text(row: SpendingRequest, today: dt.date) -> str:
    """Return what the public reads of a request: what for, how much, who resolved it how."""
    resolution = row.resolutions.order_by("-attempt").first()
    budget = "\n".join(f"· {line.description}: {format_yuan(line.amount)}" for line in row.lines.order_by("number"))
    text = _(
        "On %(day)s the following use of %(fund)s is posted.\n\n"
        "Request: %(number)s, %(title)s\nDecision: %(decision)s\nPurpose: %(purpose)s\n"
        "For: %(beneficiaries)s\nAmount: %(amount)s yuan\n\n%(plan)s\n\n%(budget)s\n\n"
        "The committee met on %(met_on)s: %(judgement)s\nOpinion of the supervisor: %(opinion)s"
    )
    return text % {
        "day": today,
        "fund": row.fund.name,
        "number": row.number,
        "title": row.title,
        "decision": row.decision.number,
        "purpose": row.get_purpose_display(),
        "beneficiaries": row.beneficiaries,
        "amount": format_yuan(row.amount),
        "plan": row.plan,
        "budget": budget,
        "met_on": resolution.met_on if resolution else "",
        "judgement": resolution.reason if resolution else "",
        "opinion": resolution.supervisor_opinion if resolution else "",
    }
