"""The models of the floor's rooms, gathered for Django."""

from funds.banking.models import BankLine, BankMatch
from funds.charity.models import CharityAppointment, CommunityFund, HostCharity
from funds.donations.models import Donation
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
from funds.ledger.models import Account, Balance, Book, Journal, Period, Transfer
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

__all__ = [
    "Account",
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
    "EnterpriseAppointment",
    "FundResolution",
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
    "Transfer",
]
