"""How a committee's vote is read and judged, and what the public is told of it.

Used by `funds.spending.operations` only.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.bodies.models import Seat
from communities.people.policy import refuse_personal_numbers
from communities.policy.models import DecisionRule
from communities.policy.queries import binding_rule
from funds.charity.models import CommunityFund
from funds.oversight.operations import NotASupervisor
from funds.oversight.queries import supervisors_of
from funds.spending import queries, refusals
from funds.spending.models import FundResolution, ResolutionVote, SpendingRequest, Stand
from funds.spending.policy import RESIDENTS_LEAST, Step, judge_resolution, rule_above, step_for
from funds.spending.uses import Rules
from governance.audit import operations as audit
from governance.money import format_yuan

if TYPE_CHECKING:
    from communities.bodies.models import BodyMembership
    from governance.accounts.models import User

LONGEST = 20


@dataclass(frozen=True, slots=True)
class Meeting:
    """What is recorded of a meeting of the committee; `supervisor` names the seat of who watched over it."""

    met_on: dt.date
    stands: Mapping[int, tuple[str, str]]
    supervisor_opinion: str
    minutes: str = ""
    party_consent: str = ""
    residents_meeting: str = ""
    supervisor: int | None = None


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
    if fund.committee_is_odd and len(found) % 2 == 0:
        raise refusals.CommitteeEven(count=len(found), day=day)
    return found


def supervisor_on(fund: CommunityFund, day: dt.date, seat: int | None) -> BodyMembership | None:
    """Return who supervised the fund on a day: the seat that is named, else the only one."""
    if fund.committee is None:
        return None
    found = list(supervisors_of(fund.committee, day)[:LONGEST])
    if seat is None:
        return found[0] if len(found) == 1 else None
    named = next((row for row in found if row.pk == seat), None)
    if named is None:
        raise NotASupervisor(field="supervisor", fund=fund.short_name, day=day)
    return named


def hold_meeting(
    row: SpendingRequest,
    meeting: Meeting,
    *,
    fund: CommunityFund,
    step: Step,
    by: User,
    now: dt.datetime,
    today: dt.date,
) -> FundResolution:
    """Check what is recorded of a meeting, judge it by the rule and write it."""
    checked_on = timezone.localdate(row.checked_at) if row.checked_at else today
    if not checked_on <= meeting.met_on <= today:
        raise refusals.MeetingDayUnfit(field="met_on", first=checked_on, last=today, day=meeting.met_on)
    refuse_personal_numbers(supervisor_opinion=meeting.supervisor_opinion, minutes=meeting.minutes)
    check_papers(row, step, meeting.supervisor_opinion, meeting.party_consent, meeting.residents_meeting)
    members = members_on(fund, meeting.met_on)
    votes = votes_of(row, members, meeting.stands, meeting.met_on)
    residents = [member.pk for member in members if member.seat == Seat.RESIDENT]
    voted = sum(votes[member][0] in queries.VOTING for member in residents)
    able = sum(votes[member][0] != Stand.RECUSED for member in residents)
    verdict = with_residents(
        verdict_on(row, step, members, votes, meeting.met_on),
        voted,
        min(Rules(fund, meeting.met_on).value(RESIDENTS_LEAST), able),
    )
    counted = Counter(stand for stand, _reason in votes.values())
    resolution = FundResolution(
        request=row,
        attempt=row.resolutions.count() + 1,
        met_on=meeting.met_on,
        rule=verdict.rule,
        entitled=len(members),
        present=len(members) - counted[Stand.ABSENT],
        in_favor=counted[Stand.FOR],
        against=counted[Stand.AGAINST],
        abstained=counted[Stand.ABSTAIN],
        recused=counted[Stand.RECUSED],
        residents_voting=voted,
        has_quorum=verdict.has_quorum,
        is_passed=verdict.is_passed,
        reason=verdict.reason,
        supervisor=supervisor_on(fund, meeting.met_on, meeting.supervisor),
        supervisor_opinion=meeting.supervisor_opinion.strip(),
        minutes=meeting.minutes.strip(),
        party_consent=meeting.party_consent.strip(),
        residents_meeting=meeting.residents_meeting.strip(),
        recorded_at=now,
        recorded_by=by,
    )
    resolution.full_clean()
    resolution.save()
    ResolutionVote.objects.bulk_create(
        ResolutionVote(resolution=resolution, membership_id=member, stand=stand, reason=reason)
        for member, (stand, reason) in votes.items()
    )
    after = {"attempt": resolution.attempt, "quorum": verdict.has_quorum, "passed": verdict.is_passed}
    audit.record(by=by, verb="funds.resolution.recorded", row=resolution, now=now, after=after)
    return resolution


def with_residents(verdict: Verdict, voted: int, least: int) -> Verdict:
    """Let a vote of the committee count only where enough residents took part in it; the chair alone is no vote."""
    if verdict.rule is None or voted >= least:
        return verdict
    with override(settings.LANGUAGE_CODE):
        text = _("%(voted)s members with a seat of the residents voted; the rules of the fund ask for %(least)s.")
        reason = f"{verdict.reason} {text % {'voted': voted, 'least': least}}"
    return replace(verdict, has_quorum=False, is_passed=False, reason=reason)


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
        steps = Rules(row.fund, day).ladder
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


def told_source(row: SpendingRequest) -> str:
    """Return what a request comes from, as the public may know it: its decision, else its topic, else its need."""
    if row.decision is not None:
        return row.decision.number
    return row.topic.title if row.topic is not None else row.matter.number if row.matter is not None else ""


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
        "decision": told_source(row),
        "purpose": row.get_purpose_display(),
        "beneficiaries": row.beneficiaries,
        "amount": format_yuan(row.amount),
        "plan": row.plan,
        "budget": budget,
        "met_on": resolution.met_on if resolution else "",
        "judgement": resolution.reason if resolution else "",
        "opinion": resolution.supervisor_opinion if resolution else "",
    }
