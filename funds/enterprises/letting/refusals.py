"""Why the operations of lettings say no."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotNow


class AssetNamed(Conflict):
    """Two assets of an enterprise bear one name."""

    code = "asset_named"
    message = _("The enterprise already has an asset named “%(name)s”.")


class AreaMissing(Invalid):
    """An asset has an area."""

    code = "area_missing"
    message = _("The area must be larger than zero.")


class TermEmpty(Invalid):
    """A letting ends after it begins."""

    code = "letting_term_empty"
    message = _("The last day must not lie before the first day.")


class TermTooLong(Invalid):
    """The law bounds the term of a lease."""

    code = "letting_term_too_long"
    message = _("A letting runs for at most %(years)s years; this one would run until %(last_day)s.")


class RightTooShort(Invalid):
    """Nobody lets for longer than they may."""

    code = "right_to_let_too_short"
    message = _("The right to let this asset ends on %(until)s, before the letting does.")


class DecisionTooLate(Invalid):
    """The decision comes before what it allows."""

    code = "letting_decided_too_late"
    message = _("The decision “%(document)s” takes effect on %(effective_on)s, after the letting begins.")


class AssetTaken(Conflict):
    """An asset is let to one at a time."""

    code = "asset_taken"
    message = _("%(asset)s is let from %(starts_on)s to %(last_day)s already.")


class LessorNotRunning(NotNow):
    """An enterprise that is only planned, or closed, lets nothing."""

    code = "lessor_not_running"
    message = _("%(enterprise)s is “%(status)s” and cannot let anything.")


class NoticeElsewhere(Invalid):
    """A notice is posted where the asset lies."""

    code = "letting_notice_elsewhere"
    message = _("The notice must stand in the enterprise's own place.")


class NotADraftLetting(NotNow):
    """What was confirmed is not changed."""

    code = "not_a_draft_letting"
    message = _("The letting is “%(status)s”. Only a draft can be changed.")


class EndOutside(Invalid):
    """A letting ends early within its term."""

    code = "letting_end_outside"
    message = _("The last day must lie between %(first_day)s and %(last_day)s.")


class NoRentDue(NotNow):
    """Rent is received for lettings that run or ran."""

    code = "no_rent_due"
    message = _("The letting is “%(status)s”; no rent is received for it.")


class RentAmountMissing(Invalid):
    """A receipt has an amount."""

    code = "rent_amount_missing"
    message = _("Enter an amount larger than zero.")


class ReceivedTooEarly(Invalid):
    """Money arrives on a day that was."""

    code = "rent_received_in_future"
    message = _("The day of receipt cannot lie in the future.")


class SlipUsed(Conflict):
    """One bank slip is one receipt."""

    code = "rent_slip_used"
    message = _("Bank slip %(reference)s is recorded already for %(letting)s.")


class ReceiptGone(NotNow):
    """A receipt is taken back once."""

    code = "rent_receipt_gone"
    message = _("This receipt has been taken back already.")


class WaivedTooMuch(Invalid):
    """No more is waived than is charged."""

    code = "waived_too_much"
    message = _("At most %(amount)s yuan of this month can be waived.")


class NothingLate(NotNow):
    """Only rent that is late is demanded."""

    code = "no_rent_late"
    message = _("No rent of this letting is late; there is nothing to demand.")


class DemandTooShort(Invalid):
    """The law asks for a reasonable time."""

    code = "demand_too_short"
    message = _("The demand must leave the lessee at least %(days)s days: until %(earliest)s or later.")
