"""The models of the floor's rooms, gathered for Django."""

from socialorgs.incubation.models import CapacityItem, IncubationStay, Incubator, IncubatorPlace, StayReview, StayScore
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.clubs.models import Club, ClubActivity, ClubMember
from socialorgs.register.filing.models import Filing, FilingConfirmation, FilingCounter, OrganizationClass
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow
from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization
from socialorgs.register.strengths.models import BroughtIn, Capability
from socialorgs.register.ties.models import FederationMember, OfferedResource, ResourceUse
from socialorgs.supervision.grading.models import Assessment, AssessmentVote
from socialorgs.supervision.illegal.models import IllegalCase, IllegalTip
from socialorgs.supervision.models import CreditRepair, RectificationOrder, StandingAlert, YearReport

__all__ = [
    "AnnualInspection",
    "Assessment",
    "AssessmentVote",
    "BroughtIn",
    "Capability",
    "CapacityItem",
    "Club",
    "ClubActivity",
    "ClubMember",
    "CreditListing",
    "CreditRepair",
    "FederationMember",
    "Filing",
    "FilingConfirmation",
    "FilingCounter",
    "IllegalCase",
    "IllegalTip",
    "IncubationStay",
    "Incubator",
    "IncubatorPlace",
    "OfferedResource",
    "OperatorContract",
    "OrganizationAppointment",
    "OrganizationClass",
    "ParticipationBan",
    "RectificationOrder",
    "RegisterSheet",
    "RegisterSheetRow",
    "ResourceUse",
    "ServiceCenter",
    "SocialOrganization",
    "StandingAlert",
    "StayReview",
    "StayScore",
    "Tenancy",
    "YearReport",
]
