"""Why a contract refuses something, in words for whoever asked."""

from django.utils.translation import gettext_lazy as _

from governance.errors import Conflict, Invalid, NotAllowed, NotNow


class ContractRequestNotApproved(NotNow):
    """A contract is paid out of money that is held."""

    code = "contract_request_not_approved"
    message = _("Request %(request)s is “%(status)s”. A contract needs money that is held for it.")


class ContractElsewhere(Invalid):
    """A fund pays for what is done in the place that it serves."""

    code = "contract_elsewhere"
    message = _("Request %(request)s belongs to a fund that does not serve %(place)s.")


class ContractAboveHold(Invalid):
    """A contract cannot promise more than is held."""

    code = "contract_above_hold"
    message = _("%(held)s yuan are held, %(bound)s of them promised already; a contract of %(amount)s is too much.")


class ContractNotDraft(NotNow):
    """Only a draft is corrected; what was offered stays."""

    code = "contract_not_draft"
    message = _(
        "The contract is “%(status)s”, and what was offered stays as it is. Change a running contract by a supplement; end one "
        "that nobody has signed and draft it anew."
    )


class ContractKindFixed(NotNow):
    """What was written down of a draft's venue or posts keeps its kind and a sum that covers it."""

    code = "contract_kind_fixed"
    message = _(
        "The venue or the posts of this contract have been written down. Its kind stays, and its sum covers the posts; end the "
        "draft and draft another contract."
    )


class ContractAmountMissing(Invalid):
    """A contract has an amount above zero."""

    code = "contract_amount_missing"
    message = _("Enter an amount above zero.")


class TermUnfit(Invalid):
    """A contract runs forward, begins after the money was approved and lasts no longer than the rule allows."""

    code = "term_unfit"
    message = _("%(reason)s")


class MilestonesUnfit(Invalid):
    """A milestone has a title and lies within the term."""

    code = "milestones_unfit"
    message = _("%(reason)s")


class ConditionUnfit(Invalid):
    """An instalment waits for something that can come."""

    code = "condition_unfit"
    message = _("%(reason)s")


class EvaluationUnfit(Invalid):
    """The evaluation of a contract is about its organization and its place, one at a time."""

    code = "evaluation_unfit"
    message = _("%(reason)s")


class InstalmentsNotAnnounced(Invalid):
    """A grant is paid in the instalments that its round announced."""

    code = "instalments_not_announced"
    message = _(
        "The round of award %(award)s announced the instalments %(percents)s (percent). Enter the same, in this order."
    )


class InstalmentHeldByGrade(NotNow):
    """The last instalment waits for the evaluation, and for the street where it was failed."""

    code = "instalment_held_by_grade"
    message = _("%(reason)s")


class NothingHeldByGrade(NotNow):
    """The street decides on the rest where the evaluation was failed, once."""

    code = "nothing_held_by_grade"
    message = _("There is nothing to decide: no evaluation of this contract was failed, or it was decided already.")


class ContractNotRunning(NotNow):
    """Milestones are reported and confirmed while the contract runs."""

    code = "contract_not_running"
    message = _("The contract is “%(status)s”.")


class TermNotBegun(NotNow):
    """What is done under a contract is done in its term."""

    code = "term_not_begun"
    message = _("The term of the contract begins on %(day)s. Report from that day on what was done.")


class MilestonesMissing(NotNow):
    """A contract on an award says by when what is done, so that its course can be watched."""

    code = "milestones_missing"
    message = _(
        "The contract on award %(award)s names no milestone. Correct the draft: enter by when what is done, so that the community "
        "can watch its course and see the evidence."
    )


class ReportMissing(Invalid):
    """A report says what was done."""

    code = "report_missing"
    message = _("Please write what was done.")


class EvidenceNotYours(NotAllowed):
    """Evidence is a file of one's own."""

    code = "evidence_not_yours"
    message = _("The file “%(name)s” was stored by somebody else or for another place.")


class TooMuchEvidence(Invalid):
    """A milestone has its limit of files."""

    code = "too_much_evidence"
    message = _("At most %(limit)s files can be attached.")


class MilestonesOpen(NotNow):
    """A delivery is reported when every milestone is confirmed."""

    code = "milestones_open"
    message = _("%(count)s milestones have not been confirmed.")


class OpinionNotYours(NotAllowed):
    """Opinions come from confirmed residents of the place who have no tie to the organization."""

    code = "opinion_not_yours"
    message = _("Only confirmed adult residents of %(place)s who do not act for the organization give an opinion.")


class OpinionNotNow(NotNow):
    """Opinions are given on a delivery that waits for its acceptance."""

    code = "opinion_not_now"
    message = _("Nothing has been delivered that waits for acceptance.")


class OpinionRepeated(Conflict):
    """One resident gives one opinion."""

    code = "opinion_repeated"
    message = _("You have already given your opinion on this delivery.")


class TooFewOpinions(NotNow):
    """Without the residents nothing is accepted."""

    code = "too_few_opinions"
    message = _("%(given)s residents have given their opinion; at least %(needed)s are needed.")


class ResidentsNotContent(NotNow):
    """The residents turn a delivery down."""

    code = "residents_not_content"
    message = _(
        "%(content)s of %(given)s residents are content; at least %(needed)s %% are needed. Return it for mending."
    )


class InstalmentUnknown(Invalid):
    """The contract has no instalment of this number."""

    code = "instalment_unknown"
    message = _("The contract has no instalment %(number)s.")


class InstalmentNotDue(NotNow):
    """What the instalment waits for has not come."""

    code = "instalment_not_due"
    message = _("Instalment %(number)s is due when %(condition)s.")


class InstalmentReleased(Conflict):
    """An instalment is paid once."""

    code = "instalment_released"
    message = _("Instalment %(number)s has already been released.")


class PaymentsOpen(NotNow):
    """Money that is on its way is paid or cancelled first."""

    code = "payments_open"
    message = _("%(count)s instalments have not been paid. Pay or cancel them first.")


class OriginUnfit(Invalid):
    """A contract stands on one award, or on one spending request."""

    code = "origin_unfit"
    message = _("Name one thing that the contract stands on: a purchase award, a grant award or a spending request.")


class LinesUnfit(Invalid):
    """The budget of a contract is the whole of it."""

    code = "contract_lines_unfit"
    message = _("The lines of the budget come to %(total)s yuan, the contract to %(amount)s; each line is above zero.")


class DeliverablesUnfit(Invalid):
    """What is promised has a name, a figure and a unit."""

    code = "deliverables_unfit"
    message = _("Each item has a title, a figure above zero and a unit.")


class ContractNotToJoin(NotNow):
    """The community signs after the organization, once."""

    code = "contract_not_to_join"
    message = _("The community signs once, after the organization and before the street.")


class CommunityHasNotSigned(NotNow):
    """An agreement on an award has three parties."""

    code = "community_has_not_signed"
    message = _("The community has not signed. An agreement of three parties is signed by all three.")


class ItemsOpen(NotNow):
    """Everything that was promised is judged before a delivery is accepted."""

    code = "items_open"
    message = _("%(count)s items of this delivery have not been judged or are not in order.")


class SettlementMissing(NotNow):
    """A contract that runs is reckoned before it ends."""

    code = "settlement_missing"
    message = _(
        "Propose a settlement first: what was done, what it is worth, what is paid back. Another person then ends the contract."
    )


class RollEmpty(NotNow):
    """There are as many residents as opinions are needed."""

    code = "acceptance_roll_empty"
    message = _("%(count)s confirmed adults stand on the roll of the place; %(needed)s opinions are needed.")


class AwardNotToContract(NotNow):
    """A contract cites an award that stands."""

    code = "award_not_to_contract"
    message = _("Award %(award)s is “%(status)s”. A contract cites an award that is final.")


class AwardElsewhere(Invalid):
    """A contract is made with whom the award names, for its place and at most for its sum."""

    code = "award_elsewhere"
    message = _("The award names another organization or community, or a smaller sum (%(amount)s yuan).")


class AwardPaidFrom(Invalid):
    """What was paid on an award is not promised a second time."""

    code = "award_paid_from"
    message = _(
        "%(paid)s yuan were paid on award %(award)s already. Enter a contract of at most %(left)s yuan, which is what is left."
    )


class GrantPaidFrom(NotNow):
    """A grant whose contract ended after something was paid has no second contract."""

    code = "grant_paid_from"
    message = _(
        "%(paid)s yuan of grant %(award)s were paid under a contract that has ended. What is left stays with those who "
        "gave it; the organization can apply again in a later round."
    )


class AwardContracted(Conflict):
    """One award has one contract."""

    code = "award_contracted"
    message = _("There is a contract on award %(award)s already.")


class MoneyOfTheGrant(Invalid):
    """What a fund gives to a grant goes through its hold."""

    code = "money_of_the_grant"
    message = _(
        "A grant that a community fund pays, in whole or in part, needs an approved spending request of that fund; one out of "
        "other money needs none."
    )


class UnusedMoney(NotNow):
    """What of a grant was not spent goes back before its contract is closed."""

    code = "grant_money_unused"
    message = _(
        "%(left)s yuan of the grant were paid, and no confirmed invoice says what they were spent for. Confirm the "
        "organization's invoices under “Budget and spending”; what is left then is reckoned there and paid back first."
    )


class RefundOpen(NotNow):
    """What is owed back comes back before a contract is closed."""

    code = "refund_open"
    message = _(
        "%(owed)s yuan are to be paid back. Record under “Budget and spending” that they came back, then close the contract."
    )


class FilingUnfit(Invalid):
    """A copy of a signed contract on a purchase is filed once (Basis: Government Procurement Law art. 47)."""

    code = "contract_filing_unfit"
    message = _("%(reason)s")


class FieldUnknown(Invalid):
    """A project serves in one of the known fields."""

    code = "field_unknown"
    message = _("There is no such field. Choose one of: %(known)s.")
