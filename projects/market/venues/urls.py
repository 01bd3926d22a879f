"""Addresses of the pages of venues."""

from django.urls import path

from projects.market.venues import pages

urlpatterns = [
    path("divisions/<int:pk>/market/venues/", pages.venue_list, name="market-venues"),
    path("divisions/<int:pk>/market/venues.xlsx", pages.venue_sheet, name="market-venue-sheet"),
    path("market/venues/<int:pk>/", pages.venue_detail, name="venue-detail"),
]
