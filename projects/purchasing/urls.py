"""Addresses of the pages of purchases."""

from django.urls import path

from projects.purchasing import pages
from projects.purchasing.inviting.pages import purchase_invite

urlpatterns = [
    path("divisions/<int:pk>/purchases/", pages.purchase_list, name="purchase-list"),
    path("divisions/<int:pk>/purchases.xlsx", pages.purchase_register, name="purchase-register"),
    path("purchases/", pages.open_calls, name="purchase-calls"),
    path("purchases/<int:pk>/", pages.purchase_detail, name="purchase-detail"),
    path("purchases/<int:pk>/invitations/", purchase_invite, name="purchase-invite"),
]
