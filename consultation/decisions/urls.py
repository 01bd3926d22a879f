"""Addresses of the decisions pages."""

from django.urls import URLPattern, path

from consultation.decisions import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/decisions/", pages.decision_list, name="decision-list"),
    path("decisions/<int:pk>/", pages.decision_detail, name="decision-detail"),
    path("decisions/<int:pk>/verdicts/", pages.verdict_give, name="verdict-give"),
    path("decisions/<int:pk>/acts/<slug:name>/", pages.decision_act, name="decision-act"),
]
