"""The models of the floor's rooms, gathered for Django."""

from funds.banking.models import BankLine, BankMatch
from funds.charity.models import CharityAppointment, CommunityFund, Donation, DonationStation, HostCharity
from funds.closing.models import FundClosure
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
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
from funds.spending.models import (
    BudgetLine,
    FundResolution,
    Payment,
    ResolutionVote,
    SpendingRequest,
)
from funds.support.models import Appropriation

__all__ = [
    "Account",
    "Appropriation",
    "Balance",
    "BankLine",
    "BankMatch",
    "Book",
    "BudgetLine",
    "CharityAppointment",
    "CommunityEnterprise",
    "CommunityFund",
    "DerivationStep",
    "DistributionPolicy",
    "Donation",
    "DonationStation",
    "EnterpriseAppointment",
    "FundClosure",
    "FundProposal",
    "FundResolution",
    "FundRulePack",
    "HostCharity",
    "Journal",
    "Payment",
    "Period",
    "PolicyDestination",
    "PolicyTier",
    "ProfitDeclaration",
    "ReinvestmentOrder",
    "ReinvestmentRun",
    "ResolutionVote",
    "SpendingRequest",
    "StandingDecision",
    "SupervisorOpinion",
    "Suspension",
    "Transfer",
]
