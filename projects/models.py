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
from projects.volunteering.models import ServiceHour, VolunteerActivity

__all__ = [
    "AcceptanceOpinion",
    "AcceptanceSample",
    "AnswerExclusion",
    "AwardPayment",
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
