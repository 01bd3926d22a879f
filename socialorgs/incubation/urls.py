"""Addresses of the pages of incubation."""

from django.urls import path

from socialorgs.incubation import pages

urlpatterns = [
    path("incubators/", pages.incubator_list, name="incubator-list"),
    path("incubators/<int:pk>/", pages.incubator_detail, name="incubator-detail"),
    path("incubators/<int:pk>/apply/", pages.stay_new, name="stay-new"),
    path("stays/<int:pk>/", pages.stay_detail, name="stay-detail"),
    path("stays/<int:pk>/filing/", pages.StayFiling.as_view(), name="stay-filing"),
    path("stays/<int:pk>/agreement.pdf", pages.stay_agreement, name="stay-agreement"),
    path("stays/<int:pk>/certificate.pdf", pages.stay_certificate, name="stay-certificate"),
    path("stays/<int:pk>/acts/<str:name>/", pages.stay_act, name="stay-act"),
]
