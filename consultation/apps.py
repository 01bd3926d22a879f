"""The consultation floor; its rooms are built from the second milestone on."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConsultationConfig(AppConfig):
    """An empty floor of the house."""

    name = "consultation"
    verbose_name = _("Consultation")
