"""Why something is refused in a recall."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class OwnRecall(NotAllowed):
    """Nobody handles the demand for their own recall (Basis: separation of duties)."""

    code = "own_recall"
    message = _("This demand is about you. You can answer it and do nothing else with it.")


class SeatNotRecalled(Invalid):
    """Members of committees whom the voters have elected are recalled by them."""

    code = "seat_not_recalled"
    message = _("%(name)s holds no seat today in a committee that the voters elect.")


class DemandersUnfit(Invalid):
    """Voters sign, or the representatives of the place."""

    code = "demanders_unfit"
    message = _("Where representatives demand it, name the representatives' meeting of this place; else name none.")


class DemandInFuture(Invalid):
    """A demand is entered after it was handed in."""

    code = "demand_in_future"
    message = _("The demand cannot be handed in after today.")


class NobodyEntitled(NotNow):
    """A share of nobody is nobody."""

    code = "nobody_entitled_to_recall"
    message = _("Nobody here is entitled to demand it: there is no confirmed adult resident or no representative.")


class RecallRunning(Conflict):
    """One demand at a time is about one seat."""

    code = "recall_running"
    message = _("There is a demand for the recall of %(name)s on its way already.")


class SignaturesClosed(NotNow):
    """Signatures are entered and checked before the demand is judged."""

    code = "signatures_closed"
    message = _("The signatures of this demand have been checked; none is added or judged again.")


class SignersMissing(Invalid):
    """Somebody must have signed."""

    code = "signers_missing"
    message = _("Name at least one and at most %(most)s people who signed.")


class SignerNotEntitled(Invalid):
    """Voters of the place sign, or its representatives."""

    code = "signer_not_entitled"
    message = _("Not entitled to sign on the day of the demand: %(names)s")


class SignersUnclear(Invalid):
    """A line of the sheet names one person."""

    code = "signers_unclear"
    message = _(
        "These lines name nobody who is entitled, or more than one person: %(lines)s. Write a part of the address after the name."
    )


class SignedTwice(Conflict):
    """One person signs once."""

    code = "signed_twice"
    message = _("Has signed this demand already: %(names)s")


class DoubtsUnreadable(Invalid):
    """A doubt names a signature and the reason."""

    code = "doubts_unreadable"
    message = _("Write one signature a line: its number, a blank, and why it does not count. Not understood: %(lines)s")


class NothingToCheck(NotNow):
    """Who entered a signature does not check it."""

    code = "nothing_to_check"
    message = _("There is no unchecked signature that somebody else has entered.")


class SignaturesUnchecked(NotNow):
    """Every signature is checked before the demand is judged."""

    code = "signatures_unchecked"
    message = _("%(count)s signatures have not been checked.")


class SignaturesTooFew(NotNow):
    """A recall is demanded by a share of those entitled (Basis: Organic Law of Villagers' Committees art. 16)."""

    code = "signatures_too_few"
    message = _("%(signed)s signatures count; %(needed)s of %(entitled)s entitled are needed.")


class HearingClosed(NotNow):
    """The member answers between the check and the call of the vote."""

    code = "hearing_closed"
    message = _("The answer of the member is recorded after the signatures were checked and before the vote is called.")


class HearingUnfit(Invalid):
    """Who answers says something; who does not wish to says nothing."""

    code = "hearing_unfit"
    message = _(
        "An answer has words and a day between the check and today; somebody who does not wish to answer gives none."
    )


class MemberNotHeard(NotNow):
    """The member has the right to answer (Basis: Organic Law of Villagers' Committees art. 16)."""

    code = "member_not_heard"
    message = _("The member can answer until %(due)s. Record the answer, or call the vote after that day.")


class RecallTooEarly(NotNow):
    """The voter list hangs out before the vote."""

    code = "recall_too_early"
    message = _(
        "The voter list can be objected to for %(days)s days. Posted today, the vote is on %(earliest)s at the earliest."
    )


class SeatHasEnded(NotNow):
    """Who has left the seat is not recalled from it."""

    code = "seat_has_ended"
    message = _("%(name)s has left the seat. End the demand without a vote.")


class VoteRuns(NotNow):
    """What people vote on is not dropped."""

    code = "recall_vote_runs"
    message = _("The ballot has been opened. What the voters decide stands.")


class NoVacancy(NotNow):
    """A by-election fills the seat that a recall has vacated, once."""

    code = "no_vacancy"
    message = _("No seat is vacant by this recall, or its by-election has been planned.")
