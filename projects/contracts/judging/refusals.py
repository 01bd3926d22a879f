"""Why the judging of a delivery refuses something."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class ItemNotNow(NotNow):
    """Items are judged on a delivery that waits for its acceptance."""

    code = "item_not_now"
    message = _("Nothing has been delivered that waits for acceptance.")


class ItemUnfit(Invalid):
    """An item is judged by a figure and a result; what is not in order is explained."""

    code = "deliverable_unfit"
    message = _("Enter what was found and a result; say why where it is not in order.")


class JudgedByImplementer(NotAllowed):
    """Whoever delivers does not judge."""

    code = "judged_by_implementer"
    message = _("People of the organization do not judge its service.")


class OpinionOutsideSample(Invalid):
    """Staff take down opinions of residents whom the lot fell on."""

    code = "opinion_outside_sample"
    message = _("The lot did not fall on this number.")


class OpinionTaken(Conflict):
    """One place of the sample has one opinion."""

    code = "opinion_taken"
    message = _("The opinion of number %(number)s has been given.")


class ReviewUnfit(Invalid):
    """A review has a day, findings and, where something is to be mended, a date for it."""

    code = "review_unfit"
    message = _("%(reason)s")


class AnswerMissing(Invalid):
    """An answer says what was mended."""

    code = "review_answer_missing"
    message = _("Write what was mended.")
