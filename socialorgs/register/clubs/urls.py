"""Addresses of the pages of clubs."""

from django.urls import path

from socialorgs.register.clubs import pages

urlpatterns = [
    path("clubs/", pages.club_list, name="club-list"),
    path("clubs/new/", pages.club_new, name="club-new"),
    path("clubs/<int:pk>/", pages.club_detail, name="club-detail"),
    path("clubs/<int:pk>/acts/<str:name>/", pages.club_act, name="club-act"),
    path("clubs/<int:pk>/filing/", pages.ClubFiling.as_view(), name="club-filing"),
]
