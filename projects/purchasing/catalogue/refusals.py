"""Why lists and budget lines refuse something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotNow


class PurchaseItemUnfit(Invalid):
    """An item has a code, a class and a name; a service handed over also its department."""

    code = "purchase_item_unfit"
    message = _("%(reason)s")


class PurchaseListInForce(NotNow):
    """What is in force is not edited: a new edition replaces it."""

    code = "purchase_list_in_force"
    message = _("The list is “%(status)s” and is not edited. Draft a new edition.")


class EditionNotInForce(NotNow):
    """The next edition follows the one in force."""

    code = "edition_not_in_force"
    message = _("The list is “%(status)s”: the next edition is drafted from one in force.")


class NextEditionUnfit(Invalid):
    """A next edition changes something, from a later day on, for a reason."""

    code = "next_edition_unfit"
    message = _("%(reason)s")


class PurchaseListOverlaps(Conflict):
    """One edition follows another."""

    code = "purchase_list_overlaps"
    message = _("“%(other)s” applies from %(day)s on already. A new edition begins later.")


class PurchaseEditionKnown(Conflict):
    """An edition is entered once."""

    code = "purchase_edition_known"
    message = _("Edition %(edition)s of this list exists already in %(place)s.")


class PurchaseListEmpty(NotNow):
    """A list without items says nothing."""

    code = "purchase_list_empty"
    message = _("The list has no items.")


class PurchaseListPeriodUnfit(Invalid):
    """A period runs forward."""

    code = "purchase_list_period_unfit"
    message = _("The list must apply for at least a day.")


class BudgetAmountMissing(Invalid):
    """A budget line has an amount above zero."""

    code = "budget_amount_missing"
    message = _("Enter an amount above zero.")


class BudgetYearUnfit(Invalid):
    """Budgets are entered for this year, the one before and the next."""

    code = "budget_year_unfit"
    message = _("A budget of %(year)s cannot be entered now.")


class BudgetLineKnown(Conflict):
    """A line of a document is entered once."""

    code = "budget_line_known"
    message = _("“%(name)s” of document %(number)s was entered already.")


class BudgetLineInUse(NotNow):
    """A line that purchases still draw on stays open."""

    code = "budget_line_in_use"
    message = _("%(count)s purchases under way draw on this line.")
