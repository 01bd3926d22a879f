"""Participatory budgets: money set aside, proposals, examination, vote, allocation, decision, requests.

Locks are taken in one order: round, proposal, fund, book.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from consultation.ballots import operations as ballots
from consultation.ballots.models import RollSource
from consultation.ballots.policy import MOST_OPTIONS, BallotMethod, text_number
from consultation.ballots.policy import sha256 as hash_of
from consultation.decisions import operations as decisions
from consultation.matters.models import Matter
from consultation.topics.models import Topic
from funds.budgeting import queries, refusals
from funds.budgeting.lifecycle import DECIDED, ProposalStatus, RoundStatus
from funds.budgeting.marks import check_marks
from funds.budgeting.models import BudgetProposal, BudgetRound, ProposalExclusion
from funds.budgeting.policy import (
    APPEAL_DAYS,
    LEAST_PROPOSALS,
    MOST_OWN,
    frozen_document,
    frozen_election,
    sha256,
)
from funds.charity.models import CommunityFund
from funds.ledger.models import EARMARKED, FREE, Account, AccountKind, JournalKind
from funds.ledger.operations import Line, open_account, post_journal
from funds.spending.asking import spending_fund
from funds.spending.operations import enter_request
from governance import lifecycle
from governance.accounts.masking import mask_text
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.money import ZERO, format_yuan, to_yuan

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from governance.accounts.models import User

MEMO_LENGTH = 200
TITLE_LENGTH = 120


def _locked(row: BudgetRound) -> BudgetRound:
    return BudgetRound.objects.select_for_update(of=("self",)).for_detail().get(pk=row.pk)


def _ready(row: BudgetRound, name: str, by: User) -> None:
    """Refuse a move before its work begins, for the reason that the mover would give; it asks again."""
    step = lifecycle.of(row).by_name[name]
    if row.status not in step.sources or not lifecycle.may(row, step, by):
        lifecycle.move(row, name, by=by, now=row.drafted_at)  # refuses with its own reason
    if step.guard is not None and (hindrance := step.guard(row)):
        raise lifecycle.MoveHindered(reason=hindrance)


# --- The round -------------------------------------------------------------------------------------------------------


def draft_round(
    *,
    by: User,
    now: dt.datetime,
    fund: CommunityFund,
    topic: Topic,
    title: str,
    text: str,
    amount: Decimal,
    proposals_until: dt.date,
    rule: Mapping[str, Any],
) -> BudgetRound:
    """Draft a round over money of a fund on a topic of its place.

    `rule` gives the fields of the round that say how people vote and how the money is allocated; the others keep their
    defaults.

    Raises:
        NotAllowed: neither staff of the community nor of the street.
        TopicUnfit, RoundUnfit, PersonalNumbersFound.
    Basis: opinion on urban and rural community consultation 2015.
    """
    require(by, "funds.manage_budget_round", fund)
    if not topic.division.path.startswith(fund.division.path):
        raise refusals.TopicUnfit(field="topic", topic=topic.title)
    if amount <= 0:
        raise refusals.RoundUnfit(field="amount", reason=_("Enter how much is to be allocated."))
    row = BudgetRound(
        fund=fund,
        topic=topic,
        title=title.strip(),
        text=text.strip(),
        amount=amount,
        proposals_until=proposals_until,
        drafted_by=by,
        drafted_at=now,
        **rule,
    )
    if row.proposals_until < timezone.localdate(now):
        raise refusals.RoundUnfit(field="proposals_until", reason=_("The last day of the call lies in the past."))
    check_marks(row)
    refuse_personal_numbers(title=row.title, text=row.text)
    row.full_clean()
    with transaction.atomic():
        row.save()
        after = {"fund": fund.pk, "amount": amount, "title": mask_text(row.title), "method": row.method}
        audit.record(by=by, verb="funds.budget_round.drafted", row=row, now=now, after=after)
    return row


def call_for_proposals(*, by: User, now: dt.datetime, budget_round: BudgetRound) -> BudgetRound:
    """Move the money from the free pool into one of the round's own, and call for proposals.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move.
        FundNotSpending, InsufficientAvailable: the fund is not active, or has not so much free money.
        OutgoSuspended, PeriodIsClosed: nothing may be posted.
    Basis: opinion on urban and rural community consultation 2015.
    """
    lifecycle.require(budget_round, "call", by=by)
    with transaction.atomic():
        row = _locked(budget_round)
        _ready(row, "call", by)
        fund = spending_fund(row.fund)
        with override(settings.LANGUAGE_CODE):
            name = _("Participatory budget: %(title)s") % {"title": row.title}
        pool = open_account(
            by=by, book=fund.book, code=f"{EARMARKED}{row.pk}", kind=AccountKind.POOL, name=name[:TITLE_LENGTH], now=now
        )
        free = Account.objects.get(book=fund.book, code=FREE)
        _shift(row, "set-aside", Line(free, pool, row.amount), by=by, now=now)
        return lifecycle.move(row, "call", by=by, now=now, changes={"pool": pool})


def _shift(row: BudgetRound, effect: str, line: Line, *, by: User, now: dt.datetime) -> None:
    """Move money between the free pool and that of the round; the voucher names the round and nobody."""
    post_journal(
        by=by,
        book=row.fund.book,
        kind=JournalKind.ALLOCATION,
        key=f"budget:{row.pk}:{effect}",
        posted_on=timezone.localdate(now),
        memo=mask_text(row.title)[:MEMO_LENGTH],
        lines=[line],
        now=now,
    )


def end_call(*, by: User, now: dt.datetime, budget_round: BudgetRound) -> BudgetRound:
    """Take no more proposals.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
    """
    return lifecycle.move(budget_round, "examine", by=by, now=now)


def put_to_vote(
    *,
    by: User,
    now: dt.datetime,
    budget_round: BudgetRound,
    rule_key: str,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
) -> BudgetRound:
    """Freeze rule, costs and exclusions, and open a ballot on them for the residents of the place.

    The number of the frozen text stands in the ballot's question, so that the ballot's own fingerprint and its
    notice cover it. `rule_key` names the decision rule that judges whether enough took part.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: as for every move; proposals wait to be examined.
        TooFewProposals, TooManyOptions, AppealStillPossible.
        TopicNotReady, PhaseMissing, RuleUnknown, RuleIsSecret, TimesImpossible, NoticeTooLate, RollEmpty: the ballot.
    Basis: opinion on urban and rural community consultation 2015.
    """
    today = timezone.localdate(now)
    with transaction.atomic():
        row = _locked(budget_round)
        _ready(row, "put_to_vote", by)
        proposals = list(row.proposals.admitted().order_by("number"))
        _check_list(row, len(proposals), today)
        pairs = ProposalExclusion.objects.filter(
            first__in=[proposal.pk for proposal in proposals], second__in=[proposal.pk for proposal in proposals]
        )
        place = {proposal.pk: number for number, proposal in enumerate(proposals, start=1)}
        titles = _titles(proposals, place)
        text = frozen_document(
            name=row.title,
            amount=row.amount,
            rule=row.rule,
            threshold_per_mille=row.threshold_per_mille,
            kind=row.ballot_method,
            places=min(row.most_choices, len(proposals)),
            proposals=[(place[one.pk], titles[one.pk], one.cost or ZERO) for one in proposals],
            exclusions=[(place[pair.first_id], place[pair.second_id]) for pair in pairs],
        )
        # On the ballot they are numbered without gaps; who was refused or withdrew leaves none.
        _renumber(row, proposals)
        fingerprint = sha256(text)
        with override(settings.LANGUAGE_CODE):
            question = _("%(title)s: which projects? (rule number %(number)s)") % {
                "title": row.title,
                "number": text_number(fingerprint),
            }
            told = [
                (
                    titles[one.pk],
                    _("%(cost)s yuan. %(place)s") % {"cost": format_yuan(one.cost or ZERO), "place": one.place},
                )
                for one in proposals
            ]
        is_points, is_within = row.ballot_method == BallotMethod.POINTS, row.ballot_method == BallotMethod.KNAPSACK
        options: list[Any] = [
            (title, said, one.cost) if is_within else (title, said)
            for one, (title, said) in zip(proposals, told, strict=True)
        ]
        ballot = ballots.prepare_ballot(
            by=by,
            now=now,
            division=row.fund.division,
            question=question,
            rule_key=rule_key,
            method=row.ballot_method,
            options=options,
            opens_at=opens_at,
            closes_at=closes_at,
            roll_source=RollSource.RESIDENTS,
            topic=row.topic,
            most_choices=row.most_choices if is_points else min(row.most_choices, len(options)),
            budget=row.amount if is_within else None,
        )
        ballot = ballots.freeze_ballot(by=by, now=now, today=today, ballot=ballot)
        changes = {"frozen_text": text, "fingerprint": fingerprint, "ballot": ballot}
        return lifecycle.move(row, "put_to_vote", by=by, now=now, changes=changes)


def _titles(proposals: Sequence[BudgetProposal], numbers: Mapping[int, int]) -> dict[int, str]:
    """Return the titles as they stand on the ballot: where two people called theirs alike, each with its number."""
    called = Counter(one.title for one in proposals)
    return {one.pk: one.title if called[one.title] == 1 else f"{one.title} ({numbers[one.pk]})" for one in proposals}


def _check_list(row: BudgetRound, count: int, today: dt.date) -> None:
    least = value(LEAST_PROPOSALS, row.fund.division, today)
    if count < least:
        raise refusals.TooFewProposals(least=least, count=count)
    if count > MOST_OPTIONS:
        raise refusals.TooManyOptions(most=MOST_OPTIONS, count=count)
    open_ = (
        row.proposals.filter(status=ProposalStatus.REFUSED, appeal_until__gte=today).order_by("-appeal_until").first()
    )
    if open_ is not None:
        raise refusals.AppealStillPossible(day=open_.appeal_until)


def _renumber(row: BudgetRound, admitted: list[BudgetProposal]) -> None:
    """Number the admitted proposals as on the ballot, the others after them; no number is held twice meanwhile."""
    others = row.proposals.exclude(pk__in=[one.pk for one in admitted]).order_by("number")
    ordered = [*admitted, *others]
    highest = max((one.number for one in ordered), default=0) + len(ordered)
    for offset in (highest, 0):
        for number, one in enumerate(ordered, start=1):
            if one.number != number + offset:
                one.number = number + offset
                one.save(update_fields=["number"])


def allocate_round(*, by: User, now: dt.datetime, budget_round: BudgetRound) -> BudgetRound:
    """Apply the frozen rule to the published papers and write down who is chosen, why, and what the other rule gives.

    A pure function of what was frozen and published: whoever allocates, whenever, gets the same.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: as for every move; the result of the ballot is not published.
    """
    with transaction.atomic():
        row = _locked(budget_round)
        _ready(row, "allocate", by)
        ballot = row.ballot
        if ballot is None:
            raise lifecycle.MoveClosed(move=row, status=row.get_status_display())
        data, papers = queries.papers_of(ballot, by)
        election, rule = frozen_election(row.frozen_text, ballot.entitled, papers)
        document = queries.tried(election, rule).document()
        document["turnout"] = queries.turnout_parts(ballot, timezone.localdate(ballot.opens_at))
        row.proposals.admitted().filter(number__in=document["winners"]).update(is_winner=True)
        changes = {
            "outcome": document,
            "recount_hash": hash_of(data),
            "spent": to_yuan(document["spent_fen"]),
        }
        return lifecycle.move(row, "allocate", by=by, now=now, changes=changes)


def decide_round(*, by: User, now: dt.datetime, budget_round: BudgetRound) -> BudgetRound:
    """Draft the decision from the ballot, with the projects chosen and what they cost, and post it for objections.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        BallotDecidesNothing: too few took part, or no project leads, by the decision rule.
    Basis: opinion on urban and rural community consultation 2015.
    """
    with transaction.atomic():
        row = _locked(budget_round)
        _ready(row, "decide", by)
        chosen = row.proposals.filter(is_winner=True).order_by("number")
        with override(settings.LANGUAGE_CODE):
            lines = [
                _("%(number)s. %(title)s: %(cost)s yuan")
                % {"number": one.number, "title": one.title, "cost": format_yuan(one.cost or ZERO)}
                for one in chosen
            ]
            text = _("By the participatory budget “%(title)s” these projects are carried out:\n%(projects)s") % {
                "title": row.title,
                "projects": "\n".join(lines),
            }
            if not lines:
                text = _("By the participatory budget “%(title)s” no project is carried out.") % {"title": row.title}
        if row.ballot is None:
            raise lifecycle.MoveClosed(move=row, status=row.get_status_display())
        drafted = decisions.draft_decision(
            by=by, now=now, topic=row.topic, ballot=row.ballot, text=text, cost_estimate=row.spent or ZERO
        )
        posted = decisions.post_decision(by=by, now=now, today=timezone.localdate(now), decision=drafted)
        return lifecycle.move(row, "decide", by=by, now=now, changes={"decision": posted})


def ask_for_chosen(*, by: User, now: dt.datetime, budget_round: BudgetRound) -> list[BudgetProposal]:
    """Make a spending request for each chosen project that has none; they cite the decision and its money.

    Raises:
        NotAllowed: `by` may not enter requests there.
        ProposalNotChosen: the decision is not final, or every project has its request.
        FundNotSpending … PersonalNumbersFound: as for `funds.spending.operations.enter_request`.
    Basis: Charity Law art. 56.
    """
    with transaction.atomic():
        row = _locked(budget_round)
        require(by, "funds.enter_spending_request", row.fund)
        waiting = list(row.proposals.filter(is_winner=True, request=None).order_by("number"))
        if row.decision is None or row.decision.status not in DECIDED or not waiting:
            raise refusals.ProposalNotChosen
        for proposal in waiting:
            cost = proposal.cost or ZERO
            proposal.request = enter_request(
                by=by,
                now=now,
                fund=row.fund,
                title=proposal.title,
                purpose=proposal.purpose,
                plan=proposal.text,
                beneficiaries=row.fund.division.name,
                amount=cost,
                lines=[(proposal.title, cost)],
                decision=row.decision,
                pool=row.pool,
            )
            proposal.save(update_fields=["request"])
            after = {"request": proposal.request.number}
            audit.record(by=by, verb="funds.budget_proposal.asked_for", row=proposal, now=now, after=after)
    return waiting


def finish_round(*, by: User, now: dt.datetime, budget_round: BudgetRound) -> BudgetRound:
    """End the round; what was not allocated goes back to the free pool.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: as for every move; the decision is not final, or requests are missing.
    """
    with transaction.atomic():
        row = _locked(budget_round)
        _ready(row, "finish", by)
        _give_back(row, row.amount - (row.spent or ZERO), by=by, now=now)
        return lifecycle.move(row, "finish", by=by, now=now)


def cancel_round(*, by: User, now: dt.datetime, budget_round: BudgetRound, reason: str) -> BudgetRound:
    """End the round without result; all of its money goes back to the free pool.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, ReasonMissing: as for every move; the vote stands.
    """
    with transaction.atomic():
        row = _locked(budget_round)
        _ready(row, "cancel", by)
        if row.pool is not None:
            _give_back(row, row.amount, by=by, now=now)
        return lifecycle.move(row, "cancel", by=by, now=now, reason=reason)


def _give_back(row: BudgetRound, amount: Decimal, *, by: User, now: dt.datetime) -> None:
    if amount > 0 and row.pool is not None:
        free = Account.objects.get(book=row.fund.book, code=FREE)
        _shift(row, "given-back", Line(row.pool, free, amount), by=by, now=now)


# --- Proposals -------------------------------------------------------------------------------------------------------


def propose(
    *,
    by: User,
    now: dt.datetime,
    budget_round: BudgetRound,
    title: str,
    text: str,
    purpose: str,
    estimate: Decimal,
    place: str = "",
    matter: Matter | None = None,
    topic: Topic | None = None,
) -> BudgetProposal:
    """Hand a proposal in, while they are called for; it may come from a matter or a topic of the place.

    Raises:
        NotAllowed: who neither lives nor works in the place.
        NotCalled, TooManyProposals, ProposalUnfit, CostAboveBudget, PersonalNumbersFound.
    """
    require(by, "funds.propose_for_budget", budget_round)
    today = timezone.localdate(now)
    with transaction.atomic():
        held = _locked(budget_round)
        if held.status != RoundStatus.CALL or today > held.proposals_until:
            raise refusals.NotCalled(day=held.proposals_until)
        most = value(MOST_OWN, held.fund.division, today)
        is_staff = by.has_perm("funds.manage_budget_round", held)
        mine = held.proposals.filter(proposed_by=by).exclude(status=ProposalStatus.WITHDRAWN)
        if not is_staff and mine.count() >= most:
            raise refusals.TooManyProposals(most=most)
        for source in (matter, topic):
            if source is not None and not source.division.path.startswith(held.fund.division.path):
                raise refusals.ProposalUnfit(
                    field="matter" if source is matter else "topic", reason=_("It belongs to another place.")
                )
        row = BudgetProposal(
            round=held,
            number=(held.proposals.order_by("-number").values_list("number", flat=True).first() or 0) + 1,
            title=title.strip(),
            text=text.strip(),
            place=place.strip(),
            purpose=purpose,
            estimate=estimate,
            matter=matter,
            topic=topic,
            proposed_by=by,
            proposed_at=now,
        )
        _check_cost(held, estimate, "estimate")
        refuse_personal_numbers(title=row.title, text=row.text, place=row.place)
        row.full_clean()
        row.save()
        after = {"round": held.pk, "number": row.number, "estimate": estimate}
        audit.record(by=by, verb="funds.budget_proposal.proposed", row=row, now=now, after=after)
    return row


def _check_cost(held: BudgetRound, cost: Decimal, field: str) -> None:
    if cost <= 0:
        raise refusals.ProposalUnfit(field=field, reason=_("Enter what it costs."))
    if cost > held.amount:
        raise refusals.CostAboveBudget(field=field, budget=format_yuan(held.amount))


def find_feasible(
    *, by: User, now: dt.datetime, proposal: BudgetProposal, cost: Decimal, costing: str
) -> BudgetProposal:
    """Admit a proposal with its cost and how it was found; or, after an appeal, by the street.

    Raises:
        MoveForbidden, MoveClosed, SamePerson: as for every move.
        ProposalUnfit, CostAboveBudget, PersonalNumbersFound.
    """
    _check_cost(proposal.round, cost, "cost")
    said = costing.strip()
    if not said:
        raise refusals.ProposalUnfit(field="costing", reason=_("Say how the cost was found."))
    refuse_personal_numbers(costing=said)
    name = "uphold" if proposal.status == ProposalStatus.APPEALED else "accept"
    return _step(proposal, name, by=by, now=now, changes={"cost": cost, "costing": said})


def _step(proposal: BudgetProposal, name: str, **told: Any) -> BudgetProposal:
    """Move a proposal while nobody puts its round to the vote."""
    with transaction.atomic():
        proposal.round = _locked(proposal.round)
        return lifecycle.move(proposal, name, **told)


def withdraw_proposal(*, by: User, now: dt.datetime, proposal: BudgetProposal) -> BudgetProposal:
    """Take one's own proposal back, before it is put to the vote.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: as for every move.
    """
    return _step(proposal, "withdraw", by=by, now=now)


def refuse_proposal(*, by: User, now: dt.datetime, proposal: BudgetProposal, reason: str) -> BudgetProposal:
    """Refuse a proposal that cannot be carried out; who proposed it can appeal once.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing, PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    today = timezone.localdate(now)
    days = value(APPEAL_DAYS, proposal.division, today)
    changes = {"refusal": reason.strip(), "appeal_until": add_days(today, days, DayKind.WORKING).on}
    return _step(proposal, "refuse", by=by, now=now, reason=reason, changes=changes)


def appeal_proposal(*, by: User, now: dt.datetime, proposal: BudgetProposal, reason: str) -> BudgetProposal:
    """Appeal against a refusal, once and in time; the street judges.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        AppealTooLate, PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    if proposal.appeal_until is not None and timezone.localdate(now) > proposal.appeal_until:
        raise refusals.AppealTooLate(day=proposal.appeal_until)
    return _step(proposal, "appeal", by=by, now=now, reason=reason, changes={"appeal": reason.strip()})


def dismiss_appeal(*, by: User, now: dt.datetime, proposal: BudgetProposal, reason: str) -> BudgetProposal:
    """Let a refusal stand, with an answer.

    Raises:
        MoveForbidden, MoveClosed, SamePerson, ReasonMissing, PersonalNumbersFound.
    """
    refuse_personal_numbers(reason=reason)
    return _step(proposal, "dismiss", by=by, now=now, reason=reason, changes={"judgement": reason.strip()})


def state_exclusion(
    *, by: User, now: dt.datetime, one: BudgetProposal, other: BudgetProposal, reason: str
) -> ProposalExclusion:
    """State that of two proposals at most one can be carried out.

    Raises:
        NotAllowed: no staff of the community.
        ExclusionUnfit, ExclusionKnown, PersonalNumbersFound.
    """
    require(by, "funds.examine_budget_proposal", one)
    first, second = sorted((one, other), key=lambda row: row.pk)
    said = reason.strip()
    refuse_personal_numbers(reason=said)
    with transaction.atomic():
        held = _locked(first.round)
        if first.pk == second.pk or second.round_id != held.pk or held.frozen_text or not said:
            raise refusals.ExclusionUnfit(field="other")
        row = ProposalExclusion(first=first, second=second, reason=said, stated_by=by, stated_at=now)
        row.full_clean(validate_unique=False, validate_constraints=False)
        try:
            with transaction.atomic():
                row.save()
        except IntegrityError as error:
            if ProposalExclusion.objects.filter(first=first, second=second).exists():
                raise refusals.ExclusionKnown from error
            raise
        after = {"first": first.number, "second": second.number}
        audit.record(by=by, verb="funds.budget_proposal.excluded", row=first, now=now, after=after, reason=said)
    return row
