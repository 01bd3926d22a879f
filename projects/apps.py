"""The projects floor: evaluation, purchasing, grants, contracts, the market of small services, volunteering."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ROOMS = (
    "evaluation",
    "purchasing.catalogue",
    "purchasing",
    "purchasing.asking",
    "purchasing.awarding",
    "grants",
    "contracts",
    "market",
    "market.sharing",
    "market.fairs",
    "market.talents",
    "volunteering",
)
"""Rooms with permissions of their own."""


class ProjectsConfig(AppConfig):
    """Projects."""

    name = "projects"
    verbose_name = _("Projects")

    def ready(self) -> None:
        """Register the permissions of the rooms."""
        for room in ROOMS:
            import_module(f"projects.{room}.rules")
