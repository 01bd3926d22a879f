"""The projects floor: evaluation, purchasing, contracts, the market of small services, volunteering."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """Projects."""

    name = "projects"
    verbose_name = _("Projects")

    def ready(self) -> None:
        """Register the permissions of the rooms."""
        purchasing = ("purchasing.catalogue", "purchasing", "purchasing.awarding")
        market = ("market", "market.sharing", "market.fairs")
        for room in ("evaluation", *purchasing, "grants", "contracts", *market, "volunteering"):
            import_module(f"projects.{room}.rules")
