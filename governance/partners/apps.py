"""What partner systems are told: webhooks and the change feed."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnersConfig(AppConfig):
    """Webhook endpoints of API clients, their deliveries, and the feed of changes."""

    name = "governance.partners"
    label = "partners"
    verbose_name = _("Partner systems")

    def ready(self) -> None:
        """Register who may do what."""
        import_module("governance.partners.rules")
