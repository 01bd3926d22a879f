"""The consultation floor: matters, topics, ballots, meetings, decisions, conventions."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsultationConfig(AppConfig):
    """Consultation."""

    name = "consultation"
    verbose_name = _("Consultation")

    def ready(self) -> None:
        """Register the permissions of the rooms."""
        rooms = (
            "matters",
            "matters.intake",
            "matters.handling",
            "matters.surveys",
            "topics",
            "ballots",
            "meetings",
            "decisions",
            "conventions",
            "conventions.elections",
            "conventions.recalls",
        )
        for room in rooms:
            import_module(f"consultation.{room}.rules")
