"""Setting up incubators in their tiers, changing what is known of them, closing them; their rooms and desks."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.territory.models import Division, Tier
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow, Stale
from governance.lifecycle import ReasonMissing
from socialorgs.incubation.models import SHELL_VALUES, UNDER_WAY, Incubator, IncubatorPlace, IncubatorTier
from socialorgs.register.models import SocialOrganization
from socialorgs.register.queries import require_good_standing

if TYPE_CHECKING:
    from governance.accounts.models import User

TIERS = {
    IncubatorTier.CORE: Tier.DISTRICT,
    IncubatorTier.STREET: Tier.STREET,
    IncubatorTier.COMMUNITY: Tier.COMMUNITY,
}


FIXED = ("tier", "division")
"""What an incubator was set up as; another place or tier is another incubator."""


class IncubatorMisplaced(Invalid):
    """The core belongs to a district, a site to a street or community below its core."""

    code = "incubator_misplaced"
    message = _("%(place)s is no place for such an incubator, or it does not lie below that of “site of”.")


class IncubatorNameTaken(Conflict):
    """Another incubator bears the name, or the district has a core."""

    code = "incubator_taken"
    message = _("There is already an incubator of this name, or a core of this district.")


class IncubatorFixed(Invalid):
    """Place and tier stay; another place or tier is another incubator."""

    code = "incubator_fixed"
    message = _("The place and the tier of an incubator stay as they are. Close it and enter another one.")


class RunUnderContract(NotNow):
    """Who runs an incubator under a contract that holds follows from the contract."""

    code = "incubator_run_under_contract"
    message = _("Contract %(number)s says who runs it until %(day)s. End the contract first.")


class IncubatorInUse(NotNow):
    """An incubator is closed when nobody is in it or waits, and nothing hangs on it."""

    code = "incubator_in_use"
    message = _(
        "%(stays)s stays or applications are under way here, and %(sites)s sites belong to it. End these first."
    )


class IncubatorGone(NotNow):
    """An incubator is closed once, and then nothing of it is changed."""

    code = "incubator_gone"
    message = _("“%(incubator)s” was closed on %(day)s.")


class PlaceKnown(Conflict):
    """A room or desk has one label."""

    code = "incubator_place_known"
    message = _("“%(label)s” is already a place of this incubator.")


class PlaceInUse(NotNow):
    """A place is closed when nobody is in it."""

    code = "incubator_place_in_use"
    message = _("“%(label)s” is in use.")


@dataclass(frozen=True, slots=True)
class Site:
    """What is entered of an incubator."""

    name: str
    tier: str
    division: Division
    services: str
    opened_on: dt.date
    parent: Incubator | None = None
    operator: SocialOrganization | None = None
    contract_number: str = ""
    floor_area: int | None = None

    @classmethod
    def of(cls, row: Incubator, **changes: Any) -> Site:
        """Return what is known of an incubator, with some of it changed."""
        return cls(**{**{column.name: getattr(row, column.name) for column in fields(cls)}, **changes})


def _check(site: Site, row: Incubator | None = None) -> None:
    """Refuse a site that hangs on nothing above it, or lies elsewhere."""
    parent = site.parent
    fits = site.division.tier == TIERS[IncubatorTier(site.tier)]
    if site.tier == IncubatorTier.CORE:
        fits = fits and parent is None
    else:
        fits = fits and parent is not None and parent.tier not in (site.tier, IncubatorTier.COMMUNITY)
        fits = fits and parent is not None and site.division.path.startswith(parent.division.path)
        fits = fits and parent is not None and (parent.closed_on is None or parent == getattr(row, "parent", None))
    if not fits:
        raise IncubatorMisplaced(field="parent" if row is not None else "division", place=site.division.name)
    refuse_personal_numbers(name=site.name, services=site.services)


def _write(row: Incubator, site: Site) -> None:
    """Take over what was entered; a name that is taken is said in words."""
    row.name, row.services, row.contract_number = site.name.strip(), site.services.strip(), site.contract_number.strip()
    row.parent, row.operator, row.floor_area, row.opened_on = (
        site.parent,
        site.operator,
        site.floor_area,
        site.opened_on,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise IncubatorNameTaken(field="name") from error


@transaction.atomic
def open_incubator(*, by: User, now: dt.datetime, site: Site) -> Incubator:
    """Enter an incubator: the core of a district, or a site of a street or community below it.

    Raises:
        NotAllowed: not of the district.
        IncubatorMisplaced: the place does not fit the tier, or does not lie below that of the upper one.
        IncubatorNameTaken: the name, or the core of the district, is taken.
        OrganizationHindered: who runs it may take part in nothing.
        PersonalNumbersFound.
    Basis: report on three tiers of incubation.
    """
    require(by, "socialorgs.manage_incubator", site.division)
    _check(site)
    if site.operator is not None:
        require_good_standing(site.operator, timezone.localdate(now))
    row = Incubator(tier=site.tier, division=site.division, entered_at=now, entered_by=by)
    _write(row, site)
    audit.record(by=by, verb="socialorgs.incubator.opened", row=row, now=now, after={"tier": row.tier})
    return row


def locked_incubator(incubator: Incubator) -> Incubator:
    """Return the incubator as it is now, held against others and not closed; one query.

    Raises:
        IncubatorGone: it is closed.
    """
    rows = Incubator.objects.select_for_update(of=("self",)).select_related("division", "parent__division", "operator")
    row = rows.get(pk=incubator.pk)
    if row.closed_on is not None:
        raise IncubatorGone(incubator=row.name, day=row.closed_on)
    return row


def edit_incubator(*, by: User, now: dt.datetime, incubator: Incubator, site: Site, version: str = "") -> Incubator:
    """Change what is known of an incubator; place and tier stay, and who runs it while a contract says so.

    `version` is that of the row when it was read, empty to skip the comparison.

    Raises:
        NotAllowed: not of the district.
        Stale: somebody else has changed it since.
        IncubatorGone, IncubatorFixed, RunUnderContract.
        IncubatorMisplaced, IncubatorNameTaken, OrganizationHindered, PersonalNumbersFound: as for `open_incubator`.
    """
    require(by, "socialorgs.manage_incubator", incubator)
    today = timezone.localdate(now)
    with transaction.atomic():
        row = locked_incubator(incubator)
        if version and version != row.version:
            raise Stale
        if any(getattr(site, name) != getattr(row, name) for name in FIXED):
            raise IncubatorFixed(field="tier" if site.tier != row.tier else "division")
        if (site.operator, site.contract_number.strip()) != (row.operator, row.contract_number):
            held = row.contracts.filter(starts_on__lte=today, ends_on__gt=today).first()
            if held is not None:
                raise RunUnderContract(field="operator", number=held.number, day=held.ends_on)
        _check(site, row)
        if site.operator is not None and site.operator != row.operator:
            require_good_standing(site.operator, today)
        before = _told(row)
        _write(row, site)
        after = _told(row)
        if changed := {name for name in after if after[name] != before[name]}:
            audit.record(
                by=by,
                verb="socialorgs.incubator.edited",
                row=row,
                now=now,
                before={name: before[name] for name in changed},
                after={name: after[name] for name in changed},
            )
        return row


def _told(row: Incubator) -> dict[str, Any]:
    """Return what the trail keeps of an incubator: rows by their keys."""
    plain = ("name", "parent_id", "operator_id", "contract_number", "floor_area", "services", "opened_on")
    return {name: getattr(row, name) for name in plain}


def close_incubator(*, by: User, now: dt.datetime, incubator: Incubator, reason: str) -> Incubator:
    """Close an incubator in which nobody is or waits and on which no site hangs; its stays can be read for ever.

    Raises:
        NotAllowed: not of the district.
        ReasonMissing, IncubatorGone, IncubatorInUse.
    """
    require(by, "socialorgs.manage_incubator", incubator)
    if not reason.strip():
        raise ReasonMissing(field="reason")
    with transaction.atomic():
        row = locked_incubator(incubator)
        stays = row.stays.filter(status__in=UNDER_WAY).count()
        sites = row.sites.filter(closed_on=None).count()
        if stays or sites:
            raise IncubatorInUse(stays=stays, sites=sites)
        row.closed_on = max(timezone.localdate(now), row.opened_on)
        row.save(update_fields=["closed_on"])
        after = {"closed_on": row.closed_on}
        audit.record(by=by, verb="socialorgs.incubator.closed", row=row, now=now, after=after, reason=reason)
        return row


# --- Rooms and desks -------------------------------------------------------------------------------------------------


@transaction.atomic
def add_place(*, by: User, now: dt.datetime, incubator: Incubator, label: str) -> IncubatorPlace:
    """Add a room or desk that can be given.

    Raises:
        NotAllowed: not of the district.
        IncubatorGone: the incubator is closed.
        PlaceKnown: the incubator has one of this label.
    """
    require(by, "socialorgs.manage_incubator", incubator)
    row = IncubatorPlace(incubator=locked_incubator(incubator), label=label.strip())
    _write_place(row)
    audit.record(by=by, verb="socialorgs.incubator.place_added", row=incubator, now=now, after={"label": row.label})
    return row


def _write_place(row: IncubatorPlace) -> None:
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        raise PlaceKnown(field="label", label=row.label) from error


def edit_place(
    *, by: User, now: dt.datetime, place: IncubatorPlace, label: str, is_open: bool, version: str = ""
) -> IncubatorPlace:
    """Give a room or desk another label, take it out of use, or back into use.

    `version` is that of the row when it was read, empty to skip the comparison.

    Raises:
        NotAllowed: not of the district.
        Stale: somebody else has changed it since.
        PlaceInUse: somebody is in it; then it stays in use.
        PlaceKnown, IncubatorGone.
    """
    require(by, "socialorgs.manage_incubator", place)
    with transaction.atomic():
        home = locked_incubator(place.incubator)
        row = IncubatorPlace.objects.select_for_update().get(pk=place.pk)
        if version and version != row.version:
            raise Stale
        if row.is_open and not is_open and row.stays.filter(status__in=SHELL_VALUES).exists():
            raise PlaceInUse(field="is_open", label=row.label)
        before = {"label": row.label, "is_open": row.is_open}
        row.label, row.is_open = label.strip(), is_open
        _write_place(row)
        after = {"label": row.label, "is_open": row.is_open}
        if after != before:
            verb = "socialorgs.incubator.place_edited"
            audit.record(by=by, verb=verb, row=home, now=now, before=before, after=after)
        return row
