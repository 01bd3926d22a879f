"""Addresses of the territory pages."""

from django.urls import URLPattern, path

from communities.territory import pages

urlpatterns: list[URLPattern] = [
    path("divisions/", pages.division_list, name="division-list"),
    path("divisions/<int:pk>/", pages.division_detail, name="division-detail"),
]
