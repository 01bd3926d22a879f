"""Addresses of the charity pages."""

from django.urls import path

from funds.charity import pages

urlpatterns = [
    path("donation-stations/", pages.station_list, name="station-list"),
]
