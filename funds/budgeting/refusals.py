"""Why something is not possible in a participatory budget."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotNow


class TopicUnfit(Invalid):
    """The topic belongs to another place."""

    code = "topic_unfit"
    message = _("The topic “%(topic)s” does not belong to the place of the fund.")


class RoundUnfit(Invalid):
    """What was entered makes no round."""

    code = "budget_round_unfit"
    message = _("%(reason)s")


class RoundCalled(NotNow):
    """What residents were called to stays as it was told."""

    code = "budget_round_called"
    message = _("Proposals are called for already: the round stays as it is. Cancel it, or draft another one.")


class NotCalled(NotNow):
    """Proposals come while they are called for."""

    code = "proposals_not_called"
    message = _("Proposals are not taken now; they were called for until %(day)s.")


class TooManyProposals(NotNow):
    """One person hands in a few."""

    code = "too_many_proposals"
    message = _("You have handed in %(most)s proposals for this round already.")


class ProposalUnfit(Invalid):
    """What was entered makes no proposal."""

    code = "budget_proposal_unfit"
    message = _("%(reason)s")


class CostAboveBudget(Invalid):
    """No project can cost more than the whole budget."""

    code = "cost_above_budget"
    message = _("The project costs more than the whole budget of %(budget)s yuan.")


class AppealTooLate(NotNow):
    """The days of appeal are over."""

    code = "appeal_too_late"
    message = _("The appeal was possible until %(day)s.")


class AppealStillPossible(NotNow):
    """Who was refused may still appeal."""

    code = "appeal_still_possible"
    message = _("Refused proposals can be appealed until %(day)s. The vote is prepared after that.")


class TooFewProposals(NotNow):
    """There is nothing to choose between."""

    code = "too_few_proposals"
    message = _("At least %(least)s feasible proposals are needed; there are %(count)s.")


class TooManyOptions(NotNow):
    """A ballot holds only so many options."""

    code = "too_many_options"
    message = _("A ballot holds at most %(most)s proposals; there are %(count)s.")


class ExclusionUnfit(Invalid):
    """Two proposals of one round that is not frozen."""

    code = "exclusion_unfit"
    message = _("Name two different proposals of this round, before it is put to the vote, and say why.")


class ExclusionKnown(Conflict):
    """It was stated before."""

    code = "exclusion_known"
    message = _("It is already stated that these two exclude one another.")


class ProposalNotChosen(NotNow):
    """Only what was chosen and decided asks for money."""

    code = "proposal_not_chosen"
    message = _("Money is asked for what was chosen, once, when the decision is final.")


class FileNotTried(Invalid):
    """The file cannot be counted."""

    code = "file_not_tried"
    message = _("The file cannot be counted. %(faults)s")
