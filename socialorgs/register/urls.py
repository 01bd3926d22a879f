"""Addresses of the register's pages."""

from django.urls import path

from socialorgs.register import pages

urlpatterns = [
    path("organizations/", pages.organization_list, name="organization-list"),
    path("organizations/rules/", pages.registration_rules, name="registration-rules"),
    path("organizations/<int:pk>/", pages.organization_detail, name="organization-detail"),
    path("credit-listings/", pages.listing_list, name="listing-list"),
]
