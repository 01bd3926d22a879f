"""Addresses of the territory pages.

`division-detail` is where a division's own page is asked for; the root answers the same address with the place's home,
and without the root it leads to the facts.
"""

from django.urls import URLPattern, path

from communities.territory import pages

urlpatterns: list[URLPattern] = [
    path("divisions/", pages.division_list, name="division-list"),
    path("divisions/<int:pk>/", pages.to_facts, name="division-detail"),
    path("divisions/<int:pk>/facts/", pages.division_facts, name="division-facts"),
]
