"""Addresses of the policy pages."""

from django.urls import URLPattern, path

from communities.policy import pages

urlpatterns: list[URLPattern] = [
    path("rules/<int:pk>/", pages.rules_of_place, name="rules-of-place"),
    path("documents/<int:pk>/", pages.document_detail, name="document-detail"),
]
