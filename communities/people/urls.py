"""Addresses of the people pages."""

from django.urls import URLPattern, path

from communities.people import pages

urlpatterns: list[URLPattern] = [
    path("residence/", pages.Residence.as_view(), name="residence"),
    path("divisions/<int:pk>/register/", pages.Register.as_view(), name="resident-register"),
]
