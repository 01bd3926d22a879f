"""The models of the floor's rooms, gathered for Django."""

from projects.contracts.judging.models import AcceptanceSample, ContractReview, Deliverable, SampledResident
from projects.contracts.models import AcceptanceOpinion, Contract, Instalment, Milestone
from projects.contracts.services.models import ProjectAward, PurchasedPosts, ServiceRecord, VenueOperation
from projects.contracts.terms.models import AwardPayment, ContractLine, Expenditure, Settlement, Supplement
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
from projects.purchasing.awarding.models import (
    CommitteeSeat,
    OfferScore,
    PublicPayment,
    PurchaseAward,
    PurchaseOffer,
)
from projects.purchasing.catalogue.models import PublicBudgetLine, PurchaseList, PurchaseListItem
from projects.purchasing.models import Purchase, PurchaseCriterion
from projects.volunteering.models import ServiceHour, VolunteerActivity

__all__ = [
    "AcceptanceOpinion",
    "AcceptanceSample",
    "AnswerExclusion",
    "AwardPayment",
    "CommitteeSeat",
    "Contract",
    "ContractLine",
    "ContractReview",
    "Deliverable",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "EvaluatorTie",
    "Expenditure",
    "Instalment",
    "Milestone",
    "ProjectAward",
    "PurchasedPosts",
    "OfferScore",
    "PublicBudgetLine",
    "PublicPayment",
    "Purchase",
    "PurchaseAward",
    "PurchaseCriterion",
    "PurchaseList",
    "PurchaseListItem",
    "PurchaseOffer",
    "PushMessage",
    "SampledResident",
    "ServiceHour",
    "ServiceRecord",
    "Settlement",
    "Supplement",
    "TemplateQuestion",
    "VenueOperation",
    "VolunteerActivity",
]
