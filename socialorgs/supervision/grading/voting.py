"""The vote of the committee on a grade, by name: who is counted, and who must withdraw."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from communities.policy.queries import value
from governance.calendar.days import MONTHS, months_later
from socialorgs.register.models import OrganizationAppointment
from socialorgs.supervision.grading.models import VOTED, AssessmentVote, CommitteeWord
from socialorgs.supervision.policy import WITHDRAW_YEARS
from socialorgs.supervision.refusals import NoMajority, VoterConcerned, VotesUnreadable

if TYPE_CHECKING:
    from governance.accounts.models import User
    from socialorgs.register.models import SocialOrganization


@dataclass(frozen=True, slots=True)
class Voted:
    """What one member did; `user` where the person has a log-in, `worked_there_until` if they ever worked for the body."""

    name: str
    word: str
    user: User | None = None
    worked_there_until: dt.date | None = None


def check_votes(votes: Sequence[Voted], organization: SocialOrganization, day: dt.date) -> tuple[int, int]:
    """Return the votes for a grade and all members, or refuse the vote; one query for each member with a log-in.

    Raises:
        VotesUnreadable: somebody has no name or stands there twice.
        VoterConcerned: somebody voted who works for the body, is its head, or left it too lately.
        NoMajority: not more than half of all members, those who withdrew among them.
    Basis: Measures for Assessment of Social Organizations art. 16, 17.
    """
    names = [voted.name.strip() for voted in votes]
    for name in names:
        if not name or names.count(name) > 1:
            raise VotesUnreadable(field="votes", name=name or "–")
    years = value(WITHDRAW_YEARS, organization.division, day)
    for voted in votes:
        last = _last_there(voted, organization, day) if voted.word in VOTED else None
        if last is not None and day < (free := months_later(last, years * MONTHS)):
            raise VoterConcerned(field="votes", name=voted.name, organization=organization.name, day=last, free=free)
    favor = sum(voted.word == CommitteeWord.FOR for voted in votes)
    if not favor * 2 > len(votes):
        raise NoMajority(field="votes", votes=favor, members=len(votes))
    return favor, len(votes)


def _last_there(voted: Voted, organization: SocialOrganization, day: dt.date) -> dt.date | None:
    """Return the last day on which a member worked for the body as far as is known; the day itself if they still do."""
    if voted.name.strip() == organization.head_name:
        return day
    ends = [voted.worked_there_until] if voted.worked_there_until else []
    if voted.user is not None:
        rows = OrganizationAppointment.objects.filter(organization=organization, user=voted.user, valid_from__lte=day)
        ends += [end or day for end in rows.values_list("valid_to", flat=True)]
    return min(max(ends), day) if ends else None


def keep_votes(votes: Sequence[Voted], assessment_key: int) -> None:
    """Write the votes down; one statement."""
    AssessmentVote.objects.bulk_create(
        AssessmentVote(
            assessment_id=assessment_key,
            name=voted.name.strip(),
            user=voted.user,
            word=voted.word,
            worked_there_until=voted.worked_there_until,
        )
        for voted in votes
    )
