"""Addresses of the pages of figures."""

from django.urls import path

from governance.indicators import pages

app_name = "indicators"
urlpatterns = [
    path("indicators/", pages.indicators, name="indicators"),
]
