"""Ballots from preparation to publication; votes cast, saved, taken in on paper."""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.policy.policy import RuleBase
from communities.policy.queries import binding_rule, rule_on
from consultation.ballots import queries
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import (
    STANCES,
    Ballot,
    BallotOption,
    BallotResult,
    RollSource,
    Vote,
    VoteDraft,
)
from consultation.ballots.papers.batches import (
    accept_batch,
    check_sheets,
    enter_sheets,
    give_up_batch,
    open_batch,
    sign_in_batch,
)
from consultation.ballots.papers.sheets import check_paper_vote, enter_paper_vote, void_paper_vote
from consultation.ballots.policy import (
    FEWEST_OPTIONS,
    MOST_OPTIONS,
    MOST_POINTS,
    BallotMethod,
    details_of,
    grouped,
    sha256,
)
from consultation.ballots.queries import shown_moment
from consultation.ballots.reminding.operations import remind_voters
from consultation.ballots.rolls.lists import BallotVoters
from consultation.ballots.rolls.operations import (
    end_unit,
    print_slip,
    register_proxy,
    register_unit,
    revoke_proxy,
    void_slip,
)
from consultation.ballots.rolls.taking import take_roll
from consultation.ballots.voting import cast_by_code, cast_vote, save_draft
from consultation.topics.lifecycle import TopicStatus
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import add_days
from governance.errors import DomainError, Invalid, NotAllowed, NotNow
from governance.money import format_yuan

if TYPE_CHECKING:
    from communities.bodies.models import Body
    from communities.notices.models import PublicNotice
    from communities.policy.models import DecisionRule, PolicyDocument
    from communities.territory.models import Division
    from consultation.ballots.rolls.lists import VoterList
    from consultation.topics.models import Topic
    from governance.accounts.models import User

logger = logging.getLogger(__name__)

__all__ = [
    "accept_batch",
    "cancel_ballot",
    "cast_by_code",
    "cast_vote",
    "check_paper_vote",
    "check_sheets",
    "close_due_ballots",
    "count_ballot",
    "end_unit",
    "enter_paper_vote",
    "enter_sheets",
    "freeze_ballot",
    "give_up_batch",
    "open_batch",
    "open_due_ballots",
    "prepare_ballot",
    "print_slip",
    "publish_ballot",
    "register_proxy",
    "register_unit",
    "remind_voters",
    "revoke_proxy",
    "save_draft",
    "sign_in_batch",
    "void_paper_vote",
    "void_slip",
]

Option = tuple[str, str] | tuple[str, str, Decimal | None]
"""Title, explanation, and the cost where options are chosen within a budget."""

BASES = {
    RollSource.RESIDENTS: {RuleBase.ADULTS, RuleBase.VOTERS, RuleBase.MEMBERS},
    RollSource.VOTERS: {RuleBase.VOTERS},
    RollSource.HOUSEHOLDS: {RuleBase.HOUSEHOLDS},
    RollSource.OWNERS: {RuleBase.OWNERS},
    RollSource.BODY: {RuleBase.MEMBERS, RuleBase.REPRESENTATIVES},
}
"""Which base of a decision rule a roll can stand for."""


class OwnersVoteByName(Invalid):
    """The floor area on a paper would say whose it is."""

    code = "owners_vote_by_name"
    message = _(
        "Owners' votes are weighed by floor area, which says whose paper it is. They are taken by name, not secretly."
    )


class RuleCountsOthers(Invalid):
    """The rule counts others than the roll lists."""

    code = "rule_counts_others"
    message = _("The rule “%(rule)s” counts %(base)s. A ballot of %(roll)s can't be judged by it.")


class BindingNeedsDocument(Invalid):
    """A ballot binds only by a method that a document has approved (Basis: Civil Code art. 278; local measures)."""

    code = "binding_needs_document"
    message = _("A binding ballot names the document that approved this method of voting, in force on the day.")


class OptionsImpossible(Invalid):
    """The options do not make a ballot."""

    code = "options_impossible"
    message = _("%(reason)s")


class TimesImpossible(Invalid):
    """A ballot opens in the future and closes later."""

    code = "times_impossible"
    message = _("The ballot must open after the present moment and close after it has opened.")


class RollImpossible(Invalid):
    """It is not clear who votes."""

    code = "roll_impossible"
    message = _("Name the body whose members vote, and one of this place; for residents name none.")


class ListImpossible(Invalid):
    """Registered voters stand on a list of the place that was posted."""

    code = "voter_list_impossible"
    message = _("Registered voters vote by a list of this place that was posted and is no longer objected to.")


class TopicElsewhere(Invalid):
    """The topic belongs to another place."""

    code = "topic_elsewhere"
    message = _("The topic “%(topic)s” belongs to %(place)s. Its ballot is held there.")


class TopicNotReady(NotNow):
    """The topic is not at the point at which it is voted on (Basis: opinion on consultation 2015)."""

    code = "topic_not_ready"
    message = _("The topic “%(topic)s” is “%(status)s”. It is voted on while it is under deliberation.")


class PhaseMissing(NotNow):
    """The vote phase of the topic does not cover the ballot (Basis: opinion on consultation 2015)."""

    code = "phase_missing"
    message = _("The topic “%(topic)s” has no vote phase that covers %(opens)s to %(closes)s.")


class FreezeTooLate(NotNow):
    """The fingerprint stands before the first vote."""

    code = "freeze_too_late"
    message = _("The ballot was to open at %(opens)s. It must be frozen before that; prepare a new one.")


class NoticeTooLate(NotNow):
    """The rule asks for days of notice before the vote."""

    code = "notice_too_late"
    message = _("The rule asks for notice until the end of %(ends_on)s; the ballot opens too early.")


class RollEmpty(NotNow):
    """Nobody is entitled."""

    code = "roll_empty"
    message = _(
        "Nobody is entitled to vote: there is no confirmed adult resident, owner with a certificate or voting member."
    )


# --- Preparing and freezing ------------------------------------------------------------------------------------------


def prepare_ballot(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    question: str,
    rule_key: str,
    method: str,
    options: Sequence[Option],
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    roll_source: str,
    topic: Topic | None = None,
    body: Body | None = None,
    is_binding: bool = False,
    approved_method: PolicyDocument | None = None,
    most_choices: int = 1,
    is_secret: bool = False,
    budget: Decimal | None = None,
    voter_list: VoterList | None = None,
) -> Ballot:
    """Prepare a ballot; nobody but the staff of the place sees it before it is frozen.

    Options are (title, explanation), with the cost as a third where they are chosen within a budget; a vote for or
    against is given none and gets its three. The rule is the one in force on the day on which the ballot opens; where it
    asks for a secret vote the ballot is secret.

    Raises:
        NotAllowed: `by` does not work in the place.
        RuleUnknown, RuleCountsOthers, OwnersVoteByName: the rule cannot judge this ballot.
        RuleNotConfirmed, RuleNotBinding, BindingNeedsDocument: the ballot cannot bind.
        ListImpossible: the registered voters stand on no list of this place.
        OptionsImpossible, TimesImpossible, RollImpossible, PersonalNumbersFound: what was entered makes no ballot.
        TopicElsewhere, PhaseMissing: the topic is not to be voted on here or then.
    Basis: Organic Law of Urban Residents' Committees; Civil Code art. 278.
    """
    if not by.has_perm("consultation.manage_ballot", division):
        raise NotAllowed
    if not now < opens_at < closes_at:
        raise TimesImpossible(field="opens_at")
    opens_on = timezone.localdate(opens_at)
    rule = _fit_rule(rule_key, opens_on, roll_source, is_binding=is_binding)
    _check_document(approved_method, opens_on, is_binding=is_binding)
    _check_body(division, roll_source, body)
    _check_list(division, roll_source, voter_list)
    _check_topic(topic, division, opens_at, closes_at)
    is_secret = is_secret or rule.is_secret
    if is_secret and roll_source == RollSource.OWNERS:
        raise OwnersVoteByName(field="is_secret")
    titles = _read_options(method, options, most_choices, budget)
    refuse_personal_numbers(question=question, options="\n".join(part for row in titles for part in row[:2]))
    ballot = Ballot(
        topic=topic,
        question=question.strip(),
        division=division,
        rule=rule,
        method=method,
        most_choices=most_choices,
        is_secret=is_secret,
        budget=budget,
        roll_source=roll_source,
        body=body,
        is_binding=is_binding,
        approved_method=approved_method,
        opens_at=opens_at,
        closes_at=closes_at,
        prepared_at=now,
        prepared_by=by,
    )
    with transaction.atomic():
        ballot.full_clean()
        ballot.save()
        rows = [
            BallotOption(ballot=ballot, number=number, title=title, text=text, cost=cost)
            for number, (title, text, cost) in enumerate(titles, start=1)
        ]
        for row in rows:
            row.full_clean(validate_constraints=False, validate_unique=False)
        BallotOption.objects.bulk_create(rows)
        if voter_list is not None:
            BallotVoters.objects.create(ballot=ballot, voter_list=voter_list)
        audit.record(
            by=by,
            verb="consultation.ballot.prepared",
            row=ballot,
            now=now,
            after={"rule": rule.key, "method": method, "opens_at": opens_at, "closes_at": closes_at},
        )
    return ballot


def _fit_rule(key: str, day: dt.date, roll_source: str, *, is_binding: bool) -> DecisionRule:
    rule = binding_rule(key, day) if is_binding else rule_on(key, day)
    if rule.base not in BASES[RollSource(roll_source)] or (rule.is_dual and roll_source != RollSource.OWNERS):
        raise RuleCountsOthers(
            field="rule_key", rule=rule.name, base=rule.get_base_display(), roll=RollSource(roll_source).label
        )
    return rule


def _check_document(document: PolicyDocument | None, day: dt.date, *, is_binding: bool) -> None:
    if not is_binding:
        return
    is_in_force = document is not None and (
        document.effective_on <= day and (document.expires_on is None or document.expires_on > day)
    )
    if not is_in_force:
        raise BindingNeedsDocument(field="approved_method")


def _check_body(division: Division, roll_source: str, body: Body | None) -> None:
    if (body is None) == (roll_source == RollSource.BODY):
        raise RollImpossible(field="body")
    if body is not None and not body.division.path.startswith(division.path):
        raise RollImpossible(field="body")


def _check_list(division: Division, roll_source: str, voter_list: VoterList | None) -> None:
    if (voter_list is None) == (roll_source == RollSource.VOTERS):
        raise ListImpossible(field="roll_source")
    if voter_list is not None and (voter_list.division_id != division.pk or not voter_list.is_settled):
        raise ListImpossible(field="roll_source")


def _check_topic(topic: Topic | None, division: Division, opens_at: dt.datetime, closes_at: dt.datetime) -> None:
    if topic is None:
        return
    if topic.division_id != division.pk:
        raise TopicElsewhere(field="topic", topic=topic.title, place=topic.division.name)
    if not queries.covers(topic, opens_at, closes_at):
        raise PhaseMissing(
            field="topic", topic=topic.title, opens=shown_moment(opens_at), closes=shown_moment(closes_at)
        )


def _read_options(
    method: str, options: Sequence[Option], most_choices: int, budget: Decimal | None
) -> list[tuple[str, str, Decimal | None]]:
    """Return the options of a ballot as (title, explanation, cost)."""
    found: list[tuple[str, str, Decimal | None]]
    if method == BallotMethod.FOR_AGAINST:
        if options:
            raise OptionsImpossible(field="options", reason=gettext("A vote for or against has its own three options."))
        with override(settings.LANGUAGE_CODE):
            found = [(str(label), "", None) for label in STANCES.values()]
    else:
        found = [(row[0].strip(), row[1].strip(), _cost_of(row)) for row in options]
        names = [title for title, _text, _cost in found]
        if not all(names) or len(set(names)) < len(names):
            raise OptionsImpossible(field="options", reason=gettext("Every option needs a title of its own."))
        if not FEWEST_OPTIONS <= len(found) <= MOST_OPTIONS:
            reason = gettext("A ballot has %(fewest)s to %(most)s options.")
            raise OptionsImpossible(field="options", reason=reason % {"fewest": FEWEST_OPTIONS, "most": MOST_OPTIONS})
    highest = {BallotMethod.FOR_AGAINST: 1, BallotMethod.SINGLE: 1, BallotMethod.POINTS: MOST_POINTS}.get(
        BallotMethod(method), len(found)
    )
    if not 1 <= most_choices <= highest:
        reason = gettext("Between 1 and %(highest)s options can be chosen in this ballot.") % {"highest": highest}
        raise OptionsImpossible(field="most_choices", reason=reason)
    _check_costs(method, found, budget)
    return found


def _cost_of(option: Option) -> Decimal | None:
    _title, _text, *cost = option
    return cost[0] if cost and isinstance(cost[0], Decimal) else None


def _check_costs(method: str, options: Sequence[tuple[str, str, Decimal | None]], budget: Decimal | None) -> None:
    costs = [cost for _title, _text, cost in options]
    if method != BallotMethod.KNAPSACK:
        if budget is not None:
            raise OptionsImpossible(field="budget", reason=gettext("Only options chosen within a budget have one."))
        return
    if budget is None or budget <= 0:
        raise OptionsImpossible(field="budget", reason=gettext("Enter the budget within which options are chosen."))
    if not all(cost is not None and 0 < cost <= budget for cost in costs):
        reason = gettext("Every option needs a cost above zero that the budget can pay.")
        raise OptionsImpossible(field="options", reason=reason)


def freeze_ballot(*, by: User, now: dt.datetime, today: dt.date, ballot: Ballot) -> Ballot:
    """Take the roll of this day, freeze it with question, options, rule and times, and post the fingerprint.

    The roll is taken by one statement. The notice carries the question, the options, the rule and the fingerprint; it
    runs for the days of notice that the rule asks for, at least for one. Where registered voters vote these days are
    counted from the posting of their list.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or the ballot is no longer in preparation.
        FreezeTooLate, NoticeTooLate: it would open too early.
        TopicNotReady, PhaseMissing: the topic is not to be voted on now.
        RuleNotConfirmed, RuleNotBinding, RuleUnknown: a binding ballot has lost its rule.
        RollEmpty, AddressesMissing: nobody is entitled, or households can't be told apart.
    Basis: Organic Law of Urban Residents' Committees.
    """
    with transaction.atomic():
        rows = Ballot.objects.select_for_update(of=("self",)).for_detail()
        row = rows.get(pk=ballot.pk)
        step = lifecycle.of(row).by_name["freeze"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            return lifecycle.move(row, "freeze", by=by, now=now)  # refuses with its own reason
        _check_moment(row, now, today)
        entitled, area = take_roll(row, today)
        if not entitled:
            raise RollEmpty
        roll = queries.digest_of_roll(row)
        text = queries.frozen_document(row, electorate_on=today, entitled=entitled, roll=roll, area=area)
        fingerprint = sha256(text.encode())
        changes = {
            "frozen_text": text,
            "fingerprint": fingerprint,
            "notice": _post_notice(row, by, now, entitled, fingerprint),
            "electorate_on": today,
            "entitled": entitled,
            "area": area,
        }
        return lifecycle.move(row, "freeze", by=by, now=now, changes=changes)


def _check_moment(ballot: Ballot, now: dt.datetime, today: dt.date) -> None:
    """Refuse a freeze that comes too late, too early, or under a rule that no longer holds."""
    if now >= ballot.opens_at:
        raise FreezeTooLate(opens=shown_moment(ballot.opens_at))
    opens_on = timezone.localdate(ballot.opens_at)
    if ballot.rule.notice_days:
        posted = queries.list_posted_on(ballot)
        end = add_days(posted or today, ballot.rule.notice_days, ballot.rule.notice_day_kind)
        if end.on >= opens_on:
            raise NoticeTooLate(ends_on=end.on)
    if ballot.is_binding:
        binding_rule(ballot.rule.key, opens_on)
    if ballot.topic is not None:
        if ballot.topic.status != TopicStatus.DELIBERATED:
            raise TopicNotReady(topic=ballot.topic.title, status=ballot.topic.get_status_display())
        _check_topic(ballot.topic, ballot.division, ballot.opens_at, ballot.closes_at)


def _post_notice(ballot: Ballot, by: User, now: dt.datetime, entitled: int, fingerprint: str) -> PublicNotice:
    """Post the notice of the vote, in the language of the district."""
    with override(settings.LANGUAGE_CODE):
        options = "\n".join(
            f"{option.number}. {option.title}"
            + (f" ({option.text})" if option.text else "")
            + (f" {format_yuan(option.cost)}" if option.cost is not None else "")
            for option in ballot.options.all()
        )
        secrecy = gettext("Votes are secret.") if ballot.is_secret else gettext("Votes are open and recorded by name.")
        effect = gettext("binding") if ballot.is_binding else gettext("opinion collection, not binding")
        body = gettext(
            "Question: %(question)s\n\n%(options)s\n\nVoting: %(opens)s to %(closes)s\nEntitled: %(entitled)s persons "
            "(%(roll)s)\nDecision rule: %(rule)s\nEffect: %(effect)s\n\n%(secrecy)s "
            "Fingerprint of the frozen ballot (SHA-256):\n%(fingerprint)s"
        ) % {
            "question": ballot.question,
            "options": options,
            "opens": shown_moment(ballot.opens_at),
            "closes": shown_moment(ballot.closes_at),
            "entitled": entitled,
            "roll": ballot.get_roll_source_display(),
            "rule": ballot.rule.name,
            "effect": effect,
            "secrecy": secrecy,
            "fingerprint": grouped(fingerprint),
        }
        title = gettext("Vote: %(question)s") % {"question": ballot.question}
    drafted = notices.draft_notice(
        by=by,
        now=now,
        title=title[:200],
        body=body,
        division=ballot.division,
        minimum_days=1 if ballot.roll_source == RollSource.VOTERS else max(ballot.rule.notice_days, 1),
        day_kind=ballot.rule.notice_day_kind,
        contact=ballot.division.name,
        basis=ballot.rule.basis,
    )
    return notices.post_notice(by=by, now=now, notice=drafted)


def cancel_ballot(*, by: User, now: dt.datetime, ballot: Ballot, reason: str) -> Ballot:
    """Cancel a ballot that has not been opened.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
    """
    return lifecycle.move(ballot, "cancel", by=by, now=now, reason=reason)


# --- The clock -------------------------------------------------------------------------------------------------------


def open_due_ballots(*, by: User, now: dt.datetime) -> list[int]:
    """Open every frozen ballot whose time has come; return their ids. Harmless when repeated."""
    return _move_all("open", list(Ballot.objects.to_open(now).order_by("pk").values_list("pk", flat=True)), by, now)


def close_due_ballots(*, by: User, now: dt.datetime) -> list[int]:
    """Close every open ballot whose time is over; return their ids. Harmless when repeated.

    The database mixes the box of a secret ballot in the same transaction; the trail says how many papers it held.
    """
    return _move_all("close", list(Ballot.objects.to_close(now).order_by("pk").values_list("pk", flat=True)), by, now)


def _move_all(name: str, keys: list[int], by: User, now: dt.datetime) -> list[int]:
    """Move each in its own transaction; one that cannot be moved never stops the others."""
    moved = []
    for key in keys:
        try:
            with transaction.atomic():
                row = lifecycle.move(Ballot(pk=key), name, by=by, now=now)
                if row.is_secret and row.status == BallotStatus.CLOSED:
                    papers = queries.channels_in(row)
                    audit.record(
                        by=by, verb="consultation.ballot.box_mixed", row=row, now=now, after={"papers": papers}
                    )
        except (DomainError, IntegrityError) as refusal:
            logger.warning("ballot not moved", extra={"ballot": key, "move": name, "reason": type(refusal).__name__})
            continue
        moved.append(key)
    return moved


# --- Counting and publishing -----------------------------------------------------------------------------------------


def count_ballot(*, by: User, now: dt.datetime, ballot: Ballot) -> BallotResult:
    """Count the votes of a closed ballot, judge them by the frozen rule and keep the result with its recount hash.

    The ballot's row is held, so that no vote comes in meanwhile. Nobody is shown the result before it is published.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or the ballot is not closed.
        MoveHindered: sheets wait for their second person.
    Basis: Organic Law of Urban Residents' Committees.
    """
    with transaction.atomic():
        row = Ballot.objects.select_for_update(of=("self",)).select_related("division").get(pk=ballot.pk)
        step = lifecycle.of(row).by_name["count"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            lifecycle.move(row, "count", by=by, now=now)  # refuses with its own reason
        outcome, by_channel, unfinished = queries.outcome_of(row), queries.channels_in(row), queries.unfinished_of(row)
        digest = hashlib.sha256()
        for line in queries.lines_of(row, unfinished, outcome, by_channel):
            digest.update(line)
        with override(settings.LANGUAGE_CODE):
            reason = outcome.reason
        result = BallotResult.objects.create(
            ballot=row,
            counts=[{"number": number, "votes": found} for number, found in outcome.counted.counts],
            entitled=row.entitled,
            cast=outcome.counted.cast,
            by_channel=by_channel,
            by_proxy=Vote.objects.filter(ballot=row, by_proxy=True).count(),
            details=details_of(outcome.counted),
            unfinished=unfinished,
            has_quorum=outcome.has_quorum,
            is_passed=outcome.is_passed,
            winner=outcome.counted.winner,
            reason=reason,
            recount_sha256=digest.hexdigest(),
            counted_at=now,
        )
        lifecycle.move(row, "count", by=by, now=now)
        return result


def publish_ballot(*, by: User, now: dt.datetime, ballot: Ballot) -> Ballot:
    """Publish the result; from now on everybody reads it, and unfinished ticks are put away.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or the votes have not been counted.
        SamePerson: `by` has counted.
    """
    with transaction.atomic():
        row = lifecycle.move(ballot, "publish", by=by, now=now)
        VoteDraft.objects.filter(entry__ballot=row).delete()
        return row
