"""The projects floor; its rooms are built from the second milestone on."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProjectsConfig(AppConfig):
    """An empty floor of the house."""

    name = "projects"
    verbose_name = _("Projects")
