"""Why a question on a purchase or its answer is refused, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Invalid, NotAllowed, NotNow


class NoBidder(NotAllowed):
    """Who bids asks: people who act for an organization."""

    code = "purchase_question_no_bidder"
    message = _("Questions on a purchase are asked by people who act for an organization.")


class NoQuestionsTaken(NotNow):
    """Questions belong to the time of the purchase."""

    code = "no_questions_taken"
    message = _("The purchase is “%(status)s” and takes no questions any more.")


class QuestionEmpty(Invalid):
    """A question says something."""

    code = "purchase_question_empty"
    message = _("Write what you ask, in at most %(limit)s characters.")


class TooManyQuestions(NotNow):
    """What one person has asked is answered first."""

    code = "purchase_questions_too_many"
    message = _("%(count)s questions of yours on this purchase wait for their answer; put the next one afterwards.")


class AnswerEmpty(Invalid):
    """An answer says something."""

    code = "purchase_answer_empty"
    message = _("Write the answer, in at most %(limit)s characters.")


class QuestionAnswered(NotNow):
    """A question is answered once."""

    code = "purchase_question_answered"
    message = _("This question has been answered; the answer stands.")
