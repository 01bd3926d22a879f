"""The models of the floor's rooms, gathered for Django."""

from consultation.ballots.models import Ballot, BallotOption, BallotPaper, BallotResult, RollEntry, Vote, VoteDraft
from consultation.ballots.papers.models import BatchSheet, BatchSignature, PaperBatch, PaperVote
from consultation.ballots.rolls.lists import BallotVoters, ListedVoter, VoterList
from consultation.ballots.rolls.models import CodeSlip, OwnedUnit, Proxy
from consultation.conventions.elections.models import (
    CommitteeElection,
    ElectionCandidate,
    ElectionPost,
    ElectionRound,
    RoundCandidate,
)
from consultation.conventions.models import Convention, ConventionJoin, ConventionVersion
from consultation.conventions.recalls.models import Recall, RecallSignature
from consultation.decisions.models import Decision, ResultVerdict
from consultation.matters.handling.models import (
    Assignment,
    CallBack,
    Feedback,
    HouseholdConsent,
    Petition,
    SortingContest,
    TimeRequest,
)
from consultation.matters.intake.lists import LivelihoodEntry, LivelihoodList
from consultation.matters.intake.models import MatterIntake, MatterJoining, MatterSlip, MatterSupport, Visit
from consultation.matters.models import Matter
from consultation.matters.surveys.models import Survey, SurveyAnswer, SurveyMatter, SurveyQuestion
from consultation.meetings.foursteps.models import FourStep, FourStepCase, FourStepQuestion
from consultation.meetings.inviting.models import MeetingLetter
from consultation.meetings.joint import CaseParty, MultiPartyCase
from consultation.meetings.models import AgendaItem, Attendance, Council, Meeting, MeetingCall
from consultation.meetings.record import (
    CalendarLink,
    CountSheet,
    MeetingTask,
    MeetingVote,
    Minutes,
    Resolution,
    TaskPhoto,
)
from consultation.meetings.stewards.models import StewardCandidate, StewardSelection
from consultation.topics.following.models import Digest, DigestMessage, Follow
from consultation.topics.models import Opinion, OpinionSupport, PhaseChange, Topic, TopicMatter, TopicPhase
from consultation.topics.needs.models import Allotment, AllotmentShare, BundledMatter, CommonNeed
from consultation.topics.papers.models import DocumentVersion, OfficialAnswer, SectionComment, TopicDocument
from consultation.topics.statements.models import OpinionPicture, Statement, StatementVote

__all__ = [
    "AgendaItem",
    "Allotment",
    "AllotmentShare",
    "Assignment",
    "Attendance",
    "Ballot",
    "BallotOption",
    "BallotPaper",
    "BallotResult",
    "BallotVoters",
    "BatchSheet",
    "BatchSignature",
    "BundledMatter",
    "CalendarLink",
    "CallBack",
    "CaseParty",
    "CodeSlip",
    "CommitteeElection",
    "CommonNeed",
    "Convention",
    "ConventionJoin",
    "ConventionVersion",
    "Council",
    "CountSheet",
    "Decision",
    "Digest",
    "DigestMessage",
    "DocumentVersion",
    "ElectionCandidate",
    "ElectionPost",
    "ElectionRound",
    "Feedback",
    "Follow",
    "FourStep",
    "FourStepCase",
    "FourStepQuestion",
    "HouseholdConsent",
    "ListedVoter",
    "LivelihoodEntry",
    "LivelihoodList",
    "Matter",
    "MatterIntake",
    "MatterJoining",
    "MatterSlip",
    "MatterSupport",
    "Meeting",
    "MeetingCall",
    "MeetingLetter",
    "MeetingTask",
    "MeetingVote",
    "Minutes",
    "MultiPartyCase",
    "OfficialAnswer",
    "Opinion",
    "OpinionPicture",
    "OpinionSupport",
    "OwnedUnit",
    "PaperBatch",
    "PaperVote",
    "Petition",
    "PhaseChange",
    "Proxy",
    "Recall",
    "RecallSignature",
    "Resolution",
    "ResultVerdict",
    "RollEntry",
    "RoundCandidate",
    "SectionComment",
    "SortingContest",
    "Statement",
    "StatementVote",
    "StewardCandidate",
    "StewardSelection",
    "Survey",
    "SurveyAnswer",
    "SurveyMatter",
    "SurveyQuestion",
    "TaskPhoto",
    "TimeRequest",
    "Topic",
    "TopicDocument",
    "TopicMatter",
    "TopicPhase",
    "Visit",
    "Vote",
    "VoteDraft",
    "VoterList",
]
