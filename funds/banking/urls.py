"""Addresses of the banking pages."""

from django.urls import path

from funds.banking import pages

urlpatterns = [
    path("bank/", pages.bank_list, name="bank-list"),
    path("bank/<int:pk>/", pages.bank_detail, name="bank-detail"),
]
