"""Addresses of the pages of rule packs."""

from django.urls import path

from funds.packs import pages

urlpatterns = [
    path("rule-packs/", pages.rule_pack_list, name="rule-pack-list"),
    path("rule-packs/<int:pk>/", pages.rule_pack_detail, name="rule-pack-detail"),
]
