"""Addresses of the donation pages."""

from django.urls import path

from funds.donations import pages

urlpatterns = [
    path("funds/<int:pk>/donations/", pages.fund_donations, name="fund-donations"),
    path("funds/<int:pk>/donations/<slug:name>/", pages.fund_give, name="fund-give"),
    path("donations/mine/", pages.own_donations, name="donation-mine"),
    path("donations/<int:pk>/", pages.donation_detail, name="donation-detail"),
    path("donations/<int:pk>/certificate.pdf", pages.certificate, name="donation-certificate"),
    path("donations/<int:pk>/<slug:name>/", pages.donation_step, name="donation-step"),
    path("certificates/", pages.certificate_look_up, name="certificate-look-up"),
    path("certificates/<slug:code>/", pages.certificate_check, name="certificate-check"),
]
