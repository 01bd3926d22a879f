"""The root of the API: the routes of every floor, the schema and its documentation."""

from django.urls import path
from drf_spectacular.views import SpectacularRedocView, SpectacularSwaggerSplitView
from rest_framework.routers import SimpleRouter

from communities.api_urls import routes as communities
from consultation.api_urls import routes as consultation
from funds.api_urls import routes as funds
from governance.indicators.api import routes as indicators
from governance.jobs.api import routes as jobs
from governance.partners.api import routes as partners
from governance.portal.api import routes as portal
from governance.portal.schema import Schema
from projects.api_urls import routes as projects
from socialorgs.api_urls import routes as socialorgs

router = SimpleRouter(trailing_slash=False)
for prefix, view in [
    *communities,
    *socialorgs,
    *consultation,
    *funds,
    *projects,
    *jobs,
    *partners,
    *indicators,
    *portal,
]:
    router.register(prefix, view, basename=prefix)

app_name = "api"
urlpatterns = [
    *router.urls,
    path("schema", Schema.as_view(), name="schema"),
    path("docs", SpectacularSwaggerSplitView.as_view(url_name="api:schema"), name="docs"),
    path("redoc", SpectacularRedocView.as_view(url_name="api:schema"), name="redoc"),
]
