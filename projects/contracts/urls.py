"""Addresses of the contract pages."""

from django.urls import path

from projects.contracts import pages

urlpatterns = [
    path("divisions/<int:pk>/contracts/", pages.contract_list, name="contract-list"),
    path("contracts/<int:pk>/", pages.contract_detail, name="contract-detail"),
    path("contracts/<int:pk>/acts/<slug:name>/", pages.contract_act, name="contract-act"),
    path("contracts/<int:pk>/instalments/<int:number>/release/", pages.contract_release, name="contract-release"),
    path("milestones/<int:pk>/", pages.milestone_detail, name="milestone-detail"),
    path("milestones/<int:pk>/acts/<slug:name>/", pages.milestone_act, name="milestone-act"),
]
