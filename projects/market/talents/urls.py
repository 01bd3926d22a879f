"""Addresses of the pages of talents."""

from django.urls import path

from projects.market.talents import pages

urlpatterns = [
    path("divisions/<int:pk>/market/talents/", pages.talent_list, name="market-talents"),
    path("divisions/<int:pk>/market/talents/new/", pages.TalentNew.as_view(), name="market-talent-new"),
    path("market/talents/<int:pk>/", pages.talent_detail, name="talent-detail"),
    path("market/talents/<int:pk>/acts/<slug:name>/", pages.talent_act, name="talent-act"),
]
