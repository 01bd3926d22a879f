"""Addresses of the conventions pages."""

from django.urls import URLPattern, path

from consultation.conventions import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/conventions/", pages.convention_list, name="convention-list"),
    path("conventions/<int:pk>/", pages.convention_detail, name="convention-detail"),
    path("convention-versions/<int:pk>/", pages.convention_version, name="convention-version"),
    path("convention-versions/<int:pk>/join/", pages.agreement_join, name="convention-join"),
    path("convention-versions/<int:pk>/acts/<slug:name>/", pages.convention_act, name="convention-act"),
]
