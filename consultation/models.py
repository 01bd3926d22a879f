"""The models of the floor's rooms, gathered for Django."""

from consultation.ballots.models import Ballot, BallotOption, BallotResult, PaperVote, RollEntry, Vote, VoteDraft
from consultation.decisions.models import Decision
from consultation.matters.intake.lists import LivelihoodEntry, LivelihoodList
from consultation.matters.intake.models import MatterIntake, MatterJoining, MatterSlip, MatterSupport, Visit
from consultation.matters.models import Matter
from consultation.topics.models import Opinion, OpinionSupport, Topic, TopicMatter, TopicPhase

__all__ = [
    "Ballot",
    "BallotOption",
    "BallotResult",
    "Decision",
    "LivelihoodEntry",
    "LivelihoodList",
    "Matter",
    "MatterIntake",
    "MatterJoining",
    "MatterSlip",
    "MatterSupport",
    "Opinion",
    "OpinionSupport",
    "PaperVote",
    "RollEntry",
    "Topic",
    "TopicMatter",
    "TopicPhase",
    "Visit",
    "Vote",
    "VoteDraft",
]
