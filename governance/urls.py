"""Every address of the product, gathered from the rooms."""

from django.contrib import admin
from django.urls import include, path
from django.views.decorators.csrf import csrf_exempt
from django.views.i18n import set_language
from oauth2_provider.views import RevokeTokenView, TokenView

oauth = [
    path("token", TokenView.as_view(), name="token"),
    path("revoke", RevokeTokenView.as_view(), name="revoke-token"),
]
urlpatterns = [
    # First, because addresses are tried in turn and machines ask the most.
    path("api/v1/", include("governance.api_urls")),
    path("", include("governance.portal.urls")),
    path("", include("governance.indicators.urls")),
    path("", include("communities.urls")),
    path("", include("socialorgs.urls")),
    path("", include("consultation.urls")),
    path("", include("funds.urls")),
    path("", include("projects.urls")),
    path("accounts/", include("governance.accounts.urls")),
    path("language/setlang/", csrf_exempt(set_language), name="set_language"),  # a choice of this browser alone
    path("oauth/", include((oauth, "oauth2_provider"))),
    path("desk/", admin.site.urls),
]
handler400 = "governance.portal.errors.bad_request"
handler403 = "governance.portal.errors.forbidden"
handler404 = "governance.portal.errors.not_found"
handler429 = "governance.portal.errors.too_many"
handler500 = "governance.portal.errors.failed"
