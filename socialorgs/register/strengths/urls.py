"""Addresses of the pages of what organizations can do."""

from django.urls import path

from socialorgs.register.strengths import pages

urlpatterns = [
    path("capabilities/", pages.capability_list, name="capability-list"),
    path("organizations/<int:pk>/strengths/", pages.strengths, name="organization-strengths"),
    path("organizations/<int:pk>/strengths/acts/<str:name>/", pages.strengths_act, name="organization-strengths-act"),
]
