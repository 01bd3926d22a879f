"""Addresses of the market's pages."""

from django.urls import path

from projects.market import pages

urlpatterns = [
    path("divisions/<int:pk>/market/", pages.market_list, name="market-list"),
    path("divisions/<int:pk>/market/services.xlsx", pages.market_sheet, name="market-sheet"),
    path("divisions/<int:pk>/market/new/", pages.ServiceNew.as_view(), name="market-new"),
    path("divisions/<int:pk>/market/figures/", pages.market_figures, name="market-figures"),
    path("market/mine/", pages.market_mine, name="market-mine"),
    path("market/blocks/<int:pk>/lift/", pages.block_lift, name="market-block-lift"),
    path("market/services/<int:pk>/", pages.service_detail, name="micro-service-detail"),
    path("market/services/<int:pk>/acts/<slug:name>/", pages.service_act, name="micro-service-act"),
    path("market/services/<int:pk>/sign-in/", pages.service_sign_in, name="micro-service-sign-in"),
    path("market/services/<int:pk>/code/", pages.service_code, name="micro-service-code"),
    path("market/takings/<int:pk>/", pages.match_detail, name="service-match-detail"),
    path("market/takings/<int:pk>/acts/<slug:name>/", pages.match_act, name="service-match-act"),
]
