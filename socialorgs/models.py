"""The models of the floor's rooms, gathered for Django."""

from socialorgs.register.models import AnnualInspection, CreditListing, OrganizationAppointment, SocialOrganization

__all__ = ["AnnualInspection", "CreditListing", "OrganizationAppointment", "SocialOrganization"]
