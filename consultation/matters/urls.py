"""Addresses of the matter pages."""

from django.urls import URLPattern, path

from consultation.matters import pages
from consultation.matters.intake.urls import urlpatterns as intake

urlpatterns: list[URLPattern] = [
    *intake,
    path("divisions/<int:pk>/matters/", pages.matter_list, name="matter-list"),
    path("matters/mine/", pages.matter_mine, name="matter-mine"),
    path("matters/<int:pk>/", pages.matter_detail, name="matter-detail"),
    path("matters/<int:pk>/photos/<int:photo>/", pages.matter_photo, name="matter-photo"),
    path("matters/<int:pk>/<slug:name>/", pages.matter_act, name="matter-act"),
]
