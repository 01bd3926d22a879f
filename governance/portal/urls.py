"""The front door's pages."""

from django.urls import path

from governance.portal import pages

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("search/", pages.search, name="search"),
    path("large-type/", pages.elder_mode, name="elder-mode"),
    path("clock/", pages.clock_advance, name="clock-advance"),
]
