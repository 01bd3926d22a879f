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


class PaymentPromised(NotNow):
    """What a contract promises is paid by its instalments: each when it is due, the last once the residents have accepted."""

    code = "payment_promised"
    message = _(
        "%(promised)s yuan of what is held are promised to a contract, which pays them by its instalments; %(left)s yuan "
        "are free. Release the instalment on the page of the contract, or plan a smaller payment."
    )


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


class PurposeNotPermitted(NotNow):
    """The rules of a fund name the kinds of use that its money may serve."""

    code = "purpose_not_permitted"
    message = _(
        "“%(purpose)s” is no use that the rules of the fund (%(rules)s) permit. They permit: %(permitted)s. Choose one "
        "of these, or look for other money."
    )


class UseProhibited(NotNow):
    """The rules of a fund name what its money must not be used for."""

    code = "use_prohibited"
    message = _(
        "“%(text)s” is prohibited by the rules of the fund (%(rules)s): %(kind)s. Take it out of the request and of its "
        "budget; who must pay for it, pays for it."
    )


class RestrictedElsewhere(NotNow):
    """Restricted money serves what its donors have given it for."""

    code = "restricted_elsewhere"
    message = _(
        "The money of this pool was given for “%(restriction)s”; “%(purpose)s” is another purpose. Ask for free money, "
        "or get the donors' consent to a change of purpose first."
    )


class DonorBenefits(NotAllowed):
    """Who gives restricted money does not get it back as a use."""

    code = "donor_benefits"
    message = _(
        "Somebody who has given for “%(restriction)s” would get the money themselves. A donor names no beneficiary with "
        "whom they are tied: choose another beneficiary, or ask for free money."
    )


class SourceMissing(Invalid):
    """A request says where the need comes from."""

    code = "source_missing"
    message = _("Name the decision, the topic or the need that the request comes from.")


class SourceElsewhere(Invalid):
    """A fund pays for needs of its own place."""

    code = "source_elsewhere"
    message = _("“%(source)s” comes from %(place)s, which the fund does not serve.")


class DecisionMissing(Invalid):
    """Above an amount residents have decided."""

    code = "decision_missing"
    message = _("Above %(amount)s yuan a use cites a final decision of the residents. Name the decision.")


class QuoteNotChosen(NotNow):
    """Of several offers one is chosen."""

    code = "quote_not_chosen"
    message = _("Compare the quotes and choose one of them first.")


class QuoteReasonMissing(Invalid):
    """Who does not take the lowest offer says why."""

    code = "quote_reason_missing"
    message = _("%(supplier)s asks %(amount)s yuan, the lowest offer is %(lowest)s. Say why this one is chosen.")


class QuoteAboveRequest(NotNow):
    """The chosen offer is paid out of what is asked for."""

    code = "quote_above_request"
    message = _("The chosen quote is %(quote)s yuan, only %(amount)s are asked for. Change one of the two.")


class SupplierQuotes(Conflict):
    """Offers are compared between suppliers."""

    code = "supplier_has_quoted"
    message = _("There is a quote of %(supplier)s already. Quotes are compared between different suppliers.")


class QuoteUnfit(Invalid):
    """An offer says who asks how much."""

    code = "quote_unfit"
    message = _("Enter who offers it, and a price above zero.")


class CommitteeEven(NotNow):
    """A committee whose number must be odd resolves nothing while it is even."""

    code = "fund_committee_even"
    message = _(
        "The fund's committee had %(count)s members on %(day)s; the number must be odd. Fill or end a seat before it "
        "resolves."
    )


class EmergencyUnfit(Invalid):
    """What is asked as emergency relief is relief within its cap."""

    code = "emergency_unfit"
    message = _(
        "Emergency relief is hardship relief of at most %(cap)s yuan for one household. Ask for less, or let the "
        "committee decide first."
    )


class HouseholdRelieved(NotNow):
    """The cap holds for a household, not for a paper."""

    code = "household_relieved"
    message = _(
        "This household has been granted %(granted)s yuan that the committee has not ratified yet; %(amount)s more would "
        "be above the cap of %(cap)s yuan. Let the committee meet first."
    )


class ReliefUnratified(NotNow):
    """Relief that was not ratified stops more of it."""

    code = "relief_unratified"
    message = _(
        "Emergency relief %(number)s was not ratified in time or was refused. Have the committee judge it, or the money "
        "given back, before more is granted or paid."
    )


class ReliefByWhom(Invalid):
    """Two members and a supervisor answer for emergency relief."""

    code = "relief_by_whom"
    message = _("Name two different members of the committee and a supervisor who held their seats on %(day)s.")


class HouseholdInterested(NotAllowed):
    """Nobody grants relief to themselves."""

    code = "household_interested"
    message = _("%(member)s cannot agree to relief for their own household. Another member agrees.")


class UrgencyMissing(Invalid):
    """Emergency relief says for whom and why it cannot wait."""

    code = "urgency_missing"
    message = _("Enter the household and why the relief cannot wait for the committee.")


class PaymentNotPaid(NotNow):
    """Money comes back that has left."""

    code = "payment_not_paid"
    message = _("The payment is “%(status)s”. Only what was paid can come back.")


class RefundAbovePayment(NotNow):
    """A payee gives back at most what they got."""

    code = "refund_above_payment"
    message = _("%(paid)s yuan were paid, %(refunded)s have come back already; %(amount)s are too much.")


class RefundDayUnfit(Invalid):
    """Money comes back after it was paid, and not in the future."""

    code = "refund_day_unfit"
    message = _("The money came back between %(first)s and %(last)s; %(day)s cannot be right.")


class RefundReasonMissing(Invalid):
    """A refund says why."""

    code = "refund_reason_missing"
    message = _("Enter why the payee gives the money back.")


class RefundSlipTaken(Conflict):
    """A bank slip proves one refund."""

    code = "refund_slip_taken"
    message = _("Bank slip %(reference)s already proves another refund to this fund.")


class AcceptanceMissing(Invalid):
    """Acceptance says what was found."""

    code = "acceptance_missing"
    message = _("Enter what was found when the work was looked at.")


class AcceptanceNotNow(NotNow):
    """What was paid for is accepted once."""

    code = "acceptance_not_now"
    message = _("The request is “%(status)s”; there is nothing to accept now.")
