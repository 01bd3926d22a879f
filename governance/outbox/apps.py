"""Events that leave the database."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OutboxConfig(AppConfig):
    """Events written with the act that caused them and relayed after its commit."""

    name = "governance.outbox"
    label = "outbox"
    verbose_name = _("Outbox")
