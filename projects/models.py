"""The models of the floor's rooms, gathered for Django."""

from projects.contracts.models import AcceptanceOpinion, Contract, Instalment, Milestone
from projects.evaluation.models import (
    AnswerExclusion,
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTask,
    EvaluationTemplate,
    EvaluatorTie,
    PushMessage,
    TemplateQuestion,
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
from projects.volunteering.models import ServiceHour, VolunteerActivity

__all__ = [
    "AcceptanceOpinion",
    "AnswerExclusion",
    "CessionService",
    "Contract",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "EvaluatorTie",
    "FairIntention",
    "FairProject",
    "Instalment",
    "MarketBlock",
    "MatchFair",
    "Merchant",
    "MerchantOffer",
    "MicroService",
    "Milestone",
    "OpenResource",
    "PushMessage",
    "ResourceBooking",
    "ServiceHour",
    "ServiceMatch",
    "ServiceRating",
    "TemplateQuestion",
    "VenueCession",
    "VolunteerActivity",
]
