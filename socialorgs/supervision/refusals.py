"""Why supervision refuses a report, an order, a grade, a repair or a tip."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotNow


class ReportIncomplete(Invalid):
    """A report says what was done, how many people it has, what came in and went out."""

    code = "year_report_incomplete"
    message = _("Fill in this part of the report.")


class ConclusionNeedsMending(Invalid):
    """Who did not pass is told what to mend."""

    code = "conclusion_needs_mending"
    message = _("Say what the body has to mend: it did not pass.")


class DaysUnfit(Invalid):
    """A rectification has its days."""

    code = "rectification_days_unfit"
    message = _("A rectification has between 1 and %(most)s days.")


class InspectionOfAnother(Invalid):
    """An order rests on an inspection of the same body."""

    code = "inspection_of_another"
    message = _("This inspection is of another organization.")


class GradeNotOpen(NotNow):
    """What keeps a body from being assessed."""

    code = "grade_not_open"
    message = _("%(organization)s cannot be assessed now: %(reasons)s")


class AssessmentUnderWay(Conflict):
    """One assessment at a time."""

    code = "assessment_under_way"
    message = _("An assessment of this organization is under way.")


class ScoreUnfit(Invalid):
    """A score is one of a thousand, and a grade is worth it."""

    code = "assessment_score_unfit"
    message = _("The score lies between 0 and 1,000.")


class GradeTooHigh(Invalid):
    """No grade above what the score is worth."""

    code = "assessment_grade_too_high"
    message = _("A score of %(score)s is worth %(worth)s at most.")


class NoMajority(Invalid):
    """More than half of all members vote for a grade; exactly half is not more."""

    code = "assessment_no_majority"
    message = _("%(votes)s of %(members)s votes are not more than half of all members.")


class VotesUnreadable(Invalid):
    """Everybody of the committee is named once, with what they voted."""

    code = "assessment_votes_unfit"
    message = _(
        "Name everybody of the committee once, those too who did not vote. %(name)s stands there twice or has no name."
    )


class VoterConcerned(Invalid):
    """Who works for the body, or did lately, does not vote on its grade."""

    code = "assessment_voter_concerned"
    message = _(
        "%(name)s worked for “%(organization)s” until %(day)s, or still does, and does not vote on its grade before "
        "%(free)s. Enter that they withdrew; the grade needs more than half of all members all the same."
    )


class VotedInFuture(Invalid):
    """A vote is entered when it has been taken."""

    code = "assessment_voted_in_future"
    message = _("%(day)s has not come yet, or lies before the score.")


class ProposedUnfit(Invalid):
    """A grade is lowered, not raised."""

    code = "assessment_proposed_unfit"
    message = _("Propose a grade below %(grade)s, or that it is taken back.")


class NotToNotify(NotNow):
    """The result of an assessment is notified once, after it was decided."""

    code = "assessment_not_to_notify"
    message = _("Nothing was decided that the organization is still to be told, or it was told already.")


class NotifiedUnfit(Invalid):
    """A notification is written down when it was made."""

    code = "assessment_notified_unfit"
    message = _("Enter the day on which the organization was notified, between %(first)s and %(last)s.")


class ListingOver(NotNow):
    """Only a listing that holds is repaired."""

    code = "repair_listing_over"
    message = _("The listing ended on %(day)s.")


class RepairTooEarly(NotNow):
    """Where nothing was mended, time has to pass."""

    code = "repair_too_early"
    message = _("Say what was mended. Where there is nothing to mend, the listing is lifted from %(day)s on.")


class RepairUnderWay(Conflict):
    """One repair of a listing at a time."""

    code = "repair_under_way"
    message = _("The repair of this listing has been applied for.")


class AlertNoted(NotNow):
    """An alert is looked at once."""

    code = "alert_noted"
    message = _("Somebody has looked at this alert already.")


class MeasureUnknown(Invalid):
    """The measures are three."""

    code = "illegal_measure_unknown"
    message = _("Choose one of the measures.")


class DecisionDayUnfit(Invalid):
    """A decision is not of the future, nor older than its case."""

    code = "illegal_decision_day_unfit"
    message = _("The day of the decision lies between %(first)s and %(last)s.")


class TooManyTips(NotNow):
    """A place takes so many tips online in a day."""

    code = "too_many_tips"
    message = _("So many tips have come in today that no more are taken online. Please come by or telephone.")


class TipSettled(NotNow):
    """A tip is looked at once."""

    code = "tip_settled"
    message = _("Somebody has looked at this tip already.")


class NothingToReveal(NotNow):
    """The tip was given without a contact."""

    code = "tip_without_contact"
    message = _("Who gave this tip left no contact.")
