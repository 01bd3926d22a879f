"""Posts given and ended; residents claimed, confirmed, moved; personal data revealed with a reason."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from communities.people.models import DESK_ROLES, TIERS, Post, Resident, Role
from communities.people.policy import is_rounded_identity, read_identity
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Tier
from governance.accounts.masking import mask_identity, mask_name, mask_phone
from governance.accounts.models import UserKind
from governance.accounts.secrets import keyed_hash
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotAllowed, NotNow
from governance.lifecycle import ReasonMissing
from governance.outbox import operations as outbox

if TYPE_CHECKING:
    from communities.territory.models import Division
    from governance.accounts.models import User


class AppointmentNotYours(NotAllowed):
    """The post lies outside what the appointing person's own posts reach."""

    code = "appointment_not_yours"
    message = _("You may not fill or end this post.")


class AppointsOneself(NotAllowed):
    """Nobody gives a post to himself (Basis: separation of duties)."""

    code = "appoints_oneself"
    message = _("Nobody can appoint himself. Ask another person who is responsible for this place.")


class RoleNotAtTier(Invalid):
    """The post does not exist on this tier of the tree."""

    code = "role_not_at_tier"
    message = _("The post “%(role)s” does not exist in “%(place)s”.")


class NotAnOfficial(Invalid):
    """Work at the desk needs a staff log-in."""

    code = "not_an_official"
    message = _("The post “%(role)s” needs a staff log-in.")


class PlaceClosed(NotNow):
    """A closed division takes no new posts and residents."""

    code = "place_closed"
    message = _("“%(place)s” is closed.")


class PostAlreadyHeld(Conflict):
    """The same person holds the same post there."""

    code = "post_already_held"
    message = _("This person already holds this post.")


class PostEnded(NotNow):
    """The post has an end."""

    code = "post_ended"
    message = _("This post has already been ended on %(on)s.")


class EndBeforeStart(Invalid):
    """A post is held for at least a day, and not taken back for days that are over."""

    code = "end_before_start"
    message = _("The end must be %(earliest)s or later.")


class NotAResident(NotAllowed):
    """A partner system and the clock live nowhere."""

    code = "not_a_resident"
    message = _("Only people can register as residents.")


class NotACommunity(Invalid):
    """People live in communities, not in streets or districts."""

    code = "not_a_community"
    message = _("“%(place)s” is not a community. Choose the community you live in.")


class AlreadyRegistered(Conflict):
    """One person lives in one place."""

    code = "already_registered"
    message = _("You are already registered as a resident. Report that you have moved away first.")


class IdentityTaken(Conflict):
    """Two registrations carry the same identity number."""

    code = "identity_taken"
    message = _("This identity number is already registered. Please ask your community office.")


class IdentityWrong(Invalid):
    """Length, date or check digit of the identity number are wrong (Basis: GB 11643-1999)."""

    code = "identity_wrong"
    message = _("This is not a valid identity number. Please check all 18 signs.")


class IdentityRounded(IdentityWrong):
    """A spreadsheet kept the number as a number and has rounded its last digits away."""

    code = "identity_rounded"
    message = _(
        "A spreadsheet has rounded this identity number: its last digits are lost. "
        "Format the column as text and enter all 18 signs again."
    )


class BirthDateWrong(Invalid):
    """The date of birth is not the one in the identity number, or lies in the future."""

    code = "birth_date_wrong"
    message = _("The date of birth does not agree with the identity number.")


class BornInTheFuture(Invalid):
    """Nobody is born tomorrow."""

    code = "born_in_the_future"
    message = _("The date of birth lies in the future.")


class ConfirmationNotYours(NotAllowed):
    """Residents are confirmed by staff of their community, who neither are them nor entered them."""

    code = "confirmation_not_yours"
    message = _("A resident is confirmed by staff of the community who did not enter the registration.")


class AlreadyConfirmed(NotNow):
    """The registration has been confirmed."""

    code = "already_confirmed"
    message = _("This registration has already been confirmed.")


class MovedAway(NotNow):
    """The person lives here no longer."""

    code = "moved_away"
    message = _("This person moved away on %(on)s.")


class NothingToReveal(NotNow):
    """There is no such number."""

    code = "nothing_to_reveal"
    message = _("No such number is recorded for this person.")


def create_post(
    *,
    by: User,
    now: dt.datetime,
    user: User,
    role: str,
    division: Division,
    valid_from: dt.date,
    valid_to: dt.date | None = None,
    title: str = "",
) -> Post:
    """Give a user a post in a division from a day on.

    The district's lead department fills every post of its district, a street reviewer the community posts of its
    street, the system the first posts of an installation.

    Raises:
        AppointsOneself, AppointmentNotYours: `by` may not fill the post.
        RoleNotAtTier, NotAnOfficial, PlaceClosed: the post cannot be held there or by this user.
        PostAlreadyHeld: the user holds it.
    Basis: separation of duties.
    """
    post = Post(
        user=user,
        role=role,
        division=division,
        title=title,
        valid_from=valid_from,
        valid_to=valid_to,
        appointed_by=by,
        appointed_at=now,
    )
    if by.pk == user.pk:
        raise AppointsOneself
    _check_post(post)
    if not by.has_perm("communities.appoint", post):
        raise AppointmentNotYours
    with transaction.atomic():
        _save_post(post)
        audit.record(
            by=by, verb="communities.post.created", row=post, now=now, after=_shown(post), basis="Rule of this platform"
        )
        outbox.emit(by=by, topic="communities.post.created", row=post, now=now, payload={"role": role})
    return post


def _check_post(post: Post) -> None:
    if post.role not in Role.values:
        raise Invalid(field="role")
    names = {"role": post.get_role_display(), "place": post.division}
    if post.division.tier not in TIERS[Role(post.role)]:
        raise RoleNotAtTier(field="role", **names)
    if post.role in DESK_ROLES and post.user.kind not in {UserKind.STAFF, UserKind.SERVICE}:
        raise NotAnOfficial(field="user", **names)
    if post.division.status == DivisionStatus.CLOSED:
        raise PlaceClosed(field="division", **names)


def _save_post(post: Post) -> None:
    """Save the row; the constraint says whether the same post is held already."""
    post.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            post.validate_constraints(exclude={"user", "role", "division"})
            post.save()
    except IntegrityError as error:
        if "post_held_once" not in str(error):
            raise
        raise PostAlreadyHeld from error


def _shown(post: Post) -> dict[str, object]:
    return {
        "role": post.role,
        "division": post.division_id,
        "valid_from": post.valid_from,
        "valid_to": post.valid_to,
    }


def end_post(*, by: User, now: dt.datetime, post: Post, on: dt.date, reason: str) -> Post:
    """End a post: its rights hold until the day before `on`.

    Raises:
        AppointmentNotYours: `by` may not end the post.
        ReasonMissing: no reason is given.
        PostEnded: an end is set already that comes no later.
        EndBeforeStart: the end lies before today or on the first day.
    """
    with transaction.atomic():
        row = Post.objects.select_for_update(of=("self",)).select_related("division", "user").get(pk=post.pk)
        if not by.has_perm("communities.appoint", row):
            raise AppointmentNotYours
        if not reason.strip():
            raise ReasonMissing(field="reason")
        if row.valid_to is not None and row.valid_to <= on:
            raise PostEnded(on=row.valid_to)
        earliest = max(row.valid_from + dt.timedelta(days=1), timezone.localdate(now))
        if on < earliest:
            raise EndBeforeStart(field="on", earliest=earliest)
        before = row.valid_to
        row.valid_to = on
        row.save(update_fields=["valid_to"])
        audit.record(
            by=by,
            verb="communities.post.ended",
            row=row,
            now=now,
            before={"valid_to": before},
            after={"valid_to": on},
            reason=reason,
        )
        outbox.emit(by=by, topic="communities.post.ended", row=row, now=now, payload={"role": row.role})
        return row


def register_resident(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    name: str,
    identity_number: str = "",
    birth_on: dt.date | None = None,
    address: str = "",
) -> Resident:
    """Claim to live in a community; counts when its staff have confirmed it.

    Raises:
        NotAResident: `by` is no person.
        NotACommunity, PlaceClosed: nobody lives there.
        IdentityWrong, IdentityRounded, BirthDateWrong, BornInTheFuture: the personal data cannot be right.
        AlreadyRegistered, IdentityTaken: somebody lives somewhere already.
    """
    if by.kind not in {UserKind.RESIDENT, UserKind.STAFF}:
        raise NotAResident
    row = Resident(user=by, division=division, name=name, birth_on=birth_on, address=address)
    return _register(row, identity_number, by, now)


def enter_resident(
    *,
    by: User,
    now: dt.datetime,
    division: Division,
    name: str,
    identity_number: str = "",
    birth_on: dt.date | None = None,
    address: str = "",
) -> Resident:
    """Enter a resident who has no log-in; a colleague confirms it (Basis: rule of this platform for people without phones).

    Raises:
        NotAllowed: `by` is not staff of the community.
        and as `register_resident`.
    """
    if not by.has_perm("communities.enter_resident", division):
        raise NotAllowed
    row = Resident(division=division, name=name, birth_on=birth_on, address=address)
    return _register(row, identity_number, by, now)


def _register(row: Resident, identity_number: str, by: User, now: dt.datetime) -> Resident:
    if row.division.tier != Tier.COMMUNITY:
        raise NotACommunity(field="division", place=row.division)
    if row.division.status == DivisionStatus.CLOSED:
        raise PlaceClosed(field="division", place=row.division)
    _take_identity(row, identity_number)
    if row.birth_on and row.birth_on > timezone.localdate(now):
        raise BornInTheFuture(field="birth_on")
    row.registered_at, row.registered_by = now, by
    with transaction.atomic():
        _save_resident(row)
        audit.record(
            by=by,
            verb="communities.resident.registered",
            row=row,
            now=now,
            after={
                "division": row.division_id,
                "name": mask_name(row.name),
                "identity_number": mask_identity(row.identity_number),
            },
        )
        outbox.emit(
            by=by,
            topic="communities.resident.registered",
            row=row,
            now=now,
            payload={"division": row.division_id},
        )
    return row


def _take_identity(row: Resident, text: str) -> None:
    """Read the identity number into the row, with its hash and the date of birth that it carries."""
    if not text.strip():
        return
    try:
        row.identity_number, born_on = read_identity(text)
    except ValueError as error:
        kind = IdentityRounded if is_rounded_identity(text) else IdentityWrong
        raise kind(field="identity_number") from error
    if row.birth_on is not None and row.birth_on != born_on:
        raise BirthDateWrong(field="birth_on")
    row.birth_on, row.identity_hash = born_on, keyed_hash(row.identity_number)


def _save_resident(row: Resident) -> None:
    row.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        if "resident_lives_in_one_place" in str(error):
            raise AlreadyRegistered from error
        if "resident_identity_is_unique" in str(error):
            raise IdentityTaken(field="identity_number") from error
        raise


def confirm_resident(*, by: User, now: dt.datetime, resident: Resident) -> Resident:
    """Confirm that a person lives in the community; from now on the person stands on rolls.

    Raises:
        ConfirmationNotYours: `by` is not staff of this community, is the person, or entered the registration.
        AlreadyConfirmed, MovedAway: there is nothing to confirm.
    """
    with transaction.atomic():
        row = _locked(resident)
        if not by.has_perm("communities.confirm_resident", row) or by.pk in {row.user_id, row.registered_by_id}:
            raise ConfirmationNotYours
        if row.left_on is not None:
            raise MovedAway(on=row.left_on)
        if row.confirmed_at is not None:
            raise AlreadyConfirmed
        row.confirmed_at, row.confirmed_by = now, by
        row.save(update_fields=["confirmed_at", "confirmed_by"])
        audit.record(
            by=by,
            verb="communities.resident.confirmed",
            row=row,
            now=now,
            before={"confirmed": False},
            after={"confirmed": True},
        )
        outbox.emit(
            by=by, topic="communities.resident.confirmed", row=row, now=now, payload={"division": row.division_id}
        )
        return row


def move_away(*, by: User, now: dt.datetime, resident: Resident, on: dt.date) -> Resident:
    """Record that a person has left the community; rolls made from that day on no longer name them.

    Raises:
        NotAllowed: `by` is neither the person nor staff of the community.
        MovedAway: it is recorded already.
        EndBeforeStart: the day lies before the registration.
    """
    with transaction.atomic():
        row = _locked(resident)
        if not by.has_perm("communities.move_resident_away", row):
            raise NotAllowed
        if row.left_on is not None:
            raise MovedAway(on=row.left_on)
        earliest = timezone.localdate(row.registered_at)
        if on < earliest:
            raise EndBeforeStart(field="on", earliest=earliest)
        row.left_on = on
        row.save(update_fields=["left_on"])
        audit.record(by=by, verb="communities.resident.moved_away", row=row, now=now, after={"left_on": on})
        outbox.emit(
            by=by, topic="communities.resident.moved_away", row=row, now=now, payload={"division": row.division_id}
        )
        return row


def _locked(resident: Resident) -> Resident:
    return Resident.objects.select_for_update(of=("self",)).select_related("division").get(pk=resident.pk)


def reveal_identity(*, by: User, now: dt.datetime, resident: Resident, reason: str) -> str:
    """Return the full identity number; that it was seen, by whom and why stays in the audit trail.

    Raises:
        NotAllowed: `by` does not keep the register of this place.
        ReasonMissing: no reason is given.
        NothingToReveal: none is recorded.
    Basis: Personal Information Protection Law art. 6, 51.
    """
    number = str(resident.identity_number)
    _record_look(by, now, resident, reason, {"identity_number": mask_identity(number)})
    return number


def reveal_phone(*, by: User, now: dt.datetime, resident: Resident, reason: str) -> str:
    """Return the full phone number of a resident with a log-in; recorded as `reveal_identity` is.

    Raises:
        NotAllowed, ReasonMissing, NothingToReveal: as there.
    """
    phone = resident.user.phone if resident.user else ""
    _record_look(by, now, resident, reason, {"phone": mask_phone(phone)})
    return phone


def _record_look(by: User, now: dt.datetime, row: Resident, reason: str, masked: dict[str, str]) -> None:
    if not by.has_perm("communities.reveal_identity", row):
        raise NotAllowed
    if not reason.strip():
        raise ReasonMissing(field="reason")
    if not any(masked.values()):
        raise NothingToReveal
    with transaction.atomic():
        audit.record(by=by, verb="communities.resident.revealed", row=row, now=now, after=masked, reason=reason)
