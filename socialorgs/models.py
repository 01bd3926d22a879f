"""The models of the floor's rooms, gathered for Django."""

from socialorgs.incubation.models import CapacityItem, IncubationStay, Incubator, IncubatorPlace, StayReview, StayScore
from socialorgs.incubation.operators.models import OperatorContract
from socialorgs.register.centers.models import ServiceCenter, Tenancy
from socialorgs.register.clubs.models import Club, ClubActivity, ClubMember
from socialorgs.register.filing.models import Filing, FilingConfirmation, FilingCounter, OrganizationClass
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow
from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization
from socialorgs.register.strengths.models import BroughtIn, Capability
from socialorgs.register.ties.models import FederationMember, OfferedResource, ResourceUse

__all__ = [
    "AnnualInspection",
    "BroughtIn",
    "Capability",
    "CapacityItem",
    "Club",
    "ClubActivity",
    "ClubMember",
    "CreditListing",
    "FederationMember",
    "Filing",
    "FilingConfirmation",
    "FilingCounter",
    "IncubationStay",
    "Incubator",
    "IncubatorPlace",
    "OfferedResource",
    "OperatorContract",
    "OrganizationAppointment",
    "OrganizationClass",
    "RegisterSheet",
    "RegisterSheetRow",
    "ResourceUse",
    "ServiceCenter",
    "SocialOrganization",
    "StayReview",
    "StayScore",
    "Tenancy",
]
