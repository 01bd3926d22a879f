"""Why a grant round refuses something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class RoundTakesNothing(NotNow):
    """Applications come in between the first and the last day of the call."""

    code = "grant_round_takes_nothing"
    message = _("“%(round)s” takes no applications now (%(status)s). What you wrote is kept as a draft.")


class RoundNotDraft(NotNow):
    """What a round asks and how it judges is fixed once it is called."""

    code = "grant_round_called"
    message = _("“%(round)s” has been called; its rules are fixed.")


class SourceUnfit(Invalid):
    """Money comes from one source: a budget line, a fund or a foundation."""

    code = "grant_source_unfit"
    message = _("%(reason)s")


class ApplicantHindered(NotNow):
    """The body may take no part at present; the reasons say what stands in the way."""

    code = "grant_applicant_hindered"
    message = _("%(organization)s cannot apply: %(reasons)s")


class BodyHasApplied(Conflict):
    """One body has one application in a round, whatever names it goes by."""

    code = "grant_body_has_applied"
    message = _(
        "The body with the code %(code)s has an application in this round already, under this name or another. Go on with"
        " that one, or withdraw it first; what you wrote here is kept as a draft."
    )


class CodeUnfit(Invalid):
    """A registered organization answers for itself, a filed group names the registered body that answers for it."""

    code = "grant_code_unfit"
    message = _("%(reason)s")


class ApplicationIncomplete(Invalid):
    """What is submitted is complete."""

    code = "grant_application_incomplete"
    message = _("%(reason)s")


class NameShown(Invalid):
    """Experts score without names: what they read names neither the applicant nor who pays beside it."""

    code = "grant_name_shown"
    message = _(
        "“%(what)s” contains “%(name)s”. Experts score without names: please write “we” or “our partner” instead."
    )


class ApplicationNotWritable(NotNow):
    """What was submitted is changed only when it was sent back."""

    code = "grant_application_not_writable"
    message = _("The application is “%(status)s” and cannot be changed.")


class CorrectionOver(NotNow):
    """A correction comes in within its days."""

    code = "grant_correction_over"
    message = _("The correction was due by %(day)s.")


class ConsentNotOpen(NotNow):
    """The landing community agrees to what was submitted, once."""

    code = "grant_consent_not_open"
    message = _("The landing community agrees once, to an application that has been submitted.")


class BudgetUnfit(Invalid):
    """A budget has lines, fits the cap and keeps to the parts that the rules allow."""

    code = "grant_budget_unfit"
    message = _("%(reason)s")


class MatchingUnfit(Invalid):
    """An applicant brings along the matching share that the call asks for, and names who else pays."""

    code = "grant_matching_unfit"
    message = _("%(reason)s")


class BudgetGrows(Invalid):
    """In optimisation a budget only falls."""

    code = "grant_budget_grows"
    message = _("“%(line)s” stands at %(now)s yuan and can only fall; %(wanted)s is more.")


class NotBeingOptimised(NotNow):
    """A budget is optimised after it was scored and before it is proposed."""

    code = "grant_not_being_optimised"
    message = _("A budget is optimised after the scores are settled and before the project is proposed.")


class ExpertUnfit(Invalid):
    """A panel takes experts of the pool, each once, who belong to no applicant."""

    code = "grant_expert_unfit"
    message = _("%(reason)s")


class PanelTooSmall(NotNow):
    """A panel has as many experts as each application is scored by, and the number is odd."""

    code = "grant_panel_too_small"
    message = _("%(count)s experts can score “%(application)s”; %(least)s are needed.")


class ExpertTied(NotAllowed):
    """Whoever is tied to an applicant does not score it."""

    code = "grant_expert_tied"
    message = _("%(expert)s does not score “%(application)s”: %(reasons)s.")


class TiesDeclared(NotNow):
    """An expert says once, before scoring, to which applicants ties exist."""

    code = "grant_ties_declared"
    message = _("The ties have been declared already, or the review has not begun.")


class DefenceMissing(NotNow):
    """Where applicants present their project, it is scored afterwards."""

    code = "grant_defence_missing"
    message = _("The applicant has not presented the project yet.")


class DefenceKnown(Conflict):
    """A project is presented once."""

    code = "grant_defence_known"
    message = _("This project has been presented already.")


class ReviewNotRunning(NotNow):
    """Scores are given while the round is in review and until they are settled."""

    code = "grant_review_not_running"
    message = _("Scores are given while the round is in review and before they are settled.")


class ScoresMissing(NotNow):
    """Scores are settled when all are in."""

    code = "grant_scores_missing"
    message = _("Not every score is in: %(count)s applications wait, “%(application)s” among them.")


class ProposalUnfit(NotNow):
    """What is proposed reached the score, and fits the places and the money of the round."""

    code = "grant_proposal_unfit"
    message = _("%(reason)s")


class SourcesUnfit(Invalid):
    """The sources of an award are the whole, and none gives more than it has."""

    code = "grant_sources_unfit"
    message = _("%(reason)s")


class ExpertKnown(Conflict):
    """Somebody stands in a pool once."""

    code = "grant_expert_known"
    message = _("%(person)s stands in this pool already.")


class ProgrammeEnded(NotNow):
    """A programme ends once."""

    code = "programme_ended"
    message = _("“%(programme)s” ended on %(day)s already.")


class ProgrammeKnown(Conflict):
    """A place has one programme of a name."""

    code = "programme_known"
    message = _("There is already a programme of this name.")
