"""Why something is refused in an election."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class OwnElection(NotAllowed):
    """Nobody runs the election in which they stand (Basis: Organic Law of Villagers' Committees art. 12)."""

    code = "own_election"
    message = _("You stand in this election and can't run it.")


class NotElected(Invalid):
    """Only committees of residents and of villagers are elected by the voters."""

    code = "not_elected"
    message = _("“%(body)s” is not elected by the registered voters.")


class ElectionRunning(Conflict):
    """A committee is elected once at a time."""

    code = "election_running"
    message = _("There is an election of “%(body)s” on its way already.")


class CommitteeUnfit(Invalid):
    """An election committee holds the election (Basis: Organic Law of Villagers' Committees art. 12)."""

    code = "election_committee_unfit"
    message = _("%(reason)s")


class VotingTimesImpossible(Invalid):
    """A vote opens in the future and closes later."""

    code = "voting_times_impossible"
    message = _("The voting must open after the present moment and close after it has opened.")


class PostsImpossible(Invalid):
    """The posts make a committee."""

    code = "posts_impossible"
    message = _("%(reason)s")


class VotingTooEarly(NotNow):
    """The voter list hangs out before the vote (Basis: Organic Law of Villagers' Committees art. 14)."""

    code = "voting_too_early"
    message = _(
        "The voter list is made public for %(days)s days before the vote. Posted today, the vote is on %(earliest)s at the "
        "earliest."
    )


class WomenMissing(NotNow):
    """A committee has women among its members (Basis: Organic Law of Villagers' Committees art. 6)."""

    code = "women_missing"
    message = _(
        "At least %(needed)s members of this committee are women. The posts keep %(reserved)s seats for women: keep more."
    )


class NominationsClosed(NotNow):
    """Voters nominate after the list was posted and before the candidates are fixed."""

    code = "nominations_closed"
    message = _("Candidates are nominated from the posting of the voter list until they are fixed.")


class CandidateNotListed(Invalid):
    """Who is elected is a voter (Basis: Organic Law of Villagers' Committees arts. 13, 15)."""

    code = "candidate_not_listed"
    message = _("%(name)s does not stand on the voter list and can't be a candidate.")


class CandidateOnCommittee(Invalid):
    """Who is nominated leaves the election committee first (Basis: Organic Law of Villagers' Committees art. 12)."""

    code = "candidate_on_committee"
    message = _("%(name)s sits on the election committee. Whoever is nominated leaves it first.")


class CandidateTwice(Conflict):
    """One person stands for one post."""

    code = "candidate_twice"
    message = _("%(name)s is a candidate in this election already.")


class PostKeptForWomen(Invalid):
    """A seat that is kept for women is filled by one."""

    code = "post_kept_for_women"
    message = _("This post is kept for women.")


class PostElsewhere(Invalid):
    """A candidate stands for a post of the election."""

    code = "post_elsewhere"
    message = _("This post does not belong to the election.")


class CandidatesFull(NotNow):
    """A ballot must be readable."""

    code = "candidates_full"
    message = _("There are %(most)s candidates already; more are not entered.")


class TooFewCandidates(NotNow):
    """There are more candidates than seats (Basis: Organic Law of Villagers' Committees art. 15)."""

    code = "too_few_candidates_for_post"
    message = _("%(office)s: %(count)s candidates for %(seats)s seats; at least %(needed)s are needed.")


class VoteHasBegun(NotNow):
    """What people have voted on is not called off."""

    code = "vote_has_begun"
    message = _("The vote has begun. An election is called off before it only.")


class NothingToVote(NotNow):
    """Another vote is called when seats are left and the last vote has been evaluated."""

    code = "nothing_to_vote"
    message = _("No other vote is called for now: no seat is left, or a vote is still on its way.")


class TooFewElected(NotNow):
    """A committee has the members that the law asks for."""

    code = "too_few_elected"
    message = _("%(count)s members are elected; the committee needs at least %(needed)s. Call another vote.")


class HandOverImpossible(Invalid):
    """A hand-over lies between the beginning of the term and today."""

    code = "hand_over_impossible"
    message = _("The hand-over lies between the beginning of the term (%(since)s) and today.")
