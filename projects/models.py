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
from projects.market.models import MarketBlock, MicroService, ServiceMatch, ServiceRating
from projects.volunteering.models import ServiceHour, VolunteerActivity

__all__ = [
    "AcceptanceOpinion",
    "AnswerExclusion",
    "Contract",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "EvaluatorTie",
    "Instalment",
    "MarketBlock",
    "MicroService",
    "Milestone",
    "PushMessage",
    "ServiceHour",
    "ServiceMatch",
    "ServiceRating",
    "TemplateQuestion",
    "VolunteerActivity",
]
