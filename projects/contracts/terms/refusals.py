"""Why the money of a contract is refused something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotNow


class LineElsewhere(Invalid):
    """Money is spent of a line of the same contract."""

    code = "contract_line_elsewhere"
    message = _("This line belongs to another contract.")


class SpentDayUnfit(Invalid):
    """Money is spent while the contract runs."""

    code = "spent_day_unfit"
    message = _(
        "The day must lie within the term of the contract (%(begins)s – %(ends)s) and not after today (%(today)s)."
    )


class LineOverspent(NotNow):
    """A line is overspent within limits; beyond them the contract is changed first."""

    code = "contract_line_overspent"
    message = _(
        "Line “%(line)s” has %(planned)s yuan and may be overspent by %(percent)s %%; with this it would come to %(spent)s. "
        "Change the contract by a supplement first."
    )


class ContractOverspent(NotNow):
    """No more is reckoned up than the contract gives."""

    code = "contract_overspent"
    message = _("With this %(spent)s yuan would be reckoned up; the contract gives %(total)s.")


class InvoiceKnown(Conflict):
    """An invoice counts once."""

    code = "invoice_known"
    message = _("Invoice %(number)s of this payee has been entered under this contract already.")


class SupplementUnfit(Invalid):
    """A supplement changes something, within the contract."""

    code = "contract_supplement_unfit"
    message = _("%(reason)s")


class SupplementTooLarge(Invalid):
    """Supplements add a tenth at most in all."""

    code = "supplement_too_large"
    message = _("Supplements may add %(most)s yuan to this contract in all; %(taken)s are taken.")


class SettlementUnfit(Invalid):
    """A settlement reckons a contract that runs."""

    code = "settlement_unfit"
    message = _("%(reason)s")


class RefundUnfit(Invalid):
    """What is paid back has a day and a transfer, and is owed."""

    code = "contract_refund_unfit"
    message = _("%(reason)s")


class TransferMissing(Invalid):
    """A payment has the number of its transfer, and a day between its approval and today."""

    code = "transfer_missing"
    message = _("Enter the number of the transfer and a day from %(first)s to %(last)s.")


class TransferNumberLong(Invalid):
    """The number of a transfer is as long as the register of public payments takes it."""

    code = "transfer_number_long"
    message = _("The number of a transfer has at most %(most)s characters; this one has %(count)s.")
