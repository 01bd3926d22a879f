"""Addresses of the pages of fairs."""

from django.urls import path

from projects.market.fairs import pages

urlpatterns = [
    path("divisions/<int:pk>/market/fairs/", pages.fair_list, name="market-fairs"),
    path("market/fairs/<int:pk>/", pages.fair_detail, name="match-fair-detail"),
    path("market/fairs/<int:pk>/acts/<slug:name>/", pages.fair_act, name="match-fair-act"),
    path("market/fairs/<int:pk>/list.pdf", pages.fair_paper, name="match-fair-paper"),
    path("market/fairs/<int:pk>/list.xlsx", pages.fair_sheet, name="match-fair-sheet"),
    path("market/intentions/<int:pk>/", pages.intention_detail, name="fair-intention-detail"),
    path("market/intentions/<int:pk>/acts/<slug:name>/", pages.intention_act, name="fair-intention-act"),
]
