"""The models of the floor's rooms, gathered for Django."""

from funds.appeals.models import Appeal, AppealReport
from funds.banking.models import BankLine, BankMatch
from funds.charity.models import CharityAppointment, CommunityFund, HostCharity
from funds.donations.models import Donation, DonationStation, GoodsLine, PurposeChange
from funds.donations.promises import DonationMatch, MatchingPromise
from funds.enterprises.models import CommunityEnterprise, EnterpriseAppointment, ProfitDeclaration
from funds.intake.models import ColumnMapping, DonationIntake, IntakeRow
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
    "Appeal",
    "AppealReport",
    "Balance",
    "BankLine",
    "BankMatch",
    "Book",
    "BudgetLine",
    "CharityAppointment",
    "ColumnMapping",
    "CommunityEnterprise",
    "CommunityFund",
    "DerivationStep",
    "DistributionPolicy",
    "Donation",
    "DonationIntake",
    "DonationMatch",
    "DonationStation",
    "EnterpriseAppointment",
    "FundResolution",
    "GoodsLine",
    "HostCharity",
    "IntakeRow",
    "Journal",
    "MatchingPromise",
    "Payment",
    "Period",
    "PolicyDestination",
    "PolicyTier",
    "ProfitDeclaration",
    "PurposeChange",
    "ReinvestmentOrder",
    "ReinvestmentRun",
    "ResolutionVote",
    "SpendingRequest",
    "StandingDecision",
    "Transfer",
]
