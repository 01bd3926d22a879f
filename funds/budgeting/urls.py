"""Addresses of the pages of participatory budgets."""

from django.urls import path

from funds.budgeting import pages
from funds.budgeting.drafting import pages as drafting

urlpatterns = [
    path("budgets/", pages.round_list, name="budget-round-list"),
    path("budgets/<int:pk>/", pages.round_detail, name="budget-round-detail"),
    path("budgets/<int:pk>/propose/", pages.proposal_new, name="budget-proposal-new"),
    path("budgets/<int:pk>/trial/", pages.round_trial, name="budget-round-trial"),
    path("budgets/<int:pk>/election.pb", pages.round_file, name="budget-round-file"),
    path("budgets/<int:pk>/edit/", drafting.RoundEdit.as_view(), name="budget-round-edit"),
    path("funds/<int:pk>/budgets/new/", drafting.RoundNew.as_view(), name="budget-round-new"),
    path("budgets/<int:pk>/<slug:name>/", pages.round_step, name="budget-round-step"),
    path("budget-proposals/<int:pk>/", pages.proposal_detail, name="budget-proposal-detail"),
    path("budget-proposals/<int:pk>/<slug:name>/", pages.proposal_step, name="budget-proposal-step"),
]
