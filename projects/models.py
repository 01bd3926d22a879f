"""The models of the floor's rooms, gathered for Django."""

from projects.contracts.models import AcceptanceOpinion, Contract, Instalment, Milestone
from projects.evaluation.models import (
    AnswerExclusion,
    AnswerRecord,
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTask,
    EvaluationTemplate,
    EvaluatorTie,
    PushMessage,
    TemplateQuestion,
    ThirdPartyEngagement,
)
from projects.volunteering.models import ServiceHour, VolunteerActivity

__all__ = [
    "AcceptanceOpinion",
    "AnswerExclusion",
    "AnswerRecord",
    "Contract",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "EvaluatorTie",
    "Instalment",
    "Milestone",
    "PushMessage",
    "ServiceHour",
    "TemplateQuestion",
    "ThirdPartyEngagement",
    "VolunteerActivity",
]
