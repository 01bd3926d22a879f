"""Addresses of the pages of offers and awards."""

from django.urls import path

from projects.purchasing.awarding import pages

urlpatterns = [
    path("my/offers/", pages.my_offers, name="my-offers"),
    path("purchases/<int:pk>/offer/", pages.offer_new, name="purchase-offer-new"),
    path("purchases/<int:pk>/score/", pages.offers_score, name="purchase-score"),
    path("purchase-offers/<int:pk>/", pages.offer_detail, name="purchase-offer-detail"),
    path("purchase-offers/<int:pk>/change/", pages.offer_edit, name="purchase-offer-edit"),
    path("purchase-offers/<int:pk>/acts/<slug:name>/", pages.offer_act, name="purchase-offer-act"),
    path("purchase-offers/<int:pk>/files/<int:file>/", pages.offer_file, name="purchase-offer-file"),
    path(
        "purchase-offers/<int:pk>/files/<int:file>/taken/", pages.offer_paper_taken, name="purchase-offer-paper-taken"
    ),
    path("purchase-awards/<int:pk>/", pages.award_detail, name="purchase-award-detail"),
    path(
        "purchase-awards/<int:pk>/agreement.pdf",
        pages.award_paper,
        {"kind": "agreement"},
        name="purchase-award-agreement",
    ),
    path("purchase-awards/<int:pk>/notice.pdf", pages.award_paper, {"kind": "notice"}, name="purchase-award-notice"),
]
