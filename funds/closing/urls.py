"""Addresses of the closing pages."""

from django.urls import path

from funds.closing import pages

urlpatterns = [
    path("funds/<int:pk>/closing/", pages.fund_closing, name="fund-closing"),
    path("funds/<int:pk>/closing/acts/<slug:name>/", pages.fund_closing_act, name="fund-closing-act"),
]
