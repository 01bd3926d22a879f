"""Addresses of the pages for files of donations."""

from django.urls import path

from funds.intake import pages

urlpatterns = [
    path("donation-intakes/", pages.intake_list, name="intake-list"),
    path("donation-intakes/<int:pk>/", pages.intake_detail, name="intake-detail"),
    path("donation-intakes/<int:pk>/<slug:name>/", pages.intake_step, name="intake-step"),
    path("funds/<int:pk>/donation-intakes/new/", pages.intake_new, name="intake-new"),
]
