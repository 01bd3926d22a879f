"""Addresses of the pages on how matters are handled."""

from django.urls import URLPattern, path

from consultation.matters.handling import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/matters/rates/", pages.matter_rates, name="matter-rates"),
    path("divisions/<int:pk>/matters/references/", pages.matter_references, name="matter-references"),
]
