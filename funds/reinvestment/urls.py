"""Addresses of the reinvestment pages."""

from django.urls import path

from funds.reinvestment import pages

urlpatterns = [
    path("orders/", pages.order_list, name="order-list"),
    path("orders/<int:pk>/", pages.order_detail, name="order-detail"),
    path("orders/<int:pk>/moves/", pages.order_move, name="order-move"),
    path("orders/<int:pk>/payment/", pages.order_payment, name="order-payment"),
    path("orders/<int:pk>/papers/", pages.order_paper, name="order-paper"),
    path("orders/<int:pk>/files/<int:file>/", pages.order_file, name="order-file"),
    path("distribution-policies/<int:pk>/what-if/", pages.what_if, name="distribution-policy-what-if"),
]
