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
    "AnswerExclusion",
    "CommitteeSeat",
    "Contract",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "EvaluatorTie",
    "Instalment",
    "Milestone",
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
    "ServiceHour",
    "TemplateQuestion",
    "VolunteerActivity",
]
