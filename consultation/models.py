"""The models of the floor's rooms, gathered for Django."""

from consultation.ballots.models import Ballot, BallotOption, BallotResult, PaperVote, RollEntry, Vote, VoteDraft
from consultation.decisions.models import Decision
from consultation.matters.models import Matter
from consultation.meetings.foursteps.models import FourStep, FourStepCase, FourStepQuestion
from consultation.meetings.models import AgendaItem, Attendance, Council, Meeting, MeetingCall
from consultation.meetings.record import Assignment, CalendarLink, CountSheet, MeetingVote, Minutes, Resolution
from consultation.meetings.stewards.models import StewardCandidate, StewardSelection
from consultation.topics.models import Opinion, OpinionSupport, Topic, TopicMatter, TopicPhase

__all__ = [
    "AgendaItem",
    "Assignment",
    "Attendance",
    "Ballot",
    "BallotOption",
    "BallotResult",
    "CalendarLink",
    "Council",
    "CountSheet",
    "Decision",
    "FourStep",
    "FourStepCase",
    "FourStepQuestion",
    "Matter",
    "Meeting",
    "MeetingCall",
    "MeetingVote",
    "Minutes",
    "Opinion",
    "OpinionSupport",
    "PaperVote",
    "Resolution",
    "RollEntry",
    "StewardCandidate",
    "StewardSelection",
    "Topic",
    "TopicMatter",
    "TopicPhase",
    "Vote",
    "VoteDraft",
]
