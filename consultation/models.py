"""The models of the floor's rooms, gathered for Django."""

from consultation.ballots.models import Ballot, BallotOption, BallotResult, PaperVote, RollEntry, Vote, VoteDraft
from consultation.conventions.models import Convention, ConventionJoin, ConventionVersion
from consultation.decisions.models import Decision, ResultVerdict
from consultation.matters.models import Matter
from consultation.topics.models import Opinion, OpinionSupport, Topic, TopicMatter, TopicPhase

__all__ = [
    "Ballot",
    "BallotOption",
    "BallotResult",
    "Convention",
    "ConventionJoin",
    "ConventionVersion",
    "Decision",
    "Matter",
    "Opinion",
    "OpinionSupport",
    "PaperVote",
    "ResultVerdict",
    "RollEntry",
    "Topic",
    "TopicMatter",
    "TopicPhase",
    "Vote",
    "VoteDraft",
]
