"""A result shown to the residents, what they say of it, and its acceptance, in full, in part or not at all."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.notices.models import ObjectionOutcome
from communities.people.policy import refuse_personal_numbers
from communities.people.queries import resident_of
from communities.policy.queries import value
from consultation.decisions.lifecycle import DecisionStatus
from consultation.decisions.models import Acceptance, Decision, ResultVerdict
from consultation.decisions.policy import FEWEST_VERDICTS, LONGEST_VERDICT, REJECTING_SHARE, RESULT_PUBLICITY
from consultation.decisions.queries import verdicts_of
from consultation.matters.policy import fitting
from consultation.meetings.tasking import operations as tasking
from governance import lifecycle
from governance.audit import operations as audit
from governance.calendar.days import DayKind
from governance.errors import Conflict, DomainError, Invalid, NotAllowed, NotNow

if TYPE_CHECKING:
    import datetime as dt

    from communities.notices.models import PublicNotice
    from governance.accounts.models import User

logger = logging.getLogger(__name__)


class ResidentsReject(NotNow):
    """What those say who live with it weighs more than a signature."""

    code = "residents_reject"
    message = _(
        "%(against)s of %(all)s residents who answered say that it is not done. Return the result to those who carry "
        "the decision out."
    )


class ShortfallMissing(Invalid):
    """Who accepts in part says what is missing."""

    code = "shortfall_missing"
    message = _("Say what is missing when a result is accepted in part.")


class ShortfallUnwanted(Invalid):
    """What is accepted in full lacks nothing."""

    code = "shortfall_unwanted"
    message = _("Nothing is missing from a result that is accepted in full. Accept it in part, or leave this empty.")


class NotShownNow(NotNow):
    """Residents judge a result while it is shown."""

    code = "not_shown_now"
    message = _("The result is not shown to the residents at present.")


class VerdictFromElsewhere(NotAllowed):
    """Those judge a result who live with it."""

    code = "verdict_from_elsewhere"
    message = _("Results are judged by confirmed residents of the place.")


class VerdictRepeated(Conflict):
    """One person judges a report once."""

    code = "verdict_repeated"
    message = _("You have already said what you think of this result.")


def show_result(decision: Decision, text: str, *, by: User, now: dt.datetime) -> PublicNotice:
    """Post the notice of a result, in the language of the district, for the days of the place."""
    today = timezone.localdate(now)
    with override(settings.LANGUAGE_CODE):
        title = gettext("Result: %(topic)s") % {"topic": decision.topic.title}
        body = gettext("%(text)s\n\nDecision %(number)s\nResponsible: %(responsible)s") % {
            "text": text,
            "number": decision.number,
            "responsible": decision.responsible,
        }
    drafted = notices.draft_notice(
        by=by,
        now=now,
        title=title[:200],
        body=body,
        division=decision.division,
        minimum_days=max(value(RESULT_PUBLICITY, decision.division, today), 1),
        day_kind=DayKind.CALENDAR,
        contact=decision.division.name,
        basis=RESULT_PUBLICITY.basis,
    )
    return notices.post_notice(by=by, now=now, notice=drafted)


def give_verdict(*, by: User, now: dt.datetime, decision: Decision, verdict: str, text: str = "") -> ResultVerdict:
    """Say what one thinks of a result while it is shown.

    Raises:
        NotShownNow: nothing is shown.
        VerdictFromElsewhere: `by` is no confirmed resident of the place.
        WordsTooLong, PersonalNumbersFound: the words are not fit.
        VerdictRepeated.
    """
    said = fitting("text", text, LONGEST_VERDICT, is_required=False)
    refuse_personal_numbers(text=said)
    resident = resident_of(by)
    if resident is None or resident.confirmed_at is None or not _lives_in(resident.division.path, decision):
        raise VerdictFromElsewhere
    try:
        with transaction.atomic():
            row = Decision.objects.select_for_update(of=("self",)).select_related("result_notice").get(pk=decision.pk)
            shown = row.result_notice
            if row.status != DecisionStatus.REPORTED or shown is None:
                raise NotShownNow
            if not shown.takes_objections(timezone.localdate(now)):
                raise NotShownNow
            given = ResultVerdict(notice=shown, decision=row, user=by, verdict=verdict, text=said, given_at=now)
            given.full_clean(validate_unique=False, validate_constraints=False)
            given.save()
            # The trail says that somebody judged, not how: the count is public, the person is not.
            audit.record(by=by, verb="consultation.decision.judged", row=row, now=now)
    except IntegrityError as error:
        if ResultVerdict.objects.filter(user=by, decision=decision).exists():
            raise VerdictRepeated from error
        raise
    return given


def _lives_in(path: str, decision: Decision) -> bool:
    return path.startswith(decision.division.path)


def accept_result(
    *, by: User, now: dt.datetime, decision: Decision, acceptance: str = Acceptance.FULL, shortfall: str = ""
) -> Decision:
    """Accept the result for the residents, in full or in part, by the supervision committee or a representative.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: `by` may not, nothing has been reported, or it is still shown.
        SamePerson: `by` has reported it.
        ResidentsReject: too many of those who answered say that it is not done.
        ShortfallMissing, ShortfallUnwanted, WordsTooLong, PersonalNumbersFound.
    Basis: Organic Law of Urban Residents' Committees; report S0 (supervision committee).
    """
    lifecycle.require(decision, "accept", by=by)
    missing = fitting("shortfall", shortfall, LONGEST_VERDICT, is_required=False)
    refuse_personal_numbers(shortfall=missing)
    if acceptance == Acceptance.PARTLY and not missing:
        raise ShortfallMissing(field="shortfall")
    if acceptance != Acceptance.PARTLY and missing:
        raise ShortfallUnwanted(field="shortfall")
    with transaction.atomic():
        row = Decision.objects.select_for_update(of=("self",)).select_related("division").get(pk=decision.pk)
        if row.status == DecisionStatus.REPORTED:
            _ask_the_residents(row, timezone.localdate(now))
        changes = {"acceptance": Acceptance(acceptance), "shortfall": missing}
        return lifecycle.move(row, "accept", by=by, now=now, changes=changes)


def _ask_the_residents(row: Decision, today: dt.date) -> None:
    counts = verdicts_of(row)
    if counts.answered < value(FEWEST_VERDICTS, row.division, today):
        return
    if counts.not_done >= counts.answered * value(REJECTING_SHARE, row.division, today):
        raise ResidentsReject(against=counts.not_done, all=counts.answered)


def give_back(decision: Decision, name: str, *, by: User, now: dt.datetime, reason: str) -> Decision:
    """Give a result back to those who carry the decision out, whose case is open again.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing.
    """
    with transaction.atomic():
        row = lifecycle.move(decision, name, by=by, now=now, reason=reason)
        if row.case is not None:
            tasking.resume_case(by=by, now=now, case=row.case)
    return row


def take_back_disputed_results(*, by: User, now: dt.datetime) -> list[int]:
    """Give every result back to those who carry it out whose notice closed with an upheld objection; return the ids.

    Each in its own transaction; harmless when repeated.
    """
    taken = []
    rows = Decision.objects.filter(
        status=DecisionStatus.REPORTED, result_notice__objections__outcome=ObjectionOutcome.UPHELD
    ).filter(result_notice__closed_at__isnull=False)
    for row in list(rows.distinct().order_by("pk")):
        with override(settings.LANGUAGE_CODE):
            reason = gettext("An objection to the result was upheld.")
        try:
            give_back(row, "take_back_result", by=by, now=now, reason=reason)
        except (DomainError, IntegrityError) as refusal:
            logger.warning("result not taken back", extra={"decision": row.pk, "reason": type(refusal).__name__})
            continue
        taken.append(row.pk)
    return taken
