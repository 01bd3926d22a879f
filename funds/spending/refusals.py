"""Why a request, a resolution or a payment is refused."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class FundNotSpending(NotNow):
    """Only an active fund takes requests and lets money go."""

    code = "fund_not_spending"
    message = _("“%(fund)s” is “%(status)s”: no money is asked of it, held or paid.")


class DecisionNotFinal(NotNow):
    """Money is asked for what has been decided for good."""

    code = "decision_not_final"
    message = _("Decision %(decision)s is “%(status)s” and not final. Money is asked for final decisions.")


class DecisionElsewhere(Invalid):
    """A fund pays for what its own place has decided."""

    code = "decision_elsewhere"
    message = _("Decision %(decision)s was taken in %(place)s, which the fund does not serve.")


class AmountAboveDecision(Invalid):
    """The decision names what its execution may cost."""

    code = "amount_above_decision"
    message = _("The decision allows %(allowed)s yuan, of which %(asked)s are asked already; %(amount)s are too much.")


class RequestAmountMissing(Invalid):
    """A request and each line of its budget have an amount above zero."""

    code = "request_amount_missing"
    message = _("Enter an amount above zero.")


class LinesDoNotAddUp(Invalid):
    """The lines of the budget are the amount."""

    code = "lines_do_not_add_up"
    message = _("The lines of the budget sum to %(total)s yuan, %(amount)s are asked for.")


class LinesMissing(Invalid):
    """A request has a budget."""

    code = "budget_lines_missing"
    message = _("Enter the budget, line by line, each with what it is for.")


class QuotesMissing(NotNow):
    """The ladder asks for several offers."""

    code = "quotes_missing"
    message = _("For %(amount)s yuan the ladder asks for at least %(least)s quotes; %(count)s are attached.")


class QuoteUnseen(Invalid):
    """A file that is attached is one that the person may open."""

    code = "quote_unseen"
    message = _("One of the quotes is not a file that you may open.")


class PoolUnfit(Invalid):
    """Money comes from a pool of the fund's own book."""

    code = "pool_unfit"
    message = _("“%(account)s” is no pool of this fund.")


class RequestNotOpen(NotNow):
    """Only a draft or what was returned is changed."""

    code = "request_not_open"
    message = _("The request is “%(status)s”. Only a draft or a returned request can be changed.")


class CommitteeMissing(NotNow):
    """Without a complete committee nothing is resolved."""

    code = "fund_committee_missing"
    message = _("The fund's committee has %(count)s members and needs %(least)s. Name the committee first.")


class MeetingDayUnfit(Invalid):
    """The committee meets after the community has checked, and not in the future."""

    code = "meeting_day_unfit"
    message = _("The committee met between %(first)s and %(last)s; %(day)s cannot be right.")


class SupervisorOpinionMissing(Invalid):
    """The fund's supervisor records an opinion on every use."""

    code = "supervisor_opinion_missing"
    message = _("Enter the opinion of the fund's supervisor.")


class PartyConsentMissing(Invalid):
    """The ladder asks for the consent of the community's party committee."""

    code = "party_consent_missing"
    message = _("For %(amount)s yuan enter day and number of the consent of the community's party committee.")


class ResidentsMeetingMissing(Invalid):
    """The ladder asks for a resolution of the residents' meeting."""

    code = "residents_meeting_missing"
    message = _("For %(amount)s yuan enter day and result of the resolution of the residents' meeting.")


class NotAMember(Invalid):
    """Only who has a vote in the committee on the day of the meeting is recorded."""

    code = "not_a_member"
    message = _("One of those recorded had no vote in the fund's committee on %(day)s.")


class StandUnknown(Invalid):
    """A member stands for, against, abstains, withdraws or is absent."""

    code = "stand_unknown"
    message = _("“%(text)s” is not a vote.")


class RecusalReasonMissing(Invalid):
    """Who withdraws says why."""

    code = "recusal_reason_missing"
    message = _("Say why %(member)s withdraws from the vote.")


class MustWithdraw(NotAllowed):
    """A member with an interest of their own does not vote."""

    code = "member_must_withdraw"
    message = _("%(member)s must withdraw from the vote: %(reason)s.")


class ChairLimitReached(NotNow):
    """The chair decides alone only so often."""

    code = "chair_limit_reached"
    message = _("The chair has decided %(count)s times alone this month, which is the limit. The committee decides.")


class ApprovalByCharity(NotAllowed):
    """From a certain amount on the charity checks the use itself."""

    code = "approval_by_charity"
    message = _("For %(amount)s yuan the ladder asks for the approval by an officer of the charity.")


class RequestNotApproved(NotNow):
    """Money is held for an approved request only."""

    code = "request_not_approved"
    message = _("The request is “%(status)s”; nothing is held from which a payment could be made.")


class PaymentAboveHold(NotNow):
    """Payments draw on what is held and no more."""

    code = "payment_above_hold"
    message = _("%(held)s yuan are held, %(planned)s are planned or paid; %(amount)s are too much.")


class InstalmentTaken(Conflict):
    """An instalment is paid once."""

    code = "instalment_taken"
    message = _("Instalment %(number)s of this request has a payment already.")


class PayeeMissing(Invalid):
    """Somebody is paid."""

    code = "payee_missing"
    message = _("Enter who is to be paid.")


class TiedMemberVoted(NotAllowed):
    """Who acts for the payee has not voted on the use."""

    code = "tied_member_voted"
    message = _("%(organization)s cannot be paid: %(member)s acts for it and has voted on this request.")


class BankReferenceMissing(Invalid):
    """A payment is proven by its bank slip."""

    code = "bank_reference_missing"
    message = _("Enter the number of the bank slip.")


class BankReferenceTaken(Conflict):
    """A bank slip proves one payment."""

    code = "bank_reference_taken"
    message = _("Bank slip %(reference)s already proves another payment of this fund.")


class PaidDayUnfit(Invalid):
    """Money leaves after its approval, and not in the future."""

    code = "paid_day_unfit"
    message = _("The money was paid between %(first)s and %(last)s; %(day)s cannot be right.")


class PaymentsUnderWay(NotNow):
    """A request ends when its payments are paid or cancelled."""

    code = "payments_under_way"
    message = _("%(count)s payments are under way. Have them paid or cancel them first.")
