"""The models of the floor's rooms, gathered for Django."""

from consultation.ballots.models import Ballot, BallotOption, BallotResult, PaperVote, RollEntry, Vote, VoteDraft
from consultation.decisions.models import Decision
from consultation.matters.handling.models import (
    Assignment,
    CallBack,
    Feedback,
    HouseholdConsent,
    Petition,
    SortingContest,
    TimeRequest,
)
from consultation.matters.models import Matter
from consultation.topics.models import Opinion, OpinionSupport, Topic, TopicMatter, TopicPhase

__all__ = [
    "Assignment",
    "Ballot",
    "BallotOption",
    "BallotResult",
    "CallBack",
    "Decision",
    "Feedback",
    "HouseholdConsent",
    "Matter",
    "Opinion",
    "OpinionSupport",
    "PaperVote",
    "Petition",
    "RollEntry",
    "SortingContest",
    "TimeRequest",
    "Topic",
    "TopicMatter",
    "TopicPhase",
    "Vote",
    "VoteDraft",
]
