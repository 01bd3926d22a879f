"""Matters recorded for others with a slip, brought back from visits, handed in by partner systems; needs classified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.territory.models import Tier
from consultation.matters import operations as matters_room
from consultation.matters.intake.models import MatterIntake, MatterSlip, NeedField, Visit, VisitKind
from consultation.matters.intake.policy import LONGEST_FINDINGS, MOST_NEEDS, new_code
from consultation.matters.intake.recording import Origin, check_origin, fill_missing_intakes, known_actor
from consultation.matters.models import Matter, MatterChannel, MatterKind
from consultation.matters.operations import MatterNotYours, PlaceTakesNoMatters, ReferenceRepeated
from consultation.matters.policy import LONGEST_NAME, LONGEST_PLACE, fitting
from governance.accounts.queries import require
from governance.accounts.secrets import keyed_hash
from governance.audit import operations as audit
from governance.errors import Invalid, NotNow
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    import datetime as dt

    from communities.people.models import Resident
    from communities.territory.models import Division
    from governance.accounts.models import User


class SlipNotNeeded(NotNow):
    """Whoever raised a matter on the pages follows it there."""

    code = "slip_not_needed"
    message = _("This matter was raised by somebody with a log-in, who follows it on the pages.")


class NeedsMissing(Invalid):
    """A visit without needs is recorded with what was found."""

    code = "needs_missing"
    message = _("Write down at least one need, or what was found.")


class TooManyNeeds(Invalid):
    """One visit brings back a handful of needs."""

    code = "too_many_needs"
    message = _("One visit can bring back at most %(limit)s needs.")


class NeedRefused(Invalid):
    """One of several needs is not fit; it says which."""

    code = "need_refused"
    message = _("Need %(number)s: %(reason)s")


class VisitInTheFuture(Invalid):
    """A visit is recorded after it was made."""

    code = "visit_in_the_future"
    message = _("This day has not come yet. A visit is recorded after it was made.")


class ChoiceUnknown(Invalid):
    """A choice is one of those offered."""

    code = "choice_unknown"
    message = _("Please choose one of: %(choices)s.")


def record_matter(
    *, by: User, now: dt.datetime, division: Division, given: Mapping[str, Any]
) -> tuple[Matter, MatterSlip]:
    """Record a matter for somebody without a log-in, and make the slip under which they follow it.

    `given` is what `consultation.matters.operations.raise_matter` takes. Both names stay on the matter: of the person
    (`raised_for`) and of who recorded it.

    Raises:
        What `raise_matter` raises.
    """
    with transaction.atomic():
        matter = matters_room.raise_matter(by=by, now=now, division=division, **given)
        return matter, _slip(matter, by, now)


def issue_slip(*, by: User, now: dt.datetime, matter: Matter) -> MatterSlip:
    """Make a slip for a matter, in the place of the one that was lost: that opens nothing from now on.

    Raises:
        NotAllowed: `by` neither handles nor recorded the matter.
        SlipNotNeeded: the person follows it with a log-in.
    """
    require(by, "consultation.print_slip", matter)
    if matter.raised_by_id is not None:
        raise SlipNotNeeded
    with transaction.atomic():
        row = Matter.objects.select_for_update(of=("self",)).get(pk=matter.pk)
        row.slips.filter(revoked_at=None).update(revoked_at=now)
        return _slip(row, by, now)


def _slip(matter: Matter, by: User, now: dt.datetime) -> MatterSlip:
    """Insert a slip; its code is encrypted at rest and found by its keyed hash only."""
    code = new_code()
    slip = MatterSlip.objects.create(matter=matter, code=code, code_hash=keyed_hash(code), issued_at=now, issued_by=by)
    known = known_actor(matter, by)
    audit.record(by=known, verb="consultation.matter.slip_issued", row=matter, now=now, after={"slip": slip.pk})
    return slip


def receive_matter(
    *, by: User, now: dt.datetime, division: Division, external_reference: str, given: Mapping[str, Any]
) -> tuple[Matter, bool]:
    """Take in what a partner system hands in, and tell whether it is new: the same case again is the first one again.

    Raises:
        ReferenceRepeated: the reference was used for another case.
        What `raise_matter` raises.
    """
    reference = external_reference.strip()
    if reference:
        with transaction.atomic():
            with connection.cursor() as cursor:  # the same case sent twice at once
                cursor.execute(
                    "SELECT pg_advisory_xact_lock(hashtext('consultation.matter.reference'), hashtext(%s))",
                    [f"{by.pk}:{reference}"],
                )
            known = Matter.objects.filter(recorded_by=by, external_reference=reference).first()
            if known is None:
                made = matters_room.raise_matter(
                    by=by,
                    now=now,
                    division=division,
                    channel=MatterChannel.API,
                    external_reference=reference,
                    **given,
                )
                return made, True
        if _is_the_same(known, division, given):
            return known, False
        raise ReferenceRepeated(field="external_reference", reference=reference)
    made = matters_room.raise_matter(by=by, now=now, division=division, channel=MatterChannel.API, **given)
    return made, True


def _is_the_same(known: Matter, division: Division, given: Mapping[str, Any]) -> bool:
    """Tell whether a case that was handed in before says the same."""
    said = {name: str(given.get(name, "")).replace("\r\n", "\n").strip() for name in ("title", "text", "place")}
    kept = {name: getattr(known, name) for name in said}
    return (
        said == kept
        and division.pk == known.division_id
        and str(given.get("raised_for", "")).strip() == known.raised_for
        and str(given.get("contact", "")).strip() == known.contact
        and len(given.get("photos", ())) == known.photos.count()
    )


def record_visit(
    *,
    by: User,
    now: dt.datetime,
    today: dt.date,
    division: Division,
    kind: str,
    visited_on: dt.date,
    person_name: str,
    needs: Sequence[Mapping[str, Any]],
    resident: Resident | None = None,
    address: str = "",
    companion: str = "",
    findings: str = "",
    contact: str = "",
    is_hardship: bool = False,
) -> tuple[Visit, list[tuple[Matter, MatterSlip]]]:
    """Record a visit with the needs that it brought back, each a matter with its slip; all of it or nothing.

    Each need holds title and text, and kind, place, need_field and photos where there are any.

    Raises:
        MatterNotYours, PlaceTakesNoMatters, VisitInTheFuture, ChoiceUnknown, ResidentFromElsewhere: not so.
        NeedsMissing, TooManyNeeds, NeedRefused, WordsMissing, WordsTooLong, PersonalNumbersFound: the words.
    Basis: report S2: visits, visits to households and questionnaires.
    """
    if not by.has_perm("consultation.record_visit", division):
        raise MatterNotYours
    if division.tier != Tier.COMMUNITY or not division.is_open:
        raise PlaceTakesNoMatters(field="division", place=division)
    _check_visit(kind, visited_on, today, needs, findings)
    check_origin(division, Origin(resident=resident))
    visit = Visit(
        division=division,
        kind=kind,
        visited_on=visited_on,
        resident=resident,
        person_name=fitting("person_name", person_name, LONGEST_NAME),
        address=fitting("address", address, LONGEST_PLACE, is_required=False),
        companion=fitting("companion", companion, LONGEST_NAME, is_required=False),
        findings=fitting("findings", findings, LONGEST_FINDINGS, is_required=False),
        recorded_at=now,
        recorded_by=by,
    )
    refuse_personal_numbers(address=visit.address, findings=visit.findings)
    with transaction.atomic():
        visit.full_clean()
        visit.save()
        audit.record(
            by=by,
            verb="consultation.visit.recorded",
            row=visit,
            now=now,
            after={"division": division.pk, "kind": kind, "needs": len(needs)},
        )
        outbox.emit(by=by, topic="consultation.visit.recorded", row=visit, now=now, payload={"needs": len(needs)})
        made = [
            _need(number, need, visit, by, now, contact=contact, is_hardship=is_hardship)
            for number, need in enumerate(needs, start=1)
        ]
    return visit, made


def _check_visit(
    kind: str, visited_on: dt.date, today: dt.date, needs: Sequence[Mapping[str, Any]], findings: str
) -> None:
    if kind not in VisitKind.values:
        raise ChoiceUnknown(field="kind", choices=", ".join(map(str, VisitKind.labels)))
    if visited_on > today:
        raise VisitInTheFuture(field="visited_on")
    if not needs and not findings.strip():
        raise NeedsMissing(field="needs")
    if len(needs) > MOST_NEEDS:
        raise TooManyNeeds(field="needs", limit=MOST_NEEDS)


def _need(
    number: int, need: Mapping[str, Any], visit: Visit, by: User, now: dt.datetime, *, contact: str, is_hardship: bool
) -> tuple[Matter, MatterSlip]:
    """Raise one need of a visit; a refusal says which of them it was."""
    try:
        return record_matter(
            by=by,
            now=now,
            division=visit.division,
            given={
                "channel": MatterChannel.VISIT,
                "title": need["title"],
                "text": need["text"],
                "kind": need.get("kind", MatterKind.NEED),
                "place": need.get("place") or visit.address,
                "raised_for": visit.person_name,
                "contact": contact,
                "photos": need.get("photos", ()),
                "origin": Origin(
                    resident=visit.resident,
                    visit=visit,
                    need_field=need.get("need_field", ""),
                    is_hardship=is_hardship,
                ),
            },
        )
    except Invalid as refusal:
        raise NeedRefused(field="needs", number=number, reason=str(refusal)) from refusal


def classify_need(
    *, by: User, now: dt.datetime, matter: Matter, need_field: str, is_common: bool, is_hardship: bool
) -> MatterIntake:
    """Say what a matter is about, whether many share it, and whether it comes from a household in hardship.

    Raises:
        NotAllowed: `by` does not handle matters there.
        ChoiceUnknown: there is no such field.
    Basis: report S2: needs are gathered, sorted and passed on behind the counter.
    """
    require(by, "consultation.classify_matter", matter)
    if need_field not in NeedField.values:
        raise ChoiceUnknown(field="need_field", choices=", ".join(map(str, NeedField.labels)))
    with transaction.atomic():
        fill_missing_intakes(matters=[matter])
        row = MatterIntake.objects.select_for_update(of=("self",)).select_related("matter__division").get(pk=matter.pk)
        before = {"need_field": row.need_field, "is_common": row.is_common, "is_hardship": row.is_hardship}
        row.need_field, row.is_common, row.is_hardship = need_field, is_common, is_hardship
        row.classified_at, row.classified_by = now, by
        row.save(update_fields=[*before, "classified_at", "classified_by"])
        audit.record(
            by=by,
            verb="consultation.matter.classified",
            row=row.matter,
            now=now,
            before=before,
            after={name: getattr(row, name) for name in before},
        )
        return row
