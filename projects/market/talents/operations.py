"""Stating and proposing profiles, consenting to them, confirming them, and taking them back."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from communities.people.models import Resident
from communities.people.policy import refuse_personal_numbers
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import constraint_of
from governance.outbox import operations as outbox
from projects.market.queries import residence_of
from projects.market.talents import refusals
from projects.market.talents.lifecycle import ALIVE, TalentStatus
from projects.market.talents.models import TalentProfile
from projects.market.talents.policy import SKILL_LONGEST, SKILLS_MOST, ShownTo

if TYPE_CHECKING:
    from governance.accounts.models import User

NOTHING: dict[str, Any] = {
    "skills": [],
    "text": "",
    "times": "",
    "shown_to": ShownTo.STAFF,
    "is_name_shown": False,
    "ended_reason": "",
}
"""What is left of a profile that has ended."""


@dataclass(frozen=True, slots=True)
class Said:
    """What a profile says."""

    kind: str
    field: str
    skills: tuple[str, ...]
    text: str = ""
    times: str = ""


@dataclass(frozen=True, slots=True)
class Consent:
    """To whom a profile is shown, and whether with the full name."""

    shown_to: str = ShownTo.STAFF
    is_name_shown: bool = False


def _skills(skills: tuple[str, ...]) -> list[str]:
    """Return the skills without blanks and repetitions, or refuse them."""
    found = list(dict.fromkeys(text for skill in skills if (text := skill.strip())))
    if not 1 <= len(found) <= SKILLS_MOST or any(len(text) > SKILL_LONGEST for text in found):
        raise refusals.SkillsUnfit(field="skills", most=SKILLS_MOST, longest=SKILL_LONGEST)
    return found


def _checked(consent: Consent) -> dict[str, Any]:
    if consent.is_name_shown and consent.shown_to != ShownTo.PUBLIC:
        raise refusals.ConsentUnfit(field="is_name_shown")
    return {"shown_to": consent.shown_to, "is_name_shown": consent.is_name_shown}


def _insert(row: TalentProfile) -> None:
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        if constraint_of(error) != "talentprofile_one_a_field":
            raise
        raise refusals.TalentKnown(field="field") from error


def _made(resident: Resident, said: Said, by: User, now: dt.datetime) -> TalentProfile:
    refuse_personal_numbers(text=said.text, times=said.times, skills=" ".join(said.skills))
    return TalentProfile(
        resident=resident,
        kind=said.kind,
        field=said.field,
        skills=_skills(said.skills),
        text=said.text.strip(),
        times=said.times.strip(),
        stated_at=now,
        stated_by=by,
    )


def state_talent(*, by: User, now: dt.datetime, said: Said, consent: Consent) -> TalentProfile:
    """State what one is good at oneself, with the consent that says to whom it is shown; the community confirms it.

    Raises:
        TalentForResidents: `by` is no confirmed grown-up resident.
        SkillsUnfit, ConsentUnfit, TalentKnown, PersonalNumbersFound.
    Basis: report S2; Personal Information Protection Law art. 13, 14.
    """
    home = residence_of(by, timezone.localdate(now))
    if home is None:
        raise refusals.TalentForResidents
    shown = _checked(consent)
    row = _made(home, said, by, now)
    row.status, row.consented_at, row.consented_by = TalentStatus.STATED, now, by
    row.shown_to, row.is_name_shown = shown["shown_to"], shown["is_name_shown"]
    with transaction.atomic():
        _insert(row)
        after = {"kind": row.kind, "field": row.field, **shown}
        audit.record(by=by, verb="projects.talent_profile.stated", row=row, now=now, after=after)
        outbox.emit(by=by, topic="projects.talent_profile.stated", row=row, now=now)
    return row


def propose_talent(*, by: User, now: dt.datetime, resident: Resident, said: Said) -> TalentProfile:
    """Propose a resident for the list, as staff of the place; nothing is shown before the person has consented.

    Raises:
        NotAllowed: no staff of the place.
        SamePerson: one's own profile is stated, not proposed.
        TalentForResidents: no confirmed grown-up resident.
        SkillsUnfit, TalentKnown, PersonalNumbersFound.
    Basis: report S1 (residents who lead others are found and encouraged).
    """
    require(by, "projects.keep_talents", resident)
    if resident.user_id == by.pk:
        raise lifecycle.SamePerson(move=_("propose oneself"))
    if not Resident.objects.on_rolls(timezone.localdate(now)).filter(pk=resident.pk).exists():
        raise refusals.TalentForResidents(field="resident")
    row = _made(resident, said, by, now)
    row.status, row.confirmed_at, row.confirmed_by = TalentStatus.PROPOSED, now, by
    with transaction.atomic():
        _insert(row)
        after = {"kind": row.kind, "field": row.field}
        audit.record(by=by, verb="projects.talent_profile.proposed", row=row, now=now, after=after)
        outbox.emit(by=by, topic="projects.talent_profile.proposed", row=row, now=now)
    return row


def consent_talent(*, by: User, now: dt.datetime, profile: TalentProfile, consent: Consent) -> TalentProfile:
    """Consent to be listed, and say to whom; the consent can be taken back at any time.

    Raises:
        ConsentUnfit.
        MoveForbidden, MoveClosed: as for every move.
    Basis: Personal Information Protection Law art. 13, 14.
    """
    return lifecycle.move(profile, "consent", by=by, now=now, changes=_checked(consent))


def note_paper_consent(
    *, by: User, now: dt.datetime, profile: TalentProfile, consent: Consent, paper_day: dt.date
) -> TalentProfile:
    """Note the written consent of somebody without a log-in, as other staff than who proposed them.

    Raises:
        PaperUnfit: the person has a log-in and consents there, or the day lies ahead.
        ConsentUnfit.
        MoveForbidden, SamePerson, MoveClosed: as for every move.
    """
    lifecycle.require(profile, "note_consent", by=by)
    if profile.resident.user_id is not None:
        raise refusals.PaperUnfit(reason=_("This person has a log-in and consents there."))
    if paper_day > timezone.localdate(now):
        raise refusals.PaperUnfit(field="paper_day", reason=_("The consent cannot lie in the future."))
    changes = {**_checked(consent), "paper_day": paper_day}
    return lifecycle.move(profile, "note_consent", by=by, now=now, changes=changes)


def describe_talent(
    *, by: User, now: dt.datetime, profile: TalentProfile, said: Said, consent: Consent
) -> TalentProfile:
    """Say one's own profile anew: skills, words, times, and to whom it is shown; kind and field stay.

    Raises:
        NotAllowed: it is somebody else's.
        TalentEnded, SkillsUnfit, ConsentUnfit, PersonalNumbersFound.
    """
    require(by, "projects.own_talent", profile)
    refuse_personal_numbers(text=said.text, times=said.times, skills=" ".join(said.skills))
    shown = _checked(consent)
    with transaction.atomic():
        row = TalentProfile.objects.select_for_update(of=("self",)).get(pk=profile.pk)
        if row.status not in ALIVE:
            raise refusals.TalentEnded
        before = {"shown_to": row.shown_to, "is_name_shown": row.is_name_shown}
        row.skills, row.text, row.times = _skills(said.skills), said.text.strip(), said.times.strip()
        row.shown_to, row.is_name_shown = shown["shown_to"], shown["is_name_shown"]
        row.full_clean(validate_constraints=False)
        row.save(update_fields=["skills", "text", "times", "shown_to", "is_name_shown"])
        audit.record(by=by, verb="projects.talent_profile.described", row=row, now=now, before=before, after=shown)
    return row


def end_talent(*, by: User, now: dt.datetime, profile: TalentProfile, name: str, reason: str = "") -> TalentProfile:
    """End a profile by the move of this name; what it said is erased with it.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
        PersonalNumbersFound.
    Basis: Personal Information Protection Law art. 15, 47.
    """
    refuse_personal_numbers(reason=reason)
    changes = {**NOTHING, "ended_reason": reason.strip()}
    return lifecycle.move(profile, name, by=by, now=now, reason=reason, changes=changes)
