"""Addresses of the spending pages."""

from django.urls import path

from funds.spending import pages

urlpatterns = [
    path("requests/", pages.request_list, name="request-list"),
    path("requests/<int:pk>/", pages.request_detail, name="request-detail"),
    path("requests/<int:pk>/move/", pages.RequestMove.as_view(), name="request-move"),
    path("requests/<int:pk>/edit/", pages.RequestEdit.as_view(), name="request-edit"),
    path("requests/<int:pk>/quotes/", pages.QuoteNew.as_view(), name="request-quote"),
    path("requests/<int:pk>/resolution/", pages.Resolution.as_view(), name="request-resolution"),
    path("requests/<int:pk>/acts/<str:name>/", pages.request_act, name="request-act"),
    path("requests/<int:pk>/payments/new/", pages.PaymentNew.as_view(), name="request-payment"),
    path("decisions/<int:pk>/requests/new/", pages.request_of_decision, name="decision-request-new"),
    path("funds/<int:pk>/requests/new/", pages.RequestNew.as_view(), name="fund-request-new"),
    path("funds/<int:pk>/uses/", pages.fund_uses, name="fund-uses"),
    path("refunds/<int:pk>/move/", pages.RefundMove.as_view(), name="refund-move"),
    path("payments/<int:pk>/move/", pages.PaymentMove.as_view(), name="payment-move"),
    path("payments/<int:pk>/paid/", pages.PaymentPaid.as_view(), name="payment-paid"),
]
