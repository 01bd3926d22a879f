"""The front door, and the desk behind it."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.utils.translation import gettext_lazy as _


class PortalConfig(AppConfig):
    """Home pages, search, the desk's frame, health, the demonstration."""

    name = "governance.portal"
    label = "portal"
    verbose_name = _("Portal")

    def ready(self) -> None:
        """Register who may see the rows of the kernel on the desk, and name the kinds of work."""
        import_module("governance.portal.rules")
        words = import_module("governance.portal.words")
        import_module("governance.jobs.models").KINDS.update(words.JOBS)


class DeskConfig(AdminConfig):
    """Django's admin with our own site."""

    default_site = "governance.portal.desk.Desk"
