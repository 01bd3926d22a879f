"""Working days and the clock."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CalendarConfig(AppConfig):
    """The table of working days and the clock of the demonstration."""

    name = "governance.calendar"
    label = "calendar"
    verbose_name = _("Calendar")
