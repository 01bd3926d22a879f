"""Conventions from the first draft to the version that replaces it; agreements joined and left."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.people.policy import refuse_personal_numbers
from communities.people.queries import resident_of
from communities.policy.queries import value
from consultation.ballots import operations as ballots
from consultation.ballots.lifecycle import BallotStatus
from consultation.ballots.models import Ballot, BallotMethod, RollSource
from consultation.conventions.lifecycle import IN_FORCE, VersionStatus, notice_has_closed
from consultation.conventions.models import Convention, ConventionJoin, ConventionVersion
from consultation.conventions.policy import (
    DRAFT_NOTICE_DAYS,
    FILING_DAYS,
    LONGEST_CHANGE,
    LONGEST_NUMBER,
    LONGEST_OPINION,
    LONGEST_TEXT,
    LONGEST_TITLE,
    ConventionKind,
    concerns,
)
from consultation.matters.policy import fitting
from governance import lifecycle
from governance.accounts.queries import system_actor
from governance.audit import operations as audit
from governance.calendar.days import DayKind, add_days
from governance.errors import Conflict, Invalid, NotAllowed, NotNow

if TYPE_CHECKING:
    import datetime as dt

    from communities.notices.models import PublicNotice
    from communities.policy.models import PolicyDocument
    from communities.territory.models import Division
    from governance.accounts.models import User


class ConventionExists(Conflict):
    """A convention of this name goes on in a new version."""

    code = "convention_exists"
    message = _("There is already a convention “%(title)s” here. Draft a new version of it.")


class VersionOnItsWay(Conflict):
    """Residents look at one draft at a time."""

    code = "version_on_its_way"
    message = _("Version %(number)s of this convention is still on its way. Finish it or give it up first.")


class NothingChanges(Invalid):
    """A new version says something else than the one in force."""

    code = "nothing_changes"
    message = _("This text says the same as the version in force.")


class TextIsFixed(NotNow):
    """What was checked stays as it is."""

    code = "text_is_fixed"
    message = _("The text was checked against the law and stays. Have it returned to the drafters to change it.")


class ConcernsUnanswered(Invalid):
    """Who confirms a text in which doubtful words stand says why it may stand."""

    code = "concerns_unanswered"
    message = _("The text says “%(word)s” in article %(article)s. %(reason)s Say in the opinion why it may stand.")


class VoteRunning(NotNow):
    """A text is put to the vote again when the last vote has failed or was cancelled."""

    code = "vote_running"
    message = _("The vote “%(question)s” on this version has not failed.")


class ConventionNeedsBinding(Invalid):
    """Only an agreement among those who wish it does without a binding vote (Basis: Organic Laws of committees)."""

    code = "convention_needs_binding"
    message = _("This kind of convention is passed by a binding vote of the residents only.")


class EffectiveInThePast(Invalid):
    """Nobody is bound for days that have passed."""

    code = "effective_in_the_past"
    message = _("A convention comes into force on the day of its adoption or later.")


class VersionNotInForce(NotNow):
    """What does not bind is not joined and not repealed."""

    code = "version_not_in_force"
    message = _("This version is not in force.")


class NoAgreement(NotNow):
    """Conventions bind everybody; only agreements are joined."""

    code = "no_agreement"
    message = _("This convention holds for everybody here. Only common agreements are joined.")


class ParticipantFromElsewhere(NotAllowed):
    """Those join who live in the place."""

    code = "participant_from_elsewhere"
    message = _("An agreement is joined by confirmed residents of the place.")


class AlreadyJoined(Conflict):
    """People are counted, not clicks."""

    code = "already_joined"
    message = _("You have joined this agreement already.")


class NotJoined(NotNow):
    """Who has not joined can't leave."""

    code = "not_joined"
    message = _("You have not joined this agreement.")


# --- Drafting --------------------------------------------------------------------------------------------------------


def draft_convention(
    *, by: User, now: dt.datetime, division: Division, kind: str, title: str, text: str, change: str
) -> ConventionVersion:
    """Draft the first version of a convention; nobody but the staff sees it before it is shown to the residents.

    Raises:
        NotAllowed: `by` does not work in the place.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        ConventionExists: the place has one of this name.
    """
    if not by.has_perm("consultation.manage_convention", division):
        raise NotAllowed
    name = fitting("title", title, LONGEST_TITLE)
    refuse_personal_numbers(title=name)
    convention = Convention(division=division, kind=kind, title=name, created_at=now, created_by=by)
    convention.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            convention.save()
            return draft_version(by=by, now=now, convention=convention, text=text, change=change)
    except IntegrityError as error:
        if Convention.objects.filter(division=division, title=name).exists():
            raise ConventionExists(field="title", title=name) from error
        raise


def draft_version(*, by: User, now: dt.datetime, convention: Convention, text: str, change: str) -> ConventionVersion:
    """Draft the next version of a convention.

    Raises:
        NotAllowed: `by` does not work in the place.
        WordsMissing, WordsTooLong, PersonalNumbersFound: the words are not fit.
        NothingChanges: the version in force says the same.
        VersionOnItsWay: another draft has not come to its end.
    """
    if not by.has_perm("consultation.manage_convention", convention):
        raise NotAllowed
    said, why = _read(text, change)
    with transaction.atomic():
        held = Convention.objects.select_for_update(of=("self",)).get(pk=convention.pk)
        going = held.versions.exclude(status__in=lifecycle.REGISTRY[ConventionVersion._meta.label].terminal)
        if on_its_way := going.exclude(status__in=IN_FORCE).first():
            raise VersionOnItsWay(number=on_its_way.number)
        if going.filter(status__in=IN_FORCE, text=said).exists():
            raise NothingChanges(field="text")
        last = held.versions.aggregate(last=Max("number"))["last"] or 0
        row = ConventionVersion(convention=held, number=last + 1, text=said, change=why, drafted_at=now, drafted_by=by)
        row.full_clean()
        row.save()
        audit.record(
            by=by,
            verb="consultation.convention.drafted",
            row=row,
            now=now,
            after={"version": row.number, "change": why},
        )
    return row


def _read(text: str, change: str) -> tuple[str, str]:
    said, why = fitting("text", text, LONGEST_TEXT), fitting("change", change, LONGEST_CHANGE)
    refuse_personal_numbers(text=said, change=why)
    return said, why


def edit_version(
    *, by: User, now: dt.datetime, version: ConventionVersion, text: str, change: str
) -> ConventionVersion:
    """Change the wording of a draft.

    Raises:
        NotAllowed, WordsMissing, WordsTooLong, PersonalNumbersFound.
        TextIsFixed: it has been checked against the law.
    """
    said, why = _read(text, change)
    with transaction.atomic():
        row = _locked(version)
        if not by.has_perm("consultation.manage_convention", row):
            raise NotAllowed
        if row.status != VersionStatus.DRAFT:
            raise TextIsFixed
        row.text, row.change = said, why
        row.save(update_fields=["text", "change"])
        audit.record(by=by, verb="consultation.convention.edited", row=row, now=now, after={"change": why})
    return row


def _locked(version: ConventionVersion) -> ConventionVersion:
    rows = ConventionVersion.objects.select_for_update(of=("self",))
    return rows.select_related("convention__division", "notice", "ballot__result").get(pk=version.pk)


# --- From the check to the file --------------------------------------------------------------------------------------


def pass_check(*, by: User, now: dt.datetime, version: ConventionVersion, opinion: str = "") -> ConventionVersion:
    """Confirm that the text stands within the law; where doubtful words stand in it, say why they may.

    Raises:
        MoveForbidden, MoveClosed, SamePerson: `by` may not, or not now.
        WordsTooLong, ConcernsUnanswered.
    Basis: Organic Law of Urban Residents' Committees art. 15; Organic Law of Villagers' Committees art. 27.
    """
    lifecycle.require(version, "pass_check", by=by)
    said = fitting("check_opinion", opinion, LONGEST_OPINION, is_required=False)
    found = concerns(version.text)
    if found and not said:
        first = found[0]
        raise ConcernsUnanswered(
            field="check_opinion", word=first.word, article=first.article, reason=str(first.reason)
        )
    return lifecycle.move(version, "pass_check", by=by, now=now, changes={"check_opinion": said})


def return_draft(*, by: User, now: dt.datetime, version: ConventionVersion, reason: str) -> ConventionVersion:
    """Return a checked text to those who draft it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
    """
    return lifecycle.move(version, "return_draft", by=by, now=now, reason=reason)


def announce_version(*, by: User, now: dt.datetime, today: dt.date, version: ConventionVersion) -> ConventionVersion:
    """Show the checked draft to the residents, for the days of the place; each may object.

    Raises:
        MoveForbidden, MoveClosed: `by` may not, or not now.
    """
    with transaction.atomic():
        row = _locked(version)
        step = lifecycle.of(row).by_name["announce"]
        if row.status not in step.sources or not lifecycle.may(row, step, by):
            return lifecycle.move(row, "announce", by=by, now=now)  # refuses with its own reason
        notice = _post_notice(row, by, now, today)
        return lifecycle.move(row, "announce", by=by, now=now, changes={"notice": notice})


def _post_notice(row: ConventionVersion, by: User, now: dt.datetime, today: dt.date) -> PublicNotice:
    with override(settings.LANGUAGE_CODE):
        title = gettext("Draft of “%(title)s”, version %(number)s") % {
            "title": row.convention.title,
            "number": row.number,
        }
        body = gettext("%(change)s\n\n%(text)s\n\nFingerprint of the text: %(hash)s") % {
            "change": row.change,
            "text": row.text,
            "hash": row.text_hash,
        }
    drafted = notices.draft_notice(
        by=by,
        now=now,
        title=title[:200],
        body=body,
        division=row.division,
        minimum_days=max(value(DRAFT_NOTICE_DAYS, row.division, today), 1),
        day_kind=DayKind.CALENDAR,
        contact=row.division.name,
        basis=lifecycle.of(row).by_name["announce"].basis,
    )
    return notices.post_notice(by=by, now=now, notice=drafted)


def put_to_vote(
    *,
    by: User,
    now: dt.datetime,
    version: ConventionVersion,
    rule_key: str,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    is_binding: bool = False,
    approved_method: PolicyDocument | None = None,
) -> Ballot:
    """Prepare the vote of the residents on the text that they were shown; its question names the text's hash.

    Raises:
        NotAllowed: `by` does not work in the place.
        MoveHindered: the notice of the draft has not closed clear.
        VoteRunning: there is a vote on it that has not failed.
        ConventionNeedsBinding: a vote that binds nobody can't pass this kind.
        RuleNotConfirmed, BindingNeedsDocument, TimesImpossible, …: as in `prepare_ballot`.
    """
    with transaction.atomic():
        row = _manageable(version, by)
        if row.status != VersionStatus.ANNOUNCED:
            raise lifecycle.MoveClosed(move=_("Put it to the vote"), status=row.get_status_display())
        if hindrance := notice_has_closed(row):
            raise lifecycle.MoveHindered(reason=hindrance)
        _refuse_second_vote(row.ballot)
        question = gettext("Adopt “%(title)s”, version %(number)s (text %(hash)s)?")
        ballot = _prepare_vote(
            row,
            by,
            now,
            question,
            rule_key=rule_key,
            opens_at=opens_at,
            closes_at=closes_at,
            is_binding=is_binding,
            approved_method=approved_method,
        )
        row.ballot = ballot
        row.save(update_fields=["ballot"])
        _record_vote(row, by, now, ballot)
    return ballot


def put_repeal_to_vote(
    *,
    by: User,
    now: dt.datetime,
    version: ConventionVersion,
    rule_key: str,
    opens_at: dt.datetime,
    closes_at: dt.datetime,
    is_binding: bool = False,
    approved_method: PolicyDocument | None = None,
) -> Ballot:
    """Prepare the vote of the residents on whether the version in force shall end.

    Raises:
        NotAllowed, VersionNotInForce, VoteRunning, ConventionNeedsBinding.
        RuleNotConfirmed, BindingNeedsDocument, TimesImpossible, …: as in `prepare_ballot`.
    """
    with transaction.atomic():
        row = _manageable(version, by)
        if not row.is_in_force:
            raise VersionNotInForce
        _refuse_second_vote(row.repealing_ballot)
        question = gettext("Repeal “%(title)s”, version %(number)s (text %(hash)s)?")
        ballot = _prepare_vote(
            row,
            by,
            now,
            question,
            rule_key=rule_key,
            opens_at=opens_at,
            closes_at=closes_at,
            is_binding=is_binding,
            approved_method=approved_method,
        )
        row.repealing_ballot = ballot
        row.save(update_fields=["repealing_ballot"])
        _record_vote(row, by, now, ballot)
    return ballot


def _manageable(version: ConventionVersion, by: User) -> ConventionVersion:
    row = _locked(version)
    if not by.has_perm("consultation.manage_convention", row):
        raise NotAllowed
    return row


def _refuse_second_vote(ballot: Ballot | None) -> None:
    """Let a text be voted on again only when the last vote was cancelled or failed."""
    if ballot is None or ballot.status == BallotStatus.CANCELLED:
        return
    if ballot.status == BallotStatus.PUBLISHED and not ballot.result.is_passed:
        return
    raise VoteRunning(question=ballot.question)


def _prepare_vote(row: ConventionVersion, by: User, now: dt.datetime, question: str, **terms: Any) -> Ballot:
    """Prepare a vote for or against of all residents; `terms` are those that `prepare_ballot` takes."""
    if row.convention.kind != ConventionKind.AGREEMENT and not terms["is_binding"]:
        raise ConventionNeedsBinding(field="is_binding")
    named = {"title": row.convention.title, "number": row.number, "hash": row.text_number}
    return ballots.prepare_ballot(
        by=by,
        now=now,
        division=row.division,
        question=question % named,
        method=BallotMethod.FOR_AGAINST,
        options=[],
        roll_source=RollSource.RESIDENTS,
        **terms,
    )


def _record_vote(row: ConventionVersion, by: User, now: dt.datetime, ballot: Ballot) -> None:
    audit.record(by=by, verb="consultation.convention.put_to_vote", row=row, now=now, after={"ballot": ballot.pk})


def adopt_version(
    *, by: User, now: dt.datetime, version: ConventionVersion, effective_on: dt.date
) -> ConventionVersion:
    """Adopt the version that the residents have passed; the one in force until now is replaced by it.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not, or the vote has not passed it.
        EffectiveInThePast.
    """
    today = timezone.localdate(now)
    if effective_on < today:
        raise EffectiveInThePast(field="effective_on")
    with transaction.atomic():
        held = Convention.objects.select_for_update(of=("self",)).get(pk=version.convention_id)
        row = _locked(version)
        step = lifecycle.of(row).by_name["adopt"]
        former = held.versions.filter(status__in=IN_FORCE).first()
        if former and row.status in step.sources and lifecycle.may(row, step, by):
            with override(settings.LANGUAGE_CODE):
                why = gettext("Replaced by version %(number)s.") % {"number": row.number}
            lifecycle.move(former, "supersede", by=system_actor(), now=now, changes={"end_reason": why})
        due = add_days(today, value(FILING_DAYS, row.division, today), DayKind.CALENDAR)
        changes = {"effective_on": effective_on, "filing_due_on": due.on}
        return lifecycle.move(row, "adopt", by=by, now=now, changes=changes)


def file_version(*, by: User, now: dt.datetime, version: ConventionVersion, number: str) -> ConventionVersion:
    """Take an adopted version into the file of the street or the town.

    Raises:
        MoveForbidden, MoveClosed, SamePerson: `by` may not, or not now.
        WordsMissing, WordsTooLong: the filing number.
    Basis: Organic Law of Urban Residents' Committees art. 15; Organic Law of Villagers' Committees art. 27.
    """
    lifecycle.require(version, "file", by=by)
    said = fitting("filing_number", number, LONGEST_NUMBER)
    return lifecycle.move(version, "file", by=by, now=now, changes={"filing_number": said})


def order_correction(*, by: User, now: dt.datetime, version: ConventionVersion, reason: str) -> ConventionVersion:
    """Order that a version that offends the law is corrected; it is out of force and the residents draft anew.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
    Basis: Organic Law of Villagers' Committees art. 27.
    """
    return _end(version, "order_correction", by, now, reason)


def repeal_version(*, by: User, now: dt.datetime, version: ConventionVersion, reason: str) -> ConventionVersion:
    """Repeal the version in force, by the residents' vote.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered, ReasonMissing.
    """
    return _end(version, "repeal", by, now, reason)


def drop_version(*, by: User, now: dt.datetime, version: ConventionVersion, reason: str) -> ConventionVersion:
    """Give up a version that is on its way.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
    """
    return _end(version, "drop", by, now, reason)


def _end(version: ConventionVersion, name: str, by: User, now: dt.datetime, reason: str) -> ConventionVersion:
    said = fitting("reason", reason, LONGEST_OPINION, is_required=False)
    refuse_personal_numbers(reason=said)
    return lifecycle.move(version, name, by=by, now=now, reason=said, changes={"end_reason": said})


# --- Agreements ------------------------------------------------------------------------------------------------------


def join_agreement(*, by: User, now: dt.datetime, version: ConventionVersion) -> ConventionJoin:
    """Join an agreement that is in force; everybody reads how many have.

    Raises:
        NoAgreement, VersionNotInForce: there is nothing to join.
        ParticipantFromElsewhere: `by` is no confirmed resident of the place.
        AlreadyJoined.
    Basis: report S2 (common agreements such as that on dogs).
    """
    if version.convention.kind != ConventionKind.AGREEMENT:
        raise NoAgreement
    if not version.is_in_force:
        raise VersionNotInForce
    resident = resident_of(by)
    if (
        resident is None
        or resident.confirmed_at is None
        or not resident.division.path.startswith(version.division.path)
    ):
        raise ParticipantFromElsewhere
    try:
        with transaction.atomic():
            row = ConventionJoin.objects.create(version=version, user=by, joined_at=now)
            audit.record(by=by, verb="consultation.convention.joined", row=version, now=now)
    except IntegrityError as error:
        if version.joins.filter(user=by, left_at=None).exists():
            raise AlreadyJoined from error
        raise
    return row


def leave_agreement(*, by: User, now: dt.datetime, version: ConventionVersion) -> ConventionJoin:
    """Leave an agreement that one has joined.

    Raises:
        NotJoined.
    """
    with transaction.atomic():
        row = version.joins.select_for_update().filter(user=by, left_at=None).first()
        if row is None:
            raise NotJoined
        row.left_at = now
        row.save(update_fields=["left_at"])
        audit.record(by=by, verb="consultation.convention.left", row=version, now=now)
    return row
