"""The models of the floor's rooms, gathered for Django."""

from funds.appeals.models import Appeal, AppealReport
from funds.banking.models import BankAllocation, BankLine, BankMatch
from funds.budgeting.models import BudgetProposal, BudgetRound, ProposalExclusion
from funds.charity.models import CharityAppointment, CommunityFund, DonationStation, FundSeat, HostCharity
from funds.closing.models import FundClosure
from funds.disclosure.models import DisclosedFigure, Disclosure
from funds.donations.models import Donation, GoodsLine, PurposeChange
from funds.donations.promises import DonationMatch, MatchingPromise
from funds.enterprises.letting.models import CommunityAsset, Letting, RentCharge, RentReceipt
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
from funds.enterprises.ownership.models import Shareholder
from funds.enterprises.records.models import BusinessRecord
from funds.intake.models import ColumnMapping, DonationIntake, IntakeRow
from funds.ledger.flows import BookSummary, MonthFlow
from funds.ledger.models import Account, Balance, Book, Journal, Period, Suspension, Transfer
from funds.oversight.models import FundProposal, SupervisorOpinion
from funds.packs.models import FundRulePack
from funds.reinvestment.models import (
    DerivationStep,
    DistributionPolicy,
    PolicyDestination,
    PolicyTier,
    ReinvestmentOrder,
    ReinvestmentRun,
    StandingDecision,
)
from funds.reinvestment.papers.models import OrderPaper
from funds.returns.models import ReinvestmentUse
from funds.spending.models import (
    BudgetLine,
    FundResolution,
    Payment,
    ResolutionVote,
    SpendingRequest,
)
from funds.spending.papers.models import EmergencyRelief, Quote, Refund
from funds.support.models import Appropriation
from funds.upkeep.models import UpkeepEntry

__all__ = [
    "Account",
    "Appeal",
    "AppealReport",
    "Appropriation",
    "Balance",
    "BankAllocation",
    "BankLine",
    "BankMatch",
    "Book",
    "BookSummary",
    "BudgetLine",
    "BudgetProposal",
    "BudgetRound",
    "BusinessRecord",
    "CharityAppointment",
    "ColumnMapping",
    "CommunityAsset",
    "CommunityEnterprise",
    "CommunityFund",
    "DerivationStep",
    "DisclosedFigure",
    "Disclosure",
    "DistributionPolicy",
    "Donation",
    "DonationIntake",
    "DonationMatch",
    "DonationStation",
    "EmergencyRelief",
    "EnterpriseAppointment",
    "FundClosure",
    "FundProposal",
    "FundResolution",
    "FundRulePack",
    "FundSeat",
    "GoodsLine",
    "HostCharity",
    "IntakeRow",
    "Journal",
    "Letting",
    "MatchingPromise",
    "MonthFlow",
    "OrderPaper",
    "Payment",
    "Period",
    "PolicyDestination",
    "PolicyTier",
    "ProfitDeclaration",
    "ProposalExclusion",
    "PurposeChange",
    "Quote",
    "Refund",
    "ReinvestmentOrder",
    "ReinvestmentRun",
    "ReinvestmentUse",
    "RentCharge",
    "RentReceipt",
    "ResolutionVote",
    "Shareholder",
    "SpendingRequest",
    "StandingDecision",
    "SupervisorOpinion",
    "Suspension",
    "Transfer",
    "UpkeepEntry",
]
