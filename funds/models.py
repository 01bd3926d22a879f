"""The models of the floor's rooms, gathered for Django."""

from funds.banking.models import BankLine, BankMatch
from funds.charity.models import CharityAppointment, CommunityFund, Donation, HostCharity
from funds.enterprises.letting.models import CommunityAsset, Letting, RentCharge, RentReceipt
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
from funds.enterprises.ownership.models import Shareholder
from funds.enterprises.records.models import BusinessRecord
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
    "BusinessRecord",
    "CharityAppointment",
    "CommunityAsset",
    "CommunityEnterprise",
    "CommunityFund",
    "DerivationStep",
    "DistributionPolicy",
    "Donation",
    "EnterpriseAppointment",
    "FundResolution",
    "HostCharity",
    "Journal",
    "Letting",
    "Payment",
    "Period",
    "PolicyDestination",
    "PolicyTier",
    "ProfitDeclaration",
    "ReinvestmentOrder",
    "ReinvestmentRun",
    "RentCharge",
    "RentReceipt",
    "ResolutionVote",
    "Shareholder",
    "SpendingRequest",
    "StandingDecision",
    "Transfer",
]
