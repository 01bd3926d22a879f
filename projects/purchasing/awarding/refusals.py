"""Why an offer, a committee or an award is refused, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class NoOffersTaken(NotNow):
    """Offers are taken while the purchase is announced."""

    code = "no_offers_taken"
    message = _("“%(purchase)s” takes no offers at present.")


class OffersClosed(NoOffersTaken):
    """An offer that comes late is not taken (Basis: Government Procurement Law art. 35); what was typed stays a draft."""

    code = "offers_closed"
    message = _("“%(purchase)s” took offers until %(until)s; a late offer cannot be taken. A draft is kept.")


class OfferKnown(Conflict):
    """One organization makes one offer."""

    code = "offer_known"
    message = _("%(organization)s has made an offer for this purchase already.")


class OfferAmountUnfit(Invalid):
    """An offer has a price, which is not above the ceiling."""

    code = "offer_amount_unfit"
    message = _("Enter a price above zero and not above the ceiling of %(ceiling)s yuan.")


class OfferIncomplete(Invalid):
    """An offer says how the service is delivered."""

    code = "offer_incomplete"
    message = _("Write how the service is delivered.")


class TooManyPapers(Invalid):
    """An offer has so many papers at most."""

    code = "too_many_papers"
    message = _("At most %(limit)s papers belong to an offer.")


class OfferNotDraft(NotNow):
    """An offer that was handed in is taken back before it is changed."""

    code = "offer_not_draft"
    message = _("The offer is “%(status)s”. Take it back before you change it.")


class OffersSealed(NotNow):
    """Nobody judges offers before they are opened."""

    code = "offers_sealed"
    message = _("The purchase is “%(status)s”; offers are judged when they have been opened.")


class CommitteeUnfit(Invalid):
    """A committee has its number, odd, and its part of experts."""

    code = "purchase_committee_unfit"
    message = _("%(reason)s")


class JudgeTied(NotAllowed):
    """Who is tied to a bidder does not judge (Basis: Regulations for the Government Procurement Law art. 9)."""

    code = "judge_tied"
    message = _("%(person)s is tied to %(organization)s, which has made an offer, and may not judge it.")


class CommitteeComplete(NotNow):
    """A committee that has begun to score stays as it is."""

    code = "committee_complete"
    message = _("The committee has begun to score and stays as it is.")


class NotInTheCommittee(NotAllowed):
    """The committee scores, nobody else."""

    code = "not_in_the_committee"
    message = _("You do not sit in the committee of this purchase.")


class ScoresKnown(Conflict):
    """A member scores once."""

    code = "scores_known"
    message = _("You have handed in your scores; they stand.")


class ScoresUnfit(Invalid):
    """A member gives each admitted offer points under each criterion but the price."""

    code = "scores_unfit"
    message = _("%(reason)s")


class ScoresMissing(NotNow):
    """Every member scores before an award is proposed."""

    code = "scores_missing"
    message = _("%(count)s members of the committee have not scored yet.")


class OffersUnexamined(NotNow):
    """Every offer is admitted or not before the next step."""

    code = "offers_unexamined"
    message = _("%(count)s offers have not been examined.")


class OfferNotFirst(Invalid):
    """The award goes to the offer with the most points."""

    code = "offer_not_first"
    message = _("The offer of %(organization)s has the most points; the award goes to it.")


class OfferNotAdmitted(Invalid):
    """An award goes to an offer that was admitted."""

    code = "offer_not_admitted"
    message = _("This offer was not admitted.")


class AwardReasonMissing(Invalid):
    """An award has a reason."""

    code = "award_reason_missing"
    message = _("Write why this offer is proposed.")


class TooFewAdmitted(NotNow):
    """A competition of fewer admitted offers than the law asks for has failed."""

    code = "too_few_admitted"
    message = _("%(count)s offers were admitted; %(needed)s are needed. Declare the purchase failed.")


class AwardNotFinal(NotNow):
    """Public money is paid for a final award."""

    code = "award_not_final"
    message = _("The award is “%(status)s”.")


class GoesByTheContract(NotNow):
    """What a contract stands on is supplemented and paid by the contract, by three acts."""

    code = "goes_by_the_contract"
    message = _(
        "Contract %(contract)s stands on this award. Release its instalment or propose a supplement on the page of the "
        "contract; what is paid there is recorded here by itself."
    )


class ContractFirst(NotNow):
    """Nothing is paid on an award before its contract is signed (Basis: Government Procurement Law art. 43)."""

    code = "contract_first"
    message = _(
        "No contract stands on award %(award)s yet. Draft it and let it be signed; then its instalments are paid on the page of "
        "the contract, and what is paid there is recorded here by itself."
    )


class SupplementUnfit(Invalid):
    """Supplements are together at most the part of the rule."""

    code = "purchase_supplement_unfit"
    message = _("Supplements of this award come to at most %(most)s yuan in all; %(left)s yuan are left.")


class PaymentUnfit(Invalid):
    """A payment has an amount, which is not above what is left."""

    code = "public_payment_unfit"
    message = _("Enter an amount above zero and not above the %(left)s yuan that are left of the award.")


class PaymentKnown(Conflict):
    """A document of payment is entered once."""

    code = "public_payment_known"
    message = _("Payment document %(number)s was entered for this budget line already.")


class PaymentDayUnfit(Invalid):
    """A payment was made in the past, not before the award."""

    code = "public_payment_day_unfit"
    message = _("Enter the day of the payment, not before the award and not in the future.")
