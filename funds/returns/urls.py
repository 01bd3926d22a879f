"""Addresses of the report on giving back."""

from django.urls import path

from funds.returns import pages

urlpatterns = [
    path("giving-back/", pages.giving_back, name="giving-back"),
    path("giving-back.csv", pages.giving_back_file, {"kind": "csv"}, name="giving-back-csv"),
    path("giving-back.xlsx", pages.giving_back_file, {"kind": "xlsx"}, name="giving-back-xlsx"),
    path("giving-back.pdf", pages.giving_back_file, {"kind": "pdf"}, name="giving-back-pdf"),
    path("orders/<int:pk>/uses/", pages.order_use, name="order-use"),
]
