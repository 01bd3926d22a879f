"""Why a purchase refuses something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class PurchaseAmountMissing(Invalid):
    """A purchase has a ceiling above zero."""

    code = "purchase_amount_missing"
    message = _("Enter an amount above zero.")


class PurchaseTermUnfit(Invalid):
    """A service is bought for a year, or for three with a reason."""

    code = "purchase_term_unfit"
    message = _("%(reason)s")


class PurchasePlaceUnfit(Invalid):
    """A buyer is a street or a district; what it buys is carried out within it."""

    code = "purchase_place_unfit"
    message = _("%(reason)s")


class PurchaseItemNotInForce(Invalid):
    """Only what stands in a list in force is bought."""

    code = "purchase_item_not_in_force"
    message = _("“%(item)s” stands in no list that applies in %(place)s on %(day)s.")


class PurchaseLineUnfit(Invalid):
    """Budget first: a confirmed line of the buyer's."""

    code = "purchase_line_unfit"
    message = _("%(reason)s")


class PurchaseAboveLine(Conflict):
    """No purchase binds more than its budget line has left."""

    code = "purchase_above_line"
    message = _("“%(line)s” has %(left)s yuan left; %(amount)s yuan are too much.")


class PurchaseSplit(NotNow):
    """Several purchases of one thing in one year count together."""

    code = "purchase_split"
    message = _(
        "With this purchase %(place)s buys “%(item)s” for %(total)s yuan in %(year)s, above the limit of %(limit)s yuan "
        "of this procedure: use open tender, or let a second officer explain why this is no splitting."
    )


class ProcedureUnfit(Invalid):
    """A procedure has its limit and, where it is an exception, its reason."""

    code = "procedure_unfit"
    message = _("%(reason)s")


class FieldUnknown(Invalid):
    """Abilities are named in the fields of the place."""

    code = "purchase_field_unknown"
    message = _("“%(named)s” is no field in which bodies say here what they can do.")


class NeedMissing(Invalid):
    """A purchase says which need it comes from."""

    code = "purchase_need_missing"
    message = _("Write which need the purchase comes from.")


class CriteriaUnfit(Invalid):
    """The criteria make up 100 points, the price at least its part."""

    code = "purchase_criteria_unfit"
    message = _("%(reason)s")


class NegativeListMet(NotNow):
    """What may not be bought is returned, not passed."""

    code = "negative_list_met"
    message = _("This may not be bought as a service: %(grounds)s Return the plan.")


class NegativeListUnanswered(Invalid):
    """Every ground is answered."""

    code = "negative_list_unanswered"
    message = _("Answer each ground of the negative list with yes or no.")


class SplittingReasonMissing(Invalid):
    """An explanation says something."""

    code = "splitting_reason_missing"
    message = _("Write why this is no splitting.")


class SplittingNotYours(NotAllowed):
    """The planner does not explain the plan."""

    code = "splitting_not_yours"
    message = _("A second officer explains; you have planned this purchase yourself.")


class CallTooShort(Invalid):
    """Offers are taken for the days of the law."""

    code = "call_too_short"
    message = _("By %(procedure)s offers are taken for at least %(days)s %(unit)s.")


class OffersStillTaken(NotNow):
    """Offers are opened when the time is over."""

    code = "offers_still_taken"
    message = _("Offers are taken until %(until)s.")


class CallNotClosed(NotNow):
    """The announcement is closed first, and no objection to it was upheld."""

    code = "call_not_closed"
    message = _("The announcement is “%(status)s”. Offers are opened when it has closed without an objection upheld.")


class TooFewOffers(NotNow):
    """A competition needs its number of offers."""

    code = "too_few_offers"
    message = _("%(count)s offers were handed in; %(procedure)s needs %(needed)s. Declare the purchase failed.")


class PurchaseNotDraft(NotNow):
    """A plan is changed while it is a draft."""

    code = "purchase_not_draft"
    message = _("The purchase is “%(status)s”; its plan is not changed any more.")
