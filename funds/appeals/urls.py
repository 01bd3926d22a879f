"""Addresses of the appeals pages."""

from django.urls import path

from funds.appeals import pages

urlpatterns = [
    path("appeals/", pages.appeal_list, name="appeal-list"),
    path("appeals/<int:pk>/", pages.appeal_detail, name="appeal-detail"),
    path("appeals/<int:pk>/<slug:name>/", pages.appeal_step, name="appeal-step"),
    path("funds/<int:pk>/appeals/new/", pages.appeal_new, name="appeal-new"),
]
