"""Addresses of the oversight pages."""

from django.urls import path

from funds.oversight import pages

urlpatterns = [
    path("funds/<int:pk>/governance/", pages.fund_governance, name="fund-governance"),
    path("funds/<int:pk>/governance/acts/<slug:name>/", pages.fund_governance_act, name="fund-governance-act"),
]
