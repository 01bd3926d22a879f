"""Addresses of the pages of lists."""

from django.urls import path

from projects.purchasing.catalogue import pages

urlpatterns = [
    path("divisions/<int:pk>/purchase-lists/", pages.purchase_lists, name="purchase-lists"),
    path("purchase-lists/<int:pk>/", pages.purchase_list_detail, name="purchase-list-detail"),
    path("purchase-lists/<int:pk>.xlsx", pages.purchase_list_sheet, name="purchase-list-sheet"),
]
