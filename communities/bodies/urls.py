"""Addresses of the bodies pages."""

from django.urls import URLPattern, path

from communities.bodies import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/bodies/", pages.bodies_of_place, name="body-list"),
    path("bodies/<int:pk>/", pages.body_detail, name="body-detail"),
]
