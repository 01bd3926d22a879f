"""The models of the floor's rooms, gathered for Django."""

from socialorgs.incubation.models import CapacityItem, IncubationStay, Incubator, IncubatorPlace, StayReview, StayScore
from socialorgs.register.filing.models import Filing, FilingConfirmation, FilingCounter, OrganizationClass
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow
from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization

__all__ = [
    "AnnualInspection",
    "CapacityItem",
    "CreditListing",
    "Filing",
    "FilingConfirmation",
    "FilingCounter",
    "IncubationStay",
    "Incubator",
    "IncubatorPlace",
    "OrganizationAppointment",
    "OrganizationClass",
    "RegisterSheet",
    "RegisterSheetRow",
    "SocialOrganization",
    "StayReview",
    "StayScore",
]
