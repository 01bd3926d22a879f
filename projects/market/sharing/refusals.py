"""Why shops, bookings and rooms are refused something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class ShopKnown(Conflict):
    """A shop takes part once in its place."""

    code = "merchant_known"
    message = _("A shop of this name takes part here already.")


class ShopUnfit(Invalid):
    """A shop takes part with its consent, and where it is one of the community's enterprises, with that one's."""

    code = "merchant_unfit"
    message = _("%(reason)s")


class OfferUnfit(Invalid):
    """An offer is for one of the next days and says what it costs less."""

    code = "offer_unfit"
    message = _("%(reason)s")


class TooManyOffers(NotNow):
    """Nobody floods the day."""

    code = "offers_too_many"
    message = _("%(count)s offers stand for this day already; no more than %(most)s.")


class OfferSaid(Conflict):
    """One offer is published once for a day."""

    code = "offer_said_already"
    message = _("This offer stands for this day already.")


class OfferGone(NotNow):
    """What was taken down stays down."""

    code = "offer_gone"
    message = _("This offer was taken down already.")


class ResourceUnfit(Invalid):
    """A room says its class; other resources have none."""

    code = "resource_unfit"
    message = _("%(reason)s")


class ResourceClosed(NotNow):
    """What is closed is not booked or lent."""

    code = "resource_closed"
    message = _("This is not open any more.")


class BookingUnfit(Invalid):
    """A booking lies in the future, within the hours, and for no more people than fit in."""

    code = "booking_unfit"
    message = _("%(reason)s")


class BookingForResidents(NotAllowed):
    """Grown-up residents whom their community has confirmed book."""

    code = "booking_for_residents"
    message = _("Grown-up residents whom their community has confirmed can book.")


class TooManyBookings(NotNow):
    """Nobody keeps everything to themselves."""

    code = "bookings_too_many"
    message = _("You have %(count)s bookings open; no more than %(most)s at the same time.")


class TimeTaken(Conflict):
    """A room is one booking's at a time."""

    code = "booking_time_taken"
    message = _("It is booked or lent at that time.")


class CessionUnfit(Invalid):
    """A room is lent for a time to come, against hours."""

    code = "cession_unfit"
    message = _("%(reason)s")


class HoursOwed(NotNow):
    """Whoever served less than agreed gets no other room."""

    code = "cession_hours_owed"
    message = _("%(organization)s still owes %(hours)s hours for “%(room)s”.")


class ServiceReported(Conflict):
    """The same service is reported once."""

    code = "cession_service_reported"
    message = _("This is reported already.")


class CessionNotNow(NotNow):
    """Things are done in their time."""

    code = "cession_not_now"
    message = _("%(reason)s")
