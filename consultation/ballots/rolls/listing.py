"""Making, posting and correcting a list of registered voters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils.translation import gettext, override
from django.utils.translation import gettext_lazy as _

from communities.notices import operations as notices
from communities.people.models import ADULT_YEARS, Resident
from communities.people.policy import latest_birth, refuse_personal_numbers
from communities.territory.models import inside
from consultation.ballots.rolls.lists import LONGEST_REASON, Ground, ListedVoter, VoterList
from consultation.matters.policy import fitting
from governance.audit import operations as audit
from governance.calendar.days import DayKind
from governance.errors import Conflict, Invalid, NotNow

if TYPE_CHECKING:
    import datetime as dt

    from communities.territory.models import Division
    from governance.accounts.models import User


class ListPosted(NotNow):
    """A list is posted once."""

    code = "voter_list_posted"
    message = _("This list was posted already; from now on it is corrected.")


class ListEmpty(NotNow):
    """Somebody must be entitled."""

    code = "voter_list_empty"
    message = _("Nobody stands on the list: there is no confirmed resident who is of age on the voting day.")


class ListInUse(NotNow):
    """The roll of a ballot is not changed."""

    code = "voter_list_in_use"
    message = _("The ballots have been frozen with this list. It stays as it is.")


class VoterListed(Conflict):
    """One person stands once."""

    code = "voter_listed"
    message = _("This person stands on the list already.")


class VoterTooYoung(Invalid):
    """Who votes is of age on the voting day (Basis: Organic Law of Villagers' Committees art. 13)."""

    code = "voter_too_young"
    message = _("This person is not confirmed, or not eighteen on the voting day.")


class VoterStruck(NotNow):
    """What was struck is struck."""

    code = "voter_struck"
    message = _("This person was struck from the list already.")


def make_list(*, by: User, now: dt.datetime, division: Division, voting_on: dt.date) -> VoterList:
    """Make the list of all confirmed residents of a place who are of age on the voting day; two statements.

    The caller has asked whether `by` may.
    """
    with transaction.atomic():
        row = VoterList.objects.create(division=division, voting_on=voting_on, made_at=now, made_by=by)
        here = Resident.objects.on_rolls(voting_on).filter(inside(division))
        people = here.order_by("pk").values_list("pk", flat=True)
        ListedVoter.objects.bulk_create(
            [ListedVoter(voter_list=row, resident_id=key, entered_at=now, entered_by=by) for key in people],
            batch_size=1000,
        )
        audit.record(by=by, verb="consultation.voter_list.made", row=row, now=now, after={"voters": len(people)})
    return row


def post_list(*, by: User, now: dt.datetime, voter_list: VoterList, title: str, days: int, basis: str) -> VoterList:
    """Post the list: its numbers stand in the notice, to which everybody may object for these days.

    Raises:
        ListPosted, ListEmpty.
    Basis: Organic Law of Villagers' Committees art. 14.
    """
    with transaction.atomic():
        row = VoterList.objects.select_for_update(of=("self",)).select_related("division").get(pk=voter_list.pk)
        if row.notice_id is not None:
            raise ListPosted
        count = row.voters.standing().count()
        if not count:
            raise ListEmpty
        with override(settings.LANGUAGE_CODE):
            text = gettext(
                "%(count)s voters are registered in %(place)s for the voting day %(day)s. The list with the names hangs at "
                "the community. Whoever is missing or stands on it wrongly may object until the last day of this notice."
            ) % {"count": count, "place": row.division.name, "day": row.voting_on}
        drafted = notices.draft_notice(
            by=by,
            now=now,
            title=title[:200],
            body=text,
            division=row.division,
            minimum_days=max(days, 1),
            day_kind=DayKind.CALENDAR,
            contact=row.division.name,
            basis=basis,
        )
        row.notice = notices.post_notice(by=by, now=now, notice=drafted)
        row.save(update_fields=["notice"])
        audit.record(by=by, verb="consultation.voter_list.posted", row=row, now=now, after={"voters": count})
        return row


def add_voter(
    *, by: User, now: dt.datetime, voter_list: VoterList, resident: Resident, ground: str, reason: str
) -> ListedVoter:
    """Register a voter singly, as on an objection or an application; one who was struck does not come back.

    Raises:
        WordsMissing, WordsTooLong, PersonalNumbersFound, VoterTooYoung, VoterListed, ListInUse.
    Basis: Organic Law of Villagers' Committees arts. 13, 14.
    """
    said = _reason(reason)
    is_adult = resident.birth_on is not None and resident.birth_on <= latest_birth(voter_list.voting_on, ADULT_YEARS)
    if not is_adult or resident.confirmed_at is None or ground not in Ground.values:
        raise VoterTooYoung(field="resident")
    row = ListedVoter(
        voter_list=voter_list, resident=resident, ground=ground, reason=said, entered_at=now, entered_by=by
    )
    try:
        with transaction.atomic():
            _hold(voter_list.pk)
            row.save()
            after = {"list": voter_list.pk, "ground": ground}
            audit.record(by=by, verb="consultation.voter_list.added", row=row, now=now, after=after, reason=said)
    except IntegrityError as error:
        if "listedvoter_stands_once" in str(error):
            raise VoterListed(field="resident") from error
        raise ListInUse from error
    return row


def strike_voter(*, by: User, now: dt.datetime, voter: ListedVoter, reason: str) -> ListedVoter:
    """Strike somebody who stands on the list wrongly, has died or has lost the right to vote.

    Raises:
        WordsMissing, WordsTooLong, PersonalNumbersFound, VoterStruck, ListInUse.
    """
    said = _reason(reason)
    try:
        with transaction.atomic():
            _hold(voter.voter_list_id)
            row = ListedVoter.objects.select_for_update(of=("self",)).select_related("voter_list").get(pk=voter.pk)
            if row.struck_at is not None:
                raise VoterStruck
            row.struck_at, row.struck_by, row.strike_reason = now, by, said
            row.save(update_fields=["struck_at", "struck_by", "strike_reason"])
            after = {"list": row.voter_list_id}
            audit.record(by=by, verb="consultation.voter_list.struck", row=row, now=now, after=after, reason=said)
    except IntegrityError as error:
        raise ListInUse from error
    return row


def _hold(key: int) -> None:
    """Hold the list, so that no ballot takes its roll meanwhile."""
    VoterList.objects.select_for_update(of=("self",)).get(pk=key)


def _reason(reason: str) -> str:
    said = fitting("reason", reason, LONGEST_REASON)
    refuse_personal_numbers(reason=said)
    return said
