"""Figures of places: computed, dated, and set beside what was claimed."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class IndicatorsConfig(AppConfig):
    """Indicator values with numerator and denominator, and claimed figures."""

    name = "governance.indicators"
    label = "indicators"
    verbose_name = _("Indicators")

    def ready(self) -> None:
        """Enter the indicators of the reports, and register who may do what."""
        import_module("governance.indicators.reports")
        import_module("governance.indicators.rules")
