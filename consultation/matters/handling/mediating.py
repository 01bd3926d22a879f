"""Mediation between neighbors (加装无障碍装置的邻里协商): where each household stands, and what was offered to it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from consultation.matters.handling.models import HouseholdConsent, Stance
from consultation.matters.handling.queries import standing_of
from consultation.matters.models import Matter, MatterKind, Outcome
from consultation.matters.policy import LONGEST_TEXT, fitting
from governance.audit import operations as audit
from governance.errors import Invalid, NotAllowed, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from communities.notices.models import Attachment
    from governance.accounts.models import User

LONGEST_HOUSEHOLD = 60


class ConsentNotYours(NotAllowed):
    """Consents are recorded by who mediates."""

    code = "consent_not_yours"
    message = _("You may not record where a household stands here.")


class NothingToMediate(NotNow):
    """Only a matter that asks for mediation, while it is in hand, keeps where households stand."""

    code = "nothing_to_mediate"
    message = _("This matter is no mediation between neighbors, or it is not in hand.")


class OppositionNeedsReason(Invalid):
    """Who mediates must know what a household fears."""

    code = "opposition_needs_reason"
    message = _("Write what the household is against.")


class HouseholdsOppose(NotNow):
    """A mediation ends as agreed when nobody opposes any more."""

    code = "households_oppose"
    message = _("%(count)s households oppose or have not decided. Go on mediating, or answer that it cannot be done.")


def record_consent(
    *,
    by: User,
    now: dt.datetime,
    matter: Matter,
    household: str,
    stance: str,
    words: str = "",
    mediation: str = "",
    paper: Attachment | None = None,
) -> HouseholdConsent:
    """Record where a household stands; its earlier word stays in the record and the latest counts.

    Raises:
        ConsentNotYours: `by` does not mediate here.
        NothingToMediate: the matter is no mediation in hand.
        OppositionNeedsReason, WordsMissing, WordsTooLong, PersonalNumbersFound: it is not well said.
    """
    home, said = (
        fitting("household", household, LONGEST_HOUSEHOLD),
        fitting("words", words, LONGEST_TEXT, is_required=False),
    )
    offered = fitting("mediation", mediation, LONGEST_TEXT, is_required=False)
    refuse_personal_numbers(household=home, words=said, mediation=offered)
    if not by.has_perm("consultation.record_consent", matter):
        raise ConsentNotYours
    if stance not in Stance.values or (stance == Stance.OPPOSES and not said):
        raise OppositionNeedsReason(field="words")
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
        if row.kind != MatterKind.MEDIATION or not row.is_in_hand:
            raise NothingToMediate
        consent = HouseholdConsent.objects.create(
            matter=row,
            household=home,
            stance=stance,
            words=said,
            mediation=offered,
            paper=paper,
            recorded_at=now,
            recorded_by=by,
        )
        # What a household says stays in the record and out of the trail.
        audit.record(by=by, verb="consultation.consent.recorded", row=consent, now=now, after={"stance": stance})
        outbox.emit(by=by, topic="consultation.consent.recorded", row=consent, now=now, payload={"matter": row.pk})
    return consent


def refuse_to_agree_against(matter: Matter, outcome: str) -> None:
    """Refuse to end a mediation as agreed while a household opposes or has not decided; one query.

    Raises:
        HouseholdsOppose: one does.
    """
    if matter.kind != MatterKind.MEDIATION or outcome not in {Outcome.FIXED, Outcome.PLANNED}:
        return
    standing = standing_of(matter)
    open_ones = sum(1 for household in standing if household.stance != Stance.AGREES)
    if open_ones or not standing:
        raise HouseholdsOppose(field="outcome", count=open_ones)
