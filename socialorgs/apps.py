"""The socialorgs floor; its rooms are built from the second milestone on."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SocialOrganizationsConfig(AppConfig):
    """An empty floor of the house."""

    name = "socialorgs"
    verbose_name = _("Social organizations")
