"""The models of the floor's rooms, gathered for Django."""

from consultation.ballots.models import Ballot, BallotOption, BallotPaper, BallotResult, RollEntry, Vote, VoteDraft
from consultation.ballots.papers.models import BatchSheet, BatchSignature, PaperBatch, PaperVote
from consultation.ballots.rolls.models import CodeSlip, OwnedUnit, Proxy
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.topics.models import Opinion, OpinionSupport, Topic, TopicMatter, TopicPhase

__all__ = [
    "Ballot",
    "BallotOption",
    "BallotPaper",
    "BallotResult",
    "BatchSheet",
    "BatchSignature",
    "CodeSlip",
    "Decision",
    "Matter",
    "Opinion",
    "OpinionSupport",
    "OwnedUnit",
    "PaperBatch",
    "PaperVote",
    "Proxy",
    "RollEntry",
    "Topic",
    "TopicMatter",
    "TopicPhase",
    "Vote",
    "VoteDraft",
]
