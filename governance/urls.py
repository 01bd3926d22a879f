"""Every address of the product, gathered from the rooms."""

from django.conf.urls.i18n import urlpatterns as language
from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("governance.portal.urls")),
    path("", include("communities.urls")),
    path("", include("funds.urls")),
    path("accounts/", include("governance.accounts.urls")),
    path("language/", include(language)),
    path("api/v1/", include("governance.api_urls")),
    path("desk/", admin.site.urls),
]
