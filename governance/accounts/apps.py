"""Users and how they sign in."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Users, log-in, service users of partner systems, idempotency keys."""

    name = "governance.accounts"
    label = "accounts"
    verbose_name = _("Accounts")
