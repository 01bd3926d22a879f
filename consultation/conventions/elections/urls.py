"""Addresses of the pages of elections."""

from django.urls import URLPattern, path

from consultation.conventions.elections import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/elections/", pages.election_list, name="election-list"),
    path("elections/<int:pk>/", pages.election_detail, name="election-detail"),
    path("elections/<int:pk>/acts/<slug:name>/", pages.election_act, name="election-act"),
]
