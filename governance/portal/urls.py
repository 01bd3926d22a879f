"""The front door's pages.

`/divisions/<pk>/` is served here, above the territory room's own address of the same path: the home of a place shows
money, which the territory room knows nothing of. `communities:division-detail` leads here.
"""

from django.urls import path, re_path

from governance.portal import health, pages
from governance.portal.trace_points import POINTS

app_name = "portal"
urlpatterns = [
    path("", pages.home, name="home"),
    path("divisions/<int:pk>/", pages.division, name="division"),
    path("account/", pages.account, name="account"),
    path("search/", pages.search, name="search"),
    # A kind that is no point of a trace has no such address; partials/trace_link.html shows no link then.
    re_path(rf"^traces/(?P<kind>{'|'.join(POINTS)})/(?P<pk>[0-9]{{1,18}})/$", pages.trace, name="trace"),
    path("large-type/", pages.elder_mode, name="elder-mode"),
    path("clock/", pages.clock_advance, name="clock-advance"),
    path("demonstration/partner/", pages.demonstration_partner, name="demonstration-partner"),
    path("healthz", health.alive, name="alive"),
    path("readyz", health.ready, name="ready"),
    path("csp-report/", health.csp_report, name="csp-report"),
]
