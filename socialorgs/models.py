"""The models of the floor's rooms, gathered for Django."""

from socialorgs.incubation.models import CapacityItem, IncubationStay, Incubator, IncubatorPlace, StayReview, StayScore
from socialorgs.register.barring.models import ParticipationBan
from socialorgs.register.filing.models import Filing, FilingConfirmation, FilingCounter, OrganizationClass
from socialorgs.register.intake.models import RegisterSheet, RegisterSheetRow
from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization
from socialorgs.supervision.grading.models import Assessment
from socialorgs.supervision.illegal.models import IllegalCase, IllegalTip
from socialorgs.supervision.models import CreditRepair, RectificationOrder, StandingAlert, YearReport

__all__ = [
    "AnnualInspection",
    "Assessment",
    "CapacityItem",
    "CreditListing",
    "CreditRepair",
    "Filing",
    "FilingConfirmation",
    "FilingCounter",
    "IllegalCase",
    "IllegalTip",
    "IncubationStay",
    "Incubator",
    "IncubatorPlace",
    "OrganizationAppointment",
    "OrganizationClass",
    "ParticipationBan",
    "RectificationOrder",
    "RegisterSheet",
    "RegisterSheetRow",
    "SocialOrganization",
    "StandingAlert",
    "StayReview",
    "StayScore",
    "YearReport",
]
