"""Tips about illegal organizations, and the cases that come of them: two hands decide, the public is told by name."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone

from communities.people.policy import refuse_personal_numbers
from communities.policy.queries import value
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division
from governance import lifecycle
from governance.accounts.queries import require
from governance.accounts.secrets import keyed_hash
from governance.audit import operations as audit
from governance.outbox import operations as outbox
from socialorgs.register.models import SocialOrganization
from socialorgs.register.refusals import RegisterPlaceClosed
from socialorgs.supervision.illegal.models import IllegalCase, IllegalTip, Measure
from socialorgs.supervision.illegal.policy import CODE_LENGTH, CODE_SIGNS
from socialorgs.supervision.policy import TIPS_A_DAY
from socialorgs.supervision.refusals import (
    DecisionDayUnfit,
    MeasureUnknown,
    NothingToReveal,
    TipSettled,
    TooManyTips,
)

if TYPE_CHECKING:
    from governance.accounts.models import User

DAY = dt.timedelta(days=1)


def give_tip(
    *, by: User, now: dt.datetime, division: Division, name: str, text: str, place: str = "", contact: str = ""
) -> tuple[IllegalTip, str]:
    """Take a tip about a body that acts without registration; return it with the code under which it is followed.

    From anybody: `by` is the system, so that no trail names who gave it. The code is told once and never kept.

    Raises:
        RegisterPlaceClosed: the place is closed.
        ReasonMissing: no name, or nothing said.
        TooManyTips: the place has taken as many today as it takes online.
    Basis: report S2b, special campaign against illegal social organizations.
    """
    if division.status != DivisionStatus.ACTIVE:
        raise RegisterPlaceClosed(field="division", place=division.name)
    for field, said in (("name", name), ("text", text)):
        if not said.strip():
            raise lifecycle.ReasonMissing(field=field)
    most = value(TIPS_A_DAY, division, timezone.localdate(now))
    with transaction.atomic():
        if IllegalTip.objects.filter(division=division, received_at__gt=now - DAY).count() >= most:
            raise TooManyTips
        code = "".join(secrets.choice(CODE_SIGNS) for _sign in range(CODE_LENGTH))
        row = IllegalTip(
            division=division,
            name=name.strip(),
            place=place.strip(),
            text=text.strip(),
            contact=contact.strip(),
            code_hash=keyed_hash(code),
            received_at=now,
        )
        row.full_clean()
        row.save()
        audit.record(by=by, verb="socialorgs.illegal_tip.given", row=row, now=now, after={"division": division.pk})
        outbox.emit(by=by, topic="socialorgs.illegal_tip.given", row=row, now=now)
    return row, code


def open_case(
    *, by: User, now: dt.datetime, division: Division, name: str, account: str, place: str = ""
) -> IllegalCase:
    """Open a case about a body that acts without registration, or after it was revoked.

    Raises:
        NotAllowed: nobody who handles such cases there.
        ReasonMissing, PersonalNumbersFound.
    """
    require(by, "socialorgs.open_illegal_case", division)
    for field, said in (("name", name), ("account", account)):
        if not said.strip():
            raise lifecycle.ReasonMissing(field=field)
    refuse_personal_numbers(name=name, account=account)
    row = IllegalCase(
        division=division, name=name.strip(), place=place.strip(), account=account.strip(), opened_by=by, opened_at=now
    )
    row.full_clean()
    with transaction.atomic():
        row.save()
        audit.record(by=by, verb="socialorgs.illegal_case.opened", row=row, now=now, after={"name": row.name})
    return row


def settle_tip(
    *, by: User, now: dt.datetime, tip: IllegalTip, case: IllegalCase | None = None, answer: str = ""
) -> IllegalTip:
    """Bring a tip to a case, to a new one if none is named, or set it aside with an answer for who gave it.

    Raises:
        NotAllowed: nobody who reads tips there.
        TipSettled.
    """
    require(by, "socialorgs.read_illegal_tips", tip)
    with transaction.atomic():
        row = IllegalTip.objects.select_for_update(of=("self",)).select_related("division").get(pk=tip.pk)
        if row.settled_at is not None:
            raise TipSettled
        if case is None and not answer.strip():
            case = open_case(by=by, now=now, division=row.division, name=row.name, account=row.name, place=row.place)
        row.case, row.answer, row.settled_at, row.settled_by = case, answer.strip(), now, by
        row.save(update_fields=["case", "answer", "settled_at", "settled_by"])
        after = {"case": case.pk if case else None}
        audit.record(by=by, verb="socialorgs.illegal_tip.settled", row=row, now=now, after=after)
        return row


def reveal_tip_giver(*, by: User, now: dt.datetime, tip: IllegalTip, reason: str) -> str:
    """Return the contact of who gave a tip; the trail keeps who has looked at it, and why.

    Raises:
        NotAllowed: not the district's lead department.
        ReasonMissing, NothingToReveal.
    """
    require(by, "socialorgs.reveal_tip_giver", tip)
    if not reason.strip():
        raise lifecycle.ReasonMissing(field="reason")
    if not tip.contact:
        raise NothingToReveal
    audit.record(by=by, verb="socialorgs.illegal_tip.revealed", row=tip, now=now, reason=reason)
    return str(tip.contact)


def propose_measure(
    *,
    by: User,
    now: dt.datetime,
    case: IllegalCase,
    findings: str,
    measure: str,
    organization: SocialOrganization | None = None,
) -> IllegalCase:
    """Enter what was found and propose a measure; a body of the register is named if it is one that was revoked.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        MeasureUnknown, ReasonMissing, PersonalNumbersFound.
    """
    lifecycle.require(case, "propose", by=by)
    if measure not in Measure.values:
        raise MeasureUnknown(field="measure")
    if not findings.strip():
        raise lifecycle.ReasonMissing(field="findings")
    refuse_personal_numbers(findings=findings)
    changes = {"findings": findings.strip(), "measure": measure, "organization": organization}
    return lifecycle.move(case, "propose", by=by, now=now, changes=changes)


def send_case_back(*, by: User, now: dt.datetime, case: IllegalCase, reason: str) -> IllegalCase:
    """Let a case be looked into further.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(case, "send_back", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def decide_case(
    *, by: User, now: dt.datetime, case: IllegalCase, decision_number: str, decided_on: dt.date
) -> IllegalCase:
    """Decide as proposed; from then on the public list names the body, unless it is guided to registration.

    Raises:
        MoveForbidden, SamePerson, MoveClosed: as for every move; another person than who proposed.
        ReasonMissing: no number; DecisionDayUnfit: in the future, or before the case was opened.
    Basis: Measures for Banning Illegal Non-governmental Organizations.
    """
    lifecycle.require(case, "decide", by=by)
    if not decision_number.strip():
        raise lifecycle.ReasonMissing(field="decision_number")
    first, last = timezone.localdate(case.opened_at), timezone.localdate(now)
    if not first <= decided_on <= last:
        raise DecisionDayUnfit(field="decided_on", first=first, last=last)
    changes = {"decision_number": decision_number.strip(), "decided_on": decided_on}
    return lifecycle.move(case, "decide", by=by, now=now, changes=changes, payload={"measure": case.measure})


def dismiss_case(*, by: User, now: dt.datetime, case: IllegalCase, reason: str) -> IllegalCase:
    """Set a case aside as unfounded.

    Raises:
        MoveForbidden, SamePerson, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(case, "dismiss", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def close_case(*, by: User, now: dt.datetime, case: IllegalCase, outcome: str) -> IllegalCase:
    """Enter what came of a decision, and close the case.

    Raises:
        MoveForbidden, MoveClosed: as for every move.
        ReasonMissing: nothing said.
    """
    lifecycle.require(case, "close", by=by)
    if not outcome.strip():
        raise lifecycle.ReasonMissing(field="outcome")
    refuse_personal_numbers(outcome=outcome)
    return lifecycle.move(case, "close", by=by, now=now, changes={"outcome": outcome.strip()})
