"""The models of the floor's rooms, gathered for Django."""

from projects.contracts.judging.models import AcceptanceSample, ContractReview, Deliverable, SampledResident
from projects.contracts.models import AcceptanceOpinion, Contract, Instalment, Milestone
from projects.contracts.services.models import ProjectAward, PurchasedPosts, ServiceRecord, VenueOperation
from projects.contracts.terms.models import AwardPayment, ContractLine, Expenditure, Settlement, Supplement
from projects.evaluation.models import (
    AnswerExclusion,
    AnswerRecord,
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTask,
    EvaluationTemplate,
    EvaluatorTie,
    PaperEntry,
    PushMessage,
    TemplateQuestion,
    ThirdPartyEngagement,
)
from projects.grants.models import (
    AwardSource,
    DeclaredTie,
    DefenceRecord,
    GrantApplication,
    GrantAward,
    GrantBudgetLine,
    GrantExpert,
    GrantRound,
    PanelSeat,
    Programme,
    RoundFunding,
    ScoreSheet,
)
from projects.market.fairs.models import FairIntention, FairProject, MatchFair
from projects.market.models import MarketBlock, MicroService, ServiceMatch, ServiceRating
from projects.market.sharing.models import (
    CessionService,
    Merchant,
    MerchantOffer,
    OpenResource,
    ResourceBooking,
    VenueCession,
)
from projects.market.talents.models import TalentProfile
from projects.purchasing.asking.models import PurchaseQuestion
from projects.purchasing.awarding.files.models import OfferFile
from projects.purchasing.awarding.models import (
    CommitteeSeat,
    OfferScore,
    PublicPayment,
    PurchaseAward,
    PurchaseOffer,
)
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList, PurchaseListItem
from projects.purchasing.inviting.models import PurchaseInvitation
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.volunteering.models import ServiceHour, VolunteerActivity

__all__ = [
    "AcceptanceOpinion",
    "AcceptanceSample",
    "AnswerExclusion",
    "AnswerRecord",
    "AwardPayment",
    "AwardSource",
    "CessionService",
    "CommitteeSeat",
    "Contract",
    "ContractLine",
    "ContractReview",
    "DeclaredTie",
    "DefenceRecord",
    "Deliverable",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "EvaluatorTie",
    "Expenditure",
    "FairIntention",
    "FairProject",
    "GrantApplication",
    "GrantAward",
    "GrantBudgetLine",
    "GrantExpert",
    "GrantRound",
    "Instalment",
    "MarketBlock",
    "MatchFair",
    "Merchant",
    "MerchantOffer",
    "MicroService",
    "Milestone",
    "OfferFile",
    "OfferScore",
    "OpenResource",
    "PanelSeat",
    "PaperEntry",
    "Programme",
    "ProjectAward",
    "PublicBudgetLine",
    "PublicPayment",
    "Purchase",
    "PurchaseAward",
    "PurchaseCriterion",
    "PurchaseInvitation",
    "PurchaseList",
    "PurchaseListItem",
    "PurchaseOffer",
    "PurchaseQuestion",
    "PurchasedPosts",
    "PushMessage",
    "ResourceBooking",
    "RoundFunding",
    "SampledResident",
    "ScoreSheet",
    "ServiceHour",
    "ServiceMatch",
    "ServiceRating",
    "ServiceRecord",
    "Settlement",
    "Supplement",
    "TalentProfile",
    "TemplateQuestion",
    "ThirdPartyEngagement",
    "VenueCession",
    "VenueOperation",
    "VolunteerActivity",
]
