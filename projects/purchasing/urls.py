"""Addresses of the pages of purchases."""

from django.urls import path

from projects.purchasing import pages

urlpatterns = [
    path("divisions/<int:pk>/purchases/", pages.purchase_list, name="purchase-list"),
    path("purchases/", pages.open_calls, name="purchase-calls"),
    path("purchases/<int:pk>/", pages.purchase_detail, name="purchase-detail"),
]
