"""Addresses of the pages of residents' service centers."""

from django.urls import path

from socialorgs.register.centers import pages

urlpatterns = [
    path("service-centers/", pages.center_list, name="center-list"),
    path("service-centers/<int:pk>/", pages.center_detail, name="center-detail"),
    path("service-centers/<int:pk>/acts/<str:name>/", pages.center_act, name="center-act"),
]
