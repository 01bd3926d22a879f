"""Addresses of the pages of division changes."""

from django.urls import URLPattern, path

from communities.changes import pages

urlpatterns: list[URLPattern] = [
    path("divisions/changes/", pages.change_list, name="division-changes"),
    path("divisions/changes/<int:pk>/", pages.change_detail, name="division-change-detail"),
]
