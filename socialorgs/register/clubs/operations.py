"""Proposing, joining and leading clubs; what they do; how one asks to be filed."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from communities.people.policy import refuse_personal_numbers
from communities.territory.lifecycle import DivisionStatus
from communities.territory.models import Division, Tier
from governance import lifecycle
from governance.accounts.queries import require
from governance.audit import operations as audit
from governance.errors import Conflict, Invalid, NotNow
from socialorgs.register.clubs.lifecycle import ClubStatus
from socialorgs.register.clubs.models import Club, ClubActivity, ClubMember
from socialorgs.register.filing import operations as filing
from socialorgs.register.filing.lifecycle import FilingStatus
from socialorgs.register.filing.operations import Described
from socialorgs.register.housing import check_venue
from socialorgs.register.refusals import RegisterPlaceClosed

if TYPE_CHECKING:
    from communities.venues.models import Venue
    from governance.accounts.models import User
    from socialorgs.register.filing.models import Filing

FAILED = (FilingStatus.REFUSED, FilingStatus.WITHDRAWN)


class ClubElsewhere(Invalid):
    """A club belongs to a community."""

    code = "club_not_in_a_community"
    message = _("A club meets in a community; %(place)s is none.")


class ClubNameTaken(Conflict):
    """Another club of the community bears the name."""

    code = "club_name_taken"
    message = _("There is already a club “%(name)s” in this community.")


class ConsentMissing(Invalid):
    """Nobody stands on a list without having agreed to it."""

    code = "club_consent_missing"
    message = _("You join only if you agree to be kept on the list of members.")


class ClubNotOpen(NotNow):
    """Only a club that is open takes people in and does something."""

    code = "club_not_open"
    message = _("“%(club)s” is not open.")


class ClubFull(NotNow):
    """No more join than there is room for."""

    code = "club_full"
    message = _("“%(club)s” is full: it has room for %(most)s.")


class AlreadyJoined(Conflict):
    """Everybody joins once."""

    code = "club_already_joined"
    message = _("You have already joined “%(club)s”.")


class NotJoined(NotNow):
    """Only a member leaves, or agrees to be named."""

    code = "club_not_joined"
    message = _("You are no member of “%(club)s”.")


class EventPast(Invalid):
    """What is announced is still to come."""

    code = "club_event_past"
    message = _("An event is announced before it begins.")


class EventTaken(Conflict):
    """One event at a time."""

    code = "club_event_taken"
    message = _("The club already does something at this time.")


class EventUntold(NotNow):
    """An event is told once, after it has begun."""

    code = "club_event_not_to_be_told"
    message = _("An event is told once, after it has begun.")


class FilingUnderWay(Conflict):
    """A club asks once to be filed."""

    code = "club_filing_under_way"
    message = _("The club has already asked to be filed.")


@dataclass(frozen=True, slots=True)
class Idea:
    """What a club is to be."""

    name: str
    kind: str
    purpose: str
    place: str
    meets: str
    most_members: int | None = None
    venue: Venue | None = None


def propose_club(*, by: User, now: dt.datetime, division: Division, idea: Idea) -> Club:
    """Propose a club, which its founder leads; the community opens it.

    Raises:
        NotAllowed: not signed in.
        ClubElsewhere, RegisterPlaceClosed, ClubNameTaken, PersonalNumbersFound.
        VenueElsewhere: the venue is of another place, or was given up.
    """
    require(by, "socialorgs.propose_club", division)
    if division.tier != Tier.COMMUNITY:
        raise ClubElsewhere(field="division", place=division.name)
    if division.status != DivisionStatus.ACTIVE:
        raise RegisterPlaceClosed(field="division", place=division.name)
    texts = {key: getattr(idea, key).strip() for key in ("name", "purpose", "place", "meets")}
    refuse_personal_numbers(**texts)
    check_venue(idea.venue, division)
    row = Club(
        division=division,
        kind=idea.kind,
        most_members=idea.most_members,
        venue=idea.venue,
        proposed_by=by,
        proposed_at=now,
        **texts,
    )
    row.full_clean(validate_unique=False, validate_constraints=False)
    try:
        with transaction.atomic():
            row.save()
            audit.record(by=by, verb="socialorgs.club.proposed", row=row, now=now, after={"name": row.name})
    except IntegrityError as error:
        raise ClubNameTaken(field="name", name=row.name) from error
    return row


def refuse_club(*, by: User, now: dt.datetime, club: Club, reason: str) -> Club:
    """Refuse a club that was proposed.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    return lifecycle.move(club, "refuse", by=by, now=now, reason=reason, changes={"remark": reason.strip()})


def dissolve_club(*, by: User, now: dt.datetime, club: Club, reason: str) -> Club:
    """Dissolve a club; the names of its members are forgotten.

    Raises:
        MoveForbidden, MoveClosed, ReasonMissing: as for every move.
    """
    with transaction.atomic():
        moved = lifecycle.move(club, "dissolve", by=by, now=now, reason=reason, changes={"remark": reason.strip()})
        _forget(moved, now)
        return moved


def _forget(club: Club, now: dt.datetime) -> None:
    ClubMember.objects.present().filter(club=club).update(left_at=now, may_be_named=False, name="")


def relocate_club(
    *, by: User, now: dt.datetime, club: Club, place: str, meets: str, venue: Venue | None = None
) -> Club:
    """Change where and when a club meets.

    Raises:
        NotAllowed: neither leads the club nor works in the community.
        ClubNotOpen, VenueElsewhere, PersonalNumbersFound.
    """
    refuse_personal_numbers(place=place, meets=meets)
    with transaction.atomic():
        row = _open(club)
        require(by, "socialorgs.lead_club", row)
        check_venue(venue, row.division)
        before = {"place": row.place, "venue": row.venue_id, "meets": row.meets}
        row.place, row.venue, row.meets = place.strip(), venue, meets.strip()
        row.full_clean(validate_unique=False, validate_constraints=False)
        row.save(update_fields=["place", "venue", "meets"])
        after = {"place": row.place, "venue": row.venue_id, "meets": row.meets}
        audit.record(by=by, verb="socialorgs.club.relocated", row=row, now=now, before=before, after=after)
        return row


def _open(club: Club) -> Club:
    """Return the club, locked; it is open."""
    row = Club.objects.select_for_update(of=("self",), no_key=True).select_related("division").get(pk=club.pk)
    if row.status != ClubStatus.ACTIVE:
        raise ClubNotOpen(club=row.name)
    return row


def join_club(
    *, by: User, now: dt.datetime, club: Club, name: str, agrees: bool, may_be_named: bool = False
) -> ClubMember:
    """Join a club: agreeing to stand on its list, and, apart from that, to being named when it is filed.

    Raises:
        NotAllowed: not signed in.
        ConsentMissing, ClubNotOpen, ClubFull, AlreadyJoined, PersonalNumbersFound.
    Basis: Personal Information Protection Law art. 13, 14.
    """
    require(by, "socialorgs.join_club", club)
    if not agrees:
        raise ConsentMissing(field="agrees")
    refuse_personal_numbers(name=name)
    with transaction.atomic():
        row = _open(club)
        present = row.members.present()
        if present.filter(user=by).exists():
            raise AlreadyJoined(club=row.name)
        if row.most_members is not None and present.count() >= row.most_members:
            raise ClubFull(club=row.name, most=row.most_members)
        member = ClubMember(club=row, user=by, name=name.strip(), may_be_named=may_be_named, joined_at=now)
        member.full_clean(validate_unique=False)
        member.save()
        after = {"member": member.pk, "may_be_named": may_be_named}
        audit.record(by=by, verb="socialorgs.club.joined", row=row, now=now, after=after)
        return member


def leave_club(*, by: User, now: dt.datetime, club: Club) -> ClubMember:
    """Leave a club: the consent is withdrawn and the name forgotten.

    Raises:
        NotJoined.
    Basis: Personal Information Protection Law art. 15, 47.
    """
    require(by, "socialorgs.join_club", club)
    with transaction.atomic():
        member = _own(club, by)
        member.left_at, member.may_be_named, member.name = now, False, ""
        member.save(update_fields=["left_at", "may_be_named", "name"])
        audit.record(by=by, verb="socialorgs.club.left", row=member.club, now=now, after={"member": member.pk})
        return member


def _own(club: Club, by: User) -> ClubMember:
    rows = ClubMember.objects.present().select_for_update(of=("self",)).select_related("club__division")
    member = rows.filter(club=club, user=by).first()
    if member is None:
        raise NotJoined(club=club.name)
    return member


def agree_to_be_named(*, by: User, now: dt.datetime, club: Club, may_be_named: bool) -> ClubMember:
    """Agree to being named in the filing of one's club, or take it back.

    Raises:
        NotJoined.
    """
    require(by, "socialorgs.join_club", club)
    with transaction.atomic():
        member = _own(club, by)
        before = {"may_be_named": member.may_be_named}
        member.may_be_named = may_be_named
        member.save(update_fields=["may_be_named"])
        audit.record(
            by=by,
            verb="socialorgs.club.consent_changed",
            row=member.club,
            now=now,
            before=before,
            after={"member": member.pk, "may_be_named": may_be_named},
        )
        return member


def announce_event(
    *, by: User, now: dt.datetime, club: Club, title: str, place: str, starts_at: dt.datetime
) -> ClubActivity:
    """Announce what the club will do.

    Raises:
        NotAllowed: neither leads the club nor works in the community.
        ClubNotOpen, EventPast, EventTaken, PersonalNumbersFound.
    """
    refuse_personal_numbers(title=title, place=place)
    with transaction.atomic():
        row = _open(club)
        require(by, "socialorgs.lead_club", row)
        if starts_at <= now:
            raise EventPast(field="starts_at")
        if row.events.filter(starts_at=starts_at).exists():
            raise EventTaken(field="starts_at")
        event = ClubActivity(
            club=row,
            title=title.strip(),
            place=place.strip(),
            starts_at=starts_at,
            announced_at=now,
            announced_by=by,
        )
        event.full_clean()
        event.save()
        after = {"title": event.title, "starts_at": starts_at}
        audit.record(by=by, verb="socialorgs.club.event_announced", row=row, now=now, after=after)
        return event


def tell_event(*, by: User, now: dt.datetime, event: ClubActivity, attended: int, report: str = "") -> ClubActivity:
    """Tell how many came, and what it was like.

    Raises:
        NotAllowed: neither leads the club nor works in the community.
        EventUntold: it has not begun, or was told before.
        PersonalNumbersFound.
    """
    refuse_personal_numbers(report=report)
    with transaction.atomic():
        rows = ClubActivity.objects.select_for_update(of=("self",)).select_related("club__division")
        row = rows.get(pk=event.pk)
        require(by, "socialorgs.lead_club", row)
        if row.starts_at > now or row.told_at is not None:
            raise EventUntold
        row.attended, row.report, row.told_at = attended, report.strip(), now
        row.full_clean(validate_unique=False)
        row.save(update_fields=["attended", "report", "told_at"])
        after = {"title": row.title, "attended": attended}
        audit.record(by=by, verb="socialorgs.club.event_told", row=row.club, now=now, after=after)
        return row


def file_club(*, by: User, now: dt.datetime, club: Club, described: Described) -> Filing:
    """Ask that a club be filed as a community organization; its members are those who agreed to be named.

    Raises:
        NotAllowed: neither leads the club nor works in the community.
        ClubNotOpen, FilingUnderWay.
        TooFewMembers, FilingNameTaken …: as for `filing.operations.submit_filing`.
    Basis: Opinions on Cultivating Community Social Organizations.
    """
    with transaction.atomic():
        row = _open(club)
        require(by, "socialorgs.lead_club", row)
        if row.filing is not None and row.filing.status not in FAILED:
            raise FilingUnderWay
        names = (
            row.members.present().filter(may_be_named=True).order_by("joined_at", "pk").values_list("name", flat=True)
        )
        said = replace(described, members="\n".join(names))
        made = filing.submit_filing(by=by, now=now, division=row.division, described=said)
        row.filing = made
        row.save(update_fields=["filing"])
        audit.record(by=by, verb="socialorgs.club.filing_asked", row=row, now=now, after={"filing": made.pk})
        return made


def grow_club(*, by: User, now: dt.datetime, club: Club) -> Club:
    """Record that the street has filed the club: from now on it is the organization that acts.

    Raises:
        MoveForbidden, MoveClosed, MoveHindered: as for every move.
    """
    with transaction.atomic():
        moved = lifecycle.move(club, "grow", by=by, now=now)
        _forget(moved, now)
        return moved
