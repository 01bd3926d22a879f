"""The communities floor: places, rules, people, notices, bodies."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunitiesConfig(AppConfig):
    """Places, rules, people, notices and standing bodies."""

    name = "communities"
    verbose_name = _("Communities")

    def ready(self) -> None:
        """Register the permissions of the rooms."""
        for room in ("territory", "people", "policy", "changes", "notices", "bodies", "venues"):
            import_module(f"communities.{room}.rules")
