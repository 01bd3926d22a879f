"""Why the market refuses something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class MarketForResidents(NotAllowed):
    """People post and take for themselves when they are confirmed adult residents; minors take no part."""

    code = "market_for_residents"
    message = _("The market is for grown-up residents whom their community has confirmed.")


class NotYourCommunity(Invalid):
    """Residents post where they live."""

    code = "market_not_your_community"
    message = _("You can post in the community in which you live: %(place)s.")


class PosterUnfit(NotAllowed):
    """Whoever posts for a community or an organization acts for it."""

    code = "market_poster_unfit"
    message = _("You do not act for the community or the organization for which this would be posted.")


class ServiceDatesUnfit(Invalid):
    """A small service lies in the future, ends after it begins and is over within a day."""

    code = "market_dates_unfit"
    message = _("%(reason)s")


class PriceUnfit(Invalid):
    """The price fits the way of settling it and stays small."""

    code = "market_price_unfit"
    message = _("%(reason)s")


class RequestUnfit(Invalid):
    """A fund pays for what was approved, of the same place, and no more than is left of it."""

    code = "market_request_unfit"
    message = _("%(reason)s")


class CapabilityUnfit(Invalid):
    """A capability is asked in a field in which bodies of the place state theirs, and of bodies alone."""

    code = "market_capability_unfit"
    message = _("%(reason)s")


class CapabilityMissing(NotAllowed):
    """Whoever takes what asks a capability has it checked, for this place, and it holds."""

    code = "market_capability_missing"
    message = _(
        "%(organization)s has no checked capability in “%(capability)s” that reaches this place and holds today."
    )


class PurchaseSplit(Invalid):
    """What belongs together is not bought in small pieces (Basis: Government Procurement Law)."""

    code = "market_purchase_split"
    message = _(
        "With this the community would have bought for %(sum)s yuan from %(organization)s in small pieces this year; above %(most)s yuan a contract is signed."
    )


class TooManyOpen(NotNow):
    """Nobody floods the market."""

    code = "market_too_many_open"
    message = _("You have %(count)s of these open; no more than %(most)s at the same time.")


class MissedTooOften(NotNow):
    """Whoever did not come several times takes a rest."""

    code = "market_missed_too_often"
    message = _(
        "You did not come %(count)s times in %(days)s days. You can post and take again when these days are over."
    )


class NotTakeable(NotNow):
    """A service is taken while it is open and before its last moment."""

    code = "market_not_takeable"
    message = _("This service can no longer be taken.")


class AllPlacesTaken(NotNow):
    """A service has its number of places."""

    code = "market_all_places_taken"
    message = _("All %(places)s places are taken.")


class OwnService(NotAllowed):
    """Nobody takes what they have posted themselves, or what is posted for those for whom they act."""

    code = "market_own_service"
    message = _("This is your own posting, or one of those for whom you act; somebody else takes it.")


class KeptApart(NotAllowed):
    """One of the two has blocked the other; which of them is not said."""

    code = "market_kept_apart"
    message = _("You two cannot make arrangements on the market.")


class TakenAlready(Conflict):
    """One person takes a service once."""

    code = "market_taken_already"
    message = _("You have taken this service already.")


class TakerUnfit(Invalid):
    """Points go to people, a fund's money to organizations."""

    code = "market_taker_unfit"
    message = _("%(reason)s")


class MarketCodeWrong(Invalid):
    """The code is with whoever posted the service."""

    code = "market_code_wrong"
    message = _("This code is not that of the service. Ask whoever posted it to show it to you.")


class MarketNotNow(NotNow):
    """Things are done in their time."""

    code = "market_not_now"
    message = _("%(reason)s")


class PointsMissing(NotNow):
    """Whoever is helped has earned the points that the help costs."""

    code = "market_points_missing"
    message = _("The points do not suffice: %(wanted)s are needed, %(available)s are there.")


class PointsNobodys(Invalid):
    """What the community offers for points has nobody who could get them."""

    code = "market_points_nobodys"
    message = _("What the community itself offers costs no points.")


class NotPaidYet(NotNow):
    """A purchase is settled when the fund has paid."""

    code = "market_not_paid_yet"
    message = _("The fund's payment is not made yet.")


class PaymentPlanned(Conflict):
    """A purchase is paid once."""

    code = "market_payment_planned"
    message = _("The payment is planned already.")


class RatedAlready(Conflict):
    """Each side rates once."""

    code = "market_rated_already"
    message = _("You have rated this already.")


class BlockUnfit(Invalid):
    """One blocks somebody else with whom one had to do."""

    code = "market_block_unfit"
    message = _("You can block people whose posting you took or who took yours.")
