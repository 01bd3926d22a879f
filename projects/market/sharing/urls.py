"""Addresses of the pages of shops, resources and rooms."""

from django.urls import path

from projects.market.sharing import pages

urlpatterns = [
    path("divisions/<int:pk>/market/offers/", pages.offer_list, name="market-offers"),
    path("divisions/<int:pk>/market/resources/", pages.resource_list, name="market-resources"),
    path("market/shops/<int:pk>/", pages.merchant_detail, name="merchant-detail"),
    path("market/shops/<int:pk>/acts/<slug:name>/", pages.merchant_act, name="merchant-act"),
    path("market/offers/<int:pk>/acts/<slug:name>/", pages.offer_act, name="merchant-offer-act"),
    path("market/resources/<int:pk>/", pages.resource_detail, name="open-resource-detail"),
    path("market/resources/<int:pk>/acts/<slug:name>/", pages.resource_act, name="open-resource-act"),
    path("market/bookings/<int:pk>/", pages.booking_detail, name="resource-booking-detail"),
    path("market/bookings/<int:pk>/acts/<slug:name>/", pages.booking_act, name="resource-booking-act"),
    path("market/rooms/<int:pk>/", pages.cession_detail, name="cession-detail"),
    path("market/rooms/<int:pk>/acts/<slug:name>/", pages.cession_act, name="cession-act"),
]
