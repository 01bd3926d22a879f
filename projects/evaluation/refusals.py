"""Why an evaluation refuses something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class TemplateVersionTaken(Conflict):
    """Two people drafted the next version at the same moment."""

    code = "template_version_taken"
    message = _("Version %(version)s of this template has just been drafted by somebody else.")


class QuestionsMissing(Invalid):
    """A template without questions asks nothing, and nobody answers a hundred."""

    code = "questions_missing"
    message = _("Enter at least one question, and at most %(most)s.")


class QuestionUnfit(Invalid):
    """A question has a text and a weight: none is taken silently, because the weights decide the score."""

    code = "question_unfit"
    message = _("Question “%(question)s”: %(reason)s.")


class MethodsUnknown(Invalid):
    """A template requires known methods of known parties."""

    code = "methods_unknown"
    message = _("There is no such party or no such method.")


class TemplateNotInUse(NotNow):
    """An evaluation is planned with a template in use, for the kind of thing that the template is made for."""

    code = "template_not_in_use"
    message = _(
        "“%(template)s” is not in use for this kind of evaluation. Choose another, or have its draft taken into use."
    )


class DatesImpossible(Invalid):
    """The dates of a plan run forward, and a collection does not end in the past."""

    code = "dates_impossible"
    message = _("%(reason)s")


class ImplementerMissing(Invalid):
    """Whoever is judged is named: ties are asked for by that name."""

    code = "implementer_missing"
    message = _("Name the organization that is evaluated.")


class NobodyInTheGrids(Invalid):
    """A round is planned where grid workers hold posts."""

    code = "nobody_in_the_grids"
    message = _("Nobody holds the post of a grid worker in this place today.")


class BodyMissing(Invalid):
    """A committee is judged as the body that it is: its members do not judge it."""

    code = "body_missing"
    message = _("Name the committee or body that is evaluated.")


class WorkerMissing(Invalid):
    """A grid worker's work is judged of a person."""

    code = "worker_missing"
    message = _("Name the grid worker whose work is evaluated.")


class VenueMissing(Invalid):
    """A venue is judged as the one that is entered: its rooms, contracts and free uses stand with it."""

    code = "venue_missing"
    message = _("Name the venue that is evaluated.")


class SubjectUnfit(Invalid):
    """A body is named for a committee, a person for somebody's work, a venue for a venue, and for nothing else."""

    code = "subject_unfit"
    message = _(
        "This does not fit what is evaluated: a body is named for a committee, a person for somebody's work, a venue for a"
        " venue. Leave it empty."
    )


class TemplateFixed(NotNow):
    """What is in use is not changed under those who answer it."""

    code = "template_fixed"
    message = _("“%(template)s” is not a draft any more. Draft its next version.")


class EngagementNotIndependent(NotAllowed):
    """The third party is neither the one who is judged nor paid by it, nor does it share a person with it."""

    code = "engagement_not_independent"
    message = _("The third party is not independent of “%(organization)s”: %(reason)s. Engage another.")


class PayerUnclear(Invalid):
    """Who pays is said: an organization by its name, and without a payer there is no fee."""

    code = "payer_unclear"
    message = _("Say who pays: name the organization that does, and enter no fee where nobody pays.")


class AlreadyEngaged(Conflict):
    """An evaluation has one third party."""

    code = "already_engaged"
    message = _("The third party of this evaluation has been recorded.")


class RecordUnfit(Invalid):
    """A record is of an interview or a meeting that has been held in the time that is judged."""

    code = "record_unfit"
    message = _("%(reason)s")


class NotJudgedYet(NotNow):
    """A record stands beside marks."""

    code = "not_judged_yet"
    message = _("Hand in your marks first; the record stands beside them.")


class RecordTwice(Conflict):
    """A record is written once."""

    code = "record_twice"
    message = _("The record of this slip has been handed in.")


class OpensLater(NotNow):
    """The collection begins on its day."""

    code = "opens_later"
    message = _("The collection begins on %(day)s.")


class InvitationsUnclear(Invalid):
    """Either persons are invited by name, or a number of slips is printed."""

    code = "invitations_unclear"
    message = _("Name the persons to be invited, or say how many slips are to be printed, at most %(most)s at a time.")


class NotInvitingNow(NotNow):
    """Invitations go out while the evaluation is planned or collects answers."""

    code = "not_inviting_now"
    message = _("The evaluation is “%(status)s” and invites nobody.")


class EvaluatorTied(NotAllowed):
    """An evaluator who is tied to whoever is judged is refused (Basis: report S0, three independent parties)."""

    code = "evaluator_tied"
    message = _(
        "%(person)s is tied to “%(organization)s” and may not evaluate it: %(reasons)s. Somebody else has to judge."
    )


class PartyWithoutName(Invalid):
    """Only residents answer without their name."""

    code = "party_without_name"
    message = _("Slips without a name are for residents. Name the persons who judge for the other parties.")


class InvitedTwice(Conflict):
    """One person judges by one method once."""

    code = "invited_twice"
    message = _("%(person)s has already been invited for this.")


class TokenUnknown(Invalid):
    """Nothing is known of the token: mistyped, or of another place."""

    status = 404
    code = "token_unknown"
    message = _("This link is not valid. Please check the characters on your slip.")


class TokenUsed(Conflict):
    """A slip answers once."""

    code = "token_used"
    message = _("This slip has already been used. Each slip counts once.")


class CollectionOver(NotNow):
    """Answers are taken until the last day is over."""

    code = "collection_over"
    message = _("The collection of answers ended on %(day)s.")


class CollectionNotOpen(NotNow):
    """Answers are taken once the collection has been opened."""

    code = "collection_not_open"
    message = _("The collection of answers has not been opened, or was cancelled.")


class NotTheEvaluator(NotAllowed):
    """An invitation by name is answered by that person."""

    code = "not_the_evaluator"
    message = _("This invitation is for a certain person. Please sign in as that person.")


class CommentTooLong(Invalid):
    """A comment has its limit."""

    code = "comment_too_long"
    message = _("A comment has at most %(limit)s characters.")


class SlipUnknown(Invalid):
    """No invitation of this evaluation has this number."""

    code = "slip_unknown"
    message = _("There is no slip with the number %(number)s.")


class EntriesDiffer(NotNow):
    """Two persons read the same sheet; what they read otherwise counts for nothing."""

    code = "entries_differ"
    message = _(
        "The first entry of this slip has other marks for question %(questions)s. Look at the sheet again: correct yours,"
        " or let the first person enter it anew."
    )


class AlreadyLeftOut(Conflict):
    """An answer is left out once."""

    code = "already_left_out"
    message = _("This answer has already been left out.")


class JudgeReviews(NotAllowed):
    """One who scores does not review the result (Basis: report S0, three independent parties)."""

    code = "judge_reviews"
    message = _("You judged in this evaluation. Somebody else reviews its result.")


class NotUnderReview(NotNow):
    """Answers are left out while the result is under review."""

    code = "not_under_review"
    message = _("Answers can be left out only while the result is under review.")


class TieUnclear(Invalid):
    """A tie has a beginning before its end."""

    code = "tie_unclear"
    message = _("The tie must begin before it ends.")


class TieEnded(Conflict):
    """The end of a tie is written down once."""

    code = "evaluator_tie_ended"
    message = _("This tie ends on %(day)s; that has been recorded.")


class MessageRead(Conflict):
    """Receipt is confirmed once."""

    code = "message_read"
    message = _("Receipt has already been confirmed.")


class OrganizationFailed(NotNow):
    """A body whose latest evaluation was failed is not given the next grant or purchase (Basis: order 102)."""

    code = "organization_failed"
    message = _(
        "%(organization)s cannot take part: %(reasons)s. Whoever does not agree with a result objects to it while it is "
        "posted; afterwards the next evaluation counts."
    )
