"""The models of the floor's rooms, gathered for Django."""

from projects.contracts.models import AcceptanceOpinion, Contract, Instalment, Milestone
from projects.evaluation.models import (
    EvaluationAnswer,
    EvaluationPlan,
    EvaluationResult,
    EvaluationTask,
    EvaluationTemplate,
    PushMessage,
    TemplateQuestion,
)
from projects.volunteering.models import ServiceHour, VolunteerActivity

__all__ = [
    "AcceptanceOpinion",
    "Contract",
    "EvaluationAnswer",
    "EvaluationPlan",
    "EvaluationResult",
    "EvaluationTask",
    "EvaluationTemplate",
    "Instalment",
    "Milestone",
    "PushMessage",
    "ServiceHour",
    "TemplateQuestion",
    "VolunteerActivity",
]
