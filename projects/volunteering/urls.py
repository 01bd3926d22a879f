"""Addresses of the volunteering pages."""

from django.urls import path

from projects.volunteering import pages

urlpatterns = [
    path("divisions/<int:pk>/activities/", pages.activity_list, name="activity-list"),
    path("activities/<int:pk>/", pages.activity_detail, name="activity-detail"),
    path("activities/<int:pk>/acts/<slug:name>/", pages.activity_act, name="activity-act"),
    path("activities/<int:pk>/sign-in/", pages.activity_sign_in, name="activity-sign-in"),
    path("activities/<int:pk>/code/", pages.activity_code, name="activity-code"),
    path("service-hours/<int:pk>/", pages.hours_detail, name="hours-detail"),
    path("service-hours/<int:pk>/acts/<slug:name>/", pages.hours_act, name="hours-act"),
    path("passport/", pages.passport, name="passport"),
]
