"""Addresses of the accounts to the public."""

from django.urls import path

from funds.disclosure import pages

urlpatterns = [
    path("funds/<int:pk>/disclosures/", pages.fund_disclosures, name="fund-disclosures"),
    path("divisions/<int:pk>/funds/disclosures/", pages.area_disclosures, name="area-disclosures"),
    path("disclosures/<int:pk>/", pages.disclosure_detail, name="disclosure-detail"),
    path("disclosures/<int:pk>/<slug:name>/", pages.disclosure_step, name="disclosure-step"),
]
