"""The front door."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """Home pages, search, the desk's frame, health, the demonstration."""

    name = "governance.portal"
    label = "portal"
    verbose_name = _("Portal")
