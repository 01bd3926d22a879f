"""The projects floor: evaluation, contracts, the market of small services, volunteering."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """Projects."""

    name = "projects"
    verbose_name = _("Projects")

    def ready(self) -> None:
        """Register the permissions of the rooms."""
        for room in ("evaluation", "contracts", "market", "market.sharing", "market.fairs", "volunteering"):
            import_module(f"projects.{room}.rules")
