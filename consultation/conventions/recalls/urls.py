"""Addresses of the pages of recalls."""

from django.urls import URLPattern, path

from consultation.conventions.recalls import pages

urlpatterns: list[URLPattern] = [
    path("divisions/<int:pk>/recalls/", pages.recall_list, name="recall-list"),
    path("divisions/<int:pk>/recalls/new/", pages.NewRecall.as_view(), name="recall-new"),
    path("recalls/<int:pk>/", pages.recall_detail, name="recall-detail"),
    path("recalls/<int:pk>/acts/<slug:name>/", pages.recall_act, name="recall-act"),
]
