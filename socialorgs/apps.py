"""The floor of social organizations: the register with filing and large sheets, supervision, incubation."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

ROOMS = (
    "register",
    "register.filing",
    "register.clubs",
    "register.strengths",
    "register.centers",
    "register.ties",
    "register.barring",
    "supervision",
    "incubation",
    "incubation.operators",
)


class SocialorgsConfig(AppConfig):
    """Social organizations."""

    name = "socialorgs"
    verbose_name = _("Social organizations")

    def ready(self) -> None:
        """Register the permissions of the rooms."""
        for room in ROOMS:
            import_module(f"socialorgs.{room}.rules")
