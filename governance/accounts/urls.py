"""Log-in pages and a person's own account."""

from django.urls import include, path

from governance.accounts import pages

own = [path("", pages.account, name="account-detail")]

urlpatterns = [path("", include((own, "accounts"))), path("", include("allauth.urls"))]
